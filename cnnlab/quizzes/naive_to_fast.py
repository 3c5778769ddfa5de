"""Questions of notebook 07."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import output_size

__all__ = ["QUESTIONS"]

PICTURE = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
WINDOW = (2, 2)


def _matrix() -> np.ndarray:
    return ops.im2col(PICTURE, WINDOW)


def _twos() -> np.ndarray:
    return np.asarray(ops.col2im(np.full_like(_matrix(), 2.0), PICTURE.shape, WINDOW)[0, 0])


QUESTIONS = (
    Question(
        "tall_filter",
        "x is (4, 3, 32, 20), w is (16, 3, 5, 1), pad 0, stride 1. How many rows does the output have?",
        answer=lambda: output_size(32, 5, 0),
        why="32 − 5 + 1 = 28 rows. Columns: 20 − 1 + 1 = 20.",
        tempting={
            20: "That is its number of columns: 20 − 1 + 1.",
            32: "That would be right for a filter of one row. This one has 5.",
            16: "16 is the number of filters: the output has 16 channels.",
        },
    ),
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
        "The picture is 3×4, the window 2×2, stride 1. How many columns has the im2col matrix?",
        answer=lambda: _matrix().shape[1],
        why="One column for each place of the window: 2 · 3 = 6.",
        tempting={
            4: "That is its number of rows: one for each cell of the window.",
            12: "12 is how many cells the picture has.",
            3: "3 places in each row, and 2 rows of them.",
            24: "24 is how many numbers the matrix has: 4 rows times 6 columns.",
        },
    ),
    Question(
        "matrix_copies",
        "The numbers in the picture are 1 to 12, row by row. How often does 6 stand in that matrix?",
        answer=lambda: int((_matrix() == 6).sum()),
        why="Four windows contain it, so it stands in four columns.",
        tempting={
            1: "A corner pixel stands there once. This one lies inside.",
            2: "A pixel on the rim that is no corner is in two windows. This one lies inside.",
            6: "Two of the six windows do not contain it: those at the right.",
        },
    ),
    Question(
        "columns_of_twos",
        "Every cell of that 4×6 matrix holds a 2. col2im adds the columns back to the 3×4 picture. Which number comes "
        "to the second pixel of its top row?",
        answer=lambda: int(_twos()[0, 1]),
        why="That pixel lies in two windows, so it stands in two columns: 2 + 2 = 4.",
        tempting={
            2: "That is a corner: it lies in one window only.",
            8: "That is a pixel inside, which lies in four windows.",
            1: "Nothing is divided: what comes back is added up.",
        },
    ),
    Question(
        "matrix_megabytes",
        "A batch of 64 pictures with 64 channels of 32×32 is 16 MB in single precision. How many MB is its im2col "
        "matrix for 3×3 windows, pad 1, stride 1?",
        answer=lambda: 16 * 3 * 3 * output_size(32, 3, 1) ** 2 // 32**2,
        why="There are as many windows as pixels, and each has 9 cells: 9 · 16 = 144.",
        tempting={
            16: "A view would need no more. A matrix is a copy of every window.",
            48: "3 · 16 would be windows of three cells. They have 3 · 3.",
        },
    ),
    Question(
        "sandwich_first",
        "The sandwich is conv – ReLU – pooling. Whose cache is needed first on the way back?",
        choices=("pooling's", "ReLU's", "the convolution's"),
        answer=lambda: "pooling's",
        why="δ arrives behind the last layer, so the last layer goes first.",
        tempting={
            "the convolution's": "That is the first layer on the way forward, so the last one on the way back.",
            "ReLU's": "δ has the shape of the pooled maps. Which layer made those?",
        },
    ),
    Question(
        "add_at",
        "First out = np.zeros(2), then out[[0, 0]] += 1. What is out[0] afterwards?",
        answer=lambda: 1,
        why="NumPy reads out[0] twice, adds, and writes twice: 0 + 1 both times. The second writes over the first.",
        tempting={
            2: "That is what one expects, and what np.add.at(out, [0, 0], 1) does.",
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
