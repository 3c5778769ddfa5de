"""Patterns in wrong numbers: changed as a whole, moved, off by a factor, wrong in one place only."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.axis import plane, plural, word
from cnnlab.check.compare import Part, close, tolerance

__all__ = ["pattern", "region"]

Array = NDArray[Any]
Change = Callable[[Array], Array]
MOST = 0.8  # of the cells of a region, and of the calls, that must be wrong like this


def pattern(found: str, wrong: list[Part], shown: Part) -> str:
    """Say what all the wrong results have in common, or where the one that is shown goes wrong.

    Parameters
    ----------
    found
        A letter for each axis, from :func:`cnnlab.check.axis.letters`.
    wrong
        One part of every call in which it is wrong.
    shown
        The first of them.
    """
    whole = next((says for says, change in _changes(found) if all(_like(change, part) for part in wrong)), "")
    return whole or _moved(found, wrong) or _factor(wrong) or _offset(wrong) or region(found, wrong, shown)


def region(found: str, parts: list[Part], part: Part) -> str:
    """Say where the wrong cells lie, as `pattern` does."""
    wrong = _wrong(part)
    zeros = "The wrong ones are all 0." if wrong.sum() > 2 and not part.got[wrong].any() else ""
    return " ".join(filter(None, (_by_axis(found, part), _where(found, parts, part), zeros)))


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
    if ratio.size and np.allclose(ratio, 1, rtol=1e-3):  # lost digits, no factor
        return ""
    if ratio.size < 2 or not np.allclose(ratio, ratio[0], rtol=1e-4):
        # A factor that is the same within each call, but not in all: a size that should not be in there.
        own = [r[0] for r in ratios if r.size > 1 and np.allclose(r, r[0], rtol=1e-4)]
        if len(own) == len(parts) > 1 and all(r.size for r in ratios):
            return f"Every value here is {_times(own[0])} the right one; in other calls it is another factor."
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
    says = []
    wrong, gap = _wrong(part), part.got.astype(np.float64) - part.right
    for axis, letter in enumerate(found):
        others = tuple(i for i in range(wrong.ndim) if i != axis)
        if letter in "HRPWSQ1" or wrong.shape[axis] < 2 or not others:
            continue
        if _alike(part.got, axis) and not _alike(part.right, axis):
            return f"All {plural(letter)} came back the same."
        bad = np.asarray(wrong.any(axis=others))
        if not bad.all():
            says.append(_which(np.flatnonzero(bad), len(bad), letter))
            continue
        each = np.moveaxis(gap, axis, 0).reshape(len(bad), -1)
        if each.shape[1] > 1 and np.allclose(each, each[:, :1], rtol=1e-6, atol=1e-9 * part.scale):
            amounts = ", ".join(f"{value:+.4g} in {word(letter)} {i}" for i, value in enumerate(each[:3, 0]))
            return f"Each {word(letter)} is off by a number of its own: {amounts}."
    return " ".join(says)


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


def _where(found: str, parts: list[Part], shown: Part) -> str:
    """Where in a table the wrong cells lie, in all of its tables, in the call that is shown and in most others."""
    spatial = plane(found)
    if spatial is None or found[spatial[0]] not in "HRP" or min(shown.right.shape[axis] for axis in spatial) < 2:
        return ""
    large = [part for part in parts if min(part.right.shape[axis] for axis in spatial) > 1]
    for says in _regions(2, 2):
        if _lies(shown, spatial, says) and sum(_lies(part, spatial, says) for part in large) >= MOST * len(large):
            return says
    return ""


def _lies(part: Part, spatial: tuple[int, int], says: str) -> bool:
    """Whether the wrong cells fill a region; some may be right by chance."""
    height, width = (part.right.shape[axis] for axis in spatial)
    tables: Array = np.moveaxis(_wrong(part), spatial, (-2, -1)).reshape(-1, height, width)
    tables = tables[tables.any(axis=(1, 2))]
    region = _regions(height, width)[says]
    enough = (tables.sum(axis=(1, 2)) >= MOST * region.sum()).all()
    return bool(enough and not region.all() and not (tables & ~region).any())


def _regions(height: int, width: int) -> dict[str, NDArray[np.bool_]]:
    """Return parts of a table with the words for one that is wrong just there; the small ones first."""
    rows, columns = np.indices((height, width))
    first_row, last_row, first_column, last_column = rows == 0, rows == height - 1, columns == 0, columns == width - 1
    rim = first_row | last_row | first_column | last_column
    return {
        "Only the first cell is wrong.": first_row & first_column,
        "Only the last cell is wrong.": last_row & last_column,
        "Only the first row is wrong.": first_row,
        "Only the first column is wrong.": first_column,
        "Only the last row is wrong.": last_row,
        "Only the last column is wrong.": last_column,
        "Only the first row and the first column are wrong.": first_row | first_column,
        "Only the last row and the last column are wrong.": last_row | last_column,
        "Only the first and the last row are wrong.": first_row | last_row,
        "Only the first and the last column are wrong.": first_column | last_column,
        "Only the inside is wrong; the rim is right.": ~rim,
        "Only the rim is wrong.": rim,
        "The first row and the first column are right, the rest is not.": ~(first_row | first_column),
        "The first row is right, the rest is not.": ~first_row,
        "The first column is right, the rest is not.": ~first_column,
        "Only the first cell is right.": ~(first_row & first_column),
        "Only the last cell is right.": ~(last_row & last_column),
    }


def _wrong(part: Part) -> NDArray[np.bool_]:
    assert part.difference is not None
    assert part.difference.wrong is not None
    return part.difference.wrong
