"""What BackpropExplorer's controls choose: the examples it starts with, and what it accepts as one's own numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.traces.backward import EXAMPLE_DY, EXAMPLE_W, EXAMPLE_X, Operation, Ties, View
from cnnlab.widgets.inputs import numbers, within

__all__ = ["DEFAULT", "PRESETS", "Setting", "filled", "read", "same"]

Floats = NDArray[np.float64]

MOST_VALUE = 1000.0


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose. The arrays are cut or filled up to the sizes."""

    x: Floats
    w: Floats
    dy: Floats
    b: float
    operation: Operation
    size: tuple[int, int]  # (H, W)
    kernel: tuple[int, int]  # (R, S)
    pad: int
    stride: int
    ties: Ties
    view: View


def _plain(values: ArrayLike) -> Floats:
    return np.array(values, np.float64)


_X, _W, _DY = _plain(EXAMPLE_X), _plain(EXAMPLE_W), _plain(EXAMPLE_DY)
# After ReLU: a window of nothing but zeros, one maximum, two equal maxima, zeros again. Every δ can be shared out.
_RELU, _RELU_DY = _plain([[0, 0, 2, 0], [0, 0, 0, 1], [3, 1, 0, 0], [1, 3, 0, 0]]), _plain([[4, 2], [6, 8]])
DEFAULT = Setting(_X, _W, _DY, 0.0, "convolution", (3, 3), (2, 2), 0, 1, "first", "windows")
PRESETS = {
    "3×3 input, 2×2 kernel": DEFAULT,
    "3×3 windows overlap at stride 2": replace(DEFAULT, size=(5, 5), kernel=(3, 3), stride=2),
    "ties after ReLU": replace(
        DEFAULT, x=_RELU, dy=_RELU_DY, operation="max pooling", size=(4, 4), kernel=(2, 2), stride=2
    ),
}


def same(one: Setting, other: Setting) -> bool:
    """Tell whether two settings have the same numbers, sizes and operation, whatever the view."""
    names = ("b", "operation", "size", "kernel", "pad", "stride")
    arrays = all(getattr(one, name) is getattr(other, name) for name in ("x", "w", "dy"))
    return arrays and all(getattr(one, name) == getattr(other, name) for name in names)


def filled(values: Floats, shape: tuple[int, int], count: int, least: int) -> Floats:
    """Cut an array to a shape; where it is too small, fill it up with small whole numbers.

    Examples
    --------
    >>> filled(np.array([[7.0, 8], [9, 7]]), (1, 4), 5, -1)
    array([[7., 8., 0., 3.]])
    """
    r, c = np.indices(shape)
    filled = (2.0 * r + 3 * c + r * c) % count + least
    rows, columns = np.minimum(shape, values.shape)
    filled[:rows, :columns] = values[:rows, :columns]
    return filled


def read(name: str, given: ArrayLike, most: int) -> Floats:
    """Accept a plane of numbers that can be read."""
    plane = numbers(name, given).astype(np.float64)
    if plane.ndim != 2 or plane.size == 0:
        remedy = "Write one row as [[1, 2, 3]]."
        if plane.ndim > 2:
            remedy = f"Pass one plane of it, for example {name}[{'0' if plane.ndim == 3 else '0, :, :, 0'}]."
        raise ShapeError(
            f"{name}: got shape {plane.shape}, wanted 2 axes (rows, columns) with at least 1 cell. {remedy}"
        )
    if max(plane.shape) > most:
        raise ShapeError(
            f"{name}: got {plane.shape[0]}×{plane.shape[1]}, wanted at most {most}×{most} so that every number can be "
            f"read. Take a part: {name}[:{most}, :{most}]."
        )
    within(name, plane, MOST_VALUE)
    return plane
