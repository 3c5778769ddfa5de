"""How strong the checks are: every mistake of the catalogue and every right solution goes through them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab import course
from cnnlab.check import exercises
from cnnlab.check.page import STYLE
from cnnlab.check.report import Report
from cnnlab.check.subject import Local
from cnnlab.check.task import Mistake, Property, Task
from cnnlab.check.tree import detached
from cnnlab.check.verdict import judge, judge_call, probe_differences

__all__ = ["Strength", "Trial", "chosen", "imitator", "measure", "page", "trials"]

Solutions = Mapping[str, Sequence[Callable[..., Any]]]


@dataclass(frozen=True)
class Trial:
    """One mistake of the catalogue, put before the check."""

    mistake: Mistake | Property
    report: Report | None  # None: it is recognised on sight and has no example
    caught_by: frozenset[int] = frozenset()  # the probes on which it gives a wrong result

    @property
    def caught(self) -> bool:
        """Whether the check says "not right"."""
        return self.report is not None and self.report.state == "fail"

    @property
    def named(self) -> bool:
        """Whether the check calls it by its name."""
        return self.report is not None and self.report.mistake == self.mistake.name

    @property
    def miss(self) -> str:
        """What the check makes of it instead."""
        if self.report is None:
            return f"{self.mistake.name} has no example to try."
        if not self.caught:
            return f"{self.mistake.name} is not caught."
        return f"{self.mistake.name} is called {self.report.mistake or 'by no name'}."


@dataclass(frozen=True)
class Strength:
    """What the check of one exercise does with all that is known to be wrong and right."""

    exercise: str
    trials: tuple[Trial, ...]
    probes: int
    accepted: int
    rejected: tuple[str, ...] = field(default=())  # right solutions that did not pass

    @property
    def caught(self) -> int:
        """How many mistakes are rejected."""
        return sum(trial.caught for trial in self.trials)

    @property
    def named(self) -> int:
        """How many mistakes are called by their names."""
        return sum(trial.named for trial in self.trials)

    @property
    def misses(self) -> list[str]:
        """What does not hold, a line for each."""
        missed = [f"{self.exercise}: {trial.miss}" for trial in self.trials if not trial.named]
        return missed + [f"{self.exercise}: right, but rejected: {words}." for words in self.rejected]

    @property
    def needed(self) -> int:
        """The smallest number of probes that still catches all mistakes."""
        return len(_fewest([trial.caught_by for trial in self.trials if trial.caught_by]))

    def __repr__(self) -> str:
        return f"Strength: {self.exercise}, {self.named} of {len(self.trials)} mistakes named"


def chosen(ids: Sequence[str]) -> list[str]:
    """Return these exercises, or all; a KeyError names one that is not there."""
    return [course.exercise(id).id for id in ids or course.exercises()]


def trials(exercise: str) -> Iterator[Trial]:
    """Put each mistake of an exercise before its check."""
    task = exercises.find(exercise)
    for property in task.properties:
        report = None if property.example is None else judge(exercise, property.example)
        yield Trial(property, report, frozenset({0} if report and report.state == "fail" else ()))
    for mistake in task.mistakes:
        if mistake.shows and mistake.example is None:
            yield Trial(mistake, None)
            continue
        call = imitator(task, mistake)
        caught = frozenset(i for i, wrong in enumerate(probe_differences(task, call)) if wrong)
        yield Trial(mistake, judge_call(exercise, task, Local(call), call), caught)


def measure(exercise: str, right: Solutions) -> Strength:
    """Put all mistakes and all right solutions of an exercise before its check."""
    task = exercises.find(exercise)
    reports = {f"{i + 1} ({_name(fn)})": judge(exercise, fn).state for i, fn in enumerate(right.get(exercise, ()))}
    if not task.properties:
        for words, change in ALTERNATIVES.items():
            call = imitator(task, None, change)
            reports[words] = judge_call(exercise, task, Local(call), call).state
    rejected = tuple(words for words, state in reports.items() if state != "pass")
    return Strength(exercise, tuple(trials(exercise)), len(task.probes), len(reports) - len(rejected), rejected)


def imitator(
    task: Task, mistake: Mistake | None = None, change: Callable[[Any], Any] = lambda result: result
) -> Callable[..., Any]:
    """Return a function that a learner who makes this mistake might have written, or a right one.

    Of an exercise that asks for a class it is what its ``adapt`` would make of the class.
    """

    def result(*arguments: Any) -> Any:
        if mistake is not None and mistake.example is not None:
            return mistake.example(*task.prepare(*arguments))
        return change(task.imitate(() if mistake is None else (mistake,), arguments))

    def learners(*arguments: Any) -> Any:
        if not task.writes:
            return result(*arguments)
        tree = result(*detached(arguments))
        values, written = tree[: -len(task.writes)], tree[-len(task.writes) :]
        for name, parts in zip(task.writes, written, strict=True):
            arguments[task.parameters.index(name)].update(parts)
        return values if len(values) > 1 else values[0]

    if not task.partner or task.reference_forward is None:
        return learners
    reference = task.reference_forward

    def forward(*arguments: Any) -> tuple[Any, Any]:
        return reference(*detached(arguments))[0], arguments

    # The check looks for the forward pass where the backward pass was written.
    names: dict[str, Any] = {"learners": learners, task.partner: forward}
    exec("def backward(first, cache):\n    return learners(first, *cache)", names)
    backward: Callable[..., Any] = names["backward"]
    return backward


def _name(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


def _each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a change of every array of numbers in a result."""

    def changed(tree: Any) -> Any:
        if isinstance(tree, tuple):
            return tuple(map(changed, tree))
        if isinstance(tree, dict):
            return {key: changed(part) for key, part in tree.items()}
        return change(tree) if isinstance(tree, np.ndarray) else tree

    return changed


