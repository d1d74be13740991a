"""Translations among the texts read so far: one text for each same-language cluster, in languages that a dictionary leads to English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.protocols import Progress, silent
from nlp.neardup import evidence, model, pivot, support, translation
from nlp.neardup.crew import Crew
from nlp.neardup.reading import Reading

if TYPE_CHECKING:
    from nlp.dictionaries import Lexicon

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Told = list[tuple[int, int, float, str]]


MOST_NAMED = 8
NOT_PACKAGED = frozenset({"ar", "ro", "uk"})
"""Languages that Debian has no FreeDict dictionary to English for."""

FEWEST = 2
"""Words that must agree."""
SMALL = 5_000
"""Texts up to which a share of the words of the text that has fewer and of the one that has more suffices:"""
OF_FEWER, OF_MORE = 0.2, 0.12
"""... one word less is enough where twice the share of the longer text agrees."""
SURPLUS = 24.0, 6.0
"""Among more texts: bits above those of chance (:mod:`nlp.neardup.evidence`) that a pair without agreeing words would need, and how many
less for each of these. The bits alone are too strict for long texts, whose words left over count against them, and too lax for names.
"""
HOPELESS = -18.0
"""Pairs of fewer bits are not looked at ..."""
MORE = 2
"""... and none is told whose bits would not be enough (:func:`enough`) if so many more words agreed than were counted with the bits; among
120 pairs that were looked at word by word, at most one more did."""
LARGE = 200_000
"""Among more texts, those that are in no pair that may be told are left out before the pairs are measured: a fifth of the pairs is left,
and in a collection of 98,000 this lost 24 of 1,423 planted translations."""
SAME_WORDS = 0.5
"""From so large a share of equally written words on, two texts are of one language, whatever was guessed."""
MIXED = 0.6
"""Where more of the agreeing words are written equally, the texts quote the same words in one language and are no translation."""


class Understood:
    """Checks pairs word by word."""

    def __init__(self, lexicons: Mapping[str, Lexicon]) -> None:
        self._lexicons = lexicons
        self._readers: dict[str, pivot.Reader] = {}
        self._words = lru_cache(maxsize=20_000)(lambda text, code: self._reader(code).words(text))

    def _reader(self, code: str) -> pivot.Reader:
        if code not in self._readers:
            self._readers[code] = pivot.Reader(code, self._lexicons.get(code))
        return self._readers[code]

    def aligned(self, a: str, code_a: str, b: str, code_b: str) -> tuple[list[tuple[str, str]], int, int]:
        """Words that may mean the same, and how many different words each text has."""
        mine, theirs = self._words(a, code_a), self._words(b, code_b)
        return pivot.aligned(mine, theirs), len(mine), len(theirs)

    def kind(self, a: str, code_a: str, b: str, code_b: str, bits: float | None) -> str:
        """``translation``, ``rewording`` for two texts of one language, or "" for too little in common; ``bits`` as in :func:`enough`."""
        pairs, mine, theirs = self.aligned(a, code_a, b, code_b)
        if not enough(len(pairs), mine, theirs, bits):
            return ""
        equal = sum(x == y and not x.isdigit() for x, y in pairs) if bits is not None else 0
        if equal > 2 and equal >= SAME_WORDS * min(mine, theirs):
            return "rewording"
        return "" if equal > 2 and equal > MIXED * len(pairs) else "translation"


def enough(words: int, mine: int, theirs: int, bits: float | None) -> bool:
    """Whether so many agreeing words of ``mine`` and ``theirs`` are no chance; ``bits`` above it, None in a small collection."""
    if bits is not None:
        return words >= FEWEST and bits >= SURPLUS[0] - SURPLUS[1] * words
    less, more = words / max(min(mine, theirs), 1), words / max(mine, theirs, 1)
    return less >= OF_FEWER and more >= OF_MORE and (words >= FEWEST or (words == FEWEST - 1 and more >= 2 * OF_MORE))


@dataclass
class Crossing:
    """Finds translations. ``lexicons`` are loaded when two languages meet for the first time; None: not yet."""

    progress: Progress = silent
    lexicons: Mapping[str, Lexicon] | None = None
    crew: Crew | None = None
    missing: dict[str, int] = field(default_factory=dict)
    """Languages without a dictionary, and how many texts are in each."""

    @cached_property
    def words(self) -> Understood:
        """Word by word, with the dictionaries."""
        return Understood(self.lexicons or {})

    def find(self, texts: Callable[[int], str], reading: Reading, since: int) -> Told:
        """Pairs of positions (left < right) with score and kind, the new ones among them; none without dictionaries for two languages."""
        languages = reading.languages
        covered = self._covered(languages)
        rows = [i for i, code in enumerate(languages) if code in covered]
        fresh = sum(i < since for i in rows)
        if fresh == len(rows) or len({languages[i] for i in rows}) < 2:
            return []
        codes = [languages[i] for i in rows]
        space = pivot.space(reading.take(rows), self.lexicons or {}, self.crew)
        numbers = np.unique(codes, return_inverse=True)[1].astype(np.int32)
        left, right = translation.candidates(space, numbers, fresh)
        if not len(left):
            return []
        bits, able = None, np.ones(len(left), np.bool_)
        if len(rows) > SMALL:
            left, right, bits, able = _hopeful(len(rows), left, right, *evidence.surplus(space, numbers, left, right))
        shares = _shares(translation.features(space, numbers, left, right), left, right, len(rows), able)
        good = np.flatnonzero(shares >= model.trees("translated_trees").threshold).tolist()
        found = ((rows[left[p]], rows[right[p]], float(shares[p]), None if bits is None else float(bits[p])) for p in good)
        checked = ((i, j, s, self.words.kind(texts(i), languages[i], texts(j), languages[j], more)) for i, j, s, more in found)
        return [(i, j, s, kind) for i, j, s, kind in checked if kind]

    def lost(self) -> str:
        """What is not looked for, for want of dictionaries, and what to install; "" if nothing."""
        if not self.missing:
            return ""
        from nlp.dictionaries import advice

        told = ", ".join(f"{code} {number:,}" for code, number in sorted(self.missing.items(), key=lambda x: (-x[1], x[0]))[:MOST_NAMED])
        command = advice([code for code in sorted(self.missing) if code not in NOT_PACKAGED])
        return f"translations are not looked for, no dictionary: texts in {told}" + (f" (Debian: {command})" if command else "")

    def _covered(self, languages: Sequence[str]) -> frozenset[str]:
        """The languages that can be compared; the others are counted in :attr:`missing`."""
        counted: dict[str, int] = {}
        for code in languages:
            counted[code] = counted.get(code, 0) + 1
        counted.pop("und", None)
        if len(counted) < 2:
            return frozenset()
        if self.lexicons is None:
            from nlp import dictionaries

            self.lexicons = dictionaries.load(self.progress)
        covered = frozenset(self.lexicons) | ({"en"} if self.lexicons else frozenset())
        self.missing = {code: number for code, number in counted.items() if code not in covered}
        return covered


def _hopeful(size: int, left: Rows, right: Rows, bits: Floats, met: Rows) -> tuple[Rows, Rows, Floats, npt.NDArray[np.bool_]]:
    """The pairs of texts that are in a pair with enough bits: the others are neither told nor anybody's rival. And which may be told."""
    able = bits >= SURPLUS[0] - SURPLUS[1] * (met + MORE)
    good = np.flatnonzero((bits >= HOPELESS) & able if size > LARGE else bits >= HOPELESS)
    alive = np.zeros(size, np.bool_)
    alive[left[good]] = alive[right[good]] = True
    kept = np.flatnonzero(alive[left] | alive[right])
    return left[kept], right[kept], bits[kept], able[kept]


def _shares(features: Floats, left: Rows, right: Rows, size: int, able: npt.NDArray[np.bool_]) -> Floats:
    """The three models one after the other: the pair alone, then twice with its neighbourhood. 0 for those that may not be told."""
    shares = model.load("translated").shares(features)
    around = support.support(left, right, shares, size)
    shares = model.load("translated_support").shares(features, around)
    around = support.support(left, right, shares, size)
    found = np.zeros(len(left), np.float32)
    found[able] = model.trees("translated_trees").shares(np.hstack([features[able], around[able]]))
    return found
