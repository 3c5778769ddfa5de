"""A Dask cluster on this machine: a real scheduler and real workers, one of them killed in the middle of a job."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cnnlab.grading import cluster
from cnnlab.grading.model import GradingError
from tests.grading.standins import job

STANDIN = "tests.grading.standins:obey"
ROOT = Path(__file__).resolve().parents[2]

SCHEDULER = """
import asyncio
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
WORKER = """
import asyncio, sys
{before}
from distributed import Worker
async def main():
    async with Worker({address!r}, nthreads=1, dashboard=False, host="127.0.0.1") as worker:
        print(worker.address, flush=True)
        await worker.finished()
asyncio.run(main())
"""


@pytest.fixture
def start(tmp_path):
    """Start Python processes; they end with the test."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_TEMPORARY_DIRECTORY": str(tmp_path),
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s",  # to fetch a result from a worker that is gone
    }
    with contextlib.ExitStack() as stack:

        def start(code, **settings):
            settings = {"cwd": tmp_path, "env": environment, "stderr": subprocess.DEVNULL, **settings}
            process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **settings)
            stack.callback(process.wait)
            stack.callback(process.stdout.close)
            stack.callback(process.kill)
            process.said = process.stdout.readline().strip()
            return process

        yield start


@pytest.fixture
def scheduler(start):
    return start(SCHEDULER)


@pytest.fixture
def worker(start, scheduler):
    return lambda before="", **settings: start(WORKER.format(before=before, address=scheduler.said), **settings)


def grade(jobs, scheduler, **settings):
    return cluster.grade_all(jobs, address=scheduler.said, function=STANDIN, **settings)


def test_a_killed_worker_costs_one_retry_of_its_job(scheduler, worker, tmp_path):
    workers = [worker(), worker()]
    jobs = [job(f"learner{i}", "log", tmp_path / f"log{i}", 0.1) for i in range(8)]
    killer = job("killer", "kill-worker-once", tmp_path / "killed")
    results = {job.learner: graded for job, graded in grade([*jobs[:4], killer, *jobs[4:]], scheduler)}
    assert sorted(results) == sorted([*(f"learner{i}" for i in range(8)), "killer"])
    assert {graded.state for graded in results.values()} == {"graded"}
    assert [worker.poll() for worker in workers if worker.poll() is not None] == [-signal.SIGKILL]
    runs = [len((tmp_path / f"log{i}").read_text().split()) for i in range(8)]
    assert sum(runs) <= 8 + 2 * cluster.AHEAD - 1  # at most what was on the cluster beside the killer


@pytest.fixture
def result_lost(scheduler, worker, tmp_path):
    """A run of two jobs: one was handed over, the other was done and its worker is gone with the result."""
    only, log = worker(), tmp_path / "log"
    results = grade([job("ada", "log", log, 0), job("bob", "log", log, 0)], scheduler)
    handed = next(results)[0].learner
    deadline = time.monotonic() + 20
    while len(log.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)  # until the worker has told the scheduler, and the scheduler the client
    only.kill()
    time.sleep(0.5)  # until the scheduler has told the client that it lost it
    return results, {"ada": "bob", "bob": "ada"}[handed], log


def test_a_result_lost_with_its_worker_is_worked_out_again(result_lost, worker):
    results, other, log = result_lost
    late = threading.Timer(1, worker)
    late.start()
    (again, graded), *more = results
    late.join()
    assert (again.learner, graded.state, more) == (other, "graded", [])
    assert sorted(log.read_text().split()) == sorted(["ada", "bob", other])


def test_a_result_lost_with_the_last_worker_is_told(result_lost, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(GradingError, match=r"all workers have been gone for 0.5 seconds.*again to go on"):
        next(result_lost[0])


def test_what_dies_on_a_worker_leaves_the_worker_alive(scheduler, worker):
    only = worker()
    results = {job.learner: graded for job, graded in grade([job("ada", "die"), job("bob")], scheduler)}
    assert results["ada"].state == "error"
    assert "SIGKILL" in results["ada"].notes[0]
    assert results["bob"].state == "graded"
    assert only.poll() is None


def test_few_jobs_are_drawn_ahead_and_graders_end_with_the_run(scheduler, worker):
    worker()
    drawn, pids = [], set()

    def draw():
        for i in range(12):
            drawn.append(i)
            yield job(f"learner{i}", "who")

    for done, (_, graded) in enumerate(grade(draw(), scheduler), start=1):
        assert len(drawn) <= done + cluster.AHEAD
        pids.add(int(graded.notes[0]))
    assert done == 12
    assert len(pids) == 1
    assert not Path(f"/proc/{pids.pop()}").exists()


def test_a_refusal_stops_the_run(scheduler, worker):
    worker()
    with pytest.raises(GradingError, match=r"^There is no sandbox here\."):
        list(grade([job("ada", "refuse")], scheduler))


def test_no_scheduler_is_told(monkeypatch, caplog):
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with pytest.raises(GradingError, match=r"no scheduler answers at tcp://127.0.0.1:9 .*dask scheduler"):
        list(cluster.grade_all([job()], address="tcp://127.0.0.1:9"))


@pytest.mark.parametrize("address", ["nonsense", "nonsense://x:1", "tcp://host", "http://host:80", "tcp://host:"])
def test_what_is_no_address_is_told_before_anybody_is_asked(address):
    with pytest.raises(GradingError, match=rf"got '{address}', wanted a scheduler's address, such as tcp://host:8786"):
        list(cluster.grade_all([job()], address=address))


def test_a_scheduler_without_workers_is_told(scheduler, worker, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1.0)
    with pytest.raises(GradingError, match=r"has no workers\. Start some with: dask worker tcp://127"):
        list(grade([job()], scheduler))


def test_a_scheduler_that_dies_is_told(scheduler, worker, monkeypatch, caplog):
    monkeypatch.setattr(cluster, "CONNECT", 2.0)
    worker()
    results = grade([job("ada"), job("bob", "hang"), job("cyd", "hang")], scheduler)
    next(results)
    scheduler.kill()
    with pytest.raises(GradingError, match=r"run the same command again to go on"):
        list(results)


def test_workers_that_all_die_are_told(scheduler, worker, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    only = worker()
    results = grade([job("ada"), job("bob", "hang")], scheduler)
    next(results)
    only.kill()
    with pytest.raises(GradingError, match=r"all workers have been gone for 0.5 seconds.*again to go on"):
        list(results)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("import cnnlab; cnnlab.__version__ = '0.0'", "a worker has cnnlab 0.0, wanted "),
        ("sys.modules['cnnlab'] = None", "cannot import cnnlab"),
    ],
)
def test_a_worker_with_another_cnnlab_is_refused(scheduler, worker, before, told):
    worker(before)
    with pytest.raises(GradingError, match=told):
        list(grade([job()], scheduler))


def test_a_worker_that_comes_later_without_cnnlab_is_refused(scheduler, worker, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    worker()
    results = grade([job("ada"), job("bob", "hang")], scheduler)
    next(results)
    worker("sys.modules['cnnlab'] = None")
    with pytest.raises(GradingError, match="cannot import cnnlab"):
        list(results)


def test_without_dask_the_remedy_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GradingError, match=r"pip install 'cnnlab\[cluster\]'"):
        list(cluster.grade_all([job()], address="tcp://127.0.0.1:9"))


def test_a_cluster_of_this_machine_beside_another():
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # it is taken already
            stack.enter_context(socket.create_server(("", 8787)))  # the port Dask would like
        results = cluster.grade_all([job("ada"), job("bob")], address="local", workers=1, function=STANDIN)
        assert {job.learner: graded.points for job, graded in results} == {"ada": 6.0, "bob": 6.0}
