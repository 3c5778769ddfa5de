"""Right solutions of notebook 05."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Gradients = tuple[Any, Any, Any]


def by_index(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Move each cell and put it back."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        old = x[index]
        x[index] = old + h
        plus = np.copy(f(x))
        x[index] = old - h
        minus = np.copy(f(x))
        x[index] = old
        gradient[index] = np.sum((plus - minus) * df) / (2 * h)
    return gradient


def by_copies(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Make two new arrays for each cell."""
    slopes = []
    for i in range(x.size):
        up, down = x.astype(float), x.astype(float)
        up.flat[i] += h
        down.flat[i] -= h
        slopes.append((np.sum(f(up) * df) - np.sum(f(down) * df)) / 2 / h)
    return np.array(slopes).reshape(x.shape)


def by_iterator(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Use nditer, as CS231n does."""
    gradient = np.zeros_like(x)
    cells = np.nditer(x, flags=["multi_index"])
    while not cells.finished:
        index = cells.multi_index
        step = np.zeros_like(x)
        step[index] = h
        up = np.array(f(x + step))
        down = np.array(f(x - step))
        gradient[index] = np.sum((up - down) * df) / (2.0 * h)
        cells.iternext()
    return gradient


def in_place_drift(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Move a cell to and fro by adding, which leaves some rounding."""
    gradient = np.empty(x.shape)
    for index in np.ndindex(*x.shape):
        x[index] += h
        up = np.sum(np.multiply(f(x), df))
        x[index] -= 2 * h
        down = np.sum(np.multiply(f(x), df))
        x[index] += h
        gradient[index] = (up - down) / (2 * h)
    return gradient


def _pad(X: Array, pad: int) -> Array:
    return np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)])


