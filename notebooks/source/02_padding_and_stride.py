# %% [markdown]
# # 02 Padding and stride
#
# In notebook 01 a 6×6 picture went in and a 4×4 response came out. Two rows and two columns were gone. In a network with
# many layers that is a problem. There one calls the response of a layer its **output**, and so do we from here on. You
# learn the two settings that decide how large the output is: **padding** keeps it from shrinking, **stride** makes it
# shrink on purpose.
#
# Afterwards you can
#
# - say how large the output is, for any picture, filter, padding and stride;
# - choose the padding that keeps the size, and say why filters have odd sizes;
# - pad a whole batch of pictures;
# - count how often each cell of a picture is seen, and say which cells are never seen at all.
#
# *About 70 minutes. It builds on [notebook 01](01_edge_detection.ipynb).*

# %%
import numpy as np

from cnnlab import check, data, ops, plots, shapes
from cnnlab.widgets import SlidingWindow, quiz

# %% [markdown]
# The library's `ops.conv2d` takes a stack of pictures and a stack of filters; notebook 03 says why. Here we have one of
# each: `[None, None]` gives it the two axes that are missing. `pad` and `stride` are what this notebook is about.

# %%
def correlate(image, kernel, pad=0, stride=1):
    output, _ = ops.conv2d(image[None, None], kernel[None, None], pad=pad, stride=stride)
    return output[0, 0]


vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
print("6×6 →", correlate(data.step_image(6), vertical).shape)

# %% [markdown]
# ## 1 · The picture that shrinks
#
# Take `n` rows and a filter of `f` rows. You know from notebook 01 that the filter fits at `n − f + 1` places. So every
# layer takes `f − 1` rows away. For a filter of 3 that is 2 rows: not much, once. But networks have many layers, and
# each one works on the output of the one before.

# %%
quiz("shrinking_layers")

# %%
n, f, sizes = 28, 3, [28]
while n >= f:
    n = n - f + 1
    sizes.append(n)
print("rows after each layer:", sizes)
print("layers:", len(sizes) - 1, "| cells at the end:", n * n, "of", 28 * 28)

# %% [markdown]
# After 13 layers four numbers are left, and no further filter fits. A larger filter is faster still: with 5×5, it is over
# after 6 layers. The networks that recognise photographs have 16, 50 or more than 100 layers. Without a remedy they would run
# out of picture.

# %% [markdown]
# ## 2 · The rim is seen less
#
# There is a second problem. Look at one cell of the picture and count the windows that contain it.

# %%
quiz("centre_seen")

# %% [markdown]
# Let us count all of them, along one axis first. A window of 3 on a row of 5 cells starts at 0, 1 or 2:
#
# | cell | 0 | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|---|
# | window from 0 | ● | ● | ● | | |
# | window from 1 | | ● | ● | ● | |
# | window from 2 | | | ● | ● | ● |
# | **seen** | **1** | **2** | **3** | **2** | **1** |
#
# In a picture, a window has a row *and* a column, and every row goes with every column. So we multiply. `np.outer` makes
# the table of all products.

# %%
line = np.array([1, 2, 3, 2, 1])
seen = np.outer(line, line)
plots.show(seen, titles=["windows that contain each cell"])
print(seen)

# %% [markdown]
# The middle is seen 9 times, a corner once. What is in a corner has hardly any influence on the output. In a photograph
# that may be a face at the edge.
#
# **Play.** Press *Count windows per cell*. Then move the sliders `n` and `f`. For which `n` and `f` are all counts equal?
# (The kernel here is all ones. Leave the other sliders for later, and `d` at 1: filters with gaps are not part of this
# course.)

# %%
SlidingWindow(n=5, f=3)

# %% [markdown]
# Only when the window has one cell, or when there is only one window (`n` = `f`). Otherwise the rim is always seen less.

