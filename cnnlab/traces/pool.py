"""The trace of max and average pooling: per output cell its window, who wins or what is shared, and what a shift does.

Notebook 04 plays it as PoolExplorer. Letters: ``C`` channels, ``H W`` picture, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.shapes import Grid, Pad, Pair, ShapeError
from cnnlab.traces.number import decimals_needed, joined, number
from cnnlab.traces.reach import Reach
from cnnlab.words import counted

__all__ = ["Mode", "PoolStep", "PoolTrace", "shift_right", "trace_pool"]

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Mode = Literal["max", "average"]


@dataclass(frozen=True, eq=False)
class PoolStep:
    """One output cell: its window, and what becomes of it."""

    channel: int  # counted from 0
    row: int
    column: int
    window: Array  # (R, S) of the padded picture; NaN where max pooling sees padding, which never wins
    winners: Mask  # (R, S): the cells that hold the maximum; none for the average
    value: float  # what the output cell should hold
    shown: float  # what it does hold: the same, unless a learner's own output is traced
    changed: bool  # whether it differs from the output of the picture before it was shifted
    decimals: int

    @property
    def matches(self) -> bool:
        """Whether the shown value is the one the library computes, up to rounding error."""
        return bool(np.isclose(self.shown, self.value, rtol=1e-6, atol=1e-9))

    @property
    def formula(self) -> str:
        """The arithmetic with its numbers."""
        cells = [number(float(cell), self.decimals) for cell in self.window.flat if not np.isnan(cell)]
        value = number(self.value, self.decimals)
        if self.winners.any():
            return f"max({', '.join(cells)}) = {value}"
        return f"({joined(cells)}) / {len(cells)} = {value}"

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        cells, value = int(np.sum(~np.isnan(self.window))), number(self.value, self.decimals)
        text = f"Channel {self.channel + 1}, row {self.row}, column {self.column}: "
        several = counted(cells, "cell")
        ties = int(self.winners.sum())
        if not ties:
            total = number(float(np.nansum(self.window)), self.decimals)
            text += f"sum {total} over {several} is the average {value}"
        elif ties == 1:
            text += f"the largest of {several} is {value}"
        else:
            text += f"the largest of {several} is {value}, a tie of {ties} cells"
        if not self.matches:
            text += f", but your function returned {number(self.shown, self.decimals)}"
        return text + ("; the shift changed it." if self.changed else ".")


@dataclass(frozen=True, eq=False)
class PoolTrace:
    """Every step, channel by channel and in reading order. Index it: ``trace[5]`` is a :class:`PoolStep`."""

    original: Array  # (C, H, W)
    x: Array  # (C, H, W), the same, shifted
    mode: Mode
    grid: Grid
    shift: int  # columns by which the picture was moved to the right
    unshifted: Array  # (C, P, Q) by the library, of the picture where it was
    expected: Array  # (C, P, Q) by the library
    response: Array  # (C, P, Q) what is shown: `expected`, or what a learner's function returned

    @cached_property
    def padded(self) -> Array:
        """The picture with its rim, (C, top + H + bottom, left + W + right): NaN for max pooling, else 0."""
        rim = np.nan if self.mode == "max" else 0.0
        return np.asarray(ops.pad2d(self.x[None], self.grid.pads, value=rim)[0])

    @cached_property
    def windows(self) -> Array:
        """Every window, (C, P, Q, R, S)."""
        return np.asarray(ops.windows(self.padded[None], self.grid.kernel, stride=self.grid.stride)[0])

    @cached_property
    def winners(self) -> Mask:
        """The cells of every window that hold its maximum, (C, P, Q, R, S); none for the average."""
        if self.mode == "average":
            return np.zeros(self.windows.shape, bool)
        return np.asarray(self.windows == self.expected[..., None, None])

    @cached_property
    def reach(self) -> Reach:
        """Which padded cells feed which outputs; the same in every channel."""
        return Reach((self.x.shape[1], self.x.shape[2]), self.grid)

    @cached_property
    def decimals(self) -> int:
        """Decimals with which every number of the trace is written."""
        return decimals_needed(self.x, self.expected, self.response)

    @cached_property
    def differs(self) -> Mask:
        """Where the shown output is not what the library computes, (C, P, Q)."""
        return ~np.isclose(self.response, self.expected, rtol=1e-6, atol=1e-9)

    @cached_property
    def changed(self) -> Mask:
        """Where the shift changed the output, (C, P, Q)."""
        return ~np.isclose(self.unshifted, self.expected, rtol=1e-6, atol=1e-9)

    def __len__(self) -> int:
        return int(self.expected.size)

    def __getitem__(self, index: int) -> PoolStep:
        if not -len(self) <= index < len(self):
            raise IndexError(f"step: got {index}, wanted 0 to {len(self) - 1}.")
        c, p, q = at = tuple(int(i) for i in np.unravel_index(index % len(self), self.expected.shape))
        return PoolStep(
            channel=c,
            row=p,
            column=q,
            window=self.windows[at],
            winners=self.winners[at],
            value=float(self.expected[at]),
            shown=float(self.response[at]),
            changed=bool(self.changed[at]),
            decimals=self.decimals,
        )

    def __repr__(self) -> str:
        (c, h, w), (r, s), (p, q) = self.x.shape, self.grid.kernel, self.grid.out
        return f"PoolTrace: {self.mode} pooling {r}×{s} of a picture {h}×{w}×{c}, output {p}×{q}×{c}"


def shift_right(x: ArrayLike, columns: int) -> Array:
    """Move a picture (C, H, W) to the right; zeros come in from the left.

    Examples
    --------
    >>> shift_right([[[1, 2, 3]]], 1)[0]
    array([[0., 1., 2.]])
    """
    picture = np.array(x, np.float64)
    moved = np.zeros_like(picture)
    width = max(picture.shape[2] - columns, 0)
    moved[:, :, picture.shape[2] - width :] = picture[:, :, :width]
    return moved


def trace_pool(
    x: ArrayLike,
    kernel: Pair = 2,
    *,
    mode: Mode = "max",
    stride: Pair | None = None,
    pad: Pad = 0,
    shift: int = 0,
    response: ArrayLike | None = None,
) -> PoolTrace:
    """Trace the pooling of one picture (C, H, W), perhaps moved to the right first.

    Parameters
    ----------
    x, kernel, stride, pad
        As for :func:`cnnlab.ops.maxpool2d`, for one picture. Padding never wins a maximum; it counts as zeros in an
        average.
    mode
        "max" or "average".
    shift
        Columns by which the picture is moved to the right; the trace tells which outputs change by it.
    response
        What a learner's own function returned, (C, P, Q); shown in place of the library's result, with the cells that
        differ marked.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    Examples
    --------
    >>> trace_pool([[[1, 5, 2, 0]]], (1, 2))[1].formula
    'max(2, 0) = 2'
    >>> trace_pool([[[1, 5, 2, 0]]], (1, 2), mode="average")[0].sentence
    'Channel 1, row 0, column 0: sum 6 over 2 cells is the average 3.'
    """
    if not isinstance(mode, str) or mode not in ("max", "average"):
        raise ValueError(f'mode: got {mode!r}, wanted "max" or "average". Write mode="max".')
    before = np.array(x, np.float64)
    picture = shift_right(before, shift) if before.ndim == 3 else before
    expected, grid = _pooled(picture, mode, kernel, stride, pad)
    unshifted, _ = _pooled(before, mode, kernel, stride, pad)
    shown = expected if response is None else np.array(response, np.float64)
    if shown.shape != expected.shape:
        raise ShapeError(
            f"response: got shape {shown.shape}, wanted {expected.shape}: pooling keeps the channels. "
            "Return an array of that shape."
        )
    for array in (before, picture, unshifted, expected, shown):
        array.flags.writeable = False
    return PoolTrace(before, picture, mode, grid, shift, unshifted, expected, shown)


def _pooled(x: Array, mode: Mode, kernel: Pair, stride: Pair | None, pad: Pad) -> tuple[Array, Grid]:
    if mode == "max":
        y, cache = ops.maxpool2d(x[None], kernel, stride=stride, pad=pad)
        return y[0], cache.grid
    y, shared = ops.avgpool2d(x[None], kernel, stride=stride, pad=pad, count_include_pad=True)
    return y[0], shared.grid
