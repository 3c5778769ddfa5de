"""The catalogue's mistakes as learners code them, several ways each: (exercise, name, function)."""

import numpy as np

from cnnlab.check.alternatives.edge_detection import einsum, four_loops, shifted_sums, windows


def _loop(image, kernel, cell, dtype=float, rows=None, columns=None):
    r, s = kernel.shape
    rows = image.shape[0] - r + 1 if rows is None else rows
    columns = image.shape[1] - s + 1 if columns is None else columns
    out = np.zeros((rows, columns), dtype)
    for p in range(rows):
        for q in range(columns):
            out[p, q] = cell(image[p : p + r, q : q + s], kernel)
    return out


def _transposed_index(image, kernel):
    (h, w), (r, s) = image.shape, kernel.shape
    out = np.zeros((h - r + 1, w - s + 1))
    for p, q in np.ndindex(out.shape):
        for i in range(r):
            for j in range(s):
                out[p, q] += image[p + i, q + j] * kernel[j, i]
    return out


def _transposed_image_index(image, kernel):
    (h, w), (r, s) = image.shape, kernel.shape
    out = np.zeros((h - r + 1, w - s + 1))
    for p, q in np.ndindex(out.shape):
        for i in range(r):
            for j in range(s):
                out[p, q] += image[p + j, q + i] * kernel[i, j]
    return out


def _flipped_row_index(image, kernel):
    (h, w), (r, s) = image.shape, kernel.shape
    out = np.zeros((h - r + 1, w - s + 1))
    for p, q in np.ndindex(out.shape):
        for i in range(r):
            for j in range(s):
                out[p, q] += image[p + i, q + j] * kernel[r - 1 - i, j]
    return out


