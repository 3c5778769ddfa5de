"""What is done with late and repeated work.

**Late.** Work is late when it comes after ``--due``, plus ``--grace`` minutes. With ``--late "10%/day"`` each day that
has begun since ``--due`` takes 10 % of the points earned, and nothing is left after ten days; ``%/hour`` counts hours.
``--late zero`` leaves nothing, ``--late none``, the default, takes nothing: lateness is only noted. A day is 24 hours,
also when the clocks change. Within the grace minutes work is in time; after them, the count starts at ``--due``.
Work whose time nothing tells is not counted as late; where a platform says only that it is late, the first day or hour
counts. Files' own times, which copying may change, count only with ``--file-times``.

**Extensions.** ``--extensions FILE``, a CSV with the columns ``learner`` and ``due``, gives some learners another time.
It replaces ``--due`` for all their notebooks; the grace minutes count for them too.

**Times.** Each has its zone: ``2026-10-01T23:59+02:00``, ``2026-10-01T21:59Z`` or ``2026-10-01T23:59 Europe/Berlin``. A
time without zone is refused, and so is one that a change of the clocks skips or repeats.

**Repeated.** Of several attempts at one notebook, the one handed in last counts: late, if it was late. ``--repeated
first`` takes the first, ``--repeated best`` grades all and takes the one with the most points after the policy for late
work; between equals the earlier counts. The same bytes handed in again count as handed in when they first came. A
notebook that is still as it was handed out is no attempt where there is another one. Where no platform tells which of
two came first, the numbers in their names do (``x.ipynb``, ``x-2.ipynb``), then the files' own times, then their names.

**Points.** An exercise's points are what its check gives, in parts where it gives parts. Points are computed in exact
fractions and rounded once, for the notebook, to two decimals, a half upwards: 2.345 becomes 2.35. Totals add up those.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from cnnlab.grading.gather.learner import learner_id
from cnnlab.grading.model import GradingError
from cnnlab.words import counted

__all__ = ["Late", "Policy", "Rule", "read_extensions", "rounded", "time"]

EXAMPLE = "2026-10-01T23:59+02:00"
A = TypeVar("A")
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}


def time(text: str, what: str = "--due") -> datetime:
    """Read a time with its zone.

    Raises
    ------
    GradingError
        If it is no time, has no zone, or a change of the clocks skips or repeats it.

    Examples
    --------
    >>> time("2026-10-01T23:59 Europe/Berlin") == time("2026-10-01T21:59Z")
    True
    """
    written, _, zone = text.strip().partition(" ")
    if re.match(r"\d", zone):  # "2026-10-01 23:59+02:00 Europe/Berlin"
        clock, _, zone = zone.partition(" ")
        written = f"{written}T{clock}"
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise GradingError(f"{what}: got {text!r}, wanted a time such as {EXAMPLE}.") from None
    if "T" not in written:
        raise GradingError(f"{what}: got the day {text!r}, wanted its time too: {written}T23:59+02:00.")
    if moment.tzinfo is not None and not zone.strip():
        return moment
    if not zone.strip():
        raise GradingError(f"{what}: got {text!r} without a time zone, wanted {text}+02:00 or {text} Europe/Berlin.")
    if moment.tzinfo is not None:
        raise GradingError(f"{what}: got two time zones in {text!r}, wanted one, such as {EXAMPLE}.")
    return _in_zone(moment, zone.strip(), what)


def _in_zone(moment: datetime, zone: str, what: str) -> datetime:
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # no such zone here; not a name
        offset = f"{moment.isoformat()}+02:00"
        raise GradingError(
            f"{what}: this machine knows no time zone {zone!r}. Write the offset from UTC instead, such as {offset}."
        ) from None
    early, later = (moment.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if early.utcoffset() == later.utcoffset():
        return early
    offsets = " or ".join(f"{moment.isoformat()}{local.isoformat()[-6:]}" for local in (early, later))
    there = "comes twice" if early.utcoffset() > later.utcoffset() else "does not exist"  # type: ignore[operator]
    raise GradingError(f"{what}: {moment.isoformat()} {there} in {zone}: the clocks change. Write {offsets}.")


@dataclass(frozen=True)
class Rule:
    """What late work loses.

    Examples
    --------
    >>> Rule.read("10%/day")
    Rule(share=Fraction(1, 10), unit='day')
    >>> Rule.read("zero").kept(timedelta(minutes=1)), Rule.read("none").kept(timedelta(days=9))
    (Fraction(0, 1), Fraction(1, 1))
    """

    share: Fraction = Fraction(0)
    unit: str = ""  # "day", "hour", or once

    @classmethod
    def read(cls, text: str) -> Rule:
        """Read "none", "zero" or "10%/day".

        Raises
        ------
        GradingError
            If it is none of these.
        """
        if text in ("none", "zero"):
            return cls(Fraction(text == "zero"))
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%\s*(?:/|per)\s*(day|hour)", text.strip())
        if not found or not 0 < Fraction(found[1]) <= 100:
            raise GradingError(
                f'--late: got {text!r}, wanted "none", "zero", or a loss such as "10%/day" or "1%/hour".'
            )
        return cls(Fraction(found[1]) / 100, found[2])

    def kept(self, late: timedelta) -> Fraction:
        """Return the share of the points that is left after a delay; a unit that has begun counts."""
        units = -(-late // UNITS[self.unit]) if self.unit else int(late > timedelta(0))
        return max(Fraction(0), 1 - units * self.share)


@dataclass(frozen=True)
class Late:
    """What the policy makes of one attempt."""

    kept: Fraction = Fraction(1)
    told: str = ""  # a sentence for the learner


@dataclass(frozen=True)
class Policy:
    """What is done with late and repeated work."""

    due: datetime | None = None
    late: Rule = field(default_factory=Rule)
    grace: timedelta = timedelta(0)
    repeated: str = "last"  # or "first", "best"
    extensions: Mapping[str, datetime] = field(default_factory=dict)  # learner → due

    def judge(self, learner: str, handed_in: datetime | None, *, said_late: bool = False) -> Late:
        """Say what a learner keeps.

        Parameters
        ----------
        learner
            Who handed in.
        handed_in
            When; None if nothing tells.
        said_late
            Whether the platform says that it is late.
        """
        due = self.extensions.get(learner, self.due)
        if due and handed_in is None and said_late and learner not in self.extensions:
            kept = self.late.kept(timedelta(seconds=1))
            return Late(kept, f"Late, as the platform says, and not by how much: {_loss(kept)}.")
        if due is None or handed_in is None or handed_in <= due + self.grace:
            return Late()
        # In UTC: between two times of one zone Python subtracts what the clocks show.
        delay = handed_in.astimezone(UTC) - due.astimezone(UTC)
        kept = self.late.kept(delay)
        told = f"{_spoken(delay)} late: {_loss(kept)}."
        return Late(kept, told[0].upper() + told[1:])

    def candidates(self, attempts: Sequence[A]) -> Sequence[A]:
        """Return which of a learner's attempts at a notebook, the earliest first, may count.

        Examples
        --------
        >>> Policy().candidates("abc"), Policy(repeated="best").candidates("abc")
        ('c', 'abc')
        """
        return {"first": attempts[:1], "last": attempts[-1:], "best": attempts}[self.repeated]

    def sentences(self) -> list[str]:
        """Say what is in force, for the class's report.

        Examples
        --------
        >>> Policy(time("2026-10-01T23:59+02:00"), Rule.read("10%/day")).sentences()
        ['Due 2026-10-01 23:59 UTC+02:00; late work loses 10 % per day.', 'Of several attempts the last counts.']
        """
        count = len(self.extensions)
        repeated = f"Of several attempts the {self.repeated} counts."
        if self.due is None:
            return ["No time was set; nothing is late.", repeated]
        loss = "all points" if self.late.share == 1 else f"{_percent(self.late.share)} per {self.late.unit}"
        grace = f", with {_spoken(self.grace)} of grace" if self.grace else ""
        told = f"Due {self.due:%Y-%m-%d %H:%M %Z}{grace}; late work loses {loss if self.late.share else 'nothing'}."
        extended = [f"Another time holds for {counted(count, 'learner')}."] if count else []
        return [told, *extended, repeated]


def read_extensions(path: Path) -> dict[str, datetime]:
    """Read who has another time: a CSV with the columns ``learner`` and ``due``.

    Raises
    ------
    GradingError
        If it cannot be read, lacks a column, or a line has no learner, a wrong time, or a learner a second time.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise GradingError(
            f"--extensions: {path} cannot be read: {reason}. Name a file that is saved as CSV in UTF-8."
        ) from error
    heads = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heads else ",")
    missing = {"learner", "due"} - set(rows.fieldnames or ())
    if missing:
        wanted = " and ".join(sorted(missing))
        raise GradingError(f"--extensions: {path} has no column {wanted}. Its first line must be: learner,due")
    extensions: dict[str, datetime] = {}
    for row in rows:
        place = f"--extensions: {path}, line {rows.line_num}"
        learner = learner_id(row["learner"] or "")
        if not (row["learner"] or "").strip():
            raise GradingError(f"{place}: there is no learner. Write one, or take the line out.")
        if learner in extensions:
            raise GradingError(f"{place}: {learner} comes twice. Leave one line.")
        extensions[learner] = time(row["due"] or "", place)
    return extensions


def rounded(points: float, kept: Fraction | float = 1) -> float:
    """Return points that count: exact fractions, rounded once to two decimals, a half upwards.

    Examples
    --------
    >>> rounded(2.345), rounded(2.675), rounded(7, 0.9)
    (2.35, 2.68, 6.3)
    """
    exact = Fraction(str(points)) * Fraction(str(kept))
    return float(Fraction(int(exact * 100 + Fraction(1, 2)), 100))


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):g} %"


def _loss(kept: Fraction) -> str:
    return "no points are taken" if kept == 1 else f"{_percent(1 - kept)} less"


def _spoken(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = [counted(n, unit) for n, unit in ((days, "day"), (hours, "hour"), (minutes % 60, "minute")) if n]
    return " ".join(parts[:2]) or "less than a minute"
