"""A grader process as its run sees it: start it, ask it, end it, and say how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from cnnlab.grading import pipe

__all__ = ["Died", "NotStarted", "Process"]

START = 60.0  # seconds to import
GROWTH = 512  # megabytes that it may gain before it is replaced
PACKAGE = Path(__file__).resolve().parents[2]


class Died(Exception):
    """A grader process gave no answer; the message says why."""


class NotStarted(Died):
    """It did not even come up."""


class Process:
    """A process that grades one job after another; see ``cnnlab/grading/__main__.py`` for its side.

    Parameters
    ----------
    function
        What grades, as "module:name".
    """

    def __init__(self, function: str) -> None:
        # -P: a numpy.py that lies in the folder we are in, a learner's perhaps, must not be imported.
        command = [sys.executable, "-P", "-m", "cnnlab.grading", "--function", function]
        path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")]))
        one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CNNLAB_THREADS"), "1")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (not a pipe: one that nobody empties would block it)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **one, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the run; and one kill reaches all that it starts
        )
        self._ready = False
        self._first = 0  # megabytes after the first job
        self.grown = False

    def ask(self, block: bytes, seconds: float) -> dict[str, Any]:
        """Have a job graded; return the answer.

        Raises
        ------
        Died
            If the process ends before it answers, or does not answer in time; it is of no use then.
        """
        if not self._ready:
            try:
                self._exchange(b"", START)
            except Died as death:
                raise NotStarted(f"The grader process did not start. {death}") from None
            self._ready = True
        answer = self._exchange(block, seconds)
        self._first = self._first or answer["memory"]
        self.grown = answer["memory"] > self._first + GROWTH
        return answer

    def _exchange(self, block: bytes, seconds: float) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        hung = threading.Event()

        def give_up() -> None:
            hung.set()
            self.kill()

        clock = threading.Timer(seconds, give_up)  # pipes cannot be waited for with a limit on every system
        clock.start()
        try:
            if block:
                pipe.write(self._process.stdin, block)
            answer: dict[str, Any] = json.loads(pipe.read(self._process.stdout))
        except (EOFError, OSError, ValueError, MemoryError):  # the last: a length that is none
            told = f"It gave no answer for {seconds:g} seconds and was stopped." if hung.is_set() else self._end()
            raise Died(told) from None
        finally:
            clock.cancel()
        return answer

    def _end(self) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "It broke off its answer."
        if code < 0:
            return f"It was ended by {_signal(-code)}."
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 2000))
        said = self._errors.read().decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f"It ended with exit code {code}. {last}".rstrip()

    def close(self) -> None:
        """Let it end by itself, which is what a closed pipe tells it; then see to it."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        self.kill()
        self.bury()

    def kill(self) -> None:
        """End it and all that it started. Any thread may do so."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # gone already
                os.killpg(self._process.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Wait for its end, after a kill, and give back what it held."""
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            assert stream
            with contextlib.suppress(OSError):  # what was still to be written
                stream.close()


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} (often: the machine had no memory left)" if name == "SIGKILL" else name
