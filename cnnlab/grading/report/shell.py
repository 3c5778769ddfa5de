"""What all pages have in common: a head that lets a browser ask no host and run no script, and one style."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from cnnlab.check.page import STYLE, code_spans

__all__ = ["esc", "learner_html", "prose", "shell", "table"]

# Signs that steer a terminal or an editor and say nothing to a reader; line ends and tabs stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def esc(text: object) -> str:
    """Escape a text, for an element or for an attribute in double quotes.

    Examples
    --------
    >>> esc('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(_CONTROL.sub("\ufffd", str(text)))


def prose(text: str) -> str:
    """Escape a sentence for an element; what stands in backticks becomes code."""
    return code_spans(_CONTROL.sub("\ufffd", text))


def learner_html(name: str) -> str:
    """Write a learner's name so that it cannot turn the writing direction of what stands beside it."""
    return f"<bdi>{esc(name)}</bdi>"


def shell(title: str, body: str) -> str:
    """Write a whole page around its body, which is HTML."""
    style, digest = _style()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> tuple[str, str]:
    """Return the style of every page, and its digest for the browser."""
    own = files("cnnlab.grading.report").joinpath("page.css").read_text(encoding="utf-8")
    style = f"\n{STYLE.removeprefix('<style>').removesuffix('</style>').strip()}\n{own}"
    return style, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def table(label: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """Write a table of cells that are HTML already; the first of a row is its head, the columns named hold numbers.

    On a narrow page it scrolls, with the keyboard too.
    """
    right = dict.fromkeys(numbers, ' class="number"')
    top = "".join(f'<th scope="col"{right.get(i, "")}>{head}</th>' for i, head in enumerate(heads))
    lines = []
    for first, *cells in rows:
        others = "".join(f"<td{right.get(i, '')}>{cell}</td>" for i, cell in enumerate(cells, 1))
        lines.append(f'<tr><th scope="row"{right.get(0, "")}>{first}</th>{others}</tr>')
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{esc(label)}">'
        f"<table><thead><tr>{top}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody></table></div>"
    )
