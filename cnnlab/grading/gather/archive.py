"""Look into zip archives. Nothing is unpacked to disk, and nothing is read beyond a limit."""

from __future__ import annotations

import io
import re
import stat
import struct
import threading
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cnnlab.grading.document import LARGEST, Unreadable, megabytes, too_large
from cnnlab.grading.gather.found import Find, Found, aware, is_clutter
from cnnlab.grading.model import GradingError

__all__ = ["is_archive", "look_into", "open_export"]

LARGEST_ARCHIVE = 100 * 10**6  # bytes of an archive within SUBMISSIONS
LARGEST_DIRECTORY = 8 * 10**6  # bytes of its table of contents: more than 50 000 files
DEEPEST = 2  # archives within one another: a platform's, and a learner's in it
RATIO = 200  # notebooks shrink to a twentieth; what shrinks to less than a two-hundredth is a bomb
DAMAGED = "The archive is damaged or cut off. Ask for it again."
BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, struct.error)

Load = Callable[[int], bytes]  # read something of at most so many bytes


def is_archive(name: str) -> bool:
    """Whether a name is that of a zip archive."""
    return name.lower().endswith(".zip")


def open_export(path: Path, find: Find) -> None:
    """Find all files in SUBMISSIONS itself, when that is an archive. It stays open, to be read from later.

    Raises
    ------
    GradingError
        If it is no archive or cut off.
    """
    try:
        archive = ZipFile(path)
    except BROKEN:
        raise GradingError(
            f"SUBMISSIONS: {path} is not a zip archive, or it is cut off. Download it again, or unpack it and name "
            "the folder."
        ) from None
    lock = threading.Lock()  # graders read from several threads

    def load(place: int, limit: int) -> bytes:
        with lock:
            return _read(archive, archive.infolist()[place], limit)

    _members(find, (), archive, load, path.stat().st_size)


def look_into(find: Find, parts: tuple[str, ...], load: Load, depth: int = 1) -> None:
    """Find all files in an archive within SUBMISSIONS; `load` reads the archive."""
    if depth > DEEPEST:
        find.tell(parts, "It is an archive in an archive in an archive, and not opened. Unpack it and grade again.")
        return
    try:
        content = load(LARGEST_ARCHIVE)
        with _opened(content) as archive:

            def load_member(place: int, limit: int) -> bytes:
                with _opened(load(LARGEST_ARCHIVE)) as archive:
                    return _read(archive, archive.infolist()[place], limit)

            _members(find, parts, archive, load_member, len(content), depth)
    except Unreadable as error:
        find.tell(parts, str(error))
    except BROKEN:
        find.tell(parts, DAMAGED)


def _opened(content: bytes) -> ZipFile:
    # The end of an archive says how large its table of contents is. Python would read any number of rows.
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 22:
        raise BadZipFile
    if struct.unpack_from("<I", content, end + 12)[0] > LARGEST_DIRECTORY:
        raise Unreadable("The archive holds too many files and was not opened. Ask for the notebooks alone.")
    return ZipFile(io.BytesIO(content))


def _read(archive: ZipFile, member: ZipInfo, limit: int) -> bytes:
    if member.file_size > limit:
        raise Unreadable(too_large(member.file_size, limit))
    try:
        with archive.open(member) as file:
            return file.read(limit)
    except BROKEN:
        raise Unreadable("The file is damaged within its archive. Ask for it again.") from None


def _members(
    find: Find,
    above: tuple[str, ...],
    archive: ZipFile,
    load: Callable[[int, int], bytes],
    size: int,
    depth: int = 0,
) -> None:
    room = RATIO * size
    for place, member in enumerate(archive.infolist()):
        parts, is_safe = _path(_name(member))
        if member.is_dir() or not parts or any(map(is_clutter, parts)):
            continue
        if not is_safe:
            if not above:  # whose could it be?
                find.tell(parts, "Its path leads out of the archive, so it was left out. Ask for it again.")
                continue
            parts = parts[-1:]
            told = "Its path leads out of the archive; only the name of the file was used."
            find.tell((*above, *parts), told, lost=False)
        here = (*above, *parts)
        file = Found(here, partial(load, place, LARGEST), _changed(member), packed=bool(above))
        if not is_archive(parts[-1]) and not file.is_notebook:
            find.add(file)
            continue
        if refusal := _refusal(member):
            find.tell(here, refusal)
            continue
        room -= member.file_size
        if room < 0:
            find.tell(here, "It and all after it were left out: the archive unpacks to far more than it can hold.")
            return
        if is_archive(parts[-1]):
            look_into(find, here, partial(load, place), depth + 1)
        else:
            find.add(file)


def _refusal(member: ZipInfo) -> str:
    """Say why a member is not read; empty if it is."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "It is a link, and links are not followed. Ask for the file itself."
    if kind not in (0, stat.S_IFREG):
        return "It is not a file. Ask for the notebook itself."
    if member.flag_bits & 1:
        return "It is locked with a password. Ask for it without."
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "It is packed in an unusual way. Ask for an ordinary zip archive."
    if member.file_size > 10**6 and member.file_size > RATIO * member.compress_size:
        return (
            f"It unpacks from {megabytes(member.compress_size)} to {megabytes(member.file_size)}, "
            "which no notebook does. Ask for the notebook itself."
        )
    return ""


def _name(member: ZipInfo) -> str:
    name = member.orig_filename
    if not member.flag_bits & 0x800:  # not marked as UTF-8, though macOS writes UTF-8 all the same
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _path(name: str) -> tuple[tuple[str, ...], bool]:
    r"""Split a member's path, and say whether it stays in the archive.

    Examples
    --------
    >>> _path("ada/work.ipynb"), _path("..\\work.ipynb")
    ((('ada', 'work.ipynb'), True), (('work.ipynb',), False))
    """
    bare = name.replace("\\", "/")
    is_safe = not (bare.startswith("/") or re.match("[A-Za-z]:", bare) or ".." in bare.split("/") or "\0" in bare)
    return tuple(part for part in bare.split("/") if part not in ("", ".", "..")), is_safe


def _changed(member: ZipInfo) -> datetime | None:
    try:
        return aware(datetime(*member.date_time))
    except ValueError:
        return None
