"""Whose each file is: as the learning platform says, else by the folder or name it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cnnlab.grading.gather.found import Found
from cnnlab.grading.gather.learner import learner_id
from cnnlab.grading.gather.platform import Owner, Roster, platform_of
from cnnlab.grading.gather.sheets import is_sheet, without_sheet
from cnnlab.grading.model import Release

__all__ = ["owners_of"]

Path = tuple[str, ...]


def owners_of(
    files: Sequence[tuple[Found, str | None]],
    roster: Roster,
    release: Release,
    *,
    root: str,
    times: Mapping[Path, datetime] | None,
) -> tuple[str, list[list[Owner]]]:
    """Return the platform and, for each file, its owners; their names are learners' ids.

    Parameters
    ----------
    files
        The notebooks, each with the name of its sheet.
    root
        The name of SUBMISSIONS, for a notebook that lies there and has no other name than its sheet's.
    times
        In nbgrader's tree: when each folder was handed in.
    """
    said = [None if times is not None else platform_of(file.parts, roster) for file, _ in files]
    # Below the first folder the names may be a learner's, so there they count only where all are a platform's.
    uniform = all(found for found, (file, _) in zip(said, files, strict=True) if len(file.parts) > 1)
    said = [found if found and (found[2] == 0 or uniform or found[0] == "gradescope") else None for found in said]
    plain = [(file.parts, sheet) for found, (file, sheet) in zip(said, files, strict=True) if not found]
    names = dict(zip((parts for parts, _ in plain), _plain_names(plain, release, root, times is not None), strict=True))
    owners, scopes = [], []
    for found, (file, _) in zip(said, files, strict=True):
        if found:
            platform, people, place = found
            owners.append(people)
            # Moodle numbers its learners anew for each assignment, which is a folder here.
            scopes.append(file.parts[:place] if platform == "moodle" else ())
        else:
            owners.append([Owner(names[file.parts], when=(times or {}).get(file.parts[:-1]))])
            scopes.append(())
    platforms = {found[0] for found in said if found}
    return ("nbgrader" if times is not None else "".join(platforms) if len(platforms) == 1 else ""), [
        [replace(owner, name=name) for owner, name in zip(people, ids, strict=True)]
        for people, ids in zip(owners, _ids(owners, scopes), strict=True)
    ]


def _ids(owners: Sequence[Sequence[Owner]], scopes: Sequence[Path]) -> list[list[str]]:
    """Make ids of names; people of one name get their account's number too."""
    accounts: dict[tuple[str, Path], set[str]] = defaultdict(set)
    for people, scope in zip(owners, scopes, strict=True):
        for owner in people:
            accounts[learner_id(owner.name), scope].add(owner.account)
    namesakes = {name for (name, _), known in accounts.items() if len(known) > 1}
    return [
        [
            f"{name} ({owner.account})" if name in namesakes and owner.account else name
            for owner in people
            for name in [learner_id(owner.name)]
        ]
        for people in owners
    ]


def _plain_names(files: Sequence[tuple[Path, str | None]], release: Release, root: str, is_settled: bool) -> list[str]:
    """Name the learner of each file: its first folder, or what its name says besides the notebook's."""
    # A folder called like a notebook sorts by notebooks, it is nobody.
    paths = [(*(part for part in parts[:-1] if not is_sheet(part, release)), parts[-1]) for parts, _ in files]
    around = 0 if is_settled else _folders_around(paths, [sheet for _, sheet in files], release)
    return [_name(path[around:], release) or root for path in paths]


def _name(path: Path, release: Release) -> str:
    first = path[0]
    if len(path) > 1 and not first.lower().endswith(".zip"):
        return first
    return without_sheet(first, release) or (first[: -len(".zip")] if len(path) > 1 else "")


def _folders_around(paths: Sequence[Path], sheets: Sequence[str | None], release: Release) -> int:
    """Count the folders around the class: those all have in common, if one notebook lies below under two names."""
    for depth in range(1, min(map(len, paths), default=0)):
        if len({path[:depth] for path in paths}) > 1:
            break
        names = defaultdict(set)
        for path, sheet in zip(paths, sheets, strict=True):
            is_file = len(path) == depth + 1
            if sheet and (name := without_sheet(path[depth], release) if is_file else path[depth]):
                names[sheet].add(name)
        if any(len(known) > 1 for known in names.values()):
            return depth
    return 0
