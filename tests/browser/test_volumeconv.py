"""VolumeConv in a real JupyterLab: channels and filters share one cursor, by mouse and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import lab as jupyter
from tests.browser.lab import expect

pytestmark = pytest.mark.browser

CODE = """
from cnnlab.widgets import VolumeConv
volume = VolumeConv()
volume
"""
LARGE = """
import numpy as np
large = VolumeConv(np.ones((4, 10, 10)), np.ones((4, 4, 3, 3)), relu=True)
large
"""


@pytest.fixture(scope="module")
def page(chromium, url, folder):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    jupyter.write_notebook(folder, "volume.ipynb", [CODE])
    with jupyter.explorer_page(chromium, url, "volume.ipynb") as page:
        yield page


@pytest.fixture
def volume(page):
    jupyter.reset(page)
    expect(page, "Step 1 of 18. Filter 1, row 0, column 0")
    return page


def cell(page, area, nth, row, column, size):
    """Where a cell of a channel of the input ("probe") or the output ("cell") lies on the page."""
    return jupyter.cell_in(page.locator(f".cnnlab-lab [data-hit={area}]").nth(nth), row, column, size)


def test_hovering_any_output_channel_shows_its_filter_and_its_arithmetic(volume):
    volume.mouse.move(*cell(volume, "cell", 1, 2, 1, (3, 3)))
    expect(volume, "Step 17 of 18. Filter 2, row 2, column 1: ")
    expect(volume, "sum 11.")
    assert volume.locator("[data-slot=filter]").first.text_content() == "· filter 2"
    partials = [volume.locator(f"[data-slot=partials{c}]").text_content() for c in range(3)]
    numbers = [int(text.replace("−", "-")) for text in partials]
    assert sum(numbers) + int(volume.locator("[data-slot=bias]").text_content().replace("−", "-")) == 11
    volume.mouse.move(5, 5)
    expect(volume, "Step 1 of 18")


def test_hovering_an_input_channel_outlines_what_it_feeds(volume):
    volume.mouse.move(*cell(volume, "probe", 2, 2, 2, (7, 7)))
    expect(volume, "Channel 3, row 2, column 2")
    expect(volume, "used by every filter for outputs in rows 0 to 1, columns 0 to 1.")
    for k in range(2):
        assert volume.locator(f"[data-path=fed{k}]").first.get_attribute("d").count("M") == 4
    assert volume.locator("[data-mover=probe2]").get_attribute("visibility") == "visible"


def test_keyboard_on_the_input_and_the_output(volume):
    volume.locator("[data-area=probe]").nth(1).focus()
    volume.keyboard.press("ArrowDown")
    expect(volume, "Channel 2, row 0, column 0 (padding), value 0")
    volume.keyboard.press("ArrowUp")
    expect(volume, "Channel 1, row 6, column 0 (padding)")
    volume.locator("[data-area=cell]").first.focus()
    for _ in range(3):
        volume.keyboard.press("ArrowDown")
    expect(volume, "Step 10 of 18. Filter 2, row 0, column 0")
    volume.keyboard.press("Enter")
    expect(volume, "Pinned")


def test_the_filter_buttons_and_the_step_follow_each_other(volume):
    second = volume.get_by_role("button", name="Go to filter 2")
    second.click()
    expect(volume, "Filter 2, row 0, column 0")
    volume.mouse.click(*cell(volume, "cell", 0, 1, 1, (3, 3)))
    expect(volume, "Step 5 of 18. Filter 1, row 1, column 1")
    volume.wait_for_function("document.querySelector('.cnnlab-set-filter .mod-active')?.textContent.trim() === '1'")
    volume.keyboard.press("Escape")


def test_play_covers_what_is_to_come_in_both_channels(volume):
    volume.get_by_role("button", name="Build up").click()
    volume.wait_for_selector(".cnnlab-building .cnnlab-cover")
    second = volume.locator("[data-mover=below1]")
    before = second.get_attribute("transform")
    volume.get_by_label("Speed").select_option("fast")
    volume.get_by_label("Play or pause").click()
    volume.wait_for_function("/Filter 2/.test(document.querySelector('.cnnlab-sentence').textContent)")
    volume.get_by_label("Play or pause").click()
    assert second.get_attribute("transform") != before
    volume.get_by_role("button", name="Build up").click()


def test_controls_change_the_picture(volume):
    volume.get_by_role("button", name="ReLU").click()
    volume.get_by_role("button", name="Next").click()
    volume.get_by_role("button", name="Next").click()
    expect(volume, "sum −5, after ReLU 0.")
    volume.get_by_label("Weights", exact=True).select_option("one channel each")
    expect(volume, "bias 0")
    volume.locator(".cnnlab-set-stride .noUi-handle").press("ArrowLeft")
    expect(volume, "of 50.")
    volume.get_by_role("button", name="Undo").click()
    expect(volume, "of 18.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(volume, dark):
    if dark:
        jupyter.set_theme(volume, "JupyterLab Dark")
    found = Axe().run(volume, context=".cnnlab-lab").response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []
    if dark:
        jupyter.set_theme(volume, "JupyterLab Light")


@pytest.mark.parametrize("width", [360, 3840])
def test_fits_narrow_and_wide_pages(notebook, folder, width):
    jupyter.write_notebook(folder, "volumes.ipynb", [CODE, LARGE])
    page = notebook("volumes.ipynb", viewport={"width": width, "height": 6000 if width < 1000 else 2600})
    page.wait_for_function("document.querySelectorAll('.cnnlab-lab .cnnlab-scene svg').length > 12")
    assert jupyter.misfits(page) == []
