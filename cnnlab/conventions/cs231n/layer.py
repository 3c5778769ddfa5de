"""The course's layers: affine, ReLU, normalisations, dropout and losses, with its dictionaries and caches."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab import ops
from cnnlab.conventions._setting import check_number, kept, read, source, spoken
from cnnlab.conventions.cs231n.naive import Array, Param
from cnnlab.ops._argument import as_floats, as_vector

__all__ = [
    "affine_backward",
    "affine_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "svm_loss",
]

SCORES = {"scores": "x", "labels": "y"}  # the core's names: the course's
NormCache = ops.NormCache | None  # None after test mode, where the course asks for no backward pass


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    """Return ``x·w + b`` with every example of x (N, …) laid out as one row, and the cache (x, w, b)."""
    return ops.affine(x, w, b)[0], (x, w, b)


def affine_backward(dout: Array, cache: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Return dx, dw, db of :func:`affine_forward`."""
    with spoken({"dy": "dout", "affine": "affine_forward"}):
        dx, dw, db = ops.affine_backward(dout, ops.affine_cache(*kept(cache, ("x", "w", "b"), "affine_forward")))
    assert dx is not None
    assert db is not None
    return dx, dw, db


def relu_forward(x: Array) -> tuple[Array, Array]:
    """Return ``max(0, x)``, and the cache x."""
    return ops.relu(x)[0], x


def relu_backward(dout: Array, cache: Array) -> Array:
    """Return dx of :func:`relu_forward`: dout where x was positive."""
    with spoken({"dy": "dout", "relu": "relu_forward"}):
        return ops.relu_backward(dout, as_floats("cache", cache))


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, NormCache]:
    """Normalise features over the batch in mode 'train', with running statistics in mode 'test'.

    Parameters
    ----------
    x, gamma, beta
        Arrays (N, D), (D,), (D,).
    bn_param
        ``{'mode': 'train' | 'test', 'eps': 1e-5, 'momentum': 0.9, 'running_mean': (D,), 'running_var': (D,)}``; all
        but the mode may be missing. The running statistics are written back. The momentum is the share of the *old*
        value that stays (PyTorch's is the share of the new one), and the running variance is biased (PyTorch's is not).

    Examples
    --------
    >>> bn_param = {"mode": "train"}
    >>> out, _ = batchnorm_forward([[1.0], [3.0]], [1.0], [0.0], bn_param)
    >>> bn_param["running_mean"]  # 0.9 · 0 + 0.1 · 2
    array([0.2])
    """
    return _batchnorm(ops.batchnorm, x, gamma, beta, bn_param)


