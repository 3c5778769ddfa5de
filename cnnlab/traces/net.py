"""The trace of one picture on its way through a network: what every layer gives.

Notebook 08 plays it as ConvNetExplorer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.layers import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool2d, ReLU, Sequential
from cnnlab.layers.summary import Row
from cnnlab.shapes import ShapeError, window_grid
from cnnlab.traces.number import number
from cnnlab.traces.reach import sizes

__all__ = ["NetStep", "NetTrace", "trace_net"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class NetStep:
    """One layer: what comes in, what comes out, what it learns."""

    row: Row  # of the network's table; the first is the picture itself
    layer: Layer | None  # None: the picture
    given: tuple[int, ...]  # shape of what comes in
    output: Array  # (C, P, Q) or (D,)

    @property
    def words(self) -> str:
        """What the layer is, in words: ``8 filters 3×3, pad 1``."""
        return "" if self.layer is None else _words(self.layer)

    @property
    def formula(self) -> str:
        """How sizes and parameters follow, with the numbers of this layer."""
        return _formula(self)

    @property
    def sentence(self) -> str:
        """One sentence for a screen reader and for people who cannot see the picture."""
        shape = _by(self.row.shape)
        if self.layer is None:
            return f"The picture, {shape}, {_range(self.output)}."
        sees = f"{_by(self.row.field)} pixels" if self.row.field else "the whole picture"
        learns = f"{self.row.parameters:,} parameters" if self.row.parameters else "no parameters"
        return (
            f"{self.row.name}: {self.words}. Output {shape}, {_range(self.output)}; {learns}; each number sees {sees}."
        )


@dataclass(frozen=True, eq=False)
class NetTrace:
    """Every layer in order, the picture first. Index it: ``trace[1]`` is a :class:`NetStep`."""

    steps: tuple[NetStep, ...]
    classes: tuple[str, ...]
    label: int | None  # the right class, if it is known

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the scores, (K,)."""
        scores = self.steps[-1].output.astype(np.float64)
        if not np.isfinite(scores).all():
            return np.full(len(self.classes), np.nan)
        probabilities: NDArray[np.float64] = ops.softmax(scores[None])[0]
        return probabilities

    @property
    def predicted(self) -> int:
        """The class with the highest score."""
        return int(self.probabilities.argmax())

    @property
    def verdict(self) -> str:
        """What the network says of the picture, and whether it is right."""
        if np.isnan(self.probabilities).any():
            return "The scores are not finite: no prediction."
        said = f"{self.classes[self.predicted]}, {self.probabilities[self.predicted]:.1%}"
        if self.label is None:
            return f"Predicted: {said}."
        right = "Right" if self.label == self.predicted else f"Wrong: it is {self.classes[self.label]}"
        return f"Predicted: {said}. {right}."

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[NetStep]:
        return iter(self.steps)

    def __getitem__(self, index: int) -> NetStep:
        return self.steps[index]

    def __repr__(self) -> str:
        sizes = " → ".join(_by(self.steps[i].row.shape) for i in (0, -1))
        return f"NetTrace: a picture through {len(self) - 1} layers, {sizes}"


