"""Networks as rows of plain data: there and back, and what is said about rows that cannot be read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab import models
from cnnlab.layers import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool2d, ReLU, Sequential
from cnnlab.models import from_rows, to_rows
from cnnlab.shapes import ShapeError

EVERY = [
    {"type": "conv", "f": 3, "filters": 4, "stride": 1, "pad": 1},
    {"type": "bn"},
    {"type": "relu"},
    {"type": "pool", "f": 2, "stride": 2, "mode": "max"},
    {"type": "pool", "f": 2, "mode": "average"},
    {"type": "dropout", "keep": 0.8},
    {"type": "flatten"},
    {"type": "fc", "units": 10},
]


def test_every_type_of_row_becomes_its_layer():
    net = from_rows(EVERY, (1, 8, 8), 10)
    kinds = [Conv2d, BatchNorm, ReLU, MaxPool2d, AvgPool2d, Dropout, Flatten, Dense]
    assert [type(layer) for layer in net.layers] == kinds
    assert repr(net) == "Sequential: 8 layers, 1×8×8 → 10, 218 parameters"  # 4·10 + 2·4 + (4·2·2 + 1)·10


@pytest.mark.parametrize("name", models.MODELS)
def test_the_zoo_comes_back_from_its_rows_with_the_same_weights(name):
    net = models.MODELS[name]()
    rows = json.loads(json.dumps(to_rows(net)))  # plain data: it survives a file
    again = from_rows(rows, net.input_shape)
    assert [repr(layer) for layer in again.layers] == [repr(layer) for layer in net.layers]
    for key, w in net.params.items():
        np.testing.assert_array_equal(again.params[key], w)


def test_an_fc_row_takes_the_classes_and_the_last_starts_small():
    net = from_rows([{"type": "flatten"}, {"type": "fc", "units": 9}, {"type": "fc"}], (1, 4, 4), classes=3)
    assert net.shapes[-1] == (3,)
    assert np.abs(net.params["dense2.w"]).max() < 0.01 < np.abs(net.params["dense1.w"]).max()


def test_seed_and_dtype_are_the_networks():
    one, other = (from_rows(EVERY, (1, 8, 8), 10, rng=seed, dtype=np.float64) for seed in (0, 1))
    assert one.dtype == np.float64
    assert not np.array_equal(one.params["conv1.w"], other.params["conv1.w"])


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ({"type": "relu"}, TypeError, "rows: got dict, wanted a list"),
        ("relu", TypeError, "rows: got str"),
        ([3], TypeError, 'layer 1: got 3, wanted a row such as {"type": "relu"}'),
        ([{"f": 3}], ValueError, "layer 1: got type None"),
        ([{"type": "pol"}], ValueError, "layer 1: got type 'pol', wanted one of conv, bn"),
        ([{"type": ["conv"]}], ValueError, "wanted one of conv"),
        ([{"type": "relu"}, {"type": "conv", "f": 3}], ValueError, "layer 2, conv: got no filters"),
        ([{"type": "relu", "units": 1}], ValueError, "layer 1, relu: got the unknown units"),
        ([{"type": "pool", "f": 2, "mode": "mean"}], ValueError, '"max" or "average"'),
        ([{"type": "fc"}], ValueError, "layer 1, fc: got no units"),
        ([{"type": "conv", "f": 3, "filters": 0}], ValueError, "layer 1, conv: filters: got 0"),
        ([{"type": "dropout", "keep": "half"}], ValueError, "layer 1, dropout: keep: got 'half'.*Keep half with 0.5"),
        ([{"type": "conv", "f": 9, "filters": 3}], ShapeError, "layer 1, conv1.*Take a window of 8 or less"),
        ([{"type": "fc", "units": 3}], ShapeError, "layer 1, dense1.*Put a Flatten before"),
        ([], ValueError, "layers: got none"),
    ],
)
def test_rows_that_cannot_be_read_are_refused_with_their_number_and_a_remedy(rows, error, words):
    with pytest.raises(error, match=words):
        from_rows(rows, (1, 8, 8))


def test_a_net_that_does_not_end_with_the_classes_is_refused_and_the_remedy_works():
    rows = [{"type": "flatten"}, {"type": "fc", "units": 4}]
    with pytest.raises(ShapeError, match=r'layer 2, dense1: got an output of shape \(4,\).*"units": 10'):
        from_rows(rows, (1, 8, 8), classes=10)
    assert from_rows([{"type": "flatten"}, {"type": "fc", "units": 10}], (1, 8, 8), classes=10).shapes[-1] == (10,)


def test_a_layer_of_the_learners_own_has_no_row():
    class Double(Layer):
        def _forward(self, x, train, rng):
            return 2 * x, None

    with pytest.raises(ValueError, match=r"got a layer Double.*Leave it out"):
        to_rows(Sequential([Double()], (1, 2, 2)))
