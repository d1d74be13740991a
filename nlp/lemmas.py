"""Words to their dictionary forms: spaCy's lookup tables (package spacy-lookups-data), stop words, and the known faults repaired."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

from nlp import languages
from nlp.clean import split_hashtag

_APOSTROPHES = ("'", "\u2019")
_PART, _LONGEST = 4, 40
_WITHOUT_S = ("ung", "heit", "keit", "schaft", "ion", "tät")
_WITH_S = tuple(f"{ending}s" for ending in _WITHOUT_S)


class Lemmatiser:
    """The lemmas of one language; a language without a table keeps its words as they are, in lower case."""

    def __init__(self, code: str) -> None:
        self.language = languages.load(code)
        self.table = _table(code) if self.language.lookups else {}
        self.stop = _stop_words(code)
        self.common = frozenset(self.language.common)
        self.names: frozenset[str] = frozenset()
        """Names in lower case that are no compounds, whatever they look like (#wagenknecht)."""

    @property
    def name(self) -> str:
        """What a profile says: ``lookups`` or ``no lemmas``."""
        return "lookups" if self.table else "no lemmas"

    def lemma(self, word: str) -> str:
        """The lemma in lower case; "" for a stop word, a number, punctuation or a single letter."""
        lower = word.lower()
        if len(lower) < 2 or lower in self.stop or not (lower.isalpha() or any(map(str.isalpha, lower))):
            return ""
        repaired = self.language.lemmas.get(lower)
        if repaired is None:
            found = self._found(word, lower)
            repaired = (found if isinstance(found, str) else found[0]).lower()
        return "" if repaired in self.stop or len(repaired) < 2 else repaired

    def _found(self, word: str, lower: str) -> str | list[str]:
        table = self.table
        capital = lower.capitalize()
        if self.language.capital_nouns and word != lower:
            return table.get(word) or table.get(capital) or lower
        return table.get(word) or table.get(lower) or table.get(capital) or lower

    def hashtag(self, tag: str) -> tuple[list[str], list[str]]:
        """The words of a hashtag (without its ``#``) and their lemmas; a German one in lower case is cut between two nouns."""
        words = split_hashtag(tag)
        small = len(words) == 1 and self.language.capital_nouns and words[0] == words[0].lower()
        parts = self._compound(words[0]) if small else []
        if not parts:
            return words, list(map(self.lemma, words))
        first = parts[0][:-1] if parts[0].endswith(_WITH_S) else parts[0]
        return parts, [self.lemma(part.capitalize()) for part in (first, parts[1])]

    def _compound(self, word: str) -> list[str]:
        """The only two words of four letters or more, in the table with a capital, that make ``word``, itself not in the table."""
        if not 2 * _PART <= len(word) <= _LONGEST or not word.isalpha() or word in self.names or self.ordinary(word):
            return []
        nouns = _nouns(self.language.code)
        cuts = [at for at in range(_PART, len(word) - _PART + 1) if _joint(word, at, nouns)]
        if any(word[at:] in self.language.no_parts for at in cuts):
            return []
        return [word[: cuts[0]], word[cuts[0] :]] if len(cuts) == 1 else []

    def known(self, word: str) -> bool:
        """Whether the lower-case ``word`` is in the table: an ordinary word, not a name."""
        return word in self.table

    def ordinary(self, word: str) -> bool:
        """Whether the lower-case ``word`` is in the table in any form, or a stop word: more than a name."""
        return word in self.common or word in self.stop or (bool(self.table) and word in _forms(self.language.code))


@cache
def _table(code: str) -> dict[str, str | list[str]]:
    import spacy_lookups_data

    named = getattr(spacy_lookups_data, code, {}).get("lemma_lookup")
    path = Path(f"{named}.gz")  # the package names the file it was packed from
    if named is None or not path.is_file():
        return {}
    with gzip.open(path, "rb") as file:
        table: dict[str, str | list[str]] = json.load(file)
    return table


@cache
def _forms(code: str) -> frozenset[str]:
    """Every word of a table, inflected or not, in lower case."""
    table = _table(code)
    lemmas = (lemma for found in table.values() for lemma in ([found] if isinstance(found, str) else found))
    return frozenset(word.lower() for words in (table, lemmas) for word in words)


@cache
def _nouns(code: str) -> frozenset[str]:
    """Every word of a table, inflected or not, that is written with a capital."""
    table = _table(code)
    lemmas = (lemma for found in table.values() for lemma in ([found] if isinstance(found, str) else found))
    return frozenset(word for words in (table, lemmas) for word in words if word[:1].isupper())


def _joint(word: str, at: int, nouns: frozenset[str]) -> bool:
    """Can a compound be joined at ``at``? Behind -ung, -heit and the like an s must stand between (verfassungstreu: not Streu)."""
    first, second = word[:at], word[at:]
    if second.capitalize() not in nouns:
        return False
    if first.endswith(_WITH_S):
        return first[-1] == "s" and first[:-1].capitalize() in nouns
    return first.capitalize() in nouns and not first.endswith(_WITHOUT_S)


@cache
def _stop_words(code: str) -> frozenset[str]:
    import spacy

    language = languages.load(code)
    try:
        own = spacy.util.get_lang_class(code).Defaults.stop_words
    except ImportError:  # a language file for which spaCy has no rules
        own = set()
    elided = {beginning + mark for beginning in language.elisions for mark in _APOSTROPHES}
    return frozenset({word.lower() for word in own} | set(language.stop_words) | elided | set(language.elisions))
