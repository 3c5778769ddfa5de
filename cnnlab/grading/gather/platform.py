"""How learning platforms name the files they export, and whose a file is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cnnlab.grading.gather.found import Found, aware

__all__ = ["Owner", "Roster", "platform_of", "read_time"]


@dataclass(frozen=True)
class Owner:
    """Who handed a file in, as the platform tells."""

    name: str
    account: str = ""  # a number or login that is one person's there
    when: datetime | None = None
    late: bool | None = None
    rest: str = ""  # the learner's own name of the file, where the platform put its words before it


# Each pattern finds the platform's words at the beginning, since what follows is the learner's to choose.
# Moodle (mod/assign): "Surname Name_12345_assignsubmission_file_/x.ipynb", without folders "…_file_x.ipynb".
MOODLE = re.compile(r"(?P<name>.+?)_(?P<account>\d+)_assignsubmission_file(?:_(?P<rest>.*))?", re.DOTALL)
# Canvas: "surnamename_LATE_1234_5678_x-1.ipynb": person, file. Graded blindly: "anon_a1b2C_5678_x.ipynb".
CANVAS = re.compile(
    r"(?P<name>(?=[^_]*[^\W\d_])[^_]+)(?P<late>_late)?_(?P<account>\d+|[A-Za-z0-9]{5})_(?P<file>\d+)_(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
# Blackboard: "Assignment_user_attempt_2026-01-30-15-30-10_x.ipynb"; the word is in the platform's language.
BLACKBOARD = re.compile(
    r"(?P<head>.+?)_[^\W\d_]+_(?P<when>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<rest>.*)|\.txt)", re.DOTALL
)
# Brightspace: "123-456 - Name Surname - Sep 9, 2026 1138 PM/x.ipynb".
BRIGHTSPACE = re.compile(r"\d+-\d+ ?- ?(?P<name>.+?) ?- ?(?P<when>[A-Z][a-z]{2} \d{1,2}, \d{4} \d{3,4} [AP]M)")
# nbgrader's exchange: "student+assignment+2026-01-30 15:30:10.123 UTC+random/x.ipynb".
EXCHANGE = re.compile(r"(?P<name>[^+]+)\+[^+]+\+(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(?:\+.*)?")
GRADESCOPE = re.compile(r"submission_\d+")

ROW = re.compile(r"^['\"]?(?P<key>[\w-]+)['\"]?:[ \t\r]*$", re.MULTILINE)
FIELD = re.compile(r"^[ \t]+(?:- )?:(?P<key>name|sid|email|created_at):[ \t]*(?P<value>.*?)[ \t\r]*$", re.MULTILINE)


@dataclass(frozen=True)
class Roster:
    """What the platforms' own files say: Gradescope's table of who is who, Blackboard's notes beside the notebooks."""

    submitters: dict[tuple[str, ...], list[Owner]]  # Gradescope's folder → its people
    logins: frozenset[str]  # Blackboard's
    canvas: frozenset[str]  # names that are Canvas's

    @classmethod
    def read(cls, files: Iterable[Found], text: Callable[[Found], str]) -> Roster:
        """Read the platforms' files; none that a learner may have made."""
        files = [*files]
        submitters: dict[tuple[str, ...], list[Owner]] = {}
        logins = set()
        for file in files:
            name, folders = file.parts[-1], file.parts[:-1]
            if file.packed or any(map(GRADESCOPE.fullmatch, folders)):
                continue
            if name == "submission_metadata.yml":
                for key, owners in _submitters(text(file)).items():
                    submitters[(*folders, key)] = owners
            elif (found := BLACKBOARD.fullmatch(name)) and found["rest"] is None:
                login = re.match(r"\w+:.*\(([^()]+)\)\s*$", text(file).partition("\n")[0])
                if login and f"_{found['head']}".endswith(f"_{login[1]}"):
                    logins.add(login[1])
        return cls(submitters, frozenset(logins), _canvas_names(part for file in files for part in file.parts))


def platform_of(parts: tuple[str, ...], roster: Roster) -> tuple[str, list[Owner], int] | None:
    """Return a platform, the owners of a file and which part of its path says so; None if none does.

    The first part that speaks counts: what lies below it may be named by the learner.
    """
    for i, part in enumerate(parts):
        if owners := roster.submitters.get(parts[: i + 1]):
            return "gradescope", owners, i
        for platform, read in READERS.items():
            if owner := read(part, roster):
                return platform, [owner], i
    return None


