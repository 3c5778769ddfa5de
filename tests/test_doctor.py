"""The environment report, on machines that lack this or that."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import cnnlab.data
from cnnlab import doctor, workspace
from cnnlab.grading import sandbox
from cnnlab.installing import install_command


def finding(part: str) -> doctor.Finding:
    return next(finding for finding in doctor.report().findings if finding.part == part)


@pytest.fixture
def versions(monkeypatch):
    """Pretend that packages are of another version, or not installed (None)."""
    version, pretended = metadata.version, {}

    def pretend(package):
        if package in pretended and pretended[package] is None:
            raise metadata.PackageNotFoundError(package)
        return pretended.get(package) or version(package)

    monkeypatch.setattr(metadata, "version", pretend)
    return pretended


def test_a_complete_environment_is_ready():
    report = doctor.report()
    assert report.missing == ()
    assert repr(report) == "Environment report: everything that the course needs is ready."


def test_the_bounds_are_those_of_the_package(monkeypatch):
    project = tomllib.loads((workspace.PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"Python" + project["requires-python"]}
    wanted |= {*project["dependencies"], *project["optional-dependencies"]["lab"]}

    def said():
        return {f.part + f.wanted for f in doctor.report().findings if f.wanted.startswith(">=")}

    assert said() == wanted

    def not_installed(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", not_installed)
    assert said() == wanted


@pytest.mark.parametrize("version", [None, "1.25.9", "1.26.0rc1"])
def test_a_missing_or_old_package_is_told_with_the_command_for_this_interpreter(versions, version):
    versions["numpy"] = version
    found = finding("numpy")
    assert found.state == "missing"
    assert found.found == (version or "not installed")
    assert found.remedy == install_command("numpy>=1.26")
    assert sys.executable in found.remedy
    assert repr(doctor.report()).endswith("this is missing and the course needs it: numpy.")


@pytest.mark.parametrize("version", ["1.26", "2.5.0.dev0", "3.0+local"])
def test_a_newer_package_is_ready(versions, version):
    versions["numpy"] = version
    assert finding("numpy").state == "ready"


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert finding("Python").state == "missing"
    assert "Install a newer Python" in finding("Python").remedy


def test_an_environment_without_pip_is_mended_by_uv(versions):
    versions["pip"] = None
    assert install_command("tqdm").startswith("uv pip install --python")


def test_an_interpreter_with_a_space_in_its_path_is_quoted(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/my envs/bin/python")
    assert install_command("tqdm").split(" -m ")[0] in ("'/my envs/bin/python'", '"/my envs/bin/python"')


def test_a_kernel_of_another_interpreter(monkeypatch):
    from jupyter_client import kernelspec

    def spec(manager, name):
        return SimpleNamespace(argv=[str(Path("/elsewhere/bin/python3"))])

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", spec)
    found = finding("notebook kernel")
    assert (found.state, found.found) == ("missing", str(Path("/elsewhere/bin/python3")))
    assert found.remedy.endswith("-m ipykernel install --sys-prefix")


def test_no_kernel_at_all(monkeypatch):
    from jupyter_client import kernelspec

    def spec(manager, name):
        raise kernelspec.NoSuchKernel(name)

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", spec)
    assert finding("notebook kernel").state == "missing"


@pytest.mark.parametrize("package", ["ipywidgets", "anywidget"])
def test_widgets_without_their_half_in_jupyterlab(monkeypatch, tmp_path, package):
    from jupyter_core import paths

    monkeypatch.setattr(paths, "jupyter_path", lambda *parts: [str(tmp_path)])
    found = finding(f"{package} in JupyterLab")
    assert (found.state, found.found) == ("missing", "not there")
    assert f"--force-reinstall {package}" in found.remedy
    half = tmp_path / doctor.EXTENSIONS[package]
    half.mkdir(parents=True)
    (half / "package.json").write_text("{}")
    assert finding(f"{package} in JupyterLab").state == "ready"


def test_two_halves_that_do_not_fit(versions):
    versions.update({"jupyterlab_widgets": "1.1.0", "jupyterlab-widgets": "1.1.0"})  # as ipywidgets writes it by turns
    found = finding("ipywidgets in JupyterLab")
    assert (found.state, found.found) == ("missing", "another version")
    assert "jupyterlab_widgets" in found.remedy.replace("-", "_")


@pytest.mark.parametrize("trouble", [ImportError("no sklearn"), OSError("cannot read\na file"), RuntimeError("ABI")])
def test_pictures_that_cannot_be_loaded(monkeypatch, trouble):
    def photograph():
        raise trouble

    monkeypatch.setattr(cnnlab.data, "photograph", photograph)
    found = finding("pictures")
    assert found.state == "missing"
    assert found.found == f"{type(trouble).__name__}: {trouble}".split("\n")[0]
    assert "scikit-learn" in found.remedy


def test_nothing_but_python_is_still_a_report(monkeypatch, versions):
    for package in ("numpy", "jupyterlab", "ipywidgets", "anywidget", "matplotlib", "scikit-learn", "nbgrader"):
        versions[package] = None
    for module in ("jupyter_client", "jupyter_client.kernelspec", "jupyter_core", "jupyter_core.paths", "psutil"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "cnnlab.data")
    monkeypatch.delattr(cnnlab, "data")
    monkeypatch.setitem(sys.modules, "cnnlab.data", None)
    parts = {finding.part for finding in doctor.report().missing}
    assert {"numpy", "jupyterlab", "notebook kernel", "pictures"} <= parts


def test_a_folder_that_cannot_be_written(monkeypatch):
    def refuse(**settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    assert (finding("this folder").state, finding("this folder").found) == ("missing", "Permission denied")


@pytest.mark.parametrize(
    ("place", "modules", "environment"),
    [
        ("Google Colab", ("google.colab",), {}),
        ("VS Code", ("ipykernel",), {"VSCODE_PID": "1"}),
        ("a Jupyter notebook", ("ipykernel",), {}),
        ("a terminal", (), {"VSCODE_PID": "1"}),
    ],
)
def test_where_it_runs_decides_whether_jupyterlab_is_needed(monkeypatch, versions, place, modules, environment):
    monkeypatch.delenv("VSCODE_PID", raising=False)
    for module in ("ipykernel", "google.colab"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    for module in modules:
        monkeypatch.setitem(sys.modules, module, SimpleNamespace())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    versions["jupyterlab"] = None
    assert finding("running in").found == place
    assert finding("jupyterlab").state == ("optional" if place in ("VS Code", "Google Colab") else "missing")


BOTH = (
    sandbox.Step("bubblewrap", "It is not installed.", "Install it."),
    sandbox.Step("landlock", "Too old.", "Wait."),
)


def test_optional_parts_are_not_missing(monkeypatch, versions):
    versions["nbgrader"] = None
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox, "available", lambda: BOTH)
    report = doctor.report()
    optional = {f.part for f in report.findings if f.state == "optional"}
    assert optional == {"nbgrader", "Chrome or Chromium", "grading sandbox"}
    assert not report.missing


@pytest.mark.parametrize(
    ("steps", "state", "found", "remedy"),
    [
        ((sandbox.Step("bubblewrap"), BOTH[1]), "ready", "bubblewrap", ""),
        ((BOTH[0], sandbox.Step("landlock")), "ready", "landlock: It is not installed.", "Install it."),
        (BOTH, "optional", "none: It is not installed. Too old.", "Install it."),
    ],
)
def test_which_sandbox_learners_work_is_graded_in(monkeypatch, steps, state, found, remedy):
    monkeypatch.setattr(sandbox, "available", lambda: steps)
    said = finding("grading sandbox")
    assert (said.state, said.found, said.remedy) == (state, found, remedy)


def test_text_and_page_say_the_same_and_nothing_leaks():
    odd = doctor.Finding("numpy", "<b>1</b>", ">=1.26", "missing", "pip install 'numpy>=1.26'")
    shown = doctor.Report((odd,))._repr_mimebundle_()
    assert shown["text/plain"].splitlines() == [
        "Environment report: this is missing and the course needs it: numpy.",
        "✗ missing   numpy: <b>1</b> (wanted >=1.26)",
        "numpy: pip install 'numpy>=1.26'",
    ]
    assert "&lt;b&gt;1&lt;/b&gt;" in shown["text/html"]
    assert "✗ missing" in shown["text/html"]
    rules = [line for line in doctor.STYLE.splitlines() if "{" in line]
    assert all(rule.startswith(".cnnlab-doctor") for rule in rules)
