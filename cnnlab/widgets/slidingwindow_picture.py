"""SlidingWindow's picture: the padded input with its window, the output, and the arithmetic of one place.

What fits has a number in every cell; larger inputs are shown as pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import CorrelationTrace
from cnnlab.traces.number import numbers
from cnnlab.traces.window import left_over, size_formula
from cnnlab.widgets.cells import (
    CELL,
    DULL,
    FAINT,
    FRAME,
    PAPER,
    PROBE,
    RIM,
    crosses,
    frame,
    grid,
    hatched,
    width_for,
)
from cnnlab.widgets.colour import GREY, SIGNED, STRIPE, TOP, hex_colour, levels, palette_png
from cnnlab.widgets.correlation_words import Levels, arrays, look_ups, sentences
from cnnlab.widgets.edgelab_panels import arithmetic
from cnnlab.widgets.scene import Codes, Scene, Slot
from cnnlab.widgets.svg import Blocks, Box, Clip, Mover, Panel, Raster, Shape, rectangles

__all__ = ["draw"]

ROOM = 620.0  # for a panel with a number in every cell
LONG_SIDE, WIDE = 384.0, 300.0  # of a panel without; from how wide it may shrink and grow with the page
INPUT, INK = "#dbe9fb", "#1b1b1b"  # ground of the input's own cells, and ink

Floats = NDArray[np.float64]
Shapes = tuple[Shape, ...]


def draw(trace: CorrelationTrace, *, usage: bool = False, notes: tuple[str, ...] = ()) -> Scene:
    """Describe every step of a trace as one scene; `usage` shows how many windows each cell is in."""
    drawn = _Drawn(trace, usage)
    values, codes = np.unique(trace.padded, return_inverse=True)
    small = np.uint8 if len(values) <= 256 else np.uint16
    image = Levels(codes.reshape(trace.padded.shape).astype(small), values, values[0], values[-1])
    tables, slots = look_ups(trace, image, levels(values, values[0], values[-1]))
    products = [word for name, words in tables.items() if name.startswith("times") for word in words]
    fed, tables["fed"] = _fed(drawn)
    tables["use"] = ["in no window", "used by the outputs in {fed_rows}, {fed_columns}"]
    slots |= {"fed": Slot("fed", "fed", cursor="probe"), "use": Slot("used", "use", cursor="probe")}
    said = tuple(filter(None, (left_over(trace), _counted(drawn), *notes)))
    marked = "crossed" if _numbered(drawn.out) else "striped"
    p, q = trace.response.shape
    pictures = _pictures(drawn)
    return Scene(
        rows=p,
        columns=q,
        heading=_heading(trace),
        lines=((_input(drawn), _output(drawn)), arithmetic(trace, tables["level"], products)),
        slots=slots,
        tables=tables,
        arrays=arrays(trace, image) | {"fed": fed, "used": Codes(trace.reach.used.astype(np.uint8))},
        sentences=sentences(trace, image, said, marked) | {"probe": _PROBE},
        assets=pictures,
        small=pictures,
        sizes={"probe": trace.padded.shape},
    )


_PROBE = "Row {row}, column {column} of the padded input, value {pixel}: {use}."


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A trace with the sizes it is drawn in."""

    trace: CorrelationTrace
    usage: bool

    @cached_property
    def counts(self) -> Floats:
        """In how many windows each cell of the padded input is."""
        return np.outer(self.trace.reach.rows.sum(1), self.trace.reach.columns.sum(1)).astype(np.float64)

    @cached_property
    def padding(self) -> NDArray[np.bool_]:
        """Which cells are padding."""
        inside = np.ones(self.trace.image.shape, bool)
        return ~np.pad(inside, self.trace.grid.pads)

    @cached_property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell of the input."""
        return _pitch(self.trace.padded, self.trace.decimals, self.counts)

    @cached_property
    def out(self) -> tuple[float, float]:
        """Width and height of a cell of the output."""
        return _pitch(self.trace.response, self.trace.decimals)


def _pitch(values: Floats, decimals: int, counts: Floats | None = None) -> tuple[float, float]:
    """Width and height of a cell with its number, or its count, in it; where that is too large, of one without."""
    rows, columns = values.shape
    if max(rows, columns) * CELL <= ROOM:
        width = width_for(numbers(values, decimals) + ([] if counts is None else numbers(counts)))
        if columns * width <= ROOM:
            return width, CELL
    return (LONG_SIDE / max(rows, columns),) * 2


def _numbered(cell: tuple[float, float]) -> bool:
    return cell[1] == CELL


def _heat(counts: Floats) -> NDArray[np.uint8]:
    return levels(counts, -float(counts.max()), float(counts.max()))


def _grey(values: Floats) -> NDArray[np.uint8]:
    return levels(values, float(values.min()), float(values.max()))


def _heading(trace: CorrelationTrace) -> tuple[str, ...]:
    """Substitute the numbers into the size formula; twice if rows and columns differ."""
    g = trace.grid
    axes = [
        size_formula(n, f, pads, s, d)
        for n, f, pads, s, d in zip(trace.image.shape, g.kernel, g.pads, g.stride, g.dilation, strict=True)
    ]
    return (f"Output size: {axes[0]}",) if axes[0] == axes[1] else (f"Rows: {axes[0]}", f"Columns: {axes[1]}")


def _counted(drawn: _Drawn) -> str:
    if not drawn.usage:
        return ""
    inside = drawn.counts[~drawn.padding]
    low, high = int(inside.min()), int(inside.max())
    spread = f"{low}" if low == high else f"{low} to {high}"
    return f"The numbers count windows: each input cell is in {spread} of {len(drawn.trace)}."


def _input(drawn: _Drawn) -> Panel:
    trace, (width, height) = drawn.trace, drawn.cell
    (rows, columns), (down, right), (dy, dx) = trace.grid.kernel, trace.grid.stride, trace.grid.dilation
    (h, w), (top, left) = trace.image.shape, (trace.grid.pads[0][0], trace.grid.pads[1][0])
    size = trace.padded.shape[1] * width, trace.padded.shape[0] * height
    if _numbered(drawn.cell):
        grounds = np.where(trace.reach.used, np.where(drawn.padding, RIM, INPUT), PAPER)
        inks = np.where(drawn.padding, FAINT, INK)
        if drawn.usage:
            grounds = np.vectorize(lambda level: hex_colour(SIGNED, level))(_heat(drawn.counts))
            inks = np.full(grounds.shape, "#000000")
        cells, words = grid(drawn.counts if drawn.usage else trace.padded, width, trace.decimals, grounds, inks)
        marks = () if drawn.usage else hatched(~trace.reach.used, width)
        picture: Shapes = (*cells, *marks, *words)
    else:
        picture = (Raster(0, 0, *size, "input.png"),)
    if drawn.padding.any():
        picture += (Box(left * width, top * height, w * width, h * height, stroke=INK, line=2.5),)
    taps = tuple(
        shape
        for r, s in np.ndindex(rows, columns)
        if max(dy, dx) > 1
        for shape in (Box(s * dx * width + 3, r * dy * height + 3, width - 6, height - 6, stroke=FRAME, line=2),)
    )
    span = frame(width * (dx * (columns - 1) + 1), height * (dy * (rows - 1) + 1))
    sizes = "×".join(map(str, trace.image.shape))
    padded = f" padded to {'×'.join(map(str, trace.padded.shape))}" if drawn.padding.any() else ""
    return Panel(
        f"{'Windows that see each cell of the input' if drawn.usage else 'Input'} {sizes}{padded}",
        *size,
        (
            *picture,
            Mover("window", (*taps, *span), (0, right * width), (0, down * height)),
            Mover("probe", frame(width, height, PROBE), (0, width), (0, height), "probe"),
        ),
        area="probe",
        grid=(0, 0, *size),
        help="Arrow keys move to a cell and outline the outputs it is used by.",
        wide=size[0] > WIDE and not _numbered(drawn.cell),
    )


def _output(drawn: _Drawn) -> Panel:
    trace, (width, height) = drawn.trace, drawn.out
    p, q = trace.response.shape
    size = q * width, p * height
    if _numbered(drawn.out):
        cells, words = grid(trace.response, width, trace.decimals, np.full((p, q), PAPER))
        picture: Shapes = (*cells, *words, *crosses(trace.differs, width))
    else:
        picture = (Raster(0, 0, *size, "output.png"),)
    rest = Box(0, 0, size[0], height, DULL, mark="cnnlab-cover")
    below = Box(0, 0, *size, DULL, mark="cnnlab-cover")
    covers = (
        Mover("rest", (rest,), (width, width), (0, height), "step"),
        Mover("below", (below,), (0, 0), (height, height), "step"),
    )
    feeds = (Blocks(slot="fed", stroke=PAPER, line=6), Blocks(slot="fed", stroke=PROBE, line=3))
    return Panel(
        f"Output {p}×{q}",
        *size,
        (
            *picture,
            Clip(0, 0, *size, covers),
            *feeds,
            Mover("cell", frame(width, height), (0, width), (0, height)),
        ),
        area="cell",
        grid=(0, 0, *size),
        help="Arrow keys move the window. Enter pins it, Escape releases it.",
        before="→",
        wide=size[0] > WIDE and not _numbered(drawn.out),
    )


def _fed(drawn: _Drawn) -> tuple[Codes, list[str]]:
    """For each cell of the padded input, the outline of the outputs it feeds: a code, and the path it stands for."""
    width, height = drawn.out
    rows, columns = drawn.trace.reach.rows, drawn.trace.reach.columns
    (of_rows, row_codes), (of_columns, column_codes) = (
        np.unique(fed, axis=0, return_inverse=True) for fed in (rows, columns)
    )
    bands = [[_runs(fed, whole=not _numbered(drawn.cell)) for fed in each] for each in (of_rows, of_columns)]
    paths = [
        rectangles((x * width, y * height, w * width, h * height) for y, h in down for x, w in across)
        for down in bands[0]
        for across in bands[1]
    ]
    codes = row_codes.ravel()[:, None] * len(of_columns) + column_codes.ravel()
    return Codes(codes.astype(np.uint16)), paths


def _runs(fed: NDArray[np.bool_], *, whole: bool) -> list[tuple[int, int]]:
    """Start and length of each run of places; `whole`: of the stretch they lie in."""
    places = np.flatnonzero(fed)
    if not places.size:
        return []
    parts = [places] if whole else np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [(int(part[0]), int(part[-1] - part[0]) + 1) for part in parts]


def _pictures(drawn: _Drawn) -> dict[str, bytes]:
    """PNGs of the panels without numbers: what no window sees is a chequered nothing, cells that differ are striped."""
    pictures = {}
    if not _numbered(drawn.cell):
        shown = _heat(drawn.counts) if drawn.usage else _grey(drawn.trace.padded)
        chequers = np.where(np.indices(shown.shape).sum(0) % 2, TOP, TOP * 5 // 6).astype(np.uint8)
        seen = drawn.trace.reach.used | drawn.usage
        pictures["input.png"] = palette_png(np.where(seen, shown, chequers), SIGNED if drawn.usage else GREY)
    if not _numbered(drawn.out):
        out, (rows, columns) = _grey(drawn.trace.response), np.indices(drawn.trace.response.shape)
        out[drawn.trace.differs & ((rows + columns) % 2 == 0)] = STRIPE
        pictures["output.png"] = palette_png(out, GREY)
    return pictures
