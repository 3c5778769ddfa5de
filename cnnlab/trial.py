"""Call a learner's function so that nothing it does can hurt the notebook.

An exception, an endless loop, a flood of prints and a warning all come back as data. Both the checks and the widgets
call learners' functions through :func:`attempt`. It protects from accidents, not from malice.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import io
import math
import os
import signal
import sys
import sysconfig
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

__all__ = ["Attempt", "Clock", "Elsewhere", "LearnerError", "TimeUp", "attempt", "this_ear", "undisturbed"]

PRINT_LIMIT = 2_000  # characters kept of what a function prints, and of an exception's message
AGAIN = 0.2  # seconds until a clock rings once more: a bare `except:` in a learner's loop may swallow the first
FRAME_LIMIT = 8  # of the learner's own frames shown, the innermost ones


class TimeUp(BaseException):
    """Raised inside a learner's function when its time is over; a BaseException so `except Exception` lets it pass."""


class _Bounded(io.TextIOBase):
    """A stream that keeps its first characters and counts the lines of all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = ""
        self.lines = 0
        self.last = "\n"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self.lines += text.count("\n")
            self.last = text[-1]
            self.kept += text[: max(0, PRINT_LIMIT - len(self.kept))]
        return len(text)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stay open: a learner who closes sys.stdout loses nothing."""


@dataclass(frozen=True)
class LearnerError:
    """A learner's exception, told with the learner's own line and none of ours."""

    kind: str  # "ValueError"
    message: str
    line_number: int | None  # in the learner's cell; None when no line of theirs was running
    line: str  # its text, stripped
    trace: str  # the learner's own frames only
    exception: BaseException | None = field(default=None, repr=False, compare=False)  # None if raised elsewhere

    def __str__(self) -> str:
        where = f" in line {self.line_number}: {self.line}" if self.line else ""
        return f"{self.kind}: {self.message}{where}" if self.message else f"{self.kind}{where}"


@dataclass(frozen=True)
class Attempt:
    """What came of one call: a value or an error, and what was printed, warned and used on the way."""

    value: Any = None
    error: LearnerError | None = None
    timed_out: bool = False
    printed: str = ""
    printed_lines: int = 0
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    stopped_at: str = ""  # the learner's line that was running when the time was over

    @property
    def ok(self) -> bool:
        """Whether the call returned."""
        return self.error is None and not self.timed_out


