"""What runs in a container of Gradescope's: grade the one submission there, and write what Gradescope shows.

Its format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cnnlab.grading.model import Graded, Limits, Mark, Release
from cnnlab.grading.run import Misuse, Options, grade_class
from cnnlab.grading.sandbox import available

__all__ = ["autograde", "results"]


def results(release: Release, graded: Iterable[Graded], notes: Iterable[str] = ()) -> dict[str, Any]:
    """Return one learner's results as Gradescope reads them, with a test for each exercise of the release.

    Examples
    --------
    >>> from cnnlab.grading.model import Assigned, Sheet
    >>> sheet = Sheet("01_edge_detection", "Edge detection", (Assigned("convolve2d", 2.0),))
    >>> mark = Mark("convolve2d", "pass", 2.0, 2.0, text="Right.")
    >>> made = Release("Week 1", "2026-09-01", "0.1.0", (sheet,))
    >>> results(made, [Graded("ada", "01_edge_detection", "graded", (mark,))])["tests"]
    [{'name': 'convolve2d', 'score': 2.0, 'max_score': 2.0, 'status': 'passed', 'output': 'Right.', \
'output_format': 'text'}]
    """
    got = {one.sheet: one for one in graded}
    tests = []
    for sheet in release.sheets:
        one = got.get(sheet.name)
        marks = {mark.exercise: mark for mark in one.marks} if one else {}
        reason = "This notebook could not be graded." if one else f"{sheet.name}.ipynb was not handed in."
        for exercise in sheet.exercises:
            missing = Mark(exercise.id, "missing", 0.0, exercise.points, text=reason)
            tests.append(_test(marks.get(exercise.id, missing)))
    told = [*notes, *(note for one in got.values() for note in one.notes)]
    return {
        "score": sum(test["score"] for test in tests),
        "execution_time": sum(one.seconds for one in got.values()),
        "output": "\n".join(told) or "Graded by cnnlab.",
        "stdout_visibility": "hidden",  # what went on in the grader is for instructors
        "tests": tests,
    }


def _test(mark: Mark) -> dict[str, Any]:
    return {
        "name": mark.exercise,
        "score": mark.points,
        "max_score": mark.most,
        "status": "passed" if mark.state == "pass" else "failed",
        "output": mark.text,
        "output_format": "text",
    }


class _Log:
    """What goes on, for the instructor: Gradescope keeps it with the submission and shows it to nobody else."""

    def begin(self, jobs: int, kept: int) -> None:
        print(f"{jobs} to grade.", flush=True)

    def done(self, graded: Graded) -> None:
        print(f"{graded.sheet}: {graded.state}, sandbox {graded.sandbox}, {graded.seconds:.1f} s.", flush=True)

    def tell(self, line: str) -> None:
        print(line, flush=True)


def autograde(root: Path = Path("/autograder")) -> None:
    """Grade what lies in Gradescope's folder."""
    log = _Log()
    # Asked of the machine, not of this submission: no code of a learner's can bring it about.
    steps = available()
    trusted = all(step.reason for step in steps)
    if trusted:
        log.tell(" ".join(["No sandbox in this container.", *(f"{step.kind}: {step.reason}" for step in steps)]))
    limits = Limits(sandbox="none" if trusted else "auto")
    release = Release.read(root / "source")
    graded: list[Graded] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="cnnlab-") as scratch:
        # A folder for each learner is one of the forms that a class comes in: here there is one.
        shutil.copytree(root / "submission", Path(scratch, "class", "learner"), symlinks=True)
        try:
            outcome = grade_class(
                Path(scratch, "class"), root / "source", Path(scratch, "out"), Options(limits=limits), log
            )
            graded = [result.graded for result in outcome.results]
            if outcome.lost:
                notes.append("A file that you handed in could not be taken for a notebook of this assignment.")
        except Misuse as error:
            log.tell(str(error))
            notes.append("There is no notebook in what you handed in. Hand in the .ipynb file.")
    target = root / "results" / "results.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results(release, graded, notes), ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    autograde()
