"""What every widget shares: settings that are refused, waited for, undone and taken back."""

from dataclasses import dataclass

import ipywidgets
import numpy as np
import pytest

from cnnlab.widgets.explorer import Control, Explorer
from cnnlab.widgets.scene import Codes, Scene, Slot
from cnnlab.widgets.svg import Label, Panel


@dataclass(frozen=True)
class Chosen:
    rows: int = 3
    columns: int = 4
    more: bool = False


class Table(Explorer):
    """Products of rows and columns, at most 40 of them."""

    most = 40
    signature = "times(rows, columns)"

    def __init__(self, rows=3, columns=4, **options):
        super().__init__(Chosen(rows, columns), **options)

    def _draw(self, setting):
        if setting.rows * setting.columns > self.most:
            raise ValueError(f"rows: got {setting.rows}, wanted fewer cells. Take fewer columns.")
        expected = np.outer(np.arange(setting.rows), np.arange(setting.columns)).astype(np.float64)
        products, note, message = self._ask(expected, np.arange(setting.rows), np.arange(setting.columns))
        panel = Panel("Product", 40, 40, (Label(20, 20, slot="product"),))
        scene = Scene(
            *products.shape,
            ((panel,),),
            {"product": Slot("products")},
            {},
            {"products": Codes(products)},
            {"cell": "{row} times {column} is {product}.", "note": note},
        )
        return products, scene, message

    def _controls(self):
        slider = lambda: ipywidgets.IntSlider(min=1, max=20)  # noqa: E731
        return [
            Control("rows", slider(), "Rows", stays=True),
            Control("columns", slider(), "Columns", also=lambda s: {"description": f"{s.rows} by"}),
            Control("more", ipywidgets.ToggleButton(), "More", 1),
            Control(
                "double", ipywidgets.Text(), "Double", 1, _typed, lambda s: str(2 * s.rows), shown=lambda s: s.more
            ),
        ]

    def _summary(self):
        return f"{self.setting.rows} by {self.setting.columns}, {self.place}"


