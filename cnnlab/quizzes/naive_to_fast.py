"""Questions of notebook 07."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import output_size

__all__ = ["QUESTIONS"]

PICTURE = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
WINDOW = (2, 2)


def _matrix() -> np.ndarray:
    return ops.im2col(PICTURE, WINDOW)


QUESTIONS = (
    Question(
        "naive_products",
        "32 pictures of 3×32×32 meet 32 filters of 3×7×7, padded so that maps stay 32×32. How many multiplications, in "
        "millions?",
        answer=lambda: round(32 * 32 * output_size(32, 7, 3) ** 2 * 3 * 7 * 7 / 1e6),
        why="32 pictures · 32 filters · 1024 places · 147 weights is about 154 million.",
        tempting={
            5: "That is one picture: there are 32 of them.",
            0.15: "147 · 1024 is one filter on one picture. There are 32 filters and 32 pictures.",
            1: "32 · 32 · 1024 counts outputs. Each takes 147 multiplications.",
        },
    ),
    Question(
        "view_memory",
        "A view shows all 3×3 windows of a 1000×1000 picture. How much memory does it need for their numbers?",
        choices=("none: it looks at the picture's own", "9 times the picture", "as much as the picture"),
        answer=lambda: (
            "none: it looks at the picture's own"
            if np.shares_memory(PICTURE, ops.windows(PICTURE, WINDOW))
            else "9 times the picture"
        ),
        why="A view is a way of reading: a start and a stride for each axis. The numbers stay where they are.",
        tempting={
            "9 times the picture": "That is what a copy of all windows would need: im2col makes one.",
            "as much as the picture": "Nothing is copied at all.",
        },
    ),
    Question(
        "matrix_columns",
        "The picture is 3×3, the window 2×2, stride 1. How many columns has the im2col matrix?",
        answer=lambda: _matrix().shape[1],
        why="One column for each place of the window: 2 · 2 = 4.",
        tempting={
            9: "9 is how many cells the picture has.",
            2: "2 places in each row, and 2 rows of them.",
            16: "16 is how many numbers the matrix has: 4 rows times 4 columns.",
        },
    ),
    Question(
        "matrix_copies",
        "How often does the middle pixel stand in that matrix?",
        answer=lambda: int((_matrix() == PICTURE[0, 0, 1, 1]).sum()),
        why="All four windows contain it, so it stands in all four columns.",
        tempting={
            1: "A corner pixel stands there once. The middle one is in more windows.",
            2: "A pixel in the middle of a side is in two windows. And the one in the middle?",
            9: "There are only four columns.",
        },
    ),
    Question(
        "add_at",
        "`out = np.zeros(2)`, then `out[[0, 0]] += 1`. What is `out[0]` afterwards?",
        answer=lambda: 1,
        why="NumPy reads out[0] twice, adds, and writes twice: 0 + 1 both times. The second writes over the first.",
        tempting={
            2: "That is what one expects, and what `np.add.at(out, [0, 0], 1)` does.",
            0: "Something is added, but not as often as the index comes.",
        },
    ),
    Question(
        "pool_by_reshape",
        "Max pooling 2×2 with stride 2 by reshaping: (N, C, H, W) becomes (N, C, H/2, 2, W/2, 2). Over which "
        "axes is the maximum?",
        choices=("3 and 5", "4 and 5", "2 and 4", "2 and 3"),
        answer=lambda: "3 and 5",
        why="Axis 3 counts the rows inside a window, axis 5 its columns.",
        tempting={
            "4 and 5": "Axis 4 counts the windows of a row. The two axes of length 2 are wanted.",
            "2 and 4": "Those count the windows. What counts the cells inside one?",
            "2 and 3": "Together those are the rows of the picture.",
        },
    ),
)
