"""What all operations ask of their arrays and caches, and how they say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cnnlab import ops
from cnnlab.ops._argument import as_floats

X, ONES = np.ones((2, 3, 4, 4)), np.ones(3)
FORWARD: dict[str, Any] = {
    "conv2d": lambda: ops.conv2d(X, np.ones((1, 3, 2, 2))),
    "maxpool2d": lambda: ops.maxpool2d(X, 2),
    "avgpool2d": lambda: ops.avgpool2d(X, 2),
    "relu": lambda: ops.relu(X),
    "affine": lambda: ops.affine(X, np.ones((48, 2))),
    "flatten": lambda: ops.flatten(X),
    "batchnorm": lambda: ops.batchnorm(X[:, :, 0, 0], ONES, ONES),
    "spatial_batchnorm": lambda: ops.spatial_batchnorm(X, ONES, ONES),
    "layernorm": lambda: ops.layernorm(X[:, :, 0, 0], ONES, ONES),
    "spatial_groupnorm": lambda: ops.spatial_groupnorm(X, ONES, ONES, groups=1),
    "dropout": lambda: ops.dropout(X),
    "softmax_cross_entropy": lambda: ops.softmax_cross_entropy(X[:, :, 0, 0], [0, 1]),
    "hinge": lambda: ops.hinge(X[:, :, 0, 0], [0, 1]),
}


@pytest.mark.parametrize("name", FORWARD)
def test_what_is_no_cache_is_refused_and_the_remedy(name: str) -> None:
    y, cache = FORWARD[name]()
    backward = getattr(ops, f"{name}_backward")
    for wrong in (None, [y, cache]):
        with pytest.raises(
            TypeError, match=rf"^cache: got (NoneType|list), .* that {name} returned. Write y, cache = "
        ):
            backward(y, wrong)
    backward(y, cache)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_order_of_bytes_changes_neither_numbers_nor_precision(dtype: Any) -> None:
    x = np.array([1.5, -2.0], dtype)
    turned = x.astype(x.dtype.newbyteorder())
    assert as_floats("x", turned).dtype == dtype
    assert_array_equal(as_floats("x", turned), x)
    assert as_floats("x", x) is x