def trace_net(
    network: Sequential, picture: ArrayLike, classes: Sequence[str] | None = None, label: int | None = None
) -> NetTrace:
    """Trace one picture (C, H, W) through a network, in test mode.

    Parameters
    ----------
    network
        Ends with one score per class.
    picture
        As for ``network.forward``, without the batch axis.
    classes
        Names of the classes, by default their numbers.
    label
        The right class, if it is known.

    Raises
    ------
    ShapeError
        If the picture does not suit the network, or the network does not end with a score per class.

    Examples
    --------
    >>> net = Sequential([Conv2d(4, 3, pad=1), MaxPool2d(2), Flatten(), Dense(2)], (1, 8, 8))
    >>> trace = trace_net(net, np.zeros((1, 8, 8)), ("cat", "dog"))
    >>> trace[1].formula
    '⌊(8 + 2·1 − 3)/1⌋ + 1 = 8 rows and columns; (3·3·1 + 1)·4 = 40 parameters'
    >>> trace[2].sentence
    'pool1: max 2×2, stride 2. Output 4×4×4, numbers 0 to 0; no parameters; each number sees 4×4 pixels.'
    """
    image = np.asarray(picture)
    if image.ndim != 3:
        raise ShapeError(
            f"picture: got {image.ndim} axes with shape {image.shape}, wanted 3 (channels, rows, columns). "
            "Give a grey picture its channel with picture[None]; move the channels first with np.moveaxis(p, -1, 0)."
        )
    if len(network.shapes[-1]) != 1:
        raise ShapeError(
            f"network: got an output of shape {network.shapes[-1]}, wanted one score per class. "
            "End it with Flatten() and Dense(classes)."
        )
    names = tuple(map(str, range(network.shapes[-1][0]) if classes is None else classes))
    if len(names) != network.shapes[-1][0]:
        raise ShapeError(
            f"classes: got {len(names)} for {network.shapes[-1][0]} scores, wanted one name per score. "
            f"End the network with Dense({len(names)})."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        given = image[None].astype(network.dtype)
        found = _exact(network).activations(given).values()
        outputs = [given, *(output.astype(network.dtype) for output in found)]
    rows = network.summary().rows
    shapes = (network.input_shape, network.input_shape, *network.shapes)
    steps = [
        NetStep(row, layer, shape, output[0])
        for row, layer, shape, output in zip(rows, (None, *network.layers), shapes, outputs, strict=False)
    ]
    for step in steps:
        step.output.flags.writeable = False
    return NetTrace(tuple(steps), names, label)


def _exact(network: Sequential) -> Sequential:
    """Copy a network in float64: float32 rounds otherwise on another processor, and a picture would show it."""
    exact = network.copy()
    exact.dtype = np.dtype(np.float64)
    for layer in exact.layers:
        for arrays in (layer.params, layer.buffers):
            arrays.update({name: array.astype(np.float64) for name, array in arrays.items()})
    return exact


def _by(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


def _side(value: Any) -> str:
    """Write a window's side: ``3×3`` for 3, ``3×5`` for (3, 5)."""
    return _by(value) if isinstance(value, tuple) else f"{value}×{value}"


def _range(values: Array) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no finite numbers"
    decimals = 0 if float(np.abs(finite).max()) >= 1000 else 2
    return f"numbers {number(float(finite.min()), decimals)} to {number(float(finite.max()), decimals)}"


def _words(layer: Layer) -> str:
    match layer:
        case Conv2d():
            words = [f"{layer.filters} filters {_side(layer.kernel)}"]
            words += [f"stride {layer.stride}"] * (layer.stride != 1)
            words += [f"pad {layer.pad}"] * (layer.pad != 0)
            words += [f"dilation {layer.dilation}"] * (layer.dilation != 1)
            return ", ".join(words)
        case MaxPool2d() | AvgPool2d():
            kind = "max" if isinstance(layer, MaxPool2d) else "average"
            stride = layer.kernel if layer.stride is None else layer.stride
            pad = f", pad {layer.pad}" if layer.pad != 0 else ""
            return f"{kind} {_side(layer.kernel)}, stride {stride}{pad}"
        case Dense():
            return f"{layer.units} units"
        case BatchNorm():
            return "γ and β per channel"
        case ReLU():
            return "max(0, x)"
        case Dropout():
            return f"keeps {layer.keep:g} of the numbers in training"
        case Flatten():
            return "one row of numbers"
    return repr(layer)


def _formula(step: NetStep) -> str:
    given, out, learnt = step.given, step.row.shape, step.row.parameters
    match step.layer:
        case Conv2d() | MaxPool2d() | AvgPool2d() as layer:
            more = {"dilation": layer.dilation} if isinstance(layer, Conv2d) else {"ceil_mode": layer.ceil_mode}
            stride = layer.stride if layer.stride is not None else layer.kernel
            grid = window_grid((given[1], given[2]), layer.kernel, stride=stride, pad=layer.pad, **more)
            told = [sizes((given[1], given[2]), grid)]
            if isinstance(layer, Conv2d):
                bias = " + 1" if layer.bias else ""
                product = f"{'·'.join(map(str, grid.kernel))}·{given[0]}{bias}"
                told.append(f"({product})·{layer.filters} = {learnt:,} parameters")
            return "; ".join(told)
        case Dense() as layer:
            inputs = f"({given[0]:,} + 1)" if layer.bias else f"{given[0]:,}"
            return f"{inputs}·{layer.units} = {learnt:,} parameters"
        case BatchNorm():
            return f"2·{given[0]} = {learnt:,} parameters"
        case Flatten():
            return f"{'·'.join(map(str, given))} = {math.prod(given):,} numbers"
    return f"{'·'.join(map(str, out))} = {math.prod(out):,} numbers"
