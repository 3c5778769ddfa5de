"""Code that finds the socket and talks on it itself: no answer of its making is worth more than a returned value."""

from __future__ import annotations

import time

import pytest

from cnnlab.check import exercises
from tests.grading.attacks.desk import STEPS, TOOLS, attacked, winning

FORGE = (
    TOOLS
    + r"""
U = lambda n: n.to_bytes(4, "little")
server = lambda: next(one for one in gc.get_objects() if type(one).__name__ == "Server")
frame = lambda body, changes=b"N": U(len(body)) + body + changes
word = lambda text: b"S" + U(len(text)) + text
told = lambda value: word(b"told") + value
came = lambda value: told(b"U" + U(7) + value + b"NF" + word(b"") * 2 + b"I" + U(1) + b"\0L" + U(9) + U(0) + U(11))
opaque = lambda number, reads: b"O" + U(number) + bytes((0, reads)) + word(b"Thing") + word(b"")
def raw(data):
    server()._channel._socket.sendall(data)
def say(data):
    raw(U(len(data)) + data)
def wait():
    while True: pass
def knot(count, size):
    more = (b"U" + U(size) + (b"R" + U(101 + 2 * i)) * size + U(103 + 2 * i) for i in range(count))
    return b"".join([b"U" + U(1) + b"N" + U(101), *more])
"""
)

FORGED = {
    "garbage": "raw(b'\\xff' * 100); wait()",
    "half a frame": "raw(U(1000) + b'abc'); wait()",
    "half a frame and the end": "raw(U(1000) + b'abc'); os._exit(0)",
    "four gigabytes": "raw(b'\\xff' * 4); wait()",
    "drop by drop": "raw(U(10**6))\n    while True: raw(b'x'); [0 for _ in range(10**6)]",
    "an empty frame": "raw(U(0)); wait()",
    "nothing told": "say(frame(b'')); wait()",
    "no such word": "say(frame(word(b'gift') + b'T')); wait()",
    "another answer": "say(frame(told(b'T'))); wait()",
    "answers that nobody asked for": "for _ in range(1000): say(frame(came(b'D' + bytes(8))))\n    wait()",
    "an error without end": (
        "say(frame(told(b'U' + U(7) + b'N' + word(b'x') + b'F' + word(b'') * 2 + b'NN' + U(11)))); wait()"
    ),
    "a change of what is not there": (
        "say(frame(came(b'N'), b'I' + U(1) + b'\\x63' + b'L' + U(13) + U(0) + b'N')); wait()"
    ),
    "a change of what cannot change": "say(frame(came(b'N'), b'I' + U(1) + b'\\x02' + b'NN')); wait()",
    "a number twice": "say(frame(came(b'L' + U(101) + U(0) + b'L' + U(101) + U(0)))); wait()",
    "a number of the grader's": "say(frame(came(b'L' + U(2) + U(0)))); wait()",
    "a call of what cannot be called": "say(frame(word(b'ask') + b'R' + U(2) + word(b''))); wait()",
    "a call of what was never sent": "say(frame(word(b'ask') + b'R' + U(998) + word(b''))); wait()",
    "a call of its own": "say(frame(word(b'ask') + opaque(101, 0) + word(b''))); wait()",
    "more names than values": "say(frame(word(b'ask') + b'R' + U(2) + word(b'a,b,c'))); wait()",
    "too many parts": "say(frame(came(b'L' + U(101) + U(2 * 10**6) + b'N' * 2 * 10**6))); wait()",
    "parts that are not there": "say(frame(came(b'L' + U(101) + U(2**32 - 1)))); wait()",
    "a knot of tuples": "say(frame(came(b'L' + U(51) + U(61) + knot(60, 2)))); wait()",
    "a knot as a key": (
        "say(frame(came(b'L' + U(51) + U(62) + knot(60, 2) + b'M' + U(53) + U(1) + b'R' + U(221) + b'N'))); wait()"
    ),
    "a chain as a key": (
        "say(frame(came(b'L' + U(51) + U(50002) + knot(50000, 1) + b'M' + U(53) + U(1) + b'R' + "
        "U(100101) + b'N'))); wait()"
    ),
    "keys of one hash": (
        "say(frame(came(b'M' + U(51) + U(10**5) + b''.join(b'I' + U(12) + (k * (2**61 - "
        "1)).to_bytes(12, 'little') + b'N' for k in range(10**5))))); wait()"
    ),
    "a key that is a list": "say(frame(came(b'M' + U(51) + U(1) + b'L' + U(53) + U(0) + b'N'))); wait()",
    "an array without cells": (
        "say(frame(came(b'A' + U(51) + b'\\1' + (2**39).to_bytes(8, 'little') + b'\\1\\0\\0\\3<f8' + U(0)))); wait()"
    ),
    "an array of objects' addresses": "say(frame(came(b'A' + U(51) + b'\\0\\1\\0\\2|O' + U(8) + bytes(8)))); wait()",
    "axes in no order": (
        "say(frame(came(b'A' + U(51) + b'\\1' + (1).to_bytes(8, 'little') + b'\\1\\0\\7\\3<f8' + U(8) + "
        "bytes(8)))); wait()"
    ),
    "a huge array": "say(frame(came(b'H' + U(51) + b'\\1' + (2**39).to_bytes(8, 'little') + word(b'<f8')))); wait()",
    "an unknown class": "say(frame(came(b'Z' + word(b'os.system')))); wait()",
    "an object that reads as another": (
        "say(frame(came(opaque(101, 1))))\n    for i in range(9): say(frame(came(opaque(103 + 2 * i, "
        "1)).replace(U(11), U(211 + 2 * i)).replace(U(9), U(311 + 2 * i))))\n    wait()"
    ),
    "hangs up": "server()._channel._socket.shutdown(2); wait()",
    "hangs up and lives": "os.close(server()._channel._socket.fileno()); wait()",
}


