"""What goes wrong in the naive layers with channels first, each mistake with its imitation.

The imitations are the learner's loops over examples, filters and places with one thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.sliding import first_only
from cnnlab.check.task import Mistake

__all__ = ["CONV_BACKWARD", "CONV_FORWARD", "POOL_BACKWARD", "POOL_FORWARD"]

Array = NDArray[Any]
Settings = Mapping[str, int]
Place = tuple[int, int, int, int]  # example, filter or channel, row, column of the output
Size = Callable[[int, int, int, int], int]  # (cells, window, pad, stride) → number of windows
Start = Callable[[int, int], int]


def _fit(n: int, f: int, p: int, s: int) -> int:
    return (n + 2 * p - f) // s + 1


def _pad(x: Array, p: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))


def _step(k: int, s: int) -> int:
    return k * s


def _output(window: Array, w: Array, b: Array, n: int, f: int) -> Any:
    return (window * w[f]).sum() + b[f]


def _cut(window: Array, w: Array, b: Array, n: int, f: int) -> Any:
    """Compute one output where a window may hang over the rim: the filter is cut to what is there."""
    return (window * w[f][:, : window.shape[1], : window.shape[2]]).sum() + b[f]


def convolve(
    x: Array,
    w: Array,
    b: Array,
    conv_param: Settings,
    *,
    size: Size = _fit,
    size_from: tuple[int, int] = (2, 3),
    kernel_from: tuple[int, int] = (2, 3),
    padded: Callable[[Array, int], Array] = _pad,
    start: tuple[Start, Start] = (_step, _step),
    value: Callable[[Array, Array, Array, int, int], Any] = _output,
    example: Callable[[int], int] = lambda n: n,
    dtype: Any = np.float64,
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
) -> tuple[Array, tuple[Any, ...]]:
    """Convolve as a learner does; without keywords it is right."""
    s, p = conv_param["stride"], conv_param["pad"]
    kernel = tuple(w.shape[axis] for axis in kernel_from)
    rows, columns = (max(size(x.shape[axis], k, p, s), 0) for axis, k in zip(size_from, kernel, strict=True))
    out = np.zeros((len(x), len(w), rows, columns), dtype)
    picture = padded(x, p)
    for place in np.ndindex(*out.shape):
        if only(place, out.shape):
            n, f, i, j = place
            top, left = start[0](i, s), start[1](j, s)
            window = picture[example(n), :, top : top + kernel[0], left : left + kernel[1]]
            out[place] = value(window, w, b, n, f)
    return out, (x, w, b, conv_param)


def _conv(**changes: Any) -> Callable[..., Any]:
    return lambda *arguments: convolve(*arguments, **changes)


def _given(change: Callable[..., tuple[Any, ...]]) -> dict[str, Any]:
    """Compute with other arguments, but cache those that were given."""
    return {"before": change, "after": lambda result, *arguments: (result[0], arguments)}


def _on_result(change: Callable[[Array], Array]) -> Callable[..., Any]:
    return lambda result, *arguments: (change(result[0]), result[1])


_PAD = "Print the shape of the array that your windows are cut from. Is it the padded one?"
_SIDES = "Print `x.shape` and `w.shape` for the call above. Which number belongs to which loop?"
_SIZE = "Take 5 rows, pad 1, 3 filter rows, stride 2. Write down the rows in which a window can start."
_START = (
    "In which row of the padded picture does the window of output row 1 start? And in which column that of column 1?"
)
_BIAS = "Which of the numbers in `b` belongs to output channel f, and how often is it added?"
_FILTER = "Which number of the filter lies on the top-left cell of the window?"
_LOOP = "Go through your loops by hand. When is `return` reached?"
_TYPE = "Look at the array your results go into: what is its `dtype`?"
_CACHE = "The docstring says what the cache holds: x, w, b and conv_param, as they were given."

CONV_FORWARD = (
    Mistake(
        "no_pad",
        "The windows were cut from `x` as it came, not from the padded one.",
        _PAD,
        instead=_conv(padded=lambda x, p: x),
    ),
    Mistake(
        "no_pad",
        "The windows were cut from `x` as it came, or from one that is padded at the bottom and right only.",
        _PAD,
        instead=_conv(padded=lambda x, p: x, value=_cut),
    ),
    Mistake(
        "pad_ignored",
        "The padding was left out altogether.",
        _PAD,
        **_given(lambda x, w, b, cp: (x, w, b, {**cp, "pad": 0})),
    ),
    Mistake(
        "pad_once",
        "The result is as small as if only one side had been padded: the size needs 2·pad.",
        _SIZE,
        instead=_conv(size=lambda n, f, p, s: (n + p - f) // s + 1),
    ),
    Mistake(
        "WW_is_HH",
        "The height of the filter was taken for its width.",
        _SIDES,
        instead=_conv(kernel_from=(2, 2)),
    ),
    Mistake(
        "WW_is_HH",
        "The height of the filter was taken for its width.",
        _SIDES,
        instead=_conv(kernel_from=(2, 2), value=_cut),
    ),
    Mistake(
        "HH_is_WW",
        "The width of the filter was taken for its height.",
        _SIDES,
        instead=_conv(kernel_from=(3, 3)),
    ),
    Mistake(
        "W_is_H",
        "The number of columns was computed from the height of the picture.",
        _SIDES,
        instead=_conv(size_from=(2, 2), value=_cut),
    ),
    Mistake(
        "H_is_W",
        "The number of rows was computed from the width of the picture.",
        _SIDES,
        instead=_conv(size_from=(3, 3), value=_cut),
    ),
    Mistake(
        "no_plus1",
        "The result has one row and one column too few: the first place of the window was not counted.",
        _SIZE,
        instead=_conv(size=lambda n, f, p, s: (n + 2 * p - f) // s),
    ),
    Mistake(
        "ceil",
        "The result is too large where the stride does not divide evenly: a window that hangs over the rim was "
        "counted.",
        _SIZE,
        instead=_conv(size=lambda n, f, p, s: -((f - n - 2 * p) // s) + 1, value=_cut),
    ),
    Mistake(
        "size_no_stride",
        "The size was computed as if the stride were 1.",
        _SIZE,
        instead=_conv(size=lambda n, f, p, s: n + 2 * p - f + 1, value=_cut),
    ),
    Mistake(
        "no_stride",
        "Each window starts at the index of its output cell. The stride was used for the size of the result only.",
        _START,
        instead=_conv(start=(lambda k, s: k, lambda k, s: k)),
    ),
    *(
        Mistake(
            "stride_h_only" if axis else "stride_w_only",
            f"The stride was used for the {'rows' if axis else 'columns'} only; the "
            f"{'columns' if axis else 'rows'} move on by 1.",
            _START,
            instead=_conv(start=(_step, lambda k, s: k) if axis else (lambda k, s: k, _step)),
        )
        for axis in (1, 0)
    ),
    Mistake(
        "flip",
        "The filter was turned by 180°: that is a mathematical convolution.",
        _FILTER,
        **_given(lambda x, w, b, cp: (x, w[:, :, ::-1, ::-1], b, cp)),
    ),
    Mistake(
        "bias_inside",
        "The bias was added to every product before the sum. One output has one bias.",
        _BIAS,
        instead=_conv(value=lambda window, w, b, n, f: (window * w[f] + b[f]).sum()),
    ),
    Mistake(
        "no_bias",
        "The bias is missing.",
        _BIAS,
        instead=_conv(value=lambda window, w, b, n, f: (window * w[f]).sum()),
    ),
    Mistake(
        "bias_n",
        "The bias was picked by the example. It belongs to the filter.",
        _BIAS,
        instead=_conv(value=lambda window, w, b, n, f: (window * w[f]).sum() + b[n]),
    ),
    Mistake(
        "bias0",
        "Every output channel got the first bias.",
        _BIAS,
        instead=_conv(value=lambda window, w, b, n, f: (window * w[f]).sum() + b[0]),
    ),
    Mistake(
        "bias_vec",
        "All biases together were added to each output.",
        _BIAS,
        instead=_conv(value=lambda window, w, b, n, f: (window * w[f]).sum() + b.sum()),
    ),
    Mistake(
        "one_filter",
        "All output channels were made with the first filter.",
        "Which loop variable picks the filter?",
        instead=_conv(value=lambda window, w, b, n, f: (window * w[0]).sum() + b[f]),
    ),
    Mistake(
        "one_channel",
        "Only the first channel of the picture was used.",
        "Over which axes is a window summed?",
        instead=_conv(value=lambda window, w, b, n, f: (window[0] * w[f, 0]).sum() + b[f]),
    ),
    Mistake(
        "first_example",
        "All examples hold the numbers of the first one.",
        "Which loop variable picks the example?",
        instead=_conv(example=lambda n: 0),
    ),
    Mistake(
        "early_return",
        "Only the first example was convolved. A `return` inside the loop ends it.",
        _LOOP,
        instead=_conv(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first filter of the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_conv(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the first row of the first filter's map was filled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_conv(only=first_only(3)),
    ),
    Mistake(
        "early_return",
        "Only the very first output was computed. A `return` inside the loops ends them all.",
        _LOOP,
        instead=_conv(only=first_only(4)),
    ),
    Mistake(
        "last_missing",
        "The last row and the last column were never filled: the loops end one step early.",
        "`range(n)` already ends at n − 1.",
        instead=_conv(only=lambda place, shape: place[2] < shape[2] - 1 and place[3] < shape[3] - 1),
    ),
    Mistake(
        "int_out",
        "The fractions are gone: the result went into an array of the picture's own type, whole numbers.",
        _TYPE,
        instead=lambda x, w, b, cp: convolve(x, w, b, cp, dtype=x.dtype),
    ),
    Mistake(
        "int_out", "The fractions are gone: the result went into whole numbers.", _TYPE, after=_on_result(np.trunc)
    ),
    Mistake(
        "channels_last",
        "The channels of the result stand last; here they come second.",
        "What does the docstring say about the axes of `out`?",
        after=_on_result(lambda out: np.moveaxis(out, 1, 3)),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the result changed places.",
        _SIDES,
        after=_on_result(lambda out: out.swapaxes(2, 3)),
    ),
    Mistake(
        "relu",
        "Negative results came back as 0. The ReLU is a layer of its own.",
        "What does the docstring ask for?",
        after=_on_result(lambda out: np.maximum(out, 0)),
    ),
    Mistake(
        "cache_padded",
        "The cache holds the padded picture; it should hold `x` as it was given.",
        _CACHE,
        after=lambda result, x, w, b, cp: (result[0], (_pad(x, cp["pad"]), w, b, cp)),
    ),
    *(
        Mistake(
            "hard_coded",
            f"The {key} was typed in as {number}; the function should use the one it is given.",
            "Which of your numbers should come from `conv_param`?",
            **_given(lambda x, w, b, cp, key=key, number=number: (x, w, b, {**cp, key: number})),
        )
        for key, number in (("stride", 1), ("stride", 2), ("pad", 1), ("pad", 2))
    ),
)


def conv_gradients(
    dout: Array,
    cache: tuple[Any, ...],
    *,
    picture: Callable[[Array, int], Array] = _pad,
    crop: Callable[[Array, int, tuple[int, ...]], Array] = lambda dx, p, shape: dx[
        :, :, p : p + shape[2], p : p + shape[3]
    ],
    start: Start = _step,
    turn: Callable[[Array], Array] = lambda w: w,
    turn_dw: Callable[[Array], Array] = lambda dw: dw,
    add: bool = True,
    add_dw: bool = True,
    example: Callable[[int], int] = lambda n: n,
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
) -> tuple[Array, Array, Array]:
    """Go backward as a learner does; without keywords it is right."""
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    seen, dx = picture(x, p), np.zeros(_pad(x, p).shape)
    dw, db = np.zeros(w.shape), np.zeros(b.shape)
    for place in np.ndindex(*dout.shape):
        if only(place, dout.shape):
            n, f, i, j = place
            rows = slice(start(i, s), start(i, s) + w.shape[2])
            columns = slice(start(j, s), start(j, s) + w.shape[3])
            dx[n, :, rows, columns] = add * dx[n, :, rows, columns] + turn(w[f]) * dout[place]
            dw[f] = add_dw * dw[f] + seen[example(n), :, rows, columns] * dout[place]
            db[f] += dout[place]
    return crop(dx, p, x.shape), turn_dw(dw), db


def _back(**changes: Any) -> Callable[..., Any]:
    return lambda dout, cache: conv_gradients(dout, cache, **changes)


def _part(k: int, change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda result, *arguments: tuple(
        change(part, *arguments) if i == k else part for i, part in enumerate(result)
    )


_CROP = "Draw a 3×3 picture with pad 1. Where in the padded 5×5 array does its first row lie, where its last?"
_MANY = "Take two windows that overlap. A pixel in both of them reached two outputs."
_WEIGHTS = "dw has one entry for each weight. Which pixels did that weight touch?"
_DB = "Every output of filter f got b[f] added once. What is the sum of their gradients, and what shape has `b`?"

CONV_BACKWARD = (
    Mistake(
        "no_stride",
        "The windows start at the index of the output cell: the stride was forgotten.",
        _START,
        instead=_back(start=lambda k, s: k),
    ),
    Mistake(
        "x_unpadded",
        "The windows for `dw` were cut from `x` as it came; the forward pass cut them from the padded one.",
        _PAD,
        instead=_back(picture=lambda x, p: x),
    ),
    Mistake(
        "x_unpadded",
        "The windows for `dw` were cut from `x` as it came; the forward pass cut them from the padded one.",
        _PAD,
        instead=_back(picture=lambda x, p: np.pad(x, ((0, 0), (0, 0), (0, 2 * p), (0, 2 * p)))),
    ),
    Mistake(
        "rot180_missing",
        "`dx` is the one that a filter turned by 180° would give. If you correlate dout with the filter, the "
        "filter must be turned; "
        "if each output spreads back over its window, it must not.",
        "Which of the two ways do you go?",
        instead=_back(turn=lambda w: w[:, ::-1, ::-1]),
    ),
    Mistake(
        "dw_flip",
        "`dw` came out turned by 180°: picture and dout changed their parts in the correlation.",
        _WEIGHTS,
        instead=_back(turn_dw=lambda dw: dw[:, :, ::-1, ::-1]),
    ),
    Mistake(
        "dx_assign",
        "`dx` was assigned where it should be added to: each window erases what earlier ones left there.",
        _MANY,
        instead=_back(add=False),
    ),
    Mistake(
        "dw_assign",
        "`dw` was assigned where it should be added to: only each filter's last window is left.",
        "A weight had a part in every output of its filter. What is left of the others at the end of your loops?",
        instead=_back(add_dw=False),
    ),
    Mistake(
        "db_assign",
        "`db` was assigned where it should be added to: only each filter's last entry of dout is left.",
        _DB,
        after=_part(2, lambda db, dout, cache: dout[-1, :, -1, -1]),
    ),
    Mistake(
        "db_assign",
        "`db` was assigned for each example where it should be added to: only the last example is left.",
        _DB,
        after=_part(2, lambda db, dout, cache: dout[-1].sum((1, 2))),
    ),
    Mistake(
        "db_keepdims",
        "`db` has the right numbers, but not the shape of b, (F,).",
        _DB,
        after=_part(2, lambda db, *rest: db[None, :, None, None]),
    ),
    Mistake(
        "db_total",
        "`db` is one total for all filters. Each filter has its own bias.",
        _DB,
        after=_part(2, lambda db, *rest: np.full(db.shape, db.sum())),
    ),
    Mistake(
        "db_total",
        "`db` is one number. Each filter has its own bias.",
        _DB,
        after=_part(2, lambda db, *rest: db.sum()),
    ),
    Mistake(
        "db_missing",
        "`db` came back full of zeros.",
        _DB,
        after=_part(2, lambda db, *rest: np.zeros_like(db)),
    ),
    Mistake(
        "mean_N",
        "The gradients were divided by the number of examples. The loss has done that already.",
        "dout already carries the 1/N of the loss.",
        after=lambda result, dout, cache: (result[0], result[1] / len(dout), result[2] / len(dout)),
    ),
    Mistake(
        "mean_N",
        "The gradients were divided by the number of examples. The loss has done that already.",
        "dout already carries the 1/N of the loss.",
        after=lambda result, dout, cache: tuple(part / len(dout) for part in result),
    ),
    Mistake(
        "crop_neg",
        "`dx` came back empty for pad 0. The slice `[pad:-pad]` is `[0:-0]`, which is `[0:0]`: nothing.",
        "Where does the picture end in the padded array, counted from the start?",
        instead=_back(crop=lambda dx, p, shape: dx[:, :, p:-p, p:-p]),
    ),
    Mistake(
        "crop_1",
        "One cell was cut off on each side, whatever the padding was.",
        _CROP,
        instead=_back(crop=lambda dx, p, shape: dx[:, :, 1:-1, 1:-1]),
    ),
    Mistake(
        "crop_topleft",
        "The padding was cut off at the bottom and right only, so everything is shifted.",
        _CROP,
        instead=_back(crop=lambda dx, p, shape: dx[:, :, : shape[2], : shape[3]]),
    ),
    Mistake(
        "not_cropped",
        "`dx` still has its padding.",
        "It should have the shape of `x`.",
        instead=_back(crop=lambda dx, p, shape: dx),
    ),
    Mistake(
        "first_example",
        "`dw` was computed with the windows of the first example only.",
        _WEIGHTS,
        instead=_back(example=lambda n: 0),
    ),
    Mistake(
        "early_return",
        "Only the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_back(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first filter of the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_back(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the first row of dout was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_back(only=first_only(3)),
    ),
    Mistake(
        "early_return",
        "Only the very first entry of dout was used. A `return` inside the loops ends them all.",
        _LOOP,
        instead=_back(only=first_only(4)),
    ),
    Mistake(
        "relu_gate",
        "Negative entries of dout were dropped. The gate of a ReLU belongs to another layer.",
        "Nothing in this layer depends on the sign of dout.",
        before=lambda dout, cache: (np.maximum(dout, 0), cache),
    ),
    Mistake(
        "order",
        "The gradients came back in another order.",
        "The docstring says the order: dx, dw, db.",
        after=lambda result, dout, cache: (result[1], result[0], result[2]),
    ),
)


# Max pooling.


def pool(
    x: Array,
    pool_param: Settings,
    *,
    keys: tuple[str, str] = ("pool_height", "pool_width"),
    size: Size = _fit,
    size_from: tuple[int, int] = (2, 3),
    start: Start = _step,
    value: Callable[[Array], Any] = np.max,
    look: Callable[[Array, int, int], Array] = lambda x, n, c: x[n, c],
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
) -> tuple[Array, tuple[Array, Settings]]:
    """Pool as a learner does; without keywords it is right."""
    s, (h, w) = pool_param["stride"], (pool_param[key] for key in keys)
    rows, columns = (size(x.shape[axis], k, 0, s) for axis, k in zip(size_from, (h, w), strict=True))
    out = np.zeros((*x.shape[:2], max(rows, 0), max(columns, 0)))
    for place in np.ndindex(*out.shape):
        if only(place, out.shape):
            n, c, i, j = place
            window = look(x, n, c)[..., start(i, s) : start(i, s) + h, start(j, s) : start(j, s) + w]
            out[place] = value(window)
    return out, (x, pool_param)


def _pool(**changes: Any) -> Callable[..., Any]:
    return lambda x, pool_param: pool(x, pool_param, **changes)


def _or_zero(window: Array) -> Any:
    return window.max() if window.size else 0.0


_POOL_SIZE = "Take 5 rows, a window of 3 rows, stride 2. Write down the rows in which a window can start."
_POOL_START = "In which row of the picture does the window of output row 1 start? And in which column that of column 1?"
_LARGEST = "Work out one window by hand. Which of its numbers is asked for?"
_WINDOW = "Print `pool_param`. Which number says how many rows a window has, which how many columns?"
_NEGATIVE = "Work out a window in which every number is negative."

POOL_FORWARD = (
    Mistake(
        "w_is_h",
        "The height of the window was taken for its width.",
        _WINDOW,
        instead=_pool(keys=("pool_height", "pool_height")),
    ),
    Mistake(
        "w_is_h",
        "The height of the window was taken for its width.",
        _WINDOW,
        instead=_pool(keys=("pool_height", "pool_height"), value=_or_zero),
    ),
    Mistake(
        "h_is_w",
        "The width of the window was taken for its height.",
        _WINDOW,
        instead=_pool(keys=("pool_width", "pool_width")),
    ),
    Mistake(
        "sides_swapped",
        "Height and width of the window changed places.",
        _WINDOW,
        instead=_pool(keys=("pool_width", "pool_height")),
    ),
    Mistake(
        "W_is_H",
        "The number of columns was computed from the height of the picture.",
        _SIDES,
        instead=_pool(size_from=(2, 2), value=_or_zero),
    ),
    Mistake(
        "H_is_W",
        "The number of rows was computed from the width of the picture.",
        _SIDES,
        instead=_pool(size_from=(3, 3), value=_or_zero),
    ),
    Mistake(
        "no_plus1",
        "The result has one row and one column too few.",
        _POOL_SIZE,
        instead=_pool(size=lambda n, f, p, s: (n - f) // s),
    ),
    Mistake(
        "ceil",
        "The result is too large where the stride does not divide evenly: a window that hangs over the rim was "
        "counted.",
        _POOL_SIZE,
        instead=_pool(size=lambda n, f, p, s: -((f - n) // s) + 1),
    ),
    Mistake(
        "no_stride",
        "Each window starts at the index of its output cell. The stride was used for the size only.",
        _POOL_START,
        instead=_pool(start=lambda k, s: k),
    ),
    Mistake(
        "max_batch",
        "The maximum was taken over the whole batch, so all examples are alike.",
        "Over which axes does a window's maximum go?",
        instead=_pool(look=lambda x, n, c: x[:, c]),
    ),
    Mistake(
        "max_channels",
        "The maximum was taken over all channels. Pooling works on each channel on its own.",
        "Over which axes does a window's maximum go?",
        instead=_pool(look=lambda x, n, c: x[n]),
    ),
    *(
        Mistake(
            "last",
            f"The {corner} cell of each window was taken, not the largest.",
            "On which pictures are the two the same?",
            instead=_pool(value=lambda window, k=k: window[k, k] if window.size else 0.0),
        )
        for corner, k in (("last", -1), ("first", 0))
    ),
    Mistake(
        "mean",
        "This is the mean of each window; the largest number is asked for.",
        _LARGEST,
        instead=_pool(value=np.mean),
    ),
    Mistake("min", "This is the smallest number of each window.", _LARGEST, instead=_pool(value=np.min)),
    Mistake(
        "max_from_0",
        "Windows with only negative numbers came back as 0.",
        _NEGATIVE,
        instead=_pool(value=lambda window: max(0, window.max())),
    ),
    Mistake(
        "early_return",
        "Only the first example was pooled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool(only=first_only(1)),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the result changed places.",
        _SIDES,
        after=_on_result(lambda out: out.swapaxes(2, 3)),
    ),
    Mistake(
        "stride_is_height",
        "The windows move on by their own height; `pool_param` has a stride of its own.",
        _WINDOW,
        **_given(lambda x, pool_param: (x, {**pool_param, "stride": pool_param["pool_height"]})),
    ),
    *(
        Mistake(
            "hard_coded",
            f"{what} typed in as {number}; the function should use what `pool_param` says.",
            _WINDOW,
            **_given(
                lambda x, pool_param, keys=keys, number=number: (x, {**pool_param, **dict.fromkeys(keys, number)})
            ),
        )
        for number in (2, 3)
        for what, keys in (
            ("The stride was", ("stride",)),
            ("Both sides of the window were", ("pool_height", "pool_width")),
            ("Both sides of the window and the stride were", ("pool_height", "pool_width", "stride")),
        )
    ),
    Mistake(
        "cache_of_result",
        "The cache holds the result; it should hold `x` as it was given.",
        "The docstring says what the cache holds.",
        after=lambda result, x, pool_param: (result[0], (result[0], pool_param)),
    ),
)


def _first_winner(window: Array) -> Array:
    return np.arange(window.size).reshape(window.shape) == window.argmax()


def pool_gradient(
    dout: Array,
    cache: tuple[Array, Settings],
    *,
    mask: Callable[[Array], Array] = _first_winner,
    plane: Callable[[Array, Array, Place], Array] = lambda x, dx, place: x[place[0], place[1]],
    start: Start = _step,
    keys: tuple[str, str] = ("pool_height", "pool_width"),
    add: bool = True,
    whole: bool = True,
    only: Callable[[Place, tuple[int, ...]], bool] = lambda place, shape: True,
) -> Array:
    """Go backward as a learner does; without keywords it is right. ``whole=False`` assigns to the winner alone."""
    x, pool_param = cache
    s, (h, w) = pool_param["stride"], (pool_param[key] for key in keys)
    dx = np.zeros(x.shape)
    for place in np.ndindex(*dout.shape):
        if only(place, dout.shape):
            n, c, i, j = place
            rows, columns = slice(start(i, s), start(i, s) + h), slice(start(j, s), start(j, s) + w)
            chosen = mask(plane(x, dx, place)[rows, columns])
            if whole:
                dx[n, c, rows, columns] = add * dx[n, c, rows, columns] + chosen * dout[place]
            else:
                dx[n, c, rows, columns] = np.where(chosen, dout[place], dx[n, c, rows, columns])
    return dx


def _unpool(**changes: Any) -> Callable[..., Any]:
    return lambda dout, cache: pool_gradient(dout, cache, **changes)


_WINNER = "Which cell of the window decided the output? Only that one had an influence."
_TIES = "In a tie, the docstring says, the first cell in reading order receives the gradient."

POOL_BACKWARD = (
    Mistake(
        "window_assign",
        "Whole windows were assigned: where windows overlap, each erases what the one before has left.",
        _MANY,
        instead=_unpool(add=False),
    ),
    Mistake(
        "winner_assign",
        "The winner was assigned where it should be added to. A cell that wins in two windows receives two gradients.",
        _MANY,
        instead=_unpool(whole=False),
    ),
    Mistake(
        "all_ties",
        "Where several cells tie, each received all of the gradient. That is another convention "
        "(deeplearning.ai's); here only the "
        "first one does, so that the sum stays the same.",
        _TIES,
        instead=_unpool(mask=lambda x: x == x.max()),
    ),
    Mistake(
        "share_ties",
        "Where several cells tie, they shared the gradient. That is another convention; here the first one "
        "receives it.",
        _TIES,
        instead=_unpool(mask=lambda x: (x == x.max()) / (x == x.max()).sum()),
    ),
    Mistake(
        "last_tie",
        "Where several cells tie, the last one received the gradient; here it is the first.",
        _TIES,
        instead=_unpool(mask=lambda x: np.arange(x.size).reshape(x.shape) == x.size - 1 - x.ravel()[::-1].argmax()),
    ),
    Mistake(
        "spread",
        "The gradient was shared among all cells of the window, as for average pooling.",
        _WINNER,
        instead=_unpool(mask=lambda x: np.full(x.shape, 1 / x.size)),
    ),
    Mistake(
        "all_g",
        "Every cell of the window received all of the gradient.",
        _WINNER,
        instead=_unpool(mask=lambda x: np.ones(x.shape)),
    ),
    Mistake(
        "max_c",
        "The winner was looked for over all channels, so most channels get nothing. Pooling works on each "
        "channel on its own.",
        "Which channel of `x` does your window come from?",
        instead=lambda dout, cache: _over_channels(dout, cache),
    ),
    Mistake(
        "no_stride",
        "The windows start at the index of the output cell: the stride was forgotten.",
        _POOL_START,
        instead=_unpool(start=lambda k, s: k),
    ),
    Mistake(
        "w_is_h",
        "The height of the window was taken for its width.",
        _WINDOW,
        instead=_unpool(keys=("pool_height", "pool_height")),
    ),
    Mistake(
        "sides_swapped",
        "Height and width of the window changed places.",
        _WINDOW,
        instead=_unpool(keys=("pool_width", "pool_height")),
    ),
    Mistake(
        "first_cell",
        "The first cell of every window received the gradient, whatever `x` holds. (The same comes of looking for the "
        "winner in `dx`: there all cells of the window are still 0.)",
        _WINNER,
        instead=_unpool(mask=lambda x: np.arange(x.size).reshape(x.shape) == 0),
    ),
    Mistake(
        "last_cell",
        "The last cell of every window received the gradient, whatever `x` holds.",
        _WINNER,
        instead=_unpool(mask=lambda x: np.arange(x.size).reshape(x.shape) == x.size - 1),
    ),
    Mistake(
        "local_index",
        "The place of the winner was counted from the corner of the window, and used as a place in the picture.",
        "Take a window that does not start at row 0, column 0. Where in the picture is its winner?",
        instead=lambda dout, cache: _from_the_corner(dout, cache),
    ),
    Mistake(
        "min",
        "The smallest cell of each window received the gradient.",
        _WINNER,
        instead=_unpool(mask=lambda x: _first_winner(-x)),
    ),
    Mistake(
        "mask_from_grad",
        "The winner was looked for in the gradient, not in `x`.",
        _WINNER,
        instead=_unpool(plane=lambda x, dx, place: dx[place[0], place[1]], mask=lambda dx: dx == dx.max()),
    ),
    Mistake(
        "times_value",
        "The gradient was multiplied by the maximum itself.",
        _WINNER,
        instead=_unpool(mask=lambda x: _first_winner(x) * x),
    ),
    Mistake(
        "first_example",
        "The winners of the first example were used for all examples.",
        "Which loop variable picks the example?",
        instead=_unpool(plane=lambda x, dx, place: x[0, place[1]]),
    ),
    Mistake(
        "early_return",
        "Only the first example was used. A `return` inside the loop ends it.",
        _LOOP,
        instead=_unpool(only=first_only(1)),
    ),
    Mistake(
        "mean_N",
        "The gradient was divided by the number of examples. The loss has done that already.",
        "dout already carries the 1/N of the loss.",
        after=lambda dx, dout, cache: dx / len(dout),
    ),
)


def _from_the_corner(dout: Array, cache: tuple[Array, Settings]) -> Array:
    """Add at the winner's place in its window as if that were a place in the picture."""
    x, pool_param = cache
    s, h, w = (pool_param[key] for key in ("stride", "pool_height", "pool_width"))
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        winner = _first_winner(x[n, c, i * s : i * s + h, j * s : j * s + w])
        dx[n, c, :h, :w] += winner * dout[n, c, i, j]
    return dx


def _over_channels(dout: Array, cache: tuple[Array, Settings]) -> Array:
    """Compare each channel with the maximum over all of them."""
    x, pool_param = cache
    s, h, w = (pool_param[key] for key in ("stride", "pool_height", "pool_width"))
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        where = (slice(i * s, i * s + h), slice(j * s, j * s + w))
        dx[(n, c, *where)] += (x[(n, c, *where)] == x[(n, slice(None), *where)].max()) * dout[n, c, i, j]
    return dx
