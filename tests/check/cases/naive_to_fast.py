"""Notebook 07."""

import numpy as np

from cnnlab.check.alternatives.naive_to_fast import (
    back_loops,
    col_indices,
    col_loops,
    cols_indices,
    cols_loops,
    cols_view,
    conv_einsum,
    conv_loops,
    grads_fast,
    indices,
    layers_fast,
    padded,
    pool_loops,
    pool_view,
    unpool_argmax,
    windows,
)
from cnnlab.conventions import cs231n


def _sum(window, w, b, n, f):
    return np.sum(window * w[f]) + b[f]


def _conv(
    cell=_sum,
    *,
    pad=padded,
    rows=None,
    columns=None,
    start=None,
    sides=None,
    example=None,
    dtype=None,
    stop="",
    cut=True,
):
    """The learner's four loops with one thing changed."""

    def fn(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        N, _, H, W = x.shape
        F, _, HH, WW = w.shape
        if sides is not None:
            HH, WW = sides(HH, WW)
        H_out = (H + 2 * p - HH) // s + 1 if rows is None else rows(H, W, HH, WW, p, s)
        W_out = (W + 2 * p - WW) // s + 1 if columns is None else columns(H, W, HH, WW, p, s)
        out = np.zeros((N, F, H_out, W_out), dtype=x.dtype if dtype == "x" else dtype)
        x_pad = pad(x, p)
        for n in range(N):
            for f in range(F):
                for i in range(H_out):
                    for j in range(W_out):
                        top, left = (i * s, j * s) if start is None else start(i, j, s)
                        window = x_pad[n if example is None else example(n), :, top : top + HH, left : left + WW]
                        out[n, f, i, j] = cell(window, w, b, n, f)
                    if stop == "i":
                        return out, (x, w, b, conv_param)
                if stop == "f":
                    return out, (x, w, b, conv_param)
            if stop == "n":
                return out, (x, w, b, conv_param)
        return out, (x, w, b, conv_param)

    return fn


def _on_conv(change):
    return lambda x, w, b, conv_param: (
        change(conv_loops(x, w, b, conv_param)[0], x, w, b, conv_param),
        (x, w, b, conv_param),
    )


def _with_cache(change):
    return lambda x, w, b, conv_param: (conv_loops(x, w, b, conv_param)[0], change(x, w, b, conv_param))


def _bias_in_loops(window, w, b, n, f):
    total = 0
    for c in range(w.shape[1]):
        for r in range(w.shape[2]):
            for q in range(w.shape[3]):
                total += window[c, r, q] * w[f, c, r, q] + b[f]
    return total


def _int_like(x, w, b, conv_param):
    right, cache = conv_loops(x, w, b, conv_param)
    out = np.zeros_like(x, shape=right.shape)
    for n, f, i, j in np.ndindex(*right.shape):
        out[n, f, i, j] = right[n, f, i, j]
    return out, cache


def _pad_late(x, w, b, conv_param):
    """Pads, but under a name that is never used."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    out = np.zeros((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    assert x_padded is not None
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, f, i, j] = (
                        np.sum(x[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] * w[f]) + b[f]
                    )
    return out, (x, w, b, conv_param)


def _back(
    *, start=None, pad=padded, dx_line=None, dw_line=None, db_line=None, crop=None, assign="", example=None, stop=""
):
    """The learner's loops, backwards, with one thing changed."""

    def fn(dout, cache):
        x, w, b, conv_param = cache
        s, p = conv_param["stride"], conv_param["pad"]
        N, F, H_out, W_out = dout.shape
        HH, WW = w.shape[2:]
        x_pad = pad(x, p)
        dx = np.zeros(padded(x, p).shape)
        dw, db = np.zeros(w.shape), np.zeros(b.shape)
        cut = crop or (lambda dx, p, x: dx[:, :, p : p + x.shape[2], p : p + x.shape[3]])
        for n in range(N):
            for f in range(F):
                for i in range(H_out):
                    for j in range(W_out):
                        d = dout[n, f, i, j]
                        top, left = (i * s, j * s) if start is None else start(i, j, s)
                        window = x_pad[n if example is None else example(n), :, top : top + HH, left : left + WW]
                        part = w[f] * d if dx_line is None else dx_line(w[f], d, window)
                        if assign == "dx":
                            dx[n, :, top : top + HH, left : left + WW] = part
                        else:
                            dx[n, :, top : top + HH, left : left + WW] += part
                        part = window * d if dw_line is None else dw_line(w[f], d, window)
                        if assign == "dw":
                            dw[f] = part
                        else:
                            dw[f] += part
                        if assign == "db":
                            db[f] = d
                        else:
                            db[f] += d if db_line is None else db_line(d)
                if stop == "f":
                    return cut(dx, p, x), dw, db
            if stop == "n":
                return cut(dx, p, x), dw, db
        return cut(dx, p, x), dw, db

    return fn


def _full_without_turn(dout, cache, turn=False):
    """dx as a full correlation of dout, with zeros between, with the filter."""
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    _, _, P, Q = dout.shape
    spaced = np.zeros((N, F, H + 2 * p + HH - 1, W + 2 * p + WW - 1))
    spaced[:, :, HH - 1 : HH - 1 + P * s : s, WW - 1 : WW - 1 + Q * s : s] = dout
    dx = np.zeros((N, C, H + 2 * p, W + 2 * p))
    kernel = w[:, :, ::-1, ::-1] if turn else w
    for i in range(H + 2 * p):
        for j in range(W + 2 * p):
            dx[:, :, i, j] = np.tensordot(spaced[:, :, i : i + HH, j : j + WW], kernel, axes=((1, 2, 3), (0, 2, 3)))
    _, dw, db = back_loops(dout, cache)
    return dx[:, :, p : p + H, p : p + W], dw, db


def _parts(change):
    """Change the right gradients."""
    return lambda dout, cache: change(*back_loops(dout, cache), dout, cache)


def _pool(cell=np.max, *, keys=("pool_height", "pool_width"), rows=None, columns=None, start=None, look=None, stop=""):
    def fn(x, pool_param):
        height, width, s = pool_param[keys[0]], pool_param[keys[1]], pool_param["stride"]
        N, C, H, W = x.shape
        H_out = (H - height) // s + 1 if rows is None else rows(H, W, height, width, s)
        W_out = (W - width) // s + 1 if columns is None else columns(H, W, height, width, s)
        out = np.zeros((N, C, H_out, W_out))
        for n in range(N):
            for c in range(C):
                for i in range(H_out):
                    for j in range(W_out):
                        top, left = (i * s, j * s) if start is None else start(i, j, s)
                        plane = x[n, c] if look is None else look(x, n, c)
                        out[n, c, i, j] = cell(plane[..., top : top + height, left : left + width])
            if stop == "n":
                return out, (x, pool_param)
        return out, (x, pool_param)

    return fn


def _running(window):
    best = 0
    for value in window.flat:
        if value > best:
            best = value
    return best


def _running_window(window):
    best = -1000000
    for value in window.flat:
        best = max(best, value)
    return best


def _on_pool(change):
    return lambda x, pool_param: (change(pool_loops(x, pool_param)[0], x, pool_param), (x, pool_param))


def _unpool(send, *, keys=("pool_height", "pool_width"), start=None, look=None, stop=""):
    """`send` writes the gradient of one output into a window of dx."""

    def fn(dout, cache):
        x, pool_param = cache
        height, width, s = pool_param[keys[0]], pool_param[keys[1]], pool_param["stride"]
        N, C, H_out, W_out = dout.shape
        dx = np.zeros(x.shape)
        for n in range(N):
            for c in range(C):
                for i in range(H_out):
                    for j in range(W_out):
                        top, left = (i * s, j * s) if start is None else start(i, j, s)
                        here = np.s_[top : top + height, left : left + width]
                        plane = x[n, c] if look is None else look(x, dx, n, c)
                        send(dx[n, c], here, plane[here], dout[n, c, i, j])
            if stop == "n":
                return dx
        return dx

    return fn


def _to_all_winners(dx, here, window, d):
    dx[here] += (window == np.max(window)) * d


def _whole_window(dx, here, window, d):
    mask = np.zeros(window.shape)
    mask[np.unravel_index(np.argmax(window), window.shape)] = 1
    dx[here] = mask * d


def _winner_assigned(dx, here, window, d):
    row, column = np.unravel_index(np.argmax(window), window.shape)
    dx[here][row, column] = d


def _winner(dx, here, window, d):
    row, column = np.unravel_index(np.argmax(window), window.shape)
    dx[here][row, column] += d


def _last_winner(dx, here, window, d):
    rows, columns = np.where(window == window.max())
    dx[here][rows[-1], columns[-1]] += d


def _shared(dx, here, window, d):
    mask = window == window.max()
    dx[here] += mask * d / mask.sum()


def _average(dx, here, window, d):
    height, width = window.shape
    dx[here] += np.ones((height, width)) * d / (height * width)


def _everybody(dx, here, window, d):
    dx[here] += d


def _local_index(dout, cache):
    """The index in the window is taken for one of the picture."""
    x, pool_param = cache
    dx = np.zeros(x.shape)
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + height, j * s : j * s + width]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, row, column] += dout[n, c, i, j]
    return dx


