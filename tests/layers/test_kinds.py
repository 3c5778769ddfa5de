"""Every layer against the numeric gradient, in its two modes, and with settings that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnlab.layers import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnlab.shapes import ShapeError

Array = NDArray[Any]

CASES: list[tuple[Layer, tuple[int, ...]]] = [
    (Conv2d(3, 3), (2, 5, 6)),
    (Conv2d(2, (2, 3), stride=(2, 1), pad=(1, 0)), (3, 5, 4)),
    (Conv2d(2, 2, pad="same", dilation=2, bias=False), (1, 6, 5)),
    (MaxPool2d(2), (2, 5, 6)),
    (MaxPool2d(3, stride=2, pad="same"), (2, 6, 5)),
    (MaxPool2d((2, 3), ceil_mode=True), (1, 5, 7)),
    (AvgPool2d(2), (2, 5, 6)),
    (AvgPool2d(3, stride=2, pad=1), (2, 6, 5)),
    (BatchNorm(), (3, 4, 5)),
    (BatchNorm(eps=0.1), (6,)),
    (Dense(4), (7,)),
    (Dense(3, bias=False), (5,)),
    (Flatten(), (2, 3, 4)),
    (ReLU(), (2, 3, 4)),
    (Dropout(0.6), (2, 3, 4)),
]


def numeric(f: Callable[[], float], array: Array, h: float = 1e-6) -> Array:
    """Centred differences, one cell at a time."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(*array.shape):
        before = array[index]
        array[index] = before + h
        above = f()
        array[index] = before - h
        below = f()
        array[index] = before
        gradient[index] = (above - below) / (2 * h)
    return gradient


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=[repr(layer) for layer, _ in CASES])
def test_gradients(layer: Layer, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    net = Sequential([layer], shape, rng=1, dtype=np.float64)
    for array in net.params.values():
        array += rng.normal(size=array.shape)  # γ ≠ 1, β ≠ 0, biases ≠ 0
    x = rng.normal(size=(3, *shape))
    direction = rng.normal(size=(3, *net.shapes[-1]))

    def loss() -> float:
        return float((net.forward(x, train=True, rng=np.random.default_rng(2)) * direction).sum())

    loss()
    dx = net.backward(direction, need_dx=True)
    assert dx is not None
    np.testing.assert_allclose(dx, numeric(loss, x), rtol=1e-5, atol=1e-7)
    loss()
    spared = layer.backward(direction, need_dx=False)
    assert spared is None or not net.params or isinstance(layer, BatchNorm)  # batchnorm's comes along for nothing
    assert net.grads.keys() == net.params.keys()
    for name, gradient in net.grads.items():
        np.testing.assert_allclose(gradient, numeric(loss, net.params[name]), rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=[repr(layer) for layer, _ in CASES])
def test_output_shape_and_float32(layer: Layer, shape: tuple[int, ...]) -> None:
    net = Sequential([layer], shape)
    x = np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)
    before = x.copy()
    for train in (True, False):
        y = net.forward(x, train=train)
        assert y.shape == (4, *net.shapes[0])
        assert y.dtype == np.float32
    np.testing.assert_array_equal(x, before)
    assert net.forward(x[:0]).shape == (0, *net.shapes[0])


def test_initialisation_depends_on_what_comes_in() -> None:
    conv = Sequential([Conv2d(50, 5)], (8, 9, 9), rng=0).params["conv1.w"]
    assert conv.shape == (50, 8, 5, 5)
    np.testing.assert_allclose(conv.std(), np.sqrt(2 / (8 * 25)), rtol=0.05)
    dense = Sequential([Dense(50, init="xavier")], (100,), rng=0).params["dense1.w"]
    np.testing.assert_allclose(np.abs(dense).max(), np.sqrt(6 / 150), rtol=0.01)
    small = Sequential([Dense(50, init=0.001)], (100,), rng=0).params
    np.testing.assert_allclose(small["dense1.w"].std(), 0.001, rtol=0.05)
    assert (small["dense1.b"] == 0).all()


