"""Where weights start: random, and of a size that keeps signals alive through many layers. Taught in notebook 08."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Init", "he", "weights", "xavier"]

Init = Literal["he", "xavier"] | float
Array = NDArray[Any]


def he(shape: tuple[int, ...], fan_in: int, rng: np.random.Generator) -> Array:
    """Draw weights for layers followed by ReLU: normal, standard deviation ``√(2 / fan_in)``.

    Source: K. He et al., "Delving deep into rectifiers", 2015, equation 10.

    Examples
    --------
    >>> round(float(he((1000, 50), 50, np.random.default_rng(0)).std()), 2)
    0.2
    """
    return rng.standard_normal(shape) * math.sqrt(2 / fan_in)


def xavier(shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Draw weights for layers without ReLU: uniform between ``±√(6 / (fan_in + fan_out))``.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
    equation 16.

    Examples
    --------
    >>> round(float(np.abs(xavier((1000, 50), 50, 100, np.random.default_rng(0))).max()), 2)
    0.2
    """
    limit = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


def weights(
    init: Init, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype: DTypeLike
) -> Array:
    """Draw weights as a layer's `init` setting says; a number is the standard deviation of a normal draw."""
    if init == "he":
        drawn = he(shape, fan_in, rng)
    elif init == "xavier":
        drawn = xavier(shape, fan_in, fan_out, rng)
    elif isinstance(init, int | float) and init >= 0:
        drawn = rng.standard_normal(shape) * init
    else:
        raise ValueError(
            f'init: got {init!r}, wanted "he", "xavier" or a standard deviation. Write init="he" before a ReLU.'
        )
    return drawn.astype(dtype)
