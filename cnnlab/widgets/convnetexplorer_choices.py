"""What ConvNetExplorer can show: nets, data sets and pictures, its own and the learner's, checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import data, models
from cnnlab.data import DataError, Dataset, Splits
from cnnlab.layers import Conv2d, Dense, Layer, Sequential
from cnnlab.layers.rows import LayerRow, layers_of
from cnnlab.shapes import ShapeError, as_pair
from cnnlab.widgets.inputs import numbers

__all__ = [
    "NETS",
    "SETS",
    "Rows",
    "afford",
    "build",
    "ending_with",
    "own_data",
    "own_picture",
    "own_rows",
    "part",
    "splits",
    "suited",
]

Array = NDArray[Any]
Rows = tuple[LayerRow, ...]

MOST_LAYERS = 30
# What keeps a step of training under about a second on two cores, and in a few hundred megabytes.
MOST_WORK, MOST_PARAMETERS, MOST_NUMBERS = 30_000_000, 2_000_000, 1_000_000
MOST_SIDE = 128  # pixels of the learner's own pictures


@dataclass(frozen=True)
class _Net:
    title: str
    data: str  # the set it is shown with
    rows: Callable[[tuple[int, ...], int], Sequence[LayerRow]]  # from input shape and classes


def _small(shape: tuple[int, ...], classes: int) -> list[dict[str, Any]]:
    def block(filters: int) -> list[dict[str, Any]]:
        return [{"type": "conv", "f": 3, "filters": filters, "pad": 1}, {"type": "relu"}, {"type": "pool", "f": 2}]

    return [*block(8), *block(16), {"type": "flatten"}, {"type": "fc", "units": classes}]


def _zoo(name: str) -> Callable[[tuple[int, ...], int], Sequence[LayerRow]]:
    return lambda shape, classes: models.to_rows(models.MODELS[name](shape, classes))


NETS = {
    "small": _Net("small net", "digits16", _small),
    "lenet5": _Net("LeNet-5", "digits32", _zoo("lenet5")),
    "three_layer_net": _Net("three-layer net", "digits16", _zoo("three_layer_net")),
    "signs_net": _Net("SIGNS net", "shapes64", _zoo("signs_net")),
    "net39": _Net("39×39 example", "shapes39", _zoo("net39")),
    "small_vgg": _Net("small VGG", "shapes32", _zoo("small_vgg")),
}

SETS: dict[str, tuple[str, Callable[[], Dataset]]] = {
    "digits8": ("digits 8×8", lambda: data.digits(8)),
    "digits16": ("digits 16×16", lambda: data.digits(16)),
    "digits32": ("digits 32×32", lambda: data.digits(32)),
    "shapes16": ("shapes 16×16", lambda: data.shapes(600, 16)),
    "shapes32": ("shapes 32×32", lambda: data.shapes(600, 32)),
    "shapes39": ("shapes 39×39", lambda: data.shapes(600, 39)),
    "shapes64": ("shapes 64×64", lambda: data.shapes(600, 64)),
}
_SHORT = {"digits": "digits16", "shapes": "shapes32"}


@cache
def splits(name: str) -> Splits:
    """Load a set of the menu and deal it out; the same every time."""
    return data.split(SETS[name][1]())


def part(dealt: Splits) -> Dataset:
    """Choose where the pictures to look at come from: those that were not learnt, if there are any."""
    return dealt.validation if len(dealt.validation) else dealt.train


def own_data(given: Any) -> tuple[str, Splits]:
    """Accept a set's name, a data set, its splits or arrays (x, y); return its key and its parts."""
    if isinstance(given, str):
        name = _SHORT.get(given, given)
        if name not in SETS:
            raise ValueError(
                f"data: got {given!r}, wanted one of {', '.join([*_SHORT, *SETS])}. Choose one, or pass (x, y)."
            )
        return name, splits(name)
    if isinstance(given, Splits):
        return "own", _checked(given)
    if isinstance(given, Dataset):
        return "own", _checked(data.split(given, test=0))
    if not (isinstance(given, tuple | list) and len(given) == 2):
        raise TypeError(
            f"data: got {type(given).__name__}, wanted a name, a Dataset or a pair of arrays (x, y). "
            'Pass data="digits", or data=(x, y) with pictures (N, C, H, W) and labels (N,).'
        )
    x, y = numbers("x", given[0]), numbers("y", given[1])
    if x.dtype == np.uint8:
        x = x / np.float32(255)
    count = int(y.max()) + 1 if y.size and y.dtype.kind in "iu" else 1
    return "own", _checked(data.split(Dataset(x.astype(np.float32), y, tuple(map(str, range(max(count, 1))))), test=0))


def _checked(dealt: Splits) -> Splits:
    if not len(dealt.train):
        raise DataError("data: got no pictures to learn from, wanted at least one per class. Pass more pictures.")
    shape, known = dealt.train.images.shape[1:], len(dealt.train.classes)
    if known < 2:
        raise DataError(f"data: got {known} class, wanted at least 2. Pass pictures of two kinds, labelled 0 and 1.")
    if not min(shape) >= 1 or max(shape[1:]) > MOST_SIDE:
        raise ShapeError(
            f"data: got pictures of {shape[1]}×{shape[2]}, wanted 1 to {MOST_SIDE} pixels a side. "
            "Take every second pixel with x[:, :, ::2, ::2]."
        )
    for images in (dealt.train.images, dealt.validation.images):
        if not np.isfinite(images).all():
            raise DataError("data: got pictures with NaN or infinite pixels. Replace them with np.nan_to_num(x).")
    return dealt


