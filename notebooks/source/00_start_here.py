# %% [markdown]
# # 00 Start here
#
# Five minutes. You will meet the four things that every notebook of this course is made of: a **picture that moves**,
# a **question**, an **exercise with its check**, and **hints**.
#
# A notebook is a column of cells. To run a cell, click it and press **Shift + Enter**. Run them from top to bottom.

# %%
import numpy as np

from cnnlab import check, doctor
from cnnlab.widgets import EdgeLab, quiz

# %% [markdown]
# ## Is everything here?
#
# The next cell looks at your machine. Every line should say *ready*. Where one does not, it says what to do.

# %% tags=["nbval-ignore-output"]
doctor.report()

# %% [markdown]
# ## A picture that moves
#
# On the left lies a small image: each cell is a brightness. A 3×3 window slides over it. At each place, the nine numbers
# in the window become one number on the right. How? That is notebook 01. For now, just play:
#
# - press **▶**, or drag the slider below the picture;
# - point at a cell on the right to see the window it came from;
# - with the keyboard: **Tab** to the picture on the right, then the arrow keys.

# %%
EdgeLab()

# %% [markdown]
# ## A question
#
# Before we explain something, we ask what you expect. A wrong guess costs nothing, and you remember better what you
# have tried to work out yourself.
#
# Here is a 3×3 window:

# %%
window = np.array([[1.0, 2.0, 3.0],
                   [4.0, 5.0, 6.0],
                   [7.0, 8.0, 9.0]])
print(window)

# %%
quiz("window_mean")

# %% [markdown]
# ## An exercise
#
# Now let Python do it. The cell below is yours. Where it says `TODO`, write what is missing and delete the line that
# starts with `raise`. Then run the cell.
#
# *2 minutes · easy · 1 point*

# %% exercise="window_mean"
def window_mean(window):
    """Return the mean of all cells of a window.

    window : array (3, 3)
    returns: one number
    """
    # BEGIN SOLUTION
    return window.sum() / window.size
    # END SOLUTION


# %% [markdown]
# Run the check, even before you have written anything: it will say so, and nothing breaks. Then try something on
# purpose that is wrong, such as `return window.sum()`, and run both cells again. The check tells you *which* mistake it
# sees.

# %% check="window_mean"
check.window_mean(window_mean)

# %% [markdown]
# Stuck? Every exercise has three hints. The first one only nudges; the last one is nearly the answer. Open one, try
# again, and open the next only if you need it.

# %% hints="window_mean"
check.hints("window_mean")

# %% [markdown]
# ## Where you are
#
# This is the map of the course. Run the cell again whenever you like. Your progress is kept in a small file in your
# course folder and never leaves your machine.

# %% tags=["nbval-ignore-output"]
check.progress()

# %% [markdown]
# ## If you also follow another course
#
# This course goes with two well-known ones. Here is which notebook covers which part:
#
# | course | topic | notebook |
# |---|---|---|
# | deeplearning.ai, Convolutional Neural Networks, week 1: lectures | edge detection, vertical and horizontal, learned filters, cross-correlation | [01](01_edge_detection.ipynb) |
# |  | padding, strided convolutions | [02](02_padding_and_stride.ipynb) |
# |  | convolutions over volumes, one layer, a simple network, why convolutions | [03](03_convolution_over_volumes.ipynb) |
# |  | pooling layers | [04](04_pooling.ipynb) |
# |  | a network like LeNet-5 | [08](08_full_convnet.ipynb) |
# | the same, programming exercise 1, step by step | `zero_pad` | [02](02_padding_and_stride.ipynb) |
# |  | `conv_single_step`, `conv_forward` | [03](03_convolution_over_volumes.ipynb) |
# |  | `pool_forward` | [04](04_pooling.ipynb) |
# |  | `conv_backward`, `create_mask_from_window`, `distribute_value`, `pool_backward` | [05](05_backpropagation.ipynb) |
# | the same, programming exercise 2, application | the SIGNS network and its files | [08](08_full_convnet.ipynb) |
# | Stanford CS231n, assignment 2: convolutional networks | image processing by convolution: grey and edge filters | [01](01_edge_detection.ipynb) |
# |  | convolution and max pooling: naive forward and backward; fast layers; sandwich layers | [07](07_naive_to_fast.ipynb) |
# |  | the three-layer ConvNet: sanity of the loss, gradient check, overfit, train, see the filters | [08](08_full_convnet.ipynb) |
# |  | spatial batch normalisation | [06](06_batch_normalisation.ipynb) |
# | the same: batch normalisation | forward, backward, training and test mode | [06](06_batch_normalisation.ipynb) |
# | the same: fully connected nets | gradient check | [05](05_backpropagation.ipynb) |
# |  | softmax loss; SGD, momentum, RMSprop, Adam | [08](08_full_convnet.ipynb) |
#
# Not covered: dropout, layer and group normalisation as exercises, and PyTorch.
#
# In the library, `cnnlab.conventions` has both courses' functions under the names that you know from there.
#
# ## When something goes wrong
#
# - **A cell does not end.** Press **■** above the notebook. Your text stays.
# - **Strange errors, or old values.** Choose *Kernel → Restart Kernel and Run All Cells*.
# - **You want a fresh copy of a notebook.** Rename yours, close JupyterLab and run `cnnlab lab` again: the original comes back
#   beside it.
#
# ## Next
#
# [01 Edge detection](01_edge_detection.ipynb): what those nine numbers do, and how a computer can find them by itself.
