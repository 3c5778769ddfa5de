"""Notebook 08: the full ConvNet."""

from __future__ import annotations

from cnnlab.check.task import Task

__all__ = ["TASKS"]

TASKS: dict[str, Task] = {}
