"""Pictures in channels: every channel has its panel, one cursor runs through all of them.

The rows of the channels lie under one another in the cursor: row p of channel k is its row ``k·P + p``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.shapes import Grid
from cnnlab.widgets.cells import CELL, DULL, FRAME, PAPER, PROBE, crosses, grid
from cnnlab.widgets.scene import Codes, Slot
from cnnlab.widgets.svg import Blocks, Box, Clip, Mover, Panel, Shape, rectangles

__all__ = ["Book", "cursor_in", "frame_path", "outputs", "rim_of", "span", "window_paths"]

Shapes = tuple[Shape, ...]
Mask = NDArray[np.bool_]


class Book:
    """Collects what a scene looks up: one word or number per step, or per cell of the input."""

    def __init__(self, shape: tuple[int, int, int], inputs: tuple[int, int, int]) -> None:
        self.rows, self.columns = shape[0] * shape[1], shape[2]
        self.sizes = {"probe": (inputs[0] * inputs[1], inputs[2])}
        self.tables: dict[str, list[str]] = {}
        self.slots: dict[str, Slot] = {}
        self.arrays = {
            "step": Codes(np.arange(self.rows * self.columns, dtype=np.uint16).reshape(self.rows, -1)),
            "input": Codes(np.arange(np.prod(inputs), dtype=np.uint16).reshape(-1, inputs[2])),
        }

    def say(self, name: str, words: Iterable[str]) -> None:
        """Keep one word for each step."""
        self.tables[name] = [str(word) for word in words]
        self.slots[name] = Slot("step", name)

    def tell(self, name: str, words: Iterable[str]) -> None:
        """Keep one word for each cell of the input."""
        self.tables[name] = [str(word) for word in words]
        self.slots[name] = Slot("input", name, cursor="probe")

    def many(self, name: str, words: NDArray[np.str_]) -> None:
        """Keep several words for each step, (steps, count), in slots ``name0`` and so on."""
        table, codes = np.unique(words, return_inverse=True)
        self.tables[name] = table.tolist()
        # (count · rows, columns)
        stacked = codes.reshape(words.shape).T.reshape(-1, self.columns)
        self.arrays[name] = Codes(stacked.astype(np.uint8 if len(table) <= 256 else np.uint16))
        for n in range(words.shape[1]):
            self.slots[f"{name}{n}"] = Slot(name, name, down=n * self.rows)


def cursor_in(name: str, part: tuple[int, int], size: tuple[float, float], width: float, colour: str) -> Clip:
    """Outline the cell under a cursor in one channel's panel; it is out of sight while the cursor is in another."""
    inset = (
        Box(2, 2, width - 4, CELL - 4, stroke=PAPER, line=4),
        Box(2, 2, width - 4, CELL - 4, stroke=colour, line=3),
    )
    cursor = "probe" if name.startswith("probe") else "cell"
    return Clip(0, 0, *size, (Mover(name, inset, (0, width), (-part[0] * CELL, CELL), cursor),))


def frame_path(rows: Iterable[int], columns: Iterable[int], width: float) -> str:
    """Write the cells in these rows and columns as the path of a mark."""
    return rectangles((c * width, r * CELL, width, CELL) for r in rows for c in columns)


def window_paths(grid: Grid, width: float) -> list[str]:
    """Write the outline of every window, in reading order."""
    (rows, columns), (down, right) = grid.kernel, grid.stride
    return [
        rectangles([(q * right * width, p * down * CELL, columns * width, rows * CELL)])
        for p, q in np.ndindex(grid.out)
    ]


def span(name: str, places: list[int]) -> str:
    """Write which rows or columns.

    Examples
    --------
    >>> span("row", [2]), span("row", [0, 1, 2])
    ('row 2', 'rows 0 to 2')
    """
    return f"{name} {places[0]}" if len(places) == 1 else f"{name}s {places[0]} to {places[-1]}"


def outputs(
    title: str,
    values: NDArray[Any],
    differs: Mask,
    decimals: int,
    width: float,
    grounds: NDArray[np.str_],
    inks: NDArray[np.str_] | None = None,
    dotted: Mask | None = None,
    *,
    before: str = "→",
) -> tuple[Panel, ...]:
    """Draw the channels of the output (K, P, Q) side by side; what comes after the step can be covered.

    The slot ``fed0`` of the first channel, and so on, outlines the cells that the probed input cell feeds. Cells that
    differ are crossed.
    """
    channels, rows, columns = values.shape
    size = columns * width, rows * CELL
    panels = []
    for k in range(channels):
        cells, labels = grid(values[k], width, decimals, grounds[k], None if inks is None else inks[k])
        dots = () if dotted is None else _dots(dotted[k], width)
        part = k * rows, rows
        rest = Box(0, 0, size[0], CELL, DULL, mark="cnnlab-cover")
        below = Box(0, 0, size[0], channels * size[1], DULL, mark="cnnlab-cover")
        top = -part[0] * CELL
        covers = (
            Mover(f"rest{k}", (rest,), (width, width), (top, CELL), "step"),
            Mover(f"below{k}", (below,), (0, 0), (top + CELL, CELL), "step"),
        )
        fed = (Blocks(stroke=PAPER, line=6, slot=f"fed{k}"), Blocks(stroke=PROBE, line=3, slot=f"fed{k}"))
        shapes = (*cells, *labels, *dots, *crosses(differs[k], width), Clip(0, 0, *size, covers), *fed)
        panels.append(
            Panel(
                f"{title} {k + 1}" if channels > 1 else title,
                *size,
                (*shapes, cursor_in(f"cell{k}", part, size, width, FRAME)),
                area="cell",
                grid=(0, 0, *size),
                part=part,
                before="" if k else before,
                help="Arrow keys move the window. Enter pins it, Escape releases it.",
            )
        )
    return tuple(panels)


def _dots(mask: Mask, width: float) -> Shapes:
    """Put a dot into the corner of marked cells."""
    return tuple(Box((c + 1) * width - 7, r * CELL + 1, 6, 6, PROBE, PAPER) for r, c in np.argwhere(mask))


def rim_of(size: tuple[int, int], grid: Grid) -> Mask:
    """Tell which cells of a padded picture are padding."""
    return np.pad(np.zeros(size, bool), grid.pads, constant_values=True)
