# %% [markdown]
# # 04 Pooling
#
# A convolution layer can make hundreds of maps, each as large as the picture. That is a lot to carry along. And does it
# matter whether an edge lies in column 117 or in column 118? **Pooling** keeps what was found and forgets exactly where.
#
# Afterwards you can
#
# - compute max pooling and average pooling by hand, and write the function that does both;
# - say how large the result is, and why nothing is learned;
# - measure how much a shift of one pixel matters after pooling, and say when it still does;
# - compute how much of the picture one cell deep inside a network sees.
#
# *About 55 minutes. You need [02 Padding and stride](02_padding_and_stride.ipynb) and
# [03 Convolution over volumes](03_convolution_over_volumes.ipynb).*

# %%
import numpy as np

from cnnlab import check, data, ops, plots, shapes
from cnnlab.widgets import PoolExplorer, quiz

# %% [markdown]
# ## 1 · The largest, or the mean
#
# Pooling slides a window over a map, as a filter does. But there are no weights. From each window it keeps one number.
#
# Here is a 4×4 map. The windows have `f` = 2 rows and 2 columns, and move on by the stride `s` = 2: they stand side by
# side.

# %%
patch = np.array([[3.0, 1, 0, 2],
                  [4, 8, 6, 2],
                  [7, 5, 1, 1],
                  [0, 6, 3, 9]])
print(patch)

# %%
quiz("max_pool_first")

# %%
quiz("average_pool_first")

# %%
for top in (0, 2):
    for left in (0, 2):
        window = patch[top : top + 2, left : left + 2]
        print(f"row {top}, column {left}: {window.ravel()}  max {window.max():g}  average {window.mean():g}")

# %% [markdown]
# Four windows, four numbers. Laid out in the same order they are the result: 4×4 became 2×2.
#
# **Max pooling** asks: *was it found anywhere in here?* A map of a convolution is large where its filter found what it
# looks for. The maximum keeps the strongest answer. **Average pooling** asks: *how much of it is in here?* One strong
# answer among three weak ones fades.

# %%
batch = patch[None, None]  # (1, 1, 4, 4): one picture, one channel
largest, _ = ops.maxpool2d(batch, 2)
average, _ = ops.avgpool2d(batch, 2)
plots.show(patch, largest[0, 0], average[0, 0], titles=["map 4×4", "max pooling", "average pooling"])
print("max", largest[0, 0].tolist(), " average", average[0, 0].tolist())

# %% [markdown]
# **Play.** Point at a cell of the result: its window lights up, and with it the winner. Switch between max and average.
# Then set the stride to 1. What happens to the windows, and to the size of the result?

# %%
PoolExplorer(patch)

# %%
overlapping, _ = ops.maxpool2d(batch, 2, stride=1)
print("stride 1:", overlapping[0, 0].tolist())

# %% [markdown]
# With stride 1 the windows **overlap**, and the result is 3×3. The 8 wins in four windows: the strongest answers spread.

# %% [markdown]
# ## 2 · How large is the result?
#
# You know the rule from notebook 02. A window of length `f` with stride `s` fits into `n` cells at
#
# $$\left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1$$
#
# places. Pooling rarely uses padding, so mostly $p = 0$.

# %%
quiz("pool_size")

# %%
for n, f, s in [(4, 2, 2), (7, 3, 2), (7, 2, 2), (32, 2, 2)]:
    print(f"n = {n:2}, f = {f}, s = {s}: {shapes.output_size(n, f, stride=s)} windows")

# %% [markdown]
# - `f` = 2, `s` = 2 is the usual choice. It halves height and width, so only a quarter of the numbers is left.
# - `f` = 3, `s` = 2 makes windows overlap by one row or column.
# - With `n` = 7, `f` = 2, `s` = 2, the last row and column are in no window. They are dropped.
#
# > **A trap.** When there *is* padding, it must not win. Pad a map of negative numbers with zeros, and the zeros would be
# > the largest. So max pooling pads with −∞, which every number beats.

