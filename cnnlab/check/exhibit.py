"""Arguments and results as tables: small arrays cell by cell, of larger ones a slice, dicts and functions in words."""

from __future__ import annotations

import itertools
import types
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check import axis
from cnnlab.check.figure import LIMIT, Figure, by, figure, written
from cnnlab.check.run import Run
from cnnlab.check.task import Task
from cnnlab.check.tree import MOST_CELLS, as_array

__all__ = ["compared", "in_words", "shown", "spoken"]

TABLES = 4  # of one array that are shown, when it has more than two axes

Array = NDArray[Any]


def shown(task: Task, caption: str, value: Any, name: str = "") -> list[Figure]:
    """Show an argument: a small array table by table, anything else in words."""
    if not isinstance(value, np.ndarray):
        array = as_array(value) if isinstance(value, int | float | np.generic) and not _is_switch(value) else None
        if isinstance(value, tuple) and len(value) == len(task.inside.get(name, ())):
            parts = zip(task.inside[name], value, strict=True)
            return [table for part, inner in parts for table in _inner(task, f"{caption}: {part}", inner, part)]
        if array is None:
            return [Figure(f"{caption}: {in_words(value, task.inside.get(name, ()))}")]
        value = array
    if value.dtype.kind not in "iufb":
        return [Figure(f"{caption} ({by(value)})")]
    if _flat(value).ndim <= 2:
        return [figure(caption, _flat(value), written(value)[0], size=by(value))]
    found = task.letters(name, value.ndim)
    slices = _slices(found, value.shape)
    texts = written(value)[0]
    if len(slices) > TABLES or any(max(_table(found, value, index).shape) > LIMIT for index in slices):
        low, high = texts[int(np.argmin(value))], texts[int(np.argmax(value))]
        return [Figure(f"{caption} ({by(value)}), numbers from {low} to {high}")]
    return [_sliced(found, caption, value, texts, index) for index in slices]


def compared(task: Task, run: Run) -> list[Figure]:
    """Show what came back and what is right, of several parts the one to speak of."""
    part = run.part
    if part is None:
        return [] if run.right is None else _expected_alone(task, run)
    if part.difference is None and run.difference is not None and run.difference.stage == "inputs":
        return []
    right, got = part.right, part.got
    came, expected = (f"{words}: {part.name}" if part.name else words for words in ("Came back", "Expected"))
    if not isinstance(right, np.ndarray):
        return []
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "iufb" or got.size > MOST_CELLS:
        return shown(task, expected, right, part.name)
    if not part.numbers:  # of another shape
        texts = written(right, got)
        pair = ((came, got, texts[1]), (expected, right, texts[0]))
        return [figure(caption, array, text) for caption, array, text in pair]
    texts = written(right, got)
    wrong = part.difference.wrong if part.difference else None
    if _flat(right).ndim <= 2:
        marks = None if wrong is None else _flat(wrong)
        return [
            figure(came, _flat(got), texts[1], marks, by(got)),
            figure(expected, _flat(right), texts[0], size=by(right)),
        ]
    found = task.letters(part.name, right.ndim)
    index = next((i for i in _slices(found, right.shape) if wrong is not None and _table(found, wrong, i).any()), None)
    if index is None:
        index = _slices(found, right.shape)[0]
    return [
        _sliced(found, came, got, texts[1], index, wrong),
        _sliced(found, expected, right, texts[0], index),
    ]


def _expected_alone(task: Task, run: Run) -> list[Figure]:
    if isinstance(run.right, np.ndarray):
        return shown(task, "Expected", run.right)
    return []


def spoken(found: str, index: tuple[int, ...]) -> str:
    """Say a place in words; of an axis without a name, the plain index.

    Examples
    --------
    >>> spoken("HW", (0, 2)), spoken("L", (3,))
    ('row 0, column 2', 'index (3,)')
    """
    return f"index {index}" if set(found) <= {"L", "1"} else axis.where(found, index)


def in_words(value: Any, names: tuple[str, ...] = ()) -> str:
    """Write an argument that is no array in a short form.

    Examples
    --------
    >>> in_words({"stride": 2, "x": np.zeros((3, 4))})
    "{'stride': 2, 'x': array 3×4}"
    """
    if isinstance(value, np.ndarray):
        return f"array {by(value)}" if value.ndim and value.size > LIMIT else written_short(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {in_words(part)}" for key, part in value.items()) + "}"
    if isinstance(value, tuple):
        pairs = itertools.zip_longest(names[: len(value)], value)
        parts = [f"{name} = {in_words(part)}" if name else in_words(part) for name, part in pairs]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(in_words, value[:8]))}{', …' if len(value) > 8 else ''}]"
    if isinstance(value, np.generic):
        return str(value)
    if callable(value):
        name = getattr(value, "__name__", "<lambda>")
        about = (value.__doc__ or "").strip().partition("\n")[0] if isinstance(value, types.FunctionType) else ""
        words = "a function" if name == "<lambda>" else f"the function {name}"
        return f"{words}: {about}" if about else words
    return repr(value) if isinstance(value, str | int | float | bool) or value is None else type(value).__name__


def written_short(array: Array) -> str:
    """Write a small array on one line."""
    if array.dtype.kind not in "iuf":
        return str(array.tolist())
    texts = iter(written(array)[0])

    def nested(shape: tuple[int, ...]) -> str:
        if not shape:
            return next(texts)
        return f"[{', '.join(nested(shape[1:]) for _ in range(shape[0]))}]"

    return nested(array.shape)


def _inner(task: Task, caption: str, value: Any, name: str) -> list[Figure]:
    """Show a part of a tuple; of an array only what fits into two small tables."""
    if not isinstance(value, np.ndarray):
        return [Figure(f"{caption}: {in_words(value)}")]
    tables = shown(task, caption, value, name)
    return tables if len(tables) <= 2 else [Figure(f"{caption} ({by(value)})")]


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _flat(array: Array) -> Array:
    """Leave out axes of length one, where what is left is a table, a row or a number in brackets."""
    sides = [n for n in array.shape if n != 1]
    return array.reshape(sides or [1]) if array.ndim > 2 and len(sides) <= 2 else array


def _slices(found: str, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """List where the tables of an array lie: an index for each axis that is not rows or columns."""
    table = axis.plane(found)
    others = [n for i, n in enumerate(shape) if table is None or i not in table]
    return list(itertools.product(*map(range, others))) or [()]


def _table(found: str, array: Array, index: tuple[int, ...]) -> Array:
    table = axis.plane(found)
    assert table is not None
    picked = iter(index)
    cut: tuple[Any, ...] = tuple(slice(None) if i in table else next(picked) for i in range(array.ndim))
    taken: Array = array[cut]
    return taken if table[0] < table[1] else taken.T


def _sliced(
    found: str,
    caption: str,
    array: Array,
    texts: list[str],
    index: tuple[int, ...],
    wrong: NDArray[np.bool_] | None = None,
) -> Figure:
    table = axis.plane(found)
    assert table is not None
    names = "".join(letter for i, letter in enumerate(found) if i not in table)
    cells = _table(found, np.array(texts, object).reshape(array.shape), index).ravel().tolist()
    marks = None if wrong is None else _table(found, wrong, index)
    place = axis.where(names, index)
    size = f"{place} of {by(array)}" if place else by(array)
    return figure(caption, _table(found, array, index), cells, marks, size)
