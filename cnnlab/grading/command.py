"""``cnnlab grade``: grade a class from the command line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cnnlab.grading import policy
from cnnlab.grading.document import Unreadable
from cnnlab.grading.model import GradingError, Limits
from cnnlab.grading.report import Result, Roster
from cnnlab.grading.run import Misuse, Options, Outcome, grade_class
from cnnlab.grading.sandbox import KINDS, LEAST
from cnnlab.grading.store import state
from cnnlab.grading.told import Told
from cnnlab.ops.parallel import get_threads
from cnnlab.words import counted

__all__ = ["grade"]


def _by(read: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Have an option read by a function that may refuse it with a sentence."""

    def convert(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else read(text)
        except GradingError as error:
            raise click.UsageError(str(error)) from error

    return convert


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("submissions", type=Path)
@click.option("--release", "folder", type=Path, required=True, metavar="DIR", help="The release the class was given.")
@click.option(
    "--out", type=Path, required=True, metavar="DIR", help="Where results and reports go. Use it again to go on."
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=get_threads, help="How many at once.  [default: cores]"
)
@click.option("--cluster", default="", metavar="ADDRESS", help="A Dask scheduler, tcp://…, or local to try one here.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 3600),
    default=int(Limits.seconds),
    show_default=True,
    help="Seconds for an exercise.",
)
@click.option(
    "--memory", type=click.IntRange(LEAST, 2**20), default=Limits.memory, show_default=True, help="Megabytes for it."
)
@click.option(
    "--sandbox",
    type=click.Choice([kind for kind in KINDS if kind != "none"]),
    default="auto",
    help="Which to use.  [default: the best here]",
)
@click.option("--trust", is_flag=True, help="No sandbox: learners' code may do all that you may.")
@click.option(
    "--only", multiple=True, metavar="LEARNER[/NOTEBOOK]", help="Grade only these now; * and ? stand for others."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), help="Of the hidden numbers.  [default: drawn once for --out]"
)
@click.option(
    "--due", callback=_by(policy.time), metavar="TIME", help="Such as 2026-10-01T23:59+02:00, or with Europe/Berlin."
)
@click.option(
    "--late",
    callback=_by(policy.Rule.read),
    metavar="RULE",
    help='"none", "zero", or a loss such as "10%/day".  [default: none]',
)
@click.option("--grace", type=click.IntRange(0), default=0, metavar="MINUTES", help="Not late yet.")
@click.option(
    "--extensions",
    callback=_by(lambda text: policy.read_extensions(Path(text))),
    metavar="FILE",
    help="CSV of those with another time: learner,due.",
)
@click.option(
    "--file-times", is_flag=True, help="Where no platform tells when a notebook came, its file's time counts."
)
@click.option(
    "--repeated",
    type=click.Choice(["last", "best", "first"]),
    default="last",
    show_default=True,
    help="Of several attempts.",
)
@click.option(
    "--roster",
    callback=_by(lambda text: Roster.read(Path(text))),
    metavar="FILE",
    help="CSV of the class, to be filled with points.",
)
@click.option("--nbgrader", "course", type=Path, metavar="COURSE", help="An nbgrader course that is to get the scores.")
def grade(
    submissions: Path,
    folder: Path,
    out: Path,
    workers: int,
    cluster: str,
    timeout: int,
    memory: int,
    sandbox: str,
    trust: bool,
    only: tuple[str, ...],
    seed: int | None,
    due: datetime | None,
    late: policy.Rule | None,
    grace: int,
    extensions: dict[str, datetime] | None,
    file_times: bool,
    repeated: str,
    roster: Roster | None,
    course: Path | None,
) -> None:
    """Grade what a class handed in.

    For instructors: SUBMISSIONS is a folder or zip of notebooks, as a learning platform exports it, or one file or
    folder for each learner. Scores, feedback and a report go to --out. Learners' code runs in a sandbox only. Stop it
    with Ctrl-C whenever you like; the same command goes on. Exits with 0 only when every notebook was graded.
    """
    if trust and sandbox != "auto":
        raise click.UsageError("Got --trust and --sandbox, wanted one of them: --trust is no sandbox.")
    if due is None and (late or grace or extensions):
        raise click.UsageError("--late, --grace and --extensions need --due, the time from which work is late.")
    if course:
        _refuse_what_is_no_course(course)
    options = Options(
        workers=workers,
        cluster=cluster,
        limits=Limits(float(timeout), memory, "none" if trust else sandbox),
        policy=policy.Policy(due, late or policy.Rule(), timedelta(minutes=grace), repeated, extensions or {}),
        seed=seed,
        only=only,
        file_times=file_times,
        roster=roster,
    )
    console = Console(highlight=False, soft_wrap=True)
    if trust:
        warning = "--trust: learners' code runs without a sandbox. It can read and change all that you can."
        console.print(warning, style="bold yellow", markup=False)
    with Told(console) as told:
        try:
            outcome = grade_class(submissions, folder, out, options, told)
            filled = _fill(course, folder, outcome) if course else ""
        except KeyboardInterrupt:
            told.say(f"Stopped. {told.ready} notebooks are graded and kept. The same command goes on from there.")
            sys.exit(130)
        except Misuse as error:
            raise click.UsageError(str(error)) from error
    console.print()
    console.print(_table(outcome))
    for line in filter(None, (filled, _rest(outcome), f"Report: {outcome.report}")):
        told.say(line)
    sys.exit(0 if outcome.complete else 1)


def _refuse_what_is_no_course(course: Path) -> None:
    """Say so before a class is graded for it."""
    from cnnlab.grading.nbgrader_course import course_directory

    try:
        course_directory(course)
    except GradingError as error:
        raise click.UsageError(str(error)) from error


def _fill(course: Path, folder: Path, outcome: Outcome) -> str:
    from cnnlab.grading.nbgrader_course import fill_course

    def content(result: Result) -> bytes | None:
        try:
            return outcome.files[result.learner, result.graded.sheet].load()
        except Unreadable:
            return None

    return str(fill_course(course, folder, outcome.results, content))


def _table(outcome: Outcome) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Notebook")
    for column in ("Graded", "Unreadable", "Errors", "Mean of graded"):
        table.add_column(column, justify="right")
    for name in dict.fromkeys(result.graded.sheet for result in outcome.results):
        results = [result for result in outcome.results if result.graded.sheet == name]
        states = Counter(state(result.graded) for result in results)
        graded = [result for result in results if state(result.graded) == "graded"]
        mean = f"{sum(r.points for r in graded) / len(graded):.2f} of {graded[0].graded.most:g}" if graded else ""
        table.add_row(name, *(str(states[s]) for s in ("graded", "unreadable", "error")), mean)
    return table


def _rest(outcome: Outcome) -> str:
    told = []
    if outcome.lost:
        told.append(f"{counted(outcome.lost, 'file')} could not be taken for a notebook of the release.")
    if outcome.missing:
        told.append(f"{counted(outcome.missing, 'notebook')} got no result: run the same command again.")
    if outcome.waiting:
        told.append(f"Not graded yet, for --only: {counted(outcome.waiting, 'notebook')}.")
    return " ".join(told)
