"""The deeplearning.ai spellings: the course's published numbers, the core in another layout, ties, errors.

Published numbers: the expected outputs printed in the exercise notebook "Convolution model: step by step" (Coursera,
"Convolutional Neural Networks", week 1), which seeds NumPy's legacy generator.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cnnlab import ops
from cnnlab.conventions.coursera import (
    conv_backward,
    conv_forward,
    conv_single_step,
    convert_to_one_hot,
    create_mask_from_window,
    distribute_value,
    pool_backward,
    pool_forward,
    random_mini_batches,
    zero_pad,
)
from cnnlab.shapes import ShapeError
from tests import cases


def _course(*shapes: tuple[int, ...]) -> list[Any]:
    source = np.random.RandomState(1)
    return [source.randn(*shape) for shape in shapes]


def test_zero_pad() -> None:
    X = cases.images((4, 3, 5, 2))
    padded = zero_pad(X, 2)
    assert padded.shape == (4, 7, 9, 2)
    assert_array_equal(padded[:, 2:5, 2:7], X)
    assert np.count_nonzero(padded) == X.size
    assert_array_equal(zero_pad(X, 0), X)


def test_conv_single_step_adds_the_bias_once() -> None:
    window, W, b = _course((4, 4, 3), (4, 4, 3), (1, 1, 1))
    Z = conv_single_step(window, W, b)
    assert type(Z) is np.float64  # the notebook asserts it
    assert_allclose(Z, -6.99908945068, rtol=1e-10)
    assert conv_single_step(np.full((2, 2, 1), 200, np.uint8), np.ones((2, 2, 1), np.uint8), b[0, 0, 0] * 0) == 800


def test_conv_forward_published() -> None:
    A_prev, W, b = _course((2, 5, 7, 4), (3, 3, 4, 8), (1, 1, 1, 8))
    Z, cache = conv_forward(A_prev, W, b, {"pad": 1, "stride": 2})
    assert_allclose(Z.mean(), 0.5511276474566768, rtol=1e-10)
    want = [-2.17796037, 8.07171329, -0.5772704, 3.36286738, 4.48113645, -2.89198428, 10.99288867, 3.03171932]
    assert_allclose(Z[0, 2, 1], want, rtol=1e-7)
    assert cache[0] is A_prev
    assert cache[3] == {"pad": 1, "stride": 2}


def test_conv_backward_published() -> None:
    A_prev, W, b = _course((10, 4, 4, 3), (2, 2, 3, 8), (1, 1, 1, 8))
    Z, cache = conv_forward(A_prev, W, b, {"pad": 2, "stride": 2})
    assert_allclose(Z.mean(), 0.0489952035289, rtol=1e-9)
    dA, dW, db = conv_backward(Z, cache)
    assert_allclose([dA.mean(), dW.mean(), db.mean()], [1.45243777754, 1.72699145831, 7.83923256462], rtol=1e-9)
    assert (dA.shape, dW.shape, db.shape) == (A_prev.shape, W.shape, b.shape)


def test_pool_forward_published() -> None:
    (A_prev,) = _course((2, 4, 4, 3))
    want = {
        "max": [[1.74481176, 0.86540763, 1.13376944], [1.13162939, 1.51981682, 2.18557541]],
        "average": [[0.02105773, -0.20328806, -0.40389855], [-0.22154621, 0.51716526, 0.48155844]],
    }
    for mode, numbers in want.items():
        A, cache = pool_forward(A_prev, {"stride": 2, "f": 3}, mode)
        assert_allclose(A[:, 0, 0], numbers, rtol=1e-6)
        assert cache[0] is A_prev
        assert cache[1] == {"stride": 2, "f": 3}


def test_pool_backward_published() -> None:
    A_prev, dA = _course((5, 5, 3, 2), (5, 4, 2, 2))
    _, cache = pool_forward(A_prev, {"stride": 1, "f": 2})
    want = {
        "max": [[0, 0], [5.05844394, -1.68282702], [0, 0]],
        "average": [[0.08485462, 0.2787552], [1.26461098, -0.25749373], [1.17975636, -0.53624893]],
    }
    for mode, numbers in want.items():
        assert_allclose(pool_backward(dA, cache, mode)[1, 1], numbers, rtol=1e-6)


def test_every_tied_cell_gets_the_whole_gradient() -> None:
    A = np.zeros((1, 2, 2, 1))
    _, cache = pool_forward(A, {"stride": 1, "f": 2})
    assert_array_equal(pool_backward(np.full((1, 1, 1, 1), 5.0), cache), np.full((1, 2, 2, 1), 5.0))


def test_an_empty_batch_stays_empty() -> None:
    Z, cache = conv_forward(A[:0], W, B, GOOD)
    dA, dW, db = conv_backward(Z, cache)
    assert (Z.shape, dA.shape, dW.any(), db.any()) == ((0, 3, 4, 4), (0, 5, 6, 3), False, False)
    pooled, pool_cache = pool_forward(A[:0], {"f": 2, "stride": 2}, "average")
    assert pool_backward(pooled, pool_cache, "average").shape == (0, 5, 6, 3)


def test_masks_and_shares() -> None:
    (x,) = _course((2, 3))
    assert_array_equal(create_mask_from_window(x), [[True, False, False], [False, False, False]])
    assert_array_equal(create_mask_from_window(np.zeros((2, 2))), np.ones((2, 2), bool))
    assert_array_equal(distribute_value(6, (2, 3)), np.ones((2, 3)))


@pytest.mark.parametrize("settings", [{"stride": 2, "pad": 1}, {"stride": 1, "pad": 0}])
def test_is_the_core_with_channels_last(settings: dict[str, int]) -> None:
    A, W, b = cases.images((2, 5, 6, 3), 1), cases.images((3, 2, 3, 4), 2), cases.images((1, 1, 1, 4), 3)
    Z, cache = conv_forward(A, W, b, settings)
    y, core = ops.conv2d(A.transpose(0, 3, 1, 2), W.transpose(3, 2, 0, 1), b.ravel(), **settings)
    assert_allclose(Z, y.transpose(0, 2, 3, 1), rtol=1e-12)
    dA, dW, db = conv_backward(Z, cache)
    dx, dw, dbias = ops.conv2d_backward(y, core)
    assert dx is not None
    assert dbias is not None
    assert_allclose(dA, dx.transpose(0, 2, 3, 1), rtol=1e-12)
    assert_allclose(dW, dw.transpose(2, 3, 1, 0), rtol=1e-12)
    assert_allclose(db.ravel(), dbias, rtol=1e-12)


def test_mini_batches_cover_the_data_in_the_course_order() -> None:
    X, Y = np.arange(7.0).reshape(7, 1, 1, 1), np.arange(7).reshape(7, 1)
    batches = random_mini_batches(X, Y, 3, seed=0)
    assert [len(x) for x, _ in batches] == [3, 3, 1]
    np.random.seed(0)  # noqa: NPY002 (what the course's code does)
    order = np.random.permutation(7)  # noqa: NPY002
    assert_array_equal(np.concatenate([x for x, _ in batches]).ravel(), order)
    for x, y in batches:
        assert_array_equal(x.ravel(), y.ravel())


def test_random_mini_batches_leave_the_global_source_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[union-attr, index] # noqa: NPY002
    random_mini_batches(np.zeros((4, 1, 1, 1)), np.zeros((4, 1)), 2, seed=3)
    assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index] # noqa: NPY002


def test_one_hot() -> None:
    assert_array_equal(convert_to_one_hot(np.array([[1, 0, 2]]), 3), np.eye(3)[[1, 0, 2]].T)


A, W, B = np.ones((2, 5, 6, 3)), np.ones((3, 3, 3, 4)), np.ones((1, 1, 1, 4))
GOOD = {"stride": 1, "pad": 0}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: conv_forward(A[0], W, B, GOOD), ShapeError, r"^A_prev: got 3 axes.*m, n_H, n_W, n_C.*A_prev\[None\]"),
        (lambda: conv_forward(A, W[..., 0], B, GOOD), ShapeError, r"^W: got shape \(3, 3, 3\).*W\[\.\.\., None\]"),
        (lambda: conv_forward(A[..., :2], W, B, GOOD), ShapeError, r"^W: got filters 3 .*Make W \(3, 3, 2, 4\)"),
        (
            lambda: conv_forward(A, W, B[..., :2], GOOD),
            ShapeError,
            r"^b: got shape \(1, 1, 1, 2\), wanted \(1, 1, 1, 4\).*np\.zeros\(",
        ),
        (lambda: conv_forward(A, W, B, {"stride": 1}), ValueError, r"^hparameters: got no 'pad'"),
        (lambda: conv_forward(A, W, B, {**GOOD, "padding": 1}), ValueError, r"unknown key 'padding'"),
        (lambda: conv_forward(A, W, B, 1), TypeError, r"^hparameters: got int, wanted a dictionary"),  # type: ignore[arg-type]
        (lambda: conv_forward(A, W, B, {"stride": 0, "pad": 0}), ShapeError, r"^hparameters\['stride'\]: got 0"),
        (lambda: conv_forward(A, W, B, {"stride": 1, "pad": -1}), ShapeError, r"^hparameters\['pad'\]: got -1"),
        (
            lambda: conv_forward(A[:, :2], W, B, GOOD),
            ShapeError,
            r"^W: got a window of 3 on 2 rows padded by 0 .*or pad by at least 1",
        ),
        (lambda: conv_forward(A[:, :0], W, B, GOOD), ShapeError, r"^A_prev: got shape \(2, 0, 6, 3\)"),
        (lambda: conv_forward(A, W.astype(str), B, GOOD), TypeError, r"^W: got dtype .*W\.astype"),
        (lambda: zero_pad(A[0], 1), ShapeError, r"^X: got 3 axes.*X\[None\]"),
        (
            lambda: conv_backward(np.ones((2, 3, 4, 3)), (A, W, B, GOOD)),
            ShapeError,
            r"^dZ: got .*wanted \(2, 3, 4, 4\)",
        ),
        (
            lambda: conv_backward(np.ones((1, 3, 4, 4)), (A, W, B, GOOD)),
            ShapeError,
            r"^dZ: got .*wanted \(2, 3, 4, 4\)",
        ),
        (lambda: pool_backward(np.ones((2, 3)), (A, {"f": 2, "stride": 2})), ShapeError, r"^dA: .*\(2, 2, 3, 3\)"),
        (lambda: pool_forward(A, {"f": 2, "stride": 2}, "mean"), ValueError, r"^mode: got 'mean'"),
        (
            lambda: pool_forward(A, {"f": 7, "stride": 2}),
            ShapeError,
            r"^hparameters\['f'\]: got a window of 7 on 5 rows",
        ),
        (lambda: pool_forward(A, {"f": 0, "stride": 2}), ShapeError, r"^hparameters\['f'\]: got 0"),
        (lambda: pool_forward(A, {"f": 2, "stride": 1.5}), ShapeError, r"^hparameters\['stride'\]: got 1.5"),
        (lambda: conv_single_step(A[0, :3, :3], W, B[0]), ShapeError, r"^W: got .*W\[\.\.\., c\]"),
        (lambda: conv_single_step(A[0, :3, :3], W[..., 0], B[0]), ShapeError, r"^b: got shape \(1, 1, 4\)"),
        (lambda: create_mask_from_window(np.ones((0, 2))), ShapeError, r"^x: got shape \(0, 2\)"),
        (lambda: distribute_value(1.0, (0, 2)), ShapeError, r"^shape: got 0"),
        (lambda: random_mini_batches(A, np.ones((4, 2))), ShapeError, r"^Y: got 4 rows for 2"),
        (lambda: random_mini_batches(A, np.ones((2, 4)), 0), ValueError, r"^mini_batch_size: got 0"),
        (lambda: random_mini_batches(A, np.ones((2, 4)), 2.5), ValueError, r"^mini_batch_size: got 2.5"),  # type: ignore[arg-type]
        (
            lambda: random_mini_batches(A, np.ones((2, 4)), 1, "three"),
            ValueError,
            r"^seed: got 'three'.*Write seed = 0",
        ),  # type: ignore[arg-type]
        (lambda: random_mini_batches(A, np.ones((2, 4)), 1, -1), ValueError, r"^seed: got -1, wanted .* from 0 to 2³²"),
        (lambda: convert_to_one_hot([0], 0), ValueError, r"^C: got 0"),
        (lambda: convert_to_one_hot([3], 3), ValueError, r"^Y: got the label 3, wanted 0 to 2"),
        (lambda: convert_to_one_hot([0.5], 3), TypeError, r"^Y: got dtype float64"),
    ],
)
def test_bad_input_names_the_argument(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_remedies_work() -> None:
    conv_forward(A[0][None], W, B, GOOD)
    conv_forward(A[..., :2], np.ones((3, 3, 2, 4)), B, GOOD)
    conv_forward(A, W[..., 0][..., None], B[..., :1], GOOD)
    conv_forward(A, W, np.zeros((1, 1, 1, 4)), GOOD)
    conv_forward(A[:, :2], W, B, {"stride": 1, "pad": 1})
    pool_forward(A, {"f": 5, "stride": 2})
    conv_single_step(A[0, :3, :3], W[..., 0], B[..., 0])
    convert_to_one_hot(np.array([1.0]).astype(int), 3)
