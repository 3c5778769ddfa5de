"""Text cells and HTML outputs as they go into the page: formulas drawn, pictures inside, nothing that asks a host."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import bs4
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from cnnlab.export.formula import formula

__all__ = ["clean", "prose"]

HARMFUL = ["script", "iframe", "frame", "object", "embed", "link", "base", "meta", "portal", "noscript"]
# Attributes that make a browser load something.
LOADING = ("src", "srcset", "poster", "data", "background", "xlink:href", "action", "formaction", "ping")
_GLUED = re.compile(r'[^\s>]*<svg class="formula".*?</svg>[^\s<]*')  # a formula and what stands against it
_LOADED = re.compile(r"@import[^;]*;?|url\(\s*(?!['\"]?(?:data:|#))[^)]*\)", re.IGNORECASE)


def prose(text: str, attachments: Mapping[str, Any], folder: Path) -> str:
    r"""Turn Markdown into HTML.

    Examples
    --------
    >>> prose("## Two *words*", {}, Path())
    '<h2 id="Two-words">Two <em>words</em></h2>'
    """
    renderer = _Renderer(escape=False, embed_images=False, anchor_link_text="", attachments=dict(attachments))
    html = MarkdownWithMath(renderer=renderer).render(text)
    return clean(_GLUED.sub(r'<span class="glued">\g<0></span>', html), folder).strip()


class _Renderer(IPythonRenderer):  # type: ignore[misc, unused-ignore]
    """Draws formulas where nbconvert would leave them to MathJax, which comes from another host."""

    def inline_math(self, body: str) -> str:
        return formula(body)

    def block_math(self, body: str) -> str:
        return formula(body, block=True)

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


def clean(html: str, folder: Path) -> str:
    """Take out of HTML what runs or asks a host; pictures in the notebook's folder go inside.

    Examples
    --------
    >>> clean('<p onclick="go()">a<script>go()</script> <img src="https://host/b.png" alt="bee"></p>', Path())
    '<p>a <em>[bee: a picture at https://host/b.png]</em></p>'
    """
    soup = bs4.BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(HARMFUL):
        tag.decompose()
    for link in soup.select("a.anchor-link"):
        link.decompose()
    for tag in soup.find_all(True):
        if tag.name == "img":
            _settle(tag, folder)
        if tag.name == "style":
            tag.string = _LOADED.sub("", tag.get_text())
        for name, value in list(tag.attrs.items()):
            held = str(value).strip().lower()
            loads = name in LOADING or (name == "href" and tag.name != "a")
            if (
                name.startswith("on")
                or held.startswith("javascript:")
                or (loads and not held.startswith(("data:", "#")))
            ):
                del tag[name]
            elif name == "style":
                tag[name] = _LOADED.sub("", str(value))
    return str(soup)


def _settle(picture: bs4.Tag, folder: Path) -> None:
    """Put a picture of the notebook's folder inside; of another, say where it is."""
    source = str(picture.get("src", ""))
    if not source.startswith("data:"):
        file = (folder / source).resolve()
        if "//" in source or not file.is_relative_to(folder.resolve()) or not file.is_file():
            told = f"[{picture.get('alt') or 'not shown'}: a picture at {source}]"
            picture.replace_with(bs4.BeautifulSoup(f"<em>{escape(told)}</em>", "html.parser"))
            return
        kind = mimetypes.guess_type(file.name)[0] or "image/png"
        picture["src"] = f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    picture.attrs.setdefault("alt", "")
