"""Grade one notebook: read it as data, run its functions in the sandbox, judge what comes out here."""

from __future__ import annotations

import atexit
import threading
import time
from functools import cache

from cnnlab.check import exercises
from cnnlab.check.block import Block, Say
from cnnlab.check.report import Report
from cnnlab.check.subject import Subject
from cnnlab.check.task import Task
from cnnlab.check.verdict import judge_subject
from cnnlab.grading.far import Far, open_exercise
from cnnlab.grading.hidden import hidden
from cnnlab.grading.model import Assigned, Graded, Job, Limits, Mark
from cnnlab.grading.reading import Page, Unreadable, read
from cnnlab.grading.reply import Raised
from cnnlab.grading.sandbox import Sandbox, open_sandbox
from cnnlab.trial import attempt

__all__ = ["grade_submission"]

JUDGING = 10.0  # seconds for the check itself, beside what it waits for the learner's code
# Containers may hold one another without end, and objects may read otherwise each time.
UNREADABLE = (Say("What came back from your code could not be looked through.", "lead"),)
OTHER_NUMBERS = "other_numbers"  # the mistake of a function that only knows the published numbers


def grade_submission(job: Job) -> Graded:
    """Grade one learner's notebook; the same job always gets the same points.

    Raises
    ------
    GradingError
        If this machine has no sandbox. Whatever the notebook holds is no error, but told in the result.
    """
    start = time.perf_counter()
    try:
        page = read(job.content, job.sheet)
    except Unreadable as problem:
        none = tuple(Mark(e.id, "missing", 0.0, e.points) for e in job.sheet.exercises)
        return Graded(job.learner, job.sheet.name, "unreadable", none, (str(problem),))
    nest = _nest(job.limits)
    marked = [_mark(assigned, page, job, nest) for assigned in job.sheet.exercises]
    marks = tuple(mark for mark, _ in marked)
    notes = (*page.notes, *dict.fromkeys(note for _, told in marked for note in told))
    seconds = time.perf_counter() - start
    return Graded(job.learner, job.sheet.name, "graded", marks, notes, nest.sandbox.kind, seconds)


class _Nest:
    """The sandbox of this thread, opened anew when one is broken."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.sandbox: Sandbox = open_sandbox(limits.sandbox, limits)
        atexit.register(lambda: self.sandbox.close())

    def open(self, exercise: str, task: Task, page: Page) -> Far:
        return open_exercise(self.sandbox, exercise, page, task, self._limits)

    def close(self, far: Far) -> None:
        far.close()
        if far.broken:
            self.sandbox.close()
            self.sandbox = open_sandbox(self._limits.sandbox, self._limits)


_nests = threading.local()


def _nest(limits: Limits) -> _Nest:
    held: dict[Limits, _Nest] = _nests.__dict__.setdefault("held", {})
    if limits not in held:
        held[limits] = _Nest(limits)
    return held[limits]


def _mark(assigned: Assigned, page: Page, job: Job, nest: _Nest) -> tuple[Mark, tuple[str, ...]]:
    """Return what an exercise got, and what went wrong in other cells that it needs."""
    if not page.exercise_cells(assigned.id):
        return Mark(assigned.id, "missing", 0.0, assigned.points), ()
    start = time.perf_counter()
    try:
        report, far, cut_short = _report(assigned.id, page, job, nest)
        if cut_short and report.state != "pass":  # it may have been the machine, busy with something else
            report, far, _ = _report(assigned.id, page, job, nest)
        if far.lost:
            raise RuntimeError("no sandbox")
    except Exception as error:  # in the check, on something no check has met: the others are graded all the same
        text = f"The check stopped with {type(error).__name__}. Look at this exercise yourself."
        return Mark(assigned.id, "error", 0.0, assigned.points, text=text), ()
    state = "part" if report.state == "fail" and report.part else report.state
    seconds = time.perf_counter() - start
    text, html = report.message, report._repr_mimebundle_()["text/html"]
    points = report.part * assigned.points
    mark = Mark(assigned.id, state, points, assigned.points, report.mistake or "", text, html, seconds)
    return mark, () if state == "pass" else far.notes


def _report(exercise: str, page: Page, job: Job, nest: _Nest) -> tuple[Report, Far, bool]:
    """Return also whether the time was over."""
    task = exercises.find(exercise)
    far = nest.open(exercise, task, page)
    try:
        seconds = job.limits.seconds + JUDGING
        judged = attempt(_judge, exercise, task, _hidden(exercise, job.seed), far, seconds=seconds)
    finally:
        nest.close(far)
    error = judged.error.exception if judged.error else None
    if error is not None and not isinstance(error, Raised | RecursionError):
        raise error
    report = judged.value or Report(exercise, "fail", None, UNREADABLE)
    return report, far, far.cut_short or judged.timed_out


def _judge(exercise: str, task: Task, others: Task | None, subject: Subject) -> Report:
    report = judge_subject(exercise, task, subject)
    if report.state == "todo":
        return Report(exercise, "todo", None, (Say(f"`{exercise}` is not written yet.", "lead"),))
    if report.state != "pass" or others is None or judge_subject(exercise, others, subject).state == "pass":
        return report
    # What the function was called with stays untold: it is the hidden test.
    blocks: tuple[Block, ...] = (
        Say("With the numbers of the check in the notebook it is right; with other numbers it is not.", "lead"),
        Say("Next: Does your function work out every result from its arguments?", "look"),
    )
    return Report(exercise, "fail", OTHER_NUMBERS, blocks)


@cache
def _hidden(exercise: str, seed: int) -> Task | None:
    return hidden(exercises.find(exercise), seed)
