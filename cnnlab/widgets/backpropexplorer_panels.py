"""BackpropExplorer's panels: grids of numbers, and what lights up in them.

There are three kinds of cells: outputs, inputs and weights. One of them is stepped through and moves the cursor "cell";
the other two are probes. Whatever cell is pointed at, the cells of the other kinds that it touched are outlined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import BackwardTrace
from cnnlab.traces.backward_steps import fraction, written
from cnnlab.traces.number import number
from cnnlab.widgets.cells import CROSS, FRAME, PROBE, RIM, RULE
from cnnlab.widgets.scene import Codes, Slot
from cnnlab.widgets.svg import Blocks, Box, Clip, Label, Mover, Panel, Shape, Strokes, rectangles

__all__ = ["GRADIENT", "LOSS", "Sheet"]

Array = NDArray[Any]
Cells = tuple[int, int, int, int]  # the first row and column of a block, and how many

LOSS, GRADIENT = "#e3eefb", "#fdeedd"  # grounds of δ, and of what is computed from it
SIZE, TAG, CHARACTER = 15.0, 13.0, 8.8
ROOM = 8  # characters of a number in a cell: a longer one has fewer decimals, but all digits before the point
STEPPED = {"windows": "output", "turned": "input", "weights": "weight"}
KEYS = "Arrow keys move from cell to cell."


class Sheet:
    """Draws grids of numbers and keeps the tables in which their words are looked up."""

    def __init__(self, trace: BackwardTrace) -> None:
        self.trace = trace
        self.tables: dict[str, list[str]] = {}
        self.arrays: dict[str, Codes] = {}
        self.slots: dict[str, Slot] = {}
        shapes = {"output": trace.grid.out, "input": trace.x.shape, "weight": trace.grid.kernel}
        self.sizes = {kind: (shape[0], shape[1]) for kind, shape in shapes.items()}
        if trace.w is None:
            del self.sizes["weight"]
        self._cursors = {kind: "cell" if kind == STEPPED[trace.view] else kind for kind in self.sizes}
        self.probes = [kind for kind, cursor in self._cursors.items() if cursor != "cell"]
        shown = [trace.x, trace.y, trace.dy, trace.factors, trace.filled["dx"], *trace.gradients.values()]
        ends = [number(end) for values in shown for end in (values[np.isfinite(values)].min(), values.max())]
        self.decimals = min(trace.decimals, max(0, ROOM - 1 - max(map(len, ends))))  # in the cells
        longest = max(len(text) for values in shown for text in np.unique(self.texts(np.asarray(values))))
        self.wide, self.tall = max(44.0, longest * CHARACTER + 8), 44.0  # of a cell

    # Words.

    def text(self, value: float) -> str:
        """Write a number for a cell."""
        return "−∞" if np.isneginf(value) else written(float(value), self.decimals)

    def texts(self, values: Array) -> Array:
        """Write every number of an array."""
        distinct, places = np.unique(values, return_inverse=True)
        words: Array = np.array([self.text(value) for value in distinct], object)[places].reshape(values.shape)
        return words

    def look_up(self, name: str, words: Array, kind: str) -> None:
        """Let slots ``name0_0`` … follow a cursor: words[r, c] has one word for each cell of `kind`."""
        rows, columns, height, width = words.shape
        table, codes = np.unique(words.astype(str), return_inverse=True)
        self.tables[name] = [str(word) for word in table]
        self.arrays[name] = Codes(codes.reshape(rows * columns * height, width).astype(np.uint16))
        for n, (r, c) in enumerate(np.ndindex(rows, columns)):
            self.slots[f"{name}{r}_{c}"] = Slot(name, name, n * height, cursor=self._cursors[kind])

    # Grids.

    def still(self, title: str, values: Array, fill: str, kind: str = "", name: str = "", **how: Any) -> Panel:
        """Draw numbers that stay; those of a `kind` light up and can be pointed at."""
        words = self.texts(values)
        return self._grid(title, values.shape, fill, kind, name, lambda r, c: {"text": words[r, c]}, **how)

    def moving(self, title: str, values: Array, fill: str, kind: str = "", name: str = "", **how: Any) -> Panel:
        """Draw numbers or words (rows, columns, P, Q) that are others at each output."""
        self.look_up(name, values if values.dtype == object else self.texts(values), "output")
        return self._grid(title, values.shape[:2], fill, kind, name, lambda r, c: {"slot": f"{name}{r}_{c}"}, **how)

    def _grid(
        self,
        title: str,
        shape: tuple[int, ...],
        fill: str,
        kind: str,
        name: str,
        label: Callable[[int, int], dict[str, Any]],
        *,
        before: str = "",
        rim: int = 0,
        tags: bool = False,
        struck: Array | None = None,
        crossed: Array | None = None,
        overlay: tuple[Shape, ...] = (),
    ) -> Panel:
        (rows, columns), w, t = shape, self.wide, self.tall
        shapes: list[Shape] = []
        for r, c in np.ndindex(rows, columns):
            inside = rim <= r < rows - rim and rim <= c < columns - rim
            shapes.append(Box(c * w, r * t, w, t, fill if inside else RIM, RULE))
        shapes += self._lines(struck, rim, ((t - 6, 6),), RULE)
        shapes += self._lines(crossed, 0, ((6, t - 6), (t - 6, 6)), CROSS)
        for r, c in np.ndindex(rows, columns):
            y = (r + (0.4 if tags else 0.5)) * t
            shapes.append(Label((c + 0.5) * w, y, size=SIZE, **label(r, c)))
        inner = (rim * w, rim * t, (columns - 2 * rim) * w, (rows - 2 * rim) * t)
        if kind and self._cursors[kind] == "cell" and name in ("dy", "dx", "dw"):
            shapes.append(self._covers(rows, columns))
        if kind:
            shapes += self._lights(kind, name, rim)
        grid = {"area": self._cursors[kind], "grid": inner, "help": KEYS} if kind else {}
        return Panel(title, columns * w, rows * t, (*shapes, *overlay), before=before, middle=True, **grid)  # type: ignore[arg-type]

    def _covers(self, rows: int, columns: int) -> Shape:
        """Cover what is still to come: the rest of the row, and all rows below."""
        w, t, width, height = self.wide, self.tall, columns * self.wide, rows * self.tall
        rest, below = (Box(0, 0, width, tall, RIM, mark="cnnlab-cover") for tall in (t, height))
        moving = (Mover("rest", (rest,), (w, w), (0, t), "step"), Mover("below", (below,), (0, 0), (t, t), "step"))
        return Clip(0, 0, width, height, moving)

    def _lines(self, cells: Array | None, rim: int, ends: tuple[tuple[float, float], ...], colour: str) -> list[Shape]:
        """Strike cells through: by one line that rises or falls from the first of `ends` to the second, or by more."""
        w, t = self.wide, self.tall
        lines = tuple(
            (c * w + 6, r * t + start, (c + 1) * w - 6, r * t + end)
            for r, c in ([] if cells is None else np.argwhere(cells) + rim)
            for start, end in ends
        )
        return [Strokes(lines, colour, 1.5)] if lines else []

    # What lights up.

    def _lights(self, kind: str, name: str, rim: int) -> list[Shape]:
        """Outline the cell pointed at, and in other kinds of grids the cells it touched; probes lie on top."""
        rows, columns = self.sizes[kind]
        whole, lights = (0, 0, rows, columns), {}
        if kind == "output":
            lights["input"] = self._outline("input", slot=self._fed())
            if "weight" in self.sizes:
                lights["weight"] = [self._frame(f"{name}_all", "weight", [whole], 0, 0)]
        elif kind == "weight":
            lights["input"] = self._outline("input", slot=self._used()) if name == "w" else []
            lights["output"] = [self._frame(f"{name}_all", "output", [whole], 0, 0)]
        else:
            window, first = (0, 0, *self.trace.grid.kernel), rim - self.trace.pad
            moving = self._frame(f"{name}_window", "output", [window], first, self.trace.stride)
            clipped = Clip(0, 0, columns * self.wide, rows * self.tall, (moving,))
            lights["output"] = [clipped if first else moving]
        lights[kind] = [self._frame(f"{name}_cell", kind, [(0, 0, 1, 1)], rim, 1)]
        in_order = sorted(lights, key=lambda each: self._cursors[each] != "cell")
        return [shape for each in in_order for shape in lights[each]]

    def _frame(self, name: str, kind: str, cells: list[Cells], first: int, step: int, *more: Shape) -> Shape:
        """Outline cells that follow a cursor: `first` says where for its cell 0, `step` how far from cell to cell."""
        x, y = ((first * size, step * size) for size in (self.wide, self.tall))
        return Mover(name, (*self._outline(kind, self._path(cells)), *more), x, y, self._cursors[kind])

    def _outline(self, kind: str, path: str = "", slot: str = "") -> list[Shape]:
        colour = FRAME if self._cursors[kind] == "cell" else PROBE
        return [Blocks(path, "none", "#ffffff", 6, slot), Blocks(path, "none", colour, 3, slot)]

    def _path(self, cells: Iterable[Cells]) -> str:
        w, t = self.wide, self.tall
        return rectangles((c * w, r * t, columns * w, rows * t) for r, c, rows, columns in cells)

    def _of_inputs(self, name: str, tell: Callable[[list[tuple[int, int, int, int]]], str]) -> str:
        if name not in self.tables:
            words = np.empty((1, 1, *self.sizes["input"]), object)
            for i, j in np.ndindex(self.sizes["input"]):
                words[0, 0, i, j] = tell(self.trace.fed(i, j))
            self.look_up(name, words, "input")
        return f"{name}0_0"

    def _fed(self) -> str:
        """Slot of the boxes around all outputs that an input fed."""
        return self._of_inputs("fed", lambda fed: self._path((p, q, 1, 1) for p, q, _, _ in fed))

    def _used(self) -> str:
        """Slot of the boxes around all weights that an input met."""
        return self._of_inputs("used", lambda fed: self._path((r, s, 1, 1) for _, _, r, s in fed))

    # Tags: the other factor of each product, small below the number.

    def shares(self) -> Array:
        """Write a pooling's factors as fractions."""
        words: Array = np.vectorize(fraction, [object])(self.trace.factors)
        return words

    def tag(self, value: float, *, share: bool = False) -> str:
        """Write the other factor."""
        text = fraction(value) if share else self.text(value)
        return f"·({text})" if text.startswith("−") and len(text) < 3 else f"·{text}"

    def factors_on_outputs(self) -> tuple[Shape, ...]:
        """Write below each δ what an input met there."""
        p, q = self.sizes["output"]
        words = np.full((p, q, *self.sizes["input"]), "", object)
        for i, j in np.ndindex(self.sizes["input"]):
            for a, b, r, s in self.trace.fed(i, j):
                words[a, b, i, j] = self.tag(self.trace.factors[a, b, r, s], share=self.trace.w is None)
        self.look_up("factor", words, "input")
        return tuple(self._tag(r, c, slot=f"factor{r}_{c}", kind="input") for r, c in np.ndindex(p, q))

    def losses_on_inputs(self, name: str) -> tuple[Shape, ...]:
        """Lay δ over the inputs that a weight met."""
        places = [(p * self.trace.stride, q * self.trace.stride) for p, q in np.ndindex(self.trace.grid.out)]
        tags = [
            self._tag(r, c, text=self.tag(value), kind="weight")
            for (r, c), value in zip(places, self.trace.dy.flat, strict=True)
        ]
        return (self._frame(f"{name}_met", "weight", [(r, c, 1, 1) for r, c in places], 0, 1, *tags),)

    def weights_on_surrounded(self) -> tuple[Shape, ...]:
        """Lay the turned kernel over δ with zeros around."""
        assert self.trace.w is not None
        turned = self.trace.w[::-1, ::-1]
        tags = [self._tag(r, c, text=self.tag(value), kind="input") for (r, c), value in np.ndenumerate(turned)]
        return (self._frame("turned", "input", [(0, 0, *self.trace.grid.kernel)], 0, 1, *tags),)

    def _tag(self, r: int, c: int, *, kind: str, text: str = "", slot: str = "") -> Label:
        # Darker than the frames, so that small letters can be read on every ground.
        dark = "#8f2f06" if self._cursors[kind] == "cell" else "#084f88"
        return Label((c + 0.5) * self.wide, (r + 0.79) * self.tall, text, TAG, dark, slot, bold=True)
