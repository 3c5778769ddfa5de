"""Sandboxes for tests: open one, run code in it, see which processes it has."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnlab.grading.model import GradingError, Limits
from cnnlab.grading.sandbox import Sandbox, open_sandbox

STEPS = ("bubblewrap", "landlock")
STAND_IN = Path(__file__).with_name("stand_in.py")


def opened(kind: str, memory: int = 1024) -> Sandbox:
    """Open a sandbox with the stand-in. Where the tests must be complete, a machine without it fails them."""
    try:
        return open_sandbox(kind, Limits(memory=memory), program=STAND_IN)
    except GradingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


class Room:
    """A sandbox in which code runs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._lines = sandbox.socket.makefile()

    def send(self, code: str, *, seconds: float = 5.0, memory: int = 1024) -> None:
        order = {"code": code, "seconds": seconds, "memory": memory}
        self.sandbox.socket.sendall(json.dumps(order).encode() + b"\n")

    def run(self, code: str, **limits: float) -> dict:
        """Return what a child told, and how it ended: 0, or minus the signal that ended it."""
        self.send(code, **limits)
        told: dict = {}
        while "end" not in told:
            told |= json.loads(self._lines.readline())
        return told

    def close(self) -> None:
        self._lines.close()
        self.sandbox.close()


def family(pid: int) -> set[tuple[int, str]]:
    """Return a process and all below it, each with the time of its start, which makes the number unique."""
    below: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        if fields := _stat(int(name)):
            below.setdefault(int(fields[1]), []).append(int(name))
    found, todo = set(), [pid]
    while todo:
        one = todo.pop()
        if fields := _stat(one):
            found.add((one, fields[19]))
        todo += below.get(one, [])
    return found


def grown(kind: str, pid: int) -> set[tuple[int, str]]:
    """Return the family of a sandbox once it is complete: the nursery and a child, and two of bubblewrap's."""
    assert until(lambda: len(family(pid)) == (4 if kind == "bubblewrap" else 2))
    return family(pid)


def until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False if it never does."""
    end = time.monotonic() + 10
    while not (now := holds()) and time.monotonic() < end:
        time.sleep(0.01)
    return now


def living(processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return those that still run."""
    now = ((process, _stat(process[0])) for process in processes)
    return {process for process, fields in now if fields and fields[0] not in "ZX" and fields[19] == process[1]}


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from the third on: state, parent, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
