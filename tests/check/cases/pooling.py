"""Notebook 04."""

import numpy as np

from cnnlab.check.alternatives.pooling import field_and_jump, four_loops, windows_view
from tests.check.learner import written

POOL = """
def pool_forward(A_prev, hparameters, mode="max"):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    f = hparameters["f"]
    stride = hparameters["stride"]
    n_H = int(1 + (n_H_prev - f) / stride)
    n_W = int(1 + (n_W_prev - f) / stride)
    n_C = n_C_prev
    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    a_prev_slice = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(a_prev_slice)
                    elif mode == "average":
                        A[i, h, w, c] = np.mean(a_prev_slice)
    cache = (A_prev, hparameters)
    assert A.shape == (m, n_H, n_W, n_C)
    return A, cache
"""


_ALL_CHANNELS = "A_prev[i, vert_start:vert_end, horiz_start:horiz_end]"


def _changed(*changes):
    """Pooling as the other course's learners write it, with something changed."""
    return written(POOL, *changes)


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
    (
        "pool_forward",
        "no_stride",
        _changed(("vert_start = h * stride", "vert_start = h"), ("horiz_start = w * stride", "horiz_start = w")),
    ),
    ("pool_forward", "stride_one_way", _changed(("horiz_start = w * stride", "horiz_start = w"))),
    (
        "pool_forward",
        "end_stride",
        _changed(("vert_start + f", "vert_start + stride"), ("z_start + f", "z_start + stride")),
    ),
    (
        "pool_forward",
        "start_f",
        _changed(
            ("vert_start = h * stride", "vert_start = h * f"),
            ("w * stride", "w * f"),
            ("np.max(a_prev_slice)", "np.max(a_prev_slice) if a_prev_slice.size else 0"),
            ("np.mean(a_prev_slice)", "np.mean(a_prev_slice) if a_prev_slice.size else 0"),
        ),
    ),
    ("pool_forward", "nW_from_H", _changed(("(n_W_prev - f)", "(n_H_prev - f)"))),
    ("pool_forward", "nH_from_W", _changed(("(n_H_prev - f)", "(n_W_prev - f)"))),
    (
        "pool_forward",
        "no_plus1",
        _changed(
            ("int(1 + (n_H_prev - f) / stride)", "int((n_H_prev - f) / stride)"),
            ("int(1 + (n_W_prev - f) / stride)", "int((n_W_prev - f) / stride)"),
        ),
    ),
    (
        "pool_forward",
        "size_f_is_s",
        _changed(
            ("int(1 + (n_H_prev - f) / stride)", "n_H_prev // f"), ("int(1 + (n_W_prev - f) / stride)", "n_W_prev // f")
        ),
    ),
    (
        "pool_forward",
        "stride_is_f",
        _changed(
            ("int(1 + (n_H_prev - f) / stride)", "int(n_H_prev / f)"),
            ("int(1 + (n_W_prev - f) / stride)", "int(n_W_prev / f)"),
            ("stride\n            vert_end", "f\n            vert_end"),
            ("stride\n                horiz_end", "f\n                horiz_end"),
        ),
    ),
    (
        "pool_forward",
        "ceil",
        _changed(
            ("int(1 + (n_H_prev - f) / stride)", "1 + int(np.ceil((n_H_prev - f) / stride))"),
            ("int(1 + (n_W_prev - f) / stride)", "1 + int(np.ceil((n_W_prev - f) / stride))"),
        ),
    ),
    ("pool_forward", "all_channels", _changed(("horiz_end, c]", "horiz_end]"))),
    ("pool_forward", "all_channels", _changed(("horiz_end, c]", "horiz_end, :]"))),
    # In one mode only.
    ("pool_forward", "all_channels", _changed(("np.max(a_prev_slice)", f"np.max({_ALL_CHANNELS})"))),
    ("pool_forward", "all_channels", _changed(("np.mean(a_prev_slice)", f"np.mean({_ALL_CHANNELS})"))),
    ("pool_forward", "first_example", _changed(("A_prev[i,", "A_prev[0,"))),
    ("pool_forward", "first_channel", _changed(("horiz_end, c]", "horiz_end, 0]"))),
    ("pool_forward", "max_from_0", _changed(("np.max(a_prev_slice)", "np.max(a_prev_slice, initial=0)"))),
    (
        "pool_forward",
        "mode_ignored",
        _changed(('elif mode == "average":', 'elif mode == "avg":'), ('if mode == "max":', "if mode:")),
    ),
    ("pool_forward", "average_missing", _changed(('mode == "average"', 'mode == "mean"'))),
    ("pool_forward", "last_elem", _changed(("np.max(a_prev_slice)", "a_prev_slice[-1][-1]"))),
    ("pool_forward", "argmax", _changed(("np.max(a_prev_slice)", "np.argmax(a_prev_slice)"))),
    ("pool_forward", "int_out", _changed(("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_W, n_C), dtype=int)"))),
    (
        "pool_forward",
        "int_out",
        _changed(("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_W, n_C), A_prev.dtype)")),
    ),
    (
        "pool_forward",
        "early_return",
        _changed(
            ("    cache = ", "        cache = "),
            ("    assert A", "        assert A"),
            ("    return A", "        return A"),
        ),
    ),
    ("pool_forward", "results_swapped", _changed(("return A, cache", "return cache, A"))),
    ("pool_forward", "cache_of_result", _changed(("cache = (A_prev,", "cache = (A,"))),
    (
        "pool_forward",
        "window_turned",
        _changed(
            ("[i, vert_start:vert_end, horiz_start:horiz_end, c]", "[i, horiz_start:horiz_end, vert_start:vert_end, c]")
        ),
    ),
    ("pool_forward", "divided_by_f", _changed(("np.mean(a_prev_slice)", "np.sum(a_prev_slice) / f"))),
    ("pool_forward", "sum", _changed(("np.mean(a_prev_slice)", "np.sum(a_prev_slice)"))),
    ("pool_forward", "hard_coded", _changed(('stride = hparameters["stride"]', "stride = 2"))),
    ("pool_forward", "in_place", _changed(("    cache =", "    A_prev[A_prev < 0] = 0\n    cache ="))),
    (
        "receptive_field",
        "k_j",
        written("""
def receptive_field(layers):
    r, j = 1, 1
    for k, s in layers:
        r = r + k * j
        j = j * s
    return r
"""),
    ),
    (
        "receptive_field",
        "sum_j",
        written("""
def receptive_field(layers):
    r, j = 1, 1
    for k, s in layers:
        r += (k - 1) * j
        j += s
    return r
"""),
    ),
    (
        "receptive_field",
        "own_stride",
        written("""
def receptive_field(layers):
    r = 1
    jump = 1
    for (f, stride) in layers:
        jump *= stride
        r += (f - 1) * jump
    return r
"""),
    ),
    (
        "receptive_field",
        "first_k",
        written("""
def receptive_field(layers):
    r = 1
    jump = 1
    for (f, stride) in layers:
        r += (f - 1) * jump
        jump *= stride
        return r
"""),
    ),
    (
        "receptive_field",
        "starts_at_0",
        lambda layers: sum((f - 1) * int(np.prod([s for _, s in layers[:i]])) for i, (f, _) in enumerate(layers)),
    ),
    ("receptive_field", "skips_last", lambda layers: field_and_jump(layers[:-1])),
    ("receptive_field", "no_stride", lambda layers: 1 - len(layers) + sum(layer[0] for layer in layers)),
    (
        "receptive_field",
        "last_k",
        written("""
def receptive_field(layers):
    for f, stride in layers:
        field = f
    return field
"""),
    ),
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


