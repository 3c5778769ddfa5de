"""What ``confine.py`` is told to give up; the filters are made here, outside."""

from __future__ import annotations

import platform
from typing import Any

from cnnlab.grading.model import Limits
from cnnlab.grading.sandbox.process import Unavailable
from cnnlab.grading.sandbox.seccomp import MACHINES, compiled

__all__ = ["ENVIRONMENT", "of"]

# One thread for NumPy's libraries: a learner's code may make none.
ENVIRONMENT = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def of(
    limits: Limits,
    *,
    filtered: bool = True,
    readable: list[tuple[str, int]] | None = None,
    parent: int | None = None,
    user: int | None = None,
) -> dict[str, Any]:
    """Return the settings.

    Parameters
    ----------
    filtered
        Whether system calls are filtered.
    readable
        Paths and the rights to them, for Landlock.
    parent
        The process with which the nursery ends.
    user
        Whom root becomes.

    Raises
    ------
    Unavailable
        If there is no filter for this machine's processor.
    """
    if filtered and platform.machine() not in MACHINES:
        raise Unavailable(
            f"There is no filter of system calls for {platform.machine()}.",
            f"Use a machine of {' or '.join(MACHINES)}.",
        )
    return {
        "memory": limits.memory,
        "environment": ENVIRONMENT,
        "nursery_filter": compiled(nursery=True).hex() if filtered else "",
        "child_filter": compiled().hex() if filtered else "",
        "readable": readable or [],
        "parent": parent,
        "user": user,
    }