def four_loops(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Let each output send its gradient back."""
    A_prev, W, b, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    m, n_H, n_W, n_C = dZ.shape
    padded, dA, dW, db = _pad(A_prev, pad), np.zeros(_pad(A_prev, pad).shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
                    dA[i, rows, columns, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += padded[i, rows, columns, :] * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    return dA[:, pad : pad + A_prev.shape[1], pad : pad + A_prev.shape[2], :], dW, db


def two_loops(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Go through the places; all examples and filters at once."""
    A_prev, W, _, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = _pad(A_prev, p).astype(float)
    dA, dW = np.zeros_like(padded), np.zeros(W.shape)
    for h, w in np.ndindex(*dZ.shape[1:3]):
        window = np.s_[:, h * s : h * s + f, w * s : w * s + f]
        dA[window] += np.einsum("md,rqcd->mrqc", dZ[:, h, w], W)
        dW += np.einsum("mrqc,md->rqcd", padded[window], dZ[:, h, w])
    db = dZ.sum(axis=(0, 1, 2), keepdims=True)
    return dA[:, p : p + A_prev.shape[1], p : p + A_prev.shape[2]], dW, db


def offsets(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Go through the weights."""
    A_prev, W, b, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = _pad(A_prev, p).astype(np.float64)
    dA, dW = np.zeros(padded.shape), np.zeros(W.shape)
    n_H, n_W = dZ.shape[1:3]
    for r in range(f):
        for q in range(f):
            part = np.s_[:, r : r + n_H * s : s, q : q + n_W * s : s]
            dA[part] += dZ @ W[r, q].T
            dW[r, q] = np.tensordot(padded[part], dZ, ([0, 1, 2], [0, 1, 2]))
    H, W_ = A_prev.shape[1:3]
    return [dA[:, p : p + H, p : p + W_], dW, dZ.sum((0, 1, 2)).reshape(b.shape)]  # type: ignore[return-value]


def turned_filter(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Correlate δ, with zeros between, with the turned filter."""
    A_prev, W, _, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    m, H, W_, _ = A_prev.shape
    n_H, n_W, filters = dZ.shape[1:]
    spaced = np.zeros((m, H + 2 * p + f - 1, W_ + 2 * p + f - 1, filters))
    spaced[:, f - 1 : f - 1 + n_H * s : s, f - 1 : f - 1 + n_W * s : s] = dZ
    view = sliding_window_view(spaced, (f, f), axis=(1, 2))  # (m, H + 2p, W + 2p, C', f, f)
    dA = np.einsum("mhwdrq,rqcd->mhwc", view, W[::-1, ::-1])
    windows = sliding_window_view(_pad(A_prev, p), (f, f), axis=(1, 2))[:, ::s, ::s][:, :n_H, :n_W]
    dW = np.einsum("mhwcrq,mhwd->rqcd", windows, dZ)
    return dA[:, p : p + H, p : p + W_], dW, dZ.sum(axis=(0, 1, 2))[None, None, None]


def single_precision(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Compute in float32."""
    *arrays, hparameters = cache
    dA, dW, db = two_loops(dZ.astype(np.float32), (*(a.astype(np.float32) for a in arrays), hparameters))
    return dA.astype(np.float32), dW.astype(np.float32), db


def step_by_step(dZ: Array, cache: tuple[Any, ...]) -> Gradients:
    """Fill dA_prev example by example, with a name for everything."""
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H, n_W, n_C = dZ.shape
    dA_prev, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(b.shape)
    A_prev_pad = _pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        da_prev_pad = np.zeros(a_prev_pad.shape)
        for h in range(n_H):
            for w in range(n_W):
                vert_start, horiz_start = h * stride, w * stride
                vert_end, horiz_end = vert_start + W.shape[0], horiz_start + W.shape[1]
                a_slice = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    da_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                    db[0, 0, 0, c] += dZ[i, h, w, c]
        dA_prev[i] = da_prev_pad if pad == 0 else da_prev_pad[pad:-pad, pad:-pad, :]
    return dA_prev, dW, db


def pool_loops(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Go through every output."""
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(*dA.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        if mode == "max":
            window = A_prev[i, rows, columns, c]
            dA_prev[i, rows, columns, c] += (window == np.max(window)) * dA[i, h, w, c]
        else:
            dA_prev[i, rows, columns, c] += dA[i, h, w, c] / (f * f)
    return dA_prev


def pool_places(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Treat all examples and channels at once."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    gradient = np.zeros_like(A_prev, dtype=float)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            window = A_prev[:, h * s : h * s + f, w * s : w * s + f, :]
            share = (
                (window == window.max(axis=(1, 2), keepdims=True)) if mode == "max" else np.full(window.shape, f**-2.0)
            )
            gradient[:, h * s : h * s + f, w * s : w * s + f, :] += share * dA[:, h : h + 1, w : w + 1, :]
    return gradient


def pool_offsets(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Go through the cells of the window."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    rows, columns = dA.shape[1:3]
    parts = [np.s_[:, r : r + rows * s : s, q : q + columns * s : s] for r in range(f) for q in range(f)]
    largest = np.max([A_prev[part] for part in parts], axis=0)
    gradient = np.zeros(A_prev.shape)
    for part in parts:
        gradient[part] += dA * (A_prev[part] == largest) if mode == "max" else dA / len(parts)
    return gradient


def pool_helpers(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Let one helper share δ for each mode, and write cell by cell."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev, dtype=np.float64)

    def to_winners(window: Array, d: Any) -> Array:
        return np.where(window == np.amax(window), d, 0.0)

    def to_all(window: Array, d: Any) -> Array:
        return np.ones(window.shape) * d / window.size

    share = {"max": to_winners, "average": to_all}[mode]
    for i in range(dA.shape[0]):
        for c in range(dA.shape[3]):
            for h in range(dA.shape[1]):
                for w in range(dA.shape[2]):
                    part = share(A_prev[i, h * s : h * s + f, w * s : w * s + f, c], dA[i, h, w, c])
                    for r in range(f):
                        for q in range(f):
                            dA_prev[i, h * s + r, w * s + q, c] += part[r, q]
    return dA_prev


def pool_views(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Look at all windows at once, and add at indices that repeat."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    cells = np.arange(A_prev.size).reshape(A_prev.shape)
    places = sliding_window_view(cells, (f, f), axis=(1, 2))[:, ::s, ::s]  # (m, n_H, n_W, C, f, f)
    windows = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    share = windows == windows.max(axis=(4, 5), keepdims=True) if mode == "max" else np.full(windows.shape, f**-2.0)
    gradient = np.zeros(A_prev.size)
    np.add.at(gradient, places.ravel(), (share * dA[..., None, None]).ravel())
    return gradient.reshape(A_prev.shape)


def pool_single_precision(dA: Array, cache: tuple[Any, Any], mode: str = "max") -> Array:
    """Compute in float32."""
    return pool_places(dA.astype(np.float32), cache, mode).astype(np.float32)


def plane_loops(dA: Array, A_prev: Array, f: int, stride: int) -> Array:
    """Mend the suspect by one sign."""
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[0]):
        for w in range(dA.shape[1]):
            top, left = h * stride, w * stride
            window = A_prev[top : top + f, left : left + f]
            dA_prev[top : top + f, left : left + f] += (window == window.max()) * dA[h, w]
    return dA_prev


def cropped_where_padded(dZ: Array, x: Array, w: Array, pad: int) -> Array:
    """Mend the suspect by a question."""
    f = w.shape[0]
    dx = np.zeros((x.shape[0] + 2 * pad, x.shape[1] + 2 * pad))
    for p in range(dZ.shape[0]):
        for q in range(dZ.shape[1]):
            dx[p : p + f, q : q + f] += w * dZ[p, q]
    return dx[pad:-pad, pad:-pad] if pad > 0 else dx


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "numerical_gradient": (by_index, by_copies, by_iterator, in_place_drift),
    "rel_error": (
        lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: max(
            abs(x - y) / max(1e-8, abs(x) + abs(y))
            for x, y in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True)
        ),
        lambda a, b: (np.abs(a - b) / (np.abs(a) + np.abs(b)).clip(1e-8)).max(),
        lambda a, b: float(np.max(np.where(a == b, 0.0, np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-8)))),
    ),
    "conv_backward": (four_loops, two_loops, offsets, turned_filter, single_precision, step_by_step),
    "create_mask_from_window": (
        lambda x: x == np.max(x),
        lambda x: np.isin(x, x.max()),
        lambda x: (x >= x.max()).astype(int),
        lambda x: np.where(x == x.max(), 1.0, 0.0),
        lambda x: [[bool(value == max(map(max, x.tolist()))) for value in row] for row in x.tolist()],
    ),
    "distribute_value": (
        lambda dz, shape: np.full(shape, dz / (shape[0] * shape[1])),
        lambda dz, shape: np.ones(shape) * dz / np.prod(shape),
        lambda dz, shape: [[dz / (shape[0] * shape[1])] * shape[1] for _ in range(shape[0])],
        lambda dz, shape: np.full(shape, np.float32(dz) / np.float32(shape[0] * shape[1])),
    ),
    "pool_backward": (pool_loops, pool_places, pool_offsets, pool_helpers, pool_views, pool_single_precision),
    "find_bias_in_sum": (
        lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.ones((1, 1, 1))),
        lambda: (np.zeros((3, 3, 2)), np.zeros((3, 3, 2)), np.full((1, 1, 1), -4)),
        lambda: (np.ones((1, 2, 1)), np.ones((1, 2, 1)), np.array([[[0.5]]])),
    ),
    "mend_bias_in_sum": (
        lambda a, W, b: np.sum(a * W) + b.item(),
        lambda a, W, b: (a * W).sum() + b[0, 0, 0],
        lambda a, W, b: np.vdot(a, W) + b.squeeze(),
    ),
    "find_overlap_assigned": (
        lambda: (np.ones((2, 2)), np.array([[1.0, 2, 1], [2, 9, 2], [1, 2, 1]]), 2, 1),
        lambda: (np.ones((1, 2)), np.array([[0.0, 5, 0], [0, 0, 0]]), 2, 1),
        lambda: (np.ones((2, 2)), np.zeros((5, 5)), 3, 2),
    ),
    "mend_overlap_assigned": (
        plane_loops,
        lambda dA, A_prev, f, stride: pool_loops(
            dA[None, :, :, None], (A_prev[None, :, :, None], {"f": f, "stride": stride})
        )[0, :, :, 0],
        lambda dA, A_prev, f, stride: pool_places(
            dA[None, :, :, None], (A_prev[None, :, :, None], {"f": f, "stride": stride})
        )[0, ..., 0],
        lambda dA, A_prev, f, stride: pool_offsets(
            dA[None, :, :, None], (A_prev[None, :, :, None], {"f": f, "stride": stride})
        ).squeeze((0, 3)),
    ),
    "find_crop_at_pad_0": (
        lambda: (np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2)), 0),
        lambda: (np.ones((1, 1)), np.zeros((2, 2)), np.ones((2, 2)), 0),
        lambda: (np.ones((3, 1)), np.ones((4, 2)), np.array([[1, 2], [3, 4]]), 0),
    ),
    "mend_crop_at_pad_0": (
        cropped_where_padded,
        *(
            lambda dZ, x, w, pad, fn=fn: fn(
                dZ[None, :, :, None],
                (x[None, :, :, None], w[:, :, None, None], np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": pad}),
            )[0][0, :, :, 0]
            for fn in (four_loops, two_loops, turned_filter)
        ),
    ),
}
