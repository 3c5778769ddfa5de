"""Find the mistake behind wrong results: by name if an imitation agrees everywhere, else where and how it shows."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check import clue, place
from cnnlab.check.compare import close
from cnnlab.check.run import Run
from cnnlab.check.task import Mistake, Task

__all__ = ["Finding", "find"]

Memo = dict[Any, NDArray[Any]]
ENOUGH = 3  # wrong results that must agree when the learner's function also raises


@dataclass(frozen=True)
class Finding:
    """What is wrong, in a teacher's words, and the one thing to look at."""

    name: str | None
    says: str
    look: str


def find(task: Task, runs: list[Run]) -> Finding:
    """Tell the mistake from the runs, of which at least one is not right."""
    first = next(run for run in runs if run.difference is not None)
    difference = first.difference
    assert difference is not None
    if first.attempt.timed_out:
        line = f" It was in the line `{first.attempt.stopped_at}`." if first.attempt.stopped_at else ""
        asks = "input(" in first.attempt.stopped_at
        return Finding(
            None if asks else "endless_loop",
            f"The call did not end within {first.attempt.seconds:.0f} seconds and was stopped.{line}",
            "`input()` waits for somebody to type. Take the values from the arguments."
            if asks
            else "Does each loop come to an end? In a `while` loop, look at what changes its condition.",
        )
    if difference.name is not None:
        return Finding(difference.name, difference.says, difference.look)
    if task.properties:
        return _broken_property(task, first, difference.says, difference.look)
    if difference.stage not in ("again", "time"):
        named = _named(task, runs)
        if named:
            return _finding(named)
    if first.attempt.error is not None:
        says, look = clue.of(first.attempt.error, task)
        return Finding(None, " ".join(filter(None, (says, place.only_some_calls(task, runs)))), look)
    located = place.locate(task, runs, first)
    says = " ".join(part for part in (difference.says, located) if part)
    return Finding(None, says, difference.look or "Work out one of the marked cells by hand, and compare.")


def _broken_property(task: Task, run: Run, says: str, look: str) -> Finding:
    assert run.difference is not None
    if run.difference.stage != "properties":
        if run.attempt.error is not None:
            return Finding(None, *clue.of(run.attempt.error, task))
        return Finding("wrong_shape" if run.difference.stage == "shape" else None, says, look)
    broken = next(p for p in task.properties if run.got is not None and not p.holds(run.got))
    return Finding(broken.name, broken.says, broken.look)


def _finding(mistakes: tuple[Mistake, ...]) -> Finding:
    if len(mistakes) == 1:
        return Finding(mistakes[0].name, mistakes[0].says, mistakes[0].look)
    first, second = mistakes
    return Finding(
        f"{first.name} + {second.name}",
        f"Two things at once. First: {first.says} Second: {second.says}",
        f"One after the other. {first.look}",
    )


def _named(task: Task, runs: list[Run]) -> tuple[Mistake, ...] | None:
    if any(run.got is None and run.attempt.ok for run in runs) or all(run.got is None for run in runs):
        return None
    runs = sorted(runs, key=lambda run: run.got is None)  # values first: they refute a candidate soonest
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        memos: list[Memo] = [{} for _ in runs]
        return next((mistakes for mistakes in _candidates(task, runs) if _agrees(task, mistakes, runs, memos)), None)


def _candidates(task: Task, runs: list[Run]) -> Iterator[tuple[Mistake, ...]]:
    """Single mistakes in the order of the catalogue, then pairs; of a pair, either may come first."""
    for mistake in task.mistakes:
        yield (mistake,)
    if place.same_everywhere(runs):  # nothing but zeros: many a pair gives that, and none of them explains it
        return
    imitable = [m for m in task.mistakes if not m.shows]
    for pair in itertools.combinations(imitable, 2):
        if pair[0].name != pair[1].name and not (pair[0].instead and pair[1].instead):
            yield pair


def _agrees(task: Task, mistakes: tuple[Mistake, ...], runs: list[Run], memos: list[Memo]) -> bool:
    """Whether the learner's results are those of a learner who makes just these mistakes, on every probe."""
    wrong, same_raises, raised = 0, True, 0
    for run, memo in zip(runs, memos, strict=True):
        imitation = _imitation(task, mistakes, run, memo)
        if run.got is None or run.got.size == 0:  # loops that never start give an empty array where others raise
            raised += 1
            same_raises &= imitation is None or imitation.size == 0
            continue
        if mistakes[0].shows:
            if not mistakes[0].shows(run.got, run.right, *run.arguments):
                return False
        elif imitation is None or not _equal(run.got, imitation, run.scale):
            return False
        wrong += run.difference is not None
    if wrong == 0:
        return same_raises and 0 < raised < len(runs)
    return same_raises or wrong >= ENOUGH


def _imitation(task: Task, mistakes: tuple[Mistake, ...], run: Run, memo: Memo) -> NDArray[Any] | None:
    if mistakes[0].shows:
        return None
    # Which of two comes first matters only where both change the arguments or both the result.
    both = len(mistakes) == 2 and (all(m.before for m in mistakes) or all(m.after for m in mistakes))
    orders = [mistakes, mistakes[::-1]] if both else [mistakes]
    for order in orders:
        try:
            imitation = task.imitate(order, run.arguments, memo)
        except Exception:
            continue
        if len(orders) == 1 or run.got is None or _equal(run.got, imitation, run.scale):
            return imitation
    return None


def _equal(got: NDArray[Any], imitation: NDArray[Any], scale: float) -> bool:
    if got.shape != imitation.shape or got.dtype.kind not in "iuf" or imitation.dtype.kind not in "iufb":
        return False
    return bool(close(got, imitation, scale).all())
