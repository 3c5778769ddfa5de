# %% [markdown]
# # 01 Edge detection
#
# When you look at a photograph, you see outlines at once. A computer sees a table of numbers. In this notebook you build
# the small machine that turns the one into the other. It is the machine that every convolutional network is made of.
#
# Afterwards you can
#
# - compute by hand what a filter does to a picture, and write the function that does it;
# - choose a filter that finds edges, blurs or sharpens, and say from its numbers which it will do;
# - tell cross-correlation from convolution;
# - let a computer find the nine numbers of a filter by itself.
#
# *About 60 minutes. You need Python, NumPy arrays and slices, and [notebook 00](00_start_here.ipynb). The
# last section uses the idea of a derivative.*

# %%
import numpy as np

from cnnlab import check, data, ops, plots, traces
from cnnlab.widgets import EdgeLab, quiz

# %% [markdown]
# ## 1 · One window, one number
#
# A grey picture is an array. Each cell holds a brightness: a large number is light, a small one is dark. Our first
# picture has `H` = 6 rows and `W` = 6 columns. Its left half is light, its right half is dark.

# %%
image = data.step_image()
print(image)

# %% [markdown]
# A **filter**, also called a **kernel**, is a smaller array of numbers: its **weights**. This one has `kh` = 3 rows and
# `kw` = 3 columns.

# %%
vertical = np.array([[1, 0, -1],
                     [1, 0, -1],
                     [1, 0, -1]])
plots.show(image, vertical, titles=["image 6×6", "kernel 3×3"])
print("weights add up to", vertical.sum())

# %% [markdown]
# Lay the kernel on the top-left corner of the image. It covers nine cells: the **window**. Multiply each cell by the
# weight that lies on it. Then add up the nine products.
#
# **Predict** the sum before you run the cell after the question.

# %%
quiz("first_window")

# %%
window = image[0:3, 0:3]
products = window * vertical
print(products)
print("sum:", products.sum())

# %% [markdown]
# Left and right hold the same brightness, so they cancel. Now move the window one column to the right. Its right column
# lies on the dark half.

# %%
window = image[0:3, 1:4]
products = window * vertical
print(products)
print("sum:", products.sum())

# %% [markdown]
# The kernel takes the left column **minus** the right column. Where the two are equal it answers 0. Where brightness
# drops from left to right, it answers with a large number. That is all an edge detector is: **multiply, and add.**
#
# > **A trap.** `window * vertical` multiplies cell by cell. `window @ vertical` is the matrix product, which is something
# > else. Both give an array, so Python does not complain.

# %% [markdown]
# ## 2 · Slide it
#
# Do the same at every place where the window fits, one cell further each time. The results, laid out in the same order,
# are a new picture: the **response**.

# %%
quiz("response_rows")

# %% [markdown]
# **Play.** Press ▶ and watch the window move. Then point at cells of the response and check two or three sums in your
# head. Change one weight of the kernel: which cells of the response change?

# %%
EdgeLab(image, vertical)

# %%
trace = traces.trace_correlation(image, vertical)
for q in range(4):
    print(f"row 0, column {q}:", trace.at(0, q).formula)
print(trace.response)

# %% [markdown]
# Every row of the response is `0 30 30 0`. The two columns of 30 say: *here, brightness falls from left to right.* The
# edge looks two cells wide because two positions of the window reach across it. On a large photograph that is thin.
#
# A window of `kh` rows fits into `H` rows at `H − kh + 1` places. Columns work in the same way. So the response has
#
# $$(H - kh + 1) \times (W - kw + 1)$$
#
# cells; here 6 − 3 + 1 = 4, so 4×4. We call the cell in row `p` and column `q` of the response `out[p, q]`. Its window
# starts at the same row and column of the image:
#
# $$\text{out}[p, q] = \sum_{r=0}^{kh-1} \sum_{s=0}^{kw-1} \text{image}[p + r,\; q + s] \cdot \text{kernel}[r, s]$$

