"""Which statements of a notebook an exercise needs: its own cell's, and what these use, wherever it is written.

Only what defines something comes along: imports, functions, classes, constants and what fills them. Calls of checks,
widgets, plots and training loops stay behind. This runs in the sandbox, for it parses text of strangers.
"""

from __future__ import annotations

import ast
import builtins
import dis
import re
import types
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Cell", "Piece", "needed", "readable"]

ANNOTATIONS = 0x1000000  # CO_FUTURE_ANNOTATIONS: what stands behind a colon need not exist
_MAGIC = re.compile(r"^(\s*)([%!?].*|\w[\w.]*\?{1,2}\s*)$")
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")
_TIMED = re.compile(r"^(\s*)%time\s+(.*)$")
_PROMPT = re.compile(r"^(>>>|\.\.\.|In \[\d+\]:| *\.{3,}:)( |$)")
_OTHER_LANGUAGE = re.compile(r"^\s*%%(?!time\b|timeit\b|capture\b|prun\b)")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Compound = ast.If | ast.Try | ast.With


@dataclass(frozen=True, eq=False)
class Piece:
    """A statement at the outermost level of a cell."""

    cell: Cell
    node: ast.stmt
    binds: frozenset[str]  # names that it gives a value to
    fills: frozenset[str]  # names whose value it changes: `table[0] = 1`
    calls: frozenset[str]  # names whose methods it calls: `table.append(1)`

    @cached_property
    def code(self) -> types.CodeType:
        """The statement, compiled; what only the compiler refuses, such as a `break` of no loop, it raises when run."""
        try:
            return self._compiled(ast.Module([self.node], []))
        except SyntaxError as error:
            refusal = ast.parse(f"raise SyntaxError({error.msg!r})")
            return self._compiled(ast.increment_lineno(refusal, (error.lineno or self.node.lineno) - 1))

    def _compiled(self, module: ast.Module) -> types.CodeType:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: types.CodeType = compile(module, self.cell.filename, "exec", flags=ANNOTATIONS, dont_inherit=True)
        return code

    @property
    def uses(self) -> set[str]:
        """The names that it and its functions look up outside of themselves."""
        return set(_looked_up(self.code))

    @property
    def plain(self) -> bool:
        """Whether what its names were before does not matter."""
        simple = isinstance(self.node, Definition | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)
        return simple and not (isinstance(self.node, Definition) and self.node.decorator_list) and not self.fills

    @property
    def imports(self) -> bool:
        """Whether it imports something."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def stub(self) -> bool:
        """Whether it is a function that is not written yet, or a class with one."""
        return isinstance(self.node, Definition) and _is_stub(self.node)


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell of code; `own` if it is one of the exercise's."""

    place: int
    id: str
    text: str
    own: bool

    @property
    def filename(self) -> str:
        """What its code is compiled as."""
        return f"<ipython-{self.place}>"

    @cached_property
    def problem(self) -> SyntaxError | None:
        """Why Python cannot read it."""
        return None if isinstance(self._parsed, ast.Module) else self._parsed

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Its statements."""
        if not isinstance(self._parsed, ast.Module):
            return ()
        return tuple(Piece(self, node, *_effects(node)) for whole in self._parsed.body for node in _split(whole))

    @cached_property
    def _parsed(self) -> ast.Module | SyntaxError:
        lines = [""] if _OTHER_LANGUAGE.match(self.text) else _entered(self.text.split("\n"))
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return ast.parse("\n".join(lines), self.filename)
            except SyntaxError as error:
                place = min(error.lineno or 1, len(lines)) - 1
                line = readable(lines[place])
                if line == lines[place]:
                    return error
                end = place + 1
                if not line.endswith("\\"):  # the command goes on behind a backslash, and goes with it
                    while end < len(lines) and lines[end - 1].endswith("\\"):
                        end += 1
                lines[place:end] = [line] + [""] * (end - place - 1)
            except (ValueError, RecursionError, MemoryError) as error:  # a NUL, brackets a thousand deep
                return SyntaxError(str(error))

    def binding(self, name: str) -> list[Piece]:
        """Return the statements that may give a name its value, or change it."""
        if name not in self.text and "*" not in self.text:
            return []
        return [piece for piece in self.pieces if {name, "*"} & piece.binds or name in piece.fills | piece.calls]


@dataclass
class Needed:
    """The statements that an exercise needs, in the notebook's order."""

    pieces: list[Piece] = field(default_factory=list)
    cell: Cell | None = None  # the one that counts
    problem: SyntaxError | None = None


