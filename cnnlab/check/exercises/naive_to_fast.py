"""Notebook 07: the naive layers with channels first, im2col and col2im, and the sandwich of three layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab import ops
from cnnlab.check.exercises.matrix_mistakes import COL2IM, IM2COL, SANDWICH_BACKWARD, SANDWICH_FORWARD
from cnnlab.check.exercises.naive_mistakes import CONV_BACKWARD, CONV_FORWARD, POOL_BACKWARD, POOL_FORWARD
from cnnlab.check.probe import Probe, read_only, sevenths, spread, values
from cnnlab.check.spot import spot
from cnnlab.check.task import ANY, Mistake, Task
from cnnlab.conventions import cs231n

__all__ = ["TASKS"]

Array = NDArray[Any]
Settings = dict[str, int]


def _conv_call(
    seed: int,
    shape: tuple[int, ...],
    kernel: tuple[int, int],
    filters: int,
    stride: int,
    pad: int,
    dtype: DTypeLike = np.float64,
    parts: int = 1,
    high: int = 9,
) -> tuple[Any, ...]:
    return (
        values(seed, shape, -high, high, dtype=dtype),
        (values(seed + 100, (filters, shape[1], *kernel), -5, 5) / parts).astype(np.float64 if parts > 1 else dtype),
        (values(seed + 200, (filters,), 1, 40) / parts).astype(np.float64 if parts > 1 else dtype),
        {"stride": stride, "pad": pad},
    )


def _sealed(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the call with arrays that are closed to writing; those of several axes with cells that lie apart."""

    def seal(a: Any) -> Any:
        if isinstance(a, tuple):
            return _sealed(a)
        return read_only(spread(a) if a.ndim > 1 else a) if isinstance(a, np.ndarray) else a

    return tuple(map(seal, arguments))


_CONVS: tuple[tuple[Any, ...], ...] = (
    (1, (1, 2, 4, 5), (2, 3), 2, 1, 0),
    (2, (2, 2, 5, 4), (3, 3), 3, 1, 1),
    (3, (2, 3, 5, 7), (3, 2), 2, 2, 1),
    (4, (2, 2, 8, 6), (3, 4), 4, 2, 2),
    (5, (2, 1, 7, 10), (2, 3), 3, 3, 0),
    (6, (3, 2, 4, 6), (1, 1), 3, 2, 0),
    (7, (1, 2, 3, 4), (5, 4), 2, 2, 2),
    (8, (2, 3, 5, 4), (5, 4), 2, 1, 0),
    (9, (2, 2, 4, 7), (3, 2), 2, 1, 2, np.float32),
    (10, (2, 2, 5, 4), (2, 2), 3, 1, 1, np.int64, 8),
    (11, (2, 3, 5, 5), (3, 3), 3, 1, 1),  # everything square, as many filters as channels
    (12, (1, 4, 9, 5), (4, 3), 2, 3, 1, np.float64, 1, 4999),  # too large for a half-precision result
    (13, (3, 2, 5, 9), (2, 4), 5, 1, 3),
    (14, (2, 2, 11, 6), (3, 1), 2, 4, 2),
    (15, (1, 5, 6, 11), (1, 5), 3, 2, 1),
    (16, (3, 2, 6, 6), (3, 3), 2, 3, 0),
)


def _conv_probes() -> tuple[Probe, ...]:
    plain = tuple(Probe(lambda call=call: _conv_call(*call)) for call in _CONVS)  # type: ignore[misc]
    return (
        *plain,
        Probe(lambda: _sealed(_conv_call(17, (2, 3, 6, 5), (3, 2), 4, 2, 1))),
        Probe(lambda: sevenths(_conv_call(18, (2, 2, 4, 5), (3, 2), 3, 1, 1))),
    )


def _conv_backward_call(*call: Any) -> tuple[Any, ...]:
    x, w, b, conv_param = _conv_call(*call)
    size = [
        (n + 2 * conv_param["pad"] - k) // conv_param["stride"] + 1
        for n, k in zip(x.shape[2:], w.shape[2:], strict=True)
    ]
    high = call[8] if len(call) > 8 else 9
    return values(call[0] + 300, (len(x), len(w), *size), -high, high, x.dtype), (x, w, b, conv_param)


