"""Right solutions of notebook 00."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]


def _added_by_hand(window: Array) -> Any:
    """Add cell after cell."""
    total = 0.0
    for row in window:
        for cell in row:
            total += cell
    return total / 9


MEANS = (
    lambda window: window.mean(),
    lambda window: np.sum(window) / window.size,
    lambda window: float(np.average(window)),
    lambda window: sum(map(sum, window.tolist())) / 9,
    lambda window: np.einsum("rs->", window) / 9,
    lambda window: np.array(window.mean()),
    lambda window: np.float32(window.mean()),
    lambda window: window.mean(axis=0).mean(),
    lambda window: np.sum(window * np.ones((3, 3)) / 9),
    _added_by_hand,
)

ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {"window_mean": MEANS}
