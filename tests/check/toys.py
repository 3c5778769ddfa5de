"""Small exercises for the tests of the checks themselves: a cache, a partner, a class, a dict that is written to."""

import numpy as np

from cnnlab.check import verdict
from cnnlab.check.probe import Probe, values
from cnnlab.check.subject import Local
from cnnlab.check.task import ANY, FREE, Mistake, Task


def judged(task, fn, exercise="toy"):
    """Judge as `check.judge` does, but a task that is in no course."""
    return verdict.judge_subject(exercise, task, Local(fn))


# Scale and shift each channel of X (N, H, W, C): out = X · W + b, with W and b (1, 1, 1, C).


def _setting(seed, n, h, w, c, scale):
    def make():
        weights, bias = values(seed + 1, (1, 1, 1, c), 2, 5), values(seed + 2, (1, 1, 1, c), 1, 9)
        return values(seed, (n, h, w, c)), weights, bias, {"scale": scale, "mode": "plain"}

    return Probe(make)


SIZES = (_setting(1, 1, 3, 2, 2, 1), _setting(2, 2, 4, 3, 3, 3), _setting(3, 3, 2, 5, 1, 2))


def forward(X, W, b, hparameters):
    return hparameters["scale"] * (X * W + b), (X, W, b, hparameters)


FORWARD = Task(
    parameters=("X", "W", "b", "hparameters"),
    core=forward,
    probes=SIZES,
    results=("Z", "cache"),
    mistakes=(
        Mistake("no_bias", "The bias is missing.", "Where is `b`?", before=lambda X, W, b, h: (X, W, 0 * b, h)),
        Mistake("upside_down", "It stands on its head.", "Look.", before=lambda X, W, b, h: (X[:, ::-1], W, b, h)),
        Mistake("no_cache", "The cache is missing.", "What stands behind `return`?", after=lambda r, *arguments: r[0]),
        Mistake(
            "swapped",
            "Both came in the other order.",
            "Look.",
            shows=lambda got, right, *arguments: isinstance(got[0], tuple) and np.array_equal(got[1], right[0]),
            example=lambda *arguments: forward(*arguments)[::-1],
        ),
    ),
)


def backward(dZ, cache):
    X, W, _, hparameters = cache
    s = hparameters["scale"]
    return s * dZ * W, s * (dZ * X).sum((0, 1, 2), keepdims=True), s * dZ.sum((0, 1, 2), keepdims=True)


BACKWARD = Task(
    parameters=("dZ", "cache"),
    core=backward,
    probes=tuple(Probe(lambda p=p: (values(9, p.make()[0].shape), p.make())) for p in SIZES),
    results=("dX", "dW", "db"),
    inside={"cache": ("X", "W", "b", "hparameters")},
    axes={"dX": "NHWC"},
    mistakes=(
        Mistake("mean", "dW was averaged.", "Look.", after=lambda r, dZ, cache: (r[0], r[1] / len(dZ), r[2])),
        Mistake("no_bias_sum", "db is not summed.", "Look.", after=lambda r, dZ, cache: (r[0], r[1], r[2] * 0)),
    ),
)


# The same with a cache of the learner's own, and a running mean that is written into a dict.


def own_forward(x, w, param):
    if param["mode"] == "train":
        param["mean"] = 0.5 * param.get("mean", 0) + 0.5 * x.mean(0)
    return x * w, {"x": x, "w": w}


def own_backward(dout, cache):
    return dout * cache["w"], (dout * cache["x"]).sum(0)


def _batch(seed, n, d, mode):
    return Probe(lambda: (values(seed, (n, d)), values(seed + 1, (d,), 2, 5), {"mode": mode, "mean": np.ones(d)}))


WRITES = Task(
    parameters=("x", "w", "param"),
    core=lambda x, w, param: (own_forward(x, w, param)[0], ANY if param["mode"] == "train" else FREE),
    probes=(_batch(1, 3, 2, "train"), _batch(2, 4, 3, "test"), _batch(3, 2, 5, "train")),
    results=("out", "cache"),
    writes={"param": ("mean",)},
    mistakes=(
        Mistake(
            "not_stored",
            "The mean was not stored.",
            "Look.",
            instead=lambda x, w, param: own_forward(x, w, dict(param)),
        ),
        Mistake(
            "stored_twice",
            "The mean is twice what it should be.",
            "Look.",
            after=lambda r, x, w, param: (*r[:2], {"mean": r[2]["mean"] * (2 if param["mode"] == "train" else 1)}),
        ),
    ),
)

PARTNER = Task(
    parameters=("dout", "x", "w", "param"),
    core=lambda dout, x, w, param: own_backward(dout, own_forward(x, w, param)[1]),
    probes=tuple(
        Probe(lambda s=s, n=n, d=d: (values(s + 9, (n, d)), *_batch(s, n, d, "train").make()))
        for s, n, d in ((1, 3, 2), (4, 2, 4))
    ),
    results=("dx", "dw"),
    partner="own_forward",
    reference_forward=own_forward,
    mistakes=(
        Mistake("no_w", "`w` is missing in dx.", "Look.", after=lambda r, dout, x, w, param: (dout, r[1])),
        Mistake("dw_mean", "dw was averaged.", "Look.", after=lambda r, dout, *a: (r[0], r[1] / len(dout))),
    ),
)


# A class whose method calls a helper.


def _built(cls):
    def call(x, w):
        model = cls(w)
        return model.loss(x)

    return call


CLASS = Task(
    parameters=("x", "w"),
    core=lambda x, w: ((x * w).sum(), {"w": x, "x": w}),
    probes=(Probe(lambda: (values(1, (4,)), values(2, (4,)))), Probe(lambda: (values(3, (2,)), values(4, (2,))))),
    results=("loss", "grads"),
    kind="class",
    adapt=_built,
    helpers={"times": lambda x, w: x * w},
    mistakes=(
        Mistake("gates", "Negative gradients became 0.", "Look.", after=lambda r, x, w: (r[0], _no_negatives(r[1]))),
    ),
)


def _no_negatives(grads):
    return {name: np.maximum(grad, 0) for name, grad in grads.items()}


TOYS = {"forward": FORWARD, "backward": BACKWARD, "writes": WRITES, "partner": PARTNER, "class": CLASS}
