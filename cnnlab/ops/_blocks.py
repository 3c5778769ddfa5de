"""What makes the convolution fast: windows in blocks that stay in the cache, most of them without a copy.

A block is a few pictures, or a band of rows of them, laid out as (row, s, channel, picture, q): cell q of a row is what
column s of the window sees at place q, zeros where it sees the rim. For one row of places p the windows are then R rows
of the block, one after the other: a matrix (R·S·C, n·Q) that lies in memory as it is multiplied. So each pixel is
copied S times, not R·S times as by im2col.

Letters: ``N`` pictures, ``C`` channels, ``R S`` window, ``P Q`` its places, ``n`` pictures of a block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from cnnlab.ops._argument import Floats
from cnnlab.ops.parallel import parallel, threads_for
from cnnlab.shapes import Grid

__all__ = ["Block", "Plan", "Room", "Task", "Windows", "inside", "meeting", "share", "whole_rows"]

T = TypeVar("T")

Block = tuple[slice, slice]  # pictures, rows of places

BLOCK_BYTES = 1 << 21  # of the layout
LONG = 256  # columns from which on the matrix product runs at full speed


class Plan:
    """How a batch is cut into blocks, and the work on them shared among threads.

    With dilation, places p and p + period look at rows that stand next to each other once the rows between are left
    out; each block holds such places only. There the window moves `step` rows from one place to the next.
    """

    def __init__(self, shape: tuple[int, ...], grid: Grid, dtype: np.dtype[np.floating], work: int) -> None:
        n, self.channels = shape[:2]
        self.grid, self.dtype, self.work = grid, dtype, work
        self.period, self.step = meeting(grid.stride[0], grid.dilation[0])
        rows = BLOCK_BYTES // max(1, grid.kernel[1] * self.channels * grid.out[1] * dtype.itemsize)
        places = -(-grid.out[0] // self.period)
        whole = self.height(places)
        pictures = max(1, min(n, max(-(-LONG // grid.out[1]), rows // whole)))
        band = max(1, min(places, (rows // pictures - grid.kernel[0]) // self.step + 1))
        threads = threads_for(work)
        parts, bands = -(-n // pictures), -(-places // band)
        if n >= threads:
            parts = min(n, -(-parts // threads) * threads)  # as many for each thread
        else:
            bands = min(places, -(-bands // threads) * threads)
        self.blocks: list[Block] = [
            (slice(n * i // parts, n * (i + 1) // parts), slice(first + a * self.period, b * self.period, self.period))
            for i in range(parts)
            for first in range(min(self.period, grid.out[0]))
            for a, b in ((places * j // bands, places * (j + 1) // bands) for j in range(bands))
        ]

    def height(self, places: int) -> int:
        """Count the rows that so many rows of places see."""
        return (places - 1) * self.step + self.grid.kernel[0]


def share(tasks: Sequence[tuple[Plan, Callable[[list[Block]], T]]]) -> list[list[T]]:
    """Deal the blocks of each task out to the threads, and return what each thread's jobs return."""
    work = sum(plan.work for plan, _ in tasks)
    threads = threads_for(work)

    def part(start: int, stop: int) -> list[T]:
        return [
            job(plan.blocks[len(plan.blocks) * start // threads : len(plan.blocks) * stop // threads])
            for plan, job in tasks
        ]

    return parallel(part, threads, work)


Task = tuple[Plan, Callable[[list[Block]], Any]]


class Room:
    """One thread's memory for arrays of one kind, used for one block after the other."""

    def __init__(self, dtype: np.dtype[np.floating]) -> None:
        self._cells = np.empty(0, dtype)

    def of(self, *shape: int) -> Floats:
        """Return an array of this shape; it holds what was last written there."""
        size = math.prod(shape)
        if size > self._cells.size:
            self._cells = np.empty(size, self._cells.dtype)
        return self._cells[:size].reshape(shape)


class Windows:
    """One thread's layout, filled with one block after the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._room = Room(plan.dtype)
        self._zeros: object = None  # where the rim lies in the layout

    def of(self, x: Floats, n: slice, p: slice) -> Floats:
        """Return the windows of a block of x as one matrix per row of places: (P, R·S·C, n·Q)."""
        g, plan = self.plan.grid, self.plan
        pictures = x[n]
        places = len(range(*p.indices(g.out[0])))
        size = g.kernel[1] * plan.channels, len(pictures) * g.out[1]  # S·C, n·Q
        cells = self._room.of(plan.height(places), g.kernel[1], plan.channels, len(pictures), g.out[1])
        rows, seen_rows = inside(p.start * g.stride[0] - g.pads[0][0], g.dilation[0], len(cells), x.shape[2])
        if self._zeros != (cells.shape, rows):  # else they lie where the last block had them
            cells.fill(0)
            self._zeros = cells.shape, rows
        for s in range(g.kernel[1]):
            columns, seen_columns = inside(s * g.dilation[1] - g.pads[1][0], g.stride[1], g.out[1], x.shape[3])
            cells[rows, s, :, :, columns] = pictures[:, :, seen_rows, seen_columns].transpose(2, 1, 0, 3)
        row, column = cells.strides[0], cells.itemsize
        shape = (places, g.kernel[0] * size[0], size[1])
        return as_strided(cells, shape, (plan.step * row, size[1] * column, column), writeable=False)


def meeting(stride: int, dilation: int) -> tuple[int, int]:
    """Count the strides, and the dilations, after which the two first meet.

    Examples
    --------
    >>> meeting(stride=2, dilation=3)  # 3 strides and 2 dilations are 6 cells
    (3, 2)
    """
    common = math.gcd(stride, dilation)
    return dilation // common, stride // common


def inside(origin: int, step: int, count: int, n: int) -> tuple[slice, slice]:
    """Of the cells origin, origin + step, … say which lie on an axis of n, and where there.

    Examples
    --------
    >>> inside(-1, 2, 5, 6)  # of the cells −1, 1, 3, 5 and 7
    (slice(1, 4, None), slice(1, 7, 2))
    """
    first = max(0, -(origin // step))
    last = max(first, min(count, (n - 1 - origin) // step + 1))
    return slice(first, last), slice(origin + first * step, origin + last * step, step)


def whole_rows(a: Floats) -> NDArray[np.void]:
    """View a contiguous array with each of its rows as one item: a copy that moves rows about is twice as fast."""
    return a.view(f"V{a.shape[-1] * a.itemsize}")[..., 0]
