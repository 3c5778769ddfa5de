import functools
import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from cnnlab import check, course, ops, progress, trial
from cnnlab.check import exercises
from cnnlab.check.alternatives.edge_detection import windows
from cnnlab.check.probe import values
from cnnlab.check.strength import imitator
from cnnlab.check.subject import Local
from cnnlab.check.verdict import judge_call
from tests.check.slips import SLIPS
from tests.check.wild import HELD_OUT, WILD

pytestmark = pytest.mark.filterwarnings("ignore:.*np.matrix.*:PendingDeprecationWarning")

WRONG = [
    pytest.param(id, fn, id=f"{id}-{i}")
    for group in (WILD, HELD_OUT)
    for id, fns in group.items()
    for i, fn in enumerate(fns)
]
NAMED = [pytest.param(id, name, fn, id=f"{id}-{name}-{i}") for i, (id, name, fn) in enumerate(SLIPS)]
CATALOGUE = [
    pytest.param(id, mistake, id=f"{id}-{mistake.name}-{i}")
    for id in course.exercises()
    for i, mistake in enumerate(exercises.find(id).mistakes)
]


@pytest.mark.parametrize(("exercise", "fn"), WRONG)
def test_mistakes_outside_the_catalogue_are_rejected(exercise, fn):
    assert check.judge(exercise, fn).state == "fail"


@pytest.mark.parametrize(("exercise", "name", "fn"), NAMED)
def test_learners_codings_of_a_mistake_are_named(exercise, name, fn):
    report = check.judge(exercise, fn)
    assert (report.state, report.mistake) == ("fail", name), str(report)


@pytest.mark.parametrize(("exercise", "mistake"), CATALOGUE)
def test_every_imitation_is_named_as_itself(exercise, mistake):
    task = exercises.find(exercise)
    learners = imitator(task, mistake)
    report = judge_call(exercise, task, Local(learners), learners)
    assert (report.state, report.mistake) == ("fail", mistake.name), str(report)


def test_probes_tell_every_symmetry_of_the_square_apart():
    turns = [lambda k, n=n: np.rot90(k, n) for n in range(1, 4)] + [lambda k, n=n: np.rot90(k, n).T for n in range(4)]
    for turn in turns:
        differ = []
        for probe in exercises.find("cross_correlate2d").probes:
            image, kernel = probe.make()
            turned = turn(kernel)
            fits = turned.shape[0] <= image.shape[0] and turned.shape[1] <= image.shape[1]
            if fits and turned.shape == kernel.shape and kernel.size > 1:
                differ.append(not np.allclose(ops.correlate2d(image, kernel), ops.correlate2d(image, turned)))
        assert sum(differ) >= 3


def test_probe_numbers_are_the_same_everywhere():
    assert values(1, (2, 3)).tolist() == [[8, -1, -6], [1, 4, 2]]
    low, high = values(7, (500,), -9, 9).min(), values(7, (500,), -9, 9).max()
    assert (low, high) == (-9, 9)


# What a learner's function may do, and what the report must say.


def stub(image, kernel):
    """Correlate."""
    raise NotImplementedError("cross_correlate2d is not written yet")


def bare_stub(image, kernel):
    raise NotImplementedError


def only_docstring(image, kernel):
    """Nothing yet."""


def only_dots(image, kernel): ...


@pytest.mark.parametrize("fn", [stub, bare_stub, only_docstring, only_dots])
def test_stubs_are_to_do(fn):
    report = check.judge("cross_correlate2d", fn)
    assert (report.state, report.mistake) == ("todo", None)
    assert "not written yet" in report.message
    assert "If that cell showed an error, mend that first." in report.message


def forever(image, kernel):
    while True:
        pass


def unending_recursion(image, kernel):
    return unending_recursion(image, kernel)


def generator(image, kernel):
    yield image


async def coroutine(image, kernel):
    return image


class NoFunction:
    def __init__(self, image, kernel):
        pass


