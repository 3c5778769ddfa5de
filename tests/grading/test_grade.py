"""One notebook through the real sandbox: what it gets, and why."""

import json
from functools import cache
from pathlib import Path

import pytest

from cnnlab import course
from cnnlab.authoring.build import as_text, build_edition, read_course
from cnnlab.check import exercises
from cnnlab.grading import grade
from cnnlab.grading.far import Far
from cnnlab.grading.grade import grade_submission
from cnnlab.grading.model import Graded, GradingError, Job, Limits
from tests.grading.handed import PADDING, content, sheet

SOURCE = Path(__file__).parents[2] / "notebooks" / "source"
WITH_EXERCISES = sorted(
    {course.notebooks()[exercise.notebook].name for exercise in course.exercises().values()} - {"08_full_convnet"}
)


@cache
def solution(name: str) -> bytes:
    sources, syllabus = read_course(SOURCE, only=[name])
    return as_text(build_edition("solution", sources[0], syllabus, execute=False)).encode()


def with_code(name: str, **code: str) -> bytes:
    """The solution, with other code in the cells of some exercises."""
    book = json.loads(solution(name))
    for cell in book["cells"]:
        if cell["id"] in code:
            cell["source"] = code[cell["id"]]
    return json.dumps(book).encode()


def graded(name: str, handed: bytes, seed: int = 1, **limits: object) -> Graded:
    return grade_submission(Job("ada", sheet(name), handed, seed, Limits(**limits)))


def states(result: Graded) -> dict[str, str]:
    return {mark.exercise: mark.state for mark in result.marks}


@pytest.mark.parametrize("name", WITH_EXERCISES)
def test_the_solutions_get_all_points_and_the_untouched_notebook_none(name):
    full, none = graded(name, solution(name)), graded(name, content(name))
    assert set(states(full).values()) == {"pass"}, [mark.text for mark in full.marks if mark.state != "pass"]
    assert full.points == full.most == sheet(name).points
    assert set(states(none).values()) == {"todo"}, [mark.text for mark in none.marks if mark.state != "todo"]
    assert none.points == 0


def test_a_mistake_is_named_and_costs_its_own_exercise_alone():
    result = graded(PADDING, with_code(PADDING, same_padding="def same_padding(f):\n    return f // 2 + 1\n"))
    wrong = [mark for mark in result.marks if mark.state != "pass"]
    assert [mark.exercise for mark in wrong] == ["same_padding"]
    assert wrong[0].points == 0
    assert wrong[0].mistake
    assert wrong[0].text
    assert wrong[0].html.startswith("<")


def test_a_table_of_the_published_answers_gets_nothing_and_learns_no_hidden_number():
    task = exercises.find("same_padding")
    table = {probe.make(): task.right(*probe.make()) for probe in task.probes}
    rows = ", ".join(f"{arguments[0]}: {int(right)}" for arguments, right in table.items())
    code = f"def same_padding(f):\n    return {{{rows}}}.get(f, 0)\n"
    mark = next(m for m in graded(PADDING, with_code(PADDING, same_padding=code)).marks if m.exercise == "same_padding")
    assert (mark.state, mark.mistake, mark.points) == ("fail", "other_numbers", 0)
    assert not any(character.isdigit() for character in mark.text)


def test_the_same_job_gets_the_same_twice():
    handed = with_code(
        PADDING, output_size="def output_size(n, f, pad, stride):\n    return (n + 2 * pad - f) / stride\n"
    )

    def told(result):
        return [(m.exercise, m.state, m.points, m.mistake, m.text) for m in result.marks]

    assert told(graded(PADDING, handed, seed=7)) == told(graded(PADDING, handed, seed=7))


def test_what_is_no_notebook_is_unreadable():
    result = graded(PADDING, b"%PDF-1.7")
    assert result.state == "unreadable"
    assert set(states(result).values()) == {"missing"}
    assert result.points == 0
    assert result.notes


