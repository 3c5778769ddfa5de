"""SlidingWindow in a real JupyterLab: sliders and switches by mouse and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import lab as jupyter

pytestmark = pytest.mark.browser

CELL = "from cnnlab.widgets import SlidingWindow\nSlidingWindow()"
LARGE = "import numpy as np\nSlidingWindow(np.arange(64 * 64).reshape(64, 64) % 11, pad=1, stride=2)"


@pytest.fixture(scope="module")
def page(chromium, folder, url):
    jupyter.write_notebook(folder, "sliding.ipynb", [CELL, LARGE])
    opened = jupyter.open_notebook(chromium, url, "sliding.ipynb")
    complaints = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    jupyter.run_all(opened)
    opened.wait_for_function("document.querySelectorAll('.cnnlab-lab .noUi-handle[aria-label=Step]').length === 2")
    yield opened
    opened.context.close()
    assert complaints == []


@pytest.fixture
def sliding(page):
    """The first widget, as it began."""
    widget = page.locator(".cnnlab-lab").first
    widget.get_by_role("button", name="Reset").click()
    jupyter.settle(page)
    says(page, "sentence", "Step 1 of 16. Row 0, column 0: 3 by 3 window, sum of products 36.")
    says(page, "heading", "⌊(6 + 2·0 − 3)/1⌋ + 1 = ⌊3⌋ + 1 = 4")
    return widget


def says(page, part, text):
    page.wait_for_function(
        "([part, text]) => document.querySelector(`.cnnlab-lab .cnnlab-${part}`).textContent.includes(text)",
        arg=[part, text],
    )


def press(widget, name, key):
    widget.get_by_role("slider", name=name, exact=True).focus()
    widget.page.keyboard.press(key)
    jupyter.settle(widget.page)


def test_the_formula_follows_the_sliders_by_keyboard(sliding, page):
    press(sliding, "Padding p", "ArrowRight")
    says(page, "heading", "⌊(6 + 2·1 − 3)/1⌋ + 1 = ⌊5⌋ + 1 = 6")
    press(sliding, "Stride s", "ArrowRight")
    says(page, "heading", "⌊(6 + 2·1 − 3)/2⌋ + 1 = ⌊2.5⌋ + 1 = 3")
    says(page, "note", "The floor leaves the last row and the last column over")
    press(sliding, "Dilation d", "ArrowRight")
    says(page, "heading", "f spans 2·(3 − 1) + 1 = 5.")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Dilation d"


def test_a_slider_by_mouse(sliding, page):
    track = jupyter.box(sliding.locator(".cnnlab-set-n_rows .noUi-base"))
    page.mouse.click(track["x"] + track["width"] - 1, track["y"] + track["height"] / 2)
    says(page, "heading", "⌊(12 + 2·0 − 3)/1⌋ + 1 = ⌊9⌋ + 1 = 10")
    says(page, "sentence", "Step 1 of 100.")


def test_an_impossible_setting_is_explained_and_the_picture_stays(sliding, page):
    press(sliding, "Input n", "Home")
    says(page, "alert", "f: got a window of 3 on 1 row padded by 0 per side")
    says(page, "sentence", "Step 1 of 16")
    press(sliding, "Padding p", "ArrowRight")  # the remedy
    says(page, "heading", "⌊(1 + 2·1 − 3)/1⌋ + 1 = ⌊0⌋ + 1 = 1")
    assert sliding.locator(".cnnlab-alert").inner_text() == ""
    sliding.get_by_role("button", name="Undo").click()
    says(page, "heading", "= 4")


def test_rows_and_columns_apart(sliding, page):
    switch = sliding.get_by_role("button", name="Rows and columns apart")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.press("Enter")
    columns = sliding.get_by_role("slider", name="Stride s, columns")
    columns.wait_for()
    press(sliding, "Stride s, columns", "End")
    says(page, "heading", "Columns: ⌊(n + 2p − f)/s⌋ + 1 = ⌊(6 + 2·0 − 3)/4⌋ + 1 = ⌊0.75⌋ + 1 = 1")
    says(page, "sentence", "Step 1 of 4.")
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    columns.wait_for(state="hidden")
    says(page, "sentence", "Step 1 of 16.")


def test_the_count_of_windows(sliding, page):
    switch = sliding.get_by_role("button", name="Count windows per cell")
    switch.click()
    says(page, "note", "each input cell is in 1 to 9 of 16.")
    sliding.locator("figcaption:has-text('Windows that see each cell')").wait_for()
    switch.press("Enter")
    sliding.locator("figcaption:has-text('Input 6×6')").wait_for()


def test_hover_click_and_arrow_keys(sliding, page):
    box = jupyter.box(sliding.locator("[data-hit=probe]"))
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    says(
        page,
        "sentence",
        "Row 1, column 1 of the padded input, value 1: used by the outputs in rows 0 to 1, columns 0 to 1.",
    )
    assert sliding.locator("[data-path=fed]").first.get_attribute("d").count("M") == 1
    box = jupyter.box(sliding.locator("[data-hit=cell]"))
    page.mouse.click(box["x"] + box["width"] * 0.99, box["y"] + box["height"] * 0.99)
    says(page, "sentence", "Step 16 of 16. Row 3, column 3")
    says(page, "sentence", "Pinned")
    sliding.locator("[data-area=cell]").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    says(page, "sentence", "Step 12 of 16. Row 2, column 3")


def test_play_with_padding(sliding, page):
    press(sliding, "Padding p", "End")
    sliding.get_by_label("Play or pause").press("Enter")
    page.wait_for_function("/Step ([2-9]|..) of 144/.test(document.querySelector('.cnnlab-sentence').textContent)")
    sliding.get_by_label("Play or pause").press("Enter")


def test_a_large_input(page):
    large = page.locator(".cnnlab-lab").nth(1)
    sentence = large.locator(".cnnlab-sentence")
    large.locator("[data-area=cell]").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelectorAll('.cnnlab-sentence')[1].textContent.startsWith('Step 32 of 1024')")
    assert "Row 0, column 31" in sentence.inner_text()
    words = [node.text_content() for node in large.locator("[data-slot^=w]").all()]
    assert words == ["0", "0", "0", "6", "7", "8", "4", "5", "6"]  # the rim, 61 to 63 modulo 11, 125 to 127 modulo 11
    large.get_by_role("button", name="Count windows per cell").click()
    large.locator(".cnnlab-note:has-text('each input cell is in 1 to 4 of 1024')").wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_axe_finds_nothing(page, theme):
    jupyter.set_theme(page, theme)
    jupyter.settle(page)
    found = Axe().run(page, context=".cnnlab-lab").response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


@pytest.mark.parametrize("width", [360, 3840])
def test_fits_narrow_and_wide_pages(chromium, page, url, width):
    narrow = jupyter.open_notebook(chromium, url, "sliding.ipynb", viewport={"width": width, "height": 4000})
    jupyter.run_all(narrow)
    narrow.wait_for_function("document.querySelectorAll('.cnnlab-lab .noUi-handle[aria-label=Step]').length === 2")
    jupyter.settle(narrow)
    assert jupyter.misfits(narrow) == []
    narrow.context.close()
