"""Max and average pooling, forward and backward. Taught in notebooks 04 and 05.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats, as_gradient
from cnnlab.ops.windows import offsets
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid

__all__ = ["AvgPoolCache", "MaxPoolCache", "avgpool2d", "avgpool2d_backward", "maxpool2d", "maxpool2d_backward"]

Ties = Literal["first", "all", "share"]


class MaxPoolCache(NamedTuple):
    """What :func:`maxpool2d` keeps for its backward pass."""

    x: Floats  # (N, C, H, W)
    y: Floats  # (N, C, P, Q)
    grid: Grid
    ties: Ties


class AvgPoolCache(NamedTuple):
    """What :func:`avgpool2d` keeps for its backward pass."""

    shape: tuple[int, ...]  # (N, C, H, W)
    share: Floats  # (P, Q): one over the number of cells each window counts
    grid: Grid


def maxpool2d(
    x: ArrayLike,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    pad: Pad = 0,
    ceil_mode: bool = False,
    ties: Ties = "first",
) -> tuple[Floats, MaxPoolCache]:
    """Keep the largest value in every window, channel by channel. Padding never wins.

    Parameters
    ----------
    x
        Pictures (N, C, H, W).
    kernel
        Window: one number or (rows, columns).
    stride
        Cells from one window to the next; as large as the window unless given.
    pad
        One number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same"; smaller than the window.
    ceil_mode
        Also take a last window that hangs over the end, if it starts on the picture or its padding.
    ties
        Who receives the gradient when several cells hold the maximum: the "first" in reading order (CS231n,
        PyTorch), "all" of them in full (deeplearning.ai) or a "share" each.

    Returns
    -------
    y : ndarray
        (N, C, P, Q).
    cache : MaxPoolCache
        For :func:`maxpool2d_backward`.

    Examples
    --------
    >>> y, _ = maxpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> y[0, 0]
    array([[5., 2.]])
    """
    x = as_floats("x", x, "N C H W")
    if ties not in ("first", "all", "share"):
        raise ValueError(
            f'ties: got {ties!r}, wanted "first", "all" or "share". Write ties="first" for the usual rule.'
        )
    g = _pool_grid(x, kernel, stride, pad, ceil_mode)
    padded = _padded(x, g, -np.inf)
    y = np.full((*x.shape[:2], *g.out), -np.inf, x.dtype)
    for _, _, place in offsets(g):
        np.maximum(y, padded[place], out=y)
    return y, MaxPoolCache(x, y, g, ties)


def maxpool2d_backward(dy: ArrayLike, cache: MaxPoolCache) -> Floats:
    """Gradient of :func:`maxpool2d`: each window sends its gradient to the cell that won.

    Parameters
    ----------
    dy
        Array (N, C, P, Q).
    cache
        What the forward call returned; it says what happens at a tie.

    Returns
    -------
    ndarray
        dx (N, C, H, W).

    Examples
    --------
    >>> for ties in ("first", "all", "share"):
    ...     _, cache = maxpool2d([[[[3, 3, 1]]]], (1, 3), ties=ties)
    ...     print(maxpool2d_backward([[[[6]]]], cache)[0, 0])
    [[6. 0. 0.]]
    [[6. 6. 0.]]
    [[3. 3. 0.]]
    """
    x, y, g, ties = cache
    d = as_gradient(dy, y.shape, x.dtype, "maxpool2d")
    padded = _padded(x, g, -np.inf)
    dx = np.zeros_like(padded)
    if ties == "share":
        d = d / sum(padded[place] == y for _, _, place in offsets(g))
    free = np.ones(y.shape, bool)
    for _, _, place in offsets(g):
        won = padded[place] == y
        if ties == "first":
            won &= free
            free &= ~won
        dx[place] += won * d
    return _cropped(dx, x.shape, g)


def avgpool2d(
    x: ArrayLike,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    pad: Pad = 0,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
) -> tuple[Floats, AvgPoolCache]:
    """Average every window, channel by channel.

    Parameters
    ----------
    x, kernel, stride, pad, ceil_mode
        As for :func:`maxpool2d`.
    count_include_pad
        Whether padding counts as cells that hold zero. Unless given: yes, as in PyTorch, except with pad="same",
        where only the picture's own cells count, as in TensorFlow. What hangs over by `ceil_mode` never counts.

    Returns
    -------
    y : ndarray
        (N, C, P, Q).
    cache : AvgPoolCache
        For :func:`avgpool2d_backward`.

    Examples
    --------
    >>> y, _ = avgpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> y[0, 0]
    array([[3., 1.]])
    """
    x = as_floats("x", x, "N C H W")
    g = _pool_grid(x, kernel, stride, pad, ceil_mode)
    if count_include_pad is None:
        count_include_pad = not (isinstance(pad, str) and pad == "same")
    rows, columns = (
        _cells(x.shape[2 + a], g.kernel[a], g.stride[a], g.pads[a], g.out[a], count_include_pad) for a in (0, 1)
    )
    share = (1 / np.outer(rows, columns)).astype(x.dtype)  # (P, Q)
    padded = _padded(x, g, 0)
    y = np.zeros((*x.shape[:2], *g.out), x.dtype)
    for _, _, place in offsets(g):
        y += padded[place]
    y *= share
    return y, AvgPoolCache(x.shape, share, g)


def avgpool2d_backward(dy: ArrayLike, cache: AvgPoolCache) -> Floats:
    """Gradient of :func:`avgpool2d`: each window shares its gradient equally among the cells it counted.

    Parameters
    ----------
    dy
        Array (N, C, P, Q).
    cache
        What the forward call returned.

    Returns
    -------
    ndarray
        dx (N, C, H, W).

    Examples
    --------
    >>> _, cache = avgpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> avgpool2d_backward([[[[4, 6]]]], cache)[0, 0]
    array([[2., 2., 3., 3.]])
    """
    shape, share, g = cache
    d = as_gradient(dy, (*shape[:2], *g.out), share.dtype, "avgpool2d") * share
    dx = np.zeros((*shape[:2], *_padded_size(shape[2:], g)), d.dtype)
    for _, _, place in offsets(g):
        dx[place] += d
    return _cropped(dx, shape, g)


def _pool_grid(x: Floats, kernel: Pair, stride: Pair | None, pad: Pad, ceil_mode: bool) -> Grid:
    g = window_grid(x.shape[2:], kernel, stride=kernel if stride is None else stride, pad=pad, ceil_mode=ceil_mode)
    for axis, f, sides in zip(("rows", "columns"), g.kernel, g.pads, strict=True):
        if max(sides) >= f:
            raise ShapeError(
                f"pad: got {max(sides)} {axis} for a window of {f}, wanted fewer than {f}: a window must see the "
                f"picture. Choose pad ≤ {f - 1} or a larger window."
            )
    return g


def _cells(n: int, f: int, stride: int, pads: tuple[int, int], places: int, with_pad: bool) -> Floats:
    """Count the cells each window of one axis averages over."""
    start = np.arange(places) * stride - pads[0]
    low, high = (-pads[0], n + pads[1]) if with_pad else (0, n)
    return (np.minimum(start + f, high) - np.maximum(start, low)).astype(np.float64)


def _padded_size(size: tuple[int, ...], g: Grid) -> tuple[int, int]:
    """(rows, columns) of the padded picture, made longer where the last window hangs over."""
    h, w = (
        max(n + sum(pads), stride * (places - 1) + f)
        for n, pads, stride, places, f in zip(size, g.pads, g.stride, g.out, g.kernel, strict=True)
    )
    return h, w


def _padded(x: Floats, g: Grid, value: float) -> Floats:
    size = _padded_size(x.shape[2:], g)
    if size == x.shape[2:]:
        return x
    y = np.full((*x.shape[:2], *size), value, x.dtype)
    (top, _), (left, _) = g.pads
    y[:, :, top : top + x.shape[2], left : left + x.shape[3]] = x
    return y


def _cropped(dx: Floats, shape: tuple[int, ...], g: Grid) -> Floats:
    (top, _), (left, _) = g.pads
    _, _, h, w = shape
    return np.ascontiguousarray(dx[:, :, top : top + h, left : left + w])
