"""Grader processes that die, hang, grow or refuse cost one retry of one job; none stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnlab.grading import pipe, pool, process
from cnnlab.grading.model import GradingError
from tests.grading import standins
from tests.grading.standins import job

STANDIN = "tests.grading.standins:obey"
ROOT = Path(__file__).resolve().parents[2]


def grade(*jobs, workers=1, function=STANDIN):
    return {job.learner: graded for job, graded in pool.grade_all(jobs, workers=workers, function=function)}


def alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def until(true, seconds=15):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return value


def test_a_job_survives_the_pipe():
    again = pipe.unpack(pipe.pack(job("ädä\n", "x\ny\0\xff")))
    assert again == job("ädä\n", "x\ny\0\xff")


def test_every_job_is_graded_once_and_the_process_is_kept():
    results = grade(*(job(f"learner{i}", "who") for i in range(5)))
    assert sorted(results) == [f"learner{i}" for i in range(5)]
    assert {graded.points for graded in results.values()} == {6.0}
    assert len({graded.notes for graded in results.values()}) == 1


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("die", "It was ended by SIGKILL (often: the machine had no memory left)."),
        ("exit", "It ended with exit code 3. the last words"),
        ("raise", "ValueError: got a bug"),
    ],
)
def test_what_dies_twice_is_an_error_and_the_others_are_graded(order, said):
    results = grade(job("ada", order), job("bob"), job("cyd"), workers=2)
    assert results["ada"].state == "error"
    assert results["ada"].notes == (f"The grader process failed twice. {said}",)
    assert [(mark.state, mark.points, mark.most) for mark in results["ada"].marks] == [("error", 0, 2), ("error", 0, 4)]
    assert results["bob"].state == results["cyd"].state == "graded"
    assert results["bob"].notes == results["cyd"].notes == ()


def test_what_dies_once_is_graded_at_the_second_attempt(tmp_path):
    results = grade(job("ada", "die-once", tmp_path / "died"), job("bob", "who"), job("cyd", "who"))
    assert results["ada"].points == 6.0
    assert "at the second attempt. It was ended by SIGKILL" in results["ada"].notes[0]
    assert results["bob"].notes == results["cyd"].notes


def test_what_hangs_is_stopped_and_retried(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "deadline", lambda job: 0.5)
    results = grade(job("ada", "hang"), job("bob", "hang-once", tmp_path / "hung"), workers=2)
    assert results["ada"].notes == (
        "The grader process failed twice. It gave no answer for 0.5 seconds and was stopped.",
    )
    assert results["bob"].state == "graded"


def test_a_process_that_grew_is_replaced(monkeypatch):
    monkeypatch.setattr(process, "GROWTH", 50)
    jobs = [job("a", "who"), job("b", "who"), job("c", "grow", 100), job("d", "who")]
    results = grade(*jobs)
    assert results["a"].notes == results["b"].notes != results["d"].notes


def test_memory_of_a_grader_has_a_bound():
    results = grade(job("ada", "grow", 5000), job("bob"))
    assert results["ada"].notes == ("The grader process failed twice. MemoryError",)
    assert results["bob"].state == "graded"


def test_prints_do_not_disturb_the_pipe():
    assert grade(job("ada", "shout"))["ada"].state == "graded"


def test_a_refusal_stops_the_run():
    with pytest.raises(GradingError, match=r"^There is no sandbox here\. Install bubblewrap\.$"):
        grade(job("ada", "refuse"), job("bob"))


def test_a_grader_that_cannot_start_stops_the_run():
    with pytest.raises(GradingError, match=r"did not start\. It ended with exit code 1\. ModuleNotFoundError.*doctor"):
        grade(job(), function="no_such_module:grade")


def test_a_module_in_the_folder_we_are_in_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "queue.py").write_text("raise SystemExit('a learner ran')")
    monkeypatch.chdir(tmp_path)
    (file,) = grade(job("ada", "where"))["ada"].notes
    assert Path(file).parent != tmp_path


def test_few_jobs_are_drawn_ahead():
    drawn = []

    def draw():
        for i in range(20):
            drawn.append(i)
            yield job(f"learner{i}")

    for done, _ in enumerate(pool.grade_all(draw(), workers=2, function=STANDIN), start=1):
        assert len(drawn) <= done + 4
    assert done == 20


def test_stopping_early_ends_all_that_was_started(tmp_path):
    pids = tmp_path / "pids"
    results = pool.grade_all([job("ada"), job("bob", "child", pids)], workers=1, function=STANDIN)
    next(results)
    grader, child = map(int, until(lambda: pids.exists() and pids.read_text()).split())
    assert alive(grader)
    results.close()
    until(lambda: not alive(grader) and not alive(child))


def test_a_killed_run_leaves_no_process(tmp_path):
    pids = tmp_path / "pids"
    lines = [
        "from cnnlab.grading import pool; from tests.grading.standins import job",
        f"list(pool.grade_all([job('ada', 'child', {str(pids)!r})], workers=1, function={STANDIN!r}))",
    ]
    run = subprocess.Popen([sys.executable, "-c", "\n".join(lines)], cwd=ROOT)
    grader, child = map(int, until(lambda: pids.exists() and pids.read_text()).split())
    run.send_signal(signal.SIGKILL)
    run.wait()
    until(lambda: not alive(grader) and not alive(child))


def test_the_grader_process_is_not_in_the_terminals_group(tmp_path):
    pids = tmp_path / "pids"
    results = pool.grade_all([job("ada"), job("bob", "child", pids)], workers=1, function=STANDIN)
    next(results)
    grader, _ = map(int, until(lambda: pids.exists() and pids.read_text()).split())
    assert os.getpgid(grader) == grader != os.getpgrp()
    results.close()


def test_a_deadline_leaves_time_for_every_exercise():
    assert pool.deadline(job(seconds=5.0)) > len(standins.SHEET.exercises) * 5.0
