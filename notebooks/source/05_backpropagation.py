# %% [markdown]
# # 05 Backpropagation
#
# A network learns by asking each of its numbers: *if you grew a little, would the loss grow or shrink, and how fast?* For
# millions of numbers that sounds hopeless. It takes one walk back through the layers. In this notebook you find out how
# that walk goes through a convolution and a pooling, and you write it.
#
# Afterwards you can
#
# - derive the gradients of a convolution with paper and pencil;
# - write the backward pass of a convolution and of pooling;
# - check any gradient with numbers alone, and find the bug when the check fails.
#
# *About 130 minutes. You need [03 Convolution over volumes](03_convolution_over_volumes.ipynb),
# [04 Pooling](04_pooling.ipynb), and the derivative of a product.*

# %%
import numpy as np

from cnnlab import check, gradcheck, ops, plots
from cnnlab.widgets import BackpropExplorer, quiz

# %% [markdown]
# ## 1 · A layer hands the gradient back
#
# Take the smallest layer there is: one input `x`, one weight `w`, one bias `b`.
#
# $$y = w \cdot x + b$$
#
# Behind it come other layers, and at the end stands the loss $L$. We need not know them. Somebody tells us one number:
# how fast the loss grows with our output, $\frac{\partial L}{\partial y}$. We call it **δ** ("delta"); in code it is `dy`,
# `dout` or `dZ`.
#
# What must the layer give back? How fast the loss grows with everything that came in: `dx`, `dw` and `db`, short for
# $\frac{\partial L}{\partial x}$, $\frac{\partial L}{\partial w}$ and $\frac{\partial L}{\partial b}$. The chain rule says:
# *how fast the loss grows with y, times how fast y grows with it.*

# %%
quiz("node_weight")

# %%
x, w, b, dy = 3, 2, 1, 5
print("dw = x · δ =", x * dy)
print("dx = w · δ =", w * dy)
print("db = 1 · δ =", 1 * dy)

# %% [markdown]
# Read the first two lines again. **The gradient of a weight is δ times the input that stood beside it. The gradient of an input
# is δ times the weight that stood beside it.** A convolution is made of nothing but such products and sums.
#
# And the whole network? The `dx` of a layer is the δ of the layer before it. So the gradient walks back, one layer at a time:

# %%
w1, b1, w2 = 2, 1, 4  # two layers in a row; the loss is the second one's output
y = w1 * 3 + b1
print("forward:  x = 3 → y =", y, "→ loss =", w2 * y)
dy = w2 * 1  # the loss grows as fast as itself: 1
dx = w1 * dy
print("backward: 1 → dy =", dy, "→ dx =", dx)
print(f"x = 3.5 → loss = {w2 * (w1 * 3.5 + b1):g}: half a unit of x more, half of dx more")

# %% [markdown]
# ## 2 · A convolution, with letters
#
# A 3×3 input, a 2×2 filter, stride 1, no padding: four outputs.
#
# $$\begin{aligned}
# y_{00} &= x_{00} w_{00} + x_{01} w_{01} + x_{10} w_{10} + x_{11} w_{11} + b \\
# y_{01} &= x_{01} w_{00} + x_{02} w_{01} + x_{11} w_{10} + x_{12} w_{11} + b \\
# y_{10} &= x_{10} w_{00} + x_{11} w_{01} + x_{20} w_{10} + x_{21} w_{11} + b \\
# y_{11} &= x_{11} w_{00} + x_{12} w_{01} + x_{21} w_{10} + x_{22} w_{11} + b
# \end{aligned}$$
#
# Each output has its own δ. Now look for $w_{00}$. It occurs four times, once in each line, and beside it stand $x_{00}$,
# $x_{01}$, $x_{10}$ and $x_{11}$. When $w_{00}$ grows, all four outputs move. So we add up four products:
#
# $$dw_{00} = x_{00}\,\delta_{00} + x_{01}\,\delta_{01} + x_{10}\,\delta_{10} + x_{11}\,\delta_{11}$$
#
# Now with numbers:

# %%
x = np.array([[1.0, 2, 0],
              [0, 1, 3],
              [2, 1, 1]])
w = np.array([[3.0, 4],
              [2, -1]])
