import os
import re
import time
from pathlib import Path

import ipywidgets
import numpy as np
import pytest

from cnnlab import data, ops
from cnnlab.shapes import ShapeError
from cnnlab.widgets import EdgeLab

GOLDEN = Path(__file__).parent / "golden"
RNG = np.random.default_rng(0)


@pytest.fixture
def lab():
    made = EdgeLab()
    yield made
    made.close()


def loops(image, kernel):
    """A learner's own cross-correlation."""
    r, s = kernel.shape
    out = np.zeros((image.shape[0] - r + 1, image.shape[1] - s + 1))
    for p in range(out.shape[0]):
        for q in range(out.shape[1]):
            out[p, q] = (image[p : p + r, q : q + s] * kernel).sum()
    return out


# The picture.

CASES = {
    "vertical": {},
    "mirrored": {"image": "diagonal", "kernel": "sobel_x", "mirrored": True},
    "wrong": {"fn": lambda image, kernel: loops(image, kernel) * [[1, 1, 0, 1]]},
    "fractions": {"image": [[0.5, 1, 2], [3, -4, 5]], "kernel": [[1 / 3, -1.25]]},
    "gaussian": {"image": np.arange(256, dtype=np.uint8).reshape(16, 16), "kernel": "gaussian"},
}


@pytest.mark.parametrize("name", CASES)
def test_picture_is_the_golden_one(name):
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    lab = EdgeLab(**CASES[name])
    lab.step = 1
    text = lab._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / f"{name}.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    lab.close()


def test_saved_notebook_shows_the_state_and_stays_small():
    lab = EdgeLab("temple", "sobel_x")
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert len(bundle["image/svg+xml"]) < 60_000
    assert len(bundle["image/png"]) < 60_000
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "Step 1 of 271150" in bundle["image/svg+xml"]
    assert bundle == {
        **EdgeLab("temple", "sobel_x")._repr_mimebundle_(),
        **{key: bundle[key] for key in ("application/vnd.jupyter.widget-view+json",)},
    }
    lab.close()


def test_repr_is_a_stable_sentence(lab):
    lab.kernel = "sobel_x"
    lab.step = 6
    assert repr(lab) == (
        "EdgeLab: 6×6 image, sobel_x 3×3 kernel, 4×4 response, step 7 of 16, row 1, column 2, value 40"
    )


# Code.


def test_attributes_are_the_librarys_numbers_and_can_be_set(lab):
    image, kernel = RNG.normal(size=(7, 9)), RNG.normal(size=(2, 3))
    lab.image = image
    lab.kernel = kernel
    np.testing.assert_allclose(lab.response, ops.correlate2d(image, kernel))
    lab.mirrored = True
    np.testing.assert_allclose(lab.response, ops.convolve2d(image, kernel))
    np.testing.assert_array_equal(lab.kernel, kernel)
    assert lab.trace.mirrored


def test_the_cell_shown_is_kept_when_the_response_changes_size(lab):
    lab.step = 4 * 2 + 1  # row 2, column 1 of 4×4
    lab.image = np.ones((9, 9))
    assert divmod(lab.step, 7) == (2, 1)
    lab.image = np.ones((4, 4))
    assert divmod(lab.step, 2) == (1, 1)


def test_a_colour_picture_becomes_brightness(lab):
    colours = RNG.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    lab.image = colours
    np.testing.assert_array_equal(lab.image, data.grey(colours))


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    EdgeLab(kernel=np.ones((7, 7)), image=np.ones((8, 8))).close()
    assert set(registry) == before


# Controls.


def test_every_control_changes_the_picture(lab):
    c = lab.controls
    seen = [lab.response]

    def changed():
        seen.append(lab.response)
        return seen[-1].shape != seen[-2].shape or not np.array_equal(seen[-1], seen[-2])

    c["kernel"].value = "sobel_x"
    assert changed()
    c["mirrored"].value = True
    assert changed()
    c["image"].value = "diagonal"
    assert changed()
    c["weights"].cells[0, 0].value = "1/2"
    assert changed()
    assert c["kernel"].value == "own"
    c["size"].value = 5
    assert changed()
    assert lab.kernel.shape == (5, 5)
    c["undo"].click()
    assert changed()
    assert lab.kernel.shape == (3, 3)
    c["undo"].click()
    assert c["kernel"].value == "sobel_x"
    c["reset"].click()
    assert changed()
    assert repr(lab).startswith("EdgeLab: 6×6 image, vertical 3×3 kernel, 4×4")
    assert lab.message == ""


