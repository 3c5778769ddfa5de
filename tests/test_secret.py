"""A line is the same line however it is spaced, coloured and quoted; another line is another."""

import html
import json

import pytest

from cnnlab.secret import fold, is_telling, shown, texts

LINE = 'cache[p, q] = rows["a"] < np.sum(window * kernel) > limit'


@pytest.mark.parametrize(
    "written",
    [
        LINE,
        f"        {LINE}  # so",
        LINE.replace(" ", ""),
        LINE.replace(" ", "\u2003\u200b"),
        LINE.replace('"', "'"),
        json.dumps({"code": LINE}),
        html.escape(LINE),
        "".join(f"<b>{html.escape(word)}</b> " for word in LINE.split()),
        "\x1b[1m".join(LINE.split(" ")),
        LINE.replace("= ", "=\n    "),
    ],
)
def test_a_line_is_found_in_every_dress(written):
    assert shown([fold(LINE)], f"before\n{written}\nafter") == [fold(LINE)]


@pytest.mark.parametrize("other", [LINE.replace("<", "<="), LINE.replace("p, q", "q, p"), LINE[:-1], ""])
def test_another_line_is_not_found(other):
    assert not shown([fold(LINE)], other)


def test_short_lines_and_heads_tell_nothing():
    lines = ("return x", "", "return a + b + c", "total = np.sum(window)", "while total < limit and rows > 3:")
    assert [line for line in lines if is_telling(fold(line))] == ["total = np.sum(window)"]


def test_all_texts_of_a_tree_with_its_keys():
    assert sorted(texts({"a": ["b", {"c": "d"}], "e": 1, "f": None})) == ["a", "b", "c", "d", "e", "f"]
