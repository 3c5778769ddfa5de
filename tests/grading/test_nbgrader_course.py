"""Scores in a real nbgrader course; nbgrader itself says what has become of them."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import OperationalError

from cnnlab.grading.model import Assigned, Graded, GradingError, Mark, Release, Sheet
from cnnlab.grading.nbgrader_course import Filled, fill_course
from cnnlab.grading.nbgrader_course.rebuild import Node, handed_in, rebuild, texts
from cnnlab.grading.release import make, put
from cnnlab.grading.report.result import Result

NAME = "00_start_here"
SHEET = Sheet(NAME, "Start here", (Assigned("window_mean", 1),))
SAID = "✗ window_mean: <script>alert(1)</script> is the sum"
RIGHT = "def window_mean(window):\n    return window.mean()"


def nbgrader(course: Path, *words: str) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "release"
    put(folder, make(["00"]).files)
    return folder


@pytest.fixture(scope="module")
def new_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `nbgrader quickstart` makes it, without its examples; the test of docs/instructors.md runs the command."""
    folder = tmp_path_factory.mktemp("instructor") / "course"
    (folder / "source").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    return folder


@pytest.fixture(scope="module")
def made_course(new_course: Path, release: Path) -> Path:
    """With the assignment in it, and a cell that a person grades."""
    folder = new_course.with_name("made")
    shutil.copytree(new_course, folder)
    source = folder / "source" / NAME
    source.mkdir()
    node = json.loads((release / "notebooks" / f"{NAME}.ipynb").read_text())
    marks = {"grade": True, "grade_id": "why", "locked": False, "points": 4, "schema_version": 3, "solution": True}
    question = {
        "cell_type": "markdown",
        "id": "why",
        "source": "Why?",
        "metadata": {"nbgrader": {**marks, "task": False}},
    }
    node["cells"].append(question)
    (source / f"{NAME}.ipynb").write_text(json.dumps(node))
    fill_course(folder, release, [], {}.get)
    return folder


@pytest.fixture
def course(made_course: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made_course, tmp_path / "course")


@pytest.fixture
def given(release: Path) -> Node:
    node: Node = json.loads((release / "notebooks" / f"{NAME}.ipynb").read_text())
    return node


def work(node: Node, text: str, *more: Node) -> bytes:
    """Return the notebook with the exercise written."""
    cells = [{**cell, "source": text} if cell["id"] == "window_mean" else cell for cell in node["cells"]]
    return json.dumps({**node, "cells": [*cells, *more]}).encode()


def answer(text: str) -> Node:
    return {"cell_type": "markdown", "id": "why", "source": text, "metadata": {}}


def result(learner: str, points: float = 1.0, *, state: str = "graded", mark: str = "", **more: Any) -> Result:
    said = Mark("window_mean", mark or ("pass" if points == 1 else "part"), points, 1.0, text=SAID, html="<b>Said</b>")
    return Result(Graded(learner, NAME, state, (said,) if state == "graded" else ()), **more)


def fill(course: Path, release: Path, *results: Result, content: bytes | None = None) -> Filled:
    return fill_course(course, release, results, lambda result: content)


@contextlib.contextmanager
def gradebook(course: Path) -> Iterator[Gradebook]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "course") as book:
        yield book


def grade(book: Gradebook, name: str, learner: str = "ada") -> Any:
    return book.find_grade(name, NAME, NAME, learner)


