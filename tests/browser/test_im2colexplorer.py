"""Im2colExplorer in a real JupyterLab: what a learner sees by mouse and by keyboard."""

import pytest

from tests.browser import lab as jupyter
from tests.browser.lab import expect

pytestmark = pytest.mark.browser

ONE = """
from cnnlab.widgets import Im2colExplorer
Im2colExplorer()
"""
TWO = """
import numpy as np
def im2col(x, kh, kw, pad, stride):
    rows, columns = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    return np.array([x[0, :, i:i + kh, j:j + kw].T.ravel() for i in range(rows) for j in range(columns)]).T
Im2colExplorer(fn=im2col)
"""
STEP_1 = "Step 1 of 9. The window at row 0, column 0 becomes column 0 of the matrix"


@pytest.fixture(scope="module", autouse=True)
def notebooks(folder):
    jupyter.write_notebook(folder, "im2col.ipynb", [ONE])
    jupyter.write_notebook(folder, "im2col_two.ipynb", [ONE, TWO])


@pytest.fixture(scope="module")
def opened(chromium, url, notebooks):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    with jupyter.explorer_page(chromium, url, "im2col.ipynb") as page:
        yield page


@pytest.fixture
def page(opened):
    jupyter.reset(opened)
    expect(opened, STEP_1)
    return opened


def cell(page, area, row, column, size):
    """Where a cell of the input ("probe"), the matrix ("entry") or the output ("cell") lies on the page."""
    channel, row = divmod(row, size[0])
    return jupyter.cell_in(page.locator(f".cnnlab-lab [data-hit={area}]").nth(channel), row, column, size)


def outlines(page, slot):
    return page.locator(f"[data-path={slot}]").last.get_attribute("d").count("M")


def test_a_cell_of_the_matrix_shows_where_it_came_from_and_all_its_copies(page):
    page.mouse.move(*cell(page, "entry", 3, 0, (8, 9)))
    expect(page, "Matrix row 3, column 0, value 6: channel 0, row 1, column 1 of its window.")
    expect(page, "row 1, column 1 of the input. This input cell is in 4 columns: 0, 1, 3 and 4.")
    assert outlines(page, "from") == 1
    assert outlines(page, "from_copies") == 4
    page.mouse.move(5, 5)
    expect(page, STEP_1)
    assert outlines(page, "from_copies") == 0


def test_a_cell_of_the_input_shows_its_copies(page):
    page.mouse.move(*cell(page, "probe", 0, 0, (4, 4)))
    expect(page, "channel 0, row 0, column 0 of the input: value 1, is in 1 column: 0.")
    page.mouse.move(*cell(page, "probe", 5, 1, (4, 4)))
    expect(page, "channel 1, row 1, column 1 of the input: value 22, is in 4 columns: 0, 1, 3 and 4.")
    assert outlines(page, "copies") == 4


def test_a_click_in_the_matrix_goes_to_its_column(page):
    page.mouse.click(*cell(page, "entry", 0, 5, (8, 9)))
    page.mouse.move(5, 5)
    expect(page, "Step 6 of 9. The window at row 1, column 2 becomes column 5")
    page.wait_for_function("document.querySelector('[data-sentence=formula]').textContent.endsWith(' = 72')")


def test_keyboard_in_all_three_grids(page):
    page.locator("[data-area=cell]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page, "Step 5 of 9")
    page.locator("[data-area=probe]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(page, "channel 0, row 0, column 3 of the input: value 4")
    page.locator("[data-area=entry]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    expect(page, "Matrix row 7, column 8, value 32")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page, "Step 9 of 9")


def test_build_up_covers_the_columns_to_come(page):
    cover = page.locator(".cnnlab-cover").first
    assert not cover.is_visible()
    page.get_by_role("button", name="Build up").click()
    page.wait_for_selector(".cnnlab-cover", state="visible")
    page.get_by_role("button", name="Build up").click()
    page.wait_for_selector(".cnnlab-cover", state="hidden")


def test_back_adds_the_columns_up(page):
    page.get_by_label("Back with col2im").click()
    expect(page, "Column 0 is added to the window at row 0, column 0")
    page.get_by_role("button", name="Next").click()
    expect(page, "Step 2 of 9. Column 1 is added")
    words = [page.locator(f"[data-slot=sum{n}]").text_content() for n in range(8)]
    assert words == ["1", "4", "3", "0", "5", "12", "7", "0"]
    page.wait_for_function(
        "document.querySelector('[data-sentence=formula]').textContent === 'sums[:, 0:2, 1:3] += column 1'"
    )
    page.mouse.move(*cell(page, "probe", 1, 1, (4, 4)))
    expect(page, "value 6, is in 4 columns: 0, 1, 3 and 4. Added back, that makes 24.")


def test_sliders_and_a_setting_that_does_not_fit(page):
    handle = page.locator(".cnnlab-set-size .noUi-handle")
    for _ in range(2):
        handle.press("ArrowRight")
    expect(page, "Step 1 of 1.")
    handle = page.locator(".cnnlab-set-n .noUi-handle")
    handle.press("ArrowLeft")
    page.wait_for_selector(".cnnlab-alert:has-text('4')")
    expect(page, "Step 1 of 1.")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")


def test_height_stays_while_stepping(page):
    player = page.locator(".cnnlab-player")
    heights = set()
    for step in range(2, 10):
        page.get_by_role("button", name="Next").click()
        expect(page, f"Step {step} of 9")
        heights.add(jupyter.box(player)["height"])
    assert len(heights) == 1


def test_two_in_a_notebook_with_the_learners_function_in_every_look(notebook):
    page = notebook("im2col_two.ipynb", viewport={"width": 1280, "height": 6000})
    expect(page, "numbers in this column differ from the library's.", 1)
    assert (
        "of 72 cells differ from the library's matrix; they are crossed."
        in page.locator(".cnnlab-note").nth(1).inner_text()
    )
    assert "differ" not in page.locator(".cnnlab-note").nth(0).inner_text()
    page.get_by_role("button", name="Next").nth(1).click()
    expect(page, "Step 2 of 9", 1)
    expect(page, STEP_1)
    assert jupyter.blemishes(page) == []
