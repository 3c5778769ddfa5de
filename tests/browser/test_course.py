"""The notebooks as a learner meets them: run all, play, answer, write a wrong function, then the right one."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from cnnlab import workspace
from tests.browser import lab as jupyter

pytestmark = pytest.mark.browser

EDGES = "01_edge_detection.ipynb"
WRONG = """def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = np.sum(image[p:p + kh, q:q + kw] * kernel.T)
    return out
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory, chromium):
    """A learner's folder, served with every cell in the page."""
    folder = tmp_path_factory.mktemp("learner")
    workspace.lay_out(folder, workspace.edition())
    with jupyter.jupyterlab(folder, whole=True) as url:
        yield folder, url


@pytest.fixture(scope="module", params=[False, True], ids=["light", "dark"])
def edges(request, chromium, course):
    """Notebook 01, run to its end."""
    _, url = course
    complaints = []
    page = jupyter.open_notebook(chromium, url, EDGES, dark=request.param)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    jupyter.run_all(page)
    page.wait_for_function("document.querySelectorAll('.cnnlab-lab .noUi-handle[aria-label=Step]').length === 4")
    yield page
    page.context.close()
    assert complaints == []


def cell(page, text):
    """The code cell that holds a text."""
    return page.locator(".jp-CodeCell", has=page.locator(".jp-InputArea-editor", has_text=text)).first


def write(page, old, new):
    """Replace a cell's text as by pasting, and run it."""
    cell(page, old).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(new)
    page.keyboard.press("Shift+Enter")


def run(page, text):
    cell(page, text).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def test_the_untouched_notebook_runs_without_an_error(edges):
    assert edges.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert edges.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert edges.locator(".cnnlab-report").count() == 3


def test_axe_finds_nothing_in_all_that_the_course_draws(edges):
    for part in (".cnnlab-lab", ".cnnlab-quiz", ".cnnlab-report", ".cnnlab-hints"):
        assert edges.locator(part).count() >= 3
        found = Axe().run(edges, context=part).response["violations"]
        assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


def test_the_first_widget_plays(edges):
    first = edges.locator(".cnnlab-lab").first
    first.get_by_role("button", name="Next").click()
    edges.wait_for_function(
        "document.querySelector('.cnnlab-lab [data-sentence=formula]').textContent.endsWith('= 30')"
    )
    first.get_by_label("Kernel", exact=True).select_option("Sobel x")
    edges.wait_for_function(
        "document.querySelector('.cnnlab-lab [data-sentence=formula]').textContent.endsWith('= 40')"
    )
    first.get_by_role("button", name="Reset").click()


def test_a_quiz_by_keyboard(edges):
    quiz = edges.locator(".cnnlab-quiz").first
    entry = quiz.get_by_role("textbox")
    entry.fill("30")
    entry.press("Enter")
    edges.wait_for_function(
        "document.querySelector('.cnnlab-quiz [role=alert]').textContent.includes('left column alone')"
    )
    entry.fill("0")
    entry.press("Enter")
    edges.wait_for_function("document.querySelector('.cnnlab-quiz [role=alert]').textContent.includes('Right')")


def test_a_choice_by_keyboard(edges):
    quiz = edges.locator(".cnnlab-quiz", has_text="but for a single 1")
    quiz.get_by_role("button", name="the kernel as it is").press("Enter")
    quiz.get_by_text("Place the window at the top left").wait_for()
    quiz.get_by_role("button", name="turned by 180").press("Space")
    quiz.get_by_text("✓ Right.").wait_for()


def test_hints_open_one_at_a_time(edges):
    hints = edges.locator(".cnnlab-hints").first
    for number in (1, 2, 3):
        jupyter.settle(edges)
        opened = hints.get_by_role("button", name=f"Show hint {number} of 3")
        if opened.count():  # hints opened before are remembered
            opened.press("Enter")
        hints.get_by_text(f"Hint {number}.").wait_for()
    hints.get_by_role("button", name="All 3 hints are open").wait_for()


def test_a_wrong_function_is_named_and_the_right_one_passes(edges, course):
    write(edges, "def cross_correlate2d(image, kernel)", WRONG)
    run(edges, "check.cross_correlate2d(")
    report = edges.locator(".cnnlab-report").first
    report.get_by_text("it was transposed").wait_for()
    write(edges, "def cross_correlate2d(image, kernel)", WRONG.replace("kernel.T", "kernel"))
    run(edges, "check.cross_correlate2d(")
    report.get_by_text("Passed").wait_for()
    jupyter.settle(edges)
    assert '"cross_correlate2d"' in (course[0] / ".cnnlab" / "progress.json").read_text()
    write(edges, "EdgeLab(impulse, kernel)", "EdgeLab(impulse, kernel, fn=cross_correlate2d)")
    edges.get_by_text("The response is what your function returned.").wait_for()


def test_a_learners_notebook_survives_the_next_edition(course):
    folder, _ = course
    mine = folder / EDGES
    shutil.copy(mine, folder / "mine.bak")
    mine.write_text(Path(folder / "mine.bak").read_text().replace("Edge detection", "My edges"))
    workspace.lay_out(folder, {**workspace.edition(), EDGES: b"a newer edition"})
    assert "My edges" in mine.read_text()
    assert (folder / "01_edge_detection.new.ipynb").read_bytes() == b"a newer edition"
