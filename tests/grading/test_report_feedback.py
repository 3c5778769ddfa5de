"""What a learner gets back: their own results, in words and signs, and nothing that runs."""

import base64
import hashlib
import re

import pytest

from cnnlab.check.page import STYLE
from cnnlab.grading.model import Graded, Mark
from cnnlab.grading.report.feedback import feedback
from cnnlab.grading.report.result import Result
from tests.grading.class_of import EDGES, EVIL, PADDING, Seen, edges, judged, padding


def page(*marks, notes=(), **more):
    return feedback(Result(Graded("ada", EDGES.name, "graded", marks, notes), **more), EDGES, "First homework")


def test_it_says_the_points_and_each_state_with_a_sign_and_a_word():
    seen = Seen(feedback(edges(name="Ada Lovelace"), EDGES, "First homework"))
    assert "Feedback for Ada Lovelace" in seen.text
    assert "7 of 10 points" in seen.text
    assert "✓ Passed 4 of 4" in seen.text
    assert "◐ Right in part 3 of 6" in seen.text


def test_it_shows_what_the_check_says_with_one_copy_of_the_style():
    written = page(judged("window_mean", lambda window: window.sum(), 4))
    text = Seen(written).text
    assert "the division is missing" in text
    assert "Came back:" in text
    assert "Next:" in text
    assert written.count("<style") == 1
    assert STYLE not in written


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("todo", "is not written yet. Write your lines into its cell"),
        ("missing", "No cell of your notebook defines"),
        ("error", "not yours"),
    ],
)
def test_a_state_without_a_text_of_its_own_is_explained(state, wanted):
    assert wanted in Seen(page(Mark("window_mean", state, 0, 4))).text


def test_what_is_not_written_yet_is_not_told_to_run_a_cell():
    text = Seen(page(judged("window_mean", stub, 4))).text
    assert (
        "window_mean is not written yet. Write your lines into its cell, in place of raise NotImplementedError ."
        in text
    )
    assert "run that cell" not in text


def stub(window):
    raise NotImplementedError


def test_late_work_says_what_it_earned_and_what_is_left():
    seen = Seen(feedback(edges(kept=0.5, late="2 days late: 50 % less."), EDGES, "First homework"))
    assert "3.5 of 10 points" in seen.text
    assert "2 days late: 50 % less. The exercises earned 7 points." in seen.text


def test_an_unreadable_notebook_gets_a_remedy_meant_for_the_learner():
    note = "The file is cut off: it ends in the middle of the notebook. Ask the learner to save the notebook."
    seen = Seen(feedback(padding(state="unreadable", notes=(note,)), PADDING, "First homework"))
    assert "The file is cut off: it ends in the middle of the notebook." in seen.text
    assert "Hand in that very file again." in seen.text
    assert "the learner" not in seen.text


def test_when_the_grader_failed_the_learner_need_not_do_anything():
    seen = Seen(feedback(padding(state="error"), PADDING, "First homework"))
    assert "The fault is not yours" in seen.text


def hostile(window):
    print(EVIL)
    raise ValueError(f"{EVIL}<img src=x onerror=alert(2)>\" onload='alert(3)'")


def test_nothing_of_a_learner_s_becomes_markup():
    notes = (f"note {EVIL}", f"`{EVIL}`")
    name = f'{EVIL}" onmouseover="alert(4)'
    seen = Seen(page(judged("window_mean", hostile, 4), notes=notes, name=name, late=EVIL))
    assert {tag for tag, _ in seen.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "p", "a", "bdi"),
        *(
            "strong",
            "span",
            "code",
            "pre",
            "div",
            "ul",
            "li",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "svg",
            "rect",
        ),
        *("figure", "figcaption", "details", "summary"),
    }
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert all((link["href"] or "").startswith("#") for link in seen.found("a"))
    assert seen.text.count(EVIL) >= 5


def test_the_browser_may_run_no_script_and_ask_no_host_and_takes_this_style_only():
    written = page()
    [policy] = [meta["content"] for meta in Seen(written).found("meta") if "http-equiv" in meta]
    style = re.search(r"<style>(.*?)</style>", written, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "http://" not in written
    assert "https://" not in written


def test_signs_that_steer_a_terminal_are_not_handed_on():
    assert "\x1b" not in page(notes=("\x1b[31mred\x00",))