# %% [markdown]
# ## 3 · Padding: a rim of zeros
#
# One remedy helps against both problems. Before the filter slides, put `p` rows of zeros above the picture and `p` below,
# and columns on the left and on the right. This is **zero padding**. We will need this small picture a few times:

# %%
image = np.array([[2, 1, 0, 3, 1],
                  [4, 0, 1, 2, 5],
                  [1, 3, 2, 0, 2],
                  [0, 2, 1, 4, 1],
                  [3, 1, 5, 2, 0]])
padded = np.pad(image, 1)
print(padded)

# %% [markdown]
# 5 rows became 5 + 1 + 1 = 7. In formulas: `n` rows become `n + 2p`.

# %%
quiz("padded_rows")

# %% [markdown]
# The top-left window now contains five zeros of the rim and four cells of the picture. Its sum, by hand: the left column
# is 0, the right column is 0 + 1 + 0 = 1, and left minus right is −1.

# %%
print(padded[0:3, 0:3])
output = correlate(image, vertical, pad=1)
plots.show(image, output, titles=["image 5×5", "output 5×5, padding 1"])
print(output.astype(int))

# %% [markdown]
# The output is as large as the picture. And the second problem?

# %%
quiz("padded_corner")

# %% [markdown]
# Windows may now start on the rim. Along one axis of our 5×5 picture the counts are 2 3 3 3 2, so the corner is seen
# 2 · 2 = 4 times. That is not yet 9, but better than 1.

# %%
print(np.outer([2, 3, 3, 3, 2], [2, 3, 3, 3, 2]))

# %% [markdown]
# ### What it costs
#
# Zero is a brightness, too: it is black. Think of a picture without any edge.

# %%
quiz("flat_rim")

# %%
flat = np.full((6, 6), 10)
output = correlate(flat, vertical, pad=1)
plots.show(output, titles=["output for a flat picture, padding 1"])
print(output.astype(int))

# %% [markdown]
# The filter has found edges at the left and at the right, where the picture meets the zeros. Nobody painted them. A
# network learns to live with that; when *you* look at an output, do not take its rim for a discovery. In image
# processing the rim is often filled with copies of the outermost cells (`np.pad(image, 1, mode="edge")`). Networks use
# zeros nearly always.

# %% [markdown]
# ### Build: `zero_pad`
#
# A network works on many pictures at once, a **batch**, and pictures have colours. So an array of pictures has four axes.
# Here they are in the order of deeplearning.ai's course:
#
# $$(m,\; H,\; W,\; C)$$
#
# `m` pictures, `H` rows, `W` columns, `C` channels (3 for red, green and blue). Pad every picture, in every channel. The
# number of pictures and the number of channels stay as they are.
#
# > **A trap.** `np.pad(X, 1)` pads *all* axes: it puts a black picture before the first and another behind the last, and
# > adds two channels. It does not complain.
#
# > **A trap.** `2:-2` leaves out two cells at both ends. But `0:-0` does not leave out none: −0 is 0, and `0:0` is empty.
# > A padding of 0 must work, too.
#
# *10 minutes · some thought · 3 points*

# %% exercise="zero_pad"
def zero_pad(X, pad):
    """Put `pad` rows and columns of zeros on each side of every picture.

    X      : array (m, H, W, C), a batch of pictures
    pad    : whole number, 0 or more
    returns: array (m, H + 2·pad, W + 2·pad, C)
    """
    # BEGIN SOLUTION
    m, H, W, C = X.shape
    padded = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    padded[:, pad : pad + H, pad : pad + W, :] = X
    return padded
    # END SOLUTION


# %% check="zero_pad"
check.zero_pad(zero_pad)

# %% hints="zero_pad"
check.hints("zero_pad")

# %% [markdown]
# Has it passed? Then pad a photograph, in a cell of its own: `plots.show(zero_pad(data.photograph("flower")[None] / 255, 40)[0])`.
# `[None]` makes a batch of one picture, and `/ 255` brings the bytes to 0…1, as figures like it.

