"""Paint a panel as PNG, for viewers that show neither widgets nor SVG. Same shapes, same places, same words."""

from __future__ import annotations

import io
import re
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from cnnlab.widgets.svg import At, Blocks, Box, Clip, Label, Look, Mover, Panel, Raster, Shape, Strokes

__all__ = ["png"]

# Pillow's own font has no signs beyond Latin.
_PLAIN = str.maketrans(
    {
        "−": "-",
        "×": "x",
        "∗": "*",
        "→": ">",
        "←": "<",
        "–": "-",
        "≤": "<",
        "≥": ">",
        "Σ": "S",
        "γ": "g",
        "β": "b",
        "ε": "eps",
        "√": "sqrt",
        "²": "^2",
        "\u0302": "^",
        "δ": "d",
        "∞": "inf",
        "⌊": "floor(",
        "⌋": ")",
    }
)


def png(panel: Panel, look: Look) -> bytes:
    """Paint a panel on white."""
    sheet = Image.new("RGB", (round(panel.width), round(panel.height)), "#ffffff")
    _paint(sheet, panel.shapes, look, 0, 0)
    file = io.BytesIO()
    sheet.convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(file, "PNG", optimize=True)
    return file.getvalue()


@cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _paint(sheet: Image.Image, shapes: tuple[Shape, ...], look: Look, left: float, top: float) -> None:
    draw = ImageDraw.Draw(sheet, "RGBA")  # colours that let the ground through
    for shape in shapes:
        match shape:
            case Box():
                fill = look.word(shape.slot) if shape.slot else shape.fill
                corners = (left + shape.x, top + shape.y, left + shape.x + shape.width, top + shape.y + shape.height)
                draw.rectangle(
                    corners,
                    None if fill in ("none", "") else fill,
                    None if shape.stroke == "none" else shape.stroke,
                    max(1, round(shape.line)),
                )
            case Blocks():
                path = look.word(shape.slot) if shape.slot else shape.path
                for x, y, width, height in re.findall(r"M(\S+) (\S+?)h(\S+?)v(\S+?)h", path):
                    x0, y0 = left + float(x), top + float(y)
                    colours = (None if colour == "none" else colour for colour in (shape.fill, shape.stroke))
                    corners = (x0, y0, x0 + float(width), y0 + float(height))
                    draw.rectangle(corners, *colours, max(1, round(shape.line)))
            case Label():
                words = (look.word(shape.slot) if shape.slot else shape.text).translate(_PLAIN)
                colour = look.word(shape.ink_slot) if shape.ink_slot else shape.ink
                anchor = {"middle": "mm", "start": "lm", "end": "rm"}[shape.anchor]
                draw.text(
                    (left + shape.x, top + shape.y),
                    words,
                    colour.replace("currentColor", "#1b1b1b"),
                    _font(shape.size),
                    anchor=anchor,
                )
            case Raster():
                data = look.asset(look.word(shape.slot) if shape.slot else shape.asset)
                if data:
                    picture = Image.open(io.BytesIO(data)).convert("RGB")
                    picture = picture.resize((round(shape.width), round(shape.height)), Image.Resampling.NEAREST)
                    sheet.paste(picture, (round(left + shape.x), round(top + shape.y)))
            case Strokes():
                for x1, y1, x2, y2 in shape.lines:
                    draw.line((left + x1, top + y1, left + x2, top + y2), shape.stroke, round(shape.line))
            case Mover():
                at = look.place(shape)
                if at:
                    _paint(sheet, shape.shapes, look, left + at[0], top + at[1])
            case At():
                _paint(sheet, shape.shapes, look, left + shape.x, top + shape.y)
            case Clip():
                part = (left + shape.x, top + shape.y, left + shape.x + shape.width, top + shape.y + shape.height)
                box = tuple(round(side) for side in part)
                view = sheet.crop((box[0], box[1], box[2], box[3]))
                _paint(view, shape.shapes, look, 0, 0)
                sheet.paste(view, (box[0], box[1]))
