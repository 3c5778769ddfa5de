"""Right solutions of notebook 04."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Settings = dict[str, int]
Result = tuple[Array, tuple[Array, Settings]]


def four_loops(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Go through every output cell."""
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    A = np.zeros((m, int((n_H_prev - f) / s) + 1, int((n_W_prev - f) / s) + 1, n_C))
    for i in range(m):
        for h in range(A.shape[1]):
            for w in range(A.shape[2]):
                for c in range(n_C):
                    window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(window)
                    elif mode == "average":
                        A[i, h, w, c] = np.mean(window)
    return A, (A_prev, hparameters)


def two_loops(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Reduce each window for all examples and channels at once."""
    f, s = hparameters["f"], hparameters["stride"]
    reduce = np.max if mode == "max" else np.mean
    rows = [
        np.stack(
            [reduce(A_prev[:, h : h + f, w : w + f], axis=(1, 2)) for w in range(0, A_prev.shape[2] - f + 1, s)], axis=1
        )
        for h in range(0, A_prev.shape[1] - f + 1, s)
    ]
    return np.stack(rows, axis=1), (A_prev, hparameters)


def windows_view(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Reduce a view of all windows."""
    f, s = hparameters["f"], hparameters["stride"]
    view = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]  # (m, n_H, n_W, n_C, f, f)
    return view.max((-1, -2)) if mode == "max" else view.mean((-1, -2)), (A_prev, hparameters)


def strides(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Reduce a view made by hand; the type of the input is kept where it can be."""
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = A_prev.shape
    a, b, c, d = A_prev.strides
    shape = (m, (n_H - f) // s + 1, (n_W - f) // s + 1, n_C, f, f)
    view = as_strided(A_prev, shape, (a, b * s, c * s, d, b, c), writeable=False)
    return (view.max((4, 5)) if mode == "max" else np.einsum("mhwcrs->mhwc", view) / (f * f)), (A_prev, hparameters)


def offsets(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Go through the cells of the window, keeping a running result for all windows."""
    f, s = hparameters["f"], hparameters["stride"]
    n_H, n_W = ((n - f) // s + 1 for n in A_prev.shape[1:3])
    A = np.full((len(A_prev), n_H, n_W, A_prev.shape[3]), -np.inf if mode == "max" else 0.0)
    for r in range(f):
        for q in range(f):
            part = A_prev[:, r : r + n_H * s : s, q : q + n_W * s : s]
            A = np.maximum(A, part) if mode == "max" else A + part / f**2
    return A, (A_prev, hparameters)


def python_lists(A_prev: Array, hparameters: Settings, mode: str = "max") -> tuple[Any, Any]:
    """Use no arrays; hand back lists, and the cache as a list."""
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = A_prev.shape
    x = A_prev.tolist()

    def cell(i: int, h: int, w: int, c: int) -> float:
        window = [float(x[i][h * s + r][w * s + q][c]) for r in range(f) for q in range(f)]
        return max(window) if mode == "max" else sum(window) / len(window)

    A = [
        [[[cell(i, h, w, c) for c in range(n_C)] for w in range((n_W - f) // s + 1)] for h in range((n_H - f) // s + 1)]
        for i in range(m)
    ]
    return A, [A_prev, dict(hparameters)]


def no_default(A_prev: Array, hparameters: Settings, mode: str) -> Result:
    """Write through a helper; the mode has no default."""
    f, s = hparameters["f"], hparameters["stride"]

    def pooled(plane: Array) -> Array:
        starts = [range(0, n - f + 1, s) for n in plane.shape]
        windows = [[plane[top : top + f, left : left + f] for left in starts[1]] for top in starts[0]]
        return np.array([[w.max() if mode == "max" else w.sum() / w.size for w in row] for row in windows])

    A = np.stack([np.stack([pooled(example[..., c]) for c in range(example.shape[2])], -1) for example in A_prev])
    return A, (A_prev, hparameters)


def running(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Keep the largest number and the sum by hand."""
    f, s = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = A_prev.shape
    A = np.empty((m, 1 + (n_H - f) // s, 1 + (n_W - f) // s, n_C))
    for i, h, w, c in np.ndindex(*A.shape):
        largest, total = float("-inf"), 0.0
        for r in range(h * s, h * s + f):
            for q in range(w * s, w * s + f):
                value = A_prev[i, r, q, c]
                largest = value if value > largest else largest
                total += value
        A[i, h, w, c] = largest if mode == "max" else total / f**2
    return A, (A_prev, hparameters)


def single_precision(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
    """Compute in float32."""
    return windows_view(A_prev.astype(np.float32), hparameters, mode)[0], (A_prev, hparameters)


def field_and_jump(layers: list[tuple[int, int]]) -> int:
    """Walk forward."""
    field, jump = 1, 1
    for f, stride in layers:
        field = field + (f - 1) * jump
        jump = jump * stride
    return field


def from_the_top(layers: list[tuple[int, int]]) -> int:
    """Walk back: one output needs (n − 1)·s + f inputs of its layer."""
    n = 1
    for f, stride in reversed(layers):
        n = (n - 1) * stride + f
    return n


def by_formula(layers: list[tuple[int, int]]) -> Any:
    """Sum (f − 1) times the product of the strides before."""
    return 1 + sum((f - 1) * np.prod([s for _, s in layers[:i]], dtype=int) for i, (f, _) in enumerate(layers))


def with_arrays(layers: list[tuple[int, int]]) -> Any:
    """Use cumulative products."""
    f, s = np.array(layers).T
    return 1 + ((f - 1) * np.concatenate([[1], np.cumprod(s)[:-1]])).sum()


def by_recursion(layers: list[tuple[int, int]]) -> float:
    """Return a float, as code with divisions would."""
    if not layers:
        return 1.0
    (f, stride), *rest = layers
    return (by_recursion(rest) - 1) * stride + f


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "pool_forward": (
        four_loops,
        two_loops,
        windows_view,
        strides,
        offsets,
        python_lists,
        no_default,
        running,
        single_precision,
    ),
    "find_zero_start": (
        lambda: np.array([[-1.0, -2.0], [-3.0, -4.0]]),
        lambda: -np.ones((3, 3)),
        lambda: np.array([[-5]]),
        lambda: [[-1, -2], [-3, -4]],
    ),
    "mend_zero_start": (
        lambda window: window.max(),
        lambda window: max(value for row in window for value in row),
        lambda window: np.sort(window, axis=None)[-1],
        lambda window: reduce(max, window.ravel(), -np.inf),
        lambda window: -min(-value for row in window.tolist() for value in row),
        lambda window: max(window.tolist(), key=max) and max(map(max, window.tolist())),
    ),
    "receptive_field": (field_and_jump, from_the_top, by_formula, with_arrays, by_recursion),
}
