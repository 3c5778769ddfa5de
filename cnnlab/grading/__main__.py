"""``python -m cnnlab.grading``: one grader process. It imports once, then takes jobs from a pipe and answers each.

Trusted, but expendable: the run that started it replaces it when it dies, hangs or grows. It ends with its run: when
the pipe closes, however that came about, it ends itself and all that it started.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from cnnlab import __version__
from cnnlab.grading import pipe
from cnnlab.grading.model import Graded, GradingError, Job

__all__: list[str] = []

MEMORY = 4 * 2**30  # bytes of address space for the grader itself
PATIENCE = 2.0  # seconds to end by itself after the run has gone


def main() -> None:
    """Serve until the pipe closes."""
    parser = argparse.ArgumentParser(prog="python -m cnnlab.grading", description="A grader process of cnnlab grade.")
    parser.add_argument("--function", required=True, metavar="MODULE:NAME", help="Takes a Job, returns a Graded.")
    module, _, name = parser.parse_args().function.partition(":")
    incoming, outgoing = _claim_pipes()
    jobs: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, jobs), daemon=True).start()
    _bound_memory()
    grade: Callable[[Job], Graded] = getattr(importlib.import_module(module), name)
    pipe.write(outgoing, json.dumps({"ready": __version__}).encode())
    while (block := jobs.get()) is not None:
        answer = _answer(grade, pipe.unpack(block))
        pipe.write(outgoing, json.dumps(answer | {"memory": _memory()}).encode())


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the run alone: what code prints goes to stderr, and what it reads is empty."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    return incoming, outgoing


def _listen(incoming: BinaryIO, jobs: queue.SimpleQueue[bytes | None]) -> None:
    """Put blocks in the queue. When the run is gone, end: by returning if idle, by force in the middle of a job."""
    try:
        while True:
            jobs.put(pipe.read(incoming))
    except EOFError:
        jobs.put(None)
        time.sleep(PATIENCE)
        if sys.platform != "win32" and os.getpgrp() == os.getpid():  # never a group that others are in
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


def _answer(grade: Callable[[Job], Graded], job: Job) -> dict[str, Any]:
    try:
        return {"graded": grade(job).to_json()}
    except GradingError as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}".removesuffix(": ")}


def _bound_memory() -> None:
    if sys.platform == "linux":
        import resource

        # The soft limit only: the sandbox, started from here, sets its own, and it may be higher.
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard < 0 else min(MEMORY, hard), hard))


def _memory() -> int:
    """Return what this process holds in memory, in megabytes; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except OSError:
        return 0


if __name__ == "__main__":
    main()
