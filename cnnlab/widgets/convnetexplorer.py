"""ConvNetExplorer: build a net from layers, see a picture go through it, train it and watch. Played in notebook 08."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnlab.data import Splits
from cnnlab.layers import Sequential
from cnnlab.optim import SGD, Adam, Momentum, Optimizer, RMSprop
from cnnlab.traces import NetTrace, trace_net
from cnnlab.train import Snapshot
from cnnlab.whole import whole
from cnnlab.widgets.convnetexplorer_choices import (
    NETS,
    SETS,
    own_data,
    own_picture,
    own_rows,
    part,
    splits,
    suited,
)
from cnnlab.widgets.convnetexplorer_controls import LayerEditor, TrainingPanel, choices
from cnnlab.widgets.convnetexplorer_picture import View, draw
from cnnlab.widgets.convnetexplorer_setting import Setting, Shelf
from cnnlab.widgets.explorer import Control, Explorer
from cnnlab.widgets.scene import Scene

__all__ = ["ConvNetExplorer"]

Array = NDArray[Any]

RULES: dict[str, type[Optimizer]] = {"Adam": Adam, "RMSprop": RMSprop, "momentum": Momentum, "SGD": SGD}


class ConvNetExplorer(Explorer):
    """A net made of layers: its table, a picture on its way through, its prediction, and its training.

    A step is a layer. Training runs beside the notebook: other cells can be run meanwhile. Until
    they end, the curves and the buttons wait; the training does not.

    Parameters
    ----------
    net
        A name ("small", "lenet5", "three_layer_net", "signs_net", "net39", "small_vgg"), a list of rows as for
        :func:`cnnlab.models.from_rows`, or a :class:`cnnlab.layers.Sequential`, of which a copy is shown and trained.
    data
        A name ("digits", "shapes", or with its size "digits8", "shapes64", …), arrays (x, y) with pictures
        (N, C, H, W) and labels (N,), a :class:`cnnlab.data.Dataset` or its splits.
    picture
        Your own picture (C, H, W), or (H, W) if it is grey.
    seed
        Another seed, other first weights and another order of the pictures.

    Raises
    ------
    ShapeError
        If a layer does not fit what the one before gives; the message names it.
    ValueError, TypeError
        If an argument cannot be used; the message says what to do.

    Examples
    --------
    >>> lab = ConvNetExplorer("small", "digits8")
    >>> lab
    ConvNetExplorer: 8 layers, 1×8×8 → 10, 1,898 parameters, not trained, step 2 of 9, conv1 8×8×8
    >>> lab.train(epochs=1)
    >>> lab.wait()
    >>> lab.step = 8
    >>> lab
    ConvNetExplorer: 8 layers, 1×8×8 → 10, 1,898 parameters, trained for 40 steps, step 9 of 9, dense1 10
    >>> lab.close()
    """

    exported: ClassVar = {
        "label": range(10),
        **dict.fromkeys(("net", "data", "example", "kind", "filters", "f", "stride", "pad", "units"), ()),
        **dict.fromkeys(("rule", "rate", "batch_size", "epochs", "pause"), ()),
    }

    def __init__(self, net: Any = None, data: Any = None, *, picture: Any = None, seed: int = 0) -> None:
        seed = whole("seed", seed, 0, remedy="Leave it out for 0.")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()
        self._due = False  # whether the picture is to be brought up to date
        key, dealt = own_data(suited(net) if data is None else data)
        self._own = dealt if key == "own" else None
        shape, classes = dealt.train.images.shape[1:], len(dealt.train.classes)
        name, rows = own_rows("small" if net is None else net, shape, classes)
        self._shelf = Shelf(net if isinstance(net, Sequential) else None, rows, int(seed), self._seen)
        self._picture = None if picture is None else own_picture(picture, shape)
        label = -1 if picture is not None else int(part(dealt).labels[0])
        super().__init__(Setting(name, rows, key, label))
        self.add_class("cnnlab-tops")
        self._player.observe(lambda _: self._show_layer(), "step")
        self.step = 1

    # What code can read and set.

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The layers as plain data; set it to other rows or a net's name."""
        return [dict(row) for row in self.setting.rows]

    @rows.setter
    def rows(self, net: Any) -> None:
        dealt = self._splits(self.setting.data)
        name, rows = own_rows(net, dealt.train.images.shape[1:], len(dealt.train.classes))
        self._change(net=name, rows=rows)

    @property
    def network(self) -> Sequential:
        """A copy of the net with the weights last seen."""
        return self._now.shown.copy()

    @property
    def picture(self) -> Array:
        """The picture shown, (C, H, W); set it to your own."""
        picture: Array = self._trace[0].output
        return picture

    @picture.setter
    def picture(self, picture: Any) -> None:
        self._picture = own_picture(picture, self._now.shown.input_shape)
        self._change(label=-1)

    @property
    def snapshot(self) -> Snapshot:
        """What was last seen of the training: losses, epochs, weights."""
        return self._now.run.snapshot

    # Training.

    @property
    def running(self) -> bool:
        """Whether it trains at the moment."""
        return self._now.run.running

    def train(self, epochs: int | None = None) -> None:
        """Begin, or go on where it was stopped; return at once. :meth:`wait` waits for the end.

        Raises
        ------
        ValueError
            If `epochs` is no whole number from 1.
        RuntimeError
            If the weights are no longer numbers (begin anew with :meth:`restart_training`), or the widget was closed.
        """
        s: Setting = self.setting
        try:
            self._loop = asyncio.get_running_loop()  # of the notebook; a plain program has none
        except RuntimeError:
            self._loop = None
        self._context = contextvars.copy_context()  # so that what is sent belongs to the cell or the click
        self._now.run.start(
            lambda: RULES[s.rule](s.rate),
            epochs=s.epochs if epochs is None else epochs,
            batch_size=min(s.batch_size, len(self._splits(s.data).train)),
        )
        self._panel.show(self._now.run)

    def stop(self) -> None:
        """Stop after the step under way."""
        self._now.run.stop()
        self._repaint()

    def wait(self) -> None:
        """Wait for the end of the training; an interrupt leaves it running."""
        self._now.run.wait()
        self._repaint()

    def restart_training(self) -> None:
        """Forget what was learnt: back to the first weights."""
        self._shelf.forget(self.setting)
        self._show(self.setting)
        self._panel.show(self._now.run)

    def _seen(self, _: Snapshot) -> None:
        """Have the picture brought up to date, from the training's thread.

        Widgets are not made for threads: the notebook's own loop does it, when no cell runs. Without one, the picture
        is brought up to date by whatever comes next.
        """
        if self._loop is not None and not self._loop.is_closed() and not self._due:
            self._due = True
            self._loop.call_soon_threadsafe(self._repaint, context=self._context)

    def _repaint(self) -> None:
        """Show what the training has come to; what the learner is told at the moment stays."""
        self._due = False
        if not len(self._shelf):
            return  # closed meanwhile
        self._trace, self._scene, message = self._draw(self.setting)
        self._player.show(self._scene, self.step)
        if message:
            self._player.message = self._told = message
        self._panel.show(self._now.run)

    # From a setting to the picture.

    def _checked(self, fn: Any) -> None:
        if fn is not None:
            raise TypeError(
                f"fn: got {type(fn).__name__}, but a net is made of layers. Set them instead: "
                'lab.rows = [{"type": "flatten"}, {"type": "fc"}].'
            )

    def _splits(self, name: str) -> Splits:
        return self._own if name == "own" and self._own else splits(name)

    def _draw(self, setting: Setting) -> tuple[NetTrace, Scene, str]:
        kept = self._shelf.find(setting, self._splits(setting.data))
        snapshot = kept.run.snapshot
        kept.shown.load_state_dict(snapshot.state)
        dealt = part(self._splits(setting.data))
        if setting.label < 0 and self._picture is not None:
            picture, label, name = own_picture(self._picture, kept.shown.input_shape), None, "your picture"
        else:
            places = np.flatnonzero(dealt.labels == setting.label)
            picture, label = dealt.images[places[setting.example]], setting.label
            name = f"{dealt.classes[label]}, example {setting.example + 1}"
        trace = trace_net(kept.shown, picture, dealt.classes, label)
        scene = draw(trace, View(kept.shown, kept.first, snapshot, name))
        self._now = kept
        self._shelf.take(setting, kept)
        message = f"{snapshot.error} Then press New start." if snapshot.error else ""
        return trace, scene, message

    def _controls(self) -> list[Control]:
        self._editor = LayerEditor(self)
        self._panel = TrainingPanel(self, tuple(RULES))
        return [*choices(self._menus), *self._editor.controls, *self._panel.controls]

    def _menus(self, setting: Setting) -> dict[str, Any]:
        """Say what the menus of net, data and pictures hold."""
        own = [("own", "own")]
        dealt = part(self._splits(setting.data))
        counts = np.bincount(dealt.labels, minlength=len(dealt.classes))
        classes = [(name, k) for k, name in enumerate(dealt.classes) if counts[k]]
        return {
            "nets": [(net.title, key) for key, net in NETS.items()] + own * (setting.net == "own"),
            "sets": [(title, key) for key, (title, _) in SETS.items()] + own * (self._own is not None),
            "splits": self._splits,
            "classes": classes + [("your picture", -1)] * (self._picture is not None),
            "examples": int(counts[setting.label]) - 1 if setting.label >= 0 else 0,
        }

    def _above(self) -> Any:
        box = super()._above()
        _, layer, training = box.children
        layer.children = (self._editor.title, *layer.children, self._editor.buttons)
        training.children = (*training.children[:-1], self._panel.box, training.children[-1])
        return box

    def _below(self) -> Any:
        box = super()._below()
        box.children[-1].layout.display = "none"  # there is nothing to build up
        return box

    def _refresh(self, refused: Control | None = None) -> None:
        super()._refresh(refused)
        self._editor.show()
        self._panel.show(self._now.run)

    def _show_layer(self) -> None:
        """Bring the layer's controls to the layer shown."""
        self._quiet = True
        try:
            for control in self._editor.controls:
                control.show(self.setting)
        finally:
            self._quiet = False
        self._editor.show()

    def _try(self, act: Callable[[], Any]) -> None:
        """Do what a button asks: show the setting and the step it gives; tell an error in the widget."""
        try:
            asked = act()
            if asked is not None:
                setting, step = asked
                self._apply(setting)
                self.step = step
        except (ValueError, TypeError, RuntimeError) as error:
            self._player.message = str(error)

    # How it presents itself.

    def _summary(self) -> str:
        network, row, steps = self._now.shown, self._trace[self.step].row, self.snapshot.steps
        trained = f"trained for {steps:,} step{'s' * (steps != 1)}" if steps else "not trained"
        shape = "×".join(map(str, row.shape))
        return (
            f"{repr(network).partition(': ')[2]}, {trained}, step {self.step + 1} of {len(self._trace)}, "
            f"{row.name} {shape}"
        )

    def close(self) -> None:
        """Stop the training, and take the widget off the page and out of memory."""
        if hasattr(self, "_shelf"):  # else the constructor raised
            self._shelf.close()
        super().close()
