"""Layers one after the other: a network. Used in notebook 08."""

from __future__ import annotations

import copy
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cnnlab.data import DataError, store
from cnnlab.layers.base import KINDS, Array, Layer, Shape
from cnnlab.layers.kinds import Dense
from cnnlab.layers.summary import Row, Summary
from cnnlab.shapes import ShapeError, receptive_field
from cnnlab.whole import whole

__all__ = ["Sequential", "load_model"]


class Sequential:
    """A stack of layers: the output of one is the input of the next.

    Parameters
    ----------
    layers
        In order. Each is given a name and a number, such as "conv2"; its parameters are "conv2.w" and "conv2.b".
    input_shape
        Shape of one example, such as (3, 64, 64). All other sizes follow from it.
    rng
        Where the weights come from: a generator, or a seed for one.
    dtype
        float32, or float64 for gradient checks.

    Raises
    ------
    ShapeError
        If a layer does not fit what the one before gives; the message names it.

    Examples
    --------
    >>> from cnnlab.layers import Conv2d, Dense, Flatten, MaxPool2d, ReLU
    >>> net = Sequential([Conv2d(4, 3), ReLU(), MaxPool2d(2), Flatten(), Dense(10)], input_shape=(1, 8, 8))
    >>> net
    Sequential: 5 layers, 1×8×8 → 10, 410 parameters
    >>> net.forward(np.zeros((2, 1, 8, 8))).shape
    (2, 10)
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Sequence[int],
        *,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if isinstance(layers, Layer):
            raise TypeError(f"layers: got {layers!r}, wanted a list of layers. Write [{layers!r}], in brackets.")
        self.layers = tuple(layers)
        if not self.layers:
            raise ValueError("layers: got none, wanted at least one. Pass [Flatten(), Dense(10)].")
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers: got {layer!r}, wanted layers. Write ReLU(), with its brackets, not ReLU.")
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError(
                "layers: got the same layer twice, wanted a layer of its own for each place. Write ReLU() again."
            )
        self.input_shape = _shape(input_shape)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise TypeError(f"dtype: got {self.dtype}, wanted float32 or float64. Pass np.float32.")
        if not isinstance(rng, np.random.Generator):
            whole("rng", rng, 0, remedy="Pass a seed such as 0, or a generator.")
        generator = np.random.default_rng(rng)
        self.names = _numbered(self.layers)
        self.shapes: list[Shape] = []  # what each layer gives
        shape = self.input_shape
        for i, layer in enumerate(self.layers):
            with self._named(i):
                shape = layer.build(shape, generator, self.dtype)
            self.shapes.append(shape)

    def __repr__(self) -> str:
        sizes = " → ".join("×".join(map(str, shape)) for shape in (self.input_shape, self.shapes[-1]))
        count = sum(w.size for w in self.params.values())
        return f"Sequential: {len(self.layers)} layers, {sizes}, {count:,} parameters"

    @contextmanager
    def _named(self, i: int) -> Iterator[None]:
        try:
            yield
        except ShapeError as error:
            raise ShapeError(f"layer {i + 1}, {self.names[i]}, {self.layers[i]!r}: {error}") from None

    def _collect(self, kind: str) -> dict[str, Array]:
        return {
            f"{name}.{key}": array
            for name, layer in zip(self.names, self.layers, strict=True)
            for key, array in getattr(layer, kind).items()
        }

    @property
    def params(self) -> dict[str, Array]:
        """Everything that is learnt, by name: the arrays themselves, not copies."""
        return self._collect("params")

    @property
    def grads(self) -> dict[str, Array]:
        """The gradients that the last backward pass left, under the names of their parameters."""
        return self._collect("grads")

    def forward(self, x: ArrayLike, *, train: bool = False, rng: np.random.Generator | None = None) -> Array:
        """Run examples (N, …) through all layers, in training or (by default) in test mode.

        Parameters
        ----------
        x
            Examples (N, *input_shape).
        train
            Training mode: dropout is on, batchnorm uses the batch, and :meth:`backward` may follow.
        rng
            Where dropout takes its chance from.
        """
        y = self._examples(x)
        for i, layer in enumerate(self.layers):
            with self._named(i):
                y = layer.forward(y, train=train, rng=rng)
        return y

    def backward(self, dy: Array, *, need_dx: bool = False) -> Array | None:
        """Run the gradient of the loss back through all layers and fill :attr:`grads`.

        Parameters
        ----------
        dy
            Gradient with respect to what the last forward pass, in training mode, returned.
        need_dx
            Also return the gradient with respect to its input.
        """
        learns = [bool(layer.params) for layer in self.layers]
        gradient: Array | None = dy
        for i in reversed(range(len(self.layers))):
            needed = need_dx or any(learns[:i])
            if gradient is not None and (needed or learns[i]):
                with self._named(i):
                    gradient = self.layers[i].backward(gradient, need_dx=needed)
        return gradient if need_dx else None

    def scores(self, x: ArrayLike, *, batch_size: int = 256) -> Array:
        """Run examples through in test mode, `batch_size` at a time to spare memory; (N, classes)."""
        batch_size = whole("batch_size", batch_size, 1)
        examples = self._examples(x)
        parts = [self.forward(examples[i : i + batch_size]) for i in range(0, len(examples), batch_size)]
        return np.concatenate(parts) if parts else self.forward(examples)

    def predict(self, x: ArrayLike, *, batch_size: int = 256) -> NDArray[np.intp]:
        """Return the class with the highest score for each example, (N,)."""
        winners: NDArray[np.intp] = self.scores(x, batch_size=batch_size).argmax(1)
        return winners

    def activations(self, x: ArrayLike) -> dict[str, Array]:
        """Run examples through in test mode and return what every layer gives, by its name."""
        y, found = self._examples(x), {}
        for name, layer in zip(self.names, self.layers, strict=True):
            found[name] = y = layer.forward(y)
        return found

    def summary(self) -> Summary:
        """Return the table of activation shapes, sizes, parameters and receptive fields.

        Examples
        --------
        >>> from cnnlab.layers import Conv2d, Dense, Flatten
        >>> Sequential([Conv2d(4, 3), Flatten(), Dense(2)], (1, 8, 8)).summary()
        layer                activation shape  size  parameters  receptive field
        ------------------------------------------------------------------------
        input                1×8×8               64           0              1×1
        conv1: Conv2d(4, 3)  4×6×6              144          40              3×3
        flatten1: Flatten()  144                144           0              3×3
        dense1: Dense(2)     2                    2         290              all
        ------------------------------------------------------------------------
        total                                            330
        """
        rows = [Row("input", "", self.input_shape, 0, (1, 1))]
        windows: list[tuple[tuple[int, int], tuple[int, int]]] = []
        connected = False
        for name, layer, shape in zip(self.names, self.layers, self.shapes, strict=True):
            windows.append(layer.window)
            connected = connected or isinstance(layer, Dense)
            field = (receptive_field(w[0] for w in windows), receptive_field(w[1] for w in windows))
            learnt = sum(w.size for w in layer.params.values())
            rows.append(Row(name, repr(layer), shape, learnt, None if connected else field))
        return Summary(tuple(rows))

    def state_dict(self) -> dict[str, Array]:
        """Return copies of parameters and running statistics, by name."""
        return {name: array.copy() for name, array in (self._collect("params") | self._collect("buffers")).items()}

    def load_state_dict(self, arrays: Mapping[str, Array]) -> None:
        """Take over parameters and running statistics, in place.

        Raises
        ------
        DataError
            If names or shapes are not those of this network; nothing is changed then.
        """
        own = self._collect("params") | self._collect("buffers")
        if own.keys() != arrays.keys():
            odd = ", ".join(sorted(own.keys() ^ arrays.keys()))
            raise DataError(
                f"arrays: got other names than this network has ({odd}), wanted the same. "
                "Build the network as it was when its state was taken."
            )
        for name, array in own.items():
            if array.shape != arrays[name].shape:
                raise DataError(
                    f"arrays: got {name} of shape {arrays[name].shape}, wanted {array.shape}. "
                    "Build the network as it was when its state was taken."
                )
        for name, array in own.items():
            array[...] = arrays[name]

    def copy(self) -> Sequential:
        """Return a network like this one that shares nothing with it."""
        return copy.deepcopy(self)

    def save(self, path: str | Path) -> None:
        """Save settings and parameters as .npz, without pickle; :func:`load_model` brings the network back."""
        store.write(path, {"kind": "model", **self.settings}, self.state_dict())

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that makes a network like this one, its parameters aside."""
        return {
            "input_shape": self.input_shape,
            "dtype": self.dtype.name,
            "layers": [{"kind": type(layer).__name__, **layer.settings} for layer in self.layers],
        }

    def _examples(self, x: ArrayLike) -> Array:
        examples = np.asarray(x)
        if examples.shape[1:] != self.input_shape or not examples.ndim:
            wanted = f"(N, {', '.join(map(str, self.input_shape))})"
            remedy = (
                "Add the batch axis with x[None]."
                if examples.shape == self.input_shape
                else ("Resize or move the axes, or build the network with another input_shape.")
            )
            raise ShapeError(f"x: got shape {examples.shape}, wanted {wanted}. {remedy}")
        if examples.dtype.kind not in "biuf":
            raise TypeError(f"x: got dtype {examples.dtype}, wanted real numbers. Convert with x.astype(float).")
        return examples.astype(self.dtype, copy=False)


