"""Why two texts are a pair: the longest passage they share, where it stands in each, and the words and numbers that weigh most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nlp import languages
from nlp.clean import clean
from nlp.neardup import kernels
from nlp.neardup.words import WORD, hashed, lowered, repaired, stems_of
from nlp.textkey import bare

SHOWN = 6
"""Words named in a reason."""

LONGEST = 3000
"""Words of a text that are searched for the shared passage."""

Weigh = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text with their stems' hashes and their places in the original (0-based, end exclusive)."""

    words: tuple[str, ...]
    stems: npt.NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """``words`` words in a row that two texts share, and where they stand in each."""

    words: int
    a: tuple[int, int]
    b: tuple[int, int]


@lru_cache(maxsize=50_000)
def tokens(text: str, language: str) -> Tokens:
    """The comparable words of a text, in order; in scripts without blanks one for each pair of neighbouring characters."""
    cleaned = clean(text)
    found: list[tuple[str, int, int]] = []
    for match in WORD.finditer(lowered(repaired(bare(cleaned.text)))):
        stems = stems_of(match.group(), language)
        if len(stems) == 1:
            found.append((match.group(), match.start(), match.end()))
        else:
            found += [(stem, match.start() + i, match.start() + i + len(stem)) for i, stem in enumerate(stems)]
    keys = [hashed(stems_of(word, language)[0]) for word, _, _ in found]
    spans = tuple(cleaned.raw_span(start, end) for _, start, end in found)
    return Tokens(tuple(word for word, _, _ in found), np.array(keys, np.uint64).view(np.int64), spans)


def passage(a: Tokens, b: Tokens) -> Passage | None:
    """The longest run of words with the same stems; None if the texts share no word."""
    i, j, size = kernels.longest_run(a.stems[:LONGEST], b.stems[:LONGEST])
    if not size:
        return None
    return Passage(int(size), (a.spans[i][0], a.spans[i + size - 1][1]), (b.spans[j][0], b.spans[j + size - 1][1]))


def shared_words(a: Tokens, b: Tokens, weigh: Weigh) -> list[str]:
    """The words of ``a`` whose stems stand in ``b`` as well, heaviest first, numbers among them."""
    there = set(b.stems.tolist())
    found = {stem: word for word, stem in zip(reversed(a.words), reversed(a.stems.tolist()), strict=True) if stem in there}
    ranked = sorted(found, key=lambda stem: (-round(weigh(stem), 4), found[stem]))
    return [found[stem] for stem in ranked[:SHOWN]]


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
    mine, theirs = [w for w in a.words if w in cues], [w for w in b.words if w in cues]
    if len(mine) == len(theirs) or bool(mine) == bool(theirs):
        return ""
    extra = set(a.words) ^ set(b.words)
    return (mine or theirs)[0] if len(extra - cues) <= max(2, len(a.words) // 4) else ""


@lru_cache(maxsize=64)
def _cues(language: str) -> frozenset[str]:
    known = languages.load(language) if language in languages.names() else None
    return frozenset(word for word in (known.negation if known else ()) if word.isalpha()) - {"plus", "point", "sans"}
