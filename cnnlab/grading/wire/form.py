"""The format: its limits, and what both directions share."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    *("C128", "DTYPE", "EMPTY", "F64", "INT_BYTES", "MOST_BYTES", "MOST_CELLS", "MOST_DEPTH", "MOST_HUGE"),
    *("MOST_KEYS", "MOST_OBJECTS", "MOST_PARTS", "TYPES", "U32", "About", "Names", "WireError"),
    *("about", "bits", "named", "numbers", "simple_key", "unnamed", "word"),
]

MOST_BYTES = 64 << 20  # of one message
MOST_DEPTH = 50
MOST_PARTS = 1_000_000  # values in one message
MOST_KEYS = 10_000  # of all dicts in one message: keys can be chosen so that each is compared with all before
MOST_CELLS = 1_000_000  # of an array that is sent; of larger ones only shape and type are
MOST_HUGE = 1 << 31  # bytes that those would have
MOST_OBJECTS = 10_000  # cells of an array of Python objects or words
INT_BYTES = 512  # of one whole number: about 1200 digits

Array = NDArray[Any]
DTYPE = re.compile(r"[<>|](b1|[iu][1248]|f(2|4|8|12|16)|c(8|16|24|32))")
U32, F64, C128 = struct.Struct("<I"), struct.Struct("<d"), struct.Struct("<dd")
TYPES: dict[str, type] = {  # that stand for a dtype
    t.__name__: t for t in (*{np.dtype(code).type for code in "bhilqBHILQefdgFDG"}, bool, int, float, complex)
}
EMPTY = {"V": "V1", "M": "M8[s]", "m": "m8[s]"}  # arrays whose cells nobody looks at


class WireError(Exception):
    """Bytes that are no message, or a value that is too large for one."""


@dataclass(frozen=True)
class About:
    """What is told of an object that stays where it is: a function, a generator, an object of the learner's."""

    kind: str  # the name of its type
    name: str  # its own, of a function or class
    calls: bool  # can be called
    reads: bool  # has numbers that can be asked for


class Names(Protocol):
    """Numbers for the objects that both sides know."""

    def number(self, value: Any) -> int | None:
        """Return the number of an object that the other side knows."""

    def enter(self, value: Any, *, stays: bool = False) -> int:
        """Give an object that is sent a number; one that `stays` is only told of."""

    def known(self, number: int) -> Any:
        """Return the object of a number, or raise KeyError."""

    def arrive(self, number: int, value: Any) -> None:
        """Note an object that has come, under its number; a KeyError if it is not a new one of the other side."""

    def stand_in(self, number: int, what: About) -> Any:
        """Make what stands for an object that stays on the other side."""


def bits(array: Array) -> bytes:
    r"""Return an array's own bytes in the order of its cells, whatever its class says.

    Examples
    --------
    >>> bits(np.array([1, 2], np.uint8))
    b'\x01\x02'
    """
    return np.ndarray.tobytes(array)


def named(arguments: Sequence[Any], settings: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a call's arguments as values of a message: the names of those that have one, then all.

    Examples
    --------
    >>> named([1, 2], {"stride": 3})
    ('stride', 1, 2, 3)
    """
    return (",".join(settings), *arguments, *settings.values())


def unnamed(names: str, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return a call's arguments and settings from the values of a message.

    Examples
    --------
    >>> unnamed("stride", [1, 2, 3])
    ([1, 2], {'stride': 3})
    """
    keys = names.split(",") if names else []
    if len(keys) > len(values):
        raise WireError("message: got more names than values.")
    first = len(values) - len(keys)
    return list(values[:first]), dict(zip(keys, values[first:], strict=True))


def about(value: Any) -> About:
    """Tell of an object what the other side may know."""
    kind = type.__dict__["__name__"].__get__(type(value))
    try:
        own = value.__name__ if callable(value) else ""
    except Exception:  # an object of the learner's
        own = ""
    return About(word(kind), word(own), callable(value), hasattr(type(value), "__array__"))


def simple_key(key: Any) -> bool:
    """Whether a dict's key is looked up quickly: a hash of tuples in tuples may take years, and nothing can stop it.

    Examples
    --------
    >>> simple_key((1, 2)), simple_key(((1, 2), 3))
    (True, False)
    """
    if not isinstance(key, tuple):
        return not isinstance(key, slice)
    return tuple.__len__(key) <= 32 and not any(isinstance(part, tuple | slice) for part in tuple.__iter__(key))


def word(name: Any) -> str:
    """Return a name that a class may have, and a report show."""
    return name[:100] if isinstance(name, str) and name.isprintable() else "object"


def numbers(data: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    """Return an array of its own over a copy of these bytes."""
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise WireError("message: got an array whose bytes do not fit its shape.")
    if dtype.kind == "b":
        truths: Array = (np.frombuffer(data, np.uint8) != 0).reshape(shape)
        return truths
    return np.frombuffer(data, dtype).reshape(shape).copy()
