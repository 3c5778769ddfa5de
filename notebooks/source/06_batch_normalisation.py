# %% [markdown]
# # 06 Batch normalisation
#
# A deep network is a long chain of multiplications. If each link makes the numbers a little too small, nothing is left at the end. If
# each makes them a little too large, they explode. **Batch normalisation** puts the numbers right again after every layer.
#
# Afterwards you can
#
# - show what badly scaled weights do to a ten-layer network, and what batch normalisation does about it;
# - write it, for training and for testing;
# - derive its gradient, in which every example of a batch depends on all others;
# - use it on the maps of a convolution.
#
# *About 110 minutes. You need [05 Backpropagation](05_backpropagation.ipynb).*

# %%
import numpy as np

from cnnlab import check, gradcheck, ops, plots
from cnnlab.widgets import BatchNormExplorer, quiz

# %% [markdown]
# ## 1 · Ten layers
#
# We build a network of ten layers. Each layer multiplies by a matrix of random weights, then applies a ReLU. After every layer we measure
# the **standard deviation** of the numbers: how far they spread.

# %%
quiz("ten_layers")

# %%
def forward(scale, normalise=False):
    rng = np.random.default_rng(seed=1)
    x = rng.standard_normal((256, 100))  # 256 examples, 100 features, spread 1
    spreads, steps = [], []
    for _ in range(10):
        W = scale * rng.standard_normal((100, 100))
        z, cache = ops.batchnorm(x @ W, np.ones(100), np.zeros(100)) if normalise else (x @ W, None)
        x = np.maximum(z, 0)
        spreads.append(x.std())
        steps.append((W, z > 0, cache))
    return spreads, steps


# %%
networks = {
    "weights 0.05": forward(0.05),
    "weights 0.5": forward(0.5),
    "weights 0.05, batch norm": forward(0.05, normalise=True),
}
curves = {name: spreads for name, (spreads, _) in networks.items()}
plots.lines(curves, at=range(1, 11), x="layer", y="spread of the outputs", log=True)
for name, found in curves.items():
    print(f"{name:25} after layer 1: {found[0]:.2g}   after layer 10: {found[9]:.2g}")

# %% [markdown]
# Read the vertical axis: each step is a factor. Weights of size 0.05 are too small: after ten layers, a spread of 0.00003 is left.
# Weights of 0.5 are too large: the numbers explode. With batch normalisation, every layer has the same spread, about 0.6.
#
# And the gradient? It walks back through the same matrices. We start behind the last layer with random δ of spread 1. Predict: with weights of
# 0.05, will the gradient at layer 1 be larger or smaller than at layer 10?

# %%
def backward(steps):
    delta = np.random.default_rng(seed=2).standard_normal((256, 100))
    spreads = []
    for W, positive, cache in reversed(steps):
        delta = delta * positive  # back through the ReLU
        if cache is not None:
            delta = ops.batchnorm_backward(delta, cache).dx  # you will write this below
        delta = delta @ W.T  # back through the product
        spreads.insert(0, delta.std())
    return spreads


# %%
gradients = {name: backward(steps) for name, (_, steps) in networks.items()}
plots.lines(gradients, at=range(1, 11), x="layer", y="spread of the gradient", log=True)
for name, found in gradients.items():
    print(f"{name:25} at layer 10: {found[9]:.2g}   at layer 1: {found[0]:.2g}")

# %% [markdown]
# It is the same story from right to left. With weights of 0.05 the gradient **vanishes**: the first layers learn next to nothing. With 0.5
# it **explodes**: a step of training goes astray. With batch normalisation it stays between 1 and 6 in every layer.
#
# Good weights help, too. Kaiming He's rule says how large they should be where a ReLU follows: √(2 / inputs). For 100 inputs:

# %%
scale = np.sqrt(2 / 100)
spreads, steps = forward(scale)
print(f"weights {scale:.2f}: outputs of layer 10 spread {spreads[9]:.1f}, ", end="")
print(f"gradient at layer 1 spreads {backward(steps)[0]:.1f}")

# %% [markdown]
# But weights change while a network learns. Batch normalisation keeps every layer in a good range all the time.
#
# **Play.** Change the size of the weights. Which histograms change, those without or those with batch normalisation? For which size do
# the spreads without it stay the same?

