"""Notebook 06: batch normalisation, forward and backward, of features and of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab.check.exercises.normalisation_mistakes import BACKWARD, FORWARD, SPATIAL_BACKWARD, SPATIAL_FORWARD
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.spot import spot
from cnnlab.check.task import ANY, FREE, Mistake, Task
from cnnlab.conventions import cs231n

__all__ = ["TASKS"]

Array = NDArray[Any]
Settings = dict[str, Any]


def _settings(seed: int, features: int, mode: str, fresh: bool = False, **changes: Any) -> Settings:
    running = {
        "running_mean": values(seed + 300, (features,)) / 4,
        "running_var": values(seed + 400, (features,), 2, 30) / 8,
    }
    return {"mode": mode, "eps": 1e-3, "momentum": 0.8, **({} if fresh else running), **changes}


def _call(
    seed: int, shape: tuple[int, ...], mode: str, dtype: DTypeLike = np.float64, **settings: Any
) -> tuple[Any, ...]:
    features = shape[1]
    return (
        values(seed, shape, dtype=dtype),
        (values(seed + 100, (features,), 2, 9) / 4).astype(dtype if np.dtype(dtype).kind == "f" else np.float64),
        (values(seed + 200, (features,), -9, 9) / 4).astype(dtype if np.dtype(dtype).kind == "f" else np.float64),
        _settings(seed, features, mode, **settings),
    )


def _probe(seed: int, shape: tuple[int, ...], mode: str, dtype: DTypeLike = np.float64, **settings: Any) -> Probe:
    return Probe(lambda: _call(seed, shape, mode, dtype, **settings))


def _constant(shape: tuple[int, ...], mode: str) -> Probe:
    """Return a call with a feature that is the same in every example."""

    def make() -> tuple[Any, ...]:
        x, gamma, beta, bn_param = _call(50, shape, mode)
        x[:, 0] = 2.0
        if mode == "test":
            bn_param["running_var"][0] = 0.0
        return x, gamma, beta, bn_param

    return Probe(make)


def _plain(shape: tuple[int, ...]) -> Probe:
    """Return a call with γ = 1, β = 0, as a layer begins."""

    def make() -> tuple[Any, ...]:
        x, gamma, beta, bn_param = _call(60, shape, "train", fresh=True, eps=1e-5, momentum=0.9)
        return x, np.ones_like(gamma), np.zeros_like(beta), bn_param

    return Probe(make)


def _sealed(shape: tuple[int, ...], mode: str) -> Probe:
    def make() -> tuple[Any, ...]:
        x, gamma, beta, bn_param = _call(70, shape, mode)
        return read_only(spread(x)), read_only(gamma), read_only(beta), bn_param

    return Probe(make)


def _forward_probes(tail: tuple[int, ...]) -> tuple[Probe, ...]:
    """Return the calls for features (N, D), or for pictures if `tail` is (H, W)."""
    shape = lambda n, c, *more: (n, c, *(more or tail)) if tail else (n, c)  # noqa: E731
    return (
        _probe(1, shape(4, 2), "train"),
        _probe(2, shape(4, 2), "test"),
        _probe(3, shape(7, 3), "train"),
        _probe(4, shape(5, 3), "test"),
        _plain(shape(6, 3)),
        _probe(5, shape(3, 4), "train", fresh=True),
        _constant(shape(5, 3), "train"),
        _constant(shape(3, 3), "test"),
        _probe(6, shape(1, 3), "test"),
        _probe(7, shape(6, 6), "train"),  # as many features as examples
        _probe(8, shape(5, 2), "train", np.float32),
        _probe(9, shape(5, 3), "train", np.int64),
        _sealed(shape(5, 4), "train"),
        _sealed(shape(4, 4), "test"),
        _probe(10, shape(3, 5), "train", momentum=0.3, eps=0.5),
        _probe(11, shape(9, 1), "train"),
        _probe(12, shape(4, 3), "test", eps=0.25),
        _probe(13, shape(2, 7), "train", momentum=0.99),
        *(
            (_probe(14, (2, 3, 1, 5), "train"), _probe(15, (3, 2, 6, 4), "train"), _probe(16, (1, 4, 3, 3), "train"))
            if tail
            else ()
        ),
    )


def _forward_facts(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> frozenset[str]:
    found = {
        "mode `train`": bn_param["mode"] == "train",
        "mode `test`": bn_param["mode"] == "test",
        "no running statistics yet": "running_mean" not in bn_param,
        "one example": len(x) == 1,
        "one channel" if x.ndim == 4 else "one feature": x.shape[1] == 1,
        "a feature that never changes": bool((x.var(axis=0) == 0).any()) and len(x) > 1,
        "γ = 1 and β = 0": bool((gamma == 1).all() and (beta == 0).all()),
        "numbers that are whole (`int`)": x.dtype.kind in "iu",
        "as many features as examples": x.ndim == 2 and x.shape[0] == x.shape[1],
        "an ε that is not 1e-3": bn_param["eps"] != 1e-3,
        "a momentum that is not 0.8": bn_param["momentum"] != 0.8,
    }
    return frozenset(words for words, holds in found.items() if holds)


def _backward_probe(
    seed: int, shape: tuple[int, ...], dtype: DTypeLike = np.float64, sealed: bool = False, **settings: Any
) -> Probe:
    def make() -> tuple[Any, ...]:
        x, gamma, beta, bn_param = _call(seed, shape, "train", dtype, **settings)
        dout = values(seed + 500, shape, dtype=dtype)
        return (read_only(spread(dout)) if sealed else dout), x, gamma, beta, bn_param

    return Probe(make)


def _backward_constant(shape: tuple[int, ...]) -> Probe:
    def make() -> tuple[Any, ...]:
        x, gamma, beta, bn_param = _constant(shape, "train").make()
        return values(90, shape), x, gamma, beta, bn_param

    return Probe(make)


def _backward_probes(tail: tuple[int, ...]) -> tuple[Probe, ...]:
    shape = lambda n, c: (n, c, *tail)  # noqa: E731
    return (
        _backward_probe(1, shape(4, 2)),
        _backward_probe(2, shape(7, 3)),
        _backward_probe(3, shape(3, 5), fresh=True),
        _backward_probe(4, shape(5, 5)),
        _backward_probe(5, shape(9, 1)),
        _backward_probe(6, shape(6, 3), eps=0.5),
        _backward_constant(shape(5, 3)),
        _backward_probe(7, shape(5, 4), sealed=True),
        _backward_probe(8, shape(6, 2), np.float32),
        _backward_probe(9, shape(2, 4)),
        _backward_probe(10, shape(8, 2)),
        *(
            (_backward_probe(11, (2, 3, 1, 5)), _backward_probe(12, (3, 2, 6, 4)), _backward_probe(13, (1, 4, 3, 3)))
            if tail
            else ()
        ),
    )


def _backward_facts(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> frozenset[str]:
    return _forward_facts(x, gamma, beta, bn_param) - {"mode `train`", "mode `test`"}


def _forward(name: str) -> Any:
    forward = getattr(cs231n, name)

    def core(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        out, _ = forward(np.asarray(x, np.float64), gamma, beta, bn_param)
        return out, ANY if bn_param["mode"] == "train" else FREE  # no way back from mode "test": None will do

    return core


def _backward(name: str) -> Any:
    forward, backward = getattr(cs231n, f"{name}_forward"), getattr(cs231n, f"{name}_backward")

    def core(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        _, cache = forward(np.asarray(x, np.float64), np.asarray(gamma, np.float64), beta, dict(bn_param))
        return tuple(backward(np.asarray(dout, np.float64), cache))

    return core


def _forward_of_rows(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    """Return what `spatial_batchnorm_forward` does, with the cache of `batchnorm_forward` for a row per pixel."""
    n, c, h, w = x.shape
    rows, cache = cs231n.batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, c), gamma, beta, bn_param)
    return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


_WRITES = {"bn_param": ("running_mean", "running_var")}
_FORWARD_NAMES = ("x", "gamma", "beta", "bn_param")
_CHANNELS = dict.fromkeys(("gamma", "beta", "running_mean", "running_var", "dgamma", "dbeta"), "C")


# Spot the bug.


def suspect_reshape_only(x: Array) -> Array:
    """Reshape without moving the channels last."""
    N, C, H, W = x.shape
    rows = x.reshape(N * H * W, C)
    return rows.mean(axis=0)


def _a_batch(x: Array) -> str:
    shape = np.shape(x)
    if len(shape) != 4:
        return f"A batch of maps has four axes, (N, C, H, W); what came back has the shape {shape}."
    return "" if np.size(x) else f"There is not a single number in an array of the shape {shape}."


_BATCHES = ((2, 3, 2, 2), (3, 2, 4, 5), (1, 4, 3, 2), (5, 3, 1, 1), (2, 1, 3, 3), (2, 5, 1, 4), (4, 4, 4, 4))

_SPOT = spot(
    "reshape_only",
    suspect_reshape_only,
    Task(
        parameters=("x",),
        core=lambda x: np.asarray(x, np.float64).mean(axis=(0, 2, 3)),
        axes={"": "C"},
        probes=(
            *(Probe(lambda i=i, shape=shape: (values(i, shape),)) for i, shape in enumerate(_BATCHES, 1)),  # type: ignore[misc]
            Probe(lambda: (values(8, (2, 3, 3, 2)) / 7,)),
        ),
        mistakes=(
            Mistake(
                "per_image",
                "These are the means of each picture. A channel's mean goes over all pictures.",
                _AXES := "Which axes does the mean of a channel go over?",
                instead=lambda x: x.mean(axis=(2, 3)),
            ),
            Mistake("per_pixel", "These are means over the examples only.", _AXES, instead=lambda x: x.mean(axis=0)),
            Mistake(
                "over_channels", "The mean went over the channels.", _AXES, instead=lambda x: x.mean(axis=(1, 2, 3))
            ),
            Mistake(
                "rows", "The mean went over all axes but the rows.", _AXES, instead=lambda x: x.mean(axis=(0, 1, 3))
            ),
            Mistake(
                "columns",
                "The mean went over all axes but the columns.",
                _AXES,
                instead=lambda x: x.mean(axis=(0, 1, 2)),
            ),
            Mistake("scalar", "This is one mean of everything.", _AXES, instead=lambda x: x.mean()),
        ),
    ),
    hidden=lambda: (np.ones((2, 3, 2, 2)),),
    usable=_a_batch,
    look="A row of `rows` should hold one pixel of every channel. When does it not matter that it holds other numbers?",
    says="The rows mixed pixels of one channel.",
)

TASKS = {
    "batchnorm_forward": Task(
        parameters=_FORWARD_NAMES,
        results=("out", "cache"),
        core=_forward("batchnorm_forward"),
        writes=_WRITES,
        probes=_forward_probes(()),
        mistakes=FORWARD,
        facts=_forward_facts,
    ),
    "batchnorm_backward": Task(
        parameters=("dout", *_FORWARD_NAMES),
        results=("dx", "dgamma", "dbeta"),
        core=_backward("batchnorm"),
        partner="batchnorm_forward",
        reference_forward=cs231n.batchnorm_forward,
        probes=_backward_probes(()),
        mistakes=BACKWARD,
        facts=_backward_facts,
    ),
    "spatial_batchnorm_forward": Task(
        parameters=_FORWARD_NAMES,
        results=("out", "cache"),
        core=_forward("spatial_batchnorm_forward"),
        writes=_WRITES,
        probes=_forward_probes((3, 4)),
        mistakes=SPATIAL_FORWARD,
        axes=_CHANNELS,
        helpers={"batchnorm_forward": cs231n.batchnorm_forward},
        facts=_forward_facts,
    ),
    "spatial_batchnorm_backward": Task(
        parameters=("dout", *_FORWARD_NAMES),
        results=("dx", "dgamma", "dbeta"),
        core=_backward("spatial_batchnorm"),
        partner="spatial_batchnorm_forward",
        reference_forward=_forward_of_rows,
        probes=_backward_probes((3, 2)),
        mistakes=SPATIAL_BACKWARD,
        axes=_CHANNELS,
        helpers={
            "batchnorm_forward": cs231n.batchnorm_forward,
            "batchnorm_backward": cs231n.batchnorm_backward,
        },
        facts=_backward_facts,
    ),
    **_SPOT,
}
