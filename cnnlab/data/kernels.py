"""The classic kernels by name: edges, blurs, sharpening. Notebook 01 meets them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["KERNELS", "KernelPreset", "kernel"]

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class KernelPreset:
    """One kernel of the image-processing literature: its integer weights, what they are divided by, its source."""

    title: str
    weights: dict[int, Rows]  # by size: 3 for 3×3, 5 for 5×5
    source: str
    divisor: dict[int, float] | None = None


_BINOMIAL = {3: (1, 2, 1), 5: (1, 4, 6, 4, 1)}  # rows of Pascal's triangle: the integer bell curves


def _same_rows(row: tuple[float, ...]) -> Rows:
    return tuple(row for _ in row)


def _turned(rows: Rows) -> Rows:
    return tuple(zip(*rows, strict=True))


def _outer(column: tuple[float, ...], row: tuple[float, ...]) -> Rows:
    return tuple(tuple(c * r for r in row) for c in column)


_X = (1, 0, -1)  # positive where the window's left is brighter, as notebook 01 writes every vertical-edge kernel
_PREWITT = "Prewitt, Object enhancement and extraction (1970)"
_SOBEL = "Sobel and Feldman, talk at the Stanford Artificial Intelligence Project (1968)"
_SCHARR = "Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung (2000)"
_TEXTBOOK = "Gonzalez and Woods, Digital Image Processing (2018), chapter 3"

KERNELS: dict[str, KernelPreset] = {
    "vertical": KernelPreset("vertical edge", {3: _same_rows(_X)}, _PREWITT),
    "horizontal": KernelPreset("horizontal edge", {3: _turned(_same_rows(_X))}, _PREWITT),
    "sobel_x": KernelPreset("Sobel x", {3: _outer((1, 2, 1), _X)}, _SOBEL),
    "sobel_y": KernelPreset("Sobel y", {3: _outer(_X, (1, 2, 1))}, _SOBEL),
    "scharr_x": KernelPreset("Scharr x", {3: _outer((3, 10, 3), _X)}, _SCHARR),
    "scharr_y": KernelPreset("Scharr y", {3: _outer(_X, (3, 10, 3))}, _SCHARR),
    "prewitt_x": KernelPreset("Prewitt x", {3: _outer((1, 1, 1), _X)}, _PREWITT),
    "prewitt_y": KernelPreset("Prewitt y", {3: _outer(_X, (1, 1, 1))}, _PREWITT),
    "laplacian": KernelPreset("Laplacian", {3: ((0, 1, 0), (1, -4, 1), (0, 1, 0))}, _TEXTBOOK),
    "box": KernelPreset("box blur", {n: ((1,) * n,) * n for n in (3, 5)}, _TEXTBOOK, {3: 9, 5: 25}),
    "gaussian": KernelPreset(
        "Gaussian blur", {n: _outer(row, row) for n, row in _BINOMIAL.items()}, _TEXTBOOK, {3: 16, 5: 256}
    ),
    "sharpen": KernelPreset("sharpen", {3: ((0, -1, 0), (-1, 5, -1), (0, -1, 0))}, _TEXTBOOK),
    "identity": KernelPreset("identity", {3: ((0, 0, 0), (0, 1, 0), (0, 0, 0))}, _TEXTBOOK),
}


def kernel(name: str, size: int = 3) -> NDArray[np.float64]:
    """Return a classic kernel by name.

    Parameters
    ----------
    name
        A key of :data:`KERNELS`.
    size
        Cells per side: 3 for all; the blurs also come in 5.

    Raises
    ------
    ValueError
        If there is no such kernel, or not in that size.

    Examples
    --------
    >>> kernel("sobel_x")
    array([[ 1.,  0., -1.],
           [ 2.,  0., -2.],
           [ 1.,  0., -1.]])
    >>> kernel("box", 5).sum().round(12)
    np.float64(1.0)
    """
    if name not in KERNELS:
        raise ValueError(f"kernel: got {name!r}, wanted one of {', '.join(KERNELS)}. Choose one, or pass an array.")
    preset = KERNELS[name]
    if size not in preset.weights:
        sizes = " or ".join(map(str, preset.weights))
        raise ValueError(
            f"size: got {size} for the kernel {name!r}, wanted {sizes}. Choose size={min(preset.weights)}."
        )
    return np.array(preset.weights[size], np.float64) / (preset.divisor or {}).get(size, 1)
