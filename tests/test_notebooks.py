"""The course's own notebooks: they are what their sources build, they run, and they keep the course's promises."""

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from numpy.typing import NDArray

from cnnlab import course
from cnnlab.authoring.build import as_text, build_edition, read_course
from cnnlab.authoring.drift import first_difference
from cnnlab.authoring.edition import Edition, Kind, make_edition
from cnnlab.authoring.source import syntax_tree

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
NAMES = sorted(path.stem for path in (NOTEBOOKS / "source").glob("*.py"))
KINDS: tuple[Kind, ...] = ("learner", "solution")
EXERCISES = list(course.exercises().values())
DIFFICULTY = {1: "easy", 2: "some thought", 3: "hard"}

each_notebook = pytest.mark.parametrize("name", NAMES)
each_edition = pytest.mark.parametrize("kind", KINDS)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


@cache
def sources() -> Any:
    found, syllabus = read_course(NOTEBOOKS / "source")
    return {source.name: source for source in found}, syllabus


@cache
def unrun(name: str, kind: Kind) -> Edition:
    by_name, syllabus = sources()
    return make_edition(kind, by_name[name], syllabus)


@cache
def run(name: str, kind: Kind) -> Edition:
    """Run an edition, once for all tests."""
    by_name, syllabus = sources()
    return build_edition(kind, by_name[name], syllabus)


def committed(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def test_every_notebook_of_the_course_has_its_source() -> None:
    assert list(course.notebooks()) == [name[:2] for name in NAMES]
    assert [notebook.name for notebook in course.notebooks().values()] == NAMES


def test_the_folder_holds_the_notebooks_and_nothing_else() -> None:
    hidden = {".ipynb_checkpoints", "__pycache__"}  # made by the editors and tools of whoever works here
    assert {path.name for path in NOTEBOOKS.iterdir()} - hidden == {"source", *(f"{name}.ipynb" for name in NAMES)}
    assert {path.name for path in (NOTEBOOKS / "source").iterdir()} - hidden == {f"{name}.py" for name in NAMES}


def test_the_wheel_carries_every_notebook() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried == {f"notebooks/{name}.ipynb": f"cnnlab/_notebooks/{name}.ipynb" for name in NAMES}


@each_notebook
def test_a_committed_notebook_has_the_cells_of_its_source(name: str) -> None:
    difference = first_difference(unrun(name, "learner").node, committed(name), outputs=False)
    assert difference is None, f"{name}.ipynb: {difference} Run: cnnlab build"


@each_notebook
def test_a_committed_notebook_has_the_outputs_of_its_source(name: str) -> None:
    difference = first_difference(run(name, "learner").node, committed(name))
    assert difference is None, f"{name}.ipynb: {difference} Run: cnnlab build"


@each_notebook
def test_both_editions_have_the_same_cells(name: str) -> None:
    learner, solution = (unrun(name, kind).node.cells for kind in KINDS)
    assert [(cell.id, cell.metadata) for cell in learner] == [(cell.id, cell.metadata) for cell in solution]


@each_edition
@each_notebook
def test_every_code_cell_has_run_and_none_failed(name: str, kind: Kind) -> None:
    node = committed(name) if kind == "learner" else run(name, kind).node
    cells = [cell for cell in node.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [cell.id for cell in cells for output in cell.outputs if output.output_type == "error"]


@each_edition
@each_notebook
def test_every_picture_has_words_beside_it(name: str, kind: Kind) -> None:
    for cell in run(name, kind).node.cells:
        outputs = cell.get("outputs", [])
        words = [output.get("text", "") + _words(output.get("data", {})) for output in outputs]
        if any(type_.startswith("image/") for output in outputs for type_ in output.get("data", {})):
            assert "".join(words).strip(), f"{name}, cell {cell.id}: print the number that the picture shows."


def _words(data: dict[str, Any]) -> str:
    kept = [text for type_, text in data.items() if type_ in ("text/plain", "text/html", "text/markdown")]
    return "".join(text for text in kept if not text.startswith("<Figure size"))


@each_notebook
def test_links_lead_somewhere(name: str) -> None:
    prose = "\n".join(cell.source for cell in unrun(name, "learner").node.cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)\s]+)|(?:href|src)=[\"']([^\"']+)", prose):
        link = "".join(target)
        # A learner has the notebooks and nothing beside them.
        assert link.startswith("https://") or link in {f"{other}.ipynb" for other in NAMES}, link


