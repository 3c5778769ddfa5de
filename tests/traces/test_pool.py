"""The trace of pooling tells what the library computes, who wins and what a shift changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import PoolTrace, trace_pool
from cnnlab.traces.pool import shift_right


@st.composite
def poolings(draw: st.DrawFn) -> PoolTrace:
    c, h, w = draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(1, 6))
    f = draw(st.integers(1, min(h, w)))
    x = draw(arrays(float, (c, h, w), elements=st.integers(-3, 3).map(float)))  # few values: many ties
    return trace_pool(
        x,
        f,
        mode=draw(st.sampled_from(["max", "average"])),
        stride=draw(st.integers(1, 3)),
        pad=draw(st.integers(0, f - 1)),
        shift=draw(st.integers(0, 3)),
    )


@settings(deadline=None)
@given(poolings())
def test_every_step_is_what_the_library_computes(trace: PoolTrace) -> None:
    pool = ops.maxpool2d if trace.mode == "max" else ops.avgpool2d
    y, _ = pool(trace.x[None], trace.grid.kernel, stride=trace.grid.stride, pad=trace.grid.pads)
    assert len(trace) == y.size
    for step, value in zip(trace, y[0].flat, strict=True):
        assert step.value == value
        assert step.matches
        if trace.mode == "max":
            assert np.nanmax(step.window) == value
            np.testing.assert_array_equal(step.winners, step.window == value)
        else:
            assert step.window.mean() == pytest.approx(value)
            assert not step.winners.any()


@settings(deadline=None)
@given(poolings())
def test_winners_are_where_the_gradient_goes(trace: PoolTrace) -> None:
    if trace.mode == "max":
        _, cache = ops.maxpool2d(
            trace.x[None], trace.grid.kernel, stride=trace.grid.stride, pad=trace.grid.pads, ties="all"
        )
        touched = ops.maxpool2d_backward(np.ones((1, *trace.expected.shape)), cache)
        assert touched.sum() == trace.winners.sum()


@settings(deadline=None)
@given(poolings())
def test_a_shift_is_told_cell_by_cell(trace: PoolTrace) -> None:
    assert (trace.shift > 0) or not trace.changed.any()
    for step, changed in zip(trace, trace.changed.flat, strict=True):
        assert step.changed == changed
        assert step.sentence.endswith("; the shift changed it.") == changed


def test_shifting_brings_zeros_in_from_the_left() -> None:
    assert shift_right([[[1, 2, 3]]], 0).tolist() == [[[1, 2, 3]]]
    assert shift_right([[[1, 2, 3]]], 2).tolist() == [[[0, 0, 1]]]
    assert shift_right([[[1, 2, 3]]], 5).tolist() == [[[0, 0, 0]]]


def test_tolerance_to_a_shift_and_where_it_fails() -> None:
    spots = np.zeros((1, 2, 8))
    spots[0, 0, [0, 5]] = 9  # the first stays in its window of two when it moves by one, the second leaves it
    assert trace_pool(spots, 2, shift=1).changed.tolist() == [[[False, False, True, True]]]


def test_a_step_in_words() -> None:
    trace = trace_pool([[[3, 3, -1], [1, 0, 2]]], 2, stride=1)
    assert repr(trace) == "PoolTrace: max pooling 2×2 of a picture 2×3×1, output 1×2×1"
    assert trace[0].formula == "max(3, 3, 1, 0) = 3"
    assert trace[0].sentence == "Channel 1, row 0, column 0: the largest of 4 cells is 3, a tie of 2 cells."
    average = trace_pool([[[3, 3, -1], [1, 0, 2]]], 2, mode="average", stride=1)
    assert average[1].formula == "(3 − 1 + 0 + 2) / 4 = 1"
    assert average[1].sentence == "Channel 1, row 0, column 1: sum 4 over 4 cells is the average 1."
    corner = trace_pool([[[4, 5], [2, 9]]], 2, stride=1, pad=1)[0]
    assert corner.sentence == "Channel 1, row 0, column 0: the largest of 1 cell is 4."


def test_padding_never_wins_and_counts_as_zeros_in_an_average() -> None:
    x = [[[-4.0]]]
    assert trace_pool(x, 2, stride=1, pad=1)[0].formula == "max(−4) = −4"
    assert trace_pool(x, 2, stride=1, pad=1, mode="average")[0].formula == "(0 + 0 + 0 − 4) / 4 = −1"


def test_a_learners_output_is_shown_and_marked() -> None:
    trace = trace_pool([[[1, 5, 2, 0]]], (1, 2), response=[[[5, 1]]])
    assert trace.differs.tolist() == [[[False, True]]]
    assert trace[1].sentence.endswith("is 2, but your function returned 1.")
    with pytest.raises(ShapeError, match=r"response: got shape \(1,\), wanted \(1, 1, 2\)"):
        trace_pool([[[1, 5, 2, 0]]], (1, 2), response=[1])


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match='mode: got \'min\', wanted "max" or "average"'):
        trace_pool([[[1]]], 1, mode="min")  # type: ignore[arg-type]
