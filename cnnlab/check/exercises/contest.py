"""The open exercise: a net of one's own within a budget of parameters, trained and measured on hidden pictures."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from cnnlab.check.task import Property

__all__ = ["BUDGET", "GIVEN", "PROPERTIES", "score"]

BUDGET = 1500  # parameters
SHAPE = (1, 8, 8)
CLASSES = 10
EPOCHS = 6
SLOWEST = 40  # multiplications in thousands for one picture: more would train for minutes

# The net to beat: about 88 % on the hidden pictures.
GIVEN = (
    {"type": "conv", "f": 3, "filters": 4, "pad": 1},
    {"type": "relu"},
    {"type": "pool", "f": 2},
    {"type": "flatten"},
    {"type": "fc", "units": 10},
)
FULL = 0.95  # accuracy that earns all points; what the given net reaches earns none


def _problem(rows: Any) -> str:
    """Say why rows are no network for the digits, or nothing."""
    from cnnlab.models import from_rows

    try:
        from_rows(rows, SHAPE, CLASSES)
    except (ValueError, TypeError, KeyError) as error:
        return f"No network can be built from this. {error}"
    except Exception as error:
        return f"No network can be built from this: {type(error).__name__}."
    return ""


def _parameters(rows: Any) -> int:
    from cnnlab.models import from_rows

    return from_rows(rows, SHAPE, CLASSES).summary().parameters


def _over_budget(rows: Any) -> str:
    """Count the parameters of each layer."""
    from cnnlab.models import from_rows

    table = from_rows(rows, SHAPE, CLASSES).summary()
    counts = ", ".join(f"{row.layer or row.name} {row.parameters:,}" for row in table.rows if row.parameters)
    return f"It has {table.parameters:,} parameters; the budget is {BUDGET:,}. They are: {counts}."


def _work(rows: Any) -> float:
    """Return the multiplications that one picture takes, in thousands."""
    from cnnlab.models import from_rows

    table = from_rows(rows, SHAPE, CLASSES).summary()
    # Every parameter of a map is used once at each of its places.
    return sum(row.parameters * (math.prod(row.shape[1:]) if len(row.shape) == 3 else 1) for row in table.rows) / 1000


@cache
def accuracy(rows: tuple[tuple[tuple[str, Any], ...], ...]) -> float:
    """Train on part of the digits and measure on the others; the same rows give the same number."""
    from cnnlab import data, optim, train
    from cnnlab.models import from_rows

    splits = data.split(data.digits(), validation=0.1, test=0.4, seed=3)
    net = from_rows([dict(row) for row in rows], SHAPE, CLASSES, rng=0)
    train.fit(net, splits.train, epochs=EPOCHS, optimizer=optim.Adam(3e-3), seed=0, progress=False)
    return train.evaluate(net, splits.test).accuracy


def _frozen(rows: Any) -> tuple[tuple[tuple[str, Any], ...], ...]:
    return tuple(tuple(sorted(dict(row).items())) for row in rows)


def score(rows: Any) -> tuple[float, str]:
    """Return the share of the points a network earns, and what it reached."""
    start, reached = accuracy(_frozen(GIVEN)), accuracy(_frozen(rows))
    part = min(1.0, max(0.0, (reached - start) / (FULL - start)))
    told = (
        f"{_parameters(rows):,} of {BUDGET:,} parameters. After {EPOCHS} rounds of training it gets {reached:.1%} "
        f"of the hidden "
        f"pictures right; the given net gets {start:.1%}."
    )
    if part < 1:
        told += f" All points are earned at {FULL:.0%}."
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
            f"One picture takes {_work(rows):,.0f} thousand multiplications; at most {SLOWEST} thousand are allowed, "
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
