"""The command line: for learners ``cnnlab lab`` and more, for instructors ``release``, ``grade`` and ``similar``.

What a command needs is imported when it runs, so that ``cnnlab --help`` answers at once. A user's mistake ends in one
red line with a remedy and the exit code 1, or 2 where the command was not understood.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from cnnlab import __version__

__all__ = ["main"]

COURSE_FOLDER = Path("cnnlab-course")
SOURCE, LEARNER, SOLUTION = Path("notebooks/source"), Path("notebooks"), Path("build/solution")


class Failure(click.ClickException):
    """What went wrong and what to do, shown as one red line."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        click.secho(self.message, fg="red", err=True)


@contextlib.contextmanager
def _failing(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise Failure(error.args[0] if isinstance(error, KeyError) else str(error)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cnnlab", message="%(prog)s %(version)s")
def main() -> None:
    """Learn convolutional networks by building them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign the terminal cannot show must not stop the command


@main.command()
@click.option("--dir", "directory", type=Path, default=COURSE_FOLDER, show_default=True, help="Your course folder.")
@click.option("--no-browser", is_flag=True, help="Print the address; open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on, if free.  [default: 8888]")
@click.option("--ip", help="Address to serve on.  [default: localhost]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- JUPYTERLAB_OPTION...]")
def lab(directory: Path, no_browser: bool, port: int | None, ip: str | None, arguments: tuple[str, ...]) -> None:
    """Open the course in a folder of yours.

    Lays the notebooks out there and starts JupyterLab. Your files are never overwritten: when the course has a newer
    edition of a notebook you have worked in, it arrives beside yours. Delete or rename a notebook to get a fresh one.
    """
    from importlib.util import find_spec

    from cnnlab import workspace

    if arguments and not arguments[0].startswith("-"):
        raise click.UsageError(f"Got {arguments[0]!r}. To name your folder write: cnnlab lab --dir {arguments[0]}")
    with _failing(workspace.WorkspaceError):
        deliveries = workspace.lay_out(directory, workspace.edition())
    click.secho(f"Your course folder: {directory.expanduser().resolve()}", bold=True)
    new_folder = all(delivery.state == "added" for delivery in deliveries)
    for delivery in deliveries:
        if not new_folder and delivery.state not in ("current", "yours"):
            click.secho(str(delivery), fg="yellow" if delivery.state == "beside" else None)
    if find_spec("jupyterlab") is None:
        from cnnlab.installing import install_command

        raise Failure(f"JupyterLab is not installed here. Run: {install_command('cnnlab[lab]')}")
    click.echo("Opening JupyterLab. To stop it press Ctrl-C twice in this window.")
    options = [
        *(["--no-browser"] if no_browser else []),
        *([f"--ServerApp.port={port}"] if port else []),
        *([f"--ServerApp.ip={ip}"] if ip else []),
    ]
    sys.stdout.flush()
    sys.exit(workspace.open_lab(directory, [*options, *arguments]))


@main.command()
def doctor() -> None:
    """Say what is installed, what is missing and how to mend it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from cnnlab.doctor import SIGNS, report

    colours = {"ready": "green", "missing": "bold red", "optional": "yellow"}
    found = report()
    table = Table("State", "Part", "Found", "Wanted", box=None, pad_edge=False)
    for finding in found.findings:
        state = Text(f"{SIGNS[finding.state]} {finding.state}", colours[finding.state])
        table.add_row(state, *map(Text, (finding.part, finding.found, finding.wanted)))
    Console(highlight=False).print(table)
    for finding in found.findings:
        if finding.remedy:  # below the table, unbroken, to be copied
            click.echo(f"\n{finding.part} ({finding.state}):\n    {finding.remedy}")
    click.echo()
    if found.missing:
        raise Failure(repr(found))
    click.echo(repr(found))


@main.command()
@click.option("--dir", "directory", type=Path, help="Your course folder.  [default: this one, or ./cnnlab-course]")
@click.option("--export", "target", type=Path, metavar="FILE", help="Write it to a new JSON file as well.")
@click.option("--wipe", is_flag=True, help="Forget it all, after asking. Your notebooks stay.")
@click.option("--yes", is_flag=True, help="Wipe without asking.")
def progress(directory: Path | None, target: Path | None, wipe: bool, yes: bool) -> None:
    """Show how far you are."""
    from rich.console import Console
    from rich.table import Table

    from cnnlab import progress as book

    target = target.absolute() if target else None
    if directory is None:
        directory = Path() if book.file() or not COURSE_FOLDER.is_dir() else COURSE_FOLDER
    with contextlib.ExitStack() as stack:
        with _failing(OSError):
            stack.enter_context(contextlib.chdir(directory))
        place = book.file()
        if place is None:
            raise Failure(f"{Path.cwd()} is no course folder. Name yours with --dir, or make one: cnnlab lab")
        table = Table("", "Exercise", "State", "Attempts", "Hints", "Points", box=None, pad_edge=False)
        rows = book.rows()
        for row in rows:
            done, points = row.progress, row.exercise.points
            earned = f"{points if done.passes else 0} of {points}"
            about = (row.notebook.number, row.exercise.id, done.state)
            table.add_row(*about, str(done.attempts), f"{done.hints} of 3", earned)
        Console(highlight=False).print(table)
        passed = sum(row.progress.passes > 0 for row in rows)
        click.echo(f"\n{passed} of {len(rows)} exercises passed.")
        with _failing(OSError):
            if target:
                click.echo(f"Written to {book.export(target)}.")
            if wipe and (yes or click.confirm("Forget all of this?")):
                book.wipe()
                click.echo("Forgotten. Your notebooks are as they were.")


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]")
def train(arguments: tuple[str, ...]) -> None:
    """Train a network; results, curves and a checkpoint go into a folder."""
    from cnnlab.train.command import train as command

    command.main(list(arguments), prog_name="cnnlab train")


@main.command()
@click.argument("exercises", nargs=-1)
@click.option("--page", type=Path, metavar="FILE", help="Write all that the checks say into one HTML page.")
@click.option("--release", "folder", type=Path, metavar="DIR", help="Try the exercises that are graded in a release.")
def strength(exercises: tuple[str, ...], page: Path | None, folder: Path | None) -> None:
    """Say how strong the checks are.

    For authors: every mistake of the catalogue and every right solution goes through its check. EXERCISES such as
    window_mean choose some. Exits with 1 when a mistake is not caught and named or a right solution does not pass.
    """
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from cnnlab.check import strength as ledger
    from cnnlab.check.alternatives import alternatives

    if folder:
        from cnnlab.grading.model import GradingError, Release

        with _failing(GradingError):
            sheets = Release.read(folder).sheets
        exercises += tuple(exercise.id for sheet in sheets for exercise in sheet.exercises)
    with _failing(KeyError):
        chosen = ledger.chosen(exercises)
    right = alternatives()
    console = Console(highlight=False)
    found = [ledger.measure(id, right) for id in track(chosen, "Trying", console=console, transient=True)]
    table = Table(box=None, pad_edge=False)
    for column in ("Exercise", "Mistakes", "Caught", "Named", "Right passed", "Probes needed"):
        table.add_column(column, no_wrap=True)
    for s in found:
        passed = f"{s.accepted} of {s.accepted + len(s.rejected)}"
        counts = (str(len(s.trials)), str(s.caught), str(s.named))
        table.add_row(s.exercise, *counts, passed, f"{s.needed} of {s.probes}")
    console.print(table)
    if page:
        with _failing(OSError):
            page.write_text(ledger.page(found), encoding="utf-8")
        click.echo(f"Written to {page}.")
    misses = [miss for s in found for miss in s.misses]
    click.echo()
    if misses:
        raise Failure("\n".join(misses))
    click.echo(f"{sum(len(s.trials) for s in found)} mistakes, all caught and named; every right solution passed.")


@main.command()
@click.argument("notebooks", nargs=-1)
@click.option("--out", type=Path, required=True, metavar="DIR", help="Folder to make.")
@click.option("--points", type=Path, metavar="FILE", help="What exercises are worth: lines such as zero_pad = 5.")
@click.option("--exercises", metavar="A,B,C", default="", help="Grade only these; the others stay as practice.")
@click.option(
    "--format",
    type=click.Choice(["plain", "nbgrader", "otter", "gradescope"]),
    default="plain",
    show_default=True,
    help="Add what this tool takes.",
)
@click.option("--title", default="", help="What to call it.  [default: the notebook's title]")
@click.option("--force", is_flag=True, help="Replace an earlier release in DIR; files you changed there stay.")
def release(
    notebooks: tuple[str, ...], out: Path, points: Path | None, exercises: str, format: str, title: str, force: bool
) -> None:
    """Make what a class gets.

    For instructors: NOTEBOOKS such as 02, and single exercises such as zero_pad, go into DIR without solutions, with a
    page for learners; without any, the whole course. Nothing is written when a line of a solution is found in it.
    """
    from rich.console import Console
    from rich.table import Table

    from cnnlab.grading import release as maker
    from cnnlab.grading.model import GradingError
    from cnnlab.workspace import WorkspaceError

    only = [id.strip() for id in exercises.split(",") if id.strip()]
    with _failing(GradingError, WorkspaceError, OSError):
        maker.may_write(out, force=force)
        made = maker.make(notebooks, only=only, points=points, format=format, title=title, report=click.echo)
        maker.put(out, made.files, force=force)
    table = Table(box=None, pad_edge=False)
    for column in ("Notebook", "Exercises", "Points"):
        table.add_column(column, justify="left" if column == "Notebook" else "right")
    sheets = made.release.sheets
    for sheet in sheets:
        table.add_row(sheet.name, str(len(sheet.exercises)), f"{sheet.points:g}")
    if len(sheets) > 1:
        total = sum(sheet.points for sheet in sheets)
        table.add_row("all", str(sum(len(sheet.exercises) for sheet in sheets)), f"{total:g}", style="bold")
    click.echo()
    Console(highlight=False).print(table)
    click.echo(f"\n{made.next_step(out)}")


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="SUBMISSIONS [OPTIONS]")
def grade(arguments: tuple[str, ...]) -> None:
    """Grade what a class handed in."""
    from cnnlab.grading.command import grade as command
    from cnnlab.grading.model import GradingError

    with _failing(GradingError):
        command.main(list(arguments), prog_name="cnnlab grade")


