"""PoolExplorer's picture: channels with the window and its winner, the output, the arithmetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import PoolTrace
from cnnlab.traces.number import number
from cnnlab.traces.reach import sizes
from cnnlab.widgets.cells import (
    CELL,
    FAINT,
    FRAME,
    PAPER,
    PROBE,
    RIM,
    WINNER,
    grid,
    hatched,
    looked_up,
    result,
    rounding,
    width_for,
    words_of,
)
from cnnlab.widgets.colour import GREY, TOP, levels, painted
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.stack import Book, cursor_in, frame_path, outputs, rim_of, span, window_paths
from cnnlab.widgets.svg import Blocks, Panel, rectangles

__all__ = ["draw"]

Words = NDArray[np.str_]


def draw(trace: PoolTrace, notes: tuple[str, ...] = ()) -> Scene:
    """Describe every step of a trace as one scene."""
    book, d = _words(trace), trace.decimals
    width = width_for(words_of(np.stack([trace.response, trace.unshifted]), d).flat)
    for k in range(len(trace.x)):
        book.tell(
            f"fed{k}",
            (frame_path(*trace.reach.fed(i, j), width) if c == k else "" for c, i, j in np.ndindex(trace.padded.shape)),
        )
    pooled = outputs("Output", trace.response, trace.differs, d, width, *_shaded(trace, trace.response), trace.changed)
    before: tuple[Panel, ...] = ()
    if trace.shift:
        same, shaded = np.zeros(trace.expected.shape, bool), _shaded(trace, trace.unshifted)
        before = outputs("Before the shift", trace.unshifted, same, d, width, *shaded, before="")
    # One channel has room for everything in a line.
    pooled = (*_inputs(trace, book), *pooled)
    pictures = ((*pooled, *before),) if len(trace.x) == 1 or not before else (pooled, before)
    return Scene(
        rows=book.rows,
        columns=book.columns,
        lines=(*pictures, _arithmetic(trace, book)),
        slots=book.slots,
        tables=book.tables,
        arrays=book.arrays,
        sentences=_sentences(trace, notes),
        sizes=book.sizes,
    )


def _words(trace: PoolTrace) -> Book:
    """Collect every word there can be."""
    book, d = Book(trace.expected.shape, trace.padded.shape), trace.decimals
    steps = [trace[n] for n in range(len(trace))]
    windows = np.array([step.window.ravel() for step in steps])
    winners = np.array([step.winners.ravel() for step in steps])
    book.say("formula", (step.formula for step in steps))
    book.say("sentence", (step.sentence for step in steps))
    book.say("value", (number(step.value, d) for step in steps))
    book.say("total", (number(float(np.nansum(window)), d) for window in windows))
    book.say("count", (str(np.sum(~np.isnan(window))) for window in windows))
    book.many("window", words_of(windows, d))
    book.many("shade", np.where(winners, WINNER, PAPER))
    book.tell("told", (_told(trace, *cell) for cell in np.ndindex(trace.padded.shape)))
    return book


def _told(trace: PoolTrace, c: int, i: int, j: int) -> str:
    """Say what one cell of the padded input is and where it goes."""
    value = trace.padded[c, i, j]
    what = "padding, which never wins" if np.isnan(value) else f"value {number(value, trace.decimals)}"
    rows, columns = trace.reach.fed(i, j)
    used = "no window covers it"
    if rows and columns:
        used = f"in the windows of {span('row', rows)}, {span('column', columns)} of this channel's output"
    return f"Channel {c + 1}, row {i}, column {j}, {what}: {used}."


def _shaded(trace: PoolTrace, values: NDArray[np.float64]) -> tuple[Words, Words]:
    """Return ground and ink of every cell: grey by value, as far as the input's values go; padding is its own."""
    low, high = min(0.0, float(trace.x.min())), float(trace.x.max())
    places = levels(np.nan_to_num(values), low, high) if high > low else np.full(values.shape, TOP, np.uint8)
    return painted(GREY, places)


