# %% [markdown]
# # 08 The full ConvNet
#
# All parts are there: convolution, ReLU, pooling, batch normalisation, forward and backward, and fast. Now you put them together, train, and
# watch a network learn to read.
#
# Afterwards you can
#
# - turn scores into a loss, without overflow;
# - build a whole network, and check it before you train it;
# - choose a batch size and a rule of descent, and say why;
# - train on real pictures, and look inside;
# - design a better network within a budget.
#
# *About 150 minutes. You need [06 Batch normalisation](06_batch_normalisation.ipynb) and [07 Naive to fast](07_naive_to_fast.ipynb).*

# %%
import time

import numpy as np

from cnnlab import check, data, models, ops, optim, plots, train
from cnnlab.conventions import cs231n
from cnnlab.conventions.cs231n import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from cnnlab.widgets import ConvNetExplorer, quiz

# %% [markdown]
# ## 1 · The shape of a network
#
# Most convolutional networks look like this:
#
# $$\text{conv} \to \text{ReLU} \to \text{pool} \;\to\; \text{conv} \to \text{ReLU} \to \text{pool} \;\to\; \text{flatten} \to \text{fully connected} \to \text{softmax}$$
#
# In front, maps become smaller and more numerous. Behind, a fully connected layer gives one **score** for each class.
#
# **LeNet-5** (1998) read the digits on cheques. Two convolutions, each with ReLU and pooling, then three fully connected layers.

# %%
quiz("lenet_parameters")

# %% [markdown]
# Here it is, for pictures of 16×16, with ReLU and max pooling as one builds it today:

# %%
models.lenet5((1, 16, 16), classes=10).summary()

# %% [markdown]
# Read the table from top to bottom. The three fully connected layers hold 7,800 + 10,164 + 850 = 18,814 of the 21,386 parameters. The convolutions need few: they share
# their weights.
#
# **Play.** Build a net from layers. Shapes, parameters and receptive field follow at once. Then send a digit through it, layer by layer. Do not train yet.

# %% tags=["nbval-ignore-output"]
ConvNetExplorer()

# %% [markdown]
# ## 2 · From scores to a loss
#
# The scores can be any numbers. **Softmax** makes probabilities of them: take e to the power of each, and divide by their sum.
#
# $$p_k = \frac{e^{x_k}}{\sum_j e^{x_j}} \qquad\qquad \text{loss} = -\log p_{\text{right class}}$$
#
# The loss of a batch is the mean over its examples.

# %%
quiz("softmax_sum")

# %%
quiz("softmax_loss_sure")

# %%
scores = np.array([2.0, 0.0, 0.0])
p = np.exp(scores) / np.exp(scores).sum()
print("probabilities:", p.round(3), "sum", p.sum().round(3))
for k in range(3):
    print(f"if class {k} is right: loss {-np.log(p[k]):.3f}, gradient {(p - np.eye(3)[k]).round(3)}")

# %% [markdown]
# The gradient is the simplest in the whole course: **the probabilities, minus 1 at the right class** (and divided by N, for the mean). A class that got too much is
# pushed down; the right one is pulled up.
#
# You can derive it in one line. Put $p$ into the loss, with $r$ for the right class: $\text{loss} = -x_r + \log \sum_j e^{x_j}$. The slope of the second part along $x_k$ is
# $e^{x_k} / \sum_j e^{x_j} = p_k$. The first part adds −1, at the right class only.
#
# > **A trap.** e to the power of 1000 is too large for a computer. But subtract the same number from all scores of a row, and the probabilities stay the
# > same. So subtract the largest first. And compute the logarithm directly: $\log p_k = x_k - \log \sum_j e^{x_j}$. Otherwise a tiny probability becomes 0,
# > and its logarithm −∞.

# %% [markdown]
# ### Build: `softmax_loss`
#
# *15 minutes · some thought · 4 points*

