"""Data sets from folders: found wherever they lie, and refused in a sentence when something is wrong."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import DataError
from tests.data.test_readers import SIGNS, h5, idx

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 28, 28), np.uint8)
LABELS = np.tile(np.arange(10, dtype=np.uint8), 2)


def put_mnist(folder: Path, *, packed: bool = True, dotted: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, n in (("train", 20), ("t10k", 5)):
        for kind, cells in (("images-idx3", PIXELS[:n]), ("labels-idx1", LABELS[:n])):
            name = f"{prefix}-{kind}-ubyte"
            name = (name.replace("-idx", ".idx") if dotted else name) + (".gz" if packed else "")
            (folder / name).write_bytes(gzip.compress(idx(cells)) if packed else idx(cells))


def batch(labels: list[int]) -> bytes:
    return b"".join(bytes([label]) + RNG.integers(0, 256, 3072, np.uint8).tobytes() for label in labels)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dotted", [True, False])
@pytest.mark.parametrize("below", ["", "MNIST/raw"])
def test_mnist_however_it_lies(tmp_path: Path, packed: bool, dotted: bool, below: str) -> None:
    put_mnist(tmp_path / below, packed=packed, dotted=dotted)
    train, test = data.mnist(tmp_path), data.mnist(tmp_path, "test")
    assert repr(train) == "Dataset: 20 pictures 1×28×28, 10 classes"
    assert len(test) == 5
    np.testing.assert_allclose(train.images[:, 0] * 255, PIXELS, atol=1e-4)
    assert train.labels.tolist() == LABELS.tolist()
    assert data.fashion_mnist(tmp_path, limit=3).classes[2] == "pullover"
    assert len(data.mnist(tmp_path, limit=3)) == 3


def test_each_file_in_a_folder_of_its_own_name(tmp_path: Path) -> None:
    put_mnist(tmp_path, packed=False)
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / "moving")
        path.mkdir()
        (tmp_path / "moving").rename(path / path.name)
    assert len(data.mnist(tmp_path)) == 20


def test_a_folder_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    put_mnist(tmp_path / "pictures")
    assert len(data.mnist("~/pictures")) == 20


def test_mnist_errors_and_remedies(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"folder: got None, .* Pass download=True .*, or a folder as in data.mnist"):
        data.mnist()
    with pytest.raises(FileNotFoundError, match=r"wanted a folder that exists. Create it"):
        data.mnist(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"no train-images-idx3-ubyte, .* Copy train-images-idx3-ubyte there"):
        data.mnist(tmp_path)
    put_mnist(tmp_path)
    data.mnist(tmp_path)
    with pytest.raises(ValueError, match=r'part: got \'validation\', wanted "train" or "test"'):
        data.mnist(tmp_path, "validation")  # type: ignore[arg-type]
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(idx(LABELS[:7])))
    with pytest.raises(DataError, match=r"got 20 pictures and 7 labels, wanted equally many"):
        data.mnist(tmp_path)
    labels.write_bytes(gzip.compress(idx(LABELS + np.uint8(1))))
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz: labels: got 10 at position 9, wanted 0 to 9"):
        data.mnist(tmp_path)
    labels.write_bytes(gzip.compress(idx(PIXELS)))
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz: got 3 axes, wanted 1"):
        data.mnist(tmp_path)


@pytest.mark.parametrize("archived", [True, False])
def test_cifar10(tmp_path: Path, archived: bool) -> None:
    contents = {f"data_batch_{i}.bin": batch([i, 9]) for i in range(1, 6)} | {"test_batch.bin": batch([3])}
    folder = tmp_path / "cifar-10-batches-bin"
    if archived:
        with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz") as tar:
            for name, content in contents.items():
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    else:
        folder.mkdir()
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    train = data.cifar10(tmp_path)
    assert train.labels.tolist() == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]
    pixels = np.frombuffer(contents["data_batch_2.bin"], np.uint8)[1 : 1 + 3072].reshape(3, 32, 32)
    np.testing.assert_array_equal(train.picture(2), np.moveaxis(pixels, 0, -1))
    assert data.cifar10(tmp_path, "test").classes[3] == "cat"
    if archived:
        assert not folder.exists()  # read as it is: nothing is unpacked


def test_one_wrong_pixel_in_an_archive_is_noticed(tmp_path: Path) -> None:
    content = batch([7])
    with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz", compresslevel=0) as tar:  # so it lies there as it is
        member = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    archive = tmp_path / "cifar-10-binary.tar.gz"
    archive.write_bytes(archive.read_bytes().replace(content, content[:-1] + bytes([content[-1] ^ 1])))
    with pytest.raises(DataError, match=r"damaged archive \(CRC check failed .* Delete it and download it again"):
        data.cifar10(tmp_path, "test")


def test_damaged_cifar10(tmp_path: Path) -> None:
    archive = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("cifar-10-batches-py/data_batch_1"), io.BytesIO())
    with pytest.raises(DataError, match=r"an archive without data_batch_1.bin, wanted the binary version"):
        data.cifar10(tmp_path)
    archive.write_bytes(archive.read_bytes()[:40])
    with pytest.raises(DataError, match=r"damaged archive .* Delete it and download it again"):
        data.cifar10(tmp_path)
    archive.unlink()
    with pytest.raises(FileNotFoundError, match=r"no data_batch_1.bin, wanted the files of cifar10. .* download=True"):
        data.cifar10(tmp_path)
    for i in range(1, 6):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(batch([10]))
    with pytest.raises(DataError, match=r"labels: got 10 at position 0, wanted 0 to 9.* take another copy"):
        data.cifar10(tmp_path)
    for limit in (-1, 2.5):
        with pytest.raises(ValueError, match=rf"limit: got {limit}, wanted a whole number, at least 1"):
            data.cifar10(tmp_path, limit=limit)  # type: ignore[arg-type]


def test_signs_and_cats(tmp_path: Path) -> None:
    h5(tmp_path / "train_catvnoncat.h5", **SIGNS)
    h5(tmp_path / "test_signs.h5", **{key.replace("train", "test"): value for key, value in SIGNS.items()})
    assert repr(data.cats(tmp_path)) == "Dataset: 2 pictures 3×4×5, 2 classes"
    assert data.signs(tmp_path, "test").labels.tolist() == [1, 0]
    with pytest.raises(FileNotFoundError, match=r"no train_signs.h5, wanted the files of signs. Copy train_signs.h5"):
        data.signs(tmp_path)
    h5(tmp_path / "train_signs.h5", **SIGNS | {"train_set_y": np.array([0.5, 1])})
    with pytest.raises(DataError, match=r"labels: got dtype float64, wanted whole numbers"):
        data.signs(tmp_path)


def test_load_gives_three_parts(tmp_path: Path) -> None:
    put_mnist(tmp_path)
    train, validation, test = data.load("mnist", tmp_path, limit=20)
    assert (len(train), len(validation), len(test)) == (20, 0, 5)  # a tenth of two pictures per class is none
    assert [len(part) for part in data.load("digits")] == [1259, 179, 359]
    h5(tmp_path / "train_signs.h5", **SIGNS)
    h5(tmp_path / "test_signs.h5", **SIGNS)
    assert len(data.load("signs", tmp_path).test) == 2
    with pytest.raises(ValueError, match=r"name: got 'imagenet', wanted one of digits, shapes, mnist"):
        data.load("imagenet")
