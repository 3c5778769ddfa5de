"""What nbgrader, otter and Gradescope are given is what they take."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from cnnlab import check, workspace
from cnnlab.grading.model import RELEASE, Graded, Mark
from cnnlab.grading.release import FORMATS, autograde, make, put
from cnnlab.grading.release.nbgrader import assignment_name
from cnnlab.grading.release.sheet import part, source, with_source
from cnnlab.grading.run import Misuse
from cnnlab.grading.sandbox import Step

NAME = "00_start_here"
WRONG = "def window_mean(window):\n    return window.sum()"
ANSWER = "def window_mean(window):\n    return window.sum() / window.size"


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_the_plain_release_and_more(format):
    plain = make(["00", "01"]).files
    made = make(["00", "01"], format=format).files
    assert plain.items() <= made.items()
    assert (len(plain) < len(made)) == (format != "plain")
    for path, content in made.items():
        if path.endswith(".ipynb"):
            nbformat.validate(nbformat.reads(content.decode(), as_version=4))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course made by nbgrader, with a release in it."""
    folder = tmp_path_factory.mktemp("nbgrader")
    put(folder / "release", make(["00"], format="nbgrader").files)
    nbgrader(folder, "quickstart", "course")
    (folder / "release" / "source" / NAME).rename(folder / "course" / "source" / NAME)
    nbgrader(folder / "course", "generate_assignment", NAME)
    return folder / "course"


def nbgrader(folder, *words):
    # nbgrader calls alembic by its name, which stands beside this interpreter.
    paths = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(workspace.PACKAGE.parent),
    }
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **paths}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_nbgrader_makes_its_assignment_of_it(course):
    path = course / "release" / NAME / f"{NAME}.ipynb"
    found = {part(cell): cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}
    exercise = found["exercise", "window_mean"]
    assert source(exercise).startswith("def window_mean(window):\n")
    assert source(exercise).endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
    graded = found["check", "window_mean"]["metadata"]
    assert (graded["nbgrader"]["points"], graded["editable"]) == (1, False)


def test_nbgrader_validates_what_passes_and_nothing_else(course, tmp_path):
    path = course / "release" / NAME / f"{NAME}.ipynb"
    assert "window_mean: not written yet" in nbgrader(course, "validate", str(path))
    node = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in node["cells"] if part(cell)[0] == "exercise")
    with_source(cell, ANSWER)
    (tmp_path / "written.ipynb").write_text(json.dumps(node), encoding="utf-8")
    assert "Success! Your notebook passes all the tests." in nbgrader(tmp_path, "validate", "written.ipynb")


def test_an_assignment_is_called_as_its_notebook_or_as_the_release():
    several = make(["00", "01"], format="nbgrader", title="Week 1: edges + more")
    assert assignment_name(several.release) == "week_1_edges_more"
    assert f"source/week_1_edges_more/{NAME}.ipynb" in several.files
    assert "release/week_1_edges_more/01_edge_detection.ipynb" in several.files
    assert f"source/{NAME}/{NAME}.ipynb" in make(["00"], format="nbgrader").files
    assert "week_1_edges_more" in several.next_step(Path("r"))


def test_otter_gets_a_question_for_each_exercise_with_a_test_that_asks_the_check():
    made = make(["03"], only=["conv_single_step", "param_count"], format="otter")
    cells = json.loads(made.files["source/03_convolution_over_volumes/03_convolution_over_volumes.ipynb"])["cells"]
    fences = [source(cell) for cell in cells if cell["cell_type"] == "raw"]
    assert fences[0].startswith("# ASSIGNMENT CONFIG\nname: 03_convolution_over_volumes\n")
    assert fences[1:] == [
        *("# BEGIN QUESTION\nname: conv_single_step\npoints: 2", "# BEGIN TESTS", "# END TESTS", "# END QUESTION"),
        *("# BEGIN QUESTION\nname: param_count\npoints: 3", "# BEGIN TESTS", "# END TESTS", "# END QUESTION"),
    ]
    begin = next(i for i, cell in enumerate(cells) if source(cell).startswith("# BEGIN QUESTION"))
    question, exercise, tests, test, *ends = cells[begin : begin + 6]
    assert [cell["cell_type"] for cell in (question, tests, *ends)] == ["raw"] * 4
    assert part(exercise) == ("exercise", "conv_single_step")
    assert source(test).startswith("def test_conv_single_step(conv_single_step):\n")
    assert made.files["source/03_convolution_over_volumes/requirements.txt"].startswith(b"cnnlab[lab]==")


