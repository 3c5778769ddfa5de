"""Clocks that raise an exception in a running call when its time is over, and the ear that they ring at.

The exception goes off between two steps of Python, wherever the thread is just then. So an ear is covered while an
attempt is set up or put away: a clock that rings meanwhile is heard when the ear is uncovered.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import math
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Protocol

__all__ = ["AGAIN", "Clock", "TimeUp", "Watcher", "this_ear", "undisturbed", "unheard"]

AGAIN = 0.2  # seconds until a clock rings once more: a bare `except:` in a learner's loop may swallow the first


class TimeUp(BaseException):
    """Raised inside a learner's function when its time is over; a BaseException so `except Exception` lets it pass."""


class Clock(Protocol):
    """Raises an exception of a class of its own in the running function when its time is over."""

    time_up: type[TimeUp]
    interrupted: bool  # somebody pressed stop

    def running(self) -> contextlib.AbstractContextManager[None]:
        """Let the time run while the body does."""


class _Ear:
    """A thread's ear: while it is covered, the thread's clocks raise nothing, and are heard when it is uncovered."""

    def __init__(self) -> None:
        self.covered = False
        self._missed: type[TimeUp] | None = None

    def hears(self, time_up: type[TimeUp]) -> bool:
        """Tell whether a clock may raise its exception now; else it is kept until the ear is uncovered."""
        if self.covered:
            self._missed = time_up
        return not self.covered

    def forget(self, time_up: type[TimeUp]) -> None:
        """Miss a clock no more: its call is over."""
        if self._missed is time_up:
            self._missed = None

    def uncovered(self) -> None:
        """Raise what was missed, unless the ear is still covered."""
        missed = self._missed
        if missed is not None and not self.covered:
            self._missed = None
            raise missed


class _Here(threading.local):
    def __init__(self) -> None:
        self.ear = _Ear()


_here = _Here()


def this_ear() -> _Ear:
    """Return the ear of the running thread."""
    return _here.ear


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no clock raise anything in this thread while the body runs, in the middle of a message, say."""
    ear = this_ear()
    before, ear.covered = ear.covered, True
    try:
        yield
    finally:
        ear.covered = before
    ear.uncovered()


class Watcher:
    """Raise an exception of its own class in the calling thread when the time is over, until the call ends."""

    def __init__(self, seconds: float) -> None:
        self.time_up: type[TimeUp] = type("TimeUp", (TimeUp,), {})  # of its own, for attempts can be nested
        self.interrupted = False  # somebody pressed stop
        self.due = time.monotonic() + seconds
        self._thread = threading.get_ident()
        self._main = threading.current_thread() is threading.main_thread()
        self._ear = this_ear()
        self._late = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let the time run while the body does."""
        before = signal.getsignal(signal.SIGINT)

        def on_interrupt(number: int, frame: types.FrameType | None) -> None:
            if self._late:
                if self._ear.hears(self.time_up):
                    raise self.time_up
                return
            # Not ours: the stop button, or the clock of an attempt around this one, which then raises its own class.
            self.interrupted = True
            if callable(before):
                before(number, frame)
            else:
                raise KeyboardInterrupt

        if self._main:
            signal.signal(signal.SIGINT, on_interrupt)
        try:
            _bell.watch(self)
            yield
        finally:
            self._stop()
            if self._main:
                signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)

    def ring(self) -> None:
        """Interrupt the call; done by the bell's thread."""
        self._late = True
        if self._main:
            _interrupt_main()
        elif self._ear.hears(self.time_up):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(self.time_up))

    def _stop(self) -> None:
        while True:
            try:
                _bell.leave(self)
                # What was sent and has not arrived yet: a signal arrives now, an exception is taken back.
                if self._main and self._late:
                    time.sleep(0)
                elif self._late:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), None)
                self._ear.forget(self.time_up)
                return
            except self.time_up:
                continue


class _Bell:
    """One thread that watches the time of all attempts: to start one for each took longer than most of the calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._running: list[Watcher] = []
        self._looks_at = math.inf  # when the thread next looks at them
        self._thread: threading.Thread | None = None

    def watch(self, watcher: Watcher) -> None:
        """Let a watcher ring when it is due, and again and again from then on."""
        with self._changed:
            self._running.append(watcher)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="cnnlab clock", daemon=True)
                self._thread.start()
            elif watcher.due < self._looks_at:
                self._changed.notify()

    def leave(self, watcher: Watcher) -> None:
        """Let it ring no more."""
        with self._changed:
            if watcher in self._running:
                self._running.remove(watcher)

    def _serve(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for watcher in self._running:
                    if watcher.due <= now:
                        watcher.ring()
                        watcher.due = now + AGAIN
                self._looks_at = min((watcher.due for watcher in self._running), default=math.inf)
                self._changed.wait(None if self._looks_at == math.inf else self._looks_at - now)


_bell = _Bell()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_bell.__init__)  # type: ignore[misc]  # a forked child inherits no thread


class _Unheard:
    """While entered, Python says nothing of a clock that rang where nothing can be raised; it rings again anyway.

    Such places are destructors, callbacks of weak references and of the garbage collector. The hook is the process's,
    so attempts in several threads share one.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._inside = 0
        self._before: Callable[[sys.UnraisableHookArgs], object] = sys.__unraisablehook__

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before, sys.unraisablehook = sys.unraisablehook, self._hear
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and sys.unraisablehook == self._hear:  # else somebody has put another one there
                sys.unraisablehook = self._before

    def _hear(self, unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, TimeUp):
            self._before(unraisable)


unheard = _Unheard()


def _interrupt_main() -> None:
    """Send the main thread an interrupt; a real signal where there are any, for only that ends a sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
