"""Padding, stride and dilation in a correlation's trace: the library's numbers, and words that agree with them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.shapes import ShapeError, output_size
from cnnlab.traces import CorrelationTrace, trace_correlation
from cnnlab.traces.window import left_over, size_formula


@st.composite
def traces(draw: Any) -> CorrelationTrace:
    """A correlation in which the window fits at least once, with settings of its own for each axis."""
    pair = lambda low, high: draw(st.tuples(st.integers(low, high), st.integers(low, high)))  # noqa: E731
    kernel, stride, dilation = pair(1, 4), pair(1, 4), pair(1, 3)
    pads = pair(0, 3), pair(0, 3)
    size = [
        draw(st.integers(max(1, d * (f - 1) + 1 - sum(pad)), 9 + d * (f - 1)))
        for f, d, pad in zip(kernel, dilation, pads, strict=True)
    ]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return trace_correlation(
        rng.integers(-9, 10, size), rng.integers(-3, 4, kernel), stride=stride, pad=pads, dilation=dilation
    )


@given(traces())
def test_every_step_is_the_librarys(trace: CorrelationTrace) -> None:
    g = trace.grid
    settings = {"stride": g.stride, "pad": g.pads, "dilation": g.dilation}
    y, _ = ops.conv2d(trace.image[None, None], trace.kernel[None, None], **settings)
    np.testing.assert_array_equal(trace.expected, y[0, 0])
    windows = ops.windows(trace.image[None, None], g.kernel, **settings)[0, 0]
    for step in trace:
        np.testing.assert_array_equal(step.window, windows[step.row, step.column])
        assert step.products.sum() == step.value


@given(traces())
def test_a_cell_is_used_as_often_as_windows_see_it(trace: CorrelationTrace) -> None:
    g = trace.grid
    ones = np.ones((g.kernel[0] * g.kernel[1], trace.expected.size))
    padded = (1, 1, trace.padded.shape[0], trace.padded.shape[1])
    counts = ops.col2im(ones, padded, g.kernel, stride=g.stride, dilation=g.dilation)[0, 0]
    np.testing.assert_array_equal(np.outer(trace.reach.rows.sum(1), trace.reach.columns.sum(1)), counts)
    assert (left_over(trace) == "") == bool(np.all(counts > 0))


@given(
    st.integers(1, 20), st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), st.integers(1, 5), st.integers(1, 3)
)
def test_the_formula_comes_to_the_size(n: int, f: int, before: int, after: int, stride: int, dilation: int) -> None:
    if n + before + after < dilation * (f - 1) + 1:
        with pytest.raises(ShapeError):
            size_formula(n, f, (before, after), stride, dilation)
        return
    text = size_formula(n, f, (before, after), stride, dilation)
    size = output_size(n, f, (before, after), stride, dilation)
    assert text.endswith(f" = {size}")
    floored = re.search(r"= ⌊([\d.]+)⌋ \+ 1 =", text)
    assert floored is not None
    assert int(float(floored[1])) + 1 == size
    total, step = re.search(r"⌊\((.*)\)/(\d+)⌋", text.split(" = ")[-3]).groups()  # type: ignore[union-attr]
    assert eval(total.replace("·", "*").replace("−", "-")) // int(step) + 1 == size


@pytest.mark.parametrize(
    ("size", "kernel", "settings", "words"),
    [
        ((5, 5), 3, {"stride": 2}, ""),
        ((6, 6), 3, {"stride": 2}, "The floor leaves the last row and the last column over: no window reaches them."),
        (
            (7, 5),
            2,
            {"stride": 4},
            "the last row and the last 3 columns over: no window reaches them. 4 cells lie between",
        ),
        ((6, 8), 3, {"stride": (1, 4)}, "The floor leaves the last column over: no window reaches it. 6 cells lie"),
        (
            (1, 7),
            (1, 2),
            {"stride": 3},
            "The floor leaves the last 2 columns over: no window reaches them. 1 cell lies",
        ),
        ((6, 6), 3, {"stride": 2, "pad": 1}, "All of that is padding: nothing of the input is lost."),
        ((5, 5), 3, {"dilation": 2}, "16 cells lie between the cells that windows take."),
    ],
)
def test_what_no_window_sees_is_named(size: Any, kernel: Any, settings: Any, words: str) -> None:
    weights = np.ones(kernel if isinstance(kernel, tuple) else (kernel, kernel))
    told = left_over(trace_correlation(np.ones(size), weights, **settings))
    assert words in told
    assert bool(words) == bool(told)


def test_a_window_that_does_not_fit_is_told_with_a_remedy() -> None:
    with pytest.raises(ShapeError, match="Take a window of 3 or less, or pad by at least 1"):
        trace_correlation(np.ones((3, 3)), np.ones((4, 4)), stride=2)
    assert len(trace_correlation(np.ones((3, 3)), np.ones((4, 4)), stride=2, pad=1)) == 1  # the remedy
