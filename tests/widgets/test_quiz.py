"""The quiz widget without a browser: it judges, it reveals only when asked, and it stands without a kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab import progress
from cnnlab.quizzes import questions
from cnnlab.widgets import quiz
from cnnlab.widgets.quiz import Quiz


@pytest.fixture(autouse=True)
def _course_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(progress, "_told", set())
    (tmp_path / ".cnnlab").mkdir()
    monkeypatch.chdir(tmp_path)


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
    press(widget, "Try again")
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
    assert "Run this cell (Shift+Enter) to answer." in folded
    assert repr(quiz(id)) == repr(quiz(id))


# An answer is remembered.


def again(widget: Quiz) -> bool:
    """Whether Try again can be pressed."""
    return widget._again.layout.display != "none"


def test_a_number_is_shown_again_with_its_explanation_until_try_again() -> None:
    quiz("first_window").children[1].value = "30"
    widget = quiz("first_window")
    assert widget.children[1].value == "30"
    assert "Not yet" in verdict(widget)
    assert "left column alone" in verdict(widget)
    assert again(widget)
    press(widget, "Try again")
    for fresh in (widget, quiz("first_window")):
        assert fresh.children[1].value == ""
        assert "Predict first" in verdict(fresh)
        assert not again(fresh)


def test_a_choice_is_shown_again_and_the_last_one_counts() -> None:
    widget = quiz("impulse")
    press(widget, "the kernel as it is")
    press(widget, "the kernel turned by 180°")
    widget = quiz("impulse")
    assert "“the kernel turned by 180°”" in verdict(widget)
    assert "Right" in verdict(widget)
    press(widget, "Try again")
    assert "Predict first" in verdict(quiz("impulse"))


def test_what_cannot_be_read_and_what_was_only_shown_is_not_remembered() -> None:
    widget = quiz("first_window")
    widget.children[1].value = "four"
    press(widget, "Show the answer")
    assert again(widget)
    assert "Predict first" in verdict(quiz("first_window"))
    progress.record_answer("impulse", "a choice of an older edition")
    assert "Predict first" in verdict(quiz("impulse"))


def test_what_is_saved_in_the_notebook_is_the_same_whatever_was_answered() -> None:
    before = quiz("first_window")._repr_mimebundle_()["text/html"]
    quiz("first_window").children[1].value = "0"
    assert quiz("first_window")._repr_mimebundle_()["text/html"] == before


@pytest.mark.parametrize("text", ["", "[1]", '{"format": 1, "exercises": {}, "answers": {"first_window": 3}}'])
def test_a_damaged_file_stops_no_quiz(text: str) -> None:
    file = Path(".cnnlab/progress.json")
    file.write_text(text)
    widget = quiz("first_window")
    assert "Predict first" in verdict(widget)
    widget.children[1].value = "0"
    assert "Right" in verdict(widget)
    assert "was damaged. It is kept as progress.json.damaged" in verdict(widget)
    assert "Right" in verdict(quiz("first_window"))


def test_where_nothing_can_be_written_the_session_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **settings: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(progress, "_memory", progress._Book())
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    widget = quiz("first_window")
    widget.children[1].value = "0"
    assert "Right" in verdict(widget)
    assert "lasts only until this notebook is closed" in verdict(widget)
    assert "Right" in verdict(quiz("first_window"))
