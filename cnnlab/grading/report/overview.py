"""The page for the instructor: how the class did, what went wrong often, and what needs a look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import mean, median

from cnnlab.check import exercises
from cnnlab.check.block import plain
from cnnlab.grading.model import Mark, Release
from cnnlab.grading.report.bars import bar, stacked
from cnnlab.grading.report.feedback import state_html
from cnnlab.grading.report.result import SIGNS, WORDS, Result, Run, number
from cnnlab.grading.report.shell import esc, learner_html, prose, shell, table
from cnnlab.words import counted

__all__ = ["overview"]

BINS = 10  # of the histogram
SLOW = 10  # of the slowest exercises are listed
OTHER = "other mistakes, such as"
EXAMPLES = 3  # of what checks said, where the catalogue has no words
UNSEEN = '<span class="unseen">Picture</span>'  # head of the column of bars

Learners = Mapping[str, Mapping[str, Result]]  # learner → notebook → result
Marks = Mapping[str, Sequence[tuple[Result, Mark]]]  # exercise → who got what


def overview(
    release: Release,
    learners: Learners,
    run: Run,
    links: Mapping[tuple[str, str], str],
    *,
    attention: Sequence[str] = (),
    absent: Sequence[str] | None = None,
) -> str:
    """Write the report of the class.

    Parameters
    ----------
    release
        What the class was given.
    learners
        The results by learner, then by notebook.
    run
        What to tell of the run.
    links
        The address of each feedback page, by learner and notebook.
    attention
        What the instructor has to look at besides, a sentence for each.
    absent
        The learners of the roster who handed in nothing; None without a roster.
    """
    results = [result for got in learners.values() for result in got.values()]
    marks: dict[str, list[tuple[Result, Mark]]] = defaultdict(list)
    for result in results:
        for mark in result.marks(release.sheet(result.graded.sheet)):
            if result.graded.state == "graded":
                marks[mark.exercise].append((result, mark))
    most = sum(sheet.points for sheet in release.sheets)
    shares = [sum(r.points for r in got.values()) / most if most else 0.0 for got in learners.values()]
    parts = [
        f'<header><p class="kicker">Class report</p>\n<h1>{esc(release.title)}</h1></header>',
        _tiles(results, shares, absent),
        _attention(results, [*run.failures, *attention], links),
        _absent(absent),
        _scores(shares, most, any(result.graded.state == "unreadable" for result in results)),
        _exercises(release, marks),
        _mistakes(release, marks),
        _times(marks),
        _learners(release, learners, most, links),
        _about(release, run),
    ]
    return shell(f"Class report: {release.title}", "\n".join(filter(None, parts)))


def _tiles(results: Sequence[Result], shares: Sequence[float], absent: Sequence[str] | None) -> str:
    learners = len({result.learner for result in results})
    facts = [("learners", str(learners)), ("notebooks handed in", str(len(results)))]
    if shares:
        facts += [("median score", _percent(median(shares))), ("mean score", _percent(mean(shares)))]
    if absent is not None:
        facts.append(("not handed in", str(len(absent))))
    return (
        '<dl class="tiles">' + "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts) + "</dl>"
    )


def _attention(results: Sequence[Result], told: Sequence[str], links: Mapping[tuple[str, str], str]) -> str:
    rows = []
    for result in results:
        graded = result.graded
        if graded.state != "graded" or any(mark.state == "error" for mark in graded.marks):
            state = graded.state if graded.state != "graded" else "error"
            failed = [f"{mark.exercise}: {mark.text}" for mark in graded.marks if mark.state == "error"]
            notes = " ".join((*graded.notes, *failed))
            what = f'{state_html(state)} <span class="soft">{esc(graded.sheet)}</span><br>{prose(notes)}'
            rows.append((_link(result, links), what))
    if not rows and not told:
        return ""
    lines = "".join(f"<li>{prose(line)}</li>" for line in told)
    shown = table("To look at", ("Learner", "What happened"), rows) if rows else ""
    return f"<h2>To look at</h2>\n{f'<ul>{lines}</ul>' if lines else ''}{shown}"


def _absent(absent: Sequence[str] | None) -> str:
    if not absent:
        return ""
    names = "".join(f"<li>{learner_html(name)}</li>" for name in absent)
    return f"<h2>Not handed in</h2>\n{_folded(counted(len(absent), 'learner'), names)}"


def _scores(shares: Sequence[float], most: float, unreadable: bool) -> str:
    if not shares:
        return ""
    counts = Counter(min(int(share * BINS + 1e-9), BINS - 1) for share in shares)
    highest = max(counts.values())
    rows = [
        (f"{100 * i // BINS}–{100 * (i + 1) // BINS} %", str(counts[i]), bar(counts[i] / highest, 260))
        for i in reversed(range(BINS))
    ]
    words = f"How many learners got how much of the {number(most)} points of the release."
    words += " A notebook that is not readable counts 0 points, here and in the scores above." * unreadable
    return f"<h2>Scores</h2>\n<p>{words}</p>\n" + table("Scores", ("Score", "Learners", UNSEEN), rows, numbers=(0, 1))


def _exercises(release: Release, marks: Marks) -> str:
    states = [state for state in SIGNS if any(m.state == state for got in marks.values() for _, m in got)]
    if not states:
        return ""
    legend = "".join(f"<li>{state_html(state)}</li>" for state in states)
    heads = ["Exercise", UNSEEN, *(f"{WORDS[state][0].upper()}{WORDS[state][1:]}" for state in states), "Mean points"]
    parts = [f'<h2>Exercises</h2>\n<ul class="legend" aria-label="Signs">{legend}</ul>']
    for sheet in release.sheets:
        rows = []
        for exercise in sheet.exercises:
            got = [mark for _, mark in marks.get(exercise.id, ())]
            counts = Counter(mark.state for mark in got)
            average = f"{number(mean(m.points for m in got))} of {number(exercise.points)}" if got else "−"
            numbers = (str(counts[state]) for state in states)
            rows.append((f"<code>{esc(exercise.id)}</code>", stacked(counts), *numbers, average))
        parts.append(f"<h3>{esc(sheet.title)}</h3>")
        parts.append(table(sheet.title, heads, rows, numbers=range(2, len(heads))))
    return "\n".join(parts)


def _mistakes(release: Release, marks: Marks) -> str:
    found: dict[tuple[str, str], list[tuple[Result, Mark]]] = defaultdict(list)
    for exercise, got in marks.items():
        for result, mark in got:
            if mark.text and mark.state in ("fail", "part"):
                found[exercise, mark.mistake].append((result, mark))
    if not found:
        return ""
    places = {e.id: place for place, e in enumerate(e for sheet in release.sheets for e in sheet.exercises)}
    order = sorted(found, key=lambda key: (not key[1], -len(found[key]), places[key[0]], key[1]))
    rows = []
    for exercise, mistake in order:
        got = found[exercise, mistake]
        names = "".join(f"<li>{learner_html(result.shown)}</li>" for result, _ in got)
        who = _folded(counted(len(got), "learner"), names)
        words = _sentence(exercise, mistake, [mark for _, mark in got])
        told = f"<strong>{esc(mistake.replace('_', ' ') or OTHER)}</strong><br>{prose(words)}"
        rows.append((f"<code>{esc(exercise)}</code>", told, str(len(got)), who))
    words = "Most frequent first; last what has no name here. Worth a word in class where it is more than a few."
    heads = ("Exercise", "Mistake", "Times", "Who")
    return f"<h2>Common mistakes</h2>\n<p>{words}</p>\n" + table("Common mistakes", heads, rows, numbers=(2,))


def _sentence(exercise: str, mistake: str, marks: Sequence[Mark]) -> str:
    """Return what the catalogue says of a mistake, or of two at once; else the first things its checks said.

    Of a name that stands for several, such as a rim of 1 and a rim of 255, only the check knows which it was.
    """
    task = exercises.find(exercise)
    says: dict[str, set[str]] = defaultdict(set)
    for known in task.mistakes:
        says[known.name].add(known.says)
    for broken in task.properties:
        says[broken.name].add(broken.says if isinstance(broken.says, str) else "")
    told = [says[name] for name in mistake.split(" + ")]
    if all(len(sentences) == 1 and "" not in sentences for sentences in told):
        return " ".join(sentence for sentences in told for sentence in sentences)
    return " ".join(list(dict.fromkeys(plain(mark.text.partition("\n\n")[0]) for mark in marks))[:EXAMPLES])


def _times(marks: Marks) -> str:
    timed = {e: [(mark.seconds, result) for result, mark in got if mark.seconds] for e, got in marks.items()}
    slowest = sorted((e for e in timed if timed[e]), key=lambda e: -max(seconds for seconds, _ in timed[e]))[:SLOW]
    if not slowest:
        return ""
    rows = []
    for exercise in slowest:
        most, result = max(timed[exercise], key=lambda pair: pair[0])
        middle = median(seconds for seconds, _ in timed[exercise])
        rows.append((f"<code>{esc(exercise)}</code>", f"{middle:.2f} s", f"{most:.2f} s", learner_html(result.shown)))
    heads = ("Exercise", "Median", "Longest", "Whose")
    return "<h2>Times</h2>\n<p>How long grading took.</p>\n" + table("Times", heads, rows, numbers=(1, 2))


def _learners(release: Release, learners: Learners, most: float, links: Mapping[tuple[str, str], str]) -> str:
    if not learners:
        return "<h2>Learners</h2>\n<p>Nothing was handed in.</p>"
    late = any(result.late for got in learners.values() for result in got.values())
    heads = [
        "Learner",
        *(esc(sheet.title) for sheet in release.sheets),
        f"Of {number(most)}",
        *(["Late"] if late else []),
    ]
    rows = []
    for learner, got in learners.items():
        shown = next(iter(got.values())).shown
        name = learner_html(shown) + (f' <span class="soft">{learner_html(learner)}</span>' if shown != learner else "")
        cells = []
        for sheet in release.sheets:
            result = got.get(sheet.name)
            if result is None:
                cells.append('<span class="soft">none</span>')
                continue
            label = f"{result.shown}, {sheet.title}: {number(result.points)} of {number(sheet.points)}"
            shown = number(result.points) if result.graded.state == "graded" else WORDS[result.graded.state]
            cells.append(f'<a href="{esc(links[learner, sheet.name])}" aria-label="{esc(label)}">{shown}</a>')
        notes = " ".join(f"{prose(result.late)}" for result in got.values() if result.late)
        rows.append((name, *cells, number(sum(r.points for r in got.values())), *([notes] if late else [])))
    return "<h2>Learners</h2>\n" + table("Learners", heads, rows, numbers=range(1, len(release.sheets) + 2))


def _about(release: Release, run: Run) -> str:
    facts = [("Release", f"{release.title}, made {release.made} with cnnlab {release.version}")]
    facts += [("Policies", " ".join(run.policies))] if run.policies else []
    facts += [("Sandbox", run.sandbox)] if run.sandbox else []
    facts.append(("Seed of the hidden numbers", str(run.seed)))
    facts += [("Versions", ", ".join(f"{name} {version}" for name, version in run.versions.items()))] * bool(
        run.versions
    )
    if run.seconds:
        workers = f" with {counted(run.workers, 'worker')}" if run.workers else ""
        facts.append(("Grading took", f"{run.seconds:.0f} s{workers}"))
    told = "".join(f"<dt>{esc(name)}</dt><dd>{esc(fact)}</dd>" for name, fact in facts)
    return f'<h2>About this run</h2>\n<dl class="facts">{told}</dl>'


def _folded(summary: str, items: str) -> str:
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _link(result: Result, links: Mapping[tuple[str, str], str]) -> str:
    return f'<a href="{esc(links[result.learner, result.graded.sheet])}">{learner_html(result.shown)}</a>'


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
