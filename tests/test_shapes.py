"""Sizes: the formula against counting, and the errors against their remedies."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.shapes import (
    ShapeError,
    conv_parameters,
    dense_parameters,
    norm_parameters,
    output_size,
    receptive_field,
    same_padding,
    window_grid,
)

sizes = st.integers(1, 40)


@given(n=sizes, f=sizes, pad=st.integers(0, 5), stride=st.integers(1, 6))
def test_output_size_counts_the_windows_that_fit(n: int, f: int, pad: int, stride: int) -> None:
    starts = [start for start in range(0, n + 2 * pad, stride) if start + f <= n + 2 * pad]
    if starts:
        assert output_size(n, f, pad, stride) == len(starts)
    else:
        with pytest.raises(ShapeError, match="at most"):
            output_size(n, f, pad, stride)


@given(n=sizes, f=sizes, pad=st.integers(0, 5))
def test_the_remedy_for_a_window_that_does_not_fit_works(n: int, f: int, pad: int) -> None:
    try:
        output_size(n, f, pad)
    except ShapeError as error:
        found = re.search(r"Take a window of (\d+) or less, or pad by at least (\d+)", str(error))
        assert found is not None
        smaller, more = map(int, found.groups())
        assert output_size(n, smaller, pad) == 1
        assert output_size(n, f, more) in (1, 2)
        assert more == 0 or n + 2 * (more - 1) < f


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("n", (0, 1)), ("f", (3, 0)), ("pad", (3, 1, -1)), ("stride", (3, 1, 0, 0)), ("stride", (3, 1, 0, -2))],
)
def test_nonsense_names_the_argument(name: str, arguments: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=rf"^{name}: got .*wanted at least"):
        output_size(*arguments)


@given(n=sizes, f=st.integers(1, 9), stride=st.integers(1, 6), dilation=st.integers(1, 3))
def test_same_padding_gives_one_output_per_stride_and_no_more_than_needed(
    n: int, f: int, stride: int, dilation: int
) -> None:
    before, after = same_padding(n, f, stride, dilation)
    assert after - before in (0, 1)
    assert output_size(n, f, (before, after), stride, dilation) == -(-n // stride)
    if after:  # with one cell less, the last window does not fit
        span = dilation * (f - 1) + 1
        assert (n + before + after - 1 - span) // stride + 1 < -(-n // stride)


@given(n=sizes, f=st.integers(1, 9), pad=st.integers(0, 4), stride=st.integers(1, 6))
def test_ceil_mode_takes_a_last_window_only_if_it_starts_on_the_picture(n: int, f: int, pad: int, stride: int) -> None:
    if f > n + 2 * pad:
        return
    places = output_size(n, f, pad, stride, ceil_mode=True)
    fitting = output_size(n, f, pad, stride)
    last_end = (fitting - 1) * stride + f
    hangs_over = last_end < n + 2 * pad and fitting * stride < n + pad
    assert places == fitting + hangs_over


@given(n=sizes, f=st.integers(1, 5), dilation=st.integers(1, 4))
def test_a_dilated_window_counts_like_a_wide_one(n: int, f: int, dilation: int) -> None:
    span = dilation * (f - 1) + 1
    if span <= n:
        assert output_size(n, f, dilation=dilation) == output_size(n, span)


def test_the_remedy_for_a_dilated_window_works() -> None:
    with pytest.raises(ShapeError, match=r"window of 5 \(dilated to 13\) on 7") as error:
        output_size(7, 5, dilation=3)
    smaller, more = map(int, re.findall(r"of (\d+) or less, or pad by at least (\d+)", str(error.value))[0])
    assert output_size(7, smaller, dilation=3) == 1
    assert output_size(7, 5, more, dilation=3) == 1


@given(layers=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4))
def test_receptive_field_is_what_one_output_needs(layers: list[tuple[int, int]]) -> None:
    field = receptive_field(layers)

    def outputs(n: int) -> int:
        for f, stride in layers:
            if n < f:
                return 0
            n = output_size(n, f, stride=stride)
        return n

    assert outputs(field) == 1
    assert outputs(field - 1) == 0


def test_parameter_counts_by_hand() -> None:
    assert conv_parameters(3, 8, (3, 5)) == 8 * (3 * 15 + 1)
    assert conv_parameters(1, 1, 1, bias=False) == 1
    assert dense_parameters(4, 3, bias=False) == 12
    assert norm_parameters(5) == 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: receptive_field([3, 3]), r"^layers: got 3, wanted \(f, stride\) of each layer"),
        (lambda: receptive_field([(3, 1, 1)]), r"^layers: got \(3, 1, 1\)"),
        (lambda: receptive_field((3, 1)), r"Write receptive_field\(\[\(3, 1\), \(2, 2\)\]\)"),
        (lambda: conv_parameters(-3, 8, 3), r"^channels: got -3, wanted at least 1"),
        (lambda: conv_parameters(3, 8.5, 3), r"^filters: got 8.5, wanted a whole number"),
        (lambda: dense_parameters(0, 6), r"^inputs: got 0"),
        (lambda: dense_parameters(6, "6"), r"^outputs: got '6'"),
        (lambda: norm_parameters(-1), r"^channels: got -1"),
    ],
)
def test_what_cannot_be_counted(call: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


def test_window_grid_writes_every_setting_out() -> None:
    grid = window_grid((7, 8), 3, stride=2, pad=(1, 0), dilation=(1, 2))
    assert grid == ((3, 3), (2, 2), (1, 2), ((1, 1), (0, 0)), (4, 2))
    assert window_grid((7, 8), 3, pad="valid").pads == ((0, 0), (0, 0))
    assert window_grid((7, 8), 2, pad="same").pads == ((0, 1), (0, 1))
    assert window_grid((7, 8), 3, pad=[[1, 2], [3, 4]]).pads == ((1, 2), (3, 4))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        ((0, 5), {}, r"^x: got pictures of 0 rows"),
        ((5, 0), {}, r"^x: got pictures of 0 columns"),
        ((5, 5), {"pad": "full"}, r"^pad: got 'full'.*Write pad=\"same\""),
        ((5, 5), {"pad": ((1, 2, 3), (0, 0))}, r"^pad: got 3 numbers"),
        ((5, 5), {"pad": 2**62}, r"^pad: got 4611686018427387904, wanted at most 2147483647"),
        ((5, 5), {"pad": 2**31 - 1}, r"^pad: got a padded picture of 4,294,967,299×4,294,967,299, wanted at most"),
        ((5, 5), {"stride": (1, 0)}, r"^stride: got 0"),
        ((5, 5), {"dilation": 2.0}, r"^dilation: got 2.0, wanted a whole number"),
        ((2, 5), {}, r"^kernel: got a window of 3 on 2 rows"),
        ((2, 5), {"pad": ((0, 0), (1, 1))}, r"on 2 rows padded by 0 per side"),
        ((1, 5), {"pad": ((0, 1), (1, 1))}, r"on 1 row padded by 0 and 1"),
    ],
)
def test_window_grid_names_the_argument(size: tuple[int, int], settings: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        window_grid(size, 3, **settings)
