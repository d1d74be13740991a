"""Texts of many languages in one space: English stems by dictionary, beginnings of transliterated words, numbers.

Each word spreads its weight over its n translations, 1/n^.6 each; a word without entry counts as its own transliteration, so that names
and cognates meet. Chinese and Japanese are cut by the longest match in the dictionary, German compounds where both parts have entries.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nlp.neardup import kernels
from nlp.neardup.collection import function_words
from nlp.neardup.compiled import spread
from nlp.neardup.crew import Crew, Fields, sliced
from nlp.neardup.reading import Reading, laid, named, typed, units
from nlp.neardup.words import hashed, plain, spelled, stemmed, stems_of, surfaces

if TYPE_CHECKING:
    from nlp.dictionaries import Lexicon

PIVOT = "en"
LEAST_PIECE, MOST_PIECE = 60_000, 100_000
"""Words up to which no other process is started, and most that one looks up at a time."""

BLOCKS = ("english", "prefix", "number", "capital")
FADE = 0.6
PREFIX = 5
LONGEST_MATCH = 8
_LINKS = ("", "s", "n", "en", "es", "er", "e")


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

    def parts(self, surface: str) -> list[Entry]:
        """What a word gives, as it is written: one entry, or one for each word that a script without blanks runs together."""
        entries = (self._entry(word) for word in self._cut(spelled(surface)))
        return [entry for entry in entries if entry is not None]

    def words(self, text: str) -> list[tuple[str, frozenset[int]]]:
        """The different content words of a text, each with all that it may mean: English stems, beginning, number."""
        found: dict[str, frozenset[int]] = {}
        for surface in surfaces(plain(text)):
            for word in self._cut(spelled(surface)):
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
            return (stemmed(word, PIVOT)[0][1],)
        found = self._table.get(hashed(word) if self._unbroken else stemmed(word, self.language)[0][1], ())
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

    ``known``: the share of a text's words that have an entry. ``words``: a text's words that say something, as numbers; the terms of word
    w are ``meanings[meanings_at[w]:meanings_at[w + 1]]``.
    """

    terms: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    at: npt.NDArray[np.int64]
    block: npt.NDArray[np.int8]
    letters: npt.NDArray[np.uint16]
    letters_at: npt.NDArray[np.int64]
    known: npt.NDArray[np.float32]
    words: npt.NDArray[np.int32]
    words_at: npt.NDArray[np.int64]
    meanings: npt.NDArray[np.int32]
    meanings_at: npt.NDArray[np.int64]


SHARES = (1.0, 0.7, 0.3, 0.3)
"""How much the cosine of each block counts among candidates."""


MARK = np.uint64(0x9E3779B97F4A7C15)
"""Keeps the keys of different blocks apart."""


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What each different word of each language gives: ``keys`` with ``values`` and ``blocks``, letters with blanks, how many are known.

    ``sizes``: how many letters.
    ``words_at``: where the keys begin of each of the words that one word in a script without blanks is cut into.
    """

    keys: npt.NDArray[np.uint64]
    values: npt.NDArray[np.float32]
    blocks: npt.NDArray[np.int8]
    at: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint16]
    sizes: npt.NDArray[np.int32]
    known: npt.NDArray[np.int32]
    total: npt.NDArray[np.int32]
    words_at: npt.NDArray[np.int64]


def _learnt(words: Sequence[tuple[str, str]], lexicons: Mapping[str, Lexicon], crew: Crew) -> _Kinds:
    """Pieces of the words, each learnt by whoever of the crew is free, one after the other."""
    codes = sorted({code for _, code in words} & set(lexicons))
    shared: list[Any] = [codes]
    for code in codes:
        shared += [lexicons[code].keys, lexicons[code].at, lexicons[code].values]
    parts = [words[part] for part in sliced(len(words), crew.workers, LEAST_PIECE, MOST_PIECE)]
    pieces = [([word for word, _ in part], [code for _, code in part]) for part in parts]
    found = crew.each("nlp.neardup.pivot:learner", pieces, shared)
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else list(_learn([], [], {}, {}))
    at, words_at = (np.concatenate([np.zeros(1, np.int64), np.cumsum(column, dtype=np.int64)]) for column in (columns[3], columns[8]))
    keys, values, blocks, _, letters, sizes, known, total, _ = columns
    return _Kinds(keys, values, blocks, at, letters, sizes, known, total, words_at)


def learner(codes: Sequence[str], *tables: npt.NDArray[Any]) -> Callable[[Fields], Fields]:
    """The task that learns words: from words and their languages to what they give; of each language's lexicon keys, at, values."""
    from nlp.dictionaries import Lexicon

    lexicons = {code: Lexicon(code, *tables[3 * i : 3 * i + 3]) for i, code in enumerate(codes)}
    readers: dict[str, Reader] = {}
    return lambda fields: _learn(fields[0], fields[1], readers, lexicons)


