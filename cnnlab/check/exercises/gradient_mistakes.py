"""What goes wrong with numerical gradients and relative errors, each mistake with its imitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.task import Mistake

__all__ = ["ERROR_MISTAKES", "GRADIENT_MISTAKES"]

Array = NDArray[Any]
Function = Callable[[Array], Any]


def _difference(
    f: Function,
    x: Array,
    df: Any,
    h: float = 1e-5,
    *,
    ahead: float = 1.0,
    behind: float = -1.0,
    divide: Callable[[float], float] = lambda h: 2 * h,
    weigh: Callable[[Array, Any], Any] = lambda change, df: np.sum(change * df),
    copy: bool = True,
    restore: bool = True,
    sign: float = -1.0,
) -> Array:
    """Return the gradient as a learner's loop does; without keywords it is right."""
    x = np.array(x, np.float64)
    gradient = np.zeros_like(x)
    keep = np.array if copy else np.asarray
    for index in np.ndindex(*x.shape):
        old = x[index]
        x[index] = old + ahead * h
        plus = keep(f(x))
        x[index] = old + behind * h
        minus = keep(f(x))
        if restore:
            x[index] = old
        gradient[index] = weigh(plus + sign * minus, df) / divide(h)
    return gradient


def _with(**changes: Any) -> Callable[..., Array]:
    return lambda f, x, df, h=1e-5: _difference(f, x, df, h, **changes)


_CENTRE = "At which two places is f computed, and how far apart do they lie?"
_TRY = "Try f(x) = x² at x = 3 with h = 0.1 by hand. The gradient is 6."
_DF = "`df` says how much the loss grows with each output of f. Where does it enter?"

