"""A kernel to type into: what is shown rounded stays exact, and what does not fit is told."""

import numpy as np
import pytest

from cnnlab.widgets.weights import Weights, changed, typed


def test_weights_that_were_not_touched_stay_exact():
    weights = np.array([[0.123456, 1 / 9, -1.0]])
    assert typed(weights) == (("0.123", "1/9", "-1"),)
    np.testing.assert_array_equal(changed(weights, typed(weights)), weights)
    np.testing.assert_array_equal(changed(weights, (("0.123", "1/9", "2"),)), [[0.123456, 1 / 9, 2.0]])
    with pytest.raises(ValueError, match="Kernel row 0, column 1: got 'x'"):
        changed(weights, (("0.123", "x", "2"),))


def test_the_grid_follows_the_kernels_shape():
    grid = Weights(3, "lab.kernel = …")
    shown = lambda: [place for place, cell in grid.cells.items() if cell.layout.display != "none"]  # noqa: E731
    for shape in ((1, 1), (2, 3), (3, 3), (4, 1)):
        grid.value = typed(np.ones(shape))
        assert shown() == (list(np.ndindex(shape)) if max(shape) <= 3 else [])
        assert (grid._too_large.layout.display == "none") == (max(shape) <= 3)
    assert grid.names.split("|")[5] == "Kernel row 1, column 2"
    grid.close()
