"""BatchNormExplorer: what it shows is the library's batchnorm, for a network and for one feature."""

import os
import re
import time
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.conventions.cs231n import batchnorm_forward
from cnnlab.shapes import ShapeError
from cnnlab.traces import trace_batchnorm, trace_network
from cnnlab.traces.activations import LayerStep, NetworkTrace
from cnnlab.traces.number import number, significant
from cnnlab.widgets import BatchNormExplorer
from cnnlab.widgets.batchnormexplorer_network import draw_network
from cnnlab.widgets.batchnormexplorer_setting import LIMITS
from cnnlab.widgets.batchnormexplorer_unit import draw_unit
from cnnlab.widgets.svg import Blocks

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def network():
    made = BatchNormExplorer()
    yield made
    made.close()


@pytest.fixture
def unit():
    made = BatchNormExplorer(view="unit")
    yield made
    made.close()


def biased(x, gamma, beta, bn_param):
    """A classic mistake: the variance is divided by N − 1."""
    return (x - x.mean(0)) / np.sqrt(x.var(0, ddof=1) + bn_param["eps"]) * gamma + beta


# The picture.

CASES = {
    "batchnorm_network": {"depth": 4},
    "batchnorm_growing": {"depth": 3, "scale": 0.5, "norm": False},
    "batchnorm_unit": {"view": "unit", "gamma": 2, "beta": -1, "seen": 2},
    "batchnorm_test": {"x": [1.5, 2.25, -3], "training": False, "seen": 3},
    "batchnorm_wrong": {"view": "unit", "fn": biased},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    explorer = BatchNormExplorer(**CASES[name])
    explorer.step = 2
    text = explorer._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    explorer.close()


def test_saved_notebook_shows_the_state_and_stays_small(network):
    network.step = 4
    bundle = network._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert len(bundle["image/svg+xml"]) < 60_000
    assert len(bundle["image/png"]) < 60_000
    assert "std 0.00694" in bundle["image/svg+xml"]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20), st.floats(0.01, 1), st.integers(2, 64), st.data())
def test_every_layer_says_its_own_numbers(depth, scale, batch, data):
    trace = trace_network(depth=depth, scale=scale, batch=batch)
    scene = draw_network(trace)
    layer = data.draw(st.integers(0, depth - 1))
    still = scene.at(layer)
    step = trace[layer]
    assert still.sentence("cell") == f"Step {layer + 1} of {depth}. {step.sentence}"
    before = trace[layer - 1].plain.std() if layer else 1.0
    assert f"{significant(before)} → {significant(step.plain.std())}, " in still.sentence("formula")
    text = still.svg()
    for each in trace:
        for values in (each.plain, each.normal):
            assert f"std {significant(values.std())}<" in text
    low, high = (float(still.word(f"plain_{end}").replace("−", "-")) for end in ("low", "high"))
    assert low - 0.01 * abs(low) <= step.plain.min()
    assert step.plain.max() <= high + 0.01 * abs(high)


def test_bars_are_counts_and_what_is_beyond_the_axis_stands_at_its_ends():
    plain, normal = np.array([[-9.0, 0.0, 0.1, 700.0]]), np.array([[-1.0, -1.0, 1.0, 1.0]])
    panel, _ = draw_network(NetworkTrace(1.0, (LayerStep(1, plain, normal, 0),))).lines[0]
    (bars,) = (shape.path for shape in panel.shapes[1].shapes if isinstance(shape, Blocks))
    assert re.findall(r"M(\d+) \d+h4v(\d+)h", bars) == [("0", "17"), ("80", "34"), ("160", "17")]


FEATURE = st.lists(st.integers(-99, 99).map(float) | st.floats(-9, 9, width=32), min_size=2, max_size=12)


@settings(max_examples=40, deadline=None)
@given(FEATURE, st.floats(-5, 5), st.floats(-5, 5), st.booleans(), st.data())
def test_every_number_says_its_own_arithmetic(x, gamma, beta, training, data):
    trace = trace_batchnorm(x, gamma=gamma, beta=beta, training=training, earlier=[[1, 2], x])
    scene = draw_unit(trace)
    assert (scene.rows, scene.columns) == (4 + training, len(x))
    row, column = data.draw(st.integers(0, scene.rows - 1)), data.draw(st.integers(0, scene.columns - 1))
    still = scene.at(row * scene.columns + column)
    formula = trace[row].formulas[column]
    assert still.sentence("formula") == formula
    assert f"Example {column}: {formula}." in still.sentence("cell")
    first = formula.partition(";")[0] if row in (0, 2) else formula
    if training:
        assert first.endswith(f"= {number(trace[row].values[column], trace.decimals)}")


# Code and controls.


