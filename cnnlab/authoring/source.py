"""Read one notebook source (py:percent) into cells that know their lines.

jupytext reads the cells; the headers are held to a small grammar of our own, because jupytext takes a misspelt header
for a title, a comment or a magic command and says nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import jupytext
from IPython.core.inputtransformer2 import TransformerManager
from jupytext.stringparser import StringParser

from cnnlab.authoring.problem import Problem, SourceError

__all__ = ["IGNORE_OUTPUT", "Cell", "Source", "comments", "read_source", "syntax_tree"]

Role = Literal["exercise", "check", "hints"]
ROLES: tuple[Role, ...] = ("exercise", "check", "hints")
IGNORE_OUTPUT = "nbval-ignore-output"
TAGS = {IGNORE_OUTPUT}

_LIKE_HEADER = re.compile(r"^\s*#\s*(%%|<codecell>|In\[[0-9 ]*\]:?\s*$)")  # all that jupytext may take for one
_RARE_BREAK = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_PAIR = r'\s+(\w+)=("[^"]*"|\d+|\[[^\]]*\])'
_HEADER = re.compile(rf"^# %%(\s+\[markdown\])?((?:{_PAIR})*)\s*$")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, where that stands in the file, and its part in the course."""

    kind: Literal["markdown", "code"]
    text: str
    header: int  # line of `# %%`, counted from 1
    start: int  # line of the first line of the text
    role: Role | None = None
    exercise: str = ""  # the id, if it has a role
    points: int | None = None
    tags: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")


