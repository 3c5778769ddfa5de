"""The table of a network: what comes out of each layer, how many numbers it learns, how much of the picture it sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

__all__ = ["Row", "Summary"]

COLUMNS = ("layer", "activation shape", "size", "parameters", "receptive field")


@dataclass(frozen=True)
class Row:
    """One layer of the table."""

    name: str
    layer: str  # "Conv2d(8, 5)"
    shape: tuple[int, ...]  # of one example's activation
    parameters: int
    field: tuple[int, int] | None  # rows and columns of the picture one number depends on; None: on all of them

    @property
    def size(self) -> int:
        """How many numbers one example's activation holds."""
        return math.prod(self.shape)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is written."""
        return (
            f"{self.name}: {self.layer}" if self.layer else self.name,
            "×".join(map(str, self.shape)),
            f"{self.size:,}",
            f"{self.parameters:,}",
            f"{self.field[0]}×{self.field[1]}" if self.field else "all",
        )


@dataclass(frozen=True, repr=False)
class Summary:
    """The table as text (``print`` it), and as HTML in a notebook."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(row.parameters for row in self.rows)

    def __repr__(self) -> str:
        lines = [COLUMNS, *(row.cells for row in self.rows), ("total", "", "", f"{self.parameters:,}", "")]
        widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
        # Words to the left, numbers to the right.
        text = [
            "  ".join(
                cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        rule = "-" * max(map(len, text))
        return "\n".join(line.rstrip() for line in (text[0], rule, *text[1:-1], rule, text[-1]))

    def _repr_html_(self) -> str:
        # Words to the left. Inside the tag, for a notebook that is not trusted keeps no style sheet.
        left = ' style="text-align:left"'
        head = "".join(f'<th scope="col"{left * (i == 0)}>{column}</th>' for i, column in enumerate(COLUMNS))
        body = "".join(
            f'<tr><th scope="row"{left}>{escape(row.cells[0])}</th>'
            + "".join(f"<td>{c}</td>" for c in row.cells[1:])
            + "</tr>"
            for row in self.rows
        )
        return (
            "<style>.cnnlab-summary{border-collapse:collapse;font-size:14px;color:var(--jp-content-font-color1,#1b1b1b)}"
            ".cnnlab-summary caption{text-align:left;padding:4px 0}"
            ".cnnlab-summary th,.cnnlab-summary td{text-align:right;padding:3px 10px;"
            "border-bottom:1px solid var(--jp-border-color2,#c8c8c8)}"
            ".cnnlab-summary th[scope=row]{font-weight:normal}</style>"
            f'<table class="cnnlab-summary"><caption>{self.parameters:,} parameters</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
