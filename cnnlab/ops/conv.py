"""Convolution over volumes, forward and backward. Taught in notebooks 03, 05 and 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``K`` filters, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats, as_gradient, as_vector, same_dtype
from cnnlab.ops._planes import Block, Plan
from cnnlab.ops.parallel import parallel
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid

__all__ = ["ConvCache", "ConvGrads", "conv2d", "conv2d_backward", "conv2d_cache"]


class ConvCache(NamedTuple):
    """What :func:`conv2d` keeps for its backward pass."""

    x: Floats  # (N, C, H, W)
    w: Floats  # (K, C, R, S)
    b: Floats | None  # (K,)
    grid: Grid


class ConvGrads(NamedTuple):
    """Gradients of a scalar loss with respect to the inputs of :func:`conv2d`."""

    dx: Floats | None  # (N, C, H, W); None when it was not asked for
    dw: Floats  # (K, C, R, S)
    db: Floats | None  # (K,); None for a convolution without bias


def conv2d(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, *, stride: Pair = 1, pad: Pad = 0, dilation: Pair = 1
) -> tuple[Floats, ConvCache]:
    """Slide every filter over every picture: ``y[n, k] = b[k] + Σ_c x[n, c] ⋆ w[k, c]`` (cross-correlation).

    Parameters
    ----------
    x
        Pictures (N, C, H, W).
    w
        Filters (K, C, R, S): as deep as the pictures.
    b
        One bias per filter (K,), or None.
    stride, dilation
        One number for both axes or (rows, columns).
    pad
        One number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same" (TensorFlow's rule).

    Returns
    -------
    y : ndarray
        (N, K, P, Q).
    cache : ConvCache
        For :func:`conv2d_backward`.

    Raises
    ------
    ShapeError
        If the ranks or channels do not match or the window does not fit.

    Examples
    --------
    >>> y, _ = conv2d([[[[1, 2, 3]]]], [[[[1, -1]]]], [10])
    >>> y[0, 0]
    array([[9., 9.]])
    """
    cache = conv2d_cache(x, w, b, stride=stride, pad=pad, dilation=dilation)
    return _correlate(*cache), cache


def conv2d_cache(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, *, stride: Pair = 1, pad: Pad = 0, dilation: Pair = 1
) -> ConvCache:
    """Return what :func:`conv2d_backward` needs, without computing the forward pass; the arguments are conv2d's."""
    x, w = as_floats("x", x, "N C H W"), as_floats("w", w, "K C R S")
    if x.shape[1] != w.shape[1]:
        raise ShapeError(
            f"w: got filters {w.shape[1]} channels deep on pictures with {x.shape[1]}, wanted the same depth. "
            f"Make w {(w.shape[0], x.shape[1], *w.shape[2:])}, or check that x is (N, C, H, W)."
        )
    b = None if b is None else as_vector("b", b, len(w), "filter")
    dtype = same_dtype(x, w, b)
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    b = None if b is None else b.astype(dtype, copy=False)
    g = window_grid(x.shape[2:], w.shape[2:], stride=stride, pad=pad, dilation=dilation)
    return ConvCache(x, w, b, g)


def conv2d_backward(dy: ArrayLike, cache: ConvCache, *, need_dx: bool = True) -> ConvGrads:
    """Gradients of :func:`conv2d`, given the gradient of the loss with respect to its result.

    Parameters
    ----------
    dy
        Array (N, K, P, Q).
    cache
        What the forward call returned.
    need_dx
        False skips the gradient of the input: a first layer has no use for it.

    Returns
    -------
    ConvGrads
        dx (N, C, H, W), dw (K, C, R, S), db (K,).

    Examples
    --------
    >>> y, cache = conv2d([[[[1, 2, 3]]]], [[[[1, -1]]]], [10])
    >>> grads = conv2d_backward([[[[1, 1]]]], cache)
    >>> grads.dw[0, 0], grads.db, grads.dx[0, 0]
    (array([[3., 5.]]), array([2.]), array([[ 1.,  0., -1.]]))
    """
    x, w, b, g = cache
    dy = as_gradient(dy, (len(x), len(w), *g.out), x.dtype, "conv2d")
    dx = _turned(dy, x, w, g) if need_dx else None
    scatter = np.zeros(x.shape, x.dtype) if need_dx and dx is None else None
    across = np.ascontiguousarray(w.reshape(len(w), -1).T)  # (C·R·S, K)
    plan = Plan(x.shape, g, x.dtype)

    def job(start: int, stop: int) -> Floats:
        block = Block(plan, len(w))
        total = np.zeros((len(w), plan.cells + 1), x.dtype)
        part = np.empty_like(total)
        for n, p in plan.blocks(start * plan.bands, stop * plan.bands):
            maps, visible = block.maps(n, p, len(w))
            maps[...] = 0  # so that the overhang does not count
            visible[...] = dy[n, :, p]
            cols = block.im2col(x, n, p)
            total += np.dot(maps, cols.T, out=part)
            if scatter is not None:
                block.col2im(np.dot(across, maps, out=cols[:-1]), scatter, n, p)
        return total

    # Whole pictures for each thread, not bands: two bands would add to the same rows of dx.
    total = np.sum(parallel(job, len(x), _work(dy, w)), axis=0)  # (K, C·R·S + 1): the last column met the ones
    dw, db = total[:, :-1].reshape(w.shape), None if b is None else total[:, -1].copy()
    return ConvGrads(scatter if dx is None else dx, dw, db)


def _correlate(x: Floats, w: Floats, b: Floats | None, g: Grid) -> Floats:
    """One matrix product per block: filters (K, C·R·S + 1) times windows (C·R·S + 1, L); the bias meets ones."""
    k = len(w)
    matrix = np.column_stack([w.reshape(k, -1), np.zeros(k, x.dtype) if b is None else b])
    y = np.empty((len(x), k, *g.out), x.dtype)
    plan = Plan(x.shape, g, x.dtype)

    def job(start: int, stop: int) -> None:
        block = Block(plan, k)
        for n, p in plan.blocks(start, stop):
            maps, visible = block.maps(n, p, k)
            np.dot(matrix, block.im2col(x, n, p), out=maps)  # not matmul: it keeps Python's lock if maps is small
            y[n, :, p] = visible

    parallel(job, plan.units, _work(y, w))
    return y


def _turned(dy: Floats, x: Floats, w: Floats, g: Grid) -> Floats | None:
    """Return dx as a convolution of dy with the filters turned by 180°, where that is possible and cheaper."""
    spans = [d * (f - 1) for d, f in zip(g.dilation, g.kernel, strict=True)]
    possible = g.stride == (1, 1) and all(max(pads) <= span for pads, span in zip(g.pads, spans, strict=True))
    if not possible or dy[:1].size > x[:1].size:
        return None
    rows, columns = ((span - before, span - after) for span, (before, after) in zip(spans, g.pads, strict=True))
    full = window_grid(dy.shape[2:], g.kernel, pad=(rows, columns), dilation=g.dilation)
    return _correlate(dy, w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3), None, full)


def _work(y: Floats, w: Floats) -> int:
    """Count the products, at the price of one number touched for 64 of them."""
    return y.size * w[:1].size // 64
