"""A clock without a thread, for a process that may have only one."""

from __future__ import annotations

import contextlib
import signal
import types
from collections.abc import Iterator

from cnnlab.clock import AGAIN, TimeUp, this_ear

__all__ = ["Alarm"]


class Alarm:
    """Raises an exception of its own class in the main thread when the time is over.

    Examples
    --------
    >>> from cnnlab.trial import attempt
    >>> def forever():
    ...     while True:
    ...         pass
    >>> attempt(forever, seconds=0.05, clock=Alarm).timed_out
    True
    """

    def __init__(self, seconds: float) -> None:
        self.time_up: type[TimeUp] = type("TimeUp", (TimeUp,), {})
        self.interrupted = False
        self._seconds = seconds

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let the time run while the body does."""
        ear = this_ear()

        def ring(number: int, frame: types.FrameType | None) -> None:
            if ear.hears(self.time_up):
                raise self.time_up

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, max(self._seconds, 1e-3), AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            ear.forget(self.time_up)
