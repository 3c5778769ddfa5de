"""How good a network is, on one whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlab.data import Dataset
from cnnlab.layers import Dense, Flatten, Sequential
from cnnlab.train import Quality, confusion, evaluate


def brightest(labels: list[int]) -> tuple[Sequential, Dataset]:
    """A network that names the brightest of three pixels, and pictures of which pixel 0, 1, 2, 2 is the brightest."""
    net = Sequential([Flatten(), Dense(3)], (1, 1, 3))
    net.params["dense1.w"][...] = np.eye(3)
    images = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]].reshape(4, 1, 1, 3)
    return net, Dataset(images, np.array(labels), ("a", "b", "c"))


def test_loss_and_accuracy() -> None:
    net, dataset = brightest([0, 1, 2, 0])
    right, wrong = math.log((math.e + 2) / math.e), math.log(math.e + 2)
    assert evaluate(net, dataset) == pytest.approx((((3 * right) + wrong) / 4, 0.75))
    assert evaluate(net, dataset, batch_size=3) == pytest.approx(evaluate(net, dataset))
    assert isinstance(evaluate(net, dataset), Quality)


def test_confusion() -> None:
    assert confusion(*brightest([0, 1, 2, 0])).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_nothing_to_measure() -> None:
    net, dataset = brightest([0, 1, 2, 0])
    with pytest.raises(ValueError, match=r"dataset: got no pictures, wanted at least one"):
        evaluate(net, dataset.take([]))
