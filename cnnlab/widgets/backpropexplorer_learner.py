"""Ask a learner's own backward function, in the form of the exercises of notebook 05, for the gradients of a trace."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import BackwardTrace
from cnnlab.widgets.learner import Function, FunctionError, as_response, called

__all__ = ["ask"]

Floats = NDArray[np.float64]

NAMES = {"dx": "dA_prev", "dw": "dW", "db": "db"}  # ours, and the exercise's
WIDGET = "BackpropExplorer"


def ask(fn: Function, trace: BackwardTrace, seconds: float) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return the gradients that a function computes, by our names, and what is to be said about the call.

    Raises
    ------
    FunctionError
        If it gives nothing that can be drawn, or cannot know the setting.
    """
    r, s = trace.grid.kernel
    settings = {"stride": trace.stride, "pad": trace.pad}
    if trace.w is None and (trace.pad or r != s):
        raise FunctionError("The pooling of the exercise has no padding. Set the padding to 0 to see your function.")
    if trace.w is None:
        cache: tuple[Any, ...] = (_picture(trace.x), {"f": r, "stride": trace.stride})
        mode = trace.operation.partition(" ")[0]
        value, said = called(fn, [_picture(trace.dy), cache, mode], seconds, WIDGET)
        gradients = {"dx": value}
    else:
        weights, bias = trace.w[:, :, None, None], np.full((1, 1, 1, 1), trace.b)  # (f, f, C, C')
        cache = (_picture(trace.x), weights, bias, settings)
        value, said = called(fn, [_picture(trace.dy), cache], seconds, WIDGET)
        if not isinstance(value, tuple | list) or len(value) != len(NAMES):
            one = "None" if value is None else f"one {type(value).__name__}"
            got = f"{len(value)} values" if isinstance(value, tuple | list) else one
            raise FunctionError(f"Your function returned {got}, wanted three. End it with return dA_prev, dW, db.")
        gradients = dict(zip(NAMES, value, strict=True))
    shapes = {"dx": (1, *trace.x.shape, 1), "dw": (r, s, 1, 1), "db": (1, 1, 1, 1)}
    own = {
        name: as_response(given, shapes[name], NAMES[name]).reshape(trace.gradients[name].shape)
        for name, given in gradients.items()
    }
    return own, tuple(said)


def _picture(plane: Floats) -> Floats:
    return plane[None, :, :, None].copy()  # (m, n_H, n_W, n_C)
