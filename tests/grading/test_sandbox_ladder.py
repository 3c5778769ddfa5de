"""Which step is taken, and what is said where a step cannot be had."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnlab.grading.model import GradingError, Limits
from cnnlab.grading.sandbox import available, bubblewrap, contents, landlock, open_sandbox, process, settings

from . import boxes


def refused(kind="auto"):
    with pytest.raises(GradingError) as caught:
        open_sandbox(kind, Limits(), program=boxes.STAND_IN)
    return str(caught.value)


@pytest.fixture
def no_landlock(monkeypatch):
    def raising(*_, **__):
        raise process.Unavailable("Landlock does not start (Function not implemented).", landlock.REMEDY)

    monkeypatch.setitem(sys.modules["cnnlab.grading.sandbox.ladder"].LADDER, "landlock", raising)


def broken_bwrap(tmp_path, monkeypatch, line):
    """Put a bubblewrap in the way that ends with a line of its own."""
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\necho '{line}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def switched(tmp_path, monkeypatch, switch, value):
    file = tmp_path / "switch"
    file.write_text(f"{value}\n")
    monkeypatch.setattr(bubblewrap, "_switch", lambda name: file if name == switch else tmp_path / "none")
    monkeypatch.setattr(bubblewrap.os, "geteuid", lambda: 1000)


def test_the_better_step_is_taken():
    boxes.opened("bubblewrap").close()
    with boxes.opened("auto") as sandbox:
        assert sandbox.kind == "bubblewrap"


def test_without_bubblewrap_landlock_is_taken(monkeypatch):
    boxes.opened("landlock").close()
    monkeypatch.setenv("PATH", "")
    with boxes.opened("auto") as sandbox:
        assert sandbox.kind == "landlock"


def test_without_both_it_says_what_was_tried_and_what_to_do(monkeypatch, no_landlock):
    monkeypatch.setenv("PATH", "")
    text = refused()
    assert text.startswith("No sandbox. bubblewrap is not installed. Type: sudo apt install bubblewrap")
    assert "Landlock does not start (Function not implemented). It needs Linux 5.13" in text
    assert text.endswith("--trust grades without a sandbox.")
    assert [bool(step.reason and step.remedy) for step in available()] == [True, True]
    assert "Landlock" not in refused("bubblewrap")


@pytest.mark.parametrize(
    ("switch", "value", "remedy"),
    [
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "sudo apt install apparmor-profiles"),
        ("kernel.unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone = 1"),
        ("user.max_user_namespaces", "0", "user.max_user_namespaces = 15000"),
        ("user.max_user_namespaces", "100", "the next step, Landlock, serves"),
    ],
)
def test_why_bubblewrap_does_not_start(tmp_path, monkeypatch, switch, value, remedy):
    broken_bwrap(tmp_path, monkeypatch, "bwrap: setting up uid map: Permission denied")
    switched(tmp_path, monkeypatch, switch, value)
    text = refused("bubblewrap")
    assert "bubblewrap does not start (bwrap: setting up uid map: Permission denied)." in text
    assert remedy in text


def test_bubblewrap_that_says_nothing(tmp_path, monkeypatch):
    broken_bwrap(tmp_path, monkeypatch, "")
    assert "it ended without a word" in refused("bubblewrap")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    assert "The sandbox needs Linux. Grade in a container: docs/instructors.md" in refused()
    assert [step.reason for step in available()] == ["The sandbox needs Linux."] * 2


def test_other_processors(monkeypatch):
    monkeypatch.setattr(settings.platform, "machine", lambda: "riscv64")
    assert "no filter of system calls for riscv64" in refused("landlock")


def test_an_unknown_kind():
    assert refused("jail") == "sandbox: got 'jail', wanted one of auto, bubblewrap, landlock, none."


def test_too_little_memory_to_start_in():
    with pytest.raises(GradingError, match=r"memory: got 64 MB, wanted 256 or more"):
        open_sandbox("auto", Limits(memory=64))
    for kind in boxes.STEPS:
        with boxes.opened(kind, memory=256) as sandbox:
            assert boxes.Room(sandbox).run("import numpy; result = 1", memory=256)["result"] == 1


def test_a_python_that_does_not_say_what_it_needs(monkeypatch):
    monkeypatch.setattr(contents.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=""))
    with pytest.raises(GradingError, match=r"Use a Python built for glibc"):
        contents._linked(Path("/bin/python"), [])


def test_available_never_raises(monkeypatch):
    def broken():
        raise RuntimeError("odd")

    monkeypatch.setattr(bubblewrap, "contents", broken)
    assert available()[0].reason == "RuntimeError: odd"


def test_trusted_code_runs_in_a_process_of_its_own_without_walls(tmp_path):
    room = boxes.Room(boxes.opened("none"))
    assert room.sandbox.kind == "none"
    file = tmp_path / "note.txt"
    file.write_text("hello")
    assert room.run(f"result = open({str(file)!r}).read()") == {"result": "hello", "end": 0}
    assert room.run("bytearray(1 << 40)")["error"] == "MemoryError"
    assert room.run("while True: pass", seconds=1)["end"] < 0
    room.close()


def test_a_program_that_ends_is_an_end_of_the_socket(tmp_path):
    for kind in (*boxes.STEPS, "none"):
        boxes.opened(kind).close()
        with open_sandbox(kind, Limits(), program=Path(process.__file__).with_name("nothing.py")) as sandbox:
            assert sandbox.socket.recv(1) == b""
    assert isinstance(sandbox.socket, socket.socket)


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    for kind in (*boxes.STEPS, "none"):
        boxes.opened(kind).close()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(process, "_confined", lambda *_: (_ for _ in ()).throw(OSError("broken")))
            refused(kind)
    assert list(tmp_path.iterdir()) == []
