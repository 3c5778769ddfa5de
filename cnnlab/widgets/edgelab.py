"""EdgeLab: slide any kernel over any picture and see every product. Played in notebook 01."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ipywidgets as w
import numpy as np
from numpy.typing import NDArray

from cnnlab import data
from cnnlab.traces import CorrelationTrace, trace_correlation
from cnnlab.traces.number import number
from cnnlab.widgets.edgelab_picture import View, draw
from cnnlab.widgets.explorer import Control, Explorer
from cnnlab.widgets.inputs import IMAGES, Picture, read_file, read_image, read_kernel, read_switch
from cnnlab.widgets.learner import Function
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.weights import Weights, changed, typed

__all__ = ["EdgeLab"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Setting:
    """Everything the controls choose."""

    image: str  # a name in the menu
    kernel: str  # "own" when its weights have no name
    weights: Floats
    mirrored: bool
    signed: bool


class EdgeLab(Explorer):
    """An image, a kernel and the response, with the arithmetic of every window.

    Parameters
    ----------
    image
        A name ("step", "step_dark", "horizontal", "diagonal", "temple", "flower"), an array (H, W) or (H, W, 3), a
        picture file's path or a Pillow image.
    kernel
        A name of :data:`cnnlab.data.KERNELS` or an array (R, S), up to 7×7.
    fn
        Your own cross-correlation ``fn(image, kernel)``: the response shown is what it returns, and cells that differ
        from the library's are marked. With `mirrored` it is handed the mirrored kernel; a function that turns out to
        mirror by itself is handed the kernel as it is.
    mirrored
        Mirror the kernel first: mathematical convolution.
    seconds
        Time after which `fn` is stopped.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot be used; the message says what to do. Errors of `fn` are told inside the widget.

    Examples
    --------
    >>> lab = EdgeLab(kernel="vertical")
    >>> lab
    EdgeLab: 6×6 image, vertical 3×3 kernel, 4×4 response, step 1 of 16, row 0, column 0, value 0
    >>> lab.step = 1
    >>> lab.response[0, 1]
    np.float64(30.0)
    >>> lab.close()
    """

    signature = "cross_correlate2d(image, kernel)"
    exported: ClassVar = {
        "image": ("step", "step_dark", "horizontal", "diagonal"),
        "kernel": ("vertical", "horizontal", "sobel_x", "box"),
        "size": (),
        "signed": (),
    }

    def __init__(
        self,
        image: Any = None,
        kernel: Any = None,
        *,
        fn: Function | None = None,
        mirrored: bool = False,
        seconds: float = 5.0,
    ) -> None:
        self._pictures: dict[str, Picture] = {}
        name, weights = read_kernel("vertical" if kernel is None else kernel)
        picture = self._add("step" if image is None else image)
        setting = Setting(picture, name, weights, read_switch("mirrored", mirrored), _is_signed(weights))
        super().__init__(setting, fn=fn, seconds=seconds)

    # What code can read and set.

    @property
    def image(self) -> Floats:
        """The image, (H, W); set it to an array, a name or a path."""
        image: Floats = self._trace.image
        return image

    @image.setter
    def image(self, image: Any) -> None:
        self._change(image=self._add(image))

    @property
    def kernel(self) -> Floats:
        """The kernel as given, (R, S); set it to an array or a name."""
        kernel: Floats = self._trace.kernel
        return kernel

    @kernel.setter
    def kernel(self, kernel: Any) -> None:
        name, weights = read_kernel(kernel)
        self._change(kernel=name, weights=weights, signed=_is_signed(weights))

    @property
    def mirrored(self) -> bool:
        """Whether the kernel is mirrored before it is multiplied."""
        return bool(self._setting.mirrored)

    @mirrored.setter
    def mirrored(self, mirrored: bool) -> None:
        self._change(mirrored=read_switch("mirrored", mirrored))

    @property
    def response(self) -> Floats:
        """The response shown, (P, Q)."""
        response: Floats = self._trace.response
        return response

    # From a setting to the picture.

    def _add(self, image: Any) -> str:
        """Read an image and keep it under the name by which the menu knows it."""
        if isinstance(image, str) and image in self._pictures:
            return image
        picture = read_image(image)
        name = image if isinstance(image, str) and image in IMAGES else picture.name
        self._pictures[name] = picture
        return name

    def _draw(self, setting: Setting) -> tuple[CorrelationTrace, Scene, str]:
        picture = self._pictures[setting.image]
        trace = trace_correlation(picture.image, setting.weights, mirrored=setting.mirrored)
        trace, note, message = self._answered(trace)
        notes = tuple(filter(None, (picture.note, note)))
        return trace, draw(trace, View(picture.levels, picture.name, setting.signed, notes)), message

    def _answered(self, trace: CorrelationTrace) -> tuple[CorrelationTrace, str, str]:
        """Let the learner's function compute the response of a trace."""
        response, note, message = self._ask(trace.expected, trace.image, trace.weights)
        asked = replace(trace, response=response)
        if trace.mirrored and asked.differs.any():  # perhaps it mirrors by itself, as convolve2d does
            turned = replace(trace, response=self._ask(trace.expected, trace.image, trace.kernel)[0])
            if not turned.differs.any():
                return turned, f"{note} It mirrors the kernel itself.", message
        return asked, note, message

    def _summary(self) -> str:
        (h, w), (r, s), (p, q) = self.image.shape, self.kernel.shape, self.response.shape
        mirrored = ", mirrored" if self.mirrored else ""
        return (
            f"{h}×{w} image, {self._setting.kernel} {r}×{s} kernel{mirrored}, {p}×{q} response, "
            f"{self.place}, value {number(self.response.flat[self.step], self._trace.decimals)}"
        )

    # The controls.

    def _controls(self) -> list[Control]:
        presets = [(preset.title, name) for name, preset in data.KERNELS.items()]
        field, auto = {"width": "250px", "max_width": "100%"}, {"width": "auto"}
        label, pair = {"description_width": "56px"}, {"button_width": "76px"}
        image = w.Dropdown(description="Image", layout=field, style=label)
        kernel = w.Dropdown(description="Kernel", options=[*presets, ("own", "own")], layout=field, style=label)
        size = w.ToggleButtons(options=[("3×3", 3), ("5×5", 5)], style=pair)
        weights = Weights(5, "lab.kernel = …")
        mirror = w.ToggleButton(description="Mirror kernel (convolution)", icon="exchange", layout=auto)
        signs = [("signed", True), ("grey", False)]
        colours = w.ToggleButtons(description="Response", options=signs, style=pair | {"description_width": "auto"})
        upload = w.FileUpload(accept="image/*", description="Your picture", layout=auto)
        return [
            Control("image", image, "Image", read=lambda s, name: replace(s, image=self._add(name)), also=self._images),
            Control("kernel", kernel, "Kernel", read=lambda s, name: _preset(s, name, size.value or 3)),
            Control(
                "size",
                size,
                "Kernel 3 by 3|Kernel 5 by 5",
                read=lambda s, side: _preset(s, s.kernel, side),
                write=lambda s: len(s.weights) if s.weights.shape in ((3, 3), (5, 5)) else None,
                also=lambda s: {"disabled": s.kernel != "own" and len(data.KERNELS[s.kernel].weights) < 2},
            ),
            Control("weights", weights, weights.names, 1, _typed, lambda s: typed(s.weights), stays=True),
            Control("mirrored", mirror, "Mirror kernel (convolution)", 2),
            Control("signed", colours, "Response in signed colours|Response in grey", 2),
            Control("upload", upload, "Your picture", None, self._uploaded, lambda s: ()),
        ]

    def _images(self, setting: Setting) -> dict[str, Any]:
        own = {name: name for name in self._pictures if name not in IMAGES}
        names = {key: name for key, (name, _) in IMAGES.items()} | own
        return {"options": [(name, key) for key, name in names.items()]}

    def _uploaded(self, setting: Setting, files: tuple[dict[str, Any], ...]) -> Setting:
        picture = read_file(bytes(files[0]["content"]))
        self._pictures[picture.name] = picture
        return replace(setting, image=picture.name)


def _preset(setting: Setting, name: str, size: int) -> Setting:
    if name == "own":
        weights = _resized(setting.weights, size)
    else:
        weights = data.kernel(name, size if size in data.KERNELS[name].weights else 3)
    return replace(setting, kernel=name, weights=weights, signed=_is_signed(weights))


def _typed(setting: Setting, texts: Any) -> Setting:
    name, weights = read_kernel(changed(setting.weights, texts))
    return replace(setting, kernel=name, weights=weights)


def _is_signed(weights: Floats) -> bool:
    """Tell whether a response can be negative though the image is not: then its sign is worth a colour."""
    return bool((weights < 0).any())


def _resized(weights: Floats, size: int) -> Floats:
    """Surround a kernel with zeros, or keep its middle, so that it is `size` cells square."""
    out = np.zeros((size, size))
    rows, columns = (min(size, n) for n in weights.shape)
    to = tuple(slice((size - n) // 2, (size - n) // 2 + n) for n in (rows, columns))
    of = tuple(slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(weights.shape, (rows, columns), strict=True))
    out[to] = weights[of]
    return out
