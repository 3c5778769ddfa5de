"""What the browser looks up is what the trace says: a picture cannot lie."""

import io
import re
from base64 import b64encode
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFont

from cnnlab.traces import trace_correlation
from cnnlab.traces.number import number
from cnnlab.widgets import EdgeLab, PoolExplorer, SlidingWindow, VolumeConv
from cnnlab.widgets.colour import GREY, palette_png
from cnnlab.widgets.edgelab_picture import View, draw
from cnnlab.widgets.inputs import read_image
from cnnlab.widgets.png import png
from cnnlab.widgets.scene import Scene, Slot
from cnnlab.widgets.svg import At, Label, Panel, Raster, text_width

VALUES = st.one_of(st.integers(-99, 255).map(float), st.floats(-9, 9, width=32))


@st.composite
def traces(draw_):
    h, w = draw_(st.integers(1, 15)), draw_(st.integers(1, 15))
    r, s = draw_(st.integers(1, min(5, h))), draw_(st.integers(1, min(5, w)))
    image = draw_(arrays(np.float64, (h, w), elements=VALUES))
    kernel = draw_(arrays(np.float64, (r, s), elements=st.one_of(st.integers(-4, 4).map(float), st.floats(-1, 1))))
    trace = trace_correlation(image, kernel, mirrored=draw_(st.booleans()))
    if draw_(st.booleans()):
        trace = trace_correlation(
            image, kernel, mirrored=trace.mirrored, response=trace.expected + draw_(st.floats(0, 3))
        )
    return trace


@settings(max_examples=60, deadline=None)
@given(traces(), st.data())
def test_every_word_at_every_step_is_the_traces_number(trace, data):
    scene = draw(trace, View(read_image(trace.image).levels))
    step = data.draw(st.integers(0, len(trace) - 1))
    still, truth = scene.at(step), trace[step]
    d = trace.decimals
    for (r, s), value in np.ndenumerate(truth.window):
        assert still.word(f"w{r}_{s}") == number(value, d)
        assert still.word(f"p{r}_{s}") == number(truth.products[r, s], d)
    assert still.word("value") == number(truth.value, d)
    assert still.sentence("formula") == truth.formula
    assert truth.sentence.removeprefix("Row ") in still.sentence("cell")


@settings(max_examples=30, deadline=None)
@given(traces())
def test_the_bytes_hold_what_the_look_up_reads(trace):
    scene = draw(trace, View(read_image(trace.image).levels))
    described, buffers = scene.description(), scene.buffers()
    for name, codes in scene.arrays.items():
        dtype = {"Uint8Array": "<u1", "Uint16Array": "<u2", "Int32Array": "<i4", "Float64Array": "<f8"}
        sent = np.frombuffer(buffers[name], dtype[described["arrays"][name]["type"]])
        np.testing.assert_array_equal(sent.reshape(-1, described["arrays"][name]["columns"]), codes.values)


def test_an_input_cell_knows_the_outputs_it_feeds():
    trace = trace_correlation(np.arange(30.0).reshape(5, 6), np.ones((3, 2)))
    scene = draw(trace, View(read_image(trace.image).levels))
    for i, j in np.ndindex(5, 6):
        still = scene.at(0)
        still.cursors = {"cell": (0, 0), "probe": (i, j)}
        touched = np.argwhere(
            [[p <= i < p + 3 and q <= j < q + 2 for q in range(5)] for p in range(3)]
        )  # by the definition: the window at (p, q) covers (i, j)
        for axis, name in enumerate(("fed_rows", "fed_columns")):
            ends = [int(text) for text in re.findall(r"\d+", still.word(name))]
            assert (min(ends), max(ends)) == (touched[:, axis].min(), touched[:, axis].max())


@pytest.mark.parametrize("step", [0, 5, 15])
def test_the_picture_is_well_formed_xml_without_a_leaking_style(step):
    import xml.etree.ElementTree as ElementTree

    trace = trace_correlation(np.eye(6), np.eye(3))
    text = draw(trace, View(read_image(trace.image).levels)).at(step).svg()
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert "<style" not in text
    assert " id=" not in text  # ids of two pictures on one page would meet


def test_rectangles_are_looked_up_and_painted_where_they_stand():
    import io

    from PIL import Image

    from cnnlab.widgets.png import png
    from cnnlab.widgets.scene import Scene, Slot
    from cnnlab.widgets.svg import Blocks, Panel, rectangles

    table = [rectangles([(0, 0, 10, 10)]), rectangles([(20, 0, 10, 5), (20.5, 10, 10, 10)])]
    panel = Panel("Blocks", 40, 20, (Blocks(fill="#ff0000", slot="blocks"), Blocks("M35 0h5v20h-5z", "#0000ff")))
    scene = Scene(2, 1, ((panel,),), {"blocks": Slot(table="blocks", axis="row")}, {"blocks": table}, {}, {})
    assert '<path data-path="blocks" d="M20 0h10v5h-10zM20.5 10h10v10h-10z" fill="#ff0000"/>' in scene.at(1).svg()
    pixels = Image.open(io.BytesIO(png(panel, scene.at(1)))).convert("RGB")
    colours = [pixels.getpixel(place) for place in ((25, 2), (25, 15), (25, 8), (5, 5), (37, 10))]
    assert colours == [(255, 0, 0), (255, 0, 0), (255, 255, 255), (255, 255, 255), (0, 0, 255)]


