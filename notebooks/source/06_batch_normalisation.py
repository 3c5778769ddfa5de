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
# *About 75 minutes. You need [05 Backpropagation](05_backpropagation.ipynb).*

# %%
import numpy as np

from cnnlab import check, gradcheck, ops, plots
from cnnlab.widgets import BatchNormExplorer, quiz

# %% [markdown]
# ## 1 · Ten layers
#
# Each layer multiplies by a matrix of random weights and applies a ReLU. We measure the **standard deviation** of what comes out: how
# far the numbers spread.

# %%
quiz("ten_layers")

# %%
def spreads(scale, normalise=False, layers=10):
    rng = np.random.default_rng(seed=1)
    x = rng.standard_normal((256, 100))  # 256 examples, 100 features
    found = []
    for _ in range(layers):
        z = x @ (scale * rng.standard_normal((100, 100)))
        if normalise:
            z, _ = ops.batchnorm(z, np.ones(100), np.zeros(100))
        x = np.maximum(z, 0)
        found.append(x.std())
    return found


# %%
curves = {"weights 0.05": spreads(0.05), "weights 0.5": spreads(0.5), "with batch normalisation": spreads(0.05, True)}
plots.lines(curves, x="layer − 1", y="standard deviation", log=True)
for name, found in curves.items():
    print(f"{name:25} after layer 1: {found[0]:.2f}   after layer 10: {found[9]:.0e}")

# %% [markdown]
# Weights of size 0.05 are too small: after ten layers the signal has all but vanished. Weights of 0.5 are too large. And the gradient
# walks back through the same matrices, so it vanishes or explodes as well: the first layers learn nothing, or the training
# blows up.
#
# A good choice of weights helps (about √(2 / inputs): He's rule). But weights change while a network learns. Batch normalisation keeps
# every layer in a good range, all the time.
#
# **Play.** Move the slider for the size of the weights. Watch the histograms without and with batch normalisation.

# %%
BatchNormExplorer()

# %% [markdown]
# ## 2 · One feature, four examples
#
# Take one **feature** (one column of the batch) over all examples. Subtract its mean, divide by its standard deviation: now it has mean 0
# and standard deviation 1.

# %%
quiz("normalise_one")

# %%
x = np.array([3.0, 3, 7, 7])
mean, variance = x.mean(), x.var()
print("mean", mean, " variance", variance, " standard deviation", np.sqrt(variance))
xhat = (x - mean) / np.sqrt(variance)
print("normalised:", xhat)

# %% [markdown]
# The normalised x is written $\hat{x}$, "x hat"; in code `xhat`.
#
# But perhaps mean 0 and spread 1 is not what the next layer needs. So each feature gets two numbers that are **learned**: a scale γ
# ("gamma") and a shift β ("beta").
#
# $$\mu = \frac{1}{N}\sum_i x_i \qquad \sigma^2 = \frac{1}{N}\sum_i (x_i - \mu)^2 \qquad \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} \qquad y_i = \gamma\,\hat{x}_i + \beta$$
#
# $\varepsilon$ is a tiny number such as $10^{-5}$. Without it, a feature that is the same in all examples would be divided by 0.

# %%
quiz("scale_and_shift")

# %%
print("γ = 3, β = 10:", 3 * xhat + 10)

# %% [markdown]
# **Play.** The same as steps: subtract, divide, scale, shift. Change one number of the batch. Which outputs change?

# %%
BatchNormExplorer(x, gamma=3, beta=10)

# %% [markdown]
# ## 3 · Training and testing
#
# During training the mean is that of the batch. When the network is used, there may be one picture only. And its answer should not depend on
# who else is in the batch. So in testing we use **running** statistics, collected during training:
#
# $$\text{running} \leftarrow \text{momentum} \cdot \text{running} + (1 - \text{momentum}) \cdot \text{of this batch}$$
#
# > **A trap.** Here, as in CS231n, the momentum is the share of the *old* value that stays. In PyTorch `momentum=0.1` is the share of the
# > *new* one. Also, PyTorch stores a variance divided by N − 1; we divide by N.

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
# ### Build: `batchnorm_forward`
#
# For a batch `x` of shape `(N, D)`: N examples, D features. All features at once: `axis=0`. The settings come in a dictionary, as in
# CS231n; the lines that read it are there.
#
# What you put into the cache is your own business: `batchnorm_backward` below will be yours, too.
#
# > **A trap.** `x -= x.mean(axis=0)` changes the array of whoever called you. Make a new one.
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
# ## 4 · The way back
#
# γ and β are easy. In $y_i = \gamma \hat{x}_i + \beta$ stands $\hat{x}_i$ beside γ and 1 beside β, for every example:
#
# $$d\gamma = \sum_i \delta_i\,\hat{x}_i \qquad d\beta = \sum_i \delta_i \qquad d\hat{x}_i = \gamma\,\delta_i$$
#
# Now x. It reaches the output in **three ways**: directly; through the mean, which is subtracted; through the variance, which is divided
# by. And mean and variance belong to all examples: when one number of the batch moves, *every* output of that feature moves.