# %%
BatchNormExplorer()

# %% [markdown]
# ## 2 · One feature, four examples
#
# Take one **feature**: one column of the batch, a number for each example. Subtract its mean, then divide by its standard deviation. Now it
# has mean 0 and standard deviation 1.

# %%
quiz("normalise_one")

# %%
x = np.array([3.0, 3, 7, 7])
mean, variance = x.mean(), x.var()
print("mean", mean, " variance", variance, " standard deviation", np.sqrt(variance))  # (4 + 4 + 4 + 4) / 4 = 4
xhat = (x - mean) / np.sqrt(variance)
print("normalised:", xhat)

# %% [markdown]
# The normalised x is written $\hat{x}$, "x hat"; in code `xhat`.
#
# But perhaps mean 0 and spread 1 is not what the next layer needs. So each feature gets two numbers that are **learned**: a scale γ
# ("gamma") and a shift β ("beta").
#
# In symbols, for a batch of N examples, μ ("mu") is the mean, σ² ("sigma squared") the variance and y the output:
#
# $$\mu = \frac{1}{N}\sum_i x_i \qquad \sigma^2 = \frac{1}{N}\sum_i (x_i - \mu)^2 \qquad \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} \qquad y_i = \gamma\,\hat{x}_i + \beta$$
#
# $\varepsilon$ ("epsilon") is a tiny number such as $10^{-5}$. Without it, a feature that is the same in all examples would be divided by 0.

# %%
quiz("scale_and_shift")

# %%
print("γ = 3, β = 4:", 3 * xhat + 4)

# %% [markdown]
# The outputs have mean β = 4 and standard deviation γ = 3, whatever the batch was. A network could even learn γ = 2 and β = 5 here, and get
# its old numbers back.
#
# **Play.** The same in steps: subtract, divide, scale, shift. Then change γ and β. What happens to the mean and the spread of the outputs?

# %%
BatchNormExplorer(x, gamma=3, beta=4)

# %% [markdown]
# Now go back to the widget of section 1 and set the *Batch size* to 2. What has become of the histograms with batch normalisation? Why?

# %%
two, _ = ops.batchnorm(np.random.default_rng(seed=3).standard_normal((2, 100)), np.ones(100), np.zeros(100))
print("two examples, 100 features:", (two > 0.99).sum(), "numbers near 1,", (two < -0.99).sum(), "near −1")

# %% [markdown]
# Of two examples one lies above their mean, and the other just as far below. So nearly every feature becomes 1 and −1, and how far they
# were apart is forgotten. Batches should not be too small.

# %% [markdown]
# ## 3 · Training and testing
#
# During training, mean and variance are those of the batch. So the output for one example depends on who else is in the batch:

# %%
for others in ([3, 7, 7], [9, 9, 9]):
    batch = np.array([[3.0]] + [[v] for v in others])
    own, _ = ops.batchnorm(batch, [1], [0])
    fixed, _ = ops.batchnorm(batch, [1], [0], stats=([5], [4]))  # mean 5 and variance 4, whatever the batch is
    print("3 beside", others, "becomes", own[0, 0].round(2), " with fixed statistics", fixed[0, 0].round(2))

# %% [markdown]
# When the network is used, that must not be: the answer for your picture should depend on your picture. And there may be one picture only.
# So in testing we use fixed numbers: **running** statistics, collected during training. They begin at 0. After each batch they move a little
# towards its mean, and in the same way towards its variance:
#
# $$\text{running} \leftarrow \text{momentum} \cdot \text{running} + (1 - \text{momentum}) \cdot \text{of this batch}$$
#
# > **A trap.** Here, as in CS231n, the momentum is the share of the *old* value that stays, for example 0.9. In PyTorch it is the share of
# > the *new* one, for example 0.1. Also, PyTorch stores a variance divided by N − 1; we divide by N.

# %%
quiz("running_mean")

# %%
quiz("batch_of_one")

# %%
running_mean = 0.0
for step in range(1, 41):
    running_mean = 0.9 * running_mean + 0.1 * 5.0
    if step in (1, 2, 10, 40):
        print(f"after {step:2} batches of mean 5: running mean {running_mean:.2f}")

