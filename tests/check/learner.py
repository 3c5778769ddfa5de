"""Learners' cells, as text: what they define, with changes."""

import re
from typing import Any

import numpy as np


def written(source: str, *changes: tuple[str, str], before: str = "", name: str = "", **names: Any) -> Any:
    """Run a learner's cells, with (old, new) changes in the last one, and return what it defines first, or `name`.

    `names` is what the notebook has imported, besides NumPy.
    """
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    space = {"np": np, **names}
    exec(before + source, space)
    defined = re.search(r"^(?:def|class) (\w+)", source, re.M)
    assert name or defined is not None
    return space[name or defined[1]]
