"""The whole way from sources to notebooks on disk, and the comparison of the two."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from cnnlab.authoring.drift import first_difference
from cnnlab.authoring.edition import Edition, Kind, make_edition
from cnnlab.authoring.execute import run
from cnnlab.authoring.problem import Problem, SourceError
from cnnlab.authoring.rules import course_problems
from cnnlab.authoring.source import Source, read_source
from cnnlab.authoring.syllabus import COURSE, Syllabus, read_syllabus

__all__ = ["build", "build_edition", "check_drift", "read_course"]

Report = Callable[[str], None]


def build(
    source: Path,
    learner: Path,
    solution: Path | None = None,
    *,
    only: Sequence[str] = (),
    execute: bool = True,
    report: Report = lambda sentence: None,
    course: Path = COURSE,
) -> list[Path]:
    """Build the editions of a course; write all of them, or none.

    Parameters
    ----------
    source
        Folder of sources, ``NN_name.py``.
    learner, solution
        Folders to write to. Without the second, no solution edition is made.
    only
        Numbers or names of the notebooks to write; all are read and checked all the same.
    execute
        Run the notebooks. Without, they have no outputs: quick, for a look at the text.
    report
        Is given a sentence for each notebook as it is done.
    course
        The course map; a test may bring its own.

    Returns
    -------
    list of Path
        The notebooks written, learner edition first.

    Raises
    ------
    SourceError
        With all that is wrong; then no file has been touched.
    """
    sources, syllabus = read_course(source, course, only=only)
    texts: dict[Path, str] = {}
    folders: list[tuple[Kind, Path | None]] = [("learner", learner), ("solution", solution)]
    problems: list[Problem] = []
    for kind, folder in folders:
        for one in sources if folder else ():
            assert folder is not None
            try:
                edition = build_edition(kind, one, syllabus, execute=execute)
            except SourceError as error:
                problems += error.problems
                continue
            texts[folder / f"{one.name}.ipynb"] = as_text(edition)
            report(f"{one.name}: {kind} edition, {len(edition.node.cells)} cells{' run' if execute else ''}.")
    if problems:
        raise SourceError(problems)
    _write(texts)
    return list(texts)


def check_drift(
    source: Path,
    learner: Path,
    *,
    only: Sequence[str] = (),
    execute: bool = True,
    report: Report = lambda sentence: None,
    course: Path = COURSE,
) -> list[str]:
    """Compare the notebooks of a folder with what their sources build; one sentence per notebook that differs.

    Pictures (PNG) need only be there, for their bytes differ between machines. Without `execute`, outputs are not
    compared.

    Raises
    ------
    SourceError
        If the sources cannot be built.
    """
    sources, syllabus = read_course(source, course, only=only)
    told = []
    for one in sources:
        path = learner / f"{one.name}.ipynb"
        if not path.exists():
            told.append(f"{path.as_posix()}: is not built. Run: cnnlab build")
            continue
        committed = nbformat.read(path, as_version=4)
        # What is not the text of the source need not be run to be known.
        edition = build_edition("learner", one, syllabus, execute=False)
        difference = first_difference(edition.node, committed, outputs=False)
        if execute and not difference:
            run(edition)
            difference = first_difference(edition.node, committed)
        if difference:
            told.append(f"{path.as_posix()}: {difference} Run: cnnlab build")
        report(f"{one.name}: {'differs' if difference else 'is what its source builds'}.")
    if not only:
        names = {one.name for one in sources}
        strays = [path for path in sorted(learner.glob("*.ipynb")) if path.stem not in names]
        told += [f"{path.as_posix()}: has no source. Remove it, or write {path.stem}.py." for path in strays]
    return told


def read_course(source: Path, course: Path = COURSE, *, only: Sequence[str] = ()) -> tuple[list[Source], Syllabus]:
    """Read and check the sources of a folder; return those asked for.

    Raises
    ------
    SourceError
        With every problem of every file.
    """
    syllabus = read_syllabus(course)
    sources, problems = [], []
    for path in sorted(source.glob("*.py")):
        try:
            sources.append(read_source(path))
        except SourceError as error:
            problems += error.problems
    read = {one.name for one in sources} | {problem.path.stem for problem in problems}
    problems += course_problems(sources, syllabus)
    for name, notebook in syllabus.notebooks.items():
        if name not in read and (not only or {name, notebook.number} & set(only)):
            problems.append(
                syllabus.problem(name, f"there is no {(source / name).as_posix()}.py. Write it, or remove this.")
            )
    known = {key for name, notebook in syllabus.notebooks.items() for key in (name, notebook.number)}
    for name in only:
        if name not in known:
            problems.append(
                Problem(course, 1, f"only: got {name!r}, wanted one of {', '.join(sorted(known))}. Choose one.")
            )
    if problems:
        raise SourceError(problems)
    chosen = {name for name, notebook in syllabus.notebooks.items() if not only or {name, notebook.number} & set(only)}
    return [one for one in sources if one.name in chosen], syllabus


def build_edition(kind: Kind, source: Source, syllabus: Syllabus, *, execute: bool = True) -> Edition:
    """Make one edition and run it; nothing is written."""
    edition = make_edition(kind, source, syllabus)
    if execute:
        run(edition)
    return edition


def as_text(edition: Edition) -> str:
    """Return the notebook as the file holds it."""
    text: str = nbformat.writes(edition.node, version=4, indent=1, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


def _write(texts: dict[Path, str]) -> None:
    """Write all beside their places, then move each into place."""
    partial = {path: path.with_name(f".{path.name}.partial") for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial[path].write_text(text, encoding="utf-8", newline="\n")
        for path, file in partial.items():
            os.replace(file, path)
    finally:
        for file in partial.values():
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
