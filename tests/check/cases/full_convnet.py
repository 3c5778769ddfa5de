"""Notebook 08: cells as learners type them, each with a line or two changed."""

from cnnlab.conventions import cs231n
from tests.check.learner import written

SOFTMAX = """
def softmax_loss(x, y):
    N, C = x.shape
    shifted = x - np.max(x, axis=1, keepdims=True)
    e = np.exp(shifted)
    Z = e.sum(axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""

SOFTMAX_LOOPS = """
def softmax_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for i in range(N):
        row = x[i] - max(x[i])
        total = 0.0
        for c in range(C):
            total += np.exp(row[c])
        loss += np.log(total) - row[y[i]]
        for c in range(C):
            dx[i, c] = np.exp(row[c]) / total
            if c == y[i]:
                dx[i, c] -= 1
    loss = loss / N
    dx = dx / N
    return loss, dx
"""

ADAM = """
def adam_step(w, dw, config):
    lr = config["learning_rate"]
    beta1, beta2 = config["beta1"], config["beta2"]
    eps = config["epsilon"]
    m, v, t = config["m"], config["v"], config["t"]
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * (dw ** 2)
    mt = m / (1 - beta1 ** t)
    vt = v / (1 - beta2 ** t)
    next_w = w - lr * mt / (np.sqrt(vt) + eps)
    config["m"] = m
    config["v"] = v
    config["t"] = t
    return next_w, config
"""

ADAM_LOOPS = """
def adam_step(w, dw, config):
    b1, b2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    new_m, new_v, next_w = np.zeros(w.shape), np.zeros(w.shape), np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        new_m[i] = b1 * config["m"][i] + (1 - b1) * dw[i]
        new_v[i] = b2 * config["v"][i] + (1 - b2) * dw[i] * dw[i]
        m_hat = new_m[i] / (1 - b1 ** t)
        v_hat = new_v[i] / (1 - b2 ** t)
        next_w[i] = w[i] - config["learning_rate"] * m_hat / (v_hat ** 0.5 + config["epsilon"])
    new = dict(config)
    new["m"], new["v"], new["t"] = new_m, new_v, t
    return next_w, new
"""

INIT = """
class ThreeLayerConvNet:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg, self.dtype = reg, dtype
        self.params = {
            "W1": weight_scale * np.random.randn(num_filters, C, filter_size, filter_size),
            "b1": np.zeros(num_filters),
            "W2": weight_scale * np.random.randn(num_filters * (H // 2) * (W // 2), hidden_dim),
            "b2": np.zeros(hidden_dim),
            "W3": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b3": np.zeros(num_classes),
        }
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)
"""

SANDWICH = """
    def loss(self, X, y=None):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        out1, cache1 = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
        out2, cache2 = affine_relu_forward(out1, W2, b2)
        scores, cache3 = affine_forward(out2, W3, b3)
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W3 ** 2))
        grads = {}
        d2, dW3, db3 = affine_backward(dscores, cache3)
        d1, dW2, db2 = affine_relu_backward(d2, cache2)
        dX, dW1, db1 = conv_relu_pool_backward(d1, cache1)
        dW1 = dW1 + self.reg * W1
        dW2 = dW2 + self.reg * W2
        dW3 = dW3 + self.reg * W3
        grads["W1"], grads["b1"] = dW1, db1
        grads["W2"], grads["b2"] = dW2, db2
        grads["W3"], grads["b3"] = dW3, db3
        return loss, grads
