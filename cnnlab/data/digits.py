"""Handwritten digits that ship inside scikit-learn: the data set that is always at hand. Used in notebook 08."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import Dataset

__all__ = ["digits", "enlarge"]

SIDE = 8  # pixels per side as shipped
INK = 16  # brightest level as shipped


def digits(size: int = SIDE) -> Dataset:
    """Load the 1,797 handwritten digits of scikit-learn as pictures (1, size, size), white ink on black.

    Parameters
    ----------
    size
        Side of a picture in pixels, a multiple of 8: larger pictures are the shipped ones enlarged smoothly, for
        networks such as LeNet-5 that were built for 32×32.

    Raises
    ------
    ValueError
        If `size` is no multiple of 8.
    ImportError
        If scikit-learn is not installed.

    Source: ``sklearn.datasets.load_digits``, the test set of E. Alpaydin and C. Kaynak, "Optical Recognition of
    Handwritten Digits", UCI machine learning repository, 1998, CC BY 4.0.
    """
    if not isinstance(size, int | np.integer) or size < SIDE or size % SIDE:
        raise ValueError(f"size: got {size!r}, wanted a multiple of {SIDE}. Choose 8, 16, 24 or 32.")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "The digits ship inside scikit-learn, which is not installed. Run: pip install 'cnnlab[lab]'"
        ) from error
    shipped = load_digits()
    images = shipped.images.astype(np.float32)[:, None] / np.float32(INK)
    return Dataset(enlarge(images, size // SIDE), shipped.target.astype(np.int64), tuple("0123456789"))


def enlarge(images: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Enlarge pictures (N, C, H, W) by a whole factor, smoothly: between two pixel centres the brightness is a line.

    Examples
    --------
    >>> enlarge(np.array([[[[0, 4]]]], np.float32), 2)[0, 0, 0]
    array([0., 1., 3., 4.], dtype=float32)
    """
    return _stretch(_stretch(images, factor, 2), factor, 3)


def _stretch(images: NDArray[np.float32], factor: int, axis: int) -> NDArray[np.float32]:
    length = images.shape[axis]
    # Centres of the new pixels on the old axis; beyond the first and the last old centre the rim is repeated.
    places = np.clip((np.arange(length * factor) + 0.5) / factor - 0.5, 0, length - 1)
    below = np.minimum(places.astype(int), max(length - 2, 0))
    share = (places - below).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(4)])
    low, high = images.take(below, axis), images.take(np.minimum(below + 1, length - 1), axis)
    stretched: NDArray[np.float32] = low + share * (high - low)
    return stretched
