# %% [markdown]
# # 03 Convolution over volumes
#
# A colour picture is not one table of numbers but three: red, green and blue. And a network looks for many things at once, not
# for one kind of edge. In this notebook the filter grows deep, and there will be many of them. At the end you have built one
# whole layer of a convolutional network.
#
# Afterwards you can
#
# - convolve a picture of many channels with many filters, by hand and in code;
# - say the shape of what comes out, and how many numbers the layer learns;
# - say why a convolution needs so few of them.
#
# *About 75 minutes. You need [02 Padding and stride](02_padding_and_stride.ipynb).*

# %%
import numpy as np

from cnnlab import check, data, models, ops, plots, shapes
from cnnlab.widgets import VolumeConv, quiz

# %% [markdown]
# ## 1 · A picture with depth
#
# A colour picture has `H` rows, `W` columns and `C` = 3 **channels**. Such a block of numbers is called a **volume**.

# %%
photo = data.photograph("flower")[100:292, 200:456]
print("shape", photo.shape)
plots.show(photo, photo[..., 0], photo[..., 1], photo[..., 2], titles=["flower", "red", "green", "blue"])
for name, channel in zip(["red", "green", "blue"], np.moveaxis(photo, 2, 0)):
    print(f"{name:5} mean {channel.mean():.0f}")

# %% [markdown]
# The filter is deep too: **it has exactly as many channels as its input.** A 3×3 filter on a colour picture is really
# 3×3×3. It does not slide in the third direction, for there it covers everything.

# %%
quiz("products_per_number")

# %%
quiz("volume_channels")

# %% [markdown]
# A small example, with numbers that you can follow on paper: two channels of 3×3, one filter of 2×2×2, and a **bias**, one
# number that is added at the end. The library puts the **channels first**: `x[0]` is the first channel, `w[0]` the part of
# the filter that lies on it.

# %%
x = np.array([[[1.0, 2, 0],
               [0, 1, 3],
               [2, 0, 1]],
              [[0.0, 1, 1],
               [2, 0, 1],
               [1, 1, 0]]])  # (C, H, W): the first channel, the second
w = np.array([[[1.0, 0],
               [0, 2]],
              [[0.0, -1],
               [3, 0]]])  # (C, R, S): one filter
b = 1.0
partial = [np.sum(x[c, 0:2, 0:2] * w[c]) for c in range(2)]
print("first channel:", partial[0], " second:", partial[1], " bias:", b, " output:", sum(partial) + b)

# %% [markdown]
# The first channel gives 1·1 + 1·2 = 3, the second 1·(−1) + 2·3 = 5; the weights that are 0 add nothing. With the bias 1 the first
# output number is 3 + 5 + 1 = 9.
#
# **Play.** Here is this example; the widget numbers the channels from 1. Before each step, work out the next output.

# %%
VolumeConv(x, w[None], [b])  # w[None]: a stack of one filter

# %% [markdown]
# So a convolution over a volume is nothing new. It is **one 2-D correlation for each channel, added up**:

# %%
by_channel = [ops.correlate2d(x[c], w[c]) for c in range(2)]
volume, _ = ops.conv2d(x[None], w[None], np.array([b]))
plots.show(*by_channel, volume[0, 0], titles=["first channel", "second channel", "sum and bias"], signed=False)
print(by_channel[0].tolist(), "+", by_channel[1].tolist(), "+ 1 =", volume[0, 0].tolist())

# %%
quiz("volume_hand")

# %% [markdown]
# **Play.** Now three channels and two filters: a 5×5×3 input, padded to 7×7×3, and filters of 3×3×3 with stride 2. Step through
# it, and watch the three partial sums come together. How many steps does one filter take? What becomes of the results of the
# second one?

# %%
lab = VolumeConv()
lab

# %%
places = lab.output[0].size
print("output", lab.output.shape, "=", len(lab.output), "filters ×", places, "places")
for step in (0, places):
    print(f"step {step + 1}: {lab.trace[step].sentence}")

# %% [markdown]
# One filter takes 9 steps and fills a map of 3×3. At step 10 the second filter begins at the top left again, and fills a map of
# its own. The output is 3×3×2.

# %% [markdown]
# A filter may also look at one channel only: all its other weights are 0. This one looks for upright edges in the red channel
# and takes no notice of green and blue. The library wants a whole batch of pictures, so one more axis stands in front of the
# others: `(N, C, H, W)` are `N` pictures.

