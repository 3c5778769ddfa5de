"""One run at a time in a folder. The system gives the lock back when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from cnnlab.grading.model import GradingError

__all__ = ["LOCK", "locked"]

LOCK = ".grading.lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder.

    Raises
    ------
    GradingError
        If another run is at work there.
    """
    # It stays when the run ends: whether it is locked counts, not whether it is there.
    with open(folder / LOCK, "a+b") as file:
        try:
            _lock(file.fileno())
        except OSError:
            raise GradingError(
                f"--out: another run is grading into {folder}. Wait until it ends, or name another folder with --out."
            ) from None
        yield


def _lock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
