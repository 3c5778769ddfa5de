"""Questions to predict an answer to before it is shown; :func:`cnnlab.widgets.quiz` asks them.

A question's answer is a formula, so it cannot go stale when a picture or a kernel changes. Questions live here rather
than in the notebooks, where a learner would read the answer with the question.
"""

from __future__ import annotations

import difflib

from cnnlab.quizzes import (
    backpropagation,
    batch_normalisation,
    convolution_over_volumes,
    edge_detection,
    full_convnet,
    naive_to_fast,
    padding_and_stride,
    pooling,
    start_here,
)
from cnnlab.quizzes.question import Question

__all__ = ["Question", "question", "questions"]

_MODULES = (
    start_here,
    edge_detection,
    padding_and_stride,
    convolution_over_volumes,
    pooling,
    backpropagation,
    batch_normalisation,
    naive_to_fast,
    full_convnet,
)


def questions() -> dict[str, Question]:
    """Return all questions by id, in the order of the course."""
    return {q.id: q for module in _MODULES for q in module.QUESTIONS}


def question(id: str) -> Question:
    """Return one question.

    Raises
    ------
    KeyError
        If there is none of that name; the message says which come close.
    """
    known = questions()
    if id not in known:
        near = difflib.get_close_matches(id, known, n=3, cutoff=0.4) or list(known)
        raise KeyError(f"quiz: got {id!r}, wanted one of {', '.join(near)}.")
    return known[id]
