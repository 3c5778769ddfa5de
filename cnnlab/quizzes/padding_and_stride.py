"""Questions of notebook 02."""

from __future__ import annotations

from cnnlab.quizzes.question import Question

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[Question, ...] = ()
