"""Right solutions of notebook 08."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.conventions import cs231n

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Config = dict[str, Any]


def softmax_loops(x: Array, y: Array) -> tuple[float, Array]:
    """Go through every example and every class."""
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for i in range(N):
        row = x[i] - max(x[i])
        total = 0.0
        for c in range(C):
            total += np.exp(row[c])
        loss += np.log(total) - row[y[i]]
        for c in range(C):
            dx[i, c] = np.exp(row[c]) / total - (c == y[i])
    return loss / N, dx / N


def softmax_plain(x: Array, y: Array) -> tuple[float, list[list[float]]]:
    """Without NumPy: lists and the standard library."""
    total, gradient = 0.0, []
    for scores, label in zip(x.tolist(), y.tolist(), strict=True):
        top = max(scores)
        log_sum = top + math.log(sum(math.exp(s - top) for s in scores))
        total += log_sum - scores[label]
        gradient.append([(math.exp(s - log_sum) - (k == label)) / len(x) for k, s in enumerate(scores)])
    return total / len(x), gradient


def softmax_one_hot(x: Array, y: Array) -> tuple[Any, Array]:
    """With a matrix of ones at the right classes, and take_along_axis."""
    top = np.take_along_axis(x, x.argmax(axis=1)[:, None], axis=1)
    log_p = (x - top) - np.log(np.sum(np.exp(x - top), axis=-1))[:, None]
    one_hot = np.eye(x.shape[1])[y]
    return -np.einsum("nc,nc->", one_hot, log_p) / len(x), np.subtract(np.exp(log_p), one_hot) / len(x)


def softmax_logaddexp(x: Array, y: Array) -> tuple[Any, Array]:
    """With NumPy's own stable sum of exponentials."""
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    dx = np.exp(log_p)
    np.subtract.at(dx, (np.arange(len(y)), y), 1.0)
    return np.mean(-log_p[np.arange(len(y)), y]), np.true_divide(dx, len(y))


def softmax_single(x: Array, y: Array) -> tuple[Any, Array]:
    """In single precision; a loss of one cell."""
    x = x.astype(np.float32)
    x = x - x.max(1)[:, np.newaxis]
    log_p = x - np.log(np.exp(x).sum(1))[:, np.newaxis]
    dx = np.exp(log_p)
    dx[range(len(x)), y] -= 1
    return -log_p[range(len(x)), y].sum() / len(x), dx / len(x)


