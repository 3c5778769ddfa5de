"""What goes wrong in batch normalisation, forward and backward, each mistake with its imitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.task import ANY, FREE, Mistake

__all__ = ["BACKWARD", "FORWARD", "SPATIAL_BACKWARD", "SPATIAL_FORWARD", "normalise"]

Array = NDArray[Any]
Settings = dict[str, Any]
Reduce = Callable[[Array], Any]


def _root(var: Any, eps: float) -> Any:
    return np.sqrt(var + eps)


def _affine(xhat: Array, gamma: Any, beta: Any) -> Any:
    return gamma * xhat + beta


def _blend(old: Any, new: Any, momentum: float) -> Any:
    return momentum * old + (1 - momentum) * new


def normalise(
    x: Array,
    gamma: Array,
    beta: Array,
    bn_param: Settings,
    *,
    mean: Reduce = lambda x: x.mean(axis=0),
    var: Reduce = lambda x: x.var(axis=0),
    centre: Callable[[Array, Any], Any] = lambda x, mean: x - mean,
    root: Callable[[Any, float], Any] = _root,
    affine: Callable[[Any, Any, Any], Any] = _affine,
    blend: Callable[[Any, Any, float], Any] = _blend,
    stored_var: Callable[[Array, Any], Any] = lambda x, var: var,
    stores: tuple[str, ...] = ("running_mean", "running_var"),
    running_shape: Callable[[Any], Any] = lambda stat: stat,
    train_uses_running: bool = False,
    test_uses_batch: bool = False,
    test_centre: Callable[[Array, Any], Any] | None = None,
    test_root: Callable[[Any, float], Any] | None = None,
    test_affine: Callable[[Any, Any, Any], Any] | None = None,
    stores_in_test: bool = False,
    modes: tuple[str, str] = ("train", "test"),
) -> tuple[Any, Any]:
    """Normalise over the batch as a learner does; without keywords it is right. `bn_param` is written into."""
    x = np.asarray(x, np.float64)
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zero = np.zeros(x.shape[1:])
    running = {"running_mean": bn_param.get("running_mean", zero), "running_var": bn_param.get("running_var", zero)}
    training = bn_param["mode"] == modes[0]
    if training or test_uses_batch or stores_in_test:
        mu, sigma2 = mean(x), var(x)
    with np.errstate(all="ignore"):
        if training:
            use = (running["running_mean"], running["running_var"]) if train_uses_running else (mu, sigma2)
            out = affine(centre(x, use[0]) / root(use[1], eps), gamma, beta)
        else:
            use = (mu, sigma2) if test_uses_batch else (running["running_mean"], running["running_var"])
            centred = (test_centre or centre)(x, use[0])
            out = (test_affine or affine)(centred / (test_root or root)(use[1], eps), gamma, beta)
    if training or stores_in_test:
        new = {"running_mean": mu, "running_var": stored_var(x, sigma2)}
        for key in stores:
            bn_param[key] = running_shape(blend(running[key], new[key], momentum))
    return out, ANY if training else FREE


def _with(**changes: Any) -> Callable[..., Any]:
    return lambda x, gamma, beta, bn_param: normalise(x, gamma, beta, bn_param, **changes)


def _either(name: str, says: str, look: str, **changes: Any) -> tuple[Mistake, Mistake]:
    """Return a mistake that is made in both modes, and the same made in training only."""
    right = {"root": _root, "affine": _affine, "centre": lambda x, mean: x - mean}
    kept = {f"test_{step}": right[step] for step in changes}
    return (
        Mistake(name, says, look, instead=_with(**changes)),
        Mistake(name, f"{says} This is so in mode `train` only.", look, instead=_with(**changes, **kept)),
    )


_EPS = "What is the variance of a feature that is the same in every example? What do you divide by then?"
_ROOT = "After normalising, what should the standard deviation of a feature be? Print it."
_AFFINE = "The last step is γ times the normalised number, plus β. Print your result with γ = 2, β = 1."
_RUNNING = "Write down what the running mean is after one batch with mean 10, if it was 0 and the momentum is 0.9."
_STORED = "Print `bn_param` after a call in mode `train`. What should be in it for mode `test`?"
_TEST = "In mode `test` there may be one example only. Whose mean and variance are used?"
_AXIS = "x is (N, D): N examples, D features. Over which axis is a feature's mean taken?"
_DENOMINATOR = "The denominator is √(variance + ε), in both modes."

_OVER_FEATURES = (
    "Mean and variance were taken over the features of each example. Batch normalisation takes them over the examples, "
    "for each feature."
)

FORWARD = (
    *_either(
        "no_eps",
        "ε is missing under the root. A feature that never changes has variance 0, and you divide by 0.",
        _EPS,
        root=lambda var, eps: np.sqrt(var),
    ),
    *_either(
        "no_sqrt",
        "It was divided by the variance. The standard deviation is its root.",
        _ROOT,
        root=lambda var, eps: var + eps,
    ),
    *_either(
        "std_plus",
        "The root was taken twice: ε was added to a standard deviation, and then the root was taken again.",
        _ROOT,
        root=lambda var, eps: np.sqrt(np.sqrt(var) + eps),
    ),
    *_either(
        "eps_out",
        "ε was added to the root, not under it. The difference is small, but it is there.",
        _DENOMINATOR,
        root=lambda var, eps: np.sqrt(var) + eps,
    ),
    *_either(
        "eps_hard_coded",
        "ε was typed in, as 1e-5; `bn_param` holds the one to use.",
        "Where does your ε come from?",
        root=lambda var, eps: np.sqrt(var + 1e-5),
    ),
    *_either(
        "no_affine",
        "The numbers are normalised, but γ and β were not used.",
        _AFFINE,
        affine=lambda xhat, gamma, beta: xhat,
    ),
    *_either("gamma_only", "β was not added.", _AFFINE, affine=lambda xhat, gamma, beta: gamma * xhat),
    *_either("beta_only", "γ was not used.", _AFFINE, affine=lambda xhat, gamma, beta: xhat + beta),
    Mistake(
        "beta_before_scale",
        "β was added before the scaling. First normalise, then scale by γ, then shift by β.",
        _AFFINE,
        instead=lambda x, gamma, beta, bn: _shifted_first(x, gamma, beta, bn),
    ),
    *_either(
        "beta_before_scale",
        "β was added before the scaling: γ was multiplied with the sum. First scale by γ, then shift by β.",
        _AFFINE,
        affine=lambda xhat, gamma, beta: gamma * (xhat + beta),
    ),
    *_either(
        "gamma_beta_swapped",
        "γ and β changed places.",
        _AFFINE,
        affine=lambda xhat, gamma, beta: beta * xhat + gamma,
    ),
    *_either(
        "no_centre",
        "The mean was not subtracted.",
        "After normalising, what should the mean of a feature be? Print it.",
        centre=lambda x, mean: x,
    ),
    Mistake(
        "axis1",
        _OVER_FEATURES,
        _AXIS,
        instead=_with(
            mean=lambda x: x.mean(axis=1, keepdims=True), var=lambda x: x.var(axis=1, keepdims=True), stores=()
        ),
    ),
    Mistake(
        "axis1",
        _OVER_FEATURES,
        _AXIS,
        instead=_with(mean=lambda x: x.mean(axis=1, keepdims=True), var=lambda x: x.var(axis=1, keepdims=True)),
    ),
    Mistake("axis1", _OVER_FEATURES, _AXIS, instead=_with(mean=lambda x: x.mean(axis=1), var=lambda x: x.var(axis=1))),
    Mistake(
        "axis1",
        _OVER_FEATURES,
        _AXIS,
        instead=_with(mean=lambda x: x.mean(axis=1), var=lambda x: ((x - x.mean(axis=1)) ** 2).mean(axis=1)),
    ),
    Mistake(
        "scalar_stats",
        "One mean and one variance were taken of the whole array. Each feature has its own.",
        _AXIS,
        instead=_with(mean=np.mean, var=np.var),
    ),
    Mistake(
        "ddof1",
        "The variance was divided by N − 1. Batch normalisation divides by N.",
        "How does `np.var` divide, and how do you?",
        instead=_with(var=lambda x: x.var(axis=0, ddof=1) if len(x) > 1 else x.var(axis=0)),
    ),
    Mistake(
        "var_not_centred",
        "The variance was computed without subtracting the mean first.",
        "The variance is the mean of (x − mean)².",
        instead=_with(var=lambda x: (x**2).mean(axis=0)),
    ),
    Mistake(
        "momentum_flipped",
        "The momentum is the wrong way round: here it is the share of the old value that stays. (In PyTorch it "
        "is the share "
        "of the new one.)",
        _RUNNING,
        instead=_with(blend=lambda old, new, m: (1 - m) * old + m * new),
    ),
    Mistake(
        "momentum_hard_coded",
        "The momentum was typed in, as 0.9; `bn_param` holds the one to use.",
        "Where does your momentum come from?",
        instead=_with(blend=lambda old, new, m: 0.9 * old + 0.1 * new),
    ),
    Mistake(
        "running_replaced",
        "The running statistics are those of the last batch. The old ones should stay for the most part.",
        _RUNNING,
        instead=_with(blend=lambda old, new, m: new),
    ),
    Mistake(
        "running_summed",
        "The new statistics were added to the old ones in full.",
        _RUNNING,
        instead=_with(blend=lambda old, new, m: old + new),
    ),
    Mistake(
        "running_added",
        "The old statistics stayed in full, and a share of the new ones was added.",
        _RUNNING,
        instead=_with(blend=lambda old, new, m: old + (1 - m) * new),
    ),
    Mistake(
        "not_stored",
        "The running statistics were not written into `bn_param`. In mode `test` they would be missing, or old.",
        _STORED,
        instead=_with(stores=()),
    ),
    Mistake(
        "running_mean_only",
        "The running mean was stored, the running variance was not.",
        _STORED,
        instead=_with(stores=("running_mean",)),
    ),
    Mistake(
        "running_var_only",
        "The running variance was stored, the running mean was not.",
        _STORED,
        instead=_with(stores=("running_var",)),
    ),
    Mistake(
        "running_keepdims",
        "The running statistics have the shape (1, D); (D,) is asked for. They come from `keepdims=True`.",
        "Print `bn_param['running_mean'].shape`.",
        instead=_with(running_shape=lambda stat: np.asarray(stat)[None]),
    ),
    Mistake(
        "running_std",
        "The running variance holds the standard deviation.",
        "What is stored, the variance or its root?",
        instead=_with(stored_var=lambda x, var: np.sqrt(var)),
    ),
    Mistake(
        "running_std",
        "The running variance holds the standard deviation, with ε under the root.",
        "What is stored, the variance or its root?",
        instead=lambda x, gamma, beta, bn: normalise(
            x, gamma, beta, bn, stored_var=lambda x, var: np.sqrt(var + bn.get("eps", 1e-5))
        ),
    ),
    Mistake(
        "running_eps",
        "The running variance has ε added to it. ε belongs under the root only.",
        "What is stored?",
        instead=lambda x, gamma, beta, bn: normalise(
            x, gamma, beta, bn, stored_var=lambda x, var: var + bn.get("eps", 1e-5)
        ),
    ),
    Mistake(
        "running_ddof1",
        "The running variance was divided by N − 1. That is PyTorch's convention; CS231n's and ours divides by N.",
        "How does `np.var` divide, and how do you?",
        instead=_with(stored_var=lambda x, var: var * len(x) / max(len(x) - 1, 1)),
    ),
    Mistake(
        "use_running_in_train",
        "In mode `train` the batch was normalised with the running statistics. It should be its own.",
        "In mode `train`, what should the mean of a normalised feature be?",
        instead=_with(train_uses_running=True),
    ),
    Mistake(
        "test_batch",
        "In mode `test` the batch was normalised with its own statistics. Then the answer for one example depends on "
        "who else is in the batch. Use the running statistics.",
        _TEST,
        instead=_with(test_uses_batch=True),
    ),
    Mistake(
        "mode_ignored",
        "Both modes did what `train` should do: batch statistics, and running statistics stored.",
        "Where do you look at `bn_param['mode']`?",
        instead=_with(test_uses_batch=True, stores_in_test=True),
    ),
    Mistake(
        "modes_swapped",
        "The two modes changed places.",
        "Where do you look at `bn_param['mode']`?",
        instead=_with(modes=("test", "train")),
    ),
    Mistake(
        "test_no_eps",
        "In mode `test` ε is missing under the root.",
        _DENOMINATOR,
        instead=_with(test_root=lambda var, eps: np.sqrt(var)),
    ),
    Mistake(
        "test_no_sqrt",
        "In mode `test` it was divided by the variance, not by its root.",
        _DENOMINATOR,
        instead=_with(test_root=lambda var, eps: var + eps),
    ),
    Mistake(
        "test_eps_out",
        "In mode `test` ε was added to the root, not under it.",
        _DENOMINATOR,
        instead=_with(test_root=lambda var, eps: np.sqrt(var) + eps),
    ),
    Mistake(
        "test_no_affine",
        "In mode `test` γ and β were not used.",
        _AFFINE,
        instead=_with(test_affine=lambda xhat, gamma, beta: xhat),
    ),
    Mistake(
        "test_gamma_only",
        "In mode `test` β was not added.",
        _AFFINE,
        instead=_with(test_affine=lambda xhat, gamma, beta: gamma * xhat),
    ),
    Mistake(
        "test_stores",
        "The running statistics were changed in mode `test`. They are only learned in training.",
        _STORED,
        instead=_with(stores_in_test=True),
    ),
)


def _shifted_first(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    """Add β before the division."""
    root: list[Any] = []

    def keep(var: Any, eps: float) -> Any:
        root.append(np.sqrt(var + eps))
        return root[-1]

    return normalise(x, gamma, beta, bn_param, root=keep, affine=lambda xhat, g, b: g * (xhat + b / root[-1]))


# Backward. (dout, x, gamma, beta, bn_param) → dx, dgamma, dbeta.


def _pieces(x: Array, bn_param: Settings) -> tuple[Array, Array, float]:
    """Return the normalised x, the standard deviation and ε."""
    eps = bn_param.get("eps", 1e-5)
    x = np.asarray(x, np.float64)
    std = np.sqrt(x.var(axis=0) + eps)
    return (x - x.mean(axis=0)) / std, std, eps


def _dx(
    dxhat: Array, xhat: Array, std: Any, *, mean: Any = 1.0, var: Any = 1.0, reduce: Any = None, scale: Any = None
) -> Array:
    """Compute dx by the short formula; the paths through mean and variance can be weighed."""
    average = reduce or (lambda a: a.mean(axis=0))
    out = (dxhat - mean * average(dxhat) - var * xhat * average(dxhat * xhat)) / std
    return np.asarray(out if scale is None else out * scale)


def _gradients(
    dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings, **changes: Any
) -> tuple[Array, Array, Array]:
    dout = np.asarray(dout, np.float64)
    xhat, std, _ = _pieces(x, bn_param)
    return _dx(dout * gamma, xhat, std, **changes), (dout * xhat).sum(axis=0), dout.sum(axis=0)


def _back(**changes: Any) -> Callable[..., Any]:
    return lambda *arguments: _gradients(*arguments, **changes)


def _only_dx(make: Callable[..., Array]) -> Callable[..., Any]:
    """Return gradients whose dx is ``make(dout, x, gamma, eps)``."""

    def instead(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        dx = make(np.asarray(dout, np.float64), np.asarray(x, np.float64), gamma, bn_param.get("eps", 1e-5))
        return (dx, *_gradients(dout, x, gamma, beta, bn_param)[1:])

    return instead


def _changed(n: int, change: Callable[..., Any]) -> Callable[..., Any]:
    def after(result: tuple[Any, ...], *arguments: Any) -> tuple[Any, ...]:
        return tuple(change(part, *arguments) if n == k else part for k, part in enumerate(result))

    return after


def _diagonal(dout: Array, x: Array, gamma: Array, eps: float) -> Array:
    """Let each x move its own output only."""
    xhat, std, _ = _pieces(x, {"eps": eps})
    n = len(x)
    return dout * gamma * (1 - 1 / n - xhat**2 / n) / std


def _without_eps(dout: Array, x: Array, gamma: Array, eps: float) -> Array:
    with np.errstate(all="ignore"):
        std = np.sqrt(x.var(axis=0))
        return _dx(dout * gamma, (x - x.mean(axis=0)) / std, std)


def _divided_without_eps(dout: Array, x: Array, gamma: Array, eps: float) -> Array:
    with np.errstate(all="ignore"):
        return _dx(dout * gamma, _pieces(x, {"eps": eps})[0], np.sqrt(x.var(axis=0)))


def _all_without_eps(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    with np.errstate(all="ignore"):
        return _gradients(dout, x, gamma, beta, {"eps": 0.0})


def _weighed(mean: Callable[[int], float] = lambda n: 1.0, var: Callable[[int], float] = lambda n: 1.0) -> Any:
    """Make the ways through mean and variance stronger or weaker, for a batch of n."""
    return lambda dout, x, gamma, eps: _dx(
        dout * gamma, *_pieces(x, {"eps": eps})[:2], mean=mean(len(x)), var=var(len(x))
    )


def _unbiased(n: int) -> float:
    return n / max(n - 1, 1)


def _plain_x(dout: Array, x: Array, gamma: Array, eps: float) -> Array:
    _, std, _ = _pieces(x, {"eps": eps})
    dxhat = dout * gamma
    return (dxhat - dxhat.mean(axis=0) - x * (dxhat * x).mean(axis=0)) / std


def _over_features(dout: Array, x: Array, gamma: Array, eps: float) -> Array:
    xhat, std, _ = _pieces(x, {"eps": eps})
    return _dx(dout * gamma, xhat, std, reduce=lambda a: a.mean(axis=1, keepdims=True))


_GRAPH = "Draw the graph: x reaches the output in three ways, directly, through the mean and through the variance."
_SUMS = "In the mean every example has the share 1/N. In the variance, too."
_SCALE = "dgamma[d] says how fast the loss grows with γ[d]. Beside γ[d] stands the normalised x, for every example."
_NO_EPS = "In the backward pass ε is missing under the root; the forward pass had it."
_KEEP_STD = "Keep the standard deviation of the forward pass in the cache."

BACKWARD = (
    Mistake(
        "const_stats",
        "Mean and variance were treated as constants. They depend on x: moving one number of the batch moves "
        "both, and so every "
        "output.",
        _GRAPH,
        instead=_back(mean=0.0, var=0.0),
    ),
    Mistake("no_mean_path", "The way through the mean is missing.", _GRAPH, instead=_back(mean=0.0)),
    Mistake("no_var_path", "The way through the variance is missing.", _GRAPH, instead=_back(var=0.0)),
    Mistake(
        "no_N",
        "Sums stand where means belong: the ways through mean and variance are N times too strong.",
        _SUMS,
        instead=_back(reduce=lambda a: a.sum(axis=0)),
    ),
    Mistake(
        "N_minus_1",
        "Somewhere it was divided by N − 1. The variance of the forward pass divides by N.",
        _SUMS,
        instead=_only_dx(_weighed(var=_unbiased)),
    ),
    Mistake(
        "N_minus_1",
        "The means were divided by N − 1. A mean of N numbers divides by N.",
        _SUMS,
        instead=_only_dx(_weighed(_unbiased, _unbiased)),
    ),
    Mistake(
        "mean_no_N",
        "In the way through the mean a sum stands where a mean belongs.",
        _SUMS,
        instead=_only_dx(_weighed(mean=float)),
    ),
    Mistake(
        "var_no_N",
        "In the way through the variance a sum stands where a mean belongs.",
        _SUMS,
        instead=_only_dx(_weighed(var=float)),
    ),
    Mistake(
        "half_var",
        "The way through the variance is half as strong as it should be.",
        "What is the derivative of (x − mean)²?",
        instead=_back(var=0.5),
    ),
    Mistake(
        "double_var",
        "The way through the variance is twice as strong as it should be.",
        "What is the derivative of a square root?",
        instead=_back(var=2.0),
    ),
    Mistake(
        "var_sign",
        "The way through the variance has the wrong sign.",
        "If the variance grows, do the normalised numbers become larger or smaller?",
        instead=_back(var=-1.0),
    ),
    Mistake(
        "mean_sign",
        "The way through the mean has the wrong sign.",
        "The mean is subtracted. What sign does its gradient have?",
        instead=_back(mean=-1.0),
    ),
    Mistake(
        "no_eps",
        _NO_EPS,
        _KEEP_STD,
        instead=_only_dx(_without_eps),
    ),
    Mistake("no_eps", _NO_EPS, _KEEP_STD, instead=_only_dx(_divided_without_eps)),
    Mistake("no_eps", _NO_EPS, _KEEP_STD, instead=_all_without_eps),
    Mistake(
        "x_for_xhat",
        "x stands where the normalised x belongs.",
        "Which of the two does the cache hold, and which does the formula name?",
        instead=_only_dx(_plain_x),
    ),
    Mistake(
        "axis1",
        "The means were taken over the features. They belong over the examples.",
        "Over which axis did the forward pass take its mean?",
        instead=_only_dx(_over_features),
    ),
    Mistake(
        "no_gamma",
        "γ is missing in `dx`: the gradient of the normalised x is dout times γ.",
        "What stands beside the normalised x in the forward pass?",
        instead=_only_dx(lambda dout, x, gamma, eps: _dx(dout, *_pieces(x, {"eps": eps})[:2])),
    ),
    Mistake(
        "diag_jac",
        "Each `dx` was made from its own `dout` alone. But one number of the batch moves the mean and the "
        "variance, and with them "
        "the outputs of all examples: add up over all.",
        _GRAPH,
        instead=_only_dx(_diagonal),
    ),
    Mistake(
        "no_std",
        "`dx` was not divided by the standard deviation.",
        "The forward pass divides by it. So does the way back.",
        instead=_only_dx(lambda dout, x, gamma, eps: _dx(dout * gamma, _pieces(x, {"eps": eps})[0], 1.0)),
    ),
    Mistake(
        "std_twice",
        "`dx` was divided by the variance; by its root is right.",
        "The forward pass divides by the standard deviation. So does the way back.",
        instead=_only_dx(
            lambda dout, x, gamma, eps: _dx(dout * gamma, *_pieces(x, {"eps": eps})[:2]) / _pieces(x, {"eps": eps})[1]
        ),
    ),
    Mistake(
        "dx_over_N",
        "`dx` was divided by N as a whole.",
        _SUMS,
        after=_changed(0, lambda dx, dout, *rest: dx / len(dout)),
    ),
    Mistake(
        "dx_times_N",
        "`dx` is N times too large: the division by N is missing.",
        _SUMS,
        after=_changed(0, lambda dx, dout, *rest: dx * len(dout)),
    ),
    Mistake("sign", "`dx` has the wrong sign.", _GRAPH, after=_changed(0, lambda dx, *rest: -dx)),
    Mistake(
        "dg_x",
        "`dgamma` was computed with x. Beside γ stands the normalised x.",
        _SCALE,
        after=_changed(1, lambda dgamma, dout, x, *rest: (dout * x).sum(axis=0)),
    ),
    Mistake(
        "dg_out",
        "`dgamma` was computed without the normalised x: it is the sum of dout, as for β.",
        _SCALE,
        after=_changed(1, lambda dgamma, dout, *rest: np.sum(dout, axis=0)),
    ),
    Mistake(
        "dg_noaxis",
        "`dgamma` is one number. Each feature has its own γ.",
        "Over which axis is it added up?",
        after=_changed(1, lambda dgamma, *rest: dgamma.sum()),
    ),
    Mistake(
        "db_noaxis",
        "`dbeta` is one number. Each feature has its own β.",
        "Over which axis is it added up?",
        after=_changed(2, lambda dbeta, *rest: dbeta.sum()),
    ),
    Mistake(
        "dg_mean",
        "`dgamma` is a mean. γ takes part in every example, so the sum is right.",
        _SCALE,
        after=_changed(1, lambda dgamma, dout, *rest: dgamma / len(dout)),
    ),
    Mistake(
        "db_mean",
        "`dbeta` is a mean. β takes part in every example, so the sum is right.",
        "β is added to every example. What is the sum of their gradients?",
        after=_changed(2, lambda dbeta, dout, *rest: dbeta / len(dout)),
    ),
    Mistake(
        "dg_keep",
        "`dgamma` has the shape (1, D); γ has (D,). It comes from `keepdims=True`.",
        "Print the shapes of γ and of its gradient.",
        after=_changed(1, lambda dgamma, *rest: dgamma[None]),
    ),
    Mistake(
        "db_keep",
        "`dbeta` has the shape (1, D); β has (D,). It comes from `keepdims=True`.",
        "Print the shapes of β and of its gradient.",
        after=_changed(2, lambda dbeta, *rest: dbeta[None]),
    ),
    Mistake(
        "dg_db_swapped",
        "`dgamma` and `dbeta` came back in the wrong order.",
        "The docstring says: dx, dgamma, dbeta.",
        after=lambda result, *arguments: (result[0], result[2], result[1]),
    ),
)


# Pictures: the same over (N, H, W) for each channel.


def _rows(x: Array) -> Array:
    return np.asarray(x, np.float64).transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def _picture(rows: Array, shape: tuple[int, ...]) -> Array:
    n, c, h, w = shape
    return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2)


def _spatial(
    to_rows: Callable[[Array], Array] = _rows,
    back: Callable[[Array, tuple[int, ...]], Array] = _picture,
    **changes: Any,
) -> Callable[..., Any]:
    def instead(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        rows, _ = normalise(to_rows(x), gamma, beta, bn_param, **changes)
        return back(rows, x.shape), ANY

    return instead


def _plain(x: Array) -> Array:
    return np.asarray(x, np.float64).reshape(-1, x.shape[1])


def _over(axes: tuple[int, ...], stored: Callable[[Array], Array] | None = None) -> Callable[..., Any]:
    """Normalise with statistics over other axes; what runs is right, or has what `stored` makes of the variances."""

    def instead(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        if bn_param["mode"] != "train":
            return _spatial()(x, gamma, beta, bn_param)
        x = np.asarray(x, np.float64)
        spread = x.var(axis=axes, keepdims=True)
        kept: dict[str, Any] = {} if stored is None else {"stored_var": lambda rows, var: stored(spread)}
        _spatial(**kept)(x, gamma, beta, bn_param)  # stores the running statistics
        xhat = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(spread + bn_param.get("eps", 1e-5))
        return gamma[:, None, None] * xhat + beta[:, None, None], ANY

    return instead


def _two_step(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    """Average the variances of the pictures."""
    per_picture = np.asarray(x, np.float64).var(axis=(2, 3)).mean(axis=0)
    return _spatial(var=lambda rows: per_picture)(x, gamma, beta, bn_param)


def _along_width(x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    """Let γ and β meet the last axis of the picture."""
    xhat, cache = _spatial(affine=lambda xhat, gamma, beta: xhat)(x, gamma, beta, bn_param)
    return gamma * xhat + beta, cache


_MOVE = (
    "In memory, which number follows x[0, 0, 0, 0]? It is x[0, 0, 0, 1], a number of the same channel. Do rows "
    "of C numbers hold one pixel?"
)
_BACK = "After normalising, bring the axes back by the same steps in the opposite order."
_CHANNEL = "Over which axes is a channel's mean taken? How many numbers go into it?"

SPATIAL_FORWARD = (
    Mistake(
        "gamma_no_reshape",
        "γ and β of shape (C,) met an array of shape (N, C, H, W). NumPy lines shapes up from the right, so they were "
        "laid along the width, not along the channels.",
        "Which shape must γ have to be one number for each channel?",
        instead=_along_width,
    ),
    Mistake(
        "reshape_only",
        "The picture was reshaped to rows of C numbers without moving the channels last. Such a row mixes pixels "
        "of one channel; "
        "it should hold one pixel of every channel.",
        _MOVE,
        instead=_spatial(_plain, lambda rows, shape: rows.reshape(shape)),
    ),
    Mistake(
        "reshape_back",
        "On the way back the rows were reshaped to (N, C, H, W) at once. They are (N, H, W, C): reshape to that, "
        "then move the "
        "channels.",
        _BACK,
        instead=_spatial(back=lambda rows, shape: rows.reshape(shape)),
    ),
    Mistake(
        "T_back_wrong",
        "On the way back height and width changed places.",
        _BACK,
        instead=_spatial(back=lambda rows, shape: _picture(rows, shape).swapaxes(2, 3)),
    ),
    Mistake(
        "T_back_wrong",
        "On the way back height and width changed places.",
        _BACK,
        instead=_spatial(back=lambda rows, shape: _picture(rows, shape).swapaxes(2, 3).reshape(shape)),
    ),
    Mistake(
        "per_image",
        "Every picture was normalised on its own. The statistics of a channel go over all pictures of the batch.",
        _CHANNEL,
        instead=_over((2, 3)),
    ),
    Mistake(
        "per_image",
        "Every picture was normalised on its own. The statistics of a channel go over all pictures of the batch.",
        _CHANNEL,
        instead=_over((2, 3), lambda spread: spread.mean(axis=(0, 2, 3))),
    ),
    Mistake(
        "per_pixel",
        "Every pixel was normalised on its own, over the examples. The statistics of a channel go over all its "
        "pixels, too.",
        _CHANNEL,
        instead=_over((0,)),
    ),
    Mistake(
        "layer_stats",
        "Each example was normalised over all its channels. The statistics belong to one channel each.",
        _CHANNEL,
        instead=_over((1, 2, 3)),
    ),
    Mistake(
        "two_step_var",
        "The variance is the mean of the pictures' variances. That leaves out how much the pictures' means "
        "differ. Take the variance "
        "of everything at once.",
        _CHANNEL,
        instead=_two_step,
    ),
    Mistake(
        "no_affine",
        "The numbers are normalised, but γ and β were not used.",
        _AFFINE,
        instead=_spatial(affine=lambda xhat, gamma, beta: xhat),
    ),
    Mistake(
        "momentum_flipped",
        "The momentum is the wrong way round: here it is the share of the old value that stays.",
        _RUNNING,
        instead=_spatial(blend=lambda old, new, m: (1 - m) * old + m * new),
    ),
    Mistake(
        "not_stored",
        "The running statistics were not written into `bn_param`.",
        _STORED,
        instead=_spatial(stores=()),
    ),
    Mistake(
        "test_batch",
        "In mode `test` the batch was normalised with its own statistics. Use the running ones.",
        _TEST,
        instead=_spatial(test_uses_batch=True),
    ),
    Mistake(
        "mode_ignored",
        "Both modes did what `train` should do.",
        "Where do you look at `bn_param['mode']`?",
        instead=_spatial(test_uses_batch=True, stores_in_test=True),
    ),
    Mistake(
        "no_eps",
        "ε is missing under the root.",
        _EPS,
        instead=_spatial(root=lambda var, eps: np.sqrt(var)),
    ),
    Mistake(
        "no_sqrt",
        "It was divided by the variance. The standard deviation is its root.",
        _ROOT,
        instead=_spatial(root=lambda var, eps: var + eps),
    ),
    Mistake(
        "ddof1",
        "The variance was divided by the count minus 1. Batch normalisation divides by the count.",
        _CHANNEL,
        instead=_spatial(var=lambda rows: rows.var(axis=0, ddof=1)),
    ),
)


def _spatial_back(
    to_rows: Callable[[Array], Array] = _rows,
    back: Callable[[Array, tuple[int, ...]], Array] = _picture,
    x_rows: Callable[[Array], Array] = _rows,
) -> Callable[..., Any]:
    def instead(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
        dx, dgamma, dbeta = _gradients(to_rows(dout), x_rows(x), gamma, beta, bn_param)
        return back(dx, x.shape), dgamma, dbeta

    return instead


def _per_image(dout: Array, x: Array, gamma: Array, beta: Array, bn_param: Settings) -> Any:
    """Go backward as if each picture had statistics of its own."""
    whole = _spatial_back()(dout, x, gamma, beta, bn_param)
    parts = [_spatial_back()(d[None], p[None], gamma, beta, bn_param)[0] for d, p in zip(dout, x, strict=True)]
    return np.concatenate(parts), *whole[1:]


SPATIAL_BACKWARD = (
    Mistake(
        "reshape_only",
        "`dout` was reshaped to rows of C numbers without moving the channels last.",
        _MOVE,
        instead=_spatial_back(_plain, lambda rows, shape: rows.reshape(shape)),
    ),
    Mistake(
        "reshape_only",
        "`dout` was reshaped to rows of C numbers without moving the channels last.",
        _MOVE,
        instead=_spatial_back(_plain),
    ),
    Mistake(
        "both_wrong",
        "Forward and backward both reshape without moving the channels last. Such a pair passes its own gradient "
        "check, and is wrong "
        "all the same.",
        _MOVE,
        instead=_spatial_back(_plain, lambda rows, shape: rows.reshape(shape), _plain),
    ),
    Mistake(
        "reshape_back",
        "On the way back the rows were reshaped to (N, C, H, W) at once. They are (N, H, W, C).",
        _BACK,
        instead=_spatial_back(back=lambda rows, shape: rows.reshape(shape)),
    ),
    Mistake(
        "T_back_wrong",
        "In `dx` height and width changed places.",
        _BACK,
        instead=_spatial_back(back=lambda rows, shape: _picture(rows, shape).swapaxes(2, 3)),
    ),
    Mistake(
        "per_image",
        "`dx` was computed as if each picture had statistics of its own.",
        _CHANNEL,
        instead=_per_image,
    ),
    Mistake(
        "dg_over_N",
        "`dgamma` was divided by the number of pictures. γ takes part everywhere, so the sum is right.",
        _SCALE,
        after=_changed(1, lambda dgamma, dout, *rest: dgamma / len(dout)),
    ),
    Mistake(
        "dg_mean",
        "`dgamma` is a mean over all pixels; the sum is right.",
        _SCALE,
        after=_changed(1, lambda dgamma, dout, *rest: dgamma / dout[:, 0].size),
    ),
    Mistake(
        "db_mean",
        "`dbeta` was divided by the number of pictures; the sum is right.",
        "β is added at every pixel. What is the sum of their gradients?",
        after=_changed(2, lambda dbeta, dout, *rest: dbeta / len(dout)),
    ),
    Mistake(
        "dg_keep",
        "`dgamma` has more axes than γ, which has (C,).",
        "Print the shapes of γ and of its gradient.",
        after=_changed(1, lambda dgamma, *rest: dgamma[None, :, None, None]),
    ),
    Mistake(
        "const_stats",
        "Mean and variance were treated as constants. They depend on every pixel of the channel.",
        _GRAPH,
        instead=lambda dout, x, gamma, beta, bn: (
            dout * (gamma / _pieces(_rows(x), bn)[1])[:, None, None],
            *_spatial_back()(dout, x, gamma, beta, bn)[1:],
        ),
    ),
    Mistake(
        "dg_db_swapped",
        "`dgamma` and `dbeta` came back in the wrong order.",
        "The docstring says: dx, dgamma, dbeta.",
        after=lambda result, *arguments: (result[0], result[2], result[1]),
    ),
)
