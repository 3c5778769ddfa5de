"""Notebook 05."""

import numpy as np

from cnnlab.check.alternatives.backpropagation import by_copies, four_loops, offsets, pool_loops, pool_places, two_loops


def _np_pad(A, p):
    return np.pad(A, ((0, 0), (p, p), (p, p), (0, 0)))


def _middle(dA, p, A_prev):
    return dA[:, p : p + A_prev.shape[1], p : p + A_prev.shape[2], :]


def _send(W, d, window, c):
    return W[:, :, :, c] * d


def _gather(W, d, window, c):
    return window * d


def _conv(
    dA_line=_send, dW_line=_gather, *, pad=_np_pad, crop=_middle, delta=None, start=None, stop=None, example=None
):
    """The learner's four loops with one line changed; a line that returns None adds nothing."""

    def fn(dZ, cache):
        A_prev, W, b, hparameters = cache
        s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
        m, n_H, n_W, n_C = dZ.shape
        A_pad, dA_pad = pad(A_prev, p), np.zeros(_np_pad(A_prev, p).shape)
        dW, db = np.zeros(W.shape), np.zeros((1, 1, 1, n_C))
        for i in range(m):
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(n_C):
                        top, left = (h * s, w * s) if start is None else start(h, w, s, f, p)
                        rows, columns = slice(top, top + f), slice(left, left + f)
                        d = dZ[i, h, w, c] if delta is None else delta(dZ, i, h, w, c)
                        window = A_pad[i if example is None else example(i, m), rows, columns, :]
                        dA_pad[i, rows, columns, :] += dA_line(W, d, window, c)
                        dW[:, :, :, c] += dW_line(W, d, window, c)
                        db[:, :, :, c] += d
                    if stop == "w":
                        return crop(dA_pad, p, A_prev), dW, db
                if stop == "h":
                    return crop(dA_pad, p, A_prev), dW, db
            if stop == "i":
                return crop(dA_pad, p, A_prev), dW, db
        return crop(dA_pad, p, A_prev), dW, db

    return fn


