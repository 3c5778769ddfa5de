"""The zoo: sizes as published, a loss that starts at log C, and the right scores from torch where it is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlab import models, ops
from cnnlab.layers import Dense, Flatten, Sequential
from cnnlab.models import MODELS


def test_lenet5_has_the_sizes_of_its_paper() -> None:
    rows = {row.name: row for row in models.lenet5().summary().rows}
    assert [rows[name].shape for name in ("conv1", "pool1", "conv2", "pool2")] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
    ]
    assert [rows[name].parameters for name in ("conv1", "dense1", "dense2", "dense3")] == [156, 48_120, 10_164, 850]
    assert rows["pool2"].field == (16, 16)
    assert all(rows[name].field is None for name in ("dense1", "relu3", "dense3"))  # they see all of the picture
    assert models.lenet5((1, 28, 28)).summary().parameters == 61_706  # padded to the same sizes


def test_signs_net_has_the_sizes_of_its_course() -> None:
    rows = {row.name: row for row in models.signs_net().summary().rows}
    assert [rows[name].shape for name in ("conv1", "pool1", "conv2", "pool2", "flatten1", "dense1")] == [
        (8, 64, 64),
        (8, 8, 8),
        (16, 8, 8),
        (16, 2, 2),
        (64,),
        (6,),
    ]
    assert [rows[name].parameters for name in ("conv1", "conv2", "dense1")] == [392, 528, 390]


def test_net39_and_three_layers() -> None:
    assert [models.net39().shapes[i] for i in (0, 2, 4, 6, 7)] == [
        (10, 37, 37),
        (20, 17, 17),
        (40, 7, 7),
        (1960,),
        (2,),
    ]
    net = models.three_layer_net((3, 16, 20), 5, filters=4, kernel=3, hidden=7)
    assert net.params["conv1.w"].shape == (4, 3, 3, 3)
    assert net.params["dense1.w"].shape == (4 * 8 * 10, 7)
    assert net.shapes[-1] == (5,)


def test_small_vgg_has_no_useless_biases() -> None:
    names = set(models.small_vgg(widths=(4, 8)).params)
    assert "conv4.w" in names
    assert "conv5.w" not in names
    assert not any(name.startswith("conv") and name.endswith(".b") for name in names)


@pytest.mark.parametrize("name", MODELS)
def test_untrained_they_guess(name: str) -> None:
    net = MODELS[name]()
    rng = np.random.default_rng(0)
    classes = net.shapes[-1][0]
    x, labels = rng.random((8, *net.input_shape)), rng.integers(0, classes, 8)
    for train in (False, True):
        loss, _ = ops.softmax_cross_entropy(net.forward(x, train=train, rng=rng), labels)
        assert abs(loss - math.log(classes)) < 0.1 * math.log(classes)


@pytest.mark.parametrize("name", MODELS)
def test_whole_networks_against_a_random_direction(name: str) -> None:
    """How the loss changes along one random direction of all parameters at once is what the gradients say."""
    small = {"lenet5": (1, 16, 16), "net39": (3, 19, 15)}.get(name, (3, 16, 16))
    net = MODELS[name](small, 3, dtype=np.float64)
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(4, *small)), np.array([0, 2, 1, 1])

    def loss() -> float:
        return ops.softmax_cross_entropy(net.forward(x, train=True), labels)[0]

    _, cache = ops.softmax_cross_entropy(net.forward(x, train=True), labels)
    net.backward(ops.softmax_cross_entropy_backward(1.0, cache))
    directions = {key: rng.normal(size=w.shape) / math.sqrt(w.size) for key, w in net.params.items()}
    predicted = sum(float((net.grads[key] * v).sum()) for key, v in directions.items())
    h = 1e-6
    ends = []
    for sign in (1, -1):
        for key, v in directions.items():
            net.params[key][...] += sign * h * v
        ends.append(loss())
        for key, v in directions.items():
            net.params[key][...] -= sign * h * v
    assert (ends[0] - ends[1]) / (2 * h) == pytest.approx(predicted, rel=1e-4, abs=1e-7)


def test_lenet5_gives_what_torch_gives() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed; it is only a second opinion")
    functional = torch.nn.functional
    net = models.lenet5()
    for layer in net.layers:
        assert isinstance(layer, Dense | Flatten) or layer.short in ("conv", "relu", "pool")
    x = np.random.default_rng(0).random((3, 1, 32, 32), np.float32)
    p = {key: torch.from_numpy(w.copy()) for key, w in net.params.items()}
    y = torch.from_numpy(x)
    for conv in ("conv1", "conv2"):
        y = functional.max_pool2d(functional.relu(functional.conv2d(y, p[f"{conv}.w"], p[f"{conv}.b"])), 2)
    y = y.flatten(1)
    for dense in ("dense1", "dense2", "dense3"):
        y = y @ p[f"{dense}.w"] + p[f"{dense}.b"]
        y = functional.relu(y) if dense != "dense3" else y
    np.testing.assert_allclose(net.forward(x), y.numpy(), rtol=1e-4, atol=1e-6)


def test_a_picture_too_small_names_the_layer() -> None:
    with pytest.raises(ValueError, match=r"layer 4, conv2, Conv2d\(16, 5\): .*got a window of 5 on 4"):
        models.lenet5((1, 8, 8))
    assert isinstance(models.lenet5((1, 16, 16)), Sequential)
    with pytest.raises(ValueError, match=r"input_shape: got 32, wanted the shape of one example"):
        models.lenet5(32)  # type: ignore[arg-type]
