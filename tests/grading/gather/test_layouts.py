"""What folders and exports look like: whose a notebook is, which it is, and when it came."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cnnlab.grading.gather import Gathered, gather
from cnnlab.grading.model import GradingError, Release
from tests.grading.handed import PADDING, START, VOLUMES, content, lay, notebook, packed, release

P, V = content(PADDING), content(VOLUMES)


def take(folder: Path, files: dict[str, bytes], given: Release | None = None) -> Gathered:
    """Gather files from a folder, and check that a zip of them gives the same."""
    given = given or release()
    found = gather(lay(folder / "handed_in", files), given)
    archive = folder / "handed_in.zip"
    archive.write_bytes(packed(files))
    zipped = gather(archive, given)
    assert rows(zipped) == rows(found)
    assert zipped.platform == found.platform
    return found


def rows(found: Gathered) -> list[tuple[str, str | None, str]]:
    return [(one.learner, one.sheet, one.path) for one in found.handed]


def learners(found: Gathered) -> list[tuple[str, str]]:
    assert found.problems == ()
    return [(one.learner, (one.sheet or "")[:2]) for one in found.handed]


LAYOUTS = {
    "one file per learner": {"ada.ipynb": P, "bob.ipynb": P},
    "as browsers save them": {"ada.ipynb.txt": P, "bob.ipynb.json": P},
    "a file's name speaks of the notebook too": {
        "ada_02_padding_and_stride.ipynb": P,
        "02_padding_and_stride - bob.ipynb": P,
    },
    "one file per learner, copied": {"ada (1).ipynb": P, "bob-Copy2.ipynb": P},
    "a folder per learner": {f"ada/{PADDING}.ipynb": P, "bob/work.ipynb": P},
    "folders in it": {f"ada/week/{PADDING}.ipynb": P, "bob/a/b/c/x.ipynb": P},
    "a zip per learner": {"ada.zip": packed({f"{PADDING}.ipynb": P}), "bob.zip": packed({"b/w.ipynb": P})},
    "a zip in a learner's folder": {"ada/w.zip": packed({"w.ipynb": P}), "bob/w.ipynb": P},
    "sorted by notebook": {f"{PADDING}/ada.ipynb": P, f"{PADDING}/bob/work.ipynb": P},
    "a folder around": {"class/ada.ipynb": P, "class/bob.ipynb": P},
    "folders around": {f"all/class/ada/{PADDING}.ipynb": P, "all/class/bob/w.ipynb": P},
    "a zip around": {"export.zip": packed({"ada/w.ipynb": P, "bob/w.ipynb": P})},
    "nbgrader's tree": {f"submitted/ada/week1/{PADDING}.ipynb": P, "submitted/bob/week1/x.ipynb": P},
    "nbgrader's course": {
        f"submitted/ada/{PADDING}/x.ipynb": P,
        "submitted/bob/week1/x.ipynb": P,
        "source/week1/x.ipynb": P,
        "autograded/ada/week1/x.ipynb": P,
        "nbgrader_config.py": b"",
    },
    "nbgrader's exchange": {
        "ada+week1+2026-01-30 15:30:10.123456 UTC+x1/x.ipynb": P,
        "bob+week1+2026-01-30 15:30:10.123456 UTC/x.ipynb": P,
    },
    "Moodle": {"ada_101_assignsubmission_file_/x.ipynb": P, "bob_102_assignsubmission_file/x.ipynb": P},
    "Moodle without folders": {"ada_101_assignsubmission_file_x.ipynb": P, "bob_102_assignsubmission_file_y.ipynb": P},
    "Moodle, unpacked into a folder": {
        "A-Week 1-77/ada_101_assignsubmission_file_/w.zip": packed({"x/y.ipynb": P}),
        "A-Week 1-77/bob_102_assignsubmission_file_/x.ipynb": P,
    },
    "Canvas": {"ada_1234_5678_x.ipynb": P, "bob_LATE_1235_5679_x-1.ipynb": P},
    "Canvas with a zip": {"ada_1234_5678_w.zip": packed({"x.ipynb": P}), "bob_late_1235_5679_x.ipynb": P},
    "Blackboard": {
        "Week_1_ada_attempt_2026-01-30-15-30-10_x.ipynb": P,
        "Week_1_ada_attempt_2026-01-30-15-30-10.txt": b"Name: Ada L (ada)\n",
        "Week_1_bob_poging_2026-01-30-15-30-10_x.ipynb": P,
    },
    "Brightspace": {
        "12-34 - ada - Jan 30, 2026 330 PM/x.ipynb": P,
        "12-35 - bob - Jan 30, 2026 1130 AM/x.ipynb": P,
        "index.html": b"",
    },
    "Gradescope": {
        "assignment_1_export/submission_metadata.yml": b"submission_11:\n  :submitters:\n  - :name: ada\n"
        b"submission_12:\n  :submitters:\n  - :name: bob\n    :sid: '7'\n",
        "assignment_1_export/submission_11/x.ipynb": P,
        "assignment_1_export/submission_12/x.ipynb": P,
    },
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_class(tmp_path: Path, files: dict[str, bytes]) -> None:
    found = take(tmp_path, files)
    assert learners(found) == [("ada", "02"), ("bob", "02")]
    assert [one.load() for one in found.handed] == [P, P]


@pytest.mark.parametrize(
    "files",
    [
        {f"ada/{PADDING}.ipynb": P, f"ada/{VOLUMES}.ipynb": V},
        {f"ada/week 1/{PADDING}.ipynb": P, f"ada/week 2/{VOLUMES}.ipynb": V},
        {"ada_1_2_w.zip": packed({"x.ipynb": P, "y.ipynb": V})},
        {f"{PADDING}/ada.ipynb": P, f"{VOLUMES}/ada.ipynb": V},
        {"ada.zip": packed({"w/a.ipynb": P, "w/b.ipynb": V})},
        {
            "one.zip": packed({"ada_1_assignsubmission_file_/x.ipynb": P}),
            "two.zip": packed({"ada_9_assignsubmission_file_/x.ipynb": V}),
        },
    ],
)
def test_several_notebooks_of_one_learner(tmp_path: Path, files: dict[str, bytes]) -> None:
    assert learners(take(tmp_path, files)) == [("ada", "02"), ("ada", "03")]


@pytest.mark.parametrize("place", ["", "submitted", "submitted/ada", "submitted/ada/week1"])
def test_any_place_in_nbgraders_tree(tmp_path: Path, place: str) -> None:
    lay(
        tmp_path,
        {f"submitted/ada/week1/{PADDING}.ipynb": P, "submitted/ada/week1/timestamp.txt": b"2026-01-30 15:30:10.5 UTC"},
    )
    found = gather(tmp_path / place, release())
    assert learners(found) == [("ada", "02")]
    assert found.platform == "nbgrader"
    assert found.handed[0].when == datetime(2026, 1, 30, 15, 30, 10, 500_000, UTC)


def test_nbgraders_tree_copied_elsewhere_keeps_its_times(tmp_path: Path) -> None:
    files = {
        f"{who}/week1/{name}": held
        for who in ("ada", "bob")
        for name, held in {"x.ipynb": P, "timestamp.txt": b"2026-01-30 15:30:10 America/New_York"}.items()
    }
    found = take(tmp_path, files)
    assert learners(found) == [("ada", "02"), ("bob", "02")]
    assert {one.when for one in found.handed} == {datetime(2026, 1, 30, 20, 30, 10, tzinfo=UTC)}


def test_one_notebook_alone_and_one_in_the_learners_folder(tmp_path: Path) -> None:
    lay(tmp_path, {f"ada/{PADDING}.ipynb": P})
    assert learners(gather(tmp_path / "ada", release())) == [("ada", "02")]
    lay(tmp_path, {"bob.ipynb": P})
    assert learners(gather(tmp_path / "bob.ipynb", release())) == [("bob", "02")]


def test_what_platforms_tell_besides(tmp_path: Path) -> None:
    canvas = take(tmp_path / "canvas", LAYOUTS["Canvas"])
    assert [(one.late, one.copy, one.account) for one in canvas.handed] == [(False, 0, "1234"), (True, 1, "1235")]
    assert canvas.platform == "canvas"
    blackboard = take(tmp_path / "blackboard", LAYOUTS["Blackboard"])
    local = datetime(2026, 1, 30, 15, 30, 10).astimezone(UTC)
    assert [one.when for one in blackboard.handed] == [local, local]
    brightspace = take(tmp_path / "brightspace", LAYOUTS["Brightspace"])
    assert brightspace.handed[0].when == datetime(2026, 1, 30, 15, 30).astimezone(UTC)
    moodle = take(tmp_path / "moodle", LAYOUTS["Moodle"])
    assert [(one.account, one.when, one.late) for one in moodle.handed] == [("101", None, None), ("102", None, None)]


def test_files_of_one_learner_for_one_notebook_come_earliest_first(tmp_path: Path) -> None:
    names = ["ada_1_9_x-2.ipynb", "ada_1_7_x.ipynb", "ada_1_8_x-1.ipynb"]
    found = take(tmp_path / "canvas", dict.fromkeys(names, P))
    assert [(one.path, one.copy) for one in found.handed] == [(names[1], 0), (names[2], 1), (names[0], 2)]
    times = ["2026-01-30-15-30-10", "2025-12-30-15-30-10", "2026-01-30-15-30-09"]
    found = take(tmp_path / "blackboard", {f"W_ada_attempt_{time}_x.ipynb": P for time in times})
    assert [time for one in found.handed for time in times if time in one.path] == sorted(times)
    found = take(tmp_path / "copies", {f"ada/x{mark}.ipynb": P for mark in ("-Copy2", "", " (1)")})
    assert [one.copy for one in found.handed] == [0, 1, 2]


def test_a_file_without_any_other_order_goes_by_its_own_time(tmp_path: Path) -> None:
    lay(tmp_path, {"ada/a.ipynb": P, "ada/b.ipynb": P, "bob/a.ipynb": P})
    os.utime(tmp_path / "ada/a.ipynb", (2e9, 2e9))
    os.utime(tmp_path / "ada/b.ipynb", (1e9, 1e9))
    found = gather(tmp_path, release()).handed
    assert [one.path for one in found] == ["ada/b.ipynb", "ada/a.ipynb", "bob/a.ipynb"]
    assert found[0].changed == datetime.fromtimestamp(1e9, UTC)


def test_people_of_one_name_stay_two(tmp_path: Path) -> None:
    files = {"Jan Kos_101_assignsubmission_file_/x.ipynb": P, "Jan Kos_102_assignsubmission_file_/x.ipynb": P}
    assert [name for name, _ in learners(take(tmp_path, files))] == ["Jan Kos (101)", "Jan Kos (102)"]
    blind = {"Participant_7_assignsubmission_file_/x.ipynb": P, "Participant_8_assignsubmission_file_/x.ipynb": P}
    assert [name for name, _ in learners(take(tmp_path / "blind", blind))] == ["Participant (7)", "Participant (8)"]
    anon = {"anon_a1b2C_77_x.ipynb": P, "anon_LATE_9Zb2C_78_x.ipynb": P}
    assert [name for name, _ in learners(take(tmp_path / "anon", anon))] == ["anon (9Zb2C)", "anon (a1b2C)"]


def test_gradescopes_groups_and_times(tmp_path: Path) -> None:
    table = """---
