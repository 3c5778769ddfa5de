import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from cnnlab.clock import TimeUp
from cnnlab.grading.worker.alarm import Alarm
from cnnlab.trial import PRINT_LIMIT, Attempt, Elsewhere, LearnerError, attempt

SHORT = 0.15
POSIX = pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")


def spin():
    while True:
        pass


def swallow():
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722
            if time.perf_counter() > give_up[0]:
                raise


give_up = [0.0]


def test_a_value_comes_back_with_what_was_printed_and_warned(capfd):
    def fn():
        print("one")
        print("two", file=sys.stderr, end="")
        warnings.warn("careful", stacklevel=1)
        warnings.warn("careful", stacklevel=1)
        return np.float64(1) / np.float64(0)

    result = attempt(fn)
    assert result.ok
    assert result.value == np.inf
    assert (result.printed, result.printed_lines) == ("one\ntwo", 2)
    assert result.warnings == ("UserWarning: careful", "RuntimeWarning: divide by zero encountered in scalar divide")
    assert capfd.readouterr() == ("", "")


def test_a_flood_is_counted_and_cut():
    result = attempt(lambda: [print("x" * 99) for _ in range(1000)])
    assert len(result.printed) == PRINT_LIMIT
    assert result.printed_lines == 1000


def test_closing_the_output_does_no_harm():
    result = attempt(lambda: (sys.stdout.close(), print("still here")))
    assert result.printed == "still here\n"
    assert not sys.stdout.closed


def test_settings_of_numpy_and_warnings_are_put_back():
    before = np.geterr()
    attempt(lambda: (np.seterr(all="raise"), warnings.simplefilter("error")))
    assert np.geterr() == before


@pytest.mark.parametrize("stop", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), BaseException("odd")])
def test_whatever_is_raised_comes_back(stop):
    def fn():
        raise stop

    result = attempt(fn)
    assert result.error.kind == type(stop).__name__
    assert result.error.exception is stop
    assert result.error.line == "raise stop"


def test_only_frames_of_the_learner_are_shown():
    def helper(row):
        return row[9]

    result = attempt(lambda: np.apply_along_axis(helper, 0, np.zeros((2, 2))))
    assert result.error.line == "return row[9]"
    lines = result.error.trace.splitlines()
    assert [line.split(", in ")[-1] for line in lines if line.startswith("test_trial.py, line")] == [
        "<lambda>",
        "helper",
    ]
    assert len(lines) == 5


def test_a_call_with_wrong_arguments_has_no_line_of_ours():
    error = attempt(lambda x: x, 1, 2).error
    assert (error.kind, error.line_number, error.line) == ("TypeError", None, "")
    assert error.trace.startswith("TypeError")


def test_code_from_strings_counts_as_the_learners():
    names = {}
    exec(compile("def fn():\n    return 1 / 0\n", "<string>", "exec"), names)
    assert attempt(names["fn"]).error.line_number == 2


def test_a_notebook_cell_has_no_path():
    names = {}
    exec(compile("def fn():\n    return 1 / 0\n", "/tmp/ipykernel_12/345.py", "exec"), names)
    assert attempt(names["fn"]).error.trace.startswith("your cell, line 2, in fn\n")


def test_a_folder_named_like_the_package_counts_as_the_learners(tmp_path):
    path = tmp_path / "cnnlab" / "mine.py"
    path.parent.mkdir()
    path.write_text("def fn():\n    return 1 / 0\n")
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    assert attempt(names["fn"]).error.line == "return 1 / 0"


def test_deep_recursion_is_told_in_few_lines():
    def deeper(n):
        return deeper(n + 1)

    error = attempt(deeper, 0).error
    assert error.kind == "RecursionError"
    assert error.trace.count("\n") < 30


@pytest.mark.parametrize("problem", [RuntimeError, SystemExit])
def test_an_exception_that_cannot_be_written_does_no_harm(problem):
    class Mute(Exception):
        def __str__(self):
            raise problem

    def fn():
        raise Mute

    assert str(attempt(fn).error) == f"Mute in line {attempt(fn).error.line_number}: raise Mute"


@pytest.mark.parametrize("fn", [spin, lambda: time.sleep(30)], ids=["loop", "sleep"])
def test_the_time_limit_ends_loops_and_sleeps(fn):
    before = signal.getsignal(signal.SIGINT)
    result = attempt(fn, seconds=SHORT)
    assert result.timed_out
    assert not result.ok
    assert SHORT <= result.seconds < 5
    assert signal.getsignal(signal.SIGINT) is before


def test_the_line_that_was_running_is_told():
    assert attempt(spin, seconds=SHORT).stopped_at in ("while True:", "pass")


def test_a_bare_except_cannot_swallow_the_limit_for_ever():
    give_up[0] = time.perf_counter() + 0.6
    assert attempt(swallow, seconds=SHORT).timed_out


def test_the_limit_holds_in_other_threads():
    results = []
    thread = threading.Thread(target=lambda: results.append(attempt(spin, seconds=SHORT)))
    thread.start()
    thread.join(10)
    assert results
    assert results[0].timed_out


