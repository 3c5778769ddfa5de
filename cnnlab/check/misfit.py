"""Say in words what is wrong with a part of a result, and what to look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab.words import counted

__all__ = [
    "Difference",
    "container",
    "infinite",
    "kind",
    "length",
    "listed",
    "missing_keys",
    "number",
    "setting",
    "shape",
    "values",
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


def listed(names: Sequence[str]) -> str:
    """Write names as a list in a sentence.

    Examples
    --------
    >>> listed(["dx", "dw", "db"])
    '`dx`, `dw` and `db`'
    """
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1]))) if quoted else ""


def number(count: int) -> str:
    """Write a small number as a word."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def keys(names: Collection[Any]) -> str:
    """List the keys of a dict."""
    words = ", ".join(repr(key) if isinstance(key, str) else str(key) for key in list(names)[:12])
    return f"the key {words}" if len(names) == 1 else f"the keys {words}"


def an_array(right: Array) -> str:
    """Say what is wanted."""
    return f"an array of shape {right.shape}" if right.ndim else "one number"


def missing_keys(value: dict[Any, Any], missing: Sequence[Any], name: str) -> Difference:
    """Say which keys a dict lacks, and which it has."""
    there = f"It has {keys(value)}." if value else "It is empty."
    says = f"{f'`{name}`' if name else 'The dict that came back'} lacks {keys(missing)}. {there}"
    return Difference("container", says, "Compare the keys, letter by letter, with those in the text.")


def length(value: Sequence[Any], wanted: str, count: int, name: str) -> Difference:
    """Say how many values came, and how many are wanted."""
    came = f"{number(len(value))} value{'' if len(value) == 1 else 's'}"
    if 0 < len(value) <= 6:
        came += f" ({', '.join(map(_kind_of, value))})"
    if name:
        says, look = f"`{name}` holds {came}; it should be {wanted}.", f"Look at the line that makes `{name}`."
    else:
        says = f"{came[0].upper()}{came[1:]} came back; it should be {wanted}."
        look = "Look at your `return` line: what is between its commas?"
        if len(value) == 1 and isinstance(value[0], tuple | list) and len(value[0]) == count:
            look = "Look at your `return` line: is there a pair of brackets too many, or a comma at its end?"
    return Difference("container", says, look)


def nothing(name: str) -> Difference:
    """Say that a part is None where something should be kept."""
    return Difference("container", f"{_subject(name)} is `None`.", "Keep there what the backward pass will need.")


def shape(got: Array, right: Array, name: str) -> Difference:
    """Say what shape came, and what is wanted."""
    look = "Look at the sizes: how many places does each axis have?"
    if got.ndim != right.ndim:
        look = "Look at the last line: what does it return, and how many axes has that?"
        if name:
            look = f"Look at the line that makes `{name}`: how many axes does it give?"
    came = f"with shape {got.shape}" if got.ndim else "as one number"
    return Difference("shape", f"{_subject(name)} came back {came}, but it should be {an_array(right)}.", look)


def infinite(got: Array, bad: NDArray[np.bool_], name: str) -> Difference:
    """Say how many values are NaN or infinite."""
    what = "NaN (not a number)" if np.isnan(got).any() else "infinite"
    says = f"{_count(bad, name)} {what}, though every number that goes in is finite."
    look = "Look for a division by zero, or an array that was made with `np.empty` and never filled."
    return Difference("finite", says, look, wrong=bad)


def values(wrong: NDArray[np.bool_], name: str, dtype: DTypeLike = np.float64) -> Difference:
    """Say how many values are wrong."""
    of = f" of `{name}`" if name else ""
    none = wrong.all() and wrong.size > 1
    says = f"None of the {wrong.size} values{of} is right." if none else f"{_count(wrong, name)} not right."
    if dtype == np.float16:
        says += " They came back in half precision (`float16`), which keeps three digits only."
        return Difference("values", says, "Where does your code ask for `float16`?", wrong=wrong)
    return Difference("values", says, "", wrong=wrong)


def setting(got: Any, right: Any, name: str) -> Difference:
    """Say what a setting is, and what it should be."""
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
    if wrong.size == 1:
        return f"The only value of `{name}` is" if name else "The only value is"
    count = int(wrong.sum())
    of = f" of `{name}`" if name else ""
    return f"{count} of {wrong.size} values{of} {'is' if count == 1 else 'are'}"


def kind(got: Array, name: str) -> Difference:
    """Say what kind of numbers came."""
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
        came = "one number" if value.ndim == 0 else f"one array of shape {value.shape}"
        if value.dtype.kind in "USVmMO":
            came = f"an array of {value.dtype.type.__name__}"
    elif isinstance(value, bool | int | float | complex | np.number):
        came = "one number"
    else:
        came = "`None`" if value is None else _a(type(value).__name__)
    look = f"Look at the line that makes `{name}`." if name else "Look at what your `return` hands back."
    if isinstance(value, tuple):
        look = "Return only the result. A comma behind a value already makes a tuple." if not name else look
        came = f"a tuple of {counted(len(value), 'value')}"
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
    elif came.startswith("one ") and "value" in wanted:
        look = "Name all the values on your `return` line, with commas between them."
    if name:
        return Difference("container", f"`{name}` is {came}; it should be {wanted}.", look)
    return Difference("container", f"{came[0].upper()}{came[1:]} came back; it should be {wanted}.", look)


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"
