"""Notebook 06: cells as learners type them, each with one line changed."""

import numpy as np

from tests.check.learner import written

FORWARD = """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D))
    running_var = bn_param.get("running_var", np.zeros(D))
    out, cache = None, None
    if mode == "train":
        mu = np.mean(x, axis=0)
        xmu = x - mu
        var = np.mean(xmu ** 2, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1. / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
        bn_param["running_mean"] = running_mean
        bn_param["running_var"] = running_var
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    elif mode == "test":
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * xhat + beta
    return out, cache
"""

LOOPS = """
def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    old_mean = bn_param.get("running_mean", np.zeros(D))
    old_var = bn_param.get("running_var", np.zeros(D))
    new_mean, new_var = np.zeros(D), np.zeros(D)
    out = np.zeros((N, D))
    cache = []
    for d in range(D):
        column = x[:, d]
        if bn_param["mode"] == "train":
            mean = sum(column) / N
            var = sum((v - mean) ** 2 for v in column) / N
            new_mean[d] = m * old_mean[d] + (1 - m) * mean
            new_var[d] = m * old_var[d] + (1 - m) * var
        else:
            mean, var = old_mean[d], old_var[d]
        std = (var + eps) ** 0.5
        for n in range(N):
            out[n, d] = gamma[d] * (x[n, d] - mean) / std + beta[d]
        cache.append((column, mean, std, gamma[d]))
    if bn_param["mode"] == "train":
        bn_param["running_mean"] = new_mean
        bn_param["running_var"] = new_var
    return out, cache
"""

GRAPH = """
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""

SHORT = """
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * sqrtvar)
    return dx, dgamma, dbeta
"""

LOOPS_BACK = """
def batchnorm_backward(dout, cache):
    N, D = dout.shape
    dx = np.zeros((N, D))
    dgamma, dbeta = np.zeros(D), np.zeros(D)
    for d in range(D):
        x, mean, std, g = cache[d]
        xhat = (x - mean) / std
        sum_d, sum_dx = 0.0, 0.0
        for n in range(N):
            dbeta[d] += dout[n, d]
            dgamma[d] += dout[n, d] * xhat[n]
            sum_d += dout[n, d] * g
            sum_dx += dout[n, d] * g * xhat[n]
        for n in range(N):
            dx[n, d] = (dout[n, d] * g - sum_d / N - xhat[n] * sum_dx / N) / std
    return dx, dgamma, dbeta
"""

SPATIAL = """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    x_flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out_flat, cache = batchnorm_forward(x_flat, gamma, beta, bn_param)
    out = out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, cache
"""

AXES = """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    g, b = gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    if bn_param["mode"] == "train":
        mu = x.mean(axis=(0, 2, 3))
        var = x.var(axis=(0, 2, 3))
        bn_param["running_mean"] = m * running_mean + (1 - m) * mu
        bn_param["running_var"] = m * running_var + (1 - m) * var
    else:
        mu, var = running_mean, running_var
    std = np.sqrt(var + eps).reshape(1, C, 1, 1)
    xhat = (x - mu.reshape(1, C, 1, 1)) / std
    out = g * xhat + b
    return out, (xhat, g, std)
"""

SPATIAL_BACK = """
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dout_flat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx_flat, dgamma, dbeta = batchnorm_backward(dout_flat, cache)
    dx = dx_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta
"""

AXES_BACK = """
def spatial_batchnorm_backward(dout, cache):
    xhat, g, std = cache
    N, C, H, W = dout.shape
    M = N * H * W
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xhat).sum(axis=(0, 2, 3))
    dxhat = dout * g
    sum1 = dxhat.sum(axis=(0, 2, 3), keepdims=True)
    sum2 = (dxhat * xhat).sum(axis=(0, 2, 3), keepdims=True)
    dx = (dxhat - sum1 / M - xhat * sum2 / M) / std
    return dx, dgamma, dbeta
"""

ALONE = """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + bn_param["eps"])
    return gamma[None, :, None, None] * (x - mu) / std + beta[None, :, None, None], (x, gamma, bn_param["eps"])
"""

ALONE_BACK = """
def spatial_batchnorm_backward(dout, cache):
    x, gamma, eps = cache
    N, C, H, W = x.shape
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    std = np.sqrt(rows.var(axis=0) + eps)
    xhat = (rows - rows.mean(axis=0)) / std
    dx = gamma * (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), (d * xhat).sum(axis=0), d.sum(axis=0)
