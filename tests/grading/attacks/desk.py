"""Where attacks are handed in: a notebook with one hostile and one honest exercise, through the real sandbox."""

from __future__ import annotations

import json
import os
import textwrap
from typing import Any

import pytest

from cnnlab.grading.grade import grade_submission
from cnnlab.grading.model import Assigned, Graded, GradingError, Job, Limits, Mark, Sheet

SHEET = Sheet("01_attacked", "Attacked", (Assigned("window_mean", 2), Assigned("same_padding", 3)))
HONEST = "def same_padding(f):\n    return (f - 1) // 2"
RIGHT = "def window_mean(window):\n    return window.mean()"
STEPS = ("bubblewrap", "landlock")

# What every attack may use: modules that are there without an import, and Python's own `__import__`.
TOOLS = """
import gc, sys
os, ctypes, signal = (sys.modules.get(name) for name in ("os", "ctypes", "signal"))
bring = sys.modules["builtins"].__import__
"""


def cell(text: str, **more: Any) -> dict[str, Any]:
    """A cell of code."""
    source = textwrap.dedent(text).strip("\n")
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **more}


def notebook(*cells: str | dict[str, Any], **more: Any) -> bytes:
    rows = [{"id": f"c{i}", **(cell(one) if isinstance(one, str) else one)} for i, one in enumerate(cells)]
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


def graded(*cells: str | dict[str, Any], sheet: Sheet = SHEET, **limits: Any) -> Graded:
    return handed_in(notebook(*cells), sheet, **limits)


def handed_in(content: bytes, sheet: Sheet = SHEET, **limits: Any) -> Graded:
    """Grade bytes. Where the tests must be complete, a machine without the sandbox fails them."""
    job = Job("eve", sheet, content, seed=7, limits=Limits(**{"seconds": 6.0, **limits}))
    try:
        return grade_submission(job)
    except GradingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def attacked(*cells: str, gains: bool = False, **limits: Any) -> Mark:
    """Grade an attack on `window_mean` beside an honest exercise, which keeps its points; return the attack's mark."""
    result = graded(*cells, HONEST, **limits)
    attack, honest = result.marks
    assert result.state == "graded"
    assert (honest.state, honest.points) == ("pass", 3), honest.text
    assert attack.state in (("pass",) if gains else ("fail", "todo")), (attack.state, attack.text)
    assert attack.points == (2 if gains else 0)
    assert attack.text
    return attack


def winning(attack: str) -> str:
    """A function that knows the right answer, but gives it only if an attack of its own succeeds."""
    body = textwrap.indent(textwrap.dedent(attack).strip("\n"), "    ")
    return f"{TOOLS}\ndef window_mean(window):\n    won = False\n{body}\n    return window.mean() if won else None"


def returning(value: str) -> str:
    return f"{TOOLS}\ndef window_mean(window):\n    return {value}"
