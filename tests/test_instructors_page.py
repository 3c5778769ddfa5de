"""docs/instructors.md, followed word by word."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cnnlab import cli
from cnnlab.grading import command, policy

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "instructors.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS: dict[str, click.Command] = {**cli.main.commands, "grade": command.grade}


def lines_of(program: str) -> list[str]:
    """Return the command lines of the page: in blocks, and in a text's code."""
    code = [*"".join(BLOCKS).splitlines(), *re.findall(r"`([^`\n]+)`", TEXT)]
    return [line for line in code if line.startswith(f"{program} ")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what an instructor has, and the programs that an environment has."""
    folder = tmp_path_factory.mktemp("instructor")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("cnnlab", "nbgrader"):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n')
        (programs / name).chmod(0o755)
    node = json.loads((ROOT / "notebooks" / "02_padding_and_stride.ipynb").read_text(encoding="utf-8"))
    (folder / "submissions" / "ada").mkdir(parents=True)
    (folder / "submissions" / "ben.ipynb").write_text(json.dumps(node))
    for cell in node["cells"]:
        if cell["id"] == "same_padding":
            cell["source"] = "def same_padding(f):\n    return (f - 1) // 2"
    (folder / "submissions" / "ada" / "02_padding_and_stride.ipynb").write_text(json.dumps(node))
    shutil.make_archive(str(folder / "submissions"), "zip", folder / "submissions")
    (folder / "points.toml").write_text("zero_pad = 5\n")
    return folder


def run(place: Path, script: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(place / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["sh", "-ec", script], cwd=place, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_blocks_work_one_after_the_other(place: Path, number: int) -> None:
    done = run(place, BLOCKS[number])
    code = 1 if "ben.ipynb" in BLOCKS[number] else 0  # the page says so: an empty file cannot be graded
    assert done.returncode == code, done.stdout + done.stderr


def test_the_first_steps_lead_where_the_page_says(place: Path) -> None:
    report = (place / "try" / "scores" / "report.html").read_text(encoding="utf-8")
    assert "The file is empty" in report


def test_nbgrader_exports_the_same_totals(place: Path) -> None:
    exported = csv.DictReader((place / "course" / "grades.csv").read_text(encoding="utf-8").splitlines())
    own = csv.DictReader((place / "scores" / "totals.csv").read_text(encoding="utf-8-sig").splitlines())
    points = {row["learner"]: float(row["points"]) for row in own}
    assert points == {"ada": 1, "ben": 0}, (place / "scores" / "scores.csv").read_text(encoding="utf-8")
    assert {row["student_id"]: float(row["score"]) for row in exported} == points


def test_the_table_of_results_names_what_is_there(place: Path) -> None:
    names = re.findall(r"^\| `([\w./]+)`(?:, `([\w.]+)`)? \| ", TEXT.split("| in `scores/`")[1].split("\n\n")[0], re.M)
    found = [name for row in names for name in row if name]
    assert len(found) == 7
    for name in found:
        assert (place / "scores" / name).exists(), name


@pytest.mark.parametrize("line", lines_of("cnnlab"))
def test_every_command_is_understood(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    if arguments:
        COMMANDS[name].make_context(name, [word if word != "class.csv" else "" for word in arguments])
    else:
        assert name in COMMANDS


def test_every_option_exists() -> None:
    known = {option for each in COMMANDS.values() for parameter in each.params for option in parameter.opts}
    others = {"--file", "--rm", "--force", "--no-execute"}  # docker compose, nbgrader
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", TEXT)):
        assert option in known | others, option


def test_the_policies_are_the_graders_own_words() -> None:
    assert policy.__doc__
    own = policy.__doc__.replace("``", "`").split("\n\n", 1)[1]
    for paragraph in own.strip().split("\n\n"):
        assert " ".join(paragraph.split()) in " ".join(TEXT.split())


@pytest.mark.parametrize("path", [PAGE, ROOT / "README.md"], ids=["page", "readme"])
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
            assert anchor in slugs, target
