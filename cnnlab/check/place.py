"""Tell in words where and how results are wrong, for mistakes that have no name in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.compare import close, tolerance
from cnnlab.check.run import Run
from cnnlab.check.task import Task

__all__ = ["locate", "only_some_calls", "same_everywhere"]

Array = NDArray[Any]


def locate(task: Task, runs: list[Run], first: Run) -> str:
    """Return one or two sentences on the pattern of what is wrong, or an empty string."""
    assert first.difference is not None
    only = only_some_calls(task, runs)
    if first.difference.stage == "shape":
        return _sizes(runs) or only
    if first.difference.stage != "values":
        return only
    shaped = [r for r in runs if r.got is not None and r.got.shape == r.right.shape and r.got.dtype.kind in "iuf"]
    wrong = [r for r in shaped if r.difference is not None]
    if len(shaped) == len(runs) > 1 and same_everywhere(runs) and any(r.got.any() for r in runs if r.got is not None):
        if all(r.right.size == 1 for r in runs):
            return "Every call gave the same number, whatever it was called with."
        return "All cells of a result hold one and the same number."
    pattern = next((says for says, holds in PATTERNS if all(holds(r) for r in wrong)), "")
    pattern = pattern or _factor(wrong) or _offset(wrong) or _where(first)
    return " ".join(part for part in (pattern, only) if part)


def same_everywhere(runs: list[Run]) -> bool:
    """Whether each result, cell after cell, is one number over and over; of single numbers, all results."""
    results = [run.got for run in runs if run.got is not None and run.got.dtype.kind in "iuf" and run.got.size]
    if all(got.size == 1 for got in results):
        results = [np.ravel(got) for got in results]
        results = [np.concatenate(results)] if results else []
    return all(bool((got == got.flat[0]).all()) for got in results)


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


def _sizes(runs: list[Run]) -> str:
    """How the shapes differ, if they do in the same way in every call."""
    pairs = [(r.got.shape, r.right.shape) for r in runs if r.got is not None and r.got.ndim == r.right.ndim]
    if len(pairs) < len(runs) or not pairs or len(pairs[0][1]) != 2:
        return ""
    if all(got == right[::-1] for got, right in pairs):
        return "In every call height and width have changed places."
    gaps = {(got[0] - right[0], got[1] - right[1]) for got, right in pairs}
    if len(gaps) != 1:
        return ""
    words = [_too(gap, axis) for gap, axis in zip(gaps.pop(), ("row", "column"), strict=True) if gap]
    return f"In every call: {' and '.join(words)}."


def _too(gap: int, axis: str) -> str:
    count = abs(gap)
    return f"{count} {axis}{'' if count == 1 else 's'} too {'many' if gap > 0 else 'few'}"


def _like(change: Callable[[Array], Array]) -> Callable[[Run], bool]:
    """Whether the result is the right one, changed like this."""

    def holds(run: Run) -> bool:
        assert run.got is not None
        changed = change(run.right)
        return changed.shape == run.got.shape and bool(close(run.got, changed, run.scale).all())

    return holds


PATTERNS: tuple[tuple[str, Callable[[Run], bool]], ...] = (
    ("Every value came back as zero.", lambda r: r.got is not None and not r.got.any()),
    ("Every result is the right one turned about its diagonal.", _like(np.transpose)),
    ("Every result is the right one upside down.", _like(lambda a: np.flip(a, 0) if a.ndim == 2 else a)),
    ("Every result is the right one mirrored left to right.", _like(lambda a: np.flip(a, 1) if a.ndim == 2 else a)),
    ("Every result is the right one mirrored both ways.", _like(lambda a: np.flip(a) if a.ndim == 2 else a)),
    ("Every value has the wrong sign.", _like(np.negative)),
    ("The size of every value is right, its sign is not.", lambda r: _like(np.abs)(_magnitudes(r))),
    ("Every value is the right one, rounded.", _like(np.rint)),
    ("Every value is the right one with its fraction cut off.", _like(np.trunc)),
    ("Every value is the right one, rounded down.", _like(np.floor)),
    ("The right values moved down by one row.", lambda r: _moved(r, 0, 1)),
    ("The right values moved up by one row.", lambda r: _moved(r, 0, -1)),
    ("The right values moved right by one column.", lambda r: _moved(r, 1, 1)),
    ("The right values moved left by one column.", lambda r: _moved(r, 1, -1)),
    (
        "Negative results came back as zero.",
        _like(lambda a: np.maximum(a, 0)),
    ),
)


def _magnitudes(run: Run) -> Run:
    assert run.got is not None
    return Run(run.arguments, np.abs(run.right), run.scale, run.attempt, np.abs(run.got), run.difference)


def _moved(run: Run, axis: int, step: int) -> bool:
    got, right = run.got, run.right
    assert got is not None
    if right.ndim != 2 or right.shape[axis] < 2:
        return False
    ahead, behind = (slice(1, None), slice(None, -1)) if step > 0 else (slice(None, -1), slice(1, None))
    index: list[tuple[slice, ...]] = [
        tuple(part if a == axis else slice(None) for a in range(2)) for part in (ahead, behind)
    ]
    return bool(close(got[index[0]], right[index[1]], run.scale).all())


def _factor(runs: list[Run]) -> str:
    ratios = []
    for run in runs:
        assert run.got is not None
        _, atol = tolerance(run.got, run.scale)
        used = np.abs(run.right) > max(1e3 * atol, 1e-9 * run.scale)
        if not close(run.got[~used], run.right[~used], run.scale).all():
            return ""
        ratios.append(run.got[used] / run.right[used])
    ratio = np.concatenate(ratios) if ratios else np.zeros(0)
    if ratio.size < 2 or not np.allclose(ratio, ratio[0], rtol=1e-4):
        return ""
    return f"Every value is {ratio[0]:.4g} times the right one."


def _offset(runs: list[Run]) -> str:
    gaps = [np.ravel(run.got - run.right) for run in runs if run.got is not None]
    gap = np.concatenate(gaps) if gaps else np.zeros(0)
    if gap.size < 2 or not np.allclose(gap, gap[0], rtol=1e-6):
        return ""
    return f"Every value is {abs(gap[0]):.4g} too {'large' if gap[0] > 0 else 'small'}."


def _where(run: Run) -> str:
    """Where in a table the wrong cells lie."""
    assert run.difference is not None
    wrong = run.difference.wrong
    if wrong is None or wrong.ndim != 2 or wrong.all() or not wrong.any() or min(wrong.shape) < 2:
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
