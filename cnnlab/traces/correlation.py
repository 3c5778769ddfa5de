"""The trace of a 2-D correlation: for each output cell its window, its products and their sum.

Notebook 01 plays it as EdgeLab; with padding, stride and dilation notebook 02 plays it as SlidingWindow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid
from cnnlab.traces.number import decimals_needed, joined, number
from cnnlab.traces.reach import Reach

__all__ = ["CorrelationStep", "CorrelationTrace", "trace_correlation"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class CorrelationStep:
    """One output cell: where the window lies, what is multiplied, what comes out."""

    row: int
    column: int
    window: Array  # (R, S) of the padded image
    weights: Array  # (R, S), the kernel as it is multiplied (mirrored for a convolution)
    products: Array  # (R, S) = window · weights
    value: float  # sum of products: what the output cell should hold
    shown: float  # what it does hold: the same, unless a learner's own response is traced
    decimals: int

    @property
    def matches(self) -> bool:
        """Whether the shown value is the sum of the products, up to rounding error."""
        return bool(np.isclose(self.shown, self.value, rtol=1e-6, atol=1e-9, equal_nan=True))

    @property
    def formula(self) -> str:
        """The arithmetic with its numbers: every product, then the sum.

        Products with a zero weight are left out, for they add nothing.
        """
        terms = [
            f"{number(x, self.decimals)}·{number(w, self.decimals) if w >= 0 else f'({number(w, self.decimals)})'}"
            for x, w in zip(self.window.flat, self.weights.flat, strict=True)
            if w != 0
        ]
        return f"{joined(terms) if terms else '0'} = {number(self.value, self.decimals)}"

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        text = (
            f"Row {self.row}, column {self.column}: {self.window.shape[0]} by {self.window.shape[1]} window, "
            f"sum of products {number(self.value, self.decimals)}"
        )
        if not self.matches:
            text += f", but your function returned {number(self.shown, self.decimals)}"
        return text + "."


@dataclass(frozen=True, eq=False)
class CorrelationTrace:
    """Every step of one correlation, in reading order. Index it: ``trace[5]`` is a :class:`CorrelationStep`."""

    image: Array  # (H, W)
    kernel: Array  # (R, S) as given
    mirrored: bool  # True: mathematical convolution, the kernel is mirrored before it is multiplied
    expected: Array  # (P, Q) by the library
    response: Array  # (P, Q) what is shown: `expected`, or what a learner's function returned
    grid: Grid  # where the window stands

    @property
    def weights(self) -> Array:
        """The kernel as it is multiplied, (R, S)."""
        return self.kernel[::-1, ::-1] if self.mirrored else self.kernel

    @cached_property
    def padded(self) -> Array:
        """The image with its rim of zeros, (top + H + bottom, left + W + right)."""
        padded: Array = ops.pad2d(self.image[None, None], self.grid.pads)[0, 0]
        return padded

    @cached_property
    def reach(self) -> Reach:
        """Which cells of the padded image each window covers."""
        return Reach((self.image.shape[0], self.image.shape[1]), self.grid)

    @cached_property
    def decimals(self) -> int:
        """Decimals with which every number of the trace is written."""
        return decimals_needed(self.image, self.kernel, self.response)

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Where the shown response is not what the library computes, (P, Q)."""
        return ~np.isclose(self.response, self.expected, rtol=1e-6, atol=1e-9, equal_nan=True)

    def __len__(self) -> int:
        return int(self.expected.size)

    def __getitem__(self, index: int) -> CorrelationStep:
        if not -len(self) <= index < len(self):
            raise IndexError(f"step: got {index}, wanted 0 to {len(self) - 1}.")
        row, column = divmod(index % len(self), self.expected.shape[1])
        return self.at(row, column)

    def at(self, row: int, column: int) -> CorrelationStep:
        """Return the step that fills output cell (row, column)."""
        (top, left), (down, right) = np.multiply((row, column), self.grid.stride), self.grid.dilation
        rows, columns = self.kernel.shape
        window = self.padded[top::down, left::right][:rows, :columns]
        return CorrelationStep(
            row=row,
            column=column,
            window=window,
            weights=self.weights,
            products=window * self.weights,
            value=float(self.expected[row, column]),
            shown=float(self.response[row, column]),
            decimals=self.decimals,
        )

    def __repr__(self) -> str:
        (h, w), (r, s), (p, q) = self.image.shape, self.kernel.shape, self.expected.shape
        name = "convolution" if self.mirrored else "correlation"
        return f"CorrelationTrace: {name} of a {h}×{w} image with a {r}×{s} kernel, {p}×{q} response"


def trace_correlation(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    mirrored: bool = False,
    stride: Pair = 1,
    pad: Pad = 0,
    dilation: Pair = 1,
    response: ArrayLike | None = None,
) -> CorrelationTrace:
    """Trace the correlation of an image (H, W) with a kernel (R, S).

    Parameters
    ----------
    image, kernel
        As for :func:`cnnlab.ops.correlate2d`.
    mirrored
        Mirror the kernel first: mathematical convolution.
    stride, pad, dilation
        As for :func:`cnnlab.ops.conv2d`.
    response
        What a learner's own function returned, (P, Q); shown in place of the library's result, with
        the cells that differ marked.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    Examples
    --------
    >>> trace = trace_correlation([[10, 10, 0, 0]], [[1, -1]])
    >>> trace[1].formula
    '10·1 + 0·(−1) = 10'
    >>> trace[1].sentence
    'Row 0, column 1: 1 by 2 window, sum of products 10.'
    """
    picture, weights = np.array(image, np.float64), np.array(kernel, np.float64)
    if (stride, pad, dilation) == (1, 0, 1):
        expected = (ops.convolve2d if mirrored else ops.correlate2d)(image, kernel)
        grid = window_grid((picture.shape[0], picture.shape[1]), (weights.shape[0], weights.shape[1]))
    else:
        turned = weights[::-1, ::-1] if mirrored else weights
        volumes, (*_, grid) = ops.conv2d(
            picture[None, None], turned[None, None], stride=stride, pad=pad, dilation=dilation
        )
        expected = volumes[0, 0]
    if response is None:
        shown = expected
    else:
        shown = np.array(response, np.float64)
        if shown.shape != expected.shape:
            raise ShapeError(
                f"response: got shape {shown.shape}, wanted {expected.shape}: one cell for each place the kernel fits. "
                "Return an array of that shape."
            )
    for array in (picture, weights, expected, shown):
        array.flags.writeable = False
    return CorrelationTrace(picture, weights, mirrored, expected, shown, grid)
