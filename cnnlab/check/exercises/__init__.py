"""The exercises as their checks see them: one module per notebook, called as the notebook is, without its number."""

from __future__ import annotations

import importlib

from cnnlab import course
from cnnlab.check.task import Task

__all__ = ["find"]


def find(id: str) -> Task:
    """Return what the check of an exercise needs.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists those there are.
    """
    _, _, name = course.notebooks()[course.exercise(id).notebook].name.partition("_")
    tasks: dict[str, Task] = importlib.import_module(f"{__name__}.{name}").TASKS
    return tasks[id]
