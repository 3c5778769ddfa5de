"""What a release holds: the chosen notebooks, their points, practice in place of what is not graded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from cnnlab import __version__, check, course, kernel, workspace
from cnnlab.grading.model import GradingError, Release
from cnnlab.grading.release import make, put
from cnnlab.grading.release.choose import choose
from cnnlab.grading.release.points import read_points
from cnnlab.grading.release.sheet import as_bytes, part, source


def cells(made, name):
    return json.loads(made.files[f"notebooks/{name}.ipynb"])["cells"]


def test_the_whole_course_is_handed_out_as_it_is_but_for_its_hints():
    made = make()
    for name, content in workspace.edition().items():
        node = json.loads(content)
        for cell in node["cells"]:
            if part(cell)[0] == "hints":
                cell.update(outputs=[], execution_count=None)
        assert made.files[f"notebooks/{name}"] == as_bytes(node)
    graded = [exercise for sheet in made.release.sheets for exercise in sheet.exercises]
    assert {e.id: e.points for e in graded} == {id: e.points for id, e in course.exercises().items()}


def test_what_is_to_be_installed_names_one_version_of_each():
    files = make(["02"]).files
    assert files["requirements.txt"].decode() == f"cnnlab[lab]=={__version__}\n"
    lines = files["environment.yml"].decode().splitlines()
    assert [line.strip() for line in lines if line.startswith("  ")][1:] == [
        "- python=3.12",  # Binder wants one, not a range
        "- pip",
        "- pip:",
        f"- cnnlab[lab]=={__version__}",
    ]


def test_a_sheet_has_what_everybody_was_given_and_exercises_in_their_order(tmp_path):
    made = make(["02"])
    put(tmp_path / "release", made.files)
    assert Release.read(tmp_path / "release") == made.release
    (sheet,) = made.release.sheets
    assert sheet.name == "02_padding_and_stride"
    assert sheet.title == made.release.title == "Padding and stride"
    assert [exercise.id for exercise in sheet.exercises] == [
        *("zero_pad", "same_padding", "output_size", "usage_count", "find_blur_bug", "mend_blur_bug")
    ]
    code = {c["id"]: source(c) for c in cells(made, sheet.name) if c["cell_type"] == "code"}
    assert sheet.given == code
    assert "zero_pad is not written yet" in sheet.given["zero_pad"]


@pytest.mark.parametrize(
    ("words", "only", "wanted"),
    [
        (["02"], [], {"02": 6}),
        (["2"], [], {"02": 6}),
        (["02_padding_and_stride"], [], {"02": 6}),
        (["notebooks/02_padding_and_stride.ipynb"], [], {"02": 6}),
        (["zero_pad", "output_size"], [], {"02": 2}),
        (["03", "zero_pad"], [], {"02": 1, "03": 3}),
        (["02", "zero_pad"], [], {"02": 6}),
        ([], ["zero_pad", "conv_forward"], {"02": 1, "03": 1}),
        (["02", "03"], ["zero_pad", "conv_forward", "param_count"], {"02": 1, "03": 2}),
    ],
)
def test_choices(words, only, wanted):
    assert {number: len(ids) for number, ids in choose(words, only).items()} == wanted


@pytest.mark.parametrize(
    ("words", "only", "told", "remedied"),
    [
        (["zero_padd"], [], "Did you mean zero_pad", (["zero_pad"], [])),
        (["11"], [], "wanted the number or name of a notebook", (["00_start_here"], [])),
        ([], ["conv_forwards"], "Did you mean conv_forward", ([], ["conv_forward"])),
        (["02"], ["zero_pad", "conv_forward"], "Add 03", (["02", "03"], ["zero_pad", "conv_forward"])),
        (["02", "03"], ["zero_pad"], "leave 03 out", (["02"], ["zero_pad"])),
    ],
)
def test_a_choice_without_sense_names_a_remedy(words, only, told, remedied):
    with pytest.raises(GradingError, match=told):
        choose(words, only)
    assert choose(*remedied)


def test_what_is_not_chosen_stays_as_practice_and_counts_nowhere():
    made = make(["03"], only=["conv_forward"])
    (sheet,) = made.release.sheets
    assert [(e.id, e.points) for e in sheet.exercises] == [("conv_forward", 6)]
    found = {part(cell): cell for cell in cells(made, sheet.name) if part(cell)[0]}
    assert len(found) == 9  # three exercises, each with its check and hints
    for (role, id), cell in found.items():
        graded = id == "conv_forward" and role != "hints"
        assert ("nbgrader" in cell["metadata"]) == graded
        assert ("graded" in cell["metadata"]["cnnlab"]) == (id != "conv_forward")
    texts = "\n".join(source(cell) for cell in cells(made, sheet.name))
    assert re.findall(r"^\*\d+ minutes? · .* · (.*)\*$", texts, re.M) == ["not graded", "6 points", "not graded"]


def test_links_to_notebooks_that_the_class_does_not_get_become_text():
    alone, pair = (cells(make(words), "02_padding_and_stride")[0] for words in (["02"], ["01", "02"]))
    assert "It builds on notebook 01.*" in source(alone)
    assert "It builds on [notebook 01](01_edge_detection.ipynb).*" in source(pair)


POINTS = {"zero_pad": 5, "same_padding": 0.5, "output_size": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("points.toml", "zero_pad = 5\nsame_padding = 0.5\noutput_size = 1.0\n"),
        ("points.toml", "[points]\nzero_pad = 5\nsame_padding = 0.5\noutput_size = 1\n"),
        ("points.csv", "exercise,points\nzero_pad,5\nsame_padding,0.5\noutput_size, 1\n"),
        ("points.csv", "\ufeffexercise;points\r\nzero_pad;5\r\nsame_padding;0,5\r\noutput_size;1\r\n"),
        ("points.csv", "# week 2\nzero_pad,5\n\nsame_padding,.5\noutput_size,1"),
    ],
)
def test_points_of_ones_own(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8", newline="")
    assert read_points(file) == POINTS


def test_points_show_in_the_text_the_check_and_the_release(tmp_path):
    file = tmp_path / "points.toml"
    file.write_text("zero_pad = 1\nsame_padding = 2.5\nconv_forward = 99\n")
    made = make(["02"], points=file)
    (sheet,) = made.release.sheets
    assert {e.id: e.points for e in sheet.exercises} == {
        **{"zero_pad": 1, "same_padding": 2.5, "output_size": 2},
        **{"usage_count": 4, "find_blur_bug": 2, "mend_blur_bug": 1},
    }
    assert sheet.points == 12.5
    found = cells(made, sheet.name)
    grades = {part(c)[1]: c["metadata"]["nbgrader"]["points"] for c in found if part(c)[0] == "check"}
    assert grades == {exercise.id: exercise.points for exercise in sheet.exercises}
    texts = "\n".join(source(cell) for cell in found)
    assert "*10 minutes · some thought · 1 point*" in texts
    assert "*3 minutes · easy · 2.5 points*" in texts
    assert b"| `same_padding` | 2.5 |" in made.files["README.md"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("p.toml", "zero_pad = -1", r"got -1 for zero_pad in .*p\.toml, wanted a number, 0 or more"),
        ("p.toml", "zero_pad = nan", "got nan for zero_pad"),
        ("p.toml", "zero_pad = inf", "got inf for zero_pad"),
        ("p.toml", "zero_pad = true", "got True for zero_pad"),
        ("p.toml", "zero_pad = 'five'", "got 'five' for zero_pad"),
        ("p.toml", "zero_pad = 5\nzero_pad = 6", "cannot be read"),
        ("p.toml", "zero_pad", "cannot be read"),
        ("p.toml", "points = 3", "points is no table"),
        ("p.toml", "", "names no exercise"),
        ("p.csv", "zero_pad,1\nzero_pad,2", "zero_pad is in .* twice"),
        ("p.csv", "zero_pad,1,2", "is not an exercise and its points"),
        ("p.csv", "zero_pad,many", "got 'many' for zero_pad"),
        ("p.csv", "zero_padd,1", "Did you mean zero_pad"),
        ("p.csv", "exercise,points", "names no exercise"),
    ],
)
def test_points_without_sense_say_what_was_wanted(tmp_path, name, text, told):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(GradingError, match=told) as caught:
        read_points(file)
    assert str(caught.value).startswith("--points: ")


def test_a_file_of_points_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(GradingError, match="No such file"):
        read_points(tmp_path / "none.toml")
    (tmp_path / "points.csv").write_bytes(b"zero_pad,1\xff")
    with pytest.raises(GradingError, match="cannot be read"):
        read_points(tmp_path / "points.csv")


def test_a_release_that_is_worth_nothing_is_none(tmp_path):
    file = tmp_path / "points.toml"
    file.write_text("window_mean = 0")
    for words in (["00"], ["00", "zero_pad"]):
        with pytest.raises(GradingError, match=r"notebook 00 would be worth 0. .* or leave 00 out"):
            make(words, points=file)
    assert make(["zero_pad"], points=file).release.sheets[0].points == 3


def test_a_title_is_one_line():
    made = make(["00"], title=" Week 1\n\n# of two ")
    assert made.files["README.md"].decode().startswith("# Week 1 # of two\n\n")


def test_an_exercise_worth_nothing_is_practice(tmp_path):
    file = tmp_path / "points.toml"
    file.write_text("same_padding = 0\noutput_size = 0.5")
    made = make(["02"], points=file)
    worth = {"zero_pad": 3, "output_size": 0.5, "usage_count": 4, "find_blur_bug": 2, "mend_blur_bug": 1}
    assert {exercise.id: exercise.points for exercise in made.release.sheets[0].exercises} == worth
    [line] = [text for text in map(source, cells(made, "02_padding_and_stride")) if "### Build: `same_padding`" in text]
    assert line.rstrip().endswith("· not graded*")
    assert "same_padding" not in made.files["README.md"].decode()


def test_the_course_map_of_a_release_shows_its_points(tmp_path, monkeypatch):
    file = tmp_path / "points.toml"
    file.write_text("zero_pad = 2.5")
    made = make(["00", "zero_pad"], points=file)
    [call] = [text for text in map(source, cells(made, "00_start_here")) if text.startswith("check.progress(")]
    assert call in made.release.sheets[0].given.values()
    monkeypatch.chdir(tmp_path)
    shown = eval(call, {"check": check})
    assert shown.summary.startswith("0 of 2 exercises passed, 0 of 3.5 points")
    assert re.search(r"· zero_pad +2.5 points ", str(shown))
    assert "convolve2d" not in str(shown)
    assert ">2.5</td>" in shown._repr_mimebundle_()["text/html"]
    assert "check.progress()" in map(source, cells(make(), "00_start_here"))


def test_an_edition_without_a_place_for_an_exercise_is_damaged(monkeypatch):
    for missing in ("*10 minutes · some thought · 3 points*", '"role": "exercise"'):
        edition = {name: content.replace(missing.encode(), b"") for name, content in workspace.edition().items()}
        if missing.startswith('"'):
            edition = {
                name: content.replace(b'"exercise": "zero_pad"', b'"exercise": "gone"')
                for name, content in workspace.edition().items()
            }
        with monkeypatch.context() as patch:
            patch.setattr(workspace, "edition", lambda edition=edition: edition)
            with pytest.raises(GradingError, match=r"has no place for .* zero_pad"):
                make(["02"])


def test_a_released_notebook_runs_from_top_to_bottom(tmp_path):
    put(tmp_path / "release", make(["00"]).files)
    (path,) = (tmp_path / "release" / "notebooks").glob("*.ipynb")
    node = nbformat.read(path, as_version=4)
    nbformat.validate(node)
    work = Path(tmp_path, "work")
    work.mkdir()
    kernel.client(node, work).execute(env=kernel.environment(tmp_path), cleanup_kc=True)  # raises at an error
    assert all(cell.execution_count for cell in node.cells if cell.cell_type == "code")
