"""The quiz widget without a browser: it judges, it reveals only when asked, and it stands without a kernel."""

from __future__ import annotations

import pytest

from cnnlab.quizzes import questions
from cnnlab.widgets import quiz
from cnnlab.widgets.quiz import Quiz


def verdict(widget: Quiz) -> str:
    return str(widget.children[-1].value)


def press(widget: Quiz, name: str) -> None:
    boxes = [child.children for child in widget.children if hasattr(child, "children")]
    next(button for box in boxes for button in box if getattr(button, "description", "") == name).click()


def test_a_number_is_judged_on_enter_and_on_check() -> None:
    widget = quiz("first_window")
    assert "Predict first" in verdict(widget)
    widget.children[1].value = "30"
    assert "Not yet" in verdict(widget)
    assert "left column alone" in verdict(widget)
    widget.children[1].value = "0"
    assert "Right" in verdict(widget)
    widget = quiz("first_window")
    press(widget, "Check")
    assert "Type a number first" in verdict(widget)


def test_a_choice_is_an_answer() -> None:
    widget = quiz("impulse")
    press(widget, "the kernel as it is")
    assert "Not yet" in verdict(widget)
    assert "Place the window at the top left" in verdict(widget)
    press(widget, "the kernel turned by 180°")
    assert "Right" in verdict(widget)


def test_what_is_typed_is_shown_as_text() -> None:
    widget = quiz("first_window")
    widget.children[1].value = "<img src=x>"
    assert "<img" not in verdict(widget)
    assert "&lt;img" in verdict(widget)


def test_the_answer_is_shown_only_when_asked() -> None:
    widget = quiz("response_rows")
    press(widget, "Show the answer")
    assert "The answer is 4." in verdict(widget)


@pytest.mark.parametrize("id", questions())
def test_text_form_keeps_the_secret_and_html_folds_it(id: str) -> None:
    bundle = quiz(id)._repr_mimebundle_()
    assert questions()[id].why not in bundle["text/plain"]
    assert bundle["text/plain"].startswith("Quiz: ")
    before, folded = bundle["text/html"].split("<details>")
    assert "Show the answer" in folded
    assert "Show the answer" not in before
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert repr(quiz(id)) == repr(quiz(id))
