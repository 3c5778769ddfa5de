"""Which system calls a learner's code may make: a filter for the kernel, as classic BPF.

Everything that is not listed fails with "Operation not permitted". A learner's code needs to compute, to read the time,
to import modules (read files) and to talk on one socket that is open already. It can make no process and no thread, no
socket, no signal to another, no file.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

__all__ = ["MACHINES", "compiled"]

# What linux/audit.h calls a machine, and the column of CALLS.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
X32 = 0x40000000  # the bit of the other numbers that x86_64 has for the same calls

# The numbers on x86_64 and on aarch64, which never had the older calls.
CALLS: dict[str, tuple[int | None, int | None]] = {
    # files that are open, and what a path is
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62),
    "close": (3, 57), "dup": (32, 23), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291),
    "stat": (4, None), "lstat": (6, None), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    # memory
    "brk": (12, 214), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216),
    "madvise": (28, 233),
    # signals to itself, time, waiting
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "getitimer": (36, 102), "setitimer": (38, 103), "alarm": (37, None), "restart_syscall": (219, 128),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, None),
    "times": (100, 153), "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "futex": (202, 98),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "sched_yield": (24, 124),
    # the socket that is open
    "sendto": (44, 206), "recvfrom": (45, 207), "shutdown": (48, 210), "getsockname": (51, 204),
    "getpeername": (52, 205), "getsockopt": (55, 209),
    # who and where am I
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160), "sysinfo": (99, 179), "getrandom": (318, 278),
    "getrlimit": (97, 163), "getrusage": (98, 165), "sched_getaffinity": (204, 123),
    # only with some arguments, see RULES
    "open": (2, None), "openat": (257, 56), "fcntl": (72, 25), "ioctl": (16, 29), "prlimit64": (302, 261),
    # the end
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip

# The nursery runs our code only. It makes children, hands each its socket and waits for its end.
NURSERY: dict[str, tuple[int | None, int | None]] = {
    "clone": (56, 220), "wait4": (61, 260), "waitid": (247, 95), "kill": (62, 129), "set_robust_list": (273, 99),
    "rseq": (334, 293), "prctl": (157, 167), "seccomp": (317, 277), "sendmsg": (46, 211), "recvmsg": (47, 212),
    "dup2": (33, None), "dup3": (292, 24), "close_range": (436, 436),
}  # fmt: skip

# C libraries try these first, and an older call when the kernel says that it has no such thing.
UNKNOWN: dict[str, tuple[int | None, int | None]] = {"clone3": (435, 435), "openat2": (437, 437)}


@dataclass(frozen=True)
class Rule:
    """A call that may be made only when one argument is one of some values, or has none of some bits."""

    argument: int
    one_of: tuple[int, ...] = ()
    without: int = 0


_WRITING = 0o3 | 0o100 | 0o1000  # O_WRONLY and O_RDWR, O_CREAT, O_TRUNC
RULES = {
    "open": Rule(1, without=_WRITING),
    "openat": Rule(2, without=_WRITING),
    # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. F_SETOWN would send signals to others.
    "fcntl": Rule(1, one_of=(0, 1, 2, 3, 4, 1030)),
    # TCGETS, TIOCGWINSZ (is this a terminal?), FIONBIO, FIONCLEX, FIOCLEX
    "ioctl": Rule(1, one_of=(0x5401, 0x5413, 0x5421, 0x5450, 0x5451)),
    "prlimit64": Rule(0, one_of=(0,)),  # its own limits
    # A process: no namespace (CLONE_NEW...), no thread (CLONE_THREAD), for which a child would wait in vain.
    "clone": Rule(0, without=0x7E020000 | 0x10000),
}

# struct seccomp_data: number, machine, address, six arguments of 8 bytes. These calls look at the low half only, and
# it comes first.
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000


def compiled(*, nursery: bool = False, machine: str = "") -> bytes:
    """Return the filter for a learner's code, or the wider one for the nursery that makes such children.

    Parameters
    ----------
    machine
        "x86_64" or "aarch64"; without it, this machine.

    Raises
    ------
    KeyError
        If the machine is another.

    Examples
    --------
    >>> child, nursery = compiled(machine="x86_64"), compiled(machine="x86_64", nursery=True)
    >>> len(child) % 8, len(child) < len(nursery)
    (0, True)
    """
    audit, column = MACHINES[machine or platform.machine()]
    lines = [_line(_LOAD, _MACHINE), _line(_EQUAL, audit, 1, 0), _line(_RETURN, _KILL), _line(_LOAD, _NUMBER)]
    if column == 0:
        lines += [_line(_AT_LEAST, X32, 0, 1), _line(_RETURN, _KILL)]
    calls = {**CALLS, **NURSERY} if nursery else CALLS
    judged = [(numbers[column], _judge(RULES.get(name))) for name, numbers in calls.items()]
    judged += [(numbers[column], [_line(_RETURN, _ERROR | errno.ENOSYS)]) for numbers in UNKNOWN.values()]
    for number, body in judged:
        if number is not None:
            lines += [_line(_EQUAL, number, 0, len(body)), *body]
    return b"".join([*lines, _line(_RETURN, _ERROR | errno.EPERM)])


def _judge(rule: Rule | None) -> list[bytes]:
    allow, deny = _line(_RETURN, _ALLOW), _line(_RETURN, _ERROR | errno.EPERM)
    if rule is None:
        return [allow]
    load = _line(_LOAD, _ARGUMENTS + 8 * rule.argument)
    if rule.without:
        return [load, _line(_ANY_BIT, rule.without, 0, 1), deny, allow]
    return [load, *(line for value in rule.one_of for line in (_line(_EQUAL, value, 0, 1), allow)), deny]


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """One instruction: after a comparison, how many lines to skip if it holds and if not."""
    return struct.pack("=HBBI", code, yes, no, value)
