"""A verdict on a function in another process is the verdict on it here."""

import ctypes
import os
import re
import signal
import sys
import threading
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest

from cnnlab import check, course
from cnnlab.check import exercises
from cnnlab.check.alternatives import alternatives
from cnnlab.check.alternatives.edge_detection import windows
from cnnlab.check.verdict import judge_subject
from cnnlab.grading.far import Far, given, open_exercise
from cnnlab.grading.model import Limits
from cnnlab.grading.reading import CodeCell, Page
from cnnlab.grading.wire.form import WireError
from cnnlab.grading.wire.mirror import Mirror
from cnnlab.trial import attempt
from tests.check import cases, test_verdict
from tests.check.slips import SLIPS
from tests.check.wild import HELD_OUT, WILD
from tests.grading.nest import Bare, Forked, judged

# Their caches are made by the course's functions, which are no learner's to run in a child that has no cnnlab.
LIVE = [id for id in course.exercises() if id != "conv_relu_pool_backward"]


def _sample(rows, each):
    """Pick some of every exercise."""
    return [row for id in LIVE for row in [row for row in rows if row[0] == id][:: max(1, each)]]


RIGHT = _sample([(id, fn) for id, fns in alternatives().items() for fn in fns], 4)
WRONG = _sample(
    [(id, fn) for id, _, fn in (*SLIPS, *cases.slips())]
    + [(id, fn) for group in (WILD, HELD_OUT) for id, fns in group.items() for fn in fns]
    + cases.wild(),
    25,
)


def told(report):
    """Return a report's words without those on its speed."""
    return report.state, report.mistake, report.part, re.sub(r"\n*It is slow: .*", "", report.message)


@pytest.mark.parametrize(("exercise", "fn"), [*RIGHT, *WRONG], ids=lambda part: getattr(part, "__name__", part))
def test_a_report_is_the_same_word_by_word(exercise, fn):
    assert told(judged(exercise, fn)) == told(check.judge(exercise, fn))


class Unreadable:
    def __array__(self, *arguments, **settings):
        raise RuntimeError("no array of mine")


def _prints(image, kernel):
    print("a" * 50)
    print("b", file=sys.stderr, end="")
    warnings.warn("careful", DeprecationWarning, stacklevel=1)
    return windows(image, kernel) / np.zeros(())


def _raises_own(image, kernel):
    class Odd(KeyError):
        pass

    raise Odd("x")


