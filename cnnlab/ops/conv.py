"""Convolution over volumes, forward and backward. Taught in notebooks 03, 05 and 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``K`` filters, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats, as_gradient, as_vector, same_dtype
from cnnlab.ops._blocks import Block, Plan, Room, Windows, inside, whole_rows
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
    dw, db = _filter_gradient(dy, x, w, g)
    return ConvGrads(_input_gradient(dy, x, w, g) if need_dx else None, dw, None if b is None else db)


def _correlate(x: Floats, w: Floats, b: Floats | None, g: Grid) -> Floats:
    """Multiply filters (K, R·S·C) by the windows (R·S·C, n·Q) of each row of places."""
    matrix = w.transpose(0, 2, 3, 1).reshape(len(w), -1)
    y = np.empty((len(x), len(w), *g.out), x.dtype)
    plan = Plan(x.shape, g, x.dtype, _work(y, w))

    def job(blocks: list[Block]) -> None:
        windows, room = Windows(plan), Room(x.dtype)
        for n, p in blocks:
            seen = windows.of(x, n, p)
            maps = room.of(len(seen), len(w), n.stop - n.start, g.out[1])  # (P, K, n, Q)
            flat = maps.reshape(*maps.shape[:2], -1)
            np.matmul(matrix, seen, out=flat)
            if b is not None:
                flat += b[:, None]
            whole_rows(y)[n, :, p] = whole_rows(maps).transpose(2, 1, 0)

    plan.share(job)
    return y


def _filter_gradient(dy: Floats, x: Floats, w: Floats, g: Grid) -> tuple[Floats, Floats]:
    """Multiply dy (K, n·Q) by the windows (n·Q, R·S·C) of each row of places, and add up the rows."""
    plan = Plan(x.shape, g, x.dtype, _work(dy, w))
    dy = np.ascontiguousarray(dy)

    def job(blocks: list[Block]) -> tuple[Floats, Floats]:
        windows, room, products = Windows(plan), Room(x.dtype), Room(x.dtype)
        dw, db = np.zeros((len(w), w[:1].size), x.dtype), np.zeros(len(w), x.dtype)
        for n, p in blocks:
            seen = windows.of(x, n, p)
            maps = room.of(len(seen), len(w), n.stop - n.start, g.out[1])  # (P, K, n, Q)
            whole_rows(maps)[...] = whole_rows(dy)[n, :, p].transpose(2, 1, 0)
            flat = maps.reshape(*maps.shape[:2], -1)
            product = products.of(len(seen), *dw.shape)
            dw += np.matmul(flat, seen.transpose(0, 2, 1), out=product).sum(0)
            db += np.dot(flat, np.ones(flat.shape[2], x.dtype)).sum(0)
        return dw, db

    dw, db = (np.sum(parts, axis=0) for parts in zip(*plan.share(job), strict=True))
    (k, c, r, s) = w.shape
    return np.ascontiguousarray(dw.reshape(k, r, s, c).transpose(0, 3, 1, 2)), db


def _input_gradient(dy: Floats, x: Floats, w: Floats, g: Grid) -> Floats:
    """Multiply filters (S·C, R·K) by the rows of dy (R·K, n·Q) that saw one row of x; S products are added, shifted.

    Row r of the window, at place p, sees row p·stride + r·dilation. So a row of x is seen by some of the window's rows
    only, one `step` apart, at places that follow one another (see Plan).
    """
    dx = np.zeros(x.shape, x.dtype)
    plan = Plan(x.shape, g, x.dtype, 0)
    for first in range(min(plan.period, g.out[0])):
        for r in range(min(plan.step, g.kernel[0])):
            taps = w[:, :, r :: plan.step]
            origin = first * g.stride[0] + r * g.dilation[0] - g.pads[0][0]
            _scatter(dy[:, :, first :: plan.period], taps, g, dx, origin, plan.step * g.dilation[0])
    return dx


def _scatter(dy: Floats, taps: Floats, g: Grid, dx: Floats, origin: int, step: int) -> None:
    """Fill rows origin, origin + step, … of dx: row origin + t·step has seen place t with tap 0, t − 1 with tap 1, …"""
    k, c, r, s = taps.shape
    matrix = taps[:, :, ::-1].transpose(3, 1, 2, 0).reshape(s * c, r * k)
    rows, seen_rows = inside(origin, step, dy.shape[2] + r - 1, dx.shape[2])
    if rows.start == rows.stop:
        return
    apart = g.stride[1] // math.gcd(g.stride[1], g.dilation[1])  # columns of the window that see the same columns of x
    shift = g.dilation[1] * apart // g.stride[1]  # from one of them to the next
    # One picture's rim may serve as the next one's.
    rim = min(*g.pads[1], (s - 1) * shift) if g.stride[1] == 1 else 0
    pitch = g.out[1] + (s - 1) // apart * shift - rim
    grid = Grid((r, 1), (1, 1), (1, 1), ((r - 1 - rows.start, 0), (0, 0)), (rows.stop - rows.start, pitch))
    plan = Plan(dy.shape, grid, dy.dtype, _work(dy, taps))
    out = dx[:, :, seen_rows]

    def job(blocks: list[Block]) -> None:
        windows, room = Windows(plan), Room(dy.dtype)
        for n, t in blocks:
            seen = windows.of(dy, n, t)
            parts = np.matmul(matrix, seen, out=room.of(len(seen), s * c, seen.shape[2]))
            parts = parts.reshape(len(seen), s, c, -1)  # (T, S, C, n·pitch)
            for start in range(min(apart, s)):
                total = parts[:, start]
                for i, j in enumerate(range(start + apart, s, apart), 1):
                    total[..., i * shift :] += parts[:, j, :, : -i * shift]
                columns, seen_columns = inside(start * g.dilation[1] - g.pads[1][0], g.stride[1], pitch, dx.shape[3])
                pictures = total.reshape(len(seen), c, n.stop - n.start, pitch)[..., columns]
                out[n, :, t, seen_columns] = pictures.transpose(2, 1, 0, 3)

    plan.share(job)


def _work(y: Floats, w: Floats) -> int:
    """Count the products, at the price of one number touched for 64 of them."""
    return y.size * w[:1].size // 64