# %% [markdown]
# ### Build: `cross_correlate2d`
#
# Sliding a kernel, multiplying and adding is called **cross-correlation**. Deep learning calls it *convolution*; section 7 says
# why. Write it, for one grey picture. Two loops are fine. It should work for images and kernels of any size, also when
# they are not square.
#
# > **A trap.** Photographs come as whole numbers from 0 to 255 (`uint8`). A response can be −30 or 800. Think about the
# > array you write your results into: can it hold such numbers?
#
# *15 minutes · some thought · 4 points*

# %% exercise="cross_correlate2d"
def cross_correlate2d(image, kernel):
    """Slide the kernel over the image; at each place multiply and add up.

    image  : array (H, W)
    kernel : array (kh, kw), not larger than the image
    returns: float array (H - kh + 1, W - kw + 1)
    """
    # BEGIN SOLUTION
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            window = image[p : p + kh, q : q + kw]
            out[p, q] = np.sum(window * kernel)
    return out
    # END SOLUTION


# %% check="cross_correlate2d"
check.cross_correlate2d(cross_correlate2d)

# %% hints="cross_correlate2d"
check.hints("cross_correlate2d")

# %% [markdown]
# From here on the notebook uses the name `correlate`. It stands for the library's version, so that you can read on at
# any time. Has your check passed? Then change the line to `correlate = cross_correlate2d`, and everything below runs on
# **your** code. You can also watch your function at work: `EdgeLab(fn=cross_correlate2d)`.

# %%
correlate = ops.correlate2d
print(correlate(image, vertical))

# %% [markdown]
# ## 3 · The sign has a meaning
#
# Turn the picture round: dark on the left, light on the right.

# %%
dark_to_light = data.step_image(left=0, right=10)
print(dark_to_light[0])

# %%
quiz("dark_to_light")

# %%
response = correlate(dark_to_light, vertical)
plots.show(dark_to_light, response, titles=["dark → light", "response"])
print(response)

# %% [markdown]
# The same edge, the other way round, gives the same number with the other sign. Yellow is positive: light → dark. Blue is
# negative: dark → light. If you only want to know *where* an edge is, take `np.abs(response)`. But then you no longer know
# which side is the light one.

# %% [markdown]
# ## 4 · Edges that lie down
#
# `vertical.T` has its rows and columns swapped: +1 along the top, −1 along the bottom. It compares above with below. We
# give it the picture from section 1, with its upright edge.

# %%
horizontal = vertical.T
print(horizontal)

# %%
quiz("along_the_edge")

# %% [markdown]
# **Play.** Choose the image *light above dark*. Then try both kernels on both images. Which pairs answer, which stay silent?

# %%
EdgeLab(image, "horizontal")

# %%
print("vertical edge,   vertical kernel:  ", np.abs(correlate(image, vertical)).max())
print("vertical edge,   horizontal kernel:", np.abs(correlate(image, horizontal)).max())
print("horizontal edge, vertical kernel:  ", np.abs(correlate(image.T, vertical)).max())
print("horizontal edge, horizontal kernel:", np.abs(correlate(image.T, horizontal)).max())

# %% [markdown]
# A kernel answers to what looks like itself. Light where its weights are positive, dark where they are negative: that
# is the pattern it is looking for. Keep this idea. It explains every filter that a network learns.

# %% [markdown]
# ### Build: `diagonal_edge_kernel`
#
# Now design one. Write down a 3×3 kernel for an edge that runs along the **main diagonal**, from the top left to the
# bottom right: one side of the diagonal light, the other side dark. It should
#
# - answer 0 to a flat area, where all pixels are the same;
# - answer to no other edge more strongly than to that one;
# - answer 0 to an edge along the *other* diagonal.
#
# There is more than one right answer. The check looks at what your kernel *does*, not at its numbers.
#
# *8 minutes · some thought · 2 points*

