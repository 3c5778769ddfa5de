"""A picture through a net: the trace's numbers are the library's, its words say them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import models, ops
from cnnlab.layers import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, Sequential
from cnnlab.shapes import ShapeError
from cnnlab.traces import trace_net

RNG = np.random.default_rng(0)
LAYERS = st.lists(
    st.one_of(
        st.builds(
            Conv2d,
            st.integers(1, 4),
            st.integers(1, 3),
            stride=st.integers(1, 2),
            pad=st.one_of(st.integers(0, 2), st.just("same")),
            dilation=st.integers(1, 2),
            bias=st.booleans(),
        ),
        st.builds(MaxPool2d, st.integers(1, 3), stride=st.none() | st.integers(1, 2), ceil_mode=st.booleans()),
        st.builds(AvgPool2d, st.integers(1, 2)),
        st.builds(ReLU),
        st.builds(BatchNorm),
        st.builds(Dropout),
    ),
    max_size=4,
)


def small(layers, shape):
    try:
        return Sequential([*layers, Flatten(), Dense(3)], shape)
    except ShapeError:  # a window too large for what is left
        return Sequential([Flatten(), Dense(3)], shape)


@settings(deadline=None)
@given(LAYERS, st.sampled_from([(1, 7, 8), (3, 9, 9), (2, 12, 5)]))
def test_every_number_is_the_librarys(layers, shape):
    net = small(layers, shape)
    picture = np.random.default_rng(1).normal(size=shape)
    trace = trace_net(net, picture)
    found = net.activations(picture[None])
    assert len(trace) == len(net.layers) + 1
    np.testing.assert_array_equal(trace[0].output, picture.astype(np.float32))
    for step, (name, output) in zip(trace.steps[1:], found.items(), strict=True):
        np.testing.assert_allclose(step.output, output[0], rtol=1e-4, atol=1e-5)
        assert step.row.name == name
        assert step.row.shape == output[0].shape
    np.testing.assert_allclose(trace.probabilities, ops.softmax(net.forward(picture[None]))[0], rtol=1e-5)
    assert trace.predicted == net.predict(picture[None])[0]


@settings(deadline=None)
@given(LAYERS, st.sampled_from([(1, 7, 8), (3, 9, 9)]))
def test_formulas_calculate_to_what_they_say(layers, shape):
    """Every ``a = b`` in a formula is evaluated: sizes, products, parameters."""
    for step in trace_net(small(layers, shape), np.zeros(shape)):
        for part in re.split("; |, (?=[⌊⌈])", step.formula):
            left, _, right = part.partition(" = ")
            code = left.replace("−", "-").replace("·", "*").replace(",", "")
            code = code.replace("⌊", "int(").replace("⌋", ")").replace("⌈", "-int(-(").replace("⌉", ")//1)")
            assert eval(code) == int(right.split()[0].replace(",", "")), part


def test_sentences_say_what_a_layer_is_and_gives():
    net = models.lenet5()
    trace = trace_net(net, np.zeros((1, 32, 32)))
    assert trace[0].sentence == "The picture, 1×32×32, numbers 0 to 0."
    assert trace[1].formula == "⌊(32 + 2·0 − 5)/1⌋ + 1 = 28 rows and columns; (5·5·1 + 1)·6 = 156 parameters"
    assert trace[3].sentence == (
        "pool1: max 2×2, stride 2. Output 6×14×14, numbers 0 to 0; no parameters; each number sees 6×6 pixels."
    )
    assert trace[8].formula == "(400 + 1)·120 = 48,120 parameters"
    assert trace[8].sentence.endswith("48,120 parameters; each number sees the whole picture.")
    assert repr(trace) == "NetTrace: a picture through 12 layers, 1×32×32 → 10"


def test_a_division_that_leaves_a_rest_is_written_rounded():
    trace = trace_net(Sequential([Conv2d(1, 3, stride=2), Flatten(), Dense(2)], (1, 8, 9)), np.zeros((1, 8, 9)))
    assert trace[1].formula.startswith("⌊(8 + 2·0 − 3)/2⌋ + 1 = 3 rows, ⌊(9 + 2·0 − 3)/2⌋ + 1 = 4 columns; ")


def test_the_verdict_says_whether_the_net_is_right():
    net = Sequential([Flatten(), Dense(2)], (1, 1, 1))
    net.params["dense1.w"][...] = [[0, 100]]
    for label, said in ((0, "Predicted: dog, 100.0%. Wrong: it is cat."), (1, "Predicted: dog, 100.0%. Right.")):
        assert trace_net(net, np.ones((1, 1, 1)), ("cat", "dog"), label).verdict == said
    assert trace_net(net, np.ones((1, 1, 1)), ("cat", "dog")).verdict == "Predicted: dog, 100.0%."


def test_scores_that_are_not_finite_are_told():
    net = Sequential([Flatten(), Dense(2)], (1, 1, 1))
    net.params["dense1.w"][...] = np.nan
    trace = trace_net(net, np.ones((1, 1, 1)))
    assert trace.verdict == "The scores are not finite: no prediction."
    assert "no finite numbers" in trace[2].sentence


def test_bad_arguments_are_refused_with_a_remedy():
    net = Sequential([Conv2d(2, 3), Flatten(), Dense(2)], (1, 8, 8))
    with pytest.raises(ShapeError, match=r"picture\[None\]"):
        trace_net(net, np.zeros((8, 8)))
    with pytest.raises(ShapeError, match="wanted \\(N, 1, 8, 8\\)"):
        trace_net(net, np.zeros((1, 9, 9)))
    with pytest.raises(ShapeError, match=r"got 3 for 2 scores.*Dense\(3\)"):
        trace_net(net, np.zeros((1, 8, 8)), ("a", "b", "c"))
    with pytest.raises(ShapeError, match=r"one score per class.*Flatten"):
        trace_net(Sequential([Conv2d(2, 3)], (1, 8, 8)), np.zeros((1, 8, 8)))