def _max_over_channels(dout, cache):
    x, pool_param = cache
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n in range(dout.shape[0]):
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                window = x[n, :, i * s : i * s + height, j * s : j * s + width]
                for c in range(dout.shape[1]):
                    mask = window[c] == np.max(window)
                    dx[n, c, i * s : i * s + height, j * s : j * s + width] += mask * dout[n, c, i, j]
    return dx


def _cols(*, order="npq", cell="crq", pad=padded, start=None):
    """Fill the matrix in another order."""

    def fn(x, kh, kw, p, stride):
        N, C, H, W = x.shape
        P, Q = (H + 2 * p - kh) // stride + 1, (W + 2 * p - kw) // stride + 1
        x_pad = pad(x, p)
        cols = np.zeros((C * kh * kw, N * P * Q))
        k = 0
        sizes = {"n": N, "p": P, "q": Q}
        for place in np.ndindex(*(sizes[letter] for letter in order)):
            at = dict(zip(order, place, strict=True))
            top, left = (at["p"] * stride, at["q"] * stride) if start is None else start(at["p"], at["q"], stride)
            window = x_pad[at["n"], :, top : top + kh, left : left + kw]
            cols[:, k] = window.transpose(["crq".index(letter) for letter in cell]).reshape(-1)
            k += 1
        return cols

    return fn


def _one_window_a_row(x, kh, kw, pad, stride):
    P, Q = (x.shape[2] + 2 * pad - kh) // stride + 1, (x.shape[3] + 2 * pad - kw) // stride + 1
    x_pad = padded(x, pad)
    rows = []
    for n in range(x.shape[0]):
        for i in range(P):
            for j in range(Q):
                rows.append(x_pad[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw].reshape(-1))
    return np.array(rows)


def _cs231n_order(x, kh, kw, pad, stride):
    k, i, j = indices(x.shape, kh, kw, pad, stride)
    cols = padded(x, pad)[:, k, i, j]
    return cols.transpose(1, 2, 0).reshape(kh * kw * x.shape[1], -1)


def _only_reshape(x, kh, kw, pad, stride):
    view = windows(x, kh, kw, pad, stride)  # (N, C, P, Q, kh, kw)
    return view.reshape(x.shape[1] * kh * kw, -1)


def _only_reshape_rows(x, kh, kw, pad, stride):
    view = windows(x, kh, kw, pad, stride).transpose(0, 2, 3, 1, 4, 5)
    return view.reshape(x.shape[1] * kh * kw, -1)


def _every_place(x, kh, kw, pad, stride):
    columns = []
    x_pad = padded(x, pad)
    for n in range(x.shape[0]):
        for i in range(x_pad.shape[2] - kh + 1):
            for j in range(x_pad.shape[3] - kw + 1):
                columns.append(x_pad[n, :, i : i + kh, j : j + kw].ravel())
    return np.array(columns).T


def _col_assigned(cols, x_shape, kh, kw, pad, stride):
    N, C, H, W = x_shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    k = 0
    for n in range(N):
        for i in range(P):
            for j in range(Q):
                x[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw] = cols[:, k].reshape(C, kh, kw)
                k += 1
    return x[:, :, pad : pad + H, pad : pad + W]


def _col_fancy_plus(cols, x_shape, kh, kw, pad, stride):
    N, C, H, W = x_shape
    k, i, j = indices(x_shape, kh, kw, pad, stride)
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    x[:, k, i, j] += cols.reshape(C * kh * kw, N, -1).transpose(1, 0, 2)
    return x[:, :, pad : pad + H, pad : pad + W]


def _col_offsets_assigned(cols, x_shape, kh, kw, pad, stride):
    N, C, H, W = x_shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    six = cols.reshape(C, kh, kw, N, P, Q)
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for r in range(kh):
        for q in range(kw):
            x[:, :, r : r + P * stride : stride, q : q + Q * stride : stride] = six[:, r, q].swapaxes(0, 1)
    return x[:, :, pad : pad + H, pad : pad + W]


