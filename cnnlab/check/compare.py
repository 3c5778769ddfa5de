"""Compare what came back with what is right, part by part in a fixed order.

First the containers: was anything returned, how many values, which keys. Then each array by itself: shape, kind of
number, finite, values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check import misfit
from cnnlab.check.misfit import Difference
from cnnlab.check.tree import ANY, FREE, as_array, is_setting, items, named

__all__ = [
    "Difference",
    "Part",
    "close",
    "compare",
    "equal",
    "first_difference",
    "leaves",
    "read",
    "tolerance",
]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Part:
    """One array or setting of a result, beside the right one."""

    name: str  # "dW", "cache[0]"; "" where it is the whole result
    group: str  # the value of the `return` line that it is in: "cache"
    right: Any  # an array, a setting, ANY; a tuple or dict where something else came in its place
    got: Any  # an array, None where it is none; a setting as it came
    scale: float = 0.0
    difference: Difference | None = None

    @property
    def numbers(self) -> bool:
        """Whether there are numbers in the right shape, to be looked at one by one."""
        return (
            isinstance(self.got, np.ndarray)
            and isinstance(self.right, np.ndarray)
            and self.got.dtype.kind in "iufb"
            and self.got.shape == self.right.shape
        )


Leaf = tuple[str, str, Any]  # name, group, right value


def leaves(tree: Any, results: Sequence[str] = ()) -> list[Leaf]:
    """List the arrays and settings in a tree, each with its name.

    Examples
    --------
    >>> [name for name, _, _ in leaves((1.0, {"W1": 2.0}), ("loss", "grads"))]
    ['loss', 'grads["W1"]']
    """
    return [(name, group, right) for name, group, right, _ in _walk(tree, None, "", "", results, pattern_only=True)]


def read(value: Any, tree: Any, results: Sequence[str] = ()) -> list[Part]:
    """Find the parts of a result that stand where a tree has its leaves.

    Where the containers differ, one part stands for all of a container and says what is wrong.
    """
    parts = []
    for name, group, right, found in _walk(tree, value, "", "", results):
        if isinstance(found, Difference):
            parts.append(Part(name, group, right, None, difference=found))
        elif right is ANY or right is FREE or is_setting(right):
            parts.append(Part(name, group, right, found))
        else:
            parts.append(_array_part(name, group, right, found))
    return parts


def compare(value: Any, tree: Any, scales: Sequence[float], results: Sequence[str] = ()) -> list[Part]:
    """Return the parts of a result, each with what is not right about it.

    Parameters
    ----------
    value
        The result, from :func:`cnnlab.check.tree.snapshot`.
    tree
        The right result.
    scales
        For each leaf of the tree the size of the numbers that were added up.
    results
        What the course calls the values of the `return` line.
    """
    parts = read(value, tree, results)
    sizes = {name: scale for (name, _, _), scale in zip(leaves(tree, results), scales, strict=True)}
    parts = [replace(part, scale=sizes.get(part.name, 0.0)) for part in parts]
    return [part if part.difference else replace(part, difference=_difference(part)) for part in parts]


def first_difference(parts: Sequence[Part]) -> Part | None:
    """Return the part to speak of: containers first, then in the order of the result."""
    wrong = [part for part in parts if part.difference is not None]
    wrong.sort(key=lambda part: part.difference is not None and part.difference.stage != "container")
    return wrong[0] if wrong else None


def tolerance(got: Array, right: Array, scale: float) -> tuple[float, float]:
    """Return (relative, absolute) tolerance for a result; single precision carries fewer digits."""
    coarse = any(a.dtype == np.float32 for a in (got, right))
    return (1e-3, 1e-5 * scale) if coarse else (1e-6, 1e-10 * scale)


def close(got: Array, right: Array, scale: float) -> NDArray[np.bool_]:
    """Say for each cell whether it is right, up to rounding errors."""
    rtol, atol = tolerance(got, right, scale)
    return np.isclose(got.astype(np.float64), right.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)


def _walk(
    tree: Any, value: Any, name: str, group: str, results: Sequence[str], pattern_only: bool = False
) -> Iterator[tuple[str, str, Any, Any]]:
    pairs = items(tree)
    if pairs is None:
        yield name, group, tree, value
        return
    spoken = dict(enumerate(results)) if isinstance(tree, tuple) and not name and len(results) == len(tree) else {}
    if not pattern_only:
        problem = _mismatch(tree, value, name, list(spoken.values()))
        if problem:
            yield name, group, tree, problem
            return
    for key, part in pairs:
        below = spoken.get(key) or named(name or (results[0] if len(results) == 1 else "result"), key)
        found = None if pattern_only else value[key]
        yield from _walk(part, found, below, group or below, results, pattern_only)


def _mismatch(tree: Any, value: Any, name: str, spoken: list[str]) -> Difference | None:
    """Compare containers: a tuple may be a list, a dict must have the keys."""
    if isinstance(tree, dict):
        if not isinstance(value, dict):
            return misfit.container(value, f"a dict with {misfit.keys(tree)}", name)
        missing = [key for key in tree if key not in value]
        return misfit.missing_keys(value, missing, name) if missing else None
    count = len(tree)
    values = f"{misfit.number(count)} value{'' if count == 1 else 's'}"
    wanted = f"{values}: {misfit.listed(spoken)}" if spoken else values
    if not isinstance(value, tuple | list):
        return misfit.container(value, wanted, name)
    return None if len(value) == count else misfit.length(value, wanted, count, name)


def _array_part(name: str, group: str, right: Any, found: Any) -> Part:
    right, got = np.asarray(right), found
    if type(found) is not np.ndarray or found.dtype.kind not in "iufb":  # else it is a copy already
        got = as_array(found)
    broken = None
    if got is None or (isinstance(found, tuple) and got.ndim != right.ndim):
        broken = misfit.container(found, misfit.an_array(right), name)
    return Part(name, group, right, got, difference=broken)


def _difference(part: Part) -> Difference | None:
    """Compare one array with the right one: shape, kind of number, finite, values."""
    right, got, name = part.right, part.got, part.name
    if right is FREE:
        return None
    if right is ANY:
        return misfit.nothing(name) if got is None else None
    if is_setting(right):
        return None if equal(got, right) else misfit.setting(got, right, name)
    if got.shape != right.shape:
        return misfit.shape(got, right, name)
    if got.dtype.kind not in ("iufb" if right.dtype.kind == "b" else "iuf"):
        return misfit.kind(got, name)
    bad = ~np.isfinite(got)
    if bad.any() and np.isfinite(right).all():
        return misfit.infinite(got, bad, name)
    wrong = ~close(got, right, part.scale)
    return misfit.values(wrong, name, got.dtype) if wrong.any() else None


def equal(got: Any, right: Any) -> bool:
    """Compare two settings; what cannot be compared is not equal."""
    try:
        return bool(got == right)
    except Exception:  # an array, an object of the learner's
        return False
