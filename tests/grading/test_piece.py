"""Which of a learner's files may count."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cnnlab.grading.gather import Handed
from cnnlab.grading.model import Limits, Release
from cnnlab.grading.piece import Piece, pieces_of
from cnnlab.grading.policy import Policy
from tests.grading.handed import PADDING, Cells, content, sheet

SHEET = sheet(PADDING)
FILES = {"blank": content(PADDING), "cut off": content(PADDING)[:-9]}


def solve(cells: Cells) -> None:
    next(cell for cell in cells if cell.get("id") == "same_padding")["source"] = "def same_padding(f): return f // 2"


FILES["begun"] = content(PADDING, solve)


def pieces(*kinds: str, repeated: str = "last") -> Sequence[Piece]:
    handed = [Handed("ada", PADDING, kind, lambda kind=kind: FILES[kind]) for kind in kinds]
    release = Release("Week 2", "2026-09-01", "0.1.0", (SHEET,))
    return list(pieces_of(handed, release, Policy(repeated=repeated), 1, Limits()))


@pytest.mark.parametrize("repeated", ["first", "last", "best"])
@pytest.mark.parametrize("kinds", [("begun", "blank"), ("blank", "begun"), ("blank", "begun", "blank")])
def test_a_copy_as_it_was_handed_out_is_no_attempt_where_there_is_another(kinds, repeated):
    [piece] = pieces(*kinds, repeated=repeated)
    assert (piece.handed.path, piece.attempts) == ("begun", 1)


def test_who_began_nothing_handed_in_what_they_handed_in():
    assert [piece.attempts for piece in pieces("blank", "blank")] == [2]
    assert [piece.handed.path for piece in pieces("blank")] == ["blank"]


def test_a_file_that_cannot_be_read_may_hold_work():
    assert [piece.handed.path for piece in pieces("begun", "cut off")] == ["cut off"]
