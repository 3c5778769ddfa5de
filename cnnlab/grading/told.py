"""What an instructor sees while a class is being graded: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cnnlab.grading.model import Graded
from cnnlab.grading.store import state
from cnnlab.words import counted

__all__ = ["Told"]

OFTEN = 10.0  # seconds between two lines of progress


class Told:
    """Tells on a console how a run goes; a context, so that the bar ends with it.

    Attributes
    ----------
    ready : int
        How many notebooks have a result.
    """

    def __init__(self, console: Console) -> None:
        self.ready = 0
        self._console = console
        self._jobs = self._done = 0
        self._start = self._said = time.monotonic()
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        self._progress = Progress("Grading", *columns, console=console, transient=True)

    def __enter__(self) -> Told:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress.task_ids:  # rich ends even a bar that never began with an empty line
            self._progress.stop()

    def say(self, line: str) -> None:
        """Print a line as it is, above the bar."""
        self._console.print(" ".join(line.split()), markup=False, soft_wrap=True)

    tell = say

    def begin(self, jobs: int, kept: int) -> None:
        """Say how much there is to do."""
        self.ready, self._jobs = kept, jobs
        self._start = self._said = time.monotonic()
        known = f"; {kept} graded before stay as they are" if kept else ""
        self.say(f"{counted(jobs, 'notebook')} to grade{known}.")
        if self._console.is_terminal and jobs:
            self._progress.add_task("", total=jobs, rate="")
            self._progress.start()

    def done(self, graded: Graded) -> None:
        """Count one, and say so if it could not be graded."""
        self.ready += 1
        self._done += 1
        if state(graded) != "graded":
            why = (
                graded.notes[-1] if graded.notes else next(mark.text for mark in graded.marks if mark.state == "error")
            )
            self.say(f"{graded.learner}/{graded.sheet}: {state(graded)}. {why}")
        now = time.monotonic()
        rate = self._done / max(now - self._start, 1e-3)
        for task in self._progress.task_ids:
            self._progress.update(task, advance=1, rate=f"{rate:.1f} a second")
        if not self._console.is_terminal and (now - self._said > OFTEN or self._done == self._jobs):
            self._said = now
            left = (self._jobs - self._done) / rate
            self.say(f"{self._done} of {self._jobs} graded, {rate:.1f} a second, {left:.0f} s left.")
