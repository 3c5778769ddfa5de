"""Run a notebook in a fresh kernel of this very interpreter, and stop at anything a learner should not see."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from cnnlab import kernel
from cnnlab.authoring.edition import LANGUAGE, Edition, leaks
from cnnlab.authoring.output import WIDGET, is_empty, normalise
from cnnlab.authoring.problem import Problem, SourceError
from cnnlab.authoring.source import IGNORE_OUTPUT

__all__ = ["run"]

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def run(edition: Edition) -> None:
    """Run every cell, keep the outputs in the notebook, and make them the same on every run.

    Raises
    ------
    SourceError
        If a cell raises, writes to stderr, shows a widget that leaves nothing behind without its kernel, shows a memory
        address, or gives a solution away.
    """
    node = edition.node
    with tempfile.TemporaryDirectory(prefix="cnnlab-") as folder:
        work = Path(folder, "work")  # where the cells run: empty, and gone afterwards
        work.mkdir()
        try:
            kernel.client(node, work).execute(env=kernel.environment(Path(folder)), cleanup_kc=True)
        except CellExecutionError as error:
            raise SourceError([_describe(edition, error)]) from error
        except (CellTimeoutError, DeadKernelError) as error:
            last = max((i for i, cell in enumerate(node.cells) if cell.get("execution_count")), default=-1)
            last = next((i for i, cell in enumerate(node.cells) if i > last and cell.cell_type == "code"), last)
            if isinstance(error, CellTimeoutError):
                told = f"it ran for more than {kernel.SECONDS} seconds. Make it smaller."
            else:
                told = "it killed its kernel. Leave the interpreter running, and mind how much memory it takes."
            raise SourceError([edition.problem(last, told)]) from error

    problems = [problem for i in range(len(node.cells)) for problem in _unwelcome(edition, i)]
    normalise(node)
    node.metadata.language_info = dict(LANGUAGE)  # the kernel's own names its version
    problems += leaks(edition)
    if problems:
        raise SourceError(problems)


def _describe(edition: Edition, error: CellExecutionError) -> Problem:
    """Say which cell raised, and where in the source."""
    cells = edition.node.cells
    index = next(i for i, cell in enumerate(cells) if any(o.output_type == "error" for o in cell.get("outputs", [])))
    trace = kernel.COLOUR.sub("", error.traceback).rstrip().split("\n")
    # Frames of other cells carry other numbers; a syntax error names the cell in another form.
    count = cells[index].execution_count
    found = re.findall(rf"Cell In\[{count}\], line (\d+)", "\n".join(trace))
    line = int(found[0]) - 1 if found else 0
    return edition.problem(index, f"it raised {error.ename}: {error.evalue}", *trace[-8:], line=line)


def _unwelcome(edition: Edition, index: int) -> Iterator[Problem]:
    cell = edition.node.cells[index]
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            told = "it writes to stderr, which looks like a fault. Mend what warns, or catch it."
            yield edition.problem(index, told, *output.text.rstrip().split("\n")[-4:])
        if WIDGET in output.get("data", {}) and is_empty(output):
            told = (
                "its widget shows nothing where no kernel runs. Give the widget text or a picture in _repr_mimebundle_."
            )
            yield edition.problem(index, told)
        if IGNORE_OUTPUT not in cell.metadata.get("tags", []) and (found := _ADDRESS.search(str(output))):
            told = f"its output holds a memory address ({found[0]}), another on each run. Print a text instead."
            yield edition.problem(index, told)
