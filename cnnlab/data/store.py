"""Arrays and settings in one .npz file: written whole or not at all, read without pickle."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DataError

__all__ = ["read", "write"]

Array = NDArray[Any]
SETTINGS = "settings"  # the entry that holds everything but arrays, as JSON


def write(path: str | Path, settings: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a file under a temporary name and give it its own when it is whole and on the disk.

    Whatever interrupts this, a full disk or a power cut, a file that was there before stays as it was.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    entries = {SETTINGS: np.array(json.dumps(settings)), **arrays}
    try:
        with part.open("wb") as file:
            # What np.savez does, but for an archive that is closed when the disk is full.
            with zipfile.ZipFile(file, "w") as archive:
                for name, array in entries.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise OSError(
            f"path: got {target}, which cannot be written ({error}), wanted a folder that exists and has room. "
            "Create it, free some space, or choose another one; a file of that name from before is as it was."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def read(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read settings and arrays of a file that :func:`write` wrote.

    Parameters
    ----------
    kind
        What the settings must give as their "kind".

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If it is damaged, or of another kind.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"path: got {path}, where there is no file, wanted a saved {kind}. Check the folder.")
    try:
        # Opened here, for np.load leaves a damaged file open.
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile("not an .npz file, or cut off")  # before np.load takes it for a pickle
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
            settings = json.loads(str(arrays.pop(SETTINGS)))
        found = settings["kind"]
    except Exception as error:  # a damaged file may stumble anywhere
        raise DataError(
            f"path: got {path}, which is damaged or was not written by cnnlab ({error}), wanted a saved {kind}. "
            "Take another copy, or save again."
        ) from error
    if found != kind:
        raise DataError(f"path: got {path}, a saved {found}, wanted a saved {kind}. Pass the other file.")
    return settings, arrays
