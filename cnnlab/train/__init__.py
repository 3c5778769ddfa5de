"""Train networks: the loop, its record, checks before it, checkpoints during it. Used in notebook 08."""

from cnnlab.train.background import Background, Snapshot
from cnnlab.train.curves import curves
from cnnlab.train.evaluate import Quality, confusion, evaluate
from cnnlab.train.fit import fit
from cnnlab.train.history import Epoch, History
from cnnlab.train.sanity import InitialLoss, Overfit, initial_loss, overfit

__all__ = [
    "Background",
    "Epoch",
    "History",
    "InitialLoss",
    "Overfit",
    "Quality",
    "Snapshot",
    "confusion",
    "curves",
    "evaluate",
    "fit",
    "initial_loss",
    "overfit",
]
