"""BackpropExplorer in a real JupyterLab: stepping, pointing, every control, and what a learner sees change."""

import pytest

from tests.browser import lab as jupyter
from tests.browser.lab import expect, expect_formula

pytestmark = pytest.mark.browser

EXPLORER = """
from cnnlab.widgets import BackpropExplorer
explorer = BackpropExplorer()
explorer
"""
OWN = """
from cnnlab.conventions import coursera
def conv_backward(dZ, cache):
    dA_prev, dW, db = coursera.conv_backward(dZ, cache)
    return dA_prev, dW[::-1], db
own = BackpropExplorer(view="turned", fn=conv_backward)
own
"""
LARGEST = """
import numpy as np
large = BackpropExplorer(np.full((8, 8), -0.125), np.full((4, 4), 0.5), pad=2)
large
"""


@pytest.fixture(scope="module")
def page(chromium, url, folder):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    jupyter.write_notebook(folder, "backprop.ipynb", [EXPLORER])
    with jupyter.explorer_page(chromium, url, "backprop.ipynb") as page:
        yield page


@pytest.fixture
def toy(page):
    jupyter.reset(page)
    expect(
        page, "Step 1 of 4. Output row 0, column 0: y = 1·3 + 2·4 + 0·2 + 1·(−1) = 10. δ = 1 goes back over its window"
    )
    return page


@pytest.fixture
def three(chromium, url, folder):
    """Open a page with three explorers."""
    jupyter.write_notebook(folder, "backprops.ipynb", [EXPLORER, OWN, LARGEST])
    opened = jupyter.open_notebook(chromium, url, "backprops.ipynb", viewport={"width": 1280, "height": 9000})
    jupyter.run_all(opened)
    opened.wait_for_function("document.querySelectorAll('.noUi-handle[aria-label=Step]').length === 3")
    yield opened
    opened.context.close()


def panel(page, title):
    return page.locator(".cnnlab-lab").first.locator("figure", has=page.get_by_text(title, exact=True))


def point(page, title, row, column, size):
    """Where a cell of a panel lies on the page."""
    return jupyter.cell_in(panel(page, title).locator("[data-hit]"), row, column, size)


def numbers(page, title):
    """The numbers of a panel, without the small factors below them."""
    return [text for text in panel(page, title).locator("text").all_text_contents() if text and "·" not in text]


def shown(page, mover):
    return page.locator(f"[data-mover={mover}]").first.get_attribute("visibility") == "visible"


# Stepping.


def test_the_input_gradient_fills_up_step_by_step(toy):
    filled = []
    for step in range(4):
        filled.append(numbers(toy, "dx so far"))
        if step < 3:
            toy.get_by_role("button", name="Next").click()
            expect(toy, f"Step {step + 2} of 4")
    assert filled[0] == ["3", "4", "0", "2", "−1", "0", "0", "0", "0"]
    assert filled[1] == ["3", "10", "8", "2", "3", "−2", "0", "0", "0"]
    assert filled[3] == ["3", "10", "8", "11", "12", "−6", "6", "−5", "1"]
    assert numbers(toy, "dw so far") == ["4", "2", "7", "9"]
    assert numbers(toy, "db so far") == ["5"]
    expect_formula(toy, "dx[1:3, 1:3] += (−1)·w,  dw += (−1)·x[1:3, 1:3],  db += (−1)")


def test_slider_and_keys_step_too(toy):
    toy.locator(".cnnlab-step .noUi-handle").focus()
    toy.keyboard.press("ArrowRight")
    expect(toy, "Step 2 of 4")
    panel(toy, "δ = dL/dy 2×2").locator("[data-area]").focus()
    toy.keyboard.press("ArrowDown")
    expect(toy, "Step 4 of 4. Output row 1, column 1")
    toy.keyboard.press("Enter")
    expect(toy, "Pinned")


def test_play_runs_to_the_last_output(toy):
    toy.get_by_label("Speed").select_option("fast")
    toy.get_by_label("Play or pause").click()
    expect(toy, "Step 4 of 4")


# Pointing.


def test_pointing_at_a_weight_shows_all_it_touched(toy):
    toy.mouse.move(*point(toy, "w 2×2", 0, 1, (2, 2)))
    expect(toy, "Weight row 0, column 1 met 4 inputs. Its gradient is the sum of each input times its δ: 2.")
    expect_formula(
        toy,
        "dw[0,1] = x[0,1]·δ[0,0] + x[0,2]·δ[0,1] + x[1,1]·δ[1,0] + x[1,2]·δ[1,1] = 2·1 + 0·2 + 1·3 + 3·(−1) = 2",
    )
    assert shown(toy, "x_met")
    assert shown(toy, "dy_all")
    assert [text for text in panel(toy, "x 3×3").locator("text").all_text_contents() if "·" in text] == [
        "·1",
        "·2",
        "·3",
        "·(−1)",
    ]
    toy.mouse.move(5, 5)
    expect(toy, "Step 1 of 4")
    assert not shown(toy, "x_met")


