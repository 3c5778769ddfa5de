"""Convolution over volumes, forward and backward. Taught in notebooks 03, 05 and 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``K`` filters, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_cache, as_floats, as_gradient, as_vector, same_dtype
from cnnlab.ops._blocks import Block, Plan, Room, Task, Windows, inside, meeting, share, whole_rows
from cnnlab.ops.parallel import CHUNK
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
    if 0 in w.shape[:2]:
        raise ShapeError(f"w: got shape {w.shape}, wanted at least one filter and one channel. Check how w was sliced.")
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
    x, w, b, g = as_cache(cache, ConvCache, "conv2d")
    dy = as_gradient(dy, (len(x), len(w), *g.out), x.dtype, "conv2d")
    dx = np.zeros(x.shape, x.dtype) if need_dx else None
    tasks = [_filter_gradient(dy, x, w, g)]
    if dx is not None:
        tasks += _input_gradient(dy, w, g, dx)
    sums = [np.sum(parts, axis=0) for parts in zip(*(results[0] for results in share(tasks)), strict=True)]
    dw = sums[0].reshape(*g.kernel, w.shape[1], len(w)).transpose(3, 2, 0, 1)
    return ConvGrads(dx, np.ascontiguousarray(dw), None if b is None else sums[1])


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

    share([(plan, job)])
    return y


def _filter_gradient(dy: Floats, x: Floats, w: Floats, g: Grid) -> Task:
    """Multiply the windows (R·S·C, n·Q) of each row of places by dy (n·Q, K), and add up: dw (R·S·C, K) and db."""
    plan = Plan(x.shape, g, x.dtype, _work(dy, w))
    dy = np.ascontiguousarray(dy)

    def job(blocks: list[Block]) -> tuple[Floats, Floats]:
        windows, room, products = Windows(plan), Room(x.dtype), Room(x.dtype)
        dw, db = np.zeros((w[:1].size, len(w)), x.dtype), np.zeros(len(w), x.dtype)
        at_once = max(1, CHUNK // max(1, dw.size))  # rows of places whose products are held before they are added up
        for n, p in blocks:
            seen = windows.of(x, n, p)
            maps = room.of(len(seen), len(w), n.stop - n.start, g.out[1])  # (P, K, n, Q)
            whole_rows(maps)[...] = whole_rows(dy)[n, :, p].transpose(2, 1, 0)
            flat = maps.reshape(*maps.shape[:2], -1)
            for i in range(0, len(seen), at_once):
                some = slice(i, i + at_once)
                product = products.of(len(seen[some]), *dw.shape)
                dw += np.matmul(seen[some], flat[some].transpose(0, 2, 1), out=product).sum(0)
            db += np.dot(flat, np.ones(flat.shape[2], x.dtype)).sum(0)
        return dw, db

    return plan, job


def _input_gradient(dy: Floats, w: Floats, g: Grid, dx: Floats) -> list[Task]:
    """Multiply filters (S·C, R·K) by the rows of dy (R·K, n·Q) that saw one row of x; S products are added, shifted.

    Row r of the window at place p sees row ``p·stride + r·dilation`` of x. With stride 2, even rows of x are seen by
    even rows of the window only, at places that follow one another: each such set of rows has its own product.
    """
    (top, _), (left, right) = g.pads
    period, step = meeting(g.stride[0], g.dilation[0])  # of places whose windows share rows of x; of those, r apart
    apart, shift = meeting(g.dilation[1], g.stride[1])  # of columns of the window that share columns of x
    c, r, s = w.shape[1:]
    rim = min(left, right, (s - 1) * shift) if g.stride[1] == 1 else 0  # one picture's may serve as the next one's
    pitch = g.out[1] + (s - 1) // apart * shift - rim  # of one picture's row in a product
    taps = -(-r // step)
    matrices = [w[:, :, j::step][:, :, ::-1].transpose(3, 1, 2, 0).reshape(s * c, -1) for j in range(min(step, r))]

    def write(products: Floats, out: Floats) -> None:
        """Add up products (T, S, C, n·pitch) that share columns of x, and write them to rows (n, C, T, W) of dx."""
        for j in range(min(apart, s)):
            total = products[:, j]
            for i, other in enumerate(range(j + apart, s, apart), 1):
                total[..., i * shift :] += products[:, other, :, : -i * shift]
            columns, seen = inside(j * g.dilation[1] - left, g.stride[1], pitch, out.shape[3])
            pictures = total.reshape(*total.shape[:2], len(out), pitch)[..., columns]
            out[..., seen] = pictures.transpose(2, 1, 0, 3)

    def task(first: int) -> Task | None:
        part, pace = dy[:, :, first::period], step * g.dilation[0]
        times = part.shape[2] + taps - 1
        origins = [first * g.stride[0] + j * g.dilation[0] - top for j in range(len(matrices))]
        spans = [inside(origin, pace, times, dx.shape[2])[0] for origin in origins]
        begin, end = min(span.start for span in spans), max(span.stop for span in spans)
        if begin >= end:
            return None  # all of it is rim
        grid = Grid((taps, 1), (1, 1), (1, 1), ((taps - 1 - begin, 0), (0, 0)), (end - begin, pitch))
        plan = Plan(part.shape, grid, dy.dtype, _work(part, w))

        def job(blocks: list[Block]) -> None:
            windows, room = Windows(plan), Room(dy.dtype)
            for n, t in blocks:
                seen = windows.of(part, n, t)  # (T, taps·K, n·pitch)
                for matrix, origin in zip(matrices, origins, strict=True):
                    rows, of_x = inside(origin + (begin + t.start) * pace, pace, len(seen), dx.shape[2])
                    products = room.of(len(seen), s, c, seen.shape[2])
                    np.matmul(matrix, seen[:, -matrix.shape[1] :], out=products.reshape(len(seen), s * c, -1))
                    write(products[rows], dx[n, :, of_x])

        return plan, job

    return [found for first in range(min(period, g.out[0])) if (found := task(first)) is not None]


def _work(y: Floats, w: Floats) -> int:
    """Count the products, at the price of one number touched for 64 of them."""
    return y.size * w[:1].size // 64
