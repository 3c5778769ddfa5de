"""A gradebook of nbgrader: opened only when it is one, and its troubles told as sentences."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnlab.grading.model import GradingError
from cnnlab.grading.nbgrader_course.assignment import Assignment
from cnnlab.words import counted

__all__ = ["opened"]

SQLITE = "sqlite:///"
TABLES = {"alembic_version", "assignment", "comment", "grade", "submitted_notebook"}
LOCKED = "is in use by another program. Close formgrader and other nbgrader commands, then run this again."


@contextlib.contextmanager
def opened(assignment: Assignment, folder: Path) -> Iterator[Any]:
    """Open the gradebook of a course with an assignment in it; a course without it gets it from a release's folder.

    Raises
    ------
    GradingError
        If the gradebook is damaged, in use, of another program or another edition of nbgrader, or if its
        assignment has other exercises or points than the release.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    directory = assignment.directory
    shown = directory.db_url.removeprefix(SQLITE)
    try:
        if not (_stands(directory.db_url) and _holds(assignment)):
            assignment.generate(folder)
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            _compare(gradebook, assignment)
            yield gradebook
    except SQLAlchemyError as error:
        if "locked" in str(error):
            raise GradingError(f"--nbgrader: {shown} {LOCKED}") from error
        reason = str(getattr(error, "orig", None) or error)
        remedy = "Keep a copy of it, then run in the course: nbgrader db upgrade"
        if "readonly" in reason or "full" in reason:
            remedy = "Give yourself the right to write there, or make room; then run the same command again."
        raise GradingError(f"--nbgrader: {shown} cannot be used: {reason}. {remedy}") from error
    except OSError as error:
        raise GradingError(
            f"--nbgrader: {error.filename or directory.root} cannot be written: {error.strerror or error}. "
            "Mend that, then run the same command again: what was written is kept."
        ) from error


def _stands(url: str) -> bool:
    """Whether there is a gradebook already, as far as a file tells."""
    path = Path(url.removeprefix(SQLITE))
    if not url.startswith(SQLITE):
        return True
    if not path.is_file() or not path.stat().st_size:
        return False
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=2)) as database:
            database.execute("BEGIN IMMEDIATE")
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise GradingError(f"--nbgrader: {path} {LOCKED}") from error
        raise GradingError(
            f"--nbgrader: {path} is no gradebook: {error}. Move it away, and nbgrader makes a new one; "
            "or put a copy in its place."
        ) from error
    if not tables >= TABLES:
        raise GradingError(
            f"--nbgrader: {path} is a database of another program. Move it away, and nbgrader makes a new one."
        )
    return True


def _holds(assignment: Assignment) -> bool:
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(assignment.directory.db_url, assignment.directory.course_id) as gradebook:
        try:
            gradebook.find_assignment(assignment.name)
        except MissingEntry:
            return False
    return assignment.folder("release").is_dir()


def _compare(gradebook: Any, assignment: Assignment) -> None:
    """Refuse an assignment whose checks are not those of the release."""
    cells = [cell for notebook in gradebook.find_assignment(assignment.name).notebooks for cell in notebook.grade_cells]
    there = {cell.name: cell.max_score for cell in cells if cell.name.startswith("check_")}
    exercises = [exercise for sheet in assignment.release.sheets for exercise in sheet.exercises]
    wanted = {f"check_{exercise.id}": float(exercise.points) for exercise in exercises}
    for name in sorted(there.keys() | wanted):
        if there.get(name) != wanted.get(name):
            raise GradingError(
                f"--nbgrader: the course's assignment {assignment.name} is not this release: {name} is "
                f"{_points(there.get(name))} there and {_points(wanted.get(name))} in the release. Name the release "
                "that the course was made from, or make the release again with another --title."
            )


def _points(points: float | None) -> str:
    return "missing" if points is None else f"worth {counted(points, 'point')}"
