import socket

import pytest

from cnnlab.grading.wire.channel import Channel, Closed, Late
from cnnlab.grading.wire.form import WireError


def test_the_wire_has_two_ends():
    here, there = socket.socketpair()
    channel = Channel(here)
    with pytest.raises(Late):
        channel.receive(deadline=0.0)
    there.sendall(b"\xff\xff\xff\xff")
    with pytest.raises(WireError, match="one of 4,294,967,295 bytes"):
        channel.receive()
    there.sendall((5).to_bytes(4, "little") + b"abc")
    there.close()
    with pytest.raises(Closed):
        channel.receive()
    channel.close()
