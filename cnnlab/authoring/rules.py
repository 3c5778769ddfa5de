"""What must hold between the cells of a notebook, its neighbours and the course map."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from cnnlab.authoring.markers import find_regions, marker_problems, stub_problems
from cnnlab.authoring.problem import Problem
from cnnlab.authoring.source import Cell, Source, syntax_tree
from cnnlab.authoring.syllabus import Syllabus

__all__ = ["course_problems"]


def course_problems(sources: Sequence[Source], syllabus: Syllabus) -> list[Problem]:
    """Return everything that keeps the sources from being the course of the syllabus."""
    problems: list[Problem] = []
    first_seen: dict[tuple[str | None, str], tuple[Source, int]] = {}
    for source in sources:
        if source.name not in syllabus.notebooks:
            known = ", ".join(syllabus.notebooks)
            told = f"{source.name} is no notebook of {syllabus.path.name} ({known}). Add it there or rename the file."
            problems.append(source.problem(1, told))
        for cell in source.cells:
            if cell.role is None:
                problems += marker_problems(source, cell)
                continue
            problems += _id_problems(source, cell, syllabus)
            other, line = first_seen.setdefault((cell.role, cell.exercise), (source, cell.header))
            if (other, line) != (source, cell.header):
                told = (
                    f"the {cell.role} cell of {cell.exercise} is already in {other.path.name}:{line}. Keep one of them."
                )
                problems.append(source.problem(cell.header, told))
            problems += (
                _exercise_problems(source, cell, syllabus) if cell.role == "exercise" else marker_problems(source, cell)
            )
        problems += _order_problems(source)
    for id, exercise in syllabus.exercises.items():
        for source in sources:
            notebook = syllabus.notebooks.get(source.name)
            if notebook and notebook.number == exercise.notebook and ("exercise", id) not in first_seen:
                told = f"exercise {id} has no cell in {source.path.name}. Write one under '# %% exercise=\"{id}\"'."
                problems.append(syllabus.problem(id, told))
    return problems


def _id_problems(source: Source, cell: Cell, syllabus: Syllabus) -> list[Problem]:
    exercise = syllabus.exercises.get(cell.exercise)
    if exercise is None:
        if cell.role != "exercise" and any((c.role, c.exercise) == ("exercise", cell.exercise) for c in source.cells):
            return []  # said once, at the exercise
        known = ", ".join(syllabus.exercises)
        told = (
            f"{cell.role}: got {cell.exercise!r}, wanted an exercise of {syllabus.path.name} ({known}). Add it there, "
        )
        return [source.problem(cell.header, told + "with its notebook, points, minutes, lines and hints.")]
    notebook = syllabus.notebooks.get(source.name)
    if notebook and notebook.number != exercise.notebook:
        told = (
            f"{cell.exercise} belongs to notebook {exercise.notebook} by {syllabus.path.name}. Move it or correct that."
        )
        return [source.problem(cell.header, told)]
    if cell.points not in (None, exercise.points):
        told = f"points: got {cell.points}, but {syllabus.path.name} says {exercise.points}. Leave them out here."
        return [source.problem(cell.header, told)]
    if cell.role == "exercise":
        return []
    other = sorted(_called(cell.text, syllabus.exercises) - {cell.exercise})
    if other:
        told = f"the {cell.role} cell of {cell.exercise} is about {other[0]}. Correct the header or the call."
        return [source.problem(cell.header, told)]
    return []


def _called(code: str, ids: Iterable[str]) -> set[str]:
    """Return the exercises a cell checks or hints at: ``check.<id>`` or ``check.hints("<id>")``."""
    found = set()
    for node in ast.walk(syntax_tree(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "check":
            found.add(node.attr)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("hints", "judge")
        ):
            found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found & set(ids)


def _exercise_problems(source: Source, cell: Cell, syllabus: Syllabus) -> list[Problem]:
    regions, problems = find_regions(source, cell)
    if not problems and not regions:
        told = "this exercise has no solution. Write it between '# BEGIN SOLUTION' and '# END SOLUTION'."
        problems.append(source.problem(cell.header, told))
    exercise = syllabus.exercises.get(cell.exercise)
    if problems or exercise is None:
        return problems
    return stub_problems(source, cell, regions, exercise)


def _order_problems(source: Source) -> list[Problem]:
    """Every exercise is followed by its check and its hints; no check or hints without an exercise above."""
    problems = []
    lines = {(cell.role, cell.exercise): cell.header for cell in reversed(source.cells) if cell.role}
    for (role, id), line in lines.items():
        if role == "exercise":
            problems += [
                source.problem(
                    line, f"exercise {id} has no {wanted} cell. Write one below, under '# %% {wanted}=\"{id}\"'."
                )
                for wanted in ("check", "hints")
                if (wanted, id) not in lines
            ]
        elif lines.get(("exercise", id), line) >= line:
            problems.append(source.problem(line, f"{role} of {id} without its exercise above. Put the exercise first."))
    return problems
