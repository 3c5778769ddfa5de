"""One file of arrays and settings: whole, or as it was before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.data import store


def test_a_power_cut_while_writing_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    store.write(path, {"kind": "model"}, {"w": np.ones(3)})

    def cut(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", cut)
    with pytest.raises(OSError, match=r"No space left on device"):
        store.write(path, {"kind": "model"}, {"w": np.zeros(3)})
    np.testing.assert_array_equal(store.read(path, "model")[1]["w"], 1)
    assert [item.name for item in tmp_path.iterdir()] == ["a.npz"]
