"""The usage count of notebook 02: how many windows cover each cell of a picture."""

from __future__ import annotations

from cnnlab.check.exercises.size_mistakes import right_size
from cnnlab.check.exercises.sizes import size_facts, size_probes
from cnnlab.check.exercises.usage_mistakes import MISTAKES, right_usage
from cnnlab.check.task import Task

__all__ = ["USAGE_COUNT"]

SIZES = (
    (4, 3, 1, 1),  # the first call that goes wrong is shown
    (5, 3, 0, 1),
    (6, 3, 1, 2),
    (6, 3, 0, 2),
    (7, 3, 0, 2),
    (5, 2, 1, 1),
    (6, 4, 2, 1),
    (8, 3, 2, 3),
    (9, 4, 0, 3),
    (7, 5, 2, 2),
    (5, 5, 0, 1),
    (6, 6, 0, 2),
    (3, 5, 1, 1),
    (2, 5, 3, 2),
    (1, 3, 1, 1),
    (5, 1, 0, 1),
    (6, 1, 0, 2),
    (6, 1, 2, 3),
    (8, 2, 0, 2),
    (9, 2, 0, 4),
    (10, 3, 1, 4),
    (11, 4, 3, 3),
    (4, 3, 4, 1),
    (13, 6, 2, 4),
    (16, 5, 3, 2),
    (20, 7, 3, 5),
)


USAGE_COUNT = Task(
    parameters=("n", "f", "pad", "stride"),
    core=right_usage,
    probes=size_probes(SIZES),
    mistakes=MISTAKES,
    helpers={"output_size": right_size},
    facts=size_facts,
    scale=lambda *sizes: 1.0,
)
