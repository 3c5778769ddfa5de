"""What BatchNormExplorer can be set to: its limits, the numbers it begins with, and what it accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.whole import whole
from cnnlab.widgets.inputs import numbers, within

__all__ = ["EPS", "LIMITS", "SCALES", "Setting", "batches", "check", "read_batch"]

Floats = NDArray[np.float64]

SCALES = (0.01, 0.02, 0.05, 0.1, 0.14, 0.2, 0.5, 1.0)
EPS = (1e-5, 1e-3, 0.1, 1.0)
MOST_EXAMPLES, MOST_SEEN = 12, 50
MOST_VALUE = 9999.0
# What a number may be: least, most, whether it is whole.
LIMITS = {
    "depth": (1, 20, True),
    "scale": (0.001, 10, False),
    "batch": (1, 64, True),
    "gamma": (-5, 5, False),
    "beta": (-5, 5, False),
    "eps": (0, 1, False),
    "momentum": (0, 1, False),
    "examples": (1, MOST_EXAMPLES, True),
    "seen": (0, MOST_SEEN, True),
}
# The first batch: mean 5 and variance 4 over its first five examples.
FIRST = (5.0, 2.0, 8.0, 4.0, 6.0, 5.0, 3.0, 7.0, 6.0, 4.0, 2.0, 8.0)


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose."""

    view: str  # "network" or "unit"
    depth: int
    scale: float
    batch: int  # examples in the network
    norm: bool  # whether the network with batchnorm is shown beside the one without
    gamma: float
    beta: float
    eps: float
    momentum: float
    examples: int  # in the view of one feature
    seen: int
    training: bool
    x: Floats | None = None  # (N,) the learner's own


def batches(setting: Setting) -> tuple[Floats, Sequence[Floats]]:
    """Return the batch and those before it: the learner's own again and again, else drawn around mean 5, variance 4."""
    if setting.x is not None:
        return setting.x, [setting.x] * setting.seen
    drawn = np.random.default_rng(0).normal(5, 2, (MOST_SEEN, MOST_EXAMPLES)).round()
    n = max(2, setting.examples)  # a batch of training has two examples or more
    return np.array(FIRST[: setting.examples]), list(drawn[: setting.seen, :n])


def check(name: str, value: Any) -> None:
    """Refuse a number beyond its limits."""
    least, most, is_whole = LIMITS[name]
    if is_whole:
        whole(name, value, int(least), int(most))
    elif isinstance(value, bool) or not isinstance(value, int | float | np.number) or not least <= value <= most:
        raise ValueError(f"{name}: got {value!r}, wanted a number from {least:g} to {most:g}. Choose one.")


def read_batch(x: ArrayLike) -> Floats:
    """Accept a batch of one feature."""
    array = numbers("x", x)
    if array.ndim != 1 or not 1 <= array.size <= MOST_EXAMPLES:
        raise ShapeError(
            f"x: got shape {array.shape}, wanted (N,) with N from 1 to {MOST_EXAMPLES}: one feature of a small batch. "
            f"Of an array (N, D) take one column: x[:{MOST_EXAMPLES}, 0]."
        )
    within("x", array, MOST_VALUE)
    return array.astype(np.float64)
