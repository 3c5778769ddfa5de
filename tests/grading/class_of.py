"""A class whose reports are written: a release, what learners got, and a reader for the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from cnnlab.check import judge
from cnnlab.grading.model import Assigned, Graded, Mark, Release, Sheet
from cnnlab.grading.report import Result

EDGES = Sheet("01_edge_detection", "Edge detection", (Assigned("window_mean", 4), Assigned("convolve2d", 6)))
PADDING = Sheet("02_padding_and_stride", "Padding and stride", (Assigned("output_size", 10),))
RELEASE = Release("First homework", "2026-09-01", "0.1.0", (EDGES, PADDING))
EVIL = "<script>alert(1)</script>"


def mark(exercise: str, state: str, points: float, most: float, **more: str) -> Mark:
    return Mark(exercise, state, points, most, **more)


def judged(exercise: str, fn: object, most: float) -> Mark:
    """What the real check says."""
    report = judge(exercise, fn)
    html = report._repr_mimebundle_()["text/html"]
    return Mark(exercise, report.state, report.part * most, most, report.mistake or "", report.message, html, 0.25)


def edges(learner: str = "ada", first: float = 4, second: float = 3, **more: object) -> Result:
    """A graded notebook about edges: the first exercise passed or not, the second in part."""
    one = mark("window_mean", "pass" if first else "fail", first, 4, mistake="" if first else "sum", text="Some text.")
    graded = Graded(learner, EDGES.name, "graded", (one, mark("convolve2d", "part", second, 6)))
    return Result(graded, **more)  # type: ignore[arg-type]


def padding(learner: str = "ada", state: str = "graded", notes: tuple[str, ...] = (), **more: object) -> Result:
    marks = (mark("output_size", "pass", 10, 10),) if state == "graded" else ()
    return Result(Graded(learner, PADDING.name, state, marks, notes), **more)  # type: ignore[arg-type]


def table(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def as_csv(rows: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter).writerows(rows)
    return lines.getvalue()


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._inside and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def found(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
