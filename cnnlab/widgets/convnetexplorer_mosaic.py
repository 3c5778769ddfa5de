"""ConvNetExplorer's small pictures: feature maps and filters, many in one PNG, each with its range as text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.number import number
from cnnlab.widgets.colour import SIGNED, colour_png, levels, palette_png

__all__ = ["CLEAR", "Mosaic", "feature_maps", "filters", "range_words"]

CLEAR = 255  # the palette's last entry: where nothing is
MAP, MAP_PITCH = 64, (80, 104)  # pixels of a map; from one to the next, across and down: room for its range
ACROSS = 4
MOST = 16  # maps shown of a layer
FILTER, FILTER_PITCH, FILTERS_ACROSS = 36, 40, 8

_PALETTE = SIGNED.copy()
_PALETTE[CLEAR] = 255  # white where a viewer knows no transparency

Array = NDArray[Any]


@dataclass(frozen=True)
class Mosaic:
    """Pictures side by side in one PNG."""

    png: bytes
    words: tuple[str, ...]  # the range of each
    reach: float  # the colours run from −reach to reach

    @property
    def ends(self) -> str:
        """The value at the bright end of the colours."""
        return _short(self.reach)


def _short(value: float) -> str:
    """Write a number in about four characters.

    Examples
    --------
    >>> [_short(value) for value in (-1.234, 12.34, 123.4, 12345, 0.0012)]
    ['−1.23', '12.3', '123', '1.2e4', '0.001']
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 1000:
        return f"{value:.1e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")
    return number(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3)


def range_words(values: Array) -> str:
    """Write the least and the greatest of some numbers.

    Examples
    --------
    >>> range_words(np.array([[-0.5, 2]])), range_words(np.array([3.0]))
    ('−0.5 to 2', '3')
    """
    low, high = _short(float(values.min())), _short(float(values.max()))
    return low if low == high else f"{low} to {high}"


def feature_maps(output: Array, height: int) -> Mosaic:
    """Show what a layer gives, (C, P, Q) or (D,): its first maps in `height` lines, signed colours around 0.

    A short vector is shown number by number, a long one as one map, row by row.
    """
    if output.ndim == 3:
        maps = output[:MOST]
    elif len(output) <= MOST:
        maps = output.reshape(-1, 1, 1)
    else:
        side = math.ceil(math.sqrt(len(output)))
        maps = np.full((1, math.ceil(len(output) / side), side), np.nan)
        maps.reshape(-1)[: len(output)] = output
    finite = output[np.isfinite(output)]
    reach = float(np.abs(finite).max()) if finite.size else 0.0
    sheet = np.full((height * MAP_PITCH[1], ACROSS * MAP_PITCH[0]), CLEAR, np.uint8)
    for k, plane in enumerate(maps):
        top, left = (k // ACROSS) * MAP_PITCH[1], (k % ACROSS) * MAP_PITCH[0]
        sheet[top : top + MAP, left : left + MAP] = _enlarged(_shades(plane, reach), MAP)
    words = tuple(range_words(plane if output.ndim == 3 or len(maps) > 1 else output) for plane in maps)
    return Mosaic(palette_png(sheet, _PALETTE, clear=CLEAR), words, reach)


def filters(w: Array) -> Mosaic:
    """Show the first filters of (K, C, R, S): in colour if they look at three channels, else their first channel."""
    shown = w[:FILTERS_ACROSS]
    colour = w.shape[1] == 3
    if not colour:
        shown = shown[:, :1]
    reach = float(np.abs(shown).max()) if np.isfinite(shown).all() else 0.0
    if colour:  # 0 is mid-grey in every channel
        pixels = np.zeros((FILTER_PITCH, FILTERS_ACROSS * FILTER_PITCH, 4), np.uint8)
        for k, planes in enumerate(shown):
            part = pixels[:FILTER, k * FILTER_PITCH : k * FILTER_PITCH + FILTER]
            shades = [_enlarged(levels(plane, -reach, reach), FILTER) for plane in planes]
            part[...] = np.stack([*shades, np.full((FILTER, FILTER), 255, np.uint8)], axis=-1)
        png = colour_png(pixels)
    else:
        sheet = np.full((FILTER_PITCH, FILTERS_ACROSS * FILTER_PITCH), CLEAR, np.uint8)
        for k, planes in enumerate(shown):
            sheet[:FILTER, k * FILTER_PITCH : k * FILTER_PITCH + FILTER] = _enlarged(_shades(planes[0], reach), FILTER)
        png = palette_png(sheet, _PALETTE, clear=CLEAR)
    return Mosaic(png, (range_words(shown),), reach)


def _shades(plane: Array, reach: float) -> NDArray[np.uint8]:
    """Give numbers their colours; what is not finite stays clear."""
    finite = np.isfinite(plane)
    shades = levels(np.where(finite, plane, 0).astype(np.float64), -reach, reach)
    shades[~finite] = CLEAR
    return shades


def _enlarged(plane: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Fit a picture into a square by repeating or leaving out pixels, its proportions kept."""
    rows, columns = plane.shape
    longest = max(rows, columns)
    height, width = (max(1, round(side * n / longest)) for n in (rows, columns))
    fitted = np.full((side, side), CLEAR, np.uint8)
    at_row, at_column = np.arange(height) * rows // height, np.arange(width) * columns // width
    top, left = (side - height) // 2, (side - width) // 2
    fitted[top : top + height, left : left + width] = plane[np.ix_(at_row, at_column)]
    return fitted
