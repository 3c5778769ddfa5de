"""Generated shapes: the same pixels everywhere, every class, and what cannot be drawn."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnlab.data import SHAPES, shapes
from cnnlab.data.generated import ONE, TURN, Difficulty


def levels(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(images * 255).astype(np.uint8)


@pytest.mark.parametrize(("difficulty", "checksum"), [("easy", 460411930), ("medium", 2360945474), ("hard", 651447571)])
def test_the_pixels_never_change(difficulty: Difficulty, checksum: int) -> None:
    drawn = shapes(40, seed=5, difficulty=difficulty)
    assert drawn.images.dtype == np.float32
    np.testing.assert_array_equal(levels(drawn.images) / np.float32(255), drawn.images)
    assert zlib.crc32(levels(drawn.images).tobytes(), zlib.crc32(drawn.labels.astype("<i8").tobytes())) == checksum


def test_no_cosine_lies_where_libraries_could_round_it_differently() -> None:
    for k in range(TURN):
        scaled = ONE * math.cos(2 * math.pi * k / TURN)
        assert abs(abs(scaled - math.floor(scaled)) - 0.5) > 1e-6


def test_the_first_ten_of_many_are_the_ten() -> None:
    few, many = shapes(10, size=16, seed=3), shapes(70, size=16, seed=3)
    np.testing.assert_array_equal(few.images, many.images[:10])
    np.testing.assert_array_equal(few.labels, many.labels[:10])
    assert not np.array_equal(few.images, shapes(10, size=16, seed=4).images)
    np.testing.assert_array_equal(few.images, shapes(10, size=16, seed=np.int64(3)).images)  # type: ignore[arg-type]


def test_every_six_hold_each_class() -> None:
    labels = shapes(60, size=8).labels.reshape(-1, 6)
    assert (np.sort(labels, axis=1) == np.arange(6)).all()
    assert len({tuple(row) for row in labels.tolist()}) > 5  # in changing order


def test_the_shapes_are_what_their_names_say() -> None:
    """Share of the square around each shape that it covers, at any turn: known from geometry."""
    drawn = shapes(60, size=64, seed=1)
    areas: dict[str, list[float]] = {name: [] for name in SHAPES}
    for image, label in zip(drawn.images, drawn.labels, strict=True):
        ground = np.median(image[:, :4].reshape(3, -1), axis=1)
        far = np.abs(image - ground[:, None, None]).max(0)
        inside = far > far.max() / 2
        rows, columns = np.nonzero(inside.any(1))[0], np.nonzero(inside.any(0))[0]
        box = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        areas[SHAPES[label]].append(float(box.mean()))
    mean = {name: np.mean(shares) for name, shares in areas.items()}
    assert abs(mean["circle"] - math.pi / 4) < 0.02
    assert abs(mean["ring"] - math.pi / 4 * (1 - 0.6**2)) < 0.03
    assert mean["square"] > 0.75
    assert 0.35 < mean["triangle"] < 0.55
    assert mean["star"] < 0.42
    assert 0.4 < mean["cross"] < 0.56


def test_hard_is_harder_than_easy() -> None:
    spread = {}
    for difficulty in ("easy", "medium", "hard"):
        images = shapes(12, seed=2, difficulty=difficulty).images
        spread[difficulty] = float(np.abs(np.diff(images[:, :, :6], axis=3)).mean())  # noise of the background
    assert spread["easy"] < spread["medium"] < spread["hard"]


def test_none_at_all() -> None:
    assert shapes(0).images.shape == (0, 3, 64, 64)


def test_what_cannot_be_drawn_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"size: got 4, wanted a whole number from 8 to 512"):
        shapes(3, size=4)
    assert shapes(3, size=8).images.shape == (3, 3, 8, 8)
    with pytest.raises(ValueError, match=r"n: got -1, wanted a whole number from 0 to"):
        shapes(-1)
    with pytest.raises(ValueError, match=r"n: got 2.5, wanted a whole number"):
        shapes(2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"seed: got 0.5, wanted a whole number. Write seed=0"):
        shapes(3, seed=0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"difficulty: got 'brutal', wanted one of easy, medium, hard"):
        shapes(3, difficulty="brutal")  # type: ignore[arg-type]
    assert len(shapes(3, size=8, difficulty="hard")) == 3
