"""Notebook 05: numerical gradients, and the backward passes of convolution and pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnlab import gradcheck
from cnnlab.check.exercises.backward_mistakes import CONV_BACKWARD, CROP, MASK, OVERLAP, POOL_BACKWARD, SHARE
from cnnlab.check.exercises.convolution_over_volumes import TASKS as VOLUMES
from cnnlab.check.exercises.gradient_mistakes import ERROR_MISTAKES, GRADIENT_MISTAKES
from cnnlab.check.probe import Probe, read_only, sevenths, spread, values
from cnnlab.check.spot import spot
from cnnlab.check.task import Task
from cnnlab.conventions import coursera

__all__ = ["TASKS"]

Array = NDArray[Any]
Settings = dict[str, int]


# The numerical gradient.


def reused() -> Callable[[Array], Array]:
    """Make a function that hands back the same array every time, as fast code does."""
    kept: list[Array] = []

    def cube_in_place(x: Array) -> Array:
        """Return x³, each time in the same array."""
        if not kept:
            kept.append(np.zeros(np.shape(x)))
        kept[0][...] = np.asarray(x) ** 3
        return kept[0]

    return cube_in_place


def cube(x: Array) -> Array:
    """Return x³."""
    cubes: Array = np.asarray(x) ** 3
    return cubes


def sine(x: Array) -> Array:
    """Return sin x."""
    return np.sin(x)


def column_products(x: Array) -> Array:
    """Return the product of each column: fewer outputs than inputs."""
    return np.prod(x, axis=0)


def neighbours(x: Array) -> Array:
    """Return x times its right neighbour: a cell reaches two outputs."""
    return np.asarray(x) * np.roll(x, -1, axis=-1)


def total(x: Array) -> float:
    """Return one number."""
    return float(np.sum(np.asarray(x) ** 2 * np.arange(1, np.size(x) + 1).reshape(np.shape(x))))


def _gradient_probe(
    seed: int, make: Callable[[], Any], shape: tuple[int, ...], out: tuple[int, ...], *h: float
) -> Probe:
    return Probe(lambda: (make(), values(seed, shape, -9, 9) / 8 + 0.05, values(seed + 100, out, -5, 5) + 0.5, *h))


def _gradient_probes() -> tuple[Probe, ...]:
    return (
        _gradient_probe(1, lambda: cube, (2, 3), (2, 3)),
        _gradient_probe(2, lambda: sine, (4,), (4,)),
        _gradient_probe(3, lambda: column_products, (3, 2), (2,)),
        _gradient_probe(4, lambda: neighbours, (2, 4), (2, 4)),
        _gradient_probe(5, lambda: cube, (2, 2), (2, 2), 1e-2),  # a step that can be seen
        _gradient_probe(6, lambda: cube, (3,), (3,), 1e-3),
        _gradient_probe(7, reused, (2, 3), (2, 3)),
        Probe(lambda: (total, values(8, (2, 2)) / 8, 3.0)),
        Probe(lambda: (cube, values(9, (2, 3)) / 8 + 0.05, np.ones((2, 3)))),
        _gradient_probe(10, lambda: sine, (2, 1, 3), (2, 1, 3)),
        _gradient_probe(11, lambda: cube, (1,), (1,)),
    )


def _gradient_facts(f: Any, x: Array, df: Any, h: float | None = None) -> frozenset[str]:
    found = {
        "a step h that is given": h is not None,
        "a function that hands back the same array every time": f.__name__ == "cube_in_place",
        "a function with fewer outputs than inputs": f in (column_products, total),
        "a function in which a cell reaches two outputs": f is neighbours,
        "a `df` of ones": bool(np.all(np.asarray(df) == 1)),
        "an `x` of one axis": np.ndim(x) == 1,
        "an `x` of three axes": np.ndim(x) == 3,
    }
    return frozenset(words for words, holds in found.items() if holds)


def _numerical(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    return gradcheck.numerical_gradient(lambda x: np.array(f(x)), np.array(x), df, h=h)


def _rounding(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> float:
    """Return the size that rounding errors go with: f's own, enlarged by the division by 2h."""
    return 1e-7 / h * max(1.0, float(np.abs(np.array(f(np.array(x))) * df).sum()))


