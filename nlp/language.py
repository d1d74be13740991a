"""Which language a text is in: py3langid 0.4 (Lui and Baldwin 2012), narrowed to the languages that have a file in nlp/languages/.

Measured on NTREX-128 sentences in seven of them: see docs/languages.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nlp import languages
from nlp.clean import plain_words
from nlp.ranks import Ranks

UNDECIDED = "und"
LEAST_LETTERS = 20
"""Fewer letters, links, mentions and hashtags aside, decide nothing."""

LEAST_MARGIN = 0.3
"""Least gap between the probabilities of the best and the second language."""

FOREIGN = 0.95
"""Probability mass on languages without a file above which the text is in none of ours (Portuguese is not odd Spanish)."""

SAMPLE = 300
"""Characters read from the beginning, and as many from the middle, of a longer text."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A language code or ``und``; ``margin`` 0 to 1, 0 when nothing was decided; ``declared`` if only the source said so."""

    language: str
    margin: float
    declared: bool = False


def identify(text: str, declared: str = "") -> Guess:
    """The language of a cleaned text. What the text says wins; where it says nothing clear, ``declared`` (``fr``, ``fr-FR``) decides.

    A declared language decides with margin 0, and only if it has a file in nlp/languages/.
    """
    found = _from_text(plain_words(text))
    if found.language != UNDECIDED:
        return found
    code = declared.replace("_", "-").partition("-")[0].strip().lower()
    return Guess(code, 0.0, declared=True) if code in languages.names() else found


def _from_text(words: str) -> Guess:
    if len(words) > 2 * SAMPLE:
        middle = len(words) // 2
        words = f"{words[:SAMPLE]} {words[middle : middle + SAMPLE]}"
    if len(words) < LEAST_LETTERS or sum(map(str.isalpha, words)) < LEAST_LETTERS:
        return Guess(UNDECIDED, 0.0)
    ours = _ranks().of(words.lower())
    total = sum(share for _, share in ours)
    if total < 1 - FOREIGN:
        return Guess(UNDECIDED, 0.0)
    margin = (ours[0][1] - ours[1][1]) / total
    return Guess(ours[0][0], round(margin, 4)) if margin >= LEAST_MARGIN else Guess(UNDECIDED, 0.0)


@lru_cache(maxsize=1)
def _ranks() -> Ranks:
    return Ranks(languages.names())
