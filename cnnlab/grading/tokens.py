"""A learner's code as words of Python, for comparing: tolerant of broken code, the same in every version of Python.

Code that was copied and dressed up should come out alike. So comments, docstrings, spaces and line ends are dropped, a
name that one may choose becomes `n`, and a text becomes `s`. What one may not choose stays: keywords, built-in
functions, signs, numbers, and what stands behind a dot, as in `np.sum`.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

__all__ = ["Token", "plain_lines", "tokens"]

KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins))
LONGEST = 4_000  # tokens that are compared of one exercise

# A text that never ends goes to the end of its line, or of the cell if it has three quotes.
_WORD = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<text>[rbfuRBFU]{0,3}(?:'{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)|"{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)
        |'(?:[^\\'\n]|\\.)*'?|"(?:[^\\"\n]|\\.)*"?))
    |(?P<number>0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)
    |(?P<name>\w+)
    |(?P<line>\n)
    |(?P<sign>\*\*=|//=|>>=|<<=|\.\.\.|->|:=|[-+*/%@&|^<>=!]=|\*\*|//|<<|>>|[^\s\\])""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word of the code."""

    kind: str  # what is compared
    text: str  # what stands there
    line: int  # from 0


def tokens(code: str, given: Collection[str] = ()) -> list[Token]:
    """Return the words of some code, without the lines that were given to everybody.

    Examples
    --------
    >>> [token.kind for token in tokens("total = np.sum(x[0])  # all of them")]
    ['n', '=', 'n', '.', 'sum', '(', 'n', '[', '0', ']', ')']
    """
    found: list[Token] = []
    for line in _lines(code):
        if given and _plain(line) in given:
            continue
        before = ""
        for kind, text, place in line:
            if kind == "comment" or (kind == "text" and len(line) == 1) or text == ";":
                continue
            attribute = before == "." and (len(found) < 2 or found[-2].text != "self")
            found.append(Token(_kind(kind, text, attribute), text, place))
            before = text
            if len(found) == LONGEST:
                return found
    return found


def plain_lines(code: str) -> set[str]:
    """Return the lines of some code without its comments and spaces."""
    return {_plain(line) for line in _lines(code)} - {""}


def _kind(kind: str, text: str, attribute: bool) -> str:
    if kind == "text":
        return "s"
    if kind == "name" and not attribute and text not in KEPT:
        return "n"
    return text


def _plain(line: list[tuple[str, str, int]]) -> str:
    return " ".join(text for kind, text, _ in line if kind != "comment")


def _lines(code: str) -> Iterator[list[tuple[str, str, int]]]:
    """Yield the lines as Python counts them: a bracket that is open goes on in the next one."""
    line: list[tuple[str, str, int]] = []
    depth, place = 0, 0
    for match in _WORD.finditer(code):
        kind, text = match.lastgroup or "", match[0]
        if kind == "line":
            if depth == 0 and line:
                yield line
                line = []
        else:
            depth = max(0, depth + (text in "([{") - (text in ")]}")) if kind == "sign" else depth
            line.append((kind, text, place))
        place += text.count("\n")
    if line:
        yield line
