import base64

import pytest

from cnnlab import check, still, widgets


class Shell:
    """A kernel's shell, asked by JupyterLab, which names the cell, or by a program, which does not."""

    def __init__(self, metadata):
        self.get_parent = lambda: {"metadata": metadata}


@pytest.fixture
def shown(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.publish_display_data", shown.append)
    return shown


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: Shell({"cellId": "a1"}))


THINGS = {
    "a widget": (widgets.EdgeLab, lambda bundle: base64.b64encode(bundle["image/svg+xml"].encode()).decode()),
    "a question": (lambda: widgets.quiz("window_mean"), lambda bundle: "Run this cell"),
    "hints": (lambda: check.hints("window_mean"), lambda bundle: bundle["text/html"]),
}


@pytest.mark.parametrize(("make", "seen"), THINGS.values(), ids=THINGS)
def test_in_jupyterlab_a_page_is_left_in_an_output_of_its_own(make, seen, shown, lab):
    thing = make()
    thing._ipython_display_()
    live, left = shown
    assert live == thing._repr_mimebundle_()
    assert seen(live) in left["text/html"]
    assert "hidden" in left["text/html"]
    assert set(left) == {"text/html", "text/latex"}  # a terminal says the sentence once
    assert left["text/latex"] == ""


@pytest.mark.parametrize("shell", [Shell({}), None], ids=["a program", "no kernel"])
@pytest.mark.parametrize(("make", "seen"), THINGS.values(), ids=THINGS)
def test_elsewhere_it_is_shown_once(make, seen, shell, shown, monkeypatch):
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    make()._ipython_display_()
    assert len(shown) == 1


def test_what_is_left_is_hidden_by_html_alone():
    assert '<div class="cnnlab-still" hidden><p>' in still.leave("<p>")  # where styles are taken away, too
