"""Pure functions of arrays, forward and backward side by side, in the order they are taught.

Pictures are (N, C, H, W). Settings are keyword-only; kernel, stride and dilation take one number or (rows, columns);
pad takes one number, (rows, columns), ((top, bottom), (left, right)), "valid" or "same". float32 stays float32,
float64 stays float64, other numbers become float64 before anything is added up, so small integers cannot overflow. NaN
and inf reach the results that depend on them, as in NumPy; the losses refuse them, because there one bad number would
become the one number a run is judged by. Calls on large arrays use as many threads as :func:`get_threads` says.
"""

from cnnlab.ops.activation import DropoutCache, dropout, dropout_backward, relu, relu_backward
from cnnlab.ops.conv import ConvCache, ConvGrads, conv2d, conv2d_backward, conv2d_cache
from cnnlab.ops.correlate import CorrelateGrads, convolve2d, correlate2d, correlate2d_backward
from cnnlab.ops.dense import AffineCache, AffineGrads, affine, affine_backward, affine_cache, flatten, flatten_backward
from cnnlab.ops.loss import (
    LossCache,
    hinge,
    hinge_backward,
    softmax,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)
from cnnlab.ops.norm import (
    NormCache,
    NormGrads,
    batchnorm,
    batchnorm_backward,
    layernorm,
    layernorm_backward,
    spatial_batchnorm,
    spatial_batchnorm_backward,
    spatial_groupnorm,
    spatial_groupnorm_backward,
)
from cnnlab.ops.padding import pad2d, pad2d_backward
from cnnlab.ops.parallel import get_threads, set_threads
from cnnlab.ops.pool import (
    AvgPoolCache,
    MaxPoolCache,
    avgpool2d,
    avgpool2d_backward,
    maxpool2d,
    maxpool2d_backward,
)
from cnnlab.ops.windows import col2im, im2col, windows

__all__ = [  # noqa: RUF022 (in the order taught)
    "correlate2d",
    "correlate2d_backward",
    "CorrelateGrads",
    "convolve2d",
    "pad2d",
    "pad2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_cache",
    "ConvCache",
    "ConvGrads",
    "maxpool2d",
    "maxpool2d_backward",
    "MaxPoolCache",
    "avgpool2d",
    "avgpool2d_backward",
    "AvgPoolCache",
    "relu",
    "relu_backward",
    "affine",
    "affine_backward",
    "affine_cache",
    "AffineCache",
    "AffineGrads",
    "flatten",
    "flatten_backward",
    "batchnorm",
    "batchnorm_backward",
    "spatial_batchnorm",
    "spatial_batchnorm_backward",
    "layernorm",
    "layernorm_backward",
    "spatial_groupnorm",
    "spatial_groupnorm_backward",
    "NormCache",
    "NormGrads",
    "windows",
    "im2col",
    "col2im",
    "dropout",
    "dropout_backward",
    "DropoutCache",
    "softmax",
    "softmax_cross_entropy",
    "softmax_cross_entropy_backward",
    "hinge",
    "hinge_backward",
    "LossCache",
    "get_threads",
    "set_threads",
]
