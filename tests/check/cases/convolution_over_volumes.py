"""Notebook 03."""

import numpy as np

from cnnlab.check.alternatives.convolution_over_volumes import by_kind, four_loops, windows_view
from tests.check.learner import written

HELPERS = """
def zero_pad(X, pad):
    X_pad = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=(0, 0))
    return X_pad

def conv_single_step(a_slice_prev, W, b):
    s = np.multiply(a_slice_prev, W)
    Z = np.sum(s)
    return Z + b.item()
"""

CONV = """
def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    n_H = int((n_H_prev - f + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    weights = W[:, :, :, c]
                    biases = b[:, :, :, c]
                    Z[i, h, w, c] = conv_single_step(a_slice_prev, weights, biases)
    cache = (A_prev, W, b, hparameters)
    return Z, cache
"""


COUNT = """
def param_count(layer):
    if layer['type'] == 'conv':
        return layer['f'] * layer['f'] * layer['n_C_prev'] * layer['n_C'] + layer['n_C']
    elif layer['type'] == 'bn':
        return 2 * layer['n_C']
    elif layer['type'] == 'fc':
        return layer['n_H_prev'] * layer['n_W_prev'] * layer['n_C_prev'] * layer['n_out'] + layer['n_out']
    else:
        return 0
"""


def _changed(*changes):
    """The forward pass as the other course's learners write it, with something changed."""
    return written(CONV, *changes, before=HELPERS, name="conv_forward")


