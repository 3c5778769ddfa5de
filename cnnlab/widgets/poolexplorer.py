"""PoolExplorer: a window over each channel, its largest number or its average, and what a shift of the picture does.

Played in notebook 04.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import data
from cnnlab.data.splitmix import Draws
from cnnlab.traces import PoolTrace, trace_pool
from cnnlab.traces.number import number
from cnnlab.traces.pool import Mode
from cnnlab.whole import whole
from cnnlab.widgets.explorer import Control, Explorer, slider
from cnnlab.widgets.inputs import renamed
from cnnlab.widgets.learner import Function
from cnnlab.widgets.poolexplorer_picture import draw
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.volumes import read_layout, read_picture, wants_channels_last

__all__ = ["PoolExplorer"]

Floats = NDArray[np.float64]

CHANNELS, MOST_SIDE = 3, 12
MOST_SIZE, MOST_STRIDE, MOST_PAD, MOST_SHIFT = 4, 4, 2, 3  # limits of the sliders


def _drawn(seed: int, side: int, most: int) -> Floats:
    """Draw whole numbers from 0 to `most`, (3, side, side)."""
    cells = Draws(seed, np.arange(CHANNELS)).between(0, most, side**2)
    return cells.astype(np.float64).reshape(CHANNELS, side, side)


def _spots() -> Floats:
    """Put single bright cells on black, (3, 6, 6): in even columns, in odd columns, in both."""
    rows = [[0, 2, 5], [1, 2, 4], [0, 3, 4]]
    columns = [[0, 4, 2], [1, 5, 3], [2, 3, 0]]
    spots = np.zeros((CHANNELS, 6, 6))
    spots[np.arange(CHANNELS)[:, None], rows, columns] = 9
    return spots


@cache
def _digits() -> Floats:
    """Take three handwritten digits with their ink from 0 to 16, (3, 8, 8)."""
    return np.rint(data.digits().images[:CHANNELS, 0].astype(np.float64) * 16)


INPUTS: dict[str, tuple[str, Callable[[], Floats]]] = {
    "four": ("4×4 numbers", lambda: _drawn(48, 4, 9)),
    "six": ("6×6 numbers", lambda: _drawn(6, 6, 9)),
    "spots": ("bright spots", _spots),
    "digit": ("handwritten digits", _digits),
    "ties": ("many ties", lambda: _drawn(5, 5, 2)),
}


@dataclass(frozen=True)
class Setting:
    """Everything the controls choose."""

    x: str  # a name in INPUTS, or "own"
    channels: int
    mode: Mode
    size: int
    stride: int
    pad: int
    shift: int


class PoolExplorer(Explorer):
    """Max and average pooling, window by window and channel by channel.

    Parameters
    ----------
    x
        A name ("four", "six", "spots", "digit", "ties") or one picture (H, W) or (C, H, W), up to 3 channels of 12×12.
    mode
        "max" or "average".
    size
        Rows and columns of the window, up to 4.
    stride
        Cells from one window to the next, up to 4; as many as the window has unless given.
    pad
        Cells added on each side, up to 2 and fewer than `size`. Padding never wins a maximum; in an average it counts
        as zeros.
    shift
        Columns by which the picture is moved to the right, up to 3: output cells that change are marked.
    layout
        "channels_first" as above, or "channels_last": x (H, W, C).
    fn
        Your own pooling: the output shown is what it returns, and cells that differ from the library's are crossed. It
        is handed a batch of one padded picture, channels last, as ``pool_forward(A_prev, hparameters, mode)`` is; if it
        has an argument ``pool_param``, channels first, as ``max_pool_forward_naive(x, pool_param)`` is. It may return
        the output alone or with a cache.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> explorer = PoolExplorer([[1, 5, 2, 0], [3, 4, 2, 2]])
    >>> explorer.step = 1
    >>> explorer
    PoolExplorer: 2×4×1 input, max 2×2, stride 2, 1×2×1 output, step 2 of 2, channel 1, row 0, column 1, value 2
    >>> explorer.trace[1].sentence
    'Channel 1, row 0, column 1: the largest of 4 cells is 2, a tie of 3 cells.'
    >>> explorer.close()
    """

    signature = "pool_forward(A_prev, hparameters, mode)"
    exported: ClassVar = {"channels": (), "size": (2, 3), "stride": (1, 2), "pad": (0, 1), "shift": (0, 1)}

    def __init__(
        self,
        x: ArrayLike | str = "four",
        *,
        mode: Mode = "max",
        size: int = 2,
        stride: int | None = None,
        pad: int = 0,
        shift: int = 0,
        layout: str = "channels_first",
        fn: Function | None = None,
        seconds: float = 5.0,
    ) -> None:
        first = read_layout(layout)
        if isinstance(x, str) and x not in INPUTS:
            raise ValueError(f"x: got {x!r}, wanted an array or one of {', '.join(INPUTS)}. Check the spelling.")
        self._x = None if isinstance(x, str) else read_picture(x, first, CHANNELS, MOST_SIDE)
        size = whole("size", size, 1, MOST_SIZE)
        setting = Setting(
            x=x if isinstance(x, str) else "own",
            channels=1 if self._x is None else len(self._x),
            mode=mode,
            size=size,
            stride=whole("stride", size if stride is None else stride, 1, MOST_STRIDE),
            pad=whole("pad", pad, 0, MOST_PAD),
            shift=whole("shift", shift, 0, MOST_SHIFT),
        )
        super().__init__(setting, fn=fn, seconds=seconds)

    @property
    def output(self) -> Floats:
        """The output shown, (C, P, Q)."""
        output: Floats = self._trace.response
        return output

    def _picture(self, name: str) -> Floats:
        return INPUTS[name][1]() if self._x is None or name != "own" else self._x

    def _draw(self, setting: Setting) -> tuple[PoolTrace, Scene, str]:
        x = self._picture(setting.x)[: setting.channels]
        with renamed(kernel="size"):
            trace = trace_pool(
                x, setting.size, mode=setting.mode, stride=setting.stride, pad=setting.pad, shift=setting.shift
            )
        trace, note, message = self._answered(trace, setting)
        return trace, draw(trace, (note,) if note else ()), message

    def _answered(self, trace: PoolTrace, setting: Setting) -> tuple[PoolTrace, str, str]:
        """Let the learner's function compute the output of a trace."""
        if self._fn is None:
            return trace, "", ""
        padded = np.nan_to_num(trace.padded[None], nan=-np.inf)  # padding never wins a maximum
        if wants_channels_last(self._fn):
            hparameters = {"f": setting.size, "stride": setting.stride}
            asked = padded.transpose(0, 2, 3, 1), hparameters, setting.mode
            answer, note, message = self._ask(trace.expected[None].transpose(0, 2, 3, 1), *asked, cached=True)
            return replace(trace, response=answer.transpose(0, 3, 1, 2)[0]), note, message
        if setting.mode != "max":
            return trace, "Your function pools the maximum only: the output is the library's.", ""
        pool_param = {"pool_height": setting.size, "pool_width": setting.size, "stride": setting.stride}
        answer, note, message = self._ask(trace.expected[None], padded, pool_param, cached=True)
        return replace(trace, response=answer[0]), note, message

    def _summary(self) -> str:
        trace: PoolTrace = self._trace
        setting, (c, h, w), (p, q), at = self._setting, trace.x.shape, trace.grid.out, trace[self.step]
        pad = f", pad {setting.pad}" if setting.pad else ""
        shift = f", shifted by {setting.shift}" if setting.shift else ""
        return (
            f"{h}×{w}×{c} input{shift}, {setting.mode} {setting.size}×{setting.size}, stride {setting.stride}{pad}, "
            f"{p}×{q}×{c} output, step {self.step + 1} of {len(trace)}, channel {at.channel + 1}, row {at.row}, "
            f"column {at.column}, value {number(at.shown, trace.decimals)}"
        )

    def _controls(self) -> list[Control]:
        names = [(title, name) for name, (title, _) in INPUTS.items()] + [("own", "own")] * (self._x is not None)
        label, field = {"description_width": "76px"}, {"width": "250px", "max_width": "100%"}

        x = ipywidgets.Dropdown(description="Input", options=names, style=label, layout=field)
        mode = ipywidgets.ToggleButtons(options=["max", "average"], style={"button_width": "84px"})
        return [
            Control("x", x, "Input", read=self._with_input),
            Control("channels", slider("Channels", 1, CHANNELS), "Channels", also=lambda s: {"max": self._most(s.x)}),
            Control("shift", slider("Shift", 0, MOST_SHIFT), "Shift to the right, in columns"),
            Control("size", slider("Size f", 1, MOST_SIZE), "Size f of the window", 1),
            Control("stride", slider("Stride s", 1, MOST_STRIDE), "Stride s", 1),
            Control("pad", slider("Pad p", 0, MOST_PAD), "Pad p", 1),
            Control("mode", mode, "Max pooling|Average pooling", 2),
        ]

    def _most(self, name: str) -> int:
        return len(self._x) if self._x is not None and name == "own" else CHANNELS

    def _with_input(self, setting: Setting, name: str) -> Setting:
        return replace(setting, x=name, channels=min(setting.channels, self._most(name)))
