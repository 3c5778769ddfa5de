"""EdgeLab's panels: image, kernel and response above; the window's arithmetic below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import CorrelationTrace
from cnnlab.traces.number import number
from cnnlab.widgets.colour import GREY, TOP, Palette, hex_colour, ink
from cnnlab.widgets.svg import At, Box, Clip, Label, Mover, Panel, Raster, Shape, Strokes

__all__ = ["Drawn", "above", "arithmetic", "below", "fits_numbers", "frame", "short"]

NUMBERS_UP_TO = 12  # cells per side that still show a number each
LONG_SIDE = 320  # of a photograph's panel
LENS, LENS_CELL = 11, 12  # pixels per side of the magnified neighbourhood, and how large each is drawn
CELL = 36.0  # of the small grids
SIZE, CHARACTER = 15.0, 9.5  # of numbers, and the room a digit takes
FRAME, PROBE, CROSS = "#c8440c", "#0a6ebd", "#cc0066"  # the window; an input cell and all it feeds; a wrong cell
RULE, PAPER, DULL = "#8a8a8a", "#ffffff", "#d8d8d8"

Shapes = tuple[Shape, ...]
Colours = Callable[[int, int], tuple[str, str]]  # of a cell: ground and ink


@dataclass(frozen=True)
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

    @property
    def pitch(self) -> float:
        """Size of a cell on the page."""
        longest = max(self.shades.shape)
        return (40.0 if longest <= 8 else 34.0) if self.toy else LONG_SIDE / longest


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
    width = max(56.0, _longest(trace.expected, trace.decimals) * 11 + 12)
    total = (Box(0, 0, width, 44, PAPER, FRAME, 3), Label(width / 2, 22, size=18, slot="value", bold=True))
    return window, weights, product, Panel("Sum", width, 44, total, before="→")


def _image(drawn: Drawn) -> Panel:
    (h, w), (rows, columns), pitch = drawn.shades.shape, drawn.trace.kernel.shape, drawn.pitch
    if drawn.toy:
        picture = _cells(drawn.trace.image, pitch, drawn.trace.decimals, _painted(drawn.shades, GREY))
    else:
        picture = (Raster(0, 0, w * pitch, h * pitch, "image.png"),)
    return Panel(
        f"{drawn.image_name[:1].upper()}{drawn.image_name[1:]} {h}×{w}",
        w * pitch,
        h * pitch,
        (*picture, _marker("window", columns, rows, pitch), _marker("probe", 1, 1, pitch, PROBE)),
        area="probe",
        grid=(0, 0, w * pitch, h * pitch),
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
    trace, pitch = drawn.trace, drawn.pitch
    (p, q), (rows, columns) = trace.response.shape, trace.kernel.shape
    width, height = q * pitch, p * pitch
    if drawn.toy:
        picture = _cells(trace.response, pitch, trace.decimals, _painted(drawn.response, drawn.palette))
        picture = (*picture, *_crosses(trace, pitch))
    else:
        picture = (Raster(0, 0, width, height, "response.png"),)
    # What is still to come: the rest of this row, and all rows below.
    rest = Box(0, 0, width, pitch, DULL, mark="cnnlab-cover")
    below = Box(0, 0, width, height, DULL, mark="cnnlab-cover")
    feeds = frame(columns * pitch, rows * pitch, PROBE)
    moving = (
        Mover("rest", (rest,), (pitch, pitch), (0, pitch), "step"),
        Mover("below", (below,), (0, 0), (pitch, pitch), "step"),
        Mover("feeds", feeds, ((1 - columns) * pitch, pitch), ((1 - rows) * pitch, pitch), "probe"),
    )
    legend = _legend(drawn)
    return Panel(
        f"Response {p}×{q}",
        max(width, 172.0),
        height + 46,
        (*picture, Clip(0, 0, width, height, moving), _marker("cell", 1, 1, pitch), At(0, height + 14, legend)),
        area="cell",
        grid=(0, 0, width, height),
        help="Arrow keys move the window. Enter pins it, Escape releases it.",
        before="=",
        wide=not drawn.toy,
    )


def _marker(name: str, columns: int, rows: int, pitch: float, colour: str = FRAME) -> Mover:
    """Outline cells; where they are too small to see, put a frame of fixed size around their middle."""
    width, height = max(columns * pitch, 16.0), max(rows * pitch, 16.0)
    x, y = (columns * pitch - width) / 2, (rows * pitch - height) / 2
    cursor = "probe" if name == "probe" else "cell"
    return Mover(name, frame(width, height, colour), (x, pitch), (y, pitch), cursor)


def frame(width: float, height: float, colour: str = FRAME) -> Shapes:
    """Outline a rectangle so that it shows on anything."""
    return Box(0, 0, width, height, stroke=PAPER, line=6), Box(0, 0, width, height, stroke=colour, line=3)


def _painted(levels: NDArray[np.uint8], palette: Palette) -> Colours:
    return lambda r, c: (hex_colour(palette, levels[r, c]), ink(palette, levels[r, c]))


def _cells(values: NDArray[Any], pitch: float, decimals: int, colours: Colours) -> Shapes:
    """Write a number in every cell, on its colour."""
    shapes: list[Shape] = []
    for (r, c), value in np.ndenumerate(values):
        fill, text = colours(r, c)
        shapes.append(Box(c * pitch, r * pitch, pitch, pitch, fill, RULE))
        words = short(float(value), decimals, int((pitch - 2) / CHARACTER))
        shapes.append(Label((c + 0.5) * pitch, (r + 0.5) * pitch, words, SIZE, text))
    return tuple(shapes)


def short(value: float, decimals: int, room: int) -> str:
    """Write a number in `room` characters: with fewer decimals, else as a power of ten.

    Examples
    --------
    >>> short(-12.345, 3, 4), short(123456.0, 0, 4)
    ('−12', '1e5')
    """
    for fewer in range(decimals, -1, -1):
        text = number(value, fewer)
        if len(text) <= room and (text != "0" or round(value, decimals) == 0):
            return text
    return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e−").replace("-", "−")


def _crosses(trace: CorrelationTrace, pitch: float) -> Shapes:
    """Cross each cell that differs from the library's."""
    lines = tuple(
        (c * pitch + 4, r * pitch + start, (c + 1) * pitch - 4, r * pitch + end)
        for r, c in np.argwhere(trace.differs)
        for start, end in ((4, pitch - 4), (pitch - 4, 4))
    )
    return (Strokes(lines, CROSS, 1.5),) if lines else ()


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


def _legend(drawn: Drawn) -> Shapes:
    """Draw nine steps of the palette, with the values at both ends and in the middle."""
    step = 18.0
    boxes = (Box(n * step, 0, step, 12, hex_colour(drawn.palette, round(n * TOP / 8)), RULE, 0.5) for n in range(9))
    d, response = drawn.trace.decimals, drawn.trace.response
    below = "≤ " if response.min() < drawn.low else ""
    above = "≥ " if response.max() > drawn.high else ""
    words = (
        Label(0, 22, below + short(drawn.low, d, 6), 13, "currentColor", anchor="start"),
        Label(4.5 * step, 22, short((drawn.low + drawn.high) / 2, d, 6), 13, "currentColor"),
        Label(9 * step, 22, above + short(drawn.high, d, 6), 13, "currentColor", anchor="end"),
    )
    return (*boxes, *words)
