"""PoolExplorer shows what the library computes, who wins, what a shift changes, and survives every control."""

import itertools
import os
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.conventions import coursera, cs231n
from cnnlab.shapes import ShapeError
from cnnlab.traces import trace_pool
from cnnlab.traces.number import number
from cnnlab.widgets import PoolExplorer
from cnnlab.widgets.cells import WINNER
from cnnlab.widgets.poolexplorer import INPUTS
from cnnlab.widgets.poolexplorer_picture import draw

GOLDEN = Path(__file__).parent / "golden"
RNG = np.random.default_rng(0)


@pytest.fixture
def lab():
    made = PoolExplorer()
    yield made
    made.close()


# The picture.

CASES = {
    "pool": {},
    "pool_ties": {"x": "ties", "stride": 1, "pad": 1, "shift": 1},
    "pool_average": {"x": [[[1, 2.5, -3]] * 3, [[0, 1, 2]] * 3], "mode": "average"},
    "pool_wrong": {"fn": lambda A_prev, hparameters, mode: coursera.pool_forward(A_prev, hparameters, "average")},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    lab = PoolExplorer(**CASES[name])
    lab.step = 1
    text = lab._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    lab.close()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_word_at_every_step_is_the_traces_number(data):
    f = data.draw(st.integers(1, 3))
    x = RNG.integers(-3, 4, (data.draw(st.integers(1, 3)), data.draw(st.integers(f, 6)), data.draw(st.integers(f, 6))))
    trace = trace_pool(
        x,
        f,
        mode=data.draw(st.sampled_from(["max", "average"])),
        stride=data.draw(st.integers(1, 3)),
        pad=data.draw(st.integers(0, f - 1)),
        shift=data.draw(st.integers(0, 3)),
    )
    step = data.draw(st.integers(0, len(trace) - 1))
    still, truth = draw(trace).at(step), trace[step]
    for n, (cell, wins) in enumerate(zip(truth.window.flat, truth.winners.flat, strict=True)):
        assert still.word(f"window{n}") == ("" if np.isnan(cell) else number(cell, trace.decimals))
        assert (still.word(f"shade{n}") == WINNER) == wins
    assert still.word("value") == number(truth.value, trace.decimals)
    assert still.sentence("formula") == truth.formula
    assert still.sentence("cell") == f"Step {step + 1} of {len(trace)}. {truth.sentence}"
    for channel in range(len(trace.x)):
        marked = len(re.findall("M", still.word(f"winners{channel}")))
        assert marked == (truth.winners.sum() if channel == truth.channel else 0)
        assert bool(still.word(f"here{channel}")) == (channel == truth.channel)


def test_the_window_outlined_is_the_one_that_is_pooled():
    trace = trace_pool(RNG.normal(size=(2, 5, 6)), 3, stride=2, pad=1, mode="average")
    scene = draw(trace)
    for step in range(len(trace)):
        path = scene.at(step).word(f"here{trace[step].channel}")
        left, top, *_ = map(float, re.findall(r"-?[\d.]+", path))
        width = float(re.search(r"h([\d.]+)v", path)[1]) / 3
        row, column = round(top / 28), round(left / width)
        part = trace.padded[trace[step].channel, row : row + 3, column : column + 3]
        np.testing.assert_array_equal(part, trace[step].window)


def test_an_input_cell_knows_the_windows_it_lies_in(lab):
    lab.controls["channels"].value = 2
    lab.controls["stride"].value = 1
    still = lab._scene.at(0)
    still.cursors = {"cell": (0, 0), "probe": (4 + 1, 1)}  # of the second channel, four rows down
    assert re.search(
        r"Channel 2, row 1, column 1, .* in the windows of rows 0 to 1, columns 0 to 1", still.sentence("probe")
    )
    assert len(re.findall("M", still.word("fed1"))) == 4
    assert still.word("fed0") == ""


def test_overlapping_windows_show_their_neighbours(lab):
    assert lab._scene.at(0).word("next0") == ""
    lab.controls["stride"].value = 1
    assert len(re.findall("M", lab._scene.at(4).word("next0"))) == 4  # the middle of 3×3
    assert "thin lines" in lab._scene.sentences["note"]


def test_cells_no_window_covers_are_marked_and_told():
    lab = PoolExplorer(np.ones((3, 3)))
    assert "not covered by any window" in lab._scene.sentences["note"]
    still = lab._scene.at(0)
    still.cursors = {"cell": (0, 0), "probe": (2, 0)}
    assert still.sentence("probe") == "Channel 1, row 2, column 0, value 1: no window covers it."
    lab.close()


# Code.


def test_the_example(lab):
    assert repr(lab) == (
        "PoolExplorer: 4×4×1 input, max 2×2, stride 2, 2×2×1 output, step 1 of 4, channel 1, row 0, column 0, value 5"
    )
    np.testing.assert_array_equal(lab.output, ops.maxpool2d(lab.trace.x[None], 2)[0][0])
    assert "Parameters: 0." in lab._scene.sentences["note"]


@pytest.mark.parametrize(("mode", "pad", "told"), [("max", 1, True), ("max", 0, False), ("average", 1, False)])
def test_padding_that_never_wins_is_told(mode, pad, told):
    lab = PoolExplorer(mode=mode, pad=pad)
    assert ("Padding counts as −∞ here: it never wins" in lab._scene.sentences["note"]) == told
    lab.close()


def test_a_shift_is_counted_and_marked():
    lab = PoolExplorer("spots", shift=1)
    cells, changed = lab.trace.x != lab.trace.original, lab.trace.changed
    assert lab._scene.sentences["note"].count(
        f"moved right by 1 column: {cells.sum()} of 36 input cells changed, and {changed.sum()} of 9 output cells"
    )
    assert changed.sum() == 0  # each spot stays in its window
    lab.controls["shift"].value = 2
    assert lab.trace.changed.sum() == 5  # in the next one: the tolerance has an end
    lab.close()


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_own_arrays_in_both_layouts(layout):
    x = RNG.integers(0, 9, (3, 5, 6))
    lab = PoolExplorer(x if layout == "channels_first" else x.transpose(1, 2, 0), layout=layout, size=3, stride=1)
    np.testing.assert_array_equal(lab.output, ops.maxpool2d(x[None], 3, stride=1)[0][0])
    lab.controls["channels"].value = 2
    lab.controls["x"].value = "six"
    lab.controls["x"].value = "own"
    np.testing.assert_array_equal(lab.trace.x, x[:2])
    lab.close()


def test_saved_notebook_shows_the_state_and_stays_small(lab):
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "the largest of 4 cells is 5" in bundle["image/svg+xml"]
    assert len(bundle["image/svg+xml"]) < 30_000


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    PoolExplorer().close()
    assert set(registry) == before


# Controls.


def test_every_control_changes_the_picture(lab):
    for key, value in {
        "x": "six",
        "channels": 2,
        "shift": 1,
        "size": 3,
        "stride": 1,
        "pad": 1,
        "mode": "average",
    }.items():
        before = lab.trace
        lab.controls[key].value = value
        assert lab.trace is not before, key
    assert lab.message == ""
    assert repr(lab).startswith(
        "PoolExplorer: 6×6×2 input, shifted by 1, average 3×3, stride 1, pad 1, 6×6×2 output, step 1 of 72"
    )


@pytest.mark.parametrize("name", list(INPUTS))
def test_every_input_under_every_corner_of_the_sliders(name):
    lab = PoolExplorer(name)
    for channels, size, stride, pad, shift, mode in itertools.product(
        (1, 3), (1, 4), (1, 4), (0, 2), (0, 3), ("max", "average")
    ):
        for key, value in (
            ("pad", 0), ("channels", channels), ("size", size), ("stride", stride), ("shift", shift), ("mode", mode),
        ):  # fmt: skip
            lab.controls[key].value = value
            assert lab.message == ""
        lab.controls["pad"].value = pad
        assert (lab.message != "") == (pad >= size)
        assert lab.setting.pad == (0 if pad >= size else pad)
        if lab.message:
            lab._undo()  # takes the refused pad back
    lab.close()


def test_an_impossible_setting_explains_itself_and_keeps_the_picture(lab):
    before = lab.trace
    lab.controls["pad"].value = 2
    assert lab.message.startswith("pad: got 2 rows for a window of 2")
    assert lab.trace is before
    assert lab.controls["pad"].value == 0
    lab._undo()
    assert lab.message == ""
    lab.controls["size"].value = 3  # the remedy: a larger window
    lab.controls["pad"].value = 2
    assert lab.message == ""


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": np.zeros(3)}, ShapeError, "wanted one picture"),
        ({"x": np.zeros((5, 5, 4))}, ShapeError, 'layout="channels_last"'),
        ({"x": np.zeros((13, 2))}, ShapeError, "at most 12×12"),
        ({"x": [[np.inf, 1]]}, ValueError, "nan_to_num"),
        ({"x": "seven"}, ValueError, "four, six, spots"),
        ({"x": [[1, 2], [3]]}, ShapeError, "different lengths"),
        ({"x": [[1]], "size": 2}, ShapeError, "window of 1 or less"),
        ({"mode": "min"}, ValueError, 'mode="max"'),
        ({"size": 9}, ValueError, "from 1 to 4. Write size=4"),
        ({"size": 0}, ValueError, "size: got 0"),
        ({"stride": 0}, ValueError, "stride: got 0"),
        ({"pad": 2}, ShapeError, "larger window"),
        ({"shift": 1.5}, ValueError, "whole number"),
        ({"shift": 4}, ValueError, "Write shift=3"),
        ({"layout": "CHW"}, ValueError, "channels_last"),
        ({"fn": "max"}, TypeError, "without brackets"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        PoolExplorer(**arguments)


# The learner's own function.


@pytest.mark.parametrize("fn", [coursera.pool_forward, cs231n.max_pool_forward_naive], ids=["last", "first"])
def test_a_right_function_is_shown_and_not_marked(fn):
    lab = PoolExplorer("ties", size=3, stride=2, pad=1, fn=fn)
    assert lab.message == ""
    assert not lab.trace.differs.any()
    assert "what your function returned" in lab._scene.sentences["note"]
    lab.controls["mode"].value = "average"
    assert not lab.trace.differs.any()
    assert ("maximum only" in lab._scene.sentences["note"]) == (fn is cs231n.max_pool_forward_naive)
    lab.close()


def test_a_wrong_function_is_marked():
    lab = PoolExplorer(fn=CASES["pool_wrong"]["fn"])
    assert "4 of 4 cells differ" in lab._scene.sentences["note"]
    assert lab.trace[0].sentence.endswith("is 5, but your function returned 3.25.")
    lab.close()


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda A_prev, hparameters, mode: None, "return statement"),
        (lambda A_prev, hparameters, mode: A_prev, r"np.zeros\(\(1, 2, 2, 1\)\)"),
        (lambda A_prev, hparameters: A_prev, "TypeError"),
    ],
)
def test_a_function_that_fails_is_told_in_a_sentence(fn, words):
    lab = PoolExplorer(fn=fn)
    assert re.search(words, lab.message)
    assert not lab.trace.differs.any()
    lab.fn = coursera.pool_forward  # the remedy: a function that works
    assert lab.message == ""
    lab.close()
