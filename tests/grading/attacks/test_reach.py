"""What lies outside of a learner's function: files, the network, other processes, the machine."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

import cnnlab
from tests.grading.attacks.desk import STEPS, attacked, winning

# Attacks that succeed where there is no sandbox: so it is the sandbox that stops them.
OUTSIDE = {
    "another's submission": "won = 'answer' in open({secret!r}).read()",
    "the package": "won = 'def ' in open({package!r}).read()",
    "site-packages": "won = bool(open({installed!r}).read())",
    "users": "won = bool(open('/etc/passwd').read())",
    "own process": "won = bool(open('/proc/self/maps').read())",
    "a raw descriptor": "won = bool(os.read(os.open({secret!r}, 0), 9))",
    "list": "won = bool(os.listdir({folder!r}))",
    "np.memmap": "won = np.memmap({secret!r}, np.uint8, 'r').size > 0",
    "np.genfromtxt": "won = np.genfromtxt({secret!r}, str, delimiter='~').size > 0",
    "linecache": "won = bool(sys.modules['linecache'].getlines({secret!r}))",
    "overwrite": "open({secret!r}, 'a').close(); won = True",
    "rename": "os.rename({secret!r}, {new!r}); os.rename({new!r}, {secret!r}); won = True",
    "symlink": "os.symlink({secret!r}, {new!r}); os.unlink({new!r}); won = True",
    "mkdir": "os.mkdir({new!r}); os.rmdir({new!r}); won = True",
    "chmod": "os.chmod({secret!r}, 0o600); won = True",
    "shared memory": "open('/dev/shm/cnnlab-test', 'w').close(); os.unlink('/dev/shm/cnnlab-test'); won = True",
    "network": "s = sys.modules['socket']; s.socket(s.AF_INET).close(); won = True",
    "abstract socket": "s = sys.modules['socket']; s.socket(s.AF_UNIX, s.SOCK_DGRAM).close(); won = True",
    "socket pair": "sys.modules['socket'].socketpair(); won = True",
    "pipe": "os.pipe(); won = True",
    "memory file": "os.memfd_create('x'); won = True",
    "fork": "pid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0); won = True",
    "thread": "sys.modules['_thread'].start_new_thread(int, ()); won = True",
    "spawn": "won = os.waitpid(os.posix_spawn('/bin/true', ['true'], {{}}), 0)[1] == 0",
    "shell": "won = os.system('true') == 0",
    "libc": "won = ctypes.CDLL(None).system(b'true') == 0",
    "signal": "os.kill(os.getppid(), 0); won = True",
    "own signal": "os.kill(os.getpid(), 0); won = True",
    "priority": "os.nice(1); won = True",
    "scheduler": "os.sched_setaffinity(0, os.sched_getaffinity(0)); won = True",
    "session": "os.getpgid(0) == os.getpid() or os.setpgid(0, 0); won = True",
    "pidfd": "os.close(os.pidfd_open(os.getppid())); won = True",
    "eventfd": "os.close(os.eventfd(0)); won = True",
}
# Attacks that have nothing to win, or too much, where there is no sandbox; or that the limits stop there, too.
INSIDE = {
    "np.fromfile": "won = np.fromfile({secret!r}, np.uint8).size > 0",
    "open_code": "won = bool(sys.modules['io'].open_code({secret!r}).read())",
    "environment": "won = 'GRADER_TOKEN' in os.environ",
    "np.savetxt": "np.savetxt({new!r}, [1]); won = True",
    "np.save": "np.save({new!r}, np.ones(3)); won = True",
    "tofile": "np.ones(3).tofile({new!r}); won = True",
    "exec": "os.execv('/bin/true', ['true'])",
    "kill all": "os.kill(-1, 0); won = True",
    "more memory": "r = bring('resource'); r.setrlimit(r.RLIMIT_AS, (2**50, 2**50)); won = True",
    "limits of another": "r = bring('resource'); r.prlimit(os.getppid(), r.RLIMIT_CPU, (1, 1)); won = True",
    "stop itself": "signal.raise_signal(signal.SIGSTOP); won = True",
    "own memory file": "open('/proc/self/mem', 'r+b'); won = True",
    "pass a descriptor": "s = sys.modules['socket']; s.send_fds(s.socket(fileno=os.dup(3)), [b'x'], [1]); won = True",
    "take a descriptor": "s = sys.modules['socket']; s.recv_fds(s.socket(fileno=os.dup(3)), 9, 1); won = True",
    "real import": "won = hasattr(bring('cnnlab.ops', fromlist=['x']), 'conv2d')",
    "import by path": "sys.path.append({root!r}); sys.meta_path.clear(); won = hasattr(bring('cnnlab.ops'), 'ops')",
    "import by loader": "m = bring('importlib.util').util; f = {package!r}\n"
    "s = m.spec_from_file_location('x', f); s.loader.exec_module(m.module_from_spec(s)); won = True",
    "import from a zip": "bring('zipimport').zipimporter({secret!r}); won = True",
    "pickle": "won = bool(bring('pickle').loads(b\"cbuiltins\\nopen\\n(V/etc/passwd\\ntR.\"))",
    "chroot": "os.chroot('/'); won = True",
    "ptrace": "won = ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0",
}
# Calls that C has and Python has not; numbers alike on x86_64 and aarch64 from 424 on, else by name in libc.
CALLS = {
    **{name: f"libc.{name}" for name in ("unshare", "setns", "vmsplice", "splice", "personality", "shmget", "msgget")},
    **{name: f"libc.{name}" for name in ("inotify_init", "epoll_create1", "timerfd_create", "userfaultfd")},
    **{name: f"libc.{name}" for name in ("process_vm_readv", "process_vm_writev", "mount", "sethostname", "reboot")},
    "io_uring_setup": "libc.syscall, 425",
    "clone3": "libc.syscall, 435",
    "pidfd_getfd": "libc.syscall, 438",
    "landlock_create_ruleset": "libc.syscall, 444",
    "memfd_secret": "libc.syscall, 447",
    "futex_waitv": "libc.syscall, 449",
}


@pytest.fixture(scope="module", autouse=True)
def names(tmp_path_factory):
    """A file of the grader's that every user may read and write, and other paths."""
    folder = tmp_path_factory.mktemp("class")
    secret = folder / "answers.txt"
    secret.write_text("answer\n")
    secret.chmod(0o666)
    package = Path(cnnlab.__file__)
    paths = {"secret": secret, "folder": folder, "new": folder / "new.npy", "installed": click.__file__}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_TOKEN", "answer")  # the sandboxes of this module are opened with it
        yield {name: str(path) for name, path in paths.items()} | {
            "package": str(package.parent / "shapes.py"),
            "root": str(package.parents[1]),
        }
    assert secret.read_text() == "answer\n"


