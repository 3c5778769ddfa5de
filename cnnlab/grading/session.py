"""The grader's end of the socket to a learner's process: requests, answers, and what happens when none come.

Nothing that comes is run, and nothing is written but copies that were made for the call. When the process over there
dies, hangs or talks nonsense, the session is given up: that call and all after it end with words for the learner.
"""

from __future__ import annotations

import builtins
import inspect
import socket
import struct
import time
import weakref
from typing import Any, Protocol

import numpy as np

from cnnlab.clock import TimeUp
from cnnlab.grading.reply import NONSENSE, SLOW, ended, understood, warned_and_printed
from cnnlab.grading.wire.channel import Channel, Closed, Late
from cnnlab.grading.wire.form import About, WireError, unnamed
from cnnlab.grading.wire.mirror import Mirror
from cnnlab.trial import Attempt, Elsewhere, LearnerError

__all__ = ["Nursery", "Object", "Session"]

CALL = 4.9  # seconds that a learner's code has: a little less than a check waits, so that its own clock is first
GRACE = 1.0  # seconds that one long call into compiled code may take beyond that
BUILD = 10.0  # seconds for the learner's cells
END = 2.0  # seconds in which a child has to end when its socket is closed


class Nursery(Protocol):
    """A sandbox: its socket takes a line of JSON with a child's socket, and tells the wait status of each child."""

    socket: socket.socket


class Object:
    """Stands for an object of the learner's process: only the name of its type is told."""

    def close(self) -> None:
        """Do nothing: a coroutine was closed over there."""