def test_a_colour_that_lets_the_ground_through_is_pale_in_a_saved_png():
    import io

    from PIL import Image

    from cnnlab.widgets.png import png
    from cnnlab.widgets.scene import Scene
    from cnnlab.widgets.svg import Box, Panel

    panel = Panel("Stripe", 10, 10, (Box(0, 0, 10, 10, "#80808018"),))
    pixels = Image.open(io.BytesIO(png(panel, Scene(1, 1, ((panel,),), {}, {}, {}, {}).at(0)))).convert("RGB")
    assert pixels.getpixel((5, 5)) == pytest.approx((243, 243, 243), abs=1)  # 24 of 255 parts of grey on white


def test_a_picture_is_looked_up_and_only_that_one_is_saved():
    panel = Panel("Film", 20, 20, (Raster(0, 0, 20, 20, slot="film"),))
    pictures = {f"{n}.png": palette_png(np.full((2, 2), n, np.uint8), GREY) for n in (0, 200)}
    table = {"film": list(pictures)}
    scene = Scene(
        2, 1, ((panel,),), {"film": Slot(table="film", axis="row")}, table, {}, {}, assets=pictures, small=pictures
    )
    assert 'data-picture="film"' in scene.html()
    for step, name in enumerate(pictures):
        saved = scene.at(step).svg()
        assert b64encode(pictures[name]).decode() in saved
        assert saved.count("base64") == 1
        shown = Image.open(io.BytesIO(png(scene.at(step).card(), scene.at(step)))).convert("RGB")
        assert shown.getpixel((20, 44)) == tuple(GREY[int(name[:-4])])


def measured(words, size, *, bold=False):
    """How wide DejaVu Sans is: matplotlib brings the font along."""
    weight = "-Bold" if bold else ""
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", f"DejaVuSans{weight}.ttf"), 100)
    return font.getlength(words) * size / 100


@pytest.mark.parametrize("words", ["−1000000", "max(−1000000, −1000000)", "1000000·(−10000) + 0.125", "≤ −10518", "0"])
@pytest.mark.parametrize("bold", [False, True])
def test_an_estimated_width_is_near_the_true_one(words, bold):
    true = measured(words, 14, bold=bold)
    assert 0.97 * true <= text_width(words, 14, bold=bold) <= 1.12 * true


def in_grey(lab):
    lab.controls["signed"].value = False
    return lab


FULL = np.full((3, 7, 7), -1e6)
NOISE = np.random.default_rng(0).normal(size=(16, 12))


@pytest.mark.parametrize(
    "make",
    [
        lambda: EdgeLab(FULL[0], np.full((7, 7), 9999.0)),
        lambda: in_grey(EdgeLab(NOISE - 5, np.full((3, 3), 0.333))),
        lambda: PoolExplorer(FULL, size=3),
        lambda: PoolExplorer(FULL, size=4, mode="average"),
        lambda: SlidingWindow(FULL[0], np.full((7, 7), 999.5)),
        lambda: VolumeConv(FULL / 123.4, np.full((4, 3, 3, 3), -1.23), pad=1, stride=1, relu=True),
    ],
)
def test_no_text_of_a_saved_picture_sticks_out_or_lies_on_another(make):
    lab = make()
    still = lab._scene.at(0)
    card = still.card()
    boxes = []
    for label, left, top in texts(card.shapes):
        words = still.word(label.slot) if label.slot else label.text
        wide = measured(words, label.size, bold=label.bold)
        x = left + label.x - {"start": 0, "middle": 0.5, "end": 1}[label.anchor] * wide
        boxes.append((x, top + label.y, wide, 0.7 * label.size, words))
    lab.close()
    assert [words for x, _, wide, _, words in boxes if not 0 <= x <= x + wide <= card.width] == []
    for n, (x, y, wide, tall, words) in enumerate(boxes):
        for x2, y2, wide2, tall2, other in boxes[:n]:
            apart = x + wide <= x2 + 1 or x2 + wide2 <= x + 1 or abs(y - y2) >= (tall + tall2) / 2
            assert apart, (words, other)


def texts(shapes, left=0.0, top=0.0):
    """Every label, and where its origin lies; of what follows a cursor nothing is written."""
    for shape in shapes:
        if isinstance(shape, Label):
            yield shape, left, top
        if isinstance(shape, At):
            yield from texts(shape.shapes, left + shape.x, top + shape.y)
