"""What stops a build: sentences with a file and a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Problem", "SourceError"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend, and where.

    Examples
    --------
    >>> print(Problem(Path("02_padding.py"), 40, "BEGIN SOLUTION without END SOLUTION. Add the END line."))
    02_padding.py:40: BEGIN SOLUTION without END SOLUTION. Add the END line.
    """

    path: Path
    line: int  # counted from 1
    text: str
    detail: tuple[str, ...] = ()  # further lines, such as the end of a traceback

    def __str__(self) -> str:
        path = self.path.relative_to(Path.cwd()) if self.path.is_relative_to(Path.cwd()) else self.path
        return "\n".join([f"{path.as_posix()}:{self.line}: {self.text}", *(f"    {line}" for line in self.detail)])


class SourceError(Exception):
    """The sources do not make a course; every problem found is in :attr:`problems` and, one per line, in the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
