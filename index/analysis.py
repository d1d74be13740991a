"""Text into the tokens that are searched, in our own code: both engines are given the same tokens, so they answer alike.

A token is a word without capitals, accents, elision (`l'`) and possessive (`'s`), with the endings of its language taken off.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from index import compounds
from index.stems import STEMMERS

VERSION = "1"
"""Changes when the same text would give other tokens: an index of another version must be rebuilt."""

LANGUAGES = ("fr", "de", "en", "ru", "xx")
"""Languages with rules of their own; `xx` stands for all others."""

LONGEST = 64
"""Characters of a token that count; both engines have limits of their own further up."""

_EAST = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
BREAK = "¶"
"""Stands between title and text, a token of its own: no phrase runs over it. It is taken out of what people write."""

_SIGNS = BREAK + "\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff"
_LETTER = rf"[^\W_{_EAST}]"
_MARK = "[\u0300-\u036f\u064b-\u0652]"
_MARKS = re.compile(_MARK)
_PLAIN = re.compile(rf"{_LETTER}+(?:['’ʼ]{_LETTER}+)*|[{_EAST}{_SIGNS}]")
TOKEN = re.compile(rf"(?:{_LETTER}|{_MARK})+(?:['’ʼ](?:{_LETTER}|{_MARK})+)*|[{_EAST}{_SIGNS}]")
"""A word with its apostrophes, or one sign of a script without blanks; ``_PLAIN`` is the same, twice as fast, without loose accents."""
_HYPHENED = re.compile(rf"(?:{_LETTER}|['’ʼ])+(?:-(?:{_LETTER})+)+")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|dell|all|nell|dall|sull|quell|un)'(?=[aeiouyh])")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "œ": "oe", "æ": "ae", "ё": "е", "ʼ": "'", "’": "'"})
_UMLAUT = re.compile(r"ae|oe|(?<![aeouq])ue")


_UNWANTED = {0xAD: None, 0x2010: "-", 0x2011: "-", ord(BREAK): " "}


def clean(text: str) -> str:
    """``text`` composed (NFC), without soft hyphens, with plain hyphens: the form that is stored, analysed and marked."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_UNWANTED)
    return text


def language_key(language: str) -> str:
    """The analyser of a language: itself if it has rules of its own, else ``xx``."""
    return language if language in STEMMERS else "xx"


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """``word`` without capitals and accents; `ß` is `ss`, `œ` is `oe`, `ё` is `е`; `й` stays a letter of its own."""
    word = word.casefold().translate(_LETTERS)
    if word.isascii():
        return word
    bare = "".join(c if c == "й" else _bare(c) for c in unicodedata.normalize("NFC", word))
    return bare.casefold().translate(_LETTERS)


def _bare(character: str) -> str:
    """The letters of a character, without its marks and without the blanks that some ligatures hold."""
    return "".join(c for c in unicodedata.normalize("NFKD", character) if c.isalnum() or (c == character and not unicodedata.combining(c)))


@lru_cache(maxsize=400_000)
def word(raw: str, language: str) -> tuple[str, str, int]:
    """Token, folded surface and the length of a dropped elision, of one match of :data:`TOKEN` in a language of LANGUAGES.

    >>> word("l'Élection", "fr")
    ('election', 'election', 2)
    """
    folded = fold(raw)
    elision = _ELISION.match(folded)
    lead = elision.end() if elision else 0
    surface = folded[lead:].removesuffix("'s").replace("'", "")
    if language == "de":
        surface = _UMLAUT.sub(lambda m: m[0][0], surface)
    surface = surface[:LONGEST]
    return STEMMERS[language](surface), surface, lead


def pattern(text: str) -> re.Pattern[str]:
    """The pattern of the words of ``text``: :data:`TOKEN`, or a faster one that finds the same where no loose accents are."""
    return TOKEN if _MARKS.search(text) else _PLAIN


@dataclass(slots=True)
class Analysed:
    """What is indexed of a text: ``body``, its tokens in order, ``parts`` of compounds and joined hyphenations, ``words`` without stemming.

    Each divided by blanks; parts and words are in no order, each once.
    """

    body: str
    parts: str
    words: str


class _Table(dict[str, tuple[str, str, str]]):
    """Tokens, words and parts of each stretch between blanks as it is written, kept: the same few stretches make up most texts (Zipf).

    No token runs over a blank, so a text is what its stretches are.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, chunk: str) -> tuple[str, str, str]:
        read = _read(chunk, self.language)
        if len(self) >= _KEPT:
            self.clear()
        if len(chunk) <= LONGEST:
            self[chunk] = read
        return read


_KEPT = 300_000
"""Stretches kept for each language, some 100 MB at most."""

_TABLES = {language: _Table(language) for language in LANGUAGES}


def _read(chunk: str, language: str) -> tuple[str, str, str]:
    """Tokens in order, words and parts of a stretch without blanks, each divided by blanks."""
    found = [word(raw, language) for raw in pattern(chunk).findall(chunk)]
    words, parts = dict.fromkeys(surface for _, surface, _ in found), dict[str, None]()
    for whole in _HYPHENED.findall(chunk) if "-" in chunk else ():
        token, surface, _ = word(whole.replace("-", ""), language)
        parts[token] = None
        words[surface] = None
    if language == "de":
        parts.update((part, None) for surface in words for part in compound_parts(surface))
    return " ".join(token for token, _, _ in found if token), " ".join(filter(None, words)), " ".join(filter(None, parts))


def analyse(text: str, language: str) -> Analysed:
    """The tokens, parts and words of a cleaned ``text`` in a language of LANGUAGES."""
    read = list(map(_TABLES[language].__getitem__, text.split()))
    body = " ".join([tokens for tokens, _, _ in read if tokens])
    words = set(" ".join([words for _, words, _ in read]).split())
    parts = set(" ".join([parts for _, _, parts in read if parts]).split())
    return Analysed(body, " ".join(parts), " ".join(words))


@lru_cache(maxsize=200_000)
def compound_parts(surface: str) -> tuple[str, ...]:
    """Tokens of the parts of a German compound and of each run of them, without the word itself; empty for simple words.

    >>> compound_parts("wahlbetrugsvorwurf")
    ('wahl', 'wahlbetrug', 'betrug', 'betrugsvorwurf', 'vorwurf')
    """
    runs = compounds.runs(surface)
    stem = STEMMERS["de"]
    return tuple(dict.fromkeys(stem(run) for run in runs))


def tokens(text: str, language: str) -> tuple[str, ...]:
    """The tokens of a query's words in a language of LANGUAGES, in order."""
    return tuple(filter(None, (word(raw, language)[0] for raw in TOKEN.findall(clean(text)))))


def surfaces(text: str, language: str) -> tuple[str, ...]:
    """The folded words of a query's words, without stemming, in order."""
    return tuple(filter(None, (word(raw, language)[1] for raw in TOKEN.findall(clean(text)))))


def joined(text: str, language: str) -> str:
    """The token of a hyphenated word written as one (`E-Mail` -> `email`), or "" if ``text`` is no such word."""
    found = _HYPHENED.fullmatch(clean(text).strip(".,;:!?…"))
    return word(found[0].replace("-", ""), language)[0] if found else ""