dy = np.array([[1.0, 2],
               [3, -1]])
y = ops.correlate2d(x, w)
plots.show(x, w, y, dy, titles=["input x", "filter w", "output y", "δ"], signed=False)
print("y =", y.tolist(), " δ =", dy.tolist())
print("dw[0, 0] = x[0, 0]·δ[0, 0] + x[0, 1]·δ[0, 1] + x[1, 0]·δ[1, 0] + x[1, 1]·δ[1, 1]")

# %%
quiz("weight_gradient")

# %% [markdown]
# Take a pencil and write down the sum for $w_{01}$ before you read on. Where does it occur, and what stands beside it there?
#
# $$\begin{aligned}
# dw_{01} &= x_{01}\,\delta_{00} + x_{02}\,\delta_{01} + x_{11}\,\delta_{10} + x_{12}\,\delta_{11} \\
# dw_{10} &= x_{10}\,\delta_{00} + x_{11}\,\delta_{01} + x_{20}\,\delta_{10} + x_{21}\,\delta_{11} \\
# dw_{11} &= x_{11}\,\delta_{00} + x_{12}\,\delta_{01} + x_{21}\,\delta_{10} + x_{22}\,\delta_{11}
# \end{aligned}$$
#
# In each line, the four inputs form a square: a window. In code:

# %%
dw = np.zeros((2, 2))
for r in range(2):
    for s in range(2):
        beside = x[r : r + 2, s : s + 2]  # the inputs that stood beside w[r, s]
        dw[r, s] = np.sum(beside * dy)
        print(f"dw[{r}, {s}]: {beside.ravel()} · {dy.ravel()} = {dw[r, s]:g}")

# %% [markdown]
# Do you see it? A window of the size of δ slides over the input, multiplies and adds up. **The gradient of the weights is a
# correlation: of the input with δ.**

# %%
print("correlation of x with δ:", ops.correlate2d(x, dy).tolist())

# %% [markdown]
# The bias stands alone in every line, with a factor of 1. So its gradient is the sum of all δ.

# %%
quiz("bias_gradient")

# %%
print("db =", dy.sum())

# %% [markdown]
# ## 3 · Back to the input: spread and add
#
# The layer before needs `dx`. Look at the four lines for $y$ again. The corner $x_{00}$ occurs once, beside $w_{00}$. How often
# does the pixel in the middle occur?

# %%
quiz("middle_pixel")

# %% [markdown]
# $$\begin{aligned}
# dx_{00} &= w_{00}\,\delta_{00} \\
# dx_{01} &= w_{01}\,\delta_{00} + w_{00}\,\delta_{01} \\
# dx_{11} &= w_{11}\,\delta_{00} + w_{10}\,\delta_{01} + w_{01}\,\delta_{10} + w_{00}\,\delta_{11}
# \end{aligned}$$
#
# With our numbers: $dx_{00} = 3 \cdot 1 = 3$, $dx_{01} = 4 \cdot 1 + 3 \cdot 2 = 10$ and $dx_{11} = (-1)\cdot 1 + 2 \cdot 2 + 4 \cdot 3 + 3 \cdot (-1) = 12$.
#
# In code nobody collects such sums one by one. Walk through the *outputs*, as the forward pass did. Each output sends back the
# whole filter, times its δ, to the window it came from:

# %%
dx = np.zeros((3, 3))
for p in range(2):
    for q in range(2):
        dx[p : p + 2, q : q + 2] += w * dy[p, q]
        print(f"after output ({p}, {q}):", dx.tolist())

# %% [markdown]
# > **A trap.** It must be `+=`. The middle pixel lies in four windows. With `=` each window would erase what the one before has
# > left there.
#
# **Play.** Step through the four outputs and watch `dx`, `dw` and `db` fill. Then point at a weight, at an input, at an
# output: what it touched lights up.

# %%
BackpropExplorer()