def _dA_assigned(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, dW, db = four_loops(dZ, cache)
    dA_pad = np.zeros(_np_pad(A_prev, pad).shape)
    for i in range(dZ.shape[0]):
        for h in range(dZ.shape[1]):
            for w in range(dZ.shape[2]):
                for c in range(dZ.shape[3]):
                    vert, horiz = h * stride, w * stride
                    dA_pad[i, vert : vert + f, horiz : horiz + f, :] = W[:, :, :, c] * dZ[i, h, w, c]
    return _middle(dA_pad, pad, A_prev), dW, db


def _dA_assigned_after_channels(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, dW, db = four_loops(dZ, cache)
    dA_pad = np.zeros(_np_pad(A_prev, pad).shape)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            window = np.tensordot(dZ[:, h, w, :], W, axes=(1, 3))
            dA_pad[:, h * stride : h * stride + f, w * stride : w * stride + f, :] = window
    return _middle(dA_pad, pad, A_prev), dW, db


def _dW_assigned(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    dA, dW, db = four_loops(dZ, cache)
    A_pad = _np_pad(A_prev, pad)
    for i, h, w, c in np.ndindex(*dZ.shape):
        window = A_pad[i, h * stride : h * stride + f, w * stride : w * stride + f, :]
        dW[:, :, :, c] = window * dZ[i, h, w, c]
    return dA, dW, db


def _dW_of_the_gradient(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, _, db = four_loops(dZ, cache)
    dA, dW = np.zeros(_np_pad(A_prev, pad).shape), np.zeros(W.shape)
    for i, h, w, c in np.ndindex(*dZ.shape):
        da_slice = dA[i, h * stride : h * stride + f, w * stride : w * stride + f, :]
        da_slice += W[:, :, :, c] * dZ[i, h, w, c]
        dW[:, :, :, c] += da_slice * dZ[i, h, w, c]
    return _middle(dA, pad, A_prev), dW, db


def _last_pixel(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, dW, db = four_loops(dZ, cache)
    dA = np.zeros(_np_pad(A_prev, pad).shape)
    for i, h, w, c in np.ndindex(*dZ.shape):
        dA[i, h * stride + f - 1, w * stride + f - 1, :] += W[-1, -1, :, c] * dZ[i, h, w, c]
    return _middle(dA, pad, A_prev), dW, db


def _first_pixel(W, d, window, c):
    out = np.zeros(W.shape[:3])
    out[0, 0, :] = W[0, 0, :, c] * d
    return out


def _noop(dZ, cache):
    A_prev, _, _, _ = cache
    dA, dW, db = four_loops(dZ, cache)
    dA_prev = np.zeros(A_prev.shape)
    for i in range(len(dA)):
        da_prev = dA_prev[i].copy()
        da_prev += dA[i]
    return dA_prev, dW, db


def _cropped_in_a_loop(dZ, cache):
    A_prev, _, _, hparameters = cache
    pad = hparameters["pad"]
    dA, dW, db = four_loops(dZ, cache)
    dA_prev, dA_pad = np.zeros(A_prev.shape), _np_pad(dA, pad)
    for i in range(len(A_prev)):
        dA_prev[i, :, :, :] = dA_pad[i, pad:-pad, pad:-pad, :]
    return dA_prev, dW, db


def _parts(change):
    """Change the three results of a right function."""

    def fn(dZ, cache):
        return change(*two_loops(dZ, cache), dZ, cache)

    return fn


def _turned_all(W, d, window, c):
    return np.flip(W[:, :, :, c]) * d


def _turned(W, d, window, c):
    return np.rot90(W[:, :, :, c], 2) * d


def _reversed_slices(W, d, window, c):
    return W[::-1, ::-1, :, c] * d


def _db_of_everything(dA, dW, db, dZ, cache):
    return dA, dW, np.full(db.shape, np.sum(dZ))


def _db_in_loop(dZ, cache):
    dA, dW, _ = offsets(dZ, cache)
    db = np.zeros((1, 1, 1, dZ.shape[3]))
    for i, h, w, c in np.ndindex(*dZ.shape):
        db += dZ[i, h, w, c]
    return dA, dW, db


# Pooling.


def _max_part(window, d, grad):
    return (window == np.max(window)) * d


def _average_part(window, d, grad):
    return np.full(window.shape, d / window.size)


def _pool(largest=_max_part, mean=_average_part, *, start=None, delta=None, picked=None, stop="", words="max"):
    """The learner's loops over dA with one line changed."""

    def fn(dA, cache, mode="max"):
        A_prev, hparameters = cache
        f, s = hparameters["f"], hparameters["stride"]
        dA_prev = np.zeros(A_prev.shape)
        for i in range(dA.shape[0]):
            for h in range(dA.shape[1]):
                for w in range(dA.shape[2]):
                    for c in range(dA.shape[3]):
                        top, left = (h * s, w * s) if start is None else start(h, w, s, f)
                        rows, columns = slice(top, top + f), slice(left, left + f)
                        window = A_prev[i, rows, columns, c] if picked is None else picked(A_prev, i, rows, columns, c)
                        d = dA[i, h, w, c] if delta is None else delta(dA, i, h, w, c, top, left, f)
                        grad = dA_prev[i, rows, columns, c]
                        if mode == words:
                            dA_prev[i, rows, columns, c] += largest(window, d, grad)
                        else:
                            dA_prev[i, rows, columns, c] += mean(window, d, grad)
                if stop == "h":
                    return dA_prev
            if stop == "i":
                return dA_prev
        return dA_prev

    return fn


def _assigning(*modes):
    def fn(dA, cache, mode="max"):
        A_prev, hparameters = cache
        f, s = hparameters["f"], hparameters["stride"]
        dA_prev = np.zeros(A_prev.shape)
        for h in range(dA.shape[1]):
            for w in range(dA.shape[2]):
                window = A_prev[:, h * s : h * s + f, w * s : w * s + f]
                d = dA[:, h : h + 1, w : w + 1]
                share = window == window.max((1, 2), keepdims=True) if mode == "max" else np.full(window.shape, f**-2.0)
                if mode in modes:
                    dA_prev[:, h * s : h * s + f, w * s : w * s + f] = share * d
                else:
                    dA_prev[:, h * s : h * s + f, w * s : w * s + f] += share * d
        return dA_prev

    return fn


def _argmax(window, d, grad):
    out = np.zeros(window.shape)
    out[np.unravel_index(np.argmax(window), window.shape)] = d
    return out


def _running_first(window, d, grad):
    best, where = -np.inf, (0, 0)
    for r in range(window.shape[0]):
        for q in range(window.shape[1]):
            if window[r, q] > best:
                best, where = window[r, q], (r, q)
    out = np.zeros(window.shape)
    out[where] += d
    return out


def _loop_prev(dA, cache, mode="max"):
    A_prev, hparameters = cache
    (m, n_H_prev, n_W_prev, n_C), f, s = A_prev.shape, hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        for h in range(n_H_prev):
            for w in range(n_W_prev):
                for c in range(n_C):
                    rows, columns = slice(h * s, h * s + f), slice(w * s, w * s + f)
                    if mode == "max":
                        window = A_prev[i, rows, columns, c]
                        dA_prev[i, rows, columns, c] += (window == window.max()) * dA[i, h, w, c]
                    else:
                        dA_prev[i, rows, columns, c] += dA[i, h, w, c] / f**2
    return dA_prev


# Numbers alone.


def _numeric(line, *, copy=True, restore=True, step=None):
    """The learner's loop; `line` makes one cell of f's two results."""

    def fn(f, x, df, h=1e-5):
        h = h if step is None else step
        grad = np.zeros(x.shape)
        it = np.nditer(x, flags=["multi_index"])
        while not it.finished:
            ix = it.multi_index
            old = x[ix]
            x[ix] = old + h
            pos = np.array(f(x)) if copy else f(x)
            x[ix] = old - h
            neg = np.array(f(x)) if copy else f(x)
            if restore:
                x[ix] = old
            grad[ix] = line(pos, neg, df, h)
            it.iternext()
        return grad

    return fn


def _centred(pos, neg, df, h):
    return np.sum((pos - neg) * df) / (2 * h)


def _one_sided(f, x, df, h=1e-5):
    base, grad = np.array(f(x)), np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] += h
        grad[index] = np.sum((f(moved) - base) * df) / h
    return grad


def _one_sided_back(f, x, df, h=1e-5):
    grad = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = x.copy()
        moved[index] -= h
        grad[index] = (np.sum(np.array(f(x)) * df) - np.sum(np.array(f(moved)) * df)) / h
    return grad


def _second_name(f, x, df, h=1e-5):
    grad = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up = x
        up[index] += h
        down = x
        down[index] -= h
        grad[index] = np.sum((np.array(f(up)) - np.array(f(down))) * df) / (2 * h)
    return grad


def _whole_array(f, x, df, h=1e-5):
    return (np.array(f(x + h)) - np.array(f(x - h))) * df / (2 * h)


def _norm_error(a, b):
    return np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))


def _bias_in_loop(a, W, b):
    total = 0.0
    for r, s, c in np.ndindex(*W.shape):
        total += a[r, s, c] * W[r, s, c] + b.item()
    return total


def _plane(line=None, *, step=None, crop=None, delta=None):
    """Max pooling of one map, with one thing changed."""

    def fn(dA, A_prev, f, stride):
        dA_prev = np.zeros(A_prev.shape)
        for h in range(dA.shape[0]):
            for w in range(dA.shape[1]):
                top, left = (h * stride, w * stride) if step is None else step(h, w, f, stride)
                window = A_prev[top : top + f, left : left + f]
                d = dA[h, w] if delta is None else delta(dA, h, w)
                here = dA_prev[top : top + f, left : left + f]
                (line or _add)(here, window, d)
        return dA_prev

    return fn


def _add(here, window, d):
    here += (window == window.max()) * d


def _assign(here, window, d):
    here[...] = (window == window.max()) * d


def _assign_winners(here, window, d):
    here[window == window.max()] = d


def _add_first(here, window, d):
    here[np.unravel_index(window.argmax(), window.shape)] += d


def _add_all(here, window, d):
    here += d


def _scatter(line=lambda w, d: w * d, *, crop, offset=0):
    """The gradient of one plane, with one thing changed."""

    def fn(dZ, x, w, pad):
        f = w.shape[0]
        dx = np.zeros((x.shape[0] + 2 * pad, x.shape[1] + 2 * pad))
        for p in range(dZ.shape[0]):
            for q in range(dZ.shape[1]):
                dx[p : p + f, q : q + f] += line(w, dZ[p, q])
        return crop(dx, x, pad)

    return fn


def _right_crop(dx, x, pad):
    return dx[pad : pad + x.shape[0], pad : pad + x.shape[1]]


SLIPS = (
    ("numerical_gradient", "forward_diff", _one_sided),
    ("numerical_gradient", "backward_diff", _one_sided_back),
    ("numerical_gradient", "h_big", _numeric(_centred, step=0.5)),
    ("numerical_gradient", "h_ignored", _numeric(_centred, step=1e-5)),
    ("numerical_gradient", "h_ignored", lambda f, x, df, h=1e-5: by_copies(f, x, df)),
    ("numerical_gradient", "abs", _numeric(lambda pos, neg, df, h: abs(np.sum((pos - neg) * df)) / (2 * h))),
    ("numerical_gradient", "abs", lambda f, x, df, h=1e-5: np.abs(by_copies(f, x, df, h))),
    ("numerical_gradient", "no_copy", _numeric(_centred, copy=False)),
    ("numerical_gradient", "same_place", _second_name),
    ("numerical_gradient", "not_restored", _numeric(_centred, restore=False)),
    ("numerical_gradient", "divided_by_h", _numeric(lambda pos, neg, df, h: np.sum((pos - neg) * df) / h)),
    ("numerical_gradient", "no_df", _numeric(lambda pos, neg, df, h: np.sum(pos - neg) / (2 * h))),
    ("numerical_gradient", "sign", _numeric(lambda pos, neg, df, h: np.sum((neg - pos) * df) / (2 * h))),
    ("rel_error", "mean", lambda a, b: np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))),
    ("rel_error", "floor_on_diff", lambda a, b: np.max(np.maximum(1e-8, abs(a - b)) / (abs(a) + abs(b)))),
    ("rel_error", "floor_added", lambda a, b: np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8))),
    ("rel_error", "norm_of_diff_over_diff", _norm_error),
    ("rel_error", "sums_first", lambda a, b: abs(a.sum() - b.sum()) / max(1e-8, abs(a.sum()) + abs(b.sum()))),
    ("rel_error", "no_floor", lambda a, b: (np.abs(a - b) / (np.abs(a) + np.abs(b))).max()),
    ("rel_error", "signed", lambda a, b: np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))),
    ("conv_backward", "dA_assign", _dA_assigned),
    ("conv_backward", "dA_assign", _dA_assigned_after_channels),
    ("conv_backward", "dW_assign", _dW_assigned),
    ("conv_backward", "crop_topleft", _conv(crop=lambda dA, p, A: dA[:, : A.shape[1], : A.shape[2], :])),
    ("conv_backward", "crop_bottomright", _conv(crop=lambda dA, p, A: dA[:, -A.shape[1] :, -A.shape[2] :, :])),
    ("conv_backward", "crop_noop", _noop),
    ("conv_backward", "crop_neg", _conv(crop=lambda dA, p, A: dA[:, p:-p, p:-p, :])),
    ("conv_backward", "crop_neg", _cropped_in_a_loop),
    ("conv_backward", "db_often", _parts(lambda dA, dW, db, dZ, cache: (dA, dW, sum([db] * dZ.shape[-1])))),
    ("conv_backward", "x_not_padded", _conv(pad=lambda A, p: A)),
    ("conv_backward", "first_example", _conv(example=lambda i, m: 0)),
    ("conv_backward", "flip", _conv(_turned)),
    ("conv_backward", "flip", _conv(_reversed_slices)),
    ("conv_backward", "flip", _conv(_turned_all)),
    ("conv_backward", "dz_swapped", _conv(delta=lambda dZ, i, h, w, c: dZ[i, w, h, c])),
    ("conv_backward", "dA_last_pixel", _last_pixel),
    ("conv_backward", "dA_last_pixel", _conv(_first_pixel)),
    ("conv_backward", "dW_uses_dA", _dW_of_the_gradient),
    ("conv_backward", "db_all_c", _parts(_db_of_everything)),
    ("conv_backward", "db_all_c", _db_in_loop),
    ("conv_backward", "mean_m", _parts(lambda dA, dW, db, dZ, cache: (dA, dW / len(dZ), db / dZ.shape[0]))),
    ("conv_backward", "mean_m", _parts(lambda dA, dW, db, dZ, cache: (dA / len(dZ), dW / len(dZ), db / len(dZ)))),
    ("conv_backward", "early_return", _conv(stop="i")),
    ("conv_backward", "early_return", _conv(stop="h")),
    ("conv_backward", "early_return", _conv(stop="w")),
    ("conv_backward", "relu_gate", _conv(delta=lambda dZ, i, h, w, c: max(dZ[i, h, w, c], 0))),
    ("conv_backward", "relu_gate", lambda dZ, cache: two_loops(dZ * (dZ > 0), cache)),
    ("conv_backward", "no_stride", _conv(start=lambda h, w, s, f, p: (h, w))),
    ("conv_backward", "db_shape", _parts(lambda dA, dW, db, dZ, cache: (dA, dW, dZ.sum(axis=(0, 1, 2))))),
    ("create_mask_from_window", "argmax_one", lambda x: np.arange(x.size).reshape(x.shape) == np.argmax(x)),
    ("create_mask_from_window", "argmax_one", lambda x: _argmax(x, True, None).astype(bool)),
    ("create_mask_from_window", "axis1_nokeep", lambda x: x == np.max(x, axis=1)[:, np.newaxis]),
    ("create_mask_from_window", "axis1_nokeep", lambda x: x == np.max(x, axis=0)),
    ("create_mask_from_window", "axis1_nokeep", lambda x: x == np.max(x, axis=1)),
    ("create_mask_from_window", "positive", lambda x: x > 0),
    ("create_mask_from_window", "min", lambda x: np.min(x) == x),
    ("create_mask_from_window", "index", lambda x: np.argmax(x)),
    ("create_mask_from_window", "largest", lambda x: sorted(x.ravel())[-1]),
    ("create_mask_from_window", "index", lambda x: np.unravel_index(np.argmax(x), x.shape)),
    ("create_mask_from_window", "index", lambda x: np.where(x == x.max())),
    ("create_mask_from_window", "index", lambda x: np.argwhere(x == x.max())),
    ("distribute_value", "no_dz", lambda dz, shape: np.ones(shape) / (shape[0] * shape[1])),
    ("distribute_value", "div_sum", lambda dz, shape: np.ones(shape) * dz / sum(shape)),
    ("distribute_value", "one_cell", lambda dz, shape: np.pad([[dz]], ((0, shape[0] - 1), (0, shape[1] - 1)))),
    ("distribute_value", "transposed", lambda dz, shape: np.ones((shape[1], shape[0])) * dz / np.prod(shape)),
    ("distribute_value", "one_number", lambda dz, shape: dz / np.prod(shape)),
    ("pool_backward", "avg_assign", _assigning("average")),
    ("pool_backward", "max_assign", _assigning("max")),
    ("pool_backward", "assign", _assigning("max", "average")),
    ("pool_backward", "no_stride", _pool(start=lambda h, w, s, f: (h, w))),
    ("pool_backward", "da_at_start", _pool(delta=lambda dA, i, h, w, c, top, left, f: dA[i, top, left, c])),
    (
        "pool_backward",
        "da_slice",
        _pool(delta=lambda dA, i, h, w, c, top, left, f: dA[i, top : top + f, left : left + f, c]),
    ),
    ("pool_backward", "argmax_one", _pool(_argmax)),
    ("pool_backward", "argmax_one", _pool(_running_first)),
    ("pool_backward", "share_ties", _pool(lambda x, d, grad: (x == x.max()) * d / np.sum(x == x.max()))),
    ("pool_backward", "mask_from_grad", _pool(lambda x, d, grad: (grad == grad.max()) * d)),
    ("pool_backward", "avg_no_div", _pool(mean=lambda x, d, grad: d)),
    ("pool_backward", "avg_wrong_grow", _pool(mean=lambda x, d, grad: d * np.mean(x))),
    ("pool_backward", "loop_prev", _loop_prev),
    ("pool_backward", "early_return", _pool(stop="i")),
    ("pool_backward", "early_return", _pool(stop="h")),
    ("find_bias_in_sum", "wrong_arguments", lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)))),
    ("find_bias_in_sum", "unusable", lambda: (np.ones((2, 2, 1)), np.ones((3, 3, 2)), np.ones((1, 1, 1)))),
    ("find_bias_in_sum", "still_hidden", lambda: (np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.ones((1, 1, 1)))),
    ("mend_bias_in_sum", "not_mended", lambda a, W, b: np.sum(a * W + b[0, 0, 0])),
    ("mend_bias_in_sum", "not_mended", _bias_in_loop),
    ("find_overlap_assigned", "wrong_arguments", lambda: (np.ones((2, 2)), np.ones((3, 3)))),
    ("find_overlap_assigned", "still_hidden", lambda: (np.ones((1, 1)), np.ones((2, 2)), 2, 1)),
    ("find_overlap_assigned", "still_hidden", lambda: (np.zeros((2, 2)), np.ones((3, 3)), 2, 1)),
    ("mend_overlap_assigned", "not_mended", _plane(_assign)),
    ("mend_overlap_assigned", "no_stride", _plane(step=lambda h, w, f, s: (h, w))),
    ("mend_overlap_assigned", "argmax_one", _plane(_add_first)),
    ("mend_overlap_assigned", "all_g", _plane(_add_all)),
    ("find_crop_at_pad_0", "wrong_arguments", lambda: (np.ones((2, 2)), np.ones((3, 3)), 0)),
    ("find_crop_at_pad_0", "still_hidden", lambda: (np.ones((4, 4)), np.ones((3, 3)), np.ones((2, 2)), 1)),
    ("mend_crop_at_pad_0", "not_mended", _scatter(crop=lambda dx, x, p: dx[p:-p, p:-p])),
    ("mend_crop_at_pad_0", "not_cropped", _scatter(crop=lambda dx, x, p: dx)),
    ("mend_crop_at_pad_0", "crop_topleft", _scatter(crop=lambda dx, x, p: dx[: x.shape[0], : x.shape[1]])),
)


