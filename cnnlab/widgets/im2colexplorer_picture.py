"""Im2colExplorer's picture: the trace of im2col as panels, and the tables every word and outline is looked up in.

A cell of the image, a column and every copy of a cell are rectangles in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.im2col import Im2colTrace
from cnnlab.traces.number import number
from cnnlab.widgets.cells import CELL
from cnnlab.widgets.colour import GREY, STRIPE, levels, palette_png
from cnnlab.widgets.im2colexplorer_panels import GAP, Drawn, arithmetic, image, matrix, output
from cnnlab.widgets.scene import Codes, Scene, Slot
from cnnlab.widgets.svg import Panel, rectangles

__all__ = ["draw"]

ABREAST = 820.0  # width that three panels may have side by side

Rectangle = tuple[float, float, float, float]


def draw(trace: Im2colTrace, *, back: bool = False, notes: Sequence[str] = ()) -> Scene:
    """Describe every column of a trace as one scene; `back` plays col2im."""
    drawn = Drawn(trace, back)
    p, q = trace.output
    pixels = {} if drawn.numbered else {"matrix.png": _pixels(trace)}
    return Scene(
        rows=p,
        columns=q,
        lines=_laid_out(drawn),
        slots=_slots(drawn),
        tables=_tables(drawn),
        arrays=_arrays(drawn),
        sentences=_sentences(drawn, notes),
        assets=pixels,
        small=pixels,
        sizes={"probe": drawn.cells, "entry": (len(trace.matrix), len(trace))},
    )


def _laid_out(drawn: Drawn) -> tuple[tuple[Panel, ...], ...]:
    """Put input, matrix and output side by side; what is wide below one another, the output at the end."""
    channels, columns, places = image(drawn), matrix(drawn), output(drawn)
    abreast = *channels, columns, places
    if sum(max(panel.width, 7 * len(panel.title)) for panel in abreast) <= ABREAST:
        return abreast, arithmetic(drawn)
    if drawn.back:
        places = replace(places, before="")
    return channels, (replace(columns, before=""),), (*arithmetic(drawn), places)


def _pixels(trace: Im2colTrace) -> bytes:
    """Paint a large matrix in shades, the cells that differ in a colour of their own."""
    shades = levels(trace.matrix, float(trace.matrix.min()), float(trace.matrix.max()))
    return palette_png(np.where(trace.differs, np.uint8(STRIPE), shades), GREY)


def _tables(drawn: Drawn) -> dict[str, list[str]]:
    trace, (w, h), wide = drawn.trace, drawn.pitch, drawn.width
    (rows, columns), (p, q) = trace.matrix.shape, trace.output
    _, r, s = trace.weights.shape
    steps = [trace[j] for j in range(columns)]
    holders = [trace.columns_of(cell) for cell in range(trace.padded.size)]
    bottom = rows * h
    sums = bottom + (GAP + CELL if drawn.numbered and not drawn.back else 0)

    def cell(id_: int) -> Rectangle:
        channel, row, column = (int(n) for n in np.unravel_index(id_, trace.padded.shape))
        return column * wide, drawn.top(channel) + row * CELL, wide, CELL

    def window(j: int) -> str:
        top, left = (trace.stride * n for n in divmod(j, q))
        return rectangles([(left * wide, top * CELL, s * wide, r * CELL)])

    def rest(j: int) -> str:
        row, column = divmod(j, q)
        return rectangles(
            [
                ((column + 1) * wide, row * CELL, (q - 1 - column) * wide, CELL),
                (0, (row + 1) * CELL, q * wide, (p - 1 - row) * CELL),
            ]
        )

    return {
        "level": [number(float(value), trace.decimals) for value in np.unique(trace.matrix)],
        "formula": [step.adding if drawn.back else step.formula for step in steps],
        "says": [step.adding_sentence if drawn.back else step.sentence for step in steps],
        "windows": [window(j) for j in range(columns)],
        "columns": [rectangles([(j * w, 0, w, sums)]) for j in range(columns)],
        "rests": [rectangles([((j + 1) * w, 0, (columns - 1 - j) * w, sums)]) for j in range(columns)],
        "rests_output": [rest(j) for j in range(columns)],
        "added": [rectangles([(0, bottom + 2, (j + 1) * w, 4)]) for j in range(columns)],
        "cells": [rectangles([cell(id_)]) for id_ in range(trace.padded.size)],
        "copies": [rectangles((j * w, k * h, w, h) for k, j in places) for places in trace.holders],
        "step": [str(j) for j in range(columns)],
        "where": [_where(drawn, id_) for id_ in range(trace.padded.size)],
        "held": [_held(columns) for columns in holders],
        "part": [f"channel {c}, row {i}, column {j} of its window" for c, i, j in np.ndindex(trace.weights.shape)],
        "verdict": ["", ", but the library has {expected}"],
    }


def _where(drawn: Drawn, id_: int) -> str:
    c, row, column = np.unravel_index(id_, drawn.trace.padded.shape)
    padding = drawn.padding.flat[id_]
    picture = "the padded input" if drawn.trace.pad else "the input"
    return f"channel {c}, row {row}, column {column} of {picture}{' (padding)' if padding else ''}"


def _held(columns: list[int]) -> str:
    if not columns:
        return "is in no column: no window covers it"
    names = ", ".join(map(str, columns[:-1])) + (" and " if columns[:-1] else "") + str(columns[-1])
    return f"is in {len(columns)} column{'s' if columns[1:] else ''}: {names}"


def _slots(drawn: Drawn) -> dict[str, Slot]:
    trace, p = drawn.trace, drawn.trace.output[0]
    slots = {
        "column": Slot("order", "columns"),
        "window": Slot("order", "windows"),
        "rest": Slot("order", "rests", cursor="step"),
        "rest_output": Slot("order", "rests_output", cursor="step"),
        "added": Slot("order", "added", cursor="step"),
        "formula": Slot("order", "formula"),
        "says": Slot("order", "says"),
        "value": Slot("products"),
        "copies": Slot("id", "copies", cursor="probe"),
        "probe_where": Slot("id", "where", cursor="probe"),
        "probe_held": Slot("id", "held", cursor="probe"),
        "probe_value": Slot("padded", cursor="probe"),
        "probe_sum": Slot("final", cursor="probe"),
        "from": Slot("source", "cells", cursor="entry"),
        "from_copies": Slot("source", "copies", cursor="entry"),
        "from_window": Slot(table="windows", axis="column", cursor="entry"),
        "entry_where": Slot("source", "where", cursor="entry"),
        "entry_held": Slot("source", "held", cursor="entry"),
        "entry_part": Slot(table="part", axis="row", cursor="entry"),
        "entry_value": Slot("matrix", "level", cursor="entry"),
        "goto_entry": Slot(table="step", axis="column", cursor="entry"),
        "verdict": Slot("differs", "verdict", cursor="entry"),
        "expected": Slot("expected", cursor="entry"),
    }
    for k in range(len(trace.matrix)):
        slots[f"column_{k}"] = Slot("by_place", "level", k * p)
        slots |= {f"{name}{k}": Slot(name, down=k * p) for name in (("before", "after") if drawn.back else ("times",))}
    if drawn.back:
        slots |= {f"sum{id_}": Slot("sums", down=id_ * p) for id_ in range(trace.padded.size)}
    return slots


def _arrays(drawn: Drawn) -> dict[str, Codes]:
    trace, d = drawn.trace, drawn.trace.decimals
    p, q = trace.output
    codes = np.unique(trace.matrix, return_inverse=True)[1].reshape(trace.matrix.shape).astype(np.uint16)
    arrays = {
        "order": Codes(np.arange(p * q, dtype=np.uint8).reshape(p, q)),
        "id": Codes(np.arange(trace.padded.size, dtype=np.uint16).reshape(drawn.cells)),
        "padded": _scaled(trace.padded.reshape(drawn.cells), d),
        "source": Codes(trace.source.astype(np.uint16)),
        "matrix": Codes(codes),
        "by_place": Codes(codes.reshape(-1, q)),  # row k·P + p, column q: entry k of the column of place (p, q)
        "expected": _scaled(trace.expected, d),
        "differs": Codes(trace.differs.astype(np.uint8)),
        "products": _scaled(trace.products.reshape(p, q), d),
    }
    if not drawn.back:
        arrays["times"] = _scaled(trace.terms.reshape(-1, q), d)
        return arrays
    cells = trace.sums.reshape(len(trace), -1)  # (P·Q, padded cells)
    steps = [trace[j] for j in range(len(trace))]
    arrays["final"] = _scaled(cells[-1].reshape(drawn.cells), d)
    arrays["sums"] = _scaled(cells.T.reshape(-1, q), d)
    arrays["before"] = _scaled(np.stack([step.before for step in steps], 1).reshape(-1, q), d)
    arrays["after"] = _scaled(np.stack([step.after for step in steps], 1).reshape(-1, q), d)
    return arrays


def _scaled(values: NDArray[Any], decimals: int) -> Codes:
    """Write numbers as whole ones, in as few bytes as hold them."""
    codes = np.rint(values * 10.0**decimals)
    low, high = codes.min(), codes.max()
    if low >= 0 and high < 2**16:
        return Codes(codes.astype(np.uint8 if high < 2**8 else np.uint16), decimals)
    return Codes(codes.astype(np.int32 if max(-low, high) < 2**31 else np.float64), decimals)


def _sentences(drawn: Drawn, notes: Sequence[str]) -> dict[str, str]:
    trace = drawn.trace
    probe = "{probe_where}: value {probe_value}, {probe_held}."
    entry = (
        "Matrix row {row}, column {column}, value {entry_value}{verdict}: {entry_part}. It comes from {entry_where}."
    )
    return {
        "formula": "{formula}",
        "cell": f"Step {{step}} of {len(trace)}. {{says}}",
        "probe": f"{probe} Added back, that makes {{probe_sum}}." if drawn.back else probe,
        "entry": f"{entry} This input cell {{entry_held}}.",
        "note": " ".join([*_sizes(drawn), *notes]),
    }


def _sizes(drawn: Drawn) -> list[str]:
    trace, (c, r, s), (p, q) = drawn.trace, drawn.trace.weights.shape, drawn.trace.output
    if drawn.back:
        cut = " At the end the padding is cut off." if trace.pad else ""
        return [
            "A cell's sum is its number times the columns that hold it: the input itself only comes back without "
            f"overlap.{cut}"
        ]
    numbers, cells = trace.matrix.size, trace.image.size
    said = [
        f"The matrix has C·R·S = {c}·{r}·{s} = {c * r * s} rows and P·Q = {p}·{q} = {p * q} columns: {numbers} numbers "
        f"for the {cells} of the input, {number(numbers / cells, 2)} times as many."
    ]
    wrong = int(trace.differs.sum())
    if wrong:
        mark = "crossed" if drawn.numbered else "pink"
        said.append(f"{wrong} of {numbers} cells differ from the library's matrix; they are {mark}.")
    scaled = np.concatenate([trace.padded.ravel(), trace.weights.ravel(), trace.matrix.ravel()]) * 10.0**trace.decimals
    if np.any(np.abs(scaled - np.rint(scaled)) > 1e-6):
        said.append(f"Numbers are rounded to {trace.decimals} decimals.")
    return said
