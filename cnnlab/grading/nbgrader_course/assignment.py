"""A release as an assignment of an nbgrader course; made there when the course has none."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.grading.model import GradingError, Release
from cnnlab.grading.nbgrader_course.rebuild import Node
from cnnlab.grading.release import nbgrader
from cnnlab.installing import install_command

__all__ = ["Assignment", "course_directory"]

CONFIG = "nbgrader_config.py"


def course_directory(course: Path) -> Any:
    """Return nbgrader's own description of a course: where what stands, as its configuration says.

    Raises
    ------
    GradingError
        If nbgrader is not installed, or the folder is no course of it.
    """
    try:
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import PyFileConfigLoader
    except ImportError as error:
        raise GradingError(
            f"--nbgrader: {error.name} is not installed here. Run: {install_command('cnnlab[instructor]')}"
        ) from error
    if not (course / CONFIG).is_file():
        raise GradingError(
            f"--nbgrader: {course} has no {CONFIG}, so it is no course of nbgrader. "
            "Name another folder, or make a course: nbgrader quickstart NAME"
        )
    try:
        config = PyFileConfigLoader(CONFIG, path=str(course.resolve())).load_config()
    except Exception as error:  # it is a program
        raise GradingError(f"--nbgrader: {course / CONFIG} stops with {error!r}. Correct that line.") from error
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(course.resolve())
    return CourseDirectory(config=config)


@dataclass(frozen=True)
class Assignment:
    """The assignment that is a release, with its folders."""

    release: Release
    directory: Any  # nbgrader's description of the course

    @property
    def name(self) -> str:
        """What nbgrader calls it."""
        return nbgrader.assignment_name(self.release)

    def folder(self, step: str, student: str = ".") -> Path:
        """Return a folder of the assignment: of "source", "release", "submitted" or "autograded"."""
        return Path(self.directory.format_path(getattr(self.directory, f"{step}_directory"), student, self.name))

    @functools.cached_property
    def released(self) -> Mapping[str, Node]:
        """The notebooks as nbgrader released them, by name."""
        return {path.stem: json.loads(path.read_bytes()) for path in self.folder("release").glob("*.ipynb")}

    def generate(self, folder: Path) -> None:
        """Let nbgrader release the notebooks of a release's folder: that fills `release` and the gradebook.

        Raises
        ------
        GradingError
            If it does not.
        """
        source = self.folder("source")
        if not source.is_dir():
            names = [sheet.name for sheet in self.release.sheets]
            nodes = {name: json.loads((folder / "notebooks" / f"{name}.ipynb").read_bytes()) for name in names}
            made = nbgrader.files(self.release, nodes)
            source.mkdir(parents=True)
            for name in names:
                (source / f"{name}.ipynb").write_bytes(made[f"source/{self.name}/{name}.ipynb"])
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", self.name, "--force"]
        command.append("--IncludeHeaderFooter.header=")  # the class got the notebook without it
        # nbgrader calls alembic by its name; it stands beside this interpreter.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        done = subprocess.run(
            command,
            cwd=self.directory.root,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            said = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "nothing")
            raise GradingError(
                f"--nbgrader: nbgrader cannot make the assignment {self.name}; it says: {said} "
                f"Try it by hand in {self.directory.root}: nbgrader generate_assignment {self.name}"
            )
