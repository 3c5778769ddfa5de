"""What goes wrong in counting the windows over each cell: how learners' loops and slices put them elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops, shapes
from cnnlab.check.exercises.size_mistakes import by_rule
from cnnlab.check.task import Mistake

__all__ = ["MISTAKES", "right_usage"]

Array = NDArray[Any]


def right_usage(n: int, f: int, pad: int, stride: int) -> Array:
    """Count the windows over each cell, (n, n)."""
    places = shapes.output_size(n, f, pad, stride)
    ones = np.ones((f * f, places * places))  # every window puts a 1 on each of its cells
    counts: Array = ops.col2im(ones, (1, 1, n, n), f, stride=stride, pad=pad)[0, 0]
    return counts


def _line(n: int, f: int, pad: int, stride: int) -> Array:
    """Count the windows along one axis; windows are square, so the table is the product of two such lines."""
    return np.asarray(np.sqrt(np.diag(right_usage(n, f, pad, stride))))


def _padded(n: int, f: int, pad: int, stride: int) -> Array:
    """Count over the padded picture."""
    return right_usage(n + 2 * pad, f, 0, stride)


def _sliced(n: int, f: int, pad: int, stride: int) -> Array:
    """Count by slices; a negative start counts from the end."""
    line = np.zeros(n)
    for start in range(-pad, n + pad - f + 1, stride):
        line[start : start + f] += 1
    return np.outer(line, line)


def _pushed(n: int, f: int, pad: int, stride: int) -> Array:
    """Let windows that begin in the padding begin on the first cell instead."""
    line = np.zeros(n)
    for start in range(-pad, n + pad - f + 1, stride):
        line[max(start, 0) : max(start, 0) + f] += 1
    return np.outer(line, line)


def _inside(starts: Callable[[int, int, int, int], range]) -> Callable[..., Array]:
    """Count with windows that start at `starts`, and leave out what lies outside the picture."""

    def core(n: int, f: int, pad: int, stride: int) -> Array:
        line = np.zeros(n)
        for start in starts(n, f, pad, stride):
            line[max(start, 0) : max(start + f, 0)] += 1
        return np.outer(line, line)

    return core


def _cropped(n: int, f: int, pad: int, stride: int) -> Array:
    return _padded(n, f, pad, stride)[pad:-pad, pad:-pad]  # the mistake: empty when pad is 0


def _indexed(n: int, f: int, pad: int, stride: int) -> Array:
    """Count cell by cell; a negative index counts from the end."""
    line = np.zeros(n)
    for start in range(-pad, n + pad - f + 1, stride):
        for i in range(start, start + f):
            line[i] += 1  # IndexError beyond the end, as the learner gets it
    return np.outer(line, line)


def _marked(n: int, f: int, pad: int, stride: int, cell: int) -> Array:
    line = np.zeros(n + 2 * pad)
    line[np.arange(shapes.output_size(n, f, pad, stride)) * stride + cell] = 1
    return np.outer(line, line)[pad : pad + n, pad : pad + n]


def _diagonal(n: int, f: int, pad: int, stride: int) -> Array:
    out = np.zeros((n + 2 * pad, n + 2 * pad))
    for start in range(0, n + 2 * pad - f + 1, stride):
        out[start : start + f, start : start + f] += 1
    return out[pad : pad + n, pad : pad + n]


def _by_distance(n: int, f: int, pad: int, stride: int) -> Array:
    i = np.arange(n)
    line = np.minimum.reduce([i + 1, n - i, np.full(n, f), np.full(n, max(n - f + 1, 0))])
    return np.outer(line, line)


_CORNER = (
    "Take a picture of 4 cells, a window of 3 and a padding of 1. Where does the first window start, on the picture?"
)
_CELL = "Which windows contain the cell in row 1, column 1? Count them by hand."
_LAST = "Where does the last window start that still fits?"
_RIM = "The counts of the rim are not asked for. Which rows and columns of the padded picture are the picture?"

MISTAKES = (
    Mistake("pad_ignored", "The padding is missing.", _CORNER, before=lambda n, f, pad, stride: (n, f, 0, stride)),
    Mistake(
        "stride_ignored",
        "The windows moved on by one cell at a time; the step should be `stride`.",
        "What does your loop add to the start of a window each time?",
        before=lambda n, f, pad, stride: (n, f, pad, 1),
    ),
    *by_rule(
        "rim_counted",
        "The rim of padding was counted, too. The result has one cell for each cell of the picture: (n, n).",
        _RIM,
        _padded,
    ),
    *by_rule(
        "crop_neg",
        "It is right, except when `pad` is 0: −0 is 0, so the slice `0:-0` is empty.",
        "Say where the picture ends by counting from its start: from `pad`, and how many rows further?",
        _cropped,
    ),
    *by_rule(
        "not_shifted",
        "The counts are those of the padded picture's top-left part: the picture begins `pad` cells further on.",
        _RIM,
        lambda n, f, pad, stride: _padded(n, f, pad, stride)[:n, :n],
        lambda n, f, pad, stride: _padded(n, f, pad, stride)[2 * pad :, 2 * pad :],
    ),
    *by_rule(
        "negative_start",
        "Windows that begin in the padding were lost. Their slice starts at a negative number, and Python counts that "
        "from the end.",
        _CORNER,
        _sliced,
        _indexed,
    ),
    *by_rule(
        "pushed_inside",
        "Windows that begin in the padding were pushed into the picture in full. Only a part of them lies on it.",
        _CORNER,
        _pushed,
    ),
    *by_rule(
        "hanging_windows",
        "Windows that hang over the end were counted, too.",
        _LAST,
        _inside(lambda n, f, pad, stride: range(-pad, n + pad, stride)),
        _inside(lambda n, f, pad, stride: range(-pad, n, stride)),
        _inside(lambda n, f, pad, stride: range(-pad, n + pad - f + stride, stride)),
    ),
    *by_rule(
        "last_window_missing",
        "The last window is missing where it ends exactly on the last cell.",
        _LAST,
        _inside(lambda n, f, pad, stride: range(-pad, n + pad - f, stride)),
    ),
    *by_rule(
        "last_window_missing",
        "The last window is missing.",
        _LAST,
        _inside(lambda n, f, pad, stride: range(-pad, n + pad - f + 1, stride)[:-1]),
    ),
    *by_rule(
        "first_window_missing",
        "The first window is missing: it starts on the first cell of the padded picture.",
        _CORNER,
        _inside(lambda n, f, pad, stride: range(-pad, n + pad - f + 1, stride)[1:]),
    ),
    *by_rule(
        "pad_once",
        "The padding was counted at one end only.",
        _CORNER,
        _inside(lambda n, f, pad, stride: range(-pad, n - f + 1, stride)),
        _inside(lambda n, f, pad, stride: range(0, n + pad - f + 1, stride)),
    ),
    *by_rule(
        "starts_only",
        "Only the first cell of each window was counted; a window covers f×f cells.",
        _CELL,
        lambda n, f, pad, stride: _marked(n, f, pad, stride, 0),
    ),
    *by_rule(
        "centres_only",
        "Only the cell in the middle of each window was counted; a window covers f×f cells.",
        _CELL,
        lambda n, f, pad, stride: _marked(n, f, pad, stride, f // 2),
    ),
    Mistake(
        "assigned",
        "This says whether a cell was used, not how often.",
        "`=` replaces, `+=` adds. Which do you need where windows overlap?",
        after=lambda out, *sizes: np.minimum(out, 1),
    ),
    *by_rule(
        "one_axis",
        "Only the places along one axis were counted. A window has a row and a column.",
        "How many windows contain the corner's neighbour: count them in the picture, not in one row.",
        lambda n, f, pad, stride: np.tile(_line(n, f, pad, stride), (n, 1)),
        lambda n, f, pad, stride: np.tile(_line(n, f, pad, stride), (n, 1)).T,
        _line,
    ),
    *by_rule(
        "added_axes",
        "The counts of rows and columns were added. Every row place goes with every column place.",
        "A window's row can lie in 2 ways and its column in 3. How many ways is that together?",
        lambda n, f, pad, stride: np.add.outer(_line(n, f, pad, stride), _line(n, f, pad, stride)),
    ),
    *by_rule(
        "one_of_two",
        "Each cell holds only one of its two counts, that of its row or that of its column.",
        "A window's row can lie in 2 ways and its column in 3. How many ways is that together?",
        lambda n, f, pad, stride: np.minimum.outer(_line(n, f, pad, stride), _line(n, f, pad, stride)),
        lambda n, f, pad, stride: np.maximum.outer(_line(n, f, pad, stride), _line(n, f, pad, stride)),
    ),
    *by_rule(
        "diagonal_windows",
        "Only windows on the diagonal were counted: row and column moved on together.",
        "How many loops move the window? It needs a row and a column of its own.",
        _diagonal,
    ),
    *by_rule(
        "full_everywhere",
        "These are the cells of a window, or the number of all windows, over and over. Cells at the rim are seen less.",
        _CELL,
        lambda n, f, pad, stride: np.full((n, n), f * f),
        lambda n, f, pad, stride: np.full((n, n), shapes.output_size(n, f, pad, stride) ** 2),
    ),
    *by_rule(
        "output_counted",
        "This table is as large as the output. The cells of the picture are counted: (n, n).",
        "Which table does your loop write into, and where does the window lie in it?",
        lambda n, f, pad, stride: np.full((shapes.output_size(n, f, pad, stride),) * 2, f * f),
        lambda n, f, pad, stride: np.ones((shapes.output_size(n, f, pad, stride),) * 2),
    ),
    *(
        Mistake(
            "share",
            "These are shares, not counts.",
            "Whole numbers are asked for: how many windows?",
            after=after,
        )
        for after in (
            lambda out, *sizes: out / out.max(),
            lambda out, *sizes: out / out.sum(),
            lambda out, n, f, pad, stride: out / f**2,
            lambda out, *sizes: out / shapes.output_size(*sizes) ** 2,
        )
    ),
    *by_rule(
        "formula_without_stride",
        "This is right without padding and in steps of 1, where each count can be written down at once.",
        "Move the window in your head: which starts are there when `stride` is 2?",
        _by_distance,
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
        )
    ),
    Mistake(
        "never_counted",
        "It is all zeros.",
        "Which line adds to the counts, and does it run?",
        after=lambda out, *sizes: 0 * out,
    ),
)
