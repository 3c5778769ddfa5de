"""From a data set to the batches a network learns from: normalise, split, deal out, vary. Used in notebook 08."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.data.dataset import Dataset, Splits
from cnnlab.shapes import ShapeError
from cnnlab.whole import whole

__all__ = ["batches", "flip", "normalise", "positions", "shift", "split"]

Array = NDArray[Any]


def normalise(images: Array, *, like: Array | None = None) -> Array:
    """Give every channel mean 0 and standard deviation 1, measured on `like`, by default on the pictures themselves.

    Validation and test pictures are normalised *like the training pictures*: their own means are not known when a
    network meets a new picture.

    Parameters
    ----------
    images
        Pictures (N, C, H, W).
    like
        The training pictures (M, C, H, W).

    Examples
    --------
    >>> normalise(np.array([[[[0.0, 2.0]]]])).tolist()
    [[[[-1.0, 1.0]]]]
    >>> normalise(np.array([[[[4.0]]]]), like=np.array([[[[0.0, 2.0]]]])).tolist()
    [[[[3.0]]]]
    """
    images = _pictures("images", images)
    reference = images if like is None else _pictures("like", like)
    if reference.shape[1] != images.shape[1]:
        raise ShapeError(
            f"like: got {reference.shape[1]} channels for pictures with {images.shape[1]}, wanted as many. "
            "Pass the training pictures of the same data set."
        )
    if not reference.size:
        raise ShapeError("like: got no pictures, wanted at least one. Pass the training pictures.")
    # In float64: a float32 mean over millions of pixels drifts.
    mean = reference.mean((0, 2, 3), dtype=np.float64).reshape(1, -1, 1, 1)
    spread = reference.std((0, 2, 3), dtype=np.float64).reshape(1, -1, 1, 1)
    spread = np.where(spread > 0, spread, 1)  # a channel that never changes becomes 0, not 0 / 0
    dtype = images.dtype if images.dtype.kind == "f" else np.dtype(np.float64)
    normal: Array = (images - mean.astype(dtype)) / spread.astype(dtype)
    return normal


def split(dataset: Dataset, *, validation: float = 0.1, test: float = 0.2, seed: int = 0) -> Splits:
    """Deal a data set into training, validation and test part, every class in the same shares.

    Parameters
    ----------
    dataset
        The whole.
    validation, test
        Shares of the whole, 0 ≤ share < 1; the rest is for training.
    seed
        Another seed, another deal.

    Raises
    ------
    ValueError
        If a share is out of range or nothing is left to learn from.

    Examples
    --------
    >>> whole = Dataset(np.zeros((20, 1, 2, 2), np.float32), np.arange(20) % 2, ("even", "odd"))
    >>> [len(part) for part in split(whole, validation=0.1, test=0.2)]
    [14, 2, 4]
    """
    for name, share in (("validation", validation), ("test", test)):
        if not 0 <= share < 1:
            raise ValueError(f"{name}: got {share}, wanted a share from 0 to less than 1. Write 0.1 for a tenth.")
    if validation + test >= 1:
        raise ValueError(
            f"validation + test: got {validation + test:g}, wanted less than 1, for the rest is learnt from. "
            "Choose smaller shares."
        )
    rng = np.random.default_rng(whole("seed", seed, 0))
    parts: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
    for label in range(len(dataset.classes)):
        rows = rng.permutation(np.flatnonzero(dataset.labels == label))
        for_test, for_validation = round(len(rows) * test), round(len(rows) * validation)
        for part, chosen in zip(
            parts, np.split(rows, [len(rows) - for_test - for_validation, len(rows) - for_test]), strict=True
        ):
            part.append(chosen)
    return Splits(*(dataset.take(np.sort(np.concatenate(part))) for part in parts))


def positions(n: int, size: int, rng: np.random.Generator | None = None) -> Iterator[NDArray[np.int64]]:
    """Deal out the positions 0 … n − 1, `size` at a time and at last those that are left; shuffled if `rng` is given.

    Examples
    --------
    >>> [part.tolist() for part in positions(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    size = whole("size", size, 1, remedy="Write 32, for example, for 32 pictures per batch.")
    order = np.arange(n) if rng is None else rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


def batches(dataset: Dataset, size: int, rng: np.random.Generator | None = None) -> Iterator[tuple[Array, Array]]:
    """Deal out pictures and labels, `size` at a time: 1 for stochastic descent, ``len(dataset)`` for batch descent.

    The last batch may be smaller. With `rng` the order is shuffled, the same for the same generator state.

    Examples
    --------
    >>> whole = Dataset(np.zeros((5, 1, 2, 2), np.float32), np.arange(5) % 2, ("even", "odd"))
    >>> [labels.tolist() for _, labels in batches(whole, 2)]
    [[0, 1], [0, 1], [0]]
    """
    for rows in positions(len(dataset), size, rng):
        yield dataset.images[rows], dataset.labels[rows]


def flip(images: Array, rng: np.random.Generator) -> Array:
    """Mirror about half of the pictures (N, C, H, W) left to right. Not for digits: a mirrored 2 is no 2."""
    images = _pictures("images", images)
    chosen = rng.random(len(images)) < 0.5
    return np.where(chosen[:, None, None, None], images[..., ::-1], images)


def shift(images: Array, rng: np.random.Generator, *, most: int = 2) -> Array:
    """Move every picture (N, C, H, W) by up to `most` pixels along each axis; what moves in is the rim, repeated.

    Examples
    --------
    >>> moved = shift(np.arange(9.0).reshape(1, 1, 3, 3), np.random.default_rng(0), most=1)
    >>> moved.shape
    (1, 1, 3, 3)
    """
    images = _pictures("images", images)
    height, width = images.shape[2:]
    whole("most", most, 0, min(height, width) - 1, remedy=f"Choose fewer pixels than {height}×{width} pictures have.")
    down, right = rng.integers(-most, most + 1, (2, len(images), 1))
    rows = np.clip(np.arange(height) - down, 0, height - 1)  # (N, H)
    columns = np.clip(np.arange(width) - right, 0, width - 1)  # (N, W)
    n = np.arange(len(images))[:, None, None]
    # Two index arrays around the channels' slice send the channels last: bring them back.
    return np.moveaxis(images[n, :, rows[:, :, None], columns[:, None, :]], -1, 1)


def _pictures(name: str, given: ArrayLike) -> Array:
    images = np.asarray(given)
    if images.ndim != 4:
        raise ShapeError(
            f"{name}: got {images.ndim} axes with shape {images.shape}, wanted 4 (pictures, channels, rows, columns)."
            f" Add the missing with {name}[None] or {name}[:, None]."
        )
    return images