@dataclass(frozen=True)
class Source:
    """One source file."""

    path: Path
    cells: tuple[Cell, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """File name without ending, such as ``01_edge_detection``."""
        return self.path.stem

    def problem(self, line: int, text: str) -> Problem:
        """Return a problem at a line of this file."""
        return Problem(self.path, line, text)


def read_source(path: Path) -> Source:
    """Read a source file.

    Raises
    ------
    SourceError
        If a header is not understood, a cell is empty, text stands where it would be lost, or code is no Python.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        n = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SourceError([Problem(path, n, "this is not UTF-8. Save the file in UTF-8.")]) from error
    lines = text.split("\n")
    for n, line in enumerate(lines, 1):
        if _RARE_BREAK.search(line):  # jupytext would count lines otherwise than editors do
            raise SourceError([Problem(path, n, "a form feed or another rare line break is in this line. Remove it.")])

    starts = _header_lines(lines)
    if not starts:
        raise SourceError([Problem(path, 1, "there is no cell. Begin one with '# %%' or '# %% [markdown]'.")])
    problems = _before_first_header(path, lines[: starts[0]])
    headers = [_read_header(path, n + 1, lines[n]) for n in starts]
    problems += [header for header in headers if isinstance(header, Problem)]
    if problems:
        raise SourceError(problems)

    nodes = jupytext.reads("\n".join(lines[starts[0] :]), fmt="py:percent").cells
    if len(nodes) != len(starts):
        raise SourceError([Problem(path, 1, "the cells cannot be told apart. Write no '# %%' except as a header.")])
    cells = []
    for node, header, (first, end) in zip(nodes, headers, pairwise([*starts, len(lines)]), strict=True):
        assert isinstance(header, Cell)
        body = lines[first + 1 : end]
        skipped = next(
            (i for i, line in enumerate(body) if line.strip(" \t#" if header.kind == "markdown" else None)), None
        )
        if skipped is None or not node.source.strip():
            problems.append(Problem(path, first + 1, "this cell is empty. Write something or remove its header."))
            continue
        text = re.sub(r"\A\s*\n", "", node.source).rstrip()
        cell = replace(header, text=text, start=first + 2 + skipped)
        if cell.kind == "markdown":
            problems += [
                Problem(
                    path, first + 2 + i, "text of a markdown cell begins with '#'. Write '# %%' above it if it is code."
                )
                for i, line in enumerate(body)
                if line.strip() and not line.startswith("#")
            ]
        else:
            problems += _code_problems(path, cell)
        cells.append(cell)
    if problems:
        raise SourceError(problems)
    return Source(path, tuple(cells))


def _header_lines(lines: list[str]) -> list[int]:
    """Return the indices of header lines, by jupytext's own rule: not inside a string of several lines."""
    starts = []
    quotes = StringParser("python")
    for i, line in enumerate(lines):
        if not quotes.is_quoted() and _LIKE_HEADER.match(line):
            starts.append(i)
            quotes = StringParser("python")
        quotes.read_line(line)
    return starts


def _before_first_header(path: Path, lines: list[str]) -> list[Problem]:
    """Allow blank lines and jupytext's own front matter (between two lines `# ---`), which says nothing we use."""
    inside = False
    for n, line in enumerate(lines, 1):
        if line.rstrip() == "# ---":
            inside = not inside
        elif line.strip() and not inside:
            return [Problem(path, n, "this stands before the first cell. Write '# %%' or '# %% [markdown]' above it.")]
    return []


def _read_header(path: Path, n: int, line: str) -> Cell | Problem:
    match = _HEADER.match(line)
    if not match:
        return Problem(
            path,
            n,
            f"header: got {line.strip()!r}, wanted '# %%' or '# %% [markdown]' at the start of the line, then at most "
            'exercise="id", check="id", hints="id", points=N, tags=["…"]. Correct it.',
        )
    pairs = [(key, ast.literal_eval(value)) for key, value in re.findall(_PAIR, match[2])]
    values = dict(pairs)
    roles = [role for role in ROLES if role in values]
    kind: Literal["markdown", "code"] = "markdown" if match[1] else "code"
    unknown = values.keys() - {*ROLES, "points", "tags"}
    tags = values.get("tags", [])
    fault = None
    if unknown:
        fault = f"{min(unknown)}: this is no setting of a cell. Write exercise, check, hints, points or tags"
    elif len(pairs) > len(values) or len(roles) > 1:
        fault = "a cell has one part to play. Keep one of exercise, check, hints, and each setting once"
    elif kind == "markdown" and pairs:
        fault = f"{pairs[0][0]}: a markdown cell takes no settings. Remove [markdown] or the settings"
    elif roles and not (isinstance(values[roles[0]], str) and values[roles[0]].isidentifier()):
        fault = f'{roles[0]}: got {values[roles[0]]!r}, wanted a function\'s name. Write {roles[0]}="name"'
    elif "points" in values and (roles != ["check"] or type(values["points"]) is not int):
        fault = "points belong to a check cell, as a whole number. Move or correct them"
    elif not isinstance(tags, list) or not set(tags) <= TAGS:
        fault = f"tags: got {tags!r}, wanted a list of {', '.join(sorted(TAGS))}. Correct the spelling"
    if fault:
        return Problem(path, n, f"{fault}.")
    return Cell(
        kind,
        text="",
        header=n,
        start=n + 1,
        role=roles[0] if roles else None,
        exercise=values[roles[0]] if roles else "",
        points=values.get("points"),
        tags=tuple(tags),
    )


def syntax_tree(code: str) -> ast.Module:
    """Parse and compile a cell as a notebook does, line magics included; a warning counts as an error.

    Raises
    ------
    SyntaxError
        With the line in ``lineno``.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = TransformerManager().transform_cell(code)
        tree = compile(plain, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        compile(
            plain, "<cell>", "exec", flags, dont_inherit=True
        )  # finds what a tree alone allows, as `return` outside
    assert isinstance(tree, ast.Module)
    return tree


def comments(code: str) -> dict[int, str]:
    r"""Return the comments of a cell by line, counted from 0; what looks like one inside a string is none.

    Examples
    --------
    >>> comments("x = '# no'\ny = 2  # yes")
    {1: '# yes'}
    """
    plain = TransformerManager().transform_cell(code)
    tokens = tokenize.generate_tokens(io.StringIO(plain).readline)
    return {token.start[0] - 1: token.string for token in tokens if token.type == tokenize.COMMENT}


def _code_problems(path: Path, cell: Cell) -> list[Problem]:
    if cell.text.lstrip().startswith("%%"):
        return [Problem(path, cell.start, "cell magics are not for course notebooks. Write plain Python.")]
    swallowed = [
        Problem(path, cell.start + i, "a string that begins above swallows this header. Close the string.")
        for i, line in enumerate(cell.lines)
        if _LIKE_HEADER.match(line)
    ]
    try:
        syntax_tree(cell.text)
    except (SyntaxError, ValueError) as error:
        line = cell.start + (getattr(error, "lineno", None) or 1) - 1
        told = f"this is no Python: {getattr(error, 'msg', None) or error}. Mend the line."
        return swallowed[:1] or [Problem(path, line, told)]
    # Some quotes jupytext reads otherwise than Python does; in a string for both, '# %%' is text.
    real = comments(cell.text)
    return [problem for problem in swallowed if problem.line - cell.start in real][:1]
