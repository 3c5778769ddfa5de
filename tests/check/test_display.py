import builtins
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cnnlab import check, course, progress
from cnnlab.check.alternatives.edge_detection import windows
from cnnlab.check.block import Say
from cnnlab.check.figure import figure, written
from cnnlab.check.report import Report
from tests.check.slips import SLIPS


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(progress, "_memory", progress._Book())


class Words(HTMLParser):
    """The words a reader sees, and whether all tags close."""

    def __init__(self, html):
        super().__init__()
        self.open, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data.replace("−", "-").replace("✗", " ").split()


@pytest.mark.parametrize("index", range(0, len(SLIPS), 7))
def test_text_and_html_say_the_same(index):
    exercise, _, fn = SLIPS[index]
    bundle = check.judge(exercise, fn)._repr_mimebundle_()
    page = Words(bundle["text/html"])
    assert page.open == []
    everything = "".join(page.words)
    signs = {f"{exercise}:", "not", "✗", "marks", "what", "is", "right."}  # of the head line and the legend
    for word in set(bundle["text/plain"].replace("*", " ").replace("−", "-").split()) - signs:
        assert word in everything


def test_style_rules_stay_inside():
    html = check.judge("cross_correlate2d", windows)._repr_mimebundle_()["text/html"]
    style = re.search(r"<style>(.*)</style>", html, re.S).group(1)
    for selectors in re.findall(r"([^{}]+)\{", style):
        for selector in selectors.split(","):
            assert ".cnnlab-card" in selector, selector


def test_what_a_learner_prints_cannot_become_html():
    def nasty(image, kernel):
        print("<script>alert(1)</script>")
        raise ValueError("<b>bold</b>")

    html = check.judge("cross_correlate2d", nasty)._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "<b>bold" not in html
    assert "&lt;script&gt;" in html


def test_wrong_cells_are_marked_by_more_than_colour():
    report = check.judge("cross_correlate2d", lambda image, kernel: np.abs(windows(image, kernel)))
    html = report._repr_mimebundle_()["text/html"]
    assert html.count('aria-label="not right"') == report.message.count("*") - 1  # one stands in the legend


def test_warnings_are_told_in_words():
    def divides(image, kernel):
        np.zeros(1) / np.zeros(1)
        return windows(image, kernel)

    report = check.judge("cross_correlate2d", divides)
    assert report.state == "pass"
    assert "Python warned on the way: RuntimeWarning: invalid value" in report.message


def test_printed_lines_are_folded_and_counted():
    def prints(image, kernel):
        for i in range(30):
            print("line", i)
        return windows(image, kernel)

    report = check.judge("cross_correlate2d", prints)
    assert "line 9\n… and 20 more lines" in report.message
    assert "<details>" in report._repr_mimebundle_()["text/html"]


def test_code_in_a_paragraph_is_set_as_code():
    report = Report("window_mean", "fail", None, (Say("Look at `a < b`."),))
    assert "<code>a &lt; b</code>" in report._repr_mimebundle_()["text/html"]
    assert report.message == "Look at a < b."


def test_numbers_are_written_in_one_manner():
    assert written(np.array([0.5, -2, 30])) == [["0.5", "-2", "30"]]
    assert written(np.array([2.0**-30])) == [["9.31e-10"]]
    assert written(np.array([1.0]), np.array([1.0000001])) == [["1"], ["1.0000001"]]
    assert written(np.array([np.nan, np.inf])) == [["nan", "inf"]]


def test_large_arrays_are_told_not_shown():
    array = np.arange(80.0).reshape(8, 10)
    assert figure("Image", array, written(array)[0]).text == "Image (8×10), numbers from 0 to 79"
    wrong = array > 78
    shown = figure("Came back", array, written(array)[0], wrong).text
    assert shown.splitlines()[-1].split() == ["."] * 9 + ["x"]


# Hints.


def test_hints_never_stand_in_the_text():
    hints = check.hints("cross_correlate2d")
    bundle = hints._repr_mimebundle_()
    assert bundle["text/plain"] == "Hints for cross_correlate2d: 3, none opened."
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = Words(bundle["text/html"])
    assert page.open == []
    assert bundle["text/html"].count("<details>") == 3
    assert "`" not in bundle["text/html"]
    for hint in course.exercise("cross_correlate2d").hints:
        assert set(hint.replace("`", " ").split()) <= set(" ".join(page.words).replace("`", " ").split())


def test_hints_open_one_at_a_time_and_are_remembered():
    box = check.hints("window_mean").widget()
    *texts, button = box.children
    assert [bool(text.value) for text in texts] == [False, False, False]
    assert button.description == "Show hint 1 of 3"
    button.click()
    assert [bool(text.value) for text in texts] == [True, False, False]
    assert 'aria-live="polite"' in texts[0].value
    assert button.description == "Show hint 2 of 3"
    assert progress.load()["window_mean"].hints == 1
    assert repr(check.hints("window_mean")) == "Hints for window_mean: 3, 1 opened."
    again = check.hints("window_mean").widget()
    assert [bool(text.value) for text in again.children[:3]] == [True, False, False]
    for _ in range(5):
        button.click()
    assert button.description == "All 3 hints are open"
    assert not button.disabled
    assert progress.load()["window_mean"].hints == 3


def test_without_ipywidgets_the_folds_remain(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **settings):
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    assert set(check.hints("window_mean")._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_hints_of_an_unknown_exercise():
    with pytest.raises(KeyError, match="wanted one of"):
        check.hints("nothing")


# The course map.


def test_the_course_map_tells_points_minutes_and_state():
    check.window_mean(lambda window: window.mean())
    check.cross_correlate2d(len)
    progress.record_hint("cross_correlate2d", 2)
    course_map = check.progress()
    total = sum(e.points for e in course.exercises().values())
    assert (
        course_map.summary == f"1 of {len(course.exercises())} exercises passed, 1 of {total} points, 2 hints opened."
    )
    assert repr(course_map) == f"Course map: {course_map.summary}"
    text = str(course_map)
    assert re.search(r"✓ window_mean +1 point +2 minutes +passed", text)
    assert re.search(r"✗ cross_correlate2d +4 points +15 minutes +tried, not passed yet, 2 hints opened", text)
    assert re.search(r"· convolve2d .* not started", text)
    page = Words(course_map._repr_mimebundle_()["text/html"])
    assert page.open == []
    assert {e.id for e in course.exercises().values()} <= set(page.words)