class HostileResult:
    def __array__(self, *arguments, **settings):
        raise RuntimeError("no array of mine")

    def __repr__(self):
        raise RuntimeError("no repr of mine")

    def __eq__(self, other):
        raise RuntimeError("no equality of mine")

    __hash__ = None


class HostileArray(np.ndarray):
    def __eq__(self, other):
        raise RuntimeError("no equality of mine")

    def __array_function__(self, *arguments, **settings):
        raise RuntimeError("no function of mine")

    __hash__ = None


def ragged(image, kernel):
    return [[1, 2], [3]]


def floods(image, kernel):
    for _ in range(20_000):
        print("x" * 100)
    return 0


def exits(image, kernel):
    raise SystemExit(3)


def interrupts_itself(image, kernel):
    raise KeyboardInterrupt


class OwnBase(BaseException):
    def __str__(self):
        raise RuntimeError("no text of mine")


def own_base(image, kernel):
    raise OwnBase


BUFFER = np.zeros((40, 40))


def one_buffer(image, kernel):
    out = BUFFER[: image.shape[0] - kernel.shape[0] + 1, : image.shape[1] - kernel.shape[1] + 1]
    out[...] = windows(image, kernel)
    return out


CALLS = []


def remembers(image, kernel):
    CALLS.append(1)
    return windows(image, kernel) + (len(CALLS) % 100 > 30)


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (None, "not a function"),
        (np.zeros((2, 2)), "without brackets"),
        ("cross_correlate2d", "not a function"),
        (NoFunction, "is a class"),
        (lambda image: image, "2 arguments (image, kernel)"),
        (lambda image, kernel, stride: image, "2 arguments (image, kernel)"),
        (lambda image, kernel: None if image.size else 1, "`None`"),
        (generator, "yield"),
        (coroutine, "async"),
        (lambda image, kernel: windows, "brackets missing"),
        (lambda image, kernel: (windows(image, kernel),), "tuple of 1 value"),
        (lambda image, kernel: {"out": 1}, "A dict came back"),
        (lambda image, kernel: "text", "A str came back"),
        (lambda image, kernel: HostileResult(), "came back"),
        (lambda image, kernel: np.ma.masked_less(windows(image, kernel), 0), "masked"),
        (lambda image, kernel: windows(image, kernel).astype(object), "dtype=object"),
        (lambda image, kernel: windows(image, kernel) > 0, "True and False"),
        (lambda image, kernel: windows(image, kernel) + 0j, "complex"),
        (lambda image, kernel: windows(image, kernel) * np.nan, "NaN"),
        (lambda image, kernel: np.full_like(windows(image, kernel), np.inf), "infinite"),
        (lambda image, kernel: np.array(3.0), "as one number"),
        (lambda image, kernel: windows(image, kernel)[..., None], "shape (3, 2, 1)"),
        (ragged, "equally long"),
        (unending_recursion, "calls itself over and over"),
        (exits, "ended the whole program"),
        (interrupts_itself, "KeyboardInterrupt"),
        (own_base, "OwnBase"),
        (floods, "more lines"),
        (np.vectorize(lambda image, kernel: image), "broadcast"),
        (one_buffer, "one and the same array"),
        (remembers, "returned something else"),
        (len, "takes exactly one argument"),
    ],
)
def test_whatever_a_function_does_comes_back_as_a_report(fn, words, capfd):
    report = check.judge("cross_correlate2d", fn)
    assert report.state == "fail"
    assert words.replace("`", "") in report.message
    assert report._repr_mimebundle_()["text/plain"] == str(report)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "fn",
    [
        functools.partial(windows),
        lambda *arguments: windows(*arguments),
        lambda image, kernel, extra=1: windows(image, kernel),
        lambda image, kernel: windows(image, kernel).view(HostileArray),
        lambda image, kernel: np.ma.array(windows(image, kernel)),
        lambda image, kernel: np.asmatrix(windows(image, kernel)),
        lambda image, kernel: tuple(map(tuple, windows(image, kernel))),
        lambda image, kernel: windows(image, kernel).astype(np.longdouble),
    ],
)
def test_unusual_but_right_functions_pass(fn):
    report = check.judge("cross_correlate2d", fn)
    assert report.state == "pass", str(report)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("return helper_of_mine(image)", "no value yet"),
        ("return image @ np.zeros((99, 2))", "cell by cell"),
        ("return image + np.zeros((99, 2))", "cut short in silence"),
        ("out = np.zeros(4); out[0] = image[0]", "several numbers at once"),
        ("image[0] = 1; return windows(image, kernel)", "changed the image"),
        ("return 1 if image > 0 else 2", "one True or False is needed"),
        ("return np.zeros((-1, 2))", "negative size"),
        ("a, b, c = image.shape", "more or fewer values"),
        ("return image[0, 0, 0]", "fewer axes"),
        ("return np.zeros((4 / 2, 2))", "`/` always makes a float"),
        ("out = np.zeros((4, 4), int); out += 0.5", "whole numbers"),
        ("return None + image", "is None here"),
        ("return image(0, 0)", "round brackets behind it"),
        ("n = 2; return n(image)", "A product needs a `*`"),
        ("return windows.__name__(image)", "no function"),
        ("image = image + total; total = 1; return image", "the function's own"),
        ("return params['W1']", "through `self.`"),
        ("return np.pad(image, ((0, 0), (1, 1), (1, 1)))", "more pairs (before, after) than the array has axes"),
        ("out = np.zeros(2, np.uint8); out[0] = -3", "does not fit"),
        ("return image.sumsum()", "nothing of that name"),
        ("return 1 // 0", "divided by zero"),
        ("assert not image.size", "did not hold"),
        ("raise EOFError('EOF when reading a line')", "instead of input()"),
        ("return np.zeros((10**7, 10**7, 10**3))", "does not fit into memory"),
        ("raise LookupError('odd')", "stopped with LookupError"),
        ("raise NotImplementedError('helper is not written yet')", "not written yet"),
    ],
)
def test_exceptions_are_told_in_words(line, words):
    names = {"np": np, "windows": windows}
    exec(f"def correlate(image, kernel):\n    {line}", names)
    report = check.judge("cross_correlate2d", names["correlate"])
    assert words.replace("`", "") in report.message


