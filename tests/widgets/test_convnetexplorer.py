"""ConvNetExplorer: layers from controls, the picture's way, training beside the notebook, and all that can go wrong."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import data, models
from cnnlab.data import DataError, Dataset
from cnnlab.layers import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, Sequential
from cnnlab.optim import SGD, Adam
from cnnlab.shapes import ShapeError
from cnnlab.train import fit
from cnnlab.widgets import ConvNetExplorer
from cnnlab.widgets.convnetexplorer_choices import NETS, SETS
from cnnlab.widgets.convnetexplorer_controls import KINDS
from cnnlab.widgets.convnetexplorer_curves import curves
from cnnlab.widgets.convnetexplorer_mosaic import feature_maps, filters
from cnnlab.widgets.svg import Label

GOLDEN = Path(__file__).parent / "golden"
PICTURES = np.array([[[[0, 0, 4, 4]] * 4], [[[0] * 4] * 2 + [[4] * 4] * 2]] * 10, np.float32)  # (20, 1, 4, 4)
LABELS = np.arange(20) % 2
TINY = Dataset(PICTURES, LABELS, ("upright", "flat"))


def edges():
    """A net with whole numbers for weights: its picture is the same on every computer."""
    net = Sequential([Conv2d(2, 3, pad=1), ReLU(), MaxPool2d(2), Flatten(), Dense(2)], (1, 4, 4))
    net.params["conv1.w"][...] = [[[[1, 0, -1]] * 3], [[[1] * 3, [0] * 3, [-1] * 3]]]
    net.params["dense1.w"][...] = np.arange(16).reshape(8, 2) % 3
    return net


@pytest.fixture
def lab():
    made = ConvNetExplorer("small", "digits8")
    yield made
    made.close()


def choose(lab, **values):
    """Set controls as a learner would."""
    for key, value in values.items():
        lab.controls[key].value = value


def press(lab, name):
    """Press a button."""

    def buttons(box):
        for child in getattr(box, "children", ()):
            yield from [child] if isinstance(child, ipywidgets.Button) else buttons(child)

    next(button for button in buttons(lab) if button.description == name).click()


def described(lab):
    return [repr(layer) for layer in lab.network.layers]


def state(lab):
    return lab._panel._state.value


# The picture.


def test_picture_is_the_golden_one():
    """Regenerate with ``CNNLAB_REGENERATE=1 python -m pytest tests/widgets``, then look at what changed."""
    lab = ConvNetExplorer(edges(), TINY)
    text = lab._repr_mimebundle_()["image/svg+xml"].replace("><", ">\n<") + "\n"
    file = GOLDEN / "convnet.svg"
    if os.environ.get("CNNLAB_REGENERATE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    lab.close()


def test_saved_notebook_shows_the_state_and_stays_small(lab):
    bundle = lab._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "image/png", "text/plain"}
    assert len(bundle["image/svg+xml"]) < 60_000
    assert len(bundle["image/png"]) < 60_000
    assert "Not trained yet." in bundle["image/svg+xml"]
    assert "⌊(8 + 2·1 − 3)/1⌋ + 1 = 8 rows and columns; (3·3·1 + 1)·8 = 80 parameters" in bundle["image/svg+xml"]
    lab.train(1)
    lab.wait()
    assert "Trained for 40 steps" in lab._repr_mimebundle_()["image/svg+xml"]


def test_the_saved_picture_is_the_same_on_another_processor():
    """For an old processor OpenBLAS adds up in another order; in float32 the colours would show it."""
    code = "from cnnlab.widgets import ConvNetExplorer; print(ConvNetExplorer('signs_net')._scene.at(1).svg(), end='')"
    places = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    old = {**os.environ, **places, "OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}
    printed = subprocess.run([sys.executable, "-c", code], env=old, capture_output=True, check=True).stdout
    lab = ConvNetExplorer("signs_net")
    assert printed.decode() == lab._scene.at(1).svg()
    lab.close()


def test_the_table_is_the_networks_summary(lab):
    text = lab._repr_mimebundle_()["image/svg+xml"]
    for row in lab.network.summary().rows:
        for word in row.cells[1:]:
            assert f">{word}</text>" in text
    assert f">{lab.network.summary().parameters:,}</text>" in text


@pytest.mark.parametrize("step", range(9))
def test_every_step_says_and_shows_its_layer(lab, step):
    lab.step = step
    still, truth = lab._scene.at(step), lab.trace[step]
    assert still.sentence("cell") == f"Step {step + 1} of 9. {truth.sentence}"
    assert still.sentence("formula") == truth.formula
    assert still.word("maps").startswith(truth.row.name)
    assert still.asset(still.word("maps_png")).startswith(b"\x89PNG")
    first = truth.output[0] if truth.output.ndim == 3 or len(truth.output) <= 16 else truth.output
    words = f"{still.word('range0_0')} {still.word('range0_1')}".replace("to ", "").replace("−", "-").split()
    low, high = float(words[0]), float(words[-1])
    np.testing.assert_allclose([low, high], [first.min(), first.max()], rtol=0.05, atol=6e-4)


def test_filters_shown_are_of_the_last_convolution_before_the_step(lab):
    names = [lab._scene.at(step).word("filters").partition(":")[0] for step in range(9)]
    assert names == ["conv1"] * 4 + ["conv2"] * 5
    lab.train(1)
    lab.wait()
    still = lab._scene.at(1)
    assert still.word("before_range") != still.word("now_range").replace("now", "before")
    assert lab._scene.assets["conv1_before.png"] != lab._scene.assets["conv1_now.png"]


def test_probabilities_add_up_and_name_the_right_class(lab):
    assert lab.trace.probabilities.sum() == pytest.approx(1)
    text = lab._repr_mimebundle_()["image/svg+xml"]
    for share in lab.trace.probabilities:
        assert f"{share:.1%}</text>" in text


def test_a_long_name_of_a_class_leaves_room_for_its_share():
    names = ("a name much longer than any that has room", "another one that would stick out of the picture")
    pictures = np.random.default_rng(0).random((20, 1, 8, 8), np.float32)
    lab = ConvNetExplorer([{"type": "flatten"}, {"type": "fc"}], Dataset(pictures, np.arange(20) % 2, names))
    (panel,) = (panel for line in lab._scene.lines for panel in line if panel.title.endswith("example 1"))
    lines = [shape.text for shape in panel.shapes if isinstance(shape, Label)]
    assert re.fullmatch(r"Predicted: (a name muc|another on)…, \d\d\.\d%\.", lines[0])
    assert all(7.9 * len(line) <= panel.width for line in lines)
    assert any(name in lab._scene.at(0).sentence("note") for name in names)  # in full below
    lab.close()


def test_maps_and_filters_of_any_kind_are_drawn():
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 1), (16, 5, 3), (40, 2, 9), (3,), (16,), (17,), (400,)):
        mosaic = feature_maps(rng.normal(size=shape), 4)
        assert len(mosaic.words) == (min(shape[0], 16) if len(shape) == 3 or shape[0] <= 16 else 1)
    assert feature_maps(np.full((2, 2, 2), np.nan), 1).words == ("NaN", "NaN")
    for shape in ((1, 1, 1, 1), (9, 3, 3, 3), (4, 3, 5, 2), (2, 8, 11, 11)):
        assert filters(rng.normal(size=shape)).png.startswith(b"\x89PNG")


def test_a_long_run_is_drawn_with_few_points(lab):
    lab.train(4)
    lab.wait()
    loss, _ = curves(lab.snapshot, np.log(10))
    assert len(lab.snapshot.losses) == 160
    assert max(len(getattr(shape, "lines", ())) for shape in loss.shapes) <= 130


# Code.


def test_repr_is_a_stable_sentence(lab):
    lab.step = 4
    assert repr(lab) == (
        "ConvNetExplorer: 8 layers, 1×8×8 → 10, 1,898 parameters, not trained, step 5 of 9, conv2 16×4×4"
    )


def test_without_arguments_it_shows_a_good_example():
    lab = ConvNetExplorer()
    assert repr(lab).startswith("ConvNetExplorer: 8 layers, 1×16×16 → 10, 3,818 parameters, not trained, step 2 of 9")
    assert lab.message == ""
    lab.close()


@pytest.mark.parametrize("name", NETS)
def test_the_zoo_is_at_hand_with_data_that_suits_it(name):
    lab = ConvNetExplorer(name)
    assert lab.setting.data == NETS[name].data
    if name in models.MODELS:
        shape, classes = lab.network.input_shape, lab.network.shapes[-1][0]
        same = models.MODELS[name](shape, classes)
        assert described(lab) == [repr(layer) for layer in same.layers]
    lab.close()


def test_a_network_keeps_its_weights_and_is_not_touched():
    net = edges()
    lab = ConvNetExplorer(net, (PICTURES, LABELS))
    np.testing.assert_array_equal(lab.network.params["conv1.w"], net.params["conv1.w"])
    before = net.state_dict()
    lab.train(2)
    lab.wait()
    assert not np.array_equal(lab.network.params["conv1.w"], net.params["conv1.w"])
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    lab.restart_training()
    np.testing.assert_array_equal(lab.network.params["conv1.w"], net.params["conv1.w"])
    lab.close()


def test_rows_can_be_read_changed_and_set(lab):
    rows = lab.rows
    rows[0]["filters"] = 5
    lab.rows = rows
    assert lab.network.shapes[0] == (5, 8, 8)
    assert lab.setting.net == "own"
    lab.rows = "three_layer_net"
    assert len(lab.rows) == 7


def test_a_picture_of_ones_own(lab):
    lab.picture = np.eye(8, dtype=np.uint8) * 255
    np.testing.assert_array_equal(lab.picture, np.eye(8)[None])
    assert lab.trace.label is None
    assert lab.controls["label"].value == -1
    choose(lab, label=3)
    assert lab.trace.label == 3
    choose(lab, data="digits16")
    choose(lab, label=-1)
    assert "picture: got shape (1, 8, 8), wanted (1, 16, 16)" in lab.message
    lab.picture = np.zeros((16, 16))  # the remedy
    assert lab.message == ""


@pytest.mark.parametrize(
    "given",
    [(PICTURES, LABELS), TINY, data.split(TINY), ((PICTURES * 60).astype(np.uint8), LABELS.tolist())],
    ids=["arrays", "data set", "splits", "bytes"],
)
def test_data_of_ones_own(given):
    lab = ConvNetExplorer([{"type": "flatten"}, {"type": "fc"}], given)
    assert lab.network.input_shape == (1, 4, 4)
    assert lab.controls["data"].value == "own"
    lab.train(3)
    lab.wait()
    assert lab.snapshot.steps == 3
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"net": "resnet"}, ValueError, "net: got 'resnet', wanted one of small, lenet5"),
        ({"net": 3}, TypeError, "net: got int"),
        ({"net": {"type": "relu"}}, TypeError, "net: got dict"),
        ({"net": [{"type": "fc", "units": 10}]}, ShapeError, "layer 1, dense1.*Flatten"),
        (
            {"net": [{"type": "flatten"}, {"type": "fc", "units": 7}]},
            ShapeError,
            r"wanted \(10,\), one score per class",
        ),
        ({"net": [3]}, TypeError, "layer 1: got 3"),
        ({"net": []}, ValueError, "got none"),
        ({"net": [{"type": "relu"}] * 31}, ShapeError, "got 31 layers, wanted at most 30"),
        (
            {"net": [{"type": "flatten"}, {"type": "fc", "units": 9000}, {"type": "fc"}]},
            ShapeError,
            "layer 2.*parameters",
        ),
        ({"net": edges()}, ShapeError, r"from \(1, 4, 4\) to \(2,\).*data=\(x, y\)"),
        ({"net": edges(), "data": "digits"}, ShapeError, r"pictures \(1, 4, 4\), wanted \(1, 16, 16\)"),
        ({"data": "imagenet"}, ValueError, "data: got 'imagenet', wanted one of digits, shapes"),
        ({"data": 3}, TypeError, "data: got int"),
        ({"data": (PICTURES[:, 0], LABELS)}, ShapeError, r"images\[:, None\]"),
        ({"data": (PICTURES, LABELS[:3])}, ShapeError, "one label for each"),
        ({"data": (PICTURES, LABELS * 0)}, DataError, "got 1 class"),
        ({"data": (PICTURES[:0], LABELS[:0])}, DataError, "no pictures"),
        ({"data": (PICTURES * np.nan, LABELS)}, DataError, r"nan_to_num\(x\)"),
        ({"data": (np.zeros((4, 1, 200, 9)), [0, 1, 0, 1])}, ShapeError, r"x\[:, :, ::2, ::2\]"),
        ({"data": (PICTURES.astype(str), LABELS)}, TypeError, "x: got ndarray with dtype <U32, wanted real numbers"),
        ({"data": ([[1], [1, 2]], [0, 1])}, ShapeError, "x: got rows of different lengths"),
        ({"data": (PICTURES, [[0], [1, 2]])}, ShapeError, "y: got rows of different lengths"),
        ({"picture": np.zeros((3, 3))}, ShapeError, r"picture: got shape \(1, 3, 3\), wanted \(1, 16, 16\)"),
        ({"picture": np.full((16, 16), np.inf)}, ValueError, "nan_to_num"),
        ({"picture": "cat.png"}, TypeError, "picture: got str with dtype <U7, wanted real numbers"),
        ({"picture": [[1, 2], [3]]}, ShapeError, "picture: got rows of different lengths"),
        ({"seed": True}, ValueError, "seed: got True"),
        ({"seed": -1}, ValueError, "seed: got -1"),
    ],
)
def test_bad_arguments_are_refused_with_a_remedy(arguments, error, words):
    with pytest.raises(error, match=words):
        ConvNetExplorer(**arguments)


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before, threads = set(registry), threading.active_count()
    lab = ConvNetExplorer("small", "digits8")
    choose(lab, pause=0.5)
    lab.train()
    lab.close()
    assert set(registry) == before
    assert threading.active_count() <= threads
    lab._repaint()  # what was on its way finds nothing to do
    with pytest.raises(RuntimeError, match="was closed"):
        lab.train()


def test_what_code_sets_wrongly_is_refused_with_a_remedy(lab):
    with pytest.raises(TypeError, match=r"fn: got function, but a net is made of layers. Set them instead: lab.rows"):
        lab.fn = lambda x: x
    lab.rows = [{"type": "flatten"}, {"type": "fc"}]  # the remedy
    with pytest.raises(ValueError, match="epochs: got 0, wanted a whole number from 1"):
        lab.train(0)
    assert not lab.running


# Layers from controls.


def test_the_layer_shown_is_the_one_that_is_edited(lab):
    choose(lab, filters=4, f=5, pad=2)
    assert described(lab)[0] == "Conv2d(4, 5, pad=2)"
    lab.step = 3
    assert "pool1" in lab._editor.title.value
    choose(lab, kind="average")
    assert described(lab)[2] == "AvgPool2d(2, stride=2)"
    choose(lab, stride=1)
    assert described(lab)[2] == "AvgPool2d(2, stride=1)"
    lab.step = 2
    choose(lab, kind="bn")
    assert described(lab)[1] == "BatchNorm()"
    shown = {key for key, widget in lab.controls.items() if widget.layout.display != "none"}
    assert not shown & {"filters", "f", "stride", "pad", "units"}


def test_layers_are_added_removed_and_moved(lab):
    lab.step = 3
    press(lab, "Add")
    assert (lab.step, described(lab)[3]) == (4, "ReLU()")
    choose(lab, kind="conv")
    assert described(lab)[3] == "Conv2d(8, 3, pad=1)"
    press(lab, "Up")
    assert (lab.step, described(lab)[2]) == (3, "Conv2d(8, 3, pad=1)")
    press(lab, "Down")
    press(lab, "Remove")
    assert described(lab) == described(ConvNetExplorer("small", "digits8"))
    lab.step = 0
    press(lab, "Add")
    assert described(lab)[0] == "ReLU()"
    for name in ("Undo", "Undo", "Undo"):
        press(lab, name)
    assert lab.message == ""


def test_an_impossible_net_says_which_layer_and_keeps_the_last_good_one(lab):
    before, trace = lab.rows, lab.trace
    lab.step = 8
    press(lab, "Remove")
    assert "layer 7, flatten1: got an output of shape (256,), wanted (10,)" in lab.message.replace("(64,)", "(256,)")
    press(lab, "Up")
    assert re.search(r"layer 7, dense1.*Put a Flatten before this layer", lab.message)
    choose(lab, units=11)
    assert "wanted (10,), one score per class" in lab.message
    lab.step = 4
    choose(lab, pad=0)
    choose(lab, f=9)
    assert re.search(r"layer 4, conv2.*window of 9 on 4 rows.*window of 4 or less", lab.message)
    assert lab.rows == [*before[:3], {**before[3], "pad": 0}, *before[4:]]
    press(lab, "Undo")  # the message
    press(lab, "Undo")  # the padding
    assert lab.rows == before
    assert len(lab.trace) == len(trace)


@pytest.mark.parametrize(("name", "words"), [("Remove", "no layer"), ("Up", "no layer"), ("Down", "no layer")])
def test_the_picture_is_no_layer(lab, name, words):
    lab.step = 0
    press(lab, name)
    assert words in lab.message


def test_the_ends_of_the_net_are_told(lab):
    lab.step = 1
    press(lab, "Up")
    assert "first already" in lab.message
    lab.step = 8
    press(lab, "Down")
    assert "last already" in lab.message


def test_settings_beyond_the_controls_are_kept():
    rows = [
        {"type": "conv", "f": (3, 5), "filters": 100, "pad": ((1, 1), (2, 2)), "stride": (1, 2)},
        {"type": "flatten"},
        {"type": "fc"},
    ]
    lab = ConvNetExplorer(rows, "digits8")
    assert lab.controls["f"].layout.display == "none"
    assert lab.controls["filters"].value == 100
    choose(lab, pad="same")
    assert described(lab)[0] == "Conv2d(100, (3, 5), stride=(1, 2), pad='same')"
    lab.close()


def test_other_data_give_the_last_layer_its_classes(lab):
    choose(lab, data="shapes16")
    assert lab.network.input_shape == (3, 16, 16)
    assert lab.network.shapes[-1] == (6,)
    assert lab.controls["label"].options[0] == ("circle", 0)
    choose(lab, net="lenet5")
    assert lab.setting.data == "digits32"
    press(lab, "Reset")
    assert (lab.setting.net, lab.setting.data) == ("small", "digits8")


def test_every_class_and_example_can_be_looked_at(lab):
    for name, label in lab.controls["label"].options:
        choose(lab, label=label)
        choose(lab, example=lab.controls["example"].max)
        assert lab.trace.classes[lab.trace.label] == name
        assert lab.message == ""


@pytest.mark.parametrize("name", SETS)
def test_the_small_net_suits_every_set(name):
    lab = ConvNetExplorer("small", name)
    assert lab.network.shapes[-1] == (len(lab.trace.classes),)
    lab.close()


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["step", "net", "data", "kind", "filters", "f", "stride", "pad", "units", "press"]),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(EDITS)
def test_no_way_through_the_controls_raises_or_loses_the_picture(edits):
    """Whatever is set, up to every limit: the net shown is one that works, and what was refused is told."""
    lab = ConvNetExplorer("small", "digits8")
    for key, n in edits:
        before = lab.setting
        if key == "step":
            lab.step = n % len(lab.trace)
        elif key == "press":
            press(lab, ("Add", "Remove", "Up", "Down", "Undo", "Reset")[n % 6])
        else:
            widget = lab.controls[key]
            values = [value for _, value in widget.options] if hasattr(widget, "options") else None
            widget.value = values[n % len(values)] if values else widget.min + n * (widget.max - widget.min) // 99
        if lab.setting is before and key in ("filters", "f", "stride", "units"):
            assert widget.value == lab._made[[c.key for c in lab._made].index(key)].write(lab.setting)
        assert lab.trace.probabilities.sum() == pytest.approx(1)
        assert [dict(row) for row in lab.setting.rows] == lab.rows
        assert len(lab.trace) == len(lab.rows) + 1 == lab._scene.rows
    lab.close()


def test_kinds_are_all_the_rows_there_are():
    assert {row["type"] for _, row in KINDS.values()} == set(models.from_rows.__globals__["TYPES"])


# Training.


def test_training_from_code_is_what_fit_does(lab):
    lab.train(2)
    lab.wait()
    dealt = data.split(data.digits(8))
    same = models.from_rows(lab.rows, (1, 8, 8), 10)
    history = fit(same, dealt.train, dealt.validation, optimizer=Adam(0.003), epochs=2, batch_size=32, progress=False)
    assert list(lab.snapshot.losses) == history.losses
    for name, w in lab.network.params.items():
        np.testing.assert_array_equal(w, same.params[name])
    assert lab.trace.probabilities == pytest.approx(np.asarray(_softmax(same, lab.picture)), rel=1e-4)


def _softmax(net, picture):
    scores = np.exp(net.forward(picture[None])[0].astype(float))
    return scores / scores.sum()


def test_nothing_trains_by_itself(lab):
    lab._repr_mimebundle_()
    assert not lab.running
    assert lab.snapshot.steps == 0
    assert "Not trained yet." in state(lab)


def test_train_stop_continue_and_new_start(lab):
    first = lab.network.params["conv1.w"]
    choose(lab, pause=0.1, epochs=1)
    press(lab, "Train")
    wait_until(lambda: lab.snapshot.steps >= 2)
    assert lab.running
    lab._repaint()
    assert "While a cell runs, Stop waits for it." in state(lab)
    press(lab, "Stop")
    assert not lab.running
    assert "waits" not in state(lab)
    steps = lab.snapshot.steps
    assert re.search(rf"Stopped at step {steps} of 40\.", state(lab))
    assert not np.array_equal(lab.network.params["conv1.w"], first)
    choose(lab, pause=0.0)
    press(lab, "Continue")
    lab.wait()
    assert "Done: 40 steps." in state(lab)
    whole = ConvNetExplorer("small", "digits8")
    whole.train(1)
    whole.wait()
    for name, w in whole.network.params.items():
        np.testing.assert_array_equal(lab.network.params[name], w)
    press(lab, "New start")
    np.testing.assert_array_equal(lab.network.params["conv1.w"], first)
    assert "Not trained yet." in state(lab)
    whole.close()


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_lower_rate_goes_on_from_what_was_learnt(lab):
    lab.train(1)
    lab.wait()
    before = lab.snapshot
    choose(lab, rate=0.0001, epochs=1)
    press(lab, "Continue")
    lab.wait()
    assert lab.snapshot.losses[:40] == before.losses
    assert lab.snapshot.steps == 80
    assert lab.snapshot.epochs[-1][1].rate == 0.0001


@pytest.mark.parametrize("rule", ["SGD", "momentum", "RMSprop", "Adam"])
def test_every_rule_learns(lab, rule):
    choose(lab, rule=rule, rate=0.1 if rule == "SGD" else 0.003)
    lab.train(2)
    lab.wait()
    assert np.mean(lab.snapshot.losses[-10:]) < np.mean(lab.snapshot.losses[:10])


def test_a_net_left_behind_rests_and_is_found_again(lab):
    choose(lab, pause=0.5)
    lab.train()
    run = lab._now.run
    choose(lab, filters=9)
    assert not run.running
    assert lab.snapshot.steps == 0
    steps = run.snapshot.steps
    assert steps >= 1
    press(lab, "Undo")
    assert lab.snapshot.steps == steps


def test_only_the_nets_seen_last_are_kept(lab):
    for n in range(1, 20):
        choose(lab, filters=n)
    assert len(lab._shelf) == 8
    assert lab._shelf.find(lab.setting, data.split(TINY)) is lab._now  # found, not built


def test_a_rate_that_is_too_high_is_told_with_what_to_do():
    lab = ConvNetExplorer(
        [{"type": "flatten"}, {"type": "fc", "units": 50}, {"type": "relu"}, {"type": "fc"}], "digits8"
    )
    choose(lab, rule="SGD", rate=1.0)
    lab.rows = [{"type": "conv", "f": 3, "filters": 4}, *lab.rows]
    lab._now.run.start(lambda: SGD(1e30), epochs=2, batch_size=8)  # beyond what the menu offers
    lab.wait()
    assert "Lower the learning rate" in lab.message
    assert "press New start" in lab.message
    assert "it diverged" in state(lab)
    assert "not finite: no prediction" in lab._repr_mimebundle_()["image/svg+xml"]
    press(lab, "Continue")
    assert "Begin anew" in lab.message
    press(lab, "New start")
    choose(lab, rate=0.01)
    press(lab, "Train")
    lab.wait()
    assert lab.message == ""
    assert lab.snapshot.steps
    lab.close()


def test_a_change_of_picture_does_not_disturb_the_training(lab):
    choose(lab, pause=0.1)
    lab.train()
    choose(lab, label=4)
    choose(lab, rate=0.01)
    assert lab.running
    lab.stop()
    assert lab.trace.label == 4


def test_in_a_notebook_the_picture_is_drawn_by_its_own_loop(lab):
    """From the training's thread nothing is set: ipykernel's loop draws, in the context of the click."""
    drawn = []

    async def session():
        choose(lab, pause=0.1)
        lab._repaint, repaint = lambda: (drawn.append(threading.current_thread()), repaint()), lab._repaint
        lab.train(1)
        for _ in range(3000):
            await asyncio.sleep(0.01)
            if len(drawn) >= 3:
                break
        lab._now.run.stop()
        await asyncio.sleep(0.05)

    # A thread of its own: the browser tests leave a loop running in the main one.
    notebook = threading.Thread(target=lambda: asyncio.run(session()))
    notebook.start()
    notebook.join()
    assert len(drawn) >= 3
    assert set(drawn) == {notebook}
    lab.train(1)  # that loop is closed: nothing is lost
    lab.stop()
    assert lab.snapshot.steps > 3


def test_batchnorm_and_dropout_train_too():
    rows = [{"type": "conv", "f": 3, "filters": 4}, {"type": "bn"}, {"type": "relu"}, {"type": "dropout"}]
    lab = ConvNetExplorer([*rows, {"type": "flatten"}, {"type": "fc"}], "digits8")
    lab.train(2)
    lab.wait()
    kinds = [type(layer) for layer in lab.network.layers[:4]]
    assert kinds == [Conv2d, BatchNorm, ReLU, Dropout]
    assert lab.snapshot.epochs[-1][1].accuracy > lab.snapshot.epochs[0][1].accuracy
    lab.close()


def test_two_labs_train_side_by_side():
    one, other = (ConvNetExplorer("small", "digits8", seed=seed) for seed in (0, 1))
    one.train(1)
    other.train(1)
    one.wait()
    other.wait()
    assert one.snapshot.steps == other.snapshot.steps == 40
    assert one.snapshot.losses != other.snapshot.losses
    one.close()
    other.close()
