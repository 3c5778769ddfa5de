"""The course's update rules: ``next_w, config = rule(w, dw, config)``. Taught in notebook 08.

A config may be None or lack keys: the defaults are written into it, and so is what the rule remembers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab import optim
from cnnlab.conventions._setting import check_number, read
from cnnlab.conventions.cs231n.naive import Array, Param
from cnnlab.shapes import ShapeError

__all__ = ["adam", "rmsprop", "sgd", "sgd_momentum"]


def sgd(w: Array, dw: Array, config: Param | None = None) -> tuple[Array, Param]:
    """Plain descent; config holds 'learning_rate' (0.01).

    Examples
    --------
    >>> sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})[0]
    array([0.8])
    """
    config = _filled(w, dw, config, {"learning_rate": 1e-2})
    return w - optim.SGD(1).delta(dw, {}, config["learning_rate"], 1), config


def sgd_momentum(w: Array, dw: Array, config: Param | None = None) -> tuple[Array, Param]:
    """Descent with momentum; config holds 'learning_rate' (0.01), 'momentum' (0.9) and 'velocity'.

    Examples
    --------
    >>> w, config = sgd_momentum(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    >>> w, config["velocity"]
    (array([0.8]), array([-0.2]))
    """
    config = _filled(w, dw, config, {"learning_rate": 1e-2, "momentum": 0.9}, "velocity")
    rule = optim.Momentum(1, config["momentum"])
    return w - _delta(rule, dw, config, {"v": "velocity"}, 1), config


def rmsprop(w: Array, dw: Array, config: Param | None = None) -> tuple[Array, Param]:
    """RMSprop; config holds 'learning_rate' (0.01), 'decay_rate' (0.99), 'epsilon' (1e-8) and 'cache'.

    Examples
    --------
    >>> rmsprop(np.array([1.0]), np.array([2.0]))[0].round(4)  # 1 − 0.01 · 2 / √(0.01 · 4)
    array([0.9])
    """
    config = _filled(w, dw, config, {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}, "cache")
    rule = optim.RMSprop(1, config["decay_rate"], config["epsilon"])
    return w - _delta(rule, dw, config, {"s": "cache"}, 1), config


def adam(w: Array, dw: Array, config: Param | None = None) -> tuple[Array, Param]:
    """Adam; config holds 'learning_rate' (0.001), 'beta1', 'beta2', 'epsilon', 'm', 'v' and the count of steps 't'.

    Examples
    --------
    >>> w, config = adam(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})
    >>> w.round(4), config["t"]
    (array([0.9]), 1)
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = _filled(w, dw, config, defaults, "m", "v")
    config["t"] += 1
    rule = optim.Adam(1, config["beta1"], config["beta2"], config["epsilon"])
    return w - _delta(rule, dw, config, {"m": "m", "s": "v"}, config["t"]), config


def _filled(w: Array, dw: Array, config: Param | None, defaults: Param, *memories: str) -> Param:
    """Write the defaults into the caller's own config."""
    config = {} if config is None else config
    read("config", config, (), (*defaults, *memories))
    if np.shape(w) != np.shape(dw):
        raise ShapeError(f"dw: got {np.shape(dw)}, wanted {np.shape(w)}, the shape of w. Pass the gradient of this w.")
    for key, value in defaults.items():
        config.setdefault(key, value)
    for key in defaults:
        check_number(f"config[{key!r}]", config[key])
    for key in memories:
        if config.get(key) is None:
            config[key] = np.zeros_like(w)
        if np.shape(config[key]) != np.shape(w):
            raise ShapeError(
                f"config[{key!r}]: got {np.shape(config[key])}, wanted {np.shape(w)}, the shape of w. Take the config "
                "of this w, or an empty one."
            )
    return config


def _delta(rule: optim.Optimizer, dw: Array, config: Param, names: dict[str, str], t: int) -> Array:
    """Call the library's rule with the course's names for what it remembers."""
    # Copies, for the rule works in place; floats, also where dw holds whole numbers.
    zero = 0.0 * np.zeros_like(dw)
    state: dict[str, Any] = {ours: np.array(config[theirs] + zero) for ours, theirs in names.items()}
    delta = rule.delta(dw, state, config["learning_rate"], t)
    for ours, theirs in names.items():
        config[theirs] = state[ours]
    return delta
