"""What the reports are written from: what each learner's notebook got, and what the policies made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from cnnlab.check.page import SIGNS as CHECK_SIGNS
from cnnlab.check.report import WORDS as CHECK_WORDS
from cnnlab.grading.model import Graded, Mark, Release, Sheet
from cnnlab.grading.policy import rounded

__all__ = ["SIGNS", "WORDS", "Result", "Run", "in_order", "number"]

# Of a mark, in the order of a bar; the last is the state of a whole notebook.
SIGNS = {"pass": "", "part": "◐", **CHECK_SIGNS, "missing": "?", "error": "!", "unreadable": "!"}
WORDS = {
    "pass": "",
    "part": "right in part",
    **CHECK_WORDS,
    "missing": "not found",
    "error": "not graded",
    "unreadable": "not readable",
}


@dataclass(frozen=True)
class Result:
    """A learner's notebook that counts, graded."""

    graded: Graded
    name: str = ""  # as the platform knows the learner, where it told: "Ada Lovelace"
    file: str = ""  # as it was handed in, below the folder of submissions
    account: str = ""  # the learner's number or login on the platform
    handed_in: str = ""  # "2026-09-14 18:03", where it is known
    late: str = ""  # what the policy says of it, as a sentence: "2 days late: 20 % less."
    kept: Fraction | float = 1.0  # the share of the points that the policy leaves

    @property
    def learner(self) -> str:
        """The learner's id."""
        return self.graded.learner

    @property
    def shown(self) -> str:
        """What to call the learner."""
        return self.name or self.graded.learner

    @property
    def points(self) -> float:
        """The points that count, after the policy."""
        return rounded(self.graded.points, self.kept)

    def marks(self, sheet: Sheet) -> tuple[Mark, ...]:
        """Return a mark for each exercise of the notebook, in its order; of a notebook that was not graded, none got.

        Examples
        --------
        >>> from cnnlab.grading.model import Assigned
        >>> sheet = Sheet("01_edge_detection", "Edge detection", (Assigned("window_mean", 3),))
        >>> [mark] = Result(Graded("ada", "01_edge_detection", "unreadable", ())).marks(sheet)
        >>> mark.state, mark.points, mark.most
        ('unreadable', 0.0, 3)
        """
        state = "missing" if self.graded.state == "graded" else self.graded.state
        got = {mark.exercise: mark for mark in self.graded.marks}
        return tuple(got.get(e.id, Mark(e.id, state, 0.0, e.points)) for e in sheet.exercises)


@dataclass(frozen=True)
class Run:
    """What the class's report tells of the run itself."""

    seed: int = 0
    sandbox: str = ""  # its kind: "bubblewrap"
    policies: Sequence[str] = ()  # a sentence for each
    versions: Mapping[str, str] = field(default_factory=dict)  # {"cnnlab": "0.1.0", "NumPy": "2.4.0"}
    failures: Sequence[str] = ()  # of files that came to no result: a line for each
    seconds: float = 0.0
    workers: int = 0


def in_order(release: Release, results: Iterable[Result]) -> list[Result]:
    """Sort the results by learner, then as the release has its notebooks."""
    places = {sheet.name: place for place, sheet in enumerate(release.sheets)}
    return sorted(results, key=lambda r: (r.learner.casefold(), r.learner, places[r.graded.sheet]))


def number(value: float) -> str:
    """Write points without needless zeros.

    Examples
    --------
    >>> number(3.0), number(2.5), number(1 / 3)
    ('3', '2.5', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
