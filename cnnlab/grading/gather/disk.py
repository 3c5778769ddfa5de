"""Look through a folder without following links, opening devices, or stopping at what cannot be read."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cnnlab.grading.document import LARGEST, Unreadable, too_large
from cnnlab.grading.gather.archive import is_archive, look_into
from cnnlab.grading.gather.found import Find, Found, is_clutter

__all__ = ["look_through", "open_file"]

# A link in the last place is refused, and a pipe does not wait for somebody to write.
FLAGS = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def look_through(root: Path, find: Find) -> None:
    """Find all files below a folder, in the order of their names."""
    folders: list[tuple[str, ...]] = [()]
    while folders:
        parts = folders.pop()
        try:
            with os.scandir(root.joinpath(*parts)) as rows:
                entries = sorted(rows, key=lambda entry: entry.name)
        except OSError as error:
            find.tell(parts or (".",), f"The folder cannot be read: {_reason(error)}. Its files were left out.")
            continue
        inner = []
        for entry in entries:
            here = (*parts, entry.name)
            if is_clutter(entry.name):
                continue
            if entry.is_symlink() or getattr(entry, "is_junction", bool)():
                find.tell(here, "It is a link, and links are not followed. Put the file itself there.")
            elif entry.is_dir(follow_symlinks=False):
                inner.append(here)
                if entry.name.lower().endswith(".ipynb"):
                    find.tell(here, "It is a folder, not a notebook. What lies in it was looked at.", lost=False)
            else:
                _file(entry, here, find)
        folders += reversed(inner)


def open_file(path: Path, limit: int = LARGEST) -> bytes:
    """Read a file of at most so many bytes.

    Raises
    ------
    Unreadable
        If it is no file, too large, or may not be read.
    """
    try:
        with open(os.open(path, FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("It is not a file. Put the notebook itself there.")
            if status.st_size > limit:
                raise Unreadable(too_large(status.st_size, limit))
            return file.read(status.st_size)
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {_reason(error)}. Give yourself the right to read it.") from None


def _file(entry: os.DirEntry[str], parts: tuple[str, ...], find: Find) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        find.tell(parts, f"The file cannot be read: {_reason(error)}.")
        return
    path = Path(entry.path)
    if not stat.S_ISREG(status.st_mode):
        find.tell(parts, "It is not a file. Put the notebook itself there.")
    elif is_archive(entry.name):
        look_into(find, parts, partial(open_file, path))
    else:
        find.add(Found(parts, partial(open_file, path), datetime.fromtimestamp(status.st_mtime, UTC)))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