class Elsewhere(Exception):
    """Raised by a function whose work was done in another process, when it did not return there."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__("the call did not return")
        self.attempt = attempt


class Clock(Protocol):
    """Raises an exception of a class of its own in the running function when its time is over."""

    time_up: type[TimeUp]
    interrupted: bool  # somebody pressed stop

    def running(self) -> contextlib.AbstractContextManager[None]:
        """Let the time run while the body does."""


def attempt(
    fn: Callable[..., Any],
    *args: Any,
    seconds: float = 5.0,
    clock: Callable[[float], Clock] | None = None,
    **kwargs: Any,
) -> Attempt:
    """Call ``fn(*args, **kwargs)`` and tell what came of it; nothing but a learner's keyboard interrupt escapes.

    Parameters
    ----------
    fn
        The learner's function.
    seconds
        Time after which a pure Python loop is stopped. One long call into compiled code ends first; so does a sleep
        outside the main thread.
    clock
        Makes the clock from the seconds, where there may be no threads; by default a thread watches the time.

    Examples
    --------
    >>> attempt(lambda x: x + 1, 2).value
    3
    >>> attempt(lambda: 1 / 0).error.kind
    'ZeroDivisionError'
    """
    out = _Bounded()
    value: Any = None
    error: LearnerError | None = None
    timed_out, stopped_at = False, ""
    ended: BaseException | None = None
    watch = (clock or _Watcher)(seconds)
    start = time.perf_counter()
    ear = this_ear()
    # Only the learner's function is disturbed: an exception in our own setting up and putting away would leave things
    # half done. Python looks for signals after calls, and no call stands between these assignments and what they guard.
    before, ear.covered = ear.covered, True
    try:
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), _unheard, watch.running():
                    ear.covered = False
                    try:
                        value = fn(*args, **kwargs)
                    finally:
                        ear.covered = True
            except watch.time_up as exception:
                timed_out, ended = True, exception
            except Elsewhere as exception:
                told = exception.attempt
                error, timed_out, stopped_at = told.error, told.timed_out, told.stopped_at
            except BaseException as exception:
                if isinstance(exception, TimeUp) or (isinstance(exception, KeyboardInterrupt) and watch.interrupted):
                    raise  # the learner pressed stop, or the time of an attempt around this one is over
                ended = exception
    finally:
        ear.covered = before
    ear.uncovered()
    elapsed = time.perf_counter() - start
    # Only now, for the text of a learner's exception is code of theirs.
    if timed_out and ended is not None:
        stopped_at = _describe(ended).line
    elif ended is not None:
        error = _describe(ended)
    del ended  # it holds this frame, and so all that the function was given
    warned = tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
    lines = out.lines + (out.last != "\n")
    return Attempt(value, error, timed_out, out.kept, lines, warned, elapsed, stopped_at)


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


class _Watcher:
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
        self._running: list[_Watcher] = []
        self._looks_at = math.inf  # when the thread next looks at them
        self._thread: threading.Thread | None = None

    def watch(self, watcher: _Watcher) -> None:
        """Let a watcher ring when it is due, and again and again from then on."""
        with self._changed:
            self._running.append(watcher)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="cnnlab clock", daemon=True)
                self._thread.start()
            elif watcher.due < self._looks_at:
                self._changed.notify()

    def leave(self, watcher: _Watcher) -> None:
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


_unheard = _Unheard()


def _interrupt_main() -> None:
    """Send the main thread an interrupt; a real signal where there are any, for only that ends a sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _folder(path: str) -> str:
    return os.path.normcase(os.path.abspath(path)) + os.sep


_LIBRARIES = tuple(
    _folder(path)
    for path in (
        os.path.dirname(__file__),
        os.path.dirname(np.__path__[0]),
        *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


def _is_learners(filename: str) -> bool:
    """Whether a frame's file holds the learner's code: a notebook cell, a script, a string; not a library's or ours."""
    if filename.startswith("<"):
        return not filename.startswith(("<frozen", "<__array_function__"))
    return not os.path.normcase(os.path.abspath(filename)).startswith(_LIBRARIES)


def _frame(frame: traceback.FrameSummary) -> str:
    """Write one frame; a notebook cell has no file to speak of, only a name made up for the session."""
    cell = "ipykernel_" in frame.filename or frame.filename.startswith("<ipython")
    place = "your cell" if cell else os.path.basename(frame.filename)
    return f"{place}, line {frame.lineno}, in {frame.name}\n    {frame.line}\n"


def _describe(exception: BaseException) -> LearnerError:
    # Cells have their source in linecache; frames inside NumPy and the like say nothing to a learner.
    frames = [frame for frame in traceback.extract_tb(exception.__traceback__) if _is_learners(frame.filename)]
    last = frames[-1] if frames else None
    kind = next(c.__name__ for c in type(exception).__mro__ if not c.__name__.startswith("_"))
    try:
        message = str(exception)
    except BaseException:  # a learner's own class, whose text may raise whatever it likes
        message = ""
    if len(message) > PRINT_LIMIT:
        message = f"{message[:PRINT_LIMIT]} …"
    stack = "".join(map(_frame, frames[-FRAME_LIMIT:]))
    return LearnerError(
        kind=kind,
        message=message,
        line_number=last.lineno if last else None,
        line=(last.line or "") if last else "",
        trace=f"{stack}{kind}: {message}" if message else f"{stack}{kind}",
        exception=exception,
    )
