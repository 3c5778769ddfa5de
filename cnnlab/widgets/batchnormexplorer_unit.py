"""BatchNormExplorer's view of one feature: every number of a batch, stage by stage, and the running averages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.traces.batchnorm import UnitTrace
from cnnlab.traces.number import number
from cnnlab.widgets.cells import (
    CELL,
    CHARACTER,
    DULL,
    FRAME,
    PAPER,
    PROBE,
    RIM,
    RULE,
    SIZE,
    crosses,
    short,
    width_for,
)
from cnnlab.widgets.scene import Codes, Scene, Slot
from cnnlab.widgets.svg import At, Box, Clip, Label, Mover, Panel, Shape

__all__ = ["draw_unit"]

NAMES, GAP = 98.0, 12.0  # room for the stages' names; before the means
WIDEST = 72.0  # cell
TOP, WORDS = 20.0, 132.0  # room for the examples' numbers, and for the running averages' names


def draw_unit(trace: UnitTrace, *, notes: Sequence[str] = ()) -> Scene:
    """Describe every number of every stage as one step."""
    rows, columns = len(trace), len(trace.x)
    verdict = ["", *(f", but your function returned {number(y, trace.decimals)}" for y in trace.y)]
    wrong = np.zeros((rows, columns), np.uint8)
    wrong[-1, trace.differs] = 1 + np.flatnonzero(trace.differs)
    return Scene(
        rows=rows,
        columns=columns,
        lines=((_stages(trace),), (_running(trace),)),
        slots={
            "formula": Slot("cells", "formula"),
            "verdict": Slot("wrong", "verdict"),
        },
        tables={
            "formula": [formula for stage in trace.stages for formula in stage.formulas],
            "verdict": verdict,
        },
        arrays={
            "cells": Codes(np.arange(rows * columns, dtype=np.uint8).reshape(rows, columns)),
            "wrong": Codes(wrong),
        },
        sentences={
            "formula": "{formula}",
            "cell": f"Step {{step}} of {rows * columns}. Example {{column}}: {{formula}}{{verdict}}.",
            "note": " ".join([*_notes(trace), *notes]),
        },
    )


def _stages(trace: UnitTrace) -> Panel:
    """Draw one row for each stage, one column for each example, and the mean of every row."""
    values = [*(stage.values for stage in trace.stages), np.array([stage.mean for stage in trace.stages])]
    w = width_for((number(float(value), trace.decimals) for row in values for value in row), WIDEST)
    room = int((w - 2) / CHARACTER)
    rows, columns = len(trace), len(trace.x)
    width, height = columns * w, rows * CELL
    shapes: list[Shape] = [Label(NAMES + (n + 0.5) * w, 9, str(n), 13, "currentColor") for n in range(columns)]
    shapes.append(Label(NAMES - 8, 9, "example", 13, "currentColor", anchor="end"))
    means = NAMES + width + GAP
    shapes.append(Label(means + w / 2, 9, "mean", 13, "currentColor"))
    for r, stage in enumerate(trace.stages):
        middle = TOP + (r + 0.5) * CELL
        shapes.append(Label(NAMES - 8, middle, stage.name, SIZE, "currentColor", anchor="end"))
        for n, value in enumerate([*stage.values, stage.mean]):
            left = NAMES + n * w if n < columns else means
            shapes.append(Box(left, TOP + r * CELL, w, CELL, PAPER if n < columns else RIM, RULE))
            shapes.append(Label(left + w / 2, middle, short(float(value), trace.decimals, room), SIZE))
    shapes.append(At(NAMES, TOP + (rows - 1) * CELL, crosses(trace.differs[None], w)))
    covers = (
        Mover("rest", (Box(0, 0, width, CELL, DULL, mark="cnnlab-cover"),), (w, w), (0, CELL), "step"),
        Mover("below", (Box(0, 0, width, height, DULL, mark="cnnlab-cover"),), (0, 0), (CELL, CELL), "step"),
    )
    shapes.append(Clip(NAMES, TOP, width, height, covers))
    shapes.append(Mover("example", (Box(0, 0, w, height, stroke=PROBE, line=1.5),), (NAMES, w), (TOP, 0)))
    shapes.append(Mover("cell", (Box(0, 0, w, CELL, stroke=FRAME, line=3),), (NAMES, w), (TOP, CELL)))
    return Panel(
        f"One feature of {columns} example{'s' if columns > 1 else ''}, {'training' if trace.training else 'test'}",
        means + w,
        TOP + height,
        tuple(shapes),
        area="cell",
        grid=(NAMES, TOP, width, height),
        help="Left and right move to an example, up and down to a stage. Enter pins it, Escape releases it.",
    )


def _running(trace: UnitTrace) -> Panel:
    """Draw the running mean and variance: before, with this batch, after."""
    lines = [trace.running_formula(which) for which in (0, 1)]
    shapes: list[Shape] = []
    for row, (name, words) in enumerate(zip(("running mean", "running variance"), lines, strict=True)):
        middle = (row + 0.5) * CELL
        shapes.append(Label(WORDS, middle, name, SIZE, "currentColor", anchor="end"))
        shapes.append(Label(WORDS + 14, middle, words, SIZE, "currentColor", anchor="start"))
    title = f"Running averages, after {trace.seen} earlier batch{'' if trace.seen == 1 else 'es'}"
    return Panel(title, WORDS + 14 + max(map(len, lines)) * CHARACTER, 2 * CELL, tuple(shapes))


def _notes(trace: UnitTrace) -> list[str]:
    if trace.training:
        said = [
            "In training the batch's own mean and variance are used, and the running averages move towards them; "
            f"the momentum, {number(trace.momentum, 3)}, is the share of the old value that stays."
        ]
    else:
        said = ["At test time the running averages are used: an example's result does not depend on the others."]
    wrong = int(trace.differs.sum())
    if wrong:
        said.append(f"{wrong} of {len(trace.x)} results differ from the library's; they are crossed.")
    exact = np.concatenate([trace.centred, trace.normal, trace.y, trace.updated]) * 10.0**trace.decimals
    if np.any(np.abs(exact - np.rint(exact)) > 1e-6):
        said.append(f"Numbers are rounded to {trace.decimals} decimals.")
    return said
