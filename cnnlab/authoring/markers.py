"""Solution regions: find them, take them out, and never let one slip through.

A marker is a line of its own, ``# BEGIN SOLUTION`` or ``# END SOLUTION``, at any indentation. A line that only looks
like one stops the build: a misspelt marker would hand the solution to the learner.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass

from cnnlab.authoring.problem import Problem
from cnnlab.authoring.source import Cell, Source, comments, syntax_tree
from cnnlab.course import Exercise

__all__ = ["Region", "find_regions", "learner_text", "marker_problems", "solution_text", "stub_problems"]

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


@dataclass(frozen=True)
class Region:
    """A solution within its cell: indices of the two marker lines, counted from 0."""

    begin: int
    end: int
    indent: str


def looks_like_marker(line: str) -> bool:
    """Tell whether a line is, or is meant as, a marker.

    Examples
    --------
    >>> [looks_like_marker(line) for line in ("#begin solution", "### END SOLUTON ###", "# End of the loop", "x = 1")]
    [True, True, False, False]
    """
    if re.match(r"\s*#+\s*(BEGIN|END)\b", line):
        return True
    words = re.findall(r"[^\W\d_]+", line.lower())
    first, second, *_ = [*words, "", ""]
    return any(
        _alike(verb, ("begin", "end", "start", "stop"), 0.65) and _alike(noun, ("solution", "solutions"), 0.75)
        for verb, noun in [(first, second), (second, first), *((first[:n], first[n:]) for n in (3, 4, 5))]
    )


def _alike(word: str, models: tuple[str, ...], ratio: float) -> bool:
    return any(difflib.SequenceMatcher(None, word, model).ratio() >= ratio for model in models)


def find_regions(source: Source, cell: Cell) -> tuple[list[Region], list[Problem]]:
    """Pair the markers of an exercise cell; tell what does not pair or is misplaced."""
    misspelt = [
        source.problem(
            cell.start + i,
            f"this looks like a marker: {line.strip()!r}. Write {BEGIN!r} or {END!r} alone on its line, exactly.",
        )
        for i, line in enumerate(cell.lines)
        if line.strip() not in (BEGIN, END) and looks_like_marker(_after_code(line))
    ]
    if misspelt:
        return [], misspelt  # what does not pair now may well pair then

    regions: list[Region] = []
    problems: list[Problem] = []
    real = comments(cell.text)
    opened: int | None = None

    def stop(index: int, text: str) -> None:
        problems.append(source.problem(cell.start + index, text))

    for i, line in enumerate(cell.lines):
        if line.strip() in (BEGIN, END) and i not in real:
            stop(i, "this marker stands inside a string, where it is no marker. Take it out of the string.")
        elif line.strip() == BEGIN:
            if opened is not None:
                stop(
                    i,
                    f"BEGIN SOLUTION inside the solution of line {cell.start + opened}. Write its END SOLUTION first.",
                )
            opened = i
        elif line.strip() == END:
            if opened is None:
                stop(i, "END SOLUTION without BEGIN SOLUTION. Add '# BEGIN SOLUTION' above, or remove this line.")
                continue
            region = Region(opened, i, _indent(cell.lines[opened]))
            fault = _region_fault(cell, region)
            if fault:
                stop(*fault)
            regions.append(region)
            opened = None
    if opened is not None:
        stop(opened, "BEGIN SOLUTION without END SOLUTION. Add '# END SOLUTION' below the solution.")
    return regions, problems


def _after_code(line: str) -> str:
    return line[line.index("#") :] if "#" in line else ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _region_fault(cell: Cell, region: Region) -> tuple[int, str] | None:
    inside = range(region.begin + 1, region.end)
    code = [i for i in inside if cell.lines[i].strip() and not cell.lines[i].lstrip().startswith("#")]
    if _indent(cell.lines[region.end]) != region.indent:
        line = cell.start + region.begin
        return region.end, f"END SOLUTION is indented otherwise than its BEGIN in line {line}. Indent both alike."
    if not code:
        return region.begin, "this solution is empty. Write the solution between the markers."
    if _indent(cell.lines[code[0]]) != region.indent:
        return code[0], "the solution is indented otherwise than its markers. Indent the markers like the code between."
    text = _inside_strings(cell.text)
    outside = next((i for i in code if i not in text and not cell.lines[i].startswith(region.indent)), None)
    if outside is not None:
        return outside, "this line is indented less than the solution it stands in. Move it out, or indent it."
    return None


def _inside_strings(code: str) -> set[int]:
    """Return the lines, counted from 0, that begin inside a string of several lines."""
    strings = [node for node in ast.walk(syntax_tree(code)) if isinstance(node, ast.Constant | ast.JoinedStr)]
    return {line for node in strings for line in range(node.lineno, node.end_lineno or node.lineno)}


def marker_problems(source: Source, cell: Cell) -> list[Problem]:
    """Tell of markers, and of what looks like one, in a cell that is no exercise."""
    return [
        source.problem(
            cell.start + i,
            f'marker outside an exercise: {line.strip()!r}. Write exercise="id" in the cell\'s header, or remove it.',
        )
        for i, line in enumerate(cell.lines)
        if looks_like_marker(_after_code(line) if cell.kind == "code" else line)
    ]


def solution_text(cell: Cell, regions: list[Region]) -> tuple[str, list[int]]:
    """Return the cell with its solution and without markers, and the source line of each line."""
    marked = {i for region in regions for i in (region.begin, region.end)}
    kept = [i for i in range(len(cell.lines)) if i not in marked]
    return "\n".join(cell.lines[i] for i in kept), [cell.start + i for i in kept]


def learner_text(cell: Cell, regions: list[Region], exercise: Exercise) -> tuple[str, list[int]]:
    """Return the cell with a stub in place of each solution, and the source line of each line."""
    lines: list[str] = []
    where: list[int] = []
    begins = {region.begin: region for region in regions}
    i = 0
    while i < len(cell.lines):
        region = begins.get(i)
        if region is None:
            lines.append(cell.lines[i])
            where.append(cell.start + i)
            i += 1
            continue
        # The course map counts the lines of the whole exercise; of several regions each is told its own.
        n = exercise.lines if len(regions) == 1 else _code_lines(cell.lines[region.begin + 1 : region.end])
        lines.append(f"{region.indent}# TODO: write this, about {n} {'line' if n == 1 else 'lines'}")
        lines.append(f'{region.indent}raise NotImplementedError("{exercise.id} is not written yet")')
        where += [cell.start + region.begin] * 2
        i = region.end + 1
    return "\n".join(lines), where


def _code_lines(lines: list[str]) -> int:
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def stub_problems(source: Source, cell: Cell, regions: list[Region], exercise: Exercise) -> list[Problem]:
    """Tell whether the learner's cell compiles, defines what it should, and raises nothing before it is called."""
    text, where = learner_text(cell, regions, exercise)
    try:
        tree = syntax_tree(text)
    except SyntaxError as error:
        line = where[min((error.lineno or 1), len(where)) - 1]
        told = f"without the solution this is no Python: {error.msg}. Move the markers so that whole statements go."
        return [source.problem(line, told)]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if exercise.id not in {node.name for node in definitions}:
        told = (
            f"the cell defines no {exercise.id}, as its header says. Write 'def {exercise.id}(…):' outside the markers."
        )
        return [source.problem(cell.header, told)]
    inside = {
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
    }
    return [
        source.problem(
            where[n - 1], "this solution is in no function: its stub would stop the notebook. Write a function."
        )
        for n, line in enumerate(text.split("\n"), 1)
        if line.strip().startswith("raise NotImplementedError(") and n not in inside
    ]
