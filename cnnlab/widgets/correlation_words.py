"""What a correlation's picture says at every step: the tables and sentences that EdgeLab and SlidingWindow share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import CorrelationTrace
from cnnlab.traces.number import number, numbers
from cnnlab.widgets.colour import GREY, hex_colour, ink
from cnnlab.widgets.scene import Codes, Slot

__all__ = ["Levels", "arrays", "listed", "look_ups", "sentences"]


@dataclass(frozen=True)
class Levels:
    """An image as codes into its distinct values, and the range of brightness it is drawn in."""

    codes: NDArray[Any]  # (H, W) uint8 or uint16
    values: NDArray[np.float64]
    black: float
    white: float


def look_ups(
    trace: CorrelationTrace, image: Levels, grey: NDArray[np.uint8]
) -> tuple[dict[str, list[str]], dict[str, Slot]]:
    """Every word there can be, and for each slot which cell of which array is read in which table."""
    d = trace.decimals
    written = numbers(image.values, d)
    tables = {
        "level": written,
        "term": [f"− {text[1:]}" if text.startswith("−") else f"+ {text}" for text in written],
        "shade": [hex_colour(GREY, shade) for shade in grey],
        "ink": [ink(GREY, shade) for shade in grey],
    }
    slots = {"value": Slot("expected"), "pixel": Slot("image", "level", cursor="probe")}
    times: dict[float, str] = {}  # one table of products for each distinct weight
    first = True
    down, right = trace.grid.dilation
    for (r, s), weight in np.ndenumerate(trace.weights):
        if weight not in times:
            times[weight] = f"times{len(times)}"
            tables[times[weight]] = numbers(image.values * weight, d)
        cell = f"{r}_{s}"
        for name, table in (("w", "level"), ("shade", "shade"), ("ink", "ink"), ("p", times[weight])):
            slots[f"{name}{cell}"] = Slot("image", table, r * down, s * right, pace=trace.grid.stride)
        if weight:
            slots[f"t{cell}"] = replace(slots[f"w{cell}"], table="level" if first else "term")
            first = False
    for name, reached in (("row", trace.reach.rows), ("column", trace.reach.columns)):
        tables[f"fed_{name}s"] = [listed(name, np.flatnonzero(fed).tolist()) for fed in reached]
        slots[f"fed_{name}s"] = Slot(table=f"fed_{name}s", axis=name, cursor="probe")
    if trace.differs.any():
        tables["verdict"] = ["", ", but your function returned {shown}"]
        slots["verdict"], slots["shown"] = Slot("differs", "verdict"), Slot("shown")
    return tables, slots


def listed(name: str, places: list[int]) -> str:
    """Name rows or columns.

    Examples
    --------
    >>> listed("row", [2]), listed("row", [0, 1, 2]), listed("column", [0, 2]), listed("row", [])
    ('row 2', 'rows 0 to 2', 'columns 0 and 2', 'no row')
    """
    if len(places) < 2:
        return f"{name} {places[0]}" if places else f"no {name}"
    if len(places) == places[-1] - places[0] + 1:
        return f"{name}s {places[0]} to {places[-1]}"
    return f"{name}s {', '.join(map(str, places[:-1]))} and {places[-1]}"


def arrays(trace: CorrelationTrace, image: Levels) -> dict[str, Codes]:
    """Every number of a trace, as the look-ups read it."""
    arrays = {"image": Codes(image.codes), "expected": _scaled(trace.expected, trace.decimals)}
    if trace.differs.any():
        arrays["shown"] = _scaled(trace.response, trace.decimals)
        arrays["differs"] = Codes(trace.differs.astype(np.uint8))
    return arrays


def _scaled(values: NDArray[Any], decimals: int) -> Codes:
    codes = np.rint(values * 10.0**decimals)
    return Codes(codes.astype(np.int32 if np.abs(codes).max() < 2**31 else np.float64), decimals)


def sentences(trace: CorrelationTrace, levels: Levels, said: tuple[str, ...], marked: str) -> dict[str, str]:
    """Every sentence there can be; `said` comes first in the note, `marked` tells how cells that differ look."""
    d = trace.decimals
    weights = {f"{r}_{s}": float(weight) for (r, s), weight in np.ndenumerate(trace.weights) if weight}
    terms = [f"{{t{cell}}}·{number(w, d) if w > 0 else f'({number(w, d)})'}" for cell, w in weights.items()]
    rows, columns = trace.kernel.shape
    differs = int(trace.differs.sum())
    notes = list(said)
    if differs:
        notes.append(f"{differs} of {len(trace)} cells differ from the library's response; they are {marked}.")
    scaled = np.concatenate([levels.values, trace.kernel.ravel()]) * 10.0**d
    if np.any(np.abs(scaled - np.rint(scaled)) > 1e-6):
        notes.append(f"Numbers are rounded to {d} decimals.")
    return {
        "formula": f"{' '.join(terms) or '0'} = {{value}}",
        "cell": (
            f"Step {{step}} of {len(trace)}. Row {{row}}, column {{column}}: {rows} by {columns} window, "
            f"sum of products {{value}}{'{verdict}' if differs else ''}."
        ),
        "probe": (
            "Image cell at row {row}, column {column}, value {pixel}: "
            "used by the responses in {fed_rows}, {fed_columns}."
        ),
        "note": " ".join(notes),
    }
