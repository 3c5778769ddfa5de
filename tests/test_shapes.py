"""Sizes: the formula against counting, and the errors against their remedies."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.shapes import ShapeError, output_size

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
