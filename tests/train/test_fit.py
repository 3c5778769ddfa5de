"""The loop: it learns, repeats itself bit for bit, goes on where it stopped, and stops when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.data import Dataset, shift
from cnnlab.layers import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, Sequential
from cnnlab.models import small_vgg
from cnnlab.optim import SGD, Adam, Momentum, StepDecay
from cnnlab.shapes import ShapeError
from cnnlab.train import History, evaluate, fit

STEPS = 9  # per epoch: 50 pictures, 6 at a time, the last batch smaller


def bars(n: int = 50, seed: int = 0) -> Dataset:
    """Noisy pictures with a bright row or a bright column."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.3, (n, 1, 6, 6)).astype(np.float32)
    labels = rng.integers(0, 2, n)
    for image, label in zip(images[:, 0], labels, strict=True):
        place = rng.integers(6)
        image[(place, slice(None)) if label else (slice(None), place)] += 1.5
    return Dataset(images, labels, ("column", "row"))


def net(seed: int = 0) -> Sequential:
    layers = [Conv2d(4, 3, pad=1), BatchNorm(), ReLU(), MaxPool2d(2), Flatten(), Dropout(0.8), Dense(2)]
    return Sequential(layers, (1, 6, 6), rng=seed)


def run(model: Sequential, **settings: Any) -> History:
    """Everything that chance or memory plays a part in: dropout, batchnorm, variation, moments, a schedule."""
    usual: dict[str, Any] = {
        "validation": bars(20, 1),
        "optimizer": Adam(StepDecay(0.01, every=STEPS, factor=0.7), weight_decay=0.01),
        "epochs": 3,
        "batch_size": 6,
        "augment": partial(shift, most=1),
        "progress": False,
    }
    return fit(model, bars(), **usual | settings)


def assert_same(first: Sequential, second: Sequential) -> None:
    one, other = first.state_dict(), second.state_dict()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def test_it_learns_and_says_so() -> None:
    model = net()
    history = run(model, epochs=15, optimizer=Adam(StepDecay(0.02, every=9 * STEPS)), augment=None)
    assert len(history.losses) == 15 * STEPS
    assert [epoch.number for epoch in history.epochs] == list(range(1, 16))
    assert history.epochs[-1].accuracy > 0.8
    last = history.epochs[-1]
    assert evaluate(model, bars(20, 1)) == (last.validation_loss, last.validation_accuracy)
    assert [history.epochs[i].rate for i in (0, 8, 9)] == pytest.approx([0.02, 0.02, 0.002])
    assert repr(history).startswith("History: 15 epochs, 135 steps; epoch 15: loss 0.")


def test_an_epochs_loss_weighs_every_picture_alike() -> None:
    """With a rate too small to change anything, the epoch's mean is the mean over the pictures."""
    model = Sequential([Flatten(), Dense(2)], (1, 6, 6))
    history = run(model, optimizer=SGD(1e-30), epochs=1, augment=None)
    assert (history.epochs[0].loss, history.epochs[0].accuracy) == pytest.approx(evaluate(model, bars()))


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 50), (50, 1), (500, 1), (16, 4)])
def test_stochastic_batch_and_between(batch_size: int, steps: int) -> None:
    history = run(Sequential([Flatten(), Dense(2)], (1, 6, 6)), batch_size=batch_size, epochs=2)
    assert len(history.losses) == 2 * steps
    assert history.steps_per_epoch == steps


def test_the_same_call_gives_the_same_bits_and_another_seed_others() -> None:
    first, again, other = net(), net(), net()
    assert run(first).losses == run(again).losses
    assert_same(first, again)
    assert run(other, seed=1).losses != run(net()).losses


def test_the_same_bits_with_batches_large_enough_for_threads() -> None:
    rng = np.random.default_rng(0)
    large = Dataset(rng.random((96, 3, 32, 32), np.float32), rng.integers(0, 4, 96), tuple("abcd"))
    twins = [small_vgg((3, 32, 32), 4, widths=(8, 8)) for _ in range(3)]
    for twin in twins:
        fit(twin, large, epochs=1, progress=False)
    for twin in twins[1:]:
        assert_same(twins[0], twin)