def _col(*, crop=None, order="npq", cell="crq", start=None):
    def fn(cols, x_shape, kh, kw, pad, stride):
        N, C, H, W = x_shape
        sizes = {"n": N, "p": (H + 2 * pad - kh) // stride + 1, "q": (W + 2 * pad - kw) // stride + 1}
        x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        lengths = {"c": C, "r": kh, "q": kw}
        for k, place in enumerate(np.ndindex(*(sizes[letter] for letter in order))):
            at = dict(zip(order, place, strict=True))
            top, left = (at["p"] * stride, at["q"] * stride) if start is None else start(at["p"], at["q"], stride)
            window = cols[:, k].reshape([lengths[letter] for letter in cell])
            window = window.transpose([cell.index(letter) for letter in "crq"])
            x[at["n"], :, top : top + kh, left : left + kw] += window
        return x[:, :, pad : pad + H, pad : pad + W] if crop is None else crop(x, pad, H, W)

    return fn


def _layers(between=lambda a: np.maximum(a, 0), pooling=cs231n.max_pool_forward_fast, *, before=lambda x: x):
    def fn(x, w, b, conv_param, pool_param):
        a, conv_cache = cs231n.conv_forward_fast(before(x), w, b, conv_param)
        out, pool_cache = pooling(between(a), pool_param)
        return out, (conv_cache, a, pool_cache)

    return fn


def _mean_pool(a, pool_param):
    view = windows(a, pool_param["pool_height"], pool_param["pool_width"], 0, pool_param["stride"])
    return view.mean((-1, -2)), None


def _one_dictionary(x, w, b, conv_param, pool_param):
    return layers_fast(
        x, w, b, {**conv_param, "stride": pool_param["stride"]}, {**pool_param, "stride": conv_param["stride"]}
    )


def _gradients(gate=None, *, change=None):
    def fn(dout, cache):
        conv_cache, relu_cache, pool_cache = cache
        ds = cs231n.max_pool_backward_fast(dout, pool_cache)
        da = cs231n.relu_backward(ds, relu_cache) if gate is None else gate(ds, relu_cache)
        grads = cs231n.conv_backward_fast(da, conv_cache)
        return grads if change is None else change(*grads, dout)

    return fn


def _last_value_wins(values, index, size):
    out = np.zeros(size)
    for v, i in zip(values, index, strict=True):
        out[i] = v
    return out


def _mean_at_index(values, index, size):
    return np.array([values[index == k].mean() if (index == k).any() else 0 for k in range(size)])


SLIPS = (
    # conv_forward_naive
    ("conv_forward_naive", "no_pad", _conv(pad=lambda x, p: x)),
    ("conv_forward_naive", "no_pad", _pad_late),
    ("conv_forward_naive", "WW_is_HH", _conv(sides=lambda HH, WW: (HH, HH))),
    ("conv_forward_naive", "W_is_H", _conv(columns=lambda H, W, HH, WW, p, s: (H + 2 * p - WW) // s + 1)),
    (
        "conv_forward_naive",
        "no_plus1",
        _conv(
            rows=lambda H, W, HH, WW, p, s: (H + 2 * p - HH) // s,
            columns=lambda H, W, HH, WW, p, s: (W + 2 * p - WW) // s,
        ),
    ),
    (
        "conv_forward_naive",
        "pad_once",
        _conv(
            rows=lambda H, W, HH, WW, p, s: (H + p - HH) // s + 1,
            columns=lambda H, W, HH, WW, p, s: (W + p - WW) // s + 1,
        ),
    ),
    ("conv_forward_naive", "no_stride", _conv(start=lambda i, j, s: (i, j))),
    ("conv_forward_naive", "stride_h_only", _conv(start=lambda i, j, s: (i * s, j))),
    ("conv_forward_naive", "stride_w_only", _conv(start=lambda i, j, s: (i, j * s))),
    ("conv_forward_naive", "flip", _conv(lambda window, w, b, n, f: np.sum(window * w[f, :, ::-1, ::-1]) + b[f])),
    ("conv_forward_naive", "flip", _conv(lambda window, w, b, n, f: np.sum(window * np.rot90(w[f], 2, (1, 2))) + b[f])),
    ("conv_forward_naive", "bias_inside", _conv(lambda window, w, b, n, f: np.sum(window * w[f] + b[f]))),
    ("conv_forward_naive", "bias_inside", _conv(_bias_in_loops)),
    ("conv_forward_naive", "no_bias", _conv(lambda window, w, b, n, f: np.sum(window * w[f]))),
    ("conv_forward_naive", "bias_n", _conv(lambda window, w, b, n, f: np.sum(window * w[f]) + b[n])),
    ("conv_forward_naive", "int_out", _conv(dtype="x")),
    ("conv_forward_naive", "int_out", _int_like),
    ("conv_forward_naive", "one_channel", _conv(lambda window, w, b, n, f: np.sum(window[0] * w[f, 0]) + b[f])),
    ("conv_forward_naive", "first_example", _conv(example=lambda n: 0)),
    ("conv_forward_naive", "early_return", _conv(stop="n")),
    ("conv_forward_naive", "early_return", _conv(stop="f")),
    ("conv_forward_naive", "early_return", _conv(stop="i")),
    ("conv_forward_naive", "cache_padded", _with_cache(lambda x, w, b, cp: (padded(x, cp["pad"]), w, b, cp))),
    # conv_backward_naive
    ("conv_backward_naive", "no_stride", _back(start=lambda i, j, s: (i, j))),
    ("conv_backward_naive", "x_unpadded", _back(pad=lambda x, p: x)),
    ("conv_backward_naive", "rot180_missing", _full_without_turn),
    ("conv_backward_naive", "rot180_missing", _back(dx_line=lambda w, d, window: w[:, ::-1, ::-1] * d)),
    ("conv_backward_naive", "dw_flip", _parts(lambda dx, dw, db, *_: (dx, dw[:, :, ::-1, ::-1], db))),
    ("conv_backward_naive", "dw_flip", _back(dw_line=lambda w, d, window: np.rot90(window * d, 2, (1, 2)))),
    ("conv_backward_naive", "dx_assign", _back(assign="dx")),
    (
        "conv_backward_naive",
        "db_keepdims",
        _parts(lambda dx, dw, db, dout, _: (dx, dw, dout.sum(axis=(0, 2, 3), keepdims=True))),
    ),
    ("conv_backward_naive", "db_total", _parts(lambda dx, dw, db, dout, _: (dx, dw, np.sum(dout)))),
    (
        "conv_backward_naive",
        "db_total",
        _parts(lambda dx, dw, db, dout, _: (dx, dw, np.zeros(db.shape) + np.sum(dout))),
    ),
    (
        "conv_backward_naive",
        "mean_N",
        _parts(lambda dx, dw, db, dout, _: (dx / len(dout), dw / len(dout), db / len(dout))),
    ),
    ("conv_backward_naive", "mean_N", _parts(lambda dx, dw, db, dout, _: (dx, dw / len(dout), db / len(dout)))),
    ("conv_backward_naive", "crop_neg", _back(crop=lambda dx, p, x: dx[:, :, p:-p, p:-p])),
    ("conv_backward_naive", "crop_1", _back(crop=lambda dx, p, x: dx[:, :, 1:-1, 1:-1])),
    ("conv_backward_naive", "first_example", _back(example=lambda n: 0)),
    ("conv_backward_naive", "early_return", _back(stop="n")),
    ("conv_backward_naive", "early_return", _back(stop="f")),
    ("conv_backward_naive", "dw_assign", _back(assign="dw")),
    ("conv_backward_naive", "db_assign", _back(assign="db")),
    # max_pool_forward_naive
    ("max_pool_forward_naive", "w_is_h", _pool(keys=("pool_height", "pool_height"))),
    (
        "max_pool_forward_naive",
        "w_is_h",
        lambda x, pp: pool_loops(x, {**pp, "pool_width": pp["pool_height"]})[0:1] + ((x, pp),),
    ),
    ("max_pool_forward_naive", "max_batch", _pool(look=lambda x, n, c: x[:, c])),
    ("max_pool_forward_naive", "max_channels", _pool(look=lambda x, n, c: x[n])),
    ("max_pool_forward_naive", "last", _pool(lambda window: window[-1, -1])),
    ("max_pool_forward_naive", "last", _pool(lambda window: window.reshape(-1)[-1])),
    ("max_pool_forward_naive", "max_from_0", _pool(_running)),
    ("max_pool_forward_naive", "no_stride", _pool(start=lambda i, j, s: (i, j))),
    ("max_pool_forward_naive", "mean", _pool(np.mean)),
    ("max_pool_forward_naive", "early_return", _pool(stop="n")),
    (
        "max_pool_forward_naive",
        "no_plus1",
        _pool(rows=lambda H, W, h, w, s: (H - h) // s, columns=lambda H, W, h, w, s: (W - w) // s),
    ),
    ("max_pool_forward_naive", "W_is_H", _pool(columns=lambda H, W, h, w, s: (H - w) // s + 1)),
    # max_pool_backward_naive
    ("max_pool_backward_naive", "window_assign", _unpool(_whole_window)),
    ("max_pool_backward_naive", "winner_assign", _unpool(_winner_assigned)),
    ("max_pool_backward_naive", "all_ties", _unpool(_to_all_winners)),
    ("max_pool_backward_naive", "last_tie", _unpool(_last_winner)),
    ("max_pool_backward_naive", "share_ties", _unpool(_shared)),
    ("max_pool_backward_naive", "spread", _unpool(_average)),
    ("max_pool_backward_naive", "all_g", _unpool(_everybody)),
    ("max_pool_backward_naive", "max_c", _max_over_channels),
    ("max_pool_backward_naive", "no_stride", _unpool(_winner, start=lambda i, j, s: (i, j))),
    ("max_pool_backward_naive", "w_is_h", _unpool(_winner, keys=("pool_height", "pool_height"))),
    ("max_pool_backward_naive", "mask_from_grad", _unpool(_to_all_winners, look=lambda x, dx, n, c: dx[n, c])),
    ("max_pool_backward_naive", "local_index", _local_index),
    (
        "max_pool_backward_naive",
        "first_cell",
        _unpool(lambda dx, here, window, d: dx[here].__setitem__((0, 0), dx[here][0, 0] + d)),
    ),
    ("max_pool_backward_naive", "first_cell", _unpool(_winner, look=lambda x, dx, n, c: dx[n, c])),
    (
        "max_pool_forward_naive",
        "hard_coded",
        lambda x, pp: (pool_loops(x, {"pool_height": 2, "pool_width": 2, "stride": 2})[0], (x, pp)),
    ),
    ("max_pool_backward_naive", "early_return", _unpool(_winner, stop="n")),
    # im2col
    ("im2col", "no_stride", _every_place),
    ("im2col", "no_stride", lambda x, kh, kw, pad, stride: cols_view(x, kh, kw, pad, 1)),
    ("im2col", "no_stride", _cols(start=lambda i, j, s: (i, j))),
    ("im2col", "rows_T", _one_window_a_row),
    ("im2col", "no_transpose", _only_reshape),
    ("im2col", "no_transpose", _only_reshape_rows),
    ("im2col", "n_fastest", _cs231n_order),
    ("im2col", "n_fastest", _cols(order="pqn")),
    ("im2col", "columns_first", _cols(order="nqp")),
    ("im2col", "channel_last", _cols(cell="rqc")),
    ("im2col", "window_transposed", _cols(cell="cqr")),
    # col2im
    ("col2im", "assign_or_fancy_plus", _col_assigned),
    ("col2im", "assign_or_fancy_plus", _col_fancy_plus),
    ("col2im", "assign_or_fancy_plus", _col_offsets_assigned),
    ("col2im", "crop_neg", _col(crop=lambda x, p, H, W: x[:, :, p:-p, p:-p])),
    ("col2im", "crop_1", _col(crop=lambda x, p, H, W: x[:, :, 1:-1, 1:-1])),
    ("col2im", "not_cropped", _col(crop=lambda x, p, H, W: x)),
    ("col2im", "crop_topleft", _col(crop=lambda x, p, H, W: x[:, :, :H, :W])),
    ("col2im", "no_stride", _col(start=lambda i, j, s: (i, j))),
    ("col2im", "n_fastest", _col(order="pqn")),
    ("col2im", "channel_last", _col(cell="rqc")),
    ("col2im", "window_transposed", _col(cell="cqr")),
    # spot the bug
    ("find_fancy_plus", "still_hidden", lambda: (np.array([1.0, 2.0]), np.array([0, 1]), 2)),
    ("find_fancy_plus", "still_hidden", lambda: (np.array([0.0, 2.0]), np.array([1, 1]), 2)),
    ("find_fancy_plus", "wrong_arguments", lambda: (np.array([1.0, 2.0]), np.array([1, 1]))),
    ("find_fancy_plus", "unusable", lambda: (np.array([1.0, 2.0]), np.array([3, 3]), 3)),
    ("mend_fancy_plus", "not_mended", _last_value_wins),
    ("mend_fancy_plus", "average", _mean_at_index),
    # the sandwich
    ("conv_relu_pool_forward", "no_relu", _layers(lambda a: a)),
    ("conv_relu_pool_forward", "no_pool", _layers(pooling=lambda a, pool_param: (a, None))),
    ("conv_relu_pool_forward", "average", _layers(pooling=_mean_pool)),
    ("conv_relu_pool_forward", "strides_swapped", _one_dictionary),
    ("conv_relu_pool_forward", "relu_first", _layers(lambda a: a, before=lambda x: np.maximum(x, 0))),
    ("conv_relu_pool_backward", "no_relu_gate", _gradients(lambda ds, a: ds)),
    ("conv_relu_pool_backward", "gate_by_gradient", _gradients(lambda ds, a: ds * (ds > 0))),
    ("conv_relu_pool_backward", "gate_inverted", _gradients(lambda ds, a: ds * (a < 0))),
    (
        "conv_relu_pool_backward",
        "mean_N",
        _gradients(change=lambda dx, dw, db, dout: (dx / len(dout), dw / len(dout), db / len(dout))),
    ),
    ("conv_relu_pool_backward", "order", _gradients(change=lambda dx, dw, db, dout: (dw, dx, db))),
)


def _centred(x, w, b, conv_param):
    """Windows around the output cell instead of from it on."""
    return conv_loops(np.roll(x, (1, 1), (2, 3)), w, b, conv_param)[0], (x, w, b, conv_param)


def _pad_one_side(x, w, b, conv_param):
    p = conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (2 * p, 0), (2 * p, 0)))
    return conv_loops(x_pad, w, b, {**conv_param, "pad": 0})[0], (x, w, b, conv_param)


def _pad_at_end(x, w, b, conv_param):
    p = conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (0, 2 * p), (0, 2 * p)))
    return conv_loops(x_pad, w, b, {**conv_param, "pad": 0})[0], (x, w, b, conv_param)


def _reflected(x, w, b, conv_param):
    p = conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="edge")
    return conv_loops(x_pad, w, b, {**conv_param, "pad": 0})[0], (x, w, b, conv_param)


def _end_stride(x, w, b, conv_param):
    s = conv_param["stride"]
    return _conv(lambda window, w, b, n, f: np.sum(window[:, : s + 1] * w[f][:, : s + 1]) + b[f])(x, w, b, conv_param)


def _same_window(x, w, b, conv_param):
    return _conv(start=lambda i, j, s: (0, 0))(x, w, b, conv_param)


def _accumulates(x, w, b, conv_param):
    """The total is never set back to 0."""
    total = [0.0]

    def cell(window, w, b, n, f):
        total[0] += np.sum(window * w[f])
        return total[0] + b[f]

    return _conv(cell)(x, w, b, conv_param)


def _subsampled(x, w, b, conv_param):
    """Convolve with stride 1, then leave rows out; the remainder is counted wrongly."""
    s = conv_param["stride"]
    out, cache = conv_loops(x, w, b, {**conv_param, "stride": 1})
    return out[:, :, s - 1 :: s, s - 1 :: s], (x, w, b, conv_param)


def _writes_into_x(x, w, b, conv_param):
    result = conv_loops(x, w, b, conv_param)
    if x.flags.writeable:
        x[:] = 0
    return result


def _filters_swapped(x, w, b, conv_param):
    if w.shape[0] == w.shape[1]:
        w_used = w.swapaxes(0, 1)
    else:
        w_used = w
    return conv_loops(x, w_used, b, conv_param)[0], (x, w, b, conv_param)


def _window_to_bottom(x, w, b, conv_param):
    """The loop variable of the rows is used for the columns."""
    return _conv(start=lambda i, j, s: (i * s, i * s))(x, w, b, conv_param)


def _drops_middle_channel(x, w, b, conv_param):
    w_used = w.copy()
    if w.shape[1] > 3:
        w_used[:, 2] = 0
    return conv_loops(x, w_used, b, conv_param)[0], (x, w, b, conv_param)


def _cols_then_wrong_reshape(x, w, b, conv_param):
    cols = cols_view(x, *w.shape[2:], conv_param["pad"], conv_param["stride"])
    right = conv_einsum(x, w, b, conv_param)[0]
    out = (w.reshape(len(w), -1) @ cols + b[:, None]).reshape(right.shape)
    return out, (x, w, b, conv_param)


def _matmul_window(x, w, b, conv_param):
    return _conv(lambda window, w, b, n, f: np.sum(window @ w[f]) + b[f])(x, w, b, conv_param)


def _hard_key(x, w, b, conv_param):
    return conv_loops(x, w, b, {"stride": conv_param["stride"], "pad": conv_param["padding"]})


def _unpack_wrong(x, w, b, conv_param):
    F, HH, WW = w.shape
    return F, HH, WW


def _shadow(name):
    def fn(dout, cache):
        x, w, b, conv_param = cache
        settings = dict(conv_param)
        settings[name] = 1
        dx, dw, db = back_loops(dout, (x, w, b, settings))
        return dx, dw, db

    return fn


def _dw_only_first_place(dout, cache):
    dx, dw, db = back_loops(dout, cache)
    first = np.zeros_like(dout)
    first[:, :, 0, 0] = dout[:, :, 0, 0]
    return dx, back_loops(first, cache)[1], db


def _dx_center(dout, cache):
    x, w, b, conv_param = cache
    s, p, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    _, dw, db = back_loops(dout, cache)
    dx = np.zeros(padded(x, p).shape)
    for n, f, i, j in np.ndindex(*dout.shape):
        dx[n, :, i * s + HH // 2, j * s + WW // 2] += w[f, :, HH // 2, WW // 2] * dout[n, f, i, j]
    return dx[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, db


def _crop_hh(dx, p, x):
    return dx[:, :, p : p + x.shape[2], p : p + x.shape[2]]


WILD = {
    "conv_forward_naive": (
        _centred,
        _pad_one_side,
        _pad_at_end,
        _reflected,
        _end_stride,
        _same_window,
        _accumulates,
        _subsampled,
        _writes_into_x,
        _filters_swapped,
        _window_to_bottom,
        _drops_middle_channel,
        _cols_then_wrong_reshape,
        _matmul_window,
        _hard_key,
        _unpack_wrong,
        _on_conv(lambda out, *_: out[:, ::-1]),
        _on_conv(lambda out, *_: out[::-1]),
        _on_conv(lambda out, *_: out[:, :, ::-1]),
        _on_conv(lambda out, *_: out.T),
        _on_conv(lambda out, *_: np.round(out)),
        _on_conv(lambda out, *_: out * 1.0001),
        _on_conv(lambda out, *_: out.astype(np.float16)),
        _on_conv(lambda out, *_: np.abs(out)),
        _on_conv(lambda out, *_: out[0]),
        _on_conv(lambda out, x, w, b, cp: out / w[0].size),
        _on_conv(lambda out, x, w, b, cp: out - b[:, None, None] + b.mean()),
        _on_conv(lambda out, x, w, b, cp: out if cp["stride"] < 3 else out * 0),
        _on_conv(lambda out, x, w, b, cp: out if w.shape[2] <= x.shape[2] else np.zeros_like(out)),
        _with_cache(lambda x, w, b, cp: None),
        _with_cache(lambda x, w, b, cp: (x, w, b)),
        _with_cache(lambda x, w, b, cp: (x, b, w, cp)),
        _with_cache(lambda x, w, b, cp: (x, w, b, {})),
        lambda x, w, b, conv_param: conv_loops(x, w, b, conv_param)[0],
        lambda x, w, b, conv_param: print("done"),
    ),
    "conv_backward_naive": (
        _shadow("stride"),
        _shadow("pad"),
        _dw_only_first_place,
        _dx_center,
        _full_without_turn and (lambda dout, cache: _full_without_turn(dout[::-1], cache)),
        _back(crop=_crop_hh),
        _back(crop=lambda dx, p, x: dx[:, :, 2 * p :, 2 * p :]),
        _back(dx_line=lambda w, d, window: w * d * window),
        _back(dx_line=lambda w, d, window: np.full(w.shape, d)),
        _back(dx_line=lambda w, d, window: window * d),
        _back(dw_line=lambda w, d, window: w * d),
        _back(dw_line=lambda w, d, window: np.sum(window) * d),
        _back(dw_line=lambda w, d, window: window[:1] * d),
        _back(db_line=lambda d: 1),
        _back(db_line=lambda d: abs(d)),
        _back(start=lambda i, j, s: (i * s, i * s)),
        _back(start=lambda i, j, s: (j * s, i * s)),
        _parts(lambda dx, dw, db, *_: (dx, dw)),
        _parts(lambda dx, dw, db, *_: (dx, dw, db, None)),
        _parts(lambda dx, dw, db, *_: {"dx": dx, "dw": dw, "db": db}),
        _parts(lambda dx, dw, db, *_: (dx, dw.swapaxes(0, 1), db)),
        _parts(lambda dx, dw, db, *_: (-dx, dw, db)),
        _parts(lambda dx, dw, db, *_: (dx, dw, db[::-1])),
        _parts(lambda dx, dw, db, *_: (dx, dw[:, ::-1], db)),
        _parts(lambda dx, dw, db, dout, cache: (dx, dw, dout.mean((0, 2, 3)))),
        _parts(lambda dx, dw, db, dout, cache: (dx, dw, db + cache[2])),
        _parts(lambda dx, dw, db, dout, cache: (dx, dw / dout[0, 0].size, db)),
        _parts(lambda dx, dw, db, dout, cache: (dx, dw, dout.sum((0, 1, 2)))),
        _parts(lambda dx, dw, db, dout, cache: (dx.astype(np.int8), dw, db)),
        _parts(lambda dx, dw, db, dout, cache: (dx.clip(-10, 10), dw, db)),
        lambda dout, cache: back_loops(dout, cache[::-1]),
        lambda dout, cache: back_loops(dout, cache[:3]),
    ),
    "max_pool_forward_naive": (
        _pool(np.median),
        _pool(lambda window: np.abs(window).max()),
        _pool(lambda window: window[0].max()),
        _pool(lambda window: window[:, 0].max()),
        _pool(lambda window: window.max(axis=0).min()),
        _pool(lambda window: np.sort(window.ravel())[-2:][0]),
        _pool(lambda window: window.argmax()),
        _pool(lambda window: np.sum(window)),
        _pool(lambda window: window.max() if window.size < 8 else window.ravel()[:8].max()),
        _pool(lambda window: max(-5, window.max())),
        _pool(start=lambda i, j, s: (i * s, i * s)),
        _pool(start=lambda i, j, s: (i * s, j)),
        _pool(rows=lambda H, W, h, w, s: H // h, columns=lambda H, W, h, w, s: W // w),
        _pool(rows=lambda H, W, h, w, s: H // s, columns=lambda H, W, h, w, s: W // s),
        lambda x, pp: (pool_loops(x, {**pp, "stride": pp["pool_height"]})[0], (x, pp)),
        lambda x, pp: (pool_loops(x, {**pp, "stride": 2})[0], (x, pp)),
        lambda x, pp: (pool_loops(x, {**pp, "pool_height": 2, "pool_width": 2})[0], (x, pp)),
        lambda x, pp: (pool_loops(x, {**pp, "pool_height": pp["height"]})[0], (x, pp)),
        _on_pool(lambda out, *_: out[:, ::-1]),
        _on_pool(lambda out, *_: np.maximum(out, 0)),
        _on_pool(lambda out, *_: out.astype(bool)),
        _on_pool(lambda out, x, pp: out - 1e-3),
        _on_pool(lambda out, *_: np.moveaxis(out, 1, 3)),
        lambda x, pp: pool_loops(x, pp)[0],
        lambda x, pp: (pool_loops(x, pp)[0], None),
        lambda x, pp: (pool_loops(x, pp)[0], (x, pp["stride"])),
        lambda x, pp: (pool_loops(x, pp)[0], (x * 1.5, pp)),
    ),
    "max_pool_backward_naive": (
        _unpool(lambda dx, here, window, d: _winner(dx, here, np.abs(window), d)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window.T.copy().reshape(window.shape), d)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, abs(d))),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, max(d, 0))),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, 1)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, window.max())),
        _unpool(lambda dx, here, window, d: dx[here].__iadd__((window >= window.mean()) * d)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, d) if window.max() > 0 else None),
        _unpool(_winner, start=lambda i, j, s: (i * s, i * s)),
        lambda dout, cache: unpool_argmax(dout, (cache[0], {**cache[1], "stride": cache[1]["pool_height"]})),
        lambda dout, cache: unpool_argmax(dout, cache)[:, ::-1],
        lambda dout, cache: unpool_argmax(dout, cache)[..., ::-1],
        lambda dout, cache: unpool_argmax(dout, cache) * 2,
        lambda dout, cache: (unpool_argmax(dout, cache), cache),
        lambda dout, cache: unpool_argmax(dout, cache).sum(0),
        lambda dout, cache: unpool_argmax(dout, cache) + cache[0] * 1e-3,
        lambda dout, cache: unpool_argmax(dout, cache[1]),
        lambda dout, cache: unpool_argmax(np.sign(dout), cache),
        lambda dout, cache: cache[0] * 0,
        lambda dout, cache: unpool_argmax(dout, (np.maximum(cache[0], 0), cache[1])),
    ),
    "im2col": (
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, pad, stride)[::-1],
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, pad, stride)[:, ::-1],
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, pad, stride)[None],
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, 1, stride),
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, pad, 2),
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kh, pad, stride),
        lambda x, kh, kw, pad, stride: cols_loops(
            x.astype(np.int8) if x.dtype.kind == "i" else x.round(0) + 0.1, kh, kw, pad, stride
        ),
        lambda x, kh, kw, pad, stride: cols_loops(x[:, ::-1], kh, kw, pad, stride),
        lambda x, kh, kw, pad, stride: cols_loops(x[:, :1], kh, kw, pad, stride),
        lambda x, kh, kw, pad, stride: cols_loops(x.mean(1, keepdims=True), kh, kw, pad, stride),
        lambda x, kh, kw, pad, stride: cols_loops(x, kh, kw, pad, stride) - x.mean(),
        lambda x, kh, kw, pad, stride: cols_loops(x, stride, stride, pad, stride),
        lambda x, kh, kw, pad, stride: windows(x, kh, kw, pad, stride),
        lambda x, kh, kw, pad, stride: np.maximum(cols_loops(x, kh, kw, pad, stride), 0),
        lambda x, kh, kw, pad, stride: cols_loops(x.swapaxes(2, 3), kh, kw, pad, stride),
        _cols(order="qpn"),
        _cols(cell="qrc"),
        _cols(cell="rcq"),
        _cols(start=lambda i, j, s: (i * s, j)),
        _cols(start=lambda i, j, s: (i, j * s)),
        _cols(start=lambda i, j, s: (i * s, i * s)),
    ),
    "col2im": (
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, pad, stride) * 2,
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols[::-1], x_shape, kh, kw, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols[:, ::-1], x_shape, kh, kw, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(np.abs(cols), x_shape, kh, kw, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, pad, stride)[::-1],
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, pad, stride).swapaxes(2, 3),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, pad, stride) / (kh * kw),
        lambda cols, x_shape, kh, kw, pad, stride: np.resize(cols, x_shape),
        lambda cols, x_shape, kh, kw, pad, stride: np.zeros(x_shape),
        lambda cols, x_shape, kh, kw, pad, stride: cols.reshape(x_shape),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, 1, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kh, kw, pad, 1),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols, x_shape, kw, kh, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_loops(cols.T, x_shape, kh, kw, pad, stride),
        _col(start=lambda i, j, s: (i * s, j)),
        _col(start=lambda i, j, s: (j * s, i * s)),
        _col(cell="qrc"),
        _col(order="qpn"),
        _col(crop=lambda x, p, H, W: x[:, :, p : p + H, p : p + H]),
        _col(crop=lambda x, p, H, W: x[:, :, -H:, -W:]),
    ),
    "find_fancy_plus": (
        lambda: "twice",
        lambda: (np.array([]), np.array([], int), 3),
        lambda: (np.array([1.0, 2.0]), np.array([0.0, 0.0]), 3),
        lambda: (np.array([1.0, 2.0, 3.0]), np.array([0, 0]), 3),
        lambda: (np.array([1.0, np.nan]), np.array([0, 0]), 3),
        lambda: (np.array([1.0, 2.0]), np.array([-1, -1]), 3),
    ),
    "mend_fancy_plus": (
        lambda values, index, size: np.bincount(index, weights=values),
        lambda values, index, size: np.add.at(np.zeros(size), index, values),
        lambda values, index, size: np.cumsum(values)[:size],
        lambda values, index, size: np.bincount(index, weights=np.abs(values), minlength=size),
        lambda values, index, size: np.bincount(index, weights=values, minlength=size)[::-1],
        lambda values, index, size: np.bincount(index, weights=values, minlength=size) + 1,
        lambda values, index, size: np.array([max(values[index == k], default=0) for k in range(size)]),
        lambda values, index, size: sum(values),
    ),
    "conv_relu_pool_forward": (
        _layers(lambda a: np.maximum(a, 1)),
        _layers(lambda a: np.where(a > 0, a, 0.01 * a)),
        _layers(lambda a: 1 / (1 + np.exp(-a / 100))),
        _layers(lambda a: -np.minimum(a, 0)),
        _layers(before=lambda x: x[::-1]),
        _layers(pooling=lambda a, pp: cs231n.max_pool_forward_fast(a, {**pp, "stride": 1})),
        _layers(pooling=lambda a, pp: cs231n.max_pool_forward_fast(a, {**pp, "pool_width": pp["pool_height"]})),
        lambda x, w, b, cp, pp: layers_fast(x, w, b, {**cp, "pad": 0}, pp),
        lambda x, w, b, cp, pp: layers_fast(x, w, b, {**cp, "stride": 1}, pp),
        lambda x, w, b, cp, pp: layers_fast(x, w, b, cp, pp)[0],
        lambda x, w, b, cp, pp: (layers_fast(x, w, b, cp, pp)[0], None),
        lambda x, w, b, cp, pp: cs231n.conv_relu_forward(x, w, b, cp),
        lambda x, w, b, cp, pp: cs231n.max_pool_forward_fast(
            cs231n.relu_forward(cs231n.conv_forward_fast(x, w, b, cp)), pp
        ),
    ),
    "conv_relu_pool_backward": (
        _gradients(lambda ds, a: a * (ds > 0)),
        _gradients(lambda ds, a: np.maximum(a, 0)),
        _gradients(lambda ds, a: ds * np.maximum(a, 0)),
        _gradients(lambda ds, a: ds * np.sign(a)),
        _gradients(change=lambda dx, dw, db, dout: (dx, dw)),
        _gradients(change=lambda dx, dw, db, dout: (dx, dw, db.sum())),
        _gradients(change=lambda dx, dw, db, dout: (-dx, -dw, -db)),
        _gradients(change=lambda dx, dw, db, dout: (dx, dw[:, :, ::-1, ::-1], db)),
        _gradients(change=lambda dx, dw, db, dout: (dx, dw, dout.sum((0, 2, 3)))),
        lambda dout, cache: grads_fast(dout, cache[::-1]),
        lambda dout, cache: cs231n.conv_backward_fast(dout, cache[0]),
        lambda dout, cache: cs231n.conv_relu_backward(dout, cache[:2]),
        lambda dout, cache: grads_fast(dout, cache[:2]),
    ),
}


