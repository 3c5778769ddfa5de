"""The course's training loop. Taught in notebook 08."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.conventions._setting import check_number, read, spoken
from cnnlab.conventions.cs231n import optim
from cnnlab.conventions.cs231n.naive import Array, Param
from cnnlab.data import store
from cnnlab.shapes import ShapeError
from cnnlab.whole import whole

__all__ = ["Solver"]


class Solver:
    """Train a model that has `params` and ``loss(X, y)`` by mini-batches.

    Parameters
    ----------
    model
        ``model.params`` maps names to arrays; ``model.loss(X, y)`` returns (loss, grads), ``model.loss(X)`` scores.
    data
        ``{'X_train': …, 'y_train': …, 'X_val': …, 'y_val': …}``; what else it holds, such as 'X_test', is left alone.
    update_rule
        'sgd', 'sgd_momentum', 'rmsprop' or 'adam'.
    optim_config
        Settings of the rule, copied for each parameter.
    lr_decay
        Factor on every learning rate after each epoch.
    batch_size, num_epochs
        Pictures per step, passes over the data.
    num_train_samples, num_val_samples
        How many pictures to measure accuracy on; None for all.
    print_every, verbose
        How often to print the loss, and whether to print at all.
    checkpoint_name
        If given, everything is saved to ``{name}_epoch_{n}.npz`` after each epoch (an npz, no pickle).

    Attributes
    ----------
    loss_history, train_acc_history, val_acc_history : list of float
    best_val_acc : float
    best_params : dict
        Parameters of the epoch with the best validation accuracy; after `train` they are the model's.
    """

    def __init__(self, model: Any, data: Param, **kwargs: Any) -> None:
        names = ("X_train", "y_train", "X_val", "y_val")
        self.model = model
        given = read("data", data, names, None)
        self.X_train, self.y_train, self.X_val, self.y_val = (np.asarray(given[name]) for name in names)
        for part in ("train", "val"):
            pictures, labels = len(given[f"X_{part}"]), len(given[f"y_{part}"])
            if not pictures or pictures != labels:
                raise ShapeError(
                    f"data: got {pictures} pictures in 'X_{part}' and {labels} labels in 'y_{part}', wanted equally "
                    "many, at least one. Cut both with the same slice or mask."
                )
        defaults: Param = {
            "update_rule": "sgd",
            "optim_config": {},
            "lr_decay": 1.0,
            "batch_size": 100,
            "num_epochs": 10,
            "num_train_samples": 1000,
            "num_val_samples": None,
            "checkpoint_name": None,
            "print_every": 10,
            "verbose": True,
        }
        given = {**defaults, **read("kwargs", kwargs, (), tuple(defaults))}
        if given["update_rule"] not in optim.__all__:
            raise ValueError(
                f"update_rule: got {given['update_rule']!r}, wanted one of {', '.join(optim.__all__)}. "
                "Write update_rule='adam'."
            )
        for name, least in (("batch_size", 1), ("num_epochs", 0), ("print_every", 1)):
            whole(name, given[name], least)
        for name in ("num_train_samples", "num_val_samples"):
            if given[name] is not None:
                whole(name, given[name], 1)
        check_number("lr_decay", given["lr_decay"])
        folder = Path(str(given["checkpoint_name"])).parent
        if not folder.is_dir():
            raise FileNotFoundError(
                f"checkpoint_name: got {given['checkpoint_name']}, wanted a name in a folder that exists. Create the "
                f"folder {folder}, or choose another one."
            )
        self.update_rule = getattr(optim, given["update_rule"])
        self.optim_config: Param = read("optim_config", given["optim_config"], (), None)
        self.lr_decay: float = given["lr_decay"]
        self.batch_size: int = given["batch_size"]
        self.num_epochs: int = given["num_epochs"]
        self.num_train_samples: int | None = given["num_train_samples"]
        self.num_val_samples: int | None = given["num_val_samples"]
        self.checkpoint_name: str | None = given["checkpoint_name"]
        self.print_every: int = given["print_every"]
        self.verbose: bool = given["verbose"]
        self._reset()

    def __repr__(self) -> str:
        return f"Solver: {self.update_rule.__name__}, epoch {self.epoch} of {self.num_epochs}"

    def _reset(self) -> None:
        self.epoch = 0
        self.best_val_acc = 0.0
        self.best_params: dict[str, Array] = {}
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.optim_configs: dict[str, Param] = {name: dict(self.optim_config) for name in self.model.params}

    def train(self) -> None:
        """Run all epochs, then give the model its best parameters."""
        per_epoch = max(len(self.X_train) // self.batch_size, 1)
        total = self.num_epochs * per_epoch
        for t in range(total):
            self._step()
            if self.verbose and t % self.print_every == 0:
                print(f"(Iteration {t + 1} / {total}) loss: {self.loss_history[-1]:f}")
            if (t + 1) % per_epoch == 0:
                self.epoch += 1
                for config in self.optim_configs.values():
                    config["learning_rate"] *= self.lr_decay
            if t in (0, total - 1) or (t + 1) % per_epoch == 0:
                self._measure()
            if (t + 1) % per_epoch == 0:
                self._save_checkpoint()
        if self.best_params:
            self.model.params = self.best_params

    def _step(self) -> None:
        chosen = np.random.choice(len(self.X_train), self.batch_size)  # noqa: NPY002 (learners seed it)
        loss, grads = self.model.loss(self.X_train[chosen], self.y_train[chosen])
        self.loss_history.append(float(loss))
        for name, w in self.model.params.items():
            if name not in grads:
                raise ValueError(
                    f"model: got no gradient of {name!r} from loss(X, y), wanted one for every entry of model.params. "
                    f"Add grads[{name!r}] = …"
                )
            with spoken({"config": "optim_config", "dw": f"grads[{name!r}]", "w": f"params[{name!r}]"}):
                self.model.params[name], self.optim_configs[name] = self.update_rule(
                    w, grads[name], self.optim_configs[name]
                )

    def _measure(self) -> None:
        train_acc = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:f}; val_acc: {val_acc:f}")
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self.best_params = {name: w.copy() for name, w in self.model.params.items()}

    def check_accuracy(self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100) -> float:
        """Return the share of pictures whose highest score is the right class, of a random sample or of all."""
        if num_samples is not None and len(X) > num_samples:
            chosen = np.random.choice(len(X), num_samples)  # noqa: NPY002 (learners seed it)
            X, y = X[chosen], y[chosen]
        guesses = [np.argmax(self.model.loss(X[i : i + batch_size]), axis=1) for i in range(0, len(X), batch_size)]
        return float(np.mean(np.concatenate(guesses) == y))

    def _save_checkpoint(self) -> None:
        if self.checkpoint_name is None:
            return
        path = Path(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")
        if self.verbose:
            print(f"Saving checkpoint to {path}")
        histories = {name: getattr(self, name) for name in ("loss_history", "train_acc_history", "val_acc_history")}
        arrays = {**self.model.params, **{name: np.array(history) for name, history in histories.items()}}
        store.write(path, {"kind": "solver", "epoch": self.epoch}, arrays)