# %%
negative = -np.ones((1, 1, 2, 2))
padded, _ = ops.maxpool2d(negative, 2, pad=1)
print("max pooling of a map of −1, padding 1:", padded[0, 0].tolist())
wrong, _ = ops.maxpool2d(np.pad(negative, ((0, 0), (0, 0), (1, 1), (1, 1))), 2)
print("padded with zeros it would be:", wrong[0, 0].tolist())

# %% [markdown]
# ## 3 · Channel by channel, and nothing to learn
#
# A convolution adds over all channels. Pooling does not: it treats **each channel on its own**. Sixteen maps come in, sixteen
# smaller maps come out.

# %%
quiz("pool_parameters")

# %%
maps = np.zeros((1, 16, 28, 28))  # one picture, sixteen maps
pooled, _ = ops.maxpool2d(maps, 2)
print(f"before {maps.shape}: {maps.size} numbers")
print(f"after  {pooled.shape}: {pooled.size} numbers, one quarter")

# %% [markdown]
# Nothing is learned here. `f` and `s` are **hyperparameters**: you choose them before training.

# %% [markdown]
# ### Build: `pool_forward`
#
# Write pooling for a batch of pictures. As in notebook 03 the channels come last: `(m, n_H, n_W, n_C)` are `m` examples
# with `n_H` rows, `n_W` columns and `n_C` channels. Return the result and a **cache**: what the backward pass in
# notebook 05 will need.
#
# > **A trap.** The mean of whole numbers can be a fraction. Think about the array you write your results into: can it hold one?
#
# *15 minutes · some thought · 4 points*

# %% exercise="pool_forward"
def pool_forward(A_prev, hparameters, mode="max"):
    """Pool every channel of every example.

    A_prev      : array (m, n_H_prev, n_W_prev, n_C)
    hparameters : dictionary with "f", the side of the window, and "stride"; no padding
    mode        : "max" or "average"
    returns: A, array (m, n_H, n_W, n_C), and cache = (A_prev, hparameters)
    """
    # BEGIN SOLUTION
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    n_H = (n_H_prev - f) // stride + 1
    n_W = (n_W_prev - f) // stride + 1
    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    top, left = h * stride, w * stride
                    window = A_prev[i, top : top + f, left : left + f, c]
                    A[i, h, w, c] = window.max() if mode == "max" else window.mean()
    return A, (A_prev, hparameters)
    # END SOLUTION


# %% check="pool_forward"
check.pool_forward(pool_forward)

# %% hints="pool_forward"
check.hints("pool_forward")

# %% [markdown]
# Passed? Then watch your own code at work, in a cell of its own: `PoolExplorer(fn=pool_forward)`.

# %% [markdown]
# ### Find the bug
#
# This function should return the largest number of a window. It has passed many a test. It still has a bug.

# %%
def suspect_zero_start(window):
    largest = 0
    for row in window:
        for value in row:
            if value > largest:
                largest = value
    return largest


print(suspect_zero_start(patch[0:2, 0:2]), suspect_zero_start(patch[2:4, 2:4]))

# %% [markdown]
# Both are right. First **find** it: return a window on which the function goes wrong.
#
# *4 minutes · easy · 1 point*

# %% exercise="find_zero_start"
def find_zero_start():
    """Return a window for which `suspect_zero_start` does not return the largest number.

    returns: array (rows, columns)
    """
    # BEGIN SOLUTION
    return np.array([[-1.0, -2.0],
                     [-3.0, -4.0]])
    # END SOLUTION


# %% check="find_zero_start"
check.find_zero_start(find_zero_start)

# %% hints="find_zero_start"
check.hints("find_zero_start")

# %% [markdown]
# Then **mend** it. Copy the function, give it this name, and change what is wrong.
#
# *3 minutes · easy · 1 point*

# %% exercise="mend_zero_start"
def mend_zero_start(window):
    """Return the largest number of a window.

    window : array (rows, columns), at least one cell
    returns: one number
    """
    # BEGIN SOLUTION
    largest = window[0, 0]
    for row in window:
        for value in row:
            if value > largest:
                largest = value
    return largest
    # END SOLUTION


# %% check="mend_zero_start"
check.mend_zero_start(mend_zero_start)

# %% hints="mend_zero_start"
check.hints("mend_zero_start")

