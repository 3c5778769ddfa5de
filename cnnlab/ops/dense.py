"""Fully connected layers: flatten the pictures, then one matrix product. Taught in notebooks 05 and 08.

Letters: ``N`` examples, ``D`` inputs, ``M`` outputs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_cache, as_floats, as_gradient, as_vector, same_dtype
from cnnlab.ops.parallel import parallel
from cnnlab.shapes import ShapeError

__all__ = ["AffineCache", "AffineGrads", "affine", "affine_backward", "affine_cache", "flatten", "flatten_backward"]


class AffineCache(NamedTuple):
    """What :func:`affine` keeps for its backward pass."""

    x: Floats  # (N, …)
    w: Floats  # (D, M)
    b: Floats | None  # (M,)


class AffineGrads(NamedTuple):
    """Gradients of a scalar loss with respect to the inputs of :func:`affine`."""

    dx: Floats | None  # like x; None when it was not asked for
    dw: Floats  # (D, M)
    db: Floats | None  # (M,); None without bias


def affine(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> tuple[Floats, AffineCache]:
    """Multiply by a matrix and shift: ``y = x·w + b``, every input connected to every output.

    Parameters
    ----------
    x
        Examples (N, …): all axes but the first are read as one of length D, in the order they lie.
    w
        Weights (D, M).
    b
        Biases (M,), or None.

    Returns
    -------
    y : ndarray
        (N, M).
    cache : AffineCache
        For :func:`affine_backward`.

    Examples
    --------
    >>> y, _ = affine([[1, 2]], [[1, 0, 1], [0, 1, 1]], [10, 20, 30])
    >>> y
    array([[11., 22., 33.]])
    """
    cache = affine_cache(x, w, b)
    y = _product(_matrix(cache), cache.w)  # (N, D) · (D, M)
    if cache.b is not None:
        y += cache.b
    return y, cache


def affine_cache(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> AffineCache:
    """Return what :func:`affine_backward` needs, without computing the forward pass; the arguments are affine's."""
    x, w = as_floats("x", x), as_floats("w", w, "D M")
    if x.ndim < 1:
        raise ShapeError("x: got a single number, wanted (N, …): one row per example. Pass [[x]] or x[None].")
    features = math.prod(x.shape[1:])
    if features != len(w):
        raise ShapeError(
            f"w: got {w.shape}, wanted ({features}, {w.shape[1]}): an example of shape {x.shape[1:]} holds {features} "
            f"numbers. Make w ({features}, {w.shape[1]}), or check the shape of x."
        )
    b = None if b is None else as_vector("b", b, w.shape[1], "output")
    dtype = same_dtype(x, w, b)
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    return AffineCache(x, w, b)


def affine_backward(dy: ArrayLike, cache: AffineCache, *, need_dx: bool = True) -> AffineGrads:
    """Gradients of :func:`affine`, given the gradient of the loss with respect to its result.

    Parameters
    ----------
    dy
        Array (N, M).
    cache
        What the forward call returned.
    need_dx
        False skips the gradient of the input.

    Returns
    -------
    AffineGrads
        dx like x, dw (D, M), db (M,).

    Examples
    --------
    >>> _, cache = affine([[1, 2]], [[1, 0, 1], [0, 1, 1]], [10, 20, 30])
    >>> affine_backward([[1, 1, 1]], cache).dx
    array([[2., 2.]])
    """
    x, w, b = as_cache(cache, AffineCache, "affine")
    d = as_gradient(dy, (len(x), w.shape[1]), x.dtype, "affine")
    dw = _product(_matrix(cache).T, d)
    db = None if b is None else d.sum(0)
    return AffineGrads(_product(d, w.T).reshape(x.shape) if need_dx else None, dw, db)


def _product(a: Floats, b: Floats) -> Floats:
    """Multiply matrices, the longer side of the result shared among the library's own threads.

    The matrix product has threads of its own, but they go on spinning afterwards and slow down the next convolution.
    """
    out = np.empty((len(a), b.shape[1]), a.dtype)
    work = a.size * b.shape[1] // 64
    if len(a) >= b.shape[1]:
        parallel(lambda i, j: np.matmul(a[i:j], b, out=out[i:j]), len(a), work)
    else:
        parallel(lambda i, j: np.matmul(a, b[:, i:j], out=out[:, i:j]), b.shape[1], work)
    return out


def _matrix(cache: AffineCache) -> Floats:
    return cache.x.reshape(len(cache.x), len(cache.w))  # not reshape(N, -1): undefined when N is 0


def flatten(x: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """Lay each example out as one row, in reading order: channel, row, column.

    Parameters
    ----------
    x
        Array (N, …).

    Returns
    -------
    y : ndarray
        (N, D), a view of x where its numbers already lie in that order, as in :func:`numpy.reshape`.
    cache : tuple of int
        The shape of x, for :func:`flatten_backward`.

    Examples
    --------
    >>> flatten([[[1, 2], [3, 4]]])
    (array([[1., 2., 3., 4.]]), (1, 2, 2))
    """
    x = as_floats("x", x)
    if x.ndim < 1:
        raise ShapeError("x: got a single number, wanted (N, …): one row per example. Pass [[x]] or x[None].")
    return x.reshape(len(x), math.prod(x.shape[1:])), x.shape  # not reshape(N, -1): undefined when N is 0


def flatten_backward(dy: ArrayLike, cache: tuple[int, ...]) -> Floats:
    """Gradient of :func:`flatten`: the same numbers in their old places, a view of dy where possible.

    Examples
    --------
    >>> flatten_backward([[1, 2, 3, 4]], (1, 2, 2))
    array([[[1., 2.],
            [3., 4.]]])
    """
    dy, shape = as_floats("dy", dy), as_cache(cache, tuple, "flatten")
    return as_gradient(dy, (shape[0], math.prod(shape[1:])), dy.dtype, "flatten").reshape(shape)
