import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.grading.wire.form import INT_BYTES, MOST_DEPTH, WireError
from tests.grading.wire.pairs import pair
from tests.grading.wire.test_writer import TREES


@settings(max_examples=400)
@given(TREES, st.data())
def test_damaged_messages_are_wire_errors_and_nothing_else(tree, data):
    here, there = pair()
    here.pack([[1], {"a": np.zeros(3)}])  # numbers that a damaged message may hit
    message = bytearray(there.pack(tree))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(message) - 1))
        kind = data.draw(st.sampled_from(["byte", "cut", "double"]))
        if kind == "byte":
            message[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del message[place + 1 :]
        else:
            message[place:place] = message[place : place + 9]
    with contextlib.suppress(WireError):
        here.unpack(message)


@given(st.binary(max_size=200))
def test_noise_is_a_wire_error(data):
    here, _ = pair()
    body = len(data).to_bytes(4, "little") + data
    for message in (data, body, body + b"N"):
        with contextlib.suppress(WireError):
            here.unpack(message)


def _array(dtype: bytes, shape: tuple[int, ...], data: bytes = b"", flags: bytes = b"\1\0") -> bytes:
    head = b"A" + (3).to_bytes(4, "little") + bytes((len(shape),))
    sides = b"".join((n % 2**64).to_bytes(8, "little") for n in shape)
    order = bytes(range(len(shape)))
    return head + sides + flags + order + bytes((len(dtype),)) + dtype + len(data).to_bytes(4, "little") + data


@pytest.mark.parametrize(
    "body",
    [
        _array(b"|O", (1,), bytes(8)),
        _array(b"|V8", (1,), bytes(8)),
        _array(b"<U9", (1,), bytes(36)),
        _array(b"<f8", (-1,), bytes(8)),
        _array(b"<f8", (2**39, 2**39), bytes(8)),
        _array(b"<f8", (3,), bytes(8)),
        _array(b"<f8", (1,) * 70, bytes(8)),
        b"H" + _array(b"<f8", (2**39,))[1:14] + b"S\3\0\0\0<f8",  # a huge one of no memory
        b"L\3\0\0\0\xff\xff\xff\xff",  # a list of four thousand million
        b"I\xff\xff\xff\x7f",
        b"I" + (INT_BYTES + 1).to_bytes(4, "little") + b"\1" * (INT_BYTES + 1),
        b"M\3\0\0\0\1\0\0\0" + b"L\5\0\0\0\0\0\0\0" + b"N",  # a list as a key
        b"Q" + b"I\1\0\0\0\1" + b"I\1\0\0\0\0",  # 1/0
        b"R\x09\0\0\0",  # an object that nobody knows
        b"L\2\0\0\0\0\0\0\0",  # a number that is ours to give
        b"U\1\0\0\0" * (MOST_DEPTH + 5) + b"N",
        b"E\4\0\0\0sNaN",
        b"\xff",
    ],
)
def test_forged_values_are_wire_errors(body):
    here, _ = pair()
    with pytest.raises(WireError):
        here.unpack(len(body).to_bytes(4, "little") + body + b"N")


def test_a_message_of_many_parts_is_refused():
    here, _ = pair()
    body = b"L\3\0\0\0" + (2_000_000).to_bytes(4, "little") + b"N" * 2_000_000
    with pytest.raises(WireError, match="too many"):
        here.unpack(len(body).to_bytes(4, "little") + body + b"N")
