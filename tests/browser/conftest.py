"""One JupyterLab and one browser for all browser tests; without a browser they are skipped, in CI they fail."""

import os

import pytest

from tests.browser import lab

TOY = """
from cnnlab import widgets
lab = widgets.EdgeLab()
lab
"""
TWINS = """
big = widgets.EdgeLab("temple", "sobel_x")
big
"""
OWN = """
import numpy as np
def cross_correlate2d(image, kernel):
    r, s = kernel.shape
    out = np.zeros((image.shape[0] - r + 1, image.shape[1] - s + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = (image[p:p + r, q:q + s] * kernel).sum() + (p == q)
    return out
own = widgets.EdgeLab(fn=cross_correlate2d)
own
"""


def pytest_collection_modifyitems(items):
    """Give a browser test a second chance: on a busy machine a page may answer too late. The summary tells of it."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2))


WIDE = """
import numpy as np
from cnnlab.widgets import EdgeLab
EdgeLab(np.arange(144).reshape(12, 12), np.full((1, 7), 0.125))
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("course")
    lab.write_notebook(path, "toy.ipynb", [TOY])
    lab.write_notebook(path, "two.ipynb", [TOY, TWINS])
    lab.write_notebook(path, "own.ipynb", [TOY, OWN])
    lab.write_notebook(path, "wide.ipynb", [WIDE])
    return path


@pytest.fixture(scope="session")
def chromium():
    pytest.importorskip("playwright") if not os.environ.get("CI") else None
    try:
        with lab.browser() as started:
            yield started
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def url(folder, chromium):
    with lab.jupyterlab(folder) as address:
        yield address


@pytest.fixture
def notebook(chromium, url):
    """Open a notebook, run it, and at the end make sure that none of our code complained."""
    pages, complaints = [], []

    def opened(name, **options):
        page = lab.open_notebook(chromium, url, name, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        pages.append(page)
        lab.run_all(page)
        page.wait_for_selector(".cnnlab-lab .cnnlab-scene svg")
        page.wait_for_selector(".cnnlab-lab .noUi-handle[aria-label=Step]")
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []
