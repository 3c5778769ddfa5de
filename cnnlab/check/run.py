"""One call of a learner's function on one probe, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.check.compare import Part, first_difference
from cnnlab.check.misfit import Difference
from cnnlab.trial import Attempt

__all__ = ["Run"]


@dataclass(frozen=True, eq=False)
class Run:
    """A call, its result part by part beside the right one, and the first difference between them."""

    arguments: tuple[Any, ...]  # of the probe, as they were before the call
    given: tuple[Any, ...]  # what the learner's function was called with, as it was before the call
    right: Any  # the right result, a tree
    attempt: Attempt
    value: Any = None  # the result, a tree of copies
    parts: tuple[Part, ...] = ()  # none where the call did not return
    difference: Difference | None = None
    touched: Difference | None = None  # an argument that was changed, whatever else is wrong

    @property
    def part(self) -> Part | None:
        """The part to speak of: the first that is wrong, or else the first."""
        return first_difference(self.parts) or (self.parts[0] if self.parts else None)

    @property
    def readable(self) -> bool:
        """Whether every part of the result could be read, be it right or wrong."""
        return bool(self.parts) and all(p.difference is None or p.difference.stage != "container" for p in self.parts)

    @property
    def empty(self) -> bool:
        """Whether no number came back: the call did not return, or its arrays are of size 0."""
        arrays = [part.got for part in self.parts if isinstance(part.got, np.ndarray)]
        return not self.parts or (bool(arrays) and not any(a.size for a in arrays))
