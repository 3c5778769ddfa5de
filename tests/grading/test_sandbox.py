"""What code in a sandbox cannot do, on both steps of the ladder. Each attack is what a learner's function could do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cnnlab
from cnnlab.grading.sandbox import settings
from cnnlab.grading.sandbox.contents import contents

from . import boxes

REPOSITORY = Path(cnnlab.__file__).parents[1]
SECRET = "the right answers"


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    """A file of the grader's, which everybody may read and write but for the sandbox."""
    file = tmp_path_factory.mktemp("grader") / "answers.txt"
    file.write_text(SECRET)
    file.chmod(0o666)
    return file


@pytest.fixture(scope="module", params=boxes.STEPS)
def room(request, secret):
    with pytest.MonkeyPatch.context() as patch, secret.open() as file:
        patch.setenv("GRADER_TOKEN", SECRET)
        os.set_inheritable(file.fileno(), True)
        room = boxes.Room(boxes.opened(request.param))
        yield room
        room.close()


@pytest.fixture(autouse=True)
def _nothing_happened(room, secret):
    """After each attack the next child works, and the grader's file is as it was."""
    yield
    assert room.run("import numpy; result = float(numpy.ones(3).sum())") == {"result": 3.0, "end": 0}
    assert secret.read_text() == SECRET
    assert [path.name for path in secret.parent.iterdir()] == [secret.name]


def breaches(room, attempts):
    """Run each attempt in a child of its own; return those that did not end in an error of the system's."""
    outcomes = {attempt: room.run(attempt) for attempt in attempts}
    wanted = ("PermissionError", "FileNotFoundError", "OSError", "ModuleNotFoundError")
    return {attempt: outcome for attempt, outcome in outcomes.items() if outcome.get("error") not in wanted}


def test_the_kind_is_told(room):
    assert room.sandbox.kind in boxes.STEPS
    assert repr(room.sandbox) == f"<Sandbox {room.sandbox.kind}>"


def test_reading(room, secret):
    numpy = contents().numpy[0]
    files = [
        *("/etc/passwd", "/etc/shadow", "/etc/ld.so.cache", "/proc/self/environ", "/proc/self/mem", "/proc/1/status"),
        *("/dev/mem", "/sys/kernel/notes", "/usr/bin/env", click.__file__, pytest.__file__, secret, __file__),
        *(REPOSITORY / name for name in ("pyproject.toml", "cnnlab/ops/conv.py", "cnnlab/check/task.py")),
    ]
    folders = ["/etc", "/home", "/root", "/tmp", "/var", "/proc", "/dev/shm", "/usr/share", secret.parent, REPOSITORY]
    folders += [Path.home(), REPOSITORY / "cnnlab", numpy.parent]
    assert breaches(room, [f"result = open({str(path)!r}, 'rb').read(1)" for path in files]) == {}
    # In bubblewrap's root there are the folders on the way to what is given, and nothing else in them.
    given = [contents().python, *contents().stdlib, *contents().libraries]
    way = {str(folder) for path in given for folder in (path, *path.parents)}
    listed = (room.run(f"import os; result = os.listdir({str(folder)!r})").get("result", []) for folder in folders)
    seen = {str(Path(folder) / name) for folder, names in zip(folders, listed, strict=True) for name in names}
    assert seen <= way


def test_importing_the_answers(room):
    folders = [str(REPOSITORY), str(contents().numpy[0].parent)]
    code = f"import sys; sys.path += {folders}; import "
    assert breaches(room, [code + name for name in ("cnnlab", "cnnlab.ops", "pytest", "click")]) == {}


def test_writing(room, secret):
    places = ["/", "/tmp", "/dev/shm", "/var/tmp", "/worker", ".", secret.parent, contents().numpy[0], Path.home()]
    attempts = [f"open({str(Path(place) / 'new')!r}, 'w')" for place in places]
    attempts += [f"import os; os.mkdir({str(Path(place) / 'new')!r})" for place in places]
    there, new = repr(str(secret)), repr(str(secret) + ".new")
    calls = [f"open({there}, mode={mode!r})" for mode in ("w", "a", "r+")]
    calls += [f"os.{call}({there}, {new})" for call in ("rename", "link", "symlink")]
    calls += [f"os.unlink({there})", f"os.truncate({there}, 0)", f"os.chmod({there}, 0)", f"os.utime({there})"]
    calls += [f"os.setxattr({there}, 'user.x', b'x')", f"os.chown({there}, 1, 1)", f"os.mkfifo({new})"]
    calls += ["os.memfd_create('x')", "os.open('/', os.O_TMPFILE | os.O_RDWR)", "os.chroot('/')", "os.pipe()"]
    # What is open for reading cannot be turned round by way of memory either.
    calls += ["mmap.mmap(os.open(os.__file__, os.O_RDONLY), 1, prot=mmap.PROT_WRITE)"]
    assert breaches(room, [*attempts, *(f"import os, mmap; {call}" for call in calls)]) == {}