def test_pointing_at_an_input_shows_the_outputs_it_fed(toy):
    for title in ("x 3×3", "dx so far"):
        toy.mouse.move(*point(toy, title, 1, 2, (3, 3)))
        expect(
            toy, "Input row 1, column 2 fed 2 outputs. Its gradient is the sum of δ times the weight it met there: −6."
        )
        expect_formula(toy, "dx[1,2] = δ[0,1]·w[1,1] + δ[1,1]·w[0,1] = 2·(−1) + (−1)·4 = −6")
        tags = [text for text in panel(toy, "δ = dL/dy 2×2").locator("text").all_text_contents() if "·" in text]
        assert tags == ["·(−1)", "·4"]
        toy.mouse.move(5, 5)
        expect(toy, "Step 1 of 4")


def test_the_input_by_keyboard(toy):
    panel(toy, "x 3×3").locator("[data-area]").focus()
    for key in ("ArrowDown", "ArrowDown", "End"):
        toy.keyboard.press(key)
    expect(toy, "Input row 1, column 2 fed 2 outputs")
    toy.keyboard.press("Escape")
    expect(toy, "Step 1 of 4")


# The views and the operations.


def test_the_turned_kernel_over_delta_with_zeros(toy):
    toy.get_by_label("View with the turned kernel").click()
    expect(toy, "Step 1 of 9. Input row 0, column 0 fed 1 output.")
    assert numbers(toy, "w turned by 180°") == ["−1", "2", "4", "3"]
    assert numbers(toy, "δ with zeros around") == [*"00000120", "0", "3", "−1", *"00000"]
    toy.mouse.move(*point(toy, "dx", 1, 1, (3, 3)))
    expect_formula(
        toy,
        "dx[1,1] = δ[0,0]·w[1,1] + δ[0,1]·w[1,0] + δ[1,0]·w[0,1] + δ[1,1]·w[0,0] = 1·(−1) + 2·2 + 3·4 + (−1)·3 = 12",
    )


def test_the_weights_as_a_correlation_and_back_by_keyboard(toy):
    toy.get_by_label("View by weights").press("Enter")
    expect(toy, "Step 1 of 4. Weight row 0, column 0 met 4 inputs.")
    assert numbers(toy, "dw") == ["4", "2", "7", "9"]
    toy.get_by_role("button", name="Build up").click()
    toy.wait_for_selector(".cnnlab-cover", state="visible")
    toy.get_by_role("button", name="Build up").click()
    toy.get_by_label("View by windows").press("Enter")
    expect(toy, "Step 1 of 4. Output row 0, column 0")


def test_ties_in_max_pooling(toy):
    toy.get_by_label("Example", exact=True).select_option("ties after ReLU")
    expect(toy, "The maximum 0 stands in 4 cells, a tie: the first in reading order gets all of δ.")
    assert numbers(toy, "mask, ties: first") == ["1", "0", "0", "0"]
    assert not toy.get_by_label("View by weights").is_visible()
    toy.get_by_label("Ties: who gets the gradient").select_option("share equally")
    expect(toy, "each gets an equal share, 1.")
    assert numbers(toy, "mask, ties: share") == ["1/4"] * 4
    toy.get_by_label("Ties: who gets the gradient").select_option("all (NHWC course: x == max)")
    expect(toy, "every one of them gets all of δ.")
    assert numbers(toy, "added to dx") == ["4"] * 4


def test_operation_by_keyboard_and_an_impossible_size(toy):
    toy.get_by_label("Operation").focus()
    toy.keyboard.press("End")
    expect(toy, "is shared by its window, rows 0 to 1, columns 0 to 1")
    assert numbers(toy, "shares") == ["1/4"] * 4
    handle = toy.locator(".noUi-handle[aria-label='Window size f']")
    handle.focus()
    toy.keyboard.press("End")
    toy.wait_for_selector(".cnnlab-alert:has-text('Take a window of 3 or less')")
    expect(toy, "Step 1 of 4")
    toy.get_by_role("button", name="Undo").click()
    toy.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")


def test_padding_and_stride_by_keyboard(toy):
    for name, key in (("Padding p", "ArrowRight"), ("Stride s", "ArrowRight"), ("Input size n", "ArrowRight")):
        toy.locator(f".noUi-handle[aria-label='{name}']").focus()
        toy.keyboard.press(key)
        jupyter.settle(toy)
    toy.wait_for_selector("figcaption:has-text('x 4×4 in a rim of 1')")
    expect(toy, "Step 1 of 9")
    toy.wait_for_selector(".cnnlab-note:has-text('dx = dx_pad[1:5, 1:5]')")


# Three of them: the example, the learner's function, the largest.


def test_three_of_them_with_the_learners_function_marked_in_every_look(three):
    note = three.locator(".cnnlab-note").nth(1)
    assert "4 of 4 cells of your dw differ from the library's, crossed." in note.inner_text()
    expect(three, "Step 1 of 4. Output row 0", 0)
    three.get_by_role("button", name="Next").nth(1).click()
    expect(three, "Step 2 of 9. Input row 0, column 1", 1)
    expect(three, "Step 1 of 4. Output row 0", 0)
    assert jupyter.blemishes(three) == []
