"""Is a gradient right? Compare it with one measured by small steps, and say where and how it differs.

Taught in notebook 05.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError
from cnnlab.whole import whole

__all__ = ["GradFinding", "GradReport", "check_gradients", "numerical_gradient", "relative_error", "step_sweep"]

Array = NDArray[Any]
Index = tuple[int, ...]

WHOLE = 2_000  # numbers; a larger input is checked along random directions instead of number by number
DIRECTIONS = 10
SAMPLE = 200  # numbers of a larger input to look at one by one when a direction disagrees


def numerical_gradient(f: Callable[[Array], Any], x: Array, df: ArrayLike = 1.0, *, h: float = 1e-5) -> Array:
    """Measure the gradient of ``Σ f(x)·df`` with respect to x: two calls of f for every number, a step of h apart.

    Parameters
    ----------
    f
        Function of x; its result is a number or an array.
    x
        Where to measure. A writable float array is changed in place for each call and restored, so that f may also look
        at it from outside; any other array is copied to float64.
    df
        The gradient of a loss with respect to f(x), of the same shape; 1 if f returns the loss itself.
    h
        Half the distance of the two points. At 1e-5 both errors, of the curve and of rounding, are near 1e-10.

    Returns
    -------
    ndarray
        Like x, in float64.

    Examples
    --------
    >>> numerical_gradient(lambda x: x**2, np.array([3.0, -1.0]), [1.0, 10.0]).round(6)
    array([  6., -20.])
    """
    if not 0 < h < np.inf:
        raise ValueError(f"h: got {h}, wanted a small step above 0. Write h=1e-5.")
    x = np.asarray(x)
    if x.dtype.kind != "f" or not x.flags.writeable:
        x = np.array(x, np.float64)
    weight = np.asarray(df, np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        ends = []
        try:
            for step in (h, -h):
                x[index] = old + step
                ends.append((float(x[index]), np.array(f(x), np.float64)))  # a copy: f may reuse its result
        finally:
            x[index] = old
        (right, above), (left, below) = ends
        if right == left:
            raise ValueError(
                f"h: got {h}, too small to change {old} in {x.dtype}. Choose a larger h, or make x float64: "
                "x.astype(float)."
            )
        if weight.ndim and weight.shape != above.shape:
            raise ShapeError(
                f"df: got {weight.shape}, wanted {above.shape}, the shape of f(x). Pass one number for each."
            )
        gradient[index] = np.sum((above - below) * weight) / (right - left)  # the step really taken, after rounding
    return gradient


def relative_error(a: ArrayLike, b: ArrayLike, *, floor: float = 1e-8) -> float:
    """Return the largest of ``|a − b| / max(floor, |a| + |b|)``: 0 for equal arrays, 1 for opposite signs.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 3.0])
    0.2
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise ShapeError(f"b: got {b.shape}, wanted {a.shape}, the shape of a. Compare arrays of one shape.")
    return float(np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b)), initial=0.0))


