"""Rules of descent: against their formulas written as scalar loops, on a bowl, and with their state saved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.optim import SGD, Adam, Cosine, ExponentialDecay, Momentum, Optimizer, RMSprop, StepDecay
from cnnlab.shapes import ShapeError

RULES: list[tuple[type[Optimizer], float]] = [(SGD, 0.1), (Momentum, 0.05), (RMSprop, 0.05), (Adam, 0.1)]


def by_hand(rule: type[Optimizer], w: float, gradients: list[float], rate: float) -> float:
    """One number, plain Python, as the papers write it."""
    m = s = v = 0.0
    for t, dw in enumerate(gradients, 1):
        if rule is SGD:
            w -= rate * dw
        elif rule is Momentum:
            v = 0.9 * v - rate * dw
            w += v
        elif rule is RMSprop:
            s = 0.99 * s + 0.01 * dw**2
            w -= rate * dw / (math.sqrt(s) + 1e-8)
        else:
            m = 0.9 * m + 0.1 * dw
            s = 0.999 * s + 0.001 * dw**2
            w -= rate * (m / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w


@pytest.mark.parametrize(("kind", "rate"), RULES)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6), st.floats(-2, 2))
def test_as_the_papers_write_it(kind: type[Optimizer], rate: float, gradients: list[float], start: float) -> None:
    rule, params = kind(rate), {"a": np.array([start]), "b": np.zeros((2, 2))}
    for dw in gradients:
        rule.step(params, {"a": np.array([dw]), "b": np.full((2, 2), dw)})
    np.testing.assert_allclose(params["a"], by_hand(kind, start, gradients, rate), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(params["b"], by_hand(kind, 0.0, gradients, rate), rtol=1e-9, atol=1e-12)
    assert rule.t == len(gradients)


@pytest.mark.parametrize(("kind", "rate"), RULES)
def test_down_to_the_bottom_of_a_bowl(kind: type[Optimizer], rate: float) -> None:
    w = {"w": np.array([3.0, -2.0])}
    rule = kind(StepDecay(rate, every=200, factor=0.5))
    for _ in range(1000):
        rule.step(w, {"w": 2 * (w["w"] - [1, 1])})
    np.testing.assert_allclose(w["w"], [1, 1], atol=0.01)


@pytest.mark.parametrize(("kind", "rate"), RULES)
def test_float32_stays_and_the_arrays_stay_the_same(kind: type[Optimizer], rate: float) -> None:
    w = np.ones((2, 3), np.float32)
    gradient = np.full((2, 3), 0.5, np.float32)
    rule = kind(rate, weight_decay=0.1)
    rule.step({"w": w}, {"w": gradient})
    assert w.dtype == np.float32
    assert (w < 1).all()  # the very array was changed
    assert (gradient == 0.5).all()
    assert all(array.dtype == np.float32 for name, array in rule.state_dict().items() if name != "t")


@pytest.mark.parametrize(("kind", "rate"), RULES)
def test_going_on_from_a_saved_state(kind: type[Optimizer], rate: float) -> None:
    gradients = np.random.default_rng(0).normal(size=(10, 3))
    straight, halved = {"w": np.ones(3)}, {"w": np.ones(3)}
    rule = kind(rate)
    for dw in gradients:
        rule.step(straight, {"w": dw})
    first, second = kind(rate), kind(rate)
    for dw in gradients[:5]:
        first.step(halved, {"w": dw})
    saved = first.state_dict()
    first.step({"w": np.ones(3)}, {"w": np.ones(3)})  # what is saved is a copy
    second.load_state_dict(saved)
    for dw in gradients[5:]:
        second.step(halved, {"w": dw})
    np.testing.assert_array_equal(straight["w"], halved["w"])


@pytest.mark.parametrize(("kind", "rate"), RULES)
def test_a_large_parameter_is_changed_as_its_parts_are(kind: type[Optimizer], rate: float) -> None:
    rng = np.random.default_rng(0)
    whole = np.asfortranarray(rng.normal(size=(1000, 300)).astype(np.float32))  # several chunks, and threads
    parts = {str(i): part.copy() for i, part in enumerate(np.split(whole, 100))}
    one, many = kind(rate, weight_decay=0.1), kind(rate, weight_decay=0.1)
    for _ in range(3):
        dw = rng.normal(size=whole.shape).astype(np.float32)
        one.step({"w": whole}, {"w": dw})
        many.step(parts, {str(i): part for i, part in enumerate(np.split(dw, 100))})
    np.testing.assert_array_equal(whole, np.concatenate(list(parts.values())))


@pytest.mark.parametrize(("kind", "rate"), RULES)
def test_what_was_loaded_is_not_changed(kind: type[Optimizer], rate: float) -> None:
    rule, w = kind(rate), {"w": np.ones(3), "b": np.array(1.0)}  # a single number is a parameter, too
    rule.step(w, {"w": np.ones(3), "b": np.array(1.0)})
    saved = rule.state_dict()
    before = {name: array.copy() for name, array in saved.items()}
    rule.load_state_dict(saved)
    rule.step(w, {"w": np.ones(3), "b": np.array(1.0)})
    for name, array in before.items():
        np.testing.assert_array_equal(saved[name], array)


def test_weight_decay_shrinks_weights_and_spares_vectors() -> None:
    params = {"w": np.ones((2, 2)), "b": np.ones(2)}
    SGD(0.5, weight_decay=0.1).step(params, {"w": np.zeros((2, 2)), "b": np.zeros(2)})
    np.testing.assert_allclose(params["w"], 1 - 0.5 * 0.1)
    np.testing.assert_array_equal(params["b"], 1)


def test_schedules() -> None:
    assert [StepDecay(1.0, every=2, factor=0.5)(step) for step in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    assert ExponentialDecay(1.0, every=2, factor=0.25)(3) == pytest.approx(0.125)
    rate = Cosine(2.0, steps=10, warmup=4)
    assert [rate(step) for step in range(4)] == [0.5, 1.0, 1.5, 2.0]
    assert rate(7) == pytest.approx(1.0)
    assert rate(10) == rate(99) == 0
    rule, w = SGD(StepDecay(1.0, every=1, factor=0.5)), {"w": np.zeros(1)}
    for _ in range(3):
        rule.step(w, {"w": -np.ones(1)})
    assert w["w"].item() == 1 + 0.5 + 0.25
    assert rule.current_rate == 0.125


@pytest.mark.parametrize(
    ("wrong", "told", "right"),
    [
        (lambda: SGD(0), "rate: got 0, wanted a positive number. Start with 0.001", lambda: SGD(0.001)),
        (lambda: Adam(float("nan")), "rate: got nan", lambda: Adam(0.001)),
        (
            lambda: SGD(1, weight_decay=1),
            r"weight_decay: got 1, wanted .* Usual is 0.0001",
            lambda: SGD(1, weight_decay=1e-4),
        ),
        (lambda: Momentum(momentum=1.0), "momentum: got 1.0, wanted .* Usual is 0.9", lambda: Momentum(momentum=0.9)),
        (lambda: RMSprop(decay=-1), "decay: got -1", lambda: RMSprop(decay=0.99)),
        (lambda: Adam(beta2=1), "beta2: got 1, wanted .* Usual is 0.999", lambda: Adam(beta2=0.999)),
        (
            lambda: StepDecay(0.1, every=0),
            "every: got 0, .* at least 1. Write 1000",
            lambda: StepDecay(0.1, every=1000),
        ),
        (
            lambda: StepDecay(0.1, every=5, factor=-0.5),
            "factor: got -0.5, wanted a positive number. Halve the rate with 0.5",
            lambda: StepDecay(0.1, every=5, factor=0.5),
        ),
        (
            lambda: ExponentialDecay(0.1, every=5, factor=np.nan),
            "factor: got nan",
            lambda: ExponentialDecay(0.1, every=5, factor=0.5),
        ),
        (lambda: Adam("0.001"), "rate: got '0.001', wanted a positive number", lambda: Adam(0.001)),
        (lambda: Adam(eps=-1e-8), "eps: got -1e-08, wanted a small number, at least 0", lambda: Adam(eps=1e-8)),
        (lambda: RMSprop(eps=None), "eps: got None, .* Write eps=1e-8", lambda: RMSprop(eps=1e-8)),
        (lambda: Cosine(-0.1, 100), "start: got -0.1, wanted a positive number", lambda: Cosine(0.1, 100)),
        (lambda: Cosine(0.1, 0), "steps: got 0, .* at least 1", lambda: Cosine(0.1, 1000)),
        (lambda: Cosine(0.1, 9, warmup=-1), "warmup: got -1, .* at least 0", lambda: Cosine(0.1, 9, warmup=0)),
    ],
)
def test_settings_that_make_no_sense_and_the_remedy(wrong: Any, told: str, right: Any) -> None:
    with pytest.raises(ValueError, match=told):
        wrong()
    right()


def test_a_missing_gradient() -> None:
    with pytest.raises(KeyError, match=r"grads: got none for b, wanted one for each parameter. Run backward first"):
        SGD().step({"a": np.ones(1), "b": np.ones(1)}, {"a": np.ones(1)})


def test_a_gradient_of_another_shape_changes_nothing() -> None:
    params, rule = {"a": np.ones(3), "b": np.ones((3, 2))}, Adam()
    with pytest.raises(ShapeError, match=r"grads\['b'\]: got \(3, 1\), wanted \(3, 2\), .* Check the backward pass"):
        rule.step(params, {"a": np.ones(3), "b": np.ones((3, 1))})
    assert rule.t == 0
    assert all((w == 1).all() for w in params.values())


def test_an_optimizer_of_another_network_and_the_remedy() -> None:
    rule, other = Momentum(), {"w": np.ones((4, 2))}
    rule.step({"w": np.ones((3, 2))}, {"w": np.ones((3, 2))})
    with pytest.raises(ShapeError, match=r"params\['w'\]: got \(4, 2\), .* Make a new optimizer for each network"):
        rule.step(other, {"w": np.ones((4, 2))})
    Momentum().step(other, {"w": np.ones((4, 2))})


def test_adam_and_rmsprop_step_as_torch_does() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed; it is only a second opinion")
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(20, 3, 4))
    for ours, theirs in (
        (Adam(0.01), lambda w: torch.optim.Adam([w], lr=0.01)),
        (Adam(0.01, weight_decay=0.1), lambda w: torch.optim.AdamW([w], lr=0.01, weight_decay=0.1)),
        (RMSprop(0.01), lambda w: torch.optim.RMSprop([w], lr=0.01, alpha=0.99)),
        (Momentum(0.01), lambda w: torch.optim.SGD([w], lr=0.01, momentum=0.9)),
    ):
        mine, tensor = {"w": start.copy()}, torch.tensor(start, requires_grad=True)
        rule = theirs(tensor)
        for dw in gradients:
            ours.step(mine, {"w": dw})
            tensor.grad = torch.from_numpy(dw)
            rule.step()
        np.testing.assert_allclose(mine["w"], tensor.detach().numpy(), rtol=1e-9)
