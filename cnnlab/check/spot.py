"""Spot the bug: a wrong function is given; the learner finds inputs on which it goes wrong, and then mends it.

Two exercises come of one bug. ``find_<bug>`` takes a function without arguments that returns inputs for the suspect;
``mend_<bug>`` takes the mended function and is checked like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.check.compare import Part, compare, first_difference, leaves, listed
from cnnlab.check.exhibit import in_words
from cnnlab.check.figure import written
from cnnlab.check.probe import Probe
from cnnlab.check.task import Mistake, Property, Task, plain
from cnnlab.check.tree import ANY, FREE, detached, snapshot
from cnnlab.trial import Attempt, attempt

__all__ = ["spot"]

PATIENCE = 5.0  # seconds for one call on the learner's inputs


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

    Examples
    --------
    >>> task = Task(("x",), lambda x: abs(x), (Probe(lambda: (-2.0,)),))
    >>> tasks = spot("no_abs", lambda x: x, task, hidden=lambda: (1.0,), look="Which numbers does `abs` change?")
    >>> list(tasks)
    ['find_no_abs', 'mend_no_abs']
    """
    case = _Case(suspect, task, usable)
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
                example=lambda: tuple("?" for _ in task.takes),
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
    not_mended = Mistake(
        "not_mended", "It still does what the suspect did, on every input of this check.", mend_look, instead=suspect
    )
    others = tuple(_prepared(mistake, task) for mistake in task.mistakes if mistake.name not in {bug, *same_as})
    mend = replace(task, core=task.right, prepare=lambda *arguments: arguments, mistakes=(not_mended, *others))
    return {f"find_{bug}": find, f"mend_{bug}": mend if not task.writes else replace(mend, core=task.core)}


def _prepared(mistake: Mistake, task: Task) -> Mistake:
    """Let a mistake take the arguments as they are, not as the task prepares them."""
    core = mistake.instead
    return mistake if core is None else replace(mistake, instead=lambda *a: core(*task.prepare(*a)))


@dataclass(frozen=True)
class _Case:
    """The suspect beside the right function, on inputs of a learner's."""

    suspect: Callable[..., Any]
    task: Task
    usable: Callable[..., str] | None

    def miscounted(self, value: Any) -> str:
        """Say what is wrong with the number of inputs, or nothing."""
        names, wanted = self.task.takes, len(self.task.takes)
        if value is None:
            return f"Nothing came back (`None`). Return inputs for the suspect: {listed(names)}."
        count = len(self._inputs(value))
        if count == wanted:
            return ""
        came = f"{count} value{'' if count == 1 else 's'}"
        return f"Your function returned {came}; the suspect takes {wanted}: {listed(names)}."

    def refused(self, value: Any) -> str:
        """Say why the right function cannot work with these inputs, or nothing."""
        inputs = self._inputs(value)
        reason = attempt(self.usable, *inputs).value if self.usable is not None else ""
        if reason:
            return f"These inputs are not meant for the function. {reason}"
        call = self._call(self.task.right, inputs)
        if call.timed_out:
            return "The right function takes too long on these inputs. Smaller arrays will do."
        if call.error is not None:
            return (
                "A right function cannot work with these inputs either, so they say nothing about the suspect. "
                f"It stops with {call.error.kind}: {call.error.message[:200]}"
            )
        return ""

    def wrong(self, value: Any) -> Part | Attempt | None:
        """Return where the suspect goes wrong: a part of its result, or a call that did not return."""
        inputs = self._inputs(value)
        right = self._call(self.task.right, inputs).value
        call = self._call(self.suspect, inputs)
        if not call.ok:
            return call
        written_to = plain(snapshot(call.value))
        scales = self.task.scales(right, *inputs)
        return first_difference(compare(written_to, right, scales, self.task.values))

    def told(self, value: Any) -> str:
        """Say what the suspect does on the inputs that were found."""
        found = self.wrong(value)
        called = ", ".join(
            f"{name} = {in_words(part)}" for name, part in zip(self.task.takes, self._inputs(value), strict=True)
        )
        if isinstance(found, Attempt):
            ends = "does not end" if found.timed_out or found.error is None else f"stops with {found.error.kind}"
            return f"Called with {called}, the suspect {ends}."
        assert found is not None
        assert found.difference is not None
        wrong = found.difference.wrong
        if wrong is None or not found.numbers:
            return f"Called with {called}: {found.difference.says}"
        index = next(zip(*wrong.nonzero(), strict=True)) if wrong.ndim else ()
        got, right = written(found.got[index], found.right[index])
        return f"Called with {called}, the suspect gives {got[0]} where {right[0]} is right."

    def _inputs(self, value: Any) -> tuple[Any, ...]:
        """Take the inputs as a tuple, lists of numbers as arrays; a lone argument needs no comma."""
        lone = len(self.task.takes) == 1 and not (isinstance(value, tuple) and len(value) == 1)
        inputs = plain(value if isinstance(value, tuple) and not lone else (value,))
        pairs = zip(inputs, self.task.probes[0].make(), strict=False)
        same = tuple(_like(part, example) for part, example in pairs)
        return (*same, *inputs[len(same) :])

    def _call(self, fn: Callable[..., Any], inputs: tuple[Any, ...]) -> Attempt:
        call = attempt(fn, *detached(snapshot(inputs)), seconds=PATIENCE)
        if call.ok and fn == self.task.right and any(leaf is ANY or leaf is FREE for _, _, leaf in leaves(call.value)):
            return call
        return call


def _like(value: Any, example: Any) -> Any:
    """Turn arrays without axes back into the numbers they were, where a number is asked for."""
    return value.item() if getattr(value, "shape", None) == () and isinstance(example, int | float) else value