"""

SINGLE = """
    def loss(self, X, y=None):
        p = self.params
        N = X.shape[0]
        f = p["W1"].shape[2]
        a1, conv_cache = conv_forward_naive(X, p["W1"], p["b1"], {"stride": 1, "pad": (f - 1) // 2})
        h1, relu_cache = relu_forward(a1)
        pooled, pool_cache = max_pool_forward_naive(h1, {"pool_height": 2, "pool_width": 2, "stride": 2})
        flat = pooled.reshape(N, -1)
        a2 = flat.dot(p["W2"]) + p["b2"]
        h2 = np.maximum(0, a2)
        scores = h2.dot(p["W3"]) + p["b3"]
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -log_probs[range(N), y].sum() / N
        for name in ["W1", "W2", "W3"]:
            loss += 0.5 * self.reg * np.sum(p[name] * p[name])
        dscores = np.exp(log_probs)
        dscores[range(N), y] -= 1
        dscores /= N
        grads = {}
        grads["W3"] = h2.T.dot(dscores)
        grads["b3"] = dscores.sum(axis=0)
        dh2 = dscores.dot(p["W3"].T)
        da2 = dh2 * (a2 > 0)
        grads["W2"] = flat.T.dot(da2)
        grads["b2"] = da2.sum(axis=0)
        dpooled = da2.dot(p["W2"].T).reshape(pooled.shape)
        dh1 = max_pool_backward_naive(dpooled, pool_cache)
        da1 = relu_backward(dh1, relu_cache)
        dX, grads["W1"], grads["b1"] = conv_backward_naive(da1, conv_cache)
        for name in ["W1", "W2", "W3"]:
            grads[name] += self.reg * p[name]
        return loss, grads
"""


IMPORTED = {name: getattr(cs231n, name) for name in cs231n.__all__ if name != "ThreeLayerConvNet"}


def _written(source, *changes):
    return written(source, *changes, **IMPORTED)


def _soft(*changes):
    return _written(SOFTMAX, *changes)


def _soft_loops(*changes):
    return _written(SOFTMAX_LOOPS, *changes)


def _adam(*changes):
    return _written(ADAM, *changes)


def _adam_loops(*changes):
    return _written(ADAM_LOOPS, *changes)


def _net(*changes):
    return _written(INIT + SANDWICH, *changes)


def _layers(*changes):
    return _written(INIT + SINGLE, *changes)


MAX = "np.max(x, axis=1, keepdims=True)"
LOSS = "-np.sum(log_probs[np.arange(N), y]) / N"
STEP = "next_w = w - lr * mt / (np.sqrt(vt) + eps)"
LOOP_STEP = "m_hat / (v_hat ** 0.5 + config"
PENALTY = " + np.sum(W2 ** 2) + np.sum(W3 ** 2))"
NAMES = '["W1", "W2", "W3"]'

SLIPS = (
    # softmax
    ("softmax_loss", "shift_axis0", _soft((MAX, "np.max(x, axis=0)"))),
    ("softmax_loss", "shift_axis0", _soft_loops(("row = x[i] - max(x[i])", "row = x[i] - x.max(axis=0)"))),
    (
        "softmax_loss",
        "in_place",
        _soft(("shifted = x - ", "x -= "), ("exp(shifted)", "exp(x)"), ("= shifted -", "= x -")),
    ),
    ("softmax_loss", "in_place", _soft_loops(("row = x[i] - max(x[i])", "row = x[i]\n        row -= max(row)"))),
    ("softmax_loss", "results_swapped", _soft(("return loss, dx", "return dx, loss"))),
    ("softmax_loss", "no_shift", _soft((MAX, "0"))),
    ("softmax_loss", "no_shift", _soft_loops((" - max(x[i])", ""))),
    ("softmax_loss", "log_of_zero", _soft(("shifted - np.log(Z)", "np.log(e / Z)"))),
    ("softmax_loss", "log_of_zero", _soft_loops(("np.log(total) - row[y[i]]", "-np.log(np.exp(row[y[i]]) / total)"))),
    ("softmax_loss", "norm_axis0", _soft(("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"))),
    (
        "softmax_loss",
        "norm_axis0",
        _soft(
            ("e.sum(axis=1, keepdims=True)", "np.sum(e, axis=0, keepdims=True)"),
            ("shifted - np.log(Z)", "np.log(e / Z)"),
        ),
    ),
    ("softmax_loss", "norm_total", _soft(("e.sum(axis=1, keepdims=True)", "np.sum(e)"))),
    ("softmax_loss", "loss_sum", _soft((LOSS, "-np.sum(log_probs[np.arange(N), y])"))),
    ("softmax_loss", "loss_sum", _soft_loops(("    loss = loss / N\n", ""))),
    ("softmax_loss", "no_minus", _soft((LOSS, "np.mean(log_probs[np.arange(N), y])"))),
    (
        "softmax_loss",
        "no_minus",
        _soft_loops(("loss += np.log(total) - row[y[i]]", "loss += row[y[i]] - np.log(total)")),
    ),
    ("softmax_loss", "eps_log", _soft((LOSS, "-np.sum(np.log(probs[np.arange(N), y] + 1e-8)) / N"))),
    (
        "softmax_loss",
        "eps_log",
        _soft_loops(("np.log(total) - row[y[i]]", "-np.log(np.exp(row[y[i]]) / total + 1e-10)")),
    ),
    ("softmax_loss", "minus_all", _soft(("dx[np.arange(N), y] -= 1", "dx -= 1"))),
    ("softmax_loss", "minus_all", _soft_loops(("            if c == y[i]:\n                dx", "            dx"))),
    ("softmax_loss", "sign", _soft(("dx /= N", "dx = -dx / N"))),
    (
        "softmax_loss",
        "sign",
        _soft_loops(("np.exp(row[c]) / total\n", "-np.exp(row[c]) / total\n"), ("dx[i, c] -= 1", "dx[i, c] += 1")),
    ),
    ("softmax_loss", "dx_no_N", _soft(("    dx /= N\n", ""))),
    ("softmax_loss", "dx_no_N", _soft_loops(("    dx = dx / N\n", ""))),
    ("softmax_loss", "sum_both", _soft_loops(("    loss = loss / N\n    dx = dx / N\n", ""))),
    ("softmax_loss", "no_onehot", _soft(("    dx[np.arange(N), y] -= 1\n", ""))),
    ("softmax_loss", "no_onehot", _soft_loops(("            if c == y[i]:\n                dx[i, c] -= 1\n", ""))),
    ("softmax_loss", "log2", _soft((LOSS, "-np.mean(log_probs[np.arange(N), y]) / np.log(2)"))),
    # Adam
    ("adam_step", "no_correction", _adam(("m / (1 - beta1 ** t)", "m"), ("v / (1 - beta2 ** t)", "v"))),
    (
        "adam_step",
        "no_correction",
        _adam_loops(("new_m[i] / (1 - b1 ** t)", "new_m[i]"), ("new_v[i] / (1 - b2 ** t)", "new_v[i]")),
    ),
    ("adam_step", "no_correction_m", _adam_loops(("new_m[i] / (1 - b1 ** t)", "new_m[i]"))),
    ("adam_step", "no_correction_v", _adam((" vt = v / (1 - beta2 ** t)", " vt = v"))),
    ("adam_step", "t_late", _adam(("    t += 1\n", ""), ('config["t"] = t', 'config["t"] = t + 1'))),
    ("adam_step", "t_late", _adam_loops(('config["t"] + 1', 'config["t"]'), ("new_v, t\n", "new_v, t + 1\n"))),
    ("adam_step", "t_not_counted", _adam(('    config["t"] = t\n', ""))),
    (
        "adam_step",
        "t_not_counted",
        _adam_loops(('new["m"], new["v"], new["t"] = new_m, new_v, t', 'new["m"], new["v"] = new_m, new_v')),
    ),
    ("adam_step", "t_not_counted", _adam(("    t += 1\n", ""))),
    (
        "adam_step",
        "keeps_corrected",
        _adam((" mt = m /", " m = m /"), (" vt = v /", " v = v /"), ("lr * mt", "lr * m"), ("sqrt(vt)", "sqrt(v)")),
    ),
    ("adam_step", "keeps_corrected", _adam(('["m"] = m', '["m"] = mt'), ('["v"] = v', '["v"] = vt'))),
    ("adam_step", "m_not_stored", _adam(('    config["m"] = m\n', ""))),
    (
        "adam_step",
        "v_not_stored",
        _adam_loops(('new["m"], new["v"], new["t"] = new_m, new_v, t', 'new["m"], new["t"] = new_m, t')),
    ),
    ("adam_step", "nothing_stored", _adam(('    config["m"] = m\n    config["v"] = v\n', ""))),
    ("adam_step", "betas_swapped", _adam(('config["beta1"], config["beta2"]', 'config["beta2"], config["beta1"]'))),
    (
        "adam_step",
        "betas_swapped",
        _adam_loops(('config["beta1"], config["beta2"]', 'config["beta2"], config["beta1"]')),
    ),
    (
        "adam_step",
        "beta_flipped",
        _adam(
            ("beta1 * m + (1 - beta1) * dw", "(1 - beta1) * m + beta1 * dw"),
            ("beta2 * v + (1 - beta2)", "(1 - beta2) * v + beta2"),
        ),
    ),
    ("adam_step", "not_squared", _adam(("(dw ** 2)", "dw"))),
    ("adam_step", "not_squared", _adam_loops((" * dw[i] * dw[i]", " * dw[i]"))),
    ("adam_step", "no_root", _adam(("np.sqrt(vt)", "vt"))),
    ("adam_step", "no_root", _adam_loops(("v_hat ** 0.5", "v_hat"))),
    ("adam_step", "eps_inside", _adam(("(np.sqrt(vt) + eps)", "np.sqrt(vt + eps)"))),
    ("adam_step", "eps_floor", _adam(("(np.sqrt(vt) + eps)", "np.maximum(np.sqrt(vt), eps)"))),
    (
        "adam_step",
        "eps_inside",
        _adam_loops(('(v_hat ** 0.5 + config["epsilon"])', '(v_hat + config["epsilon"]) ** 0.5')),
    ),
    ("adam_step", "no_eps", _adam(("(np.sqrt(vt) + eps)", "np.sqrt(vt)"))),
    ("adam_step", "no_eps", _adam_loops((' + config["epsilon"]', ""))),
    ("adam_step", "sign", _adam(("next_w = w - ", "next_w = w + "))),
    ("adam_step", "sign", _adam_loops(("w[i] - config", "w[i] + config"))),
    ("adam_step", "gradient_for_m", _adam(("lr * mt", "lr * dw"))),
    ("adam_step", "no_v", _adam((" / (np.sqrt(vt) + eps)", ""))),
    ("adam_step", "no_rate", _adam(("lr * mt", "mt"))),
    ("adam_step", "sgd", _adam((STEP, "next_w = w - lr * dw"))),
    ("adam_step", "hard_coded", _adam(('config["beta1"], config["beta2"]', '0.9, config["beta2"]'))),
    ("adam_step", "hard_coded", _adam_loops(('config["epsilon"]', "1e-8"))),
    ("adam_step", "hard_coded", _adam(('lr = config["learning_rate"]', "lr = 0.001"))),
    # the net
    ("ThreeLayerConvNet", "pad0", _net(("(W1.shape[2] - 1) // 2", "0"))),
    ("ThreeLayerConvNet", "pad0", _layers(("(f - 1) // 2", "0"))),
    (
        "ThreeLayerConvNet",
        "relu_scores",
        _net(("affine_forward(out2", "affine_relu_forward(out2"), ("affine_backward(dsc", "affine_relu_backward(dsc")),
    ),
    (
        "ThreeLayerConvNet",
        "relu_scores",
        _layers(
            ('scores = h2.dot(p["W3"]) + p["b3"]', 'scores = np.maximum(h2.dot(p["W3"]) + p["b3"], 0)'),
            ("dscores /= N", "dscores *= (scores > 0) / N"),
        ),
    ),
    (
        "ThreeLayerConvNet",
        "flatten_T",
        _layers(
            ("pooled.reshape(N, -1)", "pooled.transpose(0, 2, 3, 1).reshape(N, -1)"),
            (".reshape(pooled.shape)", ".reshape(pooled.transpose(0, 2, 3, 1).shape).transpose(0, 3, 1, 2)"),
        ),
    ),
    (
        "ThreeLayerConvNet",
        "flatten_batch",
        _layers(("pooled.reshape(N, -1)", "pooled.reshape(-1, N).T"), ('da2.dot(p["W2"].T)', 'da2.dot(p["W2"].T).T')),
    ),
    (
        "ThreeLayerConvNet",
        "no_relu1",
        _layers(("relu_forward(a1)", "(a1, a1)"), ("relu_backward(dh1, relu_cache)", "dh1")),
    ),
    (
        "ThreeLayerConvNet",
        "no_relu2",
        _net(("affine_relu_forward(out1", "affine_forward(out1"), ("affine_relu_backward(d2", "affine_backward(d2")),
    ),
    ("ThreeLayerConvNet", "no_relu2", _layers(("np.maximum(0, a2)", "a2"), ("dh2 * (a2 > 0)", "dh2"))),
    (
        "ThreeLayerConvNet",
        "no_bias",
        _net(
            ('self.params["b1"]\n', '0 * self.params["b1"]\n'),
            ('self.params["b2"]\n', '0 * self.params["b2"]\n'),
            ('self.params["b3"]\n', '0 * self.params["b3"]\n'),
        ),
    ),
    (
        "ThreeLayerConvNet",
        "probabilities",
        _net(
            (
                "return scores",
                "e = np.exp(scores - scores.max())\n            return e / e.sum(axis=1, keepdims=True)",
            )
        ),
    ),
    ("ThreeLayerConvNet", "no_reg", _net(("0.5 * self.reg", "0"), ("self.reg *", "0 *"))),
    (
        "ThreeLayerConvNet",
        "no_reg_grad",
        _net((" + self.reg * W1", ""), (" + self.reg * W2", ""), (" + self.reg * W3", "")),
    ),
    (
        "ThreeLayerConvNet",
        "no_reg_grad",
        _layers(("            grads[name] += self.reg * p[name]\n", "            pass\n")),
    ),
    (
        "ThreeLayerConvNet",
        "no_reg_loss",
        _layers(("            loss += 0.5 * self.reg * np.sum(p[name] * p[name])\n", "            pass\n")),
    ),
    ("ThreeLayerConvNet", "reg_skip_W1", _net(("(np.sum(W1 ** 2) + ", "("), (" + self.reg * W1", ""))),
    ("ThreeLayerConvNet", "reg_skip_W1", _layers((NAMES, '["W2", "W3"]'))),
    ("ThreeLayerConvNet", "reg_only_W1", _layers((NAMES, '["W1"]'))),
    ("ThreeLayerConvNet", "reg_only_W1", _net((PENALTY, ")"), (" + self.reg * W2", ""), (" + self.reg * W3", ""))),
    ("ThreeLayerConvNet", "reg_skip_W3", _layers((NAMES, '["W1", "W2"]'))),
    ("ThreeLayerConvNet", "reg_bias", _layers((NAMES, "p"))),
    ("ThreeLayerConvNet", "reg_bias", _layers((NAMES, '["W1", "W2", "W3", "b1", "b2", "b3"]'))),
    ("ThreeLayerConvNet", "no_half", _net(("0.5 * self.reg", "self.reg"))),
    ("ThreeLayerConvNet", "double_grad", _layers(("+= self.reg * p", "+= 2 * self.reg * p"))),
    (
        "ThreeLayerConvNet",
        "other_half",
        _layers(("0.5 * self.reg", "self.reg"), ("+= self.reg * p", "+= 2 * self.reg * p")),
    ),
    ("ThreeLayerConvNet", "half_grad", _layers(("+= self.reg * p", "+= 0.5 * self.reg * p"))),
    ("ThreeLayerConvNet", "no_relu2_grad", _layers(("dh2 * (a2 > 0)", "dh2"))),
    (
        "ThreeLayerConvNet",
        "no_relu2_grad",
        _net(("affine_relu_backward(d2, cache2)", "affine_backward(d2, cache2[0])")),
    ),
    ("ThreeLayerConvNet", "no_relu1_grad", _layers(("relu_backward(dh1, relu_cache)", "dh1"))),
    (
        "ThreeLayerConvNet",
        "no_b1_grad",
        _net(('grads["W1"], grads["b1"] = dW1, db1', 'grads["W1"], grads["b1"] = dW1, np.zeros_like(b1)')),
    ),
)

WILD = {
    "softmax_loss": (
        *(
            _soft(*changes)
            for changes in (
                ((MAX, "np.mean(x, axis=1, keepdims=True)"),),
                ((MAX, "np.min(x, axis=1, keepdims=True)"),),
                (("np.exp(shifted)", "np.exp(-shifted)"),),
                (("np.exp(shifted)", "2 ** shifted"),),
                ((LOSS, "-np.max(log_probs[np.arange(N), y])"),),
                ((LOSS, "-np.median(log_probs[np.arange(N), y])"),),
                ((LOSS, "-np.sum(log_probs[:, y]) / N"),),
                ((LOSS, "-np.sum(log_probs) / N"),),
                ((LOSS, "-np.sum(log_probs.max(axis=1)) / N"),),
                ((LOSS, "-np.sum(probs[np.arange(N), y]) / N"),),
                ((LOSS, "1 - np.mean(probs[np.arange(N), y])"),),
                ((LOSS, "-np.sum(shifted[np.arange(N), y]) / N"),),
                ((LOSS, "-np.sum(log_probs[np.arange(N), y]) / (N - 1 + (N == 1))"),),
                ((LOSS, "-np.sum(log_probs[np.arange(N), y - 1]) / N"),),
                (("dx[np.arange(N), y] -= 1", "dx[:, y] -= 1"),),
                (("dx[np.arange(N), y] -= 1", "dx[y] -= 1"),),
                (("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] = -1"),),
                (("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y - 1] -= 1"),),
                (("dx[np.arange(N), y] -= 1", "dx[np.arange(N), probs.argmax(axis=1)] -= 1"),),
                (("dx = probs.copy()", "dx = probs * (1 - probs)"),),
                (("dx /= N", "dx /= C"),),
                (("dx /= N", "dx = dx.round(3) / N"),),
                (("return loss, dx", "return loss"),),
                (("return loss, dx", "return loss, dx.T"),),
                (("return loss, dx", "return float(loss), dx.sum(axis=0)"),),
                (("return loss, dx", "return -log_probs[np.arange(N), y] / N, dx"),),
                (("N, C = x.shape", "C, N = x.shape"),),
                (("return loss, dx", "return int(loss), dx"),),
                (("    return loss, dx\n", "    print(loss, dx)\n"),),
            )
        ),
        *(
            _soft_loops(*changes)
            for changes in (
                (("loss += np.log(total)", "loss = np.log(total)"),),
                (("for i in range(N)", "for i in range(N - 1)"),),
                (("        total = 0.0\n", ""), ("loss = 0.0", "loss = total = 0.0")),
                (("if c == y[i]", "if c != y[i]"),),
                (("if c == y[i]", "if i == y[i]"),),
                (("for c in range(C):\n            total", "for c in range(1, C):\n            total"),),
                (("    loss = loss / N", "    dx = dx / N\n    loss = loss / N"),),
                (("max(x[i])", "max(x[0])"),),
                (("dx[i, c] -= 1", "dx[i, c] -= 1 / N"),),
            )
        ),
    ),
    "adam_step": (
        *(
            _adam(*changes)
            for changes in (
                (("1 - beta1 ** t", "1 - beta1 * t"), ("1 - beta2 ** t", "1 - beta2 * t")),
                (("m / (1 - beta1 ** t)", "m / (1 - beta1)"),),
                (("1 - beta1 ** t", "1 + beta1 ** t"),),
                (("1 - beta2 ** t", "1 - beta1 ** t"),),
                (("m / (1 - beta1 ** t)", "m * (1 - beta1 ** t)"),),
                (("beta1 * m + (1 - beta1) * dw", "beta1 * m + dw"),),
                (("beta1 * m + (1 - beta1) * dw", "beta1 * m - (1 - beta1) * dw"),),
                (("(dw ** 2)", "(m ** 2)"),),
                (("(dw ** 2)", "np.abs(dw)"),),
                (("(dw ** 2)", "np.sum(dw ** 2)"),),
                (("(dw ** 2)", "np.mean(dw ** 2)"),),
                (("v = beta2 * v + (1 - beta2) * (dw ** 2)", "v = np.maximum(beta2 * v, dw ** 2)"),),
                (("    t += 1", "    t += 2"),),
                (("np.sqrt(vt)", "np.sqrt(v)"),),
                (("lr * mt", "lr * np.sign(mt)"),),
                (("lr * mt", "lr * (beta1 * mt + (1 - beta1) * dw)"),),
                (("lr * mt", "lr / t * mt"),),
                ((STEP, "next_w = w * (1 - lr) - lr * mt / (np.sqrt(vt) + eps)"),),
                ((STEP, "w -= lr * mt / (np.sqrt(vt) + eps)\n    next_w = w"),),
                ((STEP, "next_w = -lr * mt / (np.sqrt(vt) + eps)"),),
                (("return next_w, config", "return next_w"),),
                (("return next_w, config", "return config, next_w"),),
                (("return next_w, config", "return next_w, (m, v, t)"),),
                (("return next_w, config", "return next_w, {'m': m, 'v': v, 't': t}"),),
                (('    config["v"] = v', '    config["v"] = m'),),
                (('config["v"] = v', 'config["v"] = np.sqrt(v)'),),
                (('config["learning_rate"]', 'config["lr"]'),),
                (('config["t"] = t', 'config["t"] = 1'),),
            )
        ),
        *(
            _adam_loops(*changes)
            for changes in (
                (("w[i] - config", "w.flat[0] - config"),),
                (('config["v"][i]', 'config["m"][i]'),),
                (("new_m[i] / (1", 'config["m"][i] / (1'),),
                (
                    ("    for i in np.ndindex(w.shape):", "    for i in range(len(w)):"),
                    ("dw[i] * dw[i]", "(dw[i] ** 2).sum()"),
                ),
            )
        ),
    ),
    "ThreeLayerConvNet": (
        *(
            _net(*changes)
            for changes in (
                (("(W1.shape[2] - 1) // 2", "W1.shape[2] // 2 + 1"),),
                (("(W1.shape[2] - 1) // 2", "1"),),
                (('"stride": 1', '"stride": 2'),),
                (('"pool_height": 2, "pool_width": 2', '"pool_height": 3, "pool_width": 3'),),
                (("if y is None", "if not y"),),
                (("if y is None", "if y is None or not y.any()"),),
                (("return loss, grads", "self.params['b3'] = b3 - 0.1 * grads['b3']; return loss, grads"),),
                (("            return scores", "            return scores.argmax(axis=1)"),),
                (("        if y is None:\n            return scores\n", ""),),
                (("np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W3 ** 2)", "np.sum(W1) + np.sum(W2) + np.sum(W3)"),),
                (("np.sum(W1 ** 2)", "np.sum(np.abs(W1))"),),
                (("0.5 * self.reg", "0.5 * self.reg / len(X)"),),
                (("0.5 * self.reg *", "0.5 * self.reg ** 2 *"),),
                (("loss += 0.5", "loss = 0.5"),),
                (("dW1 + self.reg", "dW1 - self.reg"),),
                (("self.reg * W2", "self.reg * W2 ** 2"),),
                (("self.reg * W1", "self.reg * np.sign(W1)"),),
                (('grads["W1"], grads["b1"] = dW1, db1', 'grads["W1"], grads["b1"] = -dW1, -db1'),),
                (('        grads["W2"], grads["b2"] = dW2, db2\n', ""),),
                (('grads["W3"], grads["b3"]', 'grads["dW3"], grads["db3"]'),),
                (("grads[", "self.params["),),
                (("return loss, grads", "return loss"),),
                (("return loss, grads", "return grads, loss"),),
                (("return loss, grads", "return loss, list(grads.values())"),),
                (("return loss, grads", "return loss, grads, scores"),),
                (("affine_relu_forward(out1, W2, b2)", "affine_relu_forward(out1, W2, b2 * 0)"),),
                (("affine_backward(dscores, cache3)", "affine_backward(scores, cache3)"),),
                (("conv_relu_pool_backward(d1, cache1)", "conv_relu_pool_backward(dscores, cache1)"),),
                (("softmax_loss(scores, y)", "svm_loss(scores, y)"),),
                (("softmax_loss(scores, y)", "softmax_loss(y, scores)"),),
                (('W3, b3 = self.params["W3"], self.params["b3"]', "W3, b3 = W2, b2"),),
                (
                    (
                        "        scores, cache3 = affine_forward(out2, W3, b3)",
                        "        scores, cache3 = affine_forward(out1, W3, b3)",
                    ),
                ),
                (("def loss(self, X, y=None)", "def loss(self, X)"),),
                (("def loss(self, X, y=None)", "def loss(X, y=None)"),),
                (("def loss(self", "def forward(self"),),
            )
        ),
        *(
            _layers(*changes)
            for changes in (
                (("a2 > 0", "h2 >= 0"),),
                (("a2 > 0", "dh2 > 0"),),
                (("dscores.sum(axis=0)", "dscores.mean(axis=0)"),),
                (("da2.sum(axis=0)", "dh2.sum(axis=0)"),),
                (('dscores.dot(p["W3"].T)', 'dscores.dot(p["W3"].T) * h2'),),
                (("np.maximum(0, a2)", "np.tanh(a2)"),),
                (("np.maximum(0, a2)", "np.abs(a2)"),),
                (("        dscores /= N\n", ""),),
                (("relu_backward(dh1, relu_cache)", "dh1 * (dh1 > 0)"),),
                (("flat.T.dot(da2)", "flat.T.dot(dh2)"),),
            )
        ),
    ),
    "beat_the_net": tuple(
        _written("def beat_the_net():\n    return " + rows)
        for rows in (
            "[{'type': 'conv', 'f': 3, 'filters': 4}, {'type': 'relu'}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'units': 9}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'units': 11}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'units': 10_000_000_000}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': -4}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': float('nan')}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': '3', 'filters': 4}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': [4]}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[[{'type': 'flatten'}, {'type': 'fc'}]]",
            "'conv relu pool fc'",
            "{'type': 'flatten'}",
            "[]",
            "()",
            "5",
            "['flatten', 'fc']",
            "[{'type': 'conv', 'f': 3, 'filters': 1, 'pad': 1}] * 5_000 + [{'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'relu'}] * 100_000 + [{'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 1, 'filters': 2, 'pad': 10**6}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'bn', 'eps': float('nan')}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'init': float('inf')}]",
            "[{'type': 'conv', 'f': 1, 'filters': 2, 'init': 1e30}, {'type': 'flatten'}, {'type': 'fc', 'init': 1e30}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'units': 10, 'colour': 'red'}]",
            "(row for row in [{'type': 'flatten'}, {'type': 'fc'}])",
            "np.zeros((3, 3))",
            "beat_the_net()",
            "iter(lambda: {'type': 'relu'}, 0)",
        )
    ),
}

HELD_OUT = {
    "softmax_loss": (
        *(
            _soft(*changes)
            for changes in (
                ((MAX, "np.sum(x, axis=1, keepdims=True)"),),
                (
                    (MAX, "np.abs(x).max(axis=1, keepdims=True)"),
                    ("log_probs = shifted - np.log(Z)", "log_probs = x - Z"),
                ),
                (("np.exp(shifted)", "np.exp(np.clip(shifted, -20, 0))"),),
                (("np.log(Z)", "np.log10(Z)"),),
                ((LOSS, "np.abs(np.sum(log_probs[np.arange(N), y])) / C"),),
                ((LOSS, "-np.sum(log_probs[np.arange(N), y] * probs[np.arange(N), y]) / N"),),
                ((LOSS, "-np.sum(np.log(1 - probs[np.arange(N), 1 - y.clip(0, 1)] + 1e-3)) / N"),),
                (("dx[np.arange(N), y] -= 1", "dx[np.arange(N), y] += 1"),),
                (("dx /= N", "dx *= N"),),
                (("dx = probs.copy()", "dx = log_probs.copy()"),),
                (("return loss, dx", "return {'loss': loss, 'dx': dx}"),),
                (("return loss, dx", "return loss, dx.argmax(axis=1)"),),
                (("return loss, dx", "return loss, np.where(np.abs(dx) < 1e-2, 0, dx)"),),
            )
        ),
        *(
            _soft_loops(*changes)
            for changes in (
                (("for c in range(C):\n            dx", "for c in range(N):\n            dx"),),
                (("np.exp(row[c]) / total\n", "np.exp(row[c])\n"),),
                (("loss += np.log(total) - row[y[i]]", "loss += np.log(total) - x[i][y[i]]"),),
            )
        ),
    ),
    "adam_step": tuple(
        _adam(*changes)
        for changes in (
            (("beta2 ** t", "beta2 ** (t - 1)"),),
            (("v / (1 - beta2 ** t)", "np.sqrt(v) / (1 - beta2 ** t)"), ("np.sqrt(vt)", "vt")),
            (("    m = beta1 * m", "    m = beta1 ** t * m"),),
            (("(np.sqrt(vt) + eps)", "np.maximum(np.sqrt(vt), eps)"),),
            (("(np.sqrt(vt) + eps)", "np.linalg.norm(np.sqrt(vt) + eps)"),),
            (("lr * mt", "lr * np.clip(mt, -0.1, 0.1)"),),
            ((STEP, "next_w = w - lr * mt / np.sqrt(vt) + eps"),),
            ((STEP, "next_w = lr * mt / (np.sqrt(vt) + eps) - w"),),
            (("(1 - beta2) * (dw ** 2)", "(1 - beta2 ** 2) * (dw ** 2)"),),
            (('    config["m"] = m\n', '    config["m"] = m.mean()\n'),),
            (("return next_w, config", "return next_w, None"),),
        )
    ),
    "ThreeLayerConvNet": (
        *(
            _net(*changes)
            for changes in (
                (
                    (
                        'W3, b3 = self.params["W3"], self.params["b3"]',
                        'W3, b3 = self.params["W3"], self.params["b3"] + 1',
                    ),
                ),
                (("loss += 0.5 * self.reg", "loss -= 0.5 * self.reg"),),
                (("0.5 * self.reg * (np.sum(W1 ** 2)", "0.5 * self.reg * (np.sum(W1) ** 2"),),
                (("0.5 * self.reg", "0.5 * 0.1"),),
                (("dW2 + self.reg * W2", "dW2 * (1 + self.reg)"),),
                (("dW3, db3 = affine_backward", "db3, dW3 = affine_backward"),),
                (("return loss, grads", "return loss, {k: g / len(X) for k, g in grads.items()}"),),
                (("return loss, grads", "return scores, grads"),),
                (("if y is None", "if y is not None"),),
                (("conv_relu_pool_forward(X, W1", "conv_relu_pool_forward(X - X.mean(), W1"),),
                (("            return scores", "            return out2"),),
                (("W1, b1 = self.params", "X = X[:, ::-1]\n        W1, b1 = self.params"),),
            )
        ),
        *(
            _layers(*changes)
            for changes in (
                (("np.maximum(0, a2)", "np.maximum(0.01 * a2, a2)"),),
                (("max_pool_backward_naive(dpooled, pool_cache)", "np.repeat(np.repeat(dpooled, 2, 2), 2, 3)"),),
                (("dscores[range(N), y] -= 1", "dscores[range(N), y] -= 0.9"),),
                (('p["b2"]\n', 'p["b2"].mean()\n'),),
                (("grads[name] += self.reg * p[name]", "grads[name] += self.reg * p[name] * (p[name] > 0)"),),
            )
        ),
    ),
    "beat_the_net": tuple(
        _written("def beat_the_net():\n    return " + rows)
        for rows in (
            "[{'type': 'flatten'}, {'type': 'fc', 'units': True}]",
            "[{'type': 'pool', 'f': 0}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'pool', 'f': 9}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'dropout', 'keep': 0}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': 10**400}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': 4, 'stride': -1}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'conv', 'f': 3, 'filters': 4, 'pad': {}}, {'type': 'flatten'}, {'type': 'fc'}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'init': 'huge'}]",
            "[{1: 2}]",
            "[{'type': ['conv']}]",
            "[{'type': 'flatten'}, {'type': 'fc', 'units': 10}, {'type': 'dropout', 'keep': 1e-9}]",
            "object()",
        )
    ),
}
