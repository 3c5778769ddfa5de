import itertools
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from cnnlab import course
from cnnlab.check import exercises, strength
from cnnlab.check.alternatives import alternatives
from cnnlab.check.probe import Probe
from cnnlab.check.task import Mistake, Property, Task
from cnnlab.cli import main

WEAK = Task(
    parameters=("x",),
    core=lambda x: x * x,
    probes=tuple(Probe(lambda x=x: (np.array(x),)) for x in (0.0, 1.0, 2.0)),
    mistakes=(
        Mistake("double", "Doubled.", "Look.", instead=lambda x: 2 * x),  # 0 and 2 do not tell
        Mistake("same", "As it was.", "Look.", instead=lambda x: x),  # 0 and 1 do not tell
        Mistake("hides", "Nothing.", "Look.", instead=lambda x: x * x),
        Mistake("on_sight", "Seen.", "Look.", shows=lambda got, right, x: True),
        Mistake("also_double", "Doubled.", "Look.", instead=lambda x: x + x),
    ),
)


@pytest.fixture
def _weak(monkeypatch):
    monkeypatch.setattr(exercises, "find", lambda id: WEAK)


@pytest.mark.usefixtures("_weak")
def test_what_is_missed_is_said():
    found = strength.measure("window_mean", {"window_mean": [lambda x: x**2, lambda x: x**3]})
    assert (len(found.trials), found.caught, found.named, found.needed) == (5, 3, 2, 2)
    assert found.misses == [
        "window_mean: hides is not caught.",
        "window_mean: on_sight has no example to try.",
        "window_mean: also_double is called double.",
        "window_mean: right, but rejected: 2 (<lambda>).",
    ]
    assert found.accepted == 5
    assert repr(found) == "Strength: window_mean, 2 of 5 mistakes named"


@pytest.mark.usefixtures("_weak")
def test_the_command_exits_with_1_on_a_miss():
    result = CliRunner().invoke(main, ["strength", "window_mean"])
    assert result.exit_code == 1
    assert "window_mean: hides is not caught." in result.output


def test_the_command_shows_a_table_and_writes_the_page(tmp_path):
    target = tmp_path / "page.html"
    result = CliRunner().invoke(main, ["strength", "window_mean", "diagonal_edge_kernel", "--page", str(target)])
    assert result.exit_code == 0, result.output
    assert "window_mean" in result.output
    assert "all caught and named; every right solution passed." in result.output
    text = target.read_text(encoding="utf-8")
    assert text.count("<style>") == 2
    assert text.count("<h3>") == sum(
        len(exercises.find(id).mistakes) + len(exercises.find(id).properties)
        for id in ("window_mean", "diagonal_edge_kernel")
    )
    assert "the division is missing" in text


def test_an_unknown_exercise_is_named():
    result = CliRunner().invoke(main, ["strength", "window_meen"])
    assert result.exit_code == 1
    assert result.output.startswith("exercise: got 'window_meen', wanted one of window_mean")


def test_a_property_is_tried_on_its_example(monkeypatch):
    even = Property("odd", "It is odd.", "Look.", lambda value: value % 2 == 0, lambda: 3)
    never = replace(even, name="never", holds=lambda value: True)
    task = Task((), lambda: None, (Probe(lambda: ()),), properties=(even, never), raw=True)
    monkeypatch.setattr(exercises, "find", lambda id: task)
    found = strength.measure("window_mean", {})
    assert [trial.named for trial in found.trials] == [True, False]


@pytest.mark.parametrize("seed", range(12))
def test_the_fewest_probes_are_the_fewest(seed):
    draw = np.random.default_rng(seed)
    sets = [frozenset(map(int, draw.choice(8, draw.integers(1, 5), replace=False))) for _ in range(7)]
    chosen = strength._fewest(sets)
    assert all(chosen & s for s in sets)
    smaller = itertools.combinations(range(8), len(chosen) - 1)
    assert not any(all(set(few) & s for s in sets) for few in smaller)


def test_every_exercise_has_right_solutions_of_three_builds():
    assert {id: len(fns) for id, fns in alternatives().items() if len(fns) < 3} == {}
    assert set(alternatives()) == set(course.exercises())
