"""Copies are found however they are dressed up; honest solutions rank below, and what was given counts for nothing."""

import inspect
import json
import random
import re

import pytest
from click.testing import CliRunner

from cnnlab import cli
from cnnlab.check.alternatives import alternatives
from cnnlab.grading.handed_code import handed_code
from cnnlab.grading.similar import SHORT, WINDOW, K, compare, winnow
from cnnlab.grading.similar_page import similar_page
from cnnlab.grading.tokens import KEPT, tokens
from tests.grading import handed
from tests.grading.class_of import EVIL, Seen

# Exercises with several right solutions long enough to be compared. Those of spatial_batchnorm are built alike.
SOLUTIONS = {
    exercise: sources
    for exercise, solutions in alternatives().items()
    if "spatial" not in exercise
    for sources in [[inspect.getsource(fn) for fn in solutions if inspect.isfunction(fn) and fn.__name__ != "<lambda>"]]
    if sum(len(tokens(source)) >= SHORT for source in sources) >= 3
}


def longest(exercise):
    return max(SOLUTIONS[exercise], key=lambda source: len(tokens(source)))


def renamed(source):
    """Give every name of one's own another."""
    attributes = set(re.findall(r"\.(\w+)", source))
    for name in set(re.findall(r"\b[A-Za-z_]\w*\b", source)) - KEPT - attributes - {"np"}:
        source = re.sub(rf"\b{name}\b", f"my_{name}", source)
    return source


def reformatted(source):
    """Other spaces, comments and line ends."""
    source = source.replace(" = ", "=").replace(", ", " ,  ").replace(":\n", ":  # and then\n\n")
    return re.sub(r"\n( +)return ", r"\n\1# hand it back\n\1return ", source)


def with_more(source):
    """The same with a line of one's own here and there."""
    lines = source.splitlines()
    indent = re.match(r" *", lines[-1])[0]
    return "\n".join([*lines[:-1], f"{indent}checked_by_hand = sorted([3, 1, 2])[::-1]", lines[-1]])


def leaders(exercise, copy, **options):
    """Who is the first pair when one more learner joins the class."""
    class_of = {str(SOLUTIONS[exercise].index(source)): source for source in SOLUTIONS[exercise]}
    first = compare({exercise: {**class_of, "copier": copy}}, **options).pairs[0]
    return {first.first, first.second} - {str(SOLUTIONS[exercise].index(longest(exercise)))}


@pytest.mark.parametrize("exercise", SOLUTIONS)
@pytest.mark.parametrize("dress", [renamed, reformatted, lambda source: reformatted(renamed(source))])
def test_a_copy_leads_the_list(exercise, dress):
    assert leaders(exercise, dress(longest(exercise))) == {"copier"}


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_a_copy_with_a_line_put_in_still_leads_it(exercise):
    assert leaders(exercise, with_more(longest(exercise)), threshold=0.4) == {"copier"}


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_independent_solutions_are_not_told_of(exercise):
    assert compare({exercise: {str(i): source for i, source in enumerate(SOLUTIONS[exercise])}}).pairs == ()


def test_a_part_that_was_moved_is_found():
    lines = [f"    a{i} = np.roll(x[{i}], {i}, axis=0) + np.pad(x, {i})[{i}:-{i} or None] * {i + 2}" for i in range(12)]
    moved = [*lines[6:], *lines[:6]]
    [pair] = compare({"f": {"ada": "\n".join(lines), "ben": "\n".join(moved)}}).pairs
    tiles = pair.exercises[0].tiles
    assert len(tiles) == 2
    assert tiles[0].first < tiles[1].first
    assert tiles[0].second > tiles[1].second


def test_no_word_is_covered_twice():
    code = longest("conv_forward")
    [pair] = compare({"f": {"ada": f"{code}\n{code}", "ben": code}}).pairs
    assert (pair.exercises[0].covered(), pair.exercises[0].covered(second=True)) == (0.5, 1.0)


def test_the_longest_of_several_stretches_is_taken():
    code = longest("conv_forward")
    beginning = "\n".join(code.splitlines()[:4])
    [pair] = compare({"f": {"ada": code, "ben": f"{beginning}\n1 + 2 + 3\n{code}"}}).pairs
    assert [tile.length for tile in pair.exercises[0].tiles] == [len(tokens(code))]


def test_words_in_common_as_many_as_promised_share_a_fingerprint():
    rng = random.Random(1)
    for _ in range(200):
        shared = [str(rng.random()) for _ in range(K + WINDOW - 1)]
        texts = [
            [f"{who}{i}" for i in range(rng.randrange(60))]
            + shared
            + [f"{who}end{i}" for i in range(rng.randrange(60))]
            for who in ("ada", "ben")
        ]
        assert winnow(texts[0]) & winnow(texts[1])


