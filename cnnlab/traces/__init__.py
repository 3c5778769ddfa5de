"""What happens at each step of an operation, as frozen data: numbers and sentences, no pixels."""

from cnnlab.traces.correlation import CorrelationStep, CorrelationTrace, trace_correlation

__all__ = ["CorrelationStep", "CorrelationTrace", "trace_correlation"]
