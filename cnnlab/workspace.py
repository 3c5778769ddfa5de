"""The learner's course folder: lay the notebooks out, never overwrite what a learner wrote, open JupyterLab.

A notebook is *ours* as long as its bytes are those of an edition we delivered. One changed byte, be it a saved output,
makes it the learner's. Which editions were delivered is kept in ``.cnnlab/manifest.json``; when that record is lost,
every notebook counts as the learner's.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cnnlab import course

__all__ = ["Delivery", "WorkspaceError", "edition", "lay_out", "open_lab"]

PACKAGE = Path(__file__).resolve().parent
MARK = ".cnnlab"  # the folder that makes a folder a course folder
LARGEST_UPLOAD = 100 * 2**20  # bytes of one message from the browser to a kernel


class WorkspaceError(Exception):
    """The course folder cannot be laid out; the message says why and what to do."""


@dataclass(frozen=True)
class Delivery:
    """What became of one notebook."""

    name: str
    state: Literal["added", "brought back", "updated", "current", "yours", "beside"]
    beside: str | None = None  # where the new edition went when `name` is the learner's

    def __str__(self) -> str:
        told = {
            "added": f"{self.name} is new in the course: added.",
            "brought back": f"{self.name} was gone: brought back as it was at the start.",
            "updated": f"{self.name} is now the newer edition; you had not changed the old one.",
            "current": f"{self.name} is up to date.",
            "yours": f"{self.name} is yours and stays as it is.",
            "beside": f"{self.name} is yours and stays as it is. A newer edition lies beside it: {self.beside}. "
            "Go on in yours, or copy your answers over.",
        }
        return told[self.state]


def edition(package: Path = PACKAGE) -> dict[str, bytes]:
    """Read the learner edition that came with this installation: file name → content.

    A wheel carries it inside the package; a checkout has it in ``notebooks/``.
    """
    folder = _edition_folder(package)
    names = [f"{notebook.name}.ipynb" for notebook in course.notebooks().values()]
    try:
        return {name: (folder / name).read_bytes() for name in names}
    except FileNotFoundError as error:
        raise WorkspaceError(
            f"The notebook {error.filename} is missing from this installation. "
            "In a checkout run: cnnlab build. Otherwise reinstall: pip install --force-reinstall 'cnnlab[lab]'"
        ) from error


def lay_out(directory: Path, notebooks: Mapping[str, bytes]) -> list[Delivery]:
    """Bring a course folder up to date with an edition, without ever overwriting a learner's file.

    - A notebook that is not there is written; so is one the learner deleted.
    - A notebook with the bytes of an edition delivered earlier is replaced by the new one.
    - Any other is the learner's. An edition they have not been given yet arrives beside it, once, as ``….new.ipynb``.

    Every file is written whole or not at all, so an interruption loses nothing; run it again to finish.

    Parameters
    ----------
    directory
        The learner's folder; made if need be. Other files in it are left alone.
    notebooks
        The edition: file name → content.

    Returns
    -------
    list of Delivery
        One for each notebook, in order.

    Raises
    ------
    WorkspaceError
        If the folder cannot be used; the message names the remedy.
    """
    with _told(directory):
        directory = directory.expanduser().resolve()
        _refuse_own_folder(directory)
        (directory / MARK).mkdir(parents=True, exist_ok=True)
        manifest = directory / MARK / "manifest.json"
        delivered = _read_manifest(manifest)
        deliveries = [_deliver(directory, name, content, delivered) for name, content in notebooks.items()]
        record = json.dumps({"format": 1, "delivered": delivered}, indent=1).encode()
        if _held(manifest) != _digest(record):
            _write(manifest, record)
    return deliveries


def open_lab(directory: Path, arguments: Iterable[str] = ()) -> int:
    """Open JupyterLab in a course folder, on the first notebook; return its exit code when it ends.

    On Linux and macOS this process *becomes* JupyterLab, so Ctrl-C, signals and the exit code need no passing on.
    """
    directory = directory.expanduser().resolve()
    first = next(iter(course.notebooks().values())).name
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={directory}",
        f"--LabApp.default_url=/lab/tree/{first}.ipynb",
        # A photograph to upload may be larger than the 10 MiB that a message may have by default.
        f"--ServerApp.tornado_settings={{'websocket_max_message_size': {LARGEST_UPLOAD}}}",
        # Jupyter refuses to start for root, which is who you are in most containers.
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        *arguments,
    ]
    os.chdir(directory)
    if os.name == "posix":
        os.execv(sys.executable, command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for JupyterLab, which asks before it stops
    return subprocess.call(command)


def _deliver(directory: Path, name: str, content: bytes, delivered: dict[str, list[str]]) -> Delivery:
    """Deliver one notebook and note it in `delivered`."""
    editions = delivered.setdefault(name, [])
    new = _digest(content)
    known = new in editions
    target = directory / name
    state: Literal["added", "brought back", "updated", "current", "yours", "beside"]
    beside = None
    if not os.path.lexists(target):
        _write(target, content)
        state = "brought back" if editions else "added"
    elif _held(target) == new:
        state = "current"
    elif _is_ours(target, editions) and _replace(target, content):
        state = "updated"
    elif known:
        state = "yours"
    else:
        beside = _put_beside(target, content, editions)
        state = "beside"
    if not known:
        editions.append(new)
    return Delivery(name, state, beside)


def _put_beside(target: Path, content: bytes, editions: list[str]) -> str:
    """Write a new edition beside a learner's notebook, under the first name that is free or still ours."""
    for path in _names_beside(target):
        if _held(path) == _digest(content):
            return path.name
        if not os.path.lexists(path) or _is_ours(path, editions):
            try:
                _write(path, content)
            except PermissionError:
                if not os.path.lexists(path):
                    raise
                continue  # open in another program on Windows
            return path.name
    raise AssertionError("there is always another name")