ODD = [
    *(mark.args[1][i][0] for mark in test_verdict.test_whatever_a_function_does_comes_back_as_a_report.pytestmark
      if mark.name == "parametrize" for i in range(len(mark.args[1]))),
    *(mark.args[1][i] for mark in test_verdict.test_unusual_but_right_functions_pass.pytestmark
      if mark.name == "parametrize" for i in range(len(mark.args[1]))),
    *(test_verdict.stub, test_verdict.bare_stub, test_verdict.only_docstring, test_verdict.only_dots),
    _prints,
    _raises_own,
    lambda image, kernel: Unreadable(),
    lambda image, kernel: np.full((3, 2), "word"),
    lambda image, kernel: np.zeros((3, 2), "M8[s]"),
    lambda image, kernel: {1, 2},
    lambda image, kernel: [[windows(image, kernel)]],
    lambda image, kernel: image.__setitem__((0, 0), 99.0),
    lambda image, kernel: np.zeros((2000, 2000), np.int8),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*np.matrix.*:PendingDeprecationWarning")
@pytest.mark.parametrize("fn", ODD, ids=range(len(ODD)))
def test_whatever_a_function_does_is_told_in_the_same_words(fn, capfd):
    test_verdict.CALLS.clear()
    far = told(judged("cross_correlate2d", fn))
    test_verdict.CALLS.clear()
    assert far == told(check.judge("cross_correlate2d", fn))
    assert capfd.readouterr() == ("", "")


def test_every_probe_makes_its_arguments_anew():
    """They are written into as the learner's process writes into its own."""

    def changeable(value):
        if isinstance(value, np.ndarray | dict | list):
            yield id(value)
        if isinstance(value, dict | list | tuple):
            for part in value.values() if isinstance(value, dict) else value:
                yield from changeable(part)

    for id_ in course.exercises():
        for probe in exercises.find(id_).probes:
            one, other = probe.make(), probe.make()
            assert not set(changeable(one)) & set(changeable(other)), id_


# Learners' cells, through a nursery.


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    nest = Bare(tmp_path_factory.mktemp("worker"))
    yield nest
    nest.close()


def opened(bare, exercise, *texts, own=-1, limits=None):
    page = Page(tuple(CodeCell(f"cell {i}", text) for i, text in enumerate(texts)), {exercise: (own % len(texts),)})
    return open_exercise(bare, exercise, page, exercises.find(exercise), limits or Limits())


def graded(bare, exercise, *texts, **settings):
    far = opened(bare, exercise, *texts, **settings)
    try:
        return judge_subject(exercise, exercises.find(exercise), far)
    finally:
        far.close()
        assert not far.broken


MEAN = "def window_mean(window):\n    return {}"


def test_cells_are_judged(bare):
    assert graded(bare, "window_mean", MEAN.format("window.mean()")).state == "pass"
    assert graded(bare, "window_mean", MEAN.format("window.sum()")).mistake == "sum"
    assert graded(bare, "window_mean", MEAN.format("1 / 0")).message.count("in line 2 of your code: return 1 / 0") == 1
    stub = "def window_mean(window):\n    raise NotImplementedError('window_mean is not written yet')"
    assert graded(bare, "window_mean", stub).state == "todo"
    assert "cannot read the cell" in graded(bare, "window_mean", "def window_mean(:").message


CORRELATE = "def cross_correlate2d(image, kernel):\n    return image * 0"
CONVOLVE = "def convolve2d(image, kernel):\n    return cross_correlate2d(image, kernel[::-1, ::-1])"


def test_helpers_are_lent_and_taken_back(bare):
    report = graded(bare, "convolve2d", CORRELATE, CONVOLVE)
    assert report.state == "pass"
    assert "Your own cross_correlate2d is not right yet" in report.message
    far = opened(bare, "convolve2d", CORRELATE, CONVOLVE)
    call = far.adapted(exercises.find("convolve2d"))
    with far.lent({"cross_correlate2d": lambda image, kernel: image + 5}) as swapped:
        assert swapped
        assert call(np.zeros((2, 2)), np.zeros((1, 1))).tolist() == [[5, 5], [5, 5]]
    assert call(np.ones((2, 2)), np.zeros((1, 1))).tolist() == [[0, 0], [0, 0]]
    with far.lent({"unknown": abs}) as swapped:
        assert not swapped
    far.close()


def test_the_answer_key_is_out_of_reach(bare):
    own = (
        "from cnnlab.check.exercises import find\ndef window_mean(window):\n    return find('window_mean').core(window)"
    )
    assert "graded work has to do without it" in graded(bare, "window_mean", own).message
    deep = "def window_mean(window):\n    import importlib\n    return importlib.import_module('cnnlab.ops')"
    assert "`importlib` cannot be imported" in graded(bare, "window_mean", deep).message
    sneaky = (
        "def window_mean(window):\n    load = type(np).__loader__ if 0 else np.__loader__\n"
        "    bring = __builtins__['__import__'].__globals__['builtins'].__import__\n"
        "    return bring('cnnlab.ops', fromlist=['x']).correlate2d"
    )
    assert graded(bare, "window_mean", sneaky).state == "fail"


def test_a_backward_pass_meets_its_own_cache(bare):
    forward = (
        "class Kept:\n    pass\n"
        "def batchnorm_forward(x, gamma, beta, bn_param):\n"
        "    kept = Kept()\n    kept.args = x, gamma\n    kept.eps = bn_param.get('eps', 1e-5)\n"
        "    mu, var = x.mean(0), x.var(0)\n    m = bn_param.get('momentum', 0.9)\n"
        "    old = bn_param.get('running_mean', 0 * mu), bn_param.get('running_var', 0 * mu)\n"
        "    if bn_param['mode'] == 'train':\n"
        "        bn_param['running_mean'] = m * old[0] + (1 - m) * mu\n"
        "        bn_param['running_var'] = m * old[1] + (1 - m) * var\n"
        "    else:\n        mu, var = old\n"
        "    return gamma * (x - mu) / np.sqrt(var + kept.eps) + beta, kept"
    )
    backward = (
        "def batchnorm_backward(dout, cache):\n"
        "    x, gamma = cache.args\n    N = len(x)\n    s = np.sqrt(x.var(0) + cache.eps)\n"
        "    xhat = (x - x.mean(0)) / s\n"
        "    d = dout * gamma\n    dx = (N * d - d.sum(0) - xhat * (d * xhat).sum(0)) / (N * s)\n"
        "    return dx, (dout * xhat).sum(0), dout.sum(0)"
    )
    assert graded(bare, "batchnorm_forward", forward).state == "pass"
    report = graded(bare, "batchnorm_backward", forward, backward)
    assert report.state == "pass"
    assert "The cache was made by your own batchnorm_forward" in report.message


def test_what_an_exercise_is_given():
    assert {"conv_backward_fast", "relu_backward"} < set(
        given("conv_relu_pool_backward", exercises.find("conv_relu_pool_backward"))
    )
    for id_ in course.exercises():
        assert id_ not in given(id_, exercises.find(id_))


# One call.


def called(fn, *arguments, **settings):
    nest = Forked(fn)
    try:
        far = Far(nest.session)
        return attempt(far.adapted(exercises.find("window_mean")), *arguments, **settings)
    finally:
        nest.close()


def test_arguments_are_changed_as_the_learner_changed_them():
    array, config, sealed = np.zeros((2, 2)), {"a": np.zeros(2)}, np.zeros(2)
    sealed.flags.writeable = False

    def fn(array, config, sealed):
        array[0] = 7
        config["a"] += 1
        config["b"] = array
        return [array, config, (array.T, sealed.flags.writeable)]

    value = called(fn, array, config, sealed).value
    assert value[0] is array
    assert value[1] is config
    assert array.tolist() == [[7, 7], [0, 0]]
    assert config["a"].tolist() == [1, 1]
    assert config["b"] is array
    assert value[2][1] is False


def test_a_function_among_the_arguments_is_called_here():
    seen = []

    def ours(x, twice=False):
        seen.append(x.copy())
        x += 1
        if twice:
            raise ValueError("not twice")
        return {"x": x, "kept": (x, [1])}

    def fn(f, x):
        first = f(x)
        assert first["x"] is x is first["kept"][0]
        first["kept"][1].append(2)
        try:
            f(x, twice=True)
        except ValueError as error:
            return f, x, str(error), f.__name__, first["kept"][1]

    x = np.zeros(2)
    done = called(fn, ours, x)
    assert done.value[0] is ours
    assert done.value[2:] == ("not twice", "ours", [1, 2])
    assert (x.tolist(), [a.tolist() for a in seen]) == ([2, 2], [[0, 0], [1, 1]])


def test_what_our_functions_keep_is_not_written_into():
    kept = np.zeros(3)

    def ours():
        kept[0] += 1
        return kept

    def fn(f):
        one = f()
        first = one.copy()
        two = f()
        two += 50
        return one is two, first, two

    same, first, two = called(fn, ours).value
    assert same
    assert (first.tolist(), two.tolist()) == ([1, 0, 0], [52, 50, 50])
    assert kept.tolist() == [2, 0, 0]


def test_errors_of_our_functions_keep_name_family_and_words():
    from cnnlab.shapes import ShapeError

    def ours(kind):
        raise {"shape": ShapeError, "key": KeyError}[kind]("some words")

    def fn(f):
        found = []
        for kind, family in (("shape", ValueError), ("key", KeyError)):
            try:
                f(kind)
            except family as error:
                found.append((type(error).__name__, str(error)))
        return found

    assert called(fn, ours).value == [("ShapeError", "some words"), ("KeyError", "'some words'")]


def test_prints_warnings_and_lines_are_told():
    def fn(n):
        for i in range(n):
            print(i)
        print("end", end="")
        warnings.warn("careful", UserWarning, stacklevel=1)

    here, there = attempt(fn, 3000), called(fn, 3000)
    assert (there.printed, there.printed_lines, there.warnings) == (here.printed, here.printed_lines, here.warnings)
    assert there.printed_lines == 3001


def test_time_is_up_over_there_first():
    def fn():
        while True:
            pass

    nest = Forked(fn)
    far = Far(nest.session)
    nest.session.deadline = time.monotonic() + 0.3
    done = attempt(far.adapted(exercises.find("window_mean")))
    assert done.timed_out
    assert done.stopped_at in ("def fn():", "pass", "while True:")
    assert not far.broken
    nest.close()


def _endless_and_deaf():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        pass


def test_one_that_hears_nothing_breaks_the_sandbox(monkeypatch):
    monkeypatch.setattr("cnnlab.grading.session.GRACE", 0.1)
    nest = Forked(_endless_and_deaf)
    far = Far(nest.session)
    nest.session.deadline = time.monotonic() + 0.2
    call = far.adapted(exercises.find("window_mean"))
    assert attempt(call).timed_out
    assert far.broken
    nest.session.deadline = end = time.monotonic() + 60
    assert attempt(call, seconds=60).timed_out
    assert time.monotonic() < end  # at once: there is nobody to wait for
    os.kill(nest.pid, signal.SIGKILL)
    nest.close()


def _out_of_memory():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("fn", "kind", "words"),
    [
        (lambda: os._exit(3), "SystemExit", "ended Python itself"),
        (_out_of_memory, "MemoryError", "It may use 1024 MB"),
        (lambda: ctypes.string_at(0), "SystemError", "SIGSEGV"),
        (lambda: os.abort(), "SystemError", "SIGABRT"),
        (lambda: [0] * 2_000_000, "MemoryError", "too large to be handed over"),
        (lambda: sys.exit(3), "SystemExit", "3"),
    ],
)
def test_how_a_process_ended_is_told_in_words(fn, kind, words):
    def dies():
        fn()
        return [0] * 2_000_000

    nest = Forked(dies)
    far = Far(nest.session)
    call = far.adapted(exercises.find("window_mean"))
    burial = threading.Thread(target=nest.wait)
    burial.start()
    first = attempt(call).error
    assert (first.kind, words in first.message) == (kind, True), first
    if words not in ("3", "too large to be handed over"):
        assert attempt(call).error.message == first.message
    far.close()
    burial.join()
    nest.close()
    assert not far.broken


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\x7f",
        b"\3\0\0\0abc",
        b"\x06\0\0\0" + b"\1\0\0\0NN",
        Mirror(1, None).pack("told", (1, 2)),
        Mirror(1, None).pack("told", (1, ("x",) * 6, False, "", "", 0, [])),
        Mirror(1, None).pack("told", (1, None, False, "", "", 10**12, [3])),
        Mirror(1, None).pack("ask", os.getcwd, "", 1),
        Mirror(1, None).pack("ask", print, "end,sep", 1),
        Mirror(1, None).pack("ask", None, "", 1),
        Mirror(1, None).pack(),
        b"\0\0\0\0N" * 100_000,
    ],
)
def test_forged_answers_gain_nothing(data):
    def talk(end):
        end.recv(100_000)
        end.sendall(
            data if data[:4] in (b"", b"\xff\xff\xff\x7f", b"\3\0\0\0") else len(data).to_bytes(4, "little") + data
        )
        end.recv(100)

    nest = Forked(None, talk)
    far = Far(nest.session)
    nest.session.deadline = time.monotonic() + 0.5
    window = np.zeros((3, 3))
    done = attempt(far.adapted(exercises.find("window_mean")), window)
    assert not done.ok
    assert not window.any()
    nest.close()


