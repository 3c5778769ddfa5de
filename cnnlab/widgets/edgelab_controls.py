"""EdgeLab's controls: ipywidgets around the player. What only moves the step is linked in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ipywidgets as w
import numpy as np
from ipywidgets.widgets.widget_string import TextStyle
from numpy.typing import NDArray

from cnnlab import data
from cnnlab.traces.number import number
from cnnlab.widgets.player import Player

__all__ = ["Controls", "Setting"]

# Milliseconds between two steps of Play, and whether a step is a whole row: nobody waits for 270 000 pixels.
SMALL_SPEEDS = {"slow": (1000, False), "normal": (400, False), "fast": (100, False)}
LARGE_SPEEDS = {"row by row": (20, True), "pixel by pixel": (100, False)}  # Play's own work adds to its interval
GRID = 5  # cells per side that can be edited


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose."""

    image: str  # a name in the menu
    kernel: str  # "own" when its weights have no name
    weights: NDArray[np.float64]
    mirrored: bool
    signed: bool


class Controls:
    """Makes the controls, names them, shows a setting on them and reports what the user changes."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._quiet = False  # True while code sets the controls
        self._columns = 1
        presets = [(preset.title, name) for name, preset in data.KERNELS.items()]
        field, auto = {"width": "250px", "max_width": "100%"}, {"width": "auto"}
        label, pair = {"description_width": "56px"}, {"button_width": "76px"}
        self.image = w.Dropdown(description="Image", layout=field, style=label)
        self.kernel = w.Dropdown(description="Kernel", options=[*presets, ("own", "own")], layout=field, style=label)
        self.size = w.ToggleButtons(options=[("3×3", 3), ("5×5", 5)], style=pair)
        self.mirror = w.ToggleButton(description="Mirror kernel (convolution)", icon="exchange", layout=auto)
        self.colours = w.ToggleButtons(
            description="Response",
            options=[("signed", True), ("grey", False)],
            style=pair | {"description_width": "auto"},
        )
        self.upload = w.FileUpload(accept="image/*", description="Your picture", layout=auto)
        self.undo = w.Button(description="Undo", icon="undo", layout=auto)
        self.reset = w.Button(description="Reset", icon="refresh", layout=auto)
        layout, style = w.Layout(width="58px", margin="0"), TextStyle()
        self.cells = {
            (r, s): w.Text(continuous_update=False, layout=layout, style=style) for r, s in np.ndindex(GRID, GRID)
        }
        self.grid = w.GridBox()
        self.too_large = w.HTML(
            f"Kernels beyond {GRID}×{GRID}<br>are changed from code:<br><code>lab.kernel = …</code>"
        )
        self.play = w.Play(show_repeat=False)
        self.slider = w.IntSlider(readout=False, layout=auto)
        self.speed = w.Dropdown(description="Speed", layout={"width": "190px"}, style={"description_width": "auto"})
        self.build = w.ToggleButton(description="Build up", icon="th", layout=auto)
        self._links = [
            w.jslink((player, "step"), (self.slider, "value")),
            w.jslink((player, "step"), (self.play, "value")),
            w.jslink((self.build, "value"), (player, "building")),
        ]
        self._lay_out()
        self._mark()
        self.speed.observe(lambda _: self._set_speed(), "value")

    def _lay_out(self) -> None:
        def box(kind: type[Any], mark: str, *children: Any) -> Any:
            made = kind(children)
            made.add_class(mark)
            return made

        buttons = box(w.Box, "cnnlab-buttons", self.upload, self.undo, self.reset)
        self.above = box(
            w.Box,
            "cnnlab-controls",
            box(w.VBox, "cnnlab-column", self.image, self.kernel, self.size),
            self.grid,
            box(w.VBox, "cnnlab-column", self.mirror, self.colours, buttons),
        )
        self.below = box(w.Box, "cnnlab-playbar", self.play, self.slider, self.speed, self.build)
        self.grid.add_class("cnnlab-weights")
        self.play.add_class("cnnlab-motion")
        self.speed.add_class("cnnlab-motion")

    def _mark(self) -> None:
        """Give the player a handle to every control, and its name: ipywidgets leaves most without one."""
        named = {
            "image": (self.image, "Image"),
            "kernel": (self.kernel, "Kernel"),
            "size": (self.size, "Kernel 3 by 3|Kernel 5 by 5"),
            "mirror": (self.mirror, "Mirror kernel (convolution)"),
            "colours": (self.colours, "Response in signed colours|Response in grey"),
            "upload": (self.upload, "Your picture"),
            "play": (self.play, "Play or pause|Stop and go back to the first step|Repeat"),
            "step": (self.slider, "Step"),
            "speed": (self.speed, "Speed"),
        }
        for mark, (control, _) in named.items():
            control.add_class(f"cnnlab-{mark}")
        for (r, s), cell in self.cells.items():
            cell.add_class(f"cnnlab-weight-{r}-{s}")
        self._names = {f"cnnlab-{mark}": name for mark, (_, name) in named.items()}

    def on(self, control: Any, change: Callable[[Any], Any], apply: Callable[[Callable[[], Any]], None]) -> None:
        """Turn what the user does on a control into a new setting, and have it applied."""

        def observed(event: Any) -> None:
            if not self._quiet and event.new not in ((), None):
                apply(lambda: change(event.new))

        control.observe(observed, "value")

    def refresh(
        self, setting: Setting, images: Mapping[str, str], grid: tuple[int, int], step: int, *, keep_typed: bool = False
    ) -> None:
        """Show a setting; with `keep_typed` what was typed into the kernel stays, to be mended."""
        shape = setting.weights.shape
        self._quiet = True
        try:
            self.image.options = [(name, key) for key, name in images.items()]
            self.image.value, self.kernel.value = setting.image, setting.kernel
            self.mirror.value, self.colours.value = setting.mirrored, setting.signed
            sizes = (3, 5) if setting.kernel == "own" else tuple(data.KERNELS[setting.kernel].weights)
            self.size.disabled = len(sizes) < 2
            self.size.value = shape[0] if shape in ((3, 3), (5, 5)) else None
            self.upload.value = ()
            if not keep_typed:
                self._show_weights(setting.weights)
            self._columns = grid[1]
            for control in (self.slider, self.play):
                control.max = grid[0] * grid[1] - 1
            self.set_step(step)
            speeds = LARGE_SPEEDS if max(grid) > 16 else SMALL_SPEEDS
            if self.speed.options != tuple(speeds):
                self.speed.options = tuple(speeds)
                self.speed.value = "normal" if "normal" in speeds else "row by row"
            self._set_speed()
        finally:
            self._quiet = False

    def _show_weights(self, weights: NDArray[np.float64]) -> None:
        rows, columns = weights.shape
        fits = max(weights.shape) <= GRID
        places = list(np.ndindex(rows, columns)) if fits else []
        for r, s in places:
            self.cells[r, s].value = written(float(weights[r, s]))
        children = [self.cells[r, s] for r, s in places] if fits else [self.too_large]
        if list(self.grid.children) != children:
            self.grid.layout.grid_template_columns = f"repeat({columns}, 58px)" if fits else "auto"
            self.grid.children = children
            cells = {f"cnnlab-weight-{r}-{s}": f"Kernel row {r}, column {s}" for r, s in places}
            self._player.names = {**self._names, **cells}

    def set_step(self, step: int) -> None:
        """Move slider and Play, which the browser otherwise links to the player."""
        self.slider.value = self.play.value = step

    def _set_speed(self) -> None:
        interval, by_row = {**SMALL_SPEEDS, **LARGE_SPEEDS}[self.speed.value]
        self.play.interval, self.play.step = interval, self._columns if by_row else 1

    def close(self) -> None:
        """Take every control off the page and out of memory."""
        for link in self._links:
            link.close()
        for top in (self.above, self.below, self.too_large, *self.cells.values()):
            _close(top)


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    for part in ("layout", "style"):
        if getattr(widget, part, None) is not None:
            getattr(widget, part).close()
    widget.close()


def written(weight: float) -> str:
    """Write a weight as one would type it: ``1``, ``-0.5``, ``1/9``.

    Examples
    --------
    >>> written(-1.0), written(1 / 9), written(0.3), written(0.123456)
    ('-1', '1/9', '0.3', '0.123')
    """
    fraction = Fraction(weight).limit_denominator(256)
    if abs(float(fraction) - weight) < 1e-12 and fraction.denominator > 1 and 10**3 % fraction.denominator:
        return str(fraction)
    return number(weight, 3).replace("−", "-")