# %%
quiz("gradient_sum")

# %% [markdown]
# Go back step by step, exactly as you went forward. Our four numbers again, with γ = 1 and a δ for the first example only:

# %%
delta = np.array([1.0, 0, 0, 0])
std = np.sqrt(x.var())
centred = x - x.mean()
dcentred = delta / std  # directly: xhat = centred / std
dstd = np.sum(delta * -centred / std**2)  # all outputs are divided by std
dvar = dstd / (2 * std)  # std is the root of var
dcentred = dcentred + dvar * 2 * centred / 4  # var is the mean of centred²
dx = dcentred - dcentred.mean()  # the mean was subtracted from all
print("dx =", dx)

# %% [markdown]
# If you put the steps into one line and tidy up, something short is left:
#
# $$dx_i = \frac{1}{\sigma}\Big(d\hat{x}_i \;-\; \overline{d\hat{x}} \;-\; \hat{x}_i \cdot \overline{d\hat{x}\,\hat{x}}\Big) \qquad \sigma = \sqrt{\text{variance} + \varepsilon}$$
#
# The bar means: mean over the batch. Read it in words. A shift of the whole batch changes nothing, so the mean of the gradient is taken out.
# A stretch of the whole batch changes nothing, so the part along $\hat{x}$ is taken out. What remains is divided by σ.

# %%
short = (delta - delta.mean() - xhat * np.mean(delta * xhat)) / 2
print("dx =", short)
print("adds up to", short.sum(), " and along xhat:", np.sum(short * xhat))

# %% [markdown]
# Check it on paper for the first example: (1 − 0.25 − (−1)·(−0.25)) / 2 = 0.25.

# %% [markdown]
# ### Build: `batchnorm_backward`
#
# By the graph or by the short formula, as you like. Your own forward function makes the cache.
#
# > **A trap.** If you treat mean and variance as constants, `dgamma` and `dbeta` are still right. Only `dx` is wrong.
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
# The library's own, by numbers alone:

# %%
rng = np.random.default_rng(seed=2)
gradcheck.check_gradients(ops.batchnorm, ops.batchnorm_backward, rng.standard_normal((5, 3)), np.array([1.0, 2, 3]), np.zeros(3))

# %% [markdown]
# ## 5 · Maps
#
# After a convolution comes a volume: N examples, C channels, H × W places. All places of a map were made by the same filter, so they are
# the same feature. **Each channel is one feature, and its examples are all N · H · W numbers.**

# %%
quiz("spatial_count")

# %%
quiz("spatial_parameters")

# %% [markdown]
# So nothing new is needed. Lay the volume out as a table with one row for each pixel and one column for each channel, normalise,
# and lay it back.
#
# > **A trap.** `x.reshape(-1, C)` has the right shape and mixes the channels. In memory, neighbours belong to the same channel. Move the
# > channels last first: `x.transpose(0, 2, 3, 1)`. And on the way back: reshape first, then transpose.

# %%
x = np.array([[[[1, 2]], [[10, 20]]]])  # one picture, two channels, one row, two columns
print("one row per pixel:", x.transpose(0, 2, 3, 1).reshape(-1, 2).tolist())
print("reshape alone:    ", x.reshape(-1, 2).tolist())

# %% [markdown]
# ### Find the bug
#
# This function should return the mean of every channel.

# %%
def suspect_reshape_only(x):
    N, C, H, W = x.shape
    rows = x.reshape(N * H * W, C)
    return rows.mean(axis=0)


print(suspect_reshape_only(np.full((2, 3, 4, 4), 7.0)))

# %% [markdown]
# All means are 7, and that is right. First **find** a batch on which it goes wrong.
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
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    return rows.mean(axis=0)
    # END SOLUTION


# %% check="mend_reshape_only"
check.mend_reshape_only(mend_reshape_only)

# %% hints="mend_reshape_only"
check.hints("mend_reshape_only")

# %% [markdown]
# This bug is a mean one. If forward *and* backward reshape wrongly in the same way, the gradient check passes: the gradients
# are right, for the wrong function. Numbers alone do not tell you *what* a function computes.

# %% [markdown]
# ### Build: `spatial_batchnorm_forward`
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
# *8 minutes · hard · 3 points*

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
# ## In five lines
#
# 1. Without help, activations and gradients vanish or explode with depth.
# 2. Batch normalisation gives each feature mean 0 and spread 1 over the batch, then a learned scale and shift.
# 3. Training uses the batch's statistics, testing the running ones.
# 4. On the way back every example depends on all others: take out the mean and the part along $\hat{x}$.
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
# **Next:** [07 Naive to fast](07_naive_to_fast.ipynb). Your functions are right. Now make them a thousand times faster.
