"""Im2colExplorer: what it shows is the library's im2col and col2im, in every setting its controls can reach."""

import os
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import trace_im2col
from cnnlab.traces.number import number
from cnnlab.widgets import Im2colExplorer
from cnnlab.widgets.cells import CELL
from cnnlab.widgets.im2colexplorer_panels import Drawn, image
from cnnlab.widgets.im2colexplorer_picture import draw

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def explorer():
    made = Im2colExplorer()
    yield made
    made.close()


def loops(x, kh, kw, pad, stride):
    """A learner's own im2col."""
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = range(0, x.shape[2] - kh + 1, stride)
    columns = range(0, x.shape[3] - kw + 1, stride)
    return np.array([x[0, :, i : i + kh, j : j + kw].ravel() for i in rows for j in columns]).T


def channels_last(x, kh, kw, pad, stride):
    """A classic mistake: the window is unrolled with the channel fastest."""
    c = x.shape[1]
    return loops(x, kh, kw, pad, stride).reshape(c, kh * kw, -1).transpose(1, 0, 2).reshape(c * kh * kw, -1)


# The picture.

CASES = {
    "im2col": {},
    "im2col_back": {"back": True, "pad": 1, "channels": 1, "n": 3},
    "im2col_wrong": {"fn": channels_last},
    "im2col_shades": {"n": 8, "size": 1, "channels": 1},
}


# The largest numbers, with three decimals, and their products; then small ones whose products are long.
@pytest.mark.parametrize(("most", "weight"), [(9998.125, -9998.625), (1.0, -0.125), (998.0, 1.875), (12.0, -1.0)])
@pytest.mark.parametrize("back", [False, True])
def test_every_number_has_room_in_its_cell(most, weight, back):
    trace = trace_im2col(np.full((1, 4, 4), most), np.full((1, 2, 2), weight))
    sums = trace.sums if back else trace.matrix
    longest = max(
        len(number(float(value), trace.decimals))
        for shown in (trace.matrix, trace.weights.reshape(-1, 1) * trace.matrix, trace.products, sums)
        for value in shown.flat
    )
    assert Drawn(trace, back).width >= 8.6 * longest


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    explorer = Im2colExplorer(**CASES[name])
    explorer.step = 3
    text = explorer._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    explorer.close()


def test_saved_notebook_shows_the_state_and_stays_small(explorer):
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert len(bundle["image/svg+xml"]) < 60_000
    assert len(bundle["image/png"]) < 60_000
    assert "Step 1 of 9. The window at row 0, column 0 becomes column 0" in bundle["image/svg+xml"]
    words = re.sub("<[^>]*>", " ", bundle["image/svg+xml"]).split()
    assert "2.25 times as many." in " ".join(words)  # however it is broken into lines


@st.composite
def traces(draw_):
    c, h, w = draw_(st.integers(1, 3)), draw_(st.integers(1, 8)), draw_(st.integers(1, 8))
    pad, stride = draw_(st.integers(0, 2)), draw_(st.integers(1, 3))
    r, s = (draw_(st.integers(1, min(4, n + 2 * pad))) for n in (h, w))
    rng = np.random.default_rng(draw_(st.integers(0, 99)))
    scale = draw_(st.sampled_from([1.0, 0.37]))
    image, weights = (np.round(rng.normal(size=shape) * 9) * scale for shape in ((c, h, w), (c, r, s)))
    return trace_im2col(image, weights, stride=stride, pad=pad)


@settings(max_examples=40, deadline=None)
@given(traces(), st.booleans(), st.data())
def test_every_word_and_every_outline_is_the_traces(trace, back, data):
    scene = draw(trace, back=back)
    step = trace[data.draw(st.integers(0, len(trace) - 1))]
    still = scene.at(step.index)
    d = trace.decimals
    for k, entry in enumerate(step.entries):
        assert still.word(f"column_{k}") == number(entry, d)
        if back:
            assert (still.word(f"before{k}"), still.word(f"after{k}")) == (
                number(step.before[k], d),
                number(step.after[k], d),
            )
        else:
            assert still.word(f"times{k}") == number(entry * step.weights[k], d)
    if back:
        assert [still.word(f"sum{id_}") for id_ in range(trace.padded.size)] == [
            number(value, d) for value in trace.sums[step.index].flat
        ]
    assert still.sentence("formula") == (step.adding if back else step.formula)
    assert still.word("value") == number(step.value, d)
    assert still.sentence("cell").endswith(step.adding_sentence if back else step.sentence)
    # The window's outline: one rectangle, the same in every channel.
    ((x, y, width, height),) = re.findall(r"M(\S+) (\S+?)h(\S+?)v(\S+?)h", still.word("window"))
    wide = Drawn(trace, back).width
    assert [float(x) / wide, float(y) / CELL] == pytest.approx([step.left, step.top])
    assert [float(width) / wide, float(height) / CELL] == pytest.approx(step.shape[::-1])


