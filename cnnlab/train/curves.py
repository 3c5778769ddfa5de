"""A run as a figure: loss and accuracy, training and validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnlab.train.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves", "draw_curves"]


def curves(history: History, *, title: str = "") -> Figure:
    """Draw loss and accuracy over the epochs; the loss of every step lies thin behind.

    Save it with ``curves(history).savefig("curves.png")``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    draw_curves(history, figure, title=title)
    return figure


def draw_curves(history: History, figure: Figure, *, title: str = "") -> None:
    """Draw the curves into a figure that is there already."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    left, right = figure.subplots(1, 2)
    if title:
        figure.suptitle(title)
    epochs = history.epochs
    numbers = [epoch.number for epoch in epochs]
    if history.losses:
        steps = np.arange(1, len(history.losses) + 1) / history.steps_per_epoch
        left.plot(steps, history.losses, color="0.8", linewidth=0.8, label="every step")
    for axes, what in ((left, "loss"), (right, "accuracy")):
        axes.plot(numbers, [getattr(epoch, what) for epoch in epochs], "o-", color="#0072b2", label="training")
        validated = [epoch for epoch in epochs if epoch.validation_loss is not None]
        if validated:
            values = [getattr(epoch, f"validation_{what}") for epoch in validated]
            axes.plot([epoch.number for epoch in validated], values, "s--", color="#d55e00", label="validation")
        axes.set(xlabel="epoch", ylabel=what)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
        axes.legend()
    left.set_ylim(bottom=0)
    right.yaxis.set_major_formatter(PercentFormatter(1))  # with decimals where the ticks need them