def _conv_backward_probes() -> tuple[Probe, ...]:
    # Where x holds integers, all are integers: gradients that are made like x, w and b are as right as any.
    calls = tuple((*call[:6], np.int64) if call[-2:] == (np.int64, 8) else call for call in _CONVS)
    plain = tuple(Probe(lambda call=call: _conv_backward_call(*call)) for call in calls)  # type: ignore[misc]
    return (
        *plain,
        Probe(lambda: _sealed(_conv_backward_call(17, (2, 3, 6, 5), (3, 2), 4, 2, 1))),
        Probe(lambda: sevenths(_conv_backward_call(18, (2, 2, 4, 5), (3, 2), 3, 1, 1))),
    )


def _conv_facts(x: Array, w: Array, b: Array, conv_param: Settings) -> frozenset[str]:
    n, channels, h, width = x.shape
    kh, kw = w.shape[2:]
    s, p = conv_param["stride"], conv_param["pad"]
    found = {
        "a picture that is not square": h != width,
        "a filter that is not square": kh != kw,
        "more than one example": n > 1,
        "more than one channel": channels > 1,
        "a padding of 0": p == 0,
        "a padding above 0": p > 0,
        "a padding other than 1": p != 1,
        "a stride above 1": s > 1,
        "a stride that leaves cells over": (h + 2 * p - kh) % s != 0 or (width + 2 * p - kw) % s != 0,
        "a picture of whole numbers": x.dtype.kind in "iu",
        "numbers in single precision (`float32`)": x.dtype == np.float32,
        "arrays that must not be written to": not x.flags.writeable,
        "as many filters as examples": len(w) == n,
    }
    return frozenset(words for words, holds in found.items() if holds)


def _pool_call(
    seed: int, shape: tuple[int, ...], window: tuple[int, int], stride: int, low: int = -9, high: int = 9, **more: Any
) -> tuple[Any, ...]:
    x = values(seed, shape, low, high, **more)
    return x, {"pool_height": window[0], "pool_width": window[1], "stride": stride}


_POOLS: tuple[tuple[Any, ...], ...] = (
    (1, (1, 1, 4, 6), (2, 3), 2),
    (2, (2, 3, 5, 7), (3, 2), 2),
    (3, (2, 2, 6, 4), (2, 2), 1),
    (4, (3, 2, 6, 8), (2, 2), 3),
    (5, (2, 3, 8, 5), (3, 3), 3),
    (6, (1, 2, 4, 5), (4, 5), 1),
    (7, (2, 1, 3, 6), (1, 1), 2),
    (8, (2, 2, 6, 5), (3, 2), 2, 0, 1),  # ties
    (9, (2, 2, 4, 6), (2, 2), 2, 0, 0),
    (10, (2, 2, 5, 6), (2, 3), 2, -9, -1),
    (11, (1, 2, 9, 7), (3, 1), 1),
    (12, (1, 1, 11, 4), (4, 2), 5),
    (13, (2, 2, 10, 10), (4, 4), 2),
    (14, (1, 4, 7, 13), (3, 5), 4, -4999, 4999),
    (15, (2, 2, 7, 6), (3, 3), 1, -1, 2),
    (16, (2, 3, 3, 4), (1, 1), 1),
)


def _pool_probes() -> tuple[Probe, ...]:
    plain = tuple(Probe(lambda call=call: _pool_call(*call)) for call in _POOLS)  # type: ignore[misc]
    return (
        *plain,
        Probe(lambda: _pool_call(17, (2, 3, 5, 7), (3, 2), 2, dtype=np.float32)),
        Probe(lambda: _pool_call(18, (2, 3, 7, 5), (2, 3), 2, dtype=np.int64)),
        Probe(lambda: _sealed(_pool_call(19, (2, 3, 7, 5), (2, 3), 2))),
        Probe(lambda: (np.arange(60.0).reshape(1, 2, 5, 6), {"pool_height": 2, "pool_width": 2, "stride": 2})),
        Probe(lambda: sevenths(_pool_call(20, (2, 2, 5, 4), (3, 2), 1))),
        Probe(lambda: (values(21, (1, 2, 4, 5), -9, -3) * 1e9, {"pool_height": 2, "pool_width": 3, "stride": 2})),
    )


