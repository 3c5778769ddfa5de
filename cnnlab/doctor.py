"""Is everything here that the course needs? What is missing, and the command that mends it.

``cnnlab doctor`` prints the report, ``doctor.report()`` shows it in a notebook (00 does). It reads, imports and asks
the system; it changes nothing and needs no network.
"""

from __future__ import annotations

import html
import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cnnlab.installing import command_line, install_command, installed

__all__ = ["Finding", "Report", "report"]

SIGNS = {"ready": "✓", "missing": "✗", "optional": "○"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
EXTENSIONS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}

STYLE = """<style>
.cnnlab-doctor { color: var(--jp-content-font-color1, inherit); font-size: 14px; line-height: 1.5; max-width: 60em; }
.cnnlab-doctor table { border-collapse: collapse; font-size: 14px; margin: 0; }
.cnnlab-doctor.cnnlab-doctor th, .cnnlab-doctor.cnnlab-doctor td { text-align: left; padding: 3px 14px 3px 0;
  background: transparent; border: 0; border-bottom: 1px solid var(--jp-border-color2, #c8c8c8); white-space: normal;
  vertical-align: top; }
.cnnlab-doctor caption { text-align: left; font-weight: 600; padding: 0 0 6px; caption-side: top;
  color: var(--jp-content-font-color1, inherit); }
.cnnlab-doctor code { font-family: var(--jp-code-font-family, monospace); font-size: 13px; overflow-wrap: anywhere;
  color: inherit; background: transparent; }
</style>"""


@dataclass(frozen=True)
class Finding:
    """One part of the environment: what is there, what was wanted, what to do."""

    part: str
    found: str
    wanted: str
    state: Literal["ready", "missing", "optional"]  # optional: not there, and the notebooks do without
    remedy: str = ""


@dataclass(frozen=True, repr=False)
class Report:
    """All findings; shows itself as a table in a notebook and as text elsewhere."""

    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What the course needs and does not have."""
        return tuple(finding for finding in self.findings if finding.state == "missing")

    def __repr__(self) -> str:
        if not self.missing:
            return "Environment report: everything that the course needs is ready."
        names = ", ".join(finding.part for finding in self.missing)
        return f"Environment report: this is missing and the course needs it: {names}."

    def __str__(self) -> str:
        rows = [
            f"{SIGNS[f.state]} {f.state:<8}  {f.part}: {f.found}" + (f" (wanted {f.wanted})" if f.wanted else "")
            for f in self.findings
        ]
        return "\n".join([repr(self), *rows, *(f"{f.part}: {f.remedy}" for f in self.findings if f.remedy)])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._html()}

    def _html(self) -> str:
        rows = "".join(
            f"<tr><td>{SIGNS[f.state]} {f.state}</td><th scope='row'>{html.escape(f.part)}</th>"
            f"<td>{html.escape(f.found)}</td><td>{html.escape(f.wanted)}</td>"
            f"<td>{f'<code>{html.escape(f.remedy)}</code>' if f.remedy else ''}</td></tr>"
            for f in self.findings
        )
        heads = "".join(f"<th scope='col'>{head}</th>" for head in ("State", "Part", "Found", "Wanted", "To mend it"))
        return (
            f"{STYLE}<div class='cnnlab-doctor'><table><caption>{html.escape(repr(self))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def report() -> Report:
    """Look at this interpreter and this machine.

    Examples
    --------
    >>> {finding.part for finding in report().findings} >= {"Python", "numpy", "notebook kernel", "pictures"}
    True
    """
    place = _place()
    findings = [
        Finding("running in", place, "", "ready"),
        *_packages(),
        _kernel(),
        *_extensions(),
        _pictures(),
        _folder(),
        _machine(),
        *_optional(),
    ]
    if place in ("VS Code", "Google Colab"):  # they show notebooks and widgets by means of their own
        theirs = ("jupyterlab", *(f"{package} in JupyterLab" for package in EXTENSIONS))
        findings = [replace(f, state="optional") if f.part in theirs and f.state == "missing" else f for f in findings]
    return Report(tuple(findings))


def _place() -> str:
    if "google.colab" in sys.modules:
        return "Google Colab"
    if "VSCODE_PID" in os.environ and "ipykernel" in sys.modules:
        return "VS Code"
    return "a Jupyter notebook" if "ipykernel" in sys.modules else "a terminal"


def _bounds() -> tuple[str, list[Requirement]]:
    """Read the wanted Python and packages from the package's metadata, their only home."""
    try:
        about = metadata.metadata("cnnlab")
        wanted = [Requirement(line) for line in about.get_all("Requires-Dist") or ()]
        needed = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": "lab"})]
        return about["Requires-Python"], needed
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        lines = project["dependencies"] + project["optional-dependencies"]["lab"]
        return project["requires-python"], [Requirement(line) for line in lines]


