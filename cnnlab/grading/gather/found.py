"""What lies in a folder or an archive: a file that can be read later, or a sentence on why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from cnnlab.grading.gather.learner import shown

__all__ = ["Find", "Found", "Problem", "aware", "is_clutter"]

# What operating systems and Jupyter leave behind.
CLUTTER = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", "__pycache__"}
NOTEBOOK = re.compile(r".*\.ipynb(\.(txt|json))?", re.IGNORECASE | re.DOTALL)  # browsers add an ending
# What nbgrader, Gradescope and Blackboard write beside notebooks.
BESIDE = re.compile(r"timestamp\.txt|submission_metadata\.yml|.*_[\d-]{19}\.txt", re.IGNORECASE | re.DOTALL)
OTHER_ARCHIVE = re.compile(r".*\.(rar|7z|tar|tgz|gz|bz2|xz)", re.IGNORECASE | re.DOTALL)


class Problem(NamedTuple):
    """A file that is not graded, or is odd, and why."""

    path: str
    text: str


@dataclass(frozen=True)
class Found:
    """A file, not read yet."""

    parts: tuple[str, ...]  # its path within SUBMISSIONS; an archive counts as a folder
    load: Callable[[], bytes]
    changed: datetime | None = None
    packed: bool = False  # in an archive within SUBMISSIONS, so that a learner may have named it

    @property
    def path(self) -> str:
        """Its path as shown."""
        return "/".join(map(shown, self.parts))

    @property
    def is_notebook(self) -> bool:
        """Whether its name is that of a notebook."""
        return bool(NOTEBOOK.fullmatch(self.parts[-1]))


@dataclass
class Find:
    """All that was found."""

    files: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: int = 0  # files of other kinds
    lost: int = 0  # files that may hold work, and were not read

    def tell(self, parts: tuple[str, ...], text: str, *, lost: bool = True) -> None:
        """Note a problem."""
        self.problems.append(Problem("/".join(map(shown, parts)), text))
        self.lost += lost

    def add(self, file: Found) -> None:
        """Keep a notebook, or a file that tells about notebooks; count any other."""
        if file.is_notebook or BESIDE.fullmatch(file.parts[-1]):
            self.files.append(file)
        elif OTHER_ARCHIVE.fullmatch(file.parts[-1]):
            self.tell(file.parts, "It is an archive of a kind that is not opened. Unpack it, or ask for a zip archive.")
        else:
            self.ignored += 1


def is_clutter(name: str) -> bool:
    """Whether a name is of what nobody handed in.

    Examples
    --------
    >>> is_clutter("._ada.ipynb"), is_clutter("ada.ipynb")
    (True, False)
    """
    return name in CLUTTER or name.startswith("._")


def aware(time: datetime) -> datetime | None:
    """Return a time in UTC; one without a zone is that of this machine. None if it is no time at all."""
    try:
        return time.astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        return None
