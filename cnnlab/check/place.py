"""Tell in words where and how results are wrong, for mistakes that have no name in the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.axis import plane, plural, word
from cnnlab.check.misfit import listed
from cnnlab.check.pattern import pattern, region
from cnnlab.check.run import Run
from cnnlab.check.task import ANY, FREE, Task

__all__ = ["locate", "only_some_calls", "same_everywhere", "which_parts"]

Array = NDArray[Any]


def which_parts(runs: list[Run]) -> str:
    """Say which parts of the results are wrong and which are right, where there are several."""
    wrong: dict[str, str] = {}
    groups: dict[str, None] = {}
    for run in runs:
        for part in run.parts:
            if part.group and part.right is not ANY and part.right is not FREE:  # nobody knows whether those are right
                groups[part.group] = None
            if part.difference is not None:
                wrong[part.name] = part.group
    right = [group for group in groups if group not in wrong.values()]
    if not right or not wrong or "" in wrong:
        return ""
    names = [name for name in wrong if name not in [group for part, group in wrong.items() if part != name]][:4]
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
    parts = [part for part in parts if part.right.ndim == shown.right.ndim]
    found = task.letters(shown.name, shown.right.ndim)
    wrong = [part for part in parts if part.difference is not None and part.difference.wrong is not None]
    if shown.right.dtype.kind == "b":
        if all((part.got.astype(bool) != part.right).all() for part in parts):
            return "True and False have changed places in every cell."
        return " ".join(filter(None, (region(found, wrong, shown), only)))
    if _not_written(task, runs, shown.name):
        return "It still holds what stood there before the call: nothing was written."
    if len(parts) == len(runs) > 1 and _one_number([part.got for part in parts]) and any(p.got.any() for p in parts):
        if all(part.right.size == 1 for part in parts):
            return "Every call gave the same number, whatever it was called with."
        return "All cells of a result hold one and the same number."
    return " ".join(filter(None, (pattern(found, wrong, shown), only)))


def _not_written(task: Task, runs: list[Run], name: str) -> bool:
    """Whether a key that should be written into an argument is as it was, wherever it is wrong."""
    before = {f'{argument}["{key}"]': (argument, key) for argument, keys in task.writes.items() for key in keys}
    if name not in before:
        return False
    argument, key = before[name]
    index = task.parameters.index(argument)
    pairs = [
        (run.arguments[index].get(key), part.got)
        for run in runs
        for part in run.parts
        if part.name == name and part.difference is not None
    ]
    return all(was is not None and np.array_equal(was, got) for was, got in pairs)


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
    found = task.letters(name, len(shapes[0][1]))
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
