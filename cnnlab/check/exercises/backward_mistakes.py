"""What goes wrong in the backward passes of convolution and pooling (channels last), each with its imitation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.sliding import first_only
from cnnlab.check.task import Mistake

__all__ = ["CONV_BACKWARD", "CROP", "MASK", "OVERLAP", "POOL_BACKWARD", "SHARE"]

Array = NDArray[Any]
Settings = Mapping[str, int]
Place = tuple[int, int, int, int]  # example, row, column, channel of the output


def _pad(X: Array, pad: int) -> Array:
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def _middle(padded: Array, pad: int, shape: tuple[int, ...]) -> Array:
    return padded[:, pad : pad + shape[1], pad : pad + shape[2]]


def conv_backward(
    dZ: Array,
    cache: tuple[Any, ...],
    *,
    picture: Callable[[Array, int], Array] = _pad,  # what dW sees
    crop: Callable[[Array, int, tuple[int, ...]], Array] = _middle,
    start: Callable[[int, int], int] = lambda k, s: k * s,
    example: Callable[[int], int] = lambda i: i,  # of the picture
    delta: Callable[[Array, Place], Any] = lambda dZ, place: dZ[place],
    turn: Callable[[Array], Array] = lambda w: w,  # the filter that is spread
    add: bool = True,  # into dA
    add_dW: bool = True,
    filters: Callable[[int], Any] = lambda c: c,  # where dW and db of channel c go
    bias: Callable[[int], Any] = lambda c: c,
    spread: Callable[[Array, Any], Array] = lambda w, d: w * d,
    look: Callable[[Array, Array], Array] = lambda window, gradient: window,  # what dW multiplies δ with
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
    filter_of: Callable[[int], int] = lambda c: c,  # that is spread
    look_at_filter: bool = False,
    spread_window: bool = False,
) -> tuple[Array, Array, Array]:
    """Go backward as a learner does; without keywords it is right."""
    A_prev, W, b, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    seen, dA = picture(A_prev, p), np.zeros(_pad(A_prev, p).shape)
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    for place in np.ndindex(*dZ.shape):
        if not only(place, dZ.shape):
            continue
        i, h, w, c = place
        rows, columns = slice(start(h, s), start(h, s) + f), slice(start(w, s), start(w, s) + f)
        d = delta(dZ, place)
        used, window = turn(W[..., filter_of(c)]), seen[example(i), rows, columns]
        dA[i, rows, columns] = add * dA[i, rows, columns] + spread(window if spread_window else used, d)
        term = (used if look_at_filter else look(window, dA[i, rows, columns])) * d
        where = (..., filters(c))
        dW[where] = add_dW * dW[where] + (term if dW[where].ndim == 3 else term[..., None])
        db[..., bias(c)] += d
    return crop(dA, p, A_prev.shape), dW, db


def _with(**changes: Any) -> Callable[..., Any]:
    return lambda dZ, cache: conv_backward(dZ, cache, **changes)


def _part(n: int, change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a change of one of the three results."""

    def after(result: tuple[Any, ...], dZ: Array, cache: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(change(part, dZ, cache) if n == k else part for k, part in enumerate(result))

    return after


def _one_pixel(k: int) -> Callable[[Array, Any], Array]:
    def spread(w: Array, d: Any) -> Array:
        result = np.zeros_like(w, dtype=np.float64)
        result[k, k] = w[k, k] * d
        return result

    return spread


def _stored(padded: Array, pad: int, shape: tuple[int, ...]) -> Array:
    cropped = np.zeros(shape)
    for i in range(shape[0]):
        cropped[i] = padded[i, pad:-pad, pad:-pad]
    return cropped


def _filters_together(dZ: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    """Add up the filters of each window, and let the windows erase each other."""
    A_prev, W, _, hparameters = cache
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    _, dW, db = conv_backward(dZ, cache)
    dA = np.zeros(_pad(A_prev, p).shape)
    for h, w in np.ndindex(*dZ.shape[1:3]):
        dA[:, h * s : h * s + f, w * s : w * s + f] = np.tensordot(dZ[:, h, w], W, (1, 3))
    return _middle(dA, p, A_prev.shape), dW, db


_MANY = (
    "Take two windows that overlap. A pixel in both of them reached two outputs. What happens to the first "
    "contribution?"
)
_CROP = "Draw a 3×3 image with pad 1. Where in the padded 5×5 array does its first row lie, where its last?"
_SEEN = "Which array did the forward pass cut its windows from?"
_SAME = "dW has one entry for each weight. Which input cells did that weight touch, in which example?"
_BIAS = "Every output of channel c got b[c] added once. What is the sum of their gradients?"
_LOOP = "Go through your loops by hand. When is `return` reached?"
_INDEX = "dZ has the axes (m, n_H, n_W, n_C), like Z. Which loop variable belongs to which?"
_WINDOW = "In which row of the padded input did the window of output row 1 start?"
_SCALE = "Add up dW over a batch of two equal examples and compare with one."
_FORWARD = (
    "Write Z[h, w] as a sum. Which weight stood beside which input cell? The same weight brings the gradient back."
)

CONV_BACKWARD = (
    Mistake(
        "dA_assign",
        "`dA_prev` was assigned where it should be added to: each window erases what earlier ones left there.",
        _MANY,
        instead=_with(add=False),
    ),
    Mistake(
        "dA_assign",
        "`dA_prev` was assigned where it should be added to: each window erases what earlier ones left there.",
        _MANY,
        instead=_filters_together,
    ),
    Mistake(
        "dW_assign",
        "`dW` was assigned where it should be added to: only the last window is left.",
        _SAME,
        instead=_with(add_dW=False),
    ),
    Mistake(
        "crop_topleft",
        "The padding was cut off at the bottom and right only, so everything is shifted.",
        _CROP,
        instead=_with(crop=lambda dA, p, shape: dA[:, : shape[1], : shape[2]]),
    ),
    Mistake(
        "crop_bottomright",
        "The padding was cut off at the top and left only, so everything is shifted.",
        _CROP,
        instead=_with(crop=lambda dA, p, shape: dA[:, 2 * p :, 2 * p :]),
    ),
    Mistake(
        "crop_noop",
        "`dA_prev` came back full of zeros: nothing was added to it, or what was gathered in the padded array was "
        "never copied into it.",
        "Which array do you add into, and which one do you return?",
        after=_part(0, lambda dA, dZ, cache: np.zeros_like(dA)),
    ),
    Mistake(
        "crop_neg",
        "`dA_prev` came back empty for pad 0. The slice `[pad:-pad]` is `[0:-0]`, which is `[0:0]`: nothing.",
        "Where does the image end in the padded array, counted from the start?",
        instead=_with(crop=lambda dA, p, shape: dA[:, p:-p, p:-p]),
    ),
    Mistake(
        "crop_neg",
        "For pad 0 the slice `[pad:-pad]` is `[0:-0]`, which is `[0:0]`: it holds nothing, and does not fit into "
        "`dA_prev`.",
        "Where does the image end in the padded array, counted from the start?",
        instead=_with(crop=_stored),
    ),
    Mistake(
        "not_cropped",
        "`dA_prev` still has its padding.",
        "It should have the shape of `A_prev`.",
        instead=_with(crop=lambda dA, p, shape: dA),
    ),
    Mistake(
        "crop_1",
        "One cell was cut off on each side, whatever the padding was.",
        _CROP,
        instead=_with(crop=lambda dA, p, shape: dA[:, 1:-1, 1:-1]),
    ),
    Mistake(
        "x_not_padded",
        "The windows for `dW` were cut from `A_prev` as it came; the forward pass cut them from the padded one.",
        _SEEN,
        instead=_with(picture=lambda A, p: A),
    ),
    Mistake(
        "x_not_padded",
        "The windows for `dW` were cut from `A_prev` as it came; the forward pass cut them from the padded one.",
        _SEEN,
        instead=_with(picture=lambda A, p: np.pad(A, ((0, 0), (0, 2 * p), (0, 2 * p), (0, 0)))),
    ),
    Mistake(
        "no_stride",
        "The windows start at the index of the output cell: the stride was forgotten.",
        _WINDOW,
        instead=_with(start=lambda k, s: k),
    ),
    Mistake(
        "start_f",
        "The windows stand side by side: each starts f cells after the last one, whatever the stride.",
        _WINDOW,
        instead=lambda dZ, cache: conv_backward(dZ, cache, start=lambda k, s: k * cache[1].shape[0]),
    ),
    Mistake(
        "start_pad",
        "The windows start `pad` cells too far down and to the right. The first window starts at the corner of the "
        "padded array.",
        _WINDOW,
        instead=lambda dZ, cache: conv_backward(dZ, cache, start=lambda k, s: k * s + cache[3]["pad"]),
    ),
    Mistake(
        "first_example",
        "`dW` was computed with the windows of the first example only.",
        _SAME,
        instead=_with(example=lambda i: 0),
    ),
    Mistake(
        "flip",
        "The filter was turned by 180° before it was spread. Turning belongs to the other way of computing the "
        "same thing: "
        "the correlation of dZ with the turned filter. When each output spreads back over its window, the filter "
        "stays as it is.",
        _FORWARD,
        instead=_with(turn=lambda w: w[::-1, ::-1]),
    ),
    Mistake(
        "flip",
        "The filter was reversed in all of its axes, rows, columns and channels, before it was spread. When each "
        "output spreads back over its window, the filter stays as it is.",
        _FORWARD,
        instead=_with(turn=lambda w: w[::-1, ::-1, ::-1]),
    ),
    Mistake(
        "T_kernel",
        "Rows and columns of the filter changed places.",
        _FORWARD,
        instead=_with(turn=lambda w: w.swapaxes(0, 1)),
    ),
    Mistake(
        "dz_swapped",
        "Rows and columns of dZ changed places.",
        _INDEX,
        instead=_with(delta=lambda dZ, place: dZ[place[0], place[2], place[1], place[3]]),
    ),
    Mistake(
        "dA_last_pixel",
        "The gradient was put on the first cell of each window. All of its cells took part in the output.",
        _FORWARD,
        instead=_with(spread=_one_pixel(0)),
    ),
    Mistake(
        "dA_last_pixel",
        "The gradient was put on the last cell of each window. All of its cells took part in the output.",
        _FORWARD,
        instead=_with(spread=_one_pixel(-1)),
    ),
    Mistake(
        "first_filter",
        "Every output channel sent back the first filter. Channel c was made by filter c.",
        "Which index of W counts the filters?",
        instead=_with(filter_of=lambda c: 0),
    ),
    Mistake(
        "dz_first_example",
        "The gradient of the first example was used for all examples.",
        _INDEX,
        instead=_with(delta=lambda dZ, place: dZ[0, *place[1:]]),
    ),
    Mistake(
        "dz_first_channel",
        "The gradient of the first channel was used for all channels.",
        _INDEX,
        instead=_with(delta=lambda dZ, place: dZ[*place[:3], 0]),
    ),
    Mistake(
        "abs",
        "The sign of dZ is lost.",
        "A gradient may be negative: then the loss falls when that number grows.",
        before=lambda dZ, cache: (np.abs(dZ), cache),
    ),
    Mistake(
        "crop_swapped",
        "Height and width of the image changed places when the padding was cut off.",
        "Which axis of `A_prev` counts rows?",
        instead=_with(crop=lambda dA, p, shape: dA[:, p : p + shape[2], p : p + shape[1]]),
    ),
    Mistake(
        "dA_no_weight",
        "`dA_prev` got dZ itself, not dZ times the weight.",
        _FORWARD,
        instead=_with(spread=lambda w, d: np.ones_like(w, dtype=np.float64) * d),
    ),
    Mistake(
        "dW_uses_dA",
        "`dW` was computed with a slice of the gradient `dA_prev`. It needs a slice of the input.",
        _SAME,
        instead=_with(look=lambda window, gradient: gradient),
    ),
    Mistake(
        "dW_flip",
        "`dW` is turned by 180°. Weight (r, s) stood beside cell (r, s) of each window.",
        _SAME,
        after=_part(1, lambda dW, dZ, cache: dW[::-1, ::-1]),
    ),
    Mistake(
        "dW_transposed",
        "Rows and columns of `dW` changed places.",
        _SAME,
        after=_part(1, lambda dW, dZ, cache: dW.swapaxes(0, 1)),
    ),
    Mistake(
        "dW_uses_W",
        "`dW` was computed from the filter itself. It needs a slice of the input.",
        "How fast does w · x grow with w?",
        instead=lambda dZ, cache: conv_backward(dZ, cache, look_at_filter=True),
    ),
    Mistake(
        "dA_uses_input",
        "`dA_prev` was computed from the input itself. It needs the filter.",
        "How fast does w · x grow with x?",
        instead=lambda dZ, cache: conv_backward(dZ, cache, spread_window=True),
    ),
    Mistake(
        "dW_all_c",
        "Every filter got the gradient of all output channels.",
        "Which outputs did filter c make?",
        instead=_with(filters=lambda c: slice(None)),
    ),
    Mistake(
        "db_all_c",
        "All entries of `db` hold the sum over all channels.",
        _BIAS,
        instead=_with(bias=lambda c: slice(None)),
    ),
    Mistake(
        "db_often",
        "Every dZ was added to `db` once for each filter: all channels were added inside the loop over the channels.",
        _BIAS,
        after=_part(2, lambda db, dZ, cache: db * dZ.shape[3]),
    ),
    Mistake(
        "db_last",
        "`db` holds only the last dZ of each channel: it was assigned where it should be added to.",
        _BIAS,
        after=_part(2, lambda db, dZ, cache: dZ[-1:, -1:, -1:, :].astype(float)),
    ),
    Mistake(
        "db_missing",
        "`db` came back full of zeros.",
        _BIAS,
        after=_part(2, lambda db, dZ, cache: np.zeros_like(db)),
    ),
    Mistake(
        "db_shape",
        "`db` has the right numbers, but not the shape of b, (1, 1, 1, C').",
        "What is the shape of `b`?",
        after=_part(2, lambda db, dZ, cache: db.reshape(-1)),
    ),
    Mistake(
        "db_first_example",
        "`db` was computed with the first example only.",
        _BIAS,
        after=_part(2, lambda db, dZ, cache: dZ[:1].sum(axis=(0, 1, 2), keepdims=True)),
    ),
    Mistake(
        "db_mean",
        "`db` is the mean of the gradients; their sum is asked for.",
        _BIAS,
        after=_part(2, lambda db, dZ, cache: db / dZ[..., 0].size),
    ),
    Mistake(
        "mean_m",
        "`dW` and `db` were divided by the number of examples. The loss has done that already: dZ comes with it.",
        _SCALE,
        after=lambda result, dZ, cache: (result[0], result[1] / len(dZ), result[2] / len(dZ)),
    ),
    Mistake(
        "mean_m",
        "All three gradients were divided by the number of examples. The loss has done that already: dZ comes with it.",
        _SCALE,
        after=lambda result, dZ, cache: tuple(part / len(dZ) for part in result),
    ),
    Mistake(
        "early_return",
        "Only the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_with(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first output row of the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_with(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the first place of the output was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_with(only=first_only(3)),
    ),
    Mistake(
        "early_return",
        "Only the very first output was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_with(only=first_only(4)),
    ),
    Mistake(
        "first_filter_only",
        "Only the first filter was used.",
        "Which loop runs over the filters, and how far?",
        instead=_with(only=lambda place, shape: place[3] == 0),
    ),
    Mistake(
        "relu_gate",
        "Negative entries of dZ were dropped. The gate of a ReLU looks at Z, not at dZ, and it belongs to "
        "another layer.",
        "Nothing in this layer depends on the sign of dZ.",
        before=lambda dZ, cache: (np.maximum(dZ, 0), cache),
    ),
    Mistake(
        "dW_swapped",
        "The gradients came back in another order.",
        "The docstring says the order: dA_prev, dW, db.",
        after=lambda result, dZ, cache: (result[1], result[0], result[2]),
    ),
)

_WINNER = "Which cells of the window equal its maximum?"

MASK = (
    Mistake(
        "argmax_one",
        "One cell is marked, though several hold the maximum. That is another convention (CS231n's and "
        "PyTorch's); here "
        "every cell that holds the maximum is marked.",
        "Try a window with two equal largest numbers, such as [[0, 0], [0, 0]].",
        instead=lambda x: np.arange(x.size).reshape(x.shape) == x.argmax(),
    ),
    Mistake(
        "argmax_one",
        "One cell is marked, the last one that holds the maximum. Here every cell that holds it is marked.",
        "Try a window with two equal largest numbers, such as [[0, 0], [0, 0]].",
        instead=lambda x: np.arange(x.size).reshape(x.shape) == x.size - 1 - x.ravel()[::-1].argmax(),
    ),
    *(
        Mistake(
            "axis1_nokeep",
            f"The maximum of each {word} was taken. It should be the maximum of the whole window.",
            "What does `axis=` do? Without it, an array has one maximum.",
            instead=lambda x, axis=axis: x == x.max(axis=axis, keepdims=True),
        )
        for word, axis in (("row", 1), ("column", 0))
    ),
    Mistake(
        "axis1_nokeep",
        "The maximum was taken along an axis, and compared with the wrong one.",
        "What does `axis=` do? Without it, an array has one maximum.",
        instead=lambda x: x == x.max(axis=1),
    ),
    Mistake(
        "axis1_nokeep",
        "The maximum was taken along an axis, and compared with the wrong one.",
        "What does `axis=` do? Without it, an array has one maximum.",
        instead=lambda x: x == x.max(axis=0)[:, None],
    ),
    Mistake(
        "positive",
        "Every positive cell is marked. That is the gate of a ReLU.",
        _WINNER,
        instead=lambda x: x > 0,
    ),
    Mistake("min", "The smallest cells are marked.", _WINNER, instead=lambda x: x == x.min()),
    Mistake(
        "inverted",
        "The mask is the wrong way round: True stands where the maximum is not.",
        _WINNER,
        instead=lambda x: x != x.max(),
    ),
    Mistake(
        "abs",
        "The cells with the largest absolute value are marked.",
        _WINNER,
        instead=lambda x: np.abs(x) == np.abs(x).max(),
    ),
    Mistake(
        "value",
        "The maximum itself stands in the mask; 0 and 1, or False and True, are asked for.",
        "A mask says where, not how much.",
        instead=lambda x: x * (x == x.max()),
    ),
    Mistake(
        "index",
        "A place came back. A mask of the shape of x is asked for.",
        "Return an array of the shape of x.",
        shows=lambda got, right, x: got == x.argmax() if np.ndim(got) == 0 else np.shape(got) == (2,),
        example=lambda x: np.unravel_index(x.argmax(), x.shape),
    ),
    Mistake(
        "largest",
        "The largest number itself came back. A mask of the shape of x is asked for.",
        "A mask says where, not how much.",
        instead=np.max,
    ),
    *(
        Mistake(
            "index",
            "The places of the maximum came back, as row and column. A mask of the shape of x is asked for.",
            "Return an array of the shape of x.",
            instead=lambda x, turn=turn: turn(np.argwhere(x == x.max())),
        )
        for turn in (np.asarray, np.transpose)
    ),
)

_CELLS = "Into how many cells is `dz` shared, and how much does each get?"

SHARE = (
    Mistake(
        "no_dz",
        "The shares add up to 1: `dz` was left out.",
        _CELLS,
        instead=lambda dz, shape: np.full(shape, 1 / (shape[0] * shape[1])),
    ),
    Mistake(
        "div_sum",
        "`dz` was divided by n_H + n_W. A window has n_H · n_W cells.",
        _CELLS,
        instead=lambda dz, shape: np.full(shape, dz / (shape[0] + shape[1])),
    ),
    Mistake(
        "div_side",
        "`dz` was divided by one side only.",
        _CELLS,
        instead=lambda dz, shape: np.full(shape, dz / shape[0]),
    ),
    Mistake(
        "div_side",
        "`dz` was divided by one side only.",
        _CELLS,
        instead=lambda dz, shape: np.full(shape, dz / shape[1]),
    ),
    Mistake(
        "not_shared",
        "Every cell got all of `dz`. It should be shared: the shares add up to dz.",
        _CELLS,
        instead=lambda dz, shape: np.full(shape, float(dz)),
    ),
    Mistake(
        "one_cell",
        "One cell got all of `dz`. Each cell had the same say in the average.",
        _CELLS,
        instead=lambda dz, shape: float(dz) * (np.arange(shape[0] * shape[1]).reshape(shape) == 0),
    ),
    Mistake(
        "transposed",
        "Rows and columns changed places.",
        "`shape` is (n_H, n_W): rows first.",
        instead=lambda dz, shape: np.full(shape[::-1], dz / (shape[0] * shape[1])),
    ),
    Mistake(
        "one_number",
        "One share came back. An array of the given shape is asked for, a share in each cell.",
        "How many cells does the result have?",
        instead=lambda dz, shape: dz / (shape[0] * shape[1]),
    ),
    Mistake(
        "int_cast",
        "The fraction was cut off.",
        "Look for `//`, `int(...)` or a whole-number array.",
        after=lambda out, *a: np.trunc(out),
    ),
    Mistake("int_cast", "The fraction was rounded down.", "Look for `//`.", after=lambda out, *a: np.floor(out)),
    Mistake("abs", "The sign is lost.", "dz may be negative.", after=lambda out, *a: np.abs(out)),
)


# Pooling.


def _all_ties(window: Array) -> Array:
    return np.asarray(window == window.max())


def pool_backward(
    dA: Array,
    cache: tuple[Any, Any],
    mode: str = "max",
    *,
    start: Callable[[int, int, int], int] = lambda k, f, s: k * s,
    mask: Callable[[Array], Array] = _all_ties,
    picked: Callable[[Array, Array, Place], Array] = lambda A, gradient, place: A[place[0], :, :, place[3]],
    share: Callable[[Array], Any] = lambda window: np.full(window.shape, 1 / window.size),
    delta: Callable[[Array, Place, int, int], Any] = lambda dA, place, f, s: dA[place],
    add_max: bool = True,
    add_average: bool = True,
    choose: Callable[[str], str] = lambda mode: mode,
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
) -> Array:
    """Go backward as a learner does; without keywords it is right."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    gradient = np.zeros(A_prev.shape)
    for place in np.ndindex(*dA.shape):
        if not only(place, dA.shape):
            continue
        i, h, w, c = place
        top, left = start(h, f, s), start(w, f, s)
        where = (i, slice(top, top + f), slice(left, left + f), c)
        window = picked(A_prev, gradient, place)[where[1:3]]
        maximum = choose(mode) == "max"
        part = (mask(window) if maximum else share(window)) * delta(dA, place, f, s)
        keep = add_max if maximum else add_average
        gradient[where] = keep * gradient[where] + part
    return gradient


def _pool(**changes: Any) -> Callable[..., Array]:
    return lambda dA, cache, mode="max": pool_backward(dA, cache, mode, **changes)


def _first_winner(window: Array) -> Array:
    return np.arange(window.size).reshape(window.shape) == window.argmax()


def _inner_delta(dA: Array, place: Place, f: int, s: int) -> Any:
    i, h, w, c = place
    return dA[i, h * s, w * s, c]


def _window_of_delta(dA: Array, place: Place, f: int, s: int) -> Array:
    i, h, w, c = place
    return np.asarray(dA[i, h * s : h * s + f, w * s : w * s + f, c])


_TIES = "What happens in a window of zeros, as after a ReLU? The docstring says who receives the gradient."
_OVERLAP = "Take windows that overlap. A cell may be in several of them. What happens to the first contribution?"
_OUTPUT = "`dA` has the axes (m, n_H, n_W, n_C), like the pooled output. Which loop variable belongs to which?"
_START = "In which row of the input did the window of output row 1 start?"
_MODE = "Work out one window by hand, once for max, once for average."

POOL_BACKWARD = (
    Mistake(
        "avg_assign",
        "In mode `average` the result was assigned where it should be added to: overlapping windows erase each other.",
        _OVERLAP,
        instead=_pool(add_average=False),
    ),
    Mistake(
        "max_assign",
        "In mode `max` the result was assigned where it should be added to: overlapping windows erase each other.",
        _OVERLAP,
        instead=_pool(add_max=False),
    ),
    Mistake(
        "assign",
        "The result was assigned where it should be added to: overlapping windows erase each other.",
        _OVERLAP,
        instead=_pool(add_max=False, add_average=False),
    ),
    Mistake(
        "no_stride",
        "The windows start at the index of the output cell: the stride was forgotten.",
        _START,
        instead=_pool(start=lambda k, f, s: k),
    ),
    Mistake(
        "start_f",
        "The windows stand side by side: each starts f cells after the last one, whatever the stride.",
        _START,
        instead=_pool(start=lambda k, f, s: k * f, mask=lambda x: _all_ties(x) if x.size else x),
    ),
    Mistake(
        "da_at_start",
        "`dA` was read at the corner of the window. It has one entry for each output: read it at (h, w).",
        _OUTPUT,
        instead=_pool(delta=_inner_delta),
    ),
    Mistake(
        "da_slice",
        "A window was cut out of `dA`. One window of the input made one output, so one number of `dA` belongs to it.",
        _OUTPUT,
        instead=_pool(delta=_window_of_delta),
    ),
    Mistake(
        "da_slice",
        "In mode `max` a window was cut out of `dA`. One window of the input made one output, so one number of `dA` "
        "belongs to it.",
        _OUTPUT,
        instead=lambda dA, cache, mode="max": pool_backward(
            dA, cache, mode, delta=_window_of_delta if mode == "max" else lambda dA, place, f, s: dA[place]
        ),
    ),
    Mistake(
        "argmax_one",
        "Where several cells hold the maximum, only one received the gradient. That is another convention "
        "(CS231n's and "
        "PyTorch's); here each of them receives all of it.",
        _TIES,
        instead=_pool(mask=_first_winner),
    ),
    Mistake(
        "share_ties",
        "Where several cells hold the maximum, they shared the gradient. That is another convention; here each of them "
        "receives all of it.",
        _TIES,
        instead=_pool(mask=lambda x: _all_ties(x) / _all_ties(x).sum()),
    ),
    Mistake(
        "mask_from_grad",
        "The mask was made from the gradient, which is full of zeros at first, so every cell of a window counts "
        "as the winner. "
        "The winner was decided by the forward input, `A_prev`.",
        "Which array did the forward pass look at when it chose the largest?",
        instead=_pool(picked=lambda A, gradient, place: gradient[place[0], :, :, place[3]]),
    ),
    Mistake(
        "all_g",
        "In mode `max` every cell of the window received the gradient. Only the winner had an influence.",
        _MODE,
        instead=_pool(mask=lambda x: np.ones(x.shape)),
    ),
    Mistake(
        "spread",
        "In mode `max` the gradient was shared among all cells, as for the average.",
        _MODE,
        instead=_pool(choose=lambda mode: "average"),
    ),
    Mistake(
        "mode_ignored",
        "In mode `average` the winner received everything, as for the maximum.",
        _MODE,
        instead=_pool(choose=lambda mode: "max"),
    ),
    Mistake(
        "modes_swapped",
        "The two modes changed places.",
        _MODE,
        instead=_pool(choose=lambda mode: "average" if mode == "max" else "max"),
    ),
    Mistake(
        "positive",
        "In mode `max` every positive cell received the gradient. That is the gate of a ReLU.",
        _MODE,
        instead=_pool(mask=lambda x: x > 0),
    ),
    Mistake(
        "abs",
        "In mode `max` the cells with the largest absolute value received the gradient.",
        _MODE,
        instead=_pool(mask=lambda x: np.abs(x) == np.abs(x).max(initial=0)),
    ),
    Mistake(
        "min",
        "In mode `max` the smallest cell received the gradient.",
        _MODE,
        instead=_pool(mask=lambda x: np.asarray(x == x.min())),
    ),
    Mistake(
        "above_zero",
        "In mode `max` a window without a positive number sends nothing back. The largest number may be negative.",
        "What is the maximum of [[−3, −1], [−2, −5]]?",
        instead=_pool(mask=lambda x: x == max(0, x.max())),
    ),
    Mistake(
        "avg_div_4",
        "In mode `average` the gradient was divided by 4, whatever the size of the window.",
        "How many cells does a window of f rows and f columns have?",
        instead=_pool(share=lambda x: np.full(x.shape, 0.25)),
    ),
    Mistake(
        "da_first_example",
        "The gradient of the first example was used for all examples.",
        _OUTPUT,
        instead=_pool(delta=lambda dA, place, f, s: dA[0, *place[1:]]),
    ),
    Mistake(
        "da_first_channel",
        "The gradient of the first channel was used for all channels.",
        _OUTPUT,
        instead=_pool(delta=lambda dA, place, f, s: dA[*place[:3], 0]),
    ),
    Mistake(
        "avg_no_div",
        "In mode `average` every cell received all of the gradient; it should be shared among f·f cells.",
        _MODE,
        instead=_pool(share=lambda x: np.ones(x.shape)),
    ),
    Mistake(
        "avg_div_f",
        "In mode `average` the gradient was divided by f; a window has f·f cells.",
        _MODE,
        instead=_pool(share=lambda x: np.ones(x.shape) / len(x)),
    ),
    Mistake(
        "avg_wrong_grow",
        "In mode `average` the gradient was multiplied by the mean of the window. How fast the mean grows with a "
        "cell does not "
        "depend on what the cells hold.",
        "The mean of four cells is (a + b + c + d) / 4. How fast does it grow with a?",
        instead=_pool(share=lambda x: np.full(x.shape, x.mean())),
    ),
    Mistake(
        "max_times_value",
        "In mode `max` the gradient was multiplied by the maximum itself; it should be passed on as it is.",
        _MODE,
        instead=_pool(mask=lambda x: x * _all_ties(x)),
    ),
    Mistake(
        "first_example",
        "The winners of the first example were used for all examples.",
        "Which loop variable picks the example?",
        instead=_pool(picked=lambda A, gradient, place: A[0, :, :, place[3]]),
    ),
    Mistake(
        "first_channel",
        "The winners of the first channel were used for all channels.",
        "Which loop variable picks the channel?",
        instead=_pool(picked=lambda A, gradient, place: A[place[0], :, :, 0]),
    ),
    Mistake(
        "max_c",
        "The mask compares with the maximum over all channels, so most channels get nothing.",
        "Pooling works on each channel on its own.",
        instead=lambda dA, cache, mode="max": _max_over_channels(dA, cache, mode),
    ),
    Mistake(
        "dz_swapped",
        "Rows and columns of dA changed places.",
        _OUTPUT,
        instead=_pool(delta=lambda dA, place, f, s: dA[place[0], place[2], place[1], place[3]]),
    ),
    Mistake(
        "early_return",
        "Only the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first output row of the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the first place of the output was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool(only=first_only(3)),
    ),
    Mistake(
        "early_return",
        "Only the very first output was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool(only=first_only(4)),
    ),
    Mistake(
        "mean_m",
        "The gradient was divided by the number of examples. The loss has done that already.",
        _SCALE,
        after=lambda out, dA, cache, mode="max": out / len(dA),
    ),
    Mistake(
        "loop_prev",
        "The loops run over the rows and columns of the input. They should run over the outputs, `dA`: one "
        "window each.",
        "What are the shapes of `dA` and `A_prev`? Which of the two is smaller?",
        instead=lambda dA, cache, mode="max": _too_far(dA, cache, mode),
    ),
)


def _max_over_channels(dA: Array, cache: tuple[Any, Any], mode: str) -> Array:
    if mode != "max":
        return pool_backward(dA, cache, mode)
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    gradient = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(*dA.shape):
        where = (i, slice(h * s, h * s + f), slice(w * s, w * s + f))
        gradient[(*where, c)] += (A_prev[(*where, c)] == A_prev[where].max()) * dA[i, h, w, c]
    return gradient


def _too_far(dA: Array, cache: tuple[Any, Any], mode: str) -> Array:
    gradient = pool_backward(dA, cache, mode)
    if dA.shape[1] < cache[0].shape[1] or dA.shape[2] < cache[0].shape[2]:
        raise IndexError("index out of bounds")
    return gradient


# What else goes wrong when the suspects of notebook 05 are mended. They work on single planes.


def _spread_plane(dA: Array, A_prev: Array, f: int, stride: int, mask: Callable[[Array], Array], step: int) -> Array:
    gradient = np.zeros(A_prev.shape)
    for h, w in np.ndindex(*dA.shape):
        where = (slice(h * step, h * step + f), slice(w * step, w * step + f))
        gradient[where] += mask(A_prev[where]) * dA[h, w]
    return gradient


OVERLAP = (
    Mistake(
        "no_stride",
        "The windows start at the index of the output cell: the stride was forgotten.",
        _START,
        instead=lambda dA, A_prev, f, stride: _spread_plane(dA, A_prev, f, stride, _all_ties, 1),
    ),
    Mistake(
        "argmax_one",
        "Where several cells hold the maximum, only one received the gradient. The suspect gives it to each of "
        "them: that "
        "part was right.",
        _TIES,
        instead=lambda dA, A_prev, f, stride: _spread_plane(dA, A_prev, f, stride, _first_winner, stride),
    ),
    Mistake(
        "all_g",
        "Every cell of the window received the gradient. Only the winner had an influence.",
        "Work out one window by hand.",
        instead=lambda dA, A_prev, f, stride: _spread_plane(
            dA, A_prev, f, stride, lambda window: np.ones(window.shape), stride
        ),
    ),
)

CROP = (
    Mistake(
        "not_cropped",
        "The gradient still has its padding.",
        "It should have the shape of `x`.",
        instead=lambda dZ, x, w, pad: _scattered(dZ, x, w, pad),
    ),
    Mistake(
        "crop_topleft",
        "The padding was cut off at the bottom and right only, so everything is shifted.",
        _CROP,
        instead=lambda dZ, x, w, pad: _scattered(dZ, x, w, pad)[: x.shape[0], : x.shape[1]],
    ),
    Mistake(
        "crop_bottomright",
        "The padding was cut off at the top and left only, so everything is shifted.",
        _CROP,
        instead=lambda dZ, x, w, pad: _scattered(dZ, x, w, pad)[2 * pad :, 2 * pad :],
    ),
    Mistake(
        "crop_1",
        "One cell was cut off on each side, whatever the padding was.",
        _CROP,
        instead=lambda dZ, x, w, pad: _scattered(dZ, x, w, pad)[1:-1, 1:-1],
    ),
    Mistake(
        "swapped_size",
        "Height and width of the picture changed places when the padding was cut off.",
        "Which of `x.shape[0]` and `x.shape[1]` counts rows?",
        instead=lambda dZ, x, w, pad: _scattered(dZ, x, w, pad)[pad : pad + x.shape[1], pad : pad + x.shape[0]],
    ),
)


def _scattered(dZ: Array, x: Array, w: Array, pad: int) -> Array:
    gradient = np.zeros((x.shape[0] + 2 * pad, x.shape[1] + 2 * pad))
    for p, q in np.ndindex(*dZ.shape):
        gradient[p : p + len(w), q : q + len(w)] += w * dZ[p, q]
    return gradient
