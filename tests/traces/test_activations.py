"""The trace of a network's activations tells what the library computes, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import ops
from cnnlab.traces import trace_network
from cnnlab.traces.activations import UNITS


@given(st.floats(0.01, 1), st.integers(2, 20), st.floats(0.1, 5), st.floats(-5, 5))
def test_every_layer_is_the_librarys(scale: float, batch: int, gamma: float, beta: float) -> None:
    trace = trace_network(depth=3, scale=scale, batch=batch, gamma=gamma, beta=beta)
    rng = np.random.default_rng(0)
    plain: Any = rng.normal(size=(batch, UNITS))
    normal = plain
    for step in trace:
        w = rng.normal(size=(UNITS, UNITS)) * scale
        np.testing.assert_allclose(step.plain, plain @ w, rtol=1e-9, atol=1e-12)
        y, _ = ops.batchnorm(ops.affine(normal, w)[0], np.full(UNITS, gamma), np.full(UNITS, beta))
        np.testing.assert_array_equal(step.normal, y)
        plain, normal = np.maximum(step.plain, 0), np.maximum(y, 0)


def test_small_weights_shrink_the_numbers_and_batchnorm_keeps_them() -> None:
    trace = trace_network()
    assert repr(trace) == "NetworkTrace: 10 layers, weights 0.05, 32 examples"
    assert trace[4].sentence == (
        "Layer 5: mean 0.000175, standard deviation 0.00694 without batchnorm; mean 0, standard deviation 1 with."
    )
    assert trace[4].plain_sentence == "Layer 5: mean 0.000175, standard deviation 0.00694 without batchnorm."
    sizes = [step.plain.std() for step in trace]
    assert sizes == sorted(sizes, reverse=True)
    grown = trace_network(scale=0.5)
    assert grown[9].plain.std() > 1e5
    np.testing.assert_allclose(grown[9].normal.std(0), 1, atol=1e-3)


def test_a_learners_batchnorm_drives_the_layers_after_it() -> None:
    def shifted(x: Any, gamma: Any, beta: Any, expected: Any) -> Any:
        return expected + 1

    trace = trace_network(depth=2, norm=shifted)
    right = trace_network(depth=2)
    np.testing.assert_array_equal(trace[0].normal, right[0].normal + 1)
    assert not np.allclose(trace[1].normal - 1, right[1].normal, atol=0.1)  # another input, not only another result
    assert trace[0].differs == trace[0].normal.size
    assert trace[0].sentence.endswith("; 3200 of 3200 numbers differ from the library's.")
    assert right[0].differs == 0


def test_what_cannot_be_normalised_is_told_and_the_remedy_works() -> None:
    with pytest.raises(ValueError, match=r"batch: got 1 example.*2 or more"):
        trace_network(batch=1)
    trace_network(batch=2)
    with pytest.raises(ValueError, match=r"in layer 2 a unit has variance 0.*0\.00001"):
        trace_network(gamma=0, eps=0)
    assert trace_network(gamma=0, beta=2, eps=0.00001)[9].normal.std() == 0
