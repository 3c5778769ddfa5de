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

from cnnlab.check.tree import ANY, FREE, as_array, is_setting, items, named

__all__ = [
    "Difference",
    "Part",
    "close",
    "compare",
    "equal",
    "first_difference",
    "leaves",
    "listed",
    "read",
    "tolerance",
]

Array = NDArray[Any]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, eq=False)
class Difference:
    """What is not right about a part."""

    stage: str  # container, shape, dtype, finite or values; inputs, again, time, returned or properties of a whole call
    says: str
    look: str
    name: str | None = None  # a name of the catalogue, where the stage alone tells the mistake
    wrong: NDArray[np.bool_] | None = None  # which cells, when the shapes agree


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
    """Return (relative, absolute) tolerance for a result; half and single precision carry fewer digits."""
    coarse = any(a.dtype.kind == "f" and a.dtype.itemsize <= 4 for a in (got, right))
    return (1e-3, 1e-5 * scale) if coarse else (1e-6, 1e-10 * scale)


def close(got: Array, right: Array, scale: float) -> NDArray[np.bool_]:
    """Say for each cell whether it is right, up to rounding errors."""
    rtol, atol = tolerance(got, right, scale)
    return np.isclose(got.astype(np.float64), right.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)


def listed(names: Sequence[str]) -> str:
    """Write names as a list in a sentence.

    Examples
    --------
    >>> listed(["dx", "dw", "db"])
    '`dx`, `dw` and `db`'
    """
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1]))) if quoted else ""


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
            return container(value, f"a dict with {_keys(tree)}", name)
        missing = [key for key in tree if key not in value]
        if not missing:
            return None
        there = f"It has {_keys(value)}." if value else "It is empty."
        says = f"{f'`{name}`' if name else 'The dict that came back'} lacks {_keys(missing)}. {there}"
        return Difference("container", says, "Compare the keys, letter by letter, with those in the text.")
    count = len(tree)
    wanted = f"{_number(count)} value{'' if count == 1 else 's'}{': ' if spoken else ''}{listed(spoken)}"
    if not isinstance(value, tuple | list):
        return container(value, wanted, name)
    if len(value) == count:
        return None
    came = f"{_number(len(value))} value{'' if len(value) == 1 else 's'}"
    if 0 < len(value) <= 6:
        came += f" ({', '.join(_kind_of(part) for part in value)})"
    if name:
        says = f"`{name}` holds {came}; it should be {wanted}."
    else:
        says = f"{came[0].upper()}{came[1:]} came back; it should be {wanted}."
    look = (
        f"Look at the line that makes `{name}`." if name else "Look at your `return` line: what is between its commas?"
    )
    return Difference("container", says, look)


def _keys(keys: Any) -> str:
    words = ", ".join(repr(key) if isinstance(key, str) else str(key) for key in list(keys)[:12])
    return f"the key {words}" if len(keys) == 1 else f"the keys {words}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _array_part(name: str, group: str, right: Any, found: Any) -> Part:
    right, got = np.asarray(right), found
    if type(found) is not np.ndarray or found.dtype.kind not in "iufb":  # else it is a copy already
        got = as_array(found)
    broken = None
    if got is None or (isinstance(found, tuple) and got.ndim != right.ndim):
        wanted = f"an array of shape {right.shape}" if right.ndim else "one number"
        broken = container(found, wanted, name)
    return Part(name, group, right, got, difference=broken)


def _difference(part: Part) -> Difference | None:
    """Compare one array with the right one: shape, kind of number, finite, values."""
    right, got, name = part.right, part.got, part.name
    if right is FREE:
        return None
    if right is ANY:
        look = "Keep there what the backward pass will need."
        return Difference("container", f"{_subject(name)} is `None`.", look) if got is None else None
    if is_setting(right):
        return None if equal(got, right) else _setting(got, right, name)
    if got.shape != right.shape:
        wanted = f"an array of shape {right.shape}" if right.ndim else "one number"
        look = "Look at the sizes: how many places does each axis have?"
        if got.ndim != right.ndim:
            look = "Look at the last line: what does it return, and how many axes has that?"
            if name:
                look = f"Look at the line that makes `{name}`: how many axes does it give?"
        shape = f"with shape {got.shape}" if got.ndim else "as one number"
        return Difference("shape", f"{_subject(name)} came back {shape}, but it should be {wanted}.", look)
    if got.dtype.kind not in ("iufb" if right.dtype.kind == "b" else "iuf"):
        return _kind(got, name)
    bad = ~np.isfinite(got)
    if bad.any() and np.isfinite(right).all():
        what = "NaN (not a number)" if np.isnan(got).any() else "infinite"
        return Difference(
            "finite",
            f"{_count(bad, name)} {what}, though every number that goes in is finite.",
            "Look for a division by zero, or an array that was made with `np.empty` and never filled.",
            wrong=bad,
        )
    wrong = ~close(got, right, part.scale)
    if wrong.any():
        none = wrong.all() and wrong.size > 1
        of = f" of `{name}`" if name else ""
        says = f"None of the {wrong.size} values{of} is right." if none else f"{_count(wrong, name)} not right."
        return Difference("values", says, "", wrong=wrong)
    return None


