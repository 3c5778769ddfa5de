"""The child's side: run one exercise's cells, then answer what the grader asks."""

from __future__ import annotations

import builtins
import contextlib
import inspect
import socket
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from cnnlab.check.function import is_empty, is_lambda, known_as, lent, missing_call, raised_by, written_as
from cnnlab.clock import undisturbed
from cnnlab.grading.wire.channel import Channel, Closed
from cnnlab.grading.wire.form import About, WireError, named, unnamed
from cnnlab.grading.wire.mirror import Mirror
from cnnlab.grading.worker.alarm import Alarm
from cnnlab.grading.worker.cells import Cell
from cnnlab.grading.worker.namespace import Built, build
from cnnlab.trial import Attempt, LearnerError, attempt

__all__ = ["Server", "serve"]


def serve(end: socket.socket, server: Server | None = None) -> None:
    """Answer until the other side hangs up."""
    server = server or Server(end)
    with contextlib.suppress(Closed):
        while True:
            server.answer()


class Server:
    """A learner's function, and what can be asked about it.

    Each request is a tuple: its name, then what it is about. A call is answered by what came of it, in the order of
    `_told`; all others by one value.
    """

    def __init__(self, end: socket.socket) -> None:
        self._channel = Channel(end)
        self._mirror = Mirror(1, self._stand_in)
        self._built = Built()
        self._loans = contextlib.ExitStack()

    def answer(self) -> None:
        """Answer one request."""
        request, *parts = self._mirror.unpack(self._channel.receive())
        reply = getattr(self, f"_{request}")(*parts)
        del parts
        try:
            data = self._mirror.pack("told", reply)
        except WireError:
            words = "The result is too large to be handed over: more than 64 MB, or than a million values."
            data = self._mirror.pack("told", _told(_failed("MemoryError", words), False))
        except Exception as error:  # of an object of the learner's that does not even tell its class
            words = f"The result cannot be read: {type(error).__name__}."
            data = self._mirror.pack("told", _told(_failed("TypeError", words), False))
        self._channel.send(data)

    # What is asked.

    def _start(self, names: list[str], cells: list[Any], given: list[Any], seconds: float) -> tuple[Any, ...]:
        pages = [Cell(i, id, text, own) for i, (id, text, own) in enumerate(cells)]
        self._built = build(names, pages, dict(given), seconds)
        built = self._built
        return (built.problem, built.cell, built.notes)

    def holding(self, value: Any) -> Server:
        """Serve something that is there already."""
        self._built = Built(value)
        return self

    def _facts(self, exercise: str, kind: str) -> tuple[Any, ...]:
        fn = self._built.value
        problem = self._built.problem or missing_call(fn, exercise, kind)
        return problem, is_empty(fn), is_lambda(fn)

    def _signature(self, target: Any) -> list[Any] | None:
        try:
            parameters = inspect.signature(self._target(target)).parameters.values()
        except Exception:  # of the learner's own, or none to be had
            return None
        return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]

    def _call(self, seconds: float, target: Any, names: str, *values: Any) -> tuple[Any, ...]:
        return self._tried(seconds, self._target(target), *unnamed(names, values))

    def _get(self, seconds: float, target: Any, name: str) -> tuple[Any, ...]:
        return self._tried(seconds, getattr, [self._target(target), name])

    def _set(self, seconds: float, target: Any, name: str, value: Any) -> tuple[Any, ...]:
        return self._tried(seconds, setattr, [self._target(target), name, value])

    def _read(self, seconds: float, target: Any) -> tuple[Any, ...]:
        return self._tried(seconds, np.array, [target])

    def _lend(self, helpers: list[Any]) -> bool:
        return self._loans.enter_context(lent(self._built.value, dict(helpers)))

    def _take_back(self) -> None:
        self._loans.close()

    def _partner(self, name: str) -> bool:
        return written_as(self._built.value, name) is not None

    # How it is answered.

    def _target(self, target: Any) -> Any:
        """Return the exercise's function, another of the learner's by its name, or an object that went out before."""
        if target is None:
            return self._built.value
        return known_as(self._built.value, target) if isinstance(target, str) else target

    def _tried(
        self,
        seconds: float,
        fn: Callable[..., Any],
        arguments: Iterable[Any],
        settings: Mapping[str, Any] | None = None,
    ) -> tuple[Any, ...]:
        result = attempt(fn, *arguments, seconds=seconds, clock=Alarm, **(settings or {}))
        if isinstance(result.value, types.CoroutineType):
            result.value.close()  # one that is never awaited would warn later
        return _told(result, result.error is not None and raised_by(self._built.value, result.error.exception))

    # The grader's functions, as they look in here.

    def _stand_in(self, number: int, what: About) -> Any:
        if not what.calls:
            return type(what.kind, (), {})()

        def callback(*arguments: Any, **settings: Any) -> Any:
            return self._ask(callback, arguments, settings)

        callback.__name__ = callback.__qualname__ = what.name or "<lambda>"
        return callback

    def _ask(self, callback: Callable[..., Any], arguments: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        with undisturbed():
            try:
                data = self._mirror.pack("ask", callback, *named(arguments, settings), passing=True)
            except WireError:
                raise MemoryError("the arguments are too large to be handed over") from None
            self._channel.send(data)
            kind, *parts = self._mirror.unpack(self._channel.receive())
        if kind == "answer":
            return parts[0]
        raise _exception(*parts)


def _failed(kind: str, words: str) -> Attempt:
    return Attempt(error=LearnerError(kind, words, None, "", words))


def _told(result: Attempt, own: bool) -> tuple[Any, ...]:
    """Return what came of a call, plainly; `own` if it ended in the exercise's function itself."""
    error = result.error
    told = None
    if error is not None:
        told = (error.kind, error.message, error.line_number, error.line[:500], error.trace[-20_000:], own)
    warned = [text[:2_000] for text in result.warnings[:50]]
    return (result.value, told, result.timed_out, result.stopped_at[:500], result.printed, result.printed_lines, warned)


def _exception(kind: str, base: str, arguments: list[Any]) -> BaseException:
    """Make an exception like one of the grader's side."""
    parent: Any = getattr(builtins, base)
    made = parent if kind == base else type(kind, (parent,), {})
    exception: BaseException = made(*arguments)
    return exception
