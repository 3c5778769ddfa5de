"""The course folder: a learner's byte is never lost, and a new edition always arrives."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cnnlab import course, workspace
from cnnlab.workspace import WorkspaceError, lay_out

NAME = "01_edge_detection.ipynb"
FIRST, SECOND, THIRD = {NAME: b"first edition"}, {NAME: b"second edition"}, {NAME: b"third edition"}


def states(directory: Path, notebooks: dict[str, bytes]) -> list[tuple[str, str | None]]:
    return [(delivery.state, delivery.beside) for delivery in lay_out(directory, notebooks)]


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_first_time_writes_every_notebook_and_the_mark(tmp_path):
    course_dir = tmp_path / "made" / "on the way – été"
    assert states(course_dir, FIRST) == [("added", None)]
    assert files(course_dir) == FIRST
    assert (course_dir / ".cnnlab" / "manifest.json").is_file()


def test_a_second_time_changes_nothing(tmp_path):
    lay_out(tmp_path, FIRST)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert states(tmp_path, FIRST) == [("current", None)]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_untouched_notebook_becomes_the_new_edition(tmp_path):
    lay_out(tmp_path, FIRST)
    assert states(tmp_path, SECOND) == [("updated", None)]
    assert files(tmp_path) == SECOND


def test_a_deleted_notebook_comes_back(tmp_path):
    lay_out(tmp_path, FIRST)
    (tmp_path / NAME).unlink()
    assert states(tmp_path, FIRST) == [("brought back", None)]
    assert files(tmp_path) == FIRST


def test_a_new_edition_of_a_touched_notebook_arrives_beside_it_once(tmp_path):
    lay_out(tmp_path, FIRST)
    (tmp_path / NAME).write_bytes(b"my answer")
    assert states(tmp_path, FIRST) == [("yours", None)]
    assert states(tmp_path, SECOND) == [("beside", "01_edge_detection.new.ipynb")]
    assert files(tmp_path) == {NAME: b"my answer", "01_edge_detection.new.ipynb": b"second edition"}

    (tmp_path / "01_edge_detection.new.ipynb").unlink()  # seen, not wanted: it does not come back
    assert states(tmp_path, SECOND) == [("yours", None)]
    assert files(tmp_path) == {NAME: b"my answer"}


def test_the_file_beside_is_refreshed_while_untouched_and_numbered_when_touched(tmp_path):
    lay_out(tmp_path, FIRST)
    (tmp_path / NAME).write_bytes(b"my answer")
    lay_out(tmp_path, SECOND)
    assert states(tmp_path, THIRD) == [("beside", "01_edge_detection.new.ipynb")]
    (tmp_path / "01_edge_detection.new.ipynb").write_bytes(b"my notes")
    assert states(tmp_path, {NAME: b"fourth"}) == [("beside", "01_edge_detection.new-2.ipynb")]
    assert files(tmp_path) == {
        NAME: b"my answer",
        "01_edge_detection.new.ipynb": b"my notes",
        "01_edge_detection.new-2.ipynb": b"fourth",
    }


def test_taking_the_new_edition_over_is_following_the_remedy(tmp_path):
    lay_out(tmp_path, FIRST)
    (tmp_path / NAME).write_bytes(b"my answer")
    lay_out(tmp_path, SECOND)
    (tmp_path / "01_edge_detection.new.ipynb").replace(tmp_path / NAME)
    assert states(tmp_path, SECOND) == [("current", None)]
    assert states(tmp_path, THIRD) == [("updated", None)]


def test_a_learner_s_own_file_of_that_name_is_not_touched(tmp_path):
    (tmp_path / NAME).write_bytes(b"from another course")
    (tmp_path / "diary.txt").write_bytes(b"dear diary")
    assert states(tmp_path, FIRST) == [("beside", "01_edge_detection.new.ipynb")]
    assert files(tmp_path)[NAME] == b"from another course"
    assert files(tmp_path)["diary.txt"] == b"dear diary"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"delivered": 3}', b'{"delivered": {"x": 3}}', b"\xff", None])
def test_without_its_record_every_notebook_counts_as_the_learner_s(tmp_path, damage):
    lay_out(tmp_path, FIRST)
    manifest = tmp_path / ".cnnlab" / "manifest.json"
    manifest.unlink() if damage is None else manifest.write_bytes(damage)
    assert states(tmp_path, SECOND) == [("beside", "01_edge_detection.new.ipynb")]
    assert files(tmp_path)[NAME] == b"first edition"
    (tmp_path / NAME).unlink()
    lay_out(tmp_path, SECOND)
    assert states(tmp_path, THIRD) == [("updated", None)]  # the record is whole again


def test_a_write_protected_notebook_stays(tmp_path):
    lay_out(tmp_path, FIRST)
    (tmp_path / NAME).chmod(0o444)
    assert states(tmp_path, SECOND) == [("beside", "01_edge_detection.new.ipynb")]
    assert files(tmp_path)[NAME] == b"first edition"


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_a_link(tmp_path, dangling):
    elsewhere = tmp_path / "elsewhere.ipynb"
    if not dangling:
        elsewhere.write_bytes(b"first edition")
    folder = tmp_path / "course"
    lay_out(folder, FIRST)
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(elsewhere)
    assert states(folder, SECOND) == [("beside", "01_edge_detection.new.ipynb")]
    assert (folder / NAME).is_symlink()
    assert elsewhere.exists() is not dangling


def test_a_folder_of_that_name_stays(tmp_path):
    (tmp_path / NAME).mkdir()
    assert states(tmp_path, FIRST) == [("beside", "01_edge_detection.new.ipynb")]
    assert (tmp_path / NAME).is_dir()


def test_a_notebook_held_open_stays_and_the_new_edition_lies_beside_it(tmp_path, monkeypatch):
    lay_out(tmp_path, FIRST)
    replace = os.replace

    def locked(source, target):
        if Path(target).name == NAME:
            raise PermissionError(errno.EACCES, "used by another process", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", locked)
    assert states(tmp_path, SECOND) == [("beside", "01_edge_detection.new.ipynb")]
    assert files(tmp_path)[NAME] == b"first edition"
    monkeypatch.undo()
    assert states(tmp_path, SECOND) == [("updated", None)]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full. Make room and run cnnlab lab again"),
        (errno.EACCES, "no permission to write there. Choose another folder"),
        (errno.EROFS, "no permission to write there. Choose another folder"),
        (errno.EIO, "Choose another folder"),
    ],
)
def test_what_the_system_refuses_is_told_with_a_remedy_and_nothing_is_half_written(
    tmp_path, monkeypatch, number, sentence
):
    lay_out(tmp_path, FIRST)
    write = Path.write_bytes

    def refuse(path, content):
        write(path, content[:3])
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(WorkspaceError, match=sentence):
        lay_out(tmp_path, SECOND)
    monkeypatch.undo()
    assert files(tmp_path) == FIRST
    assert [path.name for path in (tmp_path / ".cnnlab").iterdir()] == ["manifest.json"]
    assert states(tmp_path, SECOND) == [("updated", None)]


def test_a_file_for_a_folder_is_refused(tmp_path):
    taken = tmp_path / "notes"
    taken.write_text("mine")
    for directory in (taken, taken / "below"):
        with pytest.raises(WorkspaceError, match=r"is a file\. Choose another folder: cnnlab lab --dir FOLDER"):
            lay_out(directory, FIRST)
    assert taken.read_text() == "mine"


def test_the_package_s_own_folders_are_refused():
    root = workspace.PACKAGE.parent
    for own in (root, root / "notebooks", root / "notebooks" / "deep", root / "cnnlab"):
        with pytest.raises(WorkspaceError, match=r"belongs to cnnlab itself\. Choose a folder of your own"):
            lay_out(own, FIRST)
    assert not (root / ".cnnlab").exists()


def test_a_wheel_s_edition_comes_before_a_checkout_s(tmp_path):
    package = tmp_path / "cnnlab"
    (package / "_notebooks").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match=r"00_start_here\.ipynb is missing.*cnnlab build"):
        workspace.edition(package)
    for notebook in course.notebooks().values():
        (package / "_notebooks" / f"{notebook.name}.ipynb").write_bytes(notebook.number.encode())
    assert workspace.edition(package) == {
        f"{notebook.name}.ipynb": notebook.number.encode() for notebook in course.notebooks().values()
    }


def test_open_lab_becomes_jupyterlab_and_passes_everything_on(tmp_path):
    (tmp_path / "fake" / "jupyterlab").mkdir(parents=True)
    (tmp_path / "fake" / "jupyterlab" / "__init__.py").touch()
    (tmp_path / "fake" / "jupyterlab" / "__main__.py").write_text(
        "import os, sys; print(*sys.argv[1:], os.getcwd(), sep='\\n'); sys.exit(7)"
    )
    folder = tmp_path / "my course"
    folder.mkdir()
    program = "import sys, pathlib; from cnnlab.workspace import open_lab; "
    program += f"sys.exit(open_lab(pathlib.Path({str(folder)!r}), ['--no-browser', '--port=8899']))"
    paths = [str(tmp_path / "fake"), str(workspace.PACKAGE.parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 7, done.stderr
    told = done.stdout.splitlines()
    assert told[:2] == [f"--ServerApp.root_dir={folder}", "--LabApp.default_url=/lab/tree/00_start_here.ipynb"]
    assert told[-3:] == ["--no-browser", "--port=8899", str(folder)]


class CourseFolder(RuleBasedStateMachine):
    """A learner edits, deletes, renames and loses power; editions come out. Nothing the learner wrote is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.edition = 0
        self.writings = 0
        self.learners: dict[Path, bytes] = {}  # where the learner's own words lie

    def notebooks(self) -> dict[str, bytes]:
        return {name: f"{name}, edition {self.edition}".encode() for name in ("00_a.ipynb", "01_b.ipynb")}

    def path(self, choice: int) -> Path:
        names = [f"{stem}{end}.ipynb" for stem in ("00_a", "01_b") for end in ("", ".new", ".new-2")]
        return self.folder / names[choice]

    @rule(choice=st.integers(0, 5))
    def edit(self, choice):
        self.writings += 1
        self.learners[self.path(choice)] = content = f"learner's words {self.writings}".encode()
        self.path(choice).write_bytes(content)

    @rule(choice=st.integers(0, 5))
    def delete(self, choice):
        self.path(choice).unlink(missing_ok=True)
        self.learners.pop(self.path(choice), None)

    @rule(old=st.integers(0, 5), new=st.integers(0, 5))
    def rename(self, old, new):
        if old != new and self.path(old).exists():
            self.path(old).replace(self.path(new))
            self.learners.pop(self.path(new), None)
            if self.path(old) in self.learners:
                self.learners[self.path(new)] = self.learners.pop(self.path(old))

    @rule(damage=st.sampled_from([b"", b"{}", b'{"delivered": {"00_a.ipynb": []}}']))
    def damage_the_record(self, damage):
        (self.folder / ".cnnlab").mkdir(exist_ok=True)
        (self.folder / ".cnnlab" / "manifest.json").write_bytes(damage)

    @rule()
    def new_edition(self):
        self.edition += 1

    @rule()
    def old_edition(self):
        self.edition = max(self.edition - 1, 0)

    @rule()
    def open(self):
        for delivery in lay_out(self.folder, self.notebooks()):
            content = self.notebooks()[delivery.name]
            if delivery.state == "beside":
                assert (self.folder / delivery.beside).read_bytes() == content
            elif delivery.state != "yours":
                assert (self.folder / delivery.name).read_bytes() == content

    @rule(survived=st.integers(0, 2))
    def lose_power_while_opening(self, survived):
        replace, done = os.replace, []

        def dying(source, target):
            if len(done) == survived:
                raise KeyboardInterrupt
            done.append(target)
            replace(source, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", dying)
            with contextlib.suppress(KeyboardInterrupt):
                lay_out(self.folder, self.notebooks())

    @invariant()
    def nothing_is_lost(self):
        for path, content in self.learners.items():
            assert path.read_bytes() == content

    def teardown(self):
        self.temporary.cleanup()


TestCourseFolder = CourseFolder.TestCase
TestCourseFolder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
