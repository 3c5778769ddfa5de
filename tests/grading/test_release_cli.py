"""``cnnlab release`` and ``cnnlab strength --release`` as an instructor types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnnlab import cli, workspace
from cnnlab.grading.model import Release
from cnnlab.grading.release import FORMATS


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*words):
        result = CliRunner().invoke(cli.main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


def test_a_release_tells_of_each_notebook_the_points_and_the_next_step(run):
    result = run("release", "02", "conv_forward", "--out", "week2", "--title", "Week 2")
    assert result.exit_code == 0
    assert [line.rstrip() for line in result.output.split("\n")] == [
        "02_padding_and_stride: 6 exercises graded.",
        "03_convolution_over_volumes: 1 exercise graded, 2 as practice.",
        "",
        "Notebook                     Exercises  Points",
        "02_padding_and_stride                6      13",
        "03_convolution_over_volumes          1       6",
        "all                                  7      19",
        "",
        "Hand out week2/notebooks with README.md and requirements.txt.",
        "Later: cnnlab grade SUBMISSIONS --release week2 --out scores",
        "",
    ]
    assert Release.read(Path("week2")).title == "Week 2"
    readme = Path("week2/README.md").read_text(encoding="utf-8")
    assert readme.startswith("# Week 2\n\n2 notebooks, 19 points.\n")
    assert "| `conv_forward` | 6 |" in readme
    assert Path("week2/requirements.txt").read_text() == f"cnnlab[lab]=={Release.read(Path('week2')).version}\n"
    assert {path.name for path in Path("week2/notebooks").iterdir()} == {
        *("02_padding_and_stride.ipynb", "03_convolution_over_volumes.ipynb")
    }


def test_the_command_knows_every_format():
    (option,) = (option for option in cli.main.commands["release"].params if option.name == "format")
    assert list(option.type.choices) == list(FORMATS)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("padding",), "wanted the number or name of a notebook"),
        (("02", "--exercises", "zero_pad, same_paddin"), "Did you mean same_padding"),
        (("02", "--points", "none.csv"), "--points: none.csv cannot be read: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line_with_a_remedy_and_nothing_is_written(run, words, told):
    result = run("release", *words, "--out", "r")
    assert result.exit_code == 1
    assert told in result.output
    assert result.output.count("\n") == 1
    assert not Path("r").exists()


def test_a_full_folder_is_refused_before_anything_is_made(run):
    Path("r").mkdir()
    Path("r/mine.txt").write_text("mine")
    assert run("release", "00", "--out", "r").output == "--out: r is not empty. Name a new folder.\n"
    assert "no earlier release to replace" in run("release", "00", "--out", "r", "--force").output
    assert run("release", "00", "--out", "s").exit_code == 0
    assert "--force" in run("release", "00", "--out", "s").output
    assert run("release", "01", "--out", "s", "--force").exit_code == 0
    assert [path.name for path in Path("s/notebooks").iterdir()] == ["01_edge_detection.ipynb"]


def test_a_leak_writes_nothing(run, monkeypatch):
    edition = workspace.edition()
    node = json.loads(edition["00_start_here.ipynb"])
    node["cells"][0]["source"].append("\n    return window . sum() / window.size")
    edition["00_start_here.ipynb"] = json.dumps(node).encode()
    monkeypatch.setattr(workspace, "edition", lambda: edition)
    result = run("release", "00", "--out", "r")
    assert result.exit_code == 1
    assert f"notebooks/00_start_here.ipynb, cell 1 ({node['cells'][0]['id']}), source: " in result.output
    assert "'return window . sum() / window.size'" in result.output
    assert not Path("r").exists()


def test_strength_of_a_release_tries_its_exercises(run):
    assert run("release", "window_mean", "--out", "r").exit_code == 0
    result = run("strength", "--release", "r")
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.split("\n") if line and line[0].islower()]
    assert names == ["window_mean"]
    result = run("strength", "--release", "elsewhere")
    assert result.exit_code == 1
    assert "elsewhere has no release.json. Name the folder that cnnlab release made." in result.output
