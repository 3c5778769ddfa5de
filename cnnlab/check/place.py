"""Tell in words where and how results are wrong, for mistakes that have no name in the catalogue."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.axis import letters, plane, plural, word
from cnnlab.check.compare import Part, close, listed, tolerance
from cnnlab.check.run import Run
from cnnlab.check.task import Task

__all__ = ["locate", "only_some_calls", "same_everywhere", "which_parts"]

Array = NDArray[Any]
Change = Callable[[Array], Array]


def which_parts(runs: list[Run]) -> str:
    """Say which parts of the results are wrong and which are right, where there are several."""
    wrong: dict[str, str] = {}
    groups: dict[str, None] = {}
    for run in runs:
        for part in run.parts:
            groups[part.group] = None
            if part.difference is not None:
                wrong[part.name] = part.group
    right = [group for group in groups if group not in wrong.values()]
    if not right or not wrong or "" in wrong:
        return ""
    names = [*wrong][:4]
    return f"{listed(names)} {_are(names)} not right; {listed(right)} {_are(right)}."


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def locate(task: Task, runs: list[Run], first: Run) -> str:
    """Return one or two sentences on the pattern of what is wrong, or an empty string."""
    only = only_some_calls(task, runs)
    shown = first.part
    if shown is None or shown.difference is None:
        return only
    if shown.difference.stage == "shape":
        return _sizes(task, runs, shown.name) or only
    if shown.difference.stage != "values" or not shown.numbers:
        return only
    parts = [part for run in runs for part in run.parts if part.name == shown.name and part.numbers]
    if shown.right.dtype.kind == "b":
        if all((part.got.astype(bool) != part.right).all() for part in parts):
            return "True and False have changed places in every cell."
        return " ".join(filter(None, (_where(letters(shown.name, shown.right.ndim, task.axes), shown), only)))
    wrong = [part for part in parts if part.difference is not None]
    if len(parts) == len(runs) > 1 and _one_number([part.got for part in parts]) and any(p.got.any() for p in parts):
        if all(part.right.size == 1 for part in parts):
            return "Every call gave the same number, whatever it was called with."
        return "All cells of a result hold one and the same number."
    found = letters(shown.name, shown.right.ndim, task.axes)
    pattern = next((says for says, change in _changes(found) if all(_like(change, part) for part in wrong)), "")
    pattern = pattern or _moved(found, wrong) or _factor(wrong) or _offset(wrong)
    pattern = pattern or " ".join(filter(None, (_by_axis(found, shown), _where(found, shown))))
    return " ".join(part for part in (pattern, only) if part)


def same_everywhere(runs: list[Run]) -> bool:
    """Whether each result, cell after cell, is one number over and over; of single numbers, all results."""
    return _one_number([p.got for run in runs for p in run.parts if p.numbers and p.got.size])


def _one_number(results: list[Array]) -> bool:
    if all(got.size == 1 for got in results):
        results = [np.concatenate([np.ravel(got) for got in results])] if results else []
    return all(bool((got == got.flat[0]).all()) for got in results if got.size)


def only_some_calls(task: Task, runs: list[Run]) -> str:
    """Say what the calls that go wrong have in common, if one word tells them from those that are right."""
    failed = {i for i, run in enumerate(runs) if run.difference is not None}
    if len(failed) == len(runs):
        return ""
    facts = [task.facts(*run.arguments) for run in runs]
    for fact in sorted(set().union(*facts)):
        having = {i for i, f in enumerate(facts) if fact in f}
        if failed == having:
            return f"Only calls with {fact} go wrong; all others are right."
        if failed == set(range(len(runs))) - having:
            return f"Only calls with {fact} are right."
    if 2 * len(failed) > len(runs):
        return ""
    return f"{len(failed)} of {len(runs)} calls go wrong; this is the first of them."


def _sizes(task: Task, runs: list[Run], name: str) -> str:
    """How the shapes differ, if they do in the same way in every call."""
    parts = [part for run in runs for part in run.parts if part.name == name]
    shapes = [
        (np.shape(p.got), np.shape(p.right)) for p in parts if p.got is not None and np.ndim(p.got) == np.ndim(p.right)
    ]
    if len(shapes) < len(runs) or not shapes or len({len(right) for _, right in shapes}) != 1:
        return ""
    found = letters(name, len(shapes[0][1]), task.axes)
    spatial = plane(found)
    if spatial is not None:
        order = list(range(len(found)))
        order[spatial[0]], order[spatial[1]] = spatial[1], spatial[0]
        if all(got == tuple(right[i] for i in order) != right for got, right in shapes):
            return "In every call height and width have changed places."
    if len(found) > 1 and all(sorted(got) == sorted(right) for got, right in shapes):
        return "In every call the axes came in another order."
    gaps = {tuple(g - r for g, r in zip(got, right, strict=True)) for got, right in shapes}
    if len(gaps) != 1:
        return ""
    words = [_too(gap, letter) for gap, letter in zip(gaps.pop(), found, strict=True) if gap]
    return f"In every call: {' and '.join(words)}."


def _too(gap: int, letter: str) -> str:
    count = abs(gap)
    return f"{count} {word(letter) if count == 1 else plural(letter)} too {'many' if gap > 0 else 'few'}"


def _like(change: Change, part: Part) -> bool:
    """Whether the result is the right one, changed like this."""
    changed = change(part.right)
    return changed.shape == part.got.shape and bool(close(part.got, changed, part.scale).all())


def _changes(found: str) -> Iterator[tuple[str, Change]]:
    """Yield changes of a right result with their words."""
    yield "Every value came back as zero.", np.zeros_like
    spatial = plane(found)
    if spatial is not None:
        rows, columns = spatial
        if found[rows] in "HRP":
            yield "Every result is the right one turned about its diagonal.", lambda a: a.swapaxes(rows, columns)
            yield "Every result is the right one upside down.", lambda a: np.flip(a, rows)
            yield "Every result is the right one mirrored left to right.", lambda a: np.flip(a, columns)
            yield "Every result is the right one mirrored both ways.", lambda a: np.flip(a, spatial)
    for axis, letter in enumerate(found):
        if letter not in "HRPWSQ1":
            yield f"The {plural(letter)} came in reverse order.", functools.partial(np.flip, axis=axis)
    for first in range(len(found)):
        for second in range(first + 1, len(found)):
            says = f"The right values, but {plural(found[first])} and {plural(found[second])} have changed places."
            yield says, functools.partial(np.swapaxes, axis1=first, axis2=second)
    yield "The right values, but in another order of the axes.", lambda a: a.ravel(order="F").reshape(a.shape)
    yield "Every value has the wrong sign.", np.negative
    yield "Every value is the right one, rounded.", np.rint
    yield "Every value is the right one with its fraction cut off.", np.trunc
    yield "Every value is the right one, rounded down.", np.floor
    yield "Negative results came back as zero.", lambda a: np.maximum(a, 0)


def _moved(found: str, parts: list[Part]) -> str:
    """Whether all the right values stand further on, or further back, along one axis."""
    if all(_like(np.abs, _magnitude(part)) for part in parts):
        return "The size of every value is right, its sign is not."
    for axis, letter in enumerate(found):
        if letter == "1" or any(part.right.shape[axis] < 3 for part in parts):
            continue
        for step in (1, -1, 2, -2):
            if all(_is_moved(part, axis, step) for part in parts):
                count = f"{abs(step)} {plural(letter)}" if abs(step) > 1 else f"one {word(letter)}"
                back = {"row": ("down", "up"), "column": ("right", "left")}.get(word(letter), ("on", "back"))
                return f"The right values moved {back[step < 0]} by {count}."
    return ""


def _magnitude(part: Part) -> Part:
    return Part(part.name, part.group, np.abs(part.right), np.abs(part.got), part.scale)


def _is_moved(part: Part, axis: int, step: int) -> bool:
    got, right = np.moveaxis(part.got, axis, 0), np.moveaxis(part.right, axis, 0)
    if abs(step) >= len(right) - 1:
        return False
    pair = (got[step:], right[:-step]) if step > 0 else (got[:step], right[-step:])
    return bool(pair[1].any()) and bool(close(*pair, part.scale).all())


def _factor(parts: list[Part]) -> str:
    ratios = []
    for part in parts:
        _, atol = tolerance(part.got, part.right, part.scale)
        used = np.abs(part.right) > max(1e3 * atol, 1e-9 * part.scale)
        if not close(part.got[~used], part.right[~used], part.scale).all():
            return ""
        ratios.append(np.ravel(part.got[used] / part.right[used]))
    ratio = np.concatenate(ratios) if ratios else np.zeros(0)
    if ratio.size < 2 or not np.allclose(ratio, ratio[0], rtol=1e-4):
        # A factor that is the same within each call, but not in all: a size that should not be in there.
        own = [r[0] for r in ratios if r.size > 1 and np.allclose(r, r[0], rtol=1e-4)]
        if len(own) == len(parts) > 1 and all(r.size for r in ratios):
            return f"Every value is too {'large' if abs(own[0]) > 1 else 'small'} by one factor: {_times(own[0])} here."
        return ""
    return f"Every value is {_times(ratio[0])} the right one."


def _times(ratio: float) -> str:
    inverse = 1 / ratio if ratio else 0.0
    if abs(ratio) < 1 and abs(inverse - round(inverse)) < 1e-3:
        return f"1/{round(inverse)} of" if ratio > 0 else f"{ratio:.4g} times"
    return f"{ratio:.4g} times"


def _offset(parts: list[Part]) -> str:
    gaps = [np.ravel(part.got.astype(np.float64) - part.right) for part in parts]
    gap = np.concatenate(gaps) if gaps else np.zeros(0)
    if gap.size < 2 or not np.allclose(gap, gap[0], rtol=1e-6):
        return ""
    return f"Every value is {abs(gap[0]):.4g} too {'large' if gap[0] > 0 else 'small'}."


def _by_axis(found: str, part: Part) -> str:
    """Which examples, channels, filters, features are wrong, and whether each is wrong in a simple manner."""
    assert part.difference is not None
    assert part.difference.wrong is not None
    wrong, gap = np.asarray(part.difference.wrong), part.got.astype(np.float64) - part.right
    for axis, letter in enumerate(found):
        others = tuple(i for i in range(wrong.ndim) if i != axis)
        if letter in "HRPWSQ1" or wrong.shape[axis] < 2 or not others:
            continue
        if _alike(part.got, axis) and not _alike(part.right, axis):
            return f"All {plural(letter)} came back the same."
        bad = np.asarray(wrong.any(axis=others))
        if not bad.all():
            return _which(np.flatnonzero(bad), len(bad), letter)
        each = np.moveaxis(gap, axis, 0).reshape(len(bad), -1)
        if each.shape[1] > 1 and np.allclose(each, each[:, :1], rtol=1e-6, atol=1e-9 * part.scale):
            amounts = ", ".join(f"{value:+.4g} in {word(letter)} {i}" for i, value in enumerate(each[:3, 0]))
            return f"Each {word(letter)} is off by a number of its own: {amounts}."
    return ""


def _alike(array: Array, axis: int) -> bool:
    return bool((array == np.take(array, [0], axis)).all())


def _which(bad: Array, count: int, letter: str) -> str:
    name = word(letter)
    if list(bad) == list(range(1, count)):
        return f"{name.capitalize()} 0 is right, {f'{name} 1 is' if count == 2 else 'the others are'} not."
    if len(bad) == 1:
        return f"Only {name} {bad[0]} is wrong."
    if len(bad) == count - 1:
        return f"Only {name} {min(set(range(count)) - set(bad))} is right."
    return f"Of the {count} {plural(letter)} these are wrong: {', '.join(map(str, bad[:6]))}."


def _where(found: str, part: Part) -> str:
    """Where in a table the wrong cells lie; of several tables, where they lie in all of them."""
    assert part.difference is not None
    assert part.difference.wrong is not None
    spatial = plane(found)
    if spatial is None or found[spatial[0]] not in "HRP":
        return ""
    height, width = (part.right.shape[axis] for axis in spatial)
    tables: Array = np.moveaxis(part.difference.wrong, spatial, (-2, -1)).reshape(-1, height, width)
    tables = tables[tables.any(axis=(1, 2))]
    if not tables.size or (tables != tables[0]).any():
        return ""
    wrong: Array = tables[0]
    if wrong.all() or min(wrong.shape) < 2:
        return ""
    rows, columns = np.arange(wrong.shape[0])[:, None], np.arange(wrong.shape[1])[None, :]
    last_row, last_column = wrong.shape[0] - 1, wrong.shape[1] - 1
    rim = (rows == 0) | (columns == 0) | (rows == last_row) | (columns == last_column)
    regions = {
        "Only the first cell is right.": (rows > 0) | (columns > 0),
        "Only the last cell is right.": (rows < last_row) | (columns < last_column),
        "The first row is right, the rest is not.": rows + 0 * columns > 0,
        "The first column is right, the rest is not.": columns + 0 * rows > 0,
        "The first row and the first column are right, the rest is not.": (rows > 0) & (columns > 0),
        "Only the first row is wrong.": rows + 0 * columns == 0,
        "Only the first column is wrong.": columns + 0 * rows == 0,
        "Only the last row is wrong.": rows + 0 * columns == last_row,
        "Only the last column is wrong.": columns + 0 * rows == last_column,
        "Only the last row and the last column are wrong.": (rows == last_row) | (columns == last_column),
        "Only the rim is wrong.": rim,
        "Only the inside is wrong; the rim is right.": ~rim,
    }
    return next((says for says, region in regions.items() if np.array_equal(wrong, region)), "")
