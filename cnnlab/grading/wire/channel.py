"""Messages on a socket: their length, then their bytes. Runs on both sides."""

from __future__ import annotations

import select
import socket
import time

from cnnlab.grading.wire.form import MOST_BYTES, WireError

__all__ = ["Channel", "Closed", "Late"]

MOST = MOST_BYTES + (8 << 20)


class Closed(WireError):
    """The other side has hung up."""


class Late(WireError):
    """The other side has not answered in time."""


class Channel:
    """One end of a socket.

    Examples
    --------
    >>> here, there = (Channel(end) for end in socket.socketpair())
    >>> here.send(b"hello")
    >>> there.receive()
    bytearray(b'hello')
    >>> here.close()
    >>> there.receive()
    Traceback (most recent call last):
    cnnlab.grading.wire.channel.Closed: the other side has hung up
    >>> there.close()
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, data: bytes, deadline: float | None = None) -> None:
        """Send a message.

        Raises
        ------
        WireError
            If nobody takes it, by the deadline (of ``time.monotonic``).
        """
        self._wait(deadline)
        try:
            self._socket.sendall(len(data).to_bytes(4, "little") + data)
        except TimeoutError:
            raise Late("the other side takes nothing") from None
        except OSError:
            raise Closed("the other side has hung up") from None

    def receive(self, deadline: float | None = None) -> bytearray:
        """Return the next message.

        Raises
        ------
        WireError
            If there is none, or none by the deadline, or it is too long.
        """
        size = int.from_bytes(self.take(4, deadline), "little")
        if size > MOST:
            raise WireError(f"message: got one of {size:,} bytes.")
        return self.take(size, deadline)

    def wait(self, deadline: float) -> None:
        """Wait until something comes; an exception that interrupts this costs nothing.

        Raises
        ------
        Late
            If nothing comes by the deadline.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Late("the other side does not answer")

    def take(self, count: int, deadline: float | None) -> bytearray:
        """Return so many bytes."""
        data = bytearray(count)
        view, at = memoryview(data), 0
        while at < count:
            self._wait(deadline)
            try:
                got = self._socket.recv_into(view[at:])
            except TimeoutError:
                raise Late("the other side does not answer") from None
            except OSError:
                got = 0
            if not got:
                raise Closed("the other side has hung up")
            at += got
        return data

    def _wait(self, deadline: float | None) -> None:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late("the other side does not answer")
            self._socket.settimeout(left)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
