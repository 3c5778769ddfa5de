"""An instructor's own list of the class: who should have handed in, and the file whose grade columns are filled."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cnnlab.grading.model import GradingError
from cnnlab.grading.report.result import Result

__all__ = ["Matches", "Roster"]

LARGEST = 50_000_000  # bytes; a list of a whole university is smaller
# Columns that say who somebody is: Moodle's, Canvas's, Blackboard's, and what people call them in lists of their own.
IDS = (
    "identifier", "id", "username", "user name", "login", "sis user id", "sis login id", "student id", "id number",
    "orgdefinedid", "learner", "user", "netid", "email", "email address", "e-mail", "integration id",
)  # fmt: skip
NAMES = ("student", "full name", "name", "display name")
NAME_PAIRS = (("last name", "first name"), ("lastname", "firstname"), ("surname", "first name"))


@dataclass(frozen=True)
class Matches:
    """Which learner stands in which row."""

    rows: Mapping[str, int]  # learner → row
    told: tuple[str, ...]  # a sentence for each who could not be matched


@dataclass(frozen=True)
class Roster:
    """A table as it was read; it can be written back in the same manner."""

    name: str  # of its file
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","
    encoding: str = "utf-8"

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a roster, whatever sign parts its columns.

        Raises
        ------
        GradingError
            If it cannot be read, or has no column that says who somebody is.
        """
        try:
            size = path.stat().st_size
            content = path.read_bytes() if size <= LARGEST else b""
        except OSError as error:
            reason = error.strerror or error
            raise GradingError(f"--roster: {path} cannot be read: {reason}. Name a CSV file.") from error
        if content.startswith(b"PK\x03\x04"):
            raise GradingError(f"--roster: {path} is an Excel file, wanted CSV. Save it as CSV (UTF-8).")
        text, encoding = _decoded(content)
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        try:
            table = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, row))]
        except csv.Error as error:
            raise GradingError(f"--roster: {path} is no CSV file: {error}. Export it again as CSV.") from error
        if not table:
            raise GradingError(
                f"--roster: {path} is empty or too large, wanted a CSV file with a row for each learner."
            )
        heads = tuple(table[0])
        rows = tuple(tuple(row + [""] * (len(heads) - len(row)))[: len(heads)] for row in table[1:])
        roster = cls(path.name, heads, rows, delimiter, encoding)
        if not roster._columns(IDS) and not roster._named:
            raise GradingError(
                f"--roster: {path} has the columns {', '.join(heads)[:200]}, wanted one that says who somebody is, as "
                "Username, Email address, ID or Full name. Export the list from your platform, or name a column so."
            )
        return roster

    def column(self, *names: str) -> int | None:
        """Return the place of the first column that has one of these names."""
        found = self._columns(names)
        return found[0] if found else None

    @cached_property
    def learners(self) -> dict[int, str]:
        """What to call the people of the roster, by row; rows about nobody are left out."""
        found = {}
        columns = self._columns(IDS)
        for place, row in enumerate(self.rows):
            name = self._name(row)
            if "points possible" in row[0].casefold() or not (name or any(row[c].strip() for c in columns)):
                continue
            found[place] = name or next(row[c].strip() for c in columns if row[c].strip())
        return found

    def match(self, results: Iterable[Result]) -> Matches:
        """Find the row of each learner: by an id, else by the name; among namesakes by the platform's number.

        The number alone counts only where no name fits, as where a platform hides the names: Moodle numbers its
        learners anew for each assignment.
        """
        by_id, by_name, by_number = (self._index(cells) for cells in (self._ids_in, self._names_in, self._numbers_in))
        rows: dict[str, int] = {}
        told: dict[str, str] = {}
        for result in results:
            if result.learner in rows or result.learner in told:
                continue
            plain = result.learner.removesuffix(f" ({result.account})")
            said = [text for text in (result.account, result.learner, result.name) if text and not text.isdigit()]
            found = _first(by_id, [key for text in said for key in _keys(text)])
            found = found or _first(by_name, [_words(result.name), _words(result.learner), _words(plain)])
            numbered = by_number.get(result.account, set())
            found = found & numbered or found or numbered
            if len(found) == 1 and not found & set(rows.values()):
                rows[result.learner] = next(iter(found))
            elif len(found) > 1:
                told[result.learner] = f"{result.shown} fits {len(found)} rows of {self.name}: fill them by hand."
            elif found:
                told[result.learner] = f"{result.shown} fits a row of {self.name} that is another learner's already."
            else:
                told[result.learner] = f"{result.shown} is not in {self.name}."
        return Matches(rows, tuple(told.values()))

    def _index(self, keys_in: Callable[[tuple[str, ...]], Iterable[str]]) -> dict[str, set[int]]:
        index: dict[str, set[int]] = defaultdict(set)
        for place in self.learners:
            for key in keys_in(self.rows[place]):
                index[key].add(place)
        return index

    def _ids_in(self, row: tuple[str, ...]) -> list[str]:
        return [key for c in self._columns(IDS) for key in _keys(row[c])]

    def _names_in(self, row: tuple[str, ...]) -> list[str]:
        """Return the words of the name, and its letters in a row as Canvas has them in the names of files."""
        name = self._name(row)
        return [_words(name), "".join(filter(str.isalnum, _folded(name)))]

    def _numbers_in(self, row: tuple[str, ...]) -> list[str]:
        """Return the number that the platform gives: Moodle's "Participant 1234", Canvas's ID."""
        cells = [
            row[c] for c in self._columns(("identifier", *(("id",) if self.column("section") is not None else ())))
        ]
        return [found[1] for cell in cells if (found := re.search(r"(\d+)\s*$", cell))]

    def _columns(self, names: Iterable[str]) -> list[int]:
        heads = [_folded(head) for head in self.heads]
        return [heads.index(name) for name in names if name in heads]

    @cached_property
    def _named(self) -> tuple[int, ...]:
        """The columns of the name."""
        single = self.column(*NAMES)
        if single is not None:
            return (single,)
        for last, first in NAME_PAIRS:
            pair = self._columns((first, last))
            if len(pair) == 2:
                return tuple(pair)
        return ()

    def _name(self, row: tuple[str, ...]) -> str:
        return " ".join(row[c].strip() for c in self._named).strip()


def _decoded(content: bytes) -> tuple[str, str]:
    """Read the text of a CSV file; a spreadsheet writes UTF-16, or the code page of its system."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "utf-8-sig"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _keys(id: str) -> list[str]:
    """Return what an id may be compared by, the surest first.

    Examples
    --------
    >>> _keys("Ada@uni.example")
    ['ada@uni.example', 'ada']
    """
    whole = _folded(id)
    return [key for key in dict.fromkeys((whole, whole.partition("@")[0])) if key]


def _first(index: Mapping[str, set[int]], keys: Iterable[str]) -> set[int]:
    # A row without a name and a learner without one have nothing in common.
    return next((index[key] for key in keys if key and key in index), set())


def _words(name: str) -> str:
    """Return the words of a name in one order.

    Examples
    --------
    >>> _words("Lovelace, Ada") == _words("Ada Lovelace")
    True
    """
    return " ".join(sorted(_folded(name).replace(",", " ").split()))
