"""A progress bar while a network trains: tqdm's where it is installed, else a line per epoch."""

from __future__ import annotations

import warnings
from types import TracebackType
from typing import Any

__all__ = ["Progress"]


class Progress:
    """Shows how far a run is; use it in a ``with`` block."""

    def __init__(self, total: int, done: int, shown: bool) -> None:
        self._shown = shown
        self._bar: Any = None
        if not shown:
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # tqdm warns when it falls back from a widget to text
                from tqdm.auto import tqdm

                self._bar = tqdm(total=total, initial=done, unit="batch")
        except ImportError:
            pass

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def batch(self, epoch: int, loss: float) -> None:
        """Show one more batch."""
        if self._bar is not None:
            self._bar.set_description(f"epoch {epoch}", refresh=False)
            self._bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
            self._bar.update()

    def say(self, text: str) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar is not None:
            self._bar.write(text)
        elif self._shown:
            print(text)
