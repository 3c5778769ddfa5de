"""A release's files on disk: all of them or none, and nothing of the instructor's is ever replaced."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from cnnlab.grading.model import GradingError

__all__ = ["RECORD", "may_write", "put"]

RECORD = ".cnnlab-release.json"  # which files a release made in its folder, and the digest of each


def may_write(folder: Path, *, force: bool) -> None:
    """Tell at once whether a release may go into a folder.

    Raises
    ------
    GradingError
        If it is a file, or holds something that is no earlier release, or that is one and `force` is not given.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise GradingError(f"--out: {folder} is a file. Name a new folder.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    earlier = (folder / RECORD).is_file()
    if force and not earlier:
        raise GradingError(f"--force: {folder} holds files, but no earlier release to replace. Name a new folder.")
    if not force:
        remedy = "Name a new folder, or replace the release with --force." if earlier else "Name a new folder."
        raise GradingError(f"--out: {folder} is not empty. {remedy}")


def put(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write the files of a release, or leave everything as it was.

    With `force` an earlier release in the folder goes, as far as its files are as they were written. A file that was
    changed since, or is none of a release's, stays; when the new release has one of its name, nothing is written.

    Parameters
    ----------
    folder
        Where to; made if need be.
    files
        What to write, by path below the folder.

    Raises
    ------
    GradingError
        If that would replace something of the instructor's, or the system says no.
    """
    may_write(folder, force=force)
    ours = _unchanged(folder)
    if taken := sorted(path for path in files if os.path.lexists(folder / path) and path not in ours):
        raise GradingError(
            f"--force: {', '.join(taken)} in {folder} changed since the release was made, or came from elsewhere. "
            "Move what you want to keep to another folder and run this again."
        )
    digests = {path: _digest(content) for path, content in files.items()}
    record = json.dumps({"made": digests}, indent=1).encode() + b"\n"
    new = not folder.exists()
    stage = (folder.parent if new else folder) / f".{folder.resolve().name}-{os.getpid()}.partial"
    try:
        for path, content in {**files, RECORD: record}.items():
            target = stage / "new" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if new:
            os.rename(stage / "new", folder)
        else:
            _exchange(folder, stage, [*files, RECORD], [*ours, *([RECORD] if (folder / RECORD).exists() else [])])
    except OSError as error:
        where = error.filename or folder
        raise GradingError(
            f"--out: {folder} cannot be written: {where}: {error.strerror}. Everything is as it was. Mend that, or "
            "name another folder."
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _exchange(folder: Path, stage: Path, new: Collection[str], old: Collection[str]) -> None:
    """Move the old files out and the new ones in; when one of the moves fails, all are taken back."""
    moves = [(folder / path, stage / "old" / path) for path in old]
    moves += [(stage / "new" / path, folder / path) for path in new]
    done: list[tuple[Path, Path]] = []
    try:
        for origin, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(origin, target)
            done.append((origin, target))
    except BaseException:
        for origin, target in reversed(done):
            os.replace(target, origin)
        raise
    finally:
        _remove_empty(folder, {*new, *old})


def _remove_empty(folder: Path, paths: Collection[str]) -> None:
    parents = {parent for path in paths for parent in (folder / path).parents if folder in parent.parents}
    for parent in sorted(parents, key=lambda path: len(path.parts), reverse=True):
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


def _unchanged(folder: Path) -> set[str]:
    """Return the files of an earlier release that are as it wrote them."""
    try:
        made = json.loads((folder / RECORD).read_bytes())["made"]
        return {path for path, digest in made.items() if _held(folder, path) == digest}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _held(folder: Path, path: str) -> str:
    """Return the digest of a file; "" for none, and for what is reached by a link or lies outside the folder."""
    file = folder / path
    if file.resolve() != folder.resolve() / path or not file.is_file():
        return ""
    return _digest(file.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
