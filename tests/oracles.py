"""Slow and obvious: what the fast code is held against."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def correlate2d(image: Array, kernel: Array) -> Array:
    """Four loops over Python floats."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            for r in range(kh):
                for s in range(kw):
                    out[p, q] += float(image[p + r, q + s]) * float(kernel[r, s])
    return out
