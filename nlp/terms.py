"""Key terms of one document, from the document alone: the same text has the same terms whatever else was collected."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlp.tokens import Reader, Words

MOST = 12
_TITLE, _HASHTAG, _CAPITAL, _COMMON = 1.6, 1.3, 1.15, 0.35
_STARTS = frozenset(".!?:;…\"'«»“”„–—-()#•|")


@dataclass(slots=True)
class _Candidate:
    count: int = 0
    first: int = 0
    title: bool = False
    hashtag: bool = False
    inside: Counter[str] = field(default_factory=Counter)
    surfaces: Counter[str] = field(default_factory=Counter)


def key_terms(words: Words, title: int, reader: Reader) -> tuple[str, ...]:
    """At most 12 terms, best first, as written; the first ``title`` words are the title's.

    The weight of a lemma is (1 + log2 count) x position (1 at the beginning, .5 at the end) x 1.6 if it is in the title x 1.3 for a
    hashtag x 1.15 for a name (a capital even inside a sentence, and not in the lemma table) x .35 for a word of every news day
    (``common`` in the language's file) x the root of its length, as longer words are rarer. Two neighbouring lemmas that occur together
    twice are one term with .8 of the sum of their weights; a part of it that hardly occurs alone steps back.
    """
    found = _candidates(words, title)
    common = frozenset(reader.lemmatiser.language.common)
    total = max(len(words.lemmas), 1)
    weights = {lemma: _weight(lemma, c, total, common, reader) for lemma, c in found.items()}
    phrases = _phrases(words, title)
    for (a, b), phrase in phrases.items():
        weights[f"{a} {b}"] = (weights[a] + weights[b]) * 0.8
        for part in (a, b):
            if part in weights and found[part].count < 2 * phrase.count:
                weights[part] *= 0.2
        found[f"{a} {b}"] = phrase
    order = sorted(weights, key=lambda lemma: (-weights[lemma], found[lemma].first, lemma))
    shown = (_shown(found[lemma], reader) for lemma in order)
    return tuple(dict.fromkeys(shown))[:MOST]


def _candidates(words: Words, title: int) -> dict[str, _Candidate]:
    found: dict[str, _Candidate] = {}
    before = "."
    for i, (surface, lemma) in enumerate(zip(words.surfaces, words.lemmas, strict=True)):
        if lemma:
            one = found.get(lemma)
            if one is None:
                one = found[lemma] = _Candidate(first=i)
            one.count += 1
            one.title |= i < title
            one.hashtag |= before == "#"
            one.surfaces[surface] += 1
            if before not in _STARTS:
                one.inside[surface] += 1
        before = surface
    return found


def _weight(lemma: str, one: _Candidate, total: int, common: frozenset[str], reader: Reader) -> float:
    weight: float = (1 + math.log2(one.count)) * (1 - 0.5 * one.first / total) * min(len(lemma), 12) ** 0.5
    if one.title:
        weight *= _TITLE
    if one.hashtag:
        weight *= _HASHTAG
    if lemma in common:
        weight *= _COMMON
    if one.inside and all(surface[:1].isupper() for surface in one.inside) and not reader.lemmatiser.known(lemma):
        weight *= _CAPITAL
    return weight


def _phrases(words: Words, title: int) -> dict[tuple[str, str], _Candidate]:
    found: dict[tuple[str, str], _Candidate] = {}
    for i, pair in _pairs(words.lemmas):
        one = found.get(pair)
        if one is None:
            one = found[pair] = _Candidate(first=i)
        one.count += 1
        one.title |= i < title
        one.surfaces[f"{words.surfaces[i]} {words.surfaces[i + 1]}"] += 1
    return {pair: one for pair, one in found.items() if one.count > 1 and pair[0] != pair[1]}


def _pairs(lemmas: Sequence[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    for i in range(len(lemmas) - 1):
        if lemmas[i] and lemmas[i + 1]:
            yield i, (lemmas[i], lemmas[i + 1])


def _shown(one: _Candidate, reader: Reader) -> str:
    """The surface most often written; one that only ever began a sentence is put in lower case if it is an ordinary word."""
    usual = one.inside or one.surfaces
    surface = min(usual, key=lambda s: (-usual[s], s.lower() != s, s))
    begins_only = not one.inside and " " not in surface
    return surface.lower() if begins_only and reader.lemmatiser.known(surface.lower()) else surface
