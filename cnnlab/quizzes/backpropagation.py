"""Questions of notebook 05."""

from __future__ import annotations

import numpy as np

from cnnlab import gradcheck, ops
from cnnlab.quizzes.question import Question
from cnnlab.traces.backward import EXAMPLE_DY, EXAMPLE_W, EXAMPLE_X

__all__ = ["QUESTIONS"]


def _gradients() -> tuple[np.ndarray, np.ndarray, float]:
    x, w, dy = (np.array(a, float)[None, None] for a in (EXAMPLE_X, EXAMPLE_W, EXAMPLE_DY))
    _, cache = ops.conv2d(x, w, np.zeros(1))
    dx, dw, db = ops.conv2d_backward(dy, cache)
    assert dx is not None
    assert db is not None
    return dx[0, 0], dw[0, 0], float(db[0])


QUESTIONS = (
    Question(
        "node_weight",
        "y = w·x + b with x = 3, w = 2, b = 1. The loss grows by 5 for each unit of y. By how much for each unit of w?",
        answer=lambda: 3 * 5,
        why="When w grows by 1, y grows by x = 3. And each unit of y costs 5: 3 · 5 = 15.",
        tempting={
            10: "2 · 5 is what x gets: it stands beside w = 2. Beside w stands x.",
            5: "5 is what b gets. w stands beside x, so it counts x times.",
            3: "3 is how fast y grows with w. The loss grows 5 times as fast as y.",
            35: "The value of y, 7, plays no part. Only how fast it grows does.",
        },
    ),
    Question(
        "weight_gradient",
        "What is the gradient of the weight w[0, 0], the sum written out in the line above?",
        answer=lambda: float(_gradients()[1][0, 0]),
        why="1·1 + 2·2 + 0·3 + 1·(−1) = 4.",
        tempting={
            1: "That is the first product only. The weight was used at four places.",
            6: "Mind the sign of the last δ: it is −1.",
            5: "5 is the sum of all δ: the bias's gradient. Each δ comes with an input.",
        },
    ),
    Question(
        "middle_pixel",
        "The pixel in the middle of the 3×3 input: to how many outputs did it contribute?",
        answer=lambda: int(
            (
                np.asarray(
                    ops.conv2d_backward(
                        np.ones((1, 1, 2, 2)), ops.conv2d(np.zeros((1, 1, 3, 3)), np.ones((1, 1, 2, 2)))[1]
                    ).dx
                )[0, 0]
            )[1, 1]
        ),
        why="All four windows of 2×2 contain the middle pixel. So four contributions come back to it, and they add up.",
        tempting={
            1: "A corner pixel is in one window. The middle one is in more.",
            2: "A pixel in the middle of an edge is in two. Draw the four windows.",
            9: "There are only four outputs.",
        },
    ),
    Question(
        "turned_pad",
        "dx is 3×3, δ is 2×2, the turned filter is 2×2. How many rows of zeros must stand on each side of δ, "
        "so that the correlation has 3×3 cells?",
        answer=lambda: (3 + 2 - 1 - 2) // 2,
        why="2 + 2·1 = 4 rows, and a filter of 2 fits into 4 rows at 4 − 2 + 1 = 3 places. In general: one row less "
        "than the filter has.",
        tempting={
            0: "Without padding, a 2×2 filter fits into a 2×2 array just once.",
            2: "With 2 rows on each side there are 6, and the filter fits at 5 places.",
        },
    ),
    Question(
        "centred_square",
        "L(x) = x², x = 3 and h = 1, a large step. What is (L(x + h) − L(x − h)) / 2h?",
        answer=lambda: float(gradcheck.numerical_gradient(np.square, np.array([3.0]), 1.0, h=1.0)[0]),
        why="(4² − 2²) / 2 = (16 − 4) / 2 = 6.",
        tempting={
            7: "(4² − 3²) / 1 looks to one side only. The centred difference takes L(4) and L(2).",
            5: "(3² − 2²) / 1 looks to one side only. The centred difference takes L(4) and L(2).",
            12: "The two places lie 2h = 2 apart: divide by 2.",
            2: "4 − 2 is how far the places lie apart. How far apart are their losses, 4² and 2²?",
        },
    ),
    Question(
        "relative_error",
        "By this formula: how large is the relative error between a = 3 and b = 5?",
        answer=lambda: abs(3 - 5) / max(1e-8, abs(3) + abs(5)),
        why="|3 − 5| / (|3| + |5|) = 2 / 8 = 0.25.",
        tempting={
            2: "That is the difference. Compare it with the size of both numbers.",
            0.4: "2 / 5 divides by the larger number. The formula takes both together.",
            0.5: "2 / 4 divides by the mean of the two. The formula takes their sum.",
            -0.25: "The bars take the sign away.",
        },
    ),
    Question(
        "kink",
        "The centred difference of the ReLU at 0: what will it be?",
        answer=lambda: 0.5,
        why="(relu(h) − relu(−h)) / 2h = (h − 0) / 2h = 0.5: the mean of the two slopes.",
        tempting={
            0: "relu(−h) is 0, but relu(h) is h. Their difference is h.",
            1: "The two places lie 2h apart, not h.",
        },
    ),
    Question(
        "average_share",
        "Average pooling of a 2×2 window, and δ = 8. How much goes back to each of the four cells?",
        answer=lambda: 8 / 4,
        why="The mean of four cells grows by 1/4 when one cell grows by 1. So each cell gets 8 / 4 = 2.",
        tempting={
            8: "All of δ goes back to the winner of max pooling. Here four cells share it.",
            4: "Divide by the number of cells, not by the side of the window.",
        },
    ),
    Question(
        "bias_gradient",
        "The bias was added to all four outputs. What is its gradient, if δ is 1, 2, 3 and −1?",
        answer=lambda: _gradients()[2],
        why="When b grows by 1, every output grows by 1: 1 + 2 + 3 − 1 = 5.",
        tempting={
            1.25: "That is the mean. The bias takes part in all four outputs, so the four add up.",
            7: "Mind the sign of the −1.",
            4: "4 is the number of outputs. Each comes with its δ.",
        },
    ),
    Question(
        "step_size",
        "A centred difference with h = 10⁻¹² instead of 10⁻⁵: is it more exact?",
        choices=("yes, the smaller the better", "no, it is less exact", "it makes no difference"),
        answer=lambda: "no, it is less exact",
        why="f(x + h) and f(x − h) agree in almost all digits. What is left of 16 digits after subtracting is "
        "mostly noise.",
        tempting={
            "yes, the smaller the better": "In mathematics. A computer keeps 16 digits: subtract two nearly "
            "equal numbers and see how many remain.",
            "it makes no difference": "Look at what is subtracted: two numbers that differ only in their last digits.",
        },
    ),
    Question(
        "tied_window",
        "A 2×2 window holds 0, 0, 0, 0 after a ReLU. The gradient is 8, and every tied cell receives all of it. "
        "How much goes back in all?",
        answer=lambda: 32,
        why="Every cell equals the maximum, so each of the four receives all of it: 4 · 8 = 32.",
        tempting={
            8: "8 goes back under the two other conventions: all to the first, or shared.",
            2: "2 each is what sharing would give. Here each tied cell receives all of it.",
            0: "The cells hold 0, but they are the largest there are.",
        },
    ),
)