def test_fewer_words_than_a_run_never_do():
    shared = [f"word{i}" for i in range(K - 1)]
    assert not winnow([*map(str, range(50)), *shared]) & winnow([*shared, *map(str, range(100, 150))])


def test_code_that_everybody_was_given_counts_for_nothing():
    given = longest("conv_forward")
    both = {"ada": given, "ben": given}
    assert compare({"f": both}, [given]).short == {"f": 2}
    # Not even with other names, where its lines are no longer the same.
    assert compare({"f": dict.fromkeys(both, renamed(given))}, [given]).pairs == ()
    assert len(compare({"f": both}).pairs) == 1


def test_what_most_of_the_class_wrote_does_not_count():
    usual = longest("pool_forward")
    assert compare({"f": {f"learner {i}": usual for i in range(40)}}).pairs == ()
    others = {exercise: longest(exercise) for exercise in SOLUTIONS if exercise != "pool_forward"}
    [pair] = compare({"f": {**others, "ada": usual, "ben": usual}}, threshold=0.9).pairs
    assert (pair.first, pair.second) == ("ada", "ben")


def test_short_code_is_not_compared():
    code = "out = np.zeros((3, 3)) + np.pad(x, 1)"
    found = compare({"f": {"ada": code, "ben": code}})
    assert (found.pairs, found.compared, found.short) == ((), {"f": 0}, {"f": 2})


def test_a_group_hangs_together_through_its_pairs():
    code = longest("conv_backward")
    found = compare({"f": dict.fromkeys(["c", "a", "b"], code), "g": dict.fromkeys(["x", "y"], code)})
    assert found.groups == [("a", "b", "c")]


@pytest.mark.parametrize(
    "broken",
    [
        "def f(:\n  x = 'open\n\ty = ((",
        "'''never closed",
        "x = 1 \\",
        "\x00\ud800 ☃ = ß",
        ")]}",
        "print 'two'",
        "1__0x0x_.e",
    ],
)
def test_broken_code_is_read_all_the_same(broken):
    tokens(broken)
    code = longest("conv_forward")
    [pair] = compare({"f": {"ada": f"{code}\n{broken}", "ben": code}}).pairs
    assert pair.exercises[0].share > 0.9


def test_hostile_code_takes_no_time_to_speak_of():
    codes = {
        f"learner {i}": text * 20_000 for i, text in enumerate(("x ", "'''", "((", "a.b", "x = x + 1\n", "\\", '"\\'))
    }
    code = longest("conv_backward")
    [pair] = compare({"f": {**codes, "ada": code * 2_000, "ben": f"x = 1\n{code * 2_000}"}}).pairs
    assert pair.exercises[0].tiles


def test_comments_docstrings_and_names_do_not_matter_and_numbers_do():
    kinds = [token.kind for token in tokens('"""Doc."""\nfor i in range(3):  # three\n    total += x.sum() - "a"\n')]
    assert kinds == ["for", "n", "in", "range", "(", "3", ")", ":", "n", "+=", "n", ".", "sum", "(", ")", "-", "s"]


def test_a_class_of_five_hundred_is_compared_by_fingerprints():
    pool = [source for sources in SOLUTIONS.values() for source in sources]
    rng = random.Random(2)
    codes = {f"{i:03d}": "\n".join(rng.choices(rng.choice(pool).splitlines(), k=6)) for i in range(498)}
    copy = longest("conv_backward_naive").replace("stride", "steps")
    found = compare({"f": {**codes, "ada": copy, "ben": renamed(copy)}})
    assert ("ada", "ben") in [(pair.first, pair.second) for pair in found.pairs]


def test_the_page_shows_the_lines_and_says_what_they_do_not_prove():
    code = longest("conv_forward")
    seen = Seen(similar_page("Homework", compare({"conv_forward": {"ada": code, "ben": renamed(code)}})))
    assert "It is no proof." in seen.text
    assert "100 % of the words of ada and 100 % of those of ben" in seen.text
    assert "Others who wrote the same: nobody." in seen.text
    assert re.search(r"Names that differ there: (\w+) ↔ my_\1", seen.text)
    assert [attributes.get("class") for attributes in seen.found("tr")].count("same") >= 10


