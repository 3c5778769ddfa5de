"""Grade on this machine: threads, each around a grader process that may die.

A process pool loses its work when one of its processes dies. Here a death costs one retry of one submission.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice

from cnnlab.grading import pipe
from cnnlab.grading.model import Graded, GradingError, Job, Mark
from cnnlab.grading.process import Died, NotStarted, Process

__all__ = ["FUNCTION", "Graders", "deadline", "failed", "grade_all"]

FUNCTION = "cnnlab.grading.grade:grade_submission"


def deadline(job: Job) -> float:
    """Return the seconds after which a grader process counts as hung: the job's limits, and time for the checks.

    Examples
    --------
    >>> from cnnlab.grading.model import Assigned, Limits, Sheet
    >>> sheet = Sheet("01_edges", "Edges", (Assigned("window_mean", 2), Assigned("conv_valid", 4)))
    >>> deadline(Job("ada", sheet, b"", limits=Limits(seconds=5)))
    60.0
    """
    return 30.0 + len(job.sheet.exercises) * (job.limits.seconds + 10.0)


def failed(job: Job, reason: str) -> Graded:
    """Return what is recorded when the grader itself failed on a job."""
    text = "The grader failed here. This says nothing about the answer; it is graded again in the next run."
    marks = tuple(Mark(exercise.id, "error", 0.0, exercise.points, text=text) for exercise in job.sheet.exercises)
    return Graded(job.learner, job.sheet.name, "error", marks, notes=(reason,))


class _Stopped(Exception):
    """The run is being stopped."""


class Graders:
    """Grader processes, as many as there are threads that grade at once.

    Parameters
    ----------
    function
        What grades, as "module:name": takes a Job, returns a Graded.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._all: set[Process] = set()
        self._idle: list[Process] = []
        self._stopped = False

    def grade(self, job: Job) -> Graded:
        """Grade a job in a process of its own, and once more in a fresh one if that fails.

        Raises
        ------
        GradingError
            If no job can be graded here: the processes do not start, or there is no sandbox.
        """
        block, deaths = pipe.pack(job), []
        for _ in range(2):
            try:
                graded = self._try(block, deadline(job))
            except Died as death:
                deaths.append(death)
                continue
            if deaths:
                note = f"The grader process failed once and graded this at the second attempt. {deaths[0]}"
                return replace(graded, notes=(*graded.notes, note))
            return graded
        if all(isinstance(death, NotStarted) for death in deaths):
            raise GradingError(f"{deaths[-1]} Run cnnlab doctor, then the same command again.")
        return failed(job, f"The grader process failed twice. {deaths[-1]}")

    def close(self) -> None:
        """Let the idle processes end."""
        with self._lock:
            ending, self._idle = self._idle, []
            self._all.difference_update(ending)
        for process in ending:
            process.close()

    def stop(self) -> None:
        """End all processes at once, in the middle of a job too, and start no more."""
        with self._lock:
            self._stopped = True
            for process in self._all:
                process.kill()
        self.close()

    def _try(self, block: bytes, seconds: float) -> Graded:
        process = self._take()
        try:
            answer = process.ask(block, seconds)
        except Died:
            self._drop(process)
            if self._stopped:
                raise _Stopped from None
            raise
        if "failed" in answer:
            self._drop(process)
            raise Died(answer["failed"])
        with self._lock:
            self._idle.append(process)
        if process.grown:
            self.close()
        if "refused" in answer:
            raise GradingError(answer["refused"])
        return Graded.from_json(answer["graded"])

    def _take(self) -> Process:
        with self._lock:
            if self._stopped:
                raise _Stopped
            if self._idle:
                return self._idle.pop()
            process = Process(self._function)
            self._all.add(process)
            return process

    def _drop(self, process: Process) -> None:
        process.kill()
        process.bury()
        with self._lock:
            self._all.discard(process)


def grade_all(jobs: Iterable[Job], *, workers: int, function: str = FUNCTION) -> Iterator[tuple[Job, Graded]]:
    """Grade jobs as they come; yield each with its result, in the order in which they are done.

    Few jobs are drawn ahead, so memory does not grow with their number. When the caller stops early, by Ctrl-C too,
    every process ends.

    Raises
    ------
    GradingError
        If no job can be graded here.
    """
    graders, source = Graders(function), iter(jobs)
    running: dict[Future[Graded], Job] = {}
    with ThreadPoolExecutor(workers) as threads:
        try:
            while True:
                for job in islice(source, 2 * workers - len(running)):
                    running[threads.submit(graders.grade, job)] = job
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
            graders.close()
        finally:
            graders.stop()
            threads.shutdown(cancel_futures=True)
