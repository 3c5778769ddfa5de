"""Fully connected layers, flattening, ReLU and dropout: formulas, gradients, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cnnlab.gradcheck import check_gradients
from cnnlab.ops import (
    affine,
    affine_backward,
    dropout,
    dropout_backward,
    flatten,
    flatten_backward,
    relu,
    relu_backward,
)
from tests import cases


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 2), (1, 1, 2, 2), (0, 4)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_affine(shape: tuple[int, ...], dtype: str) -> None:
    x, w, b = cases.images(shape, 1, dtype), cases.images((4, 5), 2, dtype), cases.images((5,), 3, dtype)
    y, cache = affine(x, w, b)
    assert_allclose(y, x.reshape(len(x), 4) @ w + b, rtol=1e-5, atol=1e-6)
    dx, dw, db = affine_backward(y, cache)
    assert dx is not None
    assert db is not None
    assert [g.shape for g in (dx, dw, db)] == [x.shape, w.shape, b.shape]
    assert {y.dtype, dx.dtype, dw.dtype, db.dtype} == {np.dtype(dtype)}
    part = affine_backward(y, affine(x, w)[1], need_dx=False)
    assert part.dx is None
    assert part.db is None
    assert_array_equal(part.dw, dw)


@pytest.mark.parametrize(("n", "d", "m"), [(900, 70, 200), (60, 900, 300)])
def test_large_products(n: int, d: int, m: int) -> None:
    x, w = cases.images((n, d), 1), cases.images((d, m), 2)
    y, cache = affine(x, w)
    assert_allclose(y, np.einsum("nd,dm->nm", x, w), rtol=1e-9, atol=1e-9)
    grads = affine_backward(y, cache)
    assert grads.dx is not None
    assert_allclose(grads.dx, np.einsum("nm,dm->nd", y, w), rtol=1e-9, atol=1e-8)
    assert_allclose(grads.dw, np.einsum("nd,nm->dm", x, y), rtol=1e-9, atol=1e-8)


def test_gradients() -> None:
    x, w, b = cases.images((3, 2, 2), 1), cases.images((4, 5), 2), cases.images((5,), 3)
    for report in (
        check_gradients(affine, affine_backward, x, w, b),
        check_gradients(relu, relu_backward, x),
        check_gradients(flatten, flatten_backward, x),
    ):
        assert report.ok, report


def test_flatten_keeps_reading_order_and_empty_batches() -> None:
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    y, cache = flatten(x)
    assert_array_equal(y, np.arange(24.0).reshape(2, 12))
    assert_array_equal(flatten_backward(y, cache), x)
    assert flatten(x[:0])[0].shape == (0, 12)


def test_relu_in_any_shape() -> None:
    for shape in ((), (5,), (2, 0), (40, 30, 90)):
        x = cases.images(shape)
        y, cache = relu(x)
        assert_array_equal(y, np.maximum(x, 0))
        assert_array_equal(relu_backward(np.full(shape, 2.0), cache), 2.0 * (np.asarray(x) > 0))
    assert np.isnan(relu([np.nan])[0])


def test_dropout_keeps_the_mean_and_repeats_with_the_seed() -> None:
    x = cases.images((400, 500), 1, "float32") + 10
    y, cache = dropout(x, keep=0.8, rng=np.random.default_rng(5))
    assert y.dtype == np.float32
    assert_allclose((y == 0).mean(), 0.2, atol=0.01)
    assert_allclose(y.mean(), x.mean(), rtol=0.01)
    assert_array_equal(y, dropout(x, keep=0.8, rng=np.random.default_rng(5))[0])
    assert_array_equal(dropout_backward(x, cache), y)
    for still in (dropout(x, keep=0.8, training=False), dropout(x, keep=1)):
        assert_array_equal(still[0], x)
        assert_array_equal(dropout_backward(x, still[1]), x)
        assert not np.shares_memory(still[0], x)
        assert not np.shares_memory(dropout_backward(x, still[1]), x)
    assert dropout(x)[0].shape == x.shape  # a source of its own


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: affine(3.0, [[1.0]]), r"^x: got a single number, .*x\[None\]"),
        (lambda: affine(np.ones((2, 3, 4)), np.ones((3, 5))), r"^w: got \(3, 5\), wanted \(12, 5\)"),
        (lambda: affine(np.ones((2, 3)), np.ones(3)), r"^w: got 1 axes"),
        (lambda: affine(np.ones((2, 3)), np.ones((3, 5)), np.ones(3)), r"^b: got shape \(3,\), wanted \(5,\)"),
        (lambda: affine([[1.0], [1.0, 2.0]], np.ones((3, 5))), r"^x: got rows of different lengths"),
        (lambda: affine_backward(np.ones((2, 4)), affine(np.ones((2, 3)), np.ones((3, 5)))[1]), r"^dy: got \(2, 4\)"),
        (lambda: flatten(2.0), r"^x: got a single number"),
        (lambda: flatten_backward(np.ones((2, 5)), (2, 2, 3)), r"^dy: got \(2, 5\), wanted \(2, 6\)"),
        (lambda: relu_backward(np.ones(3), relu(np.ones(4))[1]), r"^dy: got \(3,\), wanted \(4,\)"),
        (lambda: dropout(np.ones(3), keep=0), r"^keep: got 0, .*keep=0.8"),
        (lambda: dropout(np.ones(3), keep=1.5), r"^keep: got 1.5"),
        (lambda: dropout(np.ones(3), keep="0.5"), r"^keep: got '0.5'"),  # type: ignore[arg-type]
        (lambda: dropout(np.ones(3), rng=0), r"^rng: got 0, .*np\.random\.default_rng\(0\)"),  # type: ignore[arg-type]
        (lambda: dropout(np.ones(3), keep=None), r"^keep: got None, wanted a chance .*keep=0.8"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_names_the_argument(call: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_remedies_work() -> None:
    affine([[3.0]], [[1.0]])
    affine(np.ones((2, 3, 4)), np.ones((12, 5)))
    dropout(np.ones(3), keep=0.8)
    flatten([2.0])
