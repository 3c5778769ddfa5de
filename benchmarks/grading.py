"""cnnlab's grader against nbgrader on the same submissions: ``python benchmarks/grading.py``.

A class hands in notebook 01 with its three exercises: a quarter each is right, holds mistakes, is untouched, or is
broken (no Python, or cut off in the middle of the file). ``cnnlab grade`` grades all of them in its sandbox, as often
as --rounds says; the table has medians. ``nbgrader autograde`` runs each submission in turn, here --nbgrader of the
same folder. What it takes for one more is the time for these less that for one, shared out; its time for all is
extrapolated from that.

Memory is looked up while they run, Linux only: the peak of the process that was started, the peak of the largest of
the others (grader processes, sandboxes, kernels), and the highest sum of all at one moment, shared pages shared out.

Writes grading.json into --out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NOTEBOOK = "01_edge_detection"
SIZES = (1, 50)  # besides all: what one takes, and whether memory grows
RIGHT = {
    "cross_correlate2d": """def cross_correlate2d(image, kernel):
    kh, kw = kernel.shape
    out = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = np.sum(image[p:p + kh, q:q + kw] * kernel)
    return out""",
    "diagonal_edge_kernel": """def diagonal_edge_kernel():
    return np.array([[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0], [-2.0, -1.0, 0.0]])""",
    "convolve2d": """def convolve2d(image, kernel):
    return cross_correlate2d(image, kernel[::-1, ::-1])""",
}
SLIPS = [("+ 1, ", ", "), ("* kernel", "* kernel.T"), ("[0.0, 1.0", "[0.0, 0.0"), ("[::-1, ::-1]", "[::-1]")]


@dataclass
class Taken:
    """What a command took."""

    seconds: float
    processor: float  # seconds of all cores, with all processes it started
    main_mb: float = 0.0
    largest_mb: float = 0.0
    together_mb: float = 0.0


@dataclass
class _Memory:
    """Looks up the memory of a process and all it started, until stopped."""

    pid: int
    peaks: dict[int, float] = field(default_factory=dict)
    together: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.1):
            shares = [self._look(pid) for pid in _family(self.pid)]
            self.together = max(self.together, sum(shares))

    def _look(self, pid: int) -> float:
        try:
            self.peaks[pid] = _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM") / 1024
            return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss") / 1024
        except (OSError, StopIteration):  # it has just ended
            return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=300, help="of the class (default 300)")
    parser.add_argument("--nbgrader", type=int, default=10, help="of these for nbgrader, 0 for none (default 10)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of cnnlab (default: one for each core)")
    parser.add_argument("--rounds", type=int, default=3, help="of cnnlab (default 3)")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="folder for the json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        results = _measure(Path(place), options)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "grading.json").write_text(json.dumps(results, indent=1))
    print(f"Wrote grading.json to {options.out}")


def _measure(place: Path, options: argparse.Namespace) -> dict[str, Any]:
    release = place / "release"
    _run([sys.executable, "-m", "cnnlab", "release", "01", "--out", str(release)])
    given = json.loads((release / "notebooks" / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    works = [_work(given, number) for number in range(options.submissions)]
    results: dict[str, Any] = {"machine": _machine(options.workers), "cnnlab": {}, "nbgrader": {}}
    head = f"{'':24}{'seconds':>9}{'a second':>10}{'processor':>11}{'main MB':>9}{'largest MB':>12}{'together MB':>13}"
    print(head, flush=True)
    for size in sorted({min(size, len(works)) for size in (*SIZES, len(works))}):
        taken = [_cnnlab(place, release, works[:size], options.workers) for _ in range(options.rounds)]
        results["cnnlab"][size] = [asdict(one) for one in taken]
        print(_line(f"cnnlab, {size}", size, taken), flush=True)
    if options.nbgrader > 1:
        few = works[: options.nbgrader]
        one, all_few = _nbgrader(place, given, few[:1]), _nbgrader(place, given, few)
        results["nbgrader"] = {1: asdict(one), len(few): asdict(all_few)}
        print(_line("nbgrader, 1", 1, [one]))
        print(_line(f"nbgrader, {len(few)}", len(few), [all_few]))
        print(_compared(results, len(works), len(few)))
    return results


def _work(given: dict[str, Any], number: int) -> bytes:
    """Return what a learner handed in: a kind in turn, each learner with another name for a variable."""
    texts = {id: text.replace("out", f"out{number}") for id, text in RIGHT.items()}
    kind = ("right", "mistakes", "untouched", "broken")[number % 4]
    if kind == "mistakes":
        old, new = SLIPS[number // 4 % len(SLIPS)]
        texts = {id: text.replace(old, new) for id, text in texts.items()}
    elif kind == "untouched":
        texts = {}
    elif number % 8 == 3:
        texts["convolve2d"] = "def convolve2d(image, kernel)\n    return image"
    cells = [{**cell, "source": texts.get(cell["id"], cell["source"])} for cell in given["cells"]]
    content = json.dumps({**given, "cells": cells}).encode()
    return content[: len(content) // 2] if number % 8 == 7 else content


def _cnnlab(place: Path, release: Path, works: Sequence[bytes], workers: int) -> Taken:
    submissions, out = place / "submissions", place / "scores"
    for folder in (submissions, out):
        shutil.rmtree(folder, ignore_errors=True)
    for number, content in enumerate(works):
        _put(submissions / f"learner{number}" / f"{NOTEBOOK}.ipynb", content)
    command = [sys.executable, "-m", "cnnlab", "grade", str(submissions), "--release", str(release)]
    # Broken files are reported, and so the exit code is not 0.
    taken = _run([*command, "--out", str(out), "--workers", str(workers)], fine=(0, 1))
    graded = len(list((out / "feedback").rglob("*.html")))
    if graded != len(works):
        sys.exit(f"{graded} of {len(works)} submissions have feedback. Run cnnlab grade by hand to see why.")
    return taken


def _nbgrader(place: Path, given: dict[str, Any], works: Sequence[bytes]) -> Taken:
    course = place / f"course{len(works)}"
    nbgrader = [sys.executable, "-m", "nbgrader"]
    _run([*nbgrader, "quickstart", course.name], cwd=place)
    _put(course / "source" / NOTEBOOK / f"{NOTEBOOK}.ipynb", json.dumps(given).encode())
    _run([*nbgrader, "generate_assignment", NOTEBOOK], cwd=course)
    for number, content in enumerate(works):
        _put(course / "submitted" / f"learner{number}" / NOTEBOOK / f"{NOTEBOOK}.ipynb", content)
    return _run([*nbgrader, "autograde", NOTEBOOK], cwd=course, fine=(0, 1))


def _run(command: Sequence[str], *, cwd: Path | None = None, fine: Sequence[int] = (0,)) -> Taken:
    # nbgrader calls programs that stand beside this Python by their names.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before, start = _processor(), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, cwd=cwd, env={**os.environ, "PATH": path}, stdout=said, stderr=said)
        memory = _Memory(child.pid)
        watcher = threading.Thread(target=memory.watch)
        if sys.platform == "linux":
            watcher.start()
        code = child.wait()
        seconds = time.perf_counter() - start
        memory.over.set()
        if code not in fine:
            said.seek(0)
            sys.exit(f"{' '.join(command)}\n{said.read().decode(errors='replace')}")
    if sys.platform == "linux":
        watcher.join()
    others = [peak for pid, peak in memory.peaks.items() if pid != child.pid]
    peaks = (memory.peaks.get(child.pid, 0.0), max(others, default=0.0), memory.together)
    return Taken(seconds, _processor() - before, *peaks)


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _kilobytes(path: Path, key: str) -> int:
    return int(next(line for line in path.read_text().splitlines() if line.startswith(f"{key}:")).split()[1])


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _machine(workers: int) -> dict[str, Any]:
    return {"workers": workers, "cores": os.cpu_count(), "platform": platform.platform(), "python": sys.version}


def _line(name: str, size: int, taken: Sequence[Taken]) -> str:
    seconds, *rest = (
        statistics.median(values) for values in zip(*(asdict(one).values() for one in taken), strict=True)
    )
    processor, *peaks = rest
    memory = f"{peaks[0]:9.0f}{peaks[1]:12.0f}{peaks[2]:13.0f}"
    return f"{name:24}{seconds:9.2f}{size / seconds:10.2f}{processor:11.1f}{memory}"


def _compared(results: dict[str, Any], size: int, few: int) -> str:
    """Say how both compare, on the clock and in processor time, which other work on the machine changes less."""
    said = []
    for key, what in (("seconds", "on the clock"), ("processor", "of processor time")):
        ours = statistics.median(one[key] for one in results["cnnlab"][size])
        one, more = (results["nbgrader"][n][key] for n in (1, few))
        each = (more - one) / (few - 1)
        theirs = one + each * (size - 1)
        results[f"ratio of {key}"] = theirs / ours
        said.append(
            f"{each:.2f} s each and {theirs:.0f} s in all {what}, cnnlab {ours:.0f} s: {theirs / ours:.1f} times"
        )
    return f"nbgrader, {size}, extrapolated from {few}: " + "; ".join(said)


if __name__ == "__main__":
    main()
