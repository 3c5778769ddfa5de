"""Find a learner's exercises in a notebook: by what its cells say they are, else by the names they define.

Metadata may be lost, copied or forged: it only helps to find a cell. What exercises there are and what they are worth
stands in the release alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field

from cnnlab.grading.document import Document, RawCell, Unreadable, open_document
from cnnlab.grading.model import Assigned, Sheet

__all__ = ["CodeCell", "Page", "Unreadable", "claim", "defined", "read"]

LONGEST_CELL = 200_000  # characters
MOST_CODE = 2_000_000  # characters of all cells
MOST_CELLS = 2_000

# What a cell defines at its outermost level. Hostile text is never parsed here, only searched line by line.
DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=(?!=))", re.MULTILINE)
# Inside an `if`, a class, or a text for `exec`; behind a prompt.
NESTED = re.compile(r"(?:^[ \t]+|^>>> |[\"']|\\n)(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class CodeCell:
    """A cell of code, as the learner wrote it."""

    id: str
    text: str
    exercise: str | None = None  # the exercise that it is the cell of


@dataclass(frozen=True)
class Page:
    """What of a notebook goes on to be graded."""

    cells: tuple[CodeCell, ...]
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # exercise → where in `cells`
    notes: tuple[str, ...] = ()  # for the learner and the instructor
    gone: tuple[CodeCell, ...] = ()  # what was handed out and is not there any more, imports and helpers
    untouched: bool = False  # whether every exercise is still as it was handed out

    def exercise_cells(self, exercise: str) -> tuple[int, ...]:
        """Return the places in `cells` where an exercise is written; empty if it is not.

        When there are several, the last one counts, as in a notebook that is run from top to bottom.
        """
        return self.places.get(exercise, ())


def read(content: bytes, sheet: Sheet) -> Page:
    """Read a notebook that was handed in for a sheet.

    An exercise's cell is the one whose grade id, cell id or metadata says so and that defines it, or one below it
    that defines the function anew before its last check; else any that defines its name; else any that says so. A cell
    still as it was handed out counts only when there is no other. A cell that became Markdown or raw text counts when
    no code cell does.

    Raises
    ------
    Unreadable
        If the bytes are not a notebook.

    Examples
    --------
    >>> sheet = Sheet("1", "", (Assigned("f", 1),))
    >>> read(b'{"cells": [{"cell_type": "code", "source": "def f(x): return x"}]}', sheet).cells[0]
    CodeCell(id='cell 1', text='def f(x): return x', exercise='f')
    """
    document = open_document(content)
    names = {exercise.id for exercise in sheet.exercises}
    given = {id: _plain(text) for id, text in sheet.given.items()}
    short = [i for i, cell in enumerate(document.cells) if len(cell.text) <= LONGEST_CELL]
    entries = [_Entry.of(i, document.cells[i], names, given) for i in short]
    chosen = {name: _choose(name, entries, _check_cell(name, document)) for name in names}
    kept, notes = _bounded(entries, {entry.place for found in chosen.values() for entry in found})
    index = {entry.place: i for i, entry in enumerate(kept)}
    places = {name: tuple(index[e.place] for e in found if e.place in index) for name, found in chosen.items()}
    owner = {i: name for name, found in places.items() for i in found}
    cells = tuple(CodeCell(entry.name, entry.code, owner.get(i)) for i, entry in enumerate(kept))
    if left_out := len(document.cells) - len(short):
        notes = (f"{_cells(left_out)} longer than {LONGEST_CELL:,} characters: not read.", *notes)
    notes = (*document.notes, *notes, *_told(document, sheet, entries, chosen, given))
    untouched = all(found and all(name in entry.untouched for entry in found) for name, found in chosen.items())
    return Page(cells, places, notes, tuple(_gone(document, sheet)), untouched)


@dataclass(frozen=True)
class _Entry:
    """A cell with what it says and holds."""

    place: int  # in the notebook
    cell: RawCell
    code: str
    claim: str  # the exercise that it says it is
    defines: frozenset[str]  # exercises
    nested: frozenset[str]  # names that it defines further in, which may not come out
    untouched: frozenset[str]  # exercises whose stub still stands in it
    functions: frozenset[str]  # those that it defines as functions or classes

    @classmethod
    def of(cls, place: int, cell: RawCell, names: Set[str], given: Mapping[str, str]) -> _Entry:
        code = cell.text
        if cell.kind != "code" and (fenced := FENCED.findall(code)):
            code = "\n".join(fenced)
        plain = _plain(code)
        found = [function or variable for function, variable in _definitions(code) if function or cell.kind == "code"]
        defines = names & set(found)
        untouched = {name for name in defines if found.count(name) == 1 and given.get(name, "\0") in plain}
        nested = names & set(NESTED.findall(code))
        functions = names & {function for function, _ in _definitions(code)}
        kinds = map(frozenset, (defines, nested, untouched, functions))
        return cls(place, cell, code, claim(cell, names), *kinds)

    @property
    def name(self) -> str:
        return self.cell.id[:64] or f"cell {self.place + 1}"

    @property
    def is_code(self) -> bool:
        return self.cell.kind == "code"


def _check_cell(name: str, document: Document) -> int:
    """Return where an exercise is checked for the last time, by its check cell or a learner's own; −1 if nowhere."""
    check, call = f"check_{name}", f"check.{name}("
    cells = enumerate(document.cells)
    return max((i for i, c in cells if claim(c, [check]) or (c.kind == "code" and call in c.text)), default=-1)


