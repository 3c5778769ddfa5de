"""What the widgets accept: images and kernels, checked, with a remedy in every refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import data
from cnnlab.shapes import ShapeError
from cnnlab.traces.number import read_number
from cnnlab.widgets.correlation_words import Levels
from cnnlab.widgets.edgelab_panels import fits_numbers
from cnnlab.widgets.upload import open_picture

__all__ = [
    "IMAGES",
    "Picture",
    "numbers",
    "read_file",
    "read_image",
    "read_kernel",
    "read_switch",
    "read_weight",
    "renamed",
    "within",
]

MOST_CELLS = 1_000_000
MOST_VALUE, MOST_WEIGHT = 1e6, 1e4  # so that no sum is too long to be read
MOST_SIDE = 7  # of a kernel: 49 products still fit on a page
MOST_LEVELS = 1024

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Picture:
    """An image ready to be drawn."""

    name: str
    image: Floats  # (H, W)
    levels: Levels
    note: str = ""


def _diagonal() -> Floats:
    return np.where(np.tri(6, dtype=bool), 10.0, 0.0)


# Name, and what makes it: photographs are loaded when they are first asked for.
IMAGES: dict[str, tuple[str, Callable[[], NDArray[Any]]]] = {
    "step": ("light to dark", data.step_image),
    "step_dark": ("dark to light", lambda: data.step_image(left=0, right=10)),
    "horizontal": ("light above dark", lambda: data.step_image().T),
    "diagonal": ("diagonal edge", _diagonal),
    "temple": ("temple", lambda: data.grey(data.photograph("temple"))),
    "flower": ("flower", lambda: data.grey(data.photograph("flower"))),
}


@contextmanager
def renamed(**names: str) -> Iterator[None]:
    """Let errors speak of the argument the caller knows: ``renamed(kernel="w")`` makes ``kernel: got`` ``w: got``."""
    try:
        yield
    except (ValueError, TypeError) as error:
        was, colon, rest = str(error).partition(":")
        if was not in names:
            raise
        raise type(error)(names[was] + colon + rest) from None


def read_switch(name: str, value: bool) -> bool:
    """Accept True or False, and nothing that merely counts as one of them, such as "no"."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: got {value!r}, wanted True or False. Write {name}=True.")
    return bool(value)


def read_image(image: Any, name: str = "image") -> Picture:
    """Accept the name of a picture, a file's path, a Pillow image or an array (H, W) or (H, W, 3).

    `name` is the argument that errors speak of.
    """
    if isinstance(image, str) and image in IMAGES:
        title, make = IMAGES[image]
        return _picture(title, make())
    if isinstance(image, str | Path):
        if not Path(image).is_file():
            raise ValueError(
                f"{name}: got {str(image)!r}, wanted an array, a picture file or one of {', '.join(IMAGES)}. "
                "Check the spelling and the folder."
            )
        with renamed(upload=name):
            return read_file(Path(image).read_bytes())
    if hasattr(image, "getbands"):  # a Pillow image: its palette and transparency need care
        from cnnlab.widgets.upload import to_grey

        grey, note = to_grey(image)
        return _picture("your picture", grey, note)
    return _picture("your image", _plane(image, name))


def read_file(content: bytes) -> Picture:
    """Accept the bytes of a picture file."""
    grey, note = open_picture(content)
    return _picture("your picture", grey, note)


def _plane(image: ArrayLike, name: str) -> NDArray[Any]:
    array = numbers(name, image)
    if array.ndim < 2:
        raise ShapeError(
            f"{name}: got shape {array.shape}, wanted (rows, columns) or (rows, columns, 3). "
            "Write one row as [[1, 2, 3]]."
        )
    try:
        plane = data.grey(array)
    except ShapeError as error:  # it speaks of its own argument
        raise ShapeError(str(error).replace("one picture", "one").replace("picture", name)) from None
    if plane.size == 0:
        raise ShapeError(
            f"{name}: got an empty array of shape {plane.shape}, wanted at least one cell. Pass a picture."
        )
    if plane.size > MOST_CELLS:
        skip = int(np.ceil(np.sqrt(plane.size / MOST_CELLS)))
        raise ShapeError(
            f"{name}: got {plane.shape[0]}×{plane.shape[1]} cells, wanted at most {MOST_CELLS:,}. "
            f"Keep 1 row and 1 column in {skip}: {name}[::{skip}, ::{skip}]."
        )
    within(name, plane, MOST_VALUE)
    return plane


