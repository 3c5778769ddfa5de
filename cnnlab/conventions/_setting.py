"""Read the settings dictionaries of other courses, and speak of arguments by the names those courses gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cnnlab.shapes import ShapeError

__all__ = ["check_number", "check_window", "kept", "read", "source", "spoken"]


def read(
    name: str, given: Mapping[str, Any] | None, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = ()
) -> dict[str, Any]:
    """Return a copy of a settings dictionary after a look at its keys; with None for `optional` any others may follow.

    Examples
    --------
    >>> read("conv_param", {"stride": 1, "pad": 0}, ("stride", "pad"))
    {'stride': 1, 'pad': 0}
    """
    known = required + (optional or ())
    if not isinstance(given, Mapping):
        keys = _quoted(required or known)
        raise TypeError(
            f"{name}: got {type(given).__name__}, wanted a dictionary{keys and f' with the keys {keys}'}. "
            f"Pass {name}={_example(required)}."
        )
    missing = [key for key in required if key not in given]
    if missing:
        raise ValueError(
            f"{name}: got no {_quoted(missing)}, wanted the keys {_quoted(required)}. Add {name}[{missing[0]!r}] = …"
        )
    unknown = [key for key in given if key not in known]
    if unknown and optional is not None:
        raise ValueError(
            f"{name}: got the unknown key {unknown[0]!r}, wanted only {_quoted(known)}. Remove it, or "
            "correct its spelling."
        )
    return dict(given)


@contextmanager
def spoken(names: Mapping[str, str]) -> Iterator[None]:
    """Let errors of the core name the caller's arguments instead of the core's.

    Examples
    --------
    >>> with spoken({"stride": "conv_param['stride']"}):
    ...     raise ShapeError("stride: got 0, wanted at least 1. Choose stride ≥ 1.")
    Traceback (most recent call last):
    cnnlab.shapes.ShapeError: conv_param['stride']: got 0, wanted at least 1. Choose conv_param['stride'] ≥ 1.
    """
    # Only where a name stands for the argument: "pad: got", "pad=1", not in "or pad by at least 1".
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?=: got|\[|\(|\.|=| ≥| ≤| as an| returned)")
    try:
        yield
    except (ValueError, TypeError) as error:
        raise type(error)(pattern.sub(lambda found: names[found[1]], str(error))) from None


def kept(cache: Any, parts: tuple[str, ...], of: str) -> tuple[Any, ...]:
    """Return the cache of a forward pass, after a look at whether it is one: a tuple of so many parts."""
    if not isinstance(cache, tuple) or len(cache) != len(parts):
        raise TypeError(
            f"cache: got {type(cache).__name__}, wanted the tuple ({', '.join(parts)}) that {of} returned. "
            f"Write out, cache = {of}(…), and pass this cache."
        )
    return cache


def source(name: str, seed: Any) -> np.random.RandomState:
    """Return the random numbers that ``np.random.seed(seed)`` gives, without touching NumPy's global state."""
    try:
        return np.random.RandomState(seed)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got {seed!r}, wanted a whole number from 0 to 2³² − 1. Write {name} = 0.") from None


def check_number(name: str, value: Any) -> None:
    """Refuse what is not a number."""
    if not isinstance(value, float | int | np.number):
        raise TypeError(f"{name}: got {value!r}, wanted a number. Write {name} = 0.5, for example.")


def check_window(name: str, window: Any, length: int, cells: str) -> None:
    """Refuse a pooling window that is larger than the picture: these courses do not pad when they pool."""
    if isinstance(window, int | np.integer) and window > length > 0:
        raise ShapeError(
            f"{name}: got a window of {window} on {length} {cells}, wanted at most {length}. "
            f"Choose {name} = {length} or less."
        )


def _quoted(keys: tuple[str, ...] | list[str]) -> str:
    return ", ".join(repr(key) for key in keys)


def _example(keys: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"{key!r}: …" for key in keys) + "}"
