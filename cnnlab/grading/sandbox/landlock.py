"""The second step: Landlock, by which a process itself gives up all files but some. Needs no right and no program."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cnnlab.grading.model import Limits
from cnnlab.grading.sandbox import settings
from cnnlab.grading.sandbox.contents import HIDDEN, contents, python, worker_files
from cnnlab.grading.sandbox.process import Sandbox, Unavailable, started

__all__ = ["opened", "opened_without"]

NOBODY = 65534
FILE, FOLDER = 1 << 2, 1 << 3  # rights of linux/landlock.h: to read files, to list folders
REMEDY = (
    "It needs Linux 5.13 or newer with Landlock switched on: on the kernel's command line put landlock first in lsm=… "
    "(the names that follow are in /sys/kernel/security/lsm). In a container, ask its host."
)


def opened(limits: Limits, program: Path | None = None) -> Sandbox:
    """Open a sandbox.

    Raises
    ------
    Unavailable
        If this machine cannot have it.
    """
    folder = _laid_out(program)
    readable = list(_readable(Path(folder.name)))
    user = NOBODY if os.geteuid() == 0 and all(_by_anybody(Path(path)) for path, _ in readable) else None
    try:
        given = settings.of(limits, readable=readable, parent=os.getpid(), user=user)
        start = python(f"{folder.name}/confine.py")
        return started("landlock", start, given, search=contents().search, folder=folder)
    except Unavailable:
        folder.cleanup()
        raise
    except OSError as error:
        folder.cleanup()
        raise Unavailable(f"Landlock does not start ({error}).", REMEDY) from error


def opened_without(limits: Limits, program: Path | None = None) -> Sandbox:
    """Open what is no sandbox: a process with limits of time and memory that can read and write as its user can."""
    folder = _laid_out(program)
    given = settings.of(limits, filtered=False, parent=os.getpid())
    try:
        return started("none", python(f"{folder.name}/confine.py"), given, folder=folder)
    except OSError as error:
        folder.cleanup()
        raise Unavailable(f"The worker does not start ({error}).", "Look at the line in brackets.") from error


def _laid_out(program: Path | None) -> tempfile.TemporaryDirectory[str]:
    """Make the worker's folder, of links."""
    folder = tempfile.TemporaryDirectory(prefix="cnnlab-")
    os.chmod(folder.name, 0o755)  # for nobody
    for name, path in {**worker_files(program), **{path.name: path for path in contents().numpy}}.items():
        os.symlink(path, os.path.join(folder.name, name))
    return folder


def _readable(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield what may be read. Landlock cannot take back what it gave, so folders with something hidden are cut up."""
    parts = contents()
    for root in parts.stdlib:
        yield str(root), FOLDER
        yield from (_right(path) for path in root.iterdir() if path.name not in HIDDEN)
    yield str(folder), FOLDER
    yield from (_right(path.resolve()) for path in folder.iterdir())
    yield from map(_right, parts.libraries)


def _right(path: Path) -> tuple[str, int]:
    return str(path), FILE | FOLDER if path.is_dir() else FILE


def _by_anybody(path: Path) -> bool:
    """Whether the mode bits let every user of the machine read a file or list a folder."""
    real = path.resolve()
    folders = real.parents if not real.is_dir() else (real, *real.parents)
    return bool(real.stat().st_mode & stat.S_IROTH) and all(part.stat().st_mode & stat.S_IXOTH for part in folders)
