"""Pad pictures at the rim, and cut the rim off again. Taught in notebook 02.

Letters: ``N`` pictures, ``C`` channels, ``H W`` rows and columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats, check_number
from cnnlab.shapes import Pads, Pair, ShapeError, as_pads, padded_size

__all__ = ["pad2d", "pad2d_backward"]


def pad2d(x: ArrayLike, pad: Pair | Pads, *, value: float = 0.0) -> Floats:
    """Surround every picture with a rim of equal cells.

    Parameters
    ----------
    x
        Array (N, C, H, W).
    pad
        Cells: one number, (rows, columns) or ((top, bottom), (left, right)).
    value
        What the rim holds.

    Returns
    -------
    ndarray
        (N, C, top + H + bottom, left + W + right), always a new array.

    Examples
    --------
    >>> pad2d([[[[1, 2]]]], 1)[0, 0]
    array([[0., 0., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 0., 0.]])
    """
    x = as_floats("x", x, "N C H W")
    check_number("value", value, lambda level: isinstance(level, int | float | np.number), "a number", "Write value=0.")
    pads = (top, _), (left, _) = as_pads(pad)
    n, c, h, w = x.shape
    y = np.full((n, c, *padded_size((h, w), pads)), value, x.dtype)
    y[:, :, top : top + h, left : left + w] = x  # not [top:-bottom]: empty when bottom is 0
    return y


def pad2d_backward(dy: ArrayLike, pad: Pair | Pads) -> Floats:
    """Gradient of :func:`pad2d`: the rim came from nowhere, so its gradient goes nowhere.

    Parameters
    ----------
    dy
        Array like the padded pictures.
    pad
        What the forward call was given.

    Returns
    -------
    ndarray
        dx (N, C, H, W), a view into dy.

    Examples
    --------
    >>> pad2d_backward([[[[1, 2, 3]]]], (0, 1))[0, 0]
    array([[2.]])
    """
    dy = as_floats("dy", dy, "N C H W")
    (top, bottom), (left, right) = as_pads(pad)
    h, w = dy.shape[2] - top - bottom, dy.shape[3] - left - right
    if h < 0 or w < 0:
        raise ShapeError(
            f"dy: got {dy.shape}, wanted at least {top + bottom} rows and {left + right} columns, the rim alone. "
            "Pass the gradient with respect to the padded picture, and the pad that made it."
        )
    return dy[:, :, top : top + h, left : left + w]
