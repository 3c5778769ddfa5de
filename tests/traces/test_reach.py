"""Which cells feed which outputs, against the windows themselves."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.shapes import window_grid
from cnnlab.traces.reach import Reach, size_formula, sizes


@pytest.mark.parametrize("setting", [{}, {"stride": 2}, {"stride": (3, 1), "pad": (1, 0)}, {"dilation": 2, "pad": 1}])
def test_a_cell_feeds_the_windows_that_hold_it(setting) -> None:  # type: ignore[no-untyped-def]
    size = 6, 5
    grid = window_grid(size, (3, 2), **setting)
    padded = ops.pad2d(np.zeros((1, 1, *size)), grid.pads)[0, 0]
    numbers = np.arange(padded.size, dtype=float).reshape(padded.shape)
    windows = ops.windows(numbers[None, None], grid.kernel, stride=grid.stride, dilation=grid.dilation)[0, 0]
    reach = Reach(size, grid)
    for (i, j), number in np.ndenumerate(numbers):
        holding = np.argwhere((windows == number).any((2, 3))).tolist()
        rows, columns = reach.fed(i, j)
        assert holding == [[p, q] for p in rows for q in columns]
        assert reach.used[i, j] == bool(holding)


def test_the_size_in_numbers() -> None:
    grid = window_grid((5, 6), 3, stride=2, pad=1)
    assert size_formula(5, grid) == "⌊(5 + 2·1 − 3)/2⌋ + 1 = 3"
    assert sizes((5, 5), window_grid((5, 5), 3)) == "⌊(5 + 2·0 − 3)/1⌋ + 1 = 3 rows and columns"
    assert size_formula(6, window_grid((6, 6), 4, pad="same")) == "⌊(6 + 1 + 2 − 4)/1⌋ + 1 = 6"
