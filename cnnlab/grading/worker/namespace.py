"""Where a learner's function comes to be: the statements it needs are run, one by one."""

from __future__ import annotations

import builtins
import linecache
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from cnnlab.grading.worker.alarm import Alarm
from cnnlab.grading.worker.cells import Cell, needed
from cnnlab.grading.worker.course import Absent, importer
from cnnlab.trial import Attempt, attempt

__all__ = ["Built", "build"]

EACH = 5.0  # seconds for one statement
RENAME = "Give the function that name again."


@dataclass
class Built:
    """What came of a learner's cells."""

    value: Any = None  # what the exercise's name means
    problem: str = ""  # why it means nothing
    cell: str = ""  # the id of the cell that counts
    notes: list[str] = field(default_factory=list)  # what went wrong on the way


def build(
    names: Sequence[str], cells: Sequence[Cell], given: Mapping[str, Callable[..., Any]], seconds: float
) -> Built:
    r"""Run what an exercise needs of a notebook.

    Parameters
    ----------
    names
        The exercise's name, then others that are wanted if they are there.
    given
        Functions of the course that may be imported.

    Examples
    --------
    >>> build(["double"], [Cell(0, "a", "def double(x):\n    return 2 * x", True)], {}, 5.0).value(4)
    8
    """
    exercise, built = names[0], Built()
    try:
        found = needed(cells, names)
    except RecursionError:
        return Built(problem=f"The cell of `{exercise}` is nested too deeply to be read.")
    if found.cell is None:
        return Built(problem=_no_cell(exercise, found.problem))
    built.cell = found.cell.id
    space = _space(given)
    used = {name for piece in found.pieces for name in piece.uses}
    # If the exercise of that name is gone, it is lent like a wrong one.
    space |= {name: partial(_gone, name) for name in used.intersection(given)}
    deadline = time.monotonic() + seconds
    broken = ""
    for piece in found.pieces:
        cell = piece.cell
        lines = cell.text.splitlines(keepends=True)
        linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)
        left = min(EACH, deadline - time.monotonic())
        done = attempt(exec, piece.code, space, seconds=left, clock=Alarm)
        if not done.ok:
            stopped = f"stopped in line {_line(done, piece.node.lineno)}: {_why(done)}"
            built.notes.append(f"{cell.id} {stopped}")
            if piece.imports and done.error:
                space |= dict.fromkeys(piece.binds - {exercise, *space}, Absent(done.error.message))
            if cell is found.cell and exercise in piece.binds:
                broken = f"The cell of `{exercise}` {stopped}"
    if exercise in space:
        built.value = space[exercise]
    else:
        gone = f"The cell of `{exercise}` was run, and there is no `{exercise}` after it. {RENAME}"
        built.problem = broken or gone
    return built


def _space(given: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Return the names that are there in a notebook before anything is run."""
    own = {**vars(builtins), "__import__": importer(given), "input": _nobody_types, "exit": _leave, "quit": _leave}
    return {"__name__": "__main__", "__builtins__": own, "np": np, "display": _show_nothing}


def _nobody_types(prompt: object = "") -> str:
    raise EOFError("EOF when reading a line")


def _leave(code: object = None) -> None:
    raise SystemExit(code)


def _gone(name: str, *arguments: object, **settings: object) -> None:
    raise NameError(f"name {name!r} is not defined")


def _show_nothing(*objects: object, **settings: object) -> None:
    """Stand for IPython's display."""


def _no_cell(exercise: str, problem: SyntaxError | None) -> str:
    if problem is None:
        return f"There is no `{exercise}` in its cell any more. {RENAME}"
    line = f" in line {problem.lineno}: `{(problem.text or '').strip()}`" if problem.lineno and problem.text else ""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return f"{python} cannot read the cell of `{exercise}`. {type(problem).__name__}: {problem.msg}{line}"


def _line(done: Attempt, first: int) -> int:
    return done.error.line_number or first if done.error else first


def _why(done: Attempt) -> str:
    if done.error is None:
        return "it did not end."
    return f"{done.error.kind}: {done.error.message}"
