"""The files of a class that may count, before and after they are graded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import groupby

from cnnlab.grading import store
from cnnlab.grading.document import Unreadable
from cnnlab.grading.gather import Handed
from cnnlab.grading.model import Graded, Job, Limits, Mark, Release, Sheet
from cnnlab.grading.policy import Policy
from cnnlab.grading.reading import read
from cnnlab.grading.report import Result
from cnnlab.grading.store import Store

__all__ = ["Piece", "choose", "pieces_of"]


@dataclass(frozen=True)
class Piece:
    """One file of one learner that may count."""

    handed: Handed
    when: datetime | None  # its bytes were first handed in
    attempts: int  # of this learner at this notebook
    job: Job  # without its content
    key: str  # of its result in the store
    unreadable: Graded | None = None  # its result, where there is nothing to grade

    @property
    def whose(self) -> tuple[str, str]:
        """Learner and notebook."""
        return self.job.learner, self.job.sheet.name

    def load(self) -> Job:
        """Return the job with its content, read now."""
        return replace(self.job, content=self.handed.load())

    def is_among(self, wanted: Sequence[str]) -> bool:
        """Whether one of "learner" or "learner/notebook" fits, with ``*`` and ``?``; all do where nothing is wanted."""
        learner, notebook = self.whose
        names = {learner, f"{learner}/{notebook}", f"{learner}/{notebook.partition('_')[0]}"}
        return not wanted or any(name == one or fnmatchcase(name, one) for name in names for one in wanted)

    def result(self, kept: Store, policy: Policy) -> Result | None:
        """Return what it got and what the policy makes of that; None if it is not graded yet."""
        graded = self.unreadable or kept.get(self.key)
        if graded is None:
            return None
        if self.attempts > 1:
            told = f"{self.attempts} attempts were handed in; this is the {policy.repeated}: {self.handed.path}."
            graded = replace(graded, notes=(*graded.notes, told))
        late = policy.judge(self.job.learner, self.when, said_late=bool(self.handed.late))
        zone = policy.due.tzinfo if policy.due else UTC
        return Result(
            graded,
            file=self.handed.path,
            account=self.handed.account,
            handed_in=f"{self.when.astimezone(zone):%Y-%m-%d %H:%M %Z}" if self.when else "",
            late=late.told,
            kept=late.kept,
        )


def pieces_of(
    handed: Iterable[Handed], release: Release, policy: Policy, seed: int, limits: Limits, *, file_times: bool = False
) -> Iterator[Piece]:
    """Read each file that may count, one at a time.

    Parameters
    ----------
    handed
        Sorted by learner and notebook, the earliest first.
    release
        What the class was given.
    policy
        Says which of several attempts may count.
    seed, limits
        Of the jobs.
    file_times
        Whether a file's own time counts where no platform tells one.
    """
    ours = [one for one in handed if one.sheet is not None]
    for (learner, name), group in groupby(ours, lambda one: (one.learner, one.sheet)):
        job = Job(learner, release.sheet(str(name)), b"", seed, limits)
        attempts = _begun(list(group), job.sheet)
        times = [one.when or (one.changed if file_times else None) for one in attempts]
        digests = [_digest(one) for one in attempts] if len(attempts) > 1 else [""]
        for place in policy.candidates(range(len(attempts))):
            same = [time for time, digest in zip(times, digests, strict=True) if time and digest == digests[place]]
            yield _piece(attempts[place], min(same, default=None), len(attempts), job)


def _begun(attempts: list[Handed], sheet: Sheet) -> list[Handed]:
    """Leave out the notebooks that are still as they were handed out, if there is another one: copies kept at hand."""

    def untouched(handed: Handed) -> bool:
        try:
            return read(handed.load(), sheet).untouched
        except Unreadable:
            return False

    begun = [handed for handed in attempts if len(attempts) > 1 and not untouched(handed)]
    return begun or attempts


def _piece(handed: Handed, when: datetime | None, attempts: int, job: Job) -> Piece:
    try:
        key = store.key(replace(job, content=handed.load()))
    except Unreadable as problem:
        marks = tuple(Mark(exercise.id, "missing", 0.0, exercise.points) for exercise in job.sheet.exercises)
        unreadable = Graded(job.learner, job.sheet.name, "unreadable", marks, (str(problem),))
        return Piece(handed, when, attempts, job, store.key(job), unreadable)
    return Piece(handed, when, attempts, job, key)


def _digest(handed: Handed) -> str:
    try:
        return hashlib.sha256(handed.load()).hexdigest()
    except Unreadable:
        return f"unreadable: {handed.path}"


def choose(pieces: Iterable[Piece], kept: Store, policy: Policy) -> Iterator[tuple[Piece, Result]]:
    """Choose the result that counts for each learner and notebook that has one: of equals the earliest."""
    for _, group in groupby(pieces, lambda piece: piece.whose):
        found = [(piece, result) for piece in group if (result := piece.result(kept, policy))]
        if found:
            yield max(found, key=lambda pair: pair[1].points)
