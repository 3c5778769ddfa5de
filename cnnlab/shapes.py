"""Sizes: the one home of every formula that predicts a shape.

Letters: ``H W`` the picture, ``R S`` the window (the kernel), ``P Q`` the places it takes.

Taught in notebook 01 (a filter that fits), 02 (padding and stride), 03 (parameters) and 04 (receptive field).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "Grid",
    "Pad",
    "Pads",
    "Pair",
    "ShapeError",
    "as_pads",
    "as_pair",
    "conv_parameters",
    "dense_parameters",
    "norm_parameters",
    "output_size",
    "padded_size",
    "receptive_field",
    "same_padding",
    "window_grid",
]

Pair: TypeAlias = int | tuple[int, int]  # one number for both axes, or (rows, columns)
Pads: TypeAlias = tuple[tuple[int, int], tuple[int, int]]  # ((top, bottom), (left, right))
Pad: TypeAlias = Pair | Pads | Literal["valid", "same"]


LARGEST = 2**31 - 1  # cells; beyond, sizes of arrays would overflow


class ShapeError(ValueError):
    """An array's shape does not suit the operation; the message says which, what was wanted and a remedy."""


class Grid(NamedTuple):
    """Where a window stands on a picture: its settings in full, and the places it takes."""

    kernel: tuple[int, int]  # (R, S)
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: Pads
    out: tuple[int, int]  # (P, Q)


def output_size(
    n: int, f: int, pad: int | tuple[int, int] = 0, stride: int = 1, dilation: int = 1, *, ceil_mode: bool = False
) -> int:
    """Count the places a window can take along one axis: ``floor((n + 2·pad − f) / stride) + 1``.

    Parameters
    ----------
    n
        Length of the input along the axis, in cells.
    f
        Length of the window (the filter) along the axis, in cells.
    pad
        Cells added on *each* side, or a pair: cells before and cells after.
    stride
        Cells from one window to the next.
    dilation
        Cells from one filter cell to the next; the window then spans ``dilation·(f − 1) + 1`` cells.
    ceil_mode
        Round up instead of down: also take a last window that hangs over the end, if it starts on the input or on
        the padding before it (PyTorch's rule for pooling).

    Returns
    -------
    int
        Number of outputs, at least 1. Without `ceil_mode`, a window that would hang over the rim is not taken.

    Raises
    ------
    ShapeError
        If the window does not fit even once, or a size, pad or stride makes no sense.

    Examples
    --------
    A 3-wide filter on 6 cells starts at 0, 1, 2 or 3:

    >>> output_size(6, 3)
    4
    >>> output_size(7, 3, stride=2)
    3
    >>> output_size(7, 3, dilation=2)  # spans 5 cells
    3
    >>> output_size(6, 3, stride=2), output_size(6, 3, stride=2, ceil_mode=True)
    (2, 3)
    """
    n, f = _whole("n", n, 1), _whole("f", f, 1)
    stride, dilation = _whole("stride", stride, 1), _whole("dilation", dilation, 1)
    sides = pad if isinstance(pad, tuple) else (pad, pad)
    return _places("f", "cells", n, f, as_pair("pad", sides, 0), stride, dilation, ceil_mode)


