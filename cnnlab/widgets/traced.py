"""A widget as an exported page has it: its settings traced beforehand, for there is no kernel to ask.

From the setting shown, each control is set to each of its prepared values: first every single change, then every pair
of changes, and so on, as long as there are no more than `MOST_STATES` settings. So the page can say of each control
which values it has ready and where each leads. :attr:`Explorer.exported` names the values; for other controls they are
all options of a menu, both states of a switch, and a whole number with its neighbours.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from typing import Any

import ipywidgets
import numpy as np

from cnnlab.traces.number import number
from cnnlab.widgets.explorer import LARGE_SPEEDS, SMALL_SPEEDS, Control, Explorer
from cnnlab.widgets.scene import Scene

__all__ = ["REFUSED", "TRACED", "traced"]

TRACED = "application/vnd.cnnlab.traced+json"
REFUSED = (ValueError, TypeError, ImportError, OSError)
MOST_STATES = 100
MOST_BYTES = 150_000  # of a setting's arrays and pictures, but for the one shown
LARGE_PICTURE = 20_000  # bytes; beyond, a page gets it with less detail
WIDTH = 400  # pixels of such a picture
SECONDS = 20.0  # after which no further changes are tried: a learner's function may be slow
KINDS = {
    ipywidgets.ToggleButtons: "buttons",
    ipywidgets.ToggleButton: "switch",
    ipywidgets.Dropdown: "menu",
    ipywidgets.SelectionSlider: "menu",
    ipywidgets.IntSlider: "menu",
    ipywidgets.FloatSlider: "menu",
}


def traced(lab: Explorer) -> dict[str, Any]:
    """Return the widget's controls and settings as JSON; arrays and pictures are in base64.

    `still` is its picture as SVG. Each state says of each control which choice it shows (`at`) and where its choices
    lead (`to`): to another state, or to the sentence that refuses it. A choice that leads nowhere needs a running
    notebook.

    Examples
    --------
    >>> from cnnlab.widgets import EdgeLab
    >>> lab = EdgeLab()
    >>> page = traced(lab)
    >>> mirrored = [control["key"] for control in page["controls"]].index("mirrored")
    >>> page["levels"][:2], page["states"][0]["controls"][mirrored]["at"]
    ([1, 7], 0)
    >>> other = page["states"][0]["controls"][mirrored]["to"]["1"]
    >>> page["states"][other]["controls"][mirrored]["at"]
    1
    >>> lab.close()
    """
    controls = [_Ready(c, lab) for c in lab._made if lab.exported.get(c.key, ()) is not None]
    settings, states, levels, known = _explored(lab, controls)
    for setting, state in zip(settings, states, strict=True):
        state["controls"] = [control.at(setting, known) for control in controls]
    return {
        "name": type(lab).__name__,
        "text": repr(lab),
        "classes": list(lab._dom_classes),
        "still": lab._scene.at(lab.step).svg(),
        "step": lab.step,
        "levels": levels,
        "controls": [control.description() for control in controls],
        "states": states,
    }


class _Ready:
    """A control and the values prepared for it."""

    def __init__(self, control: Control, lab: Explorer) -> None:
        self.control = control
        self.kind = KINDS.get(type(control.widget), "none")
        self.choices = _choices(control, lab.setting)
        wanted = lab.exported.get(control.key)
        self._number = self.kind == "menu" and not hasattr(control.widget, "options")
        if wanted is not None and self._number:
            self.choices = [(number(value, 6), value) for value in wanted]
        ready = [value for _, value in self.choices] if wanted is None else list(wanted)
        self._ready = [place for place, (_, value) in enumerate(self.choices) if value in ready]

    def changes(self, setting: Any) -> Iterator[tuple[int, Any]]:
        """Set the control to every prepared value: the choice, and the setting asked for or what refuses it."""
        control = self.control
        if control.shown and not control.shown(setting):
            return
        also = control.also(setting) if control.also else {}
        offered = [value for _, value in _pairs(also["options"])] if "options" in also else None
        for place in self._ready if not also.get("disabled") else ():
            value = self.choices[place][1]
            if (offered is None or value in offered) and not ("max" in also and value > also["max"]):
                try:
                    yield place, control.asked(setting, value)
                except REFUSED as error:
                    yield place, str(error)

    def at(self, setting: Any, known: dict[Any, int | str]) -> dict[str, Any]:
        """Say how the control stands at a setting, and where its choices lead."""
        control = self.control
        to = {
            place: asked if isinstance(asked, str) else known.get(_key(asked)) for place, asked in self.changes(setting)
        }
        return {
            "shown": not control.shown or bool(control.shown(setting)),
            "at": self._place(setting),
            "to": {str(place): target for place, target in to.items() if target is not None},
        }

    def _place(self, setting: Any) -> int:
        """Find the choice that stands for a setting; a value met for the first time becomes one."""
        if self.kind == "none":
            return -1
        value = self.control.write(setting) if self.control.write else getattr(setting, self.control.key)
        if value is None:
            return -1
        values = [value for _, value in self.choices]
        if value not in values:
            self.choices.append((value if isinstance(value, str) else number(value, 6), value))
        return values.index(value) if value in values else len(values)

    def description(self) -> dict[str, Any]:
        """Say what is the same at all settings."""
        widget, names = self.control.widget, self.control.name.split("|")
        parts = len(names) > 1
        return {
            "key": self.control.key,
            "label": getattr(widget, "description", "") or (self.control.key.capitalize() if parts else names[0]),
            "told": bool(getattr(widget, "description", "")),  # whether the label stands beside it
            "kind": self.kind,
            "column": self.control.column,
            "choices": [label for label, _ in self.choices],
            "names": names if parts and self.kind == "buttons" else [],
            "more": self._number,  # there are other values
        }


def _pairs(options: Any) -> list[tuple[str, Any]]:
    return [option if isinstance(option, tuple) else (str(option), option) for option in options]


def _choices(control: Control, setting: Any) -> list[tuple[str, Any]]:
    """Name the values a control can take: all of a menu's, both of a switch, a whole number's and its neighbours."""
    widget = control.widget
    if hasattr(widget, "options"):
        return _pairs(widget.options)
    if isinstance(widget, ipywidgets.ToggleButton):
        return [("off", False), ("on", True)]
    if isinstance(widget, ipywidgets.IntSlider):
        value = control.write(setting) if control.write else getattr(setting, control.key)
        return [(str(n), n) for n in range(max(widget.min, value - 1), min(widget.max, value + 1) + 1)]
    return []


def _explored(
    lab: Explorer, controls: list[_Ready]
) -> tuple[list[Any], list[dict[str, Any]], list[int], dict[Any, int | str]]:
    """Trace settings in the order of how many changes lead to them.

    Returns the settings, their states, how many are no, one, two … changes away, and of each setting its place or the
    sentence that refuses it.
    """
    end = time.monotonic() + SECONDS
    settings, states, levels = [lab.setting], [_state(lab, lab.setting)], [1]
    known: dict[Any, int | str] = {_key(lab.setting): 0}
    failing = bool(states[0]["message"])  # a function that fails need not fail again and again
    while levels[-1] and not failing and time.monotonic() < end:
        asked = [a for setting in settings[-levels[-1] :] for c in controls for _, a in c.changes(setting)]
        wanted = {_key(a): a for a in asked if not isinstance(a, str) and _key(a) not in known}
        if len(settings) + len(wanted) > MOST_STATES:
            break
        before = len(settings)
        for key, setting in wanted.items():
            try:
                state = _state(lab, setting)
            except REFUSED as error:
                known[key] = str(error)
                continue
            if sum(map(len, state["buffers"].values())) <= MOST_BYTES:
                known[key] = len(settings)
                settings.append(setting)
                states.append(state)
        levels.append(len(settings) - before)
    lab._draw(lab.setting)  # what a drawing keeps is that of the setting shown
    return settings, states, [count for count in levels if count], known


def _state(lab: Explorer, setting: Any) -> dict[str, Any]:
    _, scene, message = lab._draw(setting)
    speeds = LARGE_SPEEDS if scene.rows * scene.columns > 256 else SMALL_SPEEDS
    return {
        "scene": scene.description(),
        "buffers": {name: b64encode(held).decode() for name, held in _light(scene).items()},
        "message": message,
        "speeds": [[name, ms, scene.columns if by_row else 1] for name, (ms, by_row) in speeds.items()],
    }


def _light(scene: Scene) -> dict[str, bytes]:
    """Return the scene's bytes, large pictures with less detail; arrays, and so all numbers, stay exact."""
    large = {name for name, picture in scene.assets.items() if len(picture) > LARGE_PICTURE}
    return {name: _compressed(held) if name in large else held for name, held in scene.buffers().items()}


def _compressed(picture: bytes) -> bytes:
    from PIL import Image

    packed = BytesIO()
    with Image.open(BytesIO(picture)) as opened:
        small = opened.convert("RGB")
        small.thumbnail((WIDTH, WIDTH))
        small.save(packed, "WEBP", quality=60, method=6)
    return packed.getvalue()


def _key(setting: Any) -> Any:
    """Make what tells settings apart: arrays by what they hold."""
    held = (getattr(setting, field.name) for field in fields(setting))
    return tuple((v.shape, v.tobytes()) if isinstance(v, np.ndarray) else repr(v) for v in held)
