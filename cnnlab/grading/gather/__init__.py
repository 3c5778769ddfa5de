"""Take in what was handed in: a folder or a zip, as learning platforms export it or as an instructor sorted it.

Nothing is unpacked to disk, no link is followed, and a notebook is read into memory one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cnnlab.grading.document import Unreadable, open_document
from cnnlab.grading.gather.archive import open_export
from cnnlab.grading.gather.disk import look_through, open_file
from cnnlab.grading.gather.found import Find, Found, Problem
from cnnlab.grading.gather.learner import safe_name
from cnnlab.grading.gather.platform import Roster, read_time
from cnnlab.grading.gather.sheets import copy_number, recognise
from cnnlab.grading.gather.whose import owners_of
from cnnlab.grading.model import GradingError, Release

__all__ = ["Gathered", "Handed", "Problem", "gather", "safe_name"]

SUBMITTED = "submitted"  # nbgrader's folder of what was handed in
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Handed:
    """One notebook that one learner handed in."""

    learner: str  # the same for all spellings of a name; `safe_name` makes a file's name of it
    sheet: str | None  # the name of its notebook in the release
    path: str  # within SUBMISSIONS, as shown to the instructor
    load: Callable[[], bytes]  # reads it; raises Unreadable with a sentence for the report
    when: datetime | None = None  # handed in, as the platform says
    late: bool | None = None  # as the platform says
    copy: int = 0  # which file of the same name it was: "x-2.ipynb" is 2
    account: str = ""  # the learner's number or login on the platform
    changed: datetime | None = None  # the file's own time, which copying may change


@dataclass(frozen=True)
class Gathered:
    """All that was handed in, sorted by learner and notebook, each learner's earliest first."""

    handed: tuple[Handed, ...]
    problems: tuple[Problem, ...]
    ignored: int  # files that are no notebooks
    platform: str = ""  # "moodle", "canvas", "blackboard", "brightspace", "gradescope", "nbgrader"
    lost: int = 0  # files that may hold work, and were not taken for a notebook of the release


def gather(submissions: Path, release: Release) -> Gathered:
    """Find the notebooks of a class, and tell whose and which they are.

    A learner's file that is damaged or too large is among those handed in: `load` or the reading of it raises. What
    is none of the release's notebooks has the sheet None, and a problem says so.

    Parameters
    ----------
    submissions
        A folder, a zip archive or a single notebook.
    release
        What the class was given.

    Raises
    ------
    GradingError
        If there is no such folder or archive.
    """
    find = Find()
    root = submissions.expanduser().absolute().resolve()
    if root.is_dir():
        look_through(root, find)
    elif not root.is_file():
        raise GradingError(f"SUBMISSIONS: there is no file or folder {submissions}. Name one that is there.")
    elif root.name.lower().endswith(".ipynb"):
        find.add(Found((root.name,), lambda: open_file(root)))
    else:
        open_export(root, find)
    is_course = _settle_course(find, root)
    roster = Roster.read(find.files, _text)
    notebooks = [(file, _sheet(file, release, find)) for file in find.files if file.is_notebook]
    times = _times(find)
    # nbgrader's tree may also have been copied elsewhere.
    is_course = is_course or (bool(times) and all(file.parts[:-1] in times for file, _ in notebooks))
    name = root.name if root.is_dir() else root.stem
    platform, owners = owners_of(notebooks, roster, release, root=name, times=times if is_course else None)
    handed = [
        Handed(
            *(owner.name, sheet, file.path, file.load, owner.when, owner.late),
            copy_number(owner.rest or file.parts[-1]),
            *(owner.account, file.changed),
        )
        for (file, sheet), people in zip(notebooks, owners, strict=True)
        for owner in people
    ]
    return Gathered(tuple(sorted(handed, key=_order)), tuple(find.problems), find.ignored, platform, find.lost)


def _order(handed: Handed) -> tuple[str, str, datetime, int, datetime, str]:
    times = handed.when or LONG_AGO, handed.copy, handed.changed or LONG_AGO
    return handed.learner, handed.sheet or "", *times, handed.path


def _settle_course(find: Find, root: Path) -> bool:
    """Bring nbgrader's tree to student/assignment/file, from wherever in it SUBMISSIONS points; say if it is one."""
    if SUBMITTED in (root.parent.name, root.parent.parent.name) and root.is_dir():
        above = (root.name,) if root.parent.name == SUBMITTED else (root.parent.name, root.name)
        find.files = [replace(file, parts=(*above, *file.parts)) for file in find.files]
        return True
    if root.name == SUBMITTED:
        return True
    tops = {file.parts[0] for file in find.files}
    depth = 0 if SUBMITTED in tops else 1
    inner = [
        file for file in find.files if file.parts[depth : depth + 1] == (SUBMITTED,) and len(file.parts) > depth + 2
    ]
    if inner and (depth == 0 or len(tops) == 1):
        find.ignored += len(find.files) - len(inner)  # source, release, autograded, …
        find.files = [replace(file, parts=file.parts[depth + 1 :]) for file in inner]
        return True
    return False


def _times(find: Find) -> dict[tuple[str, ...], datetime]:
    notes = [file for file in find.files if file.parts[-1] == "timestamp.txt" and len(file.parts) == 3]
    times = ((file.parts[:-1], read_time(_text(file))) for file in notes if not file.packed)
    return {folder: time for folder, time in times if time}


def _text(file: Found) -> str:
    try:
        return file.load().decode("utf-8-sig", "replace")
    except Unreadable:
        return ""


def _sheet(file: Found, release: Release, find: Find) -> str | None:
    """Return the name of a file's sheet; tell if it has none."""
    names = ", ".join(sheet.name for sheet in release.sheets)
    trouble = f"It is none of this release's notebooks ({names}). Nothing in it is graded."
    try:
        document = open_document(file.load())
    except Unreadable as error:
        document, trouble = None, str(error)
    if sheet := recognise(document, file.parts, release):
        return sheet.name
    find.tell(file.parts, trouble)
    return None