def test_half_precision_is_told_in_words():
    report = check.judge("cross_correlate2d", lambda image, kernel: windows(image, kernel).astype(np.float16))
    assert report.state == "fail"
    assert "half precision (float16)" in report.message
    assert check.judge("window_mean", lambda window: np.float16(window.mean())).state == "fail"


def test_a_fraction_is_a_number():
    exact = lambda window: sum(map(Fraction, window.ravel().tolist())) / 9  # noqa: E731
    assert check.judge("window_mean", exact).state == "pass"


def test_an_endless_loop_is_stopped_and_its_line_shown(monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 0.2)
    report = check.judge("cross_correlate2d", forever)
    assert report.mistake == "endless_loop"
    assert "did not end" in report.message


def test_waiting_for_somebody_to_type_is_no_endless_loop(monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 0.2)
    names = {}
    exec("def input(): [0 for _ in iter(int, 1)]\ndef learners(image, kernel):\n    return input()", names)
    stopped = trial.attempt(names["learners"], 1, 2, seconds=0.2)
    monkeypatch.setattr(
        "cnnlab.check.verdict.attempt", lambda *arguments, **settings: replace(stopped, stopped_at="size = input()")
    )
    report = check.judge("cross_correlate2d", names["learners"])
    assert report.mistake is None
    assert "waits for somebody to type" in report.message


