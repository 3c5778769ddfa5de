"""Lines that a learner must not read, and whether a text shows one.

Spaces, colours and the ways of writing a sign do not hide a line: both sides are folded before they are compared.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

__all__ = ["fold", "is_telling", "shown", "texts"]

# White space, signs of no width, backslashes (a text inside a text has them), and a terminal's colours.
_NOTHING = re.compile("\x1b\\[[0-9;]*m|[\\s\\\\\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2800\ufeff]+")
_TAG = re.compile(r"<[^<>]*>")
SHORTEST = 16


def fold(text: str) -> str:
    r"""Leave out what does not change the meaning of a line of code.

    Examples
    --------
    >>> fold("\tx = a [ 'b' ]") == fold('x=a["b"]')
    True
    """
    return _NOTHING.sub("", unicodedata.normalize("NFKC", text)).replace('"', "'")


def is_telling(line: str) -> bool:
    """Tell whether a folded line gives something away: it is neither short nor the head of a loop or a condition.

    Examples
    --------
    >>> [is_telling(fold(line)) for line in ("return x", "for row in range(rows):", "total += row * column")]
    [False, False, True]
    """
    return len(line) >= SHORTEST and not line.endswith(":")


def shown(secrets: Iterable[str], text: str) -> list[str]:
    """Return those folded lines that can be read in a text, be it plain or HTML.

    Examples
    --------
    >>> shown(["out[p,q]=window.sum()"], "<b>out</b>[p, q] = <i>window</i>.sum()")
    ['out[p,q]=window.sum()']
    """
    # HTML may colour the words of a line one by one, and write its signs as entities.
    plain = html.unescape(text)
    forms = [text, plain, html.unescape(_TAG.sub("", text)), _TAG.sub("", plain)]
    folded = "\n".join(fold(form) for form in dict.fromkeys(forms))
    return [secret for secret in secrets if secret in folded]


def texts(value: Any) -> list[str]:
    """Return all texts inside lists and dicts, keys included."""
    if isinstance(value, str):
        return [value]
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in inner for text in texts(part)]
