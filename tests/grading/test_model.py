"""A release's file is read whole or refused: it may have been edited by hand."""

from __future__ import annotations

import json

import pytest

from cnnlab.grading.model import RELEASE, Assigned, GradingError, Release, Sheet

MADE = Release(
    "Week 1", "2026-09-01", "0.1.0", (Sheet("02_padding", "Padding", (Assigned("zero_pad", 3),), {"a": "x"}),)
)


def test_a_release_is_read_as_it_was_written(tmp_path):
    MADE.write(tmp_path)
    assert Release.read(tmp_path) == MADE


def worth(points):
    return lambda row: row["sheets"][0]["exercises"][0].update(points=points)


def twice(row):
    row["sheets"][0]["exercises"] *= 2


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (worth("3"), "zero_pad is worth '3' points"),
        (worth(None), "zero_pad is worth None points"),
        (worth(-1), "zero_pad is worth -1 points"),
        (worth(float("inf")), "zero_pad is worth inf points"),
        (worth(float("nan")), "zero_pad is worth nan points"),
        (worth(True), "zero_pad is worth True points"),
        (twice, "an exercise comes twice in 02_padding"),
        (lambda row: row["sheets"][0].update(name="../../x"), "no notebook can be called '../../x'"),
        (lambda row: row["sheets"][0].update(given=["x"]), "'list' object has no attribute 'values'"),
        (lambda row: row["sheets"][0].update(given={"a": 3}), "a cell of 02_padding is no text"),
        (lambda row: row.update(sheets=[]), "it has no notebook or no title"),
        (lambda row: row.update(title=3), "it has no notebook or no title"),
        (lambda row: row.update(points=3), "unexpected keyword argument 'points'"),
    ],
)
def test_a_release_that_was_edited_by_hand_is_refused_before_anything_is_graded(tmp_path, edit, told):
    row = json.loads(MADE.to_json())
    edit(row)
    (tmp_path / RELEASE).write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(GradingError) as caught:
        Release.read(tmp_path)
    assert f"{RELEASE} is damaged (" in str(caught.value)
    assert told in str(caught.value)
    assert str(caught.value).endswith("Make the release again.")
