"""Normalise: over the batch, over the picture, over each example or over groups of channels. Taught in notebook 06.

All four subtract a mean, divide by a standard deviation, then scale by γ and shift by β; they differ only in which
numbers share a mean. Letters: ``N`` examples, ``D`` features, ``C`` channels, ``H W`` picture, ``G`` groups.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_cache, as_floats, as_gradient, as_vector, check_eps, same_dtype
from cnnlab.ops.parallel import in_chunks
from cnnlab.shapes import ShapeError

__all__ = [
    "NormCache",
    "NormGrads",
    "batchnorm",
    "batchnorm_backward",
    "layernorm",
    "layernorm_backward",
    "spatial_batchnorm",
    "spatial_batchnorm_backward",
    "spatial_groupnorm",
    "spatial_groupnorm_backward",
]

Stats = tuple[ArrayLike, ArrayLike]


class NormCache(NamedTuple):
    """What a normalisation keeps for its backward pass; `mean` and `var` also serve running averages."""

    x: Floats
    gamma: Floats
    mean: Floats  # one per feature or channel; per example in layernorm, per (example, group) in groupnorm
    var: Floats  # biased: divided by the number of values, not by one less
    std: Floats  # sqrt(var + eps)
    fixed: bool  # whether mean and var were given, not measured: then x does not move them


class NormGrads(NamedTuple):
    """Gradients of a scalar loss with respect to the inputs of a normalisation."""

    dx: Floats
    dgamma: Floats
    dbeta: Floats


def batchnorm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, eps: float = 1e-5, stats: Stats | None = None
) -> tuple[Floats, NormCache]:
    """Give every feature mean β and standard deviation γ over the batch.

    Parameters
    ----------
    x
        Array (N, D).
    gamma, beta
        Scale and shift (D,).
    eps
        Added to the variance under the root, so that a constant feature is not divided by zero.
    stats
        (mean, variance), each (D,), to use instead of the batch's own: running averages, at test time.

    Returns
    -------
    y : ndarray
        (N, D).
    cache : NormCache
        For :func:`batchnorm_backward`. Its `mean` and `var` are what running averages are made of.

    Examples
    --------
    >>> y, cache = batchnorm([[1], [3]], [10], [5], eps=0)
    >>> y.ravel(), cache.mean, cache.var
    (array([-5., 15.]), array([2.]), array([1.]))
    """
    return _batchnorm(as_floats("x", x, "N D"), gamma, beta, eps, stats, "feature")


def batchnorm_backward(dy: ArrayLike, cache: NormCache) -> NormGrads:
    """Gradients of :func:`batchnorm`: x reaches y directly, through the mean and through the variance.

    Examples
    --------
    A batch-wide shift of x changes nothing, so the columns of dx add up to zero:

    >>> _, cache = batchnorm([[1], [3]], [10], [5], eps=0)
    >>> dx, dgamma, dbeta = batchnorm_backward([[1], [0]], cache)
    >>> dx.sum(), dgamma, dbeta
    (np.float64(0.0), array([-1.]), array([1.]))
    """
    return _batchnorm_backward(dy, cache, "batchnorm")


def spatial_batchnorm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, eps: float = 1e-5, stats: Stats | None = None
) -> tuple[Floats, NormCache]:
    """:func:`batchnorm` for pictures: every channel is one feature, over all pictures, rows and columns.

    Parameters
    ----------
    x
        Array (N, C, H, W).
    gamma, beta
        Scale and shift (C,).
    eps, stats
        As for batchnorm; statistics (C,).

    Examples
    --------
    >>> y, _ = spatial_batchnorm([[[[1, 3]]]], [1], [0], eps=0)
    >>> y[0, 0]
    array([[-1., 1.]])
    """
    return _batchnorm(as_floats("x", x, "N C H W"), gamma, beta, eps, stats, "channel")


def spatial_batchnorm_backward(dy: ArrayLike, cache: NormCache) -> NormGrads:
    """Gradients of :func:`spatial_batchnorm`: dx (N, C, H, W), dgamma and dbeta (C,).

    Examples
    --------
    >>> _, cache = spatial_batchnorm([[[[1, 3]]]], [1], [0], eps=0)
    >>> spatial_batchnorm_backward([[[[2, 5]]]], cache).dbeta
    array([7.])
    """
    return _batchnorm_backward(dy, cache, "spatial_batchnorm")


def layernorm(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, eps: float = 1e-5) -> tuple[Floats, NormCache]:
    """Normalise each example over its own features, then scale and shift every feature; no batch is needed.

    Parameters
    ----------
    x
        Array (N, D).
    gamma, beta
        Scale and shift (D,).
    eps
        Added to the variance under the root.

    Examples
    --------
    >>> y, _ = layernorm([[1, 3]], [1, 10], [0, 0], eps=0)
    >>> y
    array([[-1., 10.]])
    """
    x = as_floats("x", x, "N D")
    _check_values(x)
    y, cache = _groupnorm(x[:, :, None], gamma, beta, 1, eps, "feature")
    return y[:, :, 0], cache._replace(x=cache.x[:, :, 0])


def layernorm_backward(dy: ArrayLike, cache: NormCache) -> NormGrads:
    """Gradients of :func:`layernorm`.

    Examples
    --------
    >>> _, cache = layernorm([[1, 3]], [1, 10], [0, 0], eps=0)
    >>> layernorm_backward([[2, 5]], cache).dgamma
    array([-2., 5.])
    """
    x = as_cache(cache, NormCache, "layernorm").x
    d = as_gradient(dy, x.shape, x.dtype, "layernorm")
    dx, dgamma, dbeta = _groupnorm_backward(d[:, :, None], cache._replace(x=x[:, :, None]))
    return NormGrads(dx.reshape(d.shape), dgamma, dbeta)


def spatial_groupnorm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, groups: int, eps: float = 1e-5
) -> tuple[Floats, NormCache]:
    """Normalise each picture over groups of its channels, then scale and shift every channel.

    Parameters
    ----------
    x
        Array (N, C, H, W).
    gamma, beta
        Scale and shift (C,).
    groups
        Into how many groups of neighbouring channels to divide; a divisor of C.
    eps
        Added to the variance under the root.

    Examples
    --------
    Two groups of one channel each: the second is not drowned by the first.

    >>> y, _ = spatial_groupnorm([[[[100, 300]], [[1, 3]]]], [1, 1], [0, 0], groups=2, eps=0)
    >>> y[0, :, 0]
    array([[-1., 1.],
           [-1., 1.]])
    """
    x = as_floats("x", x, "N C H W")
    _check_values(x)
    if not isinstance(groups, int | np.integer) or groups < 1 or x.shape[1] % groups:
        divisors = [g for g in range(1, x.shape[1] + 1) if x.shape[1] % g == 0]
        raise ShapeError(
            f"groups: got {groups} for {x.shape[1]} channels, wanted a divisor of {x.shape[1]}. "
            f"Choose one of {divisors}."
        )
    return _groupnorm(x, gamma, beta, groups, eps, "channel")


def spatial_groupnorm_backward(dy: ArrayLike, cache: NormCache) -> NormGrads:
    """Gradients of :func:`spatial_groupnorm`: dx (N, C, H, W), dgamma and dbeta (C,).

    Examples
    --------
    >>> _, cache = spatial_groupnorm([[[[1, 3]]]], [1], [0], groups=1, eps=0)
    >>> spatial_groupnorm_backward([[[[2, 5]]]], cache).dgamma
    array([3.])
    """
    x = as_cache(cache, NormCache, "spatial_groupnorm").x
    return _groupnorm_backward(as_gradient(dy, x.shape, x.dtype, "spatial_groupnorm"), cache)


def _prepared(
    x: Floats, gamma: ArrayLike, beta: ArrayLike, eps: float, what: str
) -> tuple[Floats, Floats, Floats, float]:
    g, b = as_vector("gamma", gamma, x.shape[1], what), as_vector("beta", beta, x.shape[1], what)
    check_eps(eps, "1e-5")
    dtype = same_dtype(x, g, b)
    return x.astype(dtype, copy=False), g.astype(dtype, copy=False), b.astype(dtype, copy=False), dtype.type(eps)


def _per_channel(v: Floats, x: Floats) -> Floats:
    """Shape (C,) so that it broadcasts along axis 1 of x."""
    return v.reshape(1, -1, *[1] * (x.ndim - 2))


def _batchnorm(
    x: Floats, gamma: ArrayLike, beta: ArrayLike, eps: float, stats: Stats | None, what: str
) -> tuple[Floats, NormCache]:
    _check_values(x)
    x, g, b, eps = _prepared(x, gamma, beta, eps, what)
    rows = _rows(x)
    if stats is None:
        if x.size == 0:
            raise ShapeError(f"x: got shape {x.shape}, wanted at least one value per {what}. Skip empty batches.")
        mean = _mean(rows, lambda some: _sums(rows[some]))
        var = _mean(rows, lambda some: _squares(rows[some] - mean[:, None]))
    else:
        if not isinstance(stats, tuple | list | np.ndarray) or len(stats) != 2:
            raise TypeError(f"stats: got {stats!r}, wanted a pair. Pass stats=(mean, variance).")
        mean = as_vector("stats[0]", stats[0], x.shape[1], what).astype(x.dtype)
        var = as_vector("stats[1]", stats[1], x.shape[1], what).astype(x.dtype)
        if (var < 0).any():
            raise ValueError(f"stats[1]: got {var.min()}, wanted variances, at least 0. Pass stats=(mean, variance).")
    std = np.sqrt(var + eps)
    scale = g / std
    y = np.empty(x.shape, x.dtype)
    out = _rows(y)

    def job(some: slice) -> None:
        part = np.multiply(rows[some], scale[:, None], out=out[some])
        part += (b - mean * scale)[:, None]

    in_chunks(job, len(rows), rows[:1].size)
    return y, NormCache(x, g, mean, var, std, stats is not None)


def _batchnorm_backward(dy: ArrayLike, cache: NormCache, of: str) -> NormGrads:
    x, gamma, mean, _, std, fixed = as_cache(cache, NormCache, of)
    d, rows = _rows(as_gradient(dy, x.shape, x.dtype, of)), _rows(x)
    scale = gamma / std
    count = x.dtype.type(rows.size // max(1, len(mean)))  # values per channel
    mean_d, mean_product = _mean(  # one pass over memory for both
        rows, lambda some: np.stack([_sums(d[some]), _products(rows[some] - mean[:, None], d[some])])
    )
    mean_dx_hat = mean_product / std
    slope = -mean_dx_hat / std
    dx = np.empty(x.shape, x.dtype)
    out = _rows(dx)

    def job(some: slice) -> None:
        if fixed:
            np.multiply(d[some], scale[:, None], out=out[some])
            return
        # γ/σ · (dy − mean(dy) − x̂·mean(dy·x̂)): the direct way, through the mean, through the variance
        part = np.multiply(rows[some], slope[:, None], out=out[some])
        part += d[some]
        part -= (mean_d + mean * slope)[:, None]
        part *= scale[:, None]

    in_chunks(job, len(rows), rows[:1].size)
    return NormGrads(dx, mean_dx_hat * count, mean_d * count)


def _rows(x: Floats) -> Floats:
    """Lay each channel of each example out as one row: (N, C, values)."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


