"""What goes wrong in counting the places of a window, each as a rule for (n, f, pad, stride)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnlab import shapes
from cnnlab.check.task import Mistake

__all__ = ["MISTAKES", "by_rule", "right_size"]


def right_size(n: int, f: int, pad: int, stride: int) -> int:
    """Count the places; below 1 where the window does not fit."""
    # The library refuses a window that does not fit. f strides more room give f places more, so ask for those.
    return shapes.output_size(n + f * stride, f, pad, stride) - f


def by_rule(name: str, says: str, look: str, *rules: Callable[..., Any]) -> tuple[Mistake, ...]:
    """Return one mistake for each rule that gives the result of this misunderstanding."""
    return tuple(Mistake(name, says, look, instead=rule) for rule in rules)


def _refused(n: int, f: int, pad: int, stride: int, when: bool) -> int:
    if when:
        raise ValueError
    return right_size(n, f, pad, stride)


_DRAW = "Draw 7 cells in a row with one of padding on each side, and step a window of 3 over them, 2 cells at a time."
_PAD = "How many cells does padding add to a row, on both sides together?"
_BRACKETS = "Which numbers make up the room in which the window moves? All of it is divided by the stride."
_WHOLE = "The window either fits once more or it does not. Which way should a fraction be rounded?"
_BELOW = "Work out −1 / 2, and then the whole number below it. What does `int` make of it?"
_OWN = "Put the numbers of this call into the formula, one after the other, and compare with your line."

MISTAKES = (
    Mistake(
        "pad_once",
        "The padding was counted once; there is padding at both ends.",
        _PAD,
        before=lambda n, f, pad, stride: (n + pad, f, 0, stride),
    ),
    Mistake("pad_ignored", "The padding is missing.", _PAD, before=lambda n, f, pad, stride: (n, f, 0, stride)),
    *by_rule(
        "minus_p",
        "The padding was taken away; it makes the row longer.",
        _PAD,
        lambda n, f, pad, stride: (n - 2 * pad - f) // stride + 1,
        lambda n, f, pad, stride: (n - pad - f) // stride + 1,
    ),
    Mistake(
        "no_plus1",
        "One place is missing: the window has a place before it makes its first step.",
        _DRAW,
        after=lambda out, *sizes: out - 1,
    ),
    Mistake("one_too_many", "It is one place too many.", _DRAW, after=lambda out, *sizes: out + 1),
    Mistake(
        "stride_ignored",
        "The stride is missing: this is right for steps of one cell only.",
        _DRAW,
        before=lambda n, f, pad, stride: (n, f, pad, 1),
    ),
    *by_rule(
        "prec",
        "Only `f` was divided by the stride: division comes before minus.",
        _BRACKETS,
        lambda n, f, pad, stride: n + 2 * pad - f // stride + 1,
        lambda n, f, pad, stride: n + 2 * pad - f / stride + 1,
        lambda n, f, pad, stride: math.floor(n + 2 * pad - f / stride) + 1,
    ),
    *by_rule(
        "s_only_n",
        "Only `n` was divided by the stride.",
        _BRACKETS,
        lambda n, f, pad, stride: n // stride + 2 * pad - f + 1,
        lambda n, f, pad, stride: n / stride + 2 * pad - f + 1,
    ),
    *by_rule(
        "part_divided",
        "Only a part of the room was divided by the stride: division comes before plus and minus.",
        _BRACKETS,
        lambda n, f, pad, stride: n - f + 2 * pad // stride + 1,
        lambda n, f, pad, stride: n - f + 2 * pad / stride + 1,
        lambda n, f, pad, stride: (n + 2 * pad) // stride - f + 1,
        lambda n, f, pad, stride: (n + 2 * pad) / stride - f + 1,
        lambda n, f, pad, stride: n + 2 * pad - f + 1 // stride,
        lambda n, f, pad, stride: n + 2 * pad - f + 1 / stride,
    ),
    *by_rule(
        "pad_outside",
        "The padding was added after the division; it belongs to the room that is divided.",
        _BRACKETS,
        lambda n, f, pad, stride: (n - f) // stride + 2 * pad + 1,
        lambda n, f, pad, stride: (n - f) / stride + 2 * pad + 1,
    ),
    *by_rule(
        "plus1_inside",
        "The + 1 was divided by the stride, too.",
        "Which count is the + 1: a count of cells or a count of places?",
        lambda n, f, pad, stride: (n + 2 * pad - f + 1) // stride,
        lambda n, f, pad, stride: (n + 2 * pad - f + 1) / stride,
    ),
    *by_rule(
        "f_minus_1",
        "The window was taken one cell too short, and the 1 was added once more.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad - f + 1) // stride + 1,
    ),
    *by_rule(
        "f_plus_1",
        "The window was taken one cell too long.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad - f - 1) // stride + 1,
    ),
    *by_rule(
        "f_plus",
        "The filter's size was added; it takes room away.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad + f) // stride + 1,
    ),
    *by_rule(
        "f_ignored",
        "The filter's size is not in it.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad) // stride + 1,
        lambda n, f, pad, stride: (n + 2 * pad) // stride,
    ),
    *by_rule(
        "f_halved",
        "Only half of the filter was taken away. The whole window must stay inside, not only its centre.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad - f // 2) // stride + 1,
        lambda n, f, pad, stride: (n + 2 * pad - 2 * (f // 2)) // stride + 1,
    ),
    *by_rule(
        "same_assumed",
        "This is the size for padding that keeps the picture's size. Here `f` and `pad` are free.",
        "Which of the four numbers does your line not use?",
        lambda n, f, pad, stride: n // stride,
        lambda n, f, pad, stride: n,
        lambda n, f, pad, stride: (n - 1) // stride,
        lambda n, f, pad, stride: n / stride,
    ),
    *by_rule(
        "ns",
        "This is the rule for same padding, `n` divided by the stride and rounded up. Here `f` and `pad` are free.",
        "Which of the four numbers does your line not use?",
        lambda n, f, pad, stride: -(-n // stride),
    ),
    *by_rule(
        "fencepost",
        "These are all places where a window could start. It must also end inside.",
        _DRAW,
        lambda n, f, pad, stride: -(-(n + 2 * pad) // stride),
    ),
    *by_rule(
        "side_by_side",
        "This counts windows side by side, as if they could not overlap.",
        _DRAW,
        lambda n, f, pad, stride: (n + 2 * pad) // f,
        lambda n, f, pad, stride: n // f,
    ),
    *by_rule(
        "float",
        "The fraction is still there; half a place does not exist.",
        _WHOLE,
        lambda n, f, pad, stride: (n + 2 * pad - f) / stride + 1,
    ),
    *by_rule(
        "ceil",
        "It was rounded up: this counts a last window that hangs over the rim.",
        _WHOLE,
        lambda n, f, pad, stride: -(-(n + 2 * pad - f) // stride) + 1,
    ),
    *by_rule(
        "rounded",
        "It was rounded to the nearest whole number, which is sometimes up.",
        _WHOLE,
        lambda n, f, pad, stride: round((n + 2 * pad - f) / stride) + 1,
        lambda n, f, pad, stride: round((n + 2 * pad - f) / stride + 1),
        lambda n, f, pad, stride: math.floor((n + 2 * pad - f) / stride + 0.5) + 1,
    ),
    *by_rule(
        "int_trunc",
        "A window that does not fit got a place. `int` cuts off towards 0, so it rounds negative numbers up.",
        _BELOW,
        lambda n, f, pad, stride: int((n + 2 * pad - f) / stride) + 1,
    ),
    *by_rule(
        "int_outer",
        "It is right wherever the window fits. Where it does not, `int` cuts off towards 0: that is up, not down.",
        "Work out −3 / 2 + 1, and then the whole number below it. What does `int` make of it?",
        lambda n, f, pad, stride: int((n + 2 * pad - f) / stride + 1),
    ),
    *(
        Mistake(
            "clamped",
            "It is right wherever the window fits. Where it does not, this exercise wants the formula's own number, "
            "which may be negative: it shows how much is missing.",
            "Look for `max`, `abs`, `range` or an `if` around the formula, and read the docstring again.",
            after=after,
        )
        for after in (
            lambda out, *sizes: max(out, 0),
            lambda out, *sizes: max(out, 1),
            lambda out, *sizes: abs(out),
            lambda out, n, f, pad, stride: out if n + 2 * pad >= f else 0,
            lambda out, n, f, pad, stride: out if n + 2 * pad >= f else -1,
            lambda out, n, f, pad, stride: out if n + 2 * pad >= f else 1,
        )
    ),
    *by_rule(
        "remainder_refused",
        "It refuses settings that leave cells over. CS231n's notes call them invalid; here, as in deeplearning.ai's "
        "course and in every library, they are allowed: the window that would hang over is not taken.",
        _WHOLE,
        lambda n, f, pad, stride: _refused(n, f, pad, stride, (n + 2 * pad - f) % stride > 0),
        lambda n, f, pad, stride: _refused(n, f, pad, stride, (n + 2 * pad - f) % stride > 0 or n + 2 * pad < f),
    ),
    *by_rule(
        "misfit_refused",
        "It refuses a window that does not fit. Here the formula's own number is wanted, which is then below 1.",
        "Look at the line that raises, and read the docstring again.",
        lambda n, f, pad, stride: _refused(n, f, pad, stride, n + 2 * pad < f),
    ),
    *(
        Mistake(
            "arguments_swapped",
            "Two of the arguments have changed places.",
            "The check calls with `n, f, pad, stride`, in this order. In which order does your `def` line name them?",
            before=before,
        )
        for before in (
            lambda n, f, pad, stride: (n, f, stride, pad),
            lambda n, f, pad, stride: (f, n, pad, stride),
            lambda n, f, pad, stride: (n, pad, f, stride),
        )
    ),
    *by_rule(
        "two_axes",
        "This is the number of cells of a square output. One axis is asked for.",
        "How many places does the window have along one row?",
        lambda n, f, pad, stride: right_size(n, f, pad, stride) ** 2,
    ),
    Mistake(
        "two_axes",
        "The size of one axis is asked for, as one number.",
        "Look at your `return` line.",
        after=lambda out, *sizes: [out, out],
    ),
    *by_rule(
        "stride_misused",
        "The stride should divide the room in which the window moves; here it does something else with it.",
        _OWN,
        lambda n, f, pad, stride: n + 2 * pad - f - stride + 1,
        lambda n, f, pad, stride: (n + 2 * pad - f) * stride + 1,
        lambda n, f, pad, stride: (n + 2 * pad - f) % stride + 1,
    ),
)
