"""Questions of notebook 02."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import output_size, same_padding

__all__ = ["QUESTIONS"]

VERTICAL = np.array([[1.0, 0.0, -1.0]] * 3)


def _layers(n: int, f: int) -> int:
    """Count the layers without padding that fit on top of one another."""
    layers = 0
    while n >= f:
        n, layers = output_size(n, f), layers + 1
    return layers


def _windows_over(n: int, f: int, row: int, column: int, pad: int = 0) -> int:
    """Count the windows that contain one cell."""
    padded = np.zeros((1, 1, n + 2 * pad, n + 2 * pad))
    padded[0, 0, row + pad, column + pad] = 1
    return int(ops.windows(padded, f).sum())


def _flat_rim() -> str:
    padded = ops.pad2d(np.full((1, 1, 6, 6), 10.0), 1)[0, 0]
    corner = ops.correlate2d(padded, VERTICAL)[2, 0]
    return {0: "0, because the picture is flat", 1: "positive numbers"}.get(np.sign(corner), "negative numbers")


def _left_over(n: int, f: int, stride: int) -> int:
    return n - ((output_size(n, f, stride=stride) - 1) * stride + f)


def _seen_twice() -> int:
    """Count the cells of a row of 9 that two windows of 3 share, in steps of 2."""
    seen = ops.windows(np.arange(9).reshape(1, 1, 1, 9), (1, 3), stride=2)
    return int((np.bincount(seen.astype(int).ravel()) == 2).sum())


QUESTIONS = (
    Question(
        "shrinking_layers",
        "A picture has 28×28 cells. Every layer has a filter of 3×3. How many layers can follow one another?",
        answer=lambda: _layers(28, 3),
        why="Each layer takes 2 rows: 28, 26, 24 … 4, 2. After 13 layers the map is 2×2, and 3×3 does not fit on it.",
        tempting={
            9: "28 / 3 would be the windows side by side. How many rows does one layer take away?",
            14: "28 / 2 = 14 is close. But the last step starts at 2 rows: does a window of 3 fit there?",
            12: "After 12 layers the map is 4×4. Does a window of 3 fit on it?",
            26: "26 is the size after the first layer. The question is how many layers there can be.",
        },
    ),
    Question(
        "centre_seen",
        "A window of 3×3 slides over 5×5 cells. In how many of its places does it contain the cell in the middle?",
        answer=lambda: _windows_over(5, 3, 2, 2),
        why="Its row can be the window's first, second or third; so can its column: 3 · 3 = 9, all of the places.",
        tempting={
            1: "That is the corner: only the window in the corner contains it.",
            3: "3 is right along one axis. A window has a row and a column.",
            25: "25 is the number of cells. The window has 5 − 3 + 1 = 3 places along each axis.",
            6: "The ways for rows and columns are multiplied: each row goes with each column.",
        },
    ),
    Question(
        "padded_rows",
        "6×6 cells get a rim of one cell on every side. Then a 3×3 filter slides over them. How many rows come out?",
        answer=lambda: output_size(6, 3, pad=1),
        why="With the rim there are 6 + 1 + 1 = 8 rows, and 8 − 3 + 1 = 6: as many as before.",
        tempting={
            4: "That is without the rim: 6 − 3 + 1.",
            5: "The rim is above and below: it adds two rows, not one.",
            8: "8 is the size with the rim. The filter still takes 2 rows away.",
        },
    ),
    Question(
        "padded_corner",
        "4×4 cells, one cell of padding, a 3×3 window, stride 1. How many windows contain the corner of the picture?",
        answer=lambda: _windows_over(4, 3, 0, 0, pad=1),
        why="Along each axis the window can start on the rim or on the corner: 2 · 2 = 4. Without padding it was 1.",
        tempting={
            1: "That is without padding. Now a window may also begin one row above it, and one column before it.",
            9: "Cells in the middle have that many. On the rim, one of the three starts is missing along each axis.",
            2: "2 is right along one axis.",
            3: "Rows and columns are counted apart, then multiplied.",
        },
    ),
    Question(
        "flat_rim",
        "A picture is 10 everywhere, padded with zeros. The kernel with columns 1, 0, −1 slides over it. What is in "
        "the first column of the output?",
        choices=("0, because the picture is flat", "positive numbers", "negative numbers"),
        answer=_flat_rim,
        why="There the +1 column lies on the zeros, the −1 column on tens: a dark → light edge that nobody painted.",
        tempting={
            "0, because the picture is flat": "The picture is flat. But what do the windows at the rim see besides it?",
            "positive numbers": "Positive means light on the left. On which side of this window are the zeros?",
        },
    ),
    Question(
        "even_filter",
        "How many rows does a filter of 4×4 take away? Padding must bring back so many, above and below together.",
        answer=lambda: sum(same_padding(6, 4)),
        why="n − 4 + 1 is 3 less than n. Three rows cannot be shared equally between above and below: 1.5 each.",
        tempting={
            4: "A filter of f takes f − 1 rows: it has a place before it moves at all.",
            2: "2 is what a filter of 3 takes.",
            1.5: "That is the share of one side. It shows the problem; the question is for both together.",
        },
    ),
    Question(
        "stride_rows",
        "A window of 3 moves over 7 rows, two rows at a time. How many places does it have?",
        answer=lambda: output_size(7, 3, stride=2),
        why="It starts at row 0, 2 or 4. From 4 it reaches rows 4, 5 and 6, the last one.",
        tempting={
            5: "That is in steps of one row. Now every second start is left out.",
            2: "(7 − 3) / 2 = 2 is the number of steps. It also has a place before it steps.",
            4: "From row 6 it would need rows 7 and 8, which do not exist.",
            3.5: "7 / 2 leaves the size of the window out.",
        },
    ),
    Question(
        "left_over",
        "And over 8 rows, with the same window of 3 and the same step of two? How many rows are never seen?",
        answer=lambda: _left_over(8, 3, 2),
        why="It starts at 0, 2 or 4 and sees rows 0 to 6. From 6 it would hang over. Row 7 is left over.",
        tempting={
            0: "The next start is row 6. Are there three rows from there on?",
            2: "Row 6 is the last row of the window that starts at 4.",
            3: "3 is the number of places. Which rows does the last one see?",
        },
    ),
    Question(
        "alexnet_rows",
        "First layer of AlexNet (2012): 227×227 pixels, filters 11×11, stride 4, no padding. How many rows come out?",
        answer=lambda: output_size(227, 11, stride=4),
        why="(227 − 11) / 4 = 54 steps, and the first place: 55. Nothing is left over.",
        tempting={
            54: "That is the number of steps. The window also has a place before its first step.",
            217: "That is 227 − 11 + 1, for steps of one pixel.",
            57: "227 / 4 leaves the size of the window out.",
            56.75: "227 / 4 leaves the size of the window out.",
            56: "227 / 4 leaves the size of the window out.",
        },
    ),
    Question(
        "two_axes",
        "A picture has 5 rows and 8 columns. A filter of 3 rows and 2 columns moves with stride 2. How many cells "
        "has the output?",
        answer=lambda: output_size(5, 3, stride=2) * output_size(8, 2, stride=2),
        why="Rows: (5 − 3) / 2 + 1 = 2. Columns: (8 − 2) / 2 + 1 = 4. Together 2 · 4 = 8.",
        tempting={
            6: "2 + 4 = 6 adds what should be multiplied: every row has that many columns.",
            4: "Those are the columns alone.",
            2: "Those are the rows alone.",
            21: "3 · 7 = 21 is for steps of one cell.",
        },
    ),
    Question(
        "stride_seen",
        "A row of 9 cells, a window of 3, stride 2. How many of the nine cells are seen twice?",
        answer=_seen_twice,
        why="Windows that follow one another share one cell: cell 2, cell 4 and cell 6. The other six are seen once.",
        tempting={
            0: "The step is smaller than the window: windows that follow one another share cells. Which?",
            4: "4 is the number of windows. They share cells only where two of them meet.",
            7: "With stride 1, seven of the cells are seen more than once. Now only every second window is there.",
            6: "Six cells are seen once.",
        },
    ),
)
