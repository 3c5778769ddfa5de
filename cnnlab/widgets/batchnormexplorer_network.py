"""BatchNormExplorer's view of a network: for every layer a histogram, without batchnorm and with it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces.activations import UNITS, NetworkTrace, measures
from cnnlab.traces.number import number, significant
from cnnlab.widgets.cells import CROSS, FRAME, PAPER, RULE
from cnnlab.widgets.scene import Scene, Slot
from cnnlab.widgets.svg import At, Blocks, Box, Label, Mover, Panel, Shape, Strokes, rectangles

__all__ = ["draw_network"]

Array = NDArray[Any]

BINS, REACH = 41, 5.125  # bars and the range they cover: an odd number, so that one stands around 0
WIDTH, ROW, TALL = 164.0, 42.0, 34.0  # of a histogram, of a row, of its tallest bar
LEFT, RIGHT = 24.0, 122.0  # room for the layer's number and for mean and standard deviation
CLOSE = (283.0, 96.0)  # a histogram in close-up
PLAIN, NORMAL = "#8a5a00", "#0a6ebd"  # bars without and with batchnorm


def draw_network(trace: NetworkTrace, *, norm: bool = True, notes: Sequence[str] = ()) -> Scene:
    """Describe every layer as one step; without `norm` the network with batchnorm is left out."""
    sides = [("without batchnorm", "plain", PLAIN), *([("with batchnorm", "normal", NORMAL)] if norm else [])]
    tables = {"says": [step.sentence if norm else step.plain_sentence for step in trace], "formula": _factors(trace)}
    lines: tuple[list[Panel], list[Panel]] = ([], [])
    for title, side, colour in sides:
        values = [getattr(step, side) for step in trace]
        lines[0].append(_column(title, trace, side, colour))
        lines[1].append(_close_up(title, side, colour))
        tables[f"{side}_bars"] = [_bars(each, *_range(each), *CLOSE) for each in values]
        tables[f"{side}_low"], tables[f"{side}_high"] = (
            [significant(_range(each)[end]) for each in values] for end in (0, 1)
        )
    return Scene(
        rows=len(trace),
        columns=1,
        lines=(tuple(lines[0]), tuple(lines[1])),
        slots={name: Slot(table=name, axis="row") for name in tables},
        tables=tables,
        arrays={},
        sentences={
            "formula": "{formula}",
            "cell": f"Step {{step}} of {len(trace)}. {{says}}",
            "note": " ".join([*_notes(trace), *notes]),
        },
    )


def _column(title: str, trace: NetworkTrace, side: str, colour: str) -> Panel:
    shapes: list[Shape] = []
    for row, step in enumerate(trace):
        top = row * ROW
        shapes.append(Label(LEFT - 6, top + TALL / 2, str(step.layer), 14, "currentColor", anchor="end"))
        shapes.append(At(LEFT, top, _histogram(getattr(step, side), colour)))
        if side == "normal" and step.differs:
            shapes.append(
                Strokes(((LEFT + 4, top + 4, LEFT + 18, top + 18), (LEFT + 4, top + 18, LEFT + 18, top + 4)), CROSS)
            )
        for line, (name, value) in enumerate(zip(("mean", "std"), measures(getattr(step, side)), strict=True)):
            text = f"{name} {significant(value)}"
            shapes.append(Label(LEFT + WIDTH + 4, top + 9 + 17 * line, text, 13, "currentColor", anchor="start"))
    height = len(trace) * ROW
    for at, value in ((0.0, -5), (WIDTH / 2, 0), (WIDTH, 5)):
        shapes.append(Label(LEFT + at, height + 2, number(value), 13, "currentColor"))
    frame = (Box(0, 0, WIDTH, TALL, stroke=FRAME, line=3),)
    shapes.append(Mover(f"{side}_layer", frame, (LEFT, 0), (0, ROW)))
    return Panel(
        f"Layers 1 to {len(trace)}, {title}",
        LEFT + WIDTH + RIGHT,
        height + 12,
        tuple(shapes),
        area="cell",
        grid=(0, 0, LEFT + WIDTH + RIGHT, height),
        help="Arrow keys move to a layer. Enter pins it, Escape releases it.",
    )


def _histogram(values: Array, colour: str) -> tuple[Shape, ...]:
    bars = _bars(np.clip(values, -REACH, REACH), -REACH, REACH, WIDTH, TALL)
    return Box(0, 0, WIDTH, TALL, PAPER, RULE), Blocks(bars, colour)


def _close_up(title: str, side: str, colour: str) -> Panel:
    """Draw the layer's histogram over its own range."""
    width, height = CLOSE
    inner = (
        Box(0, 0, width, height, PAPER, RULE),
        Blocks(fill=colour, slot=f"{side}_bars"),
        Label(0, height + 12, slot=f"{side}_low", size=13, ink="currentColor", anchor="start"),
        Label(width, height + 12, slot=f"{side}_high", size=13, ink="currentColor", anchor="end"),
    )
    return Panel(f"This layer in close-up, {title}", LEFT + WIDTH + RIGHT, height + 22, (At(LEFT, 0, inner),))


def _range(values: Array) -> tuple[float, float]:
    """Where a close-up begins and ends: around the mean, as far as the values go."""
    mean = float(values.mean())
    reach = float(np.abs(values - mean).max())
    if reach <= 1e-9 * abs(mean):  # all values are one
        reach = abs(mean) or 1.0
    return mean - reach, mean + reach


def _bars(values: Array, low: float, high: float, width: float, height: float) -> str:
    counts, _ = np.histogram(values, BINS, (low, high))
    tall = np.round(counts / counts.max() * height, 1)
    bar = width / BINS
    return rectangles((round(n * bar, 1), round(height - h, 1), bar, h) for n, h in enumerate(tall.tolist()) if h)


def _factors(trace: NetworkTrace) -> list[str]:
    """Say what each layer does to the size of the numbers, without batchnorm."""
    sizes = [1.0, *(measures(step.plain)[1] for step in trace)]
    return [
        f"Standard deviation without batchnorm: {significant(before)} → {significant(after)}, "
        f"{significant(after / before)} times as large"
        for before, after in pairwise(sizes)
    ]


def _notes(trace: NetworkTrace) -> list[str]:
    scale, factor = significant(trace.scale), significant(trace.scale * (UNITS / 2) ** 0.5)
    wrong = sum(step.differs > 0 for step in trace)
    said = [
        f"Each layer has {UNITS} units, weights with standard deviation {scale} and a ReLU after what is shown. "
        f"Without batchnorm one expects {scale}·√({UNITS}/2) = {factor} times the size from layer to layer. "
        "Numbers beyond ±5 are counted in the outermost bars."
    ]
    if wrong:
        said.append(f"In {wrong} of {len(trace)} layers the numbers differ from the library's; those are crossed.")
    return said
