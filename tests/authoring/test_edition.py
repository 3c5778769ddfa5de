from pathlib import Path

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from cnnlab.authoring import SourceError
from cnnlab.authoring.build import read_course
from cnnlab.authoring.edition import Edition, Kind, leaks, make_edition
from tests.authoring.samples import COURSE, SOURCE, changed, lay_out

TWICE = "twice = math.fsum([x, x])"


def edition(folder: Path, kind: Kind = "learner", text: str = SOURCE, course: str = COURSE) -> Edition:
    (source,), syllabus = read_course(*lay_out(folder, course, doubling=text))
    return make_edition(kind, source, syllabus)


def test_the_stub_says_how_long_the_answer_is(tmp_path: Path) -> None:
    cell = edition(tmp_path).node.cells[2]
    assert cell.source == (
        'def double(x):\n    """Return twice x."""\n    # TODO: write this, about 2 lines\n'
        '    raise NotImplementedError("double is not written yet")'
    )
    one = edition(tmp_path, course=changed("lines = 2", "lines = 1", COURSE)).node.cells[2]
    assert "# TODO: write this, about 1 line\n" in one.source


def test_the_solution_edition_keeps_the_code_and_drops_the_markers(tmp_path: Path) -> None:
    cell = edition(tmp_path, "solution").node.cells[2]
    assert cell.source == f'def double(x):\n    """Return twice x."""\n    {TWICE}\n    return twice'


def test_each_line_knows_its_source(tmp_path: Path) -> None:
    lines = SOURCE.split("\n")
    for kind in ("learner", "solution"):
        made = edition(tmp_path, kind)
        for cell, where in zip(made.node.cells, made.where, strict=True):
            for line, n in zip(cell.source.split("\n"), where, strict=True):
                assert line in lines[n - 1] or "# BEGIN SOLUTION" in lines[n - 1]


def test_ids_are_derived_unique_and_stay_when_a_cell_is_added(tmp_path: Path) -> None:
    cells = edition(tmp_path).node.cells
    assert [cell.id for cell in cells[2:]] == ["double", "check_double", "hints_double"]
    more = edition(tmp_path, text="# %%\nimport math\n\n# %%\nimport math\n\n" + SOURCE).node.cells
    ids = [cell.id for cell in more]
    assert len(set(ids)) == len(ids)
    assert {cells[0].id, *ids[3:]} <= set(ids)
    assert [i.rpartition("-")[2] for i, cell in zip(ids, more, strict=True) if cell.source == "import math"] == list(
        "123"
    )
    assert ids == [cell.id for cell in edition(tmp_path, "solution", "# %%\nimport math\n\n" * 2 + SOURCE).node.cells]


def test_metadata_are_nbgraders_and_ours_side_by_side(tmp_path: Path) -> None:
    node = edition(tmp_path).node
    nbformat.validate(node)
    MetadataValidator().validate_nb(node)
    exercise, check, hints = (cell.metadata for cell in node.cells[2:])
    assert exercise.nbgrader == {
        "grade": False, "grade_id": "double", "locked": False, "schema_version": 3, "solution": True, "task": False
    }  # fmt: skip
    assert check.nbgrader == {
        "grade": True, "grade_id": "check_double", "locked": True, "points": 1, "schema_version": 3, "solution": False,
        "task": False,
    }  # fmt: skip
    assert "nbgrader" not in hints
    assert [m.cnnlab for m in (exercise, check, hints)] == [
        {"exercise": "double", "role": role} for role in ("exercise", "check", "hints")
    ]
    assert node.metadata.cnnlab == {"edition": "learner", "notebook": "01"}
    assert "version" not in node.metadata.language_info


@pytest.mark.parametrize(
    "copy",
    [
        f"# %%\nx = 1\n{TWICE}\n\n",
        "# %%\nx = 1\ntwice=math.fsum( [x,x] )  # once more\n\n",
        f"# %% [markdown]\n# For example:\n# `{TWICE}`\n\n",
        f"# %%\n# {TWICE}\nx = 1\n\n",
    ],
    ids=["code", "other spaces", "prose", "comment"],
)
def test_a_solution_that_stands_elsewhere_too_stops_the_build_with_its_line(tmp_path: Path, copy: str) -> None:
    text = changed('# %% check="double"', copy + '# %% check="double"')
    with pytest.raises(SourceError, match="line 13 of a solution") as caught:
        edition(tmp_path, text=text)
    (found,) = caught.value.problems
    line = text.split("\n")[found.line - 1]
    assert "fsum" in line
    assert found.line != 13
    edition(tmp_path, "solution", text)


def test_a_solution_in_the_given_part_of_its_own_exercise(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"01_doubling.py:11: .* line 13 of a solution"):
        edition(tmp_path, text=changed("Return twice x.", f"Return {TWICE}."))


@pytest.mark.parametrize(
    "data",
    [
        {"text/plain": f"before\n{TWICE}\nafter"},
        {"text/html": "<b>twice</b> <i>=</i> math.fsum([x, x&#93;)"},
        {"application/json": {"code": [TWICE]}},
    ],
)
def test_a_solution_in_an_output_is_found(tmp_path: Path, data: dict[str, object]) -> None:
    made = edition(tmp_path)
    assert not leaks(made)
    made.node.cells[3].outputs = [nbformat.v4.new_output("display_data", data)]
    (found,) = leaks(made)
    assert found.line == 19
    assert "output shows line 13" in found.text
    made.node.cells[4].outputs = made.node.cells[3].pop("outputs")  # a hint may say a line
    assert not leaks(made)


def test_short_lines_and_heads_of_loops_give_nothing_away(tmp_path: Path) -> None:
    solution = "    for value in range(int(x)):\n        pass\n    twice = 2 * x\n    return twice\n"
    text = changed("    twice = math.fsum([x, x])\n    return twice\n", solution)
    text = changed("import math\n", "import math\n\nx = 1\nfor value in range(int(x)):\n    twice = 2 * x\n", text)
    edition(tmp_path, text=text)
