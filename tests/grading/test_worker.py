import textwrap

import pytest

from cnnlab.clock import undisturbed
from cnnlab.grading.worker.cells import Cell, needed
from cnnlab.grading.worker.namespace import build
from cnnlab.trial import attempt


def cells(*texts, own=-1):
    own = own % len(texts)
    return [Cell(i, f"cell {i}", textwrap.dedent(text).strip("\n"), i == own) for i, text in enumerate(texts)]


def built(*texts, name="area", own=-1, given=None, also=()):
    return build([name, *also], cells(*texts, own=own), given or {}, 5.0)


def lines(*texts, name="area", own=-1):
    found = needed(cells(*texts, own=own), [name])
    return [(piece.cell.place, piece.node.lineno) for piece in found.pieces]


AREA = "def area():\n    return side() ** 2"


def test_what_a_function_uses_comes_along_and_nothing_else():
    texts = (
        "import numpy as np, math\nfrom cnnlab import check\nOTHER = 1 / 0",
        "SIDE = math.sqrt(9)\ncheck.side(SIDE)\nfor epoch in range(10**12): pass",
        "def side():\n    return SIDE\nside()\nprint(np.zeros(10**15))",
        AREA,
    )
    done = built(*texts)
    assert (done.value(), done.problem, done.notes, done.cell) == (9, "", [], "cell 3")
    assert lines(*texts) == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_numpy_is_there_without_its_import():
    assert built("def area():\n    return np.ones((2, 3)).sum()").value() == 6


def test_constants_that_are_filled_later_are_filled():
    table = "TABLE = [0] * 3\nTABLE[1] = 5\nTABLE.append(7)\nfor i in range(2):\n    TABLE[0] += 1\nprint(TABLE)"
    assert built(table, "def area():\n    return TABLE").value() == [2, 5, 0, 7]
    assert built("SIDE = 2\nSIDE += 1\nif SIDE > 2:\n    SIDE = 9", "def area():\n    return SIDE").value() == 9


def test_a_name_means_what_it_meant_when_the_cell_was_run():
    side = "def area():\n    return SIDE"
    assert built("SIDE = 1", "SIDE = 2", side, "SIDE = 3", own=2).value() == 2
    assert built(side, "SIDE = 3", own=0).value() == 3


def test_helpers_that_stand_further_down_or_twice_are_found():
    later = "def side():\n    return 4"
    stub = "def side():\n    '''Return it.'''\n    raise NotImplementedError('side is not written yet')"
    assert built(AREA, later, own=0).value() == 16
    assert built(later, stub, AREA).value() == 16
    assert built(stub, AREA, later, own=1).value() == 16
    with pytest.raises(NotImplementedError):
        built(stub, AREA).value()


def test_of_several_cells_the_last_that_is_written_counts():
    texts = ["def area():\n    return 1", "def area():\n    return 2", "def area():\n    raise NotImplementedError"]
    done = build(["area"], [Cell(i, f"c{i}", text, True) for i, text in enumerate(texts)], {}, 5.0)
    assert (done.value(), done.cell) == (2, "c1")
    only = build(["area"], [Cell(0, "c0", texts[2], True)], {}, 5.0)
    assert not only.problem


def test_a_class_is_a_stub_while_one_of_its_methods_is():
    stub = "class area:\n    def loss(self):\n        w = 1\n        raise NotImplementedError"
    written = "class area:\n    def loss(self):\n        return 3\narea.more = lambda self: SIDE\nSIDE = 4"
    done = build(["area"], [Cell(0, "a", written, True), Cell(1, "b", stub, True)], {}, 5.0)
    assert (done.value().loss(), done.value().more()) == (3, 4)


def test_commands_of_ipython_are_left_out():
    magic = "%matplotlib inline\n!pip install x\nfiles = !ls\nnp.zeros?\nSIDE = 3 \\\n% 2\n"
    done = built(magic + "def area():\n    return SIDE, files")
    assert done.value() == (1, None)
    assert built("!pip install x \\\n  y \\\n  -q\nfiles = !ls \\\n  -l\ndef area():\n    return files").value() is None
    assert built("%%time\ndef area():\n    return 1").value() == 1
    assert built("%%bash\nrm -rf /", "def area():\n    return 1").value() == 1


def test_other_cells_may_be_broken():
    done = built(
        "def broken(:", "SIDE = 1 / 0\nNEXT = 2", "import scipy\nimport scipy as NEVER", AREA, "area = = 3", own=3
    )
    assert callable(done.value)
    done = built("SIDE = 1 / 0", "def area():\n    return SIDE")
    assert done.notes == ["cell 0 stopped in line 1: ZeroDivisionError: division by zero"]
    assert attempt(done.value).error.message == "name 'SIDE' is not defined"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def area(:\n    pass", "SyntaxError: invalid syntax in line 1: `def area(:`"),
        ("x = 3", "There is no `area` in its cell any more. Give the function that name again."),
        ("@unknown\ndef area():\n    pass", "stopped in line 1: NameError: name 'unknown' is not defined"),
        ("area = [1][5]", "stopped in line 1: IndexError"),
        ("def area():\n    pass\ndel area", None),
        ("(" * 5000, "SyntaxError"),
        ("\0", "SyntaxError"),
    ],
)
def test_what_is_wrong_with_the_cell_is_told(text, words):
    problem = built(text).problem
    assert words in problem if words else not problem


