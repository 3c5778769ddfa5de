"""Without a kernel and without export: a saved notebook shows each widget's picture and sentence."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import nbformat
import pytest

from cnnlab import widgets

ROOT = Path(__file__).parents[2]
NAMES = sorted(set(widgets.__all__) - {"quiz"})


@pytest.mark.parametrize("name", NAMES)
def test_every_widget_leaves_a_picture_and_a_sentence(name):
    lab = getattr(widgets, name)()
    bundle = lab._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert "<title>" in bundle["image/svg+xml"]
    assert "Run this cell (Shift+Enter) to play." in bundle["image/svg+xml"]
    assert "Run this cell" not in lab._scene.html()  # nor where it plays
    png = bundle["image/png"]
    png = png if isinstance(png, bytes) else base64.b64decode(png)
    assert png.startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(lab)
    assert re.fullmatch(rf"{name}: \S.*\d.*", bundle["text/plain"])
    lab.close()


def test_the_course_notebooks_convert_to_pages_with_pictures():
    from nbconvert import HTMLExporter

    found = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        node = nbformat.read(path, as_version=4)
        assert "widgets" not in node.metadata  # with it nbconvert would rely on scripts of another host
        outputs = [output.get("data", {}) for cell in node.cells for output in cell.get("outputs", [])]
        shown = [data for data in outputs if data.get("text/plain", "").partition(":")[0] in NAMES]
        assert all({"image/svg+xml", "image/png"} <= set(data) for data in shown)
        page, _ = HTMLExporter().from_notebook_node(node)
        assert page.count('src="data:image/svg+xml;base64,') >= len(shown)
        assert "application/vnd.jupyter.widget-view+json" not in page
        found += len(shown)
    assert found


def test_a_course_notebook_converts_to_latex_with_pictures():
    from nbconvert import LatexExporter
    from traitlets.config import Config

    node = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    node.cells = [cell for cell in node.cells if cell.cell_type == "code"]  # prose needs pandoc, SVG needs Inkscape
    exporter = LatexExporter(config=Config(SVG2PDFPreprocessor={"enabled": False}))
    text, resources = exporter.from_notebook_node(node)
    assert any(name.endswith(".png") for name in resources["outputs"])
    assert "\\includegraphics" in text