def readable(line: str) -> str:
    """Take a command of IPython's own out of a line that Python cannot read.

    Examples
    --------
    >>> [readable(line) for line in ("  %pylab", "!ls", "files = !ls", "%time x = f(3)", "zeros?", "x = = 3")]
    ['  pass', 'pass', 'files = None', 'x = f(3)', 'pass', 'x = = 3']
    """
    return _MAGIC.sub(r"\1pass", _ASSIGNED_MAGIC.sub(r"\1None", _TIMED.sub(r"\1\2", line)))


def _entered(lines: list[str]) -> list[str]:
    """Take away what IPython does: prompts that were copied along, and the indentation of the first line."""
    first = next(filter(str.strip, lines), "")
    if _PROMPT.match(first):
        return [_PROMPT.sub("", line) for line in lines]
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines]


def needed(cells: Sequence[Cell], names: Sequence[str]) -> Needed:
    r"""Find the statements that the first name needs, the exercise's, and the others if they are there.

    Of several definitions of a function the last that is written counts, not a stub behind it. A name means what it
    meant when the exercise's cell was run; only if it meant nothing then, what a later cell makes of it.

    Examples
    --------
    >>> texts = ["import math\nSIDE = 3\nUNUSED = 4", "def area(): return SIDE ** 2\nprint(area())"]
    >>> found = needed([Cell(i, "", text, i == 1) for i, text in enumerate(texts)], ["area"])
    >>> [ast.unparse(piece.node) for piece in found.pieces]
    ['SIDE = 3', 'def area():\n    return SIDE ** 2']
    """
    exercise = names[0]
    own = [cell for cell in cells if cell.own]
    candidates = [piece for cell in own or cells for piece in cell.binding(exercise) if exercise in piece.binds]
    if not candidates:  # a loop may define it, or `exec`
        candidates = [piece for cell in own for piece in cell.pieces if exercise in ast.dump(piece.node)]
    if not candidates:
        return Needed(problem=next((cell.problem for cell in reversed(own) if cell.problem), None))
    written = [piece for piece in candidates if not piece.stub]
    cell = (written or candidates)[-1].cell
    # With what is done to it behind its definition: `Net.loss = loss`.
    found = set(candidates)
    chosen = {id(piece): piece for piece in cell.pieces if piece in found or exercise in piece.fills}
    todo, seen = list(names[1:]), {exercise}
    for piece in chosen.values():
        todo += piece.uses
    while todo:
        name = todo.pop()
        if name in seen or name == "np":
            continue
        seen.add(name)
        for piece in _meaning(cells, name, cell.place):
            if id(piece) not in chosen:
                chosen[id(piece)] = piece
                todo += piece.uses
    place = lambda piece: (piece.cell.place, piece.node.lineno, piece.node.col_offset)  # noqa: E731
    return Needed(sorted(chosen.values(), key=place), cell)


