"""What makes the convolution fast: im2col in blocks that stay in the cache, copied in long unbroken runs.

A block is a few pictures, or a band of rows of one large picture. Its rim is filled with zeros and its rows and columns
are dealt out like cards into `stride` piles, here called phases: in one pile, cells that a moving window cell visits
are neighbours. So all the places of one window cell, row after row, are one run of memory; im2col is then a copy of
C·R·S runs, and its gradient is as many additions. The price: each row of a run ends in a few places where the window
would hang over the rim. They are computed and never looked at, or multiplied by zeros.

Letters: ``N`` pictures, ``C`` channels, ``R S`` window, ``P Q`` its places, ``L`` places of a block with the overhang.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnlab.ops._argument import Floats
from cnnlab.shapes import Grid

__all__ = ["Block", "Plan"]

BLOCK_BYTES = 1 << 21  # of im2col at a time; with half as much, a layer of 64 filters is 5 % slower


class _Axis:
    """One axis of the picture, dealt into phases: cell w of phase i is padded cell ``i·dilation + w·stride``."""

    def __init__(self, n: int, f: int, stride: int, dilation: int, pads: tuple[int, int], places: int) -> None:
        self.n, self.stride, self.dilation, self.before = n, stride, dilation, pads[0]
        self.period = stride // math.gcd(stride, dilation)  # window cells i and i + period visit the same phase,
        self.step = self.period * dilation // stride  # this far apart
        self.phases = min(self.period, f)
        self.overhang = (f - 1) // self.period * self.step
        self.length = places + self.overhang

    def filled(self, phase: int, start: int, length: int) -> tuple[slice, slice]:
        """Which of the phase's cells [start, start + length) are picture, and which cells of the picture they are."""
        origin = phase * self.dilation + start * self.stride - self.before  # of the first cell, on the picture
        first = max(0, -(origin // self.stride))
        last = max(first, min(length, (self.n - 1 - origin) // self.stride + 1))
        return slice(first, last), slice(origin + first * self.stride, self.n, self.stride)

    def spare(self) -> int:
        """Count the zeros at both ends of every phase: the end of one row may serve as the beginning of the next."""
        rims = [self.filled(phase, 0, self.length)[0] for phase in range(self.phases)]
        return min(self.overhang, *(int(min(rim.start, self.length - rim.stop)) for rim in rims))


class Plan:
    """How a batch is cut into blocks, and where everything lies in one."""

    def __init__(self, shape: tuple[int, ...], grid: Grid, dtype: np.dtype[np.floating]) -> None:
        n, self.channels, h, w = shape
        self.grid, self.dtype = grid, dtype
        rows, columns = (
            _Axis(*axis)
            for axis in zip((h, w), grid.kernel, grid.stride, grid.dilation, grid.pads, grid.out, strict=True)
        )
        self.rows, self.columns = rows, columns
        self.pitch = columns.length - columns.spare()  # from one row to the next
        self.cells = self.channels * math.prod(grid.kernel)  # C·R·S
        fit = max(1, BLOCK_BYTES // (self.cells * self.pitch * dtype.itemsize))  # rows of places in one block
        self.band = -(-grid.out[0] // -(-grid.out[0] // fit))  # bands as equal as can be
        self.bands = -(-grid.out[0] // self.band)
        self.pictures = max(1, min(n, fit // grid.out[0]))
        self.units = n * self.bands  # what threads share: whole pictures, or bands

    def blocks(self, start: int, stop: int) -> Iterator[tuple[slice, slice]]:
        """Cut units [start, stop) into blocks: (pictures, rows of places)."""
        if self.bands == 1:
            for n in range(start, stop, self.pictures):
                yield slice(n, min(n + self.pictures, stop)), slice(0, self.grid.out[0])
            return
        for unit in range(start, stop):
            n, band = divmod(unit, self.bands)
            yield slice(n, n + 1), slice(band * self.band, min((band + 1) * self.band, self.grid.out[0]))


class Block:
    """One thread's buffers, used for one block after the other."""

    def __init__(self, plan: Plan, filters: int) -> None:
        self.plan = plan
        height = plan.pictures * (plan.band + plan.rows.overhang)
        planes = plan.channels * plan.rows.phases * plan.columns.phases * height * plan.pitch
        self._planes = np.zeros(planes + plan.columns.overhang, plan.dtype)  # the last run ends beyond the last row
        self._cols = np.empty((plan.cells + 1) * plan.pictures * plan.band * plan.pitch, plan.dtype)
        self._maps = np.empty(filters * plan.pictures * plan.band * plan.pitch, plan.dtype)
        self._filled: object = None

    def im2col(self, x: Floats, n: slice, p: slice) -> Floats:
        """Return the block's windows as columns, below them a row of ones for the bias: (C·R·S + 1, L)."""
        planes = self._layout(n, p)
        filled = (planes.shape, self.plan.rows.filled(0, p.start, planes.shape[4])[0])
        if filled != self._filled:  # else the zeros lie where the last block had them
            self._planes.fill(0)
            self._filled = filled
        for plane, picture in self._phases(planes, x[n], p):
            plane[...] = picture
        cols = self.columns(n, p)
        cols[-1] = 1
        for cells, run in self._runs(planes, cols[:-1]):
            cells[...] = run
        return cols

    def col2im(self, cols: Floats, dx: Floats, n: slice, p: slice) -> None:
        """Add every column back to the cells of dx (like x) its window saw."""
        planes = self._layout(n, p)
        self._planes.fill(0)
        self._filled = None
        for cells, run in self._runs(planes, cols):
            for r, s in np.ndindex(run.shape[1:3]):
                run[:, r, s] += cells[:, r, s]  # one window cell at a time: its own places never overlap
        for plane, picture in self._phases(planes, dx[n], p):
            picture += plane

    def columns(self, n: slice, p: slice) -> Floats:
        """Room for the columns of a block (C·R·S + 1, L)."""
        places = (n.stop - n.start) * (p.stop - p.start) * self.plan.pitch
        return self._cols[: (self.plan.cells + 1) * places].reshape(-1, places)

    def maps(self, n: slice, p: slice, filters: int) -> tuple[Floats, Floats]:
        """Room for the block's response maps: as a matrix (K, L), and without the overhang (N, K, P, Q)."""
        shape = (filters, n.stop - n.start, p.stop - p.start, self.plan.pitch)
        maps = self._maps[: math.prod(shape)].reshape(shape)
        return maps.reshape(filters, -1), maps[..., : self.plan.grid.out[1]].transpose(1, 0, 2, 3)

    def _layout(self, n: slice, p: slice) -> Floats:
        rows, columns = self.plan.rows, self.plan.columns
        height = p.stop - p.start + rows.overhang
        shape = (self.plan.channels, rows.phases, columns.phases, n.stop - n.start, height, self.plan.pitch)
        return self._planes[: math.prod(shape)].reshape(shape)

    def _phases(self, planes: Floats, pictures: Floats, p: slice) -> Iterator[tuple[Floats, Floats]]:
        """Pair the filled part of every phase with the part of the pictures it holds, both (N, C, rows, columns)."""
        for i in range(planes.shape[1]):
            rows, picture_rows = self.plan.rows.filled(i, p.start, planes.shape[4])
            for j in range(planes.shape[2]):
                columns, picture_columns = self.plan.columns.filled(j, 0, self.plan.columns.length)
                plane = planes[:, i, j, :, rows, columns].transpose(1, 0, 2, 3)
                picture = pictures[:, :, picture_rows, picture_columns]
                yield plane, picture[:, :, : plane.shape[2], : plane.shape[3]]

    def _runs(self, planes: Floats, cols: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Pair the columns of the window cells that visit one phase with their runs in it, both (C, r, s, N, L / N)."""
        rows, columns = self.plan.rows, self.plan.columns
        c, _, _, n, h, w = planes.strides
        pictures, places = planes.shape[3], cols.shape[1]
        cols = cols.reshape(self.plan.channels, *self.plan.grid.kernel, pictures, places // pictures)
        for i in range(planes.shape[1]):
            for j in range(planes.shape[2]):
                cells = cols[:, i :: rows.period, j :: columns.period]
                strides = (c, rows.step * h, columns.step * w, n, w)
                yield cells, as_strided(planes[:, i, j], cells.shape, strides)
