"""Questions of notebook 06."""

from __future__ import annotations

import numpy as np

from cnnlab import ops
from cnnlab.quizzes.question import Question
from cnnlab.shapes import norm_parameters

__all__ = ["QUESTIONS"]

BATCH = np.array([3.0, 3, 7, 7])  # one feature of four examples: mean 5, standard deviation 2


def _normalised(gamma: float = 1, beta: float = 0) -> np.ndarray:
    return ops.batchnorm(BATCH[:, None], [gamma], [beta], eps=0)[0][:, 0]


def _gradient() -> np.ndarray:
    _, cache = ops.batchnorm(BATCH[:, None], [1.0], [0.0], eps=0)
    return ops.batchnorm_backward(np.array([[1.0], [0], [0], [0]]), cache).dx[:, 0]


QUESTIONS = (
    Question(
        "ten_layers",
        "Each of ten layers makes the numbers about a third as large. About how large are they at the end, if "
        "they begin at 1?",
        choices=("about 0.03", "about 0.00002", "about 0.1", "exactly 0"),
        answer=lambda: "about 0.00002",
        why="(1/3)¹⁰ is 1/59049: about 0.00002. Layers multiply.",
        tempting={
            "about 0.03": "1/30 would be adding: ten times a third. Layers multiply.",
            "about 0.1": "One layer in ten? All ten of them shrink the numbers.",
            "exactly 0": "Not quite, but small enough that nothing is learned.",
        },
    ),
    Question(
        "normalise_one",
        "One feature of four examples: 3, 3, 7, 7. Its mean is 5, its standard deviation 2. What becomes of the "
        "first 3?",
        answer=lambda: float(_normalised()[0]),
        why="(3 − 5) / 2 = −1.",
        tempting={
            -2: "The mean is gone. Now divide by the standard deviation.",
            -0.5: "(3 − 5) / 4 divides by the variance. Its root is the standard deviation.",
            1: "3 lies below the mean: mind the sign.",
            1.5: "3 / 2 forgets to subtract the mean.",
        },
    ),
    Question(
        "scale_and_shift",
        "Then the layer scales by γ = 3 and shifts by β = 4. What becomes of the first number now?",
        answer=lambda: float(_normalised(3, 4)[0]),
        why="3 · (−1) + 4 = 1.",
        tempting={
            9: "3 · (−1 + 4) shifts first. First scale, then shift.",
            7: "Mind the sign of −1.",
            -12: "β is added, not multiplied.",
            13: "The normalised number is −1, not 3.",
        },
    ),
    Question(
        "running_mean",
        "The running mean was 0. A batch has the mean 5, the momentum is 0.9. What is the running mean afterwards?",
        answer=lambda: 0.9 * 0 + (1 - 0.9) * 5,
        why="0.9 of the old stays, 0.1 of the new is added: 0.9 · 0 + 0.1 · 5 = 0.5.",
        tempting={
            4.5: "That is PyTorch's kind of momentum: the share of the new one. Here it is the share of the old "
            "one that stays.",
            5: "Then the old one would be forgotten at once.",
            2.5: "That is the plain mean of both. The momentum says 0.9 and 0.1.",
        },
    ),
    Question(
        "batch_of_one",
        "In mode 'train' a batch has a single example. What comes out, whatever its numbers are?",
        choices=("β", "γ", "the number itself", "0 divided by 0"),
        answer=lambda: "β",
        why="The mean is the number itself, so nothing is left: γ · 0 / √(0 + ε) + β = β.",
        tempting={
            "γ": "γ is multiplied by the normalised number. What is that here?",
            "the number itself": "The mean of one number is that number. Subtract it.",
            "0 divided by 0": "That is what ε is for: it is added to the variance.",
        },
    ),
    Question(
        "gradient_sum",
        "All numbers of a batch grow by the same amount. How do the normalised numbers change?",
        choices=("not at all", "they grow by the same amount", "they become larger, all by a factor"),
        answer=lambda: "not at all" if abs(_gradient().sum()) < 1e-12 else "they grow by the same amount",
        why="The mean grows as well and is subtracted. So the gradients of a feature always add up to 0.",
        tempting={
            "they grow by the same amount": "The mean grows, too. And it is subtracted.",
            "they become larger, all by a factor": "A shift changes the mean, not the spread.",
        },
    ),
    Question(
        "spatial_count",
        "Maps of shape (8, 16, 5, 5): how many numbers go into the mean of one channel?",
        answer=lambda: 8 * 5 * 5,
        why="All examples, all rows, all columns: 8 · 5 · 5 = 200. Each of the 16 channels has its own mean.",
        tempting={
            25: "That would be each picture on its own. All 8 of them take part.",
            8: "That would be each pixel on its own. All 25 of them take part.",
            3200: "The channels are not mixed: 16 means, not one.",
            128: "8 · 16 mixes the channels and keeps the pixels apart. It is the other way round.",
        },
    ),
    Question(
        "spatial_parameters",
        "How many numbers does spatial batch normalisation learn for 16 channels?",
        answer=lambda: norm_parameters(16),
        why="One γ and one β for each channel: 32.",
        tempting={
            16: "There is a γ and a β.",
            64: "The running mean and variance are measured, not learned.",
            800: "All pixels of a channel share one γ and one β.",
        },
    ),
)