GRADIENT_MISTAKES = (
    Mistake(
        "forward_diff",
        "This is a one-sided difference, f(x + h) − f(x). Its error shrinks with h; that of the centred difference "
        "shrinks with h², much faster.",
        _CENTRE,
        instead=_with(behind=0.0, divide=lambda h: h),
    ),
    Mistake(
        "backward_diff",
        "This is a one-sided difference, f(x) − f(x − h). The centred one looks at both sides.",
        _CENTRE,
        instead=_with(ahead=0.0, divide=lambda h: h),
    ),
    Mistake(
        "h_big",
        "The step is too large: for a curved f the difference is not yet the slope.",
        "Which step do you use? The docstring says it.",
        instead=lambda f, x, df, h=1e-5: _difference(f, x, df, 0.5),
    ),
    *(
        Mistake(
            "h_ignored",
            f"The step was not h, but always {typed:g}.",
            "Where do you use `h`? A caller may choose another one.",
            instead=lambda f, x, df, h=1e-5, typed=typed: _difference(f, x, df, typed),
        )
        for typed in (1e-5, 1e-3, 1e-4, 1e-6)
    ),
    Mistake(
        "divided_by_h",
        "The difference was divided by h. The two places lie 2·h apart.",
        _CENTRE,
        instead=_with(divide=lambda h: h),
    ),
    Mistake(
        "brackets",
        "The difference was divided by 2 and then multiplied by h: `/ 2 * h` is worked out from left to right.",
        "What is 8 / 2 * 4 in Python?",
        instead=_with(divide=lambda h: 2 / h),
    ),
    Mistake(
        "added",
        "The two values of f were added; their difference is asked for.",
        _TRY,
        instead=_with(sign=1.0),
    ),
    Mistake(
        "divided_by_h2",
        "The difference was divided by h².",
        _CENTRE,
        instead=_with(divide=lambda h: h * h),
    ),
    Mistake(
        "not_divided", "The difference was not divided by the distance.", _CENTRE, instead=_with(divide=lambda h: 1.0)
    ),
    Mistake(
        "half",
        "The result is half as large as it should be: the difference was divided twice by 2.",
        _CENTRE,
        instead=_with(divide=lambda h: 4 * h),
    ),
    Mistake("abs", "The sign is lost.", "A slope may be negative.", after=lambda out, *arguments: np.abs(out)),
    Mistake(
        "sign",
        "The sign is the wrong way round: f(x − h) − f(x + h).",
        _TRY,
        after=lambda out, *arguments: -out,
    ),
    Mistake(
        "no_df",
        "`df` was left out: all outputs of f were added with the same weight.",
        _DF,
        instead=_with(weigh=lambda change, df: np.sum(change)),
    ),
    Mistake(
        "df_mean",
        "The products with `df` were averaged; their sum is asked for.",
        _DF,
        instead=_with(weigh=lambda change, df: np.mean(change * df)),
    ),
    Mistake(
        "df_sum",
        "The change of f and `df` were each added up before they were multiplied.",
        _DF,
        instead=_with(weigh=lambda change, df: np.sum(change) * np.sum(df)),
    ),
    Mistake(
        "no_copy",
        "f may use the same array for every result. By the time you subtract, f(x + h) has been overwritten by "
        "f(x − h), and "
        "the difference is 0.",
        "Keep a copy of the first result: `f(x).copy()`.",
        instead=_with(copy=False),
    ),
    Mistake(
        "same_place",
        "Every value came back as 0. Was f computed twice at the same place? `up = x` gives the array a second name; "
        "it makes no copy.",
        "Print both arrays just before f is called: in how many cells do they differ?",
        instead=lambda f, x, df, h=1e-5: np.zeros(np.shape(x)),
    ),
    Mistake(
        "not_restored",
        "After a cell of x was moved it was not put back. The next cells are computed at another place.",
        "What does x look like after the first turn of your loop?",
        instead=_with(restore=False),
    ),
    Mistake(
        "all_at_once",
        "All cells of x were moved together, so each output was asked once. A gradient asks for each cell of x on its "
        "own, and adds up what it does to all outputs.",
        "How many numbers of x change between f(x + h) and f(x − h)?",
        instead=lambda f, x, df, h=1e-5: (np.array(f(x + h)) - np.array(f(x - h))) * df / (2 * h),
    ),
    Mistake(
        "all_at_once",
        "All cells of x were moved together. A gradient asks for each cell on its own.",
        "How many numbers of x change between f(x + h) and f(x − h)?",
        instead=lambda f, x, df, h=1e-5: np.full_like(
            x, np.sum((np.array(f(x + h)) - np.array(f(x - h))) * df) / (2 * h), dtype=np.float64
        ),
    ),
)

_HAND = "Take a = [1, 2] and b = [1, 3] and compute it by hand."
_FLOOR = "What should come out where both numbers are 0? Which part of the fraction must not be 0?"


def _error(
    a: Any,
    b: Any,
    *,
    over: Callable[[Array, Array], Any] = lambda a, b: np.maximum(1e-8, np.abs(a) + np.abs(b)),
    gap: Callable[[Array, Array], Any] = lambda a, b: np.abs(a - b),
    reduce: Callable[[Array], Any] = lambda e: e.max(),
) -> Any:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    with np.errstate(all="ignore"):
        return reduce(np.asarray(gap(a, b) / over(a, b)))


def _error_with(**changes: Any) -> Callable[..., Any]:
    return lambda a, b: _error(a, b, **changes)


def _norms(a: Any, b: Any) -> Any:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))


def _sums(a: Any, b: Any) -> Any:
    return np.abs(np.sum(a) - np.sum(b)) / max(1e-8, np.abs(np.sum(a)) + np.abs(np.sum(b)))


