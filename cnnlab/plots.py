"""Static figures for the notebooks, drawn with Matplotlib. Pictures that move are widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnlab.data import grey
from cnnlab.shapes import ShapeError
from cnnlab.traces.number import decimals_needed, number
from cnnlab.train.curves import draw_curves
from cnnlab.train.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["bars", "confusion", "curves", "grid", "lines", "live", "show"]

NUMBERED = 12  # a picture of at most this many rows and columns gets its numbers written in the cells
SIGNED = "cividis"  # dark blue below zero, grey at zero, yellow above: told apart by brightness alone
EDGE = 3.0  # inches: side of one picture
WIDEST = 10.0  # inches, as a page is: a wider figure would be shown smaller, and its words with it


def show(*pictures: ArrayLike, titles: Sequence[str] = (), signed: bool | None = None) -> None:
    """Show pictures side by side, small ones with the number of every cell.

    Parameters
    ----------
    *pictures
        Arrays (H, W), or colour pictures (H, W, 3), which are shown in colour.
    titles
        One for each picture.
    signed
        Colour by sign, zero in the middle. By default a picture with a negative cell is.

    Raises
    ------
    ShapeError
        If there is no picture, a picture is not one, or the titles do not match.
    """
    if not pictures:
        raise ShapeError("pictures: got none, wanted at least one array. Pass the arrays to show.")
    if titles and len(titles) != len(pictures):
        raise ShapeError(f"titles: got {len(titles)} for {len(pictures)} pictures. Pass one for each, or none.")
    arrays = [np.asarray(picture) for picture in pictures]
    wide = [a.shape[1] / a.shape[0] for a in map(grey, arrays)]
    sides = sum(min(w, 1.6) for w in wide)
    edge = min(EDGE, WIDEST / sides)
    # A small picture needs room for its title.
    figure, axes = _subplots(len(arrays), figsize=(edge * sides, min(EDGE, edge + 0.25)), width_ratios=wide)
    for axis, array, title in zip(axes, arrays, titles or [""] * len(arrays), strict=True):
        _draw(axis, array, bool((array < 0).any()) if signed is None else signed)
        axis.set_title(title)
    _finish(figure)


def lines(
    curves: Mapping[str, ArrayLike],
    *,
    x: str,
    y: str,
    at: ArrayLike | None = None,
    log: bool | Literal["both"] = False,
) -> None:
    """Plot named curves, the axes labelled with what they count.

    Parameters
    ----------
    curves
        Name of each curve and its values (n,).
    x, y
        What the axes show, with the unit.
    at
        Where the values stand on the horizontal axis, (n,); their index unless given.
    log
        Whether the vertical axis is logarithmic, or both are.
    """
    from matplotlib.ticker import MaxNLocator

    figure, (axis,) = _subplots(1, figsize=(6.4, EDGE))
    for (name, values), style in zip(curves.items(), ("-", "--", ":", "-.") * len(curves), strict=False):
        heights = np.asarray(values)
        axis.plot(np.arange(len(heights)) if at is None else np.asarray(at), heights, style, label=name, linewidth=2)
    axis.set(xlabel=x, ylabel=y, yscale="log" if log else "linear", xscale="log" if log == "both" else "linear")
    if log != "both" and (at is None or np.asarray(at).dtype.kind == "i"):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no epoch 1.5
    axis.grid(alpha=0.3)
    if len(curves) > 1:
        axis.legend()
    _finish(figure)


def bars(values: Mapping[str, float], *, x: str, log: bool = False) -> None:
    """Draw a named bar for each number, the number written behind it.

    Parameters
    ----------
    values
        Name of each bar and its length, 0 or more.
    x
        What the length shows, with the unit.
    log
        Whether lengths are logarithmic, for numbers that differ by factors.
    """
    figure, (axis,) = _subplots(1, figsize=(6.4, 0.6 + 0.4 * len(values)))
    drawn = axis.barh(list(values), list(values.values()), color="#3b6ea8")
    axis.bar_label(drawn, [f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in values.values()], padding=4)
    axis.set(xlabel=x, xscale="log" if log else "linear")
    axis.invert_yaxis()
    axis.margins(x=0.15)
    if log:
        axis.set_xlim(
            left=min([1.0, *filter(None, values.values())])
        )  # else the axis begins just before the shortest ends
    axis.spines[["top", "right"]].set_visible(False)
    _finish(figure)


def grid(pictures: ArrayLike, *, columns: int = 8, titles: Sequence[str] = (), signed: bool | None = None) -> None:
    """Show many small pictures in rows, all with one scale: filters, feature maps, examples.

    Parameters
    ----------
    pictures
        Array (n, H, W) or (n, H, W, 1), or (n, H, W, 3) in colour.
    columns
        Pictures in a row.
    titles
        One for each picture, or none.
    signed
        Colour by sign, zero in the middle. By default they are if a cell is negative.
    """
    arrays = np.asarray(pictures)
    if arrays.ndim not in (3, 4) or not len(arrays):
        raise ShapeError(
            f"pictures: got shape {arrays.shape}, wanted (n, H, W) or (n, H, W, 3). Take one channel: maps[:, 0]."
        )
    if titles and len(titles) != len(arrays):
        raise ShapeError(f"titles: got {len(titles)} for {len(arrays)} pictures. Pass one for each, or none.")
    across = min(columns, len(arrays))
    down = -(-len(arrays) // across)
    words = [title.split("\n") for title in titles]
    # A picture is 1.2 inches wide; a longer title gets the room it needs, so that it does not run into the next.
    wide = max([1.2, *(0.09 * len(line) for lines in words for line in lines)])
    high = 1.2 + 0.2 * max(map(len, words), default=0)
    figure, axes = _subplots(across, down, figsize=(min(wide * across, max(WIDEST, 1.2 * across)), high * down))
    limit = float(np.abs(arrays).max()) or 1.0
    sign = bool((arrays < 0).any()) if signed is None else signed
    for axis in axes[len(arrays) :]:
        axis.axis("off")
    for axis, array, title in zip(axes, arrays, titles or [""] * len(arrays), strict=False):
        axis.imshow(array, cmap=SIGNED if sign else "gray", vmin=-limit if sign else 0, vmax=limit)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    _finish(figure)


def confusion(table: ArrayLike, names: Sequence[str]) -> None:
    """Show what is taken for what: a row for each true class, a column for each answer, the names beside them.

    Parameters
    ----------
    table
        Array (k, k): how many pictures of class i are taken for class j, as :func:`cnnlab.train.confusion` counts.
    names
        The k classes.
    """
    counts = np.asarray(table)
    if counts.shape != (len(names), len(names)):
        raise ShapeError(
            f"table: got shape {counts.shape} for {len(names)} names, wanted a row and a column for each. "
            "Pass train.confusion(model, dataset) and dataset.classes."
        )
    side = max(EDGE, 0.45 * len(names))
    figure, (axis,) = _subplots(1, figsize=(side + 1, side + 0.6))
    _draw(axis, counts, signed=False)
    axis.set_axis_on()
    axis.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 2 else 0)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="answer", ylabel="true class")
    _finish(figure)


def curves(history: History) -> None:
    """Show loss and accuracy of a run over its epochs, training and validation."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(9, 3.6), layout="constrained")
    draw_curves(history, figure)
    _finish(figure)


