"""Which cells of a padded picture a window covers from which of its places, and how many places there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnlab.shapes import Grid

__all__ = ["Reach", "filled_in", "size_formula", "sizes"]

Mask = NDArray[np.bool_]


class Reach:
    """The covering of a padded picture by a window.

    Parameters
    ----------
    size
        (H, W) of the picture before padding.
    grid
        Where the window stands.

    Examples
    --------
    A window of 2 in steps of 2 over 5 columns leaves the last one out:

    >>> from cnnlab.shapes import window_grid
    >>> reach = Reach((2, 5), window_grid((2, 5), 2, stride=2))
    >>> reach.fed(0, 3)
    ([0], [1])
    >>> reach.used[0].tolist()
    [True, True, True, True, False]
    """

    def __init__(self, size: tuple[int, int], grid: Grid) -> None:
        self.rows, self.columns = (_covered(size[axis] + sum(grid.pads[axis]), grid, axis) for axis in (0, 1))

    @property
    def used(self) -> Mask:
        """Whether a padded cell lies in any window, (top + H + bottom, left + W + right)."""
        return np.outer(self.rows.any(1), self.columns.any(1))

    def fed(self, row: int, column: int) -> tuple[list[int], list[int]]:
        """Rows and columns of the outputs that a padded cell feeds."""
        return np.flatnonzero(self.rows[row]).tolist(), np.flatnonzero(self.columns[column]).tolist()


def _covered(cells: int, grid: Grid, axis: int) -> Mask:
    """Whether the window at place p covers cell i of the axis, (cells, places)."""
    step = np.arange(cells)[:, None] - np.arange(grid.out[axis]) * grid.stride[axis]  # into the window
    span = grid.dilation[axis] * (grid.kernel[axis] - 1)
    return np.asarray((step >= 0) & (step <= span) & (step % grid.dilation[axis] == 0))


def filled_in(n: int, span: int, pads: tuple[int, int], stride: int, places: int) -> str:
    """Write the size formula with its numbers; `span` is how many cells the window reaches over.

    More `places` than fit whole are rounded up, as pooling with ``ceil_mode`` does.

    Examples
    --------
    >>> filled_in(5, 3, (1, 1), 2, 3), filled_in(6, 3, (0, 1), 2, 3), filled_in(6, 3, (0, 0), 2, 3)
    ('⌊(5 + 2·1 − 3)/2⌋ + 1', '⌊(6 + 0 + 1 − 3)/2⌋ + 1', '⌈(6 + 2·0 − 3)/2⌉ + 1')
    """
    before, after = pads
    pad = f"2·{before}" if before == after else f"{before} + {after}"
    down, up = ("⌊", "⌋") if places <= (n + sum(pads) - span) // stride + 1 else ("⌈", "⌉")
    return f"{down}({n} + {pad} − {span})/{stride}{up} + 1"


def size_formula(n: int, grid: Grid, axis: int = 0) -> str:
    """Write how many places the window takes along an axis of `n` cells, with the numbers filled in.

    Examples
    --------
    >>> from cnnlab.shapes import window_grid
    >>> size_formula(5, window_grid((5, 5), 3, stride=2, pad=1))
    '⌊(5 + 2·1 − 3)/2⌋ + 1 = 3'
    """
    span = grid.dilation[axis] * (grid.kernel[axis] - 1) + 1
    return f"{filled_in(n, span, grid.pads[axis], grid.stride[axis], grid.out[axis])} = {grid.out[axis]}"


def sizes(size: tuple[int, int], grid: Grid) -> str:
    """Write the output's size along both axes, once if the numbers are the same.

    Examples
    --------
    >>> from cnnlab.shapes import window_grid
    >>> sizes((4, 5), window_grid((4, 5), 2, stride=2))
    '⌊(4 + 2·0 − 2)/2⌋ + 1 = 2 rows, ⌊(5 + 2·0 − 2)/2⌋ + 1 = 2 columns'
    """
    rows, columns = (size_formula(n, grid, axis) for axis, n in enumerate(size))
    return f"{rows} rows and columns" if rows == columns else f"{rows} rows, {columns} columns"