def _learn(words: Sequence[str], codes: Sequence[str], readers: dict[str, Reader], lexicons: Mapping[str, Lexicon]) -> Fields:
    """Keys, values, blocks, how many of them each word has; letters, how many; how many are known, in all; keys of each part of a word."""
    keys, values, blocks, parts_keys = array("Q"), array("f"), array("b"), array("q")
    count, known, total, letters = array("q"), array("i"), array("i"), []
    for surface, code in zip(words, codes, strict=True):
        reader = readers.get(code) or readers.setdefault(code, Reader(code, lexicons.get(code)))
        parts = reader.parts(surface)
        before = len(keys)
        for entry in parts:
            rest = _names(entry, capital=surface[0].isupper() and code != "de")
            keys.extend([key for key, _ in entry.english] + [key for key, _ in rest])
            values.extend([value for _, value in entry.english] + [1.0] * len(rest))
            blocks.extend([0] * len(entry.english) + [block for _, block in rest])
            parts_keys.append(len(entry.english) + len(rest))
        count.append(len(keys) - before)
        letters.append(" ".join(entry.letters for entry in parts).encode("utf-16-le"))
        known.append(sum(entry.known for entry in parts))
        total.append(len(parts))
    sizes = array("i", [len(piece) // 2 for piece in letters])
    first: tuple[array[Any], ...] = (keys, values, blocks, count)
    last: tuple[array[Any], ...] = (sizes, known, total, parts_keys)
    return [*map(_array, first), units(letters), *map(_array, last)]


def _array(values: array[Any]) -> npt.NDArray[Any]:
    return np.array(values, values.typecode)


def _names(entry: Entry, *, capital: bool) -> list[tuple[int, int]]:
    """The keys of a word outside of the dictionary, and their blocks."""
    if entry.number:
        return [(entry.number, 2)]
    return [(entry.prefix, 1), *([(entry.prefix, 3)] if capital else [])] if entry.prefix else []


def space(reading: Reading, lexicons: Mapping[str, Lexicon], crew: Crew | None = None) -> Space:
    """All texts in one matrix: rows of blocks, each of length ``sqrt(SHARES)``, so that the dot product of two rows adds up the blocks.

    ``crew``: who helps to look words up; the result is the same.
    """
    codes, types, kinds = typed(reading.tokens, reading.tokens_at, reading.languages)
    learnt = _learnt(named(kinds, codes, reading.surfaces), lexicons, crew or Crew())
    at, size = reading.tokens_at, len(reading)
    vocabulary, term = np.unique(learnt.keys ^ (learnt.blocks.astype(np.uint64) * MARK), return_inverse=True)
    block = np.zeros(len(vocabulary), np.int8)
    block[term] = learnt.blocks
    entries = (types, at, learnt.at, term.astype(np.int32), learnt.values, block)
    parts = spread(lambda low, high: kernels.bags(low, high, *entries), size, 4096)
    terms, weights = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([part[2] for part in parts]), dtype=np.int64)])
    rarity = np.log((size + 51) / (np.bincount(terms, minlength=len(vocabulary)) + 0.5)).astype(np.float32)
    shares = np.sqrt(np.array(SHARES, np.float32))
    spread(lambda low, high: kernels.balance(low, high, begin, terms, weights, rarity, block, shares), size, 4096)
    letters, letters_at = laid(types, at, learnt.letters, learnt.sizes, blanks=True)
    words_begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(learnt.total, dtype=np.int64)])
    words, words_at = kernels.laid(types, at, words_begin, np.arange(words_begin[-1], dtype=np.int32), blanks=False)
    known = (_row_sums(learnt.known[types], at) / np.maximum(np.diff(words_at), 1)).astype(np.float32)
    meanings = term.astype(np.int32)
    return Space(terms, weights, begin, block, letters, letters_at, known, words, words_at, meanings, learnt.words_at)


def _row_sums(values: npt.NDArray[np.int32], at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)])
    return np.asarray(total[at[1:]] - total[at[:-1]], np.int64)
