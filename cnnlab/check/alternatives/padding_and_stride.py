"""Right solutions of notebook 02."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]


def _by_division(n: int, f: int, pad: int, stride: int) -> int:
    return (n + 2 * pad - f) // stride + 1


def _by_divmod(n: int, f: int, pad: int, stride: int) -> int:
    steps, _ = divmod(n - f + pad + pad, stride)
    return steps + 1


def _with_stride_inside(n: int, f: int, pad: int, stride: int) -> int:
    return (n + 2 * pad - f + stride) // stride


def _with_numpy(n: int, f: int, pad: int, stride: int) -> Any:
    return np.floor((n + 2 * pad - f) / stride + 1)


def _with_math(n: int, f: int, pad: int, stride: int) -> int:
    return math.floor((n + 2 * pad - f) / stride) + 1


def _rounded_up(n: int, f: int, pad: int, stride: int) -> int:
    return math.ceil((n + 2 * pad - f + 1) / stride)


def _step_by_step(n: int, f: int, pad: int, stride: int) -> int:
    end, places = f, 0
    while end <= n + 2 * pad:
        end, places = end + stride, places + 1
    while end - stride > n + 2 * pad:
        end, places = end - stride, places - 1
    return places


def _grown_until_it_fits(f: int) -> int:
    pad = 0
    while 10 + 2 * pad - f + 1 < 10:
        pad += 1
    return pad


def _sliced(X: Array, pad: int) -> Array:
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    out[:, pad : pad + H, pad : pad + W, :] = X
    return out


def _np_pad(X: Array, pad: int) -> Array:
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=0)


def _glued(X: Array, pad: int) -> Array:
    m, H, W, C = X.shape
    beside = np.zeros((m, H, pad, C), X.dtype)
    wide = np.concatenate([beside, X, beside], axis=2)
    above = np.zeros((m, pad, W + 2 * pad, C), X.dtype)
    return np.concatenate([above, wide, above], axis=1)


def _cell_by_cell(X: Array, pad: int) -> Array:
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C), X.dtype)
    for i, h, w, c in product(range(m), range(H), range(W), range(C)):
        out[i, h + pad, w + pad, c] = X[i, h, w, c]
    return out


def _picture_by_picture(X: Array, pad: int) -> list[Array]:
    return [np.pad(picture, [[pad, pad], [pad, pad], [0, 0]]) for picture in X]


def _negative_slice(X: Array, pad: int) -> Array:
    if pad == 0:
        return X.copy()
    out = np.zeros((X.shape[0], X.shape[1] + 2 * pad, X.shape[2] + 2 * pad, X.shape[3]), dtype=X.dtype)
    out[:, pad:-pad, pad:-pad] = X
    return out


def _by_matrices(X: Array, pad: int) -> Any:
    _, H, W, _ = X.shape
    rows, columns = np.eye(H + 2 * pad, H, -pad), np.eye(W + 2 * pad, W, -pad)
    return np.einsum("ph,mhwc,qw->mpqc", rows, X, columns)


def _marked(n: int, f: int, pad: int, stride: int) -> Any:
    counts = np.zeros((n + 2 * pad, n + 2 * pad), dtype=int)
    places = (n + 2 * pad - f) // stride + 1
    for p in range(places):
        for q in range(places):
            counts[p * stride : p * stride + f, q * stride : q * stride + f] += 1
    return counts[pad : pad + n, pad : pad + n]


def _asked_of_every_cell(n: int, f: int, pad: int, stride: int) -> list[list[int]]:
    starts = range(-pad, n + pad - f + 1, stride)
    return [
        [sum(p <= row < p + f and q <= column < q + f for p in starts for q in starts) for column in range(n)]
        for row in range(n)
    ]


def _outer(n: int, f: int, pad: int, stride: int) -> Any:
    starts = np.arange(0, n + 2 * pad - f + 1, stride)
    cells = np.arange(pad, pad + n)[:, None]
    line = ((starts <= cells) & (cells < starts + f)).sum(axis=1)
    return line[:, None] * line


def _by_formula(n: int, f: int, pad: int, stride: int) -> Array:
    cell = np.arange(n) + pad
    last = np.minimum(cell // stride, (n + 2 * pad - f) // stride)
    first = np.maximum(-(-(cell - f + 1) // stride), 0)
    line = np.maximum(last - first + 1, 0)
    return np.outer(line, line)


def _index_numbers(n: int, f: int, pad: int, stride: int) -> Array:
    numbers = np.pad(np.arange(1, n * n + 1).reshape(n, n), pad)
    seen = sliding_window_view(numbers, (f, f))[::stride, ::stride]
    return np.bincount(seen.ravel(), minlength=n * n + 1)[1:].reshape(n, n).astype(np.float32)


def _mended(image: Array, f: int, stride: int) -> Array:
    H, W = image.shape
    rows, columns = range(0, H - f + 1, stride), range(0, W - f + 1, stride)
    out = np.zeros((len(rows), len(columns)))
    for p, row in enumerate(rows):
        for q, column in enumerate(columns):
            out[p, q] = image[row : row + f, column : column + f].mean()
    return out


def _every_nth_mean(image: Array, f: int, stride: int) -> Any:
    return sliding_window_view(image, (f, f)).mean(axis=(2, 3))[::stride, ::stride]


def _without_what_hangs_over(image: Array, f: int, stride: int) -> list[list[Any]]:
    H, W = image.shape
    return [
        [np.mean(image[row : row + f, column : column + f]) for column in range(0, W, stride) if column + f <= W]
        for row in range(0, H, stride)
        if row + f <= H
    ]


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "zero_pad": (_sliced, _np_pad, _glued, _cell_by_cell, _picture_by_picture, _negative_slice, _by_matrices),
    "same_padding": (
        lambda f: (f - 1) // 2,
        lambda f: f // 2,
        lambda f: int((f - 1) / 2),
        lambda f: (f - 1) / 2,
        _grown_until_it_fits,
        lambda f: len(range(1, f, 2)),
    ),
    "output_size": (
        _by_division,
        _by_divmod,
        _with_stride_inside,
        _with_numpy,
        _with_math,
        _rounded_up,
        _step_by_step,
    ),
    "usage_count": (_marked, _asked_of_every_cell, _outer, _by_formula, _index_numbers),
    "find_blur_bug": (
        lambda: (np.arange(20.0).reshape(4, 5), 2, 2),
        lambda: (np.ones((7, 7)), 3, 3),
        lambda: ([[1, 2, 3], [4, 5, 6]], 1, 2),
        lambda: (np.eye(5, 8, dtype=np.uint8), np.int64(3), 4),
    ),
    "mend_blur_bug": (_mended, _every_nth_mean, _without_what_hangs_over),
}
