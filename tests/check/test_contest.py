"""The open exercise of notebook 08: what is counted, refused and told."""

import pytest

from cnnlab import check
from cnnlab.check.exercises import contest
from cnnlab.models import from_rows

SCORES = [{"type": "flatten"}, {"type": "fc"}]
NORMALISED = [{"type": "bn"}, {"type": "relu"}]
DEEP = [
    {"type": "conv", "f": [3, 1], "filters": 4, "pad": "same", "bias": False},
    {"type": "bn"},
    {"type": "relu"},
    {"type": "pool", "f": 2, "mode": "average"},
    {"type": "conv", "f": 2, "filters": 3, "dilation": 2},
    {"type": "dropout", "keep": 0.8},
    *SCORES,
]


@pytest.mark.parametrize("rows", [contest.GIVEN, SCORES, DEEP])
def test_parameters_are_counted_as_the_network_has_them(rows):
    table = from_rows(rows, contest.SHAPE, contest.CLASSES).summary()
    counted = [parameters for _, parameters, _ in contest._sizes(rows)]
    assert counted == [row.parameters for row in table.rows][-len(rows) :]


def test_work_is_one_product_for_every_tap_at_every_place():
    conv, relu, pool, _, fc = (work for _, _, work in contest._sizes(contest.GIVEN))
    assert (conv, relu, pool, fc) == (36 * 8 * 9, 36 * 8, 9 * 8 * 4, 73 * 10)


def test_a_net_beyond_all_bounds_is_counted_and_not_built(monkeypatch):
    monkeypatch.setattr("cnnlab.models.from_rows", lambda *arguments, **settings: pytest.fail("it was built"))
    report = check.judge("beat_the_net", lambda: [{"type": "flatten"}, {"type": "fc", "units": 10**9}, {"type": "fc"}])
    assert report.mistake == "over_budget"
    assert "fc 65,000,000,000, fc 10,000,000,010" in str(report)


@pytest.mark.parametrize(
    ("reached", "state", "part"),
    [
        (0.5, "fail", 0.0),
        (0.91, "fail", 0.0),
        (0.925, "fail", 0.25),
        (0.94, "fail", 0.5),
        (0.945, "fail", 0.75),
        (0.95, "pass", 1.0),
        (1.0, "pass", 1.0),
    ],
)
def test_points_grow_with_the_accuracy(monkeypatch, reached, state, part):
    monkeypatch.setattr(contest, "accuracy", lambda rows: reached)
    monkeypatch.setattr(contest, "_marks", lambda: (0.91, 0.94, 0.95))
    report = check.judge("beat_the_net", lambda: SCORES)
    assert (report.state, round(report.part, 6)) == (state, part)
    assert f"{reached:.1%}" in str(report)
    assert "650 of 1,500 parameters: fc 650" in str(report)


@pytest.mark.parametrize(
    ("rows", "least", "most"),
    [
        (contest.GIVEN, 0.90, 0.92),  # "about 91 %"
        (SCORES, 0.88, 0.92),
        (contest.PLAIN, 0.93, contest.FULL),  # the surprise: 94 %
        ([{"type": "flatten"}, {"type": "fc", "units": 18}, *NORMALISED, {"type": "fc"}], 0.9, contest.FULL),
        ([*contest.GIVEN[:1], {"type": "bn"}, *contest.GIVEN[1:]], contest.FULL, 1),
    ],
)
def test_what_the_notebook_says_about_nets_with_and_without_convolution(rows, least, most):
    reached = contest.accuracy(rows)
    assert least <= reached < most
    assert contest.accuracy(rows) == reached


@pytest.mark.parametrize(
    "rows",
    [
        contest.PLAIN,
        [{"type": "bn"}, *SCORES],
        [{"type": "flatten"}, {"type": "fc", "units": 18}, *NORMALISED, {"type": "fc"}],
        [{"type": "flatten"}, {"type": "bn"}, {"type": "fc", "units": 16}, *NORMALISED, {"type": "fc"}],
        [{"type": "conv", "f": 1, "filters": 1}, {"type": "bn"}, *SCORES],  # a window of one cell: no convolution
    ],
)
def test_without_a_convolution_half_of_the_points_is_the_most(rows):
    report = check.judge("beat_the_net", lambda: rows)
    assert report.state == "fail"
    assert report.part <= 0.5
    assert "without a convolution, earns half of the points" in str(report)


def test_numbers_without_bound_in_training_are_told():
    huge = [{"type": "flatten"}, {"type": "fc", "init": float("inf")}]
    report = check.judge("beat_the_net", lambda: huge)
    assert (report.state, report.part) == ("fail", 0.0)
    assert "without bound" in str(report)
