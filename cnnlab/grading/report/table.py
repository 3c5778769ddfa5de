"""Tables as CSV that a spreadsheet opens without running what a learner wrote into it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["defused", "write_table", "write_text"]

# What a spreadsheet takes for a formula, also in its wide form; a lone dash and a signed number are none.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_HARMLESS = re.compile(r"-*|[+-]?\d+([.,]\d+)?")


def defused(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    Examples
    --------
    >>> defused("=1+2"), defused("@SUM(A1)"), defused("-2.5"), defused("Ada")
    ("'=1+2", "'@SUM(A1)", '-2.5', 'Ada')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _HARMLESS.fullmatch(cell) else cell


def write_table(
    path: Path,
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quoting: bool = False,
) -> Path:
    """Write rows as CSV, every cell defused."""
    lines = io.StringIO()
    writer = csv.writer(
        lines, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL, lineterminator="\n"
    )
    writer.writerows([defused(str(cell)) for cell in row] for row in rows)
    return write_text(path, lines.getvalue(), encoding)


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text; what no encoding can write, as half a character in a file's name, becomes a question mark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding, "replace"))
    return path
