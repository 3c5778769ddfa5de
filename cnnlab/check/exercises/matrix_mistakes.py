"""What goes wrong in im2col, col2im and the sandwich of convolution, ReLU and pooling, each with its imitation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.check.task import ANY, Mistake
from cnnlab.conventions import cs231n

__all__ = ["COL2IM", "IM2COL", "SANDWICH_BACKWARD", "SANDWICH_FORWARD"]

Array = NDArray[Any]
Settings = Mapping[str, int]


def _fit(x: Array, kh: int, kw: int, pad: int, stride: int) -> tuple[int, int]:
    return (x.shape[2] + 2 * pad - kh) // stride + 1, (x.shape[3] + 2 * pad - kw) // stride + 1


def _cols(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    return ops.im2col(np.asarray(x, np.float64), (kh, kw), stride=stride, pad=pad)


def _six(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
    """Return the windows as (C, R, S, N, P, Q)."""
    return _cols(x, kh, kw, pad, stride).reshape(x.shape[1], kh, kw, len(x), *_fit(x, kh, kw, pad, stride))


def _reordered(order: tuple[int, ...], rows: int = 3) -> Callable[..., Array]:
    """Return an im2col whose six axes come in another order; the first `rows` of them make the rows."""

    def instead(x: Array, kh: int, kw: int, pad: int, stride: int) -> Array:
        moved = _six(x, kh, kw, pad, stride).transpose(order)
        return moved.reshape(int(np.prod(moved.shape[:rows])), -1)

    return instead


_ROWS = "Take a picture of 1 channel, 2×3, and a window of 1×2. Write the matrix down by hand, window by window."
_WHICH = "Column 0 is the first window of the first picture. Which window is column 1, by the docstring?"
_CELL = "Which cell of the window stands in row 1 of the matrix?"
_ADD = "A pixel that lies in two windows stands in two columns. What comes back to it?"
_CROP = "Draw a 3×3 picture with pad 1. Where in the padded array does its first row lie?"
_STRIDE = "In which row of the padded picture does the second window start, with stride 2?"

IM2COL = (
    Mistake(
        "no_stride",
        "The stride was ignored: there is a column for every place of the window.",
        _STRIDE,
        before=lambda x, kh, kw, pad, stride: (x, kh, kw, pad, 1),
    ),
    Mistake(
        "no_stride",
        "The number of columns is right, but the windows start one cell apart: the stride was used for the size only.",
        _STRIDE,
        instead=lambda x, kh, kw, pad, stride: (
            _six(x, kh, kw, pad, 1)[..., : (f := _fit(x, kh, kw, pad, stride))[0], : f[1]]
        ).reshape(x.shape[1] * kh * kw, -1),
    ),
    Mistake(
        "no_pad",
        "The padding was left out.",
        "What is the shape of the array that your windows come from?",
        before=lambda x, kh, kw, pad, stride: (x, kh, kw, 0, stride),
    ),
    Mistake(
        "rows_T",
        "Each window is a row; here each window is a column. The matrix is transposed.",
        _ROWS,
        after=lambda cols, *arguments: cols.T,
    ),
    Mistake(
        "no_transpose",
        "The shape is right, but the numbers are scrambled: the windows were reshaped without moving their axes first.",
        _CELL,
        instead=_reordered((3, 0, 4, 5, 1, 2)),
        after=lambda cols, x, kh, kw, pad, stride: cols.reshape(x.shape[1] * kh * kw, -1),
    ),
    Mistake(
        "no_transpose",
        "The shape is right, but the numbers are scrambled: a transposed matrix was reshaped.",
        _CELL,
        after=lambda cols, *arguments: cols.T.reshape(cols.shape),
    ),
    Mistake(
        "n_fastest",
        "The columns come in another order: the picture changes from each column to the next (CS231n's layout). "
        "Here all windows of "
        "the first picture come first.",
        _WHICH,
        instead=_reordered((0, 1, 2, 4, 5, 3)),
    ),
    Mistake(
        "columns_first",
        "The windows come column by column; they should come row by row.",
        _WHICH,
        instead=_reordered((0, 1, 2, 3, 5, 4)),
    ),
    Mistake(
        "channel_last",
        "Within a column the channel changes fastest; it should change slowest.",
        _CELL,
        instead=_reordered((1, 2, 0, 3, 4, 5)),
    ),
    Mistake(
        "window_transposed",
        "Within a column the windows are read column by column; they should be read row by row.",
        _CELL,
        instead=_reordered((0, 2, 1, 3, 4, 5)),
    ),
    Mistake(
        "kernel_swapped",
        "Height and width of the window changed places.",
        "`kh` counts rows, `kw` columns.",
        before=lambda x, kh, kw, pad, stride: (x, kw, kh, pad, stride),
    ),
    Mistake(
        "flipped",
        "Each window is turned by 180°: its last cell comes first.",
        _CELL,
        instead=lambda x, kh, kw, pad, stride: _six(x, kh, kw, pad, stride)[:, ::-1, ::-1].reshape(
            x.shape[1] * kh * kw, -1
        ),
    ),
    Mistake(
        "first_example",
        "Every picture's windows are those of the first one.",
        "Which loop variable picks the picture?",
        before=lambda x, kh, kw, pad, stride: (np.repeat(x[:1], len(x), axis=0), kh, kw, pad, stride),
    ),
    Mistake(
        "one_example",
        "Only the first picture is in the matrix.",
        "How many windows has the whole batch?",
        before=lambda x, kh, kw, pad, stride: (x[:1], kh, kw, pad, stride),
    ),
    Mistake(
        "pad_value",
        "The padding is not zero.",
        "Which value does zero padding use?",
        instead=lambda x, kh, kw, pad, stride: _cols(
            np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge"), kh, kw, 0, stride
        ),
    ),
    Mistake(
        "pad_value",
        "The padding is 1; it should be 0.",
        "Which value does zero padding use?",
        instead=lambda x, kh, kw, pad, stride: _cols(
            np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=1), kh, kw, 0, stride
        ),
    ),
)


def _back(
    cols: Array,
    x_shape: tuple[int, ...],
    kh: int,
    kw: int,
    pad: int,
    stride: int,
    *,
    keep: bool = True,
    backwards: bool = False,
    crop: Callable[[Array, int, tuple[int, ...]], Array] = lambda x, p, shape: x[
        :, :, p : p + shape[2], p : p + shape[3]
    ],
    start: Callable[[int, int], int] = lambda k, s: k * s,
    order: Callable[[Array, tuple[int, ...]], Array] = lambda cols, six: cols.reshape(six),
) -> Array:
    """Add the columns back, window by window; without keywords it is right."""
    n, c, h, w = x_shape
    rows, columns = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    six = order(np.asarray(cols, np.float64), (c, kh, kw, n, rows, columns))
    x = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    places = list(np.ndindex(n, rows, columns))
    for k, i, j in reversed(places) if backwards else places:
        top, left = start(i, stride), start(j, stride)
        window = (k, slice(None), slice(top, top + kh), slice(left, left + kw))
        x[window] = keep * x[window] + six[:, :, :, k, i, j]
    return crop(x, pad, x_shape)


def _back_with(**changes: Any) -> Callable[..., Array]:
    return lambda *arguments: _back(*arguments, **changes)


def _counted(cols: Array, x_shape: tuple[int, ...], kh: int, kw: int, pad: int, stride: int) -> Array:
    """Average instead of adding: undo im2col."""
    counts = _back(np.ones_like(cols, dtype=np.float64), x_shape, kh, kw, pad, stride)
    return _back(cols, x_shape, kh, kw, pad, stride) / np.maximum(counts, 1)


COL2IM = (
    *(
        Mistake(
            "assign_or_fancy_plus",
            "A pixel that stands in several columns kept one of them only. Either the columns were assigned where they "
            "should be added, or they were added with `+=` at an array of indices: NumPy then adds once for each "
            "index, however often it comes.",
            _ADD,
            instead=_back_with(keep=False, backwards=backwards),
        )
        for backwards in (False, True)  # the last window wins, or the first
    ),
    Mistake(
        "average",
        "The contributions to a pixel were averaged. They add up: col2im is the way back of im2col's gradient, "
        "not its inverse.",
        _ADD,
        instead=_counted,
    ),
    Mistake(
        "crop_neg",
        "The result is empty for pad 0. The slice `[pad:-pad]` is `[0:-0]`, which is `[0:0]`: nothing.",
        "Where does the picture end in the padded array, counted from the start?",
        instead=_back_with(crop=lambda x, p, shape: x[:, :, p:-p, p:-p]),
    ),
    Mistake(
        "crop_topleft",
        "The padding was cut off at the bottom and right only, so everything is shifted.",
        _CROP,
        instead=_back_with(crop=lambda x, p, shape: x[:, :, : shape[2], : shape[3]]),
    ),
    Mistake(
        "not_cropped",
        "The result still has its padding.",
        "It should have the shape `x_shape`.",
        instead=_back_with(crop=lambda x, p, shape: x),
    ),
    Mistake(
        "crop_1",
        "One cell was cut off on each side, whatever the padding was.",
        _CROP,
        instead=_back_with(crop=lambda x, p, shape: x[:, :, 1:-1, 1:-1]),
    ),
    Mistake(
        "no_stride",
        "The windows start at the index of their column: the stride was forgotten.",
        _STRIDE,
        instead=_back_with(start=lambda k, s: k),
    ),
    Mistake(
        "n_fastest",
        "The columns were read in another order: as if the picture changed from each column to the next "
        "(CS231n's layout).",
        _WHICH,
        instead=_back_with(
            order=lambda cols, six: cols.reshape(*six[:3], *six[4:], six[3]).transpose(0, 1, 2, 5, 3, 4)
        ),
    ),
    Mistake(
        "window_transposed",
        "Within a column the windows were read column by column.",
        _CELL,
        instead=_back_with(order=lambda cols, six: cols.reshape(six[0], six[2], six[1], *six[3:]).swapaxes(1, 2)),
    ),
    Mistake(
        "channel_last",
        "Within a column the channel was read as changing fastest; it changes slowest.",
        _CELL,
        instead=_back_with(order=lambda cols, six: np.moveaxis(cols.reshape(six[1], six[2], six[0], *six[3:]), 2, 0)),
    ),
    Mistake(
        "columns_first",
        "The windows were read as coming column by column; they come row by row.",
        _WHICH,
        instead=_back_with(order=lambda cols, six: cols.reshape(*six[:4], six[5], six[4]).swapaxes(4, 5)),
    ),
)


# The sandwich: convolution, ReLU, max pooling.


def sandwich(
    x: Array,
    w: Array,
    b: Array,
    conv_param: Settings,
    pool_param: Settings,
    *,
    between: Callable[[Array], Array] = lambda a: np.maximum(a, 0),
    last: Callable[[Array, Settings], Array] = lambda a, pool_param: cs231n.max_pool_forward_fast(a, pool_param)[0],
    bias: bool = True,
) -> tuple[Any, Any]:
    """Go through the three layers; without keywords it is right."""
    a, _ = cs231n.conv_forward_fast(np.asarray(x, np.float64), w, b * bias, conv_param)
    return last(between(a), pool_param), ANY


def _with(**changes: Any) -> Callable[..., Any]:
    return lambda *arguments: sandwich(*arguments, **changes)


_ORDER = "Three layers, one after the other: convolution, ReLU, pooling. Print what each of them returns."

SANDWICH_FORWARD = (
    Mistake("no_relu", "The ReLU is missing.", _ORDER, instead=_with(between=lambda a: a)),
    Mistake("no_pool", "The pooling is missing.", _ORDER, instead=_with(last=lambda a, pool_param: a)),
    Mistake("no_bias", "The bias is missing.", "Which arguments does the convolution get?", instead=_with(bias=False)),
    Mistake(
        "relu_first",
        "The ReLU came before the convolution.",
        _ORDER,
        before=lambda x, *rest: (np.maximum(x, 0), *rest),
        instead=_with(between=lambda a: a),
    ),
    Mistake(
        "relu_twice",
        "The ReLU was applied to the input as well.",
        _ORDER,
        before=lambda x, *rest: (np.maximum(x, 0), *rest),
    ),
    Mistake("abs", "The absolute value was taken where the ReLU belongs.", _ORDER, instead=_with(between=np.abs)),
    Mistake(
        "average",
        "The windows were averaged; the largest number is asked for.",
        _ORDER,
        instead=_with(last=lambda a, p: ops.avgpool2d(a, (p["pool_height"], p["pool_width"]), stride=p["stride"])[0]),
    ),
    Mistake(
        "strides_swapped",
        "The stride of the convolution and that of the pooling changed places.",
        "Which dictionary goes to which layer?",
        before=lambda x, w, b, conv, pool: (
            x,
            w,
            b,
            {**conv, "stride": pool["stride"]},
            {**pool, "stride": conv["stride"]},
        ),
    ),
)


def sandwich_gradients(
    dout: Array,
    x: Array,
    w: Array,
    b: Array,
    conv_param: Settings,
    pool_param: Settings,
    *,
    gate: Callable[[Array, Array], Array] = lambda da, a: da * (a > 0),
    unpool: Callable[[Array, Any], Array] = cs231n.max_pool_backward_fast,
) -> tuple[Any, ...]:
    """Go back through the three layers; without keywords it is right."""
    a, conv_cache = cs231n.conv_forward_fast(np.asarray(x, np.float64), w, b, conv_param)
    _, pool_cache = cs231n.max_pool_forward_fast(np.maximum(a, 0), pool_param)
    da = unpool(np.asarray(dout, np.float64), pool_cache)
    return tuple(cs231n.conv_backward_fast(gate(da, a), conv_cache))


def _gradients(**changes: Any) -> Callable[..., Any]:
    return lambda *arguments: sandwich_gradients(*arguments, **changes)


_BACK = "Go back in the opposite order: pooling, ReLU, convolution. Which cache belongs to which?"

SANDWICH_BACKWARD = (
    Mistake(
        "no_relu_gate",
        "The gate of the ReLU is missing: where the convolution gave a negative number, nothing may pass.",
        _BACK,
        instead=_gradients(gate=lambda da, a: da),
    ),
    Mistake(
        "gate_by_gradient",
        "The gate looked at the gradient, not at what went into the ReLU.",
        "What does the ReLU's cache hold?",
        instead=_gradients(gate=lambda da, a: np.maximum(da, 0)),
    ),
    Mistake(
        "gate_inverted",
        "The gate is the wrong way round: it lets through where the input was negative.",
        "Where was the input positive?",
        instead=_gradients(gate=lambda da, a: da * (a < 0)),
    ),
    Mistake(
        "mean_N",
        "The gradients were divided by the number of examples. The loss has done that already.",
        "dout already carries the 1/N of the loss.",
        after=lambda result, dout, *rest: tuple(part / len(dout) for part in result),
    ),
    Mistake(
        "order",
        "The gradients came back in another order.",
        "The docstring says the order: dx, dw, db.",
        after=lambda result, *arguments: (result[1], result[0], result[2]),
    ),
    Mistake(
        "no_dx",
        "`dx` came back full of zeros.",
        "Does `dx` come from the convolution's backward pass?",
        after=lambda result, *arguments: (np.zeros_like(result[0]), *result[1:]),
    ),
)
