"""Convolution: loops, the numeric gradient, PyTorch and algebra agree; bad input is told apart; remedies work."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from cnnlab.ops import conv2d, conv2d_backward
from cnnlab.shapes import ShapeError, as_pair, window_grid
from tests import cases, oracles
from tests.cases import Case

Array = NDArray[Any]


def _arrays(case: Case, dtype: str = "float64") -> tuple[Array, Array, Array, Array]:
    x = cases.images(case.x, 1, dtype)
    w = cases.images((case.filters, case.x[1], *case.kernel), 2, dtype)
    b = cases.images((case.filters,), 3, dtype)
    return x, w, b, cases.images((case.x[0], case.filters, *case.grid().out), 4, dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 2e-4)])
@pytest.mark.parametrize("case", cases.CONVOLUTION)
def test_equals_the_loops(case: Case, dtype: str, tolerance: float) -> None:
    x, w, b, dy = _arrays(case, dtype)
    y, cache = conv2d(x, w, b, **case.settings)
    grads = conv2d_backward(dy, cache)
    wanted = (oracles.conv2d(x, w, b, case.grid()), *oracles.conv2d_backward(dy, x, w, case.grid()))
    for name, got, want in zip(("y", "dx", "dw", "db"), (y, *grads), wanted, strict=True):
        assert got.dtype == dtype, name
        assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("case", cases.CONVOLUTION)
def test_equals_torch(case: Case) -> None:
    torch = oracles.torch()
    x, w, b, dy = _arrays(case)
    (top, bottom), (left, right) = case.grid().pads
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    padded = torch.nn.functional.pad(tensors[0], (left, right, top, bottom))
    settings = {key: as_pair(key, case.settings.get(key, 1)) for key in ("stride", "dilation")}
    wanted = torch.nn.functional.conv2d(padded, *tensors[1:], **settings)
    wanted.backward(torch.tensor(dy))
    y, cache = conv2d(x, w, b, **case.settings)
    assert_allclose(y, wanted.detach().numpy(), rtol=1e-10, atol=1e-10)
    for name, got, tensor in zip(("dx", "dw", "db"), conv2d_backward(dy, cache), tensors, strict=True):
        assert_allclose(got, tensor.grad.numpy(), rtol=1e-10, atol=1e-10, err_msg=name)


# Large enough for threads, for several blocks of pictures, and for pictures cut into bands of rows.
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "settings"),
    [
        ((37, 3, 20, 22), (5, 3, 3, 3), {"pad": 1}),
        ((40, 16, 12, 13), (8, 16, 3, 3), {"pad": 1, "stride": 2}),
        ((3, 4, 90, 300), (6, 4, 5, 7), {"pad": 2}),
        ((1, 24, 120, 130), (8, 24, 3, 3), {"pad": 1, "dilation": 2}),
        ((1, 8, 150, 170), (8, 8, 1, 1), {}),
        ((2, 1, 600, 500), (3, 1, 3, 3), {"stride": 3}),
        ((64, 40, 6, 6), (70, 40, 5, 5), {}),
    ],
)
def test_large_arrays_equal_one_matrix_product(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], settings: dict[str, Any]
) -> None:
    x, w, b = cases.images(x_shape, 1), cases.images(w_shape, 2), cases.images(w_shape[:1], 3)
    grid = window_grid(x_shape[2:], w_shape[2:], **settings)  # type: ignore[arg-type]
    y, cache = conv2d(x, w, b, **settings)
    dy = cases.images(y.shape, 4)
    dx, dw, db = conv2d_backward(dy, cache)
    padded = np.pad(x, ((0, 0), (0, 0), *grid.pads))
    want_y, want_dw, want_dpadded = np.zeros(y.shape), np.zeros(w.shape), np.zeros(padded.shape)
    for r, s in np.ndindex(*grid.kernel):
        rows, columns = (
            slice(i * d, i * d + stride * (n - 1) + 1, stride)
            for i, d, stride, n in zip((r, s), grid.dilation, grid.stride, grid.out, strict=True)
        )
        view = padded[:, :, rows, columns]
        want_y += np.einsum("nchw,kc->nkhw", view, w[:, :, r, s], optimize=True)
        want_dw[:, :, r, s] = np.einsum("nchw,nkhw->kc", view, dy, optimize=True)
        want_dpadded[:, :, rows, columns] += np.einsum("nkhw,kc->nchw", dy, w[:, :, r, s], optimize=True)
    (top, _), (left, _) = grid.pads
    assert_allclose(y, want_y + b[:, None, None], rtol=1e-8, atol=1e-8)
    assert_allclose(dw, want_dw, rtol=1e-8, atol=1e-8)
    assert_allclose(db, dy.sum((0, 2, 3)), rtol=1e-8, atol=1e-8)
    assert_allclose(dx, want_dpadded[:, :, top : top + x_shape[2], left : left + x_shape[3]], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("case", cases.CONVOLUTION)
def test_the_form_of_an_array_does_not_matter(case: Case) -> None:
    x, w, b, dy = _arrays(case)
    y, cache = conv2d(x, w, b, **case.settings)
    grads = conv2d_backward(dy, cache)
    if x.size == 0:
        return  # a list of nothing has no shape
    for x2, w2, dy2 in zip(cases.disguises(x), cases.disguises(w), cases.disguises(dy), strict=True):
        y2, cache2 = conv2d(x2, w2, b, **case.settings)
        assert_allclose(y2, y, rtol=1e-12, atol=1e-12)
        assert y2.flags.c_contiguous
        for got, want in zip(conv2d_backward(dy2, cache2), grads, strict=True):
            assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_inputs_stay_untouched_and_the_second_call_agrees() -> None:
    x, w, b, dy = _arrays(cases.CONVOLUTION[0].values[0])
    before = [a.copy() for a in (x, w, b, dy)]
    runs = []
    for _ in range(2):
        y, cache = conv2d(x, w, b, stride=2, pad=1)
        runs.append((y, *conv2d_backward(y, cache)))
    for first, second in zip(*runs, strict=True):
        assert_array_equal(first, second)
        assert not any(np.shares_memory(first, a) for a in (x, w, b, dy))
    for a, copy in zip((x, w, b, dy), before, strict=True):
        assert_array_equal(a, copy)


def test_without_bias_and_without_dx() -> None:
    x, w, _, _ = _arrays(cases.CONVOLUTION[0].values[0])
    y, cache = conv2d(x, w)
    assert_array_equal(y, conv2d(x, w, np.zeros(len(w)))[0])
    full, part = conv2d_backward(y, cache), conv2d_backward(y, cache, need_dx=False)
    assert full.db is None
    assert part.dx is None
    assert_array_equal(full.dw, part.dw)


def test_small_integers_do_not_overflow() -> None:
    x = np.full((1, 1, 4, 4), 200, np.uint8)
    y, cache = conv2d(x, np.full((1, 1, 3, 3), -100, np.int8))
    assert_array_equal(y, np.full((1, 1, 2, 2), -180_000.0))
    assert conv2d_backward(np.ones(y.shape, int), cache).dw[0, 0, 0, 0] == 800


def test_nan_reaches_the_windows_that_see_it_and_no_other() -> None:
    x, w = cases.images((2, 2, 9, 10), 1), cases.images((3, 2, 3, 3), 2)
    clean, _ = conv2d(x, w, pad=1)
    x[1, 0, 4, 5] = np.nan
    y, _ = conv2d(x, w, pad=1)
    reached = np.zeros(y.shape, bool)
    reached[1, :, 3:6, 4:7] = True
    assert_array_equal(np.isnan(y), reached)
    assert_allclose(y[~reached], clean[~reached], rtol=1e-12)


@st.composite
def _problems(draw: st.DrawFn) -> tuple[Array, Array, dict[str, Any]]:
    r, s = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    h, w = (dilation[a] * (f - 1) + 1 + draw(st.integers(0, 6)) for a, f in enumerate((r, s)))
    n, c, k = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    pad = tuple(tuple(draw(st.integers(0, 3)) for _ in range(2)) for _ in range(2))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    seed = draw(st.integers(0, 1000))
    settings = {"stride": stride, "pad": pad, "dilation": dilation}
    return cases.images((n, c, h, w), seed), cases.images((k, c, r, s), seed + 1), settings


@given(_problems())
def test_backward_is_the_adjoint(problem: tuple[Array, Array, dict[str, Any]]) -> None:
    x, w, settings = problem
    y, cache = conv2d(x, w, **settings)
    dy = cases.images(y.shape, 9)
    dx, dw, _ = conv2d_backward(dy, cache)
    inner = np.sum(y * dy)  # linear in x and in w: ⟨conv x, dy⟩ = ⟨x, convᵀ dy⟩
    assert_allclose([np.sum(x * dx), np.sum(w * dw)], inner, rtol=1e-9, atol=1e-9)


@given(_problems(), st.floats(-3, 3))
def test_linear(problem: tuple[Array, Array, dict[str, Any]], factor: float) -> None:
    x, w, settings = problem
    other = cases.images(x.shape, 7)
    mixed = conv2d(x + factor * other, w, **settings)[0]
    apart = conv2d(x, w, **settings)[0] + factor * conv2d(other, w, **settings)[0]
    assert_allclose(mixed, apart, rtol=1e-9, atol=1e-9)


@given(_problems())
def test_pictures_do_not_see_each_other(problem: tuple[Array, Array, dict[str, Any]]) -> None:
    x, w, settings = problem
    together = conv2d(x, w, **settings)[0]
    apart = np.concatenate([conv2d(one[None], w, **settings)[0] for one in x])
    assert_allclose(together, apart, rtol=1e-10, atol=1e-10)


@given(rows=st.integers(0, 4), columns=st.integers(0, 4), seed=st.integers(0, 100))
def test_a_shifted_picture_gives_a_shifted_response(rows: int, columns: int, seed: int) -> None:
    picture, w = cases.images((1, 2, 6, 5), seed), cases.images((3, 2, 3, 2), seed + 1)
    moved = np.zeros((1, 2, 10, 9))
    moved[:, :, rows : rows + 6, columns : columns + 5] = picture
    y, _ = conv2d(moved, w)
    inside = y[:, :, rows : rows + 4, columns : columns + 4]
    assert_allclose(inside, conv2d(picture, w)[0], rtol=1e-12, atol=1e-12)


X, W = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 3))


@pytest.mark.parametrize(
    ("x", "w", "settings", "message"),
    [
        (X[0], W, {}, r"^x: got 3 axes with shape \(3, 5, 6\), wanted 4 .*x\[None\]"),
        (X[None], W, {}, r"^x: got 5 axes .*wanted 4"),
        (X, W[0], {}, r"^w: got 3 axes"),
        (X[:, :2], W, {}, r"^w: got filters 3 channels deep on pictures with 2.*Make w \(4, 2, 3, 3\)"),
        (X, np.ones((4, 3, 7, 3)), {}, r"^kernel: got a window of 7 on 5 rows"),
        (X, W, {"stride": 0}, r"^stride: got 0, wanted at least 1. Choose stride ≥ 1"),
        (X, W, {"stride": (1, 2, 3)}, r"^stride: got 3 numbers"),
        (X, W, {"stride": 1.5}, r"^stride: got 1.5, wanted a whole number"),
        (X, W, {"pad": -1}, r"^pad: got -1, wanted at least 0"),
        (X, W, {"pad": ((0, 1), (0, -2))}, r"^pad: got -2"),
        (X, W, {"pad": "full"}, r"^pad: got 'full', wanted .*\"valid\" or \"same\""),
        (X, W, {"dilation": 0}, r"^dilation: got 0"),
        (X, np.ones((4, 3, 0, 3)), {}, r"^kernel: got 0, wanted at least 1"),
        (X, W[:0], {}, r"^w: got shape \(0, 3, 3, 3\), wanted at least one filter"),
        (X[:, :0], W[:, :0], {}, r"^w: got shape \(4, 0, 3, 3\), wanted .* one channel"),
        (X, W, {"b": np.ones(3)}, r"^b: got shape \(3,\), wanted \(4,\), one number per filter"),
    ],
)
def test_bad_shapes_name_the_argument(x: Array, w: Array, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        conv2d(x, w, **settings)


@pytest.mark.parametrize("x", [X.astype(complex), X.astype(str), X.astype(object)])
def test_only_real_numbers(x: Array) -> None:
    with pytest.raises(TypeError, match=r"^x: got dtype .*x\.astype\(float\)"):
        conv2d(x, W)


def test_remedies_work() -> None:
    conv2d(X[0][None], W)
    conv2d(X[:, :2], np.ones((4, 2, 3, 3)))
    with pytest.raises(ShapeError) as error:
        conv2d(X, np.ones((4, 3, 9, 3)))
    smaller, pad = map(int, re.findall(r"of (\d+) or less, or pad by at least (\d+)", str(error.value))[0])
    assert conv2d(X, np.ones((4, 3, smaller, 3)))[0].shape[2] == 1
    assert conv2d(X, np.ones((4, 3, 9, 3)), pad=(pad, 0))[0].shape[2] >= 1


def test_the_gradient_must_fit_the_result() -> None:
    y, cache = conv2d(X, W)
    with pytest.raises(ShapeError, match=r"^dy: got \(2, 4, 3, 3\), wanted \(2, 4, 3, 4\), the shape of .* conv2d"):
        conv2d_backward(y[:, :, :, :3], cache)
    conv2d_backward(y, cache)
