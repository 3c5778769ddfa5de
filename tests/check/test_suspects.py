"""The suspects of *spot the bug* stand in a notebook and in the package: both must be the same code."""

import ast
import importlib
import inspect
import textwrap
from pathlib import Path

from cnnlab import course

SOURCES = Path(__file__).parents[2] / "notebooks" / "source"


def code(function):
    """Return what a function does, without its docstring and annotations."""
    if isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant):
        function.body = function.body[1:]
    for argument in ast.walk(function):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    function.returns = None
    return ast.unparse(function)


def test_suspects_are_the_same_in_the_notebook_and_in_the_check():
    for exercise in course.exercises().values():
        if not exercise.id.startswith("find_"):
            continue
        name = exercise.id.replace("find_", "suspect_", 1)
        notebook = course.notebooks()[exercise.notebook].name
        module = importlib.import_module(f"cnnlab.check.exercises.{notebook.partition('_')[2]}")
        ours = ast.parse(textwrap.dedent(inspect.getsource(getattr(module, name)))).body[0]
        cells = ast.parse((SOURCES / f"{notebook}.py").read_text(encoding="utf-8"))
        shown = [node for node in ast.walk(cells) if isinstance(node, ast.FunctionDef) and node.name == name]
        assert len(shown) == 1, name
        assert code(shown[0]) == code(ours), name


def test_a_changed_sign_would_be_seen():
    one, other = (ast.parse(f"def f(x: int):\n    '''Doc.'''\n    return x {sign} 1").body[0] for sign in "+-")
    assert code(one) == "def f(x):\n    return x + 1"
    assert code(one) != code(other)
