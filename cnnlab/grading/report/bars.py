"""Bars as inline SVG. The numbers stand in the table around them, so a screen reader passes the bar over."""

from __future__ import annotations

from collections.abc import Mapping

from cnnlab.grading.report.result import SIGNS

__all__ = ["bar", "stacked"]

HEIGHT = 16


def bar(share: float, width: int, *, outlined: bool = False) -> str:
    """Draw a bar of so much of the width; outlined, with what is missing to the whole.

    Examples
    --------
    >>> 'class="bar" width="50"' in bar(0.25, 200)
    True
    """
    rest = f'<rect class="rest" x="0.5" y="0.5" width="{width - 1}" height="{HEIGHT - 1}"/>' if outlined else ""
    return _svg(width, f'{rest}<rect class="bar" width="{width * share:g}" height="{HEIGHT}"/>')


def stacked(counts: Mapping[str, int], width: int = 180) -> str:
    """Draw what a whole is made of: a piece for each state of a mark, with its sign where there is room."""
    total = sum(counts.values())
    pieces, x = [], 0.0
    for state, sign in SIGNS.items():
        piece = width * counts.get(state, 0) / total if total else 0
        if not piece:
            continue
        outlined = state not in ("pass", "part", "fail")
        edge = 0.5 if outlined else 0
        pieces.append(
            f'<rect class="is-{state}" x="{x + edge:.2f}" y="{edge}" width="{max(piece - 1 - 2 * edge, 0.5):.2f}" '
            f'height="{HEIGHT - 2 * edge:g}"/>'
        )
        if piece >= 16:
            place = ' class="outside"' if outlined else ""
            pieces.append(f'<text{place} x="{x + piece / 2 - 0.5:.2f}" y="12.5">{sign}</text>')
        x += piece
    return _svg(width, "".join(pieces))


def _svg(width: int, inner: str) -> str:
    return (
        f'<svg width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" aria-hidden="true" focusable="false">'
        f"{inner}</svg>"
    )