def _twice_padded(A, p):
    return _np_pad(_np_pad(A, p), p)


def _dW_sum(W, d, window, c):
    return np.sum(window) * d


WILD = {
    "numerical_gradient": (
        _whole_array,
        _numeric(lambda pos, neg, df, h: np.sum((pos - neg) * df) / 2 * h),  # brackets left out
        _numeric(lambda pos, neg, df, h: np.sum((pos + neg) * df) / (2 * h)),
        _numeric(lambda pos, neg, df, h: np.max((pos - neg) * df) / (2 * h)),
        _numeric(lambda pos, neg, df, h: np.sum(pos - neg) / (2 * h) * np.mean(df)),
        _numeric(_centred, step=1e-13),
        _numeric(lambda pos, neg, df, h: np.sum((pos - neg) * df) / (2 * 1e-5)),
        lambda f, x, df, h=1e-5: by_copies(f, x, df, h)[..., ::-1],
        lambda f, x, df, h=1e-5: by_copies(f, x, df, h).ravel(),
        lambda f, x, df, h=1e-5: by_copies(f, x, df, h).astype(np.float32).round(1),
        lambda f, x, df, h=1e-5: by_copies(f, x, df, h) * df if np.shape(df) == x.shape else by_copies(f, x, df, h),
        lambda f, x, df, h=1e-5: np.gradient(np.asarray(f(x)) * df) if x.ndim == 1 else by_copies(f, x, df, h),
        lambda f, x, df, h=1e-5: [by_copies(f, x, df, h).sum()],
        lambda f, x, df, h=1e-5: by_copies(lambda y: np.array(f(y)) * df, x, np.asarray(df), h),
    ),
    "rel_error": (
        lambda a, b: np.max(np.abs(a - b)) / np.maximum(1e-8, np.max(np.abs(a) + np.abs(b))),
        lambda a, b: np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-2)),
        lambda a, b: np.max(np.abs(np.abs(a) - np.abs(b)) / np.maximum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: np.max((a - b) ** 2 / np.maximum(1e-8, a**2 + b**2)),
        lambda a, b: np.max(np.abs(a - b) / np.minimum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: np.median(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: np.max(np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b))),
        lambda a, b: np.allclose(a, b),
        lambda a, b: 100 * np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: np.argmax(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))),
        lambda a, b: np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)).max(),
        lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.sqrt(a**2.0 + b**2))),
        lambda a, b: np.abs(np.max(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b))),
    ),
    "conv_backward": (
        _conv(dW_line=lambda W, d, window, c: window[::-1, ::-1] * d),
        _conv(dW_line=lambda W, d, window, c: window.transpose(1, 0, 2) * d),
        _conv(dW_line=_dW_sum),
        _conv(dW_line=lambda W, d, window, c: window * W[..., c]),
        _conv(dW_line=lambda W, d, window, c: W[..., c] * d),
        _conv(lambda W, d, window, c: window * d),
        _conv(lambda W, d, window, c: W[:, :, :, 0] * d),
        _conv(lambda W, d, window, c: W[:, :, :, ::-1][:, :, :, c] * d),
        _conv(lambda W, d, window, c: W[:, :, ::-1, c] * d),
        _conv(lambda W, d, window, c: W[::-1, :, :, c] * d),
        _conv(lambda W, d, window, c: W.sum(axis=3) * d),
        _conv(lambda W, d, window, c: W[:, :, :1, c] * d),
        _conv(pad=_twice_padded),
        _conv(pad=lambda A, p: np.pad(A, ((0, 0), (p, p), (p, p), (0, 0)), mode="edge")),
        _conv(start=lambda h, w, s, f, p: (w * s, h * s)),
        _conv(start=lambda h, w, s, f, p: (h * s, w)),
        _conv(start=lambda h, w, s, f, p: (h * s + p, w * s + p)),
        _conv(start=lambda h, w, s, f, p: (h * f, w * f)),
        _conv(delta=lambda dZ, i, h, w, c: dZ[i, h, w, 0]),
        _conv(delta=lambda dZ, i, h, w, c: dZ[0, h, w, c]),
        _conv(delta=lambda dZ, i, h, w, c: dZ[i, 0, 0, c]),
        _conv(delta=lambda dZ, i, h, w, c: dZ[i, -1 - h, -1 - w, c]),
        _conv(delta=lambda dZ, i, h, w, c: abs(dZ[i, h, w, c])),
        _conv(delta=lambda dZ, i, h, w, c: int(dZ[i, h, w, c] / 2)),
        _conv(example=lambda i, m: m - 1 - i),
        _conv(example=lambda i, m: i - 1),
        _conv(crop=lambda dA, p, A: dA[:, p : A.shape[1], p : A.shape[2], :]),
        _conv(crop=lambda dA, p, A: dA[:, p : p + A.shape[2], p : p + A.shape[1], :]),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW, db * 2)),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW / dZ[0, ..., 0].size, db)),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW + 0.1 * cache[1], db)),
        _parts(lambda dA, dW, db, dZ, cache: (dA * (cache[0] > 0), dW, db)),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW, dZ.sum(axis=(1, 2), keepdims=True)[:1])),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW, dZ[0].sum(axis=(0, 1)).reshape(1, 1, 1, -1))),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW, dZ.mean(axis=0).sum(axis=(0, 1)).reshape(1, 1, 1, -1))),
        _parts(lambda dA, dW, db, dZ, cache: (dA, db, dW)),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW)),
        _parts(lambda dA, dW, db, dZ, cache: {"dA": dA, "dW": dW, "db": db}),
        _parts(lambda dA, dW, db, dZ, cache: (dA.astype(int) // 2, dW, db)),
        lambda dZ, cache: two_loops(dZ, (cache[0], cache[1], cache[2], {"stride": 1, "pad": cache[3]["pad"]})),
        lambda dZ, cache: two_loops(dZ, (cache[0], cache[1], cache[2], {"stride": cache[3]["stride"], "pad": 0})),
        lambda dZ, cache: two_loops(dZ, (cache[0], cache[1], cache[2], {**cache[3], "stride": cache[3]["strides"]})),
    ),
    "create_mask_from_window": (
        lambda x: x >= x.mean(),
        lambda x: x == x[-1, -1],
        lambda x: x == x[0, 0],
        lambda x: x == max(x[0]),
        lambda x: np.maximum(x, 0) == x.max(),
        lambda x: x.max(),
        lambda x: np.isclose(x, x.max(), atol=1.5),
        lambda x: (x == x.max()).T,
        lambda x: (x == x.max()).any(axis=0),
        lambda x: x == max(0, x.max()),
        lambda x: np.ones_like(x),
    ),
    "distribute_value": (
        lambda dz, shape: np.full(shape, dz * shape[0] * shape[1]),
        lambda dz, shape: np.full(shape, dz / (shape[0] * shape[0])),
        lambda dz, shape: np.full(shape, dz / shape[0] * shape[1]),
        lambda dz, shape: np.full(shape, dz - shape[0] * shape[1]),
        lambda dz, shape: np.full(shape[0] * shape[1], dz / (shape[0] * shape[1])),
        lambda dz, shape: np.full((1, *shape), dz / (shape[0] * shape[1])),
        lambda dz, shape: np.full(shape, round(dz / (shape[0] * shape[1]), 1)),
        lambda dz, shape: np.zeros(shape),
        lambda dz, shape: np.full(shape, shape[0] * shape[1] / dz),
        lambda dz, shape: np.full((2, 2), dz / 4),
    ),
    "pool_backward": (
        _pool(lambda x, d, grad: (x == x.min()) * d),
        _pool(lambda x, d, grad: (x == x.max(axis=0)) * d),
        _pool(lambda x, d, grad: (x > 0) * d),
        _pool(lambda x, d, grad: (np.abs(x) == np.abs(x).max()) * d),
        _pool(lambda x, d, grad: (x == x.max()) * abs(d)),
        _pool(lambda x, d, grad: (x == x.max()) * max(d, 0)),
        _pool(lambda x, d, grad: (x == x[-1, -1]) * d),
        _pool(lambda x, d, grad: (x == max(0, x.max())) * d),
        _pool(lambda x, d, grad: (x == x.max()) * d - grad),
        _pool(lambda x, d, grad: np.where(x == x.max(), d, grad)),
        _pool(mean=lambda x, d, grad: d / 4),
        _pool(mean=lambda x, d, grad: x * d / x.size),
        _pool(mean=lambda x, d, grad: np.mean(x)),
        _pool(mean=lambda x, d, grad: d // x.size),
        _pool(mean=lambda x, d, grad: np.eye(len(x)) * d / len(x)),
        _pool(mean=lambda x, d, grad: d / (2 * len(x))),
        _pool(mean=lambda x, d, grad: 0),
        _pool(start=lambda h, w, s, f: (w * s, h * s)),
        _pool(start=lambda h, w, s, f: (h * s, w * f)),
        _pool(start=lambda h, w, s, f: (h * f, w * f)),
        _pool(start=lambda h, w, s, f: (h * s, w)),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[0, h, w, c]),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[i, h, w, 0]),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[i, h, w].sum()),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[i, 0, 0, c]),
        _pool(picked=lambda A, i, rows, columns, c: A[i - 1, rows, columns, c]),
        _pool(picked=lambda A, i, rows, columns, c: A[i, rows, columns, c - 1]),
        _pool(words="maximum"),
        lambda dA, cache, mode="max": pool_places(dA, cache),
        lambda dA, cache, mode="max": pool_places(dA, cache, mode).astype(int),
        lambda dA, cache, mode="max": pool_places(dA, cache, mode) / dA.shape[-1],
        lambda dA, cache, mode="max": (pool_places(dA, cache, mode), cache),
        lambda dA, cache, mode="max": pool_places(dA, (cache[0], {"f": 2, "stride": cache[1]["stride"]}), mode),
        lambda dA, cache, mode="max": pool_loops(dA, (cache[0], cache[1]["size"]), mode),
    ),
    "find_bias_in_sum": (
        lambda: (1, 2, 3),
        lambda: np.ones((2, 2, 1)),
        lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.zeros((1, 1, 1))),
        lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)), "one"),
        lambda: (np.full((2, 2, 1), np.nan), np.ones((2, 2, 1)), np.ones((1, 1, 1))),
    ),
    "mend_bias_in_sum": (
        lambda a, W, b: np.sum(a * W),
        lambda a, W, b: np.sum(a * W + b.item() / 4),
        lambda a, W, b: np.sum(a * W) * b.item(),
        lambda a, W, b: np.sum(a + W) + b.item(),
        lambda a, W, b: np.sum(a * W + b.item() / W.shape[0] ** 2),
    ),
    "find_overlap_assigned": (
        lambda: (np.ones((2, 2)), np.arange(16.0).reshape(4, 4), 2, 2),
        lambda: (np.ones((3, 3)), np.zeros((9, 9)), 3, 3),
        lambda: (np.ones((5, 5)), np.ones((3, 3)), 2, 1),
        lambda: (np.ones((2, 2)), np.ones((3, 3)), 2, 0),
        lambda: (),
    ),
    "mend_overlap_assigned": (
        _plane(_assign_winners),
        _plane(lambda here, x, d: np.maximum(here, (x == x.max()) * d, out=here)),
        _plane(step=lambda h, w, f, s: (h * f, w * f)),
        _plane(delta=lambda dA, h, w: dA[0, 0]),
        _plane(lambda here, x, d: np.add(here, (x == x.max()), out=here)),
        _plane(lambda here, x, d: np.add(here, (x == x.max()) * d / (x == x.max()).sum(), out=here)),
    ),
    "find_crop_at_pad_0": (
        lambda: (np.ones((3, 3)), np.ones((3, 3)), np.ones((3, 3)), 2),
        lambda: (np.ones((5, 5)), np.ones((3, 3)), np.ones((2, 2)), 0),
        lambda: (np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2)), -1),
        lambda: (np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2)), "0"),
        lambda: [0, 0, 0, 0],
    ),
    "mend_crop_at_pad_0": (
        _scatter(crop=lambda dx, x, p: dx[p:-p, p:-p] if p else np.zeros(x.shape)),
        _scatter(crop=lambda dx, x, p: dx[p : -p - 1, p : -p - 1]),
        _scatter(crop=lambda dx, x, p: dx[p : x.shape[0], p : x.shape[1]]),
        _scatter(lambda w, d: w[::-1, ::-1] * d, crop=_right_crop),
        _scatter(lambda w, d: w.T * d, crop=_right_crop),
        _scatter(crop=lambda dx, x, p: dx[-p or None : p or None]),
    ),
}


