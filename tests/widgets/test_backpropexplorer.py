"""BackpropExplorer: its picture says what the trace says, its controls are safe, and a learner's function is shown."""

import os
import re
from dataclasses import replace
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.conventions import coursera
from cnnlab.shapes import ShapeError
from cnnlab.traces.backward import EXAMPLE_DY, EXAMPLE_W, EXAMPLE_X
from cnnlab.traces.backward_steps import of_input, of_output, of_weight
from cnnlab.traces.number import number
from cnnlab.widgets import BackpropExplorer
from cnnlab.widgets.backpropexplorer_picture import draw
from cnnlab.widgets.svg import Label
from tests.traces.test_backward import cases

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def explorer():
    made = BackpropExplorer()
    yield made
    made.close()


def upside_down(dZ, cache):
    dA_prev, dW, db = coursera.conv_backward(dZ, cache)
    return dA_prev, dW[::-1], db


# The picture.

CASES = {
    "windows": {},
    "turned": {"view": "turned", "pad": 1},
    "weights": {"view": "weights", "x": np.arange(16.0).reshape(4, 4) % 5, "stride": 2},
    "ties": {"x": [[3, 3], [0, 3]], "operation": "max pooling", "f": 2, "ties": "share", "dout": [[6]]},
    "average": {"operation": "average pooling", "f": 3, "pad": 1, "stride": 2},
    "wrong": {"fn": upside_down},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    explorer = BackpropExplorer(**CASES[name])
    explorer.step = min(1, len(explorer.trace) - 1)
    text = explorer._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"backprop_{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    explorer.close()


@settings(max_examples=60, deadline=None)
@given(cases(), st.data())
def test_every_word_is_the_traces_number(trace, data):
    scene = draw(trace)
    step = data.draw(st.integers(0, len(trace) - 1))
    still, d = scene.at(step), trace.decimals
    assert still.sentence("formula") == trace[step].formula
    assert still.sentence("cell") == f"Step {step + 1} of {len(trace)}. {trace[step].sentence}"
    if trace.view == "windows":
        p, q = divmod(step, trace.shape[1])
        for name, filled in trace.filled.items():
            for (r, c), value in np.ndenumerate(filled[step]):
                shown = float(still.word(f"{name}{r}_{c}").replace("−", "-"))
                assert shown == pytest.approx(value, abs=0.006)  # up to six characters
        for (r, s), value in np.ndenumerate(trace.sent[p, q]):
            assert float(still.word(f"sent{r}_{s}").replace("−", "-")) == pytest.approx(value, abs=0.006)
    tellers = {"output": of_output, "input": of_input, "weight": of_weight}
    for probe, (rows, columns) in scene.sizes.items():
        at = data.draw(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)))
        still.cursors = {"cell": divmod(step, trace.shape[1]), probe: at}
        told = tellers[probe](trace, *at)
        assert still.sentence(probe) == told.sentence
        assert still.sentence(f"formula_{probe}") == told.formula
    if "input" in scene.sizes:  # what an input met is written below each δ it fed, and nowhere else
        i, j = at = data.draw(st.tuples(*(st.integers(0, n - 1) for n in trace.x.shape)))
        still.cursors = {"cell": (0, 0), "input": at}
        met = {(p, q): trace.factors[p, q, r, s] for p, q, r, s in trace.fed(i, j)}
        for p, q in np.ndindex(trace.grid.out):
            word = still.word(f"factor{p}_{q}")
            assert bool(word) == ((p, q) in met)
            if word and trace.w is not None:
                assert word.strip("·()") == number(met[p, q], d)


def test_room_is_kept_for_the_longest_formula(explorer):
    longest = of_input(explorer.trace, 1, 1).formula
    assert longest in explorer._scene.html()


def test_what_a_cell_touched_is_outlined(explorer):
    still = explorer._scene.at(0)
    still.cursors = {"cell": (0, 0), "input": (1, 1)}
    assert still.word("fed0_0").count("M") == still.word("used0_0").count("M") == 4
    still.cursors = {"cell": (0, 0), "input": (2, 2)}
    assert still.word("fed0_0") == still.word("used0_0") == "M44 44h44v44h-44z"  # row 1, column 1
    movers = explorer._scene.description()["movers"]
    assert movers["x_met"] == {"cursor": "weight", "x": (0, 44), "y": (0, 44)}
    assert movers["x_window"]["cursor"] == "cell"


