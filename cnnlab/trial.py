"""Call a learner's function so that nothing it does can hurt the notebook.

An exception, an endless loop, a flood of prints and a warning all come back as data. Both the checks and the widgets
call learners' functions through :func:`attempt`. It protects from accidents, not from malice.
"""

from __future__ import annotations

import _thread
import contextlib
import io
import linecache
import signal
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Attempt", "LearnerError", "attempt"]

PRINT_LIMIT = 2_000  # characters kept of what a function prints


class TimeUp(BaseException):
    """Raised inside a learner's function when its time is over; a BaseException so `except Exception` lets it pass."""


class _Bounded(io.StringIO):
    """Keep the first characters of a stream and count the lines of all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        room = PRINT_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@dataclass(frozen=True)
class LearnerError:
    """A learner's exception, told with the learner's own line and none of ours."""

    kind: str  # "ValueError"
    message: str
    line_number: int | None  # in the learner's cell
    line: str  # its text, stripped
    trace: str  # the learner's own frames only
    exception: BaseException = field(repr=False, compare=False)

    def __str__(self) -> str:
        where = f" in line {self.line_number}: {self.line}" if self.line else ""
        return f"{self.kind}: {self.message}{where}"


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

    @property
    def ok(self) -> bool:
        """Whether the call returned."""
        return self.error is None and not self.timed_out


def attempt(fn: Callable[..., Any], *args: Any, seconds: float = 5.0, **kwargs: Any) -> Attempt:
    """Call ``fn(*args, **kwargs)`` and tell what came of it; nothing but a keyboard interrupt escapes.

    The time limit is enforced in the main thread, where notebooks run their cells; elsewhere the call is not limited.

    Parameters
    ----------
    fn
        The learner's function.
    seconds
        Time after which a pure Python loop is stopped. One long call into compiled code ends first.

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
    timed_out = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), _deadline(seconds):
                value = fn(*args, **kwargs)
        except TimeUp:
            timed_out = True
        except (Exception, SystemExit, GeneratorExit) as exception:
            error = _describe(exception)
        elapsed = time.perf_counter() - start
    told = tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
    lines = out.lines + (1 if out.getvalue() and not out.getvalue().endswith("\n") else 0)
    return Attempt(value, error, timed_out, out.getvalue(), lines, told, elapsed)


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the main thread after `seconds`, by way of a simulated interrupt: works on every system."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    finished = threading.Event()
    late = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(number: int, frame: types.FrameType | None) -> None:
        if late.is_set():
            if not finished.is_set():
                raise TimeUp
        elif callable(before):
            before(number, frame)
        else:
            raise KeyboardInterrupt

    def watch() -> None:
        # Again and again, for a bare `except:` in a learner's loop may swallow the first.
        while not finished.wait(0.2 if late.is_set() else seconds):
            late.set()
            _thread.interrupt_main()

    watcher = threading.Thread(target=watch, daemon=True)
    signal.signal(signal.SIGINT, on_interrupt)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


def _describe(exception: BaseException) -> LearnerError:
    frames = [f for f in traceback.extract_tb(exception.__traceback__) if f.filename != __file__]
    # Cells have their source in linecache; frames inside NumPy and the like say nothing to a learner.
    own = [f for f in frames if _is_learners(f.filename)] or frames[:1]
    last = own[-1] if own else None
    trace = "".join(traceback.format_list(own)) + "".join(traceback.format_exception_only(exception))
    line = (linecache.getline(last.filename, last.lineno or 0).strip() or last.line or "") if last else ""
    return LearnerError(
        kind=type(exception).__name__,
        message=str(exception),
        line_number=last.lineno if last else None,
        line=line,
        trace=trace,
        exception=exception,
    )


def _is_learners(filename: str) -> bool:
    return "site-packages" not in filename and "cnnlab" not in filename.replace("\\", "/").split("/")[:-1]