def test_otters_test_passes_and_fails_as_the_check():
    made = make(["00"], format="otter")
    cells = json.loads(made.files[f"source/{NAME}/{NAME}.ipynb"])["cells"]
    names = {}
    exec(next(source(cell) for cell in cells if source(cell).startswith("def test_")), names)
    names["test_window_mean"](lambda window: window.sum() / 9)
    with pytest.raises(AssertionError) as caught:
        names["test_window_mean"](lambda window: window.sum())
    assert str(caught.value) == str(check.judge("window_mean", lambda window: window.sum()))


def test_gradescope_gets_two_programs_and_the_release():
    made = make(["00"], format="gradescope")
    assert made.files["autograder.zip"] == make(["00"], format="gradescope").files["autograder.zip"]
    with zipfile.ZipFile(io.BytesIO(made.files["autograder.zip"])) as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
        assert modes == {"setup.sh": 0o755, "run_autograder": 0o755, RELEASE: 0o644}
        assert archive.read(RELEASE) == made.files[RELEASE]
        for script in ("setup.sh", "run_autograder"):
            text = archive.read(script)
            assert text.startswith(b"#!/usr/bin/env bash\n")
            subprocess.run(["bash", "-n"], input=text, check=True)
        assert f"cnnlab=={made.release.version}" in archive.read("setup.sh").decode()
    assert "Upload r/autograder.zip" in made.next_step(Path("r"))


def test_gradescopes_results_have_a_test_for_each_exercise_handed_in_or_not():
    release = make(["00", "01"]).release
    mark = Mark("window_mean", "pass", 1.0, 1.0, text="✓ window_mean passed")
    graded = [
        Graded("ada", NAME, "graded", (mark,), notes=("A test cell was edited; it does not count.",), seconds=2.0)
    ]
    found = autograde.results(release, graded)
    assert found["score"] == 1.0
    assert found["execution_time"] == 2.0
    assert found["output"] == "A test cell was edited; it does not count."
    assert [(t["name"], t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        ("window_mean", 1.0, 1.0, "passed"),
        ("cross_correlate2d", 0.0, 4, "failed"),
        ("diagonal_edge_kernel", 0.0, 2, "failed"),
        ("convolve2d", 0.0, 2, "failed"),
    ]
    assert found["tests"][0]["output"] == "✓ window_mean passed"
    assert found["tests"][1]["output"] == "01_edge_detection.ipynb was not handed in."
    unreadable = autograde.results(release, [Graded("ada", NAME, "unreadable", (), notes=("The file is empty.",))])
    assert unreadable["tests"][0]["output"] == "This notebook could not be graded."
    assert unreadable["output"] == "The file is empty."


@pytest.fixture
def container(tmp_path):
    """Lay Gradescope's folder out, with the zip unpacked; an answer may be handed in."""
    made = make(["00"], format="gradescope")
    root = tmp_path / "autograder"
    (root / "submission").mkdir(parents=True)
    (root / "results").mkdir()
    with zipfile.ZipFile(io.BytesIO(made.files["autograder.zip"])) as archive:
        archive.extractall(root / "source")

    def hand_in(answer, name=f"{NAME}.ipynb"):
        node = json.loads(made.files[f"notebooks/{NAME}.ipynb"])
        with_source(next(cell for cell in node["cells"] if part(cell)[0] == "exercise"), answer)
        (root / "submission" / name).write_text(json.dumps(node), encoding="utf-8")

    def graded():
        autograde.autograde(root)
        found = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
        return found["score"], [(test["name"], test["status"]) for test in found["tests"]], found["output"]

    graded.hand_in = hand_in
    return graded


@pytest.mark.parametrize(("answer", "score", "status"), [(ANSWER, 1.0, "passed"), (WRONG, 0.0, "failed")])
def test_what_is_handed_in_to_gradescope_is_graded(container, answer, score, status):
    container.hand_in(answer)
    assert container() == (score, [("window_mean", status)], "Graded by cnnlab.")


def test_nothing_handed_in_to_gradescope_is_told(container):
    score, tests, output = container()
    assert (score, tests) == (0, [("window_mean", "failed")])
    assert output == "There is no notebook in what you handed in. Hand in the .ipynb file."


def test_only_a_container_without_any_sandbox_is_trusted(container, monkeypatch, capsys):
    asked = []

    def grade_class(submissions, folder, out, options, watch):
        asked.append(options.limits.sandbox)
        raise Misuse("stop here")

    monkeypatch.setattr(autograde, "grade_class", grade_class)
    for landlock in ("", "The kernel has no Landlock."):
        steps = (Step("bubblewrap", "User namespaces are switched off here."), Step("landlock", landlock))
        monkeypatch.setattr(autograde, "available", lambda steps=steps: steps)
        container()
    assert asked == ["auto", "none"]
    assert "No sandbox in this container. bubblewrap: User namespaces" in capsys.readouterr().out
