"""How many places a window finds, and what it leaves out, in words. Notebook 02 shows them in SlidingWindow."""

from __future__ import annotations

import numpy as np

from cnnlab.shapes import output_size
from cnnlab.traces.correlation import CorrelationTrace
from cnnlab.traces.number import number
from cnnlab.traces.reach import filled_in

__all__ = ["left_over", "size_formula"]


def size_formula(n: int, f: int, pads: tuple[int, int] = (0, 0), stride: int = 1, dilation: int = 1) -> str:
    """Write the size formula of one axis with its numbers.

    Examples
    --------
    >>> size_formula(6, 3, (1, 1), 2)
    '⌊(n + 2p − f)/s⌋ + 1 = ⌊(6 + 2·1 − 3)/2⌋ + 1 = ⌊2.5⌋ + 1 = 3'
    >>> size_formula(7, 3, (0, 1), dilation=2)
    'f spans 2·(3 − 1) + 1 = 5. ⌊(n + p + p′ − f)/s⌋ + 1 = ⌊(7 + 0 + 1 − 5)/1⌋ + 1 = ⌊3⌋ + 1 = 4'
    """
    span = dilation * (f - 1) + 1
    letters = "2p" if pads[0] == pads[1] else "p + p′"
    widened = f"f spans {dilation}·({f} − 1) + 1 = {span}. " if dilation > 1 else ""
    places = output_size(n, f, pads, stride, dilation)
    ratio = number((n + sum(pads) - span) / stride, 2)
    return (
        f"{widened}⌊(n + {letters} − f)/s⌋ + 1 = {filled_in(n, span, pads, stride, places)} = ⌊{ratio}⌋ + 1 = {places}"
    )


def left_over(trace: CorrelationTrace) -> str:
    """Name the cells of the padded image that are in no window, or nothing.

    Examples
    --------
    >>> from cnnlab.traces import trace_correlation
    >>> left_over(trace_correlation(np.ones((4, 6)), np.ones((2, 3)), stride=2))
    'The floor leaves the last column over: no window reaches it.'
    """
    if trace.reach.used.all():
        return ""
    reached = [int(np.flatnonzero(lines.any(1))[-1]) + 1 for lines in (trace.reach.rows, trace.reach.columns)]
    rest = [
        f"the last {name}" if missing == 1 else f"the last {missing} {name}s"
        for name, size, end in zip(("row", "column"), trace.padded.shape, reached, strict=True)
        if (missing := size - end)
    ]
    said = []
    if rest:
        pronoun = "it" if len(rest) == 1 and not rest[0].endswith("s") else "them"
        said.append(f"The floor leaves {' and '.join(rest)} over: no window reaches {pronoun}.")
    between = int((~trace.reach.used[: reached[0], : reached[1]]).sum())
    if between:
        said.append(f"{between} {'cell lies' if between == 1 else 'cells lie'} between the cells that windows take.")
    (top, _), (left, _) = trace.grid.pads
    inside = trace.reach.used[top:, left:][: trace.image.shape[0], : trace.image.shape[1]]
    if inside.all():
        said.append("All of that is padding: nothing of the input is lost.")
    return " ".join(said)
