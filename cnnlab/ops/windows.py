"""Look at a picture through a window: as a view, as a matrix, and back. Taught in notebook 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats
from cnnlab.ops.padding import pad2d, pad2d_backward
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid

__all__ = ["col2im", "im2col", "offsets", "windows"]


def windows(x: ArrayLike, kernel: Pair, *, stride: Pair = 1, pad: Pad = 0, dilation: Pair = 1) -> Floats:
    """Every window of every picture, as a read-only view: nothing is copied but the padding.

    Parameters
    ----------
    x
        Array (N, C, H, W).
    kernel, stride, dilation
        One number for both axes or (rows, columns).
    pad
        One number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same".

    Returns
    -------
    ndarray
        (N, C, P, Q, R, S).

    Examples
    --------
    >>> windows([[[[1, 2, 3, 4]]]], (1, 2), stride=2)[0, 0, 0]
    array([[[1., 2.]],
           [[3., 4.]]])
    """
    x = as_floats("x", x, "N C H W")
    g = window_grid(x.shape[2:], kernel, stride=stride, pad=pad, dilation=dilation)
    if g.pads != ((0, 0), (0, 0)):
        x = pad2d(x, g.pads)
    n, c, h, w = x.strides
    # (N, C, P, Q, R, S)
    return np.lib.stride_tricks.as_strided(
        x,
        x.shape[:2] + g.out + g.kernel,
        (n, c, h * g.stride[0], w * g.stride[1], h * g.dilation[0], w * g.dilation[1]),
        writeable=False,
    )


def im2col(x: ArrayLike, kernel: Pair, *, stride: Pair = 1, pad: Pad = 0, dilation: Pair = 1) -> Floats:
    """Write every window as a column of one matrix, so that a convolution becomes one matrix product.

    Parameters
    ----------
    x, kernel, stride, pad, dilation
        As for :func:`windows`.

    Returns
    -------
    ndarray
        (C·R·S, N·P·Q): a column runs over channel, row and column of its window; the columns run over picture, row
        and column of the place (picture slowest).

    Examples
    --------
    >>> im2col([[[[1, 2, 3]]]], (1, 2))
    array([[1., 2.],
           [2., 3.]])
    """
    view = windows(x, kernel, stride=stride, pad=pad, dilation=dilation)
    n, c, p, q, r, s = view.shape
    return view.transpose(1, 4, 5, 0, 2, 3).reshape(c * r * s, n * p * q)


def col2im(
    cols: ArrayLike,
    x_shape: tuple[int, int, int, int],
    kernel: Pair,
    *,
    stride: Pair = 1,
    pad: Pad = 0,
    dilation: Pair = 1,
) -> Floats:
    """Add every column back where :func:`im2col` took it from: the gradient of im2col, not its inverse.

    A pixel that several windows saw receives the sum of what they send.

    Parameters
    ----------
    cols
        Array (C·R·S, N·P·Q).
    x_shape
        (N, C, H, W) of the pictures.
    kernel, stride, pad, dilation
        What im2col was given.

    Returns
    -------
    ndarray
        (N, C, H, W).

    Examples
    --------
    >>> col2im([[1, 1], [1, 1]], (1, 1, 1, 3), (1, 2))[0, 0]  # both windows saw the middle
    array([[1., 2., 1.]])
    """
    cols = as_floats("cols", cols, "C·R·S N·P·Q")
    if np.shape(x_shape) != (4,):
        raise ShapeError(f"x_shape: got {x_shape}, wanted (N, C, H, W). Pass the shape of the pictures, x.shape.")
    n, c, h, w = x_shape
    g = window_grid((h, w), kernel, stride=stride, pad=pad, dilation=dilation)
    (r, s), (p, q), (top_bottom, left_right) = g.kernel, g.out, g.pads
    if cols.shape != (c * r * s, n * p * q):
        raise ShapeError(
            f"cols: got {cols.shape}, wanted {(c * r * s, n * p * q)} for pictures {tuple(x_shape)} seen through "
            f"{r}×{s}. Pass im2col's settings, and x_shape of the pictures before padding."
        )
    dx = np.zeros((n, c, h + sum(top_bottom), w + sum(left_right)), cols.dtype)
    parts = cols.reshape(c, r, s, n, p, q)
    for i, j, place in offsets(g):
        dx[place] += parts[:, i, j].transpose(1, 0, 2, 3)  # no index occurs twice here, so += adds them all
    return pad2d_backward(dx, g.pads)


def offsets(g: Grid) -> list[tuple[int, int, tuple[slice, ...]]]:
    """For each cell (i, j) of the window, the slice of the padded pictures that this cell visits.

    Examples
    --------
    >>> _, (i, j, place) = offsets(window_grid((1, 5), (1, 2), stride=2))
    >>> i, j, place[3]
    (0, 1, slice(1, 4, 2))
    """
    (sh, sw), (dh, dw), (p, q) = g.stride, g.dilation, g.out
    every = slice(None)
    return [
        (
            i,
            j,
            (every, every, slice(i * dh, i * dh + sh * (p - 1) + 1, sh), slice(j * dw, j * dw + sw * (q - 1) + 1, sw)),
        )
        for i in range(g.kernel[0])
        for j in range(g.kernel[1])
    ]
