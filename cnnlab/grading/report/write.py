"""Write everything that a run leaves in its folder; the same results give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cnnlab.grading.gather.learner import safe_name
from cnnlab.grading.model import Release
from cnnlab.grading.report import platforms
from cnnlab.grading.report.feedback import feedback
from cnnlab.grading.report.overview import overview
from cnnlab.grading.report.result import Result, Run, in_order, number
from cnnlab.grading.report.roster import Roster
from cnnlab.grading.report.table import write_table, write_text

__all__ = ["feedback_page", "write_reports"]

SCORES = ("learner", "notebook", "exercise", "points", "max", "state", "mistake", "kept", "late", "handed_in", "file")


def write_reports(
    out: Path, release: Release, results: Iterable[Result], run: Run | None = None, roster: Roster | None = None
) -> list[Path]:
    """Write the reports of a class.

    ``scores.csv`` has a row for each exercise as the check judged it, ``totals.csv`` one for each learner with what
    the policies left; ``scores.json`` holds both. Pages: ``report.html`` for the class, ``feedback/`` for the
    learners. ``platforms/`` holds tables for learning platforms and, where the submissions came from Moodle, a zip of
    the feedback; with a roster, ``platforms/filled_<its name>`` is the roster with the points in it.

    Parameters
    ----------
    out
        The folder, made if it is not there.
    release
        What the class was given.
    results
        One for each learner and notebook, in any order.
    run
        What to tell of the run.
    roster
        The instructor's list of the class.

    Returns
    -------
    list of Path
        The files written, ``report.html`` first.
    """
    ordered = in_order(release, results)
    learners: dict[str, dict[str, Result]] = {}
    for result in ordered:
        learners.setdefault(result.learner, {})[result.graded.sheet] = result
    pages = {feedback_page(out, r.learner, r.graded.sheet): r for r in ordered}
    for page, result in pages.items():
        write_text(page, feedback(result, release.sheet(result.graded.sheet), release.title))
    written = [
        write_table(out / "scores.csv", [SCORES, *_scores(release, ordered)]),
        write_text(out / "scores.json", _json(release, learners)),
        _totals(out / "totals.csv", release, learners),
    ]
    place = out / "platforms"
    for sheet in release.sheets:
        of_sheet = [result for result in ordered if result.graded.sheet == sheet.name]
        written.append(platforms.moodle(place / f"moodle_{sheet.name}.csv", sheet, of_sheet))
    written.append(platforms.canvas(place / "canvas.csv", release, learners))
    written.append(platforms.blackboard(place / "blackboard.csv", release, learners))
    packed = platforms.feedback_zip(place / "moodle_feedback.zip", pages)
    written += [packed] if packed else []
    attention, absent = [], None
    if roster is not None:
        target = place / f"filled_{Path(roster.name).stem}.csv"
        attention = platforms.filled(target, roster, release, learners)
        written.append(target)
        there = set(roster.match(ordered).rows.values())
        absent = [name for row, name in roster.learners.items() if row not in there]
    links = {(r.learner, r.graded.sheet): page.relative_to(out).as_posix() for page, r in pages.items()}
    report = overview(release, learners, run or Run(), links, attention=attention, absent=absent)
    return [write_text(out / "report.html", report), *written, *pages]


def feedback_page(out: Path, learner: str, sheet: str) -> Path:
    """Return where the page of a learner's notebook stands.

    Examples
    --------
    >>> feedback_page(Path("scores"), "ada", "01_edge_detection").as_posix()
    'scores/feedback/ada/01_edge_detection.html'
    """
    return out / "feedback" / safe_name(learner) / f"{sheet}.html"


def _scores(release: Release, results: Iterable[Result]) -> Iterable[tuple[str, ...]]:
    for result in results:
        for mark in result.marks(release.sheet(result.graded.sheet)):
            got = (number(mark.points), number(mark.most), mark.state, mark.mistake)
            about = (number(float(result.kept)), result.late, result.handed_in, result.file)
            yield (result.learner, result.graded.sheet, mark.exercise, *got, *about)


def _totals(path: Path, release: Release, learners: platforms.Learners) -> Path:
    most = sum(sheet.points for sheet in release.sheets)
    heads = ("learner", "name", *(sheet.name for sheet in release.sheets), "points", "max", "percent")
    rows = []
    for learner, got in learners.items():
        points = sum(result.points for result in got.values())
        each = (number(got[sheet.name].points) if sheet.name in got else "" for sheet in release.sheets)
        percent = number(100 * points / most) if most else ""
        rows.append((learner, next(iter(got.values())).name, *each, number(points), number(most), percent))
    return write_table(path, [heads, *rows], encoding=platforms.encoding_of(rows))


def _json(release: Release, learners: platforms.Learners) -> str:
    rows = [
        {
            "learner": learner,
            "name": result.name,
            "notebook": name,
            "state": result.graded.state,
            "points": result.points,
            "max": release.sheet(name).points,
            "kept": float(result.kept),
            "late": result.late,
            "handed_in": result.handed_in,
            "file": result.file,
            "notes": list(result.graded.notes),
            "exercises": [
                {
                    "exercise": mark.exercise,
                    "points": mark.points,
                    "max": mark.most,
                    "state": mark.state,
                    "mistake": mark.mistake,
                }
                for mark in result.marks(release.sheet(name))
            ],
        }
        for learner, got in learners.items()
        for name, result in got.items()
    ]
    return (
        json.dumps({"release": release.title, "made": release.made, "results": rows}, indent=1, ensure_ascii=False)
        + "\n"
    )
