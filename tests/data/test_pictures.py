"""Pictures: their shapes, their grey, and what is no picture."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.data import grey, photograph, step_image
from cnnlab.shapes import ShapeError


def test_photographs_are_colour_and_become_grey() -> None:
    for name in ("temple", "flower"):
        picture = photograph(name)  # type: ignore[arg-type]
        assert picture.shape == (427, 640, 3)
        assert grey(picture).shape == (427, 640)
        assert grey(picture).dtype == np.uint8
        assert np.ptp(grey(picture)) > 200


def test_photographs_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_sample_image

    np.testing.assert_array_equal(photograph("temple"), load_sample_image("china.jpg"))


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'cnnlab\[lab\]'"):
        photograph()


def test_unknown_photograph() -> None:
    with pytest.raises(ValueError, match="name: got 'cat', wanted one of temple, flower"):
        photograph("cat")  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0, 1, 100, 254, 255])
def test_grey_keeps_grey_levels(level: int) -> None:
    assert grey(np.full((1, 1, 3), level, np.uint8)).item() == level


def test_floats_stay_floats_and_alpha_is_ignored() -> None:
    picture = np.ones((2, 3, 4), np.float32)
    picture[..., 3] = 0
    assert grey(picture).dtype == np.float32
    np.testing.assert_allclose(grey(picture), np.ones((2, 3)), rtol=1e-6)
    assert grey(np.ones((2, 3, 1))).shape == (2, 3)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (1, 2, 2, 3)])
def test_what_is_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"picture: got shape .*picture\[0\]"):
        grey(np.ones(shape))


def test_steps() -> None:
    assert step_image(left=0, right=10)[0].tolist() == [0, 0, 0, 10, 10, 10]
    assert step_image(5).shape == (5, 5)
