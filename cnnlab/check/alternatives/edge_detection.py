"""Right solutions of notebook 01."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]


def _size(image: Array, kernel: Array) -> tuple[int, int]:
    return image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1


def windows(image: Array, kernel: Array) -> Any:
    """Sum window times kernel."""
    out = np.zeros(_size(image, kernel))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = np.sum(image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel)
    return out


def four_loops(image: Array, kernel: Array) -> Any:
    """Add product after product, column by column."""
    rows, columns = _size(image, kernel)
    out = np.empty((rows, columns))
    for q in range(columns):
        for p in range(rows):
            total = 0
            for s in range(kernel.shape[1]):
                for r in range(kernel.shape[0]):
                    total += image[p + r, q + s] * kernel[r, s]
            out[p, q] = total
    return out


def python_lists(image: Array, kernel: Array) -> Any:
    """Use no arrays."""
    rows, columns = _size(image, kernel)
    x, k = image.tolist(), kernel.tolist()
    return [
        [sum(x[p + r][q + s] * k[r][s] for r in range(len(k)) for s in range(len(k[0]))) for q in range(columns)]
        for p in range(rows)
    ]


def rows_of_arrays(image: Array, kernel: Array) -> Any:
    """Hand back a list of arrays."""
    return list(windows(image, kernel))


def shifted_sums(image: Array, kernel: Array) -> Any:
    """Add shifted pictures, one for each weight."""
    rows, columns = _size(image, kernel)
    return sum(weight * image[r : r + rows, s : s + columns].astype(float) for (r, s), weight in np.ndenumerate(kernel))


def einsum(image: Array, kernel: Array) -> Any:
    """Use a view of all windows."""
    return np.einsum("pqrs,rs->pq", sliding_window_view(image, kernel.shape), kernel)


def strides(image: Array, kernel: Array) -> Any:
    """Use a view made by hand."""
    view = as_strided(image, _size(image, kernel) + kernel.shape, image.strides * 2, writeable=False)
    return np.tensordot(view, kernel, 2)


def columns_matrix(image: Array, kernel: Array) -> Any:
    """Multiply a matrix of windows."""
    rows, columns = _size(image, kernel)
    patches = [
        image[p : p + kernel.shape[0], q : q + kernel.shape[1]].ravel() for p in range(rows) for q in range(columns)
    ]
    return (np.array(patches) @ kernel.ravel()).reshape(rows, columns)


def single_precision(image: Array, kernel: Array) -> Any:
    """Compute in float32."""
    return windows(image.astype(np.float32), kernel.astype(np.float32)).astype(np.float32)


def fourier(image: Array, kernel: Array) -> Any:
    """Multiply spectra."""
    shape = [n + k - 1 for n, k in zip(image.shape, kernel.shape, strict=True)]
    spectrum = np.fft.rfft2(image, shape) * np.fft.rfft2(kernel[::-1, ::-1], shape)
    r, s = kernel.shape
    return np.fft.irfft2(spectrum, shape)[r - 1 : image.shape[0], s - 1 : image.shape[1]]


def fortran_order(image: Array, kernel: Array) -> Any:
    """Hand back another order in memory."""
    return np.asfortranarray(windows(image, kernel))


CORRELATIONS = (
    windows,
    four_loops,
    python_lists,
    rows_of_arrays,
    shifted_sums,
    einsum,
    strides,
    columns_matrix,
    single_precision,
    fourier,
    fortran_order,
)


def mirrored(correlate: Callable[[Array, Array], Any]) -> Callable[[Array, Array], Any]:
    """Mirror the kernel, then correlate."""

    def convolve2d(image: Array, kernel: Array) -> Any:
        return correlate(image, kernel[::-1, ::-1])

    convolve2d.__name__ = f"convolve2d_by_{correlate.__name__}"
    return convolve2d


def flipped_by_numpy(image: Array, kernel: Array) -> Any:
    """Mirror by np.flip."""
    return windows(image, np.flip(kernel))


def turned_twice(image: Array, kernel: Array) -> Any:
    """Turn by 90° twice."""
    return windows(image, np.rot90(kernel, 2))


def from_the_definition(image: Array, kernel: Array) -> Any:
    """Follow the formula with its minus signs."""
    rows, columns = _size(image, kernel)
    r, s = kernel.shape
    return np.array(
        [
            [
                sum(image[p + r - 1 - i, q + s - 1 - j] * kernel[i, j] for i in range(r) for j in range(s))
                for q in range(columns)
            ]
            for p in range(rows)
        ]
    )


CONVOLUTIONS = (*map(mirrored, CORRELATIONS), flipped_by_numpy, turned_twice, from_the_definition)

KERNELS = (
    lambda: np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]),
    lambda: np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]]),
    lambda: [[0, 1, 1], [-1, 0, 1], [-1, -1, 0]],
    lambda: -np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]], float) / 3,
    lambda: (np.triu(np.ones((3, 3)), 1) - np.tril(np.ones((3, 3)), -1)).astype(np.float32),
    lambda: np.array([[0, 3, 10], [-3, 0, 3], [-10, -3, 0]]),
    lambda: np.array([[0, 1, 0], [-1, 0, 1], [0, -1, 0]]) * 1e-3,
    lambda: np.array([[0, 0.3, 0.1], [-0.3, 0, 0.3], [-0.1, -0.3, 0]]) * 7,
    lambda: np.array([[-3, 5, 5], [-3, 0, 5], [-3, -3, -3]]),  # Kirsch's compass
    lambda: np.array([[1, 1, 1], [-1, -2, 1], [-1, -1, 1]]),  # Prewitt's compass
    lambda: np.sign(np.arange(3)[None, :] - np.arange(3)[:, None]),
    lambda: ((0, 2, 2), (-2, 0, 2), (-2, -2, 0)),
)

ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "cross_correlate2d": CORRELATIONS,
    "convolve2d": CONVOLUTIONS,
    "diagonal_edge_kernel": KERNELS,
}
