"""What goes wrong in padding pictures (m, H, W, C) with zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.check.task import Mistake
from cnnlab.conventions import coursera

__all__ = ["MISTAKES"]

Array = NDArray[Any]


def _rims(m: Any = 0, h: Any = None, w: Any = None, c: Any = 0, value: float = 0.0) -> Callable[[Array, int], Array]:
    """Pad each axis by its own (before, after), in units of `pad`; rows and columns by (1, 1) unless given."""
    units = [(n, n) if isinstance(n, int) else n or (1, 1) for n in (m, h, w, c)]
    return lambda X, pad: np.pad(X, [(pad * before, pad * after) for before, after in units], constant_values=value)


def _mode(mode: str) -> Callable[[Array, int], Array]:
    return lambda X, pad: np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)], mode=mode)  # type: ignore[call-overload]


def _pad_by(h: Callable[[int], tuple[int, int]], w: Callable[[int], tuple[int, int]] | None = None) -> Any:
    return lambda X, pad: np.pad(X, [(0, 0), h(pad), (w or h)(pad), (0, 0)])


def _slice_neg(X: Array, pad: int) -> Array:
    if pad == 0:
        raise ValueError
    return coursera.zero_pad(X, pad)


def _put(where: Callable[[Array, Array, int], tuple[Any, ...]]) -> Callable[[Array, int], Array]:
    """Put the pictures into the zeros at another place."""

    def core(X: Array, pad: int) -> Array:
        m, h, w, c = X.shape
        out = np.zeros((m, h + 2 * pad, w + 2 * pad, c))
        out[where(X, out, pad)] = X
        return out

    return core


def _square(side: int) -> Callable[[Array, int], Array]:
    """Take one side of the picture for both when the zeros are made."""

    def core(X: Array, pad: int) -> Array:
        m, h, w, c = X.shape
        n = (h, w)[side] + 2 * pad
        out = np.zeros((m, n, n, c))
        out[:, pad : pad + h, pad : pad + w] = X
        return out

    return core


def _swapped(X: Array, pad: int) -> Array:
    m, h, w, c = X.shape
    out = np.zeros((m, w + 2 * pad, h + 2 * pad, c))
    out[:, pad : pad + h, pad : pad + w] = X
    return out


def _erased(X: Array, pad: int) -> Array:
    out = np.zeros(X.shape)
    inside = np.s_[:, pad : X.shape[1] - pad, pad : X.shape[2] - pad]
    out[inside] = X[inside]
    return out


def _only(part: tuple[Any, ...]) -> Callable[..., Array]:
    """Keep a part of the result; the rest stays zero."""

    def after(out: Array, X: Array, pad: int) -> Array:
        kept = np.zeros_like(out)
        kept[part] = out[part]
        return kept

    return after


_SPATIAL = "Which axes of (m, H, W, C) are rows and columns? `np.pad` wants one pair (before, after) for each axis."
_SIDE = "How many rows lie above the picture, how many below it, and how many should it be?"
_SLICE = "Where in the padded picture do row 0 and column 0 of the picture lie, and where do the last ones?"
_EACH = "How many pictures and channels does `X` hold? Is there a loop, and how far is the `return` indented?"
_ZERO = "What does the rim hold in zero padding?"

MISTAKES = (
    Mistake(
        "slice_neg",
        "It is right, except when `pad` is 0: −0 is 0, so the slice `0:-0` is `0:0`, which is empty.",
        "Say where the picture ends by counting from its start: from `pad`, and how many rows further?",
        instead=_slice_neg,
    ),
    Mistake(
        "slice_neg",
        "It is right, except when `pad` is 0: −0 is 0, so the slice `0:-0` is empty and nothing was copied.",
        "Say where the picture ends by counting from its start: from `pad`, and how many rows further?",
        after=lambda out, X, pad: out if pad else np.zeros_like(out),
    ),
    Mistake(
        "all_axes",
        "Every axis was padded. So there are whole pictures, and whole channels, that hold nothing but zeros.",
        _SPATIAL,
        instead=_rims(1, None, None, 1),
    ),
    *(
        Mistake(
            "wrong_axes",
            "The wrong axes were padded.",
            _SPATIAL,
            instead=instead,
        )
        for instead in (
            _rims(0, 0, None, 1),  # (N, C, H, W) of the other course
            _rims(1, None, 0, 0),
            _rims(1, 0, 0, 1),
            _rims(1, None, None, 0),
            _rims(0, None, None, 1),
            _rims(1, 0, 0, 0),
            _rims(0, 0, 0, 1),
        )
    ),
    Mistake("rows_only", "Only rows were added; columns are padded, too.", _SPATIAL, instead=_rims(w=0)),
    Mistake("columns_only", "Only columns were added; rows are padded, too.", _SPATIAL, instead=_rims(h=0)),
    *(
        Mistake("one_side", f"The rim is only {words}; padding goes all around.", _SIDE, instead=instead)
        for words, instead in (
            ("above and on the left", _rims(h=(1, 0), w=(1, 0))),
            ("below and on the right", _rims(h=(0, 1), w=(0, 1))),
        )
    ),
    Mistake(
        "one_count",
        "The picture grew by `pad` in all; `pad` is the number of cells on each side.",
        _SIDE,
        instead=_pad_by(lambda pad: (pad // 2, pad - pad // 2)),
    ),
    Mistake(
        "one_count",
        "The picture grew by `pad` in all; `pad` is the number of cells on each side.",
        _SIDE,
        instead=_pad_by(lambda pad: (pad - pad // 2, pad // 2)),
    ),
    Mistake(
        "one_count",
        "There is half of `pad` on each side; `pad` is the number of cells on each side.",
        _SIDE,
        before=lambda X, pad: (X, pad // 2),
    ),
    Mistake(
        "twice",
        "There is twice as much rim as there should be: `pad` is the number of cells on each side.",
        _SIDE,
        before=lambda X, pad: (X, 2 * pad),
    ),
    *(
        Mistake(
            "hard_coded",
            f"The rim is always {cells} cell{'s' * (cells > 1)} wide.",
            "Where does your code use `pad`?",
            before=lambda X, pad, cells=cells: (X, cells),
        )
        for cells in (1, 2, 3)
    ),
    Mistake(
        "not_padded",
        "The pictures came back as they were.",
        "Which line makes them larger? Does the function return its result?",
        before=lambda X, pad: (X, 0),
    ),
    *(
        Mistake("const_one", f"The rim holds the number {value}.", _ZERO, instead=_rims(value=value))
        for value in (1, -1, 255, 0.5)
    ),
    *(
        Mistake("not_zeros", f"The rim {words}; it should hold zeros.", _ZERO, instead=_mode(mode))
        for mode, words in (
            ("edge", "repeats the picture's outermost cells"),
            ("reflect", "mirrors the picture"),
            ("symmetric", "mirrors the picture"),
            ("wrap", "goes on with the picture's other side"),
            ("mean", "holds means of the picture"),
            ("maximum", "holds the largest cells of the picture"),
            ("minimum", "holds the smallest cells of the picture"),
        )
    ),
    Mistake(
        "not_centred",
        "The pictures lie in the top-left corner, and all the zeros below and on the right.",
        _SLICE,
        instead=_put(lambda X, out, pad: (slice(None), slice(X.shape[1]), slice(X.shape[2]))),
    ),
    Mistake(
        "not_centred",
        "The pictures lie in the bottom-right corner, and all the zeros above and on the left.",
        _SLICE,
        instead=_put(lambda X, out, pad: (slice(None), slice(2 * pad, None), slice(2 * pad, None))),
    ),
    *(
        Mistake(
            "square_assumed",
            "One side of the picture was taken for both. Pictures need not be square.",
            "Which of H and W does each axis of your zeros use?",
            instead=_square(side),
        )
        for side in (0, 1)
    ),
    Mistake(
        "height_width_swapped",
        "Height and width have changed places.",
        "In (m, H, W, C), which axis is the height?",
        instead=_swapped,
    ),
    Mistake(
        "transposed",
        "Every picture is turned about its diagonal: rows and columns have changed places.",
        "In (m, H, W, C), which axis is the height?",
        after=lambda out, X, pad: out.transpose(0, 2, 1, 3),
    ),
    *(
        Mistake(
            "channels_moved",
            "The channels are not on the last axis any more.",
            "The result has its axes in the order of `X`: (m, H, W, C).",
            after=after,
        )
        for after in (lambda out, X, pad: out.transpose(0, 3, 1, 2), lambda out, X, pad: out.transpose(3, 1, 2, 0))
    ),
    *(
        Mistake("first_only", f"Only the first {what} was copied; the others are zeros.", _EACH, after=_only(part))
        for what, part in (("picture", (slice(0, 1),)), ("channel", (..., slice(0, 1))))
    ),
    *(
        Mistake("first_only", f"Only the first {what} came back.", _EACH, after=after)
        for what, after in (
            ("picture", lambda out, X, pad: out[0]),
            ("picture", lambda out, X, pad: out[:1]),
            ("channel", lambda out, X, pad: out[..., 0]),
            ("channel", lambda out, X, pad: out[..., :1]),
        )
    ),
    Mistake(
        "last_only",
        "Only the last picture came back: each one replaced the one before.",
        _EACH,
        after=lambda out, X, pad: out[-1],
    ),
    Mistake("zeros_only", "It is all zeros: the pictures were not copied.", _SLICE, after=lambda out, X, pad: out * 0),
    Mistake(
        "int_out",
        "The fractions are gone: the zeros were made as whole numbers.",
        "Look for a `dtype`. What does `np.zeros` make without one?",
        after=lambda out, X, pad: out.astype(np.int64),
    ),
    Mistake(
        "byte_out",
        "Numbers wrapped around: a byte (`uint8`) holds 0 to 255 only.",
        "Look for a `dtype`. What does `np.zeros` make without one?",
        after=lambda out, X, pad: out.astype(np.int64).astype(np.uint8),
    ),
    Mistake(
        "rim_erased",
        "The picture's outermost cells were set to zero. The rim goes around the picture, not over it.",
        _SLICE,
        instead=_erased,
    ),
)
