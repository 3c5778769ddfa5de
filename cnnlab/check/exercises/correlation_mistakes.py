"""What goes wrong when a kernel is slid over an image, each mistake with its imitation.

The names of the classics (flip_rows to abs) are those under which teachers' catalogues list them.
"""

from __future__ import annotations

import numpy as np

from cnnlab.check.exercises.sliding import (
    added_into,
    cast,
    cells,
    jump,
    keep_only,
    minus_index,
    pad_full,
    pad_same,
    right_sums,
    shows_full,
    shows_same,
    square_kernel,
    swapped_kernel_size,
    swapped_size,
    swapped_store,
    uint8_products,
)
from cnnlab.check.task import Mistake

__all__ = ["FLIPS", "MISTAKES"]

_SIGNED = "Which sign has the edge from dark to bright, which the one from bright to dark? Keep both."
_TYPE = "Look at the `dtype` of the array your results go into. Which numbers can it hold?"
_CELL = "Take one window and one kernel and work out a single output cell by hand."
_KERNEL = "Take a kernel whose numbers all differ. Which number of it meets the top-left cell of the window?"
_SIZE = "In how many places does a window of 3 cells fit into 5? Count them."
_VALID = "The kernel must lie inside the image everywhere: what is the last row it may start on?"
_LOOP = "Go through your loops by hand for the first two output cells."
_AXES = "Print `image.shape` and `kernel.shape` for the call above. Which number belongs to which loop?"
_PLAIN = "Return the sum of products as it is."

FLIPS = (
    Mistake(
        "convolution",
        "The kernel was mirrored in both axes: that is a mathematical convolution, not a cross-correlation.",
        _KERNEL,
        before=lambda image, kernel: (image, kernel[::-1, ::-1]),
    ),
    Mistake(
        "flip_rows",
        "The kernel was used upside down: its rows came in reverse order.",
        _KERNEL,
        before=lambda image, kernel: (image, kernel[::-1]),
    ),
    Mistake(
        "flip_columns",
        "The kernel was mirrored left to right: its columns came in reverse order.",
        _KERNEL,
        before=lambda image, kernel: (image, kernel[:, ::-1]),
    ),
    Mistake(
        "quarter_turn",
        "The kernel was turned by 90°.",
        _KERNEL,
        before=lambda image, kernel: (image, np.rot90(kernel)),
    ),
    Mistake(
        "quarter_turn",
        "The kernel was turned by 90°.",
        _KERNEL,
        before=lambda image, kernel: (image, np.rot90(kernel, -1)),
    ),
    Mistake(
        "image_mirrored",
        "The image was mirrored in both axes before the kernel went over it, or the kernel and the result were.",
        "Which pixel should the first output cell start from?",
        before=lambda image, kernel: (image[::-1, ::-1], kernel),
    ),
    Mistake(
        "output_mirrored",
        "The result is mirrored in both axes, or the image and the kernel were.",
        "Which output cell belongs to the top-left corner of the image?",
        after=lambda out, image, kernel: out[::-1, ::-1],
    ),
)

_TRANSPOSE = "Rows and columns of the kernel changed places: it was transposed."
_SAME = (
    "The result is too large, like one with padding. The kernel was also placed where it hangs over the rim of the "
    "image, or the array for the result was made too large. Only places where it fits count (“valid”)."
)
_UINT8 = "The result went into whole numbers from 0 to 255 (`uint8`). Negative results wrap round: −1 becomes 255."
_UINT8_MATH = (
    "The arithmetic was done in whole numbers from 0 to 255 (`uint8`), where 200 · 2 is 144 and −1 is 255. "
    "Products and sums need more room."
)
_FRACTION = "The fractions are gone: the result went into an array of whole numbers."
_ABS = "The sign is lost: what should be negative came back positive."

