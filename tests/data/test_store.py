"""One file of arrays and settings: whole, or as it was before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.data import DataError, store


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


@pytest.mark.parametrize(
    ("mark", "offset", "wrong"),
    [
        (b"(3,)", 3, b"("),  # the shape of an array is not closed
        (b"PK\1\2", 8, b"\1"),  # an entry that claims to be encrypted
        (b"PK\1\2", 10, b"\x0e"),  # or packed in another way
    ],
)
def test_whichever_byte_is_wrong_it_is_told_in_one_way(tmp_path: Path, mark: bytes, offset: int, wrong: bytes) -> None:
    path = tmp_path / "a.npz"
    store.write(path, {"kind": "model"}, {"w": np.ones(3)})
    content = path.read_bytes()
    place = content.rindex(mark) + offset
    path.write_bytes(content[:place] + wrong + content[place + 1 :])
    with pytest.raises(DataError, match=r"damaged or was not written by cnnlab \(.*\), wanted a saved model\. Take"):
        store.read(path, "model")
