"""A notebook file as data: bytes in, cells out. Nothing in it is run, and nothing in it is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnnlab.grading.model import GradingError

__all__ = ["LARGEST", "Document", "RawCell", "Unreadable", "megabytes", "open_document", "too_large"]

LARGEST = 20 * 10**6  # bytes of a notebook that is read
MOST_CONTAINERS = 500_000  # braces and brackets: each may become an object of some hundred bytes
MOST_CELLS = 20_000  # looked at; ten times what goes on to be graded

AGAIN = "Ask the learner to save the notebook in JupyterLab and to hand in the .ipynb file again."
# How files begin that learners hand in by mistake.
MISTAKEN = {
    b"PK\x03\x04": "a zip archive, a Word or an Excel file",
    b"%PDF": "a PDF",
    b"<": "a web page",
    b"\x89PNG": "a picture",
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself",
}


class Unreadable(GradingError):
    """A file that is no notebook; the message is one or two sentences for the report."""


@dataclass(frozen=True)
class RawCell:
    """One cell as it stands in the file."""

    kind: str  # "code", "markdown", "raw", or what else the file says
    id: str  # "" where it has none
    text: str
    metadata: dict[str, Any]

    def mark(self, tool: str, key: str) -> str:
        """Return what a tool wrote into the cell's metadata, as text; empty if it did not.

        Examples
        --------
        >>> RawCell("code", "", "", {"nbgrader": {"grade_id": "zero_pad"}}).mark("nbgrader", "grade_id")
        'zero_pad'
        """
        marks = self.metadata.get(tool)
        value = marks.get(key) if isinstance(marks, dict) else None
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Document:
    """The cells of a notebook of any format, and what the file says about itself."""

    cells: tuple[RawCell, ...]
    notebook: str  # "02": which notebook of the course it says it is
    notes: tuple[str, ...]


def open_document(content: bytes) -> Document:
    """Read a notebook of format 2, 3, 4 or a later one that is alike.

    Raises
    ------
    Unreadable
        If the bytes are not a notebook.

    Examples
    --------
    >>> open_document(b'{"cells": [{"cell_type": "code", "source": ["a = 1"]}]}').cells[0].text
    'a = 1'
    >>> open_document(b"")
    Traceback (most recent call last):
    cnnlab.grading.document.Unreadable: The file is empty. Ask the learner to save the notebook in JupyterLab and \
to hand in the .ipynb file again.
    """
    if len(content) > LARGEST:
        raise Unreadable(too_large(len(content)))
    text, notes = _decode(content)
    tree = _parse(text)
    rows = _rows(tree)
    if not isinstance(tree, dict) or rows is None:
        raise Unreadable(f"The file holds JSON, but not a notebook: it has no cells. {AGAIN}")
    metadata = tree.get("metadata")
    ours = metadata.get("cnnlab") if isinstance(metadata, dict) else None
    notebook = ours.get("notebook") if isinstance(ours, dict) else None
    if len(rows) > MOST_CELLS:
        notes = (*notes, f"The notebook has {len(rows):,} cells; the first {MOST_CELLS:,} were looked at.")
    cells = tuple(_cell(row) for row in rows[:MOST_CELLS] if isinstance(row, dict))
    return Document(cells, notebook if isinstance(notebook, str) else "", notes)


def megabytes(size: int) -> str:
    """Say a size: ``megabytes(200_000_000)`` is "200 MB"."""
    return f"{size / 10**6:.0f} MB" if size >= 10**6 else f"{-(-size // 1000)} kB"


def too_large(size: int, limit: int = LARGEST) -> str:
    """Say that a file is too large, and what to do."""
    return (
        f"The file has {megabytes(size)}; up to {megabytes(limit)} are read. "
        "Ask the learner to clear all outputs (in JupyterLab: Edit, Clear Outputs of All Cells) and hand it in again."
    )


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    if not content.strip():
        raise Unreadable(f"The file is empty. {AGAIN}")
    for start, kind in MISTAKEN.items():
        if content.lstrip().startswith(start):
            raise Unreadable(f"The file is {kind}, not a notebook. {AGAIN}")
    if content.count(b"{") + content.count(b"[") > MOST_CONTAINERS:
        raise Unreadable(f"The file holds more than {MOST_CONTAINERS:,} lists, which no notebook needs. {AGAIN}")
    encoding = json.detect_encoding(content)  # the byte order mark of UTF-8, UTF-16 and UTF-32 too
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError:
        # One bad byte, often in an output, is no reason to lose the rest.
        return content.decode(encoding, "replace"), ("The file holds bytes that are not text; they were replaced.",)


def _parse(text: str) -> Any:
    try:
        # float: whole numbers of thousands of digits would raise. Only texts are needed here.
        return json.loads(text, strict=False, parse_int=float)
    except RecursionError:
        raise Unreadable(f"The file is nested deeper than any notebook. {AGAIN}") from None
    except json.JSONDecodeError as error:
        if not text.lstrip("\ufeff \t\r\n").startswith("{"):
            raise Unreadable(f"The file is not a notebook: it does not hold JSON. {AGAIN}") from None
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise Unreadable(f"The file is cut off: it ends in the middle of the notebook. {AGAIN}") from None
        raise Unreadable(f"The file is damaged at line {error.lineno}, column {error.colno}. {AGAIN}") from None
    except (ValueError, MemoryError):
        raise Unreadable(f"The file is damaged. {AGAIN}") from None


def _rows(tree: Any) -> list[Any] | None:
    """Return the cells; before format 4 they stand in worksheets."""
    if not isinstance(tree, dict):
        return None
    if isinstance(tree.get("cells"), list):
        return list(tree["cells"])
    if isinstance(sheets := tree.get("worksheets"), list):
        inner = (sheet.get("cells") for sheet in sheets if isinstance(sheet, dict))
        return [row for rows in inner if isinstance(rows, list) for row in rows]
    return None


def _cell(row: dict[str, Any]) -> RawCell:
    metadata = row.get("metadata")
    kind, id = row.get("cell_type"), row.get("id")
    text = "".join(_lines(row.get("source", row.get("input"))))  # "input" before format 4
    return RawCell(
        kind if isinstance(kind, str) else "",
        _clean(id) if isinstance(id, str) else "",
        _clean(text),
        metadata if isinstance(metadata, dict) else {},
    )


def _lines(source: Any) -> Iterator[str]:
    if isinstance(source, str):
        yield source
    elif isinstance(source, list):
        yield from (line for line in source if isinstance(line, str))


def _clean(text: str) -> str:
    """Replace halves of characters: JSON can spell them, but no file can hold them."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
