"""Judge a learner's function: call it on every probe, find the first thing that is not right, and tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.check import diagnosis, exercises
from cnnlab.check.block import Say
from cnnlab.check.compare import Part, compare, first_difference, leaves
from cnnlab.check.misfit import Difference
from cnnlab.check.probe import Probe
from cnnlab.check.report import Report
from cnnlab.check.run import Run
from cnnlab.check.subject import Local, Subject
from cnnlab.check.task import Task
from cnnlab.check.telling import tell_failure, tell_pass, tell_score
from cnnlab.check.tree import MOST_CELLS, changed, detached, snapshot
from cnnlab.trial import Attempt, attempt

__all__ = ["judge", "judge_call", "judge_subject", "probe_differences"]

PATIENCE = 10.0  # seconds for all probes together; a right loop needs less than a tenth of one
CALL = 5.0  # seconds for one call

Forward = Callable[..., Any] | None  # what makes the cache


def judge(exercise: str, fn: Any) -> Report:
    """Judge a learner's function; whatever it does comes back as a report.

    Parameters
    ----------
    exercise
        The id of an exercise: the name of the function it asks for.
    fn
        The learner's function.

    Returns
    -------
    Report
        ``state`` is "todo" (not written yet), "pass" or "fail"; ``mistake`` is the name of a recognised mistake.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists those there are.

    Examples
    --------
    >>> judge("window_mean", lambda window: window.sum()).mistake
    'sum'
    """
    return judge_subject(exercise, exercises.find(exercise), Local(fn))


def judge_subject(exercise: str, task: Task, subject: Subject) -> Report:
    """Judge a learner's function, wherever it runs."""
    problem = subject.problem(exercise, task.kind)
    if problem is not None:
        return Report(exercise, "fail", None, (Say(problem, "lead"),))
    if subject.empty():
        return _unwritten(exercise)
    return judge_call(exercise, task, subject, subject.adapted(task))


def judge_call(exercise: str, task: Task, subject: Subject, call: Callable[..., Any]) -> Report:
    """Judge what a call gives; the subject is the function or class behind it."""
    runs, note = _run_all(task, subject, call)
    if _says_unwritten(exercise, subject, runs[0].attempt):
        return _unwritten(exercise)
    if all(run.difference is None for run in runs):
        return _passed(exercise, task, runs, note)
    with subject.lent(task.helpers) as swapped:
        lent_runs, lent_note = _run_all(task, subject, call) if swapped else ([], "")
    if swapped and all(run.difference is None for run in lent_runs):
        names = " and ".join(f"`{name}`" for name in task.helpers)
        borrowed = (
            f"Your own {names} is not right yet, so this was checked with the course's. "
            f"Its check is further up in the notebook."
            if len(task.helpers) == 1
            else f"With your own {names} it goes wrong, so this was checked with the course's. "
            f"Look at their checks, further up in the notebook."
        )
        return _passed(exercise, task, lent_runs, borrowed, lent_note)
    # With a right helper only this function's own mistake is left, unless the learner's helper takes other arguments.
    if swapped and not (_failure(lent_runs).attempt.error and _failure(runs).attempt.ok):
        runs, note = lent_runs, lent_note
    finding = diagnosis.find(task, runs)
    if task.partner and _failure(runs).attempt.error and subject.partner(task.partner) is None:
        look = f"Run the cell with your own `{task.partner}`, then this one again."
        finding, note = replace(finding, says=f"{note} It may hold other things than yours does.", look=look), ""
    elif task.partner and finding.name is None and "not right yet" in note:
        finding, note = replace(finding, says=f"{note} {finding.says}", look=f"Work on `{task.partner}` first."), ""
    return tell_failure(exercise, task, runs, finding, note, lines=not subject.is_lambda())


def _passed(exercise: str, task: Task, runs: list[Run], *notes: str) -> Report:
    if task.score is None:
        return tell_pass(exercise, runs, *notes)
    part, text = task.score(runs[0].value if task.raw else runs[0].parts[0].got)
    return tell_score(exercise, runs, float(part), text)


def _unwritten(exercise: str) -> Report:
    text = (
        f"`{exercise}` is not written yet. Replace the line with `raise NotImplementedError`, "
        "run that cell, then this one again. If that cell showed an error, mend that first."
    )
    return Report(exercise, "todo", None, (Say(text, "lead"),))


