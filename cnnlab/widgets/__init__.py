"""Widgets: see every window, every product, every sum. Each loads when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.widgets.backpropexplorer import BackpropExplorer as BackpropExplorer
    from cnnlab.widgets.batchnormexplorer import BatchNormExplorer as BatchNormExplorer
    from cnnlab.widgets.convnetexplorer import ConvNetExplorer as ConvNetExplorer
    from cnnlab.widgets.edgelab import EdgeLab as EdgeLab
    from cnnlab.widgets.im2colexplorer import Im2colExplorer as Im2colExplorer
    from cnnlab.widgets.poolexplorer import PoolExplorer as PoolExplorer
    from cnnlab.widgets.quiz import quiz as quiz
    from cnnlab.widgets.slidingwindow import SlidingWindow as SlidingWindow
    from cnnlab.widgets.volumeconv import VolumeConv as VolumeConv

__all__ = [
    "BackpropExplorer",
    "BatchNormExplorer",
    "ConvNetExplorer",
    "EdgeLab",
    "Im2colExplorer",
    "PoolExplorer",
    "SlidingWindow",
    "VolumeConv",
    "quiz",
]

_HOMES = {
    "BackpropExplorer": "backpropexplorer",
    "BatchNormExplorer": "batchnormexplorer",
    "ConvNetExplorer": "convnetexplorer",
    "EdgeLab": "edgelab",
    "Im2colExplorer": "im2colexplorer",
    "PoolExplorer": "poolexplorer",
    "SlidingWindow": "slidingwindow",
    "VolumeConv": "volumeconv",
    "quiz": "quiz",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ImportError("The widgets need JupyterLab's parts. Run: pip install 'cnnlab[lab]'") from error
    # Kept here: importing cnnlab.widgets.quiz puts the module under the name of its function.
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