def _packages() -> Iterator[Finding]:
    python, needed = _bounds()
    version = ".".join(map(str, sys.version_info[:3]))
    old = version not in SpecifierSet(python)
    remedy = "Install a newer Python from python.org and make a new environment with it." if old else ""
    yield Finding("Python", f"{version} ({sys.executable})", python, "missing" if old else "ready", remedy)
    for requirement in needed:
        version = installed(requirement.name)
        wanted = str(requirement.specifier)
        if version and requirement.specifier.contains(version, prereleases=True):
            yield Finding(requirement.name, version, wanted, "ready")
        else:
            remedy = install_command(f"{requirement.name}{wanted}")
            yield Finding(requirement.name, version or "not installed", wanted, "missing", remedy)


def _kernel() -> Finding:
    """Whether the kernel that JupyterLab calls "Python 3" is this interpreter, and so finds the same packages."""
    name, wanted = "notebook kernel", "this interpreter"
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return Finding(name, "no Jupyter", wanted, "missing", install_command("jupyterlab"))
    mend = command_line(sys.executable, "-m", "ipykernel", "install", "--sys-prefix")
    try:
        argv = KernelSpecManager().get_kernel_spec("python3").argv
    except NoSuchKernel:
        return Finding(name, "none", wanted, "missing", mend)
    # Jupyter replaces a bare name by its own interpreter.
    if os.path.dirname(os.path.normcase(argv[0])) in ("", os.path.dirname(os.path.normcase(sys.executable))):
        return Finding(name, wanted, wanted, "ready")
    return Finding(name, argv[0], wanted, "missing", mend)


def _extensions() -> Iterator[Finding]:
    """Whether the browser's half of each widget library lies where JupyterLab looks, and fits the other half."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return  # the line for jupyterlab says it all
    for package, extension in EXTENSIONS.items():
        there = any((Path(folder) / extension / "package.json").is_file() for folder in jupyter_path("labextensions"))
        halves = [r for r in _requirements_of(package) if r.name.replace("-", "_") == "jupyterlab_widgets"]
        fits = all((version := installed(half.name)) and version in half.specifier for half in halves)
        found = "there" if there and fits else "another version" if there else "not there"
        remedy = (
            "" if there and fits else install_command("--force-reinstall", package, *(str(half) for half in halves))
        )
        yield Finding(f"{package} in JupyterLab", found, "there", "missing" if remedy else "ready", remedy)


def _requirements_of(package: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in metadata.requires(package) or ()]
    except metadata.PackageNotFoundError:
        return []


def _pictures() -> Finding:
    try:
        from cnnlab import data

        height, width = data.photograph().shape[:2]
    except Exception as error:  # a broken library can raise anything
        found = f"{type(error).__name__}: {error}".splitlines()[0]
        return Finding("pictures", found, "a photograph", "missing", install_command("scikit-learn", "pillow"))
    return Finding("pictures", f"a photograph of {height}×{width}", "a photograph", "ready")


def _folder() -> Finding:
    name, wanted = "this folder", "writable"
    try:
        with tempfile.TemporaryFile(dir=os.getcwd()) as file:
            file.write(b"x")
    except OSError as error:
        return Finding(name, error.strerror or "not writable", wanted, "missing", "cnnlab lab --dir FOLDER")
    return Finding(name, wanted, wanted, "ready")


def _machine() -> Finding:
    cores = f"{os.cpu_count() or 1} cores"
    try:
        import psutil  # comes with Jupyter
    except ImportError:
        return Finding("machine", cores, "", "ready")
    return Finding("machine", f"{cores}, {psutil.virtual_memory().total / 2**30:.0f} GiB of memory", "", "ready")


def _optional() -> Iterator[Finding]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), "")
    yield Finding("Chrome or Chromium", browser or "not found", "for the tests", "ready" if browser else "optional")
    version = installed("nbgrader")
    remedy = "" if version else install_command("nbgrader")
    yield Finding("nbgrader", version or "not installed", "to grade", "ready" if version else "optional", remedy)
    yield _sandbox()


def _sandbox() -> Finding:
    """Which sandbox learners' code is graded in here, and why not a better one. Only a teacher needs it."""
    from cnnlab.grading.sandbox import available

    steps = available()
    ready = next((step.kind for step in steps if not step.reason), "")
    lacks = " ".join(dict.fromkeys(step.reason for step in steps if step.reason)) if steps[0].reason else ""
    found = f"{ready or 'none'}: {lacks}" if lacks else ready
    return Finding("grading sandbox", found, "to grade", "ready" if ready else "optional", steps[0].remedy)
