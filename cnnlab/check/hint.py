"""Three hints per exercise, opened one at a time: by a button in JupyterLab, by folds where no kernel runs."""

from __future__ import annotations

from typing import Any

from cnnlab import course, progress
from cnnlab.check.page import STYLE, code_spans
from cnnlab.still import show

__all__ = ["Hints", "hints"]


class Hints:
    """The hints of one exercise; shown by a notebook as a button that opens the next one."""

    def __init__(self, exercise: str) -> None:
        self._exercise = course.exercise(exercise)
        self._widget: Any = None

    @property
    def opened(self) -> int:
        """How many hints were opened, in this notebook or before."""
        entry = progress.load().get(self._exercise.id, progress.ExerciseProgress())
        return min(entry.hints, len(self._exercise.hints))

    def __repr__(self) -> str:
        count, opened = len(self._exercise.hints), self.opened
        return f"Hints for {self._exercise.id}: {count}, {opened or 'none'} opened."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._folds()}
        widget = self.widget()
        if widget is not None:
            view = widget._repr_mimebundle_() or {}
            bundle |= {kind: data for kind, data in view.items() if not kind.startswith("text/")}
        return bundle

    def _ipython_display_(self) -> None:
        show(self._repr_mimebundle_(), self._folds())

    def widget(self) -> Any:
        """Return the button and the hints opened so far as an ipywidget, or None where ipywidgets is missing."""
        if self._widget is None:
            try:
                import ipywidgets
            except ImportError:
                return None
            self._widget = self._build(ipywidgets)
        return self._widget

    def _build(self, ipywidgets: Any) -> Any:
        count = len(self._exercise.hints)
        shown = self.opened
        # One box per hint: only the new one changes, so a screen reader says that one and nothing else.
        boxes = [ipywidgets.HTML(self._live(n) if n < shown else "") for n in range(count)]
        button = ipywidgets.Button(layout={"width": "max-content"})

        def name() -> None:
            # Never disabled: the keyboard focus would be lost.
            button.description = f"Show hint {shown + 1} of {count}" if shown < count else f"All {count} hints are open"

        def open_next(_: Any) -> None:
            nonlocal shown
            if shown < count:
                shown += 1
                trouble = progress.record_hint(self._exercise.id, shown)
                boxes[shown - 1].value = self._live(shown - 1, trouble or "")
                name()

        name()
        button.on_click(open_next)
        return ipywidgets.VBox([*boxes, button]).add_class("cnnlab-hints")

    def _live(self, index: int, note: str = "") -> str:
        more = f'<p class="cnnlab-note">{code_spans(note)}</p>' if note else ""
        return f'{STYLE}<div class="cnnlab-card" role="status" aria-live="polite">{self._text(index)}{more}</div>'

    def _text(self, index: int) -> str:
        return f'<p class="cnnlab-hint"><b>Hint {index + 1}.</b> {code_spans(self._exercise.hints[index])}</p>'

    def _folds(self) -> str:
        """Nest the hints, so that the second can only be opened after the first; works without a kernel."""
        inside = ""
        for index in reversed(range(len(self._exercise.hints))):
            inside = f"<details><summary>Hint {index + 1}</summary>{self._text(index)}{inside}</details>"
        return f'{STYLE}<div class="cnnlab-card">{inside}</div>'


def hints(exercise: str) -> Hints:
    """Open the hints of an exercise one at a time.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists those there are.

    Examples
    --------
    >>> hints("window_mean")
    Hints for window_mean: 3, none opened.
    """
    return Hints(exercise)
