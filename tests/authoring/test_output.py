import base64
import io

import numpy as np
from PIL import Image, PngImagePlugin

from cnnlab.authoring.output import plain_png


def test_remarks_go_and_pixels_stay() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    remarks = PngImagePlugin.PngInfo()
    remarks.add_text("Software", "Matplotlib version 9.9")
    remarks.add_itxt("Creation Time", "now")
    with_remarks, without = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(with_remarks, "png", pnginfo=remarks)
    Image.fromarray(pixels).save(without, "png")
    plain = base64.b64decode(plain_png(base64.b64encode(with_remarks.getvalue()).decode() + "\n"))
    assert b"Matplotlib" in with_remarks.getvalue()
    assert plain == without.getvalue()
    with Image.open(io.BytesIO(plain)) as picture:
        assert np.array_equal(np.asarray(picture), pixels)
