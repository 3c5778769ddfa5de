"""A release, made in memory and searched for solutions before anything is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cnnlab
from cnnlab import course, workspace
from cnnlab.grading.model import RELEASE, GradingError, Release, Sheet
from cnnlab.grading.release import gradescope, leaflet, leak, nbgrader, otter
from cnnlab.grading.release.choose import choose
from cnnlab.grading.release.points import read_points
from cnnlab.grading.release.sheet import Node, as_bytes, released
from cnnlab.grading.release.solutions import SOURCES
from cnnlab.words import counted

__all__ = ["FORMATS", "Made", "make"]

Files = dict[str, bytes]
Extra = Callable[[Release, Mapping[str, Node]], Files]


def _nothing(release: Release, nodes: Mapping[str, Node]) -> Files:
    return {}


# What a format adds to the plain release.
FORMATS: dict[str, Extra] = {
    "plain": _nothing,
    "nbgrader": nbgrader.files,
    "otter": otter.files,
    "gradescope": gradescope.files,
}


@dataclass(frozen=True)
class Made:
    """A release and its files, by path below its folder."""

    release: Release
    files: Files

    def next_step(self, folder: Path) -> str:
        """Say what an instructor does with it, written into a folder."""
        later = f"Later: cnnlab grade SUBMISSIONS --release {folder} --out scores"
        if "autograder.zip" in self.files:
            later = f"Upload {folder / 'autograder.zip'} as the autograder of a Gradescope assignment.\n{later}"
        elif any(path.startswith("release/") for path in self.files):
            name = nbgrader.assignment_name(self.release)
            later = (
                f"For nbgrader: copy {folder / 'source' / name} into your course's folder source, then there: "
                f"nbgrader generate_assignment {name}\n{later}"
            )
        elif any(path.startswith("source/") for path in self.files):
            name = self.release.sheets[0].name
            later = f"For otter: cd {folder / 'source' / name}, then otter assign {name}.ipynb dist\n{later}"
        return f"Hand out {folder / 'notebooks'} with README.md and requirements.txt.\n{later}"


def make(
    words: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    points: Path | None = None,
    format: str = "plain",
    title: str = "",
    report: Callable[[str], None] = lambda sentence: None,
) -> Made:
    """Make a release; nothing is written.

    Parameters
    ----------
    words, only
        What is graded; see :func:`~cnnlab.grading.release.choose.choose`.
    points
        File with an instructor's own points.
    format
        For which tool: one of ``FORMATS``.
    title
        What the release is called. Without one, it is that of its notebooks.
    report
        Is given a sentence for each notebook as it is done.

    Raises
    ------
    GradingError
        If the choice or the points make no sense, or something would give a solution away.
    """
    chosen = choose(words, only)
    own = read_points(points) if points else {}
    worths = {id: own.get(id, exercise.points) for id, exercise in course.exercises().items()}
    asked = frozenset().union(*chosen.values())
    graded = {id: worth for id, worth in worths.items() if id in asked and worth}
    notebooks = [course.notebooks()[number] for number in chosen]
    edition = workspace.edition()
    sheets: list[Sheet] = []
    nodes: dict[str, Node] = {}
    for notebook in notebooks:
        content = edition[f"{notebook.name}.ipynb"]
        sheet, nodes[notebook.name] = released(notebook, content, graded, [n.name for n in notebooks])
        if not sheet.exercises:
            raise GradingError(
                f"--points: every exercise of notebook {notebook.number} would be worth 0. Give one of them a point, "
                f"or leave {notebook.number} out."
            )
        sheets.append(sheet)
        count = len(sheet.exercises)
        practice = sum(exercise.notebook == notebook.number for exercise in course.exercises().values()) - count
        left = f", {practice} as practice" if practice else ""
        report(f"{notebook.name}: {counted(count, 'exercise')} graded{left}.")
    title = " ".join(title.split()) or (notebooks[0].title if len(notebooks) == 1 else "Convolutional networks")
    release = Release(title, datetime.date.today().isoformat(), cnnlab.__version__, tuple(sheets))
    files = {
        "README.md": leaflet.readme(release).encode(),
        "requirements.txt": leaflet.requirements(release).encode(),
        "environment.yml": leaflet.environment(release).encode(),
        **{f"notebooks/{name}.ipynb": as_bytes(node) for name, node in nodes.items()},
        RELEASE: release.to_json().encode(),
        **FORMATS[format](release, nodes),
    }
    leak.check(files)
    if not SOURCES.is_dir():
        report("Searched for those lines of solutions that this installation knows; a checkout knows more.")
    return Made(release, files)
