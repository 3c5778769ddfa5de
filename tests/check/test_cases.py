"""Every exercise against what learners write: right, wrong in a known way, wrong in a way nobody thought of."""

import numpy as np
import pytest

from cnnlab import check
from cnnlab.check.alternatives import alternatives
from tests.check import cases

RIGHT = [(id, fn) for id, fns in alternatives().items() for fn in fns]
NAMED, WRONG = cases.slips(), cases.wild()


def _ids(rows):
    return [
        f"{i}-{'-'.join(part if isinstance(part, str) else part.__name__ for part in row)}"
        for i, row in enumerate(rows)
    ]


@pytest.mark.parametrize(("exercise", "fn"), RIGHT, ids=_ids(RIGHT))
def test_right_solutions_pass(exercise, fn):
    report = check.judge(exercise, fn)
    assert (report.state, report.mistake) == ("pass", None), str(report)


@pytest.mark.parametrize(("exercise", "name", "fn"), NAMED, ids=_ids(NAMED))
def test_learners_codings_of_a_mistake_are_named(exercise, name, fn):
    report = check.judge(exercise, fn)
    assert (report.state, report.mistake) == ("fail", name), str(report)


@pytest.mark.parametrize(("exercise", "fn"), WRONG, ids=_ids(WRONG))
def test_mistakes_outside_the_catalogue_are_rejected(exercise, fn):
    assert check.judge(exercise, fn).state == "fail"


def _everywhere(change, tree):
    """Change every float array in a tree."""
    if isinstance(tree, tuple):
        return tuple(_everywhere(change, part) for part in tree)
    return change(tree) if isinstance(tree, np.ndarray) and tree.dtype.kind == "f" else tree


@pytest.mark.parametrize("change", [np.trunc, lambda a: a.round(1), lambda a: a.astype(np.float16).astype(a.dtype)])
@pytest.mark.parametrize(
    "exercise",
    [
        *("conv_backward", "pool_backward", "mend_overlap_assigned", "mend_crop_at_pad_0"),
        *("mend_reshape_only", "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive"),
        *("max_pool_backward_naive", "im2col", "col2im", "mend_fancy_plus"),
    ],
)
def test_numbers_that_lose_their_fraction_on_the_way_are_noticed(exercise, change):
    def through(change):
        def fn(*arguments):
            result = alternatives()[exercise][0](*_everywhere(change, arguments))
            return (result[0], arguments) if exercise.endswith("forward_naive") else result

        return fn

    assert check.judge(exercise, through(np.copy)).state == "pass"
    assert check.judge(exercise, through(change)).state == "fail"


@pytest.mark.parametrize(
    ("window", "got"),
    [
        ([1, 2, 3], "shape (3,)"),
        ([[]], "shape (1, 0)"),
        (np.zeros((2, 2, 2)), "shape (2, 2, 2)"),
        ("abc", "'abc'"),
        ([[1, 2], [3]], "rows of different lengths"),
        (np.array([[1, 2]], object), "[[1, 2]] of dtype object"),
    ],
)
def test_what_is_no_window_is_refused_with_what_came_and_a_remedy(window, got):
    report = check.judge("find_zero_start", lambda: window)
    assert (report.state, report.mistake) == ("fail", "unusable")
    assert f"window: got {got}, wanted numbers in rows and columns. Return an array like np.array(" in report.message
    assert check.judge("find_zero_start", lambda: np.array([[1, 2], [3, 4]])).mistake == "still_hidden"  # the remedy


def test_an_array_from_pythons_min_is_not_taken_for_a_number_to_start_with():
    def from_the_least_row(window):  # min compares rows; of a single row it gives that row
        largest = min(window)
        for row in window:
            for value in row:
                if value > largest:
                    largest = value
        return largest

    report = check.judge("mend_zero_start", from_the_least_row)
    assert (report.state, report.mistake) == ("fail", None), str(report)