# What follows was written after the probes were final.


def _start(A_prev, hparameters):
    f, s = hparameters["f"], hparameters["stride"]
    m, H, W, C = A_prev.shape
    n_H, n_W = int(1 + (H - f) / s), int(1 + (W - f) / s)
    return f, s, m, n_H, n_W, C, np.zeros((m, n_H, n_W, C))


def _largest_never_reset(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    largest = -np.inf
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        for value in window.ravel():
            largest = max(largest, value)
        A[i, h, w, c] = largest if mode == "max" else window.mean()
    return A, (A_prev, hparameters)


def _largest_of_all_channels_so_far(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w in np.ndindex(m, n_H, n_W):
        largest = -np.inf
        for c in range(C):
            window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
            largest = max(largest, window.max())
            A[i, h, w, c] = largest if mode == "max" else window.mean()
    return A, (A_prev, hparameters)


def _skips_the_first_row_and_column(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        largest = window[0, 0]
        for r in range(1, f):
            for q in range(1, f):
                if window[r, q] > largest:
                    largest = window[r, q]
        A[i, h, w, c] = largest if mode == "max" else window.mean()
    return A, (A_prev, hparameters)


def _window_swapped(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, w * s : w * s + f, h * s : h * s + f, c]
        A[i, h, w, c] = np.max(window) if mode == "max" else np.mean(window)
    return A, (A_prev, hparameters)


def _stride_for_rows_only(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        A[i, h, w, c] = _reduce(A_prev[i, h * s : h * s + f, w : w + f, c], mode)
    return A, (A_prev, hparameters)


def _column_too_few(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        A[i, h, w, c] = _reduce(A_prev[i, h * s : h * s + f, w * s : w * s + max(f - 1, 1), c], mode)
    return A, (A_prev, hparameters)


def _builtin_max(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        A[i, h, w, c] = max(window) if mode == "max" else sum(window) / f**2
    return A, (A_prev, hparameters)


def _argmax(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        A[i, h, w, c] = np.argmax(window) if mode == "max" else np.mean(window)
    return A, (A_prev, hparameters)


def _whole_number_mean(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        A[i, h, w, c] = np.max(window) if mode == "max" else np.sum(window) // (f * f)
    return A, (A_prev, hparameters)


def _always_four(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i, h, w, c in np.ndindex(*A.shape):
        window = A_prev[i, h * s : h * s + f, w * s : w * s + f, c]
        A[i, h, w, c] = np.max(window) if mode == "max" else np.sum(window) / 4
    return A, (A_prev, hparameters)


def _rounded_size(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    size = lambda n: round((n - f) / s) + 1  # noqa: E731
    return _loops(_right_cell, rows=lambda H, W, f, s: size(H), columns=lambda H, W, f, s: size(W))(
        A_prev, hparameters, mode
    )


def _default_is_average(A_prev, hparameters, mode="average"):
    return four_loops(A_prev, hparameters, mode)


def _unknown_word(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    reduce = {"max": np.max, "mean": np.mean}[mode]
    for i, h, w, c in np.ndindex(*A.shape):
        A[i, h, w, c] = reduce(A_prev[i, h * s : h * s + f, w * s : w * s + f, c])
    return A, (A_prev, hparameters)


def _writes_into_the_input(A_prev, hparameters, mode="max"):
    result = four_loops(A_prev, hparameters, mode)
    A_prev -= A_prev.mean().astype(A_prev.dtype)
    return result


def _one_example_only(A_prev, hparameters, mode="max"):
    A, cache = four_loops(A_prev, hparameters, mode)
    return A[0], cache


def _loops_too_far(A_prev, hparameters, mode="max"):
    f, s, m, n_H, n_W, C, A = _start(A_prev, hparameters)
    for i in range(m):
        for h in range(0, A_prev.shape[1], s):
            for w in range(0, A_prev.shape[2], s):
                for c in range(C):
                    A[i, h, w, c] = _reduce(A_prev[i, h : h + f, w : w + f, c], mode)
    return A, (A_prev, hparameters)


def _jump_of_last_big_stride(layers):
    field, jump = 1, 1
    for f, s in layers:
        field += (f - 1) * jump
        jump = s if s > 1 else jump
    return field


def _field_times_stride(layers):
    field = 1
    for f, s in layers:
        field = field * s + (f - 1)
    return field


def _reads_names(layers):
    field, jump = 1, 1
    for layer in layers:
        field += (layer["f"] - 1) * jump
        jump *= layer["stride"]
    return field


def _first_strides_only(layers):
    field = layers[0][0]
    for (_, before), (f, _) in zip(layers, layers[1:], strict=False):
        field += (f - 1) * before * layers[0][1]
    return field


def _odd_windows_only(layers):
    field, jump = 1, 1
    for f, s in layers:
        field += 2 * (f // 2) * jump
        jump *= s
    return field


def _list_of_fields(layers):
    fields, field, jump = [], 1, 1
    for f, s in layers:
        field += (f - 1) * jump
        jump *= s
        fields.append(field)
    return fields


def _below_first(window):
    largest = window[0][0]
    for row in window:
        for value in row:
            if value < largest:
                largest = value
    return largest


def _returns_too_early(window):
    largest = window[0, 0]
    for row in window:
        for value in row:
            if value > largest:
                largest = value
        return largest


def _row_by_row_from_zero(window):
    largest = window[0, 0]
    for row in window:
        best = 0
        for value in row:
            best = max(best, value)
        largest = max(largest, best)
    return largest


HELD_OUT = {
    "pool_forward": (
        _changed(("range(m)", "range(1, m)")),
        _changed(("np.max(a_prev_slice)", "np.max(np.abs(a_prev_slice))")),
        _changed(("np.mean(a_prev_slice)", "np.sum(a_prev_slice) / (stride * stride)")),
        _changed(("np.max(a_prev_slice)", "np.sort(a_prev_slice.ravel())[-2:][0]")),
        _changed(("np.mean(a_prev_slice)", "(a_prev_slice.max() + a_prev_slice.min()) / 2")),
        _changed(("vert_start + f", "vert_start + f - 1")),
        _changed(("vert_start = h * stride", "vert_start = min(h * stride, n_W_prev - f)")),
        _changed(("np.mean(a_prev_slice)", "np.mean(a_prev_slice[a_prev_slice != 0])")),
        _changed(("np.max(a_prev_slice)", "np.max(a_prev_slice, where=a_prev_slice > -8, initial=-8)")),
        _changed(("np.mean(a_prev_slice)", "round(np.mean(a_prev_slice), 2)")),
        _changed(("np.max(a_prev_slice)", "int(np.max(a_prev_slice))")),
        _changed(("np.max(a_prev_slice)", "np.max(a_prev_slice, initial=-999_999)")),
        _changed(("range(n_W)", "range(min(n_H, n_W))")),
        _changed(("range(n_C)", "range(min(n_C, 3))")),
        _changed(("cache = (A_prev, hparameters)", "cache = (A_prev, hparameters, mode)")),
        _changed(("cache = (A_prev, hparameters)", "cache = (A_prev, {'f': f, 'stride': f})")),
        _changed(("np.max(a_prev_slice)", "np.max(A_prev[i, vert_start:vert_end, horiz_start:horiz_end])")),
        _changed(("np.max(a_prev_slice)", "np.mean(np.max(a_prev_slice, axis=0))")),
        _changed(("np.mean(a_prev_slice)", "np.mean(np.max(a_prev_slice, axis=0))")),
        _changed(("np.max(a_prev_slice)", "np.percentile(a_prev_slice, 95)")),
        _changed(("np.max(a_prev_slice)", "max(a_prev_slice[0].max(), a_prev_slice[-1].max())")),
        _changed(("np.max(a_prev_slice)", "np.max(a_prev_slice, initial=-1000)")),
        _largest_never_reset,
        _largest_of_all_channels_so_far,
        _skips_the_first_row_and_column,
        _window_swapped,
        _stride_for_rows_only,
        _column_too_few,
        _builtin_max,
        _argmax,
        _whole_number_mean,
        _always_four,
        _rounded_size,
        _default_is_average,
        _unknown_word,
        _writes_into_the_input,
        _one_example_only,
        _loops_too_far,
    ),
    "receptive_field": (
        _jump_of_last_big_stride,
        _field_times_stride,
        _reads_names,
        _first_strides_only,
        _odd_windows_only,
        _list_of_fields,
    ),
    "mend_zero_start": (
        _below_first,
        _returns_too_early,
        _row_by_row_from_zero,
        lambda window: max(-999_999, np.max(window)),
        lambda window: np.round(np.max(window), 3),
    ),
    "find_zero_start": (
        lambda: np.array([[0.0, -1.0], [-2.0, -3.0]]),
        lambda: (np.array([[-1.0, -2.0]]), 1),
        lambda: np.array([["-1", "-2"]]),
    ),
}
