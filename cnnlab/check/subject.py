"""What is judged: a learner's function or class, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from cnnlab.check.function import is_empty, is_lambda, lent, missing_call, raised_by, written_as
from cnnlab.check.task import Task
from cnnlab.trial import Attempt

__all__ = ["Local", "Subject"]


class Subject(Protocol):
    """A learner's function or class as a check sees it.

    Beside :class:`Local` there is one in the grader, whose code runs in another process. What these methods return to
    be called is called through :func:`cnnlab.trial.attempt`.
    """

    def problem(self, exercise: str, kind: str) -> str | None:
        """Say what is wrong with something that is no function (or class); None if it is one."""

    def empty(self) -> bool:
        """Whether it is a function whose body does nothing."""

    def is_lambda(self) -> bool:
        """Whether it has no line of its own to point at."""

    def unwritten(self, first: Attempt) -> bool:
        """Whether a call ended in a NotImplementedError of its own, not in one of a helper."""

    def adapted(self, task: Task) -> Callable[..., Any]:
        """Return what is called with a probe's arguments."""

    def lent(self, helpers: Mapping[str, Callable[..., Any]]) -> AbstractContextManager[bool]:
        """Put right helpers in the place of the learner's own for a while; yields whether there were any."""

    def partner(self, name: str) -> Callable[..., Any] | None:
        """Return another function of the learner's by its name, if it is there and written."""


class Local:
    """A function or class of this process.

    Examples
    --------
    >>> Local(print).problem("conv_size", "function") is None
    True
    """

    def __init__(self, fn: Any) -> None:
        self._fn = fn

    def problem(self, exercise: str, kind: str) -> str | None:
        """Say what is wrong with something that is no function (or class); None if it is one."""
        return missing_call(self._fn, exercise, kind)

    def empty(self) -> bool:
        """Whether it is a function whose body does nothing."""
        return is_empty(self._fn)

    def is_lambda(self) -> bool:
        """Whether it has no line of its own to point at."""
        return is_lambda(self._fn)

    def unwritten(self, first: Attempt) -> bool:
        """Whether a call ended in a NotImplementedError of its own, not in one of a helper."""
        return first.error is not None and raised_by(self._fn, first.error.exception)

    def adapted(self, task: Task) -> Callable[..., Any]:
        """Return what is called with a probe's arguments."""
        adapted: Callable[..., Any] = self._fn if task.adapt is None else task.adapt(self._fn)
        return adapted

    def lent(self, helpers: Mapping[str, Callable[..., Any]]) -> AbstractContextManager[bool]:
        """Put right helpers in the place of the learner's own for a while; yields whether there were any."""
        return lent(self._fn, helpers)

    def partner(self, name: str) -> Callable[..., Any] | None:
        """Return another function of the learner's by its name, if it is there and written."""
        return written_as(self._fn, name)
