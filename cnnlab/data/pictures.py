"""Pictures for the first notebooks: a toy step, photographs that ship inside scikit-learn, colour to grey."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError

__all__ = ["grey", "photograph", "step_image"]

# How much each of red, green and blue adds to perceived brightness: ITU-R BT.601, section 2.5.1.
LUMA = (0.299, 0.587, 0.114)


def step_image(size: int = 6, *, left: float = 10, right: float = 0) -> NDArray[Any]:
    """Make a square picture whose left half has one brightness and whose right half another.

    Whole numbers give an integer array.

    Examples
    --------
    >>> step_image(4)
    array([[10, 10,  0,  0],
           [10, 10,  0,  0],
           [10, 10,  0,  0],
           [10, 10,  0,  0]])
    """
    row = np.array([left] * (size // 2) + [right] * (size - size // 2))
    return np.tile(row, (size, 1))


def photograph(name: Literal["temple", "flower"] = "temple") -> NDArray[np.uint8]:
    """Load a 427×640 colour photograph that ships inside scikit-learn, as uint8 (427, 640, 3).

    Source: "temple" is china.jpg and "flower" is flower.jpg of ``sklearn.datasets.load_sample_image``, both CC BY 2.0,
    by the photographers named in scikit-learn's ``datasets/images/README.txt``.
    """
    files = {"temple": "china.jpg", "flower": "flower.jpg"}
    if name not in files:
        raise ValueError(f"name: got {name!r}, wanted one of {', '.join(files)}. Choose one of these photographs.")
    # The file is found without importing scikit-learn, which would take most of a second.
    home = importlib.util.find_spec("sklearn")
    if home is None or home.origin is None:
        raise ImportError("The photographs ship inside scikit-learn. It is missing; run: pip install 'cnnlab[lab]'")
    from PIL import Image

    with Image.open(Path(home.origin).parent / "datasets" / "images" / files[name]) as picture:
        return np.array(picture.convert("RGB"))


def grey(picture: ArrayLike) -> NDArray[Any]:
    """Turn a colour picture (H, W, 3) into brightness (H, W); a 2-D picture is returned as it is.

    uint8 stays uint8 (rounded to the nearest level); floats stay floats. An alpha channel is ignored.

    Raises
    ------
    ShapeError
        If the picture has neither 2 axes nor 3 with 1, 3 or 4 channels last.

    Examples
    --------
    Pure green looks brighter than pure blue:

    >>> grey(np.array([[[0, 255, 0], [0, 0, 255]]], np.uint8))
    array([[150,  29]], dtype=uint8)
    """
    image = np.asarray(picture)
    if image.ndim == 2:
        return image
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4):
        raise ShapeError(
            f"picture: got shape {image.shape}, wanted (rows, columns) or (rows, columns, 3). "
            "Take one picture of a batch with picture[0]; move channels last with np.moveaxis(picture, 0, -1)."
        )
    if image.shape[2] == 1:
        return image[..., 0]
    brightness: NDArray[Any] = image[..., :3] @ np.array(LUMA, image.dtype if image.dtype.kind == "f" else np.float64)
    return np.rint(brightness).astype(image.dtype) if image.dtype.kind in "iu" else brightness
