import numpy as np
import pytest

from cnnlab import data

EVERY = [(name, size) for name, preset in data.KERNELS.items() for size in preset.weights]


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_edges_ignore_flat_pictures_and_the_others_keep_them(name, size):
    keeps = name in ("box", "gaussian", "sharpen", "identity")
    weights = data.kernel(name, size)
    assert weights.shape == (size, size)
    assert weights.sum() == pytest.approx(1 if keeps else 0)


@pytest.mark.parametrize("name", ["sobel", "scharr", "prewitt"])
def test_y_is_x_turned(name):
    np.testing.assert_array_equal(data.kernel(f"{name}_y"), data.kernel(f"{name}_x").T)


def test_unknown_names_and_sizes_offer_a_remedy():
    with pytest.raises(ValueError, match=r"got 'sobel', wanted one of .*sobel_x"):
        data.kernel("sobel")
    with pytest.raises(ValueError, match="size=3"):
        data.kernel("sobel_x", 5)