def test_every_number_can_be_read(explorer):
    explorer.step = 3
    text = re.findall(r">(−?\d+)</text>", explorer._repr_mimebundle_()["image/svg+xml"])
    for values in (EXAMPLE_X, EXAMPLE_W, EXAMPLE_DY, explorer.trace.y, explorer.dx, explorer.dw, [[explorer.db]]):
        assert {number(value) for value in np.ravel(values)} <= set(text)


@pytest.mark.parametrize(
    ("scale", "decimals", "words"),
    [
        (1, 3, "Numbers are rounded to 3 decimals."),
        (300, 1, "In the cells numbers are rounded to 1 decimal, in the sentences to 3 decimals."),
        (999, 0, "In the cells numbers are rounded to whole numbers, in the sentences to 3 decimals."),
    ],
)
def test_long_numbers_keep_all_digits_before_the_point(scale, decimals, words):
    """They have fewer decimals, which is told, and their cells are wider."""
    sevenths = np.ones((2, 2)) / 7
    explorer = BackpropExplorer(sevenths * scale, sevenths * 7 * scale, dout=-sevenths[:1, :1] * scale)
    x, w, _, y, _ = explorer._scene.lines[0]
    for panel, values in ((x, explorer.trace.x), (w, explorer.trace.w), (y, explorer.trace.y)):
        texts = [shape.text for shape in panel.shapes if isinstance(shape, Label) and not shape.slot]
        assert texts == [number(value, decimals) for value in values.flat]
        assert panel.width >= 8.8 * values.shape[1] * max(map(len, texts))
    assert words in explorer._scene.sentences["note"]
    explorer.close()


def test_small_gradients_are_not_shown_as_zero():
    explorer = BackpropExplorer(dout=[[1e-4, 2e-4], [0, 0]])
    assert [still for still in explorer._scene.at(0).scene.tables["sent"] if "e" in still or "0.000" in still]
    assert "δ = 0.0001 goes back" in explorer.trace[0].sentence
    explorer.close()


def test_saved_notebook_shows_the_state_and_stays_small(explorer):
    explorer.step = 2
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert "Step 3 of 4" in bundle["image/svg+xml"]
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert len(bundle["image/svg+xml"]) + len(bundle["image/png"]) < 60_000


def test_repr_is_a_stable_sentence(explorer):
    explorer.step = 3
    assert repr(explorer) == (
        "BackpropExplorer: convolution, 3×3 input, 2×2 window, pad 0, stride 1, view windows, step 4 of 4, row 1, "
        "column 1: dx[1:3, 1:3] += (−1)·w,  dw += (−1)·x[1:3, 1:3],  db += (−1)"
    )
    explorer.controls["example"].value = "ties after ReLU"
    assert repr(explorer) == (
        "BackpropExplorer: max pooling, 4×4 input, 2×2 window, pad 0, stride 2, ties first, step 4 of 4, row 1, "
        "column 1: dx[2,2] += 8"
    )


def test_padding_that_is_cut_off_and_inputs_in_no_window_are_told():
    explorer = BackpropExplorer(pad=1, stride=3)
    note = explorer._scene.sentences["note"]
    assert "dx = dx_pad[1:4, 1:4]" in note
    assert "2 inputs, struck out, lie in no window: gradient 0." not in note
    explorer.controls["pad"].value = 0
    assert "5 inputs, struck out, lie in no window: gradient 0." in explorer._scene.sentences["note"]
    explorer.close()


# Code.


