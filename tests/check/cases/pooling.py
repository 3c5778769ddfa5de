"""Notebook 04."""

import numpy as np

from cnnlab.check.alternatives.pooling import four_loops, windows_view


def _loops(cell, *, rows=None, columns=None, store=None, mode_word="max", fill=np.zeros, cache=None):
    """The learner's loops with one thing changed."""

    def fn(A_prev, hparameters, mode="max"):
        f, s = hparameters["f"], hparameters["stride"]
        m, H, W, C = A_prev.shape
        n_H = (H - f) // s + 1 if rows is None else rows(H, W, f, s)
        n_W = (W - f) // s + 1 if columns is None else columns(H, W, f, s)
        A = fill((m, n_H, n_W, C))
        for i in range(m):
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(C):
                        A[i, h, w, c] = cell(A_prev, i, h, w, c, f, s, mode)
        return A, (A_prev, hparameters)

    return fn


def _reduce(window, mode):
    return np.max(window) if mode == "max" else np.mean(window)


def _no_stride(A, i, h, w, c, f, s, mode):
    return _reduce(A[i, h : h + f, w : w + f, c], mode)


def _end_stride(A, i, h, w, c, f, s, mode):
    return _reduce(A[i, h * s : h * s + s, w * s : w * s + s, c], mode)


def _no_channel(A, i, h, w, c, f, s, mode):
    return _reduce(A[i, h * s : h * s + f, w * s : w * s + f], mode)


def _first_example(A, i, h, w, c, f, s, mode):
    return _reduce(A[0, h * s : h * s + f, w * s : w * s + f, c], mode)


def _running_from_zero(A, i, h, w, c, f, s, mode):
    window = A[i, h * s : h * s + f, w * s : w * s + f, c]
    if mode == "average":
        return sum(window.flat) / (f * f)
    best = 0
    for value in window.flat:
        best = max(best, value)
    return best


def _last_of_window(A, i, h, w, c, f, s, mode):
    window = A[i, h * s : h * s + f, w * s : w * s + f, c]
    return window[-1, -1] if mode == "max" else window.mean()


def _right_cell(A, i, h, w, c, f, s, mode):
    return _reduce(A[i, h * s : h * s + f, w * s : w * s + f, c], mode)