ERROR_MISTAKES = (
    Mistake(
        "mean",
        "This is the mean of the relative errors. One bad cell among a thousand good ones would hardly be "
        "noticed: take the "
        "largest.",
        _HAND,
        instead=_error_with(reduce=np.mean),
    ),
    Mistake(
        "sum",
        "The relative errors were added up; the largest one is asked for.",
        _HAND,
        instead=_error_with(reduce=np.sum),
    ),
    Mistake("min", "This is the smallest relative error.", _HAND, instead=_error_with(reduce=np.min)),
    Mistake(
        "floor_on_diff",
        "The 1e-8 was put on the difference. It belongs to what is divided by, so that two zeros give 0.",
        _FLOOR,
        instead=_error_with(
            gap=lambda a, b: np.maximum(1e-8, np.abs(a - b)),
            over=lambda a, b: np.abs(a) + np.abs(b),
        ),
    ),
    Mistake(
        "floor_on_diff",
        "The 1e-8 was put on the difference as well. Two equal numbers should give 0.",
        _FLOOR,
        instead=_error_with(gap=lambda a, b: np.maximum(1e-8, np.abs(a - b))),
    ),
    Mistake(
        "no_floor",
        "Where both numbers are 0 you divide 0 by 0, and the result is NaN.",
        _FLOOR,
        instead=_error_with(over=lambda a, b: np.abs(a) + np.abs(b)),
    ),
    Mistake(
        "floor_added",
        "The 1e-8 was added to what is divided by. The formula takes the larger of the two instead.",
        "Compare [2e-9] with [5e-9] by hand.",
        instead=_error_with(over=lambda a, b: np.abs(a) + np.abs(b) + 1e-8),
    ),
    Mistake(
        "norm_of_diff_over_diff",
        "This is one number for the whole arrays: the length of the difference over the sum of the lengths. A single "
        "bad cell disappears in it. Compare cell by cell.",
        _HAND,
        instead=_norms,
    ),
    Mistake(
        "sums_first",
        "The arrays were added up before they were compared. Errors in both directions cancel.",
        "Compare [1, 3] with [3, 1]: what should come out?",
        instead=_sums,
    ),
    Mistake(
        "largest_first",
        "The largest difference was divided by the largest sum. They may belong to different cells: divide cell by "
        "cell, then take the largest.",
        "Compare [1000, 1] with [1000, 2]: what should come out?",
        instead=lambda a, b: np.max(np.abs(a - b)) / max(1e-8, float(np.max(np.abs(a) + np.abs(b)))),
    ),
    Mistake(
        "absolute",
        "This is the largest difference, not divided by anything. An error of 0.1 is much for 0.2, little for 1000.",
        _HAND,
        instead=_error_with(over=lambda a, b: np.ones_like(a)),
    ),
    *(
        Mistake(
            "one_side",
            f"The difference was divided by {words} alone. The formula takes |a| + |b|.",
            _HAND,
            instead=_error_with(over=over),
        )
        for words, over in (
            ("|a|", lambda a, b: np.maximum(1e-8, np.abs(a))),
            ("|b|", lambda a, b: np.maximum(1e-8, np.abs(b))),
        )
    ),
    Mistake(
        "larger_side",
        "The difference was divided by the larger of |a| and |b|. That is another convention; here it is their sum.",
        _HAND,
        instead=_error_with(over=lambda a, b: np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b)))),
    ),
    Mistake(
        "mean_of_sides",
        "The difference was divided by the mean of |a| and |b|. That is another convention; here it is their sum.",
        _HAND,
        instead=_error_with(over=lambda a, b: np.maximum(1e-8, (np.abs(a) + np.abs(b)) / 2)),
    ),
    Mistake(
        "abs_of_sum",
        "The difference was divided by |a + b|. For numbers of opposite sign that is nearly 0: take |a| + |b|.",
        "Compare [1] with [−1].",
        instead=_error_with(over=lambda a, b: np.maximum(1e-8, np.abs(a + b))),
    ),
    Mistake(
        "signed",
        "The difference kept its sign, so a gradient that is too small counts as no error.",
        "Where must the sign go before the largest is taken?",
        instead=_error_with(gap=lambda a, b: a - b),
    ),
    Mistake(
        "signed",
        "The difference kept its sign, so a gradient that is too large counts as no error.",
        "Where must the sign go before the largest is taken?",
        instead=_error_with(gap=lambda a, b: b - a),
    ),
    Mistake(
        "not_reduced",
        "These are the errors of all cells; the largest of them is asked for.",
        "One number should come back.",
        instead=_error_with(reduce=lambda e: e),
    ),
)