def test_network(room):
    families = ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"]
    kinds = ["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"]
    sockets = [f"socket.socket(socket.{family}, socket.{kind})" for family in families for kind in kinds]
    calls = [*sockets, "socket.socketpair()", "socket.create_connection(('127.0.0.1', 22))"]
    # The socket that is there leads to the grader only.
    uses = ["connect(chr(0) + 'other')", "bind(chr(0) + 'name')", "listen()", "sendmsg([b'x'])", "recvmsg(1)"]
    calls += [f"socket.socket(fileno=os.dup(3)).{use}" for use in uses]
    assert breaches(room, [f"import os, socket; {call}" for call in calls]) == {}


def test_processes(room):
    calls = [
        "os.fork()",
        "os.forkpty()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.setsid()",
        "os.setpgid(0, 0)",
    ]
    calls += [f"os.execv({str(path)!r}, ['x', '-c', ''])" for path in ("/bin/true", contents().python)]
    calls += ["subprocess.run(['true'])", "multiprocessing.Process(target=print).start()", "os.nice(5)"]
    assert breaches(room, [f"import os, subprocess, multiprocessing; {call}" for call in calls]) == {}
    assert room.run("import os; result = os.system('true')")["result"] != 0


def test_threads_fail_with_an_error_of_pythons(room):
    told = room.run("import threading; threading.Thread(target=print).start()")
    assert (told["error"], told["text"]) == ("RuntimeError", "can't start new thread")


def test_signals_to_others(room):
    # Signal 0 asks for the right only: a breach must not hurt the machine that runs the tests.
    others = ["1", "-1", "0", "os.getppid()", str(os.getpid()), str(os.getppid())]
    calls = [f"os.kill({other}, 0)" for other in others]
    calls += ["os.killpg(0, 0)", f"os.pidfd_open({os.getpid()})", "signal.pthread_kill(threading.get_ident(), 0)"]
    calls += [f"resource.prlimit({os.getpid()}, resource.RLIMIT_CPU)", f"os.sched_setaffinity({os.getpid()}, {{0}})"]
    calls += [f"fcntl.fcntl(3, fcntl.F_SETOWN, {os.getpid()})", "fcntl.ioctl(3, 0x8901, b'1234')"]
    code = "import fcntl, os, resource, signal, threading; "
    assert breaches(room, [code + call for call in calls]) == {}


LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "


@pytest.mark.parametrize(
    "call",
    [
        *("fork()", "vfork()", "unshare(0x10000000)", "setns(3, 0)", "mount(0, b'/', 0, 32, 0)", "ptrace(16, 1, 0, 0)"),
        *("process_vm_readv(1, 0, 0, 0, 0, 0)", "personality(0x40000)", "prctl(4, 1)", "prctl(22, 0)", "prctl(1, 0)"),
        *(
            "socket(2, 1, 0)",
            "bind(3, 0, 0)",
            "setuid(0)",
            "capset(0, 0)",
            "shmget(0, 4096, 0o1600)",
            "memfd_create(b'x', 0)",
        ),
        *("raise(0)", "timer_create(0, 0, 0)", "inotify_init()", "eventfd(0, 0)", "swapoff(b'/')", "klogctl(3, 0, 0)"),
        *("open(b'/new', 0o102, 0o600)", "creat(b'/new', 0o600)", "sethostname(b'x', 1)", "setpriority(0, 1, 0)"),
    ],
)
def test_calls_past_python(room, call):
    name, bracket, rest = call.partition("(")
    told = room.run(f"{LIBC}result = getattr(libc, {name!r}){bracket}{rest}, ctypes.get_errno()")
    assert told.get("result", [-1, 1])[0] == -1, told
    assert told.get("result", [-1, 1])[1] in (1, 38), told  # EPERM, ENOSYS


