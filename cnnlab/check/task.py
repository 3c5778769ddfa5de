"""What a check needs to know of one exercise: how to call it, what is right, and what usually goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.probe import Probe

__all__ = ["Mistake", "Property", "Task"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Mistake:
    """A mistake that is recognised by imitating it: a right function with something done before, instead or after.

    Kept apart like this, two mistakes compose: both change the arguments, at most one replaces the core, both change
    the result. Several mistakes may share a name: codings of one misunderstanding.
    """

    name: str
    says: str  # what a teacher would say
    look: str  # the one thing to look at
    before: Callable[..., tuple[Any, ...]] | None = None  # arguments → arguments
    instead: Callable[..., Any] | None = None  # prepared arguments → result
    after: Callable[..., Any] | None = None  # (result, *arguments) → result
    shows: Callable[..., bool] | None = None  # (result, right result, *arguments): recognised on sight, not imitated

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Property:
    """Something the result must have, for exercises with many right answers; the name is that of the mistake."""

    name: str
    says: str
    look: str
    holds: Callable[[Array], bool]


def _nothing(*arguments: Any) -> tuple[Any, ...]:
    return arguments


@dataclass(frozen=True)
class Task:
    """One exercise as its check sees it.

    The right result is ``core(*prepare(*arguments))``. An exercise with many right answers has properties and no
    reference values; its ``core`` is an example, of which only the shape is compared.
    """

    parameters: tuple[str, ...]  # names of the arguments, as the course writes them
    core: Callable[..., Any]
    probes: tuple[Probe, ...]
    prepare: Callable[..., tuple[Any, ...]] = _nothing
    mistakes: tuple[Mistake, ...] = ()
    properties: tuple[Property, ...] = ()
    helpers: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # other exercises it may call, done right
    # Words for a call, "an image that is not square": when just those calls go wrong, the check says so.
    facts: Callable[..., frozenset[str]] = lambda *arguments: frozenset()

    def right(self, *arguments: Any) -> Array:
        """Return the right result."""
        return np.asarray(self.core(*self.prepare(*arguments)))

    def scale(self, *arguments: Any) -> float:
        """Return the size of the numbers that were added up: rounding errors are in proportion to it."""
        sizes = [np.abs(np.asarray(a, np.float64)) for a in arguments]
        return float(np.max(np.abs(self.right(*sizes)), initial=0.0)) if sizes else 1.0

    def imitate(
        self, mistakes: tuple[Mistake, ...], arguments: tuple[Any, ...], memo: dict[Any, Array] | None = None
    ) -> Array:
        """Return what a learner who makes these mistakes would return, or raise what they would raise.

        A memo, one for each call that is imitated, keeps what comes before the changes to the result.
        """
        memo = {} if memo is None else memo
        befores = tuple(mistake.before for mistake in mistakes if mistake.before)
        core = next((mistake.instead for mistake in mistakes if mistake.instead), self.core)
        if (befores, core) not in memo:
            changed = arguments
            for before in befores:
                changed = before(*changed)
            memo[befores, core] = np.asarray(core(*self.prepare(*changed)))
        result = memo[befores, core]
        for mistake in mistakes:
            if mistake.after:
                result = np.asarray(mistake.after(result, *arguments))
        return result
