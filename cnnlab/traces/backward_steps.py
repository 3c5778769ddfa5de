"""The words of a backward pass: what an output sends back, and of which products a gradient is the sum."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnlab.traces.number import joined, number, significant

if TYPE_CHECKING:
    from cnnlab.traces.backward import BackwardTrace

__all__ = ["BackwardStep", "fraction", "of_bias", "of_input", "of_output", "of_weight", "written"]

SYMBOLS_UP_TO = 4  # terms of a sum that are also written with their places, as in δ[0,1]·w[1,0]


@dataclass(frozen=True)
class BackwardStep:
    """One cell of the backward pass: where it is, its arithmetic and what there is to say about it."""

    row: int
    column: int
    formula: str
    sentence: str


class _Term(NamedTuple):
    """One product of a sum."""

    left: str
    right: str
    symbols: str = ""


def of_output(trace: BackwardTrace, p: int, q: int) -> BackwardStep:
    """Tell what output (p, q) sends back over its window."""
    (r, s), (top, left) = trace.grid.kernel, (p * trace.stride, q * trace.stride)
    place = f"{top}:{top + r}, {left}:{left + s}"
    rim, delta = "_pad" if trace.pad else "", _text(trace, trace.dy[p, q])
    start = f"Output row {p}, column {q}: {_forward(trace, p, q)}. δ = {delta}"
    window = f"its window, {_span('row', top, r)}, {_span('column', left, s)}"
    if trace.w is not None:
        factor = _factor(delta)
        formula = f"dx{rim}[{place}] += {factor}·w,  dw += {factor}·x{rim}[{place}],  db += {factor}"
        told = f"{start} goes back over {window}. dx gets δ times each weight, dw gets δ times each input, db gets δ."
    elif trace.operation == "average pooling":
        share = _text(trace, trace.sent[p, q, 0, 0])
        formula = f"dx{rim}[{place}] += {delta} / {r * s} = {share}"
        told = f"{start} is shared by {window}: each of its {r * s} cells gets {share}."
    else:
        won = np.argwhere(trace.factors[p, q])
        formula = ",  ".join(
            f"dx{rim}[{top + i},{left + j}] += {_factor(_text(trace, trace.sent[p, q, i, j]))}" for i, j in won
        )
        told = f"{start}. {_winners(trace, p, q)}"
    return BackwardStep(p, q, formula, told)


def _forward(trace: BackwardTrace, p: int, q: int) -> str:
    """Compute an output from its window, as the forward pass did."""
    cells = [_text(trace, value) for value in trace.windows[p, q].flat if np.isfinite(value)]
    if trace.w is not None:
        bias = [_text(trace, trace.b)] if trace.b else []
        products = [f"{_factor(x)}·{_factor(_text(trace, w))}" for x, w in zip(cells, trace.w.flat, strict=True)]
        arithmetic = joined([*products, *bias])
    elif trace.operation == "average pooling":
        arithmetic = f"({joined(cells)}) / {len(cells)}"
    else:
        arithmetic = f"max({', '.join(cells)})"
    return f"y = {arithmetic} = {_text(trace, trace.y[p, q])}"


def _winners(trace: BackwardTrace, p: int, q: int) -> str:
    largest, tied = _text(trace, trace.y[p, q]), int((trace.windows[p, q] == trace.y[p, q]).sum())
    if tied == 1:
        return f"The maximum {largest} stands in one cell of the window: it gets all of δ."
    rule = {
        "first": "the first in reading order gets all of δ",
        "all": "every one of them gets all of δ",
        "share": f"each gets an equal share, {_text(trace, trace.dy[p, q] / tied)}",
    }[trace.ties]
    return f"The maximum {largest} stands in {tied} cells, a tie: {rule}."


def of_input(trace: BackwardTrace, i: int, j: int) -> BackwardStep:
    """Tell of which products dx[i, j] is the sum: δ of each output it fed, times what it met there."""
    fed = trace.fed(i, j)
    terms = [
        _Term(_text(trace, trace.dy[p, q]), _text(trace, trace.w[r, s]), f"δ[{p},{q}]·w[{r},{s}]")
        if trace.w is not None
        else _Term(_text(trace, trace.dy[p, q]), fraction(trace.factors[p, q, r, s]))
        for p, q, r, s in fed
    ]
    value = _text(trace, trace.gradients["dx"][i, j])
    start = f"Input row {i}, column {j}"
    if not terms:
        told = f"{start} lies in no window: its gradient is 0."
    elif trace.operation == "max pooling":
        won = sum(bool(trace.factors[place]) for place in fed)
        told = f"{start} lies in {_count(len(terms), 'window')} and wins {won or 'none'}: its gradient is {value}."
    else:
        what = "its share" if trace.w is None else "the weight it met there"
        told = f"{start} fed {_count(len(terms), 'output')}. Its gradient is the sum of δ times {what}: {value}."
    return BackwardStep(i, j, _sum(f"dx[{i},{j}]", terms, value), told)


def of_weight(trace: BackwardTrace, r: int, s: int) -> BackwardStep:
    """Tell of which products dw[r, s] is the sum: each input the weight met, times δ of the output it went into."""
    met = trace.met(r, s)
    terms = [
        _Term(_text(trace, trace.x[i, j]), _text(trace, trace.dy[p, q]), f"x[{i},{j}]·δ[{p},{q}]") for p, q, i, j in met
    ]
    value = _text(trace, trace.gradients["dw"][r, s])
    told = (
        f"Weight row {r}, column {s} met {_count(len(met), 'input')}. "
        f"Its gradient is the sum of each input times its δ: {value}."
    )
    return BackwardStep(r, s, _sum(f"dw[{r},{s}]", terms, value), told)


def of_bias(trace: BackwardTrace) -> str:
    """Sum the gradient of the bias up."""
    terms, value = joined(_text(trace, delta) for delta in trace.dy.flat), _text(trace, trace.gradients["db"][0, 0])
    return f"db = {terms} = {value}" if trace.dy.size > 1 else f"db = {value}"


def _sum(name: str, terms: list[_Term], value: str) -> str:
    if not terms:
        return f"{name} = 0"
    numbers = joined(f"{_factor(left)}·{_factor(right)}" for left, right, _ in terms)
    symbols = joined(term.symbols for term in terms if term.symbols) if len(terms) <= SYMBOLS_UP_TO else ""
    return " = ".join(filter(None, (name, symbols, numbers, value)))


def fraction(value: float) -> str:
    """Write a pooling's share of δ.

    Examples
    --------
    >>> fraction(1.0), fraction(1 / 9), fraction(0.0)
    ('1', '1/9', '0')
    """
    return str(Fraction(value).limit_denominator(1000))


def _text(trace: BackwardTrace, value: float) -> str:
    return written(value, trace.decimals)


def written(value: float, decimals: int) -> str:
    """Write a number; one that all its decimals would make 0 is written by its first digits.

    Examples
    --------
    >>> written(-0.25, 3), written(0.00012, 3), written(1e-17, 3)
    ('−0.25', '0.00012', '0')
    """
    text = number(value, decimals)
    return significant(value, 2) if text == "0" and abs(value) > 1e-12 else text


def _factor(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _span(name: str, start: int, size: int) -> str:
    return f"{name} {start}" if size == 1 else f"{name}s {start} to {start + size - 1}"


def _count(n: int, name: str) -> str:
    return f"{n} {name}" if n == 1 else f"{n} {name}s"