def _shared_buffer(dZ, cache):
    """One array for the gradients of all examples."""
    A_prev, W, _, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, dW, db = two_loops(dZ, cache)
    da, dA = np.zeros(_np_pad(A_prev, p).shape[1:]), np.zeros(A_prev.shape)
    for i in range(len(dZ)):
        for h, w, c in np.ndindex(*dZ.shape[1:]):
            da[h * s : h * s + f, w * s : w * s + f] += W[:, :, :, c] * dZ[i, h, w, c]
        dA[i] = da[p : p + A_prev.shape[1], p : p + A_prev.shape[2]]
    return dA, dW, db


def _correlated_without_stride(dZ, cache):
    """The gradient of the weights as a correlation with δ, without zeros between."""
    A_prev, W, _, hparameters = cache
    dA, dW, db = two_loops(dZ, cache)
    A_pad = _np_pad(A_prev, hparameters["pad"])
    for r, q, k, c in np.ndindex(*W.shape):
        dW[r, q, k, c] = np.sum(A_pad[:, r : r + dZ.shape[1], q : q + dZ.shape[2], k] * dZ[..., c])
    return dA, dW, db


def _only_whole_steps(dZ, cache):
    """Leave the last row and column of outputs out."""
    shorter = dZ.copy()
    shorter[:, -1], shorter[:, :, -1] = 0, 0
    return two_loops(shorter, cache)


