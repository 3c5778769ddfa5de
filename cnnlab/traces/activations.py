"""The trace of a deep network's activations, without batchnorm and with it: how they shrink, grow or keep their size.

Notebook 06 plays it as BatchNormExplorer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.traces.number import number, significant

__all__ = ["UNITS", "LayerStep", "NetworkTrace", "measures", "trace_network"]

Array = NDArray[Any]
Norm = Callable[[Array, Array, Array, Array], Array]  # numbers, γ, β and what the library gives → what is shown

UNITS = 100  # of every layer


@dataclass(frozen=True, eq=False)
class LayerStep:
    """What one layer of the network computes, before its ReLU: without batchnorm and with it."""

    layer: int  # from 1
    plain: Array  # (N, units)
    normal: Array  # (N, units): by the library, or by a learner's function
    differs: int  # numbers that are not what the library makes of the same input

    @property
    def summary(self) -> str:
        """The layer in a few words."""
        plain, normal = (significant(measures(values)[1]) for values in (self.plain, self.normal))
        return f"layer {self.layer}, std {plain} without and {normal} with batchnorm"

    @property
    def plain_sentence(self) -> str:
        """What to say when only the network without batchnorm is shown."""
        return f"Layer {self.layer}: {_described(self.plain)} without batchnorm."

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        text = f"{self.plain_sentence[:-1]}; {_described(self.normal)} with"
        if self.differs:
            text += f"; {self.differs} of {self.normal.size} numbers differ from the library's"
        return text + "."


def measures(values: Array) -> tuple[float, float]:
    """Mean and standard deviation, a mean that is only rounding error as 0.

    Examples
    --------
    >>> measures(np.array([1.0, 3.0])), measures(np.array([-1.0, 1.0, 1e-15]))[0]
    ((2.0, 1.0), 0.0)
    """
    mean, std = float(values.mean()), float(values.std())
    return (mean if abs(mean) > 1e-9 * std else 0.0), std


def _described(values: Array) -> str:
    mean, std = map(significant, measures(values))
    return f"mean {mean}, standard deviation {std}"


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """A deep network of dense layers and ReLU on one batch. Index it: ``trace[4]`` is layer 5."""

    scale: float  # standard deviation of the weights
    layers: tuple[LayerStep, ...]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[LayerStep]:
        return iter(self.layers)

    def __getitem__(self, index: int) -> LayerStep:
        return self.layers[index]

    @property
    def summary(self) -> str:
        """The network in a few words."""
        return f"{len(self)} layers, weights {number(self.scale, 3)}, {len(self.layers[0].plain)} examples"

    def __repr__(self) -> str:
        return f"NetworkTrace: {self.summary}"


def trace_network(
    *,
    depth: int = 10,
    scale: float = 0.05,
    batch: int = 32,
    gamma: float = 1.0,
    beta: float = 0.0,
    eps: float = 1e-5,
    seed: int = 0,
    norm: Norm | None = None,
) -> NetworkTrace:
    """Trace a batch of standard normal numbers through `depth` layers, without batchnorm and with it.

    Parameters
    ----------
    depth
        Layers: dense, batchnorm or not, ReLU.
    scale
        Standard deviation of the weights; √(2/100) ≈ 0.14 keeps the numbers their size.
    batch
        Examples.
    gamma, beta, eps
        As for :func:`cnnlab.ops.batchnorm`, the same for every unit.
    seed
        Of examples and weights.
    norm
        A learner's batchnorm: ``norm(x, gamma, beta, expected)`` returns what is shown for the library's result.

    Raises
    ------
    ValueError
        If the batch is one example.

    Examples
    --------
    >>> trace = trace_network(depth=3)
    >>> bool(trace[2].plain.std() < 0.2), bool(np.isclose(trace[2].normal.std(), 1, atol=1e-3))
    (True, True)
    """
    if batch < 2:
        raise ValueError(
            "batch: got 1 example: in training every unit's variance is 0, so batchnorm would give β for any input. "
            "Take 2 or more examples."
        )
    rng = np.random.default_rng(seed)
    plain: Array = rng.normal(size=(batch, UNITS))
    normal = plain
    scales, shifts = np.full(UNITS, float(gamma)), np.full(UNITS, float(beta))
    layers = []
    for layer in range(1, depth + 1):
        weights = rng.normal(size=(UNITS, UNITS)) * scale
        before, _ = ops.affine(plain, weights)
        unscaled, _ = ops.affine(normal, weights)
        with np.errstate(divide="ignore", invalid="ignore"):  # told below
            expected, _ = ops.batchnorm(unscaled, scales, shifts, eps=eps)
        if not np.all(np.isfinite(expected)):
            raise ValueError(
                f"eps: got 0, and in layer {layer} a unit has variance 0: 0 / 0 is no number. "
                "Take eps above 0, such as 0.00001."
            )
        after = expected if norm is None else norm(unscaled, scales, shifts, expected)
        differs = ~np.isclose(after, expected, rtol=1e-5, atol=1e-7, equal_nan=True)
        layers.append(LayerStep(layer, before, after, int(differs.sum())))
        (plain, _), (normal, _) = ops.relu(before), ops.relu(after)
    return NetworkTrace(scale, tuple(layers))
