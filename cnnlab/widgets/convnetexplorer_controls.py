"""ConvNetExplorer's controls: what is shown, the layer that is edited, and training."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from cnnlab.data import Splits
from cnnlab.train import Background
from cnnlab.widgets.convnetexplorer_choices import NETS, Rows, ending_with, part, splits
from cnnlab.widgets.explorer import Control

if TYPE_CHECKING:
    from cnnlab.widgets.convnetexplorer import ConvNetExplorer
    from cnnlab.widgets.convnetexplorer_setting import Setting

__all__ = ["LayerEditor", "TrainingPanel", "choices"]

FIELD = {"width": "250px", "max_width": "100%"}
LABEL = {"description_width": "72px"}

# What a layer begins as when its kind is chosen; pool kinds are told apart by their mode.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "conv": ("convolution", {"type": "conv", "f": 3, "filters": 8, "stride": 1, "pad": 1}),
    "bn": ("batch norm", {"type": "bn"}),
    "relu": ("ReLU", {"type": "relu"}),
    "max": ("max pool", {"type": "pool", "f": 2, "stride": 2, "mode": "max"}),
    "average": ("average pool", {"type": "pool", "f": 2, "stride": 2, "mode": "average"}),
    "flatten": ("flatten", {"type": "flatten"}),
    "dropout": ("dropout", {"type": "dropout", "keep": 0.5}),
    "fc": ("fully connected", {"type": "fc", "units": 32}),
}
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PACES = {"full speed": 0.0, "10 steps a second": 0.1, "2 steps a second": 0.5}


def choices(menus: Callable[[Setting], dict[str, Any]]) -> list[Control]:
    """Make what chooses net, data and picture."""

    def drop(name: str) -> Any:
        return w.Dropdown(description=name, layout=FIELD, style=LABEL)

    def choose_net(setting: Setting, key: str) -> Setting:
        if key == "own":
            return setting
        dealt = splits(NETS[key].data)
        shape, classes = dealt.train.images.shape[1:], len(dealt.train.classes)
        picture = {} if setting.data == NETS[key].data else _first_picture(dealt)
        return replace(setting, net=key, data=NETS[key].data, rows=tuple(NETS[key].rows(shape, classes)), **picture)

    def choose_data(setting: Setting, key: str) -> Setting:
        if key == setting.data:
            return setting
        dealt = menus(setting)["splits"](key)
        rows = ending_with(setting.rows, len(dealt.train.classes))
        return replace(setting, data=key, rows=rows, net="own", **_first_picture(dealt))

    return [
        Control("net", drop("Net"), "Net", read=choose_net, also=lambda s: {"options": menus(s)["nets"]}),
        Control("data", drop("Data"), "Data", read=choose_data, also=lambda s: {"options": menus(s)["sets"]}),
        Control(
            "label",
            drop("Picture"),
            "Picture of which class",
            read=lambda s, label: replace(s, label=label, example=0),
            also=lambda s: {"options": menus(s)["classes"]},
        ),
        Control(
            "example",
            w.IntSlider(description="Example", max=0, layout=FIELD, style=LABEL, readout=False),
            "Example",
            also=lambda s: {"max": menus(s)["examples"], "disabled": menus(s)["examples"] < 1},
        ),
    ]


def _first_picture(dealt: Splits) -> dict[str, Any]:
    return {"label": int(part(dealt).labels[0]), "example": 0}


class LayerEditor:
    """Edits the layer that is shown: its kind, its sizes, its place in the net."""

    def __init__(self, lab: ConvNetExplorer) -> None:
        self._lab = lab
        self.title = w.HTML(layout=FIELD)
        self.controls = [
            Control(
                "kind",
                w.Dropdown(
                    description="Kind",
                    options=[(title, kind) for kind, (title, _) in KINDS.items()],
                    layout=FIELD,
                    style=LABEL,
                ),
                "Kind of layer",
                1,
                read=lambda s, kind: self._with(s, KINDS[kind][1]),
                write=lambda s: self._kind(s) or "relu",
                shown=lambda s: bool(self._kind(s)),
            ),
            self._slider("filters", "Filters", 64, ("conv",)),
            self._slider("f", "Window f", 11, ("conv", "max", "average")),
            self._slider("stride", "Stride s", 8, ("conv", "max", "average")),
            Control(
                "pad",
                w.Dropdown(description="Pad p", layout=FIELD, style=LABEL),
                "Pad",
                1,
                read=lambda s, pad: self._with(s, {**self._row(s), "pad": pad}),
                write=lambda s: self._row(s).get("pad", 0),
                also=self._pads,
                shown=lambda s: self._kind(s) in ("conv", "max", "average"),
            ),
            self._slider("units", "Units", 256, ("fc",)),
        ]
        self.buttons = w.Box([])
        self.buttons.add_class("cnnlab-buttons")
        made = []
        for name, icon, act in (
            ("Add", "plus", self._add),
            ("Remove", "minus", self._remove),
            ("Up", "arrow-up", lambda s: self._move(s, -1)),
            ("Down", "arrow-down", lambda s: self._move(s, 1)),
        ):
            button = w.Button(description=name, icon=icon, layout={"width": "auto"})
            button.on_click(self._acting(act))
            made.append(button)
        made[0].tooltip = "Add a layer after the one shown"
        self.buttons.children = made

    def show(self) -> None:
        """Name the layer that is edited."""
        step = self._lab.trace[self._lab.step]
        text = f"<b>{html.escape(step.row.name)}</b>"
        if step.layer is None:
            text += ". Step on to change a layer."
        self.title.value = f"<div>Layer shown: {text}</div>"

    # The layer shown, and what follows from a change of it.

    def _row(self, setting: Setting) -> dict[str, Any]:
        at = self._lab.step - 1
        return dict(setting.rows[at]) if 0 <= at < len(setting.rows) else {}

    def _kind(self, setting: Setting) -> str:
        row = self._row(setting)
        kind: str = row.get("mode", "max") if row.get("type") == "pool" else row.get("type", "")
        return kind

    def _with(self, setting: Setting, row: dict[str, Any]) -> Setting:
        at = self._lab.step - 1
        return _changed(setting, (*setting.rows[:at], row, *setting.rows[at + 1 :]))

    def _slider(self, key: str, title: str, most: int, kinds: tuple[str, ...]) -> Control:
        def value(setting: Setting) -> Any:
            row = self._row(setting)
            return row.get(key, row.get("f", 1) if key == "stride" and row.get("type") == "pool" else 1)

        def written(setting: Setting) -> int:
            return value(setting) if isinstance(value(setting), int) else 1

        return Control(
            key,
            w.IntSlider(description=title, min=1, max=most, continuous_update=False, layout=FIELD, style=LABEL),
            title,
            1,
            read=lambda s, n: self._with(s, {**self._row(s), key: n}),
            write=written,
            also=lambda s: {"max": max(most, written(s))},
            shown=lambda s: self._kind(s) in kinds and isinstance(value(s), int),
        )

    def _pads(self, setting: Setting) -> dict[str, Any]:
        now = self._row(setting).get("pad", 0)
        pads: list[Any] = [*range(6), "same"]
        return {"options": [(str(pad), pad) for pad in pads + [now] * (now not in pads)]}

    def _acting(self, act: Callable[[Setting], tuple[Setting, int]]) -> Callable[[Any], None]:
        def clicked(_: Any) -> None:
            self._lab._try(lambda: act(self._lab.setting))

        return clicked

    def _add(self, setting: Setting) -> tuple[Setting, int]:
        at = self._lab.step
        return _changed(setting, (*setting.rows[:at], KINDS["relu"][1], *setting.rows[at:])), at + 1

    def _remove(self, setting: Setting) -> tuple[Setting, int]:
        at = self._chosen() - 1
        if len(setting.rows) == 1:
            raise ValueError("A net needs at least one layer. Change its kind instead.")
        return _changed(setting, setting.rows[:at] + setting.rows[at + 1 :]), min(at + 1, len(setting.rows) - 1)

    def _move(self, setting: Setting, by: int) -> tuple[Setting, int]:
        at = self._chosen() - 1
        to = at + by
        if not 0 <= to < len(setting.rows):
            raise ValueError(f"This layer is the {'first' if by < 0 else 'last'} already. Choose another one to move.")
        rows = list(setting.rows)
        rows[at], rows[to] = rows[to], rows[at]
        return _changed(setting, tuple(rows)), to + 1

    def _chosen(self) -> int:
        if self._lab.step == 0:
            raise ValueError("The picture is no layer. Click a layer in the table first.")
        return self._lab.step


def _changed(setting: Setting, rows: Rows) -> Setting:
    return replace(setting, rows=rows, net="own")


class TrainingPanel:
    """Starts and stops the training and says how far it is."""

    def __init__(self, lab: ConvNetExplorer, rules: tuple[str, ...]) -> None:
        def drop(name: str, options: Any) -> Any:
            return w.Dropdown(description=name, options=options, layout=FIELD, style=LABEL)

        auto = {"width": "auto"}
        rates = [(f"{rate:g}", rate) for rate in RATES]
        self.controls = [
            Control("rule", drop("Optimiser", rules), "Optimiser", 2),
            Control("rate", drop("Rate", rates), "Learning rate", 2),
            Control("batch_size", drop("Batch", [1, 8, 32, 128]), "Pictures in a batch", 2),
            Control("epochs", drop("Epochs", [1, 5, 20, 100]), "Epochs", 2),
            Control("pause", drop("Pace", list(PACES.items())), "Pace of the training", 2),
        ]
        self._train = w.Button(description="Train", icon="play", button_style="primary", layout=auto)
        self._stop = w.Button(description="Stop", icon="stop", layout=auto)
        fresh = w.Button(description="New start", icon="eraser", layout=auto, tooltip="Forget what was learnt")
        self._train.on_click(lambda _: lab._try(lab.train))
        self._stop.on_click(lambda _: lab.stop())
        fresh.on_click(lambda _: lab.restart_training())
        self._state = w.HTML()
        buttons = w.Box([self._train, self._stop, fresh])
        buttons.add_class("cnnlab-buttons")
        self.box = w.VBox([buttons, self._state])
        self.box.add_class("cnnlab-column")

    def show(self, run: Background) -> None:
        """Say how far the training is."""
        now = run.snapshot
        self._train.description = "Continue" if now.steps else "Train"
        if now.error:
            text = f"Stopped at step {now.steps:,}: it diverged."
        elif run.running:
            text = f"Training: step {now.steps:,} of {now.goal:,}." if now.goal else "Training begins."
        elif not now.steps:
            text = "Not trained yet."
        elif now.steps < now.goal:
            text = f"Stopped at step {now.steps:,} of {now.goal:,}."
        else:
            text = f"Done: {now.steps:,} steps."
        hint = "While a cell runs, Stop waits for it." if run.running else "&nbsp;"  # the line is kept
        self._state.value = (
            f'<progress aria-label="Training" max="{max(now.goal, 1)}" value="{now.steps}">'
            f"</progress><div>{html.escape(text)}</div><div>{hint}</div>"
        )
