"""VolumeConv's picture: a panel per channel with its filter and its sum, then bias, ReLU and the output in channels."""

from __future__ import annotations

import numpy as np

from cnnlab.shapes import conv_parameters
from cnnlab.traces import VolumeTrace
from cnnlab.traces.number import number
from cnnlab.traces.reach import sizes
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
    grid,
    hatched,
    looked_up,
    result,
    rounding,
    width_for,
    words_of,
)
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.stack import Book, cursor_in, frame_path, outputs, rim_of, span, window_paths
from cnnlab.widgets.svg import At, Blocks, Box, Label, Panel, text_width

__all__ = ["draw"]

TINTS = ("#fdeae4", "#e4f3e6", "#e4eefc", "#f3e9fa")  # ground of a channel and of its part of the filter
GAP = 18.0  # between filter and products
TITLE = 78.0  # wide enough for the words "= products"


def draw(trace: VolumeTrace, notes: tuple[str, ...] = ()) -> Scene:
    """Describe every step of a trace as one scene."""
    book = _words(trace)
    width = width_for(words_of(trace.response, trace.decimals).flat)
    fed = [frame_path(*trace.reach.fed(i, j), width) for i, j in np.ndindex(trace.padded.shape[1:])] * len(trace.x)
    book.tell("fed0", fed)
    for k in range(1, len(trace.w)):
        book.slots[f"fed{k}"] = book.slots["fed0"]
    grounds = np.where(trace.expected == trace.totals, PAPER, DULL)  # dull: cut to 0 by ReLU
    stack = outputs("Output", trace.response, trace.differs, trace.decimals, width, grounds)
    return Scene(
        rows=book.rows,
        columns=book.columns,
        lines=(_channels(trace, book), (*_sum(trace, book), *stack)),
        slots=book.slots,
        tables=book.tables,
        arrays=book.arrays,
        sentences=_sentences(trace, notes),
        sizes=book.sizes,
    )


def _words(trace: VolumeTrace) -> Book:
    """Collect every word there can be."""
    book, steps, d = Book(trace.totals.shape, trace.padded.shape), [trace[n] for n in range(len(trace))], trace.decimals
    book.say("formula", (step.formula for step in steps))
    book.say("sentence", (step.sentence for step in steps))
    book.say("filter", (f"· filter {step.filter + 1}" for step in steps))
    book.say("bias", (number(step.bias, d) for step in steps))
    book.say("total", (number(step.total, d) for step in steps))
    book.say("value", (number(step.value, d) for step in steps))
    for name in ("weights", "products", "partials"):
        book.many(name, words_of(np.array([getattr(step, name).ravel() for step in steps]), d))
    rim = np.where(rim_of((trace.x.shape[1], trace.x.shape[2]), trace.grid), " (padding)", "")
    used = {(i, j): _used(*trace.reach.fed(i, j)) for i, j in np.ndindex(rim.shape)}
    book.tell(
        "told",
        (
            f"Channel {c + 1}, row {i}, column {j}{rim[i, j]}, value {number(value, d)}: {used[i, j]}."
            for (c, i, j), value in np.ndenumerate(trace.padded)
        ),
    )
    return book


def _used(rows: list[int], columns: list[int]) -> str:
    """Say which outputs an input cell feeds."""
    if not rows or not columns:
        return "no window covers it"
    return f"used by every filter for outputs in {span('row', rows)}, {span('column', columns)}"