# %% exercise="softmax_loss"
def softmax_loss(x, y):
    """Return the softmax loss and its gradient.

    x : array (N, C), a score for each class
    y : array (N,) of whole numbers, the right classes
    returns: loss, one number (the mean over the examples), and dx, array (N, C)
    """
    # BEGIN SOLUTION
    N = len(x)
    rows = np.arange(N)
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[rows, y].mean()
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return loss, dx / N
    # END SOLUTION


# %% check="softmax_loss"
check.softmax_loss(softmax_loss)

# %% hints="softmax_loss"
check.hints("softmax_loss")

# %% [markdown]
# ## 3 · A network by hand
#
# CS231n's three-layer net: conv – ReLU – 2×2 max pool – affine – ReLU – affine – softmax. (**Affine** is another word for fully connected.) You have all the pieces. One
# thing is new.
#
# **Regularisation.** Large weights fit the training pictures too closely. So we add a penalty to the loss:
#
# $$\text{loss} \mathrel{+}= \frac{\text{reg}}{2} \sum (W_1^2 + W_2^2 + W_3^2) \qquad\Rightarrow\qquad dW \mathrel{+}= \text{reg} \cdot W$$
#
# The biases have no penalty. (In some books you find another factor: deeplearning.ai divides the penalty by the number of examples.)
#
# Take only three weights, 1, −2 and 3, and reg = 0.1.

# %%
quiz("penalty")

# %%
weights, reg = np.array([1.0, -2.0, 3.0]), 0.1
print(f"penalty {reg / 2 * np.sum(weights**2):.1f}, its gradient {(reg * weights).round(1)}")

# %% [markdown]
# A step against that gradient makes every weight a little smaller, the large ones most.
#
# > **A trap.** The penalty goes into the loss *and* into the gradients. With reg = 0 nobody notices that one of them is missing.

# %% [markdown]
# ### Build: `ThreeLayerConvNet`
#
# `__init__` is given: it makes the parameters. Write `loss`. The layers are imported at the top; each `..._forward` returns a result and a cache, each `..._backward` takes a
# gradient and that cache:
#
# | forward | backward returns |
# |---|---|
# | `conv_relu_pool_forward(x, w, b, conv_param, pool_param)` | dx, dw, db |
# | `affine_relu_forward(x, w, b)` | dx, dw, db |
# | `affine_forward(x, w, b)` | dx, dw, db |
# | `cs231n.softmax_loss(scores, y)` returns loss and dscores | |
#
# The affine layers flatten their input by themselves.
#
# *30 minutes · hard · 8 points*

