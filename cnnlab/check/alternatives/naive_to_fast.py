"""Right solutions of notebook 07."""

from __future__ import annotations

from collections import Counter, defaultdict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from cnnlab.conventions import cs231n

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Settings = dict[str, int]
Convolved = tuple[Any, Any]
Gradients = tuple[Any, Any, Any]


def padded(x: Array, pad: int) -> Array:
    """Put zeros around each picture."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def places(x: Array, kh: int, kw: int, pad: int, stride: int) -> tuple[int, int]:
    """Count the places of a window."""
    return 1 + (x.shape[2] + 2 * pad - kh) // stride, 1 + (x.shape[3] + 2 * pad - kw) // stride


def windows(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """View all windows: (N, C, P, Q, kh, kw)."""
    return sliding_window_view(padded(x, pad), (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]


def conv_loops(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Go through every output, as CS231n's own solutions do."""
    N, _C, H, W = x.shape
    F, _C, HH, WW = w.shape
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    H_out = int(1 + (H + 2 * pad - HH) / stride)
    W_out = int(1 + (W + 2 * pad - WW) / stride)
    x_pad = np.pad(x, ((0,), (0,), (pad,), (pad,)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_places(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Loop over places only, with a helper that computes one of them for all examples and filters."""
    s, p, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    x_pad = padded(x, p)

    def one(i: int, j: int) -> Array:
        return np.tensordot(x_pad[:, :, i : i + HH, j : j + WW], w, axes=((1, 2, 3), (1, 2, 3))) + b

    columns = range(0, x_pad.shape[3] - WW + 1, s)
    rows = [np.stack([one(i, j) for j in columns], axis=2) for i in range(0, x_pad.shape[2] - HH + 1, s)]
    return np.stack(rows, axis=2), (x, w, b, conv_param)


def conv_einsum(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Sum over a view of all windows."""
    view = windows(x, *w.shape[2:], conv_param["pad"], conv_param["stride"])
    return np.einsum("ncpqrs,fcrs->nfpq", view, w) + b[None, :, None, None], (x, w, b, conv_param)


def conv_product(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Make one matrix product of a view made by hand."""
    s = conv_param["stride"]
    x_pad = np.ascontiguousarray(padded(x, conv_param["pad"]))
    (N, C), (F, _, HH, WW) = x.shape[:2], w.shape
    P, Q = places(x, HH, WW, conv_param["pad"], s)
    a, c, h, v = x_pad.strides
    view = as_strided(x_pad, (C, HH, WW, N, P, Q), (c, h, v, a, h * s, v * s))
    out = w.reshape(F, -1) @ view.reshape(C * HH * WW, -1) + b.reshape(-1, 1)
    return out.reshape(F, N, P, Q).transpose(1, 0, 2, 3), (x, w, b, conv_param)


def conv_offsets(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Start from the biases, and add what each weight gives."""
    s, x_pad = conv_param["stride"], padded(x, conv_param["pad"])
    P, Q = places(x, *w.shape[2:], conv_param["pad"], s)
    out = np.zeros((len(x), len(w), P, Q)) + b.reshape(1, -1, 1, 1)
    for r in range(w.shape[2]):
        for q in range(w.shape[3]):
            out += np.einsum("nchw,fc->nfhw", x_pad[:, :, r : r + P * s : s, q : q + Q * s : s], w[:, :, r, q])
    return out, [x, w, b, conv_param]


def conv_lists(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Pad in the head, and hand back lists."""
    s, p = conv_param["stride"], conv_param["pad"]
    _, C, H, W = x.shape
    P, Q = places(x, *w.shape[2:], p, s)

    def pixel(n: int, c: int, i: int, j: int) -> float:
        return float(x[n, c, i, j]) if 0 <= i < H and 0 <= j < W else 0.0

    def cell(n: int, f: int, i: int, j: int) -> float:
        total = float(b[f])
        for c in range(C):
            for r in range(w.shape[2]):
                for q in range(w.shape[3]):
                    total += pixel(n, c, i * s + r - p, j * s + q - p) * float(w[f, c, r, q])
        return total

    out = [[[[cell(n, f, i, j) for j in range(Q)] for i in range(P)] for f in range(len(w))] for n in range(len(x))]
    return out, (x.copy(), w.copy(), b.copy(), dict(conv_param))


Cache = namedtuple("Cache", "x w b conv_param")


def conv_single(x: Array, w: Array, b: Array, conv_param: Settings) -> Convolved:
    """Compute in float32, and keep a named tuple."""
    out, _ = conv_einsum(x.astype(np.float32), w.astype(np.float32), b.astype(np.float32), conv_param)
    return out, Cache(x, w, b, conv_param)


def back_loops(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    """Let each output send its gradient back, as CS231n's own solutions do."""
    x, w, b, conv_param = cache
    pad, stride = conv_param["pad"], conv_param["stride"]
    _, _, H, W = x.shape
    _, _, HH, WW = w.shape
    N, F, H_out, W_out = dout.shape
    x_pad = padded(x, pad)
    dx_pad, dw, db = np.zeros_like(x_pad), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += dout[n, f].sum()
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    dw[f] += x_pad[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]
                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]
    return dx_pad[:, :, pad : H + pad, pad : W + pad], dw, db


def back_places(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    """Loop over places only."""
    x, w, _, conv_param = cache
    s, p, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    x_pad = padded(x, p).astype(float)
    dx, dw = np.zeros_like(x_pad), np.zeros(w.shape)
    for i, j in np.ndindex(*dout.shape[2:]):
        window = np.s_[:, :, i * s : i * s + HH, j * s : j * s + WW]
        dx[window] += np.tensordot(dout[:, :, i, j], w, 1)
        dw += np.tensordot(dout[:, :, i, j].T, x_pad[window], 1)
    end = -p or None
    return dx[:, :, p:end, p:end], dw, np.sum(dout, axis=(0, 2, 3))


def back_turned(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    """Correlate δ, with zeros between, with the turned filter."""
    x, w, _, conv_param = cache
    s, p, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    (N, _, H, W), (F, P, Q) = x.shape, dout.shape[1:]
    spaced = np.zeros((N, F, H + 2 * p + HH - 1, W + 2 * p + WW - 1))
    spaced[:, :, HH - 1 : HH - 1 + P * s : s, WW - 1 : WW - 1 + Q * s : s] = dout
    view = sliding_window_view(spaced, (HH, WW), axis=(2, 3))
    dx = np.einsum("nfhwrs,fcrs->nchw", view, w[:, :, ::-1, ::-1])
    dw = np.einsum("ncpqrs,nfpq->fcrs", windows(x, HH, WW, p, s), dout)
    return [dx[:, :, p : p + H, p : p + W], dw, dout.sum((0, 2, 3)).tolist()]  # type: ignore[return-value]


def back_product(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    """Multiply matrices, and add the columns back."""
    x, w, b, conv_param = cache
    s, p, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    delta = dout.transpose(1, 0, 2, 3).reshape(len(w), -1)
    dw = (delta @ cols_view(x, HH, WW, p, s).T).reshape(w.shape)
    dx = col_indices(w.reshape(len(w), -1).T @ delta, x.shape, HH, WW, p, s)
    return dx, dw, delta.sum(axis=1).reshape(b.shape)


def back_single(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    """Compute in float32."""
    *arrays, conv_param = cache
    dx, dw, db = back_places(dout.astype("f4"), (*(a.astype("f4") for a in arrays), conv_param))
    return np.float32(dx), np.float32(dw), np.float32(db)


def pool_loops(x: Array, pool_param: Settings) -> Convolved:
    """Go through every output."""
    N, C, H, W = x.shape
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    out = np.zeros((N, C, int(1 + (H - HH) / s), int(1 + (W - WW) / s)))
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, c, i, j] = np.max(x[n, c, i * s : i * s + HH, j * s : j * s + WW])
    return out, (x, pool_param)


def pool_places(x: Array, pool_param: Settings) -> Convolved:
    """Loop over places only, in an array like x."""
    HH, WW, s = pool_param.values()
    out = np.empty((*x.shape[:2], *places(x, HH, WW, 0, s)), dtype=x.dtype)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s : i * s + HH, j * s : j * s + WW].max(axis=(2, 3))
    return out, (x, pool_param)


def pool_view(x: Array, pool_param: Settings) -> Convolved:
    """Reduce a view of all windows."""
    view = windows(x, pool_param["pool_height"], pool_param["pool_width"], 0, pool_param["stride"])
    return view.max(axis=(-2, -1)), [x, pool_param]


def pool_running(x: Array, pool_param: Settings) -> Convolved:
    """Keep a running maximum over the cells of the window."""
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    P, Q = places(x, HH, WW, 0, s)
    out = np.full((*x.shape[:2], P, Q), -np.inf)
    for r, q in np.ndindex(HH, WW):
        out = np.maximum(out, x[:, :, r : r + P * s : s, q : q + Q * s : s])
    return out, (x, dict(pool_param))


def pool_lists(x: Array, pool_param: Settings) -> Convolved:
    """Hand back lists."""
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    P, Q = places(x, HH, WW, 0, s)
    out = [
        [
            [
                [max(v for row in plane[i * s : i * s + HH] for v in row[j * s : j * s + WW]) for j in range(Q)]
                for i in range(P)
            ]
            for plane in example
        ]
        for example in x.tolist()
    ]
    return out, (x.astype(np.float32), pool_param)


def unpool_mask(dout: Array, cache: tuple[Any, ...]) -> Array:
    """Give the gradient to the first True of a mask."""
    x, pool_param = cache
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, P, Q = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(P):
                for j in range(Q):
                    window = x[n, c, i * s : i * s + HH, j * s : j * s + WW]
                    rows, columns = np.where(window == np.max(window))
                    dx[n, c, i * s + rows[0], j * s + columns[0]] += dout[n, c, i, j]
    return dx


def unpool_argmax(dout: Array, cache: tuple[Any, ...]) -> Array:
    """Count with divmod."""
    x, pool_param = cache
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        row, column = divmod(int(x[n, c, i * s : i * s + HH, j * s : j * s + WW].argmax()), WW)
        dx[n, c, i * s + row, j * s + column] += dout[n, c, i, j]
    return dx


def unpool_at(dout: Array, cache: tuple[Any, ...]) -> Array:
    """Find all winners at once, and add with `np.add.at`."""
    x, pool_param = cache
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    view = windows(x, HH, WW, 0, s)
    winner = view.reshape(*dout.shape, -1).argmax(-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, c, i * s + winner // WW, j * s + winner % WW), dout)
    return dx


def unpool_by_hand(dout: Array, cache: tuple[Any, ...]) -> Any:
    """Look for the winner with two loops and a strict comparison; hand back lists."""
    x, pool_param = cache
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape).tolist()
    for n, c, i, j in np.ndindex(*dout.shape):
        best = (i * s, j * s)
        for r in range(i * s, i * s + HH):
            for q in range(j * s, j * s + WW):
                if x[n, c, r, q] > x[n, c, best[0], best[1]]:
                    best = (r, q)
        dx[n][c][best[0]][best[1]] += float(dout[n, c, i, j])
    return dx


def unpool_single(dout: Array, cache: tuple[Any, ...]) -> Array:
    """Compute in float32."""
    return unpool_at(dout, cache).astype(np.float32)


def cols_loops(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Fill one column after the other."""
    N, C = x.shape[:2]
    P, Q = places(x, kh, kw, pad, stride)
    x_pad = padded(x, pad)
    cols = np.zeros((C * kh * kw, N * P * Q))
    column = 0
    for n in range(N):
        for i in range(P):
            for j in range(Q):
                cols[:, column] = x_pad[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw].flatten()
                column += 1
    return cols


def cols_view(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Reshape a view of all windows."""
    view = windows(x, kh, kw, pad, stride)
    return view.transpose(1, 4, 5, 0, 2, 3).reshape(view.shape[1] * kh * kw, -1)


def cols_offsets(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Fill one row after the other."""
    P, Q = places(x, kh, kw, pad, stride)
    x_pad = padded(x, pad)
    rows = []
    for c in range(x.shape[1]):
        for r in range(kh):
            for q in range(kw):
                rows.append(x_pad[:, c, r : r + P * stride : stride, q : q + Q * stride : stride].ravel())
    return np.array(rows)


def cols_list(x: Array, kh: int, kw: int, pad: int, stride: int) -> Any:
    """Collect windows as rows of a list, and turn it round."""
    P, Q = places(x, kh, kw, pad, stride)
    found = [
        picture[:, i * stride : i * stride + kh, j * stride : j * stride + kw].reshape(-1).tolist()
        for picture in padded(x, pad)
        for i in range(P)
        for j in range(Q)
    ]
    return [list(row) for row in zip(*found, strict=True)]


def cols_indices(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Use arrays of indices, as CS231n does, and put its columns in our order."""
    N, C = x.shape[:2]
    k, i, j = indices(x.shape, kh, kw, pad, stride)
    return padded(x, pad)[:, k, i, j].transpose(1, 0, 2).reshape(C * kh * kw, N * i.shape[1])


def cols_single(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Compute in float32."""
    return cols_view(np.float32(x), kh, kw, pad, stride)


def indices(shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> tuple[Array, Array, Array]:
    """Return channel (C·kh·kw, 1), row and column (C·kh·kw, P·Q) of every cell of the matrix."""
    _, C, H, W = shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    i0, i1 = np.tile(np.repeat(np.arange(kh), kw), C), stride * np.repeat(np.arange(P), Q)
    j0, j1 = np.tile(np.arange(kw), kh * C), stride * np.tile(np.arange(Q), P)
    k = np.repeat(np.arange(C), kh * kw).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1.reshape(1, -1), j0.reshape(-1, 1) + j1.reshape(1, -1)


def col_loops(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Array:
    """Take one column after the other."""
    N, C, H, W = x_shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    k = 0
    for n in range(N):
        for i in range(P):
            for j in range(Q):
                window = cols[:, k].reshape((C, kh, kw))
                x[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw] += window
                k += 1
    return x[:, :, pad : H + pad, pad : W + pad]


def col_offsets(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Array:
    """Go through the cells of the window."""
    N, C, H, W = x_shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    six = cols.reshape(C, kh, kw, N, P, Q)
    x = np.zeros((C, N, H + 2 * pad, W + 2 * pad), cols.dtype)
    for r in range(kh):
        for q in range(kw):
            x[:, :, r : r + P * stride : stride, q : q + Q * stride : stride] += six[:, r, q]
    return x[:, :, pad : pad + H, pad : pad + W].swapaxes(0, 1)


def col_indices(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Array:
    """Add at arrays of indices."""
    N, C, H, W = x_shape
    k, i, j = indices(x_shape, kh, kw, pad, stride)
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    np.add.at(x, (slice(None), k, i, j), cols.reshape(C * kh * kw, N, -1).transpose(1, 0, 2))
    return x if pad == 0 else x[:, :, pad:-pad, pad:-pad]


def col_lists(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Any:
    """Skip the padding; hand back lists."""
    N, C, H, W = x_shape
    Q = (W + 2 * pad - kw) // stride + 1
    PQ = cols.shape[1] // N
    x = np.zeros(x_shape)
    for (row, column), value in np.ndenumerate(cols):
        c, r, q = row // (kh * kw), row // kw % kh, row % kw
        n, place = divmod(column, PQ)
        i, j = place // Q * stride + r - pad, place % Q * stride + q - pad
        if 0 <= i < H and 0 <= j < W:
            x[n, c, i, j] += value
    return x.tolist()


def col_counted(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Array:
    """Give each pixel a number, look where that stands in the matrix, and count with weights, in float32."""
    N, C, H, W = x_shape
    numbers = np.arange(1, N * C * H * W + 1).reshape(x_shape)  # 0 is the padding
    index = cols_view(numbers, kh, kw, pad, stride)
    sums = np.bincount(index.ravel(), weights=cols.ravel().astype(np.float64), minlength=numbers.size + 1)
    return sums[1:].reshape(x_shape).astype(np.float32)


def added_by_loop(values: Array, index: Array, size: int) -> Any:
    """Add one after the other, in a list."""
    out = [0.0] * size
    for value, i in zip(values, index, strict=True):
        out[i] += value
    return out


def added_by_dict(values: Array, index: Array, size: int) -> Array:
    """Collect sums in a dictionary."""
    sums: defaultdict[int, float] = defaultdict(float)
    for k in range(len(index)):
        sums[int(index[k])] += values[k]
    return np.array([sums[k] for k in range(size)])


def added_by_counter(values: Array, index: Array, size: int) -> Array:
    """Count whole numbers."""
    sums: Counter[int] = Counter()
    for i, value in zip(index.tolist(), values.tolist(), strict=True):
        sums[i] += value
    return np.array([sums[k] for k in range(size)], np.float32)


def layers_fast(x: Array, w: Array, b: Array, conv_param: Settings, pool_param: Settings) -> Convolved:
    """Call the fast layers."""
    a, conv_cache = cs231n.conv_forward_fast(x, w, b, conv_param)
    s, relu_cache = cs231n.relu_forward(a)
    out, pool_cache = cs231n.max_pool_forward_fast(s, pool_param)
    cache = (conv_cache, relu_cache, pool_cache)
    return out, cache


def layers_naive(x: Array, w: Array, b: Array, conv_param: Settings, pool_param: Settings) -> Convolved:
    """Call the loops, and keep a dictionary."""
    a, conv = conv_loops(x, w, b, conv_param)
    out, pool = pool_loops(a.clip(min=0), pool_param)
    return out, {"conv": conv, "a": a, "pool": pool}


def layers_swapped(x: Array, w: Array, b: Array, conv_param: Settings, pool_param: Settings) -> Convolved:
    """Pool before the ReLU: the largest number is cut in the same way. Keep the arguments only."""
    a = conv_einsum(x, w, b, conv_param)[0]
    out = np.maximum(pool_view(a, pool_param)[0], 0)
    return out, (x, w, b, conv_param, pool_param)


def layers_single(x: Array, w: Array, b: Array, conv_param: Settings, pool_param: Settings) -> Convolved:
    """Compute in float32."""
    out, cache = layers_fast(np.float32(x), np.float32(w), np.float32(b), conv_param, pool_param)
    return out.astype(np.float32), cache


def layers_in_list(x: Array, w: Array, b: Array, conv_param: Settings, pool_param: Settings) -> Convolved:
    """Go through a list of layers."""
    caches, out = [], x
    for layer, settings in (
        (conv_loops, (w, b, conv_param)),
        (cs231n.relu_forward, ()),
        (pool_places, (pool_param,)),
    ):
        out, cache = layer(out, *settings)  # type: ignore[operator]
        caches.append(cache)
    return out.tolist(), caches


def grads_fast(dout: Array, cache: Any) -> Gradients:
    """Unpack the three caches of the course's forward pass."""
    conv_cache, relu_cache, pool_cache = cache
    ds = cs231n.max_pool_backward_fast(dout, pool_cache)
    da = cs231n.relu_backward(ds, relu_cache)
    dx, dw, db = cs231n.conv_backward_fast(da, conv_cache)
    return dx, dw, db


def grads_by_index(dout: Array, cache: Any) -> Any:
    """Take the caches by their place; write the gate by hand; hand back a list."""
    d = cs231n.max_pool_backward_fast(dout, cache[2])
    d = np.where(cache[1] > 0, d, 0)
    return list(back_turned(d, cache[0]))


def grads_course(dout: Array, cache: Any) -> Gradients:
    """Call the course's sandwich."""
    return cs231n.conv_relu_pool_backward(dout, cache)  # type: ignore[no-any-return]


def grads_single(dout: Array, cache: Any) -> Any:
    """Compute in float32."""
    return tuple(np.float32(part) for part in grads_fast(dout, cache))


def grads_by_loop(dout: Array, cache: Any) -> Gradients:
    """Go through the layers in the opposite order."""
    d: Any = dout
    steps = (cs231n.conv_backward_fast, cs231n.relu_backward, cs231n.max_pool_backward_fast)
    for step, kept in reversed(list(zip(steps, cache, strict=True))):
        d = step(d, kept)
    return d  # type: ignore[no-any-return]


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "conv_forward_naive": (
        conv_loops,
        conv_places,
        conv_einsum,
        conv_product,
        conv_offsets,
        conv_lists,
        conv_single,
        cs231n.conv_forward_naive,
        cs231n.conv_forward_fast,
    ),
    "conv_backward_naive": (
        back_loops,
        back_places,
        back_turned,
        back_product,
        back_single,
        cs231n.conv_backward_naive,
        cs231n.conv_backward_fast,
    ),
    "max_pool_forward_naive": (
        pool_loops,
        pool_places,
        pool_view,
        pool_running,
        pool_lists,
        cs231n.max_pool_forward_naive,
    ),
    "max_pool_backward_naive": (
        unpool_mask,
        unpool_argmax,
        unpool_at,
        unpool_by_hand,
        unpool_single,
        cs231n.max_pool_backward_naive,
        cs231n.max_pool_backward_fast,
    ),
    "im2col": (cols_loops, cols_view, cols_offsets, cols_list, cols_indices, cols_single),
    "col2im": (col_loops, col_offsets, col_indices, col_lists, col_counted),
    "find_fancy_plus": (
        lambda: (np.array([1.0, 1.0]), np.array([0, 0]), 1),
        lambda: ([5, 7], [1, 1], 3),
        lambda: [np.arange(1.0, 5.0), np.array([2, 0, 1, 2]), 5],
        lambda: (np.array([1, 2]), np.zeros(2, int), np.int64(2)),
    ),
    "mend_fancy_plus": (
        added_by_loop,
        added_by_dict,
        added_by_counter,
        lambda values, index, size: np.bincount(index, weights=values, minlength=size),
        lambda values, index, size: values @ (index[:, None] == np.arange(size)),
        lambda values, index, size: np.array([values[index == k].sum() for k in range(size)]),
    ),
    "conv_relu_pool_forward": (
        layers_fast,
        layers_naive,
        layers_swapped,
        layers_single,
        layers_in_list,
        cs231n.conv_relu_pool_forward,
    ),
    "conv_relu_pool_backward": (
        grads_fast,
        grads_by_index,
        grads_course,
        grads_single,
        grads_by_loop,
        cs231n.conv_relu_pool_backward,
    ),
}
