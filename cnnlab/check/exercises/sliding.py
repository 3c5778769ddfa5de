"""Sliding a kernel over an image in all the ways that go wrong: what the catalogue's imitations are made of.

Each core takes an image (H, W) and a kernel (R, S) and does what a learner's code with that mistake does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Cell = Callable[[Array, Array], Any]


def slide(image: Array, kernel: Array, cell: Cell, rows: int | None = None, columns: int | None = None) -> Array:
    """Fill (rows, columns) outputs with ``cell(window, kernel)``, as a learner's two loops would."""
    (h, w), (r, s) = image.shape, kernel.shape
    rows, columns = h - r + 1 if rows is None else rows, w - s + 1 if columns is None else columns
    out = np.zeros((rows, columns))
    for p in range(rows):
        for q in range(columns):
            out[p, q] = cell(image[p : p + r, q : q + s], kernel)
    return out


def cells(cell: Cell) -> Callable[[Array, Array], Array]:
    """Return a core that fills every output with ``cell(window, kernel)``."""
    return lambda image, kernel: slide(image, kernel, cell)


def right_sums(image: Array, kernel: Array) -> Array:
    """Do it right."""
    return slide(image, kernel, lambda x, k: (x * k).sum())


def cast(dtype: DTypeLike) -> Callable[..., Array]:
    """Return a change of the result: into another type."""
    return lambda out, *arguments: out.astype(dtype)


def added_into(dtype_of: Callable[[Array, Array], DTypeLike]) -> Callable[[Array, Array], Array]:
    """Add product after product into an array of a type that cannot hold them."""

    def core(image: Array, kernel: Array) -> Array:
        rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
        out = np.zeros((rows, columns), dtype_of(image, kernel))
        for (r, s), weight in np.ndenumerate(kernel):
            out[...] = out + image[r : r + rows, s : s + columns] * weight
        return out

    return core


def uint8_products(
    dtype_of: Callable[[Array], DTypeLike], total: DTypeLike | None = None
) -> Callable[[Array, Array], Array]:
    """Return a core that multiplies, and with `total` also adds, in a type of the image."""

    def core(image: Array, kernel: Array) -> Array:
        x, k = image.astype(dtype_of(image)), kernel.astype(dtype_of(image))
        return slide(x, k, lambda window, weights: (window * weights).sum(dtype=total))

    return core


def pad_same(image: Array, kernel: Array) -> tuple[Array, Array]:
    """Pad with zeros as for a result of the image's size."""
    r, s = kernel.shape
    return np.pad(image, ((r // 2, r // 2), (s // 2, s // 2))), kernel


def pad_full(image: Array, kernel: Array) -> tuple[Array, Array]:
    """Pad with zeros wherever the kernel touches the image at all."""
    r, s = kernel.shape
    return np.pad(image, ((r - 1, r - 1), (s - 1, s - 1))), kernel


def holds(got: Array, right: Array) -> bool:
    """Whether the right result lies somewhere inside a larger one."""
    (rows, columns), (gr, gc) = right.shape, got.shape
    return any(
        np.allclose(got[p : p + rows, q : q + columns], right, rtol=1e-5, atol=1e-6 * np.abs(right).max(initial=0))
        for p in range(gr - rows + 1)
        for q in range(gc - columns + 1)
    )


def shows_same(got: Array, right: Array, image: Array, kernel: Array) -> bool:
    """Whether the result is the right one with a rim, as large as the image or about."""
    sizes = {image.shape, tuple(n + 2 * (k // 2) - k + 1 for n, k in zip(image.shape, kernel.shape, strict=True))}
    sizes.add(tuple(n + 2 for n in right.shape))  # one cell of padding typed in
    return got.shape in sizes and holds(got, right)


def shows_full(got: Array, right: Array, image: Array, kernel: Array) -> bool:
    """Whether the result is the right one with the rim of full padding."""
    full = tuple(n + k - 1 for n, k in zip(image.shape, kernel.shape, strict=True))
    return got.shape == full and holds(got, right)


def square_kernel(side: int, by_cell: bool = False) -> Callable[[Array, Array], Array]:
    """Take one side of the kernel for both."""

    def core(image: Array, kernel: Array) -> Array:
        n = kernel.shape[side]
        rows, columns = image.shape[0] - n + 1, image.shape[1] - n + 1
        out = np.zeros((rows, columns))
        for p in range(rows):
            for q in range(columns):
                window = image[p : p + n, q : q + n]
                if by_cell:
                    out[p, q] = sum(window[r, s] * kernel[r, s] for r in range(n) for s in range(n))
                else:
                    out[p, q] = (window * kernel).sum()
        return out

    return core


def keep_only(rows: slice, columns: slice) -> Callable[..., Array]:
    """Keep a part of the result; the rest stays as the array was made."""

    def after(out: Array, image: Array, kernel: Array) -> Array:
        kept = np.zeros_like(out)
        kept[rows, columns] = out[rows, columns]
        return kept

    return after


def jump(image: Array, kernel: Array) -> Array:
    """Move the window on by its own size."""
    return right_sums(image, kernel)[:: kernel.shape[0], :: kernel.shape[1]]


def swapped_size(image: Array, kernel: Array) -> Array:
    """Take the image's height for its width when the loops are set up."""
    (h, w), (r, s) = image.shape, kernel.shape
    return slide(image, kernel, lambda x, k: (x * k).sum(), w - r + 1, h - s + 1)


def swapped_kernel_size(image: Array, kernel: Array) -> Array:
    """Take the kernel's height for its width when the loops are set up."""
    (h, w), (s, r) = image.shape, kernel.shape
    return slide(image, kernel, lambda x, k: (x * k).sum(), h - r + 1, w - s + 1)


def swapped_store(image: Array, kernel: Array) -> Array:
    """Store each result at (column, row)."""
    right = right_sums(image, kernel)
    out = np.zeros_like(right)
    for (p, q), value in np.ndenumerate(right):
        out[q, p] = value
    return out


def minus_index(image: Array, kernel: Array) -> Array:
    """Read the image at ``p − r`` where ``p + r`` is meant; negative indices count from the end."""
    out = np.zeros((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1))
    for p, q in np.ndindex(out.shape):
        out[p, q] = sum(image[p - r, q - s] * weight for (r, s), weight in np.ndenumerate(kernel))
    return out


def first_only(axis: int) -> Callable[[tuple[int, ...], tuple[int, ...]], bool]:
    """Fill only what comes before the loop over an axis ends for the first time: a `return` indented too far."""
    return lambda place, shape: all(n == 0 for n in place[:axis])