# %% exercise="diagonal_edge_kernel"
def diagonal_edge_kernel():
    """Return a kernel that answers to an edge along the main diagonal.

    returns: array (3, 3)
    """
    # BEGIN SOLUTION
    return np.array([[0.0, 1.0, 2.0],
                     [-1.0, 0.0, 1.0],
                     [-2.0, -1.0, 0.0]])
    # END SOLUTION


# %% check="diagonal_edge_kernel"
check.diagonal_edge_kernel(diagonal_edge_kernel)

# %% hints="diagonal_edge_kernel"
check.hints("diagonal_edge_kernel")

# %% [markdown]
# To watch yours, run `EdgeLab("diagonal", diagonal_edge_kernel())` in a cell of its own.

# %% [markdown]
# ## 5 · A real photograph
#
# Nothing changes but the size. This photograph has 427 rows and 640 columns. It came in colour; `data.grey` keeps the
# brightness only.

# %%
photo = data.grey(data.photograph("temple"))
print("shape", photo.shape, "| type", photo.dtype, "| from", photo.min(), "to", photo.max())

# %% [markdown]
# We use a kernel with a name, **Sobel x**. It is our vertical kernel with the middle row counted twice.

# %%
sobel_x = data.kernel("sobel_x")
print(sobel_x)

# %%
quiz("temple_sobel")

# %%
EdgeLab("temple", "sobel_x")

# %% [markdown]
# **Play.** Point at the response and read the nine pixels and their products. Try Sobel y. Then press **Your picture**
# and load a photograph of your own.
#
# Sobel x sees upright edges, Sobel y sees level ones. Together they see every edge: take both responses as the two sides of a
# right-angled triangle. The length of its long side, $\sqrt{g_x^2 + g_y^2}$, is the **strength** of the edge in any
# direction.

# %%
gx = correlate(photo, sobel_x)
gy = correlate(photo, sobel_x.T)
strength = np.sqrt(gx**2 + gy**2)
plots.show(gx, gy, strength, titles=["Sobel x", "Sobel y", "strength"])
print("strongest edge:", strength.max().round(1), "| pixels above 200:", f"{(strength > 200).mean():.0%}")

# %% [markdown]
# ### Why so many edge kernels?
#
# Prewitt weights the three rows 1 1 1, Sobel 1 2 1, Scharr 3 10 3. All three compare left with right. They differ in how
# well they tell the *direction* of an edge, which is the angle of the triangle. We can measure it: draw stripes at every
# angle from 0° to 90°, and compare the angle that each kernel reports with the true one.

# %%
def worst_angle_error(kernel, wavelength=4):
    y, x = np.mgrid[-2:3, -2:3]
    errors = []
    for true in np.radians(np.arange(0, 91)):
        stripes = np.sin(2 * np.pi / wavelength * (x * np.cos(true) + y * np.sin(true)))
        gx, gy = correlate(stripes, kernel)[1, 1], correlate(stripes, kernel.T)[1, 1]
        errors.append(abs(np.arctan2(-gy, -gx) - true))
    return np.degrees(max(errors))


for name in ["prewitt_x", "sobel_x", "scharr_x"]:
    print(f"{name:10} wrong by at most {worst_angle_error(data.kernel(name)):.1f}°")

# %% [markdown]
# Scharr chose 3, 10, 3 for just this purpose. The **Laplacian** goes another way: it compares a pixel with all its
# neighbours at once, so it answers to edges of every direction, but cannot say which. Try it in the widget above.

# %% [markdown]
# ## 6 · Blur and sharpen
#
# Add up the weights of a kernel, and you know how it treats a flat area.

# %%
quiz("flat_area")

# %%
for name in ["vertical", "sobel_x", "laplacian", "box", "gaussian", "sharpen"]:
    print(f"{name:10} weights add up to {data.kernel(name).sum():.0f}")

