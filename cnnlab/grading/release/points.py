"""What the exercises are worth in a class: points of an instructor's own, from a TOML or CSV file."""

from __future__ import annotations

import csv
import difflib
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path

from cnnlab import course
from cnnlab.grading.model import GradingError

__all__ = ["read_points"]

REMEDY = "Write one line for each exercise: zero_pad = 5 in a .toml file, zero_pad,5 in a .csv file."


def read_points(path: Path) -> dict[str, float]:
    """Read the points of a file, by exercise. Exercises that are not in it keep those of the course.

    Raises
    ------
    GradingError
        If it cannot be read, or names an exercise that is unknown or named twice, or points that are no number of 0
        or more.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(_toml(text) if path.suffix.lower() == ".toml" else _csv(text))
    except (OSError, ValueError, csv.Error) as error:  # TOML's and Unicode's errors are ValueErrors
        reason = error.strerror if isinstance(error, OSError) else error
        raise GradingError(f"--points: {path} cannot be read: {reason}. {REMEDY}") from error
    points: dict[str, float] = {}
    for id, value in rows:
        if id not in course.exercises():
            near = difflib.get_close_matches(id, course.exercises(), n=3)
            remedy = f"Did you mean {' or '.join(near)}?" if near else REMEDY
            raise GradingError(f"--points: got {id!r} in {path}, wanted an exercise of the course. {remedy}")
        if id in points:
            raise GradingError(f"--points: {id} is in {path} twice. Keep one of the two lines.")
        points[id] = _number(id, value, path)
    if not points:
        raise GradingError(f"--points: {path} names no exercise. {REMEDY}")
    return points


def _toml(text: str) -> Iterable[tuple[str, object]]:
    data = tomllib.loads(text)
    table = data.get("points", data)
    if not isinstance(table, dict):
        raise ValueError("points is no table")
    return table.items()


def _csv(text: str) -> Iterable[tuple[str, object]]:
    """Read a comma-separated file, or one of a spreadsheet that writes 2;5 and 2,5."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    european = bool(lines) and ";" in lines[0]
    for row in csv.reader(lines, delimiter=";" if european else ","):
        cells = [cell.strip() for cell in row]
        if cells[0].lower() == "exercise":
            continue
        if len(cells) != 2:
            raise ValueError(f"{','.join(row)!r} is not an exercise and its points")
        yield cells[0], cells[1].replace(",", ".") if european else cells[1]


def _number(id: str, value: object, path: Path) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:  # NaN is neither
        raise GradingError(f"--points: got {value!r} for {id} in {path}, wanted a number, 0 or more. Correct it.")
    return int(number) if number.is_integer() else number