def test_a_function_that_is_too_slow_is_told_so(monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.PATIENCE", 0.0)
    assert check.judge("cross_correlate2d", windows).mistake == "slow"


def test_a_list_passes_with_a_remark():
    report = check.judge("cross_correlate2d", lambda image, kernel: windows(image, kernel).tolist())
    assert report.state == "pass"
    assert "returned a list" in report.message


def test_an_unknown_exercise_is_a_clear_error():
    with pytest.raises(KeyError, match="wanted one of window_mean, cross_correlate2d"):
        check.judge("cross_corelate", windows)


# What the message says.


def test_a_failure_tells_call_result_and_what_is_right():
    report = check.judge("cross_correlate2d", lambda image, kernel: np.abs(windows(image, kernel)))
    image, kernel = exercises.find("cross_correlate2d").probes[0].make()
    right = ops.correlate2d(image, kernel)
    for words in ("Called with image (5×4)", "Called with kernel (3×3)", "Came back (3×2)", "Expected (3×2)"):
        assert words in report.message
    for number in (*image.ravel(), *kernel.ravel(), *right.ravel()):
        assert f"{number:.0f}" in report.message
    wrong = np.argwhere(right < 0)[0]
    assert f"Take row {wrong[0]}, column {wrong[1]}" in report.message
    assert report.message.count("Next:") == 1


def test_numbers_that_differ_are_written_differently():
    report = check.judge("cross_correlate2d", lambda image, kernel: windows(image, kernel) + 1e-3)
    assert "34.001*" in report.message


def test_an_exception_shows_the_learners_line_only():
    def helper(image):
        return image[99, 99]  # the learner's own helper counts as theirs

    def learners(image, kernel):
        return helper(image)

    report = check.judge("cross_correlate2d", learners)
    assert "return image[99, 99]" in report.message
    assert "in learners" in report.message
    assert report.message.count(", in ") == 2
    assert "out of bounds" in report.message


def test_no_message_gives_the_solution_away():
    for exercise, _, fn in SLIPS:
        text = check.judge(exercise, fn).message
        for giveaway in ("kernel[::-1, ::-1]", "np.sum(", ".sum()", "sliding_window", "image[p : p", "window.mean()"):
            assert giveaway not in text, (exercise, text)


def test_unnamed_mistakes_are_located_in_words():
    def judged(change):
        return check.judge("cross_correlate2d", lambda image, kernel: change(windows(image, kernel))).message

    def first_row_right(out):
        out[1:] += 5
        return out

    assert "Every value is 3 times the right one." in judged(lambda out: out * 3)
    assert "Every value is 7 too large." in judged(lambda out: out + 7)
    assert "mirrored left to right" in judged(lambda out: out[:, ::-1])
    assert "The first row is right, the rest is not." in judged(first_row_right)
    assert "1 row too many and 1 column too many" in judged(lambda out: np.pad(out + 1, ((0, 1), (0, 1))))


@pytest.mark.parametrize(
    ("exercise", "fn", "words"),
    [
        ("cross_correlate2d", lambda image, kernel: 0 * windows(image, kernel), "Every value came back as zero."),
        ("cross_correlate2d", lambda image, kernel: 0 * windows(image, kernel) + 1, "one and the same number"),
        (
            "cross_correlate2d",
            lambda image, kernel: np.full_like(windows(image, kernel), windows(image, kernel)[0, 0]),
            "All cells of a result hold one and the same number.",
        ),
        ("window_mean", lambda window: 5, "Every call gave the same number, whatever it was called with."),
    ],
)
def test_results_that_say_nothing_are_not_explained_by_two_mistakes_at_once(exercise, fn, words):
    report = check.judge(exercise, fn)
    assert report.mistake is None
    assert words in report.message


def test_a_result_of_enormous_size_is_not_kept():
    report = check.judge("cross_correlate2d", lambda image, kernel: np.zeros((40_000, 40_000)))
    assert report.state == "fail"
    assert "with shape (40000, 40000)" in report.message


def test_mistakes_in_some_calls_only_are_told():
    def even_kernels_fail(image, kernel):
        return windows(image, kernel) + (kernel.shape[0] % 2 == 0 or kernel.shape[1] % 2 == 0)

    assert "a kernel of even height or width" in check.judge("cross_correlate2d", even_kernels_fail).message

    def three_typed_in(image, kernel):
        out = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
        for p, q in np.ndindex(out.shape):
            out[p, q] = (image[p : p + 3, q : q + 3] * kernel).sum()
        return out

    assert "Only calls with a kernel of other size than 3×3 go wrong" in (
        check.judge("cross_correlate2d", three_typed_in).message
    )


# A function that calls another of the learner's.


def learner_module(helper):
    names = {"np": np}
    exec(helper, names)
    exec("def convolve2d(image, kernel):\n    return cross_correlate2d(image, kernel[::-1, ::-1])", names)
    return names


def test_a_broken_helper_is_not_held_against_its_caller():
    names = learner_module("def cross_correlate2d(image, kernel):\n    return image * 0")
    broken = names["cross_correlate2d"]
    report = check.judge("convolve2d", names["convolve2d"])
    assert report.state == "pass"
    assert "Your own cross_correlate2d is not right yet" in report.message
    assert names["cross_correlate2d"] is broken


def test_an_unwritten_helper_is_not_the_callers_to_do():
    stub = (
        "def cross_correlate2d(image, kernel):\n    raise NotImplementedError('cross_correlate2d is not written yet')"
    )
    names = learner_module(stub)
    assert check.judge("convolve2d", names["convolve2d"]).state == "pass"
    exec("def convolve2d(image, kernel):\n    return cross_correlate2d(image, kernel)", names)
    assert check.judge("convolve2d", names["convolve2d"]).mistake == "not_mirrored"


def test_a_helper_with_arguments_of_its_own_passes():
    names = {"np": np, "windows": windows}
    exec("def cross_correlate2d(image, kernel, turn):\n    return windows(image, np.rot90(kernel, turn))", names)
    exec("def convolve2d(image, kernel):\n    return cross_correlate2d(image, kernel, 2)", names)
    assert check.judge("convolve2d", names["convolve2d"]).state == "pass"


# In a notebook.


@pytest.fixture
def _fresh(monkeypatch):
    monkeypatch.setattr("cnnlab.progress._memory", progress._Book())


@pytest.mark.usefixtures("_fresh")
def test_checks_are_there_by_name_and_count_attempts():
    assert set(course.exercises()) <= set(dir(check))
    assert check.cross_correlate2d(stub).state == "todo"
    assert progress.load() == {}
    assert check.cross_correlate2d(windows).state == "pass"
    assert check.cross_correlate2d(len).state == "fail"
    assert progress.load()["cross_correlate2d"] == progress.ExerciseProgress(attempts=2, passes=1)
    assert "check.window_mean(window_mean)" in check.window_mean().message


def test_an_unknown_check_names_the_closest():
    with pytest.raises(AttributeError, match="Did you mean cross_correlate2d"):
        _ = check.cross_corelate2d
    with pytest.raises(AttributeError, match="There are: window_mean"):
        _ = check.xyz


@pytest.mark.parametrize("step", ["autograde", "validate"])
def test_nbgrader_is_told_by_an_error_where_it_did_not_pass(monkeypatch, step):
    monkeypatch.setenv("NBGRADER_EXECUTION", step)
    assert check.cross_correlate2d(windows).state == "pass"
    for fn in (stub, len):
        with pytest.raises(AssertionError, match="cross_correlate2d"):
            check.cross_correlate2d(fn)
    assert os.environ["NBGRADER_EXECUTION"] == step


def test_a_report_is_no_number_and_has_a_stable_sentence():
    report = check.judge("cross_correlate2d", windows)
    with pytest.raises(TypeError):
        float(report)
    assert repr(report) == "Report: cross_correlate2d passed"
    assert str(report) == str(check.judge("cross_correlate2d", windows))