def _conv(cell, *, size=None, pad=None, dtype=float, cache=None):
    """The learner's loops with one thing changed."""

    def fn(A_prev, W, b, hparameters):
        s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
        m, H, W_, _ = A_prev.shape
        n_H, n_W = size(H, W_, f, p, s) if size else ((H + 2 * p - f) // s + 1, (W_ + 2 * p - f) // s + 1)
        Z = np.zeros((m, n_H, n_W, W.shape[3]), dtype)
        padded = pad(A_prev, p) if pad else np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
        for i in range(m):
            for h in range(n_H):
                for w in range(n_W):
                    for c in range(W.shape[3]):
                        Z[i, h, w, c] = cell(padded, W, b, i, h, w, c, f, s)
        return Z, (cache(A_prev, padded, W, b, hparameters) if cache else (A_prev, W, b, hparameters))

    return fn


def _at(padded, i, h, w, f, s):
    return padded[i, h * s : h * s + f, w * s : w * s + f]


def _right(padded, W, b, i, h, w, c, f, s):
    return np.sum(_at(padded, i, h, w, f, s) * W[..., c]) + b[0, 0, 0, c]


def _returns_early(A_prev, W, b, hparameters):
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    Z = np.zeros((len(A_prev), (padded.shape[1] - f) // s + 1, (padded.shape[2] - f) // s + 1, W.shape[3]))
    for i in range(len(A_prev)):
        for h, w, c in np.ndindex(*Z.shape[1:]):
            Z[i, h, w, c] = _right(padded, W, b, i, h, w, c, f, s)
        return Z, (A_prev, W, b, hparameters)


def _pads_in_place(A_prev, W, b, hparameters):
    result = four_loops(A_prev, W, b, hparameters)
    A_prev *= 2
    return result


SLIPS = (
    ("conv_single_step", "bias_inside", lambda a, W, b: np.sum(np.multiply(a, W) + b)),
    ("conv_single_step", "matmul", lambda a, W, b: np.sum(np.dot(a, W)) + b.item()),
    ("conv_single_step", "keeps_111", lambda a, W, b: np.sum(a * W) + b),
    ("conv_single_step", "keeps_111", lambda a, W, b: np.sum(a * W, keepdims=True) + b),
    ("conv_single_step", "sum_axis", lambda a, W, b: np.sum(a * W, axis=(0, 1)) + b.item()),
    ("conv_single_step", "int_cast", lambda a, W, b: int(np.sum(a * W) + b.item())),
    ("conv_single_step", "no_bias", lambda a, W, b: np.sum(a * W)),
    (
        "conv_forward",
        "no_stride",
        _conv(lambda x, W, b, i, h, w, c, f, s: _right(x, W, b, i, h, w, c, f, 1) if True else 0),
    ),
    (
        "conv_forward",
        "one_filter",
        _conv(lambda x, W, b, i, h, w, c, f, s: np.sum(_at(x, i, h, w, f, s) * W[..., 0]) + b[0, 0, 0, c]),
    ),
    (
        "conv_forward",
        "bias0",
        _conv(lambda x, W, b, i, h, w, c, f, s: np.sum(_at(x, i, h, w, f, s) * W[..., c]) + b[0, 0, 0, 0]),
    ),
    (
        "conv_forward",
        "bias_inside",
        _conv(lambda x, W, b, i, h, w, c, f, s: np.sum(_at(x, i, h, w, f, s) * W[..., c] + b[..., c])),
    ),
    (
        "conv_forward",
        "bias_vec",
        _conv(lambda x, W, b, i, h, w, c, f, s: np.sum(_at(x, i, h, w, f, s) * W[..., c]) + np.sum(b)),
    ),
    (
        "conv_forward",
        "sum_w_all",
        _conv(lambda x, W, b, i, h, w, c, f, s: np.sum(_at(x, i, h, w, f, s)[..., None] * W) + b[0, 0, 0, c]),
    ),
    (
        "conv_forward",
        "T_kernel",
        _conv(
            lambda x, W, b, i, h, w, c, f, s: (
                np.sum(_at(x, i, h, w, f, s) * W[..., c].transpose(1, 0, 2)) + b[0, 0, 0, c]
            )
        ),
    ),
    ("conv_forward", "int_out", lambda A_prev, W, b, hp: _conv(_right, dtype=A_prev.dtype)(A_prev, W, b, hp)),
    ("conv_forward", "early_return", _returns_early),
    ("conv_forward", "cache_padded", _conv(_right, cache=lambda A, padded, W, b, hp: (padded, W, b, hp))),
    ("conv_forward", "in_place", _pads_in_place),
    (
        "conv_forward",
        "in_place",
        _changed(("Z = np.zeros", "A_prev -= A_prev.mean().astype(A_prev.dtype)\n    Z = np.zeros")),
    ),
    (
        "conv_forward",
        "no_stride",
        _changed(("vert_start = h * stride", "vert_start = h"), ("horiz_start = w * stride", "horiz_start = w")),
    ),
    ("conv_forward", "stride_one_way", _changed(("vert_start = h * stride", "vert_start = h"))),
    (
        "conv_forward",
        "end_stride",
        _changed(("vert_start + f", "vert_start + stride"), ("z_start + f", "z_start + stride")),
    ),
    ("conv_forward", "start_f", _changed(("h * stride", "h * f"), ("w * stride", "w * f"))),
    (
        "conv_forward",
        "window_turned",
        _changed(
            ("[vert_start:vert_end, horiz_start:horiz_end, :]", "[horiz_start:horiz_end, vert_start:vert_end, :]")
        ),
    ),
    ("conv_forward", "no_plus1", _changed((" / stride) + 1", " / stride)"))),
    ("conv_forward", "ceil", _changed(("int((", "int(np.ceil(("), (" / stride) + 1", " / stride)) + 1"))),
    (
        "conv_forward",
        "prec",
        _changed(
            ("int((n_H_prev - f + 2 * pad) / stride)", "int(n_H_prev - f + 2 * pad / stride)"),
            ("int((n_W_prev - f + 2 * pad) / stride)", "int(n_W_prev - f + 2 * pad / stride)"),
        ),
    ),
    ("conv_forward", "pad_once", _changed(("2 * pad", "pad"))),
    ("conv_forward", "not_padded", _changed(("a_prev_pad = A_prev_pad[i]", "a_prev_pad = A_prev[i]"))),
    (
        "conv_forward",
        "start_minus_pad",
        _changed(("h * stride", "h * stride - pad"), ("w * stride", "w * stride - pad")),
    ),
    ("conv_forward", "all_axes", _changed(("zero_pad(A_prev, pad)", "np.pad(A_prev, pad)"))),
    ("conv_forward", "T_kernel", _changed(("W[:, :, :, c]", "np.swapaxes(W[:, :, :, c], 0, 1)"))),
    ("conv_forward", "one_filter", _changed(("W[:, :, :, c]", "W[:, :, :, 0]"))),
    (
        "conv_forward",
        "one_channel",
        _changed(("horiz_end, :]", "horiz_end, 0:1]"), ("W[:, :, :, c]", "W[:, :, 0:1, c]")),
    ),
    ("conv_forward", "bias0", _changed(("b[:, :, :, c]", "b[:, :, :, 0]"))),
    (
        "conv_forward",
        "bias_inside",
        _changed(("conv_single_step(a_slice_prev, weights, biases)", "np.sum(a_slice_prev * weights + biases)")),
    ),
    (
        "conv_forward",
        "bias_vec",
        _changed(("conv_single_step(a_slice_prev, weights, biases)", "np.sum(a_slice_prev * weights) + b.sum()")),
    ),
    ("conv_forward", "bias_twice", _changed(("weights, biases)", "weights, biases) + b[0, 0, 0, c]"))),
    (
        "conv_forward",
        "bias_per_channel",
        _changed(
            (
                "conv_single_step(a_slice_prev, weights, biases)",
                "sum(np.sum(a_slice_prev[..., k] * weights[..., k]) + biases.item() for k in range(n_C_prev))",
            )
        ),
    ),
    (
        "conv_forward",
        "sum_w_all",
        _changed(
            (
                "conv_single_step(a_slice_prev, weights, biases)",
                "np.tensordot(a_slice_prev, W, 3).sum() + biases.item()",
            )
        ),
    ),
    ("conv_forward", "int_out", _changed(("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_H, n_W, n_C), dtype=int)"))),
    (
        "conv_forward",
        "early_return",
        _changed(("    cache = ", "        cache = "), ("    return Z, cache", "        return Z, cache")),
    ),
    (
        "conv_forward",
        "early_return",
        _changed(
            ("    cache = ", "                cache = "), ("    return Z, cache", "                return Z, cache")
        ),
    ),
    ("conv_forward", "results_swapped", _changed(("return Z, cache", "return cache, Z"))),
    ("conv_forward", "padded_twice", _changed(("A_prev_pad[i]", "zero_pad(A_prev_pad, pad)[i]"))),
    ("conv_forward", "cache_padded", _changed(("cache = (A_prev,", "cache = (A_prev_pad,"))),
    ("conv_forward", "cache_of_result", _changed(("cache = (A_prev,", "cache = (Z,"))),
    ("conv_forward", "hard_coded", _changed(('stride = hparameters["stride"]', "stride = 1"))),
    ("conv_forward", "first_example", _changed(("A_prev_pad[i]", "A_prev_pad[0]"))),
    (
        "conv_forward",
        "total_not_reset",
        _changed(
            ("    for i in range(m):", "    total = 0\n    for i in range(m):"),
            (
                "Z[i, h, w, c] = conv_single_step(a_slice_prev, weights, biases)",
                "total += np.sum(a_slice_prev * weights)\n                    Z[i, h, w, c] = total + biases.item()",
            ),
        ),
    ),
    ("conv_forward", "last_missing", _changed(("range(n_H)", "range(n_H - 1)"), ("range(n_W)", "range(n_W - 1)"))),
    (
        "conv_forward",
        "swapped_size",
        _changed(
            ("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_W, n_H, n_C))"),
            ("range(n_H)", "range(Z.shape[1])"),
            ("range(n_W)", "range(Z.shape[2])"),
            (
                "a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]",
                "a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]",
            ),
            ("weights = W[:, :, :, c]", "weights = W[: a_slice_prev.shape[0], : a_slice_prev.shape[1], :, c]"),
        ),
    ),
    (
        "conv_single_step",
        "bias_inside",
        lambda a, W, b: sum(x * k + b.item() for x, k in zip(a.ravel(), W.ravel(), strict=True)),
    ),
    ("conv_single_step", "bias_twice", lambda a, W, b: np.sum(a * W, initial=b.item()) + b[0, 0, 0]),
    ("conv_single_step", "matmul", lambda a, W, b: (a @ W).sum() + b[0, 0, 0]),
    ("conv_single_step", "sum_axis", lambda a, W, b: sum(a * W) + b[0, 0, 0]),
    ("conv_single_step", "bias_times", lambda a, W, b: b[0, 0, 0] * np.vdot(a, W)),
    ("conv_single_step", "int_cast", lambda a, W, b: np.int64(np.vdot(a, W) + b.item())),
    ("conv_single_step", "add_wx", lambda a, W, b: np.sum(np.add(a, W)) + b.item()),
    (
        "conv_forward",
        "no_plus1",
        _conv(_right, size=lambda H, W, f, p, s: (int((H - f + 2 * p) / s), int((W - f + 2 * p) / s))),
    ),
    ("conv_forward", "not_padded", _conv(_right, pad=lambda A, p: A)),
    (
        "param_count",
        "no_bias",
        lambda layer: by_kind(layer) - layer.get("n_C", 0) * (layer["type"] == "conv") - layer.get("n_out", 0),
    ),
    (
        "param_count",
        "no_cin",
        lambda layer: by_kind({**layer, "n_C_prev": 1}) if layer["type"] == "conv" else by_kind(layer),
    ),
    ("param_count", "no_bias", written(COUNT, (" + layer['n_C']\n", "\n"), (" + layer['n_out']", ""))),
    ("param_count", "no_bias", written(COUNT, (" + layer['n_C']\n", "\n"))),
    ("param_count", "fc_no_bias", written(COUNT, (" + layer['n_out']", ""))),
    ("param_count", "no_cin", written(COUNT, (" * layer['n_C_prev'] * layer['n_C']", " * layer['n_C']"))),
    ("param_count", "no_cout", written(COUNT, (" * layer['n_C'] + layer['n_C']", " + 1"))),
    ("param_count", "one_bias", written(COUNT, (" + layer['n_C']\n", " + 1\n"))),
    ("param_count", "area", lambda layer: by_kind(layer) * layer.get("n_H", 1) * layer.get("n_W", 1)),
    ("param_count", "f_once", written(COUNT, ("layer['f'] * layer['f']", "layer['f']"))),
    ("param_count", "bn_running", written(COUNT, ("2 * layer['n_C']", "4 * layer['n_C']"))),
    ("param_count", "bn_one", written(COUNT, ("2 * layer['n_C']", "layer['n_C']"))),
    (
        "param_count",
        "pool_counted",
        written(
            COUNT,
            ("layer['type'] == 'conv'", "layer['type'] in ('conv', 'pool')"),
            ("layer['n_C_prev'] *", "layer.get('n_C_prev', layer['n_C']) *"),
        ),
    ),
    ("param_count", "fc_no_hw", written(COUNT, ("layer['n_H_prev'] * layer['n_W_prev'] * ", ""))),
    ("param_count", "fc_no_hw", lambda layer: by_kind({**layer, "n_H_prev": 1, "n_W_prev": 1})),
    ("param_count", "bn_running", lambda layer: by_kind(layer) * (2 if layer["type"] == "bn" else 1)),
    ("param_count", "pool_counted", lambda layer: layer["f"] ** 2 if layer["type"] == "pool" else by_kind(layer)),
)


def _after(change):
    def fn(A_prev, W, b, hparameters):
        Z, cache = windows_view(A_prev, W, b, hparameters)
        return change(Z, A_prev, W, b, hparameters), cache

    return fn


def _before(change):
    def fn(A_prev, W, b, hparameters):
        return windows_view(*change(A_prev, W, b, hparameters))[0], (A_prev, W, b, hparameters)

    return fn


WILD = {
    "conv_single_step": (
        lambda a, W, b: np.sum(a) * np.sum(W) + b.item(),
        lambda a, W, b: np.max(a * W) + b.item(),
        lambda a, W, b: np.sum(a * W[::-1]) + b.item(),
        lambda a, W, b: np.sum(a * W[..., ::-1]) + b.item(),
        lambda a, W, b: np.sum(a * W) + b.item() * W.shape[2],
        lambda a, W, b: np.sum(a[:2, :2] * W[:2, :2]) + b.item(),
        lambda a, W, b: round(float(np.sum(a * W) + b.item()), 2),
        lambda a, W, b: np.float16(np.sum(a * W) + b.item()),
        lambda a, W, b: np.sum(a * W) + abs(b.item()),
        lambda a, W, b: np.uint8(np.clip(np.sum(a * W) + b.item(), 0, 255)),
        lambda a, W, b: np.sum(a - W) + b.item(),
        lambda a, W, b: np.sqrt(np.sum((a * W) ** 2)) + b.item(),
        lambda a, W, b: np.trace(a[..., 0] @ W[..., 0].T) + b.item(),
        lambda a, W, b: [np.sum(a * W), b.item()],
        lambda a, W, b: str(np.sum(a * W) + b.item()),
        lambda a, W, b: np.sum(a * W) + (b.item() or 1),
    ),
    "conv_forward": (
        _after(lambda Z, *_: Z[:, ::-1]),
        _after(lambda Z, *_: Z[..., ::-1]),
        _after(lambda Z, *_: Z[::-1]),
        _after(lambda Z, *_: np.round(Z, 1)),
        _after(lambda Z, *_: np.float16(Z)),
        _after(lambda Z, *_: np.abs(Z)),
        _after(lambda Z, *_: Z - Z.mean()),
        _after(lambda Z, A, W, b, hp: Z + b),
        _after(lambda Z, A, W, b, hp: Z / len(A)),
        _after(lambda Z, A, W, b, hp: Z * (hp["pad"] < 2)),
        _after(lambda Z, A, W, b, hp: Z if A.shape[1] == A.shape[2] else Z.swapaxes(1, 2).reshape(Z.shape)),
        _after(lambda Z, A, W, b, hp: Z if W.shape[3] < 4 else Z * 0),
        _after(lambda Z, A, W, b, hp: Z.ravel(order="F").reshape(Z.shape)),
        _before(lambda A, W, b, hp: (A, W[..., ::-1, :], b, hp)),
        _before(lambda A, W, b, hp: (A, W[..., ::-1], b, hp)),
        _before(lambda A, W, b, hp: (A, W[::-1], b, hp)),
        _before(lambda A, W, b, hp: (A, W, b[..., ::-1], hp)),
        _before(lambda A, W, b, hp: (np.abs(A), W, b, hp)),
        _before(lambda A, W, b, hp: (A - A.mean(), W, b, hp)),
        _before(lambda A, W, b, hp: (np.roll(A, 1, axis=2), W, b, hp)),
        _before(lambda A, W, b, hp: (A[:1].repeat(len(A), 0) * 0.5 + A * 0.5, W, b, hp)),
        _before(lambda A, W, b, hp: (A, W, b, {"stride": hp["stride"], "pad": W.shape[0] // 2})),
        lambda A, W, b, hp: windows_view(A, W, b, hp)[0],
        lambda A, W, b, hp: (windows_view(A, W, b, hp)[0], None),
        lambda A, W, b, hp: (windows_view(A, W, b, hp)[0], (A, W, b)),
        lambda A, W, b, hp: (windows_view(A, W, b, hp)[0], (A, W, b, hp["stride"], hp["pad"])),
        lambda A, W, b, hp: (windows_view(A, W, b, hp)[0], (A, W * 0, b, hp)),
        lambda A, W, b, hp: (windows_view(A, W, b, hp)[0], A, W, b, hp),
        lambda A, W, b, hp: {"Z": windows_view(A, W, b, hp)[0]},
    ),
    "param_count": (
        lambda layer: 280,
        lambda layer: by_kind(layer) + 1,
        lambda layer: (
            by_kind({**layer, "n_C_prev": layer.get("n_C", 1)}) if layer["type"] == "conv" else by_kind(layer)
        ),
        lambda layer: by_kind(layer) if layer["type"] == "conv" else 0,
        lambda layer: (
            by_kind({**layer, "n_H_prev": layer.get("n_W_prev")}) if layer["type"] == "fc" else by_kind(layer)
        ),
        lambda layer: layer["f"] * layer.get("n_C_prev", 1) * layer["n_C"] if "f" in layer else by_kind(layer),
        lambda layer: str(by_kind(layer)),
        lambda layer: by_kind(layer) * (2 if layer["type"] == "conv" and layer["f"] == 1 else 1),
        lambda layer: by_kind(layer) if layer.get("n_out", 2) > 1 else 0,
        lambda layer: 2 * layer["n_C"] if "n_C" in layer else by_kind(layer),
        lambda layer: None if layer["type"] == "pool" else by_kind(layer),
    ),
}


# What follows was written after the probes were final.


def _loops_over_rows_only(a_slice_prev, W, b):
    f = W.shape[0]
    total = b[0, 0, 0]
    for h in range(f):
        for w in range(f):
            for c in range(f):  # takes f for the depth too
                total += a_slice_prev[h, w, c] * W[h, w, c]
    return total


def _total_restarts(a_slice_prev, W, b):
    for c in range(W.shape[2]):
        total = 0
        for h in range(W.shape[0]):
            for w in range(W.shape[1]):
                total += a_slice_prev[h, w, c] * W[h, w, c]
    return total + b.item()


def _returns_in_the_loop(a_slice_prev, W, b):
    total = 0
    for c in range(W.shape[2]):
        total += np.sum(a_slice_prev[:, :, c] * W[:, :, c])
        return total + b[0, 0, 0]


def _stops_short(a_slice_prev, W, b):
    total = 0
    for h in range(W.shape[0] - 1):
        for w in range(W.shape[1] - 1):
            total += np.sum(a_slice_prev[h, w] * W[h, w])
    return total + b.item()


def _row_by_row(a_slice_prev, W, b):
    s = 0
    for row, weights in zip(a_slice_prev, W, strict=True):
        s += np.dot(row.ravel(), weights.T.ravel())
    return s + b[0][0][0]


def _pad(A_prev, p):
    return np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)), mode="constant", constant_values=(0, 0))


def _conv_start(A_prev, W, b, hparameters):
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    m, H, W_, _ = A_prev.shape
    n_H, n_W = int((H - f + 2 * p) / s) + 1, int((W_ - f + 2 * p) / s) + 1
    return s, f, m, n_H, n_W, W.shape[3], np.zeros((m, n_H, n_W, W.shape[3])), _pad(A_prev, p)


def _total_never_reset(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                total = 0
                for c in range(n_C):
                    total += np.sum(A_prev_pad[i, h * s : h * s + f, w * s : w * s + f] * W[..., c])
                    Z[i, h, w, c] = total + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _bias_cell_grows(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    for k in range(W.shape[2]):
                        window = A_prev_pad[i, h * s : h * s + f, w * s : w * s + f, k]
                        Z[i, h, w, c] += np.sum(window * W[:, :, k, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _only_last_channel(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        for k in range(W.shape[2]):
            window = A_prev_pad[i, h * s : h * s + f, w * s : w * s + f, k]
            Z[i, h, w, c] = np.sum(window * W[:, :, k, c]) + b[0, 0, 0, c]  # = for +=
    return Z, (A_prev, W, b, hparameters)


def _rows_and_columns_swapped(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        window = A_prev_pad[i, w * s : w * s + f, h * s : h * s + f]
        Z[i, h, w, c] = np.sum(window * W[: window.shape[0], : window.shape[1], :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _stride_for_rows_only(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        Z[i, h, w, c] = np.sum(A_prev_pad[i, h * s : h * s + f, w : w + f] * W[..., c]) + b[..., c].item()
    return Z, (A_prev, W, b, hparameters)


def _window_as_long_as_the_stride(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        window = A_prev_pad[i, h * s : h * s + s, w * s : w * s + s]
        Z[i, h, w, c] = np.sum(window * W[:s, :s, :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _bias_by_first_index(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        Z[i, h, w, c] = np.sum(A_prev_pad[i, h * s : h * s + f, w * s : w * s + f] * W[..., c]) + float(b[c])
    return Z, (A_prev, W, b, hparameters)


def _filter_by_first_index(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i, h, w, c in np.ndindex(*Z.shape):
        Z[i, h, w, c] = np.sum(A_prev_pad[i, h * s : h * s + f, w * s : w * s + f] * W[c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _rounds_the_size(A_prev, W, b, hparameters):
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    m, H, W_, _ = A_prev.shape
    n_H, n_W = round((H - f + 2 * p) / s) + 1, round((W_ - f + 2 * p) / s) + 1
    Z, padded = np.zeros((m, n_H, n_W, W.shape[3])), _pad(A_prev, p)
    for i, h, w, c in np.ndindex(*Z.shape):
        window = padded[i, h * s : h * s + f, w * s : w * s + f]
        Z[i, h, w, c] = np.sum(window * W[: window.shape[0], : window.shape[1], :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _pads_every_axis(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, _ = _conv_start(A_prev, W, b, hparameters)
    padded = np.pad(A_prev, hparameters["pad"])
    for i, h, w, c in np.ndindex(*Z.shape):
        window = padded[i, h * s : h * s + f, w * s : w * s + f, : W.shape[2]]
        Z[i, h, w, c] = np.sum(window * W[..., c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _channels_of_the_input(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, _, _, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    n_C = A_prev.shape[3]
    Z = np.zeros((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(*Z.shape):
        window = A_prev_pad[i, h * s : h * s + f, w * s : w * s + f, c]
        Z[i, h, w, c] = np.sum(window * W[:, :, c, 0]) + b[0, 0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


def _takes_settings_out(A_prev, W, b, hparameters):
    s, p = hparameters.pop("stride"), hparameters.pop("pad")
    Z, _ = four_loops(A_prev, W, b, {"stride": s, "pad": p})
    return Z, (A_prev, W, b, hparameters)


def _turns_the_filter_in_place(A_prev, W, b, hparameters):
    Z, cache = four_loops(A_prev, W, b, hparameters)
    W[:] = W[::-1]
    return Z, cache


def _one_row_for_each_example(A_prev, W, b, hparameters):
    Z, cache = four_loops(A_prev, W, b, hparameters)
    return Z.reshape(len(A_prev), -1), cache


def _last_filter_left_out(A_prev, W, b, hparameters):
    s, f, m, n_H, n_W, n_C, Z, A_prev_pad = _conv_start(A_prev, W, b, hparameters)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C - 1):
                    window = A_prev_pad[i, h * s : h * s + f, w * s : w * s + f]
                    Z[i, h, w, c] = np.sum(window * W[..., c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _forgets_to_return(A_prev, W, b, hparameters):
    Z, cache = four_loops(A_prev, W, b, hparameters)
    assert Z.shape[0] == A_prev.shape[0]


def _pad_of_one_side(A_prev, W, b, hparameters):
    p, s, f = hparameters["pad"], hparameters["stride"], W.shape[0]
    padded = np.pad(A_prev, ((0, 0), (2 * p, 0), (2 * p, 0), (0, 0)))  # all of it at the top left
    Z, _ = four_loops(padded, W, b, {"stride": s, "pad": 0})
    return Z, (A_prev, W, b, hparameters)


def _no_kind_known(layer):
    if layer["type"] == "CONV":
        return (layer["f"] ** 2 * layer["n_C_prev"] + 1) * layer["n_C"]


def _reads_a_key_that_is_not_there(layer):
    weights = layer["f"] ** 2 * layer["n_C_prev"] * layer["n_C"]
    return weights + layer["n_C"] if layer["type"] == "conv" else 0


def _conv_rule(rule):
    return lambda layer: (
        rule(layer["f"], layer["n_C_prev"], layer["n_C"]) if layer["type"] == "conv" else by_kind(layer)
    )


HELD_OUT = {
    "conv_single_step": (
        _loops_over_rows_only,
        _total_restarts,
        _returns_in_the_loop,
        _stops_short,
        _row_by_row,
        lambda a, W, b: (a * W + b)[0, 0, 0],
        lambda a, W, b: np.sum(a * W) + float(b[0]),
        lambda a, W, b: np.prod(a * W) + b.item(),
    ),
    "conv_forward": (
        _changed(("range(m)", "range(1, m)")),
        _changed(("range(n_C)", "range(n_C_prev)")),
        _changed(("A_prev_pad[i]", "A_prev_pad[-1]")),
        _changed(("W[:, :, :, c]", "W[::-1, :, :, c]")),
        _changed(("b[:, :, :, c]", "b[:, :, :, -1]")),
        _changed(("zero_pad(A_prev, pad)", "zero_pad(A_prev, f // 2)")),
        _changed(("vert_start + f", "vert_start + f - 1")),
        _changed(
            ("np.zeros((m, n_H, n_W, n_C))", "np.ones((m, n_H, n_W, n_C))"), ("Z[i, h, w, c] =", "Z[i, h, w, c] +=")
        ),
        _changed(("W[:, :, :, c]", "W[:, :, :, c] / 1.0001")),
        _changed(("(A_prev, W, b, hparameters)\n    return", "(A_prev, W, b, {'stride': stride})\n    return")),
        _changed(
            ("(A_prev, W, b, hparameters)\n    return", "(A_prev, W, b, {'stride': stride, 'pad': 0})\n    return")
        ),
        _changed(("    return Z, cache", "    return np.round(Z, 3), cache")),
        _changed(("    return Z, cache", "    return Z.astype(np.float16), cache")),
        _changed(("int((n_W_prev - f", "int((n_W_prev - n_C_prev")),
        _changed(("W[:, :, :, c]", "W[:, :, ::-1, c]")),
        _changed(("Z[i, h, w, c]", "Z[i, w, h, c]"), ("np.zeros((m, n_H, n_W, n_C))", "np.zeros((m, n_W, n_H, n_C))")),
        _changed(("range(n_W)", "range(min(n_W, n_H))")),
        _changed(("h * stride", "min(h * stride, n_H_prev - f)")),
        _changed(("    cache =", "    Z[Z < 0] *= 0.01\n    cache =")),
        _changed(("    cache =", "    Z = Z - Z.min()\n    cache =")),
        _total_never_reset,
        _bias_cell_grows,
        _only_last_channel,
        _rows_and_columns_swapped,
        _stride_for_rows_only,
        _window_as_long_as_the_stride,
        _bias_by_first_index,
        _filter_by_first_index,
        _rounds_the_size,
        _pads_every_axis,
        _channels_of_the_input,
        _takes_settings_out,
        _turns_the_filter_in_place,
        _one_row_for_each_example,
        _last_filter_left_out,
        _forgets_to_return,
        _pad_of_one_side,
    ),
    "param_count": (
        _no_kind_known,
        _reads_a_key_that_is_not_there,
        _conv_rule(lambda f, c, d: f * f * (c + 1) * d),
        _conv_rule(lambda f, c, d: f * f * c * (d + 1)),
        _conv_rule(lambda f, c, d: f * f * c + d),
        _conv_rule(lambda f, c, d: (f**c + 1) * d),
        lambda layer: 3 * layer["n_C"] if layer["type"] == "bn" else by_kind(layer),
        lambda layer: (by_kind(layer), 0),
    ),
}
