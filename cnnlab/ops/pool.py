"""Max and average pooling, forward and backward. Taught in notebooks 04 and 05.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``R S`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.ops._argument import Floats, as_cache, as_floats, as_gradient
from cnnlab.ops.parallel import in_chunks
from cnnlab.shapes import Grid, Pad, Pair, ShapeError, window_grid

__all__ = ["AvgPoolCache", "MaxPoolCache", "avgpool2d", "avgpool2d_backward", "maxpool2d", "maxpool2d_backward"]

Ties = Literal["first", "all", "share"]
T = TypeVar("T", bound=np.generic)


class MaxPoolCache(NamedTuple):
    """What :func:`maxpool2d` keeps for its backward pass."""

    x: Floats  # (N, C, H, W)
    y: Floats  # (N, C, P, Q)
    grid: Grid
    ties: Ties


class AvgPoolCache(NamedTuple):
    """What :func:`avgpool2d` keeps for its backward pass."""

    shape: tuple[int, ...]  # (N, C, H, W)
    share: Floats  # (P, Q): one over the number of cells each window counts
    grid: Grid


def maxpool2d(
    x: ArrayLike,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    pad: Pad = 0,
    ceil_mode: bool = False,
    ties: Ties = "first",
) -> tuple[Floats, MaxPoolCache]:
    """Keep the largest value in every window, channel by channel. Padding never wins.

    Parameters
    ----------
    x
        Pictures (N, C, H, W).
    kernel
        Window: one number or (rows, columns).
    stride
        Cells from one window to the next; as large as the window unless given.
    pad
        One number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same"; smaller than the window.
    ceil_mode
        Also take a last window that hangs over the end, if it starts on the picture or its padding.
    ties
        Who receives the gradient when several cells hold the maximum: the "first" in reading order (CS231n,
        PyTorch), "all" of them in full (deeplearning.ai) or a "share" each.

    Returns
    -------
    y : ndarray
        (N, C, P, Q).
    cache : MaxPoolCache
        For :func:`maxpool2d_backward`.

    Examples
    --------
    >>> y, _ = maxpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> y[0, 0]
    array([[5., 2.]])
    """
    x = as_floats("x", x, "N C H W")
    if ties not in ("first", "all", "share"):
        raise ValueError(
            f'ties: got {ties!r}, wanted "first", "all" or "share". Write ties="first" for the usual rule.'
        )
    g = _pool_grid(x, kernel, stride, pad, ceil_mode)
    y = np.empty((*x.shape[:2], *g.out), x.dtype)
    planes, out = _planes(x), _planes(y)

    def job(some: slice) -> None:
        _reduce(np.maximum, _padded(planes[some], g, -np.inf), g, out[some])

    in_chunks(job, len(planes), x[:1, :1].size)
    return y, MaxPoolCache(x, y, g, ties)


def maxpool2d_backward(dy: ArrayLike, cache: MaxPoolCache) -> Floats:
    """Gradient of :func:`maxpool2d`: each window sends its gradient to the cell that won.

    Parameters
    ----------
    dy
        Array (N, C, P, Q).
    cache
        What the forward call returned; it says what happens at a tie.

    Returns
    -------
    ndarray
        dx (N, C, H, W). In a window that holds NaN, NaN is the maximum: the cell that holds it receives the gradient.

    Examples
    --------
    >>> for ties in ("first", "all", "share"):
    ...     _, cache = maxpool2d([[[[3, 3, 1]]]], (1, 3), ties=ties)
    ...     print(maxpool2d_backward([[[[6]]]], cache)[0, 0])
    [[6. 0. 0.]]
    [[6. 6. 0.]]
    [[3. 3. 0.]]
    """
    x, y, g, ties = as_cache(cache, MaxPoolCache, "maxpool2d")
    dy = as_gradient(dy, y.shape, x.dtype, "maxpool2d")
    dx = np.empty(x.shape, x.dtype)
    planes, largest, gradient, out = _planes(x), _planes(y), _planes(dy), _planes(dx)
    cells = list(np.ndindex(g.kernel))
    apart = all(stride >= f for stride, f in zip(g.stride, g.kernel, strict=True))  # windows do not overlap
    cell = _strided_cell if apart else _cell  # where windows overlap, sorting their cells first pays

    def job(some: slice) -> None:
        padded, m, d = _padded(planes[some], g, np.nan), largest[some], gradient[some]  # NaN equals no maximum
        unknown = _padded(np.isnan(planes[some]), g, False) if np.isnan(m.max(initial=0)) else None
        values = padded
        if not apart:
            values = _phases(padded, g)
            m, d = _spaced(m, values, np.nan), _spaced(d, values, 0)
            unknown = None if unknown is None else _phases(unknown, g)

        def find(r: int, s: int, out: NDArray[np.bool_]) -> NDArray[np.bool_]:
            np.equal(cell(values, g, r, s), m[: len(out)], out=out)
            if unknown is not None:
                out |= cell(unknown, g, r, s)  # where a window holds NaN, that is its maximum
            return out

        total = np.zeros_like(values)
        won, free, sent = np.empty(m.shape, bool), np.ones(m.shape, bool), np.empty_like(d)
        if ties == "share":
            winners = np.zeros_like(d)
            for r, s in cells:
                n = len(cell(values, g, r, s))
                winners[:n] += find(r, s, won[:n])
            d = d / np.maximum(winners, 1)
        for r, s in cells:
            target = cell(total, g, r, s)
            n = len(target)
            here = won[:n]
            if ties == "first" and (r, s) == cells[-1]:
                here = free[:n]  # in a window without a winner so far, it is the last cell
            else:
                find(r, s, here)
                if ties == "first":
                    here &= free[:n]
                    free[:n] ^= here
            if apart:
                np.multiply(d, here, out=target)
            else:
                target += np.multiply(d[:n], here, out=sent[:n])
        out[some] = _cropped(total if apart else _joined(total, g, padded), g, x.shape)

    # Larger chunks than elsewhere: a job takes many steps, and threads wait for one another at each of them.
    in_chunks(job, len(planes), max(1, x[:1, :1].size // 2))
    return dx


def avgpool2d(
    x: ArrayLike,
    kernel: Pair,
    *,
    stride: Pair | None = None,
    pad: Pad = 0,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
) -> tuple[Floats, AvgPoolCache]:
    """Average every window, channel by channel.

    Parameters
    ----------
    x, kernel, stride, pad, ceil_mode
        As for :func:`maxpool2d`.
    count_include_pad
        Whether padding counts as cells that hold zero. Unless given: yes, as in PyTorch, except with pad="same",
        where only the picture's own cells count, as in TensorFlow. What hangs over by `ceil_mode` never counts.

    Returns
    -------
    y : ndarray
        (N, C, P, Q).
    cache : AvgPoolCache
        For :func:`avgpool2d_backward`.

    Examples
    --------
    >>> y, _ = avgpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> y[0, 0]
    array([[3., 1.]])
    """
    x = as_floats("x", x, "N C H W")
    g = _pool_grid(x, kernel, stride, pad, ceil_mode)
    if count_include_pad is None:
        count_include_pad = not (isinstance(pad, str) and pad == "same")
    rows, columns = (
        _cells(x.shape[2 + a], g.kernel[a], g.stride[a], g.pads[a], g.out[a], count_include_pad) for a in (0, 1)
    )
    share = (1 / np.outer(rows, columns)).astype(x.dtype)  # (P, Q)
    y = np.empty((*x.shape[:2], *g.out), x.dtype)
    planes, out = _planes(x), _planes(y)

    def job(some: slice) -> None:
        _reduce(np.add, _padded(planes[some], g, 0), g, out[some])
        out[some] *= share

    in_chunks(job, len(planes), x[:1, :1].size)
    return y, AvgPoolCache(x.shape, share, g)


def avgpool2d_backward(dy: ArrayLike, cache: AvgPoolCache) -> Floats:
    """Gradient of :func:`avgpool2d`: each window shares its gradient equally among the cells it counted.

    Parameters
    ----------
    dy
        Array (N, C, P, Q).
    cache
        What the forward call returned.

    Returns
    -------
    ndarray
        dx (N, C, H, W).

    Examples
    --------
    >>> _, cache = avgpool2d([[[[1, 5, 2, 0]]]], (1, 2))
    >>> avgpool2d_backward([[[[4, 6]]]], cache)[0, 0]
    array([[2., 2., 3., 3.]])
    """
    shape, share, g = as_cache(cache, AvgPoolCache, "avgpool2d")
    dy = as_gradient(dy, (*shape[:2], *g.out), share.dtype, "avgpool2d")
    dx = np.empty(shape, dy.dtype)
    gradient, out = _planes(dy), _planes(dx)
    height, width = _padded_size(shape[2:], g)

    def job(some: slice) -> None:
        d = gradient[some] * share
        wide = np.zeros((len(d), g.out[0], width), d.dtype)  # first along the rows, then along the columns
        for s in range(g.kernel[1]):
            wide[:, :, _visited(g, 1, s)] += d
        total = np.zeros((len(d), height, width), d.dtype)
        for r in range(g.kernel[0]):
            total[:, _visited(g, 0, r)] += wide
        out[some] = _cropped(total, g, shape)

    in_chunks(job, len(out), height * width)
    return dx


def _pool_grid(x: Floats, kernel: Pair, stride: Pair | None, pad: Pad, ceil_mode: bool) -> Grid:
    g = window_grid(x.shape[2:], kernel, stride=kernel if stride is None else stride, pad=pad, ceil_mode=ceil_mode)
    for axis, f, sides in zip(("rows", "columns"), g.kernel, g.pads, strict=True):
        if max(sides) >= f:
            raise ShapeError(
                f"pad: got {max(sides)} {axis} for a window of {f}, wanted fewer than {f}: a window must see the "
                f"picture. Choose pad ≤ {f - 1} or a larger window."
            )
    return g


def _cells(n: int, f: int, stride: int, pads: tuple[int, int], places: int, with_pad: bool) -> Floats:
    """Count the cells each window of one axis averages over."""
    start = np.arange(places) * stride - pads[0]
    low, high = (-pads[0], n + pads[1]) if with_pad else (0, n)
    return (np.minimum(start + f, high) - np.maximum(start, low)).astype(np.float64)


def _planes(x: Floats) -> Floats:
    """Treat all pictures and channels alike: (N·C, H, W)."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])


