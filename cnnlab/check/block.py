"""The pieces a report is made of, and their plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cnnlab.check.figure import Figure

__all__ = ["Block", "Exhibit", "Fold", "Say", "Trace", "as_text", "plain"]


@dataclass(frozen=True)
class Say:
    """A paragraph with `code`. Its kind: "lead" names the mistake, "look" is where to look, "note" a remark."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Exhibit:
    """Arrays side by side: what the function was called with, what came back, what is right."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Trace:
    """An exception: the learner's own lines."""

    text: str


@dataclass(frozen=True)
class Fold:
    """Something long that opens on demand."""

    summary: str
    text: str


Block = Say | Exhibit | Trace | Fold


def plain(text: str) -> str:
    """Drop the backticks of code spans."""
    return re.sub(r"`([^`]*)`", r"\1", text)


def as_text(blocks: Iterable[Block]) -> str:
    """Write the blocks as plain text, an empty line between them."""
    parts = []
    for block in blocks:
        if isinstance(block, Say):
            parts.append(plain(block.text))
        elif isinstance(block, Exhibit):
            parts.append("\n\n".join(figure.text for figure in block.figures))
            if any(figure.wrong for figure in block.figures):
                parts.append("* marks what is not right.")
        elif isinstance(block, Trace):
            parts.append(block.text.rstrip())
        else:
            parts.append(f"{block.summary}\n{block.text.rstrip()}")
    return "\n\n".join(parts)
