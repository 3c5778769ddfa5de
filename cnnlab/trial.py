"""Call a learner's function so that nothing it does can hurt the notebook.

An exception, an endless loop, a flood of prints and a warning all come back as data. Both the checks and the widgets
call learners' functions through :func:`attempt`. It protects from accidents, not from malice.
"""

from __future__ import annotations

import contextlib
import io
import os
import sysconfig
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.clock import Clock, TimeUp, Watcher, this_ear, unheard

__all__ = ["Attempt", "Elsewhere", "LearnerError", "attempt"]

PRINT_LIMIT = 2_000  # characters kept of what a function prints
MESSAGE_LIMIT = 600  # characters kept of an exception's message: some print whole arrays
FRAME_LIMIT = 8  # of the learner's own frames shown, the innermost ones


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
    watch = (clock or Watcher)(seconds)
    start = time.perf_counter()
    ear = this_ear()
    # Only the learner's function is disturbed: an exception in our own setting up and putting away would leave things
    # half done. Python looks for signals after calls, and no call stands between these assignments and what they guard.
    before, ear.covered = ear.covered, True
    try:
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), unheard, watch.running():
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
    if len(message) > MESSAGE_LIMIT:
        message = f"{message[:MESSAGE_LIMIT]} …"
    stack = "".join(map(_frame, frames[-FRAME_LIMIT:]))
    return LearnerError(
        kind=kind,
        message=message,
        line_number=last.lineno if last else None,
        line=(last.line or "") if last else "",
        trace=f"{stack}{kind}: {message}" if message else f"{stack}{kind}",
        exception=exception,
    )
