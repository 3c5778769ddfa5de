"""VolumeConv shows what the library computes, takes the learner's arrays and function, and survives every control."""

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
from cnnlab.traces import trace_volume
from cnnlab.traces.number import number
from cnnlab.widgets import VolumeConv
from cnnlab.widgets.volumeconv_picture import draw

GOLDEN = Path(__file__).parent / "golden"
RNG = np.random.default_rng(0)
X, W, B = RNG.integers(0, 4, (2, 4, 5)), RNG.integers(-1, 2, (3, 2, 2, 3)), np.array([1, 0, -2])


@pytest.fixture
def lab():
    made = VolumeConv()
    yield made
    made.close()


# The picture.

CASES = {
    "volume": {},
    "volume_relu": {"x": X, "w": W, "b": B, "relu": True},
    "volume_wrong": {"fn": lambda A_prev, W, b, hparameters: coursera.conv_forward(A_prev, W, 0 * b, hparameters)},
    "volume_fractions": {"x": X[0] / 3, "w": W[:1, :1] / 4, "stride": 2},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    lab = VolumeConv(**CASES[name])
    lab.step = 1
    text = lab._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    lab.close()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_word_at_every_step_is_the_traces_number(data):
    c, f, r, s = (data.draw(st.integers(1, 3)) for _ in range(4))
    x = RNG.integers(-3, 9, (c, data.draw(st.integers(r, 6)), data.draw(st.integers(s, 6))))
    trace = trace_volume(
        x,
        RNG.integers(-2, 3, (f, c, r, s)) / data.draw(st.sampled_from([1, 2, 3])),
        RNG.integers(-2, 3, f),
        stride=data.draw(st.integers(1, 3)),
        pad=data.draw(st.integers(0, 2)),
        relu=data.draw(st.booleans()),
    )
    step = data.draw(st.integers(0, len(trace) - 1))
    still, truth = draw(trace).at(step), trace[step]
    for name, values in (("weights", truth.weights), ("products", truth.products), ("partials", truth.partials)):
        for n, value in enumerate(values.flat):
            assert still.word(f"{name}{n}") == number(value, trace.decimals)
    for name in ("bias", "total", "value"):
        assert still.word(name) == number(getattr(truth, name), trace.decimals)
    assert still.word("filter") == f"· filter {truth.filter + 1}"
    assert still.sentence("formula") == truth.formula
    assert still.sentence("cell") == f"Step {step + 1} of {len(trace)}. {truth.sentence}"


def test_the_window_outlined_is_the_one_that_is_multiplied():
    trace = trace_volume(X, W, stride=2, pad=1)
    scene = draw(trace)
    for step in range(len(trace)):
        x, y, width, height = map(float, re.findall(r"-?[\d.]+", scene.at(step).word("window"))[:4])
        part = trace.padded[:, round(y / 28) : round((y + height) / 28), round(x / 28) : round((x + width) / 28)]
        np.testing.assert_array_equal(part, trace[step].window)


def test_an_input_cell_knows_the_outputs_it_feeds(lab):
    still = lab._scene.at(0)
    still.cursors = {"cell": (0, 0), "probe": (7 + 2, 3)}  # of the second channel, padded to 7 rows
    assert still.sentence("probe") == (
        f"Channel 2, row 2, column 3, value {number(lab.trace.x[1, 1, 2])}: "
        "used by every filter for outputs in rows 0 to 1, column 1."
    )
    assert len(re.findall("M", still.word("fed0"))) == 2
    assert still.word("fed0") == still.word("fed1")


def test_cells_no_window_covers_are_marked_and_told():
    lab = VolumeConv(np.ones((1, 4, 3)), np.ones((1, 1, 3, 3)), stride=2)
    assert "not covered by any window" in lab._scene.sentences["note"]
    still = lab._scene.at(0)
    still.cursors = {"cell": (0, 0), "probe": (3, 0)}
    assert still.sentence("probe") == "Channel 1, row 3, column 0, value 1: no window covers it."
    lab.close()


# Code.


def test_the_example_of_the_course(lab):
    assert repr(lab) == (
        "VolumeConv: 5×5×3 input, 2 filters 3×3×3, pad 1, stride 2, 3×3×2 output, "
        "step 1 of 18, filter 1, row 0, column 0, value 1"
    )
    y, _ = ops.conv2d(lab.trace.x[None], lab.trace.w, lab.trace.b, stride=2, pad=1)
    np.testing.assert_array_equal(lab.output, y[0])
    assert "(3·3·3 + 1)·2 = 56" in lab._scene.sentences["note"]
    assert "⌊(5 + 2·1 − 3)/2⌋ + 1 = 3 rows and columns" in lab._scene.sentences["note"]


def test_own_arrays_in_both_layouts():
    first = VolumeConv(X, W, B)
    last = VolumeConv(X.transpose(1, 2, 0), W.transpose(2, 3, 1, 0), B.reshape(1, 1, 1, 3), layout="channels_last")
    y, _ = ops.conv2d(X[None], W, B)
    for lab in (first, last):
        np.testing.assert_array_equal(lab.output, y[0])
        np.testing.assert_array_equal(lab.trace.x, X)
        lab.close()


def test_only_a_picture_or_only_filters():
    lab = VolumeConv(np.ones((6, 6)))
    assert lab.trace.w.shape == (2, 1, 3, 3)
    lab.close()
    lab = VolumeConv(w=W)
    assert lab.trace.x.shape == (2, 5, 5)
    lab.close()


def test_saved_notebook_shows_the_state_and_stays_small(lab):
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "Filter 1, row 0, column 0" in bundle["image/svg+xml"]
    assert len(bundle["image/svg+xml"]) < 90_000


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    VolumeConv().close()
    assert set(registry) == before


# Controls.


def test_every_control_changes_the_picture(lab):
    for key, value in {
        "weights": "edges", "n": 6, "channels": 2, "filters": 3, "pad": 0, "stride": 1, "relu": True,
    }.items():  # fmt: skip
        before = lab.trace
        lab.controls[key].value = value
        assert lab.trace is not before, key
    assert lab.message == ""
    assert repr(lab).startswith("VolumeConv: 6×6×2 input, 3 filters 3×3×2, pad 0, stride 1, ReLU, 4×4×3 output")


def test_the_filter_chosen_and_the_step_go_together(lab):
    lab.step = 4
    lab.controls["filter"].value = 1
    assert lab.step == 9 + 4
    lab._player.step = 2  # as the browser does
    assert lab.controls["filter"].value == 0
    lab.controls["filters"].value = 4
    lab.controls["filter"].value = 3
    assert lab.trace[lab.step].filter == 3
    lab.controls["filters"].value = 1
    assert lab.trace[lab.step].filter == 0
    assert lab.message == ""


def test_a_filter_that_looks_at_one_channel_only(lab):
    lab.controls["weights"].value = "one"
    for step in range(len(lab.trace)):
        at = lab.trace[step]
        assert not at.partials[np.arange(3) != at.filter].any()
    assert lab.trace.partials[0, 0].any()


@pytest.mark.parametrize("weights", ["mixed", "edges", "one"])
def test_the_corners_of_all_sliders_are_safe(weights):
    lab = VolumeConv(relu=True)
    lab.controls["weights"].value = weights
    for channels, filters, n, pad, stride in itertools.product((1, 4), (1, 4), (3, 8), (0, 2), (1, 3)):
        for key, value in (("channels", channels), ("filters", filters), ("n", n), ("pad", pad), ("stride", stride)):
            lab.controls[key].value = value
        assert lab.message == ""
        assert lab.output.shape == (filters, *((n + 2 * pad - 3) // stride + 1,) * 2)
    lab.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([("n", 3), ("n", 8), ("channels", 1), ("channels", 4), ("filters", 1), ("filters", 4),
    ("pad", 0), ("pad", 2), ("stride", 1), ("stride", 3), ("relu", True), ("relu", False), ("weights", "own"),
    ("weights", "one"), ("filter", 0), ("step", 1)]), max_size=8))  # fmt: skip
def test_no_order_of_changes_hurts(changes):
    lab = VolumeConv(w=W)
    for key, value in changes:
        if key == "step":
            lab.step = value * (len(lab.trace) - 1)
        else:
            control = lab.controls[key]
            control.value = min(value, control.max) if hasattr(control, "max") else value
        assert lab.message == ""
    for button in ("_undo", "_restart"):
        getattr(lab, button)()
    assert lab.setting == lab._start
    lab.close()


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": np.zeros(3)}, ShapeError, r"wanted one picture, \(C, H, W\)"),
        ({"x": np.zeros((1, 3, 5, 5))}, ShapeError, r"x\[0\]"),
        ({"x": np.zeros((5, 5, 3))}, ShapeError, 'layout="channels_last"'),
        ({"x": np.zeros((3, 11, 5))}, ShapeError, r"x\[:, :10, :10\]"),
        ({"x": np.zeros((11, 5, 3)), "layout": "channels_last"}, ShapeError, r"x\[:10, :10\]"),
        ({"x": np.zeros((0, 5, 5))}, ShapeError, "one picture"),
        ({"x": np.full((3, 3), np.nan)}, ValueError, "nan_to_num"),
        ({"x": [["a"]]}, TypeError, "real numbers"),
        ({"w": np.zeros((3, 3, 3))}, ShapeError, r"w\[None\]"),
        ({"w": np.zeros((3, 3, 3, 8))}, ShapeError, 'layout="channels_last"'),
        ({"w": np.full((1, 1, 3, 3), 1e9)}, ValueError, "Scale it"),
        ({"x": np.zeros((2, 4, 4)), "w": np.zeros((1, 3, 3, 3))}, ShapeError, "3 channels deep for a picture of 2"),
        ({"x": np.zeros((2, 2)), "w": np.zeros((1, 1, 3, 3))}, ShapeError, "pad by at least 1"),
        ({"w": W, "b": [1, 2]}, ShapeError, r"np.zeros\(3\)"),
        ({"b": [1, 2]}, ValueError, "leave b out"),
        ({"pad": 5}, ValueError, "Write pad=2"),
        ({"pad": -1}, ValueError, "pad: got -1"),
        ({"stride": 0}, ValueError, "stride: got 0"),
        ({"stride": 1.5}, ValueError, "whole number"),
        ({"layout": "NHWC"}, ValueError, "channels_last"),
        ({"fn": 3}, TypeError, "without brackets"),
        ({"seconds": 0}, ValueError, "above 0"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        VolumeConv(**arguments)


# The learner's own function.


@pytest.mark.parametrize(
    "fn",
    [
        coursera.conv_forward,
        cs231n.conv_forward_naive,
        lambda A_prev, W, b, hparameters: coursera.conv_forward(A_prev, W, b, hparameters)[0],
    ],
    ids=["channels last", "channels first", "without a cache"],
)
def test_a_right_function_is_shown_and_not_marked(fn):
    lab = VolumeConv(fn=fn)
    assert lab.message == ""
    assert not lab.trace.differs.any()
    assert "what your function returned" in lab._scene.sentences["note"]
    lab.controls["relu"].value = True
    assert not lab.trace.differs.any()
    lab.close()


def test_a_wrong_function_is_marked():
    lab = VolumeConv(fn=CASES["volume_wrong"]["fn"])
    assert lab.trace.differs.sum() == 9  # the first filter has a bias of 1, the second has none
    assert "9 of 18 cells differ" in lab._scene.sentences["note"]
    assert "but your function returned" in lab.trace[0].sentence
    lab.close()


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda A_prev, W, b, hparameters: None, "return statement"),
        (lambda A_prev, W, b, hparameters: A_prev, r"np.zeros\(\(1, 3, 3, 2\)\)"),
        (lambda x, w, b, conv_param: x, r"np.zeros\(\(1, 2, 3, 3\)\)"),
        (lambda A_prev: A_prev, "TypeError"),
        (lambda A_prev, W, b, hparameters: hparameters["strides"], "KeyError"),
        (lambda A_prev, W, b, hparameters: (), "array of numbers"),
    ],
)
def test_a_function_that_fails_is_told_in_a_sentence(fn, words):
    lab = VolumeConv(fn=fn)
    assert re.search(words, lab.message)
    assert not lab.trace.differs.any()
    lab.fn = coursera.conv_forward  # the remedy: a function that works
    assert lab.message == ""
    lab.close()