# %% [markdown]
# ## 4 · The same, with the filter turned round
#
# Look at $dx_{11}$ once more: $w_{11}, w_{10}, w_{01}, w_{00}$ beside $\delta_{00}, \delta_{01}, \delta_{10}, \delta_{11}$. The δ come in
# reading order, the weights in the opposite order. That is the filter **turned by 180°**, lying on δ.
#
# At the rim some of the δ are missing: $dx_{01}$ has two of them, $dx_{00}$ only one. They count as 0. So we pad δ with zeros
# and correlate it with the turned filter. Mathematicians call this a *full* convolution.

# %%
quiz("turned_pad")

# %%
turned = w[::-1, ::-1]
full = ops.correlate2d(np.pad(dy, 1), turned)
plots.show(np.pad(dy, 1), turned, full, titles=["δ, padded", "w turned by 180°", "dx"], signed=False)
print("dx by spreading:", dx.tolist())
print("dx by turning:  ", full.tolist())

# %% [markdown]
# Two ways, the same numbers. Spreading is easier to write, and works with any stride as it is. Turning shows that the backward
# pass of a convolution **is a convolution again**. Whatever makes the one fast makes the other fast too: that is notebook 07.
#
# > **A trap.** Do not mix them. The filter is turned when you correlate with δ, and *not* turned when each output spreads back
# > over its window.
#
# **Play.** Step through the nine cells of `dx`. Then set *Input n* to 4 and *Stride s* to 2: zeros appear between the δ. Why?
# (A stride of 2 leaves out every second output. In this sum they are still there, as zeros.)

# %%
BackpropExplorer(view="turned")

# %% [markdown]
# ## 5 · How do you know that it is right?
#
# Derivatives on paper go wrong easily. But there is a test that needs no derivation at all. Move one number up a little,
# move it down a little, and see how much the loss changed. This is the **centred difference**:
#
# $$\frac{dL}{dx} \approx \frac{L(x + h) - L(x - h)}{2h}$$
#
# It is not exact, but close. Try it on a loss whose slope you know, with a large step:

# %%
quiz("centred_square")

# %%
print("centred: ", ((3 + 1) ** 2 - (3 - 1) ** 2) / (2 * 1))
print("one-sided:", ((3 + 1) ** 2 - 3**2) / 1)

# %% [markdown]
# The slope of $x^2$ at 3 is $2 \cdot 3 = 6$. The centred difference finds it. A one-sided difference says 7: it sees only how the
# curve bends upwards on the right.
#
# For one number of an array it is done with all others held still. The layer's output is an array, so we weigh its change
# with δ: $\sum \big(f(x + h) - f(x - h)\big) \cdot \delta \,/\, 2h$.

# %%
h = 1e-5
up, down = x.copy(), x.copy()
up[1, 1] += h
down[1, 1] -= h
change = ops.correlate2d(up, w) - ops.correlate2d(down, w)
print(f"dx[1, 1] by numbers alone: {np.sum(change * dy) / (2 * h):.6f}")

# %% [markdown]
# It says 12, as our derivation did.

# %% [markdown]
# ### Build: `numerical_gradient`
#
# Do that for every number of `x`. `f` is any function of an array; `df` is the δ of its output.
#
# > **A trap.** Some functions use the same array for each of their results. Keep a copy of the first one before you call `f` again.
#
# *12 minutes · some thought · 3 points*

# %% exercise="numerical_gradient"
def numerical_gradient(f, x, df, h=1e-5):
    """Return the gradient of sum(f(x) · df), by centred differences.

    f  : function of an array like x; returns an array or a number
    x  : float array of any shape
    df : like f(x)
    h  : how far each number is moved up and down
    returns: array like x
    """
    # BEGIN SOLUTION
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        old = x[index]
        x[index] = old + h
        plus = np.copy(f(x))
        x[index] = old - h
        minus = np.copy(f(x))
        x[index] = old
        gradient[index] = np.sum((plus - minus) * df) / (2 * h)
    return gradient
    # END SOLUTION


# %% check="numerical_gradient"
check.numerical_gradient(numerical_gradient)

# %% hints="numerical_gradient"
check.hints("numerical_gradient")

# %% [markdown]
# When are two gradients equal enough? A difference of 0.001 is nothing beside 1000, and everything beside 0.002. So we compare
# the difference with the size of the numbers:
#
# $$\max \; \frac{|a - b|}{\max(10^{-8},\; |a| + |b|)}$$
#
# The $10^{-8}$ only keeps us from dividing 0 by 0. The max in front takes the worst cell of the arrays.

