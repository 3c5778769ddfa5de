"""The course's gradient checks. Taught in notebook 05."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.conventions.cs231n.naive import Array
from cnnlab.gradcheck import numerical_gradient, relative_error
from cnnlab.shapes import ShapeError

__all__ = ["eval_numerical_gradient", "eval_numerical_gradient_array", "grad_check_sparse", "rel_error"]


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return the largest of ``|x − y| / max(1e-8, |x| + |y|)``.

    Examples
    --------
    >>> rel_error(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    0.2
    """
    try:
        return relative_error(*np.broadcast_arrays(x, y))
    except ValueError:
        raise ShapeError(
            f"y: got shape {np.shape(y)}, wanted {np.shape(x)}, the shape of x. Compare arrays of one shape."
        ) from None


def eval_numerical_gradient(f: Callable[[Array], Any], x: Array, verbose: bool = True, h: float = 1e-5) -> Array:
    """Measure the gradient of a number f(x) at x; x is changed in place for each call and restored.

    Examples
    --------
    >>> eval_numerical_gradient(lambda x: np.sum(x**2), np.array([3.0]), verbose=False).round(6)
    array([6.])
    """
    gradient = numerical_gradient(f, x, h=h)
    if verbose:
        for index in np.ndindex(gradient.shape):
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(f: Callable[[Array], Any], x: Array, df: Array, h: float = 1e-5) -> Array:
    """Measure the gradient of ``Σ f(x)·df`` at x; x is changed in place for each call and restored.

    Examples
    --------
    >>> eval_numerical_gradient_array(lambda x: x**2, np.array([3.0]), np.array([10.0])).round(6)
    array([60.])
    """
    return numerical_gradient(f, x, df, h=h)


def grad_check_sparse(
    f: Callable[[Array], Any], x: Array, analytic_grad: Array, num_checks: int = 10, h: float = 1e-5
) -> None:
    """Print measured and analytic gradient at some random places of x, which is changed in place and restored."""
    for _ in range(num_checks):
        index = tuple(random.randrange(length) for length in x.shape)
        cell = x[tuple(slice(i, i + 1) for i in index)]  # a view of one element

        def moved(_: Array) -> Any:
            return f(x)

        measured = numerical_gradient(moved, cell, h=h).item()
        analytic = float(analytic_grad[index])
        print(f"numerical: {measured:f} analytic: {analytic:f}, relative error: {rel_error(measured, analytic):e}")
