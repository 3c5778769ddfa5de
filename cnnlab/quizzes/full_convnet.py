"""Questions of notebook 08."""

from __future__ import annotations

import math

import numpy as np

from cnnlab import models, ops, optim
from cnnlab.conventions import cs231n
from cnnlab.quizzes.question import Question
from cnnlab.shapes import dense_parameters, output_size

__all__ = ["QUESTIONS"]

SCORES = np.array([[2.0, 0.0, 0.0]])


def _loss(scores: np.ndarray, label: int) -> float:
    return ops.softmax_cross_entropy(scores, np.array([label]))[0]


def _adam_first_step() -> float:
    weight = np.zeros(1)
    after, _ = cs231n.adam(weight, np.array([5.0]), {"learning_rate": 0.1})
    return round(float(weight[0] - after[0]), 3)


def _lenet_parts() -> str:
    """Say which layers of LeNet-5 hold more parameters."""
    rows = models.lenet5((1, 16, 16), 10).summary().rows
    convolutions, dense = (
        sum(row.parameters for row in rows if row.name.startswith(kind)) for kind in ("conv", "dense")
    )
    return "in the convolutions" if convolutions > dense else "in the fully connected layers"


def _momentum_second() -> float:
    rule, weight = optim.Momentum(0.1), {"w": np.zeros(1)}
    for _ in range(2):
        before = weight["w"].copy()
        rule.step(weight, {"w": np.array([5.0])})
    return round(float(weight["w"][0] - before[0]), 3)


