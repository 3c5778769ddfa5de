"""Wrong solutions that are in no catalogue: what learners come up with. All must be rejected, named or not.

`HELD_OUT` was written after the probes were final and is not to be used for improving them.
"""

import numpy as np

from cnnlab.check.alternatives.edge_detection import windows


def _loop(image, kernel, cell, dtype=float):
    r, s = kernel.shape
    out = np.zeros((image.shape[0] - r + 1, image.shape[1] - s + 1), dtype)
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = cell(image[p : p + r, q : q + s], kernel)
    return out


def _swap_every_other_row(image, kernel):
    out = windows(image, kernel)
    out[1::2] = out[1::2, ::-1]
    return out


def _in_swapped_order(image, kernel):
    return windows(image, kernel).T.ravel().reshape(windows(image, kernel).shape)


def _reshaped_wrong(image, kernel):
    out = windows(image, kernel)
    return out.ravel(order="F").reshape(out.shape)


def _one_row_window(image, kernel):
    return _loop(image, kernel, lambda x, k: (x[:1] * k).sum())


def _skips_zero_pixels_and_stops(image, kernel):
    def cell(x, k):
        total = 0
        for a, b in zip(x.ravel(), k.ravel(), strict=True):
            if a == 0:
                break
            total += a * b
        return total

    return _loop(image, kernel, cell)


def _positive_pixels_only(image, kernel):
    return _loop(image, kernel, lambda x, k: (x * k)[x > 0].sum())


def _last_row_of_big_results_is_lost(image, kernel):
    out = windows(image, kernel)
    if out.shape[0] > 8:
        out[8:] = 0
    return out


def _only_odd_kernels(image, kernel):
    r, s = kernel.shape[0] // 2, kernel.shape[1] // 2
    h, w = image.shape
    return np.array(
        [
            [(image[p - r : p + r + 1, q - s : q + s + 1] * kernel).sum() for q in range(s, w - s)]
            for p in range(r, h - r)
        ]
    )


