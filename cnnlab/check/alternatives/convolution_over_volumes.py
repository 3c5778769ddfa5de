"""Right solutions of notebook 03."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Settings = dict[str, int]
Result = tuple[Any, Any]


def triple_loop(a_slice_prev: Array, W: Array, b: Array) -> float:
    """Add product after product."""
    total = float(b[0, 0, 0])
    for h in range(W.shape[0]):
        for w in range(W.shape[1]):
            for c in range(W.shape[2]):
                total += float(a_slice_prev[h, w, c]) * float(W[h, w, c])
    return total


def _spread(A_prev: Array, W: Array, hparameters: Settings) -> tuple[Array, int, int, int]:
    """Return the padded input and the numbers of a convolution: stride, rows, columns."""
    p, s, f = hparameters["pad"], hparameters["stride"], W.shape[0]
    padded = np.zeros((len(A_prev), A_prev.shape[1] + 2 * p, A_prev.shape[2] + 2 * p, A_prev.shape[3]), A_prev.dtype)
    padded[:, p : p + A_prev.shape[1], p : p + A_prev.shape[2]] = A_prev
    return padded, s, (padded.shape[1] - f) // s + 1, (padded.shape[2] - f) // s + 1


def four_loops(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Go through every output cell."""
    padded, s, rows, columns = _spread(A_prev, W, hparameters)
    f = W.shape[0]
    Z = np.zeros((len(A_prev), rows, columns, W.shape[3]))
    for c in range(W.shape[3]):
        for w in range(columns):
            for h in range(rows):
                for i in range(len(A_prev)):
                    window = padded[i, h * s : h * s + f, w * s : w * s + f]
                    Z[i, h, w, c] = np.sum(window * W[..., c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def two_loops(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Go through the places; all examples and filters at once."""
    padded, s, rows, columns = _spread(A_prev, W, hparameters)
    f = W.shape[0]
    Z = np.empty((len(A_prev), rows, columns, W.shape[3]))
    for h, w in np.ndindex(rows, columns):
        window = padded[:, h * s : h * s + f, w * s : w * s + f]
        Z[:, h, w] = np.tensordot(window, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)


def windows_view(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Use einsum on a view of all windows."""
    padded, s, _, _ = _spread(A_prev, W, hparameters)
    f = W.shape[0]
    view = sliding_window_view(padded, (f, f), axis=(1, 2))[:, ::s, ::s]  # (m, n_H, n_W, C, f, f)
    return np.einsum("mhwcrq,rqcd->mhwd", view, W) + b, (A_prev, W, b, hparameters)


def columns_matrix(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Lay every window out as a row and multiply once."""
    padded, s, rows, columns = _spread(A_prev, W, hparameters)
    f, _, channels, filters = W.shape
    m, i, j, k = padded.strides
    shape = (len(A_prev), rows, columns, f, f, channels)
    view = as_strided(padded, shape, (m, i * s, j * s, i, j, k), writeable=False)
    Z = view.reshape(-1, f * f * channels) @ W.reshape(-1, filters)
    return Z.reshape(len(A_prev), rows, columns, filters) + b, [A_prev, W, b, dict(hparameters)]


def offsets(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Go through the cells of the filter."""
    padded, s, rows, columns = _spread(A_prev, W, hparameters)
    Z = np.zeros((len(A_prev), rows, columns, W.shape[3])) + b
    for r in range(W.shape[0]):
        for q in range(W.shape[1]):
            Z += padded[:, r : r + rows * s : s, q : q + columns * s : s].astype(float) @ W[r, q]
    return Z, (A_prev, W, b, hparameters)


def single_precision(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Compute in float32."""
    Z, _ = windows_view(A_prev.astype(np.float32), W.astype(np.float32), b.astype(np.float32), hparameters)
    return Z, (A_prev, W, b, hparameters)


def as_lists(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Hand lists back."""
    Z, cache = four_loops(A_prev, W, b, hparameters)
    return Z.tolist(), cache


def with_helpers(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Count by rounding up, keep the settings in closures, and collect rows in lists."""
    p, s, f = hparameters["pad"], hparameters["stride"], W.shape[0]

    def places(n: int) -> range:
        return range(int(np.ceil((n + 2 * p - f + 1) / s)))

    def output(example: Array, h: int, w: int) -> list[Any]:
        window = example[h * s :, w * s :][:f, :f]
        return [(window * W[..., c]).sum() + b.ravel()[c] for c in range(W.shape[-1])]

    Z = []
    for picture in A_prev:
        example = np.pad(picture, [(p, p), (p, p), (0, 0)])
        Z.append([[output(example, h, w) for w in places(picture.shape[1])] for h in places(picture.shape[0])])
    return np.array(Z), (A_prev, W, b, hparameters)


def channel_by_channel(A_prev: Array, W: Array, b: Array, hparameters: Settings) -> Result:
    """Add one 2-D correlation after the other, as the notebook does by hand."""
    padded, s, rows, columns = _spread(A_prev, W, hparameters)
    f, _, channels, filters = W.shape
    Z = np.zeros((len(A_prev), rows, columns, filters)) + b
    for k, c in np.ndindex(channels, filters):
        for h, w in np.ndindex(rows, columns):
            Z[:, h, w, c] += (padded[:, h * s : h * s + f, w * s : w * s + f, k] * W[:, :, k, c]).sum(axis=(1, 2))
    return Z, (A_prev, W, b, hparameters)


def by_kind(layer: dict[str, Any]) -> Any:
    """Go through the kinds."""
    kind = layer["type"]
    if kind == "conv":
        weights = layer["f"] * layer["f"] * layer["n_C_prev"] * layer["n_C"]
        return weights + layer["n_C"]
    if kind == "pool":
        return 0
    if kind == "bn":
        return layer["n_C"] + layer["n_C"]
    return layer["n_H_prev"] * layer["n_W_prev"] * layer["n_C_prev"] * layer["n_out"] + layer["n_out"]


def by_table(layer: dict[str, Any]) -> Any:
    """Use a table of functions."""
    return {
        "conv": lambda f, n_C_prev, n_C, **_: (f**2 * n_C_prev + 1) * n_C,
        "pool": lambda **_: 0,
        "bn": lambda n_C, **_: 2 * n_C,
        "fc": lambda n_H_prev, n_W_prev, n_C_prev, n_out, **_: (n_H_prev * n_W_prev * n_C_prev + 1) * n_out,
    }[layer["type"]](**{key: value for key, value in layer.items() if key != "type"})


def by_arrays(layer: dict[str, Any]) -> Any:
    """Count the cells of arrays of the right shapes."""
    match layer:
        case {"type": "conv", "f": f, "n_C_prev": c, "n_C": d}:
            arrays = [np.zeros((f, f, c, d)), np.zeros(d)]
        case {"type": "bn", "n_C": c}:
            arrays = [np.zeros(c), np.zeros(c)]
        case {"type": "fc", "n_out": n}:
            arrays = [np.zeros((layer["n_H_prev"], layer["n_W_prev"], layer["n_C_prev"], n)), np.zeros(n)]
        case _:
            arrays = []
    return np.sum([a.size for a in arrays])


ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "conv_single_step": (
        triple_loop,
        lambda a, W, b: (a * W).sum() + b[0, 0, 0],
        lambda a, W, b: np.einsum("hwc,hwc->", a, W) + b.item(),
        lambda a, W, b: np.vdot(W, a) + b.squeeze(),
        lambda a, W, b: float(np.tensordot(a, W, 3)) + float(b.ravel()[0]),
        lambda a, W, b: np.float32(np.sum(a.astype(np.float32) * W.astype(np.float32))) + np.float32(b.item()),
        lambda a, W, b: (
            sum(x * k for x, k in zip(a.ravel().tolist(), W.ravel().tolist(), strict=True)) + b.tolist()[0][0][0]
        ),
    ),
    "conv_forward": (
        four_loops,
        two_loops,
        windows_view,
        columns_matrix,
        offsets,
        single_precision,
        as_lists,
        with_helpers,
        channel_by_channel,
    ),
    "param_count": (
        by_kind,
        by_table,
        by_arrays,
        lambda layer: float(by_table(layer)),
        lambda layer: (
            0
            if layer["type"] == "pool"
            else layer["n_C"] * (2 if "f" not in layer else 1 + layer["f"] ** 2 * layer["n_C_prev"])
            if "n_C" in layer
            else (np.prod([layer[f"n_{axis}_prev"] for axis in "HWC"]) + 1) * layer["n_out"]
        ),
    ),
}