# %% [markdown]
# ## 4 · Valid and same
#
# Two paddings have names.
#
# - **Valid**: none, `p` = 0. Every window lies inside the picture. The output has `n − f + 1` rows.
# - **Same**: as much as is needed for an output of the same size as the picture.
#
# With padding, the output has `n + 2p − f + 1` rows. For *same*, that must be `n`. So `2p` must be `f − 1`:
#
# $$p = \frac{f - 1}{2}$$
#
# A filter of 3 needs 1, a filter of 5 needs 2. And a filter of 4?

# %%
quiz("even_filter")

# %% [markdown]
# That is one reason why filters are 3×3, 5×5 or 7×7 and hardly ever 4×4. The other: an odd filter has a cell in the
# middle. You can say *where* it looks.

# %% [markdown]
# ### Build: `same_padding`
#
# *3 minutes · easy · 1 point*

# %% exercise="same_padding"
def same_padding(f):
    """Return the padding on each side that keeps the size of the picture, in steps of one cell.

    f      : size of the filter, an odd number
    returns: whole number of cells
    """
    # BEGIN SOLUTION
    return (f - 1) // 2
    # END SOLUTION


# %% check="same_padding"
check.same_padding(same_padding)

# %% hints="same_padding"
check.hints("same_padding")

# %% [markdown]
# Has it passed? Then see in a cell of its own that nothing shrinks: `correlate(image, vertical, pad=same_padding(3)).shape`.

# %% [markdown]
# ## 5 · Stride: larger steps
#
# So far the window moved on by one cell. It may take larger steps. The size of a step is the **stride**, `s`. With
# `s` = 2 the window skips every second place, to the right *and* downwards.

# %%
quiz("stride_rows")

# %% [markdown]
# Our 5×5 picture, without padding, stride 2. The window has two places along each axis: it starts at 0 or at 2. Left column
# minus right column, four times:
#
# | window starts at | left | right | left − right |
# |---|---|---|---|
# | row 0, column 0 | 2 + 4 + 1 = 7 | 0 + 1 + 2 = 3 | 4 |
# | row 0, column 2 | 0 + 1 + 2 = 3 | 1 + 5 + 2 = 8 | −5 |
# | row 2, column 0 | 1 + 0 + 3 = 4 | 2 + 1 + 5 = 8 | −4 |
# | row 2, column 2 | 2 + 1 + 5 = 8 | 2 + 1 + 0 = 3 | 5 |

# %%
by_one = correlate(image, vertical)
by_two = correlate(image, vertical, stride=2)
plots.show(by_one, by_two, titles=["stride 1", "stride 2"])
print(by_one.astype(int))
print(by_two.astype(int))

# %% [markdown]
# **Play.** The same picture and kernel. Step through the four windows and find the four sums of the table. Then set the
# stride to 1.

# %%
SlidingWindow(image, vertical, s=2)

# %% [markdown]
# Stride 2 keeps every second row and every second column of stride 1, and does not compute the rest.
# Output cell `out[i, j]` belongs to the window that starts at row `i · s` and column `j · s` of the padded picture. (Notebook
# 01 called the row and the column of an output cell `p` and `q`. Here `p` is the padding.)
#
# Why would one do that? Neighbouring windows see nearly the same, so their answers are alike. A quarter of the answers is
# a quarter of the work, for this layer and for all after it.

# %%
photo = data.grey(data.photograph("temple")).astype(float)
sobel_x = data.kernel("sobel_x")
outputs = [correlate(photo, sobel_x, pad=1, stride=stride) for stride in (1, 2, 4)]
plots.show(*outputs, titles=["stride 1", "stride 2", "stride 4"])
for stride, output in zip((1, 2, 4), outputs, strict=True):
    print(f"stride {stride}: {output.shape[0]}×{output.shape[1]} = {output.size:,} windows")

# %% [markdown]
# ## 6 · What is left over
#
# 7 rows, a window of 3, stride 2: it fits exactly. That is not always so.

