"""Which notebooks and exercises an instructor means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from cnnlab import course
from cnnlab.grading.model import GradingError

__all__ = ["choose"]


def choose(words: Sequence[str] = (), only: Sequence[str] = ()) -> dict[str, frozenset[str]]:
    """Return the exercises to be graded, by the number of their notebook.

    Parameters
    ----------
    words
        Notebooks by number or name, with all their exercises, and single exercises by id. Without any: the whole
        course.
    only
        Of these, grade no others.

    Raises
    ------
    GradingError
        If a word means nothing, or a notebook would be left without an exercise.

    Examples
    --------
    >>> {number: sorted(ids) for number, ids in choose(["01", "zero_pad"], ["zero_pad", "convolve2d"]).items()}
    {'01': ['convolve2d'], '02': ['zero_pad']}
    """
    chosen: dict[str, set[str]] = {}
    for word in words or _with_exercises():
        number, ids = _meant(word)
        chosen.setdefault(number, set()).update(ids)
    if only:
        _known(only)
        if not words:
            chosen = {course.exercise(id).notebook: chosen[course.exercise(id).notebook] for id in only}
        elif strays := [id for id in only if not any(id in ids for ids in chosen.values())]:
            home = course.exercise(strays[0]).notebook
            raise GradingError(
                f"--exercises: {strays[0]} is in notebook {home}, which is not chosen. Add {home}, or leave it out."
            )
    graded = {number: frozenset(chosen[number] & set(only) if only else chosen[number]) for number in sorted(chosen)}
    for number, ids in graded.items():
        if not ids:
            raise GradingError(
                f"--exercises: none of them is in notebook {number}. Add one of its exercises, or leave {number} out."
            )
    return graded


def _with_exercises() -> list[str]:
    return sorted({exercise.notebook for exercise in course.exercises().values()})


def _meant(word: str) -> tuple[str, Iterable[str]]:
    """Return the notebook of a word, and its exercises that are meant."""
    if word in course.exercises():
        return course.exercise(word).notebook, [word]
    name = word.replace("\\", "/").rpartition("/")[2].removesuffix(".ipynb")
    for number, notebook in course.notebooks().items():
        if name in (notebook.name, number, number.lstrip("0")):
            ids = [id for id, exercise in course.exercises().items() if exercise.notebook == number]
            if not ids:
                raise GradingError(f"Notebook {number} has no exercises. Leave it out: there is nothing to grade.")
            return number, ids
    names = [notebook.name for notebook in course.notebooks().values()]
    near = difflib.get_close_matches(word, [*names, *course.exercises()], n=3)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"Name one of {', '.join(names)}."
    raise GradingError(f"Got {word!r}, wanted the number or name of a notebook, such as 02, or an exercise. {remedy}")


def _known(ids: Iterable[str]) -> None:
    for id in ids:
        if id not in course.exercises():
            near = difflib.get_close_matches(id, course.exercises(), n=3) or list(course.exercises())
            raise GradingError(f"--exercises: got {id!r}, wanted an exercise. Did you mean {' or '.join(near)}?")
