"""What a learner gets back: one page of each notebook, about nobody else, with no hidden test and no solution."""

from __future__ import annotations

from cnnlab.check.page import STYLE
from cnnlab.grading.model import Mark, Sheet
from cnnlab.grading.report.bars import bar
from cnnlab.grading.report.result import SIGNS, WORDS, Result, number
from cnnlab.grading.report.shell import esc, learner_html, prose, shell, table

__all__ = ["feedback", "in_short", "state_html"]

# What is said where the check had nothing to say.
SILENT = {
    "pass": "Right.",
    "part": "Right in part.",
    "fail": "Not right yet.",
    "todo": "`{}` is not written yet. Write your lines into its cell, in place of `raise NotImplementedError`.",
    "missing": "No cell of your notebook defines `{}`. Take that cell from a fresh copy of the notebook, "
    "put your lines into it, and hand in again.",
    "error": "This exercise could not be graded. The fault is not yours: it will be graded again.",
    "unreadable": "Not graded, since the notebook could not be read.",
}
UNREADABLE = (
    "Your file could not be read as a notebook, so nothing in it could be graded. Your work may well be all right: "
    "often a file is cut off on its way, or is not the notebook but something beside it."
)
REMEDY = (
    "Open your notebook in JupyterLab and look whether your work is there.",
    "Save it: File, Save Notebook. Its name must end in .ipynb.",
    "Hand in that very file again. Do not rename another file to .ipynb, and do not copy the text out of a page.",
)
TO_INSTRUCTOR = " Ask the learner"  # what follows in a note says the same as REMEDY, but to somebody else
FAILED = (
    "Your notebook could not be graded. The fault is not yours: the grader stopped. Your teacher sees it in the "
    "report of the class, and it will be graded again. You need not do anything."
)


def feedback(result: Result, sheet: Sheet, course: str) -> str:
    """Write the page of one notebook that a learner handed in."""
    graded = result.graded
    head = (
        f'<header><p class="kicker">{esc(course)}</p>\n<h1>{esc(sheet.title)}</h1>\n'
        f"<p>Feedback for {learner_html(result.shown)}</p></header>"
    )
    title = f"{sheet.title}: feedback"
    if graded.state == "unreadable":
        steps = "".join(f"<li>{esc(step)}</li>" for step in REMEDY)
        body = f"<p>{esc(UNREADABLE)}</p>{_notes(result)}\n<h2>What to do</h2>\n<ol>{steps}</ol>"
        return shell(title, f"{head}\n{body}")
    if graded.state == "error":
        return shell(title, f"{head}\n<p>{esc(FAILED)}</p>{_notes(result)}")
    marks = result.marks(sheet)
    rows = [
        (
            f'<a href="#{esc(m.exercise)}"><code>{esc(m.exercise)}</code></a>',
            state_html(m.state),
            f"{number(m.points)} of {number(m.most)}",
        )
        for m in marks
    ]
    parts = [head, _score(result, sheet), _notes(result)]
    parts.append(table("Points", ("Exercise", "State", "Points"), rows, numbers=(2,)))
    parts += map(_section, marks)
    return shell(title, "\n".join(parts))


def state_html(state: str) -> str:
    """Write a state: its sign, its word, its colour."""
    word = f"{WORDS[state][0].upper()}{WORDS[state][1:]}"
    return f'<span class="state is-{state}"><span aria-hidden="true">{SIGNS[state]}</span> {word}</span>'


def in_short(result: Result, sheet: Sheet) -> str:
    """Say in one line what came of a notebook, for a platform's comment.

    Examples
    --------
    >>> from cnnlab.grading.model import Assigned, Graded
    >>> sheet = Sheet("01_edge_detection", "Edge detection", (Assigned("window_mean", 3),))
    >>> mark = Mark("window_mean", "fail", 0, 3, mistake="sum")
    >>> in_short(Result(Graded("ada", "01_edge_detection", "graded", (mark,))), sheet)
    'window_mean: 0 of 3, not right yet (sum).'
    """
    if result.graded.state != "graded":
        return "The file could not be read as a notebook." if result.graded.state == "unreadable" else ""
    told = []
    for mark in result.marks(sheet):
        mistake = f" ({mark.mistake.replace('_', ' ')})" if mark.mistake else ""
        told.append(f"{mark.exercise}: {number(mark.points)} of {number(mark.most)}, {WORDS[mark.state]}{mistake}")
    return " ".join(filter(None, ("; ".join(told) + ".", result.late)))


def _score(result: Result, sheet: Sheet) -> str:
    share = result.points / sheet.points if sheet.points else 0.0
    told = f'<p class="score"><strong>{number(result.points)}</strong> of {number(sheet.points)} points</p>\n'
    if result.late:
        taken = result.graded.points - result.points
        less = f" The exercises earned {number(result.graded.points)} points." if taken else ""
        told += f"<p>{esc(result.late)}{less}</p>\n"
    return told + bar(min(max(share, 0.0), 1.0), 320, outlined=True)


def _notes(result: Result) -> str:
    told = (note.partition(TO_INSTRUCTOR)[0] for note in result.graded.notes)
    lines = "".join(f"<li>{prose(note)}</li>" for note in told)
    return f'\n<ul class="notes">{lines}</ul>' if lines else ""


def _section(mark: Mark) -> str:
    points = f'<span class="points">{number(mark.points)} of {number(mark.most)} points</span>'
    name = esc(mark.exercise)
    return f'<section>\n<h2 id="{name}"><code>{name}</code>{points}</h2>\n{_card(mark)}\n</section>'


def _card(mark: Mark) -> str:
    """Return what the check wrote, without its own copy of the style; else plain words.

    Of what is not written yet a check says "run this cell again", which a page cannot do.
    """
    if mark.html and mark.state != "todo":
        return mark.html.replace(STYLE, "").strip()
    text = (mark.text if mark.state != "todo" else "") or SILENT[mark.state].format(mark.exercise)
    paragraphs = "".join(f"<p>{prose(part)}</p>" for part in text.split("\n\n") if part.strip())
    kind = mark.state if mark.state in ("pass", "fail", "todo") else "todo"
    return (
        f'<div class="cnnlab-card cnnlab-report cnnlab-{kind}">'
        f'<p class="cnnlab-head">{state_html(mark.state)}</p>{paragraphs}</div>'
    )
