"""A whole class in one archive, hostile and damaged work among it, through `cnnlab grade` as an instructor types it."""

from __future__ import annotations

import csv
import io
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from click.testing import CliRunner

from cnnlab import cli
from cnnlab.grading.model import Release
from tests.grading.attacks.desk import HONEST, RIGHT, SHEET, TOOLS, notebook

EVIL = "<script>alert(1)</script>"
FULL = notebook(RIGHT, HONEST)
HOSTILE = {
    "loop": "while True: pass",
    "kill": "os.kill(os.getppid(), 9); os.kill(-1, 9)",
    "exit": "os._exit(0)",
    "crash": "ctypes.string_at(0)",
    "fork": "os.fork()",
    "memory": "return 'x' * 10**10",
    "page": f"print({EVIL!r}); raise ValueError({EVIL!r})",
    "knot": (
        "t = (1,)\n    for _ in range(45): t = (t, t)\n    return {type('K', (tuple,), {'__hash__': "
        "object.__hash__})(t): 1}"
    ),
    "terminal": "raise ValueError('\\x1b]0;owned\\x07\\x1b[2J')",
}
NAMES = [
    "ada",
    "Zoë",
    "Zoe\u0308 B",
    "李小龙",
    "محمد",
    "=1+1",
    "@SUM(A1)",
    "-2+3",
    f"x {EVIL}",
    "con",
    "a'b\"c",
    "🦆",
    "Ada",
]
DAMAGED = {
    "cut": FULL[:-30],
    "empty": b"",
    "word": b"PK\x03\x04" + bytes(50),
    "binary": bytes(range(256)) * 9,
    "deep": b'{"cells": ' + b"[" * 10**5,
}


def archive() -> bytes:
    """What a platform might export on its worst day."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as into:
        for name in NAMES:
            into.writestr(f"{name}/{SHEET.name}.ipynb".replace("</", "<\u2215"), FULL)
        for name, code in HOSTILE.items():
            code = f"{TOOLS}\ndef window_mean(window):\n    {code}"
            into.writestr(f"h-{name}/{SHEET.name}.ipynb", notebook(code, HONEST))
        for name, held in DAMAGED.items():
            into.writestr(f"d-{name}/{SHEET.name}.ipynb", held)
        into.writestr(f"d-long/{SHEET.name}.ipynb", b" " * 21_000_000 + FULL)
        for path in ("../../escaped.ipynb", "/tmp/escaped.ipynb", "C:\\escaped.ipynb", "..\\escaped.ipynb"):
            into.writestr(path, FULL)
        link = ZipInfo(f"link/{SHEET.name}.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        into.writestr(link, "/etc/passwd")
        bomb = io.BytesIO()
        with ZipFile(bomb, "w", ZIP_DEFLATED) as inner:
            inner.writestr(f"{SHEET.name}.ipynb", bytes(200_000_000))
        into.writestr("bomb/bomb.zip", bomb.getvalue())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "inner" / "deeper"
    release, out = folder / "release", folder / "out"
    release.mkdir(parents=True)
    Release("Attacked", "2026-09-01", "0.1", (SHEET,)).write(release)
    (folder / "export.zip").write_bytes(archive())
    words = ["grade", str(folder / "export.zip"), "--release", str(release), "--out", str(out)]
    result = CliRunner().invoke(cli.main, [*words, "--workers", "2", "--timeout", "2"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if "No sandbox" in result.output:
        pytest.skip(result.output)
    with (out / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        return result, out, list(csv.DictReader(file))


def of(rows, learner, exercise):
    return [row for row in rows if learner in row["learner"] and row["exercise"] == exercise]


def test_everybody_honest_has_all_points(run):
    _, _, rows = run
    for exercise, points in (("window_mean", 2), ("same_padding", 3)):
        full = [row for row in rows if row["exercise"] == exercise and float(row["points"] or 0) == points]
        assert len({row["learner"] for row in full}) >= len(NAMES) + (len(HOSTILE) if points == 3 else 0)


def test_the_hostile_keep_what_they_earned_and_gain_nothing(run):
    _, _, rows = run
    for name in HOSTILE:
        [attack], [honest] = of(rows, f"h-{name}", "window_mean"), of(rows, f"h-{name}", "same_padding")
        assert (attack["state"], float(attack["points"])) == ("fail", 0), name
        assert (honest["state"], float(honest["points"])) == ("pass", 3), name


def test_what_is_damaged_is_said_and_nothing_else_fails(run):
    result, out, rows = run
    assert result.exit_code == 1
    with closing(sqlite3.connect(out / "results.sqlite")) as base:
        text = "\n".join(base.iterdump())
    assert '"state": "error"' not in text
    for name in DAMAGED:
        assert f"d-{name}/{SHEET.name}: unreadable. The file" in result.output
        assert {row["state"] for row in rows if row["learner"] == f"d-{name}"} <= {"missing", "unreadable"}
    for path in ("d-long/", "escaped.ipynb", "link/", "bomb/bomb.zip"):
        assert any(path in line for line in result.output.splitlines()), path
    assert "\x1b" not in result.output
    assert "Traceback" not in result.output


def test_the_pages_and_tables_carry_nothing_on(run):
    _, out, _ = run
    pages = list(out.rglob("*.html"))
    assert len(pages) > len(NAMES) + len(HOSTILE)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "\x1b" not in text, page
    for table in out.rglob("*.csv"):
        with table.open(encoding="utf-8-sig", newline="") as file:
            cells = [
                cell for row in csv.reader(file) for cell in row if not cell.lstrip("-").replace(".", "").isdigit()
            ]
        formulas = ("=", "+", "-", "@", "\t", "\r")
        assert not [cell for cell in cells if cell.startswith(formulas) and len(cell) > 1], table


def test_nothing_is_written_outside(run):
    _, out, _ = run
    course = out.parents[2]
    assert {path.name for path in out.parent.iterdir()} == {"export.zip", "release", "out"}
    assert {path.name for path in course.iterdir()} == {"inner"}
    assert not any(path.is_symlink() for path in out.rglob("*"))
    assert not Path("/tmp/escaped.ipynb").exists()
