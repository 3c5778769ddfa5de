"""What happened in a run: the loss of every step, and what was measured after every epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Epoch", "History", "Stop"]

Stop = Literal["", "early", "interrupted"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pictures. Training figures are means over its batches, as the network changed."""

    number: int  # from 1
    rate: float  # learning rate of its last step
    loss: float
    accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None

    def __str__(self) -> str:
        text = f"epoch {self.number}: loss {self.loss:.4f}, accuracy {self.accuracy:.1%}"
        if self.validation_accuracy is not None:
            text += f", validation loss {self.validation_loss:.4f}, accuracy {self.validation_accuracy:.1%}"
        return text


@dataclass
class History:
    """The record of one run; it grows while :func:`cnnlab.train.fit` runs, so a callback may draw it live."""

    epochs: list[Epoch] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # one per step
    steps_per_epoch: int = 0
    stopped: Stop = ""  # why the run ended before its last epoch, if it did

    @property
    def best(self) -> Epoch | None:
        """The epoch with the lowest validation loss, or training loss where nothing was validated."""
        return min(self.epochs, key=_badness, default=None)

    def __repr__(self) -> str:
        ending = {"": "", "early": ", stopped early", "interrupted": ", interrupted"}[self.stopped]
        last = f"; {self.epochs[-1]}" if self.epochs else ""
        return f"History: {len(self.epochs)} epochs, {len(self.losses)} steps{ending}{last}"


def _badness(epoch: Epoch) -> float:
    """Return what early stopping goes by."""
    return epoch.loss if epoch.validation_loss is None else epoch.validation_loss
