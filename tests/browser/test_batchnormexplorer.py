"""BatchNormExplorer in a real JupyterLab: both views, by mouse and by keyboard."""

import pytest

from tests.browser import lab as jupyter
from tests.browser.lab import expect

pytestmark = pytest.mark.browser

NETWORK = """
from cnnlab.widgets import BatchNormExplorer
BatchNormExplorer()
"""
UNIT = """
BatchNormExplorer([1, 3], gamma=2, fn=lambda x, gamma, beta, bn_param: gamma * (x - x.mean(0)) / x.std(0, ddof=1))
"""
LAYER_1 = (
    "Step 1 of 10. Layer 1: mean −0.00751, standard deviation 0.494 without batchnorm; mean 0, standard deviation 1"
)


@pytest.fixture(scope="module", autouse=True)
def notebooks(folder):
    jupyter.write_notebook(folder, "batchnorm.ipynb", [NETWORK])
    jupyter.write_notebook(folder, "batchnorm_two.ipynb", [NETWORK, UNIT])


@pytest.fixture(scope="module")
def opened(chromium, url, notebooks):
    """One page for all tests that leave it as they found it: each begins with Reset."""
    with jupyter.explorer_page(chromium, url, "batchnorm.ipynb") as page:
        yield page


@pytest.fixture
def page(opened):
    jupyter.reset(opened)
    expect(opened, LAYER_1)
    return opened


def cell(page, nth, row, column, size):
    return jupyter.cell_in(page.locator(".cnnlab-lab [data-hit=cell]").nth(nth), row, column, size)


# The network.


@pytest.mark.parametrize("side", [0, 1], ids=["without", "with"])
def test_hovering_a_layer_on_either_side_shows_both(page, side):
    page.mouse.move(*cell(page, side, 4, 0, (10, 1)))
    expect(page, "Step 5 of 10. Layer 5: mean 0.000175, standard deviation 0.00694 without batchnorm; mean 0,")
    assert page.locator("[data-slot=plain_high]").text_content() == "0.0326"
    page.mouse.move(5, 5)
    expect(page, LAYER_1)


def test_the_keys_walk_through_the_layers(page):
    page.locator("[data-area=cell]").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page, "Layer 2")
    page.keyboard.press("PageDown")
    expect(page, "Layer 10: mean −3.43e−6, standard deviation 0.0000401 without batchnorm")
    page.wait_for_function(
        "document.querySelector('[data-sentence=formula]').textContent.includes('0.00012 → 0.0000401, 0.333 times')"
    )


def test_larger_weights_let_the_numbers_grow_and_batchnorm_holds_them(page):
    handle = page.locator(".cnnlab-set-scale [role=slider]")
    handle.focus()
    page.keyboard.press("End")
    jupyter.settle(page)
    page.get_by_role("button", name="Next").click()
    expect(page, "Layer 2: mean 1.45, standard deviation 69.8 without batchnorm; mean 0, standard deviation 1 with.")
    page.get_by_role("button", name="With batchnorm").click()
    expect(page, "Layer 2: mean 1.45, standard deviation 69.8 without batchnorm.")
    assert page.locator("[data-area=cell]").count() == 1


def test_a_batch_of_one_is_explained(page):
    handle = page.locator(".cnnlab-set-batch .noUi-handle")
    handle.focus()
    page.keyboard.press("Home")
    page.wait_for_selector(".cnnlab-alert:has-text('variance is 0')")
    expect(page, LAYER_1)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")


# One feature.


def to_unit(page):
    page.get_by_label("One feature").click()
    expect(page, "Step 1 of 25. Example 0: x = 5; mean = (5 + 2 + 8 + 4 + 6) / 5 = 5.")


def test_one_feature_number_by_number(page):
    to_unit(page)
    page.mouse.move(*cell(page, 0, 3, 2, (5, 5)))
    expect(page, "Step 18 of 25. Example 2: x̂ = 3 / √(4 + 0.00001) = 3 / 2 = 1.5.")
    page.mouse.move(*cell(page, 0, 2, 1, (5, 5)))
    expect(page, "(x − mean)² = (−3)² = 9; variance = (0 + 9 + 9 + 1 + 1) / 5 = 4.")
    page.mouse.move(5, 5)
    page.locator("[data-area=cell]").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(page, "Example 1: (x − mean)² = (−3)² = 9")


def test_train_and_test(page):
    to_unit(page)
    page.get_by_label("Test", exact=True).click()
    page.wait_for_selector(".cnnlab-alert:has-text('Let it see 1 or more')")
    page.locator(".cnnlab-set-seen .noUi-handle").press("ArrowRight")
    page.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")
    page.get_by_label("Test", exact=True).click()
    expect(page, "Step 1 of 20. Example 0: x = 5; mean = running mean =")
    assert "not changed at test time" in page.locator(".cnnlab-scene").text_content()


def test_a_function_of_the_learner_beside_the_network_in_every_look(notebook):
    page = notebook("batchnorm_two.ipynb", viewport={"width": 1280, "height": 6000})
    expect(page, LAYER_1)
    expect(page, "Step 1 of 10. Example 0: x = 1; mean = (1 + 3) / 2 = 2.", 1)
    page.locator("[data-area=cell]").nth(2).focus()
    page.keyboard.press("PageDown")
    expect(page, "but your function returned −1.414.", 1)
    note = page.locator(".cnnlab-note").nth(1).inner_text()
    assert "2 of 2 results differ from the library's; they are crossed." in note
    assert "bn_param['running_mean'] is 0 afterwards; the library has 0.2." in note
    assert jupyter.blemishes(page) == []
