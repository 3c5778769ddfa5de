"""What makes a 3×3 kernel one for edges along the main diagonal: properties, for its numbers are free.

The strength of an edge is the kernel's answer to a picture of it: +1 on one side, 0 on the edge, −1 on the other.
Any scale and either sign pass; so do lop-sided classics (Prewitt's and Kirsch's compass), which give each side its own
weight but are the same all along the edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.task import Property

__all__ = ["PROPERTIES"]

Array = NDArray[Any]

_ROWS, _COLUMNS = np.indices((3, 3))
EDGES = {
    "main": np.sign(_COLUMNS - _ROWS),  # runs from top left to bottom right
    "other": np.sign(_ROWS + _COLUMNS - 2),
    "vertical": np.sign(_COLUMNS - 1),
    "horizontal": np.sign(_ROWS - 1),
}


def _answer(kernel: Array, edge: str) -> float:
    return abs(float(np.sum(kernel.astype(np.float64) * EDGES[edge])))


def _zero(kernel: Array, value: Any) -> bool:
    return bool(np.all(np.abs(value) <= 1e-6 * np.abs(kernel.astype(np.float64)).max(initial=0.0)))


def _at_least(kernel: Array, edge: str) -> bool:
    return _answer(kernel, "main") >= _answer(kernel, edge) * (1 - 1e-9)


def _even(kernel: Array) -> bool:
    """Opposite across the edge, or the same all along it: either way an edge at right angles gets no answer."""
    k = kernel.astype(np.float64)
    return _zero(k, k + k.T) or _zero(k, k - k[::-1, ::-1].T)


PROPERTIES = (
    Property(
        "all_zero",
        "Every number is zero, so the kernel answers 0 to every picture.",
        "Which cells should be positive, which negative?",
        lambda k: bool(np.any(k)),
        lambda: [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ),
    Property(
        "not_zero_sum",
        "The nine numbers do not add up to 0. Such a kernel answers to a flat area, where there is no edge.",
        "Add up the nine numbers. What should the kernel answer where all pixels are the same?",
        lambda k: _zero(k, k.astype(np.float64).sum()),
        lambda: [[0, 1, 1], [-1, 0, 1], [-1, 0, 0]],
    ),
    Property(
        "line_detector",
        "The kernel answers 0 to an edge along the main diagonal: what one side of it adds, the other takes away "
        "again. It finds lines or spots, not edges.",
        "Draw the edge: bright on one side of the diagonal, dark on the other. Which sign should each side have?",
        lambda k: not _zero(k, _answer(k, "main")) or not _zero(k, [_answer(k, e) for e in EDGES if e != "main"]),
        lambda: [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
    ),
    Property(
        "wrong_diagonal",
        "The kernel answers more to an edge along the other diagonal, from top right to bottom left.",
        "Along which cells do the zeros of your kernel run? The edge runs along them.",
        lambda k: _at_least(k, "other"),
        lambda: [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]],
    ),
    Property(
        "vertical_edge",
        "The kernel answers more to a vertical edge than to one along the main diagonal.",
        "Along which cells do the zeros of your kernel run? The edge runs along them.",
        lambda k: _at_least(k, "vertical"),
        lambda: [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    ),
    Property(
        "horizontal_edge",
        "The kernel answers more to a horizontal edge than to one along the main diagonal.",
        "Along which cells do the zeros of your kernel run? The edge runs along them.",
        lambda k: _at_least(k, "horizontal"),
        lambda: [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    ),
    Property(
        "lopsided",
        "The kernel does answer to an edge along the main diagonal, but its two sides do not match: fold it along that "
        "diagonal and the numbers that meet are not opposites.",
        "Compare the cells that meet when you fold the kernel along the main diagonal.",
        _even,
        lambda: [[0, 3, 1], [-1, 0, 1], [-1, -3, 0]],
    ),
)