# %%
quiz("relative_error")

# %% [markdown]
# ### Build: `rel_error`
#
# *5 minutes · easy · 1 point*

# %% exercise="rel_error"
def rel_error(a, b):
    """Return the largest relative error between two arrays, by the formula above.

    a, b : arrays of the same shape
    returns: one number
    """
    # BEGIN SOLUTION
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
    # END SOLUTION


# %% check="rel_error"
check.rel_error(rel_error)

# %% hints="rel_error"
check.hints("rel_error")

# %% [markdown]
# As a rule of thumb, in double precision: below $10^{-7}$ the gradient is right. Above $10^{-2}$ it is wrong. In between, look
# closer: is there a kink nearby?
#
# Have both passed? Then let them judge the `dx` of section 4, in a cell of its own:
# `rel_error(numerical_gradient(lambda a: ops.correlate2d(a, w), x, dy), dx)`.
#
# ### How large should h be?

# %%
quiz("step_size")

# %%
point = np.array([1.0])
steps = [10.0**-k for k in range(1, 14)]
sweep = gradcheck.step_sweep(np.exp, point, [1.0], np.exp(point), steps)
errors = [error for _, error in sweep]
plots.lines({"error": errors}, at=steps, x="step h", y="relative error", log="both")
for k in (1, 5, 12):
    print(f"slope of exp at 1, h = 1e-{k:02}: relative error below 1e-8?", "yes" if errors[k - 1] < 1e-8 else "no")

# %% [markdown]
# On the right the step is too large: the difference sees the curve, not the slope. On the left it is too small: mostly rounding
# is left. In between lies a valley. $h = 10^{-5}$ is a good choice in double precision.
#
# ### Kinks
#
# The ReLU has slope 0 on the left of 0, and slope 1 on the right. At 0 itself it has a **kink**, and no slope.

# %%
quiz("kink")

# %%
def relu(x):
    return np.maximum(x, 0)


slope = gradcheck.numerical_gradient  # passed? Then write: slope = numerical_gradient
for place in (0.5, 0.0):
    print(f"slope of ReLU at {place}: {slope(relu, np.array([place]), 1.0)[0]:.3f}")

# %% [markdown]
# > **A trap.** A maximum has a kink wherever two cells tie. A centred difference across a kink gives the mean of both sides, and
# > your correct gradient looks wrong. Check gradients away from kinks.
#
# The library's `check_gradients` does all of this at once, for every input of a layer. We give it the right backward pass, and
# one in which the gradient of the weights is turned by 180°:

# %%
def turned_dw(dy, cache):
    grads = ops.conv2d_backward(dy, cache)
    return grads._replace(dw=grads.dw[:, :, ::-1, ::-1])


inputs = x[None, None], w[None, None], np.zeros(1)  # one example, one channel, one filter
for backward in (ops.conv2d_backward, turned_dw):
    report = gradcheck.check_gradients(ops.conv2d, backward, *inputs)
    print(backward.__name__)
    print(" ", "all gradients agree" if report.ok else report.worst)

# %% [markdown]
# It names the gradient and the place, and even sees that it is reversed along its last two axes.

# %% [markdown]
# ## 6 · Write it
#
# A real layer has many channels, many filters and many examples. All that you have derived stays; there is only more to add up:
#
# - **Channels.** `W` below is one filter with all its channels, and its window is just as deep. Multiply them cell by cell, as
#   before.
# - **Filters.** All filters look at the same window. So the shares of all of them add up in `dA_pad`, while each filter has its own
#   `dW` and `db`.
# - **Examples.** Each has its own part of `dA_pad`. But all of them use the same filters, so `dW` and `db` add up over all examples.
#
# Here are both passes as steps. The backward pass takes the same walk as the forward pass, with the same windows.
#
# | forward | backward |
# |---|---|
# | 1. pad the input | 1. pad the input; zeros `dA_pad` of the same shape |
# | 2. for every example, row, column and filter | 2. for every example, row, column and filter |
# | 3. cut the window out | 3. the same window, and `d`, the δ of this output |
# | 4. `Z = sum(window · W) + b` | 4. `dA_pad[window] += W · d` |
# | | 5. `dW += window · d` |
# | | 6. `db += d` |
# | 5. keep A_prev, W, b, hparameters | 7. cut the padding off `dA_pad` |

