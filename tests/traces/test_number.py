"""Numbers as they are written and as they are typed."""

from __future__ import annotations

import pytest

from cnnlab.traces.number import decimals_needed, joined, number, read_number, significant


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0, 0, "0"), (-0.0, 0, "0"), (-30, 0, "−30"), (2.5, 1, "2.5"), (2.0, 3, "2"), (-0.0004, 3, "0"), (100, 0, "100")],
)
def test_number(value: float, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


def test_decimals_and_sums() -> None:
    assert decimals_needed([0.25], [1, 2]) == 2
    assert decimals_needed([0.1 + 0.2]) == 1
    assert joined(["10", "−20", "5"]) == "10 − 20 + 5"


@pytest.mark.parametrize(
    ("text", "value"), [("-30", -30), ("−30", -30), (" 1/4 ", 0.25), ("0,5", 0.5), ("1e2", 100), ("+4", 4), ("4.0", 4)]
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["four", "1/0", "nan", "inf", "1,2,3", "--3", "1e999", "", "1/", "2/3/4"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="Write it like 12"):
        read_number(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0, "0"), (1.0, "1"), (-0.0304, "−0.0304"), (0.00001, "0.00001"), (9.96e-6, "9.96e−6"), (123456.7, "123457")),
        *((-2.5e7, "−2.5e7"), (9.999e6, "1e7"), (float("nan"), "nan"), (1e-300, "1e−300")),
    ],
)
def test_first_digits(value: float, text: str) -> None:
    assert significant(value) == text
