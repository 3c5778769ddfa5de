"""What otter-grader takes: ``source/<name>/<name>.ipynb``, a notebook with its fences, for ``otter assign``.

It has no solutions, and needs none: an exercise is a question whose cell learners get as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cnnlab.grading.model import Release
from cnnlab.grading.release.leaflet import requirements
from cnnlab.grading.release.sheet import Node, as_bytes, part

__all__ = ["files"]


def files(release: Release, nodes: Mapping[str, Node]) -> dict[str, bytes]:
    """Return one assignment for each notebook, with the requirements of its image."""
    made = {}
    for sheet in release.sheets:
        points = {exercise.id: exercise.points for exercise in sheet.exercises}
        folder = f"source/{sheet.name}"
        made[f"{folder}/{sheet.name}.ipynb"] = as_bytes(_with_fences(sheet.name, nodes[sheet.name], points))
        made[f"{folder}/requirements.txt"] = requirements(release).encode()
    return made


def _with_fences(name: str, node: Node, points: Mapping[str, float]) -> Node:
    # Without solutions the tests cannot pass yet; a PDF would want LaTeX of every learner.
    config = (
        f"# ASSIGNMENT CONFIG\nname: {name}\nrequirements: requirements.txt\nrun_tests: false\nexport_cell:\n"
        "  pdf: false\n  run_tests: false\ngenerate: true\ntests:\n  ok_format: false"
    )
    cells = [_cell("raw", "otter_config", config)]
    for cell in node["cells"]:
        role, id = part(cell)
        graded = role == "exercise" and id in points
        if graded:
            cells.append(_cell("raw", f"otter_begin_{id}", f"# BEGIN QUESTION\nname: {id}\npoints: {points[id]:g}"))
        cells.append(cell)
        if graded:
            cells += [
                _cell("raw", f"otter_begin_tests_{id}", "# BEGIN TESTS"),
                _cell("code", f"otter_test_{id}", _test(id)),
                _cell("raw", f"otter_end_tests_{id}", "# END TESTS"),
                _cell("raw", f"otter_end_{id}", "# END QUESTION"),
            ]
    return {**node, "cells": cells}


def _test(id: str) -> str:
    return (
        f"def test_{id}({id}):\n    from cnnlab import check\n\n    report = check.judge({json.dumps(id)}, {id})\n"
        '    assert report.state == "pass", str(report)'
    )


def _cell(kind: str, id: str, text: str) -> Node:
    code: Node = {"execution_count": None, "outputs": []} if kind == "code" else {}
    # Ids of cells have 64 letters at most.
    return {"cell_type": kind, "id": id[:64], "metadata": {}, "source": text.splitlines(keepends=True), **code}