@pytest.mark.parametrize("stop", [1, 4, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 5])
def test_interrupted_and_resumed_is_as_if_nothing_had_happened(tmp_path: Path, stop: int) -> None:
    straight = net()
    expected = run(straight, patience=5)
    path = tmp_path / "run.npz"

    def interrupt(history: History) -> None:
        if len(history.losses) == stop:
            raise KeyboardInterrupt

    first = net()
    broken = run(first, patience=5, checkpoint=path, on_batch=interrupt)
    assert broken.stopped == "interrupted"
    assert len(broken.losses) == stop
    second = net(seed=7)  # its own weights do not matter: they come from the checkpoint
    resumed = run(second, patience=5, checkpoint=path, resume=True)
    assert resumed == expected
    assert_same(straight, second)


SCRIPT = """
import os, signal, sys
from tests.train.test_fit import net, run
def die(history):
    if len(history.losses) == 14:
        os.kill(os.getpid(), signal.SIGKILL)
model = net()
run(model, checkpoint=sys.argv[1], checkpoint_every=4, resume=True, on_batch=die if sys.argv[2] == "die" else None)
model.save(sys.argv[3])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_killed_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    from cnnlab.layers import load_model

    root = Path(__file__).parents[2]
    checkpoint, saved = tmp_path / "run.npz", tmp_path / "model.npz"

    def start(what: str) -> int:
        command = [sys.executable, "-c", SCRIPT, str(checkpoint), what, str(saved)]
        return subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False).returncode

    assert start("die") == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    assert start("live") == 0
    straight = net()
    run(straight)
    assert_same(straight, load_model(saved))


def test_a_finished_run_has_nothing_left_to_do_but_may_go_further(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    model, straight = net(), net()
    run(model, checkpoint=path, epochs=2)
    done = run(model, checkpoint=path, epochs=2, resume=True)
    assert len(done.losses) == 2 * STEPS
    run(model, checkpoint=path, epochs=3, resume=True)
    run(straight, epochs=3)
    assert_same(straight, model)


def test_without_resume_a_run_starts_afresh(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(net(), checkpoint=path, epochs=1)
    assert len(run(net(), checkpoint=path, epochs=2).epochs) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ on Windows")
def test_ctrl_c_ends_after_the_step_and_a_second_one_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[int] = []

    def press(history: History) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        seen.append(len(history.losses))  # the first one does not break off what is under way

    model = net()
    history = run(model, on_batch=press, progress=True)
    assert seen == [1]
    assert history.stopped == "interrupted"
    assert "Interrupted after 1 steps; the network keeps what it has learnt." in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not np.array_equal(model.params["dense1.w"], net().params["dense1.w"])

    def press_twice(history: History) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        seen.append(99)

    assert run(model, on_batch=press_twice).stopped == "interrupted"
    assert seen == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ on Windows")
def test_somebody_elses_handler_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run(net(), epochs=1)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_a_thread() -> None:
    found: list[History] = []
    thread = threading.Thread(target=lambda: found.append(run(net(), epochs=1)))
    thread.start()
    thread.join()
    assert len(found[0].losses) == STEPS


def test_callbacks_see_the_history_grow() -> None:
    steps: list[int] = []
    epochs: list[int] = []
    run(
        net(),
        epochs=2,
        on_batch=lambda history: steps.append(len(history.losses)),
        on_epoch=lambda history: epochs.append(len(history.epochs)),
    )
    assert steps == list(range(1, 2 * STEPS + 1))
    assert epochs == [1, 2]


def test_patience_stops_early_and_takes_the_best(tmp_path: Path) -> None:
    """Labels of the validation pictures are turned round: learning makes it worse from the first epoch on."""
    honest = bars(20, 1)
    turned = Dataset(honest.images, 1 - honest.labels, honest.classes)
    model, one = net(), net()
    history = run(model, validation=turned, patience=2, epochs=20, checkpoint=tmp_path / "run.npz")
    assert history.stopped == "early"
    best = history.best
    assert best is not None
    assert len(history.epochs) == best.number + 2
    assert evaluate(model, turned).loss == best.validation_loss
    run(one, validation=turned, epochs=best.number)
    assert_same(model, one)
    assert "stopped early" in repr(history)
    again = net(3)
    assert run(again, validation=turned, patience=2, epochs=20, checkpoint=tmp_path / "run.npz", resume=True) == history
    assert_same(model, again)


def test_without_validation() -> None:
    history = run(net(), validation=None, epochs=1)
    assert history.epochs[0].validation_loss is None
    assert run(net(), validation=bars(20).take([]), epochs=1).epochs[0].validation_accuracy is None


def test_numbers_that_explode_and_the_remedy() -> None:
    model = net()
    with pytest.raises(
        FloatingPointError, match=r"scores: got NaN or inf in epoch .*, batch .* Lower the learning rate"
    ):
        run(model, optimizer=SGD(1e30), validation=None)
    run(net(), optimizer=SGD(1e-2))
    pictures = bars()
    pictures.images[30, 0, 2, 2] = np.nan
    model = net()
    with pytest.raises(FloatingPointError, match=r"look for NaN in the pictures with np.isnan\(images\).any\(\)"):
        fit(model, pictures, progress=False)
    assert all(np.isfinite(array).all() for array in model.params.values())  # no step was taken on it
    fit(net(), pictures.take(~np.isnan(pictures.images).any((1, 2, 3))), epochs=1, progress=False)


@pytest.mark.parametrize(
    ("settings", "told", "remedy"),
    [
        ({"epochs": -1}, r"epochs: got -1, wanted a whole number, at least 0. Write epochs=1 or more", {"epochs": 1}),
        ({"batch_size": 0}, r"batch_size: got 0, wanted a whole number, at least 1", {"batch_size": 1}),
        ({"batch_size": 2.5}, r"batch_size: got 2.5", {"batch_size": 2}),
        ({"seed": -3}, r"seed: got -3, wanted a whole number, at least 0", {"seed": 3}),
        ({"seed": None}, r"seed: got None, wanted a whole number, at least 0", {"seed": 0}),
        ({"patience": 0}, r"patience: got 0", {"patience": 1}),
        (
            {"resume": True},
            r'checkpoint: got None, .* Pass checkpoint="run.npz"',
            {"checkpoint": "run.npz", "resume": True},
        ),
        (
            {"checkpoint": "new/run.npz"},
            r"checkpoint: got new/run.npz, wanted a file in a folder that exists",
            {"checkpoint": "run.npz"},
        ),
        ({"augment": 3}, r"augment: got 3, wanted a function", {"augment": None}),
        ({"on_batch": [print]}, r"on_batch: got \[.*wanted a function", {"on_batch": print}),
        ({"checkpoint_every": 5}, r"checkpoint: got None", {"checkpoint": "run.npz", "checkpoint_every": 5}),
    ],
)
def test_settings_that_make_no_sense(
    settings: dict[str, Any], told: str, remedy: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=told):
        run(net(), **settings)
    run(net(), **{"epochs": 1} | remedy)


def test_data_that_does_not_fit_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"train: got no pictures, .* Give data.split smaller shares"):
        fit(net(), bars().take([]))
    with pytest.raises(
        TypeError, match=r"train: got tuple, wanted a data set. Pass Dataset\(images, labels, classes\)"
    ):
        fit(net(), (bars().images, bars().labels))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"train: got NoneType, wanted a data set"):
        fit(net(), None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"optimizer: got 'adam', wanted a rule .* Pass Adam\(0.001\)"):
        fit(net(), bars(), optimizer="adam")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"model: got list, wanted a network. Pass Sequential"):
        fit([Flatten(), Dense(2)], bars())  # type: ignore[arg-type]
    large = Dataset(np.zeros((4, 1, 8, 8), np.float32), np.zeros(4, int), ("column", "row"))
    with pytest.raises(
        ShapeError, match=r"train: got pictures \(1, 8, 8\), .* Build the network with input_shape=\(1, 8, 8\)"
    ):
        fit(net(), large)
    with pytest.raises(ShapeError, match=r"validation: got pictures \(1, 8, 8\)"):
        fit(net(), bars(), large)
    fit(Sequential([Flatten(), Dense(2)], (1, 8, 8)), large, epochs=1, progress=False)
    three = Dataset(bars().images, bars().labels, ("column", "row", "none"))
    with pytest.raises(
        ShapeError, match=r"model: got an output of shape \(2,\), wanted \(3,\), .* End .* with Dense\(3\)"
    ):
        fit(net(), three)
    fit(Sequential([Flatten(), Dense(3)], (1, 6, 6)), three, epochs=1, progress=False)


def test_a_learning_curve_does_not_depend_on_being_watched(tmp_path: Path) -> None:
    watched, alone = net(), net()
    run(watched, progress=True, checkpoint=tmp_path / "run.npz", checkpoint_every=2, on_batch=lambda history: None)
    run(alone)
    assert_same(watched, alone)


def test_momentum_resumes_too(tmp_path: Path) -> None:
    straight, other = net(), net()
    run(straight, optimizer=Momentum(0.05))
    path = tmp_path / "run.npz"
    run(other, optimizer=Momentum(0.05), checkpoint=path, epochs=1)
    run(other, optimizer=Momentum(0.05), checkpoint=path, resume=True)
    assert_same(straight, other)
