"""Notebook 08: the softmax loss, Adam, the three-layer net and the open exercise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.contest import PROPERTIES, score
from cnnlab.check.exercises.training_mistakes import ADAM, NET, SOFTMAX, adam, three_layer
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.task import Task
from cnnlab.conventions import cs231n

__all__ = ["TASKS"]

Array = NDArray[Any]


def _scores(seed: int, n: int, classes: int, scale: float = 0.25, dtype: Any = np.float64) -> Probe:
    return Probe(
        lambda: ((values(seed, (n, classes)) * scale).astype(dtype), values(seed + 100, (n,), 0, classes - 1, np.int64))
    )


def _softmax_probes() -> tuple[Probe, ...]:
    return (
        Probe(lambda: (np.array([[0.0, 0.0], [1.0, 3.0]]), np.array([0, 1]))),
        _scores(1, 4, 3),
        _scores(2, 3, 5, 0.5),
        _scores(3, 1, 4),
        _scores(4, 5, 5),
        _scores(5, 6, 2, 1.0),
        Probe(lambda: (np.array([[1000.0, 0.0, -1000.0], [-1000.0, 2.0, 1.0]]), np.array([0, 1]))),
        Probe(lambda: (np.array([[0.0, 1000.0], [500.0, -400.0]]), np.array([0, 1]))),  # a hopeless guess: a large loss
        Probe(lambda: (np.full((3, 4), -2000.0), np.array([1, 0, 3]))),
        _scores(6, 4, 3, dtype=np.float32),
        Probe(lambda: (values(7, (3, 4), dtype=np.int64), np.array([3, 0, 2]))),
        Probe(lambda: (read_only(spread(values(8, (4, 3)) / 4)), read_only(np.array([2, 2, 0, 1])))),
        Probe(lambda: (np.zeros((2, 10)), np.array([9, 0]))),
        _scores(9, 7, 3, 3.0),
        _scores(10, 2, 12),
        Probe(lambda: (values(11, (5, 4)) / 8, np.array([1, 1, 1, 1, 1]))),
    )


def _softmax_scale(x: Array, y: Array) -> tuple[float, float]:
    """Return the size of the loss and of its gradient; steps in single precision leave their rounding error."""
    coarse = 1e4 if x.dtype == np.float32 else 1.0
    return coarse * max(1.0, float(np.abs(x).max())), coarse


def _softmax_facts(x: Array, y: Array) -> frozenset[str]:
    found = {
        "very large scores": float(np.abs(x).max()) > 100,
        "more than one example": len(x) > 1,
        "as many classes as examples": x.shape[0] == x.shape[1],
        "scores that are whole numbers (`int`)": x.dtype.kind in "iu",
        "an array that must not be written to": not x.flags.writeable,
        "scores that are all equal": bool((x == x[:, :1]).all()),
    }
    return frozenset(words for words, holds in found.items() if holds)


def _adam_probe(seed: int, shape: tuple[int, ...], t: int, **settings: float) -> Probe:
    def make() -> tuple[Any, ...]:
        zero = t == 0
        config = {
            "learning_rate": 0.05,
            "beta1": 0.8,
            "beta2": 0.95,
            "epsilon": 1e-3,
            "m": np.zeros(shape) if zero else values(seed + 200, shape) / 16,
            "v": np.zeros(shape) if zero else values(seed + 300, shape, 1, 9) / 16,
            "t": t,
            **settings,
        }
        return values(seed, shape) / 4, values(seed + 100, shape) / 8, config

    return Probe(make)


def _still(shape: tuple[int, ...]) -> Probe:
    """Return a call in which the gradient has always been 0."""

    def make() -> tuple[Any, ...]:
        w, _, config = _adam_probe(40, shape, 0).make()
        return w, np.zeros(shape), config

    return Probe(make)


def _adam_probes() -> tuple[Probe, ...]:
    return (
        _adam_probe(1, (3,), 0),
        _adam_probe(2, (2, 3), 1),
        _adam_probe(3, (2, 2), 5),
        _still((2, 2)),
        _adam_probe(4, (3, 2), 0, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8),
        _adam_probe(5, (2, 3), 9, learning_rate=1.0),
        _adam_probe(6, (4,), 2, beta1=0.5),
        _adam_probe(7, (4,), 2, beta2=0.5),
        _adam_probe(8, (2, 1, 3, 2), 3, epsilon=0.5),
        _adam_probe(9, (1,), 100),
        _adam_probe(10, (5, 2), 1, learning_rate=0.3),
        _adam_probe(11, (2, 2), 1, epsilon=5.0),  # above the root of v
    )


def _adam_facts(w: Array, dw: Array, config: dict[str, Any]) -> frozenset[str]:
    found = {
        "t = 0, the first step": config["t"] == 0,
        "t above 0": config["t"] > 0,
        "a gradient of zeros": not dw.any(),
        "other betas than 0.9 and 0.999": (config["beta1"], config["beta2"]) != (0.9, 0.999),
    }
    return frozenset(words for words, holds in found.items() if holds)


# The three-layer net.


def _net_probe(
    seed: int,
    shape: tuple[int, ...],
    filters: int,
    size: int,
    hidden: int,
    classes: int,
    reg: float,
    labels: bool = True,
    zero_bias: bool = False,
) -> Probe:
    def make() -> tuple[Any, ...]:
        n, c, h, w = shape
        rest = filters * (h // 2) * (w // 2)
        params = {
            "W1": values(seed, (filters, c, size, size)) / 16,
            "b1": values(seed + 1, (filters,)) / 8,
            "W2": values(seed + 2, (rest, hidden)) / 32,
            "b2": values(seed + 3, (hidden,)) / 8,
            "W3": values(seed + 4, (hidden, classes)) / 16,
            "b3": values(seed + 5, (classes,)) / 8,
        }
        if zero_bias:
            params |= {name: np.zeros_like(params[name]) for name in ("b1", "b2", "b3")}
        y = values(seed + 6, (n,), 0, classes - 1, np.int64) if labels else None
        return values(seed + 7, shape) / 4, y, params, reg

    return Probe(make)


def _net_probes() -> tuple[Probe, ...]:
    return (
        _net_probe(10, (2, 1, 4, 4), 2, 3, 3, 3, 0.0, labels=False),
        _net_probe(20, (3, 2, 4, 6), 3, 3, 5, 4, 0.0),
        _net_probe(30, (3, 2, 6, 4), 2, 3, 4, 3, 0.5),
        _net_probe(40, (2, 3, 6, 8), 4, 5, 6, 5, 0.1),
        _net_probe(50, (4, 1, 8, 6), 3, 7, 5, 2, 2.0, zero_bias=True),
        _net_probe(61, (1, 2, 4, 4), 2, 1, 3, 6, 0.25),
        _net_probe(70, (5, 2, 6, 6), 5, 3, 7, 4, 1.0),
        _net_probe(80, (3, 3, 4, 8), 2, 3, 6, 3, 0.0, labels=False),
    )


def _net_facts(X: Array, y: Array | None, params: dict[str, Array], reg: float) -> frozenset[str]:
    found = {
        "no labels": y is None,
        "labels": y is not None,
        "regularisation (reg above 0)": reg > 0 and y is not None,
        "pictures that are not square": X.shape[2] != X.shape[3],
        "biases that are not 0": bool(params["b1"].any()),
    }
    return frozenset(words for words, holds in found.items() if holds)


def _adapt(cls: type) -> Callable[..., Any]:
    """Build the net, put the given weights in, and call ``loss``."""

    def call(X: Array, y: Array | None, params: dict[str, Array], reg: float) -> Any:
        filters, _, size, _ = params["W1"].shape
        net = cls(
            input_dim=X.shape[1:],
            num_filters=filters,
            filter_size=size,
            hidden_dim=params["W2"].shape[1],
            num_classes=params["W3"].shape[1],
            weight_scale=1e-3,
            reg=reg,
            dtype=np.float64,
        )
        net.params = params  # so that a loss that changes them is seen
        return net.loss(X) if y is None else net.loss(X, y)

    return call


_HELPERS = {
    name: getattr(cs231n, name)
    for name in (
        *(
            "affine_forward",
            "affine_backward",
            "affine_relu_forward",
            "affine_relu_backward",
            "relu_forward",
            "relu_backward",
        ),
        *("conv_relu_pool_forward", "conv_relu_pool_backward", "softmax_loss"),
    )
}

TASKS = {
    "softmax_loss": Task(
        parameters=("x", "y"),
        results=("loss", "dx"),
        axes={"x": "NK", "dx": "NK"},
        core=lambda x, y: cs231n.softmax_loss(np.asarray(x, np.float64), y),
        probes=_softmax_probes(),
        mistakes=SOFTMAX,
        scale=_softmax_scale,
        facts=_softmax_facts,
    ),
    "adam_step": Task(
        parameters=("w", "dw", "config"),
        results=("next_w", "config"),
        core=adam,
        probes=_adam_probes(),
        mistakes=ADAM,
        may_change=("config",),
        facts=_adam_facts,
    ),
    "ThreeLayerConvNet": Task(
        parameters=("X", "y", "params", "reg"),
        results=("loss", "grads"),
        kind="class",
        adapt=_adapt,
        core=three_layer,
        probes=_net_probes(),
        mistakes=NET,
        helpers=_HELPERS,
        facts=_net_facts,
    ),
    "beat_the_net": Task(
        parameters=(),
        core=lambda: None,
        probes=(Probe(lambda: ()),),
        raw=True,
        properties=PROPERTIES,
        score=score,
    ),
}
