"""EdgeLab's picture: the trace of a correlation as panels, and the tables every word is looked up in.

Small images have a number in every cell; larger ones are shown as pictures with a magnified neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import CorrelationTrace
from cnnlab.traces.number import number
from cnnlab.widgets.colour import GREY, SIGNED, STRIPE, Palette, hex_colour, ink, levels, palette_png
from cnnlab.widgets.edgelab_panels import Drawn, above, below, fits_numbers
from cnnlab.widgets.scene import Codes, Scene, Slot

__all__ = ["Levels", "View", "draw"]

SMALL_SIDE = 140  # pixels of a photograph in the saved notebook


@dataclass(frozen=True)
class Levels:
    """An image as codes into its distinct values, and the range of brightness it is drawn in."""

    codes: NDArray[Any]  # (H, W) uint8 or uint16
    values: NDArray[np.float64]
    black: float
    white: float


@dataclass(frozen=True)
class View:
    """How a trace is to be drawn."""

    levels: Levels
    image_name: str = "image"
    signed: bool = True  # the response in the signed colours, else in grey
    notes: tuple[str, ...] = ()


def draw(trace: CorrelationTrace, view: View) -> Scene:
    """Describe every step of a trace as one scene."""
    palette, low, high = _response_range(trace, view)
    grey = levels(view.levels.values, view.levels.black, view.levels.white)
    drawn = Drawn(
        trace, view.image_name, grey[view.levels.codes], levels(trace.response, low, high), palette, low, high
    )
    tables, slots = _words(trace, view.levels, grey)
    products = [word for name, words in tables.items() if name.startswith("times") for word in words]
    p, q = trace.response.shape
    assets, small = ({}, {}) if drawn.toy else _pictures(drawn)
    return Scene(
        rows=p,
        columns=q,
        lines=(above(drawn), below(drawn, tables["level"], products)),
        slots=slots,
        tables=tables,
        arrays=_arrays(trace, view.levels),
        sentences=_sentences(trace, view, drawn.toy),
        assets=assets,
        small=small,
        sizes={"probe": (trace.image.shape[0], trace.image.shape[1])},
    )


def _response_range(trace: CorrelationTrace, view: View) -> tuple[Palette, float, float]:
    """Palette of the response, and the values at its two ends."""
    if view.signed:
        size = np.abs(trace.response)
        # A photograph's few sharpest edges would leave all others grey: its colours end where one cell in 100 goes on.
        most = float(size.max()) if fits_numbers(size.shape) else float(np.percentile(size, 99)) or float(size.max())
        return SIGNED, -most, most
    total = float(trace.kernel.sum())
    if total > 0:  # a picture again, as bright as the image
        return GREY, view.levels.black * total, view.levels.white * total
    return GREY, float(trace.response.min()), float(trace.response.max())


def _pictures(drawn: Drawn) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """PNGs of image and response, and small ones for the saved notebook; cells that differ are striped."""
    response = drawn.response.copy()
    rows, columns = np.nonzero(drawn.trace.differs)
    striped = (rows + columns) % 6 < 2
    response[rows[striped], columns[striped]] = STRIPE
    assets, small = {}, {}
    for name, pixels, palette in (("image.png", drawn.shades, GREY), ("response.png", response, drawn.palette)):
        assets[name] = palette_png(pixels, palette)
        skip = -(-max(pixels.shape) // SMALL_SIDE)
        small[name] = palette_png(pixels[::skip, ::skip], palette)
    return assets, small


def _words(
    trace: CorrelationTrace, image: Levels, grey: NDArray[np.uint8]
) -> tuple[dict[str, list[str]], dict[str, Slot]]:
    """Every word there can be, and for each slot which cell of which array is read in which table."""
    d = trace.decimals
    written = [number(value, d) for value in image.values]
    tables = {
        "level": written,
        "term": [f"− {text[1:]}" if text.startswith("−") else f"+ {text}" for text in written],
        "shade": [hex_colour(GREY, shade) for shade in grey],
        "ink": [ink(GREY, shade) for shade in grey],
    }
    slots = {"value": Slot("expected"), "pixel": Slot("image", "level", cursor="probe")}
    times: dict[float, str] = {}  # one table of products for each distinct weight
    first = True
    for (r, s), weight in np.ndenumerate(trace.weights):
        if weight not in times:
            times[weight] = f"times{len(times)}"
            tables[times[weight]] = [number(product, d) for product in image.values * weight]
        cell = f"{r}_{s}"
        for name, table in (("w", "level"), ("shade", "shade"), ("ink", "ink"), ("p", times[weight])):
            slots[f"{name}{cell}"] = Slot("image", table, r, s)
        if weight:
            slots[f"t{cell}"] = Slot("image", "level" if first else "term", r, s)
            first = False
    for axis, name in enumerate(("row", "column")):
        count, size = trace.response.shape[axis], trace.kernel.shape[axis]
        tables[f"fed_{name}s"] = [_span(name, i - size + 1, i, count) for i in range(trace.image.shape[axis])]
        slots[f"fed_{name}s"] = Slot(table=f"fed_{name}s", axis=name, cursor="probe")
    if trace.differs.any():
        tables["verdict"] = ["", ", but your function returned {shown}"]
        slots["verdict"], slots["shown"] = Slot("differs", "verdict"), Slot("shown")
    return tables, slots


def _span(name: str, low: int, high: int, count: int) -> str:
    low, high = max(low, 0), min(high, count - 1)
    return f"{name} {low}" if low == high else f"{name}s {low} to {high}"


def _arrays(trace: CorrelationTrace, image: Levels) -> dict[str, Codes]:
    arrays = {"image": Codes(image.codes), "expected": _scaled(trace.expected, trace.decimals)}
    if trace.differs.any():
        arrays["shown"] = _scaled(trace.response, trace.decimals)
        arrays["differs"] = Codes(trace.differs.astype(np.uint8))
    return arrays


def _scaled(values: NDArray[Any], decimals: int) -> Codes:
    codes = np.rint(values * 10.0**decimals)
    return Codes(codes.astype(np.int32 if np.abs(codes).max() < 2**31 else np.float64), decimals)


def _sentences(trace: CorrelationTrace, view: View, toy: bool) -> dict[str, str]:
    d = trace.decimals
    weights = {f"{r}_{s}": float(weight) for (r, s), weight in np.ndenumerate(trace.weights) if weight}
    terms = [f"{{t{cell}}}·{number(w, d) if w > 0 else f'({number(w, d)})'}" for cell, w in weights.items()]
    rows, columns = trace.kernel.shape
    differs = int(trace.differs.sum())
    notes = list(view.notes)
    if differs:
        notes.append(
            f"{differs} of {len(trace)} cells differ from the library's response; they are "
            f"{'crossed' if toy else 'striped'}."
        )
    scaled = np.concatenate([view.levels.values, trace.kernel.ravel()]) * 10.0**d
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
