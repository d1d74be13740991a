"""All texts read so far as arrays, and what is counted over them: document frequencies, weights, postings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlp.neardup import grams, kernels
from nlp.neardup.compiled import spread
from nlp.neardup.reading import Reading
from nlp.neardup.words import hashed, stems_of

IMAGINED = 2000
"""Texts imagined beside the real ones, so that words weigh something in a collection of two texts as well."""

COMMON = 300
"""In how many of the imagined texts a function word stands; any other word stands in one."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass
class Collection:
    """The texts of a reading with their statistics; rows are texts."""

    reading: Reading
    seq: npt.NDArray[np.int32] = field(init=False)
    terms: npt.NDArray[np.int32] = field(init=False)
    counts: npt.NDArray[np.int32] = field(init=False)
    at: Ints = field(init=False)
    idf: Floats = field(init=False)

    def __post_init__(self) -> None:
        vocabulary, seq = np.unique(self.reading.stems, return_inverse=True)
        self.vocabulary, self.seq = vocabulary, seq.astype(np.int32)
        self.terms, self.counts, self.at = kernels.distinct(self.seq, self.reading.stems_at)
        self.frequency = np.bincount(self.terms, minlength=len(vocabulary))
        self.content = ~np.isin(vocabulary, _function_words())
        prior = np.where(self.content, 1, COMMON)
        self.highest = float(np.log((len(self) + IMAGINED) / 2))
        self.idf = np.log((len(self) + IMAGINED) / (self.frequency + prior)).astype(np.float32)

    def __len__(self) -> int:
        return len(self.reading)

    @cached_property
    def mass(self) -> Floats:
        """The idf of each text's different stems, added up."""
        return _row_sums(self.idf[self.terms], self.at)

    @cached_property
    def weights(self) -> Floats:
        """tf-idf of each entry of ``terms``, rows of length 1."""
        raw = (1 + np.log(self.counts.astype(np.float32))) * self.idf[self.terms]
        length = np.sqrt(_row_sums(raw * raw, self.at))
        return np.asarray(raw / np.repeat(np.maximum(length, 1e-9), np.diff(self.at)), np.float32)

    @cached_property
    def room(self) -> int:
        """Most character grams of one text."""
        longest = int(np.diff(self.reading.letters_at).max(initial=0))
        return 6 * longest + 64

    @cached_property
    def gram_weights(self) -> Floats:
        """Inverse document frequency of each hashed character gram."""
        letters, at = self.reading.letters, self.reading.letters_at
        parts = spread(lambda low, high: grams.gram_frequencies(low, high, letters, at, self.room), len(self), 20_000)
        frequency = np.sum(parts, axis=0)
        return np.asarray(1 + np.log((1 + len(self)) / (1 + frequency)), np.float32)

    @cached_property
    def gram_lengths(self) -> Floats:
        """Length of each text's gram vector."""
        letters, at, weights = self.reading.letters, self.reading.letters_at, self.gram_weights
        return np.concatenate(spread(lambda low, high: grams.gram_lengths(low, high, letters, at, weights, self.room), len(self)))

    def features(self, left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> Floats:
        """The features of each pair of rows (see :func:`nlp.neardup.kernels.features`) but for the first, which is 0."""
        shared = (left, right, self.reading.letters_at, self.at, self.terms, self.weights, self.idf, self.mass, self.highest)
        return np.concatenate(spread(lambda low, high: kernels.features(low, high, *shared), len(left)))

    def cosines(self, left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> Floats:
        """The first feature of each pair of rows, the cosine of character grams; ``left`` is sorted."""
        r = self.reading
        shared = (left, right, r.letters, r.letters_at, self.gram_weights, self.gram_lengths, self.room)
        return np.concatenate(spread(lambda low, high: grams.cosines(low, high, *shared), len(left)))

    def folded(self, row: int) -> str:
        """The folded letters of a text without blanks."""
        piece = self.reading.letters[self.reading.letters_at[row] : self.reading.letters_at[row + 1]]
        return piece.tobytes().decode("utf-16-le", "surrogatepass").replace(" ", "")


def _row_sums(values: Floats, at: Ints) -> Floats:
    total = np.concatenate([np.zeros(1), np.cumsum(values, dtype=np.float64)])
    return np.asarray(total[at[1:]] - total[at[:-1]], np.float32)


@lru_cache(maxsize=1)
def function_words() -> dict[str, frozenset[str]]:
    """The commonest words of each language that say nothing."""
    data = tomllib.loads((Path(__file__).parent / "function_words.toml").read_text("utf-8"))
    return {code: frozenset(text.split()) for code, text in data.items()}


@lru_cache(maxsize=1)
def _function_words() -> npt.NDArray[np.uint64]:
    stems = {hashed(stem) for code, words in function_words().items() for word in words for stem in stems_of(word, code)}
    return np.array(sorted(stems), np.uint64)
