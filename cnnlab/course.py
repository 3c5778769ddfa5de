"""The course map: notebooks and exercises, read from ``course.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Exercise", "Notebook", "exercise", "exercises", "notebooks"]


@dataclass(frozen=True)
class Notebook:
    """One notebook of the course."""

    number: str  # "01"
    name: str  # file name without ending
    title: str
    minutes: int  # for a first reader, exercises included
    teaches: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: where it stands, what it is worth, how to help."""

    id: str  # the name of the function the learner writes
    notebook: str  # number of its notebook
    points: float  # a whole number in the course, any in a class of its own
    minutes: int
    difficulty: int  # 1 easy, 2 some thought, 3 hard
    lines: int  # length of a usual solution
    source: str
    hints: tuple[str, str, str]  # from gentle to almost there


@cache
def _toml() -> dict[str, object]:
    return tomllib.loads(files("cnnlab").joinpath("course.toml").read_text(encoding="utf-8"))


@cache
def notebooks() -> dict[str, Notebook]:
    """Return the notebooks by number, in order.

    Examples
    --------
    >>> notebooks()["01"].title
    'Edge detection'
    """
    rows = _toml()["notebook"]
    assert isinstance(rows, list)
    return {row["number"]: Notebook(**row) for row in rows}


@cache
def exercises() -> dict[str, Exercise]:
    """Return the exercises by id, in the order of the course."""
    rows = _toml()["exercise"]
    assert isinstance(rows, dict)
    return {key: Exercise(id=key, **{**row, "hints": tuple(row["hints"])}) for key, row in rows.items()}


def exercise(id: str) -> Exercise:
    """Return one exercise.

    Raises
    ------
    KeyError
        If there is none of that name; the message lists those there are.
    """
    try:
        return exercises()[id]
    except KeyError:
        raise KeyError(f"exercise: got {id!r}, wanted one of {', '.join(exercises())}.") from None