# %%
quiz("left_over")

# %% [markdown]
# **A window that would hang over the rim is not taken.** What it would have seen is left over.
#
# **Play.** Press ▶ and watch where the window stops. The cells that it never reaches are crossed out. Above the
# picture stands a formula with your numbers; we come to it at once. Which `p` lets the window reach every cell of the picture?
# At last ask for something impossible: `p` = 0, `n` = 5 and `f` = 7. What does it say?

# %%
SlidingWindow(n=8, f=3, s=2)

# %% [markdown]
# With `p` = 1 it reaches all of them. One row and one column are still left over, but they are padding.
#
# Now the formula. The padded picture has `n + 2p` rows, and the window takes `f` of them. So it can move by `n + 2p − f`
# rows. That makes `(n + 2p − f)/s` steps; if this is a fraction, the last step does not fit, so round **down**. And the
# window has a place before its first step: add 1.
#
# $$\left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1$$
#
# The brackets $\lfloor\;\rfloor$ mean: round down to a whole number. They are called **floor**. For the 8 rows:
# ⌊(8 + 2·0 − 3)/2⌋ + 1 = ⌊2.5⌋ + 1 = 3.

# %%
quiz("alexnet_rows")

# %% [markdown]
# AlexNet's own paper says 224×224 pixels. Then (224 − 11)/4 = 53.25: the output would have 54 rows, with one row of pixels
# left over. But the paper also says 55. Its readers have noticed: with 227 all numbers agree. You can now check such
# things yourself.
#
# ### Not square
#
# Rows and columns do not know of each other. Put the height of picture and filter into the formula for the rows, the width
# for the columns.

# %%
quiz("two_axes")

# %%
tall = np.arange(40.0).reshape(5, 8)
small = np.ones((3, 2))
print(tall.shape, "→", correlate(tall, small, stride=2).shape)
print("rows:", shapes.output_size(5, 3, stride=2), "| columns:", shapes.output_size(8, 2, stride=2))

# %% [markdown]
# **Play.** A picture and a filter of these sizes. Rows and columns have sliders of their own; give them different strides.

# %%
SlidingWindow(n=(5, 8), f=(3, 2), s=2)

# %% [markdown]
# ### Build: `output_size`
#
# > **A trap.** `int(x)` does not round down, it cuts off: `int(-0.5)` is 0, but the whole number below −0.5 is −1. Take a
# > row of 2, a window of 3 and stride 2: (2 − 3)/2 = −0.5. With `int` the formula says that a window of 3 has one place on
# > a row of 2. `//` always rounds down.
#
# The formula gives a number below 1 when the window does not fit at all. Return that number as it is.
#
# *5 minutes · easy · 2 points*

# %% exercise="output_size"
def output_size(n, f, pad, stride):
    """Count the places of a window along one axis.

    n, f, pad, stride: whole numbers: cells of the picture, of the window, of padding on each side, of a step
    returns          : whole number, what the formula gives; below 1 when the window does not fit
    """
    # BEGIN SOLUTION
    return (n + 2 * pad - f) // stride + 1
    # END SOLUTION


# %% check="output_size"
check.output_size(output_size)

# %% hints="output_size"
check.hints("output_size")

# %% [markdown]
# From here on the notebook uses the name `size`, for the library's version. Has your check passed? Then change the line to
# `size = output_size`.

# %%
size = shapes.output_size
n = 64
for f, pad, stride in [(7, 3, 2), (3, 1, 1), (3, 1, 2), (5, 0, 1), (2, 0, 2)]:
    print(f"{n:2} cells, filter {f}, padding {pad}, stride {stride} → {size(n, f, pad, stride):2}")
    n = size(n, f, pad, stride)

