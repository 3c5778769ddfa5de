"""The player's look-ups in JavaScript give what Python's give, by node's own test runner."""

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from cnnlab.traces import trace_correlation
from cnnlab.traces.number import number
from cnnlab.widgets.slidingwindow_picture import draw

PLAYER = files("cnnlab.widgets").joinpath("player.js")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: the player's JavaScript is not tested")
def test_javascript_looks_up_what_python_looks_up(tmp_path):
    rng = np.random.default_rng(1)
    kernel, settings = [[1, -0.5, 1 / 3], [0, 2, -1]], {"pad": 1, "stride": (2, 1), "dilation": (1, 2)}
    trace = trace_correlation(rng.normal(size=(7, 8)), kernel, mirrored=True, **settings)
    trace = trace_correlation(trace.image, kernel, response=trace.expected, **settings)  # most cells differ
    scene = draw(trace)
    cases = []
    for step in range(len(trace)):
        still = scene.at(step)
        words = {name: still.word(name) for name, slot in scene.slots.items() if slot.cursor == "cell"}
        cases.append({"step": step, "words": words, "sentences": {n: still.sentence(n) for n in ("formula", "cell")}})
    numbers = [
        [code, decimals, number(code / 10**decimals, decimals)]
        for code in (0, 1, -1, 5, -5, 10, -10, 999, -1000, 123456, -(10**15))
        for decimals in range(4)
    ]
    buffers = {name: codes.values.ravel().tolist() for name, codes in scene.arrays.items()}
    file = tmp_path / "cases.json"
    case = {"scene": scene.description(), "buffers": buffers, "cases": cases, "numbers": numbers}
    file.write_text(json.dumps(case), encoding="utf-8")
    done = subprocess.run(
        ["node", "--test", str(Path(__file__).with_name("player.test.mjs"))],
        env={**os.environ, "PLAYER": str(PLAYER), "CASES": str(file)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


COURSE = Path(__file__).parents[2]
TSC = shutil.which("tsc", path=os.pathsep.join([str(COURSE / ".venv/node_modules/.bin"), os.environ.get("PATH", "")]))


@pytest.mark.skipif(TSC is None, reason="TypeScript is not installed (npm install --prefix .venv typescript@5)")
def test_the_javascript_is_typed():
    done = subprocess.run(
        [str(TSC), "--project", "jsconfig.json"], cwd=COURSE, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
    checked = json.loads((COURSE / "jsconfig.json").read_text(encoding="utf-8"))["files"]
    assert sorted(checked) == sorted(path.relative_to(COURSE).as_posix() for path in COURSE.glob("cnnlab/**/*.js"))


def test_the_player_stays_small():
    text = PLAYER.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check")
    code = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith(("//", "/**", "*"))]
    assert len(code) <= 250