# %% [markdown]
# ### Build: `conv_backward`
#
# The arrays are those of `conv_forward` in notebook 03: channels last, and the cache holds what went in. To pad, use `np.pad`,
# or copy your `zero_pad` from notebook 02 into the cell.
#
# > **A trap.** To cut the padding off, `[pad:-pad]` looks natural. What is it when pad is 0?
# >
# > **Another trap.** Do not divide by the number of examples. The loss has done that once, and δ brings it along.
#
# *30 minutes · hard · 8 points*

# %% exercise="conv_backward"
def conv_backward(dZ, cache):
    """Return the gradients of `conv_forward`.

    dZ    : array (m, n_H, n_W, C'), δ for every output
    cache : (A_prev, W, b, hparameters), as `conv_forward` returned it
    returns: dA_prev like A_prev, dW like W, db like b, (1, 1, 1, C')
    """
    # BEGIN SOLUTION
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    f = W.shape[0]
    A_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA_pad = np.zeros(A_pad.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i, h, w, c in np.ndindex(*dZ.shape):
        d = dZ[i, h, w, c]
        rows = slice(h * stride, h * stride + f)
        columns = slice(w * stride, w * stride + f)
        dA_pad[i, rows, columns, :] += W[:, :, :, c] * d
        dW[:, :, :, c] += A_pad[i, rows, columns, :] * d
        db[:, :, :, c] += d
    return dA_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :], dW, db
    # END SOLUTION


# %% check="conv_backward"
check.conv_backward(conv_backward)

# %% hints="conv_backward"
check.hints("conv_backward")

# %% [markdown]
# Passed? Then watch your own code at work, in a cell of its own: `BackpropExplorer(fn=conv_backward)`.

# %% [markdown]
# ## 7 · Other layers on the way back
#
# **ReLU.** Where the input was positive, the output moves with it: δ passes. Where it was negative, the output stays 0: δ is blocked.

# %%
z = np.array([[-2.0, 1.0], [3.0, -1.0]])
out, cache = ops.relu(z)
delta = np.array([[10.0, 20.0], [30.0, 40.0]])
print("ReLU:", out.tolist(), " δ back:", ops.relu_backward(delta, cache).tolist())

# %% [markdown]
# **Fully connected.** Every output is a sum of inputs times weights, so nothing is new: `dx` is δ times the weights, `dW` is the input
# times δ, `db` is the sum of δ over the examples. Here are two inputs, three outputs and one example:

# %%
inputs, weights = np.array([[1.0, 2.0]]), np.array([[3.0, 0.0, -1.0],
                                                    [1.0, 2.0, 0.0]])
out, cache = ops.affine(inputs, weights, np.zeros(3))
grads = ops.affine_backward(np.array([[1.0, 10.0, 100.0]]), cache)
for name, array in zip(grads._fields, grads, strict=True):
    print(f"{name}: {array.tolist()}")

# %% [markdown]
# The first input stood beside 3, 0 and −1, so its gradient is $3 \cdot 1 + 0 \cdot 10 - 1 \cdot 100 = -97$.
#
# **Flatten** changes the shape and no number: the way back changes the shape back.
#
# **Pooling.** A window of four cells became one number. Its δ must go back to four cells, from a small map to a large one. Some
# call that *upsampling*.

# %%
quiz("average_share")

# %%
window = np.array([[1.0, 9.0],
                   [3.0, 4.0]])
d = 8.0
print("max:     ", ((window == window.max()) * d).tolist())
print("average: ", np.full((2, 2), d / 4).tolist())

# %% [markdown]
# **Max pooling.** Only the winner had an influence: δ goes **to the winner**, and nothing to the others.
#
# **Average pooling.** The mean of four cells grows a quarter as fast as each of them: δ is **shared equally**.
#
# And if two cells tie for the maximum? After a ReLU many windows hold nothing but zeros. There are three conventions:
#
# | who receives δ | used by |
# |---|---|
# | the first tied cell | CS231n, PyTorch (`argmax`) |
# | every tied cell, all of it | deeplearning.ai's course (`x == max`) |
# | every tied cell, an equal share | neither course; a fair choice that keeps the total |

