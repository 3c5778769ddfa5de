"""BackpropExplorer: one layer forward, and its gradient backward, number by number. Played in notebook 05."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, get_args

import ipywidgets as w
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError, window_grid
from cnnlab.traces.backward import BackwardTrace, Operation, Ties, View, trace_backward
from cnnlab.whole import whole
from cnnlab.widgets.backpropexplorer_learner import ask
from cnnlab.widgets.backpropexplorer_picture import draw
from cnnlab.widgets.backpropexplorer_setting import DEFAULT, PRESETS, Setting, filled, read, same
from cnnlab.widgets.explorer import Control, Explorer, slider
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene

__all__ = ["BackpropExplorer"]

Floats = NDArray[np.float64]

MOST_SIDE, MOST_KERNEL, MOST_PAD, MOST_STRIDE = 8, 4, 2, 3
SLIDER_SIDE = 6  # as far as the slider goes: beyond, only a learner's own input
OPERATIONS, TIES, VIEWS = get_args(Operation), get_args(Ties), get_args(View)
OWN = "own"


class BackpropExplorer(Explorer):
    """One plane forward through a convolution or a pooling, and the gradient δ back to input, weights and bias.

    Point at a weight to see all it touched, at an input to see the outputs it fed, at an output to see its window.

    Parameters
    ----------
    x
        Your own input (H, W), up to 8×8.
    w
        Your own kernel (R, S) of a convolution, up to 4×4.
    b
        Bias.
    dout
        δ, the gradient of the loss by the output, (P, Q).
    operation
        "convolution", "max pooling" or "average pooling".
    f
        Side of the window, in place of `w`.
    pad, stride
        Whole numbers up to 2 and 3. Unless given, the stride is 1 for a convolution and f for a pooling.
    ties
        Which cells get the gradient when several hold the maximum: the "first" (CS231n, argmax), "all" (the NHWC
        course, x == max) or a "share" each. Unless given, "first"; with `fn` "all", as the exercise wants.
    view
        Of a convolution: "windows", "turned" or "weights".
    fn
        Your own backward function, in the form of the exercises of notebook 05 (NHWC): for a convolution
        ``conv_backward(dZ, cache)`` with cache (A_prev, W, b, hparameters), which returns dA_prev, dW, db; for a
        pooling ``pool_backward(dA, cache, mode)`` with cache (A_prev, hparameters), which returns dA_prev. What it
        returns is shown beside the library's gradients, and cells that differ are crossed.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> explorer = BackpropExplorer()
    >>> explorer
    BackpropExplorer: convolution, 3×3 input, 2×2 window, pad 0, stride 1, view windows,
    step 1 of 4, row 0, column 0: dx[0:2, 0:2] += 1·w,  dw += 1·x[0:2, 0:2],  db += 1
    >>> explorer.dx
    array([[ 3., 10.,  8.],
           [11., 12., -6.],
           [ 6., -5.,  1.]])
    >>> explorer.close()
    """

    signature = "conv_backward(dZ, cache)"
    exported: ClassVar = {"size": (3, 4, 5), "kernel": (2, 3), "pad": (0, 1), "stride": (1, 2)}

    def __init__(
        self,
        x: ArrayLike | None = None,
        w: ArrayLike | None = None,
        b: float = 0.0,
        *,
        dout: ArrayLike | None = None,
        operation: Operation = "convolution",
        f: int | None = None,
        pad: int = 0,
        stride: int | None = None,
        ties: Ties | None = None,
        view: View = "windows",
        fn: Function | None = None,
        seconds: float = 5.0,
    ) -> None:
        if ties is None:
            ties = "first" if fn is None else "all"
        for name, got, known in (("operation", operation, OPERATIONS), ("ties", ties, TIES), ("view", view, VIEWS)):
            if not isinstance(got, str) or got not in known:
                wanted = " or ".join(f'"{word}"' for word in known)
                raise ValueError(f"{name}: got {got!r}, wanted {wanted}. Choose one of them.")
        image = DEFAULT.x if x is None else read("x", x, MOST_SIDE)
        weights = DEFAULT.w if w is None else read("w", w, MOST_KERNEL)
        if w is not None and operation != "convolution":
            raise ValueError(
                f"w: got a kernel for {operation}, which has no weights. Give the side of its window: f=2."
            )
        if w is not None and f is not None:
            raise ValueError("f: got it beside w, which has a size of its own. Leave one of them out.")
        kernel = (weights.shape[0], weights.shape[1]) if f is None else (whole("f", f, 1, MOST_KERNEL),) * 2
        if stride is None:
            stride = 1 if operation == "convolution" else min(kernel[0], MOST_STRIDE)
        pad, stride = whole("pad", pad, 0, MOST_PAD), whole("stride", stride, 1, MOST_STRIDE)
        size = (image.shape[0], image.shape[1])
        delta = DEFAULT.dy
        if dout is not None:
            delta = read("dout", dout, MOST_SIDE + 2 * MOST_PAD)
            out = window_grid(size, kernel, stride=stride, pad=pad).out
            if delta.shape != out:
                raise ShapeError(
                    f"dout: got shape {delta.shape}, wanted {out}: one δ for each output. Make it np.ones({out})."
                )
        bias = float(read("b", [[b]], 1)[0, 0])
        self._fn_for = ""
        setting = Setting(image, weights, delta, bias, operation, size, kernel, pad, stride, ties, view)
        super().__init__(setting, fn=fn, seconds=seconds)

    # What code can read.

    @property
    def dx(self) -> Floats:
        """The gradient of the input, (H, W), by the library."""
        dx: Floats = self._trace.gradients["dx"]
        return dx

    @property
    def dw(self) -> Floats | None:
        """The gradient of the weights, (R, S); None when pooling."""
        dw: Floats | None = self._trace.gradients.get("dw")
        return dw

    @property
    def db(self) -> float | None:
        """The gradient of the bias; None when pooling."""
        db = self._trace.gradients.get("db")
        return None if db is None else float(db[0, 0])

    # From a setting to the picture.

    def _draw(self, setting: Setting) -> tuple[BackwardTrace, Scene, str]:
        s = setting
        grid = window_grid(s.size, s.kernel, stride=s.stride, pad=s.pad)
        convolves = s.operation == "convolution"
        trace = trace_backward(
            filled(s.x, s.size, 4, 0),
            filled(s.w, s.kernel, 5, -1) if convolves else None,
            filled(s.dy, grid.out, 5, -1),
            b=s.b,
            operation=s.operation,
            kernel=s.kernel,
            stride=s.stride,
            pad=s.pad,
            ties=s.ties,
            view=s.view if convolves else "windows",
        )
        own, notes, message = self._answered(trace)
        trace = replace(trace, own=own)
        return trace, draw(trace, notes), message

    def _checked(self, fn: Function | None) -> Function | None:
        self._fn_for = ""
        return super()._checked(fn)

    def _answered(self, trace: BackwardTrace) -> tuple[dict[str, Floats], tuple[str, ...], str]:
        """Let the learner's function compute the gradients, if it is one for this operation."""
        fn = self._fn
        if fn is None:
            return {}, (), ""
        kind = "convolution" if trace.w is not None else "pooling"
        self._fn_for = self._fn_for or kind
        if kind != self._fn_for:
            return {}, (), f"Your function is for a {self._fn_for}, so here are only the library's gradients."
        until = "Until then only the library's gradients are shown."
        answer, told = self._patiently(lambda: ask(fn, trace, self._seconds), until)
        return (*answer, "") if answer else ({}, (), told)

    def _summary(self) -> str:
        trace: BackwardTrace = self._trace
        (h, wide), (r, s) = trace.x.shape, trace.grid.kernel
        ties = f", ties {trace.ties}" if trace.operation == "max pooling" else ""
        view = f", view {trace.view}" if trace.w is not None else ""
        return (
            f"{trace.operation}, {h}×{wide} input, {r}×{s} window, pad {trace.pad}, stride {trace.stride}{ties}{view}, "
            f"{self.place}: {trace[self.step].formula}"
        )

    # The controls.

    def _controls(self) -> list[Control]:
        sized = partial(slider, width="270px")

        def menu(description: str, options: list[tuple[str, str]]) -> Any:
            field = {"width": "330px", "max_width": "calc(100% - 4px)"}  # its margins
            return w.Dropdown(
                description=description, options=options, layout=field, style={"description_width": "76px"}
            )

        views = [("(a) windows, +=", "windows"), ("(b) turned kernel", "turned"), ("(c) weights", "weights")]
        who = {"first": "first (CS231n: argmax)", "all": "all (NHWC course: x == max)", "share": "share equally"}
        most = max(SLIDER_SIDE, *self._start.size)
        sides = w.ToggleButtons(options=views, style={"button_width": "150px"}, layout={"width": "170px"})
        example = menu("Example", [*((name, name) for name in PRESETS), ("own setting", OWN)])
        operation = menu("Operation", [(name, name) for name in OPERATIONS])
        return [
            Control("example", example, "Example", read=self._preset, write=self._known),
            Control("operation", operation, "Operation"),
            Control(
                "ties",
                menu("Ties", [(text, name) for name, text in who.items()]),
                "Ties: who gets the gradient",
                shown=lambda s: s.operation == "max pooling",
            ),
            Control("size", sized("Input n", 1, most), "Input size n", 1, *_square("size"), stays=True),
            Control("kernel", sized("Window f", 1, MOST_KERNEL), "Window size f", 1, *_square("kernel"), stays=True),
            Control("pad", sized("Padding p", 0, MOST_PAD), "Padding p", 1, stays=True),
            Control("stride", sized("Stride s", 1, MOST_STRIDE), "Stride s", 1, stays=True),
            Control(
                "view",
                sides,
                "View by windows|View with the turned kernel|View by weights",
                2,
                shown=lambda s: s.operation == "convolution",
            ),
        ]

    def _preset(self, setting: Setting, name: str) -> Setting:
        if name == OWN:  # back to what it was made with
            return self._start if self._known(self._start) == OWN else setting
        preset = PRESETS[name]
        return replace(preset, ties=setting.ties, view=setting.view)

    def _known(self, setting: Setting) -> str:
        """Find the example that a setting is."""
        for name, preset in PRESETS.items():
            if same(setting, preset):
                return name
        return OWN


def _square(field: str) -> tuple[Any, Any]:
    """Read a side from a slider, and write it there."""
    return lambda s, side: replace(s, **{field: (side, side)}), lambda s: getattr(s, field)[0]
