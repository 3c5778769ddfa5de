"""A clock without a thread, for a process that may have only one."""

from __future__ import annotations

import contextlib
import signal
import types
from collections.abc import Iterator

from cnnlab.trial import TimeUp

__all__ = ["Alarm", "undisturbed"]

AGAIN = 0.2  # seconds: a bare `except:` in a learner's loop may swallow the first

_waiting = False


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no alarm in while the body runs, in the middle of a message, say; it comes again afterwards."""
    global _waiting
    before, _waiting = _waiting, True
    try:
        yield
    finally:
        _waiting = before


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
        over = False

        def ring(number: int, frame: types.FrameType | None) -> None:
            if not over and not _waiting:
                raise self.time_up

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, max(self._seconds, 1e-3), AGAIN)
        try:
            yield
        finally:
            over = True
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