# %% [markdown]
# Edge kernels add up to **0**: flat areas vanish. The other three add up to **1**: flat areas stay as they are.
#
# - **Box**: nine times 1/9, the mean of the window. You wrote it in notebook 00.
# - **Gaussian**: also a mean, but the middle counts most and the corners least.
# - **Sharpen**: the opposite of a mean. It adds to each pixel what makes it differ from its neighbours.
#
# Means let slow changes pass and remove fast ones, such as noise: they are **low-pass** filters. Edge kernels do the
# reverse: they are **high-pass** filters. How well does a mean remove noise?

# %%
quiz("noise")

# %%
rng = np.random.default_rng(seed=1)
noisy = 100 + 9 * rng.standard_normal((200, 200))
blurred = correlate(noisy, data.kernel("box"))
print(f"noise before {noisy.std():.1f}, after {blurred.std():.1f}")

# %% [markdown]
# There is a price: a blur also softens the edges. Sharpening brings them back, and the noise with them.

# %%
detail = photo[180:300, 240:400]
blurred = correlate(detail, data.kernel("gaussian"))
sharpened = correlate(detail, data.kernel("sharpen"))
plots.show(detail, blurred, np.clip(sharpened, 0, 255), titles=["photograph", "Gaussian", "sharpen"])
for name, picture in [("photograph", detail), ("Gaussian", blurred), ("sharpen", sharpened)]:
    step = np.abs(np.diff(picture.astype(float), axis=1)).mean()
    print(f"{name:10} mean step from pixel to pixel: {step:.1f}")

# %% [markdown]
# > **A trap.** Here we cut the sharpened picture off at 0 and 255, but only to *show* it. Cut off an edge response in the
# > same way, and every negative edge is gone.

# %% [markdown]
# ## 7 · Cross-correlation and convolution
#
# Take a picture that is 0 everywhere, except for a single 1: an **impulse**. And take a kernel whose nine weights are all
# different, so that we can see where each one goes.

# %%
impulse = np.zeros((5, 5), int)
impulse[2, 2] = 1
kernel = np.arange(1, 10).reshape(3, 3)
plots.show(impulse, kernel, titles=["impulse", "kernel"])
print(kernel)

# %%
quiz("impulse")

# %%
EdgeLab(impulse, kernel)

# %% [markdown]
# The kernel comes out turned by 180°. Mathematicians dislike that. Their **convolution** mirrors the kernel first, top to
# bottom and left to right. Then it slides, multiplies and adds, just as before. Press **Mirror kernel** in the
# widget: now the impulse brings out the kernel as it is.
#
# Mirroring buys them a good rule: blurring first and finding edges afterwards is the same as one convolution with
# one combined kernel, in any order. Networks do not need that rule. Their weights are *learned*: whether the kernel is
# mirrored or not, learning puts each weight where it is needed. So machine learning skips the mirror, and calls the
# cross-correlation a convolution. So do we, from notebook 02 on.

# %% [markdown]
# ### Build: `convolve2d`
#
# Mathematical convolution, with the mirror. Use what you have already written.
#
# *5 minutes · easy · 2 points*

# %% exercise="convolve2d"
def convolve2d(image, kernel):
    """Convolve as mathematicians do: mirror the kernel in both axes, then cross-correlate.

    image  : array (H, W)
    kernel : array (kh, kw), not larger than the image
    returns: float array (H - kh + 1, W - kw + 1)
    """
    # BEGIN SOLUTION
    return cross_correlate2d(image, kernel[::-1, ::-1])
    # END SOLUTION


# %% check="convolve2d"
check.convolve2d(convolve2d)

# %% hints="convolve2d"
check.hints("convolve2d")

# %% [markdown]
# ## 8 · Nine numbers that learn
#
# So far a person chose the weights. Now the computer finds them.
#
# We give it a picture and the response of Sobel x to it. We do not tell it the kernel. It starts from nine zeros. Then it
# repeats four steps:
#
# 1. compute the response with the present kernel;
# 2. measure how far it is from the target: the **loss**, the mean of the squared differences;
# 3. ask for each weight: if it grew a little, how fast would the loss grow? That is its **gradient**;
# 4. move each weight a small step *against* its gradient, so that the loss falls.
#
# First the picture. We subtract its mean and divide by its spread, for learning is quickest with numbers around 1.