@each_exercise
def test_an_exercise_keeps_its_promises(exercise: course.Exercise) -> None:
    name = course.notebooks()[exercise.notebook].name
    cells = unrun(name, "learner").node.cells
    index = next(i for i, cell in enumerate(cells) if cell.id == exercise.id)
    assert "# TODO: write this, about " in cells[index].source
    assert f'raise NotImplementedError("{exercise.id} is not written yet")' in cells[index].source
    assert ast.get_docstring(_definition(cells[index].source, exercise.id))
    assert len(exercise.hints) == len(set(exercise.hints)) == 3
    assert min(exercise.minutes, exercise.points, exercise.lines) >= 1
    prose = next(cell.source for cell in reversed(cells[:index]) if cell.cell_type == "markdown")
    minutes, points = (
        f"{n} {unit}{'s' * (n > 1)}" for n, unit in [(exercise.minutes, "minute"), (exercise.points, "point")]
    )
    assert f"*{minutes} · {DIFFICULTY[exercise.difficulty]} · {points}*" in prose


def _definition(code: str, id: str) -> Any:
    return next(node for node in ast.parse(code).body if getattr(node, "name", None) == id)


@each_edition
@each_exercise
def test_a_stub_is_to_do_and_a_solution_passes(exercise: course.Exercise, kind: Kind) -> None:
    from cnnlab.check import judge

    report = judge(exercise.id, function(exercise, kind))
    assert report.state == {"learner": "todo", "solution": "pass"}[kind], report.message


def function(exercise: course.Exercise, kind: Kind) -> Any:
    """Define what the notebook imports and defines down to the exercise; run nothing else."""
    kept: list[ast.stmt] = []
    for cell in unrun(course.notebooks()[exercise.notebook].name, kind).node.cells:
        if cell.cell_type == "code":
            body = syntax_tree(cell.source).body
            kept += [s for s in body if isinstance(s, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)]
        if cell.id == exercise.id:
            break
    namespace: dict[str, Any] = {}
    exec(compile(ast.Module(kept, []), "<notebook>", "exec"), namespace)
    return namespace[exercise.id]


