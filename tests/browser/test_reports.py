"""The grader's pages, opened from disk with the network off: in light and dark, wide and narrow, and on paper."""

import inspect
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from cnnlab.check.alternatives import alternatives
from cnnlab.grading.model import Graded, Mark
from cnnlab.grading.report import Result, Run, write_reports
from cnnlab.grading.similar import compare
from cnnlab.grading.similar_page import similar_page
from tests.browser.lab import offline
from tests.grading.class_of import EDGES, EVIL, RELEASE, edges, judged, padding

pytestmark = pytest.mark.browser
KINDS = ["class", "feedback", "unreadable", "similar"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A class in which everything happens that a page can show."""
    folder = tmp_path_factory.mktemp("reports")
    wrong = judged("convolve2d", lambda image, kernel: print(EVIL) or image, 6)
    marks = (judged("window_mean", lambda window: window.sum(), 4), wrong)
    notes = (f"{EVIL} A test cell was edited; it does not count.",)
    results = [
        Result(Graded(EVIL, EDGES.name, "graded", marks, notes), late="1 day late: 20 % less.", kept=0.8),
        *(edges(f"learner {i}", first=i % 5, second=i % 7) for i in range(20)),
        padding(EVIL, "unreadable", ("The file is empty.",)),
        Result(Graded("ben", EDGES.name, "graded", (Mark("window_mean", "todo", 0, 4, seconds=1.5),))),
    ]
    run = Run(7, "bubblewrap", ("The last notebook counts.",), {"NumPy": "2.4.0"}, ("x.docx: no notebook",), 47, 2)
    written = write_reports(folder, RELEASE, results, run)
    first, second = (
        next(page for page in written if page.match(f"feedback/*/{sheet.name}.html")) for sheet in RELEASE.sheets
    )
    code = max((inspect.getsource(fn) for fn in alternatives()["conv_backward"]), key=len)
    copies = {EVIL: code, "ben": re.sub(r"\bdW\b", "slope", code), "eve": code[: len(code) // 2]}
    similar = folder / "similar.html"
    similar.write_text(similar_page("First homework", compare({"conv_backward": copies})), encoding="utf-8")
    return dict(zip(KINDS, (written[0], first, second, similar), strict=True))


@pytest.fixture
def opened(chromium):
    with offline(chromium, "file:") as go:
        yield go


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, pages, kind, scheme):
    page = opened(pages[kind], color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


@pytest.mark.parametrize("kind", KINDS)
def test_fits_a_narrow_page(opened, pages, kind):
    page = opened(pages[kind], viewport={"width": 360, "height": 3000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_is_smaller_than_thirteen_pixels(opened, pages, kind):
    page = opened(pages[kind])
    small = """() => [...document.querySelectorAll('main *')].filter((node) =>
        node.checkVisibility() && [...node.childNodes].some((part) => part.nodeType === 3 && part.data.trim())
        && parseFloat(getComputedStyle(node).fontSize) < 12.8).map((node) => node.outerHTML.slice(0, 100))"""
    assert page.evaluate(small) == []


def test_the_style_is_let_in(opened, pages):
    page = opened(pages["class"])
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "960px"


def test_a_wide_table_scrolls_by_keyboard(opened, pages):
    page = opened(pages["class"], viewport={"width": 360, "height": 900})
    table = page.get_by_role("region", name="Edge detection")
    table.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(100):  # it glides; the page's policy lets no script wait for it inside
        if table.evaluate("node => node.scrollLeft"):
            return
        page.wait_for_timeout(50)
    pytest.fail("the table did not scroll")


def test_on_paper_what_is_folded_is_open_and_colours_are_light(opened, pages):
    page = opened(pages["class"], color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("details li").first.is_visible()
