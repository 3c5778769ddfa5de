"""The trace of a backward pass tells what the library computes, whichever way it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.shapes import ShapeError
from cnnlab.traces import BackwardTrace, trace_backward
from cnnlab.traces.backward import EXAMPLE_DY, EXAMPLE_W, EXAMPLE_X
from cnnlab.traces.backward_steps import of_bias, of_input, of_output, of_weight

Array = NDArray[Any]
WHOLE = st.integers(-5, 5).map(float)  # sums of these are exact, and ties are frequent


@st.composite
def cases(draw: Any, operation: str | None = None) -> BackwardTrace:
    """A trace of any operation, on any small setting that fits."""
    operation = operation or draw(st.sampled_from(["convolution", "max pooling", "average pooling"]))
    f = draw(st.integers(1, 4))
    pad, stride = draw(st.integers(0, 2 if operation == "convolution" else min(2, f - 1))), draw(st.integers(1, 3))
    h, w = (draw(st.integers(max(1, f - 2 * pad), 6)) for _ in "hw")
    x = draw(arrays(float, (h, w), elements=WHOLE))
    kernel = draw(arrays(float, (f, f), elements=WHOLE)) if operation == "convolution" else None
    out = [(n + 2 * pad - f) // stride + 1 for n in (h, w)]
    return trace_backward(
        x,
        kernel,
        draw(arrays(float, out, elements=WHOLE)),
        operation=operation,
        kernel=f,
        pad=pad,
        stride=stride,
        ties=draw(st.sampled_from(["first", "all", "share"])),
        view=draw(st.sampled_from(["windows", "turned", "weights"])) if kernel is not None else "windows",
    )


def library(trace: BackwardTrace) -> dict[str, Array]:
    """The gradients, asked of the library anew."""
    x, dy, how = trace.x[None, None], trace.dy[None, None], {"stride": trace.stride, "pad": trace.pad}
    if trace.w is not None:
        grads = ops.conv2d_backward(dy, ops.conv2d(x, trace.w[None, None], [0], **how)[1])
        return {"dx": grads.dx[0, 0], "dw": grads.dw[0, 0], "db": grads.db[None]}
    if trace.operation == "max pooling":
        return {"dx": ops.maxpool2d_backward(dy, ops.maxpool2d(x, trace.grid.kernel, ties=trace.ties, **how)[1])[0, 0]}
    return {"dx": ops.avgpool2d_backward(dy, ops.avgpool2d(x, trace.grid.kernel, **how)[1])[0, 0]}


@settings(deadline=None)
@given(cases())
def test_gradients_are_the_librarys_and_the_last_fill_is_all_of_them(trace: BackwardTrace) -> None:
    (h, w), p = trace.x.shape, trace.pad
    wanted = library(trace)
    assert trace.gradients.keys() == wanted.keys()
    for name, gradient in wanted.items():
        np.testing.assert_array_equal(trace.gradients[name], gradient)
        last = trace.filled[name][-1]
        np.testing.assert_allclose(last[p : p + h, p : p + w] if name == "dx" else last, gradient, atol=1e-12)


@settings(deadline=None)
@given(cases())
def test_every_input_is_the_sum_of_what_its_outputs_sent(trace: BackwardTrace) -> None:
    for (i, j), value in np.ndenumerate(trace.gradients["dx"]):
        sent = [trace.dy[p, q] * trace.factors[p, q, r, s] for p, q, r, s in trace.fed(i, j)]
        assert sum(sent) == pytest.approx(value, abs=1e-12)
        for p, q, r, s in trace.fed(i, j):
            assert trace.windows[p, q, r, s] == trace.x[i, j]


@settings(deadline=None)
@given(cases("convolution"))
def test_the_three_views_of_a_convolution_agree(trace: BackwardTrace) -> None:
    assert trace.w is not None
    np.testing.assert_allclose(ops.correlate2d(trace.surrounded, trace.w[::-1, ::-1]), trace.gradients["dx"])
    (r, s), (rows, columns) = trace.w.shape, trace.spaced.shape
    np.testing.assert_allclose(
        ops.correlate2d(trace.padded[: rows + r - 1, : columns + s - 1], trace.spaced), trace.gradients["dw"]
    )
    for (i, j), value in np.ndenumerate(trace.gradients["dw"]):
        assert sum(trace.x[a, b] * trace.dy[p, q] for p, q, a, b in trace.met(i, j)) == pytest.approx(value)
    assert trace.dy.sum() == trace.gradients["db"].item()


@settings(deadline=None, max_examples=50)
@given(cases())
def test_every_step_names_its_value(trace: BackwardTrace) -> None:
    name = {"turned": "dx", "weights": "dw"}.get(trace.view)
    assert len(trace) == trace.shape[0] * trace.shape[1]
    for n, step in enumerate(trace):
        assert (step.row, step.column) == divmod(n, trace.shape[1])
        if name:
            value = f"{trace.gradients[name][step.row, step.column]:g}".replace("-", "−")
            assert step.formula.startswith(f"{name}[{step.row},{step.column}] = ")
            assert step.formula.endswith(f"= {value}")
            assert step.sentence.endswith((f" {value}.", "gradient is 0."))


# The example, by hand.


def example(**how: Any) -> BackwardTrace:
    return trace_backward(EXAMPLE_X, EXAMPLE_W, EXAMPLE_DY, **how)


def test_the_example_of_the_notebook() -> None:
    trace = example()
    assert trace.y.tolist() == [[10, 5], [7, 16]]
    assert trace.gradients["dx"].tolist() == [[3, 10, 8], [11, 12, -6], [6, -5, 1]]
    assert trace.gradients["dw"].tolist() == [[4, 2], [7, 9]]
    assert trace.gradients["db"].tolist() == [[5]]
    numbers = [value for gradient in trace.gradients.values() for value in gradient.flat]
    assert len(set(numbers)) == 14  # each can be found again
    assert repr(trace) == "BackwardTrace: convolution, 3×3 input, 2×2 window, pad 0, stride 1, 2×2 output, 4 steps"


def test_the_example_in_words() -> None:
    trace = example()
    assert trace[3].formula == "dx[1:3, 1:3] += (−1)·w,  dw += (−1)·x[1:3, 1:3],  db += (−1)"
    assert trace[3].sentence == (
        "Output row 1, column 1: y = 1·3 + 3·4 + 1·2 + 1·(−1) = 16. "
        "δ = −1 goes back over its window, rows 1 to 2, columns 1 to 2. "
        "dx gets δ times each weight, dw gets δ times each input, db gets δ."
    )
    assert of_input(trace, 1, 1).formula == (
        "dx[1,1] = δ[0,0]·w[1,1] + δ[0,1]·w[1,0] + δ[1,0]·w[0,1] + δ[1,1]·w[0,0] = 1·(−1) + 2·2 + 3·4 + (−1)·3 = 12"
    )
    assert of_input(trace, 0, 0).sentence == (
        "Input row 0, column 0 fed 1 output. Its gradient is the sum of δ times the weight it met there: 3."
    )
    assert of_weight(trace, 1, 0).formula == (
        "dw[1,0] = x[1,0]·δ[0,0] + x[1,1]·δ[0,1] + x[2,0]·δ[1,0] + x[2,1]·δ[1,1] = 0·1 + 1·2 + 2·3 + 1·(−1) = 7"
    )
    assert of_weight(trace, 1, 0).sentence == (
        "Weight row 1, column 0 met 4 inputs. Its gradient is the sum of each input times its δ: 7."
    )
    assert of_bias(trace) == "db = 1 + 2 + 3 − 1 = 5"


def test_delta_is_surrounded_with_zeros_and_has_zeros_between_for_a_stride() -> None:
    assert example().surrounded.tolist() == [[0, 0, 0, 0], [0, 1, 2, 0], [0, 3, -1, 0], [0, 0, 0, 0]]
    strided = trace_backward(np.ones((3, 3)), [[2]], EXAMPLE_DY, stride=2)
    assert strided.spaced.tolist() == [[1, 0, 2], [0, 0, 0], [3, 0, -1]]
    assert strided.surrounded.tolist() == strided.spaced.tolist()


def test_padding_is_named_and_left_out_of_the_sums() -> None:
    trace = trace_backward([[5.0]], [[1, 2], [3, 4]], [[1, 2], [3, 4]], pad=1)
    assert trace[0].formula == "dx_pad[0:2, 0:2] += 1·w,  dw += 1·x_pad[0:2, 0:2],  db += 1"
    assert of_weight(trace, 0, 0).formula == "dw[0,0] = x[0,0]·δ[1,1] = 5·4 = 20"


def test_forward_counts_the_bias_and_leaves_the_padding_of_a_maximum_out() -> None:
    assert "y = 2·3 − 1 = 5. δ" in trace_backward([[2]], [[3]], b=-1)[0].sentence
    pooled = trace_backward([[-2]], None, operation="max pooling", kernel=2, pad=1)
    assert "y = max(−2) = −2. δ" in pooled[0].sentence


def test_a_sum_of_many_terms_keeps_to_numbers() -> None:
    trace = trace_backward(np.ones((5, 1)), [[2]])
    assert of_weight(trace, 0, 0).formula == "dw[0,0] = 1·1 + 1·1 + 1·1 + 1·1 + 1·1 = 5"


@pytest.mark.parametrize(
    ("ties", "dx", "formula", "words"),
    [
        ("first", [[6, 0, 0]], "dx[0,0] += 6", "the first in reading order gets all of δ."),
        ("all", [[6, 6, 0]], "dx[0,0] += 6,  dx[0,1] += 6", "every one of them gets all of δ."),
        ("share", [[3, 3, 0]], "dx[0,0] += 3,  dx[0,1] += 3", "each gets an equal share, 3."),
    ],
)
def test_ties_in_max_pooling(ties: Any, dx: list[list[int]], formula: str, words: str) -> None:
    trace = trace_backward([[3, 3, 1]], None, [[6]], operation="max pooling", kernel=(1, 3), ties=ties)
    assert trace.gradients["dx"].tolist() == dx
    assert trace[0].formula == formula
    assert trace[0].sentence == (
        f"Output row 0, column 0: y = max(3, 3, 1) = 3. δ = 6. The maximum 3 stands in 2 cells, a tie: {words}"
    )


def test_pooling_in_words() -> None:
    pooled = trace_backward([[1, 2, 3]], None, [[4, 5]], operation="max pooling", kernel=(1, 2), stride=1)
    assert pooled[1].sentence == (
        "Output row 0, column 1: y = max(2, 3) = 3. δ = 5. "
        "The maximum 3 stands in one cell of the window: it gets all of δ."
    )
    assert of_input(pooled, 0, 1).sentence == "Input row 0, column 1 lies in 2 windows and wins 1: its gradient is 4."
    assert of_input(pooled, 0, 0).sentence == (
        "Input row 0, column 0 lies in 1 window and wins none: its gradient is 0."
    )
    mean = trace_backward([[1, 2, 9]], None, [[-8]], operation="average pooling", kernel=(1, 2), stride=2)
    assert of_output(mean, 0, 0).formula == "dx[0:1, 0:2] += −8 / 2 = −4"
    assert of_output(mean, 0, 0).sentence == (
        "Output row 0, column 0: y = (1 + 2) / 2 = 1.5. "
        "δ = −8 is shared by its window, row 0, columns 0 to 1: each of its 2 cells gets −4."
    )


def test_an_input_in_no_window() -> None:
    trace = trace_backward([[1, 2, 3]], [[1, 1]], stride=2)
    assert of_input(trace, 0, 2).formula == "dx[0,2] = 0"
    assert of_input(trace, 0, 2).sentence == "Input row 0, column 2 lies in no window: its gradient is 0."


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "how", "words"),
    [
        (([1, 2], [[1]]), {}, r"x: got 1 axes .*wanted 2 \(rows, columns\)"),
        (([[1, 2]],), {}, "w: got None.*Pass it as w"),
        (([[1, 2]], [[1]], [[1]]), {}, r"dy: got shape \(1, 1\), wanted \(1, 2\).*np.ones"),
        (([[1, 2]], [[1, 1, 1]]), {}, "Take a window of 2 or less"),
        (([[1, 2]],), {"operation": "pooling"}, 'wanted "convolution" or "max pooling"'),
        (([[1, 2]],), {"operation": "max pooling"}, "Write kernel=2"),
        (([[1, 2]],), {"operation": "max pooling", "kernel": 1, "ties": "last"}, "ties: got 'last', wanted \"first\""),
        (([[1, 2]],), {"operation": "average pooling", "kernel": 1, "view": "turned"}, 'Take view="windows"'),
        (([[1, 2]], [[1]]), {"view": "sideways"}, "view: got 'sideways', wanted \"windows\""),
        (([[1, 2]],), {"operation": "max pooling", "kernel": 1, "pad": 1}, "Choose pad ≤ 0"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments: Any, how: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        trace_backward(*arguments, **how)


def test_a_delta_of_the_shape_that_was_asked_for_is_taken() -> None:
    with pytest.raises(ShapeError, match=r"Make it np.ones\(\(1, 2\)\)"):
        trace_backward([[1, 2]], [[1]], [[1]])
    assert trace_backward([[1, 2]], [[1]], np.ones((1, 2))).gradients["dx"].tolist() == [[1, 1]]


def test_a_trace_keeps_its_own_numbers() -> None:
    x = np.ones((2, 2))
    trace = trace_backward(x, [[1.0]])
    x[:] = 7
    assert trace.x[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        trace.gradients["dx"][0, 0] = 3


def test_a_step_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="step: got 4, wanted 0 to 3"):
        example()[4]