def _names_beside(target: Path) -> Iterator[Path]:
    yield target.with_suffix(".new.ipynb")
    number = 2
    while True:
        yield target.with_suffix(f".new-{number}.ipynb")
        number += 1


def _is_ours(path: Path, editions: list[str]) -> bool:
    """Whether a file may be replaced: the bytes of a delivered edition, not a link, not write-protected."""
    return not path.is_symlink() and _held(path) in editions and bool(path.stat().st_mode & stat.S_IWUSR)


def _held(path: Path) -> str | None:
    """Return the digest of a file's content; None when there is no file or it cannot be read."""
    try:
        return _digest(path.read_bytes()) if path.is_file() else None
    except OSError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(target: Path, content: bytes) -> bool:
    """Replace a file of ours; False when another program holds it open, which Windows forbids to replace."""
    try:
        _write(target, content)
    except PermissionError:
        if not os.access(target.parent, os.W_OK):
            raise
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    mark = path.parent if path.parent.name == MARK else path.parent / MARK
    part = mark / f"{os.getpid()}.part"
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read_manifest(path: Path) -> dict[str, list[str]]:
    """Return name → digests of the editions delivered; empty when the record is missing or damaged."""
    try:
        delivered = json.loads(path.read_bytes())["delivered"]
        return {str(name): [str(digest) for digest in digests] for name, digests in delivered.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _edition_folder(package: Path) -> Path:
    inside = package / "_notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def _refuse_own_folder(directory: Path) -> None:
    inside = any(directory.is_relative_to(own) for own in (PACKAGE, _edition_folder(PACKAGE)))
    if inside or directory == PACKAGE.parent:
        raise WorkspaceError(
            f"--dir: got {directory}, which belongs to cnnlab itself. "
            "Choose a folder of your own, for example: cnnlab lab --dir cnnlab-course"
        )


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    """Turn what the system says about a folder into a sentence with a remedy."""
    elsewhere = "Choose another folder: cnnlab lab --dir FOLDER"
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise WorkspaceError(f"--dir: got {directory}, where {error.filename} is a file. {elsewhere}") from error
    except OSError as error:
        where = error.filename or directory
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason, remedy = "the disk is full", "Make room and run cnnlab lab again; nothing of yours was changed."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason, remedy = "no permission to write there", f"{elsewhere}, or mend its permissions."
        else:
            reason, remedy = error.strerror or str(error), elsewhere
        raise WorkspaceError(f"--dir: got {directory}; {where}: {reason}. {remedy}") from error