class Session:
    """One learner's process.

    Parameters
    ----------
    end
        The socket to it.
    seconds
        Time for all that is asked of it.
    memory
        Megabytes that it may use; for the words when it ends.
    nursery
        Tells how it ended.
    """

    def __init__(self, end: socket.socket, seconds: float, memory: int, nursery: Nursery | None) -> None:
        self.broken = False  # the process may still run: its sandbox must be killed
        self.words = ""  # why it was given up
        self.late = False  # a call took longer than it may
        self.deadline = time.monotonic() + seconds
        self.call_deadline: float | None = None  # by when several requests together must be done
        self._failure: Attempt | None = None  # what every call comes to, once the session was given up
        self._channel = Channel(end)
        self._mirror = Mirror(0, self._stand_in)
        self._kinds: dict[About, type[Object]] = {}
        self._copies: dict[int, tuple[weakref.ref[Any], np.ndarray[Any, Any]]] = {}
        self._memory = memory
        self._nursery = nursery
        self._waited = False  # for the child's end

    def tried(self, request: str, target: Any, *parts: Any) -> Any:
        """Have something done that runs the learner's code; return its value.

        Raises
        ------
        Elsewhere
            If it did not return.
        """
        now = time.monotonic()
        until = min(self.call_deadline or now + CALL, self.deadline)
        told = self.answer(request, max(0.01, until - now), target, *parts, until=until + GRACE)
        done = self._failure or understood(told)
        if done is None:
            done = self.fail(NONSENSE, broken=True)
        warned_and_printed(done)
        self.late |= done.timed_out
        if not done.ok:
            raise Elsewhere(done)
        return done.value

    def signature(self, target: Any) -> inspect.Signature:
        """Return the parameters of a function over there.

        Raises
        ------
        ValueError
            If it tells none.
        """
        kinds = list(inspect._ParameterKind)
        try:
            rows = [(name, kinds[kind], bool(default)) for name, kind, default in self.answer("signature", target)]
            return inspect.Signature(
                [inspect.Parameter(n, k, default=None if d else inspect.Parameter.empty) for n, k, d in rows]
            )
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError("the function tells no parameters") from error

    def answer(self, request: str, *parts: Any, until: float | None = None) -> Any:
        """Send a request and return its answer, None if there comes none; the session is given up then."""
        if self._failure is not None:
            return None
        until = until or min(time.monotonic() + BUILD, self.deadline) + GRACE
        try:
            return self._exchange([request, *parts], until)
        except Late:
            self.fail(SLOW, late=True, broken=True)
        except Closed:
            self._ended()
        except WireError:
            self.fail(NONSENSE, broken=True)
        except BaseException:  # the check's own clock, or the stop button, in the middle of a message
            self.fail(SLOW, late=True, broken=True)
            raise
        return None

    def fail(self, words: str, kind: str = "ConnectionError", *, late: bool = False, broken: bool = False) -> Attempt:
        """Give the session up; return what every call comes to from now on."""
        self.broken |= broken
        if self._failure is None:
            error = None if late else LearnerError(kind, words, None, "", f"{kind}: {words}")
            self._failure, self.words = Attempt(error=error, timed_out=late), words
        return self._failure

    def close(self) -> None:
        """End the process; `broken` says afterwards whether it may still run."""
        self._channel.close()
        if not self.broken and not self._waited:
            self.broken = self._status() is None

    def _exchange(self, message: list[Any], until: float) -> Any:
        self._channel.send(self._mirror.pack(*message), until)
        while True:
            match self._mirror.unpack(self._receive(until)):
                case ["told", value]:
                    return value
                case ["ask", function, str(names), *values]:
                    self._channel.send(self._mirror.pack(*self._worked(function, names, values)), until)
                case _:
                    raise WireError("message: got neither an answer nor a question.")

    def _receive(self, until: float) -> bytearray:
        while True:
            try:
                self._channel.wait(until)
                break
            except TimeUp:  # the check's clock; the learner's own is about to say more
                continue
        return self._channel.receive(until)

    def _worked(self, function: Any, names: str, values: list[Any]) -> tuple[Any, ...]:
        """Run a function of ours that the learner's code calls."""
        if not callable(self._mirror.own(self._mirror.number(function))):
            raise WireError("message: got a call of what cannot be called.")
        arguments, settings = unnamed(names, values)
        try:
            return "answer", self._copied(function(*arguments, **settings))
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            base = next(kind for kind in kinds if hasattr(builtins, kind))
            plain = kinds[0] == base and all(isinstance(part, str | int | float) for part in error.args)
            return "raise", kinds[0], base, list(error.args) if plain else [str(error)]

    def _copied(self, value: Any) -> Any:
        """Return what a function of ours gave as the learner's code may have it: they may write into that."""
        if self._mirror.number(value) is not None:
            return value
        if isinstance(value, np.ndarray):
            original, copy = self._copies.get(id(value)) or (None, value)
            if original is None or original() is not value:
                copy = np.array(value, order="K")
                self._copies[id(value)] = (weakref.ref(value), copy)
            copy[...] = value
            return copy
        if isinstance(value, tuple):
            parts = [self._copied(part) for part in value]
            return tuple.__new__(type(value), parts)  # named, say, for our own functions read it again
        if isinstance(value, list):
            return [self._copied(part) for part in value]
        return {key: self._copied(part) for key, part in value.items()} if isinstance(value, dict) else value

    def _stand_in(self, number: int, what: About) -> Object:
        """Make what stands for an object over there: a class of its own name, so that a report can say it."""
        if what not in self._kinds:
            names: dict[str, Any] = {}
            if what.calls:
                names["__call__"] = _not_here
            if what.reads:
                names["__array__"] = lambda this, dtype=None, copy=None: self._numbers(this)
            self._kinds[what] = type(what.kind, (Object,), names)
        value = self._kinds[what]()
        if what.calls:
            vars(value)["__name__"] = what.name or what.kind
        return value

    def _numbers(self, value: Object) -> Any:
        """Ask an object once for its numbers; a check reads a result under a clock first, and later without one."""
        if "numbers" not in vars(value):
            vars(value)["numbers"] = self.tried("read", value)
        return vars(value)["numbers"]

    def _ended(self) -> None:
        """Learn from the nursery how the child ended."""
        status = self._status()
        if status is None:
            self.fail(SLOW, late=True, broken=True)
            return
        kind, words = ended(status, self._memory)
        self.fail(words, kind, late=kind == "TimeoutError")

    def _status(self) -> int | None:
        """Return the wait status of the child, None if it does not end."""
        self._waited = True
        if self._nursery is None:
            return 0
        try:
            word = Channel(self._nursery.socket).take(4, time.monotonic() + END)
        except WireError:
            return None
        return int(struct.unpack("<i", word)[0])


def _not_here(this: Object, *arguments: Any, **settings: Any) -> Any:
    raise TypeError(f"{type(this).__name__}: it is in another process")
