"""From values to bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.grading.wire import form
from cnnlab.grading.wire.form import C128, DTYPE, EMPTY, F64, TYPES, U32, Names, WireError, about

__all__ = ["Writer"]

Array = NDArray[Any]


class Writer:
    """Writes values, one behind the other."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._chunks: list[bytes] = []
        self._size = self._parts = self._keys = 0

    def written(self) -> bytes:
        """Return what was written."""
        return b"".join(self._chunks)

    def put(self, value: Any, depth: int = 0) -> None:
        """Write a value.

        Raises
        ------
        WireError
            If it is too large for a message.
        """
        self._parts += 1
        if self._parts > form.MOST_PARTS or self._size > form.MOST_BYTES:
            raise WireError(f"value: got more than {form.MOST_PARTS:,} parts or {form.MOST_BYTES >> 20} MB.")
        write = _WRITE.get(type(value))
        if write is not None:
            write(self, value, depth)
        else:
            self._other(value, depth)

    def _add(self, tag: bytes, data: bytes = b"") -> None:
        self._chunks.append(tag)
        self._chunks.append(data)
        self._size += len(tag) + len(data)

    def _block(self, tag: bytes, data: bytes) -> None:
        self._add(tag + U32.pack(len(data)), data)

    def _none(self, value: None, depth: int) -> None:
        self._add(b"N")

    def _bool(self, value: bool, depth: int) -> None:
        self._add(b"T" if value else b"F")

    def _int(self, value: int, depth: int) -> None:
        size = value.bit_length() // 8 + 1
        if size > form.INT_BYTES:
            self._opaque(value)
        else:
            self._block(b"I", value.to_bytes(size, "little", signed=True))

    def _float(self, value: float, depth: int) -> None:
        self._add(b"D", F64.pack(value))

    def _complex(self, value: complex, depth: int) -> None:
        self._add(b"J", C128.pack(value.real, value.imag))

    def _str(self, value: str, depth: int) -> None:
        self._block(b"S", value.encode("utf-8", "surrogatepass"))

    def _bytes(self, value: bytes, depth: int) -> None:
        self._block(b"Y", value)

    def _seen(self, value: Any) -> bool:
        number = self._names.number(value)
        if number is not None:
            self._add(b"R", U32.pack(number))
        return number is not None

    def _list(self, value: list[Any], depth: int) -> None:
        if self._seen(value):
            return
        if depth >= form.MOST_DEPTH:
            self._opaque(value)
            return
        self._add(b"L" + U32.pack(self._names.enter(value)), U32.pack(list.__len__(value)))
        for part in list.__iter__(value):
            self.put(part, depth + 1)

    def _tuple(self, value: tuple[Any, ...], depth: int) -> None:
        if self._seen(value):
            return
        if depth >= form.MOST_DEPTH:
            self._opaque(value)
            return
        self._add(b"U" + U32.pack(tuple.__len__(value)))
        for part in tuple.__iter__(value):
            self.put(part, depth + 1)
        self._add(U32.pack(self._names.enter(value) if value else 0))

    def _dict(self, value: dict[Any, Any], depth: int) -> None:
        if self._seen(value):
            return
        if depth >= form.MOST_DEPTH or not self._simple_keys(value):
            self._opaque(value)
            return
        self._add(b"M" + U32.pack(self._names.enter(value)), U32.pack(dict.__len__(value)))
        for key, part in dict.items(value):
            self.put(key, depth + 1)
            self.put(part, depth + 1)

    def _simple_keys(self, value: dict[Any, Any]) -> bool:
        self._keys += dict.__len__(value)
        return self._keys <= form.MOST_KEYS and all(map(form.simple_key, dict.keys(value)))

    def _slice(self, value: slice, depth: int) -> None:
        self._add(b"/")
        for part in (value.start, value.stop, value.step):
            self.put(part, depth + 1)

    def _fraction(self, value: Fraction, depth: int) -> None:
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > 900:  # no float is as large
            self._opaque(value)
            return
        self._add(b"Q")
        self._int(value.numerator, depth)
        self._int(value.denominator, depth)

    def _decimal(self, value: Decimal, depth: int) -> None:
        text = str(value)
        if value.is_snan() or len(text) > 1000:
            self._opaque(value)
        else:
            self._block(b"E", text.encode())

    def _type(self, value: Any) -> None:
        self._add(b"Z")
        self._str(value.__name__ if isinstance(value, type) else value.str, 0)

    def _opaque(self, value: Any) -> None:
        if self._seen(value):
            return
        what = about(value)
        number = self._names.enter(value, stays=True)
        self._add(b"O" + U32.pack(number), bytes((what.calls, what.reads)))
        self._str(what.kind, 0)
        self._str(what.name, 0)

    def _other(self, value: Any, depth: int) -> None:
        """Write what is of a class derived from one above, by its true contents, or stays where it is."""
        if isinstance(value, np.ma.MaskedArray):
            self._masked(value, depth)
        elif isinstance(value, np.ndarray):
            self._array(value, depth)
        elif isinstance(value, np.generic):
            self._scalar(value, depth)
        elif isinstance(value, int):
            self._int(int.__add__(value, 0), depth)
        elif isinstance(value, float):
            self._float(float.__pos__(value), depth)
        elif isinstance(value, complex):
            self._complex(complex.__pos__(value), depth)
        elif isinstance(value, str):
            self._str(str.__str__(value), depth)
        elif isinstance(value, tuple):
            self._tuple(value, depth)
        elif isinstance(value, list):
            self._list(value, depth)
        elif isinstance(value, dict):
            self._dict(value, depth)
        elif (isinstance(value, type) and TYPES.get(value.__name__) is value) or (
            isinstance(value, np.dtype) and DTYPE.fullmatch(value.str)
        ):
            self._type(value)
        else:
            self._opaque(value)

    def _masked(self, value: Any, depth: int) -> None:
        if self._seen(value):
            return
        if value.dtype.kind not in "biufc" or value.size > form.MOST_CELLS:
            self._opaque(value)
            return
        self._add(b"K" + U32.pack(self._names.enter(value)))
        self._array(np.array(np.ma.getdata(value), subok=False), depth, known=False)
        self._array(np.array(np.ma.getmaskarray(value), subok=False), depth, known=False)

    def _scalar(self, value: Any, depth: int) -> None:
        if DTYPE.fullmatch(value.dtype.str):
            self._add(b"n", bytes((len(value.dtype.str),)) + value.dtype.str.encode())
            self._block(b"", np.generic.tobytes(value))
        elif isinstance(value, str):
            self._add(b"w")
            self._str(str.__str__(value), depth)
        else:
            self._opaque(value)

    def _array(self, value: Array, depth: int, known: bool = True) -> None:
        if known and self._seen(value):
            return
        array = value if type(value) is np.ndarray else value.view(np.ndarray)
        kind, shape = array.dtype.kind, array.shape
        words = kind in "OUST"
        number = self._names.enter(value) if known else 0
        head = U32.pack(number) + bytes((len(shape),)) + struct.pack(f"<{len(shape)}Q", *shape)
        if array.nbytes > form.MOST_HUGE:
            raise WireError("value: got an array that no memory holds.")
        if array.size > (form.MOST_OBJECTS if words else form.MOST_CELLS):
            dtype = "O" if kind == "O" else "U1" if words else EMPTY.get(kind, array.dtype.str)
            self._add(b"H", head)
            self._str(dtype, depth)
        elif kind in EMPTY:
            self._add(b"V", head + kind.encode())
        elif words:
            self._add(b"P", head + (b"O" if kind == "O" else b"S" if kind == "S" else b"U"))
            for part in array.ravel().tolist():
                self.put(part, depth + 1)
        else:
            order = sorted(range(len(shape)), key=lambda i: -abs(array.strides[i]) if shape[i] > 1 else 0)
            if array.flags.c_contiguous:
                order = list(range(len(shape)))
            apart = not (array.flags.forc or array.transpose(order).flags.c_contiguous)
            code = array.dtype.str
            flags = bytes((array.flags.writeable, apart, *order, len(code)))
            self._add(b"A", head + flags + code.encode())
            self._block(b"", array.tobytes())


_WRITE: dict[type, Callable[[Writer, Any, int], None]] = {
    type(None): Writer._none,
    bool: Writer._bool,
    int: Writer._int,
    float: Writer._float,
    complex: Writer._complex,
    str: Writer._str,
    bytes: Writer._bytes,
    list: Writer._list,
    tuple: Writer._tuple,
    dict: Writer._dict,
    slice: Writer._slice,
    Fraction: Writer._fraction,
    Decimal: Writer._decimal,
    np.ndarray: Writer._array,
}
