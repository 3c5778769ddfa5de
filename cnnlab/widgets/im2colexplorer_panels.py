"""Im2colExplorer's panels: the padded image, the matrix, the output, and the arithmetic of one column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.im2col import Im2colTrace
from cnnlab.traces.number import number
from cnnlab.widgets.cells import (
    CELL,
    DULL,
    FAINT,
    FRAME,
    PAPER,
    PROBE,
    RIM,
    RULE,
    SIZE,
    crosses,
    grid,
    looked_up,
    result,
    width_for,
)
from cnnlab.widgets.stack import cursor_in
from cnnlab.widgets.svg import At, Blocks, Box, Clip, Label, Mover, Panel, Raster, Shape, rectangles

__all__ = ["GAP", "Drawn", "arithmetic", "image", "matrix", "output"]

Shapes = tuple[Shape, ...]
Array = NDArray[Any]
Words = NDArray[np.str_]

TINTS = ("#dbe9fb", "#fdecc8", "#e0f3dc")  # of the channels
INK = "#1b1b1b"
ROOM = 940.0  # for a matrix with a number in every cell
WIDEST = 130.0  # cell: fourteen characters
LONGEST = 264.0  # row of the arithmetic: a narrow page has room for it
TOP, GAP = 20.0, 10.0  # room for the columns' numbers; between the matrix and what stands around it


@dataclass(frozen=True, eq=False)
class Drawn:
    """A trace with the sizes it is drawn in."""

    trace: Im2colTrace
    back: bool

    @cached_property
    def width(self) -> float:
        """Width of a cell with the longest number there is."""
        t = self.trace
        shown = [t.padded, t.matrix, t.terms, t.products, t.weights, *([t.sums] if self.back else [])]
        words = (number(float(v), t.decimals) for array in shown for v in np.unique(array))
        return width_for(words, WIDEST)

    @property
    def numbered(self) -> bool:
        """Whether there is room for a number in every cell of the matrix."""
        return len(self.trace) * self.width <= ROOM

    @property
    def pitch(self) -> tuple[float, float]:
        """Width and height of a cell of the matrix."""
        return (
            (self.width, CELL)
            if self.numbered
            else (max(6.0, ROOM // len(self.trace)), max(10.0, min(CELL, 160.0 // len(self.trace.matrix))))
        )

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of the padded image, its channels one below the other."""
        c, h, w = self.trace.padded.shape
        return c * h, w

    @property
    def lines(self) -> tuple[int, int]:
        """Rows and columns in which the arithmetic writes a channel of the window: one row, if it is not too long."""
        _, r, s = self.trace.weights.shape
        return (1, r * s) if r * s * self.width <= LONGEST else (r, s)

    def top(self, channel: int) -> float:
        """Where a channel begins in the paths of cells: one below the other, a cell apart."""
        return float(channel * (self.trace.padded.shape[1] + 1) * CELL)

    @property
    def padding(self) -> NDArray[np.bool_]:
        """Which cells of the padded image are padding, (C·rows, columns)."""
        rim = np.ones(self.trace.padded.shape, bool)
        pad, (_, h, w) = self.trace.pad, self.trace.image.shape
        rim[:, pad : pad + h, pad : pad + w] = False
        return rim.reshape(self.cells)


def image(drawn: Drawn) -> tuple[Panel, ...]:
    """Draw the channels of the padded image side by side; in col2im the sums so far."""
    return tuple(_channel(drawn, c) for c in range(len(drawn.trace.padded)))


