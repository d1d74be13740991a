"""What words mean beyond their language: their lemmas led to English stems by the dictionaries of the system, if there are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from scipy import sparse

MOST = 3
"""Translations of one word that count; later ones are rarer senses."""
HEAVIEST = 120
"""Stems kept of one text: what it is about, and rows of one size for the index."""


def block(lemmas: Sequence[Sequence[str]], languages: Sequence[str], prior: int) -> tuple[sparse.csr_matrix, tuple[int, ...]]:
    """Rows of unit length at most, one for each text: (1 + ln tf) * idf over English stems, a word's weight shared by its translations.

    Beside them the hash of each column's stem.

    A row is as long as the square root of the share of its words that the dictionary knows. Rows are empty where no dictionary is
    installed for the language, and all are when only one language is there, as then nothing has to be led anywhere.
    """
    if len(set(languages)) < 2:
        return sparse.csr_matrix((len(lemmas), 0), dtype=np.float32), ()
    found = [_meant(words, code) for words, code in zip(lemmas, languages, strict=True)]
    frequency = Counter(stem for weights, _ in found for stem in weights)
    column = {stem: i for i, stem in enumerate(sorted(frequency))}
    idf = {stem: float(np.log((len(found) + prior) / (n + 1))) for stem, n in frequency.items()}
    rows = [_row(weights, idf, column, share) for weights, share in found]
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    flat = [pair for row in rows for pair in row]
    data = np.array([value for _, value in flat], np.float32)
    indices = np.array([place for place, _ in flat], np.int64)
    return sparse.csr_matrix((data, indices, indptr), shape=(len(found), len(column))), tuple(column)


def _row(weights: dict[int, float], idf: dict[int, float], column: dict[int, int], share: float) -> list[tuple[int, float]]:
    scored = {stem: (1 + np.log1p(value)) * value**0.5 * idf[stem] for stem, value in weights.items() if idf[stem] > 0}
    best = sorted(scored, key=lambda stem: (-round(scored[stem], 9), stem))[:HEAVIEST]
    norm = sum(scored[stem] ** 2 for stem in best) ** 0.5
    return sorted((column[stem], scored[stem] / norm * share**0.5) for stem in best) if norm else []


def _meant(words: Sequence[str], code: str) -> tuple[dict[int, float], float]:
    """English stems with their weight in one text, and the share of its words that were found."""
    meant: dict[int, float] = {}
    known = 0
    for word, count in Counter(words).items():
        stems = meaning(word, code)
        known += count * bool(stems)
        for stem in stems:
            meant[stem] = meant.get(stem, 0.0) + count / len(stems)
    return meant, known / max(1, len(words))


@lru_cache(maxsize=400_000)
def meaning(word: str, code: str) -> tuple[int, ...]:
    """Hashes of the English stems that a lower-case word of ``code`` may mean; () if no dictionary knows it."""
    from nlp.dictionaries import PIVOT, key_of

    table = _table(code)
    if code == PIVOT:
        return (key_of(word, code),) if _any() else ()
    return table.get(key_of(word, code), ())[:MOST] if table else ()


def languages() -> frozenset[str]:
    """The languages that dictionaries lead to English."""
    return frozenset(_lexicons())


@cache
def _lexicons() -> dict[str, dict[int, tuple[int, ...]]]:
    from nlp.dictionaries import load

    return {code: lexicon.table() for code, lexicon in load().items()}


def _table(code: str) -> dict[int, tuple[int, ...]]:
    return _lexicons().get(code, {})


def _any() -> bool:
    return bool(_lexicons())
