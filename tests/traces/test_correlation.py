"""The trace tells what the library computes, in numbers and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import trace_correlation
from tests.ops.test_correlate import pairs

Array = NDArray[Any]


@given(pairs())
def test_every_step_adds_up(pair: tuple[Array, Array]) -> None:
    for mirrored, op in ((False, ops.correlate2d), (True, ops.convolve2d)):
        trace = trace_correlation(*pair, mirrored=mirrored)
        assert len(trace) == op(*pair).size
        for step, value in zip(trace, op(*pair).flat, strict=True):
            assert step.products.sum() == pytest.approx(value, rel=1e-9, abs=1e-9)
            assert step.value == value
            assert step.matches


def test_a_step_in_words() -> None:
    trace = trace_correlation([[10, 10, 0], [10, 10, 0]], [[1, 0], [0, -1]])
    assert repr(trace) == "CorrelationTrace: correlation of a 2×3 image with a 2×2 kernel, 1×2 response"
    assert trace[1].formula == "10·1 + 0·(−1) = 10"
    assert trace[-1].sentence == "Row 0, column 1: 2 by 2 window, sum of products 10."


def test_a_learners_response_is_shown_and_marked() -> None:
    trace = trace_correlation([[1, 2, 3]], [[1, 1]], response=[[3, 4]])
    assert trace.differs.tolist() == [[False, True]]
    assert trace[1].sentence == "Row 0, column 1: 1 by 2 window, sum of products 5, but your function returned 4."
    with pytest.raises(ShapeError, match=r"response: got shape \(3,\), wanted \(1, 2\)"):
        trace_correlation([[1, 2, 3]], [[1, 1]], response=[3, 4, 5])


def test_a_trace_keeps_its_own_numbers() -> None:
    image = np.ones((2, 2))
    trace = trace_correlation(image, [[1.0]])
    image[:] = 7
    assert trace[0].value == 1
    with pytest.raises(ValueError, match="read-only"):
        trace.image[0, 0] = 3


def test_a_step_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="step: got 2, wanted 0 to 1"):
        trace_correlation([[1, 2]], [[1]])[2]
