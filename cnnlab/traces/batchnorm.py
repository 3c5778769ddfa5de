"""The trace of batch normalisation: one feature of a batch, stage by stage.

Notebook 06 plays it as BatchNormExplorer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.conventions import cs231n
from cnnlab.traces.number import decimals_needed, joined, number

__all__ = ["Stage", "UnitTrace", "trace_batchnorm"]

Array = NDArray[Any]
Stats = tuple[float, float]  # mean, variance


@dataclass(frozen=True, eq=False)
class Stage:
    """One of the steps in which batchnorm changes the numbers of a batch."""

    name: str
    values: Array  # (N,)
    formulas: tuple[str, ...]  # with the numbers of each example
    mean: float  # of the values, over the batch


@dataclass(frozen=True, eq=False)
class UnitTrace:
    """One feature of a batch on its way through batchnorm. Index it: ``trace[1]`` is the second :class:`Stage`."""

    x: Array  # (N,)
    gamma: float
    beta: float
    eps: float
    momentum: float
    training: bool
    seen: int  # batches that made the running averages
    running: Stats  # before this batch
    updated: Stats  # after it: the same, unless this is training
    used: Stats  # mean and variance that x was normalised with
    normal: Array  # (x − mean) / √(variance + ε)
    expected: Array  # γ · normal + β, by the library
    y: Array  # what is shown: `expected`, or what a learner's function returned

    @property
    def centred(self) -> Array:
        """The numbers without the mean, (N,)."""
        return self.x - self.used[0]

    @property
    def std(self) -> float:
        """What is divided by."""
        return float(np.sqrt(self.used[1] + self.eps))

    @cached_property
    def decimals(self) -> int:
        """Decimals with which the numbers are written."""
        stats = [*self.running, *self.updated, *self.used, self.std, self.gamma, self.beta]
        return decimals_needed(self.x, self.centred, self.normal, self.y, stats)

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Where the result shown is not the library's, (N,)."""
        return ~np.isclose(self.y, self.expected, rtol=1e-5, atol=1e-7, equal_nan=True)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """From x to y; at test time without the squares, for there the variance is not measured."""
        squares = self.centred**2
        made = [
            ("x", self.x, [f"x = {self._written(x)}; {self._mean()}" for x in self.x]),
            ("x − mean", self.centred, map(self._centred, self.x, self.centred)),
            (
                "(x − mean)²",
                squares,
                [f"(x − mean)² = {self._factor(c)}² = {self._written(c * c)}" for c in self.centred],
            ),
            ("x̂", self.normal, map(self._normal, self.centred, self.normal)),
            ("y = γ·x̂ + β", self.y, map(self._output, self.normal, self.expected)),
        ]
        if self.training:
            total = f"variance = {self._averaged(squares, self.used[1])}"
            made[2] = (made[2][0], squares, [f"{square}; {total}" for square in made[2][2]])
        else:
            del made[2]
        return tuple(Stage(name, values, tuple(words), float(values.mean())) for name, values, words in made)

    def __len__(self) -> int:
        return len(self.stages)

    def __getitem__(self, index: int) -> Stage:
        return self.stages[index]

    def running_formula(self, which: int) -> str:
        """How the running mean (0) or variance (1) follows from the one before and this batch."""
        old, new = self.running[which], self.updated[which]
        if not self.training:
            return f"{self._written(old)}: not changed at test time"
        stays, comes = number(self.momentum, 3), number(1 - self.momentum, 3)
        return f"{stays}·{self._factor(old)} + {comes}·{self._factor(self.used[which])} = {self._written(new)}"

    def _mean(self) -> str:
        if self.training:
            return f"mean = {self._averaged(self.x, self.used[0])}"
        mean, var = map(self._written, self.used)
        return f"mean = running mean = {mean}, variance = running variance = {var}"

    def _averaged(self, values: Array, mean: float) -> str:
        return f"({joined(map(self._written, values))}) / {len(values)} = {self._written(mean)}"

    def _centred(self, x: float, centred: float) -> str:
        return f"x − mean = {self._written(x)} − {self._factor(self.used[0])} = {self._written(centred)}"

    def _normal(self, centred: float, normal: float) -> str:
        above, var = self._written(centred), self._written(self.used[1])
        root = f"√({var} + {number(self.eps, 12)})"
        return f"x̂ = {above} / {root} = {above} / {self._written(self.std)} = {self._written(normal)}"

    def _output(self, normal: float, y: float) -> str:
        product = f"{self._written(self.gamma)}·{self._factor(normal)}"
        return f"y = {joined([product, self._written(self.beta)])} = {self._written(y)}"

    def _written(self, value: float) -> str:
        return number(float(value), self.decimals)

    def _factor(self, value: float) -> str:
        text = self._written(value)
        return f"({text})" if text.startswith("−") else text

    def __repr__(self) -> str:
        mode = "train" if self.training else "test"
        mean, var = map(self._written, self.used)
        return f"UnitTrace: {len(self.x)} examples, {mode}, mean {mean}, variance {var}"