# %%
patch = photo[150:214, 250:314].astype(float)
patch = (patch - patch.mean()) / patch.std()
target = correlate(patch, sobel_x)
print("patch", patch.shape, "→ target", target.shape)

# %% [markdown]
# Step 3 sounds hard, but you can work it out. Look at one weight, `kernel[r, s]`. Each output cell `out[p, q]` contains the
# product `image[p + r, q + s] · kernel[r, s]`. So when the weight grows by a little, `out[p, q]` grows by
# `image[p + r, q + s]` times as much. To get the gradient of the weight, take for each output cell how much the loss grows
# with it, times that pixel, and add everything up. You will write this yourself in notebook 05. Here,
# `ops.correlate2d_backward` does it.

# %%
learned = np.zeros((3, 3))
losses, snapshots = [], {}
for step in range(501):
    if step in (0, 3, 10, 30, 500):
        snapshots[step] = learned.copy()
    response = correlate(patch, learned)  # 1 the response
    error = response - target
    losses.append(np.mean(error**2))  # 2 the loss
    growth = 2 * error / error.size  # how fast the loss grows with each output cell
    gradient = ops.correlate2d_backward(growth, patch, learned).dkernel  # 3 the gradient
    learned = learned - 0.08 * gradient  # 4 a small step downhill

# %%
plots.show(*snapshots.values(), titles=[f"step {step}" for step in snapshots], signed=True)
plots.lines({"loss": losses}, x="step", y="loss (mean squared difference)", log=True)
print(f"loss: {losses[0]:.2f} at the start, {losses[30]:.2f} after 30 steps, {losses[500]:.0e} after 500")
print(np.round(learned, 2) + 0.0)

# %% [markdown]
# Nobody told it about Sobel. From pictures and answers alone, nine numbers fell into place. **A convolutional network is
# this**, with more kernels, stacked in layers. Nobody chooses its weights.
#
# One last question:

# %%
quiz("learned_kernel")

# %% [markdown]
# ## In five lines
#
# 1. A filter multiplies the cells of a window by its weights and adds up: one window, one number.
# 2. It answers to what looks like itself. The sign says which side is light.
# 3. Weights that add up to 0 find edges. Weights that add up to 1 blur or sharpen.
# 4. Convolution mirrors the kernel first. Deep learning leaves the mirror out and keeps the name.
# 5. The weights can be learned by gradient descent.
#
# | what | formula |
# |---|---|
# | response | $\text{out}[p, q] = \sum_r \sum_s \text{image}[p + r, q + s] \cdot \text{kernel}[r, s]$ |
# | its size | $(H - kh + 1) \times (W - kw + 1)$ |
# | convolution | the same with $\text{kernel}[kh - 1 - r,\; kw - 1 - s]$ |
# | edge strength | $\sqrt{g_x^2 + g_y^2}$ |
# | one step of learning | $\text{kernel} \leftarrow \text{kernel} - \text{rate} \cdot \dfrac{\partial\,\text{loss}}{\partial\,\text{kernel}}$ |
#
# ## Sources for more
#
# - Goodfellow, Bengio and Courville, [*Deep Learning*](https://www.deeplearningbook.org/contents/convnets.html), chapter
#   9.1: convolution and cross-correlation.
# - Sobel, *History and definition of the so-called Sobel operator* (2014), on a kernel presented in 1968.
# - Scharr, *Optimal operators in digital image processing*, doctoral thesis, Heidelberg (2000, in German): where 3 10 3 comes from.
# - Gonzalez and Woods, *Digital Image Processing*, chapter 3: blurring and sharpening.
# - Photograph: `china.jpg` of scikit-learn's sample images, CC BY 2.0; its author is named in scikit-learn's
#   `datasets/images/README.txt`.
#
# **Next:** [padding and stride](02_padding_and_stride.ipynb). Our response was smaller than the image. What if it should not be?
