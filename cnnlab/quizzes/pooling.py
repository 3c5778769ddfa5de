"""Questions of notebook 04."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import output_size, receptive_field

__all__ = ["QUESTIONS"]

PATCH = np.array([[3.0, 1, 0, 2], [4, 8, 6, 2], [7, 5, 1, 1], [0, 6, 3, 9]])  # the notebook's 4×4 example


def _moved(column: int) -> str:
    """Say whether max pooling 2×2 sees a single bright pixel move from a column to the next one."""
    pictures = np.zeros((2, 1, 2, 6))
    pictures[0, 0, 0, column] = pictures[1, 0, 0, column + 1] = 9
    before, after = ops.maxpool2d(pictures, 2)[0]
    return "yes" if (before != after).any() else "no"


QUESTIONS = (
    Question(
        "max_pool_first",
        "Max pooling keeps the largest number of each window. What does the top-left window give?",
        answer=lambda: float(ops.maxpool2d(PATCH[None, None], 2)[0][0, 0, 0, 0]),
        why="The window holds 3, 1, 4 and 8. The largest is 8.",
        tempting={
            16: "16 is the sum. Max pooling does not add: it picks one.",
            4: "4 is the mean of the four. That is average pooling.",
            3: "3 stands first. Pooling looks at all four cells.",
            9: "9 is the largest of the whole picture. The window only holds the four cells at the top left.",
        },
    ),
    Question(
        "average_pool_first",
        "Average pooling takes the mean instead. What does the same window give?",
        answer=lambda: float(ops.avgpool2d(PATCH[None, None], 2)[0][0, 0, 0, 0]),
        why="3 + 1 + 4 + 8 = 16, shared among four cells: 16 / 4 = 4.",
        tempting={
            16: "That is the sum. How many cells share it?",
            8: "8 is the largest. Now every cell has a say.",
            3.5: "That is the median of 3, 1, 4 and 8. The mean is the sum divided by four.",
        },
    ),
    Question(
        "pool_size",
        "An input with n = 7 rows, windows of f = 3, stride s = 2. How many rows does the result have?",
        answer=lambda: output_size(7, 3, stride=2),
        why="Windows start at rows 0, 2 and 4: (7 − 3) / 2 + 1 = 3.",
        tempting={
            2: "(7 − 3) / 2 = 2 is how often the window moves. It also has a place before it moves.",
            5: "5 would be stride 1.",
            3.5: "7 / 2 forgets that the last window needs 3 rows. And a size is a whole number.",
            4: "A window that starts at row 6 would hang over the rim.",
        },
    ),
    Question(
        "pool_parameters",
        "A convolution layer has weights and biases to learn. How many numbers does a pooling layer learn?",
        answer=lambda: 0,
        why="None. f and s are chosen by you, and the maximum has no weights.",
        tempting={
            4: "The window has four cells, but no weights lie on them.",
            2: "f and s are settings: you choose them, training does not change them.",
            1: "There is no bias either.",
        },
    ),
    Question(
        "shift_inside",
        "One bright pixel in column 0 moves to column 1. Max pooling with f = 2, s = 2: does its result change?",
        choices=("yes", "no"),
        answer=lambda: _moved(0),
        why="Columns 0 and 1 lie in the same window, so its largest number stays the same.",
        tempting={"yes": "Which window holds column 0, and which holds column 1?"},
    ),
    Question(
        "shift_across",
        "Now it moves on, from column 1 to column 2. Does the result change?",
        choices=("yes", "no"),
        answer=lambda: _moved(1),
        why="Column 2 lies in the next window: the bright number jumps one cell to the right.",
        tempting={"no": "The first window ends with column 1. Where is the pixel now?"},
    ),
    Question(
        "field_two_layers",
        "A 3×3 convolution, then 2×2 max pooling with stride 2. How wide is the field that one pooled cell sees?",
        answer=lambda: receptive_field([(3, 1), (2, 2)]),
        why="Two neighbouring outputs of the convolution see 3 columns each, one column apart: 3 + 1 = 4.",
        tempting={
            5: "3 + 2 counts the shared columns twice. Two windows of 3, one column apart, overlap in 2.",
            6: "3 · 2 would be right if the two windows did not overlap. They do.",
            3: "3 is what one output of the convolution sees. The pool looks at two of them side by side.",
            2: "2 is how many cells of the convolution's result it sees. And those see more of the picture.",
        },
    ),
    Question(
        "field_after_pool",
        "One more 3×3 convolution on top. How wide is the field now?",
        answer=lambda: receptive_field([(3, 1), (2, 2), (3, 1)]),
        why="Its three inputs lie 2 picture columns apart, so it sees 2 · 2 = 4 columns more: 4 + 4 = 8.",
        tempting={
            6: "4 + 2 would be right without the pooling. After stride 2, one step on the map is two in the picture.",
            7: "Start from the field before, 4. Two steps to the right add 2 columns each.",
            10: "Three cells, but the first of them is already counted: only two steps are new.",
            12: "4 · 3 would be right if the three fields did not overlap. They do.",
        },
    ),
)
