"""Questions of notebook 03."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import conv_parameters, dense_parameters, output_size

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        "products_per_number",
        "A 3×3×3 filter lies on a picture with 3 channels. How many products go into one output number?",
        answer=lambda: 3 * 3 * 3,
        why="The window holds 3 rows, 3 columns and 3 channels: 3 · 3 · 3 = 27 cells, each with its own weight.",
        tempting={
            9: "9 is one channel. The filter is as deep as the picture: it has 9 weights for each channel.",
            3: "3 is the number of channels. How many cells does the window have in each of them?",
            81: "Only one filter is at work here.",
        },
    ),
    Question(
        "volume_channels",
        "A 6×6×3 picture meets one 3×3×3 filter. How many channels does the result have?",
        answer=lambda: 1,
        why="All 27 products are added into one number. So one filter makes one map, 4×4.",
        tempting={
            3: "The three channels are added up, not kept apart.",
            27: "27 products are added into one number.",
            4: "4 is the number of rows and columns.",
        },
    ),
    Question(
        "volume_hand",
        "The channels of a window give the partial sums 12, −3 and 7. The bias is 1. What is the output?",
        answer=lambda: 12 - 3 + 7 + 1,
        why="12 − 3 + 7 = 16. The bias is added once: 17.",
        tempting={
            16: "The bias is missing.",
            19: "The bias is added once, not once for each channel.",
            22: "Mind the sign of the −3.",
        },
    ),
    Question(
        "four_filters",
        "Four filters of 3×3×3 slide over a picture of 192×256×3. How many channels has the result?",
        answer=lambda: len(ops.conv2d(np.zeros((1, 3, 192, 256)), np.zeros((4, 3, 3, 3)))[0][0]),
        why="Each filter adds up its three channels and makes one map. Four maps, one behind the other: 190×254×4.",
        tempting={
            12: "4 · 3 would keep the channels of the picture apart. Each filter adds them up into one map.",
            3: "3 is what comes in. How many maps does one filter make?",
            1: "That is one filter. Here are four.",
        },
    ),
    Question(
        "ten_filters",
        "A layer has ten filters of 3×3×3, each with a bias. How many numbers does it learn?",
        answer=lambda: conv_parameters(3, 10, 3),
        why="One filter has 27 weights and a bias: 28. Ten of them: 280.",
        tempting={
            270: "Those are the weights. Each filter also has a bias.",
            100: "A filter is 3 channels deep: 27 weights, not 9.",
            90: "A filter is 3 channels deep, and each has a bias.",
        },
    ),
    Question(
        "larger_picture",
        "The same ten filters on a picture of 1000×1000 pixels instead of 39×39. How many numbers now?",
        answer=lambda: conv_parameters(3, 10, 3),
        why="Still 280. The filters slide: the same weights are used at every place.",
        tempting={
            10000000: "That many outputs come out, but all of them share the same ten filters.",
            3000000: "That many numbers go in. The filters do not grow with the picture.",
        },
    ),
    Question(
        "fc_instead",
        "Suppose a fully connected layer made the same 37×37×10 outputs from 39×39×3. How many weights, in millions?",
        answer=lambda: round((dense_parameters(39 * 39 * 3, 37 * 37 * 10) - 37 * 37 * 10) / 1e6, 1),
        why="Every output has a weight for every input: 4,563 · 13,690 is about 62.5 million.",
        tempting={
            0.00028: "280 is the convolution. Here every output has weights of its own, for every input.",
            0.0183: "4,563 + 13,690 counts cells. Each output has a weight for *each* input: multiply.",
        },
    ),
    Question(
        "net39_second",
        "The 37×37×10 map meets 20 filters of 5×5, stride 2, no padding. How many rows come out?",
        answer=lambda: output_size(37, 5, stride=2),
        why="(37 − 5) / 2 + 1 = 17.",
        tempting={
            16: "(37 − 5) / 2 = 16 steps. The place before the first step counts too.",
            33: "33 would be stride 1.",
            18: "37 / 2 forgets that the last window needs 5 rows.",
            20: "20 is the number of filters: the channels of the result.",
        },
    ),
)
