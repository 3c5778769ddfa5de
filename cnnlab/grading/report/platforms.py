"""Tables and a zip that learning platforms read: the points go into the columns that each of them looks for.

Moodle wants of its grading worksheet the columns Identifier, Grade and Last modified (grade), and takes Feedback
comments too; Canvas wants Student, ID and Section before the assignments, and a row of the points possible; Blackboard
goes by Username. A file that the platform itself exported, with its grade columns filled, fits best.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cnnlab.grading.model import Release, Sheet
from cnnlab.grading.report.feedback import in_short
from cnnlab.grading.report.result import Result, number
from cnnlab.grading.report.roster import Roster
from cnnlab.grading.report.table import write_table

__all__ = ["blackboard", "canvas", "encoding_of", "feedback_zip", "filled", "moodle"]

_ID_BEHIND = re.compile(r"\s*(\(\d+\)|\[Total Pts:[^\]]*\](\s*\|\s*\d+)?)\s*$")  # Canvas's, Blackboard's
_MOODLES = re.compile(r"(?:^|/)([^/]+?_\d+_assignsubmission_file)")  # its folders, or how its files' names begin
_POSSIBLE = re.compile(r"\[Total Pts:\s*(\d+(?:\.\d+)?)")
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in the zip, for the same bytes each time

Learners = Mapping[str, Mapping[str, Result]]  # learner → notebook → result


def moodle(path: Path, sheet: Sheet, results: Iterable[Result]) -> Path:
    """Write a grading worksheet of one assignment."""
    heads = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade")
    times = ("Last modified (submission)", "Last modified (grade)", "Feedback comments")
    rows = []
    for result in results:
        login = result.account or result.learner
        who = (f"Participant {login}" if login.isdigit() else login, result.shown)
        email = login if "@" in login else ""
        times_of = (result.handed_in or "-", "-", in_short(result, sheet))
        rows.append((*who, email, "", _points(result), number(sheet.points), *times_of))
    return write_table(path, [(*heads, *times), *rows], encoding=encoding_of(rows))


def canvas(path: Path, release: Release, learners: Learners) -> Path:
    """Write a gradebook with a column for each notebook."""
    sheets = release.sheets
    heads = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(sheet.title for sheet in sheets))
    rows: list[Sequence[str]] = [("    Points Possible", "", "", "", "", *(number(sheet.points) for sheet in sheets))]
    for learner, got in learners.items():
        result = next(iter(got.values()))
        points = (_points(got[sheet.name]) if sheet.name in got else "" for sheet in sheets)
        id, login = (result.account, "") if result.account.isdigit() else ("", result.account or learner)
        rows.append((result.shown, id, "", login, "", *points))
    return write_table(path, [heads, *rows], encoding=encoding_of(rows))


def blackboard(path: Path, release: Release, learners: Learners) -> Path:
    """Write a grade center file with a column for each notebook, every cell in quotes as it wants them."""
    titles = (f"{sheet.title} [Total Pts: {number(sheet.points)} Score]" for sheet in release.sheets)
    rows = []
    for learner, got in learners.items():
        result = next(iter(got.values()))
        first, _, last = result.shown.rpartition(" ")
        points = (_points(got[sheet.name]) if sheet.name in got else "" for sheet in release.sheets)
        rows.append((last, first, result.account or learner, *points))
    heads = ("Last Name", "First Name", "Username", *titles)
    return write_table(path, [heads, *rows], encoding=encoding_of(rows), quoting=True)


def filled(path: Path, roster: Roster, release: Release, learners: Learners) -> list[str]:
    """Write the roster with the points in it, in the manner in which it came; returns what there is to tell.

    A notebook's column is the one called by its title or name; Moodle's worksheet has the one column Grade, which gets
    the sum. Where there is none, a column is added. Cells of those who have not handed in stay as they were.
    """
    heads, rows = list(roster.heads), [list(row) for row in roster.rows]
    matches = roster.match(result for got in learners.values() for result in got.values())
    told = list(matches.told)
    worksheet = roster.column("identifier") is not None and roster.column("grade") is not None
    groups = [("Grade", release.sheets)] if worksheet else [(sheet.title, (sheet,)) for sheet in release.sheets]
    possible = next((row for row in rows if "points possible" in row[0].casefold()), None)
    for title, sheets in groups:
        most = sum(sheet.points for sheet in sheets)
        place = roster.column("grade") if worksheet else _place(heads, sheets[0])
        if place is None:
            place = len(heads)
            heads.append(title)
            for row in rows:
                row.append(number(most) if row is possible else "")
        counts_to = set()
        for learner, at in matches.rows.items():
            got = [learners[learner][sheet.name] for sheet in sheets if sheet.name in learners[learner]]
            graded = [result for result in got if result.graded.state != "error"]
            if not graded:
                continue
            full = _full(heads[place], possible[place] if possible else "", _cell(roster, at, "maximum grade")) or most
            points = sum(result.points for result in graded)
            rows[at][place] = number(points * full / most if most else points)
            counts_to.add(full)
            comments = roster.column("feedback comments")
            if comments is not None:
                by_name = {sheet.name: sheet for sheet in sheets}
                rows[at][comments] = " ".join(in_short(result, by_name[result.graded.sheet]) for result in graded)
        told += [
            f"{title}: {roster.name} counts to {number(full)}, the release to {number(most)}; the points were scaled."
            for full in sorted(counts_to - {most})
        ]
    encoding = encoding_of([heads, *rows]) if roster.encoding == "utf-8" else roster.encoding
    write_table(path, [heads, *rows], delimiter=roster.delimiter, encoding=encoding)
    return told


def feedback_zip(path: Path, pages: Mapping[Path, Result]) -> Path | None:
    """Zip the feedback pages in folders called as Moodle called those of the submissions; none if it did not."""
    named = {}
    for page, result in pages.items():
        found = _MOODLES.search(result.file)
        if found:
            named[f"{found[1]}/{page.name}"] = page
    if not named:
        return None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, page in sorted(named.items()):
            packed.writestr(zipfile.ZipInfo(name, EPOCH), page.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def _points(result: Result) -> str:
    return "" if result.graded.state == "error" else number(result.points)


def _place(heads: Sequence[str], sheet: Sheet) -> int | None:
    """Find the column of a notebook, called by its title or name with or without the platform's own number behind."""
    wanted = {text.casefold() for text in (sheet.title, sheet.name, f"{sheet.name.partition('_')[0]} {sheet.title}")}
    places = [i for i, head in enumerate(heads) if _ID_BEHIND.sub("", head).strip().casefold() in wanted]
    return places[0] if places else None


def _cell(roster: Roster, row: int, name: str) -> str:
    place = roster.column(name)
    return "" if place is None else roster.rows[row][place]


def _full(head: str, *cells: str) -> float:
    """Return to how much the platform counts, if it says so."""
    inside = _POSSIBLE.search(head)
    for text in (inside[1] if inside else "", *cells):
        if re.fullmatch(r"\d+([.,]\d+)?", text.strip()):
            return float(text.strip().replace(",", "."))
    return 0.0


def encoding_of(rows: Iterable[Sequence[str]]) -> str:
    """Choose UTF-8 with a mark before it only where Excel needs it, for others stumble over the mark."""
    return "utf-8" if all(cell.isascii() for row in rows for cell in row) else "utf-8-sig"
