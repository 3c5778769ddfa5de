"""Which learners' exercises are alike, by winnowing (Schleimer, Wilkerson and Aiken, 2003).

The words of an exercise, see `cnnlab.grading.tokens`, are cut into all their runs of K words. Of each WINDOW
neighbouring runs the one with the smallest digest is kept as a fingerprint. Two texts that have K + WINDOW − 1 = 18 or
more words in a row in common so share a fingerprint for certain; fewer than K = 12 words in common never make one.

What everybody was given makes no fingerprint, and one that a large part of the class has does not count: it is the
usual way to write this. A fingerprint weighs the more, the fewer have it. What two share of those that count, as a part
of the weight of all that whichever of the two has less has, is how alike their exercises are. Nothing of a submission
is run.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from cnnlab.grading.tokens import Token, plain_lines, tokens

__all__ = ["Alike", "Pair", "Similarity", "Tile", "compare", "winnow"]

K = 12  # words of a run
WINDOW = 7  # neighbouring runs of which one is kept
SHORT = 50  # words of one's own below which an exercise is not compared: honest solutions of that length coincide
THRESHOLD = 0.6  # of the weight, from which two exercises are told of
COMMON = 0.25  # of the class: a fingerprint that more have does not count
FEW = 4  # but one that no more learners have always counts, however small the class
FEWEST = 3  # fingerprints that two must share to be told of
MOST_SEEDS = 40  # places where a tile may begin, of a run that stands in a text over and over

Codes = Mapping[str, Mapping[str, str]]  # exercise → learner → code


@dataclass(frozen=True)
class Tile:
    """A stretch that two texts have in common: where its words begin in each, and how many they are."""

    first: int
    second: int
    length: int


@dataclass(frozen=True)
class Work:
    """One learner's exercise, made ready to be compared."""

    code: str
    words: tuple[Token, ...]  # without what was given
    prints: frozenset[int]


@dataclass(frozen=True)
class Alike:
    """One exercise of two learners."""

    exercise: str
    first: Work
    second: Work
    share: float  # of the weight, from 0 to 1
    evidence: float  # the shared weight itself: how much, and how rare
    shared: int  # fingerprints
    others: float  # how many others have them, in the middle
    marks: frozenset[int]  # the fingerprints that count

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        """The common stretches, in the order of the first text."""
        return _tiles(self.first.words, self.second.words, self.marks)

    def covered(self, second: bool = False) -> float:
        """Return the part of one's words that lies in common stretches."""
        words = self.second.words if second else self.first.words
        return sum(tile.length for tile in self.tiles) / len(words)


@dataclass(frozen=True)
class Pair:
    """Two learners, with the exercises that are alike, the most telling first."""

    first: str
    second: str
    exercises: tuple[Alike, ...]

    @property
    def evidence(self) -> float:
        """By what pairs are sorted: all shared weight, less where other things stand beside it."""
        return sum(alike.share * alike.evidence for alike in self.exercises)


