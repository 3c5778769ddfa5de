"""The trace of im2col tells what the library computes, in numbers and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import Im2colTrace, trace_im2col

NUMBERS = st.integers(-99, 99).map(float) | st.floats(-9, 9, width=32)


@st.composite
def traces(draw: Any) -> Im2colTrace:
    c, h, w = draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(1, 6))
    pad, stride = draw(st.integers(0, 2)), draw(st.integers(1, 3))
    r, s = (draw(st.integers(1, min(4, n + 2 * pad))) for n in (h, w))
    image, weights = (draw(arrays(np.float64, shape, elements=NUMBERS)) for shape in ((c, h, w), (c, r, s)))
    return trace_im2col(image, weights, stride=stride, pad=pad)


@given(traces())
def test_every_column_is_its_window_and_every_product_the_convolution(trace: Im2colTrace) -> None:
    x, w = trace.image[None], trace.weights[None]
    np.testing.assert_array_equal(trace.matrix, ops.im2col(x, w.shape[2:], stride=trace.stride, pad=trace.pad))
    np.testing.assert_array_equal(trace.matrix, trace.padded.reshape(-1)[trace.source])
    expected, _ = ops.conv2d(x, w, stride=trace.stride, pad=trace.pad)
    np.testing.assert_allclose([step.value for step in trace], expected.ravel(), atol=1e-9)
    for step in trace:
        window = trace.padded[:, step.top : step.top + w.shape[2], step.left : step.left + w.shape[3]]
        np.testing.assert_array_equal(step.entries, window.ravel())


@given(traces())
def test_adding_the_columns_back_is_col2im(trace: Im2colTrace) -> None:
    sums = np.zeros(trace.padded.size)
    for step in trace:
        cells = trace.source[:, step.index]
        np.testing.assert_allclose(step.before, sums[cells], atol=1e-9)
        sums[cells] += step.entries  # one column never holds a cell twice
        np.testing.assert_allclose(step.after, sums[cells], atol=1e-9)
        np.testing.assert_allclose(trace.sums[step.index].ravel(), sums, atol=1e-9)
    np.testing.assert_allclose(trace.sums[-1], trace.padded * trace.copies, atol=1e-9)
    assert [len(trace.columns_of(cell)) for cell in range(trace.padded.size)] == trace.copies.ravel().tolist()


def test_a_step_in_words() -> None:
    trace = trace_im2col([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [[[1, 0], [0, -1]]])
    assert repr(trace) == "Im2colTrace: 1×3×3 image, 2×2 window, 4×4 matrix"
    assert trace[2].formula == "4·1 + 8·(−1) = −4"
    assert trace[-2].sentence == (
        "The window at row 1, column 0 becomes column 2 of the matrix; filter times column gives −4, output row 1, "
        "column 0."
    )
    assert trace[2].adding == "sums[:, 1:3, 0:2] += column 2"
    assert "its 4 numbers" not in trace[2].sentence
    assert "each of its 4 numbers" in trace[2].adding_sentence
    assert trace.columns_of(4) == [0, 1, 2, 3]  # the middle


def test_a_learners_matrix_is_shown_and_marked() -> None:
    trace = trace_im2col([[[1, 2, 3]]], [[[1, 1]]], matrix=[[1, 2], [2, 4]])
    assert trace.differs.tolist() == [[False, False], [False, True]]
    assert trace[1].value == 6
    assert trace[1].sentence.endswith("; 1 of 2 numbers in this column differ from the library's.")
    assert "differ" not in trace[0].sentence


def test_a_trace_keeps_its_own_numbers() -> None:
    image = np.ones((1, 2, 2))
    trace = trace_im2col(image, [[[1.0]]])
    image[:] = 7
    assert trace[0].value == 1
    with pytest.raises(ValueError, match="read-only"):
        trace.matrix[0, 0] = 3


def test_bad_arguments() -> None:
    with pytest.raises(ShapeError, match=r"image\[None\]"):
        trace_im2col([[1, 2]], [[[1]]])
    with pytest.raises(ShapeError, match=r"matrix: got shape \(2,\), wanted \(1, 2\)"):
        trace_im2col([[[1, 2]]], [[[1]]], matrix=[1, 2])
    with pytest.raises(IndexError, match="step: got 2, wanted 0 to 1"):
        trace_im2col([[[1, 2]]], [[[1]]])[2]
