"""What the widgets of notebooks 03 and 04 accept: volumes in two layouts, functions of two courses."""

from __future__ import annotations

import inspect
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.widgets.inputs import MOST_VALUE, MOST_WEIGHT, numbers, within
from cnnlab.widgets.learner import Function

__all__ = ["Layout", "read_bias", "read_filters", "read_layout", "read_picture", "wants_channels_last"]

Floats = NDArray[np.float64]
Layout = Literal["channels_first", "channels_last"]

AXES = {"channels_first": ("(C, H, W)", "(F, C, R, S)"), "channels_last": ("(H, W, C)", "(R, S, C, F)")}
MOST_CHANNELS, MOST_SIDE, MOST_WINDOW = 4, 10, 5  # so that every number has room


def read_layout(layout: str) -> Layout:
    """Accept where the channels lie."""
    if not isinstance(layout, str) or layout not in AXES:
        raise ValueError(
            f'layout: got {layout!r}, wanted "channels_first" (C, H, W) or "channels_last" (H, W, C). '
            'Write layout="channels_last" for pictures with the colours on the last axis.'
        )
    return layout  # type: ignore[return-value]


def other(layout: Layout) -> Layout:
    """Return the other layout."""
    return "channels_last" if layout == "channels_first" else "channels_first"


def read_picture(x: ArrayLike, layout: Layout, most_channels: int, most_side: int) -> Floats:
    """Accept one picture in a layout, or (H, W) for one channel; return it as (C, H, W)."""
    array = numbers("x", x)
    if array.ndim == 2:
        array = array[None] if layout == "channels_first" else array[..., None]
    if array.ndim != 3 or array.size == 0:
        remedy = "Take one out of a batch: x[0]." if array.ndim > 3 else "Write one row as [[1, 2, 3]]."
        raise ShapeError(
            f"x: got shape {np.shape(x)}, wanted one picture, {AXES[layout][0]} or (H, W), with at least 1 cell. "
            f"{remedy}"
        )
    array = array if layout == "channels_first" else np.moveaxis(array, -1, 0)
    channels, height, width = array.shape
    if channels > most_channels:
        raise ShapeError(
            f"x: got {channels} channels in the layout {AXES[layout][0]}, wanted at most {most_channels} so that all "
            f'can be read. Take the first ones, or write layout="{other(layout)}" if x is {AXES[other(layout)][0]}.'
        )
    if max(height, width) > most_side:
        part = f"x[:, :{most_side}, :{most_side}]" if layout == "channels_first" else f"x[:{most_side}, :{most_side}]"
        raise ShapeError(
            f"x: got {height}×{width} cells, wanted at most {most_side}×{most_side} so that every number can be read. "
            f"Take a part: {part}."
        )
    within("x", array, MOST_VALUE)
    return array.astype(np.float64)


def read_filters(w: ArrayLike, layout: Layout) -> Floats:
    """Accept filters in a layout; return them as (F, C, R, S)."""
    array = numbers("w", w)
    axes = AXES[layout][1]
    if array.ndim != 4 or array.size == 0:
        single = "w[None]" if layout == "channels_first" else "w[..., None]"
        remedy = (
            f"Give a single filter the axis of the filters: {single}." if array.ndim == 3 else "Reshape it to that."
        )
        raise ShapeError(f"w: got shape {array.shape}, wanted 4 axes {axes} with at least 1 cell. {remedy}")
    array = array if layout == "channels_first" else array.transpose(3, 2, 0, 1)
    filters, channels, rows, columns = array.shape
    if max(filters, channels) > MOST_CHANNELS or max(rows, columns) > MOST_WINDOW:
        raise ShapeError(
            f"w: got {filters} filters {rows}×{columns}×{channels} in the layout {axes}, wanted at most "
            f"{MOST_CHANNELS} filters {MOST_WINDOW}×{MOST_WINDOW}×{MOST_CHANNELS} so that all can be read. "
            f'Take a part, or write layout="{other(layout)}" if w is {AXES[other(layout)][1]}.'
        )
    within("w", array, MOST_WEIGHT)
    return array.astype(np.float64)


def read_bias(b: ArrayLike, filters: int) -> Floats:
    """Accept one bias per filter, in any shape such as (F,) or (1, 1, 1, F)."""
    array = numbers("b", b)
    if array.size != filters:
        raise ShapeError(
            f"b: got shape {array.shape}, wanted one number for each of {filters} filters. Pass np.zeros({filters})."
        )
    within("b", array, MOST_VALUE)
    return array.astype(np.float64).reshape(filters)


def wants_channels_last(fn: Function) -> bool:
    """Tell from its arguments which course's spelling a learner's function follows.

    Examples
    --------
    >>> wants_channels_last(lambda A_prev, W, b, hparameters: None)
    True
    >>> wants_channels_last(lambda x, w, b, conv_param: None)
    False
    """
    try:
        names = set(inspect.signature(fn).parameters)
    except (TypeError, ValueError):  # compiled functions have none
        return True
    return not names & {"conv_param", "pool_param"}