MISTAKES = (
    Mistake("transpose", _TRANSPOSE, _KERNEL, before=lambda image, kernel: (image, kernel.T)),
    Mistake("transpose", _TRANSPOSE, _KERNEL, instead=cells(lambda x, k: (x * k.T).sum())),
    Mistake(
        "image_transposed",
        "Rows and columns of the image changed places before the kernel went over it.",
        _AXES,
        before=lambda image, kernel: (image.T, kernel),
    ),
    Mistake("same_pad", _SAME, _VALID, shows=shows_same, example=lambda *a: right_sums(*pad_same(*a))),
    Mistake("same_pad", _SAME, _VALID, before=pad_same),
    Mistake("full_pad", _SAME, _VALID, shows=shows_full, example=lambda *a: right_sums(*pad_full(*a))),
    Mistake("full_pad", _SAME, _VALID, before=pad_full),
    *(
        Mistake(
            "matmul",
            "Window and kernel were multiplied as matrices (`@`, `np.dot`). Each cell of the window should meet its "
            "own partner in the kernel.",
            "Which sign multiplies two arrays cell by cell?",
            instead=cells(cell),
        )
        for cell in (
            lambda x, k: (x @ k).sum(),
            lambda x, k: (k @ x).sum(),
            lambda x, k: (x @ k.T).sum(),
            lambda x, k: (x.T @ k).sum(),
        )
    ),
    Mistake("uint8", _UINT8, _TYPE, after=cast(np.uint8)),
    Mistake("uint8", _UINT8, _TYPE, instead=added_into(lambda image, kernel: np.uint8)),
    *(
        Mistake(
            "uint8",
            "The result went into an array of the image's own type. For a picture of bytes (`uint8`) negative results "
            "wrap round, −1 becomes 255, and fractions are cut off.",
            _TYPE,
            after=after,
            instead=instead,
        )
        for after, instead in (
            (lambda out, image, kernel: out.astype(image.dtype), None),
            (None, added_into(lambda image, kernel: image.dtype)),
        )
    ),
    *(
        Mistake("uint8_math", _UINT8_MATH, _TYPE, instead=instead)
        for instead in (
            uint8_products(lambda image: np.uint8),
            uint8_products(lambda image: np.uint8, np.uint8),
            uint8_products(lambda image: image.dtype),
            uint8_products(lambda image: image.dtype, np.uint8),
            lambda image, kernel: uint8_products(lambda x: x.dtype, image.dtype)(image, kernel),
        )
    ),
    Mistake(
        "uint8_math",
        "The image was turned into whole numbers from 0 to 255 (`uint8`) first; what does not fit is lost.",
        _TYPE,
        before=lambda image, kernel: (image.astype(np.uint8), kernel),
    ),
    Mistake(
        "uint8_math",
        "The kernel was turned into whole numbers from 0 to 255 (`uint8`): −1 became 255 and fractions are lost.",
        _TYPE,
        before=lambda image, kernel: (image, kernel.astype(np.uint8)),
    ),
    Mistake(
        "clip",
        "Results below 0 and above 255 were cut off. With them goes every edge of one direction.",
        _SIGNED,
        after=lambda out, image, kernel: np.clip(out, 0, 255),
    ),
    Mistake(
        "clip",
        "Results below 0 and above 1 were cut off. With them goes every edge of one direction.",
        _SIGNED,
        after=lambda out, image, kernel: np.clip(out, 0, 1),
    ),
    Mistake("abs", _ABS, _SIGNED, after=lambda out, image, kernel: np.abs(out)),
    Mistake(
        "abs",
        "Each product lost its sign before the sum.",
        _SIGNED,
        instead=cells(lambda x, k: np.abs(x * k).sum()),
    ),
    Mistake("abs", "The kernel lost its signs.", _SIGNED, before=lambda image, kernel: (image, np.abs(kernel))),
    Mistake(
        "relu",
        "Negative results became 0. Thresholds come later in the course; here they lose every edge of one direction.",
        _SIGNED,
        after=lambda out, image, kernel: np.maximum(out, 0),
    ),
    Mistake(
        "negated", "Every value has the wrong sign.", "Look for a stray minus.", after=lambda out, image, kernel: -out
    ),
    Mistake(
        "output_transposed",
        "The result is turned about its diagonal: rows and columns have changed places.",
        _AXES,
        after=lambda out, image, kernel: out.T,
    ),
    Mistake(
        "output_transposed",
        "The results went into the cell (column, row) instead of (row, column).",
        _AXES,
        instead=swapped_store,
    ),
    *(
        Mistake(
            "no_plus1",
            "The last place of the kernel is missing: it also fits when it ends on the last row and the last column.",
            _SIZE,
            after=after,
        )
        for after in (
            lambda out, image, kernel: out[:-1, :-1],
            lambda out, image, kernel: out[:-1],
            lambda out, image, kernel: out[:, :-1],
            keep_only(slice(None, -1), slice(None, -1)),
            keep_only(slice(None, -1), slice(None)),
            keep_only(slice(None), slice(None, -1)),
        )
    ),
    *(
        Mistake(
            "off_by_one_start",
            "The first place of the kernel is missing: it also fits with its corner on row 0, column 0.",
            "Where does each loop start?",
            after=after,
        )
        for after in (
            lambda out, image, kernel: out[1:, 1:],
            keep_only(slice(1, None), slice(1, None)),
            keep_only(slice(1, None), slice(None)),
            keep_only(slice(None), slice(1, None)),
            lambda out, image, kernel: np.roll(out, (-1, -1), (0, 1)),
        )
    ),
    *(
        Mistake("height_width_swapped", "Height and width have changed places.", _AXES, instead=instead)
        for instead in (swapped_size, swapped_kernel_size)
    ),
    *(
        Mistake(
            "square_kernel_assumed",
            "One side of the kernel was taken for both. Kernels need not be square.",
            _AXES,
            instead=instead,
        )
        for instead in (
            square_kernel(0),
            square_kernel(1),
            square_kernel(0, by_cell=True),
            square_kernel(1, by_cell=True),
        )
    ),
    Mistake("int_out", _FRACTION, _TYPE, after=cast(np.int64)),
    Mistake("int_out", _FRACTION, _TYPE, instead=added_into(lambda image, kernel: np.int64)),
    Mistake("int_out", _FRACTION, _TYPE, after=lambda out, image, kernel: out.astype(kernel.dtype)),
    Mistake(
        "int_in",
        "The kernel's fractions were cut off before it was used.",
        "Look for `int` where the kernel is prepared.",
        before=lambda image, kernel: (image, kernel.astype(np.int64)),
    ),
    Mistake(
        "int_in",
        "The image's fractions were cut off before it was used.",
        "Look for `int` where the image is prepared.",
        before=lambda image, kernel: (image.astype(np.int64), kernel),
    ),
    Mistake("rounded", "The results were rounded.", _PLAIN, after=lambda out, image, kernel: np.rint(out)),
    Mistake("rounded", "The results were rounded.", _PLAIN, after=lambda out, image, kernel: np.round(out, 2)),
    Mistake("rounded", "The results were rounded down.", _PLAIN, after=lambda out, image, kernel: np.floor(out)),
    Mistake(
        "mean_instead_of_sum",
        "The products were averaged; they should be added up.",
        _CELL,
        after=lambda out, image, kernel: out / kernel.size,
    ),
    *(
        Mistake(
            "normalised",
            "The result was divided by the sum of the kernel's numbers. For an edge kernel that sum is 0.",
            _PLAIN,
            instead=instead,
        )
        for instead in (
            lambda image, kernel: right_sums(image, kernel) / kernel.sum(),
            lambda image, kernel: right_sums(image, kernel) / (kernel.sum() or 1),
            lambda image, kernel: right_sums(image, kernel) / np.abs(kernel).sum(),
        )
    ),
    Mistake(
        "scaled",
        "The image was divided by 255 first.",
        _PLAIN,
        before=lambda image, kernel: (image / 255, kernel),
    ),
    *(
        Mistake(
            "early_return",
            "Only the beginning was worked out: the function returned before its loops were done.",
            "How far is the `return` indented? It ends all loops at once.",
            after=after,
        )
        for after in (keep_only(slice(0, 1), slice(0, 1)), keep_only(slice(0, 1), slice(None)))
    ),
    *(
        Mistake(
            "accumulator_not_reset",
            "Each cell still holds the sum of those before it.",
            "Where is the running sum set back to 0, and how often does that line run?",
            after=after,
        )
        for after in (
            lambda out, image, kernel: np.cumsum(out).reshape(out.shape),
            lambda out, image, kernel: np.cumsum(out, axis=1),
            lambda out, image, kernel: np.cumsum(out, axis=0),
        )
    ),
    *(
        Mistake(
            "last_product_only",
            "A cell holds only the last product, or those of the last row: the others were overwritten.",
            "`=` replaces, `+=` adds. And where is the running sum set to 0?",
            instead=cells(cell),
        )
        for cell in (
            lambda x, k: x[-1, -1] * k[-1, -1],
            lambda x, k: (x[-1] * k[-1]).sum(),
        )
    ),
    *(
        Mistake("part_of_kernel", "Only a part of the kernel was used.", _CELL, instead=cells(cell))
        for cell in (
            lambda x, k: (x[0] * k[0]).sum(),
            lambda x, k: (x[:, 0] * k[:, 0]).sum(),
            lambda x, k: x[0, 0] * k[0, 0],
            lambda x, k: np.diagonal(x * k).sum(),
            lambda x, k: (x[:-1, :-1] * k[:-1, :-1]).sum(),
            lambda x, k: (x[1:, 1:] * k[1:, 1:]).sum(),
        )
    ),
    Mistake(
        "kernel_ignored",
        "These are the sums of the windows alone; the kernel's numbers are not in them.",
        _CELL,
        instead=cells(lambda x, k: x.sum()),
    ),
    Mistake(
        "added_not_multiplied",
        "Window and kernel were added; they should be multiplied, cell by cell.",
        _CELL,
        instead=cells(lambda x, k: (x + k).sum()),
    ),
    Mistake(
        "sum_times_sum",
        "The window was added up and the kernel was added up, and only then they were multiplied.",
        _CELL,
        instead=cells(lambda x, k: x.sum() * k.sum()),
    ),
    Mistake(
        "max_instead_of_sum",
        "This is the largest product; they should be added up.",
        _CELL,
        instead=cells(lambda x, k: (x * k).max()),
    ),
    Mistake(
        "window_is_one_cell",
        "Each cell is one pixel times the whole kernel; a window is as large as the kernel.",
        _CELL,
        instead=cells(lambda x, k: (x[0, 0] * k).sum()),
    ),
    Mistake(
        "squared_difference",
        "These are squared differences; a correlation multiplies and adds.",
        _CELL,
        instead=cells(lambda x, k: ((x - k) ** 2).sum()),
    ),
    Mistake(
        "jumps",
        "The window jumped by its own size; it should move on by one cell at a time.",
        _LOOP,
        instead=jump,
    ),
    Mistake(
        "jumps",
        "The window moved on by two cells; it should be one.",
        _LOOP,
        after=lambda out, image, kernel: out[::2, ::2],
    ),
    Mistake(
        "minus_index",
        "The image was read at `p - r` instead of `p + r`. A negative index counts from the end, without an error.",
        _LOOP,
        instead=minus_index,
    ),
)
