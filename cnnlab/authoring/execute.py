"""Run a notebook in a fresh kernel of this very interpreter, and stop at anything a learner should not see."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import cnnlab
from cnnlab.authoring.edition import LANGUAGE, Edition, leaks
from cnnlab.authoring.output import WIDGET, is_empty, normalise
from cnnlab.authoring.problem import Problem, SourceError
from cnnlab.authoring.source import IGNORE_OUTPUT

__all__ = ["run"]

SECONDS = 300  # for one cell; a fresh machine may first fill caches
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


class _ThisPython(KernelSpecManager):  # type: ignore[misc, unused-ignore]
    """Whatever kernels are registered on the machine, start this interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


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
        client = NotebookClient(
            node,
            km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisPython()),
            timeout=SECONDS,
            record_timing=False,
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(work)}},
        )
        try:
            client.execute(env=_environment(Path(folder)), cleanup_kc=True)
        except CellExecutionError as error:
            raise SourceError([_describe(edition, error)]) from error
        except (CellTimeoutError, DeadKernelError) as error:
            last = max((i for i, cell in enumerate(node.cells) if cell.get("execution_count")), default=-1)
            last = next((i for i, cell in enumerate(node.cells) if i > last and cell.cell_type == "code"), last)
            if isinstance(error, CellTimeoutError):
                told = f"it ran for more than {SECONDS} seconds. Make it smaller."
            else:
                told = "it killed its kernel. Leave the interpreter running, and mind how much memory it takes."
            raise SourceError([edition.problem(last, told)]) from error

    problems = [problem for i in range(len(node.cells)) for problem in _unwelcome(edition, i)]
    normalise(node)
    node.metadata.language_info = dict(LANGUAGE)  # the kernel's own names its version
    problems += leaks(edition)
    if problems:
        raise SourceError(problems)


def _environment(folder: Path) -> dict[str, str]:
    """Let nothing of the author's machine show, and the package be found in a checkout."""
    root = Path(cnnlab.__file__).resolve().parents[1]
    path = [os.environ.get("PYTHONPATH", ""), "" if root.name.endswith("-packages") else str(root)]
    style = folder / "matplotlibrc"
    style.touch()  # empty: pictures look alike, whatever the author's own says
    kept = {key: value for key, value in os.environ.items() if key not in {"MPLBACKEND", "PYTHONWARNINGS"}}
    return {
        **kept,
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(style),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(part for part in path if part),
    }


def _describe(edition: Edition, error: CellExecutionError) -> Problem:
    """Say which cell raised, and where in the source."""
    cells = edition.node.cells
    index = next(i for i, cell in enumerate(cells) if any(o.output_type == "error" for o in cell.get("outputs", [])))
    trace = _COLOUR.sub("", error.traceback).rstrip().split("\n")
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
