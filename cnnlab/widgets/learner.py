"""Let a learner's own function drive a picture: called safely, refused with a sentence that says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.trial import attempt
from cnnlab.words import counted

__all__ = ["Endless", "Function", "FunctionError", "as_response", "called", "respond"]

Floats = NDArray[np.float64]
Function = Callable[..., Any]


class FunctionError(ValueError):
    """A learner's function gave no response that can be drawn; the message says why and what to do."""


class Endless(FunctionError):
    """It was stopped, for its time was over."""


def respond(
    fn: Function, arguments: Sequence[Any], shape: tuple[int, ...], seconds: float, widget: str, *, cached: bool = False
) -> tuple[Floats, str]:
    """Call a learner's function on copies of arrays; return its response and what is to be said about the call.

    Parameters
    ----------
    fn, arguments
        The function, and what it is called with.
    shape
        What the response must have.
    seconds
        Time after which it is stopped.
    widget
        Name of the widget, for the remedy.
    cached
        Whether it may return a tuple, of which the first is the response: ``return out, cache``.

    Raises
    ------
    FunctionError
        If it gives nothing that can be drawn.
    """
    value, said = called(fn, arguments, seconds, widget)
    if cached and isinstance(value, tuple) and value:
        value = value[0]
    return as_response(value, shape), " ".join(["The response is what your function returned.", *said])


def called(fn: Function, arguments: Sequence[Any], seconds: float, widget: str) -> tuple[Any, list[str]]:
    """Call a learner's function on copies; return whatever it returned, and what is to be said about the call.

    Raises
    ------
    FunctionError
        If it raises or does not end.
    """
    outcome = attempt(fn, *deepcopy(list(arguments)), seconds=seconds)
    if outcome.timed_out:
        raise Endless(
            f"Your function was stopped after {counted(seconds, 'second')}. Look for a loop that never "
            f"ends; if it is only slow, allow more time: {widget}(fn=..., seconds={2 * seconds:g})."
        )
    if outcome.error:
        if outcome.error.kind == "NotImplementedError":
            raise FunctionError("Your function is not written yet. Write it, run its cell and then this one again.")
        raise FunctionError(
            f"Your function raised {outcome.error}. Mend that line, run its cell and then this one again."
        )
    said = [f"It printed {outcome.printed_lines:,} lines."] if outcome.printed_lines > 5 else []
    return outcome.value, said


def as_response(value: Any, shape: tuple[int, ...], what: str = "") -> Floats:
    """Accept an array that can be drawn; `what` names it when the function returns several.

    Raises
    ------
    FunctionError
        If it is none.
    """
    named = f" for {what}" if what else ""
    if value is None and not what:
        raise FunctionError("Your function returned None. End it with a return statement, for example: return out.")
    if isinstance(value, np.ndarray):
        value = np.asarray(value)  # of subclasses the plain numbers
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        got = f"an array of dtype {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        raise FunctionError(
            f"Your function returned {got}{named}, wanted an array of numbers. Return np.array(out, float)."
        )
    if value.shape != shape:
        raise FunctionError(
            f"Your function returned shape {value.shape}{named}, wanted {shape}. "
            f"Make the result with np.zeros({shape})."
        )
    if not np.all(np.isfinite(value)):
        raise FunctionError(
            f"Your function returned NaN or infinite cells{named}. Fill every cell: start from np.zeros."
        )
    if np.abs(value.astype(np.float64)).max() > 1e12:
        raise FunctionError(
            f"Your function returned numbers beyond 10¹²{named}. Check that sums start at 0 for every cell."
        )
    return value.astype(np.float64)
