"""Questions of notebook 00."""

from __future__ import annotations

import numpy as np

from cnnlab.quizzes.question import Question

WINDOW = np.arange(1.0, 10.0).reshape(3, 3)

QUESTIONS = (
    Question(
        "window_mean",
        "A 3×3 window holds the numbers 1 to 9. What is their mean?",
        answer=lambda: float(WINDOW.mean()),
        why="They add up to 45, and there are nine of them: 45 / 9 = 5.",
        tempting={45: "45 is their sum. The mean shares it out among the nine cells.", 4.5: "Count the cells again."},
    ),
)
