"""Read a notebook and run it, so that its widgets arrive with their settings."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from cnnlab import kernel

__all__ = ["ExportError", "read", "run"]


class ExportError(Exception):
    """What stops an export, and what to do."""


def read(path: Path) -> NotebookNode:
    """Read a notebook of any format since 3, as format 4."""
    if not path.exists():
        raise ExportError(f"NOTEBOOK: there is no file {path}. Check the spelling and the folder.")
    try:
        node = nbformat.read(path, as_version=4)
        nbformat.validate(node)
    except (
        OSError, UnicodeDecodeError, json.JSONDecodeError, nbformat.reader.NotJSONError, nbformat.ValidationError,
        AttributeError, KeyError,
    ) as error:  # fmt: skip
        raise ExportError(f"NOTEBOOK: {path} is no notebook. Pass a file that JupyterLab opens, NAME.ipynb.") from error
    if not any(cell.source.strip() for cell in node.cells):
        raise ExportError(f"NOTEBOOK: {path} has nothing in it. Write a cell and save it.")
    return node


def run(node: NotebookNode, path: Path, report: Callable[[int, int], None]) -> None:
    """Run every cell in the notebook's folder; the outputs replace those that were saved.

    Raises
    ------
    ExportError
        If a cell raises, takes too long or ends its kernel; the message names it.
    """
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory(prefix="cnnlab-") as folder:
        client = kernel.client(node, path.resolve().parent, "--ext=cnnlab.export.inside")
        client.on_cell_complete = lambda cell, cell_index: report(cell_index + 1, len(node.cells))
        try:
            client.execute(env=kernel.environment(Path(folder)), cleanup_kc=True)
        except CellExecutionError as error:
            place = next(
                i for i, cell in enumerate(node.cells) if any(o.output_type == "error" for o in cell.get("outputs", []))
            )
            told = f"raised {error.ename}: {error.evalue}"
            remedy = "Mend it, or give the cell the tag raises-exception."
            raise ExportError(f"{_cell(node, path, place)} {told}. {remedy}") from error
        except CellTimeoutError as error:
            told = f"ran for more than {kernel.SECONDS} seconds. Make it smaller."
            raise ExportError(f"{_cell(node, path, _last(node))} {told}") from error
        except DeadKernelError as error:
            told = "ended its kernel. Mind exit() and how much memory it takes."
            raise ExportError(f"{_cell(node, path, _last(node))} {told}") from error


def _last(node: NotebookNode) -> int:
    """Find the cell that was under way: the first with code after those that have run."""
    done = max((i for i, cell in enumerate(node.cells) if cell.get("execution_count")), default=-1)
    return next((i for i, cell in enumerate(node.cells) if i > done and cell.cell_type == "code"), max(done, 0))


def _cell(node: NotebookNode, path: Path, place: int) -> str:
    first = next((line.strip() for line in node.cells[place].source.split("\n") if line.strip()), "")
    return f"{path.name}: cell {place + 1} of {len(node.cells)}, which begins with {first[:60]!r},"
