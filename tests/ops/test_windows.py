"""Padding, windows, im2col and col2im: counted by hand, adjoint, and bad input told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cnnlab.gradcheck import check_gradients
from cnnlab.ops import col2im, im2col, pad2d, pad2d_backward, windows
from cnnlab.shapes import ShapeError
from tests import cases, oracles
from tests.cases import Case


@pytest.mark.parametrize("case", cases.CONVOLUTION)
def test_windows_and_columns_hold_what_each_window_sees(case: Case) -> None:
    x, grid = cases.images(case.x), case.grid()
    view, cols = windows(x, case.kernel, **case.settings), im2col(x, case.kernel, **case.settings)
    want = np.zeros((*case.x[:2], *grid.out, *grid.kernel))
    for p, q in oracles.places(grid):
        for r, s, row, column in oracles.seen(grid, case.x[2:], p, q):
            want[:, :, p, q, r, s] = x[:, :, row, column]
    assert_array_equal(view, want)
    assert not view.flags.writeable
    assert_array_equal(cols, want.transpose(1, 4, 5, 0, 2, 3).reshape(cols.shape))


@pytest.mark.parametrize("case", cases.CONVOLUTION)
def test_col2im_is_the_adjoint_of_im2col(case: Case) -> None:
    x = cases.images(case.x)
    cols = im2col(x, case.kernel, **case.settings)
    other = cases.images(cols.shape, 1)
    assert_allclose(
        np.sum(cols * other), np.sum(x * col2im(other, case.x, case.kernel, **case.settings)), rtol=1e-9, atol=1e-9
    )


def test_padding_by_hand() -> None:
    x = np.arange(1.0, 7).reshape(1, 1, 2, 3)
    y = pad2d(x, ((1, 0), (0, 2)), value=9)
    assert_array_equal(y[0, 0], [[9, 9, 9, 9, 9], [1, 2, 3, 9, 9], [4, 5, 6, 9, 9]])
    assert_array_equal(pad2d_backward(y, ((1, 0), (0, 2))), x)
    assert_array_equal(pad2d(x, 0), x)
    assert not np.shares_memory(pad2d(x, 0), x)
    report = check_gradients(lambda a: (pad2d(a, (1, 2)), None), lambda d, _: pad2d_backward(d, (1, 2)), x)
    assert report.ok, report


X = np.ones((2, 3, 5, 6))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pad2d(X[0], 1), r"^x: got 3 axes"),
        (lambda: pad2d(X, -1), r"^pad: got -1"),
        (lambda: pad2d(X, "same"), r"^pad: got 'same'"),
        (lambda: pad2d(X, (1, 2, 3)), r"^pad: got 3 numbers"),
        (lambda: pad2d(X, 2**31 - 1), r"^pad: got a padded picture of 4,294,967,299×4,294,967,300, .* a smaller pad"),
        (lambda: pad2d_backward(X, 3), r"^dy: got \(2, 3, 5, 6\), wanted at least 6 rows"),
        (lambda: windows(X[:, :, :0], 1), r"^x: got pictures of 0 rows"),
        (lambda: im2col(X, 7), r"^kernel: got a window of 7 on 5 rows"),
        (lambda: im2col(X, (1, 9)), r"^kernel: got a window of 9 on 6 columns"),
        (lambda: col2im(np.ones((4, 4)), (1, 3, 3), 2), r"^x_shape: got \(1, 3, 3\), .* x\.shape"),  # type: ignore[arg-type]
        (lambda: col2im(np.ones((4, 4)), None, 2), r"^x_shape: got None, wanted \(N, C, H, W\)"),  # type: ignore[arg-type]
        (lambda: col2im(np.ones((27, 24)), X.shape, 2), r"^cols: got \(27, 24\), wanted \(12, 40\)"),
    ],
)
def test_bad_input_names_the_argument(call: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


def test_a_rim_is_filled_with_a_number() -> None:
    with pytest.raises(ValueError, match=r"^value: got 'reflect', wanted a number. Write value=0"):
        pad2d(X, 1, value="reflect")  # type: ignore[arg-type]
    assert np.isinf(pad2d(X, 1, value=-np.inf)[0, 0, 0, 0])


def test_remedies_work() -> None:
    pad2d(X[0][None], 1)
    im2col(X, 5)
    im2col(X, 7, pad=1)
