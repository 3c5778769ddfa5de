"""The code of each exercise of a class, read as data, to be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

from cnnlab.grading.document import Unreadable
from cnnlab.grading.gather import Handed, gather
from cnnlab.grading.model import Release
from cnnlab.grading.reading import Page, read

__all__ = ["BESIDE", "handed_code"]

BESIDE = "other cells"  # what stands beside the exercises: helper functions often do
Codes = dict[str, dict[str, str]]  # exercise → learner → code


def handed_code(
    submissions: Path, release: Release, report: Callable[[int, int], None] = lambda done, whole: None
) -> tuple[Codes, list[str]]:
    """Read what a class handed in; of several notebooks of one learner the last counts.

    Returns
    -------
    tuple
        The code by exercise and learner, and a line for each file that could not be read.
    """
    gathered = gather(submissions, release)
    told = [f"{problem.path}: {problem.text}" for problem in gathered.problems]
    # Who handed one file in together did not copy from one another.
    together: dict[str, list[Handed]] = defaultdict(list)
    for handed in gathered.handed:
        if handed.sheet is not None:
            together[handed.path].append(handed)
    codes: Codes = defaultdict(dict)
    for done, people in enumerate(together.values()):
        report(done, len(together))
        first, learner = people[0], " and ".join(sorted(handed.learner for handed in people))
        sheet = release.sheet(first.sheet or "")
        try:
            page = read(first.load(), sheet)
        except Unreadable as error:
            told.append(f"{first.path}: {error}")
            continue
        for exercise in sheet.exercises:
            places = page.exercise_cells(exercise.id)
            if places:
                codes[exercise.id][learner] = page.cells[places[-1]].text
        beside = _beside(page, sheet.given.values())
        if beside:
            codes[f"{sheet.name}, {BESIDE}"][learner] = beside
    return codes, told


def _beside(page: Page, given: Collection[str]) -> str:
    known = {text.strip() for text in given}
    return "\n\n".join(cell.text for cell in page.cells if cell.exercise is None and cell.text.strip() not in known)