def live() -> Callable[[History], None]:
    """Return a callback for ``train.fit(..., on_epoch=)`` that keeps a figure of the curves up to date."""
    from IPython import get_ipython
    from IPython.display import HTML, display
    from matplotlib.figure import Figure

    # The figure's place is above the lines that training prints. Outside of IPython there is none.
    place = display(HTML(""), display_id=True) if get_ipython() else None

    def update(history: History) -> None:
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        draw_curves(history, figure)
        if place:
            place.update(figure)

    return update


def _subplots(count: int, rows: int = 1, **settings: Any) -> tuple[Figure, NDArray[Any]]:
    import matplotlib.pyplot as plt

    gridspec = {"width_ratios": settings.pop("width_ratios", [1] * count)}
    figure, axes = plt.subplots(rows, count, squeeze=False, layout="constrained", gridspec_kw=gridspec, **settings)
    return figure, axes.ravel()


def _draw(axis: Axes, array: NDArray[Any], signed: bool) -> None:
    if array.ndim == 3 and array.shape[2] > 1:
        axis.imshow(array)
        axis.axis("off")
        return
    plane = grey(array).astype(float)
    small = max(plane.shape) <= NUMBERED
    # A few very strong pixels would leave the rest of a photograph's response without contrast.
    reach = float(np.quantile(np.abs(plane), 1.0 if small else 0.99)) or 1.0
    image = axis.imshow(
        plane, cmap=SIGNED if signed else "gray", vmin=-reach if signed else min(0.0, float(plane.min())), vmax=reach
    )
    if small:
        decimals = decimals_needed(plane, most=2)
        bright = cast(Callable[[float], float], image.norm)
        for (row, column), value in np.ndenumerate(plane):
            ink = "black" if float(bright(value)) > 0.55 else "white"
            axis.text(column, row, number(float(value), decimals), ha="center", va="center", color=ink, fontsize=11)
        axis.set(xticks=[], yticks=[])
        axis.set_xticks(np.arange(plane.shape[1] - 1) + 0.5, minor=True)
        axis.set_yticks(np.arange(plane.shape[0] - 1) + 0.5, minor=True)
        axis.grid(which="minor", color="0.5", linewidth=0.5)
        axis.tick_params(which="minor", length=0)
    else:
        axis.axis("off")
        if signed:
            axis.figure.colorbar(image, ax=axis, shrink=0.8, extend="both")


def _finish(figure: Figure) -> None:
    import matplotlib.pyplot as plt

    plt.show()
    plt.close(figure)