@settings(max_examples=40, deadline=None)
@given(traces())
def test_every_channel_has_its_panel_beside_the_last(trace):
    """Each with its part of the cursor's rows; where a cell came from is outlined in its own channel alone."""
    panels = image(Drawn(trace, False))
    channels, rows, _ = trace.padded.shape
    assert [panel.part for panel in panels] == [(c * rows, rows) for c in range(channels)]
    scene = draw(trace)
    still = scene.at(0)
    for k, j in ((0, 0), (len(trace.matrix) - 1, len(trace) - 1)):
        still.cursors = {"cell": (0, 0), "entry": (k, j)}
        c, row, _ = np.unravel_index(trace.source[k, j], trace.padded.shape)
        top = float(re.match(r"M\S+ (\S+?)h", still.word("from"))[1])
        seen = [(top - Drawn(trace, False).top(n)) / CELL for n in range(channels)]
        assert [n for n, y in enumerate(seen) if -0.5 < y < rows] == [c]
        assert seen[c] == row


@settings(max_examples=40, deadline=None)
@given(traces(), st.data())
def test_a_cell_of_the_matrix_and_a_cell_of_the_image_know_of_each_other(trace, data):
    scene = draw(trace)
    rows, columns = trace.matrix.shape
    k, j = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    still = scene.at(0)
    still.cursors = {"cell": (0, 0), "entry": (k, j)}
    source = int(trace.source[k, j])
    c, row, column = np.unravel_index(source, trace.padded.shape)
    told = still.sentence("entry")
    assert f"It comes from channel {c}, row {row}, column {column} of" in told
    assert f"value {number(trace.matrix[k, j], trace.decimals)}: " in told
    assert still.word("goto_entry") == str(j)
    probed = scene.at(0)
    probed.cursors = {"cell": (0, 0), "probe": (c * trace.padded.shape[1] + row, column)}
    copies = int((trace.source == source).sum())
    assert probed.word("copies").count("M") == still.word("from_copies").count("M") == copies
    assert f"is in {copies} column" in probed.sentence("probe")
    for name in map(str, np.nonzero(trace.source == source)[1]):
        assert name in probed.word("probe_held")


def test_a_cell_that_no_window_covers_says_so():
    still = draw(trace_im2col(np.ones((1, 5, 5)), np.ones((1, 2, 2)), stride=3)).at(0)
    still.cursors = {"cell": (0, 0), "probe": (2, 2)}
    assert still.sentence("probe") == (
        "channel 0, row 2, column 2 of the input: value 1, is in no column: no window covers it."
    )
    assert still.word("copies") == ""


# Code and controls.


def test_what_code_sees(explorer):
    x = explorer.trace.image[None]
    np.testing.assert_array_equal(explorer.matrix, ops.im2col(x, 2))
    explorer.step = 4
    assert repr(explorer) == (
        "Im2colExplorer: 2×4×4 input, 2×2 filter, stride 1, pad 0, 8×9 matrix, step 5 of 9, row 1, column 1, value 68"
    )
    with pytest.raises(ValueError, match="step: got 9, wanted a whole number from 0 to 8"):
        explorer.step = 9


def test_every_control_changes_the_picture_and_reset_brings_it_back(explorer):
    before = repr(explorer)
    seen = {before}
    for name, value in (("n", 6), ("channels", 1), ("size", 3), ("stride", 2), ("pad", 1), ("back", True)):
        explorer.controls[name].value = value
        assert explorer.message == ""
        assert repr(explorer) not in seen
        seen.add(repr(explorer))
    assert "back" in repr(explorer)
    explorer._restart()
    assert repr(explorer) == before


LIMITS = {"n": range(1, 9), "channels": range(1, 4), "size": range(1, 5), "stride": range(1, 4), "pad": range(3)}


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in LIMITS.items()}), st.booleans())
def test_every_combination_of_the_sliders_is_shown_or_explained(chosen, back):
    fits = chosen["size"] <= chosen["n"] + 2 * chosen["pad"]
    explorer = Im2colExplorer()
    for name, value in (chosen | {"back": back}).items():
        explorer.controls[name].value = value
    for name, value in chosen.items():  # again, for what was refused on the way
        explorer.controls[name].value = value
    shown = explorer.setting
    assert ({name: getattr(shown, name) for name in chosen} == chosen) == fits
    assert shown.size <= shown.n + 2 * shown.pad
    assert not fits or explorer.message == ""
    assert len(explorer._repr_mimebundle_()["image/svg+xml"]) < 400_000
    explorer.close()


def test_a_filter_that_does_not_fit_is_explained_and_the_remedy_works(explorer):
    explorer.controls["size"].value = 4
    before = repr(explorer)
    explorer.controls["n"].value = 3
    assert "4" in explorer.message
    assert "3" in explorer.message
    assert repr(explorer) == before
    assert explorer.controls["n"].value == 4
    explorer.controls["pad"].value = 1
    explorer.controls["n"].value = 3
    assert explorer.message == ""