def test_undo_takes_back_a_refused_change_and_nothing_else(lab):
    c = lab.controls
    c["undo"].click()  # nothing to undo yet
    c["kernel"].value = "sobel_x"
    c["weights"].cells[0, 0].value = "abc"
    assert "got 'abc'" in lab.message
    c["undo"].click()
    assert (lab.message, c["kernel"].value, c["weights"].cells[0, 0].value) == ("", "sobel_x", "1")
    c["undo"].click()
    assert c["kernel"].value == "vertical"
    lab.fn = lambda image, kernel: None
    told = lab.message
    c["weights"].cells[0, 0].value = "abc"
    c["undo"].click()
    assert lab.message == told != ""


def test_typing_the_numbers_of_a_preset_names_it(lab):
    lab.controls["weights"].cells[1, 0].value = "2"
    assert lab.controls["kernel"].value == "own"
    lab.controls["weights"].cells[1, 2].value = "−2"
    assert lab.controls["kernel"].value == "sobel_x"


def test_blur_is_shown_as_a_picture_and_an_edge_with_its_sign(lab):
    lab.controls["kernel"].value = "box"
    assert lab.controls["signed"].value is False
    lab.controls["kernel"].value = "vertical"
    assert lab.controls["signed"].value is True


@pytest.mark.parametrize("kernel", list(data.KERNELS))
def test_every_preset_can_be_chosen_in_every_size_it_has(lab, kernel):
    lab.controls["kernel"].value = kernel
    for size in data.KERNELS[kernel].weights:
        lab.controls["size"].value = size
        np.testing.assert_array_equal(lab.kernel, data.kernel(kernel, size))
    assert lab.message == ""


@pytest.mark.parametrize("text", ["", "abc", "1/0", "nan", "inf", "1e99", "1,5,2", "--1", "1/2/3"])
def test_nonsense_in_a_kernel_cell_is_answered_with_a_sentence(lab, text):
    before = lab.trace
    cell = lab.controls["weights"].cells[0, 1]
    cell.value = "x"  # so that "" is a change too
    cell.value = text
    assert "row 0, column 1" in lab.message
    assert lab.trace is before
    cell.value = "0.5"  # the remedy
    assert lab.message == ""
    assert lab.kernel[0, 1] == 0.5


def test_a_kernel_that_does_not_fit_is_answered_with_a_sentence_and_the_menu_goes_back():
    lab = EdgeLab(np.ones((4, 4)), "box")
    lab.controls["size"].value = 5
    assert "smaller kernel" in lab.message
    assert lab.controls["size"].value == 3
    assert lab.kernel.shape == (3, 3)
    lab.close()


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"image": np.zeros(3)}, ShapeError, "image|picture"),
        ({"image": np.zeros((2, 3, 5))}, ShapeError, "channels|\\(rows, columns, 3\\)"),
        ({"image": np.zeros((0, 4))}, ShapeError, "empty"),
        ({"image": np.full((3, 3), np.nan)}, ValueError, "9 cells that are NaN.*nan_to_num"),
        ({"image": [[1, 2], [3, np.inf]]}, ValueError, "1 cell that is NaN or infinite"),
        ({"seconds": -1}, ValueError, "above 0.*Leave it out"),
        ({"seconds": "5"}, ValueError, "above 0.*Leave it out"),
        ({"image": np.full((3, 3), np.inf)}, ValueError, "infinite"),
        ({"image": np.zeros((3, 3), complex)}, TypeError, "complex128"),
        ({"image": np.full((3, 3), None)}, TypeError, "object"),
        ({"image": [["a", "b"]]}, TypeError, "real numbers"),
        ({"image": [[1, 2], [3]]}, ShapeError, "different lengths"),
        ({"image": "no such picture"}, ValueError, "temple.*Check the spelling"),
        ({"image": np.zeros((2000, 2000))}, ShapeError, r"image\[::2, ::2\]"),
        ({"image": np.full((3, 3), 1e300)}, ValueError, "Scale it"),
        ({"kernel": np.ones((7, 7))}, ShapeError, "smaller kernel"),
        ({"kernel": np.ones((200, 200))}, ShapeError, "at most 7×7"),
        ({"kernel": np.ones(3)}, ShapeError, r"\[\[1, 0, -1\]\]"),
        ({"kernel": np.zeros((0, 0))}, ShapeError, "2 axes"),
        ({"kernel": [[np.nan]]}, ValueError, "kernel: got 1 cell that is"),
        ({"kernel": "sobel"}, ValueError, "sobel_x"),
        ({"fn": 3}, TypeError, "without brackets"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        EdgeLab(**arguments)


def test_bad_values_set_from_code_leave_the_lab_as_it_was(lab):
    before = repr(lab)
    for name, value in (("image", np.zeros(2)), ("kernel", np.ones((9, 9))), ("step", 16), ("fn", "no")):
        with pytest.raises((ValueError, TypeError)):
            setattr(lab, name, value)
    assert repr(lab) == before


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 3), (4, 4), (6, 5)])
def test_even_and_oblong_kernels_are_fine_from_code(lab, shape):
    lab.kernel = RNG.integers(1, 9, shape)
    assert lab.kernel.shape == shape
    shown = [cell for cell in lab.controls["weights"].cells.values() if cell.layout.display != "none"]
    assert len(shown) == (0 if max(shape) > 5 else shape[0] * shape[1])


