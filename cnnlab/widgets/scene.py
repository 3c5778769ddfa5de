"""What the player is given: panels, and tables from which every word at every cursor can be looked up.

A widget describes its picture once, for all steps. The browser (``player.js``) and this module look words up by the
same rules, so what a test sees here is what a learner sees there, and the saved notebook shows it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.number import number
from cnnlab.widgets.svg import At, Clip, Label, Mover, Panel, Shape, markup, svg, text_width

__all__ = ["Codes", "Cursor", "Scene", "Slot", "Still"]

Cursor = tuple[int, int]  # row, column
SIGN_SIZE = 26  # of the ∗ and = between panels
QUIET = "#595959"  # on white


@dataclass(frozen=True)
class Codes:
    """An array (rows, columns) as the browser gets it: whole numbers, each a place in a table or a scaled number."""

    values: NDArray[Any]
    decimals: int = 0  # without a table, a code is written as code / 10**decimals

    @property
    def type(self) -> str:
        """JavaScript's name for the dtype."""
        return {"uint8": "Uint8Array", "uint16": "Uint16Array", "int32": "Int32Array", "float64": "Float64Array"}[
            self.values.dtype.name
        ]


@dataclass(frozen=True)
class Slot:
    """Where a word comes from: the array's cell at (row · pace + down, column · pace + right), read in the table.

    Without an array the table is indexed by the cursor's row or column, as `axis` says.
    """

    array: str = ""
    table: str = ""
    down: int = 0
    right: int = 0
    axis: str = ""
    cursor: str = "cell"
    pace: Cursor = (1, 1)  # cells of the array from one step to the next


@dataclass(frozen=True)
class Scene:
    """One picture for every step. `rows` × `columns` steps in reading order."""

    rows: int
    columns: int
    lines: tuple[tuple[Panel, ...], ...]  # panels, line by line
    slots: Mapping[str, Slot]
    tables: Mapping[str, list[str]]
    arrays: Mapping[str, Codes]
    sentences: Mapping[str, str]  # by place: "formula", "cell", "probe", "note"; {slot} stands for a word
    # "formula_probe" stands in for "formula" while that area is probed
    heading: tuple[str, ...] = ()  # lines above the panels, for all steps
    assets: Mapping[str, bytes] = field(default_factory=dict)  # PNGs
    small: Mapping[str, bytes] = field(default_factory=dict)  # the same, small enough to be saved in a notebook
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    sizes: Mapping[str, Cursor] = field(default_factory=dict)  # rows and columns each panel's cursor runs over

    def at(self, step: int) -> Still:
        """Return the scene held at one step."""
        return Still(self, {"cell": divmod(step, self.columns)})

    def html(self) -> str:
        """Write the panels and sentences as the player shows them, words not yet filled in."""
        still = self.at(0)
        still.apart = True
        rows = "".join(
            f'<div class="cnnlab-line">{"".join(_figure(panel, still) for panel in line)}</div>' for line in self.lines
        )
        formulas = [text for name, text in self.sentences.items() if name.startswith("formula")]
        filled = (re.sub(r"\{(\w+)\}", lambda match: self._longest(match[1]), text) for text in formulas)
        longest = max(filled, key=len, default="")
        heading = "<br>".join(map(escape, self.heading))
        return (
            f'<p class="cnnlab-heading">{heading}</p>{rows}'
            # The hidden copy with the longest numbers keeps the height while the visible one changes.
            f'<p class="cnnlab-formula"><span class="cnnlab-longest" aria-hidden="true">{escape(longest)}</span>'
            '<span data-sentence="formula"></span></p>'
            f'<p class="cnnlab-note">{escape(self.sentences.get("note", ""))}</p>'
        )

    def _longest(self, slot: str) -> str:
        source = self.slots[slot]
        if source.table:
            return max(self.tables[source.table], key=len)
        codes = self.arrays[source.array]
        ends = (float(codes.values.min()), float(codes.values.max()))
        return max((number(end / 10**codes.decimals, codes.decimals) for end in ends), key=len) + "." * codes.decimals

    def description(self) -> dict[str, Any]:
        """Return all but the bytes, ready for JSON."""
        movers = [shape for line in self.lines for panel in line for shape in _movers(panel.shapes)]
        return {
            "html": self.html(),
            "rows": self.rows,
            "columns": self.columns,
            "sizes": {"cell": [self.rows, self.columns], **{name: list(size) for name, size in self.sizes.items()}},
            "slots": {
                name: {k: v for k, v in vars(slot).items() if v not in ("", 0, (1, 1))}
                for name, slot in self.slots.items()
            },
            "tables": dict(self.tables),
            "arrays": {
                name: {"type": codes.type, "columns": codes.values.shape[1], "decimals": codes.decimals}
                for name, codes in self.arrays.items()
            },
            "movers": {mover.name: {"cursor": mover.cursor, "x": mover.x, "y": mover.y} for mover in movers},
            "sentences": dict(self.sentences),
            "assets": list(self.assets),
        }

    def buffers(self) -> dict[str, bytes]:
        """Return the bytes: arrays in the machine's little-endian order, PNGs as they are."""
        arrays = {
            name: np.ascontiguousarray(codes.values, codes.values.dtype.newbyteorder("<")).tobytes()
            for name, codes in self.arrays.items()
        }
        return {**arrays, **self.assets}


