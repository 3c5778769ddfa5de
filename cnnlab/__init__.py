"""Learn convolutional networks by building them.

The notebooks are the way in: ``cnnlab lab`` opens them. The library beneath is organised in floors, each importing
only from those below; ``docs/architecture.md`` has the picture.

Submodules load on first use, so ``import cnnlab`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__version__ = "0.1.0"

_SUBMODULES = (
    "check",
    "conventions",
    "course",
    "data",
    "gradcheck",
    "layers",
    "models",
    "ops",
    "optim",
    "plots",
    "progress",
    "shapes",
    "traces",
    "train",
    "widgets",
)
__all__ = ["__version__", *_SUBMODULES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