def _integer_buffers(dZ, cache):
    return tuple(np.asarray(part / 3).astype(int) * 3 for part in two_loops(dZ, cache))


def _changes_dZ(dZ, cache):
    result = two_loops(dZ, cache)
    dZ[0, 0, 0, 0] += 1
    return result


def _argmax_of_example(dA, cache, mode="max"):
    """The winner of the whole map, not of the window."""
    if mode != "max":
        return pool_places(dA, cache, mode)
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    out = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(*dA.shape):
        rows, columns = slice(h * s, h * s + f), slice(w * s, w * s + f)
        out[i, rows, columns, c] += (A_prev[i, rows, columns, c] == A_prev[i, :, :, c].max()) * dA[i, h, w, c]
    return out


def _last_rows_left_out(dA, cache, mode="max"):
    shorter = dA.copy()
    shorter[:, -1] = 0
    return pool_places(shorter, cache, mode)


def _moved_and_kept(f, x, df, h=1e-5):
    grad = np.zeros(x.shape)
    for i in range(len(x)):  # rows, not cells
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        grad[i] = np.sum((np.array(f(up)) - np.array(f(down))) * df) / (2 * h)
    return grad


HELD_OUT = {
    "numerical_gradient": (
        _moved_and_kept,
        _numeric(lambda pos, neg, df, h: (np.sum(pos * df) - np.sum(neg)) / (2 * h)),
        _numeric(lambda pos, neg, df, h: np.sum((pos - neg) * df) / (2 * h) + h),
        lambda f, x, df, h=1e-5: by_copies(f, x, df, h * 100),
        lambda f, x, df, h=1e-5: by_copies(f, x * (1 + 1e-3), df, h),
    ),
    "rel_error": (
        lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) * np.abs(b))),
        lambda a, b: np.max(np.abs(a - b)) / np.max(np.abs(a) + np.abs(b) + 1e-8),
        lambda a, b: np.max(np.abs(a - b) / (1e-8 + np.maximum(a, b))),
        lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-3, np.abs(a) + np.abs(b))),
    ),
    "conv_backward": (
        _shared_buffer,
        _correlated_without_stride,
        _only_whole_steps,
        _integer_buffers,
        _changes_dZ,
        _conv(lambda W, d, window, c: W[:, ::-1, :, c] * d),
        _conv(lambda W, d, window, c: W[:, :, :, c].mean(axis=2, keepdims=True) * d),
        _conv(lambda W, d, window, c: W[:, :, :, c] * d * (window > 0)),
        _conv(dW_line=lambda W, d, window, c: window.mean(axis=2, keepdims=True) * d),
        _conv(dW_line=lambda W, d, window, c: window * d * d),
        _conv(start=lambda h, w, s, f, p: (h * s, w * f)),
        _conv(start=lambda h, w, s, f, p: (max(h * s - p, 0), max(w * s - p, 0))),
        _conv(crop=lambda dA, p, A: dA[:, p:-p, p:-p] if p else dA[:, :, ::-1]),
        _conv(crop=lambda dA, p, A: np.roll(dA, -p, axis=1)[:, : A.shape[1], : A.shape[2]]),
        _parts(lambda dA, dW, db, dZ, cache: (dA, dW, db + cache[2])),
    ),
    "create_mask_from_window": (
        lambda x: x > np.median(x),
        lambda x: x == sorted(x.ravel())[-1] if x.size > 1 else ~(x == x),
        lambda x: np.round(x / x.max()) == 1,
        lambda x: np.isclose(x, x.max(), atol=1e-3),
        lambda x: np.isclose(x, x.max(), rtol=0.1),
        lambda x: x.astype(int) == int(x.max()),
        lambda x: x.argmax(axis=0) == np.arange(x.shape[1]) if x.shape[0] == x.shape[1] else x == x.max(),
    ),
    "distribute_value": (
        lambda dz, shape: np.full(shape, dz / len(shape)),
        lambda dz, shape: np.full(shape, int(dz) / (shape[0] * shape[1])),
        lambda dz, shape: np.full(shape, dz / max(4, shape[0] * shape[1])),
        lambda dz, shape: np.linspace(0, 2 * dz / (shape[0] * shape[1]), shape[0] * shape[1]).reshape(shape),
    ),
    "pool_backward": (
        _argmax_of_example,
        _last_rows_left_out,
        _pool(lambda x, d, grad: (x == x.max()) * d if x.max() > 0 else 0),
        _pool(lambda x, d, grad: (x == np.median(x)) * d),
        _pool(lambda x, d, grad: (x >= x.mean()) * d),
        _pool(lambda x, d, grad: (x == x.max()) * d * x.size),
        _pool(mean=lambda x, d, grad: d / np.count_nonzero(x + 99) if x.max() > -1 else d),
        _pool(mean=lambda x, d, grad: d / max(1, np.sum(x != 0))),
        _pool(mean=lambda x, d, grad: (x == x.max()) * d / x.size),
        _pool(start=lambda h, w, s, f: (h * s, w * max(s, f))),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[i, h, w, c - 1]),
        _pool(delta=lambda dA, i, h, w, c, *_: dA[i, h].mean()),
    ),
    "find_bias_in_sum": (
        lambda: (np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.ones((1, 1, 1)), 4.0),
        lambda: (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), np.zeros((1, 1, 1))),
    ),
    "mend_bias_in_sum": (
        lambda a, W, b: np.sum(a * W) + W.size * b.item() / a.shape[0],
        lambda a, W, b: np.sum(a * W) + abs(b.item()),
    ),
    "find_overlap_assigned": (
        lambda: (np.ones((1, 2)), np.array([[1.0, 2.0, 3.0, 4.0], [0, 0, 0, 0]]), 2, 2),
        lambda: (np.ones((2, 2)), np.zeros((2, 2)), 1, 1),
    ),
    "mend_overlap_assigned": (
        _plane(lambda here, x, d: np.copyto(here, (x == x.max()) * d, where=here == 0)),
        _plane(lambda here, x, d: np.add(here, (x == x.max()) * max(d, 0), out=here)),
    ),
    "find_crop_at_pad_0": (
        lambda: (np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2))),
        lambda: (np.ones((6, 6)), np.ones((3, 3)), np.ones((2, 2)), 2),
    ),
    "mend_crop_at_pad_0": (
        _scatter(crop=lambda dx, x, p: dx[p:-p, p:-p] if p else dx[:-1, :-1]),
        _scatter(crop=lambda dx, x, p: dx[max(p, 1) : max(p, 1) + x.shape[0], max(p, 1) : max(p, 1) + x.shape[1]]),
    ),
}