# %% [markdown]
# After 2 batches it is 0.9 · 0.5 + 0.1 · 5 = 0.95. After 40 it has nearly arrived.
#
# **Play.** The four numbers 3, 3, 7, 7 again, as every batch of a training. Press *test*: what does the widget say? Let there be 1
# *Earlier batch*, press *test* again, and go on to 10 and 40. When does the first 3 become nearly −1, as in training? And with a momentum
# of 0.5?

# %%
BatchNormExplorer(x)

# %%
for momentum in (0.9, 0.5):
    for batches in (1, 10, 40):
        arrived = 1 - momentum**batches  # share of the mean 5 and of the variance 4
        tested = (3 - 5 * arrived) / np.sqrt(4 * arrived)
        print(f"momentum {momentum}, after {batches:2} batches: 3 becomes {tested:.2f}")

# %% [markdown]
# With 0.9 it takes about 40 batches, with 0.5 ten are enough. But real batches differ, and with 0.5 the last one has half of the say.

# %% [markdown]
# ### Build: `batchnorm_forward`
#
# For a batch `x` of shape `(N, D)`: N examples, D features. Do all features at once: `axis=0`. The settings come in a dictionary, as in
# CS231n; the lines that read it are there.
#
# What you put into the cache is your own business: `batchnorm_backward` below will be yours, too. In mode "test" it may be `None`.
#
# > **Three traps.** `x -= x.mean(axis=0)` changes the array of whoever called you: make a new one. A new running mean in a variable of your
# > function is lost when it returns: write it into `bn_param`. And in mode "test" the batch has no say: take the running statistics.
#
# *20 minutes · some thought · 5 points*

