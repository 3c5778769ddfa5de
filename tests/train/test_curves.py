"""The figure shows the numbers of the history."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnlab.train import Epoch, History, curves
from tests.train.test_fit import STEPS, net, run

pytest.importorskip("matplotlib", reason="figures need matplotlib")


def test_the_lines_are_the_history(tmp_path: Path) -> None:
    history = run(net())
    figure = curves(history, title="bars")
    left, right = figure.axes
    steps, training, validation = left.get_lines()
    np.testing.assert_array_equal(steps.get_ydata(), history.losses)
    np.testing.assert_allclose(steps.get_xdata(), np.arange(1, 3 * STEPS + 1) / STEPS)
    np.testing.assert_array_equal(training.get_ydata(), [epoch.loss for epoch in history.epochs])
    np.testing.assert_array_equal(validation.get_ydata(), [epoch.validation_loss for epoch in history.epochs])
    assert training.get_marker() != validation.get_marker()  # not by colour alone
    np.testing.assert_array_equal(right.get_lines()[0].get_ydata(), [epoch.accuracy for epoch in history.epochs])
    assert (left.get_ylabel(), right.get_ylabel(), left.get_xlabel()) == ("loss", "accuracy", "epoch")
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 5000


def test_without_validation_and_without_anything(tmp_path: Path) -> None:
    assert len(curves(run(net(), validation=None)).axes[1].get_lines()) == 1
    curves(History()).savefig(tmp_path / "empty.png")


def test_accuracies_close_together_have_ticks_that_differ() -> None:
    history = History([Epoch(number, 0.1, 0.1, 0.99 + 0.001 * number) for number in (1, 2, 3)], [0.1] * 3, 1)
    figure = curves(history)
    figure.draw_without_rendering()
    ticks = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert len(set(ticks)) == len(ticks) > 2