def numbers(name: str, given: ArrayLike) -> NDArray[Any]:
    """Accept an array of real numbers."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise ShapeError(
            f"{name}: got rows of different lengths, wanted a rectangle. Give every row as many cells."
        ) from None
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name}: got {type(given).__name__} with dtype {array.dtype}, wanted real numbers. "
            f"Pass an array of numbers, for example np.array({name}, float)."
        )
    return array


def within(name: str, array: NDArray[Any], most: float) -> None:
    """Refuse NaN, infinite values and values too large to be read."""
    broken = int(np.size(array) - np.count_nonzero(np.isfinite(array)))
    if broken:
        cells = "1 cell that is" if broken == 1 else f"{broken} cells that are"
        raise ValueError(
            f"{name}: got {cells} NaN or infinite, wanted finite numbers. Replace them, "
            f"for example with np.nan_to_num({name})."
        )
    largest = float(np.max(np.abs(array.astype(np.float64))))
    if largest > most:
        raise ValueError(
            f"{name}: got values up to {largest:.3g}, wanted at most {most:,.0f} so that the numbers can be read. "
            f"Scale it: {name} / np.abs({name}).max()."
        )


def _picture(name: str, plane: NDArray[Any], note: str = "") -> Picture:
    """Find the distinct values: all words for them are written once."""
    if plane.dtype == np.uint8 and not fits_numbers(plane.shape):
        return Picture(name, plane.astype(np.float64), Levels(plane, np.arange(256.0), 0, 255), note)
    image = plane.astype(np.float64)
    values, codes = np.unique(image, return_inverse=True)
    low, high = float(values[0]), float(values[-1])
    if len(values) > MOST_LEVELS:
        codes = np.rint((image - low) / (high - low) * (MOST_LEVELS - 1)).astype(np.int64)
        values = np.linspace(low, high, MOST_LEVELS)
        image = values[codes]
        note = f"{note} The image is rounded to {MOST_LEVELS} levels.".strip()
    black, white = (0.0, 255.0) if plane.dtype == np.uint8 else (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    small = np.uint8 if len(values) <= 256 else np.uint16
    return Picture(name, image, Levels(codes.reshape(image.shape).astype(small), values, black, white), note)


def read_kernel(kernel: Any, argument: str = "kernel") -> tuple[str, Floats]:
    """Accept a kernel's name or an array (R, S); return its name, "own" for an array that has none, and its weights.

    Errors speak of `argument`.
    """
    if isinstance(kernel, str):
        with renamed(kernel=argument):
            return kernel, data.kernel(kernel, 3)
    weights = numbers(argument, kernel).astype(np.float64)
    if weights.ndim != 2 or weights.size == 0:
        remedy = f"Take one of them: {argument}[0]." if weights.ndim > 2 else "Write one row as [[1, 0, -1]]."
        raise ShapeError(
            f"{argument}: got shape {weights.shape}, wanted 2 axes (rows, columns) with at least 1 cell. {remedy}"
        )
    if max(weights.shape) > MOST_SIDE:
        raise ShapeError(
            f"{argument}: got {weights.shape[0]}×{weights.shape[1]}, wanted at most {MOST_SIDE}×{MOST_SIDE} so that "
            "every product can be read. For larger ones use cnnlab.ops.correlate2d(image, kernel)."
        )
    within(argument, weights, MOST_WEIGHT)
    for name, preset in data.KERNELS.items():
        for known in preset.weights:
            if np.array_equal(data.kernel(name, known), weights):
                return name, weights
    return "own", weights


def read_weight(text: str, row: int, column: int) -> float:
    """Accept what was typed into a kernel cell: ``-1``, ``−0.5`` or ``1/9``."""
    try:
        weight = read_number(text)
    except ValueError:
        weight = np.nan
    if not abs(weight) <= MOST_WEIGHT:
        raise ValueError(
            f"Kernel row {row}, column {column}: got {text[:20]!r}, wanted a number up to {MOST_WEIGHT:,.0f} "
            "such as -1, 0.5 or 1/9. Type one, or press Undo."
        )
    return weight
