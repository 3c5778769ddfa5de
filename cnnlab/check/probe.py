"""The inputs a learner's function is tried on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Probe", "read_only", "sevenths", "spread", "values"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Probe:
    """One call. The arguments are made anew each time, for a learner's function may change them."""

    make: Callable[[], tuple[Any, ...]]


def values(seed: int, shape: tuple[int, ...], low: int = -9, high: int = 9, dtype: DTypeLike = np.float64) -> Array:
    """Draw whole numbers from `low` to `high`, the same on every machine and with every version of NumPy.

    Examples
    --------
    >>> values(1, (2, 3))
    array([[ 8., -1., -6.], [ 1.,  4.,  2.]])
    """
    # splitmix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014)
    count = int(np.prod(shape, dtype=int))
    with np.errstate(over="ignore"):
        z = np.uint64(seed * 1_000_003) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (low + (z % np.uint64(high - low + 1)).astype(np.int64)).astype(dtype).reshape(shape)


def spread(array: Array) -> Array:
    """Return the same numbers as a view whose cells do not lie next to each other in memory."""
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def sevenths(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Divide every float array among the arguments of a call by 7, so that rounding or cutting off shows.

    Examples
    --------
    >>> sevenths((np.array([7.0, -14.0]), 3, (np.array(21.0),)))
    (array([ 1., -2.]), 3, (np.float64(3.0),))
    """

    def divided(a: Any) -> Any:
        if isinstance(a, tuple):
            return sevenths(a)
        return a / 7 if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a

    return tuple(map(divided, arguments))


def read_only(array: Array) -> Array:
    """Return the array, closed to writing."""
    array.flags.writeable = False
    return array
