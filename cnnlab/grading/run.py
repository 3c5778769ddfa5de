"""Grade a class: gather, leave out what is graded already, grade the rest, keep each result at once, write the reports.

A run that was stopped, killed or cut off from its machines goes on where it was when it is started again.
"""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from cnnlab import __version__
from cnnlab.grading import cluster, pool
from cnnlab.grading.document import Unreadable
from cnnlab.grading.gather import Gathered, Handed, gather
from cnnlab.grading.model import Graded, GradingError, Job, Limits, Release
from cnnlab.grading.piece import Piece, choose, pieces_of
from cnnlab.grading.policy import Policy
from cnnlab.grading.report import Result, Roster, Run, feedback_page, write_reports
from cnnlab.grading.store import Store, state

__all__ = ["Misuse", "Options", "Outcome", "Watch", "grade_class"]


class Misuse(GradingError):
    """What was asked for cannot be done as it was asked for."""


@dataclass(frozen=True)
class Options:
    """How a class is graded."""

    workers: int = 1
    cluster: str = ""  # the address of a Dask scheduler; none: on this machine
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    seed: int | None = None  # None: that of the run before, else a new one
    only: Sequence[str] = ()  # "learner" or "learner/notebook", with * and ?
    file_times: bool = False  # whether a file's own time counts where no platform tells one
    roster: Roster | None = None


class Watch(Protocol):
    """Who is told how it goes."""

    def begin(self, jobs: int, kept: int) -> None:
        """So many are to be graded; so many were, in an earlier run."""

    def done(self, graded: Graded) -> None:
        """One more is graded."""

    def tell(self, line: str) -> None:
        """Something that the instructor should know."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    results: Sequence[Result]  # what counts, of all who handed in
    files: Mapping[tuple[str, str], Handed]  # (learner, notebook) → the file that counts
    lost: int  # files that may hold work, and were not taken for a notebook of the release
    missing: int  # notebooks without a result, though asked for
    waiting: int  # notebooks without a result, not asked for
    report: Path

    def count(self, ended: str) -> int:
        """Return how many notebooks ended so; "error" where the grader failed in at least one exercise."""
        return sum(state(result.graded) == ended for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was graded."""
        return not (self.count("unreadable") or self.count("error") or self.lost or self.missing)


def grade_class(submissions: Path, folder: Path, out: Path, options: Options, watch: Watch) -> Outcome:
    """Grade all that a class handed in.

    Parameters
    ----------
    submissions
        A folder or an archive.
    folder
        The release that the class was given.
    out
        Where the results and reports go. What is there of earlier runs is kept.
    options
        How to grade.
    watch
        Who is told how it goes.

    Raises
    ------
    Misuse
        If `submissions`, `folder` or what `options` names is not there, or `out` lies in one of them.
    GradingError
        If the results cannot be kept, or nothing can be graded here.
    """
    try:
        release = Release.read(folder)
        gathered = gather(submissions, release)
    except GradingError as error:
        raise Misuse(str(error)) from error
    _keep_apart(out, submissions, folder, gathered)
    if not gathered.handed:
        problems = "".join(f" {problem.path}: {problem.text}" for problem in gathered.problems[:1])
        told = f"{submissions} holds no notebook ({gathered.ignored} other files). Name their folder."
        raise Misuse(f"SUBMISSIONS: {told}{problems}")
    began = time.perf_counter()
    policy = options.policy
    with Store.open(out, seed=options.seed, settings=_settings(options)) as kept:
        times = options.file_times
        pieces = [*pieces_of(gathered.handed, release, policy, kept.seed, options.limits, file_times=times)]
        asked = [piece for piece in pieces if piece.is_among(options.only)]
        if pieces and not asked:
            example = "/".join(pieces[0].whose)
            raise Misuse(f"--only: nothing fits {', '.join(options.only)}, wanted learner/notebook, such as {example}.")
        known = kept.whose()
        for line in _remarks(gathered, pieces, options, {learner for learner, _ in known}):
            watch.tell(line)
        graded = _grade(asked, options, kept, watch)
        counting = list(choose(pieces, kept, policy))
    seconds = time.perf_counter() - began if graded else 0.0
    results = [result for _, result in counting]
    facts = _facts(release, gathered, options, kept.seed, results, seconds)
    try:
        written = write_reports(out, release, results, facts, options.roster)
        _clear(out, known - {(result.learner, result.graded.sheet) for result in results})
    except OSError as error:
        told = f"--out: {error.filename or out} cannot be written: {error.strerror or error}."
        raise GradingError(f"{told} Mend that, then run this again: what was graded is kept.") from error
    there = {piece.whose: piece.handed for piece, _ in counting}
    without = {piece.whose: piece for piece in pieces if piece.whose not in there}
    missing = sum(piece.is_among(options.only) for piece in without.values())
    return Outcome(results, there, gathered.lost, missing, len(without) - missing, written[0])


