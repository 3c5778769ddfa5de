"""The trace of a volume tells what the library computes, channel by channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import VolumeTrace, trace_volume

VALUES = st.one_of(st.integers(-9, 9).map(float), st.floats(-2, 2, width=32))


@st.composite
def volumes(draw: st.DrawFn) -> VolumeTrace:
    c, f, r, s = (draw(st.integers(1, 3)) for _ in range(4))
    h, w = draw(st.integers(r, 6)), draw(st.integers(s, 6))
    x, weights = draw(arrays(float, (c, h, w), elements=VALUES)), draw(arrays(float, (f, c, r, s), elements=VALUES))
    setting: dict[str, Any] = {"stride": draw(st.integers(1, 3)), "pad": draw(st.integers(0, 2))}
    return trace_volume(x, weights, draw(arrays(float, f, elements=VALUES)), relu=draw(st.booleans()), **setting)


@settings(deadline=None)
@given(volumes())
def test_every_step_adds_up_to_what_the_library_computes(trace: VolumeTrace) -> None:
    y, _ = ops.conv2d(trace.x[None], trace.w, trace.b, stride=trace.grid.stride, pad=trace.grid.pads)
    assert len(trace) == y.size
    for step, total in zip(trace, y[0].flat, strict=True):
        assert step.total == total
        assert step.partials == pytest.approx(step.products.sum((1, 2)), rel=1e-9, abs=1e-9)
        assert step.partials.sum() + step.bias == pytest.approx(total, rel=1e-9, abs=1e-9)
        assert step.value == (max(total, 0) if trace.relu else total)
        assert step.matches


@settings(deadline=None)
@given(volumes())
def test_a_cell_feeds_the_outputs_that_change_with_it(trace: VolumeTrace) -> None:
    for i, j in np.ndindex(*trace.padded.shape[1:]):
        rows, columns = trace.reach.fed(i, j)
        moved = trace.padded.copy()
        moved[:, i, j] += 1
        outputs = [
            ops.conv2d(x[None], np.ones_like(trace.w), stride=trace.grid.stride)[0] for x in (moved, trace.padded)
        ]
        changed = ~np.isclose(*outputs)[0, 0]
        assert np.argwhere(changed).tolist() == [[p, q] for p in rows for q in columns]
        assert trace.reach.used[i, j] == bool(rows and columns)


def test_a_step_in_words() -> None:
    trace = trace_volume([[[1, 2]], [[3, 4]]], [[[[5]], [[-1]]], [[[0]], [[-2]]]], [10, 0], relu=True)
    assert repr(trace) == "VolumeTrace: 2 filters 1×1×2 on a picture 1×2×2, output 1×2×2"
    assert trace[0].formula == "5 − 3 + 10 = 12, ReLU: max(0, 12) = 12"
    assert trace[-1].formula == "0 − 8 + 0 = −8, ReLU: max(0, −8) = 0"
    assert trace[-1].sentence == "Filter 2, row 0, column 1: 0 − 8, bias 0, sum −8, after ReLU 0."


def test_a_learners_output_is_shown_and_marked() -> None:
    trace = trace_volume([[[1, 2]]], [[[[3]]]], response=[[[3, 7]]])
    assert trace.differs.tolist() == [[[False, True]]]
    assert trace[1].sentence == "Filter 1, row 0, column 1: 6, bias 0, sum 6, but your function returned 7."
    with pytest.raises(ShapeError, match=r"response: got shape \(2,\), wanted \(1, 1, 2\)"):
        trace_volume([[[1, 2]]], [[[[3]]]], response=[3, 7])


def test_a_trace_keeps_its_own_numbers() -> None:
    x = np.ones((1, 2, 2))
    trace = trace_volume(x, [[[[1.0]]]])
    x[:] = 7
    assert trace[0].value == 1
    with pytest.raises(ValueError, match="read-only"):
        trace.x[0, 0, 0] = 3


def test_a_step_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="step: got 2, wanted 0 to 1"):
        trace_volume([[[1, 2]]], [[[[1]]]])[2]