# %% [markdown]
# > **A trap.** A running maximum must not start at a number that the window need not contain. Why did nobody notice? Pooling
# > often comes right after a ReLU, and there no number is negative. The bug waits for the day when somebody pools first.

# %% [markdown]
# ## 4 · What does a shift of one pixel change?
#
# One bright pixel, everything else dark. Pooling with `f` = 2, `s` = 2.

# %%
quiz("shift_inside")

# %%
quiz("shift_across")

# %%
for column in range(6):
    row = np.zeros((1, 1, 1, 6))
    row[..., column] = 9
    pooled, _ = ops.maxpool2d(row, (1, 2))
    print("picture", row[0, 0, 0].astype(int), "→ pooled", pooled[0, 0, 0].astype(int))

# %% [markdown]
# Every second move changes nothing: the pixel stays inside its window. The others move the result by a whole cell. So
# pooling **tolerates** small shifts, but only some of them.
#
# Now with real pictures: 200 handwritten digits, each moved one pixel to the right. We add up how much the numbers changed, as a
# share of all that was there.

# %%
def to_the_right(pictures, columns):
    return np.pad(pictures, ((0, 0), (0, 0), (0, 0), (columns, 0)))[..., :8]


digits = data.digits().images[:200].astype(float)  # (200, 1, 8, 8)
for f in (1, 2, 4):
    before, _ = ops.maxpool2d(digits, f)
    after, _ = ops.maxpool2d(to_the_right(digits, 1), f)
    share = np.abs(after - before).sum() / before.sum()
    print(f"max pooling {f}×{f}, maps {before.shape[2]}×{before.shape[3]}: changed by {share:.0%}")

# %% [markdown]
# Without pooling (1×1), moving a digit by one pixel changes the picture by 85%. After 2×2 pooling it is 45%, after 4×4 it is 8%.
# The price: an 8×8 digit pooled by 4 has only four numbers left. **Where** something is gets lost together with the shift.
# To find *whether* there is a seven, that is fine. To find *where* a nose is, it is not.
#
# **Play.** One of the digits, with 2×2 pooling. Move the slider *Shift* from 0 to 3: cells of the result that change are marked.
# Then make the window larger. Do more cells change, or fewer?

# %%
PoolExplorer("digit", shift=1)

# %%
one = digits[:1]
for f in (2, 4):
    before, _ = ops.maxpool2d(one, f)
    after = [ops.maxpool2d(to_the_right(one, shift), f)[0] for shift in range(4)]
    changed = [int((shifted != before).sum()) for shifted in after]
    print(f"{f}×{f}, shift 0, 1, 2, 3:", changed, f"of {before.size} cells change")

# %% [markdown]
# One column to the right changes 11 of 16 cells after 2×2 pooling, but 1 of 4 after 4×4. A digit has many bright cells, and
# some of them stand at the border of a window and step over it. In a larger window fewer do.

# %% [markdown]
# ## 5 · How much does one cell see?
#
# One output of a 3×3 convolution sees 3×3 pixels. A cell deep inside a network sees more, because it looks at cells that
# look at cells. The pixels that can change it are its **receptive field**. We count the length of one side.

# %%
quiz("field_two_layers")

# %%
quiz("field_after_pool")

# %% [markdown]
# Layer by layer there are only two numbers to keep:
#
# - the **field**: how many pixels one cell sees, along one side. It starts at 1: a pixel sees itself.
# - the **jump**: how many pixels lie between two neighbouring cells. It starts at 1.
#
# A layer with window `f` looks at `f` cells: one is the first, and $f - 1$ more follow, each a jump further. So the field
# grows by $(f - 1) \cdot \text{jump}$. Then its stride makes the jump `s` times as large, *for the layers after it*.

# %%
field, jump = 1, 1
conv, pool = ("conv 3×3", 3, 1), ("pool 2×2", 2, 2)
for name, f, s in [conv, pool, conv, pool, conv]:
    grown = (f - 1) * jump
    print(f"{name}: field {field:2} + ({f} − 1)·{jump} = {field + grown:2}, then jump {jump}·{s} = {jump * s}")
    field, jump = field + grown, jump * s

