"""Training in a thread: it gives what `fit` gives, stops at once, goes on exactly, and leaves nothing behind."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest

from cnnlab.data import Dataset
from cnnlab.layers import BatchNorm, Conv2d, Dense, Dropout, Flatten, ReLU, Sequential
from cnnlab.optim import SGD, Adam
from cnnlab.train import Background, fit

RNG = np.random.default_rng(0)
DATA = Dataset(RNG.normal(size=(40, 1, 6, 6)).astype(np.float32), RNG.integers(0, 3, 40), ("a", "b", "c"))


def network():
    return Sequential([Conv2d(3, 3), BatchNorm(), ReLU(), Flatten(), Dropout(0.7), Dense(3)], (1, 6, 6))


def adam():
    return Adam(0.01)


@pytest.fixture
def run():
    made = Background(network(), DATA, DATA.take(slice(10)), seed=3)
    yield made
    made.close()


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_it_learns_what_fit_learns(run):
    run.start(adam, epochs=3, batch_size=8)
    run.wait()
    same = network()
    history = fit(same, DATA, DATA.take(slice(10)), optimizer=adam(), epochs=3, batch_size=8, seed=3, progress=False)
    assert_same(run.snapshot.state, same.state_dict())
    assert list(run.snapshot.losses) == history.losses
    assert [epoch for _, epoch in run.snapshot.epochs] == history.epochs
    assert [steps for steps, _ in run.snapshot.epochs] == [5, 10, 15]
    assert run.snapshot.goal == 15


def stopped_after(run, steps, **settings):
    """Stop a run after so many steps, whatever the speed of the machine."""
    begun, enough = run.snapshot.steps, threading.Event()
    run.pause = 60  # a step, then a long wait that only Stop ends
    for taken in range(steps):
        enough.clear()
        run._seen = lambda snapshot, enough=enough: enough.set()
        run.start(settings.get("rule", adam), epochs=settings.get("epochs", 3), batch_size=8)
        assert enough.wait(30)
        run.stop()
        assert run.snapshot.steps == begun + taken + 1
    run.pause = 0


@pytest.mark.parametrize("steps", [1, 4, 5, 7])
def test_stopped_and_continued_is_as_if_it_never_stopped(run, steps):
    stopped_after(run, steps)
    assert not run.running
    run.start(adam, epochs=3, batch_size=8)
    run.wait()
    whole = Background(network(), DATA, DATA.take(slice(10)), seed=3)
    whole.start(adam, epochs=3, batch_size=8)
    whole.wait()
    assert_same(run.snapshot.state, whole.snapshot.state)
    assert run.snapshot.losses == whole.snapshot.losses
    assert run.snapshot.epochs == whole.snapshot.epochs
    whole.close()


def test_started_again_at_its_end_it_goes_on_for_as_many_epochs(run):
    for done in (10, 20):
        run.start(adam, epochs=2, batch_size=8)
        run.wait()
        assert run.snapshot.steps == run.snapshot.goal == done
    whole = Background(network(), DATA, DATA.take(slice(10)), seed=3)
    whole.start(adam, epochs=4, batch_size=8)
    whole.wait()
    assert_same(run.snapshot.state, whole.snapshot.state)
    whole.close()


def test_other_settings_begin_a_new_run_from_where_the_network_stands(run):
    stopped_after(run, 3)
    before = run.snapshot
    run.start(lambda: SGD(0.001), epochs=1, batch_size=20)
    run.wait()
    assert run.snapshot.losses[:3] == before.losses
    assert run.snapshot.steps == 3 + 2
    assert [steps for steps, _ in run.snapshot.epochs] == [5]
    assert np.abs(run.snapshot.state["conv1.w"] - before.state["conv1.w"]).max() < 0.01


def test_other_epochs_hold_from_where_it_stands(run):
    stopped_after(run, 2, epochs=9)
    assert run.snapshot.goal == 45
    run.start(adam, epochs=1, batch_size=8)
    run.wait()
    assert run.snapshot.steps == run.snapshot.goal == 5


def test_stop_does_not_wait_for_the_pause_and_the_caller_is_free_meanwhile(run):
    run.pause = 600
    run.start(adam, epochs=1, batch_size=8)
    assert run.running
    run.start(adam, epochs=1, batch_size=8)  # a second start changes nothing
    run.stop()
    assert not run.running
    assert run.snapshot.steps == 1
    run.stop()  # nor does a second stop


def test_a_run_that_diverges_says_so_and_does_not_go_on():
    run = Background(Sequential([Conv2d(3, 3), Flatten(), Dense(3)], (1, 6, 6)), DATA)
    run.start(lambda: SGD(1e30), epochs=5, batch_size=8)
    run.wait()
    assert "Lower the learning rate" in run.snapshot.error
    assert not run.running
    with pytest.raises(RuntimeError, match="Begin anew"):
        run.start(adam, epochs=1, batch_size=8)
    run.close()


@pytest.mark.parametrize("epochs", [0, -3, 1.5, True, "5", None, float("nan"), 10**12])
def test_bad_epochs_are_refused_and_the_run_is_none_the_worse(run, epochs):
    with pytest.raises(ValueError, match=r"epochs: got .*, wanted a whole number from 1 to 100,000. Write epochs=5"):
        run.start(adam, epochs=epochs, batch_size=8)
    run.start(adam, epochs=1, batch_size=8)
    run.wait()
    assert run.snapshot.steps == 5


def test_a_closed_run_is_not_started_again(run):
    run.close()
    with pytest.raises(RuntimeError, match=r"was closed.*Make a new one"):
        run.start(adam, epochs=1, batch_size=8)


def test_snapshots_do_not_change_any_more(run):
    seen = []
    run._seen = seen.append
    first = run.snapshot
    kept = {name: array.copy() for name, array in first.state.items()}
    run.start(adam, epochs=2, batch_size=8)
    run.wait()
    assert_same(first.state, kept)
    assert seen[-1] is run.snapshot
    assert not np.array_equal(seen[-1].state["conv1.w"], kept["conv1.w"])


def test_closing_leaves_no_thread_and_no_file(run):
    assert not run._legs  # nothing is made before it is needed
    threads = threading.active_count()
    run.pause = 60
    run.start(adam, epochs=1, batch_size=8)
    folder = run._folder
    assert folder.is_dir()
    run.close()
    assert threading.active_count() <= threads
    assert not folder.exists()


def test_a_forgotten_run_removes_its_files():
    run = Background(network(), DATA)
    run.start(adam, epochs=1, batch_size=8)
    run.wait()
    folder = run._folder
    del run
    end = time.monotonic() + 30
    while folder.exists() and time.monotonic() < end:
        gc.collect()
    assert not folder.exists()


def test_repr_is_a_stable_sentence(run):
    assert repr(run) == "Background: 0 steps, at rest"
    stopped_after(run, 1)
    assert repr(run) == "Background: 1 step, at rest"
