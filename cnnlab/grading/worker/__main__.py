"""The nursery: imports NumPy once, then forks a child for each exercise, waits for its end and tells how it ended.

Started as ``__main__.py FD [FOLDER]`` by ``confine.py``, or bare in tests. FD is a socket: for each child comes a line
of JSON with a socket for the child; for each child that ended goes its wait status, four bytes. FOLDER is where NumPy
lies, if it is not beside this file.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import socket
import struct
import sys
import types
from collections.abc import Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
# Under which names the files beside this one import one another. The packages around them are empty here.
NAMES = {
    "cnnlab.clock": "clock",
    "cnnlab.trial": "trial",
    "cnnlab.check.function": "function",
    **{f"cnnlab.grading.wire.{name}": name for name in ("channel", "form", "mirror", "reader", "writer")},
    **{f"cnnlab.grading.worker.{name}": name for name in ("alarm", "cells", "course", "namespace", "serve")},
}
PACKAGES = {name[:i] for name in NAMES for i, sign in enumerate(name) if sign == "."}


class Flat(importlib.abc.MetaPathFinder):
    """Finds the worker's files under their usual names, and nothing else that is neither Python's nor NumPy's."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module is, None to look on."""
        if name in PACKAGES:
            return importlib.machinery.ModuleSpec(name, None, is_package=True)
        if name in NAMES:
            return importlib.util.spec_from_file_location(name, os.path.join(HERE, f"{NAMES[name]}.py"))
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in ("numpy", "confine") or top.startswith("_sysconfigdata_"):
            return None
        raise ModuleNotFoundError(f"`{top}` is not there in graded work.", name=name)


def main(control: socket.socket) -> None:
    """Make children until the other side hangs up."""
    from cnnlab.grading.worker.serve import serve

    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            return
        limits = json.loads(message)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                control.close()
                channel = socket.socket(fileno=descriptors[0])
                if "confine" in sys.modules:
                    sys.modules["confine"].confine_child(limits["seconds"], limits["memory"], (channel.fileno(),))
                serve(channel)
                status = 0
            finally:
                os._exit(status)
        os.close(descriptors[0])
        _, ended = os.waitpid(child, 0)
        control.sendall(struct.pack("<i", ended))


if __name__ == "__main__":
    sys.path[:0] = [*sys.argv[2:3]]
    sys.meta_path.insert(0, Flat())
    main(socket.socket(fileno=int(sys.argv[1])))