# %% [markdown]
# This is how the plan of a network is checked: one line per layer, each with the size that the one before left.
#
# ### Where the courses differ
#
# - CS231n writes the same formula as (W − F + 2P)/S + 1, without the floor, and calls settings that leave something over
#   *invalid*. deeplearning.ai rounds down. So do the libraries, and so do we.
# - *Same* with a stride above 1 has two meanings. For deeplearning.ai it is `p = (f − 1)/2`, whatever the stride.
#   TensorFlow pads so that there are exactly ⌈n/s⌉ places (rounded **up**), with as few zeros as possible, and puts an odd
#   zero *after* the picture. The sizes agree, but the windows lie one cell apart:

# %%
grid = shapes.window_grid((6, 6), 3, stride=2, pad="same")
print("deeplearning.ai:", size(6, 3, 1, 2), "places, zeros before and after: (1, 1)")
print("TensorFlow:     ", grid.out[0], "places, zeros before and after:", grid.pads[0])

# %% [markdown]
# ## 7 · Count the windows again
#
# Sections 2 and 3 counted how often each cell is seen when the window moves on by one cell. And with a stride?

# %%
quiz("stride_seen")

# %% [markdown]
# The window starts at 0, 2, 4 or 6:
#
# | cell | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
# |---|---|---|---|---|---|---|---|---|---|
# | window from 0 | ● | ● | ● | | | | | | |
# | window from 2 | | | ● | ● | ● | | | | |
# | window from 4 | | | | | ● | ● | ● | | |
# | window from 6 | | | | | | | ● | ● | ● |
# | **seen** | **1** | **1** | **2** | **1** | **2** | **1** | **2** | **1** | **1** |

# %%
line = np.array([1, 1, 2, 1, 2, 1, 2, 1, 1])
plots.show(np.outer(line, line), titles=["9×9, window 3, stride 2"])
print(np.outer(line, line)[:3])

# %% [markdown]
# A chequerboard: even in the middle, some cells are seen four times, those beside them twice, those between them once. It
# comes whenever the window is not a multiple of the stride. In gradients, and in pictures that a network paints, such counts
# show as patterns. That is why one sometimes takes a window of 4 for a stride of 2.
#
# **Play.** Press *Count windows per cell*. Then set `f` to 4, and add padding.

# %%
SlidingWindow(n=9, f=3, s=2)

# %% [markdown]
# ### Build: `usage_count`
#
# Make the table for a square picture and a square window. The cells of the padding are not counted: the result is as large
# as the picture. You may call your `output_size`.
#
# > **A trap.** With padding, the first window starts at row −`pad` of the picture. But in Python an index of −1 means the
# > *last* row. Think in rows of the padded picture instead.
#
# *15 minutes · hard · 4 points*

# %% exercise="usage_count"
def usage_count(n, f, pad, stride):
    """Count for each cell of an n×n picture the windows that contain it.

    n, f, pad, stride: as for `output_size`; the window has f×f cells and fits at least once
    returns          : array (n, n) of whole numbers
    """
    # BEGIN SOLUTION
    counts = np.zeros((n + 2 * pad, n + 2 * pad), dtype=int)
    places = output_size(n, f, pad, stride)
    for i in range(places):
        for j in range(places):
            counts[i * stride : i * stride + f, j * stride : j * stride + f] += 1
    return counts[pad : pad + n, pad : pad + n]
    # END SOLUTION


# %% check="usage_count"
check.usage_count(usage_count)

# %% hints="usage_count"
check.hints("usage_count")

# %% [markdown]
# Has it passed? Then look at `plots.show(usage_count(12, 4, 0, 2), usage_count(12, 4, 1, 2))` in a cell of its own.

# %% [markdown]
# ## 8 · Spot the bug
#
# This function blurs and shrinks a picture: each output cell is the mean of a window of `f`×`f` cells, one window every
# `stride` cells. It was written by somebody who tried it with stride 1, and with a 6×6 picture, `f` = 2 and `stride` = 2. It
# was right both times. It is wrong all the same.