def equal(got: Any, right: Any) -> bool:
    """Compare two settings; what cannot be compared is not equal."""
    try:
        return bool(got == right)
    except Exception:  # an array, an object of the learner's
        return False


def _setting(got: Any, right: Any, name: str) -> Difference:
    came = repr(got) if isinstance(got, str | bool | int | float) or got is None else _kind_of(got)
    says = f"{_subject(name)} {'is' if name else 'came back as'} `{came[:60]}`; it should be `{right!r}`."
    if callable(right):
        says = f"{_subject(name)} is `{came[:60]}`; it should be the function that came in."
    return Difference("values", says, f"Look at the line that makes `{name}`." if name else "Look at your `return`.")


def _subject(name: str) -> str:
    return f"`{name}`" if name else "It"


def _count(wrong: NDArray[np.bool_], name: str) -> str:
    if wrong.ndim == 0:
        return f"`{name}` is" if name else "The number is"
    count = int(wrong.sum())
    of = f" of `{name}`" if name else ""
    return f"{count} of {wrong.size} values{of} {'is' if count == 1 else 'are'}"


def _kind(got: Array, name: str) -> Difference:
    if got.dtype.kind == "c":
        return Difference(
            "dtype",
            f"The numbers {f'of `{name}`' if name else 'that came back'} are complex; they should be real.",
            "After a Fourier transform the imaginary part is a leftover of rounding: keep the real part.",
        )
    words = {"b": "True and False", "O": "Python objects (`dtype=object`)"}
    return Difference(
        "dtype",
        f"{f'`{name}`' if name else 'The result'} holds {words.get(got.dtype.kind, str(got.dtype))}; "
        "it should hold numbers.",
        f"Look at where {f'`{name}`' if name else 'the result array'} is made, and at its `dtype`.",
    )


def _kind_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "a number"
    if value is None:
        return "`None`"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, int | float | np.number):
        return "a number"
    return _a(type(value).__name__)


def container(value: Any, wanted: str, name: str = "") -> Difference:
    """Say what came where an array, a tuple or a dict was wanted."""
    if value is None and not name:
        return Difference(
            "container",
            f"Nothing came back (`None`); it should be {wanted}.",
            "Look at the last line of your function: is there a `return`?",
            "no_return",
        )
    if type(value) is np.ndarray:
        kind = "one number" if value.ndim == 0 else f"one array of shape {value.shape}"
        if value.dtype.kind in "USVmMO":
            kind = f"an array of {value.dtype.type.__name__}"
    elif isinstance(value, bool | int | float | complex | np.number):
        kind = "one number"
    else:
        kind = "`None`" if value is None else _a(type(value).__name__)
    look = f"Look at the line that makes `{name}`." if name else "Look at what your `return` hands back."
    if isinstance(value, tuple):
        look = "Return only the result. A comma behind a value already makes a tuple." if not name else look
        kind = f"a tuple of {len(value)} value{'' if len(value) == 1 else 's'}"
    elif type(value).__name__ in ("generator", "async_generator"):
        look = "A function with `yield` makes a generator: collect the values and use `return`."
    elif type(value).__name__ == "coroutine":
        look = "Take the word `async` away from `def`."
    elif callable(value):
        look = "It hands back a function instead of calling it: are brackets missing?"
    elif isinstance(value, np.ma.MaskedArray):
        look = "Some cells are masked; every cell should hold a number."
    elif isinstance(value, list):
        look = "A list can stand for an array when all its rows are equally long and hold only numbers."
    elif kind.startswith("one ") and "value" in wanted:
        look = "Look at your `return` line: several values stand there with commas between them."
    if name:
        return Difference("container", f"`{name}` is {kind}; it should be {wanted}.", look)
    return Difference("container", f"{kind[0].upper()}{kind[1:]} came back; it should be {wanted}.", look)


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
