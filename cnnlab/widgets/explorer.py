"""What every widget shares: a setting, its picture, the player, and the controls around them.

A widget is a frozen dataclass of what can be chosen, and a subclass that draws it:

>>> from cnnlab.widgets.scene import Codes, Slot
>>> from cnnlab.widgets.svg import Label, Panel
>>> @dataclass(frozen=True)
... class Chosen:
...     n: int = 4
>>> class Squares(Explorer):
...     def __init__(self, n=4):
...         super().__init__(Chosen(n))
...
...     def _draw(self, setting):
...         if setting.n > 9:
...             raise ValueError(f"n: got {setting.n}, wanted at most 9. Choose a smaller one.")
...         squares = np.arange(setting.n)[None] ** 2
...         panel = Panel("Square", 40, 40, (Label(20, 20, slot="square"),))
...         slots, arrays = {"square": Slot("squares")}, {"squares": Codes(squares.astype(np.int32))}
...         sentences = {"cell": "{column} times itself is {square}."}
...         return squares, Scene(1, setting.n, ((panel,),), slots, {}, arrays, sentences), ""
...
...     def _controls(self):
...         return [Control("n", ipywidgets.IntSlider(min=1, max=12), "How many")]
...
...     def _summary(self):
...         return f"{self.setting.n} squares, {self.place}"
>>> squares = Squares()
>>> squares.step = 3
>>> squares
Squares: 4 squares, step 4 of 4, row 0, column 3
>>> squares.controls["n"].value = 10  # as a learner would: refused, and the picture stays
>>> squares.message, squares.setting
('n: got 10, wanted at most 9. Choose a smaller one.', Chosen(n=4))
>>> squares.close()
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, ClassVar, TypeVar

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from cnnlab.still import show
from cnnlab.whole import whole
from cnnlab.widgets.learner import Endless, Function, FunctionError, respond
from cnnlab.widgets.player import Player
from cnnlab.widgets.scene import Scene

__all__ = ["Control", "Explorer", "slider"]

# Milliseconds between two steps of Play, and whether a step is a whole row: nobody waits for 270 000 pixels.
SMALL_SPEEDS = {"slow": (1000, False), "normal": (400, False), "fast": (100, False)}
LARGE_SPEEDS = {"row by row": (20, True), "pixel by pixel": (100, False)}  # Play's own work adds to its interval
MOST_SECONDS = 3600  # for a learner's function
WAKE = "Run this cell (Shift+Enter) to play."  # below the picture that a saved notebook shows

Floats = NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Control:
    """An ipywidget tied to the setting.

    `key` is the field it chooses. A control that does more (or has no field of its own) says with `read` which setting
    follows from a new value, and with `write` which value shows a setting.
    """

    key: str
    widget: Any
    name: str  # for screen readers; several parts: "Kernel 3 by 3|Kernel 5 by 5"
    column: int | None = 0  # None: beside Undo and Reset
    read: Callable[[Any, Any], Any] | None = None  # (setting, new value) → setting; may raise with a remedy
    write: Callable[[Any], Any] | None = None  # setting → value
    also: Callable[[Any], Mapping[str, Any]] | None = None  # setting → other traits: options, max, disabled
    shown: Callable[[Any], bool] | None = None  # setting → whether it is on the page
    stays: bool = False  # a refused value stays on it, to be mended there or by another control

    def asked(self, setting: Any, value: Any) -> Any:
        """Return the setting that a new value asks for."""
        return self.read(setting, value) if self.read else replace(setting, **{self.key: value})

    def show(self, setting: Any, *, value: bool = True) -> None:
        """Show a setting; without `value` what the learner entered stays."""
        traits = dict(self.also(setting)) if self.also else {}
        if value:
            traits["value"] = self.write(setting) if self.write else getattr(setting, self.key)
        for name, trait in traits.items():
            setattr(self.widget, name, trait)
        if self.shown:
            self.widget.layout.display = None if self.shown(setting) else "none"


class Explorer(ipywidgets.VBox):  # type: ignore[misc]
    """A picture that is stepped through and changed: play, slider, Undo, Reset, messages, and what is saved.

    A refused setting keeps the last good picture and tells why; from code it raises.
    """

    signature = ""  # what `fn` looks like: "cross_correlate2d(image, kernel)"
    # By control, the values that an exported page has ready, or None to leave the control out; see widgets/traced.py.
    exported: ClassVar[Mapping[str, Sequence[Any] | None]] = {}

    def __init__(self, setting: Any, *, fn: Function | None = None, seconds: float = 5.0) -> None:
        if not isinstance(seconds, int | float | np.integer) or not 0 < seconds <= MOST_SECONDS:
            raise ValueError(
                f"seconds: got {seconds!r}, wanted a number above 0, up to {MOST_SECONDS}. Leave it out for 5 seconds."
            )
        self._seconds = float(seconds)
        self._fn = self._checked(fn)
        self._fn_worked = False
        self._endless: Endless | None = None
        self._start = setting
        self._past: list[Any] = []
        self._quiet = False  # True while code sets the controls
        self._columns = 1
        self._player = Player()
        self._show(setting)  # raises before any control is made
        self._made = self._controls()
        self.controls = {control.key: control.widget for control in self._made}
        super().__init__([self._above(), self._player, self._below()])
        self.add_class("cnnlab-lab")
        self._refresh()
        for control in self._made:
            control.widget.observe(self._observer(control), "value")

    # What a widget gives.

    def _draw(self, setting: Any) -> tuple[Any, Scene, str]:
        """Return trace, picture and a message, or nothing to tell; raise with a remedy if the setting is impossible."""
        raise NotImplementedError

    def _controls(self) -> list[Control]:
        """Make the controls, once."""
        raise NotImplementedError

    def _summary(self) -> str:
        """Say what repr says after the name."""
        raise NotImplementedError

    # What code can read and set.

    @property
    def setting(self) -> Any:
        """What is chosen."""
        return self._setting

    @property
    def trace(self) -> Any:
        """Every step, as numbers."""
        return self._trace

    @property
    def step(self) -> int:
        """The step shown, counted from 0 in reading order."""
        return min(int(self._player.step), self._steps - 1)

    @step.setter
    def step(self, step: int) -> None:
        step = whole("step", step, 0, self._steps - 1, remedy="Choose a step in that range.")
        self._player.step = step  # slider and Play follow in the browser

    @property
    def place(self) -> str:
        """The step in words: ``step 7 of 16, row 1, column 2``."""
        row, column = divmod(self.step, self._scene.columns)
        return f"step {self.step + 1} of {self._steps}, row {row}, column {column}"

    @property
    def message(self) -> str:
        """What the widget complains of at the moment, or nothing."""
        return str(self._player.message)

    @property
    def fn(self) -> Function | None:
        """The learner's function that gives what is shown, or None for the library's."""
        return self._fn

    @fn.setter
    def fn(self, fn: Function | None) -> None:
        self._fn, self._fn_worked, self._endless = self._checked(fn), False, None
        self._apply(self._setting)

    def _checked(self, fn: Function | None) -> Function | None:
        if fn is not None and not callable(fn):
            raise TypeError(
                f"fn: got {type(fn).__name__}, wanted a function like {self.signature}. "
                f"Pass it without brackets: {type(self).__name__}(fn={self.signature.partition('(')[0]})."
            )
        return fn

    def _ask(self, expected: Floats, *arguments: Any, cached: bool = False) -> tuple[Floats, str, str]:
        """Let `fn` compute what the library expects; return it with what is to be noted and what is to be told.

        A function that never worked on anything leaves the library's numbers in the picture and is told; one that
        worked before keeps the last picture it gave. One that never ended is not called at every move of a slider: all
        would wait for it again and again. With `cached` it may return the result with a cache.
        """
        fn = self._fn
        if fn is None:
            return expected, "", ""

        def call() -> tuple[Floats, str]:
            return respond(fn, arguments, expected.shape, self._seconds, type(self).__name__, cached=cached)

        answer, told = self._patiently(call, "Until then the response is the library's.")
        return (*answer, "") if answer else (expected, "", told)

    def _patiently(self, call: Callable[[], T], until: str) -> tuple[T | None, str]:
        """Make a call of `fn`; if it fails and never worked on anything, return None and what is to be told."""
        try:
            if self._endless:
                raise self._endless
            return call(), ""
        except FunctionError as error:
            if self._fn_worked:
                raise
            told = f"{error} {until}"
            if isinstance(error, Endless):
                self._endless, told = error, f"{told} Reset calls it again."
            return None, told

    # From a setting to the picture.

    @property
    def _steps(self) -> int:
        return self._scene.rows * self._scene.columns

    def _show(self, setting: Any) -> None:
        """Trace and draw a setting; on an error everything stays as it was."""
        trace, scene, message = self._draw(setting)
        row, column = divmod(self._player.step, self._columns)
        step = min(row, scene.rows - 1) * scene.columns + min(column, scene.columns - 1)
        self._setting = self._asked = setting
        self._trace, self._scene, self._columns = trace, scene, scene.columns
        self._fn_worked = self._fn is not None and not message
        self._player.show(scene, step)
        self._player.message = self._told = message  # a refused change puts its own message over it

    def _apply(self, setting: Any) -> None:
        """Show a setting that was asked for; raise if it cannot be shown."""
        before = self._setting
        self._show(setting)
        self._past.append(before)
        self._refresh()

    def _change(self, **fields: Any) -> None:
        """Show another setting, from code."""
        self._apply(replace(self._setting, **fields))

    def _refresh(self, refused: Control | None = None) -> None:
        """Bring every control to the setting; on a refused one that stays, to what was asked for."""
        self._quiet = True
        try:
            for control in self._made:
                control.show(self._asked, value=control is not refused or not control.stays)
            if self._slider.max != self._steps - 1:  # only then: while Play runs, the browser knows the step better
                for control in (self._slider, self._play):
                    with control.hold_sync():  # one message, for a smaller max alone would move the step
                        control.max, control.value = self._steps - 1, self.step
            self._slider.disabled = self._steps == 1
            speeds = LARGE_SPEEDS if self._steps > 256 else SMALL_SPEEDS
            if self._speed.options != tuple(speeds):
                self._speed.options = tuple(speeds)
                self._speed.value = "normal" if "normal" in speeds else "row by row"
            self._set_speed()
        finally:
            self._quiet = False

    def _set_speed(self) -> None:
        interval, by_row = {**SMALL_SPEEDS, **LARGE_SPEEDS}[self._speed.value]
        self._play.interval, self._play.step = interval, self._columns if by_row else 1

    # From the controls to a setting: errors become a sentence in the widget.

    def _observer(self, control: Control) -> Callable[[Any], None]:
        def observed(event: Any) -> None:
            if not self._quiet and event.new not in ((), None):
                self._from_control(control, event.new)

        return observed

    def _from_control(self, control: Control, value: Any) -> None:
        try:
            asked = control.asked(self._asked, value)
            if control.stays:
                self._asked = asked
            self._apply(asked)
        except (ValueError, TypeError, ImportError, OSError) as error:
            self._player.message = str(error)
            self._refresh(control)

    def _undo(self) -> None:
        if self._player.message != self._told:  # only the change that was refused
            self._player.message, self._asked = self._told, self._setting
            self._refresh()
        elif self._past:
            self._return_to(self._past.pop())

    def _restart(self) -> None:
        self._endless = None
        self._return_to(self._start)
        self.step = 0
        self._past.clear()

    def _return_to(self, setting: Any) -> None:
        try:
            self._show(setting)
        except ValueError as error:  # the learner's function, at another time
            self._player.message = str(error)
        self._refresh()

    # The page.

    def _above(self) -> Any:
        """Lay the controls out in columns, Undo and Reset below the last, and name them all."""
        names = {
            "play": "Play or pause|Stop and go back to the first step|Repeat",
            "step": "Step",
            "speed": "Speed",
            "build": "Build up",
        }
        columns: dict[int | None, list[Any]] = {None: []}
        for control in self._made:
            control.widget.add_class(f"cnnlab-set-{control.key}")
            names[f"set-{control.key}"] = control.name
            columns.setdefault(control.column, []).append(control.widget)
        self._player.names = {f"cnnlab-{mark}": name for mark, name in names.items()}
        undo, reset = (_button(*words) for words in (("Undo", "undo"), ("Reset", "refresh")))
        undo.on_click(lambda _: self._undo())
        reset.on_click(lambda _: self._restart())
        reset.add_class("cnnlab-reset")
        self.controls |= {"undo": undo, "reset": reset}
        buttons = _box("cnnlab-buttons", *columns.pop(None), undo, reset)
        in_order = [widgets for _, widgets in sorted(columns.items())]
        in_order[-1].append(buttons)
        return _box("cnnlab-controls", *(_box("cnnlab-column", *widgets, kind=ipywidgets.VBox) for widgets in in_order))

    def _below(self) -> Any:
        """Make what moves the step, linked in the browser."""
        auto = {"width": "auto"}
        self._play = ipywidgets.Play(show_repeat=False)
        self._slider = ipywidgets.IntSlider(readout=False, layout=auto)
        self._speed = ipywidgets.Dropdown(
            description="Speed", layout={"width": "190px"}, style={"description_width": "auto"}
        )
        build = ipywidgets.ToggleButton(description="Build up", icon="th", layout=auto)
        self._links = [
            ipywidgets.jslink((self._player, "step"), (self._slider, "value")),
            ipywidgets.jslink((self._player, "step"), (self._play, "value")),
            ipywidgets.jslink((build, "value"), (self._player, "building")),
        ]
        self._speed.observe(lambda _: self._set_speed(), "value")
        marks = {"play": self._play, "step": self._slider, "speed": self._speed, "build": build}
        for mark, widget in marks.items():
            widget.add_class(f"cnnlab-{mark}")
        for widget in (self._play, self._speed):
            widget.add_class("cnnlab-motion")
        return _box("cnnlab-playbar", *marks.values())

    # How it presents itself.

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self._summary()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        from cnnlab.widgets.png import png

        still = self._scene.at(self.step)
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self)
        bundle["image/svg+xml"] = still.svg(WAKE)
        bundle["image/png"] = png(still.card(WAKE), still)
        return bundle

    def _ipython_display_(self) -> None:
        bundle = self._repr_mimebundle_()
        source = b64encode(bundle["image/svg+xml"].encode()).decode()
        show(bundle, f'<img alt="{escape(repr(self))}" src="data:image/svg+xml;base64,{source}">')

    def close(self) -> None:
        """Take the widget, its player and its controls off the page and out of memory."""
        for link in getattr(self, "_links", ()):  # missing when the constructor raised
            link.close()
        for child in getattr(self, "children", ()):
            _close(child)
        self.layout.close()
        super().close()


def slider(description: str, least: int, most: int, *, width: str = "250px", label: str = "76px") -> Any:
    """Make a slider of whole numbers that fits a narrow page."""
    return ipywidgets.IntSlider(
        description=description,
        min=least,
        max=most,
        style={"description_width": label},
        layout={"width": width, "max_width": "100%"},
    )


def _box(mark: str, *children: Any, kind: Any = ipywidgets.Box) -> Any:
    return kind(children).add_class(mark)


def _button(description: str, icon: str) -> Any:
    return ipywidgets.Button(description=description, icon=icon, layout={"width": "auto"})


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    for part in ("layout", "style"):
        if getattr(widget, part, None) is not None:
            getattr(widget, part).close()
    widget.close()
