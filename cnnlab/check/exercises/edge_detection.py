"""Notebook 01: correlation, convolution and a kernel for diagonal edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.check.exercises.correlation import FLIPS, MISTAKES, facts, probes
from cnnlab.check.exercises.diagonal import PROPERTIES
from cnnlab.check.probe import Probe
from cnnlab.check.task import Mistake, Task

__all__ = ["TASKS"]

Array = NDArray[Any]


def _mirror(image: Array, kernel: Array) -> tuple[Array, Array]:
    return image, kernel[::-1, ::-1]


_MIRROR = "Take a kernel whose numbers all differ, and write down where its top-left number must go."

# What goes wrong in the mirroring itself. The task mirrors after `before`, so `before` says what is left to undo.
CONVOLUTION_MISTAKES = (
    Mistake(
        "not_mirrored",
        "This is the cross-correlation: the kernel was not mirrored.",
        _MIRROR,
        before=_mirror,
    ),
    Mistake(
        "flip_rows",
        "The kernel was mirrored top to bottom only; left and right are still to be exchanged.",
        _MIRROR,
        before=lambda image, kernel: (image, kernel[:, ::-1]),
    ),
    Mistake(
        "flip_columns",
        "The kernel was mirrored left to right only; top and bottom are still to be exchanged.",
        _MIRROR,
        before=lambda image, kernel: (image, kernel[::-1]),
    ),
    Mistake(
        "transpose_for_mirror",
        "The kernel was transposed: rows became columns. Mirroring is something else.",
        _MIRROR,
        before=lambda image, kernel: (image, kernel.T[::-1, ::-1]),
    ),
    Mistake(
        "quarter_turn",
        "The kernel was turned by 90°. Mirrored in both axes it is turned by 180°.",
        _MIRROR,
        before=lambda image, kernel: (image, np.rot90(kernel)[::-1, ::-1]),
    ),
    Mistake(
        "quarter_turn",
        "The kernel was turned by 90°. Mirrored in both axes it is turned by 180°.",
        _MIRROR,
        before=lambda image, kernel: (image, np.rot90(kernel, -1)[::-1, ::-1]),
    ),
    Mistake(
        "image_mirrored",
        "The image was mirrored instead of the kernel, or the result as well as the kernel.",
        _MIRROR,
        before=lambda image, kernel: (image[::-1, ::-1], kernel[::-1, ::-1]),
    ),
    Mistake(
        "result_mirrored",
        "The result was mirrored instead of the kernel, or the image as well as the kernel.",
        _MIRROR,
        before=_mirror,
        after=lambda out, image, kernel: out[::-1, ::-1],
    ),
)

TASKS = {
    "cross_correlate2d": Task(
        parameters=("image", "kernel"),
        core=ops.correlate2d,
        probes=probes(),
        mistakes=FLIPS + MISTAKES,
        facts=facts,
    ),
    "convolve2d": Task(
        parameters=("image", "kernel"),
        core=ops.correlate2d,
        prepare=_mirror,
        probes=probes(),
        mistakes=CONVOLUTION_MISTAKES + MISTAKES,
        helpers={"cross_correlate2d": ops.correlate2d},
        facts=facts,
    ),
    "diagonal_edge_kernel": Task(
        parameters=(),
        core=lambda: np.zeros((3, 3)),
        probes=(Probe(lambda: ()),),
        properties=PROPERTIES,
    ),
}
