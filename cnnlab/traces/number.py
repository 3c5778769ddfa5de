"""One way to write a number, used by every trace, picture and sentence, and one to read what people type."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["decimals_needed", "joined", "number", "numbers", "read_number", "significant"]


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


def _whole(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return bool(np.all(np.abs(finite - np.rint(finite)) <= 1e-9 * np.maximum(1.0, np.abs(finite))))


def number(value: float, decimals: int = 0) -> str:
    """Write a number with a true minus sign, at most `decimals` decimals and no trailing zeros.

    Examples
    --------
    >>> number(-30.0), number(0.25, 3), number(-0.0001, 2)
    ('−30', '0.25', '0')
    """
    return numbers([value], decimals)[0]


def numbers(values: ArrayLike, decimals: int = 0) -> list[str]:
    """Write many numbers, each as :func:`number` does; for a table that is much faster than one at a time.

    Examples
    --------
    >>> numbers([[1.25, -2.0]], 1)
    ['1.2', '−2']
    """
    rounded = np.round(np.asarray(values, np.float64), decimals).ravel().tolist()
    return [_plain(f"{value:.{decimals}f}") for value in rounded]


def _plain(text: str) -> str:
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """Write a number by its first digits; a very large or small one as a power of ten.

    Examples
    --------
    >>> significant(1234.5), significant(-0.00030412), significant(3.1e-9), significant(0.0)
    ('1234', '−0.000304', '3.1e−9', '0')
    """
    if value == 0 or not math.isfinite(value):
        return number(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -5 <= power < 6:
        return number(value, max(0, digits - 1 - power))
    return f"{number(float(mantissa), digits - 1)}e{number(power)}"


def joined(terms: Iterable[str]) -> str:
    """Add up written numbers: ``10 − 20 + 5`` rather than ``10 + −20 + 5``."""
    return " + ".join(terms).replace("+ −", "− ")


def read_number(text: str) -> float:
    """Read a number as people type it: ``-30``, ``−30``, ``1/3``, ``0,5``.

    Raises
    ------
    ValueError
        If it is no finite number, with examples of what would be.

    Examples
    --------
    >>> read_number("−0,5"), read_number("1 / 4")
    (-0.5, 0.25)
    """
    plain = text.replace("−", "-").replace("–", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    top, slash, bottom = plain.partition("/")
    try:
        value = float(top) / (float(bottom) if slash else 1.0)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"“{text.strip()[:20]}” is not a number I can read. Write it like 12, -3.5 or 1/4.")
    return value
