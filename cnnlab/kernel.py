"""A fresh kernel of this very interpreter, in which a notebook can be run cell by cell."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

import cnnlab

__all__ = ["COLOUR", "SECONDS", "client", "environment"]

SECONDS = 300  # for one cell; a fresh machine may first fill caches
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # with which IPython colours its tracebacks


class _ThisPython(KernelSpecManager):  # type: ignore[misc, unused-ignore]
    """Whatever kernels are registered on the machine, start this interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def client(node: NotebookNode, folder: Path, *arguments: str) -> NotebookClient:
    """Return what runs a notebook in a folder; its outputs go into the notebook."""
    return NotebookClient(
        node,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisPython()),
        timeout=SECONDS,
        startup_timeout=SECONDS,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR", *arguments],
        resources={"metadata": {"path": str(folder)}},
    )


def environment(folder: Path) -> dict[str, str]:
    """Let nothing of the user's machine show, and the package be found in a checkout.

    `folder` is for what Jupyter and Matplotlib write.
    """
    root = Path(cnnlab.__file__).resolve().parents[1]
    searched = [os.environ.get("PYTHONPATH", ""), "" if root.name.endswith("-packages") else str(root)]
    style = folder / "matplotlibrc"
    style.touch()  # empty: pictures look alike, whatever the user's own says
    kept = {key: value for key, value in os.environ.items() if key not in {"MPLBACKEND", "PYTHONWARNINGS"}}
    return {
        **kept,
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(style),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(part for part in searched if part),
    }
