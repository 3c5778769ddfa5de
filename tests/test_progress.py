import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import course, progress


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "_memory", progress._Book())
    monkeypatch.setattr(progress, "_told", set())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def place(tmp_path):
    (tmp_path / ".cnnlab").mkdir()
    return tmp_path / ".cnnlab" / "progress.json"


def test_outside_a_course_folder_nothing_is_written(tmp_path):
    assert progress.file() is None
    assert progress.record("window_mean", passed=False) is None
    progress.record_hint("window_mean", 2)
    assert progress.load()["window_mean"] == progress.ExerciseProgress(attempts=1, passes=0, hints=2)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_kept_in_the_course_folder(place, monkeypatch):
    deeper = place.parent.parent / "a" / "b"
    deeper.mkdir(parents=True)
    monkeypatch.chdir(deeper)
    assert progress.file() == place
    progress.record("window_mean", passed=False)
    progress.record("window_mean", passed=True)
    progress.record_hint("window_mean", 3)
    progress.record_hint("window_mean", 1)
    assert progress.load() == {"window_mean": progress.ExerciseProgress(attempts=2, passes=1, hints=3)}
    assert json.loads(place.read_text())["exercises"]["window_mean"]["attempts"] == 2


@pytest.mark.parametrize(
    ("counts", "state"), [((0, 0), "not started"), ((2, 0), "tried"), ((2, 1), "passed"), ((9, 2), "passed")]
)
def test_states(counts, state):
    assert progress.ExerciseProgress(*counts).state == state


def test_rows_are_the_course_in_order():
    progress.record("convolve2d", passed=True)
    rows = progress.rows()
    assert [row.exercise.id for row in rows] == list(course.exercises())
    assert [row.progress.state for row in rows if row.exercise.id == "convolve2d"] == ["passed"]


def test_kernels_at_once_lose_nothing(place):
    code = "from cnnlab import progress\nfor _ in range(25): assert progress.record('window_mean', passed=True) is None"
    environment = {**os.environ, "PYTHONPATH": str(Path(progress.__file__).parents[1])}
    kernels = [
        subprocess.Popen([sys.executable, "-c", code], cwd=place.parent.parent, env=environment) for _ in range(3)
    ]
    assert [kernel.wait(60) for kernel in kernels] == [0, 0, 0]
    assert progress.load()["window_mean"].attempts == 75
    assert sorted(p.name for p in place.parent.iterdir()) == ["progress.json", "progress.lock"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"exercises": 3}', '{"format": 1, "exercises": {"window_mean": {"attempts": "x"}}}', "\xff"],
)
def test_a_damaged_file_is_set_aside_and_told_once(place, text):
    place.write_text(text, encoding="latin-1")
    assert progress.load() == {}
    sentence = progress.record("window_mean", passed=True)
    assert "progress.json.damaged" in sentence
    assert progress.record("window_mean", passed=True) is None
    assert (place.parent / "progress.json.damaged").read_text(encoding="latin-1") == text
    assert progress.load()["window_mean"].passes == 2


def test_a_second_damaged_file_does_not_replace_the_first(place):
    for text in ("first", "second"):
        place.write_text(text)
        progress.record("window_mean", passed=True)
    assert (place.parent / "progress.json.damaged").read_text() == "first"
    assert (place.parent / "progress.json.damaged-2").read_text() == "second"


def test_a_file_of_another_version_is_left_alone(place):
    text = '{"format": 99, "exercises": {}}'
    place.write_text(text)
    assert "another version" in progress.record("window_mean", passed=True)
    assert place.read_text() == text
    assert progress.load()["window_mean"].passes == 1


def test_a_folder_that_cannot_be_written_is_told_once(place, monkeypatch):
    def refuse(*arguments, **settings):
        raise PermissionError("no")

    progress.record("window_mean", passed=False)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert "lasts only until this notebook is closed" in progress.record("window_mean", passed=True)
    assert progress.record("window_mean", passed=True) is None
    assert progress.load()["window_mean"] == progress.ExerciseProgress(attempts=3, passes=2)


def test_a_crash_in_the_middle_of_a_write_leaves_the_old_file(place, monkeypatch):
    progress.record("window_mean", passed=True)
    old = place.read_text()

    def crash(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", crash)
    with pytest.raises(KeyboardInterrupt):
        progress.record("window_mean", passed=True)
    assert place.read_text() == old
    assert sorted(p.name for p in place.parent.iterdir()) == ["progress.json", "progress.lock"]


def test_a_busy_file_does_not_stop_the_learner(place, monkeypatch):
    monkeypatch.setattr(progress, "LOCK_PATIENCE", 0.05)
    with progress._locked(place):
        assert "busy" in progress.record("window_mean", passed=True)
    assert progress.load()["window_mean"].passes == 1


def test_progress_can_be_wiped_and_exported(place, tmp_path):
    progress.record("window_mean", passed=True)
    progress.record_answer("impulse", "0")
    target = progress.export(tmp_path / "mine.json")
    assert json.loads(target.read_text())["exercises"]["window_mean"]["passes"] == 1
    assert json.loads(target.read_text())["answers"] == {"impulse": "0"}
    with pytest.raises(FileExistsError, match="Choose another name"):
        progress.export(target)
    progress.wipe()
    assert progress.load() == {}
    assert progress.answer("impulse") is None
    assert not place.exists()


def test_answers_are_kept_beside_the_counts_and_forgotten_on_request(place):
    place.write_text('{"format": 1, "exercises": {"window_mean": {"attempts": 4}}}')  # of an edition without answers
    assert progress.record_answer("impulse", "1/3") is None
    progress.record_answer("impulse", "½")
    progress.record("window_mean", passed=True)
    assert progress.answer("impulse") == "½"
    assert progress.load()["window_mean"] == progress.ExerciseProgress(attempts=5, passes=1)
    progress.record_answer("impulse", None)
    progress.record_answer("never_asked", None)
    assert json.loads(place.read_text())["answers"] == {}


def test_outside_a_course_folder_the_session_remembers_answers_until_wiped():
    progress.record_answer("impulse", "0")
    assert progress.answer("impulse") == "0"
    progress.wipe()
    assert progress.answer("impulse") is None


def test_exercises_of_other_editions_are_kept(place):
    place.write_text('{"format": 1, "exercises": {"from_elsewhere": {"attempts": 4}}}')
    progress.record("window_mean", passed=True)
    assert progress.load()["from_elsewhere"].attempts == 4