# %%
red_edges = np.zeros((1, 3, 3, 3))  # one filter, three channels
red_edges[0, 0] = data.kernel("vertical")
pixels = np.moveaxis(photo, 2, 0)[None].astype(float)  # (1, 3, H, W)
output, _ = ops.conv2d(pixels, red_edges)
alone = ops.correlate2d(photo[..., 0], data.kernel("vertical"))
print("same as the red channel alone:", np.array_equal(output[0, 0], alone))

# %% [markdown]
# ### Build: `conv_single_step`
#
# One window, one filter, one number. The exercises of this notebook keep the **channels last**, as deeplearning.ai's course
# does: a window is `(f, f, C)`, where `f` is the number of rows and of columns. Only the order of the axes is another; the numbers
# are the same. The bias comes as an array of shape `(1, 1, 1)`.
#
# > **A trap.** Where does the bias belong: inside the sum, or outside? Inside it would be added f·f·C times. (The first edition of
# > that course did so. Solutions written for it give other numbers.)
# >
# > **Another trap.** `float(b)` on an array with three axes is an error in today's NumPy. `b.item()` takes the number out.
#
# *6 minutes · easy · 2 points*

# %% exercise="conv_single_step"
def conv_single_step(a_slice_prev, W, b):
    """Apply one filter to one window.

    a_slice_prev : array (f, f, C), the window
    W            : array (f, f, C), the filter
    b            : array (1, 1, 1), the bias
    returns: one number
    """
    # BEGIN SOLUTION
    return np.sum(a_slice_prev * W) + b.item()
    # END SOLUTION


# %% check="conv_single_step"
check.conv_single_step(conv_single_step)

# %% hints="conv_single_step"
check.hints("conv_single_step")

# %% [markdown]
# ## 2 · Many filters
#
# One filter makes one map. To look for four things, take four filters.

# %%
quiz("four_filters")

# %% [markdown]
# Their maps are stacked: **the result has as many channels as there are filters.** The next layer sees them as its input channels.
#
# | | shape, channels last | here |
# |---|---|---|
# | input | $n_H \times n_W \times C$ | 192×256×3 |
# | one filter | $f \times f \times C$ | 3×3×3 |
# | all filters | $f \times f \times C \times C'$ | 3×3×3×4 |
# | output | $n_H' \times n_W' \times C'$ | 190×254×4 |
#
# $n_H$ and $n_W$ count rows and columns, $C$ the channels that come in, $C'$ those that go out: the filters.

# %%
kernels = ["vertical", "horizontal", "laplacian", "box"]
filters = np.stack([np.stack([data.kernel(name)] * 3) for name in kernels]) / 3  # (4, 3, 3, 3)
maps, _ = ops.conv2d(pixels, filters)
plots.show(*maps[0], titles=kernels)
print("input", pixels.shape, "filters", filters.shape, "→ maps", maps.shape)

# %% [markdown]
# **A layer** is three steps: convolve, add the bias of each filter, and apply a function that is not a straight line. The usual
# one is **ReLU**: negative numbers become 0, positive ones stay.
#
# %%
z = np.array([-4.0, -1.0, 0.0, 2.0, 5.0])
print("z      ", z)
print("ReLU(z)", ops.relu(z)[0])

# %% [markdown]
# Why not a straight line? Because two convolutions in a row, with nothing between, are again one convolution. Here a 3×3 edge
# filter and a 3×3 blur, one after the other, do what a single 5×5 filter does. With a ReLU between them they do something new. Only
# the bend makes the second layer worth having.

# %%
edge, blur, red = data.kernel("vertical"), data.kernel("box"), photo[..., 0]
edges = ops.correlate2d(red, edge)
both = ops.correlate2d(np.pad(edge, 2), blur[::-1, ::-1])  # a 5×5 filter
once = ops.correlate2d(red, both)
print("filter", both.shape, "does the same at once:", np.allclose(ops.correlate2d(edges, blur), once))
print("the same with a ReLU between:", np.allclose(ops.correlate2d(ops.relu(edges)[0], blur), once))

# %% [markdown]
# **Play.** Here the ReLU is on. Switch it off: which output cells change? Then set *Weights* to *one channel each*. Which of the
# partial sums are 0 now?

# %%
bend = VolumeConv(relu=True)
bend

