"""Spot the bug: a wrong function is given; the learner finds inputs on which it goes wrong, and then mends it.

Two exercises come of one bug. ``find_<bug>`` takes a function without arguments that returns inputs for the suspect;
``mend_<bug>`` takes the mended function and is checked like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnlab.check.compare import Part, compare, first_difference, leaves
from cnnlab.check.exhibit import in_words
from cnnlab.check.figure import written
from cnnlab.check.misfit import listed
from cnnlab.check.probe import Probe
from cnnlab.check.task import Mistake, Property, Task
from cnnlab.check.tree import as_array, snapshot
from cnnlab.trial import Attempt, attempt
from cnnlab.words import counted

__all__ = ["spot"]

PATIENCE = 5.0  # seconds for one call on the learner's inputs
MOST_CELLS = 100_000  # in the arrays of the learner's inputs


def spot(
    bug: str,
    suspect: Callable[..., Any],
    task: Task,
    *,
    hidden: Callable[[], tuple[Any, ...]],
    look: str,
    says: str = "",
    mend_look: str = "Call it on the inputs you found. Which line makes the difference?",
    usable: Callable[..., str] | None = None,
    same_as: Sequence[str] = (),
) -> dict[str, Task]:
    """Make the two exercises of a bug.

    Parameters
    ----------
    bug
        Its name, in snake case.
    suspect
        The wrong function, with the same code as in the notebook.
    task
        The exercise that the suspect solves wrongly.
    hidden
        Returns inputs on which the suspect is right all the same.
    look
        What to look at for one whose inputs leave the bug hidden.
    says
        One sentence on what goes wrong, told when it is found.
    mend_look
        What to look at for one who has changed nothing.
    usable
        (*inputs) → a sentence on why the function is not meant for them, or "".
    same_as
        Mistakes of the task that are this same bug.

    Raises
    ------
    ValueError
        If the task has a partner: the suspect would need a cache of its own. Choose the forward pass.

    Examples
    --------
    >>> task = Task(("x",), lambda x: abs(x), (Probe(lambda: (-2.0,)),))
    >>> tasks = spot("no_abs", lambda x: x, task, hidden=lambda: (1.0,), look="Which numbers does `abs` change?")
    >>> list(tasks)
    ['find_no_abs', 'mend_no_abs']
    """
    if task.partner:
        raise ValueError(
            f"task: got one with the partner {task.partner!r}, wanted one that is called as its probes say."
        )
    not_mended = Mistake(
        "not_mended", "It still does what the suspect did, on every input of this check.", mend_look, instead=suspect
    )
    others = (mistake for mistake in task.mistakes if mistake.name not in {bug, *same_as})
    if task.writes:  # such a core and its mistakes are called with the arguments themselves
        mend = replace(task, mistakes=(not_mended, *others))
    else:
        prepared = (_prepared(mistake, task) for mistake in others)
        mend = replace(task, core=task.right, prepare=_as_they_are, mistakes=(not_mended, *prepared))
    case = _Case(mend, not_mended, usable)
    find = Task(
        parameters=(),
        core=lambda: None,
        probes=(Probe(lambda: ()),),
        raw=True,
        score=lambda value: (1.0, f"Found. {case.told(value)} {says}".rstrip()),
        properties=(
            Property(
                "wrong_arguments",
                case.miscounted,
                "Return the inputs with commas between them, in the order of the brackets of the `def` line.",
                lambda value: not case.miscounted(value),
                example=lambda: (*hidden(), 1),
            ),
            Property(
                "unusable",
                case.refused,
                "Start from inputs that work, and change one thing at a time.",
                lambda value: not case.refused(value),
                example=lambda: tuple("?" for _ in task.parameters),
            ),
            Property(
                "still_hidden",
                "On these inputs the suspect is right: it returns what a right function returns. Its bug stays hidden.",
                look,
                lambda value: case.wrong(value) is not None,
                example=hidden,
            ),
        ),
    )
    return {f"find_{bug}": find, f"mend_{bug}": mend}


def _as_they_are(*arguments: Any) -> tuple[Any, ...]:
    return arguments


def _prepared(mistake: Mistake, task: Task) -> Mistake:
    """Let a mistake take the arguments as they are, not as the task prepares them."""
    core = mistake.instead
    return mistake if core is None else replace(mistake, instead=lambda *a: core(*task.prepare(*a)))


@dataclass(frozen=True)
class _Case:
    """The suspect beside the right function, on inputs of a learner's."""

    task: Task
    suspect: Mistake
    usable: Callable[..., str] | None

    def miscounted(self, value: Any) -> str:
        """Say what is wrong with the number of inputs, or nothing."""
        names, count = self.task.parameters, len(self._inputs(value))
        if value is None:
            return f"Nothing came back (`None`). Return inputs for the suspect: {listed(names)}."
        if count == len(names):
            return ""
        came = counted(count, "value")
        return f"Your function returned {came}; the suspect takes {len(names)}: {listed(names)}."

    def refused(self, value: Any) -> str:
        """Say why the right function cannot work with these inputs, or nothing."""
        inputs = self._inputs(value)
        cells = sum(leaf.size for _, _, leaf in leaves(inputs) if isinstance(leaf, np.ndarray))
        if cells > MOST_CELLS:
            return f"These inputs hold {cells:,} numbers. Smaller arrays will do, of {MOST_CELLS:,} at most."
        reason = attempt(self.usable, *inputs).value if self.usable is not None else ""
        if reason:
            return f"The function is not meant for these inputs. {reason}"
        call = self._right(inputs)
        # A suspect that is only slow is not wrong.
        if call.timed_out or (call.ok and self._suspected(inputs).timed_out):
            return "Working these inputs out takes too long. Smaller arrays will do."
        if call.error is not None:
            return (
                "A right function cannot work with these inputs either, so they say nothing about the suspect. "
                f"It stops with {call.error.kind}: {call.error.message[:200]}"
            )
        if not all(_finite(leaf) for _, _, leaf in leaves(call.value)):
            return "On these inputs even a right function gives numbers that are not finite."
        return ""

    def wrong(self, value: Any) -> Part | Attempt | None:
        """Return where the suspect goes wrong: a part of its result, or a call that did not return."""
        inputs = self._inputs(value)
        right = self._right(inputs).value
        call = self._suspected(inputs)
        if not call.ok:
            return call
        scales = self.task.scales(right, *inputs)
        return first_difference(compare(snapshot(call.value), right, scales, self.task.values))

    def told(self, value: Any) -> str:
        """Say what the suspect does on the inputs that were found."""
        found, inputs = self.wrong(value), self._inputs(value)
        named = zip(self.task.parameters, inputs, strict=True)
        called = ", ".join(f"{name} = {in_words(part, self.task.inside.get(name, ()))}" for name, part in named)
        if isinstance(found, Attempt):
            ends = f"stops with {found.error.kind}" if found.error else "does not end"
            return f"Called with {called}, the suspect {ends}."
        assert found is not None
        assert found.difference is not None
        wrong = found.difference.wrong
        if wrong is None or not found.numbers:
            return f"Called with {called}: {found.difference.says}"
        index = tuple(axis[0] for axis in wrong.nonzero()) if wrong.ndim else ()
        got, right = written(found.got[index], found.right[index])
        return f"Called with {called}, the suspect gives {got[0]} where {right[0]} is right."

    def _inputs(self, value: Any) -> tuple[Any, ...]:
        """Take the inputs as a tuple, lists of numbers as arrays; a lone one needs no comma."""
        lone = len(self.task.parameters) == 1
        if lone and (not isinstance(value, tuple) or isinstance(self.task.probes[0].make()[0], tuple)):
            value = (value,)
        given = tuple(value) if isinstance(value, tuple | list) else (value,)
        return tuple(map(_usual, given))

    def _suspected(self, inputs: tuple[Any, ...]) -> Attempt:
        return attempt(self.task.imitate, (self.suspect,), inputs, seconds=PATIENCE)

    def _right(self, inputs: tuple[Any, ...]) -> Attempt:
        return attempt(self.task.right, *snapshot(inputs), seconds=PATIENCE)


def _usual(value: Any) -> Any:
    """Make an array of a list of numbers, also inside tuples and dicts; other values stay themselves."""
    if isinstance(value, tuple):
        return tuple(map(_usual, value))
    if isinstance(value, dict):
        return {key: _usual(part) for key, part in value.items()}
    array = as_array(value) if isinstance(value, list) else None
    return value if array is None or array.dtype.kind not in "iufb" else array


def _finite(leaf: Any) -> bool:
    array = as_array(leaf)
    return array is None or array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
