"""Public data sets from a folder, or downloaded into it: MNIST, Fashion-MNIST, CIFAR-10, SIGNS, cats.

Used in notebook 08.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DataError, Dataset
from cnnlab.data.download import fetch
from cnnlab.data.readers import read_cifar, read_h5, read_idx, unpack
from cnnlab.whole import whole

__all__ = ["cats", "cifar10", "fashion_mnist", "mnist", "signs"]

Part = Literal["train", "test"]
Folder = str | Path | None

FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def mnist(folder: Folder = None, part: Part = "train", *, limit: int | None = None, download: bool = False) -> Dataset:
    """Load MNIST: handwritten digits, (1, 28, 28), 60,000 to train and 10,000 to test.

    Parameters
    ----------
    folder
        Where the four idx files are, packed (.gz) or not; also one or two folders further down.
    part
        "train" or "test".
    limit
        Take only the first so many.
    download
        Fetch the files first if they are not there; without `folder` into the user's cache.

    Raises
    ------
    FileNotFoundError
        If a file is not there; the message says which and how to get it.
    DataError
        If a file is damaged or not what its name says.
    """
    return _mnist("mnist", folder, part, limit, download, tuple("0123456789"))


def fashion_mnist(
    folder: Folder = None, part: Part = "train", *, limit: int | None = None, download: bool = False
) -> Dataset:
    """Load Fashion-MNIST: clothes, (1, 28, 28), 60,000 to train and 10,000 to test. Parameters as for :func:`mnist`."""
    return _mnist("fashion_mnist", folder, part, limit, download, FASHION)


def cifar10(
    folder: Folder = None, part: Part = "train", *, limit: int | None = None, download: bool = False
) -> Dataset:
    """Load CIFAR-10, binary version: photographs, (3, 32, 32), 50,000 to train and 10,000 to test.

    The folder holds ``cifar-10-binary.tar.gz``, which is read as it is, or the unpacked ``data_batch_1.bin`` …
    ``data_batch_5.bin`` and ``test_batch.bin``. Parameters as for :func:`mnist`.
    """
    where = _folder("cifar10", folder, download)
    names = [f"data_batch_{i}.bin" for i in range(1, 6)] if _part(part) == "train" else ["test_batch.bin"]
    archive = _find(where, "cifar-10-binary.tar.gz")
    if archive is not None:
        raw = list(unpack(archive, names))
    else:
        paths = [_must_find("cifar10", where, name) for name in names]
        raw = [(str(path), path.read_bytes()) for path in paths]
    parts = [read_cifar(content, source) for source, content in raw]
    images, labels = (np.concatenate(arrays)[: _most(limit)] for arrays in zip(*parts, strict=True))
    return _dataset(images, labels, CIFAR, str(archive or where))


def signs(folder: Folder, part: Part = "train", *, limit: int | None = None) -> Dataset:
    """Load SIGNS: hands showing 0 to 5, (3, 64, 64), from ``train_signs.h5`` and ``test_signs.h5`` in a folder."""
    return _h5("signs", folder, f"{_part(part)}_signs.h5", limit)


def cats(folder: Folder, part: Part = "train", *, limit: int | None = None) -> Dataset:
    """Load the cat pictures, (3, 64, 64), from ``train_catvnoncat.h5`` and ``test_catvnoncat.h5`` in a folder."""
    return _h5("cats", folder, f"{_part(part)}_catvnoncat.h5", limit)


def _mnist(
    name: str, folder: Folder, part: Part, limit: int | None, download: bool, classes: tuple[str, ...]
) -> Dataset:
    where = _folder(name, folder, download)
    prefix = "train" if _part(part) == "train" else "t10k"
    paths = [_must_find(name, where, f"{prefix}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")]
    images, labels = (read_idx(path)[: _most(limit)] for path in paths)
    for path, array, axes in ((paths[0], images, 3), (paths[1], labels, 1)):
        if array.ndim != axes:
            raise DataError(f"{path}: got {array.ndim} axes, wanted {axes}. Check that the name belongs to this file.")
    return _dataset(images[:, None], labels, classes, str(paths[0]))


def _h5(name: str, folder: Folder, file: str, limit: int | None) -> Dataset:
    path = _must_find(name, _folder(name, folder, False), file)
    return _dataset(*read_h5(path, _most(limit)), str(path))


def _dataset(images: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...], source: str) -> Dataset:
    if len(images) != len(labels):
        raise DataError(
            f"{source}: got {len(images):,} pictures and {len(labels):,} labels, wanted equally many. "
            "Check that both files are of the same part, or download them again."
        )
    try:
        whole = labels.astype(np.int64) if labels.dtype.kind in "iu" else labels
        return Dataset(images.astype(np.float32) / np.float32(255), whole, classes)
    except DataError as error:
        told, _, _ = str(error).partition(". ")  # the remedy for arrays does not help with a file
        raise DataError(f"{source}: {told}. It is damaged or of another data set: take another copy.") from None


def _part(part: Part) -> Part:
    if part not in ("train", "test"):
        raise ValueError(f'part: got {part!r}, wanted "train" or "test". Cut a validation part off with data.split.')
    return part


def _most(limit: int | None) -> int | None:
    return None if limit is None else whole("limit", limit, 1, remedy="Write limit=100, or None for all.")


def _folder(name: str, folder: Folder, download: bool) -> Path:
    if download:
        return fetch(name, folder)
    if folder is None:
        raise ValueError(f"folder: got None, wanted the folder with the files. Pass {_remedy(name)}.")
    where = Path(folder).expanduser()
    if not where.is_dir():
        raise FileNotFoundError(
            f"folder: got {folder}, wanted a folder that exists. Create it, or pass {_remedy(name)}."
        )
    return where


def _remedy(name: str) -> str:
    if name in ("signs", "cats"):
        return f"the folder of the course's {name} files, for example data.{name}('datasets')"
    return f"download=True (or --download to cnnlab train), or a folder as in data.{name}('datasets')"


def _find(folder: Path, name: str) -> Path | None:
    """Find a file in a folder or up to two below it; under its name, packed, or with a dot before "idx"."""
    spellings = (name, f"{name}.gz", name.replace("-idx", ".idx"), f"{name.replace('-idx', '.idx')}.gz")
    found = (
        path for depth in ("", "*/", "*/*/") for spelling in spellings for path in sorted(folder.glob(depth + spelling))
    )
    return next(filter(Path.is_file, found), None)  # an archive may unpack into a folder of its file's name


def _must_find(name: str, folder: Path, file: str) -> Path:
    path = _find(folder, file)
    if path is None:
        raise FileNotFoundError(
            f"folder: got {folder}, in which there is no {file}, wanted the files of {name}. Copy {file} there, or "
            f"pass {_remedy(name)}."
        )
    return path
