"""``cnnlab grade`` as an instructor types it: what it says, how it ends, how it goes on after a stop or a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnnlab import cli
from cnnlab.grading import pool
from cnnlab.grading.model import Release
from tests.grading.standins import SHEET, notebook

ROOT = Path(__file__).resolve().parents[2]
STANDIN = "tests.grading.standins:obey"


@pytest.fixture
def hand_in(tmp_path, monkeypatch):
    """Make a release; return what hands notebooks in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pool, "FUNCTION", STANDIN)
    Path("release").mkdir()
    Release("Edges", "2026-09-01", "0.1", (SHEET,)).write(Path("release"))
    Path("in").mkdir()
    return lambda learner, *order: Path("in", f"{learner}_01_edges.ipynb").write_bytes(notebook(*order))


def grade(*words, submissions="in"):
    result = CliRunner().invoke(cli.main, ["grade", submissions, "--release", "release", "--out", "out", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_class_without_trouble_ends_with_0(hand_in):
    hand_in("ada")
    hand_in("bob", "share", 0.5)
    result = grade("--workers", "1")
    assert result.exit_code == 0
    assert "2 notebooks to grade." in result.output
    assert "2 of 2 graded, " in result.output
    assert "4.50 of 6" in result.output
    assert "\n\n\n" not in result.output
    assert f"Report: {Path('out', 'report.html')}" in result.output
    again = grade()
    assert again.exit_code == 0
    assert "0 notebooks to grade; 2 graded before stay as they are." in again.output


def test_each_failure_is_one_line_and_ends_with_1(hand_in):
    hand_in("ada", "exit")
    hand_in("bob", "unreadable")
    hand_in("cyd")
    result = grade("--workers", "2")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    wanted = "ada/01_edges: error. The grader process failed twice. It ended with exit code 3. the last words"
    assert wanted in lines
    assert "bob/01_edges: unreadable. It is not JSON." in lines
    assert ["01_edges", "1", "1", "1", "6.00", "of", "6"] in [line.split() for line in lines]


@pytest.mark.parametrize(("strangers", "told"), [(1, "1 file could not"), (2, "2 files could not")])
def test_what_is_no_notebook_of_the_release_is_counted(hand_in, strangers, told):
    hand_in("ada")
    for i in range(strangers):
        Path("in", f"other{i}.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    result = grade()
    assert result.exit_code == 1
    assert f"{told} be taken for a notebook of the release." in result.output


def test_a_refusal_is_one_red_line_and_ends_with_1(hand_in):
    hand_in("ada", "refuse")
    result = grade()
    assert result.exit_code == 1
    assert result.output.endswith("to grade.\nThere is no sandbox here. Install bubblewrap.\n")
    assert "Traceback" not in result.output


def test_a_damaged_store_is_left_alone(hand_in):
    hand_in("ada")
    Path("out").mkdir()
    Path("out", "results.sqlite").write_bytes(b"notes" * 1000)
    result = grade()
    assert result.exit_code == 1
    assert "is damaged, or is no database. It was left as it is. Move it away" in result.output
    assert Path("out", "results.sqlite").read_bytes() == b"notes" * 1000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--workers", "0"], "--workers"),
        (["--timeout", "soon"], "--timeout"),
        (["--memory", "255"], "256<=x"),
        (["--timeout", "inf"], "--timeout"),
        (["--sandbox", "none"], "--sandbox"),
        (["--due", "2026-10-01T23:59"], "without a time zone"),
        (["--due", "2026-10-01T23:59Z", "--late", "much"], "--late: got 'much'"),
        (["--late", "zero"], "need --due"),
        (["--due", "2026-10-01T23:59Z", "--extensions", "nowhere.csv"], "cannot be read"),
        (["--roster", "nowhere.csv"], "--roster"),
        (["--trust", "--sandbox", "landlock"], "wanted one of them"),
        (["--only", "eve"], "nothing fits eve"),
        (["--out", "in/out"], "lies in the folder of SUBMISSIONS"),
        (["--release", "in"], "has no release.json"),
        (["--release", "release/release.json"], "has no release.json. Name the folder"),
        (["--nbgrader", "in"], "no course of nbgrader"),
        (["more"], "unexpected extra argument"),
    ],
)
def test_what_is_not_understood_ends_with_2_and_grades_nothing(hand_in, words, told):
    hand_in("ada")
    result = grade(*words)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
    assert not Path("out", "scores.csv").exists()


def test_submissions_that_are_not_there_end_with_2(hand_in):
    assert grade(submissions="nowhere").exit_code == 2


def test_trust_warns(hand_in):
    hand_in("ada", "sandbox")
    result = grade("--trust")
    assert result.exit_code == 0
    assert result.output.startswith("--trust: learners' code runs without a sandbox. It can read and change all")
    assert "none" in Path("out", "scores.json").read_text()


def test_a_cluster_of_this_machine_gives_the_same_scores(hand_in):
    hand_in("ada", "share", 0.5)
    assert grade().exit_code == 0
    here = Path("out", "scores.csv").read_bytes()
    result = grade("--out", "other", "--cluster", "local", "--workers", "1")
    assert (result.exit_code, "1 notebook to grade." in result.output) == (0, True)
    assert Path("other", "scores.csv").read_bytes() == here


def test_the_policy_is_applied(hand_in):
    hand_in("ada")
    os.utime("in/ada_01_edges.ipynb", (1_790_000_000, 1_790_000_000))  # 2026-09-21T14:13:20Z
    result = grade("--due", "2026-09-21T12:00 Europe/London", "--late", "10%/hour", "--file-times")
    assert result.exit_code == 0
    assert "3 hours 13 minutes late: 40 % less." in Path("out", "scores.csv").read_text()
    assert "3.60 of 6" in result.output


@pytest.mark.parametrize("hard", [False, True], ids=["Ctrl-C", "kill -9"])
def test_a_stopped_run_goes_on_where_it_was(hand_in, tmp_path, hard):
    learners = [f"learner{i:02}" for i in range(12)]
    for learner in learners:
        hand_in(learner, "log", tmp_path / "log", 0.15)
    log, command = tmp_path / "log", ["grade", "in", "--release", "release", "--out", "out", "--workers", "2"]
    code = f"from cnnlab import cli; from cnnlab.grading import pool; pool.FUNCTION = {STANDIN!r}; cli.main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    settings = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}

    with subprocess.Popen([sys.executable, "-c", code, *command], **settings) as run:
        until(lambda: log.exists() and len(log.read_text().split()) > 4)
        run.send_signal(signal.SIGKILL if hard else signal.SIGINT)
        told = run.stdout.read()
    if not hard:
        assert run.returncode == 130
        assert "notebooks are graded and kept. The same command goes on from there." in told
        assert "Traceback" not in told
    kept = {learner for learner, _ in results()}
    assert len(kept) >= 3
    until(lambda: not processes_that_grade())

    done = subprocess.run([sys.executable, "-c", code, *command], **settings, timeout=60)
    assert done.returncode == 0, done.stdout
    assert f"{12 - len(kept)} notebooks to grade; {len(kept)} graded before stay" in done.stdout
    assert Counter(results()) == dict.fromkeys([(learner, "graded") for learner in learners], 1)
    begun = Counter(log.read_text().split())
    assert all(begun[learner] == 1 for learner in kept)
    assert sum(begun.values()) <= 12 + 4  # only what each worker was at, and had just done, when it was stopped
    assert len(Path("out", "scores.csv").read_text().splitlines()) == 1 + 12 * 2


def results():
    with closing(sqlite3.connect("out/results.sqlite")) as database:
        return database.execute("SELECT learner, state FROM results").fetchall()


def processes_that_grade():
    """Return the grader processes of this test: they work in its folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"cnnlab.grading" in (process / "cmdline").read_bytes() and (process / "cwd").readlink() == Path.cwd():
                found.append(process.name)
        except OSError:
            continue
    return found


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