def _meaning(cells: Sequence[Cell], name: str, place: int) -> list[Piece]:
    """Return the statements that make what a name means to the exercise in a cell."""
    if hasattr(builtins, name):
        defines = re.compile(rf"^(def|class)[ \t]+{name}\b|^from\b.*\bimport[ \t]*\*", re.MULTILINE)  # numpy's sum, say
        cells = [cell for cell in cells if defines.search(cell.text)]
    pieces = [piece for cell in cells for piece in cell.binding(name)]
    data = any(name in piece.binds and isinstance(piece.node, ast.Assign | ast.AnnAssign) for piece in pieces)
    imported = any(name in piece.binds and piece.imports for piece in pieces)
    pieces = [
        piece
        for piece in pieces
        if {name, "*"} & piece.binds or (name in piece.fills and not imported) or (name in piece.calls and data)
    ]
    early = [piece for piece in pieces if piece.cell.place <= place]
    for group in (early, pieces):
        kept = [piece for piece in group if not piece.stub]
        if any({name, "*"} & piece.binds for piece in kept):
            return _last(kept, name)
    return _last(early or pieces, name)


def _last(pieces: list[Piece], name: str) -> list[Piece]:
    """Return the last statement after which it does not matter what was before, and those behind it."""
    for i in range(len(pieces) - 1, -1, -1):
        if pieces[i].plain and name in pieces[i].binds and name not in _used_at_once(pieces[i]):
            return pieces[i:]
    return pieces


def _used_at_once(piece: Piece) -> set[str]:
    """Return the names that a statement looks up when it is run."""
    return {i.argval for i in dis.get_instructions(piece.code) if i.opname == "LOAD_NAME"}


def _looked_up(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _looked_up(constant)


def _split(node: ast.stmt) -> list[ast.stmt]:
    """Take the names of an import apart, so that one that fails does not cost the others."""
    if isinstance(node, ast.Import):
        return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        new = (ast.ImportFrom(node.module, [alias], node.level) for alias in node.names)
        return [ast.copy_location(part, node) for part in new]
    return [node]


def _effects(node: ast.stmt) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the names that a statement binds, those whose value it changes, and those whose methods it calls."""
    binds: set[str] = set()
    fills: set[str] = set()
    calls: set[str] = set()
    for part in _outermost(node):
        if isinstance(part, Definition):
            binds.add(part.name)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            binds |= {alias.asname or alias.name.partition(".")[0] for alias in part.names}
        elif isinstance(part, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            for target in targets:
                _take(target, binds, fills)
        elif isinstance(part, ast.With):
            for item in part.items:
                if item.optional_vars is not None:
                    _take(item.optional_vars, binds, fills)
        elif (
            isinstance(part, ast.Expr)
            and isinstance(part.value, ast.Call)
            and isinstance(part.value.func, ast.Attribute)
        ):
            calls.add(_root(part.value.func))
    if isinstance(node, ast.For | ast.While):
        fills |= binds & {
            name for part in _outermost(node) if isinstance(part, ast.AugAssign) for name in [_root(part.target)]
        }
        binds = set()  # a loop that only runs, over a training, say
    return frozenset(binds), frozenset(fills), frozenset(calls)


def _outermost(node: ast.stmt) -> Iterator[ast.stmt]:
    """Go through a statement and those inside it that are of no function or class."""
    yield node
    if isinstance(node, Definition):
        return
    for name in ("body", "orelse", "finalbody"):
        for inner in getattr(node, name, ()):
            yield from _outermost(inner)
    for handler in getattr(node, "handlers", ()):
        for inner in handler.body:
            yield from _outermost(inner)


def _take(target: ast.expr, binds: set[str], fills: set[str]) -> None:
    if isinstance(target, ast.Name):
        binds.add(target.id)
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            _take(part, binds, fills)
    elif isinstance(target, ast.Starred):
        _take(target.value, binds, fills)
    else:
        fills.add(_root(target))


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_stub(node: Definition) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(isinstance(part, Definition) and _is_stub(part) for part in node.body)
    body = node.body[1:] if node.body and _is_words(node.body[0]) else node.body
    if all(isinstance(part, ast.Pass) or _is_words(part) for part in body):
        return True
    for part in body:
        if isinstance(part, ast.Return):
            return False
        if isinstance(part, ast.Raise):
            error = part.exc.func if isinstance(part.exc, ast.Call) else part.exc
            return isinstance(error, ast.Name) and error.id == "NotImplementedError"
    return False


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