@dataclass(frozen=True)
class Similarity:
    """What came of comparing a class."""

    pairs: tuple[Pair, ...]  # the most telling first
    compared: Mapping[str, int]  # exercise → learners whose code was compared
    short: Mapping[str, int]  # exercise → learners whose code was too short for it

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Three and more learners who hang together through pairs."""
        group: dict[str, set[str]] = {}
        for pair in self.pairs:
            joined = group.get(pair.first, {pair.first}) | group.get(pair.second, {pair.second})
            group |= dict.fromkeys(joined, joined)
        unique = {tuple(sorted(members)) for members in group.values() if len(members) > 2}
        return sorted(unique, key=lambda members: (-len(members), members))


def compare(
    codes: Codes, given: Iterable[str] = (), *, threshold: float = THRESHOLD, common: float = COMMON
) -> Similarity:
    """Compare each exercise of all learners.

    Parameters
    ----------
    codes
        The code by exercise and learner.
    given
        The code that everybody got.
    threshold
        From which share of the weight two exercises are told of.
    common
        A fingerprint that a larger share of the class has does not count.

    Examples
    --------
    >>> lines = "out = np.zeros((P, Q))" + "".join(f"; out[{i}] += x[{i}] * w[{i} + q]" for i in range(5))
    >>> [pair] = compare({"f": {"ada": lines, "ben": lines.replace("out", "result"), "eve": "pass"}}).pairs
    >>> pair.first, pair.second, pair.exercises[0].share
    ('ada', 'ben', 1.0)
    """
    given = list(given)
    lines = frozenset().union(*map(plain_lines, given)) if given else frozenset()
    known = {run for code in given for run in _runs([token.kind for token in tokens(code)])}
    found: dict[tuple[str, str], list[Alike]] = defaultdict(list)
    compared, short = {}, {}
    for exercise, by_learner in codes.items():
        works = {learner: _work(code, lines, known) for learner, code in sorted(by_learner.items())}
        long = {learner: work for learner, work in works.items() if len(work.words) >= SHORT}
        compared[exercise], short[exercise] = len(long), len(works) - len(long)
        for first, second, alike in _alike(exercise, long, threshold, common):
            found[first, second].append(alike)
    pairs = [
        Pair(first, second, tuple(sorted(parts, key=lambda alike: -alike.share * alike.evidence)))
        for (first, second), parts in found.items()
    ]
    pairs.sort(key=lambda pair: (-round(pair.evidence, 6), pair.first, pair.second))
    return Similarity(tuple(pairs), compared, short)


def winnow(words: Sequence[str], k: int = K, window: int = WINDOW) -> frozenset[int]:
    """Return the fingerprints of a text: of each window of runs the smallest, of equal ones the last.

    Examples
    --------
    >>> a, b = "the quick brown fox jumps".split(), "a quick brown fox sleeps".split()
    >>> len(winnow(a, k=2, window=2) & winnow(b, k=2, window=2)) >= 1
    True
    """
    runs = _runs(words, k)
    if len(runs) <= window:
        return frozenset({min(runs)} if runs else ())
    return frozenset(min(runs[i : i + window]) for i in range(len(runs) - window + 1))


def _runs(words: Sequence[str], k: int = K) -> list[int]:
    texts = ("\0".join(words[i : i + k]).encode("utf-8", "replace") for i in range(len(words) - k + 1))
    return [int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) for text in texts]


def _work(code: str, lines: frozenset[str], known: set[int]) -> Work:
    words = tuple(tokens(code, lines))
    return Work(code, words, winnow([word.kind for word in words]) - known)


def _alike(
    exercise: str, works: Mapping[str, Work], threshold: float, common: float
) -> Iterator[tuple[str, str, Alike]]:
    """Yield the pairs whose exercises are alike; only those who share a rare fingerprint are looked at."""
    having: dict[int, list[str]] = defaultdict(list)
    for learner, work in works.items():
        for mark in work.prints:
            having[mark].append(learner)
    most = max(FEW, common * len(works))
    rare = {mark: who for mark, who in having.items() if len(who) <= most}
    weight = {mark: math.log2((len(works) + 1) / len(who)) for mark, who in having.items()}
    whole = {learner: sum(sorted(weight[mark] for mark in work.prints)) for learner, work in works.items()}
    met: Counter[tuple[str, str]] = Counter()
    for who in rare.values():
        met.update((who[i], second) for i in range(len(who)) for second in who[i + 1 :])
    for (first, second), count in met.items():
        if count < FEWEST:
            continue
        marks = [mark for mark in works[first].prints & works[second].prints if mark in rare]
        evidence = sum(sorted(weight[mark] for mark in marks))
        share = evidence / min(whole[first], whole[second])
        if share >= threshold:
            others = median(len(having[mark]) - 2 for mark in marks)
            yield (
                first,
                second,
                Alike(exercise, works[first], works[second], share, evidence, count, others, frozenset(marks)),
            )


def _tiles(first: Sequence[Token], second: Sequence[Token], marks: frozenset[int]) -> tuple[Tile, ...]:
    """Cover two texts with common stretches, each with a fingerprint that counts, none over another."""
    a, b = [token.kind for token in first], [token.kind for token in second]
    here = _runs(a)
    there: dict[int, list[int]] = defaultdict(list)
    for place, run in enumerate(_runs(b)):
        if len(there[run]) < MOST_SEEDS:
            there[run].append(place)
    taken, tiles, i = [False] * len(b), [], 0
    while i < len(here):
        best = max((Tile(i, j, _common(a, b, i, j, taken)) for j in there.get(here[i], ())), key=_length, default=None)
        if best is None or best.length < K:
            i += 1
            continue
        if marks.intersection(here[i : i + best.length - K + 1]):
            tiles.append(best)
            taken[best.second : best.second + best.length] = [True] * best.length
        i += best.length
    return tuple(tiles)


def _length(tile: Tile) -> int:
    return tile.length


def _common(a: Sequence[str], b: Sequence[str], i: int, j: int, taken: Sequence[bool]) -> int:
    n = 0
    while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n] and not taken[j + n]:
        n += 1
    return n