# %% exercise="batchnorm_forward"
def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise every feature over the batch.

    x           : array (N, D)
    gamma, beta : arrays (D,)
    bn_param    : dictionary with "mode" ("train" or "test"), and perhaps "eps", "momentum", "running_mean" and "running_var",
                  both (D,); in mode "train" write the new running statistics into it
    returns: out, array (N, D), and a cache for `batchnorm_backward`
    """
    mode = bn_param["mode"]
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    # BEGIN SOLUTION
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, gamma, std)
    # END SOLUTION


# %% check="batchnorm_forward"
check.batchnorm_forward(batchnorm_forward)

# %% hints="batchnorm_forward"
check.hints("batchnorm_forward")

# %% [markdown]
# Passed? Then watch your own code at work, in a cell of its own: `BatchNormExplorer(fn=batchnorm_forward)`.

# %% [markdown]
# ## 4 · The way back
#
# δ is the gradient of the loss with respect to an output, one number for each example; in code it is `dout`. As in notebook 05, $d\gamma$ is
# short for the gradient of the loss with respect to γ. γ and β are easy.
# In $y_i = \gamma \hat{x}_i + \beta$ the factor beside γ is $\hat{x}_i$, and β is simply added. Both take part in every example, so we add
# up:
#
# $$d\gamma = \sum_i \delta_i\,\hat{x}_i \qquad d\beta = \sum_i \delta_i \qquad d\hat{x}_i = \gamma\,\delta_i$$
#
# Now x. It reaches the output in **three ways**: directly; through the mean, which is subtracted; through the variance, which is divided
# by. And mean and variance belong to all examples: when one number of the batch moves, *every* output of that feature moves.

# %%
quiz("gradient_sum")

# %% [markdown]
# Call the centred numbers $c_i = x_i - \mu$. Here is the way forward as small steps, and beside each step its way back:
#
# | forward | backward |
# |---|---|
# | 1. $\mu = \frac{1}{N}\sum_i x_i$ | each $x_i$ gets $\frac{1}{N}\,d\mu$ |
# | 2. $c_i = x_i - \mu$ | $x_i$ gets $dc_i$; $\;d\mu = -\sum_i dc_i$ |
# | 3. $\sigma^2 = \frac{1}{N}\sum_i c_i^2$ | each $c_i$ gets $\frac{2 c_i}{N}\,d\sigma^2$ |
# | 4. $\text{std} = \sqrt{\sigma^2 + \varepsilon}$ | $d\sigma^2 = d\text{std} \,/\, (2\,\text{std})$ |
# | 5. $\hat{x}_i = c_i / \text{std}$ | $c_i$ gets $d\hat{x}_i / \text{std}$; $\;d\text{std} = -\sum_i d\hat{x}_i\, c_i / \text{std}^2$ |
#
# The whole root, with ε, is called std here, as in the code below. Read the right column from the bottom to the top: that is backpropagation. What reaches
# $c_i$ in two ways is added, and so is what reaches $x_i$.
#
# Our four numbers again, with γ = 1 and a δ for the first example only:

# %%
delta = np.array([1.0, 0, 0, 0])
std = np.sqrt(x.var())
centred = x - x.mean()
dcentred = delta / std  # step 5: the way to c
dstd = np.sum(-delta * centred / std**2)  # step 5: the way to std
dvar = dstd / (2 * std)  # step 4: σ² is the variance
dcentred = dcentred + 2 * centred / 4 * dvar  # step 3
dmean = -np.sum(dcentred)  # step 2
dx = dcentred + dmean / 4  # steps 2 and 1
print("dstd =", dstd, " dvar =", dvar, " dmean =", dmean, " dx =", dx)

# %% [markdown]
# On paper, for the first example: δ/std = 1/2. Its c is −2, so dstd = 2/4 = 0.5 and dσ² = 0.5/4 = 0.125. Step 3 adds 2 · (−2)/4 · 0.125 = −0.125,
# which makes 0.375. The mean of all four $dc$ is 0.125. It is taken away: 0.25.
#
# Put the steps into one line, and something short is left. In what follows, a bar means: mean over the batch.
#
# - $c_i/\text{std}$ is $\hat{x}_i$. So step 5 is $d\text{std} = -\frac{1}{\text{std}}\sum_i d\hat{x}_i\,\hat{x}_i = -\frac{N}{\text{std}}\,\overline{d\hat{x}\,\hat{x}}$.
# - Through steps 4 and 3, $c_i$ gets $\frac{2 c_i}{N} \cdot \frac{d\text{std}}{2\,\text{std}} = -\hat{x}_i \cdot \overline{d\hat{x}\,\hat{x}}\,/\,\text{std}$.
# - With its direct share, $dc_i = \big(d\hat{x}_i - \hat{x}_i \cdot \overline{d\hat{x}\,\hat{x}}\big)/\text{std}$.
# - Steps 2 and 1 take the mean of all $dc_i$ away. The mean of $\hat{x}$ is 0, so only $\overline{d\hat{x}}/\text{std}$ goes.
#
# $$dx_i = \frac{1}{\text{std}}\Big(d\hat{x}_i \;-\; \overline{d\hat{x}} \;-\; \hat{x}_i \cdot \overline{d\hat{x}\,\hat{x}}\Big)$$
#
# Read it in words. To add the same to all numbers of the batch changes nothing, so the mean of the gradient is taken out. To stretch the batch
# changes nothing (but for ε), so the part along $\hat{x}$ is taken out. What remains is divided by std.

# %%
short = (delta - delta.mean() - xhat * np.mean(delta * xhat)) / 2
print("dx =", short)
print("adds up to", short.sum(), " and along xhat:", np.sum(short * xhat))

# %% [markdown]
# The same numbers. On paper, for the first example: (1 − 0.25 − (−1) · (−0.25)) / 2 = 0.25.

# %% [markdown]
# ### Build: `batchnorm_backward`
#
# By steps or by the short formula, as you like. Your own forward function makes the cache.
#
# > **A trap.** If you treat mean and variance as constants, `dgamma` and `dbeta` are still right. Only `dx` is wrong. And both means divide
# > by N, not by N − 1.
#
# *30 minutes · hard · 6 points*

# %% exercise="batchnorm_backward"
def batchnorm_backward(dout, cache):
    """Return the gradients of `batchnorm_forward` in mode "train".

    dout  : array (N, D), δ for every output
    cache : what your `batchnorm_forward` returned
    returns: dx (N, D), dgamma (D,), dbeta (D,)
    """
    # BEGIN SOLUTION
    xhat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
    return dx, dgamma, dbeta
    # END SOLUTION


# %% check="batchnorm_backward"
check.batchnorm_backward(batchnorm_backward)

# %% hints="batchnorm_backward"
check.hints("batchnorm_backward")

# %% [markdown]
# The gradient checker of notebook 05, on the library's pair of functions:

# %%
rng = np.random.default_rng(seed=2)
inputs = rng.standard_normal((5, 3)), np.array([1.0, 2, 3]), np.zeros(3)
report = gradcheck.check_gradients(ops.batchnorm, ops.batchnorm_backward, *inputs)
print("dx, dgamma and dbeta agree" if report.ok else report.worst)

# %% [markdown]
# Have your two passed? Then check them in the same way, in a cell of its own:
# `gradcheck.check_gradients(batchnorm_forward, batchnorm_backward, *inputs, bn_param={"mode": "train"})`.

# %% [markdown]
# ## 5 · Maps
#
# A convolution gives a volume of shape (N, C, H, W): N examples, C channels, H rows, W columns. All places of a map were made by the same
# filter, so they are one feature. **Each channel is one feature, and its examples are all N · H · W numbers.**

# %%
quiz("spatial_count")

# %%
quiz("spatial_parameters")

# %% [markdown]
# So nothing new is needed. Lay the volume out as a table: one row for each pixel, one column for each channel. Normalise the columns, and
# lay everything back.
#
# > **A trap.** `x.reshape(-1, C)` has the right shape, but it mixes the channels. In memory, neighbours belong to the same channel. So first
# > move the channels to the end with `x.transpose(0, 2, 3, 1)`, and only then reshape. On the way back it is the other way round: reshape to
# > (N, H, W, C), then move the channels forward.

# %%
maps = np.array([[[[1, 2]], [[10, 20]]]])  # one picture, two channels, one row, two columns
moved, alone = maps.transpose(0, 2, 3, 1).reshape(-1, 2), maps.reshape(-1, 2)
for how, rows in (("one row per pixel", moved), ("reshape alone", alone)):
    print(f"{how:18}", rows.tolist(), " means of the columns:", rows.mean(axis=0))

# %% [markdown]
# The channels hold 1, 2 and 10, 20. Their means are 1.5 and 15; reshape alone gives means of nothing in particular.

# %% [markdown]
# ### Find the bug
#
# This function should return the mean of every channel. It has the bug of the trap above, but on this batch it does not show:

# %%
def suspect_reshape_only(x):
    N, C, H, W = x.shape
    rows = x.reshape(N * H * W, C)
    return rows.mean(axis=0)


print(suspect_reshape_only(np.full((2, 3, 4, 4), 7.0)))

# %% [markdown]
# All means are 7, and that is right. First **find** a batch on which the function goes wrong.
#
# *5 minutes · some thought · 1 point*

# %% exercise="find_reshape_only"
def find_reshape_only():
    """Return a batch of maps for which `suspect_reshape_only` is wrong.

    returns: array (N, C, H, W)
    """
    # BEGIN SOLUTION
    x = np.zeros((1, 2, 2, 2))
    x[:, 1] = 1.0
    return x
    # END SOLUTION


# %% check="find_reshape_only"
check.find_reshape_only(find_reshape_only)

# %% hints="find_reshape_only"
check.hints("find_reshape_only")

# %% [markdown]
# Then **mend** it.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_reshape_only"
def mend_reshape_only(x):
    """Return the mean of every channel.

    x : array (N, C, H, W)
    returns: array (C,)
    """
    # BEGIN SOLUTION
    pixels = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])
    return pixels.mean(axis=0)
    # END SOLUTION


# %% check="mend_reshape_only"
check.mend_reshape_only(mend_reshape_only)

# %% hints="mend_reshape_only"
check.hints("mend_reshape_only")

# %% [markdown]
# This bug hides well. Let forward *and* backward reshape wrongly, in the same way:

# %%
def reshaped(x, gamma, beta):
    out, cache = ops.batchnorm(x.reshape(-1, x.shape[1]), gamma, beta)
    return out.reshape(x.shape), cache


def reshaped_backward(dout, cache):
    grads = ops.batchnorm_backward(dout.reshape(-1, dout.shape[1]), cache)
    return grads._replace(dx=grads.dx.reshape(dout.shape))


# %%
volume = rng.standard_normal((2, 3, 4, 5)) + np.array([1, 2, 3]).reshape(1, 3, 1, 1)  # channels around 1, 2 and 3
report = gradcheck.check_gradients(reshaped, reshaped_backward, volume, np.ones(3), np.zeros(3))
out, _ = reshaped(volume, np.ones(3), np.zeros(3))
print("the gradients agree:", report.ok)
print("means of the channels, which should be 0:", out.mean(axis=(0, 2, 3)).round(1))

# %% [markdown]
# The gradient check passes: the gradients are right, but for another function. A gradient check cannot tell you *what* the forward pass
# should compute.
#
# ### Build: `spatial_batchnorm_forward`
#
# Call your `batchnorm_forward`. If it is not right yet, the check lends you the course's.
#
# *12 minutes · some thought · 3 points*

# %% exercise="spatial_batchnorm_forward"
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise every channel over examples, rows and columns.

    x           : array (N, C, H, W)
    gamma, beta : arrays (C,)
    bn_param    : as for `batchnorm_forward`; running statistics are (C,)
    returns: out, array (N, C, H, W), and a cache for `spatial_batchnorm_backward`
    """
    # BEGIN SOLUTION
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
    # END SOLUTION


