"""EdgeLab: slide any kernel over any picture and see every product. Played in notebook 01."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from cnnlab import data
from cnnlab.traces import CorrelationTrace, trace_correlation
from cnnlab.traces.number import number
from cnnlab.widgets.edgelab_controls import Controls, Setting
from cnnlab.widgets.edgelab_picture import View, draw
from cnnlab.widgets.inputs import (
    IMAGES,
    FunctionError,
    Picture,
    read_file,
    read_image,
    read_kernel,
    read_weight,
    respond,
)
from cnnlab.widgets.player import Player

__all__ = ["EdgeLab"]

Floats = NDArray[np.float64]
Function = Callable[[Any, Any], Any]


class EdgeLab(ipywidgets.VBox):  # type: ignore[misc]
    """An image, a kernel and the response, with the arithmetic of every window.

    Parameters
    ----------
    image
        A name ("step", "step_dark", "horizontal", "diagonal", "temple", "flower"), an array (H, W) or (H, W, 3), a
        picture file's path or a Pillow image.
    kernel
        A name of :data:`cnnlab.data.KERNELS` or an array (R, S), up to 7×7.
    fn
        Your own cross-correlation ``fn(image, kernel)``: the response shown is what it returns, and cells that differ
        from the library's are marked. With `mirrored` it is handed the mirrored kernel; a function that turns out to
        mirror by itself is handed the kernel as it is.
    mirrored
        Mirror the kernel first: mathematical convolution.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> lab = EdgeLab(kernel="vertical")
    >>> lab
    EdgeLab: 6×6 image, vertical 3×3 kernel, 4×4 response, step 1 of 16, row 0, column 0, value 0
    >>> lab.step = 1
    >>> lab.response[0, 1]
    np.float64(30.0)
    >>> lab.close()
    """

    def __init__(
        self,
        image: Any = None,
        kernel: Any = None,
        *,
        fn: Function | None = None,
        mirrored: bool = False,
        seconds: float = 5.0,
    ) -> None:
        if not isinstance(seconds, int | float) or not seconds > 0:
            raise ValueError(f"seconds: got {seconds!r}, wanted a number above 0. Leave it out for 5 seconds.")
        self._pictures: dict[str, Picture] = {}
        self._fn: Function | None = None
        self._fn_worked = False
        self._seconds = seconds
        self._past: list[Setting] = []
        self._columns = 1
        self._player = Player()
        name, weights = read_kernel("vertical" if kernel is None else kernel)
        start = Setting(
            self._add("step" if image is None else image), name, weights, bool(mirrored), _is_signed(weights)
        )
        self._start = start
        self._check_fn(fn)
        self._show(start)  # raises before any control is made
        self._controls = Controls(self._player)
        super().__init__([self._controls.above, self._player, self._controls.below])
        self.add_class("cnnlab-lab")
        self._refresh()
        self._connect()

    # What code can read and set.

    @property
    def image(self) -> Floats:
        """The image, (H, W); set it to an array, a name or a path."""
        return self._trace.image

    @image.setter
    def image(self, image: Any) -> None:
        self._apply(replace(self._setting, image=self._add(image)))

    @property
    def kernel(self) -> Floats:
        """The kernel as given, (R, S); set it to an array or a name."""
        return self._trace.kernel

    @kernel.setter
    def kernel(self, kernel: Any) -> None:
        name, weights = read_kernel(kernel)
        self._apply(replace(self._setting, kernel=name, weights=weights, signed=_is_signed(weights)))

    @property
    def mirrored(self) -> bool:
        """Whether the kernel is mirrored before it is multiplied."""
        return self._setting.mirrored

    @mirrored.setter
    def mirrored(self, mirrored: bool) -> None:
        self._apply(replace(self._setting, mirrored=bool(mirrored)))

    @property
    def fn(self) -> Function | None:
        """The learner's function that gives the response, or None for the library's."""
        return self._fn

    @fn.setter
    def fn(self, fn: Function | None) -> None:
        self._check_fn(fn)
        self._apply(self._setting)

    @property
    def response(self) -> Floats:
        """The response shown, (P, Q)."""
        return self._trace.response

    @property
    def trace(self) -> CorrelationTrace:
        """Every step, as numbers."""
        return self._trace

    @property
    def step(self) -> int:
        """The output cell shown, counted from 0 in reading order."""
        return min(int(self._player.step), len(self._trace) - 1)

    @step.setter
    def step(self, step: int) -> None:
        if not 0 <= step < len(self._trace):
            raise ValueError(f"step: got {step}, wanted 0 to {len(self._trace) - 1}. Choose a step in that range.")
        self._player.step = int(step)
        self._controls.set_step(int(step))

    @property
    def message(self) -> str:
        """What the widget complains of at the moment, or nothing."""
        return str(self._player.message)

    # From a setting to the picture.

    def _add(self, image: Any) -> str:
        """Read an image and keep it under the name by which the menu knows it."""
        if isinstance(image, str) and image in IMAGES:
            if image not in self._pictures:
                self._pictures[image] = read_image(image)
            return image
        picture = read_image(image)
        self._pictures[picture.name] = picture
        return picture.name

    def _check_fn(self, fn: Function | None) -> None:
        if fn is not None and not callable(fn):
            raise TypeError(
                f"fn: got {type(fn).__name__}, wanted a function of an image and a kernel. "
                "Pass it without brackets: EdgeLab(fn=cross_correlate2d)."
            )
        self._fn, self._fn_worked = fn, False

    def _show(self, setting: Setting) -> None:
        """Trace and draw a setting; on an error everything stays as it was."""
        picture = self._pictures[setting.image]
        trace = trace_correlation(picture.image, setting.weights, mirrored=setting.mirrored)
        notes, message = [picture.note] if picture.note else [], ""
        if self._fn is not None:
            try:
                trace, note = self._ask(self._fn, trace)
                notes.append(note)
                self._fn_worked = True
            except FunctionError as error:
                if self._fn_worked:  # keep the last picture that the learner's function gave
                    raise
                message = f"{error} Until then the response is the library's."
        scene = draw(trace, View(picture.levels, picture.name, setting.signed, tuple(notes)))
        row, column = divmod(self._player.step, self._columns)
        step = min(row, scene.rows - 1) * scene.columns + min(column, scene.columns - 1)
        self._setting, self._trace, self._scene, self._columns = setting, trace, scene, scene.columns
        self._player.show(scene, step)
        self._player.message = self._told = message  # a refused change puts its own message over it

    def _ask(self, fn: Function, trace: CorrelationTrace) -> tuple[CorrelationTrace, str]:
        """Let the learner's function compute the response of a trace."""
        shape = trace.expected.shape
        response, note = respond(fn, trace.image, trace.weights, shape, self._seconds)
        asked = replace(trace, response=response)
        if trace.mirrored and asked.differs.any():  # perhaps it mirrors by itself, as convolve2d does
            turned = replace(trace, response=respond(fn, trace.image, trace.kernel, shape, self._seconds)[0])
            if not turned.differs.any():
                return turned, f"{note} It mirrors the kernel itself."
        return asked, note

    def _apply(self, setting: Setting) -> None:
        """Show a setting that code asked for; raise if it cannot be shown."""
        before = self._setting
        self._show(setting)
        self._past.append(before)
        self._refresh()

    def _refresh(self, *, keep_typed: bool = False) -> None:
        images = {key: name for key, (name, _) in IMAGES.items()} | {
            key: key for key in self._pictures if key not in IMAGES
        }
        grid = (self._scene.rows, self._scene.columns)
        self._controls.refresh(self._setting, images, grid, self.step, keep_typed=keep_typed)

    # From the controls to a setting: errors become a sentence in the widget.

    def _connect(self) -> None:
        c = self._controls
        c.on(c.image, lambda name: replace(self._setting, image=self._choose(name)), self._from_control)
        c.on(c.kernel, lambda name: self._with_kernel(name, c.size.value or 3), self._from_control)
        c.on(c.size, lambda size: self._with_kernel(self._setting.kernel, size), self._from_control)
        c.on(c.mirror, lambda on: replace(self._setting, mirrored=on), self._from_control)
        c.on(c.colours, lambda signed: replace(self._setting, signed=signed), self._from_control)
        c.on(c.upload, lambda files: replace(self._setting, image=self._read(files)), self._from_control)
        for place, cell in c.cells.items():
            c.on(cell, partial(self._with_weight, place), self._from_control)
        c.undo.on_click(lambda _: self._undo())
        c.reset.on_click(lambda _: self._restart())

    def _from_control(self, make: Callable[[], Setting]) -> None:
        try:
            self._apply(make())
        except (ValueError, TypeError, ImportError, OSError) as error:
            self._player.message = str(error)
            self._refresh(keep_typed=True)

    def _choose(self, name: str) -> str:
        return name if name in self._pictures else self._add(name)

    def _read(self, files: tuple[dict[str, Any], ...]) -> str:
        picture = read_file(bytes(files[0]["content"]))
        self._pictures[picture.name] = picture
        return picture.name

    def _with_kernel(self, name: str, size: int) -> Setting:
        if name == "own":
            weights = _resized(self._setting.weights, size)
        else:
            weights = data.kernel(name, size if size in data.KERNELS[name].weights else 3)
        return replace(self._setting, kernel=name, weights=weights, signed=_is_signed(weights))

    def _with_weight(self, place: tuple[int, int], text: str) -> Setting:
        weights = self._setting.weights.copy()
        weights[place] = read_weight(text, *place)
        name, weights = read_kernel(weights)
        return replace(self._setting, kernel=name, weights=weights)

    def _undo(self) -> None:
        if self._player.message != self._told:  # only the change that was refused
            self._player.message = self._told
            self._refresh()
        elif self._past:
            self._from_control(self._past.pop)
            self._past.pop()  # the state just left: undo goes back, not to and fro

    def _restart(self) -> None:
        self._from_control(lambda: self._start)
        self.step = 0
        self._past.clear()

    # How it presents itself.

    def __repr__(self) -> str:
        (h, w), (r, s), (p, q) = self.image.shape, self.kernel.shape, self.response.shape
        row, column = divmod(self.step, q)
        mirrored = ", mirrored" if self.mirrored else ""
        return (
            f"EdgeLab: {h}×{w} image, {self._setting.kernel} {r}×{s} kernel{mirrored}, {p}×{q} response, "
            f"step {self.step + 1} of {p * q}, row {row}, column {column}, "
            f"value {number(self.response[row, column], self._trace.decimals)}"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        from cnnlab.widgets.png import png

        still = self._scene.at(self.step)
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self)
        bundle["image/svg+xml"] = still.svg()
        bundle["image/png"] = png(still.card(), still)
        return bundle

    def close(self) -> None:
        """Take the widget, its player and its controls off the page and out of memory."""
        for part in ("_controls", "_player"):  # missing when the constructor raised
            if hasattr(self, part):
                getattr(self, part).close()
        self.layout.close()
        super().close()


def _is_signed(weights: Floats) -> bool:
    """Tell whether a response can be negative though the image is not: then its sign is worth a colour."""
    return bool((weights < 0).any())


def _resized(weights: Floats, size: int) -> Floats:
    """Surround a kernel with zeros, or keep its middle, so that it is `size` cells square."""
    out = np.zeros((size, size))
    rows, columns = (min(size, n) for n in weights.shape)
    to = tuple(slice((size - n) // 2, (size - n) // 2 + n) for n in (rows, columns))
    of = tuple(slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(weights.shape, (rows, columns), strict=True))
    out[to] = weights[of]
    return out
