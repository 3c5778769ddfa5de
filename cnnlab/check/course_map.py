"""The course with the learner's progress in it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from cnnlab import progress as store
from cnnlab.check.page import STYLE
from cnnlab.words import counted

__all__ = ["CourseMap", "progress"]

SIGNS = {"passed": "✓", "tried": "✗", "not started": "·"}
WORDS = {"passed": "passed", "tried": "tried, not passed yet", "not started": "not started"}


@dataclass(frozen=True)
class CourseMap:
    """Notebooks and exercises with points, minutes, and how far the learner is."""

    rows: tuple[store.Row, ...]

    @property
    def summary(self) -> str:
        """One sentence on all of it."""
        passed = [row for row in self.rows if row.progress.passes]
        points, all_points = (sum(row.exercise.points for row in rows) for rows in (passed, self.rows))
        hints = sum(row.progress.hints for row in self.rows)
        return (
            f"{len(passed)} of {len(self.rows)} exercises passed, {points:g} of {all_points:g} points, "
            f"{hints or 'no'} hint{'' if hints == 1 else 's'} opened."
        )

    def __repr__(self) -> str:
        return f"Course map: {self.summary}"

    def __str__(self) -> str:
        width = max((len(row.exercise.id) for row in self.rows), default=0)
        lines = []
        for notebook, rows in groupby(self.rows, lambda row: row.notebook):
            lines.append(f"{notebook.number} {notebook.title} ({notebook.minutes} minutes)")
            for row in rows:
                e, done = row.exercise, row.progress
                lines.append(
                    f"  {SIGNS[done.state]} {e.id.ljust(width)}  {counted(e.points, 'point').rjust(9)}  "
                    f"{counted(e.minutes, 'minute').rjust(10)}  {WORDS[done.state]}{_hints(done.hints)}"
                )
        return "\n".join([*lines, self.summary])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._html()}

    def _html(self) -> str:
        tables = []
        for notebook, rows in groupby(self.rows, lambda row: row.notebook):
            title = html.escape(f"{notebook.number} {notebook.title} · {notebook.minutes} minutes")
            head = (
                '<tr><th scope="col">Exercise</th><th scope="col" class="cnnlab-number">Points</th>'
                '<th scope="col" class="cnnlab-number">Minutes</th><th scope="col">State</th>'
                '<th scope="col" class="cnnlab-number">Hints opened</th></tr>'
            )
            body = "".join(map(_row, rows))
            tables.append(f'<table class="cnnlab-map"><caption>{title}</caption>{head}{body}</table>')
        return f'{STYLE}\n<div class="cnnlab-card">{"".join(tables)}<p>{html.escape(self.summary)}</p></div>'


def _row(row: store.Row) -> str:
    e, done = row.exercise, row.progress
    kind = {"passed": ' class="cnnlab-passed"', "tried": ' class="cnnlab-tried"'}.get(done.state, "")
    state = f'<span aria-hidden="true">{SIGNS[done.state]}</span> {WORDS[done.state]}'
    return (
        f'<tr><td><code>{html.escape(e.id)}</code></td><td class="cnnlab-number">{e.points:g}</td>'
        f'<td class="cnnlab-number">{e.minutes}</td><td{kind}>{state}</td>'
        f'<td class="cnnlab-number">{done.hints}</td></tr>'
    )


def _hints(count: int) -> str:
    return f", {counted(count, 'hint')} opened" if count else ""


def progress(points: Mapping[str, float] | None = None) -> CourseMap:
    """Show the course with what you have done in it.

    Parameters
    ----------
    points
        What a class gets for its exercises, if not what the course says: no others are shown then.
    """
    rows = store.rows()
    if points is not None:
        chosen = [row for row in rows if row.exercise.id in points]
        rows = [replace(row, exercise=replace(row.exercise, points=points[row.exercise.id])) for row in chosen]
    return CourseMap(tuple(rows))
