from pathlib import Path

import pytest

from cnnlab.authoring.source import read_source
from tests.authoring.samples import SOURCE, changed, problems


def test_a_good_source_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, doubling=SOURCE) == []


def test_cells_know_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "01_doubling.py"
    path.write_text(SOURCE, encoding="utf-8")
    source = read_source(path)
    lines = SOURCE.split("\n")
    for cell in source.cells:
        assert lines[cell.header - 1].startswith("# %%")
        for i, line in enumerate(cell.lines):
            assert (
                lines[cell.start - 1 + i].removeprefix("#" if cell.kind == "markdown" else "").strip() == line.strip()
            )
    assert [(cell.role, cell.exercise) for cell in source.cells if cell.role] == [
        ("exercise", "double"),
        ("check", "double"),
        ("hints", "double"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        'text = """\n# %% no header\n# %% [markdown]\n"""',
        "text = '''it's\n# %%\n'''",
        "# it's a comment with a quote\ntext = 'a \"\"\" b'",
        "%matplotlib inline\nx = 1",
        "\n\n\nx = 1\n\n\ny = 2\n\n",
        'x = f"{1}"  # \'"',
    ],
)
def test_what_a_cell_may_hold(tmp_path: Path, body: str) -> None:
    path = tmp_path / "01_x.py"
    path.write_text(f"# %%\n{body}\n\n# %%\nlast = 1\n", encoding="utf-8")
    first, last = read_source(path).cells
    assert first.text == body.strip("\n")
    assert last.text == "last = 1"
    assert last.start == path.read_text(encoding="utf-8").split("\n").index("last = 1") + 1


def test_front_matter_windows_line_ends_and_byte_order_mark_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "01_x.py"
    text = "\ufeff# ---\r\n# jupyter:\r\n#   kernel: x\r\n# ---\r\n\r\n# %%\r\nx = 1\r\n"
    path.write_bytes(text.encode())
    (cell,) = read_source(path).cells
    assert (cell.text, cell.start) == ("x = 1", 7)


HEADER = '# %% exercise="double"'
BROKEN = {
    "unknown setting": (HEADER, '# %% excercise="double"', "excercise", "no setting of a cell"),
    "title": ("# %%\nimport", "# %% Imports\nimport", "Imports", "header: got"),
    "no space": (HEADER, '# %%exercise="double"', "%%exercise", "header: got"),
    "no quotes": (HEADER, "# %% exercise=double", "exercise=double", "header: got"),
    "open quote": (HEADER, '# %% exercise="double', 'exercise="double', "header: got"),
    "indented": ("# %%\nimport", "  # %%\nimport", "  # %%", "at the start of the line"),
    "json": (HEADER, '# %% {"exercise": "double"}', '{"exercise"', "header: got"),
    "misspelt markdown": ("# %% [markdown]", "# %% [markdwon]", "[markdwon]", "header: got"),
    "raw cell": ("# %% [markdown]", "# %% [raw]", "[raw]", "header: got"),
    "Spyder's cell": ("# %%\nimport", "# <codecell>\nimport", "<codecell>", "header: got"),
    "two parts": (HEADER, HEADER + ' check="double"', HEADER, "one part to play"),
    "twice the same": (HEADER, HEADER + ' exercise="single"', HEADER, "one part to play"),
    "markdown exercise": ("# %% [markdown]", '# %% [markdown] exercise="double"', "[markdown]", "takes no settings"),
    "id is no name": (HEADER, '# %% exercise="double it"', "double it", "function's name"),
    "id is a number": (HEADER, "# %% exercise=2", "exercise=2", "function's name"),
    "points on an exercise": (HEADER, HEADER + " points=1", "points=1", "belong to a check cell"),
    "unknown tag": ("# %%\nimport", '# %% tags=["nbval-ignore-outputs"]\nimport', "tags=", "wanted a list of"),
    "tag is no list": ("# %%\nimport", '# %% tags="nbval-ignore-output"\nimport', "tags=", "wanted a list of"),
    "empty cell": ("# %%\nimport math\n", "# %%\n\n# %%\nimport math\n", "# %%", "this cell is empty"),
    "empty markdown": (
        "# # Doubling\n#\n# The end of a solution is the begin of the next.\n",
        "#\n",
        "# %% [m",
        "empty",
    ),
    "text before": ("# %% [markdown]", "import os\n# %% [markdown]", "import os", "before the first cell"),
    "code under markdown": ("begin of the next.\n", "begin of the next.\n\nx = 1\n", "x = 1", "begins with '#'"),
    "syntax": ("import math", "import math\nx = = 1", "x = = 1", "no Python"),
    "return outside": ("import math", "import math\nreturn 1", "return 1", "no Python"),
    "open string": ("import math", 'import math\nx = """', HEADER, "swallows this header"),
    "invalid escape": ("import math", "import math\nx = '\\d'", "x = '", "no Python"),
    "cell magic": ("import math", "%%time\nimport math", "%%time", "cell magics"),
    "jupytext's mistake": ("import math\n", 'x = "\\\\" """a"""\n', HEADER, "swallows this header"),
    "form feed": ("import math", "import math\f", "import math", "rare line break"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_source_stops_the_build_with_its_line(tmp_path: Path, case: str) -> None:
    old, new, where, told = BROKEN[case]
    text = changed(old, new)
    (found, *others) = problems(tmp_path, doubling=text)
    assert told in found.text
    assert where in text.split("\n")[found.line - 1]
    assert found.path.name == "01_doubling.py"
    assert not others, "one fault, one line"


def test_a_file_without_cells_and_a_file_in_another_encoding(tmp_path: Path) -> None:
    assert "there is no cell" in problems(tmp_path, doubling="")[0].text
    path = tmp_path / "source" / "01_doubling.py"
    path.write_bytes(b"# %%\nx = 1\ny = '\xe9'\n")
    with pytest.raises(Exception, match=r"01_doubling.py:3: this is not UTF-8"):
        read_source(path)