# What a right function may hand back just as well.
ALTERNATIVES: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda result: result,
    "a list for a tuple": lambda result: list(result) if isinstance(result, tuple) else result,
    "in Fortran's order": _each(lambda a: a.copy(order="F")),
    "as lists": _each(lambda a: a.tolist() if a.size else a),
}


def _fewest(caught_by: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return a smallest set of probes that meets every set.

    Examples
    --------
    >>> sorted(_fewest([frozenset({0, 1}), frozenset({1, 2}), frozenset({2})]))
    [1, 2]
    """
    sets = [s for s in set(caught_by) if not any(other < s for other in caught_by)]
    best = frozenset[int]().union(*sets)

    def extend(chosen: frozenset[int], left: list[frozenset[int]]) -> None:
        nonlocal best
        if not left:
            best = chosen
        elif len(chosen) + 1 < len(best):
            for probe in sorted(left[0]):
                extend(chosen | {probe}, [s for s in left if probe not in s])

    extend(frozenset(), sorted(sets, key=lambda s: len(s)))
    return best


def page(strengths: Iterable[Strength]) -> str:
    """Write what the checks say of all mistakes as one HTML page, to be read from end to end."""
    strengths = list(strengths)
    toc = "".join(f'<li><a href="#{s.exercise}">{s.exercise}</a></li>' for s in strengths)
    body = "".join(_section(strength) for strength in strengths)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>What the checks say</title>'
        f"{STYLE}<style>body {{ font-family: system-ui, sans-serif; margin: 2em auto; max-width: 60em; "
        "padding: 0 1em; } h3 { margin-top: 2em; }</style></head>\n"
        f"<body><h1>What the checks say</h1><nav><ul>{toc}</ul></nav>\n{body}</body></html>\n"
    )


def _section(strength: Strength) -> str:
    title = course.notebooks()[course.exercise(strength.exercise).notebook].title
    parts = [f'<h2 id="{strength.exercise}">{html.escape(title)}: {strength.exercise}</h2>']
    for trial in strength.trials:
        name = html.escape(trial.mistake.name)
        parts.append(f"<h3>{name}</h3>")
        if trial.report is None:
            continue
        if not trial.named:
            parts.append(f"<p><strong>{html.escape(trial.miss)}</strong></p>")
        parts.append(trial.report._repr_mimebundle_()["text/html"].replace(STYLE, ""))
    return "\n".join([*parts, ""])
