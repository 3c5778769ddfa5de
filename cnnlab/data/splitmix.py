"""Random numbers that are the same on every machine and in every version of NumPy.

NumPy may change the streams of its generators between versions. Pictures that a test or a lesson talks about must not
change, so they are drawn from SplitMix64, which is a few lines of integer arithmetic.

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 17.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "mix"]

Words = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ / golden ratio, odd: the step of the counter


def mix(words: Words) -> Words:
    """Scramble 64-bit words; ``mix(seed + k · GOLDEN)`` for k = 1, 2, … is the SplitMix64 sequence.

    Examples
    --------
    The first value for seed 0, as the reference implementation in C prints it:

    >>> hex(mix(np.array([GOLDEN]))[0])
    '0xe220a8397b1dcdaf'
    """
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Draws:
    """Random draws for a row of items, each item with a stream of its own.

    Item 7 draws the same numbers whether 10 or 1,000 items are asked for. Successive calls go on along the streams.
    """

    def __init__(self, seed: int, items: NDArray[np.integer]) -> None:
        start = np.full(1, int(seed) % 2**64, np.uint64)
        self._streams: Words = mix(mix(start + GOLDEN) + GOLDEN * items.astype(np.uint64))  # (N,)
        self._taken = 0

    def words(self, count: int) -> Words:
        """Draw `count` 64-bit words per item, (N, count)."""
        steps = np.arange(self._taken + 1, self._taken + count + 1, dtype=np.uint64)
        self._taken += count
        return mix(self._streams[:, None] + GOLDEN * steps)

    def between(self, low: int, high: int, count: int = 1) -> NDArray[np.int64]:
        """Draw `count` whole numbers per item, low ≤ number ≤ high, (N, count); the range may span up to 2³²."""
        top = self.words(count) >> np.uint64(32)
        return low + ((top * np.uint64(high - low + 1)) >> np.uint64(32)).astype(np.int64)

    def bell(self, count: int) -> NDArray[np.int64]:
        """Draw `count` nearly normal whole numbers per item, mean 0, standard deviation 209, (N, count).

        The sum of eight bytes less its mean: what a sum of independent draws looks like is the bell curve.
        """
        low = np.uint64(0x00FF00FF00FF00FF)
        words = self.words(count)
        pairs = (words & low) + ((words >> np.uint64(8)) & low)  # four sums of two bytes, 16 bits apart
        total = (pairs * np.uint64(0x0001000100010001)) >> np.uint64(48)  # the product's top lane adds all four
        return total.astype(np.int64) - 8 * 255 // 2
