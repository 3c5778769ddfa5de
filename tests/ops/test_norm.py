"""Normalisation: the plain formula, the numeric gradient and PyTorch agree; bad input is told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from cnnlab.gradcheck import check_gradients
from cnnlab.ops import (
    batchnorm,
    batchnorm_backward,
    layernorm,
    layernorm_backward,
    spatial_batchnorm,
    spatial_batchnorm_backward,
    spatial_groupnorm,
    spatial_groupnorm_backward,
)
from cnnlab.shapes import ShapeError
from tests import cases, oracles

Array = NDArray[Any]

# op, backward, shape of x, settings, the groups of values that share a mean as (shape to view x in, axes)
KINDS = [
    pytest.param(batchnorm, batchnorm_backward, (7, 3), {}, ((7, 3), (0,)), id="batchnorm"),
    pytest.param(layernorm, layernorm_backward, (4, 6), {}, ((4, 6), (1,)), id="layernorm"),
    pytest.param(
        spatial_batchnorm, spatial_batchnorm_backward, (3, 2, 4, 5), {}, ((3, 2, 4, 5), (0, 2, 3)), id="spatial"
    ),
    pytest.param(
        spatial_groupnorm,
        spatial_groupnorm_backward,
        (3, 6, 2, 5),
        {"groups": 3},
        ((3, 3, 2, 2, 5), (2, 3, 4)),
        id="group",
    ),
    pytest.param(
        spatial_groupnorm,
        spatial_groupnorm_backward,
        (2, 4, 3, 1),
        {"groups": 4},
        ((2, 4, 1, 3, 1), (2, 3, 4)),
        id="instance",
    ),
]


def _arrays(shape: tuple[int, ...], dtype: str = "float64") -> tuple[Array, Array, Array]:
    x = 3 * cases.images(shape, 1, dtype) + np.arange(shape[1], dtype=dtype).reshape(1, -1, *[1] * (len(shape) - 2))
    return x, cases.images(shape[1:2], 2, dtype), cases.images(shape[1:2], 3, dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-4)])
@pytest.mark.parametrize(("op", "backward", "shape", "settings", "groups"), KINDS)
def test_equals_the_formula(
    op: Any, backward: Any, shape: Any, settings: Any, groups: Any, dtype: str, tolerance: float
) -> None:
    x, gamma, beta = _arrays(shape, dtype)
    y, cache = op(x, gamma, beta, **settings)
    view, axes = groups
    grouped = x.astype(float).reshape(view)
    normal = (grouped - grouped.mean(axes, keepdims=True)) / np.sqrt(grouped.var(axes, keepdims=True) + 1e-5)
    wide = (1, -1, *[1] * (len(shape) - 2))
    assert_allclose(y, normal.reshape(shape) * gamma.reshape(wide) + beta.reshape(wide), rtol=tolerance, atol=tolerance)
    assert {y.dtype, *(g.dtype for g in backward(y, cache))} == {np.dtype(dtype)}


@pytest.mark.parametrize(("op", "backward", "shape", "settings", "groups"), KINDS)
def test_backward_equals_the_numeric_gradient(op: Any, backward: Any, shape: Any, settings: Any, groups: Any) -> None:
    report = check_gradients(op, backward, *_arrays(shape), **settings)
    assert report.ok, report


@pytest.mark.parametrize(("op", "backward", "shape", "settings", "groups"), KINDS)
def test_one_float64_among_the_arrays_makes_all_of_it_float64(
    op: Any, backward: Any, shape: Any, settings: Any, groups: Any
) -> None:
    x, gamma, beta = _arrays(shape)
    coarse = x.astype(np.float32)
    want = backward(x, op(coarse.astype(float), gamma, beta, **settings)[1])
    for got, wanted in zip(backward(x, op(coarse, gamma, beta, **settings)[1]), want, strict=True):
        assert got.dtype == np.float64
        assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("op", "backward", "shape", "settings", "groups"), KINDS)
def test_the_form_of_an_array_does_not_matter(op: Any, backward: Any, shape: Any, settings: Any, groups: Any) -> None:
    x, gamma, beta = _arrays(shape)
    before = x.copy()
    y, cache = op(x, gamma, beta, **settings)
    grads = backward(y, cache)
    for x2, dy2 in zip(cases.disguises(x), cases.disguises(y), strict=True):
        y2, cache2 = op(x2, gamma, beta, **settings)
        assert_allclose(y2, y, rtol=1e-10, atol=1e-10)
        for got, want in zip(backward(dy2, cache2), grads, strict=True):
            assert_allclose(got, want, rtol=1e-9, atol=1e-9)
    assert_array_equal(x, before)


def test_batchnorm_equals_torch() -> None:
    torch = oracles.torch()
    x, gamma, beta = _arrays((3, 4, 5, 6))
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, gamma, beta)]
    for stats in (None, (np.arange(4.0), np.arange(1.0, 5.0))):
        mean, var = (None, None) if stats is None else map(torch.tensor, stats)
        wanted = torch.nn.functional.batch_norm(tensors[0], mean, var, *tensors[1:], training=stats is None, eps=1e-5)
        y, cache = spatial_batchnorm(x, gamma, beta, stats=stats)
        assert_allclose(y, wanted.detach().numpy(), rtol=1e-9, atol=1e-9)
        dy = cases.images(y.shape, 4)
        wanted_grads = torch.autograd.grad(wanted, tensors, torch.tensor(dy))
        for got, want in zip(spatial_batchnorm_backward(dy, cache), wanted_grads, strict=True):
            assert_allclose(got, want.numpy(), rtol=1e-9, atol=1e-9)


def test_large_batches_equal_small_ones_put_together() -> None:
    x, gamma, beta = _arrays((40, 5, 33, 31))
    y, cache = spatial_batchnorm(x, gamma, beta)
    assert_allclose(cache.mean, x.mean((0, 2, 3)), rtol=1e-12)
    assert_allclose(cache.var, x.var((0, 2, 3)), rtol=1e-12)
    y2, _ = batchnorm(x.transpose(0, 2, 3, 1).reshape(-1, 5), gamma, beta)
    assert_allclose(y, y2.reshape(40, 33, 31, 5).transpose(0, 3, 1, 2), rtol=1e-10, atol=1e-10)


def test_given_statistics_are_constants() -> None:
    x, gamma, beta = _arrays((5, 3))
    stats = (np.array([1.0, 2, 3]), np.array([4.0, 1, 9]))
    report = check_gradients(batchnorm, batchnorm_backward, x, gamma, beta, stats=stats)
    assert report.ok, report
    one, _ = batchnorm(x[:1], gamma, beta, stats=stats)
    assert_allclose(one, batchnorm(x, gamma, beta, stats=stats)[0][:1])


@pytest.mark.parametrize(
    ("op", "backward", "empty", "settings"),
    [
        (batchnorm, batchnorm_backward, (0, 3), {"stats": (np.zeros(3), np.ones(3))}),
        (spatial_batchnorm, spatial_batchnorm_backward, (0, 3, 4, 5), {"stats": (np.zeros(3), np.ones(3))}),
        (layernorm, layernorm_backward, (0, 3), {}),
        (spatial_groupnorm, spatial_groupnorm_backward, (0, 3, 4, 5), {"groups": 3}),
    ],
)
def test_an_empty_batch_stays_empty_and_moves_nothing(op: Any, backward: Any, empty: Any, settings: Any) -> None:
    y, cache = op(np.zeros(empty), np.ones(3), np.zeros(3), **settings)
    dx, dgamma, dbeta = backward(y, cache)
    assert y.shape == dx.shape == empty
    assert_array_equal(dgamma, np.zeros(3))
    assert_array_equal(dbeta, np.zeros(3))


def test_a_constant_feature_does_not_divide_by_zero() -> None:
    y, cache = batchnorm(np.full((4, 1), 7.0), [2.0], [3.0])
    assert_array_equal(y, np.full((4, 1), 3.0))
    assert all(np.isfinite(g).all() for g in batchnorm_backward(np.ones((4, 1)), cache))


def test_a_far_mean_costs_no_digits() -> None:
    x = cases.images((200, 1, 20, 20), 1, "float32") + np.float32(1000)
    _, cache = spatial_batchnorm(x, [1.0], [0.0])
    assert_allclose(cache.var, x.astype(float).var(), rtol=1e-4)


X, ONES = np.ones((4, 6)), np.ones(6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batchnorm(X[0], ONES, ONES), r"^x: got 1 axes"),
        (lambda: spatial_batchnorm(X, ONES, ONES), r"^x: got 2 axes"),
        (lambda: batchnorm(X, ONES[:5], ONES), r"^gamma: got shape \(5,\), wanted \(6,\), one number per feature"),
        (lambda: batchnorm(X, ONES, ONES[:1]), r"^beta: got shape \(1,\)"),
        (lambda: batchnorm(X[:0], ONES, ONES), r"^x: got shape \(0, 6\), wanted at least one value per feature"),
        (
            lambda: spatial_batchnorm(np.ones((2, 6, 0, 4)), ONES, ONES, stats=(ONES, ONES)),
            r"^x: got shape \(2, 6, 0, 4\), wanted at least one value per example",
        ),
        (lambda: batchnorm(X, ONES, ONES, stats=(ONES[:2], ONES)), r"^stats\[0\]: got shape \(2,\)"),
        (lambda: batchnorm(X, ONES, ONES, eps=-1), r"^eps: got -1, .*Write eps=1e-5"),
        (lambda: batchnorm(X, ONES, ONES, stats=(ONES, -ONES)), r"^stats\[1\]: got -1.0, .*stats=\(mean, variance\)"),
        (lambda: layernorm(X, ONES, ONES, eps=np.nan), r"^eps: got nan"),
        (lambda: layernorm(X, ONES, ONES, eps="1e-5"), r"^eps: got '1e-5'"),  # type: ignore[arg-type]
        (lambda: layernorm(X[:, :0], ONES[:0], ONES[:0]), r"^x: got shape \(4, 0\)"),
        (lambda: spatial_groupnorm(X[:, :, None, None], ONES, ONES, groups=4), r"one of \[1, 2, 3, 6\]"),
        (lambda: batchnorm_backward(X[1:], batchnorm(X, ONES, ONES)[1]), r"^dy: got \(3, 6\), wanted \(4, 6\)"),
    ],
)
def test_bad_input_names_the_argument(call: Any, message: str) -> None:
    with pytest.raises((ShapeError, ValueError), match=message):
        call()


def test_statistics_are_a_pair() -> None:
    for wrong in (3, {"mean": ONES, "var": ONES}, (ONES,)):
        with pytest.raises(TypeError, match=r"^stats: got .*, wanted a pair\. Pass stats=\(mean, variance\)"):
            batchnorm(X, ONES, ONES, stats=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^eps: got array\(\[1., 2.\]\), wanted a small number"):
        batchnorm(X, ONES, ONES, eps=np.array([1.0, 2.0]))  # type: ignore[arg-type]


def test_remedies_work() -> None:
    spatial_groupnorm(X[:, :, None, None], ONES, ONES, groups=3)
    batchnorm(X, ONES, ONES, eps=1e-5)
    assert layernorm(X[:0], ONES, ONES)[0].shape == (0, 6)
