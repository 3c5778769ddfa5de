"""The open exercise: a net of one's own within a budget of parameters, trained and measured on hidden pictures."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from cnnlab.check.task import Property
from cnnlab.shapes import as_pair

__all__ = ["BUDGET", "GIVEN", "PROPERTIES", "score"]

BUDGET = 1500  # parameters
SHAPE = (1, 8, 8)
CLASSES = 10
EPOCHS = 6
SLOWEST = 40  # operations in thousands for one picture: more would train for minutes
LAYERS = 30

# The net to beat: about 91 % on the hidden pictures.
GIVEN = (
    {"type": "conv", "f": 3, "filters": 8},
    {"type": "relu"},
    {"type": "pool", "f": 2},
    {"type": "flatten"},
    {"type": "fc", "units": 10},
)
# A weight for each pixel, and no convolution: about 94 %.
PLAIN = ({"type": "flatten"}, {"type": "bn"}, {"type": "fc"})
FULL = 0.95  # the accuracy that earns all points


def _problem(rows: Any) -> str:
    """Say why rows are no network for the digits, or nothing."""
    from cnnlab.models import from_rows

    if isinstance(rows, list | tuple) and len(rows) > LAYERS:
        return f"It has {len(rows):,} layers; at most {LAYERS} are allowed, so that training takes seconds."
    try:
        if not _far_too_large(rows):  # the count says so, without a network that fills the memory
            from_rows(rows, SHAPE, CLASSES)
    except (ValueError, TypeError, KeyError) as error:
        return f"No network can be built from this. {error}"
    except Exception as error:
        return f"No network can be built from this: {type(error).__name__}."
    return ""


def _sizes(rows: Any) -> list[tuple[str, int, int]]:
    """Count for each layer its parameters and what one picture takes, without building it; as far as layers fit."""
    from cnnlab.layers import BatchNorm, Conv2d, Dense
    from cnnlab.layers.rows import layers_of

    shape: tuple[int, ...] = SHAPE
    sizes = []
    for row, layer in zip(rows, layers_of(rows, CLASSES), strict=True):
        try:
            out = layer.output_shape(shape)
        except ValueError:
            break
        (f, _), (g, _) = layer.window
        parameters, work = 0, math.prod(out) * f * g
        if isinstance(layer, Conv2d):
            taps = shape[0] * math.prod(as_pair("f", layer.kernel))
            parameters, work = layer.filters * (taps + layer.bias), math.prod(out) * taps
        elif isinstance(layer, Dense):
            parameters = layer.units * (math.prod(shape) + layer.bias)
            work = parameters
        elif isinstance(layer, BatchNorm):
            parameters = 2 * shape[0]
        sizes.append((row["type"], parameters, work))
        shape = out
    return sizes


def _far_too_large(rows: Any) -> bool:
    return _parameters(rows) > 10 * BUDGET or _work(rows) > 10 * SLOWEST


def _parameters(rows: Any) -> int:
    return sum(parameters for _, parameters, _ in _sizes(rows))


def _each(rows: Any) -> str:
    return ", ".join(f"{name} {parameters:,}" for name, parameters, _ in _sizes(rows) if parameters)


def _over_budget(rows: Any) -> str:
    """Count the parameters of each layer."""
    return f"It has {_parameters(rows):,} parameters; the budget is {BUDGET:,}. They are: {_each(rows)}."


def _work(rows: Any) -> float:
    """Return the operations that one picture takes, in thousands."""
    return sum(work for _, _, work in _sizes(rows)) / 1000


def accuracy(rows: Any, rng: int = 0) -> float:
    """Train on part of the digits and measure on the others; the same rows give the same number."""
    from cnnlab import data, optim, train
    from cnnlab.models import from_rows

    splits = data.split(data.digits(), validation=0.1, test=0.4, seed=3)
    net = from_rows(rows, SHAPE, CLASSES, rng=rng)
    train.fit(net, splits.train, epochs=EPOCHS, optimizer=optim.Adam(3e-3), seed=0, progress=False)
    return train.evaluate(net, splits.test).accuracy


@cache
def _marks() -> tuple[float, float, float]:
    """Return the accuracies that earn nothing, half of the points and all: the second half takes a convolution."""
    return accuracy(GIVEN), accuracy(PLAIN), FULL


def score(rows: Any) -> tuple[float, str]:
    """Return the share of the points a network earns, and what it reached."""
    try:
        reached = accuracy(rows)
    except FloatingPointError:
        return 0.0, "The net can be built, but its numbers grew without bound in training. Leave `init` as it is."
    except Exception as error:
        return 0.0, f"The net can be built, but it cannot be trained. {type(error).__name__}: {error}"
    given, plain, _ = marks = _marks()
    part = float(np.interp(reached, marks, (0, 0.5, 1)))
    told = (
        f"After {EPOCHS} rounds of training your net gets {reached:.1%} of the hidden pictures right; the given net "
        f"gets {given:.1%}. It has {_parameters(rows):,} of {BUDGET:,} parameters: {_each(rows)}."
    )
    if part < 1:
        told += f" {plain:.1%}, as without a convolution, earns half of the points, and {FULL:.0%} earns all."
    return part, told


PROPERTIES = (
    Property(
        "no_network",
        _problem,
        'Return a list of rows such as {"type": "conv", "f": 3, "filters": 4, "pad": 1}.',
        lambda rows: not _problem(rows),
        example=lambda: [{"type": "conv", "f": 9, "filters": 2}],
    ),
    Property(
        "over_budget",
        _over_budget,
        "Which layer holds most of the parameters? What would make its input smaller?",
        lambda rows: _parameters(rows) <= BUDGET,
        example=lambda: [
            {"type": "flatten"},
            {"type": "fc", "units": 40},
            {"type": "relu"},
            {"type": "fc", "units": 10},
        ],
    ),
    Property(
        "too_slow",
        lambda rows: (
            f"One picture takes {_work(rows):,.0f} thousand operations; at most {SLOWEST} thousand are allowed, "
            "so that training takes seconds."
        ),
        "Use fewer filters, or pool earlier.",
        lambda rows: _work(rows) <= SLOWEST,
        example=lambda: [
            *({"type": "conv", "f": 3, "filters": 8, "pad": 1},) * 3,
            {"type": "pool", "f": 8},
            {"type": "flatten"},
            {"type": "fc", "units": 10},
        ],
    ),
)
