import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from cnnlab.widgets import EdgeLab
from cnnlab.widgets.upload import LONG_SIDE, open_picture


def file(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


NOW = datetime(2020, 1, 1, tzinfo=UTC)
RAMP = Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6) * 10)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P", "LA"])
def test_modes(mode):
    grey, note = open_picture(file(RAMP.convert(mode)))
    assert grey.shape == (4, 6)
    assert grey.dtype == np.uint8
    assert note == ""


def test_cmyk_jpeg_and_gif():
    assert open_picture(file(Image.new("CMYK", (9, 7), (0, 0, 0, 0)), "JPEG"))[0].min() > 250
    frames = [RAMP, RAMP.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    grey, note = open_picture(file(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_array_equal(grey, np.asarray(RAMP))
    assert "first frame" in note


def test_transparent_palette_is_laid_on_white():
    picture = Image.new("P", (2, 1), 0)
    picture.putpalette([0, 0, 0, 10, 10, 10])
    picture.putpixel((1, 0), 1)
    assert open_picture(file(picture, transparency=0))[0].tolist() == [[255, 10]]


def test_sixteen_bits_are_spread():
    deep = Image.fromarray(np.array([[0, 30000, 60000]], np.uint16))
    grey, note = open_picture(file(deep))
    assert grey.tolist() == [[0, 127, 255]]
    assert "spread" in note


def test_a_cameras_turn_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn a quarter
    assert open_picture(file(RAMP.convert("RGB"), "JPEG", exif=exif))[0].shape == (6, 4)


def test_large_photographs_are_shrunk_and_it_is_said():
    grey, note = open_picture(file(Image.new("RGB", (4000, 3000), "red"), "JPEG"))
    assert grey.shape == (480, LONG_SIDE)
    assert "shrunk from 3000×4000 to 480×640" in note


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no picture"),
        (b"just text", "no picture"),
        (file(RAMP)[:40], "no picture|read to its end"),
        (file(Image.effect_noise((200, 200), 50))[:-5000], "read to its end"),
        (file(Image.new("1", (10_000, 5_000))), "10000×5000 pixels.*Save the picture smaller"),
        (file(Image.new("1", (20_000, 10_000))), "Save the picture smaller"),
    ],
    ids=["empty", "text", "header only", "truncated", "50 megapixels", "200 megapixels"],
)
def test_what_cannot_be_shown_is_answered_with_a_remedy(content, words):
    with pytest.raises(ValueError, match=words):
        open_picture(content)


def test_uploads_reach_the_lab_and_bad_ones_leave_its_picture():
    lab = EdgeLab()
    before = lab.trace

    def upload(content):
        lab.controls["upload"].value = (
            {"name": "a.png", "type": "image/png", "size": len(content), "content": content, "last_modified": NOW},
        )

    upload(b"nonsense")
    assert "no picture" in lab.message
    assert lab.trace is before
    upload(file(RAMP))
    assert lab.message == ""
    np.testing.assert_array_equal(lab.image, np.asarray(RAMP))
    assert lab.controls["image"].value == "your picture"
    lab.controls["image"].value = "step"
    lab.controls["image"].value = "your picture"
    assert lab.image.shape == (4, 6)
    lab.close()


def test_a_path_and_a_pillow_image(tmp_path):
    path = tmp_path / "ramp.png"
    path.write_bytes(file(RAMP))
    for given in (path, str(path), RAMP):
        lab = EdgeLab(given)
        np.testing.assert_array_equal(lab.image, np.asarray(RAMP))
        lab.close()
