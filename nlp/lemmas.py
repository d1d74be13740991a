"""Words to their dictionary forms: spaCy's lookup tables (package spacy-lookups-data), stop words, and the known faults repaired."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

from nlp import languages

_APOSTROPHES = ("'", "\u2019")


class Lemmatiser:
    """The lemmas of one language; a language without a table keeps its words as they are, in lower case."""

    def __init__(self, code: str) -> None:
        self.language = languages.load(code)
        self.table = _table(code) if self.language.lookups else {}
        self.stop = _stop_words(code)
        self.common = frozenset(self.language.common)

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
def _stop_words(code: str) -> frozenset[str]:
    import spacy

    language = languages.load(code)
    try:
        own = spacy.util.get_lang_class(code).Defaults.stop_words
    except ImportError:  # a language file for which spaCy has no rules
        own = set()
    elided = {beginning + mark for beginning in language.elisions for mark in _APOSTROPHES}
    return frozenset({word.lower() for word in own} | set(language.stop_words) | elided | set(language.elisions))
