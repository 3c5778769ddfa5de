"""What can happen to a notebook's file, and codings that are only unusual: whoever did the work keeps the points."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest

from tests.grading.attacks.desk import HONEST, RIGHT, SHEET, cell, graded, handed_in, notebook

STUB = "def window_mean(window):\n    raise NotImplementedError('window_mean is not written yet')"
CHECK = "check.window_mean(window_mean)"


def marked(text: str, name: str, points: float = 2, **more: object) -> dict:
    marks = {"grade_id": name, "grade": True, "solution": True, "points": points, "locked": False}
    return cell(text, metadata={"nbgrader": marks, "cnnlab": {"role": "exercise", "exercise": name}}, **more)


ACCIDENTS = {
    "a cell twice": [RIGHT, RIGHT, HONEST],
    "an old one above": ["def window_mean(window):\n    return 0", RIGHT, HONEST],
    "a stub below": [RIGHT, HONEST, STUB],
    "another order": [HONEST, CHECK, RIGHT],
    "no metadata": [cell(RIGHT, id=""), cell(HONEST, id="")],
    "Markdown": [{**cell(f"```python\n{RIGHT}\n```"), "cell_type": "markdown"}, HONEST],
    "raw": [{**cell(RIGHT), "cell_type": "raw"}, HONEST],
    "ids changed places": [cell(RIGHT, id="same_padding"), cell(HONEST, id="window_mean")],
    "marks changed places": [marked(RIGHT, "same_padding"), marked(HONEST, "window_mean")],
    "marks without end": [marked(RIGHT, "window_mean", 10**9), HONEST],
    "marks of other types": [cell(RIGHT, metadata={"nbgrader": [1], "cnnlab": "x"}), HONEST],
    "lines as a list": [{**cell(""), "source": RIGHT.splitlines(keepends=True)}, HONEST],
    "Windows' ends of lines": [RIGHT.replace("\n", "\r\n"), HONEST.replace("\n", "\r")],
    "one cell for all": [f"{CHECK}\n{RIGHT}\n{HONEST}"],
    "test cells edited": [RIGHT, HONEST, cell("assert True", id="check_window_mean")],
    "outputs of all kinds": [cell(RIGHT, outputs=[{"output_type": "x" * 10**6}]), HONEST],
    "cells that are none": [RIGHT, HONEST, {"cell_type": 3, "source": {"a": 1}}],
    "a cell of 300 kB": [RIGHT, HONEST, "x = '" + "y" * 300_000 + "'"],
    "a thousand empty cells": [RIGHT, HONEST, *[""] * 1000],
    "half a character": [RIGHT, HONEST, "print('\ud800')"],
    "a NUL": [RIGHT, HONEST, "x = '\0'"],
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_costs_no_points(accident):
    result = graded(*ACCIDENTS[accident])
    assert (result.points, result.most) == (5, 5), [mark.text for mark in result.marks]


def test_what_is_odd_is_told_in_the_notes():
    check = marked(CHECK, "check_window_mean", 99)
    notes = " ".join(graded(check, RIGHT, RIGHT, HONEST, "x" * 300_000).notes)
    assert "window_mean is written in 2 cells: the last of them counts." in notes
    assert "The notebook says that window_mean is worth 99 points; the release says 2, and that counts." in notes
    assert "1 cell is longer than 200,000 characters" in notes


def test_a_deleted_cell_costs_its_own_points_alone():
    assert [(mark.state, mark.points) for mark in graded(HONEST).marks] == [("missing", 0), ("pass", 3)]


BOOK = notebook(RIGHT, HONEST)
OLD = {"worksheets": [{"cells": [{"cell_type": "code", "input": text} for text in (RIGHT, HONEST)]}], "nbformat": 3}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(OLD).encode(),
        json.dumps(OLD | {"nbformat": 2}).encode(),
        notebook(RIGHT, HONEST, nbformat=99, nbformat_minor="x"),
        b"\xef\xbb\xbf" + BOOK,
        BOOK.decode().encode("utf-16"),
        BOOK.replace(b'"nbformat": 4', b'"nbformat": ' + b"9" * 10_000),
        notebook(RIGHT, HONEST, metadata={"kernelspec": {"name": "__import__('os').abort()", "language": "R"}}),
        b'{"metadata": {}, "cells": 1,' + BOOK[1:],
        json.dumps({**json.loads(BOOK), "deep": json.loads("[" * 300 + "]" * 300)}).encode(),
    ],
)
def test_other_formats_are_read(content):
    assert handed_in(content).points == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        BOOK[:-40],
        b"not JSON",
        b"PK\x03\x04" + bytes(99),
        b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        b"[" * 10**6,
        b'{"cells": ' + b"[" * 10**5 + b"]" * 10**5 + b"}",
        b" " * 200_000_000,
        b'{"cells": [' + b"{}," * 10**6 + b"{}]}",
        json.dumps({"cells": {"a": 1}}).encode(),
        bytes(range(256)) * 100,
    ],
    ids=range(11),
)
def test_what_is_no_notebook_is_told(content):
    result = handed_in(content)
    assert (result.state, result.points) == ("unreadable", 0)
    assert result.notes[0].startswith("The file")


USES, TOTAL = "def window_mean(window):\n    return total(window) / window.size", "def total(w):\n    return w.sum()"
INDENTED = textwrap.indent(RIGHT, "    ")
HONEST_CODINGS = {
    "a helper elsewhere": ["def total(window):\n    return window.sum()", USES],
    "a helper below": [USES, TOTAL],
    "a constant": ["SIDES = (0, 1)", "def window_mean(window):\n    return window.mean(axis=SIDES)"],
    "loops": [
        "def window_mean(window):\n    s = 0.0\n    for row in window:\n        for x in row:\n         "
        "   s += x\n    return s / window.size"
    ],
    "imports": [
        "import math, statistics as st\nfrom functools import reduce\nfrom collections import deque",
        "def window_mean(window):\n    return math.fsum(window.ravel().tolist()) / reduce(lambda a, b: "
        "a * b, window.shape)",
    ],
    "the course's imports": [
        "from cnnlab import check, ops, widgets\nimport cnnlab.data as data\nimport matplotlib.pyplot as plt",
        RIGHT,
    ],
    "hints of types": [
        "from __future__ import annotations\nfrom typing import Any\nfrom numpy.typing import NDArray",
        "def window_mean(window: NDArray[Any]) -> np.floating[Any]:\n    return window.mean()",
    ],
    "a dataclass": [
        "from dataclasses import dataclass\n@dataclass\nclass Box:\n    w: object\n    def mean(self): "
        "return self.w.mean()",
        "def window_mean(window):\n    return Box(window).mean()",
    ],
    "prints": ["def window_mean(window):\n    print('hello', window)\n    return window.mean()"],
    "plots elsewhere": [RIGHT, "plt.imshow(np.zeros((3, 3)))\nplt.show()\ncheck.window_mean(window_mean)"],
    "magics": [
        "%matplotlib inline\n!pip install cnnlab\n%load_ext autoreload",
        f"%%time\n{RIGHT}",
        "window_mean?\n%timeit window_mean(np.ones((3, 3)))",
    ],
    "recursion": [
        "def add(xs):\n    return xs[0] + add(xs[1:]) if len(xs) else 0.0",
        "def window_mean(window):\n    return add(window.ravel()) / window.size",
    ],
    "numba or not": [
        "try:\n    from numba import njit\nexcept ImportError:\n    njit = lambda f: f",
        "@njit\ndef window_mean(window):\n    return window.mean()",
    ],
    "a lambda": ["window_mean = lambda window: window.mean()"],
    "a partial": ["from functools import partial", "window_mean = partial(np.mean, axis=None)"],
    "an object": ["class Mean:\n    def __call__(self, window): return window.mean()", "window_mean = Mean()"],
    "a function of NumPy": ["window_mean = np.mean"],
    "inside if": [f"if True:\n{INDENTED}"],
    "inside match": [cell(f"match 1:\n  case 1:\n{INDENTED}", id="window_mean")],
    "inside a loop": [f"while True:\n{INDENTED}\n    break"],
    "from a loop": [cell("for window_mean in [np.mean]:\n    pass", id="window_mean")],
    "into globals": [cell("def mine(w):\n    return w.mean()\nglobals()['window_mean'] = mine", id="window_mean")],
    "in exec": [f"exec({RIGHT!r})"],
    "in exec, in lines": [f'exec("""\n{RIGHT}\n""")'],
    "indented": [f"\n{INDENTED}\n    window_mean(np.ones(3))"],
    "copied from a terminal": [">>> " + RIGHT.replace("\n", "\n... ") + "\n..."],
    "copied from IPython": [cell("In [3]: " + RIGHT.replace("\n", "\n   ...: "), id="window_mean")],
    "a bar of progress": [
        "from tqdm.auto import tqdm\nimport tqdm as bars",
        "def window_mean(window):\n    s = 0.0\n    for i in bars.trange(len(window), desc='rows', leave=False):\n"
        "        for x in tqdm(window[i], total=9):\n            s += x\n    return s / window.size",
    ],
    "inside try": [f"try:\n{INDENTED}\nexcept Exception:\n    pass"],
    "a decorator": [
        "import functools, time\ndef timed(f):\n    @functools.wraps(f)\n    def g(*a):\n        start "
        "= time.time()\n        return f(*a)\n    return g",
        "@timed\n" + RIGHT,
    ],
    "a memory": [
        "from functools import lru_cache\n@lru_cache\ndef size(shape): return shape[0] * shape[1]",
        "def window_mean(window):\n    return window.sum() / size(window.shape)",
    ],
    "stars": [
        "from math import *\nfrom numpy import *",
        "def window_mean(window):\n    return sum(window) / window.size",
    ],
    "a name twice": [
        "x = 1\ndef window_mean(window):\n    return 0",
        "def window_mean(window):\n    return window.mean()",
    ],
    "accents": [
        "π = 3.14\ndef größe(fenster):\n    return fenster.size",
        "def window_mean(window):\n    return window.sum() / größe(window)",
    ],
    "assertions below": [RIGHT, "assert window_mean(np.ones((2, 2))) == 1\nassert False, 'never mind'"],
    "a broken cell beside": ["def broken(:\n    pass", "1 / 0", RIGHT],
    "a cell that ends all": ["import sys\nsys.exit()\nexit()\nraise SystemExit", RIGHT],
    "a cell without end": ["while True: pass", "input('name?')", RIGHT],
    "200 magics that name it": ["\n".join(["!echo total"] * 200) + "\ndef total(w):\n    return w.sum()", USES],
    "deep brackets beside": ["total = " + "(" * 10**5 + ")" * 10**5, TOTAL, USES],
    "a long sum beside": ["other = total if 0 else " + " + ".join(["1"] * 20000), TOTAL, USES],
    "many signs beside": ["other = total, " + "-" * 90_000 + "1", TOTAL, USES],
}


@pytest.mark.parametrize("coding", HONEST_CODINGS)
def test_an_honest_coding_gets_all_points(coding):
    result = graded("import numpy as np", *HONEST_CODINGS[coding], HONEST)
    assert result.points == SHEET.points, [mark.text for mark in result.marks]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def window_mean(window, window):\n    return 1", "in line 1: SyntaxError: duplicate argument 'window'"),
        ("def window_mean(window):\n    x = 1\n    break", "in line 3: SyntaxError: 'break' outside loop"),
        ("def window_mean(window):\n    return window\n    nonlocal x", "SyntaxError: no binding for nonlocal 'x'"),
        ("def window_mean(window):\n    def = 3", f"Python 3.{sys.version_info.minor} cannot read the cell"),
        (cell("exec('def window_mean(window) return 1')", id="window_mean"), "there is no window_mean after it. Give"),
    ],
)
def test_what_python_refuses_is_told_and_costs_no_other_exercise(code, words):
    for other in (HONEST, f"{HONEST}; window_mean"):  # needs it, if only in a line that is never reached
        attack, honest = graded(code, other).marks
        assert (attack.state, attack.points, honest.points) == ("fail", 0, 3), honest.text
        assert words in attack.text
