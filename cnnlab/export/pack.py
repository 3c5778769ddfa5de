"""The traced settings of all widgets of a page, packed: what several of them share is there once."""

from __future__ import annotations

import gzip
import json
import struct
from base64 import b64decode, b85encode
from typing import Any

import numpy as np

__all__ = ["pack", "shortened"]

Widget = dict[str, Any]


def pack(widgets: list[Widget]) -> str:
    """Pack widgets as text: base85 of length and gzip of (length of the JSON, JSON, bytes). ``page.js`` unpacks it."""
    values: dict[str, int] = {}
    blobs: dict[tuple[str, bool], int] = {}  # base64, and whether it is an array of whole numbers of 4 bytes
    scenes = [state["scene"] for widget in widgets for state in widget["states"]]
    for part in scenes[0] if scenes else ():  # alike beside alike: gzip looks back 32 kB only
        for scene in scenes:
            values.setdefault(_text(scene[part]), len(values))
    packed = [_packed(widget, values, blobs) for widget in widgets]
    contents = [_apart(b64decode(blob)) if whole else b64decode(blob) for blob, whole in blobs]
    sizes = [[len(content), whole] for content, (_, whole) in zip(contents, blobs, strict=True)]
    book = {"values": [json.loads(value) for value in values], "sizes": sizes, "widgets": packed}
    told = _text(book).encode()
    whole = struct.pack("<I", len(told)) + told + b"".join(contents)
    squeezed = gzip.compress(whole, mtime=0)
    return b85encode(struct.pack(">I", len(squeezed)) + squeezed, pad=True).decode()


def _apart(content: bytes) -> bytes:
    r"""Store whole numbers so that gzip finds more alike: the sign as last bit; all first bytes, all second, and so on.

    Examples
    --------
    >>> _apart(np.array([0, -1, 1], "<i4").tobytes())
    b'\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00'
    """
    numbers = np.frombuffer(content, "<i4")
    folded = ((numbers << 1) ^ (numbers >> 31)).astype("<i4")
    return folded.view(np.uint8).reshape(-1, 4).T.tobytes()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(widget: Widget, values: dict[str, int], blobs: dict[tuple[str, bool], int]) -> Widget:
    """Replace every part of every state by its place among all values, or all bytes."""

    def place(value: Any) -> int:
        return values.setdefault(_text(value), len(values))

    states = [
        {
            **state,
            "scene": {part: place(value) for part, value in state["scene"].items()},
            "buffers": {
                name: blobs.setdefault((blob, types.get(name, {}).get("type") == "Int32Array"), len(blobs))
                for name, blob in state["buffers"].items()
            },
            "controls": [place(control) for control in state["controls"]],
            "speeds": place(state["speeds"]),
        }
        for state in widget["states"]
        for types in [state["scene"]["arrays"]]
    ]
    return {"name": widget["name"], "step": widget["step"], "controls": widget["controls"], "states": states}


def shortened(widget: Widget) -> Widget | None:
    """Drop the settings that are the most changes away; None if only the one shown is left.

    Examples
    --------
    >>> there, back = {"controls": [{"to": {"1": 1}}]}, {"controls": [{"to": {"0": 0}}]}
    >>> shortened({"levels": [1, 1], "states": [there, back]})
    {'levels': [1], 'states': [{'controls': [{'to': {}}]}]}
    """
    levels = widget["levels"][:-1]
    if not levels or not widget["states"]:
        return None
    count = sum(levels)

    def within(control: dict[str, Any]) -> dict[str, Any]:
        return {**control, "to": {k: to for k, to in control["to"].items() if isinstance(to, str) or to < count}}

    states = [{**state, "controls": list(map(within, state["controls"]))} for state in widget["states"][:count]]
    return {**widget, "levels": levels, "states": states}
