"""The same probes with other numbers: what a table of the published answers does not hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.compare import leaves
from cnnlab.check.probe import Probe, read_only, spread
from cnnlab.check.task import Task

__all__ = ["hidden"]

MOST = 12


def hidden(task: Task, seed: int) -> Task | None:
    """Return the task with probes of the same kind as its own that only this seed makes; None where there are none.

    Signs, zeros, shapes, types and labels stay as they are, for they are what a probe is about: only the sizes of the
    numbers change. Of an exercise without arrays, sizes grow by an even number, as far as it still has an answer.

    Examples
    --------
    >>> from cnnlab.check import exercises
    >>> len(hidden(exercises.find("window_mean"), seed=1).probes)
    7
    """
    if task.raw or task.properties:
        return None
    rng = np.random.default_rng(seed)
    # The last probes of a task are the odd ones; an even choice has some of all.
    chosen = np.unique(np.linspace(0, len(task.probes) - 1, MOST).astype(int))
    varied = (_varied(task.probes[i], int(rng.integers(2**63))) for i in chosen)
    published = [_numbers(probe) for probe in task.probes]
    probes = tuple(probe for probe in varied if probe and _numbers(probe) not in published and _answers(task, probe))
    return replace(task, probes=probes) if probes else None


def _numbers(probe: Probe) -> list[Any]:
    parts = [part for _, _, part in leaves(probe.make())]
    return [(np.shape(part), np.asarray(part).tobytes()) for part in parts if not callable(part)]


def _answers(task: Task, probe: Probe) -> bool:
    """Whether the right function has an answer."""
    with contextlib.suppress(Exception), np.errstate(all="ignore"):
        task.right(*probe.make())
        return True
    return False


def _varied(probe: Probe, seed: int) -> Probe | None:
    """Vary a probe; None where there is nothing to vary."""
    parts = [part for _, _, part in leaves(probe.make())]
    # The factors start anew with each argument, so that two arrays that are nearly equal stay so.
    floats = any(isinstance(part, np.ndarray) and part.dtype.kind == "f" and part.size for part in parts)
    if floats:
        return Probe(lambda: tuple(_change(a, _scaled, np.random.default_rng(seed)) for a in probe.make()))
    if any(isinstance(part, np.ndarray) for part in parts):
        return None  # counts and labels: no other number is sure to be one
    return Probe(lambda: tuple(_change(a, _grown, np.random.default_rng(seed)) for a in probe.make()))


Change = Callable[[Any, np.random.Generator], Any]


def _change(tree: Any, change: Change, rng: np.random.Generator) -> Any:
    """Change the leaves of a tree; lists count as trees here."""
    if isinstance(tree, tuple | list):
        return type(tree)(_change(part, change, rng) for part in tree)
    if isinstance(tree, dict):
        return {key: _change(part, change, rng) for key, part in tree.items()}
    return change(tree, rng)


def _scaled(value: Any, rng: np.random.Generator) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    factors = rng.uniform(0.7, 1.3, value.shape)
    return _laid_out_as(value, np.asarray(value * factors, value.dtype))


def _laid_out_as(model: NDArray[Any], array: NDArray[Any]) -> NDArray[Any]:
    """Give an array the layout in memory of another one, and forbid to write where that does."""
    if model.ndim and not (model.flags.c_contiguous or model.flags.f_contiguous):
        array = spread(array)
    elif model.flags.f_contiguous and not model.flags.c_contiguous:
        array = np.asfortranarray(array)
    return array if model.flags.writeable else read_only(array)


def _grown(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value + 2 * int(rng.integers(1, 4)) if isinstance(value, int) else value * float(rng.uniform(0.7, 1.3))
