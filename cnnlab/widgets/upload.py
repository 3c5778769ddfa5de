"""A picture file of any usual kind to brightness levels: checked by its header before it is decoded, shrunk if big."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONG_SIDE", "open_picture", "to_grey"]

LONG_SIDE = 640  # pixels; larger pictures are shrunk to it
MOST_PIXELS = 40_000_000


def open_picture(data: bytes) -> tuple[NDArray[np.uint8], str]:
    """Decode a picture file to grey levels (H, W) and say in a sentence what was done to it, if anything.

    The first frame of an animation is taken, a camera's turn is applied, transparent parts are laid on white.

    Raises
    ------
    ValueError
        If it is no picture, is damaged or has too many pixels; the message has a remedy.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; the size is judged below
            picture = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        raise ValueError("upload: got a file that is no picture. Choose a PNG, JPEG, GIF, WebP or BMP file.") from None
    except Image.DecompressionBombError:
        raise ValueError(_too_many("more than a hundred million pixels")) from None
    except Exception as error:
        raise ValueError(_damaged(error)) from None
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(_too_many(f"{picture.width}×{picture.height} pixels"))
    try:
        return to_grey(picture)
    except Exception as error:  # decoders raise whatever they like on damaged data
        raise ValueError(_damaged(error)) from None


def _too_many(got: str) -> str:
    return (
        f"upload: got {got}, wanted at most {MOST_PIXELS // 1_000_000} million. "
        "Save the picture smaller, 640 pixels wide is plenty, and choose it again."
    )


def _damaged(error: Exception) -> str:
    return f"upload: the picture could not be read to its end ({error}). Save it again or choose another file."


def to_grey(picture: Any) -> tuple[NDArray[np.uint8], str]:
    """Turn an opened Pillow image to grey levels (H, W), at most `LONG_SIDE` long; say what was done to it."""
    from PIL import Image, ImageOps

    size, said = picture.size, []
    if getattr(picture, "n_frames", 1) > 1:
        said.append("first frame of an animation")
    picture.draft("RGB", (LONG_SIDE * 2, LONG_SIDE * 2))  # JPEG: decode at a fraction of the size, much faster
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):  # 16 bits or more a pixel: spread over 0 to 255
        deep = np.asarray(picture, np.float64)
        low, high = float(deep.min()), float(deep.max())
        top = high - low if high > low else 1.0
        picture = Image.fromarray(((deep - low) * (255 / top)).astype(np.uint8))
        said.append("brightness spread over 0 to 255")
    if "transparency" in picture.info or "A" in picture.getbands():
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("RGB").convert("L")
    if max(size) > LONG_SIDE:
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        said.append(f"shrunk from {size[1]}×{size[0]} to {picture.height}×{picture.width} pixels")
    told = "; ".join(said)
    return np.asarray(picture, np.uint8), f"Your picture: {told}." if told else ""
