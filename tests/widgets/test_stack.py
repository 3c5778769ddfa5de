"""Channels side by side share one cursor: each panel knows its part, each word is found from its step."""

import re

import numpy as np

from cnnlab.widgets.cells import words_of
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.stack import Book, outputs


def scene():
    """Three output channels of 2×2 over an input of 2 channels of 3×3."""
    book = Book((3, 2, 2), (2, 3, 3))
    book.say("twice", (str(2 * step) for step in range(12)))
    book.many("pair", words_of(np.arange(24.0).reshape(12, 2), 0))
    book.tell("cell", (f"cell {n}" for n in range(18)))
    for k in range(3):
        book.tell(f"fed{k}", [""] * 18)
    values = np.arange(12.0).reshape(3, 2, 2)
    panels = outputs("Output", values, values == 7, 0, 28, np.full(values.shape, "#ffffff"))
    sentences = {"cell": "{twice}: {pair0} and {pair1}.", "probe": "{cell}."}
    return Scene(book.rows, book.columns, (panels,), book.slots, book.tables, book.arrays, sentences, sizes=book.sizes)


def test_every_step_finds_its_own_words():
    for step in range(12):
        assert scene().at(step).sentence("cell") == f"{2 * step}: {2 * step} and {2 * step + 1}."


def test_every_cell_of_every_input_channel_finds_its_own_word():
    still = scene().at(0)
    still.cursors = {"cell": (0, 0), "probe": (3 + 1, 2)}  # of the second channel
    assert still.sentence("probe") == "cell 14."


def test_a_panel_says_which_rows_of_the_cursor_are_its_own():
    html = scene().html()
    assert re.findall(r'data-hit="cell" data-first="(\d)" data-rows="(\d)"', html) == [
        ("0", "2"),
        ("2", "2"),
        ("4", "2"),
    ]
    assert scene().description()["sizes"]["cell"] == [6, 2]


def test_the_marked_cell_is_in_sight_in_its_own_channel_only():
    still = scene().at(6)  # row 3 of the cursor: the second row of the second channel
    tops = [
        still.place(mover)[1] / 28
        for panel in still.scene.lines[0]
        for clip in panel.shapes[-1:]
        for mover in clip.shapes
    ]
    assert tops == [3, 1, -1]  # of two rows in sight, 0 and 1
