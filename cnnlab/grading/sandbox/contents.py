"""What is inside a sandbox: Python without its site-packages, NumPy, the worker's files, and nothing else of cnnlab.

The worker's folder holds these files and the two packages side by side, under the names by which they import one
another. ``cnnlab`` itself is not there: the package is the answer key.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from cnnlab.grading import worker
from cnnlab.grading.model import GradingError

__all__ = ["HIDDEN", "Contents", "contents", "python", "worker_files"]

HIDDEN = ("site-packages", "dist-packages")  # folders of the standard library's folder that are not of it
SCREENS = ("_tkinter", "_curses", "_curses_panel", "readline")  # they draw in half a desktop's libraries


@dataclass(frozen=True)
class Contents:
    """What may be read, besides the worker's folder."""

    python: Path
    stdlib: tuple[Path, ...]  # but for what is HIDDEN in them
    numpy: tuple[Path, ...]  # folders

    @functools.cached_property
    def libraries(self) -> tuple[Path, ...]:
        """The files that the interpreter, its modules and NumPy are linked to.

        Raises
        ------
        GradingError
            If the loader does not say which.
        """
        modules = (path for folder in self.stdlib for path in folder.glob("lib-dynload/*.so"))
        objects = [path for path in modules if path.name.partition(".")[0] not in SCREENS]
        objects += [path for folder in self.numpy for path in folder.rglob("*.so*")]
        inside = {*self.stdlib, *self.numpy}
        return tuple(path for path in _linked(self.python, objects) if inside.isdisjoint(path.parents))

    @property
    def search(self) -> str:
        """Where the libraries are, for the loader, which cannot read the system's list of them."""
        return ":".join(dict.fromkeys(str(library.parent) for library in self.libraries))


def worker_files(program: Path | None = None) -> dict[str, Path]:
    """Return what the worker's folder holds by name, with another program in place of the worker's if one is given."""
    files = {path.name: path for path in worker.files()}
    return {**files, "__main__.py": program} if program else files


def python(start: str) -> list[str]:
    """Return the command that starts an interpreter with a program, away from the user's settings and packages."""
    return [str(contents().python), "-I", "-S", "-B", "-X", "utf8", start]


@functools.cache
def contents() -> Contents:
    """Find the parts on this machine."""
    # The interpreter below a virtual environment; the environment is outside.
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    # Compiled modules lie in a folder of the other modules' folder, or of one of their own (Fedora: lib64).
    compiled = Path(sysconfig.get_config_var("DESTSHARED") or os.__file__).resolve()
    stdlib = dict.fromkeys((Path(os.__file__).resolve().parent, compiled.parent))
    return Contents(program, tuple(folder for folder in stdlib if folder.is_dir()), _numpy())


def _numpy() -> tuple[Path, ...]:
    spec = importlib.util.find_spec("numpy")
    if spec is None or not spec.submodule_search_locations:
        raise GradingError("numpy: it is not installed here. Install the package's requirements again.")
    package = Path(spec.submodule_search_locations[0]).resolve()
    beside = package.with_name("numpy.libs")  # a wheel's own libraries
    return (package, beside) if beside.is_dir() else (package,)


def _linked(program: Path, objects: list[Path]) -> list[Path]:
    """Let the loader itself say which files it would load for the program and all objects, without running any."""
    asked = {"LD_TRACE_LOADED_OBJECTS": "1", "LD_PRELOAD": ":".join(map(str, objects))}
    environment = {**asked, "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    done = subprocess.run(
        [program, "-c", ""], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    # "libm.so.6 => /lib/libm.so.6 (0x7f…)", "/lib/ld-linux.so.2 (0x7f…)", "libodd.so => not found"
    words = [line.rpartition("=> ")[2].rpartition(" (")[0].strip() for line in done.stdout.splitlines()]
    files = [Path(word) for word in words if word.startswith("/")]
    if not files:
        raise GradingError(
            f"{program}: the loader does not say which libraries it needs. Use a Python built for glibc."
        )
    # Intel's mathematics opens its parts by name when it runs.
    for first in [file for file in files if file.name.startswith("libmkl_rt")]:
        files += [path for path in first.parent.glob("libmkl_*.so*") if path not in files]
        files += [path for path in first.parent.glob("libiomp5.so") if path not in files]
    return files
