"""The results of all runs into a folder, in one SQLite file to which rows are only ever added.

A result belongs to what was graded and with what: the learner, the bytes handed in, the notebook as it was released,
the seed, the limits and the version. Where none of this has changed, it is not graded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cnnlab import __version__
from cnnlab.grading.lock import locked
from cnnlab.grading.model import Graded, GradingError, Job

__all__ = ["FILE", "Store", "key", "state"]

FILE = "results.sqlite"
APPLICATION, FORMAT = 0x636E6E67, 1  # "cnng"; both are in the file's head
PATIENCE = 5.0  # seconds to wait for another program that is reading or writing
REMEDY = "It was left as it is. Move it away and grade again, or name another folder with --out."
TABLES = """
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, version TEXT NOT NULL, seed INTEGER NOT NULL,
    settings TEXT NOT NULL
);
CREATE TABLE results (
    result INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, finished TEXT NOT NULL,
    key TEXT NOT NULL, learner TEXT NOT NULL, notebook TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
    points REAL NOT NULL, graded TEXT NOT NULL
);
CREATE INDEX results_by_key ON results (key);
CREATE TRIGGER results_stay BEFORE UPDATE ON results BEGIN SELECT RAISE(ABORT, 'results are kept'); END;
CREATE TRIGGER results_remain BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'results are kept'); END;
"""


def key(job: Job) -> str:
    """Return what a result belongs to, as a digest.

    The kind of sandbox does not count; whether there is one does.
    """
    facts = {
        "learner": job.learner,
        "sheet": asdict(job.sheet),
        "content": hashlib.sha256(job.content).hexdigest(),
        "seed": job.seed,
        "seconds": float(job.limits.seconds),
        "memory": job.limits.memory,
        "trusted": job.limits.sandbox == "none",
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def state(graded: Graded) -> str:
    """Return how grading ended: "graded", "unreadable", or "error" where the grader failed on one exercise or all."""
    return "error" if any(mark.state == "error" for mark in graded.marks) else graded.state


class Store:
    """The results in a folder, open for one run. Made by :meth:`open`.

    Attributes
    ----------
    seed : int
        Of the numbers that only the grader knows: that of the run before, unless another was given.
    """

    def __init__(self, path: Path, database: sqlite3.Connection, run: int, seed: int) -> None:
        self.path = path
        self.seed = seed
        self._database = database
        self._run = run

    @classmethod
    @contextlib.contextmanager
    def open(
        cls, folder: Path, *, seed: int | None = None, settings: Mapping[str, Any] | None = None
    ) -> Iterator[Store]:
        """Open the store of a folder, both made if they are not there, and note the run in it.

        Raises
        ------
        GradingError
            If the folder or the file cannot be used, or another run is using it. The file stays as it is.
        """
        path = folder / FILE
        with contextlib.ExitStack() as stack:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(locked(folder))
            except OSError as error:
                told = error.strerror or error
                raise GradingError(f"--out: {folder} cannot be used: {told}. Name a folder to write in.") from error
            with _told(path):
                database = stack.enter_context(contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)))
                _prepare(path, database)
                run, seed = _begin(database, seed, settings or {})
            yield cls(path, database, run, seed)

    def add(self, job: Job, graded: Graded) -> None:
        """Keep a result; once this returns, no kill can lose it."""
        digest = hashlib.sha256(job.content).hexdigest()
        row = (self._run, _now(), key(job), graded.learner, graded.sheet, digest, state(graded), graded.points)
        with _told(self.path), self._database:
            self._database.execute(
                "INSERT INTO results (run, finished, key, learner, notebook, digest, state, points, graded)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, graded.to_json()),
            )

    def get(self, key: str) -> Graded | None:
        """Return the newest result for a key."""
        with _told(self.path):
            query = "SELECT graded FROM results WHERE key = ? ORDER BY result DESC LIMIT 1"
            row = self._database.execute(query, (key,)).fetchone()
        return Graded.from_json(row[0]) if row else None

    def whose(self) -> set[tuple[str, str]]:
        """Return each learner and notebook that ever got a result here."""
        with _told(self.path):
            return set(self._database.execute("SELECT DISTINCT learner, notebook FROM results"))


def _prepare(path: Path, database: sqlite3.Connection) -> None:
    """See that the file is ours and sound; lay out a new one."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == 0 and tables == 0:  # new, or its run was killed before this was done
        database.execute("PRAGMA journal_mode = WAL")
        head = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};"
        database.executescript(f"BEGIN IMMEDIATE; {head} {TABLES} COMMIT;")
    elif application != APPLICATION:
        raise GradingError(f"--out: {path} is a database of another program. {REMEDY}")
    elif version != FORMAT:
        raise GradingError(f"--out: {path} is of another version of cnnlab ({version}, wanted {FORMAT}). {REMEDY}")
    else:
        (finding,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise sqlite3.DatabaseError("malformed")


def _begin(database: sqlite3.Connection, seed: int | None, settings: Mapping[str, Any]) -> tuple[int, int]:
    with database:
        if seed is None:
            row = database.execute("SELECT seed FROM runs ORDER BY run DESC LIMIT 1").fetchone()
            seed = row[0] if row else secrets.randbits(63)
        facts = (_now(), __version__, seed, json.dumps(dict(settings)))
        cursor = database.execute("INSERT INTO runs (started, version, seed, settings) VALUES (?, ?, ?, ?)", facts)
    assert cursor.lastrowid
    return cursor.lastrowid, seed


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what SQLite means, and what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        said = str(error)
        if "locked" in said:
            told = f"{path} is in use by another program. Close that program, then run this again."
        elif "readonly" in said or "unable to open" in said:
            told = f"{path} cannot be written. Mend its permissions, or name another folder with --out."
        elif "full" in said:
            told = f"the disk of {path} is full. Make room, then run this again: what was graded is kept."
        elif "not a database" in said or "malformed" in said:
            told = f"{path} is damaged, or is no database. {REMEDY}"
        else:
            told = f"{path} cannot be used: {said}. {REMEDY}"
        raise GradingError(f"--out: {told}") from error