def _inputs(trace: PoolTrace, book: Book) -> tuple[Panel, ...]:
    """Draw a panel per channel: the window, its winners, and thin lines around the windows it overlaps."""
    d, (c, rows, columns) = trace.decimals, trace.padded.shape
    width = width_for(words_of(trace.padded, d).flat)
    size, rim = (columns * width, rows * CELL), rim_of((trace.x.shape[1], trace.x.shape[2]), trace.grid)
    grounds, inks = _shaded(trace, trace.padded)
    grounds, inks = np.where(rim, RIM, grounds), np.where(rim, FAINT, inks)
    windows = window_paths(trace.grid, width)
    neighbours = _neighbours(trace, windows)
    panels = []
    for k in range(c):
        own = range(k * len(windows), (k + 1) * len(windows))
        book.say(f"here{k}", (windows[n % len(windows)] if n in own else "" for n in range(len(trace))))
        book.say(f"next{k}", (neighbours[n % len(windows)] if n in own else "" for n in range(len(trace))))
        book.say(f"winners{k}", (_winners(trace, n, width) if n in own else "" for n in range(len(trace))))
        cells, labels = grid(trace.padded[k], width, d, grounds[k], inks[k])
        marks = (
            Blocks(stroke=FRAME, line=1.5, slot=f"next{k}"),
            Blocks(stroke=PAPER, line=6, slot=f"here{k}"),
            Blocks(stroke=FRAME, line=3, slot=f"here{k}"),
            Blocks(stroke="#1b1b1b", line=4, slot=f"winners{k}"),
            Blocks(stroke=WINNER, line=2.5, slot=f"winners{k}"),
        )
        part = k * rows, rows
        shapes = (*cells, *hatched(~trace.reach.used, width), *labels, *marks)
        panels.append(
            Panel(
                f"Channel {k + 1}" if c > 1 else "Input",
                *size,
                (*shapes, cursor_in(f"probe{k}", part, size, width, PROBE)),
                area="probe",
                grid=(0, 0, *size),
                part=part,
                help="Arrow keys move to a cell and outline the outputs whose windows it lies in.",
            )
        )
    return tuple(panels)


def _neighbours(trace: PoolTrace, windows: list[str]) -> list[str]:
    """Write the windows above, below and beside each window, where they overlap."""
    (p, q), grid = trace.grid.out, trace.grid
    down, right = (size > step for size, step in zip(grid.kernel, grid.stride, strict=True))
    moves = [(step, 0) for step in (-1, 1) if down] + [(0, step) for step in (-1, 1) if right]
    return [
        "".join(windows[(i + a) * q + j + b] for a, b in moves if 0 <= i + a < p and 0 <= j + b < q)
        for i, j in np.ndindex(p, q)
    ]


def _winners(trace: PoolTrace, step: int, width: float) -> str:
    """Outline the cells that hold the maximum of a window, inside their own cells."""
    _, p, q = (int(i) for i in np.unravel_index(step, trace.expected.shape))
    top, left = p * trace.grid.stride[0], q * trace.grid.stride[1]
    won = np.argwhere(trace[step].winners)
    return rectangles(((left + s) * width + 3.5, (top + r) * CELL + 3.5, width - 7, CELL - 7) for r, s in won)


def _arithmetic(trace: PoolTrace, book: Book) -> tuple[Panel, ...]:
    """Draw the window and what becomes of it."""
    (r, s), tables = trace.grid.kernel, book.tables
    width = width_for(tables["window"], 200)
    window = Panel("Window", s * width, r * CELL, looked_up((r, s), width, "window", shade="shade"))
    if trace.mode == "max":
        return window, result("Largest", "value", tables["value"], "→", last=True)
    total, count = result("Sum", "total", tables["total"], "→"), result("Cells", "count", tables["count"], "/")
    return window, total, count, result("Average", "value", tables["value"], "=", last=True)


def _sentences(trace: PoolTrace, notes: tuple[str, ...]) -> dict[str, str]:
    (c, h, w), (p, q) = trace.x.shape, trace.grid.out
    said = [f"Input {h}×{w}×{c}, output {p}×{q}×{c}. Size: {sizes((h, w), trace.grid)}. Parameters: 0."]
    if trace.mode == "max" and np.isnan(trace.padded).any():
        said.append("Padding counts as −∞ here: it never wins, even where all cells of a window are negative.")
    if trace.shift:
        cells, changed = int((trace.x != trace.original).sum()), int(trace.changed.sum())
        columns = "1 column" if trace.shift == 1 else f"{trace.shift} columns"
        said.append(
            f"The picture is moved right by {columns}: {cells} of {trace.x.size} input cells changed, and {changed} of "
            f"{len(trace)} output cells{' (marked with a dot)' if changed else ''}."
        )
    if not trace.reach.used.all():
        said.append("Input cells with a stroke are not covered by any window.")
    if any(size > step for size, step in zip(trace.grid.kernel, trace.grid.stride, strict=True)):
        said.append("The windows overlap: thin lines show the next ones.")
    if trace.differs.any():
        said.append(f"{trace.differs.sum()} of {len(trace)} cells differ from the library's output; they are crossed.")
    return {
        "formula": "{formula}",
        "cell": f"Step {{step}} of {len(trace)}. {{sentence}}",
        "probe": "{told}",
        "note": " ".join((*said, *rounding(trace.decimals, trace.x, trace.expected), *notes)),
    }
