"""Layers that often come together, as one: the course's "sandwich" layers. Taught in notebook 07."""

from __future__ import annotations

from typing import Any

from cnnlab.conventions.cs231n.fast import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from cnnlab.conventions.cs231n.layer import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from cnnlab.conventions.cs231n.naive import Array, Param

__all__ = [
    "affine_relu_backward",
    "affine_relu_forward",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]

Cache = tuple[Any, ...]


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Affine, then ReLU; the cache is (fc_cache, relu_cache)."""
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db of :func:`affine_relu_forward`."""
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)


def conv_relu_forward(x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, Cache]:
    """Convolution, then ReLU; the cache is (conv_cache, relu_cache)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout: Array, cache: Cache) -> tuple[Array | None, Array, Array]:
    """Return dx, dw, db of :func:`conv_relu_forward`."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)


def conv_bn_relu_forward(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, conv_param: Param, bn_param: Param
) -> tuple[Array, Cache]:
    """Convolution, spatial batchnorm, then ReLU; the cache is (conv_cache, bn_cache, relu_cache)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normal, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normal)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout: Array, cache: Cache) -> tuple[Array | None, Array, Array, Array, Array]:
    """Return dx, dw, db, dgamma, dbeta of :func:`conv_bn_relu_forward`."""
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, relu_cache), bn_cache)
    return (*conv_backward_fast(da, conv_cache), dgamma, dbeta)


def conv_relu_pool_forward(x: Array, w: Array, b: Array, conv_param: Param, pool_param: Param) -> tuple[Array, Cache]:
    """Convolution, ReLU, then max pooling; the cache is (conv_cache, relu_cache, pool_cache)."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    active, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_fast(active, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout: Array, cache: Cache) -> tuple[Array | None, Array, Array]:
    """Return dx, dw, db of :func:`conv_relu_pool_forward`."""
    conv_cache, relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), (conv_cache, relu_cache))
