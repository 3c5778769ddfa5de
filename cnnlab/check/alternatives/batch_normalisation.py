"""Right solutions of notebook 06."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALTERNATIVES"]

Array = NDArray[Any]
Settings = dict[str, Any]
Result = tuple[Any, Any]
Gradients = tuple[Any, Any, Any]


class Kept(NamedTuple):
    """A cache with names."""

    xhat: Array
    gamma: Array
    std: Array


def _blend(bn_param: Settings, mean: Array, var: Array) -> None:
    momentum = bn_param.get("momentum", 0.9)
    for key, new in (("running_mean", mean), ("running_var", var)):
        bn_param[key] = momentum * bn_param.get(key, np.zeros_like(new)) + (1 - momentum) * new


def _statistics(x: Array, bn_param: Settings, axes: Any = 0) -> tuple[Array, Array]:
    """Return the batch's mean and variance, or the running ones."""
    if bn_param["mode"] == "test":
        return bn_param["running_mean"], bn_param["running_var"]
    mean, var = x.mean(axis=axes), x.var(axis=axes)
    _blend(bn_param, mean, var)
    return mean, var


# Forward and backward, each pair with a cache of its own kind.


def _short() -> tuple[Callable[..., Result], Callable[..., Gradients]]:
    def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Keep what the short formula asks for; nothing in mode test."""
        mean, var = _statistics(x, bn_param)
        std = np.sqrt(var + bn_param.get("eps", 1e-5))
        kept = Kept((x - mean) / std, gamma, std)
        return gamma * kept.xhat + beta, kept if bn_param["mode"] == "train" else None

    def batchnorm_backward(dout: Array, cache: Kept) -> Gradients:
        """Take out the mean and the part along the normalised x."""
        forward = batchnorm_forward  # noqa: F841  (so that the pair is found together)
        dxhat = dout * cache.gamma
        along = np.einsum("nd,nd->d", dxhat, cache.xhat) / len(dout)
        dx = (dxhat - dxhat.mean(axis=0) - cache.xhat * along) / cache.std
        return dx, np.einsum("nd,nd->d", dout, cache.xhat), dout.sum(axis=0)

    return batchnorm_forward, batchnorm_backward


def _graph() -> tuple[Callable[..., Result], Callable[..., Gradients]]:
    def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Go step by step, as the graph is drawn."""
        eps = bn_param.get("eps", 1e-5)
        if bn_param["mode"] == "test":
            xhat = (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps)
            return xhat * gamma + beta, None
        n = len(x)
        mu = 1.0 / n * np.sum(x, axis=0)
        centred = x - mu
        squares = centred**2
        var = 1.0 / n * np.sum(squares, axis=0)
        std = np.sqrt(var + eps)
        inverse = 1.0 / std
        xhat = centred * inverse
        _blend(bn_param, mu, var)
        return gamma * xhat + beta, {"xhat": xhat, "gamma": gamma, "c": centred, "inverse": inverse, "std": std}

    def batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Go back through the graph, node after node."""
        forward = batchnorm_forward  # noqa: F841
        n = dout.shape[0]
        dxhat = dout * cache["gamma"]
        dinverse = np.sum(dxhat * cache["c"], axis=0)
        dcentred = dxhat * cache["inverse"]
        dstd = -dinverse / cache["std"] ** 2
        dvar = 0.5 * dstd / cache["std"]
        dsquares = np.ones_like(dout) * dvar / n
        dcentred = dcentred + 2 * cache["c"] * dsquares
        dmu = -dcentred.sum(axis=0)
        dx = dcentred + np.ones_like(dout) * dmu / n
        return dx, np.sum(dout * cache["xhat"], axis=0), np.sum(dout, axis=0)

    return batchnorm_forward, batchnorm_backward


def _loops() -> tuple[Callable[..., Result], Callable[..., Gradients]]:
    def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Go feature by feature, with lists."""
        examples, features = x.shape
        eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        old_mean = bn_param.get("running_mean", [0.0] * features)
        old_var = bn_param.get("running_var", [0.0] * features)
        out = [[0.0] * features for _ in range(examples)]
        columns = []
        means, variances = [], []
        for d in range(features):
            column = [float(v) for v in x[:, d]]
            mean, var = old_mean[d], old_var[d]
            if bn_param["mode"] == "train":
                mean = sum(column) / examples
                var = sum((v - mean) ** 2 for v in column) / examples
                means.append(m * old_mean[d] + (1 - m) * mean)
                variances.append(m * old_var[d] + (1 - m) * var)
            std = (var + eps) ** 0.5
            for n in range(examples):
                out[n][d] = gamma[d] * (column[n] - mean) / std + beta[d]
            columns.append(([(v - mean) / std for v in column], std, gamma[d]))
        if bn_param["mode"] == "train":
            bn_param["running_mean"], bn_param["running_var"] = np.array(means), np.array(variances)
        return np.array(out), columns

    def batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Add up over all examples for each x."""
        forward = batchnorm_forward  # noqa: F841
        examples, features = dout.shape
        dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(features), np.zeros(features)
        for d, (xhat, std, scale) in enumerate(cache):
            for i in range(examples):
                dgamma[d] += dout[i, d] * xhat[i]
                dbeta[d] += dout[i, d]
                for j in range(examples):  # how much the output j moves with x[i]
                    moves = (i == j) - 1 / examples - xhat[i] * xhat[j] / examples
                    dx[i, d] += dout[j, d] * scale * moves / std
        return dx, dgamma, dbeta

    return batchnorm_forward, batchnorm_backward


def _recomputed() -> tuple[Callable[..., Result], Callable[..., Gradients]]:
    def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Keep the arguments only; make the running statistics where they are missing."""
        bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
        bn_param.setdefault("running_var", np.zeros(x.shape[1]))
        eps = bn_param["eps"]
        if bn_param["mode"] == "train":
            mean = x.mean(axis=0, keepdims=True)
            var = (x.astype(float) ** 2).mean(axis=0) - mean[0] ** 2  # the other formula of the variance
            out = gamma * (x - mean) * (var + eps) ** -0.5 + beta
            bn_param["running_mean"] += (1 - bn_param["momentum"]) * (mean[0] - bn_param["running_mean"])
            bn_param["running_var"] += (1 - bn_param["momentum"]) * (var - bn_param["running_var"])
        else:
            scale = gamma / np.sqrt(bn_param["running_var"] + eps)
            out = x * scale + (beta - bn_param["running_mean"] * scale)
        return out, (x, gamma, eps)

    def batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Multiply with the whole matrix of derivatives of each feature."""
        forward = batchnorm_forward  # noqa: F841
        x, gamma, eps = cache
        n = len(x)
        std = np.sqrt(np.var(x, axis=0) + eps)
        xhat = (x - np.mean(x, axis=0)) / std
        centring = np.eye(n) - 1 / n
        jacobian = centring[:, :, None] - xhat[:, None] * xhat[None] / n  # (N, N, D)
        return np.einsum("ijd,jd->id", jacobian, dout * gamma) / std, (dout * xhat).sum(0), dout.sum(0)

    return batchnorm_forward, batchnorm_backward


def _rows(pair: tuple[Callable[..., Result], Callable[..., Gradients]]) -> Any:
    batchnorm_forward, batchnorm_backward = pair

    def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Lay the pixels out as rows."""
        n, c, h, w = x.shape
        rows, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, c), gamma, beta, bn_param)
        return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache

    def spatial_batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Lay the pixels out as rows."""
        forward = spatial_batchnorm_forward  # noqa: F841
        n, c, h, w = dout.shape
        dx, dgamma, dbeta = batchnorm_backward(np.moveaxis(dout, 1, 3).reshape(n * h * w, c), cache)
        return np.moveaxis(dx.reshape(n, h, w, c), 3, 1), dgamma, dbeta

    return spatial_batchnorm_forward, spatial_batchnorm_backward


def _columns(pair: tuple[Callable[..., Result], Callable[..., Gradients]]) -> Any:
    batchnorm_forward, batchnorm_backward = pair

    def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Move the channels first, make one row of each channel, and turn that table."""
        n, c, h, w = x.shape
        rows, cache = batchnorm_forward(x.swapaxes(0, 1).reshape(c, -1).T, gamma, beta, bn_param)
        return rows.T.reshape(c, n, h, w).swapaxes(0, 1), (cache, x.shape)

    def spatial_batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Go the same way with dout."""
        forward = spatial_batchnorm_forward  # noqa: F841
        inner, (n, c, h, w) = cache
        dx, dgamma, dbeta = batchnorm_backward(dout.swapaxes(0, 1).reshape(c, -1).T, inner)
        return dx.T.reshape(c, n, h, w).swapaxes(0, 1), dgamma, dbeta

    return spatial_batchnorm_forward, spatial_batchnorm_backward


def _axes() -> Any:
    def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Stay with four axes; γ, β and the statistics get axes of length 1."""
        wide = lambda a: np.asarray(a)[None, :, None, None]  # noqa: E731
        mean, var = _statistics(x, bn_param, (0, 2, 3))
        std = np.sqrt(wide(var) + bn_param.get("eps", 1e-5))
        xhat = (x - wide(mean)) / std
        return wide(gamma) * xhat + wide(beta), [xhat, wide(gamma), std]

    def spatial_batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Stay with four axes."""
        forward = spatial_batchnorm_forward  # noqa: F841
        xhat, gamma, std = cache
        over = {"axis": (0, 2, 3), "keepdims": True}
        d = dout * gamma
        dx = (d - d.mean(**over) - xhat * (d * xhat).mean(**over)) / std
        return dx, np.einsum("nchw,nchw->c", dout, xhat), np.einsum("nchw->c", dout)

    return spatial_batchnorm_forward, spatial_batchnorm_backward


def _channel_by_channel() -> Any:
    def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Result:
        """Go channel by channel, in single precision where the pictures are."""
        dtype = np.result_type(x.dtype, np.float32)
        out = np.empty(x.shape, dtype)
        channels = x.shape[1]
        training = bn_param["mode"] == "train"
        mean, var = np.zeros(channels), np.zeros(channels)
        kept = []
        for c in range(channels):
            if training:
                mean[c], var[c] = x[:, c].mean(), x[:, c].var()
            else:
                mean[c], var[c] = bn_param["running_mean"][c], bn_param["running_var"][c]
            std = np.sqrt(var[c] + bn_param.get("eps", 1e-5))
            kept.append(((x[:, c] - mean[c]) / std, std, gamma[c]))
            out[:, c] = gamma[c] * kept[c][0] + beta[c]
        if training:
            _blend(bn_param, mean, var)
        return out, kept

    def spatial_batchnorm_backward(dout: Array, cache: Any) -> Gradients:
        """Go channel by channel."""
        forward = spatial_batchnorm_forward  # noqa: F841
        dx, dgamma, dbeta = np.zeros(dout.shape), [], []
        for c, (xhat, std, scale) in enumerate(cache):
            d = dout[:, c]
            dgamma.append((d * xhat).sum())
            dbeta.append(d.sum())
            dx[:, c] = scale / std * (d - d.mean() - xhat * (d * xhat).mean())
        return dx, dgamma, np.array(dbeta)

    return spatial_batchnorm_forward, spatial_batchnorm_backward


def _two_channels() -> Array:
    x = np.zeros((1, 2, 1, 2))
    x[0, 0] = 5
    return x


def _means_by_loops(x: Array) -> Array:
    n, channels, h, w = x.shape
    total = np.zeros(channels)
    for i in range(n):
        for c in range(channels):
            for r in range(h):
                for k in range(w):
                    total[c] += x[i, c, r, k]
    return total / (n * h * w)


FLAT = (_short(), _graph(), _loops(), _recomputed())
SPATIAL = (_rows(_short()), _rows(_recomputed()), _columns(_graph()), _axes(), _channel_by_channel())

ALTERNATIVES: dict[str, tuple[Callable[..., Any], ...]] = {
    "batchnorm_forward": tuple(forward for forward, _ in FLAT),
    "batchnorm_backward": tuple(backward for _, backward in FLAT),
    "spatial_batchnorm_forward": tuple(forward for forward, _ in SPATIAL),
    "spatial_batchnorm_backward": tuple(backward for _, backward in SPATIAL),
    "find_reshape_only": (
        _two_channels,
        lambda: (np.arange(24).reshape(2, 3, 2, 2),),
        lambda: np.random.default_rng(0).standard_normal((2, 3, 4, 4)).tolist(),
    ),
    "mend_reshape_only": (
        lambda x: x.mean(axis=(0, 2, 3)),
        lambda x: np.einsum("nchw->c", x) / (x.size / x.shape[1]),
        _means_by_loops,
        lambda x: [x[:, c].mean() for c in range(x.shape[1])],
        lambda x: x.swapaxes(0, 1).reshape(x.shape[1], -1).mean(axis=1),
    ),
}
