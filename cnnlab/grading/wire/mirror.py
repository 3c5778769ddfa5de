"""Objects that two processes know under the same numbers, so that what one writes into them the other sees.

Each side has its own copy. With every message a side tells what has changed in its copies since the last one. So an
argument that was changed in place, a buffer that is handed back by every call, and a result that is an argument look
on the other side as they would in one process. Runs on both sides.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.grading.wire.form import MOST_CELLS, About, WireError, bits, numbers
from cnnlab.grading.wire.reader import Reader
from cnnlab.grading.wire.writer import Writer

__all__ = ["Mirror"]

MOST_KNOWN = 300_000  # objects at a time
MOST_KEPT = 512 << 20  # bytes of their arrays

State = tuple[Any, ...] | None  # what an object was like when both sides last agreed; None of what stays itself


class Mirror:
    """One side's numbers, copies, and what they were like when both sides last agreed.

    Parameters
    ----------
    side
        0 or 1: which numbers this side gives. Side 1, the learner's, forgets what its code no longer holds: nobody can
        change that any more, and if it is sent once more it is a new object.
    stand_in
        Makes what stands for an object that stays on the other side.

    Examples
    --------
    >>> here, there = Mirror(0, lambda number, what: None), Mirror(1, lambda number, what: None)
    >>> numbers = [1, 2]
    >>> [copy] = there.unpack(here.pack(numbers))
    >>> copy.append(3)
    >>> here.unpack(there.pack("back", copy)), numbers
    (['back', [1, 2, 3]], [1, 2, 3])
    """

    def __init__(self, side: int, stand_in: Callable[[int, About], Any]) -> None:
        self._make = stand_in
        self._forgets = side == 1
        self._next = 2 + side
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}  # by id; the objects are kept, so an id stays theirs
        self._states: dict[int, State] = {}
        self._bytes = 0
        self._arrived: list[int] = []  # with the message that is being read
        self._passing: set[int] = set()
        self._staying: set[int] = set()  # a container among them changes here alone
        self._changing = False

    # What the writer and the reader ask for.

    def number(self, value: Any) -> int | None:
        """Return the number of an object that the other side knows."""
        return self._numbers.get(id(value))

    def enter(self, value: Any, *, stays: bool = False) -> int:
        """Give an object that is sent a number; one that `stays` is only told of."""
        number = self._next
        self._next += 2
        self._keep(number, value)
        if stays:
            self._staying.add(number)
        return number

    def known(self, number: int) -> Any:
        """Return the object of a number."""
        return self._objects[number]

    def arrive(self, number: int, value: Any) -> None:
        """Note an object that has come, under its number."""
        if number % 2 == self._next % 2 or number in self._objects:
            raise WireError(f"message: got the number {number} for a new object.")
        self._keep(number, value)
        self._arrived.append(number)

    def stand_in(self, number: int, what: About) -> Any:
        """Make what stands for an object that stays on the other side; in a change it has no numbers to ask for."""
        return self._make(number, replace(what, reads=what.reads and not self._changing))

    def own(self, number: Any) -> Any:
        """Return an object of this side that the other side calls by its number.

        Raises
        ------
        WireError
            If there is none.
        """
        if type(number) is not int or number % 2 != self._next % 2 or number not in self._objects:
            raise WireError("message: got the number of no object.")
        return self._objects[number]

    def _keep(self, number: int, value: Any) -> None:
        self._bytes += _size(value)
        if len(self._objects) >= MOST_KNOWN or self._bytes > MOST_KEPT:
            raise WireError(f"session: got more than {MOST_KNOWN:,} objects or {MOST_KEPT >> 20} MB.")
        self._objects[number] = value
        self._numbers[id(value)] = number

    def _drop(self, number: int) -> None:
        value = self._objects.pop(number)
        self._bytes -= _size(value)
        self._states.pop(number, None)
        self._passing.discard(number)
        self._staying.discard(number)
        if self._numbers.get(id(value)) == number:
            del self._numbers[id(value)]

    # Messages.

    def pack(self, *message: Any, passing: bool = False) -> bytes:
        """Write a message of some values, with what has changed since the last one.

        What is new in a `passing` message is looked at by the other side now or never: arguments of a function there.

        Raises
        ------
        WireError
            If it is too large; the other side then knows nothing new.
        """
        before, first = list(self._objects), self._next
        body, changes = Writer(self), Writer(self)
        states = {}
        try:
            for value in message:
                body.put(value)
            for number in before:
                state = self._states.get(number)
                if state is not None and (now := _state(self._objects[number], state)) is not state:
                    states[number] = now
                    self._put_change(changes, number)
        except BaseException:
            for number in range(first, self._next, 2):
                if number in self._objects:
                    self._drop(number)
            self._next = first
            raise
        self._states.update(states)
        new = range(first, self._next, 2)
        for number in new:
            self._settle(number)
        changes.put(None)
        if self._forgets:
            self._passing.update(new if passing else ())
            for number in self._unshared(before):
                changes.put(number)
                self._drop(number)
        text = body.written()
        return b"".join((len(text).to_bytes(4, "little"), text, changes.written()))

    def unpack(self, data: bytes | bytearray) -> list[Any]:
        """Read the values of a message, and take the changes over.

        Raises
        ------
        WireError
            If it is none.
        """
        if len(data) < 4:
            raise WireError("message: got fewer bytes than it says.")
        end = 4 + int.from_bytes(data[:4], "little")
        body, others = Reader(memoryview(data)[4:end], self), Reader(memoryview(data)[end:], self)
        message = []
        while not body.done:
            message.append(body.get())
        changes: list[tuple[int, Any]] = []
        self._changing = True
        while (number := others.get()) is not None:
            changes.append((self._changeable(number), others.get()))
        self._changing = False
        forgotten = []
        while not others.done:
            forgotten.append(others.get())
        for number, content in changes:
            try:
                _change(self._objects[number], content, others)
            except WireError:
                raise
            except Exception as error:  # a key that is a list, say
                raise WireError(f"message: got {type(error).__name__} from a change.") from error
            self._settle(number)
        for number in forgotten:
            if type(number) is int and isinstance(self._objects.get(number), np.ndarray | list | dict | tuple):
                self._drop(number)
        for number in self._arrived:
            if number in self._objects:
                self._settle(number)
        self._arrived.clear()
        return message

    def _changeable(self, number: Any) -> int:
        if type(number) is not int or not isinstance(self._objects.get(number), list | dict | np.ndarray):
            raise WireError("message: got a change of what does not change.")
        return number

    def _put_change(self, writer: Writer, number: int) -> None:
        value = self._objects[number]
        writer.put(number)
        if isinstance(value, np.ndarray):
            array = value.view(np.ndarray)
            writer.put([array.dtype.str, list(array.shape), bits(array)])
        else:
            writer.put(list(_parts(value)))

    def _settle(self, number: int) -> None:
        state = _state(self._objects[number], self._states.get(number))
        if state is not None and number not in self._staying:
            self._states[number] = state

    def _unshared(self, those: list[int]) -> list[int]:
        """Return which of these objects nobody holds but this mirror, in its table and in containers that it knows."""
        held: Counter[int] = Counter()
        for number, value in self._objects.items():
            if isinstance(value, tuple | list | dict):
                held.update(map(id, _parts(value)))
                state = self._states.get(number)
                held.update(map(id, state or ()))
        found = []
        for number in those:
            value = self._objects[number]
            if number in self._staying or not _sent_whole(value):
                continue
            # Held by the table, by `value` and by the call of getrefcount; a view's memory by the view alone.
            if sys.getrefcount(value) > 3 + held[id(value)]:
                continue
            base = value.base if isinstance(value, np.ndarray) else None
            alone = base is None or (isinstance(base, np.ndarray) and sys.getrefcount(base) <= 3)
            if alone or number in self._passing:
                found.append(number)
        return found


def _size(value: Any) -> int:
    return value.nbytes if type(value) is np.ndarray and value.size <= MOST_CELLS else 0


def _sent_whole(value: Any) -> bool:
    """Whether the other side has all that there is to know of an object, its class too."""
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufc" and value.size <= MOST_CELLS
    return type(value) in (list, dict, tuple)


def _parts(value: Any) -> Iterator[Any]:
    """Go through the parts of a container, whatever its class says."""
    if isinstance(value, tuple):
        yield from tuple.__iter__(value)
    elif isinstance(value, list):
        yield from list.__iter__(value)
    else:
        for pair in dict.items(value):
            yield from pair


def _state(value: Any, before: State) -> State:
    """Return what an object is like now: `before` itself if nothing has changed."""
    if isinstance(value, np.ndarray):
        array: NDArray[Any] = value.view(np.ndarray)
        if array.size > MOST_CELLS or array.dtype.kind not in "biufc":
            return None
        now: State = (array.dtype, array.shape, array.tobytes())
        return before if now == before or (before and array.dtype != before[0]) else now
    if not isinstance(value, list | dict):
        return None
    now = tuple(_parts(value))
    same = (
        isinstance(before, tuple) and len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))
    )
    return before if same else now


def _change(value: Any, content: Any, reader: Reader) -> None:
    """Write what came into this side's copy."""
    if type(content) is not list:
        raise WireError("message: got a change without contents.")
    if isinstance(value, list):
        value[:] = content
    elif isinstance(value, dict):
        value.clear()
        reader.fill(value, zip(content[::2], content[1::2], strict=True))
    else:
        _write(value, *content)


def _write(array: NDArray[Any], code: Any, shape: Any, data: Any) -> None:
    if code != array.dtype.str or type(data) is not bytes or type(shape) is not list:
        raise WireError("message: got another type for an array.")
    new = numbers(memoryview(data), array.dtype, tuple(shape))
    if new.size != array.size:
        raise WireError("message: got another size for an array.")
    with contextlib.suppress(ValueError):  # closed for good: then it was opened by force over there
        writeable = array.flags.writeable
        array.flags.writeable = True
        if array.shape != new.shape:
            with warnings.catch_warnings():  # in place, as over there: NumPy 2.5 would rather have a new array
                warnings.simplefilter("ignore", DeprecationWarning)
                array.shape = new.shape
        array[...] = new
        array.flags.writeable = writeable