def _mean(rows: Floats, part: Callable[[slice], Floats]) -> Floats:
    """Mean over examples and values, from the sums (…, some examples, C) that `part` makes of some examples: (…, C)."""
    n, channels, values = rows.shape
    sums = in_chunks(lambda some: part(some).sum(-2), n, channels * values)
    return np.asarray(np.sum(sums, axis=0, dtype=np.float64) / max(1, n * values), rows.dtype)


def _sums(a: Floats) -> Floats:
    """Sum over the values: (examples, C). A product with ones is the fastest sum."""
    sums: Floats = np.dot(a.reshape(-1, a.shape[2]), np.ones(a.shape[2], a.dtype))
    return sums.reshape(a.shape[:2])


def _squares(a: Floats) -> Floats:
    """Sum of squares over the values: (examples, C)."""
    return _products(a, a)


def _products(a: Floats, b: Floats) -> Floats:
    """Sum of products over the values: (examples, C)."""
    products: Floats = np.einsum("ncv,ncv->nc", a, b)
    return products


def _check_values(x: Floats) -> None:
    if len(x) and x.size == 0:
        raise ShapeError(f"x: got shape {x.shape}, wanted at least one value per example. Check its last axes.")


def _groupnorm(
    x: Floats, gamma: ArrayLike, beta: ArrayLike, groups: int, eps: float, what: str
) -> tuple[Floats, NormCache]:
    x, g, b, eps = _prepared(x, gamma, beta, eps, what)
    rows = x.reshape(len(x), groups, -1) if x.size else x.reshape(0, groups, 1)  # (N, G, values)
    mean = rows.mean(2)
    var = ((rows - mean[:, :, None]) ** 2).mean(2)
    std = np.sqrt(var + eps)
    x_hat = ((rows - mean[:, :, None]) / std[:, :, None]).reshape(x.shape)
    return x_hat * _per_channel(g, x) + _per_channel(b, x), NormCache(x, g, mean, var, std, False)


def _groupnorm_backward(d: Floats, cache: NormCache) -> NormGrads:
    x, gamma, mean, _, std, _ = cache
    groups = mean.shape[1]
    axes = (0, *range(2, x.ndim))
    rows = x.reshape(len(x), groups, -1) if x.size else x.reshape(0, groups, 1)
    x_hat = (rows - mean[:, :, None]) / std[:, :, None]  # (N, G, values)
    dgamma = (d * x_hat.reshape(x.shape)).sum(axes)
    dhat = (d * _per_channel(gamma, x)).reshape(rows.shape)
    through_mean = dhat.mean(2, keepdims=True)
    through_var = x_hat * (dhat * x_hat).mean(2, keepdims=True)
    dx = (dhat - through_mean - through_var) / std[:, :, None]
    return NormGrads(dx.reshape(x.shape), dgamma, d.sum(axes))
