"""Pooling: loops, PyTorch and algebra agree, ties follow the rule asked for; bad input is told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from cnnlab.ops import avgpool2d, avgpool2d_backward, maxpool2d, maxpool2d_backward
from cnnlab.shapes import ShapeError, as_pair
from tests import cases, oracles
from tests.cases import Case

Array = NDArray[Any]


def _call(case: Case) -> dict[str, Any]:
    return {"kernel": case.kernel, "stride": 1, **case.settings}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("ties", ["first", "all", "share"])
@pytest.mark.parametrize("fill", [cases.images, cases.tied])
@pytest.mark.parametrize("case", cases.POOLING)
def test_max_equals_the_loops(case: Case, fill: Any, ties: Any, dtype: str) -> None:
    x = fill(case.x, 1).astype(dtype)
    y, cache = maxpool2d(x, **_call(case), ties=ties)
    assert_array_equal(y, oracles.maxpool2d(x, case.grid()))
    dy = cases.images(y.shape, 2, dtype)
    dx = maxpool2d_backward(dy, cache)
    assert y.dtype == dx.dtype == dtype
    assert_allclose(dx, oracles.maxpool2d_backward(dy, x, case.grid(), ties), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("with_pad", [True, False])
@pytest.mark.parametrize("case", cases.POOLING)
def test_average_equals_the_loops(case: Case, with_pad: bool) -> None:
    x = cases.images(case.x, 1)
    y, cache = avgpool2d(x, **_call(case), count_include_pad=with_pad)
    want, counts = oracles.avgpool2d(x, case.grid(), with_pad)
    assert_allclose(y, want, rtol=1e-12, atol=1e-12)
    dy = cases.images(y.shape, 2)
    assert_allclose(
        avgpool2d_backward(dy, cache), oracles.avgpool2d_backward(dy, x, case.grid(), counts), rtol=1e-12, atol=1e-12
    )


def _torch_can(case: Case) -> bool:
    rows, columns = case.grid().pads  # torch takes the same pad on both sides, up to half the window
    return (
        rows[0] == rows[1]
        and columns[0] == columns[1]
        and all(2 * pad[0] <= f for pad, f in zip((rows, columns), case.kernel, strict=True))
    )


@pytest.mark.parametrize("case", [p for p in cases.POOLING if _torch_can(p.values[0])])
def test_equals_torch(case: Case) -> None:
    torch = oracles.torch()
    x = cases.images(case.x, 1)
    grid = case.grid()
    settings = {
        "kernel_size": grid.kernel,
        "stride": grid.stride,
        "padding": (grid.pads[0][0], grid.pads[1][0]),
        "ceil_mode": case.settings.get("ceil_mode", False),
    }
    pools = [
        (torch.nn.functional.max_pool2d, {}, maxpool2d, maxpool2d_backward, {}),
        *(
            (
                torch.nn.functional.avg_pool2d,
                {"count_include_pad": c},
                avgpool2d,
                avgpool2d_backward,
                {"count_include_pad": c},
            )
            for c in (True, False)
        ),
    ]
    for theirs, their_more, ours, ours_backward, more in pools:
        tensor = torch.tensor(x, requires_grad=True)
        wanted = theirs(tensor, **settings, **their_more)
        y, cache = ours(x, **_call(case), **more)
        assert_allclose(y, wanted.detach().numpy(), rtol=1e-12, atol=1e-12)
        dy = cases.images(y.shape, 2)
        wanted.backward(torch.tensor(dy))
        assert_allclose(ours_backward(dy, cache), tensor.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", cases.POOLING)
def test_the_form_of_an_array_does_not_matter(case: Case) -> None:
    x = cases.images(case.x, 1)
    if x.size == 0:
        return
    for op, backward in ((maxpool2d, maxpool2d_backward), (avgpool2d, avgpool2d_backward)):
        y, cache = op(x, **_call(case))
        dx = backward(y, cache)
        for x2, dy2 in zip(cases.disguises(x), cases.disguises(y), strict=True):
            y2, cache2 = op(x2, **_call(case))
            assert_allclose(y2, y, rtol=1e-12)
            assert_allclose(backward(dy2, cache2), dx, rtol=1e-12)
            assert y2.flags.c_contiguous


@pytest.mark.parametrize(
    ("shape", "kernel", "stride"), [((9, 7, 40, 50), 2, 2), ((40, 3, 33, 31), 3, 2), ((1, 50, 64, 30), (2, 3), 1)]
)
@pytest.mark.parametrize("ties", ["first", "all", "share"])
def test_large_arrays_equal_window_by_window(shape: tuple[int, ...], kernel: Any, stride: int, ties: Any) -> None:
    x = cases.tied(shape)
    y, cache = maxpool2d(x, kernel, stride=stride, ties=ties)
    view = np.lib.stride_tricks.sliding_window_view(x, as_pair("kernel", kernel), (2, 3))[:, :, ::stride, ::stride]
    assert_array_equal(y, view.max((4, 5)))
    dy = cases.images(y.shape)
    winners = view == y[..., None, None]
    if ties == "first":
        flat = winners.reshape(*y.shape, -1)
        winners = (flat & (np.cumsum(flat, -1) == 1)).reshape(winners.shape)
    shares = winners / (winners.sum((4, 5), keepdims=True) if ties == "share" else 1)
    want = np.zeros(x.shape)
    for r, s in np.ndindex(*view.shape[4:]):
        rows, columns = (slice(i, i + stride * (n - 1) + 1, stride) for i, n in zip((r, s), y.shape[2:], strict=True))
        want[:, :, rows, columns] += shares[..., r, s] * dy
    assert_allclose(maxpool2d_backward(dy, cache), want, rtol=1e-12, atol=1e-12)
    mean, mean_cache = avgpool2d(x, kernel, stride=stride)
    assert_allclose(mean, view.mean((4, 5)), rtol=1e-12)
    assert_allclose(np.sum(mean * dy), np.sum(x * avgpool2d_backward(dy, mean_cache)), rtol=1e-9)


@given(seed=st.integers(0, 200), kernel=st.integers(1, 4), stride=st.integers(1, 4), pad=st.integers(0, 3))
def test_what_flows_in_flows_out(seed: int, kernel: int, stride: int, pad: int) -> None:
    x = cases.tied((2, 3, 7, 8), seed)
    pad = min(pad, kernel - 1)
    for ties in ("first", "share"):
        y, cache = maxpool2d(x, kernel, stride=stride, pad=pad, ties=ties)  # type: ignore[arg-type]
        dy = cases.images(y.shape, seed)
        assert_allclose(maxpool2d_backward(dy, cache).sum(), dy.sum(), rtol=1e-9, atol=1e-9)
    mean, mean_cache = avgpool2d(x, kernel, stride=stride, pad=pad)
    dmean = cases.images(mean.shape, seed)
    assert_allclose(np.sum(mean * dmean), np.sum(x * avgpool2d_backward(dmean, mean_cache)), rtol=1e-9, atol=1e-9)


def test_negative_pictures_are_not_lifted_to_the_padding() -> None:
    y, _ = maxpool2d(-np.ones((1, 1, 3, 3)), 3, stride=1, pad=1)
    assert_array_equal(y, -np.ones((1, 1, 3, 3)))


def test_same_counts_only_real_cells_unless_told() -> None:
    x = np.ones((1, 1, 3, 3))
    assert_allclose(avgpool2d(x, 2, stride=1, pad="same")[0], 1.0)
    assert avgpool2d(x, 2, stride=1, pad="same", count_include_pad=True)[0][0, 0, 2, 2] == 0.25
    assert avgpool2d(x, 3, stride=1, pad=1)[0][0, 0, 0, 0] == pytest.approx(4 / 9)


def test_an_infinite_cell_is_a_value_like_any_other() -> None:
    x = np.array([[[[-np.inf, -np.inf, np.inf, 1.0]]]])
    y, cache = maxpool2d(x, (1, 2))
    assert_array_equal(y, [[[[-np.inf, np.inf]]]])
    assert_array_equal(maxpool2d_backward([[[[3.0, 4.0]]]], cache), [[[[3.0, 0.0, 4.0, 0.0]]]])


def test_padding_never_wins_even_against_minus_infinity() -> None:
    y, cache = maxpool2d(np.full((1, 1, 1, 1), -np.inf), 3, stride=1, pad=1)
    assert_array_equal(maxpool2d_backward(np.full(y.shape, 5.0), cache), [[[[5.0]]]])


def test_nan_reaches_the_windows_that_see_it() -> None:
    x = cases.images((1, 1, 4, 6))
    x[0, 0, 1, 1] = np.nan
    for op in (maxpool2d, avgpool2d):
        assert_array_equal(np.isnan(op(x, 2)[0][0, 0]), [[True, False, False], [False, False, False]])


@pytest.mark.parametrize(("kernel", "stride", "pad"), [(2, 2, 0), (3, 2, 0), (3, 1, 1), (2, 2, 1)])
def test_where_a_window_holds_nan_nan_is_its_maximum(kernel: int, stride: int, pad: int) -> None:
    torch = oracles.torch()
    x = cases.images((2, 2, 7, 9))
    x[0, 1, 3, 4] = x[1, 0, 0, 0] = np.nan
    y, cache = maxpool2d(x, kernel, stride=stride, pad=pad)
    dy = cases.images(y.shape, 1)
    tensor = torch.tensor(x, requires_grad=True)
    torch.nn.functional.max_pool2d(tensor, kernel, stride, pad).backward(torch.tensor(dy))
    assert_allclose(maxpool2d_backward(dy, cache), tensor.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("ties", "want"), [("first", [0.0, 6.0, 0.0]), ("all", [0.0, 6.0, 6.0]), ("share", [0.0, 3.0, 3.0])]
)
def test_several_nan_tie(ties: Any, want: list[float]) -> None:
    _, cache = maxpool2d([[[[1.0, np.nan, np.nan]]]], (1, 3), ties=ties)
    assert_array_equal(maxpool2d_backward([[[[6.0]]]], cache)[0, 0, 0], want)


def test_inputs_stay_untouched() -> None:
    x = cases.images((2, 3, 6, 7))
    before = x.copy()
    for op, backward in ((maxpool2d, maxpool2d_backward), (avgpool2d, avgpool2d_backward)):
        y, cache = op(x, 3, pad=1)
        dy = y.copy()
        assert_array_equal(backward(dy, cache), backward(dy, cache))
        assert_array_equal(dy, y)
        assert_array_equal(x, before)


X = np.ones((2, 3, 5, 6))


@pytest.mark.parametrize("op", [maxpool2d, avgpool2d])
@pytest.mark.parametrize(
    ("x", "kernel", "settings", "message"),
    [
        (X[0], 2, {}, r"^x: got 3 axes .*wanted 4"),
        (X, 7, {}, r"^kernel: got a window of 7 on 5 rows"),
        (X, 2, {"stride": 0}, r"^stride: got 0, wanted at least 1"),
        (X, 2, {"pad": -1}, r"^pad: got -1, wanted at least 0"),
        (X, 2, {"pad": 2}, r"^pad: got 2 rows for a window of 2, wanted fewer than 2.*Choose pad ≤ 1"),
        (X, 0, {}, r"^kernel: got 0, wanted at least 1"),
        (X, 2.5, {}, r"^kernel: got 2.5, wanted a whole number"),
    ],
)
def test_bad_input_names_the_argument(op: Any, x: Array, kernel: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        op(x, kernel, **settings)


def test_remedies_work() -> None:
    maxpool2d(X, 2, pad=1)
    maxpool2d(X[0][None], 2)
    with pytest.raises(ValueError, match=r"^ties: got 'last'.*ties=\"first\""):
        maxpool2d(X, 2, ties="last")  # type: ignore[arg-type]
    y, cache = maxpool2d(X, 2, ties="first")
    with pytest.raises(ShapeError, match=r"^dy: got \(2, 3, 2\), wanted \(2, 3, 2, 3\)"):
        maxpool2d_backward(y[..., 0], cache)
    maxpool2d_backward(y, cache)
