# %% [markdown]
# # 07 Naive to fast
#
# Your loops are right, and they are slow: to train a network with them would take days. In this notebook you learn to make the same
# computation hundreds of times faster. No compiler, no graphics card: only another way of laying out the numbers.
#
# Afterwards you can
#
# - write the layers in the layout that CS231n, PyTorch and this library use;
# - read windows out of a picture without copying anything;
# - turn a convolution into one matrix product, and find the way back;
# - measure a speed-up honestly, and say what it costs in memory;
# - put layers together like bricks.
#
# *About 140 minutes. You need [05 Backpropagation](05_backpropagation.ipynb).*

# %%
import time

import numpy as np

from cnnlab import check, ops, plots
from cnnlab.conventions import cs231n
from cnnlab.conventions.cs231n import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
    relu_backward,
    relu_forward,
)
from cnnlab.widgets import Im2colExplorer, quiz

# %% [markdown]
# ## 1 · The other layout
#
# In notebooks 02 to 05 you wrote your functions with the channels last: `(m, H, W, C)`. From here on they come second, as in CS231n and
# PyTorch, and as for the maps of notebook 06:
#
# | | channels last (notebooks 02 to 05) | channels first (from here on) |
# |---|---|---|
# | pictures | `(m, H, W, C)` | `x (N, C, H, W)` |
# | filters | `W (f, f, C, C')` | `w (F, C, HH, WW)` |
# | bias | `b (1, 1, 1, C')` | `b (F,)` |
# | settings | `hparameters` | `conv_param`, `pool_param` |
#
# `N` counts the pictures, `C` their channels, `F` the filters. A filter has `HH` rows and `WW` columns: it may be a rectangle. The mathematics is
# the same. To go from one layout to the other, **move the axes**.

# %%
X = np.arange(24).reshape(1, 2, 4, 3)  # (m, H, W, C)
x = X.transpose(0, 3, 1, 2)  # (N, C, H, W)
print(X.shape, "becomes", x.shape)
print("row 0, column 3, channel 1:", X[0, 0, 3, 1], "and", x[0, 1, 0, 3])
print("by reshaping:", X.reshape(1, 3, 2, 4)[0, 1, 0, 3])

# %% [markdown]
# > **A trap.** `reshape` gives the right shape too, and the wrong numbers: it keeps the order in memory and only cuts it anew. Axes are moved by `transpose`.

# %% [markdown]
# ### Build: `conv_forward_naive`
#
# You have done this before, in notebook 03. Loops are fine. Predict one size first:

# %%
quiz("tall_filter")

# %% [markdown]
# > **A trap.** With square pictures and square filters nobody notices that height and width were mixed up. The check uses rectangles.
#
# *15 minutes · some thought · 4 points*

# %% exercise="conv_forward_naive"
def conv_forward_naive(x, w, b, conv_param):
    """Convolve every picture with every filter.

    x          : array (N, C, H, W)
    w          : array (F, C, HH, WW)
    b          : array (F,)
    conv_param : dictionary with "stride" and "pad"
    returns: out, array (N, F, H_out, W_out), and cache = (x, w, b, conv_param)
    """
    # BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    rows, columns = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    out = np.zeros((N, F, rows, columns))
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(columns):
                    top, left = i * stride, j * stride
                    window = padded[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
    # END SOLUTION


# %% check="conv_forward_naive"
check.conv_forward_naive(conv_forward_naive)

# %% hints="conv_forward_naive"
check.hints("conv_forward_naive")

# %% [markdown]
# ### Build: `conv_backward_naive`
#
# The same three gradients as in notebook 05. `db` is an array with one number for each filter.
#
# > **A trap.** `conv_param` counts here, too: the windows start `stride` cells apart and lie in the **padded** picture. And for `pad` 0, the slice
# > `[pad:-pad]` is empty.
#
# *20 minutes · hard · 5 points*

# %% exercise="conv_backward_naive"
def conv_backward_naive(dout, cache):
    """Return the gradients of `conv_forward_naive`.

    dout  : array (N, F, H_out, W_out)
    cache : (x, w, b, conv_param)
    returns: dx like x, dw like w, db (F,)
    """
    # BEGIN SOLUTION
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n, f, i, j in np.ndindex(*dout.shape):
        d = dout[n, f, i, j]
        rows = slice(i * stride, i * stride + HH)
        columns = slice(j * stride, j * stride + WW)
        dpadded[n, :, rows, columns] += w[f] * d
        dw[f] += padded[n, :, rows, columns] * d
        db[f] += d
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db
    # END SOLUTION


# %% check="conv_backward_naive"
check.conv_backward_naive(conv_backward_naive)

# %% hints="conv_backward_naive"
check.hints("conv_backward_naive")

# %% [markdown]
# ### Build: `max_pool_forward_naive`
#
# As in notebook 04, with a window of `pool_height` × `pool_width`.
#
# *8 minutes · easy · 2 points*

# %% exercise="max_pool_forward_naive"
def max_pool_forward_naive(x, pool_param):
    """Keep the largest number of every window, channel by channel.

    x          : array (N, C, H, W)
    pool_param : dictionary with "pool_height", "pool_width" and "stride"
    returns: out, array (N, C, H_out, W_out), and cache = (x, pool_param)
    """
    # BEGIN SOLUTION
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    for n, c, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, c, i, j] = x[n, c, top : top + height, left : left + width].max()
    return out, (x, pool_param)
    # END SOLUTION


