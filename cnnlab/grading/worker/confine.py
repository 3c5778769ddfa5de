"""Give up what a learner's code must not have: files, network, other processes, memory, time.

It is the first code that runs in a sandbox, ``python -I -S -B confine.py FD``, and reads from its standard input what
to give up (``cnnlab.grading.sandbox`` writes it). Then it runs the program beside it, the *nursery*. In each child that
the nursery forks, :func:`confine_child` gives up the rest before any code of a learner runs.

Standard library only: nothing of cnnlab is inside a sandbox.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import runpy
import signal
import struct
import sys
from typing import Any

__all__ = ["confine_child"]

CHANNEL = 3  # the one descriptor of the nursery besides 0 to 2, which are /dev/null
FILES = 64  # descriptors that a process may have; a module that is imported late needs one or two

# linux/prctl.h and linux/capability.h
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522

# linux/landlock.h; the numbers of the calls are the same on every machine
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
LANDLOCK_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights on files a version knows; 16 from the fifth on

if sys.platform == "linux":
    _libc = ctypes.CDLL(None, use_errno=True)
    _libc.prctl.argtypes = [ctypes.c_int, *4 * [ctypes.c_ulong]]
_child_filter = b""
_nursery = 0


def confine_child(seconds: float, memory: int, keep: tuple[int, ...]) -> None:
    """Confine this process, a fresh child of the nursery; nothing can be taken back.

    Parameters
    ----------
    seconds
        Processor time. A sleeping process is for the parent to end, who has the clock on the wall.
    memory
        Megabytes of addresses, those of Python and NumPy included.
    keep
        Descriptors that stay open; all others but 0 to 2 are closed.
    """
    if sys.platform == "linux":
        _die_with(_nursery)
        _prctl(PR_SET_DUMPABLE, 0)
    last = 2
    for kept in sorted(keep):
        os.closerange(last + 1, kept)
        last = kept
    os.closerange(last + 1, FILES)
    _limit("RLIMIT_AS", memory * 2**20)
    _limit("RLIMIT_CPU", math.ceil(seconds))
    _limit("RLIMIT_NPROC", 0)  # does not bind root: the filter does
    _filter(_child_filter)


def _nursery_of(channel: int, settings: dict[str, Any]) -> None:
    """Confine this process as the settings say; its children inherit it."""
    global _child_filter, _nursery
    _nursery = os.getpid()
    if channel != CHANNEL:
        os.dup2(channel, CHANNEL)
    os.closerange(CHANNEL + 1, max(channel + 1, 4096))
    os.environ.clear()
    os.environ.update(settings["environment"])
    os.chdir("/")
    for name, value in (("CORE", 0), ("FSIZE", 0), ("NOFILE", FILES), ("AS", settings["memory"] * 2**20)):
        _limit(f"RLIMIT_{name}", value)
    if sys.platform == "linux":
        if settings["child_filter"] and os.getuid() == 0:
            _drop_root(settings["user"])
        if settings["parent"]:  # after the change of user, which forgets it
            _die_with(settings["parent"])
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _prctl(PR_SET_DUMPABLE, 0)
        if settings["readable"]:
            _landlock(settings["readable"])
        _filter(bytes.fromhex(settings["nursery_filter"]))
        _child_filter = bytes.fromhex(settings["child_filter"])


def _run(program: str) -> None:
    """Run the nursery's program, as if the interpreter had been started with it."""
    sys.path.insert(0, os.path.dirname(program))
    sys.modules["confine"] = sys.modules[__name__]  # what the program imports is this module, with its filter
    sys.argv = [program, str(CHANNEL)]
    os.write(2, b"ready\n")
    os.dup2(1, 0)
    os.dup2(1, 2)
    runpy.run_path(program, run_name="__main__")


def _die_with(parent: int) -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _limit(name: str, value: int) -> None:
    import resource

    try:
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    except (AttributeError, ValueError, OSError):
        if sys.platform == "linux":
            raise  # macOS knows few of them, and has no sandbox to lose


def _drop_root(user: int | None) -> None:
    """Become another user, or stay root in name only: without any of root's powers, now and after."""
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(64):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails where there are no more, or none to drop
    with contextlib.suppress(PermissionError):  # a user namespace of one user has no groups to set
        os.setgroups([])
    if user is not None:
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def _landlock(readable: list[tuple[str, int]]) -> None:
    """Let this process and its children read what is listed, and touch no other file, port or process."""
    version = _call(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION)
    rights = (1 << LANDLOCK_RIGHTS.get(version, 16)) - 1
    ports = 0b11 if version >= 4 else 0  # bind and connect, TCP
    scopes = 0b11 if version >= 6 else 0  # abstract sockets, signals
    words = struct.pack("=QQQ", rights, ports, scopes)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = _call(LANDLOCK_CREATE_RULESET, words, len(words), 0)
    for path, right in readable:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        _call(LANDLOCK_ADD_RULE, rules, LANDLOCK_PATH_BENEATH, struct.pack("=Qi", right, descriptor), 0)
        os.close(descriptor)
    _call(LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _filter(program: bytes) -> None:
    """Let the kernel judge every system call from now on by a filter (classic BPF, 8 bytes an instruction)."""
    if program:
        code = ctypes.create_string_buffer(program, len(program))
        head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
        _check(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(head), 0, 0), "seccomp")


def _call(number: int, *arguments: bytes | int | None) -> int:
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *words), "Landlock")


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    try:
        _nursery_of(int(sys.argv[1]), json.load(sys.stdin))
    except OSError as error:
        sys.exit(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
    _run(os.path.join(os.path.dirname(__file__), "__main__.py"))
