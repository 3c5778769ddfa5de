"""What a release must not show: the lines of right solutions, as far as this installation knows them.

A checkout has the sources of the notebooks, with the solutions in them. Every installation has right solutions of
other builds and the functions that the checks compare with.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab import course, workspace
from cnnlab.check import exercises
from cnnlab.check.alternatives import alternatives
from cnnlab.secret import fold, is_telling

__all__ = ["SOURCES", "Known", "known"]

SOURCES = workspace.PACKAGE.parent / "notebooks" / "source"
SHORTEST = 10  # of the shorter lines: "return dx" is nobody's secret
_MARKER = re.compile(r"^[ \t]*# (?:BEGIN|END) SOLUTION[ \t]*$", re.MULTILINE)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


@dataclass(frozen=True)
class Known:
    """Lines of solutions: folded, and as they are written."""

    parts: dict[str, str]  # must be nowhere, not even as a part of a line
    lines: dict[str, str]  # shorter ones, which must be no line of their own


@cache
def known(sources: Path = SOURCES) -> Known:
    """Gather the lines of all solutions."""
    inside, outside = _regions(sources)
    written = [*inside, *(statement for id in course.exercises() for statement in _right(id))]
    given = {fold(statement) for id in course.exercises() for statement in _suspect(id)}
    parts = {folded: line for line in written if is_telling(folded := fold(line)) and folded not in given}
    told = {fold(line) for line in outside}
    lines = {
        folded: line
        for line in inside
        if len(folded := fold(line)) >= SHORTEST and folded not in parts and folded not in told and folded[-1] != ":"
    }
    return Known(parts, lines)


def _regions(folder: Path) -> tuple[list[str], list[str]]:
    """Return the lines of the sources inside and outside their solutions."""
    inside, outside = [], []
    for path in sorted(folder.glob("*.py")):
        # A build stops at a marker that is written otherwise.
        regions = _MARKER.split(path.read_text(encoding="utf-8"))
        inside += [line.strip() for region in regions[1::2] for line in region.split("\n")]
        outside += [line.strip() for region in regions[0::2] for line in region.split("\n")]
    return inside, outside


def _right(id: str) -> Iterator[str]:
    """Yield the statements of functions that solve an exercise."""
    for solution in (*alternatives().get(id, ()), exercises.find(id).core):
        yield from _statements(solution)


def _suspect(id: str) -> Iterator[str]:
    """Yield the statements of the wrong function that an exercise hands out to be mended."""
    for mistake in exercises.find(id).mistakes:
        if mistake.name == "not_mended" and mistake.instead:
            yield from _statements(mistake.instead)


def _statements(function: Callable[..., Any]) -> Iterator[str]:
    """Yield the simple statements of a function or class; of a lambda, which is but a part of a line, nothing."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return
    for definition in tree.body:
        if isinstance(definition, ast.FunctionDef | ast.ClassDef):
            for node in ast.walk(definition):
                prose = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                if isinstance(node, _SIMPLE) and not prose:
                    yield ast.get_source_segment(text, node) or ""