# %% [markdown]
# The same 3×3 convolution adds 2 pixels at the start, 4 after one pooling and 8 after two. **Each pooling gives all later layers a
# wider view**, for free.
#
# Do not take our word for it. We change one pixel at a time and look whether the first cell that leaves the first three layers
# notices. White pixels are those it sees.

# %%
def three_layers(picture):
    ones = np.ones((1, 1, 3, 3))
    hidden, _ = ops.conv2d(picture[None, None], ones)
    hidden, _ = ops.avgpool2d(hidden, 2)
    out, _ = ops.conv2d(hidden, ones)
    return out[0, 0]


# %%
seen = np.zeros((12, 12))
for row, column in np.ndindex(12, 12):
    picture = np.zeros((12, 12))
    picture[row, column] = 1
    seen[row, column] = three_layers(picture)[0, 0] > 0
plots.show(seen, titles=["seen by the first cell"])
print("columns that the first cell sees:", int(seen.any(axis=0).sum()))
print("by the rule:", shapes.receptive_field([(3, 1), (2, 2), (3, 1)]))

# %% [markdown]
# ### Build: `receptive_field`
#
# Write the rule down for any list of layers.
#
# > **A trap.** Multiply the jump by the stride *after* the layer has been counted, not before.
#
# *8 minutes · some thought · 2 points*

# %% exercise="receptive_field"
def receptive_field(layers):
    """Say how many pixels, along one side, a cell of the last layer sees.

    layers : list of (f, stride), the layer next to the picture first
    returns: whole number
    """
    # BEGIN SOLUTION
    field, jump = 1, 1
    for f, stride in layers:
        field += (f - 1) * jump
        jump *= stride
    return field
    # END SOLUTION


# %% check="receptive_field"
check.receptive_field(receptive_field)

# %% hints="receptive_field"
check.hints("receptive_field")

# %% [markdown]
# Has it passed? Then turn back to the table at the end of notebook 03: `receptive_field([(3, 1), (5, 2), (5, 2)])` should give
# the field of its third convolution.

# %% [markdown]
# ## In five lines
#
# 1. Pooling keeps one number of each window: the largest, or the mean.
# 2. Each channel is pooled on its own. Nothing is learned.
# 3. The result has $\lfloor (n + 2p - f) / s \rfloor + 1$ rows; padding never wins a maximum.
# 4. A shift inside a window changes nothing, a shift across its border does. Place is lost.
# 5. Every stride widens the view of all later layers.
#
# | what | formula |
# |---|---|
# | max pooling | $A[h, w, c] = \max_{0 \le u, v < f} A_{\text{prev}}[hs + u,\; ws + v,\; c]$ ($u$, $v$: row and column in the window) |
# | average pooling | $A[h, w, c] = \frac{1}{f^2} \sum_{u, v} A_{\text{prev}}[hs + u,\; ws + v,\; c]$ |
# | size | $\lfloor (n + 2p - f) / s \rfloor + 1$ |
# | receptive field of layer $l$ | $\text{field}_l = \text{field}_{l-1} + (f_l - 1) \cdot \text{jump}_{l-1}$ |
# | jump | $\text{jump}_l = \text{jump}_{l-1} \cdot s_l$ |
#
# ## Sources for more
#
# - Boureau, Ponce and LeCun, *A theoretical analysis of feature pooling in visual recognition* (2010): when max, when
#   average.
# - Dumoulin and Visin, [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285) (2016): sizes,
#   drawn.
# - Araujo, Norris and Sim, [*Computing receptive fields of convolutional neural networks*](https://distill.pub/2019/computing-receptive-fields/)
#   (2019).
# - Zhang, [*Making convolutional networks shift-invariant again*](https://arxiv.org/abs/1904.11486) (2019): what pooling does to
#   shifts, and a remedy.
# - Springenberg and others, [*Striving for simplicity*](https://arxiv.org/abs/1412.6806) (2014): networks that shrink their maps by
#   strides instead.
#
# **Next:** [05 Backpropagation](05_backpropagation.ipynb). The forward pass is done. How does a network learn its weights?
