"""Ctrl-C, and the stop button of a notebook: noted at once, obeyed between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Interrupt", "interrupts"]


@dataclass
class Interrupt:
    """Whether somebody asked to stop."""

    seen: bool = False

    def asked(self) -> bool:
        """Tell whether somebody did; a method, for the answer changes behind the caller's back."""
        return self.seen

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Take an interrupt that arrives as an exception for one that was asked for, too."""
        try:
            yield
        except KeyboardInterrupt:
            self.seen = True


@contextmanager
def interrupts() -> Iterator[Interrupt]:
    """Note a keyboard interrupt instead of raising it in the middle of a step; a second one is raised.

    Only the default handler is replaced: whoever has put in another one knows why.
    """
    interrupt = Interrupt()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield interrupt
        return

    def note(number: int, frame: FrameType | None) -> None:
        if interrupt.seen:
            raise KeyboardInterrupt
        interrupt.seen = True

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
