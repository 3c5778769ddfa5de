"""The grid of shapes every operation is tried on: unequal everything, and every corner a loop bound can miss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnlab.shapes import Grid, window_grid

Array = NDArray[Any]


@dataclass(frozen=True)
class Case:
    """Pictures, a window and its settings."""

    x: tuple[int, int, int, int]  # (N, C, H, W)
    kernel: tuple[int, int]
    filters: int = 4
    settings: dict[str, Any] = field(default_factory=dict)

    def grid(self, **more: Any) -> Grid:
        return window_grid(self.x[2:], self.kernel, **self.settings, **more)


def images(shape: tuple[int, ...], seed: int = 0, dtype: str = "float64") -> Array:
    """Signed numbers without ties."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def tied(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Small whole numbers, many of them equal, as after a ReLU."""
    return np.random.default_rng(seed).integers(0, 3, shape).astype(float)


_SHAPES = {
    "unequal everything": Case((2, 3, 7, 9), (3, 2), 4, {"stride": (2, 1), "pad": (1, 0)}),
    "square, same": Case((2, 3, 6, 6), (3, 3), 4, {"pad": 1}),
    "pad 0": Case((2, 3, 5, 7), (3, 3), 2),
    "1×1 window": Case((2, 3, 4, 5), (1, 1), 4),
    "1×1 window, stride 2": Case((2, 3, 5, 4), (1, 1), 4, {"stride": 2}),
    "window as large as the picture": Case((2, 3, 4, 5), (4, 5), 3),
    "stride leaves a remainder": Case((2, 2, 8, 9), (3, 3), 3, {"stride": (2, 4)}),
    "stride beyond the window": Case((2, 2, 9, 11), (2, 2), 3, {"stride": 3}),
    "one pixel": Case((3, 2, 1, 1), (1, 1), 3),
    "one picture": Case((1, 3, 9, 8), (3, 3), 4, {"pad": 1, "stride": 2}),
    "no picture": Case((0, 3, 5, 6), (3, 3), 4, {"pad": 1}),
    "one channel, one filter": Case((3, 1, 6, 5), (2, 3), 1, {"pad": (1, 2)}),
    "four-sided pad": Case((2, 3, 5, 6), (3, 4), 2, {"pad": ((0, 1), (2, 1)), "stride": 2}),
    "same, even window": Case((2, 2, 7, 6), (4, 2), 3, {"pad": "same", "stride": (2, 3)}),
    "valid by name": Case((2, 2, 6, 7), (2, 3), 3, {"pad": "valid", "stride": 2}),
    "long rows": Case((2, 2, 2, 40), (1, 7), 3, {"pad": (0, 3)}),
}
_ONLY_CONVOLUTION = {
    "pad wider than the window": Case((2, 2, 3, 4), (2, 2), 3, {"pad": 3}),
    "dilation": Case((2, 3, 9, 8), (3, 2), 4, {"dilation": 2, "pad": 2}),
    "dilation and stride": Case((2, 3, 11, 9), (3, 3), 2, {"dilation": (2, 3), "stride": (3, 2), "pad": (1, 3)}),
    "dilation shares a factor with stride": Case((1, 2, 12, 13), (3, 3), 2, {"dilation": 2, "stride": 4, "pad": 2}),
    "window larger than the picture": Case((2, 2, 3, 2), (5, 4), 3, {"pad": 2}),
}
_ONLY_POOLING = {
    "ceil_mode": Case((2, 3, 6, 8), (3, 3), settings={"stride": 2, "ceil_mode": True}),
    "ceil_mode with pad": Case((2, 2, 7, 5), (3, 2), settings={"stride": 2, "pad": 1, "ceil_mode": True}),
    "ceil_mode, last window starts outside": Case(
        (1, 2, 4, 3), (2, 2), settings={"stride": 3, "pad": 1, "ceil_mode": True}
    ),
    "2×2": Case((3, 4, 6, 8), (2, 2), settings={"stride": 2}),
    "3×3 stride 2": Case((3, 4, 9, 7), (3, 3), settings={"stride": 2}),
}


def _grid(*tables: dict[str, Case]) -> list[Any]:
    return [pytest.param(case, id=name) for table in tables for name, case in table.items()]


CONVOLUTION = _grid(_SHAPES, _ONLY_CONVOLUTION)
POOLING = _grid(_SHAPES, _ONLY_POOLING)


def disguises(x: Array) -> list[Any]:
    """The same numbers in every form a caller may hold them: strided, reversed, Fortran order, read-only, a list."""
    spread = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    spread[..., ::2] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    channels_last = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    return [
        spread[..., ::2],
        x[..., ::-1].copy()[..., ::-1],
        np.asfortranarray(x),
        read_only,
        np.moveaxis(channels_last, -1, 1),
        x.tolist(),
    ]
