"""VolumeConv: filters as deep as their input, the sum over the channels, and an output channel for each filter.

Played in notebook 03.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import data, ops
from cnnlab.data.splitmix import Draws
from cnnlab.shapes import ShapeError
from cnnlab.traces import VolumeTrace, trace_volume
from cnnlab.traces.number import number
from cnnlab.whole import whole
from cnnlab.widgets.explorer import Control, Explorer, slider
from cnnlab.widgets.inputs import read_switch, renamed
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.volumeconv_picture import draw
from cnnlab.widgets.volumes import (
    AXES,
    MOST_CHANNELS,
    MOST_SIDE,
    other,
    read_bias,
    read_filters,
    read_layout,
    read_picture,
    wants_channels_last,
)

__all__ = ["VolumeConv"]

Floats = NDArray[np.float64]

MOST_N, MOST_PAD, MOST_STRIDE = 8, 2, 3  # limits of the sliders
SIDE, SEED = 3, 140  # of the filters made here; of the numbers in the example
PRESETS = {"mixed": "small numbers", "edges": "edges, all channels", "one": "one channel each"}
EDGES = ("vertical", "horizontal", "sobel_x", "laplacian")


@dataclass(frozen=True)
class Setting:
    """Everything the controls choose."""

    n: int  # rows and columns of a generated input
    channels: int
    filters: int
    weights: str  # a name in PRESETS, or "own"
    pad: int
    stride: int
    relu: bool


class VolumeConv(Explorer):
    """Filters that slide over a volume: the sum of each channel, the bias, ReLU, and the output channel by channel.

    Parameters
    ----------
    x
        One picture (C, H, W), or (H, W) for one channel; up to 4 channels of 10×10. Unless given: small whole numbers.
    w
        Filters (F, C, R, S), up to 4 filters of 5×5. Unless given: small whole numbers, or a preset of the menu.
    b
        One bias per filter. Unless given: zeros for your own filters.
    pad, stride
        Whole numbers up to 2 and 3. Unless given: 1 and 2 for the example, 0 and 1 for your own arrays.
    relu
        Replace negative sums by 0.
    layout
        "channels_first" as above, or "channels_last": x (H, W, C) and w (R, S, C, F).
    fn
        Your own convolution: the output shown is what it returns, and cells that differ from the library's are crossed.
        It is handed a batch of one picture, channels last, as ``conv_forward(A_prev, W, b, hparameters)`` is; if it
        has an argument ``conv_param``, channels first, as ``conv_forward_naive(x, w, b, conv_param)`` is. It may return
        the output alone or with a cache.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> lab = VolumeConv([[[1, 2]], [[3, 4]]], [[[[5]], [[-1]]]], [10])
    >>> lab.step = 1
    >>> lab.trace[lab.step].formula  # 2·5 from the first channel, 4·(−1) from the second, the bias
    '10 − 4 + 10 = 16'
    >>> lab.close()
    """

    signature = "conv_forward(A_prev, W, b, hparameters)"
    exported: ClassVar = {
        "weights": (),
        "n": (),
        "channels": (1, 2, 3),
        "filters": (1, 2),
        "pad": (0, 1),
        "stride": (1, 2),
        "filter": None,  # it only moves the step
    }

    def __init__(
        self,
        x: ArrayLike | None = None,
        w: ArrayLike | None = None,
        b: ArrayLike | None = None,
        *,
        pad: int | None = None,
        stride: int | None = None,
        relu: bool = False,
        layout: str = "channels_first",
        fn: Function | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._layout = read_layout(layout)
        self._x = None if x is None else read_picture(x, self._layout, MOST_CHANNELS, MOST_SIDE)
        self._w = None if w is None else read_filters(w, self._layout)
        if b is not None and self._w is None:
            raise ValueError("b: got biases without filters, wanted both or none. Pass w too, or leave b out.")
        self._b = None if b is None or self._w is None else read_bias(b, len(self._w))
        example = x is None and w is None
        if self._x is not None and self._w is not None and len(self._x) != self._w.shape[1]:
            axes, turned = AXES[self._layout], AXES[other(self._layout)]
            raise ShapeError(
                f"w: got filters {self._w.shape[1]} channels deep for a picture of {len(self._x)}, wanted the same "
                f'depth. Pass x as {axes[0]} and w as {axes[1]}, or write layout="{other(self._layout)}" if they are '
                f"{turned[0]} and {turned[1]}."
            )
        setting = Setting(
            n=5,
            channels=len(self._x) if self._x is not None else 3 if self._w is None else self._w.shape[1],
            filters=2 if self._w is None else len(self._w),
            weights="mixed" if self._w is None else "own",
            pad=whole("pad", int(example) if pad is None else pad, 0, MOST_PAD),
            stride=whole("stride", 1 + example if stride is None else stride, 1, MOST_STRIDE),
            relu=read_switch("relu", relu),
        )
        super().__init__(setting, fn=fn, seconds=seconds)
        self._player.observe(self._follow, "step")

    @property
    def output(self) -> Floats:
        """The output shown, (F, P, Q)."""
        output: Floats = self._trace.response
        return output

    def _draw(self, setting: Setting) -> tuple[VolumeTrace, Scene, str]:
        x = _example_input(setting.n) if self._x is None else self._x
        w, b = _preset(setting.weights) if self._w is None or setting.weights != "own" else (self._w, self._b)
        c, f = setting.channels, setting.filters
        bias = None if b is None else b[:f]
        with renamed(kernel="w"):
            trace = trace_volume(x[:c], w[:f, :c], bias, stride=setting.stride, pad=setting.pad, relu=setting.relu)
        trace, note, message = self._answered(trace, setting)
        return trace, draw(trace, (note,) if note else ()), message

    def _answered(self, trace: VolumeTrace, setting: Setting) -> tuple[VolumeTrace, str, str]:
        """Let the learner's function compute the output of a trace; ReLU comes after it."""
        if self._fn is None:
            return trace, "", ""
        stride_pad = {"stride": setting.stride, "pad": setting.pad}
        x, w, b = trace.x[None], trace.w, trace.b
        last = wants_channels_last(self._fn)
        if last:
            x, w, b = x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0), b.reshape(1, 1, 1, -1)
        expected = trace.totals[None].transpose(0, 2, 3, 1) if last else trace.totals[None]
        answer, note, message = self._ask(expected, x, w, b, stride_pad, cached=True)
        response = (answer.transpose(0, 3, 1, 2) if last else answer)[0]
        return replace(trace, response=ops.relu(response)[0] if trace.relu else response), note, message

    def _summary(self) -> str:
        trace: VolumeTrace = self._trace
        (c, h, w), (f, _, r, s), (p, q), at = trace.x.shape, trace.w.shape, trace.grid.out, trace[self.step]
        return (
            f"{h}×{w}×{c} input, {f} filter{'s' * (f > 1)} {r}×{s}×{c}, pad {self._setting.pad}, "
            f"stride {self._setting.stride}{', ReLU' * trace.relu}, {p}×{q}×{f} output, "
            f"step {self.step + 1} of {len(trace)}, filter {at.filter + 1}, row {at.row}, column {at.column}, "
            f"value {number(at.shown, trace.decimals)}"
        )

    # The controls.

    def _controls(self) -> list[Control]:
        presets = [(title, name) for name, title in PRESETS.items()] + [("own", "own")] * (self._w is not None)
        label, field = {"description_width": "76px"}, {"width": "250px", "max_width": "100%"}
        weights = ipywidgets.Dropdown(description="Weights", options=presets, style=label, layout=field)

        relu = ipywidgets.ToggleButton(description="ReLU", icon="bolt", layout={"width": "auto"})
        which = ipywidgets.ToggleButtons(
            description="Go to filter", options=[("1", 0)], style={"button_width": "40px", "description_width": "auto"}
        )
        return [
            Control("weights", weights, "Weights", read=self._with_weights),
            Control("n", slider("Input n", SIDE, MOST_N), "Input n, rows and columns", shown=lambda s: self._x is None),
            Control("channels", slider("Channels", 1, 4), "Channels", also=lambda s: {"max": self._most(s)[0]}),
            Control("filters", slider("Filters", 1, 4), "Filters", 1, also=lambda s: {"max": self._most(s)[1]}),
            Control("pad", slider("Pad p", 0, MOST_PAD), "Pad p", 1),
            Control("stride", slider("Stride s", 1, MOST_STRIDE), "Stride s", 1),
            Control("relu", relu, "ReLU", 2),
            Control(
                "filter",
                which,
                "Go to filter 1|Go to filter 2|Go to filter 3|Go to filter 4",
                2,
                write=lambda s: self._filter,
                also=lambda s: {"options": [(str(k + 1), k) for k in range(s.filters)]},
                shown=lambda s: s.filters > 1,
            ),
        ]

    def _most(self, setting: Setting) -> tuple[int, int]:
        """Return how many channels and filters there are to choose from."""
        own = self._w if setting.weights == "own" else None
        channels = MOST_CHANNELS if own is None else own.shape[1]
        return (channels if self._x is None else len(self._x)), (MOST_CHANNELS if own is None else len(own))

    def _with_weights(self, setting: Setting, name: str) -> Setting:
        named = replace(setting, weights=name)
        channels, filters = self._most(named)
        return replace(named, channels=min(setting.channels, channels), filters=min(setting.filters, filters))

    # Which filter is shown: it goes with the step, and is no setting.

    @property
    def _filter(self) -> int:
        return int(self._trace[self.step].filter)

    def _from_control(self, control: Control, value: Any) -> None:
        if control.key == "filter":
            places = len(self._trace) // len(self._trace.w)
            self.step = value * places + self.step % places
        else:
            super()._from_control(control, value)

    def _follow(self, _: Any) -> None:
        which, quiet = self.controls["filter"], self._quiet
        if self._filter < len(which.options):  # fewer while a new setting is being shown
            self._quiet = True
            which.value = self._filter
            self._quiet = quiet


def _example_input(n: int) -> Floats:
    """Make the example's input, (4, n, n): a larger one begins with the same numbers."""
    cells = Draws(SEED, np.arange(MOST_CHANNELS)).between(0, 3, MOST_N**2)
    return cells.astype(np.float64).reshape(-1, MOST_N, MOST_N)[:, :n, :n]


def _preset(name: str) -> tuple[Floats, Floats | None]:
    """Make filters (4, 4, 3, 3) and their biases (4,)."""
    if name == "mixed":
        w = Draws(SEED + 1, np.arange(MOST_CHANNELS**2)).between(-1, 1, SIDE**2).astype(np.float64)
        return w.reshape(MOST_CHANNELS, MOST_CHANNELS, SIDE, SIDE), np.array([1.0, 0, -1, 2])
    edges = np.stack([data.kernel(edge) for edge in EDGES])  # (4, 3, 3)
    seen = np.eye(MOST_CHANNELS) if name == "one" else np.ones((MOST_CHANNELS, MOST_CHANNELS))
    return edges[:, None] * seen[:, :, None, None], None
