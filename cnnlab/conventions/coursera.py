"""deeplearning.ai, Convolutional Neural Networks, week 1, "Convolution model: step by step": NHWC, ``hparameters``.

Meanings that other courses do not share: every cell that equals the maximum of its window receives the full gradient
(``x == max``). `conv_single_step` adds the bias once (the 2017 edition added it in every cell of the window).

Source of the signatures: https://www.coursera.org/learn/convolutional-neural-networks, week 1. Taught in notebooks 02
to 05. Letters: ``m`` examples, ``f`` side of the filter, ``n_H n_W n_C`` rows, columns and channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab import ops
from cnnlab.conventions._setting import check_window, kept, read, source, spoken
from cnnlab.ops._argument import as_floats
from cnnlab.shapes import ShapeError, as_pair
from cnnlab.whole import whole

__all__ = [
    "conv_backward",
    "conv_forward",
    "conv_single_step",
    "convert_to_one_hot",
    "create_mask_from_window",
    "distribute_value",
    "pool_backward",
    "pool_forward",
    "random_mini_batches",
    "zero_pad",
]

Array = NDArray[Any]
Param = dict[str, Any]

CONV = {"stride": "hparameters['stride']", "pad": "hparameters['pad']", "kernel": "W"}  # the core's names: the course's


def zero_pad(X: ArrayLike, pad: int) -> Array:
    """Surround every picture with `pad` rows and columns of zeros.

    Parameters
    ----------
    X
        Array (m, n_H, n_W, n_C).
    pad
        Cells per side.

    Examples
    --------
    >>> zero_pad(np.ones((1, 1, 1, 1)), 1)[0, :, :, 0]
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    return _last(ops.pad2d(_first(X, "X"), pad))


def conv_single_step(a_slice_prev: Array, W: Array, b: Array) -> np.float64:
    """Multiply one window (f, f, n_C_prev) by one filter cell by cell, add up, add the bias (1, 1, 1) once.

    Examples
    --------
    >>> print(conv_single_step(np.ones((2, 2, 1)), np.full((2, 2, 1), 3.0), np.array([[[10.0]]])))
    22.0
    """
    window, weights, bias = as_floats("a_slice_prev", a_slice_prev), as_floats("W", W), as_floats("b", b)
    if window.shape != weights.shape:
        raise ShapeError(
            f"W: got {weights.shape}, wanted {window.shape}, the shape of the window. Pass one filter: W[..., c]."
        )
    if bias.size != 1:
        raise ShapeError(f"b: got shape {bias.shape}, wanted one number, (1, 1, 1). Pass one bias: b[..., c].")
    return np.float64(np.sum(window * weights) + bias.item())


def conv_forward(A_prev: Array, W: Array, b: Array, hparameters: Param) -> tuple[Array, tuple[Any, ...]]:
    """Slide every filter over every picture.

    Parameters
    ----------
    A_prev
        Array (m, n_H_prev, n_W_prev, n_C_prev).
    W, b
        Filters (f, f, n_C_prev, n_C), biases (1, 1, 1, n_C).
    hparameters
        ``{'stride': …, 'pad': …}``.

    Returns
    -------
    Z : ndarray
        (m, n_H, n_W, n_C).
    cache : tuple
        (A_prev, W, b, hparameters).

    Examples
    --------
    >>> A, W = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1), np.array([1.0, -1]).reshape(1, 2, 1, 1)
    >>> conv_forward(A, W, np.full((1, 1, 1, 1), 10), {"stride": 1, "pad": 0})[0][0, 0, :, 0]
    array([9., 9.])
    """
    arguments, given = _conv_arguments(A_prev, W, b), read("hparameters", hparameters, ("stride", "pad"))
    with spoken(CONV):
        Z, _ = ops.conv2d(*arguments, **given)
    return _last(Z), (A_prev, W, b, hparameters)


