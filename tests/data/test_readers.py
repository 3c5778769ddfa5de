"""Single files: read back what was written, and refuse what is damaged."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnlab.data import DataError
from cnnlab.data.readers import read_cifar, read_h5, read_idx


def idx(cells: NDArray[np.uint8]) -> bytes:
    """Spell the format out: 0, 0, type 8, axes; big-endian sizes; cells."""
    return struct.pack(f">BBBB{cells.ndim}I", 0, 0, 8, cells.ndim, *cells.shape) + cells.tobytes()


def h5(path: Path, **entries: Any) -> Path:
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py")
    with h5py.File(path, "w") as file:
        for key, value in entries.items():
            file[key] = value
    return path


CELLS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
SIGNS = {
    "train_set_x": np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3),
    "train_set_y": np.array([1, 0]),
    "list_classes": np.array([b"dog", b"cat"]),
}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_idx_of_any_shape(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    cells = np.arange(np.prod(sizes), dtype=np.uint8).reshape(sizes)
    path = tmp_path_factory.mktemp("idx") / "cells"
    for content in (idx(cells), gzip.compress(idx(cells))):
        path.write_bytes(content)
        np.testing.assert_array_equal(read_idx(path), cells)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "begins with nothing, wanted 00 00 08"),
        (b"\x89PNG\r\n", "begins with 89 50 4e 47, wanted 00 00 08"),
        (b"\0\0\x0d\x01" + b"\0" * 8, "begins with 00 00 0d 01"),  # floats
        (idx(CELLS)[:9], "got 9 bytes, wanted at least the 16 of the head"),
        (idx(CELLS)[:-1], "got 23 cells, wanted 2×3×4. It is cut off or too long"),
        (idx(CELLS) + b"!", "got 25 cells, wanted 2×3×4"),
        (gzip.compress(idx(CELLS))[:-9], "damaged gzip file .* Delete it and download it again"),
        (b"\x1f\x8b" + b"nonsense", "damaged gzip file"),
    ],
)
def test_damaged_idx(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told):
        read_idx(path)


def test_cifar() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8)
    content = b"".join(bytes([label]) + picture.tobytes() for label, picture in zip((7, 0, 9), pictures, strict=True))
    images, labels = read_cifar(content)
    np.testing.assert_array_equal(images, pictures)
    assert labels.tolist() == [7, 0, 9]
    for damaged in (content[:-1], b""):
        with pytest.raises(DataError, match=r"batch: got .* bytes, wanted a multiple of 3,073"):
            read_cifar(damaged, "batch")


@pytest.mark.parametrize("part", ["train", "test"])
def test_h5(tmp_path: Path, part: str) -> None:
    path = h5(tmp_path / "a.h5", **{key.replace("train", part): value for key, value in SIGNS.items()})
    images, labels, classes = read_h5(path)
    np.testing.assert_array_equal(images, np.moveaxis(SIGNS["train_set_x"], 3, 1))
    assert labels.tolist() == [1, 0]
    assert classes == ("dog", "cat")
    assert len(read_h5(path, 1)[0]) == 1


def test_h5_labels_in_a_row_and_numbered_classes(tmp_path: Path) -> None:
    path = h5(tmp_path / "a.h5", **SIGNS | {"train_set_y": np.array([[1, 0]]), "list_classes": np.arange(2)})
    assert read_h5(path)[1].tolist() == [1, 0]
    assert read_h5(path)[2] == ("0", "1")


def test_h5_class_names_in_another_encoding(tmp_path: Path) -> None:
    path = h5(tmp_path / "a.h5", **SIGNS | {"list_classes": np.array([b"Hund", "Kätzchen".encode("latin-1")])})
    assert read_h5(path)[2] == ("Hund", "K\N{REPLACEMENT CHARACTER}tzchen")


def test_damaged_h5(tmp_path: Path) -> None:
    path = h5(tmp_path / "a.h5", **SIGNS)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"cannot read .* wanted a whole h5 file\. Delete it"):
        read_h5(path)
    whole = h5(tmp_path / "e.h5", **SIGNS).read_bytes()
    tree = whole.index(b"TREE")  # of the names in the file: h5py opens it and stumbles later
    path.write_bytes(whole[:tree] + b"\0\0\0\0" + whole[tree + 4 :])
    with pytest.raises(DataError, match=r"cannot read .* wanted a whole h5 file\. Delete it"):
        read_h5(path)
    other = h5(tmp_path / "b.h5", train_set_x=SIGNS["train_set_x"], mean=1.0)
    with pytest.raises(DataError, match=r"got the keys mean, train_set_x, wanted arrays under train_set_y, list_"):
        read_h5(other)
    number = h5(tmp_path / "d.h5", **SIGNS | {"train_set_y": 3})
    with pytest.raises(DataError, match=r"wanted arrays under train_set_y\. Check"):
        read_h5(number)
    floats = h5(tmp_path / "c.h5", **SIGNS | {"train_set_x": np.ones((2, 4, 5, 3))})
    with pytest.raises(DataError, match=r"got pictures of shape \(2, 4, 5, 3\) and dtype float64"):
        read_h5(floats)
