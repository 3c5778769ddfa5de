"""What happens at each step of an operation, as frozen data: numbers and sentences, no pixels."""

from cnnlab.traces.activations import LayerStep, NetworkTrace, trace_network
from cnnlab.traces.backward import BackwardTrace, trace_backward
from cnnlab.traces.backward_steps import BackwardStep
from cnnlab.traces.batchnorm import UnitTrace, trace_batchnorm
from cnnlab.traces.correlation import CorrelationStep, CorrelationTrace, trace_correlation
from cnnlab.traces.im2col import Im2colStep, Im2colTrace, trace_im2col
from cnnlab.traces.net import NetStep, NetTrace, trace_net
from cnnlab.traces.pool import PoolStep, PoolTrace, trace_pool
from cnnlab.traces.volume import VolumeStep, VolumeTrace, trace_volume

__all__ = [
    "BackwardStep",
    "BackwardTrace",
    "CorrelationStep",
    "CorrelationTrace",
    "Im2colStep",
    "Im2colTrace",
    "LayerStep",
    "NetStep",
    "NetTrace",
    "NetworkTrace",
    "PoolStep",
    "PoolTrace",
    "UnitTrace",
    "VolumeStep",
    "VolumeTrace",
    "trace_backward",
    "trace_batchnorm",
    "trace_correlation",
    "trace_im2col",
    "trace_net",
    "trace_network",
    "trace_pool",
    "trace_volume",
]
