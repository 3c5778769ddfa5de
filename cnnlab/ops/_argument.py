"""What every operation asks of its arrays, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError

__all__ = ["Floats", "as_cache", "as_floats", "as_gradient", "as_vector", "check_eps", "check_number", "same_dtype"]

T = TypeVar("T")

Floats = NDArray[np.floating[Any]]


def as_floats(name: str, array: ArrayLike, axes: str = "") -> Floats:
    """Return a float array with the axes named; float32 stays float32, every other real type becomes float64.

    Numbers are converted before anything is added up, so that small integers cannot overflow. NaN and inf pass:
    they reach the results that depend on them, as in NumPy.
    """
    try:
        a = np.asarray(array)
    except ValueError:
        raise ShapeError(
            f"{name}: got rows of different lengths, wanted a rectangular array. Make all rows equally long."
        ) from None
    if a.dtype.kind not in "biuf":
        raise TypeError(f"{name}: got dtype {a.dtype}, wanted real numbers. Convert with {name}.astype(float).")
    wanted = axes.split()
    if axes and a.ndim != len(wanted):
        remedy = f"Index the others away, for example {name}[..., 0], or reshape."
        if a.ndim < len(wanted):
            remedy = f"Add the missing with {name}[None] or reshape."
        raise ShapeError(
            f"{name}: got {a.ndim} axes with shape {a.shape}, wanted {len(wanted)} ({', '.join(wanted)}). {remedy}"
        )
    # dtype.type: float32 of another byte order is float32 too
    return a.astype(a.dtype.type if a.dtype.type in (np.float32, np.float64) else np.float64, copy=False)


def as_vector(name: str, array: ArrayLike, length: int, what: str) -> Floats:
    """Return a float array of shape (length,); a column or a picture-shaped vector is taken as it reads."""
    v = as_floats(name, array)
    if v.ndim == 0 or v.size != length or max(v.shape) != length:
        raise ShapeError(
            f"{name}: got shape {v.shape}, wanted ({length},), one number per {what}. Pass {length} numbers."
        )
    return v.reshape(length)


def as_gradient(dy: ArrayLike, shape: tuple[int, ...], dtype: np.dtype[Any], of: str) -> Floats:
    """Return the incoming gradient in the dtype of the forward result, after a look at its shape."""
    d = as_floats("dy", dy)
    if d.shape != shape:
        raise ShapeError(
            f"dy: got {d.shape}, wanted {shape}, the shape of the result of {of}. Pass the gradient with respect to "
            "that result."
        )
    return d.astype(dtype, copy=False)


def as_cache(cache: T, kind: type[T], of: str) -> T:
    """Return what a forward pass keeps for its backward pass, after a look at whether it is that."""
    if not isinstance(cache, kind):
        raise TypeError(
            f"cache: got {type(cache).__name__}, wanted the {kind.__name__} that {of} returned. "
            f"Write y, cache = {of}(…), and pass this cache."
        )
    return cache


def check_number(name: str, value: Any, fits: Callable[[Any], bool], wanted: str, remedy: str) -> None:
    """Refuse a setting that is no number, or not one that fits."""
    try:
        good = not isinstance(value, bool) and fits(value)
    except (TypeError, ValueError):  # a word, None or an array: it cannot be compared with numbers
        good = False
    if not good:
        raise ValueError(f"{name}: got {value!r}, wanted {wanted}. {remedy}")


def check_eps(eps: float, usual: str) -> None:
    """Refuse an eps that no square root or division can take."""
    check_number("eps", eps, lambda e: 0 <= e < np.inf, "a small number, at least 0", f"Write eps={usual}.")


def same_dtype(*arrays: Floats | None) -> np.dtype[Any]:
    """Return the dtype in which all of the arrays are computed together: float64 as soon as one is."""
    return np.result_type(*(a.dtype for a in arrays if a is not None))
