"""Notebook 02."""

import math

import numpy as np

from cnnlab.check.exercises.blur_bug import suspect_blur_bug

# zero_pad


def _pads_every_axis(X, pad):
    return np.pad(X, pad)


def _pads_channels_first(X, pad):
    return np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")


def _minus_pad(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    out[:, pad:-pad, pad:-pad, :] = X
    return out


def _minus_pad_per_picture(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    for i in range(m):
        for c in range(C):
            out[i, pad:-pad, pad:-pad, c] = X[i, :, :, c]
    return out


def _zeros_like_with_height_twice(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, H + 2 * pad, C))
    out[:, pad : pad + H, pad : pad + W, :] = X
    return out


def _shape_read_as_width_first(X, pad):
    m, W, H, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    out[:, pad : pad + X.shape[1], pad : pad + X.shape[2], :] = X
    return out


def _in_the_corner(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    out[:, :H, :W, :] = X
    return out


def _grown_by_pad_only(X, pad):
    return np.pad(X, ((0, 0), (0, pad), (0, pad), (0, 0)))


def _integer_zeros(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C), dtype=int)
    out[:, pad : pad + H, pad : pad + W] = X
    return out


def _returns_in_the_loop(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    for i in range(m):
        out[i, pad : pad + H, pad : pad + W] = X[i]
        return out
    return None


def _overwrites_with_each_picture(X, pad):
    for picture in X:
        out = np.pad(picture, ((pad, pad), (pad, pad), (0, 0)))
    return out


# output_size


def _float_division(n, f, pad, stride):
    return (n + 2 * pad - f) / stride + 1


def _int_of_quotient(n, f, pad, stride):
    return int((n + 2 * pad - f) / stride) + 1


def _int_of_everything(n, f, pad, stride):
    return int((n + 2 * pad - f) / stride + 1)


def _missing_brackets(n, f, pad, stride):
    return n + 2 * pad - f // stride + 1


def _one_side(n, f, pad, stride):
    return (n + pad - f) // stride + 1


def _counted_with_range(n, f, pad, stride):
    return len(range(0, n + 2 * pad - f + 1, stride))


def _counted_in_a_loop(n, f, pad, stride):
    start, count = 0, 0
    while start + f <= n + 2 * pad:
        count += 1
        start += stride
    return count


def _numpy_truncation(n, f, pad, stride):
    return np.trunc((n + 2 * pad - f) / stride) + 1


def _order_of_the_lecture(n, f, stride, pad):
    return (n + 2 * pad - f) // stride + 1


def _strict(n, f, pad, stride):
    assert (n + 2 * pad - f) % stride == 0, "does not fit"
    return (n + 2 * pad - f) // stride + 1


def _range_up_to_the_end(n, f, pad, stride):
    return len(range(0, n + 2 * pad, stride))


# usage_count


def _loop(n, f, pad, stride, count, places=None):
    out = np.zeros((n + 2 * pad, n + 2 * pad))
    places = (n + 2 * pad - f) // stride + 1 if places is None else places
    for p in range(places):
        for q in range(places):
            rows = slice(p * stride, p * stride + f)
            columns = slice(q * stride, q * stride + f)
            count(out, rows, columns)
    return out


def _add(out, rows, columns):
    out[rows, columns] += 1


def _set(out, rows, columns):
    out[rows, columns] = 1


def _forgets_to_crop(n, f, pad, stride):
    return _loop(n, f, pad, stride, _add)


def _crops_with_minus(n, f, pad, stride):
    return _loop(n, f, pad, stride, _add)[pad:-pad, pad:-pad]


def _sets(n, f, pad, stride):
    return _loop(n, f, pad, stride, _set)[pad : pad + n, pad : pad + n]


def _crops_at_the_front(n, f, pad, stride):
    return _loop(n, f, pad, stride, _add)[:n, :n]


def _forgets_the_last(n, f, pad, stride):
    return _loop(n, f, pad, stride, _add, (n + 2 * pad - f) // stride)[pad : pad + n, pad : pad + n]


def _starts_below_zero(n, f, pad, stride):
    out = np.zeros((n, n), int)
    for row in range(-pad, n + pad - f + 1, stride):
        for column in range(-pad, n + pad - f + 1, stride):
            out[row : row + f, column : column + f] += 1
    return out


def _one_loop(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad))
    for start in range(0, n + 2 * pad - f + 1, stride):
        out[start : start + f, start : start + f] += 1
    return out[pad : pad + n, pad : pad + n]


def _start_is_the_place(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad))
    for p in range((n + 2 * pad - f) + 1):
        for q in range((n + 2 * pad - f) + 1):
            out[p : p + f, q : q + f] += 1
    return out[pad : pad + n, pad : pad + n]


def _hangs_over(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad))
    for p in range(0, n + 2 * pad, stride):
        for q in range(0, n + 2 * pad, stride):
            out[p : p + f, q : q + f] += 1
    return out[pad : pad + n, pad : pad + n]


