"""A class's scores go into an nbgrader course: its gradebook, manual grading, feedback and export carry on from there.

nbgrader runs no code for it. A submission is built anew from the notebook that nbgrader released, with the learner's
texts put into their cells, so forged metadata and edited checks stay outside; it goes to `autograded`, where nbgrader
keeps what is graded. Scores and comments go into the gradebook through nbgrader's own interface. What is there is
compared, not remembered: a second run writes only what differs, and so finishes one that was killed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnlab.grading.gather.learner import safe_name
from cnnlab.grading.model import Mark, Release, Sheet
from cnnlab.grading.nbgrader_course.assignment import Assignment, course_directory
from cnnlab.grading.nbgrader_course.gradebook import opened
from cnnlab.grading.nbgrader_course.rebuild import Node, handed_in, quoted, rebuild, texts
from cnnlab.grading.report.result import Result

__all__ = ["Filled", "fill_course"]

STAMP = "timestamp.txt"  # beside a submission: when it was handed in
_PLAIN = re.compile(r"\w([\w.@+ -]*\w)?")


@dataclass(frozen=True)
class Filled:
    """What a run changed in the course."""

    course: Path
    assignment: str
    changed: int  # notebooks with a score, comment or text that is new
    same: int
    by_hand: int  # notebooks in which something waits for a person

    def __str__(self) -> str:
        waiting = f" Manual grading waits in {self.by_hand}." if self.by_hand else ""
        return (
            f"{self.course}: {self.changed} notebooks written, {self.same} as they were.{waiting} "
            f"Next, in that folder: nbgrader generate_feedback {self.assignment} --force && nbgrader export"
        )


def fill_course(
    course: Path, folder: Path, results: Iterable[Result], content: Callable[[Result], bytes | None]
) -> Filled:
    """Write the results of a class into a course that `nbgrader quickstart` made.

    A score or comment that a person gave stays; where what it was given for changes, nbgrader asks to look again.
    Cells that are graded by hand stay open until somebody has. What a policy takes off a late notebook becomes
    nbgrader's late penalty.

    Parameters
    ----------
    course
        The course's folder, with nbgrader_config.py in it.
    folder
        The release's folder.
    results
        What counts: for a learner and a notebook one.
    content
        Returns the file of a result as it was handed in, None where there is none.

    Raises
    ------
    GradingError
        If nbgrader is missing, the folder is no course, its gradebook is damaged or in use, or its assignment is not
        that of the release.
    """
    assignment = Assignment(Release.read(folder), course_directory(course))
    with opened(assignment, folder) as gradebook:
        entries = _Entries(gradebook, assignment)
        states = [entries.fill(result, content(result)) for result in results]
    changed = sum(state.changed for state in states)
    return Filled(course, assignment.name, changed, len(states) - changed, sum(state.by_hand for state in states))


@dataclass(frozen=True)
class _State:
    changed: bool
    by_hand: bool


@dataclass(frozen=True)
class _Entries:
    """What a gradebook and the folder `autograded` hold of one assignment."""

    gradebook: Any
    assignment: Assignment

    def fill(self, result: Result, content: bytes | None) -> _State:
        """Write one notebook: what the gradebook says of it, at once, then the file."""
        student, sheet = _student(result.learner), self.assignment.release.sheet(result.graded.sheet)
        released = self.assignment.released[sheet.name]
        marks = {mark.exercise: mark for mark in result.marks(sheet)}
        notes = [*result.graded.notes, *([result.late] if result.late else [])]
        node = rebuild(released, handed_in(content, sheet, released), marks, notes)
        path = self.assignment.folder("autograded", student) / f"{sheet.name}.ipynb"
        old = _read(path)
        notebook = self._submitted(student, sheet)
        _grade(notebook, marks, texts(node), texts(released), texts(old) if old else {})
        _set(notebook, "late_submission_penalty", round(result.graded.points - result.points, 6) or None)
        changed = node != old or any(map(self.gradebook.db.is_modified, self.gradebook.db.dirty))
        self.gradebook.db.commit()
        if node != old:
            _write(path, (json.dumps(node, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
        return _State(changed, any(grade.needs_manual_grade for grade in notebook.grades))

    def _submitted(self, student: str, sheet: Sheet) -> Any:
        """Return the gradebook's entry of a learner's notebook, a new one if there is none."""
        from nbgrader.api import MissingEntry

        try:
            submission = self.gradebook.find_submission(self.assignment.name, student)
        except MissingEntry:
            self.gradebook.update_or_create_student(student)
            with self.gradebook.db.no_autoflush:  # nbgrader would have a submission saved that is half made
                submission = self.gradebook.add_submission(self.assignment.name, student)
            # In a notebook that nobody handed in, nothing waits for a person.
            for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
                grade.auto_score, grade.needs_manual_grade = 0.0, False
        _set(submission, "timestamp", _stamp(self.assignment.folder("submitted", student)))
        return next(notebook for notebook in submission.notebooks if notebook.name == sheet.name)


def _grade(
    notebook: Any, marks: Mapping[str, Mark], now: dict[str, str], given: dict[str, str], before: dict[str, str]
) -> None:
    """Enter the scores and comments of a notebook whose texts are these, were handed out as and had been."""
    for grade in notebook.grades:
        cell = grade.name.removeprefix("check_")
        if cell in marks:
            score = None if marks[cell].state == "error" else float(marks[cell].points)
        else:  # a person's to grade, if something was answered
            score = 0.0 if grade.name in given and now[grade.name] == given[grade.name] else None
        if grade.auto_score != score or (before and now.get(cell) != before.get(cell)):
            grade.auto_score = score
            grade.needs_manual_grade = score is None or grade.manual_score is not None
    for comment in notebook.comments:
        if comment.name in marks:
            _set(comment, "auto_comment", _comment(marks[comment.name]))


def _student(learner: str) -> str:
    """Return what nbgrader calls a learner: the same, unless it could not be the name of a folder.

    Examples
    --------
    >>> _student("Bitdiddle"), _student("../gradebook")
    ('Bitdiddle', 'gradebook-9ce609cd0e')
    """
    return learner if _PLAIN.fullmatch(learner) else safe_name(learner)


def _set(row: Any, name: str, value: Any) -> None:
    if getattr(row, name) != value:
        setattr(row, name, value)


def _comment(mark: Mark) -> str:
    """Return what the check says, as code: nbgrader reads comments as Markdown, and a learner's words stand in it."""
    return quoted([mark.text.replace("\0", "")])


def _stamp(submitted: Path) -> datetime | None:
    """Return when a submission was handed in, where nbgrader's own folder says so."""
    from nbgrader.utils import parse_utc

    try:
        text = (submitted / STAMP).read_text(encoding="utf-8").strip()
        when: datetime = parse_utc(text).replace(tzinfo=None)
    except (OSError, ValueError, OverflowError):  # the file comes from the learner
        return None
    return when


def _read(path: Path) -> Node | None:
    try:
        node = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return node if isinstance(node, dict) else None


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place, whole; nbgrader writes its own read-only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
