"""Put a verdict into words, tables and the learner's own lines."""

from __future__ import annotations

import numpy as np

from cnnlab.check.block import Block, Exhibit, Fold, Say, Trace
from cnnlab.check.compare import Part
from cnnlab.check.diagnosis import Finding
from cnnlab.check.exhibit import compared, shown, spoken
from cnnlab.check.figure import Figure, written
from cnnlab.check.place import which_parts
from cnnlab.check.report import Report
from cnnlab.check.run import Run
from cnnlab.check.task import Task

__all__ = ["tell_failure", "tell_pass", "tell_score"]

SLOW = 2.0  # seconds for all calls from which a learner is told


def tell_pass(exercise: str, runs: list[Run], *notes: str) -> Report:
    """Say that everything is right, and what is worth a remark all the same."""
    count = f"{len(runs)} different inputs" if len(runs) > 1 else "every property asked for"
    blocks: list[Block] = [Say(f"Right: {count} checked.", "lead")]
    remarks = [note for note in notes if note]
    parts = runs[0].parts
    if len(parts) == 1 and not parts[0].name and isinstance(runs[0].attempt.value, list | tuple):
        remarks.append(
            "Your function returned a list. The numbers are right; the rest of the course goes on with arrays, "
            "and `np.array(...)` makes one."
        )
    if any(map(_is_float_for_size, parts)):
        remarks.append(
            "Your function returned a float. The number is right; but `range` and `np.zeros` want a whole number, and "
            "`//` gives one."
        )
    blocks += [Say(remark, "note") for remark in (*remarks, *_slowness(runs))]
    return Report(exercise, "pass", None, (*blocks, *_side_effects(runs)))


def tell_score(exercise: str, runs: list[Run], part: float, text: str) -> Report:
    """Say how much of an open exercise is done."""
    part = min(1.0, max(0.0, part))
    state = "pass" if part == 1 else "fail"
    return Report(exercise, state, None, (Say(text, "lead"), *_side_effects(runs)), part)


def tell_failure(
    exercise: str, task: Task, runs: list[Run], finding: Finding, *notes: str, lines: bool = True
) -> Report:
    """Say what is wrong: the mistake, the call, what came back, what is right, and one thing to look at.

    With `lines`, an exception is told with the learner's line.
    """
    run = _to_show(runs, finding)
    blocks: list[Block] = [Say(finding.says, "lead")]
    parts = which_parts(runs)
    if parts and not finding.says.startswith(parts):
        blocks.append(Say(parts))
    if run.attempt.error is not None:
        error = run.attempt.error
        if error.line_number is not None and error.line and lines:
            blocks.append(Say(f"It stopped in line {error.line_number} of your code: `{error.line}`"))
        blocks.append(Trace(error.trace))
    figures = _figures(task, run)
    if figures:
        blocks.append(Exhibit(figures))
    cell = _one_cell(task, run)
    if cell:
        blocks.append(Say(cell))
    blocks.append(Say(f"Next: {finding.look}", "look"))
    if run.touched is not None and run.touched.name != finding.name:
        blocks.append(Say(run.touched.says, "note"))
    blocks += [Say(note, "note") for note in (*notes, *_slowness(runs)) if note]
    blocks += _side_effects(runs)
    return Report(exercise, "fail", finding.name, tuple(blocks))


def _to_show(runs: list[Run], finding: Finding) -> Run:
    """Pick the call to show: the first that is not right; for a named mistake rather one that has cells to compare."""
    failed = [run for run in runs if run.difference is not None]
    if finding.name is not None:
        failed.sort(key=lambda run: run.part is None or run.part.got is None)
    return failed[0]


def _figures(task: Task, run: Run) -> tuple[Figure, ...]:
    if task.properties:
        came = None if task.raw or run.part is None else run.part.got
        numbers = isinstance(came, np.ndarray) and came.dtype.kind in "iuf" and came.ndim <= 2
        return tuple(shown(task, "Came back", came)) if numbers else ()
    called = [
        figure
        for name, argument in zip(task.takes, run.given, strict=False)
        for figure in shown(task, f"Called with {name}", argument, name)
    ]
    return (*called, *compared(task, run))


def _one_cell(task: Task, run: Run) -> str:
    """Name one wrong cell with both its numbers, for arrays too large to show and for people who cannot see them."""
    part = run.part
    wrong = part.difference.wrong if part is not None and part.difference else None
    if part is None or wrong is None or wrong.ndim == 0 or not part.numbers:
        return ""
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    right, got = written(part.right[index], part.got[index])
    place = spoken(task.letters(part.name, wrong.ndim), index)
    of = f" of `{part.name}`" if part.name else ""
    return f"Take {place}{of}: came back {got[0]}, expected {right[0]}."


def _is_float_for_size(part: Part) -> bool:
    """Whether a single whole number came back as a float."""
    return part.numbers and part.right.ndim == 0 and part.right.dtype.kind in "iu" and part.got.dtype.kind == "f"


def _slowness(runs: list[Run]) -> list[str]:
    seconds = sum(run.attempt.seconds for run in runs)
    if seconds < SLOW or runs[-1].attempt.timed_out:
        return []
    return [f"It is slow: {len(runs)} small calls took {seconds:.1f} seconds."]


def _side_effects(runs: list[Run]) -> list[Block]:
    """Tell what was warned and printed on the way, rather than show it as red text."""
    blocks: list[Block] = []
    warned = list(dict.fromkeys(text for run in runs for text in run.attempt.warnings))
    if warned:
        blocks.append(Say(f"Python warned on the way: {'; '.join(warned[:3])}.", "note"))
    printed = next((run.attempt for run in runs if run.attempt.printed.strip()), None)
    if printed is not None:
        lines = printed.printed.splitlines()[:10]
        more = printed.printed_lines - len(lines)
        text = "\n".join(line[:200] for line in lines) + (f"\n… and {more} more lines" if more > 0 else "")
        blocks.append(Fold("Your function printed:", text))
    return blocks
