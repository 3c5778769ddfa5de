"""ConvNetExplorer's picture: the layers, one picture through the net, its prediction, and how training goes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.layers import Conv2d, Sequential
from cnnlab.traces import NetTrace
from cnnlab.train import Snapshot
from cnnlab.widgets.colour import GREY, SIGNED, TOP, colour_png, hex_colour, levels, palette_png
from cnnlab.widgets.convnetexplorer_curves import curves
from cnnlab.widgets.convnetexplorer_mosaic import (
    ACROSS,
    FILTER_PITCH,
    FILTERS_ACROSS,
    MAP,
    MAP_PITCH,
    MOST,
    feature_maps,
    filters,
)
from cnnlab.widgets.scene import Codes, Scene, Slot
from cnnlab.widgets.svg import Box, Label, Mover, Panel, Raster, Shape

__all__ = ["View", "draw"]

TEXT = 13.0
INK, FRAME, RULE, BAR, PAPER = "currentColor", "#c8440c", "#8a8a8a", "#4a7fb5", "#ffffff"
ROW, HEAD, TABLE = 36.0, 20.0, 318.0
COLUMNS = {"output": 84.0, "numbers": 150.0, "parameters": 236.0, "sees": 312.0}  # right ends
PICTURE = 144.0
NAME, LENGTH, BAR_ROW, BARS = 98.0, 84.0, 22.0, 12  # of the probabilities; a name has eleven letters

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class View:
    """What is drawn beside the trace."""

    network: Sequential  # as it is now
    first: Mapping[str, Array]  # its parameters before training, by name
    snapshot: Snapshot
    picture: str  # what the picture is called


def draw(trace: NetTrace, view: View) -> Scene:
    """Describe every layer as one scene: a step is a layer, the picture first."""
    tables: dict[str, list[str]] = {
        "sentence": [step.sentence for step in trace],
        "formula": [step.formula for step in trace],
    }
    slots = {name: Slot(table=name, axis="row") for name in tables}
    assets = {"picture.png": _picture_png(trace[0].output)}
    arrays: dict[str, Codes] = {}
    shown = [_maps_shown(step.output) for step in trace]
    height = -(-max(shown) // ACROSS)
    maps = _maps(trace, height, tables, slots, arrays, assets)
    kernels = _filters(view, tables, slots, assets)
    return Scene(
        rows=len(trace),
        columns=1,
        lines=(
            (_table(trace), maps, _prediction(trace, view.picture)),
            (kernels, *curves(view.snapshot, math.log(len(trace.classes)))),
        ),
        slots=slots,
        tables=tables,
        arrays=arrays,
        sentences={
            "formula": "{formula}",
            "cell": f"Step {{step}} of {len(trace)}. {{sentence}}",
            "note": " ".join([trace.verdict, _told(view.snapshot)]),
        },
        assets=assets,
        small=assets,
    )


def _told(snapshot: Snapshot) -> str:
    """Say in a sentence how far training has come."""
    if not snapshot.losses:
        return "Not trained yet."
    text = f"Trained for {snapshot.steps:,} step{'s' * (snapshot.steps != 1)}, loss {snapshot.losses[-1]:.3f}"
    if snapshot.epochs and snapshot.epochs[-1][1].validation_accuracy is not None:
        text += f", validation accuracy {snapshot.epochs[-1][1].validation_accuracy:.1%}"
    return f"{text}."


def _maps_shown(output: Array) -> int:
    return min(len(output), MOST) if output.ndim == 3 or len(output) <= MOST else 1


def _table(trace: NetTrace) -> Panel:
    """List the layers: name and settings, and below them shape, size, parameters and receptive field."""
    shapes: list[Shape] = [Label(x, HEAD / 2, name, TEXT, INK, anchor="end") for name, x in COLUMNS.items()]
    for n, step in enumerate(trace):
        top = HEAD + n * ROW
        if n % 2 == 0:
            shapes.append(Box(0, top, TABLE, ROW, "#80808018"))
        shapes.append(Label(6, top + 10, step.row.name, TEXT, INK, bold=True, anchor="start"))
        shapes.append(Label(76, top + 10, _cut(step.words, 32), TEXT, INK, anchor="start"))
        for word, x in zip(step.row.cells[1:], COLUMNS.values(), strict=True):
            shapes.append(Label(x, top + 26, word, TEXT, INK, anchor="end"))
    end = HEAD + len(trace) * ROW
    total = sum(step.row.parameters for step in trace)
    numbers = sum(step.row.size for step in trace)
    shapes.append(Box(0, end, TABLE, 1, RULE))
    shapes.append(Label(6, end + 14, "total", TEXT, INK, bold=True, anchor="start"))
    shapes.append(Label(COLUMNS["numbers"], end + 14, f"{numbers:,}", TEXT, INK, anchor="end"))
    shapes.append(Label(COLUMNS["parameters"], end + 14, f"{total:,}", TEXT, INK, bold=True, anchor="end"))
    shapes.append(Mover("layer", (Box(0, 0, TABLE, ROW, stroke=FRAME, line=3),), (0, 0), (HEAD, ROW)))
    return Panel(
        "Layers",
        TABLE,
        end + 26,
        tuple(shapes),
        area="cell",
        grid=(0, HEAD, TABLE, len(trace) * ROW),
        help="Arrow keys up and down go from layer to layer. Enter pins one, Escape releases it.",
    )


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _maps(
    trace: NetTrace,
    height: int,
    tables: dict[str, list[str]],
    slots: dict[str, Slot],
    arrays: dict[str, Codes],
    assets: dict[str, bytes],
) -> Panel:
    """Show what every layer gives: its pictures are looked up by the step."""
    mosaics = [feature_maps(step.output, height) for step in trace]
    assets |= {f"maps{n}.png": mosaic.png for n, mosaic in enumerate(mosaics)}
    words = [[word.partition(" to ") for word in mosaic.words] for mosaic in mosaics]
    table = [
        "",
        *sorted({part for row in words for low, to, high in row for part in (low, f"to {high}" if to else "")} - {""}),
    ]
    place = {word: n for n, word in enumerate(table)}
    codes = np.zeros((len(trace), 2 * MOST), np.uint16)  # the two lines below each map
    for n, row in enumerate(words):
        for k, (low, to, high) in enumerate(row):
            codes[n, 2 * k : 2 * k + 2] = place[low], place[f"to {high}" if to else ""]
    arrays["range"] = Codes(codes)
    tables |= {
        "range": table,
        "maps_png": [f"maps{n}.png" for n in range(len(trace))],
        "maps": [_title(step.row.name, step.output) for step in trace],
        "least": ["−" * (mosaic.reach > 0) + mosaic.ends for mosaic in mosaics],
        "most": [mosaic.ends for mosaic in mosaics],
    }
    slots |= {name: Slot(table=name, axis="row") for name in ("maps_png", "maps", "least", "most")}
    width, top, step = ACROSS * float(MAP_PITCH[0]), 60.0, 18.0
    shapes: list[Shape] = [Label(0, 9, slot="maps", size=TEXT, ink=INK, anchor="start")]
    shapes += [Box(n * step, 22, step, 10, hex_colour(SIGNED, round(n * TOP / 8)), RULE, 0.5) for n in range(9)]
    shapes += [
        Label(0, 43, slot="least", size=TEXT, ink=INK, anchor="start"),
        Label(4.5 * step, 43, "0", TEXT, INK),
        Label(9 * step, 43, slot="most", size=TEXT, ink=INK, anchor="end"),
        Raster(0, top, width, height * float(MAP_PITCH[1]), slot="maps_png"),
    ]
    for k in range(ACROSS * height):
        x, y = (k % ACROSS) * MAP_PITCH[0] + MAP / 2, top + (k // ACROSS) * MAP_PITCH[1] + MAP
        for line in range(2):
            slots[f"range{k}_{line}"] = Slot("range", "range", 0, 2 * k + line)
            shapes.append(Label(x, y + 10 + 15 * line, slot=f"range{k}_{line}", size=TEXT, ink=INK))
    return Panel("What the layer gives", width, top + height * MAP_PITCH[1], tuple(shapes))


def _title(name: str, output: Array) -> str:
    if output.ndim == 3:
        c, p, q = output.shape
        many = f"first {MOST} of {c} maps" if c > MOST else f"{c} map{'s' * (c != 1)}"
        return f"{name}: {many}, {p}×{q}"
    return f"{name}: {len(output):,} numbers" + (", row by row" if len(output) > MOST else "")


def _picture_png(image: Array) -> bytes:
    """Show a picture as it looks: in colour if it has three channels, else its first channel."""
    low, high = min(0.0, float(image.min())), max(1.0, float(image.max()))
    shades = levels(image.astype(np.float64), low, high)
    if len(image) != 3:
        return palette_png(shades[0], GREY)
    return colour_png(np.dstack([*shades, np.full_like(shades[0], 255)]))


def _prediction(trace: NetTrace, name: str) -> Panel:
    """Show the picture, and below it the probability of every class as a bar with its number."""
    trace = replace(trace, classes=tuple(_cut(name, 11) for name in trace.classes))
    h, w = trace[0].output.shape[1:]
    scale = PICTURE / max(h, w)
    lines = trace.verdict.replace(". ", ".\n").split("\n")
    shapes: list[Shape] = [
        Raster(0, 0, w * scale, h * scale, "picture.png"),
        *(
            Label(0, h * scale + 16 + 18 * n, line, TEXT, INK, bold=True, anchor="start")
            for n, line in enumerate(lines)
        ),
    ]
    top = h * scale + 10 + 18 * len(lines)
    share = trace.probabilities
    order = np.arange(len(share))
    if len(share) > BARS:  # the most probable, and the right one
        order = np.argsort(-share, kind="stable")[:BARS]
        if trace.label is not None and trace.label not in order:
            order[-1] = trace.label
    for n, k in enumerate(order):
        middle, part = top + (n + 0.5) * BAR_ROW, float(np.nan_to_num(share[k]))
        bold = bool(k == trace.predicted)
        if k == trace.label:
            shapes.append(Box(0, middle - BAR_ROW / 2 + 1, NAME + LENGTH + 58, BAR_ROW - 2, stroke=FRAME, line=2))
        shapes.append(Label(NAME - 6, middle, trace.classes[k], TEXT, INK, bold=bold, anchor="end"))
        shapes.append(Box(NAME, middle - BAR_ROW / 2 + 5, max(1.0, LENGTH * part), BAR_ROW - 10, BAR))
        words = "NaN" if np.isnan(share[k]) else f"{share[k]:.1%}"
        shapes.append(Label(NAME + LENGTH + 52, middle, words, TEXT, INK, bold=bold, anchor="end"))
    end = top + len(order) * BAR_ROW
    if trace.label is not None:
        shapes.append(Label(NAME + LENGTH + 58, end + 12, "framed: the right class", TEXT, INK, anchor="end"))
        end += 22
    return Panel(f"{name[:1].upper()}{name[1:]}", NAME + LENGTH + 60, end, tuple(shapes))


def _filters(view: View, tables: dict[str, list[str]], slots: dict[str, Slot], assets: dict[str, bytes]) -> Panel:
    """Show the filters before training and now: of the layer shown, else of the last convolution before it."""
    width = float(FILTERS_ACROSS * FILTER_PITCH)
    convs = [n for n, layer in enumerate(view.network.layers) if isinstance(layer, Conv2d)]
    if not convs:
        text = Label(0, 9, "This net has no convolution.", TEXT, INK, anchor="start")
        return Panel("Filters, before training and now", width, 24, (text,))
    words = {}
    for n in convs:
        name, layer = view.network.names[n], view.network.layers[n]
        now = layer.params["w"]
        pair = {"before": filters(view.first[f"{name}.w"]), "now": filters(now)}
        assets |= {f"{name}_{when}.png": mosaic.png for when, mosaic in pair.items()}
        many = f"first {FILTERS_ACROSS} of {len(now)}" if len(now) > FILTERS_ACROSS else f"{len(now)}"
        seen = "in colour" if now.shape[1] == 3 else "channel 0" if now.shape[1] > 1 else ""
        words[n] = {
            "filters": ", ".join(filter(None, [f"{name}: {many} filters", seen])),
            **{f"{when}_range": f"{when}: {mosaic.words[0]}" for when, mosaic in pair.items()},
            **{f"{when}_png": f"{name}_{when}.png" for when in pair},
        }
    for key in words[convs[0]]:
        nearest = [
            max((n for n in convs if n < step), default=convs[0]) for step in range(len(view.network.layers) + 1)
        ]
        tables[key] = [words[n][key] for n in nearest]
        slots[key] = Slot(table=key, axis="row")
    shapes: list[Shape] = [Label(0, 9, slot="filters", size=TEXT, ink=INK, anchor="start")]
    for n, when in enumerate(("before", "now")):
        top = 24.0 + n * (FILTER_PITCH + 20)
        shapes.append(Label(0, top + 8, slot=f"{when}_range", size=TEXT, ink=INK, anchor="start"))
        shapes.append(Raster(0, top + 18, width, float(FILTER_PITCH), slot=f"{when}_png"))
    return Panel("Filters, before training and now", width, 24.0 + 2 * (FILTER_PITCH + 20), tuple(shapes))
