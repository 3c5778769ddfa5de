"""Every question can be answered, and every tempting answer is wrong for a reason."""

from __future__ import annotations

import pytest

from cnnlab import quizzes
from cnnlab.quizzes import Question, question, questions
from cnnlab.traces.number import number


@pytest.mark.parametrize("q", questions().values(), ids=lambda q: q.id)
def test_the_answer_is_right_and_what_tempts_is_not(q: Question) -> None:
    answer = q.answer()
    assert q.judge(answer if isinstance(answer, str) else number(answer, 3)).state == "right"
    assert not q.choices or answer in q.choices
    assert q.tempting
    for wrong, reason in q.tempting.items():
        verdict = q.judge(str(wrong))
        assert verdict.state == "wrong"
        assert verdict.text == reason
        assert not q.choices or wrong in q.choices
    if q.choices:
        assert set(q.tempting) == set(q.choices) - {answer}


def test_ids_are_unique() -> None:
    everything = [q.id for module in quizzes._MODULES for q in module.QUESTIONS]
    assert sorted(everything) == sorted(questions())


@pytest.mark.parametrize("text", ["four", "1/0", "nan", "inf", "1,2,3", "--3", "1e999", "__import__('os')"])
def test_what_is_no_number(text: str) -> None:
    verdict = question("first_window").judge(text)
    assert verdict.state == "unread"
    assert "Write it like" in verdict.text


def test_no_answer_yet() -> None:
    assert question("first_window").judge(" ").text == "Type a number first."
    assert question("impulse").judge("").text == "Choose one of the answers first."


def test_another_wrong_answer_gets_a_way_on() -> None:
    assert "show the answer" in question("first_window").judge("17").text


def test_an_unknown_question_names_near_ones() -> None:
    with pytest.raises(KeyError, match="quiz: got 'first_windo', wanted one of first_window"):
        question("first_windo")