def _pad_mean(x, p):
    out = np.full((*x.shape[:2], x.shape[2] + 2 * p, x.shape[3] + 2 * p), x.mean())
    out[:, :, p : p + x.shape[2], p : p + x.shape[3]] = x
    return out


def _pad_wrapped(x, p):
    rows = np.arange(-p, x.shape[2] + p) % x.shape[2]
    columns = np.arange(-p, x.shape[3] + p) % x.shape[3]
    return x[:, :, rows][:, :, :, columns]


def _channel_by_filter(window, w, b, n, f):
    """The loop over channels uses the index of the filter."""
    total = 0.0
    for c in range(w.shape[1]):
        total += np.sum(window[c] * w[min(c, len(w) - 1), c])
    return total + b[f]


def _overwritten_total(window, w, b, n, f):
    total = 0.0
    for c in range(w.shape[1]):
        total = np.sum(window[c] * w[f, c])
    return total + b[f]


def _skip_edge(x, w, b, conv_param):
    """Windows that touch the last row or column are skipped, as if `range` went one further."""
    out, cache = conv_loops(x, w, b, conv_param)
    if out.shape[3] > 1:
        out[..., -1] = 0
    return out, cache


def _last_bias_line(x, w, b, conv_param):
    out, cache = conv_loops(x, w, b * 0, conv_param)
    for f in range(len(w)):
        out[:, f] += b[f] if f < len(x) else 0
    return out, cache


