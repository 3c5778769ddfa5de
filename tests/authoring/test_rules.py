from pathlib import Path

import pytest

from cnnlab.authoring.build import read_course
from cnnlab.authoring.edition import make_edition
from tests.authoring.samples import COURSE, SOURCE, changed, lay_out, problems

EXERCISE = SOURCE[SOURCE.index('# %% exercise="double"') : SOURCE.index('# %% check="double"')]
CHECK = SOURCE[SOURCE.index('# %% check="double"') : SOURCE.index('# %% hints="double"')]
HINTS = SOURCE[SOURCE.index('# %% hints="double"') :]
BEGIN, END = "    # BEGIN SOLUTION\n", "    # END SOLUTION\n"
BODY = "    twice = math.fsum([x, x])\n    return twice\n"

# What is broken: (old, new, text of the line that is named or None if it is one of the new ones, what is told).
BROKEN = {
    "END forgotten": (END, "", "# BEGIN SOLUTION", "without END"),
    "BEGIN forgotten": (BEGIN, "", "# END SOLUTION", "without BEGIN"),
    "both forgotten": (BEGIN + BODY + END, BODY, 'exercise="double"', "no solution"),
    "nested": (
        BEGIN,
        BEGIN + "    # BEGIN  NOT\n".replace("  NOT", " SOLUTION"),
        None,
        "inside the solution of line 12",
    ),
    "END twice": (END, END + END, None, "without BEGIN"),
    "swapped": (BEGIN + BODY + END, END + BODY + BEGIN, None, "without"),
    "no space": (END, "    #END SOLUTION\n", None, "looks like a marker"),
    "lower case": (END, "    # end solution\n", None, "looks like a marker"),
    "nbgrader's": (END, "    ### END SOLUTION\n", None, "looks like a marker"),
    "trailing text": (END, "    # END SOLUTION of double\n", None, "looks like a marker"),
    "misspelt": (END, "    # END SOLUTON\n", None, "looks like a marker"),
    "joined": (END, "    # END_SOLUTION\n", None, "looks like a marker"),
    "other verb": (END, "    # stop solution\n", None, "looks like a marker"),
    "turned round": (END, "    # SOLUTION END\n", None, "looks like a marker"),
    "after code": ("    return twice\n" + END, "    return twice  # END SOLUTION\n", None, "looks like a marker"),
    "half of it": (END, "    # END\n", None, "looks like a marker"),
    "hidden tests": (END, END + "    ### BEGIN HIDDEN TESTS\n", "HIDDEN", "looks like a marker"),
    "END elsewhere indented": (END, "# END SOLUTION\n", "# END SOLUTION", "indented otherwise than its BEGIN"),
    "END by a tab": (END, "\t# END SOLUTION\n", "# END SOLUTION", "indented otherwise than its BEGIN"),
    "markers too far left": (
        BEGIN + BODY + END,
        "# BEGIN SOLUTION\n" + BODY + "# END SOLUTION\n",
        "twice = math",
        "indented otherwise than its markers",
    ),
    "markers too far right": (
        BEGIN + BODY + END,
        f"    {BEGIN}{BODY}    {END}",
        "twice = math",
        "indented otherwise than its markers",
    ),
    "reaches out of the function": (BODY, BODY + "y = double(1)\n", "y = double", "indented less"),
    "empty": (BODY, "    # nothing but a comment\n", "# BEGIN SOLUTION", "empty"),
    "in a string": (
        BEGIN + BODY + END,
        '    return """\n' + BEGIN + '    x"""\n',
        "# BEGIN SOLUTION",
        "inside a string",
    ),
    "half a statement": (
        BEGIN + BODY + END,
        "    return sum(\n        # BEGIN SOLUTION\n        [x, x]\n        # END SOLUTION\n    )\n",
        "# BEGIN SOLUTION",
        "without the solution this is no Python",
    ),
    "an if without its else": (
        BEGIN + BODY + END,
        "    # BEGIN SOLUTION\n    if x:\n        return 2 * x\n    # END SOLUTION\n    else:\n        return 0\n",
        "else:",
        "without the solution this is no Python",
    ),
    "outside a function": (
        EXERCISE,
        '# %% exercise="double"\ndef double(x):\n    return y + x\n# BEGIN SOLUTION\ny = 1\n# END SOLUTION\n\n',
        "# BEGIN SOLUTION",
        "in no function",
    ),
    "a class without a method": (
        EXERCISE,
        '# %% exercise="double"\nclass double:\n    # BEGIN SOLUTION\n    factor = 2\n    # END SOLUTION\n\n',
        "# BEGIN SOLUTION",
        "in no function",
    ),
    "another name": ("def double(x):", "def twice(x):", 'exercise="double"', "defines no double"),
    "name inside the solution": (
        EXERCISE,
        '# %% exercise="double"\ndef helper():\n    # BEGIN SOLUTION\n    def double(x):\n        return 2 * x\n'
        "    # END SOLUTION\n\n",
        'exercise="double"',
        "defines no double",
    ),
    "marker in plain code": ("import math", "import math  # BEGIN SOLUTION", None, "outside an exercise"),
    "marker in a check": (
        "    print(double(2))",
        "    # BEGIN SOLUTION\n    print(double(2))",
        None,
        "outside an exercise",
    ),
    "header lost": ('# %% exercise="double"', "# %%", "# BEGIN SOLUTION", "outside an exercise"),
    "marker in prose": ("# # Doubling", "# # Doubling\n#\n# BEGIN SOLUTION", None, "outside an exercise"),
    "marker as heading": ("# # Doubling", "# # Doubling\n#\n# ### END SOLUTION", None, "outside an exercise"),
    "no check": (CHECK, "", 'exercise="double"', "no check cell"),
    "no hints cell": (HINTS, "", 'exercise="double"', "no hints cell"),
    "check first": (EXERCISE + CHECK, CHECK + EXERCISE, 'check="double"', "without its exercise above"),
    "no exercise": (EXERCISE, "", 'check="double"', "without its exercise above"),
    "check twice": (CHECK, CHECK + CHECK, None, "already in 01_doubling.py:18"),
    "exercise twice": (EXERCISE, EXERCISE + EXERCISE, None, "already in 01_doubling.py:9"),
    "unknown check": (
        HINTS,
        HINTS + '\n# %% check="treble"\nprint(1)\n',
        'check="treble"',
        "wanted an exercise of course",
    ),
    "unknown hints": (
        HINTS,
        HINTS + '\n# %% hints="treble"\nprint(1)\n',
        'hints="treble"',
        "wanted an exercise of course",
    ),
    "points disagree": ('# %% check="double"', '# %% check="double" points=4', "points=4", "but course.toml says 1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_stops_the_build_with_its_line(tmp_path: Path, case: str) -> None:
    old, new, where, told = BROKEN[case]
    text = changed(old, new)
    found = problems(tmp_path, doubling=text)
    assert any(told in problem.text for problem in found), found
    line = min(problem.line for problem in found if told in problem.text)
    named = text.split("\n")[line - 1]
    assert where in named if where else named.strip() in new


def test_a_nested_marker_is_named_at_the_inner_one(tmp_path: Path) -> None:
    found = problems(tmp_path, doubling=changed(BEGIN, BEGIN + BEGIN))
    assert [problem.line for problem in found] == [13]


def test_points_that_agree_are_welcome(tmp_path: Path) -> None:
    assert not problems(tmp_path, doubling=changed('# %% check="double"', '# %% check="double" points=1'))


def test_all_errors_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    two = COURSE + changed(
        'number = "01"\nname = "01_doubling"', 'number = "02"\nname = "02_more"', COURSE[: COURSE.index("[ex")]
    )
    found = problems(tmp_path, two, doubling=changed(END, ""), more="# %%\nx = = 1\n")
    assert [(problem.path.name, problem.line) for problem in found] == [("01_doubling.py", 12), ("02_more.py", 2)]


def test_an_unknown_exercise_is_told_once(tmp_path: Path) -> None:
    found = problems(tmp_path, doubling=SOURCE + SOURCE[SOURCE.index("# %% ex") :].replace("double", "treble"))
    assert [(problem.line, "wanted an exercise of course.toml" in problem.text) for problem in found] == [(26, True)]


def test_the_same_exercise_in_two_notebooks(tmp_path: Path) -> None:
    two = COURSE + changed(
        'number = "01"\nname = "01_doubling"', 'number = "02"\nname = "02_more"', COURSE[: COURSE.index("[ex")]
    )
    found = problems(tmp_path, two, doubling=SOURCE, more=SOURCE)
    told = {problem.text for problem in found if problem.path.name == "02_more.py" and problem.line == 9}
    assert any("already in 01_doubling.py:9" in text for text in told)
    assert any("belongs to notebook 01" in text for text in told)


def test_a_check_cell_about_another_exercise(tmp_path: Path) -> None:
    course = COURSE + COURSE[COURSE.index("[ex") :].replace("double", "treble")
    both = SOURCE + SOURCE[SOURCE.index('# %% exercise="double"') :].replace("double", "treble")
    assert not problems(tmp_path / "good", course, doubling=both)
    wrong = changed('print("one", "two", "three")\n\n', 'check.hints("treble")\n\n', both.replace("# %%", "\n# %%"))
    (found,) = problems(tmp_path / "wrong", course, doubling=wrong)
    assert "the hints cell of double is about treble" in found.text


METHODS = """\
class double:
    def __init__(self, x):
        # BEGIN SOLUTION
        self.x = x
        # END SOLUTION

    def __call__(self):
        # BEGIN SOLUTION
        y = self.x
        return 2 * y
        # END SOLUTION
"""
METHODS_STUB = """\
class double:
    def __init__(self, x):
        # TODO: write this, about 1 line
        raise NotImplementedError("double is not written yet")

    def __call__(self):
        # TODO: write this, about 2 lines
        raise NotImplementedError("double is not written yet")
"""
TABS = "def double(x):\n\tif x:\n\t\t# BEGIN SOLUTION\n\t\treturn 2 * x\n\t\t# END SOLUTION\n\treturn 0\n"
TABS_STUB = """\
def double(x):
\tif x:
\t\t# TODO: write this, about 2 lines
\t\traise NotImplementedError("double is not written yet")
\treturn 0
"""
STRING = """\
def double(x):
    # BEGIN SOLUTION
    text = '''
left
'''

    return text * 2
    # END SOLUTION
"""
STRING_STUB = """\
def double(x):
    # TODO: write this, about 2 lines
    raise NotImplementedError("double is not written yet")
"""


@pytest.mark.parametrize(
    ("solution", "stub"),
    [(METHODS, METHODS_STUB), (TABS, TABS_STUB), (STRING, STRING_STUB)],
    ids=["two methods of a class", "tabs", "a string of several lines"],
)
def test_regions_at_any_indentation(tmp_path: Path, solution: str, stub: str) -> None:
    text = changed(EXERCISE, f'# %% exercise="double"\n{solution}\n\n')
    (source,), syllabus = read_course(*lay_out(tmp_path, doubling=text))
    learner = next(cell for cell in make_edition("learner", source, syllabus).node.cells if cell.id == "double")
    assert learner.source == stub.rstrip()
    full = next(cell for cell in make_edition("solution", source, syllabus).node.cells if cell.id == "double")
    assert full.source == "\n".join(line for line in solution.rstrip().split("\n") if "SOLUTION" not in line)