def test_attributes_are_the_librarys_numbers():
    rng = np.random.default_rng(3)
    x, w, dout = rng.normal(size=(5, 4)), rng.normal(size=(3, 2)), rng.normal(size=(3, 3))
    explorer = BackpropExplorer(x, w, 2.5, dout=dout, stride=2, pad=1)
    y, cache = ops.conv2d(x[None, None], w[None, None], [2.5], stride=2, pad=1)
    grads = ops.conv2d_backward(dout[None, None], cache)
    np.testing.assert_array_equal(explorer.trace.y, y[0, 0])
    np.testing.assert_array_equal(explorer.dx, grads.dx[0, 0])
    np.testing.assert_array_equal(explorer.dw, grads.dw[0, 0])
    assert explorer.db == grads.db[0]
    explorer.close()
    pooled = BackpropExplorer(x, operation="max pooling", f=2)
    assert (pooled.dw, pooled.db, pooled.trace.stride) == (None, None, 2)
    pooled.close()


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    BackpropExplorer(view="turned").close()
    assert set(registry) == before


# Controls.


def test_every_control_changes_the_picture(explorer):
    c, seen = explorer.controls, [explorer._player.scene]

    def changed():
        seen.append(explorer._player.scene)
        return seen[-1] != seen[-2]

    for key, value in [
        ("view", "turned"),
        ("view", "weights"),
        ("size", 5),
        ("kernel", 3),
        ("pad", 1),
        ("stride", 2),
        ("operation", "average pooling"),
        ("operation", "max pooling"),
        ("ties", "share"),
        ("example", "ties after ReLU"),
    ]:
        c[key].value = value
        assert changed(), (key, value)
        assert explorer.message == ""
    assert c["view"].layout.display == "none"
    assert c["ties"].layout.display is None


def test_the_examples_and_back_again(explorer):
    c = explorer.controls
    assert c["example"].value == "3×3 input, 2×2 kernel"
    c["example"].value = "3×3 windows overlap at stride 2"
    assert (explorer.trace.x.shape, explorer.trace.grid.kernel, explorer.trace.stride) == ((5, 5), (3, 3), 2)
    c["example"].value = "ties after ReLU"
    sums = {"first": 20, "all": 4 * 4 + 2 + 2 * 6 + 4 * 8, "share": 20}
    for ties, total in sums.items():
        c["ties"].value = ties
        assert explorer.dx.sum() == total
    assert explorer.trace.decimals == 0 or c["ties"].value == "share"
    c["size"].value = 3
    assert c["example"].value == "own"
    c["size"].value = 4  # the numbers come back
    assert c["example"].value == "ties after ReLU"
    c["example"].value = "own"  # there is none
    assert c["example"].value == "ties after ReLU"
    c["example"].value = "3×3 input, 2×2 kernel"
    assert explorer.dx[0].tolist() == [3, 10, 8]


def test_own_numbers_come_back():
    explorer = BackpropExplorer([[1.5, 2], [3, 4]], [[1.0]])
    explorer.controls["example"].value = "3×3 input, 2×2 kernel"
    explorer.controls["example"].value = "own"
    assert explorer.trace.x.tolist() == [[1.5, 2], [3, 4]]
    explorer.close()


def test_impossible_settings_are_explained_and_the_last_good_picture_stays(explorer):
    before = explorer.trace
    explorer.controls["kernel"].value = 4
    assert "Take a window of 3 or less, or pad by at least 1." in explorer.message
    assert explorer.trace is before
    explorer.controls["pad"].value = 1  # the remedy
    assert explorer.message == ""
    assert explorer.trace.grid.kernel == (4, 4)
    explorer.controls["kernel"].value = 1
    explorer.controls["operation"].value = "max pooling"
    assert "Choose pad ≤ 0 or a larger window" in explorer.message


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_combination_of_the_controls_is_drawn_or_explained(explorer, data):
    c = explorer.controls
    n, f, pad, stride = (
        data.draw(st.integers(c[key].min, c[key].max), key) for key in ("size", "kernel", "pad", "stride")
    )
    menus = {
        key: data.draw(st.sampled_from([value for _, value in c[key].options]), key)
        for key in ("operation", "view", "ties")
    }
    asked = replace(explorer.setting, size=(n, n), kernel=(f, f), pad=pad, stride=stride, **menus)
    if f <= n + 2 * pad and (menus["operation"] == "convolution" or pad < f):
        trace, scene, message = explorer._draw(asked)
        assert message == ""
        assert scene.at(len(trace) - 1).svg()
    else:
        with pytest.raises(ShapeError, match=r"Take a window|Choose pad"):
            explorer._draw(asked)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_sequence_of_changes_raises(data):
    explorer = BackpropExplorer()
    c = explorer.controls
    for _ in range(6):
        key = data.draw(st.sampled_from(sorted(c)))
        if hasattr(c[key], "click"):
            c[key].click()
        elif hasattr(c[key], "min"):
            c[key].value = data.draw(st.integers(c[key].min, c[key].max))
        else:
            c[key].value = data.draw(st.sampled_from([value for _, value in c[key].options]))
        assert explorer.message == "" or "." in explorer.message
        assert explorer._player.scene["html"]
    explorer.close()


