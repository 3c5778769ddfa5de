"""Questions of notebook 01."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.data import step_image
from cnnlab.quizzes.question import Question
from cnnlab.shapes import output_size

VERTICAL = np.array([[1.0, 0.0, -1.0]] * 3)
IMPULSE = np.zeros((5, 5))
IMPULSE[2, 2] = 1.0
CORNER = np.arange(1.0, 10.0).reshape(3, 3)


def _impulse_answer() -> str:
    same = np.array_equal(ops.correlate2d(IMPULSE, CORNER), CORNER)
    return "the kernel as it is" if same else "the kernel turned by 180°"


QUESTIONS = (
    Question(
        "first_window",
        "The kernel lies on the top-left corner, on nine tens. What is the sum of its nine products?",
        answer=lambda: float(ops.correlate2d(step_image(), VERTICAL)[0, 0]),
        why="The left column adds 10 + 10 + 10, the right column takes the same away: 30 − 30 = 0.",
        tempting={
            30: "That is the left column alone. The right column of the kernel is −1, and it lies on tens too.",
            90: "That would be nine tens added up. But the kernel multiplies first: by 1, by 0 and by −1.",
            60: "The right column is negative: it takes away, it does not add.",
            10: "Multiply each cell by its weight, then add all nine.",
        },
    ),
    Question(
        "response_rows",
        "How many rows does the response have?",
        answer=lambda: output_size(6, 3),
        why="The window's top row can lie on row 0, 1, 2 or 3; on row 4 it would hang over the edge: 6 − 3 + 1 = 4.",
        tempting={
            6: "As many as the image would mean that the window may hang over the edge. Here it may not.",
            3: "6 − 3 = 3 is how far the window can move. It also has a place before it moves at all.",
            2: "2 is how many windows fit side by side. But windows may overlap: each step is one cell.",
        },
    ),
    Question(
        "dark_to_light",
        "Now the left half is 0 and the right half is 10. What stands in the middle of each row of the response?",
        answer=lambda: float(ops.correlate2d(step_image(left=0, right=10), VERTICAL)[0, 1]),
        why="Now the +1 column lies on zeros and the −1 column on tens: 0 − 30 = −30.",
        tempting={
            30: "The size is right. Which column of the kernel lies on the tens now, and what is its sign?",
            0: "0 is what a flat area gives. This window lies across the edge.",
            10: "Three rows take part, not one. And mind the sign.",
            -10: "The sign is right. But three rows take part.",
        },
    ),
    Question(
        "along_the_edge",
        "What does this kernel answer to our vertical edge?",
        answer=lambda: float(np.abs(ops.correlate2d(step_image(), VERTICAL.T)).max()),
        why="In each column the top cell and the bottom cell hold the same number, so they cancel: 0 everywhere.",
        tempting={
            30: "That is what the vertical kernel answers. Here +1 stands in the top row and −1 in the bottom row.",
            -30: "Compare the top row of a window with its bottom row: do they differ?",
            20: "The top row adds up to 20 in that window. What does the bottom row take away?",
        },
    ),
    Question(
        "temple_sobel",
        "On the photograph, which parts will Sobel x make bright yellow or dark blue?",
        choices=(
            "the long horizontal lines of the roofs",
            "the upright columns and window frames",
            "the evenly lit sky",
        ),
        answer=lambda: "the upright columns and window frames",
        why="Sobel x compares left with right. Those differ where something upright begins or ends.",
        tempting={
            "the long horizontal lines of the roofs": "Walk along such a line: does brightness change?",
            "the evenly lit sky": "In a flat area left and right are the same, so the weights cancel.",
        },
    ),
    Question(
        "flat_area",
        "A kernel's weights add up to 0. What does it answer to a flat area where every pixel is 200?",
        answer=lambda: float(ops.correlate2d(np.full((3, 3), 200.0), VERTICAL)[0, 0]),
        why="Every product is 200 times a weight, so the sum is 200 times the sum of the weights: 200 · 0 = 0.",
        tempting={
            200: "That is what a kernel answers whose weights add up to 1: it keeps the brightness.",
            1800: "Nine times 200 is what nine weights of 1 would give.",
        },
    ),
    Question(
        "noise",
        "A 3×3 box blur is the mean of nine pixels. If one pixel's noise is 9, about how large is it afterwards?",
        answer=lambda: 9 / np.sqrt(9),
        why="Independent errors partly cancel. The mean of n of them is √n times smaller: 9 / √9 = 3.",
        tempting={
            1: "Dividing by 9 would need errors that cancel on purpose. They cancel by chance only: think of √9.",
            9: "Some errors are positive and some negative. In a mean they partly cancel.",
            0: "They cancel only in part: nine errors rarely add up to exactly 0.",
        },
    ),
    Question(
        "impulse",
        "Cross-correlate a picture that is 0 but for a single 1 in the middle. What comes out?",
        choices=("the kernel as it is", "the kernel turned by 180°", "a single 1"),
        answer=_impulse_answer,
        why="Once the window has moved down and right, the 1 lies on its first weights. So the first come last.",
        tempting={
            "the kernel as it is": "Place the window at the top left: the 1 lies on its last weight, not on its first.",
            "a single 1": "Nine windows contain the 1, each with another weight on it.",
        },
    ),
    Question(
        "learned_kernel",
        "Suppose the target had been made by true convolution with Sobel x. What would the nine numbers become?",
        choices=("Sobel x", "Sobel x turned by 180°", "they would not settle"),
        answer=lambda: "Sobel x turned by 180°",
        why="Our layer correlates, so it must find the kernel already mirrored. For Sobel x, that changes every sign.",
        tempting={
            "Sobel x": "Convolution mirrors the kernel before it multiplies. Our layer does not, so who has to?",
            "they would not settle": "There is a kernel that fits perfectly. Descent finds it, whatever we call it.",
        },
    ),
)