# %% check="max_pool_forward_naive"
check.max_pool_forward_naive(max_pool_forward_naive)

# %% hints="max_pool_forward_naive"
check.hints("max_pool_forward_naive")

# %% [markdown]
# ### Build: `max_pool_backward_naive`
#
# One thing differs from notebook 05. Where several cells of a window tie for the maximum, δ went to **all** of them there, as in
# deeplearning.ai's course. Here it goes to the **first** in reading order only, as in PyTorch. Ties are common: after a ReLU many cells are 0.
#
# *12 minutes · some thought · 3 points*

# %% exercise="max_pool_backward_naive"
def max_pool_backward_naive(dout, cache):
    """Return the gradient of `max_pool_forward_naive`.

    dout  : array (N, C, H_out, W_out)
    cache : (x, pool_param)
    returns: dx like x; in a tie the first cell in reading order receives the gradient
    """
    # BEGIN SOLUTION
    x, pool_param = cache
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx
    # END SOLUTION


# %% check="max_pool_backward_naive"
check.max_pool_backward_naive(max_pool_backward_naive)

# %% hints="max_pool_backward_naive"
check.hints("max_pool_backward_naive")

# %% [markdown]
# ## 2 · How slow is it?

# %%
quiz("naive_products")

# %% [markdown]
# A processor core can do billions of multiplications in a second. But Python looks up names, makes slices and checks types for every one of
# the million outputs. The arithmetic is quick; **the waiting in between is slow**.
#
# Let us measure, on your machine: four pictures, sixteen filters. Your numbers will differ from ours. Have your four naive functions
# passed? Then take the `cs231n.` away in front of every `..._naive`, here and in section 6: you measure **your** loops.

