"""Networks as plain data: a list of rows that a widget, a file or a learner can write. Used in notebook 08.

``{"type": "conv", "f": 3, "filters": 8, "pad": 1}`` is a layer; a list of such rows is a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnlab.layers.base import Layer
from cnnlab.layers.kinds import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU
from cnnlab.layers.sequential import Sequential
from cnnlab.shapes import ShapeError

__all__ = ["SMALL", "TYPES", "LayerRow", "from_rows", "layers_of", "to_rows"]

LayerRow = Mapping[str, Any]

# The last layer starts small: all classes get nearly the same score, and the loss starts at log(classes).
SMALL = 0.001

MODES: dict[str, type[Layer]] = {"max": MaxPool2d, "average": AvgPool2d}


@dataclass(frozen=True)
class _Kind:
    """What a row of one type may say."""

    layers: tuple[type[Layer], ...]
    example: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


TYPES: dict[str, _Kind] = {
    "conv": _Kind(
        (Conv2d,),
        '{"type": "conv", "f": 3, "filters": 8, "stride": 1, "pad": 1}',
        ("f", "filters"),
        ("stride", "pad", "dilation", "bias", "init"),
    ),
    "bn": _Kind((BatchNorm,), '{"type": "bn"}', may=("momentum", "eps")),
    "relu": _Kind((ReLU,), '{"type": "relu"}'),
    "pool": _Kind(
        (MaxPool2d, AvgPool2d),
        '{"type": "pool", "f": 2, "stride": 2, "mode": "max"}',
        ("f",),
        ("stride", "pad", "mode", "ceil_mode"),
    ),
    "flatten": _Kind((Flatten,), '{"type": "flatten"}'),
    "dropout": _Kind((Dropout,), '{"type": "dropout", "keep": 0.5}', may=("keep",)),
    "fc": _Kind((Dense,), '{"type": "fc", "units": 10}', may=("units", "bias", "init")),
}


def from_rows(
    rows: Sequence[LayerRow],
    input_shape: Sequence[int],
    classes: int | None = None,
    *,
    rng: np.random.Generator | int = 0,
    dtype: DTypeLike = np.float32,
) -> Sequential:
    """Build a network from rows of plain data.

    Parameters
    ----------
    rows
        One mapping per layer; "type" is one of conv, bn, relu, pool, flatten, dropout, fc. ``f`` is the side of the
        window, ``stride`` of a pool is ``f`` unless given, ``mode`` is "max" or "average".
    input_shape
        Shape of one example, (C, H, W).
    classes
        Units of an fc row that names none. With it, the last layer must give one score per class.
    rng, dtype
        As for :class:`Sequential`. An fc row at the end starts with small weights, as in the zoo, unless it has "init".

    Raises
    ------
    ShapeError
        If a layer does not fit what the one before gives, or the last does not fit the classes.
    ValueError, TypeError
        If a row cannot be read; the message names it.

    Examples
    --------
    >>> rows = [{"type": "conv", "f": 3, "filters": 4}, {"type": "relu"}, {"type": "flatten"}, {"type": "fc"}]
    >>> from_rows(rows, (1, 8, 8), classes=10)  # 4·(9 + 1) + (144 + 1)·10
    Sequential: 4 layers, 1×8×8 → 10, 1,490 parameters
    """
    layers = layers_of(rows, classes)
    network = Sequential(layers, input_shape, rng=rng, dtype=dtype)
    if classes is not None and network.shapes[-1] != (classes,):
        raise ShapeError(
            f"layer {len(layers)}, {network.names[-1]}: got an output of shape {network.shapes[-1]}, wanted "
            f'({classes},), one score per class. End with {{"type": "flatten"}}, {{"type": "fc", "units": {classes}}}.'
        )
    return network


def layers_of(rows: Sequence[LayerRow], classes: int | None = None) -> list[Layer]:
    """Read rows as layers that are not built yet: they have settings and no parameters. As :func:`from_rows`."""
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Sequence):
        raise TypeError(
            f"rows: got {type(rows).__name__}, wanted a list of layers. "
            'Write [{"type": "flatten"}, {"type": "fc", "units": 10}].'
        )
    return [_layer(row, number, number == len(rows), classes) for number, row in enumerate(rows, 1)]


def to_rows(network: Sequential) -> list[dict[str, Any]]:
    """Write a network as rows; :func:`from_rows` builds one of the same layers from them.

    Examples
    --------
    >>> to_rows(Sequential([Conv2d(4, 3, pad=1), AvgPool2d(2), Flatten()], (1, 8, 8)))
    [{'type': 'conv', 'filters': 4, 'f': 3, 'pad': 1}, {'type': 'pool', 'f': 2, 'mode': 'average'}, {'type': 'flatten'}]
    """
    rows = []
    for layer in network.layers:
        name = next((name for name, kind in TYPES.items() if isinstance(layer, kind.layers)), None)
        if name is None:
            raise ValueError(
                f"network: got a layer {layer!r}, wanted the layers of cnnlab: {', '.join(TYPES)}. "
                "Leave it out, or build the network from these."
            )
        told = {
            "f" if field.name == "kernel" else field.name: getattr(layer, field.name)
            for field in fields(layer)
            if field.default is MISSING or getattr(layer, field.name) != field.default
        }
        mode = {"mode": "average"} if isinstance(layer, AvgPool2d) else {}
        rows.append({"type": name, **told, **mode})
    return rows


def _layer(row: LayerRow, number: int, last: bool, classes: int | None) -> Layer:
    """Read one row, `number` counted from 1."""
    if not isinstance(row, Mapping):
        raise TypeError(
            f'layer {number}: got {row!r}, wanted a row such as {{"type": "relu"}}. Write each layer as a dict.'
        )
    given = dict(row)
    name = given.pop("type", None)
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(
            f'layer {number}: got type {name!r}, wanted one of {", ".join(TYPES)}. Write {{"type": "relu"}}.'
        )
    odd = [key for key in given if key not in kind.needs + kind.may]
    missing = [key for key in kind.needs if key not in given]
    if odd or missing:
        got = f"the unknown {', '.join(map(str, odd))}" if odd else f"no {' and no '.join(missing)}"
        known = ", ".join(kind.needs + kind.may) or "nothing but its type"
        raise ValueError(f"layer {number}, {name}: got {got}, wanted {known}. Write {kind.example}.")
    make: Callable[..., Layer] = kind.layers[0]
    if name == "pool":
        mode = given.pop("mode", "max")
        if mode not in MODES:
            raise ValueError(f'layer {number}, pool: got mode {mode!r}, wanted "max" or "average". Write one of these.')
        make = MODES[mode]
    if name == "fc":
        given.setdefault("units", classes)
        if given["units"] is None:
            raise ValueError(f"layer {number}, fc: got no units, wanted how many. Write {kind.example}.")
        if last:
            given.setdefault("init", SMALL)
    if "f" in given:
        given["kernel"] = given.pop("f")
    try:
        return make(**given)
    except ValueError as error:
        raise ValueError(f"layer {number}, {name}: {error}") from None
    except TypeError as error:  # Python's own: a word where a number belongs
        raise TypeError(
            f"layer {number}, {name}: got {dict(row)}, wanted numbers ({error}). Write {kind.example}."
        ) from None
