"""Pure functions of arrays, forward and backward side by side, in the order they are taught."""

from cnnlab.ops.correlate import CorrelateGrads, convolve2d, correlate2d, correlate2d_backward

__all__ = ["CorrelateGrads", "convolve2d", "correlate2d", "correlate2d_backward"]