def _pool_backward_call(*call: Any, **more: Any) -> tuple[Any, ...]:
    x, pool_param = _pool_call(*call, **more)
    s = pool_param["stride"]
    size = [(x.shape[2] - pool_param["pool_height"]) // s + 1, (x.shape[3] - pool_param["pool_width"]) // s + 1]
    return values(call[0] + 300, (*x.shape[:2], *size), dtype=x.dtype), (x, pool_param)


def _pool_backward_probes() -> tuple[Probe, ...]:
    plain = tuple(Probe(lambda call=call: _pool_backward_call(*call)) for call in _POOLS)  # type: ignore[misc]
    return (
        *plain,
        Probe(lambda: _pool_backward_call(17, (2, 3, 5, 7), (3, 2), 2, dtype=np.float32)),
        Probe(lambda: _pool_backward_call(18, (2, 3, 7, 5), (2, 3), 2, dtype=np.int64)),
        Probe(lambda: _sealed(_pool_backward_call(19, (2, 3, 7, 5), (2, 3), 2))),
        Probe(lambda: sevenths(_pool_backward_call(20, (2, 2, 5, 4), (3, 2), 1))),
    )


def _pool_facts(x: Array, pool_param: Settings) -> frozenset[str]:
    s, h, w = (pool_param[key] for key in ("stride", "pool_height", "pool_width"))
    found = {
        "a picture that is not square": x.shape[2] != x.shape[3],
        "a window that is not square": h != w,
        "more than one example": len(x) > 1,
        "more than one channel": x.shape[1] > 1,
        "a stride above 1": s > 1,
        "windows that overlap": s < h or s < w,
        "many equal numbers in a window": len(np.unique(x)) < 4,
        "negative numbers only": bool((x < 0).all()),
        "whole numbers": x.dtype.kind in "iu",
    }
    return frozenset(words for words, holds in found.items() if holds)


_COLS: tuple[tuple[Any, ...], ...] = (
    (1, (1, 1, 2, 3), (1, 2), 0, 1),
    (2, (2, 2, 3, 4), (2, 3), 0, 1),
    (3, (2, 3, 4, 5), (3, 2), 1, 1),
    (4, (3, 2, 5, 7), (3, 2), 1, 2),
    (5, (2, 1, 7, 4), (2, 2), 0, 3),
    (6, (2, 3, 4, 6), (1, 1), 0, 2),
    (7, (1, 2, 3, 4), (5, 4), 2, 2),
    (8, (2, 2, 4, 4), (2, 2), 0, 2),
    (9, (2, 2, 4, 4), (2, 2), 1, 1),
    (10, (3, 2, 6, 5), (2, 4), 2, 3),
    (11, (4, 1, 3, 3), (3, 3), 1, 1),
    (12, (1, 4, 8, 3), (4, 1), 0, 1),
)


def _im2col_call(
    seed: int, shape: tuple[int, ...], window: tuple[int, int], pad: int, stride: int, **more: Any
) -> tuple[Any, ...]:
    return values(seed, shape, **more), *window, pad, stride


def _col2im_call(
    seed: int, shape: tuple[int, ...], window: tuple[int, int], pad: int, stride: int, **more: Any
) -> tuple[Any, ...]:
    cols = ops.im2col(np.zeros(shape), window, pad=pad, stride=stride).shape
    return values(seed, cols, **more), shape, *window, pad, stride


def _matrix_probes(call: Any) -> tuple[Probe, ...]:
    plain = tuple(Probe(lambda given=given: call(*given)) for given in _COLS)  # type: ignore[misc]
    return (
        *plain,
        Probe(lambda: call(13, (2, 2, 5, 4), (2, 3), 1, 2, dtype=np.float32)),
        Probe(lambda: call(14, (2, 2, 5, 4), (2, 3), 1, 2, dtype=np.int64)),
        Probe(lambda: _sealed_first(call(15, (2, 3, 5, 4), (3, 2), 1, 1))),
        Probe(lambda: call(16, (2, 3, 5, 6), (2, 3), 1, 1, low=-4999, high=4999)),  # too large for small integers
        Probe(lambda: sevenths(call(17, (2, 2, 4, 5), (3, 2), 1, 2))),
    )


def _sealed_first(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return (read_only(spread(arguments[0])), *arguments[1:])


def _matrix_facts(kh: int, kw: int, pad: int, stride: int, n: int) -> frozenset[str]:
    found = {
        "a padding of 0": pad == 0,
        "a padding above 0": pad > 0,
        "a padding other than 1": pad != 1,
        "a stride above 1": stride > 1,
        "windows that overlap": stride < max(kh, kw),
        "a window that is not square": kh != kw,
        "more than one example": n > 1,
    }
    return frozenset(words for words, holds in found.items() if holds)


def _sandwich_call(
    seed: int,
    shape: tuple[int, ...],
    kernel: tuple[int, int],
    filters: int,
    conv: tuple[int, int],
    pool: tuple[int, int, int],
    **more: Any,
) -> tuple[Any, ...]:
    x, w, b, conv_param = _conv_call(seed, shape, kernel, filters, *conv, **more)
    b = b - b.mean()  # so that the ReLU has something to do
    return x, w, b, conv_param, {"pool_height": pool[0], "pool_width": pool[1], "stride": pool[2]}


_SANDWICHES: tuple[tuple[Any, ...], ...] = (
    (1, (1, 1, 4, 5), (3, 3), 2, (1, 1), (2, 2, 2)),
    (2, (2, 3, 6, 8), (3, 3), 2, (1, 1), (2, 2, 2)),
    (3, (2, 2, 7, 6), (3, 2), 3, (1, 0), (2, 3, 1)),
    (4, (3, 2, 9, 8), (2, 2), 2, (2, 1), (2, 2, 1)),
    (5, (1, 2, 8, 8), (5, 5), 4, (1, 2), (3, 3, 2)),
    (6, (2, 1, 6, 10), (1, 3), 2, (1, 1), (2, 2, 3)),
    (7, (2, 4, 5, 5), (3, 3), 1, (1, 1), (1, 2, 2)),
)


def _sandwich_backward_call(*call: Any) -> tuple[Any, ...]:
    arguments = _sandwich_call(*call)
    out, _ = cs231n.conv_relu_pool_forward(*arguments)
    return values(call[0] + 300, out.shape), *arguments


def _sandwich_forward(*arguments: Any) -> tuple[Any, Any]:
    return cs231n.conv_relu_pool_forward(*arguments)[0], ANY


def _sandwich_backward(dout: Array, *arguments: Any) -> tuple[Any, ...]:
    return tuple(cs231n.conv_relu_pool_backward(dout, cs231n.conv_relu_pool_forward(*arguments)[1]))


def _double(a: Any) -> Any:
    return np.asarray(a, np.float64)


def _right_conv(x: Array, w: Array, b: Array, conv_param: Settings) -> tuple[Any, Any]:
    return cs231n.conv_forward_fast(_double(x), _double(w), _double(b), conv_param)[0], (x, w, b, conv_param)


def _right_conv_backward(dout: Array, cache: tuple[Any, ...]) -> tuple[Any, ...]:
    *arrays, conv_param = cache
    _, kept = cs231n.conv_forward_fast(*map(_double, arrays), conv_param)
    return tuple(cs231n.conv_backward_fast(_double(dout), kept))


def _right_pool(x: Array, pool_param: Settings) -> tuple[Any, Any]:
    return cs231n.max_pool_forward_fast(_double(x), pool_param)[0], (x, pool_param)


def _right_pool_backward(dout: Array, cache: tuple[Any, Any]) -> Array:
    x, pool_param = cache
    return cs231n.max_pool_backward_fast(_double(dout), cs231n.max_pool_forward_fast(_double(x), pool_param)[1])


# Spot the bug.


def suspect_fancy_plus(values: Array, index: Array, size: int) -> Array:
    """Add with an array of indices."""
    out = np.zeros(size)
    out[index] += values
    return out


def _added(values: Array, index: Array, size: int) -> Array:
    out = np.zeros(size)
    np.add.at(out, np.asarray(index), np.asarray(values, np.float64))
    return out


_SPOT = spot(
    "fancy_plus",
    suspect_fancy_plus,
    Task(
        parameters=("values", "index", "size"),
        core=_added,
        probes=(
            *(
                Probe(lambda i=i, n=n, size=size: (values(i, (n,)), values(i + 50, (n,), 0, size - 1, np.int64), size))  # type: ignore[misc]
                for i, (n, size) in enumerate(((4, 3), (6, 4), (5, 9), (1, 2), (9, 2), (12, 5), (3, 1)), 1)
            ),
            Probe(lambda: (values(8, (7,)) / 7, values(58, (7,), 0, 3, np.int64), 4)),
        ),
        mistakes=(
            Mistake(
                "first_wins",
                "Where an index comes several times, only its first number was kept.",
                _TWICE := "What should stand at an index that comes twice?",
                instead=lambda values, index, size: np.array(
                    [next((v for v, i in zip(values, index, strict=True) if i == k), 0.0) for k in range(size)]
                ),
            ),
            Mistake(
                "average",
                "The numbers of an index were averaged; they should be added.",
                _TWICE,
                instead=lambda values, index, size: (
                    _added(values, index, size) / np.maximum(1, np.bincount(index, minlength=size))
                ),
            ),
            Mistake(
                "counts",
                "This counts how often each index comes; the numbers should be added up.",
                _TWICE,
                instead=lambda values, index, size: np.bincount(index, minlength=size).astype(float),
            ),
        ),
    ),
    hidden=lambda: (np.array([5.0, 7.0]), np.array([0, 2]), 3),
    look="When does NumPy look at an index? What if the same one comes twice?",
    says="An index that comes twice was added once.",
    usable=lambda values, index, size: (
        ""
        if np.asarray(index).dtype.kind in "iu"
        and np.asarray(index).size
        and 0 <= np.min(index) <= np.max(index) < size
        else "`index` should hold whole numbers from 0 to size − 1."
    ),
)

TASKS = {
    "conv_forward_naive": Task(
        parameters=("x", "w", "b", "conv_param"),
        results=("out", "cache"),
        core=_right_conv,
        probes=_conv_probes(),
        mistakes=CONV_FORWARD,
        facts=_conv_facts,
    ),
    "conv_backward_naive": Task(
        parameters=("dout", "cache"),
        results=("dx", "dw", "db"),
        inside={"cache": ("x", "w", "b", "conv_param")},
        core=_right_conv_backward,
        probes=_conv_backward_probes(),
        mistakes=CONV_BACKWARD,
        facts=lambda dout, cache: _conv_facts(*cache),
    ),
    "max_pool_forward_naive": Task(
        parameters=("x", "pool_param"),
        results=("out", "cache"),
        core=_right_pool,
        probes=_pool_probes(),
        mistakes=POOL_FORWARD,
        facts=_pool_facts,
    ),
    "max_pool_backward_naive": Task(
        parameters=("dout", "cache"),
        inside={"cache": ("x", "pool_param")},
        core=_right_pool_backward,
        probes=_pool_backward_probes(),
        mistakes=POOL_BACKWARD,
        facts=lambda dout, cache: _pool_facts(*cache),
    ),
    "im2col": Task(
        parameters=("x", "kh", "kw", "pad", "stride"),
        core=lambda x, kh, kw, pad, stride: ops.im2col(_double(x), (kh, kw), pad=pad, stride=stride),
        probes=_matrix_probes(_im2col_call),
        mistakes=IM2COL,
        axes={"": "HW"},
        facts=lambda x, kh, kw, pad, stride: _matrix_facts(kh, kw, pad, stride, len(x)),
    ),
    "col2im": Task(
        parameters=("cols", "x_shape", "kh", "kw", "pad", "stride"),
        core=lambda cols, x_shape, kh, kw, pad, stride: ops.col2im(
            _double(cols), x_shape, (kh, kw), pad=pad, stride=stride
        ),
        probes=_matrix_probes(_col2im_call),
        mistakes=COL2IM,
        facts=lambda cols, x_shape, kh, kw, pad, stride: _matrix_facts(kh, kw, pad, stride, x_shape[0]),
    ),
    **_SPOT,
    "conv_relu_pool_forward": Task(
        parameters=("x", "w", "b", "conv_param", "pool_param"),
        results=("out", "cache"),
        core=_sandwich_forward,
        probes=tuple(Probe(lambda call=call: _sandwich_call(*call)) for call in _SANDWICHES),  # type: ignore[misc]
        mistakes=SANDWICH_FORWARD,
        helpers={
            name: getattr(cs231n, name)
            for name in (
                "conv_forward_fast",
                "max_pool_forward_fast",
                "relu_forward",
                "conv_forward_naive",
                "max_pool_forward_naive",
            )
        },
    ),
    "conv_relu_pool_backward": Task(
        parameters=("dout", "x", "w", "b", "conv_param", "pool_param"),
        results=("dx", "dw", "db"),
        core=_sandwich_backward,
        partner="conv_relu_pool_forward",
        reference_forward=cs231n.conv_relu_pool_forward,
        probes=tuple(Probe(lambda call=call: _sandwich_backward_call(*call)) for call in _SANDWICHES),  # type: ignore[misc]
        mistakes=SANDWICH_BACKWARD,
    ),
}
