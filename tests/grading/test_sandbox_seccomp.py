"""The filter of system calls, followed line by line for every call on both machines; no kernel needed."""

from __future__ import annotations

import errno
import struct

import pytest

from cnnlab.grading.sandbox import seccomp

DENIED, UNKNOWN, ALLOWED, KILLED = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x7FFF0000, 0x80000000
# What a learner's code must not have, with its numbers on x86_64 and aarch64.
FORBIDDEN = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "socket": (41, 198),
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199), "tkill": (200, 130),
    "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "mount": (165, 40),
    "unshare": (272, 97), "setns": (308, 268), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "memfd_create": (319, 279), "chroot": (161, 51),
    "unlinkat": (263, 35), "renameat2": (316, 276), "mkdirat": (258, 34), "linkat": (265, 37), "symlinkat": (266, 36),
    "fchmodat": (268, 53), "fchownat": (260, 54), "utimensat": (280, 88), "truncate": (76, 45), "setxattr": (188, 5),
    "setuid": (105, 146), "personality": (135, 92), "shmget": (29, 194), "mq_open": (240, 180),
    "modify_ldt": (154, None), "creat": (85, None), "sched_setaffinity": (203, 122), "setpriority": (141, 140),
    "timer_create": (222, 107),
}  # fmt: skip
OF_THE_NURSERY = {"clone", "kill", "wait4", "prctl", "seccomp", "recvmsg", "sendmsg"}


def verdict(program, number, *arguments, machine="x86_64"):
    """Do what the kernel does with a filter."""
    data = struct.pack("=IIQ6Q", number, seccomp.MACHINES[machine][0], 0, *arguments, *(6 - len(arguments)) * [0])
    lines = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at, word = 0, 0
    while True:
        code, yes, no, value = lines[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            word = struct.unpack_from("=I", data, value)[0]
        else:
            holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[code]
            at += yes if holds else no


@pytest.fixture(params=seccomp.MACHINES)
def machine(request):
    return request.param


def numbers(table, machine):
    column = seccomp.MACHINES[machine][1]
    return {name: row[column] for name, row in table.items() if row[column] is not None}


def test_what_is_not_listed_is_denied(machine):
    program = seccomp.compiled(machine=machine)
    listed = {**numbers(seccomp.CALLS, machine), **numbers(seccomp.UNKNOWN, machine)}
    assert {verdict(program, n, machine=machine) for n in range(1024) if n not in listed.values()} == {DENIED}


@pytest.mark.parametrize("nursery", [False, True])
def test_what_is_forbidden_is_not_listed(machine, nursery):
    program = seccomp.compiled(nursery=nursery, machine=machine)
    answers = {name: verdict(program, n, machine=machine) for name, n in numbers(FORBIDDEN, machine).items()}
    assert answers == dict.fromkeys(answers, DENIED)


def test_only_the_nursery_makes_children(machine):
    calls = {name: n for name, n in numbers(seccomp.NURSERY, machine).items() if name in OF_THE_NURSERY}
    assert calls.keys() == OF_THE_NURSERY
    child, nursery = seccomp.compiled(machine=machine), seccomp.compiled(nursery=True, machine=machine)
    assert {verdict(child, n, machine=machine) for n in calls.values()} == {DENIED}
    assert {verdict(nursery, n, machine=machine) for n in calls.values()} == {ALLOWED}
    new_user, new_net, thread = 0x10000000, 0x40000000, 0x10000
    for flags in (new_user, new_net, new_user | 17, thread):
        assert verdict(nursery, calls["clone"], flags, machine=machine) == DENIED


def test_arguments_decide(machine):
    program = seccomp.compiled(machine=machine)
    call = numbers(seccomp.CALLS, machine)

    def answer(name, *arguments):
        return verdict(program, call[name], *arguments, machine=machine)

    assert answer("openat", 0, 0, 0o2000000) == ALLOWED  # O_RDONLY | O_CLOEXEC
    for flags in (1, 2, 3, 0o100, 0o1000, 0o2000002, 0o20200002):
        assert answer("openat", 0, 0, flags) == DENIED
    assert [answer("fcntl", 3, command) for command in (3, 4, 8, 10, 1033)] == [
        ALLOWED,
        ALLOWED,
        DENIED,
        DENIED,
        DENIED,
    ]
    assert [answer("ioctl", 0, command) for command in (0x5421, 0x8901, 0x5412)] == [ALLOWED, DENIED, DENIED]
    assert [answer("prlimit64", pid) for pid in (0, 1, 0xFFFFFFFF)] == [ALLOWED, DENIED, DENIED]


def test_another_machines_numbers_end_the_process(machine):
    other = next(name for name in seccomp.MACHINES if name != machine)
    assert verdict(seccomp.compiled(machine=machine), 0, machine=other) == KILLED


def test_the_second_set_of_numbers_of_x86_64_ends_the_process():
    assert verdict(seccomp.compiled(machine="x86_64"), seccomp.X32 | 57) == KILLED


def test_newer_spellings_are_unknown_so_that_the_older_are_tried(machine):
    program = seccomp.compiled(machine=machine)
    assert {verdict(program, n, machine=machine) for n in numbers(seccomp.UNKNOWN, machine).values()} == {UNKNOWN}