"""

MEANS = """
def mend_reshape_only(x):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    return rows.mean(axis=0)
"""


def _forward(*changes):
    return written(FORWARD, *changes)


def _loops(*changes):
    return written(LOOPS, *changes)


def _graph(*changes):
    return written(GRAPH, *changes, before=FORWARD)


def _short(*changes):
    return written(SHORT, *changes, before=FORWARD)


def _loops_back(*changes):
    return written(LOOPS_BACK, *changes, before=LOOPS)


def _spatial(*changes):
    return written(SPATIAL, *changes, before=FORWARD)


def _axes(*changes):
    return written(AXES, *changes)


def _spatial_back(*changes):
    return written(SPATIAL_BACK, *changes, before=FORWARD + GRAPH + SPATIAL)


def _axes_back(*changes):
    return written(AXES_BACK, *changes, before=AXES)


def _spatial_alone(*changes):
    return written(ALONE_BACK, *changes, before=ALONE)


def _mend(*changes):
    return written(MEANS, *changes)


TRAIN_OUT, TEST_XHAT = (
    "        out = gamma * xhat + beta\n        running_mean",
    "(x - running_mean) / np.sqrt(running_var + eps)",
)
STORE_MEAN = '        bn_param["running_mean"] = running_mean\n'
STORE_VAR = '        bn_param["running_var"] = running_var\n'
LOOP_OUT = "gamma[d] * (x[n, d] - mean) / std + beta[d]"
SHORT_DX = "(N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * sqrtvar)"

SLIPS = (
    # forward
    (
        "batchnorm_forward",
        "no_eps",
        _forward(("np.sqrt(var + eps)", "np.sqrt(var)"), ("running_var + eps", "running_var")),
    ),
    ("batchnorm_forward", "no_eps", _forward(("np.sqrt(var + eps)", "np.sqrt(var)"))),
    ("batchnorm_forward", "no_eps", _loops(("(var + eps) ** 0.5", "var ** 0.5"))),
    ("batchnorm_forward", "no_sqrt", _loops(("(var + eps) ** 0.5", "(var + eps)"))),
    ("batchnorm_forward", "no_sqrt", _forward(("np.sqrt(var + eps)", "(var + eps)"))),
    ("batchnorm_forward", "std_plus", _loops(("(var + eps) ** 0.5", "(var ** 0.5 + eps) ** 0.5"))),
    (
        "batchnorm_forward",
        "std_plus",
        _forward(
            (
                "np.mean(xmu ** 2, axis=0)\n        sqrtvar = np.sqrt(var + eps)",
                "np.var(x, axis=0)\n        sqrtvar = np.sqrt(np.std(x, axis=0) + eps)",
            )
        ),
    ),
    ("batchnorm_forward", "eps_out", _loops(("(var + eps) ** 0.5", "var ** 0.5 + eps"))),
    ("batchnorm_forward", "eps_out", _forward(("np.sqrt(var + eps)", "np.std(x, axis=0) + eps"))),
    ("batchnorm_forward", "no_affine", _loops((LOOP_OUT, "(x[n, d] - mean) / std"))),
    ("batchnorm_forward", "no_affine", _forward((TRAIN_OUT, "        out = xhat\n        running_mean"))),
    ("batchnorm_forward", "gamma_only", _loops((" + beta[d]", ""))),
    ("batchnorm_forward", "gamma_only", _forward(("gamma * xhat + beta", "gamma * xhat"))),
    (
        "batchnorm_forward",
        "momentum_flipped",
        _forward(
            ("momentum * running_mean + (1 - momentum) * mu", "(1 - momentum) * running_mean + momentum * mu"),
            ("momentum * running_var + (1 - momentum) * var", "(1 - momentum) * running_var + momentum * var"),
        ),
    ),
    (
        "batchnorm_forward",
        "momentum_flipped",
        _loops(
            ("m * old_mean[d] + (1 - m) * mean", "old_mean[d] + m * (mean - old_mean[d])"),
            ("m * old_var[d] + (1 - m) * var", "old_var[d] + m * (var - old_var[d])"),
        ),
    ),
    ("batchnorm_forward", "not_stored", _forward((STORE_MEAN, ""), (STORE_VAR, ""))),
    (
        "batchnorm_forward",
        "not_stored",
        _loops(
            ('bn_param["running_mean"] = new_mean', "running_mean = new_mean"),
            ('bn_param["running_var"] = new_var', "running_var = new_var"),
        ),
    ),
    ("batchnorm_forward", "running_mean_only", _forward((STORE_VAR, ""))),
    ("batchnorm_forward", "running_mean_only", _loops(('        bn_param["running_var"] = new_var\n', ""))),
    (
        "batchnorm_forward",
        "running_keepdims",
        _forward(
            ("np.mean(x, axis=0)", "np.mean(x, axis=0, keepdims=True)"),
            ("np.mean(xmu ** 2, axis=0)", "np.mean(xmu ** 2, axis=0, keepdims=True)"),
        ),
    ),
    ("batchnorm_forward", "running_std", _loops(("(1 - m) * var", "(1 - m) * var ** 0.5"))),
    ("batchnorm_forward", "running_std", _forward(("(1 - momentum) * var", "(1 - momentum) * sqrtvar"))),
    (
        "batchnorm_forward",
        "running_ddof1",
        _forward(("(1 - momentum) * var", "(1 - momentum) * x.var(axis=0, ddof=1)")),
    ),
    ("batchnorm_forward", "running_ddof1", _loops(("(1 - m) * var", "(1 - m) * var * N / (N - 1)"))),
    ("batchnorm_forward", "use_running_in_train", _forward(("xhat = xmu * ivar", "xhat = " + TEST_XHAT))),
    (
        "batchnorm_forward",
        "test_batch",
        _loops(("mean, var = old_mean[d], old_var[d]", "mean, var = column.mean(), column.var()")),
    ),
    ("batchnorm_forward", "test_batch", _forward((TEST_XHAT, "(x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"))),
    ("batchnorm_forward", "test_no_eps", _forward(("running_var + eps", "running_var"))),
    ("batchnorm_forward", "test_no_sqrt", _forward(("np.sqrt(running_var + eps)", "(running_var + eps)"))),
    ("batchnorm_forward", "test_eps_out", _forward(("np.sqrt(running_var + eps)", "(np.sqrt(running_var) + eps)"))),
    ("batchnorm_forward", "beta_before_scale", _loops((LOOP_OUT, "gamma[d] * (x[n, d] - mean + beta[d]) / std"))),
    ("batchnorm_forward", "beta_before_scale", _forward(("gamma * xhat + beta", "gamma * (xhat + beta)"))),
    (
        "batchnorm_forward",
        "test_no_affine",
        _forward((f"xhat = {TEST_XHAT}\n        out = gamma * xhat + beta", f"out = {TEST_XHAT}")),
    ),
    ("batchnorm_forward", "in_place", _forward(("xmu = x - mu", "x -= mu\n        xmu = x"))),
    (
        "batchnorm_forward",
        "in_place",
        _loops(
            ("        for n in range(N):\n", "        column -= mean\n        for n in range(N):\n"),
            ("(x[n, d] - mean)", "x[n, d]"),
        ),
    ),
    (
        "batchnorm_forward",
        "axis1",
        _forward(
            ("np.mean(x, axis=0)", "np.mean(x, axis=1).reshape(N, 1)"),
            ("np.mean(xmu ** 2, axis=0)", "np.mean(xmu ** 2, axis=1).reshape(N, 1)"),
        ),
    ),
    (
        "batchnorm_forward",
        "axis1",
        _forward(
            ("np.mean(x, axis=0)", "np.mean(x, axis=1)"), ("np.mean(xmu ** 2, axis=0)", "np.mean(xmu ** 2, axis=1)")
        ),
    ),
    (
        "batchnorm_forward",
        "scalar_stats",
        _forward(("np.mean(x, axis=0)", "np.mean(x)"), ("np.mean(xmu ** 2, axis=0)", "np.mean(xmu ** 2)")),
    ),
    ("batchnorm_forward", "ddof1", _forward(("np.mean(xmu ** 2, axis=0)", "np.sum(xmu ** 2, axis=0) / (N - 1)"))),
    ("batchnorm_forward", "no_centre", _loops(("(x[n, d] - mean)", "x[n, d]"))),
    ("batchnorm_forward", "no_centre", _forward(("xhat = xmu * ivar", "xhat = x * ivar"))),
    ("batchnorm_forward", "mode_ignored", _forward(('if mode == "train"', "if True"))),
    ("batchnorm_forward", "modes_swapped", _loops(('== "train"', '!= "train"'))),
    (
        "batchnorm_forward",
        "test_stores",
        _forward(
            (
                '    elif mode == "test":\n',
                '    elif mode == "test":\n'
                '        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * x.mean(axis=0)\n'
                '        bn_param["running_var"] = momentum * running_var + (1 - momentum) * x.var(axis=0)\n',
            ),
        ),
    ),
    # backward
    ("batchnorm_backward", "const_stats", _graph(("dx = dx1 + dx2", "dx = dxmu1"))),
    (
        "batchnorm_backward",
        "const_stats",
        _loops_back(("(dout[n, d] * g - sum_d / N - xhat[n] * sum_dx / N) / std", "dout[n, d] * g / std")),
    ),
    ("batchnorm_backward", "no_mean_path", _graph(("dx = dx1 + dx2", "dx = dx1"))),
    ("batchnorm_backward", "no_mean_path", _short((" - dxhat.sum(axis=0)", ""))),
    ("batchnorm_backward", "no_var_path", _graph(("dxmu2 = 2 * xmu * dsq", "dxmu2 = 0"))),
    ("batchnorm_backward", "no_var_path", _loops_back((" - xhat[n] * sum_dx / N", ""))),
    ("batchnorm_backward", "no_N", _graph(("1. / N * np.ones", "np.ones"))),
    ("batchnorm_backward", "no_N", _loops_back(("sum_d / N", "sum_d"), ("sum_dx / N", "sum_dx"))),
    ("batchnorm_backward", "N_minus_1", _graph(("dsq = 1. / N", "dsq = 1. / (N - 1)"))),
    (
        "batchnorm_backward",
        "N_minus_1",
        _short(
            (SHORT_DX, "(dxhat - dxhat.sum(axis=0) / (N - 1) - xhat * (dxhat * xhat).sum(axis=0) / (N - 1)) / sqrtvar")
        ),
    ),
    (
        "batchnorm_backward",
        "no_eps",
        _short(
            ("N = dout", "sqrtvar = np.sqrt(var)\n    xhat = xmu / sqrtvar\n    N = dout"),
            ("dgamma = (dout * xhat)", "dgamma = (dout * xmu * ivar)"),
        ),
    ),
    ("batchnorm_backward", "no_eps", _short(("N = dout", "sqrtvar = np.sqrt(var)\n    N = dout"))),
    (
        "batchnorm_backward",
        "x_for_xhat",
        written(
            SHORT.replace("- xhat * (dxhat * xhat)", "- x * (dxhat * x)").replace(
                "var, eps = cache", "var, eps, x = cache"
            ),
            before=FORWARD.replace("var, eps)\n", "var, eps, x)\n"),
        ),
    ),
    (
        "batchnorm_backward",
        "axis1",
        _short(
            (
                SHORT_DX,
                "(dxhat - dxhat.mean(1, keepdims=True) - xhat * (dxhat * xhat).mean(1, keepdims=True)) / sqrtvar",
            )
        ),
    ),
    ("batchnorm_backward", "no_gamma", _graph(("dxhat = dout * gamma", "dxhat = dout"))),
    ("batchnorm_backward", "no_gamma", _loops_back(("dout[n, d] * g", "dout[n, d]"))),
    ("batchnorm_backward", "diag_jac", _short((SHORT_DX, "dxhat * (N - 1 - xhat ** 2) / (N * sqrtvar)"))),
    (
        "batchnorm_backward",
        "dg_x",
        written(
            SHORT.replace("(dout * xhat).sum", "(dout * x).sum").replace("var, eps = cache", "var, eps, x = cache"),
            before=FORWARD.replace("var, eps)\n", "var, eps, x)\n"),
        ),
    ),
    (
        "batchnorm_backward",
        "dg_x",
        _loops_back(("dgamma[d] += dout[n, d] * xhat[n]", "dgamma[d] += dout[n, d] * x[n]")),
    ),
    ("batchnorm_backward", "dg_noaxis", _graph(("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat)"))),
    ("batchnorm_backward", "db_noaxis", _graph(("np.sum(dout, axis=0)", "np.sum(dout)"))),
    ("batchnorm_backward", "db_keep", _graph(("np.sum(dout, axis=0)", "np.sum(dout, axis=0, keepdims=True)"))),
    ("batchnorm_backward", "dg_db_swapped", _short(("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"))),
    ("batchnorm_backward", "dg_mean", _short(("(dout * xhat).sum(axis=0)\n", "(dout * xhat).mean(axis=0)\n"))),
    ("batchnorm_backward", "db_mean", _short(("dout.sum(axis=0)\n", "dout.mean(axis=0)\n"))),
    ("batchnorm_backward", "in_place", _short(("dxhat = dout * gamma", "dout *= gamma\n    dxhat = dout"))),
    # pictures
    (
        "spatial_batchnorm_forward",
        "reshape_only",
        _spatial(
            ("x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)"),
            ("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.reshape(N, C, H, W)"),
        ),
    ),
    (
        "spatial_batchnorm_forward",
        "reshape_only",
        _spatial(
            ("x.transpose(0, 2, 3, 1).reshape(-1, C)", "np.reshape(x, (N * H * W, C))"),
            ("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "np.reshape(out_flat, x.shape)"),
        ),
    ),
    (
        "spatial_batchnorm_forward",
        "reshape_back",
        _spatial(("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.reshape(N, C, H, W)")),
    ),
    (
        "spatial_batchnorm_forward",
        "reshape_back",
        _spatial(("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.reshape(x.shape)")),
    ),
    ("spatial_batchnorm_forward", "T_back_wrong", _spatial(("transpose(0, 3, 1, 2)", "transpose(0, 3, 2, 1)"))),
    (
        "spatial_batchnorm_forward",
        "T_back_wrong",
        _spatial(("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.reshape(N, H, W, C).swapaxes(1, 3)")),
    ),
    (
        "spatial_batchnorm_forward",
        "per_image",
        _axes(
            ("x.mean(axis=(0, 2, 3))", "x.mean(axis=(2, 3))"),
            ("x.var(axis=(0, 2, 3))", "x.var(axis=(2, 3))"),
            ("(1 - m) * mu", "(1 - m) * mu.mean(axis=0)"),
            ("(1 - m) * var", "(1 - m) * var.mean(axis=0)"),
            ("mu, var = running_mean", "mu, var = running_mean + np.zeros((N, 1))"),
            (".reshape(1, C, 1, 1)\n    xhat", ".reshape(-1, C, 1, 1)\n    xhat"),
            ("mu.reshape(1,", "mu.reshape(-1,"),
        ),
    ),
    ("spatial_batchnorm_forward", "two_step_var", _axes(("x.var(axis=(0, 2, 3))", "x.var(axis=(2, 3)).mean(axis=0)"))),
    (
        "spatial_batchnorm_forward",
        "gamma_no_reshape",
        _axes(("gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)", "gamma, beta")),
    ),
    (
        "spatial_batchnorm_forward",
        "test_batch",
        _axes(("mu, var = running_mean, running_var", "mu, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))")),
    ),
    (
        "spatial_batchnorm_forward",
        "not_stored",
        _spatial(("beta, bn_param)\n    out =", "beta, dict(bn_param))\n    out =")),
    ),
    (
        "spatial_batchnorm_forward",
        "momentum_flipped",
        _axes(
            ("m * running_mean + (1 - m) * mu", "(1 - m) * running_mean + m * mu"),
            ("m * running_var + (1 - m) * var", "(1 - m) * running_var + m * var"),
        ),
    ),
    ("spatial_batchnorm_forward", "no_eps", _axes(("var + eps", "var"))),
    # pictures, backward
    (
        "spatial_batchnorm_backward",
        "reshape_only",
        _spatial_back(
            ("dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dout.reshape(-1, C)"),
            ("dx_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx_flat.reshape(N, C, H, W)"),
        ),
    ),
    (
        "spatial_batchnorm_backward",
        "reshape_only",
        _spatial_back(("dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dout.reshape(-1, C)")),
    ),
    (
        "spatial_batchnorm_backward",
        "reshape_back",
        _spatial_back(("dx_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx_flat.reshape(dout.shape)")),
    ),
    ("spatial_batchnorm_backward", "T_back_wrong", _spatial_back(("transpose(0, 3, 1, 2)", "transpose(0, 3, 2, 1)"))),
    ("spatial_batchnorm_backward", "dg_over_N", _spatial_back(("return dx, dgamma", "return dx, dgamma / N"))),
    (
        "spatial_batchnorm_backward",
        "dg_over_N",
        _axes_back(("(dout * xhat).sum(axis=(0, 2, 3))\n", "(dout * xhat).sum(axis=(2, 3)).mean(axis=0)\n")),
    ),
    (
        "spatial_batchnorm_backward",
        "both_wrong",
        _spatial_alone(
            ("dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dout.reshape(-1, C)"),
            ("x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)"),
            ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(N, C, H, W)"),
        ),
    ),
    ("spatial_batchnorm_backward", "const_stats", _axes_back((" - sum1 / M - xhat * sum2 / M", ""))),
    # spot the bug
    ("mend_reshape_only", "not_mended", _mend((".transpose(0, 2, 3, 1)", ""))),
    ("mend_reshape_only", "per_image", _mend(("rows.mean(axis=0)", "x.mean(axis=(2, 3))"))),
    ("find_reshape_only", "still_hidden", lambda: np.ones((2, 3, 4, 4))),
    ("find_reshape_only", "still_hidden", lambda: np.random.default_rng(0).standard_normal((5, 3, 1, 1))),
    ("find_reshape_only", "still_hidden", lambda: np.arange(8.0).reshape(2, 1, 2, 2)),
)

WILD = {
    "batchnorm_forward": tuple(
        _forward(*changes)
        for changes in (
            (("np.mean(x, axis=0)", "np.median(x, axis=0)"),),
            (("np.sqrt(var + eps)", "np.mean(np.abs(xmu), axis=0) + eps"),),
            (("xmu * ivar", "(x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + eps)"),),
            (("np.mean(x, axis=0)", "np.mean(x[:-1], axis=0) if N > 1 else x[0]"),),
            (("momentum * running_var + (1 - momentum) * var", "(1 - momentum) * running_var + momentum * var"),),
            (('bn_param.get("running_var", np.zeros(D))', 'bn_param.get("running_var", np.ones(D))'),),
            (("np.sqrt(running_var + eps)", "np.sqrt(x.var(axis=0) + eps)"),),
            (("np.sqrt(var + eps)", "np.sqrt(var + eps ** 2)"),),
            (("gamma * xhat + beta", "gamma * xhat - beta"),),
            (("xmu * ivar", "(x - running_mean) * ivar"),),
            (
                (
                    TRAIN_OUT,
                    "        out = np.zeros_like(x)\n        out[:] = gamma * xhat + beta\n        running_mean",
                ),
            ),
            ((TRAIN_OUT, "        out = np.clip(gamma * xhat + beta, -3, 3)\n        running_mean"),),
            ((TRAIN_OUT, "        out = np.round(gamma * xhat + beta, 3)\n        running_mean"),),
            ((TRAIN_OUT, "        out = np.maximum(gamma * xhat + beta, 0)\n        running_mean"),),
            (("(1 - momentum) * mu", "(1 - momentum) * xhat.mean(axis=0)"),),
            (("(1 - momentum) * mu", "(1 - momentum) * out.mean(axis=0)"),),
            (('if mode == "train"', "if N > 1"), ('elif mode == "test"', "else")),
            (("momentum = bn_param", "momentum = 1 - bn_param"),),
            (
                ("xmu = x - mu", "xmu = x - mu\n        gamma *= 1.0"),
                (
                    "out = gamma * xhat + beta\n        running_mean",
                    "gamma *= 2\n        out = gamma / 2 * xhat + beta\n        running_mean",
                ),
            ),
            ((TEST_XHAT, "(x - x.mean(axis=0)) / np.sqrt(running_var + eps)"),),
            ((STORE_MEAN, '        bn_param.setdefault("running_mean", running_mean)\n'),),
            (("np.mean(xmu ** 2, axis=0)", "np.mean(np.abs(xmu), axis=0) ** 2"),),
            (("return out, cache", "return out.T, cache"),),
            (("return out, cache", "return cache, out"),),
            (("return out, cache", "return out"),),
            (("return out, cache", "print(out)"),),
            (("cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)", "pass"),),
            (('bn_param.get("eps", 1e-5)', 'bn_param["epsilon"]'),),
        )
    )
    + tuple(
        _loops(*changes)
        for changes in (
            (("for d in range(D)", "for d in range(D - 1)"),),
            (("for n in range(N)", "for n in range(1, N)"),),
            (("for d in range(D)", "for d in range(N)"),),
            (("sum(column) / N", "sum(column) / D"),),
            (("/ std + beta[d]", "/ std + beta[0]"),),
            (
                ("            mean = sum", "            mean = 0; mean += sum"),
                ("        cache.append", "        old_mean[d] = new_mean[d]\n        cache.append"),
            ),
            (("np.zeros((N, D))", "np.zeros((D, N))"),),
            (("/ N\n            new_mean", "\n            new_mean"),),
        )
    ),
    "batchnorm_backward": tuple(
        _graph(*changes)
        for changes in (
            (("2 * xmu * dsq", "xmu * dsq"),),
            (("2 * xmu * dsq", "2 * xhat * dsq"),),
            (("-1. / (sqrtvar ** 2)", "1. / (sqrtvar ** 2)"),),
            (("-1. / (sqrtvar ** 2)", "-1. / sqrtvar"),),
            (("0.5 * 1. / np.sqrt(var + eps)", "1. / np.sqrt(var + eps)"),),
            (("0.5 * 1. / np.sqrt(var + eps)", "0.5 * np.sqrt(var + eps)"),),
            (("dmu = -1 * ", "dmu = "),),
            (("-1 * np.sum(dxmu1 + dxmu2, axis=0)", "-1 * np.sum(dxhat, axis=0)"),),
            (
                ("np.sum(dout * xhat, axis=0)", "np.sum(dxhat * xhat, axis=0)"),
                (
                    "    dgamma = np.sum(dxhat * xhat, axis=0)\n    dxhat = dout * gamma\n",
                    "    dxhat = dout * gamma\n    dgamma = np.sum(dxhat * xhat, axis=0)\n",
                ),
            ),
            (("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout * gamma, axis=0)"),),
            (("np.sum(dout * xhat, axis=0)", "np.sum(dout, axis=0) * np.sum(xhat, axis=0)"),),
            (("dxhat = dout * gamma", "dxhat = dout * gamma ** 2"),),
            (("dxhat = dout * gamma", "dxhat = dout / gamma"),),
            (("dx = dx1 + dx2", "dx = dx1 * dx2"),),
            (("dx = dx1 + dx2", "dx = dx2"),),
            (("return dx, dgamma, dbeta", "return dgamma, dbeta, dx"),),
            (("return dx, dgamma, dbeta", "return dx"),),
            (("return dx, dgamma, dbeta", "return {'dx': dx, 'dgamma': dgamma, 'dbeta': dbeta}"),),
            (("divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat * xmu)"),),
            (("divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat, axis=0) * np.sum(xmu, axis=0)"),),
            (("N, D = dout.shape", "D, N = dout.shape"),),
            (("xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache", "xhat, gamma, xmu, ivar, sqrtvar = cache"),),
        )
    )
    + tuple(
        _short(*changes)
        for changes in (
            ((SHORT_DX, "(dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / sqrtvar"),),
            ((SHORT_DX, "(dxhat - dxhat.mean(axis=0) - xmu * (dxhat * xmu).mean(axis=0)) / sqrtvar"),),
            ((SHORT_DX, "dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0) / sqrtvar"),),
            ((SHORT_DX, "(dxhat - dout.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / sqrtvar"),),
            ((SHORT_DX, "(dxhat - dxhat.mean(axis=0) + xhat * (dxhat * xhat).mean(axis=0)) / sqrtvar"),),
            ((SHORT_DX, "(dxhat - np.median(dxhat, axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / sqrtvar"),),
            ((SHORT_DX, "(dxhat - dxhat.mean() - xhat * (dxhat * xhat).mean()) / sqrtvar"),),
            ((SHORT_DX, "np.zeros_like(dxhat)"),),
            (("return dx", "dx[np.abs(dx) < 1e-2] = 0\n    return dx"),),
        )
    )
    + (
        _loops_back(("for n in range(N):\n            dx", "for n in range(N - 1):\n            dx")),
        _loops_back(
            ("    for d in range(D):\n", "    sum_d, sum_dx = 0.0, 0.0\n    for d in range(D):\n"),
            ("        sum_d, sum_dx = 0.0, 0.0\n        for", "        for"),
        ),
    ),
    "spatial_batchnorm_forward": tuple(
        _spatial(*changes)
        for changes in (
            (("transpose(0, 2, 3, 1).reshape(-1, C)", "transpose(1, 0, 2, 3).reshape(-1, C)"),),
            (("transpose(0, 2, 3, 1).reshape(-1, C)", "transpose(1, 0, 2, 3).reshape(C, -1)"),),
            (("transpose(0, 2, 3, 1)", "transpose(0, 3, 2, 1)"),),
            (
                ("x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(C, -1).T"),
                ("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.T.reshape(N, C, H, W)"),
            ),
            (
                ("x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(N, -1)"),
                ("out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out_flat.reshape(x.shape)"),
            ),
            (("return out, cache", "return out_flat, cache"),),
            (("return out, cache", "return out.transpose(0, 2, 3, 1), cache"),),
            (("reshape(N, H, W, C)", "reshape(N, W, H, C)"),),
            (("return out, cache", "return out"),),
            (("gamma, beta, bn_param)\n    out =", "beta, gamma, bn_param)\n    out ="),),
            (("(x_flat, gamma, beta, bn_param)", "(x_flat, gamma, beta)"),),
            (("(x_flat, gamma, beta, bn_param)", "(x, gamma, beta, bn_param)"),),
            (("gamma, beta, bn_param)\n    out =", "gamma, beta, {'mode': bn_param['mode']})\n    out ="),),
            (("gamma, beta, bn_param)\n    out =", "gamma, beta, {**bn_param, 'mode': 'train'})\n    out ="),),
        )
    )
    + tuple(
        _axes(*changes)
        for changes in (
            (("x.mean(axis=(0, 2, 3))", "x.mean(axis=(0, 2, 3)) + 1e-3"),),
            (("x.var(axis=(0, 2, 3))", "x[0].var(axis=(1, 2))"),),
            (("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2)).mean(axis=-1)"),),
            (("x.mean(axis=(0, 2, 3))", "x[:, :, 1:-1, 1:-1].mean(axis=(0, 2, 3))"),),
            (("(1 - m) * var", "(1 - m) * var * N / max(N - 1, 1)"),),
            (("(1 - m) * var", "(1 - m) * var * N * H * W / (N * H * W - 1)"),),
            (("out = g * xhat + b", "out = xhat"),),
            (("out = g * xhat + b", "out = g[:, ::-1] * xhat + b"),),
            (("x.mean(axis=(0, 2, 3))", "x.sum(axis=(0, 2, 3)) / (H * W)"),),
        )
    ),
    "spatial_batchnorm_backward": tuple(
        _spatial_back(*changes)
        for changes in (
            (("transpose(0, 2, 3, 1)", "transpose(0, 3, 2, 1)"),),
            (("transpose(0, 2, 3, 1)", "transpose(1, 0, 2, 3)"),),
            (("return dx,", "return dx_flat,"),),
            (("return dx,", "return dx / (H * W),"),),
            (("return dx,", "return dx / N,"),),
            (("dgamma, dbeta = batchnorm", "dbeta, dgamma = batchnorm"),),
            (("batchnorm_backward(dout_flat, cache)", "batchnorm_backward(dout, cache)"),),
            (("return dx, dgamma, dbeta", "return dx, dgamma / (N * H * W), dbeta / (N * H * W)"),),
            (("return dx, dgamma, dbeta", "return dx"),),
        )
    )
    + tuple(
        _axes_back(*changes)
        for changes in (
            (("M = N * H * W", "M = N"),),
            (("M = N * H * W", "M = H * W"),),
            (("M = N * H * W", "M = dout.size"),),
            (("sum1 = dxhat.sum(axis=(0, 2, 3), keepdims=True)", "sum1 = dxhat.sum(axis=(2, 3), keepdims=True)"),),
            (("sum1 / M", "0"),),
            (("xhat * sum2 / M", "0"),),
            (("dxhat = dout * g", "dxhat = dout"),),
            (("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),),
            (("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(2, 3))"),),
            (("dout.sum(axis=(0, 2, 3))", "dout.sum()"),),
        )
    ),
    "mend_reshape_only": tuple(
        _mend(*changes)
        for changes in (
            (("transpose(0, 2, 3, 1)", "transpose(0, 3, 1, 2)"),),
            (("transpose(0, 2, 3, 1)", "transpose(1, 0, 2, 3)"),),
            (("x.transpose(0, 2, 3, 1)", "x.T"),),
            (("rows.mean(axis=0)", "rows.sum(axis=0)"),),
            (("rows.mean(axis=0)", "rows.mean(axis=1)"),),
            (("rows.mean(axis=0)", "rows.mean(axis=0, keepdims=True)"),),
            (("rows.mean(axis=0)", "np.median(rows, axis=0)"),),
            (("rows.mean(axis=0)", "rows.std(axis=0)"),),
            (("rows.mean(axis=0)", "rows.sum(axis=0) / (H * W)"),),
            (("rows.mean(axis=0)", "rows[: H * W].mean(axis=0)"),),
        )
    ),
    "find_reshape_only": (
        lambda: np.zeros((2, 3, 4)),
        lambda: "x",
        lambda: np.zeros((1, 2, 2, 2)),
        lambda: (np.zeros((1, 2, 2, 2)), 3),
        lambda: np.full((2, 3, 2, 2), np.nan),
        lambda: np.zeros((0, 3, 2, 2)),
        lambda: [[1, 2], [3, 4]],
        lambda: np.ones((2, 2, 2, 2, 2)),
    ),
}

# Written when the probes were final.
HELD_OUT = {
    "batchnorm_forward": tuple(
        _forward(*changes)
        for changes in (
            (("xhat = xmu * ivar", "xhat = xmu * ivar / np.sqrt(N)"),),
            (("(1 - momentum) * var", "(1 - momentum) * np.sum(xmu ** 2, axis=0)"),),
            (("np.mean(x, axis=0)", "(x.max(axis=0) + x.min(axis=0)) / 2"),),
            ((STORE_MEAN, '        bn_param["running_mean"] = mu\n'),),
            (("running_mean = momentum", "running_mean = running_mean + momentum"),),
            (('elif mode == "test"', 'elif mode == "eval"'),),
            (("(x - running_mean)", "(x - momentum * running_mean)"),),
            (("np.sqrt(running_var + eps)", "np.sqrt(running_var * N / max(N - 1, 1) + eps)"),),
            (("out = gamma * xhat + beta", "out = (gamma + 1) * xhat + beta"),),
            (("np.sqrt(var + eps)", "np.sqrt(var + 1e-3)"),),
            (
                ("        xmu = x - mu", "        x = x.astype(int)\n        xmu = x - mu"),
                ("gamma * xhat + beta", "gamma * xhat + beta.astype(int)"),
            ),
            (("return out, cache", "return np.where(np.isnan(out), 0, out.round(4)), cache"),),
            (('bn_param.get("running_var"', 'bn_param.pop("running_var"'), (STORE_VAR, "")),
        )
    ),
    "batchnorm_backward": tuple(
        _graph(*changes)
        for changes in (
            (("np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=0) / sqrtvar"),),
            (("dxmu1 = dxhat * ivar", "dxmu1 = dxhat * sqrtvar"),),
            (("dxmu1 = dxhat * ivar", "dxmu1 = dxhat"),),
            (("dx2 = 1. / N", "dx2 = 1. / D"),),
            (("dsq = 1. / N", "dsq = 1. / D"),),
            (("np.sum(dxmu1 + dxmu2, axis=0)", "np.sum(dxmu1 + dxmu2)"),),
            (("divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat * xhat, axis=0)"),),
            (("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout, axis=0) / N * D"),),
            (("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1 + dxmu2 * xmu"),),
            (("return dx, dgamma, dbeta", "return dx.sum(axis=0), dgamma, dbeta"),),
            (("return dx, dgamma, dbeta", "return dx, dgamma[:-1], dbeta"),),
            (("dout.shape", "dout.shape[0]"),),
        )
    ),
    "spatial_batchnorm_forward": tuple(
        _axes(*changes)
        for changes in (
            (("x.mean(axis=(0, 2, 3))", "x.mean(axis=(0, 2)).max(axis=-1)"),),
            (("x.var(axis=(0, 2, 3))", "x.std(axis=(0, 2, 3))"),),
            (("m * running_var + (1 - m) * var", "m * running_var + (1 - m) * var / (H * W)"),),
            (("gamma.reshape(1, C, 1, 1)", "gamma.mean()"),),
            (("mu, var = running_mean, running_var", "mu, var = running_mean, x.var(axis=(0, 2, 3))"),),
            (("x.mean(axis=(0, 2, 3))", "np.median(x, axis=(0, 2, 3))"),),
        )
    )
    + (
        _spatial(("x.transpose(0, 2, 3, 1)", "np.moveaxis(x, 1, 2)")),
        _spatial(("transpose(0, 3, 1, 2)", "transpose(0, 2, 3, 1)")),
    ),
    "spatial_batchnorm_backward": (
        _spatial_back(("dout.transpose(0, 2, 3, 1)", "np.moveaxis(dout, 1, 2)")),
        _spatial_back(("return dx, dgamma", "return dx, dgamma.sum()")),
        _spatial_back(("return dx,", "return np.broadcast_to(dx.mean(axis=0), dout.shape),")),
        _axes_back(("xhat * sum2 / M", "sum2 / M")),
        _axes_back(("sum1 / M", "sum1 / C / M")),
        _spatial_alone(("d = dout.transpose(0, 2, 3, 1)", "d = dout.transpose(0, 3, 2, 1)")),
        _spatial_alone(("dx = gamma * (d", "dx = (d")),
    ),
    "mend_reshape_only": (
        _mend(("rows.mean(axis=0)", "rows.mean(axis=0)[::-1]")),
        _mend(("x.transpose(0, 2, 3, 1).reshape(N * H * W, C)", "x.reshape(N, C, H * W)[0].T")),
        _mend(("rows.mean(axis=0)", "rows.max(axis=0)")),
    ),
    "find_reshape_only": (
        lambda: np.arange(6.0).reshape(6, 1, 1, 1),
        lambda: np.full((3, 2, 4, 4), -1.5),
        lambda: np.ones((2, 3)),
    ),
}
