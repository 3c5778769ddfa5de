"""One call of a learner's function on one probe, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.compare import Difference
from cnnlab.trial import Attempt

__all__ = ["Run", "same_bits"]


@dataclass(frozen=True, eq=False)
class Run:
    """A call, its result as an array, the right one, and the first difference between them."""

    arguments: tuple[Any, ...]  # as they were before the call
    right: NDArray[Any]
    scale: float
    attempt: Attempt
    got: NDArray[Any] | None  # None: no array, or the call did not return
    difference: Difference | None
    touched: Difference | None = None  # an argument that was changed, whatever else is wrong


def same_bits(a: Any, b: Any) -> bool:
    """Whether two arrays hold exactly the same numbers in the same shape and type."""
    a, b = np.asarray(a), np.asarray(b)
    return bool(a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