# %%
quiz("tied_window")

# %%
ties = np.zeros((1, 1, 2, 2))
for rule in ("first", "all", "share"):
    _, cache = ops.maxpool2d(ties, 2, ties=rule)
    back = ops.maxpool2d_backward(np.full((1, 1, 1, 1), 8.0), cache)
    print(f"{rule:6} {back[0, 0].tolist()}  adds up to {back.sum():g}")

# %% [markdown]
# In this notebook we follow deeplearning.ai: every tied cell. Notebook 07 follows CS231n: the first.
#
# **Play.** Step through the four windows, then change the convention. Which window does not care? Try average pooling, too.

# %%
tied = np.array([[0.0, 0, 5, 1],
                 [0, 0, 5, 2],
                 [3, 1, 0, 7],
                 [2, 3, 4, 6]])
BackpropExplorer(tied, operation="max pooling", dout=[[8, 6], [4, 2]], f=2, ties="all")

# %% [markdown]
# Only the last one: its maximum, 7, stands alone. With average pooling nobody has to win, so there is no convention to choose.

# %% [markdown]
# ### Build: `create_mask_from_window`
#
# *3 minutes · easy · 1 point*

# %% exercise="create_mask_from_window"
def create_mask_from_window(x):
    """Mark every cell that holds the maximum of x.

    x : array (rows, columns)
    returns: array like x, True where the maximum is
    """
    # BEGIN SOLUTION
    return x == x.max()
    # END SOLUTION


# %% check="create_mask_from_window"
check.create_mask_from_window(create_mask_from_window)

# %% hints="create_mask_from_window"
check.hints("create_mask_from_window")

# %% [markdown]
# ### Build: `distribute_value`
#
# *3 minutes · easy · 1 point*

# %% exercise="distribute_value"
def distribute_value(dz, shape):
    """Share a number equally among the cells of a window.

    dz    : one number
    shape : (n_H, n_W)
    returns: array (n_H, n_W) whose cells add up to dz
    """
    # BEGIN SOLUTION
    n_H, n_W = shape
    return np.full((n_H, n_W), dz / (n_H * n_W))
    # END SOLUTION


# %% check="distribute_value"
check.distribute_value(distribute_value)

# %% hints="distribute_value"
check.hints("distribute_value")

# %% [markdown]
# ### Build: `pool_backward`
#
# > **A trap.** The winner was decided in the forward pass. So the mask is made from `A_prev`, not from a gradient.
#
# *15 minutes · some thought · 4 points*

# %% exercise="pool_backward"
def pool_backward(dA, cache, mode="max"):
    """Return the gradient of `pool_forward`.

    dA    : array (m, n_H, n_W, n_C), δ for every output
    cache : (A_prev, hparameters), as `pool_forward` returned it
    mode  : "max" or "average"; where cells tie for the maximum, each receives all of δ
    returns: dA_prev like A_prev
    """
    # BEGIN SOLUTION
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev, dtype=float)
    for i, h, w, c in np.ndindex(*dA.shape):
        rows = slice(h * stride, h * stride + f)
        columns = slice(w * stride, w * stride + f)
        if mode == "max":
            mask = create_mask_from_window(A_prev[i, rows, columns, c])
            dA_prev[i, rows, columns, c] += mask * dA[i, h, w, c]
        else:
            dA_prev[i, rows, columns, c] += distribute_value(dA[i, h, w, c], (f, f))
    return dA_prev
    # END SOLUTION


# %% check="pool_backward"
check.pool_backward(pool_backward)

# %% hints="pool_backward"
check.hints("pool_backward")

# %% [markdown]
# Passed? Then try `BackpropExplorer(tied, operation="max pooling", fn=pool_backward)` in a cell of its own.

# %% [markdown]
# ## 8 · Find the bug
#
# Three functions with mistakes that learners really make. Each is right on many inputs. First **find** inputs on which it goes
# wrong, then **mend** it. A guess from the traps above, an example on paper, a numerical gradient: any way is good.
#
# ### The first
#
# It applies one filter to one window, as `conv_single_step` does.

