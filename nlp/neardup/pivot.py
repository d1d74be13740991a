"""Texts of many languages in one space: English stems by dictionary, beginnings of transliterated words, numbers.

Each word spreads its weight over its n translations, 1/n^.6 each; a word without entry counts as its own transliteration, so that names
and cognates meet. Chinese and Japanese are cut by the longest match in the dictionary, German compounds where both parts have entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nlp.clean import clean
from nlp.neardup.collection import function_words
from nlp.neardup.words import WORD, hashed, lowered, repaired, stems_of
from nlp.textkey import bare

if TYPE_CHECKING:
    from nlp.dictionaries import Lexicon

PIVOT = "en"
BLOCKS = ("english", "prefix", "number", "capital")
FADE = 0.6
PREFIX = 5
LONGEST_MATCH = 8
_LINKS = ("", "s", "n", "en", "es", "er", "e")

Bag = dict[int, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word gives: English stems with weights, a prefix, a number (0: none), transliterated letters."""

    english: tuple[tuple[int, float], ...]
    prefix: int
    number: int
    letters: str
    known: bool


class Reader:
    """Reads texts of one language into the common space."""

    def __init__(self, language: str, lexicon: Lexicon | None) -> None:
        self.language = language
        self._table: Mapping[int, tuple[int, ...]] = lexicon.table() if lexicon else {}
        self._unbroken = language in {"ja", "zh"}
        self._empty = function_words().get(language, frozenset())
        self._memory: dict[str, Entry | None] = {}

    def read(self, text: str) -> tuple[tuple[Bag, Bag, Bag, Bag], str, float]:
        """Four bags (English stems, prefixes, numbers, capitalised prefixes), the transliterated letters, the share of known words."""
        plain = repaired(bare(clean(text).text))
        bags: tuple[Bag, Bag, Bag, Bag] = ({}, {}, {}, {})
        letters: list[str] = []
        known = total = 0
        for surface in WORD.findall(plain):
            for word in self._cut(lowered(surface)):
                entry = self._entry(word)
                if entry is None:
                    continue
                letters.append(entry.letters)
                known, total = known + entry.known, total + 1
                for key, weight in entry.english:
                    bags[0][key] = bags[0].get(key, 0) + weight
                if entry.number:
                    bags[2][entry.number] = 1.0
                elif entry.prefix:
                    bags[1][entry.prefix] = bags[1].get(entry.prefix, 0) + 1
                    if surface[0].isupper() and self.language != "de":
                        bags[3][entry.prefix] = 1.0
        return bags, " ".join(letters), known / max(total, 1)

    def words(self, text: str) -> list[tuple[str, frozenset[int]]]:
        """The different content words of a text, each with all that it may mean: English stems, beginning, number."""
        found: dict[str, frozenset[int]] = {}
        for surface in WORD.findall(repaired(bare(clean(text).text))):
            for word in self._cut(lowered(surface)):
                entry = self._entry(word)
                if entry is not None and word not in found and (len(word) > 1 or entry.known):
                    found[word] = frozenset([key for key, _ in entry.english] + [key for key in (entry.prefix, entry.number) if key])
        return list(found.items())

    def _cut(self, word: str) -> list[str]:
        if not self._unbroken or word.isascii():
            return [word]
        parts: list[str] = []
        at = 0
        while at < len(word):
            size = next((n for n in range(min(LONGEST_MATCH, len(word) - at), 1, -1) if hashed(word[at : at + n]) in self._table), 1)
            parts.append(word[at : at + size])
            at += size
        return parts

    def _entry(self, word: str) -> Entry | None:
        if word not in self._memory:
            self._memory[word] = None if word in self._empty else self._learn(word)
        return self._memory[word]

    def _learn(self, word: str) -> Entry | None:
        letters = transliterated(word)
        if word.isdecimal() and len(word) < 19:
            number = hashed("n" + str(int(word)))
            return Entry(((number, 1.0),), 0, number, letters, known=True)
        translations = self._translations(word)
        if self._unbroken and len(word) == 1 and not translations:
            return None
        found = translations or (hashed(stems_of(letters, PIVOT)[0]),) if letters else translations
        weight = 1 / max(len(found), 1) ** FADE
        prefix = hashed("p" + letters[:PREFIX]) if len(letters) > 2 else 0
        return Entry(tuple((key, weight) for key in found), prefix, 0, letters, known=bool(translations) or self.language == PIVOT)

    def _translations(self, word: str) -> tuple[int, ...]:
        if self.language == PIVOT:
            return (hashed(stems_of(word, PIVOT)[0]),)
        found = self._table.get(hashed(word) if self._unbroken else hashed(stems_of(word, self.language)[0]), ())
        if not found and self.language in {"de", "nl"} and len(word) > 7:
            found = self._compound(word)
        return found

    def _compound(self, word: str) -> tuple[int, ...]:
        """The translations of both parts, the longest first part that has an entry winning."""
        for cut in range(len(word) - 4, 3, -1):
            head = self._table.get(hashed(stems_of(word[cut:], self.language)[0]))
            if head:
                for link in _LINKS:
                    first = word[:cut].removesuffix(link) if link else word[:cut]
                    begin = self._table.get(hashed(stems_of(first, self.language)[0])) if len(first) > 2 else None
                    if begin:
                        return tuple(dict.fromkeys(begin[:3] + head[:3]))
        return ()