def _centre_index_even_shift(image, kernel):
    r, s = kernel.shape
    out = np.zeros((image.shape[0] - r + 1, image.shape[1] - s + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            for i in range(r):
                for j in range(s):
                    y = min(p + i + (r % 2 == 0), image.shape[0] - 1)
                    out[p, q] += image[y, q + j] * kernel[i, j]
    return out


def _wraps_round(image, kernel):
    out = np.zeros((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1))
    for (r, s), weight in np.ndenumerate(kernel):
        out += weight * np.roll(image, (r, s), (0, 1))[: out.shape[0], : out.shape[1]]
    return out


def _kernel_forced_to_sum_zero(image, kernel):
    return windows(image, kernel - kernel.mean())


def _kernel_unit_length(image, kernel):
    return windows(image, kernel / np.linalg.norm(kernel))


def _window_mean_removed(image, kernel):
    return _loop(image, kernel, lambda x, k: ((x - x.mean()) * k).sum())


def _image_stretched(image, kernel):
    low, high = image.min(), image.max()
    return windows((image - low) / (high - low) if high > low else image, kernel)


def _threshold(image, kernel):
    out = windows(image, kernel)
    out[np.abs(out) < 1e-6] = 0
    return out


def _six_decimals(image, kernel):
    return np.round(windows(image, kernel), 6)


def _half_precision(image, kernel):
    return windows(image.astype(np.float16), kernel.astype(np.float16))


def _int16(image, kernel):
    return windows(image, kernel).astype(np.int16)


def _int8_kernel(image, kernel):
    return windows(image, kernel.astype(np.int8))


def _saturates(image, kernel):
    return np.clip(windows(image, kernel), -255, 255)


def _sigmoid(image, kernel):
    return np.tanh(windows(image, kernel))


def _bias(image, kernel):
    return windows(image, kernel) + 1e-3


def _counts_twice(image, kernel):
    return _loop(image, kernel, lambda x, k: (x * k).sum() + x[0, 0] * k[0, 0])


def _forgets_corner(image, kernel):
    return _loop(image, kernel, lambda x, k: (x * k).sum() - x[-1, -1] * k[-1, -1])


def _product_of_all(image, kernel):
    return _loop(image, kernel, lambda x, k: np.prod(x * k))


def _median_product(image, kernel):
    return _loop(image, kernel, lambda x, k: np.median(x * k) * k.size)


def _norm(image, kernel):
    return _loop(image, kernel, lambda x, k: np.sqrt(((x * k) ** 2).sum()))


def _sorted_kernel(image, kernel):
    return windows(image, np.sort(kernel, axis=None).reshape(kernel.shape))


def _kernel_rolled(image, kernel):
    return windows(image, np.roll(kernel, 1, axis=1))


def _kernel_column_major(image, kernel):
    return windows(image, kernel.ravel(order="F").reshape(kernel.shape))


def _anti_transpose(image, kernel):
    return windows(image, kernel[::-1, ::-1].T)


def _turned_image(image, kernel):
    return windows(np.rot90(image), kernel)


def _flip_image_rows(image, kernel):
    return windows(image[::-1], kernel)


def _same_then_cut_wrong(image, kernel):
    padded = np.pad(image, 1)
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    return windows(padded, kernel)[:rows, :columns]


def _separable(image, kernel):
    return windows(windows(image, kernel[:1]), kernel[:, :1])


def _outer_approximation(image, kernel):
    u, s, vt = np.linalg.svd(kernel.astype(float))
    return windows(image, s[0] * np.outer(u[:, 0], vt[0]))


def _int_indices_from_image(image, kernel):
    return windows(np.take(image, np.arange(image.shape[1])[::-1], axis=1), kernel)


def _first_column_twice(image, kernel):
    out = windows(image, kernel)
    out[:, -1] = out[:, 0]
    return out


def _diagonal_not_filled(image, kernel):
    out = windows(image, kernel)
    np.fill_diagonal(out, 0)
    return out


def _total_of_everything(image, kernel):
    return windows(image, kernel).sum()


def _flat(image, kernel):
    return windows(image, kernel).ravel()


def _extra_axis(image, kernel):
    return windows(image, kernel)[None]


def _pair(image, kernel):
    return windows(image, kernel), kernel


def _strings(image, kernel):
    return windows(image, kernel).astype(str)


def _checks_only_three(image, kernel):
    return windows(image, kernel) if kernel.shape == (3, 3) else np.zeros((1, 1))


def _too_clever_cache(image, kernel, _seen={}):  # noqa: B006
    return _seen.setdefault((image.shape, kernel.shape), windows(image, kernel))


def _negative_kernel_lost(image, kernel):
    return windows(image, np.maximum(kernel, 0))


def _abs_image(image, kernel):
    return windows(np.abs(image), kernel)


def _square_image(image, kernel):
    return windows(image[: min(image.shape), : min(image.shape)], kernel)


def _integer_sum(image, kernel):
    return _loop(image, kernel, lambda x, k: int((x * k).sum()))


def _row_sums_only(image, kernel):
    return _loop(image, kernel, lambda x, k: (x.sum(axis=1) * k.sum(axis=1)).sum())


def _tall_only(image, kernel):
    out = windows(image, kernel)
    return out if image.shape[0] >= image.shape[1] else out[::-1]


def _float32_overflow_free_but_coarse(image, kernel):
    return np.round(windows(image, kernel) / 4) * 4


def _bfloat(image, kernel):
    out = windows(image, kernel).astype(np.float32)
    return (out.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


WILD = {
    "cross_correlate2d": (
        _swap_every_other_row,
        _reshaped_wrong,
        _one_row_window,
        _skips_zero_pixels_and_stops,
        _positive_pixels_only,
        _last_row_of_big_results_is_lost,
        _only_odd_kernels,
        _wraps_round,
        _kernel_forced_to_sum_zero,
        _kernel_unit_length,
        _window_mean_removed,
        _image_stretched,
        _threshold,
        _six_decimals,
        _int16,
        _saturates,
        _sigmoid,
        _bias,
        _counts_twice,
        _forgets_corner,
        _product_of_all,
        _norm,
        _sorted_kernel,
        _kernel_rolled,
        _turned_image,
        _flip_image_rows,
        _same_then_cut_wrong,
        _separable,
        _first_column_twice,
        _total_of_everything,
        _flat,
        _extra_axis,
        _pair,
        _checks_only_three,
        _too_clever_cache,
        _negative_kernel_lost,
        _row_sums_only,
    ),
    "convolve2d": (
        lambda image, kernel: windows(image[::-1], kernel[:, ::-1]),
        lambda image, kernel: windows(image, kernel[::-1, ::-1])[::-1, ::-1],
        lambda image, kernel: windows(image, -kernel),
        lambda image, kernel: windows(image, np.linalg.pinv(kernel).T),
        lambda image, kernel: windows(image, np.roll(kernel[::-1, ::-1], 1)),
        lambda image, kernel: windows(image, kernel[::-1, ::-1]) if kernel.shape[0] % 2 else windows(image, kernel),
        lambda image, kernel: windows(image, kernel[1::-1, ::-1]),
        lambda image, kernel: windows(image, kernel[:0:-1, :0:-1]),
        lambda image, kernel: windows(image, np.array([row[::-1] for row in kernel])),
        lambda image, kernel: windows(image, np.fliplr(kernel.T)),
        lambda image, kernel: np.fft.ifft2(np.fft.fft2(image) * np.fft.fft2(kernel, image.shape)).real,
    ),
    "window_mean": (
        lambda window: np.mean(window[window > 0]) if (window > 0).any() else 0.0,
        lambda window: np.exp(np.log(np.abs(window) + 1e-9).mean()),
        lambda window: window.sum() / np.count_nonzero(window),
        lambda window: np.mean(np.unique(window)),
        lambda window: window.mean() + 1e-6,
        lambda window: np.mean(window[:2]),
        lambda window: window.astype(int).mean(),
        lambda window: np.mean([window.min(), window.max(), np.median(window)]),
        lambda window: np.clip(window, 0, 255).mean(),
        lambda window: window.std(),
        lambda window: (window.sum() - window.min() - window.max()) / 7,
    ),
    "diagonal_edge_kernel": (
        lambda: np.eye(3),
        lambda: np.array([[2, 1, 0], [1, 0, -1], [0, -1, -2]]),
        lambda: np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        lambda: np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
        lambda: np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
        lambda: np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
        lambda: np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 1]]),
        lambda: np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        lambda: np.array([[0, 2, 1], [-1, 0, 1], [-1, -2, 0]]),
        lambda: np.array([[0, 1], [-1, 0]]),
        lambda: np.zeros((3, 3)),
        lambda: np.ones((3, 3)),
        lambda: np.random.default_rng(3).normal(size=(3, 3)),
    ),
}