def _pair(seed: int, shape: tuple[int, ...], gap: float = 0.1) -> Probe:
    return Probe(lambda: (a := values(seed, shape) + 0.5, a + gap * values(seed + 100, shape)))


def _error_probes() -> tuple[Probe, ...]:
    return (
        Probe(lambda: (np.array([1.0, 2.0]), np.array([1.0, 3.0]))),
        Probe(lambda: (np.array([3.0, 0.5]), np.array([1.0, 0.5]))),
        _pair(1, (3, 4)),
        _pair(2, (2, 3, 2), 0.01),
        _pair(3, (5,), 1e-6),
        Probe(lambda: (np.zeros((2, 3)), np.zeros((2, 3)))),
        Probe(lambda: (np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.5]))),
        Probe(lambda: (np.array([1.0, -2.0]), np.array([-1.0, 2.0]))),  # opposite signs: 1
        Probe(lambda: (np.array([1.0, 3.0, 5.0]), np.array([3.0, 1.0, 5.0]))),  # the same sum
        Probe(lambda: (values(4, (3, 3)) + 0.5, values(4, (3, 3)) + 0.5)),  # equal
        Probe(lambda: (np.r_[np.ones(99), 1.0], np.r_[np.ones(99), 1.5])),  # one bad cell
        Probe(lambda: (np.array([1000.0, 0.001]), np.array([1000.1, 0.002]))),
        Probe(lambda: (np.array([[0.0, -4.0]]), np.array([[0.5, -4.0]]))),
        Probe(lambda: (np.array(2.0), np.array(2.5))),
        Probe(lambda: (values(5, (4,), dtype=np.int64), values(6, (4,), dtype=np.int64))),
        Probe(lambda: (read_only(values(7, (3, 2))), read_only(values(8, (2, 3)).T))),
        Probe(lambda: (np.array([-1.0, -2.0]), np.array([-1.5, -2.0]))),
        Probe(lambda: (np.array([5.0, 1.0]), np.array([5.0, 1.0 + 1e-7]))),
        Probe(lambda: (np.array([1e-6, 2e-6]), np.array([3e-6, 1e-6]))),
        Probe(lambda: (np.array([2e-9, 1.0]), np.array([5e-9, 1.0]))),  # below the floor
    )


def _error_facts(a: Any, b: Any) -> frozenset[str]:
    a, b = np.asarray(a, float), np.asarray(b, float)
    found = {
        "a place where both numbers are 0": bool(((a == 0) & (b == 0)).any()),
        "numbers of opposite sign": bool((a * b < 0).any()),
        "two equal arrays": bool((a == b).all()),
        "negative numbers": bool((a < 0).any() or (b < 0).any()),
        "numbers in `b` that are larger than those in `a`": bool((np.abs(b) > np.abs(a)).any()),
        "single numbers": a.ndim == 0,
        "numbers near 0": bool((np.abs(a) + np.abs(b) < 1e-4).any()),
    }
    return frozenset(words for words, holds in found.items() if holds)


# Convolution.


