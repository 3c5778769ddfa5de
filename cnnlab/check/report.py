"""What a check says: one list of blocks, written once as text and once as HTML."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.check import page
from cnnlab.check.block import Block, as_text

__all__ = ["Report"]

WORDS = {"pass": "passed", "fail": "not right yet", "todo": "not written yet"}


@dataclass(frozen=True)
class Report:
    """The verdict on a learner's function. In a notebook it shows itself; ``print(report)`` gives the same as text.

    Examples
    --------
    >>> from cnnlab import check
    >>> report = check.judge("window_mean", lambda window: window.sum() / 9)
    >>> report
    Report: window_mean passed
    """

    exercise: str
    state: str  # "pass", "fail" or "todo"
    mistake: str | None = None  # its name in the catalogue; two at once as "transpose + abs"
    blocks: tuple[Block, ...] = ()
    share: float = 0.0  # of an open exercise that is not passed in full

    @property
    def part(self) -> float:
        """The share of the exercise that is done: 1 where it is passed, else 0; between them in open exercises."""
        return 1.0 if self.state == "pass" else self.share

    @property
    def message(self) -> str:
        """Everything the report says, as plain text."""
        return as_text(self.blocks)

    def __repr__(self) -> str:
        mistake = f" ({self.mistake})" if self.mistake else ""
        return f"Report: {self.exercise} {WORDS[self.state]}{mistake}"

    def __str__(self) -> str:
        return f"{page.SIGNS[self.state]} {self.exercise}: {WORDS[self.state]}\n\n{self.message}".rstrip()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        html = page.report(self.exercise, self.state, WORDS[self.state], self.blocks)
        return {"text/plain": str(self), "text/html": html}
