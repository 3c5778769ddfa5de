"""PoolExplorer in a real JupyterLab: windows and winners, overlap and shift, by mouse and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import lab as jupyter
from tests.browser.lab import expect, expect_formula
from tests.browser.test_volumeconv import cell

pytestmark = pytest.mark.browser

CODE = """
from cnnlab.widgets import PoolExplorer
pool = PoolExplorer()
pool
"""


@pytest.fixture(scope="module")
def page(chromium, url, folder):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    jupyter.write_notebook(folder, "pool.ipynb", [CODE])
    with jupyter.explorer_page(chromium, url, "pool.ipynb") as page:
        yield page


@pytest.fixture
def pool(page):
    jupyter.reset(page)
    expect(page, "Step 1 of 4. Channel 1, row 0, column 0: the largest of 4 cells is 5.")
    return page


def test_hover_shows_the_window_and_its_winner(pool):
    pool.mouse.move(*cell(pool, "cell", 0, 1, 0, (2, 2)))
    expect(pool, "Step 3 of 4. Channel 1, row 1, column 0: the largest of 4 cells is 6.")
    expect_formula(pool, "max(4, 4, 1, 6) = 6")
    assert pool.locator("[data-path=winners0]").first.get_attribute("d").count("M") == 1
    won = [pool.locator(f"[data-fill=shade{n}]").get_attribute("fill") for n in range(4)]
    assert won == ["#ffffff", "#ffffff", "#ffffff", "#ffd24d"]


def test_hovering_an_input_cell_outlines_the_windows_it_lies_in(pool):
    pool.locator(".cnnlab-set-stride .noUi-handle").press("ArrowLeft")
    expect(pool, "Step 1 of 9")
    pool.mouse.move(*cell(pool, "probe", 0, 1, 1, (4, 4)))
    expect(pool, "value 2: in the windows of rows 0 to 1, columns 0 to 1 of this channel's output.")
    assert pool.locator("[data-path=fed0]").first.get_attribute("d").count("M") == 4
    assert pool.locator("[data-path=next0]").get_attribute("d").count("M") == 2


def test_arrow_keys_move_the_window(pool):
    pool.locator("[data-area=cell]").first.focus()
    pool.keyboard.press("ArrowDown")
    pool.keyboard.press("ArrowRight")
    expect(pool, "Step 4 of 4. Channel 1, row 1, column 1")
    pool.keyboard.press("Enter")
    expect(pool, "Pinned")


def test_average_and_channels(pool):
    pool.get_by_role("button", name="Average pooling").click()
    expect_formula(pool, "(4 + 5 + 2 + 2) / 4 = 3.25")
    expect(pool, "sum 13 over 4 cells is the average 3.25.")
    pool.locator(".cnnlab-set-channels .noUi-handle").press("ArrowRight")
    expect(pool, "Step 1 of 8")
    pool.mouse.move(*cell(pool, "cell", 1, 0, 1, (2, 2)))
    expect(pool, "Step 6 of 8. Channel 2, row 0, column 1")


def test_a_shift_shows_what_changes(pool):
    pool.get_by_label("Input", exact=True).select_option("bright spots")
    note = ".cnnlab-note:has-text('%s')"
    for changed in (0, 5):
        pool.locator(".cnnlab-set-shift .noUi-handle").press("ArrowRight")
        pool.wait_for_selector(note % f"and {changed} of 9 output cells")
    assert pool.locator("figcaption:has-text('Before the shift')").count() == 1


def test_an_impossible_setting_explains_itself(pool):
    handle = pool.locator(".cnnlab-set-pad .noUi-handle")
    handle.press("ArrowRight")
    expect(pool, "of 9.")
    handle.press("ArrowRight")
    pool.wait_for_selector(".cnnlab-alert:has-text('a window must see the picture')")
    expect(pool, "of 9.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(pool, dark):
    if dark:
        jupyter.set_theme(pool, "JupyterLab Dark")
    found = Axe().run(pool, context=".cnnlab-lab").response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []
    if dark:
        jupyter.set_theme(pool, "JupyterLab Light")


@pytest.mark.parametrize("width", [360, 3840])
def test_fits_narrow_and_wide_pages(notebook, folder, width):
    jupyter.write_notebook(folder, "pools.ipynb", [CODE, "PoolExplorer([[[1.25] * 12] * 12] * 3, shift=1, stride=1)"])
    page = notebook("pools.ipynb", viewport={"width": width, "height": 6000 if width < 1000 else 2600})
    page.wait_for_function("document.querySelectorAll('.cnnlab-lab').length === 2")
    assert jupyter.misfits(page) == []
