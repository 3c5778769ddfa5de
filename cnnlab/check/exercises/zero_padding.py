"""The zero padding of notebook 02: pictures (m, H, W, C) get a rim of zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab.check.exercises.zero_padding_mistakes import MISTAKES
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.task import Task
from cnnlab.conventions import coursera

__all__ = ["ZERO_PAD"]

Array = NDArray[Any]
Shape = tuple[int, int, int, int]


def _plain(seed: int, shape: Shape, pad: int, dtype: DTypeLike = np.float64) -> Probe:
    return Probe(lambda: (_littered(values(seed, shape, 0 if dtype == np.uint8 else -9, 9, dtype), pad), pad))


def _littered(X: Array, pad: int) -> Array:
    """Leave NaN behind where the next array of the result's size is likely to be made: `np.empty` shows itself."""
    m, h, w, c = X.shape
    litter = [np.full((m, h + 2 * pad, w + 2 * pad, c), np.nan) for _ in range(4)]
    del litter
    return X


PROBES = (
    _plain(1, (1, 2, 3, 1), 1),
    _plain(2, (2, 3, 4, 2), 2),
    _plain(3, (3, 4, 2, 3), 1),
    _plain(4, (2, 3, 5, 2), 0),
    _plain(5, (2, 4, 3, 1), 3),
    _plain(6, (1, 1, 1, 4), 2),
    _plain(7, (3, 3, 3, 3), 3),  # all sides alike: only the place of the numbers tells axes apart
    Probe(lambda: (values(8, (2, 3, 4, 3), -80, 80) / 8 + 1 / 16, 2)),
    Probe(lambda: (values(9, (2, 5, 3, 2), -20, 20, np.int64), 1)),
    _plain(10, (2, 3, 4, 3), 2, np.uint8),
    _plain(11, (2, 4, 3, 2), 2, np.float32),
    Probe(lambda: (values(12, (2, 3, 2, 2), -9, -1), 1)),
    Probe(lambda: (values(13, (2, 2, 3, 2), 1, 9), 2)),
    Probe(lambda: (read_only(spread(values(14, (3, 4, 5, 2))).transpose(0, 2, 1, 3)), 2)),
    Probe(lambda: (read_only(values(15, (4, 6, 3, 2)))[::2, ::-1], 1)),
    _plain(16, (5, 6, 7, 3), 4),
    _plain(17, (4, 7, 5, 1), 5),
    _plain(18, (1, 9, 8, 3), 1),
    _plain(19, (1, 1, 5, 2), 0),
    Probe(lambda: (np.zeros((2, 2, 3, 1)), 1)),
    Probe(lambda: (values(20, (2, 3, 4, 2)) * 2.0**-30, 1)),
)


def _facts(X: Array, pad: int) -> frozenset[str]:
    m, h, w, c = X.shape
    found = {
        "no padding (`pad` 0)": pad == 0,
        "a `pad` of 1": pad == 1,
        "a `pad` of 2 or more": pad > 1,
        "pictures that are not square": h != w,
        "tall pictures": h > w,
        "wide pictures": h < w,
        "more than one picture": m > 1,
        "more than one channel": c > 1,
        "pictures of whole numbers": X.dtype.kind in "iu",
        "pictures of bytes (`uint8`)": X.dtype == np.uint8,
        "numbers in single precision (`float32`)": X.dtype == np.float32,
        "an array that must not be written to": not X.flags.writeable,
    }
    return frozenset(words for words, holds in found.items() if holds)


ZERO_PAD = Task(
    parameters=("X", "pad"),
    core=coursera.zero_pad,
    axes={"": "NHWC"},  # the result
    probes=PROBES,
    mistakes=MISTAKES,
    facts=_facts,
    scale=lambda X, pad: np.abs(X.astype(float)).max(),
)
