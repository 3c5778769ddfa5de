"""How good a network is: loss, accuracy, and which classes it takes for which. Used in notebook 08."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.data import Dataset
from cnnlab.layers import Sequential

__all__ = ["Quality", "confusion", "evaluate"]


class Quality(NamedTuple):
    """What :func:`evaluate` measures."""

    loss: float  # mean softmax cross-entropy
    accuracy: float  # share of pictures classified right


def evaluate(model: Sequential, dataset: Dataset, *, batch_size: int = 256) -> Quality:
    """Measure loss and accuracy of a network in test mode.

    Raises
    ------
    ValueError
        If the data set is empty.
    """
    if not len(dataset):
        raise ValueError("dataset: got no pictures, wanted at least one. Make its share larger in data.split.")
    scores = model.scores(dataset.images, batch_size=batch_size)
    loss, _ = ops.softmax_cross_entropy(scores, dataset.labels)
    return Quality(loss, float((scores.argmax(1) == dataset.labels).mean()))


def confusion(model: Sequential, dataset: Dataset) -> NDArray[np.intp]:
    """Count what is taken for what: cell [i, j] is the number of pictures of class i that the network calls j.

    The diagonal holds what is right.
    """
    k = len(dataset.classes)
    table: NDArray[Any] = np.zeros((k, model.shapes[-1][0]), np.intp)
    np.add.at(table, (dataset.labels, model.predict(dataset.images)), 1)
    return table