def _moodle(part: str, roster: Roster) -> Owner | None:
    found = MOODLE.fullmatch(part)
    return Owner(found["name"], found["account"], rest=found["rest"] or "") if found else None


def _canvas(part: str, roster: Roster) -> Owner | None:
    found = CANVAS.fullmatch(part)
    if not found or part not in roster.canvas or not (found["account"].isdigit() or found["name"].startswith("anon")):
        return None
    return Owner(found["name"], found["account"], late=bool(found["late"]), rest=found["rest"])


def _canvas_names(parts: Iterable[str]) -> frozenset[str]:
    """Return the names of Canvas's form; none at all if one number is that of two files, as in "hw_1_2_ada"."""
    files: dict[str, str] = {}
    for part in parts:
        if (found := CANVAS.fullmatch(part)) and files.setdefault(found["file"], part) != part:
            return frozenset()
    return frozenset(files.values())


def _blackboard(part: str, roster: Roster) -> Owner | None:
    found = BLACKBOARD.fullmatch(part)
    if not found:
        return None
    known = [login for login in roster.logins if f"_{found['head']}".endswith(f"_{login}")]
    login = max(known, key=len) if known else found["head"].rpartition("_")[2]
    return Owner(login, login, read_time(found["when"], "%Y-%m-%d-%H-%M-%S"), rest=found["rest"] or "")


def _brightspace(part: str, roster: Roster) -> Owner | None:
    found = BRIGHTSPACE.fullmatch(part)
    if not found:
        return None
    hours, minutes, half = re.sub(r".* (\d{1,2})(\d\d) ([AP]M)$", r"\1 \2 \3", found["when"]).split()
    day = found["when"].rsplit(" ", 2)[0]
    return Owner(found["name"], when=read_time(f"{day} {hours.zfill(2)} {minutes} {half}", "%b %d, %Y %I %M %p"))


def _exchange(part: str, roster: Roster) -> Owner | None:
    found = EXCHANGE.fullmatch(part)
    return Owner(found["name"], found["name"], read_time(found["when"])) if found else None


READERS: dict[str, Callable[[str, Roster], Owner | None]] = {
    "moodle": _moodle,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
    "nbgrader": _exchange,
    "canvas": _canvas,
}


def read_time(text: str, form: str = "%Y-%m-%d %H:%M:%S") -> datetime | None:
    """Read a time as platforms write it, with or without a zone; return it in UTC.

    Examples
    --------
    >>> str(read_time("2026-02-02 15:58:23.948203 America/New_York"))
    '2026-02-02 20:58:23.948203+00:00'
    """
    whole = re.fullmatch(r"(?P<time>.*?:\d\d)(?P<part>\.\d+)?(?: (?P<zone>\S+))?", text.strip())
    time, part, zone = (whole["time"], whole["part"], whole["zone"]) if whole else (text, None, None)
    try:
        read = datetime.strptime(time, form).replace(microsecond=int(((part or "")[1:7]).ljust(6, "0")))
        if zone and re.fullmatch(r"[+-]\d\d:?\d\d", zone):
            read = datetime.strptime(f"{time} {zone}", f"{form} %z").replace(microsecond=read.microsecond)
        elif zone:
            read = read.replace(tzinfo=UTC if zone in ("UTC", "Z") else ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None
    return aware(read)


def _submitters(text: str) -> dict[str, list[Owner]]:
    """Read Gradescope's table: a few lines of YAML, always laid out alike."""
    owners: dict[str, list[Owner]] = {}
    rows = [*ROW.finditer(text)]
    for i, row in enumerate(rows):
        end = rows[i + 1].start() if i + 1 < len(rows) else len(text)
        people: list[dict[str, str]] = []
        when = None
        for field in FIELD.finditer(text[row.end() : end]):
            value = field["value"].strip("'\"")
            if field["key"] == "created_at":
                when = when or read_time(value)  # the first; those of earlier attempts follow
            elif field[0].lstrip().startswith("- "):
                people.append({field["key"]: value})
            elif people:
                people[-1].setdefault(field["key"], value)
        owners[row["key"]] = [
            Owner(person.get("name") or account, account, when)
            for person in people
            if (account := person.get("email") or person.get("sid") or person.get("name", ""))
        ]
    return owners
