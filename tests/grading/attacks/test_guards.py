"""Each guard by itself: switched off, an attack that it stops succeeds; so it is there for a reason."""

from __future__ import annotations

import struct

import pytest

from cnnlab.grading.sandbox import landlock, seccomp, settings
from cnnlab.grading.wire import form
from cnnlab.grading.wire.mirror import Mirror
from tests.grading.attacks.desk import STEPS, attacked, winning

ALLOW = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)
SOCKET = "s = sys.modules['socket']; s.socket(s.AF_UNIX).close(); won = True"
READ = "won = bool(open({!r}).read())"


@pytest.mark.parametrize("kind", STEPS)
def test_the_filter_of_calls(kind, monkeypatch):
    attacked(winning(SOCKET), sandbox=kind, memory=1031)
    monkeypatch.setattr(settings, "compiled", lambda nursery=False: ALLOW)
    attacked(winning(SOCKET), sandbox=kind, memory=1032, gains=True)


def test_one_line_of_the_filter(monkeypatch):
    attack = "os.sched_setaffinity(0, os.sched_getaffinity(0)); won = True"
    attacked(winning(attack), memory=1033)
    monkeypatch.setitem(seccomp.CALLS, "sched_setaffinity", (203, 122))
    attacked(winning(attack), memory=1034, gains=True)


def test_landlock(monkeypatch, tmp_path):
    """Without its rules the filter of calls lets files be read, for modules are files too."""
    secret = tmp_path / "answers.txt"
    secret.write_text("answer")
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    attack = winning(READ.format(str(secret)))
    attacked(attack, sandbox="landlock", memory=1035)
    more = landlock._readable

    def readable(folder):
        yield from more(folder)
        yield str(secret), landlock.FILE

    monkeypatch.setattr(landlock, "_readable", readable)
    attacked(attack, sandbox="landlock", memory=1036, gains=True)


def knotted(count: int) -> bytes:
    """A message of a dict whose key is a knot of tuples, from a side that does not mind."""
    key = (1,)
    for _ in range(count):
        key = (key, key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form, "simple_key", lambda key: True)
        return Mirror(1, lambda number, what: None).pack({key: 1})


def test_knots_as_keys(monkeypatch):
    with pytest.raises(form.WireError, match="tuples in tuples"):
        Mirror(0, lambda number, what: None).unpack(knotted(3))
    monkeypatch.setattr(form, "simple_key", lambda key: True)
    [read] = Mirror(0, lambda number, what: None).unpack(knotted(3))
    assert list(read.values()) == [1]


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("MOST_KEYS", dict.fromkeys(range(20))),
        ("MOST_PARTS", [0] * 20),
        ("MOST_DEPTH", [[[[[[[[[[[[[1]]]]]]]]]]]]]),
        ("INT_BYTES", 10**60),
    ],
)
def test_the_limits_of_a_message(limit, value, monkeypatch):
    data = Mirror(1, lambda number, what: None).pack(value)
    assert Mirror(0, lambda number, what: None).unpack(data) == [value]
    monkeypatch.setattr(form, limit, 10)
    with pytest.raises(form.WireError):
        Mirror(0, lambda number, what: None).unpack(data)


def test_the_clock_of_the_check(monkeypatch):
    """Where the learner's own process has no clock any more, the one outside ends it."""
    deaf = "signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"
    assert "did not end" in attacked(winning(deaf), seconds=0.5).text
