"""How numbers are said."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: float, word: str) -> str:
    """Say how many there are of something.

    Examples
    --------
    >>> counted(1, "point"), counted(2.5, "point"), counted(0, "learner")
    ('1 point', '2.5 points', '0 learners')
    """
    return f"{number:g} {word}{'' if number == 1 else 's'}"