def conv_backward(dZ: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    """Gradients of :func:`conv_forward`.

    Returns
    -------
    dA_prev, dW, db : ndarray
        Like A_prev, W and b.

    Examples
    --------
    >>> A, W = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1), np.array([1.0, -1]).reshape(1, 2, 1, 1)
    >>> _, cache = conv_forward(A, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> dA, dW, db = conv_backward(np.ones((1, 1, 2, 1)), cache)
    >>> dA[0, 0, :, 0], dW[0, :, 0, 0], db
    (array([ 1.,  0., -1.]), array([3., 5.]), array([[[[2.]]]]))
    """
    A_prev, W, b, hparameters = kept(cache, ("A_prev", "W", "b", "hparameters"), "conv_forward")
    arguments, given = _conv_arguments(A_prev, W, b), read("hparameters", hparameters, ("stride", "pad"))
    with spoken(CONV):
        convolution = ops.conv2d_cache(*arguments, **given)
    dx, dw, db = ops.conv2d_backward(_gradient("dZ", dZ, A_prev, convolution, np.shape(W)[3]), convolution)
    assert dx is not None
    assert db is not None
    return _last(dx), np.ascontiguousarray(dw.transpose(2, 3, 1, 0)), db.reshape(1, 1, 1, -1)


def pool_forward(A_prev: Array, hparameters: Param, mode: str = "max") -> tuple[Array, tuple[Array, Param]]:
    """Keep the maximum or the average of every window, channel by channel.

    Parameters
    ----------
    A_prev
        Array (m, n_H_prev, n_W_prev, n_C).
    hparameters
        ``{'f': …, 'stride': …}``.
    mode
        'max' or 'average'.

    Returns
    -------
    A : ndarray
        (m, n_H, n_W, n_C).
    cache : tuple
        (A_prev, hparameters).

    Examples
    --------
    >>> A = np.array([[1.0, 5], [2, 0]]).reshape(1, 2, 2, 1)
    >>> [pool_forward(A, {"f": 2, "stride": 1}, mode)[0].item() for mode in ("max", "average")]
    [5.0, 2.0]
    """
    return _last(_pool(A_prev, hparameters, mode)[0]), (A_prev, hparameters)


def pool_backward(dA: Array, cache: tuple[Array, Param], mode: str = "max") -> Array:
    """Gradient of :func:`pool_forward`; at a tie every cell that holds the maximum receives all of it.

    Examples
    --------
    >>> A = np.array([[5.0, 5], [2, 0]]).reshape(1, 2, 2, 1)
    >>> _, cache = pool_forward(A, {"f": 2, "stride": 1})
    >>> pool_backward(np.full((1, 1, 1, 1), 6.0), cache)[0, :, :, 0]
    array([[6., 6.],
           [0., 0.]])
    """
    A_prev, hparameters = kept(cache, ("A_prev", "hparameters"), "pool_forward")
    _, pooling = _pool(A_prev, hparameters, mode)
    backward = ops.maxpool2d_backward if mode == "max" else ops.avgpool2d_backward
    return _last(backward(_gradient("dA", dA, A_prev, pooling, np.shape(A_prev)[3]), pooling))


def create_mask_from_window(x: ArrayLike) -> NDArray[np.bool_]:
    """Mark every cell that holds the maximum of x.

    Examples
    --------
    >>> create_mask_from_window([[1, 3], [3, 2]])
    array([[False, True],
           [ True, False]])
    """
    a = np.asarray(x)
    if a.size == 0:
        raise ShapeError(f"x: got shape {a.shape}, wanted at least one cell. Check the corners of the slice.")
    return np.asarray(a == a.max())


def distribute_value(dz: float, shape: tuple[int, int]) -> Array:
    """Spread a number over (n_H, n_W) cells in equal shares.

    Examples
    --------
    >>> distribute_value(6, (1, 3))
    array([[2., 2., 2.]])
    """
    rows, columns = as_pair("shape", shape)
    return np.full((rows, columns), dz / (rows * columns))


def random_mini_batches(X: Array, Y: Array, mini_batch_size: int = 64, seed: int = 0) -> list[tuple[Array, Array]]:
    """Shuffle pictures and labels together and cut them into batches; the last may be smaller.

    Parameters
    ----------
    X, Y
        Pictures (m, n_H, n_W, n_C) and labels, one row per example: (m, classes).
    mini_batch_size
        Examples per batch.
    seed
        The same seed gives the order that the course's own code gives, without touching NumPy's global state.

    Examples
    --------
    >>> [len(y) for _, y in random_mini_batches(np.zeros((5, 2, 2, 1)), np.zeros((5, 3)), 2)]
    [2, 2, 1]
    """
    X, Y = np.asarray(X), np.asarray(Y)
    if len(X) != len(Y):
        raise ShapeError(
            f"Y: got {len(Y)} rows for {len(X)} examples, wanted one each. Transpose Y if it is (classes, m)."
        )
    whole("mini_batch_size", mini_batch_size, 1)
    order = source("seed", seed).permutation(len(X))
    cuts = range(0, len(X), mini_batch_size)
    return [(X[order[i : i + mini_batch_size]], Y[order[i : i + mini_batch_size]]) for i in cuts]


def convert_to_one_hot(Y: ArrayLike, C: int) -> Array:
    """Turn labels of any shape into columns (C, m) with a 1 in the row of the class.

    Examples
    --------
    >>> convert_to_one_hot([[0, 2]], 3)
    array([[1., 0.],
           [0., 0.],
           [0., 1.]])
    """
    whole("C", C, 1)
    labels = np.asarray(Y).reshape(-1)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"Y: got dtype {labels.dtype}, wanted whole numbers. Convert with Y.astype(int).")
    if labels.size and not 0 <= labels.min() <= labels.max() < C:
        bad = labels[(labels < 0) | (labels >= C)][0]
        raise ValueError(f"Y: got the label {bad}, wanted 0 to {C - 1} for {C} classes. Count from 0, or raise C.")
    return np.asarray(np.eye(C)[labels].T)