# %%
def suspect_bias_in_sum(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W + b.item())


ones = np.ones((2, 2, 1))
print("with bias 0:", suspect_bias_in_sum(ones, ones, np.zeros((1, 1, 1))), "and right is 4.0")

# %% [markdown]
# **Find** inputs on which it goes wrong.
#
# *4 minutes · easy · 1 point*

# %% exercise="find_bias_in_sum"
def find_bias_in_sum():
    """Return inputs for which `suspect_bias_in_sum` is wrong.

    returns: a_slice_prev (f, f, C), W (f, f, C), b (1, 1, 1)
    """
    # BEGIN SOLUTION
    return np.ones((2, 2, 1)), np.ones((2, 2, 1)), np.ones((1, 1, 1))
    # END SOLUTION


# %% check="find_bias_in_sum"
check.find_bias_in_sum(find_bias_in_sum)

# %% hints="find_bias_in_sum"
check.hints("find_bias_in_sum")

# %% [markdown]
# **Mend** it: write what it should be.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_bias_in_sum"
def mend_bias_in_sum(a_slice_prev, W, b):
    """Apply one filter to one window, as the suspect should.

    a_slice_prev, W : arrays (f, f, C)
    b               : array (1, 1, 1)
    returns: one number
    """
    # BEGIN SOLUTION
    return np.sum(a_slice_prev * W) + b.item()
    # END SOLUTION


# %% check="mend_bias_in_sum"
check.mend_bias_in_sum(mend_bias_in_sum)

# %% hints="mend_bias_in_sum"
check.hints("mend_bias_in_sum")

# %% [markdown]
# ### The second
#
# The way back through max pooling, for a single map. It passes every test in which windows of 2×2 move on by 2.

# %%
def suspect_overlap_assigned(dA, A_prev, f, stride):
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[0]):
        for w in range(dA.shape[1]):
            top, left = h * stride, w * stride
            window = A_prev[top : top + f, left : left + f]
            mask = window == window.max()
            dA_prev[top : top + f, left : left + f] = mask * dA[h, w]
    return dA_prev


print(suspect_overlap_assigned(np.ones((2, 2)), np.arange(16.0).reshape(4, 4), f=2, stride=2))

# %% [markdown]
# **Find** inputs on which it goes wrong.
#
# *4 minutes · easy · 1 point*

# %% exercise="find_overlap_assigned"
def find_overlap_assigned():
    """Return inputs for which `suspect_overlap_assigned` is wrong.

    returns: dA (n_H, n_W), A_prev (n_H_prev, n_W_prev), f, stride
    """
    # BEGIN SOLUTION
    picture = np.array([[1.0, 2, 1],
                        [2, 9, 2],
                        [1, 2, 1]])
    return np.ones((2, 2)), picture, 2, 1
    # END SOLUTION


# %% check="find_overlap_assigned"
check.find_overlap_assigned(find_overlap_assigned)

# %% hints="find_overlap_assigned"
check.hints("find_overlap_assigned")

# %% [markdown]
# **Mend** it: write what it should be.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_overlap_assigned"
def mend_overlap_assigned(dA, A_prev, f, stride):
    """Go back through max pooling of one map, as the suspect should.

    dA        : array (n_H, n_W)
    A_prev    : array (n_H_prev, n_W_prev)
    f, stride : side of the window, and how far it moves
    returns: array like A_prev; where cells tie, each receives all of δ
    """
    # BEGIN SOLUTION
    gradient = np.zeros_like(A_prev, dtype=float)
    for h, w in np.ndindex(*dA.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        gradient[rows, columns] += create_mask_from_window(A_prev[rows, columns]) * dA[h, w]
    return gradient
    # END SOLUTION


# %% check="mend_overlap_assigned"
check.mend_overlap_assigned(mend_overlap_assigned)

# %% hints="mend_overlap_assigned"
check.hints("mend_overlap_assigned")

# %% [markdown]
# ### The third
#
# The gradient of a convolution's input, for one channel, one filter and stride 1.

# %%
def suspect_crop_at_pad_0(dZ, x, w, pad):
    f = w.shape[0]
    dx = np.zeros((x.shape[0] + 2 * pad, x.shape[1] + 2 * pad))
    for p in range(dZ.shape[0]):
        for q in range(dZ.shape[1]):
            dx[p : p + f, q : q + f] += w * dZ[p, q]
    return dx[pad:-pad, pad:-pad]


print(suspect_crop_at_pad_0(np.ones((3, 3)), np.ones((3, 3)), np.ones((3, 3)), pad=1))

# %% [markdown]
# **Find** inputs on which it goes wrong.
#
# *4 minutes · easy · 1 point*

# %% exercise="find_crop_at_pad_0"
def find_crop_at_pad_0():
    """Return inputs for which `suspect_crop_at_pad_0` is wrong.

    returns: dZ (n_H, n_W), x (H, W), w (f, f), pad
    """
    # BEGIN SOLUTION
    return np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2)), 0
    # END SOLUTION