def _channel(drawn: Drawn, c: int) -> Panel:
    trace, w = drawn.trace, drawn.width
    channels, rows, columns = trace.padded.shape
    part = c * rows, rows
    padding = drawn.padding[part[0] : part[0] + rows]
    tints, inks = np.where(padding, RIM, TINTS[c]), np.where(padding, FAINT, INK)
    if drawn.back:
        shapes: list[Shape] = _ground(tints, w)
        places = enumerate(np.ndindex(rows, columns), c * rows * columns)
        shapes += [_number(i, j, w, slot=f"sum{id_}", ink=str(inks[i, j])) for id_, (i, j) in places]
    else:
        shapes = _grid(trace.padded[c], drawn, tints, inks)
    width, height = columns * w, rows * CELL
    # What is looked up for a cell of any channel lies where the channels stand one below the other.
    shifted = At(3, 3 - drawn.top(c), _outline("from", PROBE))
    shapes += [*_outline("window", FRAME), *_outline("from_window", PROBE, 1.5)]
    shapes += [Clip(-3, -3, width + 6, height + 6, (shifted,)), cursor_in(f"probe{c}", part, (width, height), w, PROBE)]
    name = "Sums of the columns" if drawn.back else "Padded input" if trace.pad else "Input"
    title = f"{name} {channels}×{rows}×{columns}{', channel 0' if channels > 1 else ''}" if c == 0 else f"channel {c}"
    return Panel(
        title,
        width,
        height,
        tuple(shapes),
        area="probe",
        grid=(0, 0, width, height),
        part=part,
        help="Arrow keys move to a cell and outline its copies in the matrix.",
    )


def _grid(values: Array, drawn: Drawn, tints: Words, inks: Words | None = None) -> list[Shape]:
    _, words = grid(values, drawn.width, drawn.trace.decimals, tints, inks)
    return [*_ground(tints, drawn.width), *words]


def _ground(tints: Words, width: float) -> list[Shape]:
    """Draw empty cells, those of one colour as one shape."""
    return [
        Blocks(rectangles((j * width, i * CELL, width, CELL) for i, j in np.argwhere(tints == tint)), str(tint), RULE)
        for tint in np.unique(tints)
    ]


def _number(row: int, column: float, width: float, text: str = "", *, slot: str = "", ink: str = INK) -> Label:
    return Label((column + 0.5) * width, (row + 0.5) * CELL, text, SIZE, ink, slot)


def _separators(width: float, height: float, count: int) -> list[Shape]:
    """Draw a thick line between two channels."""
    return [Box(0, n * height / count - 1.5, width, 3, INK) for n in range(1, count)]


def matrix(drawn: Drawn) -> Panel:
    """Draw the matrix, the filter at its left and the products below; a large one in shades."""
    trace, (w, h) = drawn.trace, drawn.pitch
    rows, columns = trace.matrix.shape
    width, height = columns * w, rows * h
    shapes: list[Shape] = [Raster(0, 0, width, height, "matrix.png")]
    filters = below = 0.0
    around: list[Shape] = []
    if drawn.numbered:
        filters, below = (0.0, 0.0) if drawn.back else (drawn.width + GAP, GAP + CELL)
        shapes, around = _numbered(drawn), _margins(drawn, filters)
    shapes += _separators(width, height, len(trace.weights))
    if drawn.back:
        shapes.append(Blocks(fill=FRAME, slot="added"))
    else:
        shapes.append(Blocks(fill=DULL, slot="rest", mark="cnnlab-cover"))
    shapes += [*_outline("column", FRAME), *_outline("copies", PROBE), *_outline("from_copies", PROBE)]
    here = (*_frame(w, h, PROBE), Box(2, 2, w - 4, h - 4, stroke=PROBE, line=2))
    shapes.append(Mover("entry", here, (0, w), (0, h), "entry"))
    return Panel(
        f"im2col matrix {rows}×{columns}" + ("" if drawn.numbered else ", dark to bright"),
        filters + width,
        TOP + height + below + 6,
        (*around, At(filters, TOP, tuple(shapes))),
        area="entry",
        grid=(filters, TOP, width, height),
        help="Arrow keys move to a cell and outline where it came from, with all its copies. Enter goes to its column.",
        before="←" if drawn.back else "→",
    )


