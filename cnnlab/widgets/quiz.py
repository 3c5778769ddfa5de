"""The quiz widget: ask, judge, give the reason; the answer stays hidden until it is asked for."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets

from cnnlab.quizzes import Question, question
from cnnlab.traces.number import number

__all__ = ["Quiz", "quiz"]

_STYLE = (
    "<style>"
    ".cnnlab-quiz{border-left:4px solid #6a51a3;padding:4px 12px;margin:6px 0;max-width:46rem}"
    ".cnnlab-quiz .cnnlab-quiz-question,.cnnlab-quiz .cnnlab-quiz-verdict,.cnnlab-quiz summary"
    "{font-size:15px;line-height:1.45;color:var(--jp-content-font-color1,#1b1b1b);white-space:normal}"
    ".cnnlab-quiz .widget-radio-box label{font-size:15px;height:auto;line-height:1.6}"
    ".cnnlab-quiz .cnnlab-quiz-question{font-weight:600}"
    "</style>"
)
_MARK = {"right": "✓ Right.", "wrong": "✗ Not yet.", "unread": "?"}


def quiz(id: str) -> Quiz:
    """Ask one of the course's questions, for example ``quiz("window_mean")``.

    Raises
    ------
    KeyError
        If there is no such question.
    """
    return Quiz(question(id))


class Quiz(ipywidgets.VBox):  # type: ignore[misc]
    """A question, a place for the answer, and what a teacher says to it."""

    def __init__(self, question: Question) -> None:
        self.question = question
        text = html.escape(question.text)
        self._entry: Any
        if question.choices:
            self._entry = ipywidgets.RadioButtons(options=question.choices, value=None, layout={"width": "auto"})
            self._entry.add_class("cnnlab-quiz-entry")
        else:
            self._entry = ipywidgets.Text(
                description="Your answer",
                placeholder="a number",
                continuous_update=False,
                style={"description_width": "initial"},
            )
            self._entry.observe(lambda _: self._check(), "value")  # Enter, or leaving the field
        check = ipywidgets.Button(description="Check", button_style="primary", layout={"width": "auto"})
        check.on_click(lambda _: self._check())
        self._reveal = ipywidgets.Button(description="Show the answer", layout={"width": "auto"})
        self._reveal.on_click(lambda _: self._show_answer())
        self._verdict = ipywidgets.HTML()
        super().__init__(
            [
                ipywidgets.HTML(f'{_STYLE}<div class="cnnlab-quiz-question">{text}</div>'),
                self._entry,
                ipywidgets.HBox([check, self._reveal]),
                self._verdict,
            ]
        )
        self.add_class("cnnlab-quiz")
        self._tell("", "Predict first: an answer you had to think about is one you keep.")

    def _check(self) -> None:
        verdict = self.question.judge(self._entry.value or "")
        self._tell(_MARK[verdict.state], verdict.text)

    def _show_answer(self) -> None:
        self._tell(f"The answer is {self._answer()}.", self.question.why)

    def _answer(self) -> str:
        answer = self.question.answer()
        return answer if isinstance(answer, str) else number(float(answer), 3)

    def _tell(self, mark: str, text: str) -> None:
        strong = f"<strong>{html.escape(mark)}</strong> " if mark else ""
        self._verdict.value = f'<div class="cnnlab-quiz-verdict" role="alert">{strong}{html.escape(text)}</div>'

    def __repr__(self) -> str:
        kind = "choose: " + " | ".join(self.question.choices) if self.question.choices else "a number"
        return f"Quiz: {self.question.text} ({kind})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Add to the widget a page that works without a kernel: the question, and the answer to unfold."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        choices = "".join(f"<li>{html.escape(choice)}</li>" for choice in self.question.choices)
        bundle["text/plain"] = repr(self)
        bundle["text/html"] = (
            f'{_STYLE}<div class="cnnlab-quiz"><p class="cnnlab-quiz-question">{html.escape(self.question.text)}</p>'
            + (f"<ul>{choices}</ul>" if choices else "")
            + f"<details><summary>Show the answer</summary><p>{html.escape(self._answer())}. "
            f"{html.escape(self.question.why)}</p></details></div>"
        )
        return bundle