def batchnorm_backward(dout: Array, cache: NormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta of :func:`batchnorm_forward` in mode 'train'."""
    with spoken({"dy": "dout", "batchnorm": "batchnorm_forward"}):
        return ops.batchnorm_backward(dout, _measured(cache))


def batchnorm_backward_alt(dout: Array, cache: NormCache) -> tuple[Array, Array, Array]:
    """Return what :func:`batchnorm_backward` does: the library has one derivation, the short one."""
    return batchnorm_backward(dout, cache)


def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, NormCache]:
    """As :func:`batchnorm_forward` for pictures (N, C, H, W): each channel is a feature."""
    return _batchnorm(ops.spatial_batchnorm, x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout: Array, cache: NormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta of :func:`spatial_batchnorm_forward` in mode 'train'."""
    with spoken({"dy": "dout", "spatial_batchnorm": "spatial_batchnorm_forward"}):
        return ops.spatial_batchnorm_backward(dout, _measured(cache))


def layernorm_forward(x: Array, gamma: Array, beta: Array, ln_param: Param) -> tuple[Array, ops.NormCache]:
    """Normalise each example of x (N, D) over its features; ln_param may hold 'eps'.

    It may hold a 'mode' too, as some of the course's cells have it; both modes are one, for no batch is looked at.
    """
    with spoken({"eps": "ln_param['eps']"}):
        return ops.layernorm(x, gamma, beta, eps=_eps("ln_param", ln_param))


def layernorm_backward(dout: Array, cache: ops.NormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta of :func:`layernorm_forward`."""
    with spoken({"dy": "dout", "layernorm": "layernorm_forward"}):
        return ops.layernorm_backward(dout, cache)


def spatial_groupnorm_forward(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: Param
) -> tuple[Array, tuple[ops.NormCache, tuple[int, ...]]]:
    """Normalise pictures (N, C, H, W) over G groups of channels; gamma and beta are (1, C, 1, 1) or (C,).

    gn_param may hold 'eps' and 'mode', as in :func:`layernorm_forward`.
    """
    with spoken({"eps": "gn_param['eps']", "groups": "G"}):
        out, cache = ops.spatial_groupnorm(x, gamma, beta, groups=G, eps=_eps("gn_param", gn_param))
    return out, (cache, np.shape(gamma))


def spatial_groupnorm_backward(dout: Array, cache: tuple[ops.NormCache, tuple[int, ...]]) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta of :func:`spatial_groupnorm_forward`, the latter two shaped like gamma."""
    norm, shape = kept(cache, ("norm", "shape"), "spatial_groupnorm_forward")
    with spoken({"dy": "dout", "spatial_groupnorm": "spatial_groupnorm_forward"}):
        dx, dgamma, dbeta = ops.spatial_groupnorm_backward(dout, norm)
    return dx, dgamma.reshape(shape), dbeta.reshape(shape)


def dropout_forward(x: Array, dropout_param: Param) -> tuple[Array, tuple[Param, Array | None]]:
    """Silence numbers at random in mode 'train'.

    Parameters
    ----------
    x
        Array of any shape.
    dropout_param
        ``{'p': …, 'mode': 'train' | 'test', 'seed': …}``: p is the chance to *stay*; a seed gives the same numbers as
        the course's own code, without touching NumPy's global state.

    Returns
    -------
    out : ndarray
        Like x.
    cache : tuple
        (dropout_param, mask); the mask is None in mode 'test'.

    Examples
    --------
    >>> out, _ = dropout_forward(np.ones((2, 2)), {"p": 0.5, "mode": "train", "seed": 0})
    >>> sorted(set(out.ravel().tolist()) | {0.0, 2.0})
    [0.0, 2.0]
    """
    given = read("dropout_param", dropout_param, ("p", "mode"), ("seed",))
    training = _is_training("dropout_param", given["mode"])
    chance = source("dropout_param['seed']", given["seed"]) if "seed" in given else np.random
    check_number("dropout_param['p']", given["p"])
    with spoken({"keep": "dropout_param['p']"}):
        out, cache = ops.dropout(x, keep=given["p"], rng=chance, training=training)
    mask = np.ones(np.shape(x)) if training and cache.mask is None else cache.mask  # p = 1 keeps everything
    return out, (dropout_param, mask)


def dropout_backward(dout: Array, cache: tuple[Param, Array | None]) -> Array:
    """Return dx of :func:`dropout_forward`."""
    _, mask = kept(cache, ("dropout_param", "mask"), "dropout_forward")
    with spoken({"dy": "dout", "dropout": "dropout_forward"}):
        return ops.dropout_backward(dout, ops.DropoutCache(mask, np.shape(dout if mask is None else mask)))


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Return the mean softmax loss of scores x (N, C) for labels y (N,), and its gradient dx.

    Examples
    --------
    >>> loss, dx = softmax_loss([[0.0, 0.0]], [1])
    >>> round(loss, 4), dx
    (0.6931, array([[ 0.5, -0.5]]))
    """
    with spoken(SCORES):
        loss, cache = ops.softmax_cross_entropy(x, y)
    return loss, ops.softmax_cross_entropy_backward(1.0, cache)


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Return the mean hinge loss (margin 1) of scores x (N, C) for labels y (N,), and its gradient dx.

    Examples
    --------
    >>> svm_loss([[1.0, 3.0]], [0])
    (3.0, array([[-1.,  1.]]))
    """
    with spoken(SCORES):
        loss, cache = ops.hinge(x, y)
    return loss, ops.hinge_backward(1.0, cache)


def _batchnorm(op: Any, x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, NormCache]:
    given = read("bn_param", bn_param, ("mode",), ("eps", "momentum", "running_mean", "running_var"))
    training = _is_training("bn_param", given["mode"])
    x = as_floats("x", x)
    zeros = np.zeros(x.shape[1] if x.ndim > 1 else 0, x.dtype)
    names = ("running_mean", "running_var")
    stats = tuple(
        as_vector(f"bn_param[{name!r}]", given.get(name, zeros), len(zeros), "feature or channel") for name in names
    )
    with spoken({"eps": "bn_param['eps']"}):
        out, cache = op(x, gamma, beta, eps=given.get("eps", 1e-5), stats=None if training else stats)
    if training:
        momentum = given.get("momentum", 0.9)
        check_number("bn_param['momentum']", momentum)
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"bn_param['momentum']: got {momentum}, wanted 0 to 1, the share of the old value that stays. "
                "Write 0.9."
            )
        stats = tuple(
            momentum * old + (1 - momentum) * new for old, new in zip(stats, (cache.mean, cache.var), strict=True)
        )
    bn_param["running_mean"], bn_param["running_var"] = stats
    return out, cache if training else None


def _eps(name: str, given: Param) -> float:
    eps: float = read(name, given, (), ("eps", "mode")).get("eps", 1e-5)
    return eps


def _measured(cache: NormCache) -> ops.NormCache:
    if cache is None:
        raise ValueError(
            "cache: got None, the cache of mode 'test', wanted one of mode 'train'. Run the forward pass with "
            "bn_param['mode'] = 'train'."
        )
    return cache


def _is_training(name: str, mode: str) -> bool:
    if mode not in ("train", "test"):
        raise ValueError(f"{name}['mode']: got {mode!r}, wanted 'train' or 'test'. Write {name}['mode'] = 'train'.")
    return mode == "train"
