"""Networks: names, modes, the table, copies, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.data import DataError, store
from cnnlab.layers import (
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    ReLU,
    Sequential,
    load_model,
)
from cnnlab.shapes import ShapeError

RNG = np.random.default_rng(0)


def net(seed: int = 0) -> Sequential:
    layers = [Conv2d(4, 3, pad=1), BatchNorm(), ReLU(), MaxPool2d(2), Flatten(), Dropout(0.5), Dense(3)]
    return Sequential(layers, (2, 6, 8), rng=seed)


def trained() -> Sequential:
    model = net()
    for _ in range(3):
        model.forward(RNG.normal(size=(5, 2, 6, 8)), train=True, rng=RNG)
    return model


def test_names_and_parameters() -> None:
    model = net()
    assert model.names == ["conv1", "norm1", "relu1", "pool1", "flatten1", "dropout1", "dense1"]
    assert list(model.params) == ["conv1.w", "conv1.b", "norm1.gamma", "norm1.beta", "dense1.w", "dense1.b"]
    assert repr(model) == "Sequential: 7 layers, 2×6×8 → 3, 231 parameters"
    assert 231 == 4 * (2 * 9 + 1) + 2 * 4 + 3 * (4 * 3 * 4 + 1)


def test_the_seed_makes_the_network() -> None:
    np.testing.assert_array_equal(net(1).params["conv1.w"], net(1).params["conv1.w"])
    assert not np.array_equal(net(1).params["conv1.w"], net(2).params["conv1.w"])


def test_predict_in_batches_is_predict_at_once() -> None:
    model, x = trained(), RNG.normal(size=(7, 2, 6, 8))
    at_once = model.forward(x)
    np.testing.assert_allclose(model.scores(x, batch_size=3), at_once, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict(x, batch_size=2), at_once.argmax(1))
    assert model.predict(x[:0]).shape == (0,)


def test_a_picture_does_not_depend_on_the_others() -> None:
    model, x = trained(), RNG.normal(size=(4, 2, 6, 8))
    np.testing.assert_allclose(model.scores(x)[2:3], model.scores(x[2:3]), rtol=1e-5, atol=1e-6)


def test_activations_are_what_each_layer_gives() -> None:
    model, x = trained(), RNG.normal(size=(2, 2, 6, 8))
    found = model.activations(x)
    assert [a.shape[1:] for a in found.values()] == model.shapes
    np.testing.assert_array_equal(found["relu1"], np.maximum(found["norm1"], 0))
    np.testing.assert_array_equal(found["dense1"], model.forward(x))


def test_the_first_layer_is_spared_its_input_gradient_unless_asked() -> None:
    model, x = net(), RNG.normal(size=(3, 2, 6, 8))
    dy = RNG.normal(size=(3, 3))
    model.forward(x, train=True, rng=np.random.default_rng(1))
    assert model.backward(dy) is None
    spared = model.grads
    model.forward(x, train=True, rng=np.random.default_rng(1))
    dx = model.backward(dy, need_dx=True)
    assert dx is not None
    assert dx.shape == x.shape
    for name, gradient in model.grads.items():
        np.testing.assert_array_equal(gradient, spared[name])


def test_backward_stops_where_nothing_learns_further_down() -> None:
    model = Sequential([ReLU(), Flatten(), Dense(2)], (1, 2, 2))
    asked: list[tuple[str, bool]] = []
    for layer in model.layers:

        def backward(dy: Any, *, need_dx: bool, layer: Layer = layer) -> Any:
            asked.append((layer.short, need_dx))
            return type(layer).backward(layer, dy, need_dx=need_dx)

        layer.backward = backward  # type: ignore[method-assign]
    model.forward(np.ones((1, 1, 2, 2)), train=True)
    assert model.backward(np.ones((1, 2))) is None
    assert asked == [("dense", False)]
    assert set(model.grads) == {"dense1.w", "dense1.b"}
    model.forward(np.ones((1, 1, 2, 2)), train=True)
    model.backward(np.ones((1, 2)), need_dx=True)
    assert asked[1:] == [("dense", True), ("flatten", True), ("relu", True)]


def test_summary_is_right_for_every_layer() -> None:
    table = trained().summary()
    assert table.parameters == 231
    assert [row.field for row in table.rows] == [(1, 1), (3, 3), (3, 3), (3, 3), (4, 4), (4, 4), (4, 4), None]
    lines = str(table).splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert lines[3].split() == ["conv1:", "Conv2d(4,", "3,", "pad=1)", "4×6×8", "192", "76", "3×3"]
    assert lines[-1].split() == ["total", "231"]
    html = table._repr_html_()
    assert html.count("<tr>") == 9
    assert '<th scope="row" style="text-align:left">conv1: Conv2d(4, 3, pad=1)</th>' in html
    assert "</th><td>4×6×8</td><td>192</td><td>76</td><td>3×3</td>" in html
    assert "style>" not in html.replace("<style>.cnnlab-summary", "").replace("</style>", "")


def test_dilation_and_stride_widen_the_receptive_field() -> None:
    model = Sequential([Conv2d(1, 3, dilation=2), Conv2d(1, (1, 3), stride=2), Conv2d(1, 3)], (1, 20, 30))
    assert [row.field for row in model.summary().rows] == [(1, 1), (5, 5), (5, 7), (9, 11)]


def test_a_copy_shares_nothing() -> None:
    model = trained()
    twin = model.copy()
    for array in twin.params.values():
        array += 1
    twin.forward(RNG.normal(size=(5, 2, 6, 8)), train=True)
    assert not any(np.array_equal(model.state_dict()[name], array) for name, array in twin.state_dict().items())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_and_loaded_it_predicts_the_same(tmp_path: Path, dtype: type) -> None:
    layers = [
        Conv2d(3, (2, 3), stride=(1, 2), pad=((1, 0), (0, 1)), bias=False, init=0.5),
        BatchNorm(momentum=0.7),
        MaxPool2d(2, stride=1, ceil_mode=True, pad="same"),
        Flatten(),
        Dropout(0.3),
        Dense(4),
    ]
    model = Sequential(layers, (2, 6, 8), rng=3, dtype=dtype)
    x = RNG.normal(size=(5, 2, 6, 8))
    model.forward(x, train=True, rng=RNG)
    path = tmp_path / "model.npz"
    model.save(path)
    again = load_model(path)
    np.testing.assert_array_equal(again.scores(x), model.scores(x))
    assert again.dtype == dtype
    assert [repr(layer) for layer in again.layers] == [repr(layer) for layer in layers]
    assert [item.name for item in tmp_path.iterdir()] == ["model.npz"]
    with np.load(path, allow_pickle=False) as file:  # no pickle inside
        assert all(file[name].dtype.kind in "fU" for name in file.files)


def test_files_that_are_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(FileNotFoundError, match=r"path: got .*model.npz, where there is no file, wanted a saved model"):
        load_model(path)
    net().save(path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not a zip", whole[:400] + b"\xff" * 20 + whole[420:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"is damaged or was not written by cnnlab .* wanted a saved model") as told:
            load_model(path)
        assert "pickle" not in str(told.value)  # nobody is sent to load it unsafely
    np.savez(path, a=np.ones(3))
    with pytest.raises(DataError, match=r"was not written by cnnlab"):
        load_model(path)
    store.write(path, {"kind": "checkpoint"}, {})
    with pytest.raises(DataError, match=r"a saved checkpoint, wanted a saved model. Pass the other file"):
        load_model(path)
    settings = {"kind": "model", **net().settings}
    for broken in (
        {**settings, "layers": [{"kind": "Attention"}]},
        {**settings, "layers": [{"kind": "Dense", "units": 3, "colour": "red"}]},
        {"kind": "model"},
    ):
        store.write(path, json.loads(json.dumps(broken)), net().state_dict())
        with pytest.raises(DataError, match=r"cannot be built .* Load it with the version of cnnlab that saved it"):
            load_model(path)
    path.write_bytes(whole)
    load_model(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.npz"
    with pytest.raises(OSError, match=r"path: got .*model.npz, which cannot be written .* Create it"):
        net().save(path)
    path.parent.mkdir()
    net().save(path)


def test_state_of_another_network_changes_nothing() -> None:
    model = net()
    before = model.state_dict()
    with pytest.raises(DataError, match=r"arrays: got other names than this network has \(dense1.b\)"):
        model.load_state_dict({name: array + 1 for name, array in before.items() if name != "dense1.b"})
    wrong = {name: array + 1 for name, array in before.items()} | {"dense1.b": np.ones(4)}
    with pytest.raises(DataError, match=r"arrays: got dense1.b of shape \(4,\), wanted \(3,\)"):
        model.load_state_dict(wrong)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_inputs_that_do_not_fit_and_the_remedy() -> None:
    model = net()
    with pytest.raises(ShapeError, match=r"x: got shape \(2, 6, 8\), wanted \(N, 2, 6, 8\). Add the batch axis"):
        model.forward(np.ones((2, 6, 8)))
    model.forward(np.ones((2, 6, 8))[None])
    with pytest.raises(ShapeError, match=r"x: got shape \(1, 6, 8, 2\), .* Resize or move the axes"):
        model.forward(np.ones((1, 6, 8, 2)))
    model.forward(np.moveaxis(np.ones((1, 6, 8, 2)), -1, 1))
    with pytest.raises(TypeError, match=r"x: got dtype complex128, wanted real numbers"):
        model.forward(np.ones((1, 2, 6, 8), complex))
    model.forward(np.ones((1, 2, 6, 8), np.uint8))


def test_a_batch_size_that_makes_no_sense() -> None:
    for wrong in (0, 2.5, None):
        with pytest.raises(ValueError, match=rf"batch_size: got {wrong}, wanted a whole number, at least 1"):
            net().predict(np.ones((3, 2, 6, 8)), batch_size=wrong)  # type: ignore[arg-type]
    assert net().predict(np.ones((3, 2, 6, 8)), batch_size=1).shape == (3,)


def test_networks_that_are_none_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"layers: got none, wanted at least one. Pass \[Flatten\(\), Dense\(10\)\]"):
        Sequential([], (1, 2, 2))
    assert Sequential([Flatten(), Dense(10)], (1, 2, 2)).shapes[-1] == (10,)
    with pytest.raises(TypeError, match=r"layers: got Flatten\(\), wanted a list of layers. Write \[Flatten\(\)\]"):
        Sequential(Flatten(), (1, 2, 2))  # type: ignore[arg-type]
    for shape in (4, None, (), (2, -3), (0, 2, 2), (2.5,), "ab"):
        with pytest.raises(ShapeError, match=r"input_shape: got .*, whole numbers .* Write input_shape=\(3, 64, 64\)"):
            Sequential([Flatten()], shape)  # type: ignore[arg-type]
    Sequential([Flatten()], (3, 64, 64))
    with pytest.raises(TypeError, match=r"layers: got <class .*ReLU'>, wanted layers. Write ReLU\(\)"):
        Sequential([ReLU], (3,))  # type: ignore[list-item]
    relu = ReLU()
    with pytest.raises(ValueError, match=r"the same layer twice, .* Write ReLU\(\) again"):
        Sequential([relu, relu], (3,))
    Sequential([relu, ReLU()], (3,))
    with pytest.raises(TypeError, match=r"dtype: got int64, wanted float32 or float64. Pass np.float32"):
        Sequential([ReLU()], (3,), dtype=int)


def test_a_seed_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"^rng: got 'three', wanted a whole number, at least 0. Pass a seed"):
        Sequential([Flatten()], (1, 4, 4), rng="three")  # type: ignore[arg-type]
