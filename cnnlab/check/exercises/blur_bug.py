"""Spot the bug of notebook 02: means of windows, one window too many wherever cells are left over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.spot import spot
from cnnlab.check.task import Mistake, Task

__all__ = ["BLUR_BUG", "suspect_blur_bug"]

Array = NDArray[Any]
Starts = Callable[[int, int, int], range]


def suspect_blur_bug(image: Array, f: int, stride: int) -> Array:
    """Return the mean of every window: f×f cells, one window every `stride` cells."""
    H, W = image.shape
    rows = range(0, H - f + stride, stride)
    columns = range(0, W - f + stride, stride)
    out = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            out[i, j] = image[row : row + f, column : column + f].mean()
    return out


def _right(image: Array, f: int, stride: int) -> Array:
    means, _ = ops.avgpool2d(image[None, None], f, stride=stride)
    result: Array = means[0, 0]
    return result


def _plain(seed: int, shape: tuple[int, int], f: int, stride: int) -> Probe:
    return Probe(lambda: (values(seed, shape), f, stride))


PROBES = (
    _plain(1, (4, 5), 2, 2),
    _plain(2, (5, 4), 3, 1),
    _plain(3, (6, 4), 2, 2),
    _plain(4, (5, 7), 3, 2),
    _plain(5, (6, 5), 3, 2),
    _plain(6, (8, 7), 3, 3),
    _plain(7, (7, 9), 2, 3),
    _plain(8, (9, 6), 4, 3),
    _plain(9, (4, 4), 4, 1),
    _plain(10, (4, 4), 4, 3),
    _plain(11, (4, 6), 4, 5),
    _plain(12, (5, 5), 1, 2),
    _plain(13, (6, 5), 1, 4),
    _plain(14, (10, 11), 5, 4),
    Probe(lambda: (values(15, (6, 7), 0, 255, np.uint8), 3, 2)),
    Probe(lambda: (values(16, (5, 6), -40, 40, np.int64), 2, 3)),
    Probe(lambda: (values(17, (5, 6), -40, 40, np.float32) / np.float32(8), 2, 3)),
    Probe(lambda: (read_only(spread(values(18, (7, 6))).T), 3, 2)),
    _plain(19, (20, 17), 5, 3),
)


def _facts(image: Array, f: int, stride: int) -> frozenset[str]:
    h, w = image.shape
    found = {
        "a stride of 1": stride == 1,
        "a stride above 1": stride > 1,
        "rows left over": (h - f) % stride > 0,
        "columns left over": (w - f) % stride > 0,
        "rows or columns left over": (h - f) % stride > 0 or (w - f) % stride > 0,
        "a window as large as the picture": f == h == w,
        "windows that do not touch": stride > f,
        "a picture that is not square": h != w,
        "a picture of whole numbers": image.dtype.kind in "iu",
    }
    return frozenset(words for words, holds in found.items() if holds)


def _moved(rows: Starts, columns: Starts | None = None) -> Callable[[Array, int, int], Array]:
    """Take the means of windows that start at `rows` and `columns`; a slice over the rim is cut short."""

    def core(image: Array, f: int, stride: int) -> Array:
        h, w = image.shape
        down, across = rows(h, f, stride), (columns or rows)(w, f, stride)
        return np.array([[image[i : i + f, j : j + f].mean() for j in across] for i in down]).reshape(
            len(down), len(across)
        )

    return core


def _fits(n: int, f: int, stride: int) -> range:
    return range(0, n - f + 1, stride)


def _suspect(n: int, f: int, stride: int) -> range:
    return range(0, n - f + stride, stride)


def _kept(image: Array, f: int, stride: int) -> Array:
    """Skip the windows that hang over, but make room for them."""
    h, w = image.shape
    right = _right(image, f, stride)
    out = np.zeros((len(_suspect(h, f, stride)), len(_suspect(w, f, stride))))
    out[: right.shape[0], : right.shape[1]] = right
    return out


def _instead(name: str, says: str, look: str, *cores: Callable[..., Any]) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, says, look, instead=core) for core in cores)


_LAST = (
    "Take 5 cells, a window of 2, a stride of 2. Which starts does your `range` give? Where does the last window end?"
)

MISTAKES = (
    *_instead(
        "size_kept",
        "Windows that hang over are left out now, but the output still has cells for them, and those stayed 0.",
        "How many rows and columns does `out` get, and where does that number come from?",
        _kept,
    ),
    *_instead(
        "one_axis_mended",
        "One axis is mended; along the other, a last window still hangs over the rim.",
        "Rows and columns have the same rule.",
        _moved(_fits, _suspect),
        _moved(_suspect, _fits),
    ),
    *_instead(
        "last_window_missing",
        "Now the last window is missing where it ends exactly on the last cell.",
        _LAST,
        _moved(lambda n, f, stride: range(0, n - f, stride)),
    ),
    *_instead(
        "last_window_missing",
        "Now the last window is missing even where it fits.",
        _LAST,
        _moved(lambda n, f, stride: _fits(n, f, stride)[:-1]),
        _moved(lambda n, f, stride: _suspect(n, f, stride)[:-1]),
        _moved(lambda n, f, stride: range(0, n - f - stride, stride)),
        _moved(lambda n, f, stride: range(0, n - f - stride + 1, stride)),
    ),
    *_instead(
        "hanging_windows",
        "Now even more windows hang over the rim: they start inside, but do not end there.",
        _LAST,
        _moved(lambda n, f, stride: range(0, n, stride)),
        _moved(lambda n, f, stride: range(0, n - 1, stride)),
        _moved(lambda n, f, stride: range(0, n - f + stride + 1, stride)),
    ),
    *_instead(
        "stride_ignored",
        "Now the windows move on by one cell; the step should be `stride`.",
        "What is the third argument of `range`?",
        _moved(lambda n, f, stride: range(n - f + 1)),
    ),
    *_instead(
        "side_by_side",
        "Now the windows lie side by side; the step should be `stride`.",
        "What is the third argument of `range`?",
        _moved(lambda n, f, stride: range(0, n - f + 1, f)),
    ),
    *_instead(
        "sum",
        "These are the sums of the windows; their means are asked for.",
        "Which line of the suspect was right?",
        lambda image, f, stride: _right(image, f, stride) * f**2,
    ),
)


def _usable(image: Any, f: Any, stride: Any) -> str:
    if np.ndim(image) != 2 or not np.size(image):
        return "The first is a picture: an array with rows and columns."
    if not all(isinstance(number, int | np.integer) and number >= 1 for number in (f, stride)):
        return "`f` and `stride` are whole numbers, 1 or more."
    h, w = np.shape(image)
    if f > min(h, w):
        return f"A window of {f}×{f} does not fit on a picture of {h}×{w}."
    return ""


BLUR_BUG = spot(
    "blur_bug",
    suspect_blur_bug,
    Task(
        parameters=("image", "f", "stride"),
        core=_right,
        probes=PROBES,
        mistakes=MISTAKES,
        facts=_facts,
        scale=lambda image, f, stride: np.abs(image.astype(float)).max(),
    ),
    hidden=lambda: (values(1, (6, 6)), 2, 2),
    look="Where does the last window of the suspect end? When does it matter that `+ stride` stands there?",
    says="A last window hangs over the rim; what lies inside has a mean, so nobody complains.",
    mend_look="On the inputs you found, where does the last window start, and where should it?",
    usable=_usable,
)
