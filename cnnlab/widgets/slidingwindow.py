"""SlidingWindow: pad, stride and dilate; see where the window goes and what it leaves out. Played in notebook 02."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import ipywidgets as w
import numpy as np
from numpy.typing import NDArray

from cnnlab.shapes import Grid, Pad, Pads, Pair, ShapeError, as_pair, window_grid
from cnnlab.traces import CorrelationTrace, trace_correlation
from cnnlab.traces.number import number
from cnnlab.widgets.explorer import Control, Explorer
from cnnlab.widgets.inputs import read_image, read_kernel, renamed
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.slidingwindow_picture import draw

__all__ = ["SlidingWindow"]

Floats = NDArray[np.float64]
LARGEST = 64  # cells per side
LIMITS = {"n": (1, 12), "f": (1, 7), "p": (0, 4), "s": (1, 4), "d": (1, 3)}
WORDS = {"n": "Input n", "f": "Window f", "p": "Padding p", "s": "Stride s", "d": "Dilation d"}


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose; pairs are (rows, columns)."""

    n: tuple[int, int]
    f: tuple[int, int]
    p: Pads
    s: tuple[int, int]
    d: tuple[int, int]
    apart: bool  # rows and columns have sliders of their own
    usage: bool


class SlidingWindow(Explorer):
    """A window moves over a padded input: how many places it finds, and how often each cell is seen.

    Parameters
    ----------
    x
        Your own input, (H, W), up to 64×64; without it there are n × n small numbers.
    w
        Your own kernel, (R, S), up to 7×7; without it f × f ones, so that each output is the sum of its window.
    n, f
        Size of input and window, when `x` and `w` are left out: one number or (rows, columns).
    p, s
        Padding on each side and stride: one number or (rows, columns). `pad` and `stride` are the same; `pad` may also
        be "same", "valid" or ((top, bottom), (left, right)).
    dilation
        Cells from one kernel cell to the next.
    fn
        Your own correlation ``fn(x, w, pad, stride)``: the output shown is what it returns, and cells that differ from
        the library's are marked.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> sliding = SlidingWindow(n=6, f=3, p=1, s=2)
    >>> sliding
    SlidingWindow: 6×6 input, 3×3 window, padding 1, stride 2, 3×3 output, step 1 of 9, row 0, column 0, value 13
    >>> sliding.output.shape
    (3, 3)
    >>> sliding.close()
    """

    signature = "conv(x, w, pad, stride)"
    exported: ClassVar = {
        "n_rows": (5, 6, 7),
        "f_rows": (2, 3),
        "p_rows": (0, 1, 2),
        "s_rows": (1, 2),
        "d_rows": (),
        **{f"{letter}_columns": () for letter in LIMITS},
        "apart": (),
    }

    def __init__(
        self,
        x: Any = None,
        w: Any = None,
        *,
        n: Pair | None = None,
        f: Pair | None = None,
        p: Pair | None = None,
        s: Pair | None = None,
        pad: Pad | None = None,
        stride: Pair | None = None,
        dilation: Pair = 1,
        fn: Function | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._x: Floats | None = None
        self._note = ""
        if x is not None:
            self._x, self._note = _read_input(x)
        self._w = None if w is None else read_kernel(w, "w")[1]
        size = _side("n", 6, n, self._x, "x")
        window = _side("f", 3, f, self._w, "w")
        (p_name, pads), (s_name, strides) = _one("p", p, "pad", pad, 0), _one("s", s, "stride", stride, 1)
        with renamed(p=p_name, s=s_name):
            g = _grid(size, window, pads, as_pair(s_name, strides), as_pair("dilation", dilation))
        given = {"n": self._x, "f": self._w}
        self._letters = [letter for letter in LIMITS if given.get(letter) is None]
        setting = Setting(size, window, g.pads, g.stride, g.dilation, apart=False, usage=False)
        apart = any(rows != columns for rows, columns in (getattr(setting, letter) for letter in self._letters))
        super().__init__(replace(setting, apart=apart), fn=fn, seconds=seconds)

    @property
    def output(self) -> Floats:
        """The output shown, (P, Q)."""
        output: Floats = self._trace.response
        return output

    # From a setting to the picture.

    def _draw(self, setting: Setting) -> tuple[CorrelationTrace, Scene, str]:
        g = _grid(setting.n, setting.f, setting.p, setting.s, setting.d)
        if self._fn is not None and g.dilation != (1, 1):
            raise ValueError(f"dilation: got {_short(g.dilation)} with fn, which is not told of it. Set it to 1.")
        x = _numbers(setting.n) if self._x is None else self._x
        weights = np.ones(setting.f) if self._w is None else self._w
        trace = trace_correlation(x, weights, stride=g.stride, pad=g.pads, dilation=g.dilation)
        response, note, message = self._ask(trace.expected, trace.image, trace.kernel, _short(g.pads), _short(g.stride))
        trace = replace(trace, response=response)
        notes = tuple(filter(None, (self._note, note)))
        return trace, draw(trace, usage=setting.usage, notes=notes), message

    def _summary(self) -> str:
        t = self._trace
        shapes = ("×".join(map(str, shape)) for shape in (t.image.shape, t.kernel.shape, t.response.shape))
        x, w, out = shapes
        dilation = f", dilation {_short(t.grid.dilation)}" if t.grid.dilation != (1, 1) else ""
        return (
            f"{x} input, {w} window, padding {_short(t.grid.pads)}, stride {_short(t.grid.stride)}{dilation}, "
            f"{out} output, {self.place}, value {number(t.response.flat[self.step], t.decimals)}"
        )

    # The controls.

    def _controls(self) -> list[Control]:
        sliders = [slider for place, letter in enumerate(self._letters) for slider in self._pair(letter, place // 2)]
        auto = {"width": "auto"}
        usage = w.ToggleButton(description="Count windows per cell", icon="th", layout=auto)
        apart = w.ToggleButton(description="Rows and columns apart", icon="arrows", layout=auto)
        return [
            *sliders,
            Control("usage", usage, "Count windows per cell", 3),
            Control("apart", apart, "Rows and columns apart", 3, read=self._set_apart),
        ]

    def _set_apart(self, setting: Setting, apart: bool) -> Setting:
        """Give rows and columns their own sliders, or the columns what the rows have."""
        if apart:
            return replace(setting, apart=True)
        alike: dict[str, Any] = {letter: (getattr(setting, letter)[0],) * 2 for letter in self._letters}
        return replace(setting, apart=False, **alike)

    def _pair(self, letter: str, column: int) -> list[Control]:
        """Make the slider of a letter, and the one that the columns have when they are set apart."""
        low, high = LIMITS[letter]

        def value(setting: Setting, axis: int) -> int:
            held = getattr(setting, letter)[axis]
            return int(held[0] if isinstance(held, tuple) else held)

        def read(axis: int, setting: Setting, new: int) -> Setting:
            held = list(getattr(setting, letter))
            for each in (axis,) if setting.apart else (0, 1):
                held[each] = (new, new) if letter == "p" else new
            chosen: dict[str, Any] = {letter: tuple(held)}
            return replace(setting, **chosen)

        def also(axis: int, setting: Setting) -> dict[str, Any]:
            words = (f"{letter} rows", f"{letter} columns")[axis] if setting.apart else WORDS[letter]
            return {"max": max(high, value(setting, axis)), "description": words}

        def shown(axis: int, setting: Setting) -> bool:
            return (not axis or setting.apart) and (letter != "d" or self._fn is None)

        return [
            Control(
                f"{letter}_{('rows', 'columns')[axis]}",
                w.IntSlider(min=low, max=high, layout={"width": "240px"}, style={"description_width": "76px"}),
                WORDS[letter] + (", columns" if axis else ""),
                column,
                partial(read, axis),
                partial(value, axis=axis),
                partial(also, axis),
                partial(shown, axis),
                stays=True,
            )
            for axis in (0, 1)
        ]


# What is accepted.


def _read_input(x: Any) -> tuple[Floats, str]:
    picture = read_image(x, "x")
    if max(picture.image.shape) > LARGEST:
        rows, columns = picture.image.shape
        raise ShapeError(
            f"x: got {rows}×{columns}, wanted at most {LARGEST}×{LARGEST}. Take a part: x[:{LARGEST}, :{LARGEST}]."
        )
    return picture.image, picture.note


def _side(name: str, default: int, given: Pair | None, array: Floats | None, owner: str) -> tuple[int, int]:
    if array is not None:
        if given is not None:
            raise ValueError(f"{name}: got {given} beside {owner}, which has a size of its own. Leave one of them out.")
        return array.shape[0], array.shape[1]
    sides = as_pair(name, default if given is None else given)
    most = LARGEST if name == "n" else LIMITS[name][1]
    if max(sides) > most:
        raise ShapeError(f"{name}: got {given}, wanted at most {most} so that it can be drawn. Choose {name} ≤ {most}.")
    return sides


def _one(name: str, given: Any, alias: str, other: Any, default: Any) -> tuple[str, Any]:
    if given is not None and other is not None:
        raise ValueError(f"{name}: got {name}={given!r} and {alias}={other!r}, wanted one of them. Leave one out.")
    return (alias, other) if other is not None else (name, default if given is None else given)


def _grid(
    size: tuple[int, int], window: tuple[int, int], pad: Pad, stride: tuple[int, int], dilation: tuple[int, int]
) -> Grid:
    _drawable("s", *stride)
    _drawable("dilation", *dilation)
    with renamed(kernel="f", pad="p"):
        g = window_grid(size, window, stride=stride, pad=pad, dilation=dilation)
    _drawable("p", *g.pads[0], *g.pads[1])
    return g


def _drawable(name: str, *cells: int) -> None:
    if max(cells) > LARGEST:
        raise ShapeError(f"{name}: got {max(cells)}, wanted at most {LARGEST} so that it can be drawn. Choose fewer.")


def _numbers(shape: tuple[int, int]) -> Floats:
    """Fill an input with digits that do not look like padding: 1 to 9, neighbours differ, and so do windows."""
    rows, columns = np.indices(shape)
    return (1 + (2 * rows + 7 * columns) % 19 % 9).astype(np.float64)


def _short(pair: Any) -> Any:
    """Write (1, 1) as 1 and ((1, 1), (2, 2)) as (1, 2), as one would pass it."""
    if isinstance(pair, tuple) and len(set(pair)) == 1:
        return _short(pair[0])
    if isinstance(pair, tuple) and all(isinstance(side, tuple) and len(set(side)) == 1 for side in pair):
        return tuple(side[0] for side in pair)
    return pair
