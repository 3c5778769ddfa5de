"""The course's fast convolution and pooling: the library's own, under the course's names. Taught in notebook 07."""

from __future__ import annotations

from cnnlab import ops
from cnnlab.conventions._setting import kept, spoken
from cnnlab.conventions.cs231n.naive import Array, ConvCache, Param, conv_arguments, pool_grid
from cnnlab.ops._argument import as_floats

__all__ = ["conv_backward_fast", "conv_forward_fast", "max_pool_backward_fast", "max_pool_forward_fast"]


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, ConvCache]:
    """As :func:`conv_forward_naive`, and the caches are interchangeable.

    Examples
    --------
    >>> out, _ = conv_forward_fast([[[[1, 2, 3]]]], [[[[1, -1]]]], [10], {"stride": 1, "pad": 0})
    >>> out[0, 0]
    array([[9., 9.]])
    """
    pictures, filters, biases, _ = conv_arguments(x, w, b, conv_param)
    out, _ = ops.conv2d(pictures, filters, biases, **conv_param)
    return out, (x, w, b, conv_param)


def conv_backward_fast(dout: Array, cache: ConvCache, need_dx: bool = True) -> tuple[Array | None, Array, Array]:
    """As :func:`conv_backward_naive`; ``need_dx=False`` returns None for dx, which a first layer has no use for.

    Examples
    --------
    >>> _, cache = conv_forward_fast([[[[1, 2, 3]]]], [[[[1, -1]]]], [10], {"stride": 1, "pad": 0})
    >>> dx, dw, db = conv_backward_fast([[[[1, 1]]]], cache, need_dx=False)
    >>> dx, dw[0, 0], db
    (None, array([[3., 5.]]), array([2.]))
    """
    x, w, b, conv_param = kept(cache, ("x", "w", "b", "conv_param"), "conv_forward_fast")
    given = conv_arguments(x, w, b, conv_param)
    with spoken({"dy": "dout", "conv2d": "conv_forward_fast"}):
        dx, dw, db = ops.conv2d_backward(dout, given, need_dx=need_dx)
    assert db is not None
    return dx, dw, db


def max_pool_forward_fast(x: Array, pool_param: Param) -> tuple[Array, ops.MaxPoolCache]:
    """As :func:`max_pool_forward_naive`; the cache is the library's own, with the result in it.

    Examples
    --------
    >>> pool_param = {"pool_height": 1, "pool_width": 2, "stride": 2}
    >>> max_pool_forward_fast([[[[1, 5, 2, 0]]]], pool_param)[0][0, 0]
    array([[5., 2.]])
    """
    x = as_floats("x", x, "N C H W")
    grid = pool_grid(x, pool_param)
    return ops.maxpool2d(x, grid.kernel, stride=grid.stride)


def max_pool_backward_fast(dout: Array, cache: ops.MaxPoolCache | tuple[Array, Param]) -> Array:
    """As :func:`max_pool_backward_naive`: the first cell in reading order wins a tie. Takes either forward's cache.

    Examples
    --------
    >>> pool_param = {"pool_height": 1, "pool_width": 3, "stride": 1}
    >>> _, cache = max_pool_forward_fast([[[[3, 3, 1]]]], pool_param)
    >>> max_pool_backward_fast([[[[6]]]], cache)[0, 0]
    array([[6., 0., 0.]])
    """
    if not isinstance(cache, ops.MaxPoolCache):
        _, cache = max_pool_forward_fast(*kept(cache, ("x", "pool_param"), "max_pool_forward_fast"))
    with spoken({"dy": "dout", "maxpool2d": "max_pool_forward_fast"}):
        return ops.maxpool2d_backward(dout, cache)
