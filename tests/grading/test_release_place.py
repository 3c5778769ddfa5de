"""A release is written whole or not at all, and nothing of the instructor's is replaced."""

from __future__ import annotations

import os
import re

import pytest

from cnnlab.grading.model import GradingError
from cnnlab.grading.release.place import RECORD, may_write, put

FIRST = {"release.json": b"{1}", "notebooks/01.ipynb": b"one", "notebooks/02.ipynb": b"two", "old/x": b"x"}
SECOND = {"release.json": b"{2}", "notebooks/02.ipynb": b"two, new", "notebooks/03.ipynb": b"three"}


def held(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder(tmp_path, there):
    folder = tmp_path / "deep" / "release"
    if there:
        folder.mkdir(parents=True)
    put(folder, FIRST)
    assert held(folder) == FIRST
    assert [path.name for path in folder.parent.iterdir()] == ["release"]
    assert not list(folder.rglob("*.partial"))


def test_force_replaces_what_a_release_made_and_keeps_the_rest(tmp_path):
    put(tmp_path / "r", FIRST)
    (tmp_path / "r" / "notes.txt").write_bytes(b"mine")
    (tmp_path / "r" / "notebooks" / "01.ipynb").write_bytes(b"one, and my remarks")
    put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r") == {**SECOND, "notes.txt": b"mine", "notebooks/01.ipynb": b"one, and my remarks"}
    assert not (tmp_path / "r" / "old").exists()


def test_without_force_a_folder_that_is_not_empty_stays(tmp_path):
    put(tmp_path / "r", FIRST)
    with pytest.raises(GradingError, match=r"is not empty\. Name a new folder, or replace the release with --force"):
        put(tmp_path / "r", SECOND)
    assert held(tmp_path / "r") == FIRST
    put(tmp_path / "r", SECOND, force=True)


def test_a_changed_file_in_the_way_stops_it(tmp_path):
    put(tmp_path / "r", FIRST)
    mine = tmp_path / "r" / "notebooks" / "02.ipynb"
    mine.write_bytes(b"two, and my remarks")
    before = held(tmp_path / "r")
    with pytest.raises(GradingError, match=r"--force: notebooks/02\.ipynb in .* changed since"):
        put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r") == before
    mine.rename(tmp_path / "mine.ipynb")
    put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r") == SECOND


def test_a_file_of_the_instructors_in_the_way_stops_it(tmp_path):
    put(tmp_path / "r", FIRST)
    (tmp_path / "r" / "notebooks" / "03.ipynb").write_bytes(b"mine")
    with pytest.raises(GradingError, match=r"notebooks/03\.ipynb"):
        put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r")["notebooks/02.ipynb"] == b"two"


def test_what_a_link_leads_to_is_not_ours(tmp_path):
    put(tmp_path / "r", FIRST)
    (tmp_path / "kept").write_bytes(b"two")
    (tmp_path / "r" / "notebooks" / "02.ipynb").unlink()
    (tmp_path / "r" / "notebooks" / "02.ipynb").symlink_to(tmp_path / "kept")
    with pytest.raises(GradingError, match=r"notebooks/02\.ipynb"):
        put(tmp_path / "r", SECOND, force=True)
    assert (tmp_path / "kept").read_bytes() == b"two"


@pytest.mark.parametrize("record", [None, b"no JSON", b'{"made": 3}', b'{"made": {"../kept": "abc"}}'])
def test_a_folder_without_a_sound_record_is_the_instructors(tmp_path, record):
    folder = tmp_path / "r"
    folder.mkdir()
    (tmp_path / "kept").write_bytes(b"mine")
    (folder / "release.json").write_bytes(b"{1}")
    if record is not None:
        (folder / RECORD).write_bytes(record)
    with pytest.raises(
        GradingError, match="no earlier release to replace" if record is None else "came from elsewhere"
    ):
        put(folder, FIRST, force=True)
    assert held(folder) == {"release.json": b"{1}"}
    assert (tmp_path / "kept").read_bytes() == b"mine"


def test_out_is_a_file(tmp_path):
    (tmp_path / "r").write_bytes(b"")
    with pytest.raises(GradingError, match=r"is a file\. Name a new folder"):
        may_write(tmp_path / "r", force=True)


@pytest.mark.parametrize("failing", ["03.ipynb", "release.json", RECORD])
def test_when_the_disk_fails_everything_is_as_it_was(tmp_path, monkeypatch, failing):
    put(tmp_path / "r", FIRST)
    (tmp_path / "r" / "notes.txt").write_bytes(b"mine")
    before = held(tmp_path / "r")
    rename = os.rename

    def stops(origin, target):
        if re.search(rf"new/(.*/)?{re.escape(failing)}$", str(origin)):
            raise OSError(28, "No space left on device", str(target))
        rename(origin, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", stops)
        with pytest.raises(GradingError, match=r"No space left on device\. Everything is as it was"):
            put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r") == before
    put(tmp_path / "r", SECOND, force=True)
    assert held(tmp_path / "r") == {**SECOND, "notes.txt": b"mine"}


def test_a_new_folder_that_cannot_be_made_leaves_nothing(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GradingError, match=r"--out: .* cannot be written"):
        put(tmp_path / "file" / "r", FIRST)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