def test_undo_and_reset(explorer):
    explorer.controls["size"].value = 5
    explorer.controls["view"].value = "turned"
    explorer.controls["undo"].click()
    assert (explorer.trace.view, explorer.trace.x.shape) == ("windows", (5, 5))
    explorer.controls["reset"].click()
    assert explorer.trace.x.shape == (3, 3)


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": [1, 2]}, ShapeError, r"x: got shape \(2,\).*Write one row as \[\[1, 2, 3\]\]"),
        ({"x": np.zeros((2, 4, 4))}, ShapeError, r"x: got shape \(2, 4, 4\).*for example x\[0\]"),
        ({"x": np.zeros((1, 4, 4, 2))}, ShapeError, r"x: got shape \(1, 4, 4, 2\).*x\[0, :, :, 0\]"),
        ({"x": np.zeros((0, 3))}, ShapeError, "wanted 2 axes"),
        ({"x": np.zeros((9, 9))}, ShapeError, r"at most 8×8.*x\[:8, :8\]"),
        ({"x": [[1, 2], [3]]}, ShapeError, "different lengths"),
        ({"x": [["a"]]}, TypeError, "real numbers"),
        ({"x": [[np.nan]]}, ValueError, "nan_to_num"),
        ({"x": [[5e9]]}, ValueError, "Scale it"),
        ({"w": np.ones((5, 5))}, ShapeError, "at most 4×4"),
        ({"w": np.ones((4, 4))}, ShapeError, "Take a window of 3 or less"),
        ({"w": [[1]], "f": 2}, ValueError, "Leave one of them out"),
        ({"w": [[1]], "operation": "max pooling"}, ValueError, "which has no weights. .*f=2"),
        ({"dout": [[1]]}, ShapeError, r"dout: got shape \(1, 1\), wanted \(2, 2\).*np.ones\(\(2, 2\)\)"),
        ({"b": "one"}, TypeError, "b: .*real numbers"),
        ({"operation": "pool"}, ValueError, 'wanted "convolution" or "max pooling"'),
        ({"ties": "last"}, ValueError, '"first" or "all" or "share"'),
        ({"view": "rot180"}, ValueError, '"windows" or "turned" or "weights"'),
        ({"ties": ""}, ValueError, "ties: got '', wanted \"first\" or"),
        ({"operation": np.zeros(2)}, ValueError, "operation: got array"),
        ({"f": 0}, ValueError, "f: got 0, wanted a whole number from 1 to 4"),
        ({"f": 2.0}, ValueError, "f: got 2.0, wanted a whole number"),
        ({"pad": 3}, ValueError, "pad: got 3, wanted a whole number from 0 to 2"),
        ({"stride": True}, ValueError, "stride: got True"),
        ({"fn": 3}, TypeError, r"BackpropExplorer\(fn=conv_backward\)"),
        ({"seconds": 0}, ValueError, "above 0"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        BackpropExplorer(**arguments)


# The learner's own function.


def test_a_right_function_is_shown_and_nothing_is_crossed():
    explorer = BackpropExplorer(fn=coursera.conv_backward)
    assert explorer.message == ""
    assert {name: own.tolist() for name, own in explorer.trace.own.items()} == {
        name: gradient.tolist() for name, gradient in explorer.trace.gradients.items()
    }
    assert "differ" not in explorer._scene.sentences["note"]
    explorer.controls["pad"].value = 1
    explorer.controls["stride"].value = 2
    assert "differ" not in explorer._scene.sentences["note"]
    explorer.close()


def test_cells_that_differ_are_crossed():
    explorer = BackpropExplorer(fn=upside_down)
    assert "4 of 4 cells of your dw differ from the library's, crossed." in explorer._scene.sentences["note"]
    assert not explorer.trace.differs("dx").any()
    explorer.fn = coursera.conv_backward
    assert "differ" not in explorer._scene.sentences["note"]
    explorer.close()


def test_a_pooling_function_follows_the_exercises_rule_for_ties():
    explorer = BackpropExplorer([[3, 3], [0, 3]], operation="max pooling", f=2, dout=[[6]], fn=coursera.pool_backward)
    assert explorer.trace.ties == "all"
    assert explorer.dx.tolist() == [[6, 6], [0, 6]]
    assert "differ" not in explorer._scene.sentences["note"]
    explorer.controls["ties"].value = "first"
    assert "2 of 4 cells of your dx differ" in explorer._scene.sentences["note"]
    explorer.controls["operation"].value = "average pooling"
    assert "differ" not in explorer._scene.sentences["note"]
    explorer.controls["operation"].value = "convolution"
    assert "Your function is for a pooling" in explorer.message
    explorer.controls["operation"].value = "max pooling"
    assert explorer.message == ""
    explorer.controls["pad"].value = 1
    assert "Set the padding to 0" in explorer.message
    explorer.close()


def unwritten(dZ, cache):
    raise NotImplementedError


BAD = {
    "None": (lambda dZ, cache: None, "returned None, wanted three. End it with"),
    "two": (lambda dZ, cache: (dZ, dZ), "2 values, wanted three.*return dA_prev, dW, db"),
    "array": (lambda dZ, cache: dZ, "returned one ndarray, wanted three"),
    "none inside": (lambda dZ, cache: (cache[0], None, cache[2]), "a NoneType for dW, wanted an array"),
    "shape": (lambda dZ, cache: (dZ, cache[1], cache[2]), r"shape \(1, 2, 2, 1\) for dA_prev, wanted \(1, 3, 3, 1\)"),
    "NaN": (lambda dZ, cache: (cache[0], cache[1] * np.nan, cache[2]), "NaN or infinite cells for dW"),
    "raises": (lambda dZ, cache: 1 / 0, "ZeroDivisionError"),
    "unwritten": (unwritten, "not written yet"),
    "arguments": (lambda dZ: dZ, "TypeError"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_function_that_fails_is_told_in_a_sentence(name):
    fn, words = BAD[name]
    explorer = BackpropExplorer(fn=fn)
    assert re.search(words, explorer.message)
    assert explorer.trace.own == {}
    explorer.controls["operation"].value = "average pooling"
    explorer.controls["operation"].value = "convolution"  # an unwritten function blocks no control
    assert explorer.trace.operation == "convolution"
    explorer.fn = coursera.conv_backward
    assert explorer.message == ""
    explorer.close()


def test_a_function_that_never_ends_is_called_once_until_reset():
    calls = []

    def endless(dZ, cache):
        calls.append(1)
        while True:
            pass

    explorer = BackpropExplorer(fn=endless, seconds=0.1)
    explorer.controls["pad"].value = 1
    explorer.controls["stride"].value = 2
    assert (explorer.trace.pad, explorer.trace.stride, len(calls)) == (1, 2, 1)
    assert "stopped after 0.1 seconds" in explorer.message
    assert explorer.message.endswith("Until then only the library's gradients are shown. Reset calls it again.")
    explorer.controls["reset"].click()  # the remedy
    assert len(calls) == 2
    explorer.close()


def test_a_function_works_on_copies(explorer):
    def spoils(dZ, cache):
        grads = coursera.conv_backward(dZ, cache)
        for array in (dZ, *cache[:3]):
            array[:] = 99
        return grads

    explorer.fn = spoils
    assert explorer.trace.x.tolist() == [list(row) for row in EXAMPLE_X]
    assert not any(explorer.trace.differs(name).any() for name in explorer.trace.own)
