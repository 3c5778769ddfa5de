from pathlib import Path

import pytest

from cnnlab.authoring.syllabus import read_syllabus
from tests.authoring.samples import COURSE, SOURCE, changed, problems


def test_the_course_itself_is_in_order() -> None:
    assert read_syllabus().exercises


BROKEN = {
    "no TOML": ("points = 1", "points = ", "points = ", "no TOML"),
    "exercise twice": ("[exercise.double]\n", "[exercise.double]\n[exercise.double]\n", "[exercise.double]", "no TOML"),
    "no hints": ('hints = ["Gentle.", "Clearer.", "Almost there."]', "", "[exercise.double]", "hints is missing"),
    "two hints": ('"Clearer.", ', "", "[exercise.double]", "wanted three sentences"),
    "empty hint": ('"Clearer."', '" "', "[exercise.double]", "wanted three sentences"),
    "no points": ("points = 1\n", "", "[exercise.double]", "points is missing"),
    "zero points": ("points = 1", "points = 0", "[exercise.double]", "1 or more"),
    "points as text": ("points = 1", 'points = "1"', "[exercise.double]", "whole number"),
    "points as truth": ("points = 1", "points = true", "[exercise.double]", "whole number"),
    "no lines": ("lines = 2\n", "", "[exercise.double]", "lines is missing"),
    "no minutes": ("minutes = 2\n", "", "[exercise.double]", "minutes is missing"),
    "no source": ('source = "Arithmetic."', 'source = ""', "[exercise.double]", "wanted a sentence"),
    "too difficult": ("difficulty = 1", "difficulty = 4", "[exercise.double]", "1 (easy)"),
    "unknown key": ("points = 1", "points = 1\nstars = 3", "[exercise.double]", "stars: this key is unknown"),
    "other notebook": ('notebook = "01"', 'notebook = "07"', "[exercise.double]", "one of the file's notebooks"),
    "id is no name": ("[exercise.double]", '[exercise."double-it"]', "double-it", "name of the function"),
    "notebook without a title": ('title = "Doubling"\n', "", "[[notebook]]", "title is missing"),
    "name and number differ": ('name = "01_doubling"', 'name = "02_doubling"', "[[notebook]]", "Rename the notebook"),
    "unknown exercise": (
        "[exercise.double]",
        "[exercise.treble]",
        "[exercise.treble]",
        "has no cell in 01_doubling.py",
    ),
    "source missing": (
        "[exercise.double]",
        '[[notebook]]\nnumber = "02"\nname = "02_more"\ntitle = "x"\nminutes = 1\nteaches = "x"\n\n[exercise.double]',
        "[[notebook]]",
        "02_more.py. Write it",
    ),
    "notebook twice": (
        "[exercise.double]",
        COURSE[: COURSE.index("[ex")] + "[exercise.double]",
        "[[notebook]]",
        "second time",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_course_file_stops_the_build_with_its_line(tmp_path: Path, case: str) -> None:
    old, new, where, told = BROKEN[case]
    course = changed(old, new, COURSE)
    (found,) = [problem for problem in problems(tmp_path, course, doubling=SOURCE) if told in problem.text]
    assert found.path.name == "course.toml"
    assert where in course.split("\n")[found.line - 1]


def test_a_source_that_is_not_in_the_course_file(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, doubling=SOURCE, stray="# %%\nx = 1\n")
    assert str(found).endswith("Add it there or rename the file.")
    assert found.path.name == "02_stray.py"