def dump(course: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        return list(database.iterdump())


def rebuilt(course: Path, learner: str = "ada") -> Node:
    node: Node = json.loads((course / "autograded" / learner / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    return node


def test_a_new_course_gets_the_assignment_and_exports_the_totals(
    new_course: Path, release: Path, tmp_path: Path, given: Node
) -> None:
    course = shutil.copytree(new_course, tmp_path / "course")
    results = [result("ada"), result("Ben B", 0.5, kept=0.8, late="1 day late."), result("carl", 0)]
    filled = fill(course, release, *results, content=work(given, RIGHT))
    assert (filled.changed, filled.same, filled.by_hand) == (3, 0, 0)
    nbgrader(course, "export")
    rows = {
        row["student_id"]: row
        for row in csv.DictReader((course / "grades.csv").read_text(encoding="utf-8").splitlines())
    }
    assert {name: float(row["score"]) for name, row in rows.items()} == {r.learner: r.points for r in results}
    assert {row["max_score"] for row in rows.values()} == {"1.0"}
    assert rows["Ben B"]["late_submission_penalty"] == "0.1"
    # What nbgrader would hand out has the stub's own head, and nobody's solution.
    stub = texts(json.loads((course / "release" / NAME / f"{NAME}.ipynb").read_text()))["window_mean"]
    assert stub.startswith("def window_mean(window):")
    assert "NotImplementedError" in stub


def test_the_next_step_it_names_makes_the_feedback(course: Path, release: Path, given: Node) -> None:
    filled = fill(course, release, result("ada", 0.5), content=work(given, RIGHT))
    assert f"nbgrader generate_feedback {NAME} --force && nbgrader export" in str(filled)
    nbgrader(course, "generate_feedback", NAME, "--force")
    page = (course / "feedback" / "ada" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "<b>Said</b>" in page  # below the check
    assert "&lt;script&gt;alert" in page  # in the comment, as text
    assert "<script>alert" not in page
    assert "Score: 0.5 / 5.0" in page
    assert ">mean</span>" in page  # of the learner's code


def test_nothing_of_a_submission_is_run(course: Path, release: Path, given: Node, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = f"def window_mean(window):\n    pass\nopen({str(trace)!r}, 'w')"
    content = work(given, hostile)
    submitted = course / "submitted" / "ada" / NAME  # as nbgrader collects it
    submitted.mkdir(parents=True)
    (submitted / f"{NAME}.ipynb").write_bytes(content)
    (submitted / "timestamp.txt").write_text("2026-09-14 18:03:00 UTC")
    fill(course, release, result("ada", 0), content=content)
    said = nbgrader(course, "autograde", NAME)  # not asked for; it finds its work done
    nbgrader(course, "generate_feedback", NAME)
    assert "Skipping existing assignment" in said
    assert not trace.exists()
    assert hostile in texts(rebuilt(course)).values()
    with gradebook(course) as book:
        assert grade(book, "check_window_mean").score == 0
        assert str(book.find_submission(NAME, "ada").timestamp) == "2026-09-14 18:03:00"
    assert fill(course, release, result("ada", 0), content=content).same == 1


def test_what_a_learner_forged_stays_outside(course: Path, release: Path, given: Node) -> None:
    for cell in given["cells"]:
        if cell["id"] == "check_window_mean":
            cell["metadata"]["nbgrader"]["points"] = 100
            cell["source"] = "100"
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {}}]
    fill(course, release, result("ada", 0), content=work(given, RIGHT))
    [check] = [cell for cell in rebuilt(course)["cells"] if cell["id"] == "check_window_mean"]
    assert check["source"] == ["check.window_mean(window_mean)"]
    assert check["metadata"]["nbgrader"]["points"] == 1
    assert check["outputs"][0]["data"]["text/html"] == "<b>Said</b>"
    with gradebook(course) as book:
        assert book.find_submission(NAME, "ada").score == 0


def test_a_run_mends_what_nbgrader_believed(course: Path, release: Path, given: Node) -> None:
    """Without running anything nbgrader takes the outputs that a learner sent for true."""
    for cell in given["cells"]:
        if cell["id"] == "check_window_mean":
            cell["outputs"] = [
                {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1}
            ]
    submitted = course / "submitted" / "ada" / NAME
    submitted.mkdir(parents=True)
    (submitted / f"{NAME}.ipynb").write_bytes(work(given, RIGHT))
    fill(course, release, result("ada", 0), content=work(given, RIGHT))
    right = rebuilt(course)
    nbgrader(course, "autograde", NAME, "--no-execute", "--force")
    with gradebook(course) as book:
        assert book.find_submission(NAME, "ada").score == 1
    assert fill(course, release, result("ada", 0), content=work(given, RIGHT)).changed == 1
    assert rebuilt(course) == right
    with gradebook(course) as book:
        assert book.find_submission(NAME, "ada").score == 0


def test_a_second_run_changes_nothing(course: Path, release: Path, given: Node) -> None:
    results = [
        result("ada"),
        result("ben", 0.5, kept=0.5),
        result("carl", state="error"),
        result("dora", state="unreadable"),
    ]
    content = work(given, RIGHT, answer("Because."))
    first = fill(course, release, *results, content=content)
    before, files = dump(course), {path: path.stat().st_mtime_ns for path in course.rglob("*.ipynb")}
    second = fill(course, release, *results, content=content)
    assert (first.changed, second.changed, second.same) == (4, 0, 4)
    assert (dump(course), {path: path.stat().st_mtime_ns for path in course.rglob("*.ipynb")}) == (before, files)


def test_a_run_that_was_killed_is_finished(course: Path, release: Path, given: Node) -> None:
    def content(asked: Result) -> bytes:
        if asked.learner == "ben":
            raise KeyboardInterrupt
        return work(given, RIGHT)

    with pytest.raises(KeyboardInterrupt):
        fill_course(course, release, [result("ada"), result("ben")], content)
    assert fill(course, release, result("ada"), result("ben"), content=work(given, RIGHT)).changed == 1
    shutil.rmtree(course / "autograded" / "ben")  # as after a kill between the gradebook and the file
    assert fill(course, release, result("ada"), result("ben"), content=work(given, RIGHT)).changed == 1
    assert texts(rebuilt(course, "ben"))["window_mean"] == RIGHT


def test_what_a_person_said_stays(course: Path, release: Path, given: Node) -> None:
    content = work(given, RIGHT)
    fill(course, release, result("ada", 0), content=content)
    with gradebook(course) as book:
        grade(book, "check_window_mean").manual_score = 0.75
        book.find_comment("window_mean", NAME, NAME, "ada").manual_comment = "Nearly."
        book.db.commit()
    assert fill(course, release, result("ada", 0), content=content).by_hand == 0
    filled = fill(course, release, result("ada", 1), content=content)
    with gradebook(course) as book:
        assert grade(book, "check_window_mean").score == 0.75
        assert grade(book, "check_window_mean").auto_score == 1
        assert grade(book, "check_window_mean").needs_manual_grade  # look at it again
        assert book.find_comment("window_mean", NAME, NAME, "ada").comment == "Nearly."
    assert filled.by_hand == 1


def test_a_cell_to_be_graded_by_hand_waits_for_it(course: Path, release: Path, given: Node) -> None:
    content = work(given, RIGHT, answer("The <img src=x onerror=alert(1)> mean."))
    assert fill(course, release, result("ada"), result("ben"), content=content).by_hand == 2
    assert texts(rebuilt(course))["why"] == "    The <img src=x onerror=alert(1)> mean."  # code: nothing in it runs
    with gradebook(course) as book:
        assert grade(book, "why").needs_manual_grade
        grade(book, "why").manual_score = 3
        grade(book, "why").needs_manual_grade = False
        book.db.commit()
    assert fill(course, release, result("ada"), content=content).by_hand == 0
    # Another answer than the one that was graded.
    assert fill(course, release, result("ada"), content=work(given, RIGHT, answer("Other."))).by_hand == 1
    with gradebook(course) as book:
        assert book.find_submission(NAME, "ada").score == 4


def test_no_answer_is_no_points_and_nobodys_work(course: Path, release: Path, given: Node) -> None:
    assert fill(course, release, result("ada"), content=work(given, RIGHT)).by_hand == 0
    with gradebook(course) as book:
        assert grade(book, "why").score == 0


@pytest.mark.parametrize("broken", [result("ada", state="error"), result("ada", 0, mark="error")], ids=["all", "one"])
def test_what_the_grader_could_not_do_waits_for_a_person(course: Path, release: Path, broken: Result) -> None:
    assert fill(course, release, broken, content=b"{}").by_hand == 1
    with gradebook(course) as book:
        assert grade(book, "check_window_mean").auto_score is None


def test_a_file_that_is_no_notebook_has_no_points(course: Path, release: Path) -> None:
    assert fill(course, release, result("ada", state="unreadable"), content=b"%PDF").by_hand == 0
    with gradebook(course) as book:
        assert book.find_submission(NAME, "ada").score == 0
    assert "NotImplementedError" in texts(rebuilt(course))["window_mean"]


def test_a_learners_name_is_no_path(course: Path, release: Path) -> None:
    fill(course, release, result("../../outside"), result("Zoë Müller"), content=b"{}")
    names = sorted(path.name for path in (course / "autograded").iterdir())
    assert names == ["Zoë Müller", "outside-e28b700f24"]
    assert not list(course.parent.glob("outside*"))


def test_own_cells_of_the_learner_come_along_at_the_end(release: Path, given: Node) -> None:
    helper = {"cell_type": "code", "id": "x", "source": "def helper(): pass", "metadata": {}, "outputs": []}
    handed = handed_in(work(given, RIGHT, helper), Release.read(release).sheet("00"), given)
    node = rebuild(given, handed, {}, ["A <b>note</b>."])
    assert [cell["source"] for cell in node["cells"]][-1] == "def helper(): pass"
    assert node["cells"][0]["source"].endswith("    A <b>note</b>.")
    assert len(node["cells"]) == len(given["cells"]) + 3


def test_a_folder_that_is_no_course(release: Path, tmp_path: Path) -> None:
    with pytest.raises(GradingError, match=r"no nbgrader_config\.py.* nbgrader quickstart NAME"):
        fill(tmp_path, release)


def test_a_course_whose_configuration_stops(course: Path, release: Path) -> None:
    (course / "nbgrader_config.py").write_text("1 / 0")
    with pytest.raises(GradingError, match=r"nbgrader_config\.py stops with ZeroDivisionError"):
        fill(course, release)


def test_without_nbgrader(course: Path, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbgrader.coursedir", None)
    with pytest.raises(GradingError, match=r"nbgrader\.coursedir is not installed here\. Run: .*cnnlab\[instructor\]"):
        fill(course, release)


def test_a_file_that_is_no_gradebook_is_moved_away(course: Path, release: Path) -> None:
    book = course / "gradebook.db"
    book.write_bytes(b"not a database" * 100)
    with pytest.raises(GradingError, match=r"gradebook\.db is no gradebook: .*Move it away, and nbgrader makes a new"):
        fill(course, release)
    book.rename(course / "old.db")
    assert fill(course, release, result("ada"), content=b"{}").changed == 1


def test_a_database_of_another_program(course: Path, release: Path) -> None:
    (course / "gradebook.db").unlink()
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(GradingError, match="is a database of another program"):
        fill(course, release)


def test_a_gradebook_of_an_older_nbgrader(course: Path, release: Path) -> None:
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        database.execute("ALTER TABLE student DROP COLUMN lms_user_id")
    with pytest.raises(GradingError, match=r"cannot be used: no such column.* nbgrader db upgrade"):
        fill(course, release, result("ada"), content=b"{}")


def test_a_gradebook_in_use(course: Path, release: Path) -> None:
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GradingError, match=r"is in use by another program\. Close formgrader"):
            fill(course, release, result("ada"), content=b"{}")
    assert fill(course, release, result("ada"), content=b"{}").changed == 1


def test_an_assignment_with_other_points(course: Path, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("window_mean,7\n")
    other = tmp_path / "other"
    put(other, make(["00"], points=tmp_path / "points.csv").files)
    with pytest.raises(
        GradingError, match="check_window_mean is worth 1 point there and worth 7 points in the release"
    ):
        fill(course, other)


def test_a_folder_that_cannot_be_written_is_told_and_the_next_run_finishes(
    course: Path, release: Path, given: Node
) -> None:
    (course / "autograded").mkdir(exist_ok=True)
    (course / "autograded" / "ada").touch()
    handed = work(given, RIGHT)
    with pytest.raises(
        GradingError, match=r"--nbgrader: .*autograded/ada.* cannot be written: .*the same command again"
    ):
        fill(course, release, result("ada"), content=handed)
    (course / "autograded" / "ada").unlink()
    fill(course, release, result("ada"), content=handed)
    assert rebuilt(course)["cells"]


def test_a_full_disk_is_no_old_nbgrader(course: Path, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*parts: Any) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("cnnlab.grading.nbgrader_course.gradebook._compare", full)
    with pytest.raises(GradingError, match=r"disk is full\. .* make room; then run the same command again"):
        fill(course, release)