QUESTIONS = (
    Question(
        "lenet_parameters",
        "Where do you expect most of LeNet-5's parameters?",
        choices=("in the convolutions", "in the fully connected layers", "in the pooling layers"),
        answer=_lenet_parts,
        why="A convolution uses its few weights at every place. In a fully connected layer each pair of input and unit "
        "has a weight of its own.",
        tempting={
            "in the convolutions": "They do most of the work, but with the same few weights at every place.",
            "in the pooling layers": "Those learn nothing.",
        },
    ),
    Question(
        "penalty",
        "The weights are 1, −2 and 3, and reg = 0.1. How much does the penalty add to the loss?",
        answer=lambda: 0.1 / 2 * (1**2 + (-2) ** 2 + 3**2),
        why="1 + 4 + 9 = 14, and 0.1 / 2 · 14 = 0.7.",
        tempting={
            1.4: "The formula halves reg.",
            0.1: "1 − 2 + 3 = 2. Square the weights first: none of them may cancel another.",
            0.3: "1 + 2 + 3 = 6. Square the weights before you add.",
            14: "That is the sum of the squares. Multiply by reg / 2.",
        },
    ),
    Question(
        "softmax_sum",
        "A network gives the scores 2, 0 and 0. The softmax turns them into probabilities. What do the three add "
        "up to?",
        answer=lambda: round(float((np.exp(SCORES) / np.exp(SCORES).sum()).sum()), 3),
        why="Each is e to the power of its score, divided by the sum of all three. So together they are 1.",
        tempting={
            2: "Those are the scores. Probabilities are shares of one whole.",
            9.39: "e² + 1 + 1 is what they are divided by.",
            3: "Each of them is less than 1.",
        },
    ),
    Question(
        "softmax_loss_sure",
        "The right class has the probability 1. What is the loss, −log of it?",
        answer=lambda: abs(-math.log(1)),
        why="log 1 = 0: sure and right costs nothing. The smaller the probability of the right class, the larger "
        "the loss.",
        tempting={1: "The logarithm of 1 is 0.", -1: "A loss is never negative: log of a probability is at most 0."},
    ),
    Question(
        "initial_loss",
        "Ten classes, an untrained network that knows nothing. What is its loss, to one decimal?",
        answer=lambda: round(_loss(np.zeros((1, 10)), 0), 1),
        why="Every class has the probability 1/10, and −log(1/10) = log 10 = 2.3.",
        tempting={
            0.1: "That is the probability of the right class. The loss is −log of it.",
            1: "−log₁₀(1/10) is 1. The natural logarithm is meant.",
            0.9: "That is the chance to be wrong. The loss is −log of the chance to be right.",
        },
    ),
    Question(
        "overfit_gap",
        "A network learns 50 pictures by heart. How good will it be on pictures it has not seen?",
        choices=("clearly worse than on the 50", "just as good", "better"),
        answer=lambda: "clearly worse than on the 50",
        why="It has learned those fifty, not what digits look like. The gap between the two is called overfitting.",
        tempting={
            "just as good": "Fifty pictures say little about all the ways to write a 7.",
            "better": "Unseen pictures are never easier than learned ones.",
        },
    ),
    Question(
        "steps_per_epoch",
        "400 pictures, mini-batches of 32. How many steps does one round over all pictures take?",
        answer=lambda: -(-400 // 32),
        why="400 / 32 = 12.5. The last batch is a small one, but it is a step, too: 13.",
        tempting={
            12.5: "There is no half step: the last batch is smaller.",
            12: "16 pictures would be left out.",
            400: "That would be one picture at a time.",
        },
    ),
    Question(
        "momentum_second",
        "Momentum 0.9, rate 0.1, the gradient is 5 both times. The first step is −0.5. How large is u in the second?",
        answer=_momentum_second,
        why="0.9 · (−0.5) − 0.1 · 5 = −0.45 − 0.5 = −0.95.",
        tempting={
            -0.5: "That is plain gradient descent. Momentum also keeps 0.9 of the step before.",
            -1: "All of the last step would be kept. Momentum keeps 0.9 of it.",
            -0.45: "That is what is kept of the first step. The gradient adds its own share.",
            0.95: "Mind the sign: the step goes against the gradient.",
            0.05: "Both parts point the same way: −0.45 and −0.5.",
        },
    ),
    Question(
        "adam_first_step",
        "Adam's first step, m = v = 0, gradient 5, learning rate 0.1. By about how much does the weight move?",
        answer=_adam_first_step,
        why="After the correction m is 5 and v is 25. 0.1 · 5 / √25 = 0.1, whatever the gradient's size.",
        tempting={
            0.5: "0.1 · 5 is plain gradient descent. Adam divides by the root of v.",
            0.32: "Without the correction m = 0.5 and v = 0.025: √0.025 = 0.158. That is what the correction is for.",
            0.02: "0.1 · 5 / 25 forgets the root.",
        },
    ),
    Question(
        "signs_pool",
        "The SIGNS net: a 64×64 map, max pooling 8×8 with stride 8, SAME. How many rows come out?",
        answer=lambda: output_size(64, 8, stride=8),
        why="64 / 8 = 8 windows side by side; nothing needs padding.",
        tempting={
            57: "That would be stride 1.",
            64: "SAME keeps the size only with stride 1. In general it gives n / s, rounded up.",
            7: "(64 − 8) / 8 = 7 steps. The first place counts too.",
        },
    ),
    Question(
        "fc_parameters",
        "64 numbers go into a fully connected layer of 6 units. How many numbers does it learn?",
        answer=lambda: dense_parameters(64, 6),
        why="Each unit has 64 weights and a bias: 65 · 6 = 390.",
        tempting={384: "Each unit also has a bias.", 70: "Every unit has a weight for every input: multiply."},
    ),
    Question(
        "no_convolution",
        "A net without any convolution reads these digits: flatten, batch normalisation, fully connected. It has 778 "
        "parameters and is trained like the given net. How does it do?",
        choices=("clearly worse than the given net", "about as well", "clearly better"),
        answer=lambda: "clearly better",
        why="On hidden pictures it gets about 94% right, the given net 91%. The digits stand in the middle, all of "
        "one size, so a weight for each pixel will do; and it has the batch normalisation that the given net lacks.",
        tempting={
            "clearly worse than the given net": "A convolution helps where things may stand anywhere. Do these digits?",
            "about as well": "It has something that the given net has not. What did notebook 06 say it is good for?",
        },
    ),
)