Words = list[tuple[str, frozenset[int]]]


def aligned(a: Words, b: Words) -> list[tuple[str, str]]:
    """Words of two texts that may mean the same, each used once, in the order of ``a``."""
    left = list(b)
    found = []
    for word, meanings in a:
        at = next((k for k, (_, others) in enumerate(left) if not meanings.isdisjoint(others)), -1)
        if at >= 0:
            found.append((word, left.pop(at)[0]))
    return found


@lru_cache(maxsize=300_000)
def transliterated(word: str) -> str:
    """The word in small Latin letters (anyascii 0.3, ISC licence)."""
    if word.isascii():
        return word
    from anyascii import anyascii

    return "".join(c for c in anyascii(word).lower() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Space:
    """Texts as rows of one sparse matrix, ``block`` telling which block each of its terms is of, and as transliterated letters.

    ``known``: the share of a text's words that have an entry.
    """

    terms: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    at: npt.NDArray[np.int64]
    block: npt.NDArray[np.int8]
    letters: npt.NDArray[np.uint16]
    letters_at: npt.NDArray[np.int64]
    known: npt.NDArray[np.float32]


SHARES = (1.0, 0.7, 0.3, 0.3)
"""How much the cosine of each block counts among candidates."""


def space(texts: Sequence[str], languages: Sequence[str], lexicons: Mapping[str, Lexicon], each: Callable[[int], None]) -> Space:
    """All texts in one matrix: rows of blocks, each of length ``sqrt(SHARES)``, so that the dot product of two rows adds up the blocks."""
    readers = {code: Reader(code, lexicons.get(code)) for code in sorted(set(languages))}
    keys: list[int] = []
    values: list[float] = []
    block: list[int] = []
    sizes = np.zeros(len(texts), np.int64)
    pieces: list[bytes] = []
    known = np.zeros(len(texts), np.float32)
    for i, (text, code) in enumerate(zip(texts, languages, strict=True)):
        bags, letters, known[i] = readers[code].read(text)
        for number, bag in enumerate(bags):
            keys += bag
            values += bag.values()
            block += [number] * len(bag)
            sizes[i] += len(bag)
        pieces.append(letters.encode("utf-16-le"))
        each(i)
    at = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    letters_at = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(p) // 2 for p in pieces], dtype=np.int64)])
    terms, weights, blocks = _weighted(np.array(keys, np.uint64), np.array(values, np.float32), np.array(block, np.uint64), at)
    return Space(terms, weights, at, blocks, np.frombuffer(b"".join(pieces), np.uint16), letters_at, known)


def _weighted(
    keys: npt.NDArray[np.uint64], values: npt.NDArray[np.float32], block: npt.NDArray[np.uint64], at: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.int8]]:
    """tf-idf with every block of a row brought to its length, terms sorted within their rows; and the block of each term."""
    vocabulary, terms = np.unique(keys ^ (block * np.uint64(0x9E3779B97F4A7C15)), return_inverse=True)
    rows = np.repeat(np.arange(len(at) - 1), np.diff(at))
    frequency = np.bincount(terms, minlength=len(vocabulary))
    weights = values * np.log((len(at) + 50) / (frequency[terms] + 0.5))
    place = rows * len(BLOCKS) + block.astype(np.int64)
    length = np.sqrt(np.bincount(place, weights.astype(np.float64) ** 2, minlength=(len(at) - 1) * len(BLOCKS)))
    shares = np.sqrt(np.array(SHARES))[block.astype(np.int64)]
    weights = (weights / np.maximum(length[place], 1e-9) * shares).astype(np.float32)
    order = np.lexsort((terms, rows))
    of_term = np.zeros(len(vocabulary), np.int8)
    of_term[terms] = block
    return terms[order].astype(np.int32), weights[order], of_term