class Still:
    """A scene held at one position of its cursors: looks words and places up, as ``player.js`` does."""

    def __init__(self, scene: Scene, cursors: Mapping[str, Cursor]) -> None:
        self.scene = scene
        self.cursors = cursors
        self.apart = False  # True: pictures are sent apart

    def word(self, slot: str) -> str:
        """Look a word or a colour up; none if its cursor is nowhere."""
        source = self.scene.slots[slot]
        if source.cursor not in self.cursors:
            return ""
        row, column = self.cursors[source.cursor]
        if not source.array:
            return self.scene.tables[source.table][row if source.axis == "row" else column]
        codes = self.scene.arrays[source.array]
        code = codes.values[row * source.pace[0] + source.down, column * source.pace[1] + source.right].item()
        return (
            self.scene.tables[source.table][code] if source.table else number(code / 10**codes.decimals, codes.decimals)
        )

    def place(self, mover: Mover) -> tuple[float, float] | None:
        """Find where a mover stands; None if its cursor is nowhere."""
        if mover.cursor not in self.cursors:
            return None
        row, column = self.cursors[mover.cursor]
        return mover.x[0] + column * mover.x[1], mover.y[0] + row * mover.y[1]

    def asset(self, name: str) -> bytes | None:
        """Find a PNG, small enough to be saved."""
        return None if self.apart else self.scene.small[name]

    def sentence(self, name: str) -> str:
        """Fill one of the scene's sentences in."""
        return self._fill(self.scene.sentences.get(name, ""), name if name in self.cursors else "cell")

    def _fill(self, text: str, cursor: str) -> str:
        row, column = self.cursors.get(cursor, (0, 0))
        own = {"row": str(row), "column": str(column), "step": str(row * self.scene.columns + column + 1)}
        return re.sub(
            r"\{(\w+)\}",
            lambda match: own[match[1]] if match[1] in own else self._fill(self.word(match[1]), cursor),
            text,
        )

    def card(self, closing: str = "") -> Panel:
        """Lay everything out as one picture, what a saved notebook shows; `closing` is a quiet last line."""
        shapes: list[Shape] = []
        top, widest = 12.0, 0.0
        for text in self.scene.heading:
            shapes.append(Label(12, top + 4, text, 14, anchor="start"))
            top, widest = top + 22, max(widest, 7.6 * len(text))
        for line in ([panel for panel in line if not panel.live] for line in self.scene.lines):
            left, tallest = 12.0, max(panel.height for panel in line)
            for panel in line:
                if panel.before:
                    shapes.append(Label(left + 14, top + 24 + tallest / 2, panel.before, SIGN_SIZE))
                    left += 36
                shapes.append(Label(left, top + 9, panel.title, 13, bold=True, anchor="start"))
                drop = 0 if panel.area and not panel.middle else (tallest - panel.height) / 2
                shapes.append(At(left, top + 24 + drop, panel.shapes))
                left += max(panel.width, 7.5 * len(panel.title)) + 20
            top, widest = top + tallest + 40, max(widest, left)
        words = [self.sentence(name) for name in ("formula", "cell", "note")]
        for text in [part for sentence in words for part in wrap(sentence, int(widest / 8))]:
            shapes.append(Label(12, top + 4, text, 14, anchor="start"))
            top, widest = top + 20, max(widest, 16 + text_width(text, 14))  # digits are wider than letters
        if closing:
            shapes.append(Label(12, top + 8, closing, 13, QUIET, anchor="start"))
            top += 24
        return Panel(self.sentence("cell"), widest, top + 4, tuple(shapes))

    def svg(self, closing: str = "") -> str:
        """Write the card as one SVG document on its own ground, readable on a light and on a dark page."""
        card = self.card(closing)
        ground = f'<rect width="{card.width:g}" height="{card.height:g}" rx="6" fill="#ffffff"/>'
        return svg(
            card.width,
            card.height,
            f"<title>{escape(card.title)}</title>{ground}{markup(card.shapes, self)}",
            ' role="img"',
        )


def _movers(shapes: tuple[Shape, ...]) -> list[Mover]:
    found = [shape for shape in shapes if isinstance(shape, Mover)]
    return found + [
        mover for shape in shapes if isinstance(shape, Mover | Clip | At) for mover in _movers(shape.shapes)
    ]


def _figure(panel: Panel, still: Still) -> str:
    inner, title = markup(panel.shapes, still), escape(panel.title)
    attributes, box = (
        ' aria-hidden="true"',
        f' role="group" aria-label="{title} panel" data-lm-suppress-shortcuts="true"',
    )
    if panel.area:
        x, y, width, height = panel.grid
        part = f' data-first="{panel.part[0]}" data-rows="{panel.part[1]}"' if panel.part[1] else ""
        frame = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        inner += f'<rect data-hit="{panel.area}"{part} {frame} fill="none"/>'
        box = ""  # the picture itself takes the focus
        attributes = (
            f' data-area="{panel.area}" tabindex="0" data-lm-suppress-shortcuts="true" role="application" '
            'aria-roledescription="grid of cells" '
            f'aria-label="{title}. {escape(panel.help)}"'
        )
    sign = f'<span class="cnnlab-sign" aria-hidden="true">{panel.before}</span>' if panel.before else ""
    wide = (" cnnlab-wide" if panel.wide else "") + (" cnnlab-middle" if panel.middle else "")
    return (
        f'<div class="cnnlab-term{wide}">{sign}<figure class="cnnlab-panel">'
        f'<figcaption>{title}</figcaption><div class="cnnlab-scroll"{box}>'
        f"{svg(panel.width, panel.height, inner, attributes)}</div></figure></div>"
    )
