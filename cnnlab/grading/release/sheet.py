"""A notebook of the course becomes a notebook of a release: other points, practice, no links that lead nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from cnnlab import course
from cnnlab.course import Notebook
from cnnlab.grading.model import Assigned, GradingError, Sheet
from cnnlab.words import counted

__all__ = ["Node", "as_bytes", "part", "released", "source", "with_source"]

Node = dict[str, Any]  # a notebook or a cell, as its file has it

NOT_GRADED = "not graded"
_PROGRESS = "check.progress()"  # shows the course's points, where it is not told others
# The line above an exercise: *10 minutes · some thought · 3 points*
_WORTH = re.compile(r"^(\*\d+ minutes? · [^·*\n]+ · )[^·*\n]+(\*)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\.ipynb(?:#[^)]*)?\)")


def released(
    notebook: Notebook, content: bytes, points: Mapping[str, float], names: Collection[str]
) -> tuple[Sheet, Node]:
    """Make one notebook of a release.

    An exercise without points stays, with its check and hints, as practice: the text speaks of it, and other exercises
    may call it. It says "not graded" where the points stood, and no tool takes it for graded.

    Parameters
    ----------
    notebook
        Which one it is.
    content
        Its learner edition.
    points
        The exercises that the whole release grades, and what each is worth.
    names
        The notebooks of the release; links to others become plain text.

    Raises
    ------
    GradingError
        If an exercise, its check or its line with the points is missing from the edition.
    """
    node: Node = json.loads(content)
    here = [id for id in points if course.exercise(id).notebook == notebook.number]
    differs = any(points.get(id) != exercise.points for id, exercise in course.exercises().items())
    graded: list[Assigned] = []
    above: list[Node] = []  # the text since the last exercise
    for cell in node["cells"]:
        role, id = part(cell)
        if cell["cell_type"] == "markdown":
            with_source(cell, _without_dead_links(source(cell), names))
            above.append(cell)
        elif role == "exercise":
            told = counted(points[id], "point") if id in points else NOT_GRADED
            if not any(_say_worth(text, told) for text in above):
                raise GradingError(_damaged(notebook, f"the points of {id}"))
            above.clear()
            if id in points:
                graded.append(Assigned(id, points[id]))
        elif source(cell) == _PROGRESS and differs:
            with_source(cell, f"check.progress({json.dumps(dict(points), indent=4)})")
            cell["outputs"] = []
        elif role == "hints":
            cell["outputs"], cell["execution_count"] = [], None  # the last hint may say a line of the solution
        if role and id not in points:
            cell["metadata"].pop("nbgrader", None)
            cell["metadata"]["cnnlab"]["graded"] = False
        elif role == "check":
            cell["metadata"]["nbgrader"]["points"] = points[id]
    parts = [part(cell) for cell in node["cells"]]
    for id in here:
        for role in ("exercise", "check"):
            if parts.count((role, id)) != 1:
                raise GradingError(_damaged(notebook, f"the {role} cell of {id}"))
    given = {cell["id"]: source(cell) for cell in node["cells"] if cell["cell_type"] == "code"}
    return Sheet(notebook.name, notebook.title, tuple(graded), given), node


def part(cell: Node) -> tuple[str, str]:
    """Return what a cell is in the course: its role and its exercise; ("", "") for most."""
    mark = cell["metadata"].get("cnnlab", {})
    return (mark["role"], mark["exercise"]) if mark.get("exercise") in course.exercises() else ("", "")


def source(cell: Node) -> str:
    """Return the text of a cell, which a file has as one text or as its lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def with_source(cell: Node, text: str) -> Node:
    """Give a cell another text."""
    cell["source"] = text.splitlines(keepends=True)
    return cell


def as_bytes(node: Node) -> bytes:
    """Write a notebook as the course's own are written."""
    return (json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _say_worth(cell: Node, told: str) -> bool:
    text, count = _WORTH.subn(rf"\g<1>{told}\g<2>", source(cell))
    with_source(cell, text)
    return bool(count)


def _without_dead_links(text: str, names: Collection[str]) -> str:
    return _LINK.sub(lambda link: link[0] if link[2] in names else link[1], text)


def _damaged(notebook: Notebook, missing: str) -> str:
    return (
        f"{notebook.name}.ipynb of this installation has no place for {missing}. "
        "In a checkout run: cnnlab build. Otherwise reinstall: pip install --force-reinstall cnnlab"
    )
