"""Convolution over volumes, forward and backward. Taught in notebooks 03, 05 and 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``K`` filters, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats, as_gradient, as_vector, same_dtype
from cnnlab.ops.windows import col2im, im2col
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid

__all__ = ["ConvCache", "ConvGrads", "conv2d", "conv2d_backward"]


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
    cols = im2col(x, g.kernel, stride=g.stride, pad=g.pads, dilation=g.dilation)
    y = (w.reshape(len(w), -1) @ cols).reshape(len(w), len(x), *g.out).transpose(1, 0, 2, 3)
    y = y + b[:, None, None] if b is not None else np.ascontiguousarray(y)
    return y, ConvCache(x, w, b, g)


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
    d = as_gradient(dy, (len(x), len(w), *g.out), x.dtype, "conv2d").transpose(1, 0, 2, 3).reshape(len(w), -1)
    cols = im2col(x, g.kernel, stride=g.stride, pad=g.pads, dilation=g.dilation)
    dw = (d @ cols.T).reshape(w.shape)
    db = None if b is None else d.sum(1)
    dx = None
    if need_dx:
        dcols = w.reshape(len(w), -1).T @ d
        dx = col2im(dcols, x.shape, g.kernel, stride=g.stride, pad=g.pads, dilation=g.dilation)
    return ConvGrads(dx, dw, db)
