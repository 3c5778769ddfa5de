"""Numbers to colours and to small PNG files: grey for pictures, dark-to-bright for signed responses.

The signed map is cividis: its lightness grows from −max to +max, so the sign survives colour blindness and print.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["GREY", "SIGNED", "STRIPE", "colour_png", "hex_colour", "ink", "levels", "painted", "palette_png"]

Palette = NDArray[np.uint8]

TOP = 254  # levels 0 … 254: an odd number of them, so that zero has its own in the middle
STRIPE = 255  # one more entry: the stripes over cells that differ

# Nine evenly spaced colours of cividis: Nuñez, Anderton and Renslow, Optimizing colormaps with consideration for color
# vision deficiency, PLoS ONE 13 (2018).
_CIVIDIS = np.array(
    [
        (0, 34, 78),
        (26, 56, 111),
        (67, 78, 108),
        (97, 101, 111),
        (125, 124, 120),
        (155, 148, 118),
        (188, 174, 108),
        (222, 201, 88),
        (254, 232, 56),
    ],
    np.float64,
)


def _ramp(anchors: NDArray[np.float64]) -> Palette:
    at = np.linspace(0, len(anchors) - 1, TOP + 1)
    channels = [np.interp(at, np.arange(len(anchors)), channel) for channel in anchors.T]
    return np.vstack([np.rint(channels).T, (255, 0, 160)]).astype(np.uint8)


GREY: Palette = _ramp(np.array([(0, 0, 0), (255, 255, 255)], np.float64))
SIGNED: Palette = _ramp(_CIVIDIS)


def levels(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Give each number its place, 0 to 254, on a scale from `low` to `high`; outside the scale it is clipped.

    Examples
    --------
    >>> levels(np.array([-4.0, 0.0, 9.0]), -4, 4).tolist()
    [0, 127, 254]
    """
    if high <= low:
        return np.full(values.shape, TOP // 2, np.uint8)
    scaled = (values - low) / (high - low) * TOP  # in this order, for TOP / (high - low) can be infinite
    np.clip(scaled, 0, TOP, out=scaled)
    places: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return places


def hex_colour(palette: Palette, level: int) -> str:
    """Write one entry of a palette for SVG."""
    return "#{:02x}{:02x}{:02x}".format(*palette[level])


def ink(palette: Palette, level: int) -> str:
    """Choose black or white for text on a colour, whichever has the higher contrast (WCAG 2.2, relative luminance)."""
    channels = palette[level] / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "#000000" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "#ffffff"


def painted(palette: Palette, places: NDArray[np.uint8]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return ground and ink of every cell.

    Examples
    --------
    >>> grounds, inks = painted(GREY, np.array([[0, 254]], np.uint8))
    >>> grounds.tolist(), inks.tolist()
    ([['#000000', '#ffffff']], [['#ffffff', '#000000']])
    """
    used, codes = np.unique(places, return_inverse=True)
    where = codes.reshape(places.shape)
    grounds, inks = (np.array([paint(palette, level) for level in used]) for paint in (hex_colour, ink))
    return grounds[where], inks[where]


def palette_png(pixels: NDArray[np.uint8], palette: Palette, *, clear: int | None = None) -> bytes:
    """Encode levels (H, W) as an indexed PNG; much faster and smaller than a picture in full colour.

    The level `clear` lets the page shine through.
    """
    bare = [] if clear is None else [_chunk(b"tRNS", b"\xff" * clear + b"\x00")]
    return _png(pixels, 3, [_chunk(b"PLTE", palette.tobytes()), *bare])


def colour_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode red, green, blue and opacity (H, W, 4) as a PNG."""
    return _png(pixels, 6, [])


def _png(pixels: NDArray[np.uint8], kind: int, extra: list[bytes]) -> bytes:
    height, width = pixels.shape[:2]
    lines = pixels.reshape(height, -1)
    rows = np.zeros((height, lines.shape[1] + 1), np.uint8)  # each row of a PNG begins with its filter: 0, none
    rows[:, 1:] = lines
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))  # 8 bits, deflate, no interlace
    data = _chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
    return b"\x89PNG\r\n\x1a\n" + b"".join([header, *extra, data, _chunk(b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
