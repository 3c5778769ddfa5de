"""A whole run: nothing is graded twice or lost, policies choose, what is odd is told."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from cnnlab.grading import pool
from cnnlab.grading.gather import Gathered, Handed
from cnnlab.grading.model import GradingError, Limits, Release
from cnnlab.grading.policy import Policy, Rule, time
from cnnlab.grading.run import Misuse, Options, grade_class
from tests.grading.standins import SHEET, notebook

RELEASE = Release("Edges", "2026-09-01", "0.1", (SHEET, replace(SHEET, name="02_padding")))
DUE = time("2026-10-01T12:00Z")


class Watch:
    def __init__(self):
        self.graded, self.lines = [], []

    def begin(self, jobs, kept):
        self.jobs, self.kept = jobs, kept

    def done(self, graded):
        self.graded.append(graded.learner)

    def tell(self, line):
        self.lines.append(line)


@pytest.fixture
def school(tmp_path, monkeypatch):
    """A release, a folder of submissions, and what grades them on an order in their metadata."""
    monkeypatch.setattr(pool, "FUNCTION", "tests.grading.standins:obey")
    (tmp_path / "release").mkdir()
    RELEASE.write(tmp_path / "release")
    (tmp_path / "in").mkdir()

    class School:
        out = tmp_path / "out"
        handed = tmp_path / "in"
        watch = Watch()

        def hand_in(self, learner, *order, sheet="01_edges"):
            path = tmp_path / "in" / learner / f"{sheet}.ipynb"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(notebook(*order))
            return path

        def grade(self, submissions=tmp_path / "in", folder=tmp_path / "release", out=out, **options):
            self.watch = Watch()
            self.outcome = grade_class(submissions, folder, out, Options(**options), self.watch)
            return {result.learner: result for result in self.outcome.results}

        def scores(self):
            return (self.out / "scores.csv").read_bytes()

        def history(self):
            with closing(sqlite3.connect(self.out / "results.sqlite")) as database:
                return database.execute("SELECT learner, state FROM results ORDER BY result").fetchall()

    return School()


def test_a_class_is_graded_and_reported(school):
    school.hand_in("ada")
    school.hand_in("bob", "share", 0.5)
    results = school.grade(workers=2)
    assert {learner: result.points for learner, result in results.items()} == {"ada": 6.0, "bob": 3.0}
    assert school.outcome.complete
    assert school.outcome.report == school.out / "report.html"
    rows = list(csv.DictReader(school.scores().decode().splitlines()))
    assert [(row["learner"], row["exercise"], row["points"], row["max"], row["state"]) for row in rows] == [
        ("ada", "window_mean", "2", "2", "pass"),
        ("ada", "conv_valid", "4", "4", "pass"),
        ("bob", "window_mean", "1", "2", "part"),
        ("bob", "conv_valid", "2", "4", "part"),
    ]
    assert (school.out / "feedback" / "ada" / "01_edges.html").is_file()


def test_a_second_run_grades_nothing_and_changes_no_score(school):
    school.hand_in("ada")
    school.hand_in("bob", "share", 0.5)
    school.grade()
    scores = school.scores()
    school.grade()
    assert (school.watch.jobs, school.watch.kept, school.watch.graded) == (0, 2, [])
    assert school.scores() == scores
    assert school.history() == [("ada", "graded"), ("bob", "graded")]


def test_what_changed_is_graded_anew_and_the_old_result_stays_in_the_history(school):
    school.hand_in("ada")
    school.hand_in("bob")
    school.grade()
    school.hand_in("bob", "share", 0.5)
    results = school.grade()
    assert school.watch.graded == ["bob"]
    assert results["bob"].points == 3.0
    assert Counter(school.history()) == {("ada", "graded"): 1, ("bob", "graded"): 2}


def test_errors_are_tried_again_in_the_next_run(school, tmp_path):
    school.hand_in("ada", "exit-unless", tmp_path / "mended")
    school.hand_in("bob")
    results = school.grade()
    assert results["ada"].graded.state == "error"
    assert results["bob"].graded.state == "graded"
    assert not school.outcome.complete
    (tmp_path / "mended").touch()
    results = school.grade()
    assert school.watch.graded == ["ada"]
    assert results["ada"].points == 6.0
    assert school.outcome.complete


def test_an_unreadable_notebook_is_no_success_and_the_others_are_graded(school):
    school.hand_in("ada", "unreadable")
    school.hand_in("bob")
    results = school.grade()
    assert (results["ada"].graded.state, results["bob"].graded.state) == ("unreadable", "graded")
    assert school.outcome.count("unreadable") == school.outcome.count("graded") == 1
    assert not school.outcome.complete


def test_a_file_that_is_too_large_is_unreadable_once(school, monkeypatch):
    from cnnlab.grading import run
    from cnnlab.grading.document import Unreadable

    def load():
        raise Unreadable("It has 300 MB, wanted 20 at most.")

    handed = Handed("ada", "01_edges", "ada/01_edges.ipynb", load)
    monkeypatch.setattr(run, "gather", lambda *_: Gathered((handed,), (), 0))
    for _ in range(2):
        results = school.grade()
        assert results["ada"].graded.notes == ("It has 300 MB, wanted 20 at most.",)
        assert [mark.state for mark in results["ada"].graded.marks] == ["missing", "missing"]
        assert not school.outcome.complete
    assert school.watch.graded == []
    assert school.history() == [("ada", "unreadable")]


def test_a_strange_notebook_is_told(school):
    school.hand_in("ada")
    school.hand_in("ada", sheet="diary")
    school.grade()
    assert any("diary.ipynb" in line and "none of this release" in line for line in school.watch.lines)
    assert school.outcome.lost == 1
    assert not school.outcome.complete


@pytest.mark.parametrize("lose", [lambda path: path.symlink_to("/etc/hostname"), lambda path: path.touch()])
def test_a_file_that_may_hold_work_and_was_not_looked_into_is_no_success(school, lose):
    school.hand_in("ada")
    lose(school.handed / "bob.tar.gz")
    school.grade()
    assert any("bob.tar.gz" in line for line in school.watch.lines)
    assert school.outcome.lost == 1
    assert not school.outcome.complete


def test_a_folder_called_as_a_notebook_loses_nothing(school):
    (school.handed / "ada.ipynb").mkdir()
    school.hand_in("bob")
    school.grade()
    assert any("It is a folder" in line for line in school.watch.lines)
    assert school.outcome.complete


def test_reports_that_cannot_be_written_are_told_and_the_results_are_kept(school):
    school.hand_in("ada")
    (school.out / "report.html").mkdir(parents=True)
    with pytest.raises(GradingError, match=r"--out: .*report\.html cannot be written: .* run this again"):
        school.grade()
    assert school.history() == [("ada", "graded")]
    (school.out / "report.html").rmdir()
    assert school.grade()["ada"].points == 6.0
    assert school.watch.kept == 1


@pytest.mark.parametrize(
    ("only", "graded"),
    [(["ada"], 2), (["ada/01"], 1), (["ada/02_padding"], 1), (["*/01"], 2), (["a*", "bob/*"], 3)],
)
def test_only_some_are_graded_now_and_the_others_later(school, only, graded):
    for learner, sheet in (("ada", "01_edges"), ("ada", "02_padding"), ("bob", "01_edges")):
        school.hand_in(learner, sheet=sheet)
    school.grade(only=only)
    assert len(school.watch.graded) == graded
    assert school.outcome.complete
    assert school.outcome.waiting == 3 - graded
    school.grade()
    assert len(school.watch.graded) == 3 - graded
    assert len(school.outcome.results) == 3


def test_the_seed_reaches_the_grader_and_another_seed_grades_anew(school):
    school.hand_in("ada", "seed")
    seeds = [school.grade(**how)["ada"].graded.notes for how in ({}, {}, {"seed": 7}, {})]
    assert seeds[0] == seeds[1]
    assert seeds[2] == seeds[3] == ("7",)


def test_other_limits_grade_anew(school):
    school.hand_in("ada")
    school.grade()
    school.grade(limits=Limits(seconds=60))
    assert school.watch.graded == ["ada"]


@pytest.fixture
def handed(school, monkeypatch):
    """Let work come at chosen times; each attempt is (hours after DUE, share of the points)."""
    from cnnlab.grading import run

    def handed(*attempts, **about):
        files = []
        for number, (hours, share) in enumerate(attempts):
            content = notebook("share", share)
            when = None if hours is None else DUE + timedelta(hours=hours)
            files.append(Handed("ada", "01_edges", f"ada/{number}.ipynb", lambda c=content: c, when, **about))
        monkeypatch.setattr(run, "gather", lambda *_: Gathered(tuple(files), (), 0))
        return lambda **how: school.grade(policy=Policy(DUE, **how))["ada"]

    return handed


def test_late_work_loses_its_share_and_says_so(school, handed):
    result = handed((25, 1))(late=Rule.read("10%/day"))
    assert (result.points, result.kept) == (4.8, Fraction(4, 5))
    assert result.late == "1 day 1 hour late: 20 % less."
    assert result.handed_in == "2026-10-02 13:00 UTC"
    row = next(csv.DictReader(school.scores().decode().splitlines()))
    assert (row["points"], row["kept"], row["late"]) == ("2", "0.8", "1 day 1 hour late: 20 % less.")


@pytest.mark.parametrize(
    ("repeated", "file", "points"),
    [("last", "ada/2.ipynb", 1.2), ("first", "ada/0.ipynb", 3.0), ("best", "ada/1.ipynb", 4.32)],
)
def test_of_several_attempts_one_counts(handed, repeated, file, points):
    grade = handed((-5, 0.5), (5, 0.8), (30, 0.25))
    result = grade(late=Rule.read("10%/day"), repeated=repeated)
    assert (result.file, result.points) == (file, points)
    assert result.graded.notes[-1] == f"3 attempts were handed in; this is the {repeated}: {file}."


def test_the_same_bytes_are_as_old_as_their_first_copy(handed):
    result = handed((-5, 1), (-4, 0.5), (30, 1))(late=Rule.read("zero"))
    assert (result.points, result.late) == (6.0, "")


def test_between_equals_the_earlier_counts(handed):
    assert handed((-5, 0.5), (-4, 1), (-3, 1.0))(repeated="best").file == "ada/1.ipynb"


def test_work_without_a_time_is_told_and_not_late(school, handed):
    assert handed((None, 1))(late=Rule.read("zero")).points == 6.0
    assert any(line.startswith("--due: nothing tells when 1 of 1") for line in school.watch.lines)


def test_a_files_own_time_counts_where_that_is_wanted(school, handed):
    grade = handed((None, 1), changed=datetime(2026, 10, 3, tzinfo=UTC))
    assert grade(late=Rule.read("zero")).points == 6.0
    late = Policy(DUE, late=Rule.read("zero"))
    assert school.grade(policy=late, file_times=True)["ada"].points == 0.0


def test_what_only_the_platform_calls_late_is_late(handed):
    assert handed((None, 1), late=True)(late=Rule.read("10%/day")).points == 5.4


def test_odd_facts_are_told(school):
    school.hand_in("ada")
    school.grade()
    (school.out.parent / "in" / "ada").rename(school.out.parent / "in" / "eva")
    (school.out.parent / "in" / "zoe.pdf").touch()
    school.grade(policy=Policy(DUE, extensions={"adda": DUE}))
    assert "--extensions: no notebook is there of adda." in school.watch.lines
    assert "Graded here before, now not among SUBMISSIONS, so without scores and feedback: ada." in school.watch.lines
    left = "Files that are no notebooks, and were left out: 1. --roster tells who handed in nothing else."
    assert left in school.watch.lines


def test_pages_of_what_is_not_handed_in_any_more_go_and_no_others(school):
    school.hand_in("ada")
    school.hand_in("ada", sheet="02_padding")
    gone = school.hand_in("bob")
    school.grade()
    feedback = school.out / "feedback"
    (feedback / "ada" / "my notes.txt").touch()
    gone.unlink()
    (school.out.parent / "in" / "ada" / "02_padding.ipynb").unlink()
    school.grade()
    assert sorted(path.relative_to(feedback).as_posix() for path in feedback.rglob("*")) == [
        "ada",
        "ada/01_edges.html",
        "ada/my notes.txt",
    ]
    gone.write_bytes(notebook())
    school.grade()
    assert (school.watch.jobs, (feedback / "bob" / "01_edges.html").is_file()) == (0, True)


def test_what_cannot_be_done_as_asked_is_refused(school, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misuse, match=r"empty holds no notebook \(0 other files\)"):
        school.grade(submissions=tmp_path / "empty")
    (tmp_path / "empty" / "ada.ipynb").symlink_to(tmp_path)
    with pytest.raises(Misuse, match=r"no notebook .* ada\.ipynb: It is a link"):
        school.grade(submissions=tmp_path / "empty")
    with pytest.raises(Misuse, match="there is no file or folder"):
        school.grade(submissions=tmp_path / "nowhere")
    with pytest.raises(Misuse, match=r"has no release\.json"):
        school.grade(folder=tmp_path / "empty")
    school.hand_in("ada")
    with pytest.raises(Misuse, match="--only: nothing fits bob, wanted learner/notebook, such as ada/01_edges"):
        school.grade(only=["bob"])
    for place in (tmp_path / "in", tmp_path / "in" / "out", tmp_path / "release"):
        with pytest.raises(Misuse, match=r"--out: .* lies in the folder of .*Name another one"):
            school.grade(out=place)
    (tmp_path / "release" / "notebooks").mkdir()
    (tmp_path / "release" / "notebooks" / "01_edges.ipynb").write_bytes(notebook())
    shutil.copytree(tmp_path / "release", tmp_path / "in" / "release")
    for place in (tmp_path / "in", tmp_path / "in" / "release", tmp_path / "in" / "release" / "notebooks"):
        with pytest.raises(Misuse, match=r"SUBMISSIONS: .*01_edges\.ipynb is the release's own, nobody's work"):
            school.grade(submissions=place, folder=tmp_path / "in" / "release")


def test_a_refusal_keeps_what_was_graded(school):
    school.hand_in("ada")
    school.hand_in("bob", "refuse")
    with pytest.raises(GradingError, match="There is no sandbox here"):
        school.grade()
    assert school.history() == [("ada", "graded")]
