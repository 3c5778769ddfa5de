"""Threads: every part is done once, the number is the caller's choice, and nothing outside a call changes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from cnnlab.ops import conv2d, get_threads, set_threads
from cnnlab.ops.parallel import CHUNK, SMALL, in_chunks, parallel
from tests import cases


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield
    set_threads(0)


def _before() -> list[int]:
    return [2] * len(_blas())


def _blas() -> list[int]:
    """Threads of NumPy's matrix product; other libraries of a test session bring products of their own."""
    products = [library for library in threadpool_info() if library["user_api"] == "blas"]
    numpys = [library for library in products if "numpy" in library["filepath"]]
    return [library["num_threads"] for library in numpys or products]


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 100])
def test_every_part_is_done_once_and_in_order(threads: int, n: int) -> None:
    set_threads(threads)
    ranges = parallel(lambda start, stop: list(range(start, stop)), n, SMALL)
    assert [i for some in ranges for i in some] == list(range(n))
    assert len(ranges) <= max(threads, 1)
    chunks = in_chunks(lambda some: some, n, CHUNK // 3)
    assert [i for some in chunks for i in range(n)[some]] == list(range(n))
    assert all(some.stop - some.start <= 3 for some in chunks)


def test_little_work_stays_in_the_callers_thread() -> None:
    set_threads(4)
    assert parallel(lambda *_: threading.current_thread(), 10, SMALL - 1) == [threading.current_thread()]


def test_blas_is_held_to_one_thread_inside_and_left_as_it_was() -> None:
    for threads in (1, 2):
        set_threads(threads)
        inside = parallel(lambda *_: _blas(), 2, SMALL)
        assert all(n == 1 for some in inside for n in some)
        assert _blas() == _before()


def test_a_single_part_keeps_to_the_number_asked_for() -> None:
    set_threads(1)
    assert parallel(lambda *_: _blas(), 1, SMALL) == [[1] * len(_blas())]
    set_threads(0)
    assert parallel(lambda *_: _blas(), 1, SMALL) == [_before()]
    assert _blas() == _before()


def test_the_callers_own_error_waits_for_the_others() -> None:
    set_threads(2)
    done = []

    def job(start: int, stop: int) -> None:
        if start:
            raise RuntimeError("in the caller")
        time.sleep(0.05)
        done.append(stop)

    with pytest.raises(RuntimeError, match="in the caller"):
        parallel(job, 2, SMALL)
    assert done == [1]


def test_an_error_in_a_thread_reaches_the_caller_and_blas_is_restored() -> None:
    set_threads(2)

    def job(start: int, stop: int) -> None:
        if start == 0:
            raise RuntimeError("in a thread")

    with pytest.raises(RuntimeError, match="in a thread"):
        parallel(job, 2, SMALL)
    assert _blas() == _before()


def test_callers_from_many_threads_do_not_disturb_each_other() -> None:
    set_threads(2)
    x, w = cases.images((8, 8, 70, 70)), cases.images((8, 8, 3, 3))  # large enough for threads
    want = conv2d(x, w)[0]
    with ThreadPoolExecutor(4) as pool:
        for y in pool.map(lambda _: conv2d(x, w)[0], range(12)):
            assert_array_equal(y, want)
    assert _blas() == _before()


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    x, w = cases.images((9, 8, 70, 70)), cases.images((8, 8, 3, 3))  # large enough for threads
    results = []
    for threads in (1, 2, 3):
        set_threads(threads)
        results.append(conv2d(x, w, pad=1)[0])
    for y in results[1:]:
        np.testing.assert_allclose(y, results[0], rtol=1e-12, atol=1e-12)


def test_the_number_of_threads() -> None:
    set_threads(3)
    assert get_threads() == 3
    set_threads(np.int64(2))  # type: ignore[arg-type]
    assert get_threads() == 2
    set_threads(0)
    assert get_threads() >= 1
    for wrong in (-1, 1.5, "2", None):
        with pytest.raises(ValueError, match=rf"^n: got {wrong!r}, .*Write 1"):
            set_threads(wrong)  # type: ignore[arg-type]


def test_the_environment_variable() -> None:
    code = "from cnnlab.ops import get_threads; print(get_threads())"

    def run(value: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "CNNLAB_THREADS": value}
        return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)

    assert run("5").stdout.strip() == "5"
    assert "CNNLAB_THREADS: got 'many', wanted a whole number" in run("many").stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_starts_threads_of_its_own() -> None:
    code = (
        "import os, numpy as np\n"
        "from cnnlab.ops import conv2d, set_threads\n"
        "set_threads(2)\n"
        "x, w = np.ones((8, 8, 70, 70)), np.ones((8, 8, 3, 3))  # large enough for threads\n"
        "conv2d(x, w)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if conv2d(x, w)[0][0, 0, 0, 0] == 72 else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_importing_changes_no_setting() -> None:
    code = (
        "import numpy, threadpoolctl\n"
        "before = threadpoolctl.threadpool_info()\n"
        "import cnnlab.ops\n"
        "assert threadpoolctl.threadpool_info() == before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
