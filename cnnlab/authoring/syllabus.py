"""The course map as an author's data: read from TOML, checked, each entry with the line it stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cnnlab.course
from cnnlab.authoring.problem import Problem, SourceError
from cnnlab.course import Exercise, Notebook

__all__ = ["Syllabus", "read_syllabus"]

COURSE = Path(cnnlab.course.__file__).with_name("course.toml")
_TABLE = re.compile(r"^\s*\[+\s*(notebook|exercise\s*\.\s*(\S+?))\s*\]+")


@dataclass(frozen=True)
class Syllabus:
    """Notebooks by file name and exercises by id, and where each is written."""

    path: Path
    notebooks: dict[str, Notebook]
    exercises: dict[str, Exercise]
    lines: dict[str, int]  # file name or id → line of its table

    def problem(self, key: str, text: str) -> Problem:
        """Return a problem at the table of a notebook or an exercise."""
        return Problem(self.path, self.lines[key], text)


def read_syllabus(path: Path = COURSE) -> Syllabus:
    """Read and check a course file.

    Raises
    ------
    SourceError
        If it is no TOML, or an entry misses something, has something unknown or makes no sense.

    Examples
    --------
    >>> read_syllabus().exercises["window_mean"].points
    1
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else len(text.splitlines())
        raise SourceError([Problem(path, number, f"this is no TOML: {error}. Mend the line.")]) from error

    numbered = [(n, match) for n, line in enumerate(text.splitlines(), 1) if (match := _TABLE.match(line))]
    problems = []
    lines: dict[str, int] = {}

    notebooks: dict[str, Notebook] = {}
    for n, row in zip([n for n, match in numbered if match[2] is None], data.get("notebook", []), strict=True):
        faults = _faults(Notebook, row)
        name, number_ = str(row.get("name", "")), str(row.get("number", ""))
        if not faults and not re.fullmatch(rf"{re.escape(number_)}_\w+", name, re.ASCII):
            faults.append(f"name: got {name!r}, wanted {number_!r}, an underscore and a word. Rename the notebook")
        if name in notebooks or any(number_ == other.number for other in notebooks.values()):
            faults.append(f"notebook {number_} ({name}) stands here a second time. Number it anew or remove it")
        problems += [Problem(path, n, f"{fault}.") for fault in faults]
        if not faults:
            notebooks[name], lines[name] = Notebook(**row), n

    exercises: dict[str, Exercise] = {}
    where = {(match[2] or "").strip("\"'"): n for n, match in numbered}
    for id, row in data.get("exercise", {}).items():
        faults = _faults(Exercise, row)
        if not id.isidentifier():
            faults.append(f"id: got {id!r}, wanted the name of the function to write. Rename the exercise")
        if not faults and row["notebook"] not in {notebook.number for notebook in notebooks.values()}:
            faults.append(f"notebook: got {row['notebook']!r}, wanted one of the file's notebooks. Correct its number")
        problems += [Problem(path, where.get(id, 1), f"exercise {id}: {fault}.") for fault in faults]
        if not faults:
            exercises[id] = Exercise(id=id, **{**row, "hints": tuple(row["hints"])})
            lines[id] = where.get(id, 1)
    if problems:
        raise SourceError(problems)
    return Syllabus(path, notebooks, exercises, lines)


def _faults(kind: type, row: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with an entry; the fields of the dataclass are the rule."""
    wanted = {field.name: str(field.type) for field in fields(kind) if field.name != "id"}
    faults = [
        f"{key}: this key is unknown. Remove it, or write one of {', '.join(wanted)}" for key in row.keys() - wanted
    ]
    for key, type_ in wanted.items():
        value = row.get(key)
        if key not in row:
            faults.append(f"{key} is missing. Add it")
        elif type_ in ("int", "float") and (type(value) is not int or value < 1):
            faults.append(f"{key}: got {value!r}, wanted a whole number of 1 or more. Correct it")
        elif type_ == "str" and not (isinstance(value, str) and value.strip()):
            faults.append(f"{key}: got {value!r}, wanted a sentence or a name. Write one")
        elif type_.startswith("tuple") and not (
            isinstance(value, list) and len(value) == 3 and all(isinstance(v, str) and v.strip() for v in value)
        ):
            faults.append(f"{key}: wanted three sentences, from gentle to almost there. Write three")
        elif key == "difficulty" and value not in (1, 2, 3):
            faults.append(f"difficulty: got {value!r}, wanted 1 (easy), 2 (some thought) or 3 (hard). Choose one")
    return sorted(faults)
