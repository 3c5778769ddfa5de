"""The trace of im2col: which window becomes which column, what a filter makes of it, and how col2im adds it back.

Notebook 07 plays it as Im2colExplorer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces.number import decimals_needed, joined, number

__all__ = ["Im2colStep", "Im2colTrace", "trace_im2col"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Im2colStep:
    """One column: the window it was, what the filter makes of it, and where col2im adds it."""

    index: int  # of the column
    row: int  # of the output cell
    column: int
    top: int  # where the window begins in the padded picture
    left: int
    entries: Array  # (C·R·S,) the column
    weights: Array  # (C·R·S,) the filter as one row
    value: float  # row times column
    before: Array  # (C·R·S,) what col2im had in the window's cells before this column
    after: Array  # (C·R·S,) and after it
    shape: tuple[int, int]  # (R, S)
    wrong: int  # entries that are not the library's
    decimals: int

    @property
    def formula(self) -> str:
        """Row times column, with every product whose weight is not zero."""
        terms = [
            f"{number(x, self.decimals)}·{number(w, self.decimals) if w >= 0 else f'({number(w, self.decimals)})'}"
            for x, w in zip(self.entries, self.weights, strict=True)
            if w != 0
        ]
        return f"{joined(terms) if terms else '0'} = {number(self.value, self.decimals)}"

    @property
    def adding(self) -> str:
        """What col2im does with the column, as a line of Python with its numbers."""
        (r, s), top, left = self.shape, self.top, self.left
        return f"sums[:, {top}:{top + r}, {left}:{left + s}] += column {self.index}"

    @property
    def adding_sentence(self) -> str:
        """What col2im does with the column, in words."""
        return (
            f"Column {self.index} is added to the window at row {self.top}, column {self.left}: each of its "
            f"{len(self.entries)} numbers goes back to the cell it came from."
        )

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        text = (
            f"The window at row {self.top}, column {self.left} becomes column {self.index} of the matrix; "
            f"filter times column gives {number(self.value, self.decimals)}, output row {self.row}, "
            f"column {self.column}"
        )
        if self.wrong:
            text += f"; {self.wrong} of {len(self.entries)} numbers in this column differ from the library's"
        return text + "."


@dataclass(frozen=True, eq=False)
class Im2colTrace:
    """Every column of the matrix. Index it: ``trace[5]`` is an :class:`Im2colStep`."""

    image: Array  # (C, H, W)
    weights: Array  # (C, R, S) one filter
    stride: int
    pad: int
    padded: Array  # (C, H + 2·pad, W + 2·pad)
    output: tuple[int, int]  # (P, Q)
    expected: Array  # (C·R·S, P·Q) by the library
    matrix: Array  # (C·R·S, P·Q) what is shown: `expected`, or what a learner's function returned
    source: NDArray[np.int64]  # (C·R·S, P·Q): the cell of the padded picture, counted in reading order

    @cached_property
    def decimals(self) -> int:
        """Decimals with which every number of the trace is written."""
        return decimals_needed(self.image, self.weights, self.matrix)

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Where the matrix shown is not the library's."""
        return ~np.isclose(self.matrix, self.expected, rtol=1e-6, atol=1e-9, equal_nan=True)

    @cached_property
    def terms(self) -> Array:
        """Every number of the matrix times its weight, (C·R·S, P·Q)."""
        return self.weights.reshape(-1, 1) * self.matrix

    @cached_property
    def products(self) -> Array:
        """The filter as one row times the matrix: one number per column, (P·Q,)."""
        return np.asarray(self.weights.reshape(-1) @ self.matrix)

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """How many columns hold each cell of the padded picture, (C, H + 2·pad, W + 2·pad)."""
        return np.asarray(self._add_back(np.ones((*self.matrix.shape, 1)))[0], np.int64)

    @cached_property
    def sums(self) -> Array:
        """What col2im has after each column, (P·Q, C, H + 2·pad, W + 2·pad): column j is the last added in sums[j]."""
        count = self.matrix.shape[1]
        # One picture for each number of columns; (C·R·S, P·Q, pictures)
        return self._add_back(self.matrix[:, :, None] * np.triu(np.ones((count, count))))

    def _add_back(self, columns: Array) -> Array:
        """Let col2im add columns (C·R·S, P·Q, N) into N padded pictures."""
        size, places, n = columns.shape
        flat = columns.transpose(0, 2, 1).reshape(size, n * places)
        return ops.col2im(flat, (n, *self.padded.shape), self.weights.shape[1:], stride=self.stride)

    @cached_property
    def holders(self) -> list[list[tuple[int, int]]]:
        """For each cell of the padded picture, in reading order: row and column of its copies in the matrix."""
        holders: list[list[tuple[int, int]]] = [[] for _ in range(self.padded.size)]
        for (row, column), cell in np.ndenumerate(self.source):
            holders[cell].append((row, column))
        return holders

    def columns_of(self, cell: int) -> list[int]:
        """Columns that hold a cell of the padded picture, counted in reading order."""
        return sorted(column for _, column in self.holders[cell])

    def __len__(self) -> int:
        return int(self.matrix.shape[1])

    def __getitem__(self, index: int) -> Im2colStep:
        if not -len(self) <= index < len(self):
            raise IndexError(f"step: got {index}, wanted 0 to {len(self) - 1}.")
        j = index % len(self)
        row, column = divmod(j, self.output[1])
        after = self.sums[j].reshape(-1)[self.source[:, j]]
        before = self.sums[j - 1].reshape(-1)[self.source[:, j]] if j else np.zeros_like(after)
        _, r, s = self.weights.shape
        return Im2colStep(
            index=j,
            row=row,
            column=column,
            top=row * self.stride,
            left=column * self.stride,
            entries=self.matrix[:, j],
            weights=self.weights.reshape(-1),
            value=float(self.products[j]),
            before=before,
            after=after,
            shape=(r, s),
            wrong=int(self.differs[:, j].sum()),
            decimals=self.decimals,
        )

    def __repr__(self) -> str:
        (c, h, w), (_, r, s) = self.image.shape, self.weights.shape
        rows, columns = self.matrix.shape
        return f"Im2colTrace: {c}×{h}×{w} image, {r}×{s} window, {rows}×{columns} matrix"


