"""Exported pages: what is in them, what is not, how large they are, and what stops an export."""

from __future__ import annotations

import re
from pathlib import Path

import bs4
import nbformat
import pytest
from click.testing import CliRunner

from cnnlab.cli import main
from cnnlab.export import MOST_BYTES, ExportError, export
from cnnlab.export import notebook as runner
from cnnlab.export.formula import formula
from cnnlab.export.page import page
from cnnlab.export.prose import prose
from tests.export.pages import TOYS, loads, widgets, write

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    told = []
    written = export(write(folder, *TOYS), report=lambda done, cells: told.append((done, cells)))
    assert written == folder / "toys.html"
    assert told[-1] == (4, 4)
    return written.read_text(encoding="utf-8")


def test_the_page_holds_every_widget_and_asks_for_nothing(toys):
    edge, sliding = widgets(toys)
    assert (edge["name"], sliding["name"]) == ("EdgeLab", "SlidingWindow")
    assert len(edge["states"]) > 20
    assert re.findall(r'data-widget="(\d)"', toys) == ["0", "1"]
    assert loads(toys) == []
    assert "default-src 'none'" in toys
    assert len(toys.encode()) < MOST_BYTES


def test_choices_that_are_not_ready_lead_nowhere(toys):
    edge = widgets(toys)[0]
    stands = dict(zip((control["key"] for control in edge["controls"]), edge["states"][0]["controls"], strict=True))
    controls = {control["key"]: control for control in edge["controls"]}
    images = controls["image"]["choices"]
    assert str(images.index("diagonal edge")) in stands["image"]["to"]
    assert str(images.index("temple")) not in stands["image"]["to"]
    assert stands["weights"]["to"] == stands["upload"]["to"] == {}
    script = toys.partition('<script type="module">')[2]
    assert 'REASON = "Needs a running notebook"' in script


def test_an_impossible_choice_leads_to_its_sentence(tmp_path):
    cell = """
from cnnlab.widgets import SlidingWindow
class Narrow(SlidingWindow):
    exported = {"n_rows": (2, 4), "f_rows": (3,)}
Narrow(n=4, f=3)
"""
    (narrow,) = widgets(export(write(tmp_path, cell)).read_text(encoding="utf-8"))
    stand = narrow["states"][0]["controls"][0]
    assert narrow["controls"][0]["choices"] == ["2", "4"]
    assert stand["at"] == 1
    assert stand["to"]["0"].startswith("f: got a window of 3 on 2 rows")
    assert stand["to"]["1"] == 0


def test_the_course_notebook_with_a_photograph_stays_under_the_limit(tmp_path):
    text = export(ROOT / "notebooks" / "01_edge_detection.ipynb", tmp_path / "01.html").read_text(encoding="utf-8")
    assert len(text.encode()) <= MOST_BYTES
    assert loads(text) == []
    found = widgets(text)
    assert [widget["name"] for widget in found] == ["EdgeLab"] * 4
    assert [len(widget["states"]) > 1 for widget in found] == [True] * 4
    assert text.count('<svg aria-label="') >= 8  # formulas
    assert "$" not in re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", text, flags=re.DOTALL)
    assert "<title>01 Edge detection</title>" in text


# Texts and outputs.


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda file: file.stem)
def test_every_formula_of_the_course_is_drawn(notebook):
    texts = [cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "markdown"]
    pages = "".join(prose(text, {}, notebook.parent) for text in texts)
    assert re.findall('<code class="formula">.*?</code>', pages) == []


def test_a_full_stop_stays_with_its_formula():
    page = prose("The sum ($a$, or $b$). So $c$.", {}, Path())
    words = [bs4.BeautifulSoup(held, "html.parser").text for held in re.findall('<span class="glued">.*?</span>', page)]
    assert words == ["(,", ").", "."]


def test_a_formula_of_its_own_has_large_fractions():
    inline, block = (float(re.search(r"width:([\d.]+)em", formula(r"\frac{a}{b}", block=b))[1]) for b in (False, True))
    assert block > inline * 1.2


OUTPUTS = """
from IPython.display import HTML, Markdown, SVG, display
display(HTML('<b onclick="go()">bold</b><script src="https://host/a.js"></script><img src="https://host/b.png">'))
display(HTML('<style>@import "https://host/c.css"; b { background: url(https://host/d.png) }</style>'))
display(Markdown("*leaning* $x^2$"))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'))
print("10%\\r100%")
import ipywidgets
display(ipywidgets.IntSlider())
1 + 1
"""


