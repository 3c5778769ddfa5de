"""Notebook 00: the mean of a 3×3 window."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.task import Mistake, Task

__all__ = ["TASKS"]

Array = NDArray[Any]


def _probes() -> tuple[Probe, ...]:
    window = (3, 3)
    return (
        Probe(lambda: (values(3, window, 0, 9, np.int64),)),
        Probe(lambda: (values(1, window),)),
        Probe(lambda: (values(2, window, -40, -1) / 4,)),
        Probe(lambda: (values(4, window, dtype=np.float32) / np.float32(8),)),
        Probe(lambda: (values(5, window) * 2.0**-30,)),
        Probe(lambda: (values(6, window, -10_000, 90_000, np.int64),)),
        Probe(lambda: (read_only(spread(values(7, window)).T),)),
        Probe(lambda: (np.zeros(window),)),
        Probe(lambda: (np.full(window, -2.5),)),
        Probe(lambda: (values(8, window, -1, 0),)),
        Probe(lambda: (read_only(values(9, window, 200, 255, np.int64)),)),
    )


def _facts(window: Array) -> frozenset[str]:
    facts = set()
    if window.dtype.kind in "iu":
        facts.add("a window of whole numbers")
    if (window < 0).any():
        facts.add("a window with negative numbers")
    if window.any() and np.abs(window).max() < 1e-6:
        facts.add("very small numbers")
    return frozenset(facts)


_COUNT = "How many cells has a 3×3 window? Is each of them added, and the sum divided by that number?"
_AXIS = "What does `axis=` do? Without it, an array adds up all its cells."

MISTAKES = (
    Mistake("sum", "This is the sum of the nine cells; the division is missing.", _COUNT, instead=np.sum),
    Mistake("eight", "The sum was divided by 8.", _COUNT, instead=lambda w: w.sum() / 8),
    Mistake("ten", "The sum was divided by 10.", _COUNT, instead=lambda w: w.sum() / 10),
    Mistake(
        "side_length",
        "The sum was divided by 3, the length of one side.",
        _COUNT,
        instead=lambda w: w.sum() / len(w),
    ),
    Mistake(
        "integer_division",
        "The fraction is gone: `//` rounds down to a whole number.",
        "Look at the sign of the division.",
        instead=lambda w: w.sum() // w.size,
    ),
    Mistake("rounded", "The mean was rounded.", "Return the number as it is.", after=lambda out, w: np.rint(out)),
    Mistake(
        "truncated",
        "The fraction was cut off.",
        "Look for `int(...)` or a whole-number type: a mean has a fraction.",
        after=lambda out, w: np.trunc(out),
    ),
    Mistake(
        "rounded_decimals",
        "The mean was rounded to a few decimals.",
        "Return it as it is.",
        after=lambda out, w: np.round(out, 2),
    ),
    Mistake("median", "This is the median, the middle one of the sorted cells.", _COUNT, instead=np.median),
    Mistake("max", "This is the largest cell.", _COUNT, instead=np.max),
    Mistake("min", "This is the smallest cell.", _COUNT, instead=np.min),
    Mistake(
        "midrange",
        "This is half way between the smallest and the largest cell.",
        _COUNT,
        instead=lambda w: (w.min() + w.max()) / 2,
    ),
    Mistake("centre_only", "Only the cell in the centre was used.", _COUNT, instead=lambda w: w[1, 1]),
    Mistake(
        "without_centre", "The cell in the centre was left out.", _COUNT, instead=lambda w: (w.sum() - w[1, 1]) / 8
    ),
    Mistake(
        "without_centre", "The cell in the centre was left out.", _COUNT, instead=lambda w: (w.sum() - w[1, 1]) / 9
    ),
    Mistake("first_row_only", "Only the first row was used.", _COUNT, instead=lambda w: w[0].mean()),
    Mistake("first_row_only", "Only the first row was added up.", _COUNT, instead=lambda w: w[0].sum() / 9),
    Mistake("first_column_only", "Only the first column was used.", _COUNT, instead=lambda w: w[:, 0].mean()),
    Mistake("diagonal_only", "Only the diagonal was used.", _COUNT, instead=lambda w: np.diag(w).mean()),
    Mistake("column_means", "These are the means of the three columns.", _AXIS, instead=lambda w: w.mean(axis=0)),
    Mistake("row_means", "These are the means of the three rows.", _AXIS, instead=lambda w: w.mean(axis=1)),
    Mistake("column_sums", "These are the sums of the three columns.", _AXIS, instead=lambda w: w.sum(axis=0)),
    Mistake("row_sums", "These are the sums of the three rows.", _AXIS, instead=lambda w: w.sum(axis=1)),
    Mistake(
        "keeps_axes",
        "The number is right, but it is wrapped in an array, a list or a tuple.",
        "One number is asked for. Look for `keepdims`, a pair of brackets too many, or a comma behind the value.",
        shows=lambda got, right, w: got.shape in ((1,), (1, 1)) and bool(np.isclose(got.item(), right)),
        example=lambda w: w.mean(keepdims=True),
    ),
    Mistake("abs", "The sign is lost.", "A mean may be negative.", after=lambda out, w: np.abs(out)),
    Mistake(
        "abs",
        "Each cell lost its sign before the sum.",
        "Cells may be negative.",
        before=lambda w: (np.abs(w),),
    ),
    Mistake(
        "root_mean_square",
        "This is the root of the mean of the squares.",
        _COUNT,
        instead=lambda w: np.sqrt((np.asarray(w, np.float64) ** 2).mean()),
    ),
    Mistake("divided_twice", "It was divided by 9 twice.", _COUNT, instead=lambda w: w.mean() / 9),
)

TASKS = {
    "window_mean": Task(
        parameters=("window",),
        core=lambda window: np.mean(window, dtype=np.float64),
        probes=_probes(),
        mistakes=MISTAKES,
        facts=_facts,
    )
}
