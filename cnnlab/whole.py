"""Settings that are whole numbers, and how others are refused."""

from __future__ import annotations

import operator
from typing import Any

__all__ = ["whole"]


def whole(name: str, value: Any, least: int, most: int | None = None, *, remedy: str = "") -> int:
    """Accept a whole number from `least` to `most`, Python's or NumPy's.

    Parameters
    ----------
    name
        Of the setting, for the message.
    value
        What was given.
    least, most
        The range, both ends included; no upper end unless given.
    remedy
        What to do instead. Unless given, the nearest number that fits is named.

    Raises
    ------
    ValueError
        If it is none: a truth value, 2.0, or out of range.

    Examples
    --------
    >>> whole("epochs", 5, 1)
    5
    >>> whole("epochs", 2.0, 1)
    Traceback (most recent call last):
    ValueError: epochs: got 2.0, wanted a whole number, at least 1. Write epochs=1 or more.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least or (most is not None and number > most):
        if most is None:
            wanted, fits = f", at least {least}", f"{max(least, 1)} or more"
        else:
            wanted, fits = f" from {least} to {most:,}", str(min(max(number, least), most))
        raise ValueError(f"{name}: got {value!r}, wanted a whole number{wanted}. {remedy or f'Write {name}={fits}.'}")
    return number