# %%
def seconds(job, rounds=3):
    """Return the shortest of a few runs: the others were disturbed."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


# %%
rng = np.random.default_rng(seed=1)
x, w, b = rng.standard_normal((4, 3, 32, 32)), rng.standard_normal((16, 3, 3, 3)), np.zeros(16)
same = {"stride": 1, "pad": 1}
slow, _ = cs231n.conv_forward_naive(x, w, b, same)
fast, _ = conv_forward_fast(x, w, b, same)
print("largest difference below 1e-12:", np.abs(slow - fast).max() < 1e-12)

# %% tags=["nbval-ignore-output"]
naive_time = seconds(lambda: cs231n.conv_forward_naive(x, w, b, same), rounds=1)
fast_time = seconds(lambda: conv_forward_fast(x, w, b, same))
print(f"loops {1000 * naive_time:.0f} ms, fast {1000 * fast_time:.2f} ms: {naive_time / fast_time:.0f} times faster")

# %% [markdown]
# The same numbers, up to rounding. And what would that mean for training?

# %% tags=["nbval-ignore-output"]
batches = 10 * 50_000 / 4  # ten times through a set of 50,000 pictures, four at a time
print(f"one layer, forward only, with loops: {batches * naive_time / 3600:.0f} hours")
print(f"fast: {batches * fast_time / 60:.1f} minutes")

# %% [markdown]
# A network has several layers, and each goes backward, too. How is it done so fast? There are three ideas: windows that are not copied, one matrix product, and its way
# back.

# %% [markdown]
# ## 3 · Windows without copying
#
# An array is a row of numbers in memory, and a rule for reading it: how far to jump for the next row, how far for the next column. These
# jumps are called **strides**. (The same word as for windows, and a similar thing.) With another rule one can read all windows from the same
# numbers. Nothing is copied. NumPy calls it a **view**. In shapes we write `P` × `Q` for the places of a window and `R` × `S` for its cells,
# whatever a function calls them: `HH` and `WW`, or `kh` and `kw`.

# %%
quiz("view_memory")

# %%
picture = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
view = ops.windows(picture, 2)  # (N, C, P, Q, R, S)
print("picture:", picture[0, 0].tolist())
print("shape of the view:", view.shape)
print("window at place (0, 1):", view[0, 0, 0, 1].tolist())
print("same memory:", np.shares_memory(picture, view))

# %% [markdown]
# Now pooling is a single line: the maximum over the last two axes of a view, `view.max(axis=(4, 5))`. Where windows stand side by side, it is simpler still.
# A reshape cuts the picture into windows:

# %%
quiz("pool_by_reshape")

# %%
maps = np.arange(16.0).reshape(1, 1, 4, 4)
cut = maps.reshape(1, 1, 2, 2, 2, 2)
print("by a view:     ", ops.windows(maps, 2, stride=2).max(axis=(4, 5))[0, 0].tolist())
print("by reshaping:  ", cut.max(axis=(3, 5))[0, 0].tolist())
fast, _ = max_pool_forward_fast(maps, {"pool_height": 2, "pool_width": 2, "stride": 2})
print("by the library:", fast[0, 0].tolist())

# %% [markdown]
# ## 4 · One matrix product
#
# A filter at one place: multiply pairs, add up. That is a row times a column. So write **every window as a column**, next to each other, and **every filter as
# a row**. One matrix product then computes all outputs at once. Programs for matrix products have been polished for decades: few things run as fast.
#
# The matrix of windows is called **im2col**: image to columns. Take the picture above, with the numbers 1 to 12, and a window of 2×2.

# %%
quiz("matrix_columns")

# %%
quiz("matrix_copies")

# %%
cols_of_picture = ops.im2col(picture, (2, 2))
print(cols_of_picture)
print("6 stands in the matrix", int((cols_of_picture == 6).sum()), "times")

# %% [markdown]
# The first column is the first window, row by row: 1, 2, 5, 6. Now a filter with the rows `1 2` and `0 −1`. As one row it is `1 2 0 −1`. Row times first column:
# 1·1 + 2·2 + 0·5 − 1·6 = −1.

# %%
weights = np.array([[1.0, 2.0], [0.0, -1.0]])
print(weights.reshape(1, -1) @ cols_of_picture)

# %% [markdown]
# **Play.** Step through the windows and watch the columns fill. Point at a cell of the matrix: which pixel does it come from, and where else does that
# pixel stand? Then choose stride 2, or pad 1: how many columns are there now?

# %%
Im2colExplorer(picture[0], weights)

# %% [markdown]
# For `C` channels a column holds the window of channel 0, then that of channel 1, and so on: $C \cdot R \cdot S$ rows. For `N` pictures the columns of the
# first picture come first. Then, for the pictures and filters of section 2:

# %%
cols = ops.im2col(x, (3, 3), pad=1)  # (27, 4096): 3·3·3 rows, 4·32·32 columns
rows = w.reshape(16, -1)  # (16, 27): a filter is a row
product = rows @ cols  # (16, 4096)
out = product.reshape(16, 4, 32, 32).transpose(1, 0, 2, 3)  # (N, F, H, W)
print(rows.shape, "@", cols.shape, "=", product.shape)
print("same as the loops:", np.allclose(out, slow))

# %% [markdown]
# The price is memory: with 3×3 windows every pixel is copied nine times.

# %%
print(f"picture {x.size:,} numbers, matrix {cols.size:,} numbers: {cols.size / x.size:.0f} times as many")

# %% [markdown]
# ### Build: `im2col`
#
# Loops over the places are fine here. They run once for each window; the naive convolution ran once for each window **and filter**.
#
# *20 minutes · some thought · 4 points*

# %% exercise="im2col"
def im2col(x, kh, kw, pad, stride):
    """Write every window as a column.

    x           : array (N, C, H, W)
    kh, kw      : rows and columns of a window
    pad, stride : whole numbers
    returns: array (C·kh·kw, N·P·Q), P and Q places down and across. A column runs over channel, row, column of its window;
             the columns run over picture, row, column of the place (the picture changes slowest)
    """
    # BEGIN SOLUTION
    N, C, H, W = x.shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.zeros((C * kh * kw, N * P * Q))
    for k, (n, p, q) in enumerate(np.ndindex(N, P, Q)):
        top, left = p * stride, q * stride
        cols[:, k] = padded[n, :, top : top + kh, left : left + kw].reshape(-1)
    return cols
    # END SOLUTION


# %% check="im2col"
check.im2col(im2col)

# %% hints="im2col"
check.hints("im2col")

# %% [markdown]
# Passed? Then watch your own code at work, in a cell of its own: `Im2colExplorer(fn=im2col)`.

# %% [markdown]
# ## 5 · The way back: add the columns
#
# Forward, `product = rows @ cols`. Backward, the rule of notebook 05: the gradient of one factor is δ times the other. With δ laid out like the product, a row for each
# filter, the gradient of the filters is `δ @ cols.T`, and that of the matrix is `rows.T @ δ`: two more matrix products.
#
# But we want the gradient of the *picture*, not of the matrix. A pixel stands in the matrix several times, and every copy had its influence. So its gradient is the **sum**
# over all its copies. To add them up is **col2im**.

# %%
quiz("columns_of_twos")

# %%
twos = np.full((4, 6), 2.0)
print(ops.col2im(twos, picture.shape, (2, 2))[0, 0])

# %% [markdown]
# A corner pixel stands in the matrix once, any other pixel of the rim twice, an inner one four times.
#
# **Play.** The same widget the other way round: columns are added back to the picture. Now the matrix holds the pixels' own values, 1 to 12. Before you press ▶: which
# pixel ends with the largest sum, and how large is it?

# %%
Im2colExplorer(picture[0], weights, back=True)

# %%
print(ops.col2im(cols_of_picture, picture.shape, (2, 2))[0, 0])

# %% [markdown]
# A pixel comes back multiplied by its count. The largest is the inner 7, with 4 · 7 = 28; the 12 stands in a corner and stays 12. So col2im is **not** the inverse of
# im2col.

# %% [markdown]
# Now the whole way back, for the pictures of section 2:

# %%
dout = rng.standard_normal(out.shape)
delta = dout.transpose(1, 0, 2, 3).reshape(16, -1)  # (16, 4096): as the product was
dw = (delta @ cols.T).reshape(w.shape)
dx = ops.col2im(rows.T @ delta, x.shape, (3, 3), pad=1)
dx_loops, dw_loops, _ = cs231n.conv_backward_naive(dout, (x, w, b, same))
print("same as the loops:", np.allclose(dx, dx_loops), np.allclose(dw, dw_loops))

# %% [markdown]
# ### Build: `col2im`
#
# *15 minutes · some thought · 4 points*

# %% exercise="col2im"
def col2im(cols, x_shape, kh, kw, pad, stride):
    """Add every column back to the picture it came from: the gradient of `im2col`.

    cols        : array (C·kh·kw, N·P·Q), laid out as `im2col` does
    x_shape     : (N, C, H, W)
    kh, kw      : rows and columns of a window
    pad, stride : whole numbers
    returns: array (N, C, H, W)
    """
    # BEGIN SOLUTION
    N, C, H, W = x_shape
    P, Q = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for k, (n, p, q) in enumerate(np.ndindex(N, P, Q)):
        top, left = p * stride, q * stride
        padded[n, :, top : top + kh, left : left + kw] += cols[:, k].reshape(C, kh, kw)
    return padded[:, :, pad : pad + H, pad : pad + W]
    # END SOLUTION


# %% check="col2im"
check.col2im(col2im)

# %% hints="col2im"
check.hints("col2im")

# %% [markdown]
# Passed? Then let it take the place of the library's: `np.allclose(col2im(rows.T @ delta, x.shape, 3, 3, 1, 1), dx_loops)`.

# %% [markdown]
# ### Find the bug
#
# Your `col2im` has a loop over all columns. Could one do without, with an array of indices? Here is a small version: add each of `values` at its `index`.

# %%
quiz("add_at")

# %%
def suspect_fancy_plus(values, index, size):
    out = np.zeros(size)
    out[index] += values
    return out


print(suspect_fancy_plus(np.array([5.0, 7.0]), np.array([0, 2]), 3))

# %% [markdown]
# Here it is right. It is not always. First **find** inputs on which it goes wrong.
#
# *4 minutes · some thought · 1 point*

# %% exercise="find_fancy_plus"
def find_fancy_plus():
    """Return inputs for which `suspect_fancy_plus` is wrong.

    returns: values (n,), index (n,) whole numbers, size
    """
    # BEGIN SOLUTION
    return np.array([5.0, 7.0]), np.array([1, 1]), 3
    # END SOLUTION


# %% check="find_fancy_plus"
check.find_fancy_plus(find_fancy_plus)

# %% hints="find_fancy_plus"
check.hints("find_fancy_plus")

# %% [markdown]
# Then **mend** it.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_fancy_plus"
def mend_fancy_plus(values, index, size):
    """Add each value at its index; an index may come several times.

    values : array (n,)
    index  : array (n,) of whole numbers from 0 to size − 1
    size   : length of the result
    returns: array (size,)
    """
    # BEGIN SOLUTION
    sums = np.zeros(size)
    np.add.at(sums, index, values)
    return sums
    # END SOLUTION


# %% check="mend_fancy_plus"
check.mend_fancy_plus(mend_fancy_plus)

# %% hints="mend_fancy_plus"
check.hints("mend_fancy_plus")

# %% [markdown]
# `ops.col2im` goes another way. It adds one *cell of the window* at a time: the first cells of all windows, then all second cells, and so on. The first cells of all windows
# are different pixels, so plain slices and `+=` will do: for a 3×3 window, nine additions of large arrays instead of a loop over all columns.

# %% [markdown]
# ## 6 · Measured
#
# Now four jobs: convolution and max pooling, each forward and backward. The bars count **how many times faster** the fast version is.
#
# **Predict** for your machine: which of the four gains most?

# %%
pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
pooled, fast_cache = max_pool_forward_fast(out, pool)
conv = x, w, b, same  # the cache of both convolutions is what they were given
naive = {
    "convolution, forward": lambda: cs231n.conv_forward_naive(*conv),
    "convolution, backward": lambda: cs231n.conv_backward_naive(dout, conv),
    "max pooling, forward": lambda: cs231n.max_pool_forward_naive(out, pool),
    "max pooling, backward": lambda: cs231n.max_pool_backward_naive(pooled, (out, pool)),
}

# %%
quick = {
    "convolution, forward": lambda: conv_forward_fast(*conv),
    "convolution, backward": lambda: conv_backward_fast(dout, conv),
    "max pooling, forward": lambda: max_pool_forward_fast(out, pool),
    "max pooling, backward": lambda: max_pool_backward_fast(pooled, fast_cache),
}

# %% tags=["nbval-ignore-output"]
ratios = {name: seconds(naive[name], rounds=1) / seconds(quick[name]) for name in naive}
plots.bars(ratios, x="times faster than the loops", log=True)
for name, ratio in ratios.items():
    print(f"{name:22} {ratio:6.0f} times faster")

# %% [markdown]
# How does the time grow? Twice the pictures, twice the multiplications; the same for the channels. So we expect lines that rise evenly. Few channels do not pay off as
# well: the output has the same size, however few there are. Real lines have bumps: where arrays outgrow the processor's fast memory, where the library begins to share
# the work among the cores, and when your computer is busy with other things.

# %% tags=["nbval-ignore-output"]
def milliseconds(n, c):
    pictures, filters = np.ones((n, c, 32, 32)), np.ones((16, c, 3, 3))
    return 1000 * seconds(lambda: conv_forward_fast(pictures, filters, b, same), rounds=5)


sizes = [1, 2, 4, 8, 16, 32]
by_batch = [milliseconds(n, 16) for n in sizes]
by_channels = [milliseconds(8, c) for c in sizes]
curves = {"pictures, of 16 channels": by_batch, "channels, of 8 pictures": by_channels}
plots.lines(curves, at=sizes, x="number of pictures, or of channels", y="time (ms)")
print("pictures:", ", ".join(f"{n}: {t:.2f} ms" for n, t in zip(sizes, by_batch)))
print("channels:", ", ".join(f"{n}: {t:.2f} ms" for n, t in zip(sizes, by_channels)))

# %% [markdown]
# And the memory? Next to the processor sits a small, fast memory, its **cache**. (Another thing than the cache of a layer.) What fits in there is read many times faster
# than the rest.

# %%
quiz("matrix_megabytes")

# %%
large = 64 * 64 * 32 * 32  # numbers in a batch of 64 pictures with 64 channels
print(f"batch: {4 * large / 2**20:.0f} MB in single precision")
print(f"its whole im2col matrix for 3×3: {9 * 4 * large / 2**20:.0f} MB")

# %% [markdown]
# No cache holds such a matrix. So the library joins the two ideas of this notebook: along a row it **copies**, from row to row it **views**. For each row of our picture, one strip holds what the left cell of a
# window sees at the three places, and below it what the right cell sees:

# %%
strips = np.stack([picture[0, 0, :, s : s + 3] for s in range(2)], axis=1)  # (3 rows, 2 cells, 3 places)
first, second = strips[0:2].reshape(4, 3), strips[1:3].reshape(4, 3)
print("upper places:", first.tolist())
print("lower places:", second.tolist())
print("views:", np.shares_memory(strips, first), np.shares_memory(strips, second))
print(f"picture {picture.size} numbers, strips {strips.size}, im2col matrix {cols_of_picture.size}")

# %% [markdown]
# Those are the six columns of the im2col matrix, three at a time. Nothing was copied for them: the upper places view strips 0 and 1, the lower ones strips 1 and 2. So a pixel is copied once for
# each **column** of the window: three times for 3×3, not nine. And the strips are made in **blocks** of about 2 MB: a few pictures, or a band of rows. A block is multiplied as soon as it is made, then the
# next one takes its place. Backward it goes in blocks, too. Measured:

# %%
import tracemalloc


def megabytes(job):
    """Return how much memory a job needs at its peak."""
    tracemalloc.start()
    job()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


# %% tags=["nbval-ignore-output"]
batch, filters = np.ones((64, 64, 32, 32), np.float32), np.ones((16, 64, 3, 3), np.float32)
whole = megabytes(lambda: ops.im2col(batch, (3, 3), pad=1))
blocks = megabytes(lambda: ops.conv2d(batch, filters, pad=1))
print(f"im2col: {whole:.0f} MB, a padded copy of the batch with it")
print(f"the library's convolution: {blocks:.0f} MB, the result of 4 MB with it")

# %% [markdown]
# ## 7 · Sandwiches
#
# Layers come in the same order again and again: convolution, ReLU, pooling. A **sandwich** calls them in turn and keeps their three caches in one.

# %%
quiz("sandwich_first")

# %% [markdown]
# ### Build: `conv_relu_pool_forward`
#
# Use the fast layers, imported at the top: `conv_forward_fast(x, w, b, conv_param)`, `relu_forward(x)` and `max_pool_forward_fast(x, pool_param)`. Each returns
# a result and a cache. Or use your own naive ones. What your cache looks like is your own business: only your own way back reads it.
#
# > **A trap.** `relu_forward(conv_forward_fast(...))` hands on both, result and cache. Take them apart first.
#
# *6 minutes · easy · 2 points*

# %% exercise="conv_relu_pool_forward"
def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """Convolve, apply ReLU, pool.

    x, w, b, conv_param : as for `conv_forward_naive`
    pool_param          : as for `max_pool_forward_naive`
    returns: out, and a cache for `conv_relu_pool_backward`
    """
    # BEGIN SOLUTION
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    h, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_fast(h, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)
    # END SOLUTION


# %% check="conv_relu_pool_forward"
check.conv_relu_pool_forward(conv_relu_pool_forward)

# %% hints="conv_relu_pool_forward"
check.hints("conv_relu_pool_forward")

# %% [markdown]
# ### Build: `conv_relu_pool_backward`
#
# The way back goes through the layers in the opposite order, with `max_pool_backward_fast(dout, cache)`, `relu_backward(dout, cache)` and `conv_backward_fast(dout, cache)`.
#
# *6 minutes · easy · 2 points*

# %% exercise="conv_relu_pool_backward"
def conv_relu_pool_backward(dout, cache):
    """Return the gradients of `conv_relu_pool_forward`.

    dout  : like its result
    cache : what your `conv_relu_pool_forward` returned
    returns: dx, dw, db
    """
    # BEGIN SOLUTION
    conv_cache, relu_cache, pool_cache = cache
    dh = max_pool_backward_fast(dout, pool_cache)
    da = relu_backward(dh, relu_cache)
    return conv_backward_fast(da, conv_cache)
    # END SOLUTION


# %% check="conv_relu_pool_backward"
check.conv_relu_pool_backward(conv_relu_pool_backward)

# %% hints="conv_relu_pool_backward"
check.hints("conv_relu_pool_backward")

# %% [markdown]
# Notebook 08 builds its first network from these two.
#
# Others are made in the same way: conv – ReLU, or conv – batch normalisation – ReLU. The library has them. After batch normalisation with γ = 1 and β = 0 a channel has mean 0 and
# standard deviation 1; the ReLU then cuts off its lower half.

# %%
gamma, beta = np.ones(16), np.zeros(16)
out, _ = cs231n.conv_relu_forward(x, w, b, same)
normed, _ = cs231n.conv_bn_relu_forward(x, w, b, gamma, beta, same, {"mode": "train"})
print(f"conv – relu:      mean {out.mean():.2f}, standard deviation {out.std():.2f}")
print(f"conv – bn – relu: mean {normed.mean():.2f}, standard deviation {normed.std():.2f}")

# %% [markdown]
# ## In five lines
#
# 1. Loops in Python are slow because of what happens between the multiplications.
# 2. A view reads all windows without copying a number.
# 3. im2col writes windows as columns; then a convolution is one matrix product, and so is its way back.
# 4. A pixel stands in several columns. On the way back its copies are added: col2im.
# 5. Blocks that fit into the processor's cache, and views wherever possible, keep the memory small.
#
# | what | shape |
# |---|---|
# | windows | $(N, C, P, Q, R, S)$, a view; $P \times Q$ places, $R \times S$ cells |
# | im2col | $(C \cdot R \cdot S) \times (N \cdot P \cdot Q)$ |
# | forward | $(F \times CRS) \;@\; (CRS \times NPQ) = F \times NPQ$ |
# | gradient of the filters | $\delta \;@\; \text{cols}^T$, with $\delta$ of shape $F \times NPQ$ |
# | gradient of the picture | $\text{col2im}(\text{rows}^T \;@\; \delta)$ |
# | memory of im2col | $R \cdot S$ times the picture (stride 1, padded) |
#
# ## Sources for more
#
# - Chellapilla, Puri and Simard, *High performance convolutional neural networks for document processing* (2006): im2col.
# - Chetlur and others, [*cuDNN: efficient primitives for deep learning*](https://arxiv.org/abs/1410.0759) (2014): blocks.
# - Stanford CS231n, [assignment 2](https://cs231n.github.io/assignments2024/assignment2/): the layers whose names we use.
# - NumPy, [*ufunc.at*](https://numpy.org/doc/stable/reference/generated/numpy.ufunc.at.html).
#
# **Next:** [08 The full ConvNet](08_full_convnet.ipynb). Now it is fast enough to train.
