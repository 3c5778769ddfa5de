"""What can be told of a learner's function or class without calling it, and lending it right helpers."""

from __future__ import annotations

import contextlib
import dis
import functools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["functions", "is_empty", "is_lambda", "known_as", "lent", "missing_call", "raised_by", "written_as"]

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
    function = None if isinstance(fn, type) else inner(fn)
    if function is None:
        return False
    return all(
        i.opname in _NOTHING or (i.opname in _CONSTANT and i.argval is None) for i in dis.get_instructions(function)
    )


def is_lambda(fn: Any) -> bool:
    """Whether a function has no line of its own to point at."""
    function = inner(fn)
    return function is not None and function.__name__ == "<lambda>"


def functions(fn: Any) -> list[types.FunctionType]:
    """Return the learner's Python functions: the one, or all methods of a class."""
    if not isinstance(fn, type):
        function = inner(fn)
        return [] if function is None else [function]
    methods = (getattr(method, "__func__", method) for method in vars(fn).values())
    return [method for method in methods if isinstance(method, types.FunctionType)]


def known_as(fn: Any, name: str) -> Any:
    """Return what a name means where a function was written, None where it means nothing.

    Examples
    --------
    >>> known_as(known_as, "inner") is inner
    True
    """
    for scope in _scopes(fn):
        if name in scope:
            return scope[name]
    return None


def written_as(fn: Any, name: str) -> Callable[..., Any] | None:
    """Return the function of a name where another one was written, None where there is none or only a stub."""
    own = known_as(fn, name)
    return own if callable(own) and not is_empty(own) else None


def raised_by(fn: Any, exception: BaseException | None) -> bool:
    """Whether an exception came out of a learner's function or class itself, not of something that it calls."""
    trace = exception.__traceback__ if exception is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and any(trace.tb_frame.f_code is function.__code__ for function in functions(fn))


def missing_call(fn: Any, exercise: str, kind: str = "function") -> str | None:
    """Say what is wrong with something that is no function (or class); None if it is one."""
    call = f"`check.{exercise}({exercise})`"
    if kind == "class":
        if isinstance(fn, type):
            return None
        name = type(fn).__name__
        came = f"a function, `{getattr(fn, '__name__', name)}`" if inner(fn) else f"an object of type `{name}`"
        return f"This exercise asks for a class, and the check got {came}. Hand it the class itself: {call}."
    if isinstance(fn, type):
        return f"`{fn.__name__}` is a class; this exercise asks for a function: {call}."
    if callable(fn):
        return None
    came = "nothing (`None`)" if fn is None else f"an object of type `{type(fn).__name__}`"
    return f"The check got {came}, not a function. Hand it your function's name without brackets behind it: {call}."


class _Cells:
    """The variables of an enclosing function, as a dict."""

    def __init__(self, function: types.FunctionType) -> None:
        names = function.__code__.co_freevars
        cells = zip(names, function.__closure__ or (), strict=True)
        self._cells = {name: cell for name, cell in cells if _filled(cell)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __getitem__(self, name: str) -> Any:
        return self._cells[name].cell_contents

    def __setitem__(self, name: str, value: Any) -> None:
        self._cells[name].cell_contents = value


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # not assigned yet
        return False


def _scopes(fn: Any) -> Iterator[dict[str, Any] | _Cells]:
    """Yield where the names in a learner's code live: closed-over variables first, then globals."""
    seen: set[int] = set()
    for function in functions(fn):
        yield _Cells(function)
    for function in functions(fn):
        if id(function.__globals__) not in seen:
            seen.add(id(function.__globals__))
            yield function.__globals__


@contextlib.contextmanager
def lent(fn: Any, helpers: Mapping[str, Callable[..., Any]]) -> Iterator[bool]:
    """Put right helpers in the place of the learner's own while the body runs; yields whether there were any.

    The learner's names are swapped where they live, so that a helper called by another helper is found too.
    """
    swapped = []
    for scope in _scopes(fn):
        for name, helper in helpers.items():
            if name not in scope or scope[name] is fn:
                continue
            own = scope[name]
            others = (other for other in scope if other not in helpers and callable(own) and scope[other] is own)
            for known in [name, *others]:  # `size = output_size` is that helper too
                swapped.append((scope, known, own))
                scope[known] = helper
    try:
        yield bool(swapped)
    finally:
        for scope, name, before in reversed(swapped):
            scope[name] = before
