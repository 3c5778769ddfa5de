"""Networks worth knowing, ready to train; ``model.summary()`` shows each as a table. Used in notebook 08."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from cnnlab.layers import BatchNorm, Conv2d, Dense, Flatten, Layer, MaxPool2d, ReLU, Sequential
from cnnlab.layers.rows import SMALL, from_rows, to_rows
from cnnlab.shapes import Pair

__all__ = ["MODELS", "from_rows", "lenet5", "net39", "signs_net", "small_vgg", "three_layer_net", "to_rows"]

Rng = np.random.Generator | int


def lenet5(
    input_shape: Sequence[int] = (1, 32, 32), classes: int = 10, *, rng: Rng = 0, dtype: DTypeLike = np.float32
) -> Sequential:
    """LeNet-5 as it is built today: ReLU and max pooling for the original's sigmoids and averages.

    Conv 5×5 ×6, pool 2/2, conv 5×5 ×16, pool 2/2, dense 120, 84, classes. The first convolution is "same" on pictures
    under 32 pixels, so that 28×28 and 16×16 fit as well.
    Source: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, figure 2.

    Examples
    --------
    >>> lenet5()
    Sequential: 12 layers, 1×32×32 → 10, 61,706 parameters
    """
    side = min(np.atleast_1d(input_shape)[1:], default=0)
    layers: list[Layer] = [
        Conv2d(6, 5, pad=0 if side >= 32 else "same"),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 5),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dense(120),
        ReLU(),
        Dense(84),
        ReLU(),
        Dense(classes, init=SMALL),
    ]
    return Sequential(layers, input_shape, rng=rng, dtype=dtype)


def three_layer_net(
    input_shape: Sequence[int] = (3, 32, 32),
    classes: int = 10,
    *,
    filters: int = 32,
    kernel: Pair = 7,
    hidden: int = 100,
    rng: Rng = 0,
    dtype: DTypeLike = np.float32,
) -> Sequential:
    """Conv, ReLU, 2×2 max pool, dense, ReLU, dense: CS231n's ThreeLayerConvNet.

    Examples
    --------
    >>> three_layer_net()
    Sequential: 7 layers, 3×32×32 → 10, 825,046 parameters
    """
    layers: list[Layer] = [
        Conv2d(filters, kernel, pad="same"),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dense(hidden),
        ReLU(),
        Dense(classes, init=SMALL),
    ]
    return Sequential(layers, input_shape, rng=rng, dtype=dtype)


def signs_net(
    input_shape: Sequence[int] = (3, 64, 64), classes: int = 6, *, rng: Rng = 0, dtype: DTypeLike = np.float32
) -> Sequential:
    """Two "same" convolutions with large poolings: the net of deeplearning.ai's SIGNS exercise, 1,310 numbers in all.

    Examples
    --------
    >>> signs_net().shapes[-2]  # flattened
    (64,)
    """
    layers: list[Layer] = [
        Conv2d(8, 4, pad="same"),
        ReLU(),
        MaxPool2d(8, pad="same"),
        Conv2d(16, 2, pad="same"),
        ReLU(),
        MaxPool2d(4, pad="same"),
        Flatten(),
        Dense(classes, init=SMALL),
    ]
    return Sequential(layers, input_shape, rng=rng, dtype=dtype)


def net39(
    input_shape: Sequence[int] = (3, 39, 39), classes: int = 2, *, rng: Rng = 0, dtype: DTypeLike = np.float32
) -> Sequential:
    """Three convolutions that shrink 39×39×3 to 7×7×40: the worked example of notebook 03.

    Examples
    --------
    >>> net = net39()
    >>> [net.shapes[i] for i in (0, 2, 4, 6)]
    [(10, 37, 37), (20, 17, 17), (40, 7, 7), (1960,)]
    """
    layers: list[Layer] = [
        Conv2d(10, 3),
        ReLU(),
        Conv2d(20, 5, stride=2),
        ReLU(),
        Conv2d(40, 5, stride=2),
        ReLU(),
        Flatten(),
        Dense(classes, init=SMALL),
    ]
    return Sequential(layers, input_shape, rng=rng, dtype=dtype)


def small_vgg(
    input_shape: Sequence[int] = (3, 32, 32),
    classes: int = 10,
    *,
    widths: Sequence[int] = (16, 32, 64),
    rng: Rng = 0,
    dtype: DTypeLike = np.float32,
) -> Sequential:
    """Blocks of two 3×3 convolutions with batchnorm and a 2×2 pool, each block wider: the idea of VGG, made small.

    Source: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015.

    Examples
    --------
    >>> small_vgg()
    Sequential: 23 layers, 3×32×32 → 10, 82,554 parameters
    """
    layers: list[Layer] = []
    for width in widths:
        for _ in range(2):
            # No bias: batchnorm subtracts it again, and has its own shift.
            layers += [Conv2d(width, 3, pad="same", bias=False), BatchNorm(), ReLU()]
        layers.append(MaxPool2d(2))
    layers += [Flatten(), Dense(classes, init=SMALL)]
    return Sequential(layers, input_shape, rng=rng, dtype=dtype)


MODELS: dict[str, Callable[..., Sequential]] = {
    "lenet5": lenet5,
    "three_layer_net": three_layer_net,
    "signs_net": signs_net,
    "net39": net39,
    "small_vgg": small_vgg,
}