def _numbered(drawn: Drawn) -> list[Shape]:
    trace = drawn.trace
    rows, columns = trace.matrix.shape
    channels = np.repeat(TINTS[: len(trace.weights)], rows // len(trace.weights))[:, None]
    shapes = _grid(trace.matrix, drawn, np.broadcast_to(channels, trace.matrix.shape))
    if not drawn.back:
        products = _grid(trace.products[None], drawn, np.full((1, columns), PAPER))
        shapes.append(At(0, rows * CELL + GAP, tuple(products)))
    return [*shapes, *crosses(trace.differs, drawn.width)]


def _margins(drawn: Drawn, left: float) -> list[Shape]:
    """Draw the numbers of the columns above, and the filter's row, stood up, at the left."""
    trace, w = drawn.trace, drawn.width
    rows, columns = trace.matrix.shape
    shapes: list[Shape] = [Label(left + (j + 0.5) * w, 9, str(j), 13, "currentColor") for j in range(columns)]
    if not drawn.back:
        weights = _grid(trace.weights.reshape(rows, 1), drawn, np.full((rows, 1), PAPER))
        shapes += [Label(w / 2, 9, "filter", 13, "currentColor"), At(0, TOP, tuple(weights))]
        shapes.append(Label(w / 2, TOP + (rows + 0.5) * CELL + GAP, "Σ →", SIZE, "currentColor"))
    return shapes


def output(drawn: Drawn) -> Panel:
    """Draw the output, or in col2im the number of the column of each place."""
    trace, w = drawn.trace, drawn.width
    p, q = trace.output
    values = np.arange(float(len(trace))) if drawn.back else trace.products
    shapes = _grid(values.reshape(p, q), drawn, np.full((p, q), PAPER))
    if not drawn.back:
        shapes.append(Blocks(fill=DULL, slot="rest_output", mark="cnnlab-cover"))
    shapes.append(Mover("cell", _frame(w, CELL, FRAME), (0, w), (0, CELL)))
    return Panel(
        f"Column of each window {p}×{q}" if drawn.back else f"Output {p}×{q}",
        q * w,
        p * CELL,
        tuple(shapes),
        area="cell",
        grid=(0, 0, q * w, p * CELL),
        help="Arrow keys move the window. Enter pins it, Escape releases it.",
        before="←" if drawn.back else "→",
    )


def arithmetic(drawn: Drawn) -> tuple[Panel, ...]:
    """Filter · column = products → sum; in col2im window + column = window. A line for each channel, or a block."""
    trace, (rows, columns) = drawn.trace, drawn.lines
    if drawn.back:
        before, column = _block("Window before", "before", drawn), _block("Column", "column_", drawn, "+")
        return before, column, _block("Window after", "after", drawn, "=")
    tints = np.repeat(TINTS[: len(trace.weights)], rows)[:, None]  # (C·lines, 1)
    lines = trace.weights.reshape(-1, columns)
    title = "Filter as one row" if rows == 1 else "Filter"
    shapes = _grid(lines, drawn, np.broadcast_to(tints, lines.shape))
    weights = Panel(title, columns * drawn.width, len(lines) * CELL, tuple(shapes))
    column, products = _block("Column", "column_", drawn, "·"), _block("Products", "times", drawn, "=")
    words = [number(float(value), trace.decimals) for value in trace.products]
    return weights, column, products, result("Sum", "value", words, "→", last=True)


def _block(title: str, name: str, drawn: Drawn, before: str = "") -> Panel:
    """Draw C·R·S numbers that are looked up."""
    c, (rows, columns), w = len(drawn.trace.weights), drawn.lines, drawn.width
    size = rows * columns
    blocks = (At(0, n * rows * CELL, looked_up((rows, columns), w, name, TINTS[n], first=n * size)) for n in range(c))
    return Panel(title, columns * w, c * rows * CELL, tuple(blocks), before=before)


def _outline(slot: str, colour: str, line: float = 3) -> Shapes:
    """Outline rectangles that are looked up, with a pale rim so that they show on anything."""
    return Blocks(stroke=PAPER, line=line + 2, slot=slot), Blocks(stroke=colour, line=line, slot=slot)


def _frame(width: float, height: float, colour: str) -> Shapes:
    return Box(0, 0, width, height, stroke=PAPER, line=5), Box(0, 0, width, height, stroke=colour, line=3)
