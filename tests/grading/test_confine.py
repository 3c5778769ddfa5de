"""What honest code in a sandbox can do: compute, import, take the time. On both steps of the ladder."""

from __future__ import annotations

import sys

import pytest

from . import boxes


@pytest.fixture(scope="module", params=boxes.STEPS)
def room(request):
    room = boxes.Room(boxes.opened(request.param))
    yield room
    room.close()


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import numpy as np; result = np.random.default_rng(1).integers(9, size=2).tolist()", [4, 4]),
        ("import numpy as np; np.random.seed(0); result = round(float(np.random.rand()), 4)", 0.5488),
        ("import numpy as np; result = np.linalg.svd(np.eye(3))[1].tolist()", [1, 1, 1]),
        ("import numpy as np; result = float(np.linalg.inv(2 * np.eye(300)).sum())", 150),
        ("import numpy as np; result = abs(np.fft.fft(np.ones(4))).tolist()", [4, 0, 0, 0]),
        ("import numpy as np; a = np.ones((64, 64)); result = float(np.einsum('ij,jk->', a, a))", 64**3),
        ("import numpy as np; a = np.ones((900, 900)); result = float((a @ a)[0, 0])", 900),
        ("from numpy.lib.stride_tricks import sliding_window_view as s; import numpy as np\n"
         "result = s(np.arange(4), 3).shape", [2, 3]),
        ("import numpy.testing as t, numpy as np; t.assert_allclose(np.pi, 3.1416, rtol=1e-4)", None),
        ("import math, random, itertools, functools, collections, typing, dataclasses, copy, operator; result = 1", 1),
        ("import decimal, fractions, statistics, enum, abc, string, re, textwrap, heapq, bisect; result = 1", 1),
        ("import hashlib; result = hashlib.sha256(b'').hexdigest()[:8]", "e3b0c442"),
        ("import secrets, uuid; result = len(secrets.token_bytes(8)), len(str(uuid.uuid4()))", [8, 36]),
        ("import time; time.sleep(0.01); result = time.perf_counter() > 0 and time.time() > 0", True),
        ("import os, platform; result = os.cpu_count() is None or os.cpu_count() > 0", True),
        ("import warnings, io, contextlib, traceback, linecache, inspect; result = 1", 1),
        ("print('hello'); import sys; print('hello', file=sys.stderr, flush=True); result = 1", 1),
        ("x = [n for n in range(100000)]; result = len(x)", 100000),
    ],
)  # fmt: skip
def test_it_works(room, code, wanted):
    assert room.run(code) == {"result": wanted, "end": 0}


def test_every_module_of_the_standard_library_that_can_be_imported_here_can_be_there(room):
    # What draws on screens, and what is started by being imported.
    names = sys.stdlib_module_names - {"antigravity", "this", "idlelib", "turtle", "tkinter", "turtledemo", "curses"}
    outside = {
        name
        for name in names - {"_tkinter", "_curses", "_curses_panel", "_ios_support", "readline", "rlcompleter"}
        if imported(name)
    }
    code = "missing = []\nfor name in {0}:\n try: __import__(name)\n except ImportError: missing.append(name)\n"
    told = room.run(f"import warnings; warnings.simplefilter('ignore')\n{code.format(sorted(outside))}result = missing")
    assert told == {"result": [], "end": 0}


def imported(name):
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def test_an_alarm_breaks_a_loop(room):
    told = room.run(
        "import signal\ndef ring(*_): raise TimeoutError('over')\n"
        "signal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)\nwhile True: pass"
    )
    assert (told["error"], told["text"]) == ("TimeoutError", "over")


def test_memory_up_to_the_limit_can_be_had(room):
    assert room.run("x = bytearray(400 << 20); result = len(x)")["result"] == 400 << 20
    assert room.run("x = bytearray(400 << 20); result = len(x)", memory=400)["error"] == "MemoryError"


def test_the_sandbox_bounds_what_a_child_may_be_given(room):
    with boxes.opened(room.sandbox.kind, memory=600) as sandbox:
        assert boxes.Room(sandbox).run("x = bytearray(600 << 20)", memory=4000)["error"] == "MemoryError"


def test_children_know_nothing_of_each_other(room):
    assert room.run("import numpy; numpy.sum = None; result = 1")["result"] == 1
    assert room.run("import numpy; result = int(numpy.sum([1, 2]))")["result"] == 3
