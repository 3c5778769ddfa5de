"""EdgeLab's panels: image, kernel and response above; the window's arithmetic below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import CorrelationTrace
from cnnlab.traces.number import number
from cnnlab.widgets.cells import DULL, FRAME, PAPER, PROBE, RULE, crosses, frame, grid, short, width_for, words_of
from cnnlab.widgets.colour import GREY, TOP, Palette, hex_colour, painted
from cnnlab.widgets.svg import At, Box, Clip, Label, Mover, Panel, Raster, Shape, text_width

__all__ = ["Drawn", "above", "arithmetic", "below", "fits_numbers"]

NUMBERS_UP_TO = 12  # cells per side that still show a number each
LONG_SIDE = 320  # of a photograph's panel
LENS, LENS_CELL = 11, 12  # pixels per side of the magnified neighbourhood, and how large each is drawn
CELL = 36.0  # of the small grids
SIZE, CHARACTER = 15.0, 9.5  # of numbers, and the room a digit takes

Shapes = tuple[Shape, ...]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A trace with the colours it is drawn in."""

    trace: CorrelationTrace
    image_name: str
    shades: NDArray[np.uint8]  # (H, W) levels of the image in GREY
    response: NDArray[np.uint8]  # (P, Q) levels of the response in `palette`
    palette: Palette
    low: float  # the response at the ends of the palette
    high: float

    @property
    def toy(self) -> bool:
        """Whether there is room for a number in every cell."""
        return fits_numbers(self.shades.shape)

    @cached_property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell on the page."""
        longest = max(self.shades.shape)
        if not self.toy:
            return (LONG_SIDE / longest,) * 2
        words = (word for values in (self.trace.image, self.trace.response) for word in self._words(values))
        height = 40.0 if longest <= 8 else 34.0
        return max(height, width_for(words)), height

    def _words(self, values: NDArray[Any]) -> Iterable[str]:
        return [str(word) for word in words_of(values, self.trace.decimals).flat]


def fits_numbers(shape: tuple[int, ...]) -> bool:
    """Tell whether an image is small enough for a number in every cell."""
    return max(shape) <= NUMBERS_UP_TO


def above(drawn: Drawn) -> tuple[Panel, ...]:
    """Image ∗ kernel = response."""
    return _image(drawn), _kernel(drawn.trace), _response(drawn)


def below(drawn: Drawn, levels: Iterable[str], products: Iterable[str]) -> tuple[Panel, ...]:
    """Window · kernel = products → sum; `levels` and `products` are all words that can appear in them."""
    line = arithmetic(drawn.trace, levels, products, shaded=True)
    return line if drawn.toy else (_lens(drawn.trace), *line)


def arithmetic(
    trace: CorrelationTrace, levels: Iterable[str], products: Iterable[str], *, shaded: bool = False
) -> tuple[Panel, ...]:
    """Draw window · kernel = products → sum; `shaded` cells of the window have the image's colours."""
    window = _slots("Window", trace.kernel.shape, "w", levels, shaded=shaded)
    title = "Kernel, mirrored" if trace.mirrored else "Kernel"
    weights = replace(_numbers(title, trace.weights, trace.decimals), before="·")
    product = replace(_slots("Products", trace.kernel.shape, "p", products), before="=")
    width = max(56.0, _longest(trace.expected, trace.decimals) * 12 + 12)
    total = (Box(0, 0, width, 44, PAPER, FRAME, 3), Label(width / 2, 22, size=18, slot="value", bold=True))
    return window, weights, product, Panel("Sum", width, 44, total, before="→")


def _image(drawn: Drawn) -> Panel:
    (h, w), (rows, columns), (width, height) = drawn.shades.shape, drawn.trace.kernel.shape, drawn.cell
    if drawn.toy:
        picture = _cells(drawn, drawn.trace.image, drawn.shades, GREY)
    else:
        picture = (Raster(0, 0, w * width, h * height, "image.png"),)
    return Panel(
        f"{drawn.image_name[:1].upper()}{drawn.image_name[1:]} {h}×{w}",
        w * width,
        h * height,
        (*picture, _marker("window", columns, rows, drawn.cell), _marker("probe", 1, 1, drawn.cell, PROBE)),
        area="probe",
        grid=(0, 0, w * width, h * height),
        help="Arrow keys move to a cell and outline the responses it is used by.",
        wide=not drawn.toy,
    )


def _kernel(trace: CorrelationTrace) -> Panel:
    """Draw the kernel as it is multiplied; when that is mirrored, beside the one given."""
    title = f"Kernel {trace.kernel.shape[0]}×{trace.kernel.shape[1]}"
    given = _numbers(title, trace.kernel, trace.decimals)
    if not trace.mirrored:
        return replace(given, before="∗")
    turned = _numbers(title, trace.weights, trace.decimals)
    pale = Box(0, 0, given.width, given.height, "#ffffffb0")
    arrow = Label(given.width + 18, given.height / 2, "→", 22, RULE)
    shapes = (*given.shapes, pale, arrow, At(given.width + 36, 0, turned.shapes))
    return Panel(f"{title}, given → mirrored", 2 * given.width + 36, given.height, shapes, before="∗")


