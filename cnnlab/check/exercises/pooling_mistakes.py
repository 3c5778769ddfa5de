"""What goes wrong in pooling, each mistake with its imitation: the learner's four loops with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.exercises.sliding import first_only
from cnnlab.check.task import Mistake

__all__ = ["FIELD_MISTAKES", "POOL_MISTAKES", "pool"]

Array = NDArray[Any]
Settings = Mapping[str, int]
Result = tuple[Array, tuple[Array, Settings]]
Size = Callable[[int, int, int], int]  # (cells of the axis, f, stride) → number of windows


def floor_size(n: int, f: int, s: int) -> int:
    """Count the windows that fit."""
    return (n - f) // s + 1


def window_value(window: Array, mode: str) -> Any:
    """Reduce one window."""
    return window.max() if mode == "max" else window.mean()


def _if_any(window: Array, mode: str) -> Any:
    """Reduce one window; beyond the rim there is nothing, and the result stays 0."""
    return window_value(window, mode) if window.size else 0.0


def pool(
    A_prev: Array,
    hparameters: Settings,
    mode: str = "max",
    *,
    size: Size = floor_size,
    columns: Size | None = None,  # where it is not that of the rows
    size_from: tuple[int, int] = (1, 2),  # axes of A_prev whose lengths set the rows and columns of the result
    corner: Callable[[int, int, int, int], tuple[int, int]] = lambda h, w, f, s: (h * s, w * s),
    length: Callable[[int, int], int] = lambda f, s: f,
    value: Callable[[Array, str], Any] = window_value,
    look: Callable[[Array, int, int], Array] = lambda A, i, c: A[i, :, :, c],  # the plane that the window lies on
    dtype: Any = np.float64,
    only: Callable[[tuple[int, ...], tuple[int, ...]], bool] = lambda place, shape: True,  # cells that are filled
) -> Result:
    """Pool as a learner does; without keywords it is right."""
    f, s = hparameters["f"], hparameters["stride"]
    m, _, _, n_C = A_prev.shape
    rows = size(A_prev.shape[size_from[0]], f, s)
    A = np.zeros((m, rows, (columns or size)(A_prev.shape[size_from[1]], f, s), n_C), dtype)
    for i, h, w, c in np.ndindex(*A.shape):
        if only((i, h, w, c), A.shape):
            (top, left), n = corner(h, w, f, s), length(f, s)
            A[i, h, w, c] = value(look(A_prev, i, c)[top : top + n, left : left + n], mode)
    return A, (A_prev, hparameters)


def _pool_with(**changes: Any) -> Callable[..., Result]:
    return lambda A_prev, hparameters, mode="max": pool(A_prev, hparameters, mode, **changes)


def _across(through: str) -> Callable[..., Result]:
    """In one of the two modes cut the window through every channel."""

    def pooled(A_prev: Array, hparameters: Settings, mode: str = "max") -> Result:
        changes: Any = {"look": lambda A, i, c: A[i]} if mode == through else {}
        return pool(A_prev, hparameters, mode, **changes)

    return pooled


def _on_result(change: Callable[..., Array]) -> Callable[..., Result]:
    """Return a change of A; the cache stays."""
    return lambda result, A_prev, hparameters, mode="max": (change(result[0], A_prev, hparameters, mode), result[1])


def _running_max(window: Array, mode: str) -> Any:
    return max(0, window.max()) if mode == "max" else window.mean()


def _corner(row: int, column: int) -> Callable[[Array, str], Any]:
    return lambda window, mode: window[row, column] if mode == "max" else window.mean()


def _average(divisor: Callable[[Array], float]) -> Callable[[Array, str], Any]:
    return lambda window, mode: window.max() if mode == "max" else window.sum() / divisor(window)


def _typed(**numbers: int) -> Callable[..., tuple[Any, ...]]:
    return lambda A_prev, hparameters, *mode: (A_prev, {**hparameters, **numbers}, *mode)


def _own_cache(change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda result, A_prev, hparameters, mode="max": (result[0], change(result[0], A_prev, hparameters))


_WINDOW = "Take output row 1. In which row of the input does its window start, and in which row does it end?"
_SIZE = (
    "For an input with 7 rows, f = 3 and stride 2: write down the row in which each window starts. How many are there?"
)
_SIDES = "Print `A_prev.shape` for the call above. Which number belongs to which loop?"
_LOOP = "Go through your loops by hand for the first two output cells. When is `return` reached?"
_MODE = "Work out one window by hand, once with `max`, once with the mean. Which of the two does the call ask for?"
_NEGATIVE = "Work out a window in which every number is negative."
_AXES = "`A_prev` has the axes (m, n_H, n_W, n_C). Which two does a window cut, and which two does it keep apart?"
_TYPE = "Look at the array your results go into: what is its `dtype`?"
_CACHE = "The docstring says what the cache holds. `pool_backward` in notebook 05 will unpack it."

POOL_MISTAKES = (
    Mistake(
        "no_stride",
        "Each window starts at the index of its output cell. The stride was used for the size of the result, "
        "but not for the place of the windows.",
        _WINDOW,
        instead=_pool_with(corner=lambda h, w, f, s: (h, w)),
    ),
    *(
        Mistake(
            "stride_one_way",
            f"The {moved} of the windows move on by the stride, the {still} do not: they start at the index of their "
            "output cell.",
            _WINDOW,
            instead=_pool_with(corner=corner),
        )
        for moved, still, corner in (
            ("rows", "columns", lambda h, w, f, s: (h * s, w)),
            ("columns", "rows", lambda h, w, f, s: (h, w * s)),
        )
    ),
    *(
        Mistake(
            "window_turned",
            "Rows and columns changed places where the window is cut out: output row h took the columns of the input, "
            "output column w the rows.",
            "Which of your loop variables gives the first row of the window, and which its first column?",
            instead=_pool_with(corner=lambda h, w, f, s: (w * s, h * s), value=value),
        )
        for value in (window_value, _if_any)
    ),
    Mistake(
        "end_stride",
        "Each window has the length of the stride; its length should be f.",
        _WINDOW,
        instead=_pool_with(length=lambda f, s: s),
    ),
    Mistake(
        "start_f",
        "The windows stand side by side: each starts f cells after the last one. They should start `stride` cells "
        "after it.",
        _WINDOW,
        instead=_pool_with(corner=lambda h, w, f, s: (h * f, w * f), value=_if_any),
    ),
    Mistake(
        "stride_is_f",
        "The stride was ignored: windows move on by f.",
        _WINDOW,
        before=lambda A_prev, hp, *mode: (A_prev, {**hp, "stride": hp["f"]}, *mode),
        after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
    ),
    Mistake(
        "f_is_stride",
        "The stride was taken for the size of the window as well.",
        _WINDOW,
        before=lambda A_prev, hp, *mode: (A_prev, {**hp, "f": hp["stride"]}, *mode),
        after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
    ),
    Mistake(
        "window_too_long",
        "The windows are one cell too long.",
        "A slice `a:b` ends before `b`. How many cells has `a : a + f`?",
        instead=_pool_with(length=lambda f, s: f + 1),
    ),
    Mistake(
        "window_too_short",
        "The windows are one cell too short.",
        "A slice `a:b` ends before `b`. How many cells has `a : a + f - 1`?",
        instead=_pool_with(length=lambda f, s: f - 1, value=_if_any),
    ),
    Mistake(
        "nW_from_H",
        "The number of columns was computed from the height of the input.",
        _SIDES,
        instead=_pool_with(size_from=(1, 1), value=_if_any),
    ),
    Mistake(
        "nW_from_H",
        "The number of columns was computed from the height of the input.",
        _SIDES,
        shows=lambda got, right, A_prev, hp, *mode: _has_shape(got, right, A_prev, hp, (1, 1)),
        example=lambda A_prev, hp, mode="max": _of_size(A_prev, hp, (1, 1)),
    ),
    Mistake(
        "nH_from_W",
        "The number of rows was computed from the width of the input.",
        _SIDES,
        shows=lambda got, right, A_prev, hp, *mode: _has_shape(got, right, A_prev, hp, (2, 2)),
        example=lambda A_prev, hp, mode="max": _of_size(A_prev, hp, (2, 2)),
    ),
    Mistake(
        "swapped_size",
        "Height and width changed places in the size of the result.",
        _SIDES,
        shows=lambda got, right, A_prev, hp, *mode: _has_shape(got, right, A_prev, hp, (2, 1)),
        example=lambda A_prev, hp, mode="max": _of_size(A_prev, hp, (2, 1)),
    ),
    Mistake(
        "no_plus1",
        "The result has one row and one column too few: the first place of the window was not counted.",
        _SIZE,
        instead=_pool_with(size=lambda n, f, s: (n - f) // s),
    ),
    Mistake(
        "ceil",
        "The result is too large where the stride does not divide evenly: a window that hangs over the rim was "
        "counted. Only windows that lie inside the input count, so round down.",
        _SIZE,
        instead=_pool_with(size=lambda n, f, s: -((f - n) // s) + 1),
    ),
    Mistake(
        "rounded_size",
        "The size was rounded to the nearest whole number, so at times a window that hangs over the rim was counted. "
        "Round down.",
        _SIZE,
        instead=_pool_with(size=lambda n, f, s: round((n - f) / s) + 1),
    ),
    *(
        Mistake(
            name,
            f"The number of windows was computed as {formula}",
            _SIZE,
            instead=_pool_with(size=size, value=value),
        )
        for name, formula, size in (
            ("size_f_is_s", "`n // f`. That holds only where the stride equals f.", lambda n, f, s: n // f),
            (
                "size_n_over_s",
                "`n // stride`. That forgets that the last window needs f cells.",
                lambda n, f, s: n // s,
            ),
            ("size_no_stride", "if the stride were 1.", lambda n, f, s: n - f + 1),
        )
        for value in (_if_any, window_value)
    ),
    Mistake(
        "all_channels",
        "All channels hold the same numbers: the window cuts through every channel. Pooling works on each channel "
        "on its own.",
        _AXES,
        instead=_pool_with(look=lambda A, i, c: A[i]),
    ),
    *(
        Mistake(
            "all_channels",
            f"With `mode` {mode!r} all channels hold the same numbers: there the window cuts through every channel. "
            "Pooling works on each channel on its own.",
            _AXES,
            instead=_across(mode),
        )
        for mode in ("max", "average")
    ),
    Mistake(
        "first_channel",
        "All channels hold the numbers of the first one.",
        _AXES,
        instead=_pool_with(look=lambda A, i, c: A[i, :, :, 0]),
    ),
    Mistake(
        "first_example",
        "All examples hold the numbers of the first one.",
        "Which loop variable picks the example, and is it used when the window is cut out?",
        instead=_pool_with(look=lambda A, i, c: A[0, :, :, c]),
    ),
    Mistake(
        "all_examples",
        "All examples hold the same numbers: the window cuts through every example.",
        _AXES,
        instead=_pool_with(look=lambda A, i, c: A[:, :, :, c].transpose(1, 2, 0)),
    ),
    Mistake(
        "max_from_0",
        "Windows with only negative numbers came back as 0: the largest number so far started at 0.",
        _NEGATIVE,
        instead=_pool_with(value=_running_max),
    ),
    *(
        Mistake(
            "max_not_reset",
            f"The largest number so far was kept from earlier windows: {since}.",
            "Go through two windows by hand. What does your running maximum hold before the second one begins?",
            after=_on_result(
                lambda A, A_prev, hp, mode, axis=axis: (
                    np.maximum.accumulate(A if axis else A.ravel(), axis=axis).reshape(A.shape) if mode == "max" else A
                )
            ),
        )
        for axis, since in (
            (0, "it is set only once, before all loops"),
            (3, "it is set anew for each place, but not for each channel"),
        )
    ),
    Mistake(
        "skips_first",
        "The first row and the first column of each window were left out of the maximum.",
        "Indices count from 0. Which cells of the window does your loop reach?",
        instead=_pool_with(value=lambda x, mode: np.append(x[1:, 1:], x[0, 0]).max() if mode == "max" else x.mean()),
    ),
    Mistake(
        "argmax",
        "This is the place of the largest number within its window (`argmax`), not the number itself.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.argmax() if mode == "max" else x.mean()),
    ),
    Mistake(
        "relu",
        "Negative results came back as 0. Pooling does not change the sign of anything.",
        _NEGATIVE,
        after=_on_result(lambda A, A_prev, hp, mode: np.maximum(A, 0)),
    ),
    Mistake(
        "abs_max",
        "The cell with the largest absolute value was taken; the largest number is asked for.",
        _NEGATIVE,
        instead=_pool_with(value=lambda x, mode: x.flat[np.abs(x).argmax()] if mode == "max" else x.mean()),
    ),
    Mistake(
        "abs",
        "The sign is lost.",
        _NEGATIVE,
        before=lambda A_prev, *rest: (np.abs(A_prev), *rest),
        after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
    ),
    Mistake(
        "min",
        "This is the smallest number of each window; the largest is asked for.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.min() if mode == "max" else x.mean()),
    ),
    Mistake(
        "median",
        "For the average this gave the median, the middle one of the sorted numbers.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.max() if mode == "max" else np.median(x)),
    ),
    Mistake(
        "mode_ignored",
        "Both modes gave the maximum: `mode` was not looked at, or compared with another word than `average`.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.max()),
    ),
    Mistake(
        "always_average",
        "Both modes gave the average: `mode` was not looked at, or compared with another word than `max`.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.mean()),
    ),
    Mistake(
        "modes_swapped",
        "The two modes changed places: `max` gave the average, `average` the maximum.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.mean() if mode == "max" else x.max()),
    ),
    Mistake(
        "average_missing",
        "Mode `average` left the result as it was made, full of zeros.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: x.max() if mode == "max" else 0),
    ),
    Mistake(
        "max_missing",
        "Mode `max` left the result as it was made, full of zeros.",
        _MODE,
        instead=_pool_with(value=lambda x, mode: 0 if mode == "max" else x.mean()),
    ),
    Mistake(
        "sum",
        "For the average the numbers were added, but not divided.",
        "By how many cells must the sum be divided?",
        instead=_pool_with(value=_average(lambda x: 1)),
    ),
    Mistake(
        "divided_by_f",
        "For the average the sum was divided by f, the length of one side.",
        "How many cells has a window?",
        instead=_pool_with(value=_average(len)),
    ),
    Mistake(
        "divided_by_four",
        "For the average the sum was divided by 4, whatever the size of the window.",
        "How many cells has a window with f = 3?",
        instead=_pool_with(value=_average(lambda x: 4)),
    ),
    Mistake(
        "whole_average",
        "The averages were rounded down to whole numbers.",
        "Look at the division: `//` throws the fraction away, `/` keeps it.",
        instead=_pool_with(value=lambda x, mode: x.max() if mode == "max" else np.floor(x.mean())),
    ),
    *(
        Mistake(
            "last_elem",
            f"For the maximum the {corner} cell of each window was taken. In data that grow towards that corner the "
            "two are the same.",
            _MODE,
            instead=_pool_with(value=_corner(row, column)),
        )
        for corner, row, column in (("last", -1, -1), ("first", 0, 0))
    ),
    Mistake(
        "int_out",
        "The fractions are gone: the result went into an array of the input's own type, and the input holds whole "
        "numbers.",
        _TYPE,
        instead=lambda A_prev, hp, mode="max": pool(A_prev, hp, mode, dtype=A_prev.dtype),
    ),
    Mistake(
        "int_out",
        "The fractions are gone: the result went into an array of whole numbers.",
        _TYPE,
        after=_on_result(lambda A, A_prev, hp, mode: np.trunc(A)),
    ),
    Mistake(
        "early_return",
        "Only the first example was pooled; the others stayed as they were made. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool_with(only=first_only(1)),
    ),
    Mistake(
        "early_return",
        "Only the first row of the first example was filled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool_with(only=first_only(2)),
    ),
    Mistake(
        "early_return",
        "Only the channels of the first output cell were filled. A `return` inside the loop ends it.",
        _LOOP,
        instead=_pool_with(only=first_only(3)),
    ),
    Mistake(
        "first_channel_only",
        "Only the first channel was filled; the others stayed as they were made.",
        "Which loop runs over the channels?",
        instead=_pool_with(only=lambda place, shape: place[3] == 0),
    ),
    Mistake(
        "last_missing",
        "The last row and the last column were never filled: the loops end one step early.",
        "`range(n)` already ends at n − 1.",
        instead=_pool_with(only=lambda place, shape: place[1] < shape[1] - 1 and place[2] < shape[2] - 1),
    ),
    Mistake(
        "starts_at_one",
        "Row 0 and column 0 were never filled: the loops start at 1.",
        "Indices count from 0.",
        instead=_pool_with(only=lambda place, shape: place[1] > 0 and place[2] > 0),
    ),
    Mistake(
        "transposed",
        "Rows and columns of the result changed places.",
        _SIDES,
        after=_on_result(lambda A, A_prev, hp, mode: A.transpose(0, 2, 1, 3)),
    ),
    Mistake(
        "other_default",
        "Called without a mode, it gave the average. The `def` line sets `mode` to `max` for such calls.",
        "Compare your `def` line with the one that was given.",
        before=lambda A_prev, hp, mode="average": (A_prev, hp, mode),
        after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
    ),
    Mistake(
        "padded",
        "The input was padded with zeros. Pooling here takes no padding.",
        _WINDOW,
        before=lambda A_prev, *rest: (np.pad(A_prev, ((0, 0), (1, 1), (1, 1), (0, 0))), *rest),
        after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
    ),
    *(
        Mistake(
            "hard_coded",
            f"{word} was typed in as {number}; the function should use the one it is given.",
            "Which of your numbers should come from `hparameters`?",
            before=_typed(**{key: number}),
            after=lambda result, A_prev, hp, mode="max": (result[0], (A_prev, hp)),
        )
        for word, key in (("The stride", "stride"), ("The size f", "f"))
        for number in (1, 2, 3)
    ),
    Mistake(
        "cache_of_result",
        "The cache holds the result A. It should hold the input `A_prev`, as it was given.",
        _CACHE,
        after=_own_cache(lambda A, A_prev, hp: (A, hp)),
    ),
    Mistake(
        "results_swapped",
        "A and the cache came back in the wrong order.",
        "In which order does the docstring name what is returned?",
        after=lambda result, *arguments: result[::-1],
    ),
    Mistake(
        "cache_swapped",
        "The cache holds the right things in the wrong order.",
        _CACHE,
        after=_own_cache(lambda A, A_prev, hp: (hp, A_prev)),
    ),
    Mistake(
        "cache_without_settings",
        "The cache holds `A_prev` alone; `hparameters` belongs into it too.",
        _CACHE,
        after=_own_cache(lambda A, A_prev, hp: A_prev),
    ),
)


def _shape(A_prev: Array, hp: Settings, axes: tuple[int, int]) -> tuple[int, ...]:
    """Return the shape of a result whose rows and columns were counted along these axes of the input."""
    sides = (floor_size(A_prev.shape[axis], hp["f"], hp["stride"]) for axis in axes)
    return (len(A_prev), *sides, A_prev.shape[3])


def _of_size(A_prev: Array, hp: Settings, axes: tuple[int, int]) -> Result:
    return np.zeros(_shape(A_prev, hp, axes)), (A_prev, hp)


def _has_shape(got: Any, right: Any, A_prev: Array, hp: Settings, axes: tuple[int, int]) -> bool:
    """Whether the result has the size that these two axes of the input would give, and is not just transposed."""
    if not (isinstance(got, tuple | list) and len(got) == 2 and np.shape(got[0]) == _shape(A_prev, hp, axes)):
        return False
    turned = np.swapaxes(right[0], 1, 2)
    if np.shape(got[0]) in (right[0].shape, turned.shape):
        return np.shape(got[0]) == right[0].shape or not np.allclose(got[0], turned, atol=1e-8 * np.abs(turned).max())
    return True


# The receptive field. Each imitation takes the layers, [(f, stride), ...].

Layers = list[tuple[int, int]]


def _field(
    layers: Layers,
    *,
    start: int = 1,
    add: Callable[[int, int], int] = lambda f, jump: (f - 1) * jump,
    step: Callable[[int, int], int] = lambda jump, s: jump * s,
    early: bool = False,
) -> int:
    size, jump = start, 1
    for f, s in layers:
        jump = step(jump, s) if early else jump
        size += add(f, jump)
        jump = jump if early else step(jump, s)
    return size


def _field_with(**changes: Any) -> Callable[[Layers], int]:
    return lambda layers: _field(layers, **changes)


def _times_stride(layers: Layers) -> int:
    size = 1
    for f, s in layers:
        size = size * s + f - 1
    return size


_TWO = "Take two layers with f = 3, the first with stride 2. Draw the cells that one output of the second layer sees."
_ONE = "Take a single layer with f = 3. How many cells does one of its outputs see?"

FIELD_MISTAKES = (
    Mistake(
        "no_stride",
        "The strides were left out. After a layer of stride s, neighbours lie s input cells apart, so every later "
        "layer sees further.",
        _TWO,
        instead=_field_with(step=lambda jump, s: 1),
    ),
    Mistake(
        "k_j",
        "Each layer added f steps. The first cell of a window is already counted, so only f − 1 are new.",
        _ONE,
        instead=_field_with(add=lambda f, jump: f * jump),
    ),
    Mistake(
        "k_j",
        "Each layer added f steps, and the count began at 0. The first cell of a window is counted once only.",
        _ONE,
        instead=_field_with(start=0, add=lambda f, jump: f * jump),
    ),
    Mistake(
        "sum_j",
        "The strides of the layers were added. Behind two layers of stride 2, neighbours lie 2 · 2 cells apart; behind "
        "three, 2 · 2 · 2.",
        _TWO,
        instead=_field_with(step=lambda jump, s: jump + s - 1),
    ),
    Mistake(
        "sum_j",
        "The strides of the layers were added; they should be multiplied.",
        _TWO,
        instead=_field_with(step=lambda jump, s: jump + s),
    ),
    Mistake(
        "last_stride",
        "Only the stride of the layer just before was used; all strides before a layer are multiplied.",
        _TWO,
        instead=_field_with(step=lambda jump, s: s),
    ),
    Mistake(
        "last_stride",
        "Only the last stride above 1 was used; all strides before a layer are multiplied.",
        _TWO,
        instead=_field_with(step=lambda jump, s: s if s > 1 else jump),
    ),
    Mistake(
        "largest_stride",
        "Only the largest stride was used; all strides before a layer are multiplied.",
        _TWO,
        instead=_field_with(step=max),
    ),
    Mistake(
        "forward_rule",
        "The field was multiplied by each stride on the way. It does not grow that way: only the jump does.",
        _TWO,
        instead=_times_stride,
    ),
    Mistake(
        "odd_only",
        "The field grew by 2·(f // 2) steps. For windows of even size that is one too many: f − 1 are new.",
        "Take a single layer with f = 2. How many cells does one of its outputs see?",
        instead=_field_with(add=lambda f, jump: 2 * (f // 2) * jump),
    ),
    Mistake(
        "all_fields",
        "This is a list of the fields of all layers. Only the last one is asked for.",
        "Look at the `return` line: which of these numbers belongs to the last layer?",
        instead=lambda layers: [_field(layers[: n + 1]) for n in range(len(layers))],
    ),
    Mistake(
        "last_k",
        "This is the filter size of the last layer alone.",
        "One output of the last layer sees f cells of the layer below. And what do those see?",
        instead=lambda layers: layers[-1][0],
    ),
    Mistake(
        "first_k",
        "This is the filter size of the first layer alone, as if the loop had ended after it.",
        "Is there a `return` inside the loop? How many cells of the first layer's output does the next layer see?",
        instead=lambda layers: layers[0][0],
    ),
    Mistake(
        "own_stride",
        "A layer's own stride was counted for itself. It moves the windows of the later layers apart, not the cells "
        "inside its own window.",
        "Take a single layer with f = 3 and stride 2. How many cells does one of its outputs see?",
        instead=_field_with(early=True),
    ),
    Mistake(
        "starts_at_0",
        "The count began at 0. Before the first layer, a cell sees itself: 1.",
        _ONE,
        instead=_field_with(start=0),
    ),
    Mistake(
        "product",
        "The filter sizes were multiplied.",
        _TWO,
        instead=lambda layers: int(np.prod([f for f, _ in layers])),
    ),
    Mistake("sum", "The filter sizes were added.", _TWO, instead=lambda layers: sum(f for f, _ in layers)),
    Mistake(
        "jump", "This is the product of the strides.", _ONE, instead=lambda layers: int(np.prod([s for _, s in layers]))
    ),
    Mistake(
        "reversed",
        "The rule and the direction do not go together: either the layers were taken from the last to the first, or a "
        "rule made for that direction went from the first to the last.",
        "The list begins with the layer next to the picture.",
        before=lambda layers: (layers[::-1],),
    ),
    Mistake(
        "f_and_stride_swapped",
        "Filter size and stride changed places.",
        "A pair is (f, stride), in that order.",
        before=lambda layers: ([(s, f) for f, s in layers],),
    ),
    Mistake(
        "skips_last",
        "The last layer was left out.",
        _LOOP,
        before=lambda layers: (layers[:-1],),
    ),
    Mistake(
        "skips_first",
        "The first layer was left out.",
        _LOOP,
        before=lambda layers: (layers[1:],),
    ),
    Mistake(
        "area",
        "This is the number of cells in the field. The length of one side is asked for.",
        _ONE,
        after=lambda out, layers: np.asarray(out) ** 2,
    ),
)
