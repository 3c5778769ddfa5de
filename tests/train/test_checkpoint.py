"""Checkpoints: a full disk, a damaged file, another run's file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.data import DataError, Dataset, flip, shift, store
from cnnlab.layers import Dense, Flatten, Sequential
from cnnlab.optim import SGD, Adam, StepDecay
from cnnlab.train import History, fit
from tests.train.test_fit import assert_same, bars, net, run


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes: to the program it is as if the disk were full."""
    resource = pytest.importorskip("resource", reason="file sizes cannot be limited here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited here")
@pytest.mark.parametrize("room", [0, 200, 3000])
def test_a_full_disk_leaves_the_old_one(tmp_path: Path, room: int) -> None:
    path = tmp_path / "run.npz"
    run(net(), checkpoint=path, epochs=1)
    old = path.read_bytes()
    assert len(old) > 3000
    model = net()
    with (
        room_for(room),
        pytest.raises(OSError, match=r"cannot be written .* a file of that name from before is as it was"),
    ):
        run(model, checkpoint=path, epochs=2, resume=True)
    assert path.read_bytes() == old
    assert [item.name for item in tmp_path.iterdir()] == ["run.npz"]
    straight = net()
    run(straight, epochs=2)
    run(model, checkpoint=path, epochs=2, resume=True)  # the remedy: room, and once more
    assert_same(straight, model)


def test_a_damaged_checkpoint_and_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(net(), checkpoint=path, epochs=1)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataError, match=r"damaged or was not written by cnnlab"):
        run(net(), checkpoint=path, resume=True)
    run(net(), checkpoint=path, epochs=1, resume=False)
    settings, arrays = store.read(path, "checkpoint")
    steps = arrays.pop("optimizer:t")
    store.write(path, settings, arrays)
    model = net()
    with pytest.raises(DataError, match=r"a checkpoint without its 't', wanted a whole one"):
        run(model, checkpoint=path, resume=True)
    assert_same(model, net())  # nothing was taken over
    arrays["optimizer:t"] = steps
    del settings["position"]
    store.write(path, settings, arrays)
    with pytest.raises(DataError, match=r"a checkpoint without its 'position', .* Start afresh with resume=False"):
        run(net(), checkpoint=path, resume=True)


def test_a_model_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    net().save(path)
    with pytest.raises(DataError, match=r"a saved model, wanted a saved checkpoint. Pass the other file"):
        run(net(), checkpoint=path, resume=True)


OTHER = Dataset(bars().images + np.float32(0.001), bars().labels, bars().classes)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("batch_size 6", {"batch_size": 7}),
        ("seed 0", {"seed": 1}),
        (r"optimizer Adam\(rate=0.01", {"optimizer": SGD(0.01)}),
        (r"optimizer Adam\(rate=0.01", {"optimizer": Adam(0.02)}),
        ("patience None", {"patience": 3}),
        ("training data Dataset: 50 pictures 1×6×6, 2 classes, checksum", {"train": OTHER}),
        ("validation data None", {"validation": OTHER}),
        ("augment None", {"augment": flip}),
        (
            "network layer 1 {'kind': '.*'}, wanted {'kind': 'Flatten'}",
            {"model": Sequential([Flatten(), Dense(2)], (1, 6, 6))},
        ),
        (
            "network dtype float32, wanted dtype float64",
            {"model": Sequential([Flatten(), Dense(2)], (1, 6, 6), dtype=np.float64)},
        ),
    ],
)
def test_a_run_with_other_settings_does_not_go_on(tmp_path: Path, what: str, changed: dict[str, Any]) -> None:
    path = tmp_path / "run.npz"

    def go(epochs: int, **changed: Any) -> History:
        usual: dict[str, Any] = {"model": net(), "train": bars(), "optimizer": Adam(0.01), "batch_size": 6}
        return fit(**usual | changed, checkpoint=path, epochs=epochs, progress=False)

    go(1)
    before = path.read_bytes()
    with pytest.raises(
        ValueError, match=f"checkpoint: got .*, begun with {what}.* Use the .* of then, or start afresh"
    ):
        go(2, resume=True, **changed)
    assert path.read_bytes() == before
    assert len(go(2, resume=True).epochs) == 2
    go(1, **changed)  # afresh


def test_another_variation_is_noticed_and_the_same_is_not(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run(net(), checkpoint=path, epochs=1, augment=partial(shift, most=2))
    with pytest.raises(ValueError, match=r"begun with augment shift\(\){'most': 2}, wanted shift\(\){'most': 1}"):
        run(net(), checkpoint=path, resume=True, augment=partial(shift, most=1))
    assert len(run(net(), checkpoint=path, epochs=2, resume=True, augment=partial(shift, most=2)).epochs) == 2


def test_a_schedule_is_known_again_in_another_process(tmp_path: Path) -> None:
    class Halving:
        def __call__(self, step: int) -> float:
            return 0.01 * 0.5**step

    def rules() -> list[Adam]:  # a new process defines them anew, at other addresses
        return [Adam(lambda step: 0.01), Adam(Halving()), Adam(StepDecay(0.01, every=9))]

    for before, after in zip(rules(), rules(), strict=True):
        run(net(), checkpoint=tmp_path / "run.npz", epochs=1, optimizer=before)
        assert len(run(net(), checkpoint=tmp_path / "run.npz", epochs=2, resume=True, optimizer=after).epochs) == 2
    with pytest.raises(ValueError, match=r"StepDecay\(start=0.01, every=9, factor=0.1\).*, wanted .* every=8"):
        run(net(), checkpoint=tmp_path / "run.npz", resume=True, optimizer=Adam(StepDecay(0.01, every=8)))