def test_a_class_is_used_by_its_handle():
    class Net:
        def __init__(self, size=2):
            self.params = {"w": np.ones(size)}

        def loss(self, x):
            return (x * self.params["w"]).sum(), self

    def use(cls):
        def call(x):
            net = cls(size=3)
            net.params = {"w": x + 1}
            return net.loss(x)

        return call

    task = exercises.find("ThreeLayerConvNet")
    nest = Forked(Net)
    far = Far(nest.session)
    assert far.problem("ThreeLayerConvNet", "class") is None
    done = attempt(far.adapted(replace(task, adapt=use)), np.arange(3.0))
    assert done.value[0] == 8
    assert type(done.value[1]).__name__ == "Net"
    nest.close()


def test_an_object_put_into_an_argument_cannot_stop_the_check():
    def hostile(x, gamma, beta, bn_param):
        bn_param["running_mean"] = bn_param["running_var"] = Unreadable()
        return np.zeros(np.shape(x)), Unreadable()

    assert judged("batchnorm_forward", hostile).state == "fail"
    config = {}
    called(lambda config: config.update(m=Unreadable()), config)
    assert type(config["m"]).__name__ == "Unreadable"
    assert np.asarray(config["m"]).dtype == object


def test_only_functions_that_were_handed_out_are_called():
    nest = Forked(None)
    for function in (int, np.float64, os.getcwd, None):
        with pytest.raises(WireError, match="number of no object"):
            nest.session._worked(function, "", [])
    nest.close()