def _typed(setting, text):
    if not text.isdigit():
        raise ValueError(f"double: got {text!r}, wanted a number. Type one.")
    return Chosen(int(text) // 2, setting.columns, setting.more)


@pytest.fixture
def table():
    made = Table()
    yield made
    made.close()


def test_a_control_changes_its_field_and_shows_the_others(table):
    c = table.controls
    c["rows"].value = 5
    assert (table.setting, table.trace.shape) == (Chosen(5, 4), (5, 4))
    assert (c["columns"].description, c["double"].value) == ("5 by", "10")
    c["double"].value = "4"
    assert (table.setting.rows, c["rows"].value) == (2, 2)
    assert c["double"].layout.display == "none"
    c["more"].value = True
    assert c["double"].layout.display is None


def test_a_refused_value_stays_or_goes_back_as_the_control_says(table):
    c, before = table.controls, table.trace
    c["columns"].value = 20
    assert "Take fewer columns" in table.message
    assert (c["columns"].value, table.trace is before) == (4, True)
    c["rows"].value = 20
    assert (c["rows"].value, table.trace is before) == (20, True)
    c["columns"].value = 2  # the remedy, with the other control
    assert (table.message, table.setting) == ("", Chosen(20, 2))


def test_what_cannot_be_read_is_told(table):
    table.controls["double"].value = "two"
    assert "double: got 'two'" in table.message
    assert table.controls["double"].value == "6"
    table.controls["double"].value = "8"
    assert (table.message, table.setting.rows) == ("", 4)


def test_undo_and_reset(table):
    c = table.controls
    c["undo"].click()  # nothing to undo yet
    c["rows"].value = 5
    c["rows"].value = 6
    table.step = 9
    c["rows"].value = 20
    c["undo"].click()  # only the change that was refused
    assert (table.message, c["rows"].value) == ("", 6)
    c["undo"].click()
    assert (c["rows"].value, table.step) == (5, 9)
    c["columns"].value = 3
    c["reset"].click()
    assert repr(table) == "Table: 3 by 4, step 1 of 12, row 0, column 0"
    c["undo"].click()
    assert table.setting == Chosen()


def test_the_cell_shown_is_kept_when_the_grid_changes(table):
    table.step = 4 * 2 + 1  # row 2, column 1
    table.controls["columns"].value = 10
    assert divmod(table.step, 10) == (2, 1)
    table.controls["rows"].value = 1
    assert divmod(table.step, 10) == (0, 1)
    assert (table._slider.max, table._play.max) == (9, 9)
    with pytest.raises(ValueError, match="step: got 10, wanted a whole number from 0 to 9"):
        table.step = 10
    table.step = 9  # the remedy


def test_code_raises_where_a_control_tells(table):
    with pytest.raises(ValueError, match="Take fewer columns"):
        table._change(rows=20)
    assert (table.setting, table.message) == (Chosen(), "")


def test_the_learners_function(table):
    table.fn = np.multiply.outer
    assert "what your function returned" in table._scene.sentences["note"]
    table.fn = lambda rows, columns: None
    assert "return statement" in table.message
    assert "Until then the response is the library's." in table.message
    table.fn = lambda rows, columns: np.multiply.outer(rows, columns) if len(rows) < 5 else None
    before = table.trace
    table.controls["rows"].value = 5
    assert table.trace is before
    assert "return statement" in table.message
    with pytest.raises(TypeError, match=r"a function like times\(rows, columns\).*Table\(fn=times\)"):
        table.fn = "times"
    assert table.trace is before


def test_a_function_that_never_ends_is_called_once_until_reset():
    calls = []

    def endless(rows, columns):
        calls.append(1)
        while True:
            pass

    table = Table(fn=endless, seconds=0.1)
    assert "stopped after 0.1 seconds" in table.message
    table.controls["rows"].value = 4
    table.controls["rows"].value = 5
    assert ("Reset calls it again" in table.message, table.trace.shape, len(calls)) == (True, (5, 4), 1)
    table.controls["reset"].click()  # the remedy
    assert len(calls) == 2
    table.close()


@pytest.mark.parametrize("seconds", [0, -1, np.nan, np.inf, 1e10, "5", None])
def test_seconds_are_refused_with_a_remedy(seconds):
    with pytest.raises(ValueError, match=r"seconds: got .*above 0, up to 3600. Leave it out"):
        Table(seconds=seconds)
    Table(seconds=np.int64(1)).close()


@pytest.mark.parametrize("step", [-1, 12, 1.5, "1", None, np.nan])
def test_steps_are_refused_with_a_remedy(table, step):
    with pytest.raises(ValueError, match=r"step: got .*wanted a whole number from 0 to 11"):
        table.step = step
    table.step = 11


def test_large_grids_are_played_row_by_row(monkeypatch):
    monkeypatch.setattr(Table, "most", 400)
    table = Table(20, 20)
    assert (table._speed.value, table._play.step, table._play.interval) == ("row by row", 20, 20)
    table.controls["rows"].value = 4
    assert (table._speed.value, table._play.step) == ("normal", 1)
    table._speed.value = "slow"
    table.controls["rows"].value = 5
    assert table._play.interval == 1000
    table.close()


def test_every_control_has_a_name_for_screen_readers(table):
    marks = {f"cnnlab-set-{key}" for key in ("rows", "columns", "more", "double")}
    assert set(table._player.names) == marks | {f"cnnlab-{mark}" for mark in ("play", "step", "speed", "build")}


def test_a_constructor_that_raises_leaves_no_control():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    with pytest.raises(ValueError, match="Take fewer columns"):
        Table(20, 20)
    made = [registry[key] for key in set(registry) - before]
    assert not any(isinstance(each, ipywidgets.IntSlider) for each in made)
    for each in made:
        each.close()


def test_closing_leaves_nothing():
    registry = ipywidgets.widgets.widget._instances
    before = set(registry)
    Table().close()
    assert set(registry) == before