@main.command()
@click.argument("submissions", type=Path)
@click.option("--release", "folder", type=Path, required=True, metavar="DIR", help="The release the class was given.")
@click.option("--out", type=Path, default=Path("similar.html"), show_default=True, help="The page to write.")
@click.option(
    "--threshold",
    type=click.FloatRange(0.05, 1),
    default=0.6,
    show_default=True,
    help="From which share of what is rare in them two exercises are shown.",
)
@click.option(
    "--common",
    type=click.FloatRange(0.01, 1),
    default=0.25,
    show_default=True,
    help="What more than this share of the class wrote does not count.",
)
def similar(submissions: Path, folder: Path, out: Path, threshold: float, common: float) -> None:
    """Find code that several learners share.

    For instructors: compares each exercise of all SUBMISSIONS, a folder or zip, whatever names, comments and spaces
    are, and leaves out what everybody was given. It runs nothing. Pairs are a reason to look, and no proof.
    """
    from rich.console import Console
    from rich.progress import Progress

    from cnnlab.grading.handed_code import handed_code
    from cnnlab.grading.model import GradingError, Release
    from cnnlab.grading.similar import compare
    from cnnlab.grading.similar_page import similar_page
    from cnnlab.words import counted

    with _failing(GradingError), Progress(console=Console(stderr=True), transient=True) as progress:
        released = Release.read(folder)
        bar = progress.add_task("Reading", total=None)
        codes, told = handed_code(
            submissions, released, lambda done, whole: progress.update(bar, completed=done, total=whole)
        )
    given = (cell for sheet in released.sheets for cell in sheet.given.values())
    found = compare(codes, given, threshold=threshold, common=common)
    try:
        out.write_text(similar_page(released.title, found), encoding="utf-8")
    except OSError as error:
        remedy = "Name a file in a folder that is there, such as similar.html."
        raise Failure(f"--out: {out} cannot be written: {error.strerror}. {remedy}") from error
    for line in told:
        click.secho(line, fg="yellow", err=True)
    learners = {learner for by_learner in codes.values() for learner in by_learner}
    click.echo(
        f"{counted(len(learners), 'learner')}, {counted(len(found.pairs), 'pair')} to look at. Written to {out}."
    )


