"""Notebook 04: pooling and the receptive field."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab import shapes
from cnnlab.check.exercises.pooling_mistakes import FIELD_MISTAKES, POOL_MISTAKES
from cnnlab.check.exhibit import in_words
from cnnlab.check.probe import Probe, read_only, spread, values
from cnnlab.check.spot import spot
from cnnlab.check.task import Mistake, Task
from cnnlab.conventions import coursera

__all__ = ["TASKS"]

Array = NDArray[Any]


def _probe(seed: int, shape: tuple[int, ...], f: int, stride: int, mode: str, **numbers: Any) -> Probe:
    return Probe(lambda: (values(seed, shape, **numbers), {"f": f, "stride": stride}, mode))


def _both(seed: int, shape: tuple[int, ...], f: int, stride: int, dtype: DTypeLike = np.float64) -> tuple[Probe, ...]:
    return tuple(_probe(seed, shape, f, stride, mode, dtype=dtype) for mode in ("max", "average"))


def _pool_probes() -> tuple[Probe, ...]:
    settings = lambda: {"f": 2, "stride": 2}  # noqa: E731
    return (
        _probe(1, (1, 4, 4, 1), 2, 2, "max", low=0),
        _probe(2, (1, 4, 4, 1), 2, 2, "average", low=0),
        *_both(3, (2, 5, 7, 3), 3, 2),
        *_both(4, (2, 7, 4, 2), 2, 1),
        *_both(5, (3, 6, 8, 2), 2, 3),  # gaps between windows, a rest at the rim
        *_both(6, (2, 8, 5, 3), 3, 3),
        *_both(7, (1, 5, 5, 2), 5, 1),  # one window takes everything
        *_both(8, (2, 3, 6, 1), 1, 2),
        *_both(9, (2, 4, 6, 3), 2, 2, np.int64),
        *_both(10, (1, 9, 7, 2), 3, 1, np.float32),
        # Every window negative; ties and zeros as after a ReLU; numbers that grow; a constant.
        *(_probe(11, (2, 5, 6, 2), 2, 2, mode, low=-9, high=-1) for mode in ("max", "average")),
        *(_probe(12, (2, 6, 5, 2), 3, 2, mode, low=0, high=1) for mode in ("max", "average")),
        Probe(lambda: (np.arange(70.0).reshape(1, 5, 7, 2), settings(), "max")),
        Probe(lambda: (-np.arange(96.0).reshape(2, 4, 6, 2), settings(), "max")),
        Probe(lambda: (np.full((1, 4, 6, 2), 2.5), settings(), "average")),
        Probe(
            lambda: (read_only(spread(values(13, (2, 6, 5, 3))).transpose(0, 2, 1, 3)), {"f": 3, "stride": 2}, "max")
        ),
        Probe(lambda: (read_only(spread(values(14, (2, 5, 6, 3)) / 8)), {"f": 2, "stride": 1}, "average")),
        Probe(lambda: (values(15, (2, 5, 6, 2)) * 2.0**-30, {"f": 2, "stride": 2}, "average")),
        Probe(lambda: (values(16, (2, 5, 6, 2), -90_000, 90_000), {"f": 3, "stride": 1}, "max")),
        Probe(lambda: (values(22, (1, 4, 6, 2), -90_000, -30_000), {"f": 2, "stride": 2}, "max")),
        Probe(lambda: (values(23, (1, 4, 4, 2), -9, -3) * 1e9, {"f": 2, "stride": 2}, "max")),
        *(
            Probe(lambda mode=mode: (values(24, (2, 5, 4, 2)) / 7, {"f": 3, "stride": 1}, mode))
            for mode in ("max", "average")
        ),  # type: ignore[misc]
        # Shapes from all over the grid, for mistakes nobody has thought of.
        *_both(17, (1, 11, 4, 1), 4, 5),
        *_both(18, (3, 4, 11, 4), 2, 4),
        Probe(lambda: (values(21, (2, 4, 5, 3)), {"f": 2, "stride": 1})),  # the mode is left to its default
        *_both(19, (2, 10, 10, 2), 4, 2),
        *_both(20, (1, 7, 13, 5), 3, 4),
    )


def _pool_facts(A_prev: Array, hparameters: dict[str, int], *given: str) -> frozenset[str]:
    mode = given[0] if given else "max"
    m, h, w, c = A_prev.shape
    f, s = hparameters["f"], hparameters["stride"]
    found = {
        "no mode given": not given,
        "mode `max`": mode == "max",
        "mode `average`": mode == "average",
        "an input that is not square": h != w,
        "more than one example": m > 1,
        "more than one channel": c > 1,
        "a stride of 1": s == 1,
        "a stride other than 1": s != 1,
        "windows that overlap": s < f,
        "a stride other than f": s != f,
        "cells left over at the rim": (h - f) % s != 0 or (w - f) % s != 0,
        "an input of whole numbers": A_prev.dtype.kind in "iu",
        "an input of negative numbers only": bool((A_prev < 0).all()),
        "numbers in single precision (`float32`)": A_prev.dtype == np.float32,
    }
    return frozenset(words for words, holds in found.items() if holds)


_NETS = (
    [(3, 1), (3, 1)],
    [(3, 2), (3, 1)],
    [(5, 1)],
    [(3, 1), (2, 2), (3, 1)],
    [(7, 2)],
    [(2, 3), (4, 1), (1, 1)],
    [(3, 1), (3, 1), (3, 1)],
    [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],
    [(3, 2), (5, 2), (3, 3), (2, 1)],
    [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)],
    [(5, 3), (4, 2), (3, 4), (2, 2), (6, 1)],
    [(1, 2), (1, 2), (2, 1)],
    [(4, 4), (4, 4), (4, 4)],
    [(1, 1)],
    [(2, 5), (9, 1), (3, 2), (2, 2)],
    [(3, 2)] * 6,
)


def _field_facts(layers: list[tuple[int, int]]) -> frozenset[str]:
    strides = [s for _, s in layers[:-1]]
    found = {
        "more than one layer": len(layers) > 1,
        "a stride above 1 before the last layer": any(s > 1 for s in strides),
        "two or more strides above 1 before the last layer": sum(s > 1 for s in strides) > 1,
        "a last layer whose stride is above 1": layers[-1][1] > 1,
        "filters of different sizes": len({f for f, _ in layers}) > 1,
    }
    return frozenset(words for words, holds in found.items() if holds)


def _right_pool(A_prev: Array, hparameters: dict[str, int], mode: str = "max") -> Any:
    return coursera.pool_forward(np.asarray(A_prev, np.float64), hparameters, mode)[0], (A_prev, hparameters)


def _with_mode(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function pass that has no default for `mode`: calls without a mode hand it the usual one."""
    with contextlib.suppress(TypeError, ValueError):  # no signature
        mode = [*inspect.signature(fn).parameters.values()][2:3]
        if mode and mode[0].default is inspect.Parameter.empty and mode[0].kind is mode[0].POSITIONAL_OR_KEYWORD:
            return lambda A_prev, hparameters, mode="max": fn(A_prev, hparameters, mode)
    return fn


