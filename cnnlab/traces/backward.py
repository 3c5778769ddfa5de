"""The trace of a backward pass over one plane: what each output sends back, and of what each gradient is the sum.

Three ways to read the same numbers: by output (its δ is spread over its window with ``+=``), by input (the outputs it
fed) and by weight (the inputs it met). Notebook 05 plays it as BackpropExplorer and uses the example's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.ops._argument import as_floats
from cnnlab.shapes import Grid, Pair, ShapeError, as_pair, window_grid
from cnnlab.traces.backward_steps import BackwardStep, of_input, of_output, of_weight
from cnnlab.traces.number import decimals_needed

__all__ = ["EXAMPLE_DY", "EXAMPLE_W", "EXAMPLE_X", "BackwardTrace", "Operation", "Ties", "View", "trace_backward"]

Array = NDArray[Any]
Operation = Literal["convolution", "max pooling", "average pooling"]
Ties = Literal["first", "all", "share"]
View = Literal["windows", "turned", "weights"]

# The example of notebook 05, in its prose, code and picture. With stride 1 and no padding:
#   y  = [[10, 5], [7, 16]]
#   dx = [[3, 10, 8], [11, 12, −6], [6, −5, 1]]     dw = [[4, 2], [7, 9]]     db = 5
# No two of these gradients are the same number, so each can be found again wherever it shows up.
EXAMPLE_X = ((1, 2, 0), (0, 1, 3), (2, 1, 1))
EXAMPLE_W = ((3, 4), (2, -1))
EXAMPLE_DY = ((1, 2), (3, -1))


@dataclass(frozen=True, eq=False)
class BackwardTrace:
    """Forward and backward through one operation on one plane. Index it: ``trace[0]`` is its first step.

    The view says what a step is: "windows" takes the outputs in reading order, "turned" the inputs (the full
    correlation of δ with the kernel turned by 180°), "weights" the weights (the correlation of input and δ).
    """

    operation: Operation
    view: View
    ties: Ties
    grid: Grid
    x: Array  # (H, W)
    w: Array | None  # (R, S); None when pooling
    y: Array  # (P, Q)
    dy: Array  # (P, Q): δ, the gradient of the loss by y
    gradients: Mapping[str, Array]  # the library's "dx" (H, W) and, for a convolution, "dw" (R, S) and "db" (1, 1)
    padded: Array  # (H + 2·pad, W + 2·pad), x with its rim: zeros, or −∞ where a maximum is sought
    factors: Array  # (P, Q, R, S): what the window at (p, q) passes on to each of its cells when δ is 1
    b: float = 0.0
    own: Mapping[str, Array] = field(default_factory=dict)  # gradients as a learner's function returned them

    @property
    def pad(self) -> int:
        """Cells added on each side."""
        return self.grid.pads[0][0]

    @property
    def stride(self) -> int:
        """Cells from one window to the next."""
        return self.grid.stride[0]

    @cached_property
    def decimals(self) -> int:
        """Decimals with which every number of the trace is written."""
        given = (array for array in (self.x, self.w, self.y, self.dy, self.factors) if array is not None)
        return decimals_needed(*given, *self.gradients.values(), *self.own.values(), self.sent)

    @cached_property
    def sent(self) -> Array:
        """What each output adds to dx, (P, Q, R, S)."""
        sent: Array = self.factors * self.dy[:, :, None, None]
        return sent

    @cached_property
    def windows(self) -> Array:
        """What each output has seen of the padded input, (P, Q, R, S)."""
        windows: Array = ops.windows(self.padded[None, None], self.grid.kernel, stride=self.stride)[0, 0]
        return windows

    @cached_property
    def filled(self) -> dict[str, Array]:
        """The gradients after each output, (P·Q, …): how ``+=`` fills them. dx still has the rim of the padding."""
        rows, columns = self.grid.kernel
        dx = np.zeros((self.dy.size, *self.padded.shape))
        for n, (p, q) in enumerate(np.ndindex(self.grid.out)):
            top, left = p * self.stride, q * self.stride
            dx[n, top : top + rows, left : left + columns] = self.sent[p, q]
        filled = {"dx": dx.cumsum(0)}
        if self.w is not None:
            filled["dw"] = (self.windows * self.dy[:, :, None, None]).reshape(-1, rows, columns).cumsum(0)
            filled["db"] = self.dy.reshape(-1, 1, 1).cumsum(0)
        return filled

    @cached_property
    def spaced(self) -> Array:
        """δ as it is laid over the input: with zeros between its cells for a stride."""
        plane = np.zeros([(n - 1) * self.stride + 1 for n in self.grid.out])
        plane[:: self.stride, :: self.stride] = self.dy
        return plane

    @cached_property
    def surrounded(self) -> Array:
        """δ made ready for the turned kernel, (H + R − 1, W + S − 1): zeros between and around.

        The turned kernel at (i, j) covers what dx[i, j] is the sum of.
        """
        (h, w), (r, s), pad = self.x.shape, self.grid.kernel, self.pad
        plane = np.zeros((h + 2 * pad + r - 1, w + 2 * pad + s - 1))
        rows, columns = self.spaced.shape
        plane[r - 1 : r - 1 + rows, s - 1 : s - 1 + columns] = self.spaced
        return plane[pad : pad + h + r - 1, pad : pad + w + s - 1]

    def fed(self, i: int, j: int) -> list[tuple[int, int, int, int]]:
        """(p, q, r, s) of each output that input (i, j) fed, and of the window's cell it was there."""
        rows, columns = (
            [(place, n - place * self.stride) for place in range(places) if 0 <= n - place * self.stride < size]
            for n, places, size in zip((i + self.pad, j + self.pad), self.grid.out, self.grid.kernel, strict=True)
        )
        return [(p, q, r, s) for p, r in rows for q, s in columns]

    def met(self, r: int, s: int) -> list[tuple[int, int, int, int]]:
        """(p, q, i, j) of each output, and of the input that weight (r, s) met for it; the padding is left out."""
        rows, columns = (
            [(place, n + place * self.stride) for place in range(places) if 0 <= n + place * self.stride < size]
            for n, places, size in zip((r - self.pad, s - self.pad), self.grid.out, self.x.shape, strict=True)
        )
        return [(p, q, i, j) for p, i in rows for q, j in columns]

    def differs(self, name: str) -> NDArray[np.bool_]:
        """Where a learner's "dx", "dw" or "db" is not what the library computes."""
        return ~np.isclose(self.own[name], self.gradients[name], rtol=1e-6, atol=1e-9, equal_nan=True)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the steps: of the output, the input or the weights."""
        rows, columns = {"windows": self.dy, "turned": self.x, "weights": np.empty(self.grid.kernel)}[self.view].shape
        return rows, columns

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __getitem__(self, index: int) -> BackwardStep:
        if not -len(self) <= index < len(self):
            raise IndexError(f"step: got {index}, wanted 0 to {len(self) - 1}.")
        tell = {"windows": of_output, "turned": of_input, "weights": of_weight}[self.view]
        return tell(self, *divmod(index % len(self), self.shape[1]))

    def __repr__(self) -> str:
        (h, w), (r, s), (p, q) = self.x.shape, self.grid.kernel, self.grid.out
        return (
            f"BackwardTrace: {self.operation}, {h}×{w} input, {r}×{s} window, pad {self.pad}, stride {self.stride}, "
            f"{p}×{q} output, {len(self)} steps"
        )


def trace_backward(
    x: ArrayLike,
    w: ArrayLike | None = None,
    dy: ArrayLike | None = None,
    *,
    b: float = 0.0,
    operation: Operation = "convolution",
    kernel: Pair | None = None,
    stride: int | None = None,
    pad: int = 0,
    ties: Ties = "first",
    view: View = "windows",
) -> BackwardTrace:
    """Trace the gradient of one plane (H, W) through a convolution with a kernel (R, S), or through a pooling.

    Parameters
    ----------
    x, w, b
        Input (H, W), kernel (R, S) and bias of a convolution; a pooling has only x.
    dy
        δ, the gradient of the loss by the output, (P, Q); ones unless given.
    operation
        "convolution", "max pooling" or "average pooling".
    kernel
        Window of a pooling.
    stride
        Unless given, 1 for a convolution and the rows of the window for a pooling.
    pad, ties
        As for :func:`cnnlab.ops.conv2d` and :func:`cnnlab.ops.maxpool2d`; one number of cells for all sides.
    view
        What a step is: "windows", "turned" or "weights"; a pooling has only the first.

    Raises
    ------
    ValueError
        If the shapes do not fit together or a name is unknown.

    Examples
    --------
    >>> trace = trace_backward(EXAMPLE_X, EXAMPLE_W, EXAMPLE_DY)
    >>> trace.gradients["dx"]
    array([[ 3., 10.,  8.],
           [11., 12., -6.],
           [ 6., -5.,  1.]])
    >>> trace[1].formula
    'dx[0:2, 1:3] += 2·w,  dw += 2·x[0:2, 1:3],  db += 2'
    >>> trace_backward(EXAMPLE_X, EXAMPLE_W, EXAMPLE_DY, view="weights")[1].formula
    'dw[0,1] = x[0,1]·δ[0,0] + x[0,2]·δ[0,1] + x[1,1]·δ[1,0] + x[1,2]·δ[1,1] = 2·1 + 0·2 + 1·3 + 3·(−1) = 2'
    """
    for name, got, kind in (("operation", operation, Operation), ("ties", ties, Ties), ("view", view, View)):
        if got not in get_args(kind):
            wanted = " or ".join(f'"{word}"' for word in get_args(kind))
            raise ValueError(f"{name}: got {got!r}, wanted {wanted}. Choose one of them.")
    plane = _plane("x", x)
    weights = None
    if operation == "convolution":
        if w is None:
            raise ValueError("w: got None, wanted the kernel (R, S) of the convolution. Pass it as w.")
        weights = _plane("w", w)
        kernel = (weights.shape[0], weights.shape[1])
    elif view != "windows":
        raise ValueError(f'view: got "{view}" for {operation}, which has no weights. Take view="windows".')
    elif kernel is None:
        raise ValueError("kernel: got None, wanted the window of the pooling. Write kernel=2.")
    if stride is None:
        stride = 1 if weights is not None else as_pair("kernel", kernel)[0]
    grid = window_grid((plane.shape[0], plane.shape[1]), kernel, stride=stride, pad=pad)
    delta = np.ones(grid.out) if dy is None else _plane("dy", dy)
    if delta.shape != grid.out:
        raise ShapeError(
            f"dy: got shape {delta.shape}, wanted {grid.out}: one δ for each output. Make it np.ones({grid.out})."
        )
    padded = np.pad(plane, pad, constant_values=-np.inf if operation == "max pooling" else 0.0)
    y, gradients = _there_and_back(operation, plane, weights, delta, grid, pad, ties, b)
    # δ is 1 in one output after the other, 0 elsewhere: what comes back is that output's own part.
    factors = np.empty(grid.out + grid.kernel)
    for p, q in np.ndindex(grid.out):
        one = np.zeros(grid.out)
        one[p, q] = 1
        part = _there_and_back(operation, padded, weights, one, grid, 0, ties)[1]["dx"]
        factors[p, q] = ops.windows(part[None, None], grid.kernel, stride=grid.stride)[0, 0, p, q]
    for array in (plane, weights, y, delta, padded, factors, *gradients.values()):
        if array is not None:
            array.flags.writeable = False
    return BackwardTrace(operation, view, ties, grid, plane, weights, y, delta, gradients, padded, factors, float(b))


def _plane(name: str, given: ArrayLike) -> Array:
    return as_floats(name, given, "rows columns").astype(np.float64)


def _there_and_back(
    operation: Operation, x: Array, w: Array | None, dy: Array, grid: Grid, pad: int, ties: Ties, b: float = 0.0
) -> tuple[Array, dict[str, Array]]:
    """Let the library compute the output and the gradients of one plane."""
    picture, gradient = x[None, None], dy[None, None]
    if w is not None:
        y, cache = ops.conv2d(picture, w[None, None], [b], stride=grid.stride, pad=pad)
        grads = ops.conv2d_backward(gradient, cache)
        assert grads.dx is not None
        assert grads.db is not None
        return y[0, 0], {"dx": grads.dx[0, 0], "dw": grads.dw[0, 0], "db": grads.db.reshape(1, 1)}
    if operation == "max pooling":
        y, winners = ops.maxpool2d(picture, grid.kernel, stride=grid.stride, pad=pad, ties=ties)
        return y[0, 0], {"dx": ops.maxpool2d_backward(gradient, winners)[0, 0]}
    y, shares = ops.avgpool2d(picture, grid.kernel, stride=grid.stride, pad=pad)
    return y[0, 0], {"dx": ops.avgpool2d_backward(gradient, shares)[0, 0]}
