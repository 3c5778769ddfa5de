"""Does a release give an answer away? Everything in it is searched: texts, outputs, metadata, attachments, archives."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from cnnlab.grading.model import GradingError
from cnnlab.grading.release.sheet import Node, part, source
from cnnlab.grading.release.solutions import known
from cnnlab.secret import fold, shown, texts

__all__ = ["check", "leaks"]

_MARKERS = re.compile("(?:BEGIN|END)(?:SOLUTION|HIDDENTEST)")
# nbgrader wants a solution to clear: here it is the stub that learners are given.
_EMPTY_SOLUTION = re.compile(r"# BEGIN SOLUTION\n +raise NotImplementedError\([^\n]*\)\n +# END SOLUTION")
LONG = 200  # letters of a line that is shown whole
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{20,}={0,2}\s*")


def check(files: Mapping[str, bytes]) -> None:
    """Stop a release that gives something away.

    Raises
    ------
    GradingError
        With every place: file, cell, and the line that must not be there.
    """
    if found := leaks(files):
        remedy = (
            "Nothing was written. In a checkout, take the lines out of notebooks/source and run: cnnlab build. "
            "Otherwise reinstall: pip install --force-reinstall cnnlab"
        )
        raise GradingError("\n".join([*found, remedy]))


def leaks(files: Mapping[str, bytes]) -> list[str]:
    """Tell where files show a line of a solution, a marker of one, or an exercise that is already written."""
    return [sentence for path, content in files.items() for sentence in _in_file(path, content)]


def _in_file(path: str, content: bytes) -> Iterator[str]:
    if path.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _in_file(f"{path}/{member}", archive.read(member))
    elif path.endswith(".ipynb"):
        node = json.loads(content)
        for i, cell in enumerate(node.pop("cells"), 1):
            yield from _in_cell(f"{path}, cell {i} ({cell.get('id', 'without id')})", cell)
        yield from _in_text(f"{path}, metadata", _told(node))
    elif path.endswith(".json"):
        yield from _in_text(path, _told(json.loads(content)))
    else:
        yield from _in_text(path, content.decode())


def _in_cell(place: str, cell: Node) -> Iterator[str]:
    role, id = part(cell)
    for key, value in cell.items():
        text = source(cell) if key == "source" else _told(value)
        if place.startswith("source/"):
            text = _EMPTY_SOLUTION.sub("", text)
        yield from _in_text(f"{place}, {key}", text)
    if role == "exercise" and not re.search(r"^ +raise NotImplementedError\(", source(cell), re.MULTILINE):
        yield f"{place}, source: {id} is written already; learners get it with 'raise NotImplementedError(…)'."


def _in_text(place: str, text: str) -> Iterator[str]:
    lines = text.split("\n")
    found = [known().parts[secret] for secret in shown(known().parts, text)]
    found += [known().lines[folded] for line in lines if len(line) < LONG and (folded := fold(line)) in known().lines]
    for secret in found:
        line = next((line for line in lines if len(line) < LONG and fold(secret) in fold(line)), secret)
        yield f"{place}: this is a line of a solution: {line.strip()!r}."
    if marker := _MARKERS.search(fold(text).upper()):
        line = next((line for line in lines if marker[0] in fold(line).upper()), text[:80])
        yield f"{place}: a marker that learners must not see: {line.strip()!r}."


def _told(value: Any) -> str:
    """Return all texts of a part of a notebook, also those in base64, as attachments are."""
    plain = texts(value)
    return "\n".join([*plain, *(_decoded(text) for text in plain if _BASE64.fullmatch(text))])


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:  # no base64 after all, or a picture
        return ""