# %% exercise="ThreeLayerConvNet"
class ThreeLayerConvNet:
    """conv – relu – 2×2 max pool – affine – relu – affine – softmax."""

    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        rng = np.random.default_rng(seed=0)
        sizes = {"1": (num_filters, C, filter_size, filter_size),
                 "2": (num_filters * (H // 2) * (W // 2), hidden_dim),
                 "3": (hidden_dim, num_classes)}
        self.reg, self.params = reg, {}
        for n, size in sizes.items():
            self.params["W" + n] = (weight_scale * rng.standard_normal(size)).astype(dtype)
            self.params["b" + n] = np.zeros(num_filters if n == "1" else size[1], dtype)

    def loss(self, X, y=None):
        """Return the scores (N, num_classes), or with labels y the loss and the gradients.

        X : array (N, C, H, W)
        y : array (N,) of whole numbers, or None
        returns: scores if y is None; else loss and a dictionary of gradients with the keys of self.params
        """
        W1, b1, W2, b2, W3, b3 = (self.params[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}  # keeps the size of the picture
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        # BEGIN SOLUTION
        pooled, cache1 = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
        hidden, cache2 = affine_relu_forward(pooled, W2, b2)
        scores, cache3 = affine_forward(hidden, W3, b3)
        if y is None:
            return scores
        loss, dscores = cs231n.softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(np.sum(W**2) for W in (W1, W2, W3))
        grads = {}
        dhidden, grads["W3"], grads["b3"] = affine_backward(dscores, cache3)
        dpooled, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, cache2)
        _, grads["W1"], grads["b1"] = conv_relu_pool_backward(dpooled, cache1)
        for name in ("W1", "W2", "W3"):
            grads[name] = grads[name] + self.reg * self.params[name]
        return loss, grads
        # END SOLUTION


# %% check="ThreeLayerConvNet"
check.ThreeLayerConvNet(ThreeLayerConvNet)

# %% hints="ThreeLayerConvNet"
check.hints("ThreeLayerConvNet")

# %% [markdown]
# ## 4 · Look before you train
#
# Training takes long, and a bug in a network does not crash it: it just learns badly. Four quick tests find most bugs. Has your class passed? Then take the `cs231n.` away in
# front of `ThreeLayerConvNet`, three times in this section: you test your own.
#
# **First, the loss at the start.** An untrained net knows nothing.

# %%
quiz("initial_loss")

# %%
np.random.seed(0)
small = dict(input_dim=(1, 8, 8), num_filters=4, filter_size=3, hidden_dim=16, weight_scale=1e-2, dtype=np.float64)
digits = data.digits()
X, y = digits.images[:20].astype(np.float64), digits.labels[:20]
start, _ = cs231n.ThreeLayerConvNet(**small).loss(X, y)
print(f"loss at the start {start:.2f}, log 10 = {np.log(10):.2f}")

# %% [markdown]
# **Second, regularisation must raise it.**

# %%
with_penalty, _ = cs231n.ThreeLayerConvNet(**small, reg=10.0).loss(X, y)
print(f"without penalty {start:.2f}, with reg = 10: {with_penalty:.2f}")

# %% [markdown]
# **Third, the gradients**, by numbers alone, on a small net.
#
# > **A trap.** ReLU has a kink at 0, and no gradient there. Where a digit is black the convolution gives exactly its bias. With biases of 0 the check would sit
# > on the kink and blame a right gradient. So it begins with biases of 0.1.

# %%
net = cs231n.ThreeLayerConvNet(**{**small, "weight_scale": 0.1}, reg=0.1)
for name in ("b1", "b2", "b3"):
    net.params[name] += 0.1
_, grads = net.loss(X[:4], y[:4])
for name, array in net.params.items():
    numeric = cs231n.eval_numerical_gradient(lambda _: net.loss(X[:4], y[:4])[0], array, verbose=False, h=1e-5)
    error = cs231n.rel_error(numeric, grads[name])
    print(f"{name}: relative error below 1e-4: {error < 1e-4}")

# %% [markdown]
# **Fourth, learn a few pictures by heart.** Fifty pictures, many rounds. A net that cannot do that has a bug.

# %%
quiz("overfit_gap")

# %%
splits = data.load("digits", size=16, seed=0)  # 16×16 pictures, dealt into three parts
for name, part in zip(("training", "validation", "test"), splits):
    print(f"{name:10}", part)

# %%
few = data.Dataset(splits.train.images[:50], splits.train.labels[:50], splits.train.classes)
lenet = models.lenet5((1, 16, 16), 10, rng=0)
history = train.fit(lenet, few, splits.validation, epochs=30, batch_size=10, progress=False)
accuracy = {
    "the 50 pictures": [epoch.accuracy for epoch in history.epochs],
    "unseen pictures": [epoch.validation_accuracy for epoch in history.epochs],
}
plots.lines(accuracy, at=range(1, 31), x="epoch", y="accuracy (share that is right)")
print("all 50 learned by heart:", history.epochs[-1].accuracy == 1)
print("at least 10% worse on unseen ones:", history.epochs[-1].validation_accuracy < 0.9)

# %% [markdown]
# The gap between the curves is **overfitting**. It is wanted here. Later you will want it small: more pictures, regularisation, or a smaller net.

# %% [markdown]
# ## 5 · How large a batch?
#
# - **Batch** descent: all pictures for one step. An exact gradient, but few steps.
# - **Stochastic** descent: one picture for each step. Many steps, each of them noisy, and slow to compute.
# - **Mini-batch** descent: something like 32. Almost as exact, and matrices large enough to be quick.
#
# An **epoch** is one round over all training pictures.

# %%
quiz("steps_per_epoch")

# %%
part = data.Dataset(splits.train.images[:400], splits.train.labels[:400], splits.train.classes)
curves, steps, took = {}, {}, {}
for name, size, rate in [("stochastic, 1", 1, 0.01), ("mini-batch, 32", 32, 0.1), ("batch, 400", 400, 0.1)]:
    net, start = models.lenet5((1, 16, 16), 10, rng=0), time.perf_counter()
    history = train.fit(net, part, epochs=8, batch_size=size, optimizer=optim.SGD(rate), progress=False)
    curves[name], steps[name] = [epoch.loss for epoch in history.epochs], len(history.losses)
    took[name] = time.perf_counter() - start
plots.lines(curves, at=range(1, 9), x="epoch", y="training loss")
for name, count in steps.items():
    print(f"{name:15} {count:4} steps, loss {'below' if curves[name][-1] < 1 else 'still above'} 1")

# %% tags=["nbval-ignore-output"]
for name, seconds in took.items():
    print(f"{name:15} {seconds:.2f} seconds")

# %% [markdown]
# The same eight epochs over the same 400 pictures. Batch descent has made only 8 steps and has hardly begun. Stochastic descent has made 3,200 and got furthest, but look at
# the time it took. Mini-batches get nearly as far, many times sooner.

# %% [markdown]
# ## 6 · Which way down?
#
# Plain gradient descent (**SGD**) takes a step against the gradient: $w \leftarrow w - \text{rate} \cdot dw$. Three ideas make it better:
#
# - **Momentum**: keep some of the last step's speed, as a rolling ball does: $u \leftarrow \text{momentum} \cdot u - \text{rate} \cdot dw$, then $w \leftarrow w + u$.
# - **RMSprop**: keep a running mean of dw², $v \leftarrow \text{decay} \cdot v + (1 - \text{decay})\,dw^2$, and divide by its root:
#   $w \leftarrow w - \text{rate} \cdot dw / (\sqrt{v} + \varepsilon)$. So all weights move at a similar pace, whatever the size of their gradients.
# - **Adam**: both. It is a good first choice.
#
# Momentum and decay are shares that are kept, such as 0.9. Two steps on paper, both with the gradient 5 and the rate 0.1; u and v begin at 0:

# %%
quiz("momentum_second")

# %%
g, rate, u, v = 5.0, 0.1, 0.0, 0.0
for step in (1, 2):
    u = 0.9 * u - rate * g
    v = 0.9 * v + 0.1 * g**2
    print(f"step {step}: SGD {-rate * g:.2f}, momentum {u:.2f}, RMSprop {-rate * g / v**0.5:.2f}")

# %% [markdown]
# SGD always moves by −0.5. Momentum gathers speed, −0.5 and then 0.9 · (−0.5) − 0.5 = −0.95, as long as the way goes on. In RMSprop v is 2.5, then 0.9 · 2.5 + 0.1 · 25 = 4.75;
# it comes near 25, and the step near −0.1: the rate alone, whatever the gradient.
#
# Adam keeps two running means for every weight, and counts its steps:
#
# $$t \leftarrow t + 1 \qquad m \leftarrow \beta_1 m + (1 - \beta_1)\,dw \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\,dw^2$$
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad w \leftarrow w - \text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$
#
# Why $\hat m$ and $\hat v$? Both start at 0 and would be too small in the first steps.

# %%
quiz("adam_first_step")

# %%
g, rate, beta1, beta2 = 5.0, 0.1, 0.9, 0.999
m, v = (1 - beta1) * g, (1 - beta2) * g**2  # the first step: t = 1, and both means were 0
print(f"m = {m:.3f}, v = {v:.3f}: the step would be {rate * m / v**0.5:.3f}")
m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
print(f"corrected {m_hat:.1f} and {v_hat:.1f}: the step is {rate * m_hat / v_hat**0.5:.3f}")

# %% [markdown]
# ### Build: `adam_step`
#
# > **A trap.** Store `m` and `v` as they are; the corrected ones are for this step only. And count `t` up *before* you use it.
#
# *12 minutes · some thought · 3 points*

# %% exercise="adam_step"
def adam_step(w, dw, config):
    """Take one step of Adam.

    w, dw  : arrays of the same shape, the weights and their gradient
    config : dictionary with "learning_rate", "beta1", "beta2", "epsilon", "m", "v" (like w) and "t", the steps taken so far
    returns: next_w, and config with the new "m", "v" and "t"
    """
    # BEGIN SOLUTION
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, {**config, "m": m, "v": v, "t": t}
    # END SOLUTION


# %% check="adam_step"
check.adam_step(adam_step)

# %% hints="adam_step"
check.hints("adam_step")

# %% [markdown]
# Now all four on the digits.

# %%
rules = {"SGD": optim.SGD(0.05), "momentum": optim.Momentum(0.05)}
rules |= {"RMSprop": optim.RMSprop(1e-3), "Adam": optim.Adam(2e-3)}
curves = {}
for name, rule in rules.items():
    net = models.lenet5((1, 16, 16), 10, rng=0)
    history = train.fit(net, splits.train, epochs=5, batch_size=64, optimizer=rule, progress=False)
    curves[name] = [epoch.loss for epoch in history.epochs]
plots.lines(curves, at=range(1, 6), x="epoch", y="training loss")
print("losses fell to less than half:", {name: losses[-1] < losses[0] / 2 for name, losses in curves.items()})

# %% [markdown]
# ## 7 · Train for real
#
# The whole procedure, as steps:
#
# 1. Get the data, and deal it into training, validation and test pictures.
# 2. Build the net; begin with small random weights.
# 3. Repeat for some epochs, batch by batch:
#    - forward: scores and loss;
#    - backward: gradients;
#    - one step of the rule of descent.
# 4. After each epoch measure on the validation pictures. Stop when they get no better.
# 5. At the very end, once: measure on the test pictures.
#
# In code the heart of it is short:

# %%
net = models.lenet5((1, 16, 16), 10, rng=0)  # 2
rule = optim.Adam(2e-3)
rng = np.random.default_rng(seed=0)
for images, labels in data.batches(splits.train, 32, rng):  # 3: one epoch
    scores = net.forward(images, train=True)
    loss, cache = ops.softmax_cross_entropy(scores, labels)
    net.backward(ops.softmax_cross_entropy_backward(1.0, cache))
    rule.step(net.params, net.grads)
print("better than guessing after one epoch:", train.evaluate(net, splits.validation).accuracy > 0.2)  # 4

# %% [markdown]
# Has your `softmax_loss` passed its check? Swap it in: `loss, dscores = softmax_loss(scores, labels)`, then `net.backward(dscores)`. Your `adam_step` can take the place of `rule`:
#
# ```python
# first = {"learning_rate": 2e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
# memory = {name: {**first, "m": np.zeros_like(w), "v": np.zeros_like(w)} for name, w in net.params.items()}
# ```
#
# before the loop, and in it, instead of the line with `rule.step`:
#
# ```python
#     for name, w in net.params.items():
#         w[...], memory[name] = adam_step(w, net.grads[name], memory[name])
# ```
#
# `train.fit` does just this, with a progress bar, and measures as it goes. Choose your data in the first line. `"digits"` and `"shapes"` are always there. If
# you have the files of another data set, change the first line, and all that follows is about your pictures:
#
# - `data.load("mnist", "my/folder", limit=3000)`: MNIST, handwritten digits of 28×28;
# - `data.load("fashion_mnist", "my/folder", limit=3000)`: clothes, 28×28;
# - `data.load("cifar10", "my/folder", limit=3000)`: ten kinds of things in colour, 32×32;
# - `data.load("signs", "my/folder")`: hands that show a number, 64×64, from deeplearning.ai's course;
# - `data.load("cats", "my/folder")`: cat or no cat, 64×64, from an earlier course of theirs.
#
# The files keep the names that they came with.
#
# `limit` takes the first pictures only; without it you wait longer, and the net gets better.

# %%
splits = data.load("digits", size=16, seed=0)
net = models.lenet5(splits.train.images.shape[1:], len(splits.train.classes), rng=0)
print(net)

# %% tags=["nbval-ignore-output"]
rule = optim.Adam(2e-3)
history = train.fit(net, splits.train, splits.validation, epochs=25, optimizer=rule, on_epoch=plots.live())

# %%
quality = train.evaluate(net, splits.test)
print("test accuracy above 95%:", quality.accuracy > 0.95)

# %% [markdown]
# ### Which classes are mixed up?
#
# In the **confusion matrix** a row is the true class, a column what the net said. The diagonal is right.
#
# **Predict**: which two classes will the net mix up most often?

# %%
names, table = splits.test.classes, train.confusion(net, splits.test)
plots.confusion(table, names)
print("most of the", table.sum(), "test pictures lie on the diagonal:", np.trace(table) > 0.95 * table.sum())

# %% tags=["nbval-ignore-output"]
mixed = np.where(np.eye(len(names)), 0, table)
true, said = np.unravel_index(mixed.argmax(), mixed.shape)
print(f"{quality.accuracy:.1%} right")
print(f"most often {names[true]} was taken for {names[said]}: {mixed.max()} of {table[true].sum()} times")

# %% [markdown]
# ### A few mistakes
#
# Above each picture stands what is right, then what the net said. If there are fewer than eight mistakes, right answers follow. Could you do better?

# %%
answers = net.predict(splits.test.images)
doubtful = np.argsort(answers == splits.test.labels, kind="stable")[:8]  # wrong ones first
titles = [f"{names[splits.test.labels[i]]},\nsaid {names[answers[i]]}" for i in doubtful]
plots.grid(np.moveaxis(splits.test.images[doubtful], 1, 3), titles=titles, columns=4)
print("shown:", len(titles), "pictures, wrong answers first")

# %% [markdown]
# ### What has it learned?
#
# The six filters of the first layer, in the first row before training, in the second after it. Yellow is positive, blue negative. Do you find edges? (Of filters for colour
# pictures you see the red channel.)

# %%
fresh = models.lenet5(splits.train.images.shape[1:], len(splits.train.classes), rng=0)
before, after = (model.layers[0].params["w"][:, 0] for model in (fresh, net))
plots.grid(np.concatenate([before, after]), columns=6, signed=True, titles=["before"] * 6 + ["after"] * 6)
print("filters", after.shape, "and they have changed:", not np.allclose(before, after, atol=0.01))

# %% [markdown]
# And what do the layers see in one picture? Each small picture is one **feature map**. Watch what each ReLU and each pooling does to the maps above it.

# %%
one = splits.test.images[:1]
maps = net.activations(one)
plots.grid(np.moveaxis(one, 1, 3), titles=["the picture"])
for name in ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2"):
    plots.grid(maps[name][0], columns=8)
    least = "negative" if maps[name].min() < 0 else "0"
    print(name, maps[name].shape[1:], "from", least, "to positive numbers")

# %% [markdown]
# The ReLU cuts off all that is negative, and the pooling makes the maps smaller. The first maps still look like the picture. Deeper ones answer to something you can hardly name. That is the price of letting the net choose its
# filters by itself.

# %% [markdown]
# ## 8 · Coloured shapes
#
# A second task: pictures of 64×64 in colour, six classes, at random places, sizes and angles. And another net: the **SIGNS** net of deeplearning.ai's course, which
# pools very boldly, 8×8 and 4×4.

# %%
shapes = data.load("shapes", n=1500, seed=0)
names = [shapes.train.classes[k] for k in shapes.train.labels[:6]]
plots.grid(np.moveaxis(shapes.train.images[:6], 1, 3), columns=6, titles=names)
print(shapes.train)

# %%
quiz("signs_pool")

# %%
quiz("fc_parameters")

# %%
signs = models.signs_net((3, 64, 64), 6, rng=0)
signs.summary()

# %% tags=["nbval-ignore-output"]
rule = optim.Adam(3e-3)
history = train.fit(signs, shapes.train, shapes.validation, epochs=10, optimizer=rule, on_epoch=plots.live())

# %%
quality = train.evaluate(signs, shapes.test)
print("test accuracy above 90%:", quality.accuracy > 0.9)

# %% [markdown]
# With only 1,310 parameters! In the **model zoo** are more: CS231n's three-layer net, the 39×39 net of notebook 03, and a small VGG net with batch
# normalisation:

# %%
zoo = {
    "LeNet-5": models.lenet5(),
    "three-layer net": models.three_layer_net(),
    "SIGNS net": models.signs_net(),
    "39×39 net": models.net39(),
    "small VGG": models.small_vgg(),
}
for name, model in zoo.items():
    size = "×".join(map(str, model.input_shape))
    print(f"{name:16} {size:>8} → {model.shapes[-1][0]:2}  {model.summary().parameters:>9,} parameters")

# %% [markdown]
# And one as a table: what comes out of each layer, its size, its parameters. Choose another net, or another size, and run the cell again.

# %%
models.small_vgg((3, 32, 32), classes=10).summary()

# %% [markdown]
# **Play.** Choose a net and a data set, press *Train*, and watch the curves and the filters. Stop, change the learning rate, and go on.

# %% tags=["nbval-ignore-output"]
ConvNetExplorer("signs_net", "shapes")

# %% [markdown]
# ## 9 · Beat the net
#
# Now design one. It reads digits of 8×8 pixels and has at most **1,500 parameters**. The check builds it, trains it for six epochs and measures it on pictures that
# it keeps hidden; that takes a few seconds. The net to beat has 810 parameters and gets about 91% right. From there on every percent counts; at 95% you have all points.
#
# A net is a list of layers, each a dictionary: `{"type": "conv", "f": 3, "filters": 4, "pad": 1}`, `{"type": "bn"}`, `{"type": "relu"}`,
# `{"type": "pool", "f": 2}` (also `"stride"`, `"mode": "average"`), `{"type": "flatten"}`, `{"type": "fc", "units": 10}`.

# %%
given = [
    {"type": "conv", "f": 3, "filters": 8},
    {"type": "relu"},
    {"type": "pool", "f": 2},
    {"type": "flatten"},
    {"type": "fc", "units": 10},
]
models.from_rows(given, (1, 8, 8), 10).summary()

# %% [markdown]
# **Predict** before you design: is the convolution worth anything here?

# %%
quiz("no_convolution")

# %%
pictures = data.split(data.digits(), test=0.4, seed=0)


def share_right(rows):
    """Train a net for six epochs, and say how many of the test pictures it gets right."""
    rival = models.from_rows(rows, (1, 8, 8), 10, rng=0)
    train.fit(rival, pictures.train, epochs=6, optimizer=optim.Adam(3e-3), progress=False)
    return train.evaluate(rival, pictures.test).accuracy


# %%
rivals = {"the given net": given, "without convolution": [{"type": "flatten"}, {"type": "bn"}, {"type": "fc"}]}
for name, rows in rivals.items():
    print(f"{name}: more than 92.5% right?", share_right(rows) > 0.925)
print(f"without convolution, on pictures of 64×64×3 with 6 classes: {(64 * 64 * 3 + 1) * 6:,} parameters")

# %% [markdown]
# Are you surprised? These digits are tiny, all of one size and in the middle. So the pixel at row 3, column 5 means nearly the same in every picture, and a weight of its own for
# each pixel does well. On pictures of 64×64 in colour, where things stand anywhere, its fully connected layer would have 73,734 parameters for six classes, and would
# have to learn every shape anew at every place.
#
# So what was missing in the given net was not the convolution. With both you get further than with either. The points say so, too: the 94% of the net without convolution earn half
# of them, and the other half lies beyond.
#
# The next cell is your workbench: put your own rows in. The check has other pictures, so expect a percent more or less there.

# %% tags=["nbval-ignore-output"]
mine = given
parameters = models.from_rows(mine, (1, 8, 8), 10).summary().parameters
print(f"{parameters:,} of 1,500 parameters, {share_right(mine):.1%} right")

# %% [markdown]
# ### Build: `beat_the_net`
#
# *30 minutes · some thought · 6 points*

# %% exercise="beat_the_net"
def beat_the_net():
    """Describe a net for 1×8×8 digits, ten classes, with at most 1,500 parameters.

    returns: list of dictionaries, one for each layer
    """
    # BEGIN SOLUTION
    normalised = [{"type": "bn"}, {"type": "relu"}]
    first = {"type": "conv", "filters": 10, "f": 3, "pad": 1}
    second = {"type": "conv", "filters": 10, "f": 3}
    scores = [{"type": "flatten"}, {"type": "fc"}]
    return [first, *normalised, {"type": "pool", "f": 2, "stride": 2}, second, *normalised, *scores]
    # END SOLUTION


# %% check="beat_the_net" tags=["nbval-ignore-output"]
check.beat_the_net(beat_the_net)

# %% hints="beat_the_net"
check.hints("beat_the_net")

# %% [markdown]
# ## 10 · Where to go from here
#
# **What pooling throws away.** A face is two eyes, a nose and a mouth *in the right places*. After much pooling a net knows that all are there, but hardly where. **Capsule
# networks** (Sabour, Frosst and Hinton, 2017) let small groups of neurons keep place and angle, and let parts vote for the whole.
#
# **What came after.** **Residual networks** (2015) add a layer's input to its output, so that δ always has a short way back; they made hundreds of layers trainable.
# **Vision transformers** (2020) cut a picture into patches and let every patch look at every other: with enough data they need no convolution at all. With little data convolutions
# are still a good choice: that neighbours belong together need not be learned.
#
# You now know what is inside. Take PyTorch: `Conv2d`, `MaxPool2d`, `BatchNorm2d` and `Adam` hold no secrets any more.

# %% [markdown]
# ## In five lines
#
# 1. Softmax and −log make a loss; its gradient is the probabilities minus 1 at the right class.
# 2. Before training: loss at the start, penalty, gradients, learning fifty pictures by heart.
# 3. Mini-batches: exact enough, and many steps.
# 4. Adam: momentum, and a pace of its own for every weight.
# 5. Training teaches the filters; validation says when to stop; test only once.
#
# | what | formula |
# |---|---|
# | softmax | $p_k = e^{x_k} / \sum_j e^{x_j}$ |
# | loss | $-\frac{1}{N} \sum_i \log p_{i, y_i}$ |
# | its gradient | $(p - \text{one-hot}) / N$ |
# | penalty | $\frac{\text{reg}}{2} \sum W^2$, gradient $\text{reg} \cdot W$ |
# | Adam | $w - \text{rate} \cdot \hat m / (\sqrt{\hat v} + \varepsilon)$ |
#
# ## Sources for more
#
# - LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document recognition* (1998): LeNet-5.
# - Ruder, [*An overview of gradient descent optimization algorithms*](https://arxiv.org/abs/1609.04747) (2016): momentum, RMSprop and others.
# - Kingma and Ba, [*Adam*](https://arxiv.org/abs/1412.6980) (2015).
# - Simonyan and Zisserman, [*Very deep convolutional networks*](https://arxiv.org/abs/1409.1556) (2015): VGG.
# - He, Zhang, Ren and Sun, [*Deep residual learning*](https://arxiv.org/abs/1512.03385) (2015).
# - Sabour, Frosst and Hinton, [*Dynamic routing between capsules*](https://arxiv.org/abs/1710.09829) (2017).
# - Dosovitskiy and others, [*An image is worth 16×16 words*](https://arxiv.org/abs/2010.11929) (2020): vision transformers.
# - Karpathy, [*A recipe for training neural networks*](https://karpathy.github.io/2019/04/25/recipe/) (2019).
