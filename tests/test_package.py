"""The package as a whole: what its wheel holds, what an import costs, that the floors hold, what the Makefile does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

from assets import floors
from cnnlab import course
from cnnlab.cli import main
from cnnlab.grading.command import grade
from cnnlab.train.command import train

ROOT = Path(__file__).parents[1]
SHIPPED = {".py", ".js", ".css", ".toml"}


def python(*words: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run Python in a fresh process and return what it prints."""
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_course_and_no_solution(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    wanted = {f"cnnlab/_notebooks/{notebook.name}.ipynb" for notebook in course.notebooks().values()}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "cnnlab").rglob("*.*") if path.suffix in SHIPPED}
    assert wanted <= set(names)
    assert {name.split("/")[0] for name in names} == {
        "cnnlab",
        wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info",
    }
    assert not [name for name in names if "source/" in name or name.endswith(".pyc")]


def test_from_a_wheel_the_course_is_laid_out(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = "from pathlib import Path; from cnnlab import workspace as w; w.lay_out(Path('mine'), w.edition())"
    python("-c", program, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    for notebook in course.notebooks().values():
        delivered = (tmp_path / "mine" / f"{notebook.name}.ipynb").read_bytes()
        assert delivered == (ROOT / "notebooks" / f"{notebook.name}.ipynb").read_bytes()


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("cnnlab", "numpy matplotlib ipywidgets anywidget sklearn click rich"),
        ("cnnlab.cli", "numpy matplotlib ipywidgets anywidget sklearn nbformat rich.table"),
        ("cnnlab.check", "matplotlib ipywidgets anywidget sklearn"),
        ("cnnlab.workspace", "numpy matplotlib ipywidgets anywidget sklearn"),
    ],
)
def test_an_import_loads_no_more_than_it_needs(module, unwanted):
    loaded = python("-c", f"import sys, {module}; print(*sys.modules)").split()
    assert module in loaded
    assert not set(unwanted.split()) & set(loaded)


def test_a_module_imports_only_from_floors_below():
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    assert "Contracts: 1 kept, 0 broken." in python("-c", program)


def test_the_picture_of_the_floors_is_up_to_date():
    assert floors.PICTURE.read_text(encoding="utf-8") == floors.draw(floors.floors()), "Run: python assets/floors.py"


def test_the_picture_of_the_floors_shows_every_module():
    words = {element.text for element in ET.fromstring(floors.PICTURE.read_text(encoding="utf-8")).iter()}
    package = {
        path.stem for path in (ROOT / "cnnlab").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert package - {"__init__"} <= words


def test_what_the_documents_link_to_is_there():
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            assert target.startswith("http") or (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_command_of_the_documents_is_there():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"))
    targets = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8")).group(1).split()
    code = [span or line for span, line in re.findall(r"`([^`\n]+)`|^    (.+)$", text, re.MULTILINE)]
    typed = [found for part in code for found in re.findall(r"\b(make|cnnlab) (?:PYTHON=\S+ )?([a-z]+)(.*)", part)]
    assert {"make", "cnnlab"} == {program for program, _, _ in typed}
    for program, word, rest in typed:
        assert word in (targets if program == "make" else main.commands)
        if program == "cnnlab":
            # Some hand their options on to a command that is imported only when it runs.
            command = {"train": train, "grade": grade}.get(word, main.commands[word])
            known = {name for parameter in command.params for name in parameter.opts}
            assert set(re.findall(r"--\w[\w-]*", rest)) <= known


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed; the README has the same without it")
class TestMakefile:
    """The Makefile in a folder of its own, with a Python that only notes what it is asked to do."""

    @pytest.fixture
    def make(self, tmp_path):
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path)

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(["make", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60)

        return run

    @staticmethod
    def program(path: Path, text: str) -> str:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    def test_help_names_every_target(self, make):
        targets = re.search(r"\.PHONY: help (.*)", (ROOT / "Makefile").read_text()).group(1).split()
        told = make("help").stdout
        assert all(f"make {target} " in told for target in targets)

    def test_installs_once_and_again_when_the_needs_change(self, make, tmp_path):
        note = 'echo "$@" >> notes; test "$2" != venv || { mkdir -p .venv/bin; cp "$0" .venv/bin/python; }'
        fake = self.program(tmp_path / "python", note)
        words = (f"PYTHON={fake}", "lab", "LABARGS=--no-browser --port 8899")
        for _ in range(2):
            assert make(*words).returncode == 0
        notes = (tmp_path / "notes").read_text().splitlines()[1:]
        install = "-m pip install --quiet --disable-pip-version-check -e .[lab]"
        lab = "-m cnnlab lab --no-browser --port 8899"
        assert notes == ["-m venv --clear .venv", install, lab, lab]
        later = (tmp_path / ".venv" / "lab.stamp").stat().st_mtime + 5
        os.utime(tmp_path / "pyproject.toml", (later, later))
        make(*words)
        assert (tmp_path / "notes").read_text().splitlines()[-2:] == [install, lab]

    @pytest.mark.parametrize(
        ("fake", "sentence"),
        [
            ("exit 1", "cnnlab needs Python 3.11 or newer"),
            ("exit 127", "Name another: make PYTHON=python3.12 lab"),
            ('test "$1" = -c || { mkdir .venv; exit 1; }', "On Debian and Ubuntu: sudo apt install python3-venv"),
        ],
    )
    def test_what_the_system_lacks_is_told_with_a_remedy(self, make, tmp_path, fake, sentence):
        done = make(f"PYTHON={self.program(tmp_path / 'python', fake)}", "lab")
        assert done.returncode != 0
        assert sentence in done.stdout
        assert not (tmp_path / ".venv").exists()
