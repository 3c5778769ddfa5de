"""Normalise, split, deal out, vary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.data import Dataset, batches, flip, normalise, positions, shift, split
from cnnlab.shapes import ShapeError


def numbered(n: int, classes: int = 3) -> Dataset:
    """Pictures whose only pixel is their number."""
    names = tuple("abcdefghij"[:classes])
    return Dataset(np.arange(n, dtype=np.float32).reshape(n, 1, 1, 1), np.arange(n) % classes, names)


def test_normalise_per_channel() -> None:
    rng = np.random.default_rng(0)
    images = rng.normal([[[[5]], [[-2]]]], [[[[3]], [[0.1]]]], (20, 2, 4, 3)).astype(np.float32)
    normal = normalise(images)
    assert normal.dtype == np.float32
    np.testing.assert_allclose(normal.mean((0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(normal.std((0, 2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(normalise(images[:3], like=images), normal[:3])
    np.testing.assert_array_equal(normalise(np.full((2, 1, 3, 3), 7.0)), 0)  # a constant channel, no 0 / 0


def test_normalise_errors_and_remedies() -> None:
    images = np.ones((2, 3, 4, 5))
    with pytest.raises(ShapeError, match=r"images: got 3 axes .* images\[None\]"):
        normalise(images[0])
    normalise(images[0][None])
    with pytest.raises(ShapeError, match=r"like: got 1 channels for pictures with 3"):
        normalise(images, like=images[:, :1])
    with pytest.raises(ShapeError, match=r"like: got no pictures"):
        normalise(images, like=images[:0])
    assert normalise(images[:0], like=images).shape == (0, 3, 4, 5)


@given(st.integers(30, 90), st.floats(0, 0.4), st.floats(0, 0.4), st.integers(0, 5))
def test_split_deals_every_picture_once_and_every_class_alike(
    n: int, validation: float, test: float, seed: int
) -> None:
    whole = numbered(n)
    parts = split(whole, validation=validation, test=test, seed=seed)
    dealt = np.concatenate([part.images.ravel() for part in parts])
    assert sorted(dealt.tolist()) == list(range(n))
    for part, share in ((parts.validation, validation), (parts.test, test)):
        of_class = np.bincount(part.labels, minlength=3)
        assert np.abs(of_class - np.bincount(whole.labels) * share).max() <= 0.5
        assert (part.labels == part.images.ravel() % 3).all()  # labels stay with their pictures


def test_split_is_repeatable() -> None:
    first, again, other = (split(numbered(50), seed=seed).test.images for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_shares_that_make_no_sense_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"validation: got 10, wanted a share .* Write 0.1"):
        split(numbered(30), validation=10)
    assert len(split(numbered(30), validation=0.1).validation) == 3
    with pytest.raises(ValueError, match=r"validation \+ test: got 1.1, wanted less than 1"):
        split(numbered(30), validation=0.6, test=0.5)


@given(st.integers(0, 30), st.integers(1, 40), st.one_of(st.none(), st.integers(0, 3)))
def test_batches_deal_out_everything_once(n: int, size: int, seed: int | None) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    dealt = [images.ravel() for images, _ in batches(numbered(n), size, rng)]
    assert [len(part) for part in dealt] == [size] * (n // size) + [n % size] * (n % size > 0)
    order = np.concatenate(dealt) if dealt else np.empty(0)
    assert sorted(order.tolist()) == list(range(n))
    if seed is None:
        assert (np.diff(order) > 0).all()


def test_batches_are_shuffled_repeatably() -> None:
    first, again = ([rows.tolist() for rows in positions(20, 6, np.random.default_rng(4))] for _ in range(2))
    assert first == again
    assert np.concatenate(first).tolist() != list(range(20))
    for wrong in (0, 2.5):
        with pytest.raises(ValueError, match=rf"size: got {wrong}, wanted a whole number, at least 1. Write 32"):
            next(batches(numbered(3), wrong))  # type: ignore[arg-type]


def test_flip_mirrors_about_half() -> None:
    images = np.arange(400.0).reshape(200, 1, 1, 2)
    flipped = flip(images, np.random.default_rng(0))
    turned = (flipped != images).any((1, 2, 3))
    np.testing.assert_array_equal(flipped[turned], images[turned][..., ::-1])
    assert 70 < turned.sum() < 130


@given(st.integers(1, 5), st.integers(1, 4), st.integers(2, 6), st.integers(2, 6), st.integers(0, 99))
def test_shift_moves_and_repeats_the_rim(n: int, channels: int, height: int, width: int, seed: int) -> None:
    images = np.random.default_rng(seed).random((n, channels, height, width))
    most = min(height, width) - 1
    moved = shift(images, np.random.default_rng(seed), most=most)
    padded = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)), mode="edge")
    for before, after in zip(padded, moved, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(before, (height, width), axis=(1, 2))
        same = (windows == after[:, None, None]).all((0, 3, 4))  # (2·most + 1, 2·most + 1): one window, all channels
        assert same.any()
    np.testing.assert_array_equal(shift(images, np.random.default_rng(seed), most=0), images)


@pytest.mark.parametrize("vary", [flip, shift])
def test_one_picture_is_no_batch(vary: Any) -> None:
    picture, rng = np.ones((3, 4, 5)), np.random.default_rng(0)
    with pytest.raises(ShapeError, match=r"images: got 3 axes .* images\[None\]"):
        vary(picture, rng)
    assert vary(picture[None], rng).shape == (1, 3, 4, 5)


def test_shift_too_far_and_the_remedy() -> None:
    with pytest.raises(
        ValueError, match=r"most: got 3, wanted a whole number from 0 to 2. Choose fewer pixels than 3×4"
    ):
        shift(np.ones((1, 1, 3, 4)), np.random.default_rng(0), most=3)
    shift(np.ones((1, 1, 3, 4)), np.random.default_rng(0), most=2)


def test_a_seed_is_a_number_and_pictures_may_be_a_list() -> None:
    with pytest.raises(ValueError, match=r"seed: got 'three', wanted a whole number, at least 0"):
        split(numbered(50), seed="three")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"images: got 0 axes with shape \(\), wanted 4"):
        normalise(numbered(50))  # type: ignore[arg-type]
    np.testing.assert_array_equal(normalise([[[[0.0, 2.0]]]]), [[[[-1.0, 1.0]]]])  # type: ignore[arg-type]
