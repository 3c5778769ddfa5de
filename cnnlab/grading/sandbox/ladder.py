"""Which sandbox this machine has, and why not a better one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnlab.grading.model import GradingError, Limits
from cnnlab.grading.sandbox import bubblewrap, landlock
from cnnlab.grading.sandbox.process import Sandbox, Unavailable

__all__ = ["KINDS", "Step", "available", "open_sandbox"]

LADDER: dict[str, Callable[[Limits, Path | None], Sandbox]] = {
    "bubblewrap": bubblewrap.opened,
    "landlock": landlock.opened,
}
KINDS = ("auto", *LADDER, "none")
NOT_LINUX = Unavailable(
    "The sandbox needs Linux.", "Grade in a container: docs/instructors.md has the recipe for macOS and Windows."
)
LEAST = 256  # megabytes
TRUST = "If you trust the code of everybody in this class, --trust grades without a sandbox."


@dataclass(frozen=True)
class Step:
    """One step of the ladder on this machine."""

    kind: str
    reason: str = ""  # why it cannot be had; empty if it can
    remedy: str = ""


def open_sandbox(kind: str, limits: Limits, *, program: Path | None = None) -> Sandbox:
    """Open a sandbox, in which the worker waits at the other end of a socket.

    Parameters
    ----------
    kind
        "bubblewrap", "landlock", "auto" for the better of the two, or "none" for code that is trusted.
    limits
        Its `memory` bounds every process inside.
    program
        Another program in place of the worker's.

    Raises
    ------
    GradingError
        If there is no such kind, or this machine cannot have it, or the memory is not enough to start in; the text
        says why and what to do.
    """
    if kind not in KINDS:
        raise GradingError(f"sandbox: got {kind!r}, wanted one of {', '.join(KINDS)}.")
    if limits.memory < LEAST:
        raise GradingError(
            f"memory: got {limits.memory} MB, wanted {LEAST} or more: Python and NumPy take half of that."
        )
    if sys.platform == "win32":
        raise NOT_LINUX  # with --trust too: the worker forks
    if kind == "none":
        return landlock.opened_without(limits, program)
    tried = []
    for name in LADDER if kind == "auto" else (kind,):
        try:
            if sys.platform != "linux":
                raise NOT_LINUX
            return LADDER[name](limits, program)
        except Unavailable as trouble:
            tried.append(str(trouble))
    raise GradingError(" ".join(["No sandbox.", *dict.fromkeys(tried), TRUST]))


def available() -> tuple[Step, ...]:
    """Try each step and say what came of it; raises nothing and changes nothing.

    Examples
    --------
    >>> [step.kind for step in available()]
    ['bubblewrap', 'landlock']
    """
    return tuple(map(_tried, LADDER))


def _tried(kind: str) -> Step:
    try:
        if sys.platform != "linux":
            raise NOT_LINUX
        LADDER[kind](Limits(), Path(__file__).with_name("nothing.py")).close()
    except Unavailable as trouble:
        return Step(kind, trouble.reason, trouble.remedy)
    except Exception as trouble:  # on a machine of which nobody has heard yet
        return Step(kind, f"{type(trouble).__name__}: {trouble}", "Tell the authors of this package.")
    return Step(kind)