submission_11:
  :submitters:
  - :name: "Ada L\u00e9"
    :sid: '1'
    :email: ada@x.edu
  - :name: Bob
    :sid:
    :email: bob@x.edu
  :created_at: 2026-01-30 15:30:10.123456000 Z
  :score: 3.0
  :history:
  - :created_at: 2020-01-01 00:00:00 Z
submission_12:
  :submitters:
  - :name: Bob
    :email: bob2@x.edu
  :created_at: 2026-01-30 15:30:10 -0500
"""
    files = {"submission_metadata.yml": table.encode(), "submission_11/x.ipynb": P, "submission_12/x.ipynb": P}
    found = take(tmp_path, files)
    assert [(one.learner, one.account, one.path) for one in found.handed] == [
        ("Ada Lé", "ada@x.edu", "submission_11/x.ipynb"),
        ("Bob (bob2@x.edu)", "bob2@x.edu", "submission_12/x.ipynb"),
        ("Bob (bob@x.edu)", "bob@x.edu", "submission_11/x.ipynb"),
    ]
    assert found.handed[0].when == datetime(2026, 1, 30, 15, 30, 10, 123_456, UTC)
    assert found.handed[1].when == datetime(2026, 1, 30, 20, 30, 10, tzinfo=UTC)


def test_a_login_with_a_low_line_is_known_from_blackboards_note(tmp_path: Path) -> None:
    head = "Week_1_ada_love_attempt_2026-01-30-15-30-10"
    found = take(tmp_path, {f"{head}_x.ipynb": P, f"{head}.txt": b"Name: Ada Love (ada_love)\nAssignment: Week 1"})
    assert learners(found) == [("ada_love", "02")]


def test_nobody_can_hand_in_as_somebody_else(tmp_path: Path) -> None:
    forged = [
        ("mallory/ada_1_2_x.ipynb", "ada/x.ipynb"),
        ("mallory/ada_1_assignsubmission_file_/x.ipynb", "ada/x.ipynb"),
        (
            "mallory_9_assignsubmission_file_/ada_1_assignsubmission_file_x.ipynb",
            "ada_1_assignsubmission_file_/x.ipynb",
        ),
        ("mallory_9_assignsubmission_file_ada_1_assignsubmission_file_x.ipynb", "ada_1_assignsubmission_file_x.ipynb"),
        ("mallory_9_8_ada_1_2_x.ipynb", "ada_1_2_x.ipynb"),
        (
            "W_mallory_attempt_2026-01-30-15-30-10_W_ada_attempt_2026-01-30-15-30-10_x.ipynb",
            "W_ada_attempt_2026-01-30-15-30-10_x.ipynb",
        ),
    ]
    for number, (hers, adas) in enumerate(forged):
        found = take(tmp_path / str(number), {hers: V, adas: P})
        assert learners(found) == [("ada", "02"), ("mallory", "03")]
    inside = packed(
        {
            "w/x.ipynb": V,
            "submission_metadata.yml": b"w:\n  :submitters:\n  - :name: ada\n",
            "timestamp.txt": b"2020-01-01 00:00:00 UTC",
        }
    )
    found = take(tmp_path / "zip", {"mallory.zip": inside, "ada.zip": packed({"x.ipynb": P})})
    assert learners(found) == [("ada", "02"), ("mallory", "03")]
    assert [one.when for one in found.handed] == [None, None]


def test_one_learners_timestamp_does_not_make_a_class_nbgraders(tmp_path: Path) -> None:
    files = {
        "ada_1_assignsubmission_file_/x.ipynb": P,
        "bob_2_assignsubmission_file_/a/x.ipynb": P,
        "bob_2_assignsubmission_file_/a/timestamp.txt": b"2020-01-01 00:00:00 UTC",
    }
    found = take(tmp_path, files)
    assert learners(found) == [("ada", "02"), ("bob", "02")]
    assert [one.when for one in found.handed] == [None, None]


def test_a_time_in_a_learners_own_archive_is_not_believed(tmp_path: Path) -> None:
    held = packed({"w/x.ipynb": P, "w/timestamp.txt": b"2020-01-01 00:00:00 UTC"})
    assert take(tmp_path, {"ada.zip": held}).handed[0].when is None


def test_names_that_only_look_like_canvas(tmp_path: Path) -> None:
    found = take(tmp_path, {"hw_1_2_ada.ipynb": P, "hw_1_2_bob.ipynb": P})
    assert [name for name, _ in learners(found)] == ["hw_1_2_ada", "hw_1_2_bob"]


def test_which_notebook_it_is(tmp_path: Path) -> None:
    def renamed(name: str, **metadata: object) -> bytes:
        row = notebook(name)
        row["metadata"] = metadata
        return json.dumps(row).encode()

    unmarked = renamed(PADDING)
    nothing = json.dumps({"cells": []}).encode()
    files = {
        "a/03.ipynb": renamed(PADDING, cnnlab={"notebook": "02"}),  # its metadata goes before its name
        f"b/{PADDING}.ipynb": nothing,
        "c/Copy of 02_Padding and Stride (3).ipynb": nothing,
        "d/work.ipynb": unmarked,
        "e/work.ipynb": renamed(PADDING, cnnlab={"notebook": "03"}),  # no exercise of 03 in it
        f"f/{VOLUMES}.ipynb": unmarked,
        "g/work.ipynb": renamed(PADDING, cnnlab=[], kernelspec=3),
        f"h/{PADDING}.ipynb": V[: len(V) // 2],  # damaged: its name is all there is
    }
    assert learners(take(tmp_path, files)) == [(who, "02") for who in "abcdefgh"]


def test_what_is_no_notebook_of_the_release_is_told(tmp_path: Path) -> None:
    found = take(tmp_path, {"ada/x.ipynb": P, "ada/start.ipynb": content(START), "bob/x.ipynb": b"{"})
    assert [(one.learner, one.sheet) for one in found.handed] == [("ada", None), ("ada", PADDING), ("bob", None)]
    told = dict(found.problems)
    assert (
        told["ada/start.ipynb"]
        == f"It is none of this release's notebooks ({PADDING}, {VOLUMES}). Nothing in it is graded."
    )
    assert told["bob/x.ipynb"].startswith("The file is cut off")


def test_in_a_release_of_one_notebook_a_damaged_file_is_that_one(tmp_path: Path) -> None:
    found = take(tmp_path, {"ada.ipynb": b"{"}, release(PADDING))
    assert learners(found) == [("ada", "02")]


def test_other_files_are_counted_and_clutter_is_not(tmp_path: Path) -> None:
    found = take(
        tmp_path,
        {
            "ada/x.ipynb": P,
            "ada/notes.pdf": b"",
            "ada/.ipynb_checkpoints/x-checkpoint.ipynb": P,
            "__MACOSX/ada/._x.ipynb": b"\0",
            "ada/._x.ipynb": b"\0",
            ".DS_Store": b"",
            "bob/readme.txt": b"",
        },
    )
    assert learners(found) == [("ada", "02")]
    assert found.ignored == 2


def test_archives_of_other_kinds_are_told(tmp_path: Path) -> None:
    found = take(tmp_path, {"ada/x.ipynb": P, "bob/work.rar": b"Rar!", "cid.tar.gz": b""})
    assert {path for path, _ in found.problems} == {"bob/work.rar", "cid.tar.gz"}
    assert all("ask for a zip archive" in text for _, text in found.problems)


def test_an_empty_folder_is_an_empty_class(tmp_path: Path) -> None:
    assert gather(tmp_path, release()) == Gathered((), (), 0, "")


def test_what_is_not_there_or_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match=r"there is no file or folder .* Name one that is there\."):
        gather(tmp_path / "nowhere", release())
    for held in (b"", b"not a zip", packed({"ada.ipynb": P})[:-40]):
        lay(tmp_path, {"export.zip": held})
        with pytest.raises(GradingError, match=r"Download it again, or unpack it and name the folder\."):
            gather(tmp_path / "export.zip", release())