@pytest.mark.parametrize(
    "code",
    [
        "bytearray(1 << 40)",
        "rows = []\nwhile True: rows.append(bytearray(1 << 24))",
        "import numpy\nrows = []\nwhile True: rows.append(numpy.ones(1 << 20))",
        "import mmap; mmap.mmap(-1, 1 << 40)",
        "text = 'x'\nwhile True: text += text",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); bytearray(1 << 40)",
    ],
)
def test_memory(room, code):
    told = room.run(code, memory=512)
    assert told["end"] < 0 or told["error"] in ("MemoryError", "OSError", "ValueError", "PermissionError")


def test_deep_recursion_ends_the_child_alone(room):
    told = room.run("import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", memory=512, seconds=2)
    assert told["end"] < 0 or told["error"] in ("MemoryError", "RecursionError")
    nested = "[" * 50_000
    told = room.run(f"import sys; sys.setrecursionlimit(10**9); eval({nested!r})")
    assert told["end"] < 0 or told["error"] in ("MemoryError", "RecursionError", "SyntaxError")


def test_a_loop_that_swallows_every_interrupt_ends_with_its_processor_time(room):
    told = room.run(
        "import signal\nfor n in range(1, 65):\n"
        " try: signal.signal(n, signal.SIG_IGN)\n except (OSError, ValueError): pass\n"
        "while True:\n try:\n  while True: pass\n except BaseException: pass",
        seconds=1,
    )
    assert told == {"end": -signal.SIGKILL}


@pytest.mark.parametrize(
    "code", ["import os; os._exit(7)", "import ctypes; ctypes.string_at(0)", "import os; os.abort()"]
)
def test_a_child_that_ends_itself_is_told(room, code):
    told = room.run(code)
    assert told == {"end": told["end"]}
    assert told["end"] != 0


def test_descriptors(room):
    told = room.run(
        "import os, stat\n"
        "def kind(fd):\n try: return stat.filemode(os.fstat(fd).st_mode)[0]\n except OSError: return ''\n"
        "result = ''.join(map(kind, range(4096)))"
    )
    assert told["result"] == "cccs"  # /dev/null three times, and the socket
    assert room.run("import os; result = os.write(1, b'x' * 9), os.read(0, 9).decode()")["result"] == [9, ""]


def test_environment_and_self(room):
    code = "import os, ctypes; g = ctypes.CDLL(None).getenv; g.restype = ctypes.c_char_p\n"
    told = room.run(code + "result = dict(os.environ), g(b'GRADER_TOKEN'), g(b'HOME'), os.getcwd(), os.getpid() > 1")
    assert told["result"] == [settings.ENVIRONMENT, None, None, "/", True]
    assert room.run("import sys; result = sys.argv, sys.stdin.read()")["result"][1] == ""


def test_nobody_has_powers(room):
    """All five sets of capabilities are empty, whatever the user's number is."""
    code = LIBC + "import struct; out = ctypes.create_string_buffer(24)\n"
    told = room.run(code + "result = libc.capget(struct.pack('=Ii', 0x20080522, 0), out), out.raw.hex()")
    assert told["result"][0] == -1 or told["result"][1] == "00" * 24


def test_kill_leaves_no_process(room):
    other = boxes.Room(boxes.opened(room.sandbox.kind))
    other.send("import time\nwhile True: time.sleep(1)")
    processes = boxes.grown(other.sandbox.kind, other.sandbox._process.pid)
    other.sandbox.kill()
    assert boxes.living(processes) == set()
    assert other.sandbox.socket.recv(1) == b""
    other.sandbox.kill()  # once more does nothing
    other.close()


def test_it_ends_with_the_grader(room, tmp_path):
    code = (
        "import sys, time; from tests.grading import boxes; room = boxes.Room(boxes.opened(sys.argv[1]))\n"
        "room.send('import time\\nwhile True: time.sleep(1)')\n"
        "print(room.sandbox._process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, room.sandbox.kind]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY, env=environment) as grader:
        processes = boxes.grown(room.sandbox.kind, int(grader.stdout.readline()))
        grader.kill()
    assert boxes.until(lambda: not boxes.living(processes))