@dataclass(frozen=True)
class GradFinding:
    """One input's gradient against the measured one."""

    name: str  # "dw"
    error: float  # relative, of the worst element
    worst: Index  # its place; () when only random directions disagree
    analytic: float  # what backward says there
    numeric: float  # what was measured there
    kink: bool  # whether the function bends there, so that no single number is right
    pattern: str  # in words, how the two arrays are related; "" when they agree
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the gradient agrees, or the only trouble is a kink."""
        return self.error <= self.tolerance or (self.kink and not self.pattern)

    def __str__(self) -> str:
        if self.error <= self.tolerance:
            return f"{self.name}: agrees, relative error {self.error:.1e}"
        if np.isnan(self.analytic) and np.isnan(self.numeric):  # nothing to compare number by number
            return f"{self.name}: {self.pattern}"
        where = f" at {list(self.worst)}" if self.worst else ""
        kink = "; the function has a kink or a tie there, move the input a little" if self.kink else ""
        pattern = f"; {self.pattern}" if self.pattern else ""
        return (
            f"{self.name}: relative error {self.error:.1e}{where}, backward says {self.analytic:.6g}, "
            f"measured {self.numeric:.6g}{pattern}{kink}"
        )


@dataclass(frozen=True)
class GradReport:
    """What :func:`check_gradients` found, input by input."""

    findings: tuple[GradFinding, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
        return all(finding.ok for finding in self.findings)

    @property
    def worst(self) -> GradFinding:
        """The finding with the largest error."""
        return max(self.findings, key=lambda finding: finding.error)

    def __repr__(self) -> str:
        verdict = "all gradients agree" if self.ok else "not all gradients agree"
        return "\n".join([f"GradReport: {verdict}", *(f"  {finding}" for finding in self.findings)])


def check_gradients(
    op: Callable[..., tuple[Any, Any]],
    backward: Callable[[Any, Any], Any],
    *inputs: ArrayLike,
    h: float = 1e-5,
    tolerance: float = 1e-6,
    seed: int = 0,
    **settings: Any,
) -> GradReport:
    """Hold a backward pass to the gradient measured on its forward pass.

    Parameters
    ----------
    op
        ``op(*inputs, **settings) -> (y, cache)``.
    backward
        ``backward(dy, cache) -> gradients``: one array per input, in the order of the inputs, or one array alone.
    inputs
        Arrays; they are copied to float64.
    h
        Half the step of the measurement.
    tolerance
        Largest relative error that counts as agreement.
    seed
        Of the random dy, and of the directions for inputs of more than 2 000 numbers.

    Returns
    -------
    GradReport
        For each input the worst element, where it is, what both say, whether it sits on a kink or a tie, and which
        pattern the error has: a factor, a transpose, a missing term.

    Examples
    --------
    >>> def square(x):
    ...     return x**2, x
    >>> check_gradients(square, lambda dy, x: 2 * x * dy, [[1.0, -2.0]])  # doctest: +ELLIPSIS
    GradReport: all gradients agree
      dx: agrees, relative error ...
    >>> check_gradients(square, lambda dy, x: x * dy, [[1.0, -2.0]]).worst.pattern
    'backward is 0.5 times the measured gradient'
    """
    arrays = [np.array(a, np.float64) for a in inputs]
    for i, a in enumerate(arrays):
        if not np.isfinite(a).all():
            raise ValueError(
                f"inputs[{i}]: got {a[~np.isfinite(a)][0]}, wanted finite numbers. Replace NaN and inf, for example by "
                "np.nan_to_num."
            )
    rng = np.random.default_rng(whole("seed", seed, 0))
    forward = op(*(a.copy() for a in arrays), **settings)
    if not isinstance(forward, tuple) or len(forward) != 2:
        raise TypeError(
            f"op: got {type(forward).__name__}, wanted (y, cache). Let op return both: what it computes, and what "
            "backward needs."
        )
    y, cache = forward
    dy = rng.standard_normal(np.shape(y))
    result = backward(dy if np.ndim(y) else float(dy), cache)
    gradients: Sequence[Any] = result if isinstance(result, tuple | list) else (result,)
    names: Sequence[str] = getattr(result, "_fields", [])
    if len(gradients) < len(arrays):
        raise ShapeError(
            f"backward: got {len(gradients)} gradients for {len(arrays)} inputs, wanted one for each. Return them all, "
            "in the order of the inputs."
        )
    findings = []
    for i, (x, gradient) in enumerate(zip(arrays, gradients, strict=False)):
        name = names[i] if names else "dx" if len(arrays) == 1 else f"gradient {i}"

        def f(moved: Array, i: int = i) -> Array:
            given = ((moved if j == i else a).copy() for j, a in enumerate(arrays))  # op may work in place
            return np.asarray(op(*given, **settings)[0])

        if gradient is None or np.shape(gradient) != x.shape:
            findings.append(_misshapen(name, gradient, x, tolerance))
            continue
        analytic = np.asarray(gradient, np.float64)
        trial = _Trial(name, f, x, analytic, dy, h, tolerance)
        findings.append(_elements(trial) if x.size <= WHOLE else _directions(trial, rng))
    return GradReport(tuple(findings))


def step_sweep(
    f: Callable[[Array], Any], x: Array, df: ArrayLike, gradient: ArrayLike, steps: Sequence[float] | None = None
) -> list[tuple[float, float]]:
    """Measure with one step size after the other: (h, relative error to `gradient`).

    Too large a step sees the curve, too small a step sees only rounding; between them lies a valley.

    Examples
    --------
    >>> sweep = step_sweep(np.exp, np.array([1.0]), [1.0], [np.e], steps=[1e-1, 1e-5, 1e-13])
    >>> [error < 1e-8 for _, error in sweep]
    [False, True, False]
    """
    chosen = [10.0**-k for k in range(1, 14)] if steps is None else steps
    return [(h, relative_error(numerical_gradient(f, x, df, h=h), gradient)) for h in chosen]


@dataclass(frozen=True)
class _Trial:
    """One input, the gradient that backward says, and all it takes to measure it."""

    name: str
    f: Callable[[Array], Array]  # the result as a function of this input
    x: Array
    analytic: Array
    dy: Array
    h: float
    tolerance: float


def _elements(trial: _Trial) -> GradFinding:
    """Compare the gradient number by number."""
    x, analytic, tolerance = trial.x, trial.analytic, trial.tolerance
    numeric = numerical_gradient(trial.f, x, trial.dy, h=trial.h)
    off = _off(analytic, numeric)
    if off.size == 0:
        return GradFinding(trial.name, 0.0, (), 0.0, 0.0, False, "", tolerance)
    kinked = np.zeros(x.shape, bool)
    for index in map(tuple, np.argwhere(off > tolerance).tolist()):
        kinked[index] = _bends(trial, index)
    smooth = np.where(kinked, 0, off)
    wrong = smooth > tolerance
    worst = np.unravel_index(int(np.argmax(smooth if wrong.any() else off)), x.shape)
    place = tuple(int(i) for i in worst)
    pattern = ""
    if wrong.any():
        pattern = _relation(analytic, lambda g: g[~kinked], numeric[~kinked], tolerance)
        pattern = pattern or _places(analytic, numeric, wrong)
    found = (float(off[place]), place, float(analytic[place]), float(numeric[place]), bool(kinked[place]))
    return GradFinding(trial.name, *found, pattern, tolerance)


def _directions(trial: _Trial, rng: np.random.Generator) -> GradFinding:
    """Compare slopes along random directions: two calls of f each, however large the input."""
    f, x, h = trial.f, trial.x, trial.h
    directions = rng.standard_normal((DIRECTIONS, x.size))

    def slopes(g: Array) -> Array:
        return directions @ g.ravel()

    steps = (h * directions).reshape(DIRECTIONS, *x.shape)
    numeric = np.array([np.sum((f(x + step) - f(x - step)) * trial.dy) for step in steps]) / (2 * h)
    said = slopes(trial.analytic)
    off = _off(said, numeric)
    i = int(np.argmax(off))
    pattern = _relation(trial.analytic, slopes, numeric, trial.tolerance) if off[i] > trial.tolerance else ""
    if off[i] > trial.tolerance and not pattern:
        found = _sample(trial, rng)
        if found is not None:
            return found
        pattern = "a few elements differ"
    return GradFinding(
        trial.name, float(off[i]), (), float(said[i]), float(numeric[i]), False, pattern, trial.tolerance
    )


def _sample(trial: _Trial, rng: np.random.Generator) -> GradFinding | None:
    """Look at some elements of a large input one by one; None if they all agree."""
    x = trial.x
    chosen = np.unravel_index(rng.choice(x.size, SAMPLE, replace=False), x.shape)

    def g(values: Array) -> Array:
        moved = x.copy()
        moved[chosen] = values
        return trial.f(moved)

    found = _elements(replace(trial, f=g, x=x[chosen], analytic=trial.analytic[chosen]))
    if found.error <= trial.tolerance:
        return None
    place = tuple(int(axis[found.worst[0]]) for axis in chosen)
    return replace(found, worst=place, pattern=found.pattern and f"{found.pattern} ({SAMPLE} of {x.size} looked at)")


def _off(a: Array, b: Array) -> Array:
    """Return the relative error of every element; infinite where a is no number."""
    off: Array = np.where(np.isfinite(a), np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)), np.inf)
    return off


def _misshapen(name: str, gradient: Any, x: Array, tolerance: float) -> GradFinding:
    if gradient is None:
        pattern = "backward returned None"
    else:
        pattern = f"the shape is {np.shape(gradient)}, wanted {x.shape}"
        if x.ndim > 1 and np.shape(gradient) == x.shape[::-1]:
            pattern += ": transposed"
    return GradFinding(name, np.inf, (), np.nan, np.nan, False, pattern, tolerance)


def _bends(trial: _Trial, index: Index) -> bool:
    """Whether the slope just before a point differs from the slope just after it."""
    f, x, dy, h = trial.f, trial.x, trial.dy, trial.h
    here, old = float(np.sum(f(x) * dy)), x[index]
    x[index] = old + h
    after = (float(np.sum(f(x) * dy)) - here) / h
    x[index] = old - h
    before = (here - float(np.sum(f(x) * dy))) / h
    x[index] = old
    return abs(after - before) > 1e-3 * (abs(after) + abs(before)) + 1e-6


def _relation(a: Array, seen: Callable[[Array], Array], b: Array, tolerance: float) -> str:
    """Say how the whole of backward's a relates to the measured b, the commonest mistakes first; "" if in no such way.

    `seen` turns a gradient into what was measured of it.
    """
    if not np.isfinite(a).all():
        return "backward holds NaN or inf"

    def same(other: Array) -> bool:
        return relative_error(seen(other), b, floor=1e-3 * float(np.abs(b).max(initial=1e-5))) <= 10 * tolerance

    if not a.any():
        return "backward is zero everywhere"
    said = seen(a)
    factor = float(np.sum(said * b) / max(np.sum(said * said), np.finfo(float).tiny))
    if factor and same(factor * a):
        if abs(factor + 1) < 1e-4:
            return "backward has the opposite sign"
        return f"backward is {1 / factor:.4g} times the measured gradient"
    for axes in itertools.permutations(range(a.ndim)):
        if axes != tuple(range(a.ndim)) and a.transpose(axes).shape == a.shape and same(a.transpose(axes)):
            return f"backward has its axes in the wrong order: transpose{axes} would be right"
    for count in range(1, a.ndim + 1):
        for flipped in itertools.combinations(range(a.ndim), count):
            if same(np.flip(a, flipped)):
                return f"backward is reversed along axis {', '.join(map(str, flipped))}"
    return ""


def _places(a: Array, b: Array, wrong: NDArray[np.bool_]) -> str:
    """Say where backward's a differs from the measured b."""
    shift = float((a - b)[wrong].mean())
    if wrong.all() and np.allclose(a - b, shift, rtol=1e-4, atol=0):
        return f"backward is off by {shift:.4g} everywhere"
    if not a[wrong].any():
        return f"a term is missing: {int(wrong.sum())} of {a.size} elements are zero, the others are right"
    for axis in range(a.ndim if a.ndim > 1 else 0):
        right = [i for i in range(a.shape[axis]) if not np.take(wrong, i, axis).any()]
        if right and len(right) < a.shape[axis]:
            return f"a term is missing or added: along axis {axis} only index {', '.join(map(str, right))} is right"
    if not wrong.all():
        return f"{int(wrong.sum())} of {a.size} elements differ, the others are right"
    return "a term is missing or added in every element"
