"""Tables as the platforms read them, and an instructor's own file with the points filled in."""

import zipfile

import pytest

from cnnlab.grading.model import GradingError
from cnnlab.grading.report import Roster, write_reports
from tests.grading.class_of import RELEASE, as_csv, edges, padding, table

WORKSHEET = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Last modified (grade)"]


def filled(folder, rows, results, delimiter=",", encoding="utf-8"):
    """Write a roster, fill it, and return its rows and what was told."""
    path = folder / "list.csv"
    path.write_bytes(as_csv(rows, delimiter).encode(encoding))
    roster = Roster.read(path)
    report = write_reports(folder / "out", RELEASE, results, roster=roster)[0]
    written = table(folder / "out" / "platforms" / "filled_list.csv", roster.encoding, delimiter)
    return written, report.read_text(encoding="utf-8")


def test_moodle_s_importer_finds_its_columns(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("Ada", account="1234", handed_in="2026-09-14 18:03"), padding("Ada")])
    head, row = table(tmp_path / "platforms" / "moodle_01_edge_detection.csv")
    cells = dict(zip(head, row, strict=True))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head)  # without one of them it refuses the file
    assert (cells["Identifier"], cells["Grade"], cells["Maximum Grade"]) == ("Participant 1234", "7", "10")
    assert cells["Feedback comments"] == "window_mean: 4 of 4, passed; convolve2d: 3 of 6, right in part."


def test_canvas_s_importer_finds_its_columns(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("lovelaceada", account="77"), edges("ben", account="ben@x.y")])
    head, possible, ada, ben = table(tmp_path / "platforms" / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Edge detection", "Padding and stride"]
    assert possible == ["    Points Possible", "", "", "", "", "10", "10"]
    assert (ada, ben) == (["ben", "", "", "ben@x.y", "", "7", ""], ["lovelaceada", "77", "", "", "", "7", ""])


def test_blackboard_gets_every_cell_in_quotes(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("u1", name="Ada King Lovelace", account="alove")])
    text = (tmp_path / "platforms" / "blackboard.csv").read_text(encoding="utf-8")
    heads = '"Edge detection [Total Pts: 10 Score]","Padding and stride [Total Pts: 10 Score]"'
    assert text.splitlines() == [
        f'"Last Name","First Name","Username",{heads}',
        '"Lovelace","Ada King","alove","7",""',
    ]


def test_moodle_s_worksheet_is_filled_with_the_sum_and_scaled(tmp_path):
    rows = [
        WORKSHEET,
        ["Participant 12", "Ada Lovelace", "ada@uni.example", "Submitted", "", "100.00", "-"],
        ["Participant 13", "Ben Ali", "ben@uni.example", "No submission", "5", "100.00", "-"],
    ]
    written, report = filled(tmp_path, rows, [edges("Ada Lovelace", account="12"), padding("Ada Lovelace")])
    assert written[1][4] == "85"  # 17 of 20
    assert written[2] == rows[2]
    assert "counts to 100, the release to 20; the points were scaled." in report


def test_canvas_s_gradebook_is_filled_in_the_columns_of_that_name(tmp_path):
    rows = [
        ["Student", "ID", "SIS Login ID", "Section", "Other (1)", "Padding and stride (55)", "Current Score"],
        ["    Points Possible", "", "", "", "10", "10", "(read only)"],
        ["Lovelace, Ada", "7", "al1", "A", "3", "", "50"],
    ]
    written, report = filled(tmp_path, rows, [padding("lovelaceada", account="7"), edges("lovelaceada", account="7")])
    assert written[0] == [*rows[0], "Edge detection"]
    assert written[1] == [*rows[1], "10"]
    assert written[2] == ["Lovelace, Ada", "7", "al1", "A", "3", "10", "50", "7"]
    assert "scaled" not in report


def test_blackboard_s_grade_center_keeps_its_tabs_its_encoding_and_its_column_ids(tmp_path):
    rows = [
        ["Last Name", "First Name", "Username", "Edge detection [Total Pts: 20 Score] |123"],
        ["Şahin", "Ünal", "us", ""],
    ]
    written, report = filled(tmp_path, rows, [edges("us")], "\t", "utf-16")
    assert written == [[*rows[0], "Padding and stride"], ["Şahin", "Ünal", "us", "14", ""]]
    assert "Edge detection: list.csv counts to 20, the release to 10; the points were scaled." in report


