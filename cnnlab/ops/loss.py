"""How wrong the scores are: softmax cross-entropy and the hinge, with their gradients. Taught in notebook 08.

Letters: ``N`` examples, ``K`` classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.ops._argument import Floats, as_cache, as_floats, check_number
from cnnlab.shapes import ShapeError

__all__ = [
    "LossCache",
    "hinge",
    "hinge_backward",
    "softmax",
    "softmax_cross_entropy",
    "softmax_cross_entropy_backward",
]


class LossCache(NamedTuple):
    """What a loss keeps for its backward pass: its gradient with respect to the scores, for a loss of weight 1."""

    dscores: Floats  # (N, K)


def softmax(scores: ArrayLike) -> Floats:
    """Turn scores into probabilities: ``exp(s) / Σ exp(s)`` along each row; large scores do not overflow.

    Parameters
    ----------
    scores
        Array (N, K).

    Examples
    --------
    >>> softmax([[0, 0, 0, 0], [1000, 0, 0, 0]])
    array([[0.25, 0.25, 0.25, 0.25],
           [1.  , 0.  , 0.  , 0.  ]])
    """
    return np.exp(_log_softmax(as_floats("scores", scores, "N K")))


def softmax_cross_entropy(scores: ArrayLike, labels: ArrayLike) -> tuple[float, LossCache]:
    """Mean over the examples of ``−log`` of the probability given to the right class.

    Parameters
    ----------
    scores
        Array (N, K), finite.
    labels
        Right classes (N,), whole numbers from 0 to K − 1.

    Returns
    -------
    loss : float
        log K when all classes get the same score.
    cache : LossCache
        For :func:`softmax_cross_entropy_backward`.

    Raises
    ------
    ValueError
        If a score is NaN or inf, or a label is out of range: here a bad number would turn into one bad loss.

    Examples
    --------
    >>> loss, cache = softmax_cross_entropy([[0, 0]], [1])
    >>> round(loss, 4), softmax_cross_entropy_backward(1.0, cache)
    (0.6931, array([[ 0.5, -0.5]]))
    """
    s, y = _scores_and_labels(scores, labels)
    rows = np.arange(len(s))
    log_p = _log_softmax(s)
    loss = -float(np.mean(log_p[rows, y], dtype=np.float64))
    dscores = np.exp(log_p)
    dscores[rows, y] -= 1
    dscores /= len(s)
    return loss, LossCache(dscores)


def softmax_cross_entropy_backward(dloss: float, cache: LossCache) -> Floats:
    """Gradient of :func:`softmax_cross_entropy`: ``(probability − one-hot) / N``, times dloss.

    Examples
    --------
    >>> _, cache = softmax_cross_entropy([[0, 0]], [0])
    >>> softmax_cross_entropy_backward(2.0, cache)
    array([[-1.,  1.]])
    """
    dscores = as_cache(cache, LossCache, "softmax_cross_entropy").dscores
    return dscores * dscores.dtype.type(dloss)


def hinge(scores: ArrayLike, labels: ArrayLike, *, margin: float = 1.0) -> tuple[float, LossCache]:
    """Mean over the examples of how far each wrong class comes within `margin` of the right one (multiclass SVM).

    Parameters
    ----------
    scores, labels
        As for :func:`softmax_cross_entropy`.
    margin
        By how much the right score should lead.

    Examples
    --------
    The wrong class leads by 2, so it is 3 too high for a margin of 1:

    >>> loss, cache = hinge([[1, 3]], [0])
    >>> loss, hinge_backward(1.0, cache)
    (3.0, array([[-1.,  1.]]))
    """
    check_number("margin", margin, lambda m: 0 <= m < np.inf, "a number, at least 0", "Write margin=1.0.")
    s, y = _scores_and_labels(scores, labels)
    rows = np.arange(len(s))
    short = s - s[rows, y][:, None] + s.dtype.type(margin)  # (N, K): above 0 where a class comes too close
    short[rows, y] = 0
    loss = float(np.maximum(short, 0).sum(dtype=np.float64)) / len(s)
    dscores = (short > 0).astype(s.dtype)
    dscores[rows, y] -= dscores.sum(1)
    dscores /= len(s)
    return loss, LossCache(dscores)


def hinge_backward(dloss: float, cache: LossCache) -> Floats:
    """Gradient of :func:`hinge`, times dloss.

    Examples
    --------
    >>> _, cache = hinge([[1, 3]], [1])  # the right class leads by more than 1
    >>> hinge_backward(1.0, cache)
    array([[0., 0.]])
    """
    dscores = as_cache(cache, LossCache, "hinge").dscores
    return dscores * dscores.dtype.type(dloss)


def _log_softmax(s: Floats) -> Floats:
    shifted = s - s.max(1, keepdims=True)  # the largest becomes 0: exp cannot overflow, and one term of the sum is 1
    log_p: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return log_p


def _scores_and_labels(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    s = as_floats("scores", scores, "N K")
    if s.size == 0:
        raise ShapeError(f"scores: got shape {s.shape}, wanted at least one example and one class. Skip empty batches.")
    if not np.isfinite(s).all():
        n, k = np.argwhere(~np.isfinite(s))[0].tolist()
        raise ValueError(
            f"scores: got {s[n, k]} for example {n}, class {k}, wanted finite numbers. Lower the learning rate, or "
            "look for the first layer whose result fails np.isfinite(result).all()."
        )
    y = np.asarray(labels)
    if y.shape != (len(s),):
        raise ShapeError(
            f"labels: got shape {y.shape}, wanted ({len(s)},), one class per row of scores. For one-hot rows pass "
            "labels.argmax(1), for a column labels[:, 0]."
        )
    if y.dtype.kind not in "iu":
        raise TypeError(f"labels: got dtype {y.dtype}, wanted whole numbers. Convert with labels.astype(int).")
    if int(y.min()) < 0 or int(y.max()) >= s.shape[1]:
        at = int(np.argmax((y < 0) | (y >= s.shape[1])))
        raise ValueError(
            f"labels: got {y[at]} for example {at}, wanted 0 to {s.shape[1] - 1} for {s.shape[1]} classes. Count "
            "classes from 0, or give the last layer more outputs."
        )
    return s, y.astype(np.intp, copy=False)
