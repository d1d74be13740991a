"""What the words that two texts of different languages may share weigh against chance, in bits.

Each word of one text that may mean the same as a word of the other one speaks for a translation, the more the fewer texts have such a
word; each that finds no partner speaks against it. The sum of the logarithms is that of record linkage (Fellegi and Sunter, A theory for
record linkage, 1969). Among n texts of one language and m of another chance tries n m times: so many bits, log2(n m), are needed before a
pair says anything, in a small collection as in a large one.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: PLR0917  compiled functions take their arrays one by one
from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp.neardup.compiled import compiled, spread
from nlp.neardup.pivot import Space

MET = 0.5
"""How many of a text's words find a partner in its translation (dictionaries are incomplete and translations free)."""

MOST = 10.0
"""Most bits that one word gives: rarer ones are names, and the names of one event come together."""

IMAGINED = 50.0
"""Texts imagined in a language beside the real ones, with the words of all languages together; half a text has each word at least."""

SHORTEST = 0.25
"""Share of the mean length from which on a shorter text gives chance no less room."""

CAPITAL = 3
"""The block whose terms repeat those of another one."""

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


def surplus(space: Space, languages: Rows, left: Rows, right: Rows) -> tuple[Floats, Rows]:
    """For each pair of rows the bits that its words give, less those of chance: the smaller value of both directions.

    And how many words of a text find a partner, in the direction with more. ``languages``: a number for each row.
    """
    found, met = np.full(len(left), np.inf, np.float32), np.zeros(len(left), np.int32)
    sizes = np.bincount(languages)
    everywhere = _met(space, np.bincount(space.terms, minlength=len(space.block)))
    for language in np.unique(languages).tolist():
        mask = np.repeat(languages == language, np.diff(space.at))
        here = _met(space, np.bincount(space.terms[mask], minlength=len(space.block)))
        for one, other in ((left, right), (right, left)):
            pairs = np.flatnonzero(languages[one] == language)
            pairs = pairs[np.argsort(one[pairs], kind="stable")]
            given, partners = _directed(space, one[pairs], other[pairs], languages == language, (here, everywhere))
            chance = np.log2(np.maximum(sizes[language] * sizes[languages[other[pairs]]], 1)).astype(np.float32)
            found[pairs] = np.minimum(found[pairs], given - chance)
            met[pairs] = np.maximum(met[pairs], partners)
    return found, met


def _met(space: Space, frequency: npt.NDArray[np.int64]) -> Floats:
    """For each word in how many texts at most a word stands that may mean the same; ``frequency``: that of each term."""
    counted = np.where(space.block == CAPITAL, 0, frequency)
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(counted[space.meanings], dtype=np.int64)])
    return np.asarray(total[space.meanings_at[1:]] - total[space.meanings_at[:-1]], np.float32)


def _directed(space: Space, one: Rows, other: Rows, here: npt.NDArray[np.bool_], met: tuple[Floats, Floats]) -> tuple[Floats, Rows]:
    """The bits of the words of ``other`` among the texts ``here``, of which those of ``one`` are, and how many met; ``one`` is sorted.

    ``met``: for each word how many of the texts here, and of all texts, may have a partner of it.
    """
    mean = max(float(np.diff(space.words_at)[here].mean()), 1.0)
    laid = (space.at, space.terms, space.block, space.words_at, space.words, space.meanings_at, space.meanings)
    sizes = (float(here.sum()), float(len(here)), mean)
    parts = spread(lambda low, high: _bits(low, high, one, other, *laid, *met, *sizes), len(one), 4096)
    bits, partners = zip((np.zeros(0, np.float32), np.zeros(0, np.int32)), *parts, strict=True)
    return np.concatenate(bits), np.concatenate(partners)


@compiled
def _bits(low, high, one, other, at, terms, block, words_at, words, meanings_at, meanings, here, everywhere, size, total, mean):
    out, partners = np.zeros(high - low, np.float32), np.zeros(high - low, np.int32)
    there, used = np.full(len(block), -1, np.int32), np.full(len(block), -1, np.int32)
    for p in range(low, high):
        i, j = one[p], other[p]
        if p == low or i != one[p - 1]:
            for k in range(at[i], at[i + 1]):
                there[terms[k]] = i
        length = max((words_at[i + 1] - words_at[i]) / mean, SHORTEST)
        for k in range(words_at[j], words_at[j + 1]):
            w = words[k]
            first, last = meanings_at[w], meanings_at[w + 1]
            if last == first or used[meanings[first]] == p:
                continue
            partner = _partner(meanings[first:last], there, used, i, p)
            used[meanings[first]] = p
            if partner >= 0:
                used[partner] = p
                partners[p - low] += 1
            out[p - low] += _worth(partner >= 0, here[w], everywhere[w], size, total, length)
    return out, partners


@compiled
def _partner(meanings, there, used, i, p):
    """The first meaning that text ``i`` has as well and that no other word has taken for the pair ``p``; -1 if there is none."""
    for t in meanings:
        if there[t] == i and used[t] != p:
            return t
    return -1


@compiled
def _worth(met, here, everywhere, size, total, length):
    """The bits of one word. The pair itself is not counted among the texts that have a partner of it."""
    expected = (max(everywhere - met, 0.0) + 0.5) / (total + IMAGINED)
    chance = 1 - np.exp(-length * (max(here - met, 0.0) + IMAGINED * expected) / (size - met + IMAGINED))
    return min(np.log2(MET / chance), MOST) if met else np.log2((1 - MET) / max(1 - chance, 0.01))
