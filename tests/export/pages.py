"""What an exported page holds, read back as its script reads it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat

TOYS = [
    "# # One notebook, two widgets",
    "from cnnlab.widgets import EdgeLab, SlidingWindow",
    "EdgeLab()",
    "SlidingWindow(n=4, f=3)",
]


def write(folder: Path, *cells: str, name: str = "toys.ipynb") -> Path:
    """Write a notebook; a cell that begins with ``# #`` or ``# text`` is prose."""
    made = [
        nbformat.v4.new_markdown_cell(cell[2:])
        if cell.startswith(("# #", "# text"))
        else nbformat.v4.new_code_cell(cell)
        for cell in cells
    ]
    path = folder / name
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


def widgets(page: str) -> list[dict[str, Any]]:
    """Unpack the widgets of a page; values stand in place of their numbers."""
    packed = re.search(r'id="cnnlab-traced">(.*?)</script>', page)
    assert packed is not None
    whole = base64.b85decode(packed[1])
    (length,) = struct.unpack(">I", whole[:4])
    content = gzip.decompress(whole[4 : 4 + length])
    (length,) = struct.unpack("<I", content[:4])
    book = json.loads(content[4 : 4 + length])
    for widget in book["widgets"]:
        for state in widget["states"]:
            state["scene"] = {part: book["values"][place] for part, place in state["scene"].items()}
            state["controls"] = [book["values"][place] for place in state["controls"]]
    found: list[dict[str, Any]] = book["widgets"]
    return found


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            loads = name in ("src", "srcset", "poster", "data", "xlink:href", "action") or (
                name == "href" and tag != "a"
            )
            if loads and not str(value).startswith(("data:", "#")):
                self.found.append(f"<{tag} {name}={str(value)[:60]!r}>")


def loads(page: str) -> list[str]:
    """Find what would make a browser ask for something outside the page: elements, styles, scripts."""
    parser = _Loads()
    parser.feed(page)
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", page, re.DOTALL))
    parser.found += re.findall(r"@import[^;]*|url\((?!['\"]?(?:data:|#))[^)]*\)", styles)
    scripts = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    for script in scripts:
        parser.found += re.findall(r"https?://\S+|\bfetch\(|XMLHttpRequest|WebSocket|importScripts", script)
    return parser.found