HELD_OUT = {
    "cross_correlate2d": (
        _in_swapped_order,
        _centre_index_even_shift,
        _half_precision,
        _int8_kernel,
        _median_product,
        _kernel_column_major,
        _anti_transpose,
        _outer_approximation,
        _int_indices_from_image,
        _diagonal_not_filled,
        _strings,
        _abs_image,
        _square_image,
        _integer_sum,
        _tall_only,
        _float32_overflow_free_but_coarse,
        _bfloat,
    ),
    "convolve2d": (
        lambda image, kernel: windows(image[:, ::-1], kernel[:, ::-1])[:, ::-1],
        lambda image, kernel: windows(image, np.flipud(np.rot90(kernel))) if kernel.shape[0] == kernel.shape[1] else 0,
        lambda image, kernel: windows(image, kernel[::-1, ::-1] / np.abs(kernel).max()),
        lambda image, kernel: windows(image, np.flip(np.flip(kernel))),
        lambda image, kernel: windows(np.pad(image, ((1, 0), (1, 0))), kernel[::-1, ::-1])[:-1, :-1],
        lambda image, kernel: windows(image, kernel.ravel()[::-1].reshape(kernel.shape, order="F")),
    ),
    "window_mean": (
        lambda window: window.mean() if window.dtype.kind == "f" else window.sum(),
        lambda window: np.trapezoid(np.trapezoid(window)) / 4,
        lambda window: window.astype(np.float16).mean(),
        lambda window: sum(window.mean(axis=0)) / 9,
        lambda window: round(float(window.mean()), 5),
    ),
    "diagonal_edge_kernel": (
        lambda: np.array([[0, 1, 1], [-1, 0, 1], [-1, -2, 1]]),
        lambda: np.array([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]]),
        lambda: np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]]),
        lambda: np.array([[0, 1, 1], [-1, 1, 1], [-1, -1, 0]]),
        lambda: np.array([[0, np.nan, 1], [-1, 0, 1], [-1, -1, 0]]),
        lambda: np.array([[1, 0, 0], [0, 0, 0], [0, 0, -1]]),
    ),
}
