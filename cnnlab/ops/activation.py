"""Element by element: ReLU and dropout, forward and backward. Taught in notebooks 03, 05 and 08."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_cache, as_floats, as_gradient, check_number
from cnnlab.ops.parallel import CHUNK, in_chunks

__all__ = ["DropoutCache", "dropout", "dropout_backward", "relu", "relu_backward"]


def relu(x: ArrayLike) -> tuple[Floats, Floats]:
    """Keep what is positive, replace the rest by zero.

    Returns
    -------
    y : ndarray
        Like x.
    cache : ndarray
        y itself: where it is positive the gradient passes.

    Examples
    --------
    >>> relu([-1, 0, 2])[0]
    array([0., 0., 2.])
    """
    x = as_floats("x", x)
    y = np.empty(x.shape, x.dtype)
    rows, out = _rows(x), _rows(y)
    zeros = np.zeros(rows[: CHUNK // max(1, rows[:1].size) + 1].shape, x.dtype)  # faster than with the number 0

    def job(some: slice) -> None:
        np.maximum(rows[some], zeros[: some.stop - some.start], out=out[some])

    in_chunks(job, len(rows), rows[:1].size)
    return y, y


def relu_backward(dy: ArrayLike, cache: Floats) -> Floats:
    """Gradient of :func:`relu`: passes where the input was positive; nothing at zero, where the slope is a choice.

    Examples
    --------
    >>> _, cache = relu([-1, 0, 2])
    >>> relu_backward([5, 6, 7], cache)
    array([0., 0., 7.])
    """
    y = as_cache(cache, np.ndarray, "relu")
    dx = np.empty(y.shape, y.dtype)
    d, y, out = (_rows(a) for a in (as_gradient(dy, y.shape, y.dtype, "relu"), y, dx))
    in_chunks(lambda some: np.multiply(d[some], y[some] > 0, out=out[some]), len(y), y[:1].size)
    return dx


def _rows(a: Floats) -> Floats:
    """Lay each example out as one row; a single number is one row."""
    return a.reshape(1, 1) if a.ndim == 0 else a.reshape(len(a), math.prod(a.shape[1:]))


class Chance(Protocol):
    """What gives random numbers from 0 to 1: a Generator, or one of NumPy's older sources."""

    def random(self, size: tuple[int, ...]) -> Any:
        """Return an array of that shape."""
        ...


class DropoutCache(NamedTuple):
    """What :func:`dropout` keeps for its backward pass."""

    mask: Floats | None  # like x: 0 or 1 / keep; None when nothing was dropped
    shape: tuple[int, ...]


def dropout(
    x: ArrayLike, *, keep: float = 0.5, rng: Chance | None = None, training: bool = True
) -> tuple[Floats, DropoutCache]:
    """Silence each number at random in training, and scale up the others so that the mean stays ("inverted" dropout).

    Parameters
    ----------
    x
        Array of any shape.
    keep
        The chance of each number to stay, above 0 and at most 1.
    rng
        Where the chance comes from; give ``np.random.default_rng(seed)`` for a repeatable run.
    training
        False changes nothing: y is a copy of x.

    Examples
    --------
    >>> y, _ = dropout(np.ones(1000), keep=0.25, rng=np.random.default_rng(0))
    >>> sorted(set(y.tolist()))  # each is dropped, or four times as large
    [0.0, 4.0]
    """
    x = as_floats("x", x)
    remedy = "Write keep=0.8 to silence one number in five."
    check_number("keep", keep, lambda share: 0 < share <= 1, "a chance above 0 and at most 1", remedy)
    if rng is not None and not hasattr(rng, "random"):
        raise TypeError(f"rng: got {rng!r}, wanted a generator or None. Pass np.random.default_rng(0).")
    if not training or keep == 1:
        return x.copy(), DropoutCache(None, x.shape)
    chance = (np.random.default_rng() if rng is None else rng).random(x.shape)
    mask = (chance < keep) * x.dtype.type(1 / keep)
    return x * mask, DropoutCache(mask, x.shape)


def dropout_backward(dy: ArrayLike, cache: DropoutCache) -> Floats:
    """Gradient of :func:`dropout`: the same numbers are silenced, the same are scaled.

    Examples
    --------
    >>> y, cache = dropout(np.ones(1000), keep=0.25, rng=np.random.default_rng(0))
    >>> bool((dropout_backward(np.ones(1000), cache) == y).all())
    True
    """
    d, (mask, shape) = as_floats("dy", dy), as_cache(cache, DropoutCache, "dropout")
    d = as_gradient(d, shape, d.dtype if mask is None else mask.dtype, "dropout")
    return d.copy() if mask is None else d * mask
