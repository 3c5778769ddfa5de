"""The generator: the published sequence, its range, and streams that do not depend on their neighbours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.data.splitmix import GOLDEN, Draws, mix


def test_the_published_sequence() -> None:
    """Seed 0 of the reference C code, https://prng.di.unimi.it/splitmix64.c."""
    steps = GOLDEN * np.arange(1, 4, dtype=np.uint64)
    assert [hex(word) for word in mix(steps).tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


@given(st.integers(-5, 5), st.integers(0, 9), st.integers(0, 2**64))
def test_between_stays_between(low: int, span: int, seed: int) -> None:
    drawn = Draws(seed, np.arange(3)).between(low, low + span, 50)
    assert drawn.shape == (3, 50)
    assert drawn.min() >= low
    assert drawn.max() <= low + span


def test_between_reaches_both_ends_equally_often() -> None:
    counts = np.bincount(Draws(1, np.arange(100)).between(0, 4, 1000).ravel())
    assert len(counts) == 5
    np.testing.assert_allclose(counts, 20_000, rtol=0.03)


def test_bell() -> None:
    drawn = Draws(2, np.arange(10)).bell(20_000)
    assert abs(drawn.mean()) < 2
    assert abs(drawn.std() - 209) < 1
    within = (np.abs(drawn) < 209).mean()
    assert abs(within - 0.683) < 0.01  # the share of a normal distribution


def test_a_stream_depends_on_its_item_alone() -> None:
    few, many = Draws(3, np.array([7])), Draws(3, np.arange(20))
    np.testing.assert_array_equal(few.words(5)[0], many.words(5)[7])
    np.testing.assert_array_equal(few.words(5)[0], many.words(5)[7])  # and the streams go on alike
    assert len(np.unique(Draws(3, np.arange(1000)).words(10))) == 10_000