def own_picture(given: Any, shape: tuple[int, ...]) -> Array:
    """Accept the learner's own picture, (C, H, W), or (H, W) if it is grey."""
    picture = numbers("picture", given)
    if picture.ndim == 2:
        picture = picture[None]
    if picture.shape != shape:
        raise ShapeError(
            f"picture: got shape {picture.shape}, wanted {shape}, as the net's other pictures. "
            "Move the channels first with np.moveaxis(picture, -1, 0), or resize it."
        )
    if not np.isfinite(picture).all():
        raise ValueError("picture: got NaN or infinite pixels. Replace them with np.nan_to_num(picture).")
    scaled = picture / np.float32(255) if picture.dtype == np.uint8 else picture.astype(np.float32)
    if not np.isfinite(scaled).all() or np.abs(scaled).max() > 1e6:
        raise ValueError("picture: got values beyond a million, wanted about 0 to 1. Divide it by its largest value.")
    own: Array = scaled
    return own


def own_rows(net: Any, shape: tuple[int, ...], classes: int) -> tuple[str, Rows]:
    """Accept a net's name, rows or a network; return its key and its rows."""
    if isinstance(net, str):
        if net not in NETS:
            raise ValueError(f"net: got {net!r}, wanted one of {', '.join(NETS)}. Choose one of these, or pass rows.")
        return net, tuple(NETS[net].rows(shape, classes))
    if isinstance(net, Sequential):
        if net.input_shape != shape:
            raise ShapeError(
                f"net: got a network for pictures {net.input_shape}, wanted {shape}, as in data. "
                "Pass data=(x, y) with pictures of that shape."
            )
        return "own", tuple(models.to_rows(net))
    if isinstance(net, str | bytes | Mapping) or not isinstance(net, Sequence):
        raise TypeError(
            f"net: got {type(net).__name__}, wanted a name, a list of rows or a Sequential. "
            f"Choose one of {', '.join(NETS)}."
        )
    return "own", tuple(dict(row) if isinstance(row, Mapping) else row for row in net)


def suited(net: Any) -> str:
    """Choose the set to show a net with when no data were given."""
    if isinstance(net, str) and net in NETS:
        return NETS[net].data
    if not isinstance(net, Sequential):
        return "digits16"
    for name in SETS:
        train = splits(name).train
        if train.images.shape[1:] == net.input_shape and net.shapes[-1] == (len(train.classes),):
            return name
    raise ShapeError(
        f"net: got a network from {net.input_shape} to {net.shapes[-1]}, for which no data is at hand. "
        "Pass yours: data=(x, y)."
    )


def ending_with(rows: Rows, classes: int) -> Rows:
    """Give the last fully connected layer a unit for each class."""
    if rows and rows[-1].get("type") == "fc":
        return (*rows[:-1], {**rows[-1], "units": classes})
    return rows


def build(rows: Rows, dealt: Splits, seed: int, dtype: Any = np.float32) -> Sequential:
    """Build a net for a data set, if it is one that can be trained while one watches."""
    shape, classes = dealt.train.images.shape[1:], len(dealt.train.classes)
    afford(rows, shape, classes)
    return models.from_rows(rows, shape, classes, rng=seed, dtype=dtype)


def afford(rows: Rows, shape: tuple[int, ...], classes: int) -> None:
    """Refuse nets too large to be watched, before anything is allocated.

    Raises
    ------
    ShapeError
        If there are too many layers, parameters, numbers or multiplications.
    """
    if len(rows) > MOST_LAYERS:
        raise ShapeError(f"net: got {len(rows)} layers, wanted at most {MOST_LAYERS} to be shown. Remove some.")
    work = parameters = between = 0
    for number, layer in enumerate(layers_of(rows, classes), 1):
        try:
            out = layer.output_shape(shape)
        except ShapeError:
            return  # said better, and with the layer's name, when the net is built
        weights, places = _weights(layer, shape, out)
        work, parameters, between, shape = work + weights * places, parameters + weights, between + math.prod(out), out
        for got, most, what in (
            (parameters, MOST_PARAMETERS, "parameters"),
            (between, MOST_NUMBERS, "numbers between its layers"),
            (work, MOST_WORK, "multiplications for one picture"),
        ):
            if got > most:
                raise ShapeError(
                    f"layer {number}, {layer!r}: got a net with {got:,} {what} up to here, wanted at most {most:,} so "
                    "that you can watch it. Take fewer filters or units, or pool before this layer."
                )


def _weights(layer: Layer, shape: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, int]:
    """Count a layer's weights, and at how many places they are used."""
    if isinstance(layer, Conv2d):
        return math.prod(as_pair("kernel", layer.kernel)) * shape[0] * layer.filters, out[1] * out[2]
    if isinstance(layer, Dense):
        return shape[0] * layer.units, 1
    return 0, 0