def test_batchnorm_remembers_in_training_and_uses_it_after() -> None:
    net = Sequential([BatchNorm(momentum=0.8)], (2, 3, 3), dtype=np.float64)
    layer = net.layers[0]
    x = np.random.default_rng(0).normal([[[5]], [[-1]]], [[[2]], [[3]]], (40, 2, 3, 3))
    net.forward(x, train=True)
    np.testing.assert_allclose(layer.buffers["running_mean"], 0.2 * x.mean((0, 2, 3)))
    np.testing.assert_allclose(layer.buffers["running_var"], 0.8 + 0.2 * x.var((0, 2, 3)))
    for _ in range(100):
        net.forward(x, train=True)
    np.testing.assert_allclose(layer.buffers["running_mean"], x.mean((0, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(layer.buffers["running_var"], x.var((0, 2, 3)), atol=1e-6)
    before = layer.buffers["running_mean"].copy()
    np.testing.assert_allclose(net.forward(x), net.forward(x, train=True), atol=1e-5)
    net.forward(x + 100)  # test mode: nothing is remembered
    np.testing.assert_allclose(layer.buffers["running_mean"], before, atol=1e-6)
    one = net.forward(x[:1])
    np.testing.assert_allclose(one, net.forward(x)[:1], atol=1e-12)  # a picture does not see its neighbours


def test_dropout_only_in_training_and_from_the_given_generator() -> None:
    net = Sequential([Dropout(0.25)], (1000,))
    x = np.ones((1, 1000), np.float32)
    np.testing.assert_array_equal(net.forward(x), x)
    first = net.forward(x, train=True, rng=np.random.default_rng(1))
    assert set(np.unique(first)) == {0, 4}
    assert 200 < (first > 0).sum() < 300
    np.testing.assert_array_equal(first, net.forward(x, train=True, rng=np.random.default_rng(1)))


@pytest.mark.parametrize(
    ("wrong", "told", "right"),
    [
        (
            lambda: Conv2d(0, 3),
            r"filters: got 0, wanted a whole number, at least 1. Write filters=1 or more",
            Conv2d(10, 3),
        ),
        (lambda: Dense(2.5), r"units: got 2.5", Dense(10)),  # type: ignore[arg-type]
        (lambda: Dropout(0), r"keep: got 0, wanted more than 0, at most 1. Keep half with 0.5", Dropout(0.5)),
        (lambda: Dropout(None), r"keep: got None, wanted more than 0", Dropout(0.5)),
        (lambda: Dropout(True), r"keep: got True, wanted more than 0", Dropout(1)),
        (lambda: BatchNorm(momentum="0.9"), r"momentum: got '0.9', wanted 0 to less than 1", BatchNorm(momentum=0.9)),
        (lambda: BatchNorm(eps=None), r"eps: got None, wanted a small number.*eps=1e-5", BatchNorm(eps=1e-5)),
        (lambda: BatchNorm(eps=-1), r"eps: got -1, wanted a small number", BatchNorm(eps=1e-5)),
        (
            lambda: BatchNorm(momentum=1),
            r"momentum: got 1, wanted 0 to less than 1. Usual is 0.9",
            BatchNorm(momentum=0.9),
        ),
    ],
)
def test_settings_that_make_no_sense(wrong: Callable[[], Layer], told: str, right: Layer) -> None:
    with pytest.raises(ValueError, match=told):
        wrong()
    Sequential([Flatten(), right] if isinstance(right, Dense) else [right], (2, 4, 4))


def test_an_unknown_initialisation() -> None:
    with pytest.raises(ValueError, match=r'init: got \'zeros\', wanted "he", "xavier" or .* Write init="he"'):
        Sequential([Dense(3, init="zeros")], (4,))  # type: ignore[arg-type]
    Sequential([Dense(3, init="he")], (4,))


@pytest.mark.parametrize(
    ("layers", "shape", "told", "remedied"),
    [
        ([Dense(3)], (1, 4, 4), r"layer 1, dense1, .* Put a Flatten before", [Flatten(), Dense(3)]),
        ([Flatten(), Conv2d(2, 3)], (1, 4, 4), r"layer 2, conv1, .* before Flatten", [Conv2d(2, 3), Flatten()]),
        (
            [MaxPool2d(2), MaxPool2d(3)],
            (1, 4, 4),
            r"layer 2, pool2, .*got a window of 3 .* Take a window of 2",
            [MaxPool2d(2), MaxPool2d(2)],
        ),
        ([Conv2d(2, 5)], (1, 4, 4), r"layer 1, conv1, .* or pad by at least 1", [Conv2d(2, 5, pad=1)]),
        ([BatchNorm()], (4, 4), r"layer 1, norm1, .* Put a Flatten before", [Flatten(), BatchNorm()]),
    ],
)
def test_layers_that_do_not_fit(layers: list[Layer], shape: tuple[int, ...], told: str, remedied: list[Layer]) -> None:
    with pytest.raises(ShapeError, match=told):
        Sequential(layers, shape)
    Sequential(remedied, shape)


def test_backward_needs_a_forward_in_training_mode() -> None:
    net = Sequential([Dense(2)], (3,))
    x, dy = np.ones((1, 3)), np.ones((1, 2))
    net.forward(x)
    with pytest.raises(RuntimeError, match=r"Dense\(2\): got no forward pass .* Call forward\(x, train=True\) first"):
        net.backward(dy)
    net.forward(x, train=True)
    net.backward(dy)
    with pytest.raises(RuntimeError, match="can be gone back once"):
        net.backward(dy)
