"""Figures: what is drawn, read back from Matplotlib's own objects."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from cnnlab import plots
from cnnlab.shapes import ShapeError
from cnnlab.train import Epoch, History

mpl.use("Agg")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """Figures that would have appeared in the notebook."""
    figures: list[Figure] = []
    monkeypatch.setattr(plt, "show", lambda: figures.append(plt.gcf()))
    yield figures
    assert not plt.get_fignums(), "a figure was left open"


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_small_pictures_carry_their_numbers(shown: list[Figure]) -> None:
    plots.show([[10, -20], [0, 0.5]], titles=["toy"])
    assert texts(shown[0]) == ["10", "−20", "0", "0.5"]
    assert shown[0].axes[0].get_title() == "toy"


def test_a_figure_is_no_wider_than_a_page_so_that_its_words_keep_their_size(shown: list[Figure]) -> None:
    plots.show(*np.zeros((5, 20, 30)), titles=["a long title"] * 5)
    plots.show(np.zeros((20, 30)))
    assert [tuple(figure.get_size_inches()) for figure in shown] == [(10.0, pytest.approx(10 / 7.5 + 0.25)), (4.5, 3.0)]


def test_a_negative_cell_makes_it_signed_with_zero_in_the_middle(shown: list[Figure]) -> None:
    plots.show(np.array([[-1.0, 4.0]]), np.array([[1.0, 4.0]]))
    first, second = (axis.images[0] for axis in shown[0].axes[:2])
    assert first.get_cmap().name == "cividis"
    assert first.get_clim() == (-4, 4)
    assert second.get_cmap().name == "gray"


def test_large_pictures_have_no_numbers(shown: list[Figure]) -> None:
    plots.show(np.zeros((13, 13)), np.ones((20, 30, 3)))
    assert texts(shown[0]) == []


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0])
def test_a_flat_picture_draws(shown: list[Figure], value: float) -> None:
    plots.show(np.full((2, 2), value))
    assert len(shown) == 1


def test_numbers_stand_out_from_their_cell(shown: list[Figure]) -> None:
    plots.show([[-1.0, 1.0]])
    assert [text.get_color() for text in shown[0].axes[0].texts] == ["white", "black"]


def test_curves_are_named_and_axes_labelled(shown: list[Figure]) -> None:
    plots.lines({"a": [3, 2, 1], "b": [1, 1, 1]}, x="step", y="loss", log=True)
    axis = shown[0].axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_yscale()) == ("step", "loss", "log")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["a", "b"]
    assert axis.lines[0].get_linestyle() != axis.lines[1].get_linestyle()


def test_what_cannot_be_shown() -> None:
    with pytest.raises(ShapeError, match="pictures: got none"):
        plots.show()
    with pytest.raises(ShapeError, match="titles: got 2 for 1"):
        plots.show(np.ones((2, 2)), titles=["a", "b"])
    with pytest.raises(ShapeError, match="picture: got shape"):
        plots.show(np.ones(3))


def test_lines_stand_where_they_are_told(shown: list[Figure]) -> None:
    plots.lines({"a": [1, 2, 3]}, at=[1, 10, 100], x="h", y="error", log="both")
    (axis,) = shown[-1].axes
    assert axis.lines[0].get_xdata().tolist() == [1, 10, 100]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")


@pytest.mark.parametrize(("at", "whole"), [(None, True), (range(1, 4), True), ([0.5, 1.0, 1.5], False)])
def test_whole_numbers_stay_whole_on_the_axis(shown: list[Figure], at: object, whole: bool) -> None:
    plots.lines({"a": [1, 2, 3]}, at=at, x="epoch", y="loss")
    ticks = shown[-1].axes[0].get_xticks()
    assert bool((ticks == np.round(ticks)).all()) == whole


def test_bars_carry_their_numbers(shown: list[Figure]) -> None:
    plots.bars({"loops": 1200.0, "fast": 1.5}, x="time (ms)", log=True)
    (axis,) = shown[-1].axes
    assert [text.get_text() for text in axis.texts] == ["1,200", "1.5"]
    assert axis.get_xlabel() == "time (ms)"


def test_a_grid_has_one_scale_for_all(shown: list[Figure]) -> None:
    plots.grid(np.stack([np.full((2, 2), -1.0), np.full((2, 2), 4.0), np.zeros((2, 2))]), columns=2, titles="abc")
    pictures = [axis.images[0] for axis in shown[-1].axes if axis.images]
    assert [picture.get_clim() for picture in pictures] == [(-4, 4)] * 3
    assert len(shown[-1].axes) == 4


@pytest.mark.parametrize(
    ("pictures", "titles", "told"), [(np.zeros((2, 2)), (), "one channel"), (np.zeros((2, 3, 3)), "a", "titles")]
)
def test_a_grid_says_what_it_cannot_show(pictures: np.ndarray, titles: str, told: str) -> None:
    with pytest.raises(ShapeError, match=told):
        plots.grid(pictures, titles=titles)


@pytest.mark.parametrize("between", [", said ", ",\nsaid "])
def test_the_titles_of_a_grid_do_not_run_into_one_another(shown: list[Figure], between: str) -> None:
    plots.grid(np.ones((8, 4, 5)), columns=4, titles=[f"automobile{between}airplane", f"cat{between}non-cat"] * 4)
    figure = shown[0]
    figure.canvas.draw()
    boxes = [axis.title.get_window_extent() for axis in figure.axes]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert figure.get_size_inches()[0] <= plots.WIDEST


def test_a_confusion_matrix_names_its_classes_on_both_sides(shown: list[Figure]) -> None:
    plots.confusion([[16, 1], [6, 27]], ["non-cat", "cat"])
    axis = shown[0].axes[0]
    for side in (axis.xaxis, axis.yaxis):
        assert [label.get_text() for label in side.get_ticklabels()] == ["non-cat", "cat"]
    assert (axis.get_ylabel(), axis.get_xlabel()) == ("true class", "answer")
    assert texts(shown[0]) == ["16", "1", "6", "27"]


def test_a_confusion_matrix_of_many_classes_keeps_their_names(shown: list[Figure]) -> None:
    plots.confusion(np.eye(20), [f"class {k}" for k in range(20)])
    assert shown[0].axes[0].axison
    assert len(shown[0].axes[0].get_yticklabels()) == 20


def test_a_confusion_matrix_wants_a_name_for_every_class(shown: list[Figure]) -> None:
    with pytest.raises(ShapeError, match=r"table: got shape \(2, 2\) for 3 names"):
        plots.confusion(np.eye(2), ["a", "b", "c"])


def test_a_grid_takes_pictures_of_one_channel_and_of_three(shown: list[Figure]) -> None:
    plots.grid(np.ones((2, 4, 5, 1)), titles=["3, said 8", "1, said 7"])
    plots.grid(np.ones((2, 4, 5, 3)))
    assert [figure.axes[0].images[0].get_array().shape[:2] for figure in shown] == [(4, 5), (4, 5)]
    assert [axis.get_title() for axis in shown[0].axes] == ["3, said 8", "1, said 7"]


@pytest.mark.parametrize(("cells", "cmap", "clim"), [([1.0, 4.0], "cividis", (-4, 4)), ([-1.0, 4.0], "gray", (0, 4))])
def test_a_grid_is_signed_as_it_is_told(
    shown: list[Figure], cells: list[float], cmap: str, clim: tuple[int, int]
) -> None:
    plots.grid([[cells]], signed=cmap == "cividis")
    (image,) = shown[0].axes[0].images
    assert (image.get_cmap().name, image.get_clim()) == (cmap, clim)


def run(epochs: int) -> History:
    """A run of two steps per epoch whose loss falls and whose accuracy climbs."""
    history = History(steps_per_epoch=2)
    for number in range(1, epochs + 1):
        history.losses += [3.0 - number, 2.5 - number]
        history.epochs.append(Epoch(number, 0.1, 2.0 - number, number / 4, 2.25 - number, number / 5))
    return history


def test_curves_show_loss_and_accuracy_of_both_parts(shown: list[Figure]) -> None:
    plots.curves(run(2))
    left, right = shown[0].axes
    assert (left.get_xlabel(), left.get_ylabel(), right.get_ylabel()) == ("epoch", "loss", "accuracy")
    assert [line.get_label() for line in left.lines] == ["every step", "training", "validation"]
    assert [list(line.get_ydata()) for line in right.lines] == [[0.25, 0.5], [0.2, 0.4]]
    assert left.lines[0].get_xdata().tolist() == [0.5, 1, 1.5, 2]
    training, validation = right.lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_live_curves_keep_one_figure_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    class Handle:
        def update(self, figure: Figure) -> None:
            seen.append(figure)

    def display(page: object, *, display_id: bool) -> Handle:
        assert display_id
        displayed.append(page)
        return Handle()

    displayed: list[object] = []
    seen: list[Figure] = []
    monkeypatch.setattr("IPython.get_ipython", lambda: "a shell")
    monkeypatch.setattr("IPython.display.display", display)
    update = plots.live()
    assert len(displayed) == 1  # before training prints anything
    for epochs in (1, 2, 3):
        update(run(epochs))
    assert (len(displayed), len(seen)) == (1, 3)
    assert len(seen[-1].axes[1].lines[0].get_ydata()) == 3
    assert not plt.get_fignums()


def test_live_curves_outside_of_a_notebook_show_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    update = plots.live()
    for epochs in (1, 2):
        update(run(epochs))
    assert capsys.readouterr().out == ""
    assert not plt.get_fignums()
