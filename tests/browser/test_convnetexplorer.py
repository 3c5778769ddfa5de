"""ConvNetExplorer in a real JupyterLab: layers by click, and training that leaves the notebook free."""

import re

import pytest

from tests.browser import lab as jupyter

pytestmark = pytest.mark.browser

NET = """
from cnnlab.widgets import ConvNetExplorer
lab = ConvNetExplorer("small", "digits8")
lab
"""
OTHER = "print('answer', 6 * 7, lab.running)"
BUSY = "import time; time.sleep(600)"
OUTPUTS = "window.jupyterapp.shell.currentWidget.content.model.cells.get(1)"


@pytest.fixture(scope="module")
def page(folder, chromium, url):
    jupyter.write_notebook(folder, "net.ipynb", [NET, OTHER, "twin = ConvNetExplorer('signs_net'); twin"])
    with jupyter.explorer_page(chromium, url, "net.ipynb") as page:
        yield page


def first(page):
    return page.locator(".cnnlab-lab").first


def expect(page, text, query=".cnnlab-lab"):
    page.wait_for_function(
        "([query, text]) => document.querySelector(query)?.textContent.includes(text)", arg=[query, text]
    )


def press(page, name):
    first(page).get_by_role("button", name=re.compile(rf"\b{name}$")).click()  # its icon is a part of its name


def layer(page, row, rows=9):
    box = jupyter.box(page.locator(".cnnlab-lab [data-hit=cell]").first)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * (row + 0.5) / rows


def maps(page):
    return page.locator(".cnnlab-lab image[data-picture=maps_png]").first.get_attribute("href")


def steps(page):
    """How many steps of training the widget speaks of."""
    return int(re.search(r"step ([\d,]+) of", first(page).inner_text())[1].replace(",", ""))


def run_other(page):
    """Run the other cell, as Ctrl+Enter does; return what it prints."""
    before = page.evaluate(f"() => {OUTPUTS}.executionCount")
    page.evaluate(
        """() => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1;
            void window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    page.wait_for_function(f"before => {OUTPUTS}.executionCount > before", arg=before)
    return page.evaluate(f"() => {OUTPUTS}.outputs.toJSON()[0].text")


def test_a_click_on_a_layer_shows_its_maps_its_formula_and_its_controls(page):
    page.mouse.click(*layer(page, 4))
    expect(page, "Step 5 of 9. conv2: 16 filters 3×3, pad 1. Output 16×4×4", ".cnnlab-sentence")
    expect(page, "⌊(4 + 2·1 − 3)/1⌋ + 1 = 4 rows and columns; (3·3·8 + 1)·16 = 1,168 parameters", ".cnnlab-formula")
    expect(page, "Layer shown: conv2")
    conv = maps(page)
    assert conv.startswith("blob:")
    page.mouse.move(*layer(page, 2))  # pinned: hovering changes nothing
    expect(page, "Step 5 of 9", ".cnnlab-sentence")
    page.keyboard.press("Escape")
    page.mouse.move(*layer(page, 8))
    expect(page, "dense1: 10 units", ".cnnlab-sentence")
    assert maps(page) != conv
    page.mouse.move(5, 5)
    expect(page, "Step 5 of 9", ".cnnlab-sentence")
    assert maps(page) == conv


def test_layers_by_keyboard(page):
    page.locator(".cnnlab-lab [data-area=cell]").first.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowDown")
    expect(page, "Step 2 of 9. conv1", ".cnnlab-sentence")
    expect(page, "Layer shown: conv1")
    page.locator(".cnnlab-set-filters .noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page, "conv1: 9 filters", ".cnnlab-sentence")
    press(page, "Undo")
    expect(page, "conv1: 8 filters", ".cnnlab-sentence")


def test_an_impossible_net_is_explained_and_the_picture_stays(page):
    page.mouse.click(*layer(page, 8))
    expect(page, "Layer shown: dense1")
    press(page, "Remove")
    expect(page, "layer 7, flatten1: got an output of shape (64,), wanted (10,)", ".cnnlab-alert")
    expect(page, "Step 9 of 9. dense1", ".cnnlab-sentence")
    press(page, "Undo")
    page.wait_for_function("document.querySelector('.cnnlab-alert').textContent === ''")
    page.keyboard.press("Escape")


def test_training_leaves_the_notebook_free(page):
    first(page).get_by_label("Pace of the training").select_option("10 steps a second")
    first(page).get_by_label("Epochs").select_option("20")
    page.mouse.click(*layer(page, 1))
    press(page, "Train")
    expect(page, "Training: step")
    expect(page, "Trained for", ".cnnlab-note")
    before = maps(page)
    page.wait_for_function(
        "old => document.querySelector('image[data-picture=maps_png]')?.getAttribute('href') !== old", arg=before
    )
    assert run_other(page) == "answer 42 True\n"  # meanwhile
    seen = steps(page)
    page.wait_for_function(
        "seen => Number(/step ([\\d,]+) of/.exec(document.querySelector('.cnnlab-lab').textContent)?.[1]) > seen",
        arg=seen,
    )
    press(page, "Stop")
    expect(page, "Stopped at step")
    stopped = steps(page)
    assert run_other(page) == "answer 42 False\n"
    assert steps(page) == stopped
    first(page).get_by_label("Pace of the training").select_option("full speed")
    press(page, "Continue")
    expect(page, "Done: 800 steps.")
    expect(page, "Trained for 800 steps", ".cnnlab-note")
    press(page, "New start")
    expect(page, "Not trained yet.", ".cnnlab-note")


def test_two_of_them_in_every_look(page):
    assert page.locator(".cnnlab-lab").count() == 2
    page.set_viewport_size({"width": 1280, "height": 9000})
    jupyter.settle(page)
    assert jupyter.blemishes(page) == []


def test_training_goes_on_while_a_cell_runs_and_the_cell_can_be_interrupted(page):
    """The last test of this page: it restarts the kernel."""
    first(page).get_by_label("Pace of the training").select_option("10 steps a second")
    press(page, "Train")
    expect(page, "Training: step")
    expect(page, "While a cell runs, Stop waits for it.")
    page.evaluate(
        """code => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            window.busy = kernel.requestExecute({ code });
            window.busy.onIOPub = ({ content }) => { window.begun ||= content.text?.includes("begun"); };
        }""",
        "print('begun', flush=True)\n" + BUSY,
    )
    page.wait_for_function("() => window.begun")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    reply = page.evaluate("async () => (await window.busy.done).content.ename")
    assert reply == "KeyboardInterrupt"
    press(page, "Stop")
    expect(page, "Stopped at step")
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:restart-run-all')")  # while it is there
    page.locator(".jp-Dialog button:has-text('Restart')").click()
    expect(page, "Not trained yet.", ".cnnlab-note")
