"""What goes wrong in the softmax loss, in Adam and in the three-layer net, each mistake with its imitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.task import Mistake
from cnnlab.conventions import cs231n

__all__ = ["ADAM", "NET", "SOFTMAX", "adam", "three_layer"]

Array = NDArray[Any]


# Softmax.


def _softmax(
    x: Array,
    y: Array,
    *,
    shift: Callable[[Array], Any] = lambda x: x.max(axis=1, keepdims=True),
    norm: Callable[[Array], Any] = lambda e: e.sum(axis=1, keepdims=True),
    per_example: Callable[[Array, Array], Array] | None = None,
    loss_over: Callable[[int], float] = lambda n: n,
    dx_over: Callable[[int], float] = lambda n: n,
    minus: Callable[[Array, Array], Array] | None = None,
    by_logs: bool = False,
) -> tuple[Any, Array]:
    """Compute loss and gradient as a learner does; without keywords it is right."""
    x = np.asarray(x, np.float64)
    n = len(x)
    rows = np.arange(n)
    with np.errstate(all="ignore"):
        shifted = x - shift(x)
        e = np.exp(shifted)
        p = np.exp(shifted - np.log(norm(e))) if by_logs else e / norm(e)
        if by_logs:
            losses = (np.log(norm(e)) - shifted)[rows, y]
        elif per_example is None:
            losses = np.log(norm(e)[..., 0]) - shifted[rows, y] if norm(e).shape == (n, 1) else -np.log(p[rows, y])
        else:
            losses = per_example(p, y)
        onehot = np.zeros_like(x)
        onehot[rows, y] = 1
        dx = (minus(p, onehot) if minus else p - onehot) / dx_over(n)
        return losses.sum() / loss_over(n), dx


def _with(**changes: Any) -> Callable[..., Any]:
    return lambda x, y: _softmax(x, y, **changes)


_LARGE = "Try the scores [1000, 0]. What is e to the power of 1000?"
_ROWS = "x is (N, C): N examples, C classes. Each row of probabilities should add up to 1."
_MEAN = "The loss of a batch is the mean over its examples. Then the gradient has the same 1/N."
_ONE = (
    "For one example with scores [0, 0] and the right class 0: the probabilities are 1/2 and 1/2. What is the gradient?"
)

SOFTMAX = (
    Mistake(
        "results_swapped",
        "The loss and its gradient came back in the wrong order.",
        "In which order does the docstring name what is returned?",
        after=lambda result, x, y: result[::-1],
    ),
    Mistake(
        "no_shift",
        "Large scores overflow: e to the power of 1000 is infinite. Subtract the largest score of each row "
        "first; the probabilities "
        "stay the same.",
        _LARGE,
        instead=_with(shift=lambda x: 0.0),
    ),
    Mistake(
        "no_shift",
        "Large scores give infinity or NaN.",
        _LARGE,
        instead=_with(shift=lambda x: 0.0, per_example=lambda p, y: -np.log(p[np.arange(len(p)), y])),
    ),
    Mistake(
        "no_shift",
        "Large scores give infinity or NaN.",
        _LARGE,
        instead=_with(shift=lambda x: 0.0, by_logs=True),
    ),
    Mistake(
        "log_of_zero",
        "A probability that is rounded to 0 has an infinite logarithm. Compute the logarithm of the probability "
        "as score minus "
        "log of the sum, without taking the probability first.",
        "Try the scores [0, 1000] with the right class 0.",
        instead=_with(per_example=lambda p, y: -np.log(p[np.arange(len(p)), y])),
    ),
    Mistake(
        "shift_axis0",
        "The largest score of each column was subtracted. Then the classes are shifted by different amounts, "
        "and the probabilities "
        "change.",
        _ROWS,
        instead=_with(shift=lambda x: x.max(axis=0, keepdims=True)),
    ),
    Mistake(
        "norm_axis0",
        "The columns add up to 1, not the rows: the sum goes over the examples.",
        _ROWS,
        instead=_with(
            norm=lambda e: e.sum(axis=0, keepdims=True), per_example=lambda p, y: -np.log(p[np.arange(len(p)), y])
        ),
    ),
    Mistake(
        "norm_axis0",
        "The columns add up to 1, not the rows: the sum goes over the examples.",
        _ROWS,
        instead=_with(norm=lambda e: e.sum(axis=0, keepdims=True), by_logs=True),
    ),
    Mistake(
        "norm_total",
        "All probabilities of the batch together add up to 1; each row should.",
        _ROWS,
        instead=_with(norm=lambda e: e.sum(keepdims=True), per_example=lambda p, y: -np.log(p[np.arange(len(p)), y])),
    ),
    Mistake(
        "norm_total",
        "All probabilities of the batch together add up to 1; each row should.",
        _ROWS,
        instead=_with(norm=lambda e: e.sum(keepdims=True), by_logs=True),
    ),
    Mistake(
        "loss_sum",
        "The loss is the sum over the examples; the mean is asked for.",
        _MEAN,
        instead=_with(loss_over=lambda n: 1),
    ),
    Mistake(
        "dx_no_N",
        "The gradient was not divided by the number of examples. The loss is a mean.",
        _MEAN,
        instead=_with(dx_over=lambda n: 1),
    ),
    Mistake(
        "sum_both",
        "Loss and gradient are sums over the examples; means are asked for.",
        _MEAN,
        instead=_with(loss_over=lambda n: 1, dx_over=lambda n: 1),
    ),
    Mistake(
        "mean_classes",
        "The loss was divided by the number of classes as well.",
        _MEAN,
        after=lambda result, x, y: (result[0] / x.shape[1], result[1]),
    ),
    Mistake(
        "no_minus",
        "The loss is negative: the minus before the logarithm is missing.",
        "A probability is at most 1. What sign has its logarithm?",
        after=lambda result, x, y: (-result[0], result[1]),
    ),
    *(
        Mistake(
            "eps_log",
            f"A small number, {eps:g}, was added inside the logarithm. It keeps infinity away, but it changes the "
            f"loss.",
            _LARGE,
            instead=_with(per_example=lambda p, y, eps=eps: -np.log(p[np.arange(len(p)), y] + eps)),
        )
        for eps in (1e-8, 1e-10, 1e-12, 1e-7, 1e-6, 1e-5)
    ),
    Mistake(
        "minus_all",
        "1 was subtracted from every probability. It belongs to the right class only.",
        _ONE,
        instead=_with(minus=lambda p, onehot: p - 1),
    ),
    Mistake(
        "sign",
        "The gradient has the wrong sign: with it the loss would climb.",
        _ONE,
        instead=_with(minus=lambda p, onehot: onehot - p),
    ),
    Mistake(
        "no_onehot",
        "The gradient is just the probabilities: nothing was subtracted for the right class.",
        _ONE,
        instead=_with(minus=lambda p, onehot: p),
    ),
    Mistake(
        "svm",
        "This is the hinge loss of a support vector machine, not the softmax loss.",
        _ONE,
        instead=lambda x, y: cs231n.svm_loss(np.asarray(x, np.float64), y),
    ),
    Mistake(
        "log2",
        "The logarithm is to the base 2; the natural one is asked for.",
        "Which logarithm undoes `np.exp`?",
        after=lambda result, x, y: (result[0] / np.log(2), result[1]),
    ),
    Mistake(
        "squared",
        "This is a squared error of the probabilities. The loss is minus the logarithm of the right one.",
        _ONE,
        instead=lambda x, y: (((_soft(x) - np.eye(x.shape[1])[y]) ** 2).sum() / len(x), _softmax(x, y)[1]),
    ),
)


def _soft(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


# Adam.


def adam(
    w: Array,
    dw: Array,
    config: dict[str, Any],
    *,
    count: Callable[[int], int] = lambda t: t + 1,
    first: Callable[[Any, Any, float], Any] = lambda m, g, beta: beta * m + (1 - beta) * g,
    second: Callable[[Any, Any, float], Any] = lambda v, g, beta: beta * v + (1 - beta) * g**2,
    correct_m: Callable[[Any, float, int], Any] = lambda m, beta, t: m / (1 - beta**t),
    correct_v: Callable[[Any, float, int], Any] = lambda v, beta, t: v / (1 - beta**t),
    move: Callable[[Any, Any, Any, float, float], Any] = lambda w, m, v, rate, eps: w - rate * m / (np.sqrt(v) + eps),
    keep_corrected: bool = False,
    keep: tuple[str, ...] = ("m", "v", "t"),
) -> tuple[Array, dict[str, Any]]:
    """Take one step as a learner does; without keywords it is right."""
    w, dw = np.asarray(w, np.float64), np.asarray(dw, np.float64)
    beta1, beta2, rate, eps = (config[key] for key in ("beta1", "beta2", "learning_rate", "epsilon"))
    t = count(config["t"])
    m, v = first(config["m"], dw, beta1), second(config["v"], dw, beta2)
    with np.errstate(all="ignore"):
        mt, vt = correct_m(m, beta1, t), correct_v(v, beta2, t)
        new = {"m": mt if keep_corrected else m, "v": vt if keep_corrected else v, "t": t}
        return move(w, mt, vt, rate, eps), {**config, **{key: new[key] for key in keep}}


def _adam(**changes: Any) -> Callable[..., Any]:
    return lambda w, dw, config: adam(w, dw, config, **changes)


_FIRST = "Take the first step by hand: m = v = 0, t = 0, gradient 1. By how much does w move?"
_TIME = "t counts the steps. What is it in the first step, and what would 1 − β⁰ be?"
_BETA = "β₁ belongs to m, β₂ to v. Which share of the old value stays?"
_KEPT = "What must be in `config` when the next step begins?"

ADAM = (
    Mistake(
        "no_correction",
        "The correction for the first steps is missing: m and v start at 0, and are too small at first.",
        _FIRST,
        instead=_adam(correct_m=lambda m, beta, t: m, correct_v=lambda v, beta, t: v),
    ),
    Mistake(
        "no_correction_m",
        "m was not corrected for the first steps.",
        _FIRST,
        instead=_adam(correct_m=lambda m, beta, t: m),
    ),
    Mistake(
        "no_correction_v",
        "v was not corrected for the first steps.",
        _FIRST,
        instead=_adam(correct_v=lambda v, beta, t: v),
    ),
    Mistake(
        "t_late",
        "t was counted up after it was used. In the first step 1 − β⁰ is 0, and you divide by 0.",
        _TIME,
        instead=lambda w, dw, config: _late(w, dw, config),
    ),
    Mistake(
        "t_not_counted",
        "t was not counted up.",
        _TIME,
        instead=_adam(keep=("m", "v")),
    ),
    Mistake(
        "t_not_counted",
        "t was not counted up, neither in the formula nor in `config`.",
        _TIME,
        instead=_adam(count=lambda t: t),
    ),
    Mistake(
        "keeps_corrected",
        "The corrected m and v were stored. The running ones belong into `config`; the correction is for this "
        "step only.",
        _KEPT,
        instead=_adam(keep_corrected=True),
    ),
    Mistake("m_not_stored", "m was not stored in `config`.", _KEPT, instead=_adam(keep=("v", "t"))),
    Mistake("v_not_stored", "v was not stored in `config`.", _KEPT, instead=_adam(keep=("m", "t"))),
    Mistake("nothing_stored", "m and v were not stored in `config`.", _KEPT, instead=_adam(keep=("t",))),
    Mistake("nothing_stored", "m, v and t were not stored in `config`.", _KEPT, instead=_adam(keep=())),
    Mistake(
        "betas_swapped",
        "β₁ and β₂ changed places.",
        _BETA,
        before=lambda w, dw, c: (w, dw, {**c, "beta1": c["beta2"], "beta2": c["beta1"]}),
        after=lambda result, w, dw, c: (result[0], {**result[1], "beta1": c["beta1"], "beta2": c["beta2"]}),
    ),
    Mistake(
        "beta_flipped",
        "The shares are the wrong way round: β of the old value stays, 1 − β of the new one is added.",
        _BETA,
        instead=_adam(
            first=lambda m, g, beta: (1 - beta) * m + beta * g, second=lambda v, g, beta: (1 - beta) * v + beta * g**2
        ),
    ),
    Mistake(
        "not_squared",
        "v took the gradient, not its square.",
        "v measures how large the gradients are, whatever their sign.",
        instead=_adam(second=lambda v, g, beta: beta * v + (1 - beta) * g),
    ),
    Mistake(
        "no_root",
        "The step was divided by v; by its root is right.",
        _FIRST,
        instead=_adam(move=lambda w, m, v, rate, eps: w - rate * m / (v + eps)),
    ),
    Mistake(
        "eps_inside",
        "ε was added under the root. In Adam it is added to the root.",
        "Where does the formula put ε?",
        instead=_adam(move=lambda w, m, v, rate, eps: w - rate * m / np.sqrt(v + eps)),
    ),
    Mistake(
        "eps_floor",
        "ε was used as the least number to divide by. In Adam it is added to the root.",
        "Where does the formula put ε?",
        instead=_adam(move=lambda w, m, v, rate, eps: w - rate * m / np.maximum(np.sqrt(v), eps)),
    ),
    Mistake(
        "no_eps",
        "ε is missing: where all gradients were 0 you divide 0 by 0.",
        "What is the step where the gradient has always been 0?",
        instead=_adam(move=lambda w, m, v, rate, eps: w - rate * m / np.sqrt(v)),
    ),
    Mistake(
        "sign",
        "The step goes uphill: it should be subtracted.",
        _FIRST,
        instead=_adam(move=lambda w, m, v, rate, eps: w + rate * m / (np.sqrt(v) + eps)),
    ),
    Mistake(
        "gradient_for_m",
        "The step was made with the gradient, not with its running mean m. That is RMSprop.",
        _FIRST,
        instead=lambda w, dw, config: adam(
            w, dw, config, move=lambda w, m, v, rate, eps: w - rate * dw / (np.sqrt(v) + eps)
        ),
    ),
    Mistake(
        "no_v",
        "The step was not divided by the root of v. That is momentum.",
        _FIRST,
        instead=_adam(move=lambda w, m, v, rate, eps: w - rate * m),
    ),
    Mistake(
        "no_rate",
        "The learning rate is missing.",
        _FIRST,
        instead=_adam(move=lambda w, m, v, rate, eps: w - m / (np.sqrt(v) + eps)),
    ),
    Mistake(
        "sgd",
        "This is plain gradient descent.",
        _FIRST,
        instead=lambda w, dw, c: adam(w, dw, c, move=lambda w, m, v, rate, eps: w - rate * dw),
    ),
    *(
        Mistake(
            "hard_coded",
            f"`{key}` was typed in as {number:g}; `config` holds the one to use.",
            "Which of your numbers should come from `config`?",
            before=lambda w, dw, c, key=key, number=number: (w, dw, {**c, key: number}),
            after=lambda result, w, dw, c, key=key: (result[0], {**result[1], key: c[key]}),
        )
        for key, number in (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8), ("learning_rate", 1e-3))
    ),
)


def _late(w: Array, dw: Array, config: dict[str, Any]) -> Any:
    result, new = adam(w, dw, config, count=lambda t: t)
    return result, {**new, "t": config["t"] + 1}


# The three-layer net: conv – relu – 2×2 max pool – affine – relu – affine – softmax.

WEIGHTS = ("W1", "W2", "W3")


def _rows(pooled: Array) -> Array:
    return pooled.reshape(len(pooled), -1)


def three_layer(
    X: Array,
    y: Array | None,
    params: dict[str, Array],
    reg: float,
    *,
    pad: Callable[[int], int] = lambda f: (f - 1) // 2,
    relu1: bool = True,
    relu2: bool = True,
    relu_scores: bool = False,
    flat: Callable[[Array], Array] = _rows,
    unflat: Callable[[Array, tuple[int, ...]], Array] = lambda d, shape: d.reshape(shape),
    gate1: bool = True,
    gate2: bool = True,
    penalised: tuple[str, ...] = WEIGHTS,
    penalty: float = 0.5,
    grad_penalised: tuple[str, ...] | None = None,
    grad_penalty: float = 1.0,
    bias: bool = True,
    average: bool = False,
) -> Any:
    """Run the net as a learner does; without keywords it is right. Returns scores without y, else (loss, grads)."""
    P = {name: np.asarray(p, np.float64) for name, p in params.items()}
    b = {name: P[name] * bias for name in ("b1", "b2", "b3")}
    conv_param = {"stride": 1, "pad": pad(P["W1"].shape[2])}
    a1, conv_cache = cs231n.conv_forward_fast(np.asarray(X, np.float64), P["W1"], b["b1"], conv_param)
    h1 = np.maximum(a1, 0) if relu1 else a1
    pooled, pool_cache = cs231n.max_pool_forward_fast(h1, {"pool_height": 2, "pool_width": 2, "stride": 2})
    rows = flat(pooled)
    a2 = rows @ P["W2"] + b["b2"]
    h2 = np.maximum(a2, 0) if relu2 else a2
    scores = h2 @ P["W3"] + b["b3"]
    scores = np.maximum(scores, 0) if relu_scores else scores
    if y is None:
        return scores
    loss, dscores = _softmax(scores, y)
    dscores = dscores * (scores > 0) if relu_scores else dscores
    loss += penalty * reg * sum(float((P[name] ** 2).sum()) for name in penalised)
    grads = {"W3": h2.T @ dscores, "b3": dscores.sum(axis=0)}
    da2 = dscores @ P["W3"].T
    da2 = da2 * (a2 > 0) if relu2 and gate2 else da2
    grads |= {"W2": rows.T @ da2, "b2": da2.sum(axis=0)}
    dh1 = cs231n.max_pool_backward_fast(unflat(da2 @ P["W2"].T, pooled.shape), pool_cache)
    da1 = dh1 * (a1 > 0) if relu1 and gate1 else dh1
    _, grads["W1"], grads["b1"] = cs231n.conv_backward_fast(da1, conv_cache, need_dx=False)
    for name in penalised if grad_penalised is None else grad_penalised:
        grads[name] = grads[name] + grad_penalty * reg * P[name]
    return loss, grads


def _net(**changes: Any) -> Callable[..., Any]:
    return lambda X, y, params, reg: three_layer(X, y, params, reg, **changes)


def _gradient(name: str, change: Callable[[Array], Array]) -> Callable[..., Any]:
    def after(result: Any, *arguments: Any) -> Any:
        if not isinstance(result, tuple):
            return result
        return result[0], {**result[1], name: change(result[1][name])}

    return after


def _last_channel(pooled: Array) -> Array:
    return pooled.transpose(0, 2, 3, 1).reshape(len(pooled), -1)


def _from_last_channel(d: Array, shape: tuple[int, ...]) -> Array:
    n, c, h, w = shape
    return d.reshape(n, h, w, c).transpose(0, 3, 1, 2)


_CHAIN = "conv – relu – pool – affine – relu – affine – softmax: print the shape after each."
_REG = "reg/2 · (ΣW1² + ΣW2² + ΣW3²) is added to the loss. What does that add to the gradient of each weight?"
_BIASES = "Penalties keep weights small. Do they concern the biases?"
_WAY = "Go back through the layers in the opposite order. Which of them has a gate?"

NET = (
    Mistake(
        "pad0",
        "The convolution does not pad, so its maps are smaller than the picture and do not fit W2.",
        "W2 has a row for each number after pooling. How large are the maps, if the convolution keeps the size "
        "of the picture?",
        instead=_net(pad=lambda f: 0),
    ),
    Mistake(
        "relu_scores",
        "A ReLU was applied to the scores. The last layer is linear: a score may be negative.",
        _CHAIN,
        instead=_net(relu_scores=True),
    ),
    Mistake(
        "flatten_T",
        "The maps were flattened with the channels last. Here the channel changes slowest: (N, C, H, W) to (N, C·H·W).",
        "In which order do the numbers of a map stand in its row?",
        instead=_net(flat=_last_channel, unflat=_from_last_channel),
    ),
    Mistake(
        "flatten_batch",
        "The maps were flattened in a way that mixes the examples: `reshape(-1, N).T` is not `reshape(N, -1)`.",
        "Which example do the numbers of row 0 come from?",
        instead=_net(
            flat=lambda a: a.reshape(-1, len(a)).T, unflat=lambda d, shape: np.ascontiguousarray(d.T).reshape(shape)
        ),
    ),
    Mistake("no_relu1", "The ReLU after the convolution is missing.", _CHAIN, instead=_net(relu1=False)),
    Mistake("no_relu2", "The ReLU after the first affine layer is missing.", _CHAIN, instead=_net(relu2=False)),
    Mistake("no_relu", "Both ReLUs are missing.", _CHAIN, instead=_net(relu1=False, relu2=False)),
    Mistake("no_bias", "The biases are missing.", _CHAIN, instead=_net(bias=False)),
    Mistake(
        "probabilities",
        "Without labels probabilities came back; the scores are asked for.",
        "What does `loss` return when y is None?",
        after=lambda result, X, y, *rest: result if isinstance(result, tuple) else _soft(result),
    ),
    Mistake(
        "no_reg",
        "The penalty on the weights is missing, in the loss and in the gradients.",
        _REG,
        instead=_net(penalised=()),
    ),
    Mistake(
        "no_reg_grad",
        "The penalty is in the loss, but not in the gradients.",
        _REG,
        instead=_net(grad_penalised=()),
    ),
    Mistake(
        "no_reg_loss",
        "The penalty is in the gradients, but not in the loss.",
        _REG,
        instead=_net(penalised=(), grad_penalised=WEIGHTS),
    ),
    Mistake(
        "reg_skip_W1",
        "The convolution's weights W1 have no penalty.",
        _REG,
        instead=_net(penalised=("W2", "W3")),
    ),
    Mistake("reg_only_W1", "Only W1 has a penalty.", _REG, instead=_net(penalised=("W1",))),
    Mistake("reg_skip_W3", "The last layer's weights W3 have no penalty.", _REG, instead=_net(penalised=("W1", "W2"))),
    Mistake("reg_skip_W2", "The weights W2 have no penalty.", _REG, instead=_net(penalised=("W1", "W3"))),
    Mistake(
        "reg_bias",
        "The biases have a penalty, too.",
        _BIASES,
        instead=_net(penalised=(*WEIGHTS, "b1", "b2", "b3")),
    ),
    Mistake(
        "no_half",
        "The penalty in the loss is twice as large: the factor 1/2 is missing. It makes the gradient simply reg · W.",
        _REG,
        instead=_net(penalty=1.0),
    ),
    Mistake(
        "double_grad",
        "The penalty's gradient is twice as large: with reg/2 in the loss it is reg · W.",
        _REG,
        instead=_net(grad_penalty=2.0),
    ),
    Mistake(
        "other_half",
        "The penalty was taken as reg · ΣW², and its gradient as 2 · reg · W. That is another convention; here "
        "it is reg/2 · ΣW².",
        _REG,
        instead=_net(penalty=1.0, grad_penalty=2.0),
    ),
    Mistake(
        "half_grad",
        "The penalty's gradient is half as large: with reg/2 in the loss it is reg · W.",
        _REG,
        instead=_net(grad_penalty=0.5),
    ),
    Mistake(
        "no_relu2_grad", "On the way back the gate of the second ReLU is missing.", _WAY, instead=_net(gate2=False)
    ),
    Mistake("no_relu1_grad", "On the way back the gate of the first ReLU is missing.", _WAY, instead=_net(gate1=False)),
    Mistake(
        "no_relu_grads",
        "On the way back the gates of both ReLUs are missing.",
        _WAY,
        instead=_net(gate1=False, gate2=False),
    ),
    *(
        Mistake(
            f"no_{name}_grad",
            f"The gradient of {name} came back full of zeros.",
            "Which backward function returns it, and where does it go?",
            after=_gradient(name, np.zeros_like),
        )
        for name in ("W1", "W2", "W3", "b1", "b2", "b3")
    ),
)
