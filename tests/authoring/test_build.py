import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cnnlab.authoring import SourceError, build, check_drift
from tests.authoring.samples import COURSE, SOURCE, changed, lay_out

ROOT = Path(__file__).parents[2]
PICTURE = "\n# %%\nimport matplotlib.pyplot as plt\n\n_ = plt.plot([1, 2])\nprint({'a', 'b', 'c'})\n"
TWO = COURSE + changed(
    'number = "01"\nname = "01_doubling"', 'number = "02"\nname = "02_more"', COURSE[: COURSE.index("[ex")]
)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_two_builds_in_processes_of_different_hash_seeds_are_byte_identical(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, doubling=SOURCE + PICTURE)
    script = (
        "import sys; from pathlib import Path; from cnnlab.authoring import build\n"
        "build(*map(Path, sys.argv[1:4]), course=Path(sys.argv[4]))"
    )
    for seed in ("1", "2"):
        out = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", script, source, out / "learner", out / "solution", course],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    for kind in ("learner", "solution"):
        first = files(tmp_path / "1" / kind)
        assert list(first) == ["01_doubling.ipynb"]
        assert first == files(tmp_path / "2" / kind)
        text = first["01_doubling.ipynb"].decode()
        assert text.endswith("}\n")
        assert "image/png" in text
        nbformat.validate(nbformat.reads(text, as_version=4))


def test_the_editions_are_reported_and_returned(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, doubling=SOURCE)
    told: list[str] = []
    made = build(source, tmp_path / "a", tmp_path / "b", execute=False, course=course, report=told.append)
    assert made == [tmp_path / "a" / "01_doubling.ipynb", tmp_path / "b" / "01_doubling.ipynb"]
    assert told == ["01_doubling: learner edition, 5 cells.", "01_doubling: solution edition, 5 cells."]


def test_only_some_notebooks(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, TWO, doubling=SOURCE, more="# %%\nprint(1)\n")
    for name in ("02", "02_more"):
        made = build(source, tmp_path / name, only=[name], execute=False, course=course)
        assert made == [tmp_path / name / "02_more.ipynb"]
    with pytest.raises(SourceError, match="only: got '07', wanted one of 01, 01_doubling, 02, 02_more"):
        build(source, tmp_path / "x", only=["07"], execute=False, course=course)


def test_a_build_that_stops_touches_no_file(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, TWO, doubling=SOURCE, more="# %%\nprint(1)\n")
    build(source, tmp_path / "out", execute=False, course=course)
    before = files(tmp_path / "out")
    more = source / "02_more.py"
    for fault in ("# %%\nprint(2)\n1 / 0\n", "# %%\nprint(2)\n# BEGIN SOLUTION\n"):
        more.write_text(fault, encoding="utf-8")
        (source / "01_doubling.py").write_text(SOURCE + "\n# %%\nprint('new')\n", encoding="utf-8")
        with pytest.raises(SourceError, match=r"02_more\.py:3: "):
            build(source, tmp_path / "out", course=course)
        assert files(tmp_path / "out") == before


def test_the_text_of_an_error_is_one_problem_per_line(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, TWO, doubling=changed("    # END SOLUTION\n", ""), more="# %%\nx = = 1\n")
    with pytest.raises(SourceError) as caught:
        build(source, tmp_path / "out", course=course)
    lines = str(caught.value).split("\n")
    assert [line.partition(": ")[0] for line in lines] == [
        f"{(source / '01_doubling.py').as_posix()}:12",
        f"{(source / '02_more.py').as_posix()}:2",
    ]


def test_a_missing_tool_is_named_with_its_remedy() -> None:
    script = "import sys; sys.modules['jupytext'] = None; import cnnlab.authoring"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "needs jupytext, which is not installed. Run: pip install 'cnnlab[dev]'" in done.stderr


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("committed")
    source, course = lay_out(folder, doubling=SOURCE + PICTURE)
    (path,) = build(source, folder / "out", course=course)
    return source, course, path


DRIFT: dict[str, tuple[Callable[[Any, Any], Any], str | None]] = {
    "nothing": (lambda cells, node: None, None),
    "a word": (lambda cells, node: cells[0].update(source=cells[0].source + "!"), "cell 1 (.*) differs in its source"),
    "an id": (lambda cells, node: cells[1].update(id="other"), "cell 2 .* has another id"),
    "points": (
        lambda cells, node: cells[3].metadata.nbgrader.update(points=2),
        "check_double.* differs in its metadata",
    ),
    "an output": (lambda cells, node: cells[4].outputs[0].update(text="four"), "hints_double.* differs in its output"),
    "a count": (lambda cells, node: cells[4].update(execution_count=9), "hints_double.* another execution count"),
    "a cell less": (lambda cells, node: cells.pop(), "it has 5 cells, its source 6"),
    "order": (lambda cells, node: cells.insert(1, cells.pop(2)), "cell 2 .* differs in its source"),
    "its metadata": (lambda cells, node: node.metadata.language_info.update(version="3.12"), "metadata differ"),
    "other pixels": (lambda cells, node: cells[5].outputs[-1].data.update({"image/png": "AAAA"}), None),
    "no picture": (lambda cells, node: cells[5].outputs[-1].data.pop("image/png"), "cell 6 .* differs in its output"),
}


@pytest.mark.parametrize("case", DRIFT)
def test_drift_is_found_and_named(committed: tuple[Path, Path, Path], case: str) -> None:
    change, told = DRIFT[case]
    source, course, path = committed
    text = path.read_text(encoding="utf-8")
    node = nbformat.reads(text, as_version=4)
    change(node.cells, node)
    try:
        nbformat.write(node, path)
        found = check_drift(source, path.parent, course=course)
    finally:
        path.write_text(text, encoding="utf-8", newline="\n")
    if told is None:
        assert found == []
    else:
        (line,) = found
        assert line.startswith(path.as_posix())
        assert re.search(told, line)


def test_a_missing_and_a_stray_notebook_are_drift(tmp_path: Path) -> None:
    source, course = lay_out(tmp_path, doubling=SOURCE)
    out = tmp_path / "out"
    assert "is not built" in check_drift(source, out, execute=False, course=course)[0]
    (path,) = build(source, out, execute=False, course=course)
    assert check_drift(source, out, execute=False, course=course) == []
    path.with_name("09_stray.ipynb").write_bytes(path.read_bytes())
    (found,) = check_drift(source, out, execute=False, course=course)
    assert "09_stray.ipynb: has no source" in found