@each_edition
def test_nbval_finds_every_output_again(kind: Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [NOTEBOOKS / f"{name}.ipynb" for name in NAMES]
    if kind == "solution":
        files = [tmp_path / f"{name}.ipynb" for name in NAMES]
        for name, file in zip(NAMES, files, strict=True):
            file.write_text(as_text(run(name, kind)), encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        # One process and this interpreter: cells scattered over workers would not see one another.
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q", *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    with capsys.disabled():
        print(f"\nnbval, {kind} edition: {done.stdout.strip().rpartition(chr(10))[2]}")
    nodes = [nbformat.read(file, as_version=4) for file in files]
    cells = sum(cell.cell_type == "code" for node in nodes for cell in node.cells)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"{cells} passed" in done.stdout


def _idx(cells: NDArray[np.uint8]) -> bytes:
    """Write cells as an idx file: 0, 0, 8 for bytes, the number of axes, their sizes, the cells."""
    return bytes([0, 0, 8, cells.ndim]) + np.array(cells.shape, ">u4").tobytes() + cells.tobytes()


def _put_mnist(folder: Path) -> None:
    rng = np.random.default_rng(seed=1)
    for prefix, n in (("train", 200), ("t10k", 40)):
        pictures, labels = rng.integers(0, 256, (n, 28, 28), np.uint8), (np.arange(n) % 10).astype(np.uint8)
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(_idx(pictures))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(_idx(labels))


def _put_cifar10(folder: Path) -> None:
    rng = np.random.default_rng(seed=2)
    for name in (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"):
        records = rng.integers(0, 256, (40, 1 + 3 * 32 * 32), np.uint8)
        records[:, 0] = np.arange(40) % 10  # a label, then red, green and blue
        (folder / name).write_bytes(records.tobytes())


def _put_h5(folder: Path, name: str, classes: list[bytes]) -> None:
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py")
    rng = np.random.default_rng(seed=3)
    for part, n in (("train", 200), ("test", 40)):
        with h5py.File(folder / f"{part}_{name}.h5", "w") as file:
            file[f"{part}_set_x"] = rng.integers(0, 256, (n, 64, 64, 3), np.uint8)
            file[f"{part}_set_y"] = np.arange(n) % len(classes)
            file["list_classes"] = np.array(classes)


def _put_signs(folder: Path) -> None:
    _put_h5(folder, "signs", [b"0", b"1", b"2", b"3", b"4", b"5"])


def _put_cats(folder: Path) -> None:
    _put_h5(folder, "catvnoncat", [b"non-cat", b"cat"])


@pytest.mark.parametrize(
    ("data_set", "put", "shape", "last_class"),
    [
        ("mnist", _put_mnist, "1×28×28", "9"),
        ("fashion_mnist", _put_mnist, "1×28×28", "ankle boot"),
        ("cifar10", _put_cifar10, "3×32×32", "truck"),
        ("signs", _put_signs, "3×64×64", "5"),
        ("cats", _put_cats, "3×64×64", "cat"),
    ],
)
def test_notebook_08_runs_on_files_by_changing_the_one_line_that_it_names(
    data_set: str, put: Any, shape: str, last_class: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    put(tmp_path)
    cells = [cell for cell in unrun("08_full_convnet", "learner").node.cells if cell.cell_type == "code"]
    prose = "".join(c.source for c in unrun("08_full_convnet", "learner").node.cells if c.cell_type == "markdown")
    assert f'data.load("{data_set}", "my/folder"' in prose
    line = 'splits = data.load("digits", size=16, seed=0)\nnet = '
    first = next(i for i, cell in enumerate(cells) if cell.source.startswith(line))
    last = next(i for i, cell in enumerate(cells) if "net.activations(one)" in cell.source)
    changed = cells[first].source.replace('"digits", size=16, seed=0', f'"{data_set}", folder, limit=200')
    whole = [cells[0].source, changed, *(cell.source for cell in cells[first + 1 : last + 1])]
    assert sum("epochs=25" in code for code in whole) == 1
    scope: dict[str, Any] = {"folder": tmp_path}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        for code in whole:
            exec(code.replace("epochs=25", "epochs=1"), scope)
    plt.close("all")
    assert scope["splits"].test.classes[-1] == last_class
    assert re.match(rf"Dataset: 18\d pictures {shape}, ", repr(scope["splits"].train))
    assert "filters (6, 5, 5)" in capsys.readouterr().out


def test_every_question_is_asked_once_in_the_notebook_of_its_module() -> None:
    asked = [
        (question, name)
        for name in NAMES
        for cell in unrun(name, "learner").node.cells
        if cell.cell_type == "code"
        for question in re.findall(r'quiz\("(\w+)"\)', cell.source)
    ]
    written = [
        (question.id, name)
        for name in NAMES
        for question in importlib.import_module(f"cnnlab.quizzes.{name[3:]}").QUESTIONS
    ]
    assert sorted(asked) == sorted(written)


def test_the_map_of_other_courses_is_the_same_in_the_readme() -> None:
    start = "".join(cell.source + "\n" for cell in unrun("00_start_here", "learner").node.cells)
    maps = [
        [
            re.sub(r"\[(\d\d)\]\(\S+\)", r"\1", line)
            for line in text.splitlines()
            if re.search(r"\| \[?\d\d\S* \|$", line)
        ]
        for text in (start, (ROOT / "README.md").read_text(encoding="utf-8"))
    ]
    assert maps[0] == maps[1]
    assert {line[-4:-2] for line in maps[0]} == {f"{n:02}" for n in range(1, 9)}


def test_words_are_spelt_right() -> None:
    prose = ["notebooks/source", "README.md", "CONTRIBUTING.md", "docs", "cnnlab", "assets"]
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *prose], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