@main.command()
@click.argument("notebook", type=Path)
@click.option("--out", type=Path, metavar="FILE", help="Where to write.  [default: beside the notebook, as .html]")
@click.option("--force", is_flag=True, help="Overwrite a file that is not an earlier export.")
def export(notebook: Path, out: Path | None, force: bool) -> None:
    """Make a page of a notebook that plays without a kernel and without network.

    Runs the notebook and writes one HTML file. Widgets come with settings computed beforehand; what needs a running
    notebook is greyed out.
    """
    from rich.console import Console
    from rich.progress import Progress

    with _failing(ImportError):
        from cnnlab import export as exporter

    with _failing(exporter.ExportError, OSError), Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Running", total=None)
        written = exporter.export(
            notebook, out, force=force, report=lambda done, cells: progress.update(bar, completed=done, total=cells)
        )
    click.echo(f"Written to {written}: {written.stat().st_size / 1000:,.0f} kB.")


@main.command()
@click.argument("names", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; say which notebooks are not what their sources build.")
@click.option("--solution", type=Path, default=SOLUTION, show_default=True, help="Folder of the solution edition.")
@click.option("--no-execute", is_flag=True, help="Do not run the notebooks; with --check, do not compare outputs.")
def build(names: tuple[str, ...], check: bool, solution: Path, no_execute: bool) -> None:
    """Build the notebooks from their sources.

    For authors, at the top of a checkout: notebooks/source/*.py become the learner edition in notebooks/ and the
    solution edition. NAMES such as 01 choose some.
    """
    with _failing(ImportError):
        from cnnlab import authoring

    if not SOURCE.is_dir():
        raise Failure(f"There is no {SOURCE.as_posix()} here. Go to the top of a checkout of cnnlab first.")
    with _failing(authoring.SourceError, OSError):
        if check:
            differences = authoring.check_drift(SOURCE, LEARNER, only=names, execute=not no_execute, report=click.echo)
            if differences:
                raise Failure("\n".join(differences))
        else:
            written = authoring.build(SOURCE, LEARNER, solution, only=names, execute=not no_execute, report=click.echo)
            click.echo(f"{len(written)} notebooks written.")