# mend_blur_bug


def _means(image, f, rows, columns):
    return np.array([[image[r : r + f, c : c + f].mean() for c in columns] for r in rows])


def _rows_mended(image, f, stride):
    H, W = image.shape
    return _means(image, f, range(0, H - f + 1, stride), range(0, W - f + stride, stride))


def _plus_one_lost(image, f, stride):
    H, W = image.shape
    rows, columns = range(0, H - f, stride), range(0, W - f, stride)
    out = np.zeros((len(rows), len(columns)))
    for p, row in enumerate(rows):
        for q, column in enumerate(columns):
            out[p, q] = image[row : row + f, column : column + f].mean()
    return out


SLIPS = (
    ("zero_pad", "all_axes", _pads_every_axis),
    ("zero_pad", "wrong_axes", _pads_channels_first),
    ("zero_pad", "slice_neg", _minus_pad),
    ("zero_pad", "slice_neg", _minus_pad_per_picture),
    ("zero_pad", "const_one", lambda X, pad: np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)], constant_values=1)),
    ("zero_pad", "hard_coded", lambda X, pad: np.pad(X, [(0, 0), (1, 1), (1, 1), (0, 0)])),
    ("zero_pad", "one_count", lambda X, pad: np.pad(X, [(0, 0)] + 2 * [(pad // 2, (pad + 1) // 2)] + [(0, 0)])),
    ("zero_pad", "one_side", _grown_by_pad_only),
    ("zero_pad", "not_zeros", lambda X, pad: np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)], "edge")),
    ("zero_pad", "square_assumed", _zeros_like_with_height_twice),
    ("zero_pad", "height_width_swapped", _shape_read_as_width_first),
    ("zero_pad", "not_centred", _in_the_corner),
    ("zero_pad", "int_out", _integer_zeros),
    ("zero_pad", "first_only", _returns_in_the_loop),
    ("zero_pad", "last_only", _overwrites_with_each_picture),
    ("zero_pad", "no_return", lambda X, pad: print(end="")),
    ("same_padding", "both_sides", lambda f: f - 1),
    ("same_padding", "half_too_much", lambda f: f / 2),
    ("same_padding", "rounded_up", lambda f: math.ceil(f / 2)),
    ("same_padding", "rounded", lambda f: round(f / 2)),
    ("same_padding", "hard_coded", lambda f: 1),
    ("same_padding", "pair", lambda f: ((f - 1) // 2, (f - 1) // 2)),
    ("output_size", "pad_once", _one_side),
    ("output_size", "int_trunc", _int_of_quotient),
    ("output_size", "int_trunc", _numpy_truncation),
    ("output_size", "int_outer", _int_of_everything),
    ("output_size", "prec", _missing_brackets),
    ("output_size", "float", _float_division),
    ("output_size", "ns", lambda n, f, pad, stride: math.ceil(n / stride)),
    ("output_size", "minus_p", lambda n, f, pad, stride: (n - 2 * pad - f) // stride + 1),
    ("output_size", "s_only_n", lambda n, f, pad, stride: n // stride + 2 * pad - f + 1),
    ("output_size", "f_plus", lambda n, f, pad, stride: (n + 2 * pad + f) // stride + 1),
    ("output_size", "same_assumed", lambda n, f, pad, stride: int(n / stride)),
    ("output_size", "fencepost", _range_up_to_the_end),
    ("output_size", "no_plus1", lambda n, f, pad, stride: (n + 2 * pad - f) // stride),
    ("output_size", "ceil", lambda n, f, pad, stride: math.ceil((n + 2 * pad - f) / stride) + 1),
    ("output_size", "clamped", _counted_with_range),
    ("output_size", "clamped", _counted_in_a_loop),
    ("output_size", "remainder_refused", _strict),
    ("output_size", "arguments_swapped", _order_of_the_lecture),
    ("usage_count", "rim_counted", _forgets_to_crop),
    ("usage_count", "crop_neg", _crops_with_minus),
    ("usage_count", "assigned", _sets),
    ("usage_count", "not_shifted", _crops_at_the_front),
    ("usage_count", "last_window_missing", _forgets_the_last),
    ("usage_count", "negative_start", _starts_below_zero),
    ("usage_count", "diagonal_windows", _one_loop),
    ("usage_count", "stride_ignored", _start_is_the_place),
    ("usage_count", "hanging_windows", _hangs_over),
    ("find_blur_bug", "still_hidden", lambda: (np.ones((5, 5)), 3, 2)),
    ("find_blur_bug", "still_hidden", lambda: (np.ones((5, 4)), 2, 1)),
    ("find_blur_bug", "wrong_arguments", lambda: np.ones((5, 4))),
    ("find_blur_bug", "unusable", lambda: (np.ones((5, 4)), 6, 2)),
    ("find_blur_bug", "unusable", lambda: (np.ones((5, 4)), 2.5, 2)),
    ("find_blur_bug", "unusable", lambda: (np.ones(5), 2, 2)),
    ("mend_blur_bug", "not_mended", suspect_blur_bug),
    ("mend_blur_bug", "one_axis_mended", _rows_mended),
    ("mend_blur_bug", "last_window_missing", _plus_one_lost),
)


# In no catalogue.


def _empty_rim(X, pad):
    m, H, W, C = X.shape
    out = np.empty((m, H + 2 * pad, W + 2 * pad, C))
    out[:, pad : pad + H, pad : pad + W] = X
    return out


def _zeros_inside(X, pad):
    X[:, :pad] = 0
    X[:, :, :pad] = 0
    return X


def _reshaped(X, pad):
    m, H, W, C = X.shape
    flat = np.zeros((m, (H + 2 * pad) * (W + 2 * pad) * C))
    flat[:, : H * W * C] = X.reshape(m, -1)
    return flat.reshape(m, H + 2 * pad, W + 2 * pad, C)


def _resized(X, pad):
    m, H, W, C = X.shape
    return np.resize(X, (m, H + 2 * pad, W + 2 * pad, C))


def _rolled(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    out[:, :H, :W] = X
    return np.roll(out, pad, axis=1)


def _shared_zeros(X, pad):
    m, H, W, C = X.shape
    out = np.concatenate([np.zeros((m, pad, W, C)), X, np.zeros((m, pad, W, C))], axis=1)
    return np.concatenate([np.zeros((m, H, pad, C)), X, np.zeros((m, H, pad, C))], axis=2) + 0 * out[:, :1, :1]


def _limited(X, pad):
    return np.pad(X, [(0, 0)] + 2 * [(min(pad, 3), min(pad, 3))] + [(0, 0)])


def _first_four_pictures(X, pad):
    out = np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    out[4:] = 0
    return out


def _batch_mean(X, pad):
    out = np.pad(X.astype(float), [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    return np.broadcast_to(out.mean(axis=0), out.shape)


def _flipped(X, pad):
    return np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)])[:, ::-1]


def _negative_lost(X, pad):
    return np.pad(np.maximum(X, 0), [(0, 0), (pad, pad), (pad, pad), (0, 0)])


def _halves(X, pad):
    return np.pad(X.astype(np.float16) * 1.001, [(0, 0), (pad, pad), (pad, pad), (0, 0)])


def _minus_inf(X, pad):
    return np.pad(X.astype(float), [(0, 0), (pad, pad), (pad, pad), (0, 0)], constant_values=-np.inf)


def _rows_twice(X, pad):
    return np.pad(X, [(0, 0), (2 * pad, 2 * pad), (0, 0), (0, 0)])


def _uneven(X, pad):
    return np.pad(X, [(0, 0), (pad + 1, pad - 1) if pad else (0, 0), (pad, pad), (0, 0)])


def _only_if_even(n, f, pad, stride):
    return (n + 2 * pad - f - f % 2) // stride + 1


def _same_for_odd(n, f, pad, stride):
    return n + 2 * pad - 2 * ((f - 1) // 2) if stride == 1 else (n + 2 * pad - f) // stride + 1


def _stride_two_at_most(n, f, pad, stride):
    return (n + 2 * pad - f) // min(stride, 2) + 1


def _dilated(n, f, pad, stride):
    return (n + 2 * pad - 2 * (f - 1) - 1) // stride + 1


def _transposed(n, f, pad, stride):
    return (n - 1) * stride - 2 * pad + f


def _window_in_the_padding_only(n, f, pad, stride):
    return (n + 2 * min(pad, f // 2) - f) // stride + 1


def _pad_if_needed(n, f, pad, stride):
    return (n + (2 * pad if n < f else pad) - f) // stride + 1


def _ceil_mode(n, f, pad, stride):
    return -(-(n + 2 * pad - f) // stride) + (1 if n + 2 * pad >= f else 0)


def _remainder_added(n, f, pad, stride):
    whole, left = divmod(n + 2 * pad - f, stride)
    return whole + left + 1


def _remainder_counts(n, f, pad, stride):
    return (n + 2 * pad - f) // stride + 1 + ((n + 2 * pad - f) % stride == stride - 1 and stride > 2)


def _quarter(f):
    return f // 2 - (f > 9)


def _root(f):
    return int(math.sqrt(f))


def _logarithm(f):
    return int(math.log2(f))


def _known_filters(f):
    return {1: 0, 3: 1, 5: 2, 7: 3}.get(f, 3)


def _windows_without_rim(n, f, pad, stride):
    counts = _loop(n, f, pad, stride, _add)[pad : pad + n, pad : pad + n]
    counts[0] = counts[-1] = 1
    return counts


def _rows_step_by_one(n, f, pad, stride):
    counts = np.zeros((n + 2 * pad, n + 2 * pad))
    for p in range((n + 2 * pad - f) // stride + 1):
        for q in range((n + 2 * pad - f) // stride + 1):
            counts[p : p + f, q * stride : q * stride + f] += 1
    return counts[pad : pad + n, pad : pad + n]


def _places_of_the_unpadded(n, f, pad, stride):
    return _loop(n, f, pad, stride, _add, max((n - f) // stride + 1, 0))[pad : pad + n, pad : pad + n]


def _window_too_large(n, f, pad, stride):
    counts = np.zeros((n + 2 * pad, n + 2 * pad))
    for p in range(0, n + 2 * pad - f + 1, stride):
        for q in range(0, n + 2 * pad - f + 1, stride):
            counts[p : p + f + 1, q : q + f + 1] += 1
    return counts[pad : pad + n, pad : pad + n]


def _window_too_small(n, f, pad, stride):
    counts = np.zeros((n + 2 * pad, n + 2 * pad))
    for p in range(0, n + 2 * pad - f + 1, stride):
        for q in range(0, n + 2 * pad - f + 1, stride):
            counts[p : p + f - 1, q : q + f - 1] += 1
    return counts[pad : pad + n, pad : pad + n]


def _weighted_by_the_cells_inside(n, f, pad, stride):
    counts = _loop(n, f, pad, stride, _add)[pad : pad + n, pad : pad + n]
    return counts * (counts > 1)


def _stride_divides(n, f, pad, stride):
    counts = _loop(n, f, pad, 1, _add)[pad : pad + n, pad : pad + n]
    return counts // stride**2


def _every_other_cell(n, f, pad, stride):
    return _loop(n, f, pad, 1, _add)[pad : pad + n : stride, pad : pad + n : stride]


def _ceil_squared(n, f, pad, stride):
    return np.full((n, n), -((-f // stride) ** 2))


def _bytes(n, f, pad, stride):
    return (_loop(n, f, pad, stride, _add)[pad : pad + n, pad : pad + n] * 40).astype(np.uint8) // 40


def _pads_the_rest(image, f, stride):
    H, W = image.shape
    image = np.pad(image, [(0, (f - H) % stride), (0, (f - W) % stride)])
    return _means(image, f, range(0, image.shape[0] - f + 1, stride), range(0, image.shape[1] - f + 1, stride))


def _square(image, f, stride):
    starts = range(0, image.shape[0] - f + 1, stride)
    return _means(image, f, starts, starts)


def _swapped(image, f, stride):
    H, W = image.shape
    return _means(image, f, range(0, W - f + 1, stride), range(0, H - f + 1, stride))


def _fixed_stride(image, f, stride):
    H, W = image.shape
    return _means(image, f, range(0, H - f + 1, 2), range(0, W - f + 1, 2))


def _whole_numbers(image, f, stride):
    H, W = image.shape
    return _means(image, f, range(0, H - f + 1, stride), range(0, W - f + 1, stride)).astype(int)


def _shifted_back(image, f, stride):
    H, W = image.shape
    rows = [min(r, H - f) for r in range(0, H - f + stride, stride)]
    columns = [min(c, W - f) for c in range(0, W - f + stride, stride)]
    return _means(image, f, rows, columns)


def _stride_two_in_mind(image, f, stride):
    H, W = image.shape
    return _means(image, f, range(0, H - f + min(stride, 2), stride), range(0, W - f + 1, stride))


WILD = {
    "zero_pad": [
        _empty_rim,
        _zeros_inside,
        _reshaped,
        _resized,
        _rolled,
        _shared_zeros,
        _limited,
        _first_four_pictures,
        _batch_mean,
        _flipped,
        _negative_lost,
        _halves,
        _minus_inf,
        _rows_twice,
        _uneven,
    ],
    "same_padding": [_quarter, _root, _logarithm, _known_filters, lambda f: f % 3, lambda f: (f - 1) // 2 + (f == 1)],
    "output_size": [
        _only_if_even,
        _same_for_odd,
        _stride_two_at_most,
        _dilated,
        _transposed,
        _window_in_the_padding_only,
        _pad_if_needed,
        _ceil_mode,
        _remainder_added,
        _remainder_counts,
        lambda n, f, pad, stride: (n + 2 * pad - f) // stride + 1 or None,
        lambda n, f, pad, stride: n - f + 1 + pad // stride,
        lambda n, f, pad, stride: (n + 2 * pad - f) // stride + (stride == 1),
    ],
    "usage_count": [
        _windows_without_rim,
        _rows_step_by_one,
        _places_of_the_unpadded,
        _window_too_large,
        _window_too_small,
        _weighted_by_the_cells_inside,
        _stride_divides,
        _every_other_cell,
        _ceil_squared,
        _bytes,
    ],
    "mend_blur_bug": [
        _pads_the_rest,
        _square,
        _swapped,
        _fixed_stride,
        _whole_numbers,
        _shifted_back,
        _stride_two_in_mind,
    ],
}


# Written after the probes were final.


def _held_pad_last_two(X, pad):
    widths = [(0, 0)] * 2 + [(pad, pad)] * 2
    return np.pad(X.transpose(0, 3, 2, 1), widths).transpose(0, 2, 3, 1)


def _held_stack_zeros(X, pad):
    for _ in range(pad):
        X = np.insert(X, 0, 0, axis=1)
        X = np.insert(X, -1, 0, axis=1)
        X = np.insert(X, 0, 0, axis=2)
        X = np.insert(X, -1, 0, axis=2)
    return X


def _held_one_channel_at_a_time(X, pad):
    m, H, W, C = X.shape
    out = np.zeros((m, H + 2 * pad, W + 2 * pad, C))
    for c in range(C):
        out[:, pad : pad + H, pad : pad + W, :] = X[..., c : c + 1]
    return out


def _held_mask(X, pad):
    out = np.pad(X.astype(float), [(0, 0), (pad, pad), (pad, pad), (0, 0)], mode="linear_ramp")
    out[:, 0] = out[:, -1] = 0
    return out


def _held_rot(X, pad):
    return np.rot90(np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)]), 2, axes=(1, 2))


def _held_swap_batch(X, pad):
    return np.pad(X[::-1], [(0, 0), (pad, pad), (pad, pad), (0, 0)])


def _held_ceil_when_padded(n, f, pad, stride):
    if pad:
        return math.ceil((n + 2 * pad - f) / stride) + 1
    return (n - f) // stride + 1


def _held_floor_twice(n, f, pad, stride):
    return (n + 2 * pad) // stride - f // stride + 1


def _held_negative_is_zero_places(n, f, pad, stride):
    return (max(n + 2 * pad - f, -stride)) // stride + 1


def _held_even_stride(n, f, pad, stride):
    return ((n + 2 * pad - f) >> (stride - 1)) + 1


def _held_half_up(n, f, pad, stride):
    return int((n + 2 * pad - f) / stride + 1.5)


def _held_bankers(n, f, pad, stride):
    return round((n + 2 * pad - f) / stride - 0.5) + 1


def _held_pad_as_window(n, f, pad, stride):
    return (n + pad * (f - 1) - f) // stride + 1


def _held_same_two(f):
    return f >> 2 if f > 3 else f >> 1


def _held_ceil_minus(f):
    return math.ceil(f / 2) - (f > 1)


def _held_symmetric_min(n, f, pad, stride):
    line = np.array([min(i + pad, n - 1 - i + pad, f - 1) // stride + 1 for i in range(n)])
    return np.outer(line, line)


def _held_row_major_once(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad), int)
    starts = range(0, n + 2 * pad - f + 1, stride)
    for i in starts:
        out[i : i + f] += 1
    for j in starts:
        out[:, j : j + f] *= 1 + (j > 0)
    return out[pad : pad + n, pad : pad + n]


def _held_fancy_plus(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad), int)
    starts = np.arange(0, n + 2 * pad - f + 1, stride)
    rows = (starts[:, None] + np.arange(f)).ravel()
    out[np.ix_(rows, rows)] += 1
    return out[pad : pad + n, pad : pad + n]


def _held_stops_early(n, f, pad, stride):
    out = np.zeros((n + 2 * pad, n + 2 * pad), int)
    for i in range(0, n + 2 * pad - f, stride):
        for j in range(0, n + 2 * pad - f + 1, stride):
            out[i : i + f, j : j + f] += 1
    return out[pad : pad + n, pad : pad + n]


def _held_ceil_mean(image, f, stride):
    rows = math.ceil((image.shape[0] - f) / stride) + 1
    columns = (image.shape[1] - f) // stride + 1
    return _means(image, f, [i * stride for i in range(rows)], [j * stride for j in range(columns)])


def _held_stride_is_f(image, f, stride):
    H, W = image.shape
    means = _means(image, f, range(0, H - f + 1, stride), range(0, W - f + 1, stride))
    return means * f * f / (f * stride if stride < f else f * f)


def _held_clipped_size(image, f, stride):
    H, W = image.shape
    rows = range(0, H - f + stride, stride)
    columns = range(0, W - f + stride, stride)
    return _means(image, f, rows, columns)[: H // stride, : W // stride]


HELD_OUT = {
    "zero_pad": [
        _held_pad_last_two,
        _held_stack_zeros,
        _held_one_channel_at_a_time,
        _held_mask,
        _held_rot,
        _held_swap_batch,
    ],
    "output_size": [
        _held_ceil_when_padded,
        _held_floor_twice,
        _held_negative_is_zero_places,
        _held_even_stride,
        _held_half_up,
        _held_bankers,
        _held_pad_as_window,
    ],
    "same_padding": [_held_same_two, lambda f: f // 2 + f // 32],
    "usage_count": [_held_symmetric_min, _held_row_major_once, _held_fancy_plus, _held_stops_early],
    "mend_blur_bug": [_held_ceil_mean, _held_stride_is_f, _held_clipped_size],
}