def test_own_arrays_take_the_place_of_their_sliders():
    image, weights = np.arange(24.0).reshape(2, 3, 4), np.ones((2, 3, 2))
    explorer = Im2colExplorer(image, weights)
    np.testing.assert_array_equal(explorer.matrix, ops.im2col(image[None], (3, 2)))
    hidden = {name for name, control in explorer.controls.items() if control.layout.display == "none"}
    assert hidden == {"n", "channels", "size"}
    explorer.close()
    plane = Im2colExplorer(np.ones((3, 3)))
    assert plane.matrix.shape == (4, 4)
    plane.controls["size"].value = 3
    assert plane.matrix.shape == (9, 1)
    plane.close()


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    Im2colExplorer().close()
    assert set(registry) == before


# The learner's function.


def test_the_learners_function_drives_the_picture():
    explorer = Im2colExplorer(fn=channels_last)
    np.testing.assert_array_equal(explorer.matrix, channels_last(explorer.trace.image[None], 2, 2, 0, 1))
    differs = int(explorer.trace.differs.sum())
    assert f"{differs} of 72 cells differ from the library" in explorer._repr_mimebundle_()["image/svg+xml"]
    still = explorer._scene.at(0)
    row, column = np.argwhere(explorer.trace.differs)[0]
    still.cursors = {"cell": (0, 0), "entry": (row, column)}
    assert f", but the library has {number(explorer.trace.expected[row, column])}:" in still.sentence("entry")
    explorer.fn = loops
    assert "differ" not in explorer._repr_mimebundle_()["image/svg+xml"]
    for name, value in (("stride", 2), ("pad", 1), ("channels", 3), ("size", 3)):
        explorer.controls[name].value = value
        assert not explorer.trace.differs.any()
    explorer.close()


def test_in_a_matrix_too_large_for_numbers_what_differs_is_pink():
    import io

    from PIL import Image

    def last_one_wrong(x, kh, kw, pad, stride):
        out = loops(x, kh, kw, pad, stride)
        out[0, 60] += 1
        return out

    explorer = Im2colExplorer(fn=last_one_wrong, n=8, size=1, channels=1)
    assert "1 of 64 cells differ from the library's matrix; they are pink." in explorer._scene.sentences["note"]
    pixels = Image.open(io.BytesIO(explorer._scene.assets["matrix.png"])).convert("RGB")
    assert [pixels.getpixel((x, 0)) == (255, 0, 160) for x in (59, 60, 61)] == [False, True, False]
    explorer.close()


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda x, kh, kw, pad, stride: loops(x, kh, kw, pad, stride).T, r"shape \(9, 8\), wanted \(8, 9\)"),
        (lambda x, kh, kw, pad, stride: None, "return statement"),
        (lambda x, kh, kw, pad, stride: 1 / 0, "ZeroDivisionError"),
        (lambda x: x, "TypeError"),
    ],
    ids=["rows for columns", "None", "raises", "arguments"],
)
def test_a_function_that_fails_is_told_and_a_right_one_heals(fn, words):
    explorer = Im2colExplorer(fn=fn)
    assert re.search(words, explorer.message)
    assert not explorer.trace.differs.any()
    explorer.fn = loops
    assert explorer.message == ""
    explorer.close()


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"image": np.zeros(3)}, ShapeError, r"\(3,\), wanted \(rows, columns\).*Write one row as \[\[1, 2, 3\]\]"),
        ({"image": np.zeros((1, 1, 3, 3))}, ShapeError, r"image\[0\]"),
        ({"image": np.zeros((0, 3))}, ShapeError, r"\(0, 3\), wanted .* with at least 1 cell. Write one row"),
        ({"image": np.zeros((9, 9))}, ShapeError, r"image\[\.\.\., :8, :8\]"),
        ({"image": np.zeros((4, 3, 3))}, ShapeError, "at most 3 channels"),
        ({"image": [[1, np.nan]]}, ValueError, "nan_to_num"),
        ({"image": [[1e9, 2]]}, ValueError, "Scale it"),
        ({"image": [["a"]]}, TypeError, "real numbers"),
        ({"image": [[1, 2], [3]]}, ShapeError, "different lengths"),
        ({"weights": np.ones((5, 5))}, ShapeError, r"weights\[\.\.\., :4, :4\]"),
        ({"image": np.ones((2, 4, 4)), "weights": np.ones((3, 2, 2))}, ShapeError, r"weights of shape \(2, 2, 2\)"),
        ({"image": np.ones((2, 2)), "weights": np.ones((3, 3))}, ShapeError, "3"),
        ({"n": 0}, ValueError, "n: got 0"),
        ({"n": 9}, ValueError, "Write n=8"),
        ({"size": 5}, ValueError, "Write size=4"),
        ({"stride": 1.5}, (TypeError, ValueError), "stride"),
        ({"pad": -1}, ValueError, "pad: got -1"),
        ({"channels": 4}, ValueError, "Write channels=3"),
        ({"fn": 3}, TypeError, "without brackets"),
        ({"back": "yes"}, TypeError, "back: got 'yes', wanted True or False. Write back=True."),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        Im2colExplorer(**arguments)