def _conv_probe(
    seed: int, shape: tuple[int, ...], f: int, filters: int, stride: int, pad: int, dtype: DTypeLike = np.float64
) -> Probe:
    def make() -> tuple[Any, ...]:
        A_prev, W = values(seed, shape, dtype=dtype), values(seed + 100, (f, f, shape[3], filters), -5, 5, dtype)
        b, hparameters = values(seed + 200, (1, 1, 1, filters), dtype=dtype), {"stride": stride, "pad": pad}
        size = [(n + 2 * pad - f) // stride + 1 for n in shape[1:3]]
        return values(seed + 300, (shape[0], *size, filters), dtype=dtype), (A_prev, W, b, hparameters)

    return Probe(make)


def _conv_probes() -> tuple[Probe, ...]:
    plain = _conv_probe
    return (
        plain(281, (1, 3, 4, 1), 2, 1, 1, 0),  # small ones first: they are shown
        plain(283, (1, 2, 3, 1), 3, 1, 1, 1),
        plain(383, (1, 4, 5, 1), 2, 1, 2, 0),
        plain(102, (2, 2, 3, 1), 2, 1, 1, 0),
        plain(344, (1, 3, 2, 2), 2, 2, 1, 0),
        plain(2, (2, 4, 5, 2), 3, 2, 1, 1),
        plain(3, (2, 5, 7, 3), 3, 2, 2, 1),
        plain(4, (2, 8, 6, 2), 3, 4, 2, 2),
        plain(5, (2, 7, 10, 1), 2, 3, 3, 0),  # windows side by side with gaps
        plain(6, (3, 4, 6, 2), 1, 3, 2, 0),
        plain(7, (1, 3, 4, 2), 5, 2, 2, 2),
        plain(8, (2, 5, 5, 3), 5, 2, 1, 0),
        plain(9, (2, 4, 7, 2), 3, 2, 1, 2, np.float32),
        plain(10, (2, 5, 4, 2), 3, 2, 2, 1, np.int64),
        Probe(lambda: _sealed(plain(11, (2, 6, 5, 3), 3, 4, 2, 1).make())),
        plain(12, (1, 9, 5, 4), 4, 2, 3, 1),
        plain(13, (3, 5, 9, 2), 2, 5, 1, 3),
        plain(14, (2, 6, 6, 2), 3, 3, 3, 0),
        plain(15, (2, 11, 6, 3), 3, 2, 4, 2),
        plain(16, (1, 6, 11, 5), 5, 3, 2, 1),
        Probe(lambda: sevenths(plain(17, (2, 5, 4, 2), 3, 2, 1, 1).make())),
    )


def _sealed(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the call with arrays that are closed to writing and whose cells lie apart."""
    dZ, (A_prev, W, b, hparameters) = arguments
    return read_only(spread(dZ)), (read_only(spread(A_prev)), read_only(spread(W)), read_only(b), hparameters)


def _conv_facts(dZ: Array, cache: tuple[Any, ...]) -> frozenset[str]:
    A_prev, W, _, hparameters = cache
    m, h, w, channels = A_prev.shape
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    found = {
        "an input that is not square": h != w,
        "more than one example": m > 1,
        "more than one input channel": channels > 1,
        "more than one filter": W.shape[3] > 1,
        "a padding of 0": p == 0,
        "a padding above 0": p > 0,
        "a padding other than 1": p != 1,
        "a stride above 1": s > 1,
        "windows that overlap": s < f,
        "a stride that leaves cells over": (h + 2 * p - f) % s != 0 or (w + 2 * p - f) % s != 0,
        "a filter of one cell": f == 1,
        "an input of whole numbers": A_prev.dtype.kind in "iu",
        "arrays that must not be written to": not dZ.flags.writeable,
    }
    return frozenset(words for words, holds in found.items() if holds)


# Pooling.


def _windows() -> tuple[Array, ...]:
    return (
        np.array([[1.0, 3.0], [2.0, 0.0]]),
        values(1, (3, 3)),
        values(2, (2, 3), -9, -1),
        np.array([[2.0, 2.0], [0.0, 2.0]]),
        np.zeros((2, 2)),
        values(3, (3, 2), -3, 3),
        values(4, (1, 4), 0, 1),
        np.array([[-7.0, 5.0], [1.0, -6.0]]),
        values(5, (4, 3), dtype=np.int64),
        values(6, (3, 3), dtype=np.float32),
        np.array([[-1.0]]),
        read_only(spread(values(7, (3, 4))).T),
        np.array([[4.0, 0.0, 4.0], [0.0, 4.0, 0.0]]),
        np.array([[2.4, -3.0, 2.25], [2.3999, 0.5, 2.399]]),  # nearly equal is not equal
        values(8, (5, 5), -2, 1),
    )


def _window_facts(x: Array) -> frozenset[str]:
    winners = int((x == x.max()).sum())
    found = {
        "a window with two or more equal largest numbers": winners > 1,
        "a window of negative numbers": bool((x < 0).all()),
        "a window that is not square": x.shape[0] != x.shape[1],
        "a window of whole numbers": x.dtype.kind in "iu",
    }
    return frozenset(words for words, holds in found.items() if holds)


_SHARES = (
    (6.0, (2, 3)),
    (2.0, (2, 2)),
    (-5.0, (3, 1)),
    (1.0, (4, 5)),
    (0.0, (2, 3)),
    (7, (3, 2)),
    (100.0, (1, 1)),
    (0.3, (5, 2)),
)


def _pool_probe(seed: int, shape: tuple[int, ...], f: int, stride: int, mode: str, **numbers: Any) -> Probe:
    def make() -> tuple[Any, ...]:
        size = [(n - f) // stride + 1 for n in shape[1:3]]
        dA = values(seed + 100, (shape[0], *size, shape[3]), dtype=numbers.get("dtype", np.float64))
        return dA, (values(seed, shape, **numbers), {"f": f, "stride": stride}), mode

    return Probe(make)


def _pool_probes() -> tuple[Probe, ...]:
    def both(seed: int, shape: tuple[int, ...], f: int, stride: int, **numbers: Any) -> tuple[Probe, ...]:
        return tuple(_pool_probe(seed, shape, f, stride, mode, **numbers) for mode in ("max", "average"))

    return (
        *both(1, (1, 4, 5, 1), 2, 2),  # small ones first: they are shown
        *both(18, (1, 3, 4, 1), 2, 1),
        *both(19, (2, 2, 4, 1), 2, 2),
        *both(20, (1, 2, 5, 2), 2, 2),
        *both(2, (2, 5, 7, 3), 3, 2),
        *both(3, (2, 6, 4, 2), 2, 1),
        *both(4, (3, 6, 8, 2), 2, 3),
        *both(5, (2, 8, 5, 3), 3, 3),
        *both(6, (1, 5, 5, 2), 5, 1),
        *both(7, (2, 3, 6, 1), 1, 2),
        *both(17, (2, 3, 4, 2), 1, 1),
        *both(8, (2, 6, 5, 2), 3, 2, low=0, high=1),  # ties
        *both(9, (2, 4, 6, 2), 2, 2, low=0, high=0),  # nothing but ties
        *both(10, (2, 5, 6, 2), 2, 2, low=-9, high=-1),
        *both(11, (2, 4, 6, 3), 2, 2, dtype=np.int64),
        *both(12, (1, 9, 7, 2), 3, 1, dtype=np.float32),
        *both(13, (1, 11, 4, 1), 4, 5),
        *both(14, (2, 10, 10, 2), 4, 2),
        *both(15, (1, 7, 13, 4), 3, 4),
        *both(16, (2, 7, 6, 2), 3, 1, low=-1, high=2),
        *(_nearly_equal(probe) for probe in both(21, (2, 5, 4, 2), 3, 2, low=0, high=4)),
    )


def _nearly_equal(probe: Probe) -> Probe:
    """Return the call with gradients that are fractions, and numbers to choose from that differ by a little."""

    def make() -> tuple[Any, ...]:
        dA, (A_prev, hparameters), mode = probe.make()
        return dA / 7, (2.4 + A_prev / 10_000, hparameters), mode

    return Probe(make)


def _pool_facts(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> frozenset[str]:
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    m, h, w, c = A_prev.shape
    found = {
        "mode `max`": mode == "max",
        "mode `average`": mode == "average",
        "an input that is not square": h != w,
        "more than one example": m > 1,
        "more than one channel": c > 1,
        "a stride other than 1": s != 1,
        "windows that overlap": s < f,
        "many equal numbers in a window": len(np.unique(A_prev)) < 4,
        "an input of whole numbers": A_prev.dtype.kind in "iu",
    }
    return frozenset(words for words, holds in found.items() if holds)


def _right_pool_backward(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    A_prev, hparameters = cache
    return coursera.pool_backward(np.asarray(dA, np.float64), (np.asarray(A_prev, np.float64), hparameters), mode)


def _right_conv_backward(dZ: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    *arrays, hparameters = cache
    return coursera.conv_backward(
        np.asarray(dZ, np.float64), (*(np.asarray(a, np.float64) for a in arrays), hparameters)
    )


# Spot the bug: the suspects stand in the notebook too, with the same code. They work on single planes.


def suspect_bias_in_sum(a_slice_prev: Array, W: Array, b: Array) -> Any:
    """Add the bias to every product."""
    return np.sum(a_slice_prev * W + b.item())


def suspect_overlap_assigned(dA: Array, A_prev: Array, f: int, stride: int) -> Array:
    """Let each window erase what the one before left."""
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[0]):
        for w in range(dA.shape[1]):
            top, left = h * stride, w * stride
            window = A_prev[top : top + f, left : left + f]
            mask = window == window.max()
            dA_prev[top : top + f, left : left + f] = mask * dA[h, w]
    return dA_prev


def suspect_crop_at_pad_0(dZ: Array, x: Array, w: Array, pad: int) -> Array:
    """Count the end of the picture from the end of the padded array."""
    f = w.shape[0]
    dx = np.zeros((x.shape[0] + 2 * pad, x.shape[1] + 2 * pad))
    for p in range(dZ.shape[0]):
        for q in range(dZ.shape[1]):
            dx[p : p + f, q : q + f] += w * dZ[p, q]
    return dx[pad:-pad, pad:-pad]


def _right_overlap(dA: Array, A_prev: Array, f: int, stride: int) -> Array:
    cache = (np.asarray(A_prev, np.float64)[None, :, :, None], {"f": f, "stride": stride})
    return coursera.pool_backward(np.asarray(dA, np.float64)[None, :, :, None], cache)[0, :, :, 0]


def _right_crop(dZ: Array, x: Array, w: Array, pad: int) -> Array:
    x, w, dZ = (np.asarray(a, np.float64) for a in (x, w, dZ))
    cache = (x[None, :, :, None], w[:, :, None, None], np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": pad})
    return coursera.conv_backward(dZ[None, :, :, None], cache)[0][0, :, :, 0]


def _bias_fits(a_slice_prev: Array, W: Array, b: Array) -> str:
    if np.shape(a_slice_prev) != np.shape(W) or np.ndim(W) != 3:
        return f"`a_slice_prev` has the shape {np.shape(a_slice_prev)} and `W` {np.shape(W)}; both should be (f, f, C)."
    return "" if np.shape(b) == (1, 1, 1) else f"`b` has the shape {np.shape(b)}; it should be (1, 1, 1)."


def _overlap_fits(dA: Array, A_prev: Array, f: int, stride: int) -> str:
    size = tuple((n - f) // stride + 1 for n in np.shape(A_prev))
    if np.ndim(A_prev) != 2 or np.shape(dA) == size:
        return ""
    return (
        f"`dA` has the shape {np.shape(dA)}, but a window of {f}×{f} with stride {stride} fits into `A_prev` at "
        f"{size[0]}×{size[1]} places."
    )


def _crop_fits(dZ: Array, x: Array, w: Array, pad: int) -> str:
    size = tuple(n + 2 * pad - len(w) + 1 for n in np.shape(x))
    if np.ndim(x) != 2 or np.shape(dZ) == size:
        return ""
    return (
        f"`dZ` has the shape {np.shape(dZ)}, but a filter of {len(w)}×{len(w)} fits into the padded `x` at "
        f"{size[0]}×{size[1]} places."
    )


def _overlap_probe(seed: int, shape: tuple[int, int], f: int, stride: int, **numbers: Any) -> Probe:
    size = tuple((n - f) // stride + 1 for n in shape)
    return Probe(lambda: (values(seed + 100, size) + 0.5, values(seed, shape, **numbers), f, stride))


def _crop_probe(seed: int, shape: tuple[int, int], f: int, pad: int) -> Probe:
    size = tuple(n + 2 * pad - f + 1 for n in shape)
    return Probe(lambda: (values(seed + 100, size), values(seed, shape), values(seed + 200, (f, f)), pad))


_SPOTS = {
    **spot(
        "bias_in_sum",
        suspect_bias_in_sum,
        VOLUMES["conv_single_step"],
        hidden=lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.zeros((1, 1, 1))),
        look="How often is the bias added? With which bias does that make no difference?",
        says="The bias was added once for each cell.",
        usable=_bias_fits,
        same_as=("bias_inside",),
    ),
    **spot(
        "overlap_assigned",
        suspect_overlap_assigned,
        Task(
            parameters=("dA", "A_prev", "f", "stride"),
            core=_right_overlap,
            probes=(
                _overlap_probe(1, (4, 4), 2, 2),
                _overlap_probe(2, (3, 4), 2, 1),
                _overlap_probe(3, (5, 7), 3, 2),
                _overlap_probe(4, (6, 5), 3, 1),
                _overlap_probe(5, (7, 5), 2, 3),
                _overlap_probe(6, (5, 5), 3, 2, low=0, high=1),
                _overlap_probe(7, (4, 6), 2, 1, low=-9, high=-1),
                _overlap_probe(8, (9, 6), 4, 2),
                Probe(lambda: sevenths(_overlap_probe(9, (4, 5), 3, 1).make())),
            ),
            mistakes=OVERLAP,
            helpers={"create_mask_from_window": coursera.create_mask_from_window},
        ),
        hidden=lambda: (np.ones((2, 2)), np.arange(16.0).reshape(4, 4), 2, 2),
        look="When does a cell lie in two windows?",
        usable=_overlap_fits,
        says="A cell that won in two windows kept one contribution only.",
    ),
    **spot(
        "crop_at_pad_0",
        suspect_crop_at_pad_0,
        Task(
            parameters=("dZ", "x", "w", "pad"),
            core=_right_crop,
            probes=(
                _crop_probe(1, (3, 4), 2, 0),
                _crop_probe(2, (3, 4), 3, 1),
                _crop_probe(3, (5, 4), 3, 2),
                _crop_probe(4, (4, 6), 3, 0),
                _crop_probe(5, (2, 5), 1, 1),
                _crop_probe(6, (5, 3), 2, 3),
                _crop_probe(7, (6, 6), 4, 0),
                Probe(lambda: sevenths(_crop_probe(8, (4, 3), 2, 1).make())),
            ),
            mistakes=CROP,
        ),
        hidden=lambda: (np.ones((3, 3)), np.ones((3, 3)), np.ones((3, 3)), 1),
        look="For which padding is a slice that counts from the end a surprise?",
        usable=_crop_fits,
        says="The slice `[0:-0]` is `[0:0]`: nothing is left.",
    ),
}

TASKS = {
    "numerical_gradient": Task(
        parameters=("f", "x", "df", "h"),
        core=_numerical,
        probes=_gradient_probes(),
        mistakes=GRADIENT_MISTAKES,
        axes={"x": "HW"},
        may_change=("x",),  # moved and put back, up to rounding
        scale=_rounding,
        facts=_gradient_facts,
    ),
    "rel_error": Task(
        parameters=("a", "b"),
        core=gradcheck.relative_error,
        probes=_error_probes(),
        mistakes=ERROR_MISTAKES,
        scale=lambda a, b: 1.0,
        facts=_error_facts,
    ),
    "conv_backward": Task(
        parameters=("dZ", "cache"),
        results=("dA_prev", "dW", "db"),
        inside={"cache": ("A_prev", "W", "b", "hparameters")},
        core=_right_conv_backward,
        probes=_conv_probes(),
        mistakes=CONV_BACKWARD,
        helpers={"zero_pad": coursera.zero_pad},
        facts=_conv_facts,
    ),
    "create_mask_from_window": Task(
        parameters=("x",),
        core=coursera.create_mask_from_window,
        probes=tuple(Probe(lambda i=i: (_windows()[i],)) for i in range(len(_windows()))),  # type: ignore[misc]
        mistakes=MASK,
        axes={"x": "HW"},
        facts=_window_facts,
    ),
    "distribute_value": Task(
        parameters=("dz", "shape"),
        core=coursera.distribute_value,
        probes=tuple(Probe(lambda share=share: share) for share in _SHARES),  # type: ignore[misc]
        mistakes=SHARE,
    ),
    "pool_backward": Task(
        parameters=("dA", "cache", "mode"),
        axes={"": "NHWC"},
        inside={"cache": ("A_prev", "hparameters")},
        core=_right_pool_backward,
        probes=_pool_probes(),
        mistakes=POOL_BACKWARD,
        helpers={
            "create_mask_from_window": coursera.create_mask_from_window,
            "distribute_value": coursera.distribute_value,
        },
        facts=_pool_facts,
    ),
    **_SPOTS,
}