def test_a_limit_that_was_not_reached_leaves_nothing_behind():
    for _ in range(20):
        attempt(lambda: time.sleep(0.002), seconds=0.002)
    assert attempt(lambda: time.sleep(0.3) or "fine", seconds=5).value == "fine"


def test_nested_attempts_keep_their_limits_apart():
    def outer():
        inner = attempt(spin, seconds=SHORT)
        return inner.timed_out

    assert attempt(outer, seconds=10).value is True
    result = attempt(lambda: attempt(spin, seconds=30), seconds=SHORT)
    assert result.timed_out


def test_nested_attempts_in_other_threads():
    results = []
    outer = lambda: attempt(spin, seconds=SHORT).timed_out  # noqa: E731
    thread = threading.Thread(target=lambda: results.append(attempt(outer, seconds=10)))
    thread.start()
    thread.join(10)
    assert results[0].value is True


@POSIX
def test_the_learners_stop_button_gets_through():
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        attempt(spin, seconds=10)


def test_the_limit_is_no_exception_a_learner_catches_by_accident():
    def fn():
        while True:
            with contextlib.suppress(Exception):
                spin()

    assert not issubclass(TimeUp, Exception)
    assert attempt(fn, seconds=SHORT).timed_out


def test_time_that_ends_while_another_attempt_is_put_away_leaves_nothing_half_done():
    def many():
        while True:
            attempt(lambda: None)

    def state():
        return sys.stdout, sys.stderr, signal.getsignal(signal.SIGINT), list(warnings.filters), np.geterr()

    before = state()
    for step in range(200):
        assert attempt(many, seconds=1e-3 + step * 1e-5).timed_out
        assert state() == before
    assert len([thread for thread in threading.enumerate() if thread.name == "cnnlab clock"]) == 1


def test_many_threads_are_each_stopped_in_their_time():
    results = {}

    def job(n):
        results[n] = attempt(spin if n % 2 else lambda: time.sleep(0.4), seconds=0.1 + 0.02 * n)

    threads = [threading.Thread(target=job, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [results[n].timed_out for n in (1, 3, 5, 7, 9)] == [True] * 5
    assert attempt(spin, seconds=SHORT).timed_out  # and the clock still goes
    assert attempt(lambda: 1).ok


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_child_has_a_clock_of_its_own():
    code = (
        "import os\nfrom cnnlab.trial import attempt\ndef spin():\n    while True: pass\n"
        "assert attempt(spin, seconds=0.1).timed_out\nchild = os.fork()\n"
        "ended = attempt(spin, seconds=0.1).timed_out\nif not child: os._exit(0 if ended else 1)\n"
        "assert ended and os.waitpid(child, 0)[1] == 0"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


class Clinging:
    """Spends a while in its destructor, where nothing can be raised."""

    def __del__(self):
        end = time.perf_counter() + 0.3
        while time.perf_counter() < end:
            pass


def cling():
    Clinging()
    spin()


def watched(clock=None):
    """Let the time end in a destructor, and tell what Python had to complain of besides."""
    complaints = []
    before, sys.unraisablehook = sys.unraisablehook, complaints.append
    try:
        return attempt(cling, seconds=SHORT, clock=clock), complaints, sys.unraisablehook == complaints.append
    finally:
        sys.unraisablehook = before


@pytest.mark.parametrize("clock", [None, pytest.param(Alarm, marks=POSIX)])
def test_time_that_ends_where_nothing_can_be_raised_ends_a_little_later(clock):
    result, complaints, put_back = watched(clock)
    assert result.timed_out
    assert (result.printed, complaints, put_back) == ("", [], True)


def test_time_that_ends_in_a_destructor_of_another_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(watched()))
    thread.start()
    thread.join(10)
    result, complaints, put_back = results[0]
    assert result.timed_out
    assert (result.printed, complaints, put_back) == ("", [], True)


def test_what_else_went_wrong_in_a_destructor_is_still_told():
    class Broken:
        def __del__(self):
            raise ValueError("told")

    told = []
    before, sys.unraisablehook = sys.unraisablehook, lambda unraisable: told.append(str(unraisable.exc_value))
    try:
        attempt(lambda: Broken() and None)
    finally:
        sys.unraisablehook = before
    assert told == ["told"]


def test_a_long_message_is_cut():
    def fn():
        raise ValueError("x" * 100_000)

    assert len(attempt(fn).error.trace) < 1_000


def test_no_time_at_all_leaves_no_clock_running():
    before = signal.getsignal(signal.SIGINT)
    for _ in range(20):
        assert attempt(lambda: time.sleep(5), seconds=0).timed_out
    assert signal.getsignal(signal.SIGINT) is before


def test_what_came_of_a_call_in_another_process_is_told_as_it_was_there():
    error = LearnerError("ValueError", "too small", 3, "return 1 / n", "your cell, line 3\nValueError: too small")

    def far(out):
        print(out)
        raise Elsewhere(Attempt(error=error))

    result = attempt(far, "hello")
    assert (result.error, result.timed_out, result.printed) == (error, False, "hello\n")


def test_time_over_in_another_process_is_time_over():
    def far():
        raise Elsewhere(Attempt(timed_out=True, stopped_at="while True:"))

    result = attempt(far)
    assert (result.timed_out, result.stopped_at, result.error) == (True, "while True:", None)
