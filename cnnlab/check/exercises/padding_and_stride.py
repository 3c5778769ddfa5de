"""Notebook 02: padding and stride."""

from __future__ import annotations

from cnnlab.check.exercises.blur_bug import BLUR_BUG, suspect_blur_bug
from cnnlab.check.exercises.sizes import OUTPUT_SIZE, SAME_PADDING
from cnnlab.check.exercises.usage import USAGE_COUNT
from cnnlab.check.exercises.zero_padding import ZERO_PAD
from cnnlab.check.task import Task

__all__ = ["TASKS", "suspect_blur_bug"]

TASKS: dict[str, Task] = {
    "zero_pad": ZERO_PAD,
    "same_padding": SAME_PADDING,
    "output_size": OUTPUT_SIZE,
    "usage_count": USAGE_COUNT,
    **BLUR_BUG,
}
