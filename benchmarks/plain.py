"""The peer: NumPy as most teaching libraries write it, with the whole batch in every step.

Convolution is one big im2col, one matrix product, and a loop over the window's cells on the way back; pooling is the
same im2col and an argmax. No blocks, no threads of its own, no buffers kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def im2col(x: Array, r: int, s: int, stride: int, pad: int) -> Array:
    """Copy every window: (N, P, Q, C·R·S)."""
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(x, (r, s), (2, 3))[:, :, ::stride, ::stride]
    n, c, p, q = view.shape[:4]
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(n, p, q, c * r * s)


def col2im(cols: Array, shape: tuple[int, ...], r: int, s: int, stride: int, pad: int) -> Array:
    """Add every window back to where it came from."""
    n, p, q, _ = cols.shape
    _, c, h, w = shape
    parts = cols.reshape(n, p, q, c, r, s)
    x = np.zeros((n, c, h + 2 * pad, w + 2 * pad), cols.dtype)
    for i in range(r):
        for j in range(s):
            x[:, :, i : i + stride * p : stride, j : j + stride * q : stride] += parts[..., i, j].transpose(0, 3, 1, 2)
    return x[:, :, pad : pad + h, pad : pad + w]


def conv(x: Array, w: Array, b: Array, stride: int, pad: int) -> tuple[Array, Array]:
    """Return the response maps and the columns."""
    cols = im2col(x, *w.shape[2:], stride, pad)
    return (cols @ w.reshape(len(w), -1).T + b).transpose(0, 3, 1, 2), cols


def conv_backward(dy: Array, cols: Array, x: Array, w: Array, stride: int, pad: int) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    d = dy.transpose(0, 2, 3, 1).reshape(-1, len(w))
    dw = (d.T @ cols.reshape(len(d), -1)).reshape(w.shape)
    dcols = (d @ w.reshape(len(w), -1)).reshape(cols.shape)
    return col2im(dcols, x.shape, *w.shape[2:], stride, pad), dw, d.sum(0)


def pool(kind: str, x: Array, f: int, stride: int) -> tuple[Array, Array]:
    """Return the pooled pictures and the winners."""
    n, c, h, w = x.shape
    cols = im2col(x.reshape(n * c, 1, h, w), f, f, stride, 0)
    winners = cols[..., :0] if kind == "average" else cols.argmax(-1)[..., None]
    y = cols.mean(-1) if kind == "average" else np.take_along_axis(cols, winners, -1)
    return y.reshape(n, c, *cols.shape[1:3]), winners


def pool_backward(kind: str, dy: Array, winners: Array, shape: tuple[int, ...], f: int, stride: int) -> Array:
    """Return dx."""
    n, c, h, w = shape
    d = dy.reshape(n * c, *dy.shape[2:], 1)
    dcols = np.zeros((*d.shape[:3], f * f), dy.dtype)
    if kind == "average":
        dcols += d / f**2
    else:
        np.put_along_axis(dcols, winners, d, -1)
    return col2im(dcols, (n * c, 1, h, w), f, f, stride, 0).reshape(shape)


def batchnorm(x: Array, gamma: Array, beta: Array) -> tuple[Array, Array, Array]:
    """Return y, x̂ and the standard deviations, channel by channel."""
    mean, std = x.mean((0, 2, 3), keepdims=True), np.sqrt(x.var((0, 2, 3), keepdims=True) + x.dtype.type(1e-5))
    hat = (x - mean) / std
    return gamma[:, None, None] * hat + beta[:, None, None], hat, std


def batchnorm_backward(dy: Array, gamma: Array, hat: Array, std: Array) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta."""
    axes = (0, 2, 3)
    dgamma, dbeta = (dy * hat).sum(axes), dy.sum(axes)
    count = dy.size // len(gamma)
    inner = dy - (dbeta[:, None, None] + hat * dgamma[:, None, None]) / dy.dtype.type(count)
    return gamma[:, None, None] / std * inner, dgamma, dbeta
