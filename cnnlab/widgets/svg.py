"""A handful of shapes and their SVG text. Widgets draw with these; :mod:`cnnlab.widgets.png` paints the same shapes.

Colours are written into the shapes and suit a light and a dark page alike, so that no style sheet is needed and a
picture saved in a notebook looks the same anywhere.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Protocol

__all__ = [
    "MARGIN",
    "At",
    "Blocks",
    "Box",
    "Clip",
    "Label",
    "Look",
    "Mover",
    "Panel",
    "Raster",
    "Shape",
    "Strokes",
    "markup",
    "rectangles",
    "svg",
    "text_width",
]

FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
MARGIN = 3  # around every panel, for outlines thicker than a cell's


@dataclass(frozen=True)
class Box:
    """A rectangle; with `slot` its fill is looked up."""

    x: float
    y: float
    width: float
    height: float
    fill: str = "none"
    stroke: str = "none"
    line: float = 1
    slot: str = ""
    mark: str = ""  # CSS class, for what a switch hides


@dataclass(frozen=True)
class Label:
    """A text, centred on (x, y); with `slot` its words, with `ink_slot` its colour is looked up."""

    x: float
    y: float
    text: str = ""
    size: float = 15
    ink: str = "#1b1b1b"
    slot: str = ""
    ink_slot: str = ""
    bold: bool = False
    anchor: str = "middle"


@dataclass(frozen=True)
class Raster:
    """A picture of one colour per pixel, crisp when enlarged; `asset` names its PNG, or `slot` looks its name up."""

    x: float
    y: float
    width: float
    height: float
    asset: str = ""
    slot: str = ""


@dataclass(frozen=True)
class Strokes:
    """Straight lines (x1, y1, x2, y2) in one colour, with a pale rim so that they show on anything."""

    lines: tuple[tuple[float, float, float, float], ...]
    stroke: str
    line: float = 2


@dataclass(frozen=True)
class Mover:
    """Shapes that follow a cursor: moved to (x[0] + column · x[1], y[0] + row · y[1])."""

    name: str
    shapes: tuple[Shape, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    cursor: str = "cell"


@dataclass(frozen=True)
class Clip:
    """Shapes seen through a rectangular opening, whose top-left corner is their origin."""

    x: float
    y: float
    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class At:
    """Shapes drawn elsewhere: their origin lies at (x, y)."""

    x: float
    y: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Blocks:
    """Rectangles in one colour, written by :func:`rectangles`; with `slot` they are looked up."""

    path: str = ""
    fill: str = "none"
    stroke: str = "none"
    line: float = 1
    slot: str = ""
    mark: str = ""  # CSS class, for what a switch hides


Shape = Blocks | Box | Label | Raster | Strokes | Mover | Clip | At


@dataclass(frozen=True)
class Panel:
    """One picture with its title. With `area` the pointer and the arrow keys move that cursor over `grid`."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
    area: str = ""  # the cursor it moves: "cell" or "probe"
    grid: tuple[float, float, float, float] = (0, 0, 0, 0)  # where the cells lie: x, y, width, height
    part: tuple[int, int] = (0, 0)  # the first row of the cursor's area that lies there, and how many; (0, 0): all
    help: str = ""  # how to use it, for a screen reader
    before: str = ""  # the sign written before it: ∗ or =
    live: bool = False  # only where a player moves it
    wide: bool = False  # may shrink and grow with the page
    middle: bool = False  # stands in the middle of its line, as a panel without an area does


class Look(Protocol):
    """Looks up what the shapes leave open: words, places and pictures."""

    def word(self, slot: str) -> str:
        """Look up the text or colour of a slot."""

    def place(self, mover: Mover) -> tuple[float, float] | None:
        """Find where a mover stands; None when its cursor is nowhere."""

    def asset(self, name: str) -> bytes | None:
        """Find a PNG; None when it is sent apart."""


