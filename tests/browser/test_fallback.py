"""A widget that no longer lives leaves its picture or text in a notebook that is opened on another day."""

import pytest

from tests.browser import lab as jupyter

pytestmark = pytest.mark.browser

CELLS = [
    "from cnnlab import check; from cnnlab.widgets import EdgeLab, SlidingWindow, quiz",
    "EdgeLab()",
    "SlidingWindow()",
    "quiz('window_mean')",
    "check.hints('window_mean')",
]
SEEN = "() => [...document.querySelectorAll('.cnnlab-still')].map((still) => still.checkVisibility())"
ALTS = "() => [...document.querySelectorAll('.cnnlab-still img')].map((picture) => picture.alt)"


def test_a_notebook_saved_and_opened_again_shows_the_pictures_instead_of_errors(chromium, folder, url):
    jupyter.write_notebook(folder, "saved.ipynb", CELLS)
    page = jupyter.open_notebook(chromium, url, "saved.ipynb")
    jupyter.run_all(page)
    page.wait_for_function("document.querySelectorAll('.cnnlab-lab .cnnlab-scene svg').length >= 2")
    page.wait_for_function("document.querySelectorAll('.cnnlab-still').length === 4")
    page.wait_for_selector(".cnnlab-hints button")
    page.wait_for_timeout(1500)  # what is left waits for a second before it shows itself
    assert page.evaluate(SEEN) == [False] * 4  # the widgets live
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()

    page = jupyter.open_notebook(chromium, url, "saved.ipynb")
    errors = page.get_by_text("Error displaying widget")
    page.wait_for_function("document.querySelectorAll('.jupyter-widgets').length === 4")
    page.wait_for_function(f"({SEEN})().every(Boolean)")
    assert [errors.nth(i).is_visible() for i in range(errors.count())] == [False] * errors.count()
    assert [alt.partition(",")[0] for alt in page.evaluate(ALTS)] == ["EdgeLab: 6×6 image", "SlidingWindow: 6×6 input"]
    assert page.get_by_text("Run this cell (Shift+Enter) to answer.").is_visible()
    page.get_by_text("Hint 1", exact=True).click()
    page.context.close()
