"""What a learner has done: attempts, passes and hints per exercise, answers to quizzes; a file in their course folder.

The folder is the nearest one, upwards from where Python runs, that holds a folder ``.cnnlab``; without one, nothing is
written and progress lasts as long as the session. Two notebooks may write at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cnnlab import course

__all__ = [
    "ExerciseProgress",
    "Row",
    "answer",
    "export",
    "file",
    "load",
    "record",
    "record_answer",
    "record_hint",
    "rows",
    "wipe",
]

FORMAT = 1
LOCK_PATIENCE = 2.0  # seconds


@dataclass(frozen=True)
class ExerciseProgress:
    """What a learner has done in one exercise."""

    attempts: int = 0
    passes: int = 0
    hints: int = 0  # how many of its hints were opened

    @property
    def state(self) -> str:
        """Return "passed", "tried" or "not started"."""
        return "passed" if self.passes else "tried" if self.attempts else "not started"


@dataclass(frozen=True)
class Row:
    """One exercise of the course with what the learner has done in it."""

    notebook: course.Notebook
    exercise: course.Exercise
    progress: ExerciseProgress


class _Unusable(OSError):
    """The file cannot be read or written; the message is a sentence for the learner."""


@dataclass(frozen=True)
class _Book:
    """What the file holds."""

    exercises: dict[str, dict[str, int]] = field(default_factory=dict)  # exercise → counts
    answers: dict[str, str] = field(default_factory=dict)  # question → what was answered last


_memory = _Book()  # of this session, where there is no file
_told: set[str] = set()  # each trouble is told once


def file() -> Path | None:
    """Return the progress file of the course folder we are in, or None outside of one."""
    here = Path.cwd()
    folder = next((f for f in (here, *here.parents) if (f / ".cnnlab").is_dir()), None)
    return folder / ".cnnlab" / "progress.json" if folder else None


def load() -> dict[str, ExerciseProgress]:
    """Return what was done, by exercise; exercises never touched are left out."""
    return {id: _entry(row) for id, row in _book().exercises.items()}


def rows() -> list[Row]:
    """Return every exercise of the course, in order, with what was done in it."""
    done = load()
    return [
        Row(course.notebooks()[e.notebook], e, done.get(e.id, ExerciseProgress())) for e in course.exercises().values()
    ]


def record(exercise: str, *, passed: bool) -> str | None:
    """Count an attempt.

    Returns
    -------
    str or None
        A sentence for the learner when their progress could not be kept, said once.
    """

    def count(book: _Book) -> None:
        row = book.exercises.setdefault(exercise, {})
        row["attempts"] = row.get("attempts", 0) + 1
        row["passes"] = row.get("passes", 0) + passed

    return _change(count)


def record_hint(exercise: str, number: int) -> str | None:
    """Note that hints up to `number` were opened; returns what :func:`record` returns."""

    def note(book: _Book) -> None:
        row = book.exercises.setdefault(exercise, {})
        row["hints"] = max(number, row.get("hints", 0))

    return _change(note)


def answer(question: str) -> str | None:
    """Return what was answered last to a question of a quiz, or None."""
    return _book().answers.get(question)


def record_answer(question: str, given: str | None) -> str | None:
    """Note an answer, or with None forget it; returns what :func:`record` returns."""

    def note(book: _Book) -> None:
        if given is None:
            book.answers.pop(question, None)
        else:
            book.answers[question] = given

    return _change(note)


def wipe() -> None:
    """Forget everything that was done."""
    _memory.exercises.clear()
    _memory.answers.clear()
    place = file()
    if place is not None:
        with _locked(place):
            place.unlink(missing_ok=True)


def export(path: str | os.PathLike[str]) -> Path:
    """Write what was done to a file of the learner's choice.

    Raises
    ------
    FileExistsError
        If there is such a file already.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"path: {target} is there already, wanted a new file. Choose another name.")
    target.write_text(_json(_Book({id: asdict(e) for id, e in load().items()}, _book().answers)), encoding="utf-8")
    return target


def _entry(row: dict[str, int]) -> ExerciseProgress:
    return ExerciseProgress(row.get("attempts", 0), row.get("passes", 0), row.get("hints", 0))


def _book() -> _Book:
    place = file()
    if place is None:
        return _memory
    try:
        return _merged(_read(place), _memory)
    except _Unusable:
        return _memory


def _change(change: Callable[[_Book], None]) -> str | None:
    """Read, change and write the file under a lock; fall back on memory."""
    place = file()
    if place is None:
        change(_memory)
        return None
    try:
        with _locked(place):
            damaged = _set_aside(place)
            book = _read(place)
            change(book)
            _write(place, book)
    except OSError as trouble:
        change(_memory)
        reason = str(trouble) if isinstance(trouble, _Unusable) else f"{place} cannot be written"
        return _once(f"Your progress lasts only until this notebook is closed, for {reason}.")
    return _once(damaged) if damaged else None


def _once(sentence: str) -> str | None:
    if sentence in _told:
        return None
    _told.add(sentence)
    return sentence


def _merged(first: _Book, second: _Book) -> _Book:
    """Add up what the file knows and what only this session knows."""
    merged = {id: dict(row) for id, row in first.exercises.items()}
    for id, row in second.exercises.items():
        mine = merged.setdefault(id, {})
        for key, count in row.items():
            mine[key] = max(mine.get(key, 0), count) if key == "hints" else mine.get(key, 0) + count
    return _Book(merged, first.answers | second.answers)


def _read(place: Path) -> _Book:
    try:
        return _parsed(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _Book()
    except (OSError, ValueError) as error:
        raise _Unusable(f"{place} cannot be read") from error


def _parsed(text: str) -> _Book:
    """Return what a file's text holds; a ValueError says that it is damaged."""
    content: Any = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("exercises"), dict):
        raise ValueError("no table of exercises")
    if content.get("format") != FORMAT:
        raise _Unusable("it was written by another version of cnnlab")
    table = content["exercises"]
    for row in table.values():
        if not isinstance(row, dict) or not all(type(n) is int and n >= 0 for n in row.values()):
            raise ValueError("a count is no whole number")
    answers = content.get("answers", {})
    if not isinstance(answers, dict) or not all(isinstance(given, str) for given in answers.values()):
        raise ValueError("an answer is no text")
    return _Book(table, answers)


def _set_aside(place: Path) -> str | None:
    """Move a damaged file out of the way, to be lost to nobody; returns a sentence that says so."""
    try:
        _parsed(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        names = (place.with_name(f"{place.name}.damaged{n}") for n in ("", *(f"-{i}" for i in range(2, 1000))))
        aside = next(name for name in names if not name.exists())
        os.replace(place, aside)
        return f"The file with your progress was damaged. It is kept as {aside.name}; counting starts anew."
    return None


def _json(book: _Book) -> str:
    return json.dumps({"format": FORMAT, **asdict(book)}, indent=2, sort_keys=True) + "\n"


def _write(place: Path, book: _Book) -> None:
    """Write the whole file or nothing: a crash in the middle leaves the old one."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix="progress-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(_json(book))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold the course folder's lock; the system lets go of it when a kernel dies."""
    with open(place.with_name("progress.lock"), "a+b") as stream:
        deadline = time.monotonic() + LOCK_PATIENCE
        while not _try_lock(stream.fileno()):
            if time.monotonic() > deadline:
                raise _Unusable("another notebook keeps its file busy")
            time.sleep(0.01)
        try:
            yield
        finally:
            _unlock(stream.fileno())


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
