"""Notebooks from their sources: read, check, strip, run, compare.

One file per notebook, ``notebooks/source/NN_name.py`` (py:percent), is what an author edits. From it come the learner
edition (solutions taken out, run, committed) and the solution edition (run, never committed). ``docs/authors.md`` says
how to write one.

For the command line: ``cnnlab build`` calls :func:`build`, ``cnnlab build --check`` calls :func:`check_drift` and exits
with 1 if it returns any line. Both raise :class:`SourceError`; its text is one problem per line, each beginning
``path:line:``. Print it and exit with 1. Nothing has been written then.
"""

from cnnlab.authoring.problem import Problem, SourceError

try:
    from cnnlab.authoring.build import build, build_edition, check_drift
except ModuleNotFoundError as error:
    if (error.name or "cnnlab").partition(".")[0] == "cnnlab":
        raise
    raise ImportError(
        f"Building notebooks needs {error.name}, which is not installed. Run: pip install 'cnnlab[dev]'"
    ) from error

__all__ = ["Problem", "SourceError", "build", "build_edition", "check_drift"]
