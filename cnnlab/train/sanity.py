"""Checks before a long run: the loss starts where it should, and a few pictures can be learnt by heart.

Used in notebook 08. Both work on a copy; the network stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnlab.data import Dataset
from cnnlab.layers import Sequential
from cnnlab.optim import Adam, Optimizer
from cnnlab.train.evaluate import evaluate
from cnnlab.train.fit import fit
from cnnlab.whole import whole

__all__ = ["InitialLoss", "Overfit", "initial_loss", "overfit"]

FAR = 0.25  # share of log C by which the first loss may differ: usual last layers stay within a few percent


@dataclass(frozen=True)
class InitialLoss:
    """The loss of an untrained network beside the loss of guessing, log C for C classes."""

    loss: float
    expected: float

    @property
    def ok(self) -> bool:
        """Whether the two are close."""
        return abs(self.loss - self.expected) <= FAR * self.expected

    def __repr__(self) -> str:
        text = f"InitialLoss: {self.loss:.3f}, and guessing gives {self.expected:.3f}"
        if self.ok:
            return f"{text}: fine"
        return f"{text}: too far apart. Give the last layer smaller weights, such as Dense(…, init=0.01)"


@dataclass(frozen=True)
class Overfit:
    """Whether a network learnt a few pictures by heart."""

    pictures: int
    epochs: int
    accuracy: float  # on those pictures

    @property
    def ok(self) -> bool:
        """Whether all of them are classified right."""
        return self.accuracy == 1

    def __repr__(self) -> str:
        text = f"Overfit: {self.accuracy:.0%} of {self.pictures} pictures after {self.epochs} epochs"
        if self.ok:
            return f"{text}: fine"
        return f"{text}: not learnt by heart. Check the gradients, then try another rate or more epochs"


def initial_loss(model: Sequential, dataset: Dataset, *, n: int = 256) -> InitialLoss:
    """Measure the loss on the first `n` pictures before any training."""
    loss, _ = evaluate(model.copy(), dataset.take(slice(whole("n", n, 1))))
    return InitialLoss(loss, math.log(len(dataset.classes)))


def overfit(
    model: Sequential, dataset: Dataset, *, n: int = 50, epochs: int = 50, optimizer: Optimizer | None = None
) -> Overfit:
    """Train a copy of the network on the first `n` pictures until it knows them by heart, or `epochs` are over."""
    few = dataset.take(slice(whole("n", n, 1)))
    whole("epochs", epochs, 0)
    student = model.copy()
    rule = Adam(0.005) if optimizer is None else optimizer
    accuracy, done = evaluate(student, few).accuracy, 0
    while accuracy < 1 and done < epochs:
        # One epoch at a time: a new seed for each, and the rule keeps its state.
        fit(student, few, optimizer=rule, epochs=1, batch_size=min(10, len(few)), seed=done, progress=False)
        accuracy, done = evaluate(student, few).accuracy, done + 1
    return Overfit(len(few), done, accuracy)
