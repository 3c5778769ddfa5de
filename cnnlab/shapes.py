"""Sizes: the one home of every formula that predicts a shape.

Taught in notebook 01 (a filter that fits) and 02 (padding and stride).
"""

from __future__ import annotations

__all__ = ["ShapeError", "output_size"]


class ShapeError(ValueError):
    """An array's shape does not suit the operation; the message says which, what was wanted and a remedy."""


def output_size(n: int, f: int, pad: int = 0, stride: int = 1) -> int:
    """Count the places a window can take along one axis: ``floor((n + 2·pad − f) / stride) + 1``.

    Parameters
    ----------
    n
        Length of the input along the axis, in cells.
    f
        Length of the window (the filter) along the axis, in cells.
    pad
        Cells added on *each* side.
    stride
        Cells from one window to the next.

    Returns
    -------
    int
        Number of outputs, at least 1. A window that would hang over the rim is not taken.

    Raises
    ------
    ShapeError
        If the window does not fit even once, or a size, pad or stride makes no sense.

    Examples
    --------
    A 3-wide filter on 6 cells starts at 0, 1, 2 or 3:

    >>> output_size(6, 3)
    4
    >>> output_size(7, 3, stride=2)
    3
    """
    for name, value, least in (("n", n, 1), ("f", f, 1), ("pad", pad, 0), ("stride", stride, 1)):
        if value < least:
            raise ShapeError(f"{name}: got {value}, wanted at least {least}. Choose {name} ≥ {least}.")
    room = n + 2 * pad - f
    if room < 0:
        raise ShapeError(
            f"f: got a window of {f} on {n} cells padded by {pad} per side, wanted at most {n + 2 * pad}. "
            f"Take a window of {n + 2 * pad} or less, or pad by at least {-(-(f - n) // 2)}."
        )
    return room // stride + 1
