"""Late and repeated work: the sentences of the policy, tried one by one."""

from __future__ import annotations

from datetime import UTC, timedelta
from fractions import Fraction

import pytest

from cnnlab.grading.model import GradingError
from cnnlab.grading.policy import Late, Policy, Rule, read_extensions, rounded, time

DUE = time("2026-10-01T23:59+02:00")


def after(**delay):
    return DUE + timedelta(**delay)


@pytest.mark.parametrize(
    ("delay", "kept"),
    [
        ({"days": -3}, "1"),
        ({}, "1"),
        ({"seconds": 1}, "9/10"),
        ({"days": 1}, "9/10"),
        ({"days": 1, "seconds": 1}, "8/10"),
        ({"days": 9, "hours": 1}, "0"),
        ({"days": 400}, "0"),
    ],
)
def test_each_day_that_has_begun_takes_its_share(delay, kept):
    assert Policy(DUE, Rule.read("10%/day")).judge("ada", after(**delay)).kept == Fraction(kept)


def test_a_rule_by_the_hour_of_half_a_percent():
    assert Rule.read("0.5% / hour").kept(timedelta(minutes=61)) == Fraction(99, 100)


def test_zero_leaves_nothing_and_none_takes_nothing():
    late = after(minutes=5)
    assert Policy(DUE, Rule.read("zero")).judge("ada", late) == Late(Fraction(0), "5 minutes late: 100 % less.")
    assert Policy(DUE).judge("ada", late) == Late(Fraction(1), "5 minutes late: no points are taken.")


def test_grace_forgives_and_then_counts_from_the_due_time():
    policy = Policy(DUE, Rule.read("10%/hour"), grace=timedelta(minutes=90))
    assert policy.judge("ada", after(minutes=90)) == Late()
    assert policy.judge("ada", after(minutes=91)) == Late(Fraction(8, 10), "1 hour 31 minutes late: 20 % less.")


def test_work_without_a_time_or_a_due_time_is_not_late():
    assert Policy(DUE, Rule.read("zero")).judge("ada", None) == Late()
    assert Policy(late=Rule.read("zero")).judge("ada", after(days=1)) == Late()


def test_an_extension_replaces_the_due_time_of_one_learner():
    policy = Policy(DUE, Rule.read("zero"), extensions={"ada": after(days=2)})
    assert policy.judge("ada", after(days=2)).kept == 1
    assert policy.judge("ada", after(days=2, seconds=1)).told == "Less than a minute late: 100 % less."
    assert policy.judge("bob", after(days=2)).kept == 0


def test_a_day_is_24_hours_when_the_clocks_change():
    due = time("2026-10-24T23:59 Europe/Berlin")  # the clocks go back an hour in that night
    policy = Policy(due, Rule.read("10%/day"))
    same_clock = time("2026-10-25T23:59 Europe/Berlin")
    assert policy.judge("ada", same_clock).kept == Fraction(8, 10)  # 25 hours
    assert policy.judge("ada", due.astimezone(UTC) + timedelta(hours=24)).kept == Fraction(9, 10)


@pytest.mark.parametrize(
    "text",
    ["2026-10-01T23:59+02:00", "2026-10-01T21:59Z", "2026-10-01T23:59 Europe/Berlin", "2026-10-01 23:59 Europe/Berlin"],
)
def test_a_time_may_be_written_in_several_ways(text):
    assert time(text) == DUE


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("tomorrow", "wanted a time such as 2026-10-01T23:59+02:00"),
        ("2026-13-01T23:59+02:00", "wanted a time such as"),
        ("", "wanted a time such as"),
        ("2026-10-01", "wanted its time too: 2026-10-01T23:59+02:00."),
        ("2026-10-01T23:59", "without a time zone, wanted 2026-10-01T23:59+02:00"),
        ("2026-10-01T23:59 Mars/Olympus", "such as 2026-10-01T23:59:00+02:00."),
        ("2026-10-01T23:59 ../../etc/passwd", "knows no time zone"),
        ("2026-10-01T23:59+02:00 Europe/Berlin", "two time zones"),
        ("2026-10-25T02:30 Europe/Berlin", "comes twice"),
        ("2026-03-29T02:30 Europe/Berlin", "does not exist"),
    ],
)
def test_a_wrong_time_is_refused_with_a_remedy(text, remedy):
    with pytest.raises(GradingError, match=r"^--due: ") as caught:
        time(text)
    assert remedy in str(caught.value)


