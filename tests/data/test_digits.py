"""Digits: all of them, enlarged without losing what they are."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.data import digits
from cnnlab.data.digits import enlarge


def test_all_of_them() -> None:
    shipped = digits()
    assert repr(shipped) == "Dataset: 1797 pictures 1×8×8, 10 classes"
    assert shipped.images.dtype == np.float32
    assert (shipped.images.min(), shipped.images.max()) == (0, 1)
    assert np.bincount(shipped.labels).min() > 170
    assert shipped.classes[shipped.labels[0]] == "0"


def test_enlarged_they_look_the_same_from_afar() -> None:
    small, large = digits().images, digits(32).images
    assert large.shape == (1797, 1, 32, 32)
    blocks = large.reshape(1797, 1, 8, 4, 8, 4).mean((3, 5))
    assert np.corrcoef(small.ravel(), blocks.ravel())[0, 1] > 0.95
    assert large.max() <= 1


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.floats(-1, 1, width=32))
def test_enlarging_is_smooth(factor: int, height: int, width: int, slope: float) -> None:
    ramp = np.broadcast_to(slope * np.arange(width, dtype=np.float32), (1, 1, height, width))
    large = enlarge(ramp, factor)
    assert large.shape == (1, 1, height * factor, width * factor)
    assert np.abs(np.diff(large, axis=2)).max(initial=0) <= 1e-5  # constant down a column
    inner = np.diff(large[0, 0, 0])[factor // 2 : -(factor // 2) or None]
    np.testing.assert_allclose(inner, slope / factor, atol=1e-5)  # and a straight line along a row, but for the rim


def test_sizes_that_do_not_fit_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"size: got 20, wanted a multiple of 8. Choose 8, 16, 24 or 32"):
        digits(20)
    assert digits(24).images.shape[2:] == (24, 24)
    with pytest.raises(ValueError, match=r"size: got 0"):
        digits(0)
    with pytest.raises(ValueError, match=r"size: got 'large', wanted a multiple of 8"):
        digits("large")  # type: ignore[arg-type]


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"ship inside scikit-learn, .* pip install 'cnnlab\[lab\]'"):
        digits()
