"""What learners put into a folder or a zip, by accident or not: it is told, and the class goes on."""

import contextlib
import io
import os
import stat
import struct
import tempfile
import tracemalloc
import zlib
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.grading.document import LARGEST, Unreadable
from cnnlab.grading.gather import Gathered, archive, disk, gather, safe_name
from tests.grading.handed import PADDING, content, lay, packed, release

P = content(PADDING)


def class_with(folder: Path, files: dict[str, bytes]) -> Gathered:
    """Gather odd files beside ada's, who must not notice."""
    found = gather(lay(folder, {"ada/x.ipynb": P, **files}), release())
    assert_ada_is_graded(found)
    return found


def zipped_with(folder: Path, held: bytes) -> Gathered:
    """Gather a zip that is SUBMISSIONS itself; ada is in it."""
    lay(folder, {"export.zip": held})
    found = gather(folder / "export.zip", release())
    assert_ada_is_graded(found)
    return found


def assert_ada_is_graded(found: Gathered) -> None:
    (hers,) = [one for one in found.handed if one.learner == "ada"]
    assert (hers.sheet, hers.load()) == (PADDING, P)


def special(*members: tuple[ZipInfo | str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", method) as into:
        into.writestr("ada/x.ipynb", P, ZIP_DEFLATED)
        for member, held in members:
            if isinstance(member, ZipInfo):
                member.compress_type = method
            into.writestr(member, held)
    return buffer.getvalue()


# Folders


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret/x.ipynb", ".", "..", "x.ipynb", "/dev/zero", "nowhere"])
def test_links_are_not_followed(tmp_path: Path, target: str) -> None:
    lay(tmp_path, {"secret/x.ipynb": P})
    folder = lay(tmp_path / "handed_in", {"ada/x.ipynb": P, "bob/notes.txt": b""})
    (folder / "bob/y.ipynb").symlink_to(target)
    found = gather(folder, release())
    assert_ada_is_graded(found)
    assert len(found.handed) == 1
    assert found.problems == (("bob/y.ipynb", "It is a link, and links are not followed. Put the file itself there."),)


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    found = class_with(tmp_path, {"bob/x.ipynb": P})
    (tmp_path / "bob/x.ipynb").unlink()
    (tmp_path / "bob/x.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(Unreadable, match="cannot be read"):
        found.handed[1].load()


def test_pipes_do_not_hang(tmp_path: Path) -> None:
    lay(tmp_path, {"bob/notes.txt": b""})
    for name in ("x.ipynb", "x.zip"):
        os.mkfifo(tmp_path / "bob" / name)
    found = class_with(tmp_path, {})
    assert found.problems == tuple(
        (f"bob/{name}", "It is not a file. Put the notebook itself there.") for name in ("x.ipynb", "x.zip")
    )
    with pytest.raises(Unreadable, match="It is not a file"):  # also when it became one later
        disk.open_file(tmp_path / "bob/x.ipynb")


def test_a_folder_called_like_a_notebook(tmp_path: Path) -> None:
    found = class_with(tmp_path, {"bob/x.ipynb/x.ipynb": P})
    assert [one.learner for one in found.handed] == ["ada", "bob"]
    assert found.problems == (("bob/x.ipynb", "It is a folder, not a notebook. What lies in it was looked at."),)


def test_what_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_scan, real_open = os.scandir, os.open

    def scan(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    def refuse(path: Path, flags: int) -> int:
        if path.name == "mine.ipynb":
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags)

    monkeypatch.setattr(disk.os, "scandir", scan)
    monkeypatch.setattr(disk.os, "open", refuse)
    found = class_with(tmp_path, {"closed/x.ipynb": P, "bob/mine.ipynb": P})
    assert dict(found.problems) == {
        "closed": "The folder cannot be read: Permission denied. Its files were left out.",
        "bob/mine.ipynb": "The file cannot be read: Permission denied. Give yourself the right to read it.",
    }
    assert [(one.learner, one.sheet) for one in found.handed] == [("ada", PADDING), ("bob", None)]


def test_a_notebook_of_200_megabytes(tmp_path: Path) -> None:
    large = lay(tmp_path, {f"bob/{PADDING}.ipynb": b"{"}) / f"bob/{PADDING}.ipynb"
    os.truncate(large, 200 * 10**6)  # takes no room on the disk
    found = class_with(tmp_path, {})
    assert found.handed[1].sheet == PADDING
    with pytest.raises(
        Unreadable, match=r"The file has 200 MB; up to 20 MB are read\. Ask the learner to clear all outputs"
    ):
        found.handed[1].load()


def test_an_empty_file_and_a_broken_zip(tmp_path: Path) -> None:
    whole = packed({"x.ipynb": P})
    found = class_with(tmp_path, {"bob/x.ipynb": b"", "cid.zip": whole[:-30], "dan.zip": b"", "eva.zip": whole[200:]})
    assert [(one.learner, one.sheet) for one in found.handed] == [("ada", PADDING), ("bob", None), ("eva", None)]
    assert dict(found.problems) == {
        "eva.zip/x.ipynb": "The file is damaged within its archive. Ask for it again.",
        "bob/x.ipynb": "The file is empty. Ask the learner to save the notebook in JupyterLab and to hand in the "
        ".ipynb file again.",
        **{f"{who}.zip": "The archive is damaged or cut off. Ask for it again." for who in ("cid", "dan")},
    }


def test_names_that_are_no_text(tmp_path: Path) -> None:
    for byte in (b"\xfe", b"\xff"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/zo" + byte + b".ipynb")).write_bytes(P)
    found = class_with(tmp_path, {"new\nline.ipynb": P})
    for one in found.handed:
        (one.learner + one.path).encode()
        assert "\n" not in one.learner + one.path
    assert len({one.learner for one in found.handed}) == 4


def test_a_hundred_thousand_other_files_cost_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"bob/{number}.png": b"" for number in range(100_000)}
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as into:
        into.writestr("ada/x.ipynb", P)
        for name in files:
            into.writestr(name, b"")
    found = zipped_with(tmp_path, buffer.getvalue())
    assert (found.ignored, found.problems) == (100_000, ())


def test_memory_does_not_grow_with_the_class(tmp_path: Path) -> None:
    large = P[:-1] + b', "x": "' + b"x" * 10**6 + b'"}'
    lay(tmp_path, {f"{number}.ipynb": large for number in range(40)})
    tracemalloc.start()
    try:
        found = gather(tmp_path, release())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.handed) == 40
    assert peak < 12 * len(large)


# Archives


@pytest.mark.parametrize(
    "name",
    ["../bob.ipynb", "/etc/bob.ipynb", "C:\\bob.ipynb", "c:bob.ipynb", "x/..\\..\\bob.ipynb", "x\\..\\bob.ipynb"],
)
def test_paths_out_of_the_export(tmp_path: Path, name: str) -> None:
    found = zipped_with(tmp_path, special((name, P)))
    assert len(found.handed) == 1
    assert [text for _, text in found.problems] == [
        "Its path leads out of the archive, so it was left out. Ask for it again."
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.zip"]


def test_paths_out_of_a_learners_archive_cost_the_learner_nothing(tmp_path: Path) -> None:
    found = class_with(tmp_path, {"bob.zip": packed({"../../ada/x.ipynb": P})})
    assert [one.learner for one in found.handed] == ["ada", "bob"]
    assert found.problems == (
        ("bob.zip/x.ipynb", "Its path leads out of the archive; only the name of the file was used."),
    )


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    held = special(("bob/x.png@.ipynb", P)).replace(b"x.png@.ipynb", b"x.png\0.ipynb")
    found = zipped_with(tmp_path, held)
    assert len(found.handed) == 1
    assert [path for path, _ in found.problems] == ["bob/x.png\ufffd.ipynb"]


def test_links_and_devices_in_archives(tmp_path: Path) -> None:
    members = []
    for name, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO)):
        member = ZipInfo(f"bob/{name}.ipynb")
        member.create_system, member.external_attr = 3, (kind | 0o777) << 16
        members.append((member, b"/etc/passwd"))
    told = dict(zipped_with(tmp_path, special(*members)).problems)
    assert told["bob/link.ipynb"].startswith("It is a link, and links are not followed.")
    assert told["bob/pipe.ipynb"].startswith("It is not a file.")


def test_locked_members(tmp_path: Path) -> None:
    held = bytearray(special(("bob/x.ipynb", P)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # their flags
        held[held.rindex(mark) + offset] |= 1
    found = zipped_with(tmp_path, bytes(held))
    assert found.problems == (("bob/x.ipynb", "It is locked with a password. Ask for it without."),)


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_unusual_packing(tmp_path: Path, method: int) -> None:
    found = zipped_with(tmp_path, special(("bob/x.ipynb", P), method=method))
    assert found.problems == (("bob/x.ipynb", "It is packed in an unusual way. Ask for an ordinary zip archive."),)


def test_bombs(tmp_path: Path) -> None:
    found = zipped_with(tmp_path, special(("bob/x.ipynb", b" " * 50 * 10**6)))
    assert found.problems == (
        ("bob/x.ipynb", "It unpacks from 49 kB to 50 MB, which no notebook does. Ask for the notebook itself."),
    )
    inner = packed({"x.ipynb": b" " * 50 * 10**6})
    found = class_with(tmp_path / "folder", {"bob.zip": inner})
    assert [path for path, _ in found.problems] == ["bob.zip/x.ipynb"]


def test_a_bomb_of_many_files_that_are_one(tmp_path: Path) -> None:
    """Its table of contents lists one small member hundreds of times."""
    whole = special(("bob/x.ipynb", b"[" + b"0," * 450_000 + b"0]"))
    table, end = whole.rindex(b"PK\x01\x02"), whole.rindex(b"PK\x05\x06")
    row, head = whole[table:end], whole[whole.index(b"PK\x01\x02") : table]
    rows = head + row * 3000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3001, 3001, len(rows), table - len(head), 0)
    found = zipped_with(tmp_path, whole[: table - len(head)] + rows + tail)
    assert len(found.handed) < 400
    assert any(problem.text.startswith("It and all after it were left out") for problem in found.problems)


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    held = special(("bob/x.ipynb", b" " * 10**6))
    true, lie = struct.pack("<L", 10**6), struct.pack("<L", 100)
    found = zipped_with(tmp_path, held.replace(true, lie))
    with pytest.raises(Unreadable, match="The file is damaged within its archive"):
        found.handed[1].load()


def test_a_damaged_member(tmp_path: Path) -> None:
    held = bytearray(special(("bob/x.ipynb", os.urandom(3000))))
    place = held.rindex(b"bob/x.ipynb", 0, held.rindex(b"PK\x01\x02"))
    held[place + 100] ^= 255
    found = zipped_with(tmp_path, bytes(held))
    assert found.problems == (("bob/x.ipynb", "The file is damaged within its archive. Ask for it again."),)


def test_archives_in_archives(tmp_path: Path) -> None:
    one = packed({"x.ipynb": P}, ZIP_STORED)
    two = packed({"work.zip": one}, ZIP_STORED)
    three = packed({"more.zip": two}, ZIP_STORED)
    found = class_with(tmp_path, {"bob.zip": one, "cid.zip": two, "dan.zip": three})
    assert [one.learner for one in found.handed] == ["ada", "bob", "cid"]
    assert [one.load() for one in found.handed] == [P, P, P]
    assert found.problems == (
        (
            "dan.zip/more.zip/work.zip",
            "It is an archive in an archive in an archive, and not opened. Unpack it and grade again.",
        ),
    )


def test_a_table_of_contents_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_DIRECTORY", 1000)
    found = class_with(
        tmp_path, {"bob.zip": packed({f"{i}.png": b"" for i in range(50)}), "cid.zip": packed({"x.ipynb": P})}
    )
    assert [one.learner for one in found.handed] == ["ada", "cid"]
    assert found.problems == (
        ("bob.zip", "The archive holds too many files and was not opened. Ask for the notebooks alone."),
    )


def test_names_of_old_and_of_apples_archives(tmp_path: Path) -> None:
    held = special(("bo\u0308b/x.ipynb", P))
    held = bytearray(held)
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        held[held.rindex(mark) + offset] &= ~8  # not marked as UTF-8
    found = zipped_with(tmp_path, bytes(held))
    assert [one.learner for one in found.handed] == ["ada", "böb"]


def test_any_damage_to_an_export_is_told_or_harmless(tmp_path: Path) -> None:
    whole = packed({"bob/w.zip": packed({"x.ipynb": P}), "cid/x.ipynb": P})
    folder = lay(tmp_path, {"ada/x.ipynb": P})
    for seed in range(150):
        held = bytearray(whole)
        for turn in range(3):
            held[zlib.crc32(bytes([seed, turn])) % len(held)] ^= 1 + seed % 255
        (folder / "export.zip").write_bytes(held)
        found = gather(folder, release())
        for one in found.handed:
            with contextlib.suppress(Unreadable):
                assert len(one.load()) <= LARGEST


PART = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    [
        "..",
        ".",
        "ada.zip",
        "submitted",
        "submission_1",
        "a_1_assignsubmission_file_",
        "x_LATE_1_2_y.ipynb",
        PADDING,
        "C:",
    ]
)
NAME = st.builds("/".join, st.lists(PART, min_size=1, max_size=4)) | st.sampled_from(
    ["submission_metadata.yml", "submission_1/timestamp.txt", "w_ada_attempt_2026-13-45-99-99-99.txt"]
)
HELD = st.binary(max_size=60) | st.sampled_from(
    [
        P,
        b"{}",
        packed({"x.ipynb": P}),
        b"submission_1:\n  :submitters:\n  - :sid:\n  :created_at: never\n",
        b"2026-99-99 x",
    ]
)


@given(st.dictionaries(st.builds(str.__add__, NAME, st.sampled_from(["", ".ipynb", ".zip"])), HELD, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_files_at_all(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lay(Path(folder), {"export.zip": special(*files.items())})
        found = gather(Path(folder, "export.zip"), release())
    for one in found.handed:
        (one.learner + one.path + safe_name(one.learner)).encode()
        with contextlib.suppress(Unreadable):
            one.load()
    assert len(found.handed) + len(found.problems) + found.ignored > 0
