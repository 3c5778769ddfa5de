"""A source becomes a notebook: the learner edition without solutions, the solution edition with them."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode, v4

from cnnlab.authoring.markers import find_regions, learner_text, solution_text
from cnnlab.authoring.problem import Problem, SourceError
from cnnlab.authoring.source import Cell, Source
from cnnlab.authoring.syllabus import Syllabus
from cnnlab.secret import fold, is_telling, shown, texts

__all__ = ["Edition", "Kind", "leaks", "make_edition"]

Kind = Literal["learner", "solution"]

# No versions in here: they would change with the author's machine.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}


@dataclass(frozen=True)
class Edition:
    """One notebook, and for each of its cells the source line of each line."""

    kind: Kind
    source: Source
    node: NotebookNode
    where: list[list[int]]

    def problem(self, cell: int, text: str, *detail: str, line: int = 0) -> Problem:
        """Return a problem in a cell (counted from 0) at one of its lines (counted from 0)."""
        lines = self.where[cell]
        told = f"cell {self.node.cells[cell].id!r} of the {self.kind} edition: {text}"
        return Problem(self.source.path, lines[min(line, len(lines) - 1)], told, detail)


def make_edition(kind: Kind, source: Source, syllabus: Syllabus) -> Edition:
    """Make one edition of a source that keeps the rules. It has not run yet.

    Raises
    ------
    SourceError
        If a line of a solution is left in the learner edition.
    """
    cells, where = [], []
    seen: Counter[str] = Counter()
    for cell in source.cells:
        text, lines = _text(kind, source, cell, syllabus)
        new = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        cells.append(new(text, id=_id(cell, seen), metadata=_metadata(cell, syllabus)))
        where.append(lines)
    notebook = syllabus.notebooks[source.name]
    metadata = {
        "cnnlab": {"edition": kind, "notebook": notebook.number},
        "kernelspec": KERNEL,
        "language_info": LANGUAGE,
    }
    node = v4.new_notebook(cells=cells, metadata=metadata)
    node.nbformat_minor = 5  # the first with cell ids
    nbformat.validate(node)
    edition = Edition(kind, source, node, where)
    if found := leaks(edition):
        raise SourceError(found)
    return edition


def _text(kind: Kind, source: Source, cell: Cell, syllabus: Syllabus) -> tuple[str, list[int]]:
    if cell.role != "exercise":
        return cell.text, [cell.start + i for i in range(len(cell.lines))]
    regions, _ = find_regions(source, cell)
    if kind == "solution":
        return solution_text(cell, regions)
    return learner_text(cell, regions, syllabus.exercises[cell.exercise])


def _id(cell: Cell, seen: Counter[str]) -> str:
    """Derive the cell's id: its part in the course, or what it says, so that it stays while others come and go."""
    if cell.role:
        return cell.exercise if cell.role == "exercise" else f"{cell.role}_{cell.exercise}"
    digest = hashlib.sha256(f"{cell.kind}\n{cell.text}".encode()).hexdigest()[:8]
    seen[digest] += 1
    return f"{digest}-{seen[digest]}"


def _metadata(cell: Cell, syllabus: Syllabus) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.role:
        metadata["cnnlab"] = {"exercise": cell.exercise, "role": cell.role}
    # nbgrader's schema 3 forbids further keys; ours stand beside it.
    if cell.role == "exercise":
        metadata["nbgrader"] = _nbgrader(cell.exercise, solution=True)
    elif cell.role == "check":
        points = syllabus.exercises[cell.exercise].points
        metadata["nbgrader"] = {**_nbgrader(f"check_{cell.exercise}", solution=False), "points": points}
    return metadata


def _nbgrader(grade_id: str, *, solution: bool) -> dict[str, Any]:
    return {
        "grade": not solution,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def leaks(edition: Edition) -> list[Problem]:
    """Tell where a line of a solution can be read in the learner edition, in a source or an output.

    Spaces do not count, nor do lines too short to give anything away, nor the heads of loops and conditions.
    """
    if edition.kind != "learner":
        return []
    source = edition.source
    secrets: dict[str, int] = {}  # folded line of a solution → its line in the source
    for cell in source.cells:
        if cell.role == "exercise":
            for region in find_regions(source, cell)[0]:
                for i in range(region.begin + 1, region.end):
                    if is_telling(line := fold(cell.lines[i])):
                        secrets.setdefault(line, cell.start + i)
    problems = []
    for index, cell in enumerate(edition.node.cells):
        for i, line in enumerate(cell.source.split("\n")):
            problems += [
                edition.problem(index, f"this is line {secrets[found]} of a solution. Say it in other words.", line=i)
                for found in shown(secrets, line)
            ]
        if cell.metadata.get("cnnlab", {}).get("role") == "hints":
            continue  # the last hint may well say a line
        problems += [
            edition.problem(index, f"its output shows line {secrets[found]} of a solution. Show something else.")
            for found in shown(secrets, "\n".join(texts(cell.get("outputs", []))))
        ]
    return problems
