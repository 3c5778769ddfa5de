"""What the widgets accept: every refusal speaks of the learner's own argument and says what to do."""

import numpy as np
import pytest

from cnnlab.shapes import ShapeError
from cnnlab.widgets import EdgeLab, PoolExplorer, SlidingWindow, VolumeConv
from cnnlab.widgets.inputs import read_image, read_kernel, read_switch, renamed


@pytest.mark.parametrize("value", ["no", 1, None, np.ones(2), [True]])
def test_a_switch_is_true_or_false(value):
    with pytest.raises(TypeError, match=r"relu: got .*wanted True or False. Write relu=True."):
        read_switch("relu", value)
    assert read_switch("relu", np.True_) is True


def test_errors_are_renamed_and_keep_their_kind():
    with pytest.raises(ShapeError, match=r"^w: got 3. Take w.$"), renamed(kernel="w"):
        raise ShapeError("kernel: got 3. Take w.")
    with pytest.raises(ValueError, match=r"^other: got 3"), renamed(kernel="w"):
        raise ValueError("other: got 3")


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: read_image(np.ones(4), "x"), r"^x: got shape \(4,\).*Write one row as"),
        (lambda: read_image(np.ones((2, 3, 8, 8)), "x"), r"^x: got shape.*Take one of a batch with x\[0\]"),
        (lambda: read_image(np.ones((3000, 3000)), "x"), r"^x: got 3000×3000.*1 row and 1 column in 3: x\[::3, ::3\]"),
        (lambda: read_kernel(np.ones((2, 3, 3)), "w"), r"^w: got shape.*Take one of them: w\[0\]"),
        (lambda: read_kernel(np.ones((0, 3)), "w"), "^w: got shape.*at least 1 cell"),
        (lambda: read_kernel([[np.nan]], "w"), r"^w: got 1 cell.*nan_to_num\(w\)"),
        (lambda: read_kernel("edges", "w"), "^w: got 'edges'"),
        (lambda: VolumeConv([[1.0]]), "^w: got a window of 3"),
        (lambda: PoolExplorer([[1.0]]), "^size: got a window of 2"),
        (lambda: VolumeConv(layout=[1]), "^layout: got"),
        (lambda: PoolExplorer(mode=np.ones(2)), "^mode: got"),
        (lambda: VolumeConv(w=np.ones((3, 3))), "^w: got shape.*wanted 4 axes"),
        (lambda: SlidingWindow(dilation=10**9), "^dilation: got 1000000000, wanted at most 64"),
    ],
)
def test_the_argument_and_its_remedy_are_named(read, words):
    with pytest.raises(ValueError, match=words):
        read()


def test_a_file_that_is_no_picture_is_named_by_its_argument(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("words")
    with pytest.raises(ValueError, match=r"^image: got a file that is no picture"):
        EdgeLab(file)
