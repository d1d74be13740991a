"""Key terms of one document, from the document alone: the same text has the same terms whatever else was collected."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from itertools import pairwise

from nlp.tokens import Reader, Words

MOST = 12
_LOOKED_AT = 48
_TITLE, _HASHTAG, _CAPITAL, _COMMON = 1.6, 1.3, 1.15, 0.35
_STARTS = frozenset(".!?:;…\"'«»“”„–—-()#•|")


def key_terms(words: Words, title: int, reader: Reader) -> tuple[str, ...]:
    """At most 12 terms, best first, as written; the first ``title`` words are the title's.

    The weight of a lemma is (1 + log2 count) x position (1 at the beginning, .5 at the end) x 1.6 if it is in the title x 1.3 for a
    hashtag x 1.15 for a name (a capital even inside a sentence, and not in the lemma table) x .35 for a word of every news day
    (``common`` in the language's file) x the root of its length, as longer words are rarer. Two neighbouring lemmas that occur together
    twice are one term with .8 of the sum of their weights; a part of it that hardly occurs alone steps back.
    """
    lemmas = words.lemmas
    counts = Counter(lemmas)
    del counts[""]
    firsts = dict(zip(reversed(lemmas), range(len(lemmas) - 1, -1, -1), strict=True))
    weights = _weights(counts, firsts, frozenset(lemmas[:title]), len(lemmas), reader)
    tags = {lemma for sign, lemma in zip(words.surfaces, lemmas[1:], strict=False) if sign == "#"} if "#" in words.surfaces else set()
    for tag in tags & weights.keys():
        weights[tag] *= _HASHTAG
    best = heapq.nsmallest(_LOOKED_AT, weights, key=lambda lemma: (-weights[lemma], firsts[lemma]))
    shown = _shown(words, frozenset(best), reader, weights)
    for (a, b), count in Counter(pairwise(lemmas)).items():
        if count > 1 and a in shown and b in shown and a != b:
            pair = f"{a} {b}"
            weights[pair], firsts[pair] = (weights[a] + weights[b]) * 0.8, firsts[a]
            shown[pair] = ""
            for part in (a, b):
                if counts[part] < 2 * count:
                    weights[part] *= 0.2
    order = sorted(shown, key=lambda lemma: (-weights[lemma], firsts[lemma], lemma))
    return tuple(dict.fromkeys(shown[lemma] or _shown_pair(words, *lemma.split(" ")) for lemma in order[: MOST + 4]))[:MOST]


def _weights(counts: Counter[str], firsts: dict[str, int], title: frozenset[str], total: int, reader: Reader) -> dict[str, float]:
    common = reader.lemmatiser.common
    weights: dict[str, float] = {}
    for lemma, count in counts.items():
        weight: float = (1 + math.log2(count)) * (1 - 0.5 * firsts[lemma] / total) * min(len(lemma), 12) ** 0.5
        if lemma in title:
            weight *= _TITLE
        if lemma in common:
            weight *= _COMMON
        weights[lemma] = weight
    return weights


def _shown(words: Words, wanted: frozenset[str], reader: Reader, weights: dict[str, float]) -> dict[str, str]:
    """For each wanted lemma the surface most often written inside a sentence; names gain weight on the way."""
    inside: dict[str, dict[str, int]] = {}
    begins: dict[str, str] = {}
    before = "."
    for surface, lemma in zip(words.surfaces, words.lemmas, strict=True):
        if lemma in wanted:
            if before in _STARTS:
                begins.setdefault(lemma, surface)
            else:
                usual = inside.setdefault(lemma, {})
                usual[surface] = usual.get(surface, 0) + 1
        before = surface
    shown: dict[str, str] = {}
    known = reader.lemmatiser.known
    for lemma in wanted:
        usual = inside.get(lemma, {})
        if not usual:
            shown[lemma] = begins[lemma].lower() if known(begins[lemma].lower()) else begins[lemma]
            continue
        shown[lemma] = min(usual, key=lambda s: (-usual[s], s.lower() != s, s))
        if not known(lemma) and all(surface[:1].isupper() for surface in usual):
            weights[lemma] *= _CAPITAL
    return shown


def _shown_pair(words: Words, a: str, b: str) -> str:
    lemmas, surfaces = words.lemmas, words.surfaces
    usual = Counter(f"{surfaces[i]} {surfaces[i + 1]}" for i in range(len(lemmas) - 1) if lemmas[i] == a and lemmas[i + 1] == b)
    return min(usual, key=lambda s: (-usual[s], s.lower() != s, s))
