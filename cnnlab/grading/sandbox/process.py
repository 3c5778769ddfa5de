"""The processes of a sandbox: their start, their socket and their end."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnlab.grading.model import GradingError

__all__ = ["Sandbox", "Unavailable", "started"]

Folder = tempfile.TemporaryDirectory[str] | None
START = 20.0  # seconds that a start may take on a busy machine
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37  # linux/prctl.h


class Unavailable(GradingError):
    """One kind of sandbox cannot be had on this machine."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


class Sandbox:
    """Processes that may compute and talk on one socket, and do nothing else.

    They also end with the thread that opened the sandbox, so open it in one that lives as long.
    """

    def __init__(self, kind: str, channel: socket.socket, process: subprocess.Popen[bytes], folder: Folder) -> None:
        self.kind = kind  # "bubblewrap", "landlock" or "none"
        self.socket = channel
        self._process: subprocess.Popen[bytes] | None = process
        self._folder = folder
        self._first: int | None = None  # a descriptor of the process with which all others end

    def __repr__(self) -> str:
        return f"<Sandbox {self.kind}>"

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """End all its processes; they are dead on return. What they sent before can still be received."""
        if self._process is None or self._process.returncode is not None:
            return
        if self._first is None:
            _end_group(self._process)
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            select.select([self._first], [], [])  # readable when it is dead, and it dies after all others
            os.close(self._first)
            self._process.wait()
        if self._folder:
            self._folder.cleanup()

    def close(self) -> None:
        """End all its processes and give back what it used."""
        self.kill()
        self.socket.close()
        if self._process is not None:
            for stream in filter(None, (self._process.stdin, self._process.stderr)):
                stream.close()
            self._process = None  # let go of here, not by the garbage collector in the middle of a learner's call


def started(
    kind: str,
    command: Sequence[str],
    settings: Mapping[str, Any],
    *,
    search: str = "",
    wrap: Callable[[int], Sequence[str]] | None = None,
    folder: Folder = None,
) -> Sandbox:
    """Start a command that runs ``confine.py`` and wait until it is confined.

    Parameters
    ----------
    command
        The interpreter and ``confine.py``; the number of its socket is added.
    settings
        What it is to give up.
    search
        Where its loader looks for libraries.
    wrap
        Words to put before the command, for a program that makes new namespaces. It is called with a descriptor, to
        which that program writes the number of the first process within.
    folder
        Goes when the sandbox goes.

    Raises
    ------
    OSError
        If it does not start, or ends before it is confined; its text is the reason.
    """
    ours, theirs = socket.socketpair()
    told, telling = os.pipe()
    try:
        words = [*(wrap(telling) if wrap else ()), *command, str(theirs.fileno())]
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(theirs.fileno(), telling) if wrap else (theirs.fileno(),),
            env={"LD_LIBRARY_PATH": search} if search else {},
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        ours.close()
        os.close(told)
        raise
    finally:
        theirs.close()
        os.close(telling)
    sandbox = Sandbox(kind, ours, process, folder)
    try:
        if wrap:
            sandbox._first = _first(told)
        _confined(process, settings)
    except BaseException:
        sandbox.close()
        raise
    finally:
        os.close(told)
    return sandbox


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children. They become ours when it dies, so that we can wait for their end too."""
    before = ctypes.c_int()
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-process.pid, 0)
    if sys.platform == "linux":
        prctl(PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def _first(told: int) -> int | None:
    """Return a descriptor of the process that bubblewrap names, None if bubblewrap ended without starting it."""
    text = b""
    while part := os.read(told, 4096):
        text += part
    return os.pidfd_open(json.loads(text)["child-pid"]) if text else None


def _confined(process: subprocess.Popen[bytes], settings: Mapping[str, Any]) -> None:
    assert process.stdin
    assert process.stderr
    with process.stderr as stream:
        with contextlib.suppress(BrokenPipeError), process.stdin as door:
            door.write(json.dumps(settings).encode())
        said, end = b"", time.monotonic() + START
        while not said.endswith(b"ready\n"):
            if not select.select([stream], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"it did not start within {START:g} seconds")
            part = os.read(stream.fileno(), 4096)
            said += part
            if not part:
                lines = said.decode(errors="replace").strip().splitlines()
                raise OSError(lines[-1] if lines else "it ended without a word")
