"""SlidingWindow without a browser: its picture, its numbers, and every corner of its sliders."""

import itertools
import os
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest

from cnnlab import ops
from cnnlab.shapes import ShapeError, output_size
from cnnlab.traces.number import number
from cnnlab.widgets import SlidingWindow
from cnnlab.widgets.slidingwindow import LIMITS

GOLDEN = Path(__file__).parent / "golden"
RNG = np.random.default_rng(0)


@pytest.fixture
def sliding():
    made = SlidingWindow()
    yield made
    made.close()


def correlate(x, w, pad, stride):
    """A learner's own correlation with padding and stride."""
    x = np.pad(x, pad)
    r, s = w.shape
    out = np.zeros(((x.shape[0] - r) // stride + 1, (x.shape[1] - s) // stride + 1))
    for p, q in np.ndindex(out.shape):
        out[p, q] = (x[p * stride : p * stride + r, q * stride : q * stride + s] * w).sum()
    return out


def says(widget, words):
    return words in re.sub(r"</text><text[^>]*>", " ", widget._repr_mimebundle_()["image/svg+xml"])


# The picture.

CASES = {
    "sliding": {"p": 1, "s": 2},
    "sliding_apart": {"n": (5, 8), "f": (3, 2), "p": (0, 2), "s": (1, 3), "dilation": (2, 1)},
    "sliding_usage": {"n": 5, "p": 1},
    "sliding_wrong": {"fn": lambda x, w, pad, stride: correlate(x, w, pad, stride) + np.eye(4)},
    "sliding_large": {"x": np.arange(30 * 40).reshape(30, 40) % 7, "w": [[1, -1]], "pad": (3, 1), "stride": 3},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    widget = SlidingWindow(**CASES[name])
    widget.controls["usage"].value = name.endswith("usage")
    widget.step = 1
    text = widget._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    widget.close()


def test_the_formula_follows_every_slider(sliding):
    heading = lambda: sliding._scene.heading  # noqa: E731
    assert heading() == ("Output size: ⌊(n + 2p − f)/s⌋ + 1 = ⌊(6 + 2·0 − 3)/1⌋ + 1 = ⌊3⌋ + 1 = 4",)
    sliding.controls["p_rows"].value = 1
    sliding.controls["s_rows"].value = 2
    assert heading() == ("Output size: ⌊(n + 2p − f)/s⌋ + 1 = ⌊(6 + 2·1 − 3)/2⌋ + 1 = ⌊2.5⌋ + 1 = 3",)
    sliding.controls["apart"].value = True
    sliding.controls["n_columns"].value = 8
    assert [line[:5] for line in heading()] == ["Rows:", "Colum"]
    assert heading()[1].endswith("= 4")
    assert sliding.output.shape == (3, 4)
    sliding.controls["apart"].value = False
    assert sliding.output.shape == (3, 3)
    sliding.controls["d_rows"].value = 2
    assert "f spans 2·(3 − 1) + 1 = 5. " in heading()[0]


def test_repr_is_a_stable_sentence(sliding):
    assert repr(sliding) == (
        "SlidingWindow: 6×6 input, 3×3 window, padding 0, stride 1, 4×4 output, step 1 of 16, row 0, column 0, value 36"
    )
    uneven = SlidingWindow(n=(6, 5), p=(1, 0), s=(2, 1), dilation=2)
    assert "padding (1, 0), stride (2, 1), dilation 2, 2×1 output" in repr(uneven)
    uneven.close()


# Numbers.

CORNERS = {"n": (1, 6, 12), "f": (1, 3, 7), "p": (0, 1, 4), "s": (1, 2, 4), "d": (1, 3)}


def test_every_corner_of_the_sliders_is_drawn_or_explained(sliding):
    for n, f, p, s, d in itertools.product(*CORNERS.values()):
        sliding.controls["reset"].click()
        for letter, value in zip("nfpsd", (n, f, p, s, d), strict=True):
            sliding.controls[f"{letter}_rows"].value = value
        assert [sliding.controls[f"{letter}_rows"].value for letter in "nfpsd"] == [n, f, p, s, d]
        if d * (f - 1) + 1 > n + 2 * p:
            assert re.match(
                r"f: got a window of .* Take a window of \d or less, or pad by at least \d", sliding.message
            )
            continue
        assert sliding.message == ""
        assert sliding.output.shape == (output_size(n, f, p, s, d),) * 2
        still, last = sliding._scene.at(len(sliding.trace) - 1), sliding.trace[-1]
        assert still.sentence("formula") == last.formula
        assert [still.word(f"w{r}_{c}") for r, c in np.ndindex(f, f)] == [number(v) for v in last.window.flat]
    assert all(min(CORNERS[letter]) == low and max(CORNERS[letter]) == high for letter, (low, high) in LIMITS.items())


def test_the_picture_speaks_of_the_cells_that_an_input_cell_feeds():
    widget = SlidingWindow(n=(5, 6), f=2, p=(1, 0), s=(2, 3))
    for i, j in np.ndindex(7, 6):
        still = widget._scene.at(0)
        still.cursors = {"cell": (0, 0), "probe": (i, j)}
        fed = [(p, q) for p, q in np.ndindex(3, 2) if 2 * p <= i < 2 * p + 2 and 3 * q <= j < 3 * q + 2]
        sentence = still.sentence("probe")
        assert ("in no window" in sentence) == (not fed)
        assert still.word("fed").count("M") == (1 if fed else 0)
        if fed:
            assert sentence.endswith(f"used by the outputs in row {fed[0][0]}, column {fed[0][1]}.")
    widget.close()


@pytest.mark.parametrize("shape", [(9, 7), (30, 64), (64, 64), (1, 1), (64, 1)])
def test_the_learners_arrays(shape):
    x, w = RNG.normal(size=shape), RNG.normal(size=(min(3, shape[0]), min(2, shape[1])))
    widget = SlidingWindow(x, w, pad="same" if w.shape == (3, 3) else 1, stride=(2, 1))
    rounded = widget.trace.image
    np.testing.assert_allclose(rounded, x, atol=np.ptp(x) / 1000)
    y, _ = ops.conv2d(rounded[None, None], w[None, None], pad=1, stride=(2, 1))
    np.testing.assert_allclose(widget.output, y[0, 0])
    assert "n_rows" not in widget.controls
    assert "f_rows" not in widget.controls
    widget.controls["usage"].value = True
    widget.controls["s_rows"].value = 3
    assert widget.message == ""
    assert len(str(widget._repr_mimebundle_()["image/svg+xml"])) < 400_000
    widget.close()


def test_padding_by_name_and_side_by_side():
    widget = SlidingWindow(n=6, f=4, pad="same")
    assert widget.output.shape == (6, 6)
    assert says(widget, "(6 + 1 + 2 − 4)/1")
    assert "padding ((1, 2), (1, 2))" in repr(widget) or "padding (1, 2)" in repr(widget)
    widget.close()


def test_usage_counts_windows_in_every_cell(sliding):
    sliding.controls["usage"].value = True
    labels = re.findall(r">(\d+)</text>", sliding._scene.html())
    assert [int(word) for word in labels[:6]] == [1, 2, 3, 3, 2, 1]
    assert says(sliding, "each input cell is in 1 to 9 of 16.")


# Controls.


def test_an_impossible_setting_waits_for_its_other_half(sliding):
    before = sliding.trace
    sliding.controls["n_rows"].value = 2
    assert "Take a window of 2 or less, or pad by at least 1" in sliding.message
    assert sliding.trace is before
    assert sliding.controls["n_rows"].value == 2
    sliding.controls["p_rows"].value = 1  # the remedy, with another control
    assert sliding.message == ""
    assert (sliding.setting.n, sliding.output.shape) == ((2, 2), (2, 2))
    sliding.controls["f_rows"].value = 5
    assert sliding.message != ""
    sliding.controls["undo"].click()  # only the change that was refused
    assert (sliding.message, sliding.controls["f_rows"].value, sliding.setting.n) == ("", 3, (2, 2))
    sliding.controls["undo"].click()
    assert (sliding.setting.n, sliding.controls["n_rows"].value) == ((6, 6), 6)


def test_sliders_of_columns_are_shown_when_they_are_apart(sliding):
    columns = [sliding.controls[f"{letter}_columns"].layout for letter in LIMITS]
    assert {layout.display for layout in columns} == {"none"}
    sliding.controls["apart"].value = True
    assert {layout.display for layout in columns} == {None}
    assert sliding.controls["f_columns"].description == "f columns"


def test_a_stride_beyond_the_slider_is_shown():
    widget = SlidingWindow(np.ones((20, 20)), stride=9, pad=6)
    assert (widget.controls["s_rows"].value, widget.controls["p_rows"].value) == (9, 6)
    widget.close()


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    SlidingWindow(n=9, p=2).close()
    assert set(registry) == before


# The learner's own function.


def test_the_learners_function_drives_the_picture():
    widget = SlidingWindow(p=1, s=2, fn=correlate)
    assert not widget.trace.differs.any()
    assert widget.controls["d_rows"].layout.display == "none"
    widget.fn = lambda x, w, pad, stride: correlate(x, w, pad, stride) * [[1, 1, 0]]
    assert says(widget, "3 of 9 cells differ")
    widget.fn = lambda x, w, pad, stride: correlate(x, w, 0, stride)
    assert "returned shape (2, 2), wanted (3, 3)" in widget.message
    widget.close()


def test_a_function_is_not_told_of_dilation():
    with pytest.raises(ValueError, match=r"dilation: got 2 with fn.*Set it to 1"):
        SlidingWindow(dilation=2, fn=correlate)
    dilated = SlidingWindow(dilation=2)
    with pytest.raises(ValueError, match="not told of it"):
        dilated.fn = correlate
    dilated.close()


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"n": 2}, ShapeError, "f: got a window of 3 on 2 rows.*Take a window of 2 or less, or pad by at least 1"),
        ({"n": 2.5}, ShapeError, "n: got 2.5, wanted a whole number"),
        ({"n": 65}, ShapeError, "n: got 65, wanted at most 64"),
        ({"f": 0}, ShapeError, "f: got 0, wanted at least 1"),
        ({"f": 8, "n": 12}, ShapeError, "f: got 8, wanted at most 7"),
        ({"p": -1}, ShapeError, "pad|p: got -1"),
        ({"p": 1, "pad": 1}, ValueError, "p=1 and pad=1, wanted one of them"),
        ({"s": 0}, ShapeError, "s: got 0, wanted at least 1"),
        ({"stride": (1, 2, 3)}, ShapeError, "stride: got 3 numbers"),
        ({"dilation": 0}, ShapeError, "dilation: got 0"),
        ({"pad": "full"}, ShapeError, '"valid" or "same"'),
        ({"pad": 1000}, ShapeError, "pad: got 1000, wanted at most 64"),
        ({"stride": 65}, ShapeError, "stride: got 65, wanted at most 64"),
        ({"x": np.ones(4)}, ShapeError, r"x: got shape \(4,\).*\[\[1, 2, 3\]\]"),
        ({"x": np.ones((65, 3))}, ShapeError, r"x\[:64, :64\]"),
        ({"x": np.ones((4, 4)), "n": 4}, ValueError, "n: got 4 beside x"),
        ({"x": [[np.nan]]}, ValueError, r"x: got 1 cell that is NaN.*nan_to_num\(x\)"),
        ({"w": np.ones((8, 8))}, ShapeError, "w: got 8×8, wanted at most 7×7"),
        ({"w": np.ones(3)}, ShapeError, "w: got shape"),
        ({"w": np.ones((3, 3)), "f": 3}, ValueError, "f: got 3 beside w"),
        ({"fn": 3}, TypeError, "without brackets"),
        ({"seconds": 0}, ValueError, "above 0"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        SlidingWindow(**arguments)
