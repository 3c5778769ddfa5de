"""The page of the class: counts one can check by hand, and links that lead somewhere."""

from cnnlab.grading.model import Graded, Mark
from cnnlab.grading.report import Result, Roster, Run, write_reports
from tests.grading.class_of import EVIL, RELEASE, Seen, as_csv, edges, judged, padding


def overview(folder, results, run=None, roster=None):
    return Seen(write_reports(folder, RELEASE, results, run, roster)[0].read_text(encoding="utf-8"))


def test_scores_and_exercises_are_counted(tmp_path):
    seen = overview(tmp_path, [edges("ada"), edges("ben", first=0, second=0), padding("ada"), edges("eve", second=6)])
    # ada has 17 of 20, ben 0, eve 10
    assert "learners 3 notebooks handed in 4 median score 50 % mean score 45 %" in seen.text
    assert "80–90 % 1" in seen.text
    assert "50–60 % 1" in seen.text
    assert "0–10 % 1" in seen.text
    # window_mean: two passed, one not right
    assert "window_mean ✓ ✗ 2 0 1 2.67 of 4" in seen.text


def test_what_could_not_be_read_is_not_counted_as_a_mistake_in_an_exercise(tmp_path):
    unread = Result(Graded("ben", "01_edge_detection", "unreadable", ()))
    text = overview(tmp_path, [edges("ada"), unread]).text
    assert "window_mean ✓ 1 0 4 of 4" in text


def test_a_common_mistake_is_told_in_the_catalogue_s_words_with_who_made_it(tmp_path):
    wrong = judged("window_mean", lambda window: window.sum(), 4)
    results = [Result(Graded(learner, "01_edge_detection", "graded", (wrong,))) for learner in ("ada", "ben")]
    seen = overview(tmp_path, results)
    assert (
        "window_mean sum This is the sum of the nine cells; the division is missing. 2 2 learners ada ben" in seen.text
    )


def test_the_catalogue_s_words_go_before_the_check_s_and_the_frequent_before_the_rare(tmp_path):
    def failed(learner, mistake):
        mark = Mark("window_mean", "fail", 0, 4, mistake, "Something else was said.")
        return Result(Graded(learner, "01_edge_detection", "graded", (mark,)))

    text = overview(tmp_path, [failed("ada", "strange"), failed("ben", "sum"), failed("eve", "sum")]).text
    assert "sum This is the sum of the nine cells; the division is missing. 2" in text
    assert text.index("nine cells") < text.index("strange Something else was said. 1")


def test_a_mistake_that_is_in_no_catalogue_is_told_in_the_check_s_words(tmp_path):
    mark = Mark("window_mean", "fail", 0, 4, "endless_loop", "The call did not end.\n\nNext: look.")
    seen = overview(tmp_path, [Result(Graded("ada", "01_edge_detection", "graded", (mark,)))])
    assert "endless loop The call did not end. 1" in seen.text


def test_a_name_that_stands_for_several_mistakes_is_told_as_the_learners_were_told(tmp_path):
    def failed(learner, text):
        mark = Mark("window_mean", "fail", 0, 4, "first_row_only", f"{text}\n\nNext: look.")
        return Result(Graded(learner, "01_edge_detection", "graded", (mark,)))

    row = "Only the first row was added up."
    assert f"first row only {row} 2 2 learners" in overview(tmp_path, [failed("ada", row), failed("ben", row)]).text
    rows = [failed(learner, f"Row {learner}.") for learner in "abcd"]
    assert "first row only Row a. Row b. Row c. 4 4 learners" in overview(tmp_path, rows).text


def test_mistakes_without_a_name_come_last_with_examples_and_who_made_them(tmp_path):
    def failed(learner, text, mistake=""):
        mark = Mark("window_mean", "fail", 0, 4, mistake, f"{text}\n\nNext: look.")
        return Result(Graded(learner, "01_edge_detection", "graded", (mark,)))

    results = [failed("ada", "It stopped."), failed("ben", "It is wrong."), failed("eve", "", "sum")]
    text = overview(tmp_path, results).text
    assert "other mistakes, such as It stopped. It is wrong. 2 2 learners ada ben" in text
    assert text.index("the division is missing") < text.index("other mistakes")


def test_the_page_says_that_what_is_not_readable_counts_0(tmp_path):
    told = "not readable counts 0 points"
    assert told in overview(tmp_path, [edges("ada"), padding("ben", "unreadable")]).text
    assert told not in overview(tmp_path, [edges("ada"), padding("ben")]).text


def test_what_needs_a_look_comes_with_the_reason(tmp_path):
    broken = Mark("window_mean", "error", 0, 4, text="The sandbox ended.")
    results = [
        padding("ada", "unreadable", ("The file is empty.",)),
        Result(Graded("ben", "01_edge_detection", "graded", (broken,))),
    ]
    seen = overview(tmp_path, results, Run(failures=("eve/x.docx: no notebook",)))
    assert "eve/x.docx: no notebook" in seen.text
    assert "! Not readable 02_padding_and_stride The file is empty." in seen.text
    assert "! Not graded 01_edge_detection window_mean: The sandbox ended." in seen.text


def test_who_has_not_handed_in_is_said_with_a_roster_only(tmp_path):
    roster = tmp_path / "class.csv"
    roster.write_text(as_csv([["Username", "Full name"], ["ada", "Ada"], ["ben", "Ben Ali"]]), encoding="utf-8")
    seen = overview(tmp_path / "with", [edges("ada"), edges("eve")], roster=Roster.read(roster))
    assert "Not handed in 1 learner Ben Ali" in seen.text
    assert "eve is not in class.csv." in seen.text
    assert "Not handed in" not in overview(tmp_path / "without", [edges("ada")]).text


def test_every_link_leads_to_a_page(tmp_path):
    names = ["Ada Lovelace", "../ß#?%41", "李 明", EVIL]
    seen = overview(tmp_path, [edges(name) for name in names] + [padding("Ada Lovelace", "unreadable")])
    links = [link["href"] for link in seen.found("a")]
    assert len(links) == 6  # five pages, and the unreadable one again where it needs a look
    assert all((tmp_path / link).is_file() for link in links)


def test_nothing_of_a_learner_s_becomes_markup(tmp_path):
    mark = Mark("window_mean", "fail", 0, 4, f"m{EVIL}", EVIL, seconds=1.0)
    result = Result(Graded(f"{EVIL}\u202eada", "01_edge_detection", "graded", (mark,), (EVIL,)), EVIL, late=EVIL)
    seen = overview(tmp_path, [result, padding(EVIL, "error", (EVIL,))], Run(failures=(EVIL,), sandbox=EVIL))
    assert not seen.found("script")
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert seen.text.count(EVIL) >= 8


def test_the_run_is_described(tmp_path):
    run = Run(7, "bubblewrap", ("The last counts.",), {"NumPy": "2.4.0"}, seconds=47, workers=2)
    text = overview(tmp_path, [edges()], run).text
    told = "Policies The last counts. Sandbox bubblewrap Seed of the hidden numbers 7 Versions NumPy 2.4.0"
    assert told in text
    assert "Grading took 47 s with 2 workers" in text
