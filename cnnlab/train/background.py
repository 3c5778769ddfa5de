"""Train beside the notebook: a run of :func:`cnnlab.train.fit` in a thread, to stop and go on. Used in notebook 08."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnnlab.data import Dataset
from cnnlab.layers import Sequential
from cnnlab.optim import Optimizer
from cnnlab.train.fit import fit
from cnnlab.train.history import Epoch, History
from cnnlab.whole import whole

__all__ = ["Background", "Snapshot"]

Rule = Callable[[], Optimizer]
LOOK = 0.2  # seconds between two looks at a run
MOST = 100_000  # epochs, and pictures in a batch


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What was seen of a run between two of its steps; it does not change any more."""

    state: dict[str, NDArray[Any]]  # of the network
    losses: tuple[float, ...] = ()  # one per step
    epochs: tuple[tuple[int, Epoch], ...] = ()  # each with the steps done at its end
    goal: int = 0  # steps at which the run as it was started ends
    error: str = ""  # why it ended before, if it could not go on

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses)


class Background:
    """One network in training, in a thread of its own: the notebook stays free.

    Stopping waits for the step under way and no longer. Going on with the same settings gives the same network, bit for
    bit, as a run that never stopped; other settings begin a new run from where the network stands.

    Parameters
    ----------
    network
        Trained in place, by the thread: look at :attr:`snapshot` instead while it runs.
    train, validation
        As for :func:`cnnlab.train.fit`.
    seen
        Called in the thread with each new snapshot, about five times a second and at the end.
    seed
        Another seed, another order of the pictures.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab.layers import Dense, Flatten
    >>> from cnnlab.optim import SGD
    >>> four = Dataset(np.array([-1.0, -0.9, 0.9, 1]).reshape(4, 1, 1, 1), np.array([0, 0, 1, 1]), ("dark", "bright"))
    >>> run = Background(Sequential([Flatten(), Dense(2)], (1, 1, 1)), four)
    >>> run.start(lambda: SGD(1.0), epochs=10, batch_size=4)
    >>> run.wait()
    >>> run
    Background: 10 steps, at rest
    >>> run.close()
    """

    def __init__(
        self,
        network: Sequential,
        train: Dataset,
        validation: Dataset | None = None,
        *,
        seen: Callable[[Snapshot], object] = lambda snapshot: None,
        seed: int = 0,
    ) -> None:
        self._network, self._train, self._validation = network, train, validation
        self._seen, self._seed = seen, seed
        self._folder = Path()  # for the checkpoints; made when a run begins
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._closed = False
        self._settings: tuple[str, int] | None = None
        self._legs = 0  # runs begun
        self._epochs = 0  # asked for when it was last started
        self._before = self._done = Snapshot(network.state_dict())  # as the run under way began; as last seen
        self.running = False  # whether the thread is at work
        self.pause = 0.0  # seconds to wait after each step, so that one can watch; may be changed at any time

    def __repr__(self) -> str:
        steps = self.snapshot.steps
        return f"Background: {steps:,} step{'s' * (steps != 1)}, {'running' if self.running else 'at rest'}"

    @property
    def snapshot(self) -> Snapshot:
        """What was last seen of the run."""
        return self._done

    def start(self, rule: Rule, *, epochs: int, batch_size: int) -> None:
        """Begin, or go on: first to the end of the epochs asked for, then for as many more. While it runs, do nothing.

        Parameters
        ----------
        rule
            Makes the update rule, such as ``lambda: Adam(0.001)``: every run begins with a fresh one.

        Raises
        ------
        ValueError
            If epochs or batch size are no whole numbers from 1.
        RuntimeError
            If the run was closed, or cannot go on because it diverged.
        """
        if self._closed:
            raise RuntimeError("This run was closed, and what it had to go on from is gone. Make a new one.")
        for name, got in (("epochs", epochs), ("batch_size", batch_size)):
            whole(name, got, 1, MOST, remedy=f"Write {name}=5.")
        if self.running:
            return
        if self._legs and self._done.error:
            raise RuntimeError(f"{self._done.error} Begin anew before you train on.")
        optimizer = rule()
        if not self._legs:
            self._folder = Path(tempfile.mkdtemp(prefix="cnnlab-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        settings, goal = (repr(optimizer), batch_size), self._done.goal
        if self._settings != settings:
            self._settings, self._before, self._legs, goal = settings, self._done, self._legs + 1, 0
        per_epoch, begun = -(-len(self._train) // batch_size), self._before.steps
        if self._epochs != epochs or self._done.steps >= goal:  # else the epochs asked for last are not over
            goal = begun + ((self._done.steps - begun) // per_epoch + epochs) * per_epoch
        self._epochs = epochs
        self._stop.clear()
        self.running = True
        self._thread = threading.Thread(target=self._run, args=(optimizer, batch_size, goal), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step under way, and wait for it."""
        self._stop.set()
        self.wait()

    def wait(self) -> None:
        """Wait until the run has come to its end or was stopped."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def close(self) -> None:
        """Stop, and remove what was kept to go on from."""
        self._seen = lambda snapshot: None
        self._closed = True
        self.stop()
        if self._legs:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, optimizer: Optimizer, batch_size: int, goal: int) -> None:
        """Train until so many steps are done, in the thread."""
        looked = 0.0
        history = History()

        def look(error: str = "") -> None:
            before, per_epoch = self._before, history.steps_per_epoch
            ends = tuple((before.steps + epoch.number * per_epoch, epoch) for epoch in history.epochs)
            losses = before.losses + tuple(history.losses)
            self._done = Snapshot(self._network.state_dict(), losses, before.epochs + ends, goal, error)
            self._seen(self._done)

        def on_batch(now: History) -> None:
            nonlocal looked, history
            history = now
            if time.monotonic() - looked >= LOOK:
                look()
                looked = time.monotonic()
            if self._stop.wait(self.pause):
                raise KeyboardInterrupt  # fit finishes the step, saves and returns

        error = ""
        try:
            history = fit(
                self._network,
                self._train,
                self._validation,
                optimizer=optimizer,
                epochs=(goal - self._before.steps) // -(-len(self._train) // batch_size),
                batch_size=batch_size,
                seed=self._seed + self._legs - 1,
                checkpoint=self._folder / f"run{self._legs}.npz",
                resume=True,
                on_batch=on_batch,
                progress=False,
            )
        except Exception as raised:  # told where the run is shown: a thread's traceback would land in any cell
            error = str(raised) or type(raised).__name__
        self.running = False
        look(error)