@pytest.fixture
def there(names):
    yield names
    assert os.listdir(names["folder"]) == ["answers.txt"]


MEMORY = 1025  # a sandbox of this module's own


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("attack", OUTSIDE)
def test_nothing_outside_can_be_reached(attack, kind, there):
    told = attacked(winning(OUTSIDE[attack].format(**there)), sandbox=kind, memory=MEMORY)
    assert told.text.startswith(("It stopped with", "A file", "The function imports", "Nothing came back", "The call"))
    assert not Path(there["new"]).exists()


@pytest.mark.parametrize("attack", OUTSIDE)
def test_it_is_the_sandbox_that_stops_them(attack, there):
    attacked(winning(OUTSIDE[attack].format(**there)), gains=True, sandbox="none", memory=MEMORY)


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("attack", INSIDE)
def test_nothing_inside_helps(attack, kind, there):
    told = attacked(winning(INSIDE[attack].format(**there)), sandbox=kind, memory=MEMORY, seconds=2.0)
    assert not any(slip in told.text for slip in ("NameError", "AttributeError", "TypeError", "SyntaxError")), told.text


@pytest.mark.parametrize("kind", STEPS)
def test_calls_that_python_has_not(kind):
    tries = "\n".join(f"tried({call}, 0, 0, 0, 0, 0, 0)" for call in CALLS.values())
    words = "libc = ctypes.CDLL(None, use_errno=True)\nwins = []\ndef tried(call, *arguments):\n"
    words += "    wins.append(call(*arguments) >= 0 or ctypes.get_errno() not in (1, 38))\n"
    attacked(winning(f"{words}{tries}\nwon = any(wins)\nassert len(wins) == {len(CALLS)}"), sandbox=kind, memory=MEMORY)


@pytest.mark.parametrize("kind", STEPS)
def test_no_descriptor_is_inherited_but_one(kind):
    attack = """
    there = 0
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        there += 1
    won = there != 4
    """
    attacked(winning(attack), sandbox=kind, memory=MEMORY)