def rectangles(sides: Iterable[tuple[float, float, float, float]]) -> str:
    """Write rectangles (x, y, width, height) as the path of :class:`Blocks`; in a table they are one word.

    Examples
    --------
    >>> rectangles([(0, 0, 10, 5), (20, 0, 10, 5)])
    'M0 0h10v5h-10zM20 0h10v5h-10z'
    """
    return "".join(f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z" for x, y, width, height in sides)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of a text in DejaVu Sans, the widest of the fonts: none is at hand to measure it.

    Examples
    --------
    >>> text_width("−30", 10), text_width("30, 30", 10)
    (21.2, 32.6)
    """
    ems = sum(
        0.84 if sign in "−+×=<>≤≥→" else 0.64 if sign.isdigit() else 0.35 if sign in " .,:·()[]" else 0.58
        for sign in text
    )
    return round(ems * size * (1.1 if bold else 1), 1)


def markup(shapes: Iterable[Shape], look: Look) -> str:
    """Write shapes as SVG elements."""
    return "".join(_element(shape, look) for shape in shapes)


def _element(shape: Shape, look: Look) -> str:
    match shape:
        case Box():
            fill = look.word(shape.slot) if shape.slot else shape.fill
            stroke = "" if shape.stroke == "none" else f' stroke="{shape.stroke}" stroke-width="{shape.line:g}"'
            tags = (f' data-fill="{shape.slot}"' if shape.slot else "") + (
                f' class="{shape.mark}"' if shape.mark else ""
            )
            return f'<rect{tags} {_frame(shape)} fill="{fill}"{stroke}/>'
        case Blocks():
            path = look.word(shape.slot) if shape.slot else shape.path
            tags = (f' data-path="{shape.slot}"' if shape.slot else "") + (
                f' class="{shape.mark}"' if shape.mark else ""
            )
            stroke = "" if shape.stroke == "none" else f' stroke="{shape.stroke}" stroke-width="{shape.line:g}"'
            return f'<path{tags} d="{path}" fill="{shape.fill}"{stroke}/>'
        case Label():
            words = look.word(shape.slot) if shape.slot else shape.text
            fill = look.word(shape.ink_slot) if shape.ink_slot else shape.ink
            tags = (f' data-slot="{shape.slot}"' if shape.slot else "") + (
                f' data-fill="{shape.ink_slot}"' if shape.ink_slot else ""
            )
            weight = ' font-weight="600"' if shape.bold else ""
            anchor = "" if shape.anchor == "middle" else f' text-anchor="{shape.anchor}"'
            # 0.35 em below the centre puts digits in the middle; dominant-baseline is not understood everywhere.
            return (
                f'<text{tags} x="{shape.x:g}" y="{shape.y + 0.35 * shape.size:g}" font-size="{shape.size:g}" '
                f'fill="{fill}"{weight}{anchor}>{escape(words)}</text>'
            )
        case Raster():
            data = look.asset(look.word(shape.slot) if shape.slot else shape.asset)
            tag = f'data-picture="{shape.slot}"' if shape.slot else f'data-asset="{shape.asset}"'
            href = f' href="data:image/png;base64,{b64encode(data).decode()}"' if data else ""
            return f'<image {tag} {_frame(shape)} preserveAspectRatio="none" style="image-rendering:pixelated"{href}/>'
        case Strokes():
            path = "".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in shape.lines)
            return "".join(
                f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}" fill="none"/>'
                for colour, width in (("#ffffff", shape.line + 2), (shape.stroke, shape.line))
            )
        case Mover():
            at = look.place(shape)
            where = f' transform="translate({at[0]:g} {at[1]:g})"' if at else ' visibility="hidden"'
            return f'<g data-mover="{shape.name}"{where}>{markup(shape.shapes, look)}</g>'
        case At():
            return f'<g transform="translate({shape.x:g} {shape.y:g})">{markup(shape.shapes, look)}</g>'
        case Clip():
            return f'<svg {_frame(shape)} overflow="hidden">{markup(shape.shapes, look)}</svg>'


def _frame(shape: Box | Raster | Clip) -> str:
    return f'x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}"'


def svg(width: float, height: float, inner: str, attributes: str = "") -> str:
    """Wrap SVG elements in a document that scales with its box."""
    across, down = width + 2 * MARGIN, height + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{MARGIN} -{MARGIN} {across:g} {down:g}" width="{across:g}" '
        f'height="{down:g}" font-family="{FONT}" text-anchor="middle" style="font-variant-numeric:tabular-nums"'
        f"{attributes}>{inner}</svg>"
    )
