"""What is installed here, and the command that installs what is not."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib import metadata

__all__ = ["command_line", "install_command", "installed"]


def installed(package: str) -> str:
    """Return the version of an installed package, or nothing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def install_command(*requirements: str) -> str:
    """Return the command that installs something for the very interpreter that is running.

    Examples
    --------
    >>> install_command("numpy>=1.26").endswith("'numpy>=1.26'") or os.name == "nt"
    True
    """
    pip = [sys.executable, "-m", "pip", "install"]
    if not installed("pip"):  # an environment made by uv has none
        pip = ["uv", "pip", "install", "--python", sys.executable]
    return command_line(*pip, *requirements)


def command_line(*words: str) -> str:
    """Write a command as this system's shell wants it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
