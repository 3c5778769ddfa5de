"""Arrays as small tables of numbers, for text and for HTML alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.number import decimals_needed

__all__ = ["LIMIT", "Figure", "by", "figure", "written"]

LIMIT = 6  # rows and columns of an array that is shown cell by cell
MARKS = 28  # rows and columns of which it is shown whether they are right

Array = NDArray[Any]
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A captioned table; the cells that are wrong are marked by a sign, not only by a colour."""

    caption: str
    cells: Cells = ()
    wrong: frozenset[tuple[int, int]] = frozenset()
    dense: bool = False  # signs, not numbers: set close together

    @property
    def text(self) -> str:
        """The table in plain text; an asterisk stands behind what is wrong."""
        signs = [
            [cell + ("*" if (r, c) in self.wrong else " ") for c, cell in enumerate(row)]
            for r, row in enumerate(self.cells)
        ]
        width = max((len(cell) for row in signs for cell in row), default=0)
        lines = ["  " + " ".join(cell.rjust(width) for cell in row).rstrip() for row in signs]
        return "\n".join([self.caption, *lines])


def written(*arrays: Array) -> list[list[str]]:
    """Write the numbers of several arrays in one manner, with as many digits as tell them apart.

    Examples
    --------
    >>> written(np.array([1.0, -2.5]), np.array([10]))
    [['1', '-2.5'], ['10']]
    """
    with np.errstate(all="ignore"):  # a long double may be too large
        flat = [np.asarray(a, np.float64).ravel() for a in arrays]
    sizes = np.abs(np.concatenate(flat)) if flat else np.zeros(0)
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    plain = sizes.size == 0 or (sizes.max() < 1e6 and sizes.max() >= 1e-2)
    digits = decimals_needed(*flat) if plain else 3
    while True:
        texts = [[f"{v:.{digits}f}" if plain else f"{v:.{digits}g}" for v in a] for a in flat]
        texts = [[t.rstrip("0").rstrip(".") if plain and "." in t else t for t in row] for row in texts]
        texts = [["0" if t == "-0" else t for t in row] for row in texts]
        if digits >= 12 or not _hidden(flat, texts):
            return texts
        digits += 2


def _hidden(arrays: list[Array], texts: list[list[str]]) -> bool:
    """Whether cells that stand for each other and differ are written alike."""
    first, *others = zip(arrays, texts, strict=True)
    return any(
        a.size == first[0].size
        and any(
            s == t and abs(x - y) > 1e-9 * abs(x) + 1e-12
            for x, y, s, t in zip(first[0], a, first[1], text, strict=True)
        )
        for a, text in others
    )


def by(array: Array) -> str:
    """Write a shape.

    Examples
    --------
    >>> by(np.zeros((2, 3)))
    '2×3'
    """
    return "×".join(map(str, array.shape))


def figure(
    caption: str, array: Array, texts: list[str], wrong: NDArray[np.bool_] | None = None, size: str = ""
) -> Figure:
    """Show an array cell by cell if it is small; else its size, and which cells are wrong.

    Parameters
    ----------
    caption
        What the array is.
    array
        At most two axes.
    texts
        Its numbers from :func:`written`.
    wrong
        Which cells are wrong.
    size
        What to say of its size, where it is a part of something larger.
    """
    if array.ndim == 0:
        return Figure(f"{caption}: {texts[0]}")
    size = size or by(array)
    marked = (
        frozenset((int(r), int(c)) for r, c in np.argwhere(np.atleast_2d(wrong))) if wrong is not None else frozenset()
    )
    if array.size == 0 or array.ndim > 2:
        return Figure(f"{caption} ({size})")
    plane = np.atleast_2d(array)
    rows, columns = plane.shape
    if max(rows, columns) <= LIMIT or (rows == 1 and columns <= 2 * LIMIT):
        cells = tuple(tuple(texts[r * columns : (r + 1) * columns]) for r in range(rows))
        return Figure(f"{caption} ({size})", cells, marked)
    if marked and max(rows, columns) <= MARKS:
        dots = tuple(tuple("x" if (r, c) in marked else "." for c in range(columns)) for r in range(rows))
        return Figure(f"{caption} ({size}); x marks what is not right, a dot what is", dots, dense=True)
    low, high = (texts[int(np.argmin(array))], texts[int(np.argmax(array))]) if array.dtype.kind in "iuf" else ("", "")
    return Figure(f"{caption} ({size}), numbers from {low} to {high}" if low else f"{caption} ({size})")
