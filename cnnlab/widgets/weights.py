"""A grid of cells to type a kernel's weights into."""

from __future__ import annotations

from fractions import Fraction

import ipywidgets
import numpy as np
import traitlets
from ipywidgets.widgets.widget_string import TextStyle
from numpy.typing import NDArray

from cnnlab.traces.number import number
from cnnlab.widgets.inputs import read_weight

__all__ = ["Weights", "changed", "typed", "written"]

Texts = tuple[tuple[str, ...], ...]


class Weights(ipywidgets.GridBox):  # type: ignore[misc]
    """Up to `side` × `side` cells; `value` holds their texts, row by row. A larger kernel is changed from code.

    Examples
    --------
    >>> grid = Weights(3, "lab.kernel = …")
    >>> grid.value = typed(np.array([[1.0, -0.5]]))
    >>> grid.cells[0, 1].value = "1/3"  # as a learner would
    >>> grid.value
    (('1', '1/3'),)
    >>> grid.close()
    """

    value = traitlets.Tuple()

    def __init__(self, side: int, remedy: str) -> None:
        self._shown, self._hidden = ipywidgets.Layout(width="58px", margin="0"), ipywidgets.Layout(display="none")
        style = TextStyle()
        self.cells = {
            place: ipywidgets.Text(continuous_update=False, layout=self._hidden, style=style)
            for place in np.ndindex(side, side)
        }
        self._too_large = ipywidgets.HTML(
            f"Kernels beyond {side}×{side}<br>are changed from code:<br><code>{remedy}</code>", layout=self._hidden
        )
        super().__init__([*self.cells.values(), self._too_large])
        self._room = ipywidgets.Layout(width="auto")
        self.add_class("cnnlab-weights")
        self._quiet = False
        self.observe(lambda change: self._write(change.new), "value")
        for cell in self.cells.values():
            cell.observe(lambda _: self._read(), "value")

    @property
    def names(self) -> str:
        """Name of each cell, for screen readers."""
        return "|".join(f"Kernel row {r}, column {s}" for r, s in self.cells)

    def _write(self, texts: Texts) -> None:
        fits = (len(texts) - 1, len(texts[0]) - 1) in self.cells
        self._quiet = True
        for (r, s), cell in self.cells.items():
            here = fits and r < len(texts) and s < len(texts[0])
            cell.layout = self._shown if here else self._hidden
            if here:
                cell.value = texts[r][s]
        self._quiet = False
        self._too_large.layout = self._hidden if fits else self._room
        self.layout.grid_template_columns = f"repeat({len(texts[0])}, 58px)" if fits else "auto"

    def _read(self) -> None:
        if not self._quiet:
            self.value = tuple(
                tuple(self.cells[r, s].value for s in range(len(row))) for r, row in enumerate(self.value)
            )

    def close(self) -> None:
        """Take the grid and every cell out of memory."""
        for part in (self._shown, self._hidden, self._room):
            part.close()
        super().close()


def typed(weights: NDArray[np.float64]) -> Texts:
    """Write a kernel as one would type it."""
    return tuple(tuple(written(float(weight)) for weight in row) for row in weights)


def changed(weights: NDArray[np.float64], texts: Texts) -> NDArray[np.float64]:
    """Read the texts that are not the weights as written: what is shown rounded stays exact.

    Raises
    ------
    ValueError
        If a text is not a number, with its row and column.
    """
    return np.array(
        [
            [
                weight if text == written(float(weight)) else read_weight(text, r, s)
                for s, (weight, text) in enumerate(zip(*row, strict=True))
            ]
            for r, row in enumerate(zip(weights, texts, strict=True))
        ]
    )


def written(weight: float) -> str:
    """Write a weight as one would type it: ``1``, ``-0.5``, ``1/9``.

    Examples
    --------
    >>> written(-1.0), written(1 / 9), written(0.3), written(0.123456)
    ('-1', '1/9', '0.3', '0.123')
    """
    fraction = Fraction(weight).limit_denominator(256)
    if abs(float(fraction) - weight) < 1e-12 and fraction.denominator > 1 and 10**3 % fraction.denominator:
        return str(fraction)
    return number(weight, 3).replace("−", "-")
