"""The trace of a convolution over a volume: per output cell the windows, the sum of each channel, bias and ReLU.

Notebook 03 plays it as VolumeConv. Letters: ``C`` channels, ``H W`` picture, ``F`` filters, ``R S`` window, ``P Q`` its
places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.shapes import Grid, Pad, Pair, ShapeError
from cnnlab.traces.number import decimals_needed, joined, number
from cnnlab.traces.reach import Reach

__all__ = ["VolumeStep", "VolumeTrace", "trace_volume"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class VolumeStep:
    """One output cell: one filter on one window of all channels."""

    filter: int  # counted from 0
    row: int
    column: int
    window: Array  # (C, R, S) of the padded picture
    weights: Array  # (C, R, S), the filter
    products: Array  # (C, R, S) = window · weights
    partials: Array  # (C,), the sum of the products of each channel
    bias: float
    total: float  # the partial sums and the bias
    value: float  # what the output cell should hold: `total`, or 0 for a negative total with ReLU
    shown: float  # what it does hold: the same, unless a learner's own output is traced
    relu: bool
    decimals: int

    @property
    def matches(self) -> bool:
        """Whether the shown value is the one the library computes, up to rounding error."""
        return bool(np.isclose(self.shown, self.value, rtol=1e-6, atol=1e-9))

    @property
    def formula(self) -> str:
        """The sum with its numbers: one per channel, then the bias."""
        terms = joined(number(float(term), self.decimals) for term in (*self.partials, self.bias))
        total = number(self.total, self.decimals)
        relu = f", ReLU: max(0, {total}) = {number(self.value, self.decimals)}" if self.relu else ""
        return f"{terms} = {total}{relu}"

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        partials = joined(number(float(term), self.decimals) for term in self.partials)
        text = (
            f"Filter {self.filter + 1}, row {self.row}, column {self.column}: {partials}, "
            f"bias {number(self.bias, self.decimals)}, sum {number(self.total, self.decimals)}"
        )
        if self.relu:
            text += f", after ReLU {number(self.value, self.decimals)}"
        if not self.matches:
            text += f", but your function returned {number(self.shown, self.decimals)}"
        return text + "."


@dataclass(frozen=True, eq=False)
class VolumeTrace:
    """Every step, filter by filter and in reading order. Index it: ``trace[5]`` is a :class:`VolumeStep`."""

    x: Array  # (C, H, W)
    w: Array  # (F, C, R, S)
    b: Array  # (F,)
    grid: Grid
    relu: bool
    partials: Array  # (F, C, P, Q) by the library: each channel correlated alone
    totals: Array  # (F, P, Q) by the library: partial sums and bias
    response: Array  # (F, P, Q) what is shown: `expected`, or what a learner's function returned

    @cached_property
    def padded(self) -> Array:
        """The picture with its rim of zeros, (C, top + H + bottom, left + W + right)."""
        return np.asarray(ops.pad2d(self.x[None], self.grid.pads)[0])

    @cached_property
    def expected(self) -> Array:
        """What the library computes, (F, P, Q): the totals, with ReLU where it is on."""
        return ops.relu(self.totals)[0] if self.relu else self.totals

    @cached_property
    def windows(self) -> Array:
        """Every window, (C, P, Q, R, S)."""
        return np.asarray(ops.windows(self.padded[None], self.grid.kernel, stride=self.grid.stride)[0])

    @cached_property
    def reach(self) -> Reach:
        """Which padded cells feed which outputs; the same in every channel."""
        return Reach((self.x.shape[1], self.x.shape[2]), self.grid)

    @cached_property
    def decimals(self) -> int:
        """Decimals with which every number of the trace is written."""
        return decimals_needed(self.x, self.w, self.b, self.partials, self.response)

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Where the shown output is not what the library computes, (F, P, Q)."""
        return ~np.isclose(self.response, self.expected, rtol=1e-6, atol=1e-9)

    def __len__(self) -> int:
        return int(self.totals.size)

    def __getitem__(self, index: int) -> VolumeStep:
        if not -len(self) <= index < len(self):
            raise IndexError(f"step: got {index}, wanted 0 to {len(self) - 1}.")
        k, p, q = (int(i) for i in np.unravel_index(index % len(self), self.totals.shape))
        window = self.windows[:, p, q]
        return VolumeStep(
            filter=k,
            row=p,
            column=q,
            window=window,
            weights=self.w[k],
            products=window * self.w[k],
            partials=self.partials[k, :, p, q],
            bias=float(self.b[k]),
            total=float(self.totals[k, p, q]),
            value=float(self.expected[k, p, q]),
            shown=float(self.response[k, p, q]),
            relu=self.relu,
            decimals=self.decimals,
        )

    def __repr__(self) -> str:
        (c, h, w), (f, _, r, s), (p, q) = self.x.shape, self.w.shape, self.grid.out
        filters = "1 filter" if f == 1 else f"{f} filters"
        return f"VolumeTrace: {filters} {r}×{s}×{c} on a picture {h}×{w}×{c}, output {p}×{q}×{f}"


def trace_volume(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    stride: Pair = 1,
    pad: Pad = 0,
    relu: bool = False,
    response: ArrayLike | None = None,
) -> VolumeTrace:
    """Trace the convolution of one picture (C, H, W) with filters (F, C, R, S).

    Parameters
    ----------
    x, w, b, stride, pad
        As for :func:`cnnlab.ops.conv2d`, for one picture.
    relu
        Replace negative sums by 0.
    response
        What a learner's own function returned, (F, P, Q); shown in place of the library's result, with the cells that
        differ marked.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    Examples
    --------
    >>> trace = trace_volume([[[1, 2]], [[3, 4]]], [[[[5]], [[-1]]]], [10])
    >>> trace[1].formula  # 2·5 from the first channel, 4·(−1) from the second
    '10 − 4 + 10 = 16'
    >>> trace[1].sentence
    'Filter 1, row 0, column 1: 10 − 4, bias 10, sum 16.'
    """
    picture, filters = np.array(x, np.float64), np.array(w, np.float64)
    totals, cache = ops.conv2d(picture[None], filters, b, stride=stride, pad=pad)
    bias = np.zeros(len(filters)) if cache.b is None else np.array(cache.b)
    each = [
        ops.conv2d(picture[None, c : c + 1], filters[:, c : c + 1], stride=stride, pad=pad)[0][0]
        for c in range(len(picture))
    ]
    partials = np.stack(each, axis=1)  # (F, C, P, Q)
    trace = VolumeTrace(picture, filters, bias, cache.grid, bool(relu), partials, totals[0], totals[0])
    shown = trace.expected if response is None else np.array(response, np.float64)
    if shown.shape != trace.expected.shape:
        raise ShapeError(
            f"response: got shape {shown.shape}, wanted {trace.expected.shape}: one picture for each filter. "
            "Return an array of that shape."
        )
    for array in (picture, filters, bias, partials, totals, shown):
        array.flags.writeable = False
    return replace(trace, response=shown)
