"""Right solutions of every exercise, each of another build: a check that rejects one of them is too strict.

One module per notebook, called as the notebook is, without its number.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from cnnlab import course

__all__ = ["alternatives"]


def alternatives() -> dict[str, tuple[Callable[..., Any], ...]]:
    """Return the right solutions by exercise, in the order of the course."""
    found: dict[str, tuple[Callable[..., Any], ...]] = {}
    for notebook in course.notebooks().values():
        _, _, name = notebook.name.partition("_")
        if importlib.util.find_spec(f"{__name__}.{name}"):
            found |= importlib.import_module(f"{__name__}.{name}").ALTERNATIVES
    return found
