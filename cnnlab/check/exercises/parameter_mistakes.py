"""What goes wrong when parameters are counted, each mistake with its imitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnlab import shapes
from cnnlab.check.task import Mistake

__all__ = ["COUNT_MISTAKES", "count"]

Layer = dict[str, Any]
Rule = Callable[[Layer], int]


def _conv(layer: Layer) -> int:
    return shapes.conv_parameters(layer["n_C_prev"], layer["n_C"], layer["f"])


def _inputs(layer: Layer) -> int:
    return int(layer["n_H_prev"] * layer["n_W_prev"] * layer["n_C_prev"])


def _fc(layer: Layer) -> int:
    return shapes.dense_parameters(_inputs(layer), layer["n_out"])


def _bn(layer: Layer) -> int:
    return shapes.norm_parameters(layer["n_C"])


def count(layer: Layer, *, conv: Rule = _conv, fc: Rule = _fc, bn: Rule = _bn, pool: Rule = lambda layer: 0) -> int:
    """Count as a learner does, kind by kind; without keywords it is right."""
    return {"conv": conv, "fc": fc, "bn": bn, "pool": pool}[layer["type"]](layer)


def _with(**rules: Rule) -> Callable[[Layer], int]:
    return lambda layer: count(layer, **rules)


def _weights(layer: Layer) -> int:
    return int(layer["f"] ** 2 * layer["n_C_prev"] * layer["n_C"])


_FILTER = "Ten filters of 3×3 look at 3 channels. How many numbers has one filter? And which one more belongs to it?"
_POOL = "What would a pooling layer multiply its window with?"
_BN = "Batch normalisation learns a scale and a shift. For how many channels?"
_FC = "A fully connected layer sees every cell of every map. How many are there, and how many units look at them?"

COUNT_MISTAKES = (
    Mistake(
        "no_bias",
        "The biases were forgotten: one for each filter, one for each unit.",
        _FILTER,
        instead=_with(conv=_weights, fc=lambda la: _inputs(la) * la["n_out"]),
    ),
    Mistake(
        "no_bias",
        "The convolution's biases were forgotten: one for each filter.",
        _FILTER,
        instead=_with(conv=_weights),
    ),
    Mistake(
        "fc_no_bias",
        "The fully connected layer's biases were forgotten: one for each unit.",
        _FC,
        instead=_with(fc=lambda la: _inputs(la) * la["n_out"]),
    ),
    Mistake(
        "no_cin",
        "The depth of the filters was forgotten. A filter is as deep as its input has channels.",
        _FILTER,
        instead=_with(conv=lambda la: la["f"] ** 2 * la["n_C"] + la["n_C"]),
    ),
    Mistake(
        "no_cout",
        "Only one filter was counted.",
        _FILTER,
        instead=_with(conv=lambda la: la["f"] ** 2 * la["n_C_prev"] + 1),
    ),
    Mistake(
        "one_bias",
        "One bias was counted for the whole convolution layer. Every filter has its own.",
        _FILTER,
        instead=_with(conv=lambda la: _weights(la) + 1),
    ),
    Mistake(
        "bias_per_cin",
        "A bias was counted for each channel of each filter. The sum over all channels gets one bias.",
        _FILTER,
        instead=_with(conv=lambda la: _weights(la) + la["n_C_prev"] * la["n_C"]),
    ),
    Mistake(
        "bias_per_input",
        "A bias was counted for each input channel. There is one for each filter.",
        _FILTER,
        instead=_with(conv=lambda la: _weights(la) + la["n_C_prev"]),
    ),
    Mistake(
        "area_bias",
        "A bias was counted for each cell of the result. All cells of a map share one bias.",
        _FILTER,
        instead=_with(conv=lambda la: _weights(la) + la["n_H"] * la["n_W"] * la["n_C"]),
    ),
    Mistake(
        "bias_per_weight",
        "A bias was counted for each cell of a filter. A filter has one.",
        _FILTER,
        instead=_with(conv=lambda la: la["f"] ** 2 * (la["n_C_prev"] + 1) * la["n_C"]),
    ),
    Mistake(
        "bias_is_filter",
        "The biases were counted as if they were one more filter. Each filter has one bias: one number.",
        _FILTER,
        instead=_with(conv=lambda la: la["f"] ** 2 * la["n_C_prev"] * (la["n_C"] + 1)),
    ),
    Mistake(
        "weights_once",
        "The weights of one filter only were counted, though all the biases. Each filter has weights of its own.",
        _FILTER,
        instead=_with(conv=lambda la: la["f"] ** 2 * la["n_C_prev"] + la["n_C"]),
    ),
    Mistake(
        "area",
        "The weights were counted anew for each place of the filter. All places share the same weights: that is the "
        "point of a convolution.",
        _FILTER,
        instead=_with(conv=lambda la: _conv(la) * la["n_H"] * la["n_W"]),
    ),
    Mistake(
        "f_once",
        "A filter was counted with f weights per channel; it has f rows and f columns.",
        _FILTER,
        instead=_with(conv=lambda la: (la["f"] * la["n_C_prev"] + 1) * la["n_C"]),
    ),
    Mistake(
        "pool_counted",
        "Pooling was given weights. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: la["f"] ** 2),
    ),
    Mistake(
        "pool_counted",
        "Pooling was given weights. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: la["f"] ** 2 * la["n_C"]),
    ),
    Mistake(
        "pool_counted",
        "Pooling was given weights and biases. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: (la["f"] ** 2 + 1) * la["n_C"]),
    ),
    Mistake(
        "pool_counted",
        "Pooling was counted like a convolution. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: (la["f"] ** 2 * la["n_C"] + 1) * la["n_C"]),
    ),
    Mistake(
        "pool_settings",
        "The settings of the pooling layer were counted. You choose f and the stride; nothing learns them.",
        _POOL,
        instead=_with(pool=lambda la: 2),
    ),
    Mistake(
        "pool_bias",
        "Pooling was given biases. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: la["n_C"]),
    ),
    Mistake(
        "pool_bias",
        "Pooling was given a bias. It has nothing to learn.",
        _POOL,
        instead=_with(pool=lambda la: 1),
    ),
    Mistake(
        "bn_running",
        "The running mean and variance were counted too. They are measured, not learned.",
        _BN,
        instead=_with(bn=lambda la: 4 * la["n_C"]),
    ),
    Mistake(
        "bn_one",
        "One number per channel was counted; scale and shift are both learned.",
        _BN,
        instead=_with(bn=lambda la: la["n_C"]),
    ),
    Mistake(
        "bn_shared",
        "One scale and one shift were counted for the whole layer. Each channel has its own.",
        _BN,
        instead=_with(bn=lambda la: 2),
    ),
    Mistake(
        "bn_nothing",
        "Batch normalisation came out with nothing to learn.",
        _BN,
        instead=_with(bn=lambda la: 0),
    ),
    Mistake(
        "fc_no_hw",
        "The fully connected layer was counted as if each map were one number. Flattening keeps all cells: rows times "
        "columns times channels.",
        _FC,
        instead=_with(fc=lambda la: (la["n_C_prev"] + 1) * la["n_out"]),
    ),
    Mistake(
        "fc_no_channels",
        "The fully connected layer was counted as if there were one map only.",
        _FC,
        instead=_with(fc=lambda la: (la["n_H_prev"] * la["n_W_prev"] + 1) * la["n_out"]),
    ),
    Mistake(
        "bias_nin",
        "A bias was counted for each input of the fully connected layer. There is one for each unit.",
        _FC,
        instead=_with(fc=lambda la: _inputs(la) * la["n_out"] + _inputs(la)),
    ),
    Mistake(
        "fc_one_bias",
        "One bias was counted for the whole fully connected layer. Each unit has its own.",
        _FC,
        instead=_with(fc=lambda la: _inputs(la) * la["n_out"] + 1),
    ),
    Mistake(
        "fc_sum",
        "Inputs and units of the fully connected layer were added. Every unit has a weight for every input.",
        _FC,
        instead=_with(fc=lambda la: _inputs(la) + la["n_out"]),
    ),
)