def trace_batchnorm(
    x: ArrayLike,
    *,
    gamma: float = 1.0,
    beta: float = 0.0,
    eps: float = 1e-5,
    momentum: float = 0.9,
    training: bool = True,
    earlier: Sequence[ArrayLike] = (),
    response: ArrayLike | None = None,
) -> UnitTrace:
    """Trace one feature of a batch through batchnorm.

    Parameters
    ----------
    x
        The feature of every example, (N,).
    gamma, beta, eps
        As for :func:`cnnlab.ops.batchnorm`.
    momentum
        Share of the old running average that stays.
    training
        Whether mean and variance are the batch's own; else the running ones are used.
    earlier
        The feature in the batches of training before this one: they made the running averages, which start at 0.
    response
        What a learner's own function returned, (N,); shown in place of the library's result.

    Raises
    ------
    ValueError
        If there is nothing to normalise with: one example in training, no earlier batch at test time, variance 0
        with ε = 0.

    Examples
    --------
    >>> trace = trace_batchnorm([1, 3], gamma=10, beta=5, eps=0)
    >>> trace[0].formulas[0], trace[3].formulas[0]
    ('x = 1; mean = (1 + 3) / 2 = 2', 'x̂ = −1 / √(1 + 0) = −1 / 1 = −1')
    >>> trace[4].formulas[0], trace.running_formula(0)
    ('y = 10·(−1) + 5 = −5', '0.9·0 + 0.1·2 = 0.2')
    """
    values = np.array(x, np.float64)
    if training and len(values) < 2:
        raise ValueError(
            "batch: got 1 example in training: its mean is itself and its variance 0, so the result would be β "
            "whatever x is. Take 2 or more examples, or switch to test."
        )
    if not training and not earlier:
        raise ValueError(
            "seen: got 0 batches, so at test time there are no running averages to normalise with. "
            "Let it see 1 or more."
        )
    param: dict[str, Any] = {"mode": "train", "momentum": momentum, "running_mean": [0.0], "running_var": [0.0]}
    scale, shift = np.array([gamma], np.float64), np.array([beta], np.float64)
    for batch in earlier:
        cs231n.batchnorm_forward(np.array(batch, np.float64)[:, None], scale, shift, param)
    running = _stats(param)
    param |= {"mode": "train" if training else "test", "eps": eps}
    stats = None if training else (param["running_mean"], param["running_var"])
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 is told below
        y, cache = ops.batchnorm(values[:, None], scale, shift, eps=eps, stats=stats)
    if cache.std[0] == 0:
        raise ValueError("eps: got 0 while the variance is 0: 0 / 0 is no number. Take eps above 0, such as 0.00001.")
    cs231n.batchnorm_forward(values[:, None], scale, shift, param)
    return UnitTrace(
        x=values,
        gamma=float(gamma),
        beta=float(beta),
        eps=float(eps),
        momentum=float(momentum),
        training=training,
        seen=len(earlier),
        running=running,
        updated=_stats(param),
        used=(float(cache.mean[0]), float(cache.var[0])),
        normal=(values - cache.mean) / cache.std,
        expected=y[:, 0],
        y=y[:, 0] if response is None else np.array(response, np.float64),
    )


def _stats(param: dict[str, Any]) -> Stats:
    return float(param["running_mean"][0]), float(param["running_var"][0])