def _response(drawn: Drawn) -> Panel:
    trace, (w, h) = drawn.trace, drawn.cell
    (p, q), (rows, columns) = trace.response.shape, trace.kernel.shape
    width, height = q * w, p * h
    if drawn.toy:
        picture = _cells(drawn, trace.response, drawn.response, drawn.palette)
        picture = (*picture, *crosses(trace.differs, w, h))
    else:
        picture = (Raster(0, 0, width, height, "response.png"),)
    # What is still to come: the rest of this row, and all rows below.
    rest = Box(0, 0, width, h, DULL, mark="cnnlab-cover")
    below = Box(0, 0, width, height, DULL, mark="cnnlab-cover")
    feeds = frame(columns * w, rows * h, PROBE)
    moving = (
        Mover("rest", (rest,), (w, w), (0, h), "step"),
        Mover("below", (below,), (0, 0), (h, h), "step"),
        Mover("feeds", feeds, ((1 - columns) * w, w), ((1 - rows) * h, h), "probe"),
    )
    legend, long = _legend(drawn)
    return Panel(
        f"Response {p}×{q}",
        max(width, long + 10),
        height + 46,
        (*picture, Clip(0, 0, width, height, moving), _marker("cell", 1, 1, drawn.cell), At(0, height + 14, legend)),
        area="cell",
        grid=(0, 0, width, height),
        help="Arrow keys move the window. Enter pins it, Escape releases it.",
        before="=",
        wide=not drawn.toy,
    )


def _marker(name: str, columns: int, rows: int, cell: tuple[float, float], colour: str = FRAME) -> Mover:
    """Outline cells; where they are too small to see, put a frame of fixed size around their middle."""
    (w, h), cursor = cell, "probe" if name == "probe" else "cell"
    width, height = max(columns * w, 16.0), max(rows * h, 16.0)
    shift = (columns * w - width) / 2, (rows * h - height) / 2
    return Mover(name, frame(width, height, colour), (shift[0], w), (shift[1], h), cursor)


def _cells(drawn: Drawn, values: NDArray[Any], shades: NDArray[np.uint8], palette: Palette) -> Shapes:
    """Write a number in every cell, on its colour."""
    cells, words = grid(values, drawn.cell[0], drawn.trace.decimals, *painted(palette, shades), drawn.cell[1])
    return (*cells, *words)


def _longest(values: NDArray[Any], decimals: int) -> int:
    """Characters of the longest number there can be between the least and the greatest value."""
    ends = (number(float(end)) for end in (values.min(), values.max()))
    return max(map(len, ends)) + (decimals + 1 if decimals else 0)


def _numbers(title: str, values: NDArray[Any], decimals: int) -> Panel:
    """Draw a small grid of numbers that stay."""
    words = [number(float(value), decimals) for value in values.flat]
    width = _cell_width(words)
    shapes: list[Shape] = []
    for (r, s), word in zip(np.ndindex(values.shape), words, strict=True):
        shapes.append(Box(s * width, r * CELL, width, CELL, PAPER, RULE))
        shapes.append(Label((s + 0.5) * width, (r + 0.5) * CELL, word, SIZE))
    return Panel(title, values.shape[1] * width, values.shape[0] * CELL, tuple(shapes))


def _slots(title: str, shape: tuple[int, ...], prefix: str, words: Iterable[str], *, shaded: bool = False) -> Panel:
    """Draw a small grid of numbers looked up at every step; `shaded` cells look up their colours too."""
    width = _cell_width(words)
    shapes: list[Shape] = []
    for r, s in np.ndindex(shape):
        cell = f"{r}_{s}"
        shapes.append(Box(s * width, r * CELL, width, CELL, PAPER, RULE, slot=f"shade{cell}" if shaded else ""))
        ink_slot = f"ink{cell}" if shaded else ""
        at = ((s + 0.5) * width, (r + 0.5) * CELL)
        shapes.append(Label(*at, size=SIZE, slot=f"{prefix}{cell}", ink_slot=ink_slot))
    return Panel(title, shape[1] * width, shape[0] * CELL, tuple(shapes))


def _cell_width(words: Iterable[str]) -> float:
    return max(CELL, max(map(len, words)) * CHARACTER + 8)


def _lens(trace: CorrelationTrace) -> Panel:
    """Magnify the neighbourhood of the window: the picture slides under a fixed frame."""
    (h, w), (rows, columns), side = trace.image.shape, trace.kernel.shape, float(LENS * LENS_CELL)
    x, y = (LENS - columns) / 2 * LENS_CELL, (LENS - rows) / 2 * LENS_CELL
    picture = Raster(0, 0, w * LENS_CELL, h * LENS_CELL, "image.png")
    inner = (
        Box(0, 0, side, side, DULL),
        Mover("lens", (picture,), (x, -LENS_CELL), (y, -LENS_CELL)),
        At(x, y, frame(columns * LENS_CELL, rows * LENS_CELL)),
    )
    return Panel("Magnified", side, side, (Clip(0, 0, side, side, inner),), live=True)


def _legend(drawn: Drawn) -> tuple[Shapes, float]:
    """Draw nine steps of the palette, with the values at both ends and in the middle; say how long it is."""
    d, response = drawn.trace.decimals, drawn.trace.response
    size = 13 if drawn.toy else 16  # a photograph's panel may shrink
    below = "≤ " if response.min() < drawn.low else ""
    above = "≥ " if response.max() > drawn.high else ""
    least, most = below + short(drawn.low, d, 6), above + short(drawn.high, d, 6)
    middle = short((drawn.low + drawn.high) / 2, d + 1, 6)
    half = max(text_width(least, size), text_width(most, size)) + text_width(middle, size) / 2 + 6
    step = max(18.0, half / 4.5)
    boxes = (Box(n * step, 0, step, 12, hex_colour(drawn.palette, round(n * TOP / 8)), RULE, 0.5) for n in range(9))
    labels = (
        Label(0, 24, least, size, "currentColor", anchor="start"),
        Label(4.5 * step, 24, middle, size, "currentColor"),
        Label(9 * step, 24, most, size, "currentColor", anchor="end"),
    )
    return (*boxes, *(labels if drawn.low < drawn.high else labels[1:2])), 9 * step
