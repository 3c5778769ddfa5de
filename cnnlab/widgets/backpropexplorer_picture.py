"""BackpropExplorer's picture: the forward pass above, the gradients of the chosen view below."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.traces import BackwardTrace
from cnnlab.traces.backward_steps import of_bias, of_input, of_output, of_weight
from cnnlab.widgets.backpropexplorer_panels import GRADIENT, LOSS, Sheet
from cnnlab.widgets.cells import PAPER, rounding
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.svg import Panel

__all__ = ["draw"]

Array = NDArray[Any]
Line = tuple[Panel, ...]

TELLERS = {"output": of_output, "input": of_input, "weight": of_weight}


def draw(trace: BackwardTrace, notes: tuple[str, ...] = ()) -> Scene:
    """Describe every step of a trace as one scene."""
    sheet = Sheet(trace)
    below = {"windows": _windows, "turned": _turned, "weights": _weights}[trace.view](sheet)
    lines = (_forward(sheet), *below, *_own(sheet))
    rows, columns = trace.shape
    return Scene(
        rows=rows,
        columns=columns,
        lines=lines,
        sentences=_sentences(sheet, notes),
        slots=sheet.slots,
        tables=sheet.tables,
        arrays=sheet.arrays,
        sizes={kind: sheet.sizes[kind] for kind in sheet.probes},
    )


def _forward(sheet: Sheet) -> Line:
    """Draw input, kernel, bias and output, and the gradient δ that comes back to the output."""
    trace = sheet.trace
    delta = sheet.still(
        f"δ = dL/dy {_size(trace.dy)}", trace.dy, LOSS, "output", "dy", tags=True, overlay=sheet.factors_on_outputs()
    )
    if trace.w is None:
        y = sheet.still(f"y {_size(trace.y)}, {trace.operation}", trace.y, PAPER, "output", "y", before="→")
        return _input(sheet, "x"), y, delta
    return (
        _input(sheet, "x"),
        sheet.still(f"w {_size(trace.w)}", trace.w, PAPER, "weight", "w", before="∗"),
        sheet.still("b", np.array([[trace.b]]), PAPER, before="+"),
        sheet.still(f"y {_size(trace.y)}", trace.y, PAPER, "output", "y", before="="),
        delta,
    )


def _input(sheet: Sheet, name: str) -> Panel:
    trace = sheet.trace
    title = f"x {_size(trace.x)}" + (f" in a rim of {trace.pad}" if trace.pad else "")
    overlay = () if trace.w is None else sheet.losses_on_inputs(name)
    return sheet.still(
        title,
        trace.padded,
        PAPER,
        "input",
        name,
        rim=trace.pad,
        tags=bool(overlay),
        struck=_unseen(trace),
        overlay=overlay,
    )


def _windows(sheet: Sheet) -> tuple[Line, ...]:
    """Draw what this output adds, and the gradients as they fill up."""
    trace = sheet.trace
    filled = {name: np.moveaxis(values, 0, -1) for name, values in trace.filled.items()}
    filled = {name: values.reshape(*values.shape[:2], *trace.grid.out) for name, values in filled.items()}
    name = "dx_pad" if trace.pad else "dx"
    sent, seen = (np.moveaxis(each, (0, 1), (2, 3)) for each in (trace.sent, trace.windows))
    delta = sheet.moving("δ of this output", trace.dy[None, None], LOSS, name="delta")
    added = sheet.moving(f"added to {name}", sent, GRADIENT, name="sent", before="=")
    how = {"rim": trace.pad, "struck": _unseen(trace), "before": "→"}
    dx = sheet.moving(f"{name} so far", filled["dx"], GRADIENT, "input", "dx", **how)
    if trace.w is None:
        title = "shares" if trace.operation == "average pooling" else f"mask, ties: {trace.ties}"
        shares = np.moveaxis(sheet.shares(), (0, 1), (2, 3))
        return ((delta, sheet.moving(title, shares, PAPER, name="mask", before="·"), added, dx),)
    return (
        (delta, sheet.still("w", trace.w, PAPER, before="·"), added, dx),
        (
            delta,
            sheet.moving("window of x", seen, PAPER, name="seen", before="·"),
            sheet.moving("added to dw", seen * trace.dy, GRADIENT, name="learnt", before="="),
            sheet.moving("dw so far", filled["dw"], GRADIENT, "weight", "dw", before="→"),
            sheet.moving("db so far", filled["db"], GRADIENT, name="db"),
        ),
    )


def _turned(sheet: Sheet) -> tuple[Line, ...]:
    """Draw dx as the full correlation of δ with the turned kernel."""
    trace = sheet.trace
    assert trace.w is not None
    title = "δ with zeros around" + (" and between" if _between(trace) else "")
    surrounded = sheet.still(title, trace.surrounded, LOSS, tags=True, overlay=sheet.weights_on_surrounded())
    turned = sheet.still("w turned by 180°", trace.w[::-1, ::-1], PAPER, before="∗")
    return (surrounded, turned, _gradient(sheet, "dx", "=")), (_gradient(sheet, "dw"), _gradient(sheet, "db"))


def _weights(sheet: Sheet) -> tuple[Line, ...]:
    """Draw dw as the correlation of the input with δ."""
    trace = sheet.trace
    title = "δ with zeros between" if _between(trace) else "δ"
    spaced = sheet.still(title, trace.spaced, LOSS, before="∗")
    return (_input(sheet, "x2"), spaced, _gradient(sheet, "dw", "=")), (_gradient(sheet, "db"), _gradient(sheet, "dx"))


def _gradient(sheet: Sheet, name: str, before: str = "") -> Panel:
    kind, struck = {"dx": ("input", _unseen(sheet.trace)), "dw": ("weight", None)}.get(name, ("", None))
    values = sheet.trace.gradients[name]
    return sheet.still(name, values, GRADIENT, kind, name, before=before, struck=struck)


def _own(sheet: Sheet) -> tuple[Line, ...]:
    """Draw what a learner's function returned; cells that differ are crossed."""
    trace = sheet.trace
    line = tuple(
        sheet.still(f"your {name}", values, GRADIENT, crossed=trace.differs(name)) for name, values in trace.own.items()
    )
    return (line,) if line else ()


