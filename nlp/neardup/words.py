"""Words as they are compared: cut from a text, put right, folded, stemmed.

Stems are Snowball's (PyStemmer) without accents; Chinese, Japanese and other scripts without blanks give pairs of neighbouring characters.
A stem is kept as 64 bits of its hash, so that texts can be read in any process and on any night.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

from nlp.clean import clean
from nlp.neardup.tongues import CODES
from nlp.textkey import bare

SNOWBALL = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "tr": "turkish",
}  # fmt: skip
UNBROKEN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no blanks between words."""

WORD = re.compile(f"[{UNBROKEN}]+|[^\\W_{UNBROKEN}]+")
_UNBROKEN = re.compile(f"[{UNBROKEN}]")
_SIGNS = "\u0300-\u036f\u0483-\u0489\u064b-\u065f\u0670"
_MARKS = re.compile(f"[{_SIGNS}]+")
MARKED = re.compile(f"(?:[{UNBROKEN}][{_SIGNS}]*)+|(?:[^\\W_{UNBROKEN}][{_SIGNS}]*)+")
"""As :data:`WORD`, for texts with accents that stand by themselves."""

_MIXED = re.compile("[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_LATIN, _OTHER = re.compile("[A-Za-z]"), re.compile("[\u0370-\u04ff]")
_TO_LATIN = str.maketrans("аеорсухіјѕԁԛԝһАВЕКМНОРСТУХІЈЅαονικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdqwhABEKMHOPCTYXIJSaoviKptuxABEZHIKMNOPTYX")
_TO_CYRILLIC = str.maketrans("aeopcyxkmtABEKMHOPCTYX", "аеорсухкмтАВЕКМНОРСТУХ")


def plain(text: str) -> str:
    """A text without what is not compared (links, edge hashtags and so on), every character left of it in its place."""
    return repaired(bare(clean(text).text))


def pattern(text: str) -> re.Pattern[str]:
    """What finds the words of a plain text."""
    return WORD if text.isascii() or not _MARKS.search(text) else MARKED


def surfaces(text: str) -> list[str]:
    """The words of a plain text as they are written."""
    return pattern(text).findall(text)


def spelled(surface: str) -> str:
    """A word in lower case, without accents that stand by themselves."""
    return lowered(surface) if surface.isascii() else _MARKS.sub("", lowered(surface))


def words(text: str) -> list[str]:
    """The words of a plain text, in lower case."""
    return [spelled(surface) for surface in surfaces(text)]


def lowered(text: str) -> str:
    """Lower case of the same length (the Turkish capital İ has two characters otherwise)."""
    return text.replace("İ", "i").lower()


def repaired(text: str) -> str:
    """``text`` with letters of another script that look like its own put right: Cyrillic а in Latin words and the other way round."""
    if text.isascii() or not _MIXED.search(text):
        return text
    latin = len(_LATIN.findall(text)) >= len(_OTHER.findall(text))
    return WORD.sub(lambda m: _repaired(m.group(), latin=latin), text)


def _repaired(word: str, *, latin: bool) -> str:
    if word.isascii():
        return word
    as_latin = word.translate(_TO_LATIN)
    if latin:
        return as_latin if as_latin.isascii() or _LATIN.search(word) else word
    return word.translate(_TO_CYRILLIC) if _OTHER.search(word) else word


def hashed(text: str) -> int:
    """64 bits of BLAKE2b, never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def stems_of(word: str, language: str) -> list[str]:
    """The stem of a lower-case word, or the pairs of neighbouring characters of a word in a script without blanks."""
    if _UNBROKEN.match(word):
        return [word] if len(word) == 1 else [word[i : i + 2] for i in range(len(word) - 1)]
    name = SNOWBALL.get(language)
    stem = _stemmer(name).stemWord(word) if name and len(word) < 60 else word[:7] if language == "uk" else word
    if stem.isascii():
        return [stem]
    return ["".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c)).replace("ß", "ss")]


@lru_cache(maxsize=300_000)
def stemmed(surface: str, language: str) -> tuple[tuple[str, int], ...]:
    """A written word in lower case and its stem's hash; in scripts without blanks its pairs of neighbouring characters and theirs."""
    word = spelled(surface)
    stems = stems_of(word, language)
    return ((word, hashed(stems[0])),) if len(stems) == 1 else tuple((stem, hashed(stem)) for stem in stems)


@cache
def _stemmer(name: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(name)


def known(language: str) -> bool:
    """Whether the language can be told from a text."""
    return language in CODES or language in {"ja", "zh"}
