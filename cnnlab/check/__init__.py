"""Judge a learner's functions: right, not yet written, or wrong, and then which mistake it is.

``check.cross_correlate2d(fn)``, and so on for every exercise of the course, shows a report and notes the attempt;
:func:`judge` only judges. ``check.hints("cross_correlate2d")`` opens hints one at a time, ``check.progress()`` shows
how far you are. Taught in notebook 00.
"""

from __future__ import annotations

from cnnlab.check.course_map import progress
from cnnlab.check.hint import hints
from cnnlab.check.notebook import Check, check_of, names
from cnnlab.check.report import Report
from cnnlab.check.verdict import judge

__all__ = ["Report", "hints", "judge", "progress"]


def __getattr__(name: str) -> Check:
    return check_of(name)


def __dir__() -> list[str]:
    return sorted([*__all__, *names()])
