"""Notebook 05: backpropagation."""

from __future__ import annotations

from cnnlab.check.task import Task

__all__ = ["TASKS"]

TASKS: dict[str, Task] = {}
