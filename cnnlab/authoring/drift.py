"""Is a notebook what its source builds? The first difference, in a sentence."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

__all__ = ["first_difference"]


def first_difference(fresh: NotebookNode, committed: NotebookNode, *, outputs: bool = True) -> str | None:
    """Compare two notebooks cell by cell.

    Parameters
    ----------
    fresh
        As just built.
    committed
        As found.
    outputs
        Compare outputs and execution counts too; of a PNG only that there is one.

    Returns
    -------
    str or None
        Which cell differs first and in what, or None if none does.
    """
    if fresh.metadata != committed.metadata:
        return "the notebook's metadata differ."
    for i, (new, old) in enumerate(zip(fresh.cells, committed.cells, strict=False), 1):
        if new.source != old.source or new.cell_type != old.cell_type:
            return f"cell {i} ({new.id}) differs in its source."
        if new.id != old.get("id"):
            return f"cell {i} ({new.id}) has another id: {old.get('id')!r}."
        if new.metadata != old.metadata:
            return f"cell {i} ({new.id}) differs in its metadata."
        if outputs and new.get("execution_count") != old.get("execution_count"):
            return f"cell {i} ({new.id}) has another execution count."
        if outputs and _shown(new) != _shown(old):
            return f"cell {i} ({new.id}) differs in its output."
    if len(fresh.cells) != len(committed.cells):
        return f"it has {len(committed.cells)} cells, its source {len(fresh.cells)}."
    return None


def _shown(cell: NotebookNode) -> list[Any]:
    """Return the outputs with a mark in place of each PNG, whose bytes differ between machines."""
    shown = []
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            output = {**output, "data": {**output["data"], "image/png": "a picture"}}
        shown.append(dict(output))
    return shown