def _keep_apart(out: Path, submissions: Path, folder: Path, gathered: Gathered) -> None:
    for name, place in (("SUBMISSIONS", submissions), ("--release", folder)):
        if place.is_dir() and out.resolve().is_relative_to(place.resolve()):
            raise Misuse(f"--out: {out} lies in the folder of {name}, {place}. Name another one, such as graded.")
    given = (folder / "notebooks").resolve()
    for path in (submissions / handed.path for handed in gathered.handed if submissions.is_dir()):
        if path.resolve().is_relative_to(given):
            raise Misuse(f"SUBMISSIONS: {path} is the release's own, nobody's work. Name the folder of what came back.")


def _clear(out: Path, gone: Collection[tuple[str, str]]) -> None:
    """Remove the pages that earlier runs wrote of what is not in the scores any more."""
    for page in (feedback_page(out, *whose) for whose in gone):
        page.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it is not there, or holds other pages
            page.parent.rmdir()


def _settings(options: Options) -> dict[str, Any]:
    limits = options.limits
    how = {"seconds": limits.seconds, "memory": limits.memory, "sandbox": limits.sandbox}
    return how | {"policy": options.policy.sentences(), "only": list(options.only), "file_times": options.file_times}


def _remarks(gathered: Gathered, pieces: Sequence[Piece], options: Options, known: set[str]) -> Iterator[str]:
    """Say what the instructor should look at before trusting the scores."""
    yield from (f"{problem.path}: {problem.text}" for problem in gathered.problems)
    if gathered.ignored and gathered.platform != "nbgrader":  # whose courses hold much else
        remedy = "" if options.roster else " --roster tells who handed in nothing else."
        yield f"Files that are no notebooks, and were left out: {gathered.ignored}.{remedy}"
    learners = {piece.job.learner for piece in pieces}
    strangers = sorted(set(options.policy.extensions) - learners)
    if strangers:
        yield f"--extensions: no notebook is there of {', '.join(strangers)}."
    timeless = sum(piece.when is None and piece.handed.late is None for piece in pieces)
    if options.policy.due and timeless:
        remedy = "" if options.file_times else " To go by the files' own times: --file-times."
        yield f"--due: nothing tells when {timeless} of {len(pieces)} notebooks came; they are not late.{remedy}"
    gone = sorted(known - learners)
    if gone:
        yield f"Graded here before, now not among SUBMISSIONS, so without scores and feedback: {', '.join(gone)}."


def _grade(pieces: Sequence[Piece], options: Options, kept: Store, watch: Watch) -> int:
    """Grade what has no result yet; return how many that were."""
    todo = {piece.key: piece for piece in pieces if not _is_done(piece, kept)}
    watch.begin(len(todo), len({piece.key for piece in pieces}) - len(todo))
    for job, graded in _results(todo.values(), options, watch):
        kept.add(job, graded)
        watch.done(graded)
    return len(todo)


def _is_done(piece: Piece, kept: Store) -> bool:
    found = kept.get(piece.key)
    return found == piece.unreadable if piece.unreadable else found is not None and state(found) != "error"


def _results(pieces: Collection[Piece], options: Options, watch: Watch) -> Iterator[tuple[Job, Graded]]:
    def jobs() -> Iterator[Job]:
        for piece in pieces:
            try:
                if not piece.unreadable:
                    yield piece.load()
            except Unreadable as problem:
                watch.tell(f"{piece.handed.path}: it was readable a moment ago. Now: {problem}")

    yield from ((piece.job, piece.unreadable) for piece in pieces if piece.unreadable)
    if all(piece.unreadable for piece in pieces):
        return
    workers, function = options.workers, pool.FUNCTION
    if options.cluster:
        yield from cluster.grade_all(jobs(), address=options.cluster, workers=workers, function=function)
    else:
        yield from pool.grade_all(jobs(), workers=workers, function=function)


def _facts(
    release: Release, gathered: Gathered, options: Options, seed: int, results: Sequence[Result], seconds: float
) -> Run:
    sandboxes = sorted({result.graded.sandbox for result in results if result.graded.sandbox})
    versions = {"cnnlab": __version__, "NumPy": metadata.version("numpy"), "Python": platform.python_version()}
    if release.version != __version__:
        versions["the release's cnnlab"] = release.version
    failures = [f"{problem.path}: {problem.text}" for problem in gathered.problems]
    policies = options.policy.sentences()
    workers = 0 if options.cluster else options.workers
    return Run(seed, ", ".join(sandboxes), policies, versions, failures, seconds, workers)