def test_what_code_sees(network, unit):
    network.step = 9
    assert repr(network) == (
        "BatchNormExplorer: 10 layers, weights 0.05, 32 examples, layer 10, std 0.0000401 without and 1 with batchnorm"
    )
    unit.step = 17
    assert repr(unit) == "BatchNormExplorer: one feature of 5 examples, training, example 2, x̂: 1.5"
    np.testing.assert_allclose(unit.trace.y, (unit.trace.x - 5) / 2, atol=1e-5)


def test_every_control_changes_the_picture_and_reset_brings_it_back(network):
    def picture():
        return network._repr_mimebundle_()["image/svg+xml"]

    before = picture()
    seen = {before}
    for name, value in (
        *(("depth", 5), ("scale", 0.2), ("batch", 2), ("gamma", 2.0), ("beta", -1.0), ("eps", 0.1), ("norm", False)),
        *(("view", "unit"), ("examples", 8), ("seen", 3), ("momentum", 0.5), ("training", False)),
        *(("gamma", 1.5), ("beta", 3.0), ("eps", 1.0)),
    ):
        network.controls[name].value = value
        assert network.message == ""
        assert picture() not in seen, name
        seen.add(picture())
    network._restart()
    assert picture() == before


def test_each_view_shows_the_controls_it_needs(network):
    def shown():
        return {name for name, control in network.controls.items() if control.layout.display != "none"}

    both = {"view", "gamma", "beta", "eps", "undo", "reset"}
    assert shown() == both | {"depth", "scale", "batch", "norm"}
    network.controls["view"].value = "unit"
    assert shown() == both | {"training", "examples", "seen", "momentum"}


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 20),
    st.sampled_from([0.01, 0.05, 1.0]),
    st.integers(1, 64),
    st.integers(1, 12),
    st.integers(0, 50),
    st.sampled_from([-5.0, 0.0, 1.0]),
    st.sampled_from([0.0, 5.0]),
    st.sampled_from([0.0, 0.9, 1.0]),
    st.booleans(),
    st.booleans(),
)
def test_every_combination_of_the_controls_is_shown_or_explained(
    depth, scale, batch, examples, seen, gamma, beta, momentum, training, norm
):
    explorer = BatchNormExplorer()
    chosen = {"depth": depth, "scale": scale, "batch": batch, "gamma": gamma, "beta": beta, "norm": norm}
    for name, value in chosen.items():
        explorer.controls[name].value = value
    assert explorer.controls["batch"].value == (32 if batch == 1 else batch)
    explorer.controls["view"].value = "unit"
    for name, value in {"seen": seen, "momentum": momentum, "training": training, "examples": examples}.items():
        explorer.controls[name].value = value
    impossible = (training and examples == 1) or (not training and seen == 0)
    assert not explorer.message or impossible
    assert len(explorer._repr_mimebundle_()["image/svg+xml"]) < 400_000
    explorer.close()


def test_a_batch_of_one_is_explained_and_the_remedy_works(unit):
    unit.controls["examples"].value = 1
    assert "variance 0" in unit.message
    assert unit.controls["examples"].value == 5
    unit.controls["seen"].value = 4
    unit.controls["training"].value = False  # the remedy: test
    unit.controls["examples"].value = 1
    assert unit.message == ""
    assert len(unit.trace.x) == 1
    unit.controls["training"].value = True
    assert "switch to test" in unit.message
    assert unit.controls["training"].value is False


def test_a_test_without_training_is_explained_and_the_remedy_works(unit):
    unit.controls["training"].value = False
    assert "see 1 or more" in unit.message
    unit.controls["seen"].value = 1
    unit.controls["training"].value = False
    assert unit.message == ""


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    BatchNormExplorer([1, 2, 3]).close()
    assert set(registry) == before


def test_own_numbers_take_the_place_of_the_batch():
    explorer = BatchNormExplorer([1, 3], gamma=5, beta=1)
    assert explorer.controls["examples"].layout.display == "none"
    np.testing.assert_allclose(explorer.trace.y, [-4, 6], atol=1e-3)
    explorer.controls["seen"].value = 50
    np.testing.assert_allclose(explorer.trace.running, (2, 1), rtol=0.01)  # the same batch again and again
    explorer.close()


# The learner's function.


def test_the_learners_function_drives_one_feature():
    explorer = BatchNormExplorer([1, 3], fn=biased)
    np.testing.assert_allclose(explorer.trace.y, [-0.7071, 0.7071], atol=1e-4)
    explorer.step = 9
    text = explorer._repr_mimebundle_()["image/svg+xml"]
    assert "2 of 2 results differ" in text
    assert "but your function returned 0.707." in text
    assert "bn_param['running_mean'] is 0 afterwards" in _said(explorer)
    explorer.fn = batchnorm_forward
    assert "differ" not in _said(explorer)
    assert "bn_param" not in _said(explorer)
    explorer.controls["seen"].value = 2
    explorer.controls["training"].value = False
    assert "differ" not in _said(explorer)
    assert explorer.message == ""
    explorer.close()


