"""Fetch public data sets: checksum, progress bar, retries, and nothing half-written in the folder."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.data.dataset import DataError

__all__ = ["SOURCES", "Source", "fetch"]

RETRIES = 2  # after the first attempt
TIMEOUT = 30  # seconds without an answer


@dataclass(frozen=True)
class Source:
    """Where a data set is published, and what its files must be."""

    address: str  # ends in /
    files: dict[str, str]  # name: SHA-256 of its bytes
    megabytes: int


# SHA-256 as TensorFlow Datasets pins them, tensorflow_datasets/url_checksums/{mnist,fashion_mnist,cifar10}.txt.
SOURCES = {
    "mnist": Source(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        12,
    ),
    "fashion_mnist": Source(
        # The repository of the data set's authors; the files are those of their S3 bucket, which has no https.
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        31,
    ),
    "cifar10": Source(
        "https://www.cs.toronto.edu/~kriz/",
        {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
        170,
    ),
}


def fetch(name: str, folder: str | Path | None = None, *, progress: bool = True) -> Path:
    """Download a data set's files, unless they are there already and whole, and return their folder.

    A file arrives under a temporary name and gets its own only when its checksum is right; a broken transfer is tried
    again. A file that is there but damaged is replaced.

    Parameters
    ----------
    name
        "mnist", "fashion_mnist" or "cifar10".
    folder
        Where to put the files; by default a folder of that name in the user's cache.
    progress
        Show a progress bar (needs tqdm).

    Raises
    ------
    ImportError
        If pooch is not installed.
    ConnectionError
        If the files cannot be had: no network, no such address, or a transfer that breaks off every time.
    DataError
        If a file arrives whole but is not the published one.
    """
    if name not in SOURCES:
        raise ValueError(f"name: got {name!r}, wanted one of {', '.join(SOURCES)}. Choose one of these.")
    try:
        import pooch
        import requests
    except ImportError as error:
        raise ImportError(
            "Downloading needs pooch, which is not installed. Run: pip install 'cnnlab[data]', or put the files into "
            "a folder yourself and pass that folder."
        ) from error
    source = SOURCES[name]
    target = Path(folder).expanduser() if folder is not None else Path(pooch.os_cache("cnnlab")) / name
    shelf = pooch.create(target, source.address, registry=source.files, retry_if_failed=RETRIES)
    load = pooch.HTTPDownloader(progressbar=progress and _has_tqdm(), timeout=TIMEOUT, chunk_size=1 << 16)
    logger: Any = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        for file in source.files:
            try:
                shelf.fetch(file, downloader=load)
            except requests.RequestException as error:
                raise ConnectionError(
                    f"{source.address}{file}: got no file ({type(error).__name__}), wanted about "
                    f"{source.megabytes} MB in all. Connect to the internet and try again, or copy the files into "
                    f"{target}; data.digits() and data.shapes() need no network."
                ) from error
            except OSError as error:
                raise OSError(
                    f"folder: got {target}, which cannot be written ({error}), wanted a folder with room for "
                    f"{source.megabytes} MB. Free some space, or pass another folder."
                ) from error
            except ValueError as error:
                raise DataError(
                    f"{source.address}{file}: got a file with another SHA-256 checksum, wanted {source.files[file]}. "
                    "Try again later or from another network: something on the way changes the file. Nothing was kept."
                ) from error
    finally:
        logger.setLevel(level)
    return target


def _has_tqdm() -> bool:
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True
