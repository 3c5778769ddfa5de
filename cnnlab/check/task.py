"""What a check needs to know of one exercise: how to call it, what is right, and what usually goes wrong.

A result may be a tree: a tuple or a dict of arrays, numbers, words, in any depth. Where the learner may keep what they
like, as in a cache of their own, the right result holds ``ANY``, or ``FREE`` where even None will do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.check.axis import letters
from cnnlab.check.compare import leaves
from cnnlab.check.probe import Probe
from cnnlab.check.tree import ANY, FREE, detached

__all__ = ["ANY", "FREE", "Mistake", "Property", "Task"]


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
    example: Callable[..., Any] | None = None  # prepared arguments → a result that shows it, to try the check on

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Property:
    """Something the result must have, for exercises with many right answers; the name is that of the mistake."""

    name: str
    says: str | Callable[[Any], str]  # of the result, where the words depend on it
    look: str
    holds: Callable[[Any], bool]
    example: Callable[[], Any] | None = None  # returns a result that lacks it, to try the check on


def _nothing(*arguments: Any) -> tuple[Any, ...]:
    return arguments


@dataclass(frozen=True)
class Task:
    """One exercise as its check sees it.

    The right result is ``core(*prepare(*arguments))``. An exercise with many right answers has properties and no
    reference values; its ``core`` is an example, of which only the shape is compared (and nothing if it is raw).
    """

    parameters: tuple[str, ...]  # names of the probes' arguments, as the course writes them
    core: Callable[..., Any]
    probes: tuple[Probe, ...]
    prepare: Callable[..., tuple[Any, ...]] = _nothing
    mistakes: tuple[Mistake, ...] = ()
    properties: tuple[Property, ...] = ()
    helpers: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # other exercises it may call, done right
    # Words for a call, "an image that is not square": when just those calls go wrong, the check says so.
    facts: Callable[..., frozenset[str]] = lambda *arguments: frozenset()
    results: tuple[str, ...] = ()  # names of the values that the `return` line hands back: ("dx", "dw", "db")
    # Letters for the axes of arrays whose names say nothing: {"dW": "RSCF"}; see cnnlab.check.axis. A lone result
    # is ""; without letters its axes are called as those of the first argument whose name says something.
    axes: Mapping[str, str] = field(default_factory=dict)
    # What the parts of a tuple among the arguments are called: {"cache": ("A_prev", "W", "b", "hparameters")}.
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Keys that the function must write into a dict it is given. They count as results: a dict of them, one for each
    # argument named here, stands behind the other values in the tree that `after` and `shows` see.
    writes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    may_change: tuple[str, ...] = ()  # arguments that it may change as it likes
    # (*arguments) → size of the numbers that were added up: one number, or a tree like the result.
    scale: Callable[..., Any] | None = None
    # A backward pass whose cache is the learner's own: the name of the forward pass that makes it, and one of the
    # course's. The probe's arguments are (dout, *arguments of the forward pass); the function is called with
    # (dout, cache). Both return (out, cache).
    partner: str = ""
    reference_forward: Callable[..., Any] | None = None
    kind: str = "function"  # or "class": `adapt` makes a function of the probe's arguments from it
    adapt: Callable[[Any], Callable[..., Any]] | None = None
    raw: bool = False  # the properties look at the result as it came, be it what it may
    # Result → (share of the points, what it says): an open exercise, judged after its properties hold.
    score: Callable[[Any], tuple[float, str]] | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of what the learner's function is called with."""
        return (self.parameters[0], "cache") if self.partner else self.parameters

    @property
    def values(self) -> tuple[str, ...]:
        """The names of the result's parts, with those that are written into arguments."""
        return (*(self.results or (("result",) if self.writes else ())), *self.writes)

    def letters(self, name: str, rank: int) -> str:
        """Return a letter for each axis of an array among the arguments or results; "" is a lone result."""
        return letters([name] if name else ["", *self.results[:1], *self.parameters], rank, self.axes)

    def right(self, *arguments: Any) -> Any:
        """Return the right result."""
        return self._worked(self.core, arguments)

    def scales(self, right: Any, *arguments: Any) -> list[float]:
        """Return for each leaf of the right result the size of the numbers that were added up.

        Rounding errors are in proportion to it.
        """
        rights = [leaf for _, _, leaf in leaves(right)]
        sizes = [_size(leaf) for leaf in rights]
        if self.scale is not None:
            given = self.scale(*arguments)
            given_leaves = [leaf for _, _, leaf in leaves(given)]
            if len(given_leaves) != len(rights):  # one number for all
                given_leaves *= len(rights)
            return [_size(leaf) for leaf in given_leaves]
        if not arguments:
            return [1.0] * len(sizes)
        if all(isinstance(a, np.ndarray) for a in arguments):
            with contextlib.suppress(Exception):  # labels, say, which are no sizes
                worked = self.right(*(np.abs(a.astype(np.float64)) for a in arguments))
                return [max(pair) for pair in zip(sizes, (_size(w) for _, _, w in leaves(worked)), strict=True)]
        arrays = [leaf for _, _, leaf in leaves(arguments)]
        largest = max(map(_size, arrays), default=0.0)
        # One step in single precision leaves its rounding error in a result of double precision, too.
        coarse = 1e4 if any(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in arrays) else 1.0
        floor = 1e-4 * largest  # a sum that cancels to 0 leaves some error
        return [  # a result in single precision is compared coarsely anyway
            max(size, floor) * (1.0 if getattr(leaf, "dtype", None) == np.float32 else coarse)
            for leaf, size in zip(rights, sizes, strict=True)
        ]

    def imitate(
        self, mistakes: tuple[Mistake, ...], arguments: tuple[Any, ...], memo: dict[Any, Any] | None = None
    ) -> Any:
        """Return what a learner who makes these mistakes would return, or raise what they would raise.

        A memo, one for each call that is imitated, keeps what comes before the changes to the result.
        """
        memo = {} if memo is None else memo
        befores = tuple(mistake.before for mistake in mistakes if mistake.before)
        core = next((mistake.instead for mistake in mistakes if mistake.instead), self.core)
        if (befores, core) not in memo:
            changed = detached(arguments)
            for before in befores:
                changed = before(*changed)
            memo[befores, core] = self._worked(core, changed)
        result = memo[befores, core]
        for mistake in mistakes:
            if mistake.after:
                result = plain(mistake.after(result, *detached(arguments)))
        return result

    def with_written(self, result: Any, arguments: tuple[Any, ...]) -> Any:
        """Put what was written into the arguments behind the values that came back."""
        if not self.writes:
            return result
        written = []
        for name, keys in self.writes.items():
            argument = arguments[self.parameters.index(name)]
            written.append({key: argument[key] for key in keys if key in argument})
        several = isinstance(result, tuple) or (isinstance(result, list) and len(self.results) > 1)
        return (*(result if several else (result,)), *written)

    def _worked(self, core: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        prepared = detached(self.prepare(*arguments))
        return plain(self.with_written(core(*prepared), prepared))


def plain(tree: Any) -> Any:
    """Make arrays of the numbers and lists in a tree.

    Examples
    --------
    >>> plain((1.5, {"stride": 2}, "max"))
    (array(1.5), {'stride': array(2)}, 'max')
    """
    if isinstance(tree, tuple):
        return tuple(map(plain, tree))
    if isinstance(tree, dict):
        return {key: plain(part) for key, part in tree.items()}
    if isinstance(tree, np.ndarray | np.generic | int | float | list) and not isinstance(tree, bool | np.bool_):
        return np.asarray(tree)
    return tree


def _size(leaf: Any) -> float:
    array = np.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic | int | float) else np.zeros(0)
    if array.dtype.kind not in "iufb":
        return 0.0
    sizes = np.abs(array[np.isfinite(array)].astype(np.float64))
    return float(sizes.max(initial=0.0))