def _said(explorer):
    return explorer._scene.at(0).sentence("note")


def test_the_learners_function_drives_the_network():
    explorer = BatchNormExplorer(fn=biased, depth=3, batch=8)
    assert "In 3 of 3 layers the numbers differ" in _said(explorer)
    assert "std 0.935 without" not in repr(explorer)
    np.testing.assert_allclose(explorer.trace[0].normal.std(), np.sqrt(7 / 8), atol=1e-3)
    assert "numbers differ from the library's." in explorer._scene.at(1).sentence("cell")
    explorer.fn = batchnorm_forward
    assert "differ" not in _said(explorer)
    explorer.close()


def test_what_is_written_into_bn_param_must_be_a_number():
    def spoils(x, gamma, beta, bn_param):
        out, cache = batchnorm_forward(x, gamma, beta, bn_param)
        bn_param["running_mean"], bn_param["running_var"] = None, np.ones(7)
        return out, cache

    explorer = BatchNormExplorer(view="unit", fn=spoils)
    assert _said(explorer).count("no number of shape (1,) afterwards") == 2
    explorer.close()


@pytest.mark.parametrize("view", ["network", "unit"])
@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda x, gamma, beta, bn_param: None, "return statement"),
        (lambda x, gamma, beta, bn_param: (x.mean(0), None), r"wanted \(\d+, \d+\)"),
        (lambda x, gamma, beta, bn_param: bn_param["nothing"], "KeyError"),
        (lambda x, gamma, beta, bn_param: x * np.nan, "NaN"),
        (lambda x: x, "TypeError"),
    ],
    ids=["None", "shape", "raises", "NaN", "arguments"],
)
def test_a_function_that_fails_is_told_and_a_right_one_heals(view, fn, words):
    explorer = BatchNormExplorer(view=view, fn=fn)
    assert re.search(words, explorer.message)
    assert "library's" in explorer.message
    assert "differ" not in _said(explorer)
    explorer.fn = batchnorm_forward
    assert explorer.message == ""
    explorer.close()


def test_a_slow_function_has_its_time_for_all_layers_together():
    def slow(x, gamma, beta, bn_param):
        time.sleep(0.2)
        return batchnorm_forward(x, gamma, beta, bn_param)

    explorer = BatchNormExplorer(fn=slow, depth=20, seconds=1.5)
    assert "took more than 1.5 seconds for 20 layers. Choose fewer, or allow more time" in explorer.message
    assert "seconds=3)" in explorer.message
    explorer.controls["depth"].value = 1  # the remedy
    assert explorer.message == ""
    explorer.close()


def test_a_function_that_fails_in_a_deep_layer_leaves_the_librarys_picture():
    calls = []

    def third(x, gamma, beta, bn_param):
        calls.append(1)
        return batchnorm_forward(x, gamma, beta, bn_param) if len(calls) < 3 else None

    explorer = BatchNormExplorer(fn=third)
    assert "return statement" in explorer.message
    assert "your function returned" not in _said(explorer)
    assert len(calls) == 3
    explorer.close()


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": np.zeros((3, 2))}, ShapeError, r"x\[:12, 0\]"),
        ({"x": []}, ShapeError, "N from 1 to 12"),
        ({"x": np.zeros(13)}, ShapeError, "N from 1 to 12"),
        ({"x": [1, np.inf]}, ValueError, "nan_to_num"),
        ({"x": [1e9, 2]}, ValueError, "Scale it"),
        ({"x": ["a", "b"]}, TypeError, "real numbers"),
        ({"x": [4]}, ShapeError, "x: got 1 number, wanted 2 or more.*training=False, seen=1"),
        ({"examples": 1, "view": "unit"}, ValueError, "2 or more examples"),
        ({"norm": "no"}, TypeError, "norm: got 'no', wanted True or False"),
        ({"training": 1}, TypeError, "training: got 1, wanted True or False"),
        ({"view": np.zeros(2)}, ValueError, "view='unit'"),
        ({"x": [4, 4], "eps": 0}, ValueError, "eps above 0"),
        ({"view": "layer"}, ValueError, "view='unit'"),
        ({"batch": 1}, ValueError, "2 or more"),
        ({"training": False, "view": "unit"}, ValueError, "see 1 or more"),
        ({"fn": 3}, TypeError, "without brackets"),
        *(({name: most + 1}, ValueError, f"{name}: got .* to {most:g}") for name, (_, most, _) in LIMITS.items()),
        *(({name: least - 1}, ValueError, f"{name}: got") for name, (least, _, _) in LIMITS.items()),
        ({"depth": 2.5}, ValueError, "whole number"),
        ({"gamma": "1"}, ValueError, "a number from"),
        ({"beta": np.nan}, ValueError, "beta: got nan"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        BatchNormExplorer(**arguments)
