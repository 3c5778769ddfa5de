"""Grids of numbers: the shapes that pictures of several widgets are built from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.number import number, numbers
from cnnlab.widgets.svg import Box, Label, Panel, Shape, Strokes, text_width

__all__ = [
    "CELL",
    "CROSS",
    "DULL",
    "FAINT",
    "FRAME",
    "PAPER",
    "PROBE",
    "RIM",
    "RULE",
    "SIZE",
    "WINNER",
    "crosses",
    "frame",
    "grid",
    "ground",
    "hatched",
    "looked_up",
    "result",
    "rounding",
    "short",
    "width_for",
    "words_of",
]

CELL, SIZE, CHARACTER = 28.0, 14.0, 8.6  # height of a cell, of its digits, and the room one takes
FRAME, PROBE, CROSS = "#c8440c", "#0a6ebd", "#cc0066"  # the window; an input cell and all it feeds; a wrong cell
RULE, PAPER, DULL = "#8a8a8a", "#ffffff", "#d8d8d8"
RIM, FAINT = "#eeeeee", "#666666"  # padding: its ground and its ink
WINNER = "#ffd24d"

Shapes = tuple[Shape, ...]
Mask = NDArray[np.bool_]


def width_for(words: Iterable[str], most: float = 58.0) -> float:
    """Return the width of a cell in which every word has room.

    Examples
    --------
    >>> width_for(["1", "−2"]), width_for(["−0.125"])
    (28.0, 57.0)
    """
    return float(min(max(CELL, math.ceil(max(map(len, words), default=0) * CHARACTER) + 5), most))


def words_of(values: NDArray[Any], decimals: int) -> NDArray[np.str_]:
    """Write every number of an array; NaN is left blank."""
    distinct, where = np.unique(values, return_inverse=True)  # NaN is the last
    words = ["" if word == "nan" else word for word in numbers(distinct, decimals)]
    return np.array(words, np.str_)[where].reshape(values.shape)


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


def rounding(decimals: int, *arrays: NDArray[Any]) -> list[str]:
    """Say so if numbers are shown rounded.

    Examples
    --------
    >>> rounding(3, np.array([0.125])), rounding(3, np.array([1 / 3]))
    ([], ['Numbers are rounded to 3 decimals.'])
    """
    exact = all(np.allclose(np.round(array, decimals), array, rtol=0, atol=1e-9) for array in arrays)
    return [] if exact else [f"Numbers are rounded to {decimals} decimals."]


def grid(
    values: NDArray[Any],
    width: float,
    decimals: int,
    grounds: NDArray[np.str_],
    inks: NDArray[np.str_] | None = None,
    height: float = CELL,
) -> tuple[Shapes, Shapes]:
    """Draw the cells and, apart, the numbers of an array (rows, columns), so that marks can lie between them."""
    words = np.vectorize(
        lambda v: "" if np.isnan(v) else short(float(v), decimals, int((width - 2) / CHARACTER)), [str]
    )
    labels = [
        Label((c + 0.5) * width, (r + 0.5) * height, str(word), SIZE, "#1b1b1b" if inks is None else str(inks[r, c]))
        for (r, c), word in np.ndenumerate(words(values))
    ]
    return ground(grounds, width, height), tuple(labels)


def ground(grounds: NDArray[np.str_], width: float, height: float = CELL) -> Shapes:
    """Draw empty cells in their colours."""
    return tuple(Box(c * width, r * height, width, height, str(fill), RULE) for (r, c), fill in np.ndenumerate(grounds))


def frame(width: float, height: float, colour: str = FRAME) -> Shapes:
    """Outline a rectangle so that it shows on anything."""
    return Box(0, 0, width, height, stroke=PAPER, line=6), Box(0, 0, width, height, stroke=colour, line=3)


def looked_up(
    shape: tuple[int, int], width: float, name: str, fill: str = PAPER, *, first: int = 0, shade: str = ""
) -> Shapes:
    """Draw cells whose words, and with `shade` whose colours, are looked up in slots ``name0`` and so on."""
    shapes: list[Shape] = []
    for n, (r, c) in enumerate(np.ndindex(shape), first):
        shapes.append(Box(c * width, r * CELL, width, CELL, fill, RULE, slot=f"{shade}{n}" if shade else ""))
        shapes.append(Label((c + 0.5) * width, (r + 0.5) * CELL, size=SIZE, slot=f"{name}{n}"))
    return tuple(shapes)


def result(title: str, slot: str, words: Iterable[str], before: str, *, last: bool = False) -> Panel:
    """Draw one number in a box; the last of a line stands out."""
    width, height = max(44.0, text_width(max(words, key=len), 17, bold=True) + 12), 40.0
    box = Box(0, 0, width, height, PAPER, FRAME if last else RULE, 3 if last else 1)
    return Panel(
        title, width, height, (box, Label(width / 2, height / 2, size=17, slot=slot, bold=True)), before=before
    )


def crosses(mask: Mask, width: float, height: float = CELL) -> Shapes:
    """Cross the cells that differ from the library's; the arms end before the number."""
    return _ticks(mask, (width, height), CROSS, 2, [(0, 0), (0, 1), (1, 0), (1, 1)])


def hatched(mask: Mask, width: float) -> Shapes:
    """Put a slanted stroke behind the number of the cells that no window covers."""
    return _ticks(mask, (width, CELL), RULE, 1, [(0, 1), (1, 0)])


def _ticks(mask: Mask, cell: tuple[float, float], colour: str, line: float, corners: list[tuple[int, int]]) -> Shapes:
    """Draw short strokes from the corners of marked cells towards their middle."""
    start, reach, (width, height) = 2.0, 6.0, cell
    lines = []
    for r, c in np.argwhere(mask):
        for down, right in corners:
            x, dx = ((c + 1) * width - start, -reach) if right else (c * width + start, reach)
            y, dy = ((r + 1) * height - start, -reach) if down else (r * height + start, reach)
            lines.append((x, y, x + dx, y + dy))
    return (Strokes(tuple(lines), colour, line),) if lines else ()