def trace_im2col(
    image: ArrayLike, weights: ArrayLike, *, stride: int = 1, pad: int = 0, matrix: ArrayLike | None = None
) -> Im2colTrace:
    """Trace im2col of one image (C, H, W), the product with one filter (C, R, S), and col2im.

    Parameters
    ----------
    image, weights, stride, pad
        As for :func:`cnnlab.ops.im2col`, without the axis of the pictures.
    matrix
        What a learner's own im2col returned, (C·R·S, P·Q); shown in place of the library's result, with the cells
        that differ marked.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.

    Examples
    --------
    >>> trace = trace_im2col([[[1, 2, 3]]], [[[1, -1]]])
    >>> trace.matrix
    array([[1., 2.],
           [2., 3.]])
    >>> trace[1].formula
    '2·1 + 3·(−1) = −1'
    >>> trace.sums[-1][0]  # the 2 was in both columns
    array([[1., 4., 3.]])
    """
    picture, filters = np.array(image, np.float64), np.array(weights, np.float64)
    if picture.ndim != 3 or filters.ndim != 3 or len(picture) != len(filters):
        raise ShapeError(
            f"image, weights: got shapes {picture.shape} and {filters.shape}, wanted (C, H, W) and (C, R, S) with the "
            "same number of channels. For one channel write image[None]."
        )
    kernel = (filters.shape[1], filters.shape[2])
    out, _ = ops.conv2d(picture[None], filters[None], stride=stride, pad=pad)
    expected = ops.im2col(picture[None], kernel, stride=stride, pad=pad)
    padded = ops.pad2d(picture[None], pad)[0]
    cells = np.arange(padded.size, dtype=np.float64).reshape(1, *padded.shape)
    source = ops.im2col(cells, kernel, stride=stride).astype(np.int64)
    shown = expected if matrix is None else np.array(matrix, np.float64)
    if shown.shape != expected.shape:
        raise ShapeError(
            f"matrix: got shape {shown.shape}, wanted {expected.shape}: C·R·S rows and a column for each place the "
            "window fits. Return an array of that shape."
        )
    for array in (picture, filters, padded, expected, shown, source):
        array.flags.writeable = False
    return Im2colTrace(picture, filters, stride, pad, padded, out.shape[2:], expected, shown, source)
