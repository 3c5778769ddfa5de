"""EdgeLab's picture: the trace of a correlation as panels, and the tables every word is looked up in.

Small images have a number in every cell; larger ones are shown as pictures with a magnified neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.traces import CorrelationTrace
from cnnlab.widgets.colour import GREY, SIGNED, STRIPE, Palette, levels, palette_png
from cnnlab.widgets.correlation_words import Levels, arrays, look_ups, sentences
from cnnlab.widgets.edgelab_panels import Drawn, above, below, fits_numbers
from cnnlab.widgets.scene import Scene

__all__ = ["View", "draw"]

SMALL_SIDE = 140  # pixels of a photograph in the saved notebook


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
    tables, slots = look_ups(trace, view.levels, grey)
    products = [word for name, words in tables.items() if name.startswith("times") for word in words]
    p, q = trace.response.shape
    assets, small = ({}, {}) if drawn.toy else _pictures(drawn)
    return Scene(
        rows=p,
        columns=q,
        lines=(above(drawn), below(drawn, tables["level"], products)),
        slots=slots,
        tables=tables,
        arrays=arrays(trace, view.levels),
        sentences=sentences(trace, view.levels, view.notes, "crossed" if drawn.toy else "striped"),
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