# %%
sums = bend.trace.totals
print("sums", sums.astype(int).tolist())
print(f"{(sums < 0).sum()} of {sums.size} are negative: ReLU makes them 0")

# %% [markdown]
# ### Build: `conv_forward`
#
# The whole convolution of one layer, without the ReLU: a batch of `m` examples (pictures), `C` channels in, `C'` filters, padding
# and stride. Use your `conv_single_step`, and `np.pad` or your `zero_pad` from notebook 02.
#
# Also return a **cache**: the four arguments as they came. The backward pass will need them.
#
# > **A trap.** The loops count *output* cells. The window of output row `h` starts at row `h * stride` of the padded input.
#
# *25 minutes · hard · 6 points*

# %% exercise="conv_forward"
def conv_forward(A_prev, W, b, hparameters):
    """Convolve every example with every filter.

    A_prev      : array (m, n_H_prev, n_W_prev, C)
    W           : array (f, f, C, C'), the filters
    b           : array (1, 1, 1, C'), one bias for each filter
    hparameters : dictionary with "stride" and "pad"
    returns: Z, array (m, n_H, n_W, C'), and cache = (A_prev, W, b, hparameters)
    """
    # BEGIN SOLUTION
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, _, _, filters = W.shape
    n_H = (n_H_prev + 2 * pad - f) // stride + 1
    n_W = (n_W_prev + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, filters))
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                window = padded[i, top : top + f, left : left + f, :]
                for c in range(filters):
                    Z[i, h, w, c] = conv_single_step(window, W[:, :, :, c], b[:, :, :, c])
    return Z, (A_prev, W, b, hparameters)
    # END SOLUTION


# %% check="conv_forward"
check.conv_forward(conv_forward)

# %% hints="conv_forward"
check.hints("conv_forward")

# %% [markdown]
# Passed? Then watch your own code at work, in a cell of its own: `VolumeConv(fn=conv_forward)`.

# %% [markdown]
# ## 3 · How many numbers does a layer learn?
#
# Weights and biases are what training will change. They are the layer's **parameters**.

# %%
quiz("ten_filters")

# %%
quiz("larger_picture")

# %%
for size in (39, 1000):
    print(f"picture {size}×{size}×3, ten filters 3×3×3: {shapes.conv_parameters(3, 10, 3)} parameters")

# %% [markdown]
# A convolution layer with filters of `f` × `f`, `C` channels in and `C'` channels out learns
#
# $$(f \cdot f \cdot C + 1) \cdot C'$$
#
# numbers: all weights of one filter and its bias, times the number of filters. The size of the picture is not in the formula.
#
# Now compare with a **fully connected** layer, where every output has a weight of its own for every input.

# %%
quiz("fc_instead")

# %%
inputs, outputs = 39 * 39 * 3, 37 * 37 * 10
print(f"{inputs:,} inputs, {outputs:,} outputs")
print(f"convolution:     {shapes.conv_parameters(3, 10, 3):>12,} parameters")
print(f"fully connected: {shapes.dense_parameters(inputs, outputs):>12,} parameters")

# %% [markdown]
# Two ideas make the difference:
#
# - **Local connections.** An output looks at 27 inputs, not at all 4,563.
# - **Shared weights.** A filter that is good at finding an edge here is good at finding it there. All places of a map use the same
#   weights.
#
# Other layers are counted likewise. Pooling (next notebook) learns nothing. Batch normalisation (06) learns a scale and a shift for
# each channel. A fully connected layer learns a weight for each pair of input and unit, and a bias for each unit.

# %% [markdown]
# ### Build: `param_count`
#
# Count for any layer. It comes as a dictionary: its `"type"` is one of `"conv"`, `"pool"`, `"bn"` (batch normalisation) and `"fc"`
# (fully connected), and its sizes are named as in the docstring. In code $C$ and $C'$ are called `n_C_prev` (of the layer before)
# and `n_C`. Some of the sizes you do not need. Which?
#
# *10 minutes · some thought · 3 points*

