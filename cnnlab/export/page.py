"""Lay a notebook that has run out as one page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from cnnlab.export.pack import Widget, pack, shortened
from cnnlab.export.prose import clean, prose
from cnnlab.kernel import COLOUR
from cnnlab.widgets.traced import TRACED

__all__ = ["page"]

LARGE_PICTURE = 20_000  # bytes; beyond, a figure is stored with less detail
WIDTH = 1000  # pixels of such a figure: as wide as the page
LIVE = "application/vnd.jupyter.widget-view+json"
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")  # a progress bar: only what was written last is seen


def page(node: NotebookNode, path: Path, signature: str, most: int) -> str:
    """Write the page, of at most so many bytes if its widgets allow it.

    The widget with the most settings loses those furthest from what it shows, until all fit. If each has only the one
    left and it is still too much, the largest becomes a picture.
    """
    layout = _Layout(path)
    body = "\n".join(layout.cell(cell) for cell in node.cells if cell.source.strip())
    widgets = layout.widgets
    while True:
        shown = re.sub(r"<!--widget (\d+)-->", lambda match: _section(widgets, int(match[1])), body)
        whole = _whole(shown, path, signature, pack(widgets))
        if len(whole.encode()) <= most:
            return whole
        shorter = [(i, less) for i, widget in enumerate(widgets) if (less := shortened(widget))]
        if shorter:
            place, less = max(shorter, key=lambda pair: len(widgets[pair[0]]["states"]))
        elif playing := [i for i, widget in enumerate(widgets) if widget["states"]]:
            place = max(playing, key=lambda i: len(pack([widgets[i]])))
            less = {**widgets[place], "states": []}
        else:
            return whole
        widgets[place] = less


def _whole(body: str, path: Path, signature: str, traced: str) -> str:
    title = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.DOTALL)
    name = re.sub(r"<[^>]+>", "", title[1]) if title else escape(path.stem)
    heading = "" if title else f"<h1>{name}</h1>\n"
    player = base64.b64encode(_text("cnnlab.widgets", "player.js").encode()).decode()
    script = _text("cnnlab.export", "page.js").replace("./player.js", f"data:text/javascript;base64,{player}")
    style = "\n".join((_text("cnnlab.export", "page.css"), _text("cnnlab.widgets", "player.css"), _code_style(body)))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # The browser itself keeps the page from asking any host, and runs no script but ours.
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}' data:; style-src 'unsafe-inline'; "
        "img-src data: blob:; media-src data:; font-src data:; form-action 'none'; base-uri 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'{signature}\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{name}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{heading}{body}\n</main>\n"
        f'<script type="text/plain" id="cnnlab-traced">{traced}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _text(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _code_style(body: str) -> str:
    """Write the colours of code, light and dark, of those kinds of words that the page has."""
    used = set(re.findall(r'<span class="(\w+)">', body))

    def rules(style: str) -> str:
        found = re.findall(
            r"^\.source \.(\w+) \{ ([^}]*) \}", HtmlFormatter(style=style).get_style_defs(".source"), re.M
        )
        return "\n".join(f":is(.source, .highlight) .{name} {{ {rule} }}" for name, rule in found if name in used)

    return f"{rules('default')}\n@media (prefers-color-scheme: dark) {{\n{rules('github-dark')}\n}}\n"


class _Layout:
    """Writes cells one by one and gathers their widgets."""

    def __init__(self, path: Path) -> None:
        self._folder = path.resolve().parent
        self.widgets: list[Widget] = []

    def cell(self, cell: NotebookNode) -> str:
        if cell.cell_type == "markdown":
            return f'<div class="prose">{prose(cell.source, cell.get("attachments", {}), self._folder)}</div>'
        if cell.cell_type == "raw":
            return ""
        source = highlight(cell.source, PythonLexer(), HtmlFormatter(nowrap=True))
        outputs = "".join(f'<div class="output">{html}</div>\n' for html in self._outputs(cell) if html)
        return f'<div class="source"><pre tabindex="0"><code>{source}</code></pre></div>\n{outputs}'

    def _outputs(self, cell: NotebookNode) -> Iterator[str]:
        streams: list[str] = []
        for output in cell.outputs:
            if output.output_type == "stream":
                streams.append(output.text)
                continue
            yield _plain("".join(streams))
            streams.clear()
            if output.output_type == "error":
                yield _plain("\n".join(output.traceback))
            else:
                yield self._shown(output.data)
        yield _plain("".join(streams))

    def _shown(self, data: dict[str, Any]) -> str:
        """Show the richest form of an output that can be shown without a kernel."""
        text = str(data.get("text/plain", ""))
        if TRACED in data:
            self.widgets.append(data[TRACED])
            return f"<!--widget {len(self.widgets) - 1}-->"
        if "text/html" in data:
            return clean(data["text/html"], self._folder)
        if "text/markdown" in data or "text/latex" in data:
            return prose(data.get("text/markdown") or data["text/latex"], {}, self._folder)
        if "image/svg+xml" in data:
            return _picture("image/svg+xml", base64.b64encode(data["image/svg+xml"].encode()).decode(), text)
        for kind in ("image/png", "image/jpeg", "image/gif", "image/webp"):
            if kind in data:
                return _picture(*_lighter(kind, data[kind]), text)
        if LIVE in data:
            return f"<p>Needs a running notebook: <code>{escape(text)}</code></p>"
        return _plain(text)


def _section(widgets: list[Widget], place: int) -> str:
    """Make the place where a widget will be; one without settings is its picture."""
    widget = widgets[place]
    label = f'aria-label="{widget["name"]} {place + 1}"'
    if not widget["states"]:
        still = _picture("image/svg+xml", base64.b64encode(widget["still"].encode()).decode(), widget["text"])
        return f"<section {label}>{still}<p>It is too large for a page: to play it, run the notebook.</p></section>"
    return (
        f'<section class="{" ".join(widget["classes"])}" data-widget="{place}" {label}><p>{escape(widget["text"])}</p>'
        "<noscript><p>To see it, let this page run its script.</p></noscript></section>"
    )


def _plain(text: str) -> str:
    held = _OVERWRITTEN.sub("", COLOUR.sub("", text)).rstrip()
    return f'<pre tabindex="0">{escape(held)}</pre>' if held else ""


def _picture(kind: str, content: str, text: str) -> str:
    told = "Figure made by the code above" if text.startswith("<") or not text else text
    return f'<img src="data:{kind};base64,{content}" alt="{escape(told)}">'


def _lighter(kind: str, content: str) -> tuple[str, str]:
    """Store a large figure as WebP, which loses what the eye does not see."""
    from PIL import Image

    content = "".join(content.split())
    if len(content) <= LARGE_PICTURE:
        return kind, content
    packed = BytesIO()
    with Image.open(BytesIO(base64.b64decode(content))) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            return kind, content
        figure = opened.convert("RGBA" if "A" in opened.getbands() else "RGB")
        figure.thumbnail((WIDTH, 2 * WIDTH))
        figure.save(packed, "WEBP", quality=70, method=6)
    lighter = base64.b64encode(packed.getvalue()).decode()
    return ("image/webp", lighter) if len(lighter) < len(content) else (kind, content)
