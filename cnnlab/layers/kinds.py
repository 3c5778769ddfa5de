"""The layers of a ConvNet, each one operation of :mod:`cnnlab.ops` with its parameters. Used in notebook 08."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from cnnlab import ops
from cnnlab.layers.base import Array, Layer, Shape
from cnnlab.layers.initial import Init, weights
from cnnlab.ops._argument import check_eps, check_number
from cnnlab.shapes import Pad, Pair, ShapeError, as_pair, window_grid
from cnnlab.whole import whole

__all__ = ["AvgPool2d", "BatchNorm", "Conv2d", "Dense", "Dropout", "Flatten", "MaxPool2d", "ReLU"]

Rng = np.random.Generator | None


def _picture(shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ShapeError(
            f"input: got shape {shape} per example, wanted 3 axes (channels, rows, columns). "
            "Put this layer before Flatten and Dense; for grey pictures write their one channel, (1, rows, columns)."
        )
    return shape[0], shape[1], shape[2]


@dataclass(eq=False, repr=False)
class Conv2d(Layer):
    """Convolution: `filters` filters of size `kernel` over all channels, (C, H, W) → (filters, P, Q)."""

    short: ClassVar[str] = "conv"
    filters: int
    kernel: Pair
    stride: Pair = field(default=1, kw_only=True)
    pad: Pad = field(default=0, kw_only=True)
    dilation: Pair = field(default=1, kw_only=True)
    bias: bool = field(default=True, kw_only=True)
    init: Init = field(default="he", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("filters", self.filters, 1)

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The span of the dilated kernel and the stride, per axis."""
        f, s, d = (
            as_pair(n, v) for n, v in (("kernel", self.kernel), ("stride", self.stride), ("dilation", self.dilation))
        )
        return (d[0] * (f[0] - 1) + 1, s[0]), (d[1] * (f[1] - 1) + 1, s[1])

    def output_shape(self, shape: Shape) -> Shape:
        """Return (filters, P, Q)."""
        _, *size = _picture(shape)
        grid = window_grid((size[0], size[1]), self.kernel, stride=self.stride, pad=self.pad, dilation=self.dilation)
        return (self.filters, *grid.out)

    def build(self, shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        """Draw the filters (K, C, R, S); biases start at 0."""
        out = self.output_shape(shape)
        rows, columns = as_pair("kernel", self.kernel)
        size = (self.filters, shape[0], rows, columns)
        area = rows * columns
        self.params = {"w": weights(self.init, size, shape[0] * area, self.filters * area, rng, dtype)}
        if self.bias:
            self.params["b"] = np.zeros(self.filters, dtype)
        return out

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        w, b = self.params["w"], self.params.get("b")
        return ops.conv2d(x, w, b, stride=self.stride, pad=self.pad, dilation=self.dilation)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        dx, self.grads["w"], db = ops.conv2d_backward(dy, cache, need_dx=need_dx)
        if db is not None:
            self.grads["b"] = db
        return dx


@dataclass(eq=False, repr=False)
class _Pool(Layer):
    """What both poolings share: a window, moved by its own size unless a stride is given."""

    short: ClassVar[str] = "pool"
    kernel: Pair
    stride: Pair | None = field(default=None, kw_only=True)
    pad: Pad = field(default=0, kw_only=True)
    ceil_mode: bool = field(default=False, kw_only=True)

    @property
    def _stride(self) -> Pair:
        return self.kernel if self.stride is None else self.stride

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The window and its stride, per axis."""
        f, s = as_pair("kernel", self.kernel), as_pair("stride", self._stride)
        return (f[0], s[0]), (f[1], s[1])

    def output_shape(self, shape: Shape) -> Shape:
        """Return (C, P, Q)."""
        channels, *size = _picture(shape)
        grid = window_grid((size[0], size[1]), self.kernel, stride=self._stride, pad=self.pad, ceil_mode=self.ceil_mode)
        return (channels, *grid.out)


@dataclass(eq=False, repr=False)
class MaxPool2d(_Pool):
    """Max pooling: the largest value of every window, channel by channel."""

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.maxpool2d(x, self.kernel, stride=self.stride, pad=self.pad, ceil_mode=self.ceil_mode)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        return ops.maxpool2d_backward(dy, cache)


@dataclass(eq=False, repr=False)
class AvgPool2d(_Pool):
    """Average pooling: the mean of every window, channel by channel."""

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.avgpool2d(x, self.kernel, stride=self.stride, pad=self.pad, ceil_mode=self.ceil_mode)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        return ops.avgpool2d_backward(dy, cache)


@dataclass(eq=False, repr=False)
class BatchNorm(Layer):
    """Batch normalisation, per channel of pictures (C, H, W) or per feature of rows (D,).

    In training it uses the batch's mean and variance and updates the running ones, ``running = momentum · running +
    (1 − momentum) · batch`` (CS231n's reading of momentum, not PyTorch's); else it uses the running ones.
    """

    short: ClassVar[str] = "norm"
    momentum: float = field(default=0.9, kw_only=True)
    eps: float = field(default=1e-5, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("momentum", self.momentum, lambda share: 0 <= share < 1, "0 to less than 1", "Usual is 0.9.")
        check_eps(self.eps, "1e-5")

    def build(self, shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        """Start γ at 1, β at 0, and the running statistics as those of normalised data."""
        if len(shape) not in (1, 3):
            raise ShapeError(
                f"input: got shape {shape} per example, wanted (features,) or (channels, rows, columns). "
                "Put a Flatten before this layer."
            )
        self.params = {"gamma": np.ones(shape[0], dtype), "beta": np.zeros(shape[0], dtype)}
        self.buffers = {"running_mean": np.zeros(shape[0], dtype), "running_var": np.ones(shape[0], dtype)}
        return shape

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        op = ops.spatial_batchnorm if x.ndim == 4 else ops.batchnorm
        stats = None if train else (self.buffers["running_mean"], self.buffers["running_var"])
        y, cache = op(x, self.params["gamma"], self.params["beta"], eps=self.eps, stats=stats)
        if train:
            for name, batch in (("running_mean", cache.mean), ("running_var", cache.var)):
                self.buffers[name] *= self.momentum
                self.buffers[name] += (1 - self.momentum) * batch
        return y, cache

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        op = ops.spatial_batchnorm_backward if dy.ndim == 4 else ops.batchnorm_backward
        dx, self.grads["gamma"], self.grads["beta"] = op(dy, cache)
        return dx


@dataclass(eq=False, repr=False)
class Dense(Layer):
    """Fully connected layer, (D,) → (units,)."""

    short: ClassVar[str] = "dense"
    units: int
    bias: bool = field(default=True, kw_only=True)
    init: Init = field(default="he", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("units", self.units, 1)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (units,)."""
        if len(shape) != 1:
            raise ShapeError(
                f"input: got shape {shape} per example, wanted (features,). Put a Flatten before this layer."
            )
        return (self.units,)

    def build(self, shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> Shape:
        """Draw the weights (D, units); biases start at 0."""
        out = self.output_shape(shape)
        self.params = {"w": weights(self.init, (shape[0], self.units), shape[0], self.units, rng, dtype)}
        if self.bias:
            self.params["b"] = np.zeros(self.units, dtype)
        return out

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.affine(x, self.params["w"], self.params.get("b"))

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        dx, self.grads["w"], db = ops.affine_backward(dy, cache, need_dx=need_dx)
        if db is not None:
            self.grads["b"] = db
        return dx


@dataclass(eq=False, repr=False)
class Flatten(Layer):
    """Lay each example out as one row: (C, H, W) → (C·H·W,)."""

    short: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (D,)."""
        return (math.prod(shape),)

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.flatten(x)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        return ops.flatten_backward(dy, cache)


@dataclass(eq=False, repr=False)
class ReLU(Layer):
    """Keep what is positive, replace the rest by zero."""

    short: ClassVar[str] = "relu"

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.relu(x)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        return ops.relu_backward(dy, cache)


@dataclass(eq=False, repr=False)
class Dropout(Layer):
    """Silence each number with the chance ``1 − keep`` in training; do nothing otherwise."""

    short: ClassVar[str] = "dropout"
    keep: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("keep", self.keep, lambda x: 0 < x <= 1, "more than 0, at most 1", "Keep half with 0.5.")

    def _forward(self, x: Array, train: bool, rng: Rng) -> tuple[Array, Any]:
        return ops.dropout(x, keep=self.keep, rng=rng, training=train)

    def _backward(self, dy: Array, cache: Any, need_dx: bool) -> Array | None:
        return ops.dropout_backward(dy, cache)
