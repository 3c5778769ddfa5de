"""Find the mistake behind wrong results: by name if an imitation agrees everywhere, else where and how it shows."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.check import clue, place
from cnnlab.check.compare import Part, close, equal, first_difference, leaves, read
from cnnlab.check.run import Run
from cnnlab.check.task import Mistake, Property, Task
from cnnlab.check.tree import ANY, FREE, is_setting

__all__ = ["Finding", "find"]

Memo = dict[Any, Any]
PAIRS = 0.6  # seconds of work after which no more pairs of mistakes are tried
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
        says, look = clue.of(first.attempt.error, task, first)
        return Finding(None, " ".join(filter(None, (says, place.only_some_calls(task, runs)))), look)
    located = place.locate(task, runs, first)
    says = " ".join(part for part in (place.which_parts(runs), difference.says, located) if part)
    if first.touched is not None:  # the cause, as far as one can see
        return Finding(first.touched.name, f"{first.touched.says} {says}", first.touched.look)
    lone = difference.wrong is not None and difference.wrong.ndim == 0
    by_hand = "this call" if lone else "one of the marked cells"
    return Finding(None, says, difference.look or f"Work out {by_hand} by hand, and compare.")


def _broken_property(task: Task, run: Run, says: str, look: str) -> Finding:
    assert run.difference is not None
    if run.difference.stage != "properties":
        if run.attempt.error is not None:
            return Finding(None, *clue.of(run.attempt.error, task, run))
        return Finding("wrong_shape" if run.difference.stage == "shape" else None, says, look)
    value = run.value if task.raw else run.parts[0].got
    broken = next(p for p in task.properties if not holds(p, value))
    return Finding(broken.name, broken.says(value) if callable(broken.says) else broken.says, broken.look)


def holds(property: Property, value: Any) -> bool:
    """Whether a result has a property; one that cannot even be looked at has not."""
    try:
        return bool(property.holds(value))
    except Exception:
        return False


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
    if not any(run.attempt.ok for run in runs):
        return None
    runs = sorted(runs, key=lambda run: not run.attempt.ok)  # values first: they refute a candidate soonest
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        memos: list[Memo] = [{} for _ in runs]
        start = time.thread_time()
        for mistakes in _candidates(task, runs):
            if len(mistakes) > 1 and time.thread_time() - start > PAIRS:
                break
            if _agrees(task, mistakes, runs, memos):
                return mistakes
    return None


def _candidates(task: Task, runs: list[Run]) -> Iterator[tuple[Mistake, ...]]:
    """Single mistakes in the order of the catalogue, then pairs; of a pair, either may come first."""
    for mistake in task.mistakes:
        yield (mistake,)
    if any(run.attempt.ok and not run.readable for run in runs):
        return
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
        if run.empty:  # loops that never start give an empty array where others raise
            raised += 1
            same_raises &= _raises(task, mistakes, run, memo)
            continue
        if mistakes[0].shows:
            if not _shows(mistakes[0], run):
                return False
        elif not _imitates(task, mistakes, run, memo):
            return False
        wrong += run.difference is not None
    if wrong == 0:
        return same_raises and 0 < raised < len(runs)
    return same_raises or wrong >= ENOUGH


def _shows(mistake: Mistake, run: Run) -> bool:
    """Whether a mistake is seen in a result; what cannot be looked at in its way does not show it."""
    lone = run.parts[0] if len(run.parts) == 1 and not run.parts[0].name else None
    got = run.value if lone is None else lone.got
    if got is None or mistake.shows is None:
        return False
    try:
        return bool(mistake.shows(got, run.right, *run.arguments))
    except Exception:
        return False


def _orders(mistakes: tuple[Mistake, ...]) -> list[tuple[Mistake, ...]]:
    # Which of two comes first matters only where both change the arguments or both the result.
    both = len(mistakes) == 2 and (all(m.before for m in mistakes) or all(m.after for m in mistakes))
    return [mistakes, mistakes[::-1]] if both else [mistakes]


def _raises(task: Task, mistakes: tuple[Mistake, ...], run: Run, memo: Memo) -> bool:
    """Whether these mistakes raise, or give arrays without any cells."""
    if mistakes[0].shows:
        return True
    for order in _orders(mistakes):
        try:
            imitation = task.imitate(order, run.arguments, memo)
        except Exception:
            continue
        arrays = [leaf for _, _, leaf in leaves(imitation) if isinstance(leaf, np.ndarray)]
        return bool(arrays) and not any(a.size for a in arrays)
    return True


def _imitates(task: Task, mistakes: tuple[Mistake, ...], run: Run, memo: Memo) -> bool:
    for order in _orders(mistakes):
        try:
            imitation = task.imitate(order, run.arguments, memo)
        except Exception:
            continue
        if _equal(run, imitation, task):
            return True
    return False


def _equal(run: Run, imitation: Any, task: Task) -> bool:
    """Whether a result is this imitation, leaf by leaf."""
    wanted = leaves(imitation, task.values)
    parts = run.parts
    if not run.readable or [name for name, _, _ in wanted] != [
        part.name for part in parts
    ]:  # a value or a key too few, or too many
        parts = tuple(read(run.value, imitation, task.values))
        broken = first_difference(parts)
        if broken is not None and broken.difference is not None:
            return False
    return all(_same(part, leaf) for part, (_, _, leaf) in zip(parts, wanted, strict=True))


def _same(part: Part, leaf: Any) -> bool:
    if any(free is FREE or free is ANY for free in (leaf, part.right)):
        return True
    if is_setting(leaf) or not isinstance(part.got, np.ndarray):
        return not isinstance(part.got, np.ndarray) and equal(part.got, leaf)
    leaf = np.asarray(leaf)
    if part.got.shape != leaf.shape or leaf.dtype.kind not in "iufb":
        return False
    mask = "b" in (leaf.dtype.kind, np.asarray(part.right).dtype.kind)
    if part.got.dtype.kind not in ("iufb" if mask else "iuf"):
        return False
    scale = part.scale or float(np.abs(leaf).max(initial=0.0))
    return bool(close(part.got, leaf, scale).all())
