"""From bytes to values, whoever wrote them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.grading.wire import form
from cnnlab.grading.wire.form import C128, DTYPE, EMPTY, F64, TYPES, U32, About, Names, WireError, numbers, word

__all__ = ["Reader"]

Array = NDArray[Any]


class Reader:
    """Reads values that a :class:`~cnnlab.grading.wire.writer.Writer` wrote, or anybody."""

    def __init__(self, data: bytes | bytearray | memoryview, names: Names) -> None:
        self._data = memoryview(data)
        self._at = self._parts = self._keys = 0
        self._names = names

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)

    def get(self, depth: int = 0) -> Any:
        """Read a value.

        Raises
        ------
        WireError
            If there is none.
        """
        try:
            return self._get(depth)
        except WireError:
            raise
        except Exception as error:  # of NumPy's, struct's, a missing number: all mean the same
            raise WireError(f"message: got {type(error).__name__} at byte {self._at}.") from error

    def _get(self, depth: int) -> Any:
        self._parts += 1
        if self._parts > form.MOST_PARTS or depth > form.MOST_DEPTH + 1:
            raise WireError("message: got too many parts, or too deep.")
        tag = self._data[self._at]
        self._at += 1
        return _READ[tag](self, depth)

    def _take(self, count: int) -> memoryview:
        if count > len(self._data) - self._at:
            raise WireError("message: got fewer bytes than it says.")
        self._at += count
        return self._data[self._at - count : self._at]

    def _u32(self) -> int:
        number: int = U32.unpack_from(self._data, self._at)[0]
        self._at += 4
        return number

    def _count(self) -> int:
        count = self._u32()
        if count > len(self._data) - self._at:  # each part takes a byte at least
            raise WireError("message: got fewer parts than it says.")
        return count

    def _block(self) -> memoryview:
        return self._take(self._u32())

    def _int(self, depth: int) -> int:
        data = self._block()
        if len(data) > form.INT_BYTES:
            raise WireError("message: got a whole number that is too large.")
        return int.from_bytes(data, "little", signed=True)

    def _float(self, depth: int) -> float:
        return float(F64.unpack(self._take(8))[0])

    def _complex(self, depth: int) -> complex:
        return complex(*C128.unpack(self._take(16)))

    def _str(self, depth: int) -> str:
        return str(self._block(), "utf-8", "replace")

    def _bytes(self, depth: int) -> bytes:
        return bytes(self._block())

    def _ref(self, depth: int) -> Any:
        return self._names.known(self._u32())

    def _list(self, depth: int) -> list[Any]:
        number, count = self._u32(), self._count()
        value: list[Any] = []
        self._names.arrive(number, value)
        for _ in range(count):
            value.append(self._get(depth + 1))  # a list may hold itself
        return value

    def _tuple(self, depth: int) -> tuple[Any, ...]:
        count = self._count()
        value = tuple([self._get(depth + 1) for _ in range(count)])
        number = self._u32()
        if value:  # there is only one empty tuple
            self._names.arrive(number, value)
        return value

    def _dict(self, depth: int) -> dict[Any, Any]:
        number, count = self._u32(), self._count()
        value: dict[Any, Any] = {}
        self._names.arrive(number, value)
        self.fill(value, ((self._get(depth + 1), self._get(depth + 1)) for _ in range(count)))
        return value

    def fill(self, value: dict[Any, Any], pairs: Iterable[tuple[Any, Any]]) -> None:
        """Put pairs into a dict."""
        for key, part in pairs:
            self._keys += 1
            if self._keys > form.MOST_KEYS or not form.simple_key(key):
                raise WireError("message: got too many keys, or one of tuples in tuples.")
            value[key] = part

    def _slice(self, depth: int) -> slice:
        return slice(self._get(depth + 1), self._get(depth + 1), self._get(depth + 1))

    def _fraction(self, depth: int) -> Fraction:
        value = Fraction(self._inner(int, depth), self._inner(int, depth))
        float(value)
        return value

    def _inner(self, kind: type, depth: int) -> Any:
        value = self._get(depth + 1)
        if type(value) is not kind:
            raise WireError(f"message: got {type(value).__name__}, wanted {kind.__name__}.")
        return value

    def _decimal(self, depth: int) -> Decimal:
        data = self._block()
        if len(data) > 1000:
            raise WireError("message: got a decimal number that is too long.")
        value = Decimal(str(data, "ascii"))
        float(value)
        return value

    def _opaque(self, depth: int) -> Any:
        number = self._u32()
        calls, reads = self._take(2)
        kind, name = self._inner(str, depth), self._inner(str, depth)
        value = self._names.stand_in(number, About(word(kind), word(name), bool(calls), bool(reads)))
        self._names.arrive(number, value)
        return value

    def _scalar(self, depth: int) -> Any:
        dtype = self._dtype()
        return numbers(self._block(), dtype, ())[()]

    def _text(self, depth: int) -> Any:
        return np.str_(self._inner(str, depth))

    def _type(self, depth: int) -> Any:
        name = self._inner(str, depth)
        if name in TYPES:
            return TYPES[name]
        if not DTYPE.fullmatch(name):
            raise WireError("message: got an unknown type.")
        return np.dtype(name)

    def _dtype(self) -> np.dtype[Any]:
        code = str(self._take(self._take(1)[0]), "ascii")
        if not DTYPE.fullmatch(code):
            raise WireError(f"message: got an array of {code[:20]!r}.")
        return np.dtype(code)

    def _head(self) -> tuple[int, tuple[int, ...]]:
        number, rank = self._u32(), self._take(1)[0]
        shape = struct.unpack(f"<{rank}Q", self._take(8 * rank))
        if rank > 64 or max(shape, default=0) >= 1 << 40:
            raise WireError("message: got an array with too many axes or cells.")
        return number, shape

    def _array(self, depth: int) -> Array:
        number, shape = self._head()
        writeable, apart = self._take(2)
        order = list(self._take(len(shape)))
        if sorted(order) != list(range(len(shape))):
            raise WireError("message: got an array whose axes are in no order.")
        dtype = self._dtype()
        array = _laid_out(numbers(self._block(), dtype, shape), order, bool(apart))
        array.flags.writeable = bool(writeable)
        return self._arrived(number, array)

    def _arrived(self, number: int, array: Array) -> Array:
        if number:
            self._names.arrive(number, array)
        return array

    def _objects(self, depth: int) -> Array:
        number, shape = self._head()
        kind = bytes(self._take(1))
        size = math.prod(shape)
        if size > form.MOST_OBJECTS:
            raise WireError("message: got too many objects in an array.")
        parts = [self._get(depth + 1) for _ in range(size)]
        if kind == b"O":
            array = np.empty(size, object)
            for i, part in enumerate(parts):
                array[i] = part
        else:
            wanted = bytes if kind == b"S" else str
            longest = max((len(part) for part in parts if type(part) is wanted), default=0)
            if any(type(part) is not wanted for part in parts) or longest * size > form.MOST_BYTES // 4:
                raise WireError("message: got an array of words without words, or with too many.")
            array = np.array(parts, kind.decode())
        return self._arrived(number, array.reshape(shape))

    def _unread(self, depth: int) -> Array:
        number, shape = self._head()
        return self._arrived(number, _hollow(EMPTY[str(self._take(1), "ascii")], shape))

    def _huge(self, depth: int) -> Array:
        number, shape = self._head()
        code = self._inner(str, depth)
        if code not in ("O", "U1", *EMPTY.values()) and not DTYPE.fullmatch(code):
            raise WireError("message: got an array of an unknown type.")
        return self._arrived(number, _hollow(code, shape))

    def _masked(self, depth: int) -> Any:
        number = self._u32()
        data, mask = self._inner(np.ndarray, depth), self._inner(np.ndarray, depth)
        if mask.dtype.kind != "b" or mask.shape != data.shape or data.dtype.kind not in "biufc":
            raise WireError("message: got a mask that does not fit.")
        value = np.ma.MaskedArray(data, mask)
        self._names.arrive(number, value)
        return value


_READ: dict[int, Callable[[Reader, int], Any]] = {
    ord("N"): lambda reader, depth: None,
    ord("T"): lambda reader, depth: True,
    ord("F"): lambda reader, depth: False,
    ord("I"): Reader._int,
    ord("D"): Reader._float,
    ord("J"): Reader._complex,
    ord("S"): Reader._str,
    ord("Y"): Reader._bytes,
    ord("R"): Reader._ref,
    ord("L"): Reader._list,
    ord("U"): Reader._tuple,
    ord("M"): Reader._dict,
    ord("/"): Reader._slice,
    ord("Q"): Reader._fraction,
    ord("E"): Reader._decimal,
    ord("O"): Reader._opaque,
    ord("n"): Reader._scalar,
    ord("w"): Reader._text,
    ord("Z"): Reader._type,
    ord("A"): Reader._array,
    ord("P"): Reader._objects,
    ord("V"): Reader._unread,
    ord("H"): Reader._huge,
    ord("K"): Reader._masked,
}


def _hollow(code: str, shape: tuple[int, ...]) -> Array:
    """Return an array that takes no memory, whatever its shape."""
    if math.prod(shape) * np.dtype(code).itemsize > form.MOST_HUGE:
        raise WireError("message: got an array that no memory holds.")
    return np.broadcast_to(np.zeros((), code), shape)


def _laid_out(cells: Array, order: Sequence[int], apart: bool) -> Array:
    """Return the same numbers with axes in this order in memory, and with gaps between cells."""
    if not apart and list(order) == list(range(cells.ndim)):
        return cells
    sides = [cells.shape[i] for i in order]
    if apart and sides:
        room = np.zeros((*sides[:-1], 2 * sides[-1]), cells.dtype)[..., ::2]
    else:
        room = np.empty(sides, cells.dtype)
    array = room.transpose(np.argsort(order)) if sides else room
    array[...] = cells
    return array