def _returns_in_loop(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, W, C = A_prev.shape
    A = np.zeros((m, 1 + (H - f) // s, 1 + (W - f) // s, C))
    for i in range(m):
        for h in range(A.shape[1]):
            for w in range(A.shape[2]):
                for c in range(C):
                    A[i, h, w, c] = _right_cell(A_prev, i, h, w, c, f, s, mode)
        return A, (A_prev, hparameters)


def _both_max(A_prev, hparameters, mode="max"):
    return four_loops(A_prev, hparameters, "max")


def _zeros_like(A_prev, hparameters, mode="max"):
    A, cache = four_loops(A_prev, hparameters, mode)
    return A.astype(A_prev.dtype), cache


def _no_cache(A_prev, hparameters, mode="max"):
    return four_loops(A_prev, hparameters, mode)[0]


def _empty_cache(A_prev, hparameters, mode="max"):
    return four_loops(A_prev, hparameters, mode)[0], None


def _ceil_by_range(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    n_H, n_W = (int(np.ceil((n - f) / s)) + 1 for n in A_prev.shape[1:3])
    return _loops(_right_cell, rows=lambda *_: n_H, columns=lambda *_: n_W)(A_prev, hparameters, mode)


SLIPS = (
    ("pool_forward", "no_stride", _loops(_no_stride)),
    ("pool_forward", "end_stride", _loops(_end_stride)),
    ("pool_forward", "all_channels", _loops(_no_channel)),
    ("pool_forward", "first_example", _loops(_first_example)),
    ("pool_forward", "max_from_0", _loops(_running_from_zero)),
    ("pool_forward", "last_elem", _loops(_last_of_window)),
    ("pool_forward", "early_return", _returns_in_loop),
    ("pool_forward", "mode_ignored", _both_max),
    ("pool_forward", "int_out", _zeros_like),
    ("pool_forward", "ceil", _ceil_by_range),
    (
        "pool_forward",
        "no_plus1",
        _loops(_right_cell, rows=lambda H, W, f, s: (H - f) // s, columns=lambda H, W, f, s: (W - f) // s),
    ),
    ("pool_forward", "nW_from_H", _loops(lambda *a: 0.0, columns=lambda H, W, f, s: (H - f) // s + 1)),
    ("receptive_field", "no_stride", lambda layers: 1 + sum(f - 1 for f, _ in layers)),
    ("receptive_field", "last_k", lambda layers: layers[-1][0]),
    ("receptive_field", "product", lambda layers: int(np.prod([f for f, s in layers]))),
    ("find_zero_start", "still_hidden", lambda: np.array([[1.0, 2.0], [3.0, 4.0]])),
    ("find_zero_start", "still_hidden", lambda: np.array([[-1.0, 2.0], [-3.0, -4.0]])),
    ("mend_zero_start", "not_mended", lambda window: max(0, window.max())),
)


def _pool(change):
    def fn(A_prev, hparameters, mode="max"):
        A, cache = windows_view(A_prev, hparameters, mode)
        return change(A, A_prev, hparameters, mode), cache

    return fn


def _lp(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    view = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    soft = (np.abs(view.astype(float)) ** 8).mean((-1, -2)) ** (1 / 8)
    return soft if mode == "max" else view.mean((-1, -2)), (A_prev, hparameters)


def _centred(A_prev, hparameters, mode="max"):
    f = hparameters["f"]
    shifted = np.roll(A_prev, f // 2, axis=(1, 2))
    return windows_view(shifted, hparameters, mode)[0], (A_prev, hparameters)


def _ravel_mix(A, A_prev, hp, mode):
    return A.transpose(0, 3, 1, 2).ravel().reshape(A.shape)


def _second(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    view = np.lib.stride_tricks.sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    flat = np.sort(view.reshape(*view.shape[:4], -1), axis=-1)
    return (flat[..., -2] if f > 1 else flat[..., -1]) if mode == "max" else flat.mean(-1), (A_prev, hparameters)


WILD = {
    "pool_forward": (
        _lp,
        _centred,
        _second,
        _pool(_ravel_mix),
        _pool(lambda A, *_: A[:, ::-1]),
        _pool(lambda A, *_: A[::-1]),
        _pool(lambda A, *_: A[..., ::-1]),
        _pool(lambda A, *_: A * 1.001),
        _pool(lambda A, *_: np.round(A)),
        _pool(lambda A, *_: np.sqrt(np.abs(A))),
        _pool(lambda A, A_prev, hp, mode: A - A.mean()),
        _pool(lambda A, A_prev, hp, mode: A / hp["f"] if mode == "average" and hp["f"] > 2 else A),
        _pool(lambda A, A_prev, hp, mode: A if mode == "max" else np.round(A, 1)),
        _pool(lambda A, A_prev, hp, mode: A[:1].repeat(len(A), axis=0)),
        _pool(lambda A, A_prev, hp, mode: A.max(axis=3, keepdims=True) + 0 * A),
        _pool(
            lambda A, A_prev, hp, mode: A if A_prev.shape[1] == A_prev.shape[2] else A.swapaxes(1, 2).reshape(A.shape)
        ),
        _pool(lambda A, A_prev, hp, mode: A if hp["stride"] <= hp["f"] else A * 0),
        _pool(lambda A, A_prev, hp, mode: np.float16(A)),
        lambda A_prev, hparameters, mode="max": (
            windows_view(A_prev, {"f": 2, "stride": 2}, mode)[0],
            (A_prev, hparameters),
        ),
        _no_cache,
        _empty_cache,
        lambda A_prev, hparameters, mode="max": (
            windows_view(A_prev, hparameters, mode)[0],
            (A_prev.copy() * 0, hparameters),
        ),
        lambda A_prev, hparameters, mode="max": (windows_view(A_prev, hparameters, mode)[0], (A_prev, {"f": 2})),
        lambda A_prev, hparameters, mode="max": (
            windows_view(A_prev, hparameters, mode)[0],
            (A_prev, hparameters, mode),
        ),
        lambda A_prev, hparameters, mode="max": windows_view(A_prev.transpose(0, 3, 1, 2), hparameters, mode),
    ),
    "receptive_field": (
        lambda layers: max(f for f, _ in layers),
        lambda layers: len(layers) * 2 + 1,
        lambda layers: 1 + sum((f - 1) * s for f, s in layers),
        lambda layers: 1 + sum((f - 1) * 2**i for i, (f, _) in enumerate(layers)),
        lambda layers: 1 + sum((f - 1) * layers[0][1] ** i for i, (f, _) in enumerate(layers)),
        lambda layers: 1 + sum(f // 2 * 2 for f, s in layers),
        lambda layers: (field := 1) and [field := field * s + f - s for f, s in layers][-1],
        lambda layers: str(1 + sum(f - 1 for f, _ in layers)),
        lambda layers: 224,
        lambda layers: 1 + sum((f - 1) * max(s for _, s in layers) for f, _ in layers),
    ),
    "mend_zero_start": (
        lambda window: window.min(),
        lambda window: np.abs(window).max(),
        lambda window: max(-1, window.max()),
        lambda window: max(-100, window.max()),
        lambda window: window[0, 0],
        lambda window: max(row[0] for row in window),
        lambda window: window.max(axis=0),
    ),
    "find_zero_start": (
        lambda: np.zeros((2, 2)),
        lambda: "window",
        lambda: np.array([-1.0, -2.0]),
        lambda: np.zeros((0, 0)),
        lambda: np.array([[np.nan]]),
    ),
}