# %%
def suspect_blur_bug(image, f, stride):
    """Return the mean of every window: f×f cells, one window every `stride` cells."""
    H, W = image.shape
    rows = range(0, H - f + stride, stride)
    columns = range(0, W - f + stride, stride)
    out = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            out[i, j] = image[row : row + f, column : column + f].mean()
    return out


# %%
print("stride 1:", suspect_blur_bug(image, 3, 1).shape, "| by the formula:", size(5, 3, 0, 1))
print("stride 2:", suspect_blur_bug(data.step_image(6), 2, 2).shape, "| by the formula:", size(6, 2, 0, 2))

# %% [markdown]
# ### Find it
#
# Choose inputs on which the suspect goes wrong, and return them. Any picture and any numbers will do, as long as the window
# fits on the picture.
#
# > **A trap.** A slice that reaches over the rim of an array is cut short in silence. `image[4:7]` of five rows is one row,
# > without an error, and one row has a mean, too.
#
# *6 minutes · some thought · 2 points*

# %% exercise="find_blur_bug"
def find_blur_bug():
    """Return inputs on which `suspect_blur_bug` goes wrong.

    returns: image (H, W), f, stride
    """
    # BEGIN SOLUTION
    return np.arange(20.0).reshape(4, 5), 2, 2
    # END SOLUTION


# %% check="find_blur_bug"
check.find_blur_bug(find_blur_bug)

# %% hints="find_blur_bug"
check.hints("find_blur_bug")

# %% [markdown]
# ### Mend it
#
# Copy what is inside the suspect and mend it, or write it in your own way.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_blur_bug"
def mend_blur_bug(image, f, stride):
    """Return the mean of every window that lies inside the picture.

    image  : array (H, W)
    f      : the window has f×f cells and fits at least once
    stride : cells from one window to the next
    returns: array (P, Q)
    """
    # BEGIN SOLUTION
    starts_down = range(0, image.shape[0] - f + 1, stride)
    starts_across = range(0, image.shape[1] - f + 1, stride)
    return np.array([[image[i : i + f, j : j + f].mean() for j in starts_across] for i in starts_down])
    # END SOLUTION


# %% check="mend_blur_bug"
check.mend_blur_bug(mend_blur_bug)

# %% hints="mend_blur_bug"
check.hints("mend_blur_bug")

# %% [markdown]
# ## In five lines
#
# 1. A filter of `f` takes `f − 1` rows away, and cells at the rim are seen less often than cells in the middle.
# 2. Padding adds `p` rows of zeros on each side. *Valid* is none; *same* is (f − 1)/2, which is why filters are odd.
# 3. The stride is the size of a step. Stride 2 keeps every second answer along each axis.
# 4. A window that would hang over the rim is not taken: round down.
# 5. Rows and columns each have the same formula, with their own numbers.
#
# | what | formula |
# |---|---|
# | size of the output | $\lfloor (n + 2p - f)/s \rfloor + 1$, for rows and columns each |
# | valid | $p = 0$; at $s = 1$: $n - f + 1$ |
# | same, at $s = 1$ | $p = (f - 1)/2$ |
# | window of $\text{out}[i, j]$ | starts at row $i \cdot s$, column $j \cdot s$ of the padded picture |
# | cells left over | $(n + 2p - f) \bmod s$ |
#
# ## Sources for more
#
# - Dumoulin and Visin, [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285) (2016):
#   all cases with pictures.
# - CS231n, [*Convolutional networks*](https://cs231n.github.io/convolutional-networks/), "Spatial arrangement".
# - Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep convolutional neural networks* (2012): AlexNet.
# - Odena, Dumoulin and Olah, [*Deconvolution and checkerboard artifacts*](https://distill.pub/2016/deconv-checkerboard/)
#   (2016): what uneven counts do.
# - Photograph: `china.jpg` of scikit-learn's sample images, CC BY 2.0; its author is named in scikit-learn's
#   `datasets/images/README.txt`.
#
# **Next:** [convolution over volumes](03_convolution_over_volumes.ipynb). A colour picture has three channels. What does
# a filter do with them?
