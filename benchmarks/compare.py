"""cnnlab against PyTorch, plain NumPy and loops: ``python benchmarks/compare.py``.

All contenders of a row run in turn in one process, with the same number of threads; the table shows medians, and for
plain NumPy (plain.py) and the loops how many times as long as cnnlab they take. Each turn begins with 30 ms that are
not measured, in which the contender's own threads wake up and those of the one before stop spinning; then three calls
are timed. Memory is warm: freed memory stays with the process (glibc's own settings, the same for all), else the pages
of new arrays would be what is measured.
Peak memory is that of one call in a process of its own, without those settings: what comes on top of the inputs.

Writes results.json and results.png into --out. PyTorch is optional: pip install cnnlab[bench].
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WARM = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "MALLOC_TOP_PAD_": str(64 << 20),
}
LEAD = 0.03  # seconds of a turn that are not measured
TURN = 3  # calls of a turn that are


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="for every contender (default 2)")
    parser.add_argument("--seconds", type=float, default=3.0, help="per row (default 3)")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--no-growth", action="store_true", help="only the table")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), help="folder for json and png")
    parser.add_argument("--memory", nargs=2, metavar=("ROW", "CONTENDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(_peak(*options.memory, options.threads))
        return
    if options.threads < 1:
        parser.error(f"--threads: got {options.threads}, wanted at least 1. Write --threads 2.")
    if any(os.environ.get(key) != value for key, value in WARM.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **WARM})

    from works import growth, works

    chosen = [work for work in works() if options.only in work.name]
    if not chosen:
        names = ", ".join(work.name for work in works())
        parser.error(f"--only: got {options.only!r}, wanted a part of a row's name. Take one of: {names}.")
    try:
        options.out.mkdir(parents=True, exist_ok=True)  # before minutes of measuring
    except OSError as error:
        parser.error(f"--out: got {options.out} ({error.strerror}), wanted a folder to write in. Choose another one.")
    _use_threads(options.threads)
    results: dict[str, Any] = {"machine": _machine(options.threads), "rows": [], "growth": {}}
    print(f"{'':78}{'cnnlab':>9}{'torch':>9}{'ratio':>7}{'goal':>6}{'plain':>8}{'loops':>8}  peak MB")
    for work in chosen:
        calls = work.make()
        times = _interleaved({name: call for name, call in calls.items() if name != "loops"}, options.seconds)
        if "loops" in calls:
            times["loops"] = [t / work.loops_share for t in _interleaved({"loops": calls["loops"]}, 0)["loops"]]
        memory = {
            name: _measured_apart(work.name, name, options.threads) for name in ("cnnlab", "torch") if name in calls
        }
        results["rows"].append({"name": work.name, "goal": work.goal, "seconds": times, "peak_mb": memory})
        print(_line(results["rows"][-1]), flush=True)
    if not options.no_growth:
        for axis, sizes in growth().items():
            results["growth"][axis] = [
                {"size": size, "seconds": _interleaved(calls, options.seconds / 3)} for size, calls in sizes
            ]
            print(_growth_line(axis, results["growth"][axis]), flush=True)
    (options.out / "results.json").write_text(json.dumps(results, indent=1))
    _draw(results, options.out / "results.png")
    print(f"Wrote results.json and results.png to {options.out}")


def _interleaved(calls: dict[str, Any], seconds: float) -> dict[str, list[float]]:
    """Time the calls in turn, at least three rounds, each round beginning with another one."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    names, end = list(calls), time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[names[0]]) < 3 * TURN:
        for name in names:
            awake = time.perf_counter() + LEAD
            while time.perf_counter() < awake:
                calls[name]()
            for _ in range(TURN):
                start = time.perf_counter()
                calls[name]()
                times[name].append(time.perf_counter() - start)
        names.append(names.pop(0))
    return times


def _peak(row: str, contender: str, threads: int) -> float:
    """Return by how many MB one call raises the process's memory at most; the result counts, the inputs do not."""
    from works import works

    _use_threads(threads)
    call = next(work for work in works() if work.name == row).make()[contender]
    ctypes.CDLL(None).malloc_trim(0)  # what the preparation left over must not hide what the call needs
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _status("VmRSS")
    result = call()
    del result
    return (_status("VmHWM") - before) / 1024


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1])