def _same_zero(image, kernel):
    r, s = kernel.shape
    return windows(np.pad(image, ((r // 2, (r - 1) // 2), (s // 2, (s - 1) // 2))), kernel)


def _same_other_half(image, kernel):
    r, s = kernel.shape
    return windows(np.pad(image, (((r - 1) // 2, r // 2), ((s - 1) // 2, s // 2))), kernel)


def _same_half(image, kernel, mode="constant"):
    r, s = kernel.shape
    return windows(np.pad(image, ((r // 2,), (s // 2,)), mode=mode), kernel)


def _same_one(image, kernel):
    return windows(np.pad(image, 1), kernel)


def _same_buffer(image, kernel):
    out = np.zeros(image.shape)
    inner = windows(image, kernel)
    out[: inner.shape[0], : inner.shape[1]] = inner
    return out


def _same_centred(image, kernel):
    out = np.zeros(image.shape)
    inner, (r, s) = windows(image, kernel), kernel.shape
    out[r // 2 : r // 2 + inner.shape[0], s // 2 : s // 2 + inner.shape[1]] = inner
    return out


def _full(image, kernel):
    r, s = kernel.shape
    return windows(np.pad(image, ((r - 1, r - 1), (s - 1, s - 1))), kernel)


def _like_image(image, kernel):
    out = np.zeros(windows(image, kernel).shape, dtype=image.dtype)
    for p, q in np.ndindex(out.shape):
        out[p, q] = (image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel).sum()
    return out


def _uint8_scalars(image, kernel):
    x, k = image.astype(np.uint8), kernel.astype(np.uint8)
    out = np.zeros(windows(image, kernel).shape)
    for p, q in np.ndindex(out.shape):
        total = 0
        for i, j in np.ndindex(k.shape):
            total += x[p + i, q + j] * k[i, j]
        out[p, q] = total
    return out


def _running(image, kernel):
    out = np.zeros(windows(image, kernel).shape)
    total = 0
    for p, q in np.ndindex(out.shape):
        total += (image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel).sum()
        out[p, q] = total
    return out


def _returns_early(image, kernel):
    out = np.zeros(windows(image, kernel).shape)
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = (image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel).sum()
        return out


def _short_loop(image, kernel):
    out = np.zeros(windows(image, kernel).shape)
    for p in range(image.shape[0] - kernel.shape[0]):
        for q in range(image.shape[1] - kernel.shape[1]):
            out[p, q] = (image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel).sum()
    return out


def _starts_at_one(image, kernel):
    out = np.zeros(windows(image, kernel).shape)
    for p in range(1, out.shape[0]):
        for q in range(1, out.shape[1]):
            out[p, q] = (image[p : p + kernel.shape[0], q : q + kernel.shape[1]] * kernel).sum()
    return out


def _overwrites(image, kernel):
    out = np.zeros(windows(image, kernel).shape)
    for p, q in np.ndindex(out.shape):
        for i, j in np.ndindex(kernel.shape):
            out[p, q] = image[p + i, q + j] * kernel[i, j]
    return out


def _square_kernel(image, kernel):
    k = kernel.shape[0]
    out = np.zeros((image.shape[0] - k + 1, image.shape[1] - k + 1))
    for p, q in np.ndindex(out.shape):
        out[p, q] = (image[p : p + k, q : q + k] * kernel).sum()
    return out


def _swapped_sizes(image, kernel):
    w, h = image.shape
    r, s = kernel.shape
    return _loop(image, kernel, lambda x, k: (x * k).sum(), rows=h - r + 1, columns=w - s + 1)


def _mirror_in_place(image, kernel):
    kernel[:] = kernel[::-1, ::-1].copy()
    return windows(image, kernel)


def _scales_in_place(image, kernel):
    out = windows(image, kernel)
    image *= 1
    image[0, 0] += 1
    return out


COMMON = (
    ("transpose", lambda image, kernel: windows(image, kernel.T)),
    ("transpose", lambda image, kernel: _loop(image, kernel, lambda x, k: np.sum(x * k.T))),
    ("transpose", _transposed_index),
    ("transpose", _transposed_image_index),
    ("transpose", lambda image, kernel: windows(image.T, kernel).T),
    ("image_transposed", lambda image, kernel: windows(image.T, kernel)),
    ("same_pad", _same_zero),
    ("same_pad", _same_other_half),
    ("same_pad", _same_half),
    ("same_pad", lambda image, kernel: _same_half(image, kernel, "edge")),
    ("same_pad", lambda image, kernel: _same_half(image, kernel, "wrap")),
    ("same_pad", _same_one),
    ("same_pad", _same_buffer),
    ("same_pad", _same_centred),
    ("full_pad", _full),
    ("matmul", lambda image, kernel: _loop(image, kernel, lambda x, k: np.sum(x @ k))),
    ("matmul", lambda image, kernel: _loop(image, kernel, lambda x, k: np.dot(x, k).sum())),
    ("matmul", lambda image, kernel: _loop(image, kernel, lambda x, k: np.matmul(k, x).sum())),
    ("matmul", lambda image, kernel: _loop(image, kernel, lambda x, k: np.dot(x, k.T).sum())),
    ("uint8", lambda image, kernel: windows(image, kernel).astype(np.uint8)),
    ("uint8", lambda image, kernel: _loop(image, kernel, lambda x, k: np.sum(x * k), np.uint8)),
    ("uint8", _like_image),
    ("uint8", lambda image, kernel: windows(image, kernel).astype(int).astype(np.uint8)),
    ("uint8_math", lambda image, kernel: windows(image.astype(np.uint8), kernel.astype(np.uint8))),
    ("uint8_math", lambda image, kernel: einsum(image.astype(np.uint8), kernel.astype(np.uint8))),
    ("uint8_math", _uint8_scalars),
    ("uint8_math", lambda image, kernel: windows(image, kernel.astype(image.dtype))),
    ("clip", lambda image, kernel: np.clip(windows(image, kernel), 0, 255)),
    ("clip", lambda image, kernel: _loop(image, kernel, lambda x, k: min(255, max(0, (x * k).sum())))),
    ("uint8 + clip", lambda image, kernel: np.clip(windows(image, kernel), 0, 255).astype(np.uint8)),
    ("abs", lambda image, kernel: np.abs(windows(image, kernel))),
    ("abs", lambda image, kernel: np.sqrt(four_loops(image, kernel) ** 2)),
    ("abs", lambda image, kernel: _loop(image, kernel, lambda x, k: np.abs(x * k).sum())),
    ("relu", lambda image, kernel: np.maximum(windows(image, kernel), 0)),
    ("negated", lambda image, kernel: -shifted_sums(image, kernel)),
    ("output_transposed", lambda image, kernel: windows(image, kernel).T),
    ("no_plus1", lambda image, kernel: windows(image, kernel)[:-1, :-1]),
    ("no_plus1", _short_loop),
    ("off_by_one_start", _starts_at_one),
    ("height_width_swapped", _swapped_sizes),
    ("square_kernel_assumed", _square_kernel),
    ("int_out", lambda image, kernel: windows(image, kernel).astype(int)),
    ("int_out", lambda image, kernel: _loop(image, kernel, lambda x, k: np.sum(x * k), int)),
    ("rounded", lambda image, kernel: np.round(windows(image, kernel))),
    ("mean_instead_of_sum", lambda image, kernel: _loop(image, kernel, lambda x, k: np.mean(x * k))),
    ("normalised", lambda image, kernel: windows(image, kernel) / kernel.sum()),
    ("normalised", lambda image, kernel: windows(image, kernel) / np.abs(kernel).sum()),
    ("early_return", _returns_early),
    ("accumulator_not_reset", _running),
    ("last_product_only", _overwrites),
    ("part_of_kernel", lambda image, kernel: _loop(image, kernel, lambda x, k: (x[0] * k[0]).sum())),
    ("kernel_ignored", lambda image, kernel: _loop(image, kernel, lambda x, k: x.sum())),
    ("added_not_multiplied", lambda image, kernel: _loop(image, kernel, lambda x, k: (x + k).sum())),
    ("max_instead_of_sum", lambda image, kernel: _loop(image, kernel, lambda x, k: (x * k).max())),
    ("transpose + abs", lambda image, kernel: np.abs(windows(image, kernel.T))),
    ("in_place", _scales_in_place),
    ("no_return", lambda image, kernel: print(windows(image, kernel))),
)


def _mirrored(fn):
    return lambda image, kernel: fn(image, kernel[::-1, ::-1])


SLIPS = (
    *(("cross_correlate2d", name, fn) for name, fn in COMMON),
    ("cross_correlate2d", "convolution", lambda image, kernel: windows(image, kernel[::-1, ::-1])),
    ("cross_correlate2d", "flip_rows", lambda image, kernel: windows(image, kernel[::-1])),
    ("cross_correlate2d", "flip_rows", lambda image, kernel: windows(image, np.flipud(kernel))),
    ("cross_correlate2d", "flip_rows", _flipped_row_index),
    ("cross_correlate2d", "flip_columns", lambda image, kernel: windows(image, kernel[:, ::-1])),
    ("cross_correlate2d", "flip_rows + abs", lambda image, kernel: np.abs(windows(image, kernel[::-1]))),
    *(("convolve2d", name, _mirrored(fn)) for name, fn in COMMON if name != "in_place"),
    ("convolve2d", "not_mirrored", windows),
    ("convolve2d", "flip_rows", lambda image, kernel: windows(image, kernel[::-1])),
    ("convolve2d", "flip_columns", lambda image, kernel: windows(image, kernel[:, ::-1])),
    ("convolve2d", "transpose_for_mirror", lambda image, kernel: windows(image, kernel.T)),
    ("convolve2d", "quarter_turn", lambda image, kernel: windows(image, np.rot90(kernel))),
    ("convolve2d", "image_mirrored", lambda image, kernel: windows(image[::-1, ::-1], kernel)),
    ("convolve2d", "image_mirrored", lambda image, kernel: windows(image, kernel[::-1, ::-1])[::-1, ::-1]),
    ("convolve2d", "result_mirrored", lambda image, kernel: windows(image, kernel)[::-1, ::-1]),
    ("convolve2d", "in_place", _mirror_in_place),
    ("window_mean", "sum", lambda window: window.sum()),
    ("window_mean", "eight", lambda window: window.sum() / 8),
    ("window_mean", "median", lambda window: np.median(window)),
    ("window_mean", "max", lambda window: window.max()),
    ("window_mean", "column_means", lambda window: np.mean(window, axis=0)),
    ("window_mean", "row_means", lambda window: np.mean(window, axis=1)),
    ("window_mean", "integer_division", lambda window: window.sum() // 9),
    ("window_mean", "rounded", lambda window: round(float(window.mean()))),
    ("window_mean", "truncated", lambda window: int(window.mean())),
    ("window_mean", "centre_only", lambda window: window[1, 1]),
    ("window_mean", "first_row_only", lambda window: window[0].mean()),
    ("window_mean", "side_length", lambda window: window.sum() / len(window)),
    ("window_mean", "keeps_axes", lambda window: window.mean(keepdims=True)),
    ("window_mean", "keeps_axes", lambda window: (window.mean(),)),
    ("window_mean", "no_return", lambda window: print(window.mean())),
    ("diagonal_edge_kernel", "all_zero", lambda: np.zeros((3, 3))),
    ("diagonal_edge_kernel", "not_zero_sum", lambda: np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 1]])),
    ("diagonal_edge_kernel", "not_zero_sum", lambda: np.eye(3)),
    ("diagonal_edge_kernel", "wrong_diagonal", lambda: np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]])),
    ("diagonal_edge_kernel", "vertical_edge", lambda: np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])),
    ("diagonal_edge_kernel", "horizontal_edge", lambda: np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])),
    ("diagonal_edge_kernel", "line_detector", lambda: np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])),
    ("diagonal_edge_kernel", "line_detector", lambda: np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])),
    ("diagonal_edge_kernel", "lopsided", lambda: np.array([[0, 2, 1], [-1, 0, 1], [-1, -2, 0]])),
    ("diagonal_edge_kernel", "wrong_shape", lambda: np.array([[0, 1], [-1, 0]])),
    ("diagonal_edge_kernel", "no_return", lambda: print("kernel")),
)
