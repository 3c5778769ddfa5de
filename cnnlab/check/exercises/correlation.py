"""Probes for everything that slides a kernel over an image. All sides differ, numbers are signed and lop-sided.

Fractions are eighths and very small numbers powers of two, so that right code of any kind agrees to the last bit and
an imitation that cuts off fractions cuts off the same ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.correlation_mistakes import FLIPS, MISTAKES
from cnnlab.check.probe import Probe, read_only, spread, values

__all__ = ["FLIPS", "MISTAKES", "facts", "probes"]

Array = NDArray[Any]


def _plain(seed: int, image: tuple[int, int], kernel: tuple[int, int]) -> Probe:
    return Probe(lambda: (values(seed, image), values(seed + 100, kernel, -5, 5)))


def _fraction(seed: int, image: tuple[int, int], kernel: tuple[int, int], scale: float = 1.0) -> Probe:
    return Probe(lambda: (values(seed, image, -80, 80) / 8 * scale, values(seed + 100, kernel, -24, 24) / 8))


def probes() -> tuple[Probe, ...]:
    """Return the calls: small whole numbers first, for the first that goes wrong is shown to the learner."""
    return (
        _plain(1, (5, 4), (3, 3)),
        _plain(2, (4, 6), (2, 3)),
        _plain(3, (6, 4), (3, 2)),
        # A grey picture of bytes, and a kernel that sums to 0: results below 0 and above 255.
        Probe(lambda: (values(4, (5, 6), 0, 255, np.uint8), np.array([[3, 1, -4], [2, 0, -2], [5, -3, -2]]))),
        Probe(lambda: (values(5, (4, 5), 0, 255, np.uint8), values(105, (2, 2), -20, 20) / 8)),
        Probe(lambda: (values(6, (6, 5), -20, 20, np.int64), values(106, (3, 3), -20, 20) / 8)),
        Probe(lambda: (values(7, (4, 5), -80, 80) / 8, values(107, (3, 3), -5, 5, np.int64))),
        Probe(lambda: (values(8, (3, 5), -30, 30, np.int64), values(108, (2, 4), -9, 9, np.int64))),
        Probe(lambda: (values(9, (3, 4)), np.array([[-2.5]]))),
        _plain(10, (3, 4), (3, 4)),
        _fraction(11, (4, 5), (1, 3)),
        _fraction(12, (5, 4), (3, 1)),
        _plain(13, (1, 7), (1, 2)),
        _plain(14, (6, 1), (3, 1)),
        _fraction(15, (7, 5), (4, 3)),
        Probe(lambda: (values(16, (6, 5), dtype=np.float32), values(116, (3, 2), -5, 5, np.float32) / np.float32(4))),
        Probe(lambda: (read_only(spread(values(17, (7, 5))).T), read_only(spread(values(117, (2, 3)))[::-1]))),
        Probe(lambda: (np.zeros((4, 6)), values(118, (3, 3)))),
        Probe(lambda: (np.full((5, 4), 7.0), np.array([[1.0, -3.0], [4.0, -2.0]]))),
        _fraction(19, (5, 6), (3, 3), scale=2.0**-30),
        Probe(lambda: (values(20, (5, 6), -90_000, 90_000), values(120, (3, 3), -90, 90))),
        _plain(21, (5, 4), (3, 3)),  # the shapes of the first probe, other numbers
        # Shapes from all over the grid, for mistakes nobody has thought of.
        _fraction(22, (9, 4), (2, 4)),
        _fraction(23, (4, 9), (4, 2)),
        _fraction(24, (6, 6), (5, 5)),
        _fraction(25, (8, 8), (2, 2)),
        _fraction(26, (7, 7), (1, 5)),
        _fraction(27, (24, 31), (5, 4)),
        _plain(28, (13, 12), (3, 3)),
    )


def facts(image: Array, kernel: Array) -> frozenset[str]:
    """Say what is special about a call, in words that follow "only calls with"."""
    (h, w), (r, s) = image.shape, kernel.shape
    found = {
        "an image that is not square": h != w,
        "a wide image": h < w,
        "a tall image": h > w,
        "a kernel that is not square": r != s,
        "a wide kernel": r < s,
        "a tall kernel": r > s,
        "a kernel of even height or width": r % 2 == 0 or s % 2 == 0,
        "a kernel of other size than 3×3": (r, s) != (3, 3),
        "a kernel of one cell": r == s == 1,
        "a kernel as large as the image": (r, s) == (h, w),
        "an image of whole numbers": image.dtype.kind in "iu",
        "an image of bytes (`uint8`)": image.dtype == np.uint8,
        "a kernel of whole numbers": kernel.dtype.kind in "iu",
        "numbers in single precision (`float32`)": image.dtype == np.float32,
        "an image that must not be written to": not image.flags.writeable,
        "very small numbers": bool(image.any()) and float(np.abs(image).max()) < 1e-6,
        "very large numbers": float(np.abs(image).max()) > 1e4,
        "fractions in the kernel": bool((kernel % 1).any()),
    }
    return frozenset(words for words, holds in found.items() if holds)
