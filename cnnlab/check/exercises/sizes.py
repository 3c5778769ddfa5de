"""The sizes of notebook 02: how many places a window takes, and the padding that keeps a picture's size."""

from __future__ import annotations

from cnnlab import shapes
from cnnlab.check.exercises.size_mistakes import MISTAKES, by_rule, right_size
from cnnlab.check.probe import Probe
from cnnlab.check.task import Mistake, Task

__all__ = ["OUTPUT_SIZE", "SAME_PADDING", "size_facts", "size_probes"]

SIZES = (
    (7, 3, 1, 2),  # the first call that goes wrong is shown: all four numbers matter, and nothing is left over
    (6, 3, 0, 1),
    (8, 3, 1, 2),
    (5, 3, 1, 1),
    (10, 4, 0, 3),
    (9, 4, 1, 3),
    (11, 5, 2, 3),
    (12, 5, 3, 2),
    (6, 2, 0, 2),
    (7, 2, 0, 3),
    (5, 1, 0, 1),
    (8, 1, 0, 3),
    (9, 1, 2, 4),
    (4, 4, 0, 1),
    (4, 4, 0, 3),
    (3, 5, 1, 1),
    (3, 5, 1, 4),
    (2, 7, 3, 2),
    (13, 3, 2, 5),
    (14, 6, 4, 4),
    (39, 3, 0, 1),
    (37, 5, 0, 2),
    (227, 11, 0, 4),
    (224, 7, 3, 2),
    (1000, 9, 5, 7),
    # The window does not fit: the formula goes below 1.
    (2, 3, 0, 1),
    (2, 3, 0, 2),
    (2, 5, 0, 2),
    (1, 9, 0, 3),
    (3, 9, 1, 3),
    (1, 12, 2, 4),
    (2, 11, 1, 5),
)


def size_probes(sizes: tuple[tuple[int, ...], ...]) -> tuple[Probe, ...]:
    """Return one call for each row of numbers."""

    def probe(numbers: tuple[int, ...]) -> Probe:
        return Probe(lambda: numbers)

    return tuple(map(probe, sizes))


def size_facts(n: int, f: int, pad: int, stride: int) -> frozenset[str]:
    """Say what is special about a setting, in words that follow "only calls with"."""
    room = n + 2 * pad - f
    found = {
        "padding": pad > 0,
        "a stride above 1": stride > 1,
        "padding and a stride above 1": pad > 0 and stride > 1,
        "cells left over": room % stride > 0 and room >= 0,
        "a window that does not fit": room < 0,
        "a window that fits": room >= 0,
        "a window that fits in one place only": room == 0,
        "a filter of even size": f % 2 == 0,
        "a filter of one cell": f == 1,
    }
    return frozenset(words for words, holds in found.items() if holds)


OUTPUT_SIZE = Task(
    parameters=("n", "f", "pad", "stride"),
    core=right_size,
    probes=size_probes(SIZES),
    mistakes=MISTAKES,
    facts=size_facts,
    scale=max,
)

_SIDES = "A filter of 3 makes a row of 6 cells how much shorter? Share that between the left and the right."

SAME_PADDING = Task(
    parameters=("f",),
    core=lambda f: shapes.same_padding(f, f)[0],  # at stride 1 it is the same for pictures of any size
    probes=size_probes(((3,), (5,), (1,), (7,), (9,), (11,), (13,), (15,), (31,), (101,))),
    mistakes=(
        Mistake(
            "both_sides",
            "This is the padding of both sides together; `pad` is that of one side.",
            _SIDES,
            after=lambda out, f: 2 * out,
        ),
        *by_rule("f", "This is the size of the filter itself.", _SIDES, lambda f: f),
        *by_rule(
            "half_too_much",
            "It is half a cell too much, and there are no half cells.",
            "How much shorter does the filter make a row: by `f` cells, or by one less?",
            lambda f: f / 2,
        ),
        *by_rule(
            "rounded_up",
            "It is one cell too many: half of `f` was rounded up.",
            _SIDES,
            lambda f: (f + 1) // 2,
            lambda f: f // 2 + 1,
            lambda f: (f + 1) / 2,
        ),
        *by_rule(
            "rounded",
            "Half of `f` was rounded with `round`, which takes halves to the nearest even number.",
            "Try `round(1.5)` and `round(2.5)`. Which whole number is wanted each time?",
            lambda f: round(f / 2),
        ),
        *by_rule("one_too_few", "It is one cell too few.", _SIDES, lambda f: f // 2 - 1, lambda f: (f - 2) / 2),
        *by_rule(
            "prec",
            "Only the 1 was divided: division comes before minus.",
            "Which part of your line should be divided by 2? Brackets keep it together.",
            lambda f: f - 1 / 2,
        ),
        *by_rule("f_minus_2", "It is right for a filter of 3 only.", _SIDES, lambda f: f - 2, lambda f: max(f - 2, 0)),
        *by_rule(
            "hard_coded",
            "It is the same number for every filter.",
            "Which filter is that number right for?",
            lambda f: 1,
            lambda f: 2,
            lambda f: 0,
        ),
        *by_rule("negative", "The size is right, but the sign is not.", _SIDES, lambda f: (1 - f) // 2),
        Mistake(
            "pair",
            "One number is asked for, the cells on each side. A pair came back.",
            "Look at your `return` line.",
            shows=lambda got, right, f: got.shape == (2,) and bool((got == right).all()),
            example=lambda f: [(f - 1) // 2, (f - 1) // 2],
        ),
    ),
    scale=float,
    facts=lambda f: frozenset({"a filter of one cell"} if f == 1 else {"a filter of 3"} if f == 3 else ()),
)
