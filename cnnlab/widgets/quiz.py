"""The quiz widget: ask, judge, give the reason; the answer stays hidden until it is asked for."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets

from cnnlab import progress
from cnnlab.quizzes import Question, question
from cnnlab.still import show
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
    ".cnnlab-quiz .cnnlab-quiz-wake{font-size:14px;color:var(--jp-content-font-color2,#595959);margin:8px 0 4px}"
    "</style>"
)
_MARK = {"right": "✓ Right.", "wrong": "✗ Not yet.", "unread": "?"}
_WAKE = '<p class="cnnlab-quiz-wake">Run this cell (Shift+Enter) to answer.</p>'


def quiz(id: str) -> Quiz:
    """Ask one of the course's questions, for example ``quiz("window_mean")``.

    Raises
    ------
    KeyError
        If there is no such question.
    """
    return Quiz(question(id))


class Quiz(ipywidgets.VBox):  # type: ignore[misc]
    """A question, a place for the answer, and what a teacher says to it. An answer given before is shown again."""

    def __init__(self, question: Question) -> None:
        self.question = question
        given = progress.answer(question.id)
        if question.choices and given not in question.choices:
            given = None
        self._verdict = ipywidgets.HTML()
        reveal, self._again = _button("Show the answer"), _button("Try again")
        reveal.on_click(lambda _: self._show_answer())
        self._again.on_click(lambda _: self._try_again())
        if question.choices:
            place, buttons = self._choices(), [reveal, self._again]
            self._field = place.children[0]
        else:
            place, check = self._number(given or "")
            self._field, buttons = place, [check, reveal, self._again]
        heading = ipywidgets.HTML(f'{_STYLE}<div class="cnnlab-quiz-question">{html.escape(question.text)}</div>')
        super().__init__([heading, place, ipywidgets.HBox(buttons), self._verdict])
        self.add_class("cnnlab-quiz")
        if given is None:
            self._invite()
        else:
            self._judge(given)

    def _choices(self) -> Any:
        """Make a button for each choice: a press is the answer. JupyterLab takes a radio button's arrow keys away."""
        buttons = [_button(choice).add_class("cnnlab-quiz-choice") for choice in self.question.choices]
        for button in buttons:
            button.on_click(lambda pressed: self._take(pressed.description))
        return ipywidgets.VBox(buttons)

    def _number(self, given: str) -> tuple[Any, Any]:
        """Make a field for a number; Enter, leaving it or the button gives the answer."""
        entry = ipywidgets.Text(
            given,
            description="Your answer",
            placeholder="a number",
            continuous_update=False,
            style={"description_width": "initial"},
        )
        entry.observe(lambda change: self._take(change.new) if change.new else None, "value")
        check = _button("Check", "primary")
        check.on_click(lambda _: self._take(entry.value))
        return entry, check

    def _take(self, given: str) -> None:
        """Judge an answer, and note it if it can be understood."""
        if self._judge(given) != "unread":
            self._trouble(progress.record_answer(self.question.id, given))

    def _judge(self, given: str) -> str:
        verdict = self.question.judge(given)
        said = f"“{given}”: " if self.question.choices else ""
        self._tell(_MARK[verdict.state], said + verdict.text)
        return verdict.state

    def _try_again(self) -> None:
        """Forget the answer, and be as at the beginning."""
        trouble = progress.record_answer(self.question.id, None)
        if not self.question.choices:
            self._field.value = ""
        self._invite()
        self._trouble(trouble)
        self._field.focus()  # the button that had it is gone

    def _invite(self) -> None:
        self._tell("", "Predict first: an answer you had to think about is one you keep.")

    def _trouble(self, sentence: str | None) -> None:
        """Add that an answer could not be kept."""
        if sentence:
            self._verdict.value += f'<div class="cnnlab-quiz-verdict">{html.escape(sentence)}</div>'

    def _show_answer(self) -> None:
        self._tell(f"The answer is {self._answer()}.", self.question.why)

    def _answer(self) -> str:
        answer = self.question.answer()
        return answer if isinstance(answer, str) else number(float(answer), 3)

    def _tell(self, mark: str, text: str) -> None:
        strong = f"<strong>{html.escape(mark)}</strong> " if mark else ""
        self._again.layout.display = None if mark else "none"
        self._verdict.value = f'<div class="cnnlab-quiz-verdict" role="alert">{strong}{html.escape(text)}</div>'

    def __repr__(self) -> str:
        kind = "choose: " + " | ".join(self.question.choices) if self.question.choices else "a number"
        return f"Quiz: {self.question.text} ({kind})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Add to the widget what works without a kernel, and how to wake it."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self)
        bundle["text/html"] = self.page(_WAKE)
        return bundle

    def _ipython_display_(self) -> None:
        show(self._repr_mimebundle_(), self.page(_WAKE))

    def page(self, closing: str = "") -> str:
        """Write the question and the answer to unfold as HTML: the same whatever was answered."""
        choices = "".join(f"<li>{html.escape(choice)}</li>" for choice in self.question.choices)
        return (
            f'{_STYLE}<div class="cnnlab-quiz"><p class="cnnlab-quiz-question">{html.escape(self.question.text)}</p>'
            + (f"<ul>{choices}</ul>" if choices else "")
            + f"<details><summary>Show the answer</summary><p>{html.escape(self._answer())}. "
            f"{html.escape(self.question.why)}</p></details>{closing}</div>"
        )


def _button(description: str, style: str = "") -> Any:
    return ipywidgets.Button(description=description, button_style=style, layout={"width": "auto"})
