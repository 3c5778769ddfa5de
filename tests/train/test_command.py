"""The command: results in a folder, going on after Ctrl-C, mistakes told in a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cnnlab.layers import load_model
from cnnlab.train import command

QUICK = ["--data", "shapes", "--model", "signs_net", "--n", "60", "--size", "16", "--epochs", "2", "--quiet"]

# The command, killed when its third checkpoint is written but has not got its name yet.
KILLED = """
import os, pathlib, runpy, signal
replace, seen = pathlib.Path.replace, []
def killed(path, target):
    seen.append(path)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)
pathlib.Path.replace = killed
runpy.run_module("cnnlab.train", run_name="__main__")
"""


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command.train, arguments)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_leaves_a_model_curves_and_a_checkpoint(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="curves need matplotlib")
    result = invoke(*QUICK)
    assert result.exit_code == 0, result.output
    first, second, last = result.output.splitlines()
    assert first == "shapes: 42 pictures to learn from, 6 to validate, 12 to test"
    assert second.startswith("signs_net: Sequential: 8 layers, 3×16×16 → 6,")
    assert last.startswith("test: loss 1.")
    folder = tmp_path / "runs" / "shapes-signs_net"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.npz", "curves.png", "model.npz"]
    assert load_model(folder / "model.npz").input_shape == (3, 16, 16)


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = invoke(*QUICK)
    assert result.exit_code == 0
    assert "The learning curves need matplotlib. Run: pip install 'cnnlab[lab]'" in result.output
    assert (tmp_path / "runs" / "shapes-signs_net" / "model.npz").exists()


def test_interrupted_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke(*QUICK, "--out", "straight")
    step = command.fit

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        def press(history: Any) -> None:
            raise KeyboardInterrupt

        return step(*args, **kwargs, on_epoch=press)

    monkeypatch.setattr(command, "fit", interrupted)
    result = invoke(*QUICK, "--out", "broken")
    assert result.exit_code == 130
    assert "Add --resume to go on." in result.output
    monkeypatch.setattr(command, "fit", step)
    assert invoke(*QUICK, "--out", "broken", "--resume").exit_code == 0
    one, other = (load_model(tmp_path / out / "model.npz").state_dict() for out in ("straight", "broken"))
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


@pytest.mark.parametrize("rule", list(command.RULES))
def test_every_rule(rule: str) -> None:
    assert invoke(*QUICK, "--optimizer", rule, "--weight-decay", "0.001", "--patience", "1").exit_code == 0


def test_the_schedule_covers_the_run() -> None:
    rule = command._rule("sgd", 0.5, 0.0, steps=1000)
    assert callable(rule.rate)
    assert rule.rate(100) == 0.5
    assert rule.rate(1000) == 0


@pytest.mark.parametrize(
    ("arguments", "told", "remedy"),
    [
        (["--size", "600"], "size: got 600, wanted a whole number from 8 to 512", ["--size", "16"]),
        (["--model", "lenet5", "--size", "8"], "layer 4, conv2", ["--model", "lenet5", "--size", "16"]),
        (["--data", "mnist", "--folder", "here"], "--size is for digits and shapes", []),
        (["--data", "signs"], "say where they are. Add --folder FOLDER.", []),
        (["--data", "mnist"], "say where they are. Add --download or --folder FOLDER.", []),
        (["--limit", "5"], "--limit is for data sets read from files, not for shapes", []),
        (["--data", "digits"], "--n is for shapes, not for digits. Leave it out.", []),
        (["--download"], "--download is for data sets read from files", []),
        (["--rate", "1e30"], "Lower the learning rate", ["--rate", "0.001"]),
        (["--difficulty", "brutal"], "'brutal' is not one of", ["--difficulty", "hard"]),
        (["--n", "6"], "6 is not in the range x>=60", ["--n", "60"]),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_a_sentence(arguments: list[str], told: str, remedy: list[str]) -> None:
    result = invoke(*QUICK, "--epochs", "1", *arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output
    again = invoke(*QUICK, "--epochs", "1", *remedy)
    assert again.exit_code == 0, again.output


def test_missing_files_are_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    result = invoke("--data", "mnist", "--folder", "nowhere")
    assert result.exit_code != 0
    assert "folder: got nowhere, wanted a folder that exists" in result.output
    assert not any(tmp_path.iterdir())


def test_help_names_every_data_set_and_model() -> None:
    text = invoke("--help").output
    for word in ("digits", "cifar10", "lenet5", "small_vgg", "--resume", "--download"):
        assert word in text


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_as_a_module_killed_and_resumed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    long = [*QUICK[:-3], "--epochs", "5", "--quiet", "--out", "killed"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *long], env=environment, stdout=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == [".checkpoint.npz.part", "checkpoint.npz"]
    again = [sys.executable, "-m", "cnnlab.train", *long, "--resume"]
    assert subprocess.run(again, env=environment, stdout=subprocess.DEVNULL).returncode == 0
    assert not (tmp_path / "killed" / ".checkpoint.npz.part").exists()
    assert invoke(*long[:-1], "straight").exit_code == 0
    one, other = (load_model(tmp_path / out / "model.npz").state_dict() for out in ("straight", "killed"))
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = invoke(*QUICK, "--epochs", "1", "--out", "taken/run")
    assert result.exit_code == 1
    assert re.search(r"--out: got .* \(.*\), wanted a folder to write in. Choose another one", result.output)
    assert invoke(*QUICK, "--epochs", "1", "--out", "free/run").exit_code == 0
