"""What ConvNetExplorer's controls choose, and the nets it keeps with their training while others are looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data import Splits
from cnnlab.layers import Sequential
from cnnlab.train import Background, Snapshot
from cnnlab.widgets.convnetexplorer_choices import Rows, build

__all__ = ["Kept", "Setting", "Shelf"]

Array = NDArray[Any]

MOST_KEPT = 8


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose."""

    net: str  # a name in the menu, or "own"
    rows: Rows
    data: str  # a name in the menu, or "own"
    label: int = 0  # class of the picture; −1: the learner's own picture
    example: int = 0  # which of its class
    rule: str = "Adam"
    rate: float = 0.003
    batch_size: int = 32
    epochs: int = 5
    pause: float = 0.0  # seconds to wait after each step of training


@dataclass(frozen=True, eq=False)
class Kept:
    """A net and its training."""

    shown: Sequential  # with the weights last seen
    first: Mapping[str, Array]  # the weights it began with
    run: Background


class Shelf:
    """The nets looked at, each with its training; the last eight are kept.

    Parameters
    ----------
    given, rows
        The learner's own network, if there is one, and its rows: a net of these rows begins with its weights.
    seed
        Another seed, other first weights and another order of the pictures.
    seen
        Called in a training's thread with each new snapshot.
    """

    def __init__(self, given: Sequential | None, rows: Rows, seed: int, seen: Callable[[Snapshot], object]) -> None:
        self._given, self._rows, self._seed, self._seen = given, rows, seed, seen
        self._kept: dict[str, Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, setting: Setting, dealt: Splits) -> Kept:
        """Find the net of a setting with its training, or build it."""
        key = _key(setting)
        if key in self._kept:
            return self._kept[key]
        mine = self._given if setting.rows is self._rows else None
        network = build(setting.rows, dealt, self._seed, np.float32 if mine is None else mine.dtype)
        if mine is not None:
            network.load_state_dict(mine.state_dict())
        run = Background(network, dealt.train, dealt.validation, seen=self._seen, seed=self._seed)
        return Kept(network.copy(), network.state_dict(), run)

    def take(self, setting: Setting, kept: Kept) -> None:
        """Make a net the one shown; the others rest, and the oldest is forgotten."""
        kept.run.pause = setting.pause
        self._kept[_key(setting)] = kept
        for other in self._kept.values():
            if other is not kept and other.run.running:
                other.run.stop()
        while len(self._kept) > MOST_KEPT:
            oldest = next(key for key, other in self._kept.items() if other is not kept)
            self._kept.pop(oldest).run.close()

    def forget(self, setting: Setting) -> None:
        """Forget a net and what it learnt."""
        self._kept.pop(_key(setting)).run.close()

    def close(self) -> None:
        """Stop every training and forget every net."""
        kept, self._kept = self._kept, {}
        for each in kept.values():
            each.run.close()


def _key(setting: Setting) -> str:
    return json.dumps([setting.data, setting.rows], default=str)
