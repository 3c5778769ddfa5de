"""The data set: what it holds, what it takes out, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.data import DataError, Dataset
from cnnlab.shapes import ShapeError

IMAGES = np.linspace(0, 1, 2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)


def test_take_and_picture() -> None:
    both = Dataset(IMAGES, np.array([1, 0]), ("a", "b"))
    assert repr(both.take([1])) == "Dataset: 1 pictures 3×4×5, 2 classes"
    assert both.take(both.labels == 1).labels.tolist() == [1]
    assert both.take(slice(0)).images.shape == (0, 3, 4, 5)
    assert both.picture(1).shape == (4, 5, 3)
    assert both.picture(1).dtype == np.uint8
    assert both.picture(1)[-1, -1, -1] == 255
    assert Dataset(IMAGES[:, :1], both.labels, both.classes).picture(0).shape == (4, 5)


def test_lists_will_do() -> None:
    some = Dataset(IMAGES.tolist(), [0, 1], ["a", "b"])  # type: ignore[arg-type]
    assert some.images.shape == IMAGES.shape
    assert some.classes[some.labels[1]] == "b"


def test_what_is_no_data_set_and_the_remedies() -> None:
    labels = np.array([1, 0])
    with pytest.raises(ShapeError, match=r"images: got 3 axes .* Add a channel axis with images\[:, None\]"):
        Dataset(IMAGES[:, 0], labels, ("a", "b"))
    Dataset(IMAGES[:, 0][:, None], labels, ("a", "b"))
    with pytest.raises(ShapeError, match=r"labels: got shape \(2, 1\), wanted \(2,\).*labels.ravel"):
        Dataset(IMAGES, labels[:, None], ("a", "b"))
    Dataset(IMAGES, labels[:, None].ravel(), ("a", "b"))
    for wrong in (2, None, "ab"):
        with pytest.raises(TypeError, match=r"classes: got .*, wanted the names .* or range\(10\)"):
            Dataset(IMAGES, labels, wrong)  # type: ignore[arg-type]
    assert Dataset(IMAGES, labels, range(10)).classes[3] == "3"  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"labels: got dtype float64, wanted whole numbers.*astype\(int\)"):
        Dataset(IMAGES, labels.astype(float), ("a", "b"))
    Dataset(IMAGES, labels.astype(float).astype(int), ("a", "b"))
    with pytest.raises(DataError, match=r"labels: got 2 at position 1, wanted 0 to 1, .* Count the classes from 0"):
        Dataset(IMAGES, labels + np.array([0, 2]), ("a", "b"))
    with pytest.raises(DataError, match=r"got -1 at position 1"):
        Dataset(IMAGES, labels - np.array([0, 1]), ("a", "b"))
