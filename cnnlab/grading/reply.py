"""What a learner's process says of a call, and how it ended, as a check can tell it."""

from __future__ import annotations

import signal
import sys
import warnings
from typing import Any

from cnnlab.trial import Attempt, LearnerError

__all__ = ["NONSENSE", "SLOW", "Raised", "ended", "shown", "understood", "warned_and_printed"]

MOST_LINES = 1_000_000  # printed lines that are counted
LONGEST = 20_000  # characters of anything told
CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")  # all but tabs and ends of lines

NONSENSE = "What came back from your code cannot be read: it did not come by way of a `return`."
SLOW = "Your code did not answer in time, and could not be stopped."


class Raised(Exception):
    """Stands for an exception of the learner's process."""

    def __init__(self, words: str, own: bool) -> None:
        super().__init__(words)
        self.own = own  # raised by the exercise's function itself


def understood(told: Any) -> Attempt | None:
    """Return what a learner's process says of a call; None if that is no such thing.

    Examples
    --------
    >>> understood((3, None, False, "", "", 0, [])).value
    3
    >>> understood((3, "no error")) is None
    True
    """
    match told:
        case (value, None | tuple() as problem, bool(late), str(at), str(printed), int(lines), list(warned)):
            if not all(isinstance(text, str) for text in warned) or lines < 0:
                return None
            error = _error(problem) if problem is not None else None
            if error is None and problem is not None:
                return None
            texts = tuple(shown(text, LONGEST) for text in warned[:50])
            return Attempt(value, error, late, shown(printed, LONGEST), lines, texts, stopped_at=shown(at, 500))
    return None


def _error(problem: tuple[Any, ...]) -> LearnerError | None:
    match problem:
        case (str(kind), str(message), None | int() as number, str(line), str(trace), bool(own)):
            kind = kind[:100] if kind.isidentifier() else "Exception"
            message = shown(message, LONGEST)
            raised = Raised(f"{kind}: {message}", own)
            return LearnerError(kind, message, number, shown(line, 500), shown(trace, LONGEST), raised)
    return None


def shown(text: str, longest: int) -> str:
    r"""Make a text fit for a page or a terminal, which signs that control it are not.

    Examples
    --------
    >>> shown("red: \x1b[31m", 6)
    'red: �'
    """
    return text[:longest].translate(CONTROLS)


def warned_and_printed(told: Attempt) -> None:
    """Warn and print once more what was warned and printed over there."""
    if told.printed:
        sys.stdout.write(told.printed)
        whole = told.printed.endswith("\n")
        missing = min(told.printed_lines, MOST_LINES) - told.printed.count("\n") - (not whole)
        sys.stdout.write("\n" * missing + ("" if whole or missing <= 0 else "…"))
    for text in told.warnings:
        kind, _, message = text[:LONGEST].partition(": ")
        category = type(kind if kind.isidentifier() else "Warning", (UserWarning,), {})
        warnings.warn_explicit(message, category, "<cell>", 1)


def ended(status: int, memory: int) -> tuple[str, str]:
    """Return the kind of error, and its words, for the wait status of a process that ended by itself.

    Examples
    --------
    >>> ended(0, 1024)
    ('SystemExit', 'Your code ended Python itself, by `os._exit` or the like.')
    >>> ended(9, 1024)
    ('MemoryError', 'Your code was ended. It may use 1024 MB of memory.')
    """
    number = status & 0x7F
    if number == 0:
        return "SystemExit", "Your code ended Python itself, by `os._exit` or the like."
    if number == signal.SIGKILL:
        return "MemoryError", f"Your code was ended. It may use {memory} MB of memory."
    if number == getattr(signal, "SIGXCPU", -1):
        return "TimeoutError", SLOW
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return "SystemError", f"Python itself broke down in your code ({name})."
