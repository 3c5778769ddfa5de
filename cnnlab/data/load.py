"""One name, three parts: the data sets as the command line and notebook 08 ask for them."""

from __future__ import annotations

from pathlib import Path

from cnnlab.data.dataset import Dataset, Splits
from cnnlab.data.digits import digits
from cnnlab.data.files import cats, cifar10, fashion_mnist, mnist, signs
from cnnlab.data.generated import Difficulty, shapes
from cnnlab.data.prepare import split

__all__ = ["NAMES", "load"]

_DOWNLOADED = {"mnist": mnist, "fashion_mnist": fashion_mnist, "cifar10": cifar10}
_FROM_FOLDER = {"signs": signs, "cats": cats}

NAMES = ("digits", "shapes", *_DOWNLOADED, *_FROM_FOLDER)


def load(
    name: str,
    folder: str | Path | None = None,
    *,
    size: int | None = None,
    n: int = 3000,
    difficulty: Difficulty = "easy",
    seed: int = 0,
    limit: int | None = None,
    download: bool = False,
) -> Splits:
    """Load a data set in its three parts.

    Data sets that come with a test part keep it, and a tenth of their training part becomes the validation part; the
    others are dealt 7 : 1 : 2.

    Parameters
    ----------
    name
        "digits" and "shapes" are always at hand; "mnist", "fashion_mnist" and "cifar10" are read from `folder` or,
        with `download`, fetched; "signs" and "cats" are read from `folder`.
    size
        Side of digits and shapes in pixels, by default 8 and 64.
    n, difficulty
        For shapes: how many, and how hard.
    seed
        Of shapes, and of the deal.
    limit
        Of the files: take only the first so many of each part.

    Examples
    --------
    >>> [len(part) for part in load("shapes", n=60, size=8)]
    [42, 6, 12]
    """
    if name == "digits":
        return split(digits(size or 8), seed=seed)
    if name == "shapes":
        return split(shapes(n, size or 64, seed, difficulty=difficulty), seed=seed)

    def part(which: str) -> Dataset:
        if name in _DOWNLOADED:
            return _DOWNLOADED[name](folder, which, limit=limit, download=download)  # type: ignore[arg-type]
        if name in _FROM_FOLDER:
            return _FROM_FOLDER[name](folder, which, limit=limit)  # type: ignore[arg-type]
        raise ValueError(f"name: got {name!r}, wanted one of {', '.join(NAMES)}. Choose one of these.")

    train, validation, _ = split(part("train"), validation=0.1, test=0, seed=seed)
    return Splits(train, validation, part("test"))
