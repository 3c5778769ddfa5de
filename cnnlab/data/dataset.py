"""What every loader returns: pictures, labels and the classes' names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError

__all__ = ["DataError", "Dataset", "Splits"]


class DataError(ValueError):
    """A data file or array does not hold what it should; the message says which, what was wanted and a remedy."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures (N, C, H, W), float32 from 0 to 1 as loaded, and their labels (N,), 0 ≤ label < number of classes.

    Raises
    ------
    ShapeError
        If the pictures have not 4 axes, or labels and pictures are not equally many.
    DataError
        If a label is not a whole number or names no class.

    Examples
    --------
    >>> cats = Dataset(np.zeros((2, 1, 4, 5), np.float32), np.array([1, 0]), ("dog", "cat"))
    >>> cats
    Dataset: 2 pictures 1×4×5, 2 classes
    >>> cats.classes[cats.labels[0]]
    'cat'
    """

    images: NDArray[Any]  # (N, C, H, W)
    labels: NDArray[Any]  # (N,)
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", np.asarray(self.images))
        object.__setattr__(self, "labels", np.asarray(self.labels))
        classes: Any = self.classes
        if isinstance(classes, str) or not isinstance(classes, Iterable):
            raise TypeError(
                f"classes: got {classes!r}, wanted the names of the classes. Write classes=('cat', 'dog'), or "
                "range(10) where they are numbers."
            )
        object.__setattr__(self, "classes", tuple(map(str, classes)))
        if self.images.ndim != 4:
            raise ShapeError(
                f"images: got {self.images.ndim} axes with shape {self.images.shape}, wanted 4 (pictures, channels, "
                "rows, columns). Add a channel axis with images[:, None]; move channels last to second with "
                "np.moveaxis(images, -1, 1)."
            )
        if self.labels.shape != self.images.shape[:1]:
            raise ShapeError(
                f"labels: got shape {self.labels.shape}, wanted {self.images.shape[:1]}, one label for each picture. "
                "Flatten them with labels.ravel() and take as many labels as pictures."
            )
        if self.labels.dtype.kind not in "iu":
            raise DataError(
                f"labels: got dtype {self.labels.dtype}, wanted whole numbers. Convert with labels.astype(int)."
            )
        outside = (self.labels < 0) | (self.labels >= len(self.classes))
        if outside.any():
            where = int(np.argmax(outside))
            raise DataError(
                f"labels: got {self.labels[where]} at position {where}, wanted 0 to {len(self.classes) - 1}, for there "
                f"are {len(self.classes)} classes. Count the classes from 0, or name all of them."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        size = "×".join(map(str, self.images.shape[1:]))
        return f"Dataset: {len(self)} pictures {size}, {len(self.classes)} classes"

    def take(self, which: ArrayLike | slice) -> Dataset:
        """Return the pictures at these positions, or where a mask is true, as a data set of its own."""
        rows = which if isinstance(which, slice) else np.asarray(which)
        if not isinstance(rows, slice) and not rows.size:
            rows = slice(0)  # an empty list has no whole-number dtype
        return Dataset(self.images[rows], self.labels[rows], self.classes)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Return one picture as image libraries want it: uint8, (H, W, 3), or (H, W) if it has one channel."""
        pixels = np.rint(np.clip(self.images[index], 0, 1) * 255).astype(np.uint8)
        return pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)


class Splits(NamedTuple):
    """A data set in three parts: learn from `train`, choose by `validation`, report `test` once at the end."""

    train: Dataset
    validation: Dataset
    test: Dataset
