"""The command line as a user types it: what it says, where it leads, how it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import cnnlab
from cnnlab import authoring, cli, course, doctor, progress, workspace

EDITION = {"00_start_here.ipynb": b"first", "01_edge_detection.ipynb": b"first"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run ``cnnlab …`` in an empty folder; ``lab`` opens nothing and notes what it would have opened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workspace, "edition", lambda: EDITION)
    monkeypatch.setattr(progress, "_memory", progress._Book())  # what other tests did is not this learner's
    opened = []
    monkeypatch.setattr(workspace, "open_lab", lambda folder, options: opened.append((folder, options)) or 7)

    def invoke(*words, **settings):
        result = CliRunner().invoke(cli.main, words, **settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    invoke.opened = opened
    return invoke


def test_help_names_every_command(run):
    result = run("--help")
    assert result.exit_code == 0
    for command in ("lab", "doctor", "progress", "build"):
        assert f"\n  {command} " in result.output
        assert run(command, "--help").exit_code == 0


def test_version(run):
    assert run("--version").output == f"cnnlab {cnnlab.__version__}\n"


def test_python_m_cnnlab_speaks_where_no_sign_can_be_shown(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(workspace.PACKAGE.parent), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "cnnlab", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout.rstrip().endswith("everything that the course needs is ready.")


@pytest.mark.parametrize("words", [["lob"], ["lab", "--port", "many"], ["lab", "--port", "70000"], ["lab", "folder"]])
def test_what_is_not_understood_ends_with_2(run, words):
    result = run(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not run.opened


def test_a_folder_without_dir_is_told_how(run):
    assert "To name your folder write: cnnlab lab --dir folder" in run("lab", "folder").output


def test_lab_lays_out_opens_and_passes_on_options_and_exit_code(run):
    result = run("lab", "--no-browser", "--port", "8899", "--ip", "0.0.0.0", "--", "--debug")
    assert result.exit_code == 7
    options = ["--no-browser", "--ServerApp.port=8899", "--ServerApp.ip=0.0.0.0", "--debug"]
    assert run.opened == [(Path("cnnlab-course"), options)]
    assert {path.name for path in Path("cnnlab-course").glob("*.ipynb")} == set(EDITION)
    assert str(Path("cnnlab-course").resolve()) in result.output
    assert "added" not in result.output  # a new folder needs no list


def test_lab_says_what_became_of_a_touched_notebook(run, monkeypatch):
    run("lab", "--dir", "mine")
    Path("mine/00_start_here.ipynb").write_bytes(b"my answer")
    monkeypatch.setattr(workspace, "edition", lambda: dict.fromkeys(EDITION, b"second"))
    output = run("lab", "--dir", "mine").output
    assert "00_start_here.ipynb is yours and stays as it is" in output
    assert "00_start_here.new.ipynb" in output
    assert "01_edge_detection.ipynb is now the newer edition" in output
    assert Path("mine/00_start_here.ipynb").read_bytes() == b"my answer"
    assert "newer edition" not in run("lab", "--dir", "mine").output


def test_lab_in_a_file_is_one_line_with_a_remedy(run):
    Path("notes").write_text("mine")
    result = run("lab", "--dir", "notes")
    assert result.exit_code == 1
    assert result.output.startswith("--dir: got notes")
    assert result.output.count("\n") == 1
    assert "Choose another folder: cnnlab lab --dir FOLDER" in result.output
    assert run("lab", "--dir", "FOLDER").exit_code == 7


def test_lab_without_jupyterlab_lays_out_and_says_how_to_get_it(run, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("lab")
    assert result.exit_code == 1
    assert "JupyterLab is not installed here. Run: " in result.output
    assert "cnnlab[lab]" in result.output
    assert Path("cnnlab-course/00_start_here.ipynb").exists()
    assert not run.opened


def test_doctor_ends_with_1_and_the_remedy_on_a_line_of_its_own(run, monkeypatch):
    missing = doctor.Finding("numpy", "1.20.0", ">=1.26", "missing", "python -m pip install 'numpy>=1.26'")
    spare = doctor.Finding("nbgrader", "not installed", "to grade", "optional")
    monkeypatch.setattr(doctor, "report", lambda: doctor.Report((missing, spare)))
    result = run("doctor")
    assert result.exit_code == 1
    assert "\n    python -m pip install 'numpy>=1.26'\n" in result.output
    assert result.output.endswith("this is missing and the course needs it: numpy.\n")
    monkeypatch.setattr(doctor, "report", lambda: doctor.Report((spare,)))
    assert run("doctor").exit_code == 0


def test_progress_outside_a_course_folder_says_where_to_go(run):
    result = run("progress")
    assert result.exit_code == 1
    assert "is no course folder. Name yours with --dir, or make one: cnnlab lab" in result.output
    run("lab")
    assert run("progress").exit_code == 0
    assert run("progress", "--dir", "nowhere").exit_code == 1


def test_progress_shows_exports_and_wipes(run, monkeypatch):
    run("lab")
    with monkeypatch.context() as inside:
        inside.chdir("cnnlab-course")
        progress.record("window_mean", passed=True)
        progress.record_hint("convolve2d", 2)
    result = run("progress", "--export", "kept.json")
    lines = {re.split(r"\s{2,}", line)[1]: line for line in result.output.splitlines() if line.startswith("0")}
    assert set(lines) == set(course.exercises())
    assert "passed" in lines["window_mean"]
    assert "1 of 1" in lines["window_mean"]
    assert "2 of 3" in lines["convolve2d"]
    assert f"1 of {len(lines)} exercises passed." in result.output
    assert json.loads(Path("kept.json").read_text())["exercises"]["window_mean"]["passes"] == 1

    assert run("progress", "--export", "kept.json").exit_code == 1  # never overwritten
    assert f"1 of {len(lines)}" in run("progress", "--wipe", input="n\n").output
    assert f"1 of {len(lines)}" in run("progress", "--wipe", "--yes").output
    assert f"0 of {len(lines)}" in run("progress").output


@pytest.fixture
def sources(run):
    cli.SOURCE.mkdir(parents=True)


def test_build_outside_a_checkout_says_where_to_go(run):
    result = run("build")
    assert result.exit_code == 1
    assert "There is no notebooks/source here. Go to the top of a checkout" in result.output


@pytest.mark.usefixtures("sources")
def test_build_passes_its_options_on(run, monkeypatch):
    calls = []

    def build(*folders, report, **options):
        calls.append((folders, options))
        report("01: done")
        return [Path("a"), Path("b")]

    monkeypatch.setattr(authoring, "build", build)
    result = run("build", "01", "--no-execute", "--solution", "elsewhere")
    assert calls == [((cli.SOURCE, cli.LEARNER, Path("elsewhere")), {"only": ("01",), "execute": False})]
    assert result.output == "01: done\n2 notebooks written.\n"


@pytest.mark.usefixtures("sources")
def test_build_check_ends_with_1_when_a_notebook_differs(run, monkeypatch):
    monkeypatch.setattr(authoring, "check_drift", lambda *folders, **options: ["notebooks/01.ipynb: differs."])
    result = run("build", "--check")
    assert (result.exit_code, result.output) == (1, "notebooks/01.ipynb: differs.\n")
    monkeypatch.setattr(authoring, "check_drift", lambda *folders, **options: [])
    assert run("build", "--check").exit_code == 0


@pytest.mark.usefixtures("sources")
def test_build_tells_an_author_s_mistake_with_its_line(run):
    Path("notebooks/source/01_edge_detection.py").write_text("# %%\n# BEGIN SOLUTION\n")
    result = run("build")
    assert result.exit_code == 1
    assert "notebooks/source/01_edge_detection.py:2: " in result.output


def test_build_without_its_tools_says_how_to_get_them(tmp_path):
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    program = "import sys; sys.modules['jupytext'] = None; from cnnlab.cli import main; main(['build'])"
    environment = {**os.environ, "PYTHONPATH": str(workspace.PACKAGE.parent)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "needs jupytext, which is not installed. Run: pip install 'cnnlab[dev]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_checkout_that_was_never_installed_says_what_to_run(tmp_path):
    program = "import sys, runpy; sys.modules['click'] = None; runpy.run_module('cnnlab', run_name='__main__')"
    environment = {**os.environ, "PYTHONPATH": str(workspace.PACKAGE.parent)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("cnnlab needs click, which is not installed. Run: make lab")
    assert done.stderr.count("\n") == 1
