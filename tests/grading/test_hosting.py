"""The configuration for hosting a class and grading in a container, tried as far as it goes without hub and daemon."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from traitlets.config import Config

from cnnlab import cli, course
from cnnlab.grading import command

ROOT = Path(__file__).parents[2]
HUB, CONTAINER, BINDER = ROOT / "deploy" / "jupyterhub", ROOT / "deploy" / "container", ROOT / ".binder"
DOCKERFILES = [HUB / "Dockerfile", CONTAINER / "Dockerfile"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def instructions(dockerfile: Path) -> list[list[str]]:
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def copied(dockerfile: Path) -> list[str]:
    rows = [row for row in instructions(dockerfile) if row[0] == "COPY"]
    return [word for row in rows for word in row[1:-1] if not word.startswith("--")]


def sent(path: str) -> bool:
    """Whether .dockerignore lets a file through: the last line that fits decides."""
    allowed = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!").removeprefix("**/")
        parents = ["/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 2)]
        where = path.split("/") if line.startswith("**/") else parents
        if (
            line
            and not line.startswith("#")
            and any(fnmatch.fnmatch(name, pattern) and name.count("/") == pattern.count("/") for name in where)
        ):
            allowed = line.startswith("!")
    return allowed


def test_binder_finds_a_python_that_the_course_runs_on() -> None:
    [python] = [line for line in read(BINDER / "environment.yml")["dependencies"] if line.startswith("python")]
    pinned = re.fullmatch(r"python=(\d+\.\d+)", python)  # Binder understands no other form
    assert pinned
    project = (ROOT / "pyproject.toml").read_text()
    wanted = re.search(r'requires-python = "(.*)"', project)
    assert wanted
    assert SpecifierSet(wanted[1]).contains(pinned[1])


def test_binder_lays_the_course_out(tmp_path: Path) -> None:
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    programs = tmp_path / "bin"
    programs.mkdir()
    # Says what it would install, and is Python for the rest.
    (programs / "python").write_text(
        f'#!/bin/sh\nif [ "$1" = -m ]; then echo "$@"; else exec "{sys.executable}" "$@"; fi\n'
    )
    (programs / "python").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(".[lab]")
    names = {f"{notebook.name}.ipynb" for notebook in course.notebooks().values()}
    assert names <= {path.name for path in (tmp_path / "cnnlab-course").iterdir()}


def test_settings_of_the_littlest_hub() -> None:
    config = Config()
    path = HUB / "littlest.py"
    exec(compile(path.read_text(), str(path), "exec"), {"get_config": lambda: config})
    assert config == {
        "Spawner": {
            "default_url": "/lab",
            "mem_limit": "2G",
            "cpu_limit": 2.0,
            "environment": {"CNNLAB_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
        }
    }


def test_values_for_kubernetes() -> None:
    values = read(HUB / "values.yaml")
    assert set(values) == {"hub", "singleuser", "cull"}
    assert values["hub"]["config"]["FirstUseAuthenticator"] == {"create_users": False}  # nobody from outside the class
    server = values["singleuser"]
    image = f"{server['image']['name']}:{server['image']['tag']}"
    assert f"--tag {image} ." in (HUB / "Dockerfile").read_text()
    shell, _, line = server["lifecycleHooks"]["postStart"]["exec"]["command"]
    program, repository, branch, folder, *rest = line.split()
    assert (shell, program, branch) == ("sh", "gitpuller", "main")
    assert repository.startswith("https://")
    assert rest == ["||", "true"]  # else Kubernetes stops the server
    assert server["defaultUrl"] == f"/lab/tree/{folder}/notebooks"  # where a release has them
    assert all(isinstance(value, str) for value in server["extraEnv"].values())  # Kubernetes takes no numbers


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_an_image_copies_is_there_and_is_sent(dockerfile: Path) -> None:
    names = copied(dockerfile)
    assert "cnnlab" in names
    for name in names:
        found = [path.relative_to(ROOT).as_posix() for path in ROOT.glob(name)]
        assert found, name
        assert all(map(sent, found)), name


def test_no_solution_is_sent_to_an_image() -> None:
    assert sent("cnnlab/ops/conv.py")
    assert sent("notebooks/01_edge_detection.ipynb")
    for path in ("notebooks/source/01_edge_detection.py", "build/solution/01_edge_detection.ipynb", ".git/config"):
        assert not sent(path), path


def test_what_the_images_copy_is_enough_to_install_the_course(tmp_path: Path) -> None:
    assert copied(DOCKERFILES[0]) == copied(DOCKERFILES[1])
    place = tmp_path / "cnnlab"
    for name in copied(DOCKERFILES[0]):
        for path in ROOT.glob(name):
            target = place / path.relative_to(ROOT)
            if path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "cnnlab/_notebooks/00_start_here.ipynb" in names
    assert "cnnlab/grading/worker/__main__.py" in names
    assert not [name for name in names if "source/" in name]


def test_the_grading_image_is_not_root() -> None:
    words = [row[0] for row in instructions(CONTAINER / "Dockerfile")]
    users = [row[1] for row in instructions(CONTAINER / "Dockerfile") if row[0] == "USER"]
    assert users == ["grader"]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in ("RUN", "COPY"))


def test_the_grading_container_has_no_network_and_one_place_to_write() -> None:
    service = read(CONTAINER / "compose.yaml")["services"]["grade"]
    assert (CONTAINER / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert service["network_mode"] == "none"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    writable = [volume["target"] for volume in service["volumes"] if not volume.get("read_only")]
    assert writable == ["/class/grades"]


def test_the_grading_container_runs_a_command_that_exists() -> None:
    service = read(CONTAINER / "compose.yaml")["services"]["grade"]
    entry = next(row for row in instructions(CONTAINER / "Dockerfile") if row[0] == "ENTRYPOINT")
    assert entry[1:] == ['["cnnlab"]']
    name, *arguments = service["command"]
    assert name in cli.main.commands
    command.grade.make_context(name, [*arguments])  # a wrong option would raise
    places = {Path(volume["target"]).name for volume in service["volumes"]}
    assert places <= set(arguments)
