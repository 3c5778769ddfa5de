"""Measure every widget as a learner feels it, in a real JupyterLab and a real browser; print JSON.

Run ``python benchmarks/latency.py`` or ``python benchmarks/latency.py SlidingWindow``. Times are in milliseconds from
the press to the frame that shows the change, taken inside the page. Goals: steps under 20 (95 % under 40), a change
that recomputes under 100 (150 for a photograph and for 64×64 inputs), Play at 30 frames a second, ``import cnnlab``
under 150.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import lab  # noqa: E402


class Row(NamedTuple):
    """A widget, and the control whose changes are timed: a menu or a slider."""

    make: str
    control: str
    play: bool = False  # also count the frames of Play


ROWS = {
    "EdgeLab": Row("EdgeLab()", "kernel"),
    "EdgeLab, photograph": Row("EdgeLab('temple', 'sobel_x')", "kernel", play=True),
    "SlidingWindow": Row("SlidingWindow(n=12, p=1)", "s_rows"),
    "SlidingWindow, 64×64": Row("SlidingWindow(np.arange(4096).reshape(64, 64) % 251, pad=1)", "p_rows", play=True),
    "VolumeConv": Row("VolumeConv()", "filters"),
    "PoolExplorer": Row("PoolExplorer()", "shift"),
    "BackpropExplorer": Row("BackpropExplorer()", "pad"),
    "BatchNormExplorer": Row("BatchNormExplorer()", "gamma"),
    "Im2colExplorer": Row("Im2colExplorer()", "stride"),
    "ConvNetExplorer": Row("ConvNetExplorer()", "example"),
}

# Press, wait until what is watched differs, then until the frame after that has been painted.
REPAINT = """async ([key, rounds]) => {
    const root = document.querySelector('.cnnlab-lab'), times = [];
    const sentence = root.querySelector('.cnnlab-sentence'), scene = root.querySelector('.cnnlab-scene');
    const state = () => key ? scene.firstElementChild : sentence.textContent;
    const arrow = (node, round) => node.dispatchEvent(
        new KeyboardEvent('keydown', { key: round % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true }));
    for (let round = 0; round < rounds; round++) {
        const before = state(), start = performance.now();
        const control = key ? root.querySelector(`.cnnlab-set-${key} :is(select, [role=slider])`) : null;
        if (!key) root.querySelector(`[data-move="${round % 2 ? -1 : 1}"]`).click();
        else if (control.role === 'slider') arrow(control, round);
        else {
            control.selectedIndex = (control.selectedIndex + 1) % Math.min(8, control.options.length);
            control.dispatchEvent(new Event('change', { bubbles: true }));
        }
        if (state() === before) await new Promise((done) => {
            const watcher = new MutationObserver(() => { if (state() !== before) { watcher.disconnect(); done(); } });
            watcher.observe(root, { childList: true, subtree: true, characterData: true });
            setTimeout(done, 5000);  // a change that never shows counts as five seconds
        });
        await new Promise((done) => requestAnimationFrame(() => {
            const channel = new MessageChannel();  // its message comes right after the frame is painted
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
        }));
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done, key ? 250 : 30));
    }
    return times;
}"""

FRAMES = """async (seconds) => {
    const node = document.querySelector('.cnnlab-lab .cnnlab-sentence');
    let changes = 0;
    const watcher = new MutationObserver(() => changes++);
    watcher.observe(node, { childList: true, characterData: true, subtree: true });
    await new Promise((done) => setTimeout(done, seconds * 1000));
    watcher.disconnect();
    return changes / seconds;
}"""


def summary(times: list[float]) -> dict[str, float]:
    ranked = sorted(times)
    return {
        "median": round(statistics.median(ranked), 1),
        "p95": round(ranked[int(0.95 * (len(ranked) - 1))], 1),
        "rounds": len(ranked),
    }


def import_time(rounds: int = 7) -> float:
    """Best time of ``import cnnlab`` in a fresh process, without the interpreter's own start."""
    code = "import time; a = time.perf_counter(); import cnnlab; print(1000 * (time.perf_counter() - a))"
    command = [sys.executable, "-c", code]
    return round(min(float(subprocess.check_output(command, cwd=ROOT)) for _ in range(rounds)), 2)


def measure(names: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"import cnnlab": import_time()}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with lab.browser() as chromium, lab.jupyterlab(folder) as url:
            for title in names:
                row = ROWS[title]
                cell = f"import numpy as np\nfrom cnnlab.widgets import {row.make.partition('(')[0]}\n{row.make}"
                lab.write_notebook(folder, "latency.ipynb", [cell])
                page = lab.open_notebook(chromium, url, "latency.ipynb")
                lab.run_all(page)
                page.wait_for_selector(".cnnlab-lab .noUi-handle[aria-label=Step]")
                lab.settle(page)
                page.evaluate(REPAINT, ["", 10])  # warm
                steps = page.evaluate(REPAINT, ["", 100])
                page.evaluate(REPAINT, [row.control, 4])
                changes = page.evaluate(REPAINT, [row.control, 30])
                result[title] = {"step": summary(steps), f"change of {row.control}": summary(changes)}
                if row.play:
                    page.get_by_label("Play or pause").click()
                    page.wait_for_timeout(500)
                    result[title]["play frames a second"] = round(page.evaluate(FRAMES, 5), 1)
                page.context.close()
    return result


if __name__ == "__main__":
    asked = [title for title in ROWS if not sys.argv[1:] or title.split(",")[0] in sys.argv[1:]]
    print(json.dumps(measure(asked), indent=2, ensure_ascii=False))
