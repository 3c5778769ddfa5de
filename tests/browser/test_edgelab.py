"""EdgeLab in a real JupyterLab: every control by mouse and by keyboard, and what a learner sees change."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import lab as jupyter
from tests.browser.lab import expect, expect_formula

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def toy_page(chromium, url):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    with jupyter.explorer_page(chromium, url, "toy.ipynb") as page:
        yield page


@pytest.fixture
def toy(toy_page):
    jupyter.reset(toy_page)
    expect(toy_page, "Step 1 of 16. Row 0, column 0: 3 by 3 window, sum of products 0.")
    return toy_page


def sentence(page, nth=0):
    return page.locator(".cnnlab-sentence").nth(nth).inner_text()


def cell(page, area, row, column, size):
    """Where a cell of the image ("probe") or the response ("cell") lies on the page."""
    return jupyter.cell_in(page.locator(f".cnnlab-lab [data-hit={area}]").first, row, column, size)


# Stepping.


def test_hover_shows_a_cell_and_leaving_shows_the_step_again(toy):
    toy.mouse.move(*cell(toy, "cell", 2, 1, (4, 4)))
    expect(toy, "Row 2, column 1: 3 by 3 window, sum of products 30.")
    expect_formula(toy, "10·1 + 0·(−1) + 10·1 + 0·(−1) + 10·1 + 0·(−1) = 30")
    toy.mouse.move(5, 5)
    expect(toy, "Step 1 of 16")


def test_click_pins_and_escape_releases(toy):
    toy.mouse.click(*cell(toy, "cell", 3, 3, (4, 4)))
    expect(toy, "Step 16 of 16. Row 3, column 3: 3 by 3 window, sum of products 0. Pinned")
    toy.mouse.move(*cell(toy, "cell", 0, 1, (4, 4)))
    assert "Row 3, column 3" in sentence(toy)
    toy.keyboard.press("Escape")
    toy.mouse.move(*cell(toy, "cell", 0, 2, (4, 4)))
    expect(toy, "Row 0, column 2")


def test_escape_releases_wherever_the_focus_is_in_the_widget(toy):
    toy.mouse.click(*cell(toy, "cell", 3, 3, (4, 4)))
    expect(toy, "Pinned")
    toy.get_by_label("Kernel row 0, column 0").focus()
    toy.keyboard.press("Escape")
    toy.wait_for_function("!document.querySelector('.cnnlab-sentence').textContent.includes('Pinned')")


def test_reset_wins_over_keys_pressed_before_it(toy):
    """All but the first key wait in the browser until the kernel has answered; they must not come after Reset."""
    toy.evaluate("""() => {
        const response = document.querySelector('[data-area=cell]');
        for (let n = 0; n < 4; n++)
            response.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        document.querySelector('.cnnlab-reset').click();
    }""")
    jupyter.settle(toy)
    expect(toy, "Step 1 of 16")
    toy.get_by_role("button", name="Mirror").click()  # the kernel knows it too, and sends the step with the new picture
    toy.wait_for_selector("figcaption:has-text('given → mirrored')")
    jupyter.settle(toy)
    expect(toy, "Step 1 of 16")


def test_hovering_an_input_cell_outlines_all_that_it_feeds(toy):
    toy.mouse.move(*cell(toy, "probe", 5, 5, (6, 6)))
    expect(toy, "Image cell at row 5, column 5, value 0: used by the responses in row 3, column 3.")
    assert toy.locator("[data-mover=feeds]").first.get_attribute("visibility") == "visible"


def test_arrow_keys_move_the_window_and_stay_out_of_the_notebook(toy):
    toy.locator("[data-area=cell]").first.focus()
    for key, expected in [
        ("ArrowRight", "Row 0, column 1"),
        ("ArrowDown", "Row 1, column 1"),
        ("End", "Row 1, column 3"),
        ("PageDown", "Row 3, column 3"),
        ("ArrowDown", "Row 3, column 3"),
        ("Home", "Row 3, column 0"),
        ("PageUp", "Row 0, column 0"),
    ]:
        toy.keyboard.press(key)
        expect(toy, expected)
    toy.keyboard.press("Enter")
    expect(toy, "Pinned")
    assert toy.evaluate("document.activeElement.dataset.area") == "cell"


def test_arrow_keys_on_the_image(toy):
    toy.locator("[data-area=probe]").first.focus()
    toy.keyboard.press("ArrowDown")
    expect(toy, "Image cell at row 0, column 0")
    toy.keyboard.press("ArrowDown")
    expect(toy, "Image cell at row 1, column 0, value 10: used by the responses in rows 0 to 1, column 0.")
    toy.keyboard.press("Escape")
    expect(toy, "Step 1 of 16")


def test_slider_by_keyboard_and_mouse(toy):
    handle = toy.locator(".cnnlab-step .noUi-handle")
    handle.focus()
    toy.keyboard.press("ArrowRight")
    expect(toy, "Step 2 of 16")
    box = jupyter.box(toy.locator(".cnnlab-step .noUi-base"))
    toy.mouse.click(box["x"] + box["width"] - 1, box["y"] + 2)
    expect(toy, "Step 16 of 16")


def test_next_back_and_play(toy):
    toy.get_by_role("button", name="Next").click()
    expect(toy, "Step 2 of 16")
    toy.get_by_role("button", name="‹ Back").press("Enter")
    expect(toy, "Step 1 of 16")
    toy.get_by_label("Speed").select_option("fast")
    toy.get_by_label("Play or pause").press("Enter")
    toy.wait_for_function("/Step ([5-9]|1.) of 16/.test(document.querySelector('.cnnlab-sentence').textContent)")
    toy.get_by_label("Stop and go back to the first step").click()
    expect(toy, "Step 1 of 16")


def test_build_up_covers_what_is_to_come(toy):
    cover = toy.locator(".cnnlab-cover").first
    assert not cover.is_visible()
    toy.get_by_role("button", name="Build up").click()
    toy.wait_for_selector(".cnnlab-cover", state="visible")
    toy.get_by_role("button", name="Build up").press("Enter")
    toy.wait_for_selector(".cnnlab-cover", state="hidden")


def test_height_stays_while_stepping(toy):
    player = toy.locator(".cnnlab-player")
    heights = set()
    for _ in range(15):
        toy.get_by_role("button", name="Next").click()
        heights.add(jupyter.box(player)["height"])
    expect(toy, "Step 16 of 16")
    assert len(heights) == 1


# Changing the trace.


def test_image_and_kernel_menus_by_keyboard(toy):
    toy.get_by_label("Image", exact=True).focus()
    toy.keyboard.press("ArrowDown")
    toy.get_by_role("button", name="Next").click()
    expect(toy, "Step 2 of 16. Row 0, column 1: 3 by 3 window, sum of products −30.")
    toy.get_by_label("Kernel", exact=True).select_option("Sobel x")
    expect(toy, "sum of products −40.")
    expect_formula(toy, "0·1 + 10·(−1) + 0·2 + 10·(−2) + 0·1 + 10·(−1) = −40")


def test_kernel_cells_by_keyboard(toy):
    toy.get_by_role("button", name="Next").click()
    box = toy.get_by_label("Kernel row 1, column 0")
    box.fill("1/2")
    box.press("Enter")
    expect(toy, "sum of products 25.")
    jupyter.settle(toy)
    assert toy.get_by_label("Kernel", exact=True).evaluate("menu => menu.selectedOptions[0].text") == "own"
    box.fill("two")
    box.press("Tab")
    toy.wait_for_selector(".cnnlab-alert:has-text(\"got 'two'\")")
    assert "sum of products 25." in sentence(toy)
    toy.get_by_role("button", name="Undo").click()
    toy.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")
    assert "sum of products 25." in sentence(toy)
    toy.get_by_role("button", name="Undo").click()
    expect(toy, "sum of products 30.")


def test_mirror_size_and_colours_by_mouse_and_keyboard(toy):
    toy.get_by_role("button", name="Next").click()
    toy.get_by_role("button", name="Mirror").click()
    expect(toy, "sum of products −30.")
    toy.wait_for_selector("figcaption:has-text('given → mirrored')")
    toy.get_by_role("button", name="Mirror").press("Enter")
    expect(toy, "sum of products 30.")
    toy.get_by_label("Kernel", exact=True).select_option("Gaussian blur")
    toy.get_by_label("Kernel 5 by 5").click()
    expect(toy, "5 by 5 window")
    toy.get_by_label("Kernel 3 by 3").press("Enter")
    expect(toy, "3 by 3 window")
    toy.wait_for_selector("[aria-label='Kernel 3 by 3'][aria-pressed=true] + [aria-pressed=false]")
    before = toy.locator("[data-area=cell] rect").nth(1).get_attribute("fill")
    toy.get_by_label("Response in signed colours").click()
    toy.wait_for_function(
        "before => document.querySelectorAll('[data-area=cell] rect')[1].getAttribute('fill') !== before", arg=before
    )


def test_uploading_a_picture_and_something_else(toy, tmp_path):
    from PIL import Image

    Image.new("L", (9, 5), 100).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no picture")

    def upload(name):
        with toy.expect_file_chooser() as chooser:
            toy.get_by_role("button", name="Your picture").click()
        chooser.value.set_files(tmp_path / name)

    upload("b.png")
    toy.wait_for_selector(".cnnlab-alert:has-text('no picture')")
    assert "of 16" in sentence(toy)
    upload("a.png")
    toy.wait_for_selector("figcaption:has-text('Your picture 5×9')")
    expect(toy, "of 21")


# The photograph, two widgets, the learner's function.


def test_photograph_beside_the_toy(notebook):
    page = notebook("two.ipynb")
    page.wait_for_function("document.querySelectorAll('.cnnlab-lab').length === 2")
    expect(page, "Step 1 of 271150", 1)
    big = page.locator(".cnnlab-lab").nth(1)
    box = jupyter.box(big.locator("[data-hit=cell]"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("!document.querySelectorAll('.cnnlab-sentence')[1].textContent.includes('Step 1 of')")
    row, column, total = (
        int(text.replace("−", "-"))
        for text in re.search(r"Row (\d+), column (\d+): .* products (−?\d+)\.", sentence(page, 1)).groups()
    )
    assert (abs(row - 212) < 3, abs(column - 319) < 3) == (True, True)
    from cnnlab import data, ops

    assert total == ops.correlate2d(data.grey(data.photograph()), data.kernel("sobel_x"))[row, column]
    words = [node.text_content() for node in big.locator("[data-slot^=p]").all()]
    assert sum(int(word.replace("−", "-")) for word in words) == total
    assert sentence(page, 0).startswith("Step 1 of 16")
    big.get_by_label("Play or pause").click()
    page.mouse.move(5, 5)
    page.wait_for_function(
        "/Row [1-9]\\d, column 0/.test(document.querySelectorAll('.cnnlab-sentence')[1].textContent)"
    )
    big.get_by_label("Play or pause").click()
    assert sentence(page, 0).startswith("Step 1 of 16")


def test_the_learners_function_drives_the_picture(notebook):
    page = notebook("own.ipynb")
    expect(page, "but your function returned 1.", 1)
    assert "4 of 16 cells differ" in page.locator(".cnnlab-note").nth(1).inner_text()


def test_a_second_view_and_a_restarted_kernel(notebook):
    page = notebook("toy.ipynb")
    jupyter.run_all(page)
    page.get_by_role("button", name="Next").click()
    expect(page, "Step 2 of 16")
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:restart-run-all')")
    page.locator(".jp-Dialog button:has-text('Restart')").click()
    expect(page, "Step 1 of 16")
    page.wait_for_selector(".cnnlab-lab .noUi-handle[aria-label=Step]")
    page.get_by_label("Kernel", exact=True).select_option("box blur")
    expect(page, "sum of products 10.")


# For everyone.


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(notebook, dark):
    page = notebook("two.ipynb", dark=dark)
    page.wait_for_function("document.querySelectorAll('.noUi-handle[aria-label=Step]').length === 2")
    found = Axe().run(page, context=".cnnlab-lab").response["violations"]
    told = [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found]
    assert told == []


def test_reduced_motion_turns_play_into_next(notebook):
    page = notebook("toy.ipynb", reduced_motion="reduce")
    assert not page.get_by_label("Play or pause").is_visible()
    page.get_by_role("button", name="Next").click()
    expect(page, "Step 2 of 16")


def test_a_wide_panel_scrolls_in_its_box_and_follows_the_keys(notebook):
    page = notebook("wide.ipynb", viewport={"width": 420, "height": 4000})
    page.wait_for_selector(".cnnlab-scrolls [data-area=cell]")
    response = page.locator("[data-area=cell]").first
    response.focus()
    page.keyboard.press("End")
    expect(page, "Row 0, column 5")
    left = "document.querySelector('.cnnlab-scrolls:has([data-area={}])').scrollLeft"
    page.wait_for_function(f"{left.format('cell')} > 50")  # it shows the cell
    page.wait_for_function(f"{left.format('probe')} > 50")  # the image shows the window
    kernel = page.locator(".cnnlab-scrolls[role=group]").first  # no cursor in it: it takes the focus itself
    assert kernel.get_attribute("tabindex") == "0"
    page.get_by_label("Kernel", exact=True).select_option("identity")
    page.wait_for_selector("figcaption:has-text('Kernel 3×3')")
    jupyter.settle(page)
    assert page.evaluate(left.format("probe")) > 50  # a new picture stays where it was
    found = Axe().run(page, context=".cnnlab-lab").response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


@pytest.mark.parametrize("width", [360, 3840])
def test_fits_narrow_and_wide_pages(notebook, width):
    page = notebook("two.ipynb", viewport={"width": width, "height": 4000 if width < 1000 else 2200})
    expect(page, "Step 1 of 271150", 1)
    assert jupyter.misfits(page) == []
