"""Convolution and max pooling as loops, one output at a time: slow, and nothing is hidden. Taught in notebook 07.

Letters: ``N`` pictures, ``C`` channels, ``H W`` picture, ``F`` filters, ``HH WW`` window, ``P Q`` its places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.conventions._setting import check_window, kept, read, spoken
from cnnlab.ops import ConvCache as CoreCache
from cnnlab.ops import conv2d_cache, pad2d, pad2d_backward
from cnnlab.ops._argument import as_floats, as_gradient
from cnnlab.shapes import Grid, as_pair, window_grid

__all__ = ["conv_backward_naive", "conv_forward_naive", "max_pool_backward_naive", "max_pool_forward_naive"]

Array = NDArray[Any]
Param = dict[str, Any]
ConvCache = tuple[Array, Array, Array, Param]
PoolCache = tuple[Array, Param]


def conv_forward_naive(x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, ConvCache]:
    """Multiply every window by every filter, add up, add the bias.

    Parameters
    ----------
    x, w, b
        Pictures (N, C, H, W), filters (F, C, HH, WW), biases (F,).
    conv_param
        ``{'stride': …, 'pad': …}``.

    Returns
    -------
    out : ndarray
        (N, F, P, Q).
    cache : tuple
        (x, w, b, conv_param).

    Examples
    --------
    >>> out, _ = conv_forward_naive([[[[1, 2, 3]]]], [[[[1, -1]]]], [10], {"stride": 1, "pad": 0})
    >>> out[0, 0]
    array([[9., 9.]])
    """
    pictures, filters, biases, grid = conv_arguments(x, w, b, conv_param)
    assert biases is not None
    padded = pad2d(pictures, grid.pads)
    out = np.zeros((len(pictures), len(filters), *grid.out), pictures.dtype)
    for n in range(out.shape[0]):
        for f in range(out.shape[1]):
            for p in range(out.shape[2]):
                for q in range(out.shape[3]):
                    rows, columns = _window(grid, p, q)
                    out[n, f, p, q] = np.sum(padded[n, :, rows, columns] * filters[f]) + biases[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array]:
    """Send every output's gradient to the window, the filter and the bias that made it.

    Parameters
    ----------
    dout
        Array (N, F, P, Q).
    cache
        (x, w, b, conv_param).

    Returns
    -------
    dx, dw, db : ndarray
        Like x, w and b.

    Examples
    --------
    >>> _, cache = conv_forward_naive([[[[1, 2, 3]]]], [[[[1, -1]]]], [10], {"stride": 1, "pad": 0})
    >>> dx, dw, db = conv_backward_naive(np.array([[[[1, 1]]]]), cache)
    >>> dx[0, 0], dw[0, 0], db
    (array([[ 1.,  0., -1.]]), array([[3., 5.]]), array([2.]))
    """
    x, w, b, conv_param = kept(cache, ("x", "w", "b", "conv_param"), "conv_forward_naive")
    pictures, filters, biases, grid = conv_arguments(x, w, b, conv_param)
    with spoken({"dy": "dout"}):
        dout = as_gradient(dout, (len(pictures), len(filters), *grid.out), pictures.dtype, "conv_forward_naive")
    padded = pad2d(pictures, grid.pads)
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(filters), np.zeros_like(biases)
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            for p in range(dout.shape[2]):
                for q in range(dout.shape[3]):
                    rows, columns = _window(grid, p, q)
                    dpadded[n, :, rows, columns] += filters[f] * dout[n, f, p, q]  # += : windows overlap
                    dw[f] += padded[n, :, rows, columns] * dout[n, f, p, q]
                    db[f] += dout[n, f, p, q]
    return pad2d_backward(dpadded, grid.pads), dw, db


def max_pool_forward_naive(x: Array, pool_param: Param) -> tuple[Array, PoolCache]:
    """Keep the largest number of every window.

    Parameters
    ----------
    x
        Pictures (N, C, H, W).
    pool_param
        ``{'pool_height': …, 'pool_width': …, 'stride': …}``.

    Returns
    -------
    out : ndarray
        (N, C, P, Q).
    cache : tuple
        (x, pool_param).

    Examples
    --------
    >>> pool_param = {"pool_height": 1, "pool_width": 2, "stride": 2}
    >>> max_pool_forward_naive(np.array([[[[1.0, 5.0, 2.0, 0.0]]]]), pool_param)[0][0, 0]
    array([[5., 2.]])
    """
    x = as_floats("x", x, "N C H W")
    grid = pool_grid(x, pool_param)
    out = np.zeros((*x.shape[:2], *grid.out), x.dtype)
    for n in range(out.shape[0]):
        for c in range(out.shape[1]):
            for p in range(out.shape[2]):
                for q in range(out.shape[3]):
                    rows, columns = _window(grid, p, q)
                    out[n, c, p, q] = np.max(x[n, c, rows, columns])
    return out, (x, pool_param)


def max_pool_backward_naive(dout: Array, cache: PoolCache) -> Array:
    """Send every output's gradient to the cell of its window that won: the first in reading order at a tie.

    Parameters
    ----------
    dout
        Array (N, C, P, Q).
    cache
        (x, pool_param).

    Returns
    -------
    ndarray
        dx, like x.

    Examples
    --------
    >>> pool_param = {"pool_height": 1, "pool_width": 3, "stride": 1}
    >>> _, cache = max_pool_forward_naive(np.array([[[[3.0, 3.0, 1.0]]]]), pool_param)
    >>> max_pool_backward_naive(np.array([[[[6.0]]]]), cache)[0, 0]
    array([[6., 0., 0.]])
    """
    x, pool_param = kept(cache, ("x", "pool_param"), "max_pool_forward_naive")
    x = as_floats("x", x, "N C H W")
    grid = pool_grid(x, pool_param)
    with spoken({"dy": "dout"}):
        dout = as_gradient(dout, (*x.shape[:2], *grid.out), x.dtype, "max_pool_forward_naive")
    dx = np.zeros_like(x)
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            for p in range(dout.shape[2]):
                for q in range(dout.shape[3]):
                    rows, columns = _window(grid, p, q)
                    r, s = np.unravel_index(np.argmax(x[n, c, rows, columns]), grid.kernel)
                    dx[n, c, rows.start + r, columns.start + s] += dout[n, c, p, q]  # += : windows may overlap
    return dx


def conv_arguments(x: Array, w: Array, b: Array, conv_param: Param) -> CoreCache:
    """Return the arguments as the core keeps them, after a look at them."""
    given = read("conv_param", conv_param, ("stride", "pad"))
    if b is None:
        raise TypeError("b: got None, wanted one bias per filter. Pass np.zeros(len(w)).")
    with spoken({"stride": "conv_param['stride']", "pad": "conv_param['pad']", "kernel": "w"}):
        return conv2d_cache(x, w, b, **given)


def pool_grid(x: Array, pool_param: Param) -> Grid:
    """Where the pooling window stands."""
    given = read("pool_param", pool_param, ("pool_height", "pool_width", "stride"))
    sides = [("pool_height", x.shape[2], "rows"), ("pool_width", x.shape[3], "columns")]
    for key, length, cells in sides:
        check_window(f"pool_param[{key!r}]", given[key], length, cells)
        as_pair(f"pool_param[{key!r}]", given[key])
    with spoken({"stride": "pool_param['stride']"}):
        return window_grid(x.shape[2:], (given["pool_height"], given["pool_width"]), stride=given["stride"])


def _window(grid: Grid, p: int, q: int) -> tuple[slice, slice]:
    """Rows and columns of the padded picture that the window at (p, q) covers."""
    top, left = p * grid.stride[0], q * grid.stride[1]
    return slice(top, top + grid.kernel[0]), slice(left, left + grid.kernel[1])