def test_nothing_of_a_learner_s_becomes_markup():
    code = longest("conv_forward") + f"\n# {EVIL}\n"
    seen = Seen(similar_page(EVIL, compare({EVIL: {EVIL: code, f'" onclick="{EVIL}': code}})))
    assert not seen.found("script")
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert seen.text.count(EVIL) >= 8


def solve(source):
    """A change of a notebook that puts a solution into the cell of conv_forward."""

    def change(cells):
        for cell in cells:
            if cell["id"] == "conv_forward":
                cell["source"] = re.sub(r"def \w+", "def conv_forward", source, count=1)

    return change


def hand_in(folder, **sources):
    files = {f"{who}/x.ipynb": handed.content(handed.VOLUMES, solve(source)) for who, source in sources.items()}
    return handed.lay(folder, files)


def test_the_command_reads_a_class_and_writes_the_page(tmp_path):
    code = longest("conv_forward")
    submissions = hand_in(tmp_path / "in", ada=code, ben=renamed(code), eve=SOLUTIONS["conv_forward"][0])
    handed.lay(submissions, {"dan/x.ipynb": b"{", "kim/x.ipynb": handed.content(handed.VOLUMES)})
    handed.release(handed.VOLUMES).write(tmp_path)
    out = tmp_path / "page.html"
    words = ["similar", str(submissions), "--release", str(tmp_path), "--out", str(out)]
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code == 0
    assert "4 learners, 1 pair to look at." in result.output
    assert "dan/x.ipynb: The file is cut off" in result.output
    assert "ada and ben" in Seen(out.read_text(encoding="utf-8")).text


def test_a_notebook_as_it_was_given_gives_nothing(tmp_path):
    stub = handed.content(handed.VOLUMES)
    codes, told = handed_code(handed.lay(tmp_path, {f"{who}/x.ipynb": stub for who in "abc"}), handed.release())
    found = compare(codes, [cell for sheet in handed.release().sheets for cell in sheet.given.values()])
    assert (told, found.pairs, set(found.compared.values())) == ([], (), {0})
    assert set(codes) == {exercise.id for exercise in handed.release().sheet("03").exercises}


def test_of_several_cells_of_an_exercise_the_last_counts(tmp_path):
    def change(cells):
        for text in ("first", "last"):
            source = f"def conv_forward():\n    return '{text}'"
            cells.append({"cell_type": "code", "id": text, "metadata": {}, "outputs": [], "source": source})

    folder = handed.lay(tmp_path, {"ada/x.ipynb": handed.content(handed.VOLUMES, change)})
    codes, _ = handed_code(folder, handed.release())
    assert codes["conv_forward"] == {"ada": "def conv_forward():\n    return 'last'"}


def test_helpers_beside_the_exercises_are_compared(tmp_path):
    code = longest("conv_backward")

    def change(cells):
        cells.append({"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "source": code})

    page = handed.content(handed.VOLUMES, change)
    codes, _ = handed_code(handed.lay(tmp_path, {"ada/x.ipynb": page, "ben/x.ipynb": page + b" "}), handed.release())
    [pair] = compare(codes, handed.release().sheet("03").given.values()).pairs
    assert [alike.exercise for alike in pair.exercises] == ["03_convolution_over_volumes, other cells"]


def test_a_folder_without_release_is_refused_with_a_remedy(tmp_path):
    result = CliRunner().invoke(cli.main, ["similar", str(tmp_path), "--release", str(tmp_path)])
    assert result.exit_code == 1
    assert "Name the folder that cnnlab release made." in result.output


@pytest.mark.parametrize("out", ["", "nowhere/page.html"])
def test_a_page_that_cannot_be_written_is_told_with_a_remedy(tmp_path, out):
    submissions = hand_in(tmp_path / "in", ada="pass")
    handed.release(handed.VOLUMES).write(tmp_path)
    words = ["similar", str(submissions), "--release", str(tmp_path), "--out", str(tmp_path / out)]
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code == 1
    assert "cannot be written: " in result.output
    assert "Name a file in a folder that is there" in result.output


def test_pages_of_a_group_are_no_pair(tmp_path):
    note = (
        "submission_7:\n  :submitters:\n  - :name: Ada\n    :sid: '1'\n  - :name: Ben\n    :sid: '2'\n"
        "  :created_at: 2026-09-14 18:03:00.0 Z\n"
    )
    page = handed.content(handed.VOLUMES, solve(longest("conv_forward")))
    folder = handed.lay(tmp_path, {"submission_7/x.ipynb": page, "submission_metadata.yml": note.encode()})
    codes, _ = handed_code(folder, handed.release())
    assert list(codes["conv_forward"]) == ["Ada and Ben"]
    assert json.dumps(codes)