def _pool(A_prev: Array, hparameters: Param, mode: str) -> tuple[Array, Any]:
    given = read("hparameters", hparameters, ("f", "stride"), ("pad",))  # pad: one dictionary often serves both layers
    if mode not in ("max", "average"):
        raise ValueError(f"mode: got {mode!r}, wanted 'max' or 'average'. Write mode='max'.")
    x = _first(A_prev)
    for length, cells in zip(x.shape[2:], ("rows", "columns"), strict=True):
        check_window("hparameters['f']", given["f"], length, cells)
    with spoken({"kernel": "hparameters['f']", "stride": "hparameters['stride']"}):
        if mode == "max":
            return ops.maxpool2d(x, given["f"], stride=given["stride"], ties="all")
        return ops.avgpool2d(x, given["f"], stride=given["stride"])


def _conv_arguments(A_prev: Array, W: Array, b: Array) -> tuple[Array, Array, Array]:
    W, b = as_floats("W", W), as_floats("b", b)
    if W.ndim != 4:
        raise ShapeError(
            f"W: got shape {W.shape}, wanted 4 axes (f, f, n_C_prev, n_C). Add the missing with W[..., None]."
        )
    x = _first(A_prev)
    if x.shape[1] != W.shape[2]:
        raise ShapeError(
            f"W: got filters {W.shape[2]} channels deep on pictures with {x.shape[1]}, wanted the same depth. "
            f"Make W ({W.shape[0]}, {W.shape[1]}, {x.shape[1]}, {W.shape[3]})."
        )
    if b.size != W.shape[3] or max(b.shape, default=0) != b.size:
        raise ShapeError(
            f"b: got shape {b.shape}, wanted (1, 1, 1, {W.shape[3]}), one bias per filter. "
            f"Make b np.zeros((1, 1, 1, {W.shape[3]}))."
        )
    return x, W.transpose(3, 2, 0, 1), b


def _first(X: ArrayLike, name: str = "A_prev") -> Array:
    """View (m, n_H, n_W, n_C) as the library's (N, C, H, W)."""
    a = as_floats(name, X)
    if a.ndim != 4:
        raise ShapeError(
            f"{name}: got {a.ndim} axes with shape {a.shape}, wanted 4 (m, n_H, n_W, n_C). "
            f"Add the missing with {name}[None] or reshape."
        )
    if 0 in a.shape[1:]:
        raise ShapeError(f"{name}: got shape {a.shape}, wanted pictures of at least one cell. Check the slice.")
    return a.transpose(0, 3, 1, 2)


def _gradient(name: str, d: ArrayLike, A_prev: Array, cache: Any, channels: int) -> Array:
    """View a gradient (m, n_H, n_W, n_C) as the library's, after a look at its size."""
    wanted = (len(A_prev), *cache.grid.out, channels)
    if np.shape(d) != wanted:
        raise ShapeError(
            f"{name}: got {np.shape(d)}, wanted {wanted}, the shape of the forward result. "
            "Pass the gradient with respect to that result."
        )
    return _first(d, name)


def _last(x: Array) -> Array:
    """Return (N, C, H, W) as the course's (m, n_H, n_W, n_C)."""
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1))
