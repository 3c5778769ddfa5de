"""Slow and obvious: what the fast code is held against."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnlab.shapes import Grid

Array = NDArray[Any]


def correlate2d(image: Array, kernel: Array) -> Array:
    """Four loops over Python floats."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            for r in range(kh):
                for s in range(kw):
                    out[p, q] += float(image[p + r, q + s]) * float(kernel[r, s])
    return out


def seen(grid: Grid, size: tuple[int, ...], p: int, q: int) -> list[tuple[int, int, int, int]]:
    """(r, s, row, column) of each cell of the window at (p, q) that lies on the picture, in reading order."""
    (top, _), (left, _) = grid.pads
    cells = []
    for r in range(grid.kernel[0]):
        for s in range(grid.kernel[1]):
            row = p * grid.stride[0] + r * grid.dilation[0] - top
            column = q * grid.stride[1] + s * grid.dilation[1] - left
            if 0 <= row < size[0] and 0 <= column < size[1]:
                cells.append((r, s, row, column))
    return cells


def places(grid: Grid) -> list[tuple[int, int]]:
    """Every (p, q) of the output."""
    return [(p, q) for p in range(grid.out[0]) for q in range(grid.out[1])]


def conv2d(x: Array, w: Array, b: Array, grid: Grid) -> Array:
    """One output at a time, one window cell at a time, in float64."""
    y = np.zeros((len(x), len(w), *grid.out))
    for p, q in places(grid):
        for r, s, row, column in seen(grid, x.shape[2:], p, q):
            y[:, :, p, q] += np.einsum("nc,kc->nk", x[:, :, row, column].astype(float), w[:, :, r, s].astype(float))
    return y + b[:, None, None].astype(float)


def conv2d_backward(dy: Array, x: Array, w: Array, grid: Grid) -> tuple[Array, Array, Array]:
    """Every product of the forward pass sends the gradient to its two factors."""
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for p, q in places(grid):
        for r, s, row, column in seen(grid, x.shape[2:], p, q):
            dx[:, :, row, column] += np.einsum("nk,kc->nc", dy[:, :, p, q].astype(float), w[:, :, r, s].astype(float))
            dw[:, :, r, s] += np.einsum("nk,nc->kc", dy[:, :, p, q].astype(float), x[:, :, row, column].astype(float))
    return dx, dw, dy.sum((0, 2, 3), dtype=float)


def maxpool2d(x: Array, grid: Grid) -> Array:
    """The largest of the cells each window sees."""
    y = np.zeros((*x.shape[:2], *grid.out), x.dtype)
    for p, q in places(grid):
        y[:, :, p, q] = np.stack([x[:, :, i, j] for _, _, i, j in seen(grid, x.shape[2:], p, q)]).max(0)
    return y


def maxpool2d_backward(dy: Array, x: Array, grid: Grid, ties: str) -> Array:
    """Window by window, picture by picture, channel by channel."""
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(*x.shape[:2]):
        for p, q in places(grid):
            cells = [(row, column) for _, _, row, column in seen(grid, x.shape[2:], p, q)]
            largest = max(x[n, c][cell] for cell in cells)
            winners = [cell for cell in cells if x[n, c][cell] == largest]
            for cell in winners[:1] if ties == "first" else winners:
                dx[n, c][cell] += dy[n, c, p, q] / (len(winners) if ties == "share" else 1)
    return dx


def avgpool2d(x: Array, grid: Grid, count_include_pad: bool) -> tuple[Array, Array]:
    """Return the averages, and how many cells each window counted."""
    y, counts = np.zeros((*x.shape[:2], *grid.out)), np.zeros(grid.out)
    (top, bottom), (left, right) = grid.pads
    height, width = x.shape[2:]
    for p, q in places(grid):
        cells = seen(grid, x.shape[2:], p, q)
        rows = [i for i in range(p * grid.stride[0], p * grid.stride[0] + grid.kernel[0]) if i < height + top + bottom]
        cols = [j for j in range(q * grid.stride[1], q * grid.stride[1] + grid.kernel[1]) if j < width + left + right]
        counts[p, q] = len(rows) * len(cols) if count_include_pad else len(cells)
        y[:, :, p, q] = sum(x[:, :, i, j].astype(float) for _, _, i, j in cells) / counts[p, q]
    return y, counts


def avgpool2d_backward(dy: Array, x: Array, grid: Grid, counts: Array) -> Array:
    """Every counted cell receives its share."""
    dx = np.zeros(x.shape)
    for p, q in places(grid):
        for _, _, i, j in seen(grid, x.shape[2:], p, q):
            dx[:, :, i, j] += dy[:, :, p, q] / counts[p, q]
    return dx


def torch() -> ModuleType:
    """PyTorch as a second opinion, where it is installed."""
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install cnnlab[bench]")
