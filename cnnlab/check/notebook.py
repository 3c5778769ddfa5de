"""The checks as a notebook calls them: ``check.cross_correlate2d(cross_correlate2d)``."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnnlab import course, progress
from cnnlab.check.block import Block, Say
from cnnlab.check.report import Report
from cnnlab.check.verdict import judge

__all__ = ["Check", "check_of", "names"]

_MISSING = object()
Check = Callable[..., Report]


def names() -> list[str]:
    """Return the exercises there are."""
    return list(course.exercises())


def check_of(exercise: str) -> Check:
    """Return the check of one exercise.

    Raises
    ------
    AttributeError
        If there is no such exercise; the message names the closest, or all.
    """
    if exercise not in course.exercises():
        near = difflib.get_close_matches(exercise, names(), n=3)
        remedy = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names())}."
        raise AttributeError(f"check has no exercise {exercise!r}. {remedy}")

    def check(fn: Any = _MISSING) -> Report:
        if fn is _MISSING:
            text = f"The check needs your function: `check.{exercise}({exercise})`."
            report = Report(exercise, "fail", None, (Say(text, "lead"),))
        else:
            report = judge(exercise, fn)
            if report.state != "todo":
                report = _noted(report)
        # nbgrader takes any cell that does not raise for right, when it grades and when it validates.
        if report.state != "pass" and os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate"):
            raise AssertionError(str(report))
        return report

    check.__name__ = check.__qualname__ = exercise
    check.__doc__ = f"Check your ``{exercise}``: hand it the function, without brackets."
    return check


def _noted(report: Report) -> Report:
    """Note the attempt in the learner's progress; what hinders that is told in the report."""
    sentence = progress.record(report.exercise, passed=report.state == "pass")
    blocks: tuple[Block, ...] = (*report.blocks, Say(sentence, "note")) if sentence else report.blocks
    return replace(report, blocks=blocks)
