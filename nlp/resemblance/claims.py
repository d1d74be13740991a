"""Which texts say what a known claim says: its words, in a passage of the text, over languages.

A claim is its content lemmas, each weighted by its rarity among the documents at hand. A lemma is found in a text of the same language as
itself; in another language by a common English stem, where dictionaries of the system lead both there, or by the same beginning
(names, cognates). The best passage counts: that with most of the claim's weight in a span of SPAN times its length. Probabilities are
fitted on NTREX-128 sentences against articles that somebody else translated (``benchmarks/claims.py``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.claims import Claim
from models.records import Annotation, Document
from nlp import meanings
from nlp.clean import clean
from nlp.reading import lemmatise
from nlp.stance import cues
from nlp.story_features import folded

SPAN, SHORTEST = 2.5, 20
"""Length of a passage in content lemmas: SPAN times the claim's, at least SHORTEST."""
LEAST = 4
"""Content lemmas below which a claim is too short to be recognised."""
LEAST_FOUND = 3
PREFIX = 5
PRIOR = 200
"""Documents that are imagined beside those at hand, so that weights do not vanish in a small night."""
CUES = 1
FITTED: Mapping[bool, tuple[float, float, float]] = {True: (16.602, 0.046, -8.565), False: (14.579, 0.165, -8.733)}
"""By whether the languages are the same: weights of coverage and found weight, and a constant."""


@dataclass(frozen=True, slots=True)
class Match:
    """A document resembles a claim: ``p`` calibrated; ``phrases``: its words beside the claim's; ``check``: it denies or checks it."""

    claim: Claim
    document: str
    p: float
    coverage: float
    phrases: tuple[str, ...]
    check: bool


@dataclass(frozen=True)
class _Known:
    """A claim taken apart: lemmas in order, once each."""

    claim: Claim
    lemmas: tuple[str, ...]

    @cached_property
    def stems(self) -> tuple[frozenset[int], ...]:
        """English stems of each lemma; empty without a dictionary."""
        return tuple(frozenset(meanings.meaning(w, self.claim.language)) for w in self.lemmas)


class Matcher:
    """Claims against the documents of a night. Claims of fewer than LEAST content words are in ``short``."""

    def __init__(self, claims: Sequence[Claim], notes: Iterable[Annotation]) -> None:
        known = [_Known(c, tuple(dict.fromkeys(lemmatise(c.claim, c.language).split()))) for c in claims]
        self.known = [k for k in known if len(k.lemmas) >= LEAST]
        self.short = tuple(k.claim.id for k in known if len(k.lemmas) < LEAST)
        self._index()
        self._weigh(notes)

    def _index(self) -> None:
        self.words: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self.stems: dict[int, list[tuple[int, int]]] = {}
        self.starts: dict[str, list[tuple[int, int]]] = {}
        for k, known in enumerate(self.known):
            for i, lemma in enumerate(known.lemmas):
                self.words.setdefault((known.claim.language, lemma), []).append((k, i))
                for stem in known.stems[i]:
                    self.stems.setdefault(stem, []).append((k, i))
                if len(lemma) >= PREFIX - 1:
                    self.starts.setdefault(folded(lemma)[:PREFIX], []).append((k, i))

    def _weigh(self, notes: Iterable[Annotation]) -> None:
        """The idf of each claim lemma among the documents in which it could be found at all."""
        counts: Counter[tuple[int, int]] = Counter()
        total = 0
        for note in notes:
            total += 1
            counts.update({key for lemma in set(note.lemmas.split()) for key in self.found(lemma, note.language)})
        self.weight = [
            [math.log((total + PRIOR) / (counts[(k, i)] + 1)) for i in range(len(known.lemmas))] for k, known in enumerate(self.known)
        ]

    def found(self, lemma: str, language: str) -> list[tuple[int, int]]:
        """Claims and places in them that a lemma of a text may stand for."""
        same = self.words.get((language, lemma), [])
        others: set[tuple[int, int]] = set()
        for stem in meanings.meaning(lemma, language):
            others.update(self.stems.get(stem, ()))
        if len(lemma) >= PREFIX - 1:
            others.update(self.starts.get(folded(lemma)[:PREFIX], ()))
        return [*same, *sorted((k, i) for k, i in others if self.known[k].claim.language != language)]

    def matches(self, document: Document, note: Annotation, least: float = 0.5) -> list[Match]:
        """The claims that the document resembles with probability ``least`` or more, likeliest first."""
        lemmas = note.lemmas.split()
        hits: dict[int, list[tuple[int, int]]] = {}
        for place, lemma in enumerate(lemmas):
            for k, i in self.found(lemma, note.language):
                hits.setdefault(k, []).append((place, i))
        matches = []
        for k, own in hits.items():
            if len({i for _, i in own}) >= LEAST_FOUND:
                match = self._match(k, own, lemmas, document, note)
                if match.p >= least:
                    matches.append(match)
        return sorted(matches, key=lambda m: (-m.p, m.claim.id))

    def _match(self, k: int, hits: list[tuple[int, int]], lemmas: list[str], document: Document, note: Annotation) -> Match:
        known, weight = self.known[k], self.weight[k]
        found, value = passage(hits, weight, max(SHORTEST, int(SPAN * len(known.lemmas))))
        coverage = value / (sum(weight) or 1.0)
        p = probability(coverage, value, same=note.language == known.claim.language)
        pairs = sorted(found.items(), key=lambda pair: (-weight[pair[0]], pair[1]))
        phrases = tuple(dict.fromkeys(_shown(known.lemmas[i], lemmas[place]) for i, place in pairs))[:6]
        return Match(known.claim, document.id, p, coverage, phrases, checks(document, note.language))


def _shown(theirs: str, ours: str) -> str:
    return ours if ours == theirs else f"{ours} ({theirs})"


def passage(hits: Sequence[tuple[int, int]], weight: Sequence[float], span: int) -> tuple[dict[int, int], float]:
    """The passage of at most ``span`` lemmas with most weight: claim lemma to its place in the text, and the weight.

    ``hits``: (place in the text, claim lemma), in order of place.
    """
    inside: Counter[int] = Counter()
    best: tuple[float, int, int] = (0.0, 0, 0)
    value, start = 0.0, 0
    for end, (place, lemma) in enumerate(hits):
        inside[lemma] += 1
        value += weight[lemma] * (inside[lemma] == 1)
        while place - hits[start][0] >= span:
            old = hits[start][1]
            inside[old] -= 1
            value -= weight[old] * (inside[old] == 0)
            start += 1
        if value > best[0] + 1e-9:
            best = (value, start, end)
    found: dict[int, int] = {}
    for place, lemma in hits[best[1] : best[2] + 1]:
        found.setdefault(lemma, place)
    return found, best[0]


def probability(coverage: float, value: float, *, same: bool) -> float:
    """The calibrated probability that a text with this share of a claim's weight, and this weight, says what it says."""
    a, b, c = FITTED[same]
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, a * coverage + b * value + c))))


def checks(document: Document, language: str) -> bool:
    """Does the text deny or check, by its language's cues: one in the title, two in the text or its first thousand characters?"""
    known = cues(language)
    title, text = (clean(part).text.lower() for part in (document.title, document.text[:1000]))
    found = {match.group() for pattern in (known.denial, known.check) for match in pattern.finditer(text)}
    return any(pattern.search(title) for pattern in (known.denial, known.check)) or len(found) > CUES
