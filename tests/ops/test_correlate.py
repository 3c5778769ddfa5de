"""Correlation: loops, the numeric gradient and algebra agree; bad input is told apart; remedies work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from cnnlab.ops import convolve2d, correlate2d, correlate2d_backward
from cnnlab.shapes import ShapeError
from tests import oracles

Array = NDArray[Any]
cells = st.floats(-100, 100, width=32)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Array, Array]:
    """An image and a kernel that fits, of any sizes up to 7×7."""
    h, w = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    r, s = draw(st.integers(1, h)), draw(st.integers(1, w))
    return draw(hnp.arrays(np.float64, (h, w), elements=cells)), draw(hnp.arrays(np.float64, (r, s), elements=cells))


def test_the_lecture_example() -> None:
    image = np.array([[10.0, 10, 10, 0, 0, 0]] * 6)
    kernel = np.array([[1.0, 0, -1]] * 3)
    np.testing.assert_array_equal(correlate2d(image, kernel), [[0, 30, 30, 0]] * 4)


@given(pairs())
def test_equals_the_loops(pair: tuple[Array, Array]) -> None:
    np.testing.assert_allclose(correlate2d(*pair), oracles.correlate2d(*pair), rtol=1e-9, atol=1e-9)


@given(pairs())
def test_convolution_is_correlation_with_the_kernel_turned(pair: tuple[Array, Array]) -> None:
    image, kernel = pair
    turned = np.rot90(kernel, 2)
    np.testing.assert_allclose(convolve2d(image, kernel), oracles.correlate2d(image, turned), rtol=1e-9, atol=1e-9)


@given(pairs(), st.data())
def test_backward_is_the_adjoint(pair: tuple[Array, Array], data: st.DataObject) -> None:
    image, kernel = pair
    out = correlate2d(image, kernel)
    dout = data.draw(hnp.arrays(np.float64, out.shape, elements=cells))
    grads = correlate2d_backward(dout, image, kernel)
    inner = np.sum(out * dout)  # linear in each input, so ⟨forward, dout⟩ = ⟨input, gradient⟩
    scale = 1e-9 * (1 + np.abs(out * dout).sum() + np.abs(image).sum() * np.abs(kernel).sum() * np.abs(dout).sum())
    assert abs(np.sum(image * grads.dimage) - inner) <= scale
    assert abs(np.sum(kernel * grads.dkernel) - inner) <= scale


def test_backward_equals_the_numeric_gradient() -> None:
    rng = np.random.default_rng(0)
    image, kernel, dout = rng.normal(size=(5, 7)), rng.normal(size=(2, 3)), rng.normal(size=(4, 5))
    grads = correlate2d_backward(dout, image, kernel)
    for array, gradient in ((image, grads.dimage), (kernel, grads.dkernel)):
        for index in np.ndindex(array.shape):
            before = array[index]
            array[index] = before + 1e-6
            up = np.sum(correlate2d(image, kernel) * dout)
            array[index] = before - 1e-6
            down = np.sum(correlate2d(image, kernel) * dout)
            array[index] = before
            assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("image", "kernel", "wanted"),
    [(np.float32, np.float32, np.float32), (np.uint8, np.int64, np.float64), (np.uint8, np.uint8, np.float64),
     (np.float32, np.float64, np.float64), (bool, np.int8, np.float64)],
)  # fmt: skip
def test_dtypes(image: Any, kernel: Any, wanted: Any) -> None:
    assert correlate2d(np.ones((3, 3), image), np.ones((2, 2), kernel)).dtype == wanted


def test_bytes_do_not_wrap_and_inputs_stay() -> None:
    image, kernel = np.full((2, 2), 200, np.uint8), np.full((2, 2), -3, np.int8)
    image.flags.writeable = kernel.flags.writeable = False
    assert correlate2d(image, kernel).item() == -2400


@pytest.mark.parametrize(
    ("image", "kernel", "message"),
    [
        (np.ones((3, 3, 3)), np.ones((2, 2)), r"image: got 3 axes .*image\[\.\.\., 0\]"),
        (np.ones((3, 3)), np.ones(3), r"kernel: got 1 axes"),
        (np.ones((3, 4)), np.ones((4, 3)), r"kernel: got 4×3 on an image of 3×4"),
        (np.ones((3, 3)), np.ones((0, 3)), r"kernel: got 0×3"),
    ],
)
def test_shapes_that_do_not_fit(image: Array, kernel: Array, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        correlate2d(image, kernel)
    with pytest.raises(ShapeError, match=message):
        convolve2d(image, kernel)


@pytest.mark.parametrize("image", [np.ones((2, 2)) * 1j, np.array([["a", "b"]]), np.array([[None]])])
def test_what_is_no_real_number(image: Array) -> None:
    with pytest.raises(TypeError, match=r"image: got dtype .*wanted real numbers"):
        correlate2d(image, [[1.0]])


def test_backward_wants_the_shape_of_the_response() -> None:
    with pytest.raises(ShapeError, match=r"dout: got \(3, 3\), wanted \(2, 2\)"):
        correlate2d_backward(np.ones((3, 3)), np.ones((3, 3)), np.ones((2, 2)))