# %% exercise="param_count"
def param_count(layer):
    """Count the numbers that a layer learns.

    layer : dictionary, one of
        {"type": "conv", "f", "n_C_prev", "n_C", "n_H", "n_W"}   n_H × n_W × n_C come out
        {"type": "pool", "f", "stride", "n_C"}
        {"type": "bn", "n_C"}
        {"type": "fc", "n_H_prev", "n_W_prev", "n_C_prev", "n_out"}   a volume comes in, n_out units
    returns: whole number
    """
    # BEGIN SOLUTION
    if layer["type"] == "conv":
        return (layer["f"] ** 2 * layer["n_C_prev"] + 1) * layer["n_C"]
    if layer["type"] == "bn":
        return 2 * layer["n_C"]
    if layer["type"] == "fc":
        inputs = layer["n_H_prev"] * layer["n_W_prev"] * layer["n_C_prev"]
        return (inputs + 1) * layer["n_out"]
    return 0
    # END SOLUTION


# %% check="param_count"
check.param_count(param_count)

# %% hints="param_count"
check.hints("param_count")

# %% [markdown]
# Has it passed? Then count the second layer of the next section with it, in a cell of its own:
# `param_count({"type": "conv", "f": 5, "n_C_prev": 10, "n_C": 20, "n_H": 17, "n_W": 17})`.

# %% [markdown]
# ## 4 · A whole network, in shapes
#
# When there are many layers, a small number in square brackets says which layer is meant:
#
# | symbol | layer $l$ |
# |---|---|
# | $f^{[l]}$ | filter size |
# | $p^{[l]}$ | padding |
# | $s^{[l]}$ | stride |
# | $n_C^{[l]}$ | channels that come out = filters |
# | $n_H^{[l]},\; n_W^{[l]}$ | rows and columns that come out |
#
# $$n_H^{[l]} = \left\lfloor \frac{n_H^{[l-1]} + 2p^{[l]} - f^{[l]}}{s^{[l]}} \right\rfloor + 1$$
#
# A picture of 39×39×3 goes through three convolutions without padding: ten filters of 3×3 with stride 1, then twenty of 5×5 with
# stride 2, then forty of 5×5 with stride 2.

# %%
quiz("net39_second")

# %%
n, channels = 39, 3
for f, s, filters in [(3, 1, 10), (5, 2, 20), (5, 2, 40)]:
    size = shapes.output_size(n, f, stride=s)
    learned = shapes.conv_parameters(channels, filters, f)
    print(f"{n}×{n}×{channels} → ({n} − {f})/{s} + 1 = {size}: ", end="")
    print(f"{size}×{size}×{filters}, {learned:,} parameters")
    n, channels = size, filters
print(f"flattened: {n}·{n}·{channels} = {n * n * channels:,} numbers")

# %% [markdown]
# This is the pattern of most networks: rows and columns shrink, 39, 37, 17, 7; channels grow, 3, 10, 20, 40. At the end the volume is
# laid out in one row of 1,960 numbers, and a last layer decides what is in the picture. Change a filter size or a stride above,
# and run the cell again.
#
# The library's table shows the same, channels first, with the last layer: one unit, which says yes or no. (Its last column, the
# receptive field, comes in notebook 04.)

# %%
models.net39(classes=1).summary()

# %% [markdown]
# ## In five lines
#
# 1. A filter is as deep as its input. All its products and one bias make one number.
# 2. It is one 2-D correlation per channel, added up.
# 3. Each filter makes one map. The maps stacked are the output's channels.
# 4. A layer: convolve, add the bias, ReLU.
# 5. Weights are local and shared, so their number does not depend on the size of the picture.
#
# | what | formula |
# |---|---|
# | output | $Z[h, w, c'] = b_{c'} + \sum_{u, v, c} A_{\text{prev}}[hs + u,\; ws + v,\; c] \cdot W[u, v, c, c']$ (on the padded input; $u$, $v$: row and column in the window) |
# | its size | $\lfloor (n + 2p - f) / s \rfloor + 1$ rows, $C'$ channels |
# | parameters of a convolution | $(f \cdot f \cdot C + 1) \cdot C'$ |
# | of a fully connected layer | $(\text{inputs} + 1) \cdot \text{units}$ |
# | of batch normalisation | $2C$; of pooling: 0 |
#
# ## Sources for more
#
# - LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document recognition* (1998): shared weights and
#   LeNet-5.
# - Goodfellow, Bengio and Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), chapter
#   9.2: why convolution.
# - Dumoulin and Visin, [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285) (2016).
# - Photograph: `flower.jpg` of scikit-learn's sample images, CC BY 2.0; its author is named in scikit-learn's
#   `datasets/images/README.txt`.
#
# **Next:** [04 Pooling](04_pooling.ipynb). Ten maps as large as the picture: can they be made smaller?
