"""Widgets: see every window, every product, every sum. Each loads when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.widgets.edgelab import EdgeLab as EdgeLab
    from cnnlab.widgets.quiz import quiz as quiz

__all__ = ["EdgeLab", "quiz"]

_HOMES = {"EdgeLab": "edgelab", "quiz": "quiz"}


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