def _visited(g: Grid, axis: int, i: int) -> slice:
    """Slice the rows (axis 0) or columns (axis 1) of padded planes that row or column i of the window visits."""
    stride, places = g.stride[axis], g.out[axis]
    return slice(i, i + stride * (places - 1) + 1, stride)


def _phases(padded: NDArray[T], g: Grid) -> NDArray[T]:
    """Sort the cells of padded planes by the stride: (rows' phase, columns' phase, planes, h, w).

    All windows' cell (r, s) then lies in one phase, in the same order as the windows and without gaps, so that one
    operation on flat memory goes through all windows. At the end of a row that runs into the next one: no window is
    there, see :func:`_spaced`.
    """
    (down, right), (planes, height, width) = g.stride, padded.shape
    phases = np.zeros((down, right, planes, -(-height // down), -(-width // right)), padded.dtype)
    for i, j in np.ndindex(down, right):
        part = padded[:, i::down, j::right]
        phases[i, j, :, : part.shape[1], : part.shape[2]] = part
    return phases


def _joined(phases: NDArray[T], g: Grid, like: NDArray[T]) -> NDArray[T]:
    """Undo :func:`_phases`."""
    down, right = g.stride
    padded = np.empty_like(like)
    for i, j in np.ndindex(down, right):
        part = padded[:, i::down, j::right]
        part[...] = phases[i, j, :, : part.shape[1], : part.shape[2]]
    return padded


def _strided_cell(padded: NDArray[T], g: Grid, r: int, s: int) -> NDArray[T]:
    """Return cell (r, s) of all windows (planes, P, Q)."""
    return padded[:, _visited(g, 0, r), _visited(g, 1, s)]


def _cell(phases: NDArray[T], g: Grid, r: int, s: int) -> NDArray[T]:
    """Return cell (r, s) of all windows of sorted planes, flat; shorter where it lies further on."""
    (down, right), width = g.stride, phases.shape[-1]
    flat: NDArray[T] = phases[r % down, s % right].reshape(-1)
    return flat[r // down * width + s // right :]


def _spaced(windows: NDArray[T], phases: NDArray[T], value: float) -> NDArray[T]:
    """Lay out one number per window as the phases are, flat; the value stands where no window is."""
    if windows.shape == phases.shape[2:]:
        return windows.reshape(-1)
    spaced = np.full(phases.shape[2:], value, windows.dtype)
    spaced[:, : windows.shape[1], : windows.shape[2]] = windows
    return spaced.reshape(-1)


def _reduce(join: np.ufunc, padded: Floats, g: Grid, out: Floats) -> None:
    """Join every window into one number: whole rows of the picture first, where memory is read in order."""
    tall = np.empty((len(out), g.out[0], padded.shape[2]), out.dtype)  # (planes, P, W)
    _join(join, [padded[:, _visited(g, 0, r)] for r in range(g.kernel[0])], tall)
    _join(join, [tall[:, :, _visited(g, 1, s)] for s in range(g.kernel[1])], out)


def _join(join: np.ufunc, parts: list[Floats], out: Floats) -> None:
    if len(parts) == 1:
        out[...] = parts[0]
        return
    join(parts[0], parts[1], out=out)
    for part in parts[2:]:
        join(out, part, out=out)


def _padded_size(size: tuple[int, ...], g: Grid) -> tuple[int, int]:
    """(rows, columns) of the padded picture, made longer where the last window hangs over."""
    h, w = (
        max(n + sum(pads), stride * (places - 1) + f)
        for n, pads, stride, places, f in zip(size, g.pads, g.stride, g.out, g.kernel, strict=True)
    )
    return h, w


def _padded(planes: NDArray[T], g: Grid, value: float) -> NDArray[T]:
    size = _padded_size(planes.shape[1:], g)
    if size == planes.shape[1:]:
        return planes
    padded = np.full((len(planes), *size), value, planes.dtype)
    _cropped(padded, g, planes.shape)[...] = planes
    return padded


def _cropped(padded: NDArray[T], g: Grid, shape: tuple[int, ...]) -> NDArray[T]:
    (top, _), (left, _) = g.pads
    return padded[:, top : top + shape[-2], left : left + shape[-1]]
