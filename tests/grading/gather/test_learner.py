"""Names of all kinds become ids and file names."""

import os
import unicodedata
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from cnnlab.grading.gather import gather, safe_name
from cnnlab.grading.gather.learner import RESERVED, learner_id
from tests.grading.handed import PADDING, content, lay, release

ODD = [
    "..",
    ".",
    "",
    "/",
    "../../etc/passwd",
    "C:\\x",
    "a/b",
    "a\\b",
    "nul",
    "NUL",
    "con.txt",
    "com¹",
    "x.",
    "x ",
    " x",
    "-rf",
    "ada\0",
    "a\nb",
    "Ada",
    "ada",
    "ADA",
    "\u202eada",
    "אבג",
    "محمد",
    "李雷",
    "👩‍🔬",
    "zoe\u0308",
    "zoë",
    "ß",
    "ss",
    "ı",
    "i",
    "ſ",
    "s",
    "a" * 5000,
    "é" * 300,
    "ada-4e4af21652",
    "*",
    "?",
    "a:b",
    "a|b",
    "<b>",
    '"',
    "'",
    "=1+1",
    "$(x)",
    "%s",
    "~",
    "\ud800",
]
NAMES = st.text(max_size=40) | st.sampled_from(ODD)


@given(NAMES)
@example("nul.x")
def test_a_safe_name_is_safe(name: str) -> None:
    safe = safe_name(learner_id(name))
    assert safe not in ("", ".", "..")
    assert len(os.fsencode(safe)) <= 120
    assert all(unicodedata.category(sign)[0] in "LMN" or sign in "-_.@" for sign in safe)
    assert not safe.startswith((".", "-"))
    assert not safe.endswith((".", " "))
    assert not RESERVED.fullmatch(safe)
    assert Path("feedback", safe).name == safe


@given(NAMES, NAMES)
def test_two_learners_never_share_a_name_even_where_case_is_ignored(one: str, other: str) -> None:
    def folded(name: str) -> str:
        return unicodedata.normalize("NFC", safe_name(name).upper().casefold())

    if learner_id(one) != learner_id(other):
        assert folded(learner_id(one)) != folded(learner_id(other))


def test_no_name_gets_a_folder_as_well() -> None:
    assert safe_name("").startswith("learner-")


def test_odd_names_all_differ() -> None:
    ids = {learner_id(name) for name in ODD}
    assert len({safe_name(id).casefold() for id in ids}) == len(ids)


@given(NAMES)
def test_an_id_is_one_for_all_spellings_and_can_be_written(name: str) -> None:
    id = learner_id(name)
    id.encode()
    assert id == learner_id(id)
    assert id == learner_id(unicodedata.normalize("NFD", id))
    assert 0 < len(id) <= 140
    assert id.isprintable() or "\u200d" in id or any(unicodedata.category(s) in ("Cf", "Cn", "Co") for s in id)


def test_one_learner_in_two_spellings_and_two_in_one_case(tmp_path: Path) -> None:
    held = content(PADDING)
    names = [
        "zoe\u0308/a.ipynb",
        "zoë/b.ipynb",
        "Anna/x.ipynb",
        "anna/x.ipynb",
        "👩‍🔬/x.ipynb",
        "محمد/x.ipynb",
        "é" * 120 + "/x.ipynb",
    ]
    found = gather(lay(tmp_path, dict.fromkeys(names, held)), release())
    learners = [one.learner for one in found.handed]
    assert learners.count("zoë") == 2
    assert len(set(learners)) == 6
    assert {"Anna", "anna", "👩‍🔬", "محمد"} < set(learners)
    assert learner_id("\u202eada\u200f") == "ada"
    assert safe_name("../Ada") != safe_name("ada-4e4af21652")
    assert (safe_name("anna"), safe_name("zoë")) == ("anna", "zoë")