def _ceil_h_floor_w(x, w, b, conv_param):
    s = conv_param["stride"]
    return _conv(
        lambda window, w, b, n, f: np.sum(window * w[f][:, : window.shape[1]]) + b[f],
        rows=lambda H, W, HH, WW, p, s: int(np.ceil((H + 2 * p - HH) / s)) + 1,
    )(x, w, b, {"stride": s, "pad": conv_param["pad"]})


def _gather(dout, cache):
    """dx cell by cell; places before the first are not left out."""
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    _, dw, db = back_loops(dout, cache)
    dx = np.zeros(x.shape)
    for n, c, h, v in np.ndindex(*x.shape):
        for r in range(w.shape[2]):
            for q in range(w.shape[3]):
                i, j = (h + p - r) // s, (v + p - q) // s
                if 0 <= i < dout.shape[2] and 0 <= j < dout.shape[3]:
                    dx[n, c, h, v] += dout[n, :, i, j] @ w[:, c, r, q]
    return dx, dw, db


def _dilation_forgotten(dout, cache):
    x, w, b, conv_param = cache
    p = conv_param["pad"]
    _, dw, db = back_loops(dout, cache)
    dx = np.zeros(padded(x, p).shape)
    HH, WW = w.shape[2:]
    spread = np.pad(dout, ((0, 0), (0, 0), (HH - 1, HH - 1), (WW - 1, WW - 1)))
    view = np.lib.stride_tricks.sliding_window_view(spread, (HH, WW), axis=(2, 3))
    part = np.einsum("nfhwrs,fcrs->nchw", view, w[:, :, ::-1, ::-1])
    dx[:, :, : part.shape[2], : part.shape[3]] = part[:, :, : dx.shape[2], : dx.shape[3]]
    return dx[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, db


def _dw_per_example(dout, cache):
    dx, _, db = back_loops(dout, cache)
    x, w, b, conv_param = cache
    parts = [back_loops(dout[n : n + 1], (x[n : n + 1], w, b, conv_param))[1] for n in range(len(x))]
    return dx, np.stack(parts), db


def _dw_max(dout, cache):
    dx, _, db = back_loops(dout, cache)
    x, w, b, conv_param = cache
    parts = [back_loops(dout[n : n + 1], (x[n : n + 1], w, b, conv_param))[1] for n in range(len(x))]
    return dx, np.max(parts, axis=0), db


def _dx_crop_late(dout, cache):
    x, w, b, conv_param = cache
    p = conv_param["pad"]
    dx, dw, db = back_loops(dout, cache)
    if p:
        dx = np.roll(dx, -1, axis=3)
    return dx, dw, db


def _first_max_by_column(dx, here, window, d):
    column, row = np.unravel_index(np.argmax(window.T), window.T.shape)
    dx[here][row, column] += d


def _height_for_divmod(dout, cache):
    x, pool_param = cache
    dx = np.zeros(x.shape)
    height, width, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    for n, c, i, j in np.ndindex(*dout.shape):
        row, column = divmod(int(np.argmax(x[n, c, i * s : i * s + height, j * s : j * s + width])), height)
        dx[n, c, i * s + row, j * s + column] += dout[n, c, i, j]
    return dx


def _every_equal_cell(dout, cache):
    """Compares the whole picture with the maximum of the window."""
    x, pool_param = cache
    out, _ = pool_loops(x, pool_param)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        dx[n, c] += (x[n, c] == out[n, c, i, j]) * dout[n, c, i, j]
    return dx


def _batch_winner(dout, cache):
    x, pool_param = cache
    return unpool_argmax(dout, (np.repeat(x.max(axis=0, keepdims=True), len(x), axis=0), pool_param))


def _cols_by_channel_blocks(x, kh, kw, pad, stride):
    """One block of columns per channel."""
    parts = [cols_view(x[:, c : c + 1], kh, kw, pad, stride) for c in range(x.shape[1])]
    return np.hstack(parts).reshape(x.shape[1] * kh * kw, -1)


def _pad_rows_only(x, kh, kw, pad, stride):
    return _cols(pad=lambda x, p: padded(x, p) * (np.arange(x.shape[3] + 2 * p) > p))(x, kh, kw, pad, stride)


def _stride_on_columns(cols, x_shape, kh, kw, pad, stride):
    N, C, H, W = x_shape
    x = col_loops(cols, x_shape, kh, kw, pad, stride)
    return x / max(1, (kh // stride) * (kw // stride))


def _count_normalised(cols, x_shape, kh, kw, pad, stride):
    x = col_loops(cols, x_shape, kh, kw, pad, stride)
    count = col_loops(np.ones_like(cols), x_shape, kh, kw, pad, stride)
    return np.where(count > 1, x / np.maximum(count, 1), x)


HELD_OUT = {
    "conv_forward_naive": (
        _conv(pad=_pad_mean),
        _conv(pad=_pad_wrapped),
        _conv(pad=lambda x, p: padded(x, p)[:, ::-1]),
        _conv(pad=lambda x, p: padded(np.maximum(x, 0), p)),
        _conv(_channel_by_filter),
        _conv(_overwritten_total),
        _conv(lambda window, w, b, n, f: np.mean(window * w[f]) + b[f]),
        _conv(lambda window, w, b, n, f: np.max(window * w[f]) + b[f]),
        _conv(lambda window, w, b, n, f: np.sum(window * w[f]) * b[f]),
        _conv(lambda window, w, b, n, f: np.sum(window * w[f]) - b[f]),
        _conv(
            lambda window, w, b, n, f: (
                np.sum(window * w[f].swapaxes(1, 2)) + b[f] if w.shape[2] == w.shape[3] else _sum(window, w, b, n, f)
            )
        ),
        _skip_edge,
        _last_bias_line,
        _ceil_h_floor_w,
        _conv(start=lambda i, j, s: (i * s, (j * s) if s < 4 else j * 2)),
    ),
    "conv_backward_naive": (
        _gather,
        _dilation_forgotten,
        _dw_per_example,
        _dw_max,
        _dx_crop_late,
        _back(dw_line=lambda w, d, window: window * d * (window > 0)),
        _back(dx_line=lambda w, d, window: w[:1] * d),
        _back(db_line=lambda d: d if d > 0 else 0),
        _back(pad=_pad_wrapped),
        _parts(lambda dx, dw, db, *_: (dx, db, dw)),
        _parts(lambda dx, dw, db, dout, cache: (dx, dw * cache[3]["stride"], db)),
        _parts(lambda dx, dw, db, *_: np.array([1.0, 2.0, 3.0])),
    ),
    "max_pool_forward_naive": (
        _pool(lambda window: window.flat[window.size // 2]),
        _pool(lambda window: np.max(window[:2, :2])),
        _pool(lambda window: max(map(min, window.tolist()))),
        _pool(lambda window: np.nanmax(np.where(window < 0, np.nan, window)) if (window >= 0).any() else -1.0),
        _pool(look=lambda x, n, c: x[n, 0]),
        _pool(look=lambda x, n, c: x[-1, c]),
        _pool(
            rows=lambda H, W, h, w, s: H // s,
            columns=lambda H, W, h, w, s: W // s,
            cell=lambda a: a.max() if a.size else 0,
        ),
        lambda x, pp: (pool_loops(x, pp)[0][:, :, ::-1, ::-1], (x, pp)),
        lambda x, pp: (pool_view(x, pp)[0].max(axis=0), (x, pp)),
    ),
    "max_pool_backward_naive": (
        _unpool(_first_max_by_column),
        _height_for_divmod,
        _every_equal_cell,
        _batch_winner,
        _unpool(lambda dx, here, window, d: dx[here].__isub__(-(window > window.min()) * d)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window, d * window.size)),
        _unpool(lambda dx, here, window, d: _winner(dx, here, window[::-1, ::-1], d)),
    ),
    "im2col": (
        _cols_by_channel_blocks,
        _pad_rows_only,
        _cols(pad=_pad_wrapped),
        _cols(pad=_pad_mean),
        _cols(start=lambda i, j, s: (j * s, i * s)),
        lambda x, kh, kw, pad, stride: cols_indices(x, kh, kw, pad, stride).astype(np.int8),
        lambda x, kh, kw, pad, stride: cols_view(x[::-1], kh, kw, pad, stride),
    ),
    "col2im": (
        _stride_on_columns,
        _count_normalised,
        lambda cols, x_shape, kh, kw, pad, stride: col_indices(cols, x_shape[::-1], kh, kw, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: col_indices(np.sign(cols), x_shape, kh, kw, pad, stride),
        lambda cols, x_shape, kh, kw, pad, stride: (
            col_indices(cols, x_shape, kh, kw, pad, stride).max(1, keepdims=True) + np.zeros(x_shape)
        ),
        lambda cols, x_shape, kh, kw, pad, stride: col_indices(cols, x_shape, kh, kw, pad, stride).astype(np.int8),
        _col(crop=lambda x, p, H, W: x[:, :, p : H - p, p : W - p]),
    ),
    "mend_fancy_plus": (
        lambda values, index, size: np.array([values[index == k].sum() if k else 0 for k in range(size)]),
        lambda values, index, size: np.bincount(
            np.unique(index), weights=values[: len(np.unique(index))], minlength=size
        ),
        lambda values, index, size: np.bincount(index, weights=values, minlength=size).astype(bool),
    ),
    "conv_relu_pool_forward": (
        _layers(lambda a: np.tanh(a)),
        _layers(lambda a: np.minimum(np.maximum(a, 0), 6)),
        _layers(pooling=lambda a, pp: (a.max(axis=(2, 3), keepdims=True), None)),
        _layers(pooling=lambda a, pp: (-cs231n.max_pool_forward_fast(-a, pp)[0], None)),
        lambda x, w, b, cp, pp: layers_fast(x, w[:, :, ::-1, ::-1], b, cp, pp),
    ),
    "conv_relu_pool_backward": (
        _gradients(lambda ds, a: ds * (a >= a.mean())),
        _gradients(lambda ds, a: ds + a),
        _gradients(change=lambda dx, dw, db, dout: (dx, dw, db / dout[0, 0].size)),
        lambda dout, cache: cs231n.conv_backward_fast(
            cs231n.relu_backward(
                cs231n.relu_backward(cs231n.max_pool_backward_fast(dout, cache[2]), cache[1]), -cache[1]
            ),
            cache[0],
        ),
        lambda dout, cache: cs231n.conv_backward_fast(cs231n.relu_backward(dout, cache[1]), cache[0]),
    ),
}