def _says_unwritten(exercise: str, subject: Subject, first: Attempt) -> bool:
    """Whether the call ended in the stub's NotImplementedError, not in one of a helper."""
    if first.error is None or first.error.kind != "NotImplementedError":
        return False
    return first.error.message.startswith(f"{exercise} is not written") or subject.unwritten(first)


def _failure(runs: list[Run]) -> Run:
    return next(run for run in runs if run.difference is not None)


def _run_all(task: Task, subject: Subject, call: Callable[..., Any]) -> tuple[list[Run], str]:
    """Call the function on every probe; returns the runs, and what is to be said about the caches."""
    for forward, told in _forwards(task, subject):
        runs, note = _run_each(task, call, forward), told
        if not any(run.attempt.error for run in runs):  # else it may want a cache of its own kind
            break
    return runs, note


def _run_each(task: Task, call: Callable[..., Any], forward: Forward) -> list[Run]:
    """Call the function on every probe, then on the first two again; stops early when it takes too long."""
    runs: list[Run] = []
    spent = 0.0
    for probe in task.probes:
        run = _run(task, call, probe, forward)
        runs.append(run)
        spent += run.attempt.seconds
        if run.attempt.timed_out:
            break
        if spent > PATIENCE:
            slow = Difference("time", f"{len(runs)} small calls took {spent:.0f} seconds.", "Look for work done twice.")
            runs[-1] = replace(run, difference=run.difference or replace(slow, name="slow"))
            break
    if all(run.difference is None for run in runs):
        for i, probe in enumerate(task.probes[:2]):
            runs[i] = _again(task, runs[i], _run(task, call, probe, forward))
        runs = [_again(task, run, run) for run in runs]
    return runs


def probe_differences(task: Task, call: Callable[..., Any]) -> list[bool]:
    """Say for each probe whether a function goes wrong on it."""
    forward, _ = next(_forwards(task, Local(call)))
    return [_run(task, call, probe, forward).difference is not None for probe in task.probes]


def _forwards(task: Task, subject: Subject) -> Iterator[tuple[Forward, str]]:
    """Yield what may make the caches, best first: the learner's own forward pass if it is right, or the course's.

    The learner's own comes last even if it is wrong: theirs may be the only cache that the function can read.
    """
    if not task.partner or task.reference_forward is None:
        yield None, ""
        return
    own = subject.partner(task.partner)
    if own is None:
        yield task.reference_forward, f"The cache was made by the course's `{task.partner}`; yours was not found."
    elif _right_forward(task, own):
        yield own, f"The cache was made by your own `{task.partner}`."
    else:
        wrong = f"Your own `{task.partner}` is not right yet"
        first = "Get that function right first; its check is further up."
        others = "so the cache was made by the course's, and may hold other things than yours would"
        yield task.reference_forward, f"{wrong}, {others}. {first}"
        yield own, f"{wrong}, and it made the cache. {first}"


def _right_forward(task: Task, own: Callable[..., Any]) -> bool:
    """Whether the learner's forward pass is right on every probe."""
    assert task.reference_forward is not None
    for probe in task.probes:
        _, *arguments = probe.make()
        right = task.reference_forward(*detached(tuple(arguments)))[0]
        made = attempt(own, *arguments, seconds=CALL)
        value = attempt(snapshot, made.value, seconds=CALL).value
        if not made.ok or not isinstance(value, tuple | list) or len(value) != 2 or value[1] is None:
            return False
        if first_difference(compare(value[0], right, task.scales(right, *arguments))):
            return False
    return True


