"""Is a gradient right? Compare it with one measured by small steps, and say where and how it differs.

Taught in notebook 05.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.shapes import ShapeError

__all__ = ["GradFinding", "GradReport", "check_gradients", "numerical_gradient", "relative_error", "step_sweep"]

Array = NDArray[Any]
Index = tuple[int, ...]

WHOLE = 2_000  # numbers; a larger input is checked along random directions instead of number by number
DIRECTIONS = 10


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
    worst: Index  # its place; () when random directions were measured
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
    rng = np.random.default_rng(seed)
    y, cache = op(*(a.copy() for a in arrays), **settings)
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
            return np.asarray(op(*(moved if j == i else a for j, a in enumerate(arrays)), **settings)[0])

        analytic = np.asarray(gradient, np.float64)
        examine = _elements if x.size <= WHOLE or analytic.shape != x.shape else _directions
        findings.append(examine(name, f, x, analytic, dy, h, tolerance, rng))
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


def _elements(
    name: str, f: Callable[[Array], Array], x: Array, analytic: Array, dy: Array, h: float, tolerance: float, _: Any
) -> GradFinding:
    numeric = numerical_gradient(f, x, dy, h=h)
    if analytic.shape != x.shape:
        pattern = f"the shape is {analytic.shape}, wanted {x.shape}"
        if analytic.shape == x.shape[::-1] and relative_error(analytic.T, numeric) <= tolerance:
            pattern += ": transposed"
        return GradFinding(name, np.inf, (), np.nan, np.nan, False, pattern, tolerance)
    off = np.abs(analytic - numeric) / np.maximum(1e-8, np.abs(analytic) + np.abs(numeric))
    off = np.where(np.isfinite(analytic), off, np.inf)
    if off.size == 0:
        return GradFinding(name, 0.0, (), 0.0, 0.0, False, "", tolerance)
    kinks = {tuple(i): _bends(f, x, tuple(i), dy, h) for i in np.argwhere(off > tolerance).tolist()}
    smooth = off.copy()
    for index, bends in kinks.items():
        if bends:
            smooth[index] = 0
    worst = np.unravel_index(int(np.argmax(smooth if smooth.max() > tolerance else off)), x.shape)
    place = tuple(int(i) for i in worst)
    pattern = _pattern(analytic, numeric, smooth > tolerance, tolerance)
    return GradFinding(
        name,
        float(off[place]),
        place,
        float(analytic[place]),
        float(numeric[place]),
        kinks.get(place, False),
        pattern,
        tolerance,
    )


def _directions(
    name: str, f: Callable[[Array], Array], x: Array, analytic: Array, dy: Array, h: float, tolerance: float, rng: Any
) -> GradFinding:
    """Compare slopes along random directions: two calls of f each, however large the input."""
    pairs = []
    for _ in range(DIRECTIONS):
        direction = rng.standard_normal(x.shape)
        measured = np.sum((f(x + h * direction) - f(x - h * direction)) * dy) / (2 * h)
        pairs.append((float(np.sum(analytic * direction)), float(measured)))
    said, measured = np.array(pairs).T
    off = np.abs(said - measured) / np.maximum(1e-8, np.abs(said) + np.abs(measured))
    i = int(np.argmax(off))
    pattern = _pattern(said, measured, off > tolerance, tolerance)
    return GradFinding(name, float(off[i]), (), float(said[i]), float(measured[i]), False, pattern, tolerance)


def _bends(f: Callable[[Array], Array], x: Array, index: Index, dy: Array, h: float) -> bool:
    """Whether the slope just before a point differs from the slope just after it."""
    here, old = float(np.sum(f(x) * dy)), x[index]
    x[index] = old + h
    after = (float(np.sum(f(x) * dy)) - here) / h
    x[index] = old - h
    before = (here - float(np.sum(f(x) * dy))) / h
    x[index] = old
    return abs(after - before) > 1e-3 * (abs(after) + abs(before)) + 1e-6


def _pattern(a: Array, b: Array, wrong: NDArray[np.bool_], tolerance: float) -> str:
    """Say how backward's a relates to the measured b, the commonest mistakes first."""
    if not wrong.any():
        return ""
    if not np.isfinite(a).all():
        return "backward holds NaN or inf"

    def same(other: Array) -> bool:
        return relative_error(other, b, floor=1e-3 * float(np.abs(b).max(initial=1e-5))) <= 10 * tolerance

    if not a.any():
        return "backward is zero everywhere"
    factor = float(np.sum(a * b) / np.sum(a * a))
    if factor and same(factor * a):
        return (
            "backward has the opposite sign"
            if abs(factor + 1) < 1e-4
            else (f"backward is {1 / factor:.4g} times the measured gradient")
        )
    for axes in itertools.permutations(range(a.ndim)):
        if axes != tuple(range(a.ndim)) and a.transpose(axes).shape == b.shape and same(a.transpose(axes)):
            return f"backward has its axes in the wrong order: transpose{axes} would be right"
    for count in range(1, a.ndim + 1):
        for flipped in itertools.combinations(range(a.ndim), count):
            if same(np.flip(a, flipped)):
                return f"backward is reversed along axis {', '.join(map(str, flipped))}"
    if same(a + (b - a).mean()):
        return f"backward is off by {float((a - b).mean()):.4g} everywhere"
    if not a[wrong].any():
        return f"a term is missing: {int(wrong.sum())} of {a.size} elements are zero, the others are right"
    for axis in range(a.ndim):
        right = [i for i in range(a.shape[axis]) if not np.take(wrong, i, axis).any()]
        if right and len(right) < a.shape[axis]:
            return f"a term is missing or added: along axis {axis} only index {', '.join(map(str, right))} is right"
    if not wrong.all():
        return f"{int(wrong.sum())} of {a.size} elements differ, the others are right"
    return "a term is missing or added in every element"