def adam_in_place(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
    """Write into the dictionary that came."""
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m = config["m"] / (1 - config["beta1"] ** config["t"])
    v = config["v"] / (1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config


def adam_loops(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
    """One weight at a time."""
    b1, b2, t = config["beta1"], config["beta2"], config["t"] + 1
    m, v, next_w = np.zeros(w.shape), np.zeros(w.shape), np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        m[i] = b1 * config["m"][i] + (1 - b1) * dw[i]
        v[i] = b2 * config["v"][i] + (1 - b2) * dw[i] * dw[i]
        step = (m[i] / (1 - b1**t)) / ((v[i] / (1 - b2**t)) ** 0.5 + config["epsilon"])
        next_w[i] = w[i] - config["learning_rate"] * step
    return next_w, {**config, "m": m, "v": v, "t": t}


def adam_difference(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
    """Move the means towards the new value: m + (1 − β)(g − m); arrays of the config updated in place."""
    new = dict(config)
    new["t"] = t = config["t"] + 1
    for key, beta, now in (("m", "beta1", dw), ("v", "beta2", np.square(dw))):
        config[key] += (1 - config[beta]) * (now - config[key])
        new[key] = config[key]
    m_hat, v_hat = new["m"] / (1 - new["beta1"] ** t), new["v"] / (1 - new["beta2"] ** t)
    return np.asarray(w - np.divide(new["learning_rate"] * m_hat, np.sqrt(v_hat) + new["epsilon"])), new


class SandwichNet(cs231n.ThreeLayerConvNet):
    """CS231n's own class, inherited."""


class ModularNet:
    """Layer by layer, without the sandwiches; the gradients in a comprehension."""

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: Any = np.float32,
    ) -> None:
        channels, height, width = input_dim
        self.params: dict[str, Array] = {}
        self.reg = reg
        pooled = num_filters * (height // 2) * (width // 2)
        draw = np.random.default_rng().standard_normal
        self.params["W1"] = draw((num_filters, channels, filter_size, filter_size)) * weight_scale
        self.params["W2"] = draw((pooled, hidden_dim)) * weight_scale
        self.params["W3"] = draw((hidden_dim, num_classes)) * weight_scale
        self.params["b1"], self.params["b2"] = np.zeros(num_filters), np.zeros(hidden_dim)
        self.params["b3"] = np.zeros(num_classes)
        self.params = {name: array.astype(dtype) for name, array in self.params.items()}

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return scores, or loss and gradients."""
        p = self.params
        f = p["W1"].shape[2]
        a1, conv_cache = cs231n.conv_forward_naive(X, p["W1"], p["b1"], {"stride": 1, "pad": (f - 1) // 2})
        h1, relu_cache = cs231n.relu_forward(a1)
        pooled, pool_cache = cs231n.max_pool_forward_naive(h1, {"pool_height": 2, "pool_width": 2, "stride": 2})
        flat = pooled.reshape(len(X), -1)
        a2 = flat @ p["W2"] + p["b2"]
        h2 = np.where(a2 > 0, a2, 0)
        scores = h2 @ p["W3"] + p["b3"]
        if y is None:
            return scores
        loss, dscores = softmax_one_hot(scores, y)
        da2 = dscores @ p["W3"].T * (h2 > 0)
        dh1 = cs231n.max_pool_backward_naive((da2 @ p["W2"].T).reshape(pooled.shape), pool_cache)
        _, dW1, db1 = cs231n.conv_backward_naive(cs231n.relu_backward(dh1, relu_cache), conv_cache)
        grads = {"W1": dW1, "b1": db1, "W2": flat.T @ da2, "b2": da2.sum(0), "W3": h2.T @ dscores, "b3": dscores.sum(0)}
        loss += sum(0.5 * self.reg * np.linalg.norm(w) ** 2 for name, w in p.items() if name.startswith("W"))
        return np.float64(loss), {k: g + self.reg * p[k] if k[0] == "W" else g for k, g in grads.items()}


class PadNet(ModularNet):
    """The network as a chain of functions, each leaving its way back on a stack."""

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return scores, or loss and gradients."""
        way: list[Callable[[Any], Any]] = []
        p = self.params
        grads: dict[str, Any] = {}
        a1, conv = ops.conv2d(X, p["W1"], p["b1"], pad=p["W1"].shape[2] // 2)
        half = a1.reshape(*a1.shape[:2], a1.shape[2] // 2, 2, a1.shape[3] // 2, 2).transpose(0, 1, 2, 4, 3, 5)
        windows = np.maximum(half.reshape(*half.shape[:4], 4), 0)
        pooled = windows.max(axis=-1)

        def back_conv(d: Array) -> None:
            gate = np.zeros_like(windows)
            np.put_along_axis(gate, windows.argmax(axis=-1)[..., None], d.reshape(pooled.shape)[..., None], -1)
            gate = (gate * (windows > 0)).reshape(half.shape).transpose(0, 1, 2, 4, 3, 5).reshape(a1.shape)
            _, grads["W1"], grads["b1"] = ops.conv2d_backward(gate, conv)

        way.append(back_conv)
        out = pooled.reshape(len(X), -1)
        for n in "23":
            inputs = out
            out = inputs @ p["W" + n] + p["b" + n]

            def back(d: Array, inputs: Array = inputs, out: Array = out, n: str = n) -> Array:
                d = d * (out > 0) if n == "2" else d
                grads["W" + n], grads["b" + n] = inputs.T @ d, d.sum(axis=0)
                return np.asarray(d @ p["W" + n].T)

            way.append(back)
            out = np.maximum(out, 0) if n == "2" else out
        if y is None:
            return out
        loss, d = softmax_loops(out, y)
        for step in reversed(way):
            d = step(d)
        for n in "123":
            loss += self.reg / 2 * float((p["W" + n] ** 2).sum())
            grads["W" + n] = grads["W" + n] + self.reg * p["W" + n]
        return [loss, grads]


def net_two_convolutions() -> list[dict[str, Any]]:
    """Two small convolutions with batch normalisation."""
    normalised = [{"type": "bn"}, {"type": "relu"}]
    first = {"type": "conv", "filters": 10, "f": 3, "pad": 1}
    second = {"type": "conv", "filters": 10, "f": 3}
    return [first, *normalised, {"type": "pool", "f": 2}, second, *normalised, {"type": "flatten"}, {"type": "fc"}]


def net_wide() -> tuple[dict[str, Any], ...]:
    """One wide convolution; a tuple."""
    return (
        {"type": "conv", "f": 3, "filters": 8, "pad": 1},
        {"type": "bn"},
        {"type": "relu"},
        {"type": "pool", "f": [2, 2], "stride": 2},
        {"type": "flatten"},
        {"type": "fc", "units": 10},
    )


def net_strided() -> list[dict[str, Any]]:
    """Use a stride in the place of pooling; build the rows by a loop."""
    rows: list[dict[str, Any]] = []
    for stride in (1, 2):
        rows.append({"type": "conv", "f": 3, "filters": 6, "pad": "same", "stride": stride, "bias": False})
        rows.extend([{"type": "bn", "momentum": 0.8}, {"type": "relu"}])
    return [*rows, {"type": "flatten"}, {"type": "fc"}]


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "softmax_loss": (
        softmax_loops,
        softmax_plain,
        softmax_one_hot,
        softmax_logaddexp,
        softmax_single,
        cs231n.softmax_loss,
    ),
    "adam_step": (adam_in_place, adam_loops, adam_difference, cs231n.adam),
    "ThreeLayerConvNet": (SandwichNet, ModularNet, PadNet),
    "beat_the_net": (net_two_convolutions, net_wide, net_strided),
}
