"""What is seen of a widget that no longer lives: its picture or its text, in an output of its own.

A notebook that is saved and opened on another day holds the numbers of its widgets, but not the widgets. For those
JupyterLab writes "Error displaying widget", whatever else the output has to offer. So what can be seen without a kernel
is shown once more, and hidden as long as the output before it shows something.
"""

from __future__ import annotations

from typing import Any

__all__ = ["leave", "show"]

# A style has to come along: where no widget lives there is no other of ours. Nothing may flash while a widget is on its
# way, so JupyterLab waits a second.
STYLE = """<style>
.jp-OutputArea-child:not(:has(img, svg, [class*="cnnlab-"])) + .jp-OutputArea-child .cnnlab-still { display: block; }
.jp-OutputArea-child:has(> .jupyter-widgets):not(:has(.jupyter-widgets > *)):has(+ * .cnnlab-still) { display: none; }
.jp-NotebookPanel .cnnlab-still { animation: 1s step-end cnnlab-late; }
@keyframes cnnlab-late { from { position: absolute; visibility: hidden; } }
</style>"""


def leave(page: str) -> str:
    """Write HTML that is seen only where the output before it shows nothing.

    Examples
    --------
    >>> leave("<p>3 hints</p>").removeprefix(STYLE)
    '<div class="cnnlab-still" hidden><p>3 hints</p></div>'
    """
    return f'{STYLE}<div class="cnnlab-still" hidden>{page}</div>'


def show(bundle: dict[str, Any], page: str) -> None:
    """Show a widget by its mime bundle; in a notebook that a person runs, leave a page for another day."""
    from IPython.core.getipython import get_ipython
    from IPython.display import publish_display_data

    publish_display_data(bundle)
    # JupyterLab names the cell. What builds, checks or converts notebooks does not, and has no use for it.
    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    if "cellId" in parent.get("metadata", {}):
        # Nothing for paper: there the picture before it is seen.
        publish_display_data({"text/html": leave(page), "text/latex": ""})
