"""Judge a learner's function: call it on every probe, find the first thing that is not right, and tell it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check import diagnosis, exercises
from cnnlab.check.block import Say
from cnnlab.check.compare import Difference, as_array, compare
from cnnlab.check.function import inner, is_empty, lent, missing_call
from cnnlab.check.report import Report
from cnnlab.check.run import Run, same_bits
from cnnlab.check.task import Task
from cnnlab.check.telling import tell_failure, tell_pass
from cnnlab.trial import Attempt, attempt

__all__ = ["judge"]

PATIENCE = 10.0  # seconds for all probes together; a right loop needs less than a tenth of one
CALL = 5.0  # seconds for one call
MOST_CELLS = 1_000_000  # of a result that is kept; no right one comes near


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
    task = exercises.find(exercise)
    problem = missing_call(fn, exercise)
    if problem is not None:
        return Report(exercise, "fail", None, (Say(problem, "lead"),))
    if is_empty(fn):
        return _unwritten(exercise)
    runs = _run_all(task, fn)
    if _says_unwritten(exercise, fn, runs[0].attempt):
        return _unwritten(exercise)
    if all(run.difference is None for run in runs):
        return tell_pass(exercise, runs)
    with lent(fn, task.helpers) as swapped:
        lent_runs = _run_all(task, fn) if swapped else []
    if swapped and all(run.difference is None for run in lent_runs):
        names = " and ".join(f"`{name}`" for name in task.helpers)
        return tell_pass(
            exercise,
            lent_runs,
            f"Your own {names} is not right yet, so this was checked with the course's. "
            f"Its check is further up in the notebook.",
        )
    # With a right helper only this function's own mistake is left, unless the learner's helper takes other arguments.
    if swapped and not (_failure(lent_runs).attempt.error and _failure(runs).attempt.ok):
        runs = lent_runs
    return tell_failure(exercise, task, fn, runs, diagnosis.find(task, runs))


def _unwritten(exercise: str) -> Report:
    text = (
        f"`{exercise}` is not written yet. Replace the line with `raise NotImplementedError`, "
        "run that cell, then this one again."
    )
    return Report(exercise, "todo", None, (Say(text, "lead"),))


def _says_unwritten(exercise: str, fn: Any, first: Attempt) -> bool:
    """Whether the call ended in the stub's NotImplementedError, not in one of a helper."""
    if first.error is None or not isinstance(first.error.exception, NotImplementedError):
        return False
    if first.error.message.startswith(f"{exercise} is not written"):
        return True
    trace, function = first.error.exception.__traceback__, inner(fn)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return function is not None and trace is not None and trace.tb_frame.f_code is function.__code__


def _failure(runs: list[Run]) -> Run:
    return next(run for run in runs if run.difference is not None)


def _run_all(task: Task, fn: Any) -> list[Run]:
    """Call the function on every probe, then on the first two again; stops early when it takes too long."""
    runs: list[Run] = []
    spent = 0.0
    for probe in task.probes:
        run = _run(task, fn, probe.make(), probe.make())
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
            runs[i] = _again(runs[i], _run(task, fn, probe.make(), probe.make()))
        runs = [_again(run, run) for run in runs]
    return runs


def _run(task: Task, fn: Any, arguments: tuple[Any, ...], pristine: tuple[Any, ...]) -> Run:
    call = attempt(fn, *arguments, seconds=CALL)
    right, scale = task.right(*pristine), task.scale(*pristine)
    if not call.ok:
        return Run(pristine, right, scale, call, None, Difference("returned", "", ""))
    if type(call.value) is np.ndarray and call.value.size > MOST_CELLS:  # thirty of those would fill the memory
        difference = compare(call.value, call.value, right, scale)
        return Run(pristine, right, scale, replace(call, value=None), None, difference)
    if type(call.value).__name__ == "coroutine":
        call.value.close()  # one that is never awaited would warn later, out of reach
    read = attempt(as_array, call.value, seconds=CALL)  # reading an object of the learner's runs their code too
    got: NDArray[Any] | None = read.value
    if task.properties and got is not None and got.shape == right.shape and got.dtype.kind in "iuf":
        difference = compare(got, got, np.where(np.isfinite(got), got, 0), scale)
    else:
        difference = compare(call.value, got, right, scale)
    if difference is None and got is not None and not all(p.holds(got) for p in task.properties):
        difference = Difference("properties", "", "")
    touched = _touched(task, arguments, pristine)
    return Run(pristine, right, scale, call, got, difference or touched, touched)


def _touched(task: Task, arguments: tuple[Any, ...], pristine: tuple[Any, ...]) -> Difference | None:
    for name, now, before in zip(task.parameters, arguments, pristine, strict=True):
        if not same_bits(now, before):
            return Difference(
                "inputs",
                f"Your function changed the `{name}` it was given. Whoever calls it still needs that array.",
                f"Look for `{name}[...] =`, `+=` or `*=` on an argument. Work on a copy or make a new array.",
                "in_place",
            )
    return None


def _again(first: Run, second: Run) -> Run:
    """Compare a second call with the first, and the first result with what has become of it by now."""
    if first.difference is not None:
        return first
    later = None if second.got is None else np.asarray(second.got)
    kept = attempt(as_array, first.attempt.value).value
    if later is None or not same_bits(first.got, later):
        says = "Called a second time with the same arguments, your function returned something else."
    elif not same_bits(first.got, kept):
        says = (
            "The first result changed when your function was called again: both calls returned one and the same array."
        )
    else:
        return first
    look = "Look for something that outlives a call: a global, a default argument, an array made outside the function."
    return replace(first, difference=Difference("again", says, look, "keeps_state"))
