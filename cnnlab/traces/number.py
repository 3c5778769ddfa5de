"""One way to write a number, used by every trace, picture and sentence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["decimals_needed", "number"]


def decimals_needed(*arrays: ArrayLike, most: int = 3) -> int:
    """Count the decimals (0 to `most`) that show every finite number of the arrays, rounded if they need more.

    Examples
    --------
    >>> decimals_needed([10, 0]), decimals_needed([0.5, 2]), decimals_needed([1 / 3])
    (0, 1, 3)
    """
    for decimals in range(most):
        scale = 10.0**decimals
        if all(_whole(np.asarray(array, np.float64) * scale) for array in arrays):
            return decimals
    return most


def _whole(values: np.ndarray) -> bool:
    finite = values[np.isfinite(values)]
    return bool(np.all(np.abs(finite - np.rint(finite)) <= 1e-9 * np.maximum(1.0, np.abs(finite))))


def number(value: float, decimals: int = 0) -> str:
    """Write a number with a true minus sign, at most `decimals` decimals and no trailing zeros.

    Examples
    --------
    >>> number(-30.0), number(0.25, 3), number(-0.0001, 2)
    ('−30', '0.25', '0')
    """
    # Rounded as NumPy rounds whole arrays, so that a number is written the same alone and in a table.
    text = f"{np.round(value, decimals):.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def joined(terms: Iterable[str]) -> str:
    """Add up written numbers: ``10 − 20 + 5`` rather than ``10 + −20 + 5``."""
    return " + ".join(terms).replace("+ −", "− ")
