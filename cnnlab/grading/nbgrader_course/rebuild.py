"""A submission built anew: the notebook that was released, with a learner's texts put into their cells.

Of the learner's file only texts come over. Metadata, outputs and check cells are the release's own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.grading.document import open_document
from cnnlab.grading.model import Mark, Sheet
from cnnlab.grading.reading import Unreadable, claim, read

__all__ = ["Handed", "Node", "handed_in", "quoted", "rebuild", "texts"]

Node = dict[str, Any]  # a notebook or a cell, as its file has it


@dataclass(frozen=True)
class Handed:
    """What a learner wrote."""

    texts: Mapping[str, str]  # by the grade id of the cell
    more: tuple[str, ...] = ()  # code in cells of the learner's own, that the exercises may call


def handed_in(content: bytes | None, sheet: Sheet, released: Node) -> Handed:
    """Read a learner's texts from a notebook; a file that is missing or no notebook holds none.

    Examples
    --------
    >>> handed_in(b"no notebook", Sheet("00", "", ()), {"cells": []})
    Handed(texts={}, more=())
    """
    try:
        page = read(content or b"", sheet)
        cells = open_document(content or b"").cells
    except Unreadable:
        return Handed({})
    names = texts(released)
    found = {name: cell.text for cell in cells if (name := claim(cell, names))}
    found |= {id: page.cells[places[-1]].text for id, places in page.places.items() if places}
    given = {text.strip() for text in sheet.given.values()}
    more = (cell.text for cell in page.cells if cell.exercise is None and cell.text.strip() not in given)
    return Handed(found, tuple(text for text in more if text.strip()))


def texts(node: Node) -> dict[str, str]:
    """Return what stands in the cells that are a learner's to fill in, by grade id.

    Examples
    --------
    >>> marks = {"grade_id": "zero_pad", "solution": True}
    >>> texts({"cells": [{"metadata": {"nbgrader": marks}, "source": ["def zero_pad", "(): 1"]}]})
    {'zero_pad': 'def zero_pad(): 1'}
    """
    return {marks["grade_id"]: "".join(cell["source"]) for cell, marks in _marked(node) if marks.get("solution")}


def rebuild(released: Node, handed: Handed, marks: Mapping[str, Mark], notes: Iterable[str] = ()) -> Node:
    """Make the notebook: texts in their cells, below each check what it said, on top what else there is to say."""
    node = copy.deepcopy(released)
    said = {f"check_{mark.exercise}": mark for mark in marks.values()}
    for cell in node["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    for cell, about in _marked(node):
        name = about["grade_id"]
        if about.get("solution") and name in handed.texts:
            text = handed.texts[name]
            # nbgrader would run what is HTML in it in the instructor's browser, beside the gradebook.
            cell["source"] = text if cell["cell_type"] == "code" else quoted([text])
        elif name in said:
            cell["outputs"] = [_output(said[name])]
    if notes:
        node["cells"].insert(0, _markdown("grader_notes", f"**From the grader**\n\n{quoted(notes)}"))
    if handed.more:
        node["cells"].append(_markdown("learner_more", "**Further cells of the learner**"))
        node["cells"] += [_code(f"learner_more_{i}", text) for i, text in enumerate(handed.more, 1)]
    return node


def quoted(lines: Iterable[str]) -> str:
    r"""Write text, that may come from a learner, as Markdown that is shown letter for letter: as code.

    Examples
    --------
    >>> quoted(["one <b>", "two"])
    '    one <b>\n    two'
    """
    text = "\n".join(lines).encode("utf-8", "replace").decode()  # halves of characters fit in no file
    return "\n".join(f"    {line}" for line in text.splitlines())


def _marked(node: Node) -> Iterator[tuple[Node, Node]]:
    for cell in node["cells"]:
        if isinstance(marks := cell["metadata"].get("nbgrader"), dict) and "grade_id" in marks:
            yield cell, marks


def _output(mark: Mark) -> Node:
    data = {"text/plain": mark.text, **({"text/html": mark.html} if mark.html else {})}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _markdown(id: str, text: str) -> Node:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": text}


def _code(id: str, text: str) -> Node:
    return {**_markdown(id, text), "cell_type": "code", "outputs": [], "execution_count": None}