def _sentences(sheet: Sheet, notes: tuple[str, ...]) -> dict[str, str]:
    trace, sentences = sheet.trace, {}
    for kind, (rows, columns) in sheet.sizes.items():
        steps = [TELLERS[kind](trace, r, c) for r, c in np.ndindex(rows, columns)]
        for name in ("formula", "sentence"):
            words = np.array([getattr(step, name) for step in steps], object)
            sheet.look_up(f"{kind}_{name}", words.reshape(1, 1, rows, columns), kind)
        if kind in sheet.probes:
            sentences[f"formula_{kind}"], sentences[kind] = f"{{{kind}_formula0_0}}", f"{{{kind}_sentence0_0}}"
        else:
            sentences["formula"] = f"{{{kind}_formula0_0}}"
            sentences["cell"] = f"Step {{step}} of {len(trace)}. {{{kind}_sentence0_0}}"
    return {**sentences, "note": " ".join((*_remarks(trace, sheet.decimals), *notes))}


def _remarks(trace: BackwardTrace, decimals: int) -> list[str]:
    """Say what is worth knowing about the whole picture."""
    remarks, unseen, (h, w), p = [], int(_unseen(trace).sum()), trace.x.shape, trace.pad
    if trace.w is not None:
        remarks.append(f"The bias met every output once: {of_bias(trace)}.")
    if p and trace.view == "windows":
        remarks.append(f"The grey rim is padding. Its gradient is cut off: dx = dx_pad[{p}:{p + h}, {p}:{p + w}].")
    if unseen:
        cells = "1 input, struck out, lies" if unseen == 1 else f"{unseen} inputs, struck out, lie"
        remarks.append(f"{cells} in no window: gradient 0.")
    for name in trace.own:
        wrong = trace.differs(name)
        if wrong.any():
            remarks.append(f"{wrong.sum()} of {wrong.size} cells of your {name} differ from the library's, crossed.")
    exact = np.concatenate([values.ravel() for values in (trace.x, trace.y, *trace.gradients.values(), trace.factors)])
    if decimals < trace.decimals:
        short = f"{decimals} decimal{'s' * (decimals != 1)}" if decimals else "whole numbers"
        remarks.append(f"In the cells numbers are rounded to {short}, in the sentences to {trace.decimals} decimals.")
    return [*remarks, *([] if decimals < trace.decimals else rounding(decimals, exact))]


def _unseen(trace: BackwardTrace) -> Array:
    """Mark the inputs that lie in no window, (H, W)."""
    h, w = trace.x.shape
    return np.array([[not trace.fed(i, j) for j in range(w)] for i in range(h)])


def _between(trace: BackwardTrace) -> bool:
    """Tell whether a stride puts zeros between the cells of δ."""
    return bool(trace.spaced.size > trace.dy.size)


def _size(values: Array) -> str:
    return f"{values.shape[0]}×{values.shape[1]}"
