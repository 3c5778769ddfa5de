"""One HTML page from a notebook: it plays without a kernel and asks no host for anything.

The notebook is run in a fresh kernel. Each widget in it arrives with settings traced beforehand, and the page holds the
player that moves it in JupyterLab. Formulas are drawn, pictures are inside, and a policy in the page itself keeps it
from the network.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

try:
    from cnnlab.export.notebook import ExportError, read, run
    from cnnlab.export.page import page
except ModuleNotFoundError as error:
    if (error.name or "cnnlab").partition(".")[0] == "cnnlab":
        raise
    raise ImportError(
        f"Exporting needs {error.name}, which is not installed. Run: pip install 'cnnlab[lab]'"
    ) from error

__all__ = ["MOST_BYTES", "ExportError", "export"]

MOST_BYTES = 1_000_000
SIGNATURE = '<meta name="generator" content="cnnlab export">'  # so that a later export knows its own

Report = Callable[[int, int], None]


def export(
    notebook: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
    report: Report = lambda done, cells: None,
) -> Path:
    """Run a notebook and write it as one page.

    Parameters
    ----------
    notebook
        The file, ``.ipynb``; it stays as it is.
    out
        Where to write; by default beside the notebook, with the ending ``.html``.
    force
        Overwrite a file that is not an earlier export.
    report
        Is told after each cell how many are done, and how many there are.

    Raises
    ------
    ExportError
        If the notebook cannot be read or run, or the page not written; the message says what to do.
    """
    source = Path(notebook)
    target = Path(out) if out is not None else source.with_suffix(".html")
    node = read(source)
    partial = _open(target, source, force=force)
    try:
        run(node, source, report)
        partial.write_text(page(node, source, SIGNATURE, MOST_BYTES), encoding="utf-8", newline="\n")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _open(target: Path, source: Path, *, force: bool) -> Path:
    """Make sure, before the notebook runs, that the page can be written; return the file it is first written to."""
    if target.is_dir():
        raise ExportError(f"--out: got the folder {target}, wanted a file. Add a name: {target / source.stem}.html")
    if target.exists():
        if target.resolve() == source.resolve():
            raise ExportError(f"--out: got {target}, which is the notebook. Choose another name.")
        with target.open("rb") as held:
            ours = SIGNATURE.encode() in held.read(2000)
        if not ours and not force:
            raise ExportError(
                f"--out: {target} is there already, and it is no export of a notebook. Choose another name, "
                "or overwrite it with --force."
            )
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.touch()
    except OSError as error:
        raise ExportError(
            f"--out: {target} cannot be written ({error.strerror}). Choose a folder that is there and is yours."
        ) from error
    return partial
