"""The checks before a run: they pass a sound network and catch a broken one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cnnlab.layers import Conv2d, Dense, Flatten, ReLU, Sequential
from cnnlab.optim import SGD
from cnnlab.train import initial_loss, overfit
from tests.train.test_fit import assert_same, bars


def net(init: float) -> Sequential:
    return Sequential([Conv2d(4, 3, pad=1), ReLU(), Flatten(), Dense(2, init=init)], (1, 6, 6))


def test_initial_loss() -> None:
    sound = initial_loss(net(0.001), bars())
    assert sound.ok
    assert sound.loss == pytest.approx(math.log(2), rel=0.01)
    assert repr(sound) == "InitialLoss: 0.693, and guessing gives 0.693: fine"
    broken = initial_loss(net(3.0), bars())
    assert not broken.ok
    assert "too far apart. Give the last layer smaller weights, such as Dense(…, init=0.01)" in repr(broken)
    assert initial_loss(net(0.01), bars()).ok  # the remedy


def test_overfit_on_a_copy() -> None:
    model = net(0.01)
    before = model.copy()
    report = overfit(model, bars(), n=20)
    assert report.ok
    assert report.accuracy == 1
    assert report.pictures == 20
    assert repr(report) == f"Overfit: 100% of 20 pictures after {report.epochs} epochs: fine"
    assert_same(model, before)


def test_a_network_whose_gradient_is_wrong_does_not_overfit(monkeypatch: pytest.MonkeyPatch) -> None:
    backward = Dense._backward

    def turned(self: Dense, dy: Any, cache: Any, need_dx: bool) -> Any:
        dx = backward(self, dy, cache, need_dx)
        self.grads["w"] = -self.grads["w"]
        return dx

    monkeypatch.setattr(Dense, "_backward", turned)
    report = overfit(net(0.01), bars(), n=20, epochs=5)
    assert not report.ok
    assert repr(report).endswith("not learnt by heart. Check the gradients, then try another rate or more epochs")


def test_counts_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match=r"^n: got -1, wanted a whole number, at least 1"):
        initial_loss(net(0.01), bars(), n=-1)
    with pytest.raises(ValueError, match=r"^n: got 0"):
        overfit(net(0.01), bars(), n=0)
    with pytest.raises(ValueError, match=r"^epochs: got inf, wanted a whole number, at least 0"):
        overfit(net(0.01), bars(), epochs=math.inf)  # type: ignore[arg-type]


def test_too_small_a_rate_does_not_either() -> None:
    assert not overfit(net(0.01), bars(), n=20, epochs=2, optimizer=SGD(1e-9)).ok
    assert overfit(net(0.01), bars(), n=1, epochs=30).accuracy == 1
    assert np.isclose(overfit(net(0.01), bars(), n=20, epochs=0).accuracy * 20 % 1, 0)
