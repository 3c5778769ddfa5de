"""Im2colExplorer: which patch becomes which column, and how col2im adds the columns back. Played in notebook 07."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import ipywidgets as w
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.traces.im2col import Im2colTrace, trace_im2col
from cnnlab.traces.number import number
from cnnlab.whole import whole
from cnnlab.widgets.explorer import Control, Explorer, slider
from cnnlab.widgets.im2colexplorer_picture import draw
from cnnlab.widgets.inputs import numbers, read_switch, within
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene

__all__ = ["Im2colExplorer"]

Floats = NDArray[np.float64]

MOST_SIDE, MOST_KERNEL, MOST_CHANNELS, MOST_STRIDE, MOST_PAD = 8, 4, 3, 3, 2
MOST_VALUE = 9999.0  # so that a number fits its cell


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose."""

    n: int
    size: int
    stride: int
    pad: int
    channels: int
    back: bool
    image: Floats | None = None  # (C, H, W), the learner's own; then n and channels are its sizes
    weights: Floats | None = None  # (C, R, S), the learner's own; then size is its rows


class Im2colExplorer(Explorer):
    """The padded input, the matrix whose columns are its windows, and a filter times one column.

    Parameters
    ----------
    image
        Your own input, (H, W) or (C, H, W): up to 3 channels of 8×8. Without it the cells are numbered from 1.
    weights
        Your own filter, (R, S) or (C, R, S), up to 4×4, with as many channels as the image.
    fn
        Your own ``im2col(x, kh, kw, pad, stride)`` for x (1, C, H, W): the matrix shown is what it returns, and cells
        that differ from the library's are marked.
    n, size, stride, pad, channels
        Sides of the input and of the filter, stride, padding and channels to begin with.
    back
        Begin with col2im, which adds the columns back.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> explorer = Im2colExplorer()
    >>> explorer
    Im2colExplorer: 2×4×4 input, 2×2 filter, stride 1, pad 0, 8×9 matrix, step 1 of 9, row 0, column 0, value 48
    >>> explorer.matrix[:, 0]
    array([ 1.,  2.,  5.,  6., 17., 18., 21., 22.])
    >>> explorer.close()
    """

    signature = "im2col(x, kh, kw, pad, stride)"
    exported: ClassVar = {"n": (3, 4, 5), "channels": (1, 2), "size": (2, 3), "stride": (1, 2), "pad": (0, 1)}

    def __init__(
        self,
        image: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        *,
        fn: Function | None = None,
        n: int = 4,
        size: int = 2,
        stride: int = 1,
        pad: int = 0,
        channels: int = 2,
        back: bool = False,
        seconds: float = 5.0,
    ) -> None:
        picture = None if image is None else _read("image", image, MOST_SIDE)
        filters = None if weights is None else _read("weights", weights, MOST_KERNEL)
        if filters is not None:
            size, channels = filters.shape[1], len(filters)
        if picture is not None:
            n, channels = picture.shape[1], len(picture)
        if picture is not None and filters is not None and len(filters) != channels:
            raise ShapeError(
                f"weights: got {len(filters)} channels for an image of {channels}. Pass weights of shape "
                f"({channels}, {filters.shape[1]}, {filters.shape[2]})."
            )
        setting = Setting(
            n=whole("n", n, 1, MOST_SIDE),
            size=whole("size", size, 1, MOST_KERNEL),
            stride=whole("stride", stride, 1, MOST_STRIDE),
            pad=whole("pad", pad, 0, MOST_PAD),
            channels=whole("channels", channels, 1, MOST_CHANNELS),
            back=read_switch("back", back),
            image=picture,
            weights=filters,
        )
        super().__init__(setting, fn=fn, seconds=seconds)

    @property
    def matrix(self) -> Floats:
        """The matrix shown, (C·R·S, P·Q)."""
        matrix: Floats = self._trace.matrix
        return matrix

    def _draw(self, setting: Setting) -> tuple[Im2colTrace, Scene, str]:
        image, weights = _image(setting), _weights(setting)
        trace = trace_im2col(image, weights, stride=setting.stride, pad=setting.pad)
        kernel = weights.shape[1:]
        matrix, note, message = self._ask(trace.expected, image[None], *kernel, setting.pad, setting.stride)
        trace = replace(trace, matrix=matrix)
        return trace, draw(trace, back=setting.back, notes=[note] if note else []), message

    def _summary(self) -> str:
        trace: Im2colTrace = self._trace
        (c, h, wide), (_, r, s) = trace.image.shape, trace.weights.shape
        rows, columns = trace.matrix.shape
        value = f", value {number(trace.products[self.step], trace.decimals)}"
        return (
            f"{c}×{h}×{wide} input, {r}×{s} filter, stride {trace.stride}, pad {trace.pad}, {rows}×{columns} matrix"
            f"{', back' if self._setting.back else ''}, {self.place}{'' if self._setting.back else value}"
        )

    def _controls(self) -> list[Control]:
        sized = partial(slider, width="280px", label="96px")

        direction = w.ToggleButtons(
            options=[("im2col", False), ("back: col2im", True)], style={"button_width": "110px"}
        )
        return [
            Control("n", sized("Input n", 1, MOST_SIDE), "Input size n", shown=lambda s: s.image is None),
            Control("channels", sized("Channels C", 1, MOST_CHANNELS), "Channels C", shown=_own_nothing),
            Control("size", sized("Filter f", 1, MOST_KERNEL), "Filter size f", shown=lambda s: s.weights is None),
            Control("stride", sized("Stride s", 1, MOST_STRIDE), "Stride s", 1),
            Control("pad", sized("Padding p", 0, MOST_PAD), "Padding p", 1),
            Control("back", direction, "im2col|Back with col2im", 1),
        ]


def _own_nothing(setting: Setting) -> bool:
    return setting.image is None and setting.weights is None


def _image(setting: Setting) -> Floats:
    """Return the learner's image, or cells numbered from 1, so that each can be followed."""
    if setting.image is not None:
        return setting.image
    shape = (setting.channels, setting.n, setting.n)
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


def _weights(setting: Setting) -> Floats:
    if setting.weights is not None:
        return setting.weights
    return np.resize([1.0, 0.0, -1.0, 2.0], (setting.channels, setting.size, setting.size))


def _read(name: str, given: ArrayLike, most: int) -> Floats:
    """Accept an array (rows, columns) or (channels, rows, columns) of numbers that can be shown."""
    array = numbers(name, given)
    if array.ndim == 2:
        array = array[None]  # (1, rows, columns)
    if array.ndim != 3 or array.size == 0:
        remedy = f"Take one out of a batch: {name}[0]." if array.ndim > 3 else "Write one row as [[1, 2, 3]]."
        raise ShapeError(
            f"{name}: got shape {np.shape(given)}, wanted (rows, columns) or (channels, rows, columns) with at least "
            f"1 cell. {remedy}"
        )
    if len(array) > MOST_CHANNELS or max(array.shape[1:]) > most:
        raise ShapeError(
            f"{name}: got shape {array.shape}, wanted at most {MOST_CHANNELS} channels of {most}×{most} so that every "
            f"number can be read. Take a part: {name}[..., :{most}, :{most}], and {MOST_CHANNELS} channels of it."
        )
    within(name, array, MOST_VALUE)
    return array.astype(np.float64)
