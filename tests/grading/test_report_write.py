"""The tables: their rows, their bytes, and nothing in them that a spreadsheet would run."""

import json
from fractions import Fraction

import pytest

from cnnlab.grading.report import write_reports
from cnnlab.grading.report.table import defused
from tests.grading.class_of import RELEASE, edges, padding, table


def test_scores_hold_a_row_for_each_exercise_in_the_release_s_order(tmp_path):
    write_reports(tmp_path, RELEASE, [padding("ben"), edges("ada", first=0), padding("ada", "unreadable")])
    head, *rows = table(tmp_path / "scores.csv")
    assert head[:7] == ["learner", "notebook", "exercise", "points", "max", "state", "mistake"]
    assert [row[:7] for row in rows] == [
        ["ada", "01_edge_detection", "window_mean", "0", "4", "fail", "sum"],
        ["ada", "01_edge_detection", "convolve2d", "3", "6", "part", ""],
        ["ada", "02_padding_and_stride", "output_size", "0", "10", "unreadable", ""],
        ["ben", "02_padding_and_stride", "output_size", "10", "10", "pass", ""],
    ]


def test_totals_count_what_the_policies_left(tmp_path):
    late = edges("ada", kept=Fraction(4, 5), late="1 day late: 20 % less.", name="Ada Lovelace")
    write_reports(tmp_path, RELEASE, [late, padding("ada")])
    head, row = table(tmp_path / "totals.csv")
    assert dict(zip(head, row, strict=True)) == {
        "learner": "ada",
        "name": "Ada Lovelace",
        "01_edge_detection": "5.6",
        "02_padding_and_stride": "10",
        "points": "15.6",
        "max": "20",
        "percent": "78",
    }
    [scores] = [row for row in table(tmp_path / "scores.csv") if row[2] == "window_mean"]
    assert scores[3:] == ["4", "4", "pass", "", "0.8", "1 day late: 20 % less.", "", ""]


def test_json_holds_names_as_they_are(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("=ada", name="Ünal")])
    read = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    [result] = read["results"]
    assert (result["learner"], result["name"], result["points"], result["max"]) == ("=ada", "Ünal", 7, 10)
    assert [exercise["state"] for exercise in result["exercises"]] == ["pass", "part"]


def test_the_same_results_give_the_same_bytes_in_any_order(tmp_path):
    results = [edges("ben"), padding("ada"), edges("Ada"), edges("ada", file="Ada_7_assignsubmission_file_/x.ipynb")]
    first = write_reports(tmp_path / "a", RELEASE, results)
    second = write_reports(tmp_path / "b", RELEASE, results[::-1])
    assert [path.relative_to(tmp_path / "a") for path in first] == [path.relative_to(tmp_path / "b") for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
    assert {path for path in (tmp_path / "a").rglob("*") if path.is_file()} == set(first)


@pytest.mark.parametrize("name", ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "\t=1", " =1", "＝1", "=HYPERLINK(1)"])
def test_no_cell_of_any_table_is_a_formula(tmp_path, name):
    about = {"name": name, "file": name, "account": name, "handed_in": name, "late": name}
    written = write_reports(tmp_path, RELEASE, [edges(name, **about), padding(name, **about)])
    tables = [path for path in written if path.suffix == ".csv"]
    assert len(tables) == 6
    for path in tables:
        cells = [cell for row in table(path, "utf-8-sig") for cell in row]
        assert name not in cells
        assert f"'{name}" in cells


@pytest.mark.parametrize("cell", ["-", "-2.5", "+3", "--", "2026-09-14 18:03", "Ada", ""])
def test_what_is_no_formula_stays(cell):
    assert defused(cell) == cell


def test_a_name_that_is_a_path_stays_inside_the_folder(tmp_path):
    names = ["../../evil", "/etc/passwd", "..", "con", "a/b\\c", "x" * 300, "\udcff.ipynb", "Ada", "ada"]
    out = tmp_path / "out"
    written = write_reports(out, RELEASE, [edges(name) for name in names])
    pages = [path for path in written if path.parent.parent == out / "feedback"]
    assert len(set(pages)) == len(names)
    assert all(path.resolve().is_relative_to(out) and path.is_file() for path in written)
    assert [*tmp_path.iterdir()] == [out]


def test_excel_gets_its_mark_where_a_name_needs_it_and_programs_never_do(tmp_path):
    write_reports(tmp_path, RELEASE, [edges("zoe", name="Zoë")])
    assert (tmp_path / "totals.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / "scores.csv").read_bytes().startswith(b"learner,")
    write_reports(tmp_path, RELEASE, [edges("ada", name="Ada")])
    assert (tmp_path / "totals.csv").read_bytes().startswith(b"learner,")


def test_an_empty_class_has_reports_too(tmp_path):
    report = write_reports(tmp_path, RELEASE, [])[0]
    assert "Nothing was handed in." in report.read_text(encoding="utf-8")
    assert len(table(tmp_path / "scores.csv")) == 1