def _channels(trace: VolumeTrace, book: Book) -> tuple[Panel, ...]:
    """Draw a panel per channel: its cells under the window, its part of the filter, the products and their sum."""
    d, (c, rows, columns), (r, s) = trace.decimals, trace.padded.shape, trace.grid.kernel
    width = width_for(words_of(trace.padded, d).flat)
    weight_width, product_width = (width_for(book.tables[name], 200) for name in ("weights", "products"))
    size, beside = (columns * width, rows * CELL), s * weight_width + GAP
    longest = max(book.tables["partials"], key=len)
    sum_width = max(s * product_width, text_width(longest, SIZE + 1, bold=True) + 9)
    book.say("window", window_paths(trace.grid, width) * len(trace.w))
    rim = rim_of((trace.x.shape[1], trace.x.shape[2]), trace.grid)
    panels = []
    for k in range(c):
        tint = TINTS[k % len(TINTS)]
        cells, labels = grid(trace.padded[k], width, d, np.where(rim, RIM, tint), np.where(rim, FAINT, "#1b1b1b"))
        arithmetic = (
            Label(0, 9, size=13, ink="currentColor", anchor="start", slot="filter"),
            Label(beside, 9, "= products", 13, "currentColor", anchor="start"),
            At(0, 20, looked_up((r, s), weight_width, "weights", tint, first=k * r * s)),
            At(beside, 20, looked_up((r, s), product_width, "products", first=k * r * s)),
            Label(beside - 8, 26 + (r + 0.5) * CELL, "sum", 13, "currentColor", anchor="end"),
            Box(beside, 26 + r * CELL, sum_width, CELL, PAPER, RULE, 2),
            Label(beside + sum_width / 2, 26 + (r + 0.5) * CELL, size=SIZE + 1, slot=f"partials{k}", bold=True),
        )
        shapes = (*cells, *hatched(~trace.reach.used, width), *labels)
        marks = (Blocks(stroke=PAPER, line=6, slot="window"), Blocks(stroke=FRAME, line=3, slot="window"))
        part = k * rows, rows
        panels.append(
            Panel(
                f"Channel {k + 1}",
                max(size[0], beside + max(sum_width, TITLE)),
                size[1] + 40 + (r + 1) * CELL,
                (*shapes, *marks, cursor_in(f"probe{k}", part, size, width, PROBE), At(0, size[1] + 12, arithmetic)),
                area="probe",
                grid=(0, 0, *size),
                part=part,
                help="Arrow keys move to a cell and outline the outputs it is used for.",
                before="+" if k else "",
            )
        )
    return tuple(panels)


def _sum(trace: VolumeTrace, book: Book) -> tuple[Panel, ...]:
    """Draw bias, sum and ReLU."""
    tables = book.tables
    bias = result("Bias", "bias", tables["bias"], "+")
    total = result("Sum", "total", tables["total"], "=", last=not trace.relu)
    return (bias, total, result("ReLU", "value", tables["value"], "→", last=True)) if trace.relu else (bias, total)


def _sentences(trace: VolumeTrace, notes: tuple[str, ...]) -> dict[str, str]:
    (c, h, w), (f, _, r, s), (_, rows, columns) = trace.x.shape, trace.w.shape, trace.padded.shape
    (p, q), differs = trace.grid.out, int(trace.differs.sum())
    padded = f", padded to {rows}×{columns}×{c}" if (rows, columns) != (h, w) else ""
    said = [
        f"Input {h}×{w}×{c}{padded}; {f} filter{'s' * (f > 1)} {r}×{s}×{c}; output {p}×{q}×{f}.",
        f"Size: {sizes((h, w), trace.grid)}.",
        f"Parameters: ({r}·{s}·{c} + 1)·{f} = {conv_parameters(c, f, (r, s))}.",
    ]
    if not trace.reach.used.all():
        said.append("Input cells with a stroke are not covered by any window.")
    if trace.relu and (trace.expected != trace.totals).any():
        said.append("Dull output cells were negative: ReLU made them 0.")
    if differs:
        said.append(f"{differs} of {len(trace)} cells differ from the library's output; they are crossed.")
    return {
        "formula": "{formula}",
        "cell": f"Step {{step}} of {len(trace)}. {{sentence}}",
        "probe": "{told}",
        "note": " ".join((*said, *rounding(trace.decimals, trace.x, trace.w, trace.partials), *notes)),
    }
