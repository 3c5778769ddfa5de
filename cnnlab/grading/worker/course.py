"""What a learner's cells may import: NumPy, a part of the standard library, and the course's names as empty shells."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["DRAWING", "LIBRARY", "Absent", "Shell", "importer"]

LIBRARY = frozenset(
    (
        *("__future__", "abc", "array", "bisect", "cmath", "collections", "contextlib", "copy", "dataclasses"),
        *("datetime", "decimal", "enum", "fractions", "functools", "gc", "heapq", "inspect", "io", "itertools"),
        *("json", "keyword", "logging", "math", "numbers", "operator", "pprint", "random", "re", "statistics"),
        *("string", "struct", "sys", "textwrap", "time", "timeit", "traceback", "tracemalloc", "types", "typing"),
        *("unittest", "warnings", "weakref"),
    )
)
DRAWING = frozenset(("matplotlib", "seaborn", "plotly", "bokeh", "ipywidgets", "anywidget", "IPython"))


def _each(iterable: Iterable[Any], *bar: Any, **settings: Any) -> Iterable[Any]:
    return iterable


# Around a loop they change nothing but the screen.
PROGRESS = {"tqdm": _each, "tqdm_notebook": _each, "trange": lambda *stops, **settings: range(*stops)}


class Shell:
    """A name of the course or of a drawing package: it can be imported and handed around, but does nothing."""

    def __init__(self, path: str, given: Mapping[str, Callable[..., Any]]) -> None:
        self.__dict__.update(_path=path, _given=given)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [*self._given]
        if name.startswith("__"):
            raise AttributeError(f"{self._path} has no {name}")
        if name in self._given:
            return self._given[name]
        return Shell(f"{self._path}.{name}", self._given)

    def __repr__(self) -> str:
        return str(self._path)

    def _why(self) -> str:
        if self._path.partition(".")[0] == "cnnlab":
            return f"`{self._path}` is the course's own; graded work has to do without it."
        return f"`{self._path}` shows something; graded work only computes."

    def _refuse(self, *arguments: Any, **settings: Any) -> Any:
        raise ImportError(self._why())

    __call__ = __iter__ = __len__ = __getitem__ = __setitem__ = __contains__ = __enter__ = __exit__ = _refuse
    __array__ = __bool__ = __float__ = __int__ = __index__ = __mro_entries__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = _refuse


class Absent(Shell):
    """A name whose import was refused: who uses it is told that, and not that the name has no value."""

    def __init__(self, why: str) -> None:
        self.__dict__.update(_path=why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(self._path)

    def _why(self) -> str:
        return str(self._path)


def importer(given: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """Return what stands for Python's ``__import__`` in a learner's cells.

    Parameters
    ----------
    given
        The course's functions that this exercise may use, by name; they are found under any path of the course.

    Examples
    --------
    >>> bring = importer({"relu": abs})
    >>> bring("cnnlab.ops", fromlist=("relu",)).relu(-3), bring("math").sqrt(4)
    (3, 2.0)
    >>> bring("scipy")
    Traceback (most recent call last):
    ImportError: `scipy` cannot be imported in graded work. NumPy and Python's own mathematics are there.
    """
    shells = {**{name: {} for name in DRAWING}, "tqdm": PROGRESS, "cnnlab": given}

    def bring(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        top = name.partition(".")[0]
        if level == 0 and top in shells:
            return Shell(name if fromlist else top, shells[top])
        if level or (top != "numpy" and top not in LIBRARY):
            raise ImportError(
                f"`{top or '.'}` cannot be imported in graded work. NumPy and Python's own mathematics are there."
            )
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    return bring