def load_model(path: str | Path) -> Sequential:
    """Load a network that :meth:`Sequential.save` saved; it predicts the same.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If the file is damaged or holds something else.
    """
    settings, arrays = store.read(path, "model")
    try:
        layers = []
        for entry in settings["layers"]:
            kind = KINDS[entry.pop("kind")]
            layers.append(kind(**{key: _tupled(value) for key, value in entry.items()}))
        network = Sequential(layers, settings["input_shape"], dtype=settings["dtype"])
        network.load_state_dict(arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"path: got {path}, whose network cannot be built ({error}), wanted one this version knows. "
            "Load it with the version of cnnlab that saved it."
        ) from error
    return network


def _shape(given: Sequence[int]) -> Shape:
    """Return the shape of one example as numbers, after a look at them."""
    try:
        shape = tuple(map(operator.index, given))
    except TypeError:
        shape = ()
    if not shape or min(shape) < 1:
        raise ShapeError(
            f"input_shape: got {given!r}, wanted the shape of one example, whole numbers of at least 1. "
            "Write input_shape=(3, 64, 64)."
        )
    return shape


def _numbered(layers: Sequence[Layer]) -> list[str]:
    """Name the layers by kind and number, such as conv1, relu1, pool1, conv2."""
    shorts = [layer.short for layer in layers]
    return [f"{short}{shorts[: i + 1].count(short)}" for i, short in enumerate(shorts)]


def _tupled(value: Any) -> Any:
    """Turn JSON's lists back into the tuples that settings are."""
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value
