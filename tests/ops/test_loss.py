"""Losses: the plain formula, the numeric gradient and PyTorch agree; bad scores and labels are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cnnlab.gradcheck import numerical_gradient
from cnnlab.ops import hinge, hinge_backward, softmax, softmax_cross_entropy, softmax_cross_entropy_backward
from tests import cases, oracles

LOSSES = [(softmax_cross_entropy, softmax_cross_entropy_backward), (hinge, hinge_backward)]


@pytest.mark.parametrize(("loss", "backward"), LOSSES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_equals_torch_and_keeps_dtype(loss: Any, backward: Any, dtype: str) -> None:
    torch = oracles.torch()
    s, y = cases.images((5, 4), 1, dtype), np.array([0, 3, 1, 1, 2], np.uint8)
    tensor = torch.tensor(s, requires_grad=True)
    labels = torch.tensor(y.astype(np.int64))
    if loss is softmax_cross_entropy:
        wanted = torch.nn.functional.cross_entropy(tensor, labels)
    else:
        wanted = torch.nn.functional.multi_margin_loss(tensor, labels) * 4  # torch divides by the number of classes
    value, cache = loss(s, y)
    assert type(value) is float
    assert_allclose(value, wanted.item(), rtol=1e-5)
    (grad,) = torch.autograd.grad(wanted, tensor)
    ds = backward(1.0, cache)
    assert ds.dtype == dtype
    assert_allclose(ds, grad.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("loss", "backward"), LOSSES)
def test_backward_equals_the_numeric_gradient(loss: Any, backward: Any) -> None:
    s, y = cases.images((5, 4), 1), np.array([0, 3, 1, 1, 2])
    _, cache = loss(s, y)
    measured = numerical_gradient(lambda a: loss(a, y)[0], s, 3.0)
    assert_allclose(backward(3.0, cache), measured, rtol=1e-7, atol=1e-9)


@given(seed=st.integers(0, 100), shift=st.floats(-1e3, 1e3))
def test_softmax_does_not_see_a_shift(seed: int, shift: float) -> None:
    s = cases.images((3, 4), seed)
    p = softmax(s)
    assert_allclose(p.sum(1), 1)
    assert_allclose(softmax(s + shift), p, rtol=1e-9)


def test_large_scores_do_not_overflow() -> None:
    loss, cache = softmax_cross_entropy([[1000.0, -1000.0]], [1])
    assert loss == 2000.0
    assert_array_equal(softmax_cross_entropy_backward(1.0, cache), [[1.0, -1.0]])


def test_scores_stay_untouched() -> None:
    s = cases.images((3, 4))
    before = s.copy()
    for loss, _ in LOSSES:
        loss(s, [0, 1, 2])
    assert_array_equal(s, before)


S = np.zeros((3, 4))


@pytest.mark.parametrize(("loss", "backward"), LOSSES)
@pytest.mark.parametrize(
    ("scores", "labels", "error", "message"),
    [
        (S[0], [0], ValueError, r"^scores: got 1 axes.*scores\[None\]"),
        (S[:0], [], ValueError, r"^scores: got shape \(0, 4\), .*Skip empty batches"),
        (S, [0, 1], ValueError, r"^labels: got shape \(2,\), wanted \(3,\)"),
        (S, np.eye(4)[:3], ValueError, r"^labels: got shape \(3, 4\).*labels\.argmax\(1\)"),
        (S, [[0], [1], [2]], ValueError, r"labels\[:, 0\]"),
        (S, [0.0, 1.0, 2.0], TypeError, r"^labels: got dtype float64.*labels\.astype\(int\)"),
        (S, [0, 4, 1], ValueError, r"^labels: got 4 for example 1, wanted 0 to 3 for 4 classes"),
        (S, [0, 1, -1], ValueError, r"^labels: got -1 for example 2"),
        ([[0.0, np.nan]], [0], ValueError, r"^scores: got nan for example 0, class 1, .*learning rate"),
        ([[np.inf, 0.0]], [0], ValueError, r"^scores: got inf"),
    ],
)
def test_bad_input_names_the_argument(
    loss: Any, backward: Any, scores: Any, labels: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        loss(scores, labels)


@pytest.mark.parametrize("margin", ["1", -1, None])
def test_a_margin_that_makes_no_sense(margin: Any) -> None:
    with pytest.raises(ValueError, match=rf"^margin: got {margin!r}, wanted a number, at least 0. Write margin=1.0"):
        hinge(S, [0, 1, 2], margin=margin)
    hinge(S, [0, 1, 2], margin=1.0)


@pytest.mark.parametrize(("loss", "backward"), LOSSES)
def test_remedies_work(loss: Any, backward: Any) -> None:
    loss(S[0][None], [0])
    loss(S, np.eye(4)[:3].argmax(1))
    loss(S, np.array([[0], [1], [2]])[:, 0])
    loss(S, np.array([0.0, 1.0, 2.0]).astype(int))