def _measured_apart(row: str, contender: str, threads: int) -> float | None:
    if sys.platform != "linux":
        return None
    cold = {key: value for key, value in os.environ.items() if key not in WARM}
    command = [sys.executable, __file__, "--threads", str(threads), "--memory", row, contender]
    done = subprocess.run(command, env=cold, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def _use_threads(threads: int) -> None:
    import threadpoolctl
    import works

    from cnnlab.ops import set_threads

    set_threads(threads)
    threadpoolctl.threadpool_limits(threads, "blas")  # for plain NumPy
    if works.torch is not None:
        works.torch.set_num_threads(threads)


def _machine(threads: int) -> dict[str, Any]:
    import numpy as np
    import threadpoolctl
    import works

    blas = [f"{lib['internal_api']} {lib.get('architecture', '')}" for lib in threadpoolctl.threadpool_info()]
    return {
        "threads": threads,
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "numpy": np.__version__,
        "torch": None if works.torch is None else works.torch.__version__,
        "blas": blas,
    }


def _line(row: dict[str, Any]) -> str:
    medians = {name: statistics.median(times) * 1e3 for name, times in row["seconds"].items()}
    theirs = medians.get("torch")
    ratio = f"{medians['cnnlab'] / theirs:7.2f}" if theirs else "      –"
    mark = " " if not theirs or medians["cnnlab"] / theirs <= row["goal"] else "!"
    plain = f"{medians['plain'] / medians['cnnlab']:7.1f}×" if "plain" in medians else "       –"
    loops = f"{medians['loops'] / medians['cnnlab']:7.0f}×" if "loops" in medians else "       –"
    memory = " / ".join("–" if peak is None else f"{peak:.0f}" for peak in row["peak_mb"].values())
    shown = f"{theirs:7.2f}ms" if theirs else "        –"
    return f"{row['name']:78}{medians['cnnlab']:7.2f}ms{shown}{ratio}{mark}{row['goal']:5.2f}{plain}{loops}  {memory}"


def _growth_line(axis: str, points: list[dict[str, Any]]) -> str:
    parts = []
    for point in points:
        medians = {name: statistics.median(times) * 1e3 for name, times in point["seconds"].items()}
        parts.append(f"{point['size']}: {' / '.join(f'{t:.2f}' for t in medians.values())}")
    return f"growth with {axis} (ms, {' / '.join(points[0]['seconds'])}):  " + "   ".join(parts)


def _draw(results: dict[str, Any], path: Path) -> None:
    try:
        import matplotlib
    except ImportError:
        print("No figure: matplotlib is not installed (pip install cnnlab[bench]).")
        return
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [row for row in results["rows"] if "torch" in row["seconds"]]
    growth = results["growth"]
    plan = [["rows", *list(growth)[:3]], ["rows", *list(growth)[3:], "."]] if growth else [["rows"]]
    figure, panels = plt.subplot_mosaic(plan, figsize=(5 + 4.5 * len(plan[0]), 10), layout="constrained")
    table = panels.pop("rows")
    for i, row in enumerate(rows):
        ours, theirs = (statistics.median(row["seconds"][name]) for name in ("cnnlab", "torch"))
        table.barh(i, ours / theirs, color="#0072b2" if ours / theirs <= row["goal"] else "#d55e00")
        table.plot(row["goal"], i, "|", color="black", markersize=12)
    table.set_yticks(range(len(rows)), [row["name"].replace(" float", "\nfloat", 1) for row in rows], fontsize=8)
    table.invert_yaxis()
    table.set_xlabel("time, as a share of PyTorch's (bar) and its goal (line)")
    for axis, points in growth.items():
        panel, sizes = panels[axis], [point["size"] for point in points]
        for name, mark in (("cnnlab", "o-"), ("torch", "s--")):
            if name in points[0]["seconds"]:
                medians = [statistics.median(point["seconds"][name]) * 1e3 for point in points]
                panel.loglog(sizes, medians, mark, label=name)
        panel.set(xlabel=axis, ylabel="forward + backward, ms")
        panel.set_xticks(sizes, sizes)
        panel.set_xticks([], minor=True)
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter("{x:g}")
        panel.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
