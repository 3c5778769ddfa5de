"""The gradient check: it measures right, and it names what is wrong."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from cnnlab.gradcheck import check_gradients, numerical_gradient, relative_error, step_sweep
from cnnlab.ops import (
    affine,
    affine_backward,
    conv2d,
    conv2d_backward,
    maxpool2d,
    maxpool2d_backward,
    relu,
    relu_backward,
)
from cnnlab.shapes import ShapeError
from tests import cases

Array = NDArray[Any]


def test_numerical_gradient_of_arrays_and_numbers() -> None:
    x, df = cases.images((2, 3)), cases.images((2, 3), 1)
    assert_allclose(numerical_gradient(np.exp, x, df), np.exp(x) * df, rtol=1e-8)
    assert_allclose(numerical_gradient(lambda a: float(np.sum(a**3)), x), 3 * x**2, rtol=1e-7)
    assert_allclose(numerical_gradient(lambda a: a**2, np.array(3.0)), 6.0, rtol=1e-8)


def test_x_is_changed_in_place_and_restored_even_after_an_error() -> None:
    x = cases.images((3,))
    before = x.copy()
    assert_allclose(numerical_gradient(lambda _: np.sum(x**2), x), 2 * x, rtol=1e-7)

    def fails(_: Array) -> float:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        numerical_gradient(fails, x)
    assert_array_equal(x, before)


def test_integers_and_read_only_arrays_are_copied() -> None:
    x = np.array([1, 2])
    assert_allclose(numerical_gradient(lambda a: a**2, x, [1.0, 1.0]), [2.0, 4.0], rtol=1e-7)
    assert_array_equal(x, [1, 2])


def test_a_result_that_is_used_again_is_copied() -> None:
    buffer = np.empty(2)
    assert_allclose(
        numerical_gradient(lambda a: np.square(a, out=buffer), np.array([1.0, 2]), [1, 1]), [2, 4], rtol=1e-7
    )


def test_float32_measures_with_the_step_it_really_took() -> None:
    x = np.array([3.0], np.float32)
    assert_allclose(numerical_gradient(lambda a: a.astype(float) ** 2, x, [1.0], h=1e-3), [6.0], rtol=1e-6)
    with pytest.raises(ValueError, match=r"^h: got 1e-09, too small .*x\.astype\(float\)"):
        numerical_gradient(lambda a: a, x, h=1e-9)
    numerical_gradient(lambda a: a, x.astype(float), h=1e-9)


def test_relative_error() -> None:
    assert relative_error([0.0, 1.0], [0.0, 1.0]) == 0
    assert relative_error([1.0], [-1.0]) == 1
    assert relative_error([], []) == 0
    with pytest.raises(ShapeError, match=r"^b: got \(2,\), wanted \(1,\)"):
        relative_error([1.0], [1.0, 2.0])


def test_step_sweep_is_a_valley() -> None:
    sweep = step_sweep(np.exp, np.array([1.0]), [1.0], [np.e])
    errors = [error for _, error in sweep]
    best = int(np.argmin(errors))
    assert 3 <= best <= 7
    assert errors[0] > 1e-4
    assert errors[-1] > 1e-6


X, W, B = cases.images((2, 3, 5, 4), 1), cases.images((4, 3, 3, 2), 2), cases.images((4,), 3)


def test_a_right_gradient_agrees() -> None:
    report = check_gradients(conv2d, conv2d_backward, X, W, B, stride=2, pad=1)
    assert report.ok
    assert [finding.name for finding in report.findings] == ["dx", "dw", "db"]
    assert repr(report).startswith("GradReport: all gradients agree\n  dx: agrees, relative error ")


def _broken(change: Any) -> Any:
    def backward(dy: Array, cache: Any) -> Any:
        grads = conv2d_backward(dy, cache)
        return grads._replace(**change(grads))

    return backward


@pytest.mark.parametrize(
    ("change", "name", "pattern"),
    [
        (lambda g: {"dw": g.dw / 2}, "dw", "backward is 0.5 times the measured gradient"),
        (lambda g: {"dw": -g.dw}, "dw", "opposite sign"),
        (lambda g: {"dw": g.dw[:, :, ::-1]}, "dw", "reversed along axis 2"),
        (lambda g: {"dw": g.dw[:, :, ::-1, ::-1]}, "dw", "reversed along axis 2, 3"),
        (lambda g: {"dw": g.dw * 0}, "dw", "zero everywhere"),
        (lambda g: {"dw": g.dw + 0.25}, "dw", "off by 0.25 everywhere"),
        (
            lambda g: {"dx": np.where(np.arange(2)[:, None, None, None] == 0, g.dx, 0)},
            "dx",
            "60 of 120 elements are zero",
        ),
        (
            lambda g: {"dx": g.dx + np.arange(2).reshape(2, 1, 1, 1) * g.dx**2},
            "dx",
            "along axis 0 only index 0 is right",
        ),
        (
            lambda g: {"dx": g.dx + (np.add.outer(range(5), range(4)) % 2)},
            "dx",
            "60 of 120 elements differ, the others are right",
        ),
        (lambda g: {"db": g.db + np.arange(1, 5)}, "db", "in every element"),
        (lambda g: {"db": g.db[:, None]}, "db", r"the shape is \(4, 1\), wanted \(4,\)"),
        (lambda g: {"db": g.db * np.nan}, "db", "NaN or inf"),
    ],
)
def test_the_pattern_of_a_mistake_is_named(change: Any, name: str, pattern: str) -> None:
    report = check_gradients(conv2d, _broken(change), X, W, B)
    assert not report.ok
    assert report.worst.name == name
    with pytest.raises(AssertionError, match=pattern):
        assert not str(report.worst)
    assert [finding.name for finding in report.findings if not finding.ok] == [name]


def test_transposed_gradients_are_named() -> None:
    x, square = cases.images((3, 4), 1), cases.images((4, 4), 2)
    wide = cases.images((4, 5), 3)

    def backward(dy: Array, cache: Any) -> Any:
        grads = affine_backward(dy, cache)
        return grads._replace(dw=grads.dw.T)

    assert "transpose(1, 0) would be right" in check_gradients(affine, backward, x, square).worst.pattern
    assert "wanted (4, 5): transposed" in check_gradients(affine, backward, x, wide).worst.pattern


def test_the_worst_element_is_located() -> None:
    def backward(dy: Array, cache: Any) -> Any:
        grads = conv2d_backward(dy, cache)
        grads.dw[2, 1, 0, 1] += 5
        return grads

    worst = check_gradients(conv2d, backward, X, W, B).worst
    assert worst.worst == (2, 1, 0, 1)
    assert worst.analytic == pytest.approx(worst.numeric + 5)
    assert "at [2, 1, 0, 1], backward says" in str(worst)


def test_a_kink_or_a_tie_is_no_mistake() -> None:
    report = check_gradients(relu, relu_backward, [[-1.0, 0.0, 2.0]])
    assert report.ok
    assert report.worst.kink
    assert "kink or a tie" in str(report.worst)
    assert report.worst.worst == (0, 1)
    tie = check_gradients(maxpool2d, maxpool2d_backward, [[[[1.0, 1.0]]]], kernel=(1, 2))
    assert tie.ok
    assert tie.worst.kink


def test_a_mistake_beside_a_kink_is_still_found() -> None:
    report = check_gradients(relu, lambda dy, y: 2 * relu_backward(dy, y), [[-1.0, 0.0, 2.0]])
    assert not report.ok
    assert report.worst.worst == (0, 2)


def test_big_inputs_are_checked_along_directions() -> None:
    x, w = cases.images((4, 30, 30), 1), cases.images((900, 5), 2)
    assert check_gradients(affine, affine_backward, x, w).ok
    report = check_gradients(affine, lambda dy, c: [g if g is None else 3 * g for g in affine_backward(dy, c)], x, w)
    assert "backward is 3 times" in report.worst.pattern
    assert report.worst.worst == ()


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        (lambda dx: -dx, "opposite sign"),
        (lambda dx: dx[:, :, ::-1], "reversed along axis 2$"),
        (lambda dx: dx.transpose(0, 1, 3, 2), r"transpose\(0, 1, 3, 2\) would be right"),
        (lambda dx: dx * np.nan, "NaN or inf"),
        (lambda dx: np.where(np.arange(30) % 2, dx, 0), r"are zero, the others are right \(200 of 2700 looked at\)"),
        (lambda dx: np.where(np.arange(dx.size).reshape(dx.shape) == 7, 5, dx), "a few elements differ"),
    ],
)
def test_the_pattern_is_named_in_big_inputs_too(change: Any, pattern: str) -> None:
    def backward(dy: Array, cache: Any) -> Any:
        grads = conv2d_backward(dy, cache)
        return grads._replace(dx=change(grads.dx))

    report = check_gradients(conv2d, backward, cases.images((1, 3, 30, 30), 1), W, B)
    assert not report.ok
    assert report.worst.name == "dx"
    assert re.search(pattern, report.worst.pattern)


def test_kinks_and_ties_in_a_big_input_are_no_mistake_but_a_mistake_beside_them_is() -> None:
    x = np.maximum(0, cases.images((50, 60), 1))
    report = check_gradients(relu, relu_backward, x)
    assert report.ok
    assert report.worst.kink
    assert x[report.worst.worst] == 0
    twice = check_gradients(relu, lambda dy, y: 2 * relu_backward(dy, y), x)
    assert not twice.ok
    assert "2 times" in twice.worst.pattern
    tied = cases.tied((1, 3, 40, 40), 1)
    assert check_gradients(maxpool2d, maxpool2d_backward, tied, kernel=2).ok


def test_a_factor_is_named_beside_a_kink() -> None:
    report = check_gradients(relu, lambda dy, y: 2 * relu_backward(dy, y), [[-1.0, 0.0, 2.0]])
    assert report.worst.pattern == "backward is 2 times the measured gradient"


def test_an_op_that_changes_its_input_is_measured_where_the_input_was() -> None:
    def double(x: Array, w: Array) -> tuple[Array, None]:
        x *= 2
        w *= 3
        return x * w, None

    report = check_gradients(double, lambda dy, _: (dy, dy), [1.0, 2.0], [3.0, 4.0])
    assert not report.ok
    assert not any(finding.kink for finding in report.findings)
    right = check_gradients(double, lambda dy, _: (dy * [18, 24], dy * [6, 12]), [1.0, 2.0], [3.0, 4.0])
    assert right.ok, right


def test_a_gradient_that_was_not_returned_is_named() -> None:
    report = check_gradients(conv2d, _broken(lambda g: {"dx": None}), X, W, B)
    assert "  dx: backward returned None\n" in repr(report)
    assert report.findings[0].pattern == "backward returned None"


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"^inputs\[0\]: got nan, .*np\.nan_to_num"):
        check_gradients(relu, relu_backward, [np.nan])
    check_gradients(relu, relu_backward, np.nan_to_num([np.nan, 1.0]))
    with pytest.raises(TypeError, match=r"^op: got ndarray, wanted \(y, cache\). Let op return both"):
        check_gradients(lambda x: x**2, lambda dy, x: 2 * x * dy, [1.0])  # type: ignore[arg-type, return-value]
    with pytest.raises(ShapeError, match=r"^backward: got 1 gradients for 2 inputs"):
        check_gradients(affine, lambda dy, c: affine_backward(dy, c)[:1], np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^seed: got 'three', wanted a whole number"):
        check_gradients(relu, relu_backward, [1.0], seed="three")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^h: got 0"):
        numerical_gradient(lambda a: a, np.ones(2), h=0)
    with pytest.raises(ShapeError, match=r"^df: got \(3,\), wanted \(2,\)"):
        numerical_gradient(lambda a: a, np.ones(2), [1, 2, 3])
