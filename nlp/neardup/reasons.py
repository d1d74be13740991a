"""Why two texts are a pair: the longest passage they share, where it stands in each, and the words and numbers that weigh most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nlp import languages
from nlp.clean import Clean, clean
from nlp.neardup import kernels
from nlp.neardup.words import pattern, repaired, stemmed
from nlp.textkey import bare

SHOWN = 6
"""Words named in a reason."""

LONGEST = 3000
"""Words of a text that are searched for the shared passage."""

Weigh = Mapping[int, float]
"""From stems' hashes to their weights in the collection."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text with their stems' hashes, their places in the cleaned text, and the negations among them."""

    words: tuple[str, ...]
    stems: npt.NDArray[np.uint64]
    places: tuple[tuple[int, int], ...]
    cleaned: Clean
    cues: tuple[str, ...]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words ``first`` to ``last`` stand in the original (0-based, end exclusive)."""
        return self.cleaned.raw_span(self.places[first][0], self.places[first][1])[0], self.cleaned.raw_span(*self.places[last])[1]


@dataclass(frozen=True, slots=True)
class Passage:
    """``words`` words in a row that two texts share, and where they stand in each."""

    words: int
    a: tuple[int, int]
    b: tuple[int, int]


@lru_cache(maxsize=20_000)
def tokens(text: str, language: str) -> Tokens:
    """The comparable words of a text, in order; in scripts without blanks one for each pair of neighbouring characters."""
    cleaned = clean(text)
    plain = repaired(bare(cleaned.text))
    places = [match.span() for match in pattern(plain).finditer(plain)]
    found = [stemmed(plain[start:end], language) for start, end in places]
    if max(map(len, found), default=1) > 1:
        cut = (((start + i, start + i + 2) for i in range(len(parts))) if len(parts) > 1 else ((start, end),)
               for (start, end), parts in zip(places, found, strict=True))  # fmt: skip
        places = [place for part in cut for place in part]
    words = tuple(word for parts in found for word, _ in parts)
    keys = np.array([key for parts in found for _, key in parts], np.uint64)
    cues = _cues(language)
    return Tokens(words, keys, tuple(places), cleaned, () if cues.isdisjoint(words) else tuple(w for w in words if w in cues))


def passage(a: Tokens, b: Tokens) -> Passage | None:
    """The longest run of words with the same stems; None if the texts share no word."""
    i, j, size = kernels.longest_run(a.stems[:LONGEST], b.stems[:LONGEST])
    return Passage(int(size), a.span(i, i + size - 1), b.span(j, j + size - 1)) if size else None


def shared_words(a: Tokens, b: Tokens, weigh: Weigh) -> list[str]:
    """The words of ``a`` whose stems stand in ``b`` as well, heaviest first, numbers among them."""
    there = set(b.stems.tolist())
    found = {stem: word for word, stem in zip(reversed(a.words), reversed(a.stems.tolist()), strict=True) if stem in there}
    ranked = sorted((-weigh[stem], word) for stem, word in found.items())
    return [word for _, word in ranked[:SHOWN]]


def reason(a: Tokens, b: Tokens, weigh: Weigh, *notes: str) -> str:
    """One line: ``a 0-57 = b 12-70, 9 words in a row; shares kavanaugh, 2018, ...``."""
    run = passage(a, b)
    parts = [note for note in notes if note]
    if run:
        parts.append(f"a {run.a[0]}-{run.a[1]} = b {run.b[0]}-{run.b[1]}, {run.words} word{'s' if run.words > 1 else ''} in a row")
        parts.append("shares " + ", ".join(shared_words(a, b, weigh)))
    return "; ".join(parts)


def negation_differs(a: Tokens, b: Tokens, language: str) -> str:
    """The negation that stands in one text only, where little else differs: a claim and its denial. "" if there is none."""
    cues = _cues(language)
    if bool(a.cues) == bool(b.cues):
        return ""
    cue, other = (a.cues or b.cues)[0], b if a.cues else a
    if re.search(rf"\b{re.escape(cue)}", other.cleaned.text.casefold()):  # an edge hashtag, or glued to what follows
        return ""
    extra = set(a.words) ^ set(b.words)
    return cue if len(extra - cues) <= max(2, len(a.words) // 4) else ""


@lru_cache(maxsize=64)
def _cues(language: str) -> frozenset[str]:
    known = languages.load(language) if language in languages.names() else None
    return frozenset(word for word in (known.negation if known else ()) if word.isalpha()) - {"plus", "point", "sans"}
