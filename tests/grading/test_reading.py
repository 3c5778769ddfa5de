"""Notebooks as data: whatever happens to a file, its exercises are found where they are, and forging gains nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.grading.document import LARGEST, open_document
from cnnlab.grading.model import GradingError
from cnnlab.grading.reading import LONGEST_CELL, MOST_CELLS, MOST_CODE, Page, Unreadable, read
from tests.grading.handed import PADDING, Cells, content, notebook, sheet

SHEET = sheet(PADDING)
NAMES = [exercise.id for exercise in SHEET.exercises]
SOLVED = "def {}(*arguments):\n    return 'written by the learner'"


def at(cells: Cells, id: str) -> dict[str, Any]:
    return next(cell for cell in cells if cell.get("id") == id)


def solve(cells: Cells) -> None:
    for name in NAMES:
        at(cells, name)["source"] = SOLVED.format(name)


def page(*changes: Any) -> Page:
    def change(cells: Cells) -> None:
        for each in changes:
            each(cells)

    return read(content(PADDING, change), SHEET)


def texts(page: Page, exercise: str) -> list[str]:
    return [page.cells[i].text for i in page.exercise_cells(exercise)]


def assert_all_found(page: Page) -> None:
    for name in NAMES:
        assert texts(page, name)[-1:] == [SOLVED.format(name)], name


def strip(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}
        cell.pop("id", None)


def retype(cells: Cells) -> None:
    for name, kind in zip(NAMES, ["markdown", "raw"] * len(NAMES), strict=False):
        at(cells, name)["cell_type"] = kind


def test_a_notebook_as_it_was_handed_out_is_read_without_a_note() -> None:
    read_page = page()
    assert read_page.notes == ()
    assert [cell.text for cell in read_page.cells] == list(SHEET.given.values())
    for name in NAMES:
        assert texts(read_page, name) == [SHEET.given[name]]
        assert read_page.cells[read_page.exercise_cells(name)[0]].exercise == name


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: None,
        strip,
        lambda cells: cells.reverse(),
        lambda cells: [cell.pop("id", None) for cell in cells],
        lambda cells: [cell.update(metadata={}) for cell in cells],
        lambda cells: [cell["metadata"].pop("nbgrader", None) for cell in cells],
        lambda cells: cells.extend(copy.deepcopy(cells)),
        retype,
        lambda cells: (retype(cells), strip(cells)),
        lambda cells: [cell.update(id="same") for cell in cells],
        lambda cells: [cell.update(metadata="?", id=7, outputs="?") for cell in cells],
        lambda cells: cells.extend([{}, {"cell_type": 3}, {"cell_type": "code", "source": 4}]),
        lambda cells: cells.extend(["a cell", None, 3, []]),
        lambda cells: [c.update(source=[c["source"], 3, None]) for c in cells if isinstance(c["source"], str)],
    ],
)
def test_what_happens_to_cells_costs_nothing(change: Any) -> None:
    assert_all_found(page(solve, change))


def test_the_function_may_stand_in_another_cell() -> None:
    elsewhere = {"cell_type": "code", "metadata": {}, "source": "import numpy\n\n" + SOLVED.format("zero_pad")}
    found = page(lambda cells: cells.append(elsewhere))
    assert texts(found, "zero_pad") == [elsewhere["source"]]
    assert found.cells[found.exercise_cells("zero_pad")[0]].exercise == "zero_pad"


def test_what_was_left_in_the_exercise_cell_does_not_hide_the_solution() -> None:
    elsewhere = {"cell_type": "code", "metadata": {}, "source": SOLVED.format("zero_pad")}
    found = page(lambda cells: (at(cells, "zero_pad").update(source="print(2)"), cells.append(elsewhere)))
    assert texts(found, "zero_pad") == [elsewhere["source"]]


def test_a_copy_of_the_stub_does_not_hide_the_solution() -> None:
    def duplicate(cells: Cells) -> None:
        cells.append(copy.deepcopy(at(cells, "zero_pad")))
        at(cells, "zero_pad")["source"] = SOLVED.format("zero_pad")

    assert texts(page(duplicate), "zero_pad") == [SOLVED.format("zero_pad")]


def test_the_last_of_two_solutions_counts_and_a_note_says_so() -> None:
    def twice(cells: Cells) -> None:
        at(cells, "zero_pad")["source"] = SOLVED.format("zero_pad")
        cells.append({**at(cells, "zero_pad"), "source": "def zero_pad(X, pad): return 2"})

    found = page(twice)
    assert texts(found, "zero_pad") == [SOLVED.format("zero_pad"), "def zero_pad(X, pad): return 2"]
    assert "zero_pad is written in 2 cells: the last of them counts." in found.notes


def test_the_exercise_cell_goes_before_an_experiment_below_it() -> None:
    for source in ("zero_pad = None", "def zero_pad(X, pad): return 2"):
        found = page(solve, lambda cells, source=source: cells.append({"cell_type": "code", "source": source}))
        assert texts(found, "zero_pad") == [SOLVED.format("zero_pad")]
        told = "zero_pad is written in another cell too: that in its own cell counts."
        assert (told in found.notes) == source.startswith("def")


def test_what_was_handed_out_and_deleted_is_kept_but_for_stubs() -> None:
    def clear(cells: Cells) -> None:
        first = next(cell for cell in cells if cell["cell_type"] == "code")
        first["source"] += "\nSIDE = 3"  # changed by the learner: still there
        cells[:] = [cell for cell in cells if cell is first or cell["cell_type"] != "code"]

    gone = {cell.text for cell in page(clear).gone}
    first, *others = SHEET.given.values()
    assert first not in gone
    assert gone == {text for text in others if "raise NotImplementedError" not in text}
    assert page(solve, strip).gone == page().gone == ()


def test_what_is_written_anew_before_the_check_is_what_the_check_saw() -> None:
    anew = {"cell_type": "code", "metadata": {}, "source": "def zero_pad(X, pad): return 2"}
    other = {"cell_type": "code", "metadata": {}, "source": "zero_pad = 3"}

    def insert(cells: Cells) -> None:
        cells.insert(cells.index(at(cells, "check_zero_pad")), anew)
        cells.insert(cells.index(at(cells, "check_zero_pad")), other)

    def append(cells: Cells) -> None:
        cells.append({**anew, "source": anew["source"] + "\ncheck.zero_pad(zero_pad)"})

    for change in (insert, append):
        found = page(solve, change)
        first, last = texts(found, "zero_pad")
        assert first == SOLVED.format("zero_pad")
        assert last.startswith(anew["source"])
        assert "zero_pad is written in 2 cells: the last of them counts." in found.notes


def test_cells_that_were_joined_are_the_cells_of_both() -> None:
    def join(cells: Cells) -> None:
        first, second = at(cells, "zero_pad"), at(cells, "same_padding")
        first["source"] += "\n\n" + second["source"]
        cells.remove(second)

    found = page(solve, join)
    assert found.exercise_cells("zero_pad") == found.exercise_cells("same_padding") != ()


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_cell_that_is_no_code_any_more_counts_and_a_note_says_so(kind: str) -> None:
    found = page(solve, lambda cells: at(cells, "zero_pad").update(cell_type=kind))
    assert texts(found, "zero_pad") == [SOLVED.format("zero_pad")]
    assert "The cell of zero_pad is not a code cell any more: it was read as code." in found.notes


def test_code_in_a_fence_counts_without_the_words_around_it() -> None:
    text = f"My answer:\n\n```python\n{SOLVED.format('zero_pad')}\n```\nDone."
    found = page(lambda cells: at(cells, "zero_pad").update(cell_type="markdown", source=text))
    assert texts(found, "zero_pad") == [SOLVED.format("zero_pad") + "\n"]


def test_prose_is_not_taken_for_code() -> None:
    prose = {"cell_type": "markdown", "metadata": {}, "source": "zero_pad = what we write now"}
    found = page(lambda cells: (cells.remove(at(cells, "zero_pad")), cells.append(prose)))
    assert found.exercise_cells("zero_pad") == ()


@pytest.mark.parametrize(
    "text",
    [
        "async def zero_pad(X): ...",
        "class zero_pad: ...",
        "zero_pad = lambda X, pad: X",
        "zero_pad: object = len",
        "@staticmethod\ndef  zero_pad (X): ...",
        "if True:\n    def zero_pad(X): ...",  # only the cell's mark tells
    ],
)
def test_every_way_to_write_it(text: str) -> None:
    assert texts(page(lambda cells: at(cells, "zero_pad").update(source=text)), "zero_pad") == [text]


@pytest.mark.parametrize(
    "text", ["zero_pad == 3", "    def zero_padding(): ...", "def zero_padding(): ...", "# zero_pad = 1"]
)
def test_what_does_not_define_it(text: str) -> None:
    other = {"cell_type": "code", "metadata": {}, "source": text}
    found = page(lambda cells: (cells.remove(at(cells, "zero_pad")), cells.append(other)))
    assert found.exercise_cells("zero_pad") == ()


def test_forged_marks_gain_nothing() -> None:
    def forge(cells: Cells) -> None:
        at(cells, "zero_pad")["metadata"]["nbgrader"]["grade_id"] = "same_padding"
        at(cells, "usage_count")["metadata"]["nbgrader"]["grade_id"] = "same_padding"
        at(cells, "check_zero_pad")["metadata"]["nbgrader"]["points"] = 1000
        cells.append(
            {"cell_type": "code", "id": "my_own", "metadata": {"nbgrader": {"grade_id": "bonus"}}, "source": ""}
        )

    found = page(solve, forge)
    assert_all_found(found)
    assert found.notes == (
        "The notebook says that zero_pad is worth 1000 points; the release says 3, and that counts.",
    )
    assert set(found.places) == set(NAMES)


def test_checks_edited_or_deleted_are_told() -> None:
    found = page(
        solve,
        lambda cells: at(cells, "check_zero_pad").update(source="print('all right')"),
        lambda cells: cells.remove(at(cells, "check_same_padding")),
        lambda cells: at(cells, "check_usage_count").update(source=["check.usage_count(usage_count)  \n", "\n"]),
    )
    assert found.notes == (
        "The check cell of zero_pad was edited; it does not count.",
        "The check cell of same_padding is gone; that costs nothing.",
    )


def test_checks_without_their_marks_are_known_by_their_text() -> None:
    assert page(strip).notes == ()


def test_format_3() -> None:
    row = notebook(PADDING, solve)
    for cell in row["cells"]:
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": row["cells"]}]}
    assert_all_found(read(json.dumps(old).encode(), SHEET))


@pytest.mark.parametrize("format", [(4, 0), (4, 4), (4, 5), (4, 99), (5, 0), ("four", None), (10**30, -1)])
def test_other_formats_with_cells(format: tuple[Any, Any]) -> None:
    row = notebook(PADDING, solve) | {"nbformat": format[0], "nbformat_minor": format[1]}
    assert_all_found(read(json.dumps(row).encode(), SHEET))


def test_every_coding() -> None:
    text = content(PADDING, solve).decode()
    for coding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert_all_found(read(text.encode(coding), SHEET))


def test_bytes_that_are_no_text_cost_no_more_than_themselves() -> None:
    found = read(content(PADDING, solve).replace(b'"cell_type"', b'"\xff": 1, "cell_type"', 1), SHEET)
    assert_all_found(found)
    assert found.notes == ("The file holds bytes that are not text; they were replaced.",)


def test_odd_json_that_python_reads() -> None:
    held = content(PADDING, solve)
    odd = b'{"a": NaN, "b": -Infinity, "c": ' + b"9" * 100_000 + b', "cells": [], "d": "\ttab", ' + held[1:]
    assert_all_found(read(odd, SHEET))


def test_halves_of_characters_can_be_written_on() -> None:
    found = page(lambda cells: at(cells, "zero_pad").update(source="zero_pad = '\ud800'", id="\udfff"))
    for cell in found.cells:
        (cell.text + cell.id).encode()


UNREADABLE = {
    b"": "The file is empty.",
    b" \n": "The file is empty.",
    b"def zero_pad(X, pad): return X": "it does not hold JSON",
    b"\x00\x01\x02": "it does not hold JSON",
    b"PK\x03\x04\x00": "The file is a zip archive, a Word or an Excel file, not a notebook.",
    b"%PDF-1.7": "The file is a PDF",
    b"<!DOCTYPE html>": "The file is a web page",
    b"[" * 400_000: "nested deeper",
    b'{"a":' * 100_000: "nested deeper",
    b"[1, 2]": "it has no cells",
    b'{"cells": 3}': "it has no cells",
    b'{"worksheets": {}}': "it has no cells",
    b"{": "The file is cut off",
    b'{"cells": [,]}': "damaged at line 1, column 12",
    b'{"cells": [' + b"{}," * 500_000 + b"{}]}": "more than 500,000 lists",
    b'{"cells": []}' + b" " * LARGEST: "The file has 20 MB; up to 20 MB are read.",
}


@pytest.mark.parametrize("held", UNREADABLE, ids=list(UNREADABLE.values()))
def test_what_is_no_notebook_is_told_in_a_sentence(held: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read(held, SHEET)
    assert UNREADABLE[held] in str(caught.value)
    assert str(caught.value).endswith(("again.", "file again."))
    assert isinstance(caught.value, GradingError)


def test_a_notebook_cut_off_anywhere_is_told() -> None:
    held = content(PADDING)
    for end in range(1, len(held) - 1, 997):
        with pytest.raises(Unreadable):
            read(held[:end], SHEET)


def test_what_goes_on_is_bounded_and_exercises_go_first() -> None:
    filler = [{"cell_type": "code", "source": f"x{i} = 0"} for i in range(MOST_CELLS)]
    found = page(solve, lambda cells: cells.__setitem__(slice(0, 0), filler))
    assert_all_found(found)
    assert len(found.cells) == MOST_CELLS
    assert any(
        note.endswith("beyond what is read of one notebook, 2,000 cells and 2,000,000 characters.")
        for note in found.notes
    )
    order = [found.exercise_cells(name)[0] for name in NAMES]
    assert order == sorted(order)  # still the notebook's order

    large = [{"cell_type": "code", "source": "#" * LONGEST_CELL} for _ in range(12)]
    found = page(solve, lambda cells: cells.__setitem__(slice(0, 0), large))
    assert_all_found(found)
    assert sum(len(cell.text) for cell in found.cells) <= MOST_CODE


def test_more_cells_than_anybody_writes() -> None:
    found = page(solve, lambda cells: cells.extend([{}] * 20_000))
    assert_all_found(found)
    assert found.notes[0].endswith("cells; the first 20,000 were looked at.")


def test_a_cell_that_is_too_long_is_left_out() -> None:
    found = page(solve, lambda cells: cells.append({"cell_type": "code", "source": "#" * (LONGEST_CELL + 1)}))
    assert_all_found(found)
    assert "1 cell is longer than 200,000 characters: not read." in found.notes


# Cells are dropped, doubled, moved, retyped, emptied of marks; each exercise's text stays somewhere.
MUTATION = st.tuples(
    st.sampled_from(["unmark", "double", "move", "retype", "no id", "drop", "list"]), st.integers(0, 200)
)


def mutate(cells: Cells, mutations: list[tuple[str, int]]) -> None:
    for kind, number in mutations:
        place = number % len(cells)
        cell = cells[place]
        match kind:
            case "unmark":
                cell["metadata"] = {}
            case "double":
                cells.insert(number * 7 % len(cells), copy.deepcopy(cell))
            case "move":
                cells.insert(number * 5 % len(cells), cells.pop(place))
            case "retype":
                cell["cell_type"] = ("markdown", "raw", "code")[number % 3]
            case "no id":
                cell.pop("id", None)
            case "drop" if not any(f"def {name}" in "".join(cell["source"]) for name in NAMES):
                del cells[place]
            case "list":
                cell["source"] = "".join(cell["source"]).splitlines(keepends=True)


@given(st.lists(MUTATION, max_size=60))
@settings(max_examples=60, deadline=None)
def test_mutations_of_cells_lose_no_exercise(mutations: list[tuple[str, int]]) -> None:
    assert_all_found(page(solve, lambda cells: mutate(cells, mutations)))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_mutations_of_bytes_raise_nothing_else(data: st.DataObject) -> None:
    held = bytearray(content(PADDING, solve))
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(held) - 1), st.integers(0, 255)), max_size=5)):
        held[place] = byte
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(held))))
    try:
        found = read(bytes(held[:cut]), SHEET)
    except Unreadable:
        return
    for cell in found.cells:
        cell.text.encode()
    assert all(place < len(found.cells) for places in found.places.values() for place in places)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.sampled_from(["code", "def zero_pad(): 1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "cell_type", "source", "input", "metadata", "id", "nbgrader", "cnnlab", "worksheets"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(JSON, JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_at_all(cells: Any, metadata: Any) -> None:
    held = json.dumps({"cells": cells if isinstance(cells, list) else [cells], "metadata": metadata})
    read(held.encode(), SHEET)
    open_document(held.encode())
