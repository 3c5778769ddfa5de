import io

import numpy as np
import pytest
from PIL import Image

from cnnlab.widgets.colour import GREY, SIGNED, STRIPE, TOP, colour_png, hex_colour, ink, levels, palette_png


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_signed_colours_get_lighter_all_the_way_so_that_they_survive_print():
    light = [luminance(hex_colour(SIGNED, level)) for level in range(0, TOP + 1, 8)]
    assert all(np.diff(light) > 0)


def test_zero_has_the_middle_level():
    assert levels(np.array([-3.0, 0.0, 3.0]), -3, 3).tolist() == [0, TOP // 2, TOP]


def test_a_flat_picture_is_mid_grey():
    assert levels(np.zeros((2, 2)), 0, 0).tolist() == [[TOP // 2] * 2] * 2


@pytest.mark.parametrize("palette", [GREY, SIGNED], ids=["grey", "signed"])
def test_ink_is_readable_on_every_colour(palette):
    for level in range(TOP + 1):
        ground, text = sorted((luminance(hex_colour(palette, level)), luminance(ink(palette, level))))
        assert (text + 0.05) / (ground + 0.05) >= 4.5


def test_palette_png_is_read_back_by_pillow():
    pixels = np.array([[0, 127, 254], [STRIPE, 1, 2]], np.uint8)
    picture = Image.open(io.BytesIO(palette_png(pixels, SIGNED)))
    picture.verify()
    picture = Image.open(io.BytesIO(palette_png(pixels, SIGNED))).convert("RGB")
    np.testing.assert_array_equal(np.asarray(picture), SIGNED[pixels])


def test_the_smallest_numbers_there_are_have_a_place_too():
    assert levels(np.array([-5e-324, 0.0, 5e-324]), -5e-324, 5e-324).tolist() == [0, 127, 254]


def test_one_level_lets_the_page_shine_through():
    pixels = np.array([[0, STRIPE]], np.uint8)
    picture = Image.open(io.BytesIO(palette_png(pixels, GREY, clear=STRIPE))).convert("RGBA")
    assert [picture.getpixel((x, 0))[3] for x in (0, 1)] == [255, 0]


def test_a_picture_in_full_colour_is_read_back_by_pillow():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(colour_png(pixels)))), pixels)