def test_texts_and_outputs(tmp_path):
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    prose = (
        "# text ![dot](dot.png) ![far](https://host/e.png) $\\frac{1}{2}$ <script>go()</script> [link](https://host/f)"
    )
    text = export(write(tmp_path, prose, OUTPUTS, '"<b>"')).read_text(encoding="utf-8")
    assert loads(text) == []
    body = text.partition("<main>")[2].partition("</main>")[0]
    assert "<h1>toys</h1>" in body
    for there in ("<b>bold</b>", "<em>leaning</em>", "100%", "data:image/svg+xml", "data:image/png", ">2</pre>"):
        assert there in body
    for told in (
        "[far: a picture at https://host/e.png]",
        'href="https://host/f"',
        "Needs a running notebook: <code>IntSl",
    ):
        assert told in body
    assert "10%\r" not in body
    assert "&lt;b&gt;" in body
    assert body.count("<script") == 0


def test_a_quiz_is_there_to_unfold_and_says_nothing_of_running_cells(tmp_path):
    text = export(write(tmp_path, "from cnnlab.widgets import quiz", 'quiz("impulse")')).read_text(encoding="utf-8")
    assert "Show the answer</summary>" in text
    assert "Run this cell" not in text


def test_a_notebook_without_widgets_is_a_page_too(tmp_path):
    text = export(write(tmp_path, "print('hello')")).read_text(encoding="utf-8")
    assert widgets(text) == []
    assert "hello</pre>" in text


def test_the_notebook_stays_as_it_is_and_a_check_is_no_attempt(tmp_path):
    (tmp_path / ".cnnlab").mkdir()
    path = write(tmp_path, "from cnnlab import check", "check.window_mean(lambda window: 0)")
    before = path.read_bytes()
    export(path)
    assert path.read_bytes() == before
    assert list((tmp_path / ".cnnlab").iterdir()) == []


# A page that would be too large.


def test_widgets_lose_settings_then_become_pictures(tmp_path):
    path = write(tmp_path, *TOYS)
    node = runner.read(path)
    runner.run(node, path, lambda done, cells: None)
    whole = page(node, path, "", MOST_BYTES)
    counts = [len(widget["states"]) for widget in widgets(whole)]
    less = page(node, path, "", len(whole.encode()) - 1)
    assert len(less.encode()) < len(whole.encode())
    fewer = [len(widget["states"]) for widget in widgets(less)]
    assert sum(fewer) < sum(counts)
    for widget in widgets(less):
        targets = [to for state in widget["states"] for c in state["controls"] for to in c["to"].values()]
        assert all(to < len(widget["states"]) for to in targets if isinstance(to, int))
    least = page(node, path, "", 0)
    assert "data-widget" not in least.partition("<main>")[2].partition("</main>")[0]
    assert least.count("It is too large for a page") == 2
    assert least.count("data:image/svg+xml") == 2


# The command.


def test_the_command_says_what_it_wrote_or_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "1 + 1")
    done = CliRunner().invoke(main, ["export", "toys.ipynb", "--out", "page.html"])
    assert (done.exit_code, done.exception) == (0, None)
    assert re.search(r"^Written to page\.html: \d+ kB\.$", done.output, re.MULTILINE)
    done = CliRunner().invoke(main, ["export", "toy.ipynb"])
    assert done.exit_code == 1
    assert done.output.strip() == "NOTEBOOK: there is no file toy.ipynb. Check the spelling and the folder."


# What stops an export: the message names it and a remedy, and the remedy works.


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "there is no file"), ("no notebook", "is no notebook"), ("[]", "is no notebook"), ("{}", "is no notebook")],
)
def test_what_is_no_notebook(tmp_path, content, told):
    path = tmp_path / "a.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ExportError, match=told):
        export(path)
    assert list(tmp_path.glob("*.html*")) == []


def test_a_cell_that_raises_is_named(tmp_path):
    path = write(tmp_path, "# # Title", "x = 0", "\n1 / x")
    with pytest.raises(
        ExportError, match=r"cell 3 of 3, which begins with '1 / x', raised ZeroDivisionError: division"
    ):
        export(path)
    assert [file.name for file in tmp_path.iterdir()] == ["toys.ipynb"]
    node = nbformat.read(path, as_version=4)
    node.cells[2].metadata.tags = ["raises-exception"]  # the remedy
    nbformat.write(node, path)
    assert "ZeroDivisionError" in export(path).read_text(encoding="utf-8")


def test_a_file_that_is_no_export_is_not_overwritten(tmp_path):
    path, out = write(tmp_path, "1"), tmp_path / "mine.html"
    out.write_text("my page")
    with pytest.raises(ExportError, match="with --force"):
        export(path, out)
    assert out.read_text() == "my page"
    export(path, out, force=True)
    export(path, out)  # now it is ours
    with pytest.raises(ExportError, match="which is the notebook"):
        export(path, path, force=True)


@pytest.mark.parametrize(("out", "told"), [(".", "wanted a file"), ("none/page.html", "cannot be written")])
def test_where_nothing_can_be_written(tmp_path, out, told):
    with pytest.raises(ExportError, match=told):
        export(write(tmp_path, "1"), tmp_path / out)