# %% check="find_crop_at_pad_0"
check.find_crop_at_pad_0(find_crop_at_pad_0)

# %% hints="find_crop_at_pad_0"
check.hints("find_crop_at_pad_0")

# %% [markdown]
# **Mend** it: write what it should be.
#
# *4 minutes · easy · 1 point*

# %% exercise="mend_crop_at_pad_0"
def mend_crop_at_pad_0(dZ, x, w, pad):
    """Return the gradient of a convolution's input, as the suspect should.

    dZ  : array (n_H, n_W)
    x   : array (H, W), the input
    w   : array (f, f), the filter
    pad : cells of padding on each side
    returns: array like x
    """
    # BEGIN SOLUTION
    (H, W), f = x.shape, len(w)
    gradient = np.zeros((H + 2 * pad, W + 2 * pad))
    for p, q in np.ndindex(*dZ.shape):
        gradient[p : p + f, q : q + f] += w * dZ[p, q]
    return gradient[pad : pad + H, pad : pad + W]
    # END SOLUTION


# %% check="mend_crop_at_pad_0"
check.mend_crop_at_pad_0(mend_crop_at_pad_0)

# %% hints="mend_crop_at_pad_0"
check.hints("mend_crop_at_pad_0")

# %% [markdown]
# ## In five lines
#
# 1. A layer gets δ for each output and returns gradients for everything that came in.
# 2. The gradient of a weight is δ times the inputs that stood beside it, added up; that of an input is δ times the weights.
# 3. In a convolution: `dW` correlates input and δ, `db` adds up δ, `dx` spreads δ back with `+=`, or correlates it with the turned
#    filter.
# 4. Max pooling sends δ to the winner, average pooling shares it.
# 5. A centred difference checks any gradient. Mind the step, and the kinks.
#
# | what | formula (stride 1) |
# |---|---|
# | weights | $dw_{rs} = \sum_{p,q} x_{p+r,\,q+s}\; \delta_{pq}$ |
# | bias | $db = \sum_{p,q} \delta_{pq}$ |
# | input, spread | $dx_{p+r,\,q+s} \mathrel{+}= w_{rs}\; \delta_{pq}$ for every output $(p, q)$ |
# | input, gathered | $dx_{ij} = \sum_{r,s} w_{rs}\; \delta_{i-r,\,j-s}$, where δ outside the output counts as 0 |
# | centred difference | $\big(L(x + h) - L(x - h)\big) / 2h$ |
# | relative error | $\max \big(\,|a - b| \,/\, \max(10^{-8}, |a| + |b|)\,\big)$ |
#
# ## Sources for more
#
# - Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors* (1986).
# - Goodfellow, Bengio and Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), chapter 9.5: the
#   gradients of a convolution.
# - Stanford CS231n, [*Backpropagation, intuitions*](https://cs231n.github.io/optimization-2/) and
#   [*Gradient checks*](https://cs231n.github.io/neural-networks-3/).
# - Baydin and others, [*Automatic differentiation in machine learning: a survey*](https://arxiv.org/abs/1502.05767) (2018).
#
# **Next:** [06 Batch normalisation](06_batch_normalisation.ipynb). What happens to δ when it walks back through ten layers?
