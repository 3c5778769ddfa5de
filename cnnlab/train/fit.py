"""The training loop: deal out batches, forward, loss, backward, step; validate, save, stop. Taught in notebook 08."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab import ops
from cnnlab.data import Dataset, positions
from cnnlab.layers import Sequential
from cnnlab.optim import Adam, Optimizer
from cnnlab.shapes import ShapeError
from cnnlab.train.checkpoint import Run, identity, load_checkpoint, save_checkpoint
from cnnlab.train.evaluate import evaluate
from cnnlab.train.history import Epoch, History
from cnnlab.train.interrupt import interrupts
from cnnlab.train.progress import Progress
from cnnlab.whole import whole

__all__ = ["fit"]

Array = NDArray[Any]
Augment = Callable[[Array, np.random.Generator], Array]
Callback = Callable[[History], object]


def fit(
    model: Sequential,
    train: Dataset,
    validation: Dataset | None = None,
    *,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int = 32,
    seed: int = 0,
    augment: Augment | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int | None = None,
    resume: bool = False,
    on_batch: Callback | None = None,
    on_epoch: Callback | None = None,
    progress: bool = True,
) -> History:
    """Train a network on pictures and labels, in place, and return what happened.

    The same call gives the same network, bit for bit, also when it is interrupted or killed in between and goes on from
    a checkpoint: the batches, their variations and dropout follow from `seed` and the position alone. (On one computer,
    with as many threads: sums in another order round differently.)

    Parameters
    ----------
    model
        The network; it gives one score per class.
    train, validation
        What to learn from, and what to measure after every epoch.
    optimizer
        The rule of descent, by default ``Adam(0.001)``.
    epochs
        How many times to go over the training pictures; with `resume`, counted from the start of the run.
    batch_size
        Pictures per step: 1 for stochastic descent, ``len(train)`` for batch descent, between them mini-batches.
    seed
        Another seed, another order of the pictures.
    augment
        Varies the pictures of each batch: a function of pictures and generator, such as :func:`cnnlab.data.shift`.
    patience
        Stop after so many epochs without a lower validation loss. At the end the network is that of the best epoch.
    checkpoint
        File (.npz) to save the state of the run in, after every epoch.
    checkpoint_every
        Save it every so many steps, too.
    resume
        Go on from the checkpoint, if the file exists.
    on_batch, on_epoch
        Called with the history after every step and every epoch, for example to draw it.
    progress
        Show a progress bar.

    Returns
    -------
    History
        ``history.stopped`` is "interrupted" after a keyboard interrupt (the step under way is finished first, and the
        network keeps what it learnt), "early" when patience ran out.

    Raises
    ------
    FloatingPointError
        If the scores are no longer finite: the learning rate is too high, or there are NaN in the pictures.
    OSError
        If the checkpoint cannot be written; the one before is as it was.

    Examples
    --------
    Bright or dark? Ten steps over all four pictures are enough to tell.

    >>> from cnnlab.layers import Dense, Flatten
    >>> from cnnlab.optim import SGD
    >>> pictures = np.array([0, 0.1, 0.9, 1], np.float32).reshape(4, 1, 1, 1)
    >>> four = Dataset(pictures - 0.5, np.array([0, 0, 1, 1]), ("dark", "bright"))
    >>> net = Sequential([Flatten(), Dense(2)], (1, 1, 1))
    >>> history = fit(net, four, optimizer=SGD(1.0), epochs=10, batch_size=4, progress=False)
    >>> len(history.losses), history.epochs[-1].accuracy
    (10, 1.0)
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"model: got {type(model).__name__}, wanted a network. Pass Sequential([...], input_shape).")
    optimizer = Adam(0.001) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: got {optimizer!r}, wanted a rule of cnnlab.optim. Pass Adam(0.001).")
    for name, value, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        whole(name, value, least)
    for name, count in (("patience", patience), ("checkpoint_every", checkpoint_every)):
        if count is not None:
            whole(name, count, 1)
    for name, function in (("augment", augment), ("on_batch", on_batch), ("on_epoch", on_epoch)):
        if function is not None and not callable(function):
            raise TypeError(f"{name}: got {function!r}, wanted a function or None. Pass its name without brackets.")
    if checkpoint is not None and not Path(checkpoint).parent.is_dir():
        raise FileNotFoundError(
            f"checkpoint: got {checkpoint}, wanted a file in a folder that exists. Create the folder "
            f"{Path(checkpoint).parent}, or choose another one."
        )
    if checkpoint is None and (resume or checkpoint_every):
        raise ValueError('checkpoint: got None, wanted the file to save in and go on from. Pass checkpoint="run.npz".')
    _check_data(model, "train", train)
    if validation is not None:
        _check_data(model, "validation", validation)
    if not len(train):
        raise ValueError("train: got no pictures, wanted at least one. Give data.split smaller shares for the others.")
    same: dict[str, Any] = {}
    if checkpoint is not None:
        settings = {"batch_size": batch_size, "seed": seed, "patience": patience, "augment": augment}
        same = identity(model, train, validation, optimizer, **settings)
    if resume and checkpoint is not None and Path(checkpoint).exists():
        run = load_checkpoint(checkpoint, model, optimizer, same)
    else:
        run = Run()
    history = run.history
    history.stopped = "early" if _out_of_patience(history, patience) else ""
    per_epoch = history.steps_per_epoch = -(-len(train) // batch_size)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, run, model, optimizer, same)

    with (
        interrupts() as interrupt,
        Progress(epochs * per_epoch, len(history.losses), progress) as shown,
        np.errstate(over="ignore", invalid="ignore"),  # scores that are not finite are told in one sentence
    ):
        while run.epoch < epochs and not history.stopped and not interrupt.asked():
            dealt = list(positions(len(train), batch_size, np.random.default_rng([seed, run.epoch])))
            while run.batch < per_epoch and not interrupt.asked():
                rng = np.random.default_rng([seed, run.epoch, run.batch])
                rows = dealt[run.batch]
                images = augment(train.images[rows], rng) if augment else train.images[rows]
                _step(model, optimizer, images, train.labels[rows], rng, run)
                shown.batch(run.epoch + 1, history.losses[-1])
                with interrupt.noted():
                    if on_batch:
                        on_batch(history)
                if checkpoint_every and len(history.losses) % checkpoint_every == 0:
                    save()
            if interrupt.asked():
                break
            _end_epoch(model, optimizer, validation, run)
            shown.say(str(history.epochs[-1]))
            if patience is not None and history.best is history.epochs[-1]:
                run.best = model.state_dict()
            if _out_of_patience(history, patience):
                history.stopped = "early"
            save()
            with interrupt.noted():
                if on_epoch:
                    on_epoch(history)
        if interrupt.asked():
            history.stopped = "interrupted"
            save()
            more = "" if checkpoint is None else " Go on with resume=True."
            shown.say(f"Interrupted after {len(history.losses)} steps; the network keeps what it has learnt.{more}")
    if patience is not None and run.best is not None and history.stopped != "interrupted":
        model.load_state_dict(run.best)
    return history


def _step(
    model: Sequential, optimizer: Optimizer, images: Array, labels: Array, rng: np.random.Generator, run: Run
) -> None:
    """Forward, loss, backward, step; note what came of it."""
    scores = model.forward(images, train=True, rng=rng)
    if not np.isfinite(scores).all():
        raise FloatingPointError(
            f"scores: got NaN or inf in epoch {run.epoch + 1}, batch {run.batch + 1}, wanted finite numbers. "
            f"Lower the learning rate (it is {optimizer.current_rate:g}) and build the network anew, or look for NaN "
            "in the pictures with np.isnan(images).any()."
        )
    loss, cache = ops.softmax_cross_entropy(scores, labels)
    model.backward(ops.softmax_cross_entropy_backward(1.0, cache))
    optimizer.step(model.params, model.grads)
    run.history.losses.append(loss)
    run.loss += loss * len(labels)
    run.right += int((scores.argmax(1) == labels).sum())
    run.seen += len(labels)
    run.batch += 1


def _end_epoch(model: Sequential, optimizer: Optimizer, validation: Dataset | None, run: Run) -> None:
    """Validate, write the epoch into the history, and begin the next."""
    quality = evaluate(model, validation) if validation is not None and len(validation) else (None, None)
    rate = optimizer.rate(optimizer.t - 1) if callable(optimizer.rate) else optimizer.rate
    run.epoch += 1
    run.history.epochs.append(Epoch(run.epoch, float(rate), run.loss / run.seen, run.right / run.seen, *quality))
    run.batch, run.loss, run.right, run.seen = 0, 0.0, 0, 0


def _out_of_patience(history: History, patience: int | None) -> bool:
    best = history.best
    return patience is not None and best is not None and len(history.epochs) - best.number >= patience


def _check_data(model: Sequential, name: str, dataset: Dataset) -> None:
    if not isinstance(dataset, Dataset):
        raise TypeError(
            f"{name}: got {type(dataset).__name__}, wanted a data set. Pass Dataset(images, labels, classes) of "
            "cnnlab.data."
        )
    size, outputs = dataset.images.shape[1:], model.shapes[-1]
    if size != model.input_shape:
        raise ShapeError(
            f"{name}: got pictures {size}, wanted {model.input_shape}. Build the network with input_shape={size}, or "
            "resize the pictures."
        )
    if outputs != (len(dataset.classes),):
        raise ShapeError(
            f"model: got an output of shape {outputs}, wanted ({len(dataset.classes)},), a score for each class of "
            f"{name}. End the network with Dense({len(dataset.classes)})."
        )
