"""Tell which notebook of a release a file is, and which name says so."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnlab.grading.document import Document
from cnnlab.grading.model import Release, Sheet
from cnnlab.grading.reading import claim, defined

__all__ = ["copy_number", "is_sheet", "named_sheet", "recognise", "without_sheet"]

# How a second file of the same name is called: by Canvas, by browsers and Google Drive, by JupyterLab.
COPY = re.compile(r"(?:-Copy|[ _]?\(|-)(\d{1,3})\)?$|[ _-]copy$", re.IGNORECASE)


def recognise(document: Document | None, names: Iterable[str], release: Release) -> Sheet | None:
    """Return the notebook that a file is; None if it is none of the release.

    What its metadata says counts first, then its name and its folders' (`names`, the nearest last), unless the file
    holds no exercise of that notebook but some of another's; then whose exercises it holds most of.
    `document` is None when the file cannot be read.
    """
    number = {sheet.name.partition("_")[0]: sheet for sheet in release.sheets}
    said = [number[document.notebook]] if document and document.notebook in number else []
    said += [sheet for name in reversed([*names]) if (sheet := named_sheet(name, release))]
    if document is None:
        return said[0] if said else release.sheets[0] if len(release.sheets) == 1 else None
    held = _held(document, release)
    fitting = [sheet for sheet in said if held[sheet.name]] or said
    if any(held.values()) and not (fitting and held[fitting[0].name]):
        return max(release.sheets, key=lambda sheet: held[sheet.name])
    return fitting[0] if fitting else None


def named_sheet(name: str, release: Release) -> Sheet | None:
    """Return the notebook that the name of a file or folder speaks of: by its whole name, or by its number alone."""
    plain = _plain(_stem(name))
    for sheet in sorted(release.sheets, key=lambda sheet: -len(sheet.name)):
        if re.search(rf"(^|_){re.escape(_plain(sheet.name))}(_|$)", plain):
            return sheet
    return next((sheet for sheet in release.sheets if plain == sheet.name.partition("_")[0].casefold()), None)


def is_sheet(name: str, release: Release) -> bool:
    """Whether a folder's name is just a notebook's whole name."""
    return _plain(name) in {_plain(sheet.name) for sheet in release.sheets}


def without_sheet(name: str, release: Release) -> str:
    """Return what a file's name says besides the notebook's name and the number of the copy.

    Examples
    --------
    >>> release = Release("", "", "", (Sheet("02_padding_and_stride", "", ()),))
    >>> without_sheet("02_padding_and_stride - Ada Lovelace (1).ipynb", release)
    'Ada Lovelace'
    """
    rest = _stem(name)
    for sheet in release.sheets:
        pattern = r"[\W_]+".join(map(re.escape, re.split(r"[\W_]+", sheet.name)))
        rest = re.sub(rf"(^|[\W_]){pattern}($|[\W_])", " ", rest, flags=re.IGNORECASE)
        if _plain(rest) == sheet.name.partition("_")[0].casefold():
            rest = ""
    return re.sub(r"^(copy of|kopie von|copie de)\s+", "", rest.strip(" _-"), flags=re.IGNORECASE).strip(" _-")


def copy_number(name: str) -> int:
    """Return which copy of a file a name speaks of; 0 for the first.

    Examples
    --------
    >>> [copy_number(name) for name in ("x.ipynb", "x-2.ipynb", "x (1).ipynb", "x-Copy3.ipynb")]
    [0, 2, 1, 3]
    """
    found = COPY.search(_bare(name))
    return int(found[1] or 1) if found else 0


def _bare(name: str) -> str:
    return re.sub(r"(\.(ipynb|zip|json|txt))+$", "", name, flags=re.IGNORECASE)


def _stem(name: str) -> str:
    stem = _bare(name)
    # "-1" may belong to a name; " (1)" and "-Copy1" never do.
    return COPY.sub("", stem) if (found := COPY.search(stem)) and not found[0][1:].isdigit() else stem


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def _held(document: Document, release: Release) -> dict[str, int]:
    """Count the exercises of each notebook that a document holds."""
    exercises = {sheet.name: {exercise.id for exercise in sheet.exercises} for sheet in release.sheets}
    every = set().union(*exercises.values())
    found = {claim(cell, every) for cell in document.cells}
    found |= set().union(*(defined(cell.text) for cell in document.cells if cell.kind == "code"))
    return {name: len(ids & found) for name, ids in exercises.items()}
