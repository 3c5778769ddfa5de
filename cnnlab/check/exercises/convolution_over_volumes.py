"""Notebook 03: convolution over volumes, and how many parameters a layer has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab.check.exercises.parameter_mistakes import COUNT_MISTAKES, count
from cnnlab.check.exercises.volume_mistakes import CONV_MISTAKES, STEP_MISTAKES
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.task import Task
from cnnlab.conventions import coursera

__all__ = ["TASKS", "conv_facts", "conv_probe"]

Array = NDArray[Any]
Settings = dict[str, int]


def _step_probe(seed: int, f: int, channels: int, scale: float = 1.0, dtype: DTypeLike = np.float64) -> Probe:
    shape = (f, f, channels)
    return Probe(
        lambda: (
            (values(seed, shape) * scale).astype(dtype),
            values(seed + 100, shape, -5, 5, dtype),
            values(seed + 200, (1, 1, 1), 2, 9, dtype),
        )
    )


def _step_probes() -> tuple[Probe, ...]:
    return (
        _step_probe(1, 2, 2),
        _step_probe(2, 3, 3),
        _step_probe(3, 3, 3),  # f = C: a matrix product has the right shape
        _step_probe(4, 2, 4),
        _step_probe(5, 4, 1),
        _step_probe(6, 1, 5),
        _step_probe(7, 5, 2, 1 / 8),
        _step_probe(8, 3, 4, dtype=np.float32),
        Probe(lambda: (values(9, (3, 3, 2), 0, 255, np.uint8), values(109, (3, 3, 2)) / 4, np.full((1, 1, 1), -2.5))),
        Probe(lambda: (values(10, (2, 2, 3), -9, 9, np.int64), values(110, (2, 2, 3)) / 8, np.full((1, 1, 1), 0.75))),
        Probe(lambda: (np.zeros((2, 2, 3)), values(111, (2, 2, 3)), np.full((1, 1, 1), -3.0))),
        Probe(lambda: (values(12, (2, 2, 3)), values(112, (2, 2, 3)), np.zeros((1, 1, 1)))),
        Probe(
            lambda: (
                read_only(spread(values(13, (3, 3, 4))).swapaxes(0, 1)),
                read_only(values(113, (3, 3, 4))),
                read_only(values(213, (1, 1, 1), -9, -2)),
            )
        ),
        _step_probe(14, 4, 3, 2.0**-30),
        _step_probe(15, 3, 5, 1000.0),
        _step_probe(16, 6, 6, 1 / 128),
    )


def _step_facts(a_slice_prev: Array, W: Array, b: Array) -> frozenset[str]:
    found = {
        "more than one channel": W.shape[2] > 1,
        "a window of one cell": W.shape[0] == 1,
        "a slice of whole numbers": a_slice_prev.dtype.kind in "iu",
        "a slice of bytes (`uint8`)": a_slice_prev.dtype == np.uint8,
        "a bias of 0": not b.any(),
        "a negative bias": bool((b < 0).any()),
        "as many channels as the filter has rows": W.shape[0] == W.shape[2],
        "numbers in single precision (`float32`)": a_slice_prev.dtype == np.float32,
    }
    return frozenset(words for words, holds in found.items() if holds)


def conv_probe(
    seed: int, shape: tuple[int, ...], f: int, filters: int, stride: int, pad: int, dtype: DTypeLike = np.float64
) -> Probe:
    """Return a call of ``conv_forward``: A_prev, W, b, hparameters."""
    return Probe(
        lambda: (
            values(seed, shape, dtype=dtype),
            values(seed + 100, (f, f, shape[3], filters), -5, 5, dtype),
            values(seed + 200, (1, 1, 1, filters), -20, 20, dtype) + dtype(0.5),  # type: ignore[operator]
            {"stride": stride, "pad": pad},
        )
    )


def _conv_probes() -> tuple[Probe, ...]:
    plain = conv_probe
    return (
        plain(1, (1, 4, 5, 2), 3, 2, 1, 0),
        plain(2, (2, 5, 4, 2), 3, 3, 1, 1),
        plain(3, (2, 5, 7, 3), 3, 2, 2, 1),
        plain(4, (2, 8, 6, 2), 3, 4, 2, 2),  # the stride leaves a rest
        plain(5, (2, 7, 10, 1), 2, 3, 3, 0),
        plain(6, (3, 4, 6, 2), 1, 3, 2, 0),
        plain(7, (1, 3, 4, 2), 5, 2, 2, 2),  # a filter larger than the picture
        plain(8, (2, 5, 5, 3), 5, 2, 1, 0),
        plain(9, (2, 4, 7, 2), 3, 2, 1, 2, np.float32),
        Probe(
            lambda: (
                values(10, (2, 4, 5, 2), 0, 255, np.uint8),
                values(110, (2, 2, 2, 3)) / 8,
                values(210, (1, 1, 1, 3)) / 4,
                {"stride": 1, "pad": 1},
            )
        ),
        Probe(
            lambda: (
                values(11, (2, 5, 4, 2), -9, 9, np.int64),
                values(111, (3, 3, 2, 2)) / 8,
                values(211, (1, 1, 1, 2)) / 4,
                {"stride": 2, "pad": 1},
            )
        ),
        Probe(
            lambda: (
                read_only(spread(values(12, (2, 6, 5, 3))).swapaxes(1, 2)),
                read_only(spread(values(112, (3, 3, 3, 4)))),
                read_only(values(212, (1, 1, 1, 4), 1, 9)),
                {"stride": 2, "pad": 1},
            )
        ),
        Probe(
            lambda: (
                np.zeros((2, 4, 5, 2)),
                values(113, (3, 3, 2, 3)),
                values(213, (1, 1, 1, 3), 1, 9),
                {"stride": 1, "pad": 1},
            )
        ),
        # Shapes from all over the grid, for mistakes nobody has thought of.
        plain(14, (1, 9, 5, 4), 4, 2, 3, 1),
        plain(15, (3, 5, 9, 2), 2, 5, 1, 3),
        plain(16, (2, 6, 6, 2), 3, 3, 3, 0),
        plain(17, (2, 11, 6, 3), 3, 2, 4, 2),
        plain(18, (1, 6, 11, 5), 5, 3, 2, 1),
        plain(20, (2, 5, 4, 1), 3, 2, 1, 1),
        Probe(
            lambda: (
                values(21, (2, 4, 3, 2)) / 2.0**20,
                values(121, (2, 2, 2, 3)) / 8,
                values(221, (1, 1, 1, 3)) / 2.0**20,
                {"stride": 1, "pad": 0},
            )
        ),
        Probe(
            lambda: (
                values(19, (1, 4, 5, 2), -9000, 9000),
                values(119, (3, 3, 2, 2)),
                values(219, (1, 1, 1, 2)) / 64,
                {"stride": 1, "pad": 1},
            )
        ),
    )


def conv_facts(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> frozenset[str]:
    """Say what is special about a call, in words that follow "only calls with"."""
    m, h, w, channels = A_prev.shape
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    found = {
        "an input that is not square": h != w,
        "more than one example": m > 1,
        "more than one input channel": channels > 1,
        "a padding of 0": p == 0,
        "a padding above 0": p > 0,
        "a padding other than 1": p != 1,
        "a stride above 1": s > 1,
        "a stride that leaves cells over": (h + 2 * p - f) % s != 0 or (w + 2 * p - f) % s != 0,
        "a filter of one cell": f == 1,
        "a filter of even size": f % 2 == 0,
        "an input of whole numbers": A_prev.dtype.kind in "iu",
        "numbers in single precision (`float32`)": A_prev.dtype == np.float32,
        "an input that must not be written to": not A_prev.flags.writeable,
        "as many filters as channels": W.shape[2] == W.shape[3],
    }
    return frozenset(words for words, holds in found.items() if holds)


_LAYERS: tuple[dict[str, Any], ...] = (
    {"type": "conv", "f": 3, "n_C_prev": 3, "n_C": 10, "n_H": 37, "n_W": 37},
    {"type": "pool", "f": 2, "stride": 2, "n_C": 10},
    {"type": "bn", "n_C": 8},
    {"type": "fc", "n_H_prev": 7, "n_W_prev": 5, "n_C_prev": 4, "n_out": 6},
    {"type": "conv", "f": 5, "n_C_prev": 1, "n_C": 6, "n_H": 28, "n_W": 26},
    {"type": "conv", "f": 1, "n_C_prev": 7, "n_C": 4, "n_H": 9, "n_W": 5},
    {"type": "conv", "f": 4, "n_C_prev": 5, "n_C": 1, "n_H": 3, "n_W": 1},
    {"type": "conv", "f": 2, "n_C_prev": 6, "n_C": 6, "n_H": 1, "n_W": 1},
    {"type": "pool", "f": 3, "stride": 2, "n_C": 1},
    {"type": "pool", "f": 2, "stride": 1, "n_C": 64},
    {"type": "bn", "n_C": 1},
    {"type": "bn", "n_C": 128},
    {"type": "fc", "n_H_prev": 1, "n_W_prev": 1, "n_C_prev": 120, "n_out": 84},
    {"type": "fc", "n_H_prev": 4, "n_W_prev": 6, "n_C_prev": 1, "n_out": 1},
    {"type": "fc", "n_H_prev": 2, "n_W_prev": 3, "n_C_prev": 5, "n_out": 30},
    {"type": "conv", "f": 11, "n_C_prev": 3, "n_C": 96, "n_H": 55, "n_W": 55},
    {"type": "fc", "n_H_prev": 7, "n_W_prev": 7, "n_C_prev": 40, "n_out": 10},
)


def _layer_facts(layer: dict[str, Any]) -> frozenset[str]:
    return frozenset({f"type `{layer['type']}`"})


def _single_step(a_slice_prev: Array, W: Array, b: Array) -> Any:
    """Do what a learner's right function does, also where the shapes do not fit: the course's own refuses them."""
    return np.sum(a_slice_prev * W) + b.item()


TASKS = {
    "conv_single_step": Task(
        parameters=("a_slice_prev", "W", "b"),
        core=lambda a, W, b: np.sum(np.multiply(a, W, dtype=np.float64)) + float(b.item()),
        probes=_step_probes(),
        mistakes=STEP_MISTAKES,
        facts=_step_facts,
    ),
    "conv_forward": Task(
        parameters=("A_prev", "W", "b", "hparameters"),
        results=("Z", "cache"),
        core=coursera.conv_forward,
        probes=_conv_probes(),
        mistakes=CONV_MISTAKES,
        helpers={
            "conv_single_step": _single_step,
            "zero_pad": coursera.zero_pad,
        },
        facts=conv_facts,
    ),
    "param_count": Task(
        parameters=("layer",),
        core=count,
        probes=tuple(Probe(lambda layer=layer: (dict(layer),)) for layer in _LAYERS),  # type: ignore[misc]
        mistakes=COUNT_MISTAKES,
        facts=_layer_facts,
    ),
}