def test_a_one_pixel_picture(lab):
    lab.kernel = [[2]]
    lab.image = [[21]]
    assert lab.response.tolist() == [[42]]


# The learner's own function.


def test_the_learners_function_drives_the_picture():
    lab = EdgeLab(fn=lambda image, kernel: loops(image, kernel) + np.eye(4))
    np.testing.assert_array_equal(lab.response, ops.correlate2d(lab.image, lab.kernel) + np.eye(4))
    assert "4 of 16 cells differ" in lab._repr_mimebundle_()["image/svg+xml"]
    assert "but your function returned 1." in lab._repr_mimebundle_()["image/svg+xml"]
    lab.fn = loops
    assert "differ" not in lab._repr_mimebundle_()["image/svg+xml"]
    lab.close()


@pytest.mark.parametrize("fn", [ops.correlate2d, ops.convolve2d], ids=["correlates", "mirrors itself"])
def test_with_the_mirror_on_both_kinds_of_function_are_right(fn):
    lab = EdgeLab(kernel="sobel_x", fn=fn, mirrored=True)
    assert not lab.trace.differs.any()
    lab.close()


def raises(image, kernel):
    raise ZeroDivisionError("division by zero")


def spins(image, kernel):
    while True:
        time.sleep(0.01)


def prints(image, kernel):
    for _ in range(3000):
        print("debug")
    return loops(image, kernel)


def spoils(image, kernel):
    out = loops(image, kernel)
    image[:] = 99
    kernel[:] = 99
    return out


BAD = {
    "raises": (raises, "ZeroDivisionError"),
    "None": (lambda image, kernel: None, "return statement"),
    "list": (lambda image, kernel: loops(image, kernel).tolist(), "np.array"),
    "shape": (lambda image, kernel: image, r"np.zeros\(\(4, 4\)\)"),
    "NaN": (lambda image, kernel: loops(image, kernel) * np.nan, "Fill every cell"),
    "arguments": (lambda image: image, "TypeError"),
    "text": (lambda image, kernel: np.full((4, 4), "a"), "array of numbers"),
    "spins": (spins, "stopped after 0.2 seconds"),
    "exits": (lambda image, kernel: exit(), "SystemExit|NameError"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_function_that_fails_is_told_in_a_sentence(name):
    fn, words = BAD[name]
    lab = EdgeLab(fn=fn, seconds=0.2)
    assert re.search(words, lab.message)
    assert "library's" in lab.message
    np.testing.assert_array_equal(lab.response, ops.correlate2d(lab.image, lab.kernel))
    lab.fn = loops  # the remedy: a function that works
    assert lab.message == ""
    lab.close()


def test_an_unwritten_function_is_no_error():
    def todo(image, kernel):
        raise NotImplementedError("not written yet")

    lab = EdgeLab(fn=todo)
    assert "not written yet" in lab.message
    lab.close()


def test_the_last_good_picture_stays_when_the_function_fails_on_a_new_setting():
    lab = EdgeLab(fn=lambda image, kernel: loops(image, kernel) if kernel[1, 1] == 0 else None)
    before = lab.trace
    lab.controls["kernel"].value = "laplacian"
    assert "return statement" in lab.message
    assert lab.trace is before
    assert lab.controls["kernel"].value == "vertical"
    lab.controls["kernel"].value = "sobel_y"
    assert lab.message == ""
    lab.close()


def test_prints_are_kept_from_the_notebook_and_inputs_are_copies(capsys):
    lab = EdgeLab(fn=prints)
    assert capsys.readouterr().out == ""
    assert "3,000 lines" in lab._repr_mimebundle_()["image/svg+xml"]
    lab.fn = spoils
    np.testing.assert_array_equal(lab.image, data.step_image())
    assert not lab.trace.differs.any()
    lab.close()
