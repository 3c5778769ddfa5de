from pathlib import Path

import pytest

from cnnlab.authoring import SourceError
from cnnlab.authoring.build import build_edition, read_course
from cnnlab.authoring.drift import first_difference
from cnnlab.authoring.edition import Edition
from tests.authoring.samples import SOURCE, changed, lay_out


def run(folder: Path, code: str, header: str = "# %%") -> Edition:
    """Run the small course with a further cell; its first line is line 28."""
    (source,), syllabus = read_course(*lay_out(folder, doubling=f"{SOURCE}\n{header}\n{code}\n"))
    return build_edition("learner", source, syllabus)


def test_what_a_good_notebook_holds_after_its_run(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from IPython.display import display, HTML\n"
        "print('cnnlab' in os.getcwd(), os.listdir())\n"
        "print('−', flush=True)\nprint('second')\n"
        "view = {'application/vnd.jupyter.widget-view+json': {'model_id': str(os.urandom(4))}, 'text/html': 'kept'}\n"
        "display(view, raw=True)\n"
        "hash('a') % 1000"
    )
    node = run(tmp_path, code).node
    code_cells = [cell for cell in node.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code_cells] == [1, 2, 3, 4, 5]
    printed, shown, result = code_cells[-1].outputs
    assert printed.text == "True []\n−\nsecond\n"
    assert shown.data == {"text/html": "kept"}
    assert result.execution_count == 5
    assert "widgets" not in node.metadata
    assert "version" not in node.metadata.language_info
    assert code_cells[2].outputs[0].text == "double is not written yet\n"
    assert not any("execution" in cell.metadata for cell in node.cells)


def test_the_kernel_is_this_interpreter(tmp_path: Path) -> None:
    import sys

    node = run(tmp_path, "import sys\nprint(sys.executable, sys.flags.hash_randomization)").node
    assert node.cells[-1].outputs[0].text == f"{sys.executable} 0\n"


def test_of_a_cell_that_differs_between_machines_only_pictures_are_kept(tmp_path: Path) -> None:
    code = (
        "import io, os\nfrom IPython.display import Image, display\nfrom PIL import Image as Pillow\n"
        "file = io.BytesIO()\nPillow.new('L', (2, 2), os.urandom(1)[0]).save(file, 'PNG')\n"
        "print(os.urandom(4))\n"
        "display(Image(file.getvalue(), metadata={'made': str(os.urandom(4))}))\n"
        "object()"
    )
    header = '# %% tags=["nbval-ignore-output"]'
    first, second = (run(tmp_path / name, code, header).node for name in ("first", "second"))
    assert first.cells[-1].execution_count == 5
    (picture,) = first.cells[-1].outputs
    assert picture.data["image/png"].startswith("iVBORw0KGgo")
    assert picture.data["text/plain"] == "A picture from another machine. Run this cell to make your own."
    assert first_difference(first, second) is None
    second.cells[-1].outputs = []
    assert "differs in its output" in str(first_difference(first, second))


STOPS = {
    "raises": ("x = 1\ny = x / 0", 29, "it raised ZeroDivisionError: division by zero"),
    "raises below": ("def f():\n    return missing\n\nf()", 31, "NameError: name 'missing'"),
    "unwritten exercise": ("double(2)", 28, "NotImplementedError: double is not written yet"),
    "exits": ("raise SystemExit(3)", 28, "SystemExit"),
    "asks": ("input('?')", 28, "StdinNotImplementedError"),
    "warns": ("import warnings\nwarnings.warn('old')", 28, "writes to stderr"),
    "prints to stderr": ("import sys\nprint('x', file=sys.stderr)", 28, "writes to stderr"),
    "address": ("object()", 28, "memory address"),
    "widget alone": (
        "from IPython.display import display\n"
        "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'a'}, 'text/plain': ''}, raw=True)",
        28,
        "its widget shows nothing",
    ),
    "gives the solution away": (
        "print('twice = math.fsum', '([x, x])', sep='')",
        28,
        "output shows line 13 of a solution",
    ),
    "kills the kernel": ("import os\nos._exit(1)", 28, "it killed its kernel"),
}


@pytest.mark.parametrize("case", STOPS)
def test_a_run_that_must_not_be_published_stops_with_its_line(tmp_path: Path, case: str) -> None:
    code, line, told = STOPS[case]
    with pytest.raises(SourceError) as caught:
        run(tmp_path, code)
    (found,) = caught.value.problems
    assert (found.path.name, found.line) == ("01_doubling.py", line)
    assert told in found.text
    assert "of the learner edition" in found.text


def test_the_line_of_an_error_inside_a_solution(tmp_path: Path) -> None:
    text = changed("    return twice\n", "    return twice / 0\n")
    text = changed(
        "try:\n    print(double(2))\nexcept NotImplementedError as error:\n    print(error)\n",
        "x = 2\ndouble(x)\n",
        text,
    )
    (source,), syllabus = read_course(*lay_out(tmp_path, doubling=text))
    with pytest.raises(
        SourceError, match="cell 'check_double' of the solution edition: it raised ZeroDivisionError"
    ) as caught:
        build_edition("solution", source, syllabus)
    (found,) = caught.value.problems
    assert text.split("\n")[found.line - 1] == "double(x)"  # the traceback below leads on
    assert any("return twice / 0" in line for line in found.detail)