def _run(task: Task, fn: Callable[..., Any], probe: Probe, forward: Forward) -> Run:
    arguments, pristine = probe.make(), probe.make()
    right = None if task.raw else task.right(*pristine)
    given, before = arguments, pristine
    if forward is not None:
        given, before = _with_cache(forward, arguments), _with_cache(forward, probe.make())
    call = attempt(fn, *given, seconds=CALL)
    if not call.ok:
        return Run(pristine, before, right, call, difference=Difference("returned", "", ""))
    if type(call.value).__name__ == "coroutine":
        call.value.close()  # one that is never awaited would warn later, out of reach
    read = attempt(snapshot, call.value, seconds=CALL)  # reading an object of the learner's runs their code too
    if not read.ok:
        return Run(pristine, before, right, call if read.error else read, difference=_unreadable(call.value, read))
    value = task.with_written(read.value, snapshot(arguments))
    touched = _touched(task, given, before)
    if task.raw:
        broken = not all(diagnosis.holds(p, value) for p in task.properties)
        return Run(pristine, before, right, call, value, (), Difference("properties", "", "") if broken else touched)
    scales = task.scales(right, *pristine)
    parts = tuple(compare(value, right, scales, task.values))
    if task.writes and right is not None and not parts[0].name:  # speak of what came back alone
        spoken = right[: -len(task.writes)]
        parts = tuple(compare(read.value, spoken, [0.0] * len(leaves(spoken)), task.results))
    if touched is not None:
        handed_on = snapshot(attempt(_restored, call.value, given, before, seconds=CALL).value)
        restored = task.with_written(handed_on, snapshot(arguments))
        parts = _forgiven(parts, tuple(compare(restored, right, scales, task.values)))
    if sum(part.got.size for part in parts if isinstance(part.got, np.ndarray)) > MOST_CELLS:
        call = replace(call, value=None)  # thirty of those would fill the memory
    if task.properties:
        parts = tuple(_without_values(part) for part in parts)
    part = first_difference(parts)
    difference = part.difference if part is not None else None
    if difference is None and not all(diagnosis.holds(p, parts[0].got) for p in task.properties):
        difference = Difference("properties", "", "")
    return Run(pristine, before, right, call, value, parts, difference or touched, touched)


def _restored(value: Any, given: tuple[Any, ...], before: tuple[Any, ...]) -> Any:
    """Replace arguments that a result hands on, as a cache does, by what they were before the call."""
    for now, then in zip(given, before, strict=True):
        if value is now:
            return then
    return tuple(_restored(part, given, before) for part in value) if isinstance(value, tuple | list) else value


def _forgiven(parts: tuple[Part, ...], restored: tuple[Part, ...]) -> tuple[Part, ...]:
    """Take what is right in the restored parts: that an argument was changed is a mistake of its own."""
    if [part.name for part in parts] != [part.name for part in restored]:
        return parts if first_difference(restored) else restored
    return tuple(new if new.difference is None else old for old, new in zip(parts, restored, strict=True))


def _with_cache(forward: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    first, *others = arguments
    made = attempt(forward, *detached(tuple(others)), seconds=CALL)
    pair = made.ok and isinstance(made.value, tuple | list) and len(made.value) == 2
    return first, made.value[1] if pair else None


def _unreadable(value: Any, read: Attempt) -> Difference:
    problem = f"{read.error.kind}: {read.error.message}" if read.error else ""
    return Difference(
        "container",
        f"Something of type `{type(value).__name__}` came back that cannot be read ({problem[:200]}).",
        "Return plain arrays and numbers.",
    )


def _without_values(part: Part) -> Part:
    """Forgive other values than those of the example: the properties judge them."""
    free = part.difference is not None and part.difference.stage == "values"
    return replace(part, difference=None) if free else part


def _touched(task: Task, given: tuple[Any, ...], before: tuple[Any, ...]) -> Difference | None:
    for name, now, then in zip(task.takes, given, before, strict=False):
        if name in task.may_change:
            continue
        part = changed(now, then, name, task.writes.get(name, ()))
        if part:
            kind = "dict" if isinstance(then, dict) and '"' in part else "array"
            return Difference(
                "inputs",
                f"Your function changed the `{part}` it was given. Whoever calls it still needs that {kind}.",
                "Look for `[...] =`, `+=` or `*=` on an argument. Work on a copy or make a new array.",
                "in_place",
            )
    return None


def _again(task: Task, first: Run, second: Run) -> Run:
    """Compare a second call with the first, and the first result with what has become of it by now."""
    if first.difference is not None or task.raw:
        return first
    kept = first.value if task.writes else attempt(snapshot, first.attempt.value).value
    if _bits(second.parts) != _bits(first.parts):
        says = "Called a second time with the same arguments, your function returned something else."
    elif _bits(compare(kept, first.right, [0.0] * len(leaves(first.right)), task.values)) != _bits(first.parts):
        says = (
            "The first result changed when your function was called again: both calls returned one and the same array."
        )
    else:
        return first
    look = "Look for something that outlives a call: a global, a default argument, an array made outside the function."
    return replace(first, difference=Difference("again", says, look, "keeps_state"))


def _bits(parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return what is the same in two results to the last bit; a cache of the learner's own is their business."""
    arrays = [part.got for part in parts if isinstance(part.got, np.ndarray) and part.got.size <= MOST_CELLS]
    # A longdouble is padded with bytes that mean nothing.
    plain = [a.astype(np.float64) if a.dtype == np.longdouble else a for a in arrays]
    return [(a.shape, a.dtype.str, a.tobytes()) for a in plain]
