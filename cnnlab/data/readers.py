"""Read one file of a public data set: idx (MNIST), binary batch (CIFAR-10), h5 (SIGNS, cats).

No pickle is ever opened, and a damaged file never gives half a data set.
"""

from __future__ import annotations

import gzip
import io
import math
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data.dataset import DataError

__all__ = ["read_cifar", "read_h5", "read_idx", "unpack"]

CIFAR_SHAPE = (3, 32, 32)
AGAIN = "Delete it and download it again."


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Read one idx file of bytes, packed with gzip or not: a magic number, the sizes of the axes, the cells.

    Source: "THE IDX FILE FORMAT", Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist/.
    """
    content = Path(path).read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{path}: got a damaged gzip file ({error}), wanted a whole one. {AGAIN}") from error
    magic = content[:4]
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != 8 or not 1 <= magic[3] <= 4:
        raise DataError(
            f"{path}: got a file that begins with {magic.hex(' ') or 'nothing'}, wanted 00 00 08 and the number of "
            f"axes: an idx file of bytes. Check that the name belongs to this file, or download it again."
        )
    start = 4 + 4 * magic[3]
    if len(content) < start:
        raise DataError(f"{path}: got {len(content)} bytes, wanted at least the {start} of the head. {AGAIN}")
    sizes = tuple(int(size) for size in np.frombuffer(content[4:start], ">u4"))
    if len(content) - start != math.prod(sizes):
        wanted = "×".join(map(str, sizes))
        raise DataError(
            f"{path}: got {len(content) - start:,} cells, wanted {wanted}. It is cut off or too long. {AGAIN}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def read_cifar(content: bytes, source: str = "content") -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the bytes of one binary batch of CIFAR-10: pictures (N, 3, 32, 32) and labels (N,).

    Every record is a label and then red, green and blue, row by row: NCHW as it is.
    Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    size = 1 + math.prod(CIFAR_SHAPE)
    if not content or len(content) % size:
        raise DataError(
            f"{source}: got {len(content):,} bytes, wanted a multiple of {size:,}: a label and 3×32×32 levels for each "
            f"picture. Take the binary version of CIFAR-10, or download it again."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    return records[:, 1:].reshape(-1, *CIFAR_SHAPE), records[:, 0]


def read_h5(path: str | Path, limit: int | None = None) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Read pictures (N, C, H, W), labels (N,) and class names of one SIGNS or cat file.

    The file keeps ``train_set_x`` (or ``test_set_x``) as (N, H, W, C), ``train_set_y`` and ``list_classes``.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError("h5 files need h5py, which is not installed. Run: pip install 'cnnlab[data]'") from error
    try:
        with h5py.File(path) as file:
            prefix = "test" if "test_set_x" in file else "train"
            keys = (f"{prefix}_set_x", f"{prefix}_set_y", "list_classes")
            missing = [key for key in keys if not getattr(file.get(key), "shape", ())]
            if missing:
                found = ", ".join(map(str, file)) or "none"
                raise DataError(
                    f"{path}: got the keys {found}, wanted arrays under {', '.join(missing)}. "
                    "Check that this is a SIGNS or cat file of the course."
                )
            pictures, labels, names = (
                np.asarray(file[key][: None if key == "list_classes" else limit]) for key in keys
            )
    except (OSError, RuntimeError, TypeError) as error:
        raise DataError(
            f"{path}: got a file that h5py cannot read ({error}), wanted a whole h5 file. {AGAIN}"
        ) from error
    if pictures.ndim != 4 or pictures.dtype != np.uint8:
        raise DataError(
            f"{path}: got pictures of shape {pictures.shape} and dtype {pictures.dtype}, wanted (pictures, rows, "
            "columns, channels) and uint8. Check that this is a SIGNS or cat file of the course."
        )
    classes = tuple(name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names.tolist())
    return np.moveaxis(pictures, -1, 1), labels.ravel(), classes


def unpack(archive: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Read members of a tar archive into memory: nothing is written, so nothing can be half written."""
    try:
        with tarfile.open(archive) as tar:
            members = {Path(member.name).name: member for member in tar.getmembers() if member.isfile()}
            for name in names:
                if name not in members:
                    raise DataError(
                        f"{archive}: got an archive without {name}, wanted the binary version of CIFAR-10. {AGAIN}"
                    )
                file = tar.extractfile(members[name])
                yield f"{archive}: {name}", (file or io.BytesIO()).read()
            while tar.fileobj and tar.fileobj.read(1 << 20):  # gzip compares its checksum at the very end
                pass
    except (EOFError, OSError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{archive}: got a damaged archive ({error}), wanted a whole one. {AGAIN}") from error
