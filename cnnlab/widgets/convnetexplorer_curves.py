"""ConvNetExplorer's curves: loss and accuracy over the steps of training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cnnlab.train import Snapshot
from cnnlab.widgets.svg import Box, Label, Panel, Shape, Strokes

__all__ = ["curves"]

TEXT, INK, RULE = 13.0, "currentColor", "#8a8a8a"
PAPER, ON_PAPER = "#ffffff", "#1b1b1b"  # a plot is white in the dark, too
LEFT, WIDTH, HEIGHT = 40.0, 260.0, 130.0
TRAINING, VALIDATION = "#0072b2", "#c8440c"
POINTS = 130  # of a curve; more steps are averaged

Points = Sequence[tuple[float, float]]


def curves(snapshot: Snapshot, guessing: float) -> tuple[Panel, Panel]:
    """Draw the loss of every step, with the loss of guessing, and the accuracies of every epoch."""
    return _loss(snapshot, guessing), _accuracy(snapshot)


def _loss(snapshot: Snapshot, guessing: float) -> Panel:
    losses = np.array(snapshot.losses)
    groups = np.array_split(losses, min(len(losses), POINTS)) if len(losses) else []
    ends = np.cumsum([len(group) for group in groups])
    points = [(float(end), float(group.mean())) for end, group in zip(ends, groups, strict=True)]
    top = max([1.2 * guessing, *(y for _, y in points)])
    frame = _Frame(snapshot.steps, top)
    shapes = [*frame.axes(f"{top:.1f}"), *frame.line([(0, guessing), (frame.right, guessing)], RULE, 1)]
    words = f"guessing {guessing:.2f}"
    shapes.append(Label(LEFT + WIDTH - 4, frame.y(guessing) - 9, words, TEXT, ON_PAPER, anchor="end"))
    shapes += frame.line(points, TRAINING)
    return Panel(
        f"Loss{f', now {losses[-1]:.3f}' if len(losses) else ''}", LEFT + WIDTH + 8, HEIGHT + 28, tuple(shapes)
    )


def _accuracy(snapshot: Snapshot) -> Panel:
    frame = _Frame(snapshot.steps, 1.0)
    shapes = frame.axes("100%")
    words: list[tuple[str, str]] = []
    for name, colour, values in (
        ("training", TRAINING, [(at, epoch.accuracy) for at, epoch in snapshot.epochs]),
        ("validation", VALIDATION, [(at, epoch.validation_accuracy) for at, epoch in snapshot.epochs]),
    ):
        points = [(float(at), float(value)) for at, value in values if value is not None]
        if not points:
            continue
        shapes += frame.line(points, colour)
        for x, y in points[-40:] if name == "validation" else ():  # squares tell the two apart without colour
            shapes.append(Box(frame.x(x) - 3, frame.y(y) - 3, 6, 6, colour, "#ffffff", 0.5))
        words.append((f"{name} {points[-1][1]:.1%}", colour))
    for (word, colour), left in zip(words, (0.0, 148.0), strict=False):  # which line is which
        y = HEIGHT + 38
        shapes.append(Strokes(((left, y, left + 22, y),), colour))
        if colour == VALIDATION:
            shapes.append(Box(left + 8, y - 3, 6, 6, colour, "#ffffff", 0.5))
        shapes.append(Label(left + 28, y, word, TEXT, INK, anchor="start"))
    if not snapshot.losses:
        shapes.append(Label(LEFT + WIDTH / 2, HEIGHT / 2, "Press Train to begin.", TEXT, ON_PAPER))
    return Panel("Accuracy after each epoch", LEFT + WIDTH + 8, HEIGHT + 48, tuple(shapes))


class _Frame:
    """Where numbers lie between two axes."""

    def __init__(self, steps: int, top: float) -> None:
        self.steps, self.right, self.top = steps, max(steps, 1), top

    def x(self, step: float) -> float:
        return round(LEFT + WIDTH * step / self.right, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT * (1 - min(value / self.top, 1)), 1)

    def axes(self, top: str) -> list[Shape]:
        return [
            Box(LEFT, 0, WIDTH, HEIGHT, PAPER, RULE),
            Label(LEFT - 4, 8, top, TEXT, INK, anchor="end"),
            Label(LEFT - 4, HEIGHT - 4, "0", TEXT, INK, anchor="end"),
            Label(LEFT, HEIGHT + 16, "step 0", TEXT, INK, anchor="start"),
            Label(LEFT + WIDTH, HEIGHT + 16, f"step {self.steps:,}" if self.steps else "", TEXT, INK, anchor="end"),
        ]

    def line(self, points: Points, colour: str, width: float = 2) -> list[Shape]:
        places = [(self.x(x), self.y(y)) for x, y in points if np.isfinite(y)]
        pairs = tuple((*a, *b) for a, b in pairwise(places)) or tuple((x - 4, y, x + 4, y) for x, y in places)
        return [Strokes(pairs, colour, width)] if pairs else []