def called(name: str) -> list[str]:
    """The exercises of a notebook that the solution of another one calls."""
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(solution(name))["cells"]}
    ids = [exercise.id for exercise in sheet(name).exercises]
    return [id for id in ids if any(f"{id}(" in cells[other] for other in ids if other != id)]


@pytest.mark.parametrize(("name", "gone"), [(name, gone) for name in WITH_EXERCISES for gone in called(name)])
def test_an_exercise_that_is_gone_costs_no_later_one(name, gone):
    node = json.loads(solution(name))
    deleted = {**node, "cells": [cell for cell in node["cells"] if cell["id"] != gone]}
    broken = with_code(name, **{gone: f"def {gone}(x, x):\n    return x\n"})
    for handed in (json.dumps(deleted).encode(), broken):
        result = graded(name, handed)
        lost = {mark.exercise for mark in result.marks if mark.state != "pass"}
        # A backward pass that reads a cache of its learner's own kind has nothing to read.
        assert {id for id in lost if exercises.find(id).partner != gone} == {gone}
        assert any("with the course's" in mark.text for mark in result.marks)


def test_imports_and_helpers_that_were_handed_out_and_deleted_cost_nothing():
    name = "07_naive_to_fast"
    ids = {exercise.id for exercise in sheet(name).exercises}
    node = json.loads(solution(name))
    only = {**node, "cells": [cell for cell in node["cells"] if cell["id"] in ids]}
    result = graded(name, json.dumps(only).encode())
    assert {mark.exercise: mark.text for mark in result.marks if mark.state != "pass"} == {}


@pytest.mark.parametrize("left", ["def output_size(n, f, pad, stride):\n    return 0\n", "# thrown away"])
def test_a_second_name_of_an_exercise_that_is_wrong_or_gone_costs_nothing(left):
    [counts] = [cell["source"] for cell in json.loads(solution(PADDING))["cells"] if cell["id"] == "usage_count"]
    renamed = "size = output_size\n" + "".join(counts).replace("output_size(", "size(")
    result = graded(PADDING, with_code(PADDING, output_size=left, usage_count=renamed))
    assert [mark.exercise for mark in result.marks if mark.state != "pass"] == ["output_size"]


def test_an_exercise_without_a_cell_is_missing():
    book = json.loads(solution(PADDING))
    book["cells"] = [cell for cell in book["cells"] if "same_padding" not in "".join(cell["source"])]
    assert states(graded(PADDING, json.dumps(book).encode()))["same_padding"] == "missing"


def test_a_machine_that_was_busy_once_costs_no_points(monkeypatch):
    """The first process of each exercise is cut off before it has said anything."""
    start, begun = Far.start, []

    def cut_off(far, names, *rest):
        start(far, names, *rest)
        begun.append(names[0])
        if begun.count(names[0]) == 1:
            far._session.fail("It did not answer in time.", late=True, broken=True)

    monkeypatch.setattr(Far, "start", cut_off)
    result = graded(PADDING, solution(PADDING))
    assert result.points == result.most
    assert len(begun) == 2 * len(result.marks)


def test_without_a_sandbox_nothing_is_held_against_the_learner(monkeypatch):
    def gone(far, *_):
        far._session.fail("The sandbox is gone.", broken=True)

    monkeypatch.setattr(Far, "start", gone)
    assert set(states(graded(PADDING, solution(PADDING))).values()) == {"error"}


def test_a_check_that_stops_hinders_no_other_exercise(monkeypatch):
    judge = grade.judge_subject

    def stopping(exercise, task, subject):
        if exercise == "zero_pad":
            raise ZeroDivisionError
        return judge(exercise, task, subject)

    monkeypatch.setattr(grade, "judge_subject", stopping)
    found = states(graded(PADDING, solution(PADDING)))
    assert found.pop("zero_pad") == "error"
    assert set(found.values()) == {"pass"}


def test_a_sandbox_that_there_is_not():
    with pytest.raises(GradingError, match="sandbox"):
        graded(PADDING, solution(PADDING), sandbox="castle")
