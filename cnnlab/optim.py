"""Descend: rules that turn gradients into steps, and schedules for the learning rate. Taught in notebook 08.

Letters: ``w`` a parameter, ``dw`` its gradient, both of one shape; ``t`` counts steps from 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnlab.ops._argument import check_eps, check_number
from cnnlab.ops.parallel import in_chunks
from cnnlab.shapes import ShapeError

__all__ = ["SGD", "Adam", "Cosine", "ExponentialDecay", "Momentum", "Optimizer", "RMSprop", "Schedule", "StepDecay"]

Array = NDArray[Any]
State = dict[str, Array]


def _check_rate(name: str, rate: float) -> None:
    check_number(name, rate, lambda size: 0 < size < math.inf, "a positive number", "Start with 0.001.")


def _check_share(name: str, share: float, usual: str) -> None:
    check_number(name, share, lambda part: 0 <= part < 1, "0 to less than 1", f"Usual is {usual}.")


def _check_factor(factor: float) -> None:
    check_number("factor", factor, lambda size: 0 < size < math.inf, "a positive number", "Halve the rate with 0.5.")


def _check_steps(name: str, steps: int, least: int) -> None:
    check_number(name, steps, lambda n: n >= least, f"a number of steps, at least {least}", "Write 1000, for example.")


class Schedule(Protocol):
    """Says the learning rate of a step, counted from 0."""

    def __call__(self, step: int) -> float:
        """Return the rate of this step."""
        ...


@dataclass(frozen=True)
class StepDecay:
    """Multiply the rate by `factor` every `every` steps.

    Examples
    --------
    >>> rate = StepDecay(0.1, every=100, factor=0.5)
    >>> rate(0), rate(99), rate(100)
    (0.1, 0.1, 0.05)
    """

    start: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check_rate("start", self.start)
        _check_steps("every", self.every, 1)
        _check_factor(self.factor)

    def __call__(self, step: int) -> float:
        """Return the rate of this step."""
        return self.start * self.factor ** (step // self.every)


@dataclass(frozen=True)
class ExponentialDecay:
    """Multiply the rate by `factor` over `every` steps, a little at each.

    Examples
    --------
    >>> ExponentialDecay(0.1, every=2, factor=0.25)(1)
    0.05
    """

    start: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        _check_rate("start", self.start)
        _check_steps("every", self.every, 1)
        _check_factor(self.factor)

    def __call__(self, step: int) -> float:
        """Return the rate of this step."""
        return float(self.start * self.factor ** (step / self.every))


@dataclass(frozen=True)
class Cosine:
    """Warm up from near 0 over `warmup` steps, then fall to 0 at `steps` along half a cosine.

    Examples
    --------
    >>> rate = Cosine(1.0, steps=5, warmup=1)
    >>> [round(rate(step), 2) for step in range(6)]
    [1.0, 1.0, 0.85, 0.5, 0.15, 0.0]
    """

    start: float
    steps: int
    warmup: int = 0

    def __post_init__(self) -> None:
        _check_rate("start", self.start)
        _check_steps("steps", self.steps, 1)
        _check_steps("warmup", self.warmup, 0)

    def __call__(self, step: int) -> float:
        """Return the rate of this step."""
        if step < self.warmup:
            return self.start * (step + 1) / self.warmup
        done = min((step - self.warmup) / max(self.steps - self.warmup, 1), 1.0)
        return self.start * (1 + math.cos(math.pi * done)) / 2


@dataclass
class Optimizer:
    """What all rules share: a rate that may follow a schedule, weight decay, and a state per parameter.

    Parameters
    ----------
    rate
        The learning rate, or a schedule.
    weight_decay
        Share of every weight that one unit of rate takes away: each step first does ``w -= rate · weight_decay · w``
        (for plain descent, the gradient of ``weight_decay/2 · Σ w²``). Vectors (biases, scales and shifts) are spared.
    """

    memory: ClassVar[tuple[str, ...]] = ()  # what the rule remembers of each parameter, beginning at zero

    rate: float | Schedule
    weight_decay: float = field(default=0.0, kw_only=True)
    t: int = field(default=0, init=False)  # steps taken
    state: dict[str, State] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not callable(self.rate):
            _check_rate("rate", self.rate)
        _check_share("weight_decay", self.weight_decay, "0.0001")

    @property
    def current_rate(self) -> float:
        """The learning rate of the next step."""
        return self.rate(self.t) if callable(self.rate) else self.rate

    def step(self, params: Mapping[str, Array], grads: Mapping[str, Array]) -> None:
        """Take one step: change every parameter in place.

        Raises
        ------
        KeyError
            If a parameter has no gradient.
        ShapeError
            If a gradient, or what the rule remembers, has another shape than its parameter. Nothing is changed then.
        """
        missing = [name for name in params if name not in grads]
        if missing:
            raise KeyError(
                f"grads: got none for {', '.join(missing)}, wanted one for each parameter. Run backward first."
            )
        for name, w in params.items():
            if name not in self.state:
                self.state[name] = {key: np.zeros_like(w) for key in self.memory}
            if np.shape(grads[name]) != w.shape:
                raise ShapeError(
                    f"grads[{name!r}]: got {np.shape(grads[name])}, wanted {w.shape}, the shape of the parameter. "
                    "Check the backward pass that made it."
                )
            if any(array.shape != w.shape for array in self.state[name].values()):
                raise ShapeError(
                    f"params[{name!r}]: got {w.shape}, wanted the shape that this optimizer has met under that name. "
                    "Make a new optimizer for each network."
                )
        rate = self.current_rate
        self.t += 1
        for name, w in params.items():
            self._change(w, grads[name], self.state[name], rate)

    def _change(self, w: Array, dw: Array, state: State, rate: float) -> None:
        """Change one parameter, some of its rows at a time: a rule goes over them often, from the cache."""
        shrink = w.dtype.type(rate * self.weight_decay if w.ndim > 1 else 0)
        w, dw, state = np.atleast_1d(w), np.atleast_1d(dw), {key: np.atleast_1d(a) for key, a in state.items()}

        def job(some: slice) -> None:
            if shrink:
                w[some] -= shrink * w[some]
            w[some] -= self.delta(dw[some], {key: a[some] for key, a in state.items()}, rate, self.t)

        in_chunks(job, len(w), w[:1].size)

    def delta(self, dw: Array, state: State, rate: float, t: int) -> Array:
        """Return what to subtract from a parameter at step t ≥ 1, and bring its state up to date, in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Array]:
        """Return copies of everything that later steps depend on, as arrays by flat names."""
        flat = {f"{key}/{name}": a.copy() for name, state in self.state.items() for key, a in state.items()}
        return {"t": np.array(self.t), **flat}

    def load_state_dict(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.t = int(arrays["t"])
        self.state = {}
        for flat, array in arrays.items():
            key, _, name = flat.partition("/")
            if name:
                self.state.setdefault(name, {})[key] = array.copy()


@dataclass
class SGD(Optimizer):
    """Plain gradient descent: ``w −= rate · dw``.

    Examples
    --------
    >>> w = {"w": np.array([1.0])}
    >>> SGD(0.1).step(w, {"w": np.array([2.0])})
    >>> w["w"]
    array([0.8])
    """

    rate: float | Schedule = 0.01

    def delta(self, dw: Array, state: State, rate: float, t: int) -> Array:
        """Return ``rate · dw``."""
        return rate * dw


@dataclass
class Momentum(Optimizer):
    """Descent with a memory of its speed: ``v = momentum · v − rate · dw; w += v``.

    Examples
    --------
    Two steps along the same gradient: 0.2, then 0.9 · 0.2 + 0.2

    >>> w, rule = {"w": np.array([1.0])}, Momentum(0.1)
    >>> for _ in range(2):
    ...     rule.step(w, {"w": np.array([2.0])})
    >>> w["w"].round(2)
    array([0.42])
    """

    memory: ClassVar[tuple[str, ...]] = ("v",)

    rate: float | Schedule = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("momentum", self.momentum, "0.9")

    def delta(self, dw: Array, state: State, rate: float, t: int) -> Array:
        """Return ``−v``."""
        v = state["v"]
        v *= self.momentum
        v -= rate * dw
        return -v


@dataclass
class RMSprop(Optimizer):
    """Divide each gradient by its usual size: ``s = decay · s + (1 − decay) · dw²; w −= rate · dw / (√s + eps)``.

    Examples
    --------
    The first step of every weight is equally long, however large its gradient:

    >>> w = {"w": np.array([1.0, 1.0])}
    >>> RMSprop(0.01, decay=0.99).step(w, {"w": np.array([2.0, 200.0])})
    >>> w["w"].round(4)
    array([0.9, 0.9])
    """

    memory: ClassVar[tuple[str, ...]] = ("s",)

    rate: float | Schedule = 0.001
    decay: float = 0.99
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("decay", self.decay, "0.99")
        check_eps(self.eps, "1e-8")

    def delta(self, dw: Array, state: State, rate: float, t: int) -> Array:
        """Return ``rate · dw / (√s + eps)``."""
        s = state["s"]
        s *= self.decay
        s += (1 - self.decay) * dw * dw
        return rate * dw / (np.sqrt(s) + self.eps)


@dataclass
class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for their start at zero.

    ``m = β₁m + (1 − β₁)dw; s = β₂s + (1 − β₂)dw²; w −= rate · (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + eps)``.

    Source: D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; with `weight_decay` it is
    AdamW, I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019.

    Examples
    --------
    The first step is as long as the rate, in the direction of the sign:

    >>> w = {"w": np.array([1.0, 1.0])}
    >>> Adam(0.1).step(w, {"w": np.array([5.0, -0.001])})
    >>> w["w"].round(4)
    array([0.9, 1.1])
    """

    memory: ClassVar[tuple[str, ...]] = ("m", "s")

    rate: float | Schedule = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("beta1", self.beta1, "0.9")
        _check_share("beta2", self.beta2, "0.999")
        check_eps(self.eps, "1e-8")

    def delta(self, dw: Array, state: State, rate: float, t: int) -> Array:
        """Return ``rate · m̂ / (√ŝ + eps)``."""
        m, s = state["m"], state["s"]
        m *= self.beta1
        m += (1 - self.beta1) * dw
        s *= self.beta2
        s += (1 - self.beta2) * dw * dw
        root = np.sqrt(s)
        root /= math.sqrt(1 - self.beta2**t)  # √ŝ
        root += self.eps
        delta: Array = m / root
        delta *= rate / (1 - self.beta1**t)
        return delta
