"""What goes wrong in a convolution over volumes (channels last), each mistake with its imitation.

The imitations are the learner's four loops with one thing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.sliding import first_only
from cnnlab.check.task import Mistake

__all__ = ["CONV_MISTAKES", "STEP_MISTAKES", "convolve"]

Array = NDArray[Any]
Settings = Mapping[str, int]
Result = tuple[Array, tuple[Any, ...]]
Size = Callable[[int, int, int, int], int]  # (cells of the axis, f, pad, stride) → number of windows


def floor_size(n: int, f: int, p: int, s: int) -> int:
    """Count the windows that fit."""
    return (n + 2 * p - f) // s + 1


def zero_pad(X: Array, pad: int, **settings: Any) -> Array:
    """Pad the two spatial axes."""
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), **settings)


def step(window: Array, W: Array, b: Array, c: int) -> Any:
    """Compute one output: all products of the window with filter c, and its bias."""
    return (window * W[..., c]).sum() + b[0, 0, 0, c]


def convolve(
    A_prev: Array,
    W: Array,
    b: Array,
    hparameters: Settings,
    *,
    size: Size = floor_size,
    size_from: tuple[int, int] = (1, 2),
    padded: Callable[[Array, int], Array] = zero_pad,
    corner: Callable[[int, int, int, int], tuple[int, int]] = lambda h, w, s, p: (h * s, w * s),
    length: Callable[[int], int] = lambda f: f,
    value: Callable[[Array, Array, Array, int], Any] = step,
    example: Callable[[int], int] = lambda i: i,
    dtype: Any = np.float64,
    only: Callable[[tuple[int, ...], tuple[int, ...]], bool] = lambda place, shape: True,
) -> Result:
    """Convolve as a learner does; without keywords it is right."""
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    rows, columns = (size(A_prev.shape[axis], f, p, s) for axis in size_from)
    Z = np.zeros((len(A_prev), max(rows, 0), max(columns, 0), W.shape[3]), dtype)
    picture = padded(A_prev, p)
    for i, h, w, c in np.ndindex(*Z.shape):
        if only((i, h, w, c), Z.shape):
            (top, left), n = corner(h, w, s, p), length(f)
            Z[i, h, w, c] = value(picture[example(i), top : top + n, left : left + n], W, b, c)
    return Z, (A_prev, W, b, hparameters)


def _conv_with(**changes: Any) -> Callable[..., Result]:
    return lambda A_prev, W, b, hparameters: convolve(A_prev, W, b, hparameters, **changes)


def _on_result(change: Callable[[Array], Array]) -> Callable[..., Result]:
    return lambda result, *arguments: (change(result[0]), result[1])


def _given(change: Callable[..., tuple[Any, ...]]) -> dict[str, Any]:
    """Compute with other arguments, but cache those that were given."""
    return {"before": change, "after": lambda result, *arguments: (result[0], arguments)}


def _cut(window: Array, W: Array, b: Array, c: int) -> Any:
    """Compute one output where a window may hang over the rim: the filter is cut to what is there."""
    rows, columns, _ = window.shape
    return (window * W[:rows, :columns, :, c]).sum() + b[0, 0, 0, c]


_ONE = "Take a window and a filter of 2×2×2 and work out the one number by hand. How often does the bias come in?"
_PAIR = "Each of the f·f·C cells of the window has one partner in the filter. Which operation pairs them?"
_SCALAR = "A filter at one place gives one number. What does your last line return for the call above?"

STEP_MISTAKES = (
    Mistake(
        "bias_inside",
        "The bias was added to every product before the sum, so it was counted once for each cell of the window. One "
        "output has one bias.",
        _ONE,
        instead=lambda a, W, b: (a * W + b).sum(),
    ),
    Mistake("bias_twice", "The bias was added twice.", _ONE, instead=lambda a, W, b: (a * W).sum() + 2 * b.item()),
    Mistake("no_bias", "The bias is missing.", _ONE, instead=lambda a, W, b: (a * W).sum()),
    Mistake("bias_minus", "The bias was subtracted.", _ONE, instead=lambda a, W, b: (a * W).sum() - b.item()),
    Mistake(
        "bias_times",
        "The sum was multiplied by the bias. A bias shifts the result: it is added.",
        _ONE,
        instead=lambda a, W, b: (a * W).sum() * b.item(),
    ),
    *(
        Mistake(
            "matmul",
            "Window and filter were multiplied as matrices (`@`, `np.dot`).",
            _PAIR,
            instead=lambda a, W, b, multiply=multiply: multiply(a, W).sum() + b.item(),
        )
        for multiply in (np.dot, np.matmul)
    ),
    Mistake(
        "add_wx",
        "Window and filter were added cell by cell; they should be multiplied.",
        _PAIR,
        instead=lambda a, W, b: (a + W).sum() + b.item(),
    ),
    Mistake(
        "keeps_111",
        "The number is right, but it is wrapped in an array, because `b` has the shape (1, 1, 1).",
        "Take the number out of `b`: `b.item()` or `b[0, 0, 0]`.",
        shows=lambda got, right, a, W, b: np.size(got) == 1 and np.ndim(got) > 0 and np.allclose(got, right),
        example=lambda a, W, b: (a * W).sum() + b,
    ),
    *(
        Mistake(
            "sum_axis",
            "The products were added along some axes only, so several numbers are left.",
            _SCALAR,
            instead=lambda a, W, b, axis=axis: (a * W).sum(axis=axis) + b.item(),
        )
        for axis in (0, 1, 2, (0, 1), (1, 2), (0, 2))
    ),
    Mistake("no_sum", "The products were not added up.", _SCALAR, instead=lambda a, W, b: a * W + b.item()),
    Mistake(
        "int_cast",
        "The fraction was cut off.",
        "Look for `int(...)`, or for whole-number arrays: keep the float.",
        after=lambda out, *arguments: np.trunc(out),
    ),
    Mistake("rounded", "The result was rounded.", "Return the number as it is.", after=lambda out, *a: np.rint(out)),
    Mistake(
        "mean",
        "This is the mean of the products; their sum is asked for.",
        _ONE,
        instead=lambda a, W, b: (a * W).mean() + b.item(),
    ),
    Mistake(
        "flipped",
        "The filter was turned by 180°. In a convolution layer it is used as it is.",
        "Which number of the filter lies on the top-left cell of the window?",
        before=lambda a, W, b: (a, W[::-1, ::-1], b),
    ),
    Mistake(
        "T_kernel",
        "Rows and columns of the filter changed places.",
        "Which number of the filter lies on row 0, column 1 of the window?",
        before=lambda a, W, b: (a, W.swapaxes(0, 1), b),
    ),
    Mistake(
        "one_channel",
        "Only the first channel was used. A filter is as deep as its input.",
        "How many products does a 3×3×3 filter make?",
        before=lambda a, W, b: (a[..., :1], W[..., :1], b),
    ),
    Mistake(
        "last_channel",
        "Only the last channel was used: the sums of the others were thrown away on the way.",
        "Where is your running total set to 0, and how often does that line run?",
        before=lambda a, W, b: (a[..., -1:], W[..., -1:], b),
    ),
    Mistake(
        "depth_is_f",
        "Only f of the channels were used. The depth of the filter is a size of its own, the third of `W.shape`.",
        "How far does your loop over the channels run?",
        instead=lambda a, W, b: np.sum([a[..., c] * W[..., c] for c in range(len(W))]) + b.item(),
    ),
    Mistake(
        "first_product",
        "Only the first product was used: the number was taken out before the products were added up.",
        _SCALAR,
        instead=lambda a, W, b: (a * W).flat[0] + b.item(),
    ),
    *(
        Mistake(
            "loops_too_short",
            "The last row and the last column of the window were left out: the loops end one step early.",
            "`range(n)` already ends at n − 1.",
            before=lambda a, W, b, rest=rest: (a[rest], W[rest], b),
        )
        for rest in (np.s_[:-1, :-1], np.s_[:-1, :-1, :-1])
    ),
    Mistake(
        "product",
        "The products were multiplied with each other; they should be added up.",
        _ONE,
        instead=lambda a, W, b: np.prod(a * W) + b.item(),
    ),
    Mistake(
        "relu",
        "A negative result came back as 0. The ReLU comes later, in a step of its own.",
        "What does the docstring ask for?",
        after=lambda out, *arguments: np.maximum(out, 0),
    ),
    Mistake(
        "abs", "The sign is lost.", "Look for `abs`: a sum may be negative.", after=lambda out, *arguments: np.abs(out)
    ),
)

_STRIDE = "Take stride 2. In which row of the padded input does the window of output row 1 start? And of row 2?"
_SIZE = "Take 5 rows, pad 1, f = 3, stride 2. Write down the rows in which a window can start. How many are there?"
_PAD = "Print the shape of the array that your windows are cut from. Is it the padded one?"
_FILTER = "Output channel c belongs to one filter. How do you pick that filter, of shape (f, f, C), out of `W`?"
_BIAS = "Which of the numbers in `b` belongs to output channel c, and how often is it added?"
_SIDES = "Print `A_prev.shape` for the call above. Which number belongs to which loop?"
_LOOP = "Go through your loops by hand. When is `return` reached?"
_TYPE = "Look at the array your results go into: what is its `dtype`?"
_CACHE = "The docstring says what the cache holds, and in which order. `conv_backward` in notebook 05 will unpack it."
_VALUES = "What value does zero padding put around the input, and on which axes?"

_CONV_CORE = (
    Mistake(
        "no_stride",
        "Each window starts at the index of its output cell. The stride was used for the size of the result, but not "
        "for the place of the windows.",
        _STRIDE,
        instead=_conv_with(corner=lambda h, w, s, p: (h, w)),
    ),
    *(
        Mistake(
            "stride_one_way",
            f"The {moved} of the windows move on by the stride, the {still} do not: they start at the index of their "
            "output cell.",
            _STRIDE,
            instead=_conv_with(corner=corner),
        )
        for moved, still, corner in (
            ("rows", "columns", lambda h, w, s, p: (h * s, w)),
            ("columns", "rows", lambda h, w, s, p: (h, w * s)),
        )
    ),
    Mistake(
        "start_minus_pad",
        "The windows start `pad` cells too early. The padded array is already shifted by the padding.",
        _PAD,
        instead=_conv_with(corner=lambda h, w, s, p: (h * s - p, w * s - p)),
    ),
    Mistake(
        "start_f",
        "The windows stand side by side: each starts f cells after the last one. They should start `stride` cells "
        "after it.",
        _STRIDE,
        instead=lambda A_prev, W, b, hp: convolve(
            A_prev, W, b, hp, corner=lambda h, w, s, p: (h * len(W), w * len(W)), value=_cut
        ),
    ),
    *(
        Mistake(
            "window_turned",
            "Rows and columns changed places where the window is cut out: output row h took the columns of the input, "
            "output column w the rows.",
            "Which of your loop variables gives the first row of the window, and which its first column?",
            instead=_conv_with(corner=lambda h, w, s, p: (w * s, h * s), value=value),
        )
        for value in (step, _cut)
    ),
    Mistake(
        "not_padded",
        "The windows were cut from `A_prev` as it came, not from the padded one.",
        _PAD,
        instead=_conv_with(padded=lambda A, p: A),
    ),
    Mistake(
        "not_padded",
        "The windows were cut from `A_prev` as it came, not from the padded one.",
        _PAD,
        instead=_conv_with(padded=lambda A, p: A, value=_cut),
    ),
    Mistake(
        "pad_ignored",
        "The padding was left out altogether.",
        _PAD,
        **_given(lambda A_prev, W, b, hp: (A_prev, W, b, {**hp, "pad": 0})),
    ),
    Mistake(
        "pad_once",
        "The result is as small as if only one side had been padded: the size needs 2·pad.",
        _SIZE,
        instead=_conv_with(size=lambda n, f, p, s: (n + p - f) // s + 1),
    ),
    Mistake(
        "pad_value",
        "The padding is 1; zero padding is asked for.",
        _VALUES,
        instead=_conv_with(padded=lambda A, p: zero_pad(A, p, constant_values=1)),
    ),
    *(
        Mistake(
            "pad_value",
            "The padding repeats cells of the input; zero padding is asked for.",
            _VALUES,
            instead=_conv_with(padded=lambda A, p, mode=mode: zero_pad(A, p, mode=mode)),
        )
        for mode in ("edge", "symmetric", "wrap")
    ),
    Mistake(
        "padded_twice",
        "The windows lie `pad` rows too high and `pad` columns too far left: as if the input had been padded twice, or "
        "only at its top and left.",
        _PAD,
        instead=_conv_with(padded=lambda A, p: np.pad(A, ((0, 0), (2 * p, 0), (2 * p, 0), (0, 0)))),
    ),
    Mistake(
        "all_axes",
        "All four axes were padded, the examples and the channels too.",
        _VALUES,
        instead=_conv_with(padded=np.pad),
    ),
    Mistake(
        "no_plus1",
        "The result has one row and one column too few: the first place of the window was not counted.",
        _SIZE,
        instead=_conv_with(size=lambda n, f, p, s: (n + 2 * p - f) // s),
    ),
    Mistake(
        "ceil",
        "The result is too large where the stride does not divide evenly: a window that hangs over the rim was "
        "counted.",
        _SIZE,
        instead=_conv_with(size=lambda n, f, p, s: -((f - n - 2 * p) // s) + 1, value=_cut),
    ),
    Mistake(
        "ceil",
        "The result is too large where the stride does not divide evenly: a window that hangs over the rim was "
        "counted.",
        _SIZE,
        instead=_conv_with(size=lambda n, f, p, s: -((f - n - 2 * p) // s) + 1),
    ),
    *(
        Mistake(
            "rounded_size",
            "The size was rounded to the nearest whole number, so at times a window that hangs over the rim was "
            "counted. Round down.",
            _SIZE,
            instead=_conv_with(size=lambda n, f, p, s: round((n + 2 * p - f) / s) + 1, value=value),
        )
        for value in (step, _cut)
    ),
    Mistake(
        "prec",
        "In the size only a part was divided by the stride. The whole of n + 2·pad − f is.",
        "Put brackets around what is divided.",
        instead=_conv_with(size=lambda n, f, p, s: int(n - f + 2 * p / s) + 1, value=_cut),
    ),
    Mistake(
        "prec",
        "In the size only a part was divided by the stride. The whole of n + 2·pad − f is.",
        "Put brackets around what is divided.",
        instead=_conv_with(size=lambda n, f, p, s: int(n - f + 2 * p / s) + 1),
    ),
    Mistake(
        "size_no_stride",
        "The size was computed as if the stride were 1.",
        _SIZE,
        instead=_conv_with(size=lambda n, f, p, s: n + 2 * p - f + 1, value=_cut),
    ),
    Mistake(
        "nW_from_H",
        "The number of columns was computed from the height of the input.",
        _SIDES,
        instead=_conv_with(size_from=(1, 1), value=_cut),
    ),
    Mistake(
        "nH_from_W",
        "The number of rows was computed from the width of the input.",
        _SIDES,
        instead=_conv_with(size_from=(2, 2), value=_cut),
    ),
    Mistake(
        "swapped_size",
        "Height and width changed places in the size of the result.",
        _SIDES,
        instead=_conv_with(size_from=(2, 1), value=_cut),
    ),
    Mistake(
        "window_too_short",
        "The windows are one cell too short.",
        "A slice `a:b` ends before `b`. How many cells has `a : a + f - 1`?",
        instead=_conv_with(length=lambda f: f - 1, value=_cut),
    ),
    *(
        Mistake(
            "end_stride",
            "Each window has the length of the stride; its length should be f.",
            "Take f = 3 and stride 2. In which row does the window of output row 0 end?",
            instead=lambda A_prev, W, b, hp, value=value: convolve(
                A_prev, W, b, hp, length=lambda f: hp["stride"], value=value
            ),
        )
        for value in (step, _cut)
    ),
    Mistake(
        "T_kernel",
        "Rows and columns of the filter changed places.",
        "Which number of the filter lies on row 0, column 1 of the window?",
        **_given(lambda A_prev, W, b, hp: (A_prev, W.swapaxes(0, 1), b, hp)),
    ),
    Mistake(
        "flipped",
        "The filter was turned by 180°. In a convolution layer it is used as it is.",
        "Which number of the filter lies on the top-left cell of the window?",
        **_given(lambda A_prev, W, b, hp: (A_prev, W[::-1, ::-1], b, hp)),
    ),
    Mistake(
        "one_filter",
        "All output channels were made with the first filter.",
        _FILTER,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., 0]).sum() + b[0, 0, 0, c]),
    ),
    Mistake(
        "one_filter_and_bias",
        "All output channels are the first one: neither filter nor bias was picked by c.",
        _FILTER,
        instead=_conv_with(value=lambda x, W, b, c: step(x, W, b, 0)),
    ),
    Mistake(
        "one_channel",
        "Only the first channel of the input was used. A filter is as deep as its input.",
        "How many products make one output number, if the window is 3×3 and the input has 3 channels?",
        instead=_conv_with(value=lambda x, W, b, c: (x[..., 0] * W[..., 0, c]).sum() + b[0, 0, 0, c]),
    ),
    Mistake(
        "last_channel",
        "Only the last channel of the input counts: the channels before it were overwritten, not added to.",
        "Look at the line that stores a channel's sum. What becomes of the sums of the channels before?",
        instead=_conv_with(value=lambda x, W, b, c: (x[..., -1] * W[..., -1, c]).sum() + b[0, 0, 0, c]),
    ),
    Mistake(
        "sum_w_all",
        "All filters were added into every output channel.",
        _FILTER,
        instead=_conv_with(value=lambda x, W, b, c: (x[..., None] * W).sum() + b[0, 0, 0, c]),
    ),
    Mistake(
        "no_bias",
        "The bias is missing.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).sum()),
    ),
    Mistake(
        "bias0",
        "Every output channel got the first bias.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).sum() + b[0, 0, 0, 0]),
    ),
    Mistake(
        "bias_inside",
        "The bias was added to every product before the sum, so it was counted f·f·C times. One output has one bias.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c] + b[0, 0, 0, c]).sum()),
    ),
    Mistake(
        "bias_vec",
        "All biases together were added to each output; each output channel has its own.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).sum() + b.sum()),
    ),
    Mistake(
        "bias_per_channel",
        "The bias was added once for each channel of the input. One output has one bias.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).sum() + x.shape[2] * b[0, 0, 0, c]),
    ),
    Mistake(
        "bias_twice",
        "The bias was added twice, perhaps once in `conv_single_step` and once more in the loop.",
        _BIAS,
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).sum() + 2 * b[0, 0, 0, c]),
    ),
    Mistake(
        "mean",
        "The products of a window were averaged; their sum is asked for.",
        "Work out one output number by hand.",
        instead=_conv_with(value=lambda x, W, b, c: (x * W[..., c]).mean() + b[0, 0, 0, c]),
    ),
    Mistake(
        "first_example",
        "All examples hold the numbers of the first one.",
        "Which loop variable picks the example, and is it used when the window is cut out?",
        instead=_conv_with(example=lambda i: 0),
    ),
    Mistake(
        "early_return",
        "Only the first example was convolved; the others stayed as they were made. A `return` inside the loop "
        "ends it.",
        _LOOP,
        instead=_conv_with(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first row of the first example was filled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_conv_with(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the channels of the first output cell were filled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_conv_with(only=first_only(3)),
    ),
    Mistake(
        "first_filter_only",
        "Only the first output channel was filled; the others stayed as they were made.",
        "Which loop runs over the filters, and how far?",
        instead=_conv_with(only=lambda place, shape: place[3] == 0),
    ),
    Mistake(
        "last_filter_missing",
        "The last output channel was never filled: the loop over the filters ends one step early.",
        "`range(n)` already ends at n − 1.",
        instead=_conv_with(only=lambda place, shape: place[3] < shape[3] - 1),
    ),
    Mistake(
        "last_missing",
        "The last row and the last column were never filled: the loops end one step early.",
        "`range(n)` already ends at n − 1.",
        instead=_conv_with(only=lambda place, shape: place[1] < shape[1] - 1 and place[2] < shape[2] - 1),
    ),
    Mistake(
        "starts_at_one",
        "Row 0 and column 0 were never filled: the loops start at 1.",
        "Indices count from 0.",
        instead=_conv_with(only=lambda place, shape: place[1] > 0 and place[2] > 0),
    ),
    Mistake(
        "int_out",
        "The fractions are gone: the result went into an array of the input's own type, and the input holds whole "
        "numbers.",
        _TYPE,
        instead=lambda A_prev, W, b, hp: convolve(A_prev, W, b, hp, dtype=A_prev.dtype),
    ),
    *(
        Mistake(
            "hard_coded",
            f"The {key} was typed in as {number}; the function should use the one it is given.",
            "Which of your numbers should come from `hparameters`?",
            **_given(lambda A_prev, W, b, hp, key=key, number=number: (A_prev, W, b, {**hp, key: number})),
        )
        for key, number in (("stride", 1), ("stride", 2), ("pad", 1), ("pad", 2))
    ),
)

_CONV_RESULT = (
    *(
        Mistake(
            "total_not_reset",
            f"Each output still holds the sums before it: {since}.",
            "Where is the running total set to 0? Go through your loops by hand for the first two outputs.",
            after=lambda result, A_prev, W, b, hp, axis=axis: (
                np.cumsum(result[0] - b, axis=axis).reshape(result[0].shape) + b,
                result[1],
            ),
        )
        for axis, since in (
            (3, "the total starts at 0 for each place, but not for each filter"),
            (None, "the total started at 0 only once, outside the loops"),
        )
    ),
    Mistake(
        "int_out",
        "The fractions are gone: the result went into an array of whole numbers.",
        _TYPE,
        after=_on_result(np.trunc),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the result changed places.",
        _SIDES,
        after=_on_result(lambda Z: Z.swapaxes(1, 2)),
    ),
    Mistake(
        "channels_first",
        "The channels of the result stand second; here they come last.",
        "What does the docstring say about the axes of Z?",
        after=_on_result(lambda Z: np.moveaxis(Z, 3, 1)),
    ),
    Mistake(
        "relu",
        "Negative results came back as 0. The ReLU comes later, in a step of its own.",
        "What does the docstring ask for?",
        after=_on_result(lambda Z: np.maximum(Z, 0)),
    ),
    Mistake(
        "cache_padded",
        "The cache holds the padded input. It should hold `A_prev` as it was given: the backward pass pads it itself.",
        _CACHE,
        after=lambda result, A_prev, W, b, hp: (result[0], (zero_pad(A_prev, hp["pad"]), W, b, hp)),
    ),
    Mistake(
        "cache_of_result",
        "The cache holds the result Z. It should hold the input `A_prev`, as it was given.",
        _CACHE,
        after=lambda result, A_prev, W, b, hp: (result[0], (result[0], W, b, hp)),
    ),
    Mistake(
        "results_swapped",
        "Z and the cache came back in the wrong order.",
        "In which order does the docstring name what is returned?",
        after=lambda result, *arguments: result[::-1],
    ),
    Mistake(
        "cache_swapped",
        "The cache holds the right things in the wrong order.",
        _CACHE,
        after=lambda result, A_prev, W, b, hp: (result[0], (W, b, A_prev, hp)),
    ),
)

CONV_MISTAKES = _CONV_CORE + _CONV_RESULT