@pytest.mark.parametrize(
    ("row", "learner", "account"),
    [
        (["x1", "Ada@Uni.example", "Someone"], "ada", ""),
        (["x1", "ada@uni.example", "Someone"], "ADA@uni.example", ""),
        (["ada", "", "Someone"], "ada", ""),
        (["x1", "", "Lovelace,  Ada"], "Ada Lovelace", ""),
        (["x1", "", "Zoë Müller"], "Zoe\u0308 Mu\u0308ller", ""),
        (["x1", "", "Ada Lovelace"], "Ada Lovelace (12)", "12"),
        (["ada", "", "Someone"], "Group of ada", "ada"),
    ],
)
def test_learners_are_found_by_what_the_platforms_call_them(tmp_path, row, learner, account):
    rows = [["Username", "Email address", "Full name"], ["other", "other@uni.example", "Other One"], row]
    written, _ = filled(tmp_path, rows, [edges(learner, account=account)])
    assert [line[3] for line in written] == ["Edge detection", "", "7"]


def test_namesakes_are_told_apart_by_moodle_s_number_or_not_at_all(tmp_path):
    twins = [[f"Participant {n}", "Ada Lovelace", "", "", "", "20", "-"] for n in (12, 13)]
    written, _ = filled(tmp_path, [WORKSHEET, *twins], [padding("Ada Lovelace (13)", account="13")])
    assert [line[4] for line in written] == ["Grade", "", "10"]
    written, report = filled(tmp_path, [WORKSHEET, *twins], [padding("Ada Lovelace")])
    assert [line[4] for line in written] == ["Grade", "", ""]
    assert "Ada Lovelace fits 2 rows of list.csv" in report


def test_another_assignment_s_number_does_not_outweigh_a_name(tmp_path):
    rows = [
        WORKSHEET,
        ["Participant 1", "Ben Ali", "", "", "", "20", "-"],
        ["Participant 2", "Ada Lovelace", "", "", "", "20", "-"],
    ]
    written, _ = filled(tmp_path, rows, [padding("Ada Lovelace", account="1")])
    assert [line[4] for line in written] == ["Grade", "", "10"]


def test_one_row_is_not_filled_for_two_learners(tmp_path):
    rows = [["Username", "Full name"], ["ada", "Ada Lovelace"]]
    written, report = filled(tmp_path, rows, [edges("ada"), edges("Ada Lovelace")])
    assert written[1][2] == "7"
    assert "Ada Lovelace fits a row of list.csv that is another learner's already." in report


def test_a_row_without_a_name_is_nobody_s(tmp_path):
    for ids in (["ada"], ["ada", "ben"]):
        written, report = filled(tmp_path, [["Username"], *([id] for id in ids)], [edges("eve")])
        assert [line[1] for line in written] == ["Edge detection", *("" for _ in ids)]
        assert "eve is not in list.csv." in report


def test_work_that_the_grader_could_not_grade_leaves_the_cell_as_it_was(tmp_path):
    rows = [["Username", "Padding and stride"], ["ada", "3"], ["ben", "3"]]
    written, _ = filled(tmp_path, rows, [padding("ada", "error"), padding("ben", "unreadable")])
    assert [line[1] for line in written] == ["Padding and stride", "3", "0"]


def test_a_semicolon_and_a_code_page_are_read(tmp_path):
    rows = [["Username", "Full name"], ["us", "Müller, Zoë"]]
    written, _ = filled(tmp_path, rows, [edges("Zoë Müller")], ";", "cp1252")
    assert written[1][:3] == ["us", "Müller, Zoë", "7"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"a,b\n1,2\n", "wanted one that says who somebody is"),
        (b"\x00\x01", "wanted"),
        (b"PK\x03\x04\x14\x00", "is an Excel file, wanted CSV"),
    ],
)
def test_a_roster_that_is_none_is_refused_with_a_remedy(tmp_path, content, wanted):
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GradingError, match=r"--roster: .*list\.csv") as caught:
        Roster.read(path)
    assert wanted in str(caught.value)


def test_the_remedy_for_a_roster_without_ids_works(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Username,b\nada,2\n", encoding="utf-8")
    assert Roster.read(path).learners == {0: "ada"}


def test_moodle_s_feedback_zip_has_the_folders_that_moodle_made(tmp_path):
    folder = "Ada Lovelace_1234_assignsubmission_file"
    results = [
        edges("Ada Lovelace", file=f"{folder}/01_edge_detection.ipynb"),
        padding("Ada Lovelace", file=f"export.zip/{folder}_/02.ipynb"),
        edges("ben", file="ben/x.ipynb"),
    ]
    written = write_reports(tmp_path, RELEASE, results)
    with zipfile.ZipFile(tmp_path / "platforms" / "moodle_feedback.zip") as packed:
        assert packed.namelist() == [f"{folder}/01_edge_detection.html", f"{folder}/02_padding_and_stride.html"]
        [page] = [path for path in written if path.match("feedback/ada*/01_edge_detection.html")]
        assert packed.read(packed.namelist()[0]) == page.read_bytes()


def test_without_moodle_there_is_no_zip(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("ben", file="ben/x.ipynb")])
    assert not (tmp_path / "platforms" / "moodle_feedback.zip").exists()