# %% check="spatial_batchnorm_forward"
check.spatial_batchnorm_forward(spatial_batchnorm_forward)

# %% hints="spatial_batchnorm_forward"
check.hints("spatial_batchnorm_forward")

# %% [markdown]
# ### Build: `spatial_batchnorm_backward`
#
# *8 minutes · some thought · 3 points*

# %% exercise="spatial_batchnorm_backward"
def spatial_batchnorm_backward(dout, cache):
    """Return the gradients of `spatial_batchnorm_forward` in mode "train".

    dout  : array (N, C, H, W)
    cache : what your `spatial_batchnorm_forward` returned
    returns: dx (N, C, H, W), dgamma (C,), dbeta (C,)
    """
    # BEGIN SOLUTION
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
    # END SOLUTION


# %% check="spatial_batchnorm_backward"
check.spatial_batchnorm_backward(spatial_batchnorm_backward)

# %% hints="spatial_batchnorm_backward"
check.hints("spatial_batchnorm_backward")

# %% [markdown]
# Have both passed? Then look at the means that came out wrong above:
# `spatial_batchnorm_forward(volume, np.ones(3), np.zeros(3), {"mode": "train"})[0].mean(axis=(0, 2, 3)).round(1)`.

# %% [markdown]
# ## In five lines
#
# 1. With badly scaled weights, outputs and gradients vanish or explode with depth.
# 2. Batch normalisation gives each feature mean 0 and spread 1 over the batch, then a learned scale and shift.
# 3. Training uses the statistics of the batch; testing uses the running ones.
# 4. On the way back, every example depends on all others: take out the mean and the part along $\hat{x}$.
# 5. For maps, a channel is a feature; its examples are all pixels of all pictures.
#
# | what | formula |
# |---|---|
# | normalise | $\hat{x} = (x - \mu) / \sqrt{\sigma^2 + \varepsilon}$ |
# | scale and shift | $y = \gamma \hat{x} + \beta$ |
# | running statistics | $r \leftarrow m\,r + (1 - m) \cdot \text{batch}$ |
# | γ and β | $d\gamma = \sum \delta \hat{x}, \quad d\beta = \sum \delta$ |
# | x | $dx = \big(d\hat{x} - \overline{d\hat{x}} - \hat{x}\,\overline{d\hat{x}\hat{x}}\big) / \sqrt{\sigma^2 + \varepsilon}$ |
#
# ## Sources for more
#
# - Ioffe and Szegedy, [*Batch normalization*](https://arxiv.org/abs/1502.03167) (2015).
# - He, Zhang, Ren and Sun, [*Delving deep into rectifiers*](https://arxiv.org/abs/1502.01852) (2015): how large weights should be.
# - Santurkar and others, [*How does batch normalization help optimization?*](https://arxiv.org/abs/1805.11604) (2018).
# - Wu and He, [*Group normalization*](https://arxiv.org/abs/1803.08494) (2018): when batches are small.
#
# **Next:** [07 Naive to fast](07_naive_to_fast.ipynb). Your functions are right. Now make them fast.
