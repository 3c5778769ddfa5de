"""What can be told of a learner's function without calling it, and lending it right helpers."""

from __future__ import annotations

import contextlib
import dis
import functools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["inner", "is_empty", "lent", "missing_call"]

# What the compiler leaves of a body that is only a docstring, `pass`, `...` or `return None`.
_NOTHING = {"RESUME", "NOP", "CACHE", "RETURN_VALUE", "COPY_FREE_VARS", "MAKE_CELL"}
_CONSTANT = {"LOAD_CONST", "RETURN_CONST"}


def inner(fn: Any) -> types.FunctionType | None:
    """Return the Python function inside a method, a partial, a wrapper or an object that can be called."""
    for _ in range(8):
        if isinstance(fn, types.FunctionType):
            wrapped = getattr(fn, "__wrapped__", None)
            if not isinstance(wrapped, types.FunctionType):
                return fn
            fn = wrapped
        elif isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(fn, types.MethodType):
            fn = fn.__func__
        else:
            fn = vars(type(fn)).get("__call__")
    return None


def is_empty(fn: Any) -> bool:
    """Whether a function's body does nothing.

    Examples
    --------
    >>> def stub(image, kernel):
    ...     '''Only a docstring.'''
    >>> is_empty(stub), is_empty(lambda: 0)
    (True, False)
    """
    function = inner(fn)
    if function is None:
        return False
    return all(
        i.opname in _NOTHING or (i.opname in _CONSTANT and i.argval is None) for i in dis.get_instructions(function)
    )


def missing_call(fn: Any, exercise: str) -> str | None:
    """Say what is wrong with something that is no function; None if it can be called."""
    if isinstance(fn, type):
        return f"`{fn.__name__}` is a class; this exercise asks for a function: `check.{exercise}({exercise})`."
    if callable(fn):
        return None
    kind = "nothing (`None`)" if fn is None else f"an object of type `{type(fn).__name__}`"
    return (
        f"The check got {kind}, not a function. Hand it your function's name without brackets behind it: "
        f"`check.{exercise}({exercise})`."
    )


@contextlib.contextmanager
def lent(fn: Any, helpers: Mapping[str, Callable[..., Any]]) -> Iterator[bool]:
    """Put right helpers in the place of the learner's own while the body runs; yields whether there were any.

    The learner's names are swapped where they live, so that a helper called by another helper is found too.
    """
    function = inner(fn)
    names = function.__globals__ if function is not None else {}
    before = {name: names[name] for name in helpers if name in names and names[name] is not fn}
    names.update({name: helpers[name] for name in before})
    try:
        yield bool(before)
    finally:
        names.update(before)