def same_padding(n: int, f: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Cells to add before and after so that there are ``ceil(n / stride)`` outputs: TensorFlow's rule for "same".

    At stride 1 and an odd filter that is ``(f − 1) / 2`` on each side. An odd total puts the extra cell *after*.

    Examples
    --------
    >>> same_padding(6, 3)
    (1, 1)
    >>> same_padding(6, 4)  # three cells: one before, two after
    (1, 2)
    >>> same_padding(64, 8, stride=8)  # 64 / 8 outputs fit as they are
    (0, 0)
    """
    n, f = _whole("n", n, 1), _whole("f", f, 1)
    stride, dilation = _whole("stride", stride, 1), _whole("dilation", dilation, 1)
    total = max((-(-n // stride) - 1) * stride + dilation * (f - 1) + 1 - n, 0)
    return total // 2, total - total // 2


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Count the input cells, along one axis, that one output cell of a stack of layers sees.

    Every stride stretches the steps of all later layers, so a filter of f cells adds ``(f − 1) ·`` *the product of
    the strides before it*.

    Parameters
    ----------
    layers
        ``(f, stride)`` of each layer, convolution or pooling, in the order the picture meets them.

    Examples
    --------
    Two 3-wide filters see 5 cells; with a 2/2 pooling between them the second one's steps count double:

    >>> receptive_field([(3, 1), (3, 1)])
    5
    >>> receptive_field([(3, 1), (2, 2), (3, 1)])
    8
    """
    field = step = 1
    for layer in layers:
        try:
            f, stride = layer
        except (TypeError, ValueError):
            raise ShapeError(
                f"layers: got {layer!r}, wanted (f, stride) of each layer. Write receptive_field([(3, 1), (2, 2)])."
            ) from None
        field += (_whole("f", f, 1) - 1) * step
        step *= _whole("stride", stride, 1)
    return field


def conv_parameters(channels: int, filters: int, kernel: Pair, *, bias: bool = True) -> int:
    """Count the numbers a convolution learns: each filter is as deep as its input and has one bias.

    Examples
    --------
    >>> conv_parameters(3, 10, 3)  # (3·3·3 + 1)·10, whatever the size of the picture
    280
    """
    rows, columns = as_pair("kernel", kernel)
    channels, filters = _whole("channels", channels, 1), _whole("filters", filters, 1)
    return filters * (channels * rows * columns + bool(bias))


def dense_parameters(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """Count the numbers a fully connected layer learns: one per pair of input and output, one bias per output.

    Examples
    --------
    >>> dense_parameters(1960, 2)
    3922
    """
    return _whole("outputs", outputs, 1) * (_whole("inputs", inputs, 1) + bool(bias))


def norm_parameters(channels: int) -> int:
    """Count the numbers a normalisation learns: a scale γ and a shift β per channel.

    Examples
    --------
    >>> norm_parameters(64)
    128
    """
    return 2 * _whole("channels", channels, 1)


def window_grid(
    size: tuple[int, int],
    kernel: Pair,
    *,
    stride: Pair = 1,
    pad: Pad = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Grid:
    """Work out where a window stands on a picture: every setting as a pair, and the number of places.

    Parameters
    ----------
    size
        (H, W) of the picture.
    kernel, stride, dilation
        One number for both axes or (rows, columns).
    pad
        One number, (rows, columns), ((top, bottom), (left, right)), "valid" (none) or "same" (TensorFlow's rule).

    Examples
    --------
    >>> window_grid((5, 6), 3, pad="same").out
    (5, 6)
    >>> window_grid((5, 6), (5, 2), stride=2).out
    (1, 3)
    """
    for axis, n in zip(("rows", "columns"), size, strict=True):
        if n < 1:
            raise ShapeError(f"x: got pictures of {n} {axis}, wanted at least 1. Check the order (N, C, H, W).")
    f, s, d = as_pair("kernel", kernel), as_pair("stride", stride), as_pair("dilation", dilation)
    pads = (
        (same_padding(size[0], f[0], s[0], d[0]), same_padding(size[1], f[1], s[1], d[1]))
        if isinstance(pad, str) and pad == "same"
        else as_pads(0 if isinstance(pad, str) and pad == "valid" else pad)
    )
    padded_size(size, pads)
    rows = _places("kernel", "rows", size[0], f[0], pads[0], s[0], d[0], ceil_mode)
    columns = _places("kernel", "columns", size[1], f[1], pads[1], s[1], d[1], ceil_mode)
    return Grid(f, s, d, pads, (rows, columns))


def as_pair(name: str, value: Pair, least: int = 1) -> tuple[int, int]:
    """Return (rows, columns) of a setting given as one number or as a pair.

    Examples
    --------
    >>> as_pair("stride", 2), as_pair("kernel", (3, 5))
    ((2, 2), (3, 5))
    """
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ShapeError(
                f"{name}: got {len(value)} numbers {value}, wanted one or two (rows, columns). Write {name}=3 or "
                f"{name}=(3, 5)."
            )
        return _whole(name, value[0], least), _whole(name, value[1], least)
    return (_whole(name, value, least),) * 2


def as_pads(pad: Pair | Pads) -> Pads:
    """Return ((top, bottom), (left, right)) of a padding given as one number, as (rows, columns) or in full.

    Examples
    --------
    >>> as_pads(1)
    ((1, 1), (1, 1))
    >>> as_pads((0, 2))
    ((0, 0), (2, 2))
    """
    if isinstance(pad, str):
        raise ShapeError(
            f'pad: got {pad!r}, wanted a number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same". '
            'Write pad="same", or a number of cells.'
        )
    if isinstance(pad, tuple | list) and len(pad) == 2 and any(isinstance(side, tuple | list) for side in pad):
        rows, columns = (as_pair("pad", side, 0) for side in pad)
        return rows, columns
    rows_each, columns_each = as_pair("pad", pad, 0)  # type: ignore[arg-type]
    return (rows_each, rows_each), (columns_each, columns_each)


def padded_size(size: tuple[int, int], pads: Pads) -> tuple[int, int]:
    """Return (rows, columns) of a picture with its padding, if they can be counted at all.

    Examples
    --------
    >>> padded_size((5, 6), ((1, 1), (0, 2)))
    (7, 8)
    """
    rows, columns = size[0] + sum(pads[0]), size[1] + sum(pads[1])
    if rows * columns > LARGEST:
        raise ShapeError(
            f"pad: got a padded picture of {rows:,}×{columns:,}, wanted at most {LARGEST:,} cells. "
            "Choose a smaller pad."
        )
    return rows, columns


def _places(
    name: str, cells: str, n: int, f: int, pads: tuple[int, int], stride: int, dilation: int, ceil_mode: bool
) -> int:
    before, after = pads
    span = dilation * (f - 1) + 1
    room = n + before + after - span
    if room < 0:
        padded = f"padded by {before} per side" if before == after else f"padded by {before} and {after}"
        dilated = f" (dilated to {span})" if dilation > 1 else ""
        several = cells if n != 1 else cells[:-1]
        raise ShapeError(
            f"{name}: got a window of {f}{dilated} on {n} {several} {padded}, wanted at most {n + before + after}. "
            f"Take a window of {(n + before + after - 1) // dilation + 1} or less, "
            f"or pad by at least {-(-(span - n) // 2)}."
        )
    places = room // stride + 1
    hangs_over = ceil_mode and room % stride > 0 and places * stride < n + before
    return places + hangs_over


def _whole(name: str, value: int, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ShapeError(
            f"{name}: got {value!r}, wanted a whole number. Write {name} as an int, for example with // instead of /."
        ) from None
    if number < least:
        raise ShapeError(f"{name}: got {number}, wanted at least {least}. Choose {name} ≥ {least}.")
    if number > LARGEST:
        raise ShapeError(f"{name}: got {number}, wanted at most {LARGEST}. Choose a smaller {name}.")
    return number
