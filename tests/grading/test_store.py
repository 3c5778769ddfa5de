"""Results are kept: rows are only added, a damaged or foreign file is left alone, two runs do not mix."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab.grading import store as module
from cnnlab.grading.model import GradingError, Limits
from cnnlab.grading.store import FILE, Store, key
from tests.grading.standins import SHEET, graded, job

ROOT = Path(__file__).resolve().parents[2]


def test_a_result_comes_back_as_it_was(tmp_path):
    ada = job("ada")
    with Store.open(tmp_path / "out") as store:
        assert store.get(key(ada)) is None
        store.add(ada, graded(ada, "ein Wörtchen"))
    with Store.open(tmp_path / "out") as store:
        assert store.get(key(ada)) == graded(ada, "ein Wörtchen")
        assert store.whose() == {("ada", SHEET.name)}


@pytest.mark.parametrize(
    "change",
    [
        {"learner": "bob"},
        {"content": b"other"},
        {"seed": 1},
        {"limits": Limits(seconds=60)},
        {"limits": Limits(memory=99)},
        {"limits": Limits(sandbox="none")},
        {"sheet": replace(SHEET, exercises=SHEET.exercises[:1])},
        {"sheet": replace(SHEET, given={"a": "import numpy"})},
    ],
)
def test_what_could_change_a_result_changes_its_key(change):
    assert key(replace(job("ada"), **change)) != key(job("ada"))


def test_another_version_grades_anew_but_another_sandbox_does_not(monkeypatch):
    before = key(job("ada"))
    assert key(replace(job("ada"), limits=Limits(sandbox="landlock"))) == before
    monkeypatch.setattr(module, "__version__", "9.9")
    assert key(job("ada")) != before


def test_the_newest_result_counts_and_the_old_one_stays(tmp_path):
    ada = job("ada")
    with Store.open(tmp_path) as store:
        store.add(ada, replace(graded(ada), state="error"))
        store.add(ada, graded(ada))
        assert store.get(key(ada)).state == "graded"
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        states = [state for (state,) in database.execute("SELECT state FROM results ORDER BY result")]
        assert states == ["error", "graded"]
        for change in ("DELETE FROM results", "UPDATE results SET points = 100"):
            with pytest.raises(sqlite3.IntegrityError, match="results are kept"):
                database.execute(change)


def test_the_seed_is_drawn_once_and_can_be_set(tmp_path):
    seeds = []
    for wanted in (None, None, 7, None):
        with Store.open(tmp_path, seed=wanted) as store:
            seeds.append(store.seed)
    assert seeds[0] == seeds[1] != 7
    assert seeds[2:] == [7, 7]
    with Store.open(tmp_path / "other") as store:
        assert store.seed != seeds[0]


def test_every_run_is_noted_with_its_settings(tmp_path):
    with Store.open(tmp_path, settings={"late": "10%/day"}):
        pass
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("SELECT settings FROM runs").fetchall() == [('{"late": "10%/day"}',)]


def damaged(path, share=0.5):
    with Store.open(path.parent) as store:
        for i in range(200):
            store.add(job(f"learner{i}"), graded(job(f"learner{i}")))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])


def scratched(path):
    damaged(path, share=1)
    with path.open("r+b") as file:  # the head stays whole
        file.seek(8 * 4096)
        file.write(b"\xff" * 4096)


def foreign(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE gradebook (name)")


def newer(path):
    with Store.open(path.parent):
        pass
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b"no database at all, but long enough" * 50), "is damaged, or is no database"),
        (damaged, "is damaged, or is no database"),
        (scratched, "is damaged, or is no database"),
        (foreign, "is a database of another program"),
        (newer, "is of another version of cnnlab (99, wanted 1)"),
        (lambda path: path.mkdir(), "cannot be written"),
    ],
)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path, make, told):
    path = tmp_path / FILE
    make(path)
    before = path.is_file() and path.read_bytes()
    with pytest.raises(GradingError) as caught, Store.open(tmp_path):
        pass
    assert told in str(caught.value)
    assert (path.is_file() and path.read_bytes()) == before
    if "Move it away" in str(caught.value):  # the remedy works
        path.rename(tmp_path / "away")
        with Store.open(tmp_path) as store:
            assert store.whose() == set()


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(GradingError, match=r"cannot be used: .*Name a folder to write in\."), Store.open(folder):
            pass


@pytest.mark.parametrize("begun", [b"", "wal"])
def test_a_store_whose_first_run_was_killed_at_once_is_laid_out(tmp_path, begun):
    if begun == "wal":
        with closing(sqlite3.connect(tmp_path / FILE)) as database:
            database.execute("PRAGMA journal_mode = WAL")
    else:
        (tmp_path / FILE).write_bytes(begun)
    with Store.open(tmp_path) as store:
        store.add(job(), graded(job()))


def test_a_store_in_use_by_another_program_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    with Store.open(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradingError, match=r"in use by another program\. Close that program"), Store.open(tmp_path):
            pass


def test_a_full_disk_is_told_and_what_was_graded_is_kept(tmp_path):
    with Store.open(tmp_path) as store:
        store.add(job("ada"), graded(job("ada")))
        (pages,) = store._database.execute("PRAGMA page_count").fetchone()
        store._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(GradingError, match=r"is full\. Make room, then run this again"):
            store.add(job("bob"), graded(job("bob"), "x" * 100_000))
        assert store.whose() == {("ada", SHEET.name)}


def test_two_runs_in_one_folder_do_not_mix(tmp_path):
    with Store.open(tmp_path):
        with (
            pytest.raises(GradingError, match=r"another run is grading.*Wait until"),
            Store.open(tmp_path),
        ):
            pass
        with Store.open(tmp_path / "other"):
            pass
    with Store.open(tmp_path):
        pass


def test_the_lock_of_a_killed_run_does_not_hold(tmp_path):
    lines = f"from pathlib import Path; from cnnlab.grading.store import Store; import time\n" \
        f"with Store.open(Path({str(tmp_path)!r})): print('in', flush=True); time.sleep(100)"  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", lines], cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout.readline() == b"in\n"
        with pytest.raises(GradingError, match="another run"), Store.open(tmp_path):
            pass
        run.send_signal(signal.SIGKILL)
    with Store.open(tmp_path) as store:
        store.add(job(), graded(job()))


def test_a_killed_run_keeps_every_result_it_told(tmp_path):
    lines = f"""
from pathlib import Path
from cnnlab.grading.store import Store
from tests.grading.standins import job, graded
with Store.open(Path({str(tmp_path)!r})) as store:
    for i in range(10**6):
        store.add(job(f"learner{{i}}"), graded(job(f"learner{{i}}")))
        print(i, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", lines], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            if int(line) == 20:
                run.kill()
                break
        told = 20 + len(run.stdout.read().split())
    with Store.open(tmp_path) as store:
        assert {(f"learner{i}", SHEET.name) for i in range(told + 1)} <= store.whose()
