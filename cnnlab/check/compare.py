"""Compare what came back with what is right, in a fixed order: container, shape, kind of number, finite, values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Difference", "as_array", "close", "compare"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Difference:
    """The first thing that is not right."""

    stage: str  # container, shape, dtype, finite or values
    says: str
    look: str
    name: str | None = None  # a name of the catalogue, where the stage alone tells the mistake
    wrong: NDArray[np.bool_] | None = None  # which cells, when the shapes agree


def as_array(value: Any) -> Array | None:
    """Return a copy of the numbers in a result, or None where it is no array and nothing like one.

    Examples
    --------
    >>> as_array([[1, 2], [3, 4]])
    array([[1, 2], [3, 4]])
    >>> as_array("12") is None
    True
    """
    if isinstance(value, np.ma.MaskedArray):
        return None if np.ma.getmaskarray(value).any() else np.array(value.data)
    if isinstance(value, Fraction | Decimal):
        value = float(value)
    if not isinstance(value, np.ndarray | np.generic | int | float | complex | list | tuple):
        if not hasattr(type(value), "__array__"):
            return None
        value = np.asarray(value)  # another library's array, a data frame
    try:
        array = np.array(value, subok=False)
    except ValueError:  # rows of unequal length
        return None
    return None if array.dtype.kind in "USVmM" else array


def tolerance(got: Array, scale: float) -> tuple[float, float]:
    """Return (relative, absolute) tolerance for a result; half and single precision carry fewer digits."""
    coarse = got.dtype.kind == "f" and got.dtype.itemsize <= 4
    return (1e-3, 1e-5 * scale) if coarse else (1e-6, 1e-10 * scale)


def close(got: Array, right: Array, scale: float) -> NDArray[np.bool_]:
    """Say for each cell whether it is right, up to rounding errors."""
    rtol, atol = tolerance(got, scale)
    return np.isclose(got.astype(np.float64), right.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)


def compare(value: Any, got: Array | None, right: Array, scale: float) -> Difference | None:
    """Return the first difference between a result and the right one, or None.

    Parameters
    ----------
    value
        The result as it came back.
    got
        Its numbers, from :func:`as_array`.
    right
        The right result.
    scale
        Size of the numbers that were added up.
    """
    wanted = f"an array of shape {right.shape}" if right.ndim else "one number"
    if got is None or (isinstance(value, tuple) and got.ndim != right.ndim):
        return _container(value, wanted)
    if got.shape != right.shape:
        look = "Look at the sizes: how many places does each axis have?"
        if got.ndim != right.ndim:
            look = "Look at the last line: what does it return, and how many axes has that?"
        return Difference("shape", f"It came back {shape_words(got)}, but it should be {wanted}.", look)
    if got.dtype.kind not in "iuf":
        return _kind(got)
    bad = ~np.isfinite(got)
    if bad.any() and np.isfinite(right).all():
        what = "NaN (not a number)" if np.isnan(got).any() else "infinite"
        return Difference(
            "finite",
            f"{_count(bad)} {what}, though every number that goes in is finite.",
            "Look for a division by zero, or an array that was made with `np.empty` and never filled.",
            wrong=bad,
        )
    wrong = ~close(got, right, scale)
    if wrong.any():
        none = wrong.all() and wrong.size > 1
        says = f"None of the {wrong.size} values is right." if none else f"{_count(wrong)} not right."
        return Difference("values", says, "", wrong=wrong)
    return None


def shape_words(array: Array) -> str:
    """Say a shape in words."""
    return f"with shape {array.shape}" if array.ndim else "as one number"


def _count(wrong: NDArray[np.bool_]) -> str:
    if wrong.ndim == 0:
        return "The number is"
    count = int(wrong.sum())
    return f"{count} of {wrong.size} values {'is' if count == 1 else 'are'}"


def _kind(got: Array) -> Difference:
    if got.dtype.kind == "c":
        return Difference(
            "dtype",
            "The numbers that came back are complex; they should be real.",
            "After a Fourier transform the imaginary part is a leftover of rounding: keep the real part.",
        )
    words = {"b": "True and False", "O": "Python objects (`dtype=object`)"}
    return Difference(
        "dtype",
        f"The result holds {words.get(got.dtype.kind, str(got.dtype))}; it should hold numbers.",
        "Look at where the result array is made, and at its `dtype`.",
    )


def _container(value: Any, wanted: str) -> Difference:
    if value is None:
        return Difference(
            "container",
            f"Nothing came back (`None`); it should be {wanted}.",
            "Look at the last line of your function: is there a `return`?",
            "no_return",
        )
    kind = f"array of {value.dtype.type.__name__}" if type(value) is np.ndarray else type(value).__name__
    look = "Look at what your `return` hands back."
    if isinstance(value, tuple):
        look = "Return only the result. A comma behind a value already makes a tuple."
        kind = f"tuple of {len(value)} value{'' if len(value) == 1 else 's'}"
    elif kind in ("generator", "async_generator"):
        look = "A function with `yield` makes a generator: collect the values and use `return`."
    elif kind == "coroutine":
        look = "Take the word `async` away from `def`."
    elif callable(value):
        look = "It hands back a function instead of calling it: are brackets missing?"
    elif isinstance(value, np.ma.MaskedArray):
        look = "Some cells are masked; every cell should hold a number."
    elif isinstance(value, list):
        look = "A list can stand for an array when all its rows are equally long and hold only numbers."
    return Difference("container", f"{_a(kind)} came back; it should be {wanted}.", look)


def _a(noun: str) -> str:
    return f"{'An' if noun[0].lower() in 'aeiou' else 'A'} {noun}"