def test_the_remedies_for_a_change_of_the_clocks_work():
    with pytest.raises(GradingError) as caught:
        time("2026-10-25T02:30 Europe/Berlin")
    first, second = str(caught.value).partition("Write ")[2].rstrip(".").split(" or ")
    assert time(second) - time(first) == timedelta(hours=1)


@pytest.mark.parametrize("text", ["", "10", "10%", "-5%/day", "0%/day", "150%/day", "10%/week", "all"])
def test_a_wrong_rule_is_refused(text):
    with pytest.raises(GradingError, match=r'^--late: got .*wanted "none", "zero"'):
        Rule.read(text)


def test_which_attempts_may_count():
    attempts = ["first", "second", "third"]  # as they came
    assert Policy().candidates(attempts) == ["third"]
    assert Policy(repeated="first").candidates(attempts) == ["first"]
    assert Policy(repeated="best").candidates(attempts) == attempts


def test_what_only_a_platform_calls_late_loses_the_first_day():
    policy = Policy(DUE, Rule.read("10%/day"), extensions={"bob": after(days=1)})
    late = policy.judge("ada", None, said_late=True)
    assert late == Late(Fraction(9, 10), "Late, as the platform says, and not by how much: 10 % less.")
    assert policy.judge("bob", None, said_late=True) == Late()
    assert policy.judge("ada", after(days=-1), said_late=True) == Late()


def test_extensions_are_read_as_a_spreadsheet_writes_them(tmp_path):
    path = tmp_path / "extensions.csv"
    path.write_text("\ufefflearner;due;why\r\nZoe\u0308 M;2026-10-05T12:00 Europe/Berlin;ill\r\n", encoding="utf-8")
    assert read_extensions(path) == {"Zoë M": time("2026-10-05T12:00+02:00")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no column due and learner. Its first line must be: learner,due"),
        ("learner,until\nada,now\n", "has no column due."),
        ("learner,due\nada,2026-10-05T12:00\n", "line 2: got '2026-10-05T12:00' without a time zone"),
        ("learner,due\nada\n", "line 2: got '', wanted a time"),
        ("learner,due\n,2026-10-05T12:00Z\n", "line 2: there is no learner"),
        ("learner,due\nada,2026-10-05T12:00Z\nada,2026-10-06T12:00Z\n", "line 3: ada comes twice"),
    ],
)
def test_wrong_extensions_are_refused_with_their_line(tmp_path, text, told):
    path = tmp_path / "extensions.csv"
    path.write_text(text)
    with pytest.raises(GradingError, match=r"^--extensions: ") as caught:
        read_extensions(path)
    assert told in str(caught.value)


def test_extensions_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"learner,due\nZo\xeb,2026-10-05T12:00Z\n")
    for name in ("latin.csv", "nowhere.csv"):
        with pytest.raises(GradingError, match=r"cannot be read.*saved as CSV in UTF-8\.") as caught:
            read_extensions(tmp_path / name)
        assert "Errno" not in str(caught.value)


def test_points_are_exact_and_rounded_once_with_halves_upwards():
    assert rounded(1.005) == 1.01  # as a float it lies below
    assert rounded(0.1 + 0.2, Fraction(1, 2)) == 0.15
    assert rounded(2.5, Fraction(1, 3)) == 0.83


def test_the_policy_speaks():
    policy = Policy(DUE, Rule.read("zero"), timedelta(minutes=15), "best", {"ada": after(days=1)})
    due = "Due 2026-10-01 23:59 UTC+02:00, with 15 minutes of grace; late work loses all points."
    assert policy.sentences() == [due, "Another time holds for 1 learner.", "Of several attempts the best counts."]
    assert Policy().sentences()[0] == "No time was set; nothing is late."
