"""One picture, one filter: 2-D cross-correlation and its gradient. Taught in notebook 01.

Written out apart from :func:`cnnlab.ops.conv2d`, because one kernel cell at a time over the whole picture is what the
notebook shows, and for a 3×3 kernel on one photograph it is as fast as conv2d's blocks (from 5×5 on, conv2d is faster).

Letters: ``H W`` the picture, ``R S`` the kernel, ``P Q`` the response.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.ops._argument import Floats, as_floats
from cnnlab.shapes import ShapeError, output_size

__all__ = ["CorrelateGrads", "convolve2d", "correlate2d", "correlate2d_backward"]


class CorrelateGrads(NamedTuple):
    """Gradients of a scalar loss with respect to both inputs of :func:`correlate2d`."""

    dimage: Floats  # (H, W)
    dkernel: Floats  # (R, S)


def _planes(image: ArrayLike, kernel: ArrayLike) -> tuple[Floats, Floats, int, int]:
    x, k = as_floats("image", image, "rows columns"), as_floats("kernel", kernel, "rows columns")
    if k.shape[0] > x.shape[0] or k.shape[1] > x.shape[1] or k.size == 0:
        raise ShapeError(
            f"kernel: got {k.shape[0]}×{k.shape[1]} on an image of {x.shape[0]}×{x.shape[1]}, wanted a kernel that "
            "fits at least once. Take a smaller kernel or a larger image."
        )
    return x, k, output_size(x.shape[0], k.shape[0]), output_size(x.shape[1], k.shape[1])


def correlate2d(image: ArrayLike, kernel: ArrayLike) -> Floats:
    """Slide a kernel over an image; at each place multiply cell by cell and add up ("valid" cross-correlation).

    ``out[p, q] = Σ_r Σ_s image[p + r, q + s] · kernel[r, s]``. This is what deep learning calls convolution; the
    mathematical convolution mirrors the kernel first, see :func:`convolve2d`.

    Parameters
    ----------
    image
        Array (H, W).
    kernel
        Array (R, S) with R ≤ H and S ≤ W.

    Returns
    -------
    ndarray
        Float array (H − R + 1, W − S + 1). Integer inputs give float64: a sum of pixels can be negative or large.

    Raises
    ------
    ShapeError
        If an argument is not 2-D or the kernel does not fit.

    Examples
    --------
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> correlate2d(image, [[1, -1]])  # each cell minus its right-hand neighbour
    array([[-1., -1.], [-1., -1.], [-1., -1.]])
    """
    x, k, rows, columns = _planes(image, kernel)
    out = np.zeros((rows, columns), np.result_type(x, k))
    # One kernel cell at a time over the whole picture: R·S array sums instead of P·Q small ones.
    for r in range(k.shape[0]):
        for s in range(k.shape[1]):
            out += k[r, s] * x[r : r + rows, s : s + columns]
    return out


def correlate2d_backward(dout: ArrayLike, image: ArrayLike, kernel: ArrayLike) -> CorrelateGrads:
    """Gradients of :func:`correlate2d`, given the gradient of the loss with respect to its result.

    Parameters
    ----------
    dout
        Array (H − R + 1, W − S + 1): how the loss changes with each output cell.
    image, kernel
        What the forward call was given.

    Returns
    -------
    CorrelateGrads
        ``dimage`` (H, W) and ``dkernel`` (R, S).

    Examples
    --------
    Two outputs, ``1·k`` and ``2·k``; with ``dout = [1, 1]`` the kernel's gradient is ``1 + 2``:

    >>> grads = correlate2d_backward([[1.0, 1.0]], [[1.0, 2.0]], [[5.0]])
    >>> grads.dkernel
    array([[3.]])
    >>> grads.dimage
    array([[5., 5.]])
    """
    x, k, rows, columns = _planes(image, kernel)
    d = as_floats("dout", dout, "rows columns")
    if d.shape != (rows, columns):
        raise ShapeError(
            f"dout: got {d.shape}, wanted {(rows, columns)}, the shape of correlate2d(image, kernel). "
            "Pass the gradient with respect to that result."
        )
    dimage = np.zeros(x.shape, np.result_type(x, k, d))
    dkernel = np.empty(k.shape, dimage.dtype)
    for r in range(k.shape[0]):
        for s in range(k.shape[1]):
            window = np.s_[r : r + rows, s : s + columns]  # every pixel that kernel cell (r, s) touched
            dkernel[r, s] = np.sum(x[window] * d)
            dimage[window] += k[r, s] * d
    return CorrelateGrads(dimage, dkernel)


def convolve2d(image: ArrayLike, kernel: ArrayLike) -> Floats:
    """Mathematical convolution ("valid"): mirror the kernel in both axes, then :func:`correlate2d`.

    Examples
    --------
    >>> convolve2d([[1, 2, 3]], [[1, -1]])  # 2 − 1 and 3 − 2: the mirror turned the sign round
    array([[1., 1.]])
    """
    return correlate2d(image, as_floats("kernel", kernel, "rows columns")[::-1, ::-1])
