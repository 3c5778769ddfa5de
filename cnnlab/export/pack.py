"""The traced settings of all widgets of a page, packed: what several of them share is there once."""

from __future__ import annotations

import gzip
import json
import struct
from base64 import b64decode, b64encode
from typing import Any

__all__ = ["pack", "shortened"]

Widget = dict[str, Any]


def pack(widgets: list[Widget]) -> str:
    """Pack widgets as text: base64 of gzip of (length of the JSON, JSON, bytes). ``page.js`` unpacks it."""
    values: dict[str, int] = {}
    blobs: dict[str, int] = {}
    packed = [_packed(widget, values, blobs) for widget in widgets]
    contents = [b64decode(blob) for blob in blobs]
    # Alike beside alike: gzip looks back 32 kB only.
    book = {"values": [json.loads(value) for value in values], "sizes": list(map(len, contents)), "widgets": packed}
    told = json.dumps(book, ensure_ascii=False, separators=(",", ":")).encode()
    whole = struct.pack("<I", len(told)) + told + b"".join(contents)
    return b64encode(gzip.compress(whole, mtime=0)).decode()


def _packed(widget: Widget, values: dict[str, int], blobs: dict[str, int]) -> Widget:
    """Replace every part of every state by its place among all values, or all bytes."""

    def place(value: Any) -> int:
        return values.setdefault(json.dumps(value, ensure_ascii=False), len(values))

    states = [
        {
            **state,
            "scene": {part: place(value) for part, value in state["scene"].items()},
            "buffers": {name: blobs.setdefault(blob, len(blobs)) for name, blob in state["buffers"].items()},
            "controls": [place(control) for control in state["controls"]],
            "speeds": place(state["speeds"]),
        }
        for state in widget["states"]
    ]
    return {**widget, "states": states}


def shortened(widget: Widget) -> Widget | None:
    """Drop the settings that are the most changes away; None if only the one shown is left.

    Examples
    --------
    >>> there, back = {"controls": [{"to": {"1": 1}}]}, {"controls": [{"to": {"0": 0}}]}
    >>> shortened({"levels": [1, 1], "states": [there, back]})
    {'levels': [1], 'states': [{'controls': [{'to': {}}]}]}
    """
    levels = widget["levels"][:-1]
    if not levels:
        return None
    count = sum(levels)

    def within(control: dict[str, Any]) -> dict[str, Any]:
        return {**control, "to": {k: to for k, to in control["to"].items() if isinstance(to, str) or to < count}}

    states = [{**state, "controls": list(map(within, state["controls"]))} for state in widget["states"][:count]]
    return {**widget, "levels": levels, "states": states}