# Spot the bug: the suspect stands in the notebook too, with the same code.


def suspect_zero_start(window: Array) -> Any:
    """Start the running maximum at 0."""
    largest = 0
    for row in window:
        for value in row:
            if value > largest:
                largest = value
    return largest


def _no_window(window: Any) -> str:
    try:
        array = np.asarray(window)
    except ValueError:
        got = "rows of different lengths"
    else:
        if array.dtype.kind not in "iufb":
            got = in_words(window) + (f" of dtype {array.dtype}" if isinstance(window, np.ndarray) else "")
        elif array.ndim == 2 and array.size:
            return ""
        else:
            got = f"shape {array.shape}"
    return f"window: got {got}, wanted numbers in rows and columns. Return an array like np.array([[1, 2], [3, 4]])."


_ANY = "Which of the window's numbers can it return?"

_WINDOWS = (
    ((2, 2), 9),
    ((2, 3), -1),
    ((3, 2), 0),
    ((1, 1), -3),
    ((4, 2), 9),
    ((1, 5), -1),
    ((2, 2), -8),
)  # largest last

_SPOT = spot(
    "zero_start",
    suspect_zero_start,
    Task(
        parameters=("window",),
        core=lambda window: np.max(np.asarray(window, np.float64)),
        probes=(
            *(
                Probe(lambda i=i, shape=shape, high=high: (values(i, shape, -9, high),))  # type: ignore[misc]
                for i, (shape, high) in enumerate(_WINDOWS, 1)
            ),
            Probe(lambda: (values(20, (3, 3), -90_000, -70_000),)),
            Probe(lambda: (values(21, (2, 3), -9, -1) / 16,)),
            Probe(lambda: (values(22, (2, 4)) / 7,)),
            Probe(lambda: (values(23, (3, 2), -9, -3) * 1e9,)),
            Probe(lambda: (np.zeros((2, 2)),)),
        ),
        mistakes=(
            Mistake(
                "fixed_start",
                "It starts at a fixed number below 0. In a window of smaller numbers that one is returned.",
                "Which number can never be larger than the largest one of the window?",
                shows=lambda got, right, window: (
                    np.ndim(got) == 0 and got >= right and (got == right or got == round(float(got)))
                ),
                example=lambda window: max(-100, np.max(window)),
            ),
            Mistake("min", "This is the smallest number.", _ANY, instead=np.min),
            Mistake(
                "first_row",
                "This is the largest number of the first row.",
                "Go through your loops by hand. When is `return` reached?",
                instead=lambda window: window[0].max(),
            ),
            Mistake("abs", "This is the largest absolute value.", _ANY, instead=lambda window: np.abs(window).max()),
            Mistake("first", "This is the first number of the window.", _ANY, instead=lambda window: window[0, 0]),
            Mistake("last", "This is the last number of the window.", _ANY, instead=lambda window: window[-1, -1]),
        ),
    ),
    hidden=lambda: (np.array([[-1.0, 2.0], [-3.0, -4.0]]),),
    look="`largest` starts at 0. Which numbers can never replace it?",
    says="It returned the number it had started with, which is not in the window.",
    usable=_no_window,
)

TASKS = {
    **_SPOT,
    "pool_forward": Task(
        parameters=("A_prev", "hparameters", "mode"),
        results=("A", "cache"),
        core=_right_pool,
        probes=_pool_probes(),
        mistakes=POOL_MISTAKES,
        adapt=_with_mode,
        facts=_pool_facts,
    ),
    "receptive_field": Task(
        parameters=("layers",),
        core=shapes.receptive_field,
        probes=tuple(Probe(lambda net=net: (list(net),)) for net in _NETS),  # type: ignore[misc]
        mistakes=FIELD_MISTAKES,
        facts=_field_facts,
    ),
}
