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
    ".cnnlab-quiz .cnnlab-quiz-choice{text-align:left;height:auto;line-height:1.4;padding:5px 12px;white-space:normal;"
    "font-size:14px;width:auto;max-width:100%}"
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
        self._verdict = ipywidgets.HTML()
        reveal = _button("Show the answer")
        reveal.on_click(lambda _: self._show_answer())
        if question.choices:
            answers = [self._choices(), reveal]
        else:
            entry, check = self._number()
            answers = [entry, ipywidgets.HBox([check, reveal])]
        heading = ipywidgets.HTML(f'{_STYLE}<div class="cnnlab-quiz-question">{html.escape(question.text)}</div>')
        super().__init__([heading, *answers, self._verdict])
        self.add_class("cnnlab-quiz")
        self._tell("", "Predict first: an answer you had to think about is one you keep.")

    def _choices(self) -> Any:
        """Make a button for each choice: a press is the answer. JupyterLab takes a radio button's arrow keys away."""
        buttons = [_button(choice).add_class("cnnlab-quiz-choice") for choice in self.question.choices]
        for button in buttons:
            button.on_click(lambda pressed: self._judge(pressed.description))
        return ipywidgets.VBox(buttons)

    def _number(self) -> tuple[Any, Any]:
        """Make a field for a number; Enter, leaving it or the button gives the answer."""
        entry = ipywidgets.Text(
            description="Your answer",
            placeholder="a number",
            continuous_update=False,
            style={"description_width": "initial"},
        )
        entry.observe(lambda _: self._judge(entry.value), "value")
        check = _button("Check", "primary")
        check.on_click(lambda _: self._judge(entry.value))
        return entry, check

    def _judge(self, given: str) -> None:
        verdict = self.question.judge(given)
        said = f"“{given}”: " if self.question.choices else ""
        self._tell(_MARK[verdict.state], said + verdict.text)

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


def _button(description: str, style: str = "") -> Any:
    return ipywidgets.Button(description=description, button_style=style, layout={"width": "auto"})