def test_a_line_number_counts_in_the_learners_cell():
    done = built("# 1\n# 2\nimport math\n\ndef area():\n    x = 1\n    return x / 0")
    error = attempt(done.value).error
    assert (error.line_number, error.line) == (7, "return x / 0")
    assert error.trace.startswith("your cell, line 7, in area\n    return x / 0\n")


@pytest.mark.parametrize("name", ["os", "subprocess", "socket", "ctypes", "scipy", "torch.nn", "pathlib"])
def test_other_packages_cannot_be_imported_and_say_so(name):
    done = built(f"def area():\n    import {name}")
    error = attempt(done.value).error
    assert (error.kind, error.message.split("`")[1]) == ("ImportError", name.partition(".")[0])


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("import multiprocessing as mp", "mp.Pool(2)"),
        ("import scipy.signal", "scipy.signal.convolve(1, 2)"),
        ("from scipy.signal import convolve", "convolve(1, 2)"),
        ("from concurrent.futures import ThreadPoolExecutor", "[0 for _ in ThreadPoolExecutor]"),
    ],
)
def test_what_could_not_be_imported_says_so_where_it_is_used(line, use):
    error = attempt(built(f"{line}\ndef area():\n    return {use}").value).error
    assert error.kind == "ImportError"
    assert "cannot be imported in graded work" in error.message


def test_an_import_that_is_refused_takes_no_name_away():
    done = built("import os\ndef os():\n    return 3\ndef area():\n    return os()")
    assert done.value() == 3
    own = built("from scipy.signal import convolve as area")
    assert own.value is None
    assert "`scipy` cannot be imported" in own.problem


def test_pythons_mathematics_can_be_imported():
    head = (
        "import math, itertools as it\nfrom functools import reduce\nfrom numpy.lib.stride_tricks import as_strided\n"
    )
    body = "def area():\n    from collections import deque\n    return math, it, reduce, as_strided, deque"
    assert len(built(head + body).value()) == 5


COURSE = "from cnnlab import check, ops\nimport cnnlab.shapes as shapes\nfrom cnnlab.conventions import cs231n\n"


def test_the_courses_own_can_be_imported_but_not_used():
    for use in ("ops.conv2d(1)", "shapes.output_size(3)", "cs231n.relu_forward([1])", "ops.x + 1", "ops.x[0]"):
        error = attempt(built(f"{COURSE}def area():\n    return {use}").value).error
        assert error.kind == "ImportError"
        assert "is the course's own; graded work has to do without it" in error.message
    assert "cnnlab.ops.conv2d" in attempt(built(f"{COURSE}def area():\n    return ops.conv2d(1)").value).error.message


def test_what_an_exercise_is_given_can_be_used_under_any_path():
    lines = (
        "from cnnlab.conventions.cs231n import relu_forward as r",
        "from cnnlab.conventions.cs231n import *",
        "import cnnlab",
    )
    body = "def area():\n    return r(1), relu_forward(2), cs231n.relu_forward(3), cnnlab.ops.relu_forward(4)"
    done = built(COURSE + "\n".join(lines), body, given={"relu_forward": lambda x: 10 * x})
    assert done.value() == (10, 20, 30, 40)


def test_pictures_are_shells():
    done = built(
        "import matplotlib.pyplot as plt\nfrom IPython.display import display as show\ndef area():\n    plt.plot(1)"
    )
    assert attempt(done.value).error.message == "`matplotlib.pyplot.plot` shows something; graded work only computes."


def test_a_statement_that_does_not_end_is_noted(monkeypatch):
    monkeypatch.setattr("cnnlab.grading.worker.namespace.EACH", 0.1)
    done = built("SIDE = [0 for _ in iter(int, 1)]", "def area():\n    return SIDE")
    assert done.notes == ["cell 0 stopped in line 1: it did not end."]
    assert done.value is not None


def test_nobody_is_there_to_type():
    assert attempt(built("def area():\n    return input()").value).error.kind == "EOFError"
    assert attempt(built("def area():\n    exit()").value).error.kind == "SystemExit"


def test_an_alarm_comes_again_where_it_was_swallowed():
    from cnnlab.grading.worker.alarm import Alarm

    rounds = []

    def swallow():
        while True:
            try:
                while True:
                    pass
            except BaseException:
                rounds.append(1)
                if len(rounds) > 2:
                    raise

    assert attempt(swallow, seconds=0.05, clock=Alarm).timed_out

    def waits():
        with undisturbed():
            return sum(range(10**6 * 5))

    late = attempt(waits, seconds=0.001, clock=Alarm)
    assert late.timed_out or late.value == sum(range(10**6 * 5))
