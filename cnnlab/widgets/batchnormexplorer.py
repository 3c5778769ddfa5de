"""BatchNormExplorer: a deep network with and without batchnorm, and one feature number by number. For notebook 06."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets as w
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.traces.activations import NetworkTrace, trace_network
from cnnlab.traces.batchnorm import UnitTrace, trace_batchnorm
from cnnlab.traces.number import number
from cnnlab.widgets.batchnormexplorer_network import draw_network
from cnnlab.widgets.batchnormexplorer_setting import EPS, LIMITS, SCALES, Setting, batches, check, read_batch
from cnnlab.widgets.batchnormexplorer_unit import draw_unit
from cnnlab.widgets.explorer import Control, Explorer
from cnnlab.widgets.inputs import read_switch
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene

__all__ = ["BatchNormExplorer"]

Floats = NDArray[np.float64]


class BatchNormExplorer(Explorer):
    """What batchnorm does to every layer of a deep network, and to every number of one feature.

    Parameters
    ----------
    x
        Your own batch of one feature, (N,), up to 12 numbers: it opens the view of one feature.
    fn
        Your own ``batchnorm_forward(x, gamma, beta, bn_param)``, which returns out or (out, cache): the numbers shown
        with batchnorm are what it returns, and those that differ from the library's are marked.
    view
        "network": a histogram for each layer, without batchnorm and with it. "unit": one feature, stage by stage.
    depth, scale, batch, norm
        Of the network: layers, standard deviation of the weights, examples, and whether batchnorm is shown.
    gamma, beta, eps
        As for :func:`cnnlab.ops.batchnorm`.
    momentum, examples, seen, training
        Of the one feature: share of the old running average that stays, examples in the batch, batches seen before it,
        and whether this is training or test.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> explorer = BatchNormExplorer()
    >>> explorer.step = 4
    >>> explorer
    BatchNormExplorer: 10 layers, weights 0.05, 32 examples, layer 5, std 0.00694 without and 1 with batchnorm
    >>> explorer.close()
    >>> one = BatchNormExplorer([5, 2, 8, 4, 6], gamma=2, beta=1)
    >>> one.trace.y.round(3)
    array([ 1., -2.,  4.,  0.,  2.])
    >>> one.close()
    """

    signature = "batchnorm_forward(x, gamma, beta, bn_param)"
    exported: ClassVar = {
        "depth": (5, 10, 20),
        "scale": (0.01, 0.1, 0.2, 1.0),
        "batch": (),
        "examples": (2, 5),
        "seen": (0, 1, 10),
        "gamma": (0.5, 1.0, 2.0),
        "beta": (0.0, 1.0),
        "momentum": (0.9,),
        "eps": (),
    }

    def __init__(
        self,
        x: ArrayLike | None = None,
        *,
        fn: Function | None = None,
        view: str | None = None,
        depth: int = 10,
        scale: float = 0.05,
        batch: int = 32,
        norm: bool = True,
        gamma: float = 1.0,
        beta: float = 0.0,
        eps: float = 1e-5,
        momentum: float = 0.9,
        examples: int = 5,
        seen: int = 0,
        training: bool = True,
        seconds: float = 5.0,
    ) -> None:
        given = None if x is None else read_batch(x)
        if view is None:
            view = "network" if given is None else "unit"
        if not isinstance(view, str) or view not in ("network", "unit"):
            raise ValueError(f"view: got {view!r}, wanted 'network' or 'unit'. Write view='unit' for one feature.")
        chosen: dict[str, Any] = {
            "depth": depth,
            "scale": scale,
            "batch": batch,
            "gamma": gamma,
            "beta": beta,
            "eps": eps,
        }
        chosen |= {"momentum": momentum, "examples": examples if given is None else len(given), "seen": seen}
        for name, value in chosen.items():
            check(name, value)
        norm, training = read_switch("norm", norm), read_switch("training", training)
        if training and given is not None and len(given) == 1:
            raise ShapeError("x: got 1 number, wanted 2 or more in training. Pass more, or training=False, seen=1.")
        setting = Setting(view=view, norm=norm, training=training, x=given, **chosen)
        super().__init__(setting, fn=fn, seconds=seconds)

    def _draw(self, setting: Setting) -> tuple[NetworkTrace | UnitTrace, Scene, str]:
        return self._network(setting) if setting.view == "network" else self._unit(setting)

    def _network(self, setting: Setting) -> tuple[NetworkTrace, Scene, str]:
        notes: set[str] = set()
        told: list[str] = []

        end = time.monotonic() + self._seconds  # for all layers together

        def norm(x: Floats, gamma: Floats, beta: Floats, expected: Floats) -> Floats:
            if told:  # it failed in a layer before
                return expected
            param = _Param(mode="train", eps=setting.eps, momentum=setting.momentum)
            shown, note, message = self._ask(expected, x, gamma, beta, param, cached=True)
            notes.update(filter(None, [note]))
            told.extend(filter(None, [message]))
            if self._fn and not told and time.monotonic() > end:
                told.append(
                    f"Your function took more than {self._seconds:g} seconds for {setting.depth} layers. "
                    f"Choose fewer, or allow more time: BatchNormExplorer(fn=..., seconds={2 * self._seconds:g}). "
                    "Until then the response is the library's."
                )
            return shown

        chosen = {name: getattr(setting, name) for name in ("depth", "scale", "batch", "gamma", "beta", "eps")}
        trace = trace_network(**chosen, norm=norm)
        if told:
            trace = trace_network(**chosen)
            notes.clear()
        return trace, draw_network(trace, norm=setting.norm, notes=sorted(notes)), "".join(told)

    def _unit(self, setting: Setting) -> tuple[UnitTrace, Scene, str]:
        x, earlier = batches(setting)
        chosen = {name: getattr(setting, name) for name in ("gamma", "beta", "eps", "momentum", "training")}
        trace = trace_batchnorm(x, **chosen, earlier=earlier)
        mean, var = (np.array([value]) for value in trace.running)
        param = _Param(mode="train" if setting.training else "test", eps=setting.eps, momentum=setting.momentum)
        param |= {"running_mean": mean, "running_var": var}
        gamma, beta = np.array([setting.gamma]), np.array([setting.beta])
        shown, note, message = self._ask(trace.expected[:, None], x[:, None], gamma, beta, param, cached=True)
        notes = [note, *_compared(param, trace)] if note else []
        trace = replace(trace, y=shown[:, 0])
        return trace, draw_unit(trace, notes=notes), message

    def _summary(self) -> str:
        if isinstance(self._trace, NetworkTrace):
            return f"{self._trace.summary}, {self._trace[self.step].summary}"
        trace: UnitTrace = self._trace
        row, example = divmod(self.step, len(trace.x))
        value = number(float(trace[row].values[example]), trace.decimals)
        mode = "training" if trace.training else "test"
        return f"one feature of {len(trace.x)} examples, {mode}, example {example}, {trace[row].name}: {value}"

    def _controls(self) -> list[Control]:
        style, layout = {"description_width": "118px"}, {"width": "310px", "max_width": "100%"}

        def slider(kind: type[Any], description: str, **options: Any) -> Any:
            return kind(description=description, style=style, layout=layout, **options)

        def whole(key: str, description: str) -> Any:
            least, most, _ = LIMITS[key]
            return slider(w.IntSlider, description, min=least, max=most)

        scales = [(number(s, 3), s) for s in sorted({*SCALES, self._start.scale})]
        epsilons = [(f"{e:g}".replace("e-0", "e−"), e) for e in sorted({*EPS, self._start.eps})]
        pair = {"button_width": "104px"}
        view = w.ToggleButtons(options=[("network", "network"), ("one feature", "unit")], style=pair)
        mode = w.ToggleButtons(options=[("train", True), ("test", False)], style=pair)
        norm = w.ToggleButton(
            description="With batchnorm", icon="columns", layout={"width": "auto", "align_self": "flex-start"}
        )
        gamma = slider(w.FloatSlider, "Scale γ", min=-5, max=5, step=0.1, readout_format=".1f")
        beta = slider(w.FloatSlider, "Shift β", min=-5, max=5, step=0.1, readout_format=".1f")
        momentum = slider(w.FloatSlider, "Momentum", min=0, max=1, step=0.01)
        return [
            Control("view", view, "Network|One feature"),
            Control("depth", whole("depth", "Layers"), "Layers", shown=_in_network),
            Control(
                "scale", slider(w.SelectionSlider, "Weight scale", options=scales), "Weight scale", shown=_in_network
            ),
            Control("batch", whole("batch", "Batch size"), "Batch size", shown=_in_network),
            Control("training", mode, "Train|Test", shown=_in_unit),
            Control(
                "examples", whole("examples", "Batch size"), "Batch size", shown=lambda s: _in_unit(s) and s.x is None
            ),
            Control("seen", whole("seen", "Earlier batches"), "Earlier batches", shown=_in_unit),
            Control("gamma", gamma, "Scale gamma", 1),
            Control("beta", beta, "Shift beta", 1),
            Control("momentum", momentum, "Momentum", 1, shown=_in_unit),
            Control("eps", slider(w.SelectionSlider, "Epsilon ε", options=epsilons), "Epsilon", 1),
            Control("norm", norm, "With batchnorm", 1, shown=_in_network),
        ]


def _in_network(setting: Setting) -> bool:
    return setting.view == "network"


def _in_unit(setting: Setting) -> bool:
    return setting.view == "unit"


class _Param(dict[str, Any]):
    """A bn_param that is handed over itself, not a copy: what a function writes into it is compared afterwards."""

    def __deepcopy__(self, memo: Any) -> _Param:
        return self


def _compared(param: dict[str, Any], trace: UnitTrace) -> list[str]:
    """Say where the running averages that a learner's function wrote differ from the library's."""
    said = []
    for name, wanted in zip(("running_mean", "running_var"), trace.updated, strict=True):
        try:
            got = float(np.asarray(param.get(name), np.float64).item())
        except (TypeError, ValueError):
            got = np.nan
        if not np.isclose(got, wanted, rtol=1e-5, atol=1e-7):
            d = trace.decimals
            left = f"{number(got, d)}" if np.isfinite(got) else "no number of shape (1,)"
            said.append(f"bn_param[{name!r}] is {left} afterwards; the library has {number(wanted, d)}.")
    return said
