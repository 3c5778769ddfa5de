"""What a quiz question is, and how an answer is judged."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cnnlab.traces.number import read_number

__all__ = ["Question", "Verdict"]

Answer = float | str


@dataclass(frozen=True)
class Verdict:
    """How an answer fared, and what a teacher says to it."""

    state: Literal["right", "wrong", "unread"]  # unread: the answer could not be understood
    text: str


@dataclass(frozen=True)
class Question:
    """One question. With choices the answer is one of them, else a number.

    Examples
    --------
    >>> q = Question("sum", "What is 1 + 2?", answer=lambda: 3, why="1 + 2 = 3.", tempting={2: "That is 1 · 2."})
    >>> q.judge("2")
    Verdict(state='wrong', text='That is 1 · 2.')
    >>> q.judge("6/2").state
    'right'
    """

    id: str
    text: str
    answer: Callable[[], Answer]
    why: str  # shown with the right answer
    choices: tuple[str, ...] = ()
    tempting: Mapping[Answer, str] = field(default_factory=dict)  # wrong answer → why it tempts, what is amiss

    def judge(self, given: str) -> Verdict:
        """Judge what a learner typed or chose."""
        if not given.strip():
            return Verdict("unread", "Choose one of the answers first." if self.choices else "Type a number first.")
        if self.choices:
            return self._verdict(given == self.answer(), self.tempting.get(given))
        try:
            value = read_number(given)
        except ValueError as error:
            return Verdict("unread", str(error))
        reason = next((text for wrong, text in self.tempting.items() if _close(value, float(wrong))), None)
        return self._verdict(_close(value, float(self.answer())), reason)

    def _verdict(self, right: bool, reason: str | None) -> Verdict:
        if right:
            return Verdict("right", self.why)
        return Verdict("wrong", reason or "Not this one. Think it through once more, or show the answer.")


def _close(a: float, b: float) -> bool:
    if a.is_integer() and b.is_integer():
        return a == b
    return math.isclose(a, b, rel_tol=5e-3, abs_tol=1e-9)  # 0.333 will do for a third, 0.3 will not