@pytest.mark.parametrize("code", FORGED)
def test_a_forged_answer_earns_nothing_and_harms_nobody(code, monkeypatch):
    monkeypatch.setattr("cnnlab.check.verdict.CALL", 1.0)
    start = time.monotonic()
    told = attacked(f"{FORGE}\ndef window_mean(window):\n    {FORGED[code]}", seconds=0.5)
    assert time.monotonic() - start < 15
    assert not any(slip in told.text for slip in ("NameError", "SyntaxError", "AttributeError")), told.text


@pytest.mark.parametrize("kind", STEPS)
def test_a_forged_answer_that_is_right_is_worth_what_it_is(kind):
    """So the frames above are well made; and an answer that is right must have been worked out."""
    say = "say(frame(came(b'D' + np.float64(window.mean()).tobytes())))"
    told = attacked(f"{FORGE}\ndef window_mean(window):\n    {say}\n    os._exit(0)", sandbox=kind)
    assert "ended" in told.text
    assert "number is not right" not in told.text


def test_before_the_first_question_comes():
    for words in ("True", "('', 'c0', [])"):
        forged = f"X = server()._channel.send(server()._mirror.pack('told', {words})), wait()"
        assert attacked(f"{FORGE}\n{forged}\ndef window_mean(window):\n    return X", seconds=0.5).text


def test_answers_are_not_in_the_process():
    """No number in any container, frame or message of the process is the right one."""
    search = """
    right = float(window.mean())
    near = lambda x: isinstance(x, (float, np.floating)) and abs(x - right) < 1e-9
    held = [one for one in gc.get_objects() if isinstance(one, (list, tuple, dict))]
    frame = sys._getframe()
    while frame:
        held.append(dict(frame.f_locals, right=None)); frame = frame.f_back
    parts = [part for one in held for part in (one.values() if isinstance(one, dict) else one)]
    won = any(map(near, parts))
    """
    attacked(winning(search))


def test_a_table_of_the_published_answers_earns_nothing():
    task = exercises.find("window_mean")
    windows = [probe.make()[0] for probe in task.probes]
    table = {window.tobytes(): float(window.mean()) for window in windows}
    told = attacked(f"TABLE = {table!r}\ndef window_mean(window):\n    return TABLE.get(window.tobytes(), 0)")
    assert told.mistake == "other_numbers"
    assert told.text.startswith("With the numbers of the check in the notebook it is right")
    assert "Called with" not in told.text
