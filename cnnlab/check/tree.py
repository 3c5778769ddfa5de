"""Results and arguments that are more than one array: tuples and dicts of arrays, numbers and settings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ANY", "FREE", "as_array", "changed", "detached", "is_setting", "items", "named", "snapshot"]

Array = NDArray[Any]
MOST_CELLS = 1_000_000  # of an array that is kept; no right one comes near


class _Wild:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ANY = _Wild("ANY")  # as a part of a right result: whatever the learner likes to keep there, but not None
FREE = _Wild("FREE")  # whatever comes, None too


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
        return None
    try:
        enormous = isinstance(value, np.ndarray) and value.size > MOST_CELLS  # of which only shape and type are kept
        array = np.asarray(value) if enormous else np.array(value, subok=False)
    except ValueError:  # rows of unequal length
        return None
    return None if array.dtype.kind in "USVmM" else array


def is_setting(right: Any) -> bool:
    """Whether a part of a right result is compared by ``==``: a word, a switch, None."""
    return right is None or isinstance(right, str | bool | np.bool_) or callable(right)


def named(name: str, key: Any) -> str:
    """Write the name of a part: ``named("cache", 0)`` is "cache[0]"."""
    return f'{name}["{key}"]' if isinstance(key, str) else f"{name}[{key!r}]"


def items(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the (key, part) pairs of a tuple or a dict, None of anything else."""
    if isinstance(tree, tuple):
        return list(enumerate(tree))
    return list(tree.items()) if isinstance(tree, dict) else None


def snapshot(value: Any) -> Any:
    """Copy the arrays in a result, for a learner's later call may write into them; other objects stay themselves.

    A list stays a list and a named tuple becomes a tuple. Of an enormous array only shape and type are kept.
    """
    if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
        if value.size > MOST_CELLS:
            return np.broadcast_to(np.zeros((), value.dtype), np.shape(value))
        return np.array(value, subok=False)
    if isinstance(value, tuple):
        return tuple(map(snapshot, value))
    if isinstance(value, list):
        return list(map(snapshot, value))
    if isinstance(value, Mapping):
        return {key: snapshot(value[key]) for key in value}
    if hasattr(type(value), "__array__") and not isinstance(value, np.generic):
        return value if isinstance(value, np.ma.MaskedArray) else np.array(value)  # another library's, a data frame
    return value


def detached(value: Any) -> Any:
    """Copy the dicts in an argument, so that what is written into them does not reach the caller's."""
    if isinstance(value, dict):
        return {key: detached(part) for key, part in value.items()}
    return tuple(map(detached, value)) if type(value) is tuple else value


def changed(now: Any, before: Any, name: str, except_for: tuple[str, ...] = ()) -> str | None:
    """Return the name of the first part that is not what it was, None if all is as before.

    Examples
    --------
    >>> changed({"stride": 2}, {"stride": 1}, "hparameters")
    'hparameters["stride"]'
    """
    if isinstance(before, dict):
        if not isinstance(now, dict):
            return name
        for key in dict.fromkeys((*before, *now)):
            if key in except_for:
                continue
            if key not in now or key not in before:
                return named(name, key)
            part = changed(now[key], before[key], named(name, key))
            if part:
                return part
        return None
    if isinstance(before, tuple | list):
        if not isinstance(now, tuple | list) or len(now) != len(before):
            return name
        parts = (changed(a, b, named(name, i)) for i, (a, b) in enumerate(zip(now, before, strict=True)))
        return next(filter(None, parts), None)
    if isinstance(before, np.ndarray | np.generic | int | float):
        return None if _same_bits(now, before) else name
    if isinstance(before, str) or before is None:
        return None if type(now) is type(before) and now == before else name
    return None  # a function, an object


def _same_bits(a: Any, b: Any) -> bool:
    """Whether two arrays hold exactly the same numbers in the same shape and type."""
    a, b = np.asarray(a), np.asarray(b)
    return bool(a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
