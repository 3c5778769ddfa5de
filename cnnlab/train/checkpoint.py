"""The whole state of a run in one file, so that it can go on bit for bit: network, optimiser, history, position.

Random numbers need no saving: every epoch and every batch has a generator of its own, made from seed and position.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data import DataError, Dataset, store
from cnnlab.layers import Sequential
from cnnlab.optim import Optimizer
from cnnlab.train.history import Epoch, History

__all__ = ["Run", "load_checkpoint", "save_checkpoint"]

Array = NDArray[Any]


@dataclass
class Run:
    """Where a run stands, beside its network and optimiser."""

    history: History = field(default_factory=History)
    epoch: int = 0  # whole epochs done
    batch: int = 0  # batches done of the epoch under way
    loss: float = 0.0  # sums over those batches' pictures
    right: int = 0
    seen: int = 0
    best: dict[str, Array] | None = None  # state of the network after its best epoch, kept for early stopping


def identity(
    model: Sequential, train: Dataset, validation: Dataset | None, optimizer: Optimizer, **settings: Any
) -> dict[str, Any]:
    """Everything that must be as before for a run to go on as if it had never stopped."""
    described = {
        "network": model.settings,
        "training data": _fingerprint(train),
        "validation data": None if validation is None else _fingerprint(validation),
        "optimizer": _describe(optimizer),
        **{name: _named(value) for name, value in settings.items()},
    }
    as_read: dict[str, Any] = json.loads(json.dumps(described))  # tuples become lists, as in the file
    return as_read


def _fingerprint(dataset: Dataset) -> str:
    checksum = 0
    for array in (dataset.images, dataset.labels):
        checksum = zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, checksum)
    return f"{dataset!r}, checksum {checksum:08x}"


def _describe(optimizer: Optimizer) -> str:
    settings = {name: value for name, value in vars(optimizer).items() if name not in ("t", "state")}
    return f"{type(optimizer).__name__}({', '.join(f'{name}={_named(value)}' for name, value in settings.items())})"


def _apart(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, str]:
    """Name the first in which the settings of two networks differ."""
    for key in ("input_shape", "dtype"):
        if old[key] != new[key]:
            return f"{key} {old[key]}", f"{key} {new[key]}"
    pairs = enumerate(zip_longest(old["layers"], new["layers"]), 1)
    return next((f"layer {i} {a or 'none'}", f"{b or 'none'}") for i, (a, b) in pairs if a != b)


def _named(value: Any) -> Any:
    """Name a function and what it is bound to, or an object without a repr of its own: Python's holds an address."""
    if isinstance(value, partial):
        return f"{_named(value.func)}{value.args}{value.keywords}"
    if not callable(value):
        return value
    bare = repr(value) == object.__repr__(value)
    return getattr(value, "__qualname__", type(value).__qualname__ if bare else repr(value))


def save_checkpoint(path: str | Path, run: Run, model: Sequential, optimizer: Optimizer, same: dict[str, Any]) -> None:
    """Write the state of a run; whatever goes wrong, the checkpoint from before stays as it was."""
    position = {name: getattr(run, name) for name in ("epoch", "batch", "loss", "right", "seen")}
    settings = {
        "kind": "checkpoint",
        "same": same,
        "position": position,
        "epochs": [asdict(epoch) for epoch in run.history.epochs],
        "stopped": run.history.stopped,
    }
    arrays = {"losses": np.array(run.history.losses, np.float64)}
    parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "best": run.best or {}}
    for part, named in parts.items():
        arrays |= {f"{part}:{name}": array for name, array in named.items()}
    store.write(path, settings, arrays)


def load_checkpoint(path: str | Path, model: Sequential, optimizer: Optimizer, same: dict[str, Any]) -> Run:
    """Read the state of a run into its network and optimiser, and return where it stands.

    Raises
    ------
    DataError
        If the file is damaged.
    ValueError
        If the run was begun with other settings, another network or other data.
    """
    settings, arrays = store.read(path, "checkpoint")
    try:
        before = settings["same"]
        for name, value in same.items():
            if before[name] != value:
                old, new = _apart(before[name], value) if name == "network" else (before[name], value)
                raise ValueError(
                    f"checkpoint: got {path}, begun with {name} {old}, wanted {new}. "
                    f"Use the {name} of then, or start afresh with resume=False (no --resume) or another file."
                )
        parts: dict[str, dict[str, Array]] = {"model": {}, "optimizer": {}, "best": {}}
        losses = arrays.pop("losses").tolist()
        for flat, array in arrays.items():
            part, _, name = flat.partition(":")
            parts[part][name] = array
        history = History([Epoch(**epoch) for epoch in settings["epochs"]], losses, stopped=settings["stopped"])
        run = Run(history, best=parts["best"] or None, **settings["position"])
        optimizer.load_state_dict(parts["optimizer"])
    except (KeyError, TypeError) as error:
        raise DataError(
            f"path: got {path}, a checkpoint without its {error}, wanted a whole one. "
            "Start afresh with resume=False, or load it with the version of cnnlab that saved it."
        ) from error
    model.load_state_dict(parts["model"])
    return run
