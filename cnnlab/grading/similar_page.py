"""The page of `cnnlab similar`: pairs of learners, their lines side by side, and what that does and does not prove."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from cnnlab.grading.report.result import number
from cnnlab.grading.report.shell import esc, learner_html, shell, table
from cnnlab.grading.similar import SHORT, Alike, Pair, Similarity, Work

__all__ = ["similar_page"]

MOST_ROWS = 300  # of the table; no teacher reads more
MOST_SHOWN = 100  # pairs whose lines are shown
MOST_NAMES = 8  # of the names that differ

HONEST = (
    "A pair stands here because long stretches of its code are the same, word for word, once names, comments and "
    "spaces are left out, and because few others in the class wrote those stretches.",
    "That is a reason to look at the lines below and to talk with both. It is no proof. Two who learned together, who "
    "had the same tutor or who read the same page write alike; a right answer to a narrow question has few forms. It "
    "does not say who wrote it first, and somebody who copied and then rewrote it well will not be found.",
)


def similar_page(title: str, found: Similarity) -> str:
    """Write the page."""
    parts = [
        f'<header><p class="kicker">Similar code</p>\n<h1>{esc(title)}</h1></header>',
        *(f"<p>{sentence}</p>" for sentence in HONEST),
        _pairs(found.pairs),
        _groups(found.groups),
        _compared(found),
        *(_pair(i, pair) for i, pair in enumerate(found.pairs[:MOST_SHOWN], 1)),
    ]
    return shell(f"Similar code: {title}", "\n".join(filter(None, parts)))


def _pairs(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return "<h2>Pairs</h2>\n<p>No two learners' code is alike beyond what everybody writes.</p>"
    rows = []
    for i, pair in enumerate(pairs[:MOST_ROWS], 1):
        most = pair.exercises[0]
        who = f"{learner_html(pair.first)} and {learner_html(pair.second)}"
        linked = f'<a href="#pair-{i}">{who}</a>' if i <= MOST_SHOWN else who
        exercises = ", ".join(f"<code>{esc(alike.exercise)}</code>" for alike in pair.exercises)
        rows.append((str(i), linked, exercises, _percent(most.share), str(most.shared), _others(most)))
    more = len(pairs) - len(rows)
    tail = f"<p>{more} more pairs are not listed. A higher --threshold shows fewer.</p>" if more > 0 else ""
    rank = '<span class="unseen">Rank</span>'
    heads = (
        rank,
        "Learners",
        "Exercises, the most alike first",
        "Alike",
        "Fingerprints shared",
        "Others who have them",
    )
    return "<h2>Pairs</h2>\n" + table("Pairs", heads, rows, numbers=(0, 3, 4, 5)) + tail


def _groups(groups: Sequence[Sequence[str]]) -> str:
    if not groups:
        return ""
    lines = "".join(f"<li>{', '.join(learner_html(member) for member in group)}</li>" for group in groups)
    return f"<h2>Groups</h2>\n<p>Three and more who hang together through pairs.</p>\n<ul>{lines}</ul>"


def _compared(found: Similarity) -> str:
    rows = [
        (f"<code>{esc(exercise)}</code>", str(count), str(found.short[exercise]))
        for exercise, count in found.compared.items()
    ]
    words = (
        f"An exercise of fewer than {SHORT} words of one's own is not compared: "
        "honest solutions of that length coincide. What everybody was given is left out, and what a large part of the "
        "class wrote."
    )
    shown = table("What was compared", ("Exercise", "Compared", "Too short"), rows, numbers=(1, 2))
    return f"<h2>What was compared</h2>\n<p>{words}</p>\n{shown}"


def _pair(number: int, pair: Pair) -> str:
    title = f"{number}. {learner_html(pair.first)} and {learner_html(pair.second)}"
    parts = "\n".join(_alike(alike, pair, number) for alike in pair.exercises)
    return f'<section>\n<h2 id="pair-{number}">{title}</h2>\n{parts}\n</section>'


def _alike(alike: Alike, pair: Pair, number: int) -> str:
    first, second = learner_html(pair.first), learner_html(pair.second)
    told = (
        f"{_percent(alike.covered())} of the words of {first} and {_percent(alike.covered(second=True))} of those of "
        f"{second} stand in the same stretches. Others who wrote the same: {_others(alike)}."
    )
    renamed = _renamed(alike)
    if renamed:
        told += f" Names that differ there: {', '.join(renamed)}."
    what = f"{alike.exercise}, pair {number}"
    halves = _half(pair.first, what, alike.first, [(tile.first, tile.length) for tile in alike.tiles])
    halves += _half(pair.second, what, alike.second, [(tile.second, tile.length) for tile in alike.tiles])
    return f'<h3><code>{esc(alike.exercise)}</code></h3>\n<p>{told}</p>\n<div class="beside">{halves}</div>'


def _renamed(alike: Alike) -> list[str]:
    """List names that stand for one another wherever they stand in the common stretches."""
    partners: dict[str, Counter[str]] = defaultdict(Counter)
    for tile in alike.tiles:
        ours = alike.first.words[tile.first : tile.first + tile.length]
        theirs = alike.second.words[tile.second : tile.second + tile.length]
        for a, b in zip(ours, theirs, strict=True):
            if a.kind == "n":
                partners[a.text][b.text] += 1
    steady = [(sum(found.values()), a, next(iter(found))) for a, found in partners.items() if len(found) == 1]
    differing = sorted((row for row in steady if row[1] != row[2]), key=lambda row: (-row[0], row[1]))
    return [f"<code>{esc(a)}</code> ↔ <code>{esc(b)}</code>" for _, a, b in differing[:MOST_NAMES]]


def _half(learner: str, what: str, work: Work, stretches: Sequence[tuple[int, int]]) -> str:
    """Write one text with its lines numbered, those of a stretch with the stretch's number before them."""
    inside: dict[int, Counter[int]] = defaultdict(Counter)  # line → words of each stretch
    for stretch, (start, length) in enumerate(stretches, 1):
        for word in work.words[start : start + length]:
            inside[word.line][stretch] += 1
    words = Counter(word.line for word in work.words)
    lines = []
    for place, text in enumerate(work.code.rstrip().splitlines()):
        stretch, count = inside[place].most_common(1)[0] if inside[place] else (0, 0)
        same = 2 * count >= words[place] > 0
        kind = ' class="same"' if same else "" if words[place] else ' class="aside"'
        number = f'<span class="unseen">stretch </span>{stretch}' if same else ""
        lines.append(f"<tr{kind}><td>{number}</td><td>{place + 1}</td><td><code>{esc(text)}</code></td></tr>")
    label = esc(f"{learner}: {what}")
    return (
        f'<figure><figcaption>{learner_html(learner)}</figcaption><div class="code" tabindex="0" role="region" '
        f'aria-label="{label}"><table><tbody>{"".join(lines)}</tbody></table></div></figure>'
    )


def _others(alike: Alike) -> str:
    return number(alike.others) if alike.others else "nobody"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
