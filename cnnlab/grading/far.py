"""A learner's function that lives in a sandbox, as a check sees it."""

from __future__ import annotations

import contextlib
import inspect
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cnnlab.check import exercises
from cnnlab.check.task import Task
from cnnlab.grading.model import Limits
from cnnlab.grading.reading import Page
from cnnlab.grading.reply import NONSENSE, Raised, shown
from cnnlab.grading.session import BUILD, CALL, GRACE, Nursery, Object, Session
from cnnlab.grading.wire.form import named
from cnnlab.trial import Attempt, attempt

__all__ = ["Far", "given", "open_exercise"]

GONE = "The sandbox is gone."


def given(exercise: str, task: Task) -> dict[str, Callable[..., Any]]:
    """Return the course's functions that an exercise may use: helpers, also of its forward pass, and their backward.

    Examples
    --------
    >>> sorted(given("pool_backward", exercises.find("pool_backward")))
    ['create_mask_from_window', 'distribute_value']
    """
    found = dict(task.helpers)
    if task.partner:
        found |= exercises.find(task.partner).helpers
    for name, function in list(found.items()):
        twin = name.replace("forward", "backward")
        found.setdefault(twin, getattr(sys.modules[function.__module__], twin, function))
    found.pop(exercise, None)
    return found


def open_exercise(sandbox: Nursery, exercise: str, page: Page, task: Task, limits: Limits) -> Far:
    """Have the sandbox make a child that runs an exercise's cells, and return what speaks for it.

    Whatever the cells hold is no error here: the subject says what is wrong with it.
    """
    here, there = socket.socketpair()
    session = Session(here, limits.seconds, limits.memory, sandbox)
    # The clock on the wall, here, comes before the limit of processor time in there, and knows what it was.
    order = json.dumps({"seconds": limits.seconds + 2 * GRACE, "memory": limits.memory}).encode()
    try:
        socket.send_fds(sandbox.socket, [order], [there.fileno()])
    except OSError:
        session.fail(GONE, broken=True)
    finally:
        there.close()
    own = set(page.exercise_cells(exercise))
    cells = [[cell.id, cell.text, False] for cell in page.gone]  # first, so that what a learner wrote counts
    cells += [[cell.id, cell.text, i in own] for i, cell in enumerate(page.cells)]
    far = Far(session)
    names = [exercise, *filter(None, [task.partner])]
    # The cells may call the course's functions, which are here, with anything.
    attempt(far.start, names, cells, given(exercise, task), seconds=BUILD + 2 * GRACE)
    return far


class Far:
    """A learner's function or class in another process; a :class:`cnnlab.check.subject.Subject`."""

    def __init__(self, session: Session) -> None:
        self.notes: tuple[str, ...] = ()  # what went wrong in other cells
        self.cell = ""  # the id of the cell that counts
        self._session = session
        self._problem = ""
        self._facts: tuple[str | None, bool, bool] | None = None

    @property
    def broken(self) -> bool:
        """Whether the process may still run: its sandbox must be killed."""
        return self._session.broken

    @property
    def cut_short(self) -> bool:
        """Whether a call, or all, ended too late or not at all: the code's doing, or that of a busy machine."""
        return self._session.late or bool(self._session.words)

    @property
    def lost(self) -> bool:
        """Whether the learner's code never ran, since there was no sandbox to run it in."""
        return self._session.words == GONE

    def start(self, names: Sequence[str], cells: list[Any], lends: Mapping[str, Callable[..., Any]]) -> None:
        """Have the learner's cells run; the first of the names is the exercise's."""
        seconds = min(BUILD, self._session.deadline - time.monotonic())
        match self._session.answer("start", list(names), cells, _pairs(lends), seconds):
            case (str(problem), str(cell), list(notes)) if all(isinstance(note, str) for note in notes):
                self._problem, self.cell = shown(problem, 2_000), shown(cell, 100)
                self.notes = tuple(shown(note, 500) for note in notes[:20])
            case _:
                self._session.fail(NONSENSE, broken=True)

    def close(self) -> None:
        """End the process; `broken` says afterwards whether it may still run."""
        self._session.close()

    def problem(self, exercise: str, kind: str) -> str | None:
        """Say what is wrong with something that is no function (or class); None if it is one."""
        found = self._problem or self._told(exercise, kind)[0]
        return f"The cell of `{exercise}` could not be run. {self._session.words}" if self._session.words else found

    def empty(self) -> bool:
        """Whether it is a function whose body does nothing."""
        return self._told()[1]

    def is_lambda(self) -> bool:
        """Whether it has no line of its own to point at."""
        return self._told()[2]

    def unwritten(self, first: Attempt) -> bool:
        """Whether a call ended in a NotImplementedError of its own, not in one of a helper."""
        exception = first.error.exception if first.error else None
        return isinstance(exception, Raised) and exception.own

    def adapted(self, task: Task) -> Callable[..., Any]:
        """Return what is called with a probe's arguments."""
        proxy = Remote(self._session, None, objects=task.kind == "class")
        call: Callable[..., Any] = proxy if task.adapt is None else task.adapt(proxy)

        def within_time(*arguments: Any) -> Any:
            self._session.call_deadline = time.monotonic() + CALL
            try:
                return call(*arguments)
            finally:
                self._session.call_deadline = None

        return within_time

    @contextlib.contextmanager
    def lent(self, helpers: Mapping[str, Callable[..., Any]]) -> Iterator[bool]:
        """Put right helpers in the place of the learner's own for a while; yields whether there were any."""
        swapped = bool(helpers) and self._session.answer("lend", _pairs(helpers)) is True
        try:
            yield swapped
        finally:
            if swapped:
                self._session.answer("take_back")

    def partner(self, name: str) -> Callable[..., Any] | None:
        """Return another function of the learner's by its name, if it is there and written."""
        return Remote(self._session, name) if self._session.answer("partner", name) is True else None

    def _told(self, exercise: str = "", kind: str = "function") -> tuple[str | None, bool, bool]:
        if self._facts is None:
            match self._session.answer("facts", exercise, kind):
                case (str() | None as problem, bool(empty), bool(is_lambda)):
                    self._facts = (problem and problem[:2_000], empty, is_lambda)
                case _:
                    self._session.fail(NONSENSE, broken=True)
                    return None, False, False
        return self._facts


class Remote:
    """A function, class or object of the learner's process that is used as one of this process.

    Parameters
    ----------
    target
        None for the exercise's function, a name for another one of the learner's, or what stands for an object.
    objects
        Whether calls make objects to be used further.
    """

    def __init__(self, session: Session, target: Any, objects: bool = False) -> None:
        vars(self).update(_session=session, _target=target, _objects=objects)

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        value = self._session.tried("call", self._target, *named(arguments, settings))
        return Remote(self._session, value) if self._objects and isinstance(value, Object) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._session.tried("get", self._target, name)
        return Remote(self._session, value) if isinstance(value, Object) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._session.tried("set", self._target, name, value)

    @property
    def __signature__(self) -> inspect.Signature:
        session: Session = self._session
        return session.signature(self._target)


def _pairs(functions: Mapping[str, Callable[..., Any]]) -> list[list[Any]]:
    """Return functions as a list of our own: the other side may change what it is sent."""
    return [[name, function] for name, function in functions.items()]
