"""The trace of one feature tells what batchnorm computes, in training and at test time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.conventions import cs231n
from cnnlab.traces import trace_batchnorm

FEATURE = st.lists(st.integers(-99, 99).map(float) | st.floats(-9, 9, width=32), min_size=2, max_size=12)


@given(FEATURE, st.floats(-5, 5), st.floats(-5, 5), st.floats(1e-5, 1))
def test_training_is_the_librarys(x: list[float], gamma: float, beta: float, eps: float) -> None:
    trace = trace_batchnorm(x, gamma=gamma, beta=beta, eps=eps)
    y, cache = ops.batchnorm(np.array(x)[:, None], [gamma], [beta], eps=eps)
    np.testing.assert_allclose(trace.y, y[:, 0])
    assert trace.used == (cache.mean[0], cache.var[0])
    # Every stage follows from the one before.
    np.testing.assert_allclose(trace[2].mean, cache.var[0], atol=1e-9)
    np.testing.assert_allclose(trace[1].values / trace.std, trace[3].values)
    np.testing.assert_allclose(gamma * trace[3].values + beta, trace[4].values, atol=1e-6)


@given(st.lists(FEATURE, min_size=1, max_size=4), st.floats(0, 1))
def test_running_averages_are_those_of_the_course(batches: list[list[float]], momentum: float) -> None:
    *earlier, last = batches
    param = {"mode": "train", "momentum": momentum}
    for batch in batches:
        cs231n.batchnorm_forward(np.array(batch)[:, None], np.ones(1), np.zeros(1), param)
    trace = trace_batchnorm(last, momentum=momentum, earlier=earlier)
    np.testing.assert_allclose(trace.updated, (param["running_mean"][0], param["running_var"][0]))
    tested = trace_batchnorm([1.0], momentum=momentum, earlier=batches, training=False)
    assert tested.used == tested.running == tested.updated == trace.updated
    out, _ = cs231n.batchnorm_forward(np.ones((1, 1)), np.ones(1), np.zeros(1), param | {"mode": "test"})
    np.testing.assert_allclose(tested.y, out[:, 0])


def test_the_stages_in_words() -> None:
    trace = trace_batchnorm([5, 2, 8, 4, 6], gamma=2, beta=-1, earlier=[[10, 10]])
    assert repr(trace) == "UnitTrace: 5 examples, train, mean 5, variance 4"
    assert [stage.name for stage in trace.stages] == ["x", "x − mean", "(x − mean)²", "x̂", "y = γ·x̂ + β"]
    assert [stage.formulas[1] for stage in trace.stages] == [
        "x = 2; mean = (5 + 2 + 8 + 4 + 6) / 5 = 5",
        "x − mean = 2 − 5 = −3",
        "(x − mean)² = (−3)² = 9; variance = (0 + 9 + 9 + 1 + 1) / 5 = 4",
        "x̂ = −3 / √(4 + 0.00001) = −3 / 2 = −1.5",
        "y = 2·(−1.5) − 1 = −4",
    ]
    assert trace.running_formula(0) == "0.9·1 + 0.1·5 = 1.4"
    assert trace.running_formula(1) == "0.9·0 + 0.1·4 = 0.4"


def test_at_test_time_nothing_is_measured() -> None:
    trace = trace_batchnorm([5], earlier=[[1, 3], [1, 3]], training=False, momentum=0.5)
    assert len(trace) == 4
    assert trace[0].formulas == ("x = 5; mean = running mean = 1.5, variance = running variance = 0.75",)
    assert trace.running_formula(0) == "1.5: not changed at test time"


def test_a_learners_result_is_shown_and_marked() -> None:
    trace = trace_batchnorm([1, 3], response=[-1, 7])
    assert trace.differs.tolist() == [False, True]
    assert trace[4].values.tolist() == [-1, 7]
    assert trace[4].formulas[1] == "y = 1·1 + 0 = 1"


def test_what_cannot_be_normalised_is_told_and_the_remedy_works() -> None:
    with pytest.raises(ValueError, match=r"variance 0.*2 or more examples, or switch to test"):
        trace_batchnorm([4])
    trace_batchnorm([4, 5])
    with pytest.raises(ValueError, match=r"seen: got 0.*1 or more"):
        trace_batchnorm([4, 5], training=False)
    trace_batchnorm([4], training=False, earlier=[[4, 5]])
    with pytest.raises(ValueError, match=r"eps: got 0 while the variance is 0.*0\.00001"):
        trace_batchnorm([4, 4], eps=0)
    assert trace_batchnorm([4, 4], eps=0.00001, beta=3).y.tolist() == [3, 3]
