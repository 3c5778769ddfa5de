"""The course's three-layer ConvNet. Taught in notebook 08."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnlab.conventions.cs231n.fast import conv_backward_fast, max_pool_backward_fast
from cnnlab.conventions.cs231n.layer import affine_backward, affine_forward, relu_backward, softmax_loss
from cnnlab.conventions.cs231n.naive import Array
from cnnlab.conventions.cs231n.sandwich import affine_relu_backward, affine_relu_forward, conv_relu_pool_forward
from cnnlab.ops._argument import check_number
from cnnlab.shapes import ShapeError, window_grid
from cnnlab.whole import whole

__all__ = ["ThreeLayerConvNet"]


class ThreeLayerConvNet:
    """conv – relu – 2×2 max pool – affine – relu – affine – softmax, on pictures (N, C, H, W).

    Parameters
    ----------
    input_dim
        (C, H, W) of a picture.
    num_filters, filter_size
        Of the convolution; its pad keeps the size of the picture.
    hidden_dim, num_classes
        Outputs of the two affine layers.
    weight_scale
        Standard deviation of the initial weights, drawn from NumPy's global source as in the course; biases are 0.
    reg
        Strength of the penalty ``reg/2 · Σ W²`` on the three weight arrays (not on the biases).
    dtype
        Of all computations.

    Examples
    --------
    >>> net = ThreeLayerConvNet(input_dim=(1, 4, 4), num_filters=2, filter_size=3, hidden_dim=5, num_classes=3)
    >>> {name: p.shape for name, p in net.params.items()}
    {'W1': (2, 1, 3, 3), 'b1': (2,), 'W2': (8, 5), 'b2': (5,), 'W3': (5, 3), 'b3': (3,)}
    """

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if np.shape(input_dim) != (3,):
            raise ShapeError(f"input_dim: got {input_dim}, wanted (C, H, W). Write input_dim=(3, 32, 32).")
        sizes = {"num_filters": num_filters, "filter_size": filter_size, "hidden_dim": hidden_dim}
        for setting, value in {**sizes, "num_classes": num_classes}.items():
            whole(setting, value, 1)
        for setting, amount in (("weight_scale", weight_scale), ("reg", reg)):
            check_number(setting, amount, lambda size: size >= 0, "a number, at least 0", f"Write {setting}=1e-3.")
        c, h, w = input_dim
        self.reg, self.dtype = reg, np.dtype(dtype)
        self._conv = {"stride": 1, "pad": (filter_size - 1) // 2}
        self._pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
        p, q = window_grid(window_grid((h, w), filter_size, pad=self._conv["pad"]).out, 2, stride=2).out
        shapes = {
            "W1": (num_filters, c, filter_size, filter_size),
            "W2": (num_filters * p * q, hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        self.params: dict[str, Array] = {}
        for name, shape in shapes.items():
            weights = np.random.normal(0, weight_scale, shape)  # noqa: NPY002 (learners seed it with np.random.seed)
            self.params[name] = weights.astype(dtype)
            outputs = shape[0] if name == "W1" else shape[1]
            self.params[name.replace("W", "b")] = np.zeros(outputs, dtype)

    def __repr__(self) -> str:
        return f"ThreeLayerConvNet: {sum(p.size for p in self.params.values())} parameters"

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return the scores (N, classes) without y; with labels y (N,), the loss and the gradients by name."""
        W = self.params
        pooled, conv_cache = conv_relu_pool_forward(np.asarray(X, self.dtype), W["W1"], W["b1"], self._conv, self._pool)
        hidden, hidden_cache = affine_relu_forward(pooled, W["W2"], W["b2"])
        scores, scores_cache = affine_forward(hidden, W["W3"], W["b3"])
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(float(np.sum(W[name] ** 2)) for name in ("W1", "W2", "W3"))
        grads: dict[str, Array] = {}
        dhidden, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
        dpooled, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, hidden_cache)
        first, relu_cache, pool_cache = conv_cache
        dactive = relu_backward(max_pool_backward_fast(dpooled, pool_cache), relu_cache)
        _, grads["W1"], grads["b1"] = conv_backward_fast(dactive, first, need_dx=False)  # nobody asks for dX
        for name in ("W1", "W2", "W3"):
            grads[name] += self.reg * W[name]
        return loss, grads