def _choose(name: str, entries: list[_Entry], check: int) -> list[_Entry]:
    """Return the cells of an exercise: all of the best kind that there is.

    What stands between the exercise's cell and its last check is what that check saw in the notebook.
    """
    mine = [entry for entry in entries if entry.claim == name or name in entry.defines | entry.nested]
    code = [entry for entry in mine if entry.is_code]
    written = [entry for entry in code if name not in entry.untouched and _says_something(entry.code)]
    claimed = {entry.place for entry in written if entry.claim == name and name in entry.defines}
    first = min(claimed, default=check)
    again = {entry.place for entry in written if name in entry.functions and first < entry.place <= check}
    counts = claimed | again
    kinds = (
        [entry for entry in written if entry.place in counts],
        [entry for entry in written if name in entry.defines],
        written,
        [entry for entry in mine if not entry.is_code and name in entry.defines and name not in entry.untouched],
        code,
        [entry for entry in mine if name in entry.defines],
    )
    return next(filter(None, kinds), [])


def _bounded(entries: list[_Entry], needed: set[int]) -> tuple[list[_Entry], tuple[str, ...]]:
    """Keep the code cells that the limits allow, those of exercises first, in the notebook's order."""
    wanted = [entry for entry in entries if entry.is_code or entry.place in needed]
    kept: list[_Entry] = []
    room = MOST_CODE
    for entry in sorted(wanted, key=lambda entry: entry.place not in needed):
        if len(kept) < MOST_CELLS and len(entry.code) <= room:
            kept.append(entry)
            room -= len(entry.code)
    left_out = len(wanted) - len(kept)
    limits = f"{MOST_CELLS:,} cells and {MOST_CODE:,} characters"
    notes = (f"{_cells(left_out)} beyond what is read of one notebook, {limits}.",) if left_out else ()
    return sorted(kept, key=lambda entry: entry.place), notes


def _told(
    document: Document,
    sheet: Sheet,
    entries: list[_Entry],
    chosen: Mapping[str, list[_Entry]],
    given: Mapping[str, str],
) -> Iterator[str]:
    """Tell what is odd about the exercises and their check cells."""
    present = {_plain(cell.text) for cell in document.cells if cell.kind == "code"}
    checks = {f"check_{exercise.id}": exercise for exercise in sheet.exercises}
    claims = defaultdict(list)
    for cell in document.cells:
        claims[claim(cell, checks)].append(cell)
    for exercise in sheet.exercises:
        found = chosen[exercise.id]
        if len(found) > 1:
            yield f"{exercise.id} is written in {len(found)} cells: the last of them counts."
        here = {entry.place for entry in found}
        others = [e for e in entries if e.is_code and exercise.id in e.functions - e.untouched and e.place not in here]
        if found and others:
            yield f"{exercise.id} is written in another cell too: that in its own cell counts."
        if found and not found[-1].is_code:
            yield f"The cell of {exercise.id} is not a code cell any more: it was read as code."
        check = f"check_{exercise.id}"
        if check in given and given[check] not in present:
            if claims[check]:
                yield f"The check cell of {exercise.id} was edited; it does not count."
            else:
                yield f"The check cell of {exercise.id} is gone; that costs nothing."
        yield from _raised(exercise, claims[check])


def _gone(document: Document, sheet: Sheet) -> Iterator[CodeCell]:
    """Return the cells of code that were handed out and deleted; a stub is nothing to miss."""
    ids = {cell.id for cell in document.cells}
    present = {_plain(cell.text) for cell in document.cells}
    for id, text in sheet.given.items():
        if id not in ids and _plain(text) not in present and "raise NotImplementedError" not in text:
            yield CodeCell(id, text)


def _raised(exercise: Assigned, cells: list[RawCell]) -> Iterator[str]:
    for cell in cells:
        marks = cell.metadata.get("nbgrader")
        points = marks.get("points") if isinstance(marks, dict) else None
        if isinstance(points, float) and points > exercise.points:
            yield (
                f"The notebook says that {exercise.id} is worth {points:g} points; "
                f"the release says {exercise.points:g}, and that counts."
            )
            return


def claim(cell: RawCell, names: Collection[str]) -> str:
    """Return which exercise or check (``check_zero_pad``) a cell says it is; empty if none of these names."""
    role, exercise = cell.mark("cnnlab", "role"), cell.mark("cnnlab", "exercise")
    ours = exercise if role == "exercise" else f"{role}_{exercise}"
    said = (cell.mark("nbgrader", "grade_id"), cell.id, ours)
    return next((name for name in said if name in names), "")


def defined(text: str) -> set[str]:
    r"""Return the names that a text defines at the beginning of a line.

    Examples
    --------
    >>> sorted(defined("class Net:\n    size = 3\nzero_pad = pad\nx == 2"))
    ['Net', 'zero_pad']
    """
    return {function or variable for function, variable in _definitions(text)}


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each function or class, or else of each variable."""
    for match in DEFINITION.finditer(text):
        yield match[1] or "", match[2] or ""


def _plain(text: str) -> str:
    """Drop what an editor may change without anybody's doing: empty lines, and spaces at the end."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _says_something(code: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in code.splitlines())


def _cells(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count} cells are"
