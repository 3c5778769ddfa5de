"""The player: shows a scene in the browser and steps through it there, without asking Python."""

from __future__ import annotations

from importlib.resources import files

import anywidget
import traitlets

from cnnlab.widgets.scene import Scene

__all__ = ["Player"]


def _text(name: str) -> str:
    return files("cnnlab.widgets").joinpath(name).read_text(encoding="utf-8")


class Player(anywidget.AnyWidget):  # type: ignore[misc]
    """Plays any :class:`cnnlab.widgets.scene.Scene`. Its step can be linked to a slider with ``jslink``."""

    _esm = _text("player.js")
    _css = _text("player.css")

    scene = traitlets.Dict().tag(sync=True)
    buffers = traitlets.Dict().tag(sync=True)  # arrays and PNGs, as bytes
    steady = traitlets.Dict().tag(sync=True)  # those that were the same in the scene before, so they are not sent anew
    step = traitlets.Int(0).tag(sync=True)
    building = traitlets.Bool(False).tag(sync=True)  # True: cells after the step are covered
    message = traitlets.Unicode("").tag(sync=True)  # an alert above the picture
    names = traitlets.Dict().tag(sync=True)  # accessible names of the controls around it, by CSS class

    def show(self, scene: Scene, step: int) -> None:
        """Replace the scene; the browser repaints once."""
        before = {**self.steady, **self.buffers}
        steady: dict[str, bytes] = {}
        fresh: dict[str, bytes] = {}
        for name, now in scene.buffers().items():
            (steady if before.get(name) == now else fresh)[name] = now
        with self.hold_sync():
            self.scene, self.step, self.steady, self.buffers = scene.description(), step, steady, fresh

    def close(self) -> None:
        """Take the player off the page and out of memory."""
        self.layout.close()
        super().close()
