"""What passes between the parts of the grader: a release, a piece of work to grade, and what came of it.

All of it can be written as JSON, to go to another process or machine, or into a file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["RELEASE", "Assigned", "Graded", "GradingError", "Job", "Limits", "Mark", "Release", "Sheet"]

RELEASE = "release.json"  # in the folder of a release
FORMAT = 1


class GradingError(Exception):
    """What an instructor can mend: says what was wanted, what came, and what to do."""


@dataclass(frozen=True)
class Assigned:
    """An exercise of a release, and what it is worth there."""

    id: str
    points: float


@dataclass(frozen=True)
class Sheet:
    """One notebook of a release."""

    name: str  # "02_padding_and_stride", also its file's name without ending
    title: str
    exercises: tuple[Assigned, ...]
    # The code cells that everybody was given, by cell id: their definitions are a learner's to use, and nobody's copy.
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """What the notebook is worth."""
        return sum(exercise.points for exercise in self.exercises)


@dataclass(frozen=True)
class Release:
    """What a class was given: `release.json` of a release's folder. It holds nothing that a learner may not see."""

    title: str
    made: str  # the day, "2026-09-01"
    version: str  # of cnnlab
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet:
        """Return a notebook by its name or number.

        Raises
        ------
        GradingError
            If the release has no such notebook.
        """
        for sheet in self.sheets:
            if name in (sheet.name, sheet.name.partition("_")[0]):
                return sheet
        names = ", ".join(sheet.name for sheet in self.sheets)
        raise GradingError(f"notebook: got {name!r}, wanted one of this release: {names}.")

    def write(self, folder: Path) -> Path:
        """Write the release's file into its folder."""
        path = folder / RELEASE
        path.write_text(self.to_json(), encoding="utf-8", newline="\n")
        return path

    def to_json(self) -> str:
        """Write it as the release's file holds it."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Release:
        """Read the release of a folder.

        Raises
        ------
        GradingError
            If there is none, or its file is damaged or of another format.
        """
        path = folder / RELEASE
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise GradingError(
                f"--release: {folder} has no {RELEASE}. Name the folder that cnnlab release made."
            ) from None
        except (OSError, ValueError) as error:
            raise GradingError(f"--release: {path} cannot be read: {error}. Make the release again.") from error
        if not isinstance(row, dict) or row.pop("format", None) != FORMAT:
            raise GradingError(f"--release: {path} is not a release of this version. Make the release again.")
        try:
            sheets = tuple(_sheet(sheet) for sheet in row.pop("sheets"))
            if not sheets or not isinstance(row["title"], str):
                raise ValueError("it has no notebook or no title")
            return cls(**row, sheets=sheets)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise GradingError(f"--release: {path} is damaged ({error}). Make the release again.") from error


def _sheet(row: dict[str, Any]) -> Sheet:
    exercises = tuple(Assigned(**exercise) for exercise in row.pop("exercises"))
    sheet = Sheet(**row, exercises=exercises)
    if not re.fullmatch(r"\w+", sheet.name):
        raise ValueError(f"no notebook can be called {sheet.name!r}")
    if len({exercise.id for exercise in exercises}) < len(exercises):
        raise ValueError(f"an exercise comes twice in {sheet.name}")
    for id, points in ((exercise.id, exercise.points) for exercise in exercises):
        if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < math.inf:
            raise ValueError(f"{id} is worth {points!r} points")
    if not all(isinstance(text, str) for text in sheet.given.values()):
        raise ValueError(f"a cell of {sheet.name} is no text")
    return sheet


@dataclass(frozen=True)
class Limits:
    """What a learner's code may use, for each exercise."""

    seconds: float = 30.0  # for all calls of one exercise, with its imports; one call has 5
    memory: int = 1024  # megabytes
    sandbox: str = "auto"  # "bubblewrap", "landlock", "none" (trusted), or the best this machine has


@dataclass(frozen=True)
class Job:
    """One learner's notebook to grade."""

    learner: str
    sheet: Sheet
    content: bytes  # the file as it was handed in
    seed: int = 0  # of the numbers that only the grader knows
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Mark:
    """What one exercise got."""

    exercise: str
    state: str  # "pass", "part", "fail", "todo" (not written yet), "missing" (no such cell), "error" (the grader's own)
    points: float
    most: float
    mistake: str = ""  # its name in the catalogue
    text: str = ""  # what the check says, as plain text
    html: str = ""  # the same as HTML
    seconds: float = 0.0


@dataclass(frozen=True)
class Graded:
    """What one learner's notebook got."""

    learner: str
    sheet: str  # its name
    state: str  # "graded", "unreadable" (no notebook), "error" (the grader failed; to be graded again)
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()  # what happened on the way: "A test cell was edited; it does not count."
    sandbox: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """The points of all exercises."""
        return sum(mark.points for mark in self.marks)

    @property
    def most(self) -> float:
        """What could be had."""
        return sum(mark.most for mark in self.marks)

    def to_json(self) -> str:
        """Write it as one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Graded:
        """Read what `to_json` wrote."""
        row = json.loads(text)
        marks = tuple(Mark(**mark) for mark in row.pop("marks"))
        row["notes"] = tuple(row["notes"])
        return cls(**row, marks=marks)
