"""What the axes of an array are called: one letter each, as everywhere in the course.

N example, C channel, F filter, D feature, K class, and for rows and columns H W (an image), R S (a kernel),
P Q (an output). "1" is an axis of length one that only keeps the shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["letters", "plane", "plural", "where", "word"]

WORDS = {"N": "example", "C": "channel", "F": "filter", "D": "feature", "K": "class", "L": "place", "1": "place"}
WORDS |= dict.fromkeys("HRP", "row") | dict.fromkeys("WSQ", "column")

# By rank, then by name; the last of a rank is for all other names.
USUAL: dict[int, tuple[tuple[str, str], ...]] = {
    1: (("b|db", "F"), ("gamma|beta|dgamma|dbeta|running_mean|running_var", "D"), (".*", "L")),
    2: (("x|dx|out|dout", "ND"), ("scores|dscores", "NK"), (".*", "HW")),
    3: (("W|dW|a_slice.*|x|X", "HWC"), (".*", "CHW")),
    4: (
        ("X|X_pad|A|dA|A_prev|dA_prev|A_prev_pad|Z|dZ", "NHWC"),
        ("W|dW", "RSCF"),
        ("w|dw|W1", "FCRS"),
        ("b|db", "111F"),
        (".*", "NCHW"),
    ),
}


def letters(names: Sequence[str], rank: int, axes: Mapping[str, str]) -> str:
    """Return a letter for each axis of an array: by the first of its names that says something.

    Examples
    --------
    >>> letters(["dA_prev"], 4, {}), letters(["image"], 2, {}), letters(["", "X"], 4, {})
    ('NHWC', 'HW', 'NHWC')
    """
    *usual, (_, other) = USUAL.get(rank, (("", "L" * rank),))
    for full in names:
        name = re.sub(r'.*\["(\w+)"\]$', r"\1", full)  # grads["W1"] is a W1
        if len(axes.get(name, "")) == rank > 0:
            return axes[name]
        for known, found in usual:
            if re.fullmatch(known, name):
                return found
    return other


def word(letter: str) -> str:
    """Return the word for an axis.

    Examples
    --------
    >>> word("C")
    'channel'
    """
    return WORDS[letter]


def plural(letter: str) -> str:
    """Return the word for all places of an axis."""
    return "classes" if letter == "K" else f"{WORDS[letter]}s"


def plane(found: str) -> tuple[int, int] | None:
    """Return the axes of rows and columns, the last two where there are none, None of fewer than two axes."""
    rows, columns = (next((i for i, x in enumerate(found) if x in kind), None) for kind in ("HRP", "WSQ"))
    if rows is not None and columns is not None:
        return rows, columns
    return (len(found) - 2, len(found) - 1) if len(found) > 1 else None


def where(found: str, index: tuple[int, ...]) -> str:
    """Say a place in words.

    Examples
    --------
    >>> where("NHWC", (1, 0, 2, 3))
    'example 1, row 0, column 2, channel 3'
    """
    return ", ".join(f"{WORDS[x]} {i}" for x, i in zip(found, index, strict=True) if x != "1")
